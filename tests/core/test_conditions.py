"""Conditions: Kleene's logic against an oracle, and every malformed shape told with its path."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import pytest
from condition_tools import ABOVE, KNOWN, conditions, facts, values, within
from hypothesis import assume, given
from hypothesis import strategies as st

from bankservice.core.conditions import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    FactType,
    Not,
    read_condition,
    to_raw,
)
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.plain import canonical, to_json
from bankservice.core.structure import FACTS, POLICY
from bankservice.core.unknown import UNKNOWN

OPERATORS = ("equals", "at_least", "at_most", "more_than", "less_than", "in", "between", "within")

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda value, wanted: not value < wanted and not wanted < value,
    "at_least": lambda value, wanted: not value < wanted,
    "at_most": lambda value, wanted: not wanted < value,
    "more_than": lambda value, wanted: wanted < value,
    "less_than": lambda value, wanted: value < wanted,
    "in": lambda value, wanted: any(value == one for one in wanted),
    "between": lambda value, wanted: not value < wanted[0] and value < wanted[1],
    "within": lambda value, wanted: within("region", value, wanted),
}


def kleene(condition: Condition, given_in: Mapping[str, object]) -> Fraction:
    """Return 1 for true, 0 for false and 1/2 for unknown: and is min, or is max, not is 1 - x."""
    match condition:
        case Comparison(fact, word, wanted):
            value = given_in.get(fact)
            if value is None or value is UNKNOWN:
                return Fraction(1, 2)
            return Fraction(COMPARE[word](value, wanted))
        case AllOf(parts):
            return min(kleene(part, given_in) for part in parts)
        case AnyOf(parts):
            return max(kleene(part, given_in) for part in parts)
        case Not(part):
            return 1 - kleene(part, given_in)


@attrs.frozen
class Row:
    """A row of a policy that holds a condition."""

    when: Condition | None = None


NUMBER = {True: Fraction(1), False: Fraction(0), None: Fraction(1, 2)}


class TestLogic:
    """Unknown spreads as in Kleene's logic."""

    @given(conditions, facts)
    def test_it_holds_as_the_oracle_says(
        self, condition: Condition, given_in: dict[str, object]
    ) -> None:
        """True, False and None are 1, 0 and 1/2 under min, max and one minus."""
        answer = condition.holds(given_in, within)

        assert answer is None or type(answer) is bool
        assert kleene(condition, given_in) == NUMBER[answer]

    @given(conditions, facts, st.data())
    def test_learning_a_fact_never_overturns_an_answer(
        self, condition: Condition, given_in: dict[str, object], data: st.DataObject
    ) -> None:
        """An answer given while facts are unknown stays whatever they turn out to be."""
        answer = condition.holds(given_in, within)
        full = {
            name: data.draw(held) if given_in.get(name) in (None, UNKNOWN) else given_in[name]
            for name, held in values.items()
        }
        later = condition.holds(full, within)

        assert later is not None
        assert answer is None or answer == later

    @given(conditions, conditions, facts)
    def test_de_morgan(self, one: Condition, two: Condition, given_in: dict[str, object]) -> None:
        """Not all of them hold exactly when one of them does not; both ways, unknown included."""
        all_not = Not(AllOf((one, two)))
        any_not = AnyOf((Not(one), Not(two)))

        assert all_not.holds(given_in, within) == any_not.holds(given_in, within)
        assert Not(AnyOf((one, two))).holds(given_in, within) == (
            AllOf((Not(one), Not(two))).holds(given_in, within)
        )
        assert one.holds(given_in, within) == Not(Not(one)).holds(given_in, within)

    @pytest.mark.parametrize(
        ("word", "wanted", "below", "at", "above"),
        [
            ("equals", 18, False, True, False),
            ("at_least", 18, False, True, True),
            ("at_most", 18, True, True, False),
            ("more_than", 18, False, False, True),
            ("less_than", 18, True, False, False),
            ("in", (17, 19), True, False, True),
            ("between", (17, 19), True, True, False),
            ("between", (18, 18), False, False, False),
            ("in", (), False, False, False),
        ],
    )
    def test_where_a_limit_belongs(
        self, word: str, wanted: Any, below: bool, at: bool, above: bool
    ) -> None:
        """At 17, 18 and 19; the first end of `between` counts, the second does not."""
        comparison = Comparison("age", word, wanted)

        assert [below, at, above] == [
            comparison.holds({"age": age}, within) for age in (17, 18, 19)
        ]

    @pytest.mark.parametrize(
        ("code", "wanted"),
        [("north", True), ("n1", True), ("n11", True), ("south", False), ("s1", False)],
    )
    def test_a_code_is_within_itself_and_what_it_stands_under(
        self, code: str, wanted: bool
    ) -> None:
        """The tree decides, the code itself included."""
        assert wanted is Comparison("region", "within", "north").holds({"region": code}, within)

    def test_false_and_zero_are_known(self) -> None:
        """Only UNKNOWN, None and nothing are unknown: no, zero and empty text are answers."""
        assert Comparison("vip", "equals", False).holds({"vip": False}, within) is True
        assert Comparison("age", "equals", 0).holds({"age": 0}, within) is True
        assert Comparison("name", "equals", "").holds({"name": ""}, within) is True
        for given_in in ({}, {"vip": None}, {"vip": UNKNOWN}):
            assert Comparison("vip", "equals", False).holds(given_in, within) is None

    def test_one_value_alone_may_stand_for_a_list_of_one(self) -> None:
        """A comparison built in code may give `in` a single value."""
        assert Comparison("age", "in", 18).holds({"age": 18}, within) is True
        assert Comparison("age", "in", 18).holds({"age": 19}, within) is False

    @given(conditions)
    def test_comparisons_are_told_in_reading_order(self, condition: Condition) -> None:
        """Each comparison once, from left to right, as the written text has them."""
        words: list[str] = []

        def walk(raw: Any) -> None:
            if "fact" in raw:
                words.append(raw["fact"])
            for word in ("all", "any"):
                for part in raw.get(word, ()):
                    walk(part)
            if "not" in raw:
                walk(raw["not"])

        walk(to_raw(condition))

        assert words == [comparison.fact for comparison in condition.comparisons()]


class TestReading:
    """A condition is read from its table, and written back as it was."""

    @given(conditions)
    def test_what_is_written_is_read_back(self, condition: Condition) -> None:
        """Reading the raw table gives an equal condition."""
        assert condition == read_condition(to_raw(condition))

    @given(conditions)
    def test_json_keeps_it_too(self, condition: Condition) -> None:
        """Dates and decimals, which JSON has not, come back as what they were."""
        kind: Any = Condition
        text = canonical(to_json(condition))
        back: Any = FACTS.read(json.loads(text), kind, "condition")

        assert condition == back
        assert text == canonical(to_json(back))

    @given(conditions)
    def test_a_right_condition_has_no_faults(self, condition: Condition) -> None:
        """Every fact is there and every value of its type."""
        assert [] == list(condition.faults(KNOWN, "applies_to"))

    @given(conditions)
    def test_it_hashes_and_compares_as_a_value(self, condition: Condition) -> None:
        """A condition built again is the same in every table."""
        assert 1 == len({condition, read_condition(to_raw(condition))})

    def test_tuples_and_other_mappings_will_do(self) -> None:
        """Lists may be tuples, as typed values give them."""
        raw = {"all": ({"fact": "age", "in": (1, 2)}, {"not": {"fact": "vip", "equals": True}})}
        wanted = AllOf((Comparison("age", "in", (1, 2)), Not(Comparison("vip", "equals", True))))

        assert wanted == read_condition(raw)

    @pytest.mark.parametrize(
        ("raw", "path", "got", "wanted", "near"),
        [
            (5, "", "5", "a condition table", ()),
            (None, "", "None", "a condition table", ()),
            ("age >= 18", "", "'age >= 18'", "a condition table", ()),
            ([], "", "[]", "a condition table", ()),
            ({}, "", "keys ", "one of fact, all, any, not", ()),
            ({"alll": []}, "", "keys alll", "one of fact, all, any, not", ("all",)),
            ({"All": []}, "", "keys All", "one of fact, all, any, not", ("all",)),
            ({1: 2}, "", "keys 1", "one of fact, all, any, not", ()),
            ({"all": [{}], "any": [{}]}, "", "keys all, any", "one of fact", ("all", "any")),
            ({"all": 5}, "all", "5", "a list of one or more conditions", ()),
            ({"any": []}, "any", "[]", "a list of one or more conditions", ()),
            ({"all": "ab"}, "all", "'ab'", "a list of one or more conditions", ()),
            ({"all": {"fact": "age"}}, "all", "{", "a list of one or more conditions", ()),
            ({"not": 5}, "not", "5", "a condition table", ()),
            ({"not": [{"fact": "age", "equals": 1}]}, "not", "[{", "a condition table", ()),
            ({"fact": "age"}, "", "keys fact", "one fact and one of equals", ()),
            ({"fact": "age", "atleast": 1}, "", "keys fact, atleast", "one fact", ("at_least",)),
            ({"fact": "age", "equals": 1, "in": [1]}, "", "keys fact, equals, in", "one fact", ()),
            ({"fact": "age", 1: 2}, "", "keys fact, 1", "one fact and one of", ()),
            ({"fact": 5, "equals": 1}, "", "keys fact, equals", "one fact", ()),
            ({"fact": "age", "all": []}, "", "keys fact, all", "one fact", ()),
            ({"fact": "age", "in": 5}, "in", "5", "a list of values", ()),
            ({"fact": "age", "in": "ab"}, "in", "'ab'", "a list of values", ()),
            ({"fact": "age", "between": {"a": 1}}, "between", "{", "a list of values", ()),
            (
                {"fact": "age", "equals": 1.5},
                "equals",
                "1.5",
                "a text, number, boolean or date",
                (),
            ),
            ({"fact": "age", "equals": None}, "equals", "None", "a text, number", ()),
            ({"fact": "age", "equals": [1]}, "equals", "[1]", "a text, number", ()),
            ({"fact": "age", "within": {"x": 1}}, "within", "{", "a text, number", ()),
        ],
    )
    def test_a_malformed_shape_is_told_where_and_what(
        self, raw: object, path: str, got: str, wanted: str, near: tuple[str, ...]
    ) -> None:
        """The fault names the path, what stands there, what is wanted and the near names."""
        with pytest.raises(FaultsError) as caught:
            read_condition(raw)
        (fault,) = caught.value.faults

        assert "the condition" == caught.value.what
        assert path == fault.path
        assert fault.got.startswith(got)
        assert fault.wanted.startswith(wanted)
        assert set(near) <= set(fault.near)

    def test_all_faults_are_told_at_once_with_their_paths(self) -> None:
        """Four faults at four depths, in reading order; the right parts are not mentioned."""
        raw = {
            "all": [
                5,
                {"fact": "age", "equals": 1},
                {"any": [{"not": {"fact": "age"}}, {"fact": "age", "between": 1}]},
                {"nott": {}},
            ]
        }
        with pytest.raises(FaultsError) as caught:
            read_condition(raw)

        assert ["all[0]", "all[2].any[0].not", "all[2].any[1].between", "all[3]"] == [
            fault.path for fault in caught.value.faults
        ]
        with pytest.raises(FaultsError) as inside:
            POLICY.read({"when": raw}, Row, "row")
        assert [f"when.{fault.path}" for fault in caught.value.faults] == [
            fault.path for fault in inside.value.faults
        ]

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["all", "any", "not", "fact", *OPERATORS]) | st.integers(0, 2),
                    inner,
                    max_size=3,
                )
            ),
        )
    )
    def test_any_raw_value_is_read_or_refused_with_faults(self, raw: object) -> None:
        """Nothing else ever escapes, and what is read passes the check or is faulted by it."""
        condition: Condition | None = None
        refused: tuple[Fault, ...] = ()
        try:
            condition = read_condition(raw)
        except FaultsError as error:
            refused = error.faults

        assert bool(refused) == (condition is None)
        if condition is not None:
            assert all(fault.path.startswith("x") for fault in condition.faults(KNOWN, "x"))


class TestFaults:
    """A condition is checked against the facts there are, when the policy is loaded."""

    @pytest.mark.parametrize(
        ("comparison", "fault"),
        [
            (
                Comparison("agee", "equals", 1),
                Fault("x.fact", "'agee'", "a fact of this policy", ("age", "name")),
            ),
            (
                Comparison("zzzzzz", "within", 1),
                Fault("x.fact", "'zzzzzz'", "a fact of this policy"),
            ),
            (
                Comparison("age", "within", "north"),
                Fault("x.within", "age", "a fact that is a code; it is integer"),
            ),
            (
                Comparison("name", "at_least", "a"),
                Fault("x.at_least", "name", "an ordered fact; it is text"),
            ),
            (
                Comparison("region", "less_than", "north"),
                Fault("x.less_than", "region", "an ordered fact; it is code"),
            ),
            (
                Comparison("vip", "more_than", False),
                Fault("x.more_than", "vip", "an ordered fact; it is boolean"),
            ),
            (
                Comparison("age", "between", (1,)),
                Fault("x.between", "1 values", "two values, [from, until)"),
            ),
            (
                Comparison("age", "between", (1, 2, 3)),
                Fault("x.between", "3 values", "two values, [from, until)"),
            ),
            (
                Comparison("age", "in", ()),
                Fault("x.in", "no value", "one or more, or it never holds"),
            ),
            (
                Comparison("age", "between", (2, 2)),
                Fault("x.between", "2", "an end after 2, or it never holds"),
            ),
            (
                Comparison("age", "between", (2, 1)),
                Fault("x.between", "1", "an end after 2, or it never holds"),
            ),
            (
                Comparison("age", "between", ()),
                Fault("x.between", "0 values", "two values, [from, until)"),
            ),
            (
                Comparison("age", "equals", "18"),
                Fault("x.equals", "'18'", "a value of type integer"),
            ),
            (
                Comparison("opened_on", "at_least", "2024-09-01"),
                Fault("x.at_least", "'2024-09-01'", "a value of type date"),
            ),
            (
                Comparison("region", "within", 5),
                Fault("x.within", "5", "a value of type code"),
            ),
        ],
    )
    def test_each_fault_is_told(self, comparison: Comparison, fault: Fault) -> None:
        """The fault stands under the word it is about."""
        assert [fault] == list(comparison.faults(KNOWN, "x"))

    def test_every_wrong_value_of_a_list_is_told(self) -> None:
        """A wrong order and wrong values are told together."""
        between = Comparison("name", "between", (1, "b", True))

        assert [
            Fault("x.between", "name", "an ordered fact; it is text"),
            Fault("x.between", "3 values", "two values, [from, until)"),
            Fault("x.between", "1", "a value of type text"),
            Fault("x.between", "True", "a value of type text"),
        ] == list(between.faults(KNOWN, "x"))

    def test_the_path_leads_through_all_any_and_not(self) -> None:
        """The path of a fault is where it stands in the file."""
        wrong = Comparison("agee", "equals", 1)
        right = Comparison("age", "equals", 1)
        condition = AllOf((right, AnyOf((right, Not(wrong))), wrong))

        assert ["applies_to.all[1].any[1].not.fact", "applies_to.all[2].fact"] == [
            fault.path for fault in condition.faults(KNOWN, "applies_to")
        ]

    @given(conditions, st.data())
    def test_a_fact_taken_away_is_missed_wherever_it_is_used(
        self, condition: Condition, data: st.DataObject
    ) -> None:
        """As many faults as comparisons use the fact, and no other."""
        used = [comparison.fact for comparison in condition.comparisons()]
        gone = data.draw(st.sampled_from(used))
        known = {name: kind for name, kind in KNOWN.items() if name != gone}
        faults = list(condition.faults(known, "x"))

        assert used.count(gone) == len(faults)
        assert {repr(gone)} == {fault.got for fault in faults}

    ODD: tuple[object, ...] = (
        "",
        "18",
        18,
        -1,
        True,
        Decimal(18),
        Decimal("NaN"),
        Decimal("Infinity"),
        1.5,
        date(2024, 9, 1),
        datetime(2024, 9, 1),  # noqa: DTZ001 - a wrong value on purpose
        None,
        UNKNOWN,
        (),
    )

    @pytest.mark.parametrize(
        ("kind", "accepted"),
        [
            ("text", [0, 1]),
            ("code", [0, 1]),
            ("integer", [2, 3]),
            ("number", [2, 3, 5]),
            ("boolean", [4]),
            ("date", [9]),
        ],
    )
    def test_a_type_takes_its_own_values_only(self, kind: Any, accepted: list[int]) -> None:
        """True is no integer, NaN no number, a datetime no date, text no number."""
        assert accepted == [
            place for place, value in enumerate(self.ODD) if FactType(kind).accepts(value)
        ]

    @given(conditions, facts, st.data())
    def test_a_condition_without_faults_never_fails_on_typed_facts(
        self, condition: Condition, given_in: dict[str, object], data: st.DataObject
    ) -> None:
        """What the check passes can be evaluated for any values of the facts' types."""
        wide: dict[str, st.SearchStrategy[Any]] = {
            "name": st.text(),
            "age": st.integers(),
            "score": st.integers() | st.decimals(allow_nan=False, allow_infinity=False),
            "vip": st.booleans(),
            "opened_on": st.dates(),
            "region": st.sampled_from(sorted(ABOVE)),
        }
        full = {
            name: data.draw(wide[name]) if value is not None else value
            for name, value in given_in.items()
        }
        assume(all(KNOWN[n].accepts(v) for n, v in full.items() if v is not None))

        assert condition.holds(full, within) in (True, False, None)


def test_a_set_is_asked_what_it_includes() -> None:
    """`includes` holds where the set has the word; it is for sets alone, and sets are for it."""
    known = {"held": FactType("set"), "name": FactType("text")}
    held = read_condition({"fact": "held", "includes": "investing"})
    no_set = read_condition({"fact": "name", "includes": "a"})
    no_word = read_condition({"fact": "held", "equals": "investing"})

    assert held.holds({"held": ("spending", "investing")}, within) is True
    assert held.holds({"held": ()}, within) is False
    assert held.holds({}, within) is None
    assert [] == list(held.faults(known, ""))
    assert ["a fact that is a set; it is text"] == [f.wanted for f in no_set.faults(known, "")]
    assert ["includes; it is set"] == [f.wanted for f in no_word.faults(known, "")]
