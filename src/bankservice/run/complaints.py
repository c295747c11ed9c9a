"""
The part of complaints: rows → cases on record → notices → clocks, statistics, surges, grave cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, Final

import attrs

from bankservice.complaints.cases.case import Case, CaseStatus
from bankservice.complaints.cases.notices import due
from bankservice.complaints.handling import HANDLING
from bankservice.complaints.regimes.regime import REGIME
from bankservice.complaints.service import Cases
from bankservice.complaints.service_levels import SERVICE_LEVELS
from bankservice.complaints.watch.figures import statistics
from bankservice.complaints.watch.grave import Grave, GraveFacts, grave_case
from bankservice.complaints.watch.surge_policy import SURGE_WATCH
from bankservice.complaints.watch.tally import Statistics, StatisticsFacts
from bankservice.core.calendar import Period, add_months, in_utc
from bankservice.core.decision import Reason
from bankservice.core.errors import (
    BankServiceError,
    Fault,
    FaultsError,
    UnknownNameError,
    near_names,
)
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy, Title, Version
from bankservice.core.unknown import UNKNOWN
from bankservice.core.vocabulary import VOCABULARY, Tree
from bankservice.run.complaint_acts import REFUSED, Acts
from bankservice.run.complaint_book import keep
from bankservice.run.complaint_day import ComplaintDay, Written
from bankservice.run.complaint_lines import CaseLine
from bankservice.run.complaint_report import report
from bankservice.run.complaint_rows import TREES, Intake, Told, last_instant
from bankservice.run.complaint_watch import Watched
from bankservice.run.files import Source
from bankservice.run.part import DayResult, PartReport, Setting
from bankservice.run.register import Register
from bankservice.run.rows import Rows

__all__ = ["Complaints", "ComplaintsPlan"]

TABLE: Final = "complaints"
BATCH: Final = 500
"""Cases whose commands are written at once."""


@attrs.frozen(kw_only=True)
class ComplaintsPlan:
    """
    What the part is told, as `[complaints]` of `bank.toml`.

    Attributes:
        policies: Ids of the regimes and service levels that cases are held to.
        handling: Id of the policy by which cases are routed and counted.
        surge_watch: Id of the policy that says what is a surge, and which case is grave.
        period: How far back from each day it is told what came in and was answered.
        known_from: First day from which the extracts have every complaint; surges are looked for
            after it. The day of the first one where left out.
        zone: Zone whose days count; the institution's where left out.
        facts: Facts that hold for every case, where a regime asks for its own.
        ways_on: What every answer of the bank names as the customer's next step, by code; without
            any, no answer is taken for a final one.
        branch_title: What `branch` stands for, where it is something else.
        branch_days: Days over which customers who complain of one branch are counted together for
            grave cases; 0: they are not.
    """

    policies: tuple[str, ...]
    handling: str = "complaints/handling"
    surge_watch: str = "complaints/surge-watch"
    period: Period = Period(months=1)
    known_from: date | None = None
    zone: str = ""
    facts: FrozenMapping[str, str] = FrozenMapping()
    ways_on: tuple[str, ...] = ()
    branch_title: Title | None = None
    branch_days: int = 7


class Complaints:
    """Keeps complaints; see `bankservice.run.part.Part` for what each method promises."""

    def __init__(self, told: ComplaintsPlan, setting: Setting) -> None:
        """
        Set up.

        Raises:
            FaultsError: If a policy is missing, of another kind, or not in force on a day, or the
                extracts do not say what is needed.
        """
        self._told = told
        self._setting = setting
        self._now = setting.bank.now
        self._zone = told.zone or setting.institution.zone
        self._policies = tuple(_held_to(told, setting))
        self._handling = setting.policy(told.handling, HANDLING.name, "complaints.handling")
        self._watch = setting.policy(told.surge_watch, SURGE_WATCH.name, "complaints.surge_watch")
        for on in setting.days:
            _in_force(self._handling, on, "complaints.handling")
            _in_force(self._watch, on, "complaints.surge_watch")
        vocabularies = {
            name: setting.policy(tree, VOCABULARY.name, "policies") for name, tree in TREES.items()
        }
        self._trees: dict[str, Tree] = {
            name: held.versions[-1].parameters for name, held in vocabularies.items()
        }
        _check(setting, self._trees)
        given = (*self._policies, setting.profile, self._handling, *vocabularies.values())
        bank = setting.bank
        self._cases = Cases(
            bank.journal, given, now=self._now, tenant=bank.tenant, shelf=bank.policies
        )
        self._intake = Intake(
            self._zone,
            setting.institution.currency,
            setting.days[-1],
            self._trees,
            setting.rejects,
        )
        self._all: tuple[Told, ...] | None = None
        self._days: list[ComplaintDay] = []
        self._settled: dict[str, Case] = {}
        self._noted: set[tuple[str, str, str]] = set()

    def begin(self, register: Register) -> None:
        """Take the register; a complaint may be of somebody who is no customer."""

    def take(self, source: Source, rows: Rows) -> None:
        """Take rows of one block."""
        if source.extract.table == TABLE:
            self._intake.take(source, rows)

    def decide(self, on: date) -> DayResult:
        """Decide a day and keep the record."""
        if self._all is None:
            self._all = self._intake.close()
            self._watched = Watched(self._all, self._told.known_from, self._watch)
        acts = self._acts(on)
        told = [held for held in self._all if held.start.at <= acts.cut]
        written = Written()
        lines: list[CaseLine] = []
        for place in range(0, len(told), BATCH):
            self._setting.watch(f"complaints {on}", place, len(told))
            part = told[place : place + BATCH]
            states = self._keep(part, acts, written)
            lines += (
                CaseLine.of(held, states[held.case], acts, on)
                for held in part
                if states[held.case].status is not CaseStatus.NONE
            )
        self._setting.watch(f"complaints {on}", len(told), len(told) or 1)
        self._watched.until(on)
        day = self._day(on, lines, written)
        self._days.append(day)
        decided = "first" if written.entries else "same"
        return DayResult(on, day.frames(), day.summary(decided), day.line(decided))

    def _acts(self, on: date) -> Acts:
        cut = min(last_instant(on, self._zone), in_utc(self._now()))
        return Acts(
            cut=cut,
            zone=self._setting.institution.zone,
            case_zone=self._told.zone,
            currency=self._setting.institution.currency,
            handling=self._handling.on(on),
            facts=self._told.facts,
            ways_on=self._told.ways_on,
        )

    def _keep(self, told: list[Told], acts: Acts, written: Written) -> dict[str, Case]:
        """Bring the record up to what the extracts tell; return the cases as they are then."""
        bank = self._setting.bank
        steps = (acts.opening, acts.answering, acts.noticing)
        # What is over and told of stays as it is: a later day of the same plan changes nothing.
        open_ = [held for held in told if held.case not in self._settled]
        kept = keep(self._cases.desk, bank.journal, open_, steps, acts.differs, self._now())
        written.entries += kept.entries
        written.refused += len(kept.refused)
        written.differs += len(kept.differs)
        for held in told:
            code = kept.refused.get(held.case)
            if code is not None:
                self._tell(held, "status", REFUSED(code=code))
            # The record stands, and somebody has to look.
            for column, said in kept.differs.get(held.case, ()):
                self._tell(held, column, said)
        states = {
            held.case: self._settled[held.case] for held in told if held.case in self._settled
        } | kept.states
        for case, state in kept.states.items():
            said = case in kept.refused or case in kept.differs
            if state.ended and not said and not any("#" in key for key in due(state)):
                self._settled[case] = state
        return states

    def _tell(self, told: Told, column: str, said: Reason) -> None:
        # A plan of several days finds it on each of them, and tells it once.
        key = (told.case, column, said.code)
        if key not in self._noted:
            self._noted.add(key)
            self._intake.reject(told, column, said)

    def _day(self, on: date, lines: list[CaseLine], written: Written) -> ComplaintDay:
        end = on + timedelta(days=1)
        period = self._told.period
        start = add_months(end, -period.months) - timedelta(days=period.days)
        version = self._handling.on(on)

        def count(held: Iterable[CaseLine]) -> Statistics:
            kept = list(held)
            facts = StatisticsFacts(
                start=start,
                end=end,
                as_of=on,
                cases=tuple(line.row for line in kept),
                cycles=tuple(row for line in kept for row in line.rows()),
            )
            return statistics.decide(facts, version).outcome

        return ComplaintDay(
            on=on,
            start=start,
            zone=self._zone,
            lines=tuple(self._graded(lines, start, on)),
            whole=count(lines),
            current=count(line for line in lines if not line.stale),
            watched=self._watched,
            written=written,
            held=tuple(policy.id for policy in self._policies),
        )

    def _graded(self, lines: list[CaseLine], start: date, on: date) -> Iterator[CaseLine]:
        """Yield the lines, those of the period with whether they are grave."""
        recent = _Recent(self._told.branch_days)
        graded = {}
        for line in sorted(lines, key=lambda line: (line.told.received.at, line.told.case)):
            around = recent.add(line.told)
            if line.told.received.on >= start:
                graded[line.told.case] = self._grave(line, around, on)
        for line in lines:
            yield attrs.evolve(line, grave=graded.get(line.told.case))

    def _grave(self, line: CaseLine, around: int, on: date) -> Grave:
        told, about = line.told, line.case.about
        facts: dict[str, Any] = {
            "on": on,
            "matter": about.matter or "complaint",
            "branch_customers": around,
            "region": told.facts.get("region", ""),
        }
        for name in ("product", "issue", "channel"):
            facts[name] = told.facts.get(name, UNKNOWN)
        for name, stated in told.flags.items():
            facts[name] = UNKNOWN if stated is None else stated
        if told.amount_minor is not None:
            facts |= {
                "amount_minor": told.amount_minor,
                "currency": self._setting.institution.currency,
            }
        return grave_case.decide(GraveFacts(**facts), self._watch.on(on)).outcome

    def report(self) -> PartReport:
        """Tell what belongs in the report."""
        last = self._days[-1].on
        used: list[tuple[Policy[Any], Version[Any]]] = []
        for policy in (*self._policies, self._handling, self._watch):
            version = policy.select(last)
            if isinstance(version, Version):
                used.append((policy, version))
        figures, sections = report(self._days, self._told, self._trees, self._intake, self._watch)
        return PartReport(figures, sections, tuple(used))


class _Recent:
    """Counts the customers who complained of a branch of late."""

    def __init__(self, days: int) -> None:
        self._days = days
        self._held: dict[str, list[tuple[date, str]]] = {}

    def add(self, told: Told) -> int:
        """Add a case, given in the order of receipt; return how many customers there are now."""
        branch = told.facts.get("branch", "")
        if not branch or not self._days:
            return 0
        first = told.received.on - timedelta(days=self._days - 1)
        held = [held for held in self._held.get(branch, ()) if held[0] >= first]
        held.append((told.received.on, told.customer))
        self._held[branch] = held
        return len({customer for _, customer in held})


def _in_force(policy: Policy[Any], on: date, path: str) -> None:
    try:
        policy.on(on)
    except BankServiceError as error:
        raise FaultsError("bank.toml", (Fault(path, str(on), str(error)),)) from None


def _held_to(told: ComplaintsPlan, setting: Setting) -> Iterator[Policy[Any]]:
    """Yield the regimes and service levels."""
    if not told.policies:
        fault = Fault("complaints.policies", "none", "the ids of regimes and service levels")
        raise FaultsError("bank.toml", (fault,))
    for index, policy_id in enumerate(told.policies):
        path = f"complaints.policies[{index}]"
        try:
            policy = setting.bank.policies.get(policy_id)
        except UnknownNameError as error:
            fault = Fault(path, repr(policy_id), "the id of a policy", error.near)
            raise FaultsError("bank.toml", (fault,)) from None
        kinds = (REGIME.name, SERVICE_LEVELS.name)
        if policy.kind.name not in kinds:
            wanted = f"one of kind {' or '.join(kinds)}"
            fault = Fault(path, f"a policy of kind {policy.kind.name}", wanted)
            raise FaultsError("bank.toml", (fault,))
        yield policy


def _check(setting: Setting, trees: dict[str, Tree]) -> None:
    """Refuse extracts without a day of receipt, and codes that no vocabulary has."""
    faults: list[Fault] = []
    told = [(n, held) for n, held in enumerate(setting.extracts) if held.table == TABLE]
    if not told:
        faults.append(Fault("extract", f"none of {TABLE}", f"one of table {TABLE}"))
    for index, extract in told:
        path = f"extract[{index}].columns"
        for name in ("received", "replied", "answered", "closed"):
            both = {f"{name}_on", f"{name}_at"} & set(extract.columns)
            if len(both) == 2 or (not both and name == "received"):
                got = "both" if both else "neither"
                faults.append(Fault(path, got, f"one of {name}_on and {name}_at"))
        for name, tree in trees.items():
            mapped = extract.columns.get(name)
            if mapped is None:
                continue
            codes = (*mapped.codes.values(), *filter(None, (mapped.value, mapped.otherwise)))
            for code in dict.fromkeys(codes):
                if code not in tree:
                    wanted = f"a code of {TREES[name]}"
                    faults.append(
                        Fault(f"{path}.{name}", repr(code), wanted, near_names(code, tree))
                    )
    if faults:
        raise FaultsError("bank.toml", tuple(faults))
