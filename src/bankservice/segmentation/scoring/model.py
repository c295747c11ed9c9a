"""
Scores by cut points: fitted once on a population, then applied one customer at a time.

A quantile cut over people splits equals by the order they happen to stand in, or runs out of bins
where many are equal. Here a value's place is its *smallest* rank among the population's values, so
equals always score equally: of `n` values, one of rank `r` scores `ceil(k r / n)`. The same as
thresholds: the cut point of score `s` is the smallest value with `k r > n (s - 1)`, and a score is
one more than the number of cut points reached.

Of `1 1 1 1 1 2 2 3 3` with five scores, 1 has rank 1 and scores 1; 2 has rank 6 and scores 4; 3 has
rank 8 and scores 5. The cut points of 2, 3, 4 and 5 are 2, 2, 2 and 3: nobody scores 2 or 3, which
is told, and nothing is numbered anew.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final, Literal

import attrs

from bankservice.core.plain import to_json
from bankservice.core.scalars import number, ratio
from bankservice.core.schema import Forms, Schema, any_of
from bankservice.core.structure import Reader
from bankservice.core.unknown import UNKNOWN

__all__ = [
    "MOST_SCORES",
    "Better",
    "Number",
    "Scale",
    "Tie",
    "Value",
    "Values",
    "check_exact",
    "check_scores",
    "fit",
]

Better = Literal["larger", "smaller"]
"""Which values of a measure score higher: of days since the last event, the smaller."""

Number = int | Decimal | Fraction
"""An exact value of a measure."""

MOST_SCORES: Final = 1_000
_NEVER: Final = "never"
_EXACT: Final = frozenset({int, Decimal, Fraction})


@attrs.frozen
class Scale:
    """
    The cut points of one measure: those of the scores 2, 3, … as far as they can be reached.

    Attributes:
        cuts: Rising where larger is better, falling where smaller is; equal ones are skipped
            scores.
        better: Which values score higher.

    Examples:
        >>> Scale((2, 2, 2, 3)).score(2), Scale((241, 218, 197, 98), "smaller").score(59)
        (4, 5)
    """

    cuts: tuple[Number, ...] = ()
    better: Better = "larger"
    _rising: tuple[Number, ...] = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        rising = self.cuts if self.better == "larger" else self.cuts[::-1]
        if any(low > high for low, high in pairwise(rising)):
            wanted = "rising" if self.better == "larger" else "falling"
            raise ValueError(
                f"the cut points are not {wanted}, where {self.better} values are better; give them "
                "from score 2 up."
            )
        object.__setattr__(self, "_rising", rising)

    @property
    def rising(self) -> tuple[Number, ...]:
        """The cut points from the smallest up, for those who search them themselves."""
        return self._rising

    def skipped(self, k: int) -> tuple[int, ...]:
        """Return the scores above 1, of *k*, that no value can have."""
        ties = pairwise(self.cuts)
        equal = tuple(score for score, (one, other) in enumerate(ties, 2) if one == other)
        return (*equal, *range(len(self.cuts) + 2, k + 1))

    def score(self, value: Number) -> int:
        """Return the score of *value*: one more than the cut points it reaches."""
        if self.better == "larger":
            return 1 + bisect_right(self._rising, value)
        return 1 + len(self.cuts) - bisect_left(self._rising, value)


@attrs.frozen
class Tie:
    """A value that more customers share than one score's part of the population."""

    value: Number
    customers: int


@attrs.frozen
class Value:
    """
    One customer's value of a measure.

    Attributes:
        number: The value; None where there is none.
        unknown: Whether it is not known; with no number and known, there never was an event.
    """

    number: Number | None = None
    unknown: bool = False

    @classmethod
    def __read__(cls, raw: Any, reader: Reader) -> Value:
        if raw is UNKNOWN or raw == UNKNOWN.value:
            return cls(unknown=True)
        if raw is None or raw == _NEVER:
            return cls()
        if isinstance(raw, Fraction) or (isinstance(raw, str) and "/" in raw):
            return cls(ratio(raw, Fraction))
        exact = number(raw, Decimal)
        return cls(raw if type(raw) is int else exact)

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        return any_of([forms.of(Fraction), {"enum": [_NEVER, UNKNOWN.value]}, {"type": "null"}])

    @property
    def never(self) -> bool:
        """Whether there never was an event: no value, and not for want of knowing."""
        return self.number is None and not self.unknown

    def __written__(self) -> Any:
        if self.number is None:
            return UNKNOWN.value if self.unknown else _NEVER
        return to_json(self.number)


@attrs.frozen
class Values:
    """
    A population's values of a measure.

    Attributes:
        held: The values there are.
        never: How many customers never had an event; they are no part of the population.
        unknown: How many have a value that is not known; neither are they.
    """

    held: tuple[Number, ...] = ()
    never: int = 0
    unknown: int = 0

    @classmethod
    def __read__(cls, raw: Any, reader: Reader) -> Values:
        read = reader.read(raw, tuple[Value, ...], "values")
        return cls(
            tuple(value.number for value in read if value.number is not None),
            sum(value.never for value in read),
            sum(value.unknown for value in read),
        )

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        return forms.of(tuple[Value, ...])

    def __written__(self) -> list[Any]:
        return [
            *map(to_json, self.held),
            *[_NEVER] * self.never,
            *[UNKNOWN.value] * self.unknown,
        ]


def fit(values: Iterable[Number], k: int, better: Better = "larger") -> Scale:
    """
    Fit the cut points of *k* scores on a population.

    Args:
        values: One exact value for each customer, in any order; no value where there never was an
            event.
        k: How many scores.
        better: Which values score higher.

    Returns:
        The cut points. Top scores that nobody can reach have none; without a population there are
        none at all.

    Raises:
        TypeError: If a value is not exact: a float, a text, a missing one.
        ValueError: If *k* is not from 1 to `MOST_SCORES`.

    Examples:
        >>> fit([1, 1, 1, 1, 1, 2, 2, 3, 3], 5).cuts
        (2, 2, 2, 3)
        >>> fit([1, 2, 2, 2, 2, 2, 2, 2, 2], 5).cuts
        (2,)
    """
    ordered = list(values)
    check_exact(ordered)
    check_scores(k)
    ordered.sort()
    return Scale(tuple(_cuts(ordered, k, better)), better)


def check_exact(values: Sequence[object]) -> None:
    """
    Refuse a value that is not exact.

    Raises:
        TypeError: If one is no int, Decimal or Fraction, or not finite.
    """
    kinds = set(map(type, values))
    if not kinds <= _EXACT:
        got = ", ".join(sorted(kind.__name__ for kind in kinds - _EXACT))
        raise TypeError(f"a value to score is an int, a Decimal or a Fraction, got {got}.")
    if Decimal in kinds and not all(v.is_finite() for v in values if isinstance(v, Decimal)):
        raise TypeError("a value to score is finite; leave out what is not known.")


def check_scores(k: int) -> None:
    """
    Refuse a number of scores that is none.

    Raises:
        ValueError: If it is not a whole number from 1 to `MOST_SCORES`.
    """
    if type(k) is not int or not 1 <= k <= MOST_SCORES:
        raise ValueError(f"there are from 1 to {MOST_SCORES} scores, got {k!r}.")


def _cuts(ordered: Sequence[Number], k: int, better: Better) -> Iterable[Number]:
    """Yield the cut points of the scores that can be reached; the values come sorted."""
    n = len(ordered)
    for score in range(2, k + 1):
        # The first place, from the worst, of a rank r with k r > n (score - 1).
        place = n * (score - 1) // k
        if place >= n:
            return
        if better == "larger":
            value = ordered[place]
            if place and ordered[place - 1] == value:
                # Its equals rank lower: the cut point is the next value, if there is one.
                place = bisect_right(ordered, value, lo=place)
                if place == n:
                    return
                value = ordered[place]
        else:
            place = n - 1 - place
            value = ordered[place]
            if place + 1 < n and ordered[place + 1] == value:
                place = bisect_left(ordered, value, hi=place + 1) - 1
                if place < 0:
                    return
                value = ordered[place]
        yield value
