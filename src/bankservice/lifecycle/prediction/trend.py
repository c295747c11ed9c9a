"""
The rule of trends: does a measure, such as a balance, rise or fall from period to period?

The test is Mann and Kendall's. The slope is Theil's and Sen's: the median of the slopes of all
pairs. Of `1 3 2 5 4` the ten slopes have the median 1; a last value of 400 would change little.

P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", Journal of the American
Statistical Association 63 (1968) 1379-1389.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import comb, lcm
from typing import Any, Final, Literal

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.mann_kendall import kendall, theil_sen
from bankservice.core.plain import to_json
from bankservice.core.policy import Title
from bankservice.core.scalars import ratio
from bankservice.core.schema import Forms, Schema, any_of
from bankservice.core.structure import Reader
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.lifecycle.policy import SHELF
from bankservice.lifecycle.prediction.kind import CYCLES, MOST_VALUES, OUTLOOK, Outlook
from bankservice.lifecycle.prediction.table import TrendRow
from bankservice.lifecycle.prediction.telling import shown

__all__ = ["Reading", "Trend", "TrendFacts", "trend"]

RISING: Final = Says("TREND_RISING", ("measure", "slope", "period", "p_value"))
FALLING: Final = Says("TREND_FALLING", ("measure", "slope", "period", "p_value"))
LEVEL: Final = Says("TREND_LEVEL", ("measure", "p_value"))
TOO_FEW: Final = Says("TREND_TOO_FEW", ("measure", "n", "least"))
OPEN: Final = Says("TREND_UNKNOWN", ("unknown",))
PAIRS: Final = Says("trend-pairs", ("n", "missing", "rising", "falling"))
TEST: Final = Says("trend-test", ("p_value", "significance"))
SEASONS: Final = Says("trend-seasons", ("period",))

_PERIODS: Final = {
    "day": Title(en="day", zh="日"),
    "week": Title(en="week", zh="周"),
    "month": Title(en="month", zh="月"),
    "quarter": Title(en="quarter", zh="季"),
}


@attrs.frozen
class Reading:
    """
    One value of a measure.

    Attributes:
        value: The value; None where it is not known.
        on: A day of its period; None in a plain list, which goes period by period.
    """

    value: Fraction | None = None
    on: date | None = None

    @classmethod
    def __read__(cls, raw: Any, reader: Reader) -> Reading:
        if not isinstance(raw, Mapping):
            return cls(_exact(raw))
        held = reader.read(raw, _Dated, "a value")
        return cls(None if held.value is UNKNOWN else held.value, held.on)

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        return any_of([forms.of(Fraction), forms.unknown(), forms.of(_Dated)])

    def __written__(self) -> Any:
        value = UNKNOWN.value if self.value is None else to_json(self.value)
        return value if self.on is None else {"on": to_json(self.on), "value": value}


@attrs.frozen(kw_only=True)
class _Dated:
    on: date
    value: Fraction | UnknownType


def _exact(raw: Any) -> Fraction | None:
    return None if raw is UNKNOWN or raw == UNKNOWN.value else ratio(raw, Fraction)


@attrs.frozen(kw_only=True)
class TrendFacts:
    """
    The values of a measure.

    Attributes:
        on: Day asked, in the bank's own zone; it selects the version.
        measure: Code of the measure, as the policy has it.
        values: Oldest first: numbers, one for each period, or `{ on, value }` in any order, where
            periods may be missing. Any may be unknown.
        customer: Facts that cohorts ask for.
    """

    on: date
    measure: str
    values: tuple[Reading, ...] | UnknownType
    customer: FrozenMapping[str, str] = FrozenMapping()

    def __attrs_post_init__(self) -> None:
        held = () if self.values is UNKNOWN else self.values
        faults = []
        if len({reading.on is None for reading in held}) > 1:
            faults.append(Fault("values", "values with and without days", "one of the two forms"))
        wanted = f"a day up to {self.on}, the day asked"
        faults += [
            Fault(f"values[{place}].on", str(reading.on), wanted)
            for place, reading in enumerate(held)
            if reading.on is not None and reading.on > self.on
        ]
        if faults:
            raise FaultsError(f"the values of {self.measure}", tuple(faults))


@attrs.frozen(kw_only=True)
class Trend:
    """
    Whether a measure rises or falls.

    Attributes:
        direction: `rising`, `falling`, `level` (no trend can be told), or `too-few` values; None
            where the values are not known.
        slope: Median change from one period to the next, exact; None for too few values.
        p_value: How often values without any trend would show one as strong.
        tau: Kendall's: rising pairs less falling ones, as a share of all pairs, exact.
        s: Rising pairs less falling ones.
        n: Known values looked at.
        missing: Periods without a known value, from the first value stated to the last.
        method: How p was found: `exact` or `normal`.
        unknown: Facts that are not known, without which there is no answer.
    """

    direction: Literal["rising", "falling", "level", "too-few"] | None = None
    slope: Fraction | None = None
    p_value: Decimal | None = None
    tau: Fraction | None = None
    s: int | None = None
    n: int = 0
    missing: int = 0
    method: Literal["exact", "normal"] | None = None
    unknown: tuple[str, ...] = ()


def _trend(facts: TrendFacts, outlook: Outlook, trace: Trace | None) -> Trend:
    """
    Tell whether a measure of a customer rises or falls, by the Mann-Kendall test and Sen's slope.

    The version in force on `on` applies: it says of each measure which period a value is of, how
    many of the newest periods are looked at, how few values are too few, and at which p-value a
    trend is told. Up to ten values p is counted exactly over all their orders, equal values
    included; beyond, it follows the normal law, corrected for equal values and for whole steps.

    The test takes the values to be independent of each other. Balances hang together from month to
    month, which makes a trend look surer than it is: take a longer period, or a lower p-value.
    Where the policy says so only equal months or quarters are compared, against seasons.

    Raises:
        FaultsError: If two values are of one period, or there are too many.
        UnknownNameError: If the policy tells no trend of the measure.

    Source:
        Mann (1945), Kendall (1948), Sen (1968); by season: Hirsch, Slack and Smith (1982).

    Examples:
        >>> from datetime import date
        >>> from bankservice.lifecycle import trend
        >>> months = [510, 480, 470, 440, 445, 400, 380, 350]
        >>> found = trend(
        ...     "lifecycle/cdnow-outlook", on=date(2026, 8, 31), measure="balance", values=months
        ... ).outcome
        >>> found.direction, found.slope, found.s
        ('falling', Fraction(-131, 6), -26)
    """
    row = outlook.trend(facts.measure)
    if facts.values is UNKNOWN:
        return Trend(unknown=("values",))
    known, missing = _placed(facts.values, facts.on, row)
    n = len(known)
    groups = _groups(known, row)
    pairs = sum(comb(len(group), 2) for group in groups)
    if n < row.least or not pairs:
        return Trend(direction="too-few", n=n, missing=missing)
    tested = kendall(_whole(groups))
    s, p_value = tested.s, tested.p_value
    if trace is not None:
        signs = Counter(_sign(late - early) for g in groups for (_, early), (_, late) in _pairs(g))
        trace.check(PAIRS(n=n, missing=missing, rising=signs[1], falling=signs[-1]), True)
        if row.seasonal:
            trace.check(SEASONS(period=_PERIODS[row.period]), True)
        found = p_value <= row.significance
        trace.check(TEST(p_value=shown(p_value), significance=row.significance), found)
    direction: Literal["rising", "falling", "level"] = "level"
    if s and p_value <= row.significance:
        direction = "rising" if s > 0 else "falling"
    return Trend(
        direction=direction,
        slope=theil_sen(groups),
        p_value=p_value,
        tau=Fraction(s, pairs),
        s=s,
        n=n,
        missing=missing,
        method=tested.method,
    )


# -- values ----------------------------------------------------------------------------------------

Points = list[tuple[int, Fraction]]


def _placed(readings: Sequence[Reading], on: date, row: TrendRow) -> tuple[Points, int]:
    """Return the known values with the numbers of their periods, and how many are missing."""
    if readings and readings[0].on is not None:
        held: dict[int, Fraction | None] = {}
        for place, reading in enumerate(readings):
            assert reading.on is not None, "either all have a day or none"
            number = _number(reading.on, row.period)
            if number in held:
                wanted = f"one value for each {row.period}"
                fault = Fault(f"values[{place}].on", str(reading.on), wanted)
                raise FaultsError(f"the values of {row.measure}", (fault,))
            held[number] = reading.value
        first = 0 if row.window is None else _number(on, row.period) - row.window + 1
        held = {number: held[number] for number in sorted(held) if number >= first}
    else:
        newest = readings if row.window is None else readings[-row.window :]
        held = {number: reading.value for number, reading in enumerate(newest)}
    if len(held) > MOST_VALUES:
        fault = Fault("values", f"{len(held)} values", f"at most {MOST_VALUES}")
        raise FaultsError(f"the values of {row.measure}", (fault,))
    known = [(number, value) for number, value in held.items() if value is not None]
    span = max(held) - min(held) + 1 if held else 0
    return known, span - len(known)


def _number(day: date, period: str) -> int:
    """Return the number of a day's period, counted on without end."""
    if period == "day":
        return day.toordinal()
    if period == "week":
        return (day.toordinal() - 1) // 7
    months = day.year * 12 + day.month - 1
    return months if period == "month" else months // 3


def _groups(known: Points, row: TrendRow) -> list[Points]:
    """Return the values that are compared with each other: all, or those of each season."""
    if not row.seasonal:
        return [known]
    found: dict[int, Points] = {}
    for number, value in known:
        found.setdefault(number % CYCLES[row.period], []).append((number, value))
    return list(found.values())


def _pairs(group: Points) -> Iterable[tuple[tuple[int, Fraction], tuple[int, Fraction]]]:
    return combinations(group, 2)


def _sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)


def _whole(groups: Sequence[Points]) -> list[list[int]]:
    """Return the values as whole numbers of one unit, which compare quicker."""
    scale = lcm(*{value.denominator for group in groups for _, value in group})
    return [
        [value.numerator * (scale // value.denominator) for _, value in group] for group in groups
    ]


def _headline(facts: TrendFacts, outlook: Outlook, outcome: Trend) -> Reason:
    if outcome.direction is None:
        return OPEN(unknown=outcome.unknown)
    row = outlook.trend(facts.measure)
    if outcome.direction == "too-few" or outcome.p_value is None or outcome.slope is None:
        return TOO_FEW(measure=row.title, n=outcome.n, least=row.least)
    p_value = shown(outcome.p_value)
    if outcome.direction == "level":
        return LEVEL(measure=row.title, p_value=p_value)
    told = RISING if outcome.direction == "rising" else FALLING
    slope = shown(abs(outcome.slope), 2)
    return told(measure=row.title, slope=slope, period=_PERIODS[row.period], p_value=p_value)


trend: Final[Rule[TrendFacts, Outlook, Trend]] = Rule(
    id="lifecycle.trend",
    facts=TrendFacts,
    outcome=Trend,
    evaluate=_trend,
    headline=_headline,
    says=(RISING, FALLING, LEVEL, TOO_FEW, OPEN, PAIRS, TEST, SEASONS),
    package="bankservice.lifecycle",
    kind=OUTLOOK,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)
