"""
Columns of answers, one for each question, and the exact sums that associations are reckoned from.

A column holds whole or decimal numbers, such as the scores of a dimension, and reasons for having
none. Answers become whole numbers of one unit first: sums of their products are then exact, so the
order of the answers never matters, a column that says the same as another one is found to, and
answers that never differ have a spread of exactly 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import copysign, sqrt
from operator import mul
from typing import Any, Final, TypeVar, cast

import attrs

from bankservice.core.decision import Says
from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.plain import to_json
from bankservice.core.policy import Title
from bankservice.core.scalars import RefusedError, named, number
from bankservice.core.schema import Forms, Schema, any_of
from bankservice.core.structure import Reader
from bankservice.satisfaction.model import Missing

__all__ = [
    "DROPPED",
    "Columns",
    "Moments",
    "Numbers",
    "complete_rows",
    "counted_missing",
    "length_faults",
    "moments",
    "titles",
    "whole_numbers",
]

T = TypeVar("T")

DROPPED: Final = Says("rows-dropped", ("dropped",))
"""Respondents who were left out because an answer of theirs is missing."""

_CODES: Final = {code.value: code for code in Missing}
_WANTED: Final = "a number, or one of " + ", ".join(_CODES)
_SMALL: Final = 10**15


@attrs.frozen(slots=False)
class Numbers:
    """
    Numbers in the order of those who were asked; where there is none, why.

    Attributes:
        values: A number for each, or why there is none.

    Examples:
        >>> from bankservice.core.structure import FACTS
        >>> read = FACTS.read([5, "4.5", "skipped"], Numbers, "answers")
        >>> read.values[:2], read.known
        ((5, Decimal('4.5')), (5, Decimal('4.5')))
    """

    values: tuple[int | Decimal | Missing, ...] = ()

    @classmethod
    def __read__(cls, raw: Any, reader: Reader) -> Numbers:
        if isinstance(raw, (str, bytes, Mapping)) or not isinstance(raw, Iterable):
            raise FaultsError("answers", (Fault("", named(raw), "a list of numbers"),))
        answers = tuple(raw)
        if set(map(type, answers)) == {int} and -_SMALL < min(answers) <= max(answers) < _SMALL:
            return cls(answers)
        values: list[int | Decimal | Missing] = []
        faults: list[Fault] = []
        for place, answer in enumerate(answers):
            try:
                values.append(_value(answer))
            except RefusedError as error:
                near = near_names(answer, _CODES) if isinstance(answer, str) else ()
                faults.append(Fault(f"[{place}]", named(answer), error.wanted, near))
        if faults:
            raise FaultsError("answers", tuple(faults))
        return cls(tuple(values))

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        return forms.of(tuple[Decimal | Missing, ...])

    def __written__(self) -> list[Any]:
        return [to_json(value) for value in self.values]

    @cached_property
    def known(self) -> tuple[int | Decimal, ...]:
        """The numbers there are."""
        return tuple(value for value in self.values if not isinstance(value, Missing))


def _value(answer: Any) -> int | Decimal | Missing:
    if isinstance(answer, Missing) or (type(answer) is int and -_SMALL < answer < _SMALL):
        return answer
    if isinstance(answer, str):
        code = _CODES.get(answer)
        if code is not None:
            return code
    try:
        held = number(answer, None)
    except RefusedError as error:
        wanted = _WANTED if error.wanted == "a number" else error.wanted
        raise RefusedError(answer, wanted) from None
    # A whole number is kept as one however it was written, so that equal facts are written alike.
    return int(held) if held == held.to_integral_value() else held


@attrs.frozen
class Columns:
    """
    Columns of answers: a list of lists, or lists by name. What is told of each has the same shape.

    Attributes:
        columns: The columns, in order; in each a number for every respondent, or why there is none.
        names: Their names; None for a plain list.
    """

    columns: tuple[Numbers, ...] = ()
    names: tuple[str, ...] | None = None

    @classmethod
    def __read__(cls, raw: Any, reader: Reader) -> Columns:
        if isinstance(raw, Mapping):
            held = reader.read(raw, FrozenMapping[str, Numbers], "columns")
            return cls(tuple(held.values()), tuple(held))
        return cls(reader.read(raw, tuple[Numbers, ...], "columns"))

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        column = forms.of(Numbers)
        return any_of([{"type": "array", "items": column}, forms.table(column)])

    def __written__(self) -> Any:
        written = [column.__written__() for column in self.columns]
        return written if self.names is None else dict(zip(self.names, written, strict=True))

    @property
    def called(self) -> tuple[str, ...]:
        """What the columns are called: their names, or their places from 1."""
        return self.names or tuple(str(place + 1) for place in range(len(self.columns)))

    def path(self, place: int) -> str:
        """Return where a column stands below the fact that holds it."""
        return f"[{place}]" if self.names is None else f".{self.names[place]}"

    def shaped(self, found: Iterable[T]) -> FrozenMapping[str, T] | tuple[T, ...]:
        """Return one value for each column, in the shape the columns came in."""
        values = tuple(found)
        if self.names is None:
            return values
        return FrozenMapping(dict(zip(self.names, values, strict=True)))


def titles(names: Sequence[str] | None, count: int) -> list[str | Title]:
    """Return what people read for each of so many items: its name, or its place from 1."""
    if names is not None:
        return list(names)
    return [Title(en=f"item {place}", zh=f"第{place}题") for place in range(1, count + 1)]


def length_faults(held: Columns, fact: str, wanted: int, beside: str) -> Iterable[Fault]:
    """Yield a fault for each column that has not as many answers as what stands beside it."""
    for place, column in enumerate(held.columns):
        if len(column.values) != wanted:
            got = f"{len(column.values)} answers"
            yield Fault(f"{fact}{held.path(place)}", got, f"{wanted}, as many as {beside} has")


def complete_rows(columns: Sequence[Numbers]) -> list[int]:
    """Return the places of those who gave every answer."""
    if not any(Missing in set(map(type, column.values)) for column in columns):
        return list(range(len(columns[0].values))) if columns else []
    return [
        place
        for place, row in enumerate(zip(*(column.values for column in columns), strict=True))
        if not any(isinstance(value, Missing) for value in row)
    ]


def counted_missing(columns: Iterable[Numbers]) -> FrozenMapping[str, int]:
    """Return how many answers are missing, by why; a reason that never came is left out."""
    found = Counter(
        value.value for column in columns for value in column.values if isinstance(value, Missing)
    )
    return FrozenMapping({code: found[code] for code in _CODES if found[code]})


def whole_numbers(values: Iterable[int | Decimal | Missing]) -> tuple[list[int], int]:
    """
    Return numbers as whole ones, and how many of these make up 1.

    Examples:
        >>> whole_numbers([5, Decimal("4.5")])
        ([50, 45], 10)
    """
    given = list(values)
    if set(map(type, given)) <= {int}:
        return cast("list[int]", given), 1
    held = [Decimal(0) if isinstance(value, Missing) else value for value in given]
    places = max((_places(value) for value in held if isinstance(value, Decimal)), default=0)
    scale = 10**places
    # A fraction is exact in any ambient context of decimals.
    return [
        value * scale if isinstance(value, int) else int(Fraction(value) * scale) for value in held
    ], scale


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int), "what was read is finite"
    return max(0, -exponent)


@attrs.frozen
class Moments:
    """
    The exact sums of products of columns about their means.

    Attributes:
        base: Respondents.
        effective: How many answers of equal weight tell as much; the base where all weigh the same.
        means: The mean of each column.
        products: Of each two columns; the covariance, but for a factor they all share.
    """

    base: int
    effective: Fraction
    means: tuple[Fraction, ...]
    products: tuple[tuple[Fraction, ...], ...]

    def varies(self, column: int) -> bool:
        """Tell whether the answers of a column differ."""
        return self.products[column][column] > 0

    def correlation(self, one: int, other: int) -> float:
        """Return the correlation of two columns; 0 where one never differs."""
        together = self.products[one][other]
        apart = self.products[one][one] * self.products[other][other]
        return copysign(sqrt(together * together / apart), together) if apart else 0.0

    def spread_ratio(self, one: int, other: int) -> float:
        """Return the spread of a column over that of another, which varies."""
        return sqrt(self.products[one][one] / self.products[other][other])


def moments(
    columns: Sequence[Numbers], rows: Sequence[int], weights: Sequence[Decimal] = ()
) -> Moments:
    """
    Return the sums of products of columns over some respondents, at least one of weight above 0.

    Args:
        columns: The columns.
        rows: Places of the respondents.
        weights: What each respondent weighs, for all places; empty where all weigh the same.
    """
    held = [whole_numbers([column.values[row] for row in rows]) for column in columns]
    heavy = whole_numbers([weights[row] for row in rows])[0] if weights else [1] * len(rows)
    total = sum(heavy)
    weighted = [list(map(mul, heavy, values)) if weights else values for values, _ in held]
    sums = [sum(values) for values in weighted]
    k = len(columns)
    products = [[Fraction(0)] * k for _ in range(k)]
    for i in range(k):
        for j in range(i, k):
            about = total * sum(map(mul, weighted[i], held[j][0])) - sums[i] * sums[j]
            products[i][j] = products[j][i] = Fraction(about, held[i][1] * held[j][1])
    return Moments(
        base=len(rows),
        effective=Fraction(total * total, sum(map(mul, heavy, heavy))),
        means=tuple(
            Fraction(found, total * scale) for found, (_, scale) in zip(sums, held, strict=True)
        ),
        products=tuple(map(tuple, products)),
    )
