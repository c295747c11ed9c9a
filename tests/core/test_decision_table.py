"""Decision tables: hit policies as DMN has them, and what is wrong with a table found when written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import attrs
import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.core import witness as witness_module
from bankservice.core.conditions import Condition, FactType, read_condition
from bankservice.core.decision_table import (
    DecisionTable,
    HitPolicy,
    Hits,
    TableConflictError,
    TableRow,
    check_table,
)
from bankservice.core.policy import Faults, Title
from bankservice.core.terms import Terms
from bankservice.core.vocabulary import Code, Tree
from bankservice.core.witness import shown, witness

TITLE = Title(en="x", zh="x")
TREE = Tree(
    [Code(code=c, under=u, title=TITLE) for c, u in (("east", ""), ("port", "east"), ("west", ""))]
)
TERMS = Terms(
    {
        "age": FactType("integer"),
        "score": FactType("integer"),
        "rate": FactType("number"),
        "on": FactType("date"),
        "vip": FactType("boolean"),
        "name": FactType("text"),
        "risk": FactType("text"),
        "region": FactType("code", "vocabulary/regions"),
        "held": FactType("set"),
    },
    {"risk": ("low", "medium", "high")},
    {"region": TREE},
)


def at(fact: str, **comparison: object) -> Condition:
    """Return a comparison."""
    return read_condition({"fact": fact, **comparison})


def both(*parts: Mapping[str, object]) -> Condition:
    """Return a condition that holds where every part does."""
    return read_condition({"all": list(parts)})


def faults_of(
    *rows: tuple[str, Condition | None, tuple[str, ...]] | tuple[str, Condition | None],
    hit: HitPolicy = "unique",
    **told: Any,
) -> list[str]:
    """Return what is wrong with a table, each as `path: what stands there`."""
    faults = Faults()
    check_table([TableRow(*row) for row in rows], hit, TERMS, "row", faults, **told)
    return [f"{fault.path}: {fault.got}" for fault in faults]


# --- DMN's own examples -------------------------------------------------------------------------

OLD, GOOD = {"fact": "age", "at_least": 18}, {"fact": "vip", "equals": True}
APPLICANT: tuple[TableRow, ...] = (
    TableRow(
        "best", both(OLD, {"fact": "risk", "in": ["medium", "low"]}, GOOD), ("Approved", "Best")
    ),
    TableRow("standard", both({"fact": "age", "at_least": 12}, GOOD), ("Approved", "Standard")),
    TableRow("declined", at("age", less_than=13), ("Declined", "Standard")),
)


@pytest.mark.parametrize(
    ("age", "risk", "row"),
    [(19, "medium", "best"), (13, "medium", "standard"), (10, "low", "declined")],
)
def test_tck_0108_first(age: int, risk: str, row: str) -> None:
    """The first row that holds is the answer, though others hold too (TCK 0108)."""
    table = DecisionTable(APPLICANT, TERMS, "first")

    assert Hits((row,)) == table.hits({"age": age, "risk": risk, "vip": True})


def test_tck_0110_output_order() -> None:
    """Every row that holds is the answer, in the order of the outputs' values (TCK 0110)."""
    rows = (
        TableRow("declined", at("risk", equals="high"), ("Declined", "Standard")),
        TableRow("approved", at("vip", equals=True), ("Approved", "Standard")),
    )
    priority = (("Approved", "Declined"), ("Best", "Standard"))
    table = DecisionTable(rows, TERMS, "output-order", priority)
    facts = {"age": 17, "risk": "high", "vip": True}

    assert ("approved", "declined") == table.hits(facts).rows
    assert ("approved",) == attrs.evolve(table, hit="priority").hits(facts).rows


def test_tck_0117_any() -> None:
    """Rows that hold together are one answer where they agree (TCK 0117)."""
    rows = (
        TableRow("a", at("age", at_least=18), ("Approved", "Best")),
        TableRow("b", at("risk", equals="low"), ("Approved", "Best")),
    )
    table = DecisionTable(rows, TERMS, "any")

    assert Hits(("a",)) == table.hits({"age": 19, "risk": "low"})


def test_catala_conflict() -> None:
    """Two rules for case 6 are a conflict that names both; neither wins in silence."""
    rows = (TableRow("thirty", at("score", equals=6)), TableRow("forty", at("score", more_than=5)))
    table = DecisionTable(rows, TERMS)

    with pytest.raises(TableConflictError, match="thirty, forty hold together"):
        table.hits({"score": 6})
    with pytest.raises(TableConflictError) as found:
        DecisionTable(
            tuple(attrs.evolve(row, output=(row.code,)) for row in rows), TERMS, "any"
        ).hits({"score": 6})

    assert ("thirty", "forty") == found.value.rows
    assert ["row[0]: thirty and forty both hold at score = 6"] == faults_of(
        *((row.code, row.when) for row in rows), complete=False
    )


# --- what is unknown ----------------------------------------------------------------------------


def test_unknown_facts_are_named_where_they_matter() -> None:
    """A fact that could change the answer is named; one that could not is not."""
    collect = DecisionTable(APPLICANT, TERMS, "collect")
    first = DecisionTable(APPLICANT, TERMS, "first")
    unique = DecisionTable(
        (TableRow("a", at("age", at_least=18)), TableRow("b", at("age", less_than=18))), TERMS
    )
    adult = {"age": 19, "vip": True}

    assert Hits(("standard",), ("risk",)) == collect.hits(adult)
    assert Hits((), ("risk",)) == first.hits(adult)
    assert Hits(("best",)) == first.hits({**adult, "risk": "low"})
    assert Hits(("declined",)) == first.hits({"age": 11})
    assert Hits((), ("age",)) == unique.hits({})
    assert Hits(()) == DecisionTable((), TERMS).hits({})


def test_priority_waits_for_a_better_row_only() -> None:
    """A row that may still hold matters only where it would come before the best one."""
    rows = (
        TableRow("low", at("vip", equals=True), ("low",)),
        TableRow("high", at("age", at_least=18), ("high",)),
    )
    table = DecisionTable(rows, TERMS, "priority", (("high", "low"),))

    assert Hits((), ("age",)) == table.hits({"vip": True})
    assert Hits(("high",)) == table.hits({"age": 20})
    assert Hits((), ("vip", "age")) == table.hits({})


# --- the search ---------------------------------------------------------------------------------


def test_gap_is_shown() -> None:
    """A table that leaves something out is told with facts that no row takes."""
    rows = (("a", at("age", less_than=18)), ("b", at("age", more_than=18)))

    assert ["row: a gap at age = 18"] == faults_of(*rows)
    assert [] == faults_of(*rows, ("c", at("age", equals=18)))
    assert [] == faults_of(*rows, complete=False)
    assert ["row: a gap at any facts"] == faults_of()


@pytest.mark.parametrize(
    ("gap", "rows"),
    [
        ("rate = 0.15", (at("rate", at_most=Decimal("0.1")), at("rate", at_least=Decimal("0.2")))),
        (
            "rate = 0.1",
            (at("rate", less_than=Decimal("0.1")), at("rate", more_than=Decimal("0.1"))),
        ),
        (
            "on = 2026-01-01",
            (at("on", less_than=date(2026, 1, 1)), at("on", more_than=date(2026, 1, 1))),
        ),
        ("vip = false", (at("vip", equals=True),)),
        ("name = otherGold", (at("name", equals="Gold"),)),
        ("risk = high", (at("risk", **{"in": ["low", "medium"]}),)),
        ("region = west", (at("region", within="east"),)),
        ("held = []", (at("held", includes="investing"),)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_gap_in_every_type(gap: str, rows: Sequence[Condition]) -> None:
    """Gaps are found in every type of fact, at its boundaries and between them."""
    assert [f"row: a gap at {gap}"] == faults_of(*((str(n), row) for n, row in enumerate(rows)))


def test_ranges_bound_the_search() -> None:
    """A whole number that can only be within bounds leaves no gap beyond them."""
    rows = (("low", at("score", at_most=2)), ("high", at("score", between=[3, 6])))

    assert [] == faults_of(*rows, ranges={"score": (0, 5)})
    assert ["row: a gap at score = 6"] == faults_of(*rows)


def test_unreachable_rows() -> None:
    """A row that can never be the answer is a fault, and so is one that can never hold."""
    young = ("young", at("age", less_than=35))
    never = ("never", both({"fact": "age", "less_than": 3}, {"fact": "age", "more_than": 5}))

    assert ["row[1]: child, which can never be reached"] == faults_of(
        young, ("child", at("age", less_than=12)), ("rest", None), hit="first"
    )
    assert ["row[1]: never, which can never be reached"] == faults_of(
        young, never, ("rest", None), hit="first"
    )
    assert ["row[0]: never, which can never be reached"] == faults_of(
        never, hit="collect", complete=False
    )


def test_rows_together_cover_an_earlier_miss() -> None:
    """What two rows take between them is seen, though neither takes it alone."""
    rows = [
        ("left", at("age", less_than=40)),
        ("right", at("age", at_least=30)),
        ("rest", at("vip", equals=True)),
    ]

    assert ["row[2]: rest, which can never be reached"] == faults_of(*rows, hit="first")


def test_outputs_are_checked() -> None:
    """An output that has no place in the order is a fault, and so is a row with too few."""
    found = faults_of(
        ("a", None, ("gold",)),
        ("b", None, ()),
        ("c", None, ("silver",)),
        hit="output-order",
        priority=(("silver", "bronze"),),
    )

    assert ["row[0]: 'gold'", "row[1]: 0 outputs"] == found


def test_codes_are_apart() -> None:
    """Two rows of one code are a fault."""
    assert ["row[1].code: 'a'"] == faults_of(("a", None), ("a", None), hit="collect")


def test_agreeing_rows_may_overlap() -> None:
    """Under `any`, rows that agree may hold together; others may not."""
    adult, senior = at("age", at_least=18), at("age", at_least=60)

    assert [] == faults_of(("a", adult, ("x",)), ("b", senior, ("x",)), hit="any", complete=False)
    assert ["row[0]: a and b both hold at age = 60"] == faults_of(
        ("a", adult, ("x",)), ("b", senior, ("y",)), hit="any", complete=False
    )


def test_too_wide_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of more cases than can be gone through says so; it is not taken for a sound one."""
    monkeypatch.setattr(witness_module, "MOST", 2)

    (found,) = faults_of(("a", at("age", less_than=1)), ("b", at("age", at_least=1)))

    assert found == "row: conditions over many facts"


def test_facts_are_shown_as_written() -> None:
    """An example of facts reads as people write them."""
    assert "vip = true, age = 3" == shown({"vip": True, "age": 3})


# --- against brute force ------------------------------------------------------------------------

AGES, VIPS, REGIONS = range(-1, 5), (True, False), ("east", "port", "west")
EVERYTHING = [
    dict(zip(("age", "vip", "region"), values, strict=True))
    for values in product(AGES, VIPS, REGIONS)
]

_COMPARED = st.one_of(
    st.builds(
        lambda word, value: {"fact": "age", word: value},
        st.sampled_from(["at_least", "at_most", "more_than", "less_than", "equals"]),
        st.integers(0, 3),
    ),
    st.builds(lambda value: {"fact": "vip", "equals": value}, st.booleans()),
    st.builds(
        lambda word, value: {"fact": "region", word: value},
        st.sampled_from(["equals", "within"]),
        st.sampled_from(REGIONS),
    ),
)
_RAW: st.SearchStrategy[Any] = st.recursive(
    _COMPARED,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=5,
)
ROWS = st.lists(_RAW.map(read_condition), min_size=1, max_size=4)


def answers(rows: Sequence[Condition], facts: Mapping[str, object]) -> list[bool | None]:
    """Return whether each row holds."""
    return [row.holds(facts, TERMS.within) for row in rows]


@settings(max_examples=some(60))
@given(ROWS)
def test_search_is_exact(rows: list[Condition]) -> None:
    """A gap, an overlap or a reach is found exactly where one of all cases has it."""
    table = [TableRow(str(n), row) for n, row in enumerate(rows)]
    found = {"gap": False, **{str(n): False for n in range(len(rows))}}
    apart = True
    for facts in EVERYTHING:
        held = answers(rows, facts)
        found["gap"] |= not any(held)
        found.update({str(n): True for n, one in enumerate(held) if one and not any(held[:n])})
        apart &= held.count(True) <= 1

    first = "\n".join(faults_of(*((row.code, row.when) for row in table), hit="first"))
    unique = "\n".join(faults_of(*((row.code, row.when) for row in table)))

    assert found["gap"] == ("a gap" in first) == ("a gap" in unique)
    assert [found[row.code] for row in table] == [
        f"{row.code}, which can never" not in first for row in table
    ]
    assert apart == ("both hold" not in unique)


@settings(max_examples=some(60))
@given(ROWS, st.sampled_from(EVERYTHING))
def test_witness_is_one(rows: list[Condition], facts: Mapping[str, object]) -> None:
    """What the search returns is a case as wanted, whatever the facts it leaves out."""
    wanted = answers(rows, facts)
    found = witness(
        rows,
        lambda held: (
            False
            if any(one not in (None, want) for one, want in zip(held, wanted, strict=True))
            else None
            if None in held
            else True
        ),
        TERMS,
    )

    assert found is not None
    assert wanted == answers(rows, found)


@settings(max_examples=some(60))
@given(ROWS, st.sampled_from(EVERYTHING), st.sets(st.sampled_from(["age", "vip", "region"])))
def test_unknown_never_decides(
    rows: list[Condition], facts: Mapping[str, object], hidden: set[str]
) -> None:
    """Where nothing is named as unknown, every completion of the facts has the same answer."""
    table = tuple(TableRow(str(n), row, (str(n % 2),)) for n, row in enumerate(rows))
    stated = {name: value for name, value in facts.items() if name not in hidden}
    for hit in ("first", "collect", "rule-order", "priority", "output-order"):
        decided = DecisionTable(table, TERMS, hit, (("1", "0"),))
        now = decided.hits(stated)
        later = [
            decided.hits({**every, **stated})
            for every in EVERYTHING
            if all(every[name] == value for name, value in stated.items())
        ]
        if not now.unknown:
            assert {now} == set(later)
        assert all(set(now.rows) <= set(one.rows) for one in later)


@settings(max_examples=some(40))
@given(ROWS, st.randoms(use_true_random=False), st.sampled_from(EVERYTHING))
def test_order_of_rows_never_matters(
    rows: list[Condition], random: Any, facts: Mapping[str, object]
) -> None:
    """Under `unique`, permuting the rows changes neither the answer nor the conflict."""
    table = [TableRow(str(n), row) for n, row in enumerate(rows)]
    shuffled = random.sample(table, len(table))
    found = []
    for each in (table, shuffled):
        try:
            found.append(set(DecisionTable(tuple(each), TERMS).hits(facts).rows))
        except TableConflictError as error:
            found.append(set(error.rows))

    assert found[0] == found[1]


def test_a_set_with_words_is_a_set() -> None:
    """Words of a set bound what it may hold; a case of the search is a set still, not a word."""
    terms = Terms({"held": FactType("set")}, {"held": ("investing", "invest")}, {})
    found = witness(
        [at("held", includes="invest"), at("held", includes="investing")],
        lambda answers: None if None in answers else answers == (False, True),
        terms,
    )

    assert {"held": ("investing",)} == found


def test_a_bound_may_have_one_end() -> None:
    """A whole number that cannot be negative leaves no gap below zero."""
    rows = (("none", at("score", equals=0)), ("some", at("score", more_than=0)))

    assert [] == faults_of(*rows, ranges={"score": (0, None)})
    assert ["row: a gap at score = -1"] == faults_of(*rows)
