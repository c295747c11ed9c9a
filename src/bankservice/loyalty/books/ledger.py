"""
Double-entry rows for a bank's general ledger.

Points that leave an account are its debit, points that come to one its credit, so that what
members have stands on the credit side, as what a bank owes does. Rows of one reference sum to zero
and so do all rows, in points and, where a cost per point is given, in money.

Money never drifts: what is booked on an account is always the value of the points that stand on
it, rounded once; what a row's rounding leaves goes to an account of its own.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, TextIO

import attrs

from bankservice.core.money import Rounding, digits_of, divide, plain
from bankservice.loyalty.books.chart import TITLES, Move, Place, PointsAccount

__all__ = ["COLUMNS", "GeneralLedger", "LedgerRow", "ledger", "write_ledger"]


@attrs.frozen(kw_only=True)
class LedgerRow:
    """
    What one cause did to one account.

    Attributes:
        on: Business day.
        recorded_at: When it became known, in microseconds of the UTC line.
        subject: Whose points they are.
        entry: Version of the entry that did it; 0 for time alone.
        kind: What did it.
        ref: The caller's reference.
        account: The account.
        points: Points that came to it (credit), or below zero those that left it (debit).
        minor: The same in money, in minor units; None where no cost is given.
    """

    on: date
    recorded_at: int
    subject: str
    entry: int
    kind: str
    ref: str
    account: PointsAccount
    points: int
    minor: int | None = None


@attrs.frozen(kw_only=True)
class GeneralLedger:
    """
    Rows in a stable order, and what their numbers mean.

    Attributes:
        programme: Id of the programme.
        points: Code of the points currency.
        scale: Digits after the point that points have.
        currency: Currency of the money; empty where no cost is given.
        rows: The rows: by instant, subject, entry and cause, debits before credits.
    """

    programme: str
    points: str
    scale: int = 0
    currency: str = ""
    rows: tuple[LedgerRow, ...] = ()


@attrs.frozen
class _Valued:
    """Values accounts: the money of an account is that of its points, rounded once."""

    cost: Fraction
    rounding: Rounding
    standing: dict[PointsAccount, int] = attrs.field(factory=dict)

    def book(self, account: PointsAccount, points: int) -> int:
        """Return by how much the money of an account changes with its points."""
        before = self.standing.get(account, 0)
        self.standing[account] = before + points
        return self._money(before + points) - self._money(before)

    def _money(self, points: int) -> int:
        exact = points * self.cost
        return divide(exact.numerator, exact.denominator, self.rounding)


def ledger(
    accounts: Mapping[str, Iterable[Move]],
    *,
    programme: str,
    points: str,
    scale: int = 0,
    cost: Decimal | None = None,
    currency: str = "",
    rounding: Rounding = Rounding.HALF_EVEN,
) -> GeneralLedger:
    """
    Return the rows of many accounts of one points currency.

    As of which instant and as known at which one is told by the moves (`follow`).

    Args:
        accounts: Subject → its moves.
        programme: Id of the programme.
        points: Code of the points currency.
        scale: Digits after the point that points have.
        cost: What one whole point is worth, in major units of *currency*; no money where left out.
        currency: ISO 4217 code.
        rounding: How money is rounded.

    Raises:
        TypeError: If the cost is not a Decimal.
        UnknownNameError: If the currency is not known.
    """
    valued = None
    if cost is not None:
        if not isinstance(cost, Decimal):
            raise TypeError(f"a cost per point must be a Decimal, got {type(cost).__name__}.")
        unit = Fraction(cost) * Fraction(10) ** (digits_of(currency) - scale)
        valued = _Valued(unit, rounding)
    caused: dict[tuple[int, str, Place, str, str], list[Move]] = {}
    for subject, moves in accounts.items():
        for move in moves:
            key = (move.at, subject, move.entry, move.kind, move.ref)
            caused.setdefault(key, []).append(move)
    rows = tuple(row for key in sorted(caused) for row in _rows(key[1], caused[key], valued))
    return GeneralLedger(
        programme=programme,
        points=points,
        scale=scale,
        currency=currency if cost is not None else "",
        rows=rows,
    )


def _rows(subject: str, moves: list[Move], valued: _Valued | None) -> Iterator[LedgerRow]:
    """Yield the rows of one cause: one for each account it changed."""
    change = dict.fromkeys(PointsAccount, 0)
    for move in moves:
        change[move.source] -= move.points
        change[move.target] += move.points
    money: dict[PointsAccount, int] = {}
    if valued is not None:
        money = {held: valued.book(held, points) for held, points in change.items() if points}
        money[PointsAccount.ROUNDING] = -sum(money.values())
    first = moves[0]
    for held in sorted(change, key=lambda held: (change[held] >= 0, ORDER[held])):
        if change[held] or money.get(held):
            yield LedgerRow(
                on=first.on,
                recorded_at=max(move.recorded_at for move in moves),
                subject=subject,
                entry=first.entry[0],
                kind=first.kind,
                ref=first.ref,
                account=held,
                points=change[held],
                minor=money.get(held, 0) if valued is not None else None,
            )


ORDER: Final = {held: place for place, held in enumerate(PointsAccount)}

COLUMNS: Final = (
    "on",
    "subject",
    "entry",
    "kind",
    "ref",
    "account",
    "title",
    "programme",
    "points",
    "debit",
    "credit",
    "currency",
    "debit_money",
    "credit_money",
)
"""Columns of the text; `points` and `currency` name what is counted."""


def write_ledger(held: GeneralLedger, stream: TextIO, *, locale: str = "en") -> int:
    """
    Write a ledger as CSV to a stream of text, and return how many rows there are.

    Args:
        held: The ledger.
        stream: Where it goes; opened with `newline=""`.
        locale: Language of the account titles (`en` or `zh_CN`).
    """
    digits = digits_of(held.currency) if held.currency else 0
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in held.rows:
        writer.writerow(
            (
                row.on.isoformat(),
                row.subject,
                row.entry or "",
                row.kind,
                row.ref,
                row.account.value,
                TITLES[row.account].of(locale),
                held.programme,
                held.points,
                *_sides(row.points, held.scale),
                held.currency,
                *(("", "") if row.minor is None else _sides(row.minor, digits)),
            )
        )
    return len(held.rows)


def _sides(change: int, digits: int) -> tuple[str, str]:
    """Return debit and credit as text, one of them empty."""
    if change == 0:
        return ("", "")
    text = plain(abs(change), digits)
    return (text, "") if change < 0 else ("", text)
