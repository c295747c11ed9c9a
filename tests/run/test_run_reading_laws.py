"""
Reading loses nothing and makes nothing up: fields, line numbers, amounts, days, and masks.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from run_tools import blocks_of, extract_of

from bankservice.core.money import parse_minor
from bankservice.run import files, lines
from bankservice.run.files import Block
from bankservice.run.lines import LINE
from bankservice.run.plan import Extract
from bankservice.run.rejects import mask
from bankservice.run.rows import SCALE, typed

FEW = settings(max_examples=max(1, settings().max_examples // 2))
SIGNS = st.sampled_from(["a", "é", "张", "7", " ", ",", ";", '"', "\n", "\r\n", "'", "-", "."])
FIELDS = st.text("aé7 ,;\"'", max_size=4) | st.lists(SIGNS, max_size=5).map("".join)
RECORDS = st.lists(st.lists(FIELDS, min_size=3, max_size=3), max_size=8)
SIZES = st.sampled_from((1, 5, 64, 1 << 20))
Read = list[tuple[int, list[str]]]


def sized(size: int) -> AbstractContextManager[object]:
    """Read in blocks and pieces of a size."""
    return mock.patch.multiple(files, BLOCK_BYTES=size)


def wide(width: int, **more: str) -> Extract:
    """Return an extract whose every column is mapped to something."""
    names = ("account", "product", "customer", "currency", "opened_on")
    return extract_of("accounts", "t.csv", {names[n]: f"c{n}" for n in range(width)}, **more)


def read_back(raw: bytes, size: int, width: int, **more: str) -> tuple[Read, list[Block]]:
    """Return (line, fields) of every row of a file read in blocks of a size."""
    with tempfile.TemporaryDirectory() as name, sized(size):
        (Path(name) / "t.csv").write_bytes(raw)
        _, blocks = blocks_of(wide(width, **more), Path(name))
    rows: Read = []
    for block in blocks:
        names = [column for column in block.rows.columns if column != LINE]
        rows += [(row[LINE], [row[n] for n in names]) for row in block.rows.iter_rows(named=True)]
    return rows, blocks


def as_python(text: str) -> Read:
    """Return what Python's csv makes of the lines after the first, blank ones left out."""
    reader = csv.reader(io.StringIO(text, newline=""))
    rows: Read = []
    begins = 1
    for record in reader:
        if begins > 1 and record:
            rows.append((begins, record))
        begins = reader.line_num + 1
    return rows


def written(records: Sequence[Sequence[str]], end: str, quoting: int, width: int) -> str:
    """Return records as a CSV file with a first line of names."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(f"c{n}" for n in range(width))
    writer.writerows(records)
    return file.getvalue()


class TestText:
    """Files that are well formed are read as Python's csv reads them."""

    @given(
        RECORDS,
        st.sampled_from(("\n", "\r\n")),
        st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
        SIZES,
        st.booleans(),
    )
    @FEW
    @example([["a\n\nb", "", "x"]], "\n", csv.QUOTE_MINIMAL, 1, True)
    @example([["a\r\nb", "\n", "x"], ["1", "2", "3"]], "\r\n", csv.QUOTE_ALL, 1 << 20, False)
    def test_fields_and_lines(
        self, records: list[list[str]], end: str, quoting: int, size: int, last: bool
    ) -> None:
        """Each field as it was written, each row with the line it began on."""
        text = written(records, end, quoting, 3)
        text = text if last else text.removesuffix(end)
        rows, blocks = read_back(text.encode(), size, 3)

        assert as_python(text) == rows
        assert [] == [torn for block in blocks for torn in block.torn]

    @given(
        RECORDS, st.sampled_from(("gb18030", "utf-16", "utf-16-le", "utf-8-sig", "utf-8")), SIZES
    )
    @FEW
    def test_encodings(self, records: list[list[str]], encoding: str, size: int) -> None:
        """The encoding, wherever a block ends in it, changes nothing."""
        text = written(records, "\n", csv.QUOTE_MINIMAL, 3)
        rows, _ = read_back(text.encode(encoding), size, 3, encoding=encoding)

        assert as_python(text) == rows

    @given(st.lists(st.sampled_from(["a", ",", '"', "\n", " ", "\r"]), max_size=14).map("".join))
    @settings(max_examples=settings().max_examples * 2)
    @example('"x,y",1\nz\n')
    @example('5" pipe,2\n6" pipe,3\n')
    @example("a\ra,1\n")
    def test_any_text_fast_or_slow(self, text: str) -> None:
        """Whatever stands there, the fast way reads what the careful one reads, or nothing."""
        raw = f"c0,c1\n{text}".encode()
        rows, blocks = read_back(raw, 1 << 20, 2)
        with mock.patch.object(lines, "_quick", return_value=None):
            slow, careful = read_back(raw, 1 << 20, 2)

        assert slow == rows
        assert [b.torn for b in careful if b.torn] == [b.torn for b in blocks if b.torn]

    @given(RECORDS, st.integers(0, 7))
    @FEW
    def test_blank_lines(self, records: list[list[str]], place: int) -> None:
        """A blank line between records is no row, and the lines after it keep their number."""
        held = [[field.replace("\n", " ").replace("\r", " ") for field in row] for row in records]
        place = min(place, len(held)) + 1
        parts = written(held, "\n", csv.QUOTE_ALL, 3).splitlines(keepends=True)
        text = "".join([*parts[:place], "\n", "  \n", *parts[place:]])
        rows, _ = read_back(text.encode(), 1 << 20, 3)

        assert [2 + n + 2 * (n + 2 > place) for n in range(len(held))] == [line for line, _ in rows]

    @pytest.mark.parametrize("text", ["\x0b", "\x0c", "\x85", "\u2028", "\x1c"])
    def test_only_a_line_feed_ends_a_line(self, text: str) -> None:
        """Signs that some call line ends are text, in UTF-16 too, wherever a block ends."""
        held = [[f"a{text}b", text, "c"], ["1", "2", "3"]]
        raw = written(held, "\n", csv.QUOTE_MINIMAL, 3).encode("utf-16")

        assert [[2, held[0]], [3, held[1]]] == [
            list(row) for row in read_back(raw, 1, 3, encoding="utf-16")[0]
        ]

    def test_delimiter_inside_a_character(self) -> None:
        """A sign whose second byte is the delimiter's is one sign: 瓅 in GB18030 ends in a bar."""
        held = "瓅|1|x\n乙|2\n".encode("gb18030")

        assert b"|" in "瓅".encode("gb18030")
        rows, blocks = read_back(b"c0|c1|c2\n" + held, 64, 3, encoding="gb18030", delimiter="|")
        assert [(2, ["瓅", "1", "x"])] == rows
        assert [3] == [torn.line for block in blocks for torn in block.torn]

    def test_names_alike(self, tmp_path: Path) -> None:
        """Columns that nobody asked for may have the same name, none, or one of our own."""
        (tmp_path / "t.csv").write_text(f"c0,,,{LINE},x,x\n1,2,3,4,5,6\n7,8,9,10,11\n")
        _, blocks = blocks_of(wide(1), tmp_path)

        assert [{"c0": "1", LINE: 2}] == [r for b in blocks for r in b.rows.to_dicts()]


def amounts_of(raw: Sequence[str], **more: str) -> list[int | None]:
    """Return amounts as they were read, in ten-thousandths; None where they were rejected."""
    extract = extract_of("measures", "t.csv", {"customer": "C", "average": "X"}, **more)
    return _typed_column(raw, extract, "average")


def days_of(raw: Sequence[str], form: str) -> list[date | None]:
    """Return days as they were read; None where they were rejected."""
    columns = {"customer": "C", "average": "X", "on": "X"}
    return _typed_column(raw, extract_of("measures", "t.csv", columns, dates=form), "on")


def _typed_column(raw: Sequence[str], extract: Extract, name: str) -> list[Any]:
    customers = [f"C{n}" for n in range(len(raw))]
    numbers = pl.Series(LINE, range(len(raw)), dtype=pl.UInt32)
    frame = pl.DataFrame({"C": customers, "X": raw}).with_columns(numbers)
    source = files.Source(Path("t.csv"), "t.csv", extract, ("C", "X"), 1, "extract[0]")
    rows = typed(source, Block(frame, (), 0))
    held = pl.concat([rows.good.select(LINE, name), rows.doubtful.select(LINE, name)])
    return held.sort(LINE)[name].to_list()


@st.composite
def plain_amounts(draw: st.DrawFn) -> str:
    """Draw an amount as parse_minor reads it: sign, digits, a point, up to four digits."""
    whole = draw(st.integers(0, 10**13 - 1))
    zeros = draw(st.integers(0, 6))
    figures = draw(st.integers(0, 4))
    fraction = draw(st.integers(0, 10**figures - 1)) if figures else 0
    point = f".{fraction:0{figures}d}" if figures else ""
    return draw(st.sampled_from(("", "-", "+"))) + "0" * zeros + str(whole) + point


def grouped(text: str, thousands: str, decimal: str) -> str:
    """Return an amount with marks between its thousands and another decimal mark."""
    sign, body = (text[0], text[1:]) if text[0] in "+-" else ("", text)
    whole, point, fraction = body.partition(".")
    return sign + f"{int(whole):,}".replace(",", thousands) + (decimal if point else "") + fraction


class TestAmounts:
    """An amount is read as `core.money.parse_minor` reads it, or it is rejected."""

    @given(st.lists(plain_amounts(), min_size=1, max_size=20))
    @FEW
    def test_plain(self, raw: list[str]) -> None:
        """With a point, a comma, or marks between thousands: the same whole number."""
        expected = [parse_minor(text, SCALE) for text in raw]

        assert expected == amounts_of(raw)
        assert expected == amounts_of([text.replace(".", ",") for text in raw], decimal=",")
        for thousands, decimal in ((".", ","), (",", "."), (" ", ","), ("'", "."), ("\xa0", ",")):
            written_so = [grouped(text, thousands, decimal) for text in raw]

            assert expected == amounts_of(written_so, decimal=decimal, thousands=thousands)

    @given(st.lists(st.text("0123456789.,+-eE _ ", min_size=1, max_size=9), min_size=1))
    def test_never_something_else(self, raw: list[str]) -> None:
        """Whatever stands there is read as parse_minor reads it, or is rejected."""
        for text, found in zip(raw, amounts_of(raw), strict=True):
            if found is not None:
                assert parse_minor(text, SCALE) == found

    @given(st.lists(st.text("0123456789.,-", min_size=1, max_size=9), min_size=1))
    @example(["12.50"])
    @example(["1.5"])
    @example(["1.234.56,78"])
    def test_a_mark_is_a_mark(self, raw: list[str]) -> None:
        """A point that is no mark between thousands is never read over: 12.50 is not 1250."""
        for text, found in zip(raw, amounts_of(raw, decimal=",", thousands="."), strict=True):
            if found is not None:
                head, *groups = text.partition(",")[0].split(".")

                assert all(len(group) == 3 for group in groups)
                assert 1 <= len(head.lstrip("+-")) <= (3 if groups else len(head))
                assert parse_minor(text.replace(".", "").replace(",", "."), SCALE) == found

    def test_minor_units(self) -> None:
        """Amounts in minor units are whole; a fraction of a cent is rejected."""
        columns = {"customer": "C", "average": {"column": "X", "minor_units": True}}
        extract = extract_of("measures", "t.csv", columns)

        assert [1234, -5, 12, None] == _typed_column(
            ["1234", "-5", "000000000000000012", "1.5"], extract, "average"
        )


class TestDays:
    """A day is read as Python's strptime reads it, or it is rejected."""

    @given(
        st.lists(st.dates(date(1970, 1, 1), date(2068, 12, 31)), min_size=1, max_size=20),
        st.sampled_from(("%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%y", "%y%m%d", "%d-%b-%Y")),
    )
    @FEW
    def test_every_day(self, days: list[date], form: str) -> None:
        """A day written in the form is that day."""
        assert days == days_of([day.strftime(form) for day in days], form)

    @given(st.lists(st.text("0123456789-", min_size=6, max_size=11), min_size=1))
    @example(["26-01-05"])
    @example(["+12026-01-05"])
    @example(["2026-02-30"])
    def test_never_another_day(self, raw: list[str]) -> None:
        """What Python does not take for a day is rejected; what is read is the same day."""
        for text, found in zip(raw, days_of(raw, "%Y-%m-%d"), strict=True):
            if found is not None:
                assert datetime.strptime(text, "%Y-%m-%d").date() == found  # noqa: DTZ007


class TestMask:
    """A mask tells the shape of a value and nothing of it."""

    @given(st.text(max_size=60))
    @settings(max_examples=settings().max_examples * 3)
    def test_nothing_shows(self, value: str) -> None:
        """No letter or digit of the value is left, only 9, a, A and 文; it stays short and printable."""
        shape = mask(value)

        assert set() == {sign for sign in shape if sign.isalnum()} - set("9aA文")
        assert len(shape) <= 40
        assert shape.isprintable()
