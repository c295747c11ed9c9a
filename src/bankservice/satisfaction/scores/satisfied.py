"""The rule of customer satisfaction: the share of satisfied customers, with how sure that is."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.satisfaction.model import Missing, count_faults, told
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
    ShareMethod,
    confidence_faults,
    share_interval,
)
from bankservice.satisfaction.scores.scales import Ratings, Scale
from bankservice.satisfaction.scores.tally import Cell, Cells, Portion, portion, spread

__all__ = ["CsatFacts", "SatisfiedShare", "csat"]

PACKAGE: Final = "bankservice.satisfaction"

SHARE: Final = Says("CSAT_SHARE", ("share", "low", "high", "percent", "base"))
NONE: Final = Says("CSAT_NONE")
CODES: Final = Says("csat-codes", ("satisfied", "codes", "base"))
COUNTED: Final = Says("csat-counted", ("satisfied", "base"))
SURVEYED: Final = Says("csat-surveyed", ("share", "surveyed"))
INVITED: Final = Says("csat-invited", ("share", "invited"))


@attrs.frozen(kw_only=True)
class CsatFacts:
    """
    Ratings of satisfaction, one by one or counted.

    Attributes:
        answers: Codes of the scale, or why there is no answer; `yes` and `no` on that scale.
        scale: Length (`5`), ends (`"1-5"`), `"yes-no"`, or `{ lowest, highest, satisfied }`.
        weights: One for each row of `answers`; all weigh the same where left out.
        satisfied: Satisfied customers, where they are already counted; then `answers` is left out.
        base: Customers who rated.
        surveyed: Customers who were asked in person, by whom one rate is divided.
        invited: Customers who were invited, by whom participation is divided.
        confidence: How sure the interval is, between 0 and 1.
        method: `wilson`, `wilson-continuity`, `agresti-coull`, `clopper-pearson`, `jeffreys`, or
            `wald`, which is for teaching.
    """

    answers: Ratings | None = None
    scale: Scale | None = None
    weights: tuple[Decimal, ...] | None = None
    satisfied: int | None = None
    base: int | None = None
    surveyed: int | None = None
    invited: int | None = None
    confidence: Decimal = CONFIDENCE
    method: ShareMethod = ShareMethod.WILSON

    def __attrs_post_init__(self) -> None:
        faults = self._answer_faults() if self.answers is not None else self._count_faults()
        base = self.rated
        for name, count in (("surveyed", self.surveyed), ("invited", self.invited)):
            if count is None:
                continue
            faults.extend(found := [*count_faults(name, count)])
            if not found and count < base:
                faults.append(Fault(name, str(count), f"at least {base}, the customers who rated"))
        if None not in (self.surveyed, self.invited) and not faults:
            assert self.surveyed is not None, "just looked at"
            assert self.invited is not None, "just looked at"
            if self.invited < self.surveyed:
                wanted = f"at least {self.surveyed}, those surveyed"
                faults.append(Fault("invited", str(self.invited), wanted))
        faults.extend(confidence_faults(self.confidence))
        if faults:
            raise FaultsError("ratings of satisfaction", tuple(faults))

    def _answer_faults(self) -> list[Fault]:
        assert self.answers is not None, "just looked at"
        faults = [
            Fault(name, str(count), "nothing where `answers` are given")
            for name, count in (("satisfied", self.satisfied), ("base", self.base))
            if count is not None
        ]
        if self.scale is None:
            faults.append(Fault("scale", "nothing", "the scale of the answers, such as 1-5"))
        else:
            faults.extend(range_faults("answers", self.answers, self.scale.codes))
            if not self.scale.takes_words:
                faults += [
                    Fault(f"answers[{row}]", "yes or no", "a code of the scale")
                    for row in self.answers.words
                ]
        faults.extend(weight_faults(self.weights, len(self.answers.codes)))
        return faults

    def _count_faults(self) -> list[Fault]:
        faults: list[Fault] = []
        for name in ("satisfied", "base"):
            faults.extend(count_faults(name, getattr(self, name), "; or else `answers`"))
        if not faults and self.satisfied is not None and self.satisfied > self.rated:
            wanted = f"at most {self.rated}, the customers who rated"
            faults.append(Fault("satisfied", str(self.satisfied), wanted))
        if self.weights is not None:
            faults.append(Fault("weights", "weights", "none: counts have no weights"))
        return faults

    @property
    def rated(self) -> int:
        """Customers who rated."""
        return (self.base or 0) if self.answers is None else len(self.answers.valid)

    @property
    def cells(self) -> FrozenMapping[int, Cell]:
        """The ratings by code; those only counted as 1, satisfied, and 0."""
        if self.answers is not None:
            return cells_of_answers(self.answers, self.weights)
        satisfied = self.satisfied or 0
        counts = {0: self.rated - satisfied, 1: satisfied}
        return FrozenMapping({code: Cell(n, float(n), float(n)) for code, n in counts.items()})

    @property
    def portion(self) -> Portion | None:
        """The share of those satisfied; None over nobody."""
        chosen = (1,) if self.answers is None or self.scale is None else self.scale.satisfied
        return portion(self.cells, chosen)

    @property
    def missing(self) -> FrozenMapping[str, int]:
        """How often there is no rating, by why."""
        return FrozenMapping() if self.answers is None else self.answers.missing


@attrs.frozen(kw_only=True)
class SatisfiedShare:
    """
    The share of satisfied customers with its uncertainty; shares go from 0 to 1.

    Attributes:
        share: Satisfied customers of those who rated; None over nobody.
        low: Lower end of the interval.
        high: Upper end of the interval.
        satisfied: Satisfied customers, counted.
        base: Customers who rated.
        surveyed_share: Satisfied customers of those surveyed, counted; a rate that some norms ask
            for. None where it is not known how many were.
        participation: Customers who rated of those invited; None where it is not known how many
            were.
        mean: Weighted mean of the codes; None where ratings are only counted, as are the next ones.
        deviation: Standard deviation of the codes as of a sample; None for a single answer.
        rescaled: The mean from 0, all lowest, to 100, all highest.
        top_two: Share of the two highest codes; None on scales of fewer than four.
        bottom_two: Share of the two lowest codes; None on scales of fewer than four.
        net: The top two less the bottom two, from -1 to 1.
        effective: So many answers of equal weight would tell as much.
        missing: How often there is no rating, by why; none of these is in the base.
        method: How the interval was found.
        confidence: How sure it is.
        flags: What to mind.
    """

    share: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    satisfied: int
    base: int
    surveyed_share: Decimal | None = None
    participation: Decimal | None = None
    mean: Decimal | None = None
    deviation: Decimal | None = None
    rescaled: Decimal | None = None
    top_two: Decimal | None = None
    bottom_two: Decimal | None = None
    net: Decimal | None = None
    effective: Decimal | None = None
    missing: FrozenMapping[str, int] = FrozenMapping()
    method: ShareMethod
    confidence: Decimal
    flags: tuple[ScoreFlag, ...] = ()


def _csat(facts: CsatFacts, parameters: None, trace: Trace | None) -> SatisfiedShare:
    """
    Score ratings of satisfaction: the share of satisfied customers, with its interval.

    Which codes count as satisfied belongs to the scale: the highest of three, the two highest of
    four to seven, the three highest of ten, `yes`; a scale written in full names its own. Who gave
    no rating is counted apart and never taken as satisfied. Three rates are kept apart: satisfied
    of those who rated (`share`), satisfied of those surveyed, and those who rated of those invited.

    The interval is Wilson's where nobody says otherwise; with weights its base is the effective
    one. Over nobody there is no score.

    Raises:
        FaultsError: If a rating is no code of the scale, counts contradict each other, a weight is
            none, or the confidence is not between 0 and 1; rows are named.

    Source:
        E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
        Journal of the American Statistical Association 22 (1927) 209-212.

    Examples:
        >>> from bankservice.satisfaction import csat
        >>> found = csat(satisfied=45, base=50).outcome
        >>> found.share, round(found.low, 4), round(found.high, 4)
        (Decimal('0.9'), Decimal('0.7864'), Decimal('0.9565'))
        >>> csat(answers=[5, 4, "refused", 2], scale="1-5").outcome.satisfied
        2
    """
    found = facts.portion
    flags = set(base_flags(facts.rated, None if found is None else found.effective))
    surveyed = facts.surveyed
    counted = _counted(facts)
    outcome = SatisfiedShare(
        satisfied=counted,
        base=facts.rated,
        surveyed_share=told(counted / surveyed) if surveyed and facts.rated else None,
        participation=told(facts.rated / facts.invited) if facts.invited else None,
        missing=facts.missing,
        method=facts.method,
        confidence=facts.confidence,
    )
    if found is not None:
        interval = share_interval(found.k, found.effective, float(facts.confidence), facts.method)
        flags.update(interval_flags(interval, found.share * (1 - found.share)))
        outcome = attrs.evolve(
            outcome,
            share=told(found.share),
            low=told(interval.low),
            high=told(interval.high),
            effective=told(found.effective),
        )
        if facts.scale is not None and facts.answers is not None:
            outcome = _averaged(outcome, facts.cells, facts.scale)
    outcome = attrs.evolve(outcome, flags=in_order(flags))
    if trace is not None:
        _tell(facts, outcome, trace)
    return outcome


def _counted(facts: CsatFacts) -> int:
    if facts.answers is None or facts.scale is None:
        return facts.satisfied or 0
    satisfied = set(facts.scale.satisfied)
    return sum(code in satisfied for code in facts.answers.codes if not isinstance(code, Missing))


def _averaged(outcome: SatisfiedShare, cells: Cells, scale: Scale) -> SatisfiedShare:
    """Return the outcome with what the codes themselves tell."""
    found = spread(cells)
    assert found is not None, "there is a share"
    mean = (found.mean - scale.lowest) / (scale.highest - scale.lowest)
    outcome = attrs.evolve(
        outcome,
        mean=told(found.mean),
        deviation=None if found.deviation is None else told(found.deviation),
        rescaled=told(100 * mean),
    )
    codes = scale.codes
    top, bottom = portion(cells, codes[-2:]), portion(cells, codes[:2])
    if len(codes) < 4 or top is None or bottom is None:
        return outcome
    return attrs.evolve(
        outcome,
        top_two=told(top.share),
        bottom_two=told(bottom.share),
        net=told(top.share - bottom.share),
    )


def _tell(facts: CsatFacts, outcome: SatisfiedShare, trace: Trace) -> None:
    if outcome.base and facts.scale is not None and facts.answers is not None:
        codes = facts.scale.satisfied
        trace.check(CODES(satisfied=outcome.satisfied, codes=codes, base=outcome.base), held=True)
    elif outcome.base:
        trace.check(COUNTED(satisfied=outcome.satisfied, base=outcome.base), held=True)
    if outcome.surveyed_share is not None:
        share = shown(100 * outcome.surveyed_share)
        trace.check(SURVEYED(share=share, surveyed=facts.surveyed), held=True)
    if outcome.participation is not None:
        share = shown(100 * outcome.participation)
        trace.check(INVITED(share=share, invited=facts.invited), held=True)
    note_base(outcome.base, outcome.effective, outcome.missing, outcome.flags, trace)


def _headline(facts: CsatFacts, parameters: None, outcome: SatisfiedShare) -> Reason:
    if outcome.share is None or outcome.low is None or outcome.high is None:
        return NONE()
    return SHARE(
        share=shown(100 * outcome.share),
        low=shown(100 * outcome.low),
        high=shown(100 * outcome.high),
        percent=shown(100 * outcome.confidence, 3),
        base=outcome.base,
    )


csat: Final[Rule[CsatFacts, None, SatisfiedShare]] = Rule(
    id="satisfaction.csat",
    facts=CsatFacts,
    outcome=SatisfiedShare,
    evaluate=_csat,
    headline=_headline,
    says=(
        SHARE,
        NONE,
        CODES,
        COUNTED,
        SURVEYED,
        INVITED,
        UNANSWERED,
        EFFECTIVE,
        *FLAGGED.values(),
    ),
    package=PACKAGE,
)
