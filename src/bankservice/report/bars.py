"""
Bars: horizontal, in the order given, each with its number at its end.
"""

from __future__ import annotations

from bankservice.report import phrases
from bankservice.report.drawing import (
    TEXT,
    WIDTH,
    Drawing,
    Rows,
    band,
    label_rows,
    linear,
    specification,
    text_layer,
    widest,
)
from bankservice.report.model import Bars
from bankservice.report.palette import ACCENT, MUTED
from bankservice.report.voice import Voice

__all__ = ["draw_bars"]


def draw_bars(chart: Bars, voice: Voice) -> Drawing:
    """Return the drawing of at least one bar."""
    labels = [voice.show(label) for label, _ in chart.bars]
    amounts = [amount for _, amount in chart.bars]
    numbers = [voice.show(amount) for amount in amounts]
    low, high = min(0, *amounts, 0), max(0, *amounts, 0)
    if low == high:
        high = 1
    gap = 8
    left = widest(labels, TEXT, 40, 190) + 14
    room = widest(numbers, TEXT, 20, 200) + gap
    below = room if low < 0 else 0
    width = max(120, WIDTH - left - below - room)
    placed_labels = label_rows(labels, left - 14, TEXT)
    height = (44 if len(placed_labels) > 1 else 40) * len(labels)
    along = band("at", len(labels), paddingInner=0.34, paddingOuter=0.17)
    scale = linear("amount", low, high)
    rows: Rows = [
        {"at": at, "amount": float(amount), "zero": 0, "text": number}
        for at, (amount, number) in enumerate(zip(amounts, numbers, strict=True))
    ]
    right_way = [row for row in rows if row["amount"] >= 0]
    left_way = [row for row in rows if row["amount"] < 0]
    ends = ((right_way, "left", gap), (left_way, "right", -gap))
    layers = [
        *(
            text_layer(placed, {"y": along, "x": {"value": -left - below}}, dy=shift)
            for shift, placed in placed_labels
        ),
        {
            "data": {"values": rows},
            "mark": {"type": "bar", "color": ACCENT},
            "encoding": {"y": along, "x": scale, "x2": {"field": "zero"}},
        },
        *(
            text_layer(placed, {"y": along, "x": scale}, align=align, dx=dx, fontWeight=600)
            for placed, align, dx in ends
            if placed
        ),
        {
            "data": {"values": [{"amount": 0}]},
            "mark": {"type": "rule", "color": MUTED},
            "encoding": {"x": scale},
        },
    ]
    most = max(range(len(amounts)), key=lambda at: amounts[at])
    return Drawing(
        title=voice.say(chart.title),
        told=voice.chrome(
            phrases.BARS_TOLD(
                measure=voice.say(chart.measure),
                label=voice.say(chart.label),
                most=labels[most],
                number=numbers[most],
            )
        ),
        width=left + below + width + room,
        height=height,
        spec=specification(width, height, (0, room, 0, left + below), layers),
    )
