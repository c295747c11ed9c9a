"""Policies that stand beside others, link others, or make one thing of their versions."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

from bankservice.core.citation import Citation
from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import PolicyError
from bankservice.core.holidays import HOLIDAYS
from bankservice.core.institution import INSTITUTION, Profile
from bankservice.core.opening import WORKTIME
from bankservice.core.policy import Faults, Kind, Library
from bankservice.core.policy_file import derive
from bankservice.core.shelf import PolicyShelf
from bankservice.core.worktime import WorkingCalendar

SOURCE = 'source = { text = "Acme manual", checked = "own" }'
DESK = f"""
id = "acme/desk"
kind = "worktime.calendar"
[[version]]
since = 2020-01-01
{SOURCE}
zone = "Europe/London"
hours = {{ mon = ["09:00-17:00"], tue = ["09:00-17:00"] }}
"""
BANK = f"""
id = "acme/bank"
kind = "institution.profile"
[[version]]
since = 2020-01-01
{SOURCE}
zone = "Asia/Shanghai"
currency = "CNY"
[[version]]
since = 2024-01-01
{SOURCE}
zone = "Europe/London"
currency = "GBP"
"""


@attrs.frozen(kw_only=True)
class Limit:
    """A number of days."""

    days: int
    calendar: str = ""
    zone: str = ""


def built(written: Limit, faults: Faults, library: Library) -> Limit:
    """Take a limit as it is written."""
    return written


LIMIT: Kind[Limit, Limit] = Kind("acme.limit", Limit, built)
SHELF = PolicyShelf((LIMIT, INSTITUTION, WORKTIME, HOLIDAYS), {})


@attrs.frozen(kw_only=True)
class Facts:
    """An instant, and the zone whose day counts."""

    at: datetime
    zone: str = ""


@attrs.frozen
class Answer:
    """The days, and the zone that decided."""

    days: int
    zone: str


TOLD = Says("TOLD", ("days",))


def decided(facts: Facts, limit: Limit, trace: Trace | None) -> Answer:
    """Tell the days."""
    return Answer(limit.days, facts.zone or limit.zone)


def ruled(**more: Any) -> Rule[Facts, Limit, Answer]:
    """Return a rule beside which an institution may stand."""
    return Rule(
        id="acme.days",
        facts=Facts,
        outcome=Answer,
        evaluate=decided,
        headline=lambda facts, limit, outcome: Reason("TOLD", (("days", outcome.days),)),
        says=(TOLD,),
        package="bankservice.core",
        kind=LIMIT,
        day=lambda facts: facts.at.date() if facts.zone else None,
        shelf=lambda: SHELF.with_policies((limit(), bank())),
        **more,
    )


def limit() -> Any:
    """Return the limit as a policy."""
    text = f'id = "acme/limit"\nkind = "acme.limit"\n[[version]]\nsince = 2020-01-01\n{SOURCE}\ndays = 5\n'
    return SHELF.read(text, "limit.toml")


def bank() -> Any:
    """Return the institution's profile."""
    return SHELF.read(BANK, "bank.toml")


DAYS = ruled(
    beside=INSTITUTION,
    filled=lambda facts, profile: facts if facts.zone else attrs.evolve(facts, zone=profile.zone),
    joined=lambda written, profile: attrs.evolve(written, zone=profile.zone),
)
NOON = datetime(2022, 3, 1, 12, tzinfo=UTC)


class TestBeside:
    """A rule may take a second policy beside its own."""

    def test_newest_where_it_takes_it_to_tell_the_day(self) -> None:
        """Without a zone no day can be told, so the newest profile gives the zone."""
        decision = DAYS("acme/limit", "acme/bank", at=NOON)

        assert Answer(5, "Europe/London") == decision.outcome
        assert ["acme/limit", "acme/bank"] == [ref.policy for ref in decision.policies]

    def test_in_force_on_the_day(self) -> None:
        """With a zone the profile in force on the day stands beside."""
        decision = DAYS("acme/limit", "acme/bank", at=NOON, zone="Asia/Tokyo")

        assert Answer(5, "Asia/Tokyo") == decision.outcome
        assert [date(2020, 1, 1)] * 2 == [ref.since for ref in decision.policies]
        assert decision.explanation().headline == Reason("TOLD", (("days", 5),))

    def test_a_version_is_taken_as_it_is(self) -> None:
        """A version given is the one that stands beside."""
        version = bank().versions[0]

        assert version is DAYS.version_beside(version, Facts(at=NOON))

    def test_nothing_beside(self) -> None:
        """It need not be there."""
        assert DAYS.version_beside(None, Facts(at=NOON)) is None

    def test_a_rule_that_takes_none(self) -> None:
        """A second policy where none is taken is a caller's mistake."""
        with pytest.raises(TypeError, match="takes no policy beside"):
            ruled()("acme/limit", "acme/bank", at=NOON, zone="UTC")

    def test_of_another_kind(self) -> None:
        """A second policy of another kind is refused by name."""
        with pytest.raises(TypeError, match=r"institution\.profile, got acme\.limit"):
            DAYS("acme/limit", "acme/limit", at=NOON)


class TestFilesBeside:
    """A policy may link a calendar by the file beside it."""

    def write(self, folder: Path, link: str) -> Path:
        """Write a limit that links a calendar file."""
        path = folder / "limit.policy.toml"
        head = 'id = "acme/limit"\nkind = "acme.limit"\n[[version]]\nsince = 2020-01-01\n'
        path.write_text(f"{head}{SOURCE}\ndays = 5\n{link}\n", "utf-8")
        (folder / "desk.policy.toml").write_text(DESK, "utf-8")
        return path

    def test_its_id_stands_in_the_policy(self, tmp_path: Path) -> None:
        """A kept version is read without its folder, so it names the calendar by id."""
        held = SHELF.load(self.write(tmp_path, 'calendar_file = "desk.policy.toml"'))

        assert "acme/desk" == held.versions[0].parameters.calendar

    @pytest.mark.parametrize(
        ("link", "wanted"),
        [
            ('calendar_file = "none.toml"', "a file in"),
            ("calendar_file = 5", "the name of a file"),
            ('calendar_file = "desk.policy.toml"\ncalendar = "acme/desk"', "and no calendar"),
        ],
    )
    def test_a_link_that_leads_nowhere(self, tmp_path: Path, link: str, wanted: str) -> None:
        """A missing file, no name, or both forms at once: the fault names the place."""
        with pytest.raises(PolicyError) as caught:
            SHELF.load(self.write(tmp_path, link))
        (fault,) = caught.value.faults

        assert "version[0].calendar_file" == fault.path
        assert wanted in fault.wanted

    def test_a_file_without_versions_has_its_own_faults(self, tmp_path: Path) -> None:
        """What is no list of versions links nothing, and is told as what it is."""
        path = tmp_path / "odd.toml"
        path.write_text('id = "acme/odd"\nkind = "acme.limit"\nversion = 5\n', "utf-8")
        with pytest.raises(PolicyError, match="one or more"):
            SHELF.load(path)


def test_a_derived_calendar_is_whole() -> None:
    """A policy derived from one whose versions are joined is joined too."""
    desk = SHELF.read(DESK, "desk.toml")
    own = Citation(text="Acme manual", checked="own")
    zone = "Asia/Shanghai"
    moved = derive(
        desk, "acme/east", since=date(2021, 1, 1), source=own, library=SHELF, zone=zone
    ).versions[0]

    assert isinstance(moved.parameters, WorkingCalendar)
    assert ("acme/east", zone) == (moved.parameters.id, moved.parameters.zone)


def test_a_profile_is_an_institution() -> None:
    """The profile says what the institution says."""
    assert isinstance(bank().versions[0].parameters, Profile)
