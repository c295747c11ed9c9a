"""Stages and treatments together: from stranger to friend, lost and back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from care_tools import Clock, state_of

import bankservice
from bankservice.bank import Bank
from bankservice.lifecycle.care.measures import measure_treatments

OPENED = date(2025, 5, 5)
LEFT = date(2025, 6, 5)
LOST_ON = date(2026, 6, 6)


def facts_of(bank: Bank, day: date) -> dict[str, Any]:
    """Return what treatments look at of a customer's stage, as the record of stages tells it."""
    view = bank.lifecycle.view("chen", as_of=Clock(day)())
    assert view.stage is not None
    assert view.reason is not None
    return {
        "facts": {"stage": view.stage.value, "stage_reason": view.reason.value},
        "stage_since": view.since,
        "ended": view.deceased or view.exited,
        "consents": ["marketing"],
    }


def considered(bank: Bank, clock: Clock, day: date) -> tuple[str, ...]:
    """Consider Chen on a day, and return what waits then."""
    clock.turn(day)
    assert bank.treatments.consider(f"consider-{day}", "chen", **facts_of(bank, day)).accepted
    return bank.treatments.view("chen").waiting


def test_from_stranger_to_friend_lost_and_back() -> None:
    """
    Chen leaves his name and is invited; he opens an account and is welcomed; he stops coming, and
    is lost since the day his clock ran out, though that is seen four days late; he is visited and
    made an offer, once; he comes back, is welcomed, and what is still open is taken back.
    """
    clock = Clock(date(2025, 4, 1))
    with bankservice.open("memory:", now=clock) as bank:
        bank.lifecycle.know("k-1", "chen", on=date(2025, 4, 1))
        invited = considered(bank, clock, date(2025, 4, 1))
        bank.treatments.deliver("d-1", "chen", intent=invited[0], channel="sms")
        clock.turn(OPENED)
        bank.lifecycle.observe("o-1", "chen", on=OPENED, kind="payment")
        welcomed = considered(bank, clock, OPENED)
        bank.treatments.deliver("d-2", "chen", intent=welcomed[0], channel="branch")
        clock.turn(LEFT)
        bank.lifecycle.observe("o-2", "chen", on=LEFT, kind="payment")
        late = LOST_ON + timedelta(days=4)
        lost = considered(bank, clock, late)
        bank.treatments.deliver("d-3", "chen", intent="lost-visit-1", channel="phone")
        again = considered(bank, clock, late + timedelta(days=1))
        back = late + timedelta(days=10)
        clock.turn(back)
        bank.lifecycle.observe("o-3", "chen", on=back, kind="payment")
        returned = considered(bank, clock, back)
        meant = bank.treatments.intents(limit=1_000).intents
        aims = {
            row.code: row.aim
            for row in bank.policies.get("lifecycle/retail-treatments-shape")
            .versions[-1]
            .parameters.rows
            if row.aim
        }
        history = bank.lifecycle.view("chen").history
        found = measure_treatments(
            {"chen": state_of(bank.treatments)},
            {"chen": history},
            aims,
            as_of=back + timedelta(days=100),
        )

        assert ("prospect-marketing-1",) == invited
        assert ("first-time-welcome-1",) == welcomed
        assert ("lost-offer-1", "lost-visit-1") == lost
        assert ("lost-offer-1",) == again
        assert ("won-back-welcome-1",) == returned
        assert {LOST_ON} == {held.intent.since for held in meant if held.intent.stage == "lost"}
        assert [
            "prospect-marketing-1",
            "first-time-welcome-1",
            "lost-visit-1",
            "lost-offer-1",
            "won-back-welcome-1",
        ] == [held.intent.id for held in meant]
        assert "withdrawn" == bank.treatments.view("chen").intents["lost-offer-1"].status
        assert (1, 1) == (found["lost-visit"].watched, found["lost-visit"].followed)
        assert (0, 1) == (found["lost-offer"].watched, found["lost-offer"].withdrawn)


def test_who_died_after_being_lost_is_left_in_peace() -> None:
    """The stage keeps its reason, inactivity; that it all ended stands beside it, and is heard."""
    clock = Clock(OPENED)
    with bankservice.open("memory:", now=clock) as bank:
        bank.lifecycle.observe("o-1", "chen", on=OPENED, kind="payment")
        lost = considered(bank, clock, date(2026, 6, 1))
        bank.lifecycle.close("c-1", "chen", on=date(2026, 6, 1), reason="deceased")
        clock.turn(date(2026, 6, 2))
        left = considered(bank, clock, date(2026, 6, 2))

        assert "LC_INACTIVE" == facts_of(bank, date(2026, 6, 2))["facts"]["stage_reason"]
        assert ("lost-offer-1", "lost-visit-1") == lost
        assert () == left
