"""The rule `satisfaction.sample`: whom of a frame to ask, the same whoever draws it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import accumulate
from math import ceil
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.unknown import UNKNOWN
from bankservice.satisfaction.campaigns.frame import (
    Framed,
    Sampled,
    SampleFacts,
    SampleFlag,
    StratumDrawn,
    frame_digest,
)
from bankservice.satisfaction.campaigns.kind import SAMPLING_PLAN
from bankservice.satisfaction.campaigns.plan import NOT_KNOWN, SamplingPlan
from bankservice.satisfaction.campaigns.waiting import near
from bankservice.satisfaction.model import told
from bankservice.satisfaction.policy import SHELF
from bankservice.satisfaction.sampling.draw import draw
from bankservice.satisfaction.sampling.sizes import SampleSizeFacts, invitations_for, sample_size
from bankservice.satisfaction.sampling.spreading import largest_remainder, shares_of
from bankservice.satisfaction.sampling.strata import AllocationFacts, Stratum, allocation

__all__ = ["CONTACT_UNKNOWN", "COOLING_DOWN", "OPTED_OUT", "allocated", "sample"]

OPTED_OUT: Final = "opted-out"
COOLING_DOWN: Final = "cooling-down"
CONTACT_UNKNOWN: Final = "contact-unknown"
"""Reasons for which somebody is not drawn, beside the exclusions of the plan."""

DRAWN: Final = Says("SAMPLE_DRAWN", ("invited", "eligible", "n"))
NOBODY: Final = Says("SAMPLE_NOBODY", ("frame",))
WANTED: Final = Says("sample-wanted", ("wanted", "eligible"))
EXCLUDED: Final = Says("sample-excluded", ("count", "reason"))
BY_STRATUM: Final = Says("sample-stratum", ("stratum", "size", "answers", "drawn"))
SHORT: Final = Says("sample-short", ("stratum", "size", "wanted"))


def allocated(
    plan: SamplingPlan, sizes: Mapping[str, int], n: int | None = None
) -> tuple[StratumDrawn, ...]:
    """
    Return what is drawn of strata of known sizes, in the order of the plan.

    Args:
        plan: The plan.
        sizes: Stratum → how many of it may be asked.
        n: Answers wanted; as the plan says where left out.

    Raises:
        FaultsError: If the minimum asks for more answers than are wanted.
    """
    codes = plan.order(code for code, size in sizes.items() if size)
    if not codes:
        return ()
    table, rows = plan.table, {code: plan.expected(code) for code in codes}
    spread = table.method in ("neyman", "cost")
    facts = AllocationFacts(
        strata=tuple(
            Stratum(
                size=sizes[code],
                spread=rows[code].spread if spread else None,
                cost=rows[code].cost if table.method == "cost" else None,
                name=code,
            )
            for code in codes
        ),
        n=_wanted(plan, sum(sizes.values()), n),
        method=table.method,
        minimum=table.minimum,
        small_strata="whole",
    )
    answers = allocation.evaluate(facts, None, None).counts
    asked = [
        invitations_for(count, rows[code].response or table.response)
        for code, count in zip(codes, answers, strict=True)
    ]
    drawn = [min(count, sizes[code]) for code, count in zip(codes, asked, strict=True)]
    left = [sizes[code] - count for code, count in zip(codes, drawn, strict=True)]
    reserves = _reserves(plan, drawn, left)
    return tuple(
        StratumDrawn(
            stratum=code,
            bands=FrozenMapping(plan.bands(code)),
            size=sizes[code],
            answers=answers[place],
            drawn=drawn[place],
            reserve=tuple(batch[place] for batch in reserves),
            weight=told(sizes[code] / drawn[place]) if drawn[place] else None,
            short=asked[place] > sizes[code],
        )
        for place, code in enumerate(codes)
    )


def _wanted(plan: SamplingPlan, population: int, n: int | None) -> int:
    size = plan.table.size
    if n is not None or size.n is not None:
        return n or size.n or 0
    assert size.margin is not None, "a plan has a number or a margin"
    facts = SampleSizeFacts(
        margin=size.margin,
        share=size.share,
        confidence=size.confidence,
        population=population,
        design_effect=size.design_effect,
    )
    return sample_size.evaluate(facts, None, None).n


def _reserves(
    plan: SamplingPlan, drawn: Sequence[int], left: Sequence[int]
) -> tuple[tuple[int, ...], ...]:
    """Return how many each reserve batch holds of each stratum, as long as there is anybody."""
    reserve, left = plan.table.reserve, list(left)
    if reserve is None:
        return ()
    if reserve.share is not None:
        size = [ceil(count * Fraction(reserve.share)) for count in drawn]
    else:
        size = list(largest_remainder(shares_of(reserve.number or 0, drawn)))
    batches = []
    for _ in range(reserve.batches):
        batch = tuple(min(count, rest) for count, rest in zip(size, left, strict=True))
        if not any(batch):
            break
        left = [rest - count for count, rest in zip(batch, left, strict=True)]
        batches.append(batch)
    return tuple(batches)


def _sample(facts: SampleFacts, plan: SamplingPlan, trace: Trace | None) -> Sampled:
    """
    Draw a sample of a frame: strata, allocation, who is invited first and who is held in reserve.

    The sampling plan in force on `on` applies. Who opted out, is cooling down from an invitation of
    whatever programme, or is excluded by the plan is not drawn, and is counted by the first reason;
    where a customer's contacts are unknown, neither. A customer of whom a fact is unknown, or in no
    band, is in a stratum of its own; nobody is dropped for it. Answers are spread over the strata,
    as many are drawn as it takes to get them, and the draw orders ids by a digest of the seed: the
    same seed, frame and plan give the same sample, however the frame is ordered and whoever draws.
    Those drawn are the only ones whose answers stand for all; the base weight of each is what its
    stratum holds over what is drawn of it.

    Raises:
        FaultsError: If a customer comes twice, an exclusion is not of the plan, a fact is not of
            the kind its dimension wants, or the minimum asks for more than is wanted.

    Source:
        W. G. Cochran, "Sampling techniques" (1977); the dimensions of the shipped plan
        are those of the source texts, S2.3.

    Examples:
        >>> from bankservice.satisfaction import sample
        >>> frame = [
        ...     {"customer": f"c{n}", "facts": {"age": 20 + n, "occupation": "employed"}}
        ...     for n in range(40)
        ... ]
        >>> drawn = sample(
        ...     "retail-sampling-shape", frame=frame, seed="2026-H2", on="2026-11-22", n=12
        ... ).outcome
        >>> [(held.stratum, held.size, held.answers) for held in drawn.strata][:2]
        [('18-34/employed/unknown', 15, 5), ('35-54/employed/unknown', 20, 6)]
    """
    plan.check_programme(facts.programme)
    frame, excluded = _eligible(facts, plan)
    sizes = {code: len(ids) for code, ids in frame.items()}
    strata = allocated(plan, sizes, facts.n)
    eligible = sum(sizes.values())
    outcome = Sampled(
        on=facts.on,
        seed=facts.seed,
        programme=facts.programme,
        wanted=_wanted(plan, eligible, facts.n) if eligible else facts.n or plan.table.size.n or 0,
        n=sum(held.answers for held in strata),
        invited=sum(held.drawn for held in strata),
        frame=len(facts.frame),
        eligible=eligible,
        excluded=FrozenMapping(excluded),
        strata=strata,
        empty=tuple(code for code in plan.strata() if code not in sizes),
        batches=_batches(frame, strata, facts.seed),
        digest=frame_digest(facts.frame),
    )
    outcome = attrs.evolve(outcome, flags=_flags(outcome, plan))
    if trace is not None:
        _tell(outcome, plan, trace)
    return outcome


def _eligible(
    facts: SampleFacts, plan: SamplingPlan
) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Return stratum → ids of those who may be asked, and how many may not, by why."""
    frame: dict[str, list[str]] = {}
    why: Counter[str] = Counter()
    faults: list[Fault] = []
    for place, row in enumerate(facts.frame):
        path = f"frame[{place}]"
        if row.excluded_for and row.excluded_for not in plan.exclusions:
            near = near_names(row.excluded_for, plan.exclusions)
            wanted = "the code of an exclusion of the plan"
            faults.append(Fault(f"{path}.excluded_for", repr(row.excluded_for), wanted, near))
            continue
        try:
            stratum = plan.stratum_of(row.facts)
        except FaultsError as error:
            faults += (attrs.evolve(held, path=f"{path}.{held.path}") for held in error.faults)
            continue
        reason = _reason(row, facts.on, plan)
        if reason:
            why[reason] += 1
        else:
            frame.setdefault(stratum, []).append(row.customer)
    if faults:
        raise FaultsError("a frame", tuple(faults))
    order = (*plan.exclusions, OPTED_OUT, COOLING_DOWN, CONTACT_UNKNOWN)
    return frame, {code: why[code] for code in order if why[code]}


def _reason(row: Framed, on: date, plan: SamplingPlan) -> str:
    """Return the first reason for which a customer is not drawn; empty where there is none."""
    if row.excluded_for:
        return row.excluded_for
    if row.opted_out is True:
        return OPTED_OUT
    last = row.last_invited_on
    if isinstance(last, date) and near(last, on, plan.table.contact.cool_down):
        return COOLING_DOWN
    return CONTACT_UNKNOWN if UNKNOWN in (row.opted_out, last) else ""


def _batches(
    frame: Mapping[str, Iterable[str]], strata: Sequence[StratumDrawn], seed: str
) -> tuple[FrozenMapping[str, tuple[str, ...]], ...]:
    """Return who is drawn, cut into batches: one draw of all of them, so that they nest."""
    whole = {held.stratum: held.drawn + sum(held.reserve) for held in strata}
    ordered = draw(frame, whole, seed)
    cuts = {held.stratum: (0, *accumulate((held.drawn, *held.reserve))) for held in strata}
    count = max((len(held.reserve) for held in strata), default=0) + (1 if strata else 0)
    return tuple(
        FrozenMapping(
            {
                code: ids
                for code, edges in cuts.items()
                if (ids := ordered[code][edges[batch] : edges[batch + 1]])
            }
        )
        for batch in range(count)
    )


def _flags(outcome: Sampled, plan: SamplingPlan) -> tuple[SampleFlag, ...]:
    held = {
        SampleFlag.NOBODY: not outcome.eligible,
        SampleFlag.CENSUS: outcome.n < outcome.wanted and outcome.eligible > 0,
        SampleFlag.SHORT: any(stratum.short for stratum in outcome.strata),
        SampleFlag.SMALL_STRATUM: any(s.size < plan.table.minimum for s in outcome.strata),
        SampleFlag.UNKNOWN_STRATUM: any(NOT_KNOWN in s.bands.values() for s in outcome.strata),
    }
    return tuple(flag for flag in SampleFlag if held[flag])


def _tell(outcome: Sampled, plan: SamplingPlan, trace: Trace) -> None:
    for code, count in outcome.excluded.items():
        trace.check(EXCLUDED(count=count, reason=plan.exclusions.get(code, code)), True)
    trace.check(WANTED(wanted=outcome.wanted, eligible=outcome.eligible), outcome.eligible > 0)
    for held in outcome.strata:
        named = plan.title(held.stratum)
        reason = BY_STRATUM(stratum=named, size=held.size, answers=held.answers, drawn=held.drawn)
        trace.check(reason, True)
        if held.short:
            wanted = plan.expected(held.stratum).response or plan.table.response
            needed = invitations_for(held.answers, wanted)
            trace.check(
                SHORT(stratum=named, size=held.size, wanted=needed), False, short=needed - held.size
            )


def _headline(facts: SampleFacts, plan: SamplingPlan, outcome: Sampled) -> Reason:
    if not outcome.eligible:
        return NOBODY(frame=outcome.frame)
    return DRAWN(invited=outcome.invited, eligible=outcome.eligible, n=outcome.n)


sample: Final[Rule[SampleFacts, SamplingPlan, Sampled]] = Rule(
    id="satisfaction.sample",
    facts=SampleFacts,
    outcome=Sampled,
    evaluate=_sample,
    headline=_headline,
    says=(DRAWN, NOBODY, WANTED, EXCLUDED, BY_STRATUM, SHORT),
    package="bankservice.satisfaction",
    kind=SAMPLING_PLAN,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)
"""The rule `satisfaction.sample`."""
