"""
Jurisdictions: which law of each is shipped, its clocks in one table, how far it was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, Final

import attrs
from book.bilingual import NOTHING, Titles, alike, both, each, titles
from book.cell_docs import apart, heads, titled
from book.citation_docs import CitationDoc, of_policies
from book.clock_docs import length_words, role_words, start_words
from book.condition_docs import condition_words
from book.dormancy_docs import after_words, due_words
from book.field_docs import fields_of
from book.history_docs import first_day_after
from book.jurisdiction_codes import (
    CLASSES,
    DORMANCY,
    LAW,
    REGIME,
    jurisdictions,
    law,
    shapes,
    territory,
)
from book.labels import aside, listed_codes, policy_link, remark, said
from book.section_docs import TableDoc
from book.wealth_docs import level_words, need_words

from bankservice import policies
from bankservice.calendars.regions import Region, regions
from bankservice.complaints.regimes.articles import ClockTable, RegimeTable
from bankservice.core.citation import Citation
from bankservice.core.conditions import Condition
from bankservice.core.holidays import public_holidays
from bankservice.core.policy import Policy, Version
from bankservice.lifecycle.dormancy.table import Counts, StatusRow, Term
from bankservice.segmentation.wealth.table import ClassRow, Group

__all__ = [
    "CLASSES",
    "DORMANCY",
    "REGIME",
    "JurisdictionDoc",
    "LawDoc",
    "PlaceLine",
    "VersionLine",
    "jurisdiction_docs",
    "places_elsewhere",
]

_ASKED: Final = (
    "complaints.applicable-regimes",
    "complaints.deadlines",
    "lifecycle.account-dormancy",
    "segmentation.wealth-class",
)
"""Rules that law of a jurisdiction decides, whose facts its conditions name."""


@attrs.frozen
class VersionLine:
    """
    The days and the source of one version of a law.

    Attributes:
        until: First day it is no longer in force, repealed or replaced; None for the newest.
    """

    since: date
    known_on: date
    until: date | None
    source: Citation
    cohort: Titles


@attrs.frozen(kw_only=True)
class LawDoc:
    """
    One law as it is shipped.

    Attributes:
        governs: Where its newest version governs, of a regime.
    """

    id: str
    kind: str
    title: Titles
    governs: Titles
    versions: tuple[VersionLine, ...]


@attrs.frozen
class PlaceLine:
    """A working calendar with its public holidays; `known_through` is the last day they reach."""

    id: str
    title: Titles
    business_days: str
    holidays: str
    known_through: date


@attrs.frozen(kw_only=True)
class JurisdictionDoc:
    """
    One jurisdiction.

    Attributes:
        laws: What may govern there.
        clocks: Every clock of the newest versions of its regimes.
        statuses: Every status of its law of dormant accounts.
        classes: Every class of investors and what it asks.
        places: Its calendars, those included that its regimes name.
        shapes: (id, title) of policies named for it that are no law.
        documents: The documents its law was read in, the one read longest ago first.
        facts: (name, meaning, ids of the laws that ask) of what people must have established.
        approvals: Where a clock may be moved, and what that takes.
        notes: (id, first day, note) of what the sources leave open, as it was noted.
        missing: Kinds of law of which none is shipped.
    """

    code: str
    title: Titles
    laws: tuple[LawDoc, ...]
    clocks: TableDoc
    statuses: TableDoc
    classes: TableDoc
    places: tuple[PlaceLine, ...]
    shapes: tuple[tuple[str, Titles], ...]
    documents: tuple[CitationDoc, ...]
    facts: tuple[tuple[str, Titles, tuple[str, ...]], ...]
    approvals: TableDoc
    notes: tuple[tuple[str, date, str], ...]
    missing: tuple[str, ...]


@cache
def jurisdiction_docs() -> tuple[JurisdictionDoc, ...]:
    """Return every jurisdiction whose law is shipped, by code."""
    return tuple(map(_jurisdiction, jurisdictions()))


def places_elsewhere() -> tuple[PlaceLine, ...]:
    """Return the places with a calendar in countries of which no law is shipped."""
    known = jurisdictions()
    return tuple(_place(held) for held in regions() if held.country not in known)


def _jurisdiction(code: str) -> JurisdictionDoc:
    held = law(code)
    of_kind = {kind: [policy for policy in held if policy.kind.name == kind] for kind in LAW}
    return JurisdictionDoc(
        code=code,
        title=territory(code),
        laws=tuple(map(_law, held)),
        clocks=_clocks(of_kind[REGIME]),
        statuses=_statuses(of_kind[DORMANCY]),
        classes=_classes(of_kind[CLASSES]),
        places=tuple(_places(code, of_kind[REGIME])),
        shapes=tuple((policy.id, titles(policy.title)) for policy in shapes(code)),
        documents=of_policies(held),
        facts=tuple(_facts(held)),
        approvals=_approvals(of_kind[REGIME]),
        notes=tuple(
            (policy.id, version.since, version.source.note)
            for policy in held
            for version in policy.versions
            if version.source.note
        ),
        missing=tuple(kind for kind in LAW if not of_kind[kind]),
    )


def _law(policy: Policy[Any]) -> LawDoc:
    return LawDoc(
        id=policy.id,
        kind=policy.kind.name,
        title=titles(policy.title),
        governs=condition_words(getattr(policy.versions[-1].written, "governs", None)),
        versions=tuple(
            VersionLine(
                version.since,
                version.ref.known_on,
                first_day_after(version, policy),
                version.source,
                condition_words(version.applies_to),
            )
            for version in policy.versions
        ),
    )


def _named(policy: Policy[Any]) -> Titles:
    return each(lambda locale: policy_link(policy.id, titles(policy.title)[locale]))


# --- clocks -------------------------------------------------------------------------------------


def _clocks(held: Iterable[Policy[Any]]) -> TableDoc:
    """Return the clocks of the newest versions, as people print them: what, how long, from when."""
    rows = []
    for policy in held:
        version = policy.versions[-1]
        written: RegimeTable = version.written
        for row, clock in zip(written.clock, version.parameters.clocks, strict=True):
            rows.append(
                (
                    _named(policy),
                    titled(row.title, row.name),
                    role_words(row),
                    length_words(clock.terms),
                    start_words(row.starts),
                    condition_words(row.when),
                    _clauses([term.source or version.source for term in row.term]),
                )
            )
    return TableDoc(
        heads("regime", "due", "role", "runs", "starts", "row_when", "source"), tuple(rows)
    )


def _clauses(sources: list[Citation]) -> Titles:
    """Return the clauses of sources, and that a description was read where one was."""
    told = "; ".join(dict.fromkeys(source.clause for source in sources))
    unread = any(source.checked == "secondary" for source in sources)
    return each(lambda locale: aside(told, remark("secondary", locale), locale) if unread else told)


def _approvals(held: Iterable[Policy[Any]]) -> TableDoc:
    """Return what moving a clock takes: somebody judges the reason, and somebody approves."""
    rows = [
        (
            _named(policy),
            titled(row.title, row.name),
            alike(f"`{moved.to}`" if moved.to else ""),
            listed_codes(moved.reasons),
            listed_codes(moved.approvals),
            said(moved.notice) if moved.notice else NOTHING,
        )
        for policy in held
        for row in _rows(policy.versions[-1])
        for moved in row.extension
    ]
    return TableDoc(
        heads("regime", "clock", "up_to", "reasons", "approvals", "notice"), tuple(rows)
    )


def _rows(version: Version[Any]) -> tuple[ClockTable, ...]:
    written: RegimeTable = version.written
    return written.clock


# --- dormant accounts, classes ------------------------------------------------------------------


def _statuses(held: Iterable[Policy[Any]]) -> TableDoc:
    rows = [
        (
            _named(policy),
            titled(row.title, row.code),
            _accounts(row, term),
            after_words(row, term),
            _owed(row) if not place else NOTHING,
        )
        for policy in held
        for row in policy.versions[-1].written.status
        for place, term in enumerate(_terms(row))
    ]
    return TableDoc(heads("law", "status", "row_when", "reached", "owes"), tuple(rows))


def _terms(row: StatusRow) -> tuple[Term, ...]:
    return row.term or ((Term(after=row.after),) if row.after is not None else ())


def _accounts(row: StatusRow, term: Term) -> Titles:
    return apart(condition_words(when) for when in (row.when, term.when) if when is not None)


def _owed(row: StatusRow) -> Titles:
    told = []
    for duty in row.duty:
        title, due = titles(duty.title), due_words(duty)
        told.append(
            both(f"{title['en']} ({due['en']})", f"{title['zh']}（{due['zh']}）")
            if due["en"]
            else title
        )
    return apart(told)


def _classes(held: Iterable[Policy[Any]]) -> TableDoc:
    rows = [
        (
            _named(policy),
            titled(row.title, row.code),
            condition_words(row.when),
            _asked(row, policy.versions[-1].written.currency),
        )
        for policy in held
        for row in policy.versions[-1].written.wealth_class
    ]
    return TableDoc(heads("law", "class", "row_when", "asks"), tuple(rows))


def _asked(row: ClassRow, currency: str) -> Titles:
    told = [_group(group, currency) for group in row.group]
    return each(lambda locale: "<br>".join(text[locale] for text in told))


def _group(group: Group, currency: str) -> Titles:
    limbs = [
        level_words(limb, currency) if limb.fact else titles(limb.title) for limb in group.limb
    ]
    told, need = apart(limbs), need_words(group)
    if not need["en"]:
        return told
    return both(f"{need['en']}: {told['en']}", f"{need['zh']}：{told['zh']}")


# --- calendars ----------------------------------------------------------------------------------


def _places(code: str, regimes: Iterable[Policy[Any]]) -> Iterator[PlaceLine]:
    named = {
        calendar
        for policy in regimes
        if policy.versions[-1].written.jurisdiction == code
        for version in policy.versions
        for calendar in (version.written.calendar, *version.written.calendars.values())
    }
    for held in regions():
        if held.country == code or held.calendar_id in named:
            yield _place(held)


@cache
def _place(held: Region) -> PlaceLine:
    known = public_holidays(policies.load(held.holidays_id))
    return PlaceLine(
        held.id, titles(held.title), held.calendar_id, held.holidays_id, known.known_through
    )


# --- what is left to people ---------------------------------------------------------------------


def _facts(held: Iterable[Policy[Any]]) -> Iterator[tuple[str, Titles, tuple[str, ...]]]:
    """Yield the facts that conditions of the newest versions name, those of the rules that ask."""
    asked: dict[str, dict[str, None]] = {}
    for policy in held:
        for condition in _conditions(policy.versions[-1].written):
            for comparison in condition.comparisons():
                asked.setdefault(comparison.fact, {})[policy.id] = None
    meanings = _meanings()
    for name, laws in asked.items():
        if name in meanings and name != "jurisdiction":
            yield name, meanings[name], tuple(laws)


@cache
def _meanings() -> Mapping[str, Titles]:
    return {
        field.name: field.meaning
        for rule_id in reversed(_ASKED)
        for field in fields_of(policies.rule(rule_id).facts)
    }


def _conditions(held: Any) -> Iterator[Condition]:
    """Yield the conditions of a law; those on single activities ask nothing of people."""
    if isinstance(held, Counts):
        return
    if hasattr(held, "comparisons"):
        yield held
    elif isinstance(held, (tuple, list)):
        for part in held:
            yield from _conditions(part)
    elif attrs.has(type(held)):
        for field in attrs.fields(type(held)):
            yield from _conditions(getattr(held, field.name))
