"""
The demo bank: the same from the same seed, believable, flawed only where it says so.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import tracemalloc
from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice import demo, policies, run
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy
from bankservice.demo.cards import BEYOND, ORPHAN
from bankservice.demo.complaints import GRAVE, SURGE
from bankservice.demo.flaws import CARD_FLAWS, COMPLAINT_FLAWS, FLAWS, NOBODY, SURVEY_FLAWS
from bankservice.demo.folder import fill
from bankservice.demo.ledger import CODES
from bankservice.demo.outlook_texts import FITTED_ON
from bankservice.demo.people import GROUPS
from bankservice.run.complaints import ComplaintsPlan
from bankservice.run.groups_plan import GroupsPlan
from bankservice.run.outlook_plan import OutlookFit, OutlookPlan
from bankservice.run.plan import Plan, read_plan
from bankservice.run.points_plan import PointsPlan
from bankservice.run.stages_plan import StagesPlan
from bankservice.run.survey_plan import SurveyPlan
from bankservice.segmentation import Measure, Measures, TierReason, tier_assessment
from bankservice.segmentation.costs import ServiceCosts
from bankservice.segmentation.ladder import Ladder
from bankservice.segmentation.rules import AssessmentFacts

CUSTOMERS = 600
Row = Mapping[str, str]


@attrs.frozen(kw_only=True)
class Told:
    """What the demo's `[tiers]` table is read into here."""

    policy: str
    book: str
    shards: int
    horizon: str
    service_costs: str


TOLD = {
    "tiers": Told,
    "stages": StagesPlan,
    "groups": GroupsPlan,
    "outlook": OutlookPlan,
    "complaints": ComplaintsPlan,
    "points": PointsPlan,
    "survey": SurveyPlan,
}


FITTED_OF = ("customers", "accounts", "transactions", "purchases", "rates")
"""Tables that the demo's models were fitted on."""


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a demo that the tests only read."""
    return demo.write(tmp_path_factory.mktemp("demo") / "bank", customers=CUSTOMERS).parent


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return the folder of a small demo that a test may change."""
    return demo.write(tmp_path / "small", customers=50, months=2).parent


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below *folder* by name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def customers(folder: Path) -> list[Row]:
    """Return the rows of customers."""
    text = (folder / "extracts" / "customers.csv").read_text("gb18030")
    return list(csv.DictReader(io.StringIO(text)))


def accounts(folder: Path) -> list[Row]:
    """Return the rows of accounts."""
    text = (folder / "extracts" / "accounts.csv").read_text("ascii")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def complaints(folder: Path) -> list[Row]:
    """Return the rows of complaints."""
    text = (folder / "extracts" / "complaints.csv").read_text("gb18030")
    return list(csv.DictReader(io.StringIO(text)))


def cards(folder: Path) -> list[Row]:
    """Return the rows of the cards, as they stand."""
    path = folder / "extracts" / "cards.csv.gz"
    with gzip.open(path, "rt", encoding="ascii", newline="") as file:
        return list(csv.DictReader(file))


def redemptions(folder: Path) -> list[Row]:
    """Return the rows of redemptions."""
    text = (folder / "extracts" / "redemptions.csv").read_text("gb18030")
    return list(csv.DictReader(io.StringIO(text)))


def survey(folder: Path, name: str) -> list[Row]:
    """Return the rows of invitations or answers."""
    text = (folder / "extracts" / f"{name}.csv").read_text("gb18030")
    return list(csv.DictReader(io.StringIO(text)))


def transactions(folder: Path) -> Iterator[tuple[str, Row]]:
    """Yield the month and the row of every transaction, as they stand."""
    for path in sorted((folder / "extracts").glob("transactions_*.csv.gz")):
        with gzip.open(path, "rt", encoding="ascii", newline="") as file:
            for row in csv.DictReader(file):
                yield path.name[13:20], row


def minor(amount: str) -> int:
    """Return an amount with two digits in minor units."""
    assert re.fullmatch(r"-?\d+\.\d\d", amount)
    return int(amount.replace(".", ""))


def day_of(text: str) -> date | None:
    """Return a day, or None where there is no such day."""
    year, month, day = map(int, text.split("-"))
    return date(year, month, day) if 1 <= day <= monthrange(year, month)[1] else None


def flaw(row: Row) -> str:
    """Return what is wrong with a row of transactions, by itself; empty where nothing is."""
    if day_of(row["TXN_DT"]) is None:
        return "bad-date"
    if row["DC"] not in ("C", "D"):
        return "unknown-side"
    if not row["AMT"]:
        return "missing-amount"
    if "," in row["AMT"]:
        return "decimal-mark"
    return "unknown-account" if row["ACCT_NO"] == NOBODY else ""


def signed(row: Row) -> int:
    """Return the amount of a good row, negative where it goes out."""
    return minor(row["AMT"]) * (1 if row["DC"] == "C" else -1)


def good(folder: Path) -> Iterator[tuple[str, Row]]:
    """Yield month and row of every good transaction."""
    return ((month, row) for month, row in transactions(folder) if not flaw(row))


def unreconciled(folder: Path) -> Counter[str]:
    """Return how often a stated balance does not follow from the one before, by account."""
    balances = {row["ACCT_NO"]: minor(row["BAL_BF"]) for row in accounts(folder)}
    found: Counter[str] = Counter()
    for _, row in good(folder):
        account, stated = row["ACCT_NO"], minor(row["BAL"])
        found[account] += balances[account] + signed(row) != stated
        balances[account] = stated
    return +found


def policies_of(plan: Plan) -> dict[str, Policy[Any]]:
    """Return the demo's own policies by id."""
    held = [policies.shelf().load(path) for path in plan.policies]
    return {policy.id: policy for policy in held}


class TestSameSeed:
    """One seed, one bank."""

    def test_same_bytes(self, tmp_path: Path) -> None:
        """The same arguments write the same bytes, wherever and whenever."""
        first, second = (
            contents(demo.write(tmp_path / name, customers=60, months=3).parent)
            for name in ("a", "b")
        )

        assert first == second

    def test_other_seed(self, tmp_path: Path) -> None:
        """Another seed writes another bank under the same rules."""
        first, second = (
            contents(demo.write(tmp_path / str(seed), customers=60, months=1, seed=seed).parent)
            for seed in (1, 2)
        )

        assert first.keys() == second.keys()
        assert {"bank.toml", *(name for name in first if name.startswith("policies/"))} == {
            name for name in first if first[name] == second[name]
        }

    def test_no_clock_in_compressed_files(self, small: Path) -> None:
        """A compressed file names neither a day nor a file."""
        heads = {
            (held[3], held[4:8]) for name, held in contents(small).items() if name.endswith(".gz")
        }

        assert {(0, b"\0\0\0\0")} == heads


class TestBooks:
    """The extracts add up, but for what is told."""

    def test_balances_reconcile(self, bank: Path) -> None:
        """Every stated balance follows from the one before, but once, on the account told."""
        found = unreconciled(bank)
        (told,) = re.findall(
            r"a line is missing.*?: \S+, (A\d+),", (bank / "ABOUT.md").read_text("utf-8")
        )

        assert {told: 1} == found

    def test_days_ascend_within_their_month(self, bank: Path) -> None:
        """An account's rows are in order of their days, each in the file of its month."""
        last: dict[str, str] = {}
        for month, row in good(bank):
            assert row["TXN_DT"].startswith(month)
            assert last.get(row["ACCT_NO"], "") <= row["TXN_DT"]
            last[row["ACCT_NO"]] = row["TXN_DT"]

    def test_rows_within_an_account_s_life(self, bank: Path) -> None:
        """No row stands before an account is opened or once it no longer exists."""
        life = {row["ACCT_NO"]: (row["OPEN_DT"], row["CLOSE_DT"]) for row in accounts(bank)}
        for _, row in good(bank):
            opened, closed = life[row["ACCT_NO"]]
            assert opened <= row["TXN_DT"].replace("-", "") < closed

    def test_closed_accounts_are_empty(self, bank: Path) -> None:
        """An account that is closed holds nothing on its last day."""
        held = {row["ACCT_NO"]: minor(row["BAL_BF"]) for row in accounts(bank)}
        held |= {row["ACCT_NO"]: minor(row["BAL"]) for _, row in good(bank)}
        closed = [row["ACCT_NO"] for row in accounts(bank) if row["CLOSE_DT"] != "99991231"]

        assert {0} == {held[account] for account in closed}
        assert len(closed) > 5

    def test_few_overdrafts(self, bank: Path) -> None:
        """A few accounts go below zero and no other; amounts are positive."""
        below = {row["ACCT_NO"] for _, row in good(bank) if row["BAL"].startswith("-")}

        assert 1 <= len(below) <= CUSTOMERS // 20
        assert all(minor(row["AMT"]) > 0 for _, row in good(bank))

    def test_every_code_is_mapped_and_used(self, bank: Path) -> None:
        """The transaction codes of the rows are those that `bank.toml` maps."""
        assert set(CODES) == {row["TXN_CD"] for _, row in good(bank)}

    def test_foreign_accounts_have_rates(self, bank: Path) -> None:
        """Some accounts are in foreign currency, with rates published on business days only."""
        text = (bank / "extracts" / "rates.csv").read_text("ascii")
        rates = list(csv.DictReader(io.StringIO(text)))
        foreign = Counter(row["CCY"] for row in accounts(bank)) - Counter(CNY=10**9)

        assert {"USD", "HKD"} == set(foreign) == {row["CCY"] for row in rates}
        assert 0.01 < foreign.total() / CUSTOMERS < 0.06
        assert all(date.fromisoformat(row["PUB_DT"]).weekday() < 5 for row in rates)
        assert min(row["PUB_DT"] for row in rates) < "2025-04-01"


class TestFlaws:
    """A handful of flaws, always there, each told."""

    def test_every_flaw_is_there_once(self, bank: Path) -> None:
        """Each flaw of a line is there once, and the page tells its place."""
        found = Counter(filter(None, map(flaw, (row for _, row in transactions(bank)))))
        about = (bank / "ABOUT.md").read_text("utf-8")

        assert {held.code: 1 for held in FLAWS if held.garble is not None} == found
        assert all(about.count(held.title.en) == about.count(held.title.zh) == 1 for held in FLAWS)

    def test_flaws_of_customers_and_accounts(self, bank: Path) -> None:
        """One customer stands twice, one has no account, one account has no customer."""
        listed = Counter(row["客户号"] for row in customers(bank) if row["客户状态"] != "测试")
        held = {row["CUST_NO"] for row in accounts(bank)}

        assert [2] == [count for count in listed.values() if count > 1]
        assert 1 == len(listed.keys() - held) == len(held - listed.keys())
        assert CUSTOMERS + 1 == len(listed)

    def test_test_customers_are_marked(self, bank: Path) -> None:
        """Customers made for tests are marked as such, so that `where` can leave them out."""
        assert 3 == [row["客户状态"] for row in customers(bank)].count("测试")

    @settings(max_examples=some(15), deadline=None)
    @given(seed=st.integers(0, 10**9), months=st.integers(1, 3))
    def test_flaws_of_any_seed(
        self, tmp_path_factory: pytest.TempPathFactory, seed: int, months: int
    ) -> None:
        """From 50 customers on every flaw is there, whatever the seed."""
        folder = tmp_path_factory.mktemp("any") / "bank"
        demo.write(folder, customers=50, months=months, seed=seed)

        assert {held.code for held in FLAWS if held.garble is not None} == set(
            filter(None, map(flaw, (row for _, row in transactions(folder))))
        )
        assert 1 == unreconciled(folder).total()


class TestPlan:
    """`bank.toml` and the policies are read as a bank's own."""

    def test_plan_is_read(self, bank: Path) -> None:
        """The plan has no fault, decides on twelve month ends, and finds every extract."""
        plan = read_plan(bank / "bank.toml", TOLD)

        assert (date(2025, 7, 31), date(2026, 6, 30), 12) == (
            plan.days[0],
            plan.days[-1],
            len(plan.days),
        )
        assert "demo/tiers" == plan.parts["tiers"].policy
        for extract in plan.extracts:
            assert all(list(plan.data.glob(pattern)) for pattern in extract.files)

    def test_columns_are_those_of_the_files(self, bank: Path) -> None:
        """Every column that the plan names is in its extract."""
        plan = read_plan(bank / "bank.toml", TOLD)
        heads = {
            "customers": set(customers(bank)[0]),
            "accounts": set(accounts(bank)[0]),
            "transactions": set(next(transactions(bank))[1]),
            "rates": {"CCY", "PUB_DT", "MID"},
            "complaints": set(complaints(bank)[0]),
            "purchases": set(cards(bank)[0]),
            "redemptions": set(redemptions(bank)[0]),
            "invitations": set(survey(bank, "invitations")[0]),
            "answers": set(survey(bank, "answers")[0]),
        }

        assert set(heads) == {extract.table for extract in plan.extracts}
        for extract in plan.extracts:
            named = {mapped.column for mapped in extract.columns.values()}
            assert named <= heads[extract.table]

    def test_locale(self, tmp_path: Path) -> None:
        """The report may be Chinese."""
        path = demo.write(tmp_path / "zh", customers=1, months=1, locale="zh_CN")

        assert "zh_CN" == read_plan(path, TOLD).locale

    def test_policies_load(self, bank: Path) -> None:
        """The demo's policies load, and the plan names no other."""
        plan = read_plan(bank / "bank.toml", TOLD)
        told = plan.parts["tiers"]

        points = plan.parts["points"]
        stages, groups = plan.parts["stages"], plan.parts["groups"]

        assert {
            *(plan.institution, told.policy, told.service_costs),
            *(points.programme, points.expectations),
            *(stages.policy, groups.policy, groups.entitlements),
            plan.parts["outlook"].policy,
        } == set(policies_of(plan))

    def test_every_service_has_a_price(self, bank: Path) -> None:
        """Every class has services, and each of them costs something."""
        held = policies_of(read_plan(bank / "bank.toml", TOLD))
        ladder = held["demo/tiers"].versions[0].parameters
        costs = held["demo/service-costs"].versions[0].parameters
        assert isinstance(ladder, Ladder)
        assert isinstance(costs, ServiceCosts)
        prices = [costs.of(row.services) for row in ladder.rows]

        assert sorted(prices) == prices
        assert all(total > 0 and not missing for total, missing in prices)

    def test_fewer_months_than_decided(self, tmp_path: Path) -> None:
        """With one month there is one day to decide on."""
        path = demo.write(tmp_path / "one", customers=1, months=1)

        assert (date(2026, 6, 30),) == read_plan(path, TOLD).days


def averages(folder: Path) -> Iterator[tuple[date, dict[str, int]]]:
    """Yield each month's end and the sum of the end-of-day balances in CNY, by customer."""
    owner = {row["ACCT_NO"]: row["CUST_NO"] for row in accounts(folder) if row["CCY"] == "CNY"}
    held = {row["ACCT_NO"]: minor(row["BAL_BF"]) for row in accounts(folder)}
    months: dict[str, list[Row]] = {}
    for month, row in good(folder):
        months.setdefault(month, []).append(row)
    for month, rows in months.items():
        length = monthrange(int(month[:4]), int(month[5:]))[1]
        sums: Counter[str] = Counter()
        for account, customer in owner.items():
            sums[customer] += held[account] * length
        for row in rows:
            if row["ACCT_NO"] in owner:
                left = length + 1 - int(row["TXN_DT"][8:])
                sums[owner[row["ACCT_NO"]]] += signed(row) * left
            held[row["ACCT_NO"]] += signed(row)
        yield date.fromisoformat(f"{month}-{length}"), dict(sums)


class TestTiers:
    """Decided by the demo's policy, the demo's customers look like a bank's."""

    def test_tiers_move(self, bank: Path) -> None:
        """
        Most customers are at the base and few at the top; in the months decided tiers rise, are
        protected, run through grace, and lapse.
        """
        plan = read_plan(bank / "bank.toml", TOLD)
        version = policies_of(plan)["demo/tiers"].versions[0]
        standings: dict[str, Any] = {}
        reasons: Counter[TierReason] = Counter()
        for day, sums in averages(bank):
            for customer, balance in sums.items():
                measure = Measure(balance, day.day)
                facts = AssessmentFacts(
                    measure=Measures(FrozenMapping({"assets": measure})),
                    on=day,
                    standing=standings.get(customer, version.parameters.fresh(version.since)),
                )
                standings[customer] = tier_assessment.decide(facts, version).outcome
                if day in plan.days:
                    reasons[standings[customer].reason] += 1
        tiers = Counter(standing.tier for standing in standings.values())
        shares = [100 * tiers[row.code] // len(standings) for row in version.parameters.rows]

        assert 70 <= shares[0] <= 86
        assert 10 <= shares[1] <= 22
        assert 2 <= shares[2] <= 9
        assert shares[3] <= 4
        assert tiers["PLATINUM"] > 0
        assert {
            TierReason.UP,
            TierReason.REQUALIFIED,
            TierReason.BAND,
            TierReason.PROTECTED,
            TierReason.GRACE,
            TierReason.LAPSED,
        } <= set(reasons)

    def test_seasons(self, bank: Path) -> None:
        """The eleventh of November is the busiest day for purchases of its month."""
        bought = Counter(
            row["TXN_DT"]
            for month, row in good(bank)
            if month == "2025-11" and row["TXN_CD"] == "ONL"
        )

        assert "2025-11-11" == max(bought, key=lambda day: bought[day])

    def test_thirteenth_month(self, bank: Path) -> None:
        """Before Spring Festival pay comes twice."""
        paid = Counter(month for month, row in good(bank) if row["TXN_CD"] == "SAL")

        assert paid["2026-02"] > 1.8 * paid["2026-03"]


@attrs.frozen
class Ran:
    """A demo that was run: its folder, and what became of the last day."""

    path: Path
    told: Mapping[str, Any]
    rejects: Counter[str]
    points: Mapping[str, Any]
    card_rejects: Counter[str]
    survey_rejects: Counter[str]

    def result(self, name: str) -> list[Row]:
        """Return the rows of a result file of the last day."""
        file = self.path / "out" / "2026-06-30" / f"{name}.csv"
        with file.open(encoding="utf-8-sig", newline="") as held:
            return list(csv.DictReader(held))


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Run a small demo of a year as of its last day."""
    path = demo.write(tmp_path_factory.mktemp("ran") / "bank", customers=800, months=12, decided=1)
    summary = run.run(run.plan(path))
    with (path.parent / "out" / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    last = summary.days[date(2026, 6, 30)]
    return Ran(
        path.parent,
        last["complaints"],
        Counter(row["code"] for row in rows if row["file"] == "complaints.csv"),
        last["points"],
        Counter(row["code"] for row in rows if row["file"] in ("cards.csv.gz", "redemptions.csv")),
        Counter(row["code"] for row in rows if row["file"] == "answers.csv"),
    )


class TestComplaints:
    """Complaints come in seasons; what is planted among them is found."""

    def test_every_stage_is_seen(self, ran: Ran) -> None:
        """Over the days decided every stage is entered, and people come back from being lost."""
        entered = {
            row["to"]
            for path in sorted((ran.path / "out").glob("*/stage-flow.csv"))
            for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))
        }

        assert {
            *("prospect", "first_time", "active", "loyal", "inactive", "lost", "won_back")
        } == entered

    def test_planted_surge_is_found(self, ran: Ran) -> None:
        """The branch whose machines failed surges in the week that the page tells, and no other."""
        about = (ran.path / "ABOUT.md").read_text("utf-8")
        line = next(line for line in about.splitlines() if SURGE.en in line)
        found = {(row["series"], row["code"]): row for row in ran.result("complaint-surges")}
        branches = [row for (kind, _), row in found.items() if kind == "branch"]

        assert 1 == len(branches)
        assert branches[0]["code"] in line
        assert branches[0]["raised_on"] in line
        assert ("issue", "device_failure") in found

    def test_planted_grave_case_is_found(self, ran: Ran) -> None:
        """The leak is the one grave case, and nothing else could be grave unseen."""
        about = (ran.path / "ABOUT.md").read_text("utf-8")
        line = next(line for line in about.splitlines() if GRAVE.en in line)
        grave = [row for row in ran.result("complaints") if row["grave"] == "true"]

        assert ["data-leak"] == [row["why"] for row in grave]
        assert grave[0]["case"] in line
        assert 1 == ran.told["grave"]

    def test_flaws_are_rejected(self, ran: Ran) -> None:
        """Each planted row is rejected for its own reason, and no other row is."""
        assert {flaw.code: 1 for flaw in COMPLAINT_FLAWS} == ran.rejects

    def test_record_takes_all(self, ran: Ran) -> None:
        """Nothing is refused by the record, and every duty is judged."""
        assert (0, 0, 0) == tuple(ran.told[name] for name in ("refused", "differs", "undated"))
        assert ran.told["judged"] > ran.told["in_time"] > 0

    def test_weekdays(self, bank: Path) -> None:
        """More complaints come on a Monday than on a Sunday."""
        days = Counter(
            on.weekday()
            for row in complaints(bank)
            if (on := day_of(row["受理时间"][:10] or "0-0-0"))
        )

        assert days[0] > days[6]

    @settings(max_examples=some(10), deadline=None)
    @given(seed=st.integers(0, 10**9), months=st.integers(1, 3))
    def test_every_flaw_of_any_seed(
        self, tmp_path_factory: pytest.TempPathFactory, seed: int, months: int
    ) -> None:
        """From 50 customers on everything planted is told, whatever the seed."""
        folder = tmp_path_factory.mktemp("any") / "bank"
        demo.write(folder, customers=50, months=months, seed=seed)
        about = (folder / "ABOUT.md").read_text("utf-8")
        planted = (
            *(SURGE, GRAVE, ORPHAN, BEYOND),
            *(flaw.title for flaw in (*COMPLAINT_FLAWS, *CARD_FLAWS, *SURVEY_FLAWS)),
        )

        assert [1] * len(planted) == [about.count(title.en) for title in planted]


class TestCards:
    """The card earns and burns; what is planted among its rows is told."""

    def test_flaws_are_told(self, ran: Ran) -> None:
        """Each planted row is rejected for its own reason; else the programme alone refuses."""
        planted = {flaw.code: 1 for flaw in CARD_FLAWS} | {"refund-without-original": 1}
        found = dict(ran.card_rejects)
        refused = found.pop("points-refused")

        assert planted == found
        assert refused == sum(ran.points["refused"].values()) >= 1
        assert {"not-enough"} == set(ran.points["refused"])

    def test_points_come_and_go(self, ran: Ran) -> None:
        """Points are earned, redeemed, taken back and lost to the cap, and the ledger balances."""
        told = ran.points
        change = Counter(
            {
                side: sum(int(row[side] or 0) for row in ran.result("points-ledger"))
                for side in ("debit", "credit")
            }
        )

        assert all(told[name] > 0 for name in ("earned", "redeemed", "clawed_back", "lost_to_caps"))
        assert change["debit"] == change["credit"] > 0
        assert 40 == told["accounts"]

    def test_points_lapse_in_the_second_year(self, bank: Path) -> None:
        """The demo of fifteen months has purchases whose points have lapsed at its end."""
        first = min(row["TXN_TIME"] for row in cards(bank))

        assert first < "2025-05"

    def test_refunds_name_purchases(self, bank: Path) -> None:
        """What gives back names an earlier purchase of the same card, but for the one planted."""
        rows = cards(bank)
        at = {row["REF"]: (row["CARD_NO"], row["TXN_TIME"]) for row in rows}
        back = [row for row in rows if row["ORIG_REF"]]
        known = [row for row in back if row["ORIG_REF"] in at]

        assert len(known) == len(back) - 1
        for row in known:
            card, time = at[row["ORIG_REF"]]
            assert (card, True) == (row["CARD_NO"], time < row["TXN_TIME"])


class TestSurvey:
    """Customers are asked, and say what happened to them; what is planted is found."""

    def test_flaws_are_told(self, ran: Ran) -> None:
        """Each planted sheet is rejected for its own reason, and no other."""
        assert {
            "answer-out-of-range": 1,
            "answer-not-whole": 1,
            "duplicate": 1,
            "before-invitation": 1,
            "unknown-invitation": 1,
        } == ran.survey_rejects

    def test_speed_pays(self, ran: Ran) -> None:
        """Speed is better in the last wave, and goes with satisfaction more than all else."""
        drawn = [r for r in ran.result("survey-scores") if r["self_selected"] == "false"]
        scores = {(row["wave"], row["item"]): row for row in drawn}
        last = max(wave for wave, _ in scores)
        drivers = [row for row in ran.result("survey-drivers") if row["wave"] == last]

        assert "improved" == scores[last, "speed.perception"]["verdict"]
        assert "speed.perception" == max(drivers, key=lambda row: float(row["share"]))["driver"]

    def test_who_waits_says_so(self, ran: Ran) -> None:
        """Detractors are called back; some branches are too small to be told of."""
        units = {row["why"] for row in ran.result("survey-units")}
        waves = ran.result("survey-waves")

        assert {"", "below-floor"} <= units
        assert all(int(row["self_selected"]) > 0 for row in waves)
        assert {""} == {row["unweighted"] for row in waves}


class TestOutlook:
    """The demo's models are those of its own customers of a year before."""

    def test_fitted_again(self, tmp_path: Path) -> None:
        """Fitted anew on the bank they were fitted on, the models are those of the policy."""
        year_before = demo.write(tmp_path / "before", last=date(2025, 6, 30))
        told = run.plan(year_before)
        adopted = policies_of(told)["demo/outlook"].versions[-1].parameters
        part = attrs.evolve(told.parts["outlook"], policy="", fit=OutlookFit())
        extracts = tuple(held for held in told.extracts if held.table in FITTED_OF)
        told = attrs.evolve(told, days=(FITTED_ON,), parts={"outlook": part}, extracts=extracts)
        run.run(told)
        text = (told.output / str(FITTED_ON) / "outlook.policy.toml").read_text("utf-8")
        fitted = policies.shelf().read(text, "the fit").versions[-1].parameters

        for ours, again in ((adopted.card, fitted.card), (adopted.spend, fitted.spend)):
            same = {name: float(value) for name, value in ours.parameters.items()}
            assert same == pytest.approx(
                {name: float(value) for name, value in again.parameters.items()}, rel=1e-3
            )
            assert (ours.customers, ours.digest) == (again.customers, again.digest)
            assert float(ours.log_likelihood) == pytest.approx(
                float(again.log_likelihood), abs=1e-3
            )

    def test_some_are_leaving(self, ran: Ran) -> None:
        """Of those who are quiet some are in the highest band, of all the others hardly any."""
        bands = Counter(row["band"] for row in ran.result("outlook"))

        assert bands["high"] > 0
        assert bands["low"] > 0.9 * bands.total()


class TestFolder:
    """What the demo did not write stays."""

    def test_again(self, small: Path) -> None:
        """Writing again gives the same files and leaves others, such as results, alone."""
        (small / "out").mkdir()
        (small / "out" / "report.html").write_text("mine", "utf-8")
        before = contents(small)

        demo.write(small, customers=50, months=2)

        assert before == contents(small)
        assert [small.name] == [path.name for path in small.parent.iterdir()]

    def test_fewer_months(self, small: Path) -> None:
        """What the demo no longer writes goes."""
        demo.write(small, customers=50, months=1)

        assert 1 == len(list((small / "extracts").glob("transactions_*")))

    def test_empty_folder(self, tmp_path: Path) -> None:
        """A folder that is there and empty is filled."""
        assert (tmp_path / "bank.toml") == demo.write(tmp_path, customers=1, months=1)
        assert (tmp_path / "bank.toml").is_file()

    def spoil_policy(self, folder: Path) -> str:
        """Change a policy, as somebody does who tries things."""
        path = folder / "policies" / "tiers.policy.toml"
        path.write_text(path.read_text("utf-8") + "# mine\n", "utf-8")
        return "policies/tiers.policy.toml"

    def lose_list(self, folder: Path) -> str:
        """Take away the list of what was written."""
        (folder / ".demo.json").unlink()
        return "bank.toml"

    def break_list(self, folder: Path) -> str:
        """Write a list that is none."""
        (folder / ".demo.json").write_text("[]", "utf-8")
        return ".demo.json"

    def reach_out(self, folder: Path) -> str:
        """Write a list that names a file elsewhere."""
        (folder / ".demo.json").write_text('{"../other": ""}', "utf-8")
        return ".demo.json"

    def put_in_the_way(self, folder: Path) -> str:
        """Put a file of one's own where the demo has one."""
        name = "extracts/transactions_2026-04.csv.gz"
        (folder / name).write_text("mine", "utf-8")
        return name

    @pytest.mark.parametrize(
        "change", [spoil_policy, lose_list, break_list, reach_out, put_in_the_way]
    )
    def test_refuses(self, small: Path, change: Callable[[TestFolder, Path], str]) -> None:
        """A file that is not as the demo wrote it stops the demo, and nothing is touched."""
        name = change(self, small)
        before = contents(small)

        with pytest.raises(demo.NotOursError) as caught:
            demo.write(small, customers=50, months=3)

        assert name in caught.value.names
        assert name in str(caught.value)
        assert before == contents(small)

    def test_refuses_a_file(self, tmp_path: Path) -> None:
        """A file is no folder."""
        path = tmp_path / "bank"
        path.write_text("mine", "utf-8")

        with pytest.raises(demo.NotOursError, match="bank"):
            demo.write(path, customers=1, months=1)

    def test_failure_leaves_nothing(self, tmp_path: Path) -> None:
        """What fails half-way leaves neither a folder nor anything beside it."""

        def stop(made: Path) -> None:
            (made / "half").write_text("…", "utf-8")
            raise OSError("the disk is full")

        with pytest.raises(OSError, match="disk"):
            fill(tmp_path / "bank", stop)

        assert [] == list(tmp_path.iterdir())

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            ({"customers": 0}, "customers is 0"),
            ({"months": 0}, "months is 0"),
            ({"decided": -1}, "decided is -1"),
            ({"last": date(2026, 6, 29)}, "2026-06-30"),
            ({"locale": "fr"}, "en, zh_CN"),
        ],
    )
    def test_arguments(self, tmp_path: Path, wrong: dict[str, Any], told: str) -> None:
        """An argument outside its bounds is refused before anything is written."""
        with pytest.raises(ValueError, match=told):
            demo.write(tmp_path / "bank", **wrong)

        assert [] == list(tmp_path.iterdir())


def test_groups_are_of_a_thousand() -> None:
    """The shares of the groups add up."""
    assert 1000 == sum(group.share for group in GROUPS)


def peak(folder: Path, count: int) -> int:
    """Return the most memory that writing *count* customers took, in bytes."""
    tracemalloc.start()
    try:
        demo.write(folder, customers=count, months=1)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow(tmp_path: Path) -> None:
    """Ten times the customers take no more memory, though their rows would."""
    # The first time, modules and caches are loaded too.
    demo.write(tmp_path / "warm", customers=1, months=1)
    few, many = (peak(tmp_path / str(count), count) for count in (300, 3_000))
    rows = sum(1 for _ in transactions(tmp_path / "3000"))

    # Each of those lines takes about a hundred bytes, two million and more in all.
    assert rows > 20_000
    assert many - few < 400_000
