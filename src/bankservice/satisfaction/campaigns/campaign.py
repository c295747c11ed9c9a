"""
A campaign, as a record: opened with its draw, reserve batches released, closed.

The draw itself is the rule's, `satisfaction.sample`; the record keeps what repeats it: seed, digest
of the frame, sizes, plan, and who was drawn. It is checked against the plan when it comes in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Final, Literal

import attrs

from bankservice.core.calendar import in_utc, instant, local_day
from bankservice.core.decision import Explanation, Says
from bankservice.core.desk import ref_json
from bankservice.core.frozen import FrozenMapping
from bankservice.core.hindsight import Hindsight
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy, Undecided, Version
from bankservice.core.record import Accepted, Command, Context, Record, Refused
from bankservice.core.structure import FACTS
from bankservice.satisfaction.campaigns.drawing import allocated
from bankservice.satisfaction.campaigns.drawn import (
    CAMPAIGN_COMMANDS,
    CAMPAIGN_EVENTS,
    Campaign,
    Close,
    Closed,
    Open,
    Opened,
    Release,
    Released,
    evolve_campaign,
)
from bankservice.satisfaction.campaigns.frame import StratumDrawn
from bankservice.satisfaction.campaigns.kind import SAMPLING_PLAN
from bankservice.satisfaction.campaigns.plan import SamplingPlan

__all__ = ["CAMPAIGN", "CAMPAIGN_SAYS", "CampaignRefusal", "CampaignView"]

PACKAGE: Final = "bankservice.satisfaction"

OPENED: Final = Says("CAMPAIGN_OPENED", ("on", "seed", "invited", "frame"))
RELEASED: Final = Says("CAMPAIGN_RELEASED", ("batch", "at"))
CLOSED: Final = Says("CAMPAIGN_CLOSED", ("at",))

CAMPAIGN_SAYS: Final = (OPENED, RELEASED, CLOSED)
"""What is said of entries."""


class CampaignRefusal(Enum):
    """Why a command on a campaign is refused; the first that applies wins."""

    IN_FUTURE = "in-future"
    NOT_OPEN = "not-open"
    CLOSED = "closed"
    ALREADY_OPEN = "already-open"
    NOT_IN_FORCE = "not-in-force"
    OTHER_PLAN = "other-plan"
    OUT_OF_ORDER = "out-of-order"
    NO_RESERVE = "no-reserve"


@attrs.frozen(kw_only=True)
class CampaignView:
    """
    A campaign.

    Attributes:
        status: How it stands: `none` before it was opened.
        programme: Code of the programme.
        wave: Code of the wave.
        questionnaire: Id of the questionnaire.
        on: First day on which those drawn may be invited.
        seed: The seed of the draw.
        digest: Digest of the frame.
        frame: How many the frame held.
        eligible: How many of them may be asked.
        excluded: How many may not, by why.
        strata: What is drawn of each stratum with the batches released; `reserve` is what is left.
        batches: Batches that may be invited, that of the opening among them.
        drawn: How many may be invited.
        reserve: How many are held back.
        opened_at: When it was opened.
        closed_at: When it was closed.
    """

    status: Literal["none", "open", "closed"] = "none"
    programme: str = ""
    wave: str = ""
    questionnaire: str = ""
    on: date | None = None
    seed: str = ""
    digest: str = ""
    frame: int = 0
    eligible: int = 0
    excluded: FrozenMapping[str, int] = FrozenMapping()
    strata: tuple[StratumDrawn, ...] = ()
    batches: int = 0
    drawn: int = 0
    reserve: int = 0
    opened_at: datetime | None = None
    closed_at: datetime | None = None


def _refused(code: CampaignRefusal, **told: object) -> Refused:
    return Refused(code, FrozenMapping({name: str(held) for name, held in told.items()}))


def _decide(
    states: Mapping[str, Campaign], command: Command, context: Context
) -> Accepted | Refused:
    state, body = states[command.subject], command.body
    at, now = in_utc(context.effective_at), in_utc(context.recorded_at)
    if at > now:
        return _refused(CampaignRefusal.IN_FUTURE, at=instant(at), now=instant(now))
    found: Sequence[Any] | Refused
    used: tuple[Version[Any], ...] = ()
    match body:
        case Open():
            if state.opened is not None:
                return _refused(CampaignRefusal.ALREADY_OPEN, at=instant(state.opened.at))
            version = _in_force(context, body.sample.on, now)
            if isinstance(version, Refused):
                return version
            found, used = _open(body, at, version), (version,)
        case Release():
            found = _release(state, body, at)
        case Close():
            found = _close(state, body, at)
        case _:
            raise TypeError(f"{type(body).__name__} is no command of campaigns")
    if isinstance(found, Refused):
        return found
    return Accepted({command.subject: tuple(found)}, used)


def _in_force(context: Context, on: date, now: datetime) -> Version[SamplingPlan] | Refused:
    policy: Policy[SamplingPlan] = context.policy(SAMPLING_PLAN.name)
    today = local_day(now, policy.versions[-1].parameters.zone)
    found = policy.as_known(today).select(on)
    if found is None or isinstance(found, Undecided):
        return _refused(CampaignRefusal.NOT_IN_FORCE, policy=policy.id, on=on)
    return found


def _open(body: Open, at: datetime, version: Version[SamplingPlan]) -> Sequence[Any] | Refused:
    sample, plan = body.sample, version.parameters
    plan.check_programme(sample.programme)
    opened = Opened(
        at=at,
        programme=sample.programme,
        wave=body.wave,
        questionnaire=body.questionnaire,
        on=sample.on,
        seed=sample.seed,
        n=body.n,
        frame=sample.frame,
        digest=sample.digest,
        excluded=sample.excluded,
        strata=sample.strata,
        batches=sample.batches,
        zone=plan.zone,
        version=FrozenMapping(ref_json(version.ref)),
    )
    if _redrawn(opened, plan) != opened:
        return _refused(CampaignRefusal.OTHER_PLAN, policy=version.ref.policy, on=sample.on)
    return (opened,)


def _redrawn(opened: Opened, plan: SamplingPlan) -> Opened:
    """Return an opening with its strata as a plan allocates them; who was drawn stays."""
    sizes = {held.stratum: held.size for held in opened.strata}
    return attrs.evolve(opened, strata=allocated(plan, sizes, opened.n))


def _unfit(state: Campaign, at: datetime) -> Refused | None:
    """Return why nothing can be done about a campaign, if that is so."""
    if state.opened is None:
        return _refused(CampaignRefusal.NOT_OPEN)
    if state.closed is not None:
        return _refused(CampaignRefusal.CLOSED, at=instant(state.closed.at))
    last = max((state.opened.at, *(held.at for held in state.released)))
    if at < last:
        return _refused(CampaignRefusal.OUT_OF_ORDER, at=instant(at), last_at=instant(last))
    return None


def _release(state: Campaign, body: Release, at: datetime) -> Sequence[Any] | Refused:
    unfit = _unfit(state, at)
    if unfit is not None:
        return unfit
    assert state.opened is not None, "what is fit was opened"
    batch = state.batches()
    if batch >= len(state.opened.batches):
        return _refused(CampaignRefusal.NO_RESERVE, batches=batch)
    return (Released(at=at, batch=batch, reason=body.reason),)


def _close(state: Campaign, body: Close, at: datetime) -> Sequence[Any] | Refused:
    return _unfit(state, at) or (Closed(at=at, reason=body.reason),)


def _view(state: Campaign, as_of: datetime, policies: tuple[Policy[Any], ...]) -> CampaignView:
    by, opened = in_utc(as_of), state.opened
    if opened is None or opened.at > by:
        return CampaignView()
    strata = state.strata(by)
    closed = state.closed if state.closed is not None and state.closed.at <= by else None
    return CampaignView(
        status="open" if closed is None else "closed",
        programme=opened.programme,
        wave=opened.wave,
        questionnaire=opened.questionnaire,
        on=opened.on,
        seed=opened.seed,
        digest=opened.digest,
        frame=opened.frame,
        eligible=sum(held.size for held in strata),
        excluded=opened.excluded,
        strata=strata,
        batches=state.batches(by),
        drawn=sum(held.drawn for held in strata),
        reserve=sum(sum(held.reserve) for held in strata),
        opened_at=instant(opened.at, opened.zone),
        closed_at=None if closed is None else instant(closed.at, opened.zone),
    )


def _explain(
    state: Campaign, event: Any, find: Callable[[str, str], Version[Any]]
) -> Explanation | None:
    match event:
        case Opened():
            invited = sum(held.drawn for held in event.strata)
            reason = OPENED(on=event.on, seed=event.seed, invited=invited, frame=event.frame)
            version = find(event.version["policy"], event.version["digest"])
            return Explanation(reason, (), ((version.ref, version.source),), PACKAGE)
        case Released():
            reason = RELEASED(batch=event.batch, at=_local(state, event.at))
        case Closed():
            reason = CLOSED(at=_local(state, event.at))
        case _:
            raise TypeError(f"{type(event).__name__} is no event of campaigns")
    return Explanation(reason, (), (), PACKAGE)


def _local(state: Campaign, at: datetime) -> datetime:
    return instant(at, "UTC" if state.opened is None else state.opened.zone)


def _again(state: Campaign, event: Any, seen: Hindsight) -> tuple[Any, Any] | None:
    """
    Return an opening, and what it would be now: the strata as the plan allocates their sizes.

    Who was drawn takes the frame, of which the record has the digest only; `Campaigns.redrawn`
    repeats the draw for whoever has it.
    """
    if not isinstance(event, Opened):
        return None
    version = seen(event.version["policy"], event.version["digest"])
    return event, _redrawn(event, version.parameters)


CAMPAIGN: Final[Record[Campaign]] = Record(
    kind="satisfaction.campaign",
    initial=Campaign(),
    commands=CAMPAIGN_COMMANDS,
    events=CAMPAIGN_EVENTS,
    decide=_decide,
    evolve=evolve_campaign,
    view=_view,
    due=lambda state: {},
    refusals=CampaignRefusal,
    policies=(SAMPLING_PLAN.name,),
    explain=_explain,
    again=_again,
    freeze=(to_json, lambda state: FACTS.read(state, Campaign, "snapshot")),
)
"""The record `satisfaction.campaign`."""
