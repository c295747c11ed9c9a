"""
Many customers at once: one read, one commit, at most one entry for each.

A day's acts of a book are one batch. Who did nothing new gets no entry; clocks that are over by
the day are written down with what the customer did, or alone for those named without acts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import attrs

from bankservice.core.answer import Batch
from bankservice.core.calendar import midnight
from bankservice.core.desk import Desk, Loaded
from bankservice.core.driver import Asking
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.identifiers import checked_id
from bankservice.core.journal import AgendaChange, Append, Commit, Receipt, Snapshot
from bankservice.core.plain import digest, to_json
from bankservice.core.policy import Policy, Version
from bankservice.core.record import Command, Refused
from bankservice.core.scalars import named
from bankservice.core.structure import FACTS
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.lifecycle.stages.activity import is_day
from bankservice.lifecycle.stages.commands import Observe
from bankservice.lifecycle.stages.dossier import refold
from bankservice.lifecycle.stages.entries import Advanced, Relationship, learnt
from bankservice.lifecycle.stages.kind import STAGES, Stages
from bankservice.lifecycle.stages.machine import advance, exact
from bankservice.lifecycle.stages.work import (
    Work,
    now_of,
    observed,
    onboards,
    read_act,
    work_on,
    written,
)

__all__ = ["observe_many"]


def observe_many(
    desk: Desk[Relationship],
    batch_id: str,
    activity: Mapping[str, Sequence[Observe]],
    as_of: date,
    known: Mapping[str, date | UnknownType],
    now: datetime,
) -> Asking[Batch]:
    """
    Take in what many customers did, and write down their stages at the end of a day.

    An act that is refused is named as `customer/place`, counted from 1, and `customer/known` is
    that of becoming known; the customer's other acts count.

    Raises:
        CommandConflictError: If the batch was given with other content.
        ValueError: If the day is after the one on which it is recorded.
    """
    checked_id(batch_id, "batch")
    as_of = FACTS.read(as_of, date, "the day of a batch")
    _check(activity, known)
    customers = tuple(dict.fromkeys((*activity, *known)))
    content = {
        "as_of": str(as_of),
        "acts": digest([[name, [_plain(act) for act in acts]] for name, acts in activity.items()]),
        "known": digest(to_json(known)),
    }
    policy: Policy[Stages] = next(held for held in desk.policies if held.kind.name == STAGES.name)

    def work() -> Asking[tuple[Commit, Batch]]:
        loaded = yield from desk.load(customers)
        taken = _Taken(desk, batch_id, loaded, policy, as_of, now)
        for customer in customers:
            taken.take(customer, activity.get(customer, ()), known.get(customer))
        result = {
            "commands": sum(map(len, activity.values())) + len(known),
            "changed": len(taken.appends),
            "entries": len(taken.appends),
            "refused": {name: str(no.code.value) for name, no in taken.refused.items()},
        }
        receipt = desk.receipt(batch_id, content, result, now)
        return taken.commit(receipt), _batch(receipt)

    return desk.settle(batch_id, content, work, lambda receipt: _batch(receipt, replayed=True))


def _check(
    activity: Mapping[str, Sequence[Observe]], known: Mapping[str, date | UnknownType]
) -> None:
    """Refuse what is no act and no day, by whose it is; what acts are made of is checked by them."""
    faults = [
        Fault(f"{name}/{place}", type(act).__name__, "an Observe")
        for name, acts in activity.items()
        for place, act in enumerate(_listed(acts), start=1)
        if not isinstance(act, Observe)
    ]
    for name, day in known.items():
        if day is not UNKNOWN and not is_day(day):
            faults.append(Fault(f"{name}/known", named(day), "a date such as 2026-01-31"))
    if faults:
        for name in (*activity, *known):
            checked_id(name, "customer")
        raise FaultsError("the batch", tuple(faults))


def _listed(acts: object) -> Sequence[object]:
    """Return acts, or what stands there instead as the one act it is not."""
    return acts if isinstance(acts, Sequence) and not isinstance(acts, str) else ((acts,),)


def _plain(act: Observe) -> Any:
    if act.summary:
        return to_json(act)
    on = act.on.isoformat() if isinstance(act.on, date) else str(act.on)
    products = act.products if isinstance(act.products, int) else str(act.products)
    return [
        on,
        act.kind,
        str(act.initiator),
        act.channel,
        act.verified,
        act.count,
        products,
        act.ref,
    ]


def _batch(receipt: Receipt, *, replayed: bool = False) -> Batch:
    told: Any = receipt.result
    counts = (told["commands"], told["changed"], told["entries"])
    return Batch(receipt.command_id, *counts, FrozenMapping(told["refused"]), replayed)


class _Taken:
    """What a batch leads to, before it is written."""

    def __init__(
        self,
        desk: Desk[Relationship],
        batch_id: str,
        loaded: Mapping[str, Loaded[Relationship]],
        policy: Policy[Stages],
        as_of: date,
        now: datetime,
    ) -> None:
        self._desk, self._id, self._loaded = desk, batch_id, loaded
        self._policy, self._as_of, self._now = policy, as_of, now
        self.appends: list[Append] = []
        self.refused: dict[str, Refused] = {}
        self._agenda: list[AgendaChange] = []
        self._snapshots: list[Snapshot] = []
        self._works: dict[FrozenMapping[str, Any], Work] = {}
        self._used: dict[Version[Any], None] = {}
        zone = policy.versions[-1].parameters.zone
        try:
            self._at = min(now, midnight(as_of, zone))
        except OverflowError:
            raise ValueError(f"{as_of} began before there were dates in {zone}.") from None
        checked = work_on(Relationship(), policy, FrozenMapping(), now, now)
        if as_of > checked.today:
            raise ValueError(f"{as_of} is after {checked.today}, the day it is recorded.")

    def take(
        self, customer: str, acts: Sequence[Observe], known: date | UnknownType | None
    ) -> None:
        """Take in what one customer did."""
        held = self._loaded[customer]
        work = self._work(held.state)
        found = self._event(customer, work, acts, known)
        if found is None:
            return
        event, used = found
        command = Command(id=self._id, subject=customer, body=None)
        entries = self._desk.entries_for(customer, held.version, (event,), command, self._now)
        self.appends.append(Append(self._desk.stream(customer), held.version, entries))
        after = self._desk.record.evolve(held.state, event)
        self._agenda.extend(self._desk.agenda(customer, held.state, after))
        version = held.version + 1
        self._snapshots.extend(self._desk.snapshots(customer, after, version, held.snapshot))
        self._used.update(dict.fromkeys(used))

    def _work(self, state: Relationship) -> Work:
        """Return what decisions on a customer work with; most share all but the state."""
        found = self._works.get(state.customer)
        if found is None:
            found = work_on(state, self._policy, state.customer, self._now, self._at)
            self._works[state.customer] = found
        return Work(state, found.policy, found.machine, found.zone, found.today, found.effective)

    def _event(
        self,
        customer: str,
        work: Work,
        acts: Sequence[Observe],
        known: date | UnknownType | None,
    ) -> tuple[Any, tuple[Version[Any], ...]] | None:
        state, dossier, end = work.state, work.state.dossier, self._as_of.toordinal()
        onboarded = self._known(customer, work, known)
        if onboarded:
            # Acts before that day are refused, as they are after a command that told it.
            learned = attrs.evolve(dossier, known=onboarded)
            work = attrs.evolve(work, state=attrs.evolve(state, dossier=learned))
        flagged, products = self._acts(customer, work, acts)
        found = observed(dossier, flagged, products, onboarded)
        if found is None:
            if state.due > end and work.machine.only is not None:
                # With other versions, one that became known since may be over before.
                return None
            after = exact(advance(now_of(state, work.machine), end, work.machine), work.machine)
            if after.changes == state.said and after.due == state.due:
                return None
            return written(work, state.customer, Advanced(on=self._as_of), after, end)
        event, first = found
        after = refold(learnt(dossier, event), first, state.said, work.machine)
        after = advance(after, end, work.machine)
        return written(work, state.customer, event, after, first)

    def _known(self, customer: str, work: Work, known: date | UnknownType | None) -> int:
        if known is None:
            return 0
        day = work.day(known)
        if not isinstance(day, Refused):
            stages = work.in_force(day)
            if not isinstance(stages, Refused):
                return day.toordinal() if onboards(work.state, day.toordinal()) else 0
            day = stages
        self.refused[f"{customer}/known"] = day
        return 0

    def _acts(
        self, customer: str, work: Work, acts: Sequence[Observe]
    ) -> tuple[dict[int, int], dict[int, int]]:
        flagged: dict[int, int] = {}
        products: dict[int, int] = {}
        for place, body in enumerate(acts, start=1):
            parts = body.acts
            read = [read_act(work, act) for act in parts]
            refused = next((found for found in read if isinstance(found, Refused)), None)
            if refused is not None:
                self.refused[f"{customer}/{place}"] = refused
                continue
            days = [
                found
                for found, act in zip(read, parts, strict=True)
                if not isinstance(found, Refused) and act.count
            ]
            for on, flags in days:
                flagged[on] = flagged.get(on, 0) | flags
            if days and isinstance(body.products, int):
                products[max(on for on, _ in days)] = body.products
        return flagged, products

    def commit(self, receipt: Receipt) -> Commit:
        """Return the one commit of the batch."""
        desk = self._desk
        changed = {append.stream for append in self.appends}
        return Commit(
            appends=tuple(self.appends),
            # Who was found to have nothing new may have been told something meanwhile.
            guards=tuple(
                (desk.stream(customer), held.version)
                for customer, held in self._loaded.items()
                if desk.stream(customer) not in changed
            ),
            receipt=receipt,
            agenda=tuple(self._agenda),
            versions=desk.keep(self._used),
            snapshots=tuple(self._snapshots),
        )
