"""
How rules of lifecycle are tried under another policy, and asked again from the record.

*Stages* are asked of every customer on one day, from the days the record keeps. Of an act it keeps
what it did to its day (business, or a clock that begins again), not what kind it was. So a policy
that reads acts otherwise, by another table of `event` rows, leaves every customer undecided; give
the acts themselves as a book to try one. The rule applies one version to all days, where the record
applied each version to its own: where a policy changed meanwhile, the stage as it is tried may differ
from the one that stands, and the two sides differ by the two policies alone.

*Treatments* are asked once more where something was meant last, with what was meant before it. That
a customer was considered and nothing was due is not kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import reduce
from typing import Any, Final, Literal

from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.core.trial import UNDECIDED, Question, Seen, Told, Trial, Unasked
from bankservice.lifecycle.care.entries import Care, Intended, evolve
from bankservice.lifecycle.care.kind import TreatmentRules
from bankservice.lifecycle.care.model import Treated, TreatmentFacts
from bankservice.lifecycle.care.record import TREATMENT, whole_facts
from bankservice.lifecycle.care.rule import treatments
from bankservice.lifecycle.dormancy.facts import DormancyFacts
from bankservice.lifecycle.dormancy.kind import DormancyLaw
from bankservice.lifecycle.dormancy.model import ACTIVE, AccountDormancy
from bankservice.lifecycle.dormancy.rule import account_dormancy
from bankservice.lifecycle.model import StageReason
from bankservice.lifecycle.prediction.trials import OUTLOOK_TRIALS
from bankservice.lifecycle.stages.entries import Known, Observed, Relationship
from bankservice.lifecycle.stages.kind import FAR, Stages
from bankservice.lifecycle.stages.reading import read_of
from bankservice.lifecycle.stages.record import STANDING
from bankservice.lifecycle.stages.rule import Closure, HeldDays, StageFacts, Stood, stage
from bankservice.lifecycle.stages.telling import TITLES

__all__ = ["TRIALS"]

_NOBODY: Final = "unknown-customer"
_MEANT: Final = "meant"
_NOTHING: Final = "nothing"

_STOOD: Final = {
    **{held.value: title for held, title in TITLES.items()},
    _NOBODY: Title(en="not a customer yet", zh="尚未建立关系"),
}
_TREATED: Final = {
    _MEANT: Title(en="something is meant", zh="有拟采取的措施"),
    _NOTHING: Title(en="nothing is meant", zh="无拟采取的措施"),
}
_UNHELD: Final = Title(en="active", zh="正常")
_CLOSED: Final[Mapping[StageReason, Literal["closed", "deceased", "exited"]]] = {
    StageReason.CLOSED: "closed",
    StageReason.DECEASED: "deceased",
    StageReason.EXITED: "exited",
}


# -- stages -----------------------------------------------------------------------------------


def _stood(facts: StageFacts, stages: Stages, outcome: Stood) -> Seen:
    if outcome.stage is None:
        return Seen(UNDECIDED if outcome.unknown else _NOBODY)
    coming = None if outcome.next is None else outcome.next.on
    return Seen(outcome.stage.value, FrozenMapping({"since": outcome.since, "next": coming}))


def _stages_of(told: Told[Relationship]) -> Iterator[Question[StageFacts] | Unasked]:
    """Yield where a customer stands on the day asked, from what the record keeps."""
    ref = f"{STANDING.kind}/{told.subject}@{told.events[-1][0]}"
    last = told.events[-1][2].version
    if told.policy and (last is None or last["policy"] != told.policy):
        return
    if any(erased and isinstance(event, Known) for _, erased, event in told.events):
        yield Unasked(told.subject, "erased", ref)
        return
    read_by = _read_by(told)
    if len(read_by) > 1 or None in read_by:
        why = "policy-missing" if None in read_by else "acts-not-kept"
        yield Unasked(told.subject, why, ref)
        return
    state, on = told.state, told.on or _last_day(told)
    dossier = state.dossier.until(on.toordinal())
    facts = StageFacts(
        as_of=on,
        known_on=date.fromordinal(dossier.known) if dossier.known else None,
        closures=tuple(
            Closure(on=date.fromordinal(day), reason=_CLOSED[reason])
            for day, reason in dossier.closures
        ),
        holds=tuple(
            HeldDays(
                kind=held.kind,
                on=date.fromordinal(held.start),
                until=None if held.end >= FAR else date.fromordinal(held.end),
            )
            for held in dossier.holds
        ),
        customer=state.customer,
        read=read_of(dossier, next(iter(read_by), "") or ""),
    )
    yield Question(told.subject, facts, ref)


def _read_by(told: Told[Relationship]) -> set[str | None]:
    """Return how acts were read, by name; None among them for a version that was not kept."""
    found = set[str | None]()
    for _, _, event in told.events:
        if not isinstance(event, Observed) or not event.days:
            continue
        refs = [ref for ref in (event.version, *event.older) if ref is not None]
        for ref in {_in_force(refs, on.isoformat()) for on, _ in event.days}:
            version = told.find(ref["policy"], ref["digest"])
            found.add(None if version is None else version.parameters.read_by)
    return found


def _in_force(refs: Sequence[Mapping[str, str]], on: str) -> Mapping[str, str]:
    """Return which of the versions an entry names was in force on a day."""
    before = [ref for ref in refs if ref["since"] <= on]
    return max(before or refs, key=lambda ref: ref["since"])


def _last_day(told: Told[Relationship]) -> date:
    """Return the last day of which the record says anything."""
    state = told.state
    beside = (state.dossier.products, state.dossier.closures)
    days = [day for pairs in beside for day, _ in pairs]
    days += [state.dossier.known, state.dossier.last, *(change.day for change in state.said)]
    days += [event.on.toordinal() for _, _, event in told.events if hasattr(event, "on")]
    return date.fromordinal(max(days))


# -- accounts ---------------------------------------------------------------------------------


def _dormant(facts: DormancyFacts, law: DormancyLaw, outcome: AccountDormancy) -> Seen:
    coming = None if outcome.next is None else outcome.next.on
    days = {"on": outcome.on, "next": coming, "deadline": outcome.deadline}
    return Seen(outcome.status or UNDECIDED, FrozenMapping(days))


def _status_title(law: DormancyLaw, place: str) -> Title | None:
    titles = {ACTIVE: _UNHELD, **{row.code: row.title for row in law.statuses}}
    return titles.get(place)


# -- treatments -------------------------------------------------------------------------------


def _treated(facts: TreatmentFacts, rules: TreatmentRules, outcome: Treated) -> Seen:
    place = _MEANT if outcome.due else UNDECIDED if outcome.unknown else _NOTHING
    return Seen(
        place,
        FrozenMapping({f"due_by:{due.treatment}": due.due_by for due in outcome.due}),
        FrozenMapping({f"meant:{due.treatment}": 1 for due in outcome.due}),
    )


def _treatments_of(told: Told[Care]) -> Iterator[Question[TreatmentFacts] | Unasked]:
    """Yield what was decided last: on the facts stated then, and what had been meant before."""
    meant = [
        (place, version, erased, event)
        for place, (version, erased, event) in enumerate(told.events)
        if isinstance(event, Intended)
        and (not told.policy or event.version["policy"] == told.policy)
        and (told.on is None or event.on <= told.on)
    ]
    if not meant:
        return
    place, version, erased, event = meant[-1]
    ref = f"{TREATMENT.kind}/{told.subject}@{version}"
    if erased or event.facts is None:
        yield Unasked(told.subject, "erased", ref)
        return
    before = (held for _, _, held in told.events[: place - event.part])
    state: Care = reduce(evolve, before, TREATMENT.initial)
    yield Question(told.subject, whole_facts(state, event.facts), ref)


TRIALS: Final[tuple[Trial[Any, Any, Any], ...]] = (
    Trial(
        rule=stage,
        seen=_stood,
        title=lambda stages, place: _STOOD.get(place),
        record=STANDING,
        asked=_stages_of,
    ),
    Trial(rule=account_dormancy, seen=_dormant, title=_status_title),
    Trial(
        rule=treatments,
        seen=_treated,
        title=lambda rules, place: _TREATED.get(place),
        record=TREATMENT,
        asked=_treatments_of,
    ),
    *OUTLOOK_TRIALS,
)
"""The rules of this domain as they are tried."""
