"""
Conditions as data: a small, closed algebra of typed comparisons over named facts.

    { fact = "opened_on", at_least = 2024-09-01 }
    { all = [ { fact = "region", within = "east" }, { not = { fact = "age", less_than = 18 } } ] }

Comparisons: `equals`, `in`, `at_least`, `at_most`, `more_than`, `less_than`, `between` (first
end counted, second not), `within` (the code or a code below it in its tree), `includes` (a set
that holds the word). Conditions are
checked when a policy is loaded, never evaluated as code. A comparison over an unknown fact is
unknown, and unknown spreads as in Kleene's logic.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

import attrs

from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.unknown import UNKNOWN

__all__ = [
    "LISTS",
    "OPERATORS",
    "AllOf",
    "AnyOf",
    "Comparison",
    "Condition",
    "FactType",
    "Not",
    "read_condition",
]

TypeName = Literal["text", "integer", "number", "boolean", "date", "code", "set"]
Scalar = str | int | Decimal | bool | date

_ACCEPTS: Final[Mapping[TypeName, Callable[[object], bool]]] = {
    "text": lambda value: isinstance(value, str),
    "code": lambda value: isinstance(value, str),
    "integer": lambda value: type(value) is int,
    "number": lambda value: (
        type(value) is int or (isinstance(value, Decimal) and value.is_finite())
    ),
    "boolean": lambda value: isinstance(value, bool),
    "date": lambda value: type(value) is date,
    # What a set is compared with is one word that it may hold.
    "set": lambda value: isinstance(value, str),
}


@attrs.frozen
class FactType:
    """
    The type of a fact that conditions may name.

    Attributes:
        type: `text`, `integer`, `number`, `boolean`, `date`, `code` or `set` (of words).
        tree: For a code, the id of its vocabulary, such as `vocabulary/channels`.
    """

    type: TypeName
    tree: str = ""

    def accepts(self, value: object) -> bool:
        """Tell whether *value* may be compared with a fact of this type."""
        return _ACCEPTS[self.type](value)


Within = Callable[[str, str, str], bool]
"""(fact, code, ancestor) → is the code the ancestor, or below it in the fact's tree."""

_ORDER: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "equals": operator.eq,
    "at_least": operator.ge,
    "at_most": operator.le,
    "more_than": operator.gt,
    "less_than": operator.lt,
}
LISTS: Final = ("in", "between")
"""Comparisons with several values."""
OPERATORS: Final = (*_ORDER, *LISTS, "within", "includes")
"""All comparisons."""


@attrs.frozen
class Comparison:
    """One fact against one value, or several for `in` and `between`."""

    fact: str
    operator: str
    wanted: Scalar | tuple[Scalar, ...]

    def holds(self, facts: Mapping[str, object], within: Within) -> bool | None:
        """Return True, False, or None where the fact is unknown or not stated."""
        value = facts.get(self.fact, UNKNOWN)
        if value is UNKNOWN or value is None:
            return None
        if self.operator == "in":
            return value in self._several
        if self.operator == "between":
            low, high = self._several
            return bool(low <= value < high)  # type: ignore[operator]
        if self.operator == "within":
            return within(self.fact, str(value), str(self.wanted))
        if self.operator == "includes":
            return self.wanted in value  # type: ignore[operator]
        return bool(_ORDER[self.operator](value, self.wanted))

    @property
    def _several(self) -> tuple[Scalar, ...]:
        return self.wanted if isinstance(self.wanted, tuple) else (self.wanted,)

    def comparisons(self) -> Iterator[Comparison]:
        """Yield this comparison."""
        yield self

    def faults(self, known: Mapping[str, FactType], path: str) -> Iterator[Fault]:
        """Yield what is wrong with this comparison, given the facts there are."""
        kind = known.get(self.fact)
        if kind is None:
            yield Fault(
                f"{path}.fact",
                repr(self.fact),
                "a fact of this policy",
                near_names(self.fact, known),
            )
            return
        if self.operator == "within":
            if kind.type != "code":
                wanted = f"a fact that is a code; it is {kind.type}"
                yield Fault(f"{path}.within", self.fact, wanted)
                return
        elif (self.operator == "includes") != (kind.type == "set"):
            wanted = "includes" if kind.type == "set" else "a fact that is a set"
            yield Fault(f"{path}.{self.operator}", self.fact, f"{wanted}; it is {kind.type}")
            return
        elif self.operator not in ("equals", "in") and kind.type in ("text", "code", "boolean"):
            yield Fault(f"{path}.{self.operator}", self.fact, f"an ordered fact; it is {kind.type}")
        if self.operator == "between" and len(self._several) != 2:
            yield Fault(
                f"{path}.between", f"{len(self._several)} values", "two values, [from, until)"
            )
        if self.operator == "in" and not self._several:
            yield Fault(f"{path}.{self.operator}", "no value", "one or more, or it never holds")
        wrong = [value for value in self._several if not kind.accepts(value)]
        for value in wrong:
            yield Fault(f"{path}.{self.operator}", repr(value), f"a value of type {kind.type}")
        if self.operator == "between" and len(self._several) == 2 and not wrong:
            low, high = self._several
            if not _ORDER["less_than"](low, high):
                wanted = f"an end after {low!r}, or it never holds"
                yield Fault(f"{path}.between", repr(high), wanted)


@attrs.frozen
class AllOf:
    """Every part holds."""

    parts: tuple[Condition, ...]

    def holds(self, facts: Mapping[str, object], within: Within) -> bool | None:
        """Return False if any part is false, else None if any is unknown, else True."""
        answers = [part.holds(facts, within) for part in self.parts]
        return False if False in answers else None if None in answers else True

    def comparisons(self) -> Iterator[Comparison]:
        """Yield the comparisons below, in reading order."""
        for part in self.parts:
            yield from part.comparisons()

    def faults(self, known: Mapping[str, FactType], path: str) -> Iterator[Fault]:
        """Yield the faults of every part."""
        for index, part in enumerate(self.parts):
            yield from part.faults(known, f"{path}.all[{index}]")


@attrs.frozen
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]

    def holds(self, facts: Mapping[str, object], within: Within) -> bool | None:
        """Return True if any part is true, else None if any is unknown, else False."""
        answers = [part.holds(facts, within) for part in self.parts]
        return True if True in answers else None if None in answers else False

    def comparisons(self) -> Iterator[Comparison]:
        """Yield the comparisons below, in reading order."""
        for part in self.parts:
            yield from part.comparisons()

    def faults(self, known: Mapping[str, FactType], path: str) -> Iterator[Fault]:
        """Yield the faults of every part."""
        for index, part in enumerate(self.parts):
            yield from part.faults(known, f"{path}.any[{index}]")


@attrs.frozen
class Not:
    """The part does not hold."""

    part: Condition

    def holds(self, facts: Mapping[str, object], within: Within) -> bool | None:
        """Return the opposite of the part; unknown stays unknown."""
        answer = self.part.holds(facts, within)
        return None if answer is None else not answer

    def comparisons(self) -> Iterator[Comparison]:
        """Yield the comparisons below."""
        yield from self.part.comparisons()

    def faults(self, known: Mapping[str, FactType], path: str) -> Iterator[Fault]:
        """Yield the faults of the part."""
        yield from self.part.faults(known, f"{path}.not")


Condition = Comparison | AllOf | AnyOf | Not
"""A comparison, or conditions joined by all, any and not."""


@attrs.define
class _Reader:
    faults: list[Fault] = attrs.field(factory=list)

    def read(self, raw: object, path: str) -> Condition | None:
        if not isinstance(raw, Mapping):
            self._fault(path, repr(raw), "a condition table like { fact = …, at_least = … }")
            return None
        if "fact" in raw:
            return self._comparison(raw, path)
        if len(raw) != 1 or next(iter(raw)) not in ("all", "any", "not"):
            known = ("fact", "all", "any", "not")
            near = tuple(name for key in raw for name in near_names(str(key), known))
            self._fault(
                path, "keys " + ", ".join(map(str, raw)), "one of fact, all, any, not", near
            )
            return None
        word, below = next(iter(raw.items()))
        if word == "not":
            part = self.read(below, f"{path}.not")
            return None if part is None else Not(part)
        if not isinstance(below, (list, tuple)) or not below:
            self._fault(f"{path}.{word}", repr(below), "a list of one or more conditions")
            return None
        parts = [self.read(item, f"{path}.{word}[{index}]") for index, item in enumerate(below)]
        read = tuple(part for part in parts if part is not None)
        return AllOf(read) if word == "all" else AnyOf(read)

    def _comparison(self, raw: Mapping[str, object], path: str) -> Comparison | None:
        words = [key for key in raw if key != "fact"]
        if len(words) != 1 or words[0] not in OPERATORS or not isinstance(raw["fact"], str):
            near = tuple(name for key in words for name in near_names(str(key), OPERATORS))
            wanted = "one fact and one of " + ", ".join(OPERATORS)
            self._fault(path, "keys " + ", ".join(map(str, raw)), wanted, near)
            return None
        value = raw[words[0]]
        if words[0] in LISTS:
            if not isinstance(value, (list, tuple)):
                self._fault(f"{path}.{words[0]}", repr(value), "a list of values")
                return None
            return Comparison(raw["fact"], words[0], tuple(value))
        if not isinstance(value, (str, int, Decimal, date)):
            self._fault(f"{path}.{words[0]}", repr(value), "a text, number, boolean or date")
            return None
        return Comparison(raw["fact"], words[0], value)

    def _fault(self, path: str, got: str, wanted: str, near: tuple[str, ...] = ()) -> None:
        self.faults.append(Fault(path.removeprefix("."), got, wanted, near))


def read_condition(raw: object) -> Condition:
    """
    Read a condition as it stands in a policy file.

    Raises:
        FaultsError: With every fault, its path relative to the condition.

    Examples:
        >>> old = read_condition({"fact": "opened_on", "less_than": date(2024, 9, 1)})
        >>> old.holds({"opened_on": date(2020, 1, 1)}, lambda fact, code, above: False)
        True
        >>> old.holds({}, lambda fact, code, above: False) is None
        True
    """
    reader = _Reader()
    condition = reader.read(raw, "")
    if reader.faults or condition is None:
        raise FaultsError("the condition", tuple(reader.faults))
    return condition


def to_raw(condition: Condition) -> dict[str, object]:
    """Return the table that `read_condition` reads back to an equal condition."""
    match condition:
        case Comparison(fact, word, wanted):
            return {"fact": fact, word: list(wanted) if isinstance(wanted, tuple) else wanted}
        case AllOf(parts):
            return {"all": [to_raw(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [to_raw(part) for part in parts]}
        case _:
            return {"not": to_raw(condition.part)}
