"""
Policies over time: every parameter by date with its source, versions in a row, what changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import attrs
from book.bilingual import NOTHING, Titles, alike, both, each, grouped, period
from book.field_docs import fields_of
from book.policy_docs import is_table, value_words

from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy, Version, changes

__all__ = [
    "ChangeDoc",
    "HistoryDoc",
    "ParameterDoc",
    "SpanDoc",
    "first_day_after",
    "history_doc",
    "parameters",
]


@attrs.frozen(kw_only=True)
class SpanDoc:
    """
    One version on the line of time.

    Attributes:
        until: First day it was no longer in force; empty while it is.
        corrects: Whether it takes the place of a version of the same day that was known before.
        cohort: Whom it is for, as canonical text; empty for everybody.
    """

    since: str
    until: str
    known_on: str
    corrects: bool
    cohort: str
    source: Citation


@attrs.frozen(kw_only=True)
class ParameterDoc:
    """A parameter with the value one version gave it, and the source of just that value."""

    path: str
    meaning: Titles
    value: Titles
    since: str
    known_on: str
    corrects: bool
    cohort: str
    source: Citation


@attrs.frozen(kw_only=True)
class ChangeDoc:
    """What a version says otherwise than the one before it; an empty value is none."""

    path: str
    meaning: Titles
    before: Titles
    after: Titles


@attrs.frozen(kw_only=True)
class HistoryDoc:
    """
    One policy over time, oldest first.

    Attributes:
        spans: Its versions.
        parameters: Each parameter where it first stands, and again where its value or its source
            changes; an empty value says that it was taken out.
        changed: (since, known on) of a version → what it says otherwise than the one before it.
    """

    policy: str
    kind: str
    title: Titles
    spans: tuple[SpanDoc, ...]
    parameters: tuple[ParameterDoc, ...]
    changed: Mapping[tuple[str, str, str], tuple[ChangeDoc, ...]]


@attrs.frozen
class _Leaf:
    value: Titles
    meaning: Titles
    source: Citation


def history_doc(policy: Policy[Any]) -> HistoryDoc:
    """Return one policy over time."""
    return HistoryDoc(
        policy=policy.id,
        kind=policy.kind.name,
        title={"en": policy.title.en, "zh": policy.title.zh},
        spans=tuple(
            SpanDoc(
                since=str(version.since),
                until=str(first_day_after(version, policy) or ""),
                known_on=str(version.ref.known_on),
                corrects=_corrects(version, policy),
                cohort=version.cohort,
                source=version.source,
            )
            for version in policy.versions
        ),
        parameters=tuple(_over_time(policy)),
        changed={
            _key(version): tuple(_changed(before, version))
            for version in policy.versions
            if (before := _before(version, policy)) is not None
        },
    )


def _key(version: Version[Any]) -> tuple[str, str, str]:
    return (str(version.since), str(version.ref.known_on), version.cohort)


def _alike(version: Version[Any], policy: Policy[Any]) -> list[Version[Any]]:
    """Return the versions for the same customers, oldest first."""
    return [held for held in policy.versions if held.cohort == version.cohort]


def _before(version: Version[Any], policy: Policy[Any]) -> Version[Any] | None:
    """Return the version before one for the same customers; of a correction, the one corrected."""
    alike = _alike(version, policy)
    place = next(place for place, held in enumerate(alike) if held is version)
    return alike[place - 1] if place else None


def _corrects(version: Version[Any], policy: Policy[Any]) -> bool:
    before = _before(version, policy)
    return before is not None and before.since == version.since


def first_day_after(version: Version[Any], policy: Policy[Any]) -> date | None:
    """Return the first day a version was no longer in force: repealed, replaced or corrected."""
    later = [held.since for held in _alike(version, policy) if held.since > version.since]
    ends = [day for day in (version.ends_on, min(later, default=None)) if day is not None]
    return min(ends) if ends else None


def parameters(version: Version[Any]) -> dict[str, _Leaf]:
    """Return every stated parameter of a version by its path, as `changes` writes paths."""
    return dict(_leaves(version.written, "", version.source))


def _leaves(table: Any, path: str, source: Citation) -> Iterator[tuple[str, _Leaf]]:
    own = getattr(table, "source", None)
    source = own if isinstance(own, Citation) else source
    stated = to_json(table)
    meanings = {field.name: field.meaning for field in fields_of(type(table))}
    for field in attrs.fields(type(table)):
        # Titles and sources are no parameters: no decision depends on them.
        if field.name not in stated or field.metadata.get("digest") is False:
            continue
        below = f"{path}.{field.name}" if path else field.name
        meaning = meanings.get(field.name, NOTHING)
        yield from _below(getattr(table, field.name), below, source, meaning)


def _below(value: Any, path: str, source: Citation, meaning: Titles) -> Iterator[tuple[str, _Leaf]]:
    if isinstance(value, Citation) or value is None:
        return
    if isinstance(value, str) and path.endswith((f".{value}.code", f".{value}.name")):
        return  # the path says it already
    if is_table(value):
        yield from _leaves(value, path, source)
    elif isinstance(value, tuple) and any(is_table(row) for row in value):
        for name, row in _named(value):
            yield from _below(row, f"{path}.{name}", source, meaning)
    elif isinstance(value, Mapping) and any(is_table(row) for row in value.values()):
        for name, row in value.items():
            yield from _below(row, f"{path}.{name}", source, meaning)
    else:
        yield path, _Leaf(_words(value), meaning, source)


def _words(value: Any) -> Titles:
    """Return a value in words; a period or an amount that stands as text is one all the same."""
    if isinstance(value, str):
        weeks = _WEEKS.fullmatch(value)
        if weeks is not None:
            return both(f"{weeks[1]} weeks", f"{weeks[1]}周")
        if _PERIOD.fullmatch(value):
            held = Period.parse(value)
            return each(lambda locale: period(held, locale)) if held else alike(f"`{value}`")
        if _AMOUNT.fullmatch(value):
            return alike(grouped(value))
    return value_words(value)


_PERIOD: Final = re.compile(r"P(\d+[YMWD])+")
_WEEKS: Final = re.compile(r"P(\d+)W")
_AMOUNT: Final = re.compile(r"\d{4,}\.\d+|\d{5,}")
"""Four digits alone may be a code, such as one of merchants."""


def _named(rows: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """Yield rows under the names by which `changes` pairs them."""
    names = [getattr(row, "code", None) or getattr(row, "name", None) for row in rows]
    paired = all(names) and len(set(names)) == len(names)
    for place, row in enumerate(rows):
        yield (str(names[place]) if paired else f"[{place}]"), row


def _over_time(policy: Policy[Any]) -> Iterator[ParameterDoc]:
    """Yield each parameter where it first stands and where it changes, all of one together."""
    held = [(version, parameters(version)) for version in policy.versions]
    for path in dict.fromkeys(path for _, found in held for path in found):
        last: dict[str, _Leaf | None] = {}
        for version, found in held:
            leaf, before = found.get(path), last.get(version.cohort)
            if _told(leaf) == _told(before):
                continue
            last[version.cohort] = leaf
            told = leaf or before
            assert told is not None, f"{path} is in none of two versions"
            yield ParameterDoc(
                path=path.replace(".[", "["),
                meaning=told.meaning,
                value=NOTHING if leaf is None else leaf.value,
                since=str(version.since),
                known_on=str(version.ref.known_on),
                corrects=_corrects(version, policy),
                cohort=version.cohort,
                source=version.source if leaf is None else leaf.source,
            )


def _told(leaf: _Leaf | None) -> object:
    """Return what a reader would call another parameter: its value, its clause, how it was read."""
    return leaf and (leaf.value, leaf.source.label(), leaf.source.checked)


def _changed(before: Version[Any], after: Version[Any]) -> Iterator[ChangeDoc]:
    """Yield what differs between two versions, in words."""
    old, new = parameters(before), parameters(after)
    for path, _, _ in changes(to_json(before.written), to_json(after.written)):
        # A row that came or went differs as a whole: all it holds is told.
        names = [
            name
            for name in dict.fromkeys((*old, *new))
            if name == path or name.startswith(f"{path}.")
        ]
        for name in names:
            left, right = old.get(name), new.get(name)
            if left is not None and right is not None and left.value == right.value:
                continue
            told = right or left
            assert told is not None, f"{name} is in none of two versions"
            yield ChangeDoc(
                path=name.replace(".[", "["),
                meaning=told.meaning,
                before=NOTHING if left is None else left.value,
                after=NOTHING if right is None else right.value,
            )
