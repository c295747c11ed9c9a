"""
Charts: a value of the report becomes a Vega-Lite specification, and that an SVG.

Everything a reader sees is worded here and handed over as text; Vega formats nothing, measures
nothing and fetches nothing, so that the same report has the same bytes. Nothing is told by colour
alone: bars and cells carry their numbers, lines their own point shape, dashes and name.
"""

from __future__ import annotations

import re
from html import escape
from typing import Final

from bankservice.report.bars import draw_bars
from bankservice.report.drawing import Drawing
from bankservice.report.heat import draw_matrix
from bankservice.report.lines import draw_trends
from bankservice.report.model import Bars, Chart, Matrix, Scatter, Trends, Whiskers
from bankservice.report.scatter import draw_scatter
from bankservice.report.voice import Voice
from bankservice.report.whiskers import draw_whiskers

__all__ = ["FONTS", "draw", "is_empty", "svg"]

FONTS: Final = 'system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif'
"""Fonts of the reader's machine, for Latin and Chinese letters alike."""

_VEGA_LITE: Final = "5.20"


def is_empty(chart: Chart) -> bool:
    """Tell whether there is nothing to draw."""
    match chart:
        case Bars():
            return not chart.bars
        case Matrix():
            return not (chart.rows and chart.columns)
        case Trends():
            return not any(line.points for line in chart.lines)
        case Whiskers():
            return all(row.value is None for row in chart.rows)
        case Scatter():
            return not chart.dots


def draw(chart: Chart, voice: Voice) -> Drawing:
    """Return the drawing of *chart*, which is not empty, in the words of *voice*."""
    match chart:
        case Bars():
            return draw_bars(chart, voice)
        case Matrix():
            return draw_matrix(chart, voice)
        case Trends():
            return draw_trends(chart, voice)
        case Whiskers():
            return draw_whiskers(chart, voice)
        case Scatter():
            return draw_scatter(chart, voice)


def svg(drawing: Drawing, name: str) -> str:
    """
    Return the SVG of *drawing*.

    Args:
        drawing: What to draw.
        name: Prefix of the ids in it; no other element of the page has it.

    Raises:
        ModuleNotFoundError: If the `run` extra is not installed.
    """
    from bankservice.report.extra import vegalite_to_svg

    drawn = vegalite_to_svg(dict(drawing.spec), vl_version=_VEGA_LITE, allowed_base_urls=[])
    inner = drawn[drawn.index(">") + 1 :]
    # Said once, on the root, and inherited.
    inner = re.sub(r'(<text[^>]*?) font-family="[^"]*"', r"\1", inner)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width} {drawing.height}"'
        f' role="img" aria-labelledby="{escape(name)}-title {escape(name)}-desc"'
        f' font-family="{escape(FONTS)}">'
        f'<title id="{escape(name)}-title">{escape(drawing.title)}</title>'
        f'<desc id="{escape(name)}-desc">{escape(drawing.told)}</desc>{inner}'
    )
