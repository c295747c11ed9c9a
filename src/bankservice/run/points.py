"""
The part of loyalty: purchases and redemptions → accounts on record → balances, ledger, statements.

Every day is decided on the rows up to its end. The tier a purchase is rated by is the one the
customer had before the day was decided, where the run decides tiers; a column of the extract goes
before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from bankservice.core.calendar import add_months, in_utc
from bankservice.core.decision import Says
from bankservice.core.errors import BankServiceError, Fault, FaultsError
from bankservice.core.policy import Policy, Version
from bankservice.core.vocabulary import VOCABULARY, Tree
from bankservice.loyalty.account.instants import micros, moment
from bankservice.loyalty.books.expectations import EXPECTATIONS, Expectations
from bankservice.loyalty.books.liability import Liability, liability
from bankservice.loyalty.books.statement import statement
from bankservice.loyalty.programme.programme import PROGRAMME, Programme
from bankservice.loyalty.service import Accounts
from bankservice.run.complaint_rows import last_instant
from bankservice.run.files import Source
from bankservice.run.part import DayResult, PartReport, Setting
from bankservice.run.points_acts import Acts, unknown_original
from bankservice.run.points_book import Batch, Book, Held
from bankservice.run.points_checks import Checks, Ways
from bankservice.run.points_course import Tally
from bankservice.run.points_day import PointsDay
from bankservice.run.points_liability import Valued
from bankservice.run.points_plan import PointsPlan, check
from bankservice.run.points_report import report
from bankservice.run.points_rows import Intake, Movement
from bankservice.run.rates import Rates
from bankservice.run.register import Register
from bankservice.run.rows import Rows

__all__ = ["Points"]

MEMBERS: Final = 250
"""Accounts whose rows are written at once: some thousands of commands in a month."""

KEPT: Final = 20_000
"""Accounts kept from one day to the next; of a larger bank each day reads them anew."""

REFUSED = Says("points-refused", ("code",))
NO_ORIGINAL = Says("refund-without-original")


class Points:
    """Keeps points; see `bankservice.run.part.Part` for what each method promises."""

    def __init__(self, told: PointsPlan, setting: Setting) -> None:
        """
        Set up.

        Raises:
            FaultsError: If a policy is missing, of another kind, or not in force on a day, or the
                extracts do not say what is needed.
        """
        self._told = told
        self._setting = setting
        self._now = setting.bank.now
        self._programme = setting.policy(told.programme, PROGRAMME.name, "points.programme")
        self._versions: dict[date, Version[Programme]] = {
            on: _in_force(self._programme, on, "points.programme") for on in setting.days
        }
        self._expectations: Policy[Expectations] | None = (
            setting.policy(told.expectations, EXPECTATIONS.name, "points.expectations")
            if told.expectations
            else None
        )
        self._expected: dict[date, Version[Expectations]] = {
            on: _in_force(self._expectations, on, "points.expectations")
            for on in setting.days
            if self._expectations is not None
        }
        trees: list[Tree] = [
            setting.policy(f"vocabulary/{name}", VOCABULARY.name, "policies")
            .versions[-1]
            .parameters
            for name in ("earning-kinds", "channels")
        ]
        check(told, setting, trees[0])
        last = self._versions[setting.days[-1]].parameters
        self._zone, self._currency = last.zone, last.currency
        incoming = {
            code
            for code in told.kinds.values()
            if any(trees[0].within(code, above) for above in told.incoming)
        }
        others = "tiers" in setting.parts
        checks = Checks(
            Ways(told.kinds, frozenset(incoming)),
            setting.institution.zone,
            setting.institution.currency,
            setting.rejects,
            told=others,
        )
        self._intake = Intake(checks, self._zone, trees[1], setting.rejects)
        self._rates = Rates(self._currency, None if others else setting.rejects)
        bank = setting.bank
        self._accounts = Accounts(
            bank.journal, (self._programme,), now=self._now, tenant=bank.tenant, shelf=bank.policies
        )
        self._book = Book(self._accounts.desk, bank.journal)
        self._known: dict[str, Held] = {}
        self._tallies: dict[str, Tally] = {}
        self._rows: dict[str, list[Movement]] | None = None
        self._until: datetime | None = None
        self._days: list[PointsDay] = []

    def begin(self, register: Register) -> None:
        """Take the register."""
        self._intake.checks.begin(register)
        self._customers = register.customers["customer"]

    def take(self, source: Source, rows: Rows) -> None:
        """Take rows of one block."""
        if source.extract.table == "rates":
            self._rates.take(source, rows)
        else:
            self._intake.take(source, rows)

    def decide(self, on: date) -> DayResult:
        """Decide a day and keep the record."""
        if self._rows is None:
            self._rows = {who: [] for who in self._customers}
            for row in self._intake.close():
                self._rows.setdefault(row.customer, []).append(row)
        cut = min(last_instant(on, self._zone), in_utc(self._now()))
        period = self._told.period
        start = add_months(on + timedelta(days=1), -period.months) - timedelta(days=period.days)
        day = PointsDay(on, start, self._versions[on])
        acts = Acts(
            subject_of=self._accounts.subject_of,
            currency=self._currency,
            tier_of=self._tiers(),
            rate_of=self._rate_of,
        )
        members, done = iter(sorted(self._rows)), 0
        while part := tuple(islice(members, MEMBERS)):
            self._setting.watch(f"points {on}", done, len(self._rows))
            self._decide(part, acts, cut, day)
            done += len(part)
        self._setting.watch(f"points {on}", done, done or 1)
        self._until = cut
        day.idle = self._intake.checks.idle
        decided = "first" if day.written.entries else "same"
        self._days.append(day)
        texts = {"points-ledger.csv": "\ufeff" + day.ledger(self._setting.locale), **day.texts}
        return DayResult(on, day.frames(), day.summary(decided), day.line(decided), texts)

    def _decide(self, members: tuple[str, ...], acts: Acts, cut: datetime, day: PointsDay) -> None:
        """Bring the accounts of some customers up to a day, and count them."""
        assert self._rows is not None, "told before"
        lacking = {who: acts.subject_of(who) for who in members if who not in self._known}
        known = {who: self._known[who] for who in members if who in self._known}
        known |= self._book.load(lacking)
        rows = [
            row
            for who in members
            for row in self._rows[who]
            if row.at <= cut and (self._until is None or row.at > self._until)
        ]
        batch = self._book.keep(known, rows, acts, cut, self._now())
        self._tell(batch, rows, day)
        for who, held in batch.held.items():
            if held.state.customer:
                day.add(who, acts.subject_of(who), self._counted(who, held, cut))
                if len(day.texts) < self._told.sample:
                    day.texts[f"statements/{_named(who)}.txt"] = self._statement(held, cut, day)
        if len(self._rows) <= KEPT:
            self._known |= batch.held

    def _counted(self, customer: str, held: Held, cut: datetime) -> Tally:
        """Return an account as it stands at the end of a day."""
        tally = self._tallies.get(customer) or Tally(self._zone)
        tally.until(held.entries, micros(cut))
        if len(self._rows or ()) <= KEPT:
            self._tallies[customer] = tally
        return tally

    def _statement(self, held: Held, cut: datetime, day: PointsDay) -> str:
        """Return a statement of the period, as all that is written tells it."""
        newest = max(entry.recorded_at for entry in held.entries)
        known = max(moment(newest), cut)
        told = statement(
            held.entries,
            day.version.parameters,
            day.start,
            day.on + timedelta(days=1),
            known,
            opened_at=known,
            customer=held.state.customer,
            programme_id=self._programme.id,
        )
        return told.text(self._setting.locale)

    def _tell(self, batch: Batch, rows: list[Movement], day: PointsDay) -> None:
        """Tell what was refused, what stands otherwise, and what waits."""
        day.written.entries += batch.entries
        day.written.differs += len(batch.told)
        for row, column, said in batch.told:
            self._intake.reject(row, column, said)
        refused = set()
        for row, code in batch.refused:
            refused.add(row.ref)
            day.written.refused[code] += 1
            self._intake.reject(row, "ref", REFUSED(code=code))
        for row in rows:
            if row.ref not in refused and unknown_original(batch.held[row.customer].state, row):
                self._intake.reject(row, "refund_of", NO_ORIGINAL())

    def _tiers(self) -> Any:
        """Return who has which tier before the day is decided."""
        frame = self._setting.facts.get("tier")
        held: Mapping[str, str] = {} if frame is None else dict(frame.iter_rows())
        return lambda customer: held.get(customer, "")

    def _rate_of(self, row: Movement) -> Decimal | None:
        return self._rates.of(row.currency, row.on)

    def report(self) -> PartReport:
        """Tell what belongs in the report."""
        versions: list[tuple[Policy[Any], Version[Any]]] = [
            (self._programme, version) for version in dict.fromkeys(self._versions.values())
        ]
        valued = None
        if self._expectations is not None:
            expected = self._expected[self._days[-1].on]
            versions.append((self._expectations, expected))
            valued = Valued(self._liability(expected), expected)
        figures, sections = report(self._days, valued)
        return PartReport(figures, sections, tuple(versions))

    def _liability(self, expected: Version[Expectations]) -> Liability:
        assert self._rows is not None, "told before"
        assert self._until is not None, "told before"
        version = self._versions[self._days[-1].on]
        return liability(
            (held.entries for held in self._everybody()),
            self._zone,
            expected.parameters,
            as_of=self._until,
            scale=version.parameters.written.points.scale,
        )

    def _everybody(self) -> Iterator[Held]:
        """Yield every account, read again where they are too many to keep."""
        assert self._rows is not None, "told before"
        members = iter(sorted(self._rows))
        while part := tuple(islice(members, MEMBERS)):
            lacking = {
                who: self._accounts.subject_of(who) for who in part if who not in self._known
            }
            read = self._book.load(lacking)
            yield from (self._known.get(who) or read[who] for who in part)


def _named(customer: str) -> str:
    """Return a name for a file: letters and digits stay, what else an id has does not."""
    return "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in customer)


def _in_force(policy: Policy[Any] | None, on: date, path: str) -> Version[Any]:
    assert policy is not None, "asked only where there is one"
    try:
        version: Version[Any] = policy.on(on)
    except BankServiceError as error:
        raise FaultsError("bank.toml", (Fault(path, str(on), str(error)),)) from None
    return version
