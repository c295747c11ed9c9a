"""What the register tells of each customer: known since when, with what, until when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import attrs

from bankservice.run.register import Register

__all__ = ["Life", "lives"]


@attrs.frozen(kw_only=True)
class Life:
    """
    What the register tells of one customer.

    Attributes:
        known_on: Day the bank came to know of the customer; None where nobody says.
        opened_on: Day the first account was opened; None likewise.
        ends: Days from which the customer held nothing, each with why.
        products: Days on which the number of products changed, each with the new number.
    """

    known_on: date | None = None
    opened_on: date | None = None
    ends: tuple[tuple[date, str], ...] = ()
    products: tuple[tuple[date, int], ...] = ()

    @property
    def since(self) -> date | None:
        """The first day the register tells of the customer."""
        days = [day for day in (self.known_on, self.opened_on) if day is not None]
        return min(days, default=None)

    def held_on(self, day: date) -> int | None:
        """Return how many products the customer held on a day; None where nobody says."""
        held = [number for since, number in self.products if since <= day]
        return held[-1] if held else None


def lives(register: Register) -> Mapping[str, Life]:
    """Return customer → what the register tells."""
    held: dict[str, list[tuple[str, date | None, date | None]]] = {}
    columns = ("account", "customer", "product", "opened_on", "closed_on")
    for account, customer, product, opened, closed in register.accounts.select(columns).iter_rows():
        held.setdefault(customer, []).append((product or account, opened, closed))
    return {
        row["customer"]: _life(row, held.get(row["customer"], []))
        for row in register.customers.iter_rows(named=True)
    }


def _life(row: Mapping[str, object], accounts: list[tuple[str, date | None, date | None]]) -> Life:
    known_on, ended_on = row["known_on"], row["ended_on"]
    assert known_on is None or isinstance(known_on, date), "a date column"
    opened = [day for _, day, _ in accounts if day is not None]
    ends = list(_ends(accounts))
    if isinstance(ended_on, date):
        reason = str(row["ended_by"] or "closed")
        ends = [end for end in ends if end[0] != ended_on] + [(ended_on, reason)]
    return Life(
        known_on=known_on,
        opened_on=min(opened, default=None),
        ends=tuple(sorted(ends)),
        products=tuple(_products(accounts)),
    )


def _ends(
    accounts: list[tuple[str, date | None, date | None]],
) -> Iterator[tuple[date, str]]:
    """Yield the days from which no account existed any more."""
    until: date | None = None
    for _, opened, closed in sorted(accounts, key=lambda held: held[1] or date.min):
        if until is not None and opened is not None and opened > until:
            yield until, "closed"
        last = closed or date.max
        until = last if until is None else max(until, last)
    if until is not None and until < date.max:
        yield until, "closed"


def _products(
    accounts: list[tuple[str, date | None, date | None]],
) -> Iterator[tuple[date, int]]:
    """Yield the days on which the number of products changed; none where a day is not known."""
    if any(opened is None for _, opened, _ in accounts):
        return
    days = sorted({day for _, *both in accounts for day in both if day is not None})
    before = 0
    for day in days:
        number = len(
            {
                product
                for product, opened, closed in accounts
                if (opened or date.min) <= day and (closed is None or day < closed)
            }
        )
        if number != before:
            yield day, number
            before = number
