"""Outlook policies: what a file may say, what is refused when it is read, and a fit adopted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from outlook_tools import CDNOW, TITLE, VERSION, changed, faults_of, policy_of

from bankservice.core.errors import UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.lifecycle import (
    SHELF,
    Fit,
    FitWhy,
    Pattern,
    Spend,
    adopt,
    adopted_version,
    churn_risk,
    customer_value,
    population_digest,
)

BG_NBD = {"r": "0.243", "alpha": "4.414", "a": "0.793", "b": "2.426"}
BG_BB = {
    "model": "bg-bb",
    "parameters": {"alpha": "1.204", "beta": "0.750", "gamma": "0.657", "delta": "2.783"},
    "unit": "month",
    "population": TITLE,
    "customers": 11104,
    "fitted_on": date(2025, 12, 31),
    "log_likelihood": "-33225.58",
}


class TestFaults:
    """A bad file fails with every fault, its path, and what was wanted."""

    def test_sound(self) -> None:
        """
        The version that says everything has no fault, and the shipped policy is read.
        """
        assert {} == faults_of(VERSION)
        assert "mbg-nbd" == CDNOW.versions[0].parameters.model.id

    @pytest.mark.parametrize(
        ("path", "value", "where", "wanted"),
        [
            ("zone", "Asia/Shangai", "zone", "time zone"),
            ("horizon", 0, "horizon", "a time above 0"),
            ("purchases.model", "pareto-nbd", "purchases.model", "mbg-nbd"),
            ("purchases.customers", 0, "purchases.customers", "1 customer or more"),
            ("purchases.parameters.alpha", 0, "purchases.parameters.alpha", "a number above 0"),
            ("purchases.parameters.alpha", "-1", "purchases.parameters.alpha", "above 0"),
            ("purchases.parameters.alpha", None, "purchases.parameters.alpha", "above 0"),
            ("purchases.parameters.alpha", "nan", "purchases.parameters.alpha", "finite"),
            ("purchases.parameters.gama", 1, "purchases.parameters.gama", "one of r, alpha, a, b"),
            ("spend.parameters.q", 0, "spend.parameters.q", "above 0"),
            ("spend.parameters.q", "0.9", "spend.parameters.q", "no mean"),
            ("spend.currency", "XXX", "spend.currency", "ISO 4217"),
            ("spend.correlation", "1.2", "spend.correlation", "from -1 to 1"),
            ("spend", None, "spend", "a card of a model of spend"),
            ("band.0.at_least", "0.1", "band[0].at_least", "begins at 0"),
            ("band.1.at_least", None, "band[1].at_least", "above 0 and below 1"),
            ("band.1.at_least", 0, "band[1].at_least", "above 0 and below 1"),
            ("band.2.at_least", 1, "band[2].at_least", "above 0 and below 1"),
            ("band.2.at_least", "0.4", "band[2].at_least", "more than 0.4"),
            ("band.2.at_least", "0.3", "band[2].at_least", "more than 0.4"),
            ("band.2.code", "calm", "band[2].code", "a code of its own"),
            ("value.steps", 0, "value.steps", "from 1 to 1200"),
            ("value.rate", "-0.01", "value.rate", "0 or more"),
            ("value.rate", 100, "value.rate", "leaves something"),
            ("value.margin", 0, "value.margin", "above 0, up to 1"),
            ("value.margin", "1.1", "value.margin", "above 0, up to 1"),
            ("value.rate_per", "month", "value.rate_per", "year"),
            ("trend.0.least", 2, "trend[0].least", "3 values or more"),
            ("trend.0.window", 4, "trend[0].window", "from 5"),
            ("trend.0.window", 401, "trend[0].window", "to 400 periods"),
            ("trend.0.significance", 0, "trend[0].significance", "above 0 and below 1"),
            ("trend.0.measure", "", "trend[0].measure", "a code of its own"),
            ("refit_after", "1 year", "refit_after", "a period"),
            ("refit_after", "P9000Y", "refit_after", "by the year 9999"),
        ],
    )
    def test_each(self, path: str, value: Any, where: str, wanted: str) -> None:
        """
        Each fault is told at its path, with what was wanted.
        """
        faults = faults_of(changed(path, value))

        assert [where] == list(faults)
        assert wanted in faults[where][1]

    def test_bg_nbd_bands_no_risk(self) -> None:
        """
        BG/NBD holds everybody who never came back to be a customer: it may tell value, not risk.
        """
        banded = changed("purchases.model", "bg-nbd")
        faults = faults_of(banded)

        assert "holds every customer who never came back" in faults["purchases.model"][1]
        assert {} == faults_of({**banded, "band": []})

    def test_seasons_are_months_and_quarters(self) -> None:
        """
        A trend by season needs a period that has seasons.
        """
        version = changed("trend.0.period", "week")
        version["trend"][0]["seasonal"] = True

        assert "seasons" in faults_of(version)["trend[0].period"][1]

    @pytest.mark.parametrize(
        ("part", "value", "where"),
        [("horizon", "2.5", "horizon"), ("value", {**VERSION["value"], "steps": 5}, "value.steps")],
    )
    def test_periods_are_whole(self, part: str, value: Any, where: str) -> None:
        """
        A model in whole periods looks ahead over whole periods, in steps of whole ones.
        """
        sound = {**VERSION, "purchases": BG_BB, "horizon": 12}
        sound["value"] = {**VERSION["value"], "steps": 12}

        assert {} == faults_of(sound)
        assert where in faults_of({**sound, part: value})

    def test_all_at_once(self) -> None:
        """
        Faults in several parts are all told.
        """
        version = changed("value.margin", 0)
        version["zone"] = "Mars"
        version["band"][2]["at_least"] = 2

        assert {"zone", "value.margin", "band[2].at_least"} == set(faults_of(version))


class TestBands:
    """Bands are cut points: each risk is in one, and a cut point is in the upper."""

    @given(
        st.lists(st.decimals("0.001", "0.999", places=3), min_size=1, max_size=5, unique=True).map(
            sorted
        ),
        st.decimals(0, 1, places=3),
    )
    @settings(max_examples=some(40))
    def test_every_risk_has_its_band(self, cuts: list[Decimal], risk: Decimal) -> None:
        """
        The band of a risk is as many cut points up as the risk reaches, at the ends too.
        """
        rows: list[dict[str, Any]] = [{"code": "0", "title": TITLE}]
        rows += [{"code": str(n), "title": TITLE, "at_least": cut} for n, cut in enumerate(cuts, 1)]
        outlook = policy_of({**VERSION, "band": rows}).versions[0].parameters

        for asked in (risk, *cuts, Decimal(0), Decimal(1)):
            found = outlook.band(asked)

            assert found is not None
            assert sum(cut <= asked for cut in cuts) == int(found.code)

    def test_unknown_measure(self) -> None:
        """
        A measure whose trend the policy does not tell is an error that offers the near names.
        """
        with pytest.raises(UnknownNameError, match="balance"):
            CDNOW.versions[0].parameters.trend("balanse")


class TestAdopting:
    """A fit is written as a policy, and what is read from it scores as what was fitted."""

    FITTED = Fit(
        model="mbg-nbd",
        parameters=FrozenMapping(
            {name: Decimal(text) for name, text in VERSION["purchases"]["parameters"].items()}
        ),
        log_likelihood=Decimal("-9582.13265"),
        customers=2357,
        repeat_customers=946,
        converged=True,
    )
    SPENT = Fit(
        model="gamma-gamma",
        parameters=FrozenMapping(
            {"p": Decimal("6.25"), "q": Decimal("3.74"), "v": Decimal("15.44")}
        ),
        log_likelihood=Decimal("-4055.923"),
        customers=2357,
        repeat_customers=946,
        converged=True,
        correlation=Decimal("0.114"),
    )

    def version(self, **more: Any) -> dict[str, Any]:
        """Return what is said beside the fit."""
        return {
            "since": date(2026, 1, 1),
            "fitted_on": date(2025, 12, 31),
            "unit": "week",
            "population": {"en": 'Customers "of 2024"', "zh": "二〇二四年客户"},
            "source": {"text": "Acme fit", "clause": "1", "checked": "own"},
            "zone": "Asia/Shanghai",
            "horizon": Fraction(365, 7),
            **more,
        }

    def test_what_is_written_is_what_was_fitted(self) -> None:
        """
        Parameters, likelihood, counts, correlation, digests and settings come back from the text.
        """
        text = adopt(
            self.FITTED,
            policy_id="acme/outlook-fitted",
            title={"en": "Acme's outlook", "zh": "示例展望"},
            **self.version(
                known_on=date(2026, 1, 15),
                digest="ab12",
                bands=VERSION["band"],
                spend=self.SPENT,
                currency="CNY",
                spend_digest="cd34",
                value=VERSION["value"],
                trends=[{**VERSION["trend"][0], "seasonal": True}],
                refit_after="P12M",
            ),
        )
        policy = SHELF.read(text, "acme")
        version = policy.versions[0]
        card, spend = version.parameters.card, version.parameters.spend
        facts = {"frequency": 2, "recency": "30.43", "age": "38.86", "mean": "22.35"}
        value = customer_value(policy, on=date(2026, 2, 1), **facts).outcome

        assert (date(2026, 1, 1), date(2026, 1, 15)) == (version.since, version.ref.known_on)
        assert self.FITTED.parameters == card.parameters
        assert (self.FITTED.log_likelihood, 2357, "ab12") == (
            card.log_likelihood,
            card.customers,
            card.digest,
        )
        assert 'Customers "of 2024"' == card.population.en
        assert (946, Decimal("0.114"), "CNY", "cd34") == (
            spend.customers,
            spend.correlation,
            spend.currency,
            spend.digest,
        )
        assert Fraction(365, 7) == version.parameters.horizon
        assert version.parameters.trends["balance"].seasonal
        assert Decimal("24.6637139108") == value.spend

    def test_later_fit_joins(self) -> None:
        """
        A later fit appended is another version, and a day before it is scored as before.
        """
        first = adopt(self.FITTED, policy_id="acme/outlook-fitted", **self.version())
        later = {"since": date(2026, 7, 1), "fitted_on": date(2026, 6, 30)}
        both = SHELF.read(first + "\n" + adopted_version(self.FITTED, **self.version(**later)), "a")
        one = SHELF.read(first, "a")

        for day in (date(2026, 1, 1), date(2026, 6, 30)):
            assert (
                churn_risk(one, on=day, frequency=0, age=9).outcome
                == churn_risk(both, on=day, frequency=0, age=9).outcome
            )
        assert (
            date(2026, 6, 30)
            == churn_risk(both, on=date(2026, 7, 1), frequency=0, age=9).outcome.fitted_on
        )

    @pytest.mark.parametrize("why", FitWhy)
    def test_no_fit_to_rely_on(self, why: FitWhy) -> None:
        """
        A fit that says why it is none is not adopted.
        """
        with pytest.raises(ValueError, match=why.value):
            adopt(Fit(model="mbg-nbd", why=why), policy_id="acme/none", **self.version())

    def test_digest_of_a_population(self) -> None:
        """
        The digest does not hang on order or on how rows are counted together, and tells any change.
        """
        one = Pattern(Decimal(2), Decimal("30.43"), Decimal("38.86"))
        other = Pattern(Decimal(0), Decimal(0), Decimal("38.86"), count=3)

        assert population_digest([one, other]) == population_digest([other, one])
        assert population_digest([one, other]) != population_digest([one])
        assert population_digest([one]) != population_digest([one, one])
        assert population_digest([Spend(Decimal(1), Decimal(9))]) != population_digest([])
