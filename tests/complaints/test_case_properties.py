"""Laws of the case over random commands: replay, breaches, limits, notices, reasons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, reduce
from typing import Any

import attrs
import pytest
from case_tools import Bank, calendar, clock, levels
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.complaints import CASE, SHELF, CaseRefusal
from bankservice.complaints.cases.case import Case, CaseStatus
from bankservice.complaints.cases.entries import evolve
from bankservice.complaints.cases.notices import due
from bankservice.core.calendar import in_utc
from bankservice.core.clock import Verdict
from bankservice.core.driver import serve
from bankservice.core.journal import Entry
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.core.structure import FACTS
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.memory import MemoryJournal
from bankservice.journals.sealed import SealedJournal
from bankservice.testing.case_strategies import case_commands

OPEN_LATE = Verdict.LATE, Verdict.EXCUSED
CLOCKS = (
    "acme/levels/first_response",
    "acme/levels/update",
    "acme/levels/resolution",
    "complaints/uk-disp/final_response",
    "complaints/cn-nfra/decision",
    "complaints/us-reg-e/investigation",
    "summary_resolution",
)


@lru_cache
def policies() -> tuple[Policy[Any], ...]:
    """Return three laws beside service levels of every kind."""
    rows = [
        clock(target="PT4H", when={"fact": "severity", "equals": "grave"}, warn=["50%", "-PT1H"]),
        clock(warn=["75%", "+PT4H"], reopen="restart", on_policy_change="retarget"),
        clock("update", target="PT10H", starts_on="respond", warn=["50%"], on_policy_change="keep"),
        clock(
            "resolution",
            target="P10D",
            unit="business-days",
            stops_on=["close"],
            warn=["50%", "-PT8H"],
            most_extension="P5D",
        ),
        clock("call", target="PT24H", unit="elapsed", stops_on="assign", warn=["50%"]),
    ]
    newer = {"since": date(2026, 4, 1), "clock": [clock(target="PT6H"), *rows[2:]]}
    desk = calendar(
        {},
        {
            "since": date(2026, 3, 20),
            "override": [{"on": date(2026, 4, 8), "hours": []}],
        },
    )
    laws = [SHELF.get(name) for name in ("uk-disp", "cn-nfra", "us-reg-e")]
    return (*laws, levels(rows, newer, desk=desk))


def played(commands: Sequence[Command], bank: Bank | None = None) -> Bank:
    """Return a bank that was given commands, each recorded when it happened."""
    bank = bank or Bank(policies())
    for command in commands:
        assert command.at is not None
        bank.now = command.at
        bank.cases.handle(command)
    return bank


def read(bank: Bank) -> tuple[Entry, ...]:
    """Return the entries of the case."""
    return bank.journal.read(bank.cases.desk.stream("case-1"))


def states(bank: Bank) -> list[Case]:
    """Return the case after each of its entries."""
    held, found = Case(), []
    for entry in read(bank):
        held = evolve(held, CASE.events.decode(entry))
        found.append(held)
    return found


histories = case_commands(clocks=CLOCKS, max_size=14, max_gap=timedelta(days=6))


@given(histories, st.integers(0, 20))
@settings(max_examples=some(60))
def test_a_fold_of_all_is_a_fold_of_a_part_and_then_the_rest(
    commands: tuple[Command, ...], part: int
) -> None:
    """Replaying entries gives the state, in whatever parts, through plain JSON in between."""
    bank = played(commands)
    events = [CASE.events.decode(entry) for entry in read(bank)]
    whole = reduce(evolve, events, Case())
    before = reduce(evolve, events[:part], Case())
    thawed = FACTS.read(to_json(before), Case, "state")

    assert whole == bank.state()
    assert before == thawed
    assert whole == reduce(evolve, events[part:], thawed)


@given(histories)
@settings(max_examples=some(25))
def test_erased_entries_still_replay(commands: tuple[Command, ...]) -> None:
    """Once the customer's key is destroyed the case folds, without what was sealed."""
    keys = MemoryKeys()
    bank = played(commands, Bank(policies(), SealedJournal(MemoryJournal(), keys)))
    before, now = bank.state(), bank.now
    seen = bank.look(now)
    keys.destroy("default", "customer-7")
    after = bank.state()

    assert attrs.evolve(before, private=after.private) == after
    assert seen.clocks == bank.look(now).clocks
    assert [bank.cases.explain("case-1", n).text("zh_CN") for n in range(1, bank.entries() + 1)]


@given(histories)
@settings(max_examples=some(40))
def test_commands_given_again_give_the_first_answer(commands: tuple[Command, ...]) -> None:
    """The same commands with the same ids change nothing and are answered alike."""
    bank = played(commands)
    before, count = bank.state(), bank.entries()
    for command in commands:
        assert bank.cases.handle(command).replayed

    assert (before, count) == (bank.state(), bank.entries())


@given(histories)
@settings(max_examples=some(60))
def test_what_is_late_once_stays_late(commands: tuple[Command, ...]) -> None:
    """A breach that was told of a cycle is there in every later state of that cycle."""
    bank = played(commands)
    times = [in_utc(entry.effective_at) for entry in read(bank)]
    late: dict[tuple[str, int], datetime] = {}
    for moment, state in zip(times, states(bank), strict=True):
        for timer in state.timers:
            held, name = timer.clock, timer.clock.name
            cycles = {cycle.number: cycle.breached_at for cycle in held.cycles}
            cycles[held.cycle] = held.breached_at(moment)
            for number, breached in cycles.items():
                if (name, number) in late:
                    assert late[name, number] == breached
                elif breached is not None:
                    late[name, number] = breached


@given(histories)
@settings(max_examples=some(60))
def test_extensions_stay_within_their_limits(commands: tuple[Command, ...]) -> None:
    """No extension moves a duty of law past its furthest limit, nor an own clock past its cap."""
    bank = played(commands)
    for state in states(bank):
        limits = {name: limit.last_day for limit in state.limits for name in [limit.name]}
        for timer in state.timers:
            held = timer.clock
            if not held.granted:
                continue
            if not timer.law:
                assert held.granted <= 5
                continue
            latest = max(
                day
                for name, day in limits.items()
                if day is not None and name.startswith(f"{timer.policy}/")
            )

            assert held.base_day is not None
            assert held.base_day <= latest


@given(histories)
@settings(max_examples=some(25))
def test_a_late_sweep_tells_what_sweeps_in_between_tell(commands: tuple[Command, ...]) -> None:
    """Each notice is given once, with the same key and instant, however late the sweep comes."""
    commands = tuple(c for c in commands if type(c.body).__name__ not in ("Reopen", "Receive"))
    first = Command(
        id="command-0",
        subject="case-1",
        body=CASE.command("receive", {"customer": "customer-7", "channel": "email"}),
        at=datetime(2026, 3, 2, 1, tzinfo=UTC),
    )
    late, often = Bank(policies()), Bank(policies())
    moment = first.at
    assert moment is not None
    for command in (first, *commands):
        assert command.at is not None
        while moment < command.at:
            moment = min(moment + timedelta(hours=7), command.at)
            often.sweep(moment)
        played([command], late)
        played([command], often)
        often.sweep(moment)
    end = moment + timedelta(days=150)
    while moment < end:
        moment += timedelta(hours=31)
        often.sweep(moment)
    late.sweep(moment)
    keys = [key for key, _, _ in often.notices()]

    assert sorted(often.notices()) == sorted(late.notices())
    assert len(set(keys)) == len(keys)
    assert not [key for key in due(late.state()) if key != "effect"]


@given(histories)
@settings(max_examples=some(40))
def test_the_agenda_is_what_is_due(commands: tuple[Command, ...]) -> None:
    """What stands on the agenda is what the state says is due, key by key."""
    bank = played(commands)
    items = bank.journal.due("default", datetime(2100, 1, 1, tzinfo=UTC), limit=1000)

    assert {key: in_utc(at) for key, at in due(bank.state()).items()} == {
        item.key: in_utc(item.due_at) for item in items
    }


@given(histories)
@settings(max_examples=some(25))
def test_every_entry_is_explained_in_both_languages(commands: tuple[Command, ...]) -> None:
    """Each entry says why, in words, with no placeholder left."""
    bank = played(commands)
    for version in range(1, bank.entries() + 1):
        found = bank.cases.explain("case-1", version)
        for language in ("en", "zh_CN"):
            text = found.text(language)

            assert text
            assert "{" not in text


@given(histories)
@settings(max_examples=some(60))
def test_views_are_total(commands: tuple[Command, ...]) -> None:
    """A case can be looked at at any instant after its receipt, with or without its policies."""
    bank = played(commands)
    desk = bank.cases.desk
    bare = attrs.evolve(bank, policies=())
    for moment in (bank.now, bank.now + timedelta(days=400)):
        view = serve(desk.view("case-1", moment), bank.journal)
        for name, held in view.clocks.items():
            assert (held.verdict in OPEN_LATE) == (held.breached_at is not None)
            assert name in bare.look(moment).clocks


@given(histories, st.timedeltas(timedelta(0), timedelta(days=30)))
@settings(max_examples=some(40))
def test_recorded_late_is_decided_by_when_it_happened(
    commands: tuple[Command, ...], delay: timedelta
) -> None:
    """Commands recorded late in their order, under policies that did not change, clock alike."""
    one = levels([clock(warn=["75%"]), clock("resolution", stops_on="close")])
    prompt, late = Bank((one,)), Bank((one,))
    for command in commands:
        if type(command.body).__name__ == "Restate":
            continue
        played([command], prompt)
        assert command.at is not None
        late.now = command.at + delay
        late.cases.handle(command)

    assert [timer.clock for timer in prompt.state().timers] == [
        timer.clock for timer in late.state().timers
    ]


def test_an_unreceived_case_is_nothing() -> None:
    """A case nobody received has no state, and whatever is done to it is refused."""
    bank = Bank(policies())

    assert CaseStatus.NONE is bank.look("2026-03-02T10:00").state
    for act, body in [("respond", {"text_ref": "letter-1"}), ("close", {}), ("withdraw", {})]:
        answer = bank.do("2026-03-02T10:00", act, **body)

        assert CaseRefusal.NOT_RECEIVED.value == answer.refused


@pytest.mark.parametrize("seconds", [0, 1])
def test_a_deadline_is_crossed_a_moment_after_it(seconds: int) -> None:
    """At the deadline of working time a case is in time, a second later it is not."""
    bank = Bank((levels(),))
    bank.receive("2025-06-09T09:00")
    moment = datetime(2025, 6, 9, 16, 0, seconds, tzinfo=UTC)

    assert (Verdict.LATE if seconds else Verdict.PENDING) is bank.clock(moment).verdict
