"""
What came of a campaign, in numbers and rows: outcomes by stratum, quotas, answers to be scored.

Answers of those who were drawn carry the base weight of their stratum. Those of volunteers have
none and say so: nobody else is spoken for by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.satisfaction.campaigns.entries import Answered, Contacts
from bankservice.satisfaction.campaigns.outcomes import (
    InvitationOutcome,
    counted,
    response_facts,
)
from bankservice.satisfaction.campaigns.plan import SamplingPlan
from bankservice.satisfaction.sampling.response import ResponseFacts

__all__ = [
    "AnswerRow",
    "QuotaStatus",
    "Response",
    "StratumResponse",
    "answer_rows",
    "quota_statuses",
    "tallied",
]

_USED: Final = (InvitationOutcome.COMPLETE, InvitationOutcome.PARTIAL)


@attrs.frozen(kw_only=True)
class StratumResponse:
    """
    What came of the invitations of one stratum; each stands in one outcome, or is open.

    Attributes:
        stratum: Its code; empty for those who were invited without being drawn.
        drawn: How many may be invited by now.
        invited: How many were.
        open: How many of them may still answer and have not.
        outcomes: How many of them ended in each of the ten.
    """

    stratum: str
    drawn: int = 0
    invited: int = 0
    open: int = 0
    outcomes: FrozenMapping[str, int] = FrozenMapping()


@attrs.frozen(kw_only=True)
class Response:
    """
    What came of a campaign up to an instant.

    Attributes:
        campaign: Its id.
        drawn: How many may be invited by now.
        invited: How many were: `open` and the sum of the outcomes.
        open: How many of them may still answer and have not.
        outcomes: How many of them ended in each of the ten.
        strata: The same by stratum.
        volunteered: Answers of those who were not drawn; they count nowhere else.
    """

    campaign: str
    drawn: int = 0
    invited: int = 0
    open: int = 0
    outcomes: FrozenMapping[str, int] = FrozenMapping()
    strata: tuple[StratumResponse, ...] = ()
    volunteered: int = 0

    @property
    def facts(self) -> ResponseFacts:
        """The facts of `satisfaction.response-rates`, over the invitations that ended."""
        return response_facts(self.outcomes)


@attrs.frozen(kw_only=True)
class QuotaStatus:
    """
    How full a quota is.

    Attributes:
        quota: Its code.
        title: What people read.
        complete: Complete answers that count.
        most: The most that are wanted.
        hard: Whether nobody of its strata is invited any more once it is full.
    """

    quota: str
    title: Title
    complete: int
    most: int
    hard: bool

    @property
    def full(self) -> bool:
        """Whether no more answers are wanted."""
        return self.complete >= self.most


@attrs.frozen(kw_only=True)
class AnswerRow:
    """
    One answer, ready to be scored.

    Attributes:
        customer: Whose.
        self_selected: Whether it was not asked for: it enters no inference.
        stratum: Code of the stratum; empty where nobody was drawn.
        weight: Base weight of the stratum by now; None where nobody was drawn.
        outcome: `complete` or `partial`.
        at: When it was finished.
        channel: By which channel.
        mode: Who held the pen.
        language: In which language.
        about: What it is about, as codes: branch, product kind and so on.
        readings: Question → what was answered.
        missing: Question → code of why there is no answer.
        metrics: What stands for `nps`, `csat`, `ces` and `solved`.
        flags: What is to be held against it.
    """

    customer: str
    self_selected: bool = False
    stratum: str = ""
    weight: Decimal | None = None
    outcome: InvitationOutcome
    at: datetime
    channel: str = ""
    mode: str = ""
    language: str = ""
    about: FrozenMapping[str, str] = FrozenMapping()
    readings: FrozenMapping[str, Any] = FrozenMapping()
    missing: FrozenMapping[str, str] = FrozenMapping()
    metrics: FrozenMapping[str, int] = FrozenMapping()
    flags: tuple[str, ...] = ()


def tallied(
    campaign: str,
    contacts: Mapping[str, Contacts],
    by: datetime,
    *,
    drawn: Mapping[str, int] | None = None,
) -> Response:
    """
    Count what came of a campaign up to an instant.

    Args:
        campaign: Its id.
        contacts: Customer → contacts, as folded; of everybody who may have been invited.
        by: The instant.
        drawn: Stratum → how many may be invited by now.
    """
    found: dict[str, list[InvitationOutcome | None]] = {code: [] for code in drawn or {}}
    for state in contacts.values():
        held = state.invitations.get(campaign)
        if held is not None and held.invited.at <= by:
            found.setdefault(held.invited.stratum, []).append(held.outcome(by))
    strata = tuple(
        StratumResponse(stratum=code, drawn=(drawn or {}).get(code, 0), **_counts(outcomes))
        for code, outcomes in found.items()
    )
    everything = [outcome for outcomes in found.values() for outcome in outcomes]
    return Response(
        campaign=campaign,
        drawn=sum((drawn or {}).values()),
        strata=strata,
        volunteered=sum(
            campaign in state.volunteered and state.volunteered[campaign].at <= by
            for state in contacts.values()
        ),
        **_counts(everything),
    )


def _counts(outcomes: Iterable[InvitationOutcome | None]) -> dict[str, Any]:
    held = list(outcomes)
    ended = [outcome for outcome in held if outcome is not None]
    return {
        "invited": len(held),
        "open": len(held) - len(ended),
        "outcomes": counted(ended),
    }


def quota_statuses(plan: SamplingPlan, response: Response) -> tuple[QuotaStatus, ...]:
    """Return how full the quotas of a plan are."""
    complete = dict[str, int]()
    for held in response.strata:
        for row in plan.quotas(held.stratum) if held.stratum else ():
            complete[row.code] = complete.get(row.code, 0) + held.outcomes["complete"]
    return tuple(
        QuotaStatus(
            quota=row.code,
            title=row.title,
            complete=complete.get(row.code, 0),
            most=row.most,
            hard=row.hard,
        )
        for row in plan.table.quota
    )


def answer_rows(
    campaign: str,
    contacts: Mapping[str, Contacts],
    by: datetime,
    *,
    weights: Mapping[str, Decimal | None] | None = None,
) -> Iterator[AnswerRow]:
    """
    Yield the answers to a campaign up to an instant, those of volunteers marked.

    What was found invalid is left out; how often that was is told by `tallied`.

    Args:
        campaign: Its id.
        contacts: Customer → contacts, as folded.
        by: The instant.
        weights: Stratum → base weight by now.
    """
    for customer, state in contacts.items():
        held = state.invitations.get(campaign)
        last = None if held is None else held.last(by)
        if held is not None and isinstance(last, Answered) and last.outcome in _USED:
            stratum = held.invited.stratum
            yield _row(
                customer,
                last,
                about=held.invited.about,
                stratum=stratum,
                weight=(weights or {}).get(stratum),
            )
        told = state.volunteered.get(campaign)
        if told is not None and told.at <= by and told.outcome in _USED:
            yield _row(customer, told, about=told.about, self_selected=True)


def _row(customer: str, held: Answered, **more: Any) -> AnswerRow:
    names = ("outcome", "at", "channel", "mode", "language", "readings", "missing", "metrics")
    told = {name: getattr(held, name) for name in names}
    return AnswerRow(customer=customer, flags=held.flags, **told, **more)
