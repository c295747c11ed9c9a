"""Laws of groups: the most specific row, unknown facts, the order of rows, kept texts."""

from __future__ import annotations

from typing import Any

from effort import some
from group_tools import DOMAIN, ON, Oracle, customers, faults_of, groups_policy, rows_of
from group_tools import tables as drawn_tables
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bankservice.core.frozen import FrozenMapping
from bankservice.core.kept import read_kept
from bankservice.core.policy import Policy
from bankservice.core.unknown import UNKNOWN
from bankservice.segmentation import SHELF, Grouped, Groups, behaviour_facts
from bankservice.segmentation.grouping.model import GroupsFacts
from bankservice.segmentation.grouping.rule import group, groups

Facts = dict[str, Any]


def told(policy: Policy[Groups], facts: Facts) -> Grouped:
    """Return where a customer belongs."""
    asked = GroupsFacts(on=ON, customer=FrozenMapping(facts))
    return group(asked, policy.versions[0].parameters)


@settings(max_examples=some(30), deadline=None)
@given(table=drawn_tables(), data=st.data())
def test_most_specific_wins(table: Any, data: st.DataObject) -> None:
    """
    A table is refused exactly where somebody has no most specific row, or a row has nobody; else
    the row told is the one found by going through everybody there can be.
    """
    oracle = Oracle.of(table)
    faults = faults_of(**rows_of(table))
    assert oracle.sound == (not faults)
    if not oracle.sound:
        return
    policy = groups_policy(**rows_of(table))
    for number in data.draw(st.lists(st.integers(0, len(oracle.book) - 1), max_size=30)):
        winner = f"row-{oracle.winners(number)[0]}"
        held = {f"row-{n}" for n, one in enumerate(table) if one.holds(oracle.book[number])}

        outcome = told(policy, oracle.book[number])

        assert winner == outcome.segment
        assert held - {winner} == set(outcome.also_matched)


@settings(max_examples=some(30), deadline=None)
@given(table=drawn_tables(), data=st.data())
def test_unknown_facts_are_every_completion(table: Any, data: st.DataObject) -> None:
    """
    A segment is told exactly where every way of filling in the unknown facts gives it; where it is
    not, those possible are told, and the facts named would settle it, whatever they are.
    """
    oracle = Oracle.of(table)
    assume(oracle.sound)
    policy = groups_policy(**rows_of(table))
    for _ in range(6):
        whole = data.draw(st.sampled_from(oracle.book))
        hidden = data.draw(st.sets(st.sampled_from(list(DOMAIN)), min_size=1))
        known = {name: value for name, value in whole.items() if name not in hidden}
        stated = {
            **known,
            **dict.fromkeys(data.draw(st.sets(st.sampled_from(sorted(hidden)))), UNKNOWN),
        }
        could = {f"row-{oracle.winners(oracle.book.index(facts))[0]}" for facts in customers(known)}

        outcome = told(policy, stated)

        assert (next(iter(could)) if len(could) == 1 else None) == outcome.segment
        assert (set() if len(could) == 1 else could) == set(outcome.possible)
        named = outcome.unknown.get("segment", ())
        assert set(named) <= hidden
        settled = told(policy, {**known, **{name: whole[name] for name in named}})
        assert f"row-{oracle.winners(oracle.book.index(whole))[0]}" == settled.segment


@settings(max_examples=some(20), deadline=None)
@given(table=drawn_tables(), data=st.data())
def test_order_of_rows_never_matters(table: Any, data: st.DataObject) -> None:
    """
    The same rows in another order tell the same.
    """
    rows = rows_of(table)
    assume(not faults_of(**rows))
    other = {**rows, "segment": data.draw(st.permutations(rows["segment"]))}
    facts = data.draw(st.sampled_from(list(customers())))

    assert told(groups_policy(**rows), facts) == told(groups_policy(**other), facts)


@settings(max_examples=some(20), deadline=None)
@given(table=drawn_tables())
def test_kept_text_is_read_back_equal(table: Any) -> None:
    """
    A version written and read again is equal, and tells the same.
    """
    rows = rows_of(table)
    assume(not faults_of(**rows))
    version = groups_policy(**rows).versions[0]
    kept = read_kept(version.text, SHELF.kinds, SHELF)

    assert version == kept
    assert version.written == kept.written
    assert [row.code for row in version.parameters.segments] == [
        row.code for row in kept.parameters.segments
    ]


SHIPPED = {
    "customer_kind": st.sampled_from(
        ["person", "business_owner", "key_operator", "organisation", "small_business"]
    ),
    "age": st.integers(0, 100),
    "tier": st.sampled_from(["STANDARD", "PRIVATE"]),
    "region": st.sampled_from(["CN-SC", "west", "CN-GD", "CN"]),
    "industry": st.sampled_from(["catering", "hospitality", "retail"]),
    "leads_industry": st.booleans(),
    "investing_share": st.integers(0, 10_000),
    "spending_share": st.integers(0, 10_000),
    "business_share": st.integers(0, 10_000),
    "online_share": st.integers(0, 10_000),
    "products": st.integers(0, 5),
}


@settings(max_examples=some(40), deadline=None)
@given(
    facts=st.fixed_dictionaries({}, optional={n: v | st.just(UNKNOWN) for n, v in SHIPPED.items()})
)
def test_every_outcome_explains_itself(facts: Facts) -> None:
    """
    Whatever is known of a customer, why they belong where they do is told in both languages, and
    deciding again gives the same.
    """
    decision = groups("customer-groups", on=ON, customer=facts)

    assert decision.explain("en") != decision.explain("zh")
    assert hash(decision) == hash(groups("customer-groups", on=ON, customer=facts))
    assert decision == groups("customer-groups", on=ON, customer=facts)


@settings(max_examples=some(40), deadline=None)
@given(
    facts=st.fixed_dictionaries({}, optional=dict(SHIPPED)),
    more=st.fixed_dictionaries(dict(SHIPPED)),
)
def test_learning_more_never_takes_back(facts: Facts, more: Facts) -> None:
    """
    What was told with some facts unknown still holds when they become known.
    """
    before = groups("customer-groups", on=ON, customer=facts).outcome
    after = groups("customer-groups", on=ON, customer={**more, **facts}).outcome

    assert set(before.behaviours) <= set(after.behaviours)
    assert set(before.needs) <= set(after.needs)
    assert before.segment in (None, after.segment)
    assert before.screening.row in (None, after.screening.row)
    assert before.segment or after.segment in before.possible
    assert {} == dict(after.unknown)


SUMS = st.dictionaries(
    st.sampled_from(["spending", "fund", "business", "salary"]), st.integers(0, 10**15)
)


@given(turnover=SUMS, holdings=SUMS, scale=st.integers(1, 10**6))
def test_shares_know_no_currency(
    turnover: dict[str, int], holdings: dict[str, int], scale: int
) -> None:
    """
    Shares of behaviour are the same in any unit, from 0 to 10,000, and unknown of nothing.
    """

    def grown(sums: dict[str, int]) -> dict[str, int]:
        return {kind: amount * scale for kind, amount in sums.items()}

    once = behaviour_facts(turnover, holdings)
    scaled = behaviour_facts(grown(turnover), grown(holdings))
    shares = [name for name in once if name.endswith("_share")]

    assert [once[name] for name in shares] == [scaled[name] for name in shares]
    assert all(once[name] is UNKNOWN or 0 <= once[name] <= 10_000 for name in shares)  # type: ignore[operator]
    assert (once["spending_share"] is UNKNOWN) == (sum(turnover.values()) == 0)
