"""
The part of outlooks: what customers did → churn risk, value and trends in the journal → who may be
leaving, whose balance falls.

All of it is an estimate. It is decided after the stages and looks at them for the report alone: no
stage, tier or treatment of the run changes because of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from bankservice.core.calendar import local_day
from bankservice.core.decision import Says
from bankservice.core.desk import ref_json
from bankservice.core.errors import BankServiceError, Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.money import CURRENCIES
from bankservice.core.policy import Policy, Version
from bankservice.core.record import Command
from bankservice.lifecycle.prediction.entries import Estimate, Outlooked, Scored
from bankservice.lifecycle.prediction.kind import OUTLOOK, Outlook
from bankservice.lifecycle.prediction.service import Outlooks
from bankservice.run.files import Source
from bankservice.run.keeper import Keeper
from bankservice.run.outlook_book import BALANCE, DIGITAL, Book, Present
from bankservice.run.outlook_day import OutlookDay, OutlookRow
from bankservice.run.outlook_fit import Fitted, fit_book
from bankservice.run.outlook_plan import OutlookPlan, check
from bankservice.run.outlook_report import report
from bankservice.run.outlook_scores import Found, Scores, Told, told_of
from bankservice.run.outlook_seen import Counting
from bankservice.run.part import DayResult, PartReport, Setting
from bankservice.run.register import Register
from bankservice.run.rows import Rows

__all__ = ["OutlookPart"]

MEMBERS: Final = 500
"""Customers whose records are written at once."""

DOUBTFUL = Says("doubtful-activity")
NO_HISTORY = Says("no-history")
NO_VERSION = Says("no-version")
GONE = Says("gone")


class OutlookPart:
    """Tells outlooks; see `bankservice.run.part.Part` for what each method promises."""

    def __init__(self, told: OutlookPlan, setting: Setting) -> None:
        """
        Set up.

        Raises:
            FaultsError: If a policy is missing, of another kind, or not in force on a day, or the
                extracts do not say what is needed.
        """
        self._told = told
        self._setting = setting
        self._now = setting.bank.now
        check(told, setting)
        self._policy: Policy[Outlook] | None = None
        self._versions: dict[date, Version[Outlook]] = {}
        if told.policy:
            self._policy = setting.policy(told.policy, OUTLOOK.name, "outlook.policy")
            self._versions = _in_force(self._policy, setting.days)
            _check_trends(self._policy.versions)
            bank = setting.bank
            service = Outlooks(
                bank.journal, self._policy, now=bank.now, tenant=bank.tenant, shelf=bank.policies
            )
            self._keeper: Keeper[Outlooked] = Keeper(service.desk, bank.journal)
        self._fit_on = None if told.fit is None else told.fit.on or setting.days[-1]
        self._digits = CURRENCIES[setting.institution.currency]
        self._days: list[OutlookDay] = []
        self._fitted: Fitted | None = None

    def begin(self, register: Register) -> None:
        """Take the register."""
        self._book = Book(self._told, self._setting, register, self._versions)
        self._people = _Cohorts(self._policy, register, self._now())

    def take(self, source: Source, rows: Rows) -> None:
        """Take rows of one block."""
        self._book.take(source, rows)

    def decide(self, on: date) -> DayResult:
        """Decide a day and keep the record."""
        self._book.close()
        present, texts = Present(self._book, on), dict[str, str]()
        if self._told.fit is not None and on == self._fit_on:
            self._fit(present, on)
            if self._fitted is not None and self._fitted.text:
                texts["outlook.policy.toml"] = self._fitted.text
        fitted = self._fitted.summary() if self._fitted is not None and on == self._fit_on else {}
        version = self._versions.get(on)
        if version is None or not self._told.estimates(on):
            why = "no policy is in force" if version is None else f"it is by {self._told.every}"
            decided = "first" if fitted else "same"
            summary = {"fit": fitted, "decided": decided, "run_again": []}
            return DayResult(on, {}, summary, f"nothing is estimated: {why}", texts)
        day = OutlookDay(on, version, self._digits)
        customers = self._book.customers
        for place in range(0, len(customers), MEMBERS):
            self._setting.watch(f"outlook {on}", place, len(customers))
            self._decide(day, present, range(place, min(place + MEMBERS, len(customers))))
        self._setting.watch(f"outlook {on}", len(customers), len(customers) or 1)
        day.idle = self._book.business.active.idle
        files = day.frames()
        self._days.append(day)
        return DayResult(on, files, day.summary() | {"fit": fitted}, day.line(), texts)

    def _fit(self, present: Present, on: date) -> None:
        """Fit the models on everybody's business by a day."""
        assert self._told.fit is not None, "asked only where it is wanted"
        self._setting.watch(f"fit {on}", 0, 1)
        fit = self._told.fit
        seen = present.seen(Counting(fit.unit, fit.model == "bg-bb"))
        self._fitted = fit_book(fit, seen, on, self._setting, self._versions.get(on))
        self._setting.watch(f"fit {on}", 1, 1)

    def _decide(self, day: OutlookDay, present: Present, span: range) -> None:
        """Bring the records of some customers up to a day, and count them."""
        on, members = day.on, [place for place in span if present.is_member(place)]
        self._keeper.read(self._book.customers[place] for place in members)
        commands: list[Command] = []
        asked: list[_Asked] = []
        for place in members:
            customer, stage = self._book.customers[place], present.stage(place)
            scores = self._people.scores(place, on)
            if scores is None or present.is_gone(place):
                why = (NO_VERSION if scores is None else GONE).code
                day.add(OutlookRow(customer=customer, stage=stage, unknown=why))
                continue
            told = present.told(place, scores.counting, scores.version)
            held = _Asked(customer, stage, told, scores, self._keeper.state(customer))
            asked.append(held)
            if held.writes:
                body = told.score(on, scores.counting, self._people.facts(place))
                commands.append(Command(id=f"run:score:{on}", subject=customer, body=body))
        written = self._keeper.keep(commands, self._now())
        day.entries += written.entries
        day.refused.update(str(no.code.value) for _, no in written.refused)
        for held in asked:
            day.add(held.row(self._keeper.state(held.customer)))

    def report(self) -> PartReport:
        """Tell what belongs in the report."""
        figures, sections = report(self._days, self._fitted, self._setting.institution.currency)
        versions: list[tuple[Policy[Any], Version[Any]]] = [
            (self._policy, version)
            for version in dict.fromkeys(self._versions.values())
            if self._policy is not None
        ]
        return PartReport(figures, sections, tuple(versions))


class _Cohorts:
    """Which version decides on whom; where versions are for cohorts, what is known of customers."""

    def __init__(self, policy: Policy[Outlook] | None, register: Register, now: Any) -> None:
        self._scores: dict[tuple[date, Any], Scores | None] = {}
        self._known: list[Mapping[str, str]] = []
        self._policy = policy
        if policy is None:
            return
        today = local_day(now, policy.versions[-1].parameters.zone)
        self._policy = policy.as_known(today)
        if any(held.applies_to is not None for held in policy.versions):
            told = register.customers.select("customer_kind", "region").iter_rows(named=True)
            self._known = [{k: v for k, v in row.items() if v is not None} for row in told]

    def facts(self, place: int) -> Mapping[str, str]:
        """Return what is known of a customer, of what cohorts ask."""
        return self._known[place] if self._known else {}

    def scores(self, place: int, on: date) -> Scores | None:
        """Return what decides on a customer; None where no version is in force."""
        known = self.facts(place)
        key = (on, tuple(known.items()))
        if key not in self._scores:
            assert self._policy is not None, "asked only where there is one"
            found = self._policy.select(on, known)
            self._scores[key] = Scores(found, on) if isinstance(found, Version) else None
        return self._scores[key]


class _Asked:
    """A customer asked about on a day; what the rules say is found here, or by the record."""

    def __init__(
        self, customer: str, stage: str | None, told: Told, scores: Scores, state: Outlooked
    ) -> None:
        self.customer = customer
        self._stage, self._told, self._scores, self._state = stage, told, scores, state
        self._found: Found | None = None
        last = state.last(scores.on)
        ref = FrozenMapping(ref_json(scores.version.ref))
        self.writes = last is None or last.version != ref
        """Whether the record would write an entry: it does where something moved."""
        if last is not None and not self.writes:
            self._found = scores.of(told)
            after = self._found.estimate(last.estimate, scores.version)
            self.writes = after.moved != last.estimate.moved

    def row(self, state: Outlooked) -> OutlookRow:
        """Return what is told of the customer; *state* is the record after the day was kept."""
        told, scores = self._told, self._scores
        if self._found is None and state is self._state:
            # The record refused to decide, such as on a day to come.
            self._found = scores.of(told)
        last = state.last(scores.on)
        said: Found | Estimate = self._found if self._found is not None else _held(last)
        before = [held.estimate.band for held in self._state.held if held.on < scores.on]
        history = told.history
        no_history = NO_HISTORY.code if history is None else None
        return OutlookRow(
            customer=self.customer,
            band_before=before[-1] if before else None,
            stage=self._stage,
            frequency=None if history is None else history.frequency,
            recency=None if history is None else scores.counting.time(history.recency),
            age=None if history is None else scores.counting.time(history.age),
            stale=scores.version.parameters.stale(scores.on),
            version=scores.version,
            unknown=DOUBTFUL.code if told.doubtful else no_history,
            **told_of(said),
        )


def _held(last: Scored | None) -> Estimate:
    assert last is not None, "what was written holds on its own day"
    return last.estimate


def _in_force(policy: Policy[Outlook], days: Iterable[date]) -> dict[date, Version[Outlook]]:
    """Return the version in force on each day; nobody is scored before the first model."""
    found: dict[date, Version[Outlook]] = {}
    last: BankServiceError | None = None
    for on in days:
        try:
            found[on] = policy.on(on)
        except BankServiceError as error:
            last = error
    if last is not None and not found:
        fault = Fault("outlook.policy", "in force on none of the days", str(last))
        raise FaultsError("bank.toml", (fault,))
    return found


def _check_trends(versions: Iterable[Version[Outlook]]) -> None:
    """Refuse trends of the measures told here that are not by month."""
    faults = tuple(_trend_faults(versions))
    if faults:
        raise FaultsError("bank.toml", faults)


def _trend_faults(versions: Iterable[Version[Outlook]]) -> Iterator[Fault]:
    for version in versions:
        for measure in (BALANCE, DIGITAL):
            row = version.parameters.trends.get(measure)
            if row is not None and row.period != "month":
                got = f"{measure} by {row.period}, since {version.ref.since}"
                yield Fault("outlook.policy", got, "by month: its values are told so")
