"""Faults that users of other systems met, one test each, so that they are not met here."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from stage_proof_tools import SIX_AND_TWELVE, START, Desk, by_rule, decided, observed, policy_of

from bankservice.core.errors import FaultsError, NotInForceError
from bankservice.core.unknown import UNKNOWN

POLICY = policy_of(SIX_AND_TWELVE)
LOYAL = policy_of({"loyal": {"tenure": "P12M", "events": 6, "window": "P12M", "review": "P0D"}})


def days(*texts: str) -> list[date]:
    """Return days."""
    return [date.fromisoformat(text) for text in texts]


LIVE = ("first_time", "active")


class TestUnknownDays:
    """What is not known is not long ago."""

    @pytest.mark.parametrize("never", [None, "", 0, "1970-13-01"])
    def test_a_null_day_is_not_1970(self, never: Any) -> None:
        """NexaSphere 3887: a null last activity became 1970, and the customer CHURNED."""
        with pytest.raises(FaultsError, match="on"):
            decided(POLICY, [{"do": "observe", "on": never}], date(2026, 1, 1))

    def test_an_unknown_day_begins_no_stage(self) -> None:
        """An event of a day that nobody knows is refused by name, and nothing is written."""
        desk = Desk(POLICY)
        answer = desk.do("observe", on=UNKNOWN)

        assert not answer.accepted
        assert "day-unknown" == answer.refused
        assert desk.view().stage is None

    def test_who_was_never_active_is_a_prospect(self) -> None:
        """A customer known for years who never did anything is neither inactive nor lost."""
        known = [{"do": "know", "on": date(2010, 1, 1)}]

        assert [("prospect", date(2010, 1, 1), "LC_KNOWN")] == by_rule(
            POLICY, known, date(2026, 1, 1)
        )

    def test_who_is_not_known_has_no_stage(self) -> None:
        """Of nobody nothing is said: no default stage."""
        assert decided(POLICY, [], date(2026, 1, 1)).outcome.stage is None


class TestRuns:
    """How often a batch runs is nothing that a customer did."""

    def test_a_short_absence_between_two_runs_is_not_hidden(self) -> None:
        """fight-churn 19: gone and back between two monthly runs was lost; the replay tells it."""
        desk = Desk(POLICY)
        desk.do("observe", on=date(2024, 1, 1))
        desk.do("observe", on=date(2024, 7, 5))
        desk.do("advance", as_of=date(2024, 7, 31))

        assert [
            ("first_time", date(2024, 1, 1), "LC_FIRST"),
            ("inactive", date(2024, 7, 2), "LC_INACTIVE"),
            ("active", date(2024, 7, 5), "LC_REACTIVATED"),
        ] == desk.history()[:3]

    def test_who_came_back_is_not_put_out_by_the_next_batch(self) -> None:
        """checkMate 503: reactivated on Monday, deactivated by the batch of Tuesday."""
        desk = Desk(POLICY)
        desk.do("observe", on=date(2024, 1, 1))
        desk.do("advance", as_of=date(2024, 8, 5))
        desk.do("observe", on=date(2024, 8, 5))
        desk.do("advance", as_of=date(2024, 8, 6))

        assert "active" == desk.history(date(2024, 8, 6))[-1][0]
        assert ("inactive", date(2025, 2, 6), "LC_INACTIVE") == desk.history(date(2025, 2, 6))[-1]

    def test_timers_outlive_the_process(self) -> None:
        """transitions and python-statemachine keep timers in threads; a restart loses them."""
        desk = Desk(POLICY)
        desk.do("observe", on=date(2024, 1, 1))
        desk.open()

        assert ("inactive", date(2024, 7, 2), "LC_INACTIVE") == desk.history(date(2024, 7, 2))[-1]

    def test_a_late_run_does_not_date_what_it_finds(self) -> None:
        """The day of the batch is no fact: a run in December finds what began in July."""
        desk = Desk(POLICY)
        desk.do("observe", on=date(2024, 1, 1))
        desk.do("advance", as_of=date(2024, 12, 31))

        assert ("inactive", date(2024, 7, 2), "LC_INACTIVE") == desk.history(date(2024, 12, 31))[-1]

    def test_two_clocks_in_one_run_are_two_records(self) -> None:
        """A run after years tells both days, not one jump to lost."""
        assert ["first_time", "inactive", "lost"] == [
            stage for stage, _, _ in by_rule(POLICY, observed("2019-05-31"), date(2026, 1, 1))
        ]

    def test_a_batch_twice_writes_once(self) -> None:
        """Advancing again to the same day writes nothing."""
        desk = Desk(POLICY)
        desk.do("observe", on=date(2024, 1, 1))
        desk.do("advance", as_of=date(2024, 8, 1))
        before = desk.history()
        desk.do("advance", as_of=date(2024, 8, 1))
        desk.do("advance", as_of=date(2024, 7, 1))

        assert before == desk.history()


class TestBoundaries:
    """A day is in or out, and it is told which."""

    def test_no_day_is_in_two_stages_or_in_none(self) -> None:
        """PostHog 39439: active today was not active yesterday, new, less lost; off by one day."""
        book = [
            by_rule(POLICY, observed("2024-01-31", "2024-02-29"), date(2025, 6, 1)),
            by_rule(POLICY, observed("2024-02-29", "2024-09-01"), date(2025, 6, 1)),
            by_rule(POLICY, observed("2024-03-01"), date(2025, 6, 1)),
        ]
        changes = sorted(
            (on, step)
            for history in book
            for (before, _, _), (stage, on, _) in pairwise([("", START, ""), *history])
            for step in [(stage in LIVE) - (before in LIVE)]
        )
        day = date(2024, 1, 1)
        while day <= date(2025, 6, 1):
            now = [[stage for stage, on, _ in history if on <= day][-1:] for history in book]

            assert sum(step for on, step in changes if on <= day) == sum(
                stage in LIVE for held in now for stage in held
            )
            day += timedelta(1)

    def test_the_last_day_of_the_period_still_belongs_to_it(self) -> None:
        """More than six months is not six months: the day after is the first one."""
        assert "first_time" == by_rule(POLICY, observed("2024-08-31"), date(2025, 2, 28))[-1][0]
        assert ("inactive", date(2025, 3, 1), "LC_INACTIVE") == by_rule(
            POLICY, observed("2024-08-31"), date(2025, 3, 1)
        )[-1]

    def test_months_are_added_to_the_anchor_at_once(self) -> None:
        """One month and one month from 31 January is 28 March in steps, and 31 March at once."""
        policy = policy_of({"inactive_after": "P2M", "boundary": "at_least"})

        assert ("inactive", date(2025, 3, 31), "LC_INACTIVE") == by_rule(
            policy, observed("2025-01-31"), date(2025, 12, 31)
        )[-1]

    def test_an_event_on_the_day_of_the_clock_comes_first(self) -> None:
        """Who pays on the very day is not inactive for an hour."""
        assert ["first_time", "active"] == [
            stage
            for stage, _, _ in by_rule(
                POLICY, observed("2024-08-31", "2025-03-01"), date(2025, 3, 1)
            )
        ]

    def test_the_zone_says_which_day_it_was(self) -> None:
        """MS docs 2522: which zone? 16:30 UTC of 30 June is 1 July in Taipei."""
        moment = datetime(2026, 6, 30, 16, 30, tzinfo=UTC)
        found = []
        for zone in ("Asia/Taipei", "Europe/London"):
            desk = Desk(policy_of({**SIX_AND_TWELVE, "zone": zone}))
            desk.do("observe", at=moment)
            found.append(desk.history()[0][1])

        assert days("2026-07-01", "2026-06-30") == found

    def test_nobody_flaps_at_the_boundary(self) -> None:
        """docsight 169: twenty changes in two days; one event re-anchors the clock for all of it."""
        many = observed(*(f"2025-03-{day:02d}" for day in range(1, 21)))
        history = by_rule(POLICY, (*observed("2024-08-31"), *many), date(2025, 3, 31))

        assert ["first_time", "active"] == [stage for stage, _, _ in history]


class TestMoves:
    """Stages are no high-water mark."""

    def test_back_is_an_ordinary_move(self) -> None:
        """HubSpot's stages only go forward, so customers who left years ago are customers."""
        stages = [
            stage
            for stage, _, _ in by_rule(
                POLICY,
                observed("2022-01-15", "2022-02-15", "2024-01-01", "2024-02-01"),
                date(2026, 1, 1),
            )
        ]

        assert [
            "first_time",
            "active",
            "inactive",
            "lost",
            "won_back",
            "active",
            "inactive",
            "lost",
        ] == stages

    def test_interest_wakes_nobody(self) -> None:
        """What the bank posts to every account is not activity; RBI says the same of accounts."""
        credited = tuple(
            {"do": "observe", "on": date(2024, month, 28), "kind": "interest", "initiator": "bank"}
            for month in range(2, 13)
        )

        assert ("inactive", date(2024, 7, 16), "LC_INACTIVE") == by_rule(
            POLICY, (*observed("2024-01-15"), *credited), date(2024, 12, 31)
        )[-1]

    def test_a_visit_keeps_awake_and_wakes_nobody(self) -> None:
        """A non-financial act of the customer sets the clock back, and does not make them active."""
        login = ({"do": "observe", "on": date(2024, 6, 1), "kind": "login"},)

        assert [
            ("first_time", date(2024, 1, 15), "LC_FIRST"),
            ("inactive", date(2024, 12, 2), "LC_INACTIVE"),
        ] == by_rule(POLICY, (*observed("2024-01-15"), *login), date(2024, 12, 31))

    def test_loyalty_is_not_for_ever(self) -> None:
        """A loyal customer who does less is active again, on a day that follows from the dates."""
        months = [f"2024-{month:02d}-10" for month in range(1, 13)]
        history = by_rule(LOYAL, observed(*months, "2025-01-10"), date(2026, 1, 1))

        assert ("loyal", date(2025, 1, 10), "LC_LOYAL") == history[-2]
        assert ("active", date(2025, 8, 10), "LC_LOYAL_LAPSED") == history[-1]

    @pytest.mark.parametrize("reason", ["deceased", "exited"])
    def test_nobody_is_won_back_from_the_dead(self, reason: str) -> None:
        """What arrives after death, or after the bank ended it, is refused by name."""
        desk = Desk(POLICY)
        desk.do("observe", on=date(2024, 1, 1))
        desk.do("close", on=date(2024, 3, 1), reason=reason)
        answer = desk.do("observe", on=date(2024, 6, 1))

        assert not answer.accepted
        assert reason == answer.refused
        assert "lost" == desk.history()[-1][0]


class TestKnowing:
    """What was known when."""

    def test_a_late_event_rewrites_nothing(self) -> None:
        """What was said in August is still what was known in August."""
        desk = Desk(POLICY)
        desk.now = datetime(2024, 8, 1, 12, tzinfo=UTC)
        desk.do("observe", on=date(2024, 1, 1))
        desk.do("advance", as_of=date(2024, 8, 1))
        seen = desk.now
        desk.now = datetime(2024, 9, 1, 12, tzinfo=UTC)
        desk.do("observe", on=date(2024, 5, 1))

        assert "inactive" == desk.history(date(2024, 8, 1), seen)[-1][0]
        assert "active" == desk.history(date(2024, 8, 1))[-1][0]

    def test_an_event_of_tomorrow_is_refused(self) -> None:
        """A day that has not come is no activity."""
        desk = Desk(POLICY)
        desk.now = datetime(2024, 8, 1, 12, tzinfo=UTC)
        answer = desk.do("observe", on=date(2024, 8, 2))

        assert "in-future" == answer.refused

    def test_a_future_version_changes_no_earlier_day(self) -> None:
        """policyengine-us 9075: a reform of the future froze the years before it."""
        announced = policy_of(SIX_AND_TWELVE, {"inactive_after": "P1M", "since": date(2025, 1, 1)})
        acts = observed("2024-01-15", "2024-06-15")
        end = date(2024, 12, 31)

        assert by_rule(POLICY, acts, end) == by_rule(announced, acts, end)

    def test_before_the_first_version_nothing_is_guessed(self) -> None:
        """A day before any version is a named error, not the oldest version."""
        young = policy_of(SIX_AND_TWELVE, since=date(2025, 1, 1))
        with pytest.raises(NotInForceError):
            decided(young, observed("2024-01-15"), date(2024, 2, 1))
