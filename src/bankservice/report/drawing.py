"""
Parts of a drawing: the layers of a Vega-Lite specification, and what charts have in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from bankservice.report.layout import Amount, width_of, wrap
from bankservice.report.palette import INK

__all__ = [
    "LINE",
    "SMALL",
    "TEXT",
    "WIDTH",
    "Drawing",
    "Rows",
    "Spec",
    "band",
    "label_rows",
    "linear",
    "specification",
    "text_layer",
    "widest",
]

WIDTH: Final = 480
"""Width of a chart: on a phone its letters are still about 11 px high."""
TEXT: Final = 15
SMALL: Final = 14
LINE: Final = 18
"""From one line of a label to the next."""

Spec = dict[str, Any]
Rows = list[dict[str, Any]]


@attrs.frozen(kw_only=True)
class Drawing:
    """
    A chart ready to be drawn.

    Attributes:
        title: What it shows.
        told: The same in words, for who does not see it.
        width: Width of the whole, in the units of the font's size.
        height: Height of the whole.
        spec: The Vega-Lite specification.
    """

    title: str
    told: str
    width: int
    height: int
    spec: Mapping[str, Any]


def specification(
    width: int, height: int, padding: tuple[int, int, int, int], layers: list[Spec]
) -> Spec:
    """
    Return a whole specification, whose size is as told and not as fonts would have it.

    Args:
        width: Width of the plot.
        height: Height of the plot.
        padding: Room around the plot: top, right, bottom, left.
        layers: What is drawn, from the back to the front.
    """
    top, right, bottom, left = padding
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": height,
        "padding": {"top": top, "right": right, "bottom": bottom, "left": left},
        "autosize": {"type": "none"},
        "background": None,
        "config": {"aria": False, "font": "sans-serif", "view": {"stroke": None}},
        "layer": layers,
    }


def text_layer(rows: Rows, encoding: Spec, **mark: Any) -> Spec:
    """Return a layer that writes the field `text` of each row."""
    return {
        "data": {"values": rows},
        "mark": {
            "type": "text",
            "fontSize": TEXT,
            "color": INK,
            "align": "left",
            "baseline": "middle",
            **mark,
        },
        "encoding": {**encoding, "text": {"field": "text", "type": "nominal"}},
    }


def band(field: str, count: int, **scale: Any) -> Spec:
    """Return an ordinal channel in the order given."""
    return {
        "field": field,
        "type": "ordinal",
        "sort": None,
        "axis": None,
        "scale": {"domain": list(range(count)), **scale},
    }


def linear(field: str, low: Amount, high: Amount) -> Spec:
    """Return a channel for amounts from *low* to *high*."""
    return {
        "field": field,
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [float(low), float(high)], "nice": False, "zero": False},
    }


def label_rows(labels: Sequence[str], width: int, size: int) -> list[tuple[int, Rows]]:
    """Return the lines of labels by how far each stands from the middle of its band."""
    placed: dict[int, Rows] = {}
    for at, label in enumerate(labels):
        lines = wrap(label, width, size)
        for line, text in enumerate(lines):
            shift = line * LINE - (len(lines) - 1) * LINE // 2
            placed.setdefault(shift, []).append({"at": at, "text": text})
    return sorted(placed.items())


def widest(texts: Sequence[str], size: int, least: int, most: int) -> int:
    """Return the width the widest of *texts* needs, within bounds."""
    return min(most, max([least, *(width_of(text, size) for text in texts)]))
