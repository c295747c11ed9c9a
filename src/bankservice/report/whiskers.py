"""
Whiskers: horizontal, in the order given: a dot for each value, a line for how unsure it is.
"""

from __future__ import annotations

from bankservice.report import phrases
from bankservice.report.drawing import (
    SMALL,
    TEXT,
    WIDTH,
    Drawing,
    Rows,
    Spec,
    band,
    label_rows,
    linear,
    specification,
    text_layer,
    widest,
)
from bankservice.report.layout import Amount, ticks
from bankservice.report.model import Whisker, Whiskers
from bankservice.report.palette import ACCENT, FAINT, MUTED
from bankservice.report.voice import Voice

__all__ = ["draw_whiskers"]

_CAP = 5
"""Half the height of the end of a line."""
_ROOM = 26
"""Height of the scale's labels."""


def draw_whiskers(chart: Whiskers, voice: Voice) -> Drawing:
    """Return the drawing of at least one row, one of which has a value."""
    labels = [voice.show(row.label) for row in chart.rows]
    numbers = [_number(row, voice) for row in chart.rows]
    known = [row for row in chart.rows if row.value is not None]
    amounts = [amount for row in known for amount in _ends(row)]
    if chart.middle is not None:
        amounts.append(chart.middle)
    at = ticks(min(amounts), max(amounts))
    shown = [voice.show(tick) for tick in at]
    gap = 10
    left = widest(labels, TEXT, 40, 200) + 14
    room = widest(numbers, TEXT, 20, 140) + gap
    width = max(120, WIDTH - left - room)
    placed = label_rows(labels, left - 14, TEXT)
    height = (44 if len(placed) > 1 else 34) * len(labels)
    along = band("at", len(labels), paddingInner=0.3, paddingOuter=0.15)
    scale = linear("amount", at[0], at[-1])
    rows: Rows = [
        {
            "at": place,
            "amount": float(row.value),
            "low": float(_ends(row)[0]),
            "high": float(_ends(row)[-1]),
        }
        for place, row in enumerate(chart.rows)
        if row.value is not None
    ]
    quiet: Rows = [
        {"at": place, "text": number}
        for place, (row, number) in enumerate(zip(chart.rows, numbers, strict=True))
        if row.value is None
    ]
    loud: Rows = [
        {"at": place, "text": number}
        for place, (row, number) in enumerate(zip(chart.rows, numbers, strict=True))
        if row.value is not None
    ]
    layers: list[Spec] = [
        {
            "data": {"values": [{"amount": float(tick)} for tick in at]},
            "mark": {"type": "rule", "color": FAINT},
            "encoding": {"x": scale},
        },
        *_middle(chart.middle, scale),
        *(
            text_layer(held, {"y": along, "x": {"value": -left}}, dy=shift)
            for shift, held in placed
        ),
        *_lines(rows, along, at[0], at[-1]),
        {
            "data": {"values": rows},
            "mark": {
                "type": "point",
                "shape": "circle",
                "size": 90,
                "filled": True,
                "opacity": 1,
                "color": ACCENT,
            },
            "encoding": {"y": along, "x": scale},
        },
        text_layer(loud, {"y": along, "x": {"value": width + gap}}, fontWeight=600),
        text_layer(quiet, {"y": along, "x": {"value": width + gap}}, color=MUTED),
        text_layer(
            [{"amount": float(tick), "text": text} for tick, text in zip(at, shown, strict=True)],
            {"x": scale, "y": {"value": height + 16}},
            align="center",
            fontSize=SMALL,
            color=MUTED,
        ),
    ]
    most = max(known, key=lambda row: row.value or 0)
    return Drawing(
        title=voice.say(chart.title),
        told=voice.chrome(
            phrases.WHISKERS_TOLD(
                measure=voice.say(chart.measure),
                label=voice.say(chart.label),
                most=voice.show(most.label),
                number=voice.show(most.value),
            )
        ),
        width=left + width + room,
        height=height + _ROOM,
        spec=specification(width, height, (0, room, _ROOM, left), layers),
    )


def _number(row: Whisker, voice: Voice) -> str:
    if row.value is not None:
        return voice.show(row.value)
    return voice.say(row.note) if row.note is not None else voice.chrome(phrases.NO_CHART())


def _ends(row: Whisker) -> tuple[Amount, ...]:
    """Return the ends of a line, with its value; only the value where nothing else is known."""
    assert row.value is not None, "only rows with a value have ends"
    held = [end for end in (row.low, row.value, row.high) if end is not None]
    return tuple(sorted(held))


def _lines(rows: Rows, along: Spec, low: Amount, high: Amount) -> list[Spec]:
    """Return the lines, and a cap at each of their ends."""
    from_low, to_high = linear("low", low, high), {"field": "high"}
    mark = {"type": "rule", "color": ACCENT, "strokeWidth": 2}
    layers: list[Spec] = [
        {
            "data": {"values": rows},
            "mark": mark,
            "encoding": {"y": along, "x": from_low, "x2": to_high},
        }
    ]
    unsure = [row for row in rows if row["low"] != row["high"]]
    layers.extend(
        {
            "data": {"values": unsure},
            "mark": {"type": "tick", "color": ACCENT, "thickness": 2, "size": 2 * _CAP},
            "encoding": {"y": along, "x": linear(end, low, high)},
        }
        for end in ("low", "high")
    )
    return layers


def _middle(middle: Amount | None, scale: Spec) -> list[Spec]:
    if middle is None:
        return []
    return [
        {
            "data": {"values": [{"amount": float(middle)}]},
            "mark": {"type": "rule", "color": MUTED, "strokeDash": [5, 4]},
            "encoding": {"x": scale},
        }
    ]
