"""The surge watch: exact odds, the stated rate of false alarms, and surges that are found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import attrs
import pytest
from handling_tools import faults_of, version_of
from hypothesis import given
from hypothesis import strategies as st

from bankservice.complaints import surge
from bankservice.complaints.watch.counts import (
    PLACES,
    at_least,
    at_most,
    dispersion,
    holm,
    variance,
)
from bankservice.complaints.watch.surges import (
    DayCount,
    Days,
    Series,
    SurgeFacts,
    Surges,
    series_by,
)
from bankservice.complaints.watch.tally import CaseRow
from bankservice.core.policy import Version

VERSION = version_of("surge-watch")
SUNDAY = date(2026, 11, 22)
WEEK = timedelta(7)


def exact(count: int, others: int, blocks: int, size: int | None) -> Fraction:
    """
    Return the odds of *count* or more given the total, from the distributions themselves: each
    block Poisson where *size* is None, else negative binomial of that size, all with one mean.
    """
    total = count + others

    def weight(number: int, times: int) -> Fraction:
        """Return what a sum of *times* blocks weighs at *number*, but for what cancels."""
        if size is None:
            return Fraction(times**number, math.factorial(number))
        return Fraction(math.comb(number + times * size - 1, number))

    whole = sum(weight(k, 1) * weight(total - k, blocks) for k in range(total + 1))
    tail = sum(weight(k, 1) * weight(total - k, blocks) for k in range(count, total + 1))
    return Fraction(tail) / whole


class TestOdds:
    """The test itself."""

    @given(
        st.integers(0, 40),
        st.integers(0, 120),
        st.integers(1, 15),
        st.none() | st.integers(1, 30),
    )
    def test_odds_are_those_of_the_distributions(
        self, count: int, others: int, blocks: int, size: int | None
    ) -> None:
        """The odds are the exact ones, rounded up to twelve places."""
        spread = Fraction(0) if size is None else Fraction(1, size)
        wanted = exact(count, others, blocks, size)
        found = Fraction(at_least(count, others, own=1, other=blocks, spread=spread))

        assert 0 <= found - wanted <= Fraction(PLACES)

    @given(st.integers(0, 60), st.integers(0, 200), st.integers(1, 12), st.integers(0, 40))
    def test_both_tails_cover_everything(
        self, count: int, others: int, blocks: int, spread: int
    ) -> None:
        """At least *n* and at most *n - 1* are all there is; more is rarer."""
        kind: dict[str, Any] = {"own": 1, "other": blocks, "spread": Fraction(spread, 20)}
        here = at_least(count, others, **kind)
        rest = at_most(count - 1, others + 1, **kind) if count else Decimal(0)

        assert abs(here + rest - 1) <= 2 * PLACES
        assert others == 0 or here >= at_least(count + 1, others - 1, **kind)

    def test_large_counts(self) -> None:
        """A hundred thousand cases are told as exactly as ten."""
        usual = at_least(8_333, 91_667, own=1, other=11, spread=Fraction(0))

        assert Decimal("0.45") < usual < Decimal("0.55")
        assert at_least(9_000, 91_000, own=1, other=11, spread=Fraction(0)) < Decimal("1E-10")

    @given(st.lists(st.integers(0, 50), min_size=2, max_size=20))
    def test_dispersion(self, blocks: list[int]) -> None:
        """Dispersion is what the variance has beyond the mean, over the squared mean."""
        mean = Fraction(sum(blocks), len(blocks))
        squares = sum((block - mean) ** 2 for block in blocks)

        assert Fraction(squares) / (len(blocks) - 1) == variance(blocks)
        if mean:
            beyond = max(Fraction(0), (variance(blocks) - mean) / (mean * mean))
            assert beyond == dispersion(blocks)
            assert beyond <= dispersion(blocks, Fraction(2))

    @given(st.lists(st.integers(0, 1000).map(lambda n: Decimal(n) / 1000), max_size=12))
    def test_holm_raises_what_the_steps_raise(self, found: list[Decimal]) -> None:
        """The adjusted odds are at most a level exactly where Holm's steps reject at that level."""
        level = Decimal("0.05")
        rejected: set[int] = set()
        order = sorted(range(len(found)), key=lambda index: found[index])
        for place, index in enumerate(order):
            if found[index] * (len(found) - place) > level:
                break
            rejected.add(index)

        assert rejected == {i for i, odds in enumerate(holm(found)) if odds <= level}


def poisson(random: Random, mean: float) -> int:
    """Draw a Poisson count: arrivals of a unit process before *mean*."""
    drawn, at = 0, random.expovariate(1)
    while at < mean:
        drawn += 1
        at += random.expovariate(1)
    return drawn


def quiet(random: Random, mean: float, spread: float, times: float = 1) -> tuple[DayCount, ...]:
    """
    Draw the weeks of a series whose level moves by chance alone, one count for each week.

    Args:
        random: Where chance comes from.
        mean: Cases a week.
        spread: Squared coefficient of variation of the level from week to week.
        times: How many times the usual the last week is; 1 for a quiet one.
    """
    weeks = VERSION.parameters.surge.weeks + VERSION.parameters.surge.guard_weeks + 1
    counts = []
    for week in range(weeks):
        level = mean * (random.gammavariate(1 / spread, spread) if spread else 1)
        cases = poisson(random, level * (times if week == 0 else 1))
        counts.append(DayCount(on=SUNDAY - week * WEEK, cases=cases))
    return tuple(counts)


def looked(
    series: Sequence[tuple[DayCount, ...]], version: Version[Any], day: date = SUNDAY
) -> Surges:
    """Return what the watch finds in these counts."""
    known_from = SUNDAY - timedelta(7 * 40)
    facts = SurgeFacts(
        day=day,
        series=tuple(
            Series(issue=f"i-{index}", known_from=known_from, days=days)
            for index, days in enumerate(series)
        ),
    )
    return surge.decide(facts, version).outcome


def watching(**changed: Any) -> Version[Any]:
    """Return the shipped watch with parts of its test changed."""
    return version_of("surge-watch", lambda version: version["surge"].update(changed))


class TestFalseAlarms:
    """In a quiet time the watch cries no more often than it says."""

    RATE = "0.05"
    LOOKS = 600

    @pytest.mark.parametrize("spread", [0, 0.1, 0.5])
    @pytest.mark.parametrize("mean", [2, 10, 60])
    def test_one_series(self, mean: float, spread: float) -> None:
        """
        Of quiet series, Poisson or more uneven, at most the stated share is raised; the watch is
        told nothing of how uneven they are.
        """
        random = Random(20_261_122)
        version = watching(false_alarm_rate=self.RATE, least_cases=2)
        raised = sum(
            looked([quiet(random, mean, spread)], version).alarms for _ in range(self.LOOKS)
        )

        assert raised <= float(self.RATE) * self.LOOKS

    def test_many_series_of_all_kinds(self) -> None:
        """Looking at fifteen unlike series at once raises any of them at most as often."""
        random = Random(7)
        version = watching(false_alarm_rate=self.RATE)
        kinds = [(mean, spread) for mean in (1, 3, 10, 25, 60) for spread in (0, 0.05, 0.5)]
        looks = 150
        raised = sum(
            looked([quiet(random, *kind) for kind in kinds], version).alarms > 0
            for _ in range(looks)
        )

        assert raised <= float(self.RATE) * looks

    def test_the_shipped_rate(self) -> None:
        """The shipped policy, one look in a hundred: a thousand quiet series raise ten at most."""
        random = Random(11)
        raised = sum(looked([quiet(random, 12, 0.02)], VERSION).alarms for _ in range(1000))

        assert raised <= 10


class TestPower:
    """Surges are found."""

    @pytest.mark.parametrize(
        ("mean", "spread", "times", "least"),
        [(60, 0, 2, 0.6), (10, 0, 5, 0.9), (60, 0.1, 5, 0.7), (3, 0, 10, 0.9)],
    )
    def test_surges_among_twenty_series(
        self, mean: float, spread: float, times: float, least: float
    ) -> None:
        """A week of several times the usual is raised mostly, and nineteen quiet ones are not."""
        random, looks, found, others = Random(3), 40, 0, 0
        for _ in range(looks):
            series = [quiet(random, mean, spread, times)]
            series += [quiet(random, 10, 0.02) for _ in range(19)]
            lines = looked(series, VERSION).series
            found += lines[0].alarm
            others += sum(line.alarm for line in lines[1:])

        assert found >= least * looks
        assert others <= 2


class TestOneAlarm:
    """A surge is raised once, lasts, and ends."""

    def test_a_surge_of_three_weeks(self) -> None:
        """Looked at every day, three weeks at four times the level are one alarm and one end."""
        first = SUNDAY - timedelta(7 * 30)
        counts = [
            DayCount(
                on=first + timedelta(day),
                cases=(12 if 7 * 22 <= day < 7 * 25 else 3) if day % 7 < 5 else 0,
            )
            for day in range(7 * 31)
        ]
        since, told = None, []
        for count in counts[7 * 20 :]:
            series = Series(issue="fees", known_from=first, days=tuple(counts), since=since)
            line = surge.decide(SurgeFacts(day=count.on, series=(series,)), VERSION).outcome.series
            state = line[0].state
            if state in ("alarm", "over"):
                told.append((state, (count.on - first).days // 7))
            since = line[0].since if state in ("alarm", "lasts") else None

        assert [("alarm", 22), ("over", 25)] == told

    def test_a_level_that_stays_is_a_surge_no_more(self) -> None:
        """When the new level is all the weeks compared, the surge is over."""
        first = SUNDAY - timedelta(7 * 40)
        counts = tuple(
            DayCount(on=first + week * WEEK, cases=5 if week < 20 else 50) for week in range(41)
        )
        series = Series(issue="x", known_from=first, days=counts, since=first + 20 * WEEK)
        states = {
            weeks: surge.decide(SurgeFacts(day=first + weeks * WEEK, series=(series,)), VERSION)
            .outcome.series[0]
            .state
            for weeks in (21, 33, 34, 40)
        }

        assert {21: "lasts", 33: "lasts", 34: "over", 40: "over"} == states

    def test_the_same_weekdays_are_compared(self) -> None:
        """A window of one day knows that Mondays are busy, and Sundays are not."""
        version = watching(window_days=1)
        first = SUNDAY - timedelta(7 * 30)
        counts = tuple(
            DayCount(on=first + timedelta(day), cases=40 if day % 7 == 1 else 1)
            for day in range(7 * 30)
        )
        monday = SUNDAY - timedelta(6)
        usual = looked([counts], version, monday).series[0]
        odd = looked([(*counts, DayCount(on=SUNDAY, cases=40))], version, SUNDAY).series[0]

        assert (40, Fraction(40), "quiet") == (usual.count, usual.expected, usual.state)
        assert (40, Fraction(1), "alarm") == (odd.count, odd.expected, odd.state)


class TestSeries:
    """What is counted into a series."""

    @given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 20)), max_size=40))
    def test_later_counts_are_not_looked_at(self, held: list[tuple[int, int]]) -> None:
        """What comes after the day asked, or is left out, changes nothing."""
        day = SUNDAY - timedelta(100)
        counts = {SUNDAY - timedelta(ago): cases for ago, cases in held}
        until = {on: cases for on, cases in counts.items() if on <= day}
        known_from = SUNDAY - timedelta(300)

        def found(days: dict[date, int], left_out: tuple[Days, ...] = ()) -> Any:
            series = Series(
                known_from=known_from,
                left_out=left_out,
                days=tuple(DayCount(on=on, cases=cases) for on, cases in days.items()),
            )
            return surge.decide(SurgeFacts(day=day, series=(series,)), VERSION).outcome

        assert found(until) == found(counts)
        outage = Days(first=day - timedelta(40), last=day - timedelta(30))
        blank = {on: cases for on, cases in counts.items() if not outage.first <= on <= outage.last}
        assert found(blank, (outage,)) == found(counts, (outage,))

    def test_cases_into_series(self) -> None:
        """Each group of names makes its own series; cases that do not state it are left out."""
        plain = CaseRow(case="c-0", customer="zhao", received_on=SUNDAY)
        rows = [
            attrs.evolve(plain, branch="b-1", issue="fees"),
            attrs.evolve(plain, branch="b-1", issue="fees"),
            attrs.evolve(plain, branch="b-2"),
            attrs.evolve(plain, product="fund"),
        ]
        found = series_by(rows, [["branch"], ["branch", "issue"]], known_from=SUNDAY)

        assert [
            ("b-1", "", 2),
            ("b-1", "fees", 2),
            ("b-2", "", 1),
        ] == [(one.branch, one.issue, one.days[0].cases) for one in found]

    def test_every_state_has_words(self) -> None:
        """An alarm, a surge that lasts, a quiet look and too little history are worded."""
        known_from = SUNDAY - timedelta(7 * 40)
        many, few = (DayCount(on=SUNDAY, cases=50),), (DayCount(on=SUNDAY, cases=1),)
        for series in (
            Series(known_from=known_from, days=many),
            Series(known_from=known_from, days=many, since=SUNDAY - WEEK),
            Series(known_from=known_from, days=few),
            Series(known_from=SUNDAY, days=many),
        ):
            decision = surge.decide(SurgeFacts(day=SUNDAY, series=(series,)), VERSION)

            assert decision.explain("en")
            assert decision.explain("zh_CN")


class TestBadInput:
    """What is refused."""

    @pytest.mark.parametrize(
        ("series", "words"),
        [
            ([Series(known_from=SUNDAY), Series(known_from=SUNDAY)], "a series stands twice"),
            ([Series(known_from=SUNDAY, since=SUNDAY + WEEK)], "a surge since"),
            (
                [Series(known_from=SUNDAY, days=(DayCount(on=SUNDAY, cases=1),) * 2)],
                "a day stands twice",
            ),
        ],
    )
    def test_series_that_cannot_be(self, series: list[Series], words: str) -> None:
        """A series or a day that stands twice, and a surge to come, are refused."""
        with pytest.raises(ValueError, match=words):
            SurgeFacts(day=SUNDAY, series=tuple(series))

    def test_counts_are_not_negative(self) -> None:
        """Fewer than no cases are refused."""
        with pytest.raises(ValueError, match="0 or more"):
            DayCount(on=SUNDAY, cases=-1)

    @pytest.mark.parametrize(
        ("changed", "path"),
        [
            ({"window_days": 8}, "window_days"),
            ({"window_days": 0}, "window_days"),
            ({"weeks": 1, "least_weeks": 2}, "weeks"),
            ({"least_weeks": 13}, "least_weeks"),
            ({"guard_weeks": -1}, "guard_weeks"),
            ({"least_cases": 1}, "least_cases"),
            ({"false_alarm_rate": "0"}, "false_alarm_rate"),
            ({"over_above": "1"}, "over_above"),
            ({"over_above": "0.001"}, "over_above"),
            ({"spread_at_least": "-1"}, "spread_at_least"),
            ({"variance_margin": "0.5"}, "variance_margin"),
        ],
    )
    def test_watches_that_cannot_be(self, changed: dict[str, Any], path: str) -> None:
        """Numbers outside their bounds are faults, each with its path."""
        found = faults_of("surge-watch", lambda version: version["surge"].update(changed))

        assert f"version[0].surge.{path}" in found
