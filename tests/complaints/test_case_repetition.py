"""Cases decided again: every clock the policies set, or the difference by name."""

from __future__ import annotations

import json
from datetime import date
from functools import lru_cache
from typing import Any

import pytest
from case_tools import SOURCE, Bank, calendar, clock, levels
from effort import some
from hypothesis import given, settings
from repeating import DONE, Changed, again, with_data

from bankservice.complaints import SHELF
from bankservice.core.journal import Entry
from bankservice.core.office import Office
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.core.record import Command
from bankservice.core.repetition import Repetition
from bankservice.core.structure import FACTS
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.memory import MemoryJournal
from bankservice.journals.sealed import SealedJournal
from bankservice.testing.case_strategies import case_commands

EQUAL, DIFFERENT = Repetition.EQUAL, Repetition.DIFFERENT
CLOCKS = (
    "acme/levels/first_response",
    "acme/levels/resolution",
    "complaints/uk-disp/final_response",
    "complaints/cn-nfra/decision",
    "complaints/us-reg-e/investigation",
)


def rows(hours: int = 8) -> list[dict[str, Any]]:
    """Return service levels of every kind."""
    return [
        clock(target=f"PT{hours // 2}H", when={"fact": "severity", "equals": "grave"}),
        clock(target=f"PT{hours}H", warn=["75%", "+PT4H"], on_policy_change="retarget"),
        clock("update", target="PT10H", starts_on="respond", reopen="restart"),
        clock("call", target="PT24H", unit="elapsed", stops_on=["assign", "propose"]),
        clock(
            "resolution",
            target="P10D",
            unit="business-days",
            stops_on=["close"],
            warn=["50%"],
            most_extension="P5D",
        ),
    ]


@lru_cache
def policies() -> tuple[Policy[Any], ...]:
    """Return three laws beside service levels that change, on a desk with a newer holiday."""
    newer = {"since": date(2026, 4, 1), "clock": rows(6), "ask_effect_after": "P7D"}
    closed = {"since": date(2026, 3, 20), "override": [{"on": date(2026, 4, 8), "hours": []}]}
    laws = [SHELF.get(name) for name in ("uk-disp", "cn-nfra", "us-reg-e")]
    return (*laws, levels(rows(), newer, desk=calendar({}, closed)))


@lru_cache
def office() -> Office[Any]:
    """Return an office that has read the policies."""
    return Bank(policies()).cases.office


def handled(journal: Any = None) -> Bank:
    """Return a bank with a case that was received, answered, closed and opened again."""
    bank = Bank(policies(), Changed() if journal is None else journal)
    steps: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("2026-03-09T10:00", "classify", {"severity": "grave", "region": "ENG"}),
        ("2026-03-09T11:00", "pause", {"clock": "first_response", "reason": "papers"}),
        ("2026-03-10T11:00", "resume", {"clock": "first_response"}),
        ("2026-03-11T11:00", "respond", {"text_ref": "t-1"}),
        (
            "2026-03-12T09:00",
            "extend",
            {"clock": "resolution", "reason": "complex", "amount": "P2D", "approved_by": "head-1"},
        ),
        ("2026-04-02T09:00", "restate", {}),
        (
            "2026-04-03T09:00",
            "respond",
            {"text_ref": "t-2", "final": True, "ways_on": ["ombudsman"]},
        ),
        ("2026-04-07T09:00", "close", {"accepted": True}),
        ("2026-04-09T09:00", "reopen", {"reason": "not-solved"}),
    )
    assert bank.receive("2026-03-09T09:00", region="ENG").accepted
    for moment, act, body in steps:
        answer = bank.do(moment, act, **body)
        assert answer.accepted, (act, answer)
    bank.sweep("2026-06-30T09:00")
    return bank


@pytest.fixture(scope="module")
def history() -> Bank:
    """Return such a bank, to be looked at only."""
    return handled()


class TestCases:
    """What the policies set comes out as written."""

    def test_what_is_decided(self, history: Bank) -> None:
        """Every kind of entry that sets clocks is repeated, notices too."""
        told = again(history.cases.office)

        # The newer calendar moves none of the clocks that still run.
        assert [("clocks-changed", Repetition.NOT_DECIDED)] == [
            (held.event, held.outcome) for held in told if held.outcome is not EQUAL
        ]
        assert {
            "opened",
            "classified",
            "clocks-changed",
            "replied",
            "closed",
            "reopened",
            "noticed",
        } == {held.event for held in told}

    def test_what_is_not_decided(self) -> None:
        """Who says whether it helped, and what ends no clock, no policy decided."""
        bank = handled()
        bank.do("2026-06-30T10:00", "record_effect", effective=True)
        bank.do("2026-06-30T11:00", "refer", to="ombudsman", reason="asked")
        told = again(bank.cases.office)

        assert [Repetition.NOT_DECIDED] * 2 == [held.outcome for held in told[-2:]]

    @pytest.mark.parametrize(
        ("version", "path", "value", "told"),
        [
            (1, "timers/0/clock/last_day", "2026-03-01", "clocks.complaints/uk-disp/{}.last_day"),
            (1, "limits/0/last_day", "2026-01-01", "limits.complaints/cn-nfra/{}.last_day"),
            (
                10,
                "timers/0/clock/due/instant",
                "2026-01-01T00:00:00+00:00",
                "clocks.{}.due.instant",
            ),
        ],
    )
    def test_tampered(self, version: int, path: str, value: str, told: str) -> None:
        """A stored day or instant that the facts do not give is told by its path."""
        bank = handled()
        journal: Any = bank.journal

        def change(entry: Entry) -> Entry:
            return with_data(entry, path, value) if entry.version == version else entry

        journal.change = change
        found = bank.cases.office.repeat("case-1", version)

        assert DIFFERENT is found.outcome
        (difference,) = found.differences
        start, end = told.split("{}")
        assert difference[0].startswith(start)
        assert difference[0].endswith(end)
        assert value == difference[1] != difference[2]

    def test_after_the_files_were_edited(self) -> None:
        """Other targets under the same dates change nothing: the kept texts count."""
        bank = handled()
        edited = levels(rows(4), {"since": date(2026, 4, 1), "clock": rows(2)}, desk=calendar())
        bank.policies = (*policies()[:-1], edited)

        assert DONE == {held.outcome for held in again(bank.cases.office)}

    def test_after_a_calendar_was_edited(self) -> None:
        """Nor do other hours under the same dates: the calendar was kept with what rests on it."""
        bank = handled()
        closed = {"hours": {"fri": ["09:00-10:00"]}}
        desk = calendar(closed, *({**held, **closed} for held in _closed()))
        bank.policies = (*policies()[:-1], levels(rows(), desk=desk))
        told = bank.cases.office.repeat("case-1", 1)

        assert EQUAL is told.outcome
        assert "acme/desk" in {ref.policy for ref in told.policies}

    def test_without_the_policies(self) -> None:
        """Nor does it matter that the bank has none of them any more."""
        bank = handled()
        bank.policies = (levels(name="acme/other", desk=calendar({}, *_closed())),)

        assert DONE == {held.outcome for held in again(bank.cases.office)}

    def test_a_kept_text_that_is_missing(self) -> None:
        """Without the text of a version nothing is decided, and the version is named."""
        bank = handled()
        journal: Any = bank.journal
        journal.lost = True
        found = bank.cases.office.repeat("case-1", 1)

        assert Repetition.POLICY_MISSING is found.outcome
        assert " (" in found.missing

    @pytest.mark.parametrize("since", [date(2020, 1, 1), date(2026, 1, 1), date(2026, 3, 12)])
    def test_a_calendar_that_was_changed_since(self, since: date) -> None:
        """A day closed after receipt, by an edit or a version added: deadlines are as written."""
        before, after = (levels(rows(), desk=desk) for desk in (calendar(), _closing(since)))
        bank = Bank((before,), Changed())
        bank.receive("2026-03-09T09:00")

        then = bank.clock("2026-03-09T09:00", "resolution").due_at
        other = Bank((after,))
        other.receive("2026-03-09T09:00")
        assert then != other.clock("2026-03-09T09:00", "resolution").due_at
        assert [EQUAL] == [
            held.outcome for held in again(Bank((after,), bank.journal).cases.office)
        ]

    def test_holidays_that_were_changed_since(self) -> None:
        """The calendar is the same, but not the holidays it names: they are as they were kept."""
        days = [{"on": date(2026, 3, day)} for day in (11, 12, 13)]
        raw = {
            "id": "holidays/gb-eng",
            "kind": "worktime.holidays",
            "version": [{"since": date(2026, 1, 1), "source": SOURCE, "days": days}],
        }
        holidays = read_policy(raw, "holidays", SHELF.kinds, SHELF)
        bank = Bank((levels(rows(), desk=_with(holidays)),), Changed())
        bank.receive("2026-03-09T09:00")
        now = Bank((levels(rows()),), bank.journal)

        assert [EQUAL] == [held.outcome for held in again(now.cases.office)]

    def test_erased(self) -> None:
        """Once the customer is erased, what rests on their facts cannot be decided again."""
        keys = MemoryKeys()
        bank = Bank(policies(), SealedJournal(MemoryJournal(), keys))
        bank.receive("2026-03-09T09:00", region="ENG", new_account=True)
        bank.do("2026-03-10T09:00", "close", accepted=True)
        bank.do("2026-03-11T09:00", "reopen", reason="not-solved")

        assert {EQUAL} == {held.outcome for held in again(bank.cases.office)}
        keys.destroy("default", "customer-7")
        told = again(bank.cases.office)
        # Reopening rests on facts of the receipt; closing does not.
        assert [Repetition.ERASED, EQUAL, Repetition.ERASED] == [held.outcome for held in told]

    @given(case_commands(clocks=CLOCKS, max_size=10))
    @settings(max_examples=some(15))
    def test_every_entry(self, commands: tuple[Command, ...]) -> None:
        """Whatever is done with a case, and whenever it is noticed: the same as written."""
        bank = Bank(policies())
        for command in commands:
            assert command.at is not None
            bank.now = command.at
            bank.cases.handle(command)
        bank.sweep("2027-06-30T09:00")
        told = [held for held in again(office(), bank.journal) if held.outcome not in DONE]

        assert [] == told


def _closing(since: date) -> Policy[Any]:
    """Return the desk's calendar with a Friday closed, by a version since a day."""
    closed = {"since": since, "override": [{"on": date(2026, 3, 13), "hours": []}]}
    return calendar(closed) if since.year == 2020 else calendar({}, closed)


def _with(holidays: Policy[Any]) -> Policy[Any]:
    """Return the desk's calendar with holidays of a bank's own."""
    text = calendar().versions[0].text
    shelf = SHELF.with_policies([holidays])
    return read_policy(json.loads(text), "desk", SHELF.kinds, shelf, reader=FACTS)


def _closed() -> tuple[dict[str, Any], ...]:
    return ({"since": date(2026, 3, 20), "override": [{"on": date(2026, 4, 8), "hours": []}]},)
