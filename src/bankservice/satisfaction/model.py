"""
What the rooms of this domain share: answers, and the ways of having none.

Statistics reckon with floats, here and in the rooms beside; what leaves a rule is rounded to
fourteen digits by `told`, so that outcomes compare, hash and are written the same everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any, Final

import attrs

from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.scalars import named
from bankservice.core.schema import Forms, Schema
from bankservice.core.special import rounded
from bankservice.core.structure import Reader

__all__ = ["DIGITS", "MOST", "Answers", "Missing", "count_faults", "told"]

DIGITS: Final = 14
"""Significant digits of what leaves a rule; the last of a float differ between platforms."""
MOST: Final = 10**10
"""A count is at most this, which is more than there are people."""


def told(value: float) -> Decimal:
    """
    Return a float as it leaves a rule.

    Examples:
        >>> told(1536.58352827760)
        Decimal('1536.5835282776')
    """
    return rounded(value, DIGITS)


def count_faults(path: str, count: int | None, otherwise: str = "") -> Iterator[Fault]:
    """
    Yield that a count is none.

    Args:
        path: Where it stands.
        count: The count; None where there is none, which is a fault too.
        otherwise: What might stand in its place.
    """
    if count is None or not 0 <= count <= MOST:
        got = "nothing" if count is None else str(count) if abs(count) < MOST**2 else "too many"
        yield Fault(path, got, f"a count of 0 or more{otherwise}")


class Missing(Enum):
    """Why a question has no answer; none of these ever counts as one."""

    DONT_KNOW = "dont-know"
    NOT_APPLICABLE = "not-applicable"
    REFUSED = "refused"
    SKIPPED = "skipped"
    NOT_SHOWN = "not-shown"


_MISSING: Final = {code.value: code for code in Missing}


@attrs.frozen(slots=False)
class Answers:
    """
    Answers to one question, in the order of those who were asked.

    Attributes:
        codes: A whole number for each answer, or why there is none.

    Examples:
        >>> from bankservice.core.structure import FACTS
        >>> read = FACTS.read([9, "skipped", 10], Answers, "scores")
        >>> read.valid, read.missing
        ((9, 10), FrozenMapping({'skipped': 1}))
    """

    codes: tuple[int | Missing, ...] = ()

    @classmethod
    def __read__(cls, raw: Any, reader: Reader) -> Answers:
        if isinstance(raw, (str, bytes)) or not isinstance(raw, Iterable):
            raise FaultsError("answers", (Fault("", named(raw), "a list of answers"),))
        codes: list[int | Missing] = []
        faults: list[Fault] = []
        for place, answer in enumerate(raw):
            read = _code(answer)
            if read is None:
                near = near_names(answer, _MISSING) if isinstance(answer, str) else ()
                faults.append(Fault(f"[{place}]", named(answer), _WANTED, near))
            else:
                codes.append(read)
        if faults:
            raise FaultsError("answers", tuple(faults))
        return cls(tuple(codes))

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        return forms.of(tuple[int | Missing, ...])

    def __written__(self) -> list[Any]:
        return [code.value if isinstance(code, Missing) else code for code in self.codes]

    @cached_property
    def valid(self) -> tuple[int, ...]:
        """The answers there are."""
        return tuple(code for code in self.codes if not isinstance(code, Missing))

    @cached_property
    def missing(self) -> FrozenMapping[str, int]:
        """How often there is none, by why; a reason that never came is left out."""
        found = Counter(code.value for code in self.codes if isinstance(code, Missing))
        return FrozenMapping({code: found[code] for code in _MISSING if found[code]})


_WANTED: Final = "a whole number, or one of " + ", ".join(_MISSING)


def _code(answer: Any) -> int | Missing | None:
    """Return an answer as it is kept; None where it is none."""
    if type(answer) is int or isinstance(answer, Missing):
        return answer
    if isinstance(answer, Decimal) and answer.is_finite() and answer == answer.to_integral_value():
        # As JSON and case tables write whole numbers.
        return int(answer) if answer.as_tuple().exponent == 0 else None
    if isinstance(answer, str):
        held = _MISSING.get(answer)
        if held is not None:
            return held
        if answer.isascii() and answer.removeprefix("-").isdigit() and len(answer) < 10:
            return int(answer)
    return None
