"""When lots can be spent and when they lapse."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from programme_tools import earn, programme_of

from bankservice.core.calendar import local_day, midnight
from bankservice.core.offsets import EPOCH, MICROSECOND
from bankservice.loyalty import Lot, Programme
from bankservice.loyalty.programme.dates import day_of, last_of, start_of, statement_close

ZONES = ("Asia/Shanghai", "America/New_York", "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut")


def micros(moment: datetime) -> int:
    """Return an instant in microseconds."""
    return (moment - EPOCH) // MICROSECOND


def local(zone: str, *parts: int) -> int:
    """Return a local time as an instant in microseconds."""
    return micros(datetime(*parts, tzinfo=ZoneInfo(zone)).astimezone(UTC))  # type: ignore[misc, arg-type]


def last_day(programme: Programme, earned_on: date, **keys: Any) -> date | None:
    """Return the last local day on which points earned on a day are valid."""
    posted = micros(midnight(earned_on, programme.zone)) + 1
    ends = programme.dates_of("spend", earned_on, posted, **keys).expires_at
    return None if ends is None else day_of(programme.zone, ends - 1)


EXPIRIES: tuple[tuple[str, dict[str, Any], str, str | None], ...] = (
    ("never", {"mode": "never"}, "2026-01-31", None),
    ("31 January and a month", {"mode": "after", "period": "P1M"}, "2026-01-31", "2026-02-28"),
    ("31 January in a leap year", {"mode": "after", "period": "P1M"}, "2028-01-31", "2028-02-29"),
    ("G17", {"mode": "after", "period": "P12M", "round_to": "month"}, "2020-07-06", "2021-07-31"),
    (
        "rounded after adding",
        {"mode": "after", "period": "P9M", "round_to": "quarter"},
        "2026-06-30",
        "2027-03-31",
    ),
    (
        "up to the half-year",
        {"mode": "after", "period": "P3M", "round_to": "half-year"},
        "2026-03-31",
        "2026-06-30",
    ),
    ("G19, of the month", {"mode": "end-of", "round_to": "month"}, "2018-01-22", "2018-01-31"),
    ("G19, of the year", {"mode": "end-of", "round_to": "year"}, "2018-05-03", "2018-12-31"),
    (
        "two months after the month",
        {"mode": "end-of", "round_to": "month", "period": "P2M"},
        "2026-02-10",
        "2026-04-30",
    ),
    (
        "nine months after the quarter",
        {"mode": "end-of", "round_to": "quarter", "period": "P9M"},
        "2026-06-30",
        "2027-03-31",
    ),
    ("a fixed day", {"mode": "fixed-day", "days": ["06-30"]}, "2026-07-01", "2027-06-30"),
    ("on the day itself", {"mode": "fixed-day", "days": ["06-30"]}, "2026-06-30", "2026-06-30"),
    (
        "the second time it passes",
        {"mode": "fixed-day", "days": ["12-31"], "years": 2},
        "2026-07-01",
        "2027-12-31",
    ),
    ("29 February", {"mode": "fixed-day", "days": ["02-29"]}, "2026-03-01", "2027-02-28"),
    ("cycles", {"mode": "cycles", "days": ["12-31", "06-30"]}, "2026-07-01", "2026-12-31"),
    (
        "cycles a year on",
        {"mode": "cycles", "days": ["12-31", "06-30"], "period": "P1Y"},
        "2026-05-01",
        "2027-06-30",
    ),
    ("inactivity", {"mode": "inactivity", "period": "P18M"}, "2026-01-31", "2027-07-31"),
    (
        "at most so long",
        {"mode": "inactivity", "period": "P18M", "most": "P1Y"},
        "2026-01-31",
        "2027-01-31",
    ),
    ("G21", {"mode": "after", "period": "P2Y", "round_to": "month"}, "2017-04-12", "2019-04-30"),
)


class TestExpiry:
    """When points lapse."""

    @pytest.mark.parametrize(("name", "expiry", "earned", "last"), EXPIRIES)
    @pytest.mark.parametrize("zone", ZONES)
    def test_last_day(
        self, zone: str, name: str, expiry: dict[str, Any], earned: str, last: str | None
    ) -> None:
        """The last valid day is the one the calendar gives, in whatever zone."""
        programme = programme_of(zone=zone, expiry=expiry)

        assert (None if last is None else date.fromisoformat(last)) == last_day(
            programme, date.fromisoformat(earned)
        )

    def test_the_instant(self) -> None:
        """A lot valid through 31 July lapses at 1 August 00:00 of the programme's zone."""
        programme = programme_of(
            zone="America/New_York", expiry={"mode": "after", "period": "P1Y", "round_to": "month"}
        )

        found = programme.dates_of("spend", date(2020, 7, 6), local("America/New_York", 2020, 7, 6))

        assert local("America/New_York", 2021, 8, 1) == found.expires_at

    @pytest.mark.parametrize(
        ("starts", "last"),
        [
            ("earning", date(2026, 2, 10)),
            ("posting", date(2026, 2, 12)),
            ("activation", date(2026, 2, 15)),
        ],
    )
    def test_start(self, starts: str, last: date) -> None:
        """The clock starts on the day of earning, of posting, or of activation."""
        programme = programme_of(
            expiry={"mode": "after", "period": "P1M", "starts": starts},
            available={"mode": "after", "days": 3},
        )
        posted = local("Asia/Shanghai", 2026, 1, 12, 10)

        found = programme.dates_of("spend", date(2026, 1, 10), posted)

        assert found.expires_at is not None
        assert last == day_of("Asia/Shanghai", found.expires_at - 1)

    def test_activation_to_come(self) -> None:
        """Points that wait for an action lapse by a clock that starts when it has happened."""
        programme = programme_of(
            expiry={"mode": "after", "period": "P1M", "starts": "activation"},
            available={"mode": "action", "action": "minimum-payment"},
        )
        posted, met = local("Asia/Shanghai", 2026, 1, 12), local("Asia/Shanghai", 2026, 1, 31, 9)

        waiting = programme.dates_of("spend", date(2026, 1, 10), posted)
        ready = programme.dates_of("spend", date(2026, 1, 10), posted, met_at=met)

        assert (None, None, "minimum-payment") == (
            waiting.available_at,
            waiting.expires_at,
            waiting.action,
        )
        assert (met, local("Asia/Shanghai", 2026, 3, 1), "") == (
            ready.available_at,
            ready.expires_at,
            ready.action,
        )

    def test_rows_of_their_own(self) -> None:
        """A row may date its lots otherwise; a lot of no row is dated as the programme says."""
        programme = programme_of(
            earn("spend", expiry={"mode": "after", "period": "P1M"}),
            earn("other"),
            expiry={"mode": "after", "period": "P2M"},
        )

        assert date(2026, 2, 10) == last_day(programme, date(2026, 1, 10))
        assert (
            programme.dates_of("other", date(2026, 1, 10), 0).expires_at
            == programme.dates_of("", date(2026, 1, 10), 0).expires_at
        )
        assert not programme.same_dates("spend", "other")


class TestActivity:
    """Lots that live as long as something is done."""

    def lot(self, programme: Programme) -> Lot:
        """Return a lot earned on New Year's Day 2026."""
        earned = date(2026, 1, 1)
        dates = programme.dates_of("spend", earned, micros(midnight(earned, programme.zone)))
        return Lot(
            number=1,
            granted=1,
            left=1,
            ref="",
            row="spend",
            earned_on=earned,
            available_at=dates.available_at,
            expires_at=dates.expires_at,
        )

    def test_it_lives_on(self) -> None:
        """Activity moves the end to the period after it, up to the hard limit."""
        programme = programme_of(expiry={"mode": "inactivity", "period": "P1Y", "most": "P18M"})
        held = self.lot(programme)

        ends = [
            programme.expiry_after_activity(held, day)
            for day in (date(2026, 1, 1), date(2026, 3, 1), date(2026, 12, 31))
        ]

        assert [date(2027, 1, 1), date(2027, 3, 1), date(2027, 7, 1)] == [
            day_of(programme.zone, (end or 0) - 1) for end in ends
        ]

    def test_what_has_lapsed_stays_so(self) -> None:
        """Activity after the end revives nothing; other expiries do not look at activity."""
        programme = programme_of(expiry={"mode": "inactivity", "period": "P1Y"})
        other = programme_of(expiry={"mode": "after", "period": "P1Y"})
        held, fixed = self.lot(programme), self.lot(other)

        assert held.expires_at == programme.expiry_after_activity(held, date(2027, 1, 2))
        assert fixed.expires_at == other.expiry_after_activity(fixed, date(2026, 6, 1))


class TestAvailability:
    """When points can be spent."""

    @pytest.mark.parametrize(
        ("available", "day"),
        [
            ({"mode": "next-day"}, (2026, 1, 13)),
            ({"mode": "after", "days": 1}, (2026, 1, 13)),
            ({"mode": "after", "days": 30}, (2026, 2, 11)),
            ({"mode": "statement"}, (2026, 1, 21)),
        ],
    )
    def test_modes(self, available: dict[str, Any], day: tuple[int, int, int]) -> None:
        """Counted from posting, from the first instant of a day."""
        programme = programme_of(available=available, statement_day=20)
        posted = local("Asia/Shanghai", 2026, 1, 12, 23, 59)

        found = programme.dates_of("spend", date(2026, 1, 10), posted)

        assert local("Asia/Shanghai", *day) == found.available_at

    def test_at_once(self) -> None:
        """At the instant of posting."""
        assert 5 == programme_of().dates_of("spend", date(2026, 1, 10), 5).available_at


class TestDays:
    """Local days of the programme's zone."""

    @given(st.sampled_from(ZONES), st.dates(date(1990, 1, 1), date(2035, 12, 31)))
    def test_beginning(self, zone: str, day: date) -> None:
        """A day begins where the calendar says, in zones whose clocks skip midnight too."""
        assert micros(midnight(day, zone)) == start_of(zone, day)

    @given(
        st.sampled_from(ZONES),
        st.dates(date(1990, 1, 1), date(2035, 12, 31)),
        st.integers(0, 86_400 * 10**6 - 1),
    )
    def test_of_an_instant(self, zone: str, day: date, later: int) -> None:
        """The local day of an instant is the one the calendar gives."""
        moment = midnight(day, "UTC") + later * MICROSECOND

        assert local_day(moment, zone) == day_of(zone, micros(moment))

    @given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(1, 31))
    def test_statement(self, day: date, statement_day: int) -> None:
        """Statement periods follow one another without gap or overlap."""
        close = statement_close(day, statement_day)

        assert day <= close < day + timedelta(days=32)
        assert close == statement_close(close, statement_day)
        assert close < statement_close(close + timedelta(days=1), statement_day)

    @given(
        st.dates(date(2000, 1, 1), date(2040, 1, 1)),
        st.sampled_from(["day", "month", "quarter", "half-year", "year"]),
    )
    def test_ends(self, day: date, period: str) -> None:
        """The end of a period is its own end, and the next day is in the next one."""
        end = last_of(day, period)

        assert day <= end == last_of(end, period)
        assert end < last_of(end + timedelta(days=1), period)
