"""The rule of allocation: how many of each stratum to ask."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from math import fsum, sqrt
from typing import Final, Literal

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.special import rounded
from bankservice.satisfaction.model import count_faults, told
from bankservice.satisfaction.sampling.spreading import largest_remainder, shares_of, spread

__all__ = ["Allocation", "AllocationFacts", "AllocationFlag", "Stratum", "allocation"]

ALLOCATED: Final = Says("ALLOCATED", ("n", "strata"))
STRATUM: Final = Says("allocation-stratum", ("stratum", "size", "share", "count"))
CAPPED: Final = Says("allocation-capped", ("stratum", "size"))
RAISED: Final = Says("allocation-raised", ("stratum", "minimum"))
NO_SPREAD: Final = Says("allocation-no-spread")
CENSUS: Final = Says("allocation-census", ("n", "population"))

_DIGITS: Final = 6
"""Digits of a share as a sentence tells it."""

Method = Literal["proportional", "neyman", "power", "cost"]


class AllocationFlag(Enum):
    """What is to be held against an allocation."""

    CENSUS = "census"
    NO_SPREAD = "no-spread"
    CAPPED = "capped"
    MINIMUM = "minimum"
    EMPTY_STRATUM = "empty-stratum"
    LEFT_OUT = "left-out"


@attrs.frozen(kw_only=True)
class Stratum:
    """
    A part of the frame that is drawn from by itself.

    Attributes:
        size: How many are in it.
        spread: Standard deviation of one answer in it, 0 or more; for an NPS the root of the
            variance of answers scored -1, 0, 1.
        cost: What one answer costs in it, above 0, in any one unit.
        name: What it is called in explanations; its place where nothing is stated.
    """

    size: int
    spread: Decimal | None = None
    cost: Decimal | None = None
    name: str = ""


@attrs.frozen(kw_only=True)
class AllocationFacts:
    """
    What is to be spread over which strata.

    Attributes:
        strata: The strata, each of the frame's people in one of them.
        n: How many to draw of all; where there are fewer, everybody is.
        method: `proportional` to the sizes; `neyman`, by size and spread; `power`, by the root of
            the size; `cost`, by size and spread over the root of the cost.
        minimum: The least to draw of each stratum.
        small_strata: What becomes of a stratum smaller than the minimum: `refused`, or taken
            `whole`.
    """

    strata: tuple[Stratum, ...]
    n: int
    method: Method = "proportional"
    minimum: int = 0
    small_strata: Literal["refused", "whole"] = "refused"

    def __attrs_post_init__(self) -> None:
        faults = [*_faults(self)]
        if not faults:
            faults = [*_infeasible(self)]
        if faults:
            raise FaultsError("what is to be allocated", tuple(faults))


def _faults(facts: AllocationFacts) -> Iterator[Fault]:
    if not facts.strata:
        yield Fault("strata", "no stratum", "one or more")
    yield from count_faults("n", facts.n)
    yield from count_faults("minimum", facts.minimum)
    for place, stratum in enumerate(facts.strata):
        path = f"strata[{place}]"
        yield from count_faults(f"{path}.size", stratum.size)
        if stratum.spread is not None and stratum.spread < 0:
            yield Fault(f"{path}.spread", f"the number {stratum.spread}", "0 or more")
        if stratum.cost is not None and stratum.cost <= 0:
            yield Fault(f"{path}.cost", f"the number {stratum.cost}", "a number above 0")
        if facts.method in ("neyman", "cost") and stratum.spread is None:
            yield Fault(f"{path}.spread", "nothing", f"a spread, by which {facts.method} allocates")
        if facts.method == "cost" and stratum.cost is None:
            yield Fault(f"{path}.cost", "nothing", "a cost, by which cost allocates")


def _infeasible(facts: AllocationFacts) -> Iterator[Fault]:
    if facts.small_strata == "refused":
        for place, stratum in enumerate(facts.strata):
            if stratum.size < facts.minimum:
                yield Fault(
                    f"strata[{place}].size",
                    f"int {stratum.size}",
                    f"at least the minimum of {facts.minimum}; collapse it with another stratum, "
                    "lower the minimum, or let small strata be taken whole",
                )
    asked = min(facts.n, sum(stratum.size for stratum in facts.strata))
    least = sum(_least(facts))
    if least > asked:
        wanted = f"a minimum whose sum over the strata, {least}, is at most {asked}"
        yield Fault("minimum", f"int {facts.minimum}", wanted)


def _least(facts: AllocationFacts) -> list[int]:
    return [min(facts.minimum, stratum.size) for stratum in facts.strata]


@attrs.frozen(kw_only=True)
class Allocation:
    """
    How many of each stratum are drawn.

    Attributes:
        counts: Of each stratum, in the order of the facts; their sum is `n`.
        n: How many are drawn of all.
        raw: What the method gives each stratum before any bound, to fourteen digits.
        bounded: What is left of it within the minimum and the sizes, before rounding, to fourteen
            digits.
        variance: Of the mean over all that `bounded` promises, without the correction for the
            population; None where a spread is not stated, or a stratum that has one gets nobody.
        variance_finite: With that correction.
        variance_drawn: With that correction, of the whole numbers drawn.
        flags: What was done beyond the method: `census`, `no-spread`, `capped`, `minimum`,
            `empty-stratum`, `left-out` where a stratum with people in it gets nobody.
    """

    counts: tuple[int, ...]
    n: int
    raw: tuple[Decimal, ...]
    bounded: tuple[Decimal, ...]
    variance: Decimal | None
    variance_finite: Decimal | None
    variance_drawn: Decimal | None
    flags: tuple[AllocationFlag, ...] = ()


def _allocation(facts: AllocationFacts, parameters: None, trace: Trace | None) -> Allocation:
    """
    Spread a sample over strata.

    No stratum gets more than it has, nor less than the minimum; what such a bound takes or gives is
    spread over the others as the method does. Then whole numbers are made of it by the largest
    remainder, of equal ones the first. Where no stratum has any spread, Neyman's allocation is the
    proportional one.

    Raises:
        FaultsError: If there is no stratum, a number is below its bound, the method lacks a spread
            or cost, or the minimum asks for more than there is.

    Source:
        W. G. Cochran, "Sampling techniques" (1977); M. D. Bankier, "Power
        allocations" (1988).

    Examples:
        >>> from bankservice.satisfaction import allocation
        >>> strata = [
        ...     {"size": 5000, "spread": "0.6"},
        ...     {"size": 3000, "spread": "0.8"},
        ...     {"size": 2000, "spread": "1.1"},
        ... ]
        >>> allocation(strata=strata, n=400).outcome.counts
        (200, 120, 80)
        >>> allocation(strata=strata, n=400, method="neyman").outcome.counts
        (158, 126, 116)
    """
    sizes = [stratum.size for stratum in facts.strata]
    population = sum(sizes)
    n = min(facts.n, population)
    weights = [_weight(stratum, facts.method) for stratum in facts.strata]
    by_size = not any(weights)
    if by_size:
        weights = [Fraction(size) for size in sizes]
    raw = shares_of(n, weights) if population else (Fraction(),) * len(sizes)
    bounded = spread(n, weights, _least(facts), sizes)
    counts = largest_remainder(bounded)
    flags = [*_flags(facts, raw, counts)]
    spreadless = by_size and population > 0
    if spreadless:
        flags.append(AllocationFlag.NO_SPREAD)
    outcome = Allocation(
        counts=counts,
        n=n,
        raw=tuple(told(float(part)) for part in raw),
        bounded=tuple(told(float(part)) for part in bounded),
        variance=_variance(facts.strata, bounded, finite=False),
        variance_finite=_variance(facts.strata, bounded, finite=True),
        variance_drawn=_variance(facts.strata, counts, finite=True),
        flags=tuple(flag for flag in AllocationFlag if flag in flags),
    )
    if trace is not None:
        _tell(facts, outcome, trace)
    return outcome


def _weight(stratum: Stratum, method: Method) -> Fraction:
    if method == "proportional":
        return Fraction(stratum.size)
    if method == "power":
        return Fraction(sqrt(stratum.size))
    spreading = stratum.size * Fraction(stratum.spread or 0)
    if method == "neyman":
        return spreading
    assert stratum.cost is not None, "the facts hold the costs"
    return spreading / Fraction(sqrt(stratum.cost))


def _flags(
    facts: AllocationFacts, raw: tuple[Fraction, ...], counts: tuple[int, ...]
) -> Iterator[AllocationFlag]:
    if facts.n > sum(counts):
        yield AllocationFlag.CENSUS
    for stratum, wanted, count in zip(facts.strata, raw, counts, strict=True):
        if wanted > stratum.size:
            yield AllocationFlag.CAPPED
        if wanted < min(facts.minimum, stratum.size):
            yield AllocationFlag.MINIMUM
        if not stratum.size:
            yield AllocationFlag.EMPTY_STRATUM
        elif not count:
            yield AllocationFlag.LEFT_OUT


def _variance(
    strata: tuple[Stratum, ...], parts: tuple[Fraction | int, ...], *, finite: bool
) -> Decimal | None:
    """Return the variance of the stratified mean; None where there is none to tell."""
    population = sum(stratum.size for stratum in strata)
    terms: list[float] = []
    for stratum, part in zip(strata, parts, strict=True):
        if not stratum.size:
            continue
        if stratum.spread is None or (stratum.spread and not part):
            return None
        if stratum.spread:
            share = stratum.size / population
            left = 1 - float(Fraction(part) / stratum.size) if finite else 1.0
            terms.append(left * (share * float(stratum.spread)) ** 2 / float(part))
    return told(fsum(terms)) if population else None


def _tell(facts: AllocationFacts, outcome: Allocation, trace: Trace) -> None:
    population = sum(stratum.size for stratum in facts.strata)
    if facts.n > outcome.n:
        trace.check(CENSUS(n=facts.n, population=population), True)
    if AllocationFlag.NO_SPREAD in outcome.flags:
        trace.check(NO_SPREAD(), True)
    rows = zip(facts.strata, outcome.raw, outcome.counts, strict=True)
    for place, (stratum, raw, count) in enumerate(rows, start=1):
        name = stratum.name or str(place)
        share = rounded(float(raw), _DIGITS)
        trace.check(STRATUM(stratum=name, size=stratum.size, share=share, count=count), True)
        if raw > stratum.size:
            trace.check(CAPPED(stratum=name, size=stratum.size), True)
        if raw < min(facts.minimum, stratum.size):
            trace.check(RAISED(stratum=name, minimum=facts.minimum), True)


def _headline(facts: AllocationFacts, parameters: None, outcome: Allocation) -> Reason:
    return ALLOCATED(n=outcome.n, strata=len(facts.strata))


allocation: Final[Rule[AllocationFacts, None, Allocation]] = Rule(
    id="satisfaction.allocation",
    facts=AllocationFacts,
    outcome=Allocation,
    evaluate=_allocation,
    headline=_headline,
    says=(ALLOCATED, STRATUM, CAPPED, RAISED, NO_SPREAD, CENSUS),
    package="bankservice.satisfaction",
)
