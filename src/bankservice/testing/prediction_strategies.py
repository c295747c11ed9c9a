"""
Hypothesis strategies for predictions: histories of purchases, populations, values over time.

    from hypothesis import given
    from bankservice.testing import strategies

    @given(strategies.purchase_histories())
    def test_every_history_has_a_risk(history): ...
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.lifecycle.prediction.purchase_models import MODELS

__all__ = ["model_parameters", "purchase_histories", "purchase_populations", "trend_values"]


@st.composite
def _histories(draw: st.DrawFn, periods: bool, longest: int) -> dict[str, Any]:
    age = draw(st.integers(1, longest))
    recency = draw(st.integers(0, age))
    if periods:
        frequency = draw(st.integers(1, recency)) if recency else 0
        return {"frequency": frequency, "recency": recency, "age": age}
    frequency = draw(st.integers(1, 200)) if recency else 0
    part = Decimal(draw(st.integers(1, 100))) / 100
    return {"frequency": frequency, "recency": recency * part, "age": Decimal(age)}


def purchase_histories(
    *, periods: bool = False, longest: int = 300
) -> SearchStrategy[dict[str, Any]]:
    """
    Return histories as the rules of purchases take them: `frequency`, `recency` and `age`.

    Args:
        periods: Whether time is counted in whole periods, as BG/BB does.
        longest: Greatest age.

    Raises:
        InvalidArgument: If *longest* is below 1.
    """
    _least(longest, "age")
    return _histories(periods, longest)


def purchase_populations(
    *, periods: bool = False, longest: int = 60, most: int = 12
) -> SearchStrategy[tuple[dict[str, Any], ...]]:
    """
    Return populations as `lifecycle.purchase-fit` takes them: histories, each with a `count`.

    Args:
        periods: Whether time is counted in whole periods.
        longest: Greatest age.
        most: Most histories in one.

    Raises:
        InvalidArgument: If *longest* or *most* is below 1.
    """
    _least(longest, "age")
    _least(most, "history")
    rows = st.tuples(_histories(periods, longest), st.integers(1, 40)).map(
        lambda drawn: {**drawn[0], "count": drawn[1]}
    )
    return st.lists(rows, min_size=1, max_size=most).map(tuple)


def model_parameters(model: str) -> SearchStrategy[dict[str, Decimal]]:
    """
    Return parameters of a model of purchases, from a thousandth to a thousand.

    Args:
        model: `bg-nbd`, `mbg-nbd` or `bg-bb`.

    Raises:
        InvalidArgument: If there is no such model.
    """
    if model not in MODELS:
        raise InvalidArgument(f"there is no model {model!r}; wanted {', '.join(MODELS)}.")
    each = st.integers(1, 10**6).map(lambda drawn: Decimal(drawn) / 1000)
    return st.fixed_dictionaries(dict.fromkeys(MODELS[model].names, each))


def trend_values(
    *, most: int = 24, unknown: bool = True
) -> SearchStrategy[Sequence[int | UnknownType]]:
    """
    Return values of a measure, one a period, oldest first, such as balances in minor units.

    Args:
        most: Most values.
        unknown: Whether some may be unknown.

    Raises:
        InvalidArgument: If *most* is below 1.
    """
    _least(most, "value")
    held = st.integers(-100, 100) | st.integers(-(10**12), 10**12)
    values: SearchStrategy[int | UnknownType] = held | st.just(UNKNOWN) if unknown else held
    return st.lists(values, max_size=most)


def _least(count: int, what: str) -> None:
    if count < 1:
        raise InvalidArgument(f"at most {count} of {what}; wanted 1 or more.")
