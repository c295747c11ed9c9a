"""What the tests of complaints in a run share: a small bank whose extract is of complaints alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from run_tools import LATER, BankFolder, head, make_bank, table

from bankservice import run
from bankservice.bank import Bank, open_bank

PROMISE = """
id = "acme/promise"
kind = "complaints.service-levels"
[[version]]
since = 2020-01-01
source = { text = "Acme manual", clause = "3", checked = "own" }
zone = "Europe/Vienna"
[[version.clock]]
name = "answer"
title = { en = "Answer", zh = "答复" }
target = "P10D"
unit = "calendar-days"
stops_on = "respond"
"""

PART = """
[complaints]
policies = ["acme/promise"]
branch_days = 0
period = "P2M"
"""

COLUMNS = """
[[extract]]
table = "complaints"
files = ["complaints*.csv"]
[extract.columns]
case = "ID"
customer = "CUST"
received_on = "CAME"
channel = { column = "VIA", codes = { web = "web", tel = "hotline" } }
product = { column = "PROD", codes = { loan = "personal_loan", acct = "deposit" } }
issue = { column = "WHAT", codes = { fee = "unexpected_fee", wait = "waiting", leak = "data_leak" } }
cause = { column = "CAUSE", codes = { staff = "staff_error" } }
branch = "BR"
status = { column = "ST", codes = { O = "open", A = "answered", C = "closed", W = "withdrawn" } }
answered_on = "ANSWERED"
closed_on = "CLOSED"
"""
HEADER = "ID,CUST,CAME,VIA,PROD,WHAT,CAUSE,BR,ST,ANSWERED,CLOSED\n"
ROWS = (
    "K1,C1,2026-01-02,web,loan,fee,staff,B1,C,2026-01-12,2026-01-15\n"
    "K2,C2,2026-01-03,tel,acct,wait,,B1,A,2026-01-20,\n"
    "K3,C1,2026-01-10,tel,acct,wait,,B2,O,,\n"
    "K4,C3,2026-01-28,web,loan,fee,,B2,O,,\n"
    "K5,C4,2026-01-05,web,loan,fee,,B2,W,,2026-01-07\n"
)
"""K1 in time on the very last day, K2 late, K3 late and open, K4 open, K5 withdrawn in time."""

PLAN = head() + PART + COLUMNS


def make(path: Path, rows: str = ROWS, *, plan: str = PLAN, header: str = HEADER) -> BankFolder:
    """Write a bank with an extract of complaints; that of `ROWS` where nothing else is said."""
    bank = make_bank(path, plan=plan, files={"complaints.csv": header + rows})
    (path / "policies" / "promise.toml").write_text(PROMISE, "utf-8")
    return bank


def cases(bank: BankFolder, day: str = "2026-01-31") -> dict[str, dict[str, str]]:
    """Return case → row of the results."""
    return {row["case"]: row for row in table(bank.out / day / "complaints.csv")}


def record(bank: BankFolder, now: datetime = LATER) -> Bank:
    """Open the record a run left, later."""
    told = run.plan(bank.file)
    shelf = [path for path in told.policies if path.name == "promise.toml"]
    from bankservice import policies

    held = [policies.shelf().load(path) for path in shelf]
    return open_bank(
        f"sqlite:///{bank.out / 'bank.db'}",
        policies=held,
        complaints=[policy.id for policy in held],
        now=lambda: now + timedelta(days=1),
    )
