"""Faults that a hunt through the services of stages, groups and treatments found, one test each."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from care_tools import FIRST, LOST, RETAIL, SOURCE, TITLE, Clock, meaning, treatment
from stage_proof_tools import SIX_AND_TWELVE, policy_of

from bankservice.core.errors import FaultsError, IdentifierError, UnknownNameError
from bankservice.core.policy_file import read_policy
from bankservice.core.unknown import UNKNOWN
from bankservice.journals.memory import MemoryJournal
from bankservice.lifecycle.care.service import Treatments
from bankservice.lifecycle.policy import SHELF
from bankservice.lifecycle.stages.commands import Observe
from bankservice.lifecycle.stages.service import Lifecycles
from bankservice.segmentation.membership.service import Memberships
from bankservice.segmentation.policy import SHELF as GROUPS

LOYAL: Mapping[str, Any] = {"stage": "loyal", "stage_reason": "LC_LOYAL"}
NOT_FACTS = [1.5, float("nan"), {1}, b"x", {"a": 1}, [1.5]]
NOT_DAYS: list[Any] = ["", [], None, 5, datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 1)]  # noqa: DTZ001


def caring() -> Treatments:
    """Return the treatments of a bank on a day."""
    return Treatments(MemoryJournal(), RETAIL, now=Clock(FIRST))


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


def staging() -> Lifecycles:
    """Return the stages of a bank on a day."""
    policy = policy_of({**SIX_AND_TWELVE, "zone": "Asia/Shanghai"})
    return Lifecycles(MemoryJournal(), policy, now=Clock(FIRST))


class TestActs:
    """An act is what it says, also where a book of them is made without a reader."""

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("initiator", "bnak"),
            ("initiator", None),
            ("kind", None),
            ("channel", 5),
            ("verified", "no"),
            ("count", "3"),
            ("count", True),
            ("count", 1.5),
            ("products", True),
            ("products", "3"),
            ("on", "2026-01-01"),
            ("on", datetime(2026, 1, 1, 12, tzinfo=UTC)),
        ],
    )
    def test_what_is_no_act_is_refused_where_it_is_made(self, field: str, value: Any) -> None:
        """A misspelt bank was the customer: an act of nobody made somebody first-time."""
        told: dict[str, Any] = {"on": FIRST, field: value}
        with pytest.raises(FaultsError, match=rf"{field}: got"):
            Observe(**told)

    @pytest.mark.parametrize("acts", [None, "act", [None], [{"on": FIRST}], 5])
    def test_no_acts_are_named_by_whose_they_are(self, acts: Any) -> None:
        """What stands in place of acts is told with the customer and the place."""
        lifecycles = staging()
        with pytest.raises(FaultsError, match=r"chen/1: got .* wanted an Observe"):
            lifecycles.observe_many("b-1", {"chen": acts}, FIRST)

    def test_an_unknown_day_of_becoming_known_is_refused_by_name(self) -> None:
        """It is no error of the book, and no day."""
        lifecycles = staging()
        done = lifecycles.observe_many("b-1", {"chen": []}, FIRST, known={"chen": UNKNOWN})

        assert ({"chen/known": "day-unknown"}, 0) == (dict(done.refused), done.changed)

    @pytest.mark.parametrize("day", NOT_DAYS)
    def test_what_is_no_day(self, day: Any) -> None:
        """Neither of a batch nor of becoming known."""
        lifecycles = staging()
        with pytest.raises(FaultsError, match="the day of a batch"):
            lifecycles.observe_many("b-1", {"chen": [Observe()]}, day)
        with pytest.raises(FaultsError, match="chen/known"):
            lifecycles.observe_many("b-1", {}, FIRST, known={"chen": day})

    def test_the_first_day_there_is_began_before_it(self) -> None:
        """Its beginning in the east is in no year of the calendar, which is told."""
        with pytest.raises(ValueError, match="before there were dates"):
            staging().observe_many("b-1", {"chen": []}, date.min)

    def test_an_instant_without_a_zone_is_none(self) -> None:
        """Neither to look at nor to have known by."""
        lifecycles = staging()
        naive = datetime(2026, 1, 1)  # noqa: DTZ001
        for told in ({"as_of": naive}, {"known_at": naive}):
            with pytest.raises(ValueError, match="has no time zone"):
                lifecycles.view("chen", **told)


class TestFactsOfStages:
    """What is kept of a customer can be read by versions to come."""

    @pytest.mark.parametrize(
        ("name", "value"), [("opened_on", "2026-13-01"), ("opened_on", 5), ("customer_kind", 5)]
    )
    def test_a_fact_of_a_cohort_is_read_before_any_version_asks(
        self, name: str, value: object
    ) -> None:
        """Kept as it came, it stopped every batch from the day a version asked for it."""
        lifecycles = staging()
        with pytest.raises(FaultsError, match=rf"customer.{name}: got"):
            lifecycles.know("k-1", "chen", on=FIRST, customer={name: value})

        assert [] == list(lifecycles.history("chen"))

    def test_the_bare_word_for_unknown_is_in_no_cohort(self) -> None:
        """A cohort of persons does not leave out who may be one."""
        person = {"fact": "customer_kind", "equals": "person"}
        policy = policy_of(SIX_AND_TWELVE, {**SIX_AND_TWELVE, "applies_to": person})
        lifecycles = Lifecycles(MemoryJournal(), policy, now=Clock(FIRST))
        told = lifecycles.know("k-1", "chen", on=FIRST, customer={"customer_kind": "unknown"})

        assert ("cohort-unknown", "customer_kind") == (told.refused, told.facts["facts"])

    @pytest.mark.parametrize("kind", ["", "x" * 121, "4111111111111111"])
    def test_the_kind_of_a_hold_is_a_name(self, kind: str) -> None:
        """It stands open in the record, where no card number may stand."""
        lifecycles = staging()
        lifecycles.know("k-1", "chen", on=FIRST)
        with pytest.raises(FaultsError, match="hold's kind"):
            lifecycles.hold("h-1", "chen", kind=kind, on=FIRST)


def test_a_clock_that_a_newer_zone_calls_early_fires_the_next_day() -> None:
    """
    The day begins where the clock was set, and not yet further west: the sweep comes again. Asked
    under one id, the first answer stood for ever, until the item was parked.
    """
    journal, clock = MemoryJournal(), Clock(FIRST)
    east = {"zone": "Asia/Shanghai", "inactive_after": "P6M"}
    west = {**east, "zone": "America/New_York", "since": date(2026, 2, 1)}
    Lifecycles(journal, policy_of(east), now=clock).observe("o-1", "chen", on=FIRST)
    lifecycles = Lifecycles(journal, policy_of(east, west), now=clock)
    clock.now = datetime(2026, 7, 1, 16, 30, tzinfo=UTC)
    kinds = []
    for _ in range(5):
        assert () == lifecycles.sweep().failed
        kinds.append([kind for _, _, kind in lifecycles.history("chen")])
        clock.now += timedelta(hours=6)

    assert ["observed"] == kinds[0]
    assert ["observed", "advanced"] == kinds[-1]


@pytest.mark.parametrize("seed", range(4))
def test_what_was_seen_is_what_was_known_then(seed: int) -> None:
    """
    Whatever is told, late and in whatever order, under versions that become known meanwhile: what
    was seen at an instant is seen again as known then, and every entry is explained.
    """
    draws, clock, seen = random.Random(seed), Clock(FIRST), []
    table = {
        "zone": "Asia/Shanghai",
        "inactive_after": "P2M",
        "lost_after": "P4M",
        "prospect_after": "P1M",
    }
    policy = policy_of(
        {**table, "since": date(2020, 1, 1)},
        {**table, "inactive_after": "P1M", "since": date(2026, 5, 1), "known_on": date(2026, 4, 1)},
        {**table, "inactive_after": "P3M", "since": date(2026, 6, 1), "known_on": date(2026, 7, 1)},
    )
    lifecycles = Lifecycles(MemoryJournal(), policy, now=clock)
    for place in range(60):
        clock.now += timedelta(days=draws.choice((0, 1, 5, 20)), seconds=draws.randint(1, 9_999))
        on = clock.now.date() - timedelta(days=draws.choice((0, 1, 2, 30, 90)))
        key, act = f"c-{place}", draws.choice(("observe", "many", "know", "hold", "close", "sweep"))
        match act:
            case "observe":
                lifecycles.observe(key, "chen", on=on)
            case "many":
                acts = [Observe(on=on), Observe(on=on - timedelta(days=3), products=place)]
                lifecycles.observe_many(key, {"chen": acts}, on, known={"chen": on})
            case "know":
                lifecycles.know(key, "chen", on=on, products=place)
            case "hold":
                lifecycles.hold(key, "chen", kind="minor", on=on, until=on + timedelta(days=20))
            case "close" if place % 5 == 0:
                lifecycles.close(key, "chen", on=on)
            case "sweep":
                assert () == lifecycles.sweep().failed
        as_of = clock.now - timedelta(days=draws.randint(0, 120))
        seen.append((clock.now, as_of, lifecycles.view("chen", as_of)))

    assert [view for _, _, view in seen] == [lifecycles.view("chen", of, at) for at, of, _ in seen]
    for version, _, _ in lifecycles.history("chen"):
        assert lifecycles.explain("chen", version).checks is not None


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


def test_a_refusal_in_words_of_an_older_vocabulary_stops_nobody_else() -> None:
    """
    What a customer refused by a word the newer version has not is neither forgotten nor an error
    for the batch: it is undecided for that customer until somebody says what it means now.
    """
    vocabulary = read_policy(
        {
            "id": "acme/kinds",
            "kind": "vocabulary.tree",
            "version": [
                {"since": FIRST, "source": SOURCE, "code": [{"code": "gift", "title": TITLE}]}
            ],
        },
        "acme/kinds",
        SHELF.kinds,
        SHELF,
    )
    shelf = SHELF.with_policies((vocabulary,))
    raw: dict[str, Any] = {
        "id": "acme/notes",
        "kind": "lifecycle.treatments",
        "title": TITLE,
        "version": [
            {"since": FIRST, "source": SOURCE, "zone": "UTC", "kinds": kinds, "treatment": [row]}
            for kinds, row in (
                ("vocabulary/treatments", treatment(kind="reward")),
                ("acme/kinds", treatment(kind="gift")),
            )
        ],
    }
    raw["version"][1]["since"] = FIRST + timedelta(days=30)
    old = read_policy({**raw, "version": raw["version"][:1]}, "acme/notes", shelf.kinds, shelf)
    journal, clock = MemoryJournal(), Clock(FIRST)
    Treatments(journal, old, now=clock, shelf=shelf).object_to("o-1", "chen", kinds=["reward"])
    clock.turn(FIRST + timedelta(days=31))
    bank = Treatments(
        journal, read_policy(raw, "acme/notes", shelf.kinds, shelf), now=clock, shelf=shelf
    )
    today = FIRST + timedelta(days=31)
    done = bank.consider_many("b-1", {"chen": LOYAL, "lin": LOYAL}, today)

    assert ({"b-1:0": "undecided"}, 1) == (dict(done.refused), done.changed)
    assert bank.agree("o-2", "chen", kinds=["reward"]).accepted
    assert 1 == bank.consider_many("b-2", {"chen": LOYAL}, today).changed
