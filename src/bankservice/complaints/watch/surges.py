"""
The surge watch: which series of complaints has too many of late, and for how long.

A series is a product, a branch, an issue, or any of them together. Its latest days are compared
with blocks of as many days in earlier weeks, on the same days of the week, by the exact test of
`counts`: no mean has to be known and nothing is assumed of the days of the week. Holm's correction
keeps the promise however many series are looked at: on one look, any quiet series is raised with
at most the policy's false-alarm rate.

The test holds exactly where counts are Poisson, or negative binomial with the dispersion that is
reckoned with. That is the largest of three: what the series' own weeks show, what all series
show together, and the policy's floor. It is an estimate all the same; the tests of this library
measure the rate on simulated quiet series and hold it to what is stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

import attrs

from bankservice.complaints.policy import SHELF
from bankservice.complaints.watch.counts import at_least, dispersion, holm, variance
from bankservice.complaints.watch.surge_policy import SURGE_WATCH, SurgeTest, SurgeWatch
from bankservice.complaints.watch.tally import CaseRow
from bankservice.core.decision import Reason, Rule, Says, Trace

__all__ = [
    "DayCount",
    "Days",
    "Series",
    "SeriesState",
    "SurgeFacts",
    "SurgeLine",
    "Surges",
    "series_by",
    "surge",
]

SeriesState = Literal["quiet", "alarm", "lasts", "over", "too-little-history"]
"""What is said of a series on a day: nothing, an alarm, that one lasts or is over, or too little is known."""

RAISED: Final = Says("SURGE_RAISED", ("series", "rate"))
LASTING: Final = Says("SURGE_LASTS", ("series",))
QUIET: Final = Says("SURGE_QUIET", ("watched", "rate"))
COUNT: Final = Says("surge-count", ("series", "cases", "expected", "odds"))
YOUNG: Final = Says("surge-too-little-history", ("series", "weeks", "wanted"))

_MILLION: Final = 10**6


@attrs.frozen(kw_only=True)
class DayCount:
    """How many cases were received on a day."""

    on: date
    cases: int

    def __attrs_post_init__(self) -> None:
        if self.cases < 0:
            raise ValueError(f"{self.cases} cases on {self.on}; wanted 0 or more.")


@attrs.frozen(kw_only=True)
class Days:
    """Days, both ends counted."""

    first: date
    last: date


@attrs.frozen(kw_only=True)
class Series:
    """
    Cases of one product, branch or issue, day by day; empty stands for all.

    Attributes:
        product: Code of `vocabulary/product-kinds`.
        branch: Id of the branch.
        issue: Code of `vocabulary/complaint-issues`.
        known_from: First day from which cases were counted.
        days: Counts; from `known_from` on, a day that is not named had none.
        since: Day on which the surge that lasts was raised; None where none does.
        left_out: Days of earlier surges and outages, by which nothing is measured.
    """

    product: str = ""
    branch: str = ""
    issue: str = ""
    known_from: date
    days: tuple[DayCount, ...] = ()
    since: date | None = None
    left_out: tuple[Days, ...] = ()

    @property
    def name(self) -> str:
        """Its parts in one line."""
        return " · ".join(part for part in (self.product, self.branch, self.issue) if part) or "*"


@attrs.frozen(kw_only=True)
class SurgeFacts:
    """
    The series watched.

    Attributes:
        day: Last day counted, in the governing zone; it selects the version. Later counts are not
            looked at.
        series: The series, each once.
    """

    day: date
    series: tuple[Series, ...]

    def __attrs_post_init__(self) -> None:
        keys = [(one.product, one.branch, one.issue) for one in self.series]
        if len(set(keys)) < len(keys):
            raise ValueError("a series stands twice; each counts as one look.")
        for one in self.series:
            if one.since is not None and one.since > self.day:
                raise ValueError(f"{one.name}: a surge since {one.since}, after {self.day}.")
            if len({count.on for count in one.days}) < len(one.days):
                raise ValueError(f"{one.name}: a day stands twice.")


@attrs.frozen(kw_only=True)
class SurgeLine:
    """
    What was found for one series.

    Attributes:
        product: As in the series; so are `branch` and `issue`.
        branch: See above.
        issue: See above.
        count: Cases in the window.
        expected: Mean of the quiet blocks; None with too little history, as are the odds.
        p_value: Odds of the count or more among the quiet weeks if nothing has changed.
        adjusted: The same, for the number of series looked at; None while a surge lasts.
        weeks: Blocks it was compared with.
        state: `quiet`, `alarm` (raised on this day), `lasts`, `over` (from this day on) or
            `too-little-history`.
        alarm: Whether to raise it now: once for each surge, never again while it lasts.
        since: Day on which the surge was raised; None where there is none.
    """

    product: str
    branch: str
    issue: str
    count: int
    expected: Fraction | None
    p_value: Decimal | None
    adjusted: Decimal | None
    weeks: int
    state: SeriesState
    alarm: bool
    since: date | None


@attrs.frozen(kw_only=True)
class Surges:
    """
    What the watch found.

    Attributes:
        day: The day asked.
        alarms: How many series are raised.
        watched: How many series were tested, which is what the odds are adjusted for.
        false_alarm_rate: Highest probability that any of them is raised for nothing.
        series: A line for each series, in their order.
    """

    day: date
    alarms: int
    watched: int
    false_alarm_rate: Decimal
    series: tuple[SurgeLine, ...]


@attrs.frozen
class _Look:
    """A series' window and the blocks it is compared with."""

    count: int
    blocks: tuple[int, ...]


def _surge(facts: SurgeFacts, watch: SurgeWatch, trace: Trace | None) -> Surges:
    """
    Decide which series of complaints surge, with a stated rate of false alarms.

    The version in force on `day` applies. The window ends with `day` and both its ends count.
    While a surge lasts, the weeks since it was raised are not what it is measured by; when it has
    lasted longer than all the weeks compared, it is measured by itself, and a level that stays is
    no surge any more. With too little history nothing is said, neither alarm nor quiet.

    Examples:
        >>> from datetime import date, timedelta
        >>> from bankservice.complaints import surge
        >>> first = date(2026, 7, 6)
        >>> days = [{"on": first + timedelta(7 * week), "cases": 3} for week in range(20)]
        >>> days.append({"on": date(2026, 11, 22), "cases": 30})
        >>> found = surge(
        ...     "surge-watch",
        ...     day=date(2026, 11, 22),
        ...     series=[{"issue": "app_failure", "known_from": first, "days": days}],
        ... ).outcome
        >>> found.alarms, found.series[0].count, found.series[0].expected
        (1, 33, Fraction(3, 1))
    """
    test = watch.surge
    looks = [_look(one, facts.day, test) for one in facts.series]
    enough = [len(look.blocks) >= test.least_weeks for look in looks]
    floor = max(
        Fraction(test.spread_at_least),
        _pooled([look.blocks for look, told in zip(looks, enough, strict=True) if told]),
    )
    margin = Fraction(test.variance_margin)
    odds = [
        _odds(look, floor, margin) if told else None
        for look, told in zip(looks, enough, strict=True)
    ]
    tested = [
        index
        for index, one in enumerate(facts.series)
        if odds[index] is not None and one.since is None
    ]
    corrected = holm([found for index in tested if (found := odds[index]) is not None])
    adjusted = dict(zip(tested, corrected, strict=True))
    lines = tuple(
        _line(one, looks[index], odds[index], adjusted.get(index), facts.day, test)
        for index, one in enumerate(facts.series)
    )
    if trace is not None:
        _explain(facts, lines, test, trace)
    return Surges(
        day=facts.day,
        alarms=sum(line.alarm for line in lines),
        watched=len(tested),
        false_alarm_rate=test.false_alarm_rate,
        series=lines,
    )


def _look(series: Series, day: date, test: SurgeTest) -> _Look:
    counts = {count.on.toordinal(): count.cases for count in series.days}
    today, width = day.toordinal(), test.window_days
    # A surge is measured by the weeks before it was raised, not by its own.
    anchor = today if series.since is None else series.since.toordinal()
    if today - anchor >= 7 * (test.weeks + test.guard_weeks) + width:
        anchor = today
    newest = anchor - 7 * test.guard_weeks - width
    last = today - 7 * -(-(today - newest) // 7)
    blocks: list[int] = []
    while len(blocks) < test.weeks and last - width + 1 >= series.known_from.toordinal():
        span = range(last - width + 1, last + 1)
        if not any(
            out.first.toordinal() <= span[-1] and span[0] <= out.last.toordinal()
            for out in series.left_out
        ):
            blocks.append(sum(counts.get(on, 0) for on in span))
        last -= 7
    window = range(today - width + 1, today + 1)
    return _Look(sum(counts.get(on, 0) for on in window), tuple(blocks))


def _pooled(series: Sequence[tuple[int, ...]]) -> Fraction:
    """Return the dispersion that all series show together, each weighed by its squared mean."""
    weight = beyond = Fraction(0)
    for blocks in series:
        mean = Fraction(sum(blocks), len(blocks))
        weight += mean * mean
        beyond += variance(blocks) - mean
    return max(Fraction(0), beyond / weight) if weight else Fraction(0)


def _odds(look: _Look, floor: Fraction, margin: Fraction) -> Decimal:
    spread = max(floor, dispersion(look.blocks, margin))
    # In millionths, rounded up: small numbers, and never on the side of alarm.
    spread = Fraction(-(-spread.numerator * _MILLION // spread.denominator), _MILLION)
    return at_least(look.count, sum(look.blocks), own=1, other=len(look.blocks), spread=spread)


def _line(
    series: Series,
    look: _Look,
    odds: Decimal | None,
    adjusted: Decimal | None,
    day: date,
    test: SurgeTest,
) -> SurgeLine:
    state: SeriesState
    since = series.since
    if since is not None:
        state = "over" if odds is not None and odds > test.over_above else "lasts"
    elif adjusted is None:
        state = "too-little-history"
    elif adjusted <= test.false_alarm_rate and look.count >= test.least_cases:
        state, since = "alarm", day
    else:
        state = "quiet"
    return SurgeLine(
        product=series.product,
        branch=series.branch,
        issue=series.issue,
        count=look.count,
        expected=None if odds is None else Fraction(sum(look.blocks), len(look.blocks)),
        p_value=odds,
        adjusted=adjusted,
        weeks=len(look.blocks),
        state=state,
        alarm=state == "alarm",
        since=since,
    )


def _explain(
    facts: SurgeFacts, lines: tuple[SurgeLine, ...], test: SurgeTest, trace: Trace
) -> None:
    for one, line in zip(facts.series, lines, strict=True):
        if line.expected is None:
            trace.check(YOUNG(series=one.name, weeks=line.weeks, wanted=test.least_weeks), None)
            continue
        reason = COUNT(
            series=one.name,
            cases=line.count,
            expected=line.expected,
            odds=line.p_value if line.adjusted is None else line.adjusted,
        )
        trace.check(reason, line.state in ("quiet", "over"))


def series_by(
    cases: Iterable[CaseRow],
    names: Sequence[Sequence[Literal["product", "branch", "issue"]]],
    *,
    known_from: date,
) -> tuple[Series, ...]:
    """
    Count cases by the day received into series.

    Args:
        cases: The cases.
        names: What makes a series: `[["product"], ["branch"], ["issue"]]` counts each for itself,
            `[["branch", "issue"]]` every issue of every branch. Cases that state none of it are
            left out.
        known_from: First day from which the cases are complete.

    Returns:
        The series in order of their names.

    Examples:
        >>> row = CaseRow(case="c-1", customer="zhao", received_on=date(2026, 11, 22), issue="fees")
        >>> [one.name for one in series_by([row], [["issue"]], known_from=date(2026, 1, 1))]
        ['fees']
    """
    held: dict[tuple[str, str, str], dict[date, int]] = {}
    for case in cases:
        for group in names:
            parts = {name: getattr(case, name) for name in group}
            if all(parts.values()):
                key = (parts.get("product", ""), parts.get("branch", ""), parts.get("issue", ""))
                days = held.setdefault(key, {})
                days[case.received_on] = days.get(case.received_on, 0) + 1
    return tuple(_series(key, days, known_from) for key, days in sorted(held.items()))


def _series(key: tuple[str, str, str], days: Mapping[date, int], known_from: date) -> Series:
    counts = tuple(DayCount(on=on, cases=days[on]) for on in sorted(days))
    return Series(product=key[0], branch=key[1], issue=key[2], known_from=known_from, days=counts)


def _headline(facts: SurgeFacts, watch: SurgeWatch, outcome: Surges) -> Reason:
    pairs = list(zip(facts.series, outcome.series, strict=True))
    raised = tuple(one.name for one, line in pairs if line.alarm)
    if raised:
        return RAISED(series=raised, rate=outcome.false_alarm_rate)
    lasting = tuple(one.name for one, line in pairs if line.state == "lasts")
    if lasting:
        return LASTING(series=lasting)
    return QUIET(watched=outcome.watched, rate=outcome.false_alarm_rate)


surge: Final = Rule(
    id="complaints.surge",
    facts=SurgeFacts,
    outcome=Surges,
    evaluate=_surge,
    headline=_headline,
    says=(RAISED, LASTING, QUIET, COUNT, YOUNG),
    package="bankservice.complaints",
    kind=SURGE_WATCH,
    day=lambda facts: facts.day,
    shelf=lambda: SHELF,
)
