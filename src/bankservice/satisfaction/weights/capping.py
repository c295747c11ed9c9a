"""The rule of trimming: weights with a cap, and by how much the margins are missed for it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from math import fsum
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.special import rounded
from bankservice.satisfaction.model import told
from bankservice.satisfaction.weights.kish import (
    Kish,
    WeightFlag,
    efficiency_flags,
    kish,
    read_weights,
)
from bankservice.satisfaction.weights.margins import TOLERANCE, margin_error, rake
from bankservice.satisfaction.weights.respondents import (
    Matched,
    Respondents,
    Targets,
    match_respondents,
    target_faults,
)
from bankservice.satisfaction.weights.trimming import cap_for, trim
from bankservice.satisfaction.weights.weighting import PACKAGE, WeightingWhy, floats_of

__all__ = ["TrimmedWeights", "TrimmingFacts", "trimmed_weights"]

TRIMMED: Final = Says("WEIGHTS_TRIMMED", ("trimmed", "cap", "design_effect"))
UNTRIMMED: Final = Says("WEIGHTS_UNTRIMMED", ("cap",))
NO_WEIGHTS: Final = Says("WEIGHTS_NOBODY")
BEFORE: Final = Says("trimming-before", ("most", "design_effect"))
AFTER: Final = Says("trimming-after", ("most", "design_effect"))
MARGINS: Final = Says("trimming-margins", ("percent", "margin"))
ROUNDS: Final = Says("trimming-rounds", ("rounds",))

_CAP: Final = Decimal(5)
"""A convention, not a law."""
_NO_TARGETS: Final[Targets] = FrozenMapping()
_ROUNDS: Final = 100
"""How often is raked and trimmed in turn at most."""
_SHOWN: Final = 6
_PLACES: Final = 12


@attrs.frozen(kw_only=True)
class TrimmingFacts:
    """
    Weights, and the cap they are trimmed at.

    Attributes:
        weights: One for each row, 0 or more, one of them above 0.
        cap: The most a weight may be, in times the mean, 1 or more; 5 where nothing is stated.
        design_effect: Design effect wanted, instead of a cap: the highest cap is taken that has no
            more.
        respondents: Rows of categories, as `satisfaction.raking` takes them, for what becomes of
            the margins; a `count` says how many respondents share a weight.
        targets: The margins the weights were made for.
        rerake: Whether to rake and trim in turn, so that the margins are missed by less.
    """

    weights: tuple[Decimal, ...]
    cap: Decimal | None = None
    design_effect: Decimal | None = None
    respondents: Respondents | None = None
    targets: Targets = _NO_TARGETS
    rerake: bool = False

    def __attrs_post_init__(self) -> None:
        faults = [*target_faults(self.targets), *self._faults()]
        try:
            read_weights(self.weights)
        except FaultsError as error:
            faults.extend(error.faults)
        if faults:
            raise FaultsError("weights to be trimmed", tuple(faults))

    def _faults(self) -> Iterator[Fault]:
        if self.cap is not None and self.design_effect is not None:
            yield Fault("design_effect", "a design effect beside a cap", "one of the two")
        if self.cap is not None and self.cap < 1:
            yield Fault("cap", f"the number {self.cap}", "1 or more times the mean")
        if self.design_effect is not None and self.design_effect < 1:
            yield Fault("design_effect", f"the number {self.design_effect}", "1 or more")
        if self.targets and self.respondents is None:
            yield Fault("respondents", "nothing", "the rows that the targets are of")
        if self.rerake and not self.targets:
            yield Fault("targets", "no margin", "the margins to rake to")
        if self.respondents is not None and len(self.respondents.rows) != len(self.weights):
            rows = len(self.respondents.rows)
            yield Fault("weights", f"{len(self.weights)} weights", f"{rows}, one for each row")


@attrs.frozen(kw_only=True)
class TrimmedWeights:
    """
    Trimmed weights, what they are worth, and by how much the margins are missed now.

    Attributes:
        weights: One for each row, with the sum they had, to fourteen digits.
        base: How many respondents they are of.
        trimmed: How many respondents have a weight at the cap.
        cap: The cap, in times the mean; None where there is nobody.
        least: The least weight above 0; None where there is nobody.
        most: The largest weight; None where there is nobody.
        design_effect_before: Of the weights as they came; None where there is nobody.
        design_effect: Of the trimmed ones; None where there is nobody.
        effective_n: How many answers with equal weights the trimmed are worth; None where there is
            nobody.
        worst_error: The worst relative error of a category of a margin; None where no margin is
            stated.
        worst_margin: The margin it is in, where one is missed.
        rounds: How many times was raked and trimmed again.
        flags: As of `satisfaction.effective-size`, with `margins-missed`.
        why: Why there are no weights: `nobody`.
    """

    weights: tuple[Decimal, ...]
    base: int
    trimmed: int
    cap: Decimal | None
    least: Decimal | None
    most: Decimal | None
    design_effect_before: Decimal | None
    design_effect: Decimal | None
    effective_n: Decimal | None
    worst_error: Decimal | None
    worst_margin: str | None
    rounds: int
    flags: tuple[WeightFlag, ...] = ()
    why: WeightingWhy | None = None


def _trimmed_weights(facts: TrimmingFacts, parameters: None, trace: Trace | None) -> TrimmedWeights:
    """
    Cap weights, and spread what is cut off over the others in their proportions.

    A few respondents of large weight make a score unsure; a cap makes it surer and the margins
    wrong, so by how much these are missed now is told. The weights keep their sum; neither the
    largest nor the design effect rises, but where it is raked again: then the margins come first,
    within the cap. The cap of five times the mean is a convention.

    Raises:
        FaultsError: If a weight is below 0 or all are 0, the cap or the design effect cannot be
            met for the weights that are 0, or the rows, weights and margins do not fit together.

    Source:
        F. J. Potter, "A study of procedures to identify and trim extreme sampling weights" (1990).

    Examples:
        >>> from bankservice.satisfaction import trimmed_weights
        >>> found = trimmed_weights(weights=[1, 1, 4], cap="1.5").outcome
        >>> found.weights, found.trimmed, found.design_effect
        ((Decimal('1.5'), Decimal('1.5'), Decimal('3')), 1, Decimal('1.125'))
    """
    matched = _matched(facts)
    counts = (1,) * len(facts.weights) if matched is None else matched.counts
    weights = read_weights(facts.weights)
    before = kish(weights, counts)
    if before is None:
        return _nobody()
    _check_reach(facts, before, weights, counts)
    cap = _cap(facts, weights, counts)
    held = trim(weights, cap, counts)
    rounds = 0
    missed = None if matched is None else _missed(matched, facts, held, weights)
    while matched is not None and facts.rerake and missed and rounds < _ROUNDS:
        tried = _raked(matched, facts, held)
        tried_cap = _cap(facts, tried, counts)
        tried = trim(tried, tried_cap, counts)
        now = _missed(matched, facts, tried, weights)
        if now is None or now[0] >= missed[0]:
            break
        held, cap, missed, rounds = tried, tried_cap, now, rounds + 1
    after = kish(held, counts)
    assert after is not None, "trimming keeps the sum"
    outcome = _outcome(held, counts, cap, before, after, missed, rounds)
    if trace is not None:
        _tell(outcome, (max(weights), max(held)), _mean(weights, counts), trace)
    return outcome


def _matched(facts: TrimmingFacts) -> Matched | None:
    if facts.respondents is None:
        return None
    return match_respondents(facts.respondents, facts.targets)


def _mean(weights: tuple[float, ...], counts: tuple[int, ...]) -> float:
    return fsum(c * w for c, w in zip(counts, weights, strict=True)) / sum(counts)


def _check_reach(
    facts: TrimmingFacts, before: Kish, weights: tuple[float, ...], counts: tuple[int, ...]
) -> None:
    """Weights of 0 stay 0, so that the others cannot all come down to the mean."""
    held = sum(c for c, w in zip(counts, weights, strict=True) if w)
    least = before.n / held
    cap = _CAP if facts.cap is None and facts.design_effect is None else facts.cap
    for name, wanted in (("cap", cap), ("design_effect", facts.design_effect)):
        if wanted is not None and float(wanted) < least:
            got = f"the number {wanted}, with {before.n - held} weights of 0"
            fault = Fault(name, got, f"{told(least)} or more")
            raise FaultsError("weights to be trimmed", (fault,))


def _cap(facts: TrimmingFacts, weights: tuple[float, ...], counts: tuple[int, ...]) -> float:
    if facts.design_effect is not None:
        return cap_for(weights, float(facts.design_effect), counts)
    return float(_CAP if facts.cap is None else facts.cap) * _mean(weights, counts)


def _raked(matched: Matched, facts: TrimmingFacts, held: tuple[float, ...]) -> tuple[float, ...]:
    targets = {name: floats_of(margin) for name, margin in facts.targets.items()}
    found = rake(matched.patterns, matched.totals(held), targets, drop=True)
    return tuple(w * found.factors[p] for p, w in zip(matched.of, held, strict=True))


def _missed(
    matched: Matched, facts: TrimmingFacts, held: tuple[float, ...], base: tuple[float, ...]
) -> tuple[float, str] | None:
    """Return by how much which margin is missed; None where no margin is stated."""
    if not facts.targets:
        return None
    targets = {name: floats_of(margin) for name, margin in facts.targets.items()}
    now, before = matched.totals(held), matched.totals(base)
    return margin_error(matched.patterns, now, targets, before)


def _nobody() -> TrimmedWeights:
    return TrimmedWeights(
        weights=(),
        base=0,
        trimmed=0,
        cap=None,
        least=None,
        most=None,
        design_effect_before=None,
        design_effect=None,
        effective_n=None,
        worst_error=None,
        worst_margin=None,
        rounds=0,
        why=WeightingWhy.NOBODY,
    )


def _outcome(
    held: tuple[float, ...],
    counts: tuple[int, ...],
    cap: float,
    before: Kish,
    after: Kish,
    missed: tuple[float, str] | None,
    rounds: int,
) -> TrimmedWeights:
    flags = [*efficiency_flags(after, held, counts)]
    off = missed is not None and missed[0] > TOLERANCE
    if off:
        flags.append(WeightFlag.MARGINS_MISSED)
    return TrimmedWeights(
        weights=tuple(map(told, held)),
        base=after.n,
        trimmed=sum(c for c, w in zip(counts, held, strict=True) if w == cap),
        cap=told(cap / _mean(held, counts)),
        least=told(min(w for w in held if w)),
        most=told(max(held)),
        design_effect_before=told(before.design_effect),
        design_effect=told(after.design_effect),
        effective_n=told(after.effective),
        worst_error=None if missed is None else told(round(missed[0], _PLACES)),
        worst_margin=missed[1] if missed is not None and off else None,
        rounds=rounds,
        flags=tuple(flag for flag in WeightFlag if flag in flags),
    )


def _tell(outcome: TrimmedWeights, most: tuple[float, float], mean: float, trace: Trace) -> None:
    effects = (outcome.design_effect_before, outcome.design_effect)
    first, second = (rounded(float(effect or 0), _SHOWN) for effect in effects)
    heaviest, capped = (rounded(weight / mean, _SHOWN) for weight in most)
    trace.check(BEFORE(most=heaviest, design_effect=first), True)
    trace.check(AFTER(most=capped, design_effect=second), True)
    if outcome.rounds:
        trace.check(ROUNDS(rounds=outcome.rounds), True)
    if outcome.worst_margin is not None:
        percent = rounded(100 * float(outcome.worst_error or 0), _SHOWN)
        trace.check(MARGINS(percent=percent, margin=outcome.worst_margin), False)


def _short(value: Decimal | None) -> Decimal:
    return rounded(float(value or 0), _SHOWN)


def _trimmed_headline(facts: TrimmingFacts, parameters: None, outcome: TrimmedWeights) -> Reason:
    if outcome.cap is None:
        return NO_WEIGHTS()
    if not outcome.trimmed:
        return UNTRIMMED(cap=_short(outcome.cap))
    effect = _short(outcome.design_effect)
    return TRIMMED(trimmed=outcome.trimmed, cap=_short(outcome.cap), design_effect=effect)


trimmed_weights: Final[Rule[TrimmingFacts, None, TrimmedWeights]] = Rule(
    id="satisfaction.trimmed-weights",
    facts=TrimmingFacts,
    outcome=TrimmedWeights,
    evaluate=_trimmed_weights,
    headline=_trimmed_headline,
    says=(TRIMMED, UNTRIMMED, NO_WEIGHTS, BEFORE, AFTER, MARGINS, ROUNDS),
    package=PACKAGE,
)
