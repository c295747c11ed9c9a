"""
What a command may hold: whole points in range, amounts above nothing, days without a time.

What is malformed is an error where the command is built, so it never uses up an id.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from bankservice.core.identifiers import checked_id
from bankservice.core.scalars import number
from bankservice.core.unknown import UNKNOWN

__all__ = [
    "MOST_POINTS",
    "checked_amount",
    "checked_day",
    "checked_facts",
    "checked_lots",
    "checked_number",
    "checked_points",
    "checked_ref",
    "checked_spending",
]

MOST_POINTS: Final = 10**15
"""No command moves more points than this."""

_MOST_MAJOR: Final = Decimal(10) ** 16
_MAYBE_UNKNOWN: Final = ("tier", "stage", "standing", "channel", "product")


def checked_ref(ref: str, what: str) -> None:
    """
    Refuse what may not serve as an identifier, where one is stated.

    Raises:
        IdentifierError: If it may not.
    """
    if ref != "":
        checked_id(ref, what)


def checked_number(value: object, what: str, least: int = 1) -> None:
    """
    Refuse what is no whole number in range.

    Raises:
        TypeError: If it is no integer.
        ValueError: If it is out of range.
    """
    if type(value) is not int:
        raise TypeError(f"{what} must be a whole number, got {type(value).__name__} {value!r:.40}.")
    if not least <= value <= MOST_POINTS:
        raise ValueError(f"{what} must be from {least} to {MOST_POINTS}, got {value!r:.40}.")


def checked_amount(value: object, what: str) -> None:
    """
    Refuse what is no amount above nothing.

    Raises:
        TypeError: If it is no text.
        ValueError: If it is not above nothing, or too large.
    """
    if value is None:
        return
    if type(value) is not str:
        raise TypeError(f"{what} must be text such as '50.00', got {type(value).__name__}.")
    if not 0 < number(value, None) <= _MOST_MAJOR:
        raise ValueError(f"{what} must be above 0 and at most {_MOST_MAJOR:f}, got {value!r:.40}.")


def checked_points(points: object, amount: object, *, signed: bool = False) -> None:
    """
    Refuse points that are stated twice, not at all, or out of range.

    Args:
        points: Of the smallest unit.
        amount: Or as text.
        signed: Whether they may be below nothing.

    Raises:
        TypeError: If they are no whole number, or no text.
        ValueError: If both are stated or none is, or they are out of range.
    """
    if (points is None) == (amount is None):
        raise ValueError("points are stated once: as points, or as amount; pass one of them.")
    if amount is not None:
        text = amount[1:] if signed and type(amount) is str and amount[:1] == "-" else amount
        checked_amount(text, "amount")
    else:
        checked_number(abs(points) if signed and type(points) is int else points, "points")


def checked_day(value: object, what: str) -> None:
    """
    Refuse what is no day.

    Raises:
        TypeError: If it is none.
    """
    if value is not None and (isinstance(value, datetime) or not isinstance(value, date)):
        raise TypeError(f"{what} must be a date, got {type(value).__name__}.")


def checked_lots(numbers: tuple[int, ...]) -> None:
    """Refuse numbers that no lot can have."""
    for held in numbers:
        checked_number(held, "a lot's number")


def checked_facts(facts: Any) -> None:
    """Refuse days and codes that are none; the rest is looked at where a transaction is rated."""
    checked_day(facts.on, "on")
    for name in _MAYBE_UNKNOWN:
        if getattr(facts, name) == UNKNOWN.value:
            # As a word it would be rated as a code, and read from its entry as unknown.
            raise ValueError(f"{name} is the word {UNKNOWN.value!r}; pass UNKNOWN.")
    checked_day(facts.posted_on, "posted_on")
    for cap, used in facts.used.items():
        if isinstance(used, float) or used < 0:
            raise ValueError(f"used of {cap} must be 0 or more and no float, got {used!r:.40}.")


def checked_spending(body: Any) -> None:
    """Refuse points, quantities, stocks and amounts out of range."""
    if body.points is not None:
        checked_number(body.points, "points")
    checked_number(body.quantity, "quantity")
    if body.stock is not None:
        checked_number(body.stock, "stock", 0)
    checked_amount(body.amount, "amount")
