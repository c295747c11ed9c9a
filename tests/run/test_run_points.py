"""
A run takes purchases and redemptions: points follow from the rows, once, and what is refused is told.
"""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from points_tools import (
    BOUGHT,
    DAY,
    FILES,
    PLAN,
    PROGRAMME,
    PURCHASES,
    entries,
    make,
    part,
    points,
    record,
)
from run_tools import ACCOUNTS, CUSTOMERS, BankFolder, head, tiers_part

from bankservice.core.errors import FaultsError
from bankservice.core.journal import Stream
from bankservice.journals.memory import MemoryJournal
from bankservice.loyalty.account.instants import micros
from bankservice.loyalty.books.chart import balances
from bankservice.loyalty.books.movements import Booked, booked, follow
from bankservice.loyalty.service import Accounts
from bankservice.policies import shelf
from bankservice.run.points_course import Tally

ON = date(2026, 1, 31)


@pytest.fixture
def bank(tmp_path: Path) -> BankFolder:
    """Return the bank of `FILES`."""
    return make(tmp_path)


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    """Return the names of the results that differ."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


class TestHonest:
    """What is told is what the rows say."""

    def test_each_account(self, bank: BankFolder) -> None:
        """
        Purchases earn by the programme and its caps, what is given back is taken back, and what is
        redeemed is gone.
        """
        bank.run()

        assert {
            "C1": (55, 0, 85, 30, 0, 5),
            "C2": (0, 0, 10, 0, 10, 0),
            "C3": (5, 0, 30, 25, 0, 0),
        } == points(bank, "balance", "arrears", "earned", "redeemed", "clawed_back", "lost_to_caps")

    def test_summary(self, bank: BankFolder) -> None:
        """The counts of the day are those of the accounts together."""
        told = bank.run().days[ON]["points"]

        assert (3, 60, 125, 55, 10, 5) == tuple(
            told[name]
            for name in (
                "accounts",
                "outstanding",
                "earned",
                "redeemed",
                "clawed_back",
                "lost_to_caps",
            )
        )
        assert ("first", 0, {"not-enough": 1}) == (
            told["decided"],
            told["differs"],
            told["refused"],
        )

    def test_the_refused_is_told_with_its_line(self, bank: BankFolder) -> None:
        """A redemption beyond what there is changes nothing and stands among the rejects."""
        bank.run()

        assert [("redemptions.csv", "4", "REF", "points-refused")] == bank.rejects()

    def test_points_lapse(self, tmp_path: Path) -> None:
        """Points are told until their last day and are gone after it, each month by itself."""
        bank = make(tmp_path, plan=PLAN.replace(DAY, "{ first = 2026-01-31, last = 2026-04-30 }"))
        bank.run()
        seen = {
            day: points(bank, "balance", "expired", "next_expiry", day=day)["C1"]
            for day in ("2026-01-31", "2026-03-30", "2026-03-31", "2026-04-30")
            if (bank.out / day).is_dir()
        }

        assert {
            "2026-01-31": (55, 0, 55),
            "2026-03-31": (55, 0, 55),
            "2026-04-30": (0, 55, 0),
        } == seen

    def test_tier_of_the_run(self, tmp_path: Path) -> None:
        """A purchase is rated by the tier its customer had before the day was decided."""
        from run_tools import FILES as BANK

        plan = (
            head("{ first = 2026-01-31, last = 2026-02-28 }")
            + tiers_part()
            + part()
            + CUSTOMERS
            + ACCOUNTS
            + BALANCES
            + PURCHASES
        )
        files = {
            **{name: BANK[name] for name in ("customers.csv", "accounts.csv")},
            "balances.csv": "ACCT,DAY,BAL\nA1,2026-01-01,500\nA2,2026-01-01,100\n"
            "A3,2026-01-01,20000\nA4,2026-01-01,0\n",
            "purchases.csv": BOUGHT
            + "K1,C2,2026-01-05,100.00,EUR,buy,5411,\n"
            + "K2,C2,2026-02-05,100.00,EUR,buy,5411,\n"
            + "K3,C1,2026-02-05,100.00,EUR,buy,5411,\n",
        }
        bank = make(tmp_path, plan=plan, files=files)
        bank.run()

        assert [(10, 0), (30, 10)] == [
            tuple(points(bank, "earned", day=day).get(who, (0,))[0] for who in ("C2", "C1"))
            for day in ("2026-01-31", "2026-02-28")
        ]

    def test_transactions_earn(self, tmp_path: Path) -> None:
        """
        Movements of accounts earn for their holder by kind; money that goes the other way earns
        nothing, and kinds that the plan does not name are counted.
        """
        bank = make(tmp_path, plan=LEDGER_PLAN, files=LEDGER)
        bank.run()

        assert {"C1": (20,), "C2": (7,)} == points(bank, "earned")
        assert [("transactions.csv", "5", "AMT", "purchase-other-way")] == bank.rejects()
        assert "salary" in (bank.out / "report.html").read_text("utf-8")

    def test_foreign_purchase(self, tmp_path: Path) -> None:
        """A purchase in another currency earns by the rate of its day; without one it is told."""
        rates = 'table = "rates"\nfiles = ["rates.csv"]\n'
        columns = 'columns = { currency = "CCY", on = "DAY", rate = "MID" }\n'
        bank = make(
            tmp_path,
            plan=PLAN + f"[[extract]]\n{rates}{columns}",
            files={
                "purchases.csv": BOUGHT
                + "K1,C1,2026-01-05,100.00,USD,buy,5411,\n"
                + "K2,C1,2026-01-02,100.00,USD,buy,5411,\n",
                "redemptions.csv": FILES["redemptions.csv"].split("\n", 1)[0] + "\n",
                "rates.csv": "CCY,DAY,MID\nUSD,2026-01-04,0.9\n",
            },
        )
        bank.run()

        assert {"C1": (9,)} == points(bank, "earned")
        assert [("purchases.csv", "3", "CCY", "no-rate-on")] == bank.rejects()


class TestAgain:
    """What is done is done once."""

    def test_the_same_month_adds_nothing(self, bank: BankFolder) -> None:
        """The same extracts again leave the record and every result as they are."""
        bank.run()
        held, results = entries(bank), bank.results()
        again = bank.run()

        assert (True, "same") == (again.unchanged, again.days[ON]["points"]["decided"])
        assert (held, results) == (entries(bank), bank.results())

    def test_one_refund_changes_one_account(self, bank: BankFolder) -> None:
        """
        A refund that is added changes the account it is of, by the points of what was given back,
        and no other.
        """
        bank.run()
        before, held, rows = bank.results(), entries(bank), accounts(bank)
        bank.add("purchases.csv", "K7,C3,2026-01-30,100.00,EUR,back,,K5\n")
        told = bank.run().days[ON]["points"]
        after = accounts(bank)

        assert {"C3"} == {who for who in rows if rows[who] != after[who]}
        assert {"balance": ("5", "0"), "arrears": ("0", "5"), "clawed_back": ("0", "10")} == {
            name: (rows["C3"][name], after["C3"][name])
            for name in rows["C3"]
            if rows["C3"][name] != after["C3"][name] and name not in ("entry", *LADDER)
        }
        assert (1, 20, 55) == (
            entries(bank) - held,
            told["clawed_back"],
            told["outstanding"],
        )
        assert {
            f"{DAY}/points.csv",
            f"{DAY}/points.parquet",
            f"{DAY}/points-ledger.csv",
            "report.html",
        } == changed(before, bank.results())

    def test_a_late_purchase_meets_its_refund(self, tmp_path: Path) -> None:
        """A refund waits for its purchase, and in the end all is as though it had come in order."""
        late = "K5,C3,2026-01-10,300.00,EUR,buy,5411,\n"
        back = "K8,C3,2026-01-20,300.00,EUR,back,,K5\n"
        whole = BOUGHT + "K9,C3,2026-01-02,500.00,EUR,buy,5411,\n" + late + back
        bank = make(tmp_path / "late", plan=ALONE, files={"purchases.csv": whole.replace(late, "")})
        other = make(tmp_path / "order", plan=ALONE, files={"purchases.csv": whole})
        bank.run()
        waiting = bank.rejects()
        bank.add("purchases.csv", late)
        bank.run()
        other.run()

        assert [("purchases.csv", "3", "OF", "refund-without-original")] == waiting
        assert [] == bank.rejects() == other.rejects()
        assert {"C3": (50, 80, 30)} == points(bank, "balance", "earned", "clawed_back")
        assert points(other, "balance", "earned") == points(bank, "balance", "earned")

    def test_another_amount_stands_and_is_told(self, bank: BankFolder) -> None:
        """An extract that tells a purchase otherwise than the record changes no point."""
        bank.run()
        held = points(bank, "balance", "earned")
        bank.extract("purchases.csv", FILES["purchases.csv"].replace("505.00", "905.00"))
        told = bank.run().days[ON]["points"]

        assert (1, held) == (told["differs"], points(bank, "balance", "earned"))
        assert ("purchases.csv", "2", "AMT", "record-differs") in bank.rejects()

    def test_the_refused_stays_refused(self, bank: BankFolder) -> None:
        """
        A redemption that was refused is not tried again when there would be enough: a new one may.
        """
        bank.run()
        bank.add("purchases.csv", "K9,C3,2026-01-01,900.00,EUR,buy,5411,\n")
        told = bank.run().days[ON]["points"]

        assert (95, {"not-enough": 1}) == (points(bank, "balance")["C3"][0], told["refused"])
        bank.add("redemptions.csv", "R4,C3,2026-01-31,,mug,\n")
        bank.run()

        assert (65,) == points(bank, "balance")["C3"]

    def test_month_by_month_is_all_at_once(self, tmp_path: Path) -> None:
        """Two months in one run leave what two runs leave, and the first day stays as it was."""
        more = "K10,C1,2026-02-10,70.00,EUR,buy,5411,\nK11,C1,2026-02-11,50.00,EUR,back,,K1\n"
        apart, at_once = make(tmp_path / "apart"), make(tmp_path / "once")
        apart.run()
        first = points(apart, "balance", "arrears")
        for bank in (apart, at_once):
            bank.add("purchases.csv", more)
        apart.run(days=(date(2026, 2, 28),))
        at_once.run(days=(ON, date(2026, 2, 28)))

        assert first == points(at_once, "balance", "arrears")
        assert points(apart, "balance", "earned", day="2026-02-28") == points(
            at_once, "balance", "earned", day="2026-02-28"
        )
        at_once.run()

        assert first == points(at_once, "balance", "arrears")

    def test_a_redemption_is_given_back(self, bank: BankFolder) -> None:
        """A redemption that is given back is in the balance again, once."""
        bank.add("redemptions.csv", "R9,C1,2026-01-27,,,R1\n")
        bank.run()
        bank.run()

        assert (85, 0) == points(bank, "balance", "redeemed")["C1"]


class TestStepByStep:
    """Accounts that are followed month by month are followed rightly."""

    @settings(max_examples=some(30), deadline=None)
    @given(
        bought=st.lists(st.tuples(st.integers(0, 80), st.integers(1, 400)), max_size=8),
        back=st.lists(st.tuples(st.integers(0, 7), st.integers(1, 60)), max_size=3),
        spent=st.lists(st.tuples(st.integers(0, 110), st.integers(1, 60)), max_size=3),
    )
    def test_as_followed_at_once(
        self,
        bought: list[tuple[int, int]],
        back: list[tuple[int, int]],
        spent: list[tuple[int, int]],
    ) -> None:
        """
        Asked for one day after another, entries known as they come, an account has every day what
        following it at once gives.
        """
        known = written(bought, back, spent)
        tally = Tally("Europe/Vienna")
        seen: list[Booked] = []
        for day in range(0, 200, 25):
            at = micros(START + timedelta(days=day))
            # What was told before an entry of the day is there too: a refund told late takes
            # points of whatever the account has got by then.
            due = [place for place, entry in enumerate(known, 1) if entry.event.at <= at]
            seen = known[: max([len(seen), *due])]
            tally.until(seen, at)
            course = follow(seen, "Europe/Vienna", as_of=at)

            assert course.figures == tally.figures
            assert +Counter({k: v for k, v in balances(course.moves).items() if v > 0}) == Counter(
                {k: v for k, v in tally.sums.items() if v > 0}
            )
            assert sum(stand.outstanding for stand in course.lots) == tally.ladder().total()


class TestFiles:
    """What is written beside the table of accounts."""

    def test_ledger_sums_to_zero(self, bank: BankFolder) -> None:
        """Debits and credits of every day are the same, and members have what they have."""
        bank.run()
        days: Counter[str] = Counter()
        members = 0
        with (bank.out / DAY / "points-ledger.csv").open(encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                change = int(row["credit"] or 0) - int(row["debit"] or 0)
                days[row["on"]] += change
                if row["account"] in ("pending", "available", "held", "arrears"):
                    members += change

        assert {0} == set(days.values())
        assert 60 == members

    @pytest.mark.parametrize(("locale", "word"), [("en", "R1"), ("zh_CN", "积分")])
    def test_statement_of_a_sample(self, tmp_path: Path, locale: str, word: str) -> None:
        """As many statements are written as the plan says, in the language of the report."""
        plan = PLAN.replace("[points]", f'locale = "{locale}"\n[points]')
        bank = make(tmp_path, plan=plan)
        bank.run()
        found = sorted((bank.out / DAY / "statements").iterdir())

        assert ["C1.txt"] == [path.name for path in found]
        assert word in found[0].read_text("utf-8")

    def test_liability(self, tmp_path: Path) -> None:
        """
        Half of each month's points of a class are expected to be redeemed, at ten cents each: of
        the hundred base points more are redeemed already, of the bonus none of 15.
        """
        bank = make(tmp_path, plan=PLAN.replace(part(), part(expectations='"acme/expected"')))
        bank.run()
        page = (bank.out / "report.html").read_text("utf-8")

        assert "Liability" in page
        assert "€0.75" in page


class TestBadInput:
    """What cannot be taken is told with its line and field, and costs nobody a point."""

    @pytest.mark.parametrize(
        ("row", "field", "code"),
        [
            ("K9,C1,2026-01-05,10.00,EUR,gift,5411,", "KIND", "unknown-kind"),
            ("K9,C1,2026-01-05,10.00,EUR,buy,54I1,", "MCC", "bad-mcc"),
            ("K9,C1,2026-01-05,10.00,EUR,buy,541,", "MCC", "bad-mcc"),
            ("K9,C1,2026-01-05,-10.00,EUR,buy,5411,", "AMT", "purchase-below-nothing"),
            ("K9,C1,2026-01-21,0.00,EUR,back,,K1", "AMT", "not-above-nothing"),
            ("K9,C1,2026-01-05,10.00,EURO,buy,5411,", "CCY", "unknown-currency"),
            ("K9,C1,2026-01-05,10.005,EUR,buy,5411,", "AMT", "too-fine"),
            ("K9,C1,2026-02-30,10.00,EUR,buy,5411,", "DAY", "bad-date"),
            ("K9,C1,2026-01-05,1e3,EUR,buy,5411,", "AMT", "bad-amount"),
            ("K9,C1,2026-01-05,10.00,EUR,back,,K99", "OF", "refund-without-original"),
            ("K9,C1,2026-01-05,10.00,USD,buy,5411,", "CCY", "no-rate-on"),
            ("K1,C1,2026-01-05,505.00,EUR,buy,5411,", "REF", "duplicate"),
            ("K1,C1,2026-01-05,500.00,EUR,buy,5411,", "REF", "contradicts"),
            (",C1,2026-01-05,10.00,EUR,buy,5411,", "REF", "missing"),
            ("4111111111111111,C1,2026-01-05,10.00,EUR,buy,5411,", "REF", "bad-id"),
            ("K9,C1,2026-01-21,600.00,EUR,back,,K1", "REF", "points-refused"),
            ("K9,C1,2026-01-02,10.00,EUR,back,,K1", "REF", "points-refused"),
        ],
    )
    def test_purchase(self, bank: BankFolder, row: str, field: str, code: str) -> None:
        """A row that does not fit is told; what every account has is as though it were not there."""
        bank.run()
        held = points(bank, "balance", "earned", "clawed_back", "arrears")
        bank.add("purchases.csv", f"{row}\n")
        bank.run()

        assert ("purchases.csv", "8", field, code) in bank.rejects()
        assert held == points(bank, "balance", "earned", "clawed_back", "arrears")

    @pytest.mark.parametrize(
        ("row", "field", "code"),
        [
            ("R9,C1,2026-01-26,-5,,", "POINTS", "bad-count"),
            ("R9,C1,2026-01-26,0.5,,", "POINTS", "bad-count"),
            ("R9,C1,2026-01-26,,,", "REWARD", "nothing-spent"),
            ("R9,C1,2026-01-26,,cup,", "REF", "points-refused"),
            ("R9,C1,2026-01-26,,,R77", "REF", "points-refused"),
            ("R9,C9,2026-01-26,5,,", "REF", "points-refused"),
        ],
    )
    def test_redemption(self, bank: BankFolder, row: str, field: str, code: str) -> None:
        """A redemption that does not fit is told and spends nothing."""
        bank.run()
        held = points(bank, "balance", "redeemed")
        bank.add("redemptions.csv", f"{row}\n")
        bank.run()

        assert ("redemptions.csv", "5", field, code) in bank.rejects()
        assert held == points(bank, "balance", "redeemed")

    @pytest.mark.parametrize(
        ("plan", "path"),
        [
            (PLAN.replace('"card"', '"cards"'), "points.kinds.buy"),
            (PLAN.replace('"acme/points"', '"acme/bank"'), "points.programme"),
            (PLAN.replace('"acme/points"', '"acme/point"'), "points.programme"),
            (PLAN.replace('on = "DAY"\namount', "amount"), "extract[0].columns"),
            (
                PLAN.replace(PURCHASES, PURCHASES.replace('customer = "CUST"\n', "")),
                "extract[0].columns",
            ),
            (PLAN.replace(PURCHASES, ""), "extract"),
            (PLAN.replace(part(), part(incoming='["deposits"]')), "points.incoming[0]"),
            (PLAN.replace(part(), part(sample="-1")), "points.sample"),
            (PLAN.replace(part(), part(expectations='"acme/points"')), "points.expectations"),
        ],
    )
    def test_plan(self, tmp_path: Path, plan: str, path: str) -> None:
        """A plan that cannot be kept to is refused with its path before anything is written."""
        bank = make(tmp_path, plan=plan)
        with pytest.raises(FaultsError) as caught:
            bank.run()

        assert path in {fault.path for fault in caught.value.faults}
        assert not (bank.out / "rejects.csv").exists()

    def test_programme_not_in_force(self, tmp_path: Path) -> None:
        """A programme must be in force on every day that is decided."""
        bank = make(tmp_path)
        (bank.path / "policies" / "points.toml").write_text(
            PROGRAMME.replace("since = 2020-01-01", "since = 2026-02-01"), "utf-8"
        )
        with pytest.raises(FaultsError) as caught:
            bank.run()

        assert ["points.programme"] == [fault.path for fault in caught.value.faults]


LADDER = ("next_expiry_on", "next_expiry")
ALONE = head(DAY) + part() + PURCHASES
BALANCES = """
[[extract]]
table = "balances"
files = ["balances.csv"]
columns = { account = "ACCT", on = "DAY", balance = "BAL" }
"""
LEDGER_PLAN = (
    head(DAY)
    + part()
    + """
[[extract]]
table = "accounts"
files = ["accounts.csv"]
columns = { account = "ACCT", customer = "CUST" }
[[extract]]
table = "transactions"
files = ["transactions.csv"]
columns = { account = "ACCT", on = "DAY", amount = "AMT", kind = "KIND", ref = "REF" }
"""
)
LEDGER = {
    "accounts.csv": "ACCT,CUST\nA1,C1\nA2,C2\n",
    "transactions.csv": "ACCT,DAY,AMT,KIND,REF\n"
    "A1,2026-01-05,200.00,paid_in,T1\n"
    "A2,2026-01-05,-70.00,buy,T2\n"
    "A2,2026-01-06,1500.00,salary,T3\n"
    "A2,2026-01-07,40.00,buy,T4\n",
}


START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def written(
    bought: list[tuple[int, int]], back: list[tuple[int, int]], spent: list[tuple[int, int]]
) -> list[Booked]:
    """Return the entries of an account that did all this, in the order it was told."""
    policy = shelf().read(PROGRAMME, "acme")
    now = START + timedelta(days=300)
    service = Accounts(MemoryJournal(), (policy,), now=lambda: now)
    for place, (day, euros) in enumerate(sorted(bought)):
        at = START + timedelta(days=day)
        service.post(f"p{place}", "C1", ref=f"K{place}", amount=f"{euros}.00", at=at)
    for place, (which, many) in enumerate(spent):
        at = START + timedelta(days=which)
        service.redeem(f"r{place}", "C1", ref=f"R{place}", points=many, at=at)
    for place, (which, euros) in enumerate(back):
        if which < len(bought):
            at = START + timedelta(days=sorted(bought)[which][0] + 20)
            service.refund(
                f"b{place}", "C1", ref=f"B{place}", original_ref=f"K{which}", amount=f"{euros}.00",
                at=at,
            )  # fmt: skip
    return list(booked(service.entries("C1")))


def accounts(bank: BankFolder) -> dict[str, dict[str, str]]:
    """Return customer → row of the results."""
    return bank.rows("points")


def test_explained(bank: BankFolder) -> None:
    """Every entry that the results name can be looked up in the record."""
    bank.run()
    with record(bank) as held:
        named = {
            who: held.journal.read(_stream(row["entry"])) for who, row in accounts(bank).items()
        }

    assert {"C1": 4, "C2": 4, "C3": 3} == {who: len(found) for who, found in named.items()}


def _stream(entry: str) -> Stream:
    kind, _, rest = entry.partition("/")
    return Stream("default", kind, rest.rpartition("@")[0])
