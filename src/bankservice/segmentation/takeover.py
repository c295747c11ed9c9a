"""
Standings asked again: what would hold if a policy took over on a day.

The standing is the one the record knows, the measure the last one it holds, and what another
version does to a tier that is held (`on_change`) is what it really would do. A version other than
the one a standing was assessed under takes over on its own first day where that is the later one,
else on the day asked.

A run of a book writes to a customer's own stream only what somebody would notice. Who was assessed
in such runs has the measure of the last entry, which may be old; who never held a tier has no
record at all. For a whole book the extracts it was assessed from are the better source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import attrs

from bankservice.core.decision import Reason, Rule, Trace
from bankservice.core.desk import ref_json
from bankservice.core.frozen import FrozenMapping
from bankservice.core.hindsight import as_named
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy, Version
from bankservice.core.trial import Question, Told, Unasked
from bankservice.segmentation.entries import Assessed, Member, reread
from bankservice.segmentation.ladder import Ladder
from bankservice.segmentation.measure import Measures, exact
from bankservice.segmentation.model import Standing
from bankservice.segmentation.policy import TIERS
from bankservice.segmentation.record import STANDING, reassess
from bankservice.segmentation.rules import AssessmentFacts, BandFacts, tier_assessment

__all__ = ["TAKEOVER", "HeldFacts", "ask_bands", "ask_standings", "ladder_of"]


@attrs.frozen(kw_only=True)
class HeldFacts(AssessmentFacts):
    """
    An assessment of a standing that the record knows.

    Attributes:
        older: Earlier versions whose terms the standing keeps, beside that of the last assessment.
    """

    older: tuple[Version[Ladder], ...] = attrs.field(default=(), repr=False)

    def __written__(self) -> Any:
        names = (field.name for field in attrs.fields(AssessmentFacts))
        return to_json(AssessmentFacts(**{name: getattr(self, name) for name in names}))


@attrs.frozen
class _Change:
    """The version that decides, and the one the standing was assessed under."""

    version: Version[Ladder]
    was: Version[Ladder]


def ladder_of(parameters: Ladder | _Change) -> Ladder:
    """Return the ladder that decides."""
    return parameters.version.parameters if isinstance(parameters, _Change) else parameters


def _assess(facts: AssessmentFacts, held: Ladder | _Change, trace: Trace | None) -> Standing:
    if isinstance(held, Ladder):
        return tier_assessment.evaluate(facts, held, trace)
    version, was = held.version, held.was
    if version.ref.digest != was.ref.digest and not was.ref.since < version.ref.since <= facts.on:
        ref = attrs.evolve(version.ref, since=facts.on)
        version = attrs.evolve(version, ref=ref)
    older = getattr(facts, "older", ())
    policy = Policy(version.ref.policy, version.kind, version.title, (*older, version, was))
    return reassess(
        Member(facts.standing, version=FrozenMapping(ref_json(was.ref))),
        facts.on,
        exact(facts.measure, version.parameters),
        policy,
        version,
        household=facts.household,
        trace=trace,
    )


def _headline(facts: AssessmentFacts, held: Ladder | _Change, outcome: Standing) -> Reason:
    return tier_assessment.headline(facts, ladder_of(held), outcome)


@attrs.frozen(eq=False)
class _Takeover(Rule[AssessmentFacts, Any, Standing]):
    """The assessment, with the version of the standing beside the one that decides."""

    def parameters(self, versions: tuple[Version[Any], ...]) -> Any:
        """Return the ladder of one version; of two, both."""
        return _Change(*versions) if len(versions) > 1 else Rule.parameters(self, versions)


TAKEOVER: Final = _Takeover(
    id=tier_assessment.id,
    facts=AssessmentFacts,
    outcome=Standing,
    evaluate=_assess,
    headline=_headline,
    says=tier_assessment.says,
    package=tier_assessment.package,
    kind=TIERS,
    day=tier_assessment.day,
    shelf=tier_assessment.shelf,
    beside=TIERS,
)
"""`segmentation.tier-assessment` as it is tried."""


def ask_standings(told: Told[Member]) -> Iterator[Question[AssessmentFacts] | Unasked]:
    """Yield a customer's standing with its last measure, on the day asked."""
    found = _last(told)
    if not isinstance(found, tuple):
        yield from found
        return
    event, on, ref = found
    standing, held = told.state.standing, told.state.version
    assert held is not None, "who was assessed was so under a version"
    was = _found(told, held)
    older = _older(told)
    if was is None or None in older:
        yield Unasked(told.subject, "policy-missing", ref)
        return
    facts = HeldFacts(
        measure=_measures(event),
        on=on,
        standing=standing,
        household=bool(event.household),
        older=tuple(version for version in older if version is not None),
    )
    yield Question(told.subject, facts, ref, was)


def ask_bands(told: Told[Member]) -> Iterator[Question[BandFacts] | Unasked]:
    """Yield a customer's last measure, on the day asked."""
    found = _last(told)
    if not isinstance(found, tuple):
        yield from found
        return
    event, on, ref = found
    yield Question(told.subject, BandFacts(measure=_measures(event), on=on), ref)


def _last(told: Told[Member]) -> tuple[Assessed, date, str] | Iterator[Unasked]:
    """Return the entry with the last measure, the day asked and the entry's name; or why not."""
    held, assessed_on = told.state.version, told.state.standing.assessed_on
    if told.policy and (held is None or held["policy"] != told.policy):
        return iter(())
    entries = [
        (event.on, version, erased, event)
        for version, erased, event in told.events
        if isinstance(event, Assessed)
    ]
    if not entries or held is None or assessed_on is None:
        return iter((Unasked(told.subject, "no-measure", f"{STANDING.kind}/{told.subject}"),))
    # A correction is written late and is about an earlier day.
    _, version, erased, event = max(entries, key=lambda entry: entry[:2])
    ref, on = f"{STANDING.kind}/{told.subject}@{version}", told.on or assessed_on
    why = "erased" if erased else "no-measure" if event.measures is None else ""
    if not why and on < assessed_on:
        why = "out-of-order"
    return iter((Unasked(told.subject, why, ref),)) if why else (event, on, ref)


def _measures(event: Assessed) -> Measures:
    return Measures(FrozenMapping({**reread(event.measures)}))


def _older(told: Told[Member]) -> tuple[Version[Any] | None, ...]:
    """Return the versions whose terms latches keep, as they were kept."""
    kept = {str(latch.terms) for latch in told.state.standing.latches if latch.terms is not None}
    refs = {
        (ref["since"], ref["digest"]): ref
        for _, _, event in told.events
        for ref in getattr(event, "older", ())
        if ref["since"] in kept
    }
    return tuple(_found(told, refs[key]) for key in sorted(refs))


def _found(told: Told[Member], ref: Mapping[str, str]) -> Version[Any] | None:
    version = told.find(ref["policy"], ref["digest"])
    return None if version is None else as_named(version, ref)
