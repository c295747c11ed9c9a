"""
More time for a clock: how far, by whom, and what nobody has shown yet.

A duty of law moves at most to the limit the law names; one of the bank's own clocks by what the
service levels allow. A calendar cannot make a duty later than its limit, and a limit never runs.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from bankservice.complaints.cases.acts import movable
from bankservice.complaints.cases.case import Case, Limit, Timer
from bankservice.complaints.cases.commands import Extend
from bankservice.complaints.cases.entries import ClocksChanged
from bankservice.complaints.cases.refusals import CaseRefusal, of_clock, refused
from bankservice.complaints.cases.timing import Timing
from bankservice.core import clockwork
from bankservice.core.clock import Clock, ClockRefusal
from bankservice.core.policy import Version
from bankservice.core.record import Command, Refused
from bankservice.core.ruler import Ruler, Target

__all__ = ["extend"]


def extend(
    case: Case, body: Extend, command: Command, timing: Timing, at: datetime
) -> ClocksChanged | Refused:
    """
    Give a clock more time: a duty at most to the limit the law names, another to its own cap.

    Who approved is part of it. What the law asks beside that (a level of approval, telling the
    customer) and nobody has stated stands on the clock as unproven.
    """
    found = movable(case, body.clock, timing, at)
    if isinstance(found, Refused):
        return found
    timer, ruler = found
    name = timer.clock.name
    approver = body.approved_by or command.approved_by
    if not approver:
        return refused(CaseRefusal.APPROVAL_MISSING, clock=name)
    version = timing.version_of(case, timer)
    allowed = _by_law(case, timer, body, version) if timer.law else _by_bank(timer, version)
    if isinstance(allowed, Refused):
        return allowed
    most = _most(timer.clock, allowed, ruler)
    amount = _amount(timer.clock, body, ruler, most)
    if amount is None:
        wanted = f"an amount in {timer.clock.target.unit.value}, or a day, from nothing up"
        return refused(CaseRefusal.NOT_AN_EXTENSION, clock=name, wanted=wanted)
    clock = clockwork.extend(
        timer.clock, ruler, at, amount, by=approver, reason=body.reason, most=most
    )
    if isinstance(clock, ClockRefusal):
        return of_clock(clock, name)
    held = attrs.evolve(timer, clock=clock, unproven=allowed.unproven)
    return ClocksChanged(act="extend", timers=(held,), reason=body.reason)


@attrs.frozen
class _Allowed:
    """
    How far an extension may go: to a limit of law, or by an amount; and what nobody has shown.

    Neither limit nor amount where the law asks for conditions and sets no limit.
    """

    limit: Limit | None = None
    most: int | None = None
    unproven: tuple[str, ...] = ()


def _by_law(
    case: Case, timer: Timer, body: Extend, version: Version[Any] | None
) -> _Allowed | Refused:
    regime = None if version is None else version.parameters
    extensions = () if regime is None else regime.extensions_of(timer.bare)
    chosen = [held for held in extensions if body.to in ("", held.to)]
    if not chosen:
        known = ", ".join(held.to for held in extensions)
        return refused(CaseRefusal.NO_EXTENSION, clock=timer.clock.name, known=known)
    # The reason tells which one is meant; where it does not, the furthest is.
    extension = next((held for held in chosen if body.reason in held.reasons), chosen[-1])
    limits = {limit.name: limit for limit in case.limits}
    limit = limits.get(f"{timer.policy}/{extension.to}")
    if limit is None and extension.to:
        # The law has the limit for other cases than this one.
        return refused(CaseRefusal.NO_EXTENSION, clock=timer.clock.name, known="")
    if body.approval and extension.approvals and body.approval not in extension.approvals:
        wanted = ", ".join(extension.approvals)
        return refused(CaseRefusal.APPROVAL_LEVEL, approval=body.approval, wanted=wanted)
    if timer.clock.undecided or (limit is not None and limit.last_day is None):
        return refused(CaseRefusal.UNDECIDED, clock=timer.clock.name)
    unproven = []
    if extension.approvals and not body.approval:
        unproven.append("approval-level")
    if extension.notice and not body.notified:
        unproven.append("notice")
    return _Allowed(limit=limit, unproven=tuple(unproven))


def _by_bank(timer: Timer, version: Version[Any] | None) -> _Allowed | Refused:
    levels = () if version is None else version.parameters.levels
    most = max((level.most_extension for level in levels if level.name == timer.bare), default=0)
    if not most:
        return refused(CaseRefusal.NO_EXTENSION, clock=timer.clock.name)
    return _Allowed(most=most)


def _most(clock: Clock, allowed: _Allowed, ruler: Ruler) -> int | None:
    """Return what all extensions together may come to, in the unit of the clock; None for no cap."""
    if allowed.limit is None or allowed.limit.last_day is None:
        return allowed.most
    if clock.base_day is None:
        return clock.granted
    left = ruler.days_between(clock.target.unit, clock.base_day, allowed.limit.last_day)
    return clock.granted + max(0, left)


def _amount(clock: Clock, body: Extend, ruler: Ruler, most: int | None) -> int | None:
    """Return how much more is asked, in the unit of the clock; None where that makes no sense."""
    unit = clock.target.unit
    if body.until is not None:
        if clock.base_day is None:
            return None
        more = ruler.days_between(unit, clock.base_day, body.until)
        return more if more >= 0 else None
    if not body.amount:
        return None if most is None else max(0, most - clock.granted)
    try:
        asked = Target.parse(body.amount, unit)
    except ValueError:
        return None
    if asked.months and clock.base_day is not None:
        return (ruler.base_day(clock.base_day, asked) - clock.base_day).days
    return asked.amount
