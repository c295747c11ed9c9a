"""The diagram of a tier: months against two levels, protection, grace, and what is held."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

from babel.dates import format_skeleton
from book.diagram_canvas import (
    LINE,
    NOTE,
    PAPER,
    WARN,
    WIDTH,
    Canvas,
    Words,
    day_text,
    words_of,
)
from book.diagram_data import Month, levels, tier_months

from bankservice.core.wording import locale_of
from bankservice.report.layout import width_of
from bankservice.report.palette import ACCENT, INK, MUTED, SHADES

__all__ = ["REASONS", "qualifications"]

BAND, HELD = SHADES[1:3]
GRACE: Final = "#f0d9b5"
MARGIN: Final = 11

REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "TIER_UP": ("the level to enter is reached: Gold", "达到准入标准：成为金卡"),
    "TIER_PROTECTED": (
        "below the level to retain, but protected",
        "低于保级标准，但在保护期内",
    ),
    "TIER_REQUALIFIED": ("reached again: protection begins anew", "再次达到：保护期重新起算"),
    "TIER_GRACE": (
        "protection is over; grace, counted from the first miss, still holds",
        "保护期已过；宽限期自首次未达标起算，仍有效",
    ),
    "TIER_LAPSED": ("missed on the day grace ends: lost", "宽限期届满之日仍未达标：失去等级"),
    "TIER_BASE": (
        "between the levels: enough to keep Gold, not to enter it",
        "介于两标准之间：可以保级，但不能升级",
    ),
}


AFTER: Final = 30
"""Days that are shown after the last assessment."""


def qualifications(locale: str) -> Canvas:
    """Draw a customer's months against two levels, with protection, grace and the tier held."""
    say, months = words_of(locale), tier_months()
    enter, retain = levels()
    turns = [
        month
        for place, month in enumerate(months)
        if place and month.reason != months[place - 1].reason and month.reason in REASONS
    ]
    texts = [f"{day_text(month.day, locale)}: {say(*REASONS[month.reason])}." for month in turns]
    if locale == "zh":
        texts = [text.replace(": ", "：", 1).rstrip(".") + "。" for text in texts]
    canvas = Canvas(
        say("A tier with protection and grace", "带保护期与宽限期的等级"),
        "".join(texts) if locale == "zh" else " ".join(texts),
    )
    low, high = 30_000, 60_000
    start = months[0].day.replace(day=1).toordinal()
    end = months[-1].day.toordinal() + AFTER

    def across(day: date) -> float:
        return MARGIN + (WIDTH - 2 * MARGIN) * (day.toordinal() - start) / (end - start)

    def down(amount: int) -> float:
        return 180 - 160 * (amount - low) / (high - low)

    canvas.rect(MARGIN, down(enter), WIDTH - 2 * MARGIN, down(retain) - down(enter), fill=BAND)
    # In the midst of the year the line keeps between the levels: there is room for their names.
    between = [month.day for month in months[5:] if month.reason == "TIER_BAND"]
    calm = (across(between[0]) + across(between[-1])) / 2
    names = ((enter, say("enter", "准入"), -9), (retain, say("retain", "保级"), 10))
    for level, name, beside in names:
        canvas.line((MARGIN, down(level)), (WIDTH - MARGIN, down(level)), colour=ACCENT, dash=True)
        told, middle = f"{name} {level:,}", down(level) + beside
        canvas.text(calm, middle, told, size=NOTE, colour=ACCENT, align="center")
    canvas.path([(across(month.day), down(month.average)) for month in months], colour=INK)
    for month in months:
        fill = PAPER if month.average < retain else INK
        canvas.dot(across(month.day), down(month.average), fill=fill, stroke=INK)
    for place, month in enumerate(turns, start=1):
        above = -15 if month.average >= retain else 15
        at = down(month.average) + above
        canvas.text(across(month.day), at, str(place), bold=True, colour=WARN, align="center")
    top = _bands(canvas, months, across, 200, say)
    for month in months[::3]:
        form = "yMMM" if month.day.month == 1 else "MMM"
        name = str(format_skeleton(form, month.day, locale=locale_of(locale)))
        align = "left" if month is months[0] else "center"
        left = MARGIN if month is months[0] else across(month.day)
        canvas.text(left, top + 10, name, size=12, colour=MUTED, align=align)
    top += 26
    missed = say("below the level to retain", "低于保级标准")
    top = canvas.key(top, "○", missed, fill=PAPER, stroke=MUTED)
    for place, text in enumerate(texts, start=1):
        top = canvas.key(top, str(place), text, fill=PAPER, stroke=WARN)
    return canvas


def _bands(
    canvas: Canvas,
    months: tuple[Month, ...],
    across: Callable[[date], float],
    top: float,
    say: Words,
) -> float:
    """Draw from when to when protection, grace and each tier hold; return where the bands end."""
    last = months[-1].day + timedelta(AFTER)
    shields: dict[date, date] = {}
    graces: dict[date, date] = {}
    tiers: list[tuple[date, date, str]] = []
    for place, month in enumerate(months):
        until = months[place + 1].day if place + 1 < len(months) else last
        if tiers and tiers[-1][2] == month.tier:
            tiers[-1] = (tiers[-1][0], until, month.tier)
        else:
            tiers.append((month.day if tiers else month.day.replace(day=1), until, month.tier))
        shield = month.protected_until
        if shield is not None and shield > month.day:
            # A protection that begins anew goes on from the one before.
            began = next((day for day, over in shields.items() if over >= month.day), month.day)
            shields[began] = shield
        if month.lapses_on is not None and month.below_since is not None:
            begins = max(month.below_since, shield or month.below_since)
            if month.lapses_on > begins:
                graces[begins] = month.lapses_on
    rows = (
        (say("protection", "保护期"), [(a, min(b, last), "") for a, b in shields.items()], HELD),
        (say("grace", "宽限期"), [(a, min(b, last), "") for a, b in graces.items()], GRACE),
        (say("tier held", "所持等级"), tiers, PAPER),
    )
    for name, spans, fill in rows:
        canvas.text(MARGIN, top + 9, name, size=NOTE, colour=MUTED)
        top += LINE
        for begin, end, code in spans:
            left, right = across(begin), across(end)
            held = {"GOLD": say("Gold", "金卡"), "STANDARD": say("Base", "普通")}.get(code, "")
            shade = SHADES[1] if code == "GOLD" else fill
            canvas.rect(left, top, right - left, 20, fill=shade, stroke=INK)
            if held and right - left > width_of(held, NOTE):
                canvas.text((left + right) / 2, top + 10, held, size=NOTE, align="center")
        top += 24
    return top
