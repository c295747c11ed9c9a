"""
How values are written so that they come back equal: canonical JSON, epoch microseconds, slots.

Both journals use this room, so a value that one refuses the other refuses too, and with the
same words.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, cast
from zlib import crc32

from bankservice.core.calendar import aware
from bankservice.core.journal import Append, Commit, Json, Stream

__all__ = [
    "checked_limit",
    "checked_part",
    "checked_reason",
    "from_micros",
    "from_text",
    "only",
    "slot_of",
    "to_micros",
    "to_text",
    "whole",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = (
    (edge - _EPOCH) // timedelta(microseconds=1)
    for edge in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
)
_LEAVES = frozenset({str, int, bool, type(None)})


def to_micros(moment: datetime) -> int:
    """
    Return an aware instant as microseconds since 1970-01-01T00:00Z.

    Raises:
        ValueError: If it is naive, or in UTC not in the years 1 to 9999.
    """
    # Called on the base class: a pendulum datetime would build an Interval, which costs a hundred
    # times as much.
    span = datetime.__sub__(aware(moment), _EPOCH)
    micros = (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
    if not _FIRST <= micros <= _LAST:
        raise ValueError(f"{moment.isoformat()} is outside the years 1 to 9999 in UTC.")
    return micros


# The entries of a batch share their instants, as a rule.
@lru_cache(1024)
def from_micros(micros: int) -> datetime:
    """Return the instant, in UTC, that `to_micros` wrote."""
    return _EPOCH + timedelta(microseconds=micros)


def _plain(value: object) -> object:
    """Give the encoder a dict for any mapping and a list for any sequence; `_check` came first."""
    return dict(value) if isinstance(value, Mapping) else list(cast("Sequence[object]", value))


def _encoder() -> Callable[[object], str]:
    """
    Return a function that writes canonical JSON.

    `JSONEncoder.encode` builds its inner encoder anew for each value, which takes longer than
    writing a small mapping does. Where CPython offers that inner encoder, it is built once.
    """
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return json.JSONEncoder(
            ensure_ascii=False,
            allow_nan=False,
            sort_keys=True,
            separators=(",", ":"),
            default=_plain,
        ).encode
    quote = json.encoder.encode_basestring
    # No marks against circles, no indent, both separators, sorted, no key skipped, no NaN.
    inner = make(None, _plain, quote, None, ":", ",", True, False, False)
    return lambda value: "".join(inner(value, 0))


_encode = _encoder()


def _check(value: object, path: str) -> None:
    """Refuse what JSON would lose or change, and name the place (never the value)."""
    # Paths are put together only where there is something below: most parts are leaves. What
    # protocols a class follows takes longer to tell than all the rest; it is told once.
    kind: Any = type(value)
    shape = _shape(kind)
    if shape is Mapping:
        for key, part in cast("Mapping[object, object]", value).items():
            if not isinstance(key, str):
                raise TypeError(
                    f"{path} has a key of type {type(key).__name__}; JSON keys are text. "
                    "Write the key as str."
                )
            if type(part) not in _LEAVES:
                _check(part, f"{path}.{key}")
    elif shape is Sequence:
        for index, part in enumerate(cast("Sequence[object]", value)):
            if type(part) not in _LEAVES:
                _check(part, f"{path}[{index}]")
    elif shape is None:
        raise TypeError(
            f"{path} is a {type(value).__name__}; a journal keeps text, whole numbers, booleans, "
            "null, lists and mappings of them. Write a fraction as text or in smaller units."
        )


@lru_cache(1024)
def _shape(kind: type[object]) -> type[object] | None:
    """Return which JSON values of a class become: `Mapping`, `Sequence` or `str`; else None."""
    if issubclass(kind, Mapping):
        return Mapping
    if issubclass(kind, Sequence) and not issubclass(kind, (str, bytes, bytearray)):
        return Sequence
    return str if issubclass(kind, (str, int)) else None


def to_text(value: Mapping[str, Json], path: str) -> str:
    """
    Return *value* as canonical JSON: sorted keys, no spaces, no floats.

    Args:
        value: What to write. Any sequence comes back as a list, any mapping as a dict.
        path: What it is, for the message.

    Raises:
        TypeError: If a float (NaN included), a key that is not text, or any other type stands
            in it.
        UnicodeEncodeError: If a text holds half a surrogate pair, which UTF-8 cannot carry.

    Examples:
        >>> to_text({"tier": "gold", "points": 1200}, "entry data")
        '{"points":1200,"tier":"gold"}'
    """
    try:
        # Most values are flat. Joining the keys is the quickest proof that all of them are text.
        "".join(value)
        flat = _LEAVES.issuperset(map(type, value.values()))
    except TypeError:
        flat = False
    if not flat:
        _check(value, path)
    text = _encode(value)
    if not text.isascii():
        text.encode()
    return text


# `json.loads` looks for blanks and for what follows, which takes longer than reading a small text.
_decode = json.JSONDecoder().raw_decode


def from_text(text: str) -> dict[str, Any]:
    """Return what `to_text` wrote."""
    value: dict[str, Any] = _decode(text)[0]
    return value


def slot_of(stream: Stream) -> int:
    """
    Return the number that decides the feed part of *stream*; the same on every machine.

    It follows from the key alone, so all streams of one subject are in one part.
    """
    return crc32(stream.key.encode())


def checked_limit(limit: int) -> int:
    """Return *limit* if it can be one; SQL would read a negative one as "no limit"."""
    if not 0 <= limit < 2**63:
        raise ValueError(f"limit is {limit}; pass 0 or more, in 63 bits.")
    return limit


def checked_part(part: tuple[int, int]) -> tuple[int, int]:
    """Return *part* if it is one of its number of parts."""
    index, count = part
    if not 0 <= index < count:
        raise ValueError(f"part is {part}; pass (index, count) with 0 <= index < count.")
    return part


def checked_reason(reason: str) -> str:
    """Return *reason* unless it is empty, which would mean "not parked"."""
    if not reason:
        raise ValueError("the reason for parking is empty; say why the item is left aside.")
    return reason


def whole(commit: Commit) -> Commit:
    """
    Return *commit* if each stream has at most one append.

    Raises:
        ValueError: If a stream has two: the second could not know its expected version.
    """
    seen: set[Stream] = set()
    for append in commit.appends:
        if append.stream in seen:
            raise ValueError(f"the commit has two appends for {append.stream}; make it one.")
        seen.add(append.stream)
    return commit


def only(tombstone: Append) -> Append:
    """
    Return *tombstone* if it is one entry for a stream that has some.

    Raises:
        ValueError: If it is more than one entry, or its stream is said to be empty.
    """
    if len(tombstone.entries) != 1 or not tombstone.expected:
        raise ValueError(
            f"the tombstone for {tombstone.stream} must be one entry after the {tombstone.expected} "
            "of a stream that has entries."
        )
    return tombstone
