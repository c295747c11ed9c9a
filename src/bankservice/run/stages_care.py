"""Treatments in a run: who is meant to get what on a day, and what came of earlier ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final

import attrs
import polars as pl

from bankservice.core.policy import Policy, Version
from bankservice.core.record import Command
from bankservice.core.unknown import UNKNOWN
from bankservice.lifecycle.care.commands import Consider
from bankservice.lifecycle.care.entries import Care
from bankservice.lifecycle.care.kind import TREATMENTS, TreatmentRules
from bankservice.lifecycle.care.measures import TreatmentMeasures, measure_treatments
from bankservice.lifecycle.care.resting import TERMINAL, nothing_comes
from bankservice.lifecycle.care.service import Treatments
from bankservice.lifecycle.care.table import TreatmentRow
from bankservice.lifecycle.care.views import status_of
from bankservice.lifecycle.model import StageChange
from bankservice.run.certain import decides_on_all
from bankservice.run.keeper import Keeper
from bankservice.run.part import Setting
from bankservice.run.people import People
from bankservice.run.stages_day import StageRow

__all__ = ["TREATED", "Caring", "TreatedDay", "treatments_of"]

TREATED: Final = {
    "customer": pl.String,
    "treatment": pl.String,
    "kind": pl.String,
    "intent": pl.String,
    "stage": pl.String,
    "meant_on": pl.Date,
    "due_by": pl.Date,
    "channels": pl.String,
    "status": pl.String,
}

_MEMORY: Final = 16_384
"""Sets of facts of which it is kept which rows may be for them; many customers share few."""

_AGAIN: Final = "out-of-order"
"""Refusal of a day before the last one considered: what was meant then stands."""


class TreatedDay:
    """One day of treatments."""

    def __init__(self, on: date, version: Version[TreatmentRules]) -> None:
        """Start a day under a version of the policy."""
        self.on = on
        self.version = version
        self.entries = 0
        self.refused: Counter[str] = Counter()
        self.fresh: Counter[tuple[str, str]] = Counter()
        self.status: Counter[str] = Counter()
        self.measures: dict[str, TreatmentMeasures] = {}
        self._rows: list[tuple[Any, ...]] = []

    def add(self, customer: str, care: Care) -> None:
        """Count what is meant for one customer."""
        for held in care.intents.values():
            meant = held.intended
            if meant.on > self.on:
                continue
            status = status_of(held, self.on)
            self.status[status] += 1
            if meant.on == self.on:
                self.fresh[meant.treatment, meant.stage] += 1
            if status == "open":
                self._rows.append(
                    (
                        customer,
                        meant.treatment,
                        meant.kind,
                        meant.id,
                        meant.stage,
                        meant.on,
                        meant.due_by,
                        " ".join(meant.channels),
                        status,
                    )
                )

    def measure(self, found: Mapping[str, TreatmentMeasures]) -> None:
        """Add what came of some customers' treatments."""
        for code, more in found.items():
            before = self.measures.get(code)
            if before is None:
                self.measures[code] = more
                continue
            sums = {
                field.name: getattr(before, field.name) + getattr(more, field.name)
                for field in attrs.fields(TreatmentMeasures)
                if field.name != "treatment"
            }
            self.measures[code] = TreatmentMeasures(treatment=code, **sums)

    def frame(self) -> pl.DataFrame:
        """Return what is open, the most urgent first; the rows are not kept."""
        rows = pl.DataFrame(self._rows, schema=TREATED, orient="row")
        self._rows = []
        return rows.sort("due_by", "customer", "treatment", "intent")

    def summary(self) -> dict[str, Any]:
        """Return the day's counts as plain JSON."""
        return {
            "policy": str(self.version.ref),
            "meant": sum(self.fresh.values()),
            "status": dict(sorted(self.status.items())),
            "refused": dict(sorted(self.refused.items())),
        }


class Caring:
    """Considers customers day by day."""

    def __init__(self, policy: Policy[TreatmentRules], setting: Setting) -> None:
        """
        Set up.

        Args:
            policy: The treatments.
            setting: What every part works with.

        Raises:
            FaultsError: If the policy is not in force on a day.
        """
        self.policy = policy
        self._setting = setting
        self._now = setting.bank.now
        bank = setting.bank
        service = Treatments(
            bank.journal, policy, now=bank.now, tenant=bank.tenant, shelf=bank.policies
        )
        self._keeper: Keeper[Care] = Keeper(service.desk, bank.journal)
        self.days: list[TreatedDay] = []

    def begin(self, on: date, version: Version[TreatmentRules], tiers: Mapping[str, str]) -> None:
        """Start a day."""
        self._rules, self._tiers = version.parameters, tiers
        conditions = [row.when for row in self._rules.rows]
        conditions += [row.when for row in self._rules.quiet]
        self._named = frozenset(
            part.fact
            for condition in conditions
            if condition is not None
            for part in condition.comparisons()
        )
        self._may_hold = lru_cache(maxsize=_MEMORY)(self._rows_for)
        zone = self.policy.versions[-1].parameters.zone
        self._sure = decides_on_all(self.policy, version, on, self._now(), zone)
        self.days.append(TreatedDay(on, version))

    def take(
        self,
        rows: Mapping[str, StageRow],
        changes: Mapping[str, tuple[StageChange, ...]],
        people: People,
        ended: Collection[str] = (),
    ) -> None:
        """
        Consider some customers, all of whom have a stage.

        Args:
            rows: Customer → where they stand.
            changes: Customer → the beginnings of stages.
            people: What the register says.
            ended: Who died or was exited by the bank, as far as the record of stages says; what
                the register says counts as well.
        """
        day = self.days[-1]
        self._keeper.read(rows)
        commands = [
            command
            for row in rows.values()
            for command in self._asked(row, day.on, people, row.customer in ended)
        ]
        told = self._keeper.keep(commands, self._now())
        day.entries += told.entries
        codes = (str(no.code.value) for _, no in told.refused)
        day.refused.update(code for code in codes if code != _AGAIN)
        states = {customer: self._keeper.state(customer) for customer in rows}
        for customer, care in states.items():
            day.add(customer, care)
        if day.on == self._setting.days[-1]:
            # The report tells what came of treatments as of the last day alone.
            aims = {row.code: row.aim for row in self._rules.rows if row.aim is not None}
            day.measure(measure_treatments(states, changes, aims, as_of=day.on))

    def _asked(self, row: StageRow, on: date, people: People, ended: bool) -> Iterator[Command]:
        """Yield the command that considers a customer, where something may come of it."""
        assert row.stage is not None, "of those with a stage"
        assert row.since is not None, "of those with a stage"
        care = self._keeper.state(row.customer)
        facts = tuple(self._facts(row, on, people))
        may_hold = self._may_hold(facts)
        if not may_hold and not any(held.past.is_open(on) for held in care.intents.values()):
            # Of most there is nothing to decide, and nothing to take back.
            return
        ended = ended or people.ended(row.customer, on)
        agreed = people.agreed(row.customer)
        stated = all(value != UNKNOWN.value for _, value in facts)
        if _later(care, on) or (
            (self._sure and stated)
            and nothing_comes(
                care,
                self._rules,
                may_hold,
                on=on,
                stage=row.stage,
                since=row.since,
                terminal=ended or row.reason in TERMINAL,
                consents=agreed,
            )
        ):
            return
        body = Consider(
            on=on,
            customer=dict(facts),
            stage_since=row.since,
            # Who was lost first and died later keeps the reason of the stage.
            ended=True if ended else None,
            consents=UNKNOWN if agreed is None else agreed,
        )
        yield Command(id=f"run:consider:{on}", subject=row.customer, body=body)

    def _rows_for(self, facts: tuple[tuple[str, object], ...]) -> tuple[TreatmentRow, ...]:
        """Return the treatments that are for a customer with some facts, or may be."""
        held, within = dict(facts), self._rules.terms.within
        return tuple(
            row
            for row in self._rules.rows
            if row.when is None or row.when.holds(held, within) is not False
        )

    def _facts(self, row: StageRow, on: date, people: People) -> Iterator[tuple[str, object]]:
        """Yield the facts that the policy names, and by whom nobody is treated."""
        assert row.since is not None, "of those with a stage"
        held: dict[str, object] = {
            "stage": row.stage,
            "stage_reason": row.reason,
            "days_in_stage": (on - row.since).days,
        }
        more = self._named - held.keys()
        if "tier" in more and row.customer in self._tiers:
            held["tier"] = self._tiers[row.customer]
        if more - {"tier"}:
            found = people.facts(row.customer, on, self._rules.register)
            held |= {name: value for name, value in found.items() if name in more}
        yield from held.items()


def _later(care: Care, on: date) -> bool:
    """Tell whether something happened after a day: what was meant on it then stands."""
    return any(
        happened.on > on
        for held in care.intents.values()
        for happened in (held.intended, held.delivered, held.withdrawn, *held.outcomes)
        if happened is not None
    ) or any(held.on > on or (held.until or on) > on for held in care.objections)


def treatments_of(setting: Setting, policy_id: str) -> Policy[TreatmentRules] | None:
    """
    Return the policy of treatments that a plan names.

    Raises:
        FaultsError: If there is none, or it is of another kind.
    """
    if not policy_id:
        return None
    return setting.policy(policy_id, TREATMENTS.name, "stages.treatments")
