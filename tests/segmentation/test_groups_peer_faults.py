"""Faults that users of rule engines and CRMs met, one test each, so that they are not met here."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bankservice.core.errors import FaultsError, PolicyError, UnknownNameError
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.segmentation import SHELF, groups
from bankservice.segmentation.scoring.model import fit

ON = date(2026, 3, 31)


def titled(code: str, **more: Any) -> dict[str, Any]:
    """Return a row."""
    return {"code": code, "title": {"en": code, "zh": "客户群"}, **more}


def policy_of(**table: Any) -> Policy[Any]:
    """Load a policy of groups."""
    source = {"text": "Acme segment policy", "clause": "1", "checked": "own"}
    raw = {
        "id": "acme/groups",
        "kind": "segmentation.groups",
        "version": [{"since": date(2020, 1, 1), "source": source, **table}],
    }
    return read_policy(raw, "a policy of this test", SHELF.kinds, SHELF)


def turnover(**comparison: Any) -> list[dict[str, Any]]:
    """Return segments by turnover: everybody, and who passes a comparison."""
    when = {"fact": "turnover_minor", **comparison}
    return [titled("basic"), titled("gold", when=when)]


GOLD = policy_of(segment=turnover(at_least=5_000_000))


def segment(policy: Policy[Any] = GOLD, **customer: Any) -> Any:
    """Return the segment of one customer."""
    return groups(policy, on=ON, customer=customer).outcome.segment


class TestSilence:
    """Nothing that is broken is passed over."""

    @pytest.mark.parametrize(
        "comparison",
        [
            {"at_least": "five million"},
            {"at_least": "5000000"},
            {"at_least": True},
            {"at_leest": 5_000_000},
            {"within": "CN-SC"},
            {"in": []},
        ],
    )
    def test_a_broken_cell_is_not_no_match(self, comparison: dict[str, Any]) -> None:
        """zen-engine skips a row with a broken cell, and its `validate()` says nothing."""
        with pytest.raises(PolicyError, match="segment"):
            policy_of(segment=turnover(**comparison))

    def test_a_missing_balance_is_not_basic(self) -> None:
        """zen-engine makes a customer without a balance BASIC; here nothing is told, and why."""
        found = groups(GOLD, on=ON, customer={}).outcome

        assert found.segment is None
        assert {"basic", "gold"} == set(found.possible)
        assert "turnover_minor" in found.unknown["segment"]

    @pytest.mark.parametrize("held", ["400,000", "much", "", [], {}, 1.5, float("nan"), "NaN"])
    def test_what_is_no_number_is_refused(self, held: Any) -> None:
        """A text, a float or NaN in the place of a number is an error that names the fact."""
        with pytest.raises(FaultsError, match="turnover_minor"):
            segment(turnover_minor=held)

    def test_a_misspelt_fact_is_refused(self) -> None:
        """rule engines in Python read a misspelt fact as missing; the near name is offered."""
        with pytest.raises(UnknownNameError, match="turnover_minor"):
            segment(turnover_mino=1)

    def test_a_misspelt_code_is_refused(self) -> None:
        """A region that is in no tree is not a region elsewhere."""
        with pytest.raises(UnknownNameError):
            segment(region="CN-SCC")

    def test_a_misspelt_fact_in_a_rule_is_refused(self) -> None:
        """jruizgit/rules 276 and others: a rule over a fact that never comes never fires."""
        with pytest.raises(PolicyError, match="turnover_minor"):
            policy_of(segment=[titled("all"), titled("g", when={"fact": "turnover", "equals": 1})])


class TestNumbers:
    """Correct at the boundary."""

    @pytest.mark.parametrize(
        ("held", "wanted"),
        [
            (4_999_999, "basic"),
            (5_000_000, "gold"),
            (10**30, "gold"),
            (0, "basic"),
        ],
    )
    def test_no_tolerance_and_no_overflow(self, held: int, wanted: str) -> None:
        """business-rules compares with a tolerance, data frames wrap; one unit decides here."""
        assert wanted == segment(turnover_minor=held)

    def test_nan_is_not_the_top(self) -> None:
        """polars orders NaN above everything; what is no number is not scored."""
        not_a_number: Any = float("nan")
        with pytest.raises(TypeError):
            fit([1, 2, not_a_number], 5)


class TestConflicts:
    """Two rows, or none, are found before anybody is decided on."""

    def test_a_tie_is_an_error_when_read(self) -> None:
        """Whoever writes two rows of one worth learns it now, with an example of who is in both."""
        rows = [
            titled("all"),
            titled("gold", tier="GOLD"),
            titled("young", age=[18, 35]),
        ]
        with pytest.raises(PolicyError) as caught:
            policy_of(tiers=["BASE", "GOLD"], segment=rows)

        assert "gold" in str(caught.value)
        assert "young" in str(caught.value)

    def test_a_gap_is_an_error_when_read(self) -> None:
        """A customer whom no row describes is found at load, not by the customer."""
        with pytest.raises(PolicyError, match="segment"):
            policy_of(tiers=["BASE", "GOLD"], segment=[titled("gold", tier="GOLD")])

    def test_a_row_that_can_never_be_reached_is_an_error(self) -> None:
        """A screening row below one that always holds is dead text."""
        rows = [
            titled("all", outcome="in"),
            titled("minor", outcome="refer", when={"fact": "age", "less_than": 18}),
        ]
        with pytest.raises(PolicyError, match=r"screen\[1\]|minor"):
            policy_of(screen=rows)

    def test_a_code_twice_is_an_error(self) -> None:
        """Two rows of one name would be one in every report."""
        with pytest.raises(PolicyError, match="code"):
            policy_of(segment=[titled("all"), titled("all", tier="GOLD")])


class TestUses:
    """A fact is for what the register says, and nothing else."""

    def test_a_barred_fact_is_refused_with_its_reason(self) -> None:
        """Religion may not say what somebody is sold; nor may a policy that nobody read twice."""
        with pytest.raises(PolicyError) as caught:
            policy_of(
                segment=[titled("all"), titled("some", when={"fact": "religion", "equals": "x"})]
            )

        assert "religion" in str(caught.value)
        assert "segment" in str(caught.value)

    def test_a_fact_for_one_step_is_not_for_another(self) -> None:
        """Gender may screen (筛选), and may not group."""
        screen = [
            titled("women", outcome="in", when={"fact": "gender", "equals": "female"}),
            titled("others", outcome="in"),
        ]
        rows = [titled("all"), titled("women", when={"fact": "gender", "equals": "female"})]

        assert 1 == len(policy_of(screen=screen, segment=[titled("all")]).versions)
        with pytest.raises(PolicyError, match="gender"):
            policy_of(segment=rows)


class TestTelling:
    """Why, and why not."""

    def test_the_condition_that_failed_is_told(self) -> None:
        """venmo/business-rules 70 and seven others: which condition made it false, with values."""
        told = groups(GOLD, on=ON, customer={"turnover_minor": 4_000_000}).explain("en")

        assert "gold" in told

    def test_somebody_between_two_regions_is_in_the_nearer(self) -> None:
        """A province is in its region: the narrower row wins, whatever the order of rows."""
        rows = [
            titled("province", region="CN-SC"),
            titled("all"),
            titled("west", region="west"),
        ]
        for order in (rows, rows[::-1]):
            policy = policy_of(segment=order)

            assert "province" == segment(policy, region="CN-SC")
            assert "west" == segment(policy, region="CN-YN")
            assert "all" == segment(policy, region="CN-SH")
