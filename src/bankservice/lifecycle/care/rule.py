"""The rule `lifecycle.treatments`: what is meant for a customer by where they stand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

import attrs

from bankservice.core.decision import Rule, Trace
from bankservice.lifecycle.care.holding import WAITING, Case, Standing, free_on, standing_of
from bankservice.lifecycle.care.kind import TREATMENTS, TreatmentRules
from bankservice.lifecycle.care.model import Due, HeldBack, Treated, TreatmentFacts, TreatmentWhy
from bankservice.lifecycle.care.table import CapRow, TreatmentRow
from bankservice.lifecycle.care.telling import SAYS, headline, tell
from bankservice.lifecycle.policy import SHELF

__all__ = ["PACKAGE", "decided", "treatments", "treatments_of"]

PACKAGE: Final = "bankservice.lifecycle"


@attrs.define
class _Taken:
    """
    What was decided of rows before: which stand in their groups, what caps were used for.

    Attributes:
        groups: Group → the treatment that has it.
        perhaps: Group → unknown facts by which another may have it.
        kinds: Kind of each that is due.
        open: Kind of each that may be due, with the facts that hangs on.
    """

    groups: dict[str, str] = attrs.field(factory=dict)
    perhaps: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    kinds: list[str] = attrs.field(factory=list)
    open: list[tuple[str, tuple[str, ...]]] = attrs.field(factory=list)


def treatments_of(
    facts: TreatmentFacts, policy: TreatmentRules, trace: Trace | None = None
) -> Treated:
    """
    Decide what is meant for a customer on a day, and what is held back and why.

    The version in force on `on` applies. Every treatment whose condition holds is meant (they are
    collected), but not for who died or was exited, not against a refusal or without a consent that
    it needs, not again within its cool-down, and not above a cap; treatments are gone through by
    priority, then code, and caps over all are filled in that order. What hangs on an unknown fact
    is held back and the fact is named: an unknown is neither a yes nor a no. It is an intent: who
    acts on it says so, and what became of it counts from then on.

    Raises:
        FaultsError: If a fact is not of its type.
        UnknownNameError: If there is no such fact, word or code.
        ValueError: If dates do not agree.

    Examples:
        >>> from bankservice.lifecycle import treatments
        >>> lost = treatments(
        ...     "retail-treatments-shape",
        ...     on="2026-11-22",
        ...     customer={"stage": "lost", "stage_reason": "LC_INACTIVE"},
        ...     stage_since="2026-11-01",
        ...     consents=["marketing"],
        ...     refused=["phone"],
        ... )
        >>> [(due.kind, due.channels) for due in lost.outcome.due]
        [('visit', ('branch',)), ('offer', ('app', 'sms', 'email'))]
    """
    case = Case.of(facts, policy)
    outcome = decided(case)
    if trace is not None:
        tell(case, outcome, trace)
    return outcome


def decided(case: Case) -> Treated:
    """Return what the rule decides of a case that was read already."""
    taken, due, held_back = _Taken(), list[Due](), list[HeldBack]()
    for row in case.rules.rows:
        standing = standing_of(row, case)
        if standing.held is False:
            continue
        found = _among(row, standing, case, taken)
        _take(row, found, standing, taken)
        if found is None:
            due.append(_due(row, case))
        else:
            held_back.append(found)
    return Treated(
        due=tuple(due),
        held_back=tuple(held_back),
        unknown=tuple(dict.fromkeys(name for held in held_back for name in held.unknown)),
        on=case.facts.on,
        stage=case.stage,
        stage_since=case.since,
    )


def _among(row: TreatmentRow, standing: Standing, case: Case, taken: _Taken) -> HeldBack | None:
    """Return why a treatment is held back among the others, or None where it is due."""
    if standing.why not in (None, TreatmentWhy.UNKNOWN):
        return _no(row, standing.why, standing.until, standing.by)
    if row.group in taken.groups:
        return _no(row, TreatmentWhy.BEATEN, by=taken.groups[row.group])
    until, perhaps = _caps(row, case, taken)
    if until is not None:
        return _no(row, TreatmentWhy.CAPPED_IN_ALL, until)
    names = (*standing.unknown, *taken.perhaps.get(row.group, ()), *perhaps)
    return _no(row, TreatmentWhy.UNKNOWN, unknown=names) if names else None


def _caps(row: TreatmentRow, case: Case, taken: _Taken) -> tuple[date | None, tuple[str, ...]]:
    """Return until when caps over all leave no room, or the unknown facts that hangs on."""
    rules, on = case.rules, case.facts.on
    waits, names = list[date](), list[str]()
    for cap in rules.caps:
        if not rules.of_kind(row.kind, cap.kinds):
            continue
        used = [case.day_of(held) for held in case.past if rules.of_kind(held.kind, cap.kinds)]
        used += [on for kind in taken.kinds if rules.of_kind(kind, cap.kinds)]
        until = free_on(cap, used, on)
        if until is not None:
            waits.append(until)
        else:
            names += _crowded(cap, used, case, taken)
    return max(waits, default=None), tuple(names)


def _crowded(cap: CapRow, used: list[date], case: Case, taken: _Taken) -> Iterable[str]:
    """Yield the facts on which it hangs whether earlier treatments leave room under a cap."""
    rules, on = case.rules, case.facts.on
    open_ = [names for kind, names in taken.open if rules.of_kind(kind, cap.kinds)]
    if open_ and free_on(cap, [*used, *(on for _ in open_)], on) is not None:
        for names in open_:
            yield from names


def _take(row: TreatmentRow, found: HeldBack | None, standing: Standing, taken: _Taken) -> None:
    """Note what a treatment takes, or may take, from those after it."""
    if found is None:
        taken.kinds.append(row.kind)
    elif found.why is TreatmentWhy.UNKNOWN:
        taken.open.append((row.kind, found.unknown))
    if not row.group or row.group in taken.groups:
        return
    waits = found is not None and found.why in WAITING
    if found is None or (waits and standing.held):
        taken.groups[row.group] = row.code
    elif waits or found.why is TreatmentWhy.UNKNOWN:
        names = standing.unknown if waits else found.unknown
        taken.perhaps[row.group] = (*taken.perhaps.get(row.group, ()), *names)


def _no(
    row: TreatmentRow,
    why: TreatmentWhy | None,
    until: date | None = None,
    by: str = "",
    unknown: tuple[str, ...] = (),
) -> HeldBack:
    assert why is not None, "what is held back has its reason"
    names = tuple(dict.fromkeys(unknown))
    return HeldBack(treatment=row.code, kind=row.kind, why=why, until=until, by=by, unknown=names)


def _due(row: TreatmentRow, case: Case) -> Due:
    refused = case.facts.refused
    assert isinstance(refused, tuple), "what hangs on an unknown refusal is not due"
    return Due(
        treatment=row.code,
        kind=row.kind,
        title=row.title,
        due_by=row.within.after(case.facts.on),
        channels=case.rules.left(refused, row.channels),
        why=case.rules.named[row.code],
    )


treatments: Final = Rule(
    id="lifecycle.treatments",
    facts=TreatmentFacts,
    outcome=Treated,
    evaluate=treatments_of,
    headline=headline,
    says=SAYS,
    package=PACKAGE,
    kind=TREATMENTS,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)
"""The rule `lifecycle.treatments`."""
