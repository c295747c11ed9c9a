"""Drawings: what is in them, whatever the numbers are."""

from __future__ import annotations

import itertools
import re
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any, Final

import attrs
import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.core.decision import Reason
from bankservice.core.policy import Title
from bankservice.core.wording import locale_of
from bankservice.report import (
    Bars,
    Dot,
    Matrix,
    Scatter,
    Trend,
    Trends,
    Whisker,
    Whiskers,
)
from bankservice.report.charts import draw, is_empty, svg
from bankservice.report.drawing import SMALL, TEXT, WIDTH
from bankservice.report.layout import spread, ticks, width_of, wrap
from bankservice.report.model import Chart
from bankservice.report.palette import (
    ACCENT,
    FAINT,
    GROUND,
    INK,
    LINES,
    MUTED,
    SHADES,
    contrast,
    ink_on,
    shade_of,
)
from bankservice.report.voice import Voice

EN: Final = Voice(locale_of("en"), "reportbank")
ZH: Final = Voice(locale_of("zh_CN"), "reportbank")


def said(words: str) -> Reason:
    """Return a reason whose sentence is these words."""
    return Reason("said", (("what", words),))


def bars(*given: tuple[str, int | Decimal]) -> Bars:
    """Return bars of these labels and amounts."""
    return Bars(title=said("t"), label=said("l"), measure=said("m"), bars=given)


def matrix(*counts: tuple[int, ...]) -> Matrix:
    """Return a heat map of these counts."""
    return Matrix(
        title=said("t"),
        down=said("down"),
        across=said("across"),
        rows=tuple(f"r{at}" for at in range(len(counts))),
        columns=tuple(f"c{at}" for at in range(len(counts[0]))),
        counts=counts,
    )


def trends(*lines: Trend) -> Trends:
    """Return these lines."""
    return Trends(title=said("t"), measure=said("m"), lines=lines)


class Texts(HTMLParser):
    """The texts of an SVG, in the order drawn."""

    def __init__(self, drawn: str) -> None:
        """Read *drawn*."""
        super().__init__()
        self.held: list[str] = []
        self._inside = False
        self.feed(drawn)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a text."""
        self._inside = tag == "text"
        if self._inside:
            self.held.append("")

    def handle_endtag(self, tag: str) -> None:
        """Close a text."""
        self._inside = False

    def handle_data(self, data: str) -> None:
        """Add to the text that is open."""
        if self._inside:
            self.held[-1] += data


def texts(chart: Chart, voice: Voice = EN) -> list[str]:
    """Return the texts in the drawing of *chart*."""
    return Texts(svg(draw(chart, voice), "x")).held


class TestBars:
    """Bars."""

    def test_every_bar_has_its_label_and_number_in_order(self) -> None:
        """Labels and numbers are drawn as they are given, and formatted by us."""
        assert ["z", "a", "m", "1,000", "0", "-25"] == [
            text for text in texts(bars(("z", 1000), ("a", 0), ("m", -25))) if text
        ]

    def test_labels_may_be_equal(self) -> None:
        """Two bars of one label are two bars."""
        drawn = svg(draw(bars(("a", 1), ("a", 2)), EN), "x")

        assert 2 == drawn.count(f'fill="{ACCENT}"')

    @pytest.mark.parametrize("amounts", [(0, 0), (0,), (-3, -4), (Decimal("0.25"), 10**15)])
    def test_any_amounts(self, amounts: tuple[int | Decimal, ...]) -> None:
        """Nothing, less than nothing and very much are drawn, within the drawing."""
        drawing = draw(bars(*(("a", amount) for amount in amounts)), EN)
        drawn = svg(drawing, "x")

        assert "NaN" not in drawn
        assert drawing.width <= WIDTH

    def test_long_labels_are_broken(self) -> None:
        """A long label is written on two lines, and ends in an ellipsis where that is not enough."""
        label = "客户在本行全部机构的人民币及外币日均金融资产余额合计"

        first, second, number = texts(bars((label, 5)), ZH)

        assert label.startswith(first + second.removesuffix("…"))
        assert second.endswith("…")
        assert "5" == number


class TestMatrix:
    """Heat maps."""

    def test_every_count_is_written(self) -> None:
        """Each cell has its count; the words for rows and columns are there, in order."""
        drawn = texts(matrix((1, 2345), (0, 7)))

        assert ["1", "2,345", "0", "7", "r0", "r1", "c0", "c1", "across →", "down ↓"] == drawn

    def test_all_nothing(self) -> None:
        """Counts of nothing are all drawn in the shade for nothing."""
        drawn = svg(draw(matrix((0, 0), (0, 0)), EN), "x")

        assert 4 == drawn.count(f'fill="{SHADES[0]}"')

    def test_many_columns_make_it_wider(self) -> None:
        """No cell is narrower than its number."""
        drawing = draw(matrix(tuple(10_000_000 + at for at in range(9))), EN)

        assert drawing.width > 9 * width_of("10,000,000", TEXT)

    def test_shades_grow_with_counts(self) -> None:
        """The greatest count is the darkest, nothing the lightest, and one is not nothing."""
        assert [SHADES[0], SHADES[1], SHADES[-1]] == [
            shade_of(count, 10_000) for count in (0, 1, 10_000)
        ]


class TestTrends:
    """Lines over days."""

    DAY: Final = date(2026, 6, 30)

    def points(self, count: int, step: int = 1) -> tuple[tuple[date, int], ...]:
        """Return this many days and amounts."""
        return tuple((self.DAY + timedelta(days=step * at), 5 * at) for at in range(count))

    def test_one_day(self) -> None:
        """A single day is drawn as a point in the middle."""
        drawn = texts(trends(Trend("a", self.points(1))))

        assert "Jun 30" in drawn
        assert "2026" in drawn
        assert "a" in drawn

    @pytest.mark.parametrize("amount", [0, -7, 10**12, Decimal("0.001")])
    def test_one_amount(self, amount: int | Decimal) -> None:
        """A line of one amount on all days is drawn."""
        line = Trend("a", ((self.DAY, amount), (self.DAY + timedelta(days=1), amount)))

        assert "NaN" not in svg(draw(trends(line), EN), "x")

    def test_lines_differ_by_more_than_colour(self) -> None:
        """No two lines of one chart have the same dashes and point shape."""
        lines = trends(*(Trend(f"l{at}", self.points(3)) for at in range(12)))
        marks: list[dict[str, Any]] = [
            layer["mark"]
            for layer in draw(lines, EN).spec["layer"]
            if layer["mark"]["type"] in ("line", "point") and "x" in layer["encoding"]
            if "field" in layer["encoding"]["x"]
        ]
        looks = {
            (tuple(line["strokeDash"]), point["shape"])
            for line, point in zip(marks[::2], marks[1::2], strict=True)
        }

        assert 12 == len(looks)

    def test_every_line_is_named_at_its_end(self) -> None:
        """The names of lines are in the drawing."""
        drawn = texts(trends(Trend("one", self.points(3)), Trend("two", self.points(2))))

        assert {"one", "two"} <= set(drawn)

    def test_few_ticks(self) -> None:
        """A year of days has a handful of labelled days, the last among them."""
        drawn = texts(trends(Trend("a", self.points(366))))
        days = [text for text in drawn if re.fullmatch(r"[A-Z][a-z]{2} \d+", text)]

        assert 2 <= len(days) <= 7
        assert "Jun 30" == days[-1]

    def test_months_are_named_without_days(self) -> None:
        """One value a month is labelled by months, in the words of the locale."""
        drawn = texts(trends(Trend("a", self.points(4, 31))), ZH)

        assert ["6月", "7月", "8月", "10月"] == [text for text in drawn if text.endswith("月")]

    def test_great_ticks_are_short(self) -> None:
        """Great ticks are written short, each in its own words."""
        line = Trend("a", ((self.DAY, 0), (self.DAY + timedelta(days=1), 400_000)))

        assert {"100K", "400K"} <= set(texts(trends(line)))
        assert {"10万", "40万"} <= set(texts(trends(line), ZH))


class TestSvg:
    """What all drawings have."""

    CHARTS: Final = (
        bars(("a", 1)),
        matrix((1, 2)),
        trends(Trend("a", ((date(2026, 1, 1), 1),))),
    )

    @pytest.mark.parametrize("chart", CHARTS, ids=("bars", "matrix", "trends"))
    def test_is_deterministic_and_named(self, chart: Bars | Matrix | Trends) -> None:
        """The same chart gives the same bytes; its ids begin with the name given; its size scales."""
        first, second = (svg(draw(chart, EN), "n") for _ in range(2))
        root = first[: first.index(">")]

        assert first == second
        assert ["n-title", "n-desc"] == re.findall(r' id="([^"]*)"', first)
        assert "viewBox" in root
        assert " width=" not in root

    @pytest.mark.parametrize("chart", CHARTS, ids=("bars", "matrix", "trends"))
    def test_letters_are_large_enough(self, chart: Bars | Matrix | Trends) -> None:
        """No letter is smaller than 13 in a drawing that is 480 wide."""
        sizes = {
            int(size) for size in re.findall(r'font-size="(\d+)px"', svg(draw(chart, EN), "n"))
        }

        assert sizes <= {SMALL, TEXT}
        assert min(sizes) >= 13

    @pytest.mark.parametrize("words", ["<script>&\"'</script>", '<text font-family="x">', "]]>"])
    def test_text_is_escaped(self, words: str) -> None:
        """Markup in a label is drawn as text."""
        drawn = svg(draw(bars((words, 1)), EN), "n")

        assert "<script" not in drawn
        assert words.replace(" ", "") in "".join(Texts(drawn).held).replace(" ", "")


class TestPalette:
    """Every text can be read on what is behind it."""

    def test_contrast(self) -> None:
        """Contrast is that of WCAG, in either order."""
        assert 21 == contrast("#ffffff", "#000000")
        assert 1 == contrast("#123456", "#123456")

    def test_texts_can_be_read(self) -> None:
        """Labels, names of lines and counts have a contrast of 4.5 at least."""
        pairs = [
            *((colour, GROUND) for colour in (INK, MUTED, *LINES)),
            *((ink_on(shade), shade) for shade in SHADES),
            (MUTED, SHADES[0]),
        ]

        assert [] == [pair for pair in pairs if contrast(*pair) < 4.5]

    def test_marks_can_be_seen(self) -> None:
        """Bars and lines have a contrast of 3 at least; a grid is there to be overlooked."""
        assert min(contrast(colour, GROUND) for colour in (ACCENT, *LINES)) >= 3
        assert contrast(FAINT, GROUND) < 1.5


class TestLayout:
    """Laws of the layout."""

    @given(st.text("ab 汉字，…m", max_size=60), st.integers(40, 300), st.integers(1, 3))
    def test_wrapped_lines_fit(self, text: str, width: int, lines: int) -> None:
        """No line is wider than asked, none is empty, and no letter is lost or changed."""
        wrapped = wrap(text, width, 15, lines)
        joined = "".join(wrapped)
        letters = "".join(text.split())

        assert len(wrapped) <= lines
        assert all(line and width_of(line, 15) <= width for line in wrapped)
        if joined.endswith("…"):
            assert letters.startswith("".join(joined.removesuffix("…").split()))
        else:
            assert letters == "".join(joined.split())

    @given(st.integers(-(10**9), 10**9), st.integers(0, 10**9), st.integers(2, 8))
    def test_ticks_cover(self, low: int, span: int, most: int) -> None:
        """Ticks begin at or below the least, end at or above the greatest, and are even and few."""
        found = ticks(low, low + span, most)
        steps = {after - before for before, after in itertools.pairwise(found)}

        assert found[0] <= low
        assert found[-1] >= low + span
        assert 1 == len(steps)
        assert len(found) <= most + 1

    def test_ticks_of_parts(self) -> None:
        """Parts have parts as ticks, without a tail of digits."""
        assert ["0.0", "0.1", "0.2", "0.3"] == [
            str(tick) if tick else "0.0" for tick in ticks(Decimal("0.05"), Decimal("0.3"), 4)
        ]

    @settings(max_examples=some(50))
    @given(st.lists(st.tuples(st.integers(0, 100), st.integers(2, 20)), max_size=5))
    def test_spread_keeps_things_apart(self, things: list[tuple[int, int]]) -> None:
        """Nothing overlaps, nothing leaves the room, and the order stays."""
        wanted = [at for at, _ in things]
        heights = [2 * (height // 2) for _, height in things]
        placed = spread(wanted, heights, 100)
        order = sorted(range(len(things)), key=lambda at: wanted[at])
        edges = [(placed[at] - heights[at] // 2, placed[at] + heights[at] // 2) for at in order]

        assert all(top >= 0 and bottom <= 100 for top, bottom in edges)
        assert all(first[1] <= second[0] for first, second in itertools.pairwise(edges))

    def test_title_labels(self) -> None:
        """A label may be a title, a day or a sentence."""
        chart = Bars(
            title=said("t"),
            label=said("l"),
            measure=said("m"),
            bars=((Title(en="Gold", zh="金卡"), 1), (date(2026, 6, 30), 2), (said("so"), 3)),
        )

        assert ["金卡", "2026年6月30日", "so"] == texts(chart, ZH)[:3]


class TestWhiskers:
    """Dots with lines: a value and how unsure it is."""

    CHART = Whiskers(
        title=said("t"),
        label=said("l"),
        measure=said("m"),
        low=said("low"),
        high=said("high"),
        rows=(
            Whisker(label="A", value=Decimal("12.2"), low=Decimal("3.6"), high=Decimal("20.6")),
            Whisker(label="B", note=said("too few")),
            Whisker(label="C", value=-4),
        ),
        middle=0,
    )

    def test_what_is_told(self) -> None:
        """Every row has its name and its number; where there is none, why."""
        told = texts(self.CHART)

        assert {"A", "12.2", "B", "too few", "C", "-4"} <= set(told)

    def test_nothing_known(self) -> None:
        """Rows without any value are not drawn."""
        rows = tuple(attrs.evolve(row, value=None) for row in self.CHART.rows)

        assert is_empty(attrs.evolve(self.CHART, rows=rows))
        assert not is_empty(self.CHART)

    def test_ends_lie_within_the_scale(self) -> None:
        """The scale has room for every end of a line, and for the middle."""
        spec = draw(self.CHART, EN).spec
        rows = [row for layer in spec["layer"] for row in layer["data"]["values"] if "low" in row]
        scale = next(
            layer["encoding"]["x"]["scale"]["domain"]
            for layer in spec["layer"]
            if layer["encoding"].get("x", {}).get("field") == "amount"
        )

        assert scale[0] <= min(row["low"] for row in rows)
        assert scale[1] >= max(row["high"] for row in rows)


class TestScatter:
    """Points by two amounts."""

    CHART = Scatter(
        title=said("t"),
        label=said("l"),
        across=said("across"),
        up=said("up"),
        dots=tuple(Dot(label=f"q{n}", across=60 + n % 3, up=10 + n // 3) for n in range(9)),
        cuts=(61, 11),
        corners=(said("AA"), said("BB"), said("CC"), said("DD")),
    )

    def test_what_is_told(self) -> None:
        """Every point has its number, every corner its name."""
        told = texts(self.CHART)

        assert {*(str(n) for n in range(1, 10)), "AA", "BB", "CC", "DD"} <= set(told)

    def test_numbers_do_not_hide_each_other(self) -> None:
        """Where points lie close together, their numbers stand beside each other."""
        close = tuple(
            Dot(label=f"q{n}", across=Decimal(60) + n / Decimal(10), up=10) for n in (0, 1, 30)
        )
        spec = draw(attrs.evolve(self.CHART, dots=close), EN).spec
        numbers = {"1", "2", "3"}
        spots = [
            (layer["encoding"]["x"]["value"], layer["encoding"]["y"]["value"])
            for layer in spec["layer"]
            if layer["mark"]["type"] == "text"
            and "value" in layer["encoding"]["x"]
            and layer["data"]["values"][0]["text"] in numbers
        ]

        assert len(spots) == len(set(spots)) == 3

    def test_nothing(self) -> None:
        """No points are no chart."""
        assert is_empty(attrs.evolve(self.CHART, dots=()))
