"""
What diagrams are drawn with: marks at places in pixels, handed to Vega-Lite as layers.

Whatever stands in a diagram is told in words or numbers as well as by colour. A text is a text in
the drawing too, so that it can be searched, and read aloud.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any, Final, TypeAlias

from babel.dates import format_skeleton

from bankservice.core.wording import locale_of, value
from bankservice.report.charts import svg
from bankservice.report.drawing import Drawing, Spec
from bankservice.report.layout import width_of, wrap
from bankservice.report.palette import FAINT, GROUND, INK, LINES, MUTED

__all__ = [
    "LINE",
    "NOTE",
    "PAPER",
    "TEXT",
    "WARN",
    "WIDTH",
    "Canvas",
    "Words",
    "day_text",
    "lines_of",
    "short_day",
    "words_of",
]

WIDTH: Final = 400
"""Width of a diagram: on a phone its letters are still about 11 px high."""
SHOWN: Final = 560
"""Width it is shown at where there is room."""
TEXT: Final = 14
NOTE: Final = 13
LINE: Final = 18

_MOST: Final = 8
"""Lines of one text at most; more would be cut off."""
_STOPS: Final = "，。；：、！？”）"

_ROLES: Final = re.compile(r' (?:class|role|aria-roledescription|aria-hidden)="(?!img")[^"]*"')


PAPER: Final = GROUND
WARN: Final = LINES[1]

Words: TypeAlias = Callable[[str, str], str]
"""(English, Chinese) → the words of the language drawn for."""


def words_of(locale: str) -> Words:
    """Return what chooses the words of a language."""
    return lambda en, zh: zh if locale == "zh" else en


def day_text(day: date, locale: str) -> str:
    """Return a day as people of *locale* write it."""
    return value(day, locale_of(locale))


def short_day(day: date, locale: str) -> str:
    """Return a day without its year."""
    return str(format_skeleton("MMMd", day, locale=locale_of(locale)))


class Canvas:
    """A drawing that grows downwards; marks that come later lie on top."""

    def __init__(self, title: str, told: str) -> None:
        """
        Begin a drawing.

        Args:
            title: What it shows.
            told: The same in words, for who does not see it.
        """
        self.title, self.told = title, told
        self.bottom = 0
        self._layers: list[tuple[Spec, list[dict[str, Any]]]] = []

    def rect(
        self,
        left: float,
        top: float,
        width: float,
        height: float,
        *,
        fill: str = GROUND,
        stroke: str = "",
        thick: float = 1,
        dash: bool = False,
        round_by: int = 3,
    ) -> None:
        """Draw a box; with *dash* its border is broken."""
        border = {"stroke": stroke, "strokeWidth": thick} if stroke else {}
        broken = {"strokeDash": [4, 3]} if dash else {}
        mark = {"type": "rect", "fill": fill, "cornerRadius": round_by, **border, **broken}
        self._add(mark, {"x": left, "x2": left + width, "y": top, "y2": top + height})

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        *,
        colour: str = FAINT,
        thick: float = 1,
        dash: bool = False,
        arrow: bool = False,
    ) -> None:
        """Draw a line from *start* to *end*; an arrow goes straight along one axis."""
        broken = {"strokeDash": [5, 4]} if dash else {}
        mark = {"type": "rule", "stroke": colour, "strokeWidth": thick, **broken}
        self._add(mark, {"x": start[0], "y": start[1], "x2": end[0], "y2": end[1]})
        if arrow:
            across, down = end[0] - start[0], end[1] - start[1]
            way = ("right" if across > 0 else "left") if across else "down" if down > 0 else "up"
            point = {"type": "point", "shape": f"triangle-{way}", "fill": colour, "size": 60}
            self._add({**point, "opacity": 1, "strokeWidth": 0}, {"x": end[0], "y": end[1]})

    def path(self, points: list[tuple[float, float]], *, colour: str) -> None:
        """Draw a line through *points*."""
        for start, end in pairwise(points):
            self.line(start, end, colour=colour, thick=2)

    def dot(self, left: float, top: float, *, fill: str, stroke: str) -> None:
        """Draw a dot."""
        mark = {"type": "point", "shape": "circle", "size": 70, "opacity": 1, "strokeWidth": 2}
        self._add({**mark, "fill": fill, "stroke": stroke}, {"x": left, "y": top})

    def text(
        self,
        left: float,
        middle: float,
        text: str,
        *,
        size: int = TEXT,
        colour: str = INK,
        bold: bool = False,
        align: str = "left",
    ) -> None:
        """Write one line, whose middle is at *middle*."""
        mark = {"type": "text", "fontSize": size, "color": colour, "align": align}
        weight = {"fontWeight": "bold"} if bold else {}
        place = {"x": left, "y": middle, "text": text}
        self._add({**mark, "baseline": "middle", **weight}, place)

    def block(
        self,
        left: float,
        top: float,
        text: str,
        width: int,
        *,
        size: int = TEXT,
        colour: str = INK,
        align: str = "left",
    ) -> float:
        """Write lines no wider than *width* from *top* on; return where they end."""
        for part in lines_of(text, width, size):
            self.text(left, top + LINE / 2, part, size=size, colour=colour, align=align)
            top += LINE
        return top

    def key(
        self, top: float, sign: str, text: str, *, fill: str, stroke: str, dash: bool = False
    ) -> float:
        """Write one line of a key: a box with *sign* in it and what it means; return its end."""
        box = max(26, width_of(sign, NOTE) + 8)
        self.rect(10, top + 1, box, LINE, fill=fill, stroke=stroke, dash=dash)
        self.text(10 + box / 2, top + 1 + LINE / 2, sign, size=NOTE, align="center")
        return self.block(18 + box, top + 1, text, WIDTH - 28 - box, size=NOTE, colour=MUTED) + 4

    def drawn(self, name: str) -> str:
        """
        Return the drawing as SVG.

        Args:
            name: Prefix of the ids in it.
        """
        height = round(self.bottom) + 10
        drawing = Drawing(
            title=self.title,
            told=self.told,
            width=WIDTH,
            height=height,
            spec={
                "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
                "width": WIDTH,
                "height": height,
                "padding": 0,
                "autosize": {"type": "none"},
                # On a dark page a drawing keeps its own paper.
                "background": GROUND,
                "config": {"aria": False, "font": "sans-serif", "view": {"stroke": None}},
                "layer": [self._layer(mark, rows, height) for mark, rows in self._layers],
            },
        )
        size = f'<svg width="{SHOWN}" height="{height * SHOWN // WIDTH}"'
        # Vega names the role of every group; title and description say it all.
        return re.sub("^<svg", size, _ROLES.sub("", svg(drawing, name))) + "\n"

    def _add(self, mark: Spec, row: dict[str, Any]) -> None:
        # Marks of one kind that follow each other make one layer: they may not lie on each other.
        if self._layers and self._layers[-1][0] == mark:
            self._layers[-1][1].append(row)
        else:
            self._layers.append((mark, [row]))
        self.bottom = max(self.bottom, row["y"], row.get("y2", 0))

    def _layer(self, mark: Spec, rows: list[dict[str, Any]], height: int) -> Spec:
        encoding: Spec = {
            "x": _channel("x", [0, WIDTH]),
            "y": _channel("y", [height, 0]),
        }
        for end in ("x2", "y2"):
            if end in rows[0]:
                encoding[end] = {"field": end}
        if "text" in rows[0]:
            encoding["text"] = {"field": "text", "type": "nominal"}
        return {"data": {"values": rows}, "mark": mark, "encoding": encoding}


def lines_of(text: str, width: int, size: int) -> tuple[str, ...]:
    """
    Break *text* into lines of *width*.

    Text without spaces, as Chinese is, fills each line, and no line begins with a stop.
    """
    if " " in text:
        return wrap(text, width, size, _MOST)
    lines = [""]
    for letter in text:
        if letter not in _STOPS and width_of(lines[-1] + letter, size) > width:
            lines.append("")
        lines[-1] += letter
    return tuple(lines)


def _channel(field: str, domain: list[int]) -> Spec:
    scale = {"domain": domain, "nice": False, "zero": False}
    return {"field": field, "type": "quantitative", "axis": None, "scale": scale}
