"""
Limits of a programme: caps as written become integers, and those that can never be right are told.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from bankservice.loyalty.programme.draft import Draft, ratio_of
from bankservice.loyalty.programme.earning import CapRow, EarnRow
from bankservice.loyalty.programme.scheme import Cap

__all__ = ["caps_of", "narrower_first"]

_WIDTH: Final = (
    "transaction",
    "day",
    "statement",
    "month",
    "quarter",
    "rolling",
    "membership-year",
    "year",
    "lifetime",
)
"""Periods, the narrower first: what a narrow cap takes never uses a wide one."""

_LONGEST: Final = 3_660


def narrower_first(cap: Cap) -> tuple[int, str]:
    """Return the key by which caps take their turn: the narrower period first, then the code."""
    return (0 if cap.single else _WIDTH.index(cap.row.period), cap.code)


def caps_of(draft: Draft) -> tuple[Cap, ...]:
    """Return the caps of a programme, the narrower first."""
    draft.check_codes("cap", draft.table.cap)
    found = [_cap(row, f"cap[{index}]", draft) for index, row in enumerate(draft.table.cap)]
    return tuple(sorted(found, key=narrower_first))


def _cap(row: CapRow, path: str, draft: Draft) -> Cap:
    named = _rows(row, path, draft)
    _check_period(row, path, draft)
    limit, units = _limit(row, path, draft)
    above = Fraction(0)
    if row.above is not None:
        if row.measure != "amount":
            draft.faults.add(f"{path}.above", f"beside measure {row.measure}", "measure amount")
        points = draft.points(row.above.points, f"{path}.above.points")
        above = points / draft.minor(row.above.per, f"{path}.above.per")
        for earning in named:
            if earning.basis == "amount" and above * _per(earning, draft) > _points(earning, draft):
                got = f"more than {earning.code} gives below the cap"
                draft.faults.add(f"{path}.above", got, "a rate of at most its own")
    return Cap(
        row=row,
        code=row.code,
        measure=row.measure,
        limit=limit,
        units=units,
        single=row.period == "transaction" or row.scope == "transaction",
        rows=frozenset(
            earning.code
            for earning in named
            if row.measure != "amount" or earning.basis == "amount"
        ),
        above=ratio_of(above),
    )


def _rows(row: CapRow, path: str, draft: Draft) -> list[EarnRow]:
    by_code = {earning.code: earning for earning in draft.table.earn}
    if not row.rows:
        return list(by_code.values())
    found = []
    for index, code in enumerate(row.rows):
        where = f"{path}.rows[{index}]"
        if code in row.rows[:index]:
            draft.faults.add(where, repr(code), "each row once")
        elif draft.known(code, by_code, where, "the code of an earning row"):
            if row.measure == "amount" and by_code[code].basis != "amount":
                got = f"{code}, which counts {by_code[code].basis}"
                draft.faults.add(where, got, "a row that counts an amount")
            found.append(by_code[code])
    return found


def _check_period(row: CapRow, path: str, draft: Draft) -> None:
    if row.period == "rolling":
        if not 1 <= row.days <= _LONGEST:
            wanted = f"how many days it counts back, 1 to {_LONGEST}"
            draft.faults.add(f"{path}.days", row.days, wanted)
    elif row.days:
        draft.faults.add(f"{path}.days", row.days, "period rolling beside it")


def _limit(row: CapRow, path: str, draft: Draft) -> tuple[int, int]:
    """Return the limit in the smallest unit of what it limits, and how many make one."""
    units = {"points": draft.unit, "amount": 10**draft.digits, "count": 1}[row.measure]
    limit = Fraction(row.limit) * units
    if limit <= 0:
        draft.faults.add(f"{path}.limit", row.limit, "more than 0: a cap at 0 earns nothing ever")
    elif limit.denominator != 1:
        draft.faults.add(f"{path}.limit", row.limit, f"a limit in whole {row.measure}")
    return max(1, int(limit)), units


def _per(row: EarnRow, draft: Draft) -> Fraction:
    """Return how many minor units earn the points of a row."""
    return Fraction(row.per) * Fraction(10**draft.digits)


def _points(row: EarnRow, draft: Draft) -> Fraction:
    return Fraction(row.points) * draft.unit
