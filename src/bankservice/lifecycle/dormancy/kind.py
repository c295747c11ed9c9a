"""The law of dormant accounts, checked when it is read and laid out for deciding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from typing import Final

import attrs

from bankservice.core.calendar import Period
from bankservice.core.conditions import Condition
from bankservice.core.policy import Faults, Kind, Library
from bankservice.core.terms import Terms
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.lifecycle.dormancy.model import ACTIVE
from bankservice.lifecycle.dormancy.table import (
    ACCOUNT_FACTS,
    ACCOUNT_WORDS,
    ACTIVITY_FACTS,
    ACTIVITY_WORDS,
    Counts,
    DormancyTable,
    DutyRow,
    Exclusion,
    LaterStart,
    StatusRow,
    Term,
)

__all__ = ["ACCOUNT_DORMANCY", "DormancyLaw"]


@attrs.frozen(eq=False, kw_only=True)
class DormancyLaw:
    """
    A version of a law of dormant accounts, ready to use.

    Attributes:
        jurisdiction: Whose law it is.
        counts: Kind of activity and initiator, either of them perhaps unknown → whether it starts
            the clock anew; None where that hangs on what is unknown.
        statuses: The statuses with their periods as `term`, the mildest first.
        exclusions: Accounts that do not reach a status.
        later_starts: Days before which the clock does not start.
        from_opening: Whether an account that was never active counts from its opening.
        counted_on: The day to which periods count, where the law fixes one.
        accounts: What conditions over accounts may name.
    """

    jurisdiction: str
    counts: Mapping[tuple[str | UnknownType, str | UnknownType], bool | None]
    statuses: tuple[StatusRow, ...]
    exclusions: tuple[Exclusion, ...]
    later_starts: tuple[LaterStart, ...]
    from_opening: bool
    counted_on: date | None
    accounts: Terms


def _build(table: DormancyTable, faults: Faults, library: Library) -> DormancyLaw:
    accounts = Terms.of(ACCOUNT_FACTS, {**ACCOUNT_WORDS, **_states(table)}, library)
    activities = Terms.of(ACTIVITY_FACTS, ACTIVITY_WORDS, library)
    for name in ("counts", "status"):
        if not getattr(table, name):
            faults.add(name, "no row", "one or more")
    for name in ("counts", "status", "exclusion", "later_start"):
        _check_codes([row.code for row in getattr(table, name)], name, faults)
    for index, row in enumerate(table.counts):
        activities.check(row.when, f"counts[{index}].when", faults)
    codes = tuple(row.code for row in table.status)
    for index, exclusion in enumerate(table.exclusion):
        path = f"exclusion[{index}]"
        accounts.check(exclusion.when, f"{path}.when", faults)
        for place, code in enumerate(exclusion.keeps_from):
            if code not in codes:
                faults.add(f"{path}.keeps_from[{place}]", repr(code), "the code of a status")
    for index, start in enumerate(table.later_start):
        accounts.check(start.when, f"later_start[{index}].when", faults)
    statuses = tuple(
        _status(row, index, accounts, faults) for index, row in enumerate(table.status)
    )
    return DormancyLaw(
        jurisdiction=table.jurisdiction,
        counts=_counts(table.counts, activities),
        statuses=statuses,
        exclusions=table.exclusion,
        later_starts=table.later_start,
        from_opening=table.never_active == "opening",
        counted_on=table.counted_on,
        accounts=accounts,
    )


def _counts(
    rows: tuple[Counts, ...], terms: Terms
) -> Mapping[tuple[str | UnknownType, str | UnknownType], bool | None]:
    """Return the answer for every pair of words there can be; there are few, and many rows."""
    found: dict[tuple[str | UnknownType, str | UnknownType], bool | None] = {}
    kinds: tuple[str | UnknownType, ...] = (*ACTIVITY_WORDS["kind"], UNKNOWN)
    initiators: tuple[str | UnknownType, ...] = (*ACTIVITY_WORDS["initiator"], UNKNOWN)
    for kind, initiator in product(kinds, initiators):
        values = {"kind": kind, "initiator": initiator}
        answers = [row.when.holds(values, terms.within) for row in rows]
        found[kind, initiator] = True if True in answers else None if None in answers else False
    return found


def _conditions(table: DormancyTable) -> Iterator[Condition]:
    for row in table.status:
        yield from (term.when for term in row.term if term.when is not None)
        if row.when is not None:
            yield row.when
    yield from (row.when for row in table.exclusion)


def _states(table: DormancyTable) -> dict[str, tuple[str, ...]]:
    """Return the states the law tells apart: where it does, one it does not name is an error."""
    named = [
        word
        for condition in _conditions(table)
        for part in condition.comparisons()
        if part.fact == "state"
        for word in (part.wanted if isinstance(part.wanted, tuple) else (part.wanted,))
    ]
    return {"state": tuple(str(word) for word in named)} if named else {}


def _check_codes(codes: list[str], name: str, faults: Faults) -> None:
    for index, code in enumerate(codes):
        if code in codes[:index]:
            faults.add(f"{name}[{index}].code", repr(code), "a code that is not taken")
        if name == "status" and code == ACTIVE:
            faults.add(f"{name}[{index}].code", repr(code), "a code; that one means none of these")


def _status(row: StatusRow, index: int, accounts: Terms, faults: Faults) -> StatusRow:
    path = f"status[{index}]"
    if row.when is not None:
        accounts.check(row.when, f"{path}.when", faults)
    if row.starts == "notice" and index == 0:
        faults.add(f"{path}.starts", "notice", "activity: no status before it calls for a notice")
    if (row.after is None) != bool(row.term):
        both = "both" if row.term else "neither"
        faults.add(f"{path}.after", both, "either one period or rows of term")
    terms = row.term or (() if row.after is None else (Term(after=row.after),))
    for place, term in enumerate(terms):
        where = f"{path}.term[{place}]"
        if not term.after:
            faults.add(f"{where}.after", str(term.after), "a period of at least one day")
        if term.when is not None:
            accounts.check(term.when, f"{where}.when", faults)
        elif place < len(terms) - 1:
            faults.add(where, "no `when` before the last row", "a condition, or no row after it")
    _check_codes([duty.code for duty in row.duty], f"{path}.duty", faults)
    for place, duty in enumerate(row.duty):
        _check_duty(duty, f"{path}.duty[{place}]", faults)
    return attrs.evolve(row, after=None, term=terms)


def _check_duty(duty: DutyRow, path: str, faults: Faults) -> None:
    ways = ("before", "after", "january_after", "every", "by")
    said = [name for name in ways if getattr(duty, name) is not None]
    if len(said) > 1:
        faults.add(path, " and ".join(said), "one way to say when it is due")
    if duty.january_after is not None and duty.january_after < 1:
        faults.add(f"{path}.january_after", duty.january_after, "a number of years from 1")
    for name in ("before", "after", "every"):
        period: Period | None = getattr(duty, name)
        if period is not None and not period:
            faults.add(f"{path}.{name}", str(period), "a period of at least one day")
    if duty.every is not None and (duty.every.days or not duty.every.months):
        faults.add(f"{path}.every", str(duty.every), "a period of whole months")


ACCOUNT_DORMANCY: Final = Kind("lifecycle.account-dormancy", DormancyTable, _build)
"""Kind of policy that holds a jurisdiction's law of dormant accounts."""
