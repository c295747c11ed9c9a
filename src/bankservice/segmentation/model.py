"""What things are: measures, latches, standings, assessments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any, ClassVar, Final, NamedTuple

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.schema import Forms, Schema
from bankservice.core.structure import Reader

__all__ = [
    "Band",
    "Latch",
    "Override",
    "Qualification",
    "Standing",
    "TierReason",
]


class TierReason(Enum):
    """Why an assessment left or moved the tier; the codes are stable."""

    UP = "TIER_UP"
    REQUALIFIED = "TIER_REQUALIFIED"
    BAND = "TIER_BAND"
    PROTECTED = "TIER_PROTECTED"
    GRACE = "TIER_GRACE"
    WAIT_REVIEW = "TIER_WAIT_REVIEW"
    LAPSED = "TIER_LAPSED"
    UNKNOWN_MEASURE = "TIER_UNKNOWN_MEASURE"
    OVERRIDE = "TIER_OVERRIDE"
    HOUSEHOLD = "TIER_HOUSEHOLD"
    RAMP = "TIER_RAMP"
    BASE = "TIER_BASE"
    """No tier above the base was held before or is reached now."""


class Latch(NamedTuple):
    """
    One tier's own memory of one customer.

    A latch is set by reaching the entry level and falls only when an assessment misses the
    retain level on or after its lapse date. One latch for each tier, with renewed protection, is
    what makes a richer path never end in a lower tier.

    Attributes:
        on: Whether the tier is held.
        met: Whether the last known measure reached the entry level.
        below_since: Day of the first miss of the present run of misses.
        protected_until: First day protection no longer holds.
        lapse: Day the tier lapses if the misses go on, fixed at the first of them.
        due: First review on or after `lapse`; the day the fall takes effect.
        ramp_until: First day a tier granted ahead of any measure has to be met.
        terms: First day of the older policy version whose terms the latch keeps, if it does.
    """

    on: bool = False
    met: bool = False
    below_since: date | None = None
    protected_until: date | None = None
    lapse: date | None = None
    due: date | None = None
    ramp_until: date | None = None
    terms: date | None = None


@attrs.frozen
class Override:
    """
    A tier held by hand.

    Attributes:
        tier: Code of the tier.
        rank: Its place above the base; -1 for the base itself.
        on: First day it holds.
        until: First day it no longer holds.
        granted_by: Who granted it.
        approved_by: The second person.
        reason: Why, as a code of the bank's own.
    """

    tier: str
    rank: int
    on: date
    until: date
    granted_by: str
    approved_by: str
    reason: str


@attrs.frozen
class Qualification:
    """A latch as people see it; fields as in `Latch`."""

    on: bool
    below_since: date | None = None
    protected_until: date | None = None
    lapses_on: date | None = None


@attrs.frozen
class Standing:
    """
    Where a customer stands: the tier held by measure, and why.

    Attributes:
        codes: Codes of the tiers above the base, lowest first.
        latches: Their latches, in the same order.
        top: Index of the highest latch that is on; -1 at the base.
        reason: Why the last assessment left or moved the tier.
        effective_on: First day the tier was held; None for a base tier never left.
        next_review: Day by which the next assessment matters, if any.
        assessed_on: Day of the last assessment.
        base: Code of the base tier.
        household: Whether the last measure was a household's.
        version_since: First day of the policy version of the last assessment.
    """

    shown: ClassVar[tuple[str, ...]] = (
        "tier",
        "reason",
        "reasons",
        "effective_on",
        "next_review",
        "assessed_on",
        "qualifications",
    )

    codes: tuple[str, ...] = ()
    latches: tuple[Latch, ...] = ()
    top: int = -1
    reason: TierReason | None = None
    effective_on: date | None = None
    next_review: date | None = None
    assessed_on: date | None = None
    base: str = ""
    household: bool = False
    version_since: date | None = None

    @property
    def tier(self) -> str:
        """Code of the tier held."""
        return self.codes[self.top] if self.top >= 0 else self.base

    @property
    def reasons(self) -> tuple[TierReason, ...]:
        """The main reason first, then the household where its measure was used."""
        main = () if self.reason is None else (self.reason,)
        return (*main, TierReason.HOUSEHOLD) if self.household else main

    @property
    def qualifications(self) -> FrozenMapping[str, Qualification]:
        """The latches by tier code."""
        return FrozenMapping(
            {
                code: Qualification(latch.on, latch.below_since, latch.protected_until, latch.due)
                for code, latch in zip(self.codes, self.latches, strict=True)
            }
        )

    @classmethod
    def __read__(cls, raw: Any, reader: Reader) -> Standing:
        table = reader.read(raw, _Written, "standing")
        latches = tuple(
            Latch(*(getattr(held, name) for name in Latch._fields)) for held in table.latches
        )
        return cls(
            tuple(held.code for held in table.latches),
            latches,
            max((index for index, latch in enumerate(latches) if latch.on), default=-1),
            *(getattr(table, name) for name in _PLAIN),
        )

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        return forms.of(_Written)

    def __written__(self) -> dict[str, Any]:
        held: dict[str, Any] = {
            name: _plain(value) for name in _PLAIN if (value := getattr(self, name))
        }
        held["latches"] = [
            {"code": code} | {n: _plain(v) for n, v in zip(Latch._fields, latch, strict=True) if v}
            for code, latch in zip(self.codes, self.latches, strict=True)
        ]
        return held

    @classmethod
    def thaw(cls, table: Mapping[str, Any]) -> Standing:
        """Return the standing that `__written__` gave; for what this package wrote itself."""
        codes, latches, top = [], [], -1
        for index, row in enumerate(table["latches"]):
            codes.append(row["code"])
            if "on" in row:
                top = index
            latches.append(_OFF if len(row) == 1 else Latch(*(_thawed(row, n) for n in _LATCH)))
        reason = table.get("reason")
        return cls(
            tuple(codes),
            tuple(latches),
            top,
            None if reason is None else TierReason(reason),
            _day(table.get("effective_on")),
            _day(table.get("next_review")),
            _day(table.get("assessed_on")),
            table.get("base", ""),
            table.get("household", False),
            _day(table.get("version_since")),
        )

    def latch(self, code: str) -> Latch:
        """Return the latch of *code*; one that is off where the standing has none."""
        return self.latches[self.codes.index(code)] if code in self.codes else Latch()


_PLAIN: Final = (
    "reason",
    "effective_on",
    "next_review",
    "assessed_on",
    "base",
    "household",
    "version_since",
)
"""Fields of a standing beside its latches, in their order."""

_LATCH: Final = Latch._fields
_OFF: Final = Latch()


@attrs.frozen(kw_only=True)
class _WrittenLatch:
    """A latch as case tables write it; fields as in `Latch`, and the tier's code."""

    code: str
    on: bool = False
    met: bool = False
    below_since: date | None = None
    protected_until: date | None = None
    lapse: date | None = None
    due: date | None = None
    ramp_until: date | None = None
    terms: date | None = None


@attrs.frozen(kw_only=True)
class _Written:
    """A standing as case tables write it, latches lowest tier first."""

    latches: tuple[_WrittenLatch, ...] = ()
    base: str = ""
    reason: TierReason | None = None
    effective_on: date | None = None
    next_review: date | None = None
    assessed_on: date | None = None
    household: bool = False
    version_since: date | None = None


def _plain(part: Any) -> Any:
    if isinstance(part, date):
        return part.isoformat()
    return part.value if isinstance(part, Enum) else part


def _thawed(row: Mapping[str, Any], name: str) -> Any:
    value = row.get(name)
    if name in ("on", "met"):
        return bool(value)
    return None if value is None else date.fromisoformat(value)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


@attrs.frozen
class Band:
    """
    The tier a measure alone reaches, with no memory.

    Attributes:
        tier: Code of the tier; None where the measure is unknown.
        unknown: Names of the measures that are unknown and would matter.
    """

    tier: str | None
    unknown: tuple[str, ...] = ()
