"""
The public holidays of a year as the library `holidays` knows them.

The library is imported when a year is asked for: nothing else in this package needs it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, Protocol

from bankservice.calendars.regions import Region, chinese_names
from bankservice.core.holidays import Holiday, HolidayTable
from bankservice.core.policy import Title

__all__ = ["Library", "Source", "named"]

_SEVERAL: Final = "; "
_SWAPPED: Final = re.compile(r"\(substituted from (\d\d)/(\d\d)/(\d{4})\)")
_MARKED: Final = re.compile(r"(.+) \((observed|estimated|observed, estimated)\)")
_MARKS: Final = {
    "observed": "（补假）",
    "estimated": "（推算）",
    "observed, estimated": "（补假，推算）",
}
_DAY: Final = timedelta(days=1)


class Source(Protocol):
    """Where the days of a year come from."""

    @property
    def edition(self) -> str:
        """Name and release of the source, for the citation."""

    def table(self, region: Region, year: int) -> HolidayTable:
        """Return the public holidays and make-up working days of *region* in *year*, in order."""


def named(english: str, chinese: str = "", country: str = "any") -> Title:
    """
    Return a holiday's name in both languages.

    Args:
        english: As the library says it; two holidays of one day stand with a semicolon.
        chinese: As the library says it, if it does. Our names for the country come before it, our
            names for all countries after it; where there is none, the English one stands in.
        country: Where; one English name may stand for two holidays.

    Examples:
        >>> named("Christmas Day (observed); Boxing Day")
        Title(en='Christmas Day (observed); Boxing Day', zh='圣诞节（补假）；节礼日')
        >>> named("Day off (substituted from 01/04/2026)", "休息日（由 2026-01-04 调休）").en
        'Day off (substituted from 2026-01-04)'
    """
    parts = english.split(_SEVERAL)
    given = chinese.split(_SEVERAL)
    if len(given) != len(parts):
        given = [""] * len(parts)
    return Title(
        en=_SWAPPED.sub(r"(substituted from \3-\1-\2)", english),
        zh="；".join(
            _chinese(part, country) or own or _chinese(part, "any") or part
            for part, own in zip(parts, given, strict=True)
        ),
    )


def _chinese(english: str, country: str) -> str:
    names = chinese_names(country)
    marked = _MARKED.fullmatch(english)
    if english in names or marked is None:
        return names.get(english, "")
    known = names.get(marked[1], "")
    return known and known + _MARKS[marked[2]]


class Library:
    """The library `holidays`, of the extra `calendars`."""

    def __init__(self) -> None:
        """
        Look for the library.

        Raises:
            ModuleNotFoundError: If it is not installed; the message says how to install it.
        """
        try:
            self._edition = f"holidays {version('holidays')}"
        except PackageNotFoundError:
            raise ModuleNotFoundError(
                "this needs the library holidays, of the `calendars` extra: "
                "pip install 'bankservice[calendars]'."
            ) from None

    @property
    def edition(self) -> str:
        """Name and release of the library."""
        return self._edition

    def table(self, region: Region, year: int) -> HolidayTable:
        """Return the public holidays and make-up working days of *region* in *year*, in order."""
        english = _days(region, region.language, year)
        chinese = _days(region, region.chinese, year) if region.chinese else {}
        days = {
            on: Holiday(on=on, name=named(name, chinese.get(on, ""), region.country))
            for on, name in english.items()
            if on.year == year and on not in {refuted.on for refuted in region.refuted}
        }
        if not region.friday_before_saturday:
            days = {on: day for on, day in days.items() if not _only_for_saturday(on, english)}
        make_up = tuple(
            Holiday(on=on, name=_made_up(on, english))
            for on in sorted(_workdays(region, year))
            if on.year == year
        )
        return HolidayTable(days=tuple(days[on] for on in sorted(days)), make_up=make_up)


@cache
def _read(region: Region, language: str, year: int) -> Any:
    import holidays

    # The years around it are read too: a day may be made up for in another year than its own.
    return holidays.country_holidays(
        region.country,
        subdiv=region.subdivision or None,
        years=(year - 1, year, year + 1),
        categories=region.categories,
        language=language or None,
        expand=False,
    )


def _days(region: Region, language: str, year: int) -> dict[date, str]:
    return dict(_read(region, language, year).items())


def _workdays(region: Region, year: int) -> Iterable[date]:
    found: Iterable[date] = getattr(_read(region, region.language, year), "weekend_workdays", ())
    return found


def _only_for_saturday(on: date, names: Mapping[date, str]) -> bool:
    """Tell whether a Friday is a holiday only for that of the Saturday after it."""
    return on.weekday() == 4 and all(
        part.endswith("(observed)") and part.removesuffix(" (observed)") in names.get(on + _DAY, "")
        for part in names[on].split(_SEVERAL)
    )


def _made_up(on: date, names: Mapping[date, str]) -> Title:
    """Name a make-up working day for the day off it is worked for."""
    for off, name in names.items():
        if on.strftime("%m/%d/%Y") in name:
            return Title(en=f"Working day made up for {off}", zh=f"补 {off} 调休上班")
    return Title(en="Working day made up", zh="调休上班")
