"""
The page: one self-contained file of HTML for a report, to be read on a screen, a phone or paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import attrs

from bankservice.core.decision import Reason
from bankservice.core.wording import locale_of
from bankservice.report import phrases
from bankservice.report.charts import draw, is_empty, svg
from bankservice.report.layout import width_of
from bankservice.report.lines import scale_start
from bankservice.report.model import (
    Bars,
    Cell,
    Chart,
    Figure,
    Matrix,
    Report,
    Scatter,
    Section,
    Table,
    Trends,
    Whiskers,
)
from bankservice.report.voice import DASH, Voice, is_number

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["render"]

_BRIEF: Final = 60
"""Up to this width, in tenths of an em, a heading is kept on one line."""
_LONG: Final = 160
"""From this width on, in tenths of an em, a text is broken into lines."""
_TEXT: Final = 400
"""From this width on, in tenths of an em, a text asks for a wide column."""
_PHONE: Final = 200
"""Width of a table, in tenths of an em, that a phone still has room for."""
_BESIDE: Final = 340
"""Width of a table, in tenths of an em, that there is still room for beside a chart."""
_PAPER: Final = 560
"""Width of a table, in tenths of an em, that a sheet of paper still has room for."""
_TALL: Final = 24
"""Rows of a chart's table from which it scrolls on a screen, rather than hide what follows."""
_BIG: Final = 80
"""Width of a figure's number, in tenths of an em of its own size, from which it is set smaller."""


@attrs.frozen
class _Cell:
    text: str
    kind: str
    heads: bool = False


@attrs.frozen(kw_only=True)
class _Table:
    caption: str
    columns: tuple[_Cell, ...]
    rows: Sequence[Sequence[_Cell]]
    more: str
    across: int

    @property
    def scrolls(self) -> bool:
        """Whether a phone has to scroll it."""
        return self.across > _PHONE

    @property
    def broad(self) -> bool:
        """Whether its cells have to be broken on paper."""
        return self.across > _PAPER

    @property
    def beside(self) -> bool:
        """Whether it has room beside a chart."""
        return self.across <= _BESIDE and not self.tall

    @property
    def tall(self) -> bool:
        """Whether it is much taller than a chart."""
        return len(self.rows) > _TALL


@attrs.frozen(kw_only=True)
class _Chart:
    title: str
    drawn: str
    note: str
    numbers: _Table
    wide: bool


@attrs.frozen(kw_only=True)
class _Figure:
    label: str
    value: str
    note: str
    tone: str
    mark: str
    word: str
    long: bool


@attrs.frozen(kw_only=True)
class _Beside:
    title: str
    texts: tuple[tuple[str, str], ...]


@attrs.frozen(kw_only=True)
class _Section:
    anchor: str
    title: str
    lead: tuple[str, ...]
    figures: tuple[_Figure, ...]
    charts: tuple[_Chart, ...]
    tables: tuple[_Table, ...]
    sides: tuple[_Beside, ...]


def render(report: Report, locale: str) -> str:
    """
    Return *report* as one HTML page that loads nothing.

    The same report and locale give the same text, whatever fonts or clock the machine has.

    Args:
        report: What to say.
        locale: Language of the reader, such as `zh_CN` or `en`.

    Raises:
        UnknownNameError: If the language is not shipped.
        ValueError: If two sections have one anchor, or a row has more or fewer cells than there
            are columns.
        ModuleNotFoundError: If the `run` extra is not installed.
    """
    resolved = locale_of(locale)
    anchors = [section.anchor for section in report.sections]
    for at, anchor in enumerate(sorted(anchors)[1:]):
        if anchor == sorted(anchors)[at]:
            raise ValueError(f"two sections have the anchor {anchor!r}; give each its own.")
    first = report.sections[0].package if report.sections else phrases.PACKAGE
    own = Voice(resolved, phrases.PACKAGE)
    return _template().render(
        lang="-".join(filter(None, (resolved.language, resolved.territory))),
        style=_style(),
        title=report.title.of(str(resolved)),
        subtitle=Voice(resolved, first).say(report.subtitle),
        sections=[
            _section(section, Voice(resolved, section.package)) for section in report.sections
        ],
        skip=own.say(phrases.SKIP()),
        contents=own.say(phrases.CONTENTS()),
        numbers=own.say(phrases.NUMBERS()),
        no_rows=own.say(phrases.NO_ROWS()),
        no_chart=own.say(phrases.NO_CHART()),
        no_section=own.say(phrases.NO_SECTION()),
        made_by=own.say(phrases.MADE_BY()),
    )


@cache
def _template() -> Template:
    from bankservice.report.extra import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("bankservice.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("report.html.j2")


def _style() -> str:
    from bankservice.report.extra import Markup

    text = (files("bankservice.report") / "templates" / "report.css").read_text("utf-8")
    return Markup(text)


# --- figures and tables -------------------------------------------------------------------------


def _section(section: Section, voice: Voice) -> _Section:
    return _Section(
        anchor=section.anchor,
        title=voice.say(section.title),
        lead=tuple(voice.say(sentence) for sentence in section.lead),
        figures=tuple(_figure(figure, voice) for figure in section.figures),
        charts=tuple(
            _chart(chart, voice, f"{section.anchor}-chart-{at}")
            for at, chart in enumerate(section.charts, 1)
        ),
        tables=tuple(_table(table, voice) for table in section.tables),
        sides=tuple(
            _Beside(
                title=pair.title,
                texts=tuple(zip(map(voice.say, pair.heads), pair.texts, strict=True)),
            )
            for pair in section.sides
        ),
    )


def _figure(figure: Figure, voice: Voice) -> _Figure:
    mark, says = {
        "plain": ("", None),
        "good": ("✓", phrases.GOOD()),
        "warning": ("!", phrases.ATTENTION()),
    }[figure.tone]
    shown = voice.show(figure.value)
    return _Figure(
        label=voice.say(figure.label),
        value=shown,
        note=voice.say(figure.note) if figure.note is not None else "",
        tone=figure.tone,
        mark=mark,
        word=voice.chrome(says) if says is not None else "",
        long=width_of(shown, 10) > _BIG,
    )


def _table(table: Table, voice: Voice) -> _Table:
    more = ""
    if table.left_out:
        more = voice.chrome(
            phrases.MORE_IN(count=table.left_out, file=table.whole)
            if table.whole
            else phrases.MORE(count=table.left_out)
        )
    return _worded(
        voice.say(table.caption),
        [voice.say(column) for column in table.columns],
        table.rows,
        voice,
        headed=table.headed,
        more=more,
    )


def _worded(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    voice: Voice,
    *,
    headed: bool = True,
    more: str = "",
) -> _Table:
    """Return a table in words, each cell set by what it holds and its column by all its cells."""
    shown = [
        [
            _Cell(voice.show(cell), "number" if is_number(cell) else "", headed and at == 0)
            for at, (cell, _) in enumerate(zip(row, columns, strict=True))
        ]
        for row in rows
    ]
    heads = []
    across = 0
    for at, name in enumerate(columns):
        numbers = sum(row[at].kind == "number" for row in shown)
        # Where there is no number, a dash or why there is none stands among the others.
        unknown = sum(
            row[at] is None or row[at] == DASH or isinstance(row[at], Reason) for row in rows
        )
        wide = max((width_of(row[at].text, 10) for row in shown), default=0)
        kind = "number" if numbers and numbers + unknown == len(rows) else ""
        if kind == "" and wide >= _LONG:
            kind = "text" if wide >= _TEXT else "long"
        head = width_of(name, 10)
        heads.append(_Cell(name, f"{kind} brief".strip() if head <= _BRIEF else kind))
        across += min(max(wide, min(head, _BRIEF)), _LONG) + 11
        if kind:
            for row in shown:
                row[at] = attrs.evolve(row[at], kind=kind)
    return _Table(
        caption=caption,
        columns=tuple(heads),
        rows=shown,
        more=more,
        across=across,
    )


# --- charts -------------------------------------------------------------------------------------


def _chart(chart: Chart, voice: Voice, name: str) -> _Chart:
    from bankservice.report.extra import Markup

    title = voice.say(chart.title)
    drawing = None if is_empty(chart) else draw(chart, voice)
    cut = scale_start(chart, voice) if isinstance(chart, Trends) and drawing else None
    return _Chart(
        title=title,
        # The drawing escapes what it shows; see `svg`.
        drawn=Markup(svg(drawing, name)) if drawing else "",
        note=voice.chrome(cut) if cut is not None else "",
        numbers=_numbers(chart, voice.chrome(phrases.NUMBERS_OF(title=title)), voice),
        wide=drawing is not None and drawing.width > 560,
    )


def _numbers(chart: Chart, caption: str, voice: Voice) -> _Table:
    """Return the numbers of a chart as a table."""
    columns: list[str]
    rows: list[tuple[Cell, ...]]
    match chart:
        case Bars():
            columns = [voice.say(chart.label), voice.say(chart.measure)]
            rows = [tuple(bar) for bar in chart.bars]
        case Matrix():
            columns = [
                f"{voice.say(chart.down)} ↓ {voice.say(chart.across)} →",
                *(voice.show(label) for label in chart.columns),
            ]
            rows = [
                (label, *counts) for label, counts in zip(chart.rows, chart.counts, strict=True)
            ]
        case Trends():
            columns = [
                voice.chrome(phrases.DAY()),
                *(voice.show(line.label) for line in chart.lines),
            ]
            held = [dict(line.points) for line in chart.lines]
            days = sorted({day for points in held for day in points})
            rows = [(day, *(points.get(day, DASH) for points in held)) for day in days]
        case Whiskers():
            columns = [
                voice.say(head) for head in (chart.label, chart.measure, chart.low, chart.high)
            ]
            rows = [
                (
                    row.label,
                    *(
                        DASH if held is None else held
                        for held in (
                            row.note if row.value is None else row.value,
                            row.low,
                            row.high,
                        )
                    ),
                )
                for row in chart.rows
            ]
        case Scatter():
            columns = [
                voice.chrome(phrases.NUMBER()),
                *(voice.say(head) for head in (chart.label, chart.across, chart.up)),
            ]
            rows = [(n, dot.label, dot.across, dot.up) for n, dot in enumerate(chart.dots, 1)]
    return _worded(caption, columns, rows, voice)
