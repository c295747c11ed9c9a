"""
Cells: every TOML value stands in one and comes back, whatever it looks like.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice.core.errors import PolicyError
from bankservice.core.policy_file import parse_toml
from bankservice.sheets.cells import LIST, PLAIN, TABLE, Cell, CellError, read, stored
from bankservice.sheets.values import arranged, dotted, inline, put, same, spelled, written

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TEXTS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("=@'\"`[]{},，\n\r\t #_x0"),
    max_size=12,
)
SCALARS = (
    TEXTS
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.decimals(allow_nan=False, places=3)
    | st.floats(allow_nan=False).map(lambda value: Decimal(repr(value)))
    | st.dates()
    | st.times()
    | st.datetimes()
    | st.datetimes(timezones=OFFSETS)
)


def parsed_again(value: Any) -> Any:
    """Return a value as TOML gives it: what Python has more of (folds, signs) is gone."""
    return parse_toml(f"v = {inline(value)}", "test")["v"]


VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
).map(parsed_again)


class TestValues:
    """A value is what TOML has, by type and by every digit."""

    @given(VALUES)
    def test_what_is_stored_is_read(self, value: Any) -> None:
        """
        Every value comes back from its cell the same.
        """
        assert same(value, read(stored(value)))

    @given(st.lists(TEXTS, min_size=1, max_size=4))
    def test_words_come_back_from_a_column_of_words(self, value: list[str]) -> None:
        """
        A list of texts comes back from a column of words, whatever the texts hold.
        """
        assert same(value, read(stored(value, LIST), LIST))

    @given(st.dictionaries(TEXTS, VALUES, max_size=4).map(parsed_again))
    def test_tables_come_back_from_lines(self, value: dict[str, Any]) -> None:
        """
        A table comes back from a column of lines.
        """
        assert same(value, read(stored(value, TABLE), TABLE))

    @given(st.dictionaries(TEXTS, VALUES, max_size=5).map(parsed_again))
    def test_what_is_written_is_read(self, value: dict[str, Any]) -> None:
        """
        A document written out is the same document, keys in their order.
        """
        again = parse_toml(written(value), "test")

        assert same(value, again)
        assert list(value) == list(again)

    @given(st.lists(TEXTS, min_size=1, max_size=3).map(tuple))
    def test_keys_are_spelled_back(self, keys: tuple[str, ...]) -> None:
        """
        Keys with points between come back one by one.
        """
        assert keys == spelled(dotted(keys))

    @pytest.mark.parametrize("text", ["a = 1", "a\nb", "", "a # b", "a = 1 #", "[a]"])
    def test_no_key(self, text: str) -> None:
        """
        What is no key is refused, also where TOML would read it as something else.
        """
        with pytest.raises(PolicyError):
            spelled(text)

    def test_types_are_told_apart(self) -> None:
        """
        Values are the same only where type and digits are.
        """
        pairs: list[tuple[Any, Any]] = [
            (1, True),
            (1, Decimal(1)),
            (Decimal("1.0"), Decimal("1.00")),
            ("1", 1),
            (date(2020, 1, 1), datetime.fromisoformat("2020-01-01T00:00")),
            ([], {}),
            ({"a": 1}, {"a": 1, "b": 2}),
            ([1], [1, 1]),
        ]

        assert [] == [pair for pair in pairs if same(*pair)]


class TestForms:
    """What stands in a cell is what people would type."""

    @pytest.mark.parametrize(
        ("value", "mark", "cell"),
        [
            ("50000.00", PLAIN, Cell("50000.00")),
            ("=1+1", PLAIN, Cell("=1+1")),
            ("'x", PLAIN, Cell("'x")),
            ("001", PLAIN, Cell("001")),
            ("TRUE", PLAIN, Cell("TRUE")),
            ("2020-01-01", PLAIN, Cell("2020-01-01")),
            ("", PLAIN, Cell('""')),
            (" a", PLAIN, Cell('" a"')),
            ("[x]", PLAIN, Cell('"[x]"')),
            ("_x0041_", PLAIN, Cell('"\\u005Fx0041_"')),
            ("one\ntwo", PLAIN, Cell("one\ntwo")),
            (5, PLAIN, Cell(5, "0")),
            (10**18, PLAIN, Cell("`1000000000000000000`")),
            (Decimal("0.50"), PLAIN, Cell(0.5, "0.00########")),
            (Decimal("1E+3"), PLAIN, Cell("`1e+3`")),
            (True, PLAIN, Cell(True, "General")),
            (date(2020, 1, 31), PLAIN, Cell(date(2020, 1, 31), "yyyy-mm-dd")),
            (date(1899, 1, 31), PLAIN, Cell("`1899-01-31`")),
            (time(9), PLAIN, Cell("`09:00:00`")),
            (["a", "b"], LIST, Cell("a, b")),
            (["a, b"], LIST, Cell('["a, b"]')),
            ([], LIST, Cell("[]")),
            ({"a": {"b": 1}, "c": []}, TABLE, Cell("a.b = 1\nc = []")),
            ({}, TABLE, Cell("{}")),
        ],
    )
    def test_the_cell_of_a_value(self, value: Any, mark: str, cell: Cell) -> None:
        """
        Plain things stand as they are; the others in a form of their own.
        """
        assert cell == stored(value, mark)

    @pytest.mark.parametrize(
        ("cell", "mark", "value"),
        [
            (Cell("  50000.00 "), PLAIN, "50000.00"),
            (Cell("   "), PLAIN, None),
            (Cell(None), PLAIN, None),
            (Cell(5.0, "General"), PLAIN, 5),
            (Cell(0.05, "0%"), PLAIN, Decimal("0.05")),
            (Cell(2, "0.00"), PLAIN, Decimal("2.00")),
            (Cell(datetime.fromisoformat("2020-01-31T00:00"), "m/d/yy"), PLAIN, date(2020, 1, 31)),
            (Cell("a，b、c\nd"), LIST, ["a", "b", "c", "d"]),
            (Cell('a = 1\r\n"b c" = 2'), TABLE, {"a": 1, "b c": 2}),
            (
                Cell("2026-03-01 09:00:00+08:00"),
                PLAIN,
                datetime.fromisoformat("2026-03-01T09:00:00+08:00"),
            ),
        ],
    )
    def test_what_people_type(self, cell: Cell, mark: str, value: Any) -> None:
        """
        Blanks around, Chinese commas, percent formats and dates of any form are read.
        """
        assert same(value, read(cell, mark))

    @pytest.mark.parametrize(
        ("cell", "mark", "wanted"),
        [
            (Cell('["a"'), PLAIN, "a list such as"),
            (Cell("{ a = }"), PLAIN, "a table such as"),
            (Cell('"a'), PLAIN, "text between two quotation marks"),
            (Cell("`a"), PLAIN, "one TOML value between"),
            (Cell("`1\nb = 2`"), PLAIN, "one TOML value between"),
            (Cell("a,,b"), LIST, "words with one comma between"),
            (Cell(5300, "0"), LIST, "set the format to text"),
            (Cell("a"), TABLE, "lines of key = value"),
            (Cell("2026-13-01T09:00:00+08:00"), PLAIN, "a moment that there is"),
            (
                Cell(datetime.fromisoformat("2020-01-31T09:00")),
                PLAIN,
                "a moment with its offset as text",
            ),
            (Cell(time(9)), PLAIN, 'text such as "09:00"'),
            (Cell(1e20, "0"), PLAIN, "at most 15 digits"),
        ],
    )
    def test_what_is_refused(self, cell: Cell, mark: str, wanted: str) -> None:
        """
        A form that is begun and not kept is refused, not taken for text.
        """
        with pytest.raises(CellError) as error:
            read(cell, mark)

        assert wanted in error.value.wanted

    def test_longer_than_a_cell(self) -> None:
        """
        Text longer than a cell holds is refused, never cut.
        """
        with pytest.raises(CellError) as error:
            stored("x" * 32_768)

        assert "32768 characters" == error.value.got


class TestTables:
    """Tables are put together key by key."""

    def test_nothing_is_overwritten(self) -> None:
        """
        A second value for a key, or for a part of one, finds something in its way.
        """
        table = {"a": {"b": 1}, "c": 2}

        assert [False, False, True, True] == [
            put(table, ("a", "b"), 3),
            put(table, ("c", "d"), 3),
            put(table, ("a",), {"e": 4}),
            put(table, ("f", "g"), 5),
        ]
        assert {"a": {"b": 1, "e": 4}, "c": 2, "f": {"g": 5}} == table

    def test_order(self) -> None:
        """
        Keys come in the order that is told, the others behind.
        """
        table = {"x": 1, "a": {"c": 1, "b": 2}}

        found = arranged(table, [("a", "b"), ("a", "c"), ("gone",)])

        assert ["a", "x"] == list(found)
        assert ["b", "c"] == list(found["a"])
