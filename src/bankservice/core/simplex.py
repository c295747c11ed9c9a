"""
The simplex of Nelder and Mead: a minimum found by comparing values, without derivatives.

J. A. Nelder and R. Mead, "A simplex method for function minimization", The Computer Journal 7
(1965) 308-313, with the usual coefficients. Nothing is drawn at random: the same question has the
same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, isnan

import attrs

__all__ = ["Minimum", "minimise"]

Point = tuple[float, ...]
Vertex = tuple[float, Point]


@attrs.frozen
class Minimum:
    """
    The best point a search found.

    Attributes:
        point: Where.
        value: The function's value there.
        evaluations: How often the function was asked.
        converged: Whether the simplex shrank to the sizes asked for before it had to stop.
    """

    point: tuple[float, ...]
    value: float
    evaluations: int
    converged: bool


def minimise(
    function: Callable[[tuple[float, ...]], float],
    start: Sequence[float],
    *,
    step: float = 0.1,
    near: float = 1e-6,
    level: float = 1e-10,
    most: int = 2_000,
) -> Minimum:
    """
    Search a minimum of *function*, beginning at *start*.

    Args:
        function: Of a point; infinite, or not a number, where it has no value.
        start: The first corner of the simplex.
        step: How far the other corners lie from it, each along one axis.
        near: It ends when no corner is farther than this from the best, along any axis …
        level: … and no value is higher by more than this, relative to its size.
        most: How often the function is asked at most, but for the last step.

    Examples:
        >>> found = minimise(lambda p: (p[0] - 3) ** 2 + (p[1] + 1) ** 2, (0, 0))
        >>> [round(value, 4) for value in found.point], found.converged
        ([3.0, -1.0], True)
    """
    asked = 0

    def at(point: Point) -> Vertex:
        nonlocal asked
        asked += 1
        value = function(point)
        return (inf if isnan(value) else value, point)

    first = tuple(float(part) for part in start)
    corners = [at(first)]
    corners += [
        at((*first[:axis], first[axis] + step, *first[axis + 1 :])) for axis in range(len(first))
    ]
    while True:
        # Equal values stay in the order they were found in: nothing hangs on anything else.
        corners.sort(key=lambda corner: corner[0])
        best, worst = corners[0], corners[-1]
        converged = _small(corners, near, level)
        if converged or asked >= most:
            return Minimum(best[1], best[0], asked, converged)
        middle = [sum(parts) / len(first) for parts in zip(*(c[1] for c in corners[:-1]))]  # noqa: B905
        reflected = at(_along(middle, worst[1], -1.0))
        if reflected[0] < best[0]:
            expanded = at(_along(middle, worst[1], -2.0))
            corners[-1] = min(expanded, reflected, key=lambda corner: corner[0])
        elif reflected[0] < corners[-2][0]:
            corners[-1] = reflected
        else:
            inside = reflected[0] >= worst[0]
            contracted = at(_along(middle, worst[1], 0.5 if inside else -0.5))
            if contracted[0] < min(worst[0], reflected[0]):
                corners[-1] = contracted
            else:
                corners[1:] = [at(_along(best[1], corner[1], 0.5)) for corner in corners[1:]]


def _along(origin: Sequence[float], toward: Sequence[float], share: float) -> Point:
    """Return the point that far from *origin* on the way to *toward*."""
    return tuple(o + share * (t - o) for o, t in zip(origin, toward, strict=True))


def _small(corners: Sequence[Vertex], near: float, level: float) -> bool:
    best, point = corners[0]
    # A difference of infinities is no number, and no small one.
    if not corners[-1][0] - best <= level * (1 + abs(best)):
        return False
    return all(
        abs(part - held) <= near
        for _, other in corners[1:]
        for part, held in zip(other, point, strict=True)
    )
