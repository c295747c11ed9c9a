"""
What one transaction earns under a programme.
"""

from __future__ import annotations

from typing import Final

from bankservice.core.decision import Reason, Rule, Trace
from bankservice.core.policy import Version
from bankservice.loyalty.model import Accrual, AccrualFacts
from bankservice.loyalty.policy import SHELF
from bankservice.loyalty.programme.programme import PROGRAMME, Programme
from bankservice.loyalty.rating.rate import rated
from bankservice.loyalty.rating.telling import SAYS, headline, links_of, tell

__all__ = ["accrual_of", "accrue"]


def accrual_of(facts: AccrualFacts, programme: Programme, trace: Trace | None = None) -> Accrual:
    """
    Return what a transaction earns under one programme version.

    Args:
        facts: The transaction.
        programme: A version's parameters.
        trace: Takes what was looked at.

    Raises:
        FaultsError: If a fact is none that a transaction can have.
        UnknownNameError: If a code, currency or cap is not known.
    """
    found = rated(facts, programme)
    purchase = found.weighing.purchase
    parts = tuple([one.part(programme, purchase) for one in found.granted])
    if len(parts) == 1:
        points, lost = parts[0].points, parts[0].lost_to_caps
    else:
        points = sum([part.points for part in parts])
        lost = sum([part.lost_to_caps for part in parts])
    if trace is not None:
        tell(found, programme, trace)
    return Accrual(
        points=points,
        parts=parts,
        uncapped=points + lost,
        lost_to_caps=lost,
        excluded=found.excluded,
        unknown=tuple(found.weighing.unknown),
        uses=tuple(found.uses),
    )


def _accrue(facts: AccrualFacts, programme: Programme, trace: Trace | None) -> Accrual:
    """
    Decide what a transaction earns: its points, by which rows, and what caps took.

    The version in force on `on` applies. The pipeline is exact until its one rounding: the
    eligible amount, converted at `rate`, counted in full blocks, times the row's rate, times the
    multipliers, plus fixed points; then rounded as the programme says, then capped. What excludes a
    transaction is looked at first and told by code. A row or a multiplier that an unknown fact
    could change grants nothing, and the fact is named: no higher grant is guessed.

    Raises:
        FaultsError: If a fact is none that a transaction can have.
        UnknownNameError: If a code, currency or cap is not known.

    Examples:
        >>> from bankservice.loyalty import accrue
        >>> groceries = accrue("cn-card-shape", amount="199.99", on="2026-11-22", mcc="5411")
        >>> groceries.outcome.points
        9
    """
    return accrual_of(facts, programme, trace)


def _headline(facts: AccrualFacts, programme: Programme, outcome: Accrual) -> Reason:
    return headline(programme, outcome)


def _links(
    facts: AccrualFacts, programme: Programme, outcome: Accrual
) -> tuple[Version[object], ...]:
    return links_of(facts, programme)


accrue: Final = Rule(
    id="loyalty.accrue",
    facts=AccrualFacts,
    outcome=Accrual,
    evaluate=_accrue,
    headline=_headline,
    says=SAYS,
    package="bankservice.loyalty",
    kind=PROGRAMME,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
    links=_links,
)
