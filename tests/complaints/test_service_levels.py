"""Service levels as a policy: what is wrong with one is told with its path, all at once."""

from __future__ import annotations

from typing import Any

import pytest
from case_tools import Bank, at, clock, levels

from bankservice.complaints import SHELF
from bankservice.core.errors import PolicyError
from bankservice.core.policy_file import read_policy


class TestFaults:
    """Policies that are refused."""

    @pytest.mark.parametrize(
        ("table", "told"),
        [
            ({"clock": []}, "clock"),
            ({"clock": [clock(target="P1D")]}, "clock[0].target"),
            ({"clock": [clock(target="soon")]}, "clock[0].target"),
            ({"clock": [clock(target="PT0H")]}, "more than nothing"),
            ({"clock": [clock(unit="hours")]}, "unit"),
            ({"clock": [clock(stops_on=[])]}, "clock[0].stops_on"),
            ({"clock": [clock(stops_on="answer")]}, "clock[0].stops_on"),
            ({"clock": [clock(stops_on="respnd")]}, "respond"),
            ({"clock": [clock(warn=["75"])]}, "clock[0].warn[0]"),
            ({"clock": [clock(warn=["75%", "75%"])]}, "each warning once"),
            (
                {"clock": [clock()], "watch": [{"clock": "final_response", "warn": ["soon"]}]},
                "watch[0].warn[0]",
            ),
            ({"clock": [clock(most_extension="P1D")]}, "clock[0].most_extension"),
            ({"clock": [clock(when={"fact": "severty", "equals": "grave"})]}, "severity"),
            ({"clock": [clock(when={"fact": "severity", "equals": "gravest"})]}, "grave"),
            ({"clock": [clock(), clock()]}, "never be reached"),
            ({"clock": [clock()], "calendar": "acme/desks"}, "acme/desk"),
            ({"clock": [clock()], "calendar": "complaints/uk-disp"}, "worktime.calendar"),
            ({"clock": [clock()], "calendar": ""}, "clock[0].unit"),
            ({"clock": [clock()], "zone": "Europe/Paris"}, "Europe/London"),
            ({"clock": [clock(unit="calendar-days", target="P2D")], "calendar": ""}, "zone"),
            ({"clock": [clock()], "calendar": "", "zone": "Europe/Londn"}, "Europe/London"),
            (
                {"clock": [clock()], "ladder": [{"clock": "x", "step": "due", "to": "management"}]},
                "ladder[0].clock",
            ),
            (
                {
                    "clock": [clock()],
                    "ladder": [{"clock": "first_response", "step": "75%", "to": "management"}],
                },
                "ladder[0].step",
            ),
            (
                {
                    "clock": [clock()],
                    "ladder": [{"clock": "first_response", "step": "due", "to": "managment"}],
                },
                "management",
            ),
        ],
    )
    def test_what_is_wrong_is_told(self, table: dict[str, Any], told: str) -> None:
        """The fault names its place, what was found, or what was wanted."""
        with pytest.raises(PolicyError) as error:
            levels(table)

        assert told in str(error.value)

    def test_a_policy_without_clocks_is_none(self) -> None:
        """A file of another layout is refused too."""
        raw = {"id": "acme/x", "kind": "complaints.service-levels", "version": [{}]}
        with pytest.raises(PolicyError):
            read_policy(raw, "acme/x", SHELF.kinds, SHELF)


class TestRows:
    """Which row of a clock a case has."""

    def test_the_first_row_that_holds_is_taken(self) -> None:
        """An unknown fact passes a row over, so that the one below it stands."""
        rows = [
            clock(target="PT2H", when={"fact": "vulnerable", "equals": True}),
            clock(target="PT4H", when={"fact": "tier", "equals": "GOLD"}),
            clock(),
        ]
        bank = Bank((levels(rows),))
        wanted: dict[str, dict[str, Any]] = {
            "2": {"vulnerable": True, "tier": "GOLD"},
            "4": {"tier": "GOLD"},
            "8": {},
        }
        wanted["4 unknown"] = {"tier": "GOLD", "vulnerable": "unknown"}
        for name, facts in wanted.items():
            bank.receive("2025-06-09T09:00", case=name, **facts)
            hours = int(name.split()[0])

            assert (
                at(f"2025-06-09T{9 + hours:02}:00")
                == bank.clock("2025-06-09T09:00", case=name).due_at
            )

    def test_the_ladder_tells_the_roles_of_its_rungs(self) -> None:
        """The notice of a step names who is told; a step without a rung tells nobody."""
        ladder = [{"clock": "first_response", "step": "due", "to": "management"}]
        bank = Bank((levels({"clock": [clock(warn=["75%"])], "ladder": ladder}),))
        bank.receive("2025-06-09T09:00")
        bank.sweep("2025-06-10T09:00")
        stream = bank.cases.desk.stream("case-1")
        events = [bank.cases.desk.record.events.decode(e) for e in bank.journal.read(stream)]

        assert [(), ("management",)] == [event.to for event in events[1:]]

    def test_a_duty_of_law_is_watched_and_has_rungs(self) -> None:
        """The law knows no warnings: the bank gives them to itself, and says who is told."""
        table = {
            "clock": [clock()],
            "watch": [{"clock": "final_response", "warn": ["-P3D"]}],
            "ladder": [{"clock": "final_response", "step": "-P3D", "to": "management"}],
        }
        bank = Bank((SHELF.load("complaints/uk-disp"), levels(table)))
        bank.receive("2025-06-09T09:00")
        bank.sweep("2025-08-02T09:00")
        stream = bank.cases.desk.stream("case-1")
        events = [bank.cases.desk.record.events.decode(e) for e in bank.journal.read(stream)]
        told = [event.to for event in events[1:] if event.to]

        assert [("management",)] == told
