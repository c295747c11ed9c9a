"""
The customers of the demo: groups of people, what they earn, spend and hold.

Shares, incomes and wealth are made up, so that a tier policy finds most people at its base and
few at its top. Amounts are minor units (fen, cents).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from math import exp
from random import Random
from typing import Final

import attrs

from bankservice.demo.seasons import PAYDAYS, Month

__all__ = ["GROUPS", "Account", "Group", "People", "Person"]

YUAN: Final = 100
OLDEST: Final = 7_800
"""Days before the first month on which the oldest accounts were opened."""


@attrs.frozen
class Group:
    """
    A kind of customer.

    Attributes:
        name: For readers of the code.
        share: How many of a thousand customers.
        income: What half of them earn less than, a month, in yuan.
        wealth: What half of them hold less than, in yuan.
        spread: Sigma of the log-normal wealth.
        spends: Share of the income that goes into purchases, in percent.
        rents: Share of the income that goes into rent or a mortgage, in percent.
        payments: Purchases in a plain month.
        earns: Transaction code of the income.
        shop: Whether takings come in and suppliers are paid.
    """

    name: str
    share: int
    income: int
    wealth: int
    spread: float
    spends: int
    rents: int = 0
    payments: int = 6
    earns: str = "SAL"
    shop: bool = False


GROUPS: Final = (
    Group("salaried", 480, income=7_500, wealth=14_000, spread=1.15, spends=76, rents=22),
    Group("family", 170, income=15_000, wealth=38_000, spread=1.2, spends=76, rents=30, payments=8),
    Group("retired", 140, income=3_900, wealth=42_000, spread=1.15, spends=96, earns="PEN"),
    Group("owner", 70, income=9_000, wealth=60_000, spread=1.4, spends=92, earns="TRF", shop=True),
    Group("wealthy", 30, income=48_000, wealth=900_000, spread=1.0, spends=90, payments=9),
    Group("student", 110, income=1_900, wealth=2_800, spread=0.8, spends=98, earns="ALW"),
)
"""The groups; shares add up to a thousand."""


@attrs.define(eq=False, kw_only=True)
class Account:
    """
    One account while the demo lives through it.

    Attributes:
        number: Its id.
        product: `CUR` current, `TDP` time deposit, `WMP` wealth product, `FCY` foreign currency.
        currency: ISO 4217 code.
        opened_on: First day it exists.
        closed_on: First day it no longer exists, if it is closed in these months.
        balance: Running balance; before the first month, what the extract brings forward.
        floor: Lowest balance: 0, or the overdraft below it.
        rate: Interest a year, in basis points.
    """

    number: str
    product: str
    currency: str = "CNY"
    opened_on: date
    closed_on: date | None = None
    balance: int
    floor: int = 0
    rate: int = 5


@attrs.frozen(eq=False, kw_only=True)
class Person:
    """
    One customer: habits that stay, and the accounts.

    Attributes:
        id: Opaque id.
        group: What kind of customer.
        income: A month's, at the start.
        purchase: Size of one purchase, for a size of one `UNIT`.
        rent: Rent or mortgage of a month.
        bill: Utilities of a plain month.
        payday: Day of the month on which pay comes.
        rent_day: Index of the day rent is due.
        bill_day: Index of the day utilities are due.
        raised_in: Month of the year in which pay rises.
        raised_by: By how much, in percent.
        main: The account everything goes through.
        savings: Where what is left over goes; None for most.
        foreign: An account in another currency, if any.
        starts: (index of the month, index of the day) of a newcomer's first deposit.
        deposit: That deposit.
        ends: (index of the month, index of the day) of a leaver's last payment.
    """

    id: str
    group: Group
    income: int
    purchase: int
    rent: int
    bill: int
    payday: int
    rent_day: int
    bill_day: int
    raised_in: int
    raised_by: int
    main: Account
    savings: Account | None
    foreign: Account | None
    starts: tuple[int, int] | None
    deposit: int
    ends: tuple[int, int] | None

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The accounts, the main one first."""
        return tuple(held for held in (self.main, self.savings, self.foreign) if held is not None)


class People:
    """Draws customers, one after the other."""

    def __init__(self, months: Sequence[Month], rng: Random) -> None:
        """Start with nobody drawn."""
        self._months = months
        self._first = months[0].first
        self._rng = rng
        self._pool = tuple(group for group in GROUPS for _ in range(group.share))
        self._accounts = 0

    def draw(self, number: int) -> Person:
        """Return the customer of that number."""
        rng = self._rng
        group = self._pool[int(rng.random() * 1000)]
        income = int(group.income * YUAN * exp(0.35 * rng.gauss(0.0, 1.0))) // 1000 * 1000 + 1000
        wealth = int(group.wealth * YUAN * exp(group.spread * rng.gauss(0.0, 1.0)))
        starts, ends = self._stay(rng.random())
        opened, closed = self._opened(starts), self._after(ends)
        main, savings = self._split(group, income, wealth, opened, closed, starts is not None)
        foreign = None
        if starts is None and rng.random() < 0.03:
            foreign = self._open("FCY", wealth // 20 + 50_000, opened, closed)
            foreign.currency = "USD" if rng.random() < 0.6 else "HKD"
            foreign.rate = 20
        rents = group.rents and rng.random() < 0.7
        return Person(
            id=f"C{number:07d}",
            group=group,
            income=income,
            purchase=income * group.spends // 100 // group.payments,
            rent=income * group.rents // 100 // 10_000 * 10_000 if rents else 0,
            bill=int(12_000 + 30_000 * rng.random()) if group.rents or group.shop else 0,
            payday=PAYDAYS[int(rng.random() * len(PAYDAYS))],
            rent_day=int(rng.random() * 8),
            bill_day=8 + int(rng.random() * 18),
            raised_in=1 + int(rng.random() * 12),
            raised_by=int(rng.random() * 10),
            main=main,
            savings=savings,
            foreign=foreign,
            starts=starts,
            deposit=wealth + 1_000 if starts is not None else 0,
            ends=ends,
        )

    def _stay(self, luck: float) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
        """Return when somebody comes, and when somebody goes; most do neither."""
        if luck >= 0.07:
            return None, None
        rng = self._rng
        month = int(rng.random() * len(self._months))
        if luck < 0.05:
            return (month, int(rng.random() * 20)), None
        # After the 16th: what a month moves between accounts has been moved by then.
        return None, (month, 17 + int(rng.random() * 8))

    def _opened(self, starts: tuple[int, int] | None) -> date:
        if starts is not None:
            return self._months[starts[0]].first + timedelta(days=starts[1])
        return self._first - timedelta(days=1 + int(self._rng.random() * OLDEST))

    def _after(self, ends: tuple[int, int] | None) -> date | None:
        if ends is None:
            return None
        return self._months[ends[0]].first + timedelta(days=ends[1] + 1)

    def _split(
        self, group: Group, income: int, wealth: int, opened: date, closed: date | None, new: bool
    ) -> tuple[Account, Account | None]:
        """Return the main account, and one for savings where there is enough for it."""
        rng = self._rng
        kept = min(wealth, int(income * (0.5 + 2.5 * rng.random())))
        rest = wealth - kept
        saves = not new and rest > 2_000_000 and rng.random() < 0.75
        main = self._open("CUR", 0 if new else kept if saves else wealth, opened, closed)
        if group.shop and rng.random() < 0.2:
            main.floor = -income // 1000 * 1000
        if not saves:
            return main, None
        product = "WMP" if rest > 20_000_000 and rng.random() < 0.6 else "TDP"
        savings = self._open(product, rest // 10_000 * 10_000, opened, closed)
        savings.rate = 135
        return main, savings

    def _open(self, product: str, balance: int, opened: date, closed: date | None) -> Account:
        self._accounts += 1
        return Account(
            number=f"A{self._accounts:08d}",
            product=product,
            opened_on=opened,
            closed_on=closed,
            balance=balance,
        )
