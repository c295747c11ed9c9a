"""
The diagrams say what the library decides, in both languages, and everybody can read them.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise, product
from xml.etree import ElementTree

import diagrams
import pytest
from book.bilingual import DOCS, LOCALES
from book.diagram_canvas import WIDTH, Canvas, lines_of
from book.diagram_data import clock_story, levels, lot_steps, tier_months

from bankservice.report.layout import width_of
from bankservice.report.palette import GROUND, contrast

SVG = "{http://www.w3.org/2000/svg}"
EACH = pytest.mark.parametrize(("name", "locale"), [*product(diagrams.DIAGRAMS, LOCALES)])


@cache
def drawn(name: str, locale: str) -> str:
    """
    Return a drawing as SVG.
    """
    return diagrams.DIAGRAMS[name](locale).drawn(name)


@EACH
def test_it_is_small_and_told(name: str, locale: str) -> None:
    """
    A drawing is well-formed, of at most 40 KB, fetches nothing, and has a title and a description
    in its language.
    """
    text = drawn(name, locale)
    root = ElementTree.fromstring(text)
    title, told = root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")

    assert len(text.encode()) <= 40_960
    assert "img" == root.get("role")
    assert f"{name}-title {name}-desc" == root.get("aria-labelledby")
    assert [] == re.findall(r"href|url\(|<image", text)
    for words in (title, told):
        assert words
        assert (locale == "zh") == bool(re.search("[\u4e00-\u9fff]", words))


@EACH
def test_texts_are_whole_and_legible(name: str, locale: str) -> None:
    """
    Texts are texts, none is cut short, none leaves the paper, and each has letters of 11 at least
    in a colour that is read on white or, on the dark of the rules, is white.
    """
    texts = list(ElementTree.fromstring(drawn(name, locale)).iter(f"{SVG}text"))

    assert texts
    for text in texts:
        words, size = text.text or "", int((text.get("font-size") or "0px").removesuffix("px"))
        left = float((text.get("transform") or "").partition("(")[2].partition(",")[0])
        wide = width_of(words, size)
        left -= {"middle": wide / 2, "end": wide}.get(text.get("text-anchor") or "", 0)
        colour = text.get("fill") or ""

        assert "…" not in words
        assert size >= 11
        assert left >= 0
        # Widths are reckoned rather too wide; a Chinese stop may hang over.
        assert left + wide <= WIDTH + size, words
        assert GROUND == colour or contrast(colour, GROUND) >= 4.5


@EACH
def test_it_is_on_a_page(name: str, locale: str) -> None:
    """
    Each diagram stands on a page of its language, with words for who does not see it.
    """
    pages = [path.read_text("utf-8") for path in (DOCS / locale).glob("*/*.md")]
    shown = [
        alt
        for page in pages
        for alt in re.findall(rf"!\[(.+)\]\(\.\./diagrams/{name}\.svg\)", page)
    ]

    assert shown


def test_it_is_drawn_again() -> None:
    """
    Drawn again, a diagram has the same bytes: a site that is built again does not change.
    """
    assert drawn("rings", "zh") == diagrams.rings("zh").drawn("rings")


def test_pages_show_no_other() -> None:
    """
    No page shows a diagram that is not drawn.
    """
    pages = [path.read_text("utf-8") for path in DOCS.glob("??/*/*.md")]

    assert set(diagrams.DIAGRAMS) == {
        name for page in pages for name in re.findall(r"diagrams/([\w-]+)\.svg", page)
    }


def test_days_of_the_clock() -> None:
    """
    The days that count are numbered without a gap up to the last day; what does not count is a
    weekend, a holiday or paused; the pause moves the last day over as many days that count.
    """
    story = clock_story()
    counted = [day for day in story.days if day.count is not None]
    within = [day for day in story.days if story.received < day.day <= story.lasts[2]]

    assert [*range(1, story.targets[1] + 1)] == [day.count for day in counted]
    assert story.lasts[2] == counted[-1].day
    assert story.lasts[1] == counted[story.targets[0] - 1].day
    assert {"weekend", "holiday", ""} == {day.closed for day in within if day.count is None}
    assert all(day.paused for day in within if day.count is None and not day.closed)
    assert ["make_up"] == [day.closed for day in counted if day.day.weekday() > 4]
    moved = [day for day in counted if story.lasts[0] < day.day <= story.lasts[1]]
    assert len(moved) == sum(day.paused for day in story.days)


def test_lots_are_drawn_from_the_oldest() -> None:
    """
    The balance is what is left of all lots; spending takes from a lot only what the older ones
    did not have; every kind of step is shown.
    """
    steps = lot_steps()

    assert {"earn", "redeem", "refund", "lapse"} == {step.what for step in steps}
    for step in steps:
        assert step.balance == sum(step.lots)
        assert step.points == (sum(step.taken) or step.lots[-1])
        if step.what == "redeem":
            newest = max(lot for lot, gone in enumerate(step.taken) if gone)
            assert 0 == sum(step.lots[:newest])
        if step.what == "lapse":
            (lapsed,) = (lot for lot, gone in enumerate(step.taken) if gone)
            assert step.lapses[lapsed] < step.on


def test_months_of_the_tier() -> None:
    """
    Gold is entered at its level, kept through misses while protection or grace lasts, lost on the
    day they end, and every turn the picture numbers is one of these.
    """
    enter, retain = levels()
    months = tier_months()
    reasons = {month.reason for month in months}

    assert {*diagrams.REASONS, "TIER_BAND"} == reasons
    for before, month in pairwise(months):
        entered = before.tier != "GOLD" and month.tier == "GOLD"
        lost = before.tier == "GOLD" and month.tier != "GOLD"
        assert entered == (before.tier != "GOLD" and month.average >= enter)
        assert lost == (
            before.tier == "GOLD"
            and month.average < retain
            and before.lapses_on is not None
            and before.lapses_on <= month.day
        )


def test_lines_keep_stops() -> None:
    """
    Chinese fills its lines, and no line begins with a stop; nothing is lost on the way.
    """
    text = "保护期已过；宽限期自首次未达标起算，仍有效。"

    for width in range(40, 300, 7):
        lines = lines_of(text, width, 13)
        assert text == "".join(lines)
        assert [] == [line for line in lines if line[0] in "，。；"]


def test_canvas_grows() -> None:
    """
    A drawing is as high as what is in it.
    """
    canvas = Canvas("a", "b")
    canvas.text(10, 90, "c")

    assert 'viewBox="0 0 400 100"' in canvas.drawn("x")
