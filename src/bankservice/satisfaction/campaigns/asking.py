"""The rule `satisfaction.may-ask`: whether a customer may be invited now, and from when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Final

import attrs

from bankservice.core.calendar import Period, in_utc, instant, local_day, midnight, zone_of
from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.satisfaction.campaigns.kind import SAMPLING_PLAN
from bankservice.satisfaction.campaigns.plan import SamplingPlan
from bankservice.satisfaction.campaigns.waiting import YEAR, crowded, free_day, near, quiet_until
from bankservice.satisfaction.policy import SHELF

__all__ = ["AskWhy", "Asked", "MayAsk", "MayAskFacts", "headline", "may_ask", "may_ask_of"]


class AskWhy(Enum):
    """Why a customer may not be asked now; the first that applies is the main one."""

    OPTED_OUT = "opted-out"
    COOLING_DOWN = "cooling-down"
    CHANNEL_COOLING_DOWN = "channel-cooling-down"
    PROGRAMME_COOLING_DOWN = "programme-cooling-down"
    MOST_A_YEAR = "most-a-year"
    CHANNEL_MOST_A_YEAR = "channel-most-a-year"
    RESERVED = "reserved"
    QUIET_HOURS = "quiet-hours"
    UNKNOWN = "unknown"


YES: Final = Says("MAY_ASK", ("channel", "at"))
NO: Final = Says("MAY_NOT_ASK", ("channel", "from_at"))
NEVER: Final = Says("MAY_NOT_ASK_OPTED_OUT", ("channel",))
OPEN: Final = Says("MAY_ASK_UNKNOWN", ("channel", "unknown"))

PAST: Final = Says("ask-past", ("count",))
WANTED_NOT: Final = Says("ask-opted-out", ("channel",))
WAITS: Final[Mapping[AskWhy, Says]] = {
    why: Says(f"ask-{why.value}", ("from_at",))
    for why in AskWhy
    if why not in (AskWhy.OPTED_OUT, AskWhy.UNKNOWN)
}
FREE: Final = Says("ask-free", ("channel",))


@attrs.frozen(kw_only=True)
class Asked:
    """
    One invitation, made or planned.

    Attributes:
        on: Its day, in the policy's zone.
        channel: By which channel; empty where that is not known.
        programme: Of which programme; empty where that is not known.
    """

    on: date
    channel: str = ""
    programme: str = ""


@attrs.frozen(kw_only=True)
class MayAskFacts:
    """
    A customer whom somebody wants to ask.

    Attributes:
        at: When.
        channel: By which channel.
        programme: Of which programme; empty where the plan names none.
        past: Invitations by every programme and channel, however they ended.
        opted_out: Channels by which the customer wants no survey, or `all`.
        zone: The customer's own zone, for quiet hours; that of the plan where left out.
        planned: Invitations that other programmes have planned; those of a higher priority keep
            their place.
    """

    at: datetime
    channel: str
    programme: str = ""
    past: tuple[Asked, ...] | UnknownType = ()
    opted_out: tuple[str, ...] | UnknownType = ()
    zone: str = ""
    planned: tuple[Asked, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.zone:
            zone_of(self.zone)


@attrs.frozen(kw_only=True)
class MayAsk:
    """
    Whether a customer may be invited.

    Attributes:
        allowed: Whether; None where that hangs on an unknown fact.
        why: Every reason against it now, in order.
        from_at: The first instant at which it is allowed, that asked where it is allowed then;
            None where no time allows it, or where it hangs on an unknown fact.
        on: The day asked, in the policy's zone.
        unknown: Unknown facts it hangs on.
    """

    allowed: bool | None
    why: tuple[AskWhy, ...] = ()
    from_at: datetime | None = None
    on: date
    unknown: tuple[str, ...] = ()


@attrs.frozen(eq=False)
class _Window:
    """Days that block a day, each up to the end of its window."""

    why: AskWhy
    days: tuple[date, ...]
    window: Period
    blocked: Callable[[date], bool]


def may_ask_of(facts: MayAskFacts, plan: SamplingPlan, trace: Trace | None = None) -> MayAsk:
    """
    Decide whether a customer may be invited to a survey, and from when.

    The sampling plan in force on `at` applies: on its day in the customer's own zone, or in UTC
    where that is not told; the record takes the plan's. Invitations count over all programmes and
    channels, however they ended: nobody is asked again within the cool-down, nor more often in any
    twelve months than the plan allows, nor against their word, nor in quiet hours by their own
    clock. A single channel or programme may have a longer cool-down beside that. What a programme
    of a higher priority has planned keeps its place. An invitation that is told late is held
    against those after it as well.

    Raises:
        UnknownNameError: If there is no such channel, programme, word or zone.

    Source:
        The limits of the shipped plan are ours.

    Examples:
        >>> from bankservice.satisfaction import may_ask
        >>> asked = may_ask(
        ...     "retail-sampling-shape",
        ...     at="2026-11-22T10:00:00+08:00",
        ...     channel="email",
        ...     past=[{"on": "2026-11-02", "channel": "app", "programme": "transactional"}],
        ... ).outcome
        >>> asked.allowed, [why.value for why in asked.why], str(asked.from_at)
        (False, ['cooling-down'], '2026-12-02 00:00:00+08:00')
    """
    plan.check_channel(facts.channel)
    plan.check_programme(facts.programme)
    opted_out = () if facts.opted_out is UNKNOWN else facts.opted_out
    for word in opted_out:
        plan.check_channel(word, word=True)
    refused = plan.refuses(opted_out, facts.channel)
    windows = tuple(_windows(facts, plan))
    waits = _waits(facts.at, facts, plan, windows)
    unknown = tuple(
        name for name in ("opted_out", "past") if getattr(facts, name) is UNKNOWN and not refused
    )
    why = [AskWhy.OPTED_OUT] * refused + [wait for wait, _ in waits]
    why += [AskWhy.UNKNOWN] * bool(unknown)
    outcome = MayAsk(
        allowed=False if refused or waits else None if unknown else True,
        why=tuple(why),
        from_at=None if refused or unknown else _first(facts, plan, windows),
        on=local_day(facts.at, plan.zone),
        unknown=unknown,
    )
    if trace is not None:
        _tell(facts, plan, outcome, waits, trace)
    return outcome


def _windows(facts: MayAskFacts, plan: SamplingPlan) -> Iterator[_Window]:
    """Yield what blocks days, in order of the reasons."""
    contact, channel = plan.table.contact, facts.channel
    past = () if facts.past is UNKNOWN else facts.past
    days = tuple(held.on for held in past)
    yield _cooling(AskWhy.COOLING_DOWN, days, contact.cool_down)
    limits = plan.limits(channel)
    by = {row.channel: _by(past, row.channel, plan) for row in limits}
    for row in limits:
        if row.cool_down is not None:
            yield _cooling(AskWhy.CHANNEL_COOLING_DOWN, by[row.channel], row.cool_down)
    programme = plan.programmes.get(facts.programme)
    if programme is not None and programme.cool_down is not None:
        own = tuple(held.on for held in past if held.programme == facts.programme)
        yield _cooling(AskWhy.PROGRAMME_COOLING_DOWN, own, programme.cool_down)
    if contact.most_a_year is not None:
        yield _capped(AskWhy.MOST_A_YEAR, days, contact.most_a_year)
    for row in limits:
        if row.most_a_year is not None:
            yield _capped(AskWhy.CHANNEL_MOST_A_YEAR, by[row.channel], row.most_a_year)
    before = plan.priority(facts.programme)
    places = tuple(held.on for held in facts.planned if plan.priority(held.programme) < before)
    yield _cooling(AskWhy.RESERVED, places, contact.cool_down)


def _by(past: tuple[Asked, ...], channel: str, plan: SamplingPlan) -> tuple[date, ...]:
    # An invitation by a channel nobody noted may have been by this one.
    return tuple(held.on for held in past if not held.channel or plan.by(held.channel, channel))


def _cooling(why: AskWhy, days: tuple[date, ...], window: Period) -> _Window:
    return _Window(why, days, window, lambda on: any(near(day, on, window) for day in days))


def _capped(why: AskWhy, days: tuple[date, ...], most: int) -> _Window:
    return _Window(why, days, YEAR, lambda on: crowded(days, on, most))


def _waits(
    at: datetime, facts: MayAskFacts, plan: SamplingPlan, windows: tuple[_Window, ...]
) -> tuple[tuple[AskWhy, datetime], ...]:
    """Return what stands against an instant by time alone, each with the instant it is gone."""
    on, found = local_day(at, plan.zone), dict[AskWhy, datetime]()
    for held in windows:
        free = free_day(held.days, on, held.window, held.blocked)
        if free > on:
            until = midnight(free, plan.zone)
            found[held.why] = max(found.get(held.why, until), until)
    end = quiet_until(plan.quiet(facts.channel), at, facts.zone or plan.zone)
    if end > at:
        found[AskWhy.QUIET_HOURS] = end
    return tuple((why, found[why]) for why in AskWhy if why in found)


def _first(facts: MayAskFacts, plan: SamplingPlan, windows: tuple[_Window, ...]) -> datetime:
    """Return the first instant against which nothing stands by time alone."""
    at = in_utc(facts.at)
    while waits := _waits(at, facts, plan, windows):
        at = max(until for _, until in waits)
    return instant(at, plan.zone)


def _tell(
    facts: MayAskFacts,
    plan: SamplingPlan,
    outcome: MayAsk,
    waits: tuple[tuple[AskWhy, datetime], ...],
    trace: Trace,
) -> None:
    channel = plan.channels[facts.channel].title
    known = facts.past is not UNKNOWN
    trace.check(PAST(count=0 if facts.past is UNKNOWN else len(facts.past)), known or None)
    if AskWhy.OPTED_OUT in outcome.why:
        trace.check(WANTED_NOT(channel=channel), False)
    for why, until in waits:
        trace.check(WAITS[why](from_at=instant(until, plan.zone)), False)
    if not outcome.why:
        trace.check(FREE(channel=channel), True)


def headline(facts: MayAskFacts, plan: SamplingPlan, outcome: MayAsk) -> Reason:
    """Return the main reason of an outcome."""
    channel = plan.channels[facts.channel].title
    if AskWhy.OPTED_OUT in outcome.why:
        return NEVER(channel=channel)
    if outcome.unknown:
        return OPEN(channel=channel, unknown=outcome.unknown)
    if outcome.allowed:
        return YES(channel=channel, at=instant(facts.at, plan.zone))
    return NO(channel=channel, from_at=outcome.from_at)


may_ask: Final[Rule[MayAskFacts, SamplingPlan, MayAsk]] = Rule(
    id="satisfaction.may-ask",
    facts=MayAskFacts,
    outcome=MayAsk,
    evaluate=may_ask_of,
    headline=headline,
    says=(YES, NO, NEVER, OPEN, PAST, WANTED_NOT, *WAITS.values(), FREE),
    package="bankservice.satisfaction",
    kind=SAMPLING_PLAN,
    day=lambda facts: local_day(facts.at, facts.zone or "UTC"),
    shelf=lambda: SHELF,
)
"""The rule `satisfaction.may-ask`."""
