"""
Since when what makes a loyal customer is unmet without a gap.

Two things make one: days of business in a window, and products. Each is met or unmet over spans of
days that follow from the days and statements alone; loyalty lapses when there was a whole review
in which one or the other was unmet on every day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bankservice.lifecycle.stages.kind import FAR, Loyal

__all__ = ["unmet_since"]

_Span = tuple[int, int]


def unmet_since(
    counted: int, first: int, since: int, products: Sequence[tuple[int, int]], loyal: Loyal
) -> int:
    """
    Return the day from which something is unmet for good if nothing happens; `FAR` for never.

    Args:
        counted: Days of business as a set of bits.
        first: The day of the lowest bit.
        since: First day of being loyal; nothing before it matters.
        products: How many products the customer held, from which days on.
        loyal: What is wanted.
    """
    often = _often(counted, first, loyal)
    last = next(often, None)
    unmet = since if last is None else last[1]
    few = _few(products, loyal.products) if loyal.products else []
    if not few:
        return max(unmet, since)
    met = [*([] if last is None else [last]), *often]
    if few[-1][1] >= FAR:
        unmet = min(unmet, few[-1][0])
    before = FAR + 1
    while since < unmet < before:
        before = unmet
        # The day before belongs to the same time if one or the other is unmet on it.
        for start, end in few:
            if start < unmet <= end:
                unmet = start
        if not any(start < unmet <= end for start, end in met):
            unmet = max((end for _, end in met if end < unmet), default=since)
    return max(unmet, since)


def _often(counted: int, first: int, loyal: Loyal) -> Iterator[_Span]:
    """Yield the spans in which there are enough days of business, the newest first."""
    wanted, held = loyal.events, counted
    several = counted.bit_count() - wanted
    if several < 0:
        return
    # The day that must still be in the window of each day: the one so many before it.
    oldest = counted
    for _ in range(wanted - 1):
        oldest ^= 1 << (oldest.bit_length() - 1)
    if loyal.window is None:
        for _ in range(several):
            held ^= 1 << (held.bit_length() - 1)
        yield first + held.bit_length() - 1, FAR
        return
    while oldest:
        start = first + held.bit_length() - 1
        end = loyal.window.gone(first + oldest.bit_length() - 1)
        if end > start:
            yield start, end
        held ^= 1 << (held.bit_length() - 1)
        oldest ^= 1 << (oldest.bit_length() - 1)


def _few(products: Sequence[tuple[int, int]], wanted: int) -> list[_Span]:
    """Return the spans in which there are too few products, in order; unknown is not too few."""
    spans: list[_Span] = []
    for place, (day, number) in enumerate(products):
        end = products[place + 1][0] if place + 1 < len(products) else FAR
        if number < wanted:
            if spans and spans[-1][1] == day:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((day, end))
    return spans
