"""
What stages follow from: days of acts as sets of bits, closures, holds, products.

A dossier and a policy tell the stages, in whatever order what stands in it became known: the same
days make the same stages. Something that is told late is put in its place, and what was said of
the days before it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import attrs

from bankservice.lifecycle.model import Stage, StageChange, StageReason
from bankservice.lifecycle.stages.activity import COUNTS, RESETS_INACTIVE, RESETS_LOST, VERIFIED
from bankservice.lifecycle.stages.machine import (
    ENDED,
    Beside,
    Change,
    Machine,
    State,
    advance,
    apply,
    beginning,
    close,
    start,
)

__all__ = ["EMPTY", "Dossier", "Hold", "refold", "state_before", "told", "untold"]

_FLAGS = (COUNTS, RESETS_INACTIVE, RESETS_LOST, VERIFIED)


class Hold(NamedTuple):
    """Days on which clocks of inactivity do not fire: [start, end); days are ordinals."""

    kind: str
    start: int
    end: int


@attrs.frozen
class Dossier:
    """
    What is known of a customer, as far as stages follow from it. Days are ordinals.

    Attributes:
        known: Day the customer became known; 0 where that was never said.
        base: Day of the lowest bit of the sets.
        days: Sets of days: of business, that reset inactivity, that reset loss, verified.
        products: (first day, how many), in order of days.
        closures: (day, reason), in order of days.
        holds: The holds, in order of days.
    """

    known: int = 0
    base: int = 0
    days: tuple[int, int, int, int] = (0, 0, 0, 0)
    products: tuple[tuple[int, int], ...] = ()
    closures: tuple[tuple[int, StageReason], ...] = ()
    holds: tuple[Hold, ...] = ()

    def flags(self, day: int) -> int:
        """Return what was done on a day."""
        place = day - self.base
        if place < 0 or not self.base:
            return 0
        counted, inactive, lost, verified = self.days
        bit = 1 << place
        return (
            (COUNTS if counted & bit else 0)
            | (RESETS_INACTIVE if inactive & bit else 0)
            | (RESETS_LOST if lost & bit else 0)
            | (VERIFIED if verified & bit else 0)
        )

    def news(self, days: Mapping[int, int]) -> dict[int, int]:
        """Return the days of which something is new, of days given as day → flags, in their order."""
        base = self.base
        if not base:
            return {day: flags for day, flags in days.items() if flags}
        counted, inactive, lost, verified = self.days
        end = base + max(map(int.bit_length, self.days))
        found: dict[int, int] = {}
        for day, flags in days.items():
            if base <= day < end:
                bit = 1 << (day - base)
                if not (
                    (flags & COUNTS and not counted & bit)
                    or (flags & RESETS_INACTIVE and not inactive & bit)
                    or (flags & RESETS_LOST and not lost & bit)
                    or (flags & VERIFIED and not verified & bit)
                ):
                    continue
            if flags:
                found[day] = flags
        return found

    def with_day(self, day: int, flags: int) -> Dossier:
        """Return the dossier with what was done on a day."""
        return self.with_days({day: flags}) if flags else self

    def with_days(self, days: Mapping[int, int]) -> Dossier:
        """Return the dossier with what was done on days, given as day → flags."""
        if not days:
            return self
        lowest = min(days)
        base = min(self.base, lowest) if self.base else lowest
        counted, inactive, lost, verified = self.days
        if 0 < base < self.base:
            more = self.base - base
            counted, inactive, lost, verified = (held << more for held in self.days)
        for day, flags in days.items():
            bit = 1 << (day - base)
            if flags & COUNTS:
                counted |= bit
            if flags & RESETS_INACTIVE:
                inactive |= bit
            if flags & RESETS_LOST:
                lost |= bit
            if flags & VERIFIED:
                verified |= bit
        held = (counted, inactive, lost, verified)
        return Dossier(self.known, base, held, self.products, self.closures, self.holds)

    def with_products(self, day: int, products: int) -> Dossier:
        """Return the dossier with how many products the customer holds from a day on."""
        stated = self.products
        if not stated or day > stated[-1][0]:
            return attrs.evolve(self, products=(*stated, (day, products)))
        held = [pair for pair in stated if pair[0] != day]
        return attrs.evolve(self, products=tuple(sorted((*held, (day, products)))))

    def with_closure(self, day: int, reason: StageReason) -> Dossier:
        """Return the dossier with a closure."""
        if (day, reason) in self.closures:
            return self
        found = sorted((*self.closures, (day, reason)), key=lambda pair: (pair[0], pair[1].value))
        return attrs.evolve(self, closures=tuple(found))

    def with_hold(self, hold: Hold) -> Dossier:
        """Return the dossier with a hold more."""
        return attrs.evolve(self, holds=tuple(sorted((*self.holds, hold), key=lambda h: h[1:])))

    def without_hold(self, hold: Hold) -> Dossier:
        """Return the dossier with a hold less."""
        return attrs.evolve(self, holds=tuple(held for held in self.holds if held != hold))

    @property
    def first(self) -> int:
        """The first day on which anything was done; 0 for none."""
        together = self.days[0] | self.days[1] | self.days[2]
        return self.base + _lowest(together) if together else 0

    @property
    def last(self) -> int:
        """The last day on which anything was done; 0 for none."""
        together = self.days[0] | self.days[1] | self.days[2]
        return self.base + together.bit_length() - 1 if together else 0

    @property
    def ended(self) -> tuple[int, StageReason] | None:
        """The first death or exit by the bank."""
        return next((held for held in self.closures if held[1] in ENDED), None)

    def happened(self, from_day: int) -> Iterator[int]:
        """Yield the days from one on of which anything is known, in order."""
        together = self.days[0] | self.days[1] | self.days[2]
        days = {day for day, _ in (*self.products, *self.closures) if day >= from_day}
        if self.known >= from_day and self.known:
            days.add(self.known)
        lower = max(0, from_day - self.base)
        together >>= lower
        while together:
            place = _lowest(together)
            days.add(self.base + lower + place)
            together ^= 1 << place
        yield from sorted(days)

    def until(self, day: int) -> Dossier:
        """Return the dossier as of a day: without what happened after it."""
        days = self.days
        beside = (*self.products[-1:], *self.closures[-1:])
        if self.known <= day and day >= self.last and all(on <= day for on, _ in beside):
            return self
        if day < self.last:
            mask = (1 << max(0, day + 1 - self.base)) - 1
            counted, inactive, lost, verified = days
            days = (counted & mask, inactive & mask, lost & mask, verified & mask)
        return Dossier(
            self.known if self.known <= day else 0,
            self.base,
            days,
            tuple(pair for pair in self.products if pair[0] <= day),
            tuple(pair for pair in self.closures if pair[0] <= day),
            self.holds,
        )


EMPTY = Dossier()
"""The dossier of somebody nobody knows."""


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _apart(holds: tuple[Hold, ...]) -> tuple[tuple[int, int], ...]:
    """Return the days under any hold, as spans apart and in order."""
    spans: list[tuple[int, int]] = []
    for _, start_, end in holds:
        if end <= start_:
            continue
        if spans and start_ <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start_, end))
    return tuple(spans)


def state_before(dossier: Dossier, day: int, said: tuple[Change, ...], machine: Machine) -> State:
    """Return the state at the beginning of a day, with what was said of the days before it."""
    past = dossier.until(day - 1)
    counted, inactive, lost, _ = past.days
    first = past.base + _lowest(counted) if counted else 0
    ended = past.ended
    beside = Beside(
        past.products[-1][1] if past.products else None,
        past.products,
        0 if ended is None else ended[0],
        _apart(dossier.holds) if dossier.holds else (),
    )
    if ended is not None:
        # What is told of days after a death is kept, and of no effect.
        alive = past.until(ended[0]).days
        counted, inactive, lost = alive[0], alive[1], alive[2]
    return beginning(
        tuple(change for change in said if change.day < day),
        past.base + inactive.bit_length() - 1 if inactive else 0,
        past.base + lost.bit_length() - 1 if lost else 0,
        first,
        counted >> (first - past.base) if counted else 0,
        beside,
        machine,
    )


def refold(dossier: Dossier, from_day: int, said: tuple[Change, ...], machine: Machine) -> State:
    """
    Return the state after all that happened from a day on; what was said of days before it stands.

    Clocks fire as far as they had fired before.
    """
    state = state_before(dossier, from_day, said, machine)
    # On most days there is nothing but what was done, and of most customers it begins no stage.
    beside = {dossier.known, *(on for on, _ in (*dossier.products, *dossier.closures))}
    if max(beside) < from_day and _steady(state, dossier.last, machine):
        state = _counted(state, dossier)
        return advance(state, said[-1].day, machine) if said else state
    for day in dossier.happened(from_day):
        if day in beside:
            state = _on(state, dossier, day, machine)
        else:
            state = apply(state, day, dossier.flags(day), machine)
    return advance(state, said[-1].day, machine) if said else state


def _steady(state: State, until: int, machine: Machine) -> bool:
    """Tell whether no act up to a day begins a stage, and no clock fires before that day."""
    if state.due < until or not state.first or state.beside.ended:
        return False
    if state.stage is not Stage.ACTIVE:
        return state.stage is Stage.LOYAL
    only = machine.only
    if only is None:
        return False
    loyal = only.loyal
    return loyal is None or (
        loyal.tenure.due(state.first) > until
        or (loyal.products > 0 and (state.beside.products or 0) < loyal.products)
    )


def _counted(state: State, dossier: Dossier) -> State:
    """Return the state after all the acts of a dossier, as `apply` would day by day; at once."""
    counted, inactive, lost, _ = dossier.days
    return state._replace(
        last=dossier.base + inactive.bit_length() - 1 if inactive else state.last,
        last_lost=dossier.base + lost.bit_length() - 1 if lost else state.last_lost,
        counted=counted >> (state.first - dossier.base),
    )


def _on(state: State, dossier: Dossier, day: int, machine: Machine) -> State:
    """Return the state after a day: what became known, what was done, what was closed."""
    state = advance(state, day - 1, machine)
    if day == dossier.known:
        state = start(state, day, machine)
    if any(since == day for since, _ in dossier.products):
        stated = tuple(pair for pair in dossier.products if pair[0] <= day)
        beside = attrs.evolve(state.beside, products=stated[-1][1], stated=stated)
        state = beginning(
            state.changes, state.last, state.last_lost, state.first, state.counted, beside, machine
        )
    flags = dossier.flags(day)
    if flags:
        state = apply(state, day, flags, machine)
    for closed, reason in dossier.closures:
        if closed == day:
            state = close(state, day, reason, machine)
    return state


def told(changes: tuple[Change, ...]) -> tuple[StageChange, ...]:
    """Return changes as entries and people read them: with dates."""
    return tuple(map(_dated, changes))


@lru_cache(maxsize=4096)
def _dated(change: Change) -> StageChange:
    # Much of a book begins the same stage on the same day.
    return StageChange(change.stage, date.fromordinal(change.day), change.reason)


def untold(changes: tuple[StageChange, ...]) -> tuple[Change, ...]:
    """Return changes as the machine has them: days as ordinals."""
    return tuple(Change(held.stage, held.on.toordinal(), held.reason) for held in changes)
