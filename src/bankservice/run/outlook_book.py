"""The book as the part of outlooks sees it: what was taken in, and the facts of customers on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import polars as pl

from bankservice.core.money import CURRENCIES
from bankservice.core.policy import Version
from bankservice.core.unknown import UNKNOWN
from bankservice.lifecycle.prediction.kind import Outlook
from bankservice.run.files import Source
from bankservice.run.outlook_balances import Balances, months_before
from bankservice.run.outlook_fit import mean_of
from bankservice.run.outlook_intake import Business
from bankservice.run.outlook_plan import OutlookPlan
from bankservice.run.outlook_scores import Told, Values, readings
from bankservice.run.outlook_seen import Counting, Seen
from bankservice.run.part import Setting
from bankservice.run.rates import Rates
from bankservice.run.register import Register
from bankservice.run.rows import Rows

__all__ = ["BALANCE", "DIGITAL", "Book", "Present"]

BALANCE: Final = "balance"
"""The measure of what a customer holds on average in a month."""

DIGITAL: Final = "digital_use"
"""The measure of how often a customer uses digital services in a month."""

MOST_MONTHS: Final = 60
"""How far back the months of a measure go where a policy does not say."""


class Book:
    """Takes rows; tells what was seen of customers by a day."""

    def __init__(
        self,
        told: OutlookPlan,
        setting: Setting,
        register: Register,
        versions: Mapping[date, Version[Outlook]],
    ) -> None:
        """
        Start empty.

        Args:
            told: What counts.
            setting: What there is.
            register: Whose accounts.
            versions: Day → the policy in force for everybody.
        """
        parts, institution = set(setting.parts), setting.institution
        days, amounts, rates = (
            None if others & parts else setting.rejects
            for others in (
                {"tiers", "stages", "groups", "points"},
                {"tiers", "points"},
                {"tiers", "groups", "points"},
            )
        )
        home = (institution.zone, institution.currency)
        self.business = Business(told, register, home, (days, amounts))
        self.register = register
        self.setting = setting
        self._rates = Rates(institution.currency, rates)
        wanted = {
            month
            for on, version in versions.items()
            if told.estimates(on)
            for month in _months(on, version, BALANCE, first=0)
        }
        self.balances = Balances(register, setting, sorted(wanted)) if wanted else None
        self.customers: tuple[str, ...] = tuple(register.customers["customer"])
        self._closed = False

    def take(self, source: Source, rows: Rows) -> None:
        """Take rows of one block."""
        if source.extract.table == "rates":
            self._rates.take(source, rows)
            return
        self.business.take(source, rows)
        if self.balances is not None:
            self.balances.take(source, rows)

    def close(self) -> None:
        """Sum up, once all rows were taken."""
        if self._closed:
            return
        self._closed = True
        self.business.close(self._rates)
        if self.balances is not None:
            self.balances.close(self._rates)


class Present:
    """The facts of customers on one day; a customer is the place in the register."""

    def __init__(self, book: Book, on: date) -> None:
        """Take what is known by the end of a day."""
        self._book, self._on = book, on
        self._seen: dict[Counting, Seen] = {}
        self._values: dict[str, tuple[list[tuple[Any, ...]], Sequence[bool]]] = {}
        self._doubtful = book.business.active.doubtful
        self._digits = CURRENCIES[book.setting.institution.currency]
        stages = book.setting.facts.get("stage")
        self._stages: dict[str, str | None] = (
            {} if stages is None else dict(stages.select("customer", "stage").iter_rows())
        )
        self._here, self._gone = _standing(book.register, on)

    def is_member(self, place: int) -> bool:
        """Tell whether the customer is in the book by the day."""
        return self._here[place]

    def is_gone(self, place: int) -> bool:
        """Tell whether the customer holds nothing of the bank any more."""
        return self._gone[place]

    def stage(self, place: int) -> str | None:
        """Return the stage of the day, where an earlier part tells it."""
        return self._stages.get(self._book.customers[place])

    def seen(self, counting: Counting) -> Seen:
        """Return what was seen of everybody's business, as a model counts."""
        found = self._seen.get(counting)
        if found is None:
            found = self._seen[counting] = self._book.business.seen(self._on, counting)
        return found

    def told(self, place: int, counting: Counting, version: Version[Outlook]) -> Told:
        """Return what is told of a customer."""
        seen = self.seen(counting)
        history = seen.histories[place]
        mean: Decimal | None = None
        if history is not None:
            mean = mean_of(seen.spent[place], history.frequency, self._digits)
        return Told(
            history=history,
            doubtful=self._book.customers[place] in self._doubtful,
            mean=mean,
            values={
                measure: self._of(measure, place, version)
                for measure in version.parameters.trends
                if self._is_told(measure)
            },
        )

    def _is_told(self, measure: str) -> bool:
        book = self._book
        if measure == BALANCE:
            return book.balances is not None and book.balances.known
        return measure == DIGITAL and book.business.measures_use

    def _of(self, measure: str, place: int, version: Version[Outlook]) -> Values:
        """Return the values of a measure by month."""
        held = self._values.get(measure)
        if held is None:
            held = self._values[measure] = self._measured(measure, version)
        rows, unsure = held
        values = readings(rows[place], 10**self._digits if measure == BALANCE else 1)
        return UNKNOWN if not values and unsure[place] else values

    def _measured(
        self, measure: str, version: Version[Outlook]
    ) -> tuple[list[tuple[Any, ...]], Sequence[bool]]:
        book = self._book
        first = book.business.first_month
        months = () if first is None else tuple(_months(self._on, version, measure, first=first))
        if not months:
            return [()] * len(book.customers), [False] * len(book.customers)
        if measure == DIGITAL:
            return book.business.uses(months).rows(), [False] * len(book.customers)
        assert book.balances is not None, "asked only where they are told"
        held = book.balances.averages(months)
        return held.drop("unknown").rows(), held["unknown"].to_list()


def _months(on: date, version: Version[Outlook], measure: str, *, first: int) -> range:
    """Return the months whose values of a measure are looked at on a day."""
    row = version.parameters.trends.get(measure)
    return range(0) if row is None else months_before(on, first, row.window or MOST_MONTHS)


def _standing(register: Register, on: date) -> tuple[list[bool], list[bool]]:
    """Return of everybody whether they are in the book by a day, and whether they left it."""
    opened = pl.col("opened_on").fill_null(date.min)
    living = (opened <= on) & (pl.col("closed_on").fill_null(date.max) > on)
    accounts = register.accounts.group_by("customer").agg(
        opened.min().alias("first"), living.any().alias("living")
    )
    rows = register.customers.select("customer", "known_on", "ended_on").join(
        accounts, on="customer", how="left", maintain_order="left"
    )
    # Whose account was never told may hold one all the same.
    since = pl.min_horizontal("known_on", "first").fill_null(date.min)
    ended = (pl.col("ended_on") <= on).fill_null(value=False)
    closed = ~pl.col("living").fill_null(value=True) & (pl.col("first") <= on)
    told = rows.select((since <= on).alias("here"), (ended | closed).alias("gone"))
    return told["here"].to_list(), told["gone"].to_list()
