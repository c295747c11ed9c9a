"""
Entries of a case decided again: every clock and limit that the policies set.

The versions are those the case and its entries name, as they were kept; public holidays count as
they were known then. What is compared is what a policy decided: how long each clock runs, when it
is due, what it waits for, how it ended; of the bank's own clocks their warnings too. Those of a
duty of law are the bank's own, and are told when it opens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, TypeAlias

import attrs

from bankservice.complaints.cases import acts, changes, conduct, renewals
from bankservice.complaints.cases.case import Case, Limit, Timer
from bankservice.complaints.cases.entries import (
    Acknowledged,
    Assigned,
    Classified,
    ClocksChanged,
    Closed,
    Escalated,
    Granted,
    Merged,
    Noticed,
    Opened,
    Referred,
    Reopened,
    Replied,
    Withdrawn,
    evolve,
)
from bankservice.complaints.cases.notices import notice
from bankservice.complaints.cases.timing import Begun, Timing, moment_of
from bankservice.complaints.regimes.regime import REGIME
from bankservice.core import clockwork
from bankservice.core.calendar import in_utc
from bankservice.core.clock import ClockRefusal, Status, Step
from bankservice.core.frozen import FrozenMapping
from bankservice.core.hindsight import Hindsight, as_named
from bankservice.core.institution import INSTITUTION
from bankservice.core.policy import Policy, Version
from bankservice.core.record import Refused
from bankservice.core.ruler import Deadline, Target

__all__ = ["SetClock", "SetClocks", "again"]

_LAW: Final = (REGIME.name, INSTITUTION.name)

Found: TypeAlias = tuple[Timer, ...] | Refused


@attrs.frozen(kw_only=True)
class SetClock:
    """
    What the policies said of a clock.

    Attributes:
        target: How long it runs.
        status: Whether it runs.
        cycle: Which cycle of the case it is in.
        due: Its deadline.
        last_day: Its last day, for clocks in days.
        waits_for: Facts without which it cannot be told when it is due.
        warnings: When it warns; of the bank's own clocks.
        end_cause: Why it was cancelled.
    """

    target: Target
    status: Status
    cycle: int
    due: Deadline | None = None
    last_day: date | None = None
    waits_for: tuple[str, ...] = ()
    warnings: tuple[Step, ...] = ()
    end_cause: str = ""


@attrs.frozen(kw_only=True)
class SetClocks:
    """
    What an entry says the policies decided.

    Attributes:
        clocks: Name → clock.
        limits: Name → how far a duty may be moved; None where the entry moves none.
        on: Name → other days and instants.
        to: Roles that are told.
    """

    clocks: FrozenMapping[str, SetClock] = FrozenMapping()
    limits: FrozenMapping[str, Limit] | None = None
    on: FrozenMapping[str, date | datetime | None] = FrozenMapping()
    to: tuple[str, ...] = ()


def again(case: Case, event: Any, find: Hindsight) -> tuple[SetClocks, SetClocks] | None:
    """Return what an entry says was decided, and what comes out now; None where nothing was."""
    if isinstance(event, Opened):
        return _opened(event, find)
    if isinstance(event, Noticed):
        return _noticed(case, event, find)
    timing = _timing(case, event, find)
    for kinds, decide in _ACTS:
        if isinstance(event, kinds):
            now = decide(case, event, timing, find)
            then, now = (_moved(case, held) for held in (_told(event), now))
            return None if then == SetClocks() == now else (then, _as_far(then, now))
    return None


def _moved(case: Case, held: SetClocks) -> SetClocks:
    """Return what was decided without limits that stay as they are, in whatever order."""
    if held.limits != FrozenMapping({limit.name: limit for limit in case.limits}):
        return held
    return attrs.evolve(held, limits=None)


def _as_far(then: SetClocks, now: SetClocks) -> SetClocks:
    """Return what comes out without what could not be reckoned: a policy was not at hand then."""
    blind = {
        name
        for name, clock in then.clocks.items()
        if clock.status is Status.STOPPED and clock.due is None and not clock.waits_for
    }
    clocks = {
        name: attrs.evolve(clock, due=None, last_day=None) if name in blind else clock
        for name, clock in now.clocks.items()
    }
    return attrs.evolve(now, clocks=FrozenMapping(clocks))


# -- the policies, as they were -----------------------------------------------------------------


def _timing(case: Case, event: Any, find: Hindsight) -> Timing:
    """Return the policies of a case and an entry, each as far as its versions are named."""
    refs: list[Mapping[str, str]] = [*case.versions.values()]
    refs += [{"policy": t.policy, "digest": t.version} for t in case.timers if t.version]
    refs += [*getattr(event, "versions", {}).values(), *getattr(event, "older", ())]
    held: dict[str, dict[str, Version[Any]]] = {}
    for ref in refs:
        known = held.setdefault(ref["policy"], {})
        # The one named last comes last: of two of the same days it is the newer.
        known.pop(ref["digest"], None)
        version = find(ref["policy"], ref["digest"])
        known[ref["digest"]] = as_named(version, ref) if "since" in ref else version
    policies = tuple(
        Policy(name, version.kind, version.title, tuple(versions.values()))
        for name, versions in held.items()
        for version in (*versions.values(),)[-1:]
    )
    named = {ref["policy"] for ref in getattr(event, "older", ())}
    if isinstance(event, Reopened):
        # Law that was not in force then begins nothing; what it had set is measured by it still.
        timing = Timing(policies)
        timing.regimes = tuple(policy for policy in timing.regimes if policy.id in named)
        return timing
    ended = {(timer.policy, timer.clock.end_cause) for timer in getattr(event, "timers", ())}
    if named and not getattr(event, "restarts", False):
        # Law was decided anew: by the policies that were at hand, which are named, but for one
        # that ruled itself out and so ended its clocks.
        policies = tuple(
            policy
            for policy in policies
            if policy.kind.name not in _LAW
            or policy.id in named
            or (policy.id, changes.RECLASSIFIED) in ended
        )
    timing = Timing(policies)
    timing.levels = tuple(
        policy for policy in timing.levels if (policy.id, "policy-withdrawn") not in ended
    )
    return timing


# -- entries ------------------------------------------------------------------------------------


def _opened(event: Opened, find: Hindsight) -> tuple[SetClocks, SetClocks] | None:
    fresh = Case(
        customer=event.customer,
        zone=event.zone,
        doors=(event.door,),
        about=event.about,
        private=event.private,
    )
    if event.calendars_on is None or not event.versions:
        return None
    timing = _timing(Case(), event, find)
    begun = timing.begin(fresh, event.at, event.on, event.calendars_on) or Begun()
    return _told(event), _set(begun.timers, begun.limits)


def _noticed(case: Case, event: Noticed, find: Hindsight) -> tuple[SetClocks, SetClocks]:
    timing = _timing(case, event, find)
    found = notice(case, event.key, timing, in_utc(find.at))
    then, now = (
        SetClocks(
            on=FrozenMapping({"true_at": held.true_at, "deliver_at": held.deliver_at}), to=held.to
        )
        if isinstance(held, Noticed)
        else SetClocks()
        for held in (event, found)
    )
    return then, now


def _acted(case: Case, event: Any, timing: Timing, find: Hindsight) -> SetClocks:
    tokens: frozenset[str]
    match event:
        case Acknowledged():
            tokens, at = frozenset({"acknowledge"}), event.at
        case Assigned():
            tokens, at = frozenset({"assign"}), in_utc(find.at)
        case Escalated(escalation=raised):
            tokens, at = frozenset({"escalate"}), raised.at
        case Granted(grant=grant):
            tokens, at = frozenset({"redress", f"redress-{grant.kind}"}), grant.at
        case _:
            tokens, at = frozenset({"refer"}), event.referral.at
    return _of(acts.meet(case, timing, tokens, at))


def _replied(case: Case, event: Replied, timing: Timing, find: Hindsight) -> SetClocks:
    reply, tokens = event.reply, {"propose"} if event.proposal else {"respond"}
    if reply.final:
        tokens.add("final-response")
    # That an answer proposed a solution as well is told by the clocks it ended.
    if any(
        "propose" in timer.stops_on and not tokens & set(timer.stops_on)
        for timer in event.timers
        if timer.clock.ended_at == reply.at
    ):
        tokens.add("propose")
    timers = acts.meet(case, timing, frozenset(tokens), reply.at)
    if "respond" in tokens and not reply.final and not isinstance(timers, Refused):
        timers = renewals.run_cadence(case, timing, reply.at, timers)
    return _of(timers)


def _ended(
    case: Case, event: Withdrawn | Merged | Closed, timing: Timing, find: Hindsight
) -> SetClocks:
    at, met = event.at, tuple[Timer, ...]()
    on: dict[str, date | datetime | None] = {"retain_until": conduct.retain(case, timing, at)}
    cause = "withdrawn" if isinstance(event, Withdrawn) else "merged"
    if isinstance(event, Closed):
        found = acts.meet(case, timing, frozenset({"close"}), at)
        met = () if isinstance(found, Refused) else found
        ends = {timer.clock.end_cause for timer in event.timers}
        cause = "accepted" if "accepted" in ends else "closed"
        on["ask_effect_at"] = conduct.ask_at(case, timing, at)
    return _of(acts.cancel_open(case, timing, at, cause, but=met), on=on)


def _reopened(case: Case, event: Reopened, timing: Timing, find: Hindsight) -> SetClocks:
    known_on = event.calendars_on or moment_of(case, find.recorded_at)
    found = renewals.reopen(case, event.reason, timing, event.at, known_on)
    return SetClocks() if isinstance(found, Refused) else _told(found[0])


def _classified(case: Case, event: Classified, timing: Timing, find: Hindsight) -> SetClocks:
    at = in_utc(find.at) if event.door is None else event.door.at
    assumed = tuple(name for name in case.assumed if not event.zone or name != "zone")
    bare = attrs.evolve(
        event,
        timers=(),
        limits=None,
        assumed=assumed,
        restarts=False,
        versions=FrozenMapping(),
        older=(),
    )
    met: Found = ()
    if event.door is None:
        met = acts.meet(case, timing, frozenset({"classify"}), at)
    elif event.restarts:
        known_on = moment_of(case, find.recorded_at)
        begun = renewals.restart_by_law(case, evolve(case, bare), timing, at, known_on)
        if not isinstance(begun, Refused) and begun.timers:
            bare = attrs.evolve(
                bare,
                timers=begun.timers,
                limits=renewals.limits_after(case, begun),
                restarts=True,
                versions=begun.refs,
                older=begun.older,
            )
    if isinstance(met, Refused):
        return SetClocks()
    found = changes.stated(case, bare, timing, at, met)
    return SetClocks() if isinstance(found, Refused) else _told(found[0])


def _changed(case: Case, event: ClocksChanged, timing: Timing, find: Hindsight) -> SetClocks:
    at = in_utc(find.at)
    if event.act == "restate":
        known_on = event.calendars_on or moment_of(case, find.recorded_at)
        found = changes.restate(case, timing, at, known_on)
        return _told(found[0]) if isinstance(found, tuple) else SetClocks()
    timers = []
    for timer in event.timers:
        (before,) = [held for held in case.timers if held.clock.name == timer.clock.name]
        ruler = timing.ruler(case, before)
        if ruler is None:
            return SetClocks()
        if event.act == "extend":
            # How far it might go, the command knew; what that comes to, its policy tells.
            granted = timer.clock.extensions[-1]
            clock = clockwork.extend(
                before.clock,
                ruler,
                at,
                granted.amount,
                by=granted.by,
                reason=granted.reason,
                most=None,
            )
        elif event.act == "pause":
            clock = clockwork.pause(before.clock, ruler, at, event.reason)
        else:
            clock = clockwork.resume(before.clock, ruler, at)
        if not isinstance(clock, ClockRefusal):
            timers.append(attrs.evolve(before, clock=clock))
    return _set(timers)


_ACTS: Final[tuple[tuple[Any, Callable[[Case, Any, Timing, Hindsight], SetClocks]], ...]] = (
    ((Acknowledged, Assigned, Escalated, Granted, Referred), _acted),
    (Replied, _replied),
    ((Withdrawn, Merged, Closed), _ended),
    (Reopened, _reopened),
    (Classified, _classified),
    (ClocksChanged, _changed),
)
"""Kinds of entries, and what decides them again."""


# -- what is compared ---------------------------------------------------------------------------


def _told(event: Any) -> SetClocks:
    """Return what an entry says was decided."""
    on = {
        name: getattr(event, name)
        for name in ("retain_until", "ask_effect_at")
        if hasattr(event, name)
    }
    return _set(event.timers, getattr(event, "limits", None), on)


def _of(timers: Found, on: Mapping[str, date | datetime | None] = FrozenMapping()) -> SetClocks:
    return SetClocks() if isinstance(timers, Refused) else _set(timers, on=on)


def _set(
    timers: Iterable[Timer],
    limits: Iterable[Limit] | None = None,
    on: Mapping[str, date | datetime | None] = FrozenMapping(),
) -> SetClocks:
    return SetClocks(
        clocks=FrozenMapping({timer.clock.name: _clock(timer) for timer in timers}),
        limits=None if limits is None else FrozenMapping({held.name: held for held in limits}),
        on=FrozenMapping({name: held for name, held in on.items() if held is not None}),
    )


def _clock(timer: Timer) -> SetClock:
    clock = timer.clock
    cancelled = clock.status is Status.CANCELLED
    return SetClock(
        target=clock.target,
        status=clock.status,
        cycle=clock.cycle,
        # Of a clock that is owed no longer nothing was reckoned but that.
        due=None if cancelled else clock.due,
        last_day=None if cancelled else clock.last_day or timer.last_day,
        waits_for=clock.undecided,
        warnings=() if timer.law or cancelled else clock.steps,
        end_cause=clock.end_cause,
    )
