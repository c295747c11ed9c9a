"""
What posting purchases costs, beside a ledger of points written by hand; and how accounts grow.

    python benchmarks/loyalty.py

The ledger by hand is what a careful programmer would write for one programme: integers, lots in a
heap by expiry, every draw recorded, every reference once for ever. It keeps nothing on disk, has
one rule in its code, and explains nothing. Ours posts the same purchases as one batch to a journal
in memory. Both are timed in interleaved rounds by the processor's time; the figure is the median
over rounds of the ratio within a round.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from heapq import heappop, heappush
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final
from zoneinfo import ZoneInfo

from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.journal import Journal
from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.journals import MemoryJournal
from bankservice.journals.sql import SqlJournal
from bankservice.loyalty.account.account import Account
from bankservice.loyalty.account.book import post_book
from bankservice.loyalty.account.commands import Enrol, Post, Redeem
from bankservice.loyalty.policy import SHELF
from bankservice.loyalty.record import ACCOUNT

ROUNDS: Final = 9
ACCOUNTS: Final = 250
EACH: Final = 20
"""Purchases of an account in a batch: those of a month."""
ZONE: Final = ZoneInfo("Asia/Shanghai")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
OPENED: Final = datetime(2026, 1, 1, tzinfo=UTC)
NOW: Final = datetime(2026, 6, 1, tzinfo=UTC)

HEAD: Final = """
id = "bench/points"
kind = "loyalty.programme"
[[version]]
since = 2020-01-01
source = { text = "benchmark", clause = "1", checked = "own" }
zone = "Asia/Shanghai"
currency = "CNY"
points = { code = "P", title = { en = "points", zh = "积分" } }
rounding = { mode = "floor", of = "parts", unit = "transaction" }
expiry = { mode = "after", period = "P24M", round_to = "month" }
"""
ROW: Final = """
[[version.earn]]
code = "{code}"
title = {{ en = "{code}", zh = "消费" }}
kinds = ["spending"]
points = {points}
per = "1.00"
{more}
"""
ONE_RULE: Final = HEAD + ROW.format(code="purchase", points=1, more="")
TEN_RULES: Final = (
    HEAD
    + "".join(
        f'''
[[version.merchants]]
code = "list-{number}"
title = {{ en = "List {number}", zh = "类别" }}
mcc = ["54{number}0-54{number}9"]
source = {{ text = "benchmark", clause = "1", checked = "own" }}
'''
        for number in range(1, 7)
    )
    + ROW.format(code="purchase", points=1, more="")
    + "".join(
        ROW.format(
            code=f"category-{number}",
            points=number,
            more=f'component = "bonus"\nlane = "bonus"\nmerchants = ["list-{number}"]',
        )
        for number in range(1, 7)
    )
    + ROW.format(
        code="gold",
        points=1,
        more='component = "bonus"\nlane = "bonus"\nwhen = { fact = "tier", equals = "GOLD" }',
    )
    + ROW.format(
        code="campaign",
        points=2,
        more='component = "promo"\nlane = "bonus"\nenrolment = true\n'
        'window = { from_on = 2026-03-01, through_on = 2026-04-30 }',
    )
    + ROW.format(
        code="online",
        points=1,
        more='component = "bonus"\nlane = "bonus"\n'
        'when = { fact = "channel", within = "app" }',
    )
    + """
[[version.lane]]
code = "bonus"
mode = "all"
[[version.multiplier]]
code = "platinum"
title = { en = "Platinum", zh = "白金" }
factor = 1.5
when = { fact = "tier", equals = "PLATINUM" }
[[version.cap]]
code = "month"
title = { en = "A month", zh = "每月" }
limit = 20000
period = "month"
dated_by = "posting"
[[version.cap]]
code = "bonus"
title = { en = "Bonus points of a day", zh = "每日奖励积分" }
limit = 2000
period = "day"
dated_by = "posting"
rows = ["category-1", "category-2", "category-3", "category-4", "category-5", "category-6"]
"""
)


# -- by hand ---------------------------------------------------------------------------------------


@cache
def lapse(on: date) -> int:
    """Return the end of the month 24 months after a day, in microseconds."""
    months = on.year * 12 + on.month + 24
    end = datetime(months // 12, months % 12 + 1, 1, tzinfo=ZONE)
    return (end - EPOCH) // timedelta(microseconds=1)


class RefConflictError(Exception):
    """A reference was used for something else."""


class TooFewPointsError(Exception):
    """There are not as many points."""


@dataclass(slots=True)
class HandLot:
    """Points that came in together."""

    number: int
    ref: str
    granted: int
    left: int
    earned_on: date
    available_at: int
    expires_at: int


@dataclass(slots=True)
class HandAccount:
    """The lots of one customer, and those with points left by expiry."""

    lots: list[HandLot] = field(default_factory=list)
    heap: list[tuple[int, int]] = field(default_factory=list)


class HandLedger:
    """Accounts of points in integers: one point for every whole yuan, for 24 months."""

    def __init__(self, customers: Iterable[str]) -> None:
        self.accounts = {customer: HandAccount() for customer in customers}
        self.done: dict[str, tuple[tuple[object, ...], object]] = {}

    def post(self, customer: str, ref: str, amount: str, mcc: str, on: date, at: int) -> int:
        """Post a purchase; the same again gives the first answer."""
        content = (customer, amount, mcc, on)
        known = self.done.get(ref)
        if known is not None:
            return self.again(ref, content, known)
        minor = int(Decimal(amount) * 100)
        if minor < 0:
            raise ValueError(amount)
        account = self.accounts[customer]
        points = minor // 100
        if points:
            number = len(account.lots) + 1
            expires_at = lapse(on)
            account.lots.append(HandLot(number, ref, points, points, on, at, expires_at))
            heappush(account.heap, (expires_at, number))
        self.done[ref] = content, points
        return points

    def redeem(self, customer: str, ref: str, points: int, at: int) -> list[tuple[int, int]]:
        """Draw points from the lots that lapse first; the same again gives the first answer."""
        content = (customer, points)
        known = self.done.get(ref)
        if known is not None:
            return self.again(ref, content, known)
        account = self.accounts[customer]
        if sum(lot.left for lot in account.lots if lot.expires_at > at) < points:
            raise TooFewPointsError(ref)
        draws = []
        missing = points
        while missing:
            expires_at, number = account.heap[0]
            lot = account.lots[number - 1]
            if expires_at > at:
                taken = min(lot.left, missing)
                lot.left -= taken
                missing -= taken
                draws.append((number, taken))
            if expires_at <= at or not lot.left:
                heappop(account.heap)
        self.done[ref] = content, draws
        return draws

    @staticmethod
    def again(ref: str, content: tuple[object, ...], known: tuple[Any, Any]) -> Any:
        """Return the first answer."""
        if known[0] != content:
            raise RefConflictError(ref)
        return known[1]


# -- ours ------------------------------------------------------------------------------------------

Rows = list[tuple[str, Post, datetime]]


def purchases(accounts: int, each: int, *, rich: bool = False) -> Rows:
    """Return a month's purchases, account after account in turn, as a file would have them."""
    more: Callable[[int], dict[str, str]] = lambda number: (  # noqa: E731
        {"tier": ("STANDARD", "GOLD", "PLATINUM")[number % 3], "channel": "app"} if rich else {}
    )
    return [
        (
            f"customer-{number % accounts}",
            Post(
                ref=f"purchase-{number}",
                amount=f"{20 + number * 37 % 900}.{number % 100:02d}",
                mcc=f"54{number % 10}1",
                on=date(2026, 3, 1 + number % 28),
                **more(number),
            ),
            datetime(2026, 3, 1 + number % 28, 5, number % 60, tzinfo=UTC),
        )
        for number in range(accounts * each)
    ]


def policy(text: str) -> Policy[Any]:
    """Return a programme."""
    return SHELF.read(text, "the benchmark")


def opened(desk: Desk[Account], accounts: int, journal: Journal) -> Journal:
    """Open accounts."""
    campaign = {row.code for row in desk.policies[0].versions[0].parameters.written.earn}
    joined = "campaign" if "campaign" in campaign else ""
    commands = [
        Command(
            id=f"enrol-{number}",
            subject=f"customer-{number}",
            body=Enrol(campaign=joined),
            at=OPENED,
        )
        for number in range(accounts)
    ]
    serve(desk.batch("opening", commands, NOW), journal)
    return journal


def seconds(job: Callable[[], object]) -> float:
    """Return the processor's time a job takes."""
    gc.collect()
    begun = time.process_time()
    job()
    return time.process_time() - begun


def posting() -> None:
    """Post a month of purchases by hand, under one rule and under ten."""
    one, ten = Desk(ACCOUNT, (policy(ONE_RULE),)), Desk(ACCOUNT, (policy(TEN_RULES),))
    for accounts, each in ((ACCOUNTS, EACH), (ACCOUNTS * EACH, 1)):
        plain, rich = purchases(accounts, each), purchases(accounts, each, rich=True)
        flat = [
            (who, post.ref, str(post.amount), post.mcc, post.on, int(at.timestamp()) * 1_000_000)
            for who, post, at in plain
        ]
        customers = [f"customer-{number}" for number in range(accounts)]
        ratios: dict[str, list[float]] = {"one rule": [], "ten rules": []}
        times: dict[str, list[float]] = {"by hand": [], "one rule": [], "ten rules": []}
        for _ in range(ROUNDS):
            ledger = HandLedger(customers)
            base = seconds(lambda: [ledger.post(*row) for row in flat])  # noqa: B023
            times["by hand"].append(base)
            for name, desk, rows in (("one rule", one, plain), ("ten rules", ten, rich)):
                journal = opened(desk, accounts, MemoryJournal())
                took = seconds(
                    lambda: serve(post_book(desk, "book", rows, now=NOW), journal)  # noqa: B023
                )
                times[name].append(took)
                ratios[name].append(base / took)
        print(f"\nPosting {len(plain):,} purchases, {each} to an account")
        for name, found in times.items():
            each_one = median(found) / len(plain) * 1e6
            ratio = f"  x{median(ratios[name]):.2f} of the rate by hand" if name in ratios else ""
            print(f"  {name:12} {each_one:8.2f} µs each{ratio}")


def main() -> None:
    """Print all figures."""
    print(f"Python {sys.version.split()[0]}")
    posting()


if __name__ == "__main__":
    main()
