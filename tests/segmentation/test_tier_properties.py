"""The laws of tiers: the shipped latch against an oracle, and each law by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
import tier_oracle as oracle
from hypothesis import given
from hypothesis import strategies as st
from tier_tools import FEW, Drawn, drawn, drawn_pairs, ladder_of, minor, one_tier_policy, policy_of

from bankservice.core.errors import PolicyError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.kept import read_kept
from bankservice.core.money import Money, plain
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy
from bankservice.core.structure import FACTS
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.segmentation import (
    SHELF,
    Measure,
    Measures,
    Standing,
    TierReason,
    balance_days,
    tier_assessment,
    tier_band,
    upcoming_lapses,
)
from bankservice.segmentation.ladder import Ladder
from bankservice.segmentation.rules import AssessmentFacts
from bankservice.testing import strategies
from bankservice.testing.strategies import MeasurePath

START = date(2020, 1, 1)


# -- drawing and playing ----------------------------------------------------------------------


def table_of(policy: Policy[Ladder]) -> Mapping[str, Any]:
    """Return a policy as the oracle reads it: the table a bank would write."""
    written: Mapping[str, Any] = to_json(policy.versions[-1].written)
    return written


def told(held: Mapping[str, Measure | UnknownType]) -> dict[str, Fraction | None]:
    """Return measures as the oracle reads them."""
    return {name: None if m is UNKNOWN else m.average for name, m in held.items()}


def oracle_path(path: MeasurePath) -> list[tuple[date, dict[str, Fraction | None]]]:
    """Return a path as the oracle reads it."""
    return [(day, told(held)) for day, held in path]


def step(policy: Policy[Ladder], before: Standing, day: date, held: Mapping[str, Any]) -> Standing:
    """Assess once through the public rule."""
    facts = AssessmentFacts(measure=Measures(FrozenMapping(held)), on=day, standing=before)
    return tier_assessment.decide(facts, policy.versions[-1]).outcome


def play(
    policy: Policy[Ladder], path: MeasurePath, before: Standing | None = None
) -> list[Standing]:
    """Return the standing after each assessment of a path."""
    held, standings = Standing() if before is None else before, []
    for day, measured in path:
        held = step(policy, held, day, measured)
        standings.append(held)
    return standings


def rank(policy: Policy[Ladder], standing: Standing) -> int:
    """Return the place of the tier held, -1 for the base."""
    return ladder_of(policy).index(standing.tier)


def band_rank(policy: Policy[Ladder], day: date, held: Mapping[str, Any]) -> int | None:
    """Return the place of the tier that the measures reach at entry; None where undecided."""
    outcome = tier_band(policy, measure=Measures(FrozenMapping(held)), on=day).outcome
    return None if outcome.tier is None else ladder_of(policy).index(outcome.tier)


def core(standing: Standing) -> tuple[Any, ...]:
    """Return what lasts of a standing: its latches and the tier since when."""
    return (standing.tier, standing.effective_on, standing.latches)


# -- against the oracle -----------------------------------------------------------------------


class TestOracle:
    """The shipped latch and a naive one, written apart, agree."""

    @given(drawn(measures=("assets", "salary"), path={"same_day": True, "max_size": 16}))
    def test_every_assessment_agrees(self, given_: Drawn) -> None:
        """Tier, reason, dates and every latch are the oracle's, after every assessment."""
        policy, path = given_
        expected = oracle.run(table_of(policy), oracle_path(path))

        actual = play(policy, path)

        assert [
            (state["tier"], state["reason"], state["effective_on"], state["latches"])
            for state in expected
        ] == [
            (
                standing.tier,
                standing.reason and standing.reason.value,
                standing.effective_on,
                {
                    code: {
                        "on": held.on,
                        "below_since": held.below_since,
                        "protected_until": held.protected_until,
                    }
                    for code, held in standing.qualifications.items()
                },
            )
            for standing in actual
        ]

    @FEW
    @given(drawn(measures=("assets", "salary")))
    def test_the_next_review_is_the_first_day_a_fall_may_come(self, given_: Drawn) -> None:
        """`next_review` is the soonest fall that has begun, else the policy's next review day."""
        policy, path = given_
        table = table_of(policy)
        states = oracle.run(table, oracle_path(path))
        for (day, _), standing, state in zip(path, play(policy, path), states, strict=True):
            coming = oracle.pending(table, state).values()
            review = oracle.first_review(table, day + timedelta(1)) if table.get("review") else None

            assert min(coming, default=review) == standing.next_review


# -- the numbered laws ------------------------------------------------------------------------


class TestMonotone:
    """More money is never worse."""

    @FEW
    @given(drawn(path={"min_size": 1}))
    def test_the_retain_level_is_at_least_the_entry_level(self, given_: Drawn) -> None:
        """The tier a measure retains is at least the one it reaches at entry (law 1)."""
        policy, path = given_
        for _, held in path:
            measure = held.get("assets", UNKNOWN)
            rows = ladder_of(policy).rows[1:]
            enters = [measure is not UNKNOWN and measure.reaches(r.levels[0].enter) for r in rows]
            retains = [measure is not UNKNOWN and measure.reaches(r.levels[0].retain) for r in rows]

            assert all(kept for entered, kept in zip(enters, retains, strict=True) if entered)

    @FEW
    @given(drawn(path={"min_size": 1, "unknown": False}), st.integers(0, 10**9))
    def test_one_step(self, given_: Drawn, more: int) -> None:
        """From one state, a higher measure never gives a lower tier (law 2)."""
        policy, path = given_
        before = play(policy, path[:-1])
        day, held = path[-1]
        start = before[-1] if before else Standing()
        richer = {n: Measure(m.minor_days + more, m.days, m.scale) for n, m in held.items()}  # type: ignore[union-attr]

        poor, rich = step(policy, start, day, held), step(policy, start, day, richer)

        assert rank(policy, poor) <= rank(policy, rich)

    @given(drawn_pairs(measures=("assets", "salary")))
    def test_path(self, given_: tuple[Policy[Ladder], MeasurePath, MeasurePath]) -> None:
        """Richer on every day is never in a lower tier on any day (law 3)."""
        policy, poor, rich = given_
        below = [rank(policy, standing) for standing in play(policy, poor)]

        above = [rank(policy, standing) for standing in play(policy, rich)]

        assert all(low <= high for low, high in zip(below, above, strict=True))

    @pytest.mark.parametrize(
        ("protection", "grace", "landing", "days"),
        [
            ("P0D", "P30D", "by_latch", (date(2020, 1, 2), date(2020, 1, 3), date(2020, 2, 3))),
            ("P30D", "P0D", "one_step", (date(2020, 1, 2), date(2020, 2, 2), date(2020, 2, 3))),
        ],
    )
    def test_two_tiers_where_one_clock_is_unfair(
        self, protection: str, grace: str, landing: str, days: Sequence[date]
    ) -> None:
        """Whoever was richer on every day keeps the tier that one clock would take away."""
        terms = {"protection": protection, "grace": grace}
        policy = policy_of(
            {
                "landing": landing,
                "tier": [
                    {"code": "BASE"},
                    {"code": "ONE", "enter": "1.00", **terms},
                    {"code": "TWO", "enter": "3.00", **terms},
                ],
            }
        )
        ends = {}
        for name, amounts in {"A": (0, 150, 0), "B": (350, 150, 0)}.items():
            path = tuple((day, minor(m)) for day, m in zip(days, amounts, strict=True))
            ends[name] = play(policy, path)[-1].tier

        assert {"A": "ONE", "B": "ONE"} == ends

    def test_protection_is_renewed(self) -> None:
        """Reaching the entry level again renews protection, so the richer keeps the tier too."""
        policy = one_tier_policy(enter="1.50", retain="0.50", protection="P2M")
        days = (date(2026, 1, 2), date(2026, 2, 1), date(2026, 3, 3))
        ends = {}
        for name, amounts in {"A": (0, 150, 0), "B": (150, 150, 0)}.items():
            path = tuple((day, minor(m)) for day, m in zip(days, amounts, strict=True))
            ends[name] = play(policy, path)[-1]

        assert ("GOLD", "GOLD") == (ends["A"].tier, ends["B"].tier)
        assert date(2026, 4, 1) == ends["B"].qualifications["GOLD"].protected_until


class TestFalls:
    """When a tier may be lost."""

    @FEW
    @given(drawn(measures=("assets", "salary"), landings=("by_latch", "one_step", "to_measured")))
    def test_no_fall_before_the_lapse_date(self, given_: Drawn) -> None:
        """A tier falls on or after the day the view had announced for it, never before (law 4)."""
        policy, path = given_
        before = Standing()
        for day, held in path:
            after = step(policy, before, day, held)
            if rank(policy, after) < before.top and policy.versions[0].written.landing != (
                "to_measured"
            ):
                announced = before.latches[before.top].due
                row = ladder_of(policy).rows[before.top + 1]
                until = before.latches[before.top].protected_until
                earliest = announced or max(row.grace.after(day), until or day)
                assert earliest <= day
            before = after

    @FEW
    @given(drawn(measures=("assets", "salary"), landings=("by_latch", "one_step", "to_measured")))
    def test_no_fall_on_unknown(self, given_: Drawn) -> None:
        """Where nothing is known nothing moves, and no clock starts or stops (law 4)."""
        policy, path = given_
        before = Standing()
        for day, held in path:
            unknown = step(policy, before, day, dict.fromkeys(held, UNKNOWN))

            assert TierReason.UNKNOWN_MEASURE is unknown.reason or not ladder_of(policy).codes
            assert (before.tier or "BASE", before.effective_on) == (
                unknown.tier,
                unknown.effective_on,
            )
            assert (before.qualifications or unknown.qualifications) == unknown.qualifications
            before = step(policy, before, day, held)

    @FEW
    @given(drawn(measures=("assets", "salary"), landings=("by_latch", "one_step", "to_measured")))
    def test_never_below_what_entry_gives_today(self, given_: Drawn) -> None:
        """The tier is at least the one the measures alone reach; a rise is never late (4, 5)."""
        policy, path = given_
        for (day, held), standing in zip(path, play(policy, path), strict=True):
            reached = band_rank(policy, day, held)

            assert reached is None or reached <= rank(policy, standing)

    @FEW
    @given(drawn(path={"min_size": 2}))
    def test_a_rise_is_effective_at_once(self, given_: Drawn) -> None:
        """A tier gained is effective on the day of the assessment (law 5)."""
        policy, path = given_
        before = Standing()
        for day, held in path:
            after = step(policy, before, day, held)
            if after.top > before.top:
                assert (day, TierReason.UP) == (after.effective_on, after.reason)
            before = after

    @given(drawn(measures=("assets", "salary"), path={"min_size": 1}), st.data())
    def test_the_effective_day_does_not_depend_on_the_runs(
        self, given_: Drawn, data: st.DataObject
    ) -> None:
        """Misses in between change neither the tier at the end nor since when (law 13)."""
        policy, path = given_
        before = play(policy, path)[-1]
        nothing = {name: Measure(-1) for name in ladder_of(policy).measures} or minor(-1)
        last = path[-1][0]
        gaps = data.draw(st.lists(st.integers(1, 500), min_size=1, max_size=6))
        days = [last + timedelta(sum(gaps[: place + 1])) for place in range(len(gaps))]
        # The first miss fixes the lapse days; from there on only the last run counts.
        missed = step(policy, before, last + timedelta(1), nothing)
        often = play(policy, tuple((day + timedelta(1), nothing) for day in days), missed)[-1]

        once = step(policy, missed, days[-1] + timedelta(1), nothing)

        assert core(often) == core(once)


class TestStability:
    """What changes nothing."""

    @FEW
    @given(
        drawn(
            measures=("assets", "salary"),
            landings=("by_latch", "one_step", "to_measured"),
            path={"min_size": 1},
        )
    )
    def test_assessing_twice_changes_nothing(self, given_: Drawn) -> None:
        """A second assessment of the same day and measure finds nothing to do (law 6)."""
        policy, path = given_
        once = play(policy, path)[-1]

        twice = step(policy, once, *path[-1])

        assert core(once) == core(twice)
        assert once.next_review == twice.next_review

    @FEW
    @given(drawn(min_tiers=2), st.data())
    def test_inside_the_band_nothing_changes(self, given_: Drawn, data: st.DataObject) -> None:
        """Between the retain level and the next entry level the tier stays (law 7)."""
        policy, path = given_
        before = Standing()
        for day, held in path:
            after = step(policy, before, day, held)
            rows = ladder_of(policy).rows
            place = rank(policy, after)
            low = rows[place + 1].levels[0].retain if place >= 0 else -(10**9)
            high = rows[place + 2].levels[0].enter if place + 2 < len(rows) else low + 10**9
            if low < high:
                inside = data.draw(st.integers(low, high - 1))
                later = step(policy, after, day + timedelta(30_000), minor(inside))
                assert (after.tier, after.effective_on) == (later.tier, later.effective_on)
            before = after

    @FEW
    @given(drawn(memory=False, reviews=False, grace_starts=("at_miss",), path={"unknown": False}))
    def test_a_policy_without_memory_is_a_step_function(self, given_: Drawn) -> None:
        """Retain at entry, no protection, no grace: the tier is the band, every time (law 8)."""
        policy, path = given_
        for (day, held), standing in zip(path, play(policy, path), strict=True):
            assert band_rank(policy, day, held) == rank(policy, standing)

    @FEW
    @given(
        drawn(measures=("assets", "salary"), landings=("by_latch", "one_step", "to_measured")),
        st.data(),
    )
    def test_a_run_goes_on_from_where_it_was_put_away(
        self, given_: Drawn, data: st.DataObject
    ) -> None:
        """Playing a + b is playing b from the written and re-read standing after a (law 9)."""
        policy, path = given_
        cut = data.draw(st.integers(0, len(path)))
        whole = [Standing(), *play(policy, path)][-1]
        first = [Standing(), *play(policy, path[:cut])][-1]
        reread = FACTS.read(to_json(first), Standing, "a standing")

        assert first == reread
        assert whole == [reread, *play(policy, path[cut:], reread)][-1]

    @FEW
    @given(drawn(max_minor=10**6), st.integers(1, 10**6))
    def test_scale(self, given_: Drawn, times: int) -> None:
        """Levels and measures times the same number give the same tiers (law 10)."""
        policy, path = given_
        table = table_of(policy)
        rows = []
        for row in table["tier"]:
            scaled = [
                {
                    "measure": name,
                    "enter": plain(enter * times, 2),
                    "retain": plain(retain * times, 2),
                }
                for name, enter, retain in (
                    oracle.levels(row) if row is not table["tier"][0] else []
                )
            ]
            rest = {k: v for k, v in row.items() if k not in ("enter", "retain", "qualify")}
            rows.append({**rest, **({"qualify": scaled} if scaled else {})})
        larger = policy_of({**table, "tier": rows})
        grown = tuple(
            (
                day,
                {
                    n: m if m is UNKNOWN else Measure(m.minor_days * times, m.days, m.scale)
                    for n, m in held.items()
                },
            )
            for day, held in path
        )

        assert [s.tier for s in play(policy, path)] == [s.tier for s in play(larger, grown)]

    @FEW
    @given(drawn(path={"min_size": 1, "unknown": False}), st.integers(1, 60))
    def test_a_constant_measure_settles(self, given_: Drawn, gap: int) -> None:
        """After the first step the tier never rises, and it ends at what the measure keeps (11)."""
        policy, path = given_
        before = play(policy, path)[-1]
        last, held = path[-1]
        measure = held["assets"] if "assets" in held else Measure(0)
        assert measure is not UNKNOWN
        rows = ladder_of(policy).rows[1:]
        ends = max(
            (
                place
                for place, row in enumerate(rows)
                if measure.reaches(row.levels[0].enter)
                or (before.latches[place].on and measure.reaches(row.levels[0].retain))
            ),
            default=-1,
        )
        # Protection and grace are at most 24 months and 90 days each, a review at most 4 years off.
        days = [last + timedelta(gap * k) for k in range(1, 4)] + [last + timedelta(3_400)]

        ranks = [rank(policy, s) for s in play(policy, tuple((d, held) for d in days), before)]

        assert sorted(ranks, reverse=True) == ranks
        assert ends == ranks[-1]

    @FEW
    @given(drawn(nested=True))
    def test_nested(self, given_: Drawn) -> None:
        """Where lower tiers are as lenient, holding a tier is holding all below it (law 12)."""
        policy, path = given_
        for standing in play(policy, path):
            held = [latch.on for latch in standing.latches]

            assert sorted(held, reverse=True) == held


class TestExactness:
    """Sums, never quotients."""

    @FEW
    @given(st.integers(-(10**30), 10**30), st.integers(1, 400), st.integers(-(10**28), 10**28))
    def test_a_level_is_reached_as_the_exact_average_reaches_it(
        self, total: int, days: int, level: int
    ) -> None:
        """S >= t x n if and only if Fraction(S, n) >= t (law 14)."""
        assert (Fraction(total, days) >= level) is Measure(total, days).reaches(level)

    @FEW
    @given(st.integers(1, 10**9), st.integers(1, 400), st.integers(-1, 1))
    def test_one_minor_unit_decides(self, level: int, days: int, off: int) -> None:
        """One minor unit on one day more or less decides (law 14)."""
        assert (off >= 0) is Measure(level * days + off, days).reaches(level)

    @FEW
    @given(
        strategies.balances(
            currency="CNY", min_value=date(2025, 1, 1), max_value=date(2026, 1, 31), min_size=1
        ),
        st.integers(1, 30),
    )
    def test_splitting_a_window_adds(self, held: Sequence[Any], cut: int) -> None:
        """The sums of two windows that touch make that of both together (law 14)."""
        account = {
            "id": "a1",
            "currency": "CNY",
            "opened_on": date(2025, 1, 1),
            "balances": [{"on": date(2025, 1, 1), "balance": "7.77"}]
            + [{"on": b.on, "balance": b.balance} for b in held if b.on > date(2025, 1, 1)],
        }

        def measured(window: int, on: date) -> tuple[int, int]:
            policy = policy_of(
                {"tier": [{"code": "BASE"}], "measurement": {"window": f"P{window}D"}}
            )
            outcome = balance_days(policy, on=on, accounts=[account]).outcome
            return outcome.balance_minor_days, outcome.days

        end = date(2026, 1, 31)
        late = measured(31 - cut, end)
        early = measured(cut, end - timedelta(31 - cut))

        assert measured(31, end) == (early[0] + late[0], early[1] + late[1])


# -- landings ---------------------------------------------------------------------------------


class TestLandings:
    """Where a fall ends."""

    @FEW
    @given(drawn(landings=("one_step",), measures=("assets", "salary")))
    def test_one_step_falls_by_one(self, given_: Drawn) -> None:
        """A fall ends exactly one tier lower, and the next comes after the next review day."""
        policy, path = given_
        before = Standing()
        for day, held in path:
            after = step(policy, before, day, held)
            if after.top < before.top:
                assert before.top - 1 == after.top
                again = step(policy, after, day, held)
                assert after.top == again.top
            before = after

    def test_one_step_waits_for_another_day(self) -> None:
        """Where every day is a review, the next step down comes on another day."""
        rows = [{"code": code, "enter": f"{n}.00"} for n, code in enumerate(("A", "B", "C"), 1)]
        policy = policy_of({"landing": "one_step", "tier": [{"code": "BASE"}, *rows]})
        days = (START, *(START + timedelta(n) for n in (1, 1, 1, 2, 2, 3, 3)))
        path = tuple((day, minor(0 if n else 300)) for n, day in enumerate(days))

        assert ["C", "B", "B", "B", "A", "A", "BASE", "BASE"] == [
            standing.tier for standing in play(policy, path)
        ]

    @FEW
    @given(drawn(landings=("to_measured",), measures=("assets", "salary"), path={"unknown": False}))
    def test_to_measured_falls_to_the_band(self, given_: Drawn) -> None:
        """A fall ends at the tier the measure reaches at entry; nothing above it is kept."""
        policy, path = given_
        before = Standing()
        for day, held in path:
            after = step(policy, before, day, held)
            if after.top < before.top:
                assert band_rank(policy, day, held) == after.top
                assert not any(latch.on for latch in after.latches[after.top + 1 :])
            before = after

    @FEW
    @given(drawn(landings=("by_latch", "one_step", "to_measured"), measures=("assets", "salary")))
    def test_the_next_review_is_of_a_tier_that_is_held(self, given_: Drawn) -> None:
        """Also after a landing, the next review is that of a latch still on, or the policy's."""
        policy, path = given_
        for (day, _), standing in zip(path, play(policy, path), strict=True):
            dues = [held.due for held in standing.latches if held.on and held.due is not None]
            review = ladder_of(policy).review_after(day)

            assert min(dues, default=review) == standing.next_review

    @FEW
    @given(drawn(landings=("by_latch", "one_step", "to_measured"), measures=("assets", "salary")))
    def test_the_tier_is_the_highest_latch_that_is_on(self, given_: Drawn) -> None:
        """Whatever the landing, latches and tier say the same."""
        policy, path = given_
        for standing in play(policy, path):
            on = [code for code, held in standing.qualifications.items() if held.on]

            assert (on[-1] if on else "BASE") == standing.tier


# -- explaining -------------------------------------------------------------------------------


class TestExplaining:
    """Decide again with a trace: the same outcome, and checks that tell the truth (law 30)."""

    @FEW
    @given(
        drawn(
            measures=("assets", "salary"),
            landings=("by_latch", "one_step", "to_measured"),
            path={"min_size": 1},
        )
    )
    def test_deciding_again_gives_the_same(self, given_: Drawn) -> None:
        """An explanation decides again to an equal outcome, in both languages."""
        policy, path = given_
        before = [Standing(), *play(policy, path[:-1])][-1]
        day, held = path[-1]
        facts = AssessmentFacts(measure=Measures(FrozenMapping(held)), on=day, standing=before)
        decision = tier_assessment.decide(facts, policy.versions[-1])

        assert decision.outcome.reason is not None
        assert decision.outcome.reason.value == decision.explanation().headline.code
        assert decision.explain("en")
        assert decision.explain("zh_CN")

    @FEW
    @given(drawn(measures=("assets", "salary"), path={"min_size": 1}))
    def test_every_check_is_true_of_the_facts(self, given_: Drawn) -> None:
        """A check that passed is true, one that failed is false, one on unknown facts is None."""
        policy, path = given_
        before = [Standing(), *play(policy, path[:-1])][-1]
        day, held = path[-1]
        facts = AssessmentFacts(measure=Measures(FrozenMapping(held)), on=day, standing=before)
        for check in tier_assessment.decide(facts, policy.versions[-1]).explanation().checks:
            said = dict(check.reason.facts)
            if check.reason.code in ("tier-enter", "tier-retain"):
                titles = ladder_of(policy).measure_titles
                (name,) = (n for n in held if said["measure"] in (n, titles.get(n)))
                measure = held[name]
                wanted = said["wanted"].minor
                true = None if measure is UNKNOWN else measure.average >= wanted
            else:
                until = said["until"] if check.reason.code == "tier-protection" else said["due"]
                true = said["on"] < until

            assert true is check.held

    @FEW
    @given(drawn(path={"min_size": 1, "unknown": False}))
    def test_what_a_check_shows_is_what_it_says(self, given_: Drawn) -> None:
        """The rounded amounts shown agree with the answer: no 50,000.00 short of 50,000.00."""
        policy, path = given_
        before = [Standing(), *play(policy, path[:-1])][-1]
        day, held = path[-1]
        facts = AssessmentFacts(measure=Measures(FrozenMapping(held)), on=day, standing=before)
        for check in tier_assessment.decide(facts, policy.versions[-1]).explanation().checks:
            said = dict(check.reason.facts)
            if check.reason.code in ("tier-enter", "tier-retain"):
                assert (said["held"] >= said["wanted"]) is check.held
                assert (check.short is None) is check.held
                assert check.short is None or check.short.minor > 0

    @FEW
    @given(drawn(path={"min_size": 1, "unknown": False}))
    def test_removing_the_fact_changes_the_explanation(self, given_: Drawn) -> None:
        """With the measure unknown every check on it is undecided."""
        policy, path = given_
        day, held = path[-1]
        measure = Measures(FrozenMapping(dict.fromkeys(held, UNKNOWN)))
        facts = AssessmentFacts(measure=measure, on=day, standing=Standing())
        checks = tier_assessment.decide(facts, policy.versions[-1]).explanation().checks

        assert [None] * len(checks) == [check.held for check in checks]
        assert len(ladder_of(policy).codes) == len(checks)

    @FEW
    @given(drawn(measures=("assets", "salary"), path={"min_size": 1}))
    def test_deciding_is_deterministic(self, given_: Drawn) -> None:
        """The same facts give an equal decision with an equal hash (law 34)."""
        policy, path = given_
        day, held = path[-1]
        facts = AssessmentFacts(measure=Measures(FrozenMapping(held)), on=day)
        first = tier_assessment.decide(facts, policy.versions[-1])
        second = tier_assessment.decide(facts, policy.versions[-1])

        assert first == second
        assert hash(first) == hash(second)


# -- notices ----------------------------------------------------------------------------------


class TestUpcoming:
    """Coming downgrades, and what prevents them."""

    @FEW
    @given(drawn(measures=("assets", "salary"), path={"min_size": 1}))
    def test_every_pending_lapse_is_listed(self, given_: Drawn) -> None:
        """What the oracle knows to be pending before the horizon's end is listed, no more."""
        policy, path = given_
        table = table_of(policy)
        last = path[-1][0]
        state = oracle.run(table, oracle_path(path))[-1]
        standing = play(policy, path)[-1]
        until = oracle.after(last, "P6M")
        expected = {
            (code, due) for code, due in oracle.pending(table, state).items() if due < until
        }

        found = upcoming_lapses(policy, standing=standing, as_of=last, horizon="P6M").outcome

        assert until == found.until
        assert expected == {(lapse.tier, lapse.on) for lapse in found.lapses}
        assert sorted(lapse.on for lapse in found.lapses) == [lapse.on for lapse in found.lapses]

    @FEW
    @given(drawn(min_tiers=2, path={"min_size": 1}))
    def test_meeting_the_level_prevents_the_lapse_and_missing_it_does_not(
        self, given_: Drawn
    ) -> None:
        """On the day, a measure at `keep` keeps the tier; one minor unit less loses it."""
        policy, path = given_
        standing = play(policy, path)[-1]
        found = upcoming_lapses(policy, standing=standing, as_of=path[-1][0], horizon="P20Y")
        for lapse in found.outcome.lapses:
            assert isinstance(lapse.keep, Money)
            day = max(lapse.on, path[-1][0])
            kept = step(policy, standing, day, minor(lapse.keep.minor))
            lost = step(policy, standing, day, minor(lapse.keep.minor - 1))

            assert kept.qualifications[lapse.tier].on
            assert not lost.qualifications[lapse.tier].on
            assert not lapse.held or lapse.on == lost.effective_on

    @FEW
    @given(drawn(min_tiers=2, path={"min_size": 1, "unknown": False}))
    def test_the_shortfall_is_what_is_missing(self, given_: Drawn) -> None:
        """The latest measure and the shortfall together reach the level, rounded to the unit."""
        policy, path = given_
        standing = play(policy, path)[-1]
        day, held = path[-1]
        measure = held["assets"]
        assert measure is not UNKNOWN
        found = upcoming_lapses(
            policy,
            standing=standing,
            as_of=day,
            horizon="P20Y",
            measure=Measures(FrozenMapping(held)),
        )
        for lapse in found.outcome.lapses:
            assert isinstance(lapse.keep, Money)
            assert isinstance(lapse.short, Money)
            assert (measure.average + lapse.short.minor) >= lapse.keep.minor


# -- files ------------------------------------------------------------------------------------


class TestWritten:
    """A policy that is kept is the policy that was used (law 32)."""

    @FEW
    @given(drawn(measures=("assets", "salary"), landings=("by_latch", "one_step", "to_measured")))
    def test_a_kept_version_decides_alike(self, given_: Drawn) -> None:
        """Read back from the archive's text, a version has the same name and gives the same."""
        policy, path = given_
        (version,) = policy.versions
        kept = read_kept(version.text, SHELF.kinds, SHELF)
        again = Policy(policy.id, policy.kind, policy.title, (kept,))

        assert (version.ref, version.text) == (kept.ref, kept.text)
        assert play(policy, path) == play(again, path)

    @FEW
    @given(drawn())
    def test_an_unknown_key_is_refused(self, given_: Drawn) -> None:
        """Whatever else a file holds, a key nobody knows is refused with its path."""
        table = table_of(given_[0])
        rows = [*table["tier"][:-1], {**table["tier"][-1], "gracee": "P1M"}]
        with pytest.raises(PolicyError, match="gracee"):
            policy_of({**table, "tier": rows})


# -- small things -----------------------------------------------------------------------------


def test_a_policy_of_the_base_alone() -> None:
    """A policy of the base alone is allowed: everybody is there, whatever the measure."""
    policy = policy_of({"tier": [{"code": "BASE"}]})

    assert "BASE" == play(policy, ((START, minor(5)),))[0].tier


def test_the_last_tier_to_go_ends_a_fall_found_late() -> None:
    """Two tiers lapsed since the last run: the one below both is held since the later day."""
    policy = policy_of(
        {
            "tier": [
                {"code": "BASE"},
                {"code": "GOLD", "enter": "1.00", "grace": "P3M"},
                {"code": "PLATINUM", "enter": "2.00", "grace": "P1M"},
            ]
        }
    )
    path = (
        (date(2026, 1, 31), minor(200)),
        (date(2026, 2, 28), minor(0)),
        (date(2026, 8, 31), minor(0)),
    )

    standing = play(policy, path)[-1]

    assert ("BASE", date(2026, 5, 28)) == (standing.tier, standing.effective_on)
