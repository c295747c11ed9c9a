"""The rule of churn risk: an estimate of whether the customer is still one, banded by policy."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Version
from bankservice.core.special import rounded
from bankservice.lifecycle.policy import SHELF
from bankservice.lifecycle.prediction.cards import ModelCard
from bankservice.lifecycle.prediction.history import History, HistoryFacts, summary
from bankservice.lifecycle.prediction.kind import OUTLOOK, Outlook
from bankservice.lifecycle.prediction.telling import ESTIMATES, note_model, shown

__all__ = ["ChurnFacts", "ChurnRisk", "churn_risk", "model_card"]

BAND: Final = Says("CHURN_BAND", ("band", "risk", "p_alive"))
RISK: Final = Says("CHURN_RISK", ("risk", "p_alive"))
NO_HISTORY: Final = Says("CHURN_NO_HISTORY")
UNKNOWN: Final = Says("CHURN_UNKNOWN", ("unknown",))
CUT: Final = Says("churn-cut", ("band", "at_least", "risk"))

_DIGITS: Final = Context(prec=12, rounding=ROUND_HALF_EVEN, traps=[])


@attrs.frozen(kw_only=True)
class ChurnFacts(HistoryFacts):
    """
    A customer's business, for churn risk.

    Attributes:
        customer: Facts that cohorts ask for.
    """

    customer: FrozenMapping[str, str] = FrozenMapping()

    def __attrs_post_init__(self) -> None:
        faults = self.faults()
        if faults:
            raise FaultsError("the history of a customer", faults)


@attrs.frozen(kw_only=True)
class ChurnRisk:
    """
    How likely it is that a customer has left, as a model estimates it.

    Attributes:
        p_alive: Probability that the customer is still one, to twelve digits; for BG/BB in the next
            period. None where there is no history, or it is not known.
        risk: One less that.
        band: Code of the band the risk falls in; None where the policy has no bands.
        expected: Purchases expected within the policy's horizon.
        model: Id of the model.
        fitted_on: Day up to which its population was seen.
        log_likelihood: Of its parameters on that population.
        stale: Whether the fit is so old that the policy wants a new one.
        why: Why there is no estimate: `no-history` for a customer who never did any business.
        unknown: Facts that are not known, without which there is no estimate.
    """

    p_alive: Decimal | None = None
    risk: Decimal | None = None
    band: str | None = None
    expected: Decimal | None = None
    model: str
    fitted_on: date
    log_likelihood: Decimal
    stale: bool = False
    why: Literal["", "no-history"] = ""
    unknown: tuple[str, ...] = ()


def _churn_risk(facts: ChurnFacts, outlook: Outlook, trace: Trace | None) -> ChurnRisk:
    """
    Estimate the risk that a customer has left, and name its band.

    It is an estimate and overrides nothing: no stage, tier, entry or notice changes because of it;
    a stage is a fact, told by its clocks. The version in force on `on` applies: a model fitted on
    some population up to some day, which its card names with its parameters and likelihood.

    Of the days with business up to `on` the first is the beginning and every other is one repeat
    purchase; a week is seven days. The risk is one less the probability that the customer is still
    one. A band reaches from its cut point to the next, that one left out. Without any business
    there is no history and no band; what is not known leaves all undecided, and is named.

    Raises:
        FaultsError: If the facts contradict each other, or a day lies after `on`.

    Source:
        BG/NBD, MBG/NBD and BG/BB as `lifecycle.bg-nbd`, `lifecycle.mbg-nbd` and `lifecycle.bg-bb`.

    Examples:
        >>> from datetime import date
        >>> from bankservice.lifecycle import churn_risk
        >>> found = churn_risk(
        ...     "lifecycle/cdnow-outlook",
        ...     on=date(1997, 10, 1),
        ...     frequency=2,
        ...     recency="30.43",
        ...     age="38.86",
        ... ).outcome
        >>> round(found.p_alive, 4), found.band
        (Decimal('0.7062'), 'low')
    """
    told = ChurnRisk(
        model=outlook.card.model,
        fitted_on=outlook.card.fitted_on,
        log_likelihood=outlook.card.log_likelihood,
        stale=outlook.stale(facts.on),
    )
    history = summary(facts, outlook.card.unit, periods=outlook.model.periods)
    if history.why or history.unknown:
        return attrs.evolve(told, why=history.why, unknown=history.unknown)
    alive, expected = _estimated(outlook, history)
    risk = _DIGITS.subtract(Decimal(1), alive)
    band = outlook.band(risk)
    if trace is not None:
        note_model(outlook, history, facts.on, trace)
        for row in outlook.bands[1:]:
            assert row.at_least is not None, "only the first band has no cut point"
            miss = Fraction(row.at_least) - Fraction(risk)
            trace.check(
                CUT(band=row.title, at_least=row.at_least, risk=shown(Fraction(risk))),
                miss <= 0,
                short=shown(miss),
                relative=miss / Fraction(row.at_least),
            )
    return attrs.evolve(
        told,
        p_alive=alive,
        risk=risk,
        band=None if band is None else band.code,
        expected=expected,
    )


@lru_cache(maxsize=8192)
def _estimated(outlook: Outlook, history: History) -> tuple[Decimal, Decimal]:
    """Return P(alive) and expected purchases; in a book many customers share a history."""
    times = (float(history.frequency), float(history.recency), float(history.age))
    alive = outlook.model.p_alive(outlook.parameters, *times)
    ahead = float(outlook.horizon)
    return rounded(alive), rounded(outlook.model.expected(outlook.parameters, *times, ahead))


def _headline(facts: ChurnFacts, outlook: Outlook, outcome: ChurnRisk) -> Reason:
    if outcome.unknown:
        return UNKNOWN(unknown=outcome.unknown)
    if outcome.risk is None or outcome.p_alive is None:
        return NO_HISTORY()
    told = {"risk": shown(outcome.risk), "p_alive": shown(outcome.p_alive)}
    if outcome.band is None:
        return RISK(**told)
    return BAND(band=outlook.title(outcome.band), **told)


churn_risk: Final[Rule[ChurnFacts, Outlook, ChurnRisk]] = Rule(
    id="lifecycle.churn-risk",
    facts=ChurnFacts,
    outcome=ChurnRisk,
    evaluate=_churn_risk,
    headline=_headline,
    says=(BAND, RISK, NO_HISTORY, UNKNOWN, CUT, *ESTIMATES),
    package="bankservice.lifecycle",
    kind=OUTLOOK,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)


def model_card(version: Version[Outlook]) -> ModelCard:
    """Return the card of what a score was made with, by the policy version it names."""
    held = version.parameters
    return ModelCard(version=version.ref, purchases=held.card, spend=held.spend)
