"""Treatments as a record: meant once, handed on once, answered, refused, explained, erased."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from care_tools import (
    CUSTOMERS,
    FIRST,
    LIMITS,
    LOST,
    RETAIL,
    Clock,
    meaning,
    served,
    state_of,
    treatment,
)
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

import bankservice
from bankservice.core.calendar import Period
from bankservice.core.errors import CommandConflictError, FaultsError, UnknownNameError
from bankservice.core.journal import Journal
from bankservice.core.plain import canonical, to_json
from bankservice.core.record import Refused
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.memory import MemoryJournal
from bankservice.journals.sealed import SealedJournal
from bankservice.journals.sql import SqlJournal
from bankservice.lifecycle import TREATMENT, Treated, TreatmentRefusal
from bankservice.lifecycle.care.entries import Intended
from bankservice.lifecycle.care.kind import TreatmentRules
from bankservice.lifecycle.care.service import Handed, Treatments

CASES = Path(__file__).parent.parent / "cases" / "lifecycle"
RULES: TreatmentRules = LIMITS.versions[0].parameters


def test_every_refusal_is_in_a_table() -> None:
    """Each code of a refusal is met by a step of a case table."""
    tables = [tomllib.loads(path.read_text("utf-8")) for path in CASES.glob("treatment-*.toml")]
    met = {
        step["refused"]
        for table in tables
        if table.get("record") == TREATMENT.kind
        for case in table["case"]
        for step in case["step"]
        if "refused" in step
    }

    assert {code.value for code in TreatmentRefusal} == met


def test_the_same_day_again_changes_nothing() -> None:
    """Considered again, under another command, on the same facts: no entry, no intent."""
    bank, _ = served()
    for place in range(3):
        assert bank.consider(f"c-{place}", "chen", facts=LOST, consents=["marketing"]).accepted

    assert ["intended", "intended"] == [kind for _, _, kind in bank.history("chen")]
    assert ("lost-offer-1", "lost-visit-1") == bank.view("chen").waiting


def test_a_command_is_answered_the_same_for_ever() -> None:
    """The same command again is a replay, also where it was refused; other content is an error."""
    bank, clock = served()
    refused = bank.deliver("c-1", "chen", intent="lost-visit-1", channel="phone")
    bank.consider("c-2", "chen", facts=LOST, consents=["marketing"])
    clock.turn(FIRST + timedelta(days=3))
    again = bank.deliver("c-1", "chen", intent="lost-visit-1", channel="phone")

    assert ("unknown-intent", True) == (again.refused, again.replayed)
    assert not refused.replayed
    with pytest.raises(CommandConflictError):
        bank.consider("c-2", "chen", facts={"stage": "loyal"})


def test_bad_input_burns_no_id_and_writes_nothing() -> None:
    """A malformed command is an error that names what is wrong; its id may be used again."""
    bank, _ = served()
    with pytest.raises(UnknownNameError, match="prospect"):
        bank.consider("c-1", "chen", facts={"stage": "prospekt"})
    with pytest.raises(FaultsError, match="outcome"):
        bank.record_outcome("c-1", "chen", intent="lost-visit-1", outcome="don")
    with pytest.raises(FaultsError, match="nothing is named"):
        bank.object_to("c-1", "chen")
    with pytest.raises(UnknownNameError, match="offer"):
        bank.object_to("c-1", "chen", kinds=["ofer"])

    assert bank.consider("c-1", "chen", facts={"stage": "loyal"}).accepted
    assert 1 == len(list(bank.history("chen")))


def test_a_preview_is_what_considering_leads_to() -> None:
    """A preview writes nothing, and gives what the same facts lead to; refused, it says so."""
    bank, clock = served()
    shown = bank.preview("chen", facts=LOST, consents=["marketing"])
    assert isinstance(shown, Treated)
    assert () == tuple(bank.history("chen"))
    bank.consider("c-1", "chen", facts=LOST, consents=["marketing"])
    meant = [held.treatment for held in bank.view("chen").intents.values()]
    clock.turn(FIRST + timedelta(days=1))
    early = bank.preview("chen", facts=LOST, on="2025-12-31")

    assert [due.treatment for due in shown.due] == meant
    assert isinstance(early, Refused)
    assert early.code is TreatmentRefusal.OUT_OF_ORDER


def test_undecided_names_the_fact() -> None:
    """Where nothing is certain the answer names what is unknown; what is certain is meant."""
    bank, _ = served()
    nothing = bank.consider("c-1", "chen", facts={"stage": "lost"}, consents=["marketing"])
    part = bank.consider("c-2", "chen", facts=LOST)

    assert ("undecided", "stage_reason") == (nothing.refused, nothing.facts["facts"])
    assert part.accepted
    assert ("lost-visit-1",) == bank.view("chen").waiting


def test_a_batch_is_one_by_one() -> None:
    """Customers considered together stand as considered alone; who cannot be decided is named."""
    facts: dict[str, dict[str, Any]] = {
        "chen": {**LOST, "days_in_stage": 3},
        "lin": {"stage": "loyal"},
        "wu": {"stage": "lost"},
        "gao": {"stage": "inactive"},
        "zhao": {"stage": "active", "days_in_stage": 1},
    }
    consents, refused = {"chen": ["marketing"]}, {"gao": ["all"]}
    many, _ = served()
    alone, _ = served()
    batch = many.consider_many(
        "b-1", facts, FIRST, consents=consents, refused=refused, stage_since={}
    )
    again = many.consider_many(
        "b-1", facts, FIRST, consents=consents, refused=refused, stage_since={}
    )
    for customer, held in facts.items():
        more = {"consents": consents[customer]} if customer in consents else {}
        more |= {"refused": refused[customer]} if customer in refused else {}
        alone.consider(f"c-{customer}", customer, facts=held, on=FIRST, **more)

    assert [many.view(name) for name in facts] == [alone.view(name) for name in facts]
    assert (5, 2, 3, {"b-1:2": "undecided"}) == (
        batch.commands,
        batch.changed,
        batch.entries,
        dict(batch.refused),
    )
    assert again.replayed


def test_a_bad_batch_names_everybody_and_writes_nothing() -> None:
    """Every fact that is wrong is told with whose it is; no customer of the batch is written."""
    bank, _ = served()
    facts: dict[str, dict[str, Any]] = {
        "chen": {"stage": "loyal"},
        "lin": {"stage": "loial", "tierr": "GOLD"},
        "wu": {"stage": "loyal", "products": "many"},
    }
    with pytest.raises(FaultsError) as told:
        bank.consider_many("b-1", facts, FIRST)

    assert ["lin.stage", "lin.tierr", "wu.products"] == [f.path for f in told.value.faults]
    assert ("loyal",) == told.value.faults[0].near
    assert () == bank.intents(limit=9).intents
    assert 1 == bank.consider_many("b-1", {"chen": facts["chen"]}, FIRST).changed
    with pytest.raises(FaultsError, match=r"chen\.refused.*offer"):
        bank.consider_many("b-2", {"chen": {}}, FIRST, refused={"chen": ["ofer"]})


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_each_intent_is_handed_on_once(kind: str, sqlite_url: str) -> None:
    """
    A consumer that keeps its position reads each intent once, in whatever portions, and an entry
    is told by customer and version; what is no intent is passed over.
    """
    journal: Journal = MemoryJournal() if kind == "memory" else SqlJournal.open(sqlite_url)
    bank, clock = served(journal=journal)
    other = Treatments(journal, RETAIL, now=clock, tenant="other")
    for place, customer in enumerate(("chen", "lin", "wu")):
        bank.consider(f"c-{place}", customer, facts=LOST, consents=["marketing"])
        bank.deliver(f"d-{place}", customer, intent="lost-visit-1", channel="phone")
    other.consider("c-1", "chen", facts={"stage": "loyal"})
    read, position = list[Handed](), 0
    for portion in (1, 2, 1, 5, 50, 50):
        fed = bank.intents(position, limit=portion)
        read += fed.intents
        position = fed.position

    assert [(name, place) for name in ("chen", "lin", "wu") for place in (1, 2)] == [
        (held.customer, held.version) for held in read
    ]
    assert {"lost-visit-1", "lost-offer-1"} == {held.intent.id for held in read}
    assert ["loyal-reward-1"] == [held.intent.id for held in other.intents(limit=50).intents]
    close = getattr(journal, "close", lambda: None)
    close()


def test_a_sweep_notes_what_expired_and_changes_nothing_else() -> None:
    """Early it finds nothing; late it is dated when it was due; again it does nothing."""
    bank, clock = served()
    bank.consider("c-1", "chen", facts=LOST, consents=["marketing"])
    bank.deliver("c-2", "chen", intent="lost-visit-1", channel="phone")
    due_by = bank.view("chen").intents["lost-offer-1"].due_by
    clock.turn(due_by)
    early = bank.sweep().handled
    clock.turn(due_by + timedelta(days=40))
    before = bank.view("chen")
    late, again = bank.sweep().handled, bank.sweep().handled
    noted = bank.office.journal.read(bank.desk.stream("chen"))[-1]

    assert (0, 1, 0) == (early, late, again)
    assert ("expired", str(due_by + timedelta(days=1))) == (noted.kind, noted.data["on"])
    assert "expired" == before.intents["lost-offer-1"].status
    assert before == bank.view("chen")
    assert "in time" in bank.explain("chen", noted.version).text()


def test_what_happened_up_to_a_day() -> None:
    """A view of a day gone by shows what had happened by then."""
    bank, clock = served()
    bank.consider("c-1", "chen", facts=LOST, consents=["marketing"])
    days = [FIRST + timedelta(days=place) for place in range(5)]
    acts: list[tuple[str, dict[str, Any]]] = [
        ("record", {"intent": "lost-visit-1", "outcome": "no_answer"}),
        ("deliver", {"intent": "lost-visit-1", "channel": "phone"}),
        ("record", {"intent": "lost-visit-1", "outcome": "declined"}),
        ("object", {"all": True}),
    ]
    for day, (act, body) in zip(days[1:], acts, strict=True):
        clock.turn(day)
        assert bank.do(f"c-{act}-{day}", "chen", act, **body).accepted
    seen = [bank.view("chen", as_of=Clock(day)()) for day in days]

    assert ["open", "no_answer", "delivered", "declined", "declined"] == [
        view.intents["lost-visit-1"].status for view in seen
    ]
    assert ["open", "open", "open", "open", "withdrawn"] == [
        view.intents["lost-offer-1"].status for view in seen
    ]
    assert [2, 2, 1, 1, 0] == [len(view.waiting) for view in seen]
    assert [(), ("all",)] == [view.refused for view in seen[-2:]]
    assert {} == bank.view("chen", as_of=Clock(FIRST - timedelta(days=1))()).intents


def test_each_entry_is_explained_from_the_record_alone() -> None:
    """An intent by the rule, as it was decided then; whatever else happened, in a sentence."""
    bank, clock = served()
    bank.consider("c-1", "chen", facts=LOST, consents=["marketing"])
    clock.turn(FIRST + timedelta(days=1))
    bank.deliver("c-2", "chen", intent="lost-visit-1", channel="branch")
    bank.record_outcome("c-3", "chen", intent="lost-visit-1", outcome="done", note="he listened")
    bank.object_to("c-4", "chen", kinds=["offer"])
    bank.agree("c-5", "chen", kinds=["offer"])
    bank.consider("c-6", "chen", facts=LOST, consents=["marketing"])
    bank.withdraw("c-7", "chen", intent="lost-offer-2", reason="stopped")
    told = [
        (kind, bank.explain("chen", version).text()) for version, _, kind in bank.history("chen")
    ]

    assert [
        "intended",
        "intended",
        "delivered",
        "outcome-recorded",
        "objected",
        "withdrawn",
        "agreed",
        "intended",
        "withdrawn",
    ] == [kind for kind, _ in told]
    assert told[0][1] == told[1][1]
    assert "✓ Offer to win a lost customer back" in told[1][1]
    assert "✗ Visit to win a lost customer back: was meant not long ago" in told[7][1]
    assert "the customer objected" in told[5][1]
    assert "objected" not in told[8][1]


def test_what_is_outdated_is_told_why() -> None:
    """What is taken back because of a stage or a death says so, and what was meant beside it too."""
    bank, clock = served()
    bank.consider("c-1", "chen", facts=LOST, consents=["marketing"])
    clock.turn(FIRST + timedelta(days=1))
    bank.consider("c-2", "chen", facts={"stage": "won_back"})
    preview = bank.preview("chen", facts={**LOST, "stage_reason": "LC_DECEASED"})
    bank.consider("c-3", "chen", facts={**LOST, "stage_reason": "LC_EXITED"})
    told = [bank.explain("chen", version).text() for version, *_ in bank.history("chen")]

    assert isinstance(preview, Treated)
    assert () == preview.due
    assert ["another stage", "another stage", "Welcome back", "exited"] == [
        word
        for word, text in zip(
            ("another stage", "another stage", "Welcome back", "exited"), told[2:], strict=True
        )
        if word in text
    ]


def test_facts_can_be_erased() -> None:
    """Erased, the facts are gone; intents, outcomes and refusals stand, and count."""
    keys = MemoryKeys()
    journal = SealedJournal(MemoryJournal(), keys)
    bank, clock = served(journal=journal)
    bank.consider("c-1", "chen", facts={**LOST, "tier": "PRIVATE"}, consents=["marketing"])
    bank.withdraw("c-2", "chen", intent="lost-offer-1", reason="spoke of his illness")
    before = bank.view("chen")
    assert keys.destroy("default", "chen")
    clock.turn(FIRST + timedelta(days=1))
    bank.consider("c-3", "chen", facts=LOST, consents=[])

    assert before == bank.view("chen")
    assert "erased" in bank.explain("chen", 1).text()
    assert "PRIVATE" not in canonical(
        [to_json(dict(e.data)) for e in journal.read(bank.desk.stream("chen"))]
    )
    assert bank.intents(limit=9).intents[0].intent.facts is None


def test_a_snapshot_is_the_state_and_holds_nothing_sealed() -> None:
    """A state frozen and thawed is the same state; facts, notes and reasons are not in it."""
    bank, _ = served()
    bank.consider("c-1", "chen", facts={**LOST, "tier": "PRIVATE"}, consents=["marketing"])
    bank.deliver("c-2", "chen", intent="lost-visit-1", channel="branch")
    bank.record_outcome("c-3", "chen", intent="lost-visit-1", outcome="done", note="his illness")
    bank.withdraw("c-4", "chen", intent="lost-offer-1", reason="his illness")
    bank.object_to("c-5", "chen", channels=["sms"])
    state = state_of(bank)
    assert TREATMENT.freeze is not None
    freeze, thaw = TREATMENT.freeze

    assert state == thaw(freeze(state))
    assert "illness" not in canonical(freeze(state))
    assert "PRIVATE" not in canonical(freeze(state))
    with pytest.raises(TypeError, match="no event of treatments"):
        TREATMENT.evolve(state, "something")


def test_through_the_front_door() -> None:
    """A bank has its customers' treatments, and explains them by reference."""
    with bankservice.open("memory:", now=Clock(FIRST), treatments=LIMITS) as bank:
        bank.treatments.consider("c-1", "chen", facts={"stage": "active", "online_share": 900})

        assert ("newsletter-1",) == bank.treatments.view("chen").waiting
        assert "Newsletter" in bank.explain("lifecycle.treatment/chen").text("en")


def test_a_policy_that_changes_counts_what_was_meant_under_the_older_one() -> None:
    """A cool-down over a kind looks back beyond a new version, also at rows it no longer has."""
    old = treatment("old", cool_down="P1M")
    new = treatment("new", cool_down="P1M", cool_down_over="kind")
    journal = MemoryJournal()
    first, _ = served(meaning(old), FIRST, journal)
    first.consider("c-1", "chen", facts={"stage": "loyal"})
    second, clock = served(meaning(new, since=date(2026, 1, 10)), date(2026, 1, 31), journal)
    early = second.preview("chen", facts={"stage": "loyal"})
    clock.turn(date(2026, 2, 1))
    late = second.preview("chen", facts={"stage": "loyal"})

    assert isinstance(early, Treated)
    assert isinstance(late, Treated)
    assert (0, 1) == (len(early.due), len(late.due))


ACTS = st.sampled_from(["deliver", "done", "no_answer", "declined", "withdraw", "none"])


@settings(max_examples=some(25))
@given(st.lists(st.tuples(st.integers(0, 25), CUSTOMERS, st.lists(ACTS, max_size=3)), max_size=10))
def test_whatever_happens_limits_hold(days: list[tuple[int, dict[str, Any], list[str]]]) -> None:
    """
    Over any course of days, with intents delivered, answered, left and withdrawn as it comes: no
    two of a row that count come within the cool-down, no cap is passed, of a group one a day; and
    considering twice is considering once.
    """
    bank, clock = served(LIMITS, FIRST)
    day = FIRST
    for place, (step, customer, acts) in enumerate(days):
        day += timedelta(days=step)
        clock.turn(day)
        bank.consider(f"c-{place}", "chen", facts=customer, refused=[])
        before = tuple(bank.history("chen"))
        bank.consider(f"again-{place}", "chen", facts=customer, refused=[])
        assert before == tuple(bank.history("chen"))
        for turn, (intent, act) in enumerate(zip(bank.view("chen").waiting, acts, strict=False)):
            act_on(bank, f"a-{place}-{turn}", intent, act)
    held = [
        intent
        for intent in state_of(bank).intents.values()
        if not intent.past.withdrawn and not intent.past.is_expired(day)
    ]
    for row in RULES.rows:
        same = [one.past for one in held if one.intended.treatment == row.code]
        for earlier, later in pairwise(same):
            assert row.cool_down.after(earlier.day) <= later.on
        if row.cap is not None:
            assert within(row.cap.period, [one.on for one in same]) <= row.cap.count
            assert within(row.cap.period, [one.day for one in same]) <= row.cap.count
    # Neither in what was meant nor in what reached the customer, however late.
    assert within(Period(days=7), [one.intended.on for one in held]) <= 2
    assert within(Period(days=7), [one.past.day for one in held if one.delivered_on()]) <= 2
    touches = [one for one in held if one.intended.treatment in ("call", "message")]
    for first, second in pairwise(touches):
        assert Period(months=1).after(first.past.day) <= second.intended.on


def act_on(bank: Treatments, command: str, intent: str, act: str) -> None:
    """Do something about an intent that waits."""
    row = RULES.row(intent.rpartition("-")[0])
    assert row is not None
    match act:
        case "deliver":
            bank.deliver(command, "chen", intent=intent, channel=row.channels[0])
        case "withdraw":
            bank.withdraw(command, "chen", intent=intent)
        case "done" | "no_answer" | "declined":
            bank.record_outcome(command, "chen", intent=intent, outcome=act)


def within(period: Period, days: list[date]) -> int:
    """Return the most days in any stretch of a period."""
    return max((sum(one <= day < period.after(one) for day in days) for one in days), default=0)


def test_what_was_meant_reads_back() -> None:
    """An entry of an intent decodes to the event it was written from, with its facts typed."""
    bank, _ = served()
    facts = {**LOST, "behaviours": ["spending"], "products": 3}
    bank.consider("c-1", "chen", facts=facts, consents=["marketing"], stage_since=FIRST)
    (entry, _) = bank.office.journal.read(bank.desk.stream("chen"))
    event = TREATMENT.events.decode(entry)
    assert isinstance(event, Intended)
    assert event.facts is not None

    assert entry.data["stage"] == "lost"
    assert "facts" not in entry.data
    assert ("spending",) == event.facts.customer["behaviours"]
    assert event == TREATMENT.events.decode(entry)
