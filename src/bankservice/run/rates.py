"""
Published rates as a bank's files state them, and for which days they can be trusted.

A rate holds until the next one. So a row of rates that was rejected leaves doubt until the next
good one: on those days there is no rate, rather than the one before.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from bankservice.core.decision import Reason, Says
from bankservice.core.money import ExchangeRates, Quote
from bankservice.run.lines import LINE, Source
from bankservice.run.rejects import Reject, Rejects, mask
from bankservice.run.rows import Rows

__all__ = ["Rates"]

TWO_RATES = Says("two-rates", ("first",))
HOME_RATE = Says("home-rate")

_WHENEVER: Final = date.max


class Rates:
    """Takes rows of rates; gives the table of them for a window."""

    def __init__(self, home: str, rejects: Rejects | None) -> None:
        """
        Start empty.

        Args:
            home: The currency rates are into.
            rejects: Where what does not fit is told; None where another part tells it.
        """
        self._home = home
        self._rejects = rejects
        self._held: dict[tuple[str, date], tuple[Decimal, int]] = {}
        self._doubtful: dict[str, set[date]] = {}
        self._days: dict[str, list[date]] = {}
        self._tables: dict[frozenset[str], ExchangeRates] = {}

    def take(self, source: Source, rows: Rows) -> None:
        """Take the rows of one block."""
        for currency, on in rows.doubtful.select("currency", "on").iter_rows():
            if currency is not None:
                self._doubtful.setdefault(currency, set()).add(on or _WHENEVER)
        self._days.clear()
        self._tables.clear()
        columns = ("currency", "on", "rate", LINE)
        for currency, on, rate, line in rows.good.select(columns).iter_rows():
            exact = Decimal(rate)
            if currency == self._home:
                # Many banks publish their own currency too, at 1.
                if exact != 1:
                    self._tell(source, line, rate, HOME_RATE())
                continue
            first, at = self._held.setdefault((currency, on), (exact, line))
            if first != exact:
                self._tell(source, line, rate, TWO_RATES(first=at))
                self._doubtful.setdefault(currency, set()).add(on)

    def _tell(self, source: Source, line: int, rate: str, said: Reason) -> None:
        if self._rejects is None:
            return
        shape = mask(rate)
        told = Reject(source.name, line, source.written("rate"), shape, said)
        self._rejects.drop(source.counted, told)

    def table(self, start: date, end: date) -> ExchangeRates:
        """Return the rates for the days [*start*, *end*), without currencies in doubt on them."""
        doubted = frozenset(code for code in self._doubtful if self._doubted(code, start, end))
        found = self._tables.get(doubted)
        if found is None:
            found = self._tables[doubted] = ExchangeRates(
                self._home,
                (
                    Quote(currency, on, rate)
                    for (currency, on), (rate, _) in self._held.items()
                    if currency not in doubted
                ),
            )
        return found

    def of(self, currency: str, on: date) -> Decimal | None:
        """Return the rate of one currency on a day, None where there is none or it is in doubt."""
        if currency in self._doubtful and self._doubted(currency, on, on + timedelta(days=1)):
            return None
        if currency not in self._days:
            self._days[currency] = sorted(day for code, day in self._held if code == currency)
        days = self._days[currency]
        place = bisect_right(days, on)
        return self._held[currency, days[place - 1]][0] if place else None

    def _doubted(self, currency: str, start: date, end: date) -> bool:
        """Tell whether a rate in doubt may hold on some day; a later good one ends its doubt."""
        doubts = self._doubtful[currency]
        good = [on for code, on in self._held if code == currency and on not in doubts]
        return any(
            on == _WHENEVER or (on < end and not any(on < later <= start for later in good))
            for on in doubts
        )
