"""
What a type checker knows of the public API: checked, never run.

`mypy` reads this file with the rest of the tests; a wrong type is an error there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, assert_type

import bankservice
from bankservice import policies, segmentation
from bankservice.core.answer import Answer, Batch
from bankservice.core.decision import Check, Decision, Explanation, Rule
from bankservice.core.frozen import FrozenMapping
from bankservice.core.journal import AgendaItem, Entry, Journal
from bankservice.core.money import Money
from bankservice.core.policy import Policy, PolicyRef, Version
from bankservice.core.quota import Quota
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.journals import MemoryJournal, MemoryQuota
from bankservice.segmentation import (
    Balances,
    Band,
    Book,
    Lapses,
    Measure,
    Measures,
    Qualification,
    RunResult,
    Services,
    Standing,
    StandingView,
    TierReason,
)

ON = date(2026, 3, 31)


def rules_say_what_they_answer() -> None:
    """A decision carries the type of its rule's outcome."""
    band = segmentation.tier_band("cn-retail-shape", measure={"average": "620000.00"}, on=ON)
    assert_type(band, Decision[Band])
    assert_type(band.outcome.tier, str | None)
    assert_type(band.policies, tuple[PolicyRef, ...])
    assert_type(band.effective_on, date | None)
    assert_type(band.explain("zh_CN"), str)

    assessment = segmentation.tier_assessment("cn-retail-shape", measure="unknown", on=ON)
    assert_type(assessment.outcome, Standing)
    assert_type(assessment.outcome.tier, str)
    assert_type(assessment.outcome.reason, TierReason | None)
    assert_type(assessment.outcome.qualifications, FrozenMapping[str, Qualification])

    assert_type(segmentation.balance_days("cn-retail-shape", on=ON).outcome, Balances)
    assert_type(segmentation.upcoming_lapses("cn-retail-shape").outcome, Lapses)
    assert_type(segmentation.tier_services("cn-retail-shape", on=ON).outcome, Services)


def explanations_are_data_first() -> None:
    """An explanation is checks before it is text."""
    why = segmentation.tier_band("cn-retail-shape", measure="unknown", on=ON).explanation()
    assert_type(why, Explanation)
    assert_type(why.checks, tuple[Check, ...])
    assert_type(why.nearest_miss, Check | None)
    assert_type(why.text("en"), str)


def policies_are_found_by_id() -> None:
    """Policies, versions and the walk over all rules."""
    held = policies.load("segmentation/cn-retail-shape")
    assert_type(held, Policy[Any])
    assert_type(held.on(ON), Version[Any])
    assert_type(held.as_known(ON), Policy[Any])
    assert_type(policies.rules(), tuple[Rule[Any, Any, Any], ...])


def unknown_is_a_type() -> None:
    """A balance measure is known or unknown, and a checker asks which."""
    measure = Balances(0, 31).measure
    assert_type(measure, Measure | UnknownType)
    if measure is not UNKNOWN:
        assert_type(measure, Measure)


def a_bank_with_a_record(now: datetime) -> None:
    """The front door, its desks and what they answer."""
    with bankservice.open("memory:") as bank:
        assert_type(bank, bankservice.Bank)
        answer = bank.standings.assess("visit-1", "customer-7", measure=Measure(1), on=ON)
        assert_type(answer, Answer)
        assert_type(answer.accepted, bool)
        assert_type(answer.versions, FrozenMapping[str, int])
        assert_type(bank.standings.view("customer-7", now), StandingView)
        measures: Mapping[str, Measure | UnknownType | Measures] = {"customer-7": UNKNOWN}
        assert_type(bank.standings.assess_many("batch-1", measures, ON), Batch)
        assert_type(bank.standings.run("2026-03", Book("retail"), measures, ON), RunResult)
        assert_type(bank.explain("segmentation.standing/customer-7@1"), Explanation)
        assert_type(bank.journal.due("default", now, limit=10), tuple[AgendaItem, ...])
        assert_type(bank.using(object()), bankservice.Bank)


def ports_are_protocols() -> None:
    """The shipped implementations satisfy the ports without a base class."""
    journal: Journal = MemoryJournal()
    quota: Quota = MemoryQuota()
    bankservice.Bank(journal, tiers="segmentation/cn-retail-shape")
    quota.open("gifts", 10)


def money_is_exact() -> None:
    """Amounts of money stay money."""
    price = Money(12_50, "CNY")
    assert_type(price + price, Money)
    assert_type(price.split(3), tuple[Money, ...])


def entries_are_plain(entry: Entry) -> None:
    """An entry's instants are aware datetimes; the sealed part may be gone."""
    assert_type(entry.recorded_at, datetime)
    assert_type(entry.approved_by, str)
