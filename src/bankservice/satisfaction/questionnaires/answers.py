"""
One raw answer in, a value or a named fault out.

Nothing is coerced and nothing is half taken: what an item does not accept is told as a fault with
what was got and what was wanted. Words a customer wrote are never repeated in one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Final, TypeAlias

import attrs

from bankservice.core.errors import near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.scalars import named
from bankservice.satisfaction.model import Missing
from bankservice.satisfaction.questionnaires.items import Item
from bankservice.satisfaction.questionnaires.table import ScaleRow

__all__ = ["SheetFault", "Value", "Wrong", "column_reader", "read_answer"]

Value: TypeAlias = int | str | Decimal | date | tuple[str, ...] | FrozenMapping[str, int]
"""An answer as it is kept: a code of a scale, an option or several, points, a number, a day, words."""

LONGEST_TEXT: Final = 4_000
"""Most characters of a text, unless its item says another number."""


class SheetFault(Enum):
    """What can be wrong with an answer sheet."""

    UNKNOWN_QUESTION = "unknown-question"
    TWICE = "twice"
    NOT_SHOWN = "not-shown"
    NOT_WHOLE = "not-whole"
    OUT_OF_RANGE = "out-of-range"
    NOT_YES_OR_NO = "not-yes-or-no"
    UNKNOWN_OPTION = "unknown-option"
    OPTION_TWICE = "option-twice"
    TOO_MANY = "too-many"
    NOT_RANKED = "not-ranked"
    WRONG_SUM = "wrong-sum"
    NOT_A_NUMBER = "not-a-number"
    NOT_A_DATE = "not-a-date"
    NOT_TEXT = "not-text"
    BEFORE_INVITATION = "before-invitation"
    OUT_OF_ORDER = "out-of-order"
    OTHER_LANGUAGE = "other-language"
    OTHER_CHANNEL = "other-channel"


@attrs.frozen
class Wrong:
    """
    An answer that was not taken.

    Attributes:
        code: What is wrong with it.
        got: What stands there; free words only by their length.
        wanted: What would be right.
        near: Codes close to the one given, best first.
    """

    code: SheetFault
    got: str
    wanted: str
    near: tuple[str, ...] = ()


_MISSING: Final[Mapping[str, Missing]] = {code.value: code for code in Missing}
_YES_NO: Final[Mapping[object, int]] = {"yes": 1, "no": 0, "1": 1, "0": 0, "true": 1, "false": 0}
_PLAIN: Final = re.compile(r"[+-]?[0-9]{1,6}(?:\.[0-9]{1,6})?|(?!.*[0-9]{6})[a-z][a-z0-9._-]{0,31}")
"""What is surely no more than a number or a code: no telephone, account or identity number."""
_LARGE: Final = 10**6
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,9}")


def shown(raw: object) -> str:
    """Return what stands there as a fault names it; what may be a customer's words by length."""
    if isinstance(raw, str) and _PLAIN.fullmatch(raw) is None:
        return f"text of {len(raw)} characters"
    if isinstance(raw, (tuple, list)):
        return f"a list of {len(raw)}"
    if isinstance(raw, Mapping):
        return f"a table of {len(raw)}"
    if type(raw) is int and abs(raw) >= _LARGE:
        return "a number of more than six digits"
    return repr(raw) if isinstance(raw, str) else named(raw)


def read_answer(item: Item, raw: Any) -> Value | Missing | Wrong:
    """
    Return the answer to an item, why there is none, or what is wrong with it.

    A code for a missing answer, such as `skipped`, stands for it at every item. Nothing, an empty
    text and an empty list are `skipped`.

    Examples:
        >>> from bankservice.satisfaction import SHELF
        >>> bank = SHELF.get("satisfaction/item-bank").versions[-1].parameters
        >>> read_answer(bank.item("recommend"), 9), read_answer(bank.item("recommend"), "refused")
        (9, <Missing.REFUSED: 'refused'>)
        >>> read_answer(bank.item("recommend"), 11).wanted
        'a whole number from 0 to 10'
    """
    if raw is None:
        return Missing.SKIPPED
    if isinstance(raw, Missing):
        return raw
    if isinstance(raw, str):
        stripped = raw.strip()
        if not stripped:
            return Missing.SKIPPED
        missing = _MISSING.get(stripped)
        if missing is not None:
            return missing
    return _READS[item.row.kind](item, raw)


def column_reader(item: Item) -> Callable[[str], Value | Missing | Wrong]:
    """
    Return what reads the texts of one column, such as of a CSV file, quickly.

    Every code of the scale and every missing code is looked up; other texts take the slow way.
    Texts of several options, a ranking and points are parted by `;`, points written `option=60`.

    Examples:
        >>> from bankservice.satisfaction import SHELF
        >>> bank = SHELF.get("satisfaction/item-bank").versions[-1].parameters
        >>> read = column_reader(bank.item("recommend"))
        >>> read("9"), read("").value, read("eleven").code.value
        (9, 'skipped', 'not-whole')
    """
    known: dict[str, Value | Missing] = {"": Missing.SKIPPED, **_MISSING}
    if item.scale is not None:
        known |= {str(code): code for code in range(item.scale.lowest, item.scale.highest + 1)}
    if item.row.kind in ("yes-no", "consent"):
        known |= {str(word): code for word, code in _YES_NO.items()}
    if item.row.kind == "single":
        known |= {code: code for code in item.options}
    parted = item.row.kind in ("multiple", "ranking", "constant-sum")

    def read(text: str) -> Value | Missing | Wrong:
        found = known.get(text)
        if found is not None:
            return found
        if not parted or text.strip() in _MISSING:
            return read_answer(item, text)
        parts = tuple(part.strip() for part in text.split(";") if part.strip())
        if item.row.kind != "constant-sum":
            return read_answer(item, parts)
        pairs = [part.partition("=") for part in parts]
        if len({option.strip() for option, _, _ in pairs}) != len(pairs):
            return Wrong(SheetFault.OPTION_TWICE, shown(parts), "each option once")
        return read_answer(item, {option.strip(): points.strip() for option, _, points in pairs})

    return read


# -- one kind each ---------------------------------------------------------------------------------


def _on_scale(item: Item, raw: Any) -> int | Wrong:
    scale = item.scale
    assert scale is not None, "an item of this kind has a scale"
    wanted = _range(scale)
    code = _whole(raw)
    if code is None:
        return Wrong(SheetFault.NOT_WHOLE, shown(raw), wanted)
    if not scale.lowest <= code <= scale.highest:
        return Wrong(SheetFault.OUT_OF_RANGE, shown(raw), wanted)
    return code


def _range(scale: ScaleRow) -> str:
    return f"a whole number from {scale.lowest} to {scale.highest}"


def _whole(raw: Any) -> int | None:
    if type(raw) is int:
        return raw
    if isinstance(raw, str):
        stripped = raw.strip()
        return int(stripped) if stripped.isascii() and _WHOLE.fullmatch(stripped) else None
    if isinstance(raw, Decimal) and raw.is_finite() and raw.as_tuple().exponent == 0:
        # As JSON and case tables may write whole numbers.
        return int(raw)
    return None


def _yes_or_no(item: Item, raw: Any) -> int | Wrong:
    found = None
    if isinstance(raw, bool) or (type(raw) is int and raw in (0, 1)):
        found = int(raw)
    elif isinstance(raw, str):
        found = _YES_NO.get(raw.strip().casefold())
    if found is None:
        return Wrong(SheetFault.NOT_YES_OR_NO, shown(raw), "yes or no")
    return found


def _single(item: Item, raw: Any) -> str | Wrong:
    code = raw.strip() if isinstance(raw, str) else raw
    if isinstance(code, str) and code in item.options:
        return code
    return _no_option(item, raw)


def _no_option(item: Item, raw: Any) -> Wrong:
    near = near_names(raw, item.options) if isinstance(raw, str) and len(raw) <= 64 else ()
    listed = ", ".join(list(item.options)[:12]) + (", …" if len(item.options) > 12 else "")
    return Wrong(SheetFault.UNKNOWN_OPTION, shown(raw), f"one of {listed}", near)


def _several(item: Item, raw: Any) -> tuple[str, ...] | Missing | Wrong:
    """Return options that were chosen, in the order of the item or, ranked, as given."""
    given = (raw,) if isinstance(raw, str) else raw
    if not isinstance(given, (tuple, list)):
        return Wrong(SheetFault.UNKNOWN_OPTION, shown(raw), "a list of options")
    if not given:
        return Missing.SKIPPED
    chosen: list[str] = []
    for one in given:
        code = _single(item, one)
        if isinstance(code, Wrong):
            return code
        if code in chosen:
            return Wrong(SheetFault.OPTION_TWICE, repr(code), "each option once")
        chosen.append(code)
    most = item.row.most
    if most is not None and len(chosen) > most:
        return Wrong(SheetFault.TOO_MANY, f"{len(chosen)} options", f"at most {most}")
    if item.row.kind == "multiple":
        return tuple(code for code in item.options if code in chosen)
    if most is None and len(chosen) < len(item.options):
        got = f"{len(chosen)} options"
        return Wrong(SheetFault.NOT_RANKED, got, f"all {len(item.options)} in order")
    return tuple(chosen)


def _points(item: Item, raw: Any) -> FrozenMapping[str, int] | Missing | Wrong:
    if not isinstance(raw, Mapping):
        return Wrong(SheetFault.UNKNOWN_OPTION, shown(raw), "points by option")
    if not raw:
        return Missing.SKIPPED
    given: dict[str, int] = {}
    for option, points in raw.items():
        if option not in item.options:
            return _no_option(item, option)
        read = _whole(points)
        if read is None:
            return Wrong(SheetFault.NOT_WHOLE, shown(points), f"whole points for {option}")
        if read < 0:
            return Wrong(SheetFault.OUT_OF_RANGE, shown(points), f"0 or more for {option}")
        given[option] = read
    total = sum(given.values())
    if total != item.row.total:
        return Wrong(SheetFault.WRONG_SUM, str(total), f"points that add up to {item.row.total}")
    # An option left out was given none.
    return FrozenMapping({code: given.get(code, 0) for code in item.options})


def _number(item: Item, raw: Any) -> Decimal | Wrong:
    row = item.row
    wanted = "a number"
    if row.least is not None or row.most is not None:
        ends = (("from", row.least), ("to", row.most))
        wanted = " ".join(("a number", *(f"{word} {end}" for word, end in ends if end is not None)))
    try:
        text = raw.strip() if isinstance(raw, str) and raw.isascii() and len(raw) <= 40 else raw
        read = None if type(text) not in (str, int, Decimal) else Decimal(text)
    except InvalidOperation:
        read = None
    if read is None or not read.is_finite() or abs(read.adjusted()) > 40:
        return Wrong(SheetFault.NOT_A_NUMBER, shown(raw), wanted)
    if (row.least is not None and read < row.least) or (row.most is not None and read > row.most):
        return Wrong(SheetFault.OUT_OF_RANGE, shown(raw), wanted)
    return read


def _day(item: Item, raw: Any) -> date | Wrong:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    try:
        return date.fromisoformat(raw.strip())
    except (ValueError, AttributeError):
        return Wrong(SheetFault.NOT_A_DATE, shown(raw), "a day such as 2026-01-31")


def _words(item: Item, raw: Any) -> str | Wrong:
    if not isinstance(raw, str):
        return Wrong(SheetFault.NOT_TEXT, shown(raw), "words")
    most = LONGEST_TEXT if item.row.most is None else int(item.row.most)
    if len(raw) > most:
        got = f"text of {len(raw)} characters"
        return Wrong(SheetFault.TOO_MANY, got, f"at most {most} characters")
    return raw.strip()


_READS: Final[Mapping[str, Callable[[Item, Any], Value | Missing | Wrong]]] = {
    "nps": _on_scale,
    "csat": _on_scale,
    "ces": _on_scale,
    "likert": _on_scale,
    "yes-no": _yes_or_no,
    "consent": _yes_or_no,
    "single": _single,
    "multiple": _several,
    "ranking": _several,
    "constant-sum": _points,
    "numeric": _number,
    "date": _day,
    "text": _words,
}
