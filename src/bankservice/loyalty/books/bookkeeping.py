"""The books of a programme over its journal: statements, ledger, liability."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

import attrs

from bankservice.core.journal import Entry
from bankservice.core.policy import Policy, Version
from bankservice.loyalty.account.instants import micros, moment
from bankservice.loyalty.books.days import end_of
from bankservice.loyalty.books.expectations import Expectations
from bankservice.loyalty.books.ledger import GeneralLedger, ledger
from bankservice.loyalty.books.liability import Liability, liability
from bankservice.loyalty.books.movements import Booked, booked, follow
from bankservice.loyalty.books.statement import Statement, statement
from bankservice.loyalty.programme.dates import day_of
from bankservice.loyalty.programme.programme import Programme

__all__ = ["Books"]


@attrs.frozen(kw_only=True, eq=False)
class Books:
    """
    The books of one programme.

    Attributes:
        programme: The programme.
        entries: Customer → entries of the account, oldest first.
        now: Gives the present instant, aware.
    """

    programme: Policy[Programme]
    entries: Callable[[str], Iterable[Entry]]
    _now: Callable[[], datetime]

    def of(self, customer: str) -> tuple[Booked, ...]:
        """Return the entries of a customer as the books see them."""
        return booked(self.entries(customer))

    def version(self, day: date) -> Version[Programme]:
        """
        Return the version in force on a day; the newest before it where the programme has ended,
        and the first where it had not begun.
        """
        found = self.programme.select(day)
        if isinstance(found, Version):
            return found
        begun = [held for held in self.programme.versions if held.since <= day]
        return begun[-1] if begun else self.programme.versions[0]

    def statement(
        self,
        customer: str,
        from_on: date,
        to_on: date,
        known_at: datetime | None = None,
        *,
        opened_at: datetime | None = None,
    ) -> Statement:
        """
        Return a customer's statement for local days, the last not counted.

        Where *known_at* is left out it is the one issued when the period ended; while the period
        runs, what is known now. Other arguments as in `books.statement.statement`.
        """
        terms = self.version(to_on - timedelta(days=1)).parameters
        if known_at is None:
            end = end_of(terms.zone, to_on - timedelta(days=1))
            known_at = moment(min(end, micros(self._now())))
        return statement(
            self.of(customer),
            terms,
            from_on,
            to_on,
            known_at,
            opened_at=opened_at,
            customer=customer,
            programme_id=self.programme.id,
        )

    def ledger(
        self,
        customers: Iterable[str],
        *,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        cost: Decimal | None = None,
        currency: str = "",
    ) -> GeneralLedger:
        """
        Return the double-entry rows of customers up to *as_of* (now where left out).

        *cost* is what a whole point is worth in the currency given, or in the programme's.
        """
        at = micros(as_of or self._now())
        terms = self._terms(at)
        known = None if known_at is None else micros(known_at)
        return ledger(
            {
                customer: follow(self.of(customer), terms.zone, as_of=at, known_at=known).moves
                for customer in customers
            },
            programme=self.programme.id,
            points=terms.written.points.code,
            scale=terms.written.points.scale,
            cost=cost,
            currency=currency or (terms.currency if cost is not None else ""),
        )

    def liability(
        self,
        customers: Iterable[str],
        expectations: Expectations | None = None,
        *,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
    ) -> Liability:
        """Return what is owed to customers in points at *as_of* (now where left out)."""
        moment_at = as_of or self._now()
        terms = self._terms(micros(moment_at))
        return liability(
            (self.of(customer) for customer in customers),
            terms.zone,
            expectations,
            as_of=moment_at,
            known_at=known_at,
            scale=terms.written.points.scale,
        )

    def _terms(self, at: int) -> Programme:
        """Return the programme in force at an instant, by the days of its newest zone."""
        zone = self.programme.versions[-1].parameters.zone
        return self.version(day_of(zone, at)).parameters
