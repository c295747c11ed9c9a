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
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, partial
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
from bankservice.core.scalars import Amount
from bankservice.journals import MemoryJournal
from bankservice.journals.sql import SqlJournal
from bankservice.loyalty.account.account import Account
from bankservice.loyalty.account.book import post_book
from bankservice.loyalty.account.commands import Enrol, Post
from bankservice.loyalty.account.instants import micros
from bankservice.loyalty.policy import SHELF
from bankservice.loyalty.record import ACCOUNT
from bankservice.loyalty.service import Accounts

ROUNDS: Final = 7
SHAPES: Final = ((100, 100), (500, 20), (2_000, 1))
"""Accounts, and purchases of each, in a batch."""
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
        f"""
[[version.merchants]]
code = "list-{number}"
title = {{ en = "List {number}", zh = "类别" }}
mcc = ["54{number}0-54{number}9"]
source = {{ text = "benchmark", clause = "1", checked = "own" }}
"""
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
        "window = { from_on = 2026-03-01, through_on = 2026-04-30 }",
    )
    + ROW.format(
        code="online",
        points=1,
        more='component = "bonus"\nlane = "bonus"\nwhen = { fact = "channel", within = "app" }',
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
limit = 200000
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
            first: int = self.again(ref, content, known)
            return first
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
            first: list[tuple[int, int]] = self.again(ref, content, known)
            return first
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
    tiers = ("STANDARD", "GOLD", "PLATINUM")
    return [
        (
            f"customer-{number % accounts}",
            Post(
                ref=f"purchase-{number}",
                amount=Amount(f"{20 + number * 37 % 900}.{number % 100:02d}"),
                mcc=f"54{number % 10}1",
                on=date(2026, 3, 1 + number % 28),
                tier=tiers[number % 3] if rich else "",
                channel="app" if rich else "",
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
    for accounts, each in SHAPES:
        plain, rich = purchases(accounts, each), purchases(accounts, each, rich=True)
        flat = flat_of(plain)
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


def redeem(accounts: Accounts, points: int, ref: str) -> None:
    """Redeem at once."""
    accounts.redeem(ref, CUSTOMER, ref=ref, points=points)


def redeem_by_hand(ledger: HandLedger, points: int, ref: str) -> None:
    """Redeem in the ledger by hand."""
    ledger.redeem(CUSTOMER, ref, points, MICROS)


def redeeming(act: Callable[[str], None], stem: str) -> float:
    """Return the median of nine redemptions, in seconds."""
    return median(seconds(partial(act, f"{stem}-{n}")) for n in range(9))


def spending() -> None:
    """Redeem from accounts of 10 to 10,000 lots, and read them again from their entries."""
    programme = policy(ONE_RULE)
    print("\nAccounts of so many lots, posted 100 at a time")
    titles = ("redeem, µs", "by hand, µs", "remembered", "replay, entries/s", "postings/s")
    print(f"  {'lots':>7}" + "".join(f"{title:>19}" for title in titles))
    for lots in SIZES:
        desk, journal = grown(programme, lots)
        alone = Accounts(journal, [programme], now=lambda: NOW)
        kept = Accounts(journal, [programme], now=lambda: NOW, remember=4)
        kept.state(CUSTOMER)
        points = 30 * max(1, min(lots, 1_000) // 2)
        took = redeeming(partial(redeem, alone, points // 9), "r")
        quick = redeeming(partial(redeem, kept, points // 9), "q")
        ledger = HandLedger([CUSTOMER])
        for row in flat_of(purchases(1, lots)):
            ledger.post(CUSTOMER, *row[1:])
        hand = redeeming(partial(redeem_by_hand, ledger, points // 9), "r")
        entries = len(journal.read(desk.stream(alone.subject_of(CUSTOMER))))
        read = median(seconds(partial(alone.state, CUSTOMER)) for _ in range(5))
        print(
            f"  {lots:>7,}{took * 1e6:>19,.0f}{hand * 1e6:>19,.0f}{quick * 1e6:>19,.0f}"
            f"{entries / read:>19,.0f}{lots / read:>19,.0f}"
        )


def room() -> None:
    """Measure the bytes of a posting, by itself and in a book, on disk and in memory."""
    programme = policy(ONE_RULE)
    count = 5_000
    print(f"\nBytes of {count:,} postings to one account, 100 at a time and one by one")
    for title, size in (("together", 100), ("one by one", 1)):
        with TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/bank.db"
            with SqlJournal.open(url) as journal:
                fill(journal, programme, count, size)
            on_disk = Path(folder, "bank.db").stat().st_size
        tracemalloc.start()
        memory = MemoryJournal()
        before = tracemalloc.get_traced_memory()[0]
        fill(memory, programme, count, size)
        gc.collect()
        in_memory = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        entries = count // size + 1
        print(
            f"  {title:12} SQLite {on_disk / count:8,.0f} a posting, {on_disk / entries:8,.0f} an "
            f"entry; in memory {in_memory / count:8,.0f} a posting, {in_memory / entries:8,.0f}"
        )


CUSTOMER: Final = "customer-0"
SIZES: Final = (10, 100, 1_000, 10_000)
MICROS: Final = int(NOW.timestamp()) * 1_000_000


def flat_of(rows: Rows) -> list[tuple[str, str, str, str, date, int]]:
    """Return purchases as the ledger by hand takes them."""
    return [
        (who, post.ref, str(post.amount), post.mcc, post.on or at.date(), micros(at))
        for who, post, at in rows
    ]


def grown(programme: Policy[Any], lots: int) -> tuple[Desk[Account], MemoryJournal]:
    """Return a journal in memory with one account of so many lots."""
    journal = MemoryJournal()
    accounts = fill(journal, programme, lots, 100)
    return accounts.desk, journal


def fill(journal: Journal, programme: Policy[Any], count: int, size: int) -> Accounts:
    """Post purchases to one account, so many at a time."""
    accounts = Accounts(journal, [programme], now=lambda: NOW, remember=4)
    accounts.enrol("enrol", CUSTOMER, at=OPENED)
    rows = purchases(1, count)
    for first in range(0, count, size):
        if size > 1:
            accounts.post_book(f"book-{first}", rows[first : first + size])
            continue
        _, post, at = rows[first]
        accounts.handle(
            Command(id=post.ref, subject=accounts.subject_of(CUSTOMER), body=post, at=at)
        )
    return accounts


def main() -> None:
    """Print all figures."""
    print(f"Python {sys.version.split()[0]}")
    posting()
    spending()
    room()


if __name__ == "__main__":
    main()
