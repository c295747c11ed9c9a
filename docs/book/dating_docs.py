"""
When points can be spent, when they lapse, when a row holds, in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from book.bilingual import NOTHING, Titles, alike, both, each, listed, period, spoken, titles
from book.labels import aside, bracketed, policy_link

from bankservice import policies
from bankservice.core.calendar import Period
from bankservice.loyalty.programme.dating import AvailabilityRow, ExpiryRow
from bankservice.loyalty.window import WindowRow

__all__ = ["available_words", "expiry_words", "window_words"]

_START: Final = {
    "earning": both("from the day of earning", "自累积日起"),
    "posting": both("from the day of posting", "自记账日起"),
    "activation": both("from the day they can be spent", "自可用之日起"),
}
_END: Final = {
    "day": NOTHING,
    "month": both("the end of the month", "月末"),
    "quarter": both("the end of the quarter", "季末"),
    "half-year": both("the end of the half-year", "半年末"),
    "year": both("the end of the year", "年末"),
}


def available_words(row: AvailabilityRow) -> Titles:
    """Return when points can be spent."""
    match row.mode:
        case "after":
            return both(f"after {row.days} days", f"{row.days} 天之后")
        case "action":
            return both(f"when `{row.action}` is told", f"获知 `{row.action}` 之时")
        case mode:
            return spoken("said", f"available-{mode}")


def expiry_words(row: ExpiryRow) -> Titles:
    """Return when points lapse."""
    match row.mode:
        case "after":
            return _after(row)
        case "end-of":
            end = _END[row.round_to]
            if not row.period:
                return both(f"{end['en']} they were earned in", f"累积所在期间的{end['zh']}")
            more = _told(row.period)
            return both(
                f"{more['en']} after {end['en']} they were earned in",
                f"累积所在期间的{end['zh']}之后{more['zh']}",
            )
        case "fixed-day" | "cycles":
            return _fixed(row)
        case "inactivity":
            return _idle(row)
        case _:
            return spoken("said", "expiry-never")


def _told(held: Period) -> Titles:
    return each(lambda locale: period(held, locale))


def _after(row: ExpiryRow) -> Titles:
    held, start, end = _told(row.period), _START[row.starts], _END[row.round_to]
    tail = both(f", then to {end['en']}", f"，再至{end['zh']}") if end["en"] else NOTHING
    return both(
        f"{held['en']} {start['en']}{tail['en']}",
        f"{start['zh']}{held['zh']}{tail['zh']}",
    )


def _fixed(row: ExpiryRow) -> Titles:
    days = ", ".join(row.days)
    if row.mode == "fixed-day" and row.years > 1:
        return both(
            f"on the {row.years}. {days} (month-day) to come",
            f"其后第 {row.years} 个 {days}（月-日）",
        )
    return both(f"on the next {days} (month-day)", f"其后的下一个 {days}（月-日）")


def _idle(row: ExpiryRow) -> Titles:
    held = _told(row.period)
    most = _told(row.most)
    tail = (
        both(f", at most {most['en']} from earning", f"，自累积起最长{most['zh']}")
        if row.most
        else NOTHING
    )
    return both(
        f"{held['en']} after the last activity{tail['en']}",
        f"最近一次活动之后{held['zh']}{tail['zh']}",
    )


def window_words(row: WindowRow | None) -> Titles:
    """Return when something holds; empty for always."""
    if row is None:
        return NOTHING
    told = list(_parts(row))
    return each(lambda locale: ("；" if locale == "zh" else "; ").join(t[locale] for t in told))


def _parts(row: WindowRow) -> Iterable[Titles]:
    if row.from_on is not None and row.through_on is not None:
        yield both(f"{row.from_on} to {row.through_on}", f"{row.from_on} 至 {row.through_on}")
    elif row.from_on is not None:
        yield both(f"from {row.from_on}", f"{row.from_on} 起")
    elif row.through_on is not None:
        yield both(f"through {row.through_on}", f"至 {row.through_on}")
    if row.calendar:
        yield _festival(row)
    if row.weekdays:
        names = [spoken("said", day) for day in row.weekdays]
        yield each(lambda locale: listed([name[locale] for name in names], locale))
    if row.days_of_month:
        days = [str(day) for day in row.days_of_month]
        yield both(f"day {', '.join(days)} of the month", f"每月 {'、'.join(days)} 日")
    if row.months:
        months = [str(month) for month in row.months]
        yield both(f"months {', '.join(months)}", f"{'、'.join(months)} 月")


def _festival(row: WindowRow) -> Titles:
    told = _holiday_names(row.calendar)
    names = [told.get(name, alike(name)) for name in row.holidays]
    if not names:
        names = [both("every holiday", "全部假日")]
    around = [
        both(f"{row.before} days before", f"之前 {row.before} 天") if row.before else NOTHING,
        both(f"{row.after} days after", f"之后 {row.after} 天") if row.after else NOTHING,
        spoken("said", "with-days-off") if row.run == "days-off" else NOTHING,
    ]
    link = policy_link(row.calendar) or f"`{row.calendar}`"
    comma = both(", ", "，")
    return each(
        lambda locale: comma[locale].join(
            [
                aside(
                    listed([name[locale] for name in names], locale),
                    bracketed(link, locale),
                    locale,
                ),
                *(text[locale] for text in around if text[locale]),
            ]
        )
    )


def _holiday_names(calendar: str) -> Mapping[str, Titles]:
    """Return the holidays of a list by their English names."""
    versions = policies.load(calendar).versions
    return {day.name.en: titles(day.name) for held in versions for day in held.parameters.days}
