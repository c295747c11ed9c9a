"""
What the stream of a customer's outlook holds: estimates of days, written where something changed.

An entry is about its own day (`on`), whenever it was recorded. What holds on a day is what the last
entry up to that day says. It says so in estimates: no stage and no tier follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.record import Events
from bankservice.core.structure import FACTS
from bankservice.core.unknown import UnknownType
from bankservice.lifecycle.prediction.trend import Reading

__all__ = ["COMMANDS", "EVENTS", "Estimate", "Outlooked", "Score", "Scored", "Told", "evolve"]

Values = tuple[Reading, ...] | UnknownType


@attrs.frozen(kw_only=True)
class Score:
    """
    Estimate a customer's outlook of a day.

    Attributes:
        on: The day; that of the command where left out.
        days: Days with business up to it; or the three sums below.
        frequency: Repeat purchases (x).
        recency: Time from the first purchase to the last (t_x), in the unit of the model.
        age: Time from the first purchase to the day (T).
        mean: Average spend of the repeat purchases, in major units of the policy's currency.
        currency: Currency of that; the policy's where left out.
        values: Measure → its values, as for `lifecycle.trend`; measures left out stay as they were.
        customer: Facts that cohorts ask for.
    """

    on: date | None = None
    days: tuple[date, ...] | UnknownType | None = None
    frequency: Decimal | UnknownType | None = None
    recency: Decimal | UnknownType | None = None
    age: Decimal | UnknownType | None = None
    mean: Decimal | UnknownType | None = None
    currency: str = ""
    values: FrozenMapping[str, Values] = FrozenMapping()
    customer: FrozenMapping[str, str] = FrozenMapping()

    @property
    def history(self) -> dict[str, Any]:
        """What is known of the customer's business, as facts."""
        return {name: getattr(self, name) for name in ("days", "frequency", "recency", "age")}


COMMANDS: Final = {"score": Score}
"""Command names and their classes."""


# -- state ------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Told:
    """
    What the trend of a measure was.

    Attributes:
        direction: `rising`, `falling`, `level` or `too-few`.
        slope: Change from one period to the next, exact, as a text.
        p_value: How often values without any trend would show one as strong.
    """

    direction: Literal["rising", "falling", "level", "too-few"]
    slope: str = ""
    p_value: Decimal | None = None


@attrs.frozen(kw_only=True)
class Estimate:
    """
    What was estimated; a part that could not be decided is as it was before.

    Attributes:
        p_alive: Probability that the customer is still one.
        risk: One less that.
        band: Code of the band of risk.
        expected: Purchases expected within the horizon.
        why: `no-history` for a customer who never did any business.
        value_minor: What those are worth, in minor units.
        currency: Currency of that.
        trends: Measure → its trend.
        undecided: What could not be decided last (`risk`, `value`, or a measure) → the facts that
            were not known.
    """

    p_alive: Decimal | None = None
    risk: Decimal | None = None
    band: str | None = None
    expected: Decimal | None = None
    why: Literal["", "no-history"] = ""
    value_minor: int | None = None
    currency: str = ""
    trends: FrozenMapping[str, Told] = FrozenMapping()
    undecided: FrozenMapping[str, tuple[str, ...]] = FrozenMapping()

    @property
    def moved(self) -> tuple[Any, ...]:
        """What an entry is written for when it changes: not each number, but what is made of it."""
        directions = {measure: told.direction for measure, told in self.trends.items()}
        return (self.band, self.why, FrozenMapping(directions), self.undecided)


@attrs.frozen(kw_only=True)
class Scored:
    """An estimate of a day, under which version, and the sealed facts on which it was made."""

    on: date
    estimate: Estimate
    version: FrozenMapping[str, str]
    facts: FrozenMapping[str, Any] | None = attrs.field(default=None, metadata={"sealed": True})

    @classmethod
    def thaw(cls, table: Mapping[str, Any]) -> Scored:
        """Return the event an entry holds; its facts as they were written."""
        facts = table.get("facts")
        return cls(
            on=date.fromisoformat(table["on"]),
            estimate=_estimate(table.get("estimate", {})),
            version=FrozenMapping(table["version"]),
            facts=None if facts is None else FrozenMapping(facts),
        )

    def asked(self) -> Score | None:
        """Return the facts as they were stated; None where they were erased."""
        return None if self.facts is None else FACTS.read(self.facts, Score, "the facts of a score")


def _estimate(table: Mapping[str, Any]) -> Estimate:
    told = dict(table)
    for name in ("p_alive", "risk", "expected"):
        if told.get(name) is not None:
            told[name] = Decimal(told[name])
    trends = {
        measure: Told(
            direction=held["direction"],
            slope=held.get("slope", ""),
            p_value=None if held.get("p_value") is None else Decimal(held["p_value"]),
        )
        for measure, held in told.pop("trends", {}).items()
    }
    undecided = {name: tuple(facts) for name, facts in told.pop("undecided", {}).items()}
    return Estimate(**told, trends=FrozenMapping(trends), undecided=FrozenMapping(undecided))


@attrs.frozen
class Outlooked:
    """The state of the record: estimates in the order of their days, without their facts."""

    held: tuple[Scored, ...] = ()

    def last(self, on: date) -> Scored | None:
        """Return the entry that holds on a day; None before the first."""
        return next((scored for scored in reversed(self.held) if scored.on <= on), None)

    def at(self, on: date) -> Estimate:
        """Return what was estimated for a day; nothing before the first entry."""
        scored = self.last(on)
        return Estimate() if scored is None else scored.estimate


# -- events -----------------------------------------------------------------------------------

EVENTS: Final = Events({"scored": Scored})


def evolve(state: Outlooked, event: Any) -> Outlooked:
    """Return the state after an event; total over `EVENTS`."""
    if not isinstance(event, Scored):
        raise TypeError(f"{type(event).__name__} is no event of an outlook")
    # Facts are sealed in their entry; a snapshot of the state must not keep them beside.
    scored = attrs.evolve(event, facts=None)
    later = sum(held.on > scored.on for held in state.held)
    place = len(state.held) - later
    before = state.held[: place - 1] if place and state.held[place - 1].on == scored.on else None
    return Outlooked(
        (*(state.held[:place] if before is None else before), scored, *state.held[place:])
    )
