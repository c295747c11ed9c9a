"""The laws of stages, by their numbers, and the shipped rule beside a walk of every day."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
import stage_oracle as oracle
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from stage_proof_tools import (
    HORIZON,
    SIX_AND_TWELVE,
    START,
    Acts,
    by_oracle,
    by_record,
    by_rule,
    decided,
    lives,
    observed,
    policy_of,
    tables_of,
)

from bankservice.core.errors import PolicyError
from bankservice.core.kept import read_kept
from bankservice.core.policy import Policy
from bankservice.lifecycle import SHELF
from bankservice.testing import strategies

AS_OF = st.dates(START - timedelta(60), HORIZON)
POLICIES = strategies.stage_policies()
CLASSES = {"lost": 0, "inactive": 1, "first_time": 2, "active": 2, "loyal": 2, "won_back": 2}

MANY = settings(max_examples=some(60))
FEW = settings(max_examples=some(15))


class TestOracle:
    """The shipped rule and a walk of every day, written apart, agree."""

    @MANY
    @given(POLICIES, lives(), AS_OF)
    def test_every_history_is_that_of_the_walk(
        self, policy: Policy[Any], acts: Acts, as_of: date
    ) -> None:
        """Stages, days and reasons are those that a walk of every day finds."""
        acts = tuple(act for act in acts if act["on"] <= as_of)

        assert by_oracle(policy, acts, as_of) == by_rule(policy, acts, as_of)

    @MANY
    @given(
        strategies.stage_policies(
            *(strategies.stage_tables() for _ in range(4)), since=date(2022, 6, 15)
        ),
        lives(),
    )
    def test_each_day_has_its_own_version(self, policy: Policy[Any], acts: Acts) -> None:
        """A clock that fires is that of the version in force on the day it fires."""
        acts = tuple(act for act in acts if act["on"] <= HORIZON)

        assert by_oracle(policy, acts, HORIZON) == by_record(policy, acts, HORIZON)


class TestHistory:
    """Law 16: a history is a chain."""

    @FEW
    @given(POLICIES, lives())
    def test_a_history_is_a_chain(self, policy: Policy[Any], acts: Acts) -> None:
        """Days never go back, no stage follows itself, and there is one first time."""
        history = by_rule(policy, acts, HORIZON)
        stages = [stage for stage, _, _ in history]
        count = Counter(stages)

        assert sorted(on for _, on, _ in history) == [on for _, on, _ in history]
        assert all(a != b for a, b in pairwise(stages))
        assert count["first_time"] <= 1
        assert count["prospect"] <= 1
        assert count["won_back"] <= count["lost"]

    @FEW
    @given(strategies.stage_policies(strategies.stage_tables(prospects=False)), lives(ends=False))
    def test_nobody_is_lost_by_a_clock_who_was_not_inactive(
        self, policy: Policy[Any], acts: Acts
    ) -> None:
        """Where both clocks run, whoever is lost was inactive: two records, also in one run."""
        history = by_rule(policy, acts, HORIZON)
        pairs = zip(["", *(stage for stage, _, _ in history)], history, strict=False)

        lost_from = {before for before, (stage, _, _) in pairs if stage == "lost"}

        assert lost_from <= {"inactive"} or "inactive_after" not in tables_of(policy)[0]

    @FEW
    @given(POLICIES, lives(), AS_OF)
    def test_what_is_known_earlier_is_the_beginning(
        self, policy: Policy[Any], acts: Acts, as_of: date
    ) -> None:
        """Law 19: the history as of a day is the beginning of every later one."""
        later = by_rule(policy, acts, HORIZON)
        known = tuple(act for act in acts if act["on"] <= as_of)

        assert [row for row in later if row[1] <= as_of] == by_rule(policy, known, as_of)


class TestClocks:
    """Laws 17 and 22: what clocks do, and what they do not look at."""

    @FEW
    @given(
        lives(quiet=False, ends=False, holds=False),
        st.sampled_from(("P1M", "P45D", "P6M")),
        st.sampled_from(("more_than", "at_least")),
    )
    def test_as_many_inactive_times_as_long_gaps(
        self, acts: Acts, period: str, boundary: str
    ) -> None:
        """Law 17: every gap longer than the period is one inactive time, the open one too."""
        policy = policy_of({"inactive_after": period, "boundary": boundary})
        days = sorted({act["on"] for act in acts if act["do"] == "observe"})
        table = tables_of(policy)[0]
        gaps = pairwise([*days, HORIZON + timedelta(1)])
        long = [
            oracle.deadline(table, a, period)
            for a, b in gaps
            if oracle.deadline(table, a, period) < b
        ]
        history = by_rule(policy, acts, HORIZON)

        assert long == [on for stage, on, _ in history if stage == "inactive"]

    @FEW
    @given(POLICIES, lives(), st.lists(st.dates(START, HORIZON), max_size=5))
    def test_what_the_bank_does_itself_changes_nothing(
        self, policy: Policy[Any], acts: Acts, days: list[date]
    ) -> None:
        """Law 22: interest, fees and reversals move no clock and begin no stage."""
        end = min((act["on"] for act in acts if act["do"] == "close"), default=HORIZON)
        kinds = ("interest", "fee", "reversal", "charge")
        own: Acts = tuple(
            {"do": "observe", "on": day, "kind": kinds[place % 4], "initiator": "bank"}
            for place, day in enumerate(days)
            if day <= end
        )

        assert by_rule(policy, acts, HORIZON) == by_rule(policy, (*acts, *own), HORIZON)

    @FEW
    @given(
        strategies.stage_policies(strategies.stage_tables(loyal=False, prospects=False)),
        lives(ends=False),
        st.dates(START, HORIZON),
    )
    def test_doing_more_is_never_worse(self, policy: Policy[Any], acts: Acts, day: date) -> None:
        """Law 18: one more payment never ends in a worse class of stages."""
        one: Acts = ({"do": "observe", "on": day, "kind": "payment"},)
        before = by_rule(policy, acts, HORIZON)
        after = by_rule(policy, (*acts, *one), HORIZON)
        if before and before[-1][0] != "prospect":
            assert CLASSES[before[-1][0]] <= CLASSES[after[-1][0]]


class TestTicks:
    """Laws 15 and 20: when it is told, and who looks meanwhile, changes nothing."""

    @FEW
    @given(POLICIES, lives(max_size=6), st.lists(st.dates(START, HORIZON), max_size=6))
    def test_looking_changes_nothing(
        self, policy: Policy[Any], acts: Acts, looks: list[date]
    ) -> None:
        """Law 15: writing down what clocks have done, on any days, leaves the history as it was."""
        acts = tuple(act for act in acts if act["on"] <= HORIZON)
        ticks: Acts = tuple({"do": "advance", "as_of": day, "on": day} for day in looks)
        both = sorted((*acts, *ticks), key=lambda act: act["on"])
        given_ = [
            {k: v for k, v in act.items() if (act["do"], k) != ("advance", "on")} for act in both
        ]

        assert by_record(policy, acts, HORIZON) == by_record(policy, given_, HORIZON)

    @FEW
    @given(POLICIES, lives(max_size=6, ends=False, holds=False), st.randoms(use_true_random=False))
    def test_late_is_as_in_time(
        self, policy: Policy[Any], acts: Acts, chance: random.Random
    ) -> None:
        """Law 20: acts told late, in any order, with looks between, fold to what they are sorted."""
        acts = tuple(act for act in acts if act["on"] <= HORIZON and act["do"] == "observe")
        shuffled: list[dict[str, Any]] = list(acts)
        chance.shuffle(shuffled)
        looks = [{"do": "advance", "as_of": HORIZON}] * len(shuffled)
        given_ = [each for pair in zip(shuffled, looks, strict=True) for each in pair]

        assert by_oracle(policy, acts, HORIZON) == by_record(policy, given_, HORIZON)


class TestDays:
    """Law 20: what counts is the day."""

    @FEW
    @given(POLICIES, lives(), st.randoms(use_true_random=False))
    def test_the_order_of_events_is_nothing(
        self, policy: Policy[Any], acts: Acts, chance: random.Random
    ) -> None:
        """Events in any order give the history of events in order."""
        shuffled = list(acts)
        chance.shuffle(shuffled)

        assert by_rule(policy, acts, HORIZON) == by_rule(policy, shuffled, HORIZON)

    @FEW
    @given(POLICIES, lives(), st.integers(2, 4))
    def test_a_day_counts_once(self, policy: Policy[Any], acts: Acts, times: int) -> None:
        """Events of a day, however often they are told, are one active day."""
        again = [act for act in acts for _ in range(times if act["do"] == "observe" else 1)]

        assert by_rule(policy, acts, HORIZON) == by_rule(policy, again, HORIZON)


class TestBook:
    """Law 21: nobody is lost between two days."""

    @settings(max_examples=some(6))
    @given(POLICIES, st.lists(lives(max_size=6), min_size=1, max_size=5))
    def test_stages_are_conserved_day_by_day(self, policy: Policy[Any], book: list[Acts]) -> None:
        """On each day every stage has those of the day before, and who entered, less who left."""
        histories = [by_rule(policy, acts, HORIZON) for acts in book]
        known = [history for history in histories if history]
        now: Counter[str] = Counter()
        for number in range((HORIZON - START).days + 92):
            day = START - timedelta(91) + timedelta(number)
            for history in known:
                for place, (stage, on, _) in enumerate(history):
                    if on == day:
                        now[stage] += 1
                        if place:
                            now[history[place - 1][0]] -= 1
            standing = Counter(
                [row[0] for row in history if row[1] <= day][-1]
                for history in known
                if history[0][1] <= day
            )

            assert standing == +now
            assert sum(standing.values()) == sum(history[0][1] <= day for history in known)


class TestPolicies:
    """Laws 30, 31, 32 and 34."""

    @FEW
    @given(POLICIES, lives(), AS_OF)
    def test_deciding_again_gives_the_same(
        self, policy: Policy[Any], acts: Acts, as_of: date
    ) -> None:
        """Laws 30 and 34: equal facts give equal decisions, and explaining one decides alike."""
        acts = tuple(act for act in acts if act["on"] <= as_of)
        first, second = decided(policy, acts, as_of), decided(policy, acts, as_of)

        assert first == second
        assert hash(first) == hash(second)
        assert first.explain("en")
        assert first.explain("zh_CN")
        assert first.outcome == second.outcome

    @FEW
    @given(strategies.stage_tables(), strategies.stage_tables(), lives(), AS_OF)
    def test_a_future_version_changes_nothing(
        self, table: dict[str, Any], other: dict[str, Any], acts: Acts, as_of: date
    ) -> None:
        """Law 31: a version that begins later leaves every history up to then as it was."""
        acts = tuple(act for act in acts if act["on"] <= as_of)
        today = policy_of(table)
        more = policy_of(table, {**other, "since": as_of + timedelta(1)})

        assert by_rule(today, acts, as_of) == by_rule(more, acts, as_of)

    @FEW
    @given(POLICIES, lives())
    def test_a_kept_version_decides_alike(self, policy: Policy[Any], acts: Acts) -> None:
        """Law 32: read back from the archive's text, a version has the same name and answers."""
        (version,) = policy.versions
        kept = read_kept(version.text, SHELF.kinds, SHELF)
        again = Policy(policy.id, policy.kind, policy.title, (kept,))

        assert (version.ref, version.text) == (kept.ref, kept.text)
        assert by_rule(policy, acts, HORIZON) == by_rule(again, acts, HORIZON)

    @FEW
    @given(strategies.stage_tables())
    def test_an_unknown_key_is_refused(self, table: dict[str, Any]) -> None:
        """Law 32: a key that nobody knows is refused with its path, never left out."""
        with pytest.raises(PolicyError, match="inactive_aftr"):
            policy_of({**table, "inactive_aftr": "P6M"})

    @FEW
    @given(POLICIES, lives())
    def test_what_comes_next_comes(self, policy: Policy[Any], acts: Acts) -> None:
        """The next stage that is announced is the one that begins, on its day, if nothing is done."""
        last = max((act["on"] for act in acts), default=START)
        following = decided(policy, acts, last).outcome.next
        history = [row for row in by_rule(policy, acts, date(2028, 12, 31)) if row[1] > last]

        coming = [] if following is None else [(following.stage.value, following.on)]

        assert coming == [(stage, on) for stage, on, _ in history[:1]]


def test_the_golden_paths_are_those_of_the_walk() -> None:
    """The oracle itself gives the worked example: both clocks of a customer away for a year."""
    acts: Acts = ({"do": "observe", "on": date(2023, 5, 31)},)

    assert [
        ("first_time", date(2023, 5, 31), "LC_FIRST"),
        ("inactive", date(2023, 12, 1), "LC_INACTIVE"),
        ("lost", date(2024, 6, 1), "LC_INACTIVE"),
    ] == by_oracle(policy_of(SIX_AND_TWELVE), acts, date(2024, 6, 1))


def test_too_little_does_not_begin_a_review_again() -> None:
    """
    Loyalty that is unmet without a gap lapses after its review, also where something was done.

    Two days within a month are wanted. From 12 July on there is one, and on 15 July another one
    comes as the older one goes: still one. So the month of review is over on 12 August.
    """
    policy = policy_of({"loyal": {"tenure": "P0D", "events": 2, "window": "P1M", "review": "P1M"}})
    acts = observed("2025-06-01", "2025-06-12", "2025-06-15", "2025-07-15")
    expected = [
        ("first_time", date(2025, 6, 1), "LC_FIRST"),
        ("active", date(2025, 6, 12), "LC_REPEAT"),
        ("loyal", date(2025, 6, 15), "LC_LOYAL"),
        ("active", date(2025, 8, 12), "LC_LOYAL_LAPSED"),
    ]

    assert expected == by_oracle(policy, acts, date(2025, 12, 31))
    assert expected == by_rule(policy, acts, date(2025, 12, 31))


def test_a_contact_given_late_does_not_hide_a_prospect() -> None:
    """Law 20: known after a contact and before business is a prospect, in whatever order told."""
    contact = {"do": "observe", "on": date(2025, 1, 5), "kind": "login"}
    known = {"do": "know", "on": date(2025, 2, 1)}
    (business,) = observed("2025-03-01")
    expected = [
        ("prospect", date(2025, 2, 1), "LC_KNOWN"),
        ("first_time", date(2025, 3, 1), "LC_FIRST"),
    ]

    for order in ((contact, known, business), (business, contact, known)):
        assert expected == by_record(policy_of({}), order, date(2025, 3, 1))
