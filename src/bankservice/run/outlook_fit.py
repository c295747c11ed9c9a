"""
Models fitted on a book: written down as a policy, which a person reads, approves and adopts.

Nothing is scored by a fit that was only made. What a policy says beside the models (bands, value,
trends) is taken over from the one in force; where there is none, from a draft that says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

import attrs

from bankservice.core.money import CURRENCIES, Rounding, divide
from bankservice.core.policy import Title, Version
from bankservice.lifecycle.prediction.adopting import adopt
from bankservice.lifecycle.prediction.cards import population_digest
from bankservice.lifecycle.prediction.fitting import fit_purchases, fit_spend
from bankservice.lifecycle.prediction.kind import Outlook
from bankservice.lifecycle.prediction.model import Fit, Pattern, Spend
from bankservice.lifecycle.prediction.purchase_models import MODELS
from bankservice.run.groups_rfm import POPULATION
from bankservice.run.outlook_plan import OutlookFit
from bankservice.run.outlook_seen import Counting, Seen
from bankservice.run.part import Setting

__all__ = ["Fitted", "fit_book", "mean_of"]

_HORIZONS: Final = {"day": 365, "week": 52, "month": 12}
_PARTS: Final = {"day": 5, "week": 4, "month": 12}
"""Equal steps that a year's horizon is cut into, each a whole number of units."""

_DRAFT: Final[Mapping[str, Any]] = {
    "refit_after": "P12M",
    "bands": (
        {"code": "low", "title": {"en": "Low", "zh": "低"}},
        {"code": "medium", "title": {"en": "Medium", "zh": "中"}, "at_least": Decimal("0.3")},
        {"code": "high", "title": {"en": "High", "zh": "高"}, "at_least": Decimal("0.6")},
    ),
    "trends": tuple(
        {"measure": measure, "title": {"en": en, "zh": zh}, "window": 12, "least": 6}
        for measure, en, zh in (
            ("balance", "Balance", "余额"),
            ("digital_use", "Digital use", "数字渠道使用"),
        )
    ),
}


@attrs.frozen(eq=False, kw_only=True)
class Fitted:
    """
    What was fitted on a book.

    Attributes:
        on: The day.
        purchases: The model of purchases.
        spend: The model of spend; None where none was wanted.
        text: Both as a policy; empty where there is nothing to rely on.
    """

    on: date
    purchases: Fit
    spend: Fit | None
    text: str

    def summary(self) -> dict[str, Any]:
        """Return the fits as plain JSON."""
        return {
            "model": self.purchases.model,
            "customers": self.purchases.customers,
            "parameters": {name: str(held) for name, held in self.purchases.parameters.items()},
            "log_likelihood": _written(self.purchases.log_likelihood),
            "why": _why(self.purchases),
            "spend": {}
            if self.spend is None
            else {name: str(held) for name, held in self.spend.parameters.items()},
            "spend_why": _why(self.spend),
        }


def mean_of(spent: int | None, frequency: int, digits: int) -> Decimal | None:
    """
    Return the average spend of repeat purchases in major units, two places finer than the currency.

    Examples:
        >>> mean_of(1000, 3, 2)
        Decimal('3.3333')
    """
    if not spent or not frequency:
        return None
    return Decimal(divide(spent * 100, frequency, Rounding.HALF_EVEN)).scaleb(-digits - 2)


def fit_book(
    told: OutlookFit, seen: Seen, on: date, setting: Setting, version: Version[Outlook] | None
) -> Fitted:
    """
    Fit the models on everybody who ever did business, those who left included.

    Args:
        told: What is fitted.
        seen: What was seen of customers by the day.
        on: The day.
        setting: What there is.
        version: The policy in force, whose bands, value and trends are taken over.
    """
    model = MODELS[told.model]
    counting = Counting(told.unit, model.periods)
    currency = setting.institution.currency
    histories = Counter(held for held in seen.histories if held is not None)
    patterns = [
        Pattern(
            Decimal(held.frequency), counting.time(held.recency), counting.time(held.age), count
        )
        for held, count in sorted(histories.items())
    ]
    purchases = fit_purchases(model, patterns)
    spend, spends = None, list[Spend]()
    if told.spend:
        counted = Counter(
            (frequency, mean_of(spent, frequency, CURRENCIES[currency]))
            for frequency, spent in seen.repeated()
        )
        spends = [
            Spend(Decimal(frequency), mean, count)
            for (frequency, mean), count in sorted(counted.items())
            if mean is not None
        ]
        spend = fit_spend(spends)
    text = ""
    if purchases.why is None:
        usable = spend if spend is not None and _has_mean(spend) else None
        policy = told.policy or (
            str(version.ref.policy) if version is not None else f"{setting.bank.tenant}/outlook"
        )
        held = adopt(
            purchases,
            policy_id=policy,
            title={"en": "Outlook fitted on the book", "zh": "按本行客户拟合的展望"},
            since=told.since or date.fromordinal(on.toordinal() + 1),
            fitted_on=on,
            unit=told.unit,
            population={"en": POPULATION.en, "zh": POPULATION.zh},
            source={"text": "bankservice run", "clause": f"fit of {on}", "checked": "own"},
            digest=population_digest(patterns),
            spend=usable,
            currency=currency if usable is not None else "",
            spend_digest=population_digest(spends) if usable is not None else "",
            **_beside(version, told.unit, setting, valued=usable is not None),
        )
        text = "".join(f"# {line}\n" for line in _head(version, spend, usable)) + held
    return Fitted(on=on, purchases=purchases, spend=spend, text=text)


def _head(version: Version[Outlook] | None, spend: Fit | None, usable: Fit | None) -> Iterator[str]:
    yield "Fitted on the book. It is in force nowhere until a person adopts it:"
    if version is None:
        yield "bands, value and trends below are a draft, and to be decided."
    else:
        yield f"append the version to the file of {version.ref.policy}, with its own source."
    if spend is not None and usable is None:
        why = _why(spend) or "its mean is not finite (q is 1 or less)"
        yield f"Spend could not be fitted, so there is no value: {why}."


def _has_mean(spend: Fit) -> bool:
    return spend.why is None and spend.parameters["q"] > 1


def _beside(
    version: Version[Outlook] | None, unit: str, setting: Setting, *, valued: bool
) -> dict[str, Any]:
    """Return what a policy says beside the models."""
    horizon, steps = _HORIZONS[unit], _PARTS[unit]
    value: dict[str, Any] = {"steps": steps, "rate": "0.05", "rate_per": "year", "margin": 1}
    if version is None or version.parameters.card.unit != unit:
        held: dict[str, Any] = {"zone": setting.institution.zone, "horizon": horizon, **_DRAFT}
    else:
        written = version.parameters.written
        held = {
            "zone": written.zone,
            "horizon": written.horizon,
            "refit_after": written.refit_after,
            "bands": [_row(row) for row in written.band],
            "trends": [_row(row) for row in written.trend],
        }
        if written.value is not None:
            value = _row(written.value)
    return {**held, "value": value} if valued else held


def _row(row: Any) -> dict[str, Any]:
    """Return a row of a policy as it is written, without what it leaves to be as usual."""
    found = {}
    for field in attrs.fields(type(row)):
        held = getattr(row, field.name)
        if held == field.default:
            continue
        if isinstance(held, Title):
            held = {"en": held.en, "zh": held.zh}
        found[field.name] = held.value if isinstance(held, Rounding) else held
    return found


def _why(fit: Fit | None) -> str:
    return "" if fit is None or fit.why is None else fit.why.value


def _written(number: Decimal | None) -> str | None:
    return None if number is None else str(number)
