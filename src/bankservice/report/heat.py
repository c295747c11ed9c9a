"""
A heat map: shades for a glance, and in each cell its count.
"""

from __future__ import annotations

from bankservice.report import phrases
from bankservice.report.drawing import (
    LINE,
    SMALL,
    TEXT,
    WIDTH,
    Drawing,
    Rows,
    band,
    label_rows,
    specification,
    text_layer,
    widest,
)
from bankservice.report.layout import wrap
from bankservice.report.model import Matrix
from bankservice.report.palette import GROUND, MUTED, ink_on, shade_of
from bankservice.report.voice import Voice

__all__ = ["draw_matrix"]


def draw_matrix(chart: Matrix, voice: Voice) -> Drawing:
    """Return the drawing of a heat map of at least one cell."""
    rows = [voice.show(label) for label in chart.rows]
    columns = [voice.show(label) for label in chart.columns]
    numbers = [[voice.show(count) for count in counts] for counts in chart.counts]
    left = widest(rows, TEXT, 60, 130) + 12
    flat = [number for line in numbers for number in line]
    # No word of a heading is broken for want of a few pixels.
    words = [word for label in columns for word in label.split()]
    cell = max(
        widest(flat, TEXT, 44, 200) + 12,
        widest(words, TEXT, 44, 84) + 6,
        (WIDTH - left) // len(columns),
    )
    across = wrap(f"{voice.say(chart.across)} →", cell * len(columns), SMALL, 1)
    down = wrap(f"{voice.say(chart.down)} ↓", left - 8, SMALL)
    heads = [wrap(label, cell - 4, TEXT) for label in columns]
    deep = max(len(lines) for lines in heads)
    top = 30 + max(deep, len(down) - 1) * LINE + 8
    width, height = cell * len(columns), 48 * len(rows)
    x = band("across", len(columns), padding=0)
    y = band("at", len(rows), padding=0)
    most = max(max(counts) for counts in chart.counts)
    cells: Rows = []
    greatest = (0, 0)
    for at, counts in enumerate(chart.counts):
        for over, count in enumerate(counts):
            shade = shade_of(count, most)
            cells.append(
                {
                    "at": at,
                    "across": over,
                    "text": numbers[at][over],
                    "shade": shade,
                    "ink": ink_on(shade) if count else MUTED,
                }
            )
            if count > chart.counts[greatest[0]][greatest[1]]:
                greatest = (at, over)
    data = {"values": cells}
    layers = [
        {
            "data": data,
            "mark": {"type": "rect", "stroke": GROUND, "strokeWidth": 3},
            "encoding": {"x": x, "y": y, "color": {"field": "shade", "scale": None}},
        },
        text_layer(
            cells,
            {"x": x, "y": y, "color": {"field": "ink", "type": "nominal", "scale": None}},
            align="center",
        ),
        *(
            text_layer(placed, {"y": y, "x": {"value": -left}}, dy=shift)
            for shift, placed in label_rows(rows, left - 12, TEXT)
        ),
        *(
            text_layer(
                [
                    {"across": over, "text": lines[line - deep + len(lines)]}
                    for over, lines in enumerate(heads)
                    if line >= deep - len(lines)
                ],
                {"x": x, "y": {"value": -8 - (deep - line) * LINE + LINE // 2}},
                align="center",
            )
            for line in range(deep)
        ),
        *(
            text_layer([{"text": text}], {"x": {"value": at}, "y": {"value": height_at}}, **style)
            for at, height_at, text, style in (
                (0, 10 - top, across[0], {"fontSize": SMALL, "color": MUTED}),
                *(
                    (
                        -left,
                        -8 - (len(down) - line) * LINE + LINE // 2,
                        text,
                        {"fontSize": SMALL, "color": MUTED},
                    )
                    for line, text in enumerate(down)
                ),
            )
        ),
    ]
    row, column = greatest
    return Drawing(
        title=voice.say(chart.title),
        told=voice.chrome(
            phrases.MATRIX_TOLD(
                down=voice.say(chart.down),
                across=voice.say(chart.across),
                number=numbers[row][column],
                row=rows[row],
                column=columns[column],
            )
        ),
        width=left + width,
        height=top + height,
        spec=specification(width, height, (top, 0, 0, left), layers),
    )
