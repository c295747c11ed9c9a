"""Exact numbers: quotients as text, in and out."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice.core.errors import FaultsError
from bankservice.core.plain import to_json
from bankservice.core.structure import FACTS


@given(st.fractions(max_denominator=10**12))
def test_there_and_back(exact: Fraction) -> None:
    """An exact number is read back from its own text."""
    assert exact == FACTS.read(to_json(exact), Fraction, "number")


@pytest.mark.parametrize(
    ("raw", "exact"),
    [
        (3, Fraction(3)),
        ("1.5", Fraction(3, 2)),
        (Decimal("0.1"), Fraction(1, 10)),
        ("-2/6", Fraction(-1, 3)),
        (Fraction(1, 7), Fraction(1, 7)),
    ],
)
def test_forms(raw: object, exact: Fraction) -> None:
    """It stands as a whole number, a decimal, text, or a quotient."""
    assert exact == FACTS.read(raw, Fraction, "number")


@pytest.mark.parametrize(
    "raw", [1.5, True, "1/0", "1/-2", "1/2/3", "/2", "a/b", "\uff11/2", "1/" + "2" * 300, None]
)
def test_what_is_none(raw: object) -> None:
    """A float, a bool and what is no quotient of whole numbers are refused."""
    with pytest.raises(FaultsError):
        FACTS.read(raw, Fraction, "number")
