"""
Outlooks in a run: what is counted, what is estimated and kept, what is only fitted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from run_tools import ACCOUNTS, LATER, BankFolder, head, make_bank, table

from bankservice import policies, run
from bankservice.bank import open_bank
from bankservice.core.errors import FaultsError
from bankservice.lifecycle.prediction.churn import ChurnFacts, churn_risk
from bankservice.lifecycle.prediction.history import HistoryFacts, summary
from bankservice.lifecycle.prediction.value import ValueFacts, customer_value
from bankservice.run.outlook_seen import Counting, seen

POLICY = """
id = "acme/outlook"
kind = "lifecycle.outlook"
[[version]]
since = 2026-01-01
source = { text = "Acme manual", clause = "10", checked = "own" }
zone = "Europe/Vienna"
horizon = 6
refit_after = "P3M"
[version.purchases]
model = "bg-bb"
parameters = { alpha = "1.2", beta = "0.75", gamma = "0.66", delta = "2.78" }
unit = "month"
population = { en = "Customers of 2025", zh = "二〇二五年的客户" }
customers = 100
fitted_on = 2025-12-31
log_likelihood = "-250.5"
[version.spend]
model = "gamma-gamma"
parameters = { p = "6.25", q = "3.74", v = "15.44" }
currency = "EUR"
population = { en = "Customers of 2025", zh = "二〇二五年的客户" }
customers = 80
fitted_on = 2025-12-31
[version.value]
steps = 2
rate = "0.05"
rate_per = "year"
margin = "0.5"
[[version.band]]
code = "low"
title = { en = "Low", zh = "低" }
[[version.band]]
code = "high"
title = { en = "High", zh = "高" }
at_least = "0.4"
[[version.trend]]
measure = "balance"
title = { en = "Balance", zh = "余额" }
window = 8
least = 4
significance = "0.1"
[[version.trend]]
measure = "digital_use"
title = { en = "Digital", zh = "数字" }
least = 4
significance = "0.1"
"""

CUSTOMERS = """
[[extract]]
table = "customers"
files = ["customers.csv"]
columns = { customer = "CUST", known_on = "KNOWN", ended_on = "ENDED" }
"""

TRANSACTIONS = """
[[extract]]
table = "transactions"
files = ["transactions*.csv"]
columns = { account = "ACCT", on = "DAY", amount = "AMT", kind = "WHAT", channel = "CHAN" }
"""

PART = """
[outlook]
policy = "acme/outlook"
kinds = { card = "spend", pay = "business", interest = "" }
digital = ["app"]
"""

MONTHS = '{ first = 2026-01-31, last = 2026-06-30, every = "month-end" }'


def _lines() -> Iterator[str]:
    """
    Yield the transactions: C1 every month, ever more by app; C2 until September; C3 once; C4 never;
    C5 left; a bank's interest for all.
    """
    for n in range(10):
        day = date(2025 + (8 + n) // 12, (8 + n) % 12 + 1, 10)
        yield f"A1,{day},-{30 + n}.00,card,branch"
        yield from [f"A1,{day},1.00,pay,app"] * n
        yield f"A2,{day},2.00,interest,"
        if day < date(2025, 12, 1):
            yield f"A2,{day},-10.00,card,app"
    yield "A3,2026-01-05,-7.50,card,branch"
    yield "A5,2025-11-02,-5.00,card,branch"


FILES = {
    "customers.csv": ("CUST,KNOWN,ENDED\nC1,,\nC2,,\nC3,,\nC4,,\nC5,,2026-02-01\nC6,2026-05-20,\n"),
    "accounts.csv": (
        "ACCT,CUST,CCY,OPEN,CLOSE,BF\n"
        "A1,C1,EUR,2025-09-01,,9000.00\nA2,C2,EUR,2025-09-01,,500.00\n"
        "A3,C3,EUR,2025-12-20,,100.00\nA4,C4,EUR,2025-09-01,,0.00\nA5,C5,EUR,2025-09-01,,50.00\n"
    ),
    "transactions.csv": "ACCT,DAY,AMT,WHAT,CHAN\n" + "\n".join(_lines()) + "\n",
}
PLAN = head(MONTHS) + PART + CUSTOMERS + ACCOUNTS + TRANSACTIONS


def bank_of(path: Path, plan: str = PLAN, policy: str = POLICY, **files: str) -> BankFolder:
    """
    Return a bank of the files above, some of them replaced.
    """
    named = {f"{name}.csv": text for name, text in files.items()}
    bank = make_bank(path, plan=plan, files={**FILES, **named})
    (path / "policies" / "outlook.toml").write_text(policy, "utf-8")
    return bank


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[BankFolder, run.Summary]:
    """
    The bank above, run once; tests only read it.
    """
    bank = bank_of(tmp_path_factory.mktemp("outlook"))
    return bank, bank.run()


class TestCounting:
    """What was seen of customers is what the rule counts from their days."""

    @settings(max_examples=some(40), deadline=None)
    @given(
        days=st.lists(st.integers(0, 800), max_size=12),
        until=st.integers(0, 900),
        counting=st.sampled_from(
            [
                Counting(unit, periods)
                for unit in ("day", "week", "month")
                for periods in (True, False)
            ]
        ),
    )
    def test_as_the_rule_counts(self, days: list[int], until: int, counting: Counting) -> None:
        """
        For any days, units and periods: frequency, recency and age are those of the rule.
        """
        first = date(2024, 1, 20)
        on = first + timedelta(days=until)
        held = sorted({first + timedelta(days=n) for n in days})
        business = pl.DataFrame(
            [(0, day) for day in held], schema={"who": pl.UInt32, "on": pl.Date}, orient="row"
        )
        began = pl.DataFrame(
            {"who": [0], "began": held[:1] or [None], "uncertain": [False]},
            schema={"who": pl.UInt32, "began": pl.Date, "uncertain": pl.Boolean},
        )
        spent = business.with_columns(pl.lit(5, dtype=pl.Int128).alias("minor"))
        found = seen(began, business, spent, on, counting)
        past = tuple(day for day in held if day <= on)
        facts = HistoryFacts(on=on, days=past)
        wanted = summary(facts, counting.unit, periods=counting.periods)
        (history,), (money,) = found.histories, found.spent
        if history is None:
            assert wanted.why == "no-history"
            return
        times = [counting.time(history.recency), counting.time(history.age)]

        assert wanted.frequency == history.frequency
        assert [round(float(wanted.recency), 9), round(float(wanted.age), 9)] == [
            round(float(time), 9) for time in times
        ]
        if not counting.periods:
            assert 5 * history.frequency == money

    def test_small_bank(self, ran: tuple[BankFolder, run.Summary]) -> None:
        """
        Months with business after the first one, those that are over; the bank's interest is none.
        """
        rows = ran[0].rows("outlook", "2026-06-30")
        told = {
            who: tuple(row[name] for name in ("frequency", "recency", "age", "unknown"))
            for who, row in rows.items()
        }

        assert {
            "C1": ("9", "9", "9", ""),
            "C2": ("2", "2", "9", ""),
            "C3": ("0", "0", "5", ""),
            "C4": ("", "", "", "no-history"),
            "C5": ("", "", "", "gone"),
            "C6": ("", "", "", "no-history"),
        } == told
        assert "C6" not in ran[0].rows("outlook", "2026-04-30")

    def test_told_since(self, tmp_path: Path) -> None:
        """
        Who had an account before the extracts begin counts as having begun with them, if not
        before.
        """
        part = PART + "told_since = 2025-10-01\n"
        bank = bank_of(tmp_path, plan=PLAN.replace(PART, part).replace(MONTHS, "2026-01-31"))
        bank.run()
        rows = bank.rows("outlook")

        assert ("0", "0", "3") == tuple(rows["C4"][n] for n in ("frequency", "recency", "age"))
        assert ("2", "2", "4") == tuple(rows["C2"][n] for n in ("frequency", "recency", "age"))


class TestEstimates:
    """What is estimated is what the rules decide, and is kept in the record."""

    def test_rules(self, ran: tuple[BankFolder, run.Summary]) -> None:
        """
        Risk, band, expected purchases and value are those of the rules on the same facts.
        """
        bank, _ = ran
        policy = policies.shelf().load(bank.path / "policies" / "outlook.toml")
        version = policy.on(date(2026, 6, 30))
        row = bank.rows("outlook", "2026-06-30")["C2"]
        facts = {"frequency": 2, "recency": 2, "age": 9}
        held: dict[str, Any] = {name: Decimal(value) for name, value in facts.items()}
        on = date(2026, 6, 30)
        risk = churn_risk.decide(ChurnFacts(on=on, **held), version).outcome
        value = customer_value.decide(ValueFacts(on=on, mean=Decimal(10), **held), version).outcome

        assert (f"{risk.risk:f}", risk.band, f"{risk.expected:f}") == (
            row["risk"],
            row["band"],
            row["expected"],
        )
        assert value.value_minor is not None
        assert Decimal(value.value_minor) / 100 == Decimal(row["value"])
        assert ("bg-bb", "2025-12-31", version.ref.digest) == (
            row["model"],
            row["fitted_on"],
            row["policy"],
        )

    def test_trends(self, ran: tuple[BankFolder, run.Summary]) -> None:
        """
        C1 uses the app once more every month, and its balance falls; of C3 months are too few.
        """
        rows = ran[0].rows("outlook", "2026-03-31")

        assert ("rising", "1.00") == (rows["C1"]["digital_trend"], rows["C1"]["digital_slope"])
        assert "falling" == rows["C1"]["balance_trend"]
        assert "too-few" == ran[0].rows("outlook", "2026-02-28")["C3"]["balance_trend"]
        assert "too-few" == rows["C4"]["digital_trend"]

    def test_record(self, ran: tuple[BankFolder, run.Summary]) -> None:
        """
        The record tells each day what the file does, and has an entry only where something moved.
        """
        bank, _ = ran
        address = f"sqlite:///{bank.out / 'bank.db'}"
        own = policies.shelf().load(bank.path / "policies" / "outlook.toml")
        with open_bank(address, outlook=own, now=lambda: LATER) as held:
            outlooks = held.outlooks
            for month in ("2026-01-31", "2026-03-31", "2026-06-30"):
                for who, row in bank.rows("outlook", month).items():
                    view = outlooks.view(who, date.fromisoformat(month))
                    if row["unknown"] != "gone":
                        told = view.trends.get("balance")
                        trend = "" if told is None else told.direction

                        assert (view.band or "", trend) == (row["band"], row["balance_trend"])
            entries = list(outlooks.history("C1"))
            card = outlooks.view("C2", date(2026, 6, 30)).card

        rows = [bank.rows("outlook", f"2026-0{m}-{d}")["C1"] for m, d in _ENDS]
        moved = [(r["band"], r["balance_trend"], r["digital_trend"]) for r in rows]
        changes = sum(now != before for before, now in pairwise(moved))

        assert 1 + changes == len(entries) < len(rows)
        assert card is not None
        assert Decimal("-250.5") == card.purchases.log_likelihood

    def test_moves(self, ran: tuple[BankFolder, run.Summary]) -> None:
        """
        C2 stays away and rises to the higher band, once; every file of moves agrees with the rows.
        """
        bank, summary = ran
        for (month, last), told in zip(_ENDS, summary.days.values(), strict=True):
            on = f"2026-0{month}-{last}"
            rows = bank.rows("outlook", on).values()
            moved = [r for r in rows if r["band_before"] not in ("", r["band"]) and r["band"]]
            file = table(bank.out / on / "outlook-moves.csv")

            assert len(moved) == told["outlook"]["moved"] == sum(int(r["customers"]) for r in file)

    def test_again(self, tmp_path: Path) -> None:
        """
        The same run again writes no entry and the same bytes.
        """
        bank = bank_of(tmp_path)
        first = bank.run()
        before = bank.results()
        second = bank.run()

        assert (False, True) == (first.unchanged, second.unchanged)
        assert before == bank.results()

    def test_stages_never_move(self, tmp_path: Path) -> None:
        """
        An estimate changes no stage and no treatment: with it or without, they are the same bytes.
        """
        stages = (
            'id = "acme/stages"\nkind = "lifecycle.stages"\n[[version]]\nsince = 2020-01-01\n'
            'source = { text = "Acme manual", clause = "7", checked = "own" }\n'
            'zone = "Europe/Vienna"\nkinds = "vocabulary/activity-kinds"\n'
            'inactive_after = "P2M"\nlost_after = "P4M"\n'
        )
        part = '[stages]\npolicy = "acme/stages"\n'
        found = []
        for name, parts in (("with", part + PART), ("without", part)):
            bank = bank_of(tmp_path / name, plan=PLAN.replace(PART, parts))
            (bank.path / "policies" / "stages.toml").write_text(stages, "utf-8")
            bank.run()
            found.append({k: v for k, v in bank.results().items() if "/stage" in k})

        assert found[0]
        assert found[0] == found[1]

    def test_every(self, tmp_path: Path) -> None:
        """
        By quarter only the ends of quarters are estimated.
        """
        bank = bank_of(tmp_path, plan=PLAN.replace(PART, PART + 'every = "quarter"\n'))
        bank.run()
        told = [path.parent.name for path in sorted(bank.out.glob("*/outlook.csv"))]

        assert ["2026-03-31", "2026-06-30"] == told

    def test_unreadable_day(self, tmp_path: Path) -> None:
        """
        A row whose day cannot be read is rejected, and leaves its customer without an estimate.
        """
        lines = FILES["transactions.csv"] + "A3,2026-13-05,-1.00,card,branch\n"
        bank = bank_of(tmp_path, plan=PLAN.replace(MONTHS, "2026-01-31"), transactions=lines)
        bank.run()
        row = bank.rows("outlook")["C3"]

        assert ("doubtful-activity", "", "") == (row["unknown"], row["band"], row["value"])
        assert ["bad-date"] == [code for *_, code in bank.rejects()]


class TestReport:
    """The report says what is estimated, and that it is an estimate."""

    @pytest.mark.parametrize(
        ("locale", "said"),
        [
            ("en", ("It never changes a stage", "Customers by band of churn risk", "Model card")),
            ("zh_CN", ("绝不改变阶段", "各流失风险档的客户", "模型说明卡")),
        ],
    )
    def test_words(self, tmp_path: Path, locale: str, said: tuple[str, ...]) -> None:
        """
        In both languages: the sentence that it is an estimate, the bands, the card, the age of it.
        """
        bank = bank_of(tmp_path)
        bank.run(locale=locale)
        page = (bank.out / "report.html").read_text("utf-8")

        assert all(words in page for words in said)
        assert ("is older than" in page) or ("已超过政策允许的期限" in page)


class TestFit:
    """A fit is written down, and never adopted by itself."""

    def test_written(self, tmp_path: Path) -> None:
        """
        A book that tells the parameters: the policy written is one, holds the fit, and scores
        nobody in this run.
        """
        plan = PLAN.replace(PART, PART.replace('policy = "acme/outlook"\n', "") + "fit = {}\n")
        rows = list(_lived(150))
        bank = bank_of(
            tmp_path,
            plan=plan,
            customers="CUST,KNOWN,ENDED\n" + "".join(f"D{n},,\n" for n in range(150)),
            accounts="ACCT,CUST,CCY,OPEN,CLOSE,BF\n"
            + "".join(f"B{n},D{n},EUR,2025-01-01,,0.00\n" for n in range(150)),
            transactions="ACCT,DAY,AMT,WHAT,CHAN\n" + "\n".join(rows) + "\n",
        )
        summary = bank.run()
        told = summary.days[date(2026, 6, 30)]["outlook"]["fit"]
        text = (bank.out / "2026-06-30" / "outlook.policy.toml").read_text("utf-8")
        policy = policies.shelf().read(text, "the fit")
        card = policy.on(date(2026, 7, 1)).parameters.card

        assert (150, "") == (told["customers"], told["why"])
        assert told["parameters"] == {name: str(held) for name, held in card.parameters.items()}
        assert (date(2026, 6, 30), 150) == (card.fitted_on, card.customers)
        assert not list(bank.out.glob("*/outlook.csv"))

    def test_nothing_to_fit(self, tmp_path: Path) -> None:
        """
        A book nobody of whom came back: no policy is written, and why is said; who is scored is
        scored by the policy adopted.
        """
        plan = PLAN.replace(PART, PART + "fit = { on = 2026-03-31 }\n")
        bank = bank_of(tmp_path, plan=plan, transactions="ACCT,DAY,AMT,WHAT,CHAN\n")
        summary = bank.run()
        told = summary.days[date(2026, 3, 31)]["outlook"]

        assert ("empty", 0) == (told["fit"]["why"], told["fit"]["customers"])
        assert not list(bank.out.glob("*/outlook.policy.toml"))
        assert {"gone": 1, "no-history": 4} == told["unknown"]


class TestFaults:
    """What the plan asks and nothing can tell is refused before anything is written."""

    @pytest.mark.parametrize(
        ("changed", "path"),
        [
            (("fit = {}", ""), ""),
            (('policy = "acme/outlook"', ""), "outlook"),
            (("", "told_since = 2026-02-01\n"), "outlook.told_since"),
            (("", "fit = { on = 2026-02-01 }\n"), "outlook.fit.on"),
            (("", 'fit = { model = "mbg-nbd" }\n'), "outlook.fit.unit"),
            (('"acme/outlook"', '"acme/bank"'), "outlook.policy"),
            (('"acme/outlook"', '"acme/none"'), "outlook.policy"),
            (('card = "spend"', 'card = "spending"'), "outlook.kinds.card"),
        ],
    )
    def test_plan(self, tmp_path: Path, changed: tuple[str, str], path: str) -> None:
        """
        Each fault names its path; without one, there is none.
        """
        before, after = changed
        part = PART.replace(before, after) if before in PART and before else PART + after
        bank = bank_of(tmp_path, plan=PLAN.replace(PART, part))
        if not path:
            bank.run()
            return
        with pytest.raises(FaultsError) as caught:
            bank.run()

        assert path in [fault.path for fault in caught.value.faults]
        assert not (bank.out / "summary.json").exists()

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ('measure = "balance"', 'measure = "balance"\nperiod = "quarter"'),
            ("since = 2026-01-01", "since = 2027-01-01"),
        ],
    )
    def test_policy(self, tmp_path: Path, before: str, after: str) -> None:
        """
        A trend of the balance by quarter, or a policy in force on no day, is named.
        """
        with pytest.raises(FaultsError) as caught:
            bank_of(tmp_path, policy=POLICY.replace(before, after)).run()

        assert ["outlook.policy"] == [fault.path for fault in caught.value.faults]


_ENDS = ((1, 31), (2, 28), (3, 31), (4, 30), (5, 31), (6, 30))


def _lived(customers: int) -> Iterator[str]:
    """
    Yield what customers do in twelve months: each begins, comes by chance, and leaves by chance.
    """
    rng = Random(3)
    for n in range(customers):
        coming, leaving = rng.betavariate(0.8, 0.8), rng.betavariate(0.5, 2)
        for month in range(12):
            if month and rng.random() < leaving:
                break
            if not month or rng.random() < coming:
                day = date(2025 + (6 + month) // 12, (6 + month) % 12 + 1, 1)
                yield f"B{n},{day},-{rng.randrange(100, 3000) / 100:.2f},card,app"
