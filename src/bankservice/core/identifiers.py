"""
Identifiers are opaque: never a card number, never an identity number.

An identifier stands in logs, feeds and messages, so it must say nothing about a person. Values
that pass a card's check digit (Luhn) or the check digit of a resident identity number
(GB 11643) are refused where an identifier is made.
"""

from __future__ import annotations

import re
import unicodedata

from bankservice.core.errors import IdentifierError

__all__ = ["MAX_LENGTH", "checked_id", "looks_like_card", "looks_like_identity"]

MAX_LENGTH = 120

_LEAST = 13
"""Digits of the shortest card number."""
_DIGITS = re.compile(r"\d(?:[ -]?\d){12,18}")
_IDENTITY = re.compile(r"\d{17}[\dXx]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"


def looks_like_card(text: str) -> bool:
    """
    Tell whether *text* is 13 to 19 digits that pass the Luhn check.

    Examples:
        >>> looks_like_card("4111 1111 1111 1111"), looks_like_card("4111111111111112")
        (True, False)
    """
    if _DIGITS.fullmatch(text) is None:
        return False
    digits = [int(sign) for sign in text if sign.isdigit()]
    doubled = (digit * 2 for digit in digits[-2::-2])
    return (sum(digits[::-2]) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0


def looks_like_identity(text: str) -> bool:
    """
    Tell whether *text* is an 18-character resident identity number with a right check digit.

    Examples:
        >>> looks_like_identity("11010519491231002X")
        True
    """
    text = unicodedata.normalize("NFKC", text)
    if _IDENTITY.fullmatch(text) is None:
        return False
    total = sum(weight * int(sign) for weight, sign in zip(_WEIGHTS, text, strict=False))
    return _CHECK[total % 11] == text[-1].upper()


def checked_id(text: object, what: str) -> str:
    """
    Return *text* if it may serve as an identifier.

    Args:
        text: The identifier, 1 to 120 printable characters.
        what: What it names (`"customer"`), for the message.

    Raises:
        IdentifierError: If it is empty, too long, not printable, or looks like a card or
            identity number. The message never repeats the value.
    """
    if not isinstance(text, str) or not text or len(text) > MAX_LENGTH or not text.isprintable():
        raise IdentifierError(
            f"the {what} id must be 1 to {MAX_LENGTH} printable characters; "
            f"got {type(text).__name__} of length {len(str(text))}."
        )
    if len(text) < _LEAST and text.isascii():
        # Too short for either number: most ids are, and millions are looked at. Other signs than
        # ASCII may stand for more than one digit.
        return text
    if looks_like_card(text):
        raise IdentifierError(
            f"the {what} id looks like a card number (it passes the Luhn check); "
            "pass an opaque id of your own."
        )
    if looks_like_identity(text):
        raise IdentifierError(
            f"the {what} id looks like a resident identity number; pass an opaque id of your own."
        )
    return text
