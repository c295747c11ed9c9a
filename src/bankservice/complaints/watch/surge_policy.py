"""
When a surge of complaints is one, and which single case is raised at once: as written, as used.

The rate of false alarms is a parameter like any other, so that whoever sets it says how often the
watch may cry for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import attrs

from bankservice.complaints.handling import CASE_FACTS, CASE_WORDS
from bankservice.core.citation import Citation
from bankservice.core.conditions import Condition, FactType
from bankservice.core.policy import Faults, Kind, Library, Title
from bankservice.core.terms import Terms

__all__ = [
    "GRAVE_FACTS",
    "SURGE_WATCH",
    "GraveRow",
    "SurgeTable",
    "SurgeTest",
    "SurgeWatch",
]

GRAVE_FACTS: Final[Mapping[str, FactType]] = {
    **CASE_FACTS,
    "media": FactType("boolean"),
    "readers": FactType("integer"),
    "data_leak": FactType("boolean"),
    "loss": FactType("boolean"),
    "branch_customers": FactType("integer"),
}
"""Facts that conditions over a grave case may name."""

_MOST_WEEKS: Final = 520


@attrs.frozen(kw_only=True)
class GraveRow:
    """
    One reason to raise a single case at once.

    Attributes:
        code: Stable code, unique in the table.
        when: Condition over the facts of the case.
        title: What people read.
        source: Where the row comes from, if not from the version's source.
    """

    code: str
    when: Condition
    title: Title = attrs.field(metadata={"digest": False})
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class SurgeTest:
    """
    How the latest days are compared with the weeks before.

    Attributes:
        window_days: Days counted together, the last of them the day asked; 1 to 7.
        weeks: Blocks of as many days they are compared with, on the same days of the week, one a
            week.
        least_weeks: With fewer blocks nothing is said.
        guard_weeks: Weeks left out between the window and the newest block, so that a surge in its
            beginnings is not what it is measured by.
        least_cases: Fewer cases in the window are no surge whatever the odds.
        false_alarm_rate: Highest probability that, on one look at all series, any quiet one is
            raised.
        over_above: A surge lasts until the odds of its count among the quiet weeks rise above
            this.
        spread_at_least: Least squared coefficient of variation of a series' level from week to
            week that is reckoned with, though the weeks before show less.
        variance_margin: How many times a series' own sample variance is taken, 1 or more: a dozen
            weeks tell it badly, and too small a variance cries for nothing.
    """

    window_days: int
    weeks: int
    least_weeks: int
    guard_weeks: int
    least_cases: int
    false_alarm_rate: Decimal
    over_above: Decimal
    spread_at_least: Decimal
    variance_margin: Decimal


@attrs.frozen(kw_only=True)
class SurgeTable:
    """
    A surge-watch policy version as written.

    Attributes:
        surge: How the latest days are compared with the weeks before.
        crisis_confidence: Confidence of the comparison of crises, period against period.
        grave: Reasons to raise a single case at once.
    """

    surge: SurgeTest
    crisis_confidence: Decimal
    grave: tuple[GraveRow, ...]


@attrs.frozen(eq=False, kw_only=True)
class SurgeWatch:
    """A surge-watch policy version, ready to use: the table, and what conditions may name."""

    surge: SurgeTest
    crisis_confidence: Decimal
    grave: tuple[GraveRow, ...]
    terms: Terms


def _build(table: SurgeTable, faults: Faults, library: Library) -> SurgeWatch:
    terms = Terms.of(GRAVE_FACTS, CASE_WORDS, library)
    _check_test(table.surge, faults)
    _check_share(table.crisis_confidence, "crisis_confidence", faults)
    if not table.grave:
        faults.add("grave", "no row", "one or more reasons to raise a case at once")
    seen: set[str] = set()
    for index, row in enumerate(table.grave):
        if row.code in seen:
            faults.add(f"grave[{index}].code", repr(row.code), "a code that is not taken")
        seen.add(row.code)
        terms.check(row.when, f"grave[{index}].when", faults)
    return SurgeWatch(
        surge=table.surge,
        crisis_confidence=table.crisis_confidence,
        grave=table.grave,
        terms=terms,
    )


def _check_test(test: SurgeTest, faults: Faults) -> None:
    for name, least, most in (
        ("window_days", 1, 7),
        ("weeks", 2, _MOST_WEEKS),
        ("least_weeks", 2, test.weeks),
        ("guard_weeks", 0, _MOST_WEEKS),
        ("least_cases", 2, 10**6),
    ):
        value = getattr(test, name)
        if not least <= value <= most:
            faults.add(f"surge.{name}", value, f"a number from {least} to {most}")
    _check_share(test.false_alarm_rate, "surge.false_alarm_rate", faults)
    _check_share(test.over_above, "surge.over_above", faults)
    if test.over_above < test.false_alarm_rate:
        # Or a surge would be over on the day it is raised, and be raised again the day after.
        wanted = f"at least false_alarm_rate ({test.false_alarm_rate})"
        faults.add("surge.over_above", test.over_above, wanted)
    if not 0 <= test.spread_at_least <= 100:
        faults.add("surge.spread_at_least", test.spread_at_least, "a number from 0 to 100")
    if not 1 <= test.variance_margin <= 100:
        faults.add("surge.variance_margin", test.variance_margin, "a number from 1 to 100")


def _check_share(share: Decimal, path: str, faults: Faults) -> None:
    if not Decimal("0.000001") <= share <= Decimal("0.999999"):
        faults.add(path, share, "a number above 0 and below 1, in millionths")


SURGE_WATCH: Final = Kind("complaints.surge-watch", SurgeTable, _build)
"""Kind of policy that says when complaints surge, and which single case is grave."""
