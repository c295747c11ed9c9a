"""
Stages, treatments, scores and segments of the Czech bank, counted without the package.

Everything here is written down a second time on purpose, from the rules of the example alone.
"""

from __future__ import annotations

import calendar
import csv
import gzip
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from math import exp, lgamma
from pathlib import Path

import attrs

DAY = timedelta(days=1)
BANK_MADE = {
    "interest credited",
    "payment for statement",
    "sanction interest if negative balance",
}
SPENDING = {"credit card withdrawal", "withdrawal in cash"}
DEALINGS = {
    *SPENDING,
    "remittance to another bank",
    "credit in cash",
    "collection from another bank",
}


def lines(file: Path) -> Iterator[dict[str, str]]:
    """
    Yield the rows of a gzipped file.
    """
    with gzip.open(file, "rb") as packed:
        yield from csv.DictReader(io.TextIOWrapper(packed, "utf-8"), delimiter=";")


def day(text: str) -> date:
    """
    Return a date written as YYMMDD.
    """
    return date(1900 + int(text[:2]), int(text[2:4]), int(text[4:]))


def later(since: date, months: int) -> date:
    """
    Return the day so many months later, the month's last where it has no such day.
    """
    place = since.year * 12 + since.month - 1 + months
    year, month = divmod(place, 12)
    return date(year, month + 1, min(since.day, calendar.monthrange(year, month + 1)[1]))


@attrs.frozen
class Dealing:
    """
    One row that is a dealing: its day, its amount in hellers, and whether it is spending.
    """

    on: date
    minor: int
    spending: bool


@attrs.define
class Owner:
    """
    What the files tell of the owner of an account.
    """

    business: set[date] = attrs.field(factory=set)
    dealings: list[Dealing] = attrs.field(factory=list)


def owners(folder: Path) -> dict[str, Owner]:
    """
    Return client → what the files tell, for the owners of the accounts with a loan.
    """
    loans = {
        row["account_id"]: day(row["date"])
        for row in lines(folder / "loan_354_loan_accounts.csv.gz")
    }
    client = {
        row["account_id"]: row["client_id"]
        for row in lines(folder / "disp.asc.gz")
        if row["type"] == "OWNER" and row["account_id"] in loans
    }
    held = {client[account]: Owner({on}) for account, on in loans.items()}
    for row in lines(folder / "trans_354_loan_accounts_1995-1998.csv.gz"):
        if row["k_symbol"] in BANK_MADE:
            continue
        on, owner = day(row["date"]), held[client[row["account_id"]]]
        owner.business.add(on)
        if row["operation"] in DEALINGS:
            minor = round(float(row["amount"]) * 100)
            owner.dealings.append(Dealing(on, minor, row["operation"] in SPENDING))
    return held


Change = tuple[str, date]


def stages(days: Sequence[date], until: date) -> list[Change]:
    """
    Return the stages of somebody who did business on days, up to a day, with their first days.

    Inactive strictly more than two months after the last day of business, lost strictly more than
    six; loyal a year after the first, with 36 days in twelve months.
    """
    found: list[Change] = []
    last: date | None = None

    def clocks(now: date) -> None:
        if last is None:
            return
        for stage, months in (("inactive", 2), ("lost", 6)):
            due = later(last, months) + DAY
            if due <= now and (stage, due) not in found:
                found.append((stage, due))

    for on in (held for held in days if held <= until):
        clocks(on - DAY)
        stage = found[-1][0] if found else ""
        recent = sum(later(on, -12) < held <= on for held in days)
        if stage == "":
            found.append(("first_time", on))
        elif stage == "lost":
            found.append(("won_back", on))
        elif stage in ("first_time", "inactive", "won_back"):
            found.append(("active", on))
        elif stage == "active" and later(days[0], 12) <= on and recent >= 36:
            found.append(("loyal", on))
        last = on
    clocks(until)
    return found


MEANT = {
    "welcome": ({"first_time"}, 12, True),
    "reward": ({"loyal"}, 12, False),
    "visit": ({"inactive", "lost"}, 3, True),
}
"""Treatment → the stages it is for, months of its cool-down, whether once in each stay."""


def treatments(changes: Sequence[Change], days: Sequence[date]) -> list[tuple[date, str]]:
    """
    Return which treatments are meant on which of the days asked.
    """
    found: list[tuple[date, str]] = []
    stays: set[tuple[str, date]] = set()
    for on in days:
        held = [change for change in changes if change[1] <= on]
        if not held:
            continue
        stage, since = held[-1]
        for code, (of, months, once) in MEANT.items():
            before = [when for when, what in found if what == code]
            cooling = any(on < later(when, months) for when in before)
            if stage in of and not cooling and not (once and (code, since) in stays):
                found.append((on, code))
                stays.add((code, since))
    return found


@attrs.frozen
class Grouped:
    """
    Where a customer belongs: behaviours and the segment, None before either is known.
    """

    behaviours: tuple[str, ...] = ()
    segment: str | None = None


def group(before: Grouped, owner: Owner, tier: str, on: date) -> Grouped:
    """
    Return where an owner belongs on a month-end; without turnover it is as it was before.
    """
    start = later(on + DAY, -12)
    moved = [held for held in owner.dealings if start <= held.on <= on]
    whole = sum(held.minor for held in moved)
    if not whole:
        return before
    share = sum(held.minor for held in moved if held.spending) * 10_000 // whole
    active = len({held.on for held in moved})
    spends = share >= 4_000
    behaviours = [code for code, holds in (("spending", spends), ("paying", active >= 60)) if holds]
    if tier == "GOLD":
        return Grouped(tuple(behaviours), "gold_spender" if spends else "gold")
    return Grouped(tuple(behaviours), "spender" if spends else "general")


def scores(values: dict[str, int], k: int, *, smaller: bool = False) -> dict[str, int]:
    """
    Return the scores of a population by smallest ranks, the largest value best or the smallest.
    """
    n, sign = len(values), -1 if smaller else 1
    ordered = sorted(sign * value for value in values.values())
    rank: dict[int, int] = {}
    for place, value in enumerate(ordered, 1):
        rank.setdefault(value, place)
    return {who: (k * rank[sign * value] + n - 1) // n for who, value in values.items()}


def flow(histories: Sequence[Sequence[Change]]) -> Counter[tuple[date, str, str]]:
    """
    Return (day, from, to) → how many moved, with "" for before the first stage.
    """
    moves: Counter[tuple[date, str, str]] = Counter()
    for history in histories:
        before = ""
        for stage, on in history:
            moves[on, before, stage] += 1
            before = stage
    return moves


def members(histories: Sequence[Sequence[Change]], on: date) -> Counter[str]:
    """
    Return stage → how many stand there at the end of a day.
    """
    held: dict[str, int] = defaultdict(int)
    for history in histories:
        reached = [stage for stage, since in history if since <= on]
        if reached:
            held[reached[-1]] += 1
    return Counter(held)


def months_paid_in(folder: Path, on: date) -> dict[str, tuple[int, int, int, int]]:
    """
    Return client → months after the first in which cash was paid in, the last of them, months since
    the first, and hellers paid in after the first month; of those who ever paid in by a month end.
    """
    client = {
        row["account_id"]: row["client_id"]
        for row in lines(folder / "disp.asc.gz")
        if row["type"] == "OWNER"
    }
    paid: dict[str, Counter[int]] = defaultdict(Counter)
    for row in lines(folder / "trans_354_loan_accounts_1995-1998.csv.gz"):
        if row["operation"] != "credit in cash" or row["k_symbol"] in BANK_MADE:
            continue
        when = day(row["date"])
        if when <= on:
            month = when.year * 12 + when.month
            paid[client[row["account_id"]]][month] += round(float(row["amount"]) * 100)
    found = {}
    for owner, months in paid.items():
        first, last = min(months), max(months)
        later = sum(amount for month, amount in months.items() if month > first)
        age = on.year * 12 + on.month - first
        found[owner] = (len(months) - 1, last - first, age, later)
    return found


def still_paying_in(
    parameters: tuple[float, float, float, float], x: int, last: int, age: int
) -> float:
    """
    Return the probability of BG/BB that somebody is still a customer in the next month.
    """
    a, b, c, d = parameters

    def beta(p: float, q: float) -> float:
        return exp(lgamma(p) + lgamma(q) - lgamma(p + q))

    def seen(until: int) -> float:
        return beta(a + x, b + until - x) / beta(a, b)

    stayed = seen(age) * beta(c, d + age) / beta(c, d)
    left = sum(seen(until) * beta(c + 1, d + until) / beta(c, d) for until in range(last, age))
    return seen(age) * beta(c, d + age + 1) / beta(c, d) / (stayed + left)
