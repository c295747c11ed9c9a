"""
One value in one cell, and back.

A cell is read without knowing where it stands: text is text, a number is a number, a date a date.
What a spreadsheet has no cell for is text in a form of its own: a moment with its offset stands as
it is, a list begins with `[`, a table with `{`, any other TOML value stands between backquotes, and
text that would be read as one of these stands between quotation marks. An empty cell is no value.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

import attrs

from bankservice.core.errors import PolicyError
from bankservice.core.policy_file import parse_toml
from bankservice.core.scalars import named
from bankservice.sheets.values import inline, lines, parsed, same

__all__ = [
    "DATE",
    "LIST",
    "LONGEST",
    "PLAIN",
    "TABLE",
    "TEXT",
    "WHOLE",
    "Cell",
    "CellError",
    "is_plain_list",
    "read",
    "stored",
]

TEXT: Final = "@"
WHOLE: Final = "0"
DATE: Final = "yyyy-mm-dd"

PLAIN: Final = ""
LIST: Final = "[]"
"""Mark of a key whose cells are words with commas between."""
TABLE: Final = "{}"
"""Mark of a key whose cells are lines of `key = value`."""

LONGEST: Final = 32_767
"""So many characters a cell can hold."""

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)")
_DIGITS: Final = re.compile(r"(?:#,##)?0(?:\.(0+)(#*))?(?:_.*)?")
_BETWEEN: Final = re.compile(r"[,，、\n]")
_STARTS: Final = ('"', "`", "[", "{")
_SAFE_DIGITS: Final = 15
"""Every decimal number of so many digits survives as the binary number of a spreadsheet."""


class CellError(ValueError):
    """A cell cannot be read; `got` and `wanted` say why."""

    def __init__(self, got: str, wanted: str) -> None:
        super().__init__(got, wanted)
        self.got = got
        self.wanted = wanted


@attrs.frozen
class Cell:
    """What a cell holds: a value a spreadsheet knows, and the number format it is shown in."""

    value: str | int | float | bool | date | datetime | time | None
    format: str = TEXT


def stored(value: Any, mark: str = PLAIN) -> Cell:
    """
    Return the cell of a value.

    Args:
        value: A TOML value.
        mark: The form of the column: `LIST` for words, `TABLE` for lines.

    Raises:
        CellError: If it is too long for a cell.

    Examples:
        >>> stored(5), stored(Decimal("0.50")), stored("001"), stored(["a", "b"], LIST)
        (Cell(value=5, format='0'), Cell(value=0.5, format='0.00########'), Cell(value='001', format='@'), Cell(value='a, b', format='@'))
    """
    cell = _stored(value, mark)
    if isinstance(cell.value, str) and len(cell.value) > LONGEST:
        raise CellError(
            f"{len(cell.value)} characters", f"at most {LONGEST}, which is all a cell can hold"
        )
    return cell


def _stored(value: Any, mark: str) -> Cell:
    if mark == LIST and is_plain_list(value):
        return Cell(", ".join(value))
    if mark == TABLE and isinstance(value, dict) and value:
        return Cell("\n".join(lines(value)))
    if isinstance(value, str):
        return Cell(value if _is_plain(value) else inline(value))
    if isinstance(value, bool):
        return Cell(value, "General")
    if isinstance(value, int) and abs(value) < 10**_SAFE_DIGITS:
        return Cell(value, WHOLE)
    if isinstance(value, Decimal):
        shown = _as_float(value)
        if shown is not None:
            return shown
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            return Cell(inline(value))
    elif isinstance(value, date) and value.year > 1900:
        # Spreadsheets think that 1900 was a leap year; earlier they know no days.
        return Cell(value, DATE)
    if isinstance(value, (list, dict)):
        return Cell(inline(value))
    return Cell(f"`{inline(value)}`")


def _as_float(value: Decimal) -> Cell | None:
    """Return a number cell that gives the same digits back; None where none does."""
    if not value.is_finite():
        return None
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int), "finite"
    if not -10 <= exponent < 0 or len(digits) > _SAFE_DIGITS or (value == 0 and value.is_signed()):
        return None
    cell = Cell(float(value), f"0.{'0' * -exponent}{'#' * (10 + exponent)}")
    return cell if same(read(cell), value) else None


def _is_plain(text: str) -> bool:
    """Tell whether text can stand in a cell as it is."""
    return (
        text != ""
        and text == text.strip()
        and not text.startswith(_STARTS)
        and _MOMENT.fullmatch(text) is None
        # What quotation marks would have to escape, a cell does not hold as it is.
        and inline(text.replace("\n", "").replace('"', "").replace("\\", ""))[1:-1]
        == text.replace("\n", "").replace('"', "").replace("\\", "")
    )


def is_plain_list(value: Any) -> bool:
    """Tell whether a value is a list of words that can stand with commas between them."""
    return (
        isinstance(value, list)
        and len(value) > 0
        and all(
            isinstance(item, str) and _is_plain(item) and not _BETWEEN.search(item)
            for item in value
        )
    )


def read(cell: Cell, mark: str = PLAIN) -> Any:
    """
    Return the value of a cell; None where it is empty.

    Raises:
        CellError: If it has a form that is begun and not kept.

    Examples:
        >>> read(Cell("2026-03-01T09:00:00+08:00")).isoformat(), read(Cell('["a", "b"]'))
        ('2026-03-01T09:00:00+08:00', ['a', 'b'])
        >>> read(Cell("[1, 2"))
        Traceback (most recent call last):
        ...
        bankservice.sheets.cells.CellError: ('[1, 2', 'a list such as ["a", "b"]; text that begins so stands in quotation marks')
    """
    value = cell.value
    if isinstance(value, str):
        # Some programs write the line breaks of a cell in two signs.
        return _read_text(value.replace("\r\n", "\n").strip(), mark)
    if value is not None and mark == LIST:
        raise CellError(named(value), "words with commas between; set the format to text")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return _read_number(value, cell.format)
    if isinstance(value, datetime):
        if value.time() == time(0):
            return value.date()
        raise CellError(
            f"the time of day {value.isoformat()}",
            "a date, or a moment with its offset as text, such as 2026-01-31T10:00:00+08:00",
        )
    if isinstance(value, date):
        return value
    raise CellError(f"the time of day {value}", 'text such as "09:00"; set the format to text')


def _read_text(text: str, mark: str) -> Any:
    if not text:
        return None
    # A line may begin with a key in quotation marks.
    if text.startswith(_STARTS if mark != TABLE else ("{", "`")):
        return _read_form(text)
    if mark == TABLE:
        try:
            return parse_toml(text, "the cell")
        except PolicyError as error:
            raise CellError(_short(text), f"lines of key = value ({_why(error)})") from None
    if mark == LIST:
        return [_word(part.strip(), text) for part in _BETWEEN.split(text)]
    if _MOMENT.fullmatch(text):
        try:
            return parsed(text)
        except PolicyError:
            raise CellError(text, "a moment that there is") from None
    return text


def _word(word: str, text: str) -> str:
    if not word:
        raise CellError(_short(text), "words with one comma between, or a list in [ ]")
    return word


def _read_form(text: str) -> Any:
    literal = text.startswith("`")
    inner = text[1:-1] if literal and text.endswith("`") and len(text) > 2 else text
    try:
        found = parsed(inner)
    except PolicyError:
        wanted = {
            '"': "text between two quotation marks, or none",
            "`": "one TOML value between two backquotes",
            "[": 'a list such as ["a", "b"]',
            "{": 'a table such as { fact = "kind", equals = "payment" }',
        }[text[0]]
        also = "" if text[0] == '"' else "; text that begins so stands in quotation marks"
        raise CellError(_short(text), wanted + also) from None
    return found


def _read_number(value: float, shown: str) -> Any:
    """Return a whole number as int, any other as the decimal that is shown, exactly."""
    decimals = _DIGITS.fullmatch(shown)
    least = len(decimals[1] or "") if decimals else 0
    # `repr` gives the shortest decimal that is this binary number: what was typed.
    number = Decimal(repr(value))
    if least == 0 or shown.startswith("#"):
        if number == number.to_integral_value() and abs(number) < 10**_SAFE_DIGITS:
            return int(number)
        return number if abs(number.adjusted()) < _SAFE_DIGITS else _too_long(value)
    _, _, exponent = number.as_tuple()
    assert isinstance(exponent, int), "a cell holds finite numbers"
    if abs(number.adjusted()) >= _SAFE_DIGITS:
        return _too_long(value)
    return number.quantize(Decimal(1).scaleb(-max(least, -_plain_exponent(number))))


def _plain_exponent(number: Decimal) -> int:
    """Return the exponent of a number without trailing zeros, at most 0."""
    _, _, exponent = number.normalize().as_tuple()
    assert isinstance(exponent, int), "a cell holds finite numbers"
    return min(0, exponent)


def _too_long(value: float) -> Any:
    raise CellError(
        f"the number {value!r}", "at most 15 digits; longer ones stand between backquotes"
    )


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


def _why(error: PolicyError) -> str:
    return error.faults[0].wanted.removeprefix("valid TOML: ")
