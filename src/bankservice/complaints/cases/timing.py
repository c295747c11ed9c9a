"""
Clocks of a case: which ones start, by which version of which policy, and what measures them.

The version in force on the local day of receipt holds for the life of the case. Public holidays
count as they were known when the clocks were last worked out; a newer calendar comes in by a
command of its own (`restate`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import attrs

from bankservice.complaints.cases.case import Case, Limit, Timer
from bankservice.complaints.cases.timers import (
    deadline_facts,
    duty,
    known,
    known_law,
    level_facts,
    limit,
    may_govern,
    own_timer,
)
from bankservice.complaints.levels import ServiceLevels
from bankservice.complaints.model import Role
from bankservice.complaints.regimes.deadlines import due_dates
from bankservice.complaints.regimes.law import Regime
from bankservice.complaints.regimes.regime import REGIME
from bankservice.complaints.service_levels import SERVICE_LEVELS
from bankservice.core.calendar import Period, in_utc, local_day
from bankservice.core.desk import ref_json
from bankservice.core.frozen import FrozenMapping
from bankservice.core.institution import INSTITUTION, Profile
from bankservice.core.policy import Policy, Undecided, Version
from bankservice.core.ruler import Ruler
from bankservice.core.worktime import WorkingCalendar

__all__ = ["Begun", "Timing", "moment_of"]


@attrs.frozen(kw_only=True)
class Begun:
    """The clocks that begin with a case, and what they rest on."""

    timers: tuple[Timer, ...] = ()
    limits: tuple[Limit, ...] = ()
    versions: tuple[Version[Any], ...] = ()
    linked: tuple[Version[Any], ...] = ()
    assumed: tuple[str, ...] = ()

    @classmethod
    def of(cls, parts: list[Begun]) -> Begun:
        """Return several together."""
        return cls(
            timers=tuple(timer for part in parts for timer in part.timers),
            limits=tuple(held for part in parts for held in part.limits),
            versions=tuple(dict.fromkeys(held for part in parts for held in part.versions)),
            linked=tuple(dict.fromkeys(held for part in parts for held in part.linked)),
            assumed=tuple(dict.fromkeys(name for part in parts for name in part.assumed)),
        )

    @property
    def refs(self) -> FrozenMapping[str, FrozenMapping[str, str]]:
        """The versions that hold for the case, by the id of their policy."""
        return FrozenMapping(
            {version.ref.policy: FrozenMapping(ref_json(version.ref)) for version in self.versions}
        )

    @property
    def every(self) -> tuple[Version[Any], ...]:
        """Every version the clocks rest on."""
        return tuple(dict.fromkeys((*self.versions, *self.linked)))

    @property
    def older(self) -> tuple[FrozenMapping[str, str], ...]:
        """Every version the clocks rest on, by name."""
        return tuple(FrozenMapping(ref_json(version.ref)) for version in self.every)


class Timing:
    """Starts and measures the clocks of cases under the policies of a bank."""

    def __init__(self, policies: tuple[Policy[Any], ...]) -> None:
        """Sort the policies by kind."""
        self._by_id = {policy.id: policy for policy in policies}
        self.regimes = tuple(held for held in policies if held.kind.name == REGIME.name)
        self.levels = tuple(held for held in policies if held.kind.name == SERVICE_LEVELS.name)
        profiles = [held for held in policies if held.kind.name == INSTITUTION.name]
        self._institution: Policy[Profile] | None = profiles[0] if profiles else None

    # -- whose day it is ------------------------------------------------------------------

    def institution(self, on: date | None = None) -> Version[Profile] | None:
        """Return the institution's profile on a day; the newest where it is not in force yet."""
        if self._institution is None:
            return None
        found = None if on is None else self._institution.select(on)
        return found if isinstance(found, Version) else self._institution.versions[-1]

    def zone(self, stated: str, region: object) -> tuple[str, bool]:
        """
        Return the zone whose days count, and whether it was assumed.

        Stated with the case; else the institution's, that of a law with one zone, the desk's; else
        that of the calendar the law's business days follow, which is assumed. Empty where nothing
        tells.
        """
        told = [stated]
        profile = self.institution()
        told += [profile.parameters.zone] if profile is not None else []
        told += [held.versions[-1].parameters.zone for held in (*self.regimes, *self.levels)]
        found = next(filter(None, told), "")
        if found:
            return found, False
        for policy in self.regimes:
            calendar = policy.versions[-1].parameters.calendar_for(region)
            if calendar is not None:
                return calendar.zone, True
        return "", False

    # -- starting -------------------------------------------------------------------------

    def begin(
        self, case: Case, at: datetime, on: date, known_on: date, *, law_only: bool = False
    ) -> Begun | None:
        """
        Return the clocks that begin when a case with these facts is received.

        Args:
            case: What is stated of it.
            at: Instant of receipt.
            on: Local day of receipt; the versions in force on it are taken.
            known_on: Day whose knowledge of policies and public holidays counts.
            law_only: Whether to leave the bank's own clocks out.

        Returns:
            The clocks; None where policies were given and none is in force on that day.
        """
        parts: list[Begun] = []
        given = self.regimes if law_only else (*self.regimes, *self.levels)
        for policy in given:
            version = policy.as_known(max(known_on, on)).select(on, dict(case.private.facts))
            if isinstance(version, Undecided):
                parts.append(Begun(assumed=version.facts))
            elif version is None:
                continue
            elif policy.kind.name == REGIME.name:
                parts.append(self._law(case, version, at, on, known_on))
            else:
                parts.append(self._own(case, version, at, known_on))
        return None if given and not parts else Begun.of(parts)

    def duties(self, case: Case, at: datetime, on: date, known_on: date) -> Begun:
        """
        Return the duties of a case as law wants them for a receipt, under the versions it has.

        A regime of which the case has no version yet gives the one in force on that day.
        """
        parts: list[Begun] = []
        for policy in self.regimes:
            version = self.version(case, policy.id) or policy.as_known(max(known_on, on)).select(
                on, dict(case.private.facts)
            )
            if isinstance(version, Version):
                parts.append(self._law(case, version, at, on, known_on))
        return Begun.of(parts)

    def _law(
        self, case: Case, version: Version[Regime], at: datetime, on: date, known_on: date
    ) -> Begun:
        profile = self.institution(on)
        if profile is not None:
            jurisdiction = profile.parameters.jurisdiction
            if not may_govern(version.parameters, case, jurisdiction):
                # It is in force and looked at, and rules itself out.
                return Begun()
        regime = self._regime(version, on, known_on)
        found = due_dates(deadline_facts(case.about, case.private, on, at, case.zone), regime)
        ruler = Ruler(case.zone or "UTC", regime.calendar_for(case.about.region), regime.hours)
        timers, limits = [], []
        for name, due in found.entries.items():
            full = f"{version.ref.policy}/{name}"
            if due.role is Role.LIMIT:
                limits.append(limit(full, due, ruler, case.zone))
            else:
                row = regime.clock(name)
                warn = self._warned(full, on, known_on)
                timers.append(duty(full, due, row, regime, ruler, at, case.zone, warn))
        last = max((due.last_day for due in found.entries.values() if due.last_day), default=on)
        linked = () if ruler.calendar is None else ruler.calendar.versions(on, last)
        return Begun(
            timers=tuple(timers),
            limits=tuple(limits),
            versions=(version,) if profile is None else (version, profile),
            linked=linked,
            assumed=found.assumed,
        )

    def _warned(self, name: str, on: date, known_on: date) -> tuple[str, ...]:
        """Return the warnings the bank gives itself of a duty of law, by its service levels."""
        known = (policy.as_known(max(known_on, on)).select(on) for policy in self.levels)
        return tuple(
            dict.fromkeys(
                text
                for version in known
                if isinstance(version, Version)
                for row in version.parameters.watch
                if row.clock in (name, name.rpartition("/")[2])
                for text in row.warn
            )
        )

    def _own(
        self, case: Case, version: Version[ServiceLevels], at: datetime, known_on: date
    ) -> Begun:
        levels, ruler = version.parameters, self.desk_ruler(version, known_on)
        timers = tuple(
            own_timer(version.ref.policy, level, ruler, at)
            for level in levels.running(level_facts(case))
            if level.starts_on == "receive"
        )
        return Begun(
            timers=timers, versions=(version,), linked=self.desk_days(version, timers, at, known_on)
        )

    def desk_days(
        self, version: Version[ServiceLevels], timers: tuple[Timer, ...], at: datetime, on: date
    ) -> tuple[Version[Any], ...]:
        """Return the versions of the desk's calendar that clocks rest on from an instant."""
        ruler = self.desk_ruler(version, on)
        if ruler.calendar is None:
            return ()
        first = ruler.day_of(at)
        days = [ruler.day_of(timer.clock.due.instant) for timer in timers if timer.clock.due]
        return ruler.calendar.versions(first, max([first, *days]))

    # -- measuring ------------------------------------------------------------------------

    def version(self, case: Case, policy_id: str, digest: str = "") -> Version[Any] | None:
        """Return the version of a policy that holds for the case; None where it is not at hand."""
        policy, ref = self._by_id.get(policy_id), case.versions.get(policy_id)
        if policy is None or ref is None:
            return None
        wanted = digest or ref["digest"]
        return next((held for held in policy.versions if held.ref.digest == wanted), None)

    def version_of(self, case: Case, timer: Timer) -> Version[Any] | None:
        """Return the version that measures a clock; None where it is not at hand."""
        return self.version(case, timer.policy, timer.version)

    def ruler(self, case: Case, timer: Timer, known_on: date | None = None) -> Ruler | None:
        """
        Return what measures a clock of the case, as public holidays were known on a day.

        None where the policy is no longer at hand.
        """
        on = known_on or timer.known_on or case.calendars_on or date.max
        version = self.version_of(case, timer)
        if version is None:
            return None
        if not timer.law:
            return self.desk_ruler(version, on)
        regime = self._regime(version, case.received_on, on)
        return Ruler(case.zone or "UTC", regime.calendar_for(case.about.region), regime.hours)

    def _regime(self, version: Version[Regime], on: date | None, known_on: date) -> Regime:
        """Return a regime at the institution, with the public holidays known on a day."""
        profile = self.institution(on)
        working = profile.parameters.working if profile is not None else None
        return known_law(version.parameters.at(working), known_on)

    def desk_ruler(self, version: Version[ServiceLevels], known_on: date) -> Ruler:
        """Return what measures the bank's own clocks."""
        levels = version.parameters
        return Ruler(levels.zone or "UTC", known(levels.calendar, known_on))

    # -- what else the policies say -------------------------------------------------------

    def ways_on(self, case: Case) -> tuple[str, ...]:
        """Return the codes of the ways on that the law of a case has the answer name."""
        return tuple(
            dict.fromkeys(way.code for regime in self._laws(case) for way in regime.ways_on)
        )

    def keeping(self, case: Case) -> tuple[Period, ...]:
        """Return how long the law of a case has its record kept, from its end."""
        return tuple(kept.period for regime in self._laws(case) for kept in regime.keep)

    def _laws(self, case: Case) -> Iterator[Regime]:
        for policy in self.regimes:
            version = self.version(case, policy.id)
            if version is not None:
                yield version.parameters

    def _desks(self, case: Case) -> Iterator[ServiceLevels]:
        for policy in self.levels:
            version = self.version(case, policy.id)
            if version is not None:
                yield version.parameters

    def ask_effect_after(self, case: Case) -> Period:
        """Return how long after closing the customer is asked; nothing where nobody asks."""
        return next(
            (held.ask_effect_after for held in self._desks(case) if held.ask_effect_after), Period()
        )

    def rungs(self, case: Case, name: str, step: str) -> tuple[str, ...]:
        """Return the roles that are told of a step of a clock, one of law included."""
        policy_id, _, bare = name.rpartition("/")
        version = self.version(case, policy_id)
        own = version is not None and isinstance(version.parameters, ServiceLevels)
        desks = [version.parameters] if own and version is not None else self._desks(case)
        return tuple(
            dict.fromkeys(
                rung.to
                for levels in desks
                for rung in levels.ladder
                if rung.clock in (name, bare) and rung.step == step
            )
        )

    def delivery(self, case: Case, policy_id: str) -> WorkingCalendar | None:
        """
        Return the calendar in whose hours the notices of a policy's clocks are delivered.

        For those of law it is that of the desk; None where notices wait for no opening.
        """
        version = self.version(case, policy_id)
        own = version is not None and isinstance(version.parameters, ServiceLevels)
        held = [version.parameters] if own and version is not None else list(self._desks(case))
        calendars = (levels.calendar for levels in held if levels.deliver_in_hours)
        found: WorkingCalendar | None = next((one for one in calendars if one is not None), None)
        on = case.calendars_on
        return found if on is None else known(found, on)


def moment_of(case: Case, at: datetime) -> date:
    """Return the local day of an instant for a case; the day in UTC where no zone is known."""
    return local_day(in_utc(at), case.zone or "UTC")
