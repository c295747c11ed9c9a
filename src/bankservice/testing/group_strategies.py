"""
Hypothesis strategies for groups of customers: policies, facts of customers, values to score.

    from hypothesis import given
    from bankservice.testing import strategies

    @given(strategies.customers())
    def test_every_customer_is_somewhere(customer): ...
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.segmentation.policy import SHELF

__all__ = ["customers", "group_policies", "group_tables", "rfm_values"]

TIERS: Final = ("BASE", "GOLD", "PLATINUM")
REGIONS: Final = (("west", "CN-SC"), ("east", "CN-SH"), ("east", "CN-GD"))
INDUSTRIES: Final = ("catering", "agriculture", "manufacturing")
KINDS: Final = ("person", "business_owner", "small_business")
SHARES: Final = ("investing_share", "spending_share", "business_share")
EDGES: Final = (0, 2_499, 2_500, 2_501, 4_999, 5_000, 5_001, 10_000)
AGES: Final = (0, 17, 18, 34, 35, 36, 59, 60, 100)
UNKNOWN_WORD: Final = "unknown"


# -- policies ----------------------------------------------------------------------------------


def _titled(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "title": {"en": code.capitalize(), "zh": f"客户群{code}"}, **more}


@st.composite
def _tables(draw: st.DrawFn, most: int, screens: bool) -> dict[str, Any]:
    behaviours = [
        _titled(
            f"b{place}",
            when={
                "fact": draw(st.sampled_from(SHARES)),
                draw(st.sampled_from(("at_least", "more_than", "less_than"))): draw(
                    st.sampled_from((2_500, 5_000))
                ),
            },
        )
        for place in range(draw(st.integers(1, 3)))
    ]
    wide, narrow = draw(st.sampled_from(REGIONS))
    dimensions: list[dict[str, Any]] = [
        {"tier": draw(st.sampled_from(("GOLD", ["GOLD", "PLATINUM"])))},
        {"behaviour": draw(st.sampled_from([row["code"] for row in behaviours]))},
        {"region": wide},
        {"industry": draw(st.sampled_from(INDUSTRIES))},
        {"age": [18, draw(st.sampled_from((35, 60)))]},
        {"customer_kind": draw(st.sampled_from(KINDS))},
    ]
    # Each row holds only where the one before does, so that there never is a tie.
    rows, held = [_titled("everybody")], dict[str, Any]()
    order = draw(st.permutations(dimensions))
    for place, dimension in enumerate(order[: draw(st.integers(0, most - 1))]):
        held = {**held, **dimension}
        rows.append(_titled(f"s{place}", **held))
    if "region" in held and len(rows) < most and draw(st.booleans()):
        rows.append(_titled("province", **{**held, "region": narrow}))
    table = {"tiers": list(TIERS), "behaviour": behaviours, "segment": draw(st.permutations(rows))}
    if screens and draw(st.booleans()):
        table["screen"] = [
            _titled("minor", outcome="refer", when={"fact": "age", "less_than": 18}),
            _titled("others", outcome=draw(st.sampled_from(("in", "out")))),
        ]
    return table


def group_tables(*, max_segments: int = 6, screens: bool = True) -> SearchStrategy[dict[str, Any]]:
    """
    Return the parameters of a version of groups as a TOML file holds them.

    Segments have no tie and no gap; the order of their rows is any.

    Args:
        max_segments: Most segments, the one of everybody counted.
        screens: Whether some screen customers first.
    """
    if max_segments < 1:
        raise InvalidArgument("there is at least the segment of everybody.")
    return _tables(max_segments, screens)


def group_policies(
    *tables: SearchStrategy[dict[str, Any]], since: date = date(2000, 1, 1)
) -> SearchStrategy[Policy[Any]]:
    """
    Return loaded policies of groups.

    Args:
        *tables: Parameters of the versions, oldest first; one of `group_tables()` where left out.
        since: First day of the first version; the others follow, each a year after the last.
    """
    return st.tuples(*(tables or (group_tables(),))).map(lambda drawn: _policy(drawn, since))


def _policy(tables: tuple[dict[str, Any], ...], since: date) -> Policy[Any]:
    source = {"text": "drawn by Hypothesis", "clause": "1", "checked": "own"}
    raw = {
        "id": "drawn/groups",
        "kind": "segmentation.groups",
        "version": [
            {**table, "since": since.replace(year=since.year + place), "source": source}
            for place, table in enumerate(tables)
        ],
    }
    return read_policy(raw, "a drawn policy", SHELF.kinds, SHELF)


# -- customers ---------------------------------------------------------------------------------


def customers(*, unknown: bool = True) -> SearchStrategy[dict[str, Any]]:
    """
    Return facts of a customer by name, those of the shipped register.

    Args:
        unknown: Whether facts may be unknown, or not stated at all.
    """
    facts: dict[str, SearchStrategy[Any]] = {
        "customer_kind": st.sampled_from(KINDS),
        "age": st.sampled_from(AGES) | st.integers(0, 110),
        "region": st.sampled_from([code for pair in REGIONS for code in pair]),
        "industry": st.sampled_from(INDUSTRIES),
        "tier": st.sampled_from(TIERS),
        **{name: st.sampled_from(EDGES) | st.integers(0, 10_000) for name in SHARES},
    }
    if not unknown:
        return st.fixed_dictionaries(facts)
    return st.fixed_dictionaries(
        {}, optional={name: held | st.just(UNKNOWN_WORD) for name, held in facts.items()}
    )


# -- RFM -----------------------------------------------------------------------------------------


def rfm_values(
    *, min_size: int = 1, max_size: int = 40, min_value: int = -(10**12), max_value: int = 10**12
) -> SearchStrategy[tuple[int, ...]]:
    """
    Return values of one measure over a population, with many ties: days, purchases, minor units.

    Args:
        min_size: Fewest customers.
        max_size: Most customers.
        min_value: Least value.
        max_value: Largest value.
    """
    if not 0 <= min_size <= max_size:
        raise InvalidArgument(f"sizes go from {min_size} to {max_size}; wanted 0 <= min <= max.")
    if min_value > max_value:
        raise InvalidArgument(f"values go from {min_value} to {max_value}; wanted min <= max.")
    wide = st.integers(min_value, max_value)
    narrow = st.integers(min_value, min(max_value, min_value + 3))
    lists = st.lists(wide, min_size=min_size, max_size=max_size) | st.lists(
        narrow | wide, min_size=min_size, max_size=max_size
    )
    return lists.map(tuple)
