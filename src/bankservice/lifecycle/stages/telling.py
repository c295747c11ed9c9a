"""Why a customer stands where they do: the clocks, what would have kept them, what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Final

from bankservice.core.decision import Reason, Says, Trace
from bankservice.core.policy import Title
from bankservice.core.unknown import UNKNOWN
from bankservice.lifecycle.model import Stage, StageChange, StageReason
from bankservice.lifecycle.stages.dossier import Dossier, state_before
from bankservice.lifecycle.stages.kind import FAR, Clock, Loyal, Stages
from bankservice.lifecycle.stages.machine import Change, Machine, State, advance, next_change

__all__ = ["LEFT_OUT", "SAME", "SAYS", "TITLES", "WHY", "headline_of", "tell", "tell_replaced"]

TITLES: Final = {
    Stage.PROSPECT: Title(en="prospect", zh="潜在客户"),
    Stage.FIRST_TIME: Title(en="first-time customer", zh="初次客户"),
    Stage.ACTIVE: Title(en="active", zh="活跃客户"),
    Stage.LOYAL: Title(en="loyal", zh="忠诚客户"),
    Stage.INACTIVE: Title(en="inactive", zh="不活跃客户"),
    Stage.LOST: Title(en="lost", zh="流失客户"),
    Stage.WON_BACK: Title(en="won back", zh="挽回客户"),
}
"""What the stages are called: four as the source text does, three as we do."""

WHY: Final = {
    "in-future": Title(en="of a day to come", zh="日期尚未到来"),
    "before-onboarding": Title(
        en="from before the customer became known", zh="早于客户建立关系之日"
    ),
    "deceased": Title(en="after the customer died", zh="晚于客户身故"),
    "exited": Title(en="after the bank ended the relationship", zh="晚于银行终止业务关系"),
}
"""Why an act is of no effect, as people read it."""

_LOST: Final = Says("LC_LOST", ("on",))
_BEGAN: Final = {reason: Says(reason.value, ("on",)) for reason in StageReason}
NONE: Final = Says("STAGE_NONE")
SAME: Final = Says("STAGE_SAME")
UNDECIDED: Final = Says("STAGE_UNDECIDED", ("unknown",))

CLOCK: Final = Says("stage-clock", ("stage", "anchor", "period", "due"))
MOVED: Final = Says("stage-clock-moved", ("stage", "due", "on"))
KEPT: Final = Says("stage-kept", ("by",))
NEXT: Final = Says("stage-next", ("stage", "on"))
TENURE: Final = Says("stage-loyal-tenure", ("tenure", "first", "from_day"))
DAYS: Final = Says("stage-loyal-days", ("days", "wanted", "window"))
DAYS_EVER: Final = Says("stage-loyal-days-ever", ("days", "wanted"))
PRODUCTS: Final = Says("stage-loyal-products", ("products", "wanted"))
REPLACED: Final = Says("stage-replaced", ("stage", "on"))
LEFT_OUT: Final = Says("stage-left-out", ("on", "why"))

SAYS: Final = (
    *_BEGAN.values(),
    _LOST,
    NONE,
    UNDECIDED,
    CLOCK,
    MOVED,
    KEPT,
    NEXT,
    TENURE,
    DAYS,
    DAYS_EVER,
    PRODUCTS,
    REPLACED,
    LEFT_OUT,
)
"""Every reason and check of stages."""


def headline_of(history: Sequence[StageChange], unknown: tuple[str, ...] = ()) -> Reason:
    """Return the main reason: why the last stage began, or why there is none."""
    if history:
        return _began(history[-1])
    return UNDECIDED(unknown=unknown) if unknown else NONE()


def _began(change: StageChange) -> Reason:
    if change.stage is Stage.LOST and change.reason is StageReason.INACTIVE:
        return _LOST(on=change.on)
    return _BEGAN[change.reason](on=change.on)


def tell(
    dossier: Dossier,
    changes: tuple[Change, ...],
    said: tuple[Change, ...],
    as_of: int,
    machine: Machine,
    trace: Trace,
) -> None:
    """
    Note how stages began, what the last clock would have been kept by, and what comes next.

    Args:
        dossier: What they follow from.
        changes: All stages.
        said: Those of them to be told.
        as_of: The day they are looked at.
        machine: The versions.
        trace: Where it is noted.
    """
    for change in said:
        trace.check(_began(_dated(change)), True)
        before = state_before(dossier, change.day, changes, machine)
        fired = _clock(before, change, machine)
        if fired is not None:
            _tell_clock(before, change, *fired, trace)
    past = tuple(change for change in changes if change.day <= as_of)
    now = advance(state_before(dossier, as_of + 1, past, machine), as_of, machine)
    stages = machine.at(as_of).stages
    if now.stage is Stage.ACTIVE and stages is not None and stages.loyal is not None:
        _tell_loyal(now, as_of, stages.loyal, trace)
    coming = next_change(now, machine)
    if coming is not None:
        trace.check(NEXT(stage=TITLES[coming.stage], on=date.fromordinal(coming.day)), True)


def tell_replaced(replaced: Sequence[StageChange], trace: Trace) -> None:
    """Note the stages that were told before and did not begin after all."""
    for change in replaced:
        trace.check(REPLACED(stage=TITLES[change.stage], on=change.on), False)


def _dated(change: Change) -> StageChange:
    return StageChange(change.stage, date.fromordinal(change.day), change.reason)


def _clock(before: State, change: Change, machine: Machine) -> tuple[int, Clock] | None:
    """Return the anchor and the clock by which a stage began; None where no clock did."""
    stages: Stages | None = machine.at(change.day).stages
    if stages is None:
        return None
    if change.reason is StageReason.PROSPECT_EXPIRED and stages.prospect is not None:
        return max(before.since, before.last_lost), stages.prospect
    if change.reason is not StageReason.INACTIVE:
        return None
    if change.stage is Stage.INACTIVE and stages.inactive is not None:
        return before.last, stages.inactive
    if stages.lost is None:
        return None
    from_inactive = stages.lost_from_inactive and before.stage is Stage.INACTIVE
    return max(before.since, before.last_lost) if from_inactive else before.last_lost, stages.lost


def _tell_clock(before: State, change: Change, anchor: int, clock: Clock, trace: Trace) -> None:
    due = clock.due(anchor)
    if due >= FAR:
        return
    title, on = TITLES[change.stage], date.fromordinal(change.day)
    day = date.fromordinal(due)
    told = CLOCK(stage=title, anchor=date.fromordinal(anchor), period=clock.period, due=day)
    trace.check(told, True)
    if due != change.day:
        # A hold was on, or a newer version came into force with a clock that was over already.
        trace.check(MOVED(stage=title, due=day, on=on), True)
    # What happens on a day comes before its clocks, so an act on the very day is in time.
    trace.check(KEPT(by=on), False)


def _tell_loyal(now: State, as_of: int, loyal: Loyal, trace: Trace) -> None:
    """Note what an active customer would have to be loyal by a day of business now."""
    met = loyal.tenure.due(now.first)
    if loyal.tenure.period and met < FAR:
        trace.check(
            TENURE(
                tenure=loyal.tenure.period,
                first=date.fromordinal(now.first),
                from_day=date.fromordinal(met),
            ),
            met <= as_of,
        )
    lowest = now.first if loyal.window is None else loyal.window.before(as_of) + 1
    counted = now.counted >> max(0, lowest - now.first)
    days = counted.bit_count()
    short = loyal.events - days
    reason = (
        DAYS_EVER(days=days, wanted=loyal.events)
        if loyal.window is None
        else DAYS(days=days, wanted=loyal.events, window=loyal.window.period)
    )
    if short > 0:
        trace.check(reason, False, short=short, relative=Fraction(short, loyal.events))
    else:
        trace.check(reason, True)
    if not loyal.products:
        return
    held = now.beside.products
    if held is None:
        trace.check(PRODUCTS(products=UNKNOWN, wanted=loyal.products), None)
    elif held < loyal.products:
        missing = loyal.products - held
        told = PRODUCTS(products=held, wanted=loyal.products)
        trace.check(told, False, short=missing, relative=Fraction(missing, loyal.products))
    else:
        trace.check(PRODUCTS(products=held, wanted=loyal.products), True)
