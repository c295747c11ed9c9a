"""Outlooks: estimates of a customer, what a record of them holds, and what never follows from them."""

from __future__ import annotations

import ast
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from outlook_tools import ACME, CASES, CDNOW, TITLE, VERSION, Desktop, policy_of

import bankservice
from bankservice.core.errors import FaultsError, NotInForceError, StoreError, UnknownNameError
from bankservice.core.trial import Question, questions
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.memory import MemoryJournal
from bankservice.journals.sealed import SealedJournal
from bankservice.lifecycle import (
    OUTLOOKED,
    SHELF,
    churn_risk,
    customer_value,
    mbg_nbd,
    treatments,
    trend,
)
from bankservice.lifecycle.prediction.service import Outlooks
from bankservice.lifecycle.prediction.views import view_on

SOURCE = Path(bankservice.__file__).parent
DAY = date(2026, 3, 31)
CALM: dict[str, Any] = {"frequency": 2, "recency": "30.43", "age": "38.86", "mean": "22.35"}
WATCH: dict[str, Any] = {**CALM, "age": 60}
ALARM: dict[str, Any] = {"frequency": 4, "recency": 2, "age": "38.86", "mean": "22.35"}


@st.composite
def histories(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a frequency, a recency and an age that a customer can have."""
    age = draw(st.decimals("0.01", 300, places=2))
    frequency = draw(st.integers(0, 40))
    recency = draw(st.decimals("0.01", age, places=2)) if frequency else Decimal(0)
    return {"frequency": frequency, "recency": recency, "age": age}


class TestRisk:
    """Churn risk is one less the probability that the customer is still one."""

    @given(histories())
    @settings(max_examples=some(40))
    def test_risk_and_its_band(self, history: dict[str, Any]) -> None:
        """
        Probability and risk are those of the model's own rule, and the band is that of the risk.
        """
        outlook = ACME.versions[0].parameters
        found = churn_risk(ACME, on=DAY, **history).outcome
        told = mbg_nbd(
            **history, horizon=26, parameters=dict(VERSION["purchases"]["parameters"])
        ).outcome

        assert (told.p_alive, told.expected) == (found.p_alive, found.expected)
        assert found.p_alive is not None
        assert found.risk is not None
        assert 0 <= found.risk <= 1
        assert abs(1 - found.p_alive - found.risk) <= Decimal("1e-12")
        band = outlook.band(found.risk)
        assert band is not None
        assert band.code == found.band

    @given(histories(), st.decimals("0.01", 100, places=2))
    @settings(max_examples=some(40))
    def test_silence_is_no_good_sign(self, history: dict[str, Any], longer: Decimal) -> None:
        """
        Who is silent for longer is never in a lower band.
        """
        bands = [row.code for row in CDNOW.versions[0].parameters.bands]
        on = date(1998, 1, 1)
        before = churn_risk(CDNOW, on=on, **history).outcome
        after = churn_risk(CDNOW, on=on, **{**history, "age": history["age"] + longer}).outcome

        assert bands.index(str(before.band)) <= bands.index(str(after.band))

    @given(st.sets(st.integers(0, 700), min_size=1, max_size=9), st.randoms(use_true_random=False))
    @settings(max_examples=some(40))
    def test_days_are_counted(self, places: set[int], random: Any) -> None:
        """
        Days in any order, repeated or not, are the sums they make by hand.
        """
        days = [date(2024, 1, 1) + timedelta(days=place) for place in sorted(places)]
        shuffled = [*days, *random.choices(days, k=3)]
        random.shuffle(shuffled)
        recency, age = Fraction((days[-1] - days[0]).days, 7), Fraction((DAY - days[0]).days, 7)
        model = ACME.versions[0].parameters
        times = [float(part) for part in (len(days) - 1, recency, age)]
        found = churn_risk(ACME, on=DAY, days=shuffled).outcome

        assert float(found.p_alive or 0) == pytest.approx(
            model.model.p_alive(model.parameters, *times), rel=1e-11, abs=1e-13
        )

    @pytest.mark.parametrize(
        ("facts", "wanted"),
        [
            ({"days": ["2026-04-01"]}, "up to 2026-03-31"),
            ({"days": [], "frequency": 0}, "`days` says it"),
            ({"frequency": -1, "recency": 0, "age": 1}, "0 or more"),
            ({"frequency": "1.5", "recency": 1, "age": 1}, "a whole number"),
            ({"frequency": 1, "recency": 2, "age": 1}, "at most the age"),
            ({"frequency": 0, "recency": 1, "age": 2}, "no repeat purchase"),
            ({"frequency": 1, "recency": 0, "age": 2}, "more than 0"),
            ({"frequency": 1.0, "recency": 1, "age": 2}, "not a float"),
            ({"frequencies": 1}, "did you mean frequency"),
        ],
    )
    def test_contradictions(self, facts: dict[str, Any], wanted: str) -> None:
        """
        Facts that contradict each other are errors that say what was wanted.
        """
        with pytest.raises(FaultsError, match=wanted):
            churn_risk(ACME, on=DAY, **facts)

    @pytest.mark.parametrize(
        ("facts", "wanted"),
        [
            ({"frequency": 3, "recency": 2, "age": 6}, "at most the recency"),
            ({"frequency": 1, "recency": "1.5", "age": 6}, "a whole number of periods"),
        ],
    )
    def test_periods(self, facts: dict[str, Any], wanted: str) -> None:
        """
        A model in whole periods has whole periods, each once.
        """
        months = SHELF.load(CASES / "outlook-months.policy.toml")
        with pytest.raises(FaultsError, match=wanted):
            churn_risk(months, on=DAY, **facts)

    @pytest.mark.parametrize(
        ("unit", "on", "day", "age"),
        [
            ("month", date(2026, 2, 28), date(2026, 1, 31), 1),
            ("month", date(2026, 2, 27), date(2026, 1, 1), 0),
            ("week", date(2026, 1, 14), date(2026, 1, 1), 1),
            ("week", date(2026, 1, 13), date(2026, 1, 1), 0),
            ("day", date(2026, 1, 2), date(2026, 1, 1), 1),
            ("day", date(2026, 1, 1), date(2026, 1, 1), 0),
            ("month", date.max, date(9999, 11, 30), 0),
        ],
    )
    def test_a_period_is_seen_when_it_is_over(
        self, unit: str, on: date, day: date, age: int
    ) -> None:
        """
        Periods are counted after that of the first day, up to the last that is over.
        """
        parameters = {"alpha": "1.204", "beta": "0.750", "gamma": "0.657", "delta": "2.783"}
        card = {**VERSION["purchases"], "model": "bg-bb", "parameters": parameters, "unit": unit}
        policy = policy_of({**VERSION, "purchases": card})

        assert (
            churn_risk(policy, on=on, frequency=0, age=age).outcome.risk
            == churn_risk(policy, on=on, days=[day]).outcome.risk
        )

    def test_fit_after_the_day_is_told(self) -> None:
        """
        A model that saw days after the one asked is told as such.
        """
        hindsight = {**VERSION["purchases"], "fitted_on": date(2026, 6, 30)}
        policy = policy_of({**VERSION, "purchases": hindsight})

        assert "not known then" in churn_risk(policy, on=DAY, days=[DAY]).explain()
        assert "not known then" not in churn_risk(ACME, on=DAY, days=[DAY]).explain()

    def test_certainty_of_bg_nbd_is_told(self) -> None:
        """
        BG/NBD, where it tells a value, says that it is certain of who never came back.
        """
        value = SHELF.load(CASES / "outlook-value.policy.toml")
        on = date(1997, 10, 1)

        assert "for certain" in customer_value(value, on=on, frequency=0, age=9).explain()
        risk = churn_risk(value, on=on, frequency=0, age=9)
        assert (Decimal(1), None) == (risk.outcome.p_alive, risk.outcome.band)
        assert "for certain" in risk.explain()


class TestValue:
    """The value is purchases to come, at the spend expected, discounted."""

    def told(self, value: dict[str, Any], **more: Any) -> Any:
        """Return the value of a customer under settings."""
        policy = policy_of({**VERSION, "value": {**VERSION["value"], **value}, **more})
        return customer_value(policy, on=DAY, **CALM).outcome

    def test_no_discount(self) -> None:
        """
        At a rate of 0 the value is purchases times spend, however many steps.
        """
        for steps in (1, 13, 52):
            found = self.told({"steps": steps, "rate": 0})

            assert float(found.value) == pytest.approx(float(found.expected * found.spend))

    def test_rates_agree(self) -> None:
        """
        The same rate by step, by unit and by year gives the same value.
        """
        by_step = self.told({"rate": "0.04", "rate_per": "step"})
        # Thirteen steps of four weeks: a step is the 4th power of a week's factor.
        by_unit = self.told(
            {"rate": str(Decimal("1.04") ** Decimal("0.25") - 1), "rate_per": "unit"}
        )
        weeks = Decimal(365) / 28
        by_year = self.told({"rate": str(Decimal("1.04") ** weeks - 1), "rate_per": "year"})

        assert float(by_step.value) == pytest.approx(float(by_unit.value), rel=1e-11)
        assert float(by_step.value) == pytest.approx(float(by_year.value), rel=1e-11)

    def test_more_discount_less_value(self) -> None:
        """
        A higher rate and a smaller margin make less of a value, and only of it.
        """
        dear, cheap, half = (
            self.told({"rate": "0.05"}),
            self.told({"rate": "0.01"}),
            self.told({"rate": "0.01", "margin": "0.5"}),
        )

        assert dear.value < cheap.value
        assert float(half.value) == pytest.approx(float(cheap.value) / 2)
        assert dear.expected == cheap.expected == half.expected

    @pytest.mark.parametrize(
        ("facts", "wanted"),
        [
            ({**CALM, "currency": "CNY"}, "USD, in which spend was fitted"),
            ({**CALM, "mean": -1}, "0 or more"),
        ],
    )
    def test_contradictions(self, facts: dict[str, Any], wanted: str) -> None:
        """
        Another currency and spend that is none are errors.
        """
        with pytest.raises(FaultsError, match=wanted):
            customer_value(policy_of(VERSION), on=DAY, **facts)


class TestOverridesNothing:
    """An outlook is an estimate: stages, tiers and clocks do not know of it."""

    @pytest.mark.parametrize("folder", ["lifecycle/stages", "lifecycle/dormancy", "segmentation"])
    def test_nothing_that_tells_facts_imports_it(self, folder: str) -> None:
        """
        No module that tells stages, legal dormancy, tiers or groups imports a prediction.
        """
        wrong = []
        for path in (SOURCE / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                wrong += [(path.name, name) for name in names if "prediction" in name]

        assert [] == wrong

    def test_a_score_writes_its_own_stream_alone(self) -> None:
        """
        What is written for a score is one entry of the customer's outlook; the stage is as it was.
        """
        now = datetime(2026, 3, 31, 12, tzinfo=UTC)
        with bankservice.open("memory:", now=lambda: now, outlook=ACME, policies=[ACME]) as bank:
            bank.lifecycle.know("k-1", "chen", on=date(2026, 1, 1))
            before = bank.lifecycle.view("chen")
            bank.outlooks.score("o-1", "chen", **ALARM)

            assert "alarm" == bank.outlooks.view("chen").band
            assert before == bank.lifecycle.view("chen")
            written = [held.entry.stream.kind for held in bank.journal.feed(0, limit=100)]
            assert 1 == written.count("lifecycle.outlook")
            assert "lifecycle.outlook" == written[-1]

    def test_facts_of_cohorts_are_taken(self) -> None:
        """What cohorts ask for is a fact called `customer`, beside whose outlook it is."""
        now = datetime(2026, 3, 31, 12, tzinfo=UTC)
        with bankservice.open("memory:", now=lambda: now, outlook=ACME, policies=[ACME]) as bank:
            facts = {"region": "CN-44"}
            assert bank.outlooks.score("o-1", "chen", customer=facts, **ALARM).accepted
            (held,) = bank.journal.feed(0, limit=100)
            sealed: Any = held.entry.sealed

            assert facts == sealed["facts"]["customer"]

    def test_a_band_is_a_fact_for_treatments(self) -> None:
        """
        A bank may say in its policy what it means for who is at risk: a condition on the band.
        """
        text = """
            id = "acme/at-risk"
            kind = "lifecycle.treatments"
            [[version]]
            since = 2020-01-01
            source = { text = "Acme", clause = "1", checked = "own" }
            zone = "UTC"
            [[version.treatment]]
            code = "call"
            title = { en = "A call", zh = "致电" }
            kind = "visit"
            when = { fact = "churn_band", in = ["high", "very_high"] }
            channels = ["phone"]
            cool_down = "P3M"
            within = "P14D"
        """
        policy = SHELF.read(text, "acme")
        found = {
            band: treatments(
                policy, on=DAY, customer={"churn_band": band, "stage": "active"}
            ).outcome
            for band in ("high", "low")
        }

        assert ["call"] == [told.treatment for told in found["high"].due]
        assert [] == list(found["low"].due)


class TestRecord:
    """A record of estimates, with two axes of time."""

    @given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(("calm", "watch", "alarm", "?")))))
    @settings(max_examples=some(20))
    def test_view_is_the_walk(self, acts: list[tuple[int, str]]) -> None:
        """
        Whatever order days are told in, late ones included, a day shows the last band told up to
        it; equal ones in a row are one entry; and what was known at an instant stays so.
        """
        desk = Desktop()
        told = {"calm": CALM, "watch": WATCH, "alarm": ALARM, "?": {"days": "unknown"}}
        for place, band in acts:
            on = date(2026, 1, 1) + timedelta(days=place)
            desk.now += timedelta(days=30) if desk.commands == 0 else timedelta(hours=1)
            desk.commands += 1
            desk.outlooks.score(f"o-{desk.commands}", "chen", on=on, **told[band])
        entries = desk.entries()

        for count in range(len(entries) + 1):
            at = entries[count - 1].recorded_at if count else desk.now - timedelta(days=60)
            for place in range(10):
                on = date(2026, 1, 1) + timedelta(days=place)
                held = [e for e in entries[:count] if date.fromisoformat(e.data["on"]) <= on]
                # Of one day the last recorded counts.
                last = max(held, key=lambda e: (e.data["on"], e.version), default=None)
                view = desk.outlooks.view("chen", on, known_at=at)

                assert (last and last.data["estimate"].get("band")) == view.band
                assert (last and last.data["on"]) == (view.scored_on and str(view.scored_on))
                assert view.history == () or view.history[-1].until is None

    def test_many_are_one_by_one(self) -> None:
        """
        A batch leads to what single commands lead to, and again to nothing.
        """
        alone, together = Desktop(), Desktop()
        facts = {"chen": CALM, "lin": WATCH, "wang": {"days": []}}
        for customer, held in facts.items():
            alone.score(DAY, customer, on=DAY, **held)
        together.now = alone.now
        done = together.outlooks.score_many("b-1", facts, DAY)
        again = together.outlooks.score_many("b-2", facts, DAY)

        assert (3, 3, 0) == (done.commands, done.changed, again.changed)
        for customer in facts:
            assert alone.outlooks.view(customer, DAY) == together.outlooks.view(customer, DAY)

    def test_one_bad_stops_the_batch(self) -> None:
        """
        Every fault of a batch is told, with whose it is, and nothing is written.
        """
        desk = Desktop()
        facts: dict[str, Any] = {
            "chen": CALM,
            "lin": {**CALM, "recency": 99},
            "wang": {"days": ["2026-12-31"]},
            "sun": {"days": [], "values": {"balanse": [1]}},
            "zhao": 7,
            "qian": {"day": []},
        }
        desk.now = datetime(2026, 4, 1, tzinfo=UTC)
        with pytest.raises(FaultsError) as caught:
            desk.outlooks.score_many("b-1", facts, DAY)

        assert ["lin.recency", "wang.days[0]", "zhao", "qian.day"] == [
            fault.path for fault in caught.value.faults
        ]
        assert [] == desk.entries()

    def test_two_of_a_batch_see_each_other_refused_alone(self) -> None:
        """
        What is refused of a batch is told by its command, and the rest is written.
        """
        desk = Desktop()
        desk.now = datetime(2026, 4, 1, tzinfo=UTC)
        facts = {"chen": CALM, "lin": {**CALM, "values": {"balanse": [1]}}}
        done = desk.outlooks.score_many("b-1", facts, DAY)

        assert {"b-1:1": "unknown-measure"} == dict(done.refused)
        assert 1 == done.changed

    def test_card_outlives_its_policy(self) -> None:
        """
        The card of a past score is found after the bank went over to another policy.
        """
        desk = Desktop()
        desk.score(DAY, **CALM)
        other = Outlooks(desk.journal, CDNOW, now=lambda: desk.now)
        view = other.view("chen", DAY)

        assert view == desk.outlooks.view("chen", DAY)
        assert view.card is not None
        assert ("acme/outlook", 2357) == (view.card.version.policy, view.card.purchases.customers)

    def test_card_that_was_not_kept(self) -> None:
        """
        Where the journal kept no text of the version the score stands, without its card.
        """
        desk = Desktop()
        desk.score(DAY, **CALM)
        state = desk.outlooks.office.load("chen").state
        view = view_on(state, DAY, lambda ref: None)

        assert ("calm", None, False) == (view.band, view.card, view.stale)

    def test_explained_and_repeated_from_the_record(self) -> None:
        """
        An entry is explained and decided again from the record alone, in both languages.
        """
        with bankservice.open(
            "memory:", now=lambda: datetime(2026, 3, 31, 12, tzinfo=UTC), outlook=ACME
        ) as bank:
            bank.outlooks.score("o-1", "chen", values={"balance": [5, 4, 3, 2, 1]}, **WATCH)
            told = bank.explain("lifecycle.outlook/chen@1")
            again = bank.repeat("lifecycle.outlook/chen@1")

        assert "equal" == again.outcome.value
        assert "CHURN_BAND" == told.headline.code
        codes = [check.reason.code for check in told.checks]
        assert codes.count("outlook-model") == 1
        assert {"VALUE_WORTH", "TREND_FALLING", "churn-cut", "value-discount"} <= set(codes)
        assert "Watch" in told.text("en")
        assert "关注" in told.text("zh")

    def test_facts_can_be_erased(self) -> None:
        """
        After erasure the estimate stands, and the explanation says that its facts are gone.
        """
        now = datetime(2026, 3, 31, 12, tzinfo=UTC)
        with bankservice.open("memory:", now=lambda: now, keys=MemoryKeys(), outlook=ACME) as bank:
            bank.outlooks.score("o-1", "chen", **WATCH)
            bank.erase("chen")

            assert "watch" == bank.outlooks.view("chen").band
            assert "erased" == bank.outlooks.explain("chen", 1).headline.code
            assert "erased" == bank.repeat("lifecycle.outlook/chen@1").outcome.value
            asked = list(bank.questions("lifecycle.churn-risk"))
            assert ["erased"] == [getattr(one, "why", "") for one in asked]

    def test_sealed_and_opened_without_keys(self) -> None:
        """
        Without the keys the estimate is told, and the explanation is an error that says why.
        """
        inner = MemoryJournal()
        desk = Desktop(journal=SealedJournal(inner, MemoryKeys()))
        desk.score(DAY, **WATCH)
        blind = Outlooks(inner, ACME, now=lambda: desk.now)

        assert "watch" == blind.view("chen").band
        with pytest.raises(StoreError, match="without the keys"):
            blind.explain("chen", 1)

    def test_what_another_model_would_have_said(self) -> None:
        """
        Past scores are asked again under another policy, those of a day or of a policy alone: who
        would stand in another band, and what the book would be worth.
        """
        now = datetime(2026, 3, 31, 12, tzinfo=UTC)
        bands = [
            {"code": "calm", "title": TITLE},
            {"code": "alarm", "title": TITLE, "at_least": "0.2"},
        ]
        dear = {**VERSION["value"], "rate": "0.1"}
        strict = policy_of({**VERSION, "band": bands, "value": dear})
        book = {"chen": CALM, "wang": {"days": []}, "lin": {"days": "unknown"}}
        with bankservice.open("memory:", now=lambda: now, outlook=ACME, policies=[ACME]) as bank:
            bank.outlooks.score_many("b-1", book, DAY)
            bank.outlooks.score("b-2", "chen", on=date(2026, 1, 1), **ALARM)
            asked = list(bank.questions("lifecycle.churn-risk"))
            early = list(bank.questions("lifecycle.churn-risk", on=date(2026, 2, 1)))
            others = list(bank.questions("lifecycle.churn-risk", policy="acme/other"))
            risk = bankservice.simulate(ACME, strict, asked, rule="lifecycle.churn-risk")
            worth = bankservice.simulate(
                ACME,
                strict,
                bank.questions("lifecycle.customer-value"),
                rule="lifecycle.customer-value",
            )

        assert {"chen": DAY, "wang": DAY, "lin": DAY} == {
            one.subject: one.facts.on for one in asked if isinstance(one, Question)
        }
        assert [("chen", date(2026, 1, 1))] == [
            (one.subject, one.facts.on) for one in early if isinstance(one, Question)
        ]
        assert [] == others
        assert [("chen", "calm", "alarm")] == [
            (move.subject, move.before.seen.place, move.after.seen.place) for move in risk.moves
        ]
        assert {"calm", "no-history", "undecided"} == {before for before, _ in risk.matrix}
        assert {"valued", "no-history", "undecided"} == {before for before, _ in worth.matrix}

    def test_trends_of_a_book(self) -> None:
        """
        Trends of a book are compared under two policies.
        """
        rows = {"chen": [1, 2, 3, 4, 5], "lin": "unknown"}
        facts = {
            who: {"on": DAY, "measure": "balance", "values": values} for who, values in rows.items()
        }
        doubtful = [{**VERSION["trend"][0], "significance": "0.001"}]
        strict = policy_of({**VERSION, "trend": doubtful})
        told = bankservice.simulate(
            policy_of(VERSION), strict, questions(trend, facts), rule="lifecycle.trend"
        )

        assert {("rising", "level"), ("undecided", "undecided")} == set(told.matrix)

    def test_a_snapshot_holds_the_state_and_no_facts(self) -> None:
        """
        A state frozen and thawed is the same, and holds no facts of the customer.
        """
        desk = Desktop()
        desk.score(DAY, values={"balance": [1, 2, 3, 4, 5]}, **CALM)
        desk.score(DAY + timedelta(days=30), days="unknown")
        desk.score(DAY + timedelta(days=60), days=[])
        state = desk.outlooks.office.load("chen").state
        assert OUTLOOKED.freeze is not None
        freeze, thaw = OUTLOOKED.freeze

        assert 3 == len(state.held)
        assert state == thaw(freeze(state))
        assert "facts" not in str(freeze(state))

    def test_no_event_of_an_outlook(self) -> None:
        """
        What is no event of the record is an error of ours.
        """
        with pytest.raises(TypeError, match="no event of an outlook"):
            OUTLOOKED.evolve(OUTLOOKED.initial, CALM)

    def test_before_anything_was_known(self) -> None:
        """
        A bank as it was known before the score shows nothing, one as it was known after shows what
        was told by then; before the policy was known there is nothing to be asked.
        """
        now = [datetime(2026, 3, 31, 12, tzinfo=UTC)]
        with bankservice.open("memory:", now=lambda: now[0], outlook=ACME) as bank:
            bank.outlooks.score("o-1", "chen", **WATCH)
            now[0] += timedelta(days=30)
            bank.outlooks.score("o-2", "chen", **ALARM)
            then = [
                bank.known(datetime(year, month, day, 13, tzinfo=UTC)).outlooks.view("chen", DAY)
                for year, month, day in ((2026, 3, 1), (2026, 3, 31), (2026, 4, 30))
            ]
            early = bank.known(datetime(2025, 6, 1, 13, tzinfo=UTC))
            with pytest.raises(NotInForceError, match="was not known on 2025-06-01"):
                early.outlooks.view("chen", DAY)

        assert [None, "watch", "watch"] == [view.band for view in then]

    def test_entry_that_is_not_there(self) -> None:
        """
        There is nothing to explain where nothing was written.
        """
        with pytest.raises(UnknownNameError):
            Desktop().outlooks.explain("chen", 1)

    def test_history(self) -> None:
        """
        The history lists versions and kinds of the entries.
        """
        desk = Desktop()
        desk.score(DAY, **CALM)
        desk.score(DAY + timedelta(days=30), **ALARM)

        assert [(1, "scored"), (2, "scored")] == [
            (version, kind) for version, _, kind in desk.outlooks.history("chen")
        ]
