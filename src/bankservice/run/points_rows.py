"""
What earns points and what spends them, as the extracts tell it: read, checked, each row once.

Purchases stand in the table `transactions`, where the plan says which kinds earn, or in a table of
their own; what is given back names the purchase it belongs to. A day without a time counts from its
first instant.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import attrs
import polars as pl

from bankservice.core.calendar import in_utc, local_day, midnight
from bankservice.core.decision import Reason
from bankservice.core.money import plain
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.core.vocabulary import Tree
from bankservice.run.files import LINE, Source
from bankservice.run.points_checks import Checks
from bankservice.run.register import (
    CONTRADICTS,
    DUPLICATE,
)
from bankservice.run.rejects import Reject, Rejects, mask
from bankservice.run.rows import Rows

__all__ = ["EARNING", "TABLES", "Intake", "Movement"]

TABLES: Final = ("transactions", "purchases", "redemptions")
"""Tables whose rows move points."""

EARNING: Final = TABLES[:2]

_ROW: Final[Mapping[str, Any]] = {
    "spends": pl.Boolean,
    "customer": pl.String,
    "ref": pl.String,
    "of": pl.String,
    "day": pl.Date,
    "instant": pl.Datetime("us", "UTC"),
    "minor": pl.Int64,
    "currency": pl.String,
    "digits": pl.Int8,
    "earns": pl.String,
    "mcc": pl.String,
    "merchant": pl.String,
    "channel": pl.String,
    "card": pl.String,
    "tier": pl.String,
    "points": pl.Int64,
    "reward": pl.String,
    "quantity": pl.Int64,
}
_FILE: Final = "#file"


@attrs.frozen(kw_only=True)
class Movement:
    """
    A row that moves points.

    Attributes:
        customer: Whose points.
        ref: Its own reference.
        of: For what gives back: reference of the purchase or redemption.
        spends: Whether it is a redemption, or gives one back.
        at: The instant that counts.
        on: Its local day in the programme's zone.
        amount: In major units of `currency`; None where no amount is stated.
        currency: Of the amount.
        earns: Code of `vocabulary/earning-kinds`, for a purchase.
        mcc: Merchant category code.
        merchant: The merchant.
        channel: How it came; unknown where the value is no code.
        card: The card.
        tier: As the extract states it; empty where it does not.
        points: Points spent, where that is stated.
        reward: What for.
        quantity: How many of it.
        place: Index of the file and the line, for messages.
    """

    customer: str
    ref: str
    of: str
    spends: bool
    at: datetime
    on: date
    amount: str | None
    currency: str
    earns: str
    mcc: str
    merchant: str
    channel: str | UnknownType
    card: str
    tier: str
    points: int | None
    reward: str
    quantity: int
    place: tuple[int, int] = attrs.field(eq=False)


class Intake:
    """Takes rows that move points, and tells each once."""

    def __init__(self, checks: Checks, zone: str, channels: Tree, rejects: Rejects) -> None:
        """
        Start empty.

        Args:
            checks: Looks at the rows.
            zone: The programme's zone.
            channels: Codes of channels.
            rejects: Where what does not fit is told.
        """
        self.checks = checks
        self._zone = zone
        self._channels = channels
        self._rejects = rejects
        self._sources: list[Source] = []
        self._held: list[pl.DataFrame] = []

    def take(self, source: Source, rows: Rows) -> None:
        """Take the rows of one block."""
        table = source.extract.table
        if table not in TABLES or (table == "transactions" and "ref" not in source.extract.columns):
            return
        if source not in self._sources:
            self._sources.append(source)
        held = self.checks.of(source, rows.good)
        file = self._sources.index(source)
        held = held.select(
            *(
                (pl.col(name) if name in held.columns else pl.lit(None)).cast(kind).alias(name)
                for name, kind in _ROW.items()
            ),
            LINE,
            pl.lit(file, dtype=pl.UInt16).alias(_FILE),
        )
        if held.height:
            self._held.append(held)

    def reject(self, told: Movement, column: str, said: Reason) -> None:
        """Tell that something of a row does not fit."""
        source = self._sources[told.place[0]]
        field = source.written(column) if column in source.extract.columns else column
        self._rejects.add(Reject(source.name, told.place[1], field, "", said))

    def close(self) -> tuple[Movement, ...]:
        """Return every row once, by customer and then in the order of time."""
        if not self._held:
            return ()
        rows = pl.concat(self._held)
        self._held = []
        key = ("spends", "ref")
        again = rows.filter(~pl.struct(key).is_first_distinct())
        if again.height:
            self._twice(rows, again, key)
            rows = rows.filter(pl.struct(key).is_first_distinct())
        told = [self._movement(row) for row in rows.iter_rows(named=True)]
        # What is given back comes after what it belongs to, and points are earned before they go.
        told.sort(key=lambda one: (one.customer, one.at, one.spends, bool(one.of), one.ref))
        return tuple(told)

    def _twice(self, rows: pl.DataFrame, again: pl.DataFrame, key: tuple[str, ...]) -> None:
        first = rows.filter(pl.struct(key).is_first_distinct())
        kept = {(row["spends"], row["ref"]): row for row in first.iter_rows(named=True)}
        for row in again.iter_rows(named=True):
            before = kept[row["spends"], row["ref"]]
            source, was = self._sources[row[_FILE]], self._sources[before[_FILE]]
            says = DUPLICATE if all(row[name] == before[name] for name in _ROW) else CONTRADICTS
            said = says(file=was.name, first=before[LINE])
            field, shape = source.written("ref"), mask(row["ref"])
            self._rejects.drop(source.counted, Reject(source.name, row[LINE], field, shape, said))

    def _movement(self, row: Mapping[str, Any]) -> Movement:
        at = row["instant"]
        at = midnight(row["day"], self._zone) if at is None else in_utc(at)
        return Movement(
            customer=row["customer"],
            ref=row["ref"],
            of=row["of"] or "",
            spends=row["spends"],
            at=at,
            on=row["day"] if row["instant"] is None else local_day(at, self._zone),
            amount=None if row["minor"] is None else plain(row["minor"], row["digits"]),
            currency=row["currency"],
            earns=row["earns"] or "",
            mcc=row["mcc"] or "",
            merchant=row["merchant"] or "",
            channel=self._channel(row["channel"]),
            card=row["card"] or "",
            tier=row["tier"] or "",
            points=row["points"],
            reward=row["reward"] or "",
            quantity=row["quantity"] or 1,
            place=(row[_FILE], row[LINE]),
        )

    def _channel(self, value: str | None) -> str | UnknownType:
        if value is None:
            return ""
        return value if value in self._channels else UNKNOWN
