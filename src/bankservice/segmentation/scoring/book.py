"""
A whole book at once: cut points fitted, and customers scored, column by column.

Three columns stand for the customers, in one order: days since the last event (None for who never
had one), how often, how much. A value may be `UNKNOWN`. A million customers are sorted once for
each measure to fit it, and searched once to score it; the scores are one byte each.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import attrs

from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.segmentation.scoring.kind import CutPoints
from bankservice.segmentation.scoring.model import Number, Scale, check_exact, check_scores, fit

__all__ = ["Column", "FittedBook", "Scores", "fit_book", "score_book"]

Column = Sequence[Number | UnknownType | None]
"""One measure of every customer; None where there never was an event."""

_OPEN: Final = 255
"""The byte of a score that is not known."""


@attrs.frozen(kw_only=True)
class FittedBook:
    """
    Cut points fitted on a book.

    Attributes:
        k: How many scores.
        recency: Scale of the days since the last event.
        frequency: Scale of how often; or one for each score of recency.
        monetary: The same of how much.
        n: Customers in the population.
        never: Customers left out because they never had an event.
        unknown: Customers left out because a value of theirs is not known.
    """

    k: int
    recency: Scale
    frequency: tuple[Scale, ...]
    monetary: tuple[Scale, ...]
    n: int
    never: int = 0
    unknown: int = 0


def fit_book(
    recency: Column,
    frequency: Column,
    monetary: Column,
    *,
    k: int = 5,
    nested: Iterable[str] = (),
) -> FittedBook:
    """
    Fit the cut points of three measures on the customers who had an event.

    Args:
        recency: Days since the last event; smaller is better.
        frequency: How often.
        monetary: How much, in minor units.
        k: How many scores.
        nested: Which of `frequency` and `monetary` are fitted within each score of recency.

    Raises:
        TypeError: If a value is not exact.
        ValueError: If the columns differ in length, or *k* is no number of scores.

    Examples:
        >>> found = fit_book([59, 260, 272, None], [3, 2, 1, 0], [7402, 7511, 679, 0], k=3)
        >>> found.recency.cuts, found.n, found.never
        ((260, 59), 3, 1)
    """
    check_scores(k)
    columns, never, unknown = _population(recency, frequency, monetary)
    days: list[Number] = columns[0]
    scale = fit(days, k, "smaller")
    held = {"frequency": columns[1], "monetary": columns[2]}
    within = set(nested)
    if not within <= set(held):
        raise ValueError(f"frequency and monetary can be nested, got {', '.join(sorted(within))}.")
    scores = _bytes(scale, days) if within else b""
    fitted = {
        name: _within(column, scores, k) if name in within else (fit(column, k),)
        for name, column in held.items()
    }
    return FittedBook(k=k, recency=scale, n=len(days), never=never, unknown=unknown, **fitted)


def _population(*columns: Column) -> tuple[list[Any], int, int]:
    """Return the columns of the customers who count, and how many never had an event or are open."""
    _check_lengths(columns)
    kinds = set().union(*(set(map(type, column)) for column in columns))
    if type(None) not in kinds and type(UNKNOWN) not in kinds:
        return list(columns), 0, 0
    rows = zip(*columns, strict=True)
    count: list[tuple[Any, ...]] = []
    never = unknown = 0
    for row in rows:
        if row[0] is None:
            never += 1
        elif UNKNOWN in row or None in row:
            unknown += 1
        else:
            count.append(row)
    return [list(column) for column in zip(*count, strict=True)] or [[], [], []], never, unknown


def _within(column: Sequence[Number], scores: bytes, k: int) -> tuple[Scale, ...]:
    bins: list[list[Number]] = [[] for _ in range(k)]
    for value, score in zip(column, scores, strict=True):
        bins[score - 1].append(value)
    return tuple(fit(held, k) for held in bins)


def _check_lengths(columns: Sequence[Column]) -> None:
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        raise ValueError(
            f"the columns stand for the same customers, got {sorted(lengths)} of them."
        )


@attrs.frozen(eq=False)
class Scores:
    """
    The scores of a book: a byte for each customer and measure, 255 where it is not known.

    Attributes:
        r: Scores of recency, in the order of the customers.
        f: Scores of frequency.
        m: Scores of money.
    """

    r: bytes
    f: bytes
    m: bytes

    def __len__(self) -> int:
        return len(self.r)

    def cell(self, place: int) -> str | None:
        """Return the cell of the customer at a place; None where a score is not known."""
        return _cell((self.r[place], self.f[place], self.m[place]))

    def cells(self) -> Mapping[str, int]:
        """Return how many customers are in each cell, fullest first; those not known left out."""
        counted = Counter(zip(self.r, self.f, self.m, strict=True)).most_common()
        return {cell: n for scores, n in counted if (cell := _cell(scores)) is not None}

    def names(self, cuts: CutPoints) -> list[str | None]:
        """Return the name of every customer's cell; None where there is none, or it is not known."""
        told: dict[tuple[int, int, int], str | None] = {}
        for scores in set(zip(self.r, self.f, self.m, strict=True)):
            r, f, m = (None if score == _OPEN else score for score in scores)
            if r == 0:
                told[scores] = cuts.never.code
            else:
                rows = () if r is None or not cuts.cells else cuts.named(r, f, m).rows
                told[scores] = rows[0] if rows else None
        return [told[scores] for scores in zip(self.r, self.f, self.m, strict=True)]


def _cell(scores: tuple[int, ...]) -> str | None:
    return None if _OPEN in scores else "".join(map(str, scores))


def score_book(recency: Column, frequency: Column, monetary: Column, cuts: CutPoints) -> Scores:
    """
    Score every customer of a book, as the rule `segmentation.rfm` scores one.

    Args:
        recency: Days since the last event; None where there never was one.
        frequency: How often.
        monetary: How much, in minor units.
        cuts: The cut points in force, such as `policy.on(day).parameters`.

    Raises:
        TypeError: If a value is not exact.
        ValueError: If the columns differ in length.
    """
    _check_lengths((recency, frequency, monetary))
    r = _bytes(cuts.recency, recency)
    f, m = (
        _bytes(scales[0], column) if len(scales) == 1 else _nested(scales, r, column)
        for scales, column in ((cuts.frequency, frequency), (cuts.monetary, monetary))
    )
    if 0 in r:
        # Who never had an event scores 0 in all three.
        f = bytes(score if known else 0 for score, known in zip(f, r, strict=True))
        m = bytes(score if known else 0 for score, known in zip(m, r, strict=True))
    return Scores(r, f, m)


def _bytes(scale: Scale, column: Column) -> bytes:
    """Return the scores of a column; 0 for None and 255 for unknown."""
    kinds = set(map(type, column))
    special = kinds & {type(None), type(UNKNOWN)}
    search = partial(bisect_right if scale.better == "larger" else bisect_left, scale.rising)
    most = len(scale.cuts)
    # What a search finds, turned into scores by the table of all bytes.
    falling = (1 + max(0, most - found) for found in range(256))
    rising = (min(1 + found, _OPEN) for found in range(256))
    table = bytes(rising if scale.better == "larger" else falling)
    if not special:
        check_exact(column)
        return bytes(map(search, column)).translate(table)
    check_exact([value for value in column if value is not None and value is not UNKNOWN])
    return bytes(
        0 if value is None else _OPEN if value is UNKNOWN else table[search(value)]
        for value in column
    )


def _nested(scales: tuple[Scale, ...], r: bytes, column: Column) -> bytes:
    """Return the scores of a column that is nested in recency; not known where that is not."""
    found = bytearray(len(column))
    bins: dict[int, list[int]] = {}
    for place, score in enumerate(r):
        bins.setdefault(score, []).append(place)
    for score, places in bins.items():
        if score in (0, _OPEN):
            continue
        held = _bytes(scales[score - 1], [column[place] for place in places])
        for place, one in zip(places, held, strict=True):
            found[place] = one
    for place in bins.get(_OPEN, ()):
        found[place] = _OPEN
    return bytes(found)
