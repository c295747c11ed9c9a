"""One day of points: every account as it stands, what came and went by month, what lapses when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from io import StringIO
from typing import Any, Final

import attrs
import polars as pl

from bankservice.core.calendar import add_months
from bankservice.core.policy import Version
from bankservice.loyalty.books.chart import Move, PointsAccount
from bankservice.loyalty.books.ledger import ledger, write_ledger
from bankservice.loyalty.programme.programme import Programme
from bankservice.run.points_course import FLOWS, Tally

__all__ = ["POINTS", "Flow", "PointsDay", "Written"]

POINTS: Final = {
    "customer": pl.String,
    "balance": pl.Int64,
    "pending": pl.Int64,
    "held": pl.Int64,
    "arrears": pl.Int64,
    "earned": pl.Int64,
    "adjusted": pl.Int64,
    "redeemed": pl.Int64,
    "clawed_back": pl.Int64,
    "expired": pl.Int64,
    "forfeited": pl.Int64,
    "waived": pl.Int64,
    "lost_to_caps": pl.Int64,
    "next_expiry_on": pl.Date,
    "next_expiry": pl.Int64,
    "entry": pl.String,
}


@attrs.define
class Written:
    """What became of the rows of a day: entries written, rows refused or told otherwise."""

    entries: int = 0
    differs: int = 0
    refused: Counter[str] = attrs.field(factory=Counter)


@attrs.frozen(kw_only=True)
class Flow:
    """What came and went in one month; what a refund or cancellation undid is netted."""

    earned: int = 0
    redeemed: int = 0
    expired: int = 0
    clawed_back: int = 0
    lost_to_caps: int = 0


class PointsDay:
    """One day: what is counted while accounts are gone through, and what is kept of it."""

    def __init__(self, on: date, start: date, version: Version[Programme]) -> None:
        """
        Start empty.

        Args:
            on: The day.
            start: First day of the period told of.
            version: The programme in force.
        """
        self.on = on
        self.start = start
        self.version = version
        self.written = Written()
        self.figures: Counter[str] = Counter()
        self._flows: Counter[tuple[date, str]] = Counter()
        self._recent: Counter[str] = Counter()
        self.ladder: Counter[date | None] = Counter()
        self.excluded: Counter[str] = Counter()
        self.idle: Counter[str] = Counter()
        self._rows: list[tuple[Any, ...]] = []
        self._moves: dict[str, tuple[Move, ...]] = {}
        self.texts: dict[str, str] = {}

    def add(self, customer: str, subject: str, tally: Tally) -> None:
        """Count one account."""
        now, lost, ladder = tally.figures, tally.lost, tally.ladder()
        self.figures.update(
            accounts=1,
            available=now.available,
            pending=now.pending,
            held=now.held,
            arrears=now.arrears,
            in_arrears=bool(now.arrears),
        )
        self.ladder.update(ladder)
        self.excluded.update(tally.excluded)
        self._flows.update(tally.flows)
        recent = tally.since(self.start)
        for move in recent:
            for account, way in ((move.source, -1), (move.target, 1)):
                if account in FLOWS:
                    name, sign = FLOWS[account]
                    self._recent[name] += way * sign * move.points
        self._recent["lost_to_caps"] += tally.lost_since(self.start)
        self._moves[subject] = recent
        coming = sorted(on for on in ladder if on is not None)
        sums = tally.sums
        by_hand = (PointsAccount.ADJUSTED, PointsAccount.TRANSFERRED, PointsAccount.BOUGHT)
        self._rows.append(
            (
                customer,
                now.available,
                now.pending,
                now.held,
                now.arrears,
                -sums[PointsAccount.ISSUED],
                -sum(sums[account] for account in by_hand),
                sums[PointsAccount.REDEEMED],
                sums[PointsAccount.CLAWED_BACK],
                sums[PointsAccount.EXPIRED],
                sums[PointsAccount.FORFEITED],
                sums[PointsAccount.WAIVED],
                lost,
                coming[0] if coming else None,
                ladder[coming[0]] if coming else 0,
                f"loyalty.account/{subject}@{tally.version}",
            )
        )

    @property
    def outstanding(self) -> int:
        """What the bank owes in points; what members owe is not netted."""
        return sum(self.figures[name] for name in ("available", "pending", "held"))

    @property
    def whole(self) -> Flow:
        """All that came and went so far."""
        found: Counter[str] = Counter()
        for (_, name), points in self._flows.items():
            found[name] += points
        return Flow(**found)

    @property
    def recent(self) -> Flow:
        """What came and went in the period."""
        return Flow(**self._recent)

    def months(self, most: int) -> Sequence[tuple[date, Flow]]:
        """Return the last months, without gaps."""
        by_month: dict[date, dict[str, int]] = {}
        for (month, name), points in self._flows.items():
            by_month.setdefault(month, {})[name] = points
        if not by_month:
            return ()
        month, held = min(by_month), []
        while month <= self.on:
            held.append((month, Flow(**by_month.get(month, {}))))
            month = add_months(month, 1)
        return held[-most:]

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return the accounts as rows; they are not kept."""
        rows = pl.DataFrame(self._rows, schema=POINTS, orient="row").sort("customer")
        self._rows.clear()
        return {"points": rows}

    def ledger(self, locale: str) -> str:
        """Return the moves of the period for a general ledger; they are not kept."""
        held = ledger(
            self._moves,
            programme=str(self.version.ref.policy),
            points=self.version.parameters.written.points.code,
            scale=self.version.parameters.written.points.scale,
        )
        self._moves = {}
        text = StringIO()
        write_ledger(held, text, locale=locale)
        return text.getvalue()

    def summary(self, decided: str) -> dict[str, Any]:
        """Return the day's counts as plain JSON."""
        whole = self.whole
        return {
            "policy": str(self.version.ref),
            "accounts": self.figures["accounts"],
            "outstanding": self.outstanding,
            "available": self.figures["available"],
            "pending": self.figures["pending"],
            "held": self.figures["held"],
            "arrears": self.figures["arrears"],
            "earned": whole.earned,
            "redeemed": whole.redeemed,
            "expired": whole.expired,
            "clawed_back": whole.clawed_back,
            "lost_to_caps": whole.lost_to_caps,
            "decided": decided,
            "written": self.written.entries,
            "refused": dict(sorted(self.written.refused.items())),
            "differs": self.written.differs,
            "run_again": [],
        }

    def line(self, decided: str) -> str:
        """Return the day's counts in one line of English, for a terminal."""
        whole = self.whole
        words = [
            f"{self.figures['accounts']:,} accounts, {self.outstanding:,} points outstanding",
            f"{whole.earned:,} earned, {whole.redeemed:,} redeemed, {whole.expired:,} lapsed",
        ]
        if self.figures["arrears"]:
            words.append(f"{self.figures['arrears']:,} owed")
        if self.written.refused:
            words.append(f"{self.written.refused.total():,} refused")
        if self.written.differs:
            words.append(f"{self.written.differs:,} differ from the record")
        if decided == "same":
            words.append("nothing new")
        return "; ".join(words)
