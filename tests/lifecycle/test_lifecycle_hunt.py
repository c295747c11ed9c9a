"""Faults that a hunt through the services of stages, groups and treatments found, one test each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from care_tools import FIRST, LOST, RETAIL, Clock, meaning, treatment

from bankservice.core.errors import FaultsError, IdentifierError, UnknownNameError
from bankservice.core.journal import Journal
from bankservice.journals.memory import MemoryJournal
from bankservice.lifecycle.care.service import Treatments
from bankservice.segmentation.membership.service import Memberships
from bankservice.segmentation.policy import SHELF as GROUPS

LOYAL: Mapping[str, Any] = {"stage": "loyal", "stage_reason": "LC_LOYAL"}
NOT_FACTS = [1.5, float("nan"), {1}, b"x", {"a": 1}, [1.5]]
NOT_DAYS: list[Any] = ["", [], None, 5, datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 1)]  # noqa: DTZ001


def caring(journal: Journal | None = None) -> Treatments:
    """Return the treatments of a bank on a day."""
    return Treatments(journal or MemoryJournal(), RETAIL, now=Clock(FIRST))


def grouping() -> Memberships:
    """Return the memberships of a bank on a day."""
    return Memberships(MemoryJournal(), GROUPS.get("customer-groups"), now=Clock(FIRST))


class TestBatchesOfTreatments:
    """What is told of many customers at once is told of the right ones, or of none."""

    @pytest.mark.parametrize("told", ["ended", "refused", "consents", "stage_since"])
    def test_what_is_told_of_nobody_in_the_batch_is_not_passed_over(self, told: str) -> None:
        """A death under a misspelt id: the customer would have been asked to come back."""
        bank = caring()
        beside: dict[str, Any] = {
            "ended": {"chenn": True},
            "refused": {"chenn": ["all"]},
            "consents": {"chenn": ["marketing"]},
            "stage_since": {"chenn": FIRST},
        }
        with pytest.raises(UnknownNameError, match="did you mean chen"):
            bank.consider_many("b-1", {"chen": LOST}, FIRST, **{told: beside[told]})

        assert () == tuple(bank.history("chen"))
        assert 1 == bank.consider_many("b-1", {"chen": LOST}, FIRST).changed

    @pytest.mark.parametrize(
        ("beside", "path"),
        [
            ({"stage_since": {"lin": FIRST + timedelta(days=1)}}, "lin"),
            ({"ended": {"lin": "yes"}}, "lin.ended"),
            ({"consents": {"lin": "marketing"}}, "lin.consents"),
            ({"refused": {"lin": ["emial"]}}, "lin.refused"),
        ],
    )
    def test_it_is_told_of_whom(self, beside: dict[str, Any], path: str) -> None:
        """One bad customer among a million stops the batch, and is named."""
        bank = caring()
        with pytest.raises(FaultsError) as error:
            bank.consider_many("b-1", {"chen": LOST, "lin": LOST}, FIRST, **beside)

        assert [path] == [fault.path for fault in error.value.faults]
        assert () == tuple(bank.history("chen"))

    def test_facts_that_are_no_table_are_named(self) -> None:
        """A customer without facts at all is a fault of that customer."""
        held: Any = {"chen": LOST, "lin": None}
        with pytest.raises(FaultsError, match=r"lin.customer: got NoneType"):
            caring().consider_many("b-1", held, FIRST)

    def test_a_batch_of_nobody_is_a_batch(self) -> None:
        """Nothing to do is done, once."""
        bank = caring()
        first = bank.consider_many("b-1", {}, FIRST)
        again = bank.consider_many("b-1", {}, FIRST)

        assert (0, 0, False) == (first.commands, first.changed, first.replayed)
        assert again.replayed

    @pytest.mark.parametrize("name", ["", "4111111111111111", "b" * 121])
    def test_a_batch_has_an_id(self, name: str) -> None:
        """An id is refused that none may be, also where nobody is in the batch."""
        with pytest.raises(IdentifierError, match="batch id"):
            caring().consider_many(name, {}, FIRST)
        with pytest.raises(IdentifierError, match="batch id"):
            grouping().assign_many(name, {}, FIRST)


class TestFacts:
    """What no fact can be is refused by the fact's name, before anything is kept."""

    @pytest.mark.parametrize("value", NOT_FACTS)
    def test_what_no_fact_can_be(self, value: Any) -> None:
        """A float, a set, a table: one by one and in a batch, and the id is free for the right one."""
        bank = caring()
        with pytest.raises(FaultsError, match=r"tier"):
            bank.consider("c-1", "chen", facts={**LOYAL, "tier": value})
        with pytest.raises(FaultsError, match=r"chen.tier"):
            bank.consider_many("b-1", {"chen": {**LOYAL, "tier": value}}, FIRST)

        assert () == tuple(bank.history("chen"))
        assert bank.consider("c-1", "chen", facts=LOYAL).accepted

    @pytest.mark.parametrize("days", [10**30, 800_000])
    def test_no_stage_is_longer_than_the_calendar(self, days: int) -> None:
        """So many days before the day there was none: told so, and of whom in a batch."""
        bank, facts = caring(), {**LOYAL, "days_in_stage": days}
        with pytest.raises(ValueError, match="there was no day"):
            bank.consider("c-1", "chen", facts=facts)
        with pytest.raises(FaultsError, match=r"chen: .* there was no day"):
            bank.consider_many("b-1", {"chen": facts}, FIRST)


class TestBatchesOfGroups:
    """A batch is of a day, and its faults are somebody's."""

    @pytest.mark.parametrize("day", NOT_DAYS)
    def test_no_day_is_taken_for_today(self, day: Any) -> None:
        """Nothing, an empty text, an instant: none of them is the day of a batch."""
        bank = grouping()
        with pytest.raises(FaultsError, match="the day of a batch"):
            bank.assign_many("b-1", {"chen": {"age": 40}}, day)

        assert () == tuple(bank.history("chen"))

    @pytest.mark.parametrize("day", [day for day in NOT_DAYS if day is not None])
    def test_a_view_is_of_a_day(self, day: Any) -> None:
        """What is no day is no day of a view either, also of somebody nobody knows."""
        with pytest.raises(FaultsError, match="the day of a view"):
            grouping().view("chen", day)

    def test_every_fault_is_told_with_whose_it_is(self) -> None:
        """Facts there are none of, of no type, that contradict each other, or no facts at all."""
        facts: Any = {
            "chen": {"age": 40},
            "lin": {"agee": 40, "age": 1.5},
            "ma": {"age": 5, "born_on": "1980-01-01"},
            "wu": {"born_on": "2980-01-01"},
            "xu": None,
        }
        bank = grouping()
        with pytest.raises(FaultsError) as error:
            bank.assign_many("b-1", facts, FIRST)

        paths = [fault.path for fault in error.value.faults]
        assert ["lin.agee", "lin.age", "ma.age", "wu.born_on", "xu"] == paths
        assert () == tuple(bank.history("chen"))


def test_an_expiry_that_a_newer_zone_calls_early_is_noted_the_next_day() -> None:
    """
    The day of an intent goes by where it was meant, and is still on further west: the sweep comes
    again. Asked under one id, the first answer stood for ever, until the item was parked.
    """
    journal, clock = MemoryJournal(), Clock(FIRST)
    Treatments(journal, meaning(treatment()), now=clock).consider("c-1", "chen", facts=LOYAL)
    bank = Treatments(journal, meaning(treatment(), zone="America/New_York"), now=clock)
    clock.now = datetime(2026, 1, 8, 16, 30, tzinfo=UTC)
    kinds = []
    for _ in range(5):
        assert () == bank.sweep().failed
        kinds.append([kind for _, _, kind in bank.history("chen")])
        clock.now += timedelta(hours=6)

    assert ["intended"] == kinds[0]
    assert ["intended", "expired"] == kinds[-1]
    assert date(2026, 1, 8) == bank.view("chen").intents["note-1"].due_by
