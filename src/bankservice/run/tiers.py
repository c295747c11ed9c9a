"""
The part of asset tiers: balances → measures → standings in the journal → who moved, who may fall.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import attrs
import polars as pl

from bankservice.core.calendar import Period, local_day
from bankservice.core.decision import Counted, Says
from bankservice.core.errors import BankServiceError, Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.money import Money, Rounding, digits_of, divide, plain
from bankservice.core.plain import digest
from bankservice.core.policy import Policy, Version
from bankservice.core.unknown import UNKNOWN
from bankservice.run.files import Source
from bankservice.run.measures import Given, Measuring
from bankservice.run.part import DayResult, PartReport, Setting
from bankservice.run.register import Register
from bankservice.run.rows import Rows
from bankservice.run.tiers_day import Day
from bankservice.run.tiers_report import report
from bankservice.segmentation import (
    SERVICE_COSTS,
    TIERS,
    Book,
    Measure,
    Measures,
    RunResult,
    ServiceCosts,
    Standing,
    Standings,
    TierReason,
)
from bankservice.segmentation.book import shard_of
from bankservice.segmentation.ladder import Ladder
from bankservice.segmentation.notices import Lapse, LapseFacts, upcoming
from bankservice.segmentation.runs import Course

__all__ = ["Tiers", "TiersPlan"]

LEFT_OUT = Says("left-out")


_RESULT: Final = {
    "customer": pl.String,
    "tier": pl.String,
    "tier_before": pl.String,
    "reason": pl.String,
    "effective_on": pl.Date,
    "next_review": pl.Date,
    "average": pl.String,
    "unknown": pl.String,
    "entry": pl.String,
}
_LAPSE: Final = {
    "customer": pl.String,
    "tier": pl.String,
    "lapses_on": pl.Date,
    "measure": pl.String,
    "keep": pl.String,
    "short": pl.String,
    "unit": pl.String,
    "held": pl.Boolean,
}


@attrs.frozen(kw_only=True)
class TiersPlan:
    """
    What the part is told, as `[tiers]` of `bank.toml`.

    Attributes:
        policy: Id of the tier policy.
        book: Name of the book, part of the record's keys; it never changes.
        shards: How many shards the book is split into; it never changes. About 50,000 customers
            each is a good size.
        horizon: How far ahead coming downgrades are listed.
        service_costs: Id of the policy with what services cost; none: costs are not reported.
    """

    policy: str
    book: str = "book"
    shards: int = 16
    horizon: Period = Period(months=3)
    service_costs: str = ""


class Tiers:
    """Decides tiers; see `bankservice.run.part.Part` for what each method promises."""

    def __init__(self, told: TiersPlan, setting: Setting) -> None:
        """
        Set up.

        Raises:
            FaultsError: If a policy is missing, of another kind, or not in force on a day.
        """
        self._told = told
        self._setting = setting
        self._now = setting.bank.now
        self._policy = setting.policy(told.policy, TIERS.name, "tiers.policy")
        self._costs = (
            setting.policy(told.service_costs, SERVICE_COSTS.name, "tiers.service_costs")
            if told.service_costs
            else None
        )
        if told.shards < 1:
            raise FaultsError(
                "bank.toml", (Fault("tiers.shards", str(told.shards), "one or more"),)
            )
        self._versions = {on: self._version(on) for on in setting.days}
        self._price: Version[ServiceCosts] | None = None
        if self._costs is not None:
            try:
                self._price = self._costs.on(setting.days[-1])
            except BankServiceError as error:
                fault = Fault("tiers.service_costs", str(setting.days[-1]), str(error))
                raise FaultsError("bank.toml", (fault,)) from None
        self._standings = Standings(
            setting.bank.journal, self._policy, now=self._now, tenant=setting.bank.tenant
        )
        self._book = Book(told.book, told.shards)
        self._days: list[Day] = []

    def _version(self, on: date) -> Version[Ladder]:
        today = local_day(self._now(), self._policy.versions[-1].parameters.zone)
        try:
            found: Version[Ladder] = self._policy.as_known(max(today, on)).on(on)
        except BankServiceError as error:
            raise FaultsError("bank.toml", (Fault("as_of", str(on), str(error)),)) from None
        return found

    def begin(self, register: Register) -> None:
        """Take the register."""
        ladders = {on: version.parameters for on, version in self._versions.items()}
        self._measuring = Measuring(self._setting, register, ladders)

    def take(self, source: Source, rows: Rows) -> None:
        """Take rows of one block."""
        self._measuring.take(source, rows)

    def decide(self, on: date) -> DayResult:
        """Decide a day and keep the record."""
        version = self._versions[on]
        self._setting.watch(f"measure {on}", 0, 1)
        measured = self._measuring.assets(on, version.parameters)
        shards = [shard_of(customer, self._book.shards) for customer in measured["customer"]]
        measured = measured.with_columns(pl.Series("shard", shards, dtype=pl.Int64))
        self._setting.watch(f"measure {on}", 1, 1)
        day = Day(on, version)
        by_shard = measured.partition_by("shard", as_dict=True, include_key=False)
        nobody = measured.drop("shard").clear()
        parts = []
        lapses: list[tuple[Any, ...]] = []
        for shard in range(self._book.shards):
            self._setting.watch(f"decide {on}", shard, self._book.shards)
            part = by_shard.get((shard,), nobody)
            parts.append(self._decide_shard(day, shard, part, lapses))
        self._setting.watch(f"decide {on}", self._book.shards, self._book.shards)
        rows = pl.concat(parts).sort("customer")
        falling = pl.DataFrame(lapses, schema=_LAPSE, orient="row").sort(
            "lapses_on", "customer", "tier", "measure"
        )
        day.close(rows, falling)
        if len(self._days) > 1:
            # The first day and the last are looked at once more; those between are counted.
            self._days[-1].forget()
        self._days.append(day)
        self._setting.facts["tier"] = rows.select("customer", "tier_before")
        self._setting.facts["tier_now"] = rows.select("customer", "tier")
        minor = pl.col("average").str.replace_all(".", "", literal=True).cast(pl.Int64)
        self._setting.facts["average"] = rows.select("customer", minor)
        files = {"tiers": rows, "lapses": falling}
        return DayResult(on, files, day.summary(), day.line())

    def _decide_shard(
        self, day: Day, shard: int, part: pl.DataFrame, lapses: list[tuple[Any, ...]]
    ) -> pl.DataFrame:
        on, ladder = day.on, day.version.parameters
        given, why = self._measuring.given(part, on, ladder)
        course = self._standings.course(self._book, shard)
        # A day decided before knows the members it had; who joined later was none of them.
        for customer in course.members(course.of_day(on)) - given.keys():
            # Nobody leaves a book by not being mentioned: what is not known changes nothing.
            given[customer] = UNKNOWN
            why[customer] = LEFT_OUT.code
        again = course.of_day(on) is not None
        day.count(self._hold(course, shard, on, day.version, given), before=again)
        day.look_ahead(event.on for event in course.events)
        outcomes = self._standings.outcomes(self._book, shard, given, on)
        rows = []
        for customer, outcome in outcomes.items():
            before, after, measure = outcome.before, outcome.after, given[customer]
            day.move(before.tier, after.tier)
            falling = self._falling(on, ladder, after, measure)
            lapses.extend(_lapse_row(customer, lapse) for lapse in falling)
            rows.append(
                (
                    customer,
                    after.tier,
                    before.tier,
                    _reason(after, outcome.version, customer in why),
                    after.effective_on,
                    after.next_review,
                    _average(measure, ladder),
                    why.get(customer),
                    _entry(customer, outcome.version),
                )
            )
        return pl.DataFrame(rows, schema=_RESULT, orient="row")

    def _hold(
        self,
        course: Course,
        shard: int,
        on: date,
        version: Version[Ladder],
        given: Mapping[str, Given],
    ) -> RunResult:
        """
        Run a shard under an id that follows from what it is given.

        The same input again is the same run. Other input for the day, or an earlier one once
        more, is a correction of its own: the id counts how often the day was decided.
        """
        times = sum(event.on == on for event in course.events)
        content = digest([version.ref.digest, *sorted(map(_told, given.items()))])
        run = f"{on}#{times}:{content[:16]}"
        return self._standings.run_shard(run, self._book, shard, given, on)

    def _falling(
        self, on: date, ladder: Ladder, standing: Standing, measure: Given
    ) -> Iterator[Lapse]:
        """Yield the coming lapses of a standing; most have none, and nothing is worked out."""
        if standing.top < 0 or not any(
            latch.on and (latch.due or latch.ramp_until) for latch in standing.latches
        ):
            return
        measures = (
            measure
            if isinstance(measure, Measures)
            else Measures(FrozenMapping(dict.fromkeys(ladder.measures, measure)))
        )
        facts = LapseFacts(
            as_of=on, horizon=self._told.horizon, standing=standing, measure=measures
        )
        yield from upcoming(facts, ladder).lapses

    def report(self) -> PartReport:
        """Tell what belongs in the report."""
        versions: list[tuple[Policy[Any], Version[Any]]] = [
            (self._policy, version) for version in dict.fromkeys(day.version for day in self._days)
        ]
        if self._costs is not None and self._price is not None:
            versions.append((self._costs, self._price))
        figures, sections = report(self._days, self._price, self._told.horizon)
        return PartReport(figures, sections, tuple(versions))


def _average(measure: Given, ladder: Ladder) -> str | None:
    """Return the average of the measure `assets` as plain text, never above what it is."""
    if isinstance(measure, Measures):
        measure = measure.written.get("assets", UNKNOWN)
    if not isinstance(measure, Measure):
        return None
    whole = divide(measure.minor_days, measure.days * measure.scale, Rounding.FLOOR)
    return plain(whole, ladder.digits)


def _told(given: tuple[str, Given]) -> str:
    """Return what a customer is assessed on as text that differs where the input does."""
    customer, measure = given
    if isinstance(measure, Measure):
        return f"{customer} {measure.minor_days} {measure.days} {measure.scale}"
    return f"{customer} {measure!r}"


def _reason(standing: Standing, entry: int, unknown: bool) -> str | None:
    """Return why; of those at the base without an entry the record tells no more than the base."""
    if unknown and not entry and standing.reason is TierReason.BASE:
        return TierReason.UNKNOWN_MEASURE.value
    return standing.reason.value if standing.reason else None


def _entry(customer: str, version: int) -> str | None:
    return f"segmentation.standing/{customer}@{version}" if version else None


def _lapse_row(customer: str, lapse: Lapse) -> tuple[Any, ...]:
    keep, unit = _plain(lapse.keep)
    short = None if lapse.short is None else _plain(lapse.short)[0]
    return (customer, lapse.tier, lapse.on, lapse.measure, keep, short, unit, lapse.held)


def _plain(shown: Money | Counted) -> tuple[str, str]:
    """Return an amount as plain text, and its currency or the name of its unit."""
    if isinstance(shown, Money):
        return plain(shown.minor, digits_of(shown.currency)), shown.currency
    return str(shown.number), shown.unit.en
