"""The complaint case: its refusals in order, its service on real journals, and what once was wrong."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from case_tools import SOURCE, Bank, at, calendar, clock, levels
from hypothesis import given
from hypothesis.errors import InvalidArgument

from bankservice.complaints import CASE, SHELF, CaseRefusal
from bankservice.complaints.cases.commands import Receive
from bankservice.core.clock import Status, Verdict
from bankservice.core.errors import FaultsError
from bankservice.core.journal import AgendaItem, Journal
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.journals.memory import MemoryJournal
from bankservice.journals.sql import SqlJournal
from bankservice.testing.case_strategies import case_commands, complaint_receipts

EXTEND = {"clock": "decision", "reason": "especially-complex", "approved_by": "head-1"}


def institution(desk: Policy[Any], jurisdiction: str = "GB") -> Policy[Any]:
    """Return the profile of a bank with a desk."""
    version = {
        "since": date(2010, 1, 1),
        "source": SOURCE,
        "zone": "Europe/London",
        "currency": "GBP",
        "jurisdiction": jurisdiction,
        "calendar": desk.id,
    }
    raw = {"id": "acme/bank", "kind": "institution.profile", "version": [version]}
    return read_policy(raw, "acme/bank", SHELF.kinds, SHELF.with_policies([desk]))


def ready(*more: Policy[Any]) -> Bank:
    """Return a bank with a case under the law of China, and service levels."""
    bank = Bank((SHELF.get("cn-nfra"), SHELF.get("handling"), levels(), *more))
    bank.receive("2026-03-02T10:00")
    return bank


class TestPrecedence:
    """Of two refusals that apply together the one that is listed first wins."""

    @pytest.mark.parametrize(
        ("first", "act", "body"),
        [
            (
                "in-future",
                "respond",
                {"text_ref": "x", "at": at("2030-01-01T00:00"), "final": True},
            ),
            ("approver-is-actor", "extend", {**EXTEND, "clock": "none", "approved_by": "system"}),
            ("before-receipt", "respond", {"text_ref": "x", "at": at("2026-03-02T09:00")}),
            (
                "before-receipt",
                "pause",
                {"clock": "none", "reason": "x", "at": at("2026-01-01T09:00")},
            ),
            ("unknown-code", "receive", {"customer": "other", "channel": "hotlin"}),
            ("ways-on-missing", "respond", {"text_ref": "x", "final": True, "at": None}),
            ("unknown-clock", "extend", {**EXTEND, "clock": "none", "approved_by": ""}),
            ("reason-not-lawful", "pause", {"clock": "decision", "reason": "papers"}),
            ("approval-missing", "extend", {**EXTEND, "to": "none", "approved_by": ""}),
            ("no-extension", "extend", {**EXTEND, "to": "none", "approval": "clerk"}),
            ("approval-level", "extend", {**EXTEND, "approval": "clerk", "amount": "PT1H"}),
        ],
    )
    def test_of_two(self, first: str, act: str, body: dict[str, Any]) -> None:
        """The command would be refused for a later reason too."""
        bank = ready()

        assert first == bank.do("2026-04-20T10:00", act, **body).refused

    @pytest.mark.parametrize("act", ["respond", "pause", "extend", "acknowledge", "merge", "close"])
    def test_an_ended_case_comes_before_what_is_wrong_with_the_command(self, act: str) -> None:
        """Whatever else is wrong, a case that has ended is told first."""
        bank = ready()
        bank.do("2026-03-02T11:00", "withdraw")
        bodies: dict[str, dict[str, Any]] = {
            "respond": {"text_ref": "x", "final": True},
            "pause": {"clock": "none", "reason": "x"},
            "extend": {"clock": "none", "reason": "x"},
            "merge": {"into": "case-1"},
        }
        body = bodies.get(act, {})

        assert "case-ended" == bank.do("2026-03-02T12:00", act, **body).refused

    def test_a_clock_that_is_out_of_order_comes_before_its_reasons(self) -> None:
        """What was before the last pause is refused for that, whatever its reason."""
        bank = ready()
        body = {"clock": "decision", "reason": "external-appraisal"}
        bank.do("2026-03-05T10:00", "pause", **body)
        bank.do("2026-03-06T10:00", "resume", clock="decision")
        early: dict[str, Any] = {"clock": "decision", "reason": "papers"}
        early["at"] = at("2026-03-04T10:00")

        assert "out-of-order" == bank.do("2026-03-07T10:00", "pause", **early).refused
        assert "out-of-order" == bank.do("2026-03-07T10:00", "close", at=early["at"]).refused

    def test_the_documented_order_starts_with_the_instant_and_ends_with_the_notice(self) -> None:
        """Every refusal of a clock is one of the case, by the same word."""
        codes = [code.value for code in CaseRefusal]

        assert ("in-future", "not-true-yet") == (codes[0], codes[-1])
        assert codes.index("clock-ended") < codes.index("out-of-order") < codes.index("not-paused")


class TestJournals:
    """The service on journals that last."""

    @pytest.mark.parametrize("kept", [True, False])
    def test_a_case_lasts(self, tmp_path: Path, kept: bool) -> None:
        """A case is the same after its journal was opened again, and explains itself."""
        policies = (SHELF.get("uk-disp"), levels([clock(warn=["75%"])]))
        url = f"sqlite:///{tmp_path}/cases.db"

        def opened() -> Journal:
            return SqlJournal.open(url) if kept else journal

        journal: Journal = SqlJournal.open(url) if kept else MemoryJournal()
        bank = Bank(policies, journal)
        bank.receive("2025-12-10T10:00", region="ENG", kind="payment", new_account=True)
        bank.do("2025-12-11T10:00", "pause", clock="first_response", reason="papers")
        bank.do("2025-12-12T10:00", "resume", clock="first_response")
        bank.sweep("2025-12-12T15:00")
        bank.do("2026-01-02T10:00", "classify", kind="general")
        bank.do("2026-01-05T10:00", "close", accepted=True)
        bank.do("2026-02-20T10:00", "reopen", reason="it came back")
        bank.do("2026-03-20T10:00", "restate")
        before, told = bank.state(), bank.notices()
        if kept:
            journal.close()  # type: ignore[attr-defined]
        again = Bank(policies, opened())
        texts = [
            again.cases.explain("case-1", version).text(language)
            for version in range(1, again.entries() + 1)
            for language in ("en", "zh_CN")
        ]
        first = [text.splitlines()[0] for text in texts]
        again_journal = again.journal
        if kept:
            again_state = again.state()
            again_journal.close()  # type: ignore[attr-defined]
        else:
            again_state = again.state()

        assert before == again_state
        assert 2 == len(told)
        assert "The complaint was received by E-mail on Dec 10, 2025." == first[0]
        assert not [text for text in texts if "{" in text]

    def test_an_explanation_tells_what_was_known(self) -> None:
        """A holiday announced later stands in no explanation of what was decided before."""
        bank = Bank((SHELF.get("uk-disp"),))
        bank.receive("2022-09-05T10:00", region="ENG", kind="payment")
        bank.do("2022-09-12T10:00", "restate")
        opened, restated = (bank.cases.explain("case-1", version).text("en") for version in (1, 2))

        assert "the last day is Sep 26, 2022" in opened
        assert "Sep 28, 2022" in restated

    def test_an_agenda_item_of_others_is_left(self) -> None:
        """A matter that is no notice, or of another record, is not touched."""
        bank = ready()
        stream = bank.cases.desk.stream("case-1")
        bank.cases.give_notice(AgendaItem(at("2026-03-02T10:00"), stream, "effect"))

        assert 1 == bank.entries()

    def test_the_effect_stands_on_the_agenda_until_it_is_recorded(self) -> None:
        """Two weeks after closing the customer is to be asked, once."""
        bank = Bank((levels({"clock": [clock()], "ask_effect_after": "P14D"}),))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-09T10:00", "respond", text_ref="letter-1")
        bank.do("2025-06-09T11:00", "close")
        later = at("2025-12-01T00:00")
        asked = [(i.key, i.due_at) for i in bank.journal.due("default", later, limit=9)]
        bank.do("2025-06-24T11:00", "record_effect", effective=False)

        assert [("effect", at("2025-06-23T00:00"))] == asked
        assert bank.look("2025-06-24T11:00").effective is False
        assert () == bank.journal.due("default", later, limit=9)

    def test_a_snapshot_would_hold_in_the_clear_what_entries_seal(self) -> None:
        """So there is none, and what a customer told in confidence stands in no plain part."""
        bank = Bank((SHELF.get("us-reg-e"),))
        bank.receive("2026-03-02T10:00", vulnerable=True, new_account=True)
        bank.do("2026-03-03T10:00", "classify", extended=True)
        entries = bank.journal.read(bank.cases.desk.stream("case-1"))

        assert CASE.freeze is None
        for entry in entries:
            assert "private" not in entry.data
            assert entry.sealed is not None


class TestOnce:
    """Faults that were there once."""

    def test_a_notice_that_was_refused_is_given_when_it_is_true(self) -> None:
        """A sweep that came by an outdated item does not spoil the notice for good."""
        bank = Bank((levels([clock(most_extension="PT8H")]),))
        bank.receive("2025-06-09T09:00")
        stream = bank.cases.desk.stream("case-1")
        (item,) = bank.journal.due("default", at("2025-06-20T09:00"), limit=9)
        bank.now = at("2025-06-09T16:00")
        bank.cases.give_notice(item)
        bank.do("2025-06-09T16:30", "extend", clock="first_response", reason="x", approved_by="h")
        bank.now = at("2025-06-09T17:01")
        bank.cases.give_notice(AgendaItem(item.due_at, stream, item.key))
        bank.sweep("2025-06-11T09:00")

        assert [at("2025-06-10T17:00")] == [true for _, true, _ in bank.notices()]

    def test_a_clock_that_goes_on_tells_nothing_twice(self) -> None:
        """What was told before a case was closed is not told again once it is opened."""
        row = clock("resolution", stops_on="close", warn=["50%"])
        bank = Bank((levels([row]),))
        bank.receive("2025-06-09T09:00")
        bank.sweep("2025-06-10T09:00")
        bank.do("2025-06-10T10:00", "close")
        bank.do("2025-06-12T10:00", "reopen")
        bank.sweep("2025-07-12T10:00")

        assert ["acme/levels/resolution#1#50%", "acme/levels/resolution#1#due"] == [
            key for key, _, _ in bank.notices()
        ]

    def test_a_breach_of_a_cycle_before_is_told_by_a_late_sweep(self) -> None:
        """Late, closed, opened again, and only then swept: both breaches are told."""
        bank = Bank((levels([clock("resolution", stops_on="close", reopen="restart")]),))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-10T10:00", "close")
        bank.do("2025-06-12T09:00", "reopen")
        bank.sweep("2025-07-12T10:00")

        assert [at("2025-06-09T17:00"), at("2025-06-12T17:00")] == [t for _, t, _ in bank.notices()]

    def test_another_door_that_states_the_region_settles_the_law(self) -> None:
        """What a second contact states counts as if it had been stated at once."""
        bank = Bank((SHELF.get("uk-disp"),))
        bank.receive("2025-02-10T15:00")
        bank.receive("2025-02-11T15:00", channel="branch", region="ENG")

        assert date(2025, 2, 13) == bank.clock("2025-02-11T15:00", "summary_resolution").last_day

    def test_a_pause_survives_a_newer_fact(self) -> None:
        """A duty of law that stood still is not begun anew by what is stated later."""
        bank = ready()
        bank.do("2026-03-05T10:00", "pause", clock="decision", reason="external-appraisal")
        bank.do("2026-03-10T10:00", "classify", branch="Leeds", kind="payment")

        assert Status.PAUSED is bank.clock("2026-03-10T10:00", "decision").status

    def test_a_frozen_clock_keeps_its_calendar_while_others_move(self) -> None:
        """`freeze` holds to the end, also for pauses after a newer calendar came."""
        desk = calendar(
            {},
            {"known_on": date(2025, 6, 9), "override": [{"on": date(2025, 6, 11), "hours": []}]},
        )
        rows = [
            clock("frozen", target="PT24H", on_calendar_change="freeze"),
            clock("moving", target="PT24H", on_calendar_change="forward"),
        ]
        bank = Bank((levels(rows, desk=desk),))
        bank.receive("2025-06-06T15:00")
        bank.do("2025-06-09T09:00", "restate")
        before = {
            name: bank.clock("2025-06-09T09:00", name).due_at for name in ("frozen", "moving")
        }
        for name in ("frozen", "moving"):
            bank.do("2025-06-09T10:00", "pause", clock=name, reason="papers")
            bank.do("2025-06-09T11:00", "resume", clock=name)
        after = {name: bank.clock("2025-06-09T11:00", name).due_at for name in ("frozen", "moving")}

        assert {"frozen": at("2025-06-11T15:00"), "moving": at("2025-06-12T15:00")} == before
        assert {"frozen": at("2025-06-11T16:00"), "moving": at("2025-06-12T16:00")} == after

    def test_newer_service_levels_bring_their_own_calendar(self) -> None:
        """From the change on the clock is measured by the hours of the newer version's desk."""
        other = {day: ["09:00-13:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
        short = calendar({"hours": other}, name="acme/short-desk")
        first, desk = levels([clock(target="PT16H")]), calendar()
        raw = {
            "id": first.id,
            "kind": "complaints.service-levels",
            "version": [
                {"since": day, "source": SOURCE, "calendar": name, "clock": [clock(target="PT16H")]}
                for day, name in ((date(2020, 1, 1), desk.id), (date(2025, 6, 10), short.id))
            ],
        }
        policy = read_policy(raw, first.id, SHELF.kinds, SHELF.with_policies([desk, short]))
        bank = Bank((policy,))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-10T09:00", "restate")

        assert at("2025-06-11T13:00") == bank.clock("2025-06-10T09:00").due_at

    def test_an_answer_recorded_late_is_none_of_a_clock_that_began_after_it(self) -> None:
        """A letter of Monday recorded on Tuesday does not end the clock of updates that runs since."""
        bank = Bank((levels([clock(), clock("update", starts_on="respond")]),))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-10T09:00", "respond", text_ref="letter-2")
        late = bank.do(
            "2025-06-10T10:00", "respond", text_ref="letter-1", at=at("2025-06-09T16:00")
        )

        assert late.accepted
        assert Status.RUNNING is bank.clock("2025-06-10T10:00", "update").status
        assert 2 == len(bank.look("2025-06-10T10:00").replies)

    def test_answering_and_closing_at_one_instant_leaves_an_answered_clock_ended(self) -> None:
        """A clock that was met is not taken for one that ended with the case."""
        bank = Bank((levels(),))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-09T10:00", "respond", text_ref="letter-1")
        bank.do("2025-06-09T10:00", "close")
        bank.do("2025-06-11T10:00", "reopen")

        assert Status.STOPPED is bank.clock("2025-06-11T10:00").status

    def test_a_case_is_not_opened_again_before_it_ended(self) -> None:
        """Reopening is refused at an instant before the end, whether or not a clock would say so."""
        bank = Bank(())
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-11T09:00", "close")

        assert (
            "out-of-order"
            == bank.do("2025-06-12T09:00", "reopen", at=at("2025-06-10T09:00")).refused
        )

    def test_an_answer_before_reopening_answers_nothing(self) -> None:
        """A final letter from before the case was opened again, recorded late, is kept as a letter."""
        bank = Bank(())
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-11T09:00", "close")
        bank.do("2025-06-12T09:00", "reopen")
        bank.do(
            "2025-06-13T09:00",
            "respond",
            text_ref="letter-1",
            final=True,
            ways_on=("court",),
            at=at("2025-06-10T09:00"),
        )
        seen = bank.look("2025-06-13T09:00")

        assert ("open", None, 1) == (seen.state.value, seen.answered_at, len(seen.replies))

    def test_a_law_that_rules_itself_out_is_not_a_law_out_of_force(self) -> None:
        """At an institution abroad the case is taken in, without that law's clocks; facts bring them."""
        desk = calendar()
        bank = Bank((SHELF.get("eu-psd2"), institution(desk, "DE"), desk))
        taken = bank.receive("2026-03-02T10:00", region="DE")
        before = list(bank.look("2026-03-02T10:00").clocks)
        bank.do("2026-03-03T10:00", "classify", kind="payment")
        paid = bank.clock("2026-03-03T10:00", "reply").last_day
        bank.do("2026-03-04T10:00", "classify", kind="general")
        cancelled = bank.clock("2026-03-04T10:00", "reply").status
        bank.do("2026-03-05T10:00", "classify", kind="payment")

        assert taken.accepted
        assert ([], date(2026, 3, 23)) == (before, paid)
        assert Status.CANCELLED is cancelled
        assert paid == bank.clock("2026-03-05T10:00", "reply").last_day

    def test_without_its_policy_a_clock_still_has_its_deadline(self) -> None:
        """It can be seen, met and judged; it cannot be paused, resumed or extended."""
        bank = Bank((levels(),))
        bank.receive("2025-06-09T09:00")
        bank.policies = ()
        pause = bank.do("2025-06-09T10:00", "pause", clock="first_response", reason="papers")
        seen = bank.clock("2025-06-09T10:00")
        bank.do("2025-06-09T17:00:01", "respond", text_ref="letter-1")
        met = bank.clock("2025-06-09T18:00")

        assert "not-in-force" == pause.refused
        assert (at("2025-06-09T17:00"), None) == (seen.due_at, seen.remaining_seconds)
        assert (Status.STOPPED, Verdict.LATE) == (met.status, met.verdict)

    def test_a_paused_clock_that_was_met_without_its_policy_can_be_looked_at_with_it(self) -> None:
        """It had no deadline when it ended, so nothing tells what remained of it."""
        held = levels([clock(target="P3D", unit="business-days")])
        bank = Bank((held,))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-09T10:00", "pause", clock="first_response", reason="papers")
        bank.policies = ()
        bank.do("2025-06-10T10:00", "respond", text_ref="letter-1")
        bank.policies = (held,)
        seen = bank.clock("2025-06-11T10:00")

        assert (Status.STOPPED, Verdict.IN_TIME) == (seen.status, seen.verdict)
        assert (None, None) == (seen.due_at, seen.remaining_seconds)

    def test_service_levels_for_a_cohort_are_not_taken_for_withdrawn(self) -> None:
        """Whose cohort is asked for a fact keeps the clock when the fact is not stated."""
        rows: dict[str, Any] = {"clock": [clock()]}
        only = {
            **rows,
            "since": date(2021, 1, 1),
            "applies_to": {"fact": "customer_kind", "equals": "person"},
        }
        bank = Bank((levels(rows, only),))
        bank.receive("2025-06-09T09:00", facts={"customer_kind": "person"})
        bank.do("2025-06-09T10:00", "restate")

        assert Status.RUNNING is bank.clock("2025-06-09T10:00").status


class TestBadInput:
    """Bad commands are refused when they are read, by the name of the field."""

    @pytest.mark.parametrize(
        ("act", "body", "path"),
        [
            ("receive", {"customer": "c-1", "channel": "email", "zone": "Europe/Londn"}, "zone"),
            ("receive", {"customer": "", "channel": "email"}, "customer"),
            ("receive", {"customer": "4111111111111111", "channel": "email"}, "customer"),
            ("receive", {"customer": "c-1"}, "channel"),
            ("receive", {"customer": "c-1", "channel": "email", "colour": "red"}, "colour"),
            ("redress", {"kind": "money"}, "money"),
            ("redress", {"kind": "money", "amount": "0.00", "currency": "GBP"}, "0"),
            ("redress", {"kind": "money", "amount": "1.001", "currency": "GBP"}, "1.001"),
            ("redress", {"kind": "money", "amount_minor": -5, "currency": "GBP"}, "-5"),
            ("redress", {"kind": "apology", "amount": "1.00", "currency": "GBP"}, "apology"),
            ("redress", {"kind": "money", "amount": "1.00", "currency": "XYZ"}, "currency"),
            (
                "redress",
                {"kind": "money", "amount": "1.00", "amount_minor": 100, "currency": "GBP"},
                "twice",
            ),
            ("respond", {}, "text_ref"),
            ("pause", {"clock": "first_response"}, "reason"),
        ],
    )
    def test_a_bad_command(self, act: str, body: dict[str, Any], path: str) -> None:
        """Nothing is written, and the fault is named."""
        bank = Bank((levels(),))
        with pytest.raises((FaultsError, ValueError), match=path):
            bank.do("2025-06-09T09:00", act, **body)

        assert 0 == bank.entries()

    def test_an_instant_of_receipt_beside_the_command(self) -> None:
        """What was received before it was recorded counts from then."""
        bank = Bank((levels(),))
        bank.receive("2025-06-09T15:00", received_at=at("2025-06-09T09:00"))

        assert at("2025-06-09T17:00") == bank.clock("2025-06-09T15:00").due_at

    def test_a_day_alone_counts_from_its_first_instant(self) -> None:
        """Where no more is known than the day, elapsed time is counted cautiously."""
        bank = Bank((SHELF.get("24-hour-promise"), SHELF.get("cn-nfra")))
        bank.receive("2026-03-02T15:00", received_on=date(2026, 3, 1), zone="Asia/Shanghai")
        due_at = bank.clock("2026-03-02T15:00", "solution").due_at

        assert at("2026-03-01T16:00") + timedelta(0) == due_at


class TestStrategies:
    """The strategies that ship."""

    @given(complaint_receipts(customer="c-9"))
    def test_receipts_are_receipts(self, receipt: Receive) -> None:
        """Each is a command of the record, for the customer asked for."""
        assert "c-9" == receipt.customer

    @pytest.mark.parametrize(
        "bad",
        [
            {"min_size": 0},
            {"min_size": 3, "max_size": 2},
            {"max_gap": timedelta(-1)},
        ],
    )
    def test_what_cannot_be_drawn_is_refused(self, bad: dict[str, Any]) -> None:
        """Impossible requests are told, not drawn."""
        with pytest.raises(InvalidArgument):
            case_commands(clocks=("first_response",), **bad)
