"""What the tests of the books share: entries, statements and figures of a bank's accounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from proof_tools import Bank, at

from bankservice.loyalty.account.instants import micros
from bankservice.loyalty.books.chart import Figures
from bankservice.loyalty.books.movements import Booked, Course, booked, follow
from bankservice.loyalty.books.statement import Statement, statement

__all__ = ["course_of", "entries_of", "figures_of", "months", "statement_of", "terms_of"]


def terms_of(bank: Bank) -> Any:
    """Return the newest version of the bank's programme."""
    return bank.programme.versions[-1].parameters


def entries_of(bank: Bank, who: str = "a") -> tuple[Booked, ...]:
    """Return the entries of an account as the books see them."""
    return booked(bank.journal.read(bank.desk.stream(who)))


def statement_of(
    bank: Bank,
    from_on: date,
    to_on: date,
    known_at: datetime | None = None,
    *,
    who: str = "a",
    opened_at: datetime | None = None,
) -> Statement:
    """Return a statement of an account."""
    return statement(
        entries_of(bank, who),
        terms_of(bank),
        from_on,
        to_on,
        known_at,
        opened_at=opened_at,
        customer=who,
    )


def course_of(
    bank: Bank, on: str | datetime, who: str = "a", known_at: datetime | None = None
) -> Course:
    """Return what became of an account up to an instant."""
    moment = at(on) if isinstance(on, str) else on
    known = None if known_at is None else micros(known_at)
    return follow(entries_of(bank, who), terms_of(bank).zone, as_of=micros(moment), known_at=known)


def figures_of(bank: Bank, on: str | datetime, who: str = "a") -> Figures:
    """Return what a member has at an instant, by the books."""
    return course_of(bank, on, who).figures


def months(first: date, count: int) -> Iterator[tuple[date, date]]:
    """Yield so many months from the first day of one: first day, and first day after it."""
    for _ in range(count):
        after = (first + timedelta(days=32)).replace(day=1)
        yield first, after
        first = after
