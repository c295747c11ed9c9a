"""
Tier latches again, naively: plain dicts, no sharing, no cache, every step written out.

Written from the specification of the latch before the shipped code was read, so that the two
can disagree. A policy is the table a bank would write (amounts as text, periods as ISO 8601); a
measure is a `Fraction` of minor units, or None where it is unknown. Landings other than
`by_latch` are not worked out here: their laws are tested on their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

Latch = dict[str, Any]
State = dict[str, Any]
Measures = Mapping[str, Fraction | None]

REVIEW_DAYS = {
    "month-end": [(month, 31) for month in range(1, 13)],
    "quarter-end": [(3, 31), (6, 30), (9, 30), (12, 31)],
    "half-year-end": [(6, 30), (12, 31)],
    "year-end": [(12, 31)],
}


def minor(text: str, digits: int = 2) -> int:
    """Return an amount in minor units; the text may not be finer."""
    exact = Fraction(text) * 10**digits
    assert exact.denominator == 1, text
    return int(exact)


def after(day: date, period: str) -> date:
    """Return *day* plus an ISO period: months first, clamped to the month's end, then days."""
    months = days = 0
    for number, unit in re.findall(r"(\d+)([YMWD])", period):
        months += int(number) * {"Y": 12, "M": 1}.get(unit, 0)
        days += int(number) * {"W": 7, "D": 1}.get(unit, 0)
    year, month = day.year, day.month + months
    while month > 12:
        year, month = year + 1, month - 12
    number = day.day
    while True:
        try:
            return date(year, month, number) + timedelta(days=days)
        except ValueError:
            number -= 1


def first_review(table: Mapping[str, Any], day: date) -> date:
    """Return the first review on or after *day*; *day* itself where every day is one."""
    written = table.get("review", [])
    words = [written] if isinstance(written, str) else list(written)
    if not words:
        return day
    wanted = []
    for word in words:
        wanted += REVIEW_DAYS.get(word) or [(int(word[:2]), int(word[3:]))]
    while True:
        if any(is_review(day, month, number) for month, number in wanted):
            return day
        day += timedelta(days=1)


def is_review(day: date, month: int, number: int) -> bool:
    """Tell whether *day* is the review written as month and day, clamped to the month's end."""
    last = (day + timedelta(days=1)).month != day.month
    return day.month == month and (day.day == number or (last and day.day < number))


def fresh(table: Mapping[str, Any]) -> State:
    """Return the state of a customer who was never assessed."""
    return {
        "latches": {row["code"]: fresh_latch() for row in table["tier"][1:]},
        "tier": table["tier"][0]["code"],
        "effective_on": None,
        "reason": None,
    }


def fresh_latch() -> Latch:
    """Return a latch that is off and remembers nothing."""
    return {"on": False, "below_since": None, "protected_until": None}


def levels(row: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """Return (measure, enter, retain) of a tier in minor units."""
    written = row.get("qualify") or [
        {"measure": "assets", **{k: row[k] for k in ("enter", "retain") if k in row}}
    ]
    return [
        (level["measure"], minor(level["enter"]), minor(level.get("retain", level["enter"])))
        for level in written
    ]


def reaches(row: Mapping[str, Any], measures: Measures, which: str) -> bool | None:
    """Tell whether the measures reach a tier's `enter` or `retain`; None where that is unknown."""
    answers: list[bool | None] = []
    for name, enter, retain in levels(row):
        held = measures.get(name)
        answers.append(None if held is None else held >= (enter if which == "enter" else retain))
    if row.get("qualify_by", "any") == "any":
        if True in answers:
            return True
        return None if None in answers else False
    if False in answers:
        return False
    return None if None in answers else True


def lapse_of(table: Mapping[str, Any], row: Mapping[str, Any], latch: Latch) -> date:
    """Return the day a latch lapses whose run of misses has begun."""
    protected: date = latch["protected_until"]
    below: date = latch["below_since"]
    grace = row.get("grace", "P0D")
    if table.get("grace_starts", "at_miss") == "after_protection":
        return after(max(below, protected), grace)
    return max(protected, after(below, grace))


def step_latch(
    table: Mapping[str, Any], row: Mapping[str, Any], latch: Latch, day: date, measures: Measures
) -> tuple[Latch, str, date | None]:
    """Return the latch after an assessment, why, and the day a fall takes effect (None: none)."""
    enter = reaches(row, measures, "enter")
    if enter:
        protected = after(day, row.get("protection", "P0D"))
        held = {"on": True, "below_since": None, "protected_until": protected}
        return held, "TIER_REQUALIFIED" if latch["on"] else "TIER_UP", None
    if not latch["on"]:
        return latch, "TIER_UNKNOWN_MEASURE" if enter is None else "", None
    retain = reaches(row, measures, "retain")
    if retain:
        return {**latch, "below_since": None}, "TIER_BAND", None
    if retain is None:
        return latch, "TIER_UNKNOWN_MEASURE", None
    missed = {**latch, "below_since": latch["below_since"] or day}
    lapse = lapse_of(table, row, missed)
    due = first_review(table, lapse)
    if day >= due:
        return fresh_latch(), "TIER_LAPSED", due
    if day < missed["protected_until"]:
        return missed, "TIER_PROTECTED", None
    return missed, "TIER_GRACE" if day < lapse else "TIER_WAIT_REVIEW", None


def assess(table: Mapping[str, Any], state: State, day: date, measures: Measures) -> State:
    """Return the state after an assessment; the tier is the highest latch that is on."""
    rows = table["tier"]
    codes = [row["code"] for row in rows]
    latches: dict[str, Latch] = {}
    reasons, falls = {}, {}
    for row in rows[1:]:
        code = row["code"]
        latches[code], reasons[code], falls[code] = step_latch(
            table, row, state["latches"][code], day, measures
        )
    tier = next((code for code in reversed(codes[1:]) if latches[code]["on"]), codes[0])
    before, now = codes.index(state["tier"]), codes.index(tier)
    effective_on = state["effective_on"]
    if now > before:
        effective_on, reason = day, "TIER_UP"
    elif now < before:
        effective_on = max(due for code in codes[now + 1 :] if (due := falls[code]) is not None)
        reason = "TIER_LAPSED"
    elif now == 0:
        unknown = "TIER_UNKNOWN_MEASURE" in reasons.values()
        reason = "TIER_UNKNOWN_MEASURE" if unknown else "TIER_BASE"
    else:
        reason = reasons[tier]
    return {"latches": latches, "tier": tier, "effective_on": effective_on, "reason": reason}


def run(
    table: Mapping[str, Any],
    path: Sequence[tuple[date, Measures]],
    state: State | None = None,
) -> list[State]:
    """Return the state after each assessment of a path."""
    held = fresh(table) if state is None else state
    states = []
    for day, measures in path:
        held = assess(table, held, day, measures)
        states.append(held)
    return states


def pending(table: Mapping[str, Any], state: State) -> dict[str, date]:
    """Return the day each tier with a running miss falls, if the misses go on."""
    rows = {row["code"]: row for row in table["tier"]}
    return {
        code: first_review(table, lapse_of(table, rows[code], latch))
        for code, latch in state["latches"].items()
        if latch["on"] and latch["below_since"] is not None
    }
