"""
A programme as rules and accounts use it: the written table, compiled.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

import attrs

from bankservice.core.conditions import Condition, FactType, Within
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Faults, Kind, Library, Version
from bankservice.core.structure import FACTS
from bankservice.core.terms import Terms
from bankservice.core.unknown import UNKNOWN
from bankservice.loyalty.model import Lot
from bankservice.loyalty.programme.account_terms import (
    datings_of,
    hold_of,
    rewards_of,
    terms_of,
)
from bankservice.loyalty.programme.dates import Dating, LotDates
from bankservice.loyalty.programme.draft import Draft
from bankservice.loyalty.programme.earning import CapRow
from bankservice.loyalty.programme.earnings import scheme_of
from bankservice.loyalty.programme.periods import period_key, rolling_keys
from bankservice.loyalty.programme.scheme import EARNING_FACTS, Scheme
from bankservice.loyalty.programme.table import ProgrammeTable
from bankservice.loyalty.programme.terms import RewardRow
from bankservice.loyalty.window import Window

__all__ = ["PROGRAMME", "Programme"]

_TYPES: Final[Mapping[str, type[Any]]] = {
    "integer": int,
    "number": Decimal,
    "boolean": bool,
    "date": date,
}
_FAR: Final = 1 << 63
"""Later than any instant a lot may have."""


@attrs.frozen(eq=False, kw_only=True)
class Programme:
    """
    A programme version, ready to use.

    Attributes:
        written: As written.
        zone: Zone whose days count.
        currency: Currency of its amounts.
        digits: Digits of that currency.
        minor_units: Minor units of one of it.
        unit: Smallest units of a point.
        scheme: How transactions are rated.
        rewards: What points buy, by code.
        reward_windows: When a reward can be had, where that is limited.
        hold_lasts: How long a hold lasts, in microseconds.
        datings: How lots are dated, by earning row; under the empty code all others.
        terms: What conditions may name, but for what the version declares.
        within: Tree membership, of declared facts too.
        declared: Facts the version declares, with their types.
    """

    written: ProgrammeTable
    zone: str
    currency: str
    digits: int
    minor_units: int
    unit: int
    scheme: Scheme
    rewards: Mapping[str, RewardRow]
    reward_windows: Mapping[str, Window]
    hold_lasts: int
    datings: Mapping[str, Dating]
    terms: Terms
    within: Within
    declared: Mapping[str, FactType] = attrs.field(factory=dict)

    def draw_key(self, lot: Lot) -> tuple[int, ...]:
        """Return the sort key of a lot: lots are drawn in ascending order."""
        expires = _FAR if lot.expires_at is None else lot.expires_at
        available = _FAR if lot.available_at is None else lot.available_at
        earned = lot.earned_on.toordinal()
        match self.written.burn_order:
            case "earned-first":
                return (earned, lot.number)
            case "last-in-first-out":
                return (-earned, -lot.number)
            case "promo-first":
                return (int(lot.component == "base"), expires, available, earned, lot.number)
            case _:
                return (expires, available, earned, lot.number)

    def dates_of(
        self,
        row: str,
        earned_on: date,
        posted_at: int,
        *,
        component: str = "",
        met_at: int | None = None,
    ) -> LotDates:
        """
        Return the dates of a lot that is made now.

        Args:
            row: Code of the earning row; one that is none is dated as the programme says.
            earned_on: Local day it was earned.
            posted_at: Instant of posting.
            component: Class of the lot; lots of one class may be of rows with other dates.
            met_at: When what it waits for has happened, if it has.
        """
        return self._dating(row).dates(earned_on, posted_at, met_at)

    def same_dates(self, row: str, other: str) -> bool:
        """Tell whether two earning rows date their lots alike, so that they make one."""
        return self._dating(row) is self._dating(other)

    def expiry_after_activity(self, lot: Lot, active_on: date) -> int | None:
        """
        Return when a lot lapses once something was done on a local day.

        It is what it was unless its points lapse by inactivity and still live on that day.
        """
        return self._dating(lot.row).after_activity(lot, active_on)

    def _dating(self, row: str) -> Dating:
        return self.datings.get(row) or self.datings[""]

    def cap_row(self, cap: str) -> CapRow | None:
        """Return a cap as written; None for a sum that is rounded (`=base`)."""
        return next((row for row in self.written.cap if row.code == cap), None)

    def period_of(
        self, cap: str, on: date, posted_on: date, opened_on: date | None, card: str = ""
    ) -> str:
        """
        Return the key of the period in which a transaction uses a cap.

        Args:
            cap: Code of a cap, or `=<component>` or `=total` for a sum that is rounded over a
                period.
            on: Local day of the transaction.
            posted_on: Local day of posting.
            opened_on: Local day the account was opened.
            card: Which card.
        """
        return self.periods_of(cap, on, posted_on, opened_on, card)[0]

    def periods_of(
        self, cap: str, on: date, posted_on: date, opened_on: date | None, card: str = ""
    ) -> tuple[str, ...]:
        """
        Return the keys whose use counts together, the key of the transaction itself first.

        There is more than one where a cap counts back days.
        """
        row = self.cap_row(cap)
        close = self.written.statement_day
        if row is None:
            unit = self.written.rounding.unit
            period = unit if unit in ("day", "statement") else "transaction"
            return (period_key(period, posted_on, statement_day=close),)
        day = on if row.dated_by == "transaction" else posted_on
        if row.period == "rolling":
            keys = rolling_keys(day, row.days)
        else:
            keys = (period_key(row.period, day, statement_day=close, opened_on=opened_on),)
        return tuple(f"{key} {card}" for key in keys) if row.scope == "card" else keys

    def reward_period(self, reward: str, day: date) -> str:
        """Return the key of the period in which a redemption uses what one account may take."""
        return period_key(self.rewards[reward].period, day)

    def declared_facts(self, customer: FrozenMapping[str, Any]) -> dict[str, object]:
        """
        Return the facts the version declares, as their types; those not stated are left out.

        Raises:
            FaultsError: If one is not of its type.
        """
        found: dict[str, object] = {}
        for name, kind in self.declared.items():
            value = customer.get(name)
            if value is None or value is UNKNOWN or value == UNKNOWN.value:
                continue
            if kind.type == "boolean" and value in ("true", "false"):
                value = value == "true"
            read = _TYPES.get(kind.type)
            if read is not None:
                value = FACTS.read(value, read, f"fact {name}")
            found[name] = value
        return found


def _build(table: ProgrammeTable, faults: Faults, library: Library) -> Programme:
    draft = Draft.of(table, faults, library)
    terms_of(draft)
    return Programme(
        written=table,
        zone=table.zone,
        currency=table.currency,
        digits=draft.digits,
        minor_units=10**draft.digits,
        unit=draft.unit,
        scheme=scheme_of(draft),
        rewards={row.code: row for row in table.reward},
        reward_windows=rewards_of(draft),
        hold_lasts=hold_of(draft),
        datings=datings_of(draft),
        terms=draft.terms,
        within=draft.terms.within,
    )


def _conditions(table: ProgrammeTable) -> list[tuple[str, Condition]]:
    return [
        (f"{name}[{index}].when", row.when)
        for name in ("earn", "exclude", "multiplier", "reward")
        for index, row in enumerate(getattr(table, name))
        if row.when is not None
    ]


def _join(
    policy_id: str, versions: tuple[Version[Programme], ...], faults: Faults
) -> tuple[Version[Programme], ...]:
    """Give each version what stands at its head: the facts it declares."""
    return tuple(_with_head(version, faults) for version in versions)


def _with_head(version: Version[Programme], faults: Faults) -> Version[Programme]:
    programme = version.parameters
    declared = {fact.name: FactType(fact.type, fact.tree) for fact in version.facts}
    known = {**EARNING_FACTS, **declared}
    for path, condition in _conditions(version.written):
        if not all(part.fact in EARNING_FACTS for part in condition.comparisons()):
            where = f"version since {version.since}.{path}"
            for fault in condition.faults(known, where):
                faults.add(fault.path, fault.got, fault.wanted, fault.near)
    own = programme.terms.within

    def within(fact: str, code: str, ancestor: str) -> bool:
        if fact in EARNING_FACTS:
            return own(fact, code, ancestor)
        return bool(code) and version.within(fact, code, ancestor)

    held = attrs.evolve(programme, declared=declared, within=within)
    return attrs.evolve(version, parameters=held)


PROGRAMME: Final = Kind(
    "loyalty.programme",
    ProgrammeTable,
    _build,
    cohort=EARNING_FACTS,
    join=_join,
)
"""Kind of policy that holds a points programme."""
