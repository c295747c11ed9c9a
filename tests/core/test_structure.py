"""The strict reading room: no coercion, every fault at once with its path, and the way back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal, getcontext, localcontext
from enum import Enum, IntEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any, ClassVar, Literal, NewType
from zoneinfo import ZoneInfo

import attrs
import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice.core.calendar import Period
from bankservice.core.conditions import AllOf, Comparison, Condition, Not
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.money import Money
from bankservice.core.plain import canonical, digest, outcome_json, to_json
from bankservice.core.scalars import Amount
from bankservice.core.structure import FACTS, POLICY, Reader
from bankservice.core.unknown import UNKNOWN, Unknown, UnknownType

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 2, 12, tzinfo=SHANGHAI)
BOTH = pytest.mark.parametrize("reader", [POLICY, FACTS], ids=["policy", "facts"])

CustomerId = NewType("CustomerId", str)


class Grade(Enum):
    """A choice whose values are text."""

    GOLD = "gold"
    SILVER = "silver"


class Step(Enum):
    """A choice whose values are numbers."""

    ONE = 1
    TWO = 2


class Size(IntEnum):
    """A choice that is a number itself."""

    SMALL = 1


NOTHING = Amount("0.00")
Colour = Literal["red", "green", 3]


@attrs.frozen
class Inner:
    """A row inside another."""

    code: str
    step: int = 1


@attrs.frozen
class Whole:
    """One field of each kind this room knows."""

    word: str
    flag: bool = False
    count: int = 0
    rate: Decimal = Decimal("1.5")
    amount: Amount = NOTHING
    on: date = date(2026, 1, 1)
    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    opens: time = time(9)
    span: Period = Period(months=6)
    grade: Grade = Grade.GOLD
    step: Step = Step.ONE
    colour: Colour = "red"
    maybe: int | None = None
    age: int | UnknownType = UNKNOWN
    region: str | UnknownType | None = None
    kind: Literal["a", "b"] | Unknown = "a"
    rows: tuple[Inner, ...] = ()
    names: FrozenMapping[str, Decimal] = FrozenMapping()
    measured: Mapping[str, int | UnknownType] = attrs.field(factory=FrozenMapping)
    tables: tuple[FrozenMapping[str, tuple[int, ...]], ...] = ()
    when: Condition | None = None
    inner: Inner | None = None
    customer: CustomerId = CustomerId("c-1")
    money: Money | None = None


@attrs.frozen
class Titled:
    """A value part of which does not count for the digest."""

    level: int
    title: str = attrs.field(default="", metadata={"digest": False})
    note: str = attrs.field(default="", metadata={"digest": True})
    rows: tuple[Titled, ...] = ()


@attrs.frozen
class Own:
    """A value that reads and writes itself."""

    days: tuple[int, ...]

    @classmethod
    def __read__(cls, raw: Any, reader: Reader) -> Own:
        if raw == "weekly":
            return cls((1, 8, 15, 22))
        if raw == "broken":
            raise KeyError("day")
        return cls(reader.read(raw, tuple[int, ...], "days"))

    def __written__(self) -> Any:
        return "weekly" if self.days == (1, 8, 15, 22) else list(self.days)


@attrs.frozen
class Holder:
    """A value that holds one with its own reading."""

    own: Own
    more: tuple[Own, ...] = ()


@attrs.frozen
class Sum:
    """A value with a rule over its fields."""

    low: int
    high: int

    def __attrs_post_init__(self) -> None:
        if self.high < self.low:
            error = ValueError("high is not below low")
            error.add_note("A note says nothing about the place.")
            raise error


def faults_of(reader: Reader, raw: object, kind: Any) -> tuple[Fault, ...]:
    """Return the faults of reading *raw* as a *kind*."""
    with pytest.raises(FaultsError) as caught:
        reader.read(raw, kind, "it")

    assert "it" == caught.value.what
    return caught.value.faults


# One value of every type a caller may send, by the name the tests below use.
SENT: dict[str, object] = {
    "none": None,
    "true": True,
    "false": False,
    "int": 5,
    "zero": 0,
    "one": 1,
    "float": 5.9,
    "whole-float": 5.0,
    "nan": float("nan"),
    "decimal": Decimal("5.5"),
    "decimal-nan": Decimal("NaN"),
    "decimal-inf": Decimal("-Infinity"),
    "fraction": Fraction(1, 2),
    "text": "five",
    "empty": "",
    "text-int": "5",
    "text-decimal": "5.5",
    "text-wide": "\uff15",
    "text-nan": "NaN",
    "text-inf": "Infinity",
    "text-false": "false",
    "text-date": "2026-01-31",
    "text-naive": "2026-01-31T10:00:00",
    "text-aware": "2026-01-31T10:00:00+08:00",
    "text-time": "17:00",
    "text-time-aware": "17:00+08:00",
    "text-period": "P6M",
    "text-gold": "gold",
    "text-surrogate": "\ud800",
    "unknown": UNKNOWN,
    "text-unknown": "unknown",
    "bytes": b"5",
    "date": date(2026, 1, 31),
    "naive": datetime(2026, 1, 31, 10),  # noqa: DTZ001 - a wrong value on purpose
    "aware": NOON,
    "time": time(17),
    "time-aware": time(17, tzinfo=UTC),
    "period": Period(months=6),
    "timedelta": timedelta(days=1),
    "gold": Grade.GOLD,
    "step": Step.ONE,
    "list": [],
    "list-int": [5],
    "tuple": (),
    "set": set(),
    "table": {},
    "object": object(),
    "type": int,
}
WORDS = {name for name in SENT if name in ("text", "empty") or name.startswith("text-")}

# What each kind takes of all that; everything else must be refused.
TAKEN: list[tuple[Any, set[str], set[str]]] = [
    (str, WORDS - {"text-surrogate"}, set()),
    (CustomerId, WORDS - {"text-surrogate"}, set()),
    (bool, {"true", "false"}, set()),
    (int, {"int", "zero", "one"}, {"text-int"}),
    (Decimal, {"int", "zero", "one", "decimal", "text-int", "text-decimal"}, set()),
    (Amount, {"text-int", "text-decimal"}, set()),
    (date, {"date"}, {"text-date"}),
    (datetime, {"aware"}, {"text-aware"}),
    (time, {"time", "text-time"}, set()),
    (Period, {"period", "text-period"}, set()),
    (Grade, {"gold", "text-gold"}, set()),
    (Step, {"step", "one"}, set()),
    (Colour, set(), set()),
    (int | None, {"none", "int", "zero", "one"}, {"text-int"}),
    (int | UnknownType, {"unknown", "text-unknown", "int", "zero", "one"}, {"text-int"}),
    (int | Unknown | None, {"none", "unknown", "text-unknown", "int", "zero", "one"}, {"text-int"}),
    (tuple[int, ...], {"list", "tuple", "list-int"}, set()),
    (FrozenMapping[str, int], {"table"}, set()),
    (Mapping[str, int], {"table"}, set()),
    (Inner, set(), set()),
    (Condition, set(), set()),
    (Condition | None, {"none"}, set()),
]


def taken_by(reader: Reader, kind: Any) -> set[str]:
    """Return the names of what is read as a *kind*; the rest must be refused with faults."""
    taken = set()
    for name, value in SENT.items():
        try:
            reader.read(value, kind, "it")
        except FaultsError as error:
            count = len(error.faults)
        else:
            count = 0
            taken.add(name)
        assert (count > 0) == (name not in taken), name
    return taken


class TestNoCoercion:
    """A value of another type is refused, however well it could be turned into the right one."""

    @pytest.mark.parametrize(
        ("kind", "both", "facts"), TAKEN, ids=[str(kind) for kind, _, _ in TAKEN]
    )
    def test_a_kind_takes_its_own_values_only(
        self, kind: Any, both: set[str], facts: set[str]
    ) -> None:
        """Text is no number, True no integer, 5.0 no 5; only facts may write dates as text."""
        assert both == taken_by(POLICY, kind)
        assert both | facts == taken_by(FACTS, kind)

    @BOTH
    @pytest.mark.parametrize(
        ("raw", "kind", "wanted"),
        [
            (True, bool, True),
            (10**40, int, 10**40),
            (-5, Decimal, Decimal(-5)),
            (" 5.50 ".strip(), Decimal, Decimal("5.50")),
            ("50000.00", Amount, "50000.00"),
            (date(2026, 1, 31), date, date(2026, 1, 31)),
            (NOON, datetime, NOON),
            ("17:00", time, time(17)),
            ("P1Y2W", Period, Period(12, 14)),
            ("silver", Grade, Grade.SILVER),
            (2, Step, Step.TWO),
            (3, Colour, 3),
            ("green", Colour, "green"),
            ("unknown", str | UnknownType, UNKNOWN),
            ([1, 2], tuple[int, ...], (1, 2)),
            ({"a": 1}, FrozenMapping[str, int], FrozenMapping({"a": 1})),
            ({"code": "A"}, Inner, Inner("A")),
        ],
    )
    def test_the_right_value_is_read_as_it_is(
        self, reader: Reader, raw: object, kind: Any, wanted: object
    ) -> None:
        """Value and type are those wanted."""
        got = reader.read(raw, kind, "it")

        assert wanted == got
        assert type(wanted) is type(got)

    @BOTH
    @pytest.mark.parametrize(
        "value",
        [
            Inner("A", 2),
            Own((1, 2)),
            Grade.GOLD,
            Period(days=3),
            Comparison("age", "equals", 1),
            Money(5, "CNY"),
        ],
    )
    def test_a_typed_value_passes_unchanged(self, reader: Reader, value: Any) -> None:
        """What is already of the kind is the very same object afterwards."""
        kind: Any = Condition if isinstance(value, Comparison) else type(value)

        assert reader.read(value, kind, "it") is value

    @BOTH
    @pytest.mark.parametrize("wrong", [True, 1.0, Decimal(1), "1", Size.SMALL])
    def test_a_choice_of_numbers_takes_no_other_number(self, reader: Reader, wrong: object) -> None:
        """True and 1.0 equal 1 in Python and are still not the choice 1."""
        (step,) = faults_of(reader, wrong, Step)
        (colour,) = faults_of(reader, 3.0 if wrong == 1.0 else wrong, Colour)

        assert "one of 1, 2" == step.wanted
        assert "one of red, green, 3" == colour.wanted

    @BOTH
    def test_a_pendulum_value_is_a_date_or_a_time(self, reader: Reader) -> None:
        """Dates come out as plain dates; moments keep their instant."""
        on = reader.read(pendulum.date(2026, 1, 31), date, "it")

        assert (date, date(2026, 1, 31)) == (type(on), on)
        assert NOON == reader.read(pendulum.instance(NOON), datetime, "it")

    @pytest.mark.parametrize(
        ("raw", "kind", "wanted"),
        [
            ("2026-01-31", date, date(2026, 1, 31)),
            ("2026-01-31T10:00:00Z", datetime, datetime(2026, 1, 31, 10, tzinfo=UTC)),
            ("-17", int, -17),
            ("0", int, 0),
        ],
    )
    def test_facts_may_write_dates_and_whole_numbers_as_text(
        self, raw: str, kind: Any, wanted: object
    ) -> None:
        """JSON has no dates; a policy file has, and refuses the text."""
        assert wanted == FACTS.read(raw, kind, "it")
        (fault,) = faults_of(POLICY, raw, kind)

        assert f"str {raw!r}" == fault.got

    @pytest.mark.parametrize(
        ("raw", "kind", "wanted"),
        [
            ("2026-02-30", date, "a date in ISO form"),
            ("31.01.2026", date, "a date in ISO form"),
            ("2026-01-31T10:00:00", date, "a date in ISO form"),
            (
                "2026-01-31",
                datetime,
                "a datetime with its offset, such as 2026-01-31T10:00:00+08:00",
            ),
            ("tomorrow", datetime, "a datetime in ISO form"),
            ("5.0", int, "a whole number"),
            ("five", int, "a whole number"),
            ("\uff19", int, "a whole number in ASCII digits"),
            ("9" * 5000, int, "a whole number"),
            (5.0, Decimal, "a number, not a float; write it as text"),
            (True, Decimal, "a number"),
            ("1.5.2", Decimal, "a number"),
            ("\uff11.\uff15", Decimal, "a number in ASCII digits"),
            ("-Infinity", Decimal, "a finite number"),
            ("1e41", Decimal, "a number of at most 40 digits"),
            ("1e-999999", Decimal, "a number of at most 40 digits"),
            (5, Amount, 'an amount as text, such as "50000.00"'),
            ("5.00元", Amount, "a number in ASCII digits"),
            (time(17, tzinfo=UTC), time, 'a local time such as "17:00"'),
            ("25:00", time, 'a local time such as "17:00"'),
            (6, Period, 'a period such as "P6M"'),
            ("6 months", Period, 'a period of years, months, weeks or days such as "P6M"'),
            ("golden", Grade, "one of gold, silver"),
            ("\ud800", str, "text that UTF-8 can write"),
            (5, str, "text"),
            ("x", tuple[int, ...], "a list"),
            ([], FrozenMapping[str, int], "a table"),
            (5, Inner, "a table with code, step"),
            ("a", Condition, "a condition table like { fact = …, at_least = … }"),
        ],
    )
    def test_what_is_wanted_is_told(self, raw: object, kind: Any, wanted: str) -> None:
        """The fault says what would be right, in words."""
        (fault,) = faults_of(FACTS, raw, kind)

        assert ("", wanted) == (fault.path, fault.wanted)

    def test_a_number_too_long_to_be_written(self) -> None:
        """Python refuses to write out a number of thousands of digits; the fault is told without."""
        told = [faults_of(FACTS, raw, Decimal) for raw in (10**5000, [10**5000])]

        assert [
            [Fault("", "int too long to be written", "a number of at most 40 digits")],
            [Fault("", "list too long to be written", "a number")],
        ] == [list(faults) for faults in told]

    @pytest.mark.parametrize(
        ("raw", "kind", "near"),
        [("glod", Grade, "gold"), ("GOLD", Grade, "gold"), ("gren", Colour, "green")],
    )
    def test_near_names_are_offered(self, raw: str, kind: Any, near: str) -> None:
        """A slip of the pen is told the choice meant."""
        (fault,) = faults_of(POLICY, raw, kind)

        assert near == fault.near[0]

    def test_a_long_value_is_cut_in_the_message(self) -> None:
        """At most sixty characters of what stands there are told."""
        (fits,) = faults_of(POLICY, "x" * 58, int)
        (cut,) = faults_of(POLICY, "x" * 59, int)

        assert f"str '{'x' * 58}'" == fits.got
        assert f"str '{'x' * 56}…" == cut.got


class TestFaults:
    """Every fault is told at once, each with its path."""

    @BOTH
    def test_all_faults_of_a_deep_value(self, reader: Reader) -> None:
        """Eight faults at all depths; the right fields are not mentioned."""
        raw = {
            "flag": "false",
            "count": 5.9,
            "rows": [{"code": "A"}, {"code": 5, "step": True}, {"stepp": 1, "code": "B"}, 7],
            "names": {"a": "1", "b": 1.5},
            "tables": [{}, {"x": [1, None]}],
            "when": {"all": [{"fact": "age", "atleast": 1}]},
            "on": date(2026, 1, 1),
        }
        faults = {fault.path: fault for fault in faults_of(reader, raw, Whole)}

        assert {
            "word",
            "flag",
            "count",
            "rows[1].code",
            "rows[1].step",
            "rows[2].stepp",
            "rows[3]",
            "names.b",
            "tables[1].x[1]",
            "when.all[0]",
        } == set(faults)
        assert Fault("word", "nothing", "a value") == faults["word"]
        assert (Fault("rows[2].stepp", "an unknown key", "one of code, step", ("step",))) == faults[
            "rows[2].stepp"
        ]
        assert ("at_least",) == faults["when.all[0]"].near[:1]

    @BOTH
    def test_every_unknown_key_is_told_with_its_near_names(self, reader: Reader) -> None:
        """Two unknown keys are two faults, in order; so is a key that is no text."""
        unknown = faults_of(reader, {"code": "A", "zzz": 1, "cod": 2, 5: 6}, Inner)

        assert [("5", ()), ("cod", ("code",)), ("zzz", ())] == [
            (fault.path, fault.near) for fault in unknown
        ]
        assert {"an unknown key"} == {fault.got for fault in unknown}

    @BOTH
    def test_a_class_without_fields_takes_no_key(self, reader: Reader) -> None:
        """There is nothing to offer, and the empty table is right."""

        @attrs.frozen
        class Empty:
            pass

        (fault,) = faults_of(reader, {"a": 1}, Empty)

        assert Fault("a", "an unknown key", "no key") == fault
        assert Empty() == reader.read({}, Empty, "it")

    @BOTH
    def test_every_missing_key_is_told(self, reader: Reader) -> None:
        """Fields without a default must be there, wherever the row stands."""
        assert {"low", "high"} == {fault.path for fault in faults_of(reader, {}, Sum)}
        assert ["rows[0].code"] == [
            fault.path for fault in faults_of(reader, {"word": "x", "rows": [{}]}, Whole)
        ]

    @BOTH
    def test_a_rule_over_fields_is_told_at_the_row(self, reader: Reader) -> None:
        """What construction refuses becomes a fault with the path of the row."""
        faults = faults_of(reader, [{"low": 1, "high": 2}, {"low": 2, "high": 1}], tuple[Sum, ...])

        assert (Fault("[1]", "this value", "high is not below low"),) == faults

    @BOTH
    def test_a_name_refused_on_construction_is_a_fault(self, reader: Reader) -> None:
        """An unknown currency inside a row is told, not raised past the reader."""
        (fault,) = faults_of(reader, {"word": "x", "money": {"minor": 5, "currency": "cny"}}, Whole)

        assert "money" == fault.path
        assert "CNY" in fault.wanted

    @BOTH
    @pytest.mark.parametrize("key", [5, None, True, ("a",), "\ud800"])
    def test_a_table_is_keyed_by_text(self, reader: Reader, key: Any) -> None:
        """A key of another type is a fault like any other, and the others are told too."""
        faults = faults_of(reader, {key: 1, "b": "x"}, FrozenMapping[str, int])

        assert [str(key), "b"] == [fault.path for fault in faults]

    @BOTH
    def test_the_message_begins_with_what_was_read(self, reader: Reader) -> None:
        """Somebody who wrote a file sees which file it was."""
        with pytest.raises(FaultsError, match=r"^row 7 has 2 faults:\n  code: got nothing"):
            reader.read({"step": 1.5}, Inner, "row 7")

    @BOTH
    def test_other_mappings_and_sequences_will_do(self, reader: Reader) -> None:
        """Frozen tables and tuples, as typed values give them, are read too."""
        raw = FrozenMapping({"word": "x", "rows": (MappingProxyType({"code": "A"}),)})

        assert Whole("x", rows=(Inner("A"),)) == reader.read(raw, Whole, "it")

    @BOTH
    @pytest.mark.parametrize("raw", ["ab", b"ab", {"a": 1}, {1, 2}, iter([1]), 5, None])
    def test_a_list_is_a_list(self, reader: Reader, raw: object) -> None:
        """Text, sets, tables and iterators are no lists, though they can be walked."""
        (fault,) = faults_of(reader, raw, tuple[str, ...])

        assert "a list" == fault.wanted

    @given(
        st.recursive(
            st.sampled_from(sorted(SENT)).map(SENT.__getitem__),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from([*(f.name for f in attrs.fields(Whole)), "code", "fact"])
                    | st.integers(0, 3),
                    inner,
                    max_size=4,
                )
            ),
        )
    )
    def test_any_raw_value_is_read_or_refused_with_faults(self, raw: object) -> None:
        """Nothing but `FaultsError` leaves the room, and it always has a fault to tell."""
        for reader in (POLICY, FACTS):
            read: Whole | None = None
            faults: tuple[Fault, ...] = ()
            try:
                read = reader.read(raw, Whole, "it")
            except FaultsError as error:
                faults = error.faults

            assert bool(faults) != isinstance(read, Whole)


class TestUnknown:
    """A fact may be stated as unknown only where its type says so."""

    @BOTH
    @pytest.mark.parametrize("raw", [UNKNOWN, "unknown"])
    def test_it_is_read_where_it_may_stand(self, reader: Reader, raw: object) -> None:
        """As the value and as text, alone, beside None, and in tables."""
        given_in = {"word": "x", "age": raw, "region": raw, "kind": raw, "measured": {"a": raw}}
        read = reader.read(given_in, Whole, "it")

        assert (UNKNOWN, UNKNOWN, UNKNOWN) == (read.age, read.region, read.kind)
        assert FrozenMapping({"a": UNKNOWN}) == read.measured

    @BOTH
    def test_nothing_is_not_unknown(self, reader: Reader) -> None:
        """None stands only where the type has None, and is kept apart from unknown."""
        assert reader.read({"word": "x", "region": None}, Whole, "it").region is None
        assert ["age", "kind"] == [
            fault.path
            for fault in faults_of(reader, {"word": "x", "age": None, "kind": None}, Whole)
        ]

    @BOTH
    def test_elsewhere_the_word_is_a_word(self, reader: Reader) -> None:
        """A text field holds the text `unknown`; a number refuses it."""
        assert "unknown" == reader.read({"word": "unknown"}, Whole, "it").word
        (fault,) = faults_of(reader, {"word": "x", "count": "unknown"}, Whole)

        assert "count" == fault.path


class TestOwnReading:
    """A class may read and write itself."""

    @BOTH
    @pytest.mark.parametrize(
        ("raw", "days"), [("weekly", (1, 8, 15, 22)), ([1, 2], (1, 2)), ([], ())]
    )
    def test_its_own_forms_are_read_and_written_back(
        self, reader: Reader, raw: Any, days: tuple[int, ...]
    ) -> None:
        """Short forms and long forms, alone and inside others."""
        read = reader.read({"own": raw, "more": [raw]}, Holder, "it")

        assert Holder(Own(days), (Own(days),)) == read
        assert raw == to_json(Own(days))
        assert read == reader.read(to_json(read), Holder, "it")

    @BOTH
    def test_its_faults_have_paths(self, reader: Reader) -> None:
        """What it refuses stands under the field, and a missing key too."""
        faults = faults_of(reader, {"own": [1, 2.5], "more": [[], "weakly", "broken"]}, Holder)

        assert ["own[1]", "more[1]", "more[2].day"] == [fault.path for fault in faults]

    @BOTH
    def test_a_missing_key_at_the_root_is_a_fault_too(self, reader: Reader) -> None:
        """No `KeyError` leaves the room."""
        assert (Fault("day", "nothing", "a value"),) == faults_of(reader, "broken", Own)


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
decimals = st.decimals(allow_nan=False, allow_infinity=False).filter(
    lambda number: abs(number.adjusted()) <= 40
)
offsets = st.integers(-23 * 60, 23 * 60).map(lambda count: timezone(timedelta(minutes=count)))
moments = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=offsets)  # noqa: DTZ001
inners = st.builds(Inner, words, st.integers())
plain_conditions = st.builds(
    Comparison, words, st.just("equals"), words | st.integers() | st.dates() | decimals
) | st.builds(Comparison, words, st.just("in"), st.lists(words | st.dates(), max_size=3).map(tuple))
conditions = st.recursive(
    plain_conditions,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=2).map(lambda parts: AllOf(tuple(parts)))
        | st.builds(Not, inner)
    ),
    max_leaves=3,
)
# Text that says "unknown" means unknown in a field that may be unknown.
known_words = words.filter(lambda text: text != "unknown")
wholes = st.builds(
    Whole,
    word=words,
    flag=st.booleans(),
    count=st.integers(),
    rate=decimals,
    amount=st.decimals(0, 10**9, places=2).map(str).map(Amount),
    on=st.dates(),
    at=moments,
    opens=st.times(),
    span=st.builds(Period, st.integers(0, 10**6), st.integers(0, 10**6)),
    grade=st.sampled_from(Grade),
    step=st.sampled_from(Step),
    colour=st.sampled_from(["red", "green", 3]),
    maybe=st.none() | st.integers(),
    age=st.just(UNKNOWN) | st.integers(),
    region=st.just(UNKNOWN) | st.none() | known_words,
    kind=st.sampled_from(["a", "b", UNKNOWN]),
    rows=st.lists(inners, max_size=2).map(tuple),
    names=st.dictionaries(words, decimals, max_size=2).map(FrozenMapping),
    measured=st.dictionaries(words, st.just(UNKNOWN) | st.integers(), max_size=2).map(
        FrozenMapping
    ),
    tables=st.lists(
        st.dictionaries(words, st.lists(st.integers(), max_size=2).map(tuple), max_size=2).map(
            FrozenMapping
        ),
        max_size=2,
    ).map(tuple),
    when=st.none() | conditions,
    inner=st.none() | inners,
    customer=words.map(CustomerId),
    money=st.none() | st.builds(Money, st.integers(), st.sampled_from(["CNY", "JPY"])),
)


class TestWriting:
    """Typed values become plain JSON without floats, and come back equal."""

    @given(wholes)
    def test_what_is_written_is_read_back(self, whole: Whole) -> None:
        """Through JSON text and back the value is equal, and is written the same again."""
        text = canonical(to_json(whole))
        back = FACTS.read(json.loads(text), Whole, "it")

        assert whole == back
        assert hash(whole) == hash(back)
        assert text == canonical(to_json(back))

    @given(wholes, wholes, st.sampled_from([field.name for field in attrs.fields(Whole)]))
    def test_values_share_a_text_exactly_when_they_are_equal(
        self, one: Whole, other: Whole, field: str
    ) -> None:
        """Changing one field changes the text and the digest if and only if it changes the value."""
        two = attrs.evolve(one, **{field: getattr(other, field)})

        assert (one == two) == (canonical(to_json(one)) == canonical(to_json(two)))
        assert (one == two) == (digest(to_json(one)) == digest(to_json(two)))

    @given(moments, offsets)
    def test_one_instant_has_one_text(self, moment: datetime, offset: timezone) -> None:
        """A time is written in UTC, whatever offset it came with."""
        assert to_json(moment) == to_json(moment.astimezone(offset))
        assert moment == FACTS.read(to_json(moment), datetime, "it")

    @given(decimals)
    def test_a_decimal_is_written_exactly_and_plainly(self, number: Decimal) -> None:
        """Every digit is kept, no exponent is used, and zeros at the end are left out."""
        text = to_json(number)

        assert Fraction(number) == Fraction(text)
        assert text == to_json(Decimal(text))
        assert "E" not in text
        assert text == "0" or "." not in text or text[-1] not in ".0"

    def test_the_ambient_decimal_context_has_no_say(self) -> None:
        """Thirty digits are kept, also where the context rounds to two."""
        number = Decimal("1000000000000000000000000000001.5")

        assert "1000000000000000000000000000001.5" == to_json(number)
        with localcontext() as context:
            context.prec = 2

            assert "1000000000000000000000000000001.5" == to_json(number)
        assert 2 != getcontext().prec

    @pytest.mark.parametrize(
        ("value", "wanted"),
        [
            (None, None),
            (True, True),
            (5, 5),
            ("五", "五"),
            (Decimal("1.50"), "1.5"),
            (Decimal("2.00"), "2"),
            (Decimal("1E+3"), "1000"),
            (Decimal("-0.00"), "0"),
            (Decimal(100), "100"),
            (Fraction(1, 3), "1/3"),
            (date(2026, 1, 31), "2026-01-31"),
            (pendulum.date(2026, 1, 31), "2026-01-31"),
            (NOON, "2026-03-02T04:00:00+00:00"),
            (time(17), "17:00:00"),
            (Period(12, 14), "P12M14D"),
            (Grade.GOLD, "gold"),
            (Step.TWO, 2),
            (UNKNOWN, "unknown"),
            ((1, "a", None), [1, "a", None]),
            ([Grade.GOLD], ["gold"]),
            (frozenset("hgfedcba"), list("abcdefgh")),
            ({"b": 1, "a": (Decimal(2),)}, {"b": 1, "a": ["2"]}),
            (FrozenMapping({Grade.GOLD: 1}), {"Grade.GOLD": 1}),
            (Own((1, 8, 15, 22)), "weekly"),
            (Inner("A"), {"code": "A"}),
            (Inner("A", 2), {"code": "A", "step": 2}),
            (Comparison("age", "in", (1, 2)), {"fact": "age", "in": [1, 2]}),
            (Money(5, "CNY"), {"minor": 5, "currency": "CNY"}),
        ],
        ids=str,
    )
    def test_how_each_kind_is_written(self, value: object, wanted: object) -> None:
        """Value by value, with the type JSON gives it."""
        got = to_json(value)

        assert wanted == got
        assert json.loads(json.dumps(got)) == got

    @pytest.mark.parametrize("value", [1.5, float("nan"), b"x", {1}, object(), 1j, int])
    def test_what_the_house_does_not_know_is_refused(self, value: object) -> None:
        """Floats above all; also deep inside a value."""
        for held in (value, [value], {"a": (value,)}):
            with pytest.raises(TypeError, match=f"{type(value).__name__} cannot be written"):
                to_json(held)


class TestCanonical:
    """Equal parameters share one text and one digest; wording does not count."""

    @given(st.dictionaries(words, st.integers() | words | st.none(), max_size=5), st.randoms())
    def test_the_order_of_keys_does_not_matter(self, table: dict[str, Any], random: Any) -> None:
        """A table written in any order has one text."""
        items = list(table.items())
        random.shuffle(items)

        assert canonical(table) == canonical(dict(items))
        assert digest(table) == digest(dict(items))

    def test_defaults_are_left_out(self) -> None:
        """A field written at its default and one left out are the same parameters."""
        assert {"word": "x"} == to_json(Whole("x"))
        assert {"word": "x"} == to_json(
            Whole(
                "x",
                rate=Decimal("1.50"),
                span=Period.parse("P6M"),
                names=FrozenMapping({}),
                measured=FrozenMapping(),
            )
        )

    @pytest.mark.parametrize(
        ("changed", "key"),
        [
            ({"flag": True}, "flag"),
            ({"maybe": 0}, "maybe"),
            ({"age": 0}, "age"),
            ({"region": ""}, "region"),
            ({"rate": Decimal("1.51")}, "rate"),
            ({"measured": FrozenMapping({"a": UNKNOWN})}, "measured"),
        ],
    )
    def test_what_differs_from_the_default_is_written(
        self, changed: dict[str, Any], key: str
    ) -> None:
        """Zero, empty text and False are values where the default is another."""
        assert {"word", key} == set(to_json(Whole("x", **changed)))

    def test_a_value_of_another_type_is_not_the_default(self) -> None:
        """True where the default is 1, and 1 where it is True, are written."""

        @attrs.frozen
        class Loose:
            one: Any = 1
            yes: Any = True
            later: Any = attrs.Factory(lambda _: 1, takes_self=True)

        assert {"one": True, "yes": 1, "later": 1} == to_json(Loose(True, 1))
        assert {"later": 1} == to_json(Loose())

    def test_titles_do_not_count_for_the_digest(self) -> None:
        """Wording may be mended without a new digest, at every depth; numbers may not."""
        one = Titled(1, "Gold", rows=(Titled(2, "Inner"),))
        two = Titled(1, "金卡", rows=(Titled(2),))
        three = Titled(1, "Gold", rows=(Titled(3, "Inner"),))
        note = Titled(1, "Gold", "note", rows=(Titled(2, "Inner"),))

        def of(value: object) -> str:
            return digest(to_json(value, for_digest=True))

        assert of(one) == of(two)
        assert 3 == len({of(one), of(three), of(note)})
        assert of(FrozenMapping({"a": (one,)})) == of(FrozenMapping({"a": (two,)}))
        assert digest(to_json(one)) != digest(to_json(two))
        assert "title" in to_json(one)

    def test_the_text_is_fixed(self) -> None:
        """Digests are kept for years: the form of the text must never change."""
        value = {"b": [1, None, True], "a": "金卡"}

        assert '{"a":"金卡","b":[1,null,true]}' == canonical(value)
        assert ("e3c8c5df3a612b3119fda3c0a38f3f92") == digest(value)

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), [float("-inf")]])
    def test_what_json_has_not_is_refused(self, value: object) -> None:
        """NaN and infinity have no JSON."""
        with pytest.raises(ValueError, match="not JSON compliant"):
            canonical(value)


@attrs.frozen
class Board:
    """An outcome with a field called `shown`, which lists no parts."""

    shown: FrozenMapping[str, int]
    hidden: int = 0


class TestOutcomes:
    """Outcomes as plain JSON."""

    def test_a_field_called_shown_is_a_field(self) -> None:
        """Only a class that lists its parts under that name is told by the list."""
        board = Board(FrozenMapping({"a": 1}))

        assert {"shown": {"a": 1}, "hidden": 0} == outcome_json(board)


class TestReaders:
    """Two readers, and one meaning."""

    MAKE: ClassVar[list[Callable[[], Reader]]] = [
        lambda: Reader(texts=True),
        lambda: Reader(texts=False),
    ]

    @pytest.mark.parametrize("make", MAKE)
    def test_a_reader_of_one_s_own_reads_alike(self, make: Callable[[], Reader]) -> None:
        """Readers share nothing: a new one gives the same values and faults."""
        assert Inner("A", 2) == make().read({"code": "A", "step": 2}, Inner, "it")
        assert ("code",) == tuple(fault.path for fault in faults_of(make(), {}, Inner))

    @given(inners)
    def test_what_policies_take_facts_take_too(self, inner: Inner) -> None:
        """Whatever a policy file may say, facts may say as well, with the same meaning."""
        raw = {"code": inner.code, "step": inner.step}

        assert POLICY.read(raw, Inner, "it") == FACTS.read(raw, Inner, "it") == inner
