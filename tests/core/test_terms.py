"""Tables of conditions: their words are checked, and a row that is never reached is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import attrs
import pytest
from condition_tools import ABOVE, KNOWN, conditions, facts, values, within
from hypothesis import given
from hypothesis import strategies as st

from bankservice.core.conditions import AllOf, AnyOf, Condition, FactType, Not, read_condition
from bankservice.core.errors import UnknownNameError
from bankservice.core.policy import Faults, Policy, Title
from bankservice.core.terms import Terms, implies, named, unknown_in
from bankservice.core.unknown import UNKNOWN, Unknown
from bankservice.core.vocabulary import Code, Tree

TITLE = Title(en="x", zh="x")
TREE = Tree([Code(code=code, under=under, title=TITLE) for code, under in ABOVE.items()])
TREES = {"region": TREE}
MONEY = {"amount_minor": FactType("integer"), "currency": FactType("text")}
TERMS = Terms({**KNOWN, **MONEY}, {"name": ("gold", "silver")}, TREES)
ORDER = ["at_least", "at_most", "more_than", "less_than", "equals", "between"]


def faults_of(when: object) -> dict[str, str]:
    """Return what is wrong with a condition: path → what stands there, and what near names."""
    faults = Faults()
    TERMS.check(read_condition(when), "when", faults)
    return {fault.path: " ".join((fault.got, *fault.near)) for fault in faults}


def order_of(*rows: object) -> list[tuple[str, str]]:
    """Return what is wrong with the order of rows `a`, `b`, …; None for a row without condition."""
    read = [
        (name, None if when is None else read_condition(when))
        for name, when in zip("abcdef", rows, strict=False)
    ]
    faults = Faults()
    TERMS.check_order(read, "row", faults)
    return [(fault.path, fault.got) for fault in faults]


def at(fact: str, **comparison: object) -> Condition:
    """Return a comparison."""
    return read_condition({"fact": fact, **comparison})


@attrs.frozen
class Facts:
    """Some facts."""

    age: int | Unknown = UNKNOWN
    region: str | Unknown = UNKNOWN


class TestFacts:
    """Facts by name, and those that are not known."""

    def test_by_name(self) -> None:
        """Every field is a fact."""
        assert {"age": 3, "region": UNKNOWN} == named(Facts(age=3))

    def test_unknown_ones(self) -> None:
        """Unknown facts, and those not stated, are named once, in reading order."""
        condition = read_condition(
            {
                "any": [
                    {"fact": "region", "equals": "n1"},
                    {"fact": "age", "at_least": 1},
                    {"not": {"fact": "score", "at_least": 1}},
                    {"fact": "region", "equals": "n2"},
                ]
            }
        )

        assert ("region", "score") == unknown_in(condition, named(Facts(age=3)))
        assert () == unknown_in(condition, {"region": "n1", "age": 1, "score": 0})


class TestTrees:
    """The trees of codes."""

    def test_of_a_library(self) -> None:
        """Facts that are codes get the newest version of the tree they name."""

        class Shelf:
            def get(self, policy_id: str) -> Policy[Any]:
                assert "test/regions" == policy_id
                versions = (
                    attrs.make_class("Kept", ["parameters"])(kept) for kept in ("old", TREE)
                )
                found: Policy[Any] = attrs.make_class("Found", ["versions"])(tuple(versions))
                return found

        terms = Terms.of(KNOWN, {}, Shelf())

        assert {"region": TREE} == terms.trees
        assert (KNOWN, {}) == (terms.facts, terms.words)

    @pytest.mark.parametrize(
        ("code", "above", "below"),
        [("n11", "north", True), ("n11", "n11", True), ("north", "n11", False), ("", "n1", False)],
    )
    def test_within(self, code: str, above: str, below: bool) -> None:
        """A code stands at and below another; one that is not stated stands nowhere."""
        assert below is TERMS.within("region", code, above)

    @pytest.mark.parametrize("facts", [{"region": "n11"}, {"region": ""}, {"region": UNKNOWN}, {}])
    def test_codes_that_are_there(self, facts: Mapping[str, object]) -> None:
        """A code of the tree, none, and an unknown one may be given."""
        TERMS.check_codes(facts)

    def test_code_nobody_knows(self) -> None:
        """Any other is refused, with those near it."""
        with pytest.raises(UnknownNameError, match=r"no code of region 'nort'; did you mean north"):
            TERMS.check_codes({"region": "nort"})


class TestWords:
    """What one condition may say."""

    @pytest.mark.parametrize(
        "when",
        [
            {"fact": "name", "equals": "gold"},
            {"fact": "name", "in": ["gold", "silver"]},
            {"fact": "region", "within": "north"},
            {"fact": "age", "equals": 7},
            {"fact": "age", "at_least": 7},
            {
                "all": [
                    {"fact": "currency", "equals": "JPY"},
                    {"fact": "amount_minor", "at_most": 1},
                ]
            },
        ],
    )
    def test_sound(self, when: object) -> None:
        """Words of the list, codes of the tree, other values and amounts with a currency."""
        assert {} == faults_of(when)

    @pytest.mark.parametrize(
        ("when", "told"),
        [
            ({"fact": "colour", "equals": "red"}, {"when.fact": "'colour' score"}),
            ({"fact": "name", "equals": "golden"}, {"when": "'golden' gold"}),
            ({"fact": "name", "in": ["gold", "silwer"]}, {"when": "'silwer' silver"}),
            ({"fact": "region", "within": "nort"}, {"when": "'nort' north"}),
            ({"fact": "amount_minor", "at_least": 1}, {"when": "amount_minor alone"}),
        ],
    )
    def test_unsound(self, when: object, told: dict[str, str]) -> None:
        """Facts, words and codes nobody knows are told with near ones, amounts without currency."""
        assert told == faults_of(when)

    def test_fact_that_is_no_fact(self) -> None:
        """The path leads to the comparison, however deep it stands."""
        when = {"all": [{"fact": "age", "equals": 1}, {"not": {"fact": "agee", "equals": 1}}]}

        assert {"when.all[1].not.fact": "'agee' age name"} == faults_of(when)


class TestOrder:
    """Rows are read from the top: nothing is left over, and each can be reached."""

    def test_sound(self) -> None:
        """Narrow rows before wide ones, and at last one for all the rest."""
        assert [] == order_of(
            {"fact": "region", "within": "n1"}, {"fact": "region", "within": "north"}, None
        )

    @pytest.mark.parametrize("rows", [(), ({"fact": "age", "equals": 1},)])
    def test_something_is_left_over(self, rows: Sequence[object]) -> None:
        """Without a last row for all the rest, some case has none."""
        assert [("row", "no last row without `when`")] == order_of(*rows)

    @pytest.mark.parametrize(
        "rows",
        [
            (None, {"fact": "age", "equals": 1}, None),
            ({"fact": "age", "at_least": 1}, {"fact": "age", "at_least": 2}, None),
            ({"fact": "region", "within": "north"}, {"fact": "region", "in": ["n1", "n2"]}, None),
        ],
    )
    def test_never_reached(self, rows: Sequence[object]) -> None:
        """A row is told, once, where one before it takes all it could take."""
        assert ("row[1]", "b, which can never be reached") in order_of(*rows)

    def test_told_once(self) -> None:
        """However many rows before it take what a row could take."""
        row = {"fact": "age", "equals": 1}

        assert ["row[1]", "row[2]"] == [path for path, _ in order_of(row, row, row, None)]


class TestImplies:
    """Whether one condition holds wherever another does."""

    @given(conditions, conditions, facts)
    def test_what_is_implied_holds(
        self, narrow: Condition, wide: Condition, given_in: dict[str, object]
    ) -> None:
        """Whatever meets a condition meets those it implies."""
        if implies(narrow, wide, TREES) and narrow.holds(given_in, within):
            assert wide.holds(given_in, within) is True

    @given(conditions, conditions, st.data())
    def test_form(self, one: Condition, other: Condition, data: st.DataObject) -> None:
        """Parts imply their wholes, and wholes their parts, however they are put together."""
        both, either = AllOf((one, other)), AnyOf((other, one))
        held = data.draw(st.sampled_from([one, other]))

        assert implies(held, held, {})
        assert implies(both, held, TREES)
        assert implies(held, either, TREES)
        assert implies(both, either, TREES)
        assert implies(Not(either), Not(held), TREES)

    @given(
        st.lists(st.integers(0, 6), min_size=2, max_size=2, unique=True),
        st.lists(st.integers(0, 6), min_size=2, max_size=2, unique=True),
        st.sampled_from(ORDER),
        st.sampled_from(ORDER),
    )
    def test_one_number(self, one: list[int], two: list[int], narrow: str, wide: str) -> None:
        """Of two comparisons of order it is told exactly, but for a span of one whole number."""
        first, second = (
            at("n", **{word: sorted(held) if word == "between" else held[0]})
            for word, held in ((narrow, one), (wide, two))
        )
        numbers = [Fraction(half, 2) for half in range(-2, 16)]
        meets = [(first.holds({"n": n}, within), second.holds({"n": n}, within)) for n in numbers]
        if implies(first, second, {}):
            assert all(there for here, there in meets if here)
        # And it is seen wherever whole numbers in between tell them apart.
        elif narrow != "between" or wide != "equals":
            assert any(here and not there for here, there in meets)

    @pytest.mark.parametrize(
        ("narrow", "wide", "told"),
        [
            (at("region", within="n1"), at("region", within="north"), True),
            (at("region", within="north"), at("region", within="n1"), False),
            (at("region", within="n1"), at("region", equals="n1"), False),
            (at("region", equals="n11"), at("region", within="n1"), True),
            (at("region", **{"in": ["n11", "s1"]}), at("region", within="n1"), False),
            (at("region", equals="nowhere"), at("region", within="n1"), False),
            (at("region", equals="n1"), at("name", equals="n1"), False),
            (at("age", at_least=1), at("age", **{"in": [1, 2]}), False),
            (at("opened_on", less_than=date(2024, 9, 1)), at("name", equals="a"), False),
            (Not(at("age", at_least=1)), Not(at("age", at_least=2)), True),
            (Not(at("age", at_least=2)), Not(at("age", at_least=1)), False),
            (Not(at("age", at_least=2)), at("age", less_than=2), False),
        ],
    )
    def test_by_hand(self, narrow: Condition, wide: Condition, told: bool) -> None:
        """Codes by their tree, words by themselves, and nothing that cannot be seen."""
        assert told is implies(narrow, wide, TREES)

    @given(values["region"], values["region"])
    def test_without_a_tree(self, one: str, other: str) -> None:
        """Where the tree of a fact is not at hand, a code stands below itself alone."""
        narrow, wide = at("region", within=one), at("region", within=other)

        assert (one == other) is implies(narrow, wide, {})
        assert (one == other) is implies(at("region", equals=one), wide, {})


def test_sets_say_nothing_of_each_other() -> None:
    """Of two words that a set may include, neither row takes the other's cases."""
    held = {"fact": "held", "includes": "investing"}

    assert implies(read_condition(held), read_condition(held), {})
    assert not implies(
        read_condition(held), read_condition({"fact": "held", "includes": "spending"}), {}
    )
