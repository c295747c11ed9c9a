"""What is said of an estimate before its result: the history it rests on, the model, its age."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from bankservice.core.decision import Says, Trace
from bankservice.core.policy import Title
from bankservice.lifecycle.prediction.history import History
from bankservice.lifecycle.prediction.kind import Outlook

__all__ = ["ESTIMATES", "note_model", "shown"]

HISTORY: Final = Says("outlook-history", ("frequency", "recency", "age", "unit"))
MODEL: Final = Says("outlook-model", ("model", "population", "customers", "fitted_on"))
CERTAIN: Final = Says("outlook-certain", ("model",))
OLD: Final = Says("outlook-old", ("fitted_on", "refit_after"))
LATER: Final = Says("outlook-later", ("fitted_on", "on"))

ESTIMATES: Final = (HISTORY, MODEL, CERTAIN, OLD, LATER)
"""Checks that every estimate may note."""

_UNITS: Final = {
    "day": Title(en="days", zh="天"),
    "week": Title(en="weeks", zh="周"),
    "month": Title(en="months", zh="个月"),
}


def note_model(
    outlook: Outlook, history: History, on: date, trace: Trace, *, spend: bool = False
) -> None:
    """Note what an estimate rests on, and what is to be held against it."""
    card = outlook.card
    told = [shown(part) for part in (history.recency, history.age)]
    x = int(history.frequency)
    unit = _UNITS[card.unit]
    trace.check(HISTORY(frequency=x, recency=told[0], age=told[1], unit=unit), True)
    trace.check(
        MODEL(
            model=card.model,
            population=card.population,
            customers=card.customers,
            fitted_on=card.fitted_on,
        ),
        True,
    )
    if card.model == "bg-nbd" and not x:
        trace.check(CERTAIN(model=card.model), True)
    if on < card.fitted_on:
        trace.check(LATER(fitted_on=card.fitted_on, on=on), True)
    after = outlook.written.refit_after
    if after is not None:
        fitted = card.fitted_on
        if spend and outlook.spend is not None:
            fitted = min(fitted, outlook.spend.fitted_on)
        fresh = not outlook.stale(on, spend=spend)
        trace.check(OLD(fitted_on=fitted, refit_after=after), fresh)


def shown(value: Fraction | Decimal, places: int = 4) -> Decimal:
    """Return a number as a sentence shows it: to so many places after the point."""
    # Digits of an integer: no ambient context can round them away.
    whole = round(Fraction(value) * 10**places)
    units, rest = divmod(abs(whole), 10**places)
    digits = f"{rest:0{places}d}".rstrip("0")
    return Decimal(f"{'-' if whole < 0 else ''}{units}{'.' if digits else ''}{digits}")
