"""
What customers do, month after month, as lines of the transaction extract.

A person's accounts are lived through together, so that a transfer leaves one on the day it reaches
the other. This is the demo's hot path: events are plain tuples, and lines are written at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from bankservice.demo.people import Account, Person
from bankservice.demo.seasons import PURCHASES, UNIT, Month

__all__ = ["CODES", "HEADER", "Event", "live", "money", "pause"]

HEADER: Final = "ACCT_NO,TXN_DT,DC,AMT,BAL,TXN_CD\n"

CODES: Final = {
    "SAL": "salary",
    "PEN": "pension",
    "ALW": "allowance",
    "MER": "takings",
    "POS": "card",
    "QRP": "card",
    "ONL": "card",
    "ATM": "cash",
    "CSH": "cash",
    "RNT": "rent",
    "UTL": "utilities",
    "INT": "interest",
    "VAL": "valuation",
    "TRF": "transfer",
    "RED": "gift",
    "BUY": "purchase",
    "CLS": "closing",
}
"""Transaction codes of the bank → what they are."""

Event = tuple[int, int, str]
"""Index of the day, amount (negative goes out; 0 is a quarter's interest), transaction code."""

Roll = Callable[[], float]

FEN: Final = tuple(f".{fen:02d}" for fen in range(100))
TAKINGS: Final = 6
"""Takings a shop books in a month."""

SUPPLIES: Final = 4
"""Payments a shop makes to its suppliers in a month."""

SHIFT: Final = UNIT.bit_length() - 1


def money(minor: int) -> str:
    """
    Return an amount as the extracts write it.

    Examples:
        >>> money(123456), money(-5)
        ('1234.56', '-0.05')
    """
    sign, minor = ("-", -minor) if minor < 0 else ("", minor)
    return f"{sign}{minor // 100}{FEN[minor % 100]}"


def pause(
    person: Person,
    months: Sequence[Month],
    pages: Sequence[list[str]],
    rng: Random,
    quiet: tuple[int, int],
) -> None:
    """Append what *person* does who is quiet for some months; nobody after them is drawn anew."""
    balances = [account.balance for account in person.accounts]
    before = rng.getstate()
    live(person, months, tuple([] for _ in months), rng)
    after = rng.getstate()
    for account, balance in zip(person.accounts, balances, strict=True):
        account.balance = balance
    rng.setstate(before)
    live(person, months, pages, rng, quiet)
    rng.setstate(after)


def live(
    person: Person,
    months: Sequence[Month],
    pages: Sequence[list[str]],
    rng: Random,
    quiet: tuple[int, int] = (0, 0),
) -> None:
    """
    Append what *person* does to the page of each month; the accounts are changed.

    From the first to before the second month of *quiet* only the bank books something: interest.
    """
    roll = rng.random
    first = person.starts[0] if person.starts else 0
    last = person.ends[0] if person.ends else len(months) - 1
    income = person.income
    for index in range(first, last + 1):
        month, page = months[index], pages[index]
        if quiet[0] <= index < quiet[1]:
            if month.interest is not None:
                for account in person.accounts:
                    _post(account, month, [(month.interest, 0, "INT")], page)
            continue
        if month.first.month == person.raised_in:
            income += income * person.raised_by // 100
        events = _usual(person, month, income, roll)
        luck = roll()
        if luck < 0.03:
            _chance(person, month, events, luck, page, roll)
        events.sort()
        ends = person.ends is not None and index == last
        if person.starts and index == first:
            start = person.starts[1]
            events = [event for event in events if event[0] > start]
            events.insert(0, (start, person.deposit, "CSH"))
        elif ends:
            end = person.ends[1] if person.ends else 0
            events = [event for event in events if event[0] < end]
        _post(person.main, month, events, page)
        if person.foreign is not None:
            _abroad(person.foreign, month, page, roll)
        if ends:
            _leave(person, month, page)
        elif person.savings is not None:
            _save(person.main, person.savings, month, income, page, roll)


def _usual(person: Person, month: Month, income: int, roll: Roll) -> list[Event]:
    """Return a month's income, purchases and bills."""
    group, purchase = person.group, person.purchase
    count = int(group.payments * month.busy * (0.6 + 0.8 * roll()) + 0.5)
    start = int(roll() * (PURCHASES - 64))
    events: list[Event] = [
        (day, -1 - (size * purchase >> SHIFT), code)
        for day, size, code in month.purchases[start : start + count]
    ]
    events.append((month.paydays[person.payday], income, group.earns))
    if person.rent:
        events.append((person.rent_day, -person.rent, "RNT"))
    if person.bill:
        # Heating in winter, cooling in summer.
        much = 8 if month.first.month in (1, 2, 7, 8, 12) else 5
        events.append((person.bill_day, -person.bill * much // 5, "UTL"))
    if month.interest is not None:
        events.append((month.interest, 0, "INT"))
    if group.shop:
        _trade(month, income * 2, start, events)
    if group.earns == "SAL":
        if month.bonus is not None:
            events.append((month.bonus, income, "SAL"))
        if month.festival is not None:
            gift = int(income * (0.2 + 0.5 * roll())) // 2_000 * 2_000
            events.append((month.festival, -gift - 2_000, "RED"))
    elif month.festival is not None:
        events.append((month.festival, int(roll() * 20) * 5_000 + 5_000, "RED"))
    return events


def _trade(month: Month, turnover: int, start: int, events: list[Event]) -> None:
    """Add a shop's takings and what it pays its suppliers; the festival month is a thin one."""
    part = turnover // TAKINGS if month.festival is None else turnover // TAKINGS // 3
    middle = start + TAKINGS
    for day, size, _ in month.purchases[start:middle]:
        events.append((day, 1 + (size * part >> SHIFT), "MER"))
    part = part * TAKINGS // SUPPLIES
    for day, size, _ in month.purchases[middle : middle + SUPPLIES]:
        events.append((day, -1 - (size * part >> SHIFT), "TRF"))


def _chance(
    person: Person, month: Month, events: list[Event], luck: float, page: list[str], roll: Roll
) -> None:
    """Add what happens to few: a big purchase paid from savings, or money from outside."""
    day = 1 + int(roll() * 13)
    savings = person.savings
    saved = savings.balance if savings is not None else 0
    if luck >= 0.018:
        held = person.main.balance + saved + 2 * person.income
        events.append((day, int(held * (0.3 + 1.0 * roll())) // 100 * 100, "TRF"))
        return
    if savings is not None and saved > 0:
        saved = int(saved * (0.4 + 0.6 * roll()))
        _post(savings, month, [(day, -saved, "TRF")], page)
        events.append((day, saved, "TRF"))
    spent = saved + int(max(person.main.balance, 0) * (0.3 + 0.5 * roll()))
    events.append((day + 1, -1 - spent // 100 * 100, "BUY"))


def _save(
    main: Account, savings: Account, month: Month, income: int, page: list[str], roll: Roll
) -> None:
    """Book interest or a valuation, and sweep what is left over into savings at the month's end."""
    end = len(month.days) - 1
    if savings.product == "WMP":
        change = int(savings.balance * (0.012 * roll() - 0.004))
        if change:
            _post(savings, month, [(end, change, "VAL")], page)
    elif month.interest is not None:
        _post(savings, month, [(month.interest, 0, "INT")], page)
    over = main.balance - 2 * income
    if over > income and roll() < 0.7:
        over = over // 10_000 * 10_000
        _post(main, month, [(end, -over, "TRF")], page)
        _post(savings, month, [(end, over, "TRF")], page)


def _abroad(account: Account, month: Month, page: list[str], roll: Roll) -> None:
    """Move something on an account in a foreign currency, now and then."""
    events: list[Event] = []
    if roll() < 0.35:
        much = 1 + int(account.balance * 0.2 * roll())
        events.append((int(roll() * 16), much if roll() < 0.55 else -much, "TRF"))
    if month.interest is not None and account.closed_on is None:
        events.append((month.interest, 0, "INT"))
    _post(account, month, events, page)


def _leave(person: Person, month: Month, page: list[str]) -> None:
    """Pay out every account of a leaver."""
    assert person.ends is not None, "only leavers leave"
    for account in person.accounts:
        if account.balance:
            # An overdraft is paid off, anything else is paid out.
            code = "CLS" if account.balance > 0 else "CSH"
            _post(account, month, [(person.ends[1], -account.balance, code)], page)


def _post(account: Account, month: Month, events: list[Event], page: list[str]) -> None:
    """Append one line for each event; what the balance does not cover is declined, so no line."""
    number, balance, floor, days = account.number, account.balance, account.floor, month.days
    for day, amount, code in events:
        if amount < 0:
            if balance + amount < floor:
                continue
            balance += amount
            amount, side = -amount, "D"
        else:
            if amount == 0:
                amount = balance * account.rate * 91 // 3_650_000
                if amount <= 0:
                    continue
            balance += amount
            side = "C"
        if balance >= 0:
            page.append(
                f"{number},{days[day]},{side},{amount // 100}{FEN[amount % 100]},"
                f"{balance // 100}{FEN[balance % 100]},{code}\n"
            )
        else:
            page.append(
                f"{number},{days[day]},{side},{amount // 100}{FEN[amount % 100]},"
                f"{money(balance)},{code}\n"
            )
    account.balance = balance
