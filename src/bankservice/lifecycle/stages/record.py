"""
The stages of a customer as a record: what a command leads to.

The policy version in force on the day of an act says what the act does; the one in force on a day
says which clocks fire on it. What is told late is put in its place: stages of earlier days stand,
those that do not hold any more are replaced by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import attrs

from bankservice.core.decision import Explanation, Trace
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy, Version
from bankservice.core.record import Accepted, Command, Context, Record, Refused
from bankservice.core.unknown import UNKNOWN
from bankservice.lifecycle.stages.again import again
from bankservice.lifecycle.stages.commands import (
    CLOSURES,
    Advance,
    Close,
    HoldClocks,
    Know,
    Observe,
    ReleaseClocks,
)
from bankservice.lifecycle.stages.dossier import Hold
from bankservice.lifecycle.stages.entries import (
    EVENTS,
    Advanced,
    Closed,
    Held,
    Known,
    Relationship,
    Released,
    evolve,
    fold,
)
from bankservice.lifecycle.stages.kind import FAR, STAGES, Stages
from bankservice.lifecycle.stages.machine import State, advance, exact
from bankservice.lifecycle.stages.rule import PACKAGE
from bankservice.lifecycle.stages.telling import SAME, headline_of, tell, tell_replaced
from bankservice.lifecycle.stages.versions import machine_from
from bankservice.lifecycle.stages.views import due, view
from bankservice.lifecycle.stages.work import (
    StageRefusal,
    Work,
    now_of,
    observed,
    onboards,
    out_of_time,
    read_acts,
    refolded,
    refuse,
    work_on,
    written,
)

__all__ = ["STANDING", "plan"]


def _decide(
    states: Mapping[str, Relationship], command: Command, context: Context
) -> Accepted | Refused:
    state = states[command.subject]
    planned = plan(
        state, command.body, context.policy(STAGES.name), context.recorded_at, context.effective_at
    )
    if planned is None:
        return Accepted({})
    if isinstance(planned, Refused):
        return planned
    event, used = planned
    return Accepted({command.subject: (event,)}, used)


def plan(
    state: Relationship,
    body: Any,
    policy: Policy[Stages],
    recorded_at: datetime,
    effective_at: datetime,
) -> tuple[Any, tuple[Any, ...]] | Refused | None:
    """
    Return the event a command leads to and the policy versions it used; None where nothing is new.
    """
    customer = state.customer
    if isinstance(body, Know) and body.customer:
        customer = FrozenMapping({**customer, **body.customer})
    work = work_on(state, policy, customer, recorded_at, effective_at)
    match body:
        case Observe():
            found = _observe(work, body)
        case Advance():
            found = _advance(work, body)
        case Know():
            found = _know(work, body, customer)
        case Close():
            found = _close(work, body)
        case HoldClocks():
            found = _hold(work, body)
        case ReleaseClocks():
            found = _release(work, body)
        case _:
            raise TypeError(f"{type(body).__name__} is no command of a customer's stages")
    if found is None or isinstance(found, Refused):
        return found
    return written(work, customer, *found)


_Found = tuple[Any, State, int] | Refused | None


# -- acts -------------------------------------------------------------------------------------


def _observe(work: Work, body: Observe) -> _Found:
    flagged = read_acts(work, body.acts)
    if isinstance(flagged, Refused):
        return flagged
    products: dict[int, int] = {}
    if flagged and isinstance(body.products, int):
        products[max(flagged)] = body.products
    event = observed(work.state.dossier, flagged, products)
    return None if event is None else refolded(work, *event)


# -- clocks -----------------------------------------------------------------------------------


def _advance(work: Work, body: Advance) -> _Found:
    as_of = work.day(None if body.as_of is None else body.as_of.day(work.zone))
    if isinstance(as_of, Refused):
        return as_of
    state, day = work.state, as_of.toordinal()
    now = now_of(state, work.machine)
    after = exact(advance(now, day, work.machine), work.machine)
    if after.changes == state.said and not (state.due <= day and after.due != state.due):
        # Where the policy moved a clock, what lies on the agenda must move with it.
        return None
    return Advanced(on=as_of), after, day


# -- what became known ------------------------------------------------------------------------


def _know(work: Work, body: Know, customer: FrozenMapping[str, Any]) -> _Found:
    day = work.day(body.on)
    if isinstance(day, Refused):
        return day
    stages = work.in_force(day)
    if isinstance(stages, Refused):
        return stages
    dossier, on = work.state.dossier, day.toordinal()
    ended = dossier.ended
    if ended is not None and on > ended[0]:
        return out_of_time(attrs.evolve(dossier, known=0), day)
    first = onboards(work.state, on)
    products = None if body.products is UNKNOWN else body.products
    if (on, products) in dossier.products:
        products = None
    stated = None if customer == work.state.customer else body.customer
    if not first and products is None and stated is None:
        return None
    event = Known(on=day, first=first, products=products, customer=stated)
    return refolded(work, event, on)


def _close(work: Work, body: Close) -> _Found:
    day = work.day(body.on)
    if isinstance(day, Refused):
        return day
    refused = _not_known(work, day)
    if refused is not None:
        return refused
    on, reason = day.toordinal(), CLOSURES[body.reason]
    if (on, reason) in work.state.dossier.closures:
        return None
    return refolded(work, Closed(on=day, reason=body.reason), on)


def _not_known(work: Work, day: date) -> Refused | None:
    said = work.state.said
    if not said:
        return refuse(StageRefusal.NOT_KNOWN)
    if day.toordinal() < said[0].day:
        known_on = date.fromordinal(said[0].day)
        return refuse(StageRefusal.BEFORE_ONBOARDING, on=day, known_on=known_on)
    return None


# -- holds ------------------------------------------------------------------------------------


def _hold(work: Work, body: HoldClocks) -> _Found:
    day = work.day(body.on)
    if isinstance(day, Refused):
        return day
    if not work.state.said:
        return refuse(StageRefusal.NOT_KNOWN)
    if body.until is not None and body.until <= day:
        return refuse(StageRefusal.UNTIL_NOT_AFTER, until=body.until, on=day)
    start = day.toordinal()
    end = FAR if body.until is None else body.until.toordinal()
    same = [held for held in work.state.dossier.holds if held.kind == body.kind]
    if Hold(body.kind, start, end) in same:
        return None
    if any(held.start < end and start < held.end for held in same):
        return refuse(StageRefusal.ALREADY_HELD, kind=body.kind)
    return refolded(work, Held(kind=body.kind, on=day, until=body.until), start)


def _release(work: Work, body: ReleaseClocks) -> _Found:
    day = work.day(body.on)
    if isinstance(day, Refused):
        return day
    on = day.toordinal()
    for held in work.state.dossier.holds:
        if held.kind == body.kind and held.start <= on < held.end:
            began = date.fromordinal(held.start)
            return refolded(work, Released(kind=body.kind, held_on=began, on=day), on)
    return refuse(StageRefusal.NO_SUCH_HOLD, kind=body.kind, on=day)


def _explain(
    state: Relationship, event: Any, find: Callable[[str, str], Version[Any]]
) -> Explanation:
    """Tell what an entry led to, under the versions it names."""
    named = [ref for ref in (event.version, *event.older) if ref is not None]
    versions: list[Version[Stages]] = [find(ref["policy"], ref["digest"]) for ref in named]
    machine = machine_from(versions)
    after, trace = evolve(state, event), Trace()
    tell_replaced(event.replaced, trace)
    fresh = after.said[len(after.said) - len(event.said) :]
    last = max(after.dossier.last, *(change.day for change in after.said), 1)
    tell(after.dossier, after.said, fresh, last, machine, trace)
    return Explanation(
        headline_of(event.said) if event.said else SAME(),
        tuple(trace.checks),
        tuple((version.ref, version.source) for version in versions),
        PACKAGE,
    )


STANDING: Record[Relationship] = Record(
    kind="lifecycle.standing",
    initial=Relationship(),
    commands={
        "know": Know,
        "observe": Observe,
        "advance": Advance,
        "close": Close,
        "hold": HoldClocks,
        "release": ReleaseClocks,
    },
    events=EVENTS,
    decide=_decide,
    evolve=evolve,
    fold=fold,
    view=view,
    due=due,
    refusals=StageRefusal,
    policies=(STAGES.name,),
    explain=_explain,
    again=again,
)
"""The record `lifecycle.standing`."""
