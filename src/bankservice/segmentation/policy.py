"""
How a tier policy is written, and the ladder it becomes.

The written form is what the policy reference shows; a `Ladder` is the same in integers and
dates.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal

import attrs

from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.conditions import FactType
from bankservice.core.errors import near_names
from bankservice.core.fact_register import FACT_REGISTER
from bankservice.core.frozen import FrozenMapping
from bankservice.core.institution import INSTITUTION, check_currency, check_zone
from bankservice.core.money import parse_minor
from bankservice.core.policy import Faults, Kind, Library, Title
from bankservice.core.scalars import Amount
from bankservice.core.schema import Forms, Schema, one_or_list
from bankservice.core.shelf import PolicyShelf
from bankservice.core.structure import Reader
from bankservice.core.vocabulary import VOCABULARY, Tree
from bankservice.segmentation.costs import SERVICE_COSTS
from bankservice.segmentation.entitling.kind import ENTITLEMENTS
from bankservice.segmentation.grouping.kind import GROUPS
from bankservice.segmentation.ladder import (
    ChangeMode,
    Ladder,
    Landing,
    Level,
    Measurement,
    Rung,
)
from bankservice.segmentation.scoring.kind import RFM_CUTS
from bankservice.segmentation.wealth.kind import WEALTH_CLASSES

__all__ = [
    "KINDS",
    "SHELF",
    "TIERS",
    "Ladder",
    "Level",
    "Measurement",
    "Qualify",
    "Reviews",
    "TierRow",
    "TierTable",
]

QualifyBy = Literal["any", "all"]
WHOLE: Final = 10_000
"""A weight of one, in basis points."""


@attrs.frozen(kw_only=True)
class Qualify:
    """One measure's entry and retain levels; `retain` is `enter` where left out."""

    measure: str
    enter: Amount
    retain: Amount | None = None


@attrs.frozen(kw_only=True)
class TierRow:
    """
    One tier as written.

    Attributes:
        code: Stable code.
        title: What people read.
        enter: Entry level of the measure `assets`; short for one row of `qualify`.
        retain: Its retain level; `enter` where left out.
        qualify: Entry and retain levels by measure.
        qualify_by: Whether any or all of the measures must be reached.
        protection: How long the tier cannot be lost after it was last reached.
        grace: How long misses may go on.
        ramp: How long a tier granted ahead of any measure is kept without meeting it.
        services: Codes of the services the class is given.
        source: Where this row's numbers come from, if not from the version's source.
    """

    code: str
    title: Title | None = attrs.field(default=None, metadata={"digest": False})
    enter: Amount | None = None
    retain: Amount | None = None
    qualify: tuple[Qualify, ...] = ()
    qualify_by: QualifyBy = "any"
    protection: Period = Period()
    grace: Period = Period()
    ramp: Period = Period()
    services: tuple[str, ...] = ()
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen
class Reviews:
    """Review days as written: one word, or a list of words and days."""

    days: tuple[str, ...] = ()

    @classmethod
    def __read__(cls, raw: object, reader: Reader) -> Reviews:
        words = (raw,) if isinstance(raw, str) else raw
        return cls(reader.read(words, tuple[str, ...], ""))

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        return one_or_list(forms.of(str))

    def __written__(self) -> list[str]:
        return list(self.days)


@attrs.frozen(kw_only=True)
class TierTable:
    """
    A tier policy version as written.

    Attributes:
        tier: The tiers, the base (no levels) first, each above the one before.
        zone: Zone whose days count.
        currency: Currency of the levels; or `unit` where they are not money.
        unit: What the levels count, such as star points.
        grace_starts: `at_miss`: grace runs from the first miss, beside protection;
            `after_protection`: it runs when protection is over.
        landing: Where a fall ends: `by_latch` (highest tier still held), `one_step`,
            `to_measured` (highest tier the measure reaches at entry).
        review: Days on which falls may happen, one or a list: `month-end`, `quarter-end`,
            `half-year-end`, `year-end`, or days as `MM-DD` (clamped to the month's end). Left
            out: every assessment is a review.
        on_change: What a newer version does to tiers held under the older one.
        measurement: How balances become the measure `assets`.
        measures: Titles of the measures the levels look at.
    """

    tier: tuple[TierRow, ...]
    zone: str = "UTC"
    currency: str = ""
    unit: Title | None = attrs.field(default=None, metadata={"digest": False})
    grace_starts: Literal["at_miss", "after_protection"] = "at_miss"
    landing: Landing = "by_latch"
    review: Reviews = Reviews()
    on_change: ChangeMode = "grandfather"
    measurement: Measurement = Measurement()
    measures: FrozenMapping[str, Title] = attrs.field(
        default=FrozenMapping({"assets": Title(en="average assets", zh="日均资产")}),
        metadata={"digest": False},
    )


_REVIEWS: Final[Mapping[str, tuple[tuple[int, int], ...]]] = {
    "month-end": tuple((month, 31) for month in range(1, 13)),
    "quarter-end": ((3, 31), (6, 30), (9, 30), (12, 31)),
    "half-year-end": ((6, 30), (12, 31)),
    "year-end": ((12, 31),),
}


def _build(table: TierTable, faults: Faults, library: Library) -> Ladder:
    check_zone(table.zone, "zone", faults)
    digits = _digits(table, faults)
    levels = [_levels(row, index, digits, faults) for index, row in enumerate(table.tier)]
    _check_rows(table, levels, faults)
    for product, weight in table.measurement.weights.items():
        if not 0 <= weight <= WHOLE:
            path = f"measurement.weights.{product}"
            faults.add(path, weight, f"basis points from 0 to {WHOLE}")
    if not table.measurement.window:
        faults.add("measurement.window", table.measurement.window, "a period of at least one day")
    return Ladder(
        rows=tuple(
            Rung(
                code=row.code,
                title=row.title,
                levels=tuple(held),
                by_all=row.qualify_by == "all",
                protection=row.protection,
                grace=row.grace,
                ramp=row.ramp,
                services=row.services,
                source=row.source,
            )
            for row, held in zip(table.tier, levels, strict=True)
        ),
        zone=table.zone,
        digits=digits,
        currency=table.currency,
        unit=table.unit,
        after_protection=table.grace_starts == "after_protection",
        landing=table.landing,
        reviews=_reviews(table.review.days, faults),
        on_change=table.on_change,
        measurement=table.measurement,
        measure_titles=table.measures,
        service_titles=_service_titles(table, faults, library),
    )


def _digits(table: TierTable, faults: Faults) -> int:
    if bool(table.currency) == bool(table.unit):
        both = "both" if table.currency else "neither"
        faults.add("currency", both, "either a currency or a unit for the levels")
        return 2
    return (check_currency(table.currency, "currency", faults) or 0) if table.currency else 0


def _levels(row: TierRow, index: int, digits: int, faults: Faults) -> list[Level]:
    path = f"tier[{index}]"
    written = row.qualify
    if row.enter is not None:
        if written:
            faults.add(f"{path}.enter", "beside qualify", "one of the two forms")
        written = (Qualify(measure="assets", enter=row.enter, retain=row.retain),)
    elif row.retain is not None:
        faults.add(f"{path}.retain", repr(row.retain), "an enter level beside it")
    held: list[Level] = []
    for place, level in enumerate(written):
        at = path if row.enter is not None else f"{path}.qualify[{place}]"
        enter = _minor(level.enter, digits, f"{at}.enter", faults)
        retain = (
            enter if level.retain is None else _minor(level.retain, digits, f"{at}.retain", faults)
        )
        if enter is None or retain is None:
            continue
        if retain > enter:
            faults.add(f"{at}.retain", repr(level.retain), f"at most enter ({level.enter})")
        if level.measure in (known.measure for known in held):
            faults.add(f"{at}.measure", repr(level.measure), "each measure once in a tier")
        held.append(Level(level.measure, enter, retain))
    return held


def _minor(amount: Amount, digits: int, path: str, faults: Faults) -> int | None:
    try:
        return parse_minor(amount, digits)
    except ValueError as error:
        faults.add(path, repr(amount), str(error))
        return None


def _check_rows(table: TierTable, levels: list[list[Level]], faults: Faults) -> None:
    if not table.tier:
        faults.add("tier", "no tier", "a base tier and those above it")
    seen: set[str] = set()
    for index, row in enumerate(table.tier):
        if row.code in seen:
            faults.add(f"tier[{index}].code", repr(row.code), "a code that is not taken")
        seen.add(row.code)
        if index == 0 and (row.enter is not None or row.qualify):
            faults.add("tier[0]", f"levels for {row.code}", "a base tier without levels, first")
        elif index > 0 and row.enter is None and not row.qualify:
            faults.add(f"tier[{index}]", f"no levels for {row.code}", "enter, or qualify")
        if index == 0:
            continue
        below = {level.measure: level for level in levels[index - 1]}
        for level in levels[index]:
            lower = below.get(level.measure)
            if lower is not None and level.enter <= lower.enter:
                faults.add(
                    f"tier[{index}].enter",
                    f"{level.measure} at or below {table.tier[index - 1].code}'s",
                    "an entry level above that of the tier before: no gap, no overlap",
                )


def _service_titles(table: TierTable, faults: Faults, library: Library) -> Mapping[str, Title]:
    if not any(row.services for row in table.tier):
        return {}
    known: Tree = library.get("vocabulary/services").versions[-1].parameters
    for index, row in enumerate(table.tier):
        if not row.services:
            faults.add(
                f"tier[{index}].services", "nothing", "a service for every class, not only the top"
            )
        for code in row.services:
            if code not in known:
                faults.add(
                    f"tier[{index}].services",
                    repr(code),
                    "a code of vocabulary/services",
                    near_names(code, known),
                )
    return {code: held.title for code, held in known.items()}


def _reviews(written: tuple[str, ...], faults: Faults) -> tuple[tuple[int, int], ...]:
    held: set[tuple[int, int]] = set()
    for index, word in enumerate(written):
        if word in _REVIEWS:
            held.update(_REVIEWS[word])
            continue
        try:
            # Without the look at the dash, a week such as `W05-1` would be a day.
            day = date.fromisoformat(f"2000-{word if word[2:3] == '-' else ''}")
        except ValueError:
            wanted = "MM-DD or one of " + ", ".join(_REVIEWS)
            faults.add(f"review[{index}]", repr(word), wanted, near_names(word, _REVIEWS))
            continue
        held.add((day.month, day.day))
    return tuple(sorted(held))


TIERS = Kind(
    "segmentation.tiers",
    TierTable,
    _build,
    cohort={
        "opened_on": FactType("date"),
        "customer_kind": FactType("code", "vocabulary/customer-kinds"),
        "region": FactType("text"),
    },
)
"""Kind of policy that holds asset tiers."""

KINDS: Final = (
    TIERS,
    SERVICE_COSTS,
    GROUPS,
    RFM_CUTS,
    ENTITLEMENTS,
    WEALTH_CLASSES,
    FACT_REGISTER,
    VOCABULARY,
    INSTITUTION,
)
"""Kinds of policy this domain works with, its own first and those it links."""

SHELF: Final = PolicyShelf(
    KINDS,
    {
        "facts": "bankservice.core",
        "segmentation": "bankservice.segmentation",
        "vocabulary": "bankservice.core",
    },
    home="segmentation",
)
"""The policies this domain ships, and the vocabularies they use."""
