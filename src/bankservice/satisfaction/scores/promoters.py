"""The rule of the net promoter score: promoters less detractors, with how sure that is."""

from __future__ import annotations

from decimal import Decimal
from math import fsum
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.satisfaction.model import Answers, count_faults, told
from bankservice.satisfaction.scores.answered import (
    EFFECTIVE,
    FLAGGED,
    UNANSWERED,
    ScoreFlag,
    base_flags,
    cells_of_answers,
    in_order,
    interval_flags,
    note_base,
    range_faults,
    shown,
    weight_faults,
)
from bankservice.satisfaction.scores.intervals import (
    CONFIDENCE,
    Interval,
    Net,
    NetMethod,
    adjusted_net,
    confidence_faults,
    mean_t,
    net_interval,
    plain_net,
)
from bankservice.satisfaction.scores.tally import Cell, Cells, Spread, spread

__all__ = [
    "CLASSES",
    "RECOMMEND",
    "NetPromoterScore",
    "NpsFacts",
    "classes_of",
    "counted_classes",
    "net_shares",
    "nps",
]

PACKAGE: Final = "bankservice.satisfaction"
RECOMMEND: Final = range(11)
"""The scale of the question: how likely it is that the bank would be recommended."""
CLASSES: Final[FrozenMapping[int, int]] = FrozenMapping(
    {code: (code >= 9) - (code <= 6) for code in RECOMMEND}
)
"""What each answer counts: detractors -1, passives 0, promoters 1; by value, never by place."""

SCORED: Final = Says("NPS_SCORE", ("score", "low", "high", "percent", "base"))
UNSURE: Final = Says("NPS_NO_INTERVAL", ("score", "base"))
NONE: Final = Says("NPS_NONE")
COUNTED: Final = Says("nps-classes", ("promoters", "passives", "detractors"))
CENTRED: Final = Says("nps-centre", ("centre", "standard_error"))


def classes_of(cells: Cells) -> FrozenMapping[int, Cell]:
    """
    Return answers from 0 to 10 by class: detractors under -1, passives under 0, promoters under 1.

    Examples:
        >>> from bankservice.satisfaction.scores.tally import Tally
        >>> tally = Tally()
        >>> tally.extend([0, 6, 7, 9])
        >>> [cell.n for cell in classes_of(tally.cells()).values()]
        [2, 1, 1]
    """
    found: dict[int, Cell] = {}
    for each in (-1, 0, 1):
        held = [cell for code, cell in cells.items() if CLASSES[code] == each]
        found[each] = Cell(
            sum(cell.n for cell in held),
            fsum(cell.weight for cell in held),
            fsum(cell.square for cell in held),
        )
    return FrozenMapping(found)


def counted_classes(promoters: int, passives: int, detractors: int) -> FrozenMapping[int, Cell]:
    """Return classes that somebody else has counted, as `classes_of` returns them."""
    counts = {-1: detractors, 0: passives, 1: promoters}
    return FrozenMapping({each: Cell(n, float(n), float(n)) for each, n in counts.items()})


def net_shares(classes: Cells) -> tuple[float, float] | None:
    """Return the weighted shares of promoters and detractors; None where nothing has weight."""
    weight = classes[-1].weight + classes[0].weight + classes[1].weight
    return (classes[1].weight / weight, classes[-1].weight / weight) if weight else None


@attrs.frozen(kw_only=True)
class NpsFacts:
    """
    Answers to the question how likely it is that the bank would be recommended.

    Attributes:
        scores: Whole numbers from 0 to 10, or why there is no answer: `dont-know`,
            `not-applicable`, `refused`, `skipped`, `not-shown`.
        weights: One for each row of `scores`; all weigh the same where left out.
        promoters: Answers 9 and 10, where they are already counted; then `scores` is left out.
        passives: Answers 7 and 8.
        detractors: Answers 0 to 6.
        confidence: How sure the interval is, between 0 and 1.
        method: `adjusted-wald`, `wald` or `t`.
    """

    scores: Answers | None = None
    weights: tuple[Decimal, ...] | None = None
    promoters: int | None = None
    passives: int | None = None
    detractors: int | None = None
    confidence: Decimal = CONFIDENCE
    method: NetMethod = NetMethod.ADJUSTED_WALD

    def __attrs_post_init__(self) -> None:
        counts = {name: getattr(self, name) for name in ("promoters", "passives", "detractors")}
        faults: list[Fault] = []
        if self.scores is None:
            for name, count in counts.items():
                faults.extend(count_faults(name, count, "; or else `scores`"))
            if self.weights is not None:
                faults.append(Fault("weights", "weights", "none: counts have no weights"))
        else:
            faults += [
                Fault(name, str(count), "nothing where `scores` are given")
                for name, count in counts.items()
                if count is not None
            ]
            faults.extend(range_faults("scores", self.scores, RECOMMEND))
            faults.extend(weight_faults(self.weights, len(self.scores.codes)))
        faults.extend(confidence_faults(self.confidence))
        if faults:
            raise FaultsError("answers to be scored", tuple(faults))

    @property
    def classes(self) -> FrozenMapping[int, Cell]:
        """The answers by class; see `classes_of`."""
        if self.scores is not None:
            return classes_of(cells_of_answers(self.scores, self.weights))
        assert self.promoters is not None, "checked when built"
        assert self.passives is not None, "checked when built"
        assert self.detractors is not None, "checked when built"
        return counted_classes(self.promoters, self.passives, self.detractors)

    @property
    def missing(self) -> FrozenMapping[str, int]:
        """How often there is no answer, by why."""
        return FrozenMapping() if self.scores is None else self.scores.missing


@attrs.frozen(kw_only=True)
class NetPromoterScore:
    """
    A net promoter score with its uncertainty; points go from -100 to 100.

    Attributes:
        score: Promoters less detractors, in points; None over nobody.
        base: Answers.
        variance: Of one answer that counts -1, 0 or 1, as observed; None over nobody.
        low: Lower end of the interval, in points, not below -100; None where there is none.
        high: Upper end of the interval, in points, not above 100.
        centre: Middle of the interval before it is cut, in points: with `adjusted-wald` it is drawn
            towards 0.
        standard_error: Of that centre, in points: what the interval rests on.
        linearised: Standard error of the score by linearisation, in points; None for one answer.
        kish: Standard error of the score by the effective base, in points.
        promoters: Answers 9 and 10, counted.
        passives: Answers 7 and 8, counted.
        detractors: Answers 0 to 6, counted.
        promoter_share: Weighted share of promoters, from 0 to 1.
        detractor_share: Weighted share of detractors, from 0 to 1.
        effective: So many answers of equal weight would tell as much.
        missing: How often there is no answer, by why; none of these is in the base.
        method: How the interval was found.
        confidence: How sure it is.
        flags: What to mind.
    """

    score: Decimal | None = None
    base: int
    variance: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    centre: Decimal | None = None
    standard_error: Decimal | None = None
    linearised: Decimal | None = None
    kish: Decimal | None = None
    promoters: int
    passives: int
    detractors: int
    promoter_share: Decimal | None = None
    detractor_share: Decimal | None = None
    effective: Decimal | None = None
    missing: FrozenMapping[str, int] = FrozenMapping()
    method: NetMethod
    confidence: Decimal
    flags: tuple[ScoreFlag, ...] = ()


def _nps(facts: NpsFacts, parameters: None, trace: Trace | None) -> NetPromoterScore:
    """
    Score answers from 0 to 10: the share of promoters less that of detractors, with its interval.

    Promoters answer 9 or 10, detractors 0 to 6. Any other scale, such as 1 to 10 or 1 to 5, makes
    no net promoter score and is refused. Who gave no answer is counted apart and in no denominator.
    The interval is the adjusted Wald one where nobody says otherwise: it holds the truth about as
    often as it claims, also for few answers and for lopsided ones, where Wald's is far too narrow
    or has no width at all. It is centred on a score drawn towards 0, so that for a single answer it
    may not hold the score observed.

    With weights the base of the interval is the effective one; `t` uses the linearised standard
    error. Over nobody there is no score. Fewer than 30 or 100 effective answers are flagged; these
    two floors are those of the British survey of banks and of common practice.

    Raises:
        FaultsError: If an answer is outside 0 to 10, a count is below 0, a weight is none, or the
            confidence is not between 0 and 1; rows are named.

    Source:
        F. F. Reichheld, "The one number you need to grow", Harvard Business Review (December 2003);
        B. Rocks, "Interval estimation for the net promoter score", The American Statistician 70
        (2016) 365-372.

    Examples:
        >>> from bankservice.satisfaction import nps
        >>> found = nps(promoters=50, passives=30, detractors=20).outcome
        >>> found.score, round(found.low, 4), round(found.high, 4)
        (Decimal('30'), Decimal('14.0511'), Decimal('44.2013'))
        >>> nps(scores=[10, 9, "skipped", 3]).outcome.base
        3
    """
    classes = facts.classes
    counts = {each: cell.n for each, cell in classes.items()}
    base = sum(counts.values())
    found, shares = spread(classes), net_shares(classes)
    flags = set(base_flags(base, None if found is None else found.effective))
    outcome = NetPromoterScore(
        base=base,
        promoters=counts[1],
        passives=counts[0],
        detractors=counts[-1],
        missing=facts.missing,
        method=facts.method,
        confidence=facts.confidence,
    )
    if found is not None and shares is not None:
        outcome = _scored(outcome, found, shares, flags)
    outcome = attrs.evolve(outcome, flags=in_order(flags))
    if trace is not None:
        _tell(outcome, trace)
    return outcome


def _scored(
    outcome: NetPromoterScore, found: Spread, shares: tuple[float, float], flags: set[ScoreFlag]
) -> NetPromoterScore:
    """Return the outcome with the score and its interval."""
    net, interval = _interval(outcome, found, shares)
    flags.update(interval_flags(interval, found.variance))
    if interval is not None and not interval.low <= found.mean <= interval.high:
        flags.add(ScoreFlag.OUTSIDE)
    linearised = found.linearised
    return attrs.evolve(
        outcome,
        score=told(100 * found.mean),
        variance=told(found.variance),
        low=None if interval is None else told(100 * interval.low),
        high=None if interval is None else told(100 * interval.high),
        centre=told(100 * net.centre),
        standard_error=None if interval is None else told(100 * net.standard_error),
        linearised=None if linearised is None else told(100 * linearised),
        kish=told(100 * found.kish),
        promoter_share=told(shares[0]),
        detractor_share=told(shares[1]),
        effective=told(found.effective),
    )


def _interval(
    outcome: NetPromoterScore, found: Spread, shares: tuple[float, float]
) -> tuple[Net, Interval | None]:
    confidence = float(outcome.confidence)
    if outcome.method is NetMethod.T:
        interval = mean_t(found.mean, found.linearised, found.n - 1, confidence)
        if interval is not None:
            low, high = max(interval.low, -1.0), min(interval.high, 1.0)
            interval = attrs.evolve(interval, low=low, high=high)
        net = Net(found.mean, found.variance, found.effective, found.linearised or 0.0)
        return net, interval
    made = adjusted_net if outcome.method is NetMethod.ADJUSTED_WALD else plain_net
    net = made(*shares, found.effective)
    return net, net_interval(net, confidence, outcome.method)


def _tell(outcome: NetPromoterScore, trace: Trace) -> None:
    if outcome.base:
        counted = COUNTED(
            promoters=outcome.promoters,
            passives=outcome.passives,
            detractors=outcome.detractors,
        )
        trace.check(counted, held=True)
    if outcome.centre is not None and outcome.standard_error is not None:
        error = shown(outcome.standard_error, 2)
        trace.check(CENTRED(centre=shown(outcome.centre), standard_error=error), held=True)
    note_base(outcome.base, outcome.effective, outcome.missing, outcome.flags, trace)


def _headline(facts: NpsFacts, parameters: None, outcome: NetPromoterScore) -> Reason:
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
    )


nps: Final[Rule[NpsFacts, None, NetPromoterScore]] = Rule(
    id="satisfaction.nps",
    facts=NpsFacts,
    outcome=NetPromoterScore,
    evaluate=_nps,
    headline=_headline,
    says=(SCORED, UNSURE, NONE, COUNTED, CENTRED, UNANSWERED, EFFECTIVE, *FLAGGED.values()),
    package=PACKAGE,
)
