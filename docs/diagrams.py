"""
The diagrams of the explanation pages, drawn from what the library decides.

`python docs/diagrams.py` writes them; the site build does so before it looks for pages. Each is one
function from plain values to a drawing, in the words of one language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from babel.dates import format_date
from book.bilingual import DOCS, LOCALES
from book.diagram_canvas import (
    LINE,
    NOTE,
    PAPER,
    WARN,
    WIDTH,
    Canvas,
    Words,
    day_text,
    lines_of,
    short_day,
    words_of,
)
from book.diagram_data import (
    ClockDay,
    LotStep,
    clock_story,
    lot_steps,
)
from book.diagram_tier import REASONS, qualifications

from bankservice import policies
from bankservice.core.wording import locale_of
from bankservice.report.palette import ACCENT, FAINT, INK, MUTED, SHADES, ink_on

__all__ = ["DIAGRAMS", "REASONS", "clock", "lots", "qualifications", "rings", "write_all"]

FIRST, SECOND, THIRD = SHADES[:3]


# --- rings --------------------------------------------------------------------------------------


def rings(locale: str) -> Canvas:
    """Draw the three rings: rules inside, records around them, edges outside."""
    say = words_of(locale)
    rules, records = len(policies.rules()), len(policies.records())
    canvas = Canvas(
        say("Three rings", "三个环"),
        say(
            f"Inside: {rules} rules, from facts to a decision. Around them: {records} records, from "
            "a command to entries to a state. Outside: the edges, with journals, the command line, "
            "runs, reports and your application. Imports go inwards only.",
            f"最内层：{rules} 条规则，由事实得出决定。外面一层：{records} 种记录，由指令产生条目，"
            "再归并为状态。最外层：边缘，有日志、命令行、批量运行、报告和你的应用程序。导入只能向内。",
        ),
    )
    outside = say(
        "journals, calendars, command line, runs, reports, your application",
        "日志、日历、命令行、批量运行、报告、你的应用程序",
    )
    inside = say(
        "pure: no clock, no store, no locale, no randomness",
        "纯函数：没有时钟、存储、语言和随机",
    )
    middle = 48 + LINE * len(lines_of(outside, WIDTH - 70, NOTE))
    inner = middle + 96
    high = 78 + LINE * len(lines_of(inside, WIDTH - 150, NOTE))
    canvas.rect(8, 8, WIDTH - 16, inner + high + 40, fill=FIRST, stroke=MUTED, round_by=26)
    canvas.text(WIDTH / 2, 30, say("Edges", "边缘"), bold=True, size=16, align="center")
    canvas.block(WIDTH / 2, 42, outside, WIDTH - 70, size=NOTE, colour=MUTED, align="center")
    canvas.rect(
        32, middle, WIDTH - 64, inner + high + 24 - middle, fill=SECOND, stroke=MUTED, round_by=22
    )
    head = say(f"Records: {records}", f"记录：{records} 种")
    canvas.text(WIDTH / 2, middle + 21, head, bold=True, size=16, align="center")
    parts = (say("command", "指令"), say("entries", "条目"), say("state", "状态"))
    _flow(canvas, middle + 48, 44, parts)
    told = say("pure: what is to be written is returned", "纯函数：要写入的内容作为返回值")
    canvas.text(WIDTH / 2, middle + 77, told, size=NOTE, colour=MUTED, align="center")
    canvas.rect(56, inner, WIDTH - 112, high, fill=ACCENT, stroke=INK, round_by=18)
    head, light = say(f"Rules: {rules}", f"规则：{rules} 条"), ink_on(ACCENT)
    canvas.text(WIDTH / 2, inner + 21, head, bold=True, size=16, colour=light, align="center")
    _flow(canvas, inner + 48, 68, (say("facts + policy", "事实与政策"), say("decision", "决定")))
    canvas.block(
        WIDTH / 2, inner + 66, inside, WIDTH - 150, size=NOTE, colour=light, align="center"
    )
    edge, rule = WIDTH - 20, (WIDTH - 52, inner + 21)
    canvas.line((edge, 30), (edge, rule[1]), colour=WARN, thick=2)
    canvas.line((edge, rule[1]), rule, colour=WARN, thick=2, arrow=True)
    canvas.key(
        inner + high + 54,
        "→",
        say("imports go inwards only: no rule knows a journal", "导入只能向内：规则不知道日志存在"),
        fill=PAPER,
        stroke=WARN,
    )
    return canvas


def _flow(canvas: Canvas, middle: float, left: float, parts: tuple[str, ...]) -> None:
    """Draw boxes in a row with arrows between them, within the margins *left*."""
    gap = 26
    width = (WIDTH - 2 * left - gap * (len(parts) - 1)) / len(parts)
    dark = left > 50
    for place, part in enumerate(parts):
        at = left + place * (width + gap)
        canvas.rect(at, middle - 12, width, 24, fill=PAPER, stroke=MUTED)
        canvas.text(at + width / 2, middle, part, align="center")
        if place:
            tip = (at - 5, middle)
            canvas.line((at - gap + 3, middle), tip, colour=PAPER if dark else INK, arrow=True)


# --- a clock ------------------------------------------------------------------------------------

CELL: Final = 54
HIGH: Final = 58
MARGIN: Final = 11


def clock(locale: str) -> Canvas:
    """Draw the days of a clock as a calendar: which count, which do not, and why."""
    say, story = words_of(locale), clock_story()
    first, paused, last = (day_text(day, locale) for day in story.lasts)
    canvas = Canvas(
        say("Which days a clock counts", "时限计算哪些日子"),
        say(
            f"A complaint is received on {day_text(story.received, locale)}; {story.targets[0]} working "
            f"days would end on {first}. Two working days of pause move that to {paused}, an "
            f"extension by {story.targets[1] - story.targets[0]} to {last}. Weekends and holidays "
            "do not count; a Saturday that is worked does.",
            f"{day_text(story.received, locale)}受理投诉；{story.targets[0]} 个工作日原应截止于{first}。"
            f"暂停两个工作日使其移至{paused}，延期 {story.targets[1] - story.targets[0]} 日移至{last}。"
            "周末和假日不计，调休上班的星期六计入。",
        ),
    )
    for place, held in enumerate(story.days[:7]):
        name = format_date(held.day, "EEE", locale=locale_of(locale))
        middle = MARGIN + place * CELL + CELL / 2
        canvas.text(middle, 18, name, size=NOTE, colour=MUTED, align="center")
    for place, held in enumerate(story.days):
        _cell(canvas, held, MARGIN + place % 7 * CELL, 30 + place // 7 * HIGH, locale)
    top = float(30 + len(story.days) // 7 * HIGH + 10)
    span = f"{short_day(story.paused[0], locale)} – {short_day(story.paused[1], locale)}"
    more = story.targets[1] - story.targets[0]
    keys = (
        ("3", say("a day that counts, and its place", "计入的日子及其次序"), PAPER, ACCENT, False),
        (
            "Ⅱ",
            say(
                f"paused {span}: the last day moves from {first} to {paused}",
                f"暂停 {span}：最后一日由{first}移至{paused}",
            ),
            THIRD,
            MUTED,
            False,
        ),
        (
            "+",
            say(
                f"extended by {more} on {short_day(story.extended, locale)}: to {last}",
                f"{short_day(story.extended, locale)}延期 {more} 日：移至{last}",
            ),
            PAPER,
            WARN,
            True,
        ),
        (
            "–",
            say("weekend or public holiday: does not count", "周末或公共假日：不计"),
            FAINT,
            FAINT,
            False,
        ),
    )
    for sign, text, fill, stroke, dash in keys:
        top = canvas.key(top, sign, text, fill=fill, stroke=stroke, dash=dash)
    return canvas


def _cell(canvas: Canvas, held: ClockDay, left: float, top: float, locale: str) -> None:
    say, story = words_of(locale), clock_story()
    shut = held.closed in ("weekend", "holiday")
    fill = FAINT if shut else THIRD if held.paused else PAPER
    stroke = WARN if held.more else ACCENT if held.count else FAINT
    ends = held.day in story.lasts[1:]
    canvas.rect(
        left + 2,
        top + 2,
        CELL - 4,
        HIGH - 4,
        fill=fill,
        stroke=stroke,
        thick=4 if ends else 2,
        dash=held.more and not ends,
    )
    number = f"{held.day.day}" if held.day.day > 1 else short_day(held.day, locale)
    canvas.text(left + 6, top + 12, number, size=12, colour=MUTED)
    middle = left + CELL / 2
    if held.count is not None:
        canvas.text(middle, top + 30, str(held.count), size=20, bold=True, align="center")
    word = _under(held, story.received, story.lasts, say)
    if held.paused:
        canvas.text(middle, top + 29, "Ⅱ", size=16, align="center")
    if held.closed == "holiday":
        assert held.name is not None, "a holiday has a name"
        # What stands in brackets, such as that a day is observed, has no room.
        name = held.name.of(locale).partition("（")[0].partition(" (")[0]
        canvas.block(middle, top + 19, name, CELL - 4, size=12, align="center")
    elif shut:
        canvas.text(middle, top + 30, "–", colour=MUTED, align="center")
    elif word:
        at = top + (47 if held.count is not None or held.paused else 32)
        canvas.text(middle, at, word, size=11, align="center")


def _under(held: ClockDay, received: date, lasts: tuple[date, date, date], say: Words) -> str:
    """Return the word that stands in a day."""
    if held.day == received:
        return say("start", "受理")
    if held.paused:
        return say("paused", "暂停")
    if held.day == lasts[2]:
        return say("due", "截止")
    if held.day == lasts[1]:
        return say("was due", "原截止")
    if held.closed == "make_up":
        return say("worked", "上班")
    return ""


# --- lots ---------------------------------------------------------------------------------------

NAMES: Final = "ABC"
INKS: Final = (SHADES[2], "#f0d9b5", "#d9cfe8")
"""Lots beside each other differ in lightness too, and carry their letters."""
ROOM: Final = 190


def lots(locale: str) -> Canvas:
    """Draw an account of points step by step, each lot with its letter and what went from it."""
    say, steps = words_of(locale), lot_steps()
    canvas = Canvas(
        say("From which lots points are taken", "积分支用自哪些批次"),
        " ".join(_told(step, say, locale) for step in steps),
    )
    most = max(sum(step.lots) + sum(step.taken) for step in steps)
    width = (WIDTH - 2 * MARGIN) / len(steps)
    ground = 30 + ROOM
    for place, step in enumerate(steps):
        left, level = MARGIN + place * width, float(ground)
        for lot, (rest, gone) in enumerate(zip(step.lots, step.taken, strict=True)):
            for points, solid in ((rest, True), (gone, False)):
                if not points:
                    continue
                high = points * ROOM / most
                level -= high
                fill = INKS[lot] if solid else PAPER
                stroke = INK if solid else WARN
                canvas.rect(
                    left + 4, level, width - 8, high, fill=fill, stroke=stroke, dash=not solid
                )
                sign = f"{NAMES[lot]} {points}" if solid else f"−{points}"
                canvas.text(
                    left + width / 2,
                    level + high / 2,
                    sign,
                    size=NOTE,
                    colour=INK if solid else WARN,
                    align="center",
                )
        canvas.text(left + width / 2, level - 11, f"{step.balance}", bold=True, align="center")
        name = f"{place + 1}"
        canvas.text(left + width / 2, ground + 14, name, bold=True, align="center")
    canvas.line((MARGIN, ground), (WIDTH - MARGIN, ground), colour=INK)
    top = float(ground + 28)
    for place, step in enumerate(steps):
        top = canvas.key(top, str(place + 1), _told(step, say, locale), fill=PAPER, stroke=MUTED)
    return canvas


def _told(step: LotStep, say: Words, locale: str) -> str:
    """Return what happened in a step."""
    day = day_text(step.on, locale)
    if step.what == "earn":
        lot = NAMES[len(step.lots) - 1]
        until = day_text(step.lapses[-1], locale)
        return say(
            f"{day}: {step.points} points earned, lot {lot}, to be spent until {until}.",
            f"{day}：获得 {step.points} 分，为批次 {lot}，可用至{until}。",
        )
    parts = [(NAMES[lot], gone) for lot, gone in enumerate(step.taken) if gone]
    english = " and ".join(f"{gone} from {lot}" for lot, gone in parts)
    chinese = "、".join(f"批次 {lot} 减 {gone}" for lot, gone in parts)
    if step.what == "redeem":
        return say(
            f"{day}: {step.points} spent, what lapses first is drawn first: {english}.",
            f"{day}：支用 {step.points} 分，先到期者先用：{chinese}。",
        )
    if step.what == "refund":
        return say(
            f"{day}: part of what brought lot B is refunded and takes back {english}.",
            f"{day}：批次 B 的消费部分退货，收回其积分：{chinese}。",
        )
    return say(
        f"{day}: the last day of lot B is over, and takes the rest: {english}.",
        f"{day}：批次 B 的最后一天已过，余下的积分到期：{chinese}。",
    )


# --- files --------------------------------------------------------------------------------------

DIAGRAMS: Final[Mapping[str, Callable[[str], Canvas]]] = {
    "rings": rings,
    "clock": clock,
    "lots": lots,
    "qualifications": qualifications,
}
"""Name of a file → what draws it for a language."""


def write_all(root: Path = DOCS) -> None:
    """Write every diagram below *root*, in every language."""
    for locale in LOCALES:
        folder = root / locale / "diagrams"
        folder.mkdir(parents=True, exist_ok=True)
        for name, draw in DIAGRAMS.items():
            text = draw(locale).drawn(name)
            path = folder / f"{name}.svg"
            # A file watcher must not wake for nothing.
            if not path.exists() or path.read_text("utf-8") != text:
                path.write_text(text, "utf-8")


if __name__ == "__main__":
    write_all()
