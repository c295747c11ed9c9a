"""The laws of groups: unknown facts, orders of rows, versions, and explanations."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.core.errors import PolicyError
from bankservice.core.kept import read_kept
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.segmentation import SHELF, groups
from bankservice.segmentation.policy import KINDS
from bankservice.testing import strategies

ON = date(2026, 3, 31)
FEW = settings(max_examples=some(15))
POLICIES = strategies.group_policies()


def grouped(policy: Policy[Any], customer: dict[str, Any]) -> Any:
    """Return where a customer belongs."""
    return groups(policy, on=ON, customer=customer).outcome


def policy_of(table: dict[str, Any], *, since: date = date(2000, 1, 1)) -> Policy[Any]:
    """Load a table as a version of a policy; a second one where it says."""
    return policies_of([{**table, "since": since}])


def policies_of(versions: list[dict[str, Any]]) -> Policy[Any]:
    """Load versions of a policy."""
    source = {"text": "Acme segment policy", "clause": "1", "checked": "own"}
    raw = {
        "id": "acme/groups",
        "kind": "segmentation.groups",
        "version": [{"source": source, **version} for version in versions],
    }
    return read_policy(raw, "a policy of this test", SHELF.kinds, SHELF)


class TestUnknown:
    """Unknown is never false, and never zero."""

    @FEW
    @given(POLICIES, strategies.customers(), strategies.customers(unknown=False))
    def test_what_is_told_holds_whatever_the_unknown_is(
        self, policy: Policy[Any], customer: dict[str, Any], fill: dict[str, Any]
    ) -> None:
        """A segment, a behaviour, a screening told with facts unknown is told with any of them."""
        known = {name: held for name, held in customer.items() if held != "unknown"}
        some_, all_ = grouped(policy, customer), grouped(policy, {**fill, **known})

        assert some_.segment in (None, all_.segment)
        # Who is screened out is not analysed; while that is open, behaviours are what they are.
        assert set(some_.behaviours) <= set(all_.behaviours) or all_.screening.outcome == "out"
        assert some_.screening.outcome in (None, all_.screening.outcome)
        assert not all_.unknown
        if some_.segment is None and all_.segment is not None:
            assert some_.unknown
            assert all_.segment in some_.possible

    @FEW
    @given(POLICIES, strategies.customers(unknown=False), st.data())
    def test_not_stated_is_unknown(
        self, policy: Policy[Any], customer: dict[str, Any], data: st.DataObject
    ) -> None:
        """A fact that is left out and one that is said to be unknown are the same."""
        name = data.draw(st.sampled_from(sorted(customer)))
        without = {key: held for key, held in customer.items() if key != name}

        assert grouped(policy, without) == grouped(policy, {**customer, name: "unknown"})

    @FEW
    @given(POLICIES, strategies.customers(unknown=False))
    def test_everybody_is_in_one_segment(
        self, policy: Policy[Any], customer: dict[str, Any]
    ) -> None:
        """With all facts known there is exactly one segment, but for who is screened out."""
        found = grouped(policy, customer)

        assert (found.segment is None) is (found.screening.outcome == "out")


class TestTables:
    """Laws 30, 31, 32 and 34."""

    @FEW
    @given(strategies.group_tables(), strategies.customers(), st.randoms(use_true_random=False))
    def test_the_order_of_rows_is_nothing(
        self, table: dict[str, Any], customer: dict[str, Any], chance: Any
    ) -> None:
        """Law 32: segments and behaviours written in another order are the same table."""
        shuffled = dict(table)
        for name in ("segment", "behaviour"):
            rows = list(table[name])
            chance.shuffle(rows)
            shuffled[name] = rows
        one, other = (grouped(policy_of(each), customer) for each in (table, shuffled))

        assert (one.segment, set(one.behaviours)) == (other.segment, set(other.behaviours))

    @FEW
    @given(POLICIES, strategies.customers())
    def test_a_kept_version_decides_alike(
        self, policy: Policy[Any], customer: dict[str, Any]
    ) -> None:
        """Law 32: read back from the archive's text, a version has the same name and answers."""
        (version,) = policy.versions
        kept = read_kept(version.text, SHELF.kinds, SHELF)
        again = Policy(policy.id, policy.kind, policy.title, (kept,))

        assert (version.ref, version.text) == (kept.ref, kept.text)
        assert grouped(policy, customer) == grouped(again, customer)

    @FEW
    @given(strategies.group_tables(), strategies.group_tables(), strategies.customers())
    def test_a_future_version_changes_nothing(
        self, table: dict[str, Any], other: dict[str, Any], customer: dict[str, Any]
    ) -> None:
        """Law 31: a version that begins tomorrow decides nothing today."""
        today = {**table, "since": date(2020, 1, 1)}
        more = [today, {**other, "since": date(2026, 4, 1)}]

        assert grouped(policies_of([today]), customer) == grouped(policies_of(more), customer)

    @FEW
    @given(POLICIES, strategies.customers())
    def test_deciding_again_gives_the_same(
        self, policy: Policy[Any], customer: dict[str, Any]
    ) -> None:
        """Laws 30 and 34: equal facts give equal decisions, explained in both languages."""
        first, second = (groups(policy, on=ON, customer=customer) for _ in range(2))

        assert first == second
        assert hash(first) == hash(second)
        assert first.explain("en")
        assert first.explain("zh_CN")

    @FEW
    @given(POLICIES, strategies.customers())
    def test_checks_tell_no_untruth(self, policy: Policy[Any], customer: dict[str, Any]) -> None:
        """Law 30: no check is decided on unknown facts alone: with none known, none is passed."""
        nothing = groups(policy, on=ON, customer={}).explanation()

        assert not [check for check in nothing.checks if check.held is False]

    @FEW
    @given(strategies.group_tables())
    def test_an_unknown_key_is_refused(self, table: dict[str, Any]) -> None:
        """Law 32: a key that nobody knows is refused with its path, never left out."""
        with pytest.raises(PolicyError, match="segmant"):
            policy_of({**table, "segmant": []})


def test_the_kind_is_one_of_the_domain() -> None:
    """What strategies draw is of a kind that the domain ships."""
    assert "segmentation.groups" in {kind.name for kind in KINDS}
