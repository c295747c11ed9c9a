"""
Lines over days: each with its own dashes, point shape and colour, and its name at its end; or
bands upon each other, where the values are parts of a whole.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from bankservice.core.decision import Reason
from bankservice.report import phrases
from bankservice.report.drawing import (
    LINE,
    SMALL,
    TEXT,
    WIDTH,
    Drawing,
    Rows,
    Spec,
    linear,
    specification,
    text_layer,
    widest,
)
from bankservice.report.layout import Amount, spread, ticks, wrap
from bankservice.report.model import Trend, Trends
from bankservice.report.palette import FAINT, GROUND, LINES, MUTED
from bankservice.report.voice import Voice

__all__ = ["draw_trends", "scale_start"]

_DASHES: Final = ((1, 0), (7, 3), (2, 3), (10, 3, 2, 3), (14, 4), (5, 2, 1, 2, 1, 2))
_SHAPES: Final = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_MOST_POINTS: Final = 16
_LEAST_HEIGHT: Final = 250
_FROM_CLEAR: Final = 100_000
"""From this tick on, ticks are written short: 20万, 200K."""


def scale_start(chart: Trends, voice: Voice) -> Reason | None:
    """Return what to tell the reader where the scale does not start at zero, else None."""
    at = ticks(*_range(chart))
    return phrases.SCALE_CUT(least=_tick_labels(at, voice)[0]) if at[0] > 0 else None


def _range(chart: Trends) -> tuple[Amount, Amount]:
    """Return the least and greatest amount of the scale: with zero, unless all are far from it."""
    if chart.stacked:
        return 0, max((top for band in _bands(chart) for _, _, top in band), default=0) or 1
    amounts = [amount for line in chart.lines for _, amount in line.points]
    low, high = min(amounts), max(amounts)
    # Lines are read by their slope. Where none comes below two thirds of the highest, a scale from
    # zero would press them flat against its top; the page says so where it is cut.
    if 3 * low > 2 * high and low != high:
        return low, high
    return min(low, 0), max(high, 0)


def _bands(chart: Trends) -> list[list[tuple[date, Amount, Amount]]]:
    """Return day, bottom and top of each band; a value that is not known on a day is nothing."""
    days = sorted({day for line in chart.lines for day, _ in line.points})
    below: dict[date, Amount] = dict.fromkeys(days, 0)
    bands = []
    for line in chart.lines:
        held = dict(line.points)
        tops = {day: below[day] + held.get(day, 0) for day in days}
        bands.append([(day, below[day], tops[day]) for day in days])
        below = tops
    return bands


def _band_layer(band: list[tuple[date, Amount, Amount]], at: int, x: Spec, y: Spec) -> Spec:
    """Return one band; a thin light line parts it from the one above."""
    rows: Rows = [
        {"day": day.toordinal(), "amount": float(top), "base": float(low)} for day, low, top in band
    ]
    mark = {
        "type": "area",
        "color": _style(at)[0],
        "opacity": 0.85 if at < len(LINES) else 0.5,
        "line": {"color": GROUND, "strokeWidth": 1},
    }
    encoding = {"x": x, "y": y, "y2": {"field": "base"}}
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}


def _tick_labels(at: tuple[Decimal, ...], voice: Voice) -> list[str]:
    clear = [voice.show(tick) for tick in at]
    if max(abs(tick) for tick in at) < _FROM_CLEAR:
        return clear
    short = [voice.short(tick) for tick in at]
    # Short forms keep three digits after the point; where that loses one, nothing is shortened.
    return short if len(set(short)) == len(short) else clear


def _days_shown(days: list[date], most: int) -> list[date]:
    """Return at most *most* of *days*, evenly picked, the last always among them."""
    step = -(-max(len(days) - 1, 1) // max(most - 1, 1))
    return days[::-1][::step][::-1]


def _day_rows(days: list[date], width: int, voice: Voice) -> tuple[Rows, Rows]:
    """Return the labels of days, and below them the years where one begins."""
    months = {(day.year, day.month) for day in days}
    skeleton = "MMM" if len(months) == len(days) > 1 else "MMMd"
    room = widest([voice.part_of(day, skeleton) for day in days], SMALL, 30, 120) + 16
    shown = _days_shown(days, max(2, min(7, width // room)))
    upper: Rows = [{"day": day.toordinal(), "text": voice.part_of(day, skeleton)} for day in shown]
    lower: Rows = []
    year = 0
    for day in shown:
        if day.year != year:
            lower.append({"day": day.toordinal(), "text": voice.part_of(day, "y")})
            year = day.year
    return upper, lower


def _style(at: int) -> tuple[str, list[int], str]:
    """Return colour, dashes and shape of a line; the first 36 lines have each their own."""
    turn = at // len(LINES)
    return (
        LINES[at % len(LINES)],
        list(_DASHES[(at + turn) % len(_DASHES)]),
        _SHAPES[at % len(_SHAPES)],
    )


def _line_layers(line: Trend, at: int, x: Spec, y: Spec) -> list[Spec]:
    colour, dashes, shape = _style(at)
    rows: Rows = [
        {"day": day.toordinal(), "amount": float(amount)} for day, amount in sorted(line.points)
    ]
    step = -(-len(rows) // _MOST_POINTS) or 1
    encoding = {"x": x, "y": y}
    return [
        {
            "data": {"values": rows},
            "mark": {"type": "line", "color": colour, "strokeWidth": 2.5, "strokeDash": dashes},
            "encoding": encoding,
        },
        {
            "data": {"values": rows[::-1][::step]},
            "mark": {
                "type": "point",
                "shape": shape,
                "size": 55,
                "filled": True,
                "opacity": 1,
                "color": colour,
            },
            "encoding": encoding,
        },
    ]


def _name_layers(
    drawn: list[tuple[int, int, tuple[str, ...]]], width: int, height: int
) -> list[Spec]:
    """Return the names at the ends of lines, apart from each other, each with its point shape."""
    middles = spread(
        [end for _, end, _ in drawn], [len(name) * LINE + 4 for _, _, name in drawn], height + 26
    )
    layers: list[Spec] = []
    for (at, end, name), middle in zip(drawn, middles, strict=True):
        colour, _, shape = _style(at)
        here: Spec = {"data": {"values": [{}]}}
        layers.append(
            {
                **here,
                "mark": {"type": "rule", "color": colour, "strokeWidth": 1, "opacity": 0.6},
                "encoding": {
                    "x": {"value": width + 6},
                    "x2": {"value": width + 16},
                    "y": {"value": end},
                    "y2": {"value": middle},
                },
            }
        )
        layers.append(
            {
                **here,
                "mark": {
                    "type": "point",
                    "shape": shape,
                    "size": 55,
                    "filled": True,
                    "opacity": 1,
                    "color": colour,
                },
                "encoding": {"x": {"value": width + 22}, "y": {"value": middle}},
            }
        )
        top = middle - (len(name) - 1) * LINE // 2
        layers.extend(
            text_layer(
                [{"text": text}],
                {"x": {"value": width + 32}, "y": {"value": top + line * LINE}},
                color=colour,
                fontWeight=600,
            )
            for line, text in enumerate(name)
        )
    return layers


def draw_trends(chart: Trends, voice: Voice) -> Drawing:
    """Return the drawing of lines, at least one of which has a point."""
    lines = [(at, line) for at, line in enumerate(chart.lines) if line.points]
    names = [wrap(voice.show(line.label), 112, TEXT) for _, line in lines]
    days = sorted({day for _, line in lines for day, _ in line.points})
    tops = ticks(*_range(chart))
    low, high = tops[0], tops[-1]
    labels = _tick_labels(tops, voice)
    left = widest(labels, SMALL, 20, 160) + 12
    right = widest([text for name in names for text in name], TEXT, 20, 130) + 36
    top, bottom = 12, 52
    width = max(160, WIDTH - left - right)
    height = max(_LEAST_HEIGHT, sum(len(name) * LINE + 4 for name in names))
    first, last = days[0].toordinal(), days[-1].toordinal()
    x = linear("day", first - (first == last), last + (first == last))
    y = linear("amount", low, high)
    upper, lower = _day_rows(days, width, voice)
    bands = _bands(chart) if chart.stacked else []
    drawn = []
    for (at, line), name in zip(lines, names, strict=True):
        _, amount = max(line.points)
        if chart.stacked:
            _, base, top_of = bands[at][-1]
            amount = Decimal(base + top_of) / 2
        drawn.append((at, round((high - amount) * height / (high - low)), name))
    quiet = {"fontSize": SMALL, "color": MUTED}
    layers: list[Spec] = [
        {
            "data": {"values": [{"amount": float(tick)} for tick in tops]},
            "mark": {"type": "rule", "color": FAINT},
            "encoding": {"y": y},
        },
        *(
            [
                {
                    "data": {"values": [{"amount": 0}]},
                    "mark": {"type": "rule", "color": MUTED},
                    "encoding": {"y": y},
                }
            ]
            if low <= 0
            else []
        ),
        text_layer(
            [
                {"amount": float(tick), "text": label}
                for tick, label in zip(tops, labels, strict=True)
            ],
            {"x": {"value": -10}, "y": y},
            align="right",
            **quiet,
        ),
        text_layer(upper, {"x": x, "y": {"value": height + 20}}, align="center", **quiet),
        text_layer(lower, {"x": x, "y": {"value": height + 40}}, align="center", **quiet),
        *(
            [_band_layer(bands[at], at, x, y) for at, _ in lines]
            if chart.stacked
            else [part for at, line in lines for part in _line_layers(line, at, x, y)]
        ),
        *_name_layers(drawn, width, height),
    ]
    return Drawing(
        title=voice.say(chart.title),
        told=voice.chrome(
            phrases.TRENDS_TOLD(
                measure=voice.say(chart.measure),
                start=days[0],
                end=days[-1],
                lines=tuple(voice.show(line.label) for _, line in lines),
            )
        ),
        width=left + width + right,
        height=top + height + bottom,
        spec=specification(width, height, (top, right, bottom, left), layers),
    )
