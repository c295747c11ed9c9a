"""
A tier policy in integers and dates, as rules use it.

What depends on the day alone (renewed latches, the next review) is worked out once a day and
shared by everybody assessed on it; so are the latches of a first miss.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Final, Literal, TypeVar

import attrs

from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.errors import UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.segmentation.model import Band, Latch, Standing, TierReason

__all__ = ["ChangeMode", "Day", "Ladder", "Landing", "Level", "Measurement", "Rung"]

K = TypeVar("K")
V = TypeVar("V")

CACHE: Final = 100_000
"""Entries a ladder's caches hold before they start anew."""

ChangeMode = Literal["grandfather", "immediate", "new_entrants_only"]
Landing = Literal["by_latch", "one_step", "to_measured"]


@attrs.frozen(kw_only=True)
class Measurement:
    """
    How balances become the measure `assets`.

    Attributes:
        window: Period up to and including the day assessed.
        before_opening: Whether days before the customer's first account count as `zero` or are
            left out (`exclude`).
        rounding: How a converted balance becomes whole minor units.
        weights: Product → weight in basis points; 10,000 where a product is not named.
    """

    window: Period = Period(months=1)
    before_opening: Literal["zero", "exclude"] = "zero"
    rounding: Literal["half-even", "half-up", "down", "floor", "ceiling"] = "half-even"
    weights: FrozenMapping[str, int] = FrozenMapping()


@attrs.frozen
class Level:
    """Entry and retain level of one measure, in minor units."""

    measure: str
    enter: int
    retain: int


@attrs.frozen(kw_only=True)
class Rung:
    """One tier, its levels in minor units; the base has none."""

    code: str
    title: Title | None
    levels: tuple[Level, ...]
    by_all: bool
    protection: Period
    grace: Period
    ramp: Period
    services: tuple[str, ...]
    source: Citation | None

    @property
    def name(self) -> Title | str:
        """What people read; the code where there is no title."""
        return self.title or self.code


@attrs.frozen(eq=False)
class Day:
    """What every assessment of one day shares: renewed latches, the next review, the base."""

    on: date
    fresh: tuple[Latch, ...]
    next_review: date | None
    _bases: dict[tuple[TierReason, date | None], Standing] = attrs.field(factory=dict, init=False)

    def at_base(self, reason: TierReason, version_since: date | None, ladder: Ladder) -> Standing:
        """Return the one standing of everybody who never held a tier above the base."""
        key = (reason, version_since)
        found = self._bases.get(key)
        if found is None:
            found = self._bases[key] = Standing(
                codes=ladder.codes,
                latches=ladder.unset,
                reason=reason,
                next_review=self.next_review,
                assessed_on=self.on,
                base=ladder.base,
                version_since=version_since,
            )
        return found


@attrs.frozen(eq=False, kw_only=True)
class Ladder:
    """
    A tier policy version, ready to use.

    Attributes:
        rows: The tiers, base first.
        zone: Zone whose days count.
        digits: Digits after the point of an amount.
        currency: Currency of the levels; empty where they are not money.
        unit: What they count then.
        after_protection: Whether grace runs only when protection is over.
        landing: Where a fall ends.
        reviews: Month and day of the reviews, ascending; none where every day is one.
        on_change: What this version does to tiers held under an older one.
        measurement: How balances become the measure `assets`.
        measure_titles: Titles of the measures.
        service_titles: Titles of the services the rows name.
        base: Code of the base tier.
        codes: Codes of the tiers above it, lowest first.
        measures: Names of the measures the levels look at.
        single: Whether every tier looks at the one measure `assets`.
        bands: The prebuilt answers without memory, base first.
        unset: Latches of a customer who was never assessed.
    """

    rows: tuple[Rung, ...]
    zone: str
    digits: int
    currency: str
    unit: Title | None
    after_protection: bool
    landing: Landing
    reviews: tuple[tuple[int, int], ...]
    on_change: ChangeMode
    measurement: Measurement
    measure_titles: Mapping[str, Title]
    service_titles: Mapping[str, Title]

    base: str = attrs.field(init=False)
    codes: tuple[str, ...] = attrs.field(init=False)
    measures: frozenset[str] = attrs.field(init=False)
    single: bool = attrs.field(init=False)
    bands: tuple[Band, ...] = attrs.field(init=False)
    unset: tuple[Latch, ...] = attrs.field(init=False)

    _days: dict[date, Day] = attrs.field(factory=dict, init=False, repr=False)
    _fresh: dict[date, Standing] = attrs.field(factory=dict, init=False, repr=False)
    _missed: dict[tuple[int, date, date | None], Latch] = attrs.field(
        factory=dict, init=False, repr=False
    )
    _band: dict[date | None, Latch] = attrs.field(factory=dict, init=False, repr=False)
    _scaled: dict[int, tuple[tuple[int, int], ...]] = attrs.field(
        factory=dict, init=False, repr=False
    )
    _entries: dict[int, list[int]] = attrs.field(factory=dict, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        above = self.rows[1:]
        derived = {
            "base": self.rows[0].code if self.rows else "",
            "codes": tuple(row.code for row in above),
            "measures": frozenset(level.measure for row in above for level in row.levels),
            "single": all(
                tuple(level.measure for level in row.levels) == ("assets",) for row in above
            ),
            "bands": tuple(Band(row.code) for row in self.rows),
            "unset": (Latch(),) * len(above),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def day(self, on: date) -> Day:
        """Return what assessments of *on* share."""
        found = self._days.get(on)
        if found is None:
            fresh = tuple(
                Latch(True, True, None, row.protection.after(on)) for row in self.rows[1:]
            )
            found = _kept(self._days, on, Day(on, fresh, self.review_after(on)))
        return found

    def fresh(self, since: date) -> Standing:
        """Return the standing of a customer never assessed, under the version of *since*."""
        found = self._fresh.get(since)
        if found is None:
            standing = Standing(self.codes, self.unset, base=self.base, version_since=since)
            found = _kept(self._fresh, since, standing)
        return found

    def scaled(self, days: int) -> tuple[tuple[int, int], ...]:
        """Return (enter, retain) of the measure `assets` for each tier, times *days*."""
        found = self._scaled.get(days)
        if found is None:
            levels = (row.levels[0] for row in self.rows[1:])
            times = tuple((level.enter * days, level.retain * days) for level in levels)
            found = _kept(self._scaled, days, times)
        return found

    def entries(self, days: int) -> list[int]:
        """Return the entry levels of the measure `assets`, times *days*, ascending."""
        found = self._entries.get(days)
        if found is None:
            found = _kept(self._entries, days, [enter for enter, _ in self.scaled(days)])
        return found

    def in_band(self, latch: Latch) -> Latch:
        """Return a held latch after an assessment in the band: no miss, protection unchanged."""
        if not latch.met and latch.below_since is None:
            return latch
        until = latch.protected_until
        if latch.terms is not None:
            return Latch(True, False, None, until, terms=latch.terms)
        found = self._band.get(until)
        if found is None:
            found = _kept(self._band, until, Latch(True, False, None, until))
        return found

    def missed(self, index: int, latch: Latch, on: date) -> Latch:
        """Return a held latch after its first miss: the day it lapses is fixed."""
        since = latch.ramp_until or on
        key = (index, since, latch.protected_until)
        found = self._missed.get(key)
        if found is None:
            lapse, due = self.lapse(*key)
            found = Latch(True, False, since, latch.protected_until, lapse, due)
            _kept(self._missed, key, found)
        if latch.terms is None and latch.ramp_until is None:
            return found
        return found._replace(terms=latch.terms, ramp_until=latch.ramp_until)

    def lapse(
        self, index: int, below_since: date, protected_until: date | None
    ) -> tuple[date, date]:
        """Return the day a tier lapses, and the review (or the same day) it takes effect."""
        grace = self.rows[index + 1].grace
        protected = protected_until or below_since
        if self.after_protection:
            lapse = grace.after(max(below_since, protected))
        else:
            lapse = max(protected, grace.after(below_since))
        return lapse, self.review_from(lapse)

    def review_from(self, day: date) -> date:
        """Return the first review on or after *day*; *day* itself where every day is one."""
        if not self.reviews:
            return day
        for year in (day.year, day.year + 1):
            for month, number in self.reviews:
                review = date(year, month, min(number, monthrange(year, month)[1]))
                if review >= day:
                    return review
        raise AssertionError(f"no review within a year of {day}")

    def review_after(self, day: date) -> date | None:
        """Return the first review after *day*; None where every day is one."""
        return self.review_from(date.fromordinal(day.toordinal() + 1)) if self.reviews else None

    def index(self, code: str) -> int:
        """
        Return the place of *code*, -1 for the base.

        Raises:
            UnknownNameError: If the policy has no such tier.
        """
        if code == self.base:
            return -1
        try:
            return self.codes.index(code)
        except ValueError:
            raise UnknownNameError("tier", code, (self.base, *self.codes)) from None


def _kept(cache: dict[K, V], key: K, value: V) -> V:
    """Put *value* in a cache that starts anew rather than grow without bound."""
    if len(cache) >= CACHE:
        cache.clear()
    cache[key] = value
    return value
