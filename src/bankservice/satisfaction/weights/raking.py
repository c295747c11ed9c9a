"""The rule of raking: weights by margins."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.satisfaction.weights.margins import CYCLES, MOST_CYCLES, rake
from bankservice.satisfaction.weights.respondents import (
    Respondents,
    Targets,
    match_respondents,
    rounded_targets,
    target_faults,
)
from bankservice.satisfaction.weights.weighting import (
    CHECKS,
    PACKAGE,
    Weighting,
    base_weights,
    floats_of,
    nobody_weighted,
    note_weighting,
    start_faults,
    weighting_headline,
    weighting_of,
)

__all__ = ["RakingFacts", "raking"]

RAKED: Final = Says("RAKED", ("respondents", "effective_n"))


@attrs.frozen(kw_only=True)
class RakingFacts:
    """
    Who answered, and the margins they are to have.

    Attributes:
        respondents: Rows of categories: margin → category. Where no margin is called `count`, a
            `count` says how many respondents a row is. A category left out, `""` or a code of a
            missing answer is not known; other keys are not looked at.
        targets: Margin → category → share or count of the population.
        start: Base weights of the rows, 0 or more; nothing for 1 each.
        drop: Whether respondents in a category whose target is 0 may get a weight of 0.
        cycles: How many times the margins are gone through at most; up to 100,000.
    """

    respondents: Respondents
    targets: Targets
    start: tuple[Decimal, ...] | None = None
    drop: bool = False
    cycles: int = CYCLES

    def __attrs_post_init__(self) -> None:
        faults = [*target_faults(self.targets)]
        if not self.targets:
            faults.append(Fault("targets", "no margin", "one or more"))
        if not 1 <= self.cycles <= MOST_CYCLES:
            got = f"int {self.cycles}" if self.cycles < 1 else "too many"
            faults.append(Fault("cycles", got, f"from 1 to {MOST_CYCLES}"))
        faults.extend(start_faults(self.start, len(self.respondents.rows)))
        if faults:
            raise FaultsError("what is raked", tuple(faults))


def _raking(facts: RakingFacts, parameters: None, trace: Trace | None) -> Weighting:
    """
    Weight respondents so that they have the margins of their population.

    Where margins are known but not how they cross, weights are sought that meet all of them and
    stay in proportion otherwise. A margin that cannot be met is refused by name: a category nobody
    was found in has to be collapsed with another first. Margins that disagree by no more than
    rounding are brought to one total. Raking that does not meet the margins says so: its weights
    are the best found, and not to be relied on.

    Raises:
        FaultsError: If a category is unknown, has a target and no respondent, or respondents and a
            target of 0 without consent; if shares do not sum to 1, totals disagree, or all targets
            of a margin are 0; if a base weight or a count is none.

    Source:
        W. E. Deming, F. F. Stephan, "On a least squares adjustment of a sampled frequency table
        when the expected marginal totals are known" (1940); L. Kish, "Survey sampling" (1965).

    Examples:
        >>> from bankservice.satisfaction import raking
        >>> asked = [
        ...     {"age": "young", "income": "low", "count": 40},
        ...     {"age": "young", "income": "high", "count": 20},
        ...     {"age": "old", "income": "low", "count": 10},
        ...     {"age": "old", "income": "high", "count": 30},
        ... ]
        >>> targets = {
        ...     "age": {"young": "0.5", "old": "0.5"},
        ...     "income": {"low": "0.5", "high": "0.5"},
        ... }
        >>> found = raking(respondents=asked, targets=targets).outcome
        >>> [round(weight, 4) for weight in found.weights], round(found.effective_n, 2)
        ([Decimal('0.8876'), Decimal('0.7247'), Decimal('1.4495'), Decimal('1.1835')], Decimal('95.19'))
    """
    matched = match_respondents(facts.respondents, facts.targets)
    if not matched.of:
        return nobody_weighted()
    start = base_weights(facts.start, len(matched.of))
    targets = {name: floats_of(margin) for name, margin in facts.targets.items()}
    counts = matched.totals(start)
    found = rake(matched.patterns, counts, targets, drop=facts.drop, cycles=facts.cycles)
    outcome = weighting_of(matched, start, found, adjusted=rounded_targets(facts.targets))
    if trace is not None:
        note_weighting(outcome, trace)
    return outcome


def _headline(facts: RakingFacts, parameters: None, outcome: Weighting) -> Reason:
    return weighting_headline(outcome, RAKED)


raking: Final[Rule[RakingFacts, None, Weighting]] = Rule(
    id="satisfaction.raking",
    facts=RakingFacts,
    outcome=Weighting,
    evaluate=_raking,
    headline=_headline,
    says=(RAKED, *CHECKS),
    package=PACKAGE,
)
