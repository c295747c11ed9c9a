"""The public rules of working time: which version, which policies they name, what they say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
import pytest

from bankservice import policies, worktime
from bankservice.core.errors import FaultsError, NotInForceError, UnknownNameError
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.worktime import SHELF, Duration, WorkingCalendar

SOURCE = {"text": "the tests", "clause": "1", "checked": "own"}
WEEK = {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
SHANGHAI = ZoneInfo("Asia/Shanghai")

NAME = {"en": "National Day", "zh": "国庆节"}
DAYS = {
    "since": date(2025, 1, 1),
    "source": SOURCE,
    "days": [{"on": date(2025, 10, 1), "name": NAME}, {"on": date(2025, 10, 2)}],
    "make_up": [{"on": date(2025, 9, 28), "name": {"en": "For 3 October", "zh": "补 10 月 3 日"}}],
}


def desk(*versions: Mapping[str, Any]) -> Policy[WorkingCalendar]:
    """Return a desk in Shanghai with public holidays of 2025."""
    raw = {"id": "holidays/acme", "kind": "worktime.holidays", "version": [DAYS]}
    shelf = SHELF.with_policies([read_policy(raw, "holidays", SHELF.kinds, SHELF)])
    usual = {
        "since": date(2020, 1, 1),
        "source": SOURCE,
        "zone": "Asia/Shanghai",
        "hours": WEEK,
        "public_holidays": {"country": "acme"},
    }
    rows = [{**usual, **version} for version in versions or ({},)]
    raw = {"id": "acme/desk", "kind": "worktime.calendar", "version": rows}
    return read_policy(raw, "a desk", shelf.kinds, shelf)


class TestVersion:
    """Which version governs, and which are named."""

    def test_local_day_of_the_calendar(self) -> None:
        """The day of an instant is that of the calendar's zone, however the instant is written."""
        start = datetime(2020, 1, 1, 1, tzinfo=SHANGHAI)

        for written in (start, start.astimezone(UTC)):
            decision = worktime.add(desk(), start=written, amount="PT1H")
            assert date(2020, 1, 1) == decision.versions[0].since

        with pytest.raises(NotInForceError):
            worktime.add(desk(), start=start - timedelta(hours=2), amount="PT1H")
        with pytest.raises(NotInForceError):
            worktime.between(desk(), start=start - timedelta(hours=2), end=start)

    def test_versions_between_are_named(self) -> None:
        """A decision names the version in force at the start, then those that follow, once each."""
        held = desk({}, {"since": date(2025, 10, 1)})
        found = worktime.business_day(held, day=date(2025, 9, 26), n=5)
        back = worktime.business_day(held, day=date(2025, 10, 9), n=-8)

        assert [
            ("acme/desk", date(2020, 1, 1)),
            ("acme/desk", date(2025, 10, 1)),
            ("holidays/acme", date(2025, 1, 1)),
        ] == [(ref.policy, ref.since) for ref in found.policies]
        assert [
            ("acme/desk", date(2025, 10, 1)),
            ("acme/desk", date(2020, 1, 1)),
            ("holidays/acme", date(2025, 1, 1)),
        ] == [(ref.policy, ref.since) for ref in back.policies]

    def test_calendar_days_without_a_roll_rest_on_no_holidays(self) -> None:
        """Where no calendar is looked at, none but the governing version is named."""
        facts = {"day": date(2025, 9, 1), "amount": "P1M"}

        assert 1 == len(worktime.calendar_day(desk(), **facts).policies)
        assert 2 == len(worktime.calendar_day(desk(), **facts, roll="following").policies)

    def test_all_ways_to_name_a_policy(self) -> None:
        """An id, with or without its home, a policy, and a version are all taken."""
        start = datetime(2025, 6, 6, 23, tzinfo=ZoneInfo("Europe/London"))
        held = policies.load("calendars/gb-eng")
        ways: tuple[Any, ...] = ("gb-eng", "calendars/gb-eng", held, held.versions[-1])

        assert 1 == len({worktime.add(way, start=start, amount="PT2H").outcome.at for way in ways})
        with pytest.raises(UnknownNameError, match="did you mean calendars/gb-eng"):
            worktime.add("calendars/gb-egn", start=start, amount="PT2H")
        with pytest.raises(TypeError, match="needs a policy"):
            worktime.add(start=start, amount="PT2H")
        with pytest.raises(TypeError, match="needs a policy of kind"):
            worktime.add("holidays/gb-eng", start=start, amount="PT2H")

    def test_nothing_known_yet(self) -> None:
        """As known before its first version a calendar answers nothing."""
        with pytest.raises(NotInForceError, match="no version that was known"):
            worktime.add(
                desk().as_known(date(2019, 1, 1)),
                start=datetime(2025, 6, 6, tzinfo=UTC),
                amount="PT2H",
            )


class TestOutcomes:
    """What comes out."""

    def test_instants_are_pendulum_values_of_the_zone(self) -> None:
        """Ends read the clock of the calendar, and are pendulum's."""
        start = datetime(2025, 6, 6, 8, 30, tzinfo=UTC)
        ended = worktime.add(desk(), start=start, amount=timedelta(hours=1)).outcome
        day = worktime.calendar_day(desk(), day=date(2025, 6, 6), amount="P1D").outcome

        assert isinstance(ended.at, pendulum.DateTime)
        assert "2025-06-09T09:30:00+08:00" == ended.at.isoformat()
        assert ("Asia/Shanghai", "2025-06-08T00:00:00+08:00") == (
            day.ends_at.timezone_name,
            day.ends_at.isoformat(),
        )

    def test_seconds_are_rounded_down(self) -> None:
        """Whole seconds, down: also of a negative measure."""
        start = datetime(2025, 6, 6, 9, tzinfo=SHANGHAI)
        end = start + timedelta(microseconds=1_500_000)

        assert 1 == worktime.between(desk(), start=start, end=end).outcome.seconds
        assert -2 == worktime.between(desk(), start=end, end=start).outcome.seconds

    def test_provisional(self) -> None:
        """What rests on days not announced is marked; what rests on none is not."""
        start = datetime(2025, 12, 31, 16, tzinfo=SHANGHAI)
        late = date(2026, 5, 5)

        assert not worktime.add(desk(), start=start, amount="PT1H").outcome.provisional
        assert worktime.add(desk(), start=start, amount="PT2H").outcome.provisional
        assert worktime.between(
            desk(), start=start, end=start.replace(year=2026)
        ).outcome.provisional
        assert worktime.business_day(desk(), day=late, n=1).outcome.provisional
        assert worktime.business_day(desk(), day=date(2024, 5, 5), n=1).outcome.provisional
        assert not worktime.business_day(desk(), day=late, n=0).outcome.provisional
        assert not worktime.calendar_day(desk(), day=late, amount="P1D").outcome.provisional
        assert worktime.calendar_day(
            desk(), day=late, amount="P1D", roll="following"
        ).outcome.provisional
        assert not worktime.add(
            desk({"public_holidays": None}), start=start, amount="PT2H"
        ).outcome.provisional

    @pytest.mark.parametrize(
        ("text", "written"),
        [("PT8H", "PT28800S"), ("-PT0.25S", "-PT0.25S"), ("P1D", "PT86400S"), ("PT0S", "PT0S")],
    )
    def test_duration(self, text: str, written: str) -> None:
        """A duration is written in seconds and reads back as itself."""
        assert written == str(Duration.parse(text)) == Duration.parse(text).__written__()
        assert Duration.parse(text) == Duration.parse(written)


class TestBadInput:
    """What is no fact."""

    @pytest.mark.parametrize(
        ("facts", "wanted"),
        [
            ({"start": datetime(2025, 6, 6, 9)}, "with its offset"),  # noqa: DTZ001
            ({"start": date(2025, 6, 6)}, "an aware datetime"),
            ({"amount": "8h"}, 'a duration such as "PT8H"'),
            ({"amount": 8}, 'a duration such as "PT8H"'),
            ({"amount": "P1M"}, 'a duration such as "PT8H"'),
            ({"amunt": "PT8H"}, "did you mean amount"),
        ],
    )
    def test_refused(self, facts: dict[str, Any], wanted: str) -> None:
        """It is refused by name, with what is wanted."""
        usual: dict[str, Any] = {"start": "2025-06-06T09:00:00+08:00", "amount": "PT8H"}

        with pytest.raises(FaultsError, match=wanted):
            worktime.add(desk(), **{**usual, **facts})

    def test_days_are_days(self) -> None:
        """Business days are counted from a date by a whole number, calendar days by a period."""
        with pytest.raises(FaultsError) as caught:
            worktime.business_day(desk(), day=datetime(2025, 6, 6, tzinfo=UTC), n="1.5")

        assert ["day", "n"] == [fault.path for fault in caught.value.faults]
        with pytest.raises(FaultsError, match="did you mean following"):
            worktime.calendar_day(desk(), day=date(2025, 6, 6), amount="P1D", roll="folowing")


class TestExplained:
    """Which days were left out, and why."""

    def test_every_kind_of_day(self) -> None:
        """Weekend, override, holiday, make-up day and weekday of the month are told apart."""
        own = [
            {"on": date(2025, 9, 30), "hours": []},
            {"on": date(2025, 10, 4), "hours": ["09:00-12:00"]},
        ]
        held = desk({"override": own, "closed": [{"weekday": "fri", "nth": [1]}]})
        decision = worktime.business_day(held, day=date(2025, 9, 26), n=4)

        assert date(2025, 10, 6) == decision.outcome.day
        assert [
            "Counted from Sep 26, 2025, which does not count, business day 4 is Oct 6, 2025.",
            "  ✗ no business days, by the hours of the week: Sep 27, 2025 and Oct 5, 2025",
            "  ✓ Sep 28, 2025 is a make-up working day: For 3 October",
            "  ✗ Sep 30, 2025 is no business day: closed by the calendar's own entry for that date",
            "  ✗ Oct 1, 2025 is no business day: National Day",
            "  ✗ Oct 2, 2025 is no business day: public holiday",
            "  ✗ Oct 3, 2025 is no business day: this weekday of the month is closed",
            "  ✓ Oct 4, 2025 is a business day by the calendar's own entry for that date",
            "Policy acme/desk, version of Jan 1, 2020: the tests, 1.",
            "Policy holidays/acme, version of Jan 1, 2025: the tests, 1.",
        ] == decision.explain("en").split("\n")
        assert [
            "自 2025年9月26日（当日不计）起算，第 4 个工作日为 2025年10月6日。",
            "  ✗ 按每周营业时间不是工作日：2025年9月27日和2025年10月5日",
            "  ✓ 2025年9月28日是调休上班日：补 10 月 3 日",
            "  ✗ 2025年9月30日不是工作日：日历对该日另有规定，不营业",
            "  ✗ 2025年10月1日不是工作日：国庆节",
            "  ✗ 2025年10月2日不是工作日：公共假日",
            "  ✗ 2025年10月3日不是工作日：当月的这个星期几不营业",
            "  ✓ 2025年10月4日是工作日：日历对该日另有规定，照常营业",
        ] == decision.explain("zh_CN").split("\n")[:8]

    def test_many_weekends_are_counted(self) -> None:
        """Over a long time, weekends are a number; holidays are still named."""
        decision = worktime.between(
            desk({"public_holidays": None}),
            start=datetime(2025, 6, 1, 9, tzinfo=SHANGHAI),
            end=datetime(2025, 9, 1, 9, tzinfo=SHANGHAI),
        )

        assert [
            "Working time from Jun 1, 2025, 9:00:00\u202fAM to Sep 1, 2025, 9:00:00\u202fAM: 520 h.",
            "  ✗ 26 days without hours in the week, such as weekends",
        ] == decision.explain("en").split("\n")[:2]

    def test_rolled(self) -> None:
        """A last day that moved is told, and the days it moved over."""
        decision = worktime.calendar_day(
            desk(), day=date(2025, 9, 1), amount="P1M", roll="following"
        )
        kept = worktime.calendar_day(desk(), day=date(2025, 8, 29), amount="P1M", roll="preceding")

        assert [
            "  ✗ Oct 1, 2025 is no business day: National Day",
            "  ✗ Oct 2, 2025 is no business day: public holiday",
            "  ✗ the period ends on Oct 1, 2025; moved to a business day where it is none: Oct 3, 2025",
        ] == decision.explain("en").split("\n")[1:4]
        assert "✓ the period ends on Sep 29, 2025" in kept.explain("en")
        assert 1 == len(kept.explanation().checks)

    def test_provisional_is_said(self) -> None:
        """A provisional answer says how far holidays are known, with or without a roll."""
        start = datetime(2026, 6, 5, 16, tzinfo=SHANGHAI)
        said = "public holidays are known from Jan 1, 2025 to Dec 31, 2025 only"

        assert said in worktime.add(desk(), start=start, amount="PT2H").explain("en")
        assert said in worktime.calendar_day(
            desk(), day=date(2026, 6, 6), amount="P1D", roll="preceding"
        ).explain("en")

    def test_nothing_counted(self) -> None:
        """Where nothing is counted there is nothing to tell."""
        decision = worktime.business_day(desk(), day=date(2025, 6, 7), n=0)
        nothing = worktime.add(desk(), start=datetime(2025, 6, 7, tzinfo=UTC), amount="PT0S")
        plain = worktime.calendar_day(desk(), day=date(2025, 6, 7), amount="P1D")

        assert () == decision.explanation().checks
        assert () == nothing.explanation().checks
        assert () == plain.explanation().checks
        assert decision.explain("en").startswith("No business day is counted: it is Jun 7, 2025")

    def test_decisions_are_values(self) -> None:
        """Deciding again on the same facts gives an equal decision, which hashes and is JSON."""
        start = datetime(2025, 6, 6, 8, 30, tzinfo=UTC)
        one, other = (worktime.add(desk(), start=start, amount="PT9H") for _ in range(2))

        assert one == other
        assert hash(one) == hash(other)
        assert {"start": "2025-06-06T08:30:00+00:00", "amount": "PT32400S"} == one.to_json()[
            "facts"
        ]
        assert {"at": "2025-06-10T01:30:00+00:00", "provisional": False} == one.to_json()["outcome"]
