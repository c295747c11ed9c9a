"""
Law of dormant accounts as sections: whose activity counts, each status, its duties, exceptions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from book.bilingual import NOTHING, Titles, alike, both, spoken
from book.cell_docs import Source, apart, heads, periods, row_section, sourced, strung, titled
from book.condition_docs import condition_words
from book.labels import said
from book.section_docs import SectionDoc, TableDoc

from bankservice.core.calendar import Period
from bankservice.core.policy import Version
from bankservice.lifecycle.dormancy.table import (
    Counts,
    DormancyTable,
    DutyRow,
    Exclusion,
    LaterStart,
    StatusRow,
    Term,
)

__all__ = ["DORMANCY", "after_words", "dormancy_sections", "due_words"]

DORMANCY: Final = "lifecycle.account-dormancy"
_YEAR: Final = 12

Cells = tuple[Titles, ...]


def dormancy_sections(version: Version[Any]) -> tuple[SectionDoc, ...]:
    """Return what a version of the law says: what counts, then each status, then exceptions."""
    written: DormancyTable = version.written
    keys: tuple[str, ...] = ("activity_row", "row_when")
    found = [row_section(version, "activity_counts", written.counts, _counts, keys)]
    tell = sourced(version)
    found += [_status(row, tell) for row in written.status]
    if written.exclusion:
        keys = ("exception", "row_when", "keeps_from")
        found.append(row_section(version, "exceptions", written.exclusion, _exclusion, keys))
    if written.later_start:
        keys = ("later_start", "row_when", "starts_at")
        found.append(row_section(version, "later_starts", written.later_start, _later, keys))
    return tuple(found)


def _counts(row: Counts) -> Cells:
    return _code(row.code), condition_words(row.when)


def _status(row: StatusRow, tell: Source) -> SectionDoc:
    """Return one status: how long until it, and what the bank owes because of it."""
    terms = row.term or ((Term(after=row.after),) if row.after is not None else ())
    lines = (
        ("applies", condition_words(row.when)),
        ("source", NOTHING if row.source is None else tell(row.source)),
    )
    reached = tuple(
        (
            after_words(row, term),
            condition_words(term.when),
            NOTHING if term.source is None else tell(term.source),
        )
        for term in terms
    )
    tables = [TableDoc(heads("reached", "row_when", "source"), reached)]
    duties = tuple(
        (
            titled(duty.title, duty.code),
            said(f"duty-{duty.role}"),
            due_words(duty),
            NOTHING if duty.source is None else tell(duty.source),
        )
        for duty in row.duty
    )
    if duties:
        tables.append(TableDoc(heads("owes", "role", "due_by", "source"), duties))
    return SectionDoc(titled(row.title, row.code), lines, tuple(tables))


def after_words(row: StatusRow, term: Term) -> Titles:
    """Return how long until a status, from what."""
    span, start = _span(term.after), said(f"from-{row.starts}")
    if row.boundary == "more_than":
        return both(
            f"more than {span['en']} after {start['en']}", f"{start['zh']}之后超过{span['zh']}"
        )
    return both(f"{span['en']} after {start['en']}", f"{start['zh']}之后满{span['zh']}")


def _span(held: Period | None) -> Titles:
    """Return a period, whole years as years, as laws of dormant accounts count them."""
    if held is None or held.days or not held.months or held.months % _YEAR:
        return periods(held)
    years = held.months // _YEAR
    return both("a year" if years == 1 else f"{years} years", f"{years}年")


def due_words(duty: DutyRow) -> Titles:
    """Return by when a duty is due; empty where the law names no day."""
    before, after, every = _span(duty.before), _span(duty.after), _span(duty.every)
    if duty.before is not None:
        return both(f"{before['en']} before the first day", f"首日之前{before['zh']}")
    if duty.january_after is not None:
        years = duty.january_after
        return both(f"in the January after {years} years", f"满 {years} 年之后的一月")
    if duty.every is not None:
        return both(f"every {every['en']} from the first day", f"自首日起每{every['zh']}")
    if duty.by is not None:
        return said(f"by-{duty.by}")
    if duty.after is not None:
        return both(f"owed from {after['en']} after the start", f"起算后{after['zh']}起即须履行")
    return NOTHING


def _exclusion(row: Exclusion) -> Cells:
    kept = strung(_code(code) for code in row.keeps_from)
    return (
        titled(row.title, row.code),
        condition_words(row.when),
        kept if row.keeps_from else spoken("said", "every-status"),
    )


def _code(code: str) -> Titles:
    return alike(f"`{code}`")


def _later(row: LaterStart) -> Cells:
    plus = _span(row.plus) if row.plus else NOTHING
    day = both(f"`{row.day}`", f"`{row.day}`")
    told: Iterable[Titles] = (
        day,
        both(f"and {plus['en']}", f"加{plus['zh']}") if row.plus else NOTHING,
    )
    return titled(row.title, row.code), condition_words(row.when), apart(told)
