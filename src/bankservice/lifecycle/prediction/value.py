"""The rule of customer value: purchases to come, at the spend expected, margin only, discounted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import expm1, log1p
from typing import Final, Literal

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.money import Money, digits_of, divide
from bankservice.core.special import rounded
from bankservice.core.unknown import UnknownType
from bankservice.lifecycle.policy import SHELF
from bankservice.lifecycle.prediction.gamma_gamma import expected_spend
from bankservice.lifecycle.prediction.history import History, HistoryFacts, per_year, summary
from bankservice.lifecycle.prediction.kind import OUTLOOK, Outlook
from bankservice.lifecycle.prediction.table import ValueRow
from bankservice.lifecycle.prediction.telling import ESTIMATES, note_model, shown

__all__ = ["CustomerValue", "ValueFacts", "customer_value"]

VALUE: Final = Says("VALUE_WORTH", ("value", "steps"))
NO_HISTORY: Final = Says("VALUE_NO_HISTORY")
NOT_VALUED: Final = Says("VALUE_NOT_ASKED")
UNKNOWN: Final = Says("VALUE_UNKNOWN", ("unknown",))
SPEND: Final = Says("value-spend", ("spend", "currency", "mean", "customers"))
EXPECTED: Final = Says("value-expected", ("expected", "horizon"))
CORRELATION: Final = Says("value-correlation", ("correlation",))
DISCOUNT: Final = Says("value-discount", ("steps", "rate", "margin"))


@attrs.frozen(kw_only=True)
class ValueFacts(HistoryFacts):
    """
    A customer's business and spending, for the value.

    Attributes:
        mean: Average spend of the repeat purchases, in major units of the policy's currency; it
            counts for nothing where there were none.
        currency: Currency of that; the policy's where left out.
        customer: Facts that cohorts ask for.
    """

    mean: Decimal | UnknownType | None = None
    currency: str = ""
    customer: FrozenMapping[str, str] = FrozenMapping()

    def __attrs_post_init__(self) -> None:
        faults = list(self.faults())
        if isinstance(self.mean, Decimal) and self.mean < 0:
            faults.append(Fault("mean", str(self.mean), "an average spend of 0 or more"))
        if faults:
            raise FaultsError("the spending of a customer", tuple(faults))


@attrs.frozen(kw_only=True)
class CustomerValue:
    """
    What a customer's purchases within the horizon are worth today, as models estimate it.

    Attributes:
        value: In major units, to twelve digits; None where there is none.
        value_minor: The same in whole minor units, rounded as the policy says.
        currency: Currency of both.
        expected: Purchases expected within the horizon, not discounted.
        spend: Spend expected of each, in major units.
        model: Id of the model of purchases.
        fitted_on: Day up to which its population was seen.
        log_likelihood: Of its parameters on that population.
        spend_model: Id of the model of spend; None where the policy has none.
        spend_fitted_on: Day up to which its population was seen.
        stale: Whether a fit is so old that the policy wants a new one.
        why: Why there is no value: `no-history` for a customer who never did any business,
            `not-valued` where the policy asks for none.
        unknown: Facts that are not known, without which there is no value.
    """

    value: Decimal | None = None
    value_minor: int | None = None
    currency: str = ""
    expected: Decimal | None = None
    spend: Decimal | None = None
    model: str
    fitted_on: date
    log_likelihood: Decimal
    spend_model: str | None = None
    spend_fitted_on: date | None = None
    stale: bool = False
    why: Literal["", "no-history", "not-valued"] = ""
    unknown: tuple[str, ...] = ()


def _customer_value(facts: ValueFacts, outlook: Outlook, trace: Trace | None) -> CustomerValue:
    """
    Estimate what a customer's purchases within the policy's horizon are worth today.

    The version in force on `on` applies. The horizon is cut into equal steps. The purchases
    expected in each, less those of the steps before, times the spend expected of a purchase, times
    the margin, are discounted from the end of the step and added up. A rate by year or by unit of
    time is compounded to that of a step. The models take how often a customer buys to say nothing
    of how much; the card of spend tells how far that held where it was fitted.

    Raises:
        FaultsError: If the facts contradict each other, or the currency is another one.

    Source:
        BG/NBD, MBG/NBD or BG/BB for purchases, Gamma-Gamma for spend.

    Examples:
        >>> from datetime import date
        >>> from bankservice.lifecycle import customer_value
        >>> customer_value(
        ...     "lifecycle/cdnow-outlook",
        ...     on=date(1997, 10, 1),
        ...     frequency=2,
        ...     recency="30.43",
        ...     age="38.86",
        ...     mean="22.35",
        ... ).outcome.value_minor
        3720
    """
    card, spend, row = outlook.card, outlook.spend, outlook.value
    told = CustomerValue(
        currency="" if spend is None else spend.currency,
        model=card.model,
        fitted_on=card.fitted_on,
        log_likelihood=card.log_likelihood,
        spend_model=None if spend is None else spend.model,
        spend_fitted_on=None if spend is None else spend.fitted_on,
        stale=outlook.stale(facts.on, spend=True),
    )
    if spend is None or row is None or outlook.spending is None:
        return attrs.evolve(told, why="not-valued")
    if facts.currency and facts.currency != spend.currency:
        wanted = f"{spend.currency}, in which spend was fitted"
        fault = Fault("currency", facts.currency, wanted)
        raise FaultsError("the spending of a customer", (fault,))
    history = summary(facts, card.unit, periods=outlook.model.periods)
    mean = facts.mean if isinstance(facts.mean, Decimal) else None
    needed = ("mean",) if mean is None and (history.frequency or history.unknown) else ()
    unknown = (*history.unknown, *needed)
    if history.why or unknown:
        return attrs.evolve(told, why=history.why, unknown=unknown)
    mean = mean if mean is not None and history.frequency else Decimal(0)
    each = expected_spend(outlook.spending, float(history.frequency), float(mean))
    assert each is not None, "a policy whose spend has no mean is not read"
    expected, discounted = _expected(outlook, history)
    worth = rounded(discounted * each * float(row.margin))
    minor = Fraction(worth) * 10 ** digits_of(spend.currency)
    value_minor = divide(minor.numerator, minor.denominator, row.rounding)
    if trace is not None:
        note_model(outlook, history, facts.on, trace, spend=True)
        shown_spend = shown(rounded(each))
        trace.check(
            SPEND(
                spend=shown_spend,
                currency=spend.currency,
                mean=mean if history.frequency else None,
                customers=spend.customers,
            ),
            True,
        )
        if spend.correlation is not None:
            trace.check(CORRELATION(correlation=spend.correlation), True)
        ahead = shown(outlook.horizon)
        trace.check(EXPECTED(expected=shown(rounded(expected)), horizon=ahead), True)
        percent = shown(rounded(_rate(outlook, row) * 100))
        margin = shown(row.margin * 100)
        trace.check(DISCOUNT(steps=row.steps, rate=percent, margin=margin), True)
    return attrs.evolve(
        told,
        value=worth,
        value_minor=value_minor,
        expected=rounded(expected),
        spend=rounded(each),
    )


@lru_cache(maxsize=8192)
def _expected(outlook: Outlook, history: History) -> tuple[float, float]:
    """Return the purchases expected within the horizon: as they are, and discounted."""
    row = outlook.value
    assert row is not None, "asked only where there is a value to tell"
    times = (float(history.frequency), float(history.recency), float(history.age))
    factor = 1 / (1 + _rate(outlook, row))
    upto, before, found, discount = 0.0, 0.0, 0.0, 1.0
    for step in range(1, row.steps + 1):
        end = float(outlook.horizon * step / row.steps)
        upto = outlook.model.expected(outlook.parameters, *times, end)
        discount *= factor
        found += (upto - before) * discount
        before = upto
    return upto, found


def _rate(outlook: Outlook, row: ValueRow) -> float:
    """Return the rate of a step: exact where it is stated so, else compounded."""
    if row.rate_per == "step":
        return float(row.rate)
    units = outlook.horizon / row.steps
    if row.rate_per == "year":
        units /= per_year(outlook.card.unit)
    return expm1(float(units) * log1p(float(row.rate)))


def _headline(facts: ValueFacts, outlook: Outlook, outcome: CustomerValue) -> Reason:
    if outcome.unknown:
        return UNKNOWN(unknown=outcome.unknown)
    if outcome.why == "not-valued" or outlook.value is None:
        return NOT_VALUED()
    if outcome.value_minor is None:
        return NO_HISTORY()
    worth = Money(outcome.value_minor, outcome.currency)
    return VALUE(value=worth, steps=outlook.value.steps)


customer_value: Final[Rule[ValueFacts, Outlook, CustomerValue]] = Rule(
    id="lifecycle.customer-value",
    facts=ValueFacts,
    outcome=CustomerValue,
    evaluate=_customer_value,
    headline=_headline,
    says=(
        VALUE,
        NO_HISTORY,
        NOT_VALUED,
        UNKNOWN,
        SPEND,
        CORRELATION,
        EXPECTED,
        DISCOUNT,
        *ESTIMATES,
    ),
    package="bankservice.lifecycle",
    kind=OUTLOOK,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)
