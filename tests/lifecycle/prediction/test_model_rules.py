"""The rules of purchases and spending: what they read, refuse, answer and explain."""

from __future__ import annotations

from decimal import Decimal, localcontext
from math import isclose
from typing import Any, Final

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.core.errors import FaultsError
from bankservice.core.plain import to_json
from bankservice.core.special import rounded
from bankservice.core.structure import FACTS
from bankservice.lifecycle import (
    PurchaseFacts,
    bg_bb,
    bg_nbd,
    gamma_gamma,
    mbg_nbd,
    purchase_fit,
    spend_fit,
)
from bankservice.lifecycle.prediction.gamma_gamma import expected_spend
from bankservice.lifecycle.prediction.model import SpendParameters

CDNOW: Final = {"r": "0.243", "alpha": "4.414", "a": "0.793", "b": "2.426"}
DONORS: Final = {"alpha": "1.204", "beta": "0.750", "gamma": "0.657", "delta": "2.783"}
SPENT: Final = {"p": "6.25", "q": "3.74", "v": "15.44"}
NOT_ABOVE: Final = "wanted a number above 0"
KNOWN: Final = "one of bg-nbd, mbg-nbd, bg-bb; did you mean bg-nbd or mbg-nbd?"


def faults_of(rule: Any, **facts: Any) -> list[str]:
    """Return the faults a rule tells of its facts."""
    with pytest.raises(FaultsError) as caught:
        rule(**facts)
    return [str(fault) for fault in caught.value.faults]


class TestBadInput:
    """What contradicts itself is refused, with every fault by its name."""

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"frequency": -1}, "frequency: got -1, wanted a whole number of repeat purchases"),
            ({"frequency": "2.5"}, "frequency: got 2.5, wanted a whole number of repeat"),
            ({"recency": 40}, "recency: got 40, wanted at most the age, 38.86: no purchase is"),
            ({"recency": -1}, "recency: got -1, wanted a time of 0 or more"),
            ({"recency": 0}, "recency: got 0, wanted more than 0, the time of the last of 2"),
            ({"frequency": 0}, "recency: got 30.43, wanted 0, as there was no repeat purchase"),
            ({"age": "-0.5", "recency": 0, "frequency": 0}, "age: got -0.5, wanted a time of 0"),
            ({"horizon": -1}, "horizon: got -1, wanted a time of 0 or more"),
            ({"parameters": {**CDNOW, "alpha": 0}}, f"parameters.alpha: got 0, {NOT_ABOVE}"),
            ({"parameters": {**CDNOW, "alpha": "-4"}}, f"parameters.alpha: got -4, {NOT_ABOVE}"),
            ({"parameters": {**CDNOW, "alpha": "NaN"}}, "parameters.alpha: got the number NaN"),
            ({"parameters": {**CDNOW, "alpha": "inf"}}, "parameters.alpha: got the number Inf"),
            ({"parameters": {**CDNOW, "alpha": 4.4}}, "parameters.alpha: got float 4.4, wanted"),
            ({"parameters": {**CDNOW, "alpha": "x"}}, "parameters.alpha: got str 'x', wanted a"),
            ({"parameters": {**CDNOW, "v": 1}}, "parameters.v: got an unknown parameter, wanted"),
            ({"parameters": 3}, "parameters: got int 3, wanted a table"),
        ],
    )
    def test_one_fault(self, changed: dict[str, Any], told: str) -> None:
        """One fault, told by the name of the fact."""
        sound = {"frequency": 2, "recency": "30.43", "age": "38.86", "parameters": CDNOW}
        (fault,) = faults_of(bg_nbd, **{**sound, **changed})

        assert fault.startswith(told)

    def test_all_faults_at_once(self) -> None:
        """Another model's parameters: those missing, and those not known with the near names."""
        told = faults_of(mbg_nbd, frequency=0, age=1, parameters={"r": 1, "Alpha": 1, "beta": 2})

        assert [
            "parameters.alpha: got nothing, wanted a number above 0",
            "parameters.a: got nothing, wanted a number above 0",
            "parameters.b: got nothing, wanted a number above 0",
            (
                "parameters.Alpha: got an unknown parameter, wanted one of r, alpha, a, b; "
                "did you mean alpha?"
            ),
            "parameters.beta: got an unknown parameter, wanted one of r, alpha, a, b",
        ] == told

    @pytest.mark.parametrize(
        ("facts", "told"),
        [
            ((3, 2, 6), "frequency: got 3, wanted at most the recency, 2: a period counts once"),
            ((1, "1.5", 6), "recency: got 1.5, wanted a whole number of periods"),
            ((1, 1, "6.5"), "age: got 6.5, wanted a whole number of periods"),
            ((1, 1, 100_001), "age: got 100001, wanted at most 100000 periods"),
            ((1, 1, 0), "recency: got 1, wanted at most the age, 0: no purchase is later than"),
        ],
    )
    def test_periods(self, facts: tuple[Any, Any, Any], told: str) -> None:
        """Periods are whole, each counts once, and there are not too many to go through."""
        frequency, recency, age = facts
        (fault,) = faults_of(
            bg_bb, frequency=frequency, recency=recency, age=age, parameters=DONORS
        )

        assert fault.startswith(told)

    @pytest.mark.parametrize(
        ("facts", "told"),
        [
            ({"frequency": 2}, "mean: got nothing, wanted the average spend of 2 repeat purchases"),
            ({"frequency": 2, "mean": -1}, "mean: got -1, wanted an average spend of 0 or more"),
            ({"frequency": "0.5", "mean": 1}, "frequency: got 0.5, wanted a whole number"),
            (
                {"frequency": 0, "parameters": {**SPENT, "gamma": 1}},
                "parameters.gamma: got an unknown parameter, wanted one of p, q, v",
            ),
            (
                {"frequency": 0, "parameters": {**SPENT, "q": 0}},
                f"parameters.q: got 0, {NOT_ABOVE}",
            ),
        ],
    )
    def test_spend(self, facts: dict[str, Any], told: str) -> None:
        """An average is stated where there were purchases; the third parameter has one name."""
        (fault,) = faults_of(gamma_gamma, **{"parameters": SPENT, **facts})

        assert fault.startswith(told)

    def test_populations(self) -> None:
        """Of a population each fault is told by its place."""
        one = {"frequency": 2, "recency": 3, "age": 4}
        late = {"frequency": 1, "recency": 5, "age": 4}

        (fault,) = faults_of(purchase_fit, population=[one, late])

        assert fault.startswith("population[1].recency: got 5, wanted at most the age, 4: no")
        assert ["population[0].count: got 0, wanted 1 or more customers"] == faults_of(
            purchase_fit, population=[{**one, "count": 0}, one]
        )
        for rule, row in ((purchase_fit, one), (spend_fit, {"frequency": 1, "mean": 2})):
            (fault,) = faults_of(rule, population=[{**row, "count": 10**400}])
            assert fault.endswith(", wanted at most 1000000000000 customers")
        assert ["population[1].recency: got 3.5, wanted a whole number of periods"] == faults_of(
            purchase_fit, model="bg-bb", population=[one, {**one, "recency": "3.5"}]
        )
        assert [
            "population[0].mean: got 0, wanted an average spend above 0; leave out what was free",
            "population[1].count: got -1, wanted 1 or more customers",
        ] == faults_of(
            spend_fit,
            population=[{"frequency": 1, "mean": 0}, {"frequency": 1, "mean": 2, "count": -1}],
        )
        assert [f"model: got str 'nbd', wanted {KNOWN}"] == faults_of(
            purchase_fit, model="nbd", population=[]
        )


class TestAnswers:
    """What leaves a rule."""

    def test_decisions_are_values(self) -> None:
        """The same facts, however written, give an equal decision that hashes, and JSON again."""
        one = bg_nbd(frequency="2", recency="30.430", age="38.86", horizon="39", parameters=CDNOW)
        other = bg_nbd(
            frequency=2,
            recency=Decimal("30.43"),
            age=Decimal("38.86"),
            horizon=39,
            parameters={name: Decimal(value) for name, value in CDNOW.items()},
        )

        assert one == other
        assert hash(one) == hash(other)
        assert other.facts == FACTS.read(to_json(one.facts), PurchaseFacts, "facts")
        assert one.to_json()["outcome"] == {
            "p_alive": "0.726578570081",
            "expected": "1.22602817477",
            "unknown": [],
        }

    @pytest.mark.parametrize("name", ["frequency", "recency", "age"])
    def test_what_is_not_known(self, name: str) -> None:
        """A fact that is not known leaves all undecided, and is named in both languages."""
        seen = {"frequency": 2, "recency": 4, "age": 6, name: "unknown"}
        for rule, parameters in ((bg_bb, DONORS), (bg_nbd, CDNOW)):
            decision = rule(**seen, horizon=5, parameters=parameters)

            assert (None, None, (name,)) == (
                decision.outcome.p_alive,
                decision.outcome.expected,
                decision.outcome.unknown,
            )
            assert () == decision.explanation().checks
            assert name in decision.explain("en")
            assert "未知" in decision.explain("zh_CN")

    def test_no_ambient_context(self) -> None:
        """However few digits the ambient context has, an answer has all its own."""
        with localcontext(prec=2):
            found = bg_bb(frequency=2, recency=4, age=6, horizon=5, parameters=DONORS).outcome
            big = bg_nbd(frequency=10**30, recency=10**30, age=10**30, parameters=CDNOW).outcome

        assert ("0.589514116434", "1.05734894191") == (str(found.p_alive), str(found.expected))
        assert 0 <= float(big.p_alive or -1) <= 1

    @pytest.mark.parametrize(
        ("value", "digits", "expected"),
        [
            (2.5, 1, "2"),
            (3.5, 1, "4"),
            (-0.0, 12, "0"),
            (1e-7, 12, "1E-7"),
            (1e-41, 12, "0"),
            (123456789012345.0, 12, "123456789012000"),
        ],
    )
    def test_rounded(self, value: float, digits: int, expected: str) -> None:
        """Half goes to even, nothing is negative zero, and no exponent hides zeros."""
        assert expected == str(rounded(value, digits))


class TestSpend:
    """Gamma-Gamma."""

    @given(
        p=st.floats(1e-3, 1e3),
        q=st.floats(1.001, 1e3),
        v=st.floats(1e-3, 1e6),
        frequency=st.integers(1, 10_000),
        mean=st.floats(0, 1e6),
    )
    @settings(max_examples=some(100))
    def test_between(self, p: float, q: float, v: float, frequency: int, mean: float) -> None:
        """The estimate lies between the average of all and the customer's own, nearing the own."""
        fitted = SpendParameters(p, q, v)
        everybody = expected_spend(fitted, 0, 0)
        found = expected_spend(fitted, frequency, mean)
        later = expected_spend(fitted, frequency * 1e12, mean)

        assert everybody is not None
        assert found is not None
        assert later is not None
        assert min(everybody, mean) * (1 - 1e-12) <= found <= max(everybody, mean) * (1 + 1e-12)
        assert abs(later - mean) <= abs(found - mean) * (1 + 1e-9) + 1e-9 * (mean + 1)
        assert isclose(mean, later, rel_tol=1e-3, abs_tol=1e-3 * everybody)


class TestExplains:
    """What a model rests on is said."""

    def test_certain_by_assumption(self) -> None:
        """Of who never came back BG/NBD says that it is certain by assumption; MBG/NBD does not."""
        facts = {"frequency": 0, "age": "38.86", "parameters": CDNOW}

        assert "by assumption and not by evidence" in bg_nbd(**facts).explain()
        assert "出于假定" in bg_nbd(**facts).explain("zh_CN")
        assert "leave after the very first purchase" in mbg_nbd(**facts).explain()

    def test_purchases(self) -> None:
        """The history, the silence and the answer; of periods, which one the answer is for."""
        facts = {"frequency": 2, "recency": "30.43", "age": "38.86", "horizon": 39}

        assert [
            "Still a customer with a probability of 0.727; 1.23 purchases are expected within 39.",
            "  ✓ 2 repeat purchases, the last 30.43 after the first purchase; seen for 38.86",
            "  ✓ silent for 8.43 since",
        ] == bg_nbd(**facts, parameters=CDNOW).explain().splitlines()
        assert "in period 7, the one after those seen" in (
            bg_bb(frequency=2, recency=4, age=6, parameters=DONORS).explain()
        )

    def test_spend(self) -> None:
        """How much of an estimate is the customer's own; what it is where nothing is known."""
        own = gamma_gamma(frequency=2, mean="22.35", parameters=SPENT).explain()

        assert "2 repeat purchases of 22.35 on average, which is 82% of the estimate" in own
        assert "never came back" in gamma_gamma(frequency=0, parameters=SPENT).explain()
        assert "No average can be expected" in (
            gamma_gamma(frequency=0, parameters={**SPENT, "q": "0.9"}).explain()
        )

    def test_fits(self) -> None:
        """A fit tells its parameters and how they were found; where there is none, why."""
        spent = [(1, 8, 9), (1, 45, 7), (4, 15, 6), (4, 25, 8), (4, 60, 4), (9, 20, 5), (9, 35, 4)]
        rows = [{"frequency": x, "mean": mean, "count": n} for x, mean, n in spent]
        told = spend_fit(population=rows).explain()
        never = {"frequency": 0, "recency": 0, "age": 4}
        same = {"frequency": 1, "recency": 2, "age": 4}
        steady = [{"frequency": n, "recency": 9, "age": 9, "count": 5} for n in (3, 6)]

        assert "✓ q = 13.0693" in told
        assert "how often and how much correlate by 0.0587; the model takes it to be 0" in told
        assert "nobody in the population" in purchase_fit(population=[]).explain()
        assert "nobody of 1 customers came back" in purchase_fit(population=[never]).explain()
        assert "1 of 1 customers never came back" in purchase_fit(population=[never]).explain()
        assert "customers are the same" in purchase_fit(population=[same]).explain()
        assert "Not to be relied on" in purchase_fit(model="bg-nbd", population=steady).explain()
