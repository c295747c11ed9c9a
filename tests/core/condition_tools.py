"""Facts, and strategies of conditions over them, for the tests of conditions and of their tables."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from bankservice.core.conditions import AllOf, AnyOf, Comparison, Condition, FactType, Not
from bankservice.core.unknown import UNKNOWN

KNOWN: dict[str, FactType] = {
    "name": FactType("text"),
    "age": FactType("integer"),
    "score": FactType("number"),
    "vip": FactType("boolean"),
    "opened_on": FactType("date"),
    "region": FactType("code", "test/regions"),
}
ABOVE = {"north": "", "south": "", "n1": "north", "n2": "north", "n11": "n1", "s1": "south"}


def within(fact: str, code: str, ancestor: str) -> bool:
    """Tell whether *code* stands under *ancestor* in the tree of regions."""
    assert fact == "region", "only the code fact is asked about its tree"
    while code:
        if code == ancestor:
            return True
        code = ABOVE[code]
    return False


# Few values each, so that comparisons often stand exactly on the limit.
values: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["", "a", "b", "unknown"]),
    "age": st.integers(-1, 3),
    "score": st.integers(-1, 2) | st.decimals(-1, 2, places=1),
    "vip": st.booleans(),
    "opened_on": st.dates(date(2024, 8, 30), date(2024, 9, 2)),
    "region": st.sampled_from(sorted(ABOVE)),
}
ORDERED = ("age", "score", "opened_on")


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    """Return a comparison without faults."""
    fact = draw(st.sampled_from(sorted(KNOWN)))
    words = ["equals", "in"]
    if fact in ORDERED:
        words += ["at_least", "at_most", "more_than", "less_than", "between"]
    if fact == "region":
        words.append("within")
    word = draw(st.sampled_from(words))
    if word == "in":
        return Comparison(fact, word, tuple(draw(st.lists(values[fact], min_size=1, max_size=3))))
    if word == "between":
        ends = draw(st.lists(values[fact], min_size=2, max_size=2, unique=True).map(sorted))
        return Comparison(fact, word, tuple(ends))
    return Comparison(fact, word, draw(values[fact]))


def combined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    """Return conditions over *inner* ones."""
    parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.builds(AllOf, parts) | st.builds(AnyOf, parts) | st.builds(Not, inner)


conditions: st.SearchStrategy[Condition] = st.recursive(comparisons(), combined, max_leaves=8)
facts = st.fixed_dictionaries(
    {}, optional={name: st.just(UNKNOWN) | st.none() | held for name, held in values.items()}
)
