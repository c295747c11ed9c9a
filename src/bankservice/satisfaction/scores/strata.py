"""The rule of stratified scores: a net promoter score of strata, each weighed by its size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import fsum, sqrt
from typing import Final, Literal

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.satisfaction.model import count_faults, told
from bankservice.satisfaction.scores.answered import (
    FLAGGED,
    ScoreFlag,
    base_flags,
    in_order,
    shown,
)
from bankservice.satisfaction.scores.intervals import (
    CONFIDENCE,
    Net,
    NetMethod,
    confidence_faults,
    net_interval,
)
from bankservice.satisfaction.scores.promoters import counted_classes
from bankservice.satisfaction.scores.tally import spread

__all__ = [
    "ScoredStratum",
    "StratifiedNps",
    "StratifiedNpsFacts",
    "StratumScore",
    "stratified_nps",
]

PACKAGE: Final = "bankservice.satisfaction"

SCORED: Final = Says("STRATIFIED_SCORE", ("score", "low", "high", "percent", "base", "strata"))
UNSURE: Final = Says("STRATIFIED_NO_INTERVAL", ("score", "base"))
NONE: Final = Says("STRATIFIED_NONE")
STRATUM: Final = Says("stratum-score", ("stratum", "score", "base", "size", "percent"))
JOINED: Final = Says("stratum-collapsed", ("stratum",))


@attrs.frozen(kw_only=True)
class ScoredStratum:
    """
    The answers of one stratum of customers.

    Attributes:
        name: What it is called; its place in the list where left out.
        size: Customers in the stratum, whether asked or not.
        promoters: Answers 9 and 10.
        passives: Answers 7 and 8.
        detractors: Answers 0 to 6.
    """

    name: str = ""
    size: int
    promoters: int
    passives: int
    detractors: int

    @property
    def base(self) -> int:
        """Answers."""
        return self.promoters + self.passives + self.detractors


@attrs.frozen(kw_only=True)
class StratifiedNpsFacts:
    """
    Answers of strata that were sampled each for itself.

    Attributes:
        strata: The strata; together they are all customers.
        finite: Whether the parts of the strata that answered make the error smaller, as they do
            where the score is of these customers and no others.
        single: What is done with a stratum of fewer than two answers, which tells no variance: it
            is refused (`refuse`) or joined with the next one (`collapse`).
        confidence: How sure the interval is, between 0 and 1.
    """

    strata: tuple[ScoredStratum, ...]
    finite: bool = True
    single: Literal["refuse", "collapse"] = "refuse"
    confidence: Decimal = CONFIDENCE

    def __attrs_post_init__(self) -> None:
        faults = [*self._faults()]
        faults.extend(confidence_faults(self.confidence))
        if faults:
            raise FaultsError("strata", tuple(faults))

    def _faults(self) -> Iterator[Fault]:
        if not self.strata:
            yield Fault("strata", "an empty list", "at least one stratum")
        answered = any(stratum.base for stratum in self.strata)
        for place, stratum in enumerate(self.strata):
            path = f"strata[{place}]"
            for name in ("size", "promoters", "passives", "detractors"):
                yield from count_faults(f"{path}.{name}", getattr(stratum, name))
            if 0 <= stratum.size < stratum.base:
                wanted = f"at least {stratum.base}, the answers"
                yield Fault(f"{path}.size", str(stratum.size), wanted)
            if answered and self.single == "refuse" and _cannot_tell(stratum, finite=self.finite):
                got = f"{stratum.base} answers of {stratum.size} customers"
                yield Fault(path, got, 'at least two answers; or else `single = "collapse"`')


@attrs.frozen(kw_only=True)
class StratumScore:
    """
    The score of one stratum.

    Attributes:
        stratum: Its name; those of joined strata with a plus sign between them.
        size: Customers in it.
        base: Answers.
        share: Part of all customers, by which its score counts.
        score: In points; None over nobody.
        variance: Of one answer that counts -1, 0 or 1; None over nobody.
    """

    stratum: str
    size: int
    base: int
    share: Decimal
    score: Decimal | None = None
    variance: Decimal | None = None


@attrs.frozen(kw_only=True)
class StratifiedNps:
    """
    A net promoter score of all customers, from strata; points go from -100 to 100.

    Attributes:
        score: Each stratum weighed by its size, in points; None over nobody.
        low: Lower end of the interval, in points, not below -100; None where nothing tells it.
        high: Upper end of the interval, in points, not above 100.
        standard_error: What the interval rests on, in points.
        uncorrected: Standard error without the correction for finite strata, in points; None where
            a stratum of one was asked whole.
        base: Answers.
        strata: Scores of the strata as they were reckoned with.
        confidence: How sure the interval is.
        flags: What to mind.
    """

    score: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    standard_error: Decimal | None = None
    uncorrected: Decimal | None = None
    base: int
    strata: tuple[StratumScore, ...] = ()
    confidence: Decimal
    flags: tuple[ScoreFlag, ...] = ()


def _cannot_tell(stratum: ScoredStratum, *, finite: bool) -> bool:
    """Return whether nothing tells the variance of a stratum."""
    whole = finite and stratum.base == stratum.size
    return stratum.size > 0 and stratum.base < 2 and not whole


def _collapsed(strata: Sequence[ScoredStratum], *, finite: bool) -> tuple[ScoredStratum, ...]:
    """Return the strata, those that cannot tell joined with the next, the last with the one before."""
    held: list[ScoredStratum] = []
    for stratum in strata:
        if held and _cannot_tell(held[-1], finite=finite):
            held[-1] = _joined(held[-1], stratum)
        else:
            held.append(stratum)
    while len(held) > 1 and _cannot_tell(held[-1], finite=finite):
        last = held.pop()
        held[-1] = _joined(held[-1], last)
    return tuple(held)


def _joined(one: ScoredStratum, other: ScoredStratum) -> ScoredStratum:
    return ScoredStratum(
        name=f"{one.name}+{other.name}",
        size=one.size + other.size,
        promoters=one.promoters + other.promoters,
        passives=one.passives + other.passives,
        detractors=one.detractors + other.detractors,
    )


def _stratified_nps(
    facts: StratifiedNpsFacts, parameters: None, trace: Trace | None
) -> StratifiedNps:
    """
    Score strata of customers that were sampled each for itself, each weighed by its size.

    A stratum that was asked more than its part, such as wealthy customers, so counts no more than
    its part. The standard error adds up those of the strata; the correction for finite strata makes
    it smaller the more of a stratum answered. A stratum of a single answer tells no variance: it is
    refused, or joined with its neighbour and flagged, and never taken as sure.

    Raises:
        FaultsError: If a count is below 0, a stratum has more answers than customers or too few to
            tell its variance, or the confidence is not between 0 and 1; strata are named.

    Source:
        W. G. Cochran, "Sampling techniques", third edition (Wiley, 1977).

    Examples:
        >>> from bankservice.satisfaction import stratified_nps
        >>> found = stratified_nps(
        ...     strata=[
        ...         {"size": 5000, "promoters": 120, "passives": 50, "detractors": 30},
        ...         {"size": 3000, "promoters": 54, "passives": 40, "detractors": 26},
        ...         {"size": 2000, "promoters": 28, "passives": 24, "detractors": 28},
        ...     ]
        ... ).outcome
        >>> found.score, round(found.standard_error, 4)
        (Decimal('29.5'), Decimal('3.8014'))
    """
    named = [
        stratum if stratum.name else attrs.evolve(stratum, name=str(place + 1))
        for place, stratum in enumerate(facts.strata)
    ]
    base = sum(stratum.base for stratum in named)
    used = tuple(named) if facts.single == "refuse" else _collapsed(named, finite=facts.finite)
    size = sum(stratum.size for stratum in used)
    rows = tuple(_row(stratum, size) for stratum in used if stratum.size)
    flags = set(base_flags(base, base or None))
    if len(used) < len(named):
        flags.add(ScoreFlag.COLLAPSED)
    outcome = StratifiedNps(base=base, strata=rows, confidence=facts.confidence)
    if base:
        outcome = _scored(facts, outcome, [each for each in used if each.size], size, flags)
    outcome = attrs.evolve(outcome, flags=in_order(flags))
    if trace is not None:
        _tell(outcome, trace)
    return outcome


def _row(stratum: ScoredStratum, size: int) -> StratumScore:
    row = StratumScore(
        stratum=stratum.name,
        size=stratum.size,
        base=stratum.base,
        share=told(stratum.size / size),
    )
    found = spread(counted_classes(stratum.promoters, stratum.passives, stratum.detractors))
    if found is None:
        return row
    return attrs.evolve(row, score=told(100 * found.mean), variance=told(found.variance))


def _scored(
    facts: StratifiedNpsFacts,
    outcome: StratifiedNps,
    used: Sequence[ScoredStratum],
    size: int,
    flags: set[ScoreFlag],
) -> StratifiedNps:
    scores: list[float] = []
    corrected: list[float] = []
    plain: list[float] = []
    for stratum in used:
        found = spread(counted_classes(stratum.promoters, stratum.passives, stratum.detractors))
        assert found is not None, "one without answers was refused or joined"
        part, n = stratum.size / size, stratum.base
        scores.append(part * found.mean)
        if n > 1:
            of_mean = part * part * found.variance / (n - 1)
            plain.append(of_mean)
            corrected.append(of_mean * (1 - n / stratum.size))
        elif stratum.size == n and facts.finite:
            corrected.append(0.0)
    score = fsum(scores)
    outcome = attrs.evolve(outcome, score=told(100 * score))
    if len(plain) == len(used):
        outcome = attrs.evolve(outcome, uncorrected=told(100 * sqrt(fsum(plain))))
    held = corrected if facts.finite else plain
    if len(held) < len(used):
        flags.add(ScoreFlag.NO_INTERVAL)
        return outcome
    error = sqrt(fsum(held))
    net = Net(score, 0.0, outcome.base, error)
    interval = net_interval(net, float(facts.confidence), NetMethod.WALD)
    if interval.low == interval.high:
        flags.add(ScoreFlag.NO_WIDTH)
    return attrs.evolve(
        outcome,
        low=told(100 * interval.low),
        high=told(100 * interval.high),
        standard_error=told(100 * error),
    )


def _tell(outcome: StratifiedNps, trace: Trace) -> None:
    for row in outcome.strata:
        if row.score is None:
            continue
        trace.check(
            STRATUM(
                stratum=row.stratum,
                score=shown(row.score),
                base=row.base,
                size=row.size,
                percent=shown(100 * row.share),
            ),
            held=True,
        )
        if ScoreFlag.COLLAPSED in outcome.flags and "+" in row.stratum:
            trace.check(JOINED(stratum=row.stratum), held=True)
    for flag in outcome.flags:
        trace.check(FLAGGED[flag](), held=True)


def _headline(facts: StratifiedNpsFacts, parameters: None, outcome: StratifiedNps) -> Reason:
    if outcome.score is None:
        return NONE()
    score = shown(outcome.score)
    if outcome.low is None or outcome.high is None:
        return UNSURE(score=score, base=outcome.base)
    return SCORED(
        score=score,
        low=shown(outcome.low),
        high=shown(outcome.high),
        percent=shown(100 * outcome.confidence, 3),
        base=outcome.base,
        strata=len(outcome.strata),
    )


stratified_nps: Final[Rule[StratifiedNpsFacts, None, StratifiedNps]] = Rule(
    id="satisfaction.stratified-nps",
    facts=StratifiedNpsFacts,
    outcome=StratifiedNps,
    evaluate=_stratified_nps,
    headline=_headline,
    says=(SCORED, UNSURE, NONE, STRATUM, JOINED, *FLAGGED.values()),
    package=PACKAGE,
)
