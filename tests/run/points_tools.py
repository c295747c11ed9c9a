"""What the tests of points in a run share: a small bank whose customers buy, give back and redeem."""

from __future__ import annotations

from pathlib import Path

from run_tools import LATER, BankFolder, head, make_bank, table

from bankservice.bank import Bank, open_bank

PROGRAMME = """
id = "acme/points"
kind = "loyalty.programme"
[[version]]
since = 2020-01-01
source = { text = "Acme manual", clause = "4", checked = "own" }
zone = "Europe/Vienna"
currency = "EUR"
expiry = { mode = "after", period = "P2M", round_to = "month" }
[[version.merchants]]
code = "dining"
mcc = ["5812"]
[[version.exclude]]
code = "not-a-purchase"
title = { en = "No purchase", zh = "非消费" }
kinds = ["not_earning"]
[[version.earn]]
code = "purchase"
title = { en = "Purchases", zh = "消费" }
kinds = ["spending", "deposit"]
points = 1
per = "10.00"
block = "10.00"
[[version.earn]]
code = "dining"
title = { en = "Dining", zh = "餐饮" }
kinds = ["spending"]
merchants = ["dining"]
component = "bonus"
points = 1
per = "10.00"
block = "10.00"
[[version.multiplier]]
code = "gold"
title = { en = "Gold", zh = "金" }
factor = 2
when = { fact = "tier", equals = "GOLD" }
[[version.cap]]
code = "dining"
title = { en = "Dining a month", zh = "餐饮每月" }
rows = ["dining"]
limit = 15
dated_by = "transaction"
[[version.reward]]
code = "mug"
title = { en = "Mug", zh = "杯子" }
points = 30
value = "6.00"
"""

EXPECTED = """
id = "acme/expected"
kind = "loyalty.expectations"
[[version]]
since = 2020-01-01
source = { text = "Acme manual", clause = "5", checked = "own" }
currency = "EUR"
model = "cost-accrual"
[[version.cohort]]
code = "all"
share = "0.50"
per_point = "0.10"
"""

KINDS = '{ buy = "card", fee = "fee", paid_in = "deposit" }'


def part(**more: str) -> str:
    """Return the table `[points]`."""
    lines = {"programme": '"acme/points"', "kinds": KINDS, "sample": "1", **more}
    return "[points]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items())


PURCHASES = """
[[extract]]
table = "purchases"
files = ["purchases*.csv"]
[extract.columns]
ref = "REF"
customer = "CUST"
on = "DAY"
amount = "AMT"
currency = "CCY"
kind = "KIND"
mcc = "MCC"
refund_of = "OF"
"""
REDEMPTIONS = """
[[extract]]
table = "redemptions"
files = ["redemptions*.csv"]
[extract.columns]
ref = "REF"
customer = "CUST"
on = "DAY"
points = "POINTS"
reward = "REWARD"
cancels = "CANCELS"
"""

BOUGHT = "REF,CUST,DAY,AMT,CCY,KIND,MCC,OF\n"
SPENT = "REF,CUST,DAY,POINTS,REWARD,CANCELS\n"
FILES = {
    "purchases.csv": BOUGHT
    + "K1,C1,2026-01-05,505.00,EUR,buy,5411,\n"
    + "K2,C1,2026-01-20,200.00,EUR,buy,5812,\n"
    + "K3,C2,2026-01-07,100.00,EUR,buy,5411,\n"
    + "K4,C2,2026-01-09,40.00,EUR,fee,,\n"
    + "K5,C3,2026-01-10,300.00,EUR,buy,5411,\n"
    + "K6,C2,2026-01-28,95.00,EUR,back,,K3\n",
    "redemptions.csv": SPENT
    + "R1,C1,2026-01-25,,mug,\n"
    + "R2,C3,2026-01-11,25,,\n"
    + "R3,C3,2026-01-12,,mug,\n",
}
"""
C1 earns 50 and 20 + 15 of 20 by the cap, spends 30. C2 earns 10, nothing for the fee, and gives
back all but 5.00. C3 earns 30, spends 25 and is refused a mug.
"""

DAY = "2026-01-31"
PLAN = head(DAY) + part() + PURCHASES + REDEMPTIONS


def make(path: Path, *, plan: str = PLAN, files: dict[str, str] = FILES) -> BankFolder:
    """Write a bank whose customers have points; that of `FILES` where nothing else is said."""
    bank = make_bank(path, plan=plan, files=files)
    (path / "policies" / "points.toml").write_text(PROGRAMME, "utf-8")
    (path / "policies" / "expected.toml").write_text(EXPECTED, "utf-8")
    return bank


def points(bank: BankFolder, *names: str, day: str = DAY) -> dict[str, tuple[int, ...]]:
    """Return customer → figures of the results, by name."""
    return {
        row["customer"]: tuple(int(row[name]) for name in names)
        for row in table(bank.out / day / "points.csv")
    }


def entries(bank: BankFolder) -> int:
    """Return how many entries the record has."""
    with record(bank) as held:
        return len(held.journal.feed(limit=100_000))


def record(bank: BankFolder) -> Bank:
    """Open the record a run left."""
    return open_bank(f"sqlite:///{bank.out / 'bank.db'}", now=lambda: LATER)
