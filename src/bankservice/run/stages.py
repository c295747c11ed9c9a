"""
The part of stages: active days → relationships in the journal → who stands where, how the book
flowed, which treatments are due.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import polars as pl

from bankservice.core.calendar import local_day
from bankservice.core.decision import Says
from bankservice.core.errors import BankServiceError, Fault, FaultsError, near_names
from bankservice.core.policy import Policy, Version
from bankservice.lifecycle.model import StageChange
from bankservice.lifecycle.stages.entries import Relationship
from bankservice.lifecycle.stages.kind import STAGES, Stages
from bankservice.lifecycle.stages.service import Lifecycles
from bankservice.lifecycle.stages.views import LifecycleView, seen
from bankservice.run.files import Source
from bankservice.run.keeper import Keeper
from bankservice.run.part import DayResult, PartReport, Setting
from bankservice.run.people import People
from bankservice.run.register import Register
from bankservice.run.rows import Rows
from bankservice.run.stages_acts import Acts, Span, unknown_kinds
from bankservice.run.stages_care import Caring, treatments_of
from bankservice.run.stages_care_report import care_sections
from bankservice.run.stages_day import StageRow, StagesDay
from bankservice.run.stages_intake import ActiveDays, Days
from bankservice.run.stages_lives import Life, lives
from bankservice.run.stages_plan import StagesPlan, check
from bankservice.run.stages_report import report

__all__ = ["StagesPart"]

MEMBERS: Final = 500
"""Customers whose records are written at once."""

DOUBTFUL = Says("doubtful-activity")
NOT_SEEN = Says("not-seen")
NO_VERSION = Says("no-version")


class StagesPart:
    """Tells stages; see `bankservice.run.part.Part` for what each method promises."""

    def __init__(self, told: StagesPlan, setting: Setting) -> None:
        """
        Set up.

        Raises:
            FaultsError: If a policy is missing, of another kind, or not in force on a day, or the
                extracts do not say what is needed.
        """
        self._told = told
        self._setting = setting
        self._now = setting.bank.now
        self._policy: Policy[Stages] = setting.policy(told.policy, STAGES.name, "stages.policy")
        self._versions = {on: _in_force(self._policy, on, "stages.policy") for on in setting.days}
        check(told, setting)
        _check_kinds(told, self._policy)
        treatments = treatments_of(setting, told.treatments)
        self._care = None if treatments is None else Caring(treatments, setting)
        self._cares = (
            {on: _in_force(treatments, on, "stages.treatments") for on in setting.days}
            if treatments is not None
            else {}
        )
        bank = setting.bank
        self._service = Lifecycles(
            bank.journal, self._policy, now=bank.now, tenant=bank.tenant, shelf=bank.policies
        )
        self._keeper: Keeper[Relationship] = Keeper(self._service.desk, bank.journal)
        self._days: list[StagesDay] = []
        self._views: dict[str, tuple[Relationship, LifecycleView]] = {}
        self._closed = False

    def begin(self, register: Register) -> None:
        """Take the register."""
        setting = self._setting
        zone = self._policy.versions[-1].parameters.zone
        others = {"tiers", "points"} & set(setting.parts)
        self._active = ActiveDays(
            register,
            self._told.kinds,
            (setting.institution.zone, zone),
            None if others else setting.rejects,
        )
        self._acts = Acts(self._told, self._active.acts, self._policy)
        self._zone = zone
        self._lives: Mapping[str, Life] = lives(register)
        self._customers = tuple(register.customers["customer"])
        minor_units = any(
            extract.columns["income"].minor_units
            for extract in setting.extracts
            if extract.table == "customers" and "income" in extract.columns
        )
        self._people = People(register, setting.institution.currency, minor_units=minor_units)

    def take(self, source: Source, rows: Rows) -> None:
        """Take rows of one block."""
        self._active.take(source, rows)

    def decide(self, on: date) -> DayResult:
        """Decide a day and keep the record."""
        if not self._closed:
            self._active.close()
            self._first = self._active.first()
            self._closed = True
        after = self._days[-1].on if self._days else None
        until = min(on, local_day(self._now(), self._zone))
        day = StagesDay(on, after, self._versions[on])
        if self._care is not None:
            self._care.begin(on, self._cares[on], self._tiers())
        told = self._active.between(after, until)
        for place in range(0, len(self._customers), MEMBERS):
            self._setting.watch(f"stages {on}", place, len(self._customers))
            self._decide(day, told, (place, min(place + MEMBERS, len(self._customers))), until)
        self._setting.watch(f"stages {on}", len(self._customers), len(self._customers) or 1)
        day.idle = self._active.idle
        day.close()
        files = day.frames()
        self._setting.facts["stage"] = files["stages"].select(
            "customer", "stage", "reason", "since", "last_activity_on"
        )
        summary, line = day.summary(), day.line()
        if self._care is not None:
            cared = self._care.days[-1]
            files["treatments"] = cared.frame()
            summary["treatments"] = cared.summary()
            line += f"; {sum(cared.fresh.values()):,} treatments meant"
            if cared.entries and summary["decided"] == "same":
                summary["decided"] = "first"
        self._days.append(day)
        return DayResult(on, files, summary, line)

    def _decide(self, day: StagesDay, told: Days, span: tuple[int, int], until: date) -> None:
        """Bring the records of some customers up to a day, and count them."""
        members, days = self._customers[span[0] : span[1]], told.of(*span)
        now = self._now()
        self._keeper.read(members)
        commands = [
            command
            for place, customer in enumerate(members, span[0])
            for command in self._acts.of(
                customer,
                self._lives[customer],
                self._first.get(customer),
                days.get(place, ()),
                (day.after, until),
                self._keeper.state(customer).dossier,
            )
        ]
        written = self._keeper.keep(commands, now)
        late = [
            self._acts.advance(customer, until)
            for customer in members
            if self._keeper.state(customer).due <= until.toordinal()
        ]
        moved = self._keeper.keep(late, now)
        day.entries += written.entries + moved.entries
        day.corrected += written.events["corrected"]
        day.refused.update(str(no.code.value) for _, no in (*written.refused, *moved.refused))
        policy = self._policy.as_known(local_day(now, self._zone))
        rows: dict[str, StageRow] = {}
        changes: dict[str, tuple[StageChange, ...]] = {}
        ended = set[str]()
        for place, customer in enumerate(members, span[0]):
            view = self._seen(customer, until, policy)
            row = self._row(customer, view, until)
            if row is None:
                continue
            history = tuple((held.stage.value, held.on, held.reason.value) for held in view.history)
            day.add(row, history)
            day.differs += self._lost_days(customer, days.get(place, []), (day.after, until))
            if row.stage is not None:
                rows[customer], changes[customer] = row, view.history
            if view.deceased or view.exited:
                ended.add(customer)
        if self._care is not None:
            self._care.take(rows, changes, self._people, ended)

    def _seen(self, customer: str, until: date, policy: Policy[Stages]) -> LifecycleView:
        """Return a customer's stages; as they were seen last where nothing could change them."""
        state = self._keeper.state(customer)
        before = self._views.get(customer)
        if before is not None and before[0] is state and until.toordinal() < state.due:
            return before[1]
        view = seen(state, until, policy)
        dossier = state.dossier
        latest = max(
            dossier.last,
            *(change.day for change in state.said[-1:]),
            *(hold.end for hold in dossier.holds),
            *(day for day, _ in (*dossier.closures, *dossier.products)),
            0,
        )
        if latest <= until.toordinal():
            # Nothing on record is of a later day.
            self._views[customer] = (state, view)
        return view

    def _row(self, customer: str, view: LifecycleView, until: date) -> StageRow | None:
        """Return where a customer stands; None for who comes later."""
        unknown = None
        if customer in self._active.doubtful:
            unknown = DOUBTFUL.code
        elif view.unknown:
            unknown = NO_VERSION.code
        elif view.stage is None:
            since = self._lives[customer].since
            if since is not None and since > until:
                return None
            unknown = NOT_SEEN.code
        if unknown is not None or view.stage is None or view.reason is None:
            return StageRow(customer=customer, unknown=unknown)
        coming = view.next
        return StageRow(
            customer=customer,
            stage=view.stage.value,
            since=view.since,
            reason=view.reason.value,
            next_stage=None if coming is None else coming.stage.value,
            next_on=None if coming is None else coming.on,
            first_activity_on=view.first_activity_on,
            last_activity_on=view.last_activity_on,
        )

    def _lost_days(self, customer: str, days: list[tuple[date, int]], span: Span) -> int:
        """Return how many days on record of a span the extracts do not tell any more."""
        told = self._acts.days(self._lives[customer], days, span)
        if told is None:
            return 0
        dossier, (after, until) = self._keeper.state(customer).dossier, span
        done, inactive, lost, _ = dossier.days
        recorded = (done | inactive | lost) & (
            (1 << max(until.toordinal() + 1 - dossier.base, 0)) - 1
        )
        if after is not None:
            recorded >>= max(after.toordinal() + 1 - dossier.base, 0)
        return max(recorded.bit_count() - told, 0)

    def _tiers(self) -> Mapping[str, str]:
        """Return who has which tier on the day, where an earlier part decides that."""
        frame: pl.DataFrame | None = self._setting.facts.get("tier_now")
        return {} if frame is None else dict(frame.iter_rows())

    def report(self) -> PartReport:
        """Tell what belongs in the report."""
        versions: list[tuple[Policy[Any], Version[Any]]] = [
            (self._policy, version) for version in dict.fromkeys(self._versions.values())
        ]
        figures, sections = report(self._days)
        if self._care is not None:
            versions += (
                (self._care.policy, version) for version in dict.fromkeys(self._cares.values())
            )
            more, cared = care_sections(self._care.days)
            figures, sections = (*figures, *more), (*sections, *cared)
        return PartReport(figures, sections, tuple(versions))


def _in_force(policy: Policy[Any], on: date, path: str) -> Version[Any]:
    try:
        version: Version[Any] = policy.on(on)
    except BankServiceError as error:
        raise FaultsError("bank.toml", (Fault(path, str(on), str(error)),)) from None
    return version


def _check_kinds(told: StagesPlan, policy: Policy[Stages]) -> None:
    faults = tuple(_kind_faults(told, policy))
    if faults:
        raise FaultsError("bank.toml", faults)


def _kind_faults(told: StagesPlan, policy: Policy[Stages]) -> Iterator[Fault]:
    for path, kind in unknown_kinds(told, policy).items():
        known = policy.versions[-1].parameters.kinds
        names = () if known is None else tuple(known)
        yield Fault(
            path, repr(kind), "a kind of activity the policy knows", near_names(kind, names)
        )
