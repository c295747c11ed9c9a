"""How raw answers, names and weights become columns: each fault told with its row."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any, Final

from bankservice.core.errors import Fault, near_names
from bankservice.core.scalars import RefusedError, named, number
from bankservice.satisfaction.model import Missing
from bankservice.satisfaction.scores.tally import HEAVIEST

__all__ = [
    "NOT_SHOWN",
    "check_names",
    "code_column",
    "flag_column",
    "missing_code",
    "weight_column",
]

_MOST: Final = 30_000
"""Largest code kept, and the least with a minus; what is beyond says why there is none."""
_BY_CODE: Final = {-32_000 + place: why for place, why in enumerate(Missing)}
_CODES: Final[Mapping[Any, int]] = {
    **{why: code for code, why in _BY_CODE.items()},
    **{why.value: code for code, why in _BY_CODE.items()},
}
NOT_SHOWN: Final = _CODES[Missing.NOT_SHOWN]
"""What is kept where a question was not shown."""
_WANTED: Final = "a whole number, or one of " + ", ".join(why.value for why in Missing)


def missing_code(code: int) -> Missing | None:
    """Return why there is no answer where a kept code says so; None for an answer."""
    return _BY_CODE.get(code)


def code_column(path: str, column: Sequence[Any], n: int, faults: list[Fault]) -> array[int]:
    """Return a column of answers as it is kept."""
    if len(column) != n:
        faults.append(Fault(path, f"{len(column)} rows", f"{n}, as elsewhere"))
        return array("h")
    kinds = (
        {int}
        if isinstance(column, array) and column.typecode in "bBhHiIlLqQ"
        else set(map(type, column))
    )
    if kinds <= {int} and (not n or (min(column) >= -_MOST and max(column) <= _MOST)):
        return array("h", column)
    found = array("h")
    for place, code in enumerate(column):
        kept = _code(code)
        if kept is None:
            near = near_names(code, [why.value for why in Missing]) if isinstance(code, str) else ()
            faults.append(Fault(f"{path}[{place}]", named(code), _WANTED, near))
        else:
            found.append(kept)
    return found


def _code(code: Any) -> int | None:
    if type(code) is int:
        return code if -_MOST <= code <= _MOST else None
    if isinstance(code, (str, Missing)):
        kept = _CODES.get(code)
        if kept is None and isinstance(code, str) and code.isascii() and len(code) < 7:
            return (
                int(code) if code.removeprefix("-").isdigit() and abs(int(code)) <= _MOST else None
            )
        return kept
    if isinstance(code, Decimal) and code.is_finite() and code.as_tuple().exponent == 0:
        return int(code) if abs(code) <= _MOST else None
    return None


def check_names(path: str, names: Sequence[Any], n: int, faults: list[Fault]) -> None:
    """Note what is wrong with the names of units."""
    if len(names) != n:
        faults.append(Fault(path, f"{len(names)} rows", f"{n}, as elsewhere"))
    if not set(map(type, names)) <= {str}:
        faults += [
            Fault(f"{path}[{place}]", named(name), "text")
            for place, name in enumerate(names)
            if type(name) is not str
        ]


def flag_column(flags: Sequence[Any] | None, n: int, faults: list[Fault]) -> bytes:
    """Return a byte for each respondent: 1 for who was not drawn."""
    if flags is None:
        return bytes(n)
    if len(flags) != n:
        faults.append(Fault("self_selected", f"{len(flags)} rows", f"{n}, as elsewhere"))
    wrong = [place for place, flag in enumerate(flags) if type(flag) is not bool]
    faults += [
        Fault(f"self_selected[{place}]", named(flags[place]), "true or false") for place in wrong
    ]
    return bytes(n) if wrong or len(flags) != n else bytes(flags)


def weight_column(weights: Sequence[Any], n: int, faults: list[Fault]) -> array[float]:
    """Return weights as they are kept: finite, 0 or more."""
    if len(weights) != n:
        faults.append(Fault("weight", f"{len(weights)} rows", f"{n}, as elsewhere"))
    if isinstance(weights, array) or set(map(type, weights)) <= {float}:
        found = array("d", weights)
        # What is no number is below nothing, so that the sum is asked as well.
        if not n or (
            min(found) >= 1 / HEAVIEST and max(found) <= HEAVIEST and isfinite(sum(found))
        ):
            return found
    found = array("d")
    for place, weight in enumerate(weights):
        read = _weight(weight)
        if read is None:
            faults.append(
                Fault(f"weight[{place}]", named(weight), "a weight: 0, or from 1e-100 to 1e+100")
            )
        else:
            found.append(read)
    return found


def _weight(weight: Any) -> float | None:
    try:
        read = weight if type(weight) is float else float(number(weight, None))
    except RefusedError:
        return None
    return read if read == 0 or 1 / HEAVIEST <= read <= HEAVIEST else None
