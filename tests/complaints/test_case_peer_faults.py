"""Faults that users of other systems met and that need the whole case, one test each by its thread."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from case_tools import Bank, at, calendar, clock, levels

from bankservice.complaints import SHELF
from bankservice.core.clock import Status, Verdict

MINUTE = timedelta(minutes=1)


class TestPauses:
    """What a pause does to the clocks of a case."""

    def test_frappe_1554_a_paused_clock_cannot_breach(self) -> None:
        """A paused clock stays paused and pending, whatever else is done with the case."""
        bank = Bank((levels(),))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-09T10:00", "pause", clock="first_response", reason="papers")
        bank.do("2025-06-11T10:00", "classify", branch="Leeds")

        seen = bank.clock("2025-06-20T10:00")

        assert (Status.PAUSED, Verdict.PENDING) == (seen.status, seen.verdict)
        assert 0 == bank.sweep("2025-06-20T10:00")

    def test_otrs_a_clock_that_was_met_does_not_change_by_a_pause(self) -> None:
        """Once the first response is given, no pause touches it."""
        bank = Bank((levels(),))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-09T10:00", "respond", text_ref="letter-1")
        before = bank.clock("2025-06-09T11:00")
        refused = bank.do("2025-06-09T11:00", "pause", clock="first_response", reason="papers")

        assert "clock-ended" == refused.refused
        assert before == bank.clock("2025-06-09T11:00")

    def test_frappe_3639_a_withdrawn_policy_leaves_no_stale_pause(self) -> None:
        """Taking the service levels away and giving them back buys no time."""
        held = levels()
        bank = Bank((held,))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-09T10:00", "pause", clock="first_response", reason="papers")
        bank.policies = ()
        bank.do("2025-06-10T10:00", "restate")
        gone = bank.clock("2025-06-10T10:00")
        bank.policies = (held,)
        bank.do("2025-06-11T10:00", "restate")

        assert (Status.CANCELLED, "policy-withdrawn") == (gone.status, gone.end_cause)
        assert gone.stopped_at == bank.clock("2025-06-12T10:00").stopped_at
        assert all(span.until is not None for span in bank.clock("2025-06-12T10:00").pauses)

    def test_jlh_52_two_reasons_in_a_row_are_one_pause(self) -> None:
        """A second pause with another reason goes on from the first one's begin."""
        bank = Bank((levels(),))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-09T10:00", "pause", clock="first_response", reason="customer")
        again = bank.do("2025-06-09T12:00", "pause", clock="first_response", reason="third party")
        bank.do("2025-06-09T14:00", "resume", clock="first_response")

        assert (True, 3) == (again.accepted, bank.entries())
        assert at("2025-06-10T13:00") == bank.clock("2025-06-09T14:00").due_at


class TestChanges:
    """Calendars, policies and facts that change while clocks run."""

    def test_zammad_534_a_calendar_change_is_one_recorded_change_of_each_clock(self) -> None:
        """A holiday that is added moves the open clock once, by a command, and no closed one."""
        desk = calendar(
            {},
            {
                "known_on": date(2025, 6, 9),
                "override": [{"on": date(2025, 6, 10), "hours": []}],
            },
        )
        rows = [clock(target="PT12H"), clock("call_back", target="PT1H", stops_on="assign")]
        bank = Bank((levels(rows, desk=desk),))
        bank.receive("2025-06-06T16:00")
        bank.do("2025-06-06T16:30", "assign", owner="agent-3")
        closed = bank.clock("2025-06-09T10:00", "call_back")
        before = bank.clock("2025-06-09T10:00").due_at
        bank.do("2025-06-09T10:00", "restate")
        count = bank.entries()
        bank.do("2025-06-09T11:00", "restate")

        assert at("2025-06-10T12:00") == before
        assert at("2025-06-11T12:00") == bank.clock("2025-06-09T10:00").due_at
        assert closed == bank.clock("2025-06-09T10:00", "call_back")
        assert count == bank.entries()

    def test_zammad_4353_a_withdrawn_policy_cancels_and_the_breach_stays(self) -> None:
        """The clock of a repealed policy alerts no longer; that it was late stays on record."""
        rows = {"clock": [clock()], "ends_on": date(2025, 6, 12)}
        bank = Bank((levels(rows),))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-12T09:00", "restate")
        seen = bank.clock("2025-07-01T09:00")

        assert (Status.CANCELLED, "policy-withdrawn") == (seen.status, seen.end_cause)
        assert (Verdict.LATE, at("2025-06-09T17:00")) == (seen.verdict, seen.breached_at)

    def test_glpi_15605_a_newer_target_remembers_the_pauses(self) -> None:
        """Two days of waiting still count when the case is found to be grave."""
        rows = [
            clock(target="PT6H", when={"fact": "severity", "equals": "grave"}),
            clock(target="PT8H"),
        ]
        bank = Bank((levels(rows),))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-09T10:00", "pause", clock="first_response", reason="papers")
        bank.do("2025-06-11T10:00", "resume", clock="first_response")
        bank.do("2025-06-11T11:00", "classify", severity="grave")

        assert at("2025-06-11T15:00") == bank.clock("2025-06-11T11:00").due_at

    def test_jira_a_recalculation_does_not_rewrite_a_closed_verdict(self) -> None:
        """Met in 2.5 h of 4 h stays met against 4 h, though the target is 2 h later."""
        newer = {"since": date(2025, 6, 10), "clock": [clock(target="PT2H")]}
        bank = Bank((levels([clock(target="PT4H")], newer),))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-09T11:30", "respond", text_ref="letter-1")
        before = bank.clock("2025-06-09T12:00")
        bank.do("2025-06-11T09:00", "restate")

        assert before == bank.clock("2025-06-11T09:00")
        assert (Verdict.IN_TIME, at("2025-06-09T13:00")) == (before.verdict, before.due_at)

    @pytest.mark.parametrize(
        ("mode", "due"),
        [
            ("keep", "2025-06-10T17:00"),
            ("retarget", "2025-06-10T13:00"),
            ("restart", "2025-06-11T13:00"),
        ],
    )
    def test_zendesk_a_policy_edit_takes_effect_when_it_is_said(self, mode: str, due: str) -> None:
        """Touching the case changes nothing; `restate` does, as the newer policy says."""
        newer = {
            "since": date(2025, 6, 10),
            "clock": [clock(target="PT12H", on_policy_change=mode)],
        }
        bank = Bank((levels([clock(target="PT16H")], newer),))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-10T09:00", "classify", branch="Leeds")

        assert at("2025-06-10T17:00") == bank.clock("2025-06-10T09:00").due_at

        bank.do("2025-06-10T09:00", "restate")

        assert at(due) == bank.clock("2025-06-10T09:00").due_at


class TestReopening:
    """What a case opened again does."""

    @pytest.mark.parametrize(
        ("mode", "due"),
        [
            ("continue", "2025-06-13T15:00"),
            ("restart", "2025-06-13T17:00"),
            ("new-cycle", "2025-06-13T17:00"),
            ("none", None),
        ],
    )
    def test_glpi_5213_each_mode_gives_its_due_and_the_closed_cycle_is_kept(
        self, mode: str, due: str | None
    ) -> None:
        """Six hours remained; closed on Monday 11:00, opened again on Friday 09:00."""
        bank = Bank((levels([clock("resolution", stops_on="close", reopen=mode)]),))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-09T11:00", "close")
        bank.do("2025-06-13T09:00", "reopen")
        seen = bank.clock("2025-06-13T09:00", "resolution")
        ended = due is None

        assert (at("2025-06-09T17:00") if due is None else at(due)) == seen.due_at
        assert [Verdict.IN_TIME] * (not ended) == [cycle.verdict for cycle in seen.cycles]

    def test_osticket_a_breach_does_not_disappear_by_reopening(self) -> None:
        """Late, closed and opened again: the closed cycle is late, and so is one that goes on."""
        rows = [
            clock("first", stops_on="close", reopen="restart"),
            clock("second", stops_on="close", reopen="continue"),
        ]
        bank = Bank((levels(rows),))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-10T11:00", "close")
        bank.do("2025-06-13T09:00", "reopen")
        seen = bank.look("2025-06-13T09:00").clocks

        assert [Verdict.LATE] == [cycle.verdict for cycle in seen["first"].cycles]
        assert [Verdict.LATE] == [cycle.verdict for cycle in seen["second"].cycles]
        assert (Verdict.PENDING, Verdict.LATE) == (seen["first"].verdict, seen["second"].verdict)

    def test_chatwoot_10178_nothing_counts_after_the_resolution(self) -> None:
        """The customer's thanks come, the case is closed: no clock runs or grows later."""
        bank = Bank((levels([clock(), clock("update", starts_on="respond")]),))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-10T10:00", "respond", text_ref="letter-1")
        bank.do("2025-06-10T11:00", "close")
        soon, later = bank.look("2025-06-10T11:00"), bank.look("2025-09-01T11:00")

        assert soon.clocks["update"].status is Status.CANCELLED
        assert 3600 == soon.clocks["first_response"].late_seconds
        assert dict(soon.clocks) == dict(later.clocks)


class TestAnswers:
    """What an answer ends, and whether it was in time."""

    def test_chatwoot_13392_a_late_first_reply_stays_visible(self) -> None:
        """A reply after the deadline ends the clock, which is late for good."""
        bank = Bank((levels(),))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-09T17:00:01", "respond", text_ref="letter-1")
        seen = bank.clock("2025-12-09T09:00")

        assert (Status.STOPPED, Verdict.LATE) == (seen.status, seen.verdict)

    def test_zammad_5177_a_shorter_later_clock_does_not_override_the_first(self) -> None:
        """Before anybody replied only the first clock runs; a reply stops the clock of updates."""
        rows = [clock(), clock("update", target="PT1H", starts_on="respond")]
        bank = Bank((levels(rows),))
        bank.receive("2025-06-09T09:00")
        before = bank.look("2025-06-09T12:00").clocks
        bank.do("2025-06-09T12:00", "respond", text_ref="letter-1")
        bank.do("2025-06-09T12:30", "respond", text_ref="letter-2")
        after = bank.clock("2025-06-09T12:30", "update")

        assert ["first_response"] == list(before)
        assert [(Status.STOPPED, Verdict.IN_TIME)] == [(c.status, c.verdict) for c in after.cycles]
        assert at("2025-06-09T13:30") == after.due_at

    @pytest.mark.parametrize("first", ["sweep", "reply"])
    def test_chatwoot_an_answer_at_the_deadline_itself_is_in_time(self, first: str) -> None:
        """Whichever of sweep and reply comes first at the very instant, the reply is in time."""
        bank = Bank((levels([clock(warn=["100%"])]),))
        bank.receive("2025-06-09T09:00")
        if first == "sweep":
            bank.sweep("2025-06-09T17:00")
        bank.do("2025-06-09T17:00", "respond", text_ref="letter-1")
        bank.sweep("2025-06-09T17:00")
        bank.sweep("2025-06-10T17:00")

        assert Verdict.IN_TIME is bank.clock("2025-06-11T09:00").verdict
        assert ["acme/levels/first_response#1#100%"] == [key for key, _, _ in bank.notices()]


class TestNotices:
    """What is told, when, and how often."""

    def test_glpi_1996_a_step_fires_once_however_often_the_sweep_runs(self) -> None:
        """Ten minutes after the deadline it is told once, though a sweep runs every minute."""
        bank = Bank((levels([clock(warn=["+PT10M"])]),))
        bank.receive("2025-06-09T09:00")
        moment = at("2025-06-09T16:55")
        for _ in range(30):
            bank.sweep(moment)
            moment += MINUTE
        bank.sweep("2025-06-10T09:30")

        assert [
            ("acme/levels/first_response#1#due", at("2025-06-09T17:00")),
            ("acme/levels/first_response#1#+PT10M", at("2025-06-10T09:10")),
        ] == [(key, true) for key, true, _ in bank.notices()]

    def test_zammad_4432_a_warning_at_night_is_told_in_the_morning(self) -> None:
        """In hours of delivery it waits for the opening; when it came true does not change."""
        rows = [clock(target="PT5H", unit="elapsed", warn=["+PT1H"])]
        told = Bank((levels({"clock": rows}),))
        at_once = Bank((levels({"clock": rows, "deliver_in_hours": False}),))
        for bank in (told, at_once):
            bank.receive("2025-06-09T16:00")
            bank.sweep("2025-06-09T23:00")
        nights = [at("2025-06-09T21:00"), at("2025-06-09T22:00")]

        assert nights == [true for _, true, _ in told.notices()]
        assert [at("2025-06-10T09:00")] * 2 == [deliver for _, _, deliver in told.notices()]
        assert nights == [deliver for _, _, deliver in at_once.notices()]
        assert at("2025-06-09T21:00") == told.clock("2025-06-09T23:00").breached_at

    @pytest.mark.parametrize("end", ["merge", "withdraw", "close"])
    def test_zammad_904_merged_and_ended_cases_tell_nothing(self, end: str) -> None:
        """After a case has ended no clock of it runs, and no sweep finds anything."""
        bank = Bank((levels([clock(warn=["75%", "+PT1H"])]),))
        bank.receive("2025-06-09T09:00")
        bank.do("2025-06-09T10:00", end, **({"into": "case-2"} if end == "merge" else {}))

        assert 0 == bank.sweep("2025-07-09T10:00")
        assert [] == bank.notices()
        assert Status.CANCELLED is bank.clock("2025-07-09T10:00").status

    def test_zammad_3523_what_is_due_is_listed_before_at_and_after(self) -> None:
        """The agenda has the deadline from the start, and until it was told."""
        bank = Bank((levels(),))
        bank.receive("2025-06-09T09:00")
        key = "acme/levels/first_response#1#due"

        def listed() -> list[str]:
            later = at("2026-01-01T00:00")
            return [item.key for item in bank.journal.due("default", later, limit=10)]

        before = listed()
        bank.sweep("2025-06-09T17:00")
        at_due = listed()
        bank.sweep("2025-06-09T17:00:01")

        assert ([key], [key], []) == (before, at_due, listed())

    def test_dbt_zendesk_116_a_breach_is_the_first_crossing(self) -> None:
        """Eight hours over three days are crossed once, on the second day at noon."""
        short = {day: ["09:00-11:00", "13:00-15:00"] for day in ("mon", "tue", "wed")}
        bank = Bank((levels(desk=calendar({"hours": short})),))
        bank.receive("2025-06-09T09:00")
        bank.sweep("2025-06-30T09:00")

        assert at("2025-06-10T15:00") == bank.clock("2025-06-30T09:00").breached_at
        assert [at("2025-06-10T15:00")] == [true for _, true, _ in bank.notices()]


def test_jira_law_keeps_the_version_of_the_day_of_receipt() -> None:
    """A complaint received before a newer law stays under the older one, also when restated."""
    bank = Bank((SHELF.get("ie-consumer-protection"),))
    bank.receive("2026-03-23T10:00")
    before = bank.look("2026-03-24T10:00").clocks["resolution"].last_day
    bank.do("2026-03-25T10:00", "restate")
    (law,) = bank.state().versions.values()

    assert before == bank.look("2026-03-25T10:00").clocks["resolution"].last_day
    assert "2012-01-01" == law["since"]
