"""
What groups decide of customers, kept by what their conditions answer.

Amounts and shares change every day, and hardly ever past a bound that some row looks at. What is
decided hangs on what each comparison answers for the facts stated, and on nothing else of them;
so customers of whom every comparison answers the same belong to the same groups. Nothing is
written from here: it only tells of whom the record would write nothing.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any, Final

import attrs

from bankservice.core.calendar import age_on
from bankservice.core.conditions import Comparison
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Version
from bankservice.segmentation import Groups
from bankservice.segmentation.grouping.facts import MEMORY, typed_facts
from bankservice.segmentation.grouping.model import Grouped, GroupsFacts
from bankservice.segmentation.grouping.rule import groups
from bankservice.segmentation.membership.entries import Assign, Belonging

__all__ = ["Decisions", "Stated"]

_AS_STATED: Final = frozenset({"tier"})
"""Facts that are looked at as they are: which words they may be, the rule itself checks."""


@attrs.frozen
class Stated:
    """
    What is told of a customer on a day.

    Attributes:
        facts: Facts by name, those not known left out.
        born_on: The birth date.
    """

    facts: dict[str, Any]
    born_on: date | None = None

    def assign(self, on: date) -> Assign:
        """Return the command that decides on the customer."""
        return Assign(on=on, customer=FrozenMapping(self.facts), born_on=self.born_on)


class Decisions:
    """What one version of groups decides."""

    def __init__(self, version: Version[Groups]) -> None:
        """Start with nothing decided."""
        self._version = version
        self._groups = version.parameters
        held = self._groups
        rows = (*held.screen, *held.behaviours, *held.needs, *held.segments)
        self._comparisons: dict[str, dict[Comparison, None]] = {}
        for row in rows:
            for part in () if row.when is None else row.when.comparisons():
                self._comparisons.setdefault(part.fact, {})[part] = None
        self._told = lru_cache(maxsize=MEMORY, typed=True)(self._answers)
        self._decided: dict[tuple[Any, ...], Grouped] = {}

    def changes_nothing(self, state: Belonging, told: Stated, on: date) -> bool:
        """Tell whether it is certain that a customer who belongs somewhere stays there."""
        mark = state.last(on)
        if mark is None or mark.place is None:
            return False
        return mark.place.after(self._outcome(told, on)) == mark.place

    def _outcome(self, told: Stated, on: date) -> Grouped:
        """Return what is decided; the age told beside it may be another customer's."""
        key = self._key(told, on)
        found = self._decided.get(key)
        if found is None:
            body = told.assign(on)
            facts = GroupsFacts(on=on, customer=body.customer, born_on=body.born_on)
            found = groups.decide(facts, self._version).outcome
            if len(self._decided) >= MEMORY:
                self._decided.clear()
            self._decided[key] = found
        return found

    def _key(self, told: Stated, on: date) -> tuple[Any, ...]:
        stated = told.facts
        if told.born_on is not None:
            if "age" in stated or "born_on" in stated:
                # Whether the two agree is for the rule to check.
                return (on, told.born_on, *stated.items())
            leap_day = self._groups.written.leap_day
            stated = {**stated, "age": age_on(told.born_on, on, leap_day=leap_day)}
        return tuple((name, self._told(name, value)) for name, value in sorted(stated.items()))

    def _answers(self, name: str, value: object) -> object:
        """Return what every comparison of a fact answers for a value, whose type is checked."""
        if name in _AS_STATED:
            return value
        held = typed_facts(self._groups.register, {name: value})
        within = self._groups.world.terms.within
        return tuple(part.holds(held, within) for part in self._comparisons.get(name, ()))
