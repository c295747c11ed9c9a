"""The institution profile: whose day it is, in which currency, under which jurisdiction."""

from __future__ import annotations

from datetime import date, datetime, time

import attrs

from bankservice.core.calendar import local_day, zone_of
from bankservice.core.errors import UnknownNameError
from bankservice.core.money import digits_of
from bankservice.core.policy import Faults, Kind, Library
from bankservice.core.worktime import WorkingCalendar

__all__ = ["INSTITUTION", "Institution", "Profile", "check_currency", "check_zone"]


@attrs.frozen(kw_only=True)
class Institution:
    """
    What a bank is, as far as decisions depend on it.

    Attributes:
        zone: IANA time zone that decides the local day of an instant.
        currency: ISO 4217 code of the home currency.
        jurisdiction: ISO 3166 code of the country, with a subdivision where law differs.
        calendar: Id of the working calendar, if one is named.
        cut_off: Local time from which (inclusive) an instant belongs to the next business day.

    Examples:
        >>> from zoneinfo import ZoneInfo
        >>> bank = Institution(zone="Asia/Shanghai", currency="CNY")
        >>> bank.day_of(datetime(2026, 6, 30, 16, 30, tzinfo=ZoneInfo("UTC")))
        datetime.date(2026, 7, 1)
    """

    zone: str
    currency: str
    jurisdiction: str = ""
    calendar: str = ""
    cut_off: time | None = None

    def day_of(self, moment: datetime) -> date:
        """
        Return the institution's day on which an aware *moment* falls.

        Raises:
            ValueError: If *moment* is naive.
        """
        return local_day(moment, self.zone, cut_off=self.cut_off)


@attrs.frozen(kw_only=True)
class Profile(Institution):
    """An institution, with its working calendar found."""

    working: WorkingCalendar | None = attrs.field(default=None, eq=False)


def check_zone(zone: str, path: str, faults: Faults) -> None:
    """Note a fault where *zone* is no time zone."""
    try:
        zone_of(zone)
    except UnknownNameError as error:
        faults.add(path, repr(zone), "an IANA time zone such as 'Asia/Shanghai'", error.near)


def check_currency(currency: str, path: str, faults: Faults) -> int | None:
    """Return the currency's digits, or note a fault where ISO 4217 does not list it."""
    try:
        return digits_of(currency)
    except UnknownNameError as error:
        faults.add(path, repr(currency), "an ISO 4217 currency such as 'CNY'", error.near)
        return None


def _build(written: Institution, faults: Faults, library: Library) -> Profile:
    check_zone(written.zone, "zone", faults)
    check_currency(written.currency, "currency", faults)
    working = None
    if written.calendar:
        try:
            working = library.get(written.calendar).versions[-1].parameters
        except UnknownNameError as error:
            faults.add("calendar", repr(written.calendar), "the id of a calendar", error.near)
        else:
            if not isinstance(working, WorkingCalendar):
                faults.add("calendar", repr(written.calendar), "the id of a working calendar")
                working = None
    parts = {field.name: getattr(written, field.name) for field in attrs.fields(Institution)}
    return Profile(**parts, working=working)


INSTITUTION = Kind("institution.profile", Institution, _build)
"""Kind of policy that holds an institution profile."""
