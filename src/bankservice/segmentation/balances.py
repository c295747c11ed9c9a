"""
Balance-days: from end-of-day balances to a measure, without ever dividing.

A day without a balance of its own repeats the last one before it (a weekend repeats Friday).
Foreign balances are converted day by day at the last rate published on or before that day. A
household's measure is that of all its members' accounts together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from operator import itemgetter

import attrs

from bankservice.core.calendar import add_months, days_between
from bankservice.core.decision import Reason, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.identifiers import checked_id
from bankservice.core.money import ExchangeRates, Quote, Rounding, digits_of, divide, parse_minor
from bankservice.core.scalars import Amount
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.segmentation.ladder import Ladder
from bankservice.segmentation.measure import Measure, amount

__all__ = [
    "SAYS",
    "Account",
    "BalanceFacts",
    "Balances",
    "EndOfDay",
    "Gap",
    "account_days",
    "measure_balances",
    "sum_days",
    "window_start",
]

WEIGHTED = 10_000
"""Weights are basis points."""

SUMMED = Says("balance-days", ("start", "end", "days"))
CONVERTED = Says("balance-converted", ("account", "currency", "days"))
MISSING = Says("balance-missing", ("account", "start", "end"))
ANSWER = Says("BALANCE_MEASURED", ("average", "days"))
NO_ANSWER = Says("BALANCE_UNKNOWN", ("account", "start"))

SAYS = (SUMMED, CONVERTED, MISSING, ANSWER, NO_ANSWER)


@attrs.frozen
class EndOfDay:
    """A balance at the end of a day, in the account's currency; it holds until the next one."""

    on: date
    balance: Amount


@attrs.frozen(kw_only=True)
class Account:
    """
    One account and its end-of-day balances.

    Attributes:
        id: Opaque id.
        currency: ISO 4217 code.
        opened_on: First day the account exists; days before it count nothing.
        closed_on: First day it no longer exists.
        balances: In any order, at most one a day.
        product: Product code, for weights.
        member: Whose account it is, in a household.
    """

    id: str
    currency: str
    opened_on: date
    balances: tuple[EndOfDay, ...]
    closed_on: date | None = None
    product: str = ""
    member: str = ""

    def __attrs_post_init__(self) -> None:
        checked_id(self.id, "account")
        if self.member:
            checked_id(self.member, "member")


@attrs.frozen(kw_only=True)
class BalanceFacts:
    """
    What balance-days are summed from.

    Attributes:
        on: Last day of the window (counted), in the policy's zone.
        accounts: The customer's accounts, or those of all members of a household.
        rates: Published rates into the policy's currency.
    """

    on: date
    accounts: tuple[Account, ...]
    rates: tuple[Quote, ...] = ()


@attrs.frozen
class Gap:
    """Days of an account for which a balance or a rate is missing: [start, end)."""

    account: str
    start: date
    end: date
    missing: str


@attrs.frozen
class Balances:
    """
    The measure, or why it is unknown.

    Attributes:
        balance_minor_days: Sum over the days, in minor units; 0 where something is missing.
        days: Days the sum is over.
        scale: 10,000 where weights were used, else 1.
        gaps: What is missing; the measure is unknown unless this is empty.
    """

    balance_minor_days: int
    days: int
    scale: int = 1
    gaps: tuple[Gap, ...] = ()

    @property
    def measure(self) -> Measure | UnknownType:
        """The measure, or unknown."""
        return UNKNOWN if self.gaps else Measure(self.balance_minor_days, self.days, self.scale)


def sum_days(changes: Sequence[tuple[int, int]], start: int, end: int) -> int:
    """
    Return the sum of a step function over the days [*start*, *end*).

    Args:
        changes: (day ordinal, value from that day on), ascending; the first at or before *start*.
        start: Ordinal of the first day.
        end: Ordinal of the day after the last.

    Examples:
        >>> sum_days([(0, 100_00), (10, 400_00)], 0, 31)
        940000
    """
    total = 0
    for (day, value), (until, _) in pairwise([*changes, (end, 0)]):
        total += value * max(0, min(until, end) - max(day, start))
    return total


def measure_balances(facts: BalanceFacts, ladder: Ladder, trace: Trace | None = None) -> Balances:
    """
    Sum end-of-day balances over the policy's window, in minor units times days.

    The version in force on `on` applies. The window ends with the day `on` (counted). A missing
    balance or rate makes the measure unknown and is listed with its days; nothing is guessed.

    Raises:
        FaultsError: If an account stands twice or has two balances on one day, an amount is finer
            than its currency, rates contradict each other, or the policy's levels are no money.

    Examples:
        >>> from datetime import date
        >>> from bankservice.segmentation import balance_days
        >>> account = {
        ...     "id": "a1",
        ...     "currency": "CNY",
        ...     "opened_on": "2025-12-01",
        ...     "balances": [
        ...         {"on": "2025-12-31", "balance": "100.00"},
        ...         {"on": "2026-01-11", "balance": "400.00"},
        ...     ],
        ... }
        >>> balance_days(
        ...     "cn-retail-shape", on=date(2026, 1, 31), accounts=[account]
        ... ).outcome.balance_minor_days
        940000
    """
    measurement = ladder.measurement
    rates = _checked(facts, ladder)
    end = facts.on + timedelta(days=1)
    start = window_start(facts.on, ladder)
    first = start
    if measurement.before_opening == "exclude" and facts.accounts:
        first = min(max(start, min(account.opened_on for account in facts.accounts)), facts.on)
    weighted = bool(measurement.weights)
    total = 0
    gaps: list[Gap] = []
    for account in facts.accounts:
        lives = (max(first, account.opened_on), min(end, account.closed_on or end))
        if lives[0] >= lives[1]:
            continue
        minor_days, missing = account_days(account, *lives, rates, Rounding(measurement.rounding))
        gaps.extend(missing)
        if trace is not None:
            _trace(trace, account, lives, missing, ladder)
        weight = measurement.weights.get(account.product, WEIGHTED) if weighted else 1
        total += weight * minor_days
    days = days_between(first, end)
    if trace is not None:
        trace.check(SUMMED(start=first, end=facts.on, days=days), True)
    return Balances(0 if gaps else total, days, WEIGHTED if weighted else 1, tuple(gaps))


def _checked(facts: BalanceFacts, ladder: Ladder) -> ExchangeRates:
    """Return the rates, or refuse facts that would count twice or cannot be summed."""
    if not ladder.currency:
        wanted = "a policy whose levels are in a currency"
        raise FaultsError("the balances", (Fault("accounts", "balances", wanted),))
    ids = [account.id for account in facts.accounts]
    twice = sorted({known for known in ids if ids.count(known) > 1})
    if twice:
        # A joint account stands with both members of a household, and is one account.
        wanted = "each account once"
        faults = tuple(
            Fault(f"accounts.{known}", "the same account twice", wanted) for known in twice
        )
        raise FaultsError("the balances", faults)
    try:
        return ExchangeRates(ladder.currency, facts.rates)
    except ValueError as error:
        raise FaultsError("the rates", (Fault("rates", "these quotes", str(error)),)) from None


def window_start(on: date, ladder: Ladder) -> date:
    """Return the first day (counted) of the window that ends with the day *on* (counted)."""
    window = ladder.measurement.window
    return add_months(on + timedelta(days=1), -window.months) - timedelta(days=window.days)


def account_days(
    account: Account, start: date, end: date, rates: ExchangeRates, rounding: Rounding
) -> tuple[int, tuple[Gap, ...]]:
    """
    Sum one account's end-of-day balances over [*start*, *end*), converted day by day.

    Returns:
        Minor units of the rates' home currency times days, and what is missing; days with a gap
        count nothing.
    """
    steps, gaps = _steps(account, start, end, rates, rounding)
    return sum_days(steps, start.toordinal(), end.toordinal()), tuple(gaps)


def _steps(
    account: Account, start: date, end: date, rates: ExchangeRates, rounding: Rounding
) -> tuple[list[tuple[int, int]], list[Gap]]:
    """Return the account's converted balance as steps over [start, end), and what is missing."""
    known = sorted(account.balances, key=lambda balance: balance.on)
    for earlier, later in pairwise(known):
        if earlier.on == later.on:
            raise FaultsError(
                "the balances",
                (
                    Fault(
                        f"accounts.{account.id}.balances",
                        f"two on {later.on}",
                        "one end-of-day balance a day",
                    ),
                ),
            )
    digits = digits_of(account.currency)
    points = [
        (balance.on, _minor(account, balance, digits)) for balance in known if balance.on < end
    ]
    gaps = []
    if not points or points[0][0] > start:
        gaps.append(Gap(account.id, start, min(points[0][0], end) if points else end, "balance"))
    begin = max(start, points[0][0]) if points else end
    turns = sorted(
        {
            begin,
            *(on for on, _ in points if begin < on < end),
            *(day for day in rates.changes(account.currency, begin, end) if day > begin),
        }
    )
    steps: list[tuple[int, int]] = []
    for place, day in enumerate(turns):
        if day >= end:
            break
        minor = points[bisect_right(points, day, key=itemgetter(0)) - 1][1]
        ratio = rates.ratio(account.currency, day)
        if ratio is None:
            until = turns[place + 1] if place + 1 < len(turns) else end
            gaps.append(Gap(account.id, day, until, f"rate of {account.currency}"))
            continue
        steps.append((day.toordinal(), divide(minor * ratio[0], ratio[1], rounding)))
    return steps, gaps


def _minor(account: Account, balance: EndOfDay, digits: int) -> int:
    try:
        return parse_minor(balance.balance, digits)
    except ValueError as error:
        raise FaultsError(
            "the balances",
            (
                Fault(
                    f"accounts.{account.id}.balances.{balance.on}",
                    repr(balance.balance),
                    str(error),
                ),
            ),
        ) from None


def _trace(
    trace: Trace, account: Account, lives: tuple[date, date], missing: Iterable[Gap], ladder: Ladder
) -> None:
    for gap in missing:
        trace.check(
            MISSING(account=account.id, start=gap.start, end=gap.end - timedelta(days=1)), None
        )
    if account.currency != ladder.currency:
        says = CONVERTED(account=account.id, currency=account.currency, days=days_between(*lives))
        trace.check(says, True)


def answer(facts: BalanceFacts, ladder: Ladder, outcome: Balances) -> Reason:
    """Return the main reason of a measurement."""
    if outcome.gaps:
        return NO_ANSWER(account=outcome.gaps[0].account, start=outcome.gaps[0].start)
    average = Fraction(outcome.balance_minor_days, outcome.days * outcome.scale)
    return ANSWER(average=amount(average, ladder), days=outcome.days)
