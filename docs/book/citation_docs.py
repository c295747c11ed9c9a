"""
Every source the shipped policies rest on, the one compared longest ago first, with what rests on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, Final

import attrs
from book.book_places import in_book
from book.jurisdiction_codes import LAW

from bankservice import policies
from bankservice.core.citation import Citation
from bankservice.core.policy import Policy

__all__ = [
    "GROUPS",
    "CitationDoc",
    "UseDoc",
    "citation_docs",
    "group_of",
    "of_policies",
    "row_sources",
]

GROUPS: Final = ("law", "calendars", "shapes", "texts")
"""What sources are of: law, days off, what others do or advise, the source texts and lists of ours."""

_CALENDARS: Final = ("worktime.calendar", "worktime.holidays")
_FACTS: Final = "facts.register"
"""What rows of a register cite themselves is law: what a fact may not be used for."""
_LAW_OF_TIME: Final = "complaints/"
"""Calendars that a law of complaints defines lie with the regimes, and are law."""


@attrs.frozen(kw_only=True)
class UseDoc:
    """
    What of one policy rests on a source, by one clause.

    Attributes:
        policy: Id of the policy.
        clause: The clause of the source.
        versions: (since, known on) of the versions.
        rows: Rows of them that name the source themselves; none where the version does.
    """

    policy: str
    clause: str
    versions: tuple[tuple[date, date], ...]
    rows: tuple[str, ...]


@attrs.frozen
class CitationDoc:
    """A document as it was read on a day, at one address, with all that rests on it."""

    source: Citation
    uses: tuple[UseDoc, ...]


@cache
def citation_docs(group: str) -> tuple[CitationDoc, ...]:
    """
    Return the sources of a group, the one read longest ago first; one never compared before all.

    Args:
        group: One of `GROUPS`.
    """
    held = [policies.load(policy_id) for policy_id in policies.shelf().shipped()]
    return of_policies(held, lambda policy, source: group_of(policy, source) == group)


def of_policies(
    held: Iterable[Policy[Any]],
    wanted: Callable[[Policy[Any], Citation], bool] = lambda policy, source: True,
) -> tuple[CitationDoc, ...]:
    """
    Return the sources of some policies, in that order; those of which *wanted* says so.

    Args:
        held: The policies.
        wanted: Asked with a policy and a source of it.
    """
    found: dict[Citation, dict[tuple[str, str, tuple[str, ...]], list[tuple[date, date]]]] = {}
    for policy in held:
        for version in policy.versions:
            days = (version.since, version.ref.known_on)
            by_source: dict[Citation, list[str]] = {version.source: []}
            for row, source in row_sources(version.written):
                by_source.setdefault(source, []).append(row)
            for source, rows in by_source.items():
                if wanted(policy, source):
                    # A version's own source carries the rows that name the same one again.
                    named = () if source == version.source else tuple(dict.fromkeys(rows))
                    uses = found.setdefault(_document(source), {})
                    uses.setdefault((policy.id, source.clause, named), []).append(days)
    return tuple(
        CitationDoc(
            source,
            tuple(
                UseDoc(policy=policy, clause=clause, versions=tuple(versions), rows=rows)
                for (policy, clause, rows), versions in uses.items()
            ),
        )
        for source, uses in sorted(found.items(), key=lambda item: _age(item[0]))
    )


def group_of(policy: Policy[Any], source: Citation) -> str:
    """Return which of `GROUPS` a source of a policy belongs to."""
    if in_book(source.url):
        return "texts"
    if policy.kind.name in LAW or policy.kind.name == _FACTS:
        return "law"
    if policy.kind.name in _CALENDARS:
        return "law" if policy.id.startswith(_LAW_OF_TIME) else "calendars"
    return "shapes"


def row_sources(held: Any, path: str = "") -> Iterator[tuple[str, Citation]]:
    """
    Yield the sources that rows name themselves, each with the row's codes from the outside in.

    Args:
        held: A version as written, or a part of it.
        path: Codes of the rows around it.
    """
    if isinstance(held, (tuple, list)):
        for part in held:
            yield from row_sources(part, path)
    elif isinstance(held, Mapping):
        for part in held.values():
            yield from row_sources(part, path)
    elif attrs.has(type(held)):
        names = (getattr(held, key, "") for key in ("code", "name", "reason", "what"))
        code = next((name for name in names if isinstance(name, str) and name), "")
        below = "/".join(filter(None, (path, code)))
        for field in attrs.fields(type(held)):
            part = getattr(held, field.name)
            if isinstance(part, Citation):
                yield below or field.name, part
            else:
                yield from row_sources(part, below)


def _document(source: Citation) -> Citation:
    """Return a source without its clause and note: the document as it was read."""
    # The address of a source text is that of one place in it.
    url = "t/index.html" if source.url.startswith("t/") else source.url
    return attrs.evolve(source, clause="", note="", url=url)


def _age(source: Citation) -> tuple[bool, date, str, str]:
    """Return what sources are sorted by: never compared, then the day, then the name."""
    never = source.read_on is None
    return (not never, source.read_on or date.min, source.label(), source.url)
