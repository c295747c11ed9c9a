"""What is measured of a customer, exactly, and how callers write it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

import attrs

from bankservice.core.decision import Counted
from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.money import Money, Rounding, divide
from bankservice.core.plain import to_json
from bankservice.core.scalars import Amount
from bankservice.core.schema import Forms, Schema, any_of
from bankservice.core.structure import Reader
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.segmentation.ladder import Ladder

__all__ = ["Exact", "Measure", "Measures", "WrittenMeasure", "amount", "exact"]


@attrs.frozen
class Measure:
    """
    What is measured of a customer, exactly: a sum over days, never divided.

    A threshold `t` is reached if and only if `minor_days >= t * days * scale`.

    Attributes:
        minor_days: Sum of end-of-day balances in minor units (times their weights, if any).
        days: Calendar days summed over; 1 or more.
        scale: 1, or 10,000 where balances carry weights in basis points.
    """

    minor_days: int
    days: int = 1
    scale: int = 1

    def __attrs_post_init__(self) -> None:
        if not (type(self.minor_days) is type(self.days) is type(self.scale) is int):
            raise TypeError(
                "a measure counts in whole minor units and whole days; floats are refused."
            )
        if self.days < 1 or self.scale < 1:
            raise ValueError(
                f"a measure covers at least one day, got {self.days} (scale {self.scale})."
            )

    def reaches(self, threshold: int) -> bool:
        """
        Tell whether the average reaches *threshold* minor units, without dividing.

        Examples:
            >>> (
            ...     Measure(149_999_988, 30).reaches(5_000_000),
            ...     Measure(150_000_000, 30).reaches(5_000_000),
            ... )
            (False, True)
        """
        return self.minor_days >= threshold * self.days * self.scale

    @property
    def average(self) -> Fraction:
        """The average in minor units, exact; for display and shortfalls only."""
        return Fraction(self.minor_days, self.days * self.scale)

    def __add__(self, other: Measure) -> Measure:
        """Return the measure of both together, each over its own days."""
        mine, theirs = self.days * self.scale, other.days * other.scale
        if mine == theirs:
            return Measure(self.minor_days + other.minor_days, self.days, self.scale)
        return Measure(self.minor_days * theirs + other.minor_days * mine, mine * theirs)


@attrs.frozen
class WrittenMeasure:
    """An average as text in major units; a policy's unit turns it into a `Measure`."""

    average: Amount


@attrs.frozen
class _Measure:
    """A measure as callers write it: balance-days, or an average."""

    balance_minor_days: int | None = None
    days: int | None = None
    average: Amount | None = None
    scale: int = 1

    def __attrs_post_init__(self) -> None:
        summed = (self.balance_minor_days, self.days)
        if (
            (None in summed)
            if self.average is None
            else (summed != (None, None) or self.scale != 1)
        ):
            raise ValueError("either balance_minor_days and days, or average")


def _measure(raw: _Measure) -> Measure | WrittenMeasure:
    if raw.average is not None:
        return WrittenMeasure(raw.average)
    assert raw.balance_minor_days is not None, "checked when built"
    assert raw.days is not None, "checked when built"
    return Measure(raw.balance_minor_days, raw.days, raw.scale)


@attrs.frozen
class Measures:
    """
    The measures of one customer as a command or case writes them, by name.

    One measure alone goes by the name `assets`. A policy's unit turns amounts into integers.

    Attributes:
        written: Name → measure, or unknown.
        exact: Whether none of them is text that a policy's unit has yet to read.
    """

    written: FrozenMapping[str, Measure | WrittenMeasure | UnknownType]
    exact: bool = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        exact = not any(isinstance(held, WrittenMeasure) for held in self.written.values())
        object.__setattr__(self, "exact", exact)

    @classmethod
    def __read__(cls, raw: Any, reader: Reader) -> Measures:
        if isinstance(raw, Measure) or raw is UNKNOWN or raw == UNKNOWN.value:
            return cls(FrozenMapping({"assets": raw if isinstance(raw, Measure) else UNKNOWN}))
        if isinstance(raw, dict) and raw and all(_is_measure(item) for item in raw.values()):
            read = {
                name: cls.__read__(item, reader).written["assets"] for name, item in raw.items()
            }
            return cls(FrozenMapping(read))
        return cls(FrozenMapping({"assets": _measure(reader.read(raw, _Measure, "measure"))}))

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        one = any_of([forms.unknown(), forms.of(_Measure)])
        return any_of([one, forms.table(one)])

    def __written__(self) -> Any:
        plain = {name: _as_written(measure) for name, measure in self.written.items()}
        return plain["assets"] if list(plain) == ["assets"] else plain


def _as_written(measure: Measure | WrittenMeasure | UnknownType) -> Any:
    if not isinstance(measure, Measure):
        return to_json(measure)
    whole = {"balance_minor_days": measure.minor_days, "days": measure.days}
    return whole if measure.scale == 1 else {**whole, "scale": measure.scale}


def _is_measure(item: object) -> bool:
    return isinstance(item, (dict, Measure)) or item is UNKNOWN or item == UNKNOWN.value


Exact = Mapping[str, Measure | UnknownType]


def exact(measures: Measures, ladder: Ladder) -> Exact:
    """
    Return written measures in the integers of a policy's unit.

    Raises:
        FaultsError: If an average is no number of the unit, or a measure is not one the policy
            names; near names are offered.
    """
    if measures.exact and ladder.measures.issuperset(measures.written):
        return cast("Exact", measures.written)
    measures = _renamed(measures, ladder)
    held: dict[str, Measure | UnknownType] = {}
    faults = []
    for name, written in measures.written.items():
        if ladder.measures and name not in ladder.measures:
            wanted = "a measure of the policy: " + ", ".join(sorted(ladder.measures))
            near = near_names(name, ladder.measures)
            faults.append(Fault(f"measure.{name}", "an unknown measure", wanted, near))
        try:
            held[name] = _exact(written, ladder.digits)
        except ValueError as error:
            faults.append(Fault(f"measure.{name}", repr(written), str(error)))
    if faults:
        raise FaultsError("the measures", tuple(faults))
    return FrozenMapping(held)


def _renamed(measures: Measures, ladder: Ladder) -> Measures:
    """Give a measure stated alone the one name the policy has."""
    if set(measures.written) == {"assets"} and len(ladder.measures) == 1:
        (name,) = ladder.measures
        return Measures(FrozenMapping({name: measures.written["assets"]}))
    return measures


def _exact(written: Measure | WrittenMeasure | UnknownType, digits: int) -> Measure | UnknownType:
    if not isinstance(written, WrittenMeasure):
        return written
    if abs(Decimal(written.average).adjusted()) > 40:
        raise ValueError("an average of at most 40 digits")
    average = Fraction(written.average) * 10**digits
    return Measure(average.numerator, average.denominator)


def amount(
    value: Fraction | int, ladder: Ladder, rounding: Rounding = Rounding.HALF_EVEN
) -> Money | Counted:
    """Return a level or average for display, rounded to the unit."""
    part = Fraction(value)
    whole = divide(part.numerator, part.denominator, rounding)
    if ladder.currency:
        return Money(whole, ladder.currency)
    assert ladder.unit is not None, "a ladder has a currency or a unit"
    return Counted(whole, ladder.unit)
