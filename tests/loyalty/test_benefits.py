"""Benefits as a record: taken once, counted, taken back, explained; budgets that many share."""

from __future__ import annotations

from datetime import date, timedelta
from functools import reduce
from typing import Any

import pytest
from offer_tools import (
    WIRE,
    Clock,
    benefits,
    bonus,
    gift,
    holidays,
    offering,
    shanghai,
    waiver,
)

import bankservice
from bankservice.core.errors import CommandConflictError, FaultsError, UnknownNameError
from bankservice.core.plain import canonical, to_json
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.memory import MemoryJournal
from bankservice.journals.memory_quota import MemoryQuota
from bankservice.loyalty.benefits.model import Offered
from bankservice.loyalty.benefits.record import BENEFITS
from bankservice.loyalty.policy import SHELF

NOON = shanghai(2026, 6, 1, 12)
MONTHLY = waiver(most=2, period="month")


def test_a_reference_gets_its_benefits_once() -> None:
    """Told twice under two command ids, an event counts once; other content is refused by name."""
    bank = benefits(offering(MONTHLY), Clock(NOON))
    first = bank.claim("c-1", "wu", ref="w-1", **WIRE)
    again = bank.claim("c-2", "wu", ref="w-1", **WIRE)
    other = bank.claim("c-3", "wu", ref="w-1", fee="wire", fee_amount="9.00")

    assert (True, True) == (first.accepted, again.accepted)
    assert 1 == len(list(bank.history("wu")))
    assert ("ref-conflict", "fee_amount") == (other.refused, other.facts["differing"])
    assert 1 == bank.view("wu").used["waiver"].count


def test_a_command_is_answered_the_same_for_ever() -> None:
    """The same command again is a replay, refused ones too; another body under its id is an error."""
    clock = Clock(NOON)
    bank = benefits(offering(bonus("join", enrolment=True), MONTHLY), clock)
    refused = bank.reverse("c-1", "wu", ref="w-1")
    bank.claim("c-2", "wu", ref="w-1", **WIRE)
    clock.now += timedelta(days=40)
    again = bank.reverse("c-1", "wu", ref="w-1")

    assert ("unknown-claim", "unknown-claim", True) == (
        refused.refused,
        again.refused,
        again.replayed,
    )
    with pytest.raises(CommandConflictError):
        bank.claim("c-2", "wu", ref="w-2", **WIRE)


def test_the_third_is_charged_and_a_new_month_begins() -> None:
    """Two a month are free; the third is charged; the first of the next month is free again."""
    clock = Clock(NOON)
    bank = benefits(offering(MONTHLY), clock)
    charged = []
    for place, at in enumerate((NOON, NOON, NOON, shanghai(2026, 7, 1))):
        clock.now = max(clock.now, at)
        bank.claim(f"c-{place}", "wu", ref=f"w-{place}", at=at, **WIRE)
        charged.append(bank.view("wu").claims[f"w-{place}"].fee_minor)

    assert [0, 0, 10000, 0] == charged
    assert [2, 1] == [bank.view("wu", as_of).used["waiver"].count for as_of in (NOON, clock.now)]


def test_a_claim_taken_back_frees_its_use() -> None:
    """Its use is free in the period of the claim; it cannot be taken back again, nor claimed."""
    clock = Clock(NOON)
    bank = benefits(offering(MONTHLY), clock)
    for place in range(2):
        bank.claim(f"c-{place}", "wu", ref=f"w-{place}", **WIRE)
    bank.reverse("r-1", "wu", ref="w-0")
    twice = bank.reverse("r-2", "wu", ref="w-0")
    third = bank.claim("c-3", "wu", ref="w-3", **WIRE)

    assert twice.accepted
    assert third.accepted
    assert 0 == bank.view("wu").claims["w-3"].fee_minor
    assert 4 == len(list(bank.history("wu")))
    assert "reversed" == bank.claim("c-4", "wu", ref="w-0", **WIRE).refused


@pytest.mark.parametrize(
    ("act", "body", "code"),
    [
        ("claim", {"ref": "w-1", "on": "2026-06-03", **WIRE}, "in-future"),
        ("claim", {"ref": "w-1", "on": "2019-06-03", **WIRE}, "not-in-force"),
        ("claim", {"ref": "w-1", "product": "deposit", "rate": "1"}, "undecided"),
        ("enrol", {"campaign": "nothing"}, "unknown-campaign"),
        ("reverse", {"ref": "w-9"}, "unknown-claim"),
    ],
)
def test_refusals(act: str, body: dict[str, Any], code: str) -> None:
    """An expected no has its code, and leaves the record as it was, to the byte."""
    bank = benefits(offering(MONTHLY, bonus(when={"fact": "tier", "equals": "GOLD"})), Clock(NOON))
    bank.claim("c-1", "wu", ref="w-0", **WIRE)
    before = canonical(to_json(bank.view("wu")))
    answer = bank.do("c-2", "wu", act, **body)

    assert code == answer.refused
    assert before == canonical(to_json(bank.view("wu")))


def test_the_future_and_what_is_before_the_claim() -> None:
    """Nothing happens later than now, and nothing is taken back before it was given."""
    bank = benefits(offering(MONTHLY), Clock(NOON))
    later = bank.claim("c-1", "wu", ref="w-1", at=NOON + timedelta(seconds=1), **WIRE)
    bank.claim("c-2", "wu", ref="w-1", **WIRE)
    early = bank.reverse("r-1", "wu", ref="w-1", at=NOON - timedelta(seconds=1))

    assert ("in-future", "before-claim") == (later.refused, early.refused)


@pytest.mark.parametrize(
    "body",
    [{"fee": "wire", "fee_amount": 1.5}, {"rate": True}, {"quantity": -1}, {"feee": "wire"}],
)
def test_bad_input(body: dict[str, Any]) -> None:
    """What is no fact is an error, and no command: its id is not burnt."""
    bank = benefits(offering(MONTHLY), Clock(NOON))
    with pytest.raises(FaultsError):
        bank.claim("c-1", "wu", ref="w-1", **body)
    with pytest.raises(UnknownNameError):
        bank.claim("c-1", "wu", ref="w-1", fee="wires", fee_amount="1.00")

    assert bank.claim("c-1", "wu", ref="w-1", **WIRE).accepted


def test_only_who_joined() -> None:
    """An offer that wants joining is for events from the instant of joining on."""
    clock = Clock(NOON)
    bank = benefits(offering(waiver(enrolment=True)), clock)
    bank.claim("c-1", "wu", ref="w-1", **WIRE)
    clock.now += timedelta(hours=1)
    bank.enrol("e-1", "wu", campaign="waiver")
    bank.enrol("e-2", "wu", campaign="waiver")
    for ref, at in (("w-2", NOON), ("w-3", clock.now)):
        bank.claim(f"c-{ref}", "wu", ref=ref, at=at, **WIRE)
    view = bank.view("wu")

    assert [10000, 10000, 0] == [view.claims[ref].fee_minor for ref in ("w-1", "w-2", "w-3")]
    assert {"waiver": date(2026, 6, 1)} == dict(view.campaigns)
    assert 4 == len(list(bank.history("wu")))


def test_customers_and_policies_stand_apart() -> None:
    """What one customer used is nothing to another, and one policy's record nothing to another's."""
    journal = MemoryJournal()
    first = benefits(offering(MONTHLY), Clock(NOON), journal)
    other = benefits(SHELF.get("spring-festival-offers"), Clock(NOON), journal)
    first.claim("c-1", "wu", ref="w-1", **WIRE)
    first.claim("c-2", "lin", ref="w-1", **WIRE)
    other.claim("c-1", "wu", ref="w-1", fee="transfer", fee_amount="5.00", certain_only=True)

    assert [1, 1] == [first.view(who).used["waiver"].count for who in ("wu", "lin")]
    assert 500 == other.view("wu").claims["w-1"].fee_minor


def test_what_was_decided_is_explained_from_the_record() -> None:
    """The explanation says what was given and why not the rest, as it was then."""
    clock = Clock(NOON)
    bank = benefits(offering(MONTHLY, gift(enrolment=True)), clock)
    bank.enrol("e-1", "wu", campaign="gift")
    for place in range(3):
        bank.claim(f"c-{place}", "wu", ref=f"w-{place}", **WIRE)
    bank.reverse("r-1", "wu", ref="w-0")

    assert "Joined" in bank.explain("wu", 1).text("en")
    assert "CN¥100.00 not charged" in bank.explain("wu", 2).text("en")
    assert "used as often" in bank.explain("wu", 4).text("en")
    assert "acme/offers" in bank.explain("wu", 4).text("en")
    assert "w-0" in bank.explain("wu", 5).text("zh_CN")


def test_a_calendar_corrected_later_changes_no_old_claim() -> None:
    """Decided again from the record, a claim rests on what was known of the calendar then."""
    first = (date(2026, 1, 1), {"Feast": (date(2026, 5, 1), date(2026, 5, 2))})
    change = (date(2026, 1, 1), {"known_on": date(2026, 6, 1), "Feast": (date(2026, 5, 1),)})
    feast = waiver(window={"calendar": "holidays/acme", "holidays": ["Feast"]})
    journal, clock = MemoryJournal(), Clock(shanghai(2026, 5, 2, 9))
    policy = offering(feast, shelf=SHELF.with_policies((holidays(first),)))
    benefits(policy, clock, journal).claim("c-1", "wu", ref="w-1", **WIRE)
    clock.now = shanghai(2026, 6, 2)
    changed = offering(feast, shelf=SHELF.with_policies((holidays(first, change),)))
    bank = benefits(changed, clock, journal)

    assert 0 == bank.view("wu").claims["w-1"].fee_minor
    assert "not charged" in bank.explain("wu", 1).text("en")
    late = bank.preview("wu", on=date(2026, 5, 2), **WIRE)
    assert isinstance(late, Offered)
    assert 10000 == late.fee_minor


def test_a_budget_that_many_share() -> None:
    """Three umbrellas for all: the fourth goes without; what was leased too much goes back."""
    quota, clock = MemoryQuota(), Clock(NOON)
    policy = offering(gift(budget=3))
    tills = [benefits(policy, clock, MemoryJournal(), quota) for _ in range(2)]

    assert {"acme/offers@2020-01-01:gift": 3} == tills[0].open_budgets()
    for till in range(2):
        for place in range(2):
            tills[till].claim(f"c-{till}-{place}", "wu", ref=f"w-{till}-{place}")
    given = [
        sum(
            benefit.times for claim in till.view("wu").claims.values() for benefit in claim.benefits
        )
        for till in tills
    ]
    assert [2, 1] == given
    assert 0 == quota.left("acme/offers@2020-01-01:gift", now=NOON)


def test_a_budget_is_used_once_however_often_it_is_told() -> None:
    """The same command, or the same event under another, takes nothing more of a budget."""
    quota, clock = MemoryQuota(), Clock(NOON)
    bank = benefits(offering(waiver(budget_amount="250.00")), clock, quota=quota)
    name = next(iter(bank.open_budgets()))
    for command in ("c-1", "c-1", "c-2", "c-3"):
        bank.claim(command, "wu", ref="w-1", **WIRE)
    seen = bank.preview("wu", **WIRE)

    assert 15000 == quota.left(name, now=NOON)
    assert isinstance(seen, Offered)
    assert 0 == seen.fee_minor
    assert 15000 == quota.left(name, now=NOON), "a preview takes nothing"


def test_without_a_quota_nothing_is_kept() -> None:
    """Budgets without a place to keep them are told so."""
    with pytest.raises(ValueError, match="quota"):
        benefits(offering(gift(budget=3)), Clock(NOON)).open_budgets()


def test_through_the_front_door() -> None:
    """A bank has its customers' benefits, and explains them by reference."""
    now = shanghai(2026, 2, 18, 12)
    with bankservice.open("memory:", now=lambda: now) as bank:
        bank.benefits.claim(
            "c-1", "wu", ref="t-1", kind="transfer", product="", fee="transfer", fee_amount="5.00"
        )

        assert 0 == bank.benefits.view("wu").claims["t-1"].fee_minor
        assert "free of charge" in bank.explain("loyalty.benefits/wu@1").text("en")


def test_what_was_bought_can_be_erased() -> None:
    """Erased, the facts are gone; what was given and used stays, and is not given again."""
    with bankservice.open(
        "memory:", offers=offering(MONTHLY), now=lambda: NOON, keys=MemoryKeys()
    ) as bank:
        bank.benefits.claim("c-1", "wu", ref="w-1", **WIRE)

        assert 1 == bank.erase("wu")
        view = bank.benefits.view("wu")
        assert (None, 10000, 1) == (
            view.claims["w-1"].fee_minor,
            view.waived_minor,
            view.used["waiver"].count,
        )
        assert "facts-erased" == bank.benefits.claim("c-2", "wu", ref="w-1", **WIRE).refused
        assert "erased" in bank.explain("loyalty.benefits/wu@1").text("en")


def test_folding_at_once_is_folding_one_by_one() -> None:
    """The state of a whole stream is that of its entries one after the other."""
    clock, journal = Clock(NOON), MemoryJournal()
    bank = benefits(offering(MONTHLY, gift(enrolment=True)), clock, journal)
    bank.enrol("e-1", "wu", campaign="gift")
    for place in range(4):
        bank.claim(f"c-{place}", "wu", ref=f"w-{place}", **WIRE)
    bank.reverse("r-1", "wu", ref="w-2")
    stream = bank.desk.stream(bank.subject_of("wu"))
    events = [BENEFITS.events.decode(entry) for entry in journal.read(stream)]
    one_by_one = reduce(BENEFITS.evolve, events, BENEFITS.initial)

    assert one_by_one == BENEFITS.fold(BENEFITS, BENEFITS.initial, events, ())
    assert 6 == len(events)


def test_a_cohort_that_is_not_known() -> None:
    """Where the version hangs on an unknown fact of the customer, the claim says so."""
    people = {"fact": "customer_kind", "within": "person"}
    bank = benefits(offering(MONTHLY, applies_to=people), Clock(NOON))

    assert "cohort-unknown" == bank.claim("c-1", "wu", ref="w-1", **WIRE).refused
    assert bank.claim("c-2", "wu", ref="w-1", customer_kind="person", **WIRE).accepted


@pytest.mark.parametrize(
    ("period", "free"), [("day", 3), ("month", 2), ("quarter", 2), ("year", 1), ("lifetime", 1)]
)
def test_periods(period: str, free: int) -> None:
    """One free wire a period, over the end of a day, a month and a year, in the policy's zone."""
    clock = Clock(shanghai(2027, 1, 1, 12))
    bank = benefits(offering(waiver(most=1, period=period)), clock)
    days = (shanghai(2026, 6, 30, 23, 59), shanghai(2026, 6, 30, 8), shanghai(2026, 7, 1))
    for place, at in enumerate(days):
        bank.claim(f"c-{place}", "wu", ref=f"w-{place}", at=at, **WIRE)
    given = [claim.fee_minor for claim in bank.view("wu").claims.values()]

    assert {"day": 2, "month": 2, "quarter": 2}.get(period, 1) == given.count(0)
    assert free


def test_a_budget_of_rates_and_of_other_days() -> None:
    """A rate is one use; where no version is in force, nothing is leased."""
    quota = MemoryQuota()
    bank = benefits(offering(bonus(budget=2), waiver(budget=1)), Clock(NOON), quota=quota)
    bank.open_budgets()
    event: dict[str, Any] = {"product": "deposit", "rate": "1.00"}
    for place in range(3):
        bank.claim(f"c-{place}", "wu", ref=f"d-{place}", **event)
    early = bank.claim("c-9", "wu", ref="d-9", on="2019-01-01", **event)
    rates = [str(claim.rate) for claim in bank.view("wu").claims.values()]

    assert ["1.20", "1.20", "1.00"] == rates
    assert "not-in-force" == early.refused
    assert 1 == quota.left("acme/offers@2020-01-01:waiver", now=NOON)
