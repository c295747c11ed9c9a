"""
The part of groups: facts of customers → screening, behaviours, segments in the journal → scores of
recency, frequency and money, services by class.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from bankservice.core.calendar import add_months
from bankservice.core.conditions import Condition
from bankservice.core.errors import BankServiceError, Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy, PolicyRef, Version
from bankservice.core.record import Command
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.run.certain import decides_on_all
from bankservice.run.files import Source
from bankservice.run.groups_answers import Decisions, Stated
from bankservice.run.groups_beside import Beside
from bankservice.run.groups_day import GroupsDay
from bankservice.run.groups_intake import Dealt, Turnover
from bankservice.run.groups_plan import GroupsPlan, check
from bankservice.run.groups_report import report
from bankservice.run.groups_rfm import Measured, Scored, Scoring, Values
from bankservice.run.keeper import Keeper
from bankservice.run.part import DayResult, PartReport, Setting
from bankservice.run.people import People
from bankservice.run.rates import Rates
from bankservice.run.register import Register
from bankservice.run.rows import Rows
from bankservice.run.stages_intake import ActiveDays
from bankservice.run.stages_plan import Act
from bankservice.segmentation import (
    ENTITLEMENTS,
    GROUPS,
    Entitling,
    Groups,
    Memberships,
    behaviour_facts,
)
from bankservice.segmentation.entitling.rule import EntitlementFacts, entitlements
from bankservice.segmentation.membership.entries import Belonging
from bankservice.segmentation.membership.record import MembershipView, view_on

__all__ = ["GroupsPart"]

MEMBERS: Final = 500
"""Customers whose records are written at once."""


class GroupsPart:
    """Tells groups; see `bankservice.run.part.Part` for what each method promises."""

    def __init__(self, told: GroupsPlan, setting: Setting) -> None:
        """
        Set up.

        Raises:
            FaultsError: If a policy is missing, of another kind, or not in force on a day.
        """
        self._told = told
        self._setting = setting
        self._now = setting.bank.now
        self._policy: Policy[Groups] = setting.policy(told.policy, GROUPS.name, "groups.policy")
        self._versions = {on: _in_force(self._policy, on, "groups.policy") for on in setting.days}
        self._entitling: Policy[Entitling] | None = (
            setting.policy(told.entitlements, ENTITLEMENTS.name, "groups.entitlements")
            if told.entitlements
            else None
        )
        self._entitlings: dict[date, Version[Entitling]] = {
            on: _in_force(self._entitling, on, "groups.entitlements")
            for on in setting.days
            if self._entitling is not None
        }
        self._entitled = {on: _named_by(version) for on, version in self._entitlings.items()}
        check(told, setting)
        self._scoring = None if told.rfm is None else Scoring(told.rfm, setting)
        bank = setting.bank
        service = Memberships(
            bank.journal,
            self._policy,
            now=bank.now,
            tenant=bank.tenant,
            shelf=bank.policies,
            institution=setting.profile,
        )
        self._keeper: Keeper[Belonging] = Keeper(service.desk, bank.journal)
        others = {"tiers", "points"} & set(setting.parts)
        self._rates = Rates(setting.institution.currency, None if others else setting.rejects)
        self._starts = {on: _start(on, told) for on in setting.days}
        self._given: dict[tuple[PolicyRef, Any], tuple[str, ...]] = {}
        self._asked: dict[str, tuple[Stated, Version[Groups], Belonging]] = {}
        self._views: dict[str, tuple[Belonging, MembershipView]] = {}
        self._decisions = {v: Decisions(v) for v in dict.fromkeys(self._versions.values())}
        self._days: list[GroupsDay] = []
        self._closed = False

    def begin(self, register: Register) -> None:
        """Take the register."""
        setting, told = self._setting, self._told
        zone = setting.institution.zone
        acts = {
            kind: Act() if dealing else Act(initiator="bank")
            for kind, dealing in told.kinds.items()
        }
        others = {"tiers", "stages", "points"} & set(setting.parts)
        rejects = None if others else setting.rejects
        self._active = ActiveDays(register, acts, (zone, zone), rejects)
        currency = setting.institution.currency
        self._turnover = Turnover(register, told.kinds, told.products, self._starts, currency)
        self._customers = tuple(register.customers["customer"])
        minor_units = any(
            extract.columns["income"].minor_units
            for extract in setting.extracts
            if extract.table == "customers" and "income" in extract.columns
        )
        self._people = People(register, currency, minor_units=minor_units)

    def take(self, source: Source, rows: Rows) -> None:
        """Take rows of one block."""
        if source.extract.table == "rates":
            self._rates.take(source, rows)
        else:
            self._active.take(source, rows)
            self._turnover.take(source, rows)

    def decide(self, on: date) -> DayResult:
        """Decide a day and keep the record."""
        if not self._closed:
            self._active.close()
            self._closed = True
        version = self._versions[on]
        day = GroupsDay(on, version, self._entitlings.get(on))
        dealt = self._turnover.dealt(on, self._rates.of)
        active = self._active.measures(self._starts[on], on)
        beside = Beside(self._setting)
        members = tuple(who for who in self._customers if beside.is_member(who))
        texts = {}
        if self._scoring is not None:
            values = self._values(members, on, active, dealt, beside)
            self._scoring.fit(values, on)
            day.scored = self._scoring.score(values, on)
            if self._scoring.text:
                texts["rfm-cuts.policy.toml"] = self._scoring.text
        facts = _Facts(self, version.parameters, on, dealt, active, beside, day.scored)
        for place in range(0, len(members), MEMBERS):
            self._setting.watch(f"groups {on}", place, len(members))
            self._decide(day, members[place : place + MEMBERS], facts)
        self._setting.watch(f"groups {on}", len(members), len(members) or 1)
        self._days.append(day)
        return DayResult(on, day.frames(), day.summary(), day.line(), texts)

    def _decide(self, day: GroupsDay, members: tuple[str, ...], facts: _Facts) -> None:
        """Bring the records of some customers up to a day, and count them."""
        self._keeper.read(members)
        now, zone = self._now(), self._setting.profile.versions[-1].parameters.zone
        certain = decides_on_all(self._policy, day.version, day.on, now, zone)
        stays = self._decisions[day.version].changes_nothing
        asked: dict[str, Stated] = {}
        entitled: dict[str, dict[str, Any]] = {}
        for who in members:
            asked[who] = facts.stated(who)
            if day.entitling is not None:
                entitled[who] = facts.of(who, self._entitled[day.on])
        commands = [
            Command(id=f"run:assign:{day.on}", subject=who, body=told.assign(day.on))
            for who, told in asked.items()
            if not self._same(who, told, day)
            and not (certain and stays(self._keeper.state(who), told, day.on))
        ]
        written = self._keeper.keep(commands, now)
        for who, told in asked.items():
            self._asked[who] = (told, day.version, self._keeper.state(who))
        day.entries += written.entries
        day.refused.update(str(no.code.value) for _, no in written.refused)
        for who in members:
            view = self._seen(who, day.on)
            services: tuple[str, ...] = ()
            if day.entitling is not None:
                decided = {"segment": view.segment, "behaviours": view.behaviours}
                named = {n: v for n, v in decided.items() if v and n in self._entitled[day.on]}
                services = self._services(day, entitled[who] | named)
            day.add(who, view, facts.beside_of(who), services)

    def _seen(self, customer: str, on: date) -> MembershipView:
        """Return where a customer belongs; as it was seen last where nothing could change it."""
        state, before = self._keeper.state(customer), self._views.get(customer)
        if before is not None and before[0] is state and before[1].on <= on:
            return before[1]
        view = view_on(state, on)
        if all(mark.on <= on for mark in state.marks):
            # Nothing on record is of a later day.
            self._views[customer] = (state, view)
        return view

    def _same(self, customer: str, told: Stated, day: GroupsDay) -> bool:
        """Tell whether a customer was asked for last on the same facts: nothing can have changed."""
        before = self._asked.get(customer)
        state = self._keeper.state(customer)
        return (
            before is not None
            and before[1] is day.version
            and before[2] is state
            and not any(mark.on > day.on for mark in state.marks[-1:])
            and told.born_on is None
            and before[0] == told
        )

    def _services(self, day: GroupsDay, facts: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the services of a customer with some facts; many have the same."""
        assert day.entitling is not None, "asked only where there is one"
        key = (day.entitling.ref, tuple(sorted(facts.items())))
        if key not in self._given:
            asked = EntitlementFacts(on=day.on, customer=FrozenMapping(facts))
            self._given[key] = entitlements.decide(asked, day.entitling).outcome.services
        return self._given[key]

    def _values(
        self,
        members: tuple[str, ...],
        on: date,
        active: Mapping[str, tuple[date, int]],
        dealt: Dealt,
        beside: Beside,
    ) -> Values:
        """Return recency, frequency and money of customers."""
        assert self._told.rfm is not None, "asked only where they are scored"
        recency: list[Measured] = []
        frequency: list[Measured] = []
        monetary: list[Measured] = []
        for who in members:
            doubtful = who in self._active.doubtful
            last, days = active.get(who, (None, 0))
            recency.append(UNKNOWN if doubtful else None if last is None else (on - last).days)
            frequency.append(UNKNOWN if doubtful else None if last is None else days)
            money: Measured = beside.average(who)
            if self._told.rfm.money == "turnover":
                unknown = who in dealt.unknown
                money = UNKNOWN if unknown else sum(dealt.turnover.get(who, {}).values())
            monetary.append(None if last is None and not doubtful else money)
        return Values(members, recency, frequency, monetary)

    def report(self) -> PartReport:
        """Tell what belongs in the report."""
        versions: list[tuple[Policy[Any], Version[Any]]] = [
            (self._policy, version) for version in dict.fromkeys(self._versions.values())
        ]
        if self._entitling is not None:
            held = self._entitling
            versions += ((held, version) for version in dict.fromkeys(self._entitlings.values()))
        if self._scoring is not None and self._scoring.policy is not None:
            scored = (day.scored.version for day in self._days if day.scored is not None)
            policy = self._scoring.policy
            versions += ((policy, version) for version in dict.fromkeys(scored))
        figures, sections = report(self._days)
        return PartReport(figures, sections, tuple(versions))

    def known_of(self, customer: str, on: date, known: Any) -> dict[str, Any]:
        """Return what the register says of a customer."""
        return self._people.facts(customer, on, known)

    def born_on(self, customer: str) -> date | None:
        """Return the day of birth."""
        return self._people.born_on(customer)

    @property
    def turnover(self) -> Turnover:
        """What was taken in of turnover."""
        return self._turnover

    @property
    def doubtful(self) -> set[str]:
        """Customers of whom a row's day could not be read."""
        return self._active.doubtful


class _Facts:
    """The facts of customers on one day."""

    def __init__(
        self,
        part: GroupsPart,
        groups: Groups,
        on: date,
        dealt: Dealt,
        active: Mapping[str, tuple[date, int]],
        beside: Beside,
        scored: Scored | None,
    ) -> None:
        self._part, self._groups, self._on = part, groups, on
        self._dealt, self._active, self._beside = dealt, active, beside
        self._scored: Mapping[str, str] = {} if scored is None else scored.names
        self._named = _named_by_groups(groups)
        self._last: tuple[str, dict[str, Any]] = ("", {})

    def beside_of(self, customer: str) -> tuple[str, str, str]:
        """Return tier, stage and RFM cell, empty where not known."""
        stage = self._beside.stages.get(customer, (None, None, None))[0]
        tier, cell = self._beside.tiers.get(customer), self._scored.get(customer)
        return tier or "", stage or "", cell or ""

    def stated(self, customer: str) -> Stated:
        """Return what is told of a customer."""
        born_on = self._part.born_on(customer) if "age" in self._named else None
        return Stated(
            facts=self.of(customer, self._named),
            born_on=born_on if born_on is not None and born_on <= self._on else None,
        )

    def of(self, customer: str, named: frozenset[str]) -> dict[str, Any]:
        """Return the facts that a policy names, without those that are not known."""
        if customer != self._last[0]:
            self._last = (customer, self._all(customer))
        facts = self._last[1]
        return {
            name: value
            for name, value in facts.items()
            if name in named and value not in (None, "", UNKNOWN)
        }

    def _all(self, customer: str) -> dict[str, Any]:
        """Return all that is known of a customer, and what is not as unknown."""
        facts: dict[str, Any] = {}
        tier, stage, cell = self.beside_of(customer)
        facts |= {"tier": tier, "stage": stage, "rfm": cell}
        if stage:
            _, reason, since = self._beside.stages[customer]
            facts["stage_reason"] = reason
            if since is not None:
                facts["days_in_stage"] = (self._on - since).days
        facts |= self._behaviour(customer)
        return facts | self._part.known_of(customer, self._on, self._groups.register)

    def _behaviour(self, customer: str) -> Mapping[str, int | UnknownType]:
        dealt, turnover = self._dealt, self._part.turnover
        unknown = customer in dealt.unknown
        days = self._active.get(customer, (None, 0))[1]
        return behaviour_facts(
            UNKNOWN if unknown else dealt.turnover.get(customer, {}),
            dealt.holdings.get(customer, {}) if turnover.holds and not unknown else UNKNOWN,
            by_channel=dealt.channels.get(customer, {}) if turnover.by_channel else UNKNOWN,
            active_days=UNKNOWN if customer in self._part.doubtful else days,
        )


def _start(on: date, told: GroupsPlan) -> date:
    """Return the first day of the window of a day."""
    return add_months(on + timedelta(days=1), -told.window.months) - timedelta(
        days=told.window.days
    )


def _facts_of(conditions: Iterable[Condition | None]) -> frozenset[str]:
    held = (condition for condition in conditions if condition is not None)
    return frozenset(part.fact for condition in held for part in condition.comparisons())


def _named_by_groups(groups: Groups) -> frozenset[str]:
    """Return the facts that the rows of groups look at: no other is asked for, or kept."""
    rows = (*groups.screen, *groups.behaviours, *groups.needs, *groups.segments)
    # Behaviours are told here, never stated.
    return _facts_of(row.when for row in rows) - {"behaviours"}


def _named_by(version: Version[Entitling]) -> frozenset[str]:
    table = version.parameters.table
    granted = [row.when for row in table.grant]
    return _facts_of((*granted, *(row.when for row in table.withhold)))


def _in_force(policy: Policy[Any] | None, on: date, path: str) -> Version[Any]:
    assert policy is not None, "asked only where there is one"
    try:
        version: Version[Any] = policy.on(on)
    except BankServiceError as error:
        raise FaultsError("bank.toml", (Fault(path, str(on), str(error)),)) from None
    return version
