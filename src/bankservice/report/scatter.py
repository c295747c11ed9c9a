"""
Scatter: points by two amounts, numbered as in the table beside, with a line across each.
"""

from __future__ import annotations

from functools import partial

from bankservice.report import phrases
from bankservice.report.drawing import (
    SMALL,
    WIDTH,
    Drawing,
    Rows,
    Spec,
    linear,
    specification,
    text_layer,
    widest,
)
from bankservice.report.layout import Amount, ticks
from bankservice.report.model import Scatter
from bankservice.report.palette import ACCENT, FAINT, GROUND, MUTED
from bankservice.report.voice import Voice

__all__ = ["draw_scatter"]

_HEIGHT = 340
_EDGE = 26
"""How far points keep off the edges."""
_DOT = 75
"""Area of a point."""
_BESIDE = ((12, 0, "left"), (-12, 0, "right"), (0, -15, "center"), (0, 15, "center"))
"""Where the number of a point may stand, best first: how far off, and how it is set."""
_CLEAR = (16, 13)
"""How far the middle of a number is from points and other numbers, to the side or up."""


def draw_scatter(chart: Scatter, voice: Voice) -> Drawing:
    """Return the drawing of at least one point."""
    rightward = _ticks([dot.across for dot in chart.dots], chart.cuts[0])
    upward = _ticks([dot.up for dot in chart.dots], chart.cuts[1])
    labels = [voice.show(tick) for tick in upward]
    left = widest(labels, SMALL, 20, 120) + 14
    top, right, bottom = 30, 18, 52
    width = WIDTH - left - right
    x = _within(linear("across", rightward[0], rightward[-1]), _EDGE, width - _EDGE)
    y = _within(linear("up", upward[0], upward[-1]), _HEIGHT - _EDGE, _EDGE)
    rows: Rows = [
        {"across": float(dot.across), "up": float(dot.up), "text": voice.show(place)}
        for place, dot in enumerate(chart.dots, 1)
    ]
    layers: list[Spec] = [
        *_grid(rightward, upward, x, y),
        *_cuts(chart, x, y),
        *_corners(chart, voice, width),
        {
            "data": {"values": rows},
            "mark": {
                "type": "point",
                "shape": "circle",
                "size": _DOT,
                "filled": True,
                "opacity": 0.92,
                "color": ACCENT,
                "stroke": GROUND,
                "strokeWidth": 1.5,
            },
            "encoding": {"x": x, "y": y},
        },
        *_numbers(rows, rightward, upward, width),
        text_layer(
            [{"across": float(tick), "text": voice.show(tick)} for tick in rightward],
            {"x": x, "y": {"value": _HEIGHT + 18}},
            align="center",
            fontSize=SMALL,
            color=MUTED,
        ),
        text_layer(
            [
                {"up": float(tick), "text": label}
                for tick, label in zip(upward, labels, strict=True)
            ],
            {"x": {"value": -10}, "y": y},
            align="right",
            fontSize=SMALL,
            color=MUTED,
        ),
        text_layer(
            [{"text": f"{voice.say(chart.across)} →"}],
            {"x": {"value": width}, "y": {"value": _HEIGHT + 40}},
            align="right",
            fontSize=SMALL,
        ),
        text_layer(
            [{"text": f"↑ {voice.say(chart.up)}"}],
            {"x": {"value": -left}, "y": {"value": -18}},
            fontSize=SMALL,
        ),
    ]
    return Drawing(
        title=voice.say(chart.title),
        told=voice.chrome(
            phrases.SCATTER_TOLD(
                count=len(chart.dots), across=voice.say(chart.across), up=voice.say(chart.up)
            )
        ),
        width=left + width + right,
        height=top + _HEIGHT + bottom,
        spec=specification(width, _HEIGHT, (top, right, bottom, left), layers),
    )


def _numbers(
    rows: Rows, rightward: tuple[Amount, ...], upward: tuple[Amount, ...], width: int
) -> list[Spec]:
    """Return the numbers of points, each where it hides no other as far as that can be."""
    spans = [(float(held[0]), float(held[-1])) for held in (rightward, upward)]
    spots = [
        (
            _EDGE
            + (width - 2 * _EDGE) * (row["across"] - spans[0][0]) / (spans[0][1] - spans[0][0]),
            _EDGE + (_HEIGHT - 2 * _EDGE) * (spans[1][1] - row["up"]) / (spans[1][1] - spans[1][0]),
        )
        for row in rows
    ]
    taken: list[tuple[float, float]] = []
    layers: list[Spec] = []
    for row, spot in zip(rows, spots, strict=True):
        others = [*(other for other in spots if other != spot), *taken]
        places = [
            (sum(map(partial(_hides, (spot[0] + dx, spot[1] + dy)), others)), n)
            for n, (dx, dy, _) in enumerate(_BESIDE)
        ]
        dx, dy, align = _BESIDE[min(places)[1]]
        taken.append((spot[0] + dx, spot[1] + dy))
        where = {"x": {"value": round(spot[0] + dx)}, "y": {"value": round(spot[1] + dy)}}
        layers.append(
            text_layer([{"text": row["text"]}], where, align=align, fontSize=SMALL, fontWeight=600)
        )
    return layers


def _hides(spot: tuple[float, float], other: tuple[float, float]) -> bool:
    """Tell whether a number would stand on a point, or on another number."""
    return all(
        abs(here - there) < clear for here, there, clear in zip(spot, other, _CLEAR, strict=True)
    )


def _within(channel: Spec, start: int, end: int) -> Spec:
    """Return a channel that keeps off the edges, where the corners have their names."""
    return {**channel, "scale": {**channel["scale"], "range": [start, end]}}


def _ticks(amounts: list[Amount], cut: Amount | None) -> tuple[Amount, ...]:
    """Return the ticks of a scale, with room for a point at each of its ends."""
    held = [*amounts, *(() if cut is None else (cut,))]
    return ticks(min(held), max(held))


def _grid(
    rightward: tuple[Amount, ...], upward: tuple[Amount, ...], x: Spec, y: Spec
) -> list[Spec]:
    mark = {"type": "rule", "color": FAINT}
    return [
        {
            "data": {"values": [{"across": float(tick)} for tick in rightward]},
            "mark": mark,
            "encoding": {"x": x},
        },
        {
            "data": {"values": [{"up": float(tick)} for tick in upward]},
            "mark": mark,
            "encoding": {"y": y},
        },
    ]


def _cuts(chart: Scatter, x: Spec, y: Spec) -> list[Spec]:
    """Return the lines that part high from low."""
    found: list[Spec] = []
    for cut, field, channel, scale in (
        (chart.cuts[0], "across", "x", x),
        (chart.cuts[1], "up", "y", y),
    ):
        if cut is not None:
            found.append(
                {
                    "data": {"values": [{field: float(cut)}]},
                    "mark": {
                        "type": "rule",
                        "color": MUTED,
                        "strokeDash": [6, 4],
                        "strokeWidth": 1.5,
                    },
                    "encoding": {channel: scale},
                }
            )
    return found


def _corners(chart: Scatter, voice: Voice, width: int) -> list[Spec]:
    """Return the names of the four corners: both low, up, across, both high."""
    if not chart.corners:
        return []
    low, up, across, both = (voice.say(corner) for corner in chart.corners)
    places = (
        (low, 6, _HEIGHT - 12, "left"),
        (up, 6, 12, "left"),
        (across, width - 6, _HEIGHT - 12, "right"),
        (both, width - 6, 12, "right"),
    )
    return [
        text_layer(
            [{"text": text}],
            {"x": {"value": at}, "y": {"value": height}},
            align=align,
            fontSize=SMALL,
            color=MUTED,
            fontStyle="italic",
        )
        for text, at, height, align in places
    ]
