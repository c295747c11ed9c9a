"""The page is complete, safe, readable and the same every time."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

from bankservice.core.decision import Reason, Says
from bankservice.core.errors import UnknownNameError
from bankservice.core.money import Money
from bankservice.core.policy import Title
from bankservice.core.wording import LOCALES, placeholders, templates
from bankservice.report import (
    Bars,
    Figure,
    Matrix,
    Report,
    Section,
    Share,
    Table,
    Trend,
    Trends,
    phrases,
    render,
)
from bankservice.report.charts import FONTS
from bankservice.report.palette import contrast

VOID: Final = {"br", "hr", "img", "input", "link", "meta"}
EVIL: Final = '<script>alert("1")</script>'


def said(en: str, zh: str = "") -> Reason:
    """Return a reason whose sentence is these words."""
    return Reason("said", (("what", Title(en=en, zh=zh or f"中：{en}")),))


class Page(HTMLParser):
    """A page read as a browser would: its elements in order, and the text of each."""

    def __init__(self, text: str) -> None:
        """Read *text*."""
        super().__init__(convert_charrefs=True)
        self.text = text
        self.elements: list[tuple[str, Mapping[str, str | None], list[str]]] = []
        self._open: list[tuple[str, Mapping[str, str | None], list[str]]] = []
        self.unclosed: list[str] = []
        self.feed(text)
        self.close()
        self.unclosed += [tag for tag, _, _ in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and open it."""
        element = (tag, dict(attrs), list[str]())
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself."""
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag: str) -> None:
        """Close the element last opened, which has to be of this name."""
        if not self._open or self._open[-1][0] != tag:
            self.unclosed.append(f"/{tag}")
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        """Add text to every element that is open."""
        for _, _, held in self._open:
            held.append(data)

    def all(self, *tags: str) -> list[tuple[str, Mapping[str, str | None], str]]:
        """Return the elements of these names: name, attributes, text."""
        return [
            (tag, attributes, "".join(held).strip())
            for tag, attributes, held in self.elements
            if tag in tags
        ]

    def texts(self, *tags: str) -> list[str]:
        """Return the texts of the elements of these names."""
        return [text for _, _, text in self.all(*tags)]


TIERS: Final = (Title(en="Standard", zh="普通客户"), Title(en="Gold", zh="金卡客户"))
BARS: Final = Bars(
    title=said("Customers by tier"),
    label=said("Tier"),
    measure=said("Customers"),
    bars=((TIERS[0], 18432), (TIERS[1], 967)),
)
MATRIX: Final = Matrix(
    title=said("Moves"),
    down=said("Before"),
    across=said("Now"),
    rows=TIERS,
    columns=TIERS,
    counts=((18211, 143), (0, 3988)),
)
TRENDS: Final = Trends(
    title=said("Over the year"),
    measure=said("Customers"),
    lines=(
        Trend(TIERS[0], tuple((date(2026, month, 1), 1000 + 7 * month) for month in range(1, 7))),
        Trend(TIERS[1], tuple((date(2026, month, 1), 90 + month) for month in range(2, 7))),
    ),
)
TABLE: Final = Table(
    caption=said("Coming downgrades"),
    columns=(said("Customer"), said("On"), said("Balance"), said("Share"), said("Why")),
    rows=(
        ("C1", date(2026, 7, 1), Money(123456, "CNY"), Share(1, 8), said("A balance fell.")),
        (EVIL, date(2026, 7, 2), Money(-5, "CNY"), Share(0, 0), None),
    ),
    left_out=1980,
    whole="coming.csv",
)
REPORT: Final = Report(
    title=Title(en="Acme & Sons", zh="艾克米银行"),
    subtitle=said("Tiers on a day"),
    sections=(
        Section(
            anchor="summary",
            title=said("At a glance"),
            package="reportbank",
            lead=(Reason("of", (("what", "Rose"), ("share", Share(1, 3)))),),
            figures=(
                Figure(said("Customers"), 23697),
                Figure(said("Rose"), 192, said("a note"), "good"),
                Figure(said("Fell"), Decimal("1.5"), None, "warning"),
                Figure(said("None"), Share(0, 0)),
            ),
        ),
        Section(
            anchor="tiers",
            title=said("Tiers"),
            package="reportbank",
            charts=(BARS, MATRIX, TRENDS),
        ),
        Section(anchor="coming", title=said("Coming"), package="reportbank", tables=(TABLE,)),
        Section(anchor="nothing", title=said("Nothing"), package="reportbank"),
    ),
)
PAGES: Final = {locale: Page(render(REPORT, locale)) for locale in LOCALES}
BY_LOCALE: Final = pytest.mark.parametrize("locale", LOCALES)


def of(*charts: Bars | Matrix | Trends, tables: tuple[Table, ...] = ()) -> Page:
    """Return the English page of one section."""
    section = Section(
        anchor="one", title=said("One"), package="reportbank", charts=charts, tables=tables
    )
    return Page(
        render(Report(title=Title(en="A", zh="甲"), subtitle=said("s"), sections=(section,)), "en")
    )


class TestWholePage:
    """One file, well formed, the same every time."""

    @BY_LOCALE
    def test_is_well_formed(self, locale: str) -> None:
        """Every element is closed in its place, and there is one doctype."""
        page = PAGES[locale]

        assert [] == page.unclosed
        assert 1 == page.text.count("<!DOCTYPE html>")

    @BY_LOCALE
    def test_loads_nothing(self, locale: str) -> None:
        """Nothing in the page names another place, but for the name of SVG itself."""
        page = PAGES[locale]
        text = page.text.replace("http://www.w3.org/2000/svg", "")
        links = [attributes["href"] for _, attributes, _ in page.all("a")]

        assert [] == re.findall(r"https?:|//[a-z]|url\(|\bsrc=|@import|srcset|<script", text)
        assert [] == [link for link in links if not str(link).startswith("#")]
        assert [] == page.all("script", "link", "img", "iframe", "object", "image", "use")

    @BY_LOCALE
    def test_forbids_loading(self, locale: str) -> None:
        """The page tells the browser so, before anything that could load."""
        metas = [
            attributes["content"]
            for _, attributes, _ in PAGES[locale].all("meta")
            if attributes.get("http-equiv") == "Content-Security-Policy"
        ]

        assert ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"] == metas
        assert PAGES[locale].text.index("Content-Security") < PAGES[locale].text.index("<style")

    @pytest.mark.parametrize(
        ("locale", "lang"), [("en", "en"), ("en_GB", "en-GB"), ("zh_CN", "zh-CN"), ("zh", "zh-CN")]
    )
    def test_says_its_language(self, locale: str, lang: str) -> None:
        """The language of the page is the reader's."""
        ((_, attributes, _),) = Page(render(REPORT, locale)).all("html")

        assert lang == attributes["lang"]

    def test_unknown_language(self) -> None:
        """A language that is not shipped is refused by name."""
        with pytest.raises(UnknownNameError):
            render(REPORT, "fr")

    @BY_LOCALE
    def test_same_bytes(self, locale: str) -> None:
        """The same report gives the same text, in another process too."""
        code = f"import test_report_page as t; print(hash_of(t.PAGES[{locale!r}].text))"
        whole = (
            "import hashlib, sys; sys.path.insert(0, sys.argv[1])\n"
            "def hash_of(text): return hashlib.sha256(text.encode()).hexdigest()\n" + code
        )
        here = str(Path(__file__).parent)
        other = subprocess.run(
            [sys.executable, "-c", whole, here], check=True, capture_output=True, text=True
        ).stdout.strip()

        assert PAGES[locale].text == render(REPORT, locale)
        assert hashlib.sha256(PAGES[locale].text.encode()).hexdigest() == other

    @BY_LOCALE
    def test_headings_in_order(self, locale: str) -> None:
        """There is one h1, first; and no level is left out on the way down."""
        levels = [int(tag[1]) for tag, _, _ in PAGES[locale].all("h1", "h2", "h3", "h4")]

        assert 1 == levels[0]
        assert 1 == levels.count(1)
        assert all(after <= before + 1 for before, after in pairwise(levels))

    @BY_LOCALE
    def test_ids_are_unique_and_found(self, locale: str) -> None:
        """No id is given twice, and each one that is referred to is there."""
        page = PAGES[locale]
        ids = [attributes["id"] for _, attributes, _ in page.elements if "id" in attributes]
        wanted = {
            name
            for _, attributes, _ in page.elements
            for name in (attributes.get("aria-labelledby") or "").split()
        } | {str(attributes["href"])[1:] for _, attributes, _ in page.all("a")}

        assert len(set(ids)) == len(ids)
        assert set() == wanted - set(ids)

    def test_contents_and_skip_link(self) -> None:
        """The first link skips to the report; the others go to its sections, in order."""
        links = [(attributes["href"], text) for _, attributes, text in PAGES["en"].all("a")]

        assert [
            ("#page-main", "Skip to the report"),
            ("#summary", "At a glance"),
            ("#tiers", "Tiers"),
            ("#coming", "Coming"),
            ("#nothing", "Nothing"),
        ] == links

    def test_two_sections_of_one_anchor(self) -> None:
        """A second section of the same anchor is refused: links would miss it."""
        section = REPORT.sections[0]
        report = Report(title=REPORT.title, subtitle=REPORT.subtitle, sections=(section, section))

        with pytest.raises(ValueError, match="'summary'"):
            render(report, "en")

    def test_no_sections(self) -> None:
        """A report of nothing is a page with its title."""
        report = Report(title=REPORT.title, subtitle=Reason("no-section"), sections=())

        assert ["Acme & Sons"] == Page(render(report, "en")).texts("h1")


class TestWords:
    """What is said, and that text stays text."""

    @BY_LOCALE
    def test_markup_is_shown_and_not_run(self, locale: str) -> None:
        """Markup in ids, titles, labels and captions is text on the page."""
        evil = said(EVIL, EVIL)
        chart = Bars(title=evil, label=evil, measure=evil, bars=((EVIL, 1),))
        lines = Trends(title=evil, measure=evil, lines=(Trend(EVIL, ((date(2026, 1, 1), 1),)),))
        cells = Matrix(
            title=evil, down=evil, across=evil, rows=(EVIL,), columns=(EVIL,), counts=((1,),)
        )
        section = Section(
            anchor='a"><script>',
            title=evil,
            package="reportbank",
            lead=(evil,),
            figures=(Figure(evil, EVIL, evil),),
            charts=(chart, cells, lines),
            tables=(Table(caption=evil, columns=(evil,), rows=((EVIL,),), left_out=1, whole=EVIL),),
        )
        report = Report(title=Title(en=EVIL, zh=EVIL), subtitle=evil, sections=(section,))
        page = Page(render(report, locale))

        assert [] == page.all("script")
        assert [] == page.unclosed
        assert EVIL == page.texts("h1")[0]
        assert EVIL in page.texts("td", "th")
        assert any(EVIL in text for text in page.texts("desc"))

    def test_cells_by_type(self) -> None:
        """Each type of value is written as people of the locale write it."""
        rows = (
            ("C1", 1234567, Decimal("0.5"), Fraction(1, 3)),
            (date(2026, 7, 1), Money(123456, "CNY"), Share(1, 8), Share(0, 0)),
            (TIERS[1], said("why", "因为"), None, True),
        )
        table = Table(caption=said("c"), columns=(said("h"),) * 4, rows=rows, headed=False)
        section = Section(anchor="a", title=said("t"), package="reportbank", tables=(table,))
        report = Report(title=REPORT.title, subtitle=said("s"), sections=(section,))

        assert [
            *("C1", "1,234,567", "0.5", "0.33"),
            *("Jul 1, 2026", "CN¥1,234.56", "12.5%", "–"),
            *("Gold", "why", "nothing", "yes"),
        ] == Page(render(report, "en")).texts("td")
        assert [
            *("C1", "1,234,567", "0.5", "0.33"),
            *("2026年7月1日", "¥1,234.56", "12.5%", "–"),
            *("金卡客户", "因为", "无", "是"),
        ] == Page(render(report, "zh_CN")).texts("td")

    def test_share_in_a_sentence(self) -> None:
        """A share among the facts of a sentence is a percentage too."""
        assert "Rose: 33.3%" in PAGES["en"].texts("p")

    @pytest.mark.parametrize(
        ("share", "text"),
        [
            (Share(1, 2000), "0.0%"),
            (Share(3, 2000), "0.2%"),
            (Share(2, 3), "66.7%"),
            (Share(-1, 4), "-25.0%"),
            (Share(5, 4), "125.0%"),
            (Share(0, 0), "–"),
            (Share(5, 0), "–"),
        ],
    )
    def test_share(self, share: Share, text: str) -> None:
        """A share has one decimal, a half to the even one; of nothing there is none."""
        table = Table(caption=said("c"), columns=(said("h"),), rows=((share,),), headed=False)

        assert [text] == of(tables=(table,)).texts("td")

    def test_tone_is_told_in_words(self) -> None:
        """What asks for attention says so, with a mark, and not by colour alone."""
        for locale, words in (("en", ["✓Good", "!Attention"]), ("zh_CN", ["✓良好", "!需关注"])):
            told = [
                text
                for _, attributes, text in PAGES[locale].all("dd")
                if attributes.get("class") == "tone"
            ]

            assert words == told

    def test_rows_left_out(self) -> None:
        """The page says how many rows it does not show, and where they are."""
        assert "More rows that are not shown here: 1,980. All of them are in coming.csv." in PAGES[
            "en"
        ].texts("p")
        assert "另有1,980行未列出，全部内容见coming.csv。" in PAGES["zh_CN"].texts("p")

    def test_rows_left_out_of_no_file(self) -> None:
        """Where no file has the rows, none is named."""
        table = Table(caption=said("c"), columns=(said("h"),), rows=((1,),), left_out=3)

        assert "More rows that are not shown here: 3." in of(tables=(table,)).texts("p")

    def test_every_phrase_is_worded(self) -> None:
        """Both locales word the same phrases, those that are said, with exactly their facts."""
        wanted = {
            held.code: frozenset(held.names)
            for held in vars(phrases).values()
            if isinstance(held, Says)
        }

        for locale in LOCALES:
            worded = {
                code: placeholders(text)
                for code, text in templates("bankservice.report", locale).items()
            }

            assert wanted == worded


class TestTables:
    """Tables are tables, for the eye and the ear."""

    @BY_LOCALE
    def test_captions_and_scopes(self, locale: str) -> None:
        """Every table has a caption, and every heading says what it heads."""
        page = PAGES[locale]

        assert len(page.all("table")) == len(page.all("caption"))
        assert all(page.texts("caption"))
        assert {"row", "col"} == {str(attributes["scope"]) for _, attributes, _ in page.all("th")}

    def test_numbers_stand_to_the_right(self) -> None:
        """Numbers, money, shares and days, and their headings, are of the class for numbers."""
        page = of(tables=(TABLE,))
        kinds = [
            (text, "number" in (attributes.get("class") or "").split())
            for _, attributes, text in page.all("th", "td")
        ]

        assert [
            *[("Customer", False), ("On", True), ("Balance", True), ("Share", True)],
            *[("Why", False)],
            *[("C1", False), ("Jul 1, 2026", True), ("CN¥1,234.56", True), ("12.5%", True)],
            *[("A balance fell.", False)],
            *[(EVIL, False), ("Jul 2, 2026", True), ("-CN¥0.05", True), ("–", True)],
            *[("nothing", False)],
        ] == kinds

    def test_wide_tables_can_be_scrolled_by_keyboard(self) -> None:
        """A table too wide for a phone stands in a named region that takes the focus."""
        regions = [
            (attributes["aria-label"], attributes["tabindex"])
            for _, attributes, _ in of(tables=(TABLE,)).all("div")
            if attributes.get("role") == "region"
        ]

        assert [("Coming downgrades", "0")] == regions

    def test_a_row_of_another_length(self) -> None:
        """A row that does not fit its columns is refused."""
        table = Table(caption=said("c"), columns=(said("h"),), rows=((1, 2),))

        with pytest.raises(ValueError, match="zip"):
            of(tables=(table,))

    @pytest.mark.parametrize("columns", [(), (said("h"), said("i"))])
    def test_no_rows(self, columns: tuple[Reason, ...]) -> None:
        """A table of no rows says so."""
        table = Table(caption=said("c"), columns=columns, rows=())

        assert ["Nothing to list."] == of(tables=(table,)).texts("td")

    def test_long_tables_are_whole(self) -> None:
        """Every row of a long table stands in the page, which grows by the same for the same rows."""
        row = ("C1", date(2026, 7, 1), Money(123456, "CNY"), Share(1, 8), said("Fell."))

        def page(rows: int) -> str:
            table = Table(caption=said("c"), columns=TABLE.columns, rows=(row,) * rows)
            section = Section(anchor="a", title=said("t"), package="reportbank", tables=(table,))
            return render(Report(title=REPORT.title, subtitle=said("s"), sections=(section,)), "en")

        few, more, many = page(1_000), page(2_000), page(3_000)

        assert 3_000 == len(re.findall("<tr>", many)) - 1
        assert len(more) - len(few) == len(many) - len(more)


class TestCharts:
    """Each chart is told in words and in a table."""

    @BY_LOCALE
    def test_title_and_description(self, locale: str) -> None:
        """Every drawing is an image with a title and a description of its own."""
        page = PAGES[locale]
        drawings = page.all("svg")
        names = {
            str(attributes["id"]): text for _, attributes, text in page.all("title", "desc")[1:]
        }

        assert 3 == len(drawings)
        for _, attributes, _ in drawings:
            title, described = str(attributes["aria-labelledby"]).split()

            assert "img" == attributes["role"]
            assert names[title]
            assert len(names[described]) > len(names[title])

    @BY_LOCALE
    def test_same_numbers_in_a_table(self, locale: str) -> None:
        """Each drawing is followed by its numbers, open, so that they are printed."""
        page = PAGES[locale]
        order = [tag for tag, _, _ in page.elements if tag in ("svg", "details", "table")]

        assert ["svg", "details", "table"] * 3 == order[:9]
        assert all("open" in attributes for _, attributes, _ in page.all("details"))

    def test_numbers_of_each_chart(self) -> None:
        """The numbers beside a chart are all of its numbers, and a gap is a dash."""
        assert [
            *("Tier", "Customers"),
            *("Standard", "18,432", "Gold", "967"),
        ] == of(BARS).texts("th", "td")
        assert [
            *("Before ↓ Now →", "Standard", "Gold"),
            *("Standard", "18,211", "143", "Gold", "0", "3,988"),
        ] == of(MATRIX).texts("th", "td")
        assert [
            *("Day", "Standard", "Gold"),
            *("Jan 1, 2026", "1,007", "–"),
            *("Feb 1, 2026", "1,014", "92"),
        ] == of(TRENDS).texts("th", "td")[:9]

    @pytest.mark.parametrize(
        "chart",
        [
            Bars(title=said("t"), label=said("l"), measure=said("m"), bars=()),
            Matrix(
                title=said("t"), down=said("d"), across=said("a"), rows=(), columns=(), counts=()
            ),
            Trends(title=said("t"), measure=said("m"), lines=()),
            Trends(title=said("t"), measure=said("m"), lines=(Trend("a", ()),)),
        ],
    )
    def test_nothing_to_draw(self, chart: Bars | Matrix | Trends) -> None:
        """A chart of nothing says so, with an empty table."""
        page = of(chart)

        assert [] == page.all("svg")
        assert "There is nothing to draw." in page.texts("p")
        assert "Nothing to list." in page.texts("td")

    def test_long_numbers_scroll_by_keyboard(self) -> None:
        """The numbers of a year of days stand in a region of their own, which takes the focus."""
        points = tuple((date.fromordinal(740_000 + at), at) for at in range(365))
        page = of(Trends(title=said("t"), measure=said("m"), lines=(Trend("a", points),)))
        (classes,) = [
            str(attributes["class"])
            for _, attributes, _ in page.all("div")
            if attributes.get("role") == "region" and attributes.get("tabindex") == "0"
        ]

        assert "tall" in classes.split()
        assert 365 == page.text.count('<th scope="row"')

    def test_a_scale_that_is_cut_says_so(self) -> None:
        """Where a scale does not start at zero, the page says where it starts."""
        points = tuple((date(2026, month, 1), 8_000 + month) for month in range(1, 4))
        chart = Trends(title=said("t"), measure=said("m"), lines=(Trend("a", points),))

        assert "The scale starts at 8,001, not at zero." in of(chart).texts("p")
        assert [] == [text for text in of(TRENDS).texts("p") if "scale" in text]


# --- colours ------------------------------------------------------------------------------------

CSS: Final = (files("bankservice.report") / "templates" / "report.css").read_text("utf-8")
COLOURS: Final = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", CSS))


def rules() -> list[tuple[str, dict[str, str]]]:
    """Return the rules of the style sheet: selector and declarations."""
    bare = re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)
    return [
        (
            selector.strip(),
            dict(re.findall(r"(?:^|;|\s)([\w-]+):\s*([^;]+)", body)),
        )
        for selector, body in re.findall(r"([^{};]+)\{([^{}]*)\}", bare)
    ]


def resolve(value: str) -> str:
    """Return the colour a declaration names."""
    found = re.fullmatch(r"var\(--([\w-]+)\)", value.strip())
    return COLOURS[found.group(1)] if found else value.strip()


def test_colours_can_be_read() -> None:
    """Every text colour has a contrast of 4.5 on its own background, or else on the page's."""
    pairs: dict[str, float] = {}
    for selector, held in rules():
        if "color" not in held:
            continue
        behind = resolve(held["background"]) if "background" in held else COLOURS["ground"]
        pairs[selector] = contrast(resolve(held["color"]), behind)

    assert len(pairs) > 10
    assert {} == {selector: found for selector, found in pairs.items() if found < 4.5}


def test_backgrounds_are_few() -> None:
    """Only the page, and what names its text colour too, has a background: no pair is missed."""
    loose = [
        selector
        for selector, held in rules()
        if "background" in held
        and "color" not in held
        and resolve(held["background"]) != COLOURS["ground"]
    ]

    assert [] == loose


def test_every_colour_is_named_and_used() -> None:
    """No colour is written out but where it is named, or where names cannot be used."""
    body = CSS.partition("}")[2]

    assert set() == set(re.findall(r"#[0-9a-f]{3,6}\b", body)) - {COLOURS["muted"]}
    assert set() == {name for name in COLOURS if f"var(--{name})" not in body}


def test_page_and_charts_have_one_font() -> None:
    """The page is set in the fonts of its charts."""
    assert FONTS in CSS


# --- imports ------------------------------------------------------------------------------------


def run(code: str) -> Any:
    """Return what a fresh interpreter prints."""
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_import_is_light() -> None:
    """Importing reports loads neither Jinja nor vl-convert; rendering does."""
    assert "set()" == run(
        "import sys, bankservice.report; print({'jinja2', 'vl_convert'} & set(sys.modules))"
    )


@pytest.mark.parametrize("missing", ["jinja2", "vl_convert"])
def test_missing_extra(missing: str) -> None:
    """Without the extra, rendering says what is missing and how to install it."""
    told = run(
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from bankservice.core.decision import Reason\n"
        "from bankservice.core.policy import Title\n"
        "from bankservice.report import Report, render\n"
        "report = Report(title=Title(en='A', zh='B'), subtitle=Reason('skip'), sections=())\n"
        "try: render(report, 'en')\n"
        "except ModuleNotFoundError as error: print(error)\n"
    )

    assert (
        f"a report needs {missing}, which is not installed; "
        "install the `run` extra: pip install 'bankservice[run]'."
    ) == told
