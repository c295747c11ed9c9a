"""How an expectation written as data matches a value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice.core.calendar import Period
from bankservice.core.errors import UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.money import Money
from bankservice.testing.matching import absent, mismatches


class Colour(Enum):
    """A closed set."""

    RED = "red"


@attrs.frozen
class Clock:
    """A part of an outcome."""

    due_at: datetime | None = None
    days: int = 0


@attrs.frozen(kw_only=True)
class Outcome:
    """An outcome with a part of every type the house uses."""

    name: str = "A"
    count: int = 3
    rate: Decimal = Decimal("0.05")
    share: Fraction = Fraction(1, 3)
    score: float = 0.5
    paid: Money = attrs.field(factory=lambda: Money(5_000_000, "CNY"))
    day: date | None = date(2026, 1, 31)
    at: datetime = datetime(2026, 1, 31, 2, tzinfo=UTC)
    span: Period = Period.parse("P6M")
    colour: Colour = Colour.RED
    final: bool = True
    codes: tuple[str, ...] = ("a", "b")
    clocks: FrozenMapping[str, Clock] = FrozenMapping({"first": Clock(days=3)})
    rows: tuple[Clock, ...] = (Clock(days=1), Clock(days=2))
    anything: Any = None

    @property
    def clock(self) -> Clock | None:
        """A part that is worked out."""
        return None


def found(expected: Mapping[str, Any], tolerance: str | None = None) -> list[str]:
    """Return what does not match an `Outcome`."""
    allowed = None if tolerance is None else Decimal(tolerance)
    return list(mismatches(expected, Outcome(), allowed, kind=Outcome))


class TestScalars:
    """A value is compared as what it is."""

    @pytest.mark.parametrize(
        ("name", "written"),
        [
            ("name", "A"),
            ("count", 3),
            ("count", "3"),
            ("count", Decimal("3.0")),
            ("rate", Decimal("0.05")),
            ("rate", "0.05"),
            ("rate", "0.0500"),
            ("score", Decimal("0.5")),
            ("score", "0.5"),
            ("paid", "50000.00"),
            ("paid", 50000),
            ("day", date(2026, 1, 31)),
            ("at", datetime(2026, 1, 31, 2, tzinfo=UTC)),
            ("at", datetime(2026, 1, 31, 10, tzinfo=timezone(timedelta(hours=8)))),
            ("span", "P6M"),
            ("colour", "red"),
            ("final", True),
        ],
    )
    def test_equal(self, name: str, written: Any) -> None:
        """Numbers are equal as numbers, text or not; datetimes as instants."""
        assert found({name: written}) == []

    @pytest.mark.parametrize(
        ("name", "written"),
        [
            ("name", "B"),
            ("name", 5),
            ("count", 4),
            ("count", "three"),
            ("count", True),
            ("count", "nan"),
            ("count", "inf"),
            ("count", Decimal("NaN")),
            ("count", "1e999999999"),
            ("count", ""),
            ("share", "0.333"),
            ("paid", "50000.01"),
            ("paid", "50000.00 CNY"),
            ("day", date(2026, 2, 1)),
            ("day", datetime(2026, 1, 31, tzinfo=UTC)),
            ("day", "2026-01-31x"),
            ("at", datetime(2026, 1, 31, 10, tzinfo=UTC)),
            ("at", datetime(2026, 1, 31, 2)),  # noqa: DTZ001 - a local datetime is no instant
            ("at", date(2026, 1, 31)),
            ("span", "P5M"),
            ("span", "six months"),
            ("span", 6),
            ("colour", "RED"),
            ("final", 1),
            ("final", "true"),
            ("final", False),
            ("codes", "a"),
            ("clocks", "first"),
        ],
    )
    def test_different(self, name: str, written: Any) -> None:
        """What differs is told with the path, and nothing here is an accident of types."""
        problems = found({name: written})

        assert 1 == len(problems)
        assert problems[0].startswith(f"{name}: expected ")

    @pytest.mark.parametrize(("written", "ok"), [("0.333", True), ("0.332", False)])
    def test_tolerance(self, written: str, ok: bool) -> None:
        """Numbers compare within the tolerance, its edge counted."""
        assert ok is (found({"share": written}, "0.001") == [])
        assert found({"count": "3.001"}, "0.001") == []
        assert 1 == len(found({"count": "3.0010001"}, "0.001"))

    def test_tolerance_touches_numbers_only(self) -> None:
        """A tolerance never makes two days, texts or truths equal."""
        assert 3 == len(found({"day": date(2026, 2, 1), "name": "a", "final": False}, "1000000"))

    @pytest.mark.parametrize("score", [float("nan"), float("inf")])
    def test_a_number_that_is_none_matches_nothing(self, score: float) -> None:
        """A value that is not finite matches no number, and does not crash."""
        assert 1 == len(list(mismatches({"score": "0.5"}, Outcome(score=score))))


class TestTables:
    """Tables match partially, by dotted path or nested."""

    def test_partial(self) -> None:
        """What is not named is not compared."""
        assert found({}) == []
        assert found({"clocks": {"first": {"days": 3}}}) == []
        assert found({"clocks.first.days": 3}) == []
        assert found({"clocks": {}}) == []

    def test_an_empty_table_is_no_joker(self) -> None:
        """An empty table matches a table only, never a text, a number or nothing."""
        assert 5 == len(found({"name": {}, "count": {}, "clock": {}, "codes": {}, "span": {}}))

    def test_a_missing_name_of_a_table(self) -> None:
        """A name the policy defines may be missing: that is a mismatch."""
        assert found({"clocks": {"second": {"days": 3}}}) == [
            "clocks.second.days: expected 3, got nothing"
        ]

    @pytest.mark.parametrize(
        "path",
        [
            "nam",
            "clock.due",
            "clocks.first.due",
            "clocks.second.due",
            "rows.0.day",
            "rows.9.day",
            "rows.first",
            "rows.²",
            "rows.-1",
            "rows." + "1" * 5_000,
            "name.length",
            "day.foo",
            "count.real.x",
            "",
            ".name",
            "clocks.",
            "codes.0.",
        ],
    )
    def test_an_unknown_path(self, path: str) -> None:
        """A path that no such value can have is an error, whether a value is there or not."""
        with pytest.raises(UnknownNameError):
            found({path: 1})
        with pytest.raises(UnknownNameError):
            list(absent([path], Outcome(day=None, clocks=FrozenMapping()), Outcome))

    def test_near_names(self) -> None:
        """The error offers near names."""
        with pytest.raises(UnknownNameError) as told:
            found({"clocks.first.due_t": 1})

        assert told.value.near == ("clocks.first.due_at",)
        assert "'clocks.first.due_t'" in str(told.value)

    def test_a_name_with_dots(self) -> None:
        """A name of a table may itself hold dots."""
        assert list(mismatches({"a.b": 1}, {"a.b": 1})) == []

    def test_below_any(self) -> None:
        """Below a part of any type a missing path is a mismatch, for nothing says more."""
        assert 1 == len(found({"anything.deep.path": 1}))


class TestLists:
    """Lists match in length and order, their tables partially."""

    def test_equal(self) -> None:
        """Each item is compared in its place."""
        assert found({"codes": ["a", "b"], "rows": [{"days": 1}, {}]}) == []

    @pytest.mark.parametrize("written", [["b", "a"], ["a"], ["a", "b", "c"], []])
    def test_different(self, written: list[str]) -> None:
        """Another order or length does not match."""
        assert found({"codes": written}) != []

    @pytest.mark.parametrize("name", ["name", "count", "clocks", "day", "clock"])
    def test_no_list(self, name: str) -> None:
        """A list matches no text, number, table or missing value."""
        assert 1 == len(found({name: []}))

    def test_the_place_is_told(self) -> None:
        """The problem names the item."""
        assert found({"rows": [{"days": 1}, {"days": 5}]}) == ["rows[1].days: expected 5, got 2"]

    def test_one_item_by_path(self) -> None:
        """A path may point into a list."""
        assert found({"rows.1.days": 2}) == []
        assert 1 == len(found({"rows.2.days": 2}))


class TestAbsent:
    """`absent` asserts that a path has no value."""

    def test_absent(self) -> None:
        """None, nothing, and what is empty are no value."""
        got = Outcome(day=None, name="", codes=(), clocks=FrozenMapping())
        paths = ["day", "name", "codes", "clocks", "clock", "clocks.x.days", "rows.2", "clock.days"]

        assert list(absent(paths, got, Outcome)) == []

    def test_present(self) -> None:
        """Zero and false are values."""
        got = Outcome(count=0, final=False)

        assert list(absent(["count", "final", "clocks.first.days"], got, Outcome)) == [
            "count: expected nothing, got 0",
            "final: expected nothing, got False",
            "clocks.first.days: expected nothing, got 3",
        ]


scalars = st.one_of(
    st.text(max_size=8),
    st.integers(-100, 100),
    st.booleans(),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
    st.decimals(allow_nan=True, allow_infinity=True),
)
parts = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
names = st.sampled_from([field.name for field in attrs.fields(Outcome)] + ["clock"])


class TestAnything:
    """Whatever is expected, the answer is a mismatch, a match or an unknown name."""

    @given(st.dictionaries(names, parts, min_size=1, max_size=4))
    def test_never_a_crash(self, expected: dict[str, Any]) -> None:
        """No expectation of plain data makes the comparison fail in another way."""
        try:
            problems = found(expected)
        except UnknownNameError:
            return

        assert all(isinstance(problem, str) for problem in problems)

    @given(names, parts)
    def test_a_match_is_an_equal(self, name: str, written: Any) -> None:
        """What matches is the value itself, in another spelling at most."""
        try:
            problems = found({name: written})
        except UnknownNameError:
            return
        value = getattr(Outcome(), name)
        if problems or name in ("paid", "span", "colour", "clocks", "rows"):
            return

        if isinstance(value, tuple):
            assert list(value) == written
        elif isinstance(value, (int, float, Decimal, Fraction)) and not isinstance(value, bool):
            assert Fraction(value) == Fraction(Decimal(written))
        else:
            assert value == written
