"""
The lines of an export: what a journal holds of one tenant as JSON lines, and back.

The first line says what the file is; then come policy versions, entries in the order of the feed,
receipts by command id and agenda items; the last line has their numbers and the SHA-256 of all
lines before it. So a file that was cut or changed is refused before anything of it is written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, TextIO, TypeAlias

import attrs

from bankservice.core.calendar import in_utc
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.journal import AgendaItem, Entry, KeptVersion, Receipt, Stream
from bankservice.core.schema import Forms, Schema, closed
from bankservice.journals.canonical import to_text

__all__ = ["Counts", "Held", "Reader", "Writer", "line_schema"]

Held: TypeAlias = KeptVersion | Entry | Receipt | AgendaItem
"""What stands in a line between the first and the last."""

_FORMAT: Final = 1
_PARTS: Final = ("version", "entry", "receipt", "matter")
"""The kinds of lines, in the order in which they come."""


@attrs.frozen
class Counts:
    """How much a file holds, or an import wrote: policy versions, entries, receipts, matters."""

    versions: int = 0
    entries: int = 0
    receipts: int = 0
    matters: int = 0

    def plus(self, part: str) -> Counts:
        """Return the counts with one more of a kind of line."""
        name = "entries" if part == "entry" else f"{part}s"
        return attrs.evolve(self, **{name: getattr(self, name) + 1})


# --- writing ------------------------------------------------------------------------------------


def _written(held: Held) -> dict[str, Any]:
    """Return a value as a line holds it, under its kind of line; the tenant is in the first line."""
    match held:
        case KeptVersion():
            version = attrs.asdict(held)
            del version["tenant"]
            return {"version": version}
        case Entry():
            return {
                "entry": {
                    "kind": held.stream.kind,
                    "key": held.stream.key,
                    "version": held.version,
                    "event": held.kind,
                    "schema": held.schema,
                    "effective_at": held.effective_at.isoformat(),
                    "recorded_at": held.recorded_at.isoformat(),
                    "actor": held.actor,
                    "approved_by": held.approved_by,
                    "source": held.source,
                    "command_id": held.command_id,
                    "correlation_id": held.correlation_id,
                    "data": held.data,
                    "sealed": held.sealed,
                }
            }
        case Receipt():
            return {
                "receipt": {
                    "command_id": held.command_id,
                    "fingerprint": held.fingerprint,
                    "recorded_at": held.recorded_at.isoformat(),
                    "result": held.result,
                    "content": held.content,
                }
            }
        case AgendaItem():
            return {
                "matter": {
                    "kind": held.stream.kind,
                    "key": held.stream.key,
                    "matter": held.key,
                    "due_at": in_utc(held.due_at).isoformat(),
                    "parked": held.parked,
                }
            }


class Writer:
    """Writes an export line by line, counts along, and closes it with its digest."""

    def __init__(self, file: TextIO, tenant: str) -> None:
        """Write the first line."""
        self.counts = Counts()
        self._file = file
        self._digest = hashlib.sha256()
        first: dict[str, Any] = {"bankservice": "journal", "format": _FORMAT, "tenant": tenant}
        self._line(to_text(first, "the first line"))

    def _line(self, text: str) -> None:
        self._digest.update(f"{text}\n".encode())
        self._file.write(f"{text}\n")

    def write(self, held: Held) -> None:
        """Write the line of one value."""
        written = _written(held)
        (part,) = written
        self._line(to_text(written, part))
        self.counts = self.counts.plus(part)

    def close(self) -> None:
        """Write the last line."""
        last: dict[str, Any] = {
            "end": {**attrs.asdict(self.counts), "digest": self._digest.hexdigest()}
        }
        self._line(to_text(last, "the last line"))


# --- reading ------------------------------------------------------------------------------------


def _instant(text: object) -> datetime:
    if not isinstance(text, str):
        raise TypeError
    return in_utc(datetime.fromisoformat(text))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: object) -> int:
    if type(value) is not int or value < 1:
        raise TypeError
    return value


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _sealed(value: object) -> Mapping[str, Any] | None:
    return None if value is None else _mapping(value)


_WANTED: Final[Mapping[Callable[[object], object], str]] = {
    _instant: "an instant with its offset, such as 2026-03-02T12:00:00+00:00",
    _text: "text",
    _whole: "a whole number, 1 or more",
    _mapping: "a mapping",
    _sealed: "a mapping or null",
}
_FIELDS: Final[Mapping[str, Mapping[str, Callable[[object], object]]]] = {
    "version": {field.name: _text for field in attrs.fields(KeptVersion) if field.name != "tenant"},
    "entry": {
        "kind": _text,
        "key": _text,
        "version": _whole,
        "event": _text,
        "schema": _whole,
        "effective_at": _instant,
        "recorded_at": _instant,
        "actor": _text,
        "approved_by": _text,
        "source": _text,
        "command_id": _text,
        "correlation_id": _text,
        "data": _mapping,
        "sealed": _sealed,
    },
    "receipt": {
        "command_id": _text,
        "fingerprint": _text,
        "recorded_at": _instant,
        "result": _mapping,
        "content": _mapping,
    },
    "matter": {"kind": _text, "key": _text, "matter": _text, "due_at": _instant, "parked": _text},
}


_SCHEMAS: Final[Mapping[Callable[[object], object], Schema]] = {
    _instant: Forms("facts").of(datetime),
    _text: {"type": "string"},
    _whole: {"type": "integer", "minimum": 1},
    _mapping: {"type": "object"},
    _sealed: {"type": ["object", "null"]},
}


def line_schema() -> Schema:
    """Return the schema of one line of an export, whichever it is."""
    count: Schema = {"type": "integer", "minimum": 0}
    end: dict[str, Schema] = {field.name: count for field in attrs.fields(Counts)} | {
        "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"}
    }
    first: dict[str, Schema] = {
        "bankservice": {"const": "journal"},
        "format": {"const": _FORMAT},
        "tenant": {"type": "string"},
    }
    parts = {
        part: {name: _SCHEMAS[read] for name, read in fields.items()}
        for part, fields in _FIELDS.items()
    }
    lines = [
        closed({part: closed(fields, fields)}, [part])
        for part, fields in {**parts, "end": end}.items()
    ]
    return {"anyOf": [closed(first, first), *lines]}


def _faults(part: str, raw: Any) -> Iterator[Fault]:
    """Yield what is wrong with the parts of a line; never a value, which may be personal."""
    fields = _FIELDS[part]
    if not isinstance(raw, dict):
        yield Fault(part, type(raw).__name__, "a mapping")
        return
    for name, read in fields.items():
        try:
            if name not in raw:
                yield Fault(f"{part}.{name}", "nothing", _WANTED[read])
            else:
                read(raw[name])
        except (ValueError, TypeError, OverflowError):
            yield Fault(f"{part}.{name}", f"another {type(raw[name]).__name__}", _WANTED[read])
    for name in raw:
        if name not in fields:
            yield Fault(f"{part}.{name}", "an unknown name", "no more than the names of this kind")


class Reader:
    """
    Reads an export line by line: (number of the line, what it holds).

    Whether the file is whole is known at its end only: read it to the end once before anything of
    it is used.

    Args:
        file: Its lines.
        name: What to call it in messages.

    Raises:
        FaultsError: If a line is not as it should be, the file was cut, or something was changed.
    """

    def __init__(self, file: Iterable[str], name: str) -> None:
        self.counts = Counts()
        self._name = name
        self._lines = enumerate(file, start=1)
        self._digest = hashlib.sha256()
        number, line = next(self._lines, (1, ""))
        first = _parsed(line)
        tenant = first.pop("tenant", None) if isinstance(first, dict) else None
        if first != {"bankservice": "journal", "format": _FORMAT} or not isinstance(tenant, str):
            wanted = f'{{"bankservice":"journal","format":{_FORMAT},"tenant":…}}'
            raise self._refused(number, Fault("", "another first line", wanted))
        self.tenant: str = tenant
        self._digest.update(line.encode())

    def __iter__(self) -> Iterator[tuple[int, Held]]:
        reached, number = 0, 1
        for number, line in self._lines:
            raw = _parsed(line)
            part: str = next(iter(raw)) if isinstance(raw, dict) and len(raw) == 1 else ""
            told: Any = raw[part] if part else None
            if part == "end":
                return self._end(number, told)
            if part not in _PARTS[reached:]:
                wanted = f"one of {', '.join(_PARTS[reached:])}, or end"
                raise self._refused(number, Fault("", f"{part or 'no line'} of an export", wanted))
            reached = _PARTS.index(part)
            faults = tuple(_faults(part, told))
            if faults:
                raise self._refused(number, *faults)
            self._digest.update(line.encode())
            self.counts = self.counts.plus(part)
            yield number, self._held(number, part, told)
        raise self._refused(number + 1, Fault("", "the end of the file", "a last line"))

    def _held(self, number: int, part: str, raw: dict[str, Any]) -> Held:
        """Build the value of a line whose parts have their types."""
        try:
            to_text(raw, part)
            told: dict[str, Any] = {name: read(raw[name]) for name, read in _FIELDS[part].items()}
            if part == "version":
                return KeptVersion(tenant=self.tenant, **told)
            if part == "receipt":
                return Receipt(tenant=self.tenant, **told)
            stream = Stream(self.tenant, told.pop("kind"), told.pop("key"))
            if part == "entry":
                return Entry(stream=stream, kind=told.pop("event"), **told)
            return AgendaItem(told["due_at"], stream, told["matter"], parked=told["parked"])
        except (TypeError, ValueError) as error:
            raise self._refused(number, Fault(part, str(error), "what a journal keeps")) from error

    def _end(self, number: int, told: object) -> None:
        wanted = {**attrs.asdict(self.counts), "digest": self._digest.hexdigest()}
        if told != wanted:
            text = f"{to_text(wanted, 'end')}; a line above was lost, added or changed"
            raise self._refused(number, Fault("end", "other numbers or another digest", text))
        for after, _ in self._lines:
            raise self._refused(after, Fault("", "a line after the last", "nothing"))

    def _refused(self, number: int, *faults: Fault) -> FaultsError:
        return FaultsError(f"{self._name}, line {number},", faults)


def _parsed(line: str) -> Any:
    """Return the JSON of a line; None where it is none."""
    try:
        return json.loads(line)
    except (RecursionError, ValueError):
        return None
