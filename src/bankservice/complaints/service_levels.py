"""
The bank's own service levels: clocks by severity, tier and channel, their warnings, the ladder.

The written form is what the policy reference shows; `ServiceLevels` is the same with calendars
found and targets read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import attrs

from bankservice.complaints.handling import SEVERITIES
from bankservice.complaints.levels import Level, Rung, ServiceLevels, Watched
from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.clock import PolicyChange, Reopening, Revision
from bankservice.core.conditions import Condition, FactType
from bankservice.core.errors import UnknownNameError, near_names
from bankservice.core.institution import check_zone
from bankservice.core.opening import WORKTIME
from bankservice.core.policy import Faults, Kind, Library, Policy, Title
from bankservice.core.ruler import Close, Target, Threshold, Unit
from bankservice.core.schema import Forms, Schema, one_or_list
from bankservice.core.terms import Terms
from bankservice.core.vocabulary import Tree
from bankservice.core.worktime import WorkingCalendar

__all__ = [
    "LEVEL_FACTS",
    "SERVICE_LEVELS",
    "STOPS",
    "Level",
    "LevelRow",
    "Rung",
    "ServiceLevels",
    "ServiceLevelsTable",
    "Stops",
    "Watched",
]

STOPS: Final = (
    "acknowledge",
    "classify",
    "assign",
    "escalate",
    "propose",
    "respond",
    "final-response",
    "redress",
    "redress-money",
    "refer",
    "close",
)
"""
What may end a clock: a command, `final-response` for a reply that is marked final, or
`redress-money` for redress in money.
"""

LEVEL_FACTS: Final[Mapping[str, FactType]] = {
    "severity": FactType("text"),
    "tier": FactType("text"),
    "matter": FactType("text"),
    "kind": FactType("text"),
    "department": FactType("text"),
    "vulnerable": FactType("boolean"),
    "channel": FactType("code", "vocabulary/channels"),
    "product": FactType("code", "vocabulary/product-kinds"),
    "customer_kind": FactType("code", "vocabulary/customer-kinds"),
    "region": FactType("text"),
}
"""Facts of a case that a clock may depend on."""

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {"severity": tuple(SEVERITIES)}


@attrs.frozen
class Stops:
    """What ends a clock as written: one command, or a list of which any does."""

    words: tuple[str, ...] = ()

    @classmethod
    def __read__(cls, raw: object, reader: object) -> Stops:
        words = (raw,) if isinstance(raw, str) else raw
        return cls(reader.read(words, tuple[str, ...], ""))  # type: ignore[attr-defined]

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        return one_or_list(forms.of(str))

    def __written__(self) -> list[str]:
        return list(self.words)


@attrs.frozen(kw_only=True)
class LevelRow:
    """
    One clock as written. Of several rows with one name the first whose `when` holds is taken.

    Attributes:
        name: Stable name, such as `first_response`.
        target: How long: `PT8H` for times, `P2D` for days.
        unit: `working-time`, `elapsed`, `business-days` or `calendar-days`.
        stops_on: What ends it: one of the commands, or a list.
        title: What people read.
        when: Condition over the facts of the case; left out where it always runs.
        starts_on: `receive`; or a reply, so that the clock runs from one reply to the next.
        pausable: Whether it may be paused.
        warn: When to warn: `75%`, `-PT2H`, `+PT4H`.
        close: Where the last day ends, for targets in days.
        most_extension: What all extensions together may come to; none may be given where left out.
        reopen: What a reopened case does to it.
        on_calendar_change: What a newer calendar does to it while it runs.
        on_policy_change: What a newer target does to it while it runs.
        source: Where this row comes from, if not from the version's source.
    """

    name: str
    target: str
    unit: Literal["working-time", "elapsed", "business-days", "calendar-days"]
    stops_on: Stops
    title: Title | None = attrs.field(default=None, metadata={"digest": False})
    when: Condition | None = None
    starts_on: Literal["receive", "respond"] = "receive"
    pausable: bool = False
    warn: tuple[str, ...] = ()
    close: Close = "close-of-business"
    most_extension: str = ""
    reopen: Reopening = "continue"
    on_calendar_change: Revision = "forward"
    on_policy_change: PolicyChange = "keep"
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})

    @property
    def code(self) -> str:
        """Its name, as citations call it."""
        return self.name


@attrs.frozen(kw_only=True)
class ServiceLevelsTable:
    """
    A service-levels policy version as written.

    Attributes:
        clock: The clocks.
        calendar: Id of the desk's working calendar; or `calendar_file`, a file beside this one.
        zone: Zone whose days count, where there is no calendar; elapsed time needs none.
        watch: Duties of law of which the bank warns itself; the law knows no warnings.
        ladder: Who is told at which step.
        deliver_in_hours: Whether warnings are delivered in opening hours only; what they tell is
            dated as it became true all the same.
        ask_effect_after: How long after closing the customer is asked whether the solution was
            effective; nobody asks where left out.
    """

    clock: tuple[LevelRow, ...]
    calendar: str = ""
    zone: str = ""
    watch: tuple[Watched, ...] = ()
    ladder: tuple[Rung, ...] = ()
    deliver_in_hours: bool = True
    ask_effect_after: Period = Period()


def _build(table: ServiceLevelsTable, faults: Faults, library: Library) -> ServiceLevels:
    linked = _calendar(table.calendar, faults, library)
    calendar = None if linked is None else linked.versions[-1].parameters
    zone = table.zone or (calendar.zone if calendar is not None else "")
    if not zone:
        # Elapsed time is the same wherever it is read; days are not.
        if any(Unit(row.unit).in_days for row in table.clock):
            faults.add("zone", "nothing", "a zone, or a calendar that has one")
    elif calendar is not None and zone != calendar.zone:
        faults.add("zone", repr(zone), f"the calendar's own, {calendar.zone}")
    else:
        check_zone(zone, "zone", faults)
    terms = Terms.of(LEVEL_FACTS, _WORDS, library)
    if not table.clock:
        faults.add("clock", "no clock", "one or more [[version.clock]] tables")
    levels = [
        _level(row, f"clock[{place}]", calendar, terms, faults)
        for place, row in enumerate(table.clock)
    ]
    _check_order(table.clock, faults)
    _check_ladder(table, faults, library)
    return ServiceLevels(
        levels=tuple(level for level in levels if level is not None),
        zone=zone,
        calendar=calendar,
        linked=linked,
        watch=table.watch,
        ladder=table.ladder,
        deliver_in_hours=table.deliver_in_hours,
        ask_effect_after=table.ask_effect_after,
        terms=terms,
    )


def _calendar(name: str, faults: Faults, library: Library) -> Policy[WorkingCalendar] | None:
    if not name:
        return None
    try:
        found = library.get(name)
    except UnknownNameError as error:
        faults.add("calendar", repr(name), "the id of a working calendar", error.near)
        return None
    if found.kind.name != WORKTIME.name:
        faults.add("calendar", f"{name}, a {found.kind.name}", f"a policy of kind {WORKTIME.name}")
        return None
    return found


def _level(
    row: LevelRow, path: str, calendar: WorkingCalendar | None, terms: Terms, faults: Faults
) -> Level | None:
    before, unit = len(faults), Unit(row.unit)
    if calendar is None and unit in (Unit.WORKING_TIME, Unit.BUSINESS_DAYS):
        faults.add(f"{path}.unit", repr(row.unit), "a calendar for the version, or another unit")
    target = _target(row.target, unit, row.close, f"{path}.target", faults)
    most = (
        _target(row.most_extension, unit, row.close, f"{path}.most_extension", faults)
        if row.most_extension
        else None
    )
    _check_warnings(row.warn, f"{path}.warn", faults)
    if not row.stops_on.words:
        faults.add(f"{path}.stops_on", "nothing", f"one or more of {', '.join(STOPS)}")
    for word in row.stops_on.words:
        if word not in STOPS:
            wanted = f"one of {', '.join(STOPS)}"
            faults.add(f"{path}.stops_on", repr(word), wanted, near_names(word, STOPS))
    if row.when is not None:
        terms.check(row.when, f"{path}.when", faults)
    if target is None or len(faults) > before:
        return None
    return Level(
        name=row.name,
        title=row.title or Title(en=row.name, zh=row.name),
        target=target,
        stops_on=row.stops_on.words,
        when=row.when,
        starts_on=row.starts_on,
        pausable=row.pausable,
        thresholds=row.warn,
        most_extension=most.amount if most is not None else 0,
        reopen=row.reopen,
        on_calendar_change=row.on_calendar_change,
        on_policy_change=row.on_policy_change,
    )


def _target(text: str, unit: Unit, close: Close, path: str, faults: Faults) -> Target | None:
    try:
        target = Target.parse(text, unit, close=close)
    except ValueError as error:
        faults.add(path, repr(text), str(error))
        return None
    if not target.amount and not target.months:
        faults.add(path, repr(text), "more than nothing")
    return target


def _check_warnings(warn: tuple[str, ...], path: str, faults: Faults) -> None:
    for place, text in enumerate(warn):
        try:
            Threshold.parse(text)
        except ValueError as error:
            faults.add(f"{path}[{place}]", repr(text), str(error))
    if len(set(warn)) < len(warn):
        faults.add(path, list(warn), "each warning once")


def _check_order(rows: tuple[LevelRow, ...], faults: Faults) -> None:
    """Note rows that an earlier row of the same name always takes."""
    always: set[str] = set()
    for place, row in enumerate(rows):
        if row.name in always:
            wanted = "a row before the one that always holds"
            faults.add(f"clock[{place}]", f"{row.name}, which can never be reached", wanted)
        if row.when is None:
            always.add(row.name)


def _check_ladder(table: ServiceLevelsTable, faults: Faults, library: Library) -> None:
    roles: Tree = library.get("vocabulary/roles").versions[-1].parameters
    steps: dict[str, set[str]] = {}
    for place, row in enumerate(table.watch):
        _check_warnings(row.warn, f"watch[{place}].warn", faults)
    for name, warn in [
        *((row.name, row.warn) for row in table.clock),
        *((row.clock, row.warn) for row in table.watch),
    ]:
        steps.setdefault(name, {"due"}).update(warn)
    for place, rung in enumerate(table.ladder):
        path = f"ladder[{place}]"
        if rung.clock not in steps:
            near = near_names(rung.clock, steps)
            faults.add(
                f"{path}.clock",
                repr(rung.clock),
                "a clock of this version, or one it watches",
                near,
            )
        elif rung.step not in steps[rung.clock]:
            wanted = f"due, or a warning of {rung.clock}"
            faults.add(f"{path}.step", repr(rung.step), wanted)
        if rung.to not in roles:
            near = near_names(rung.to, roles)
            faults.add(f"{path}.to", repr(rung.to), "a code of vocabulary/roles", near)


SERVICE_LEVELS: Final = Kind(
    "complaints.service-levels",
    ServiceLevelsTable,
    _build,
    cohort={"customer_kind": FactType("code", "vocabulary/customer-kinds")},
)
"""Kind of policy that holds the bank's own clocks for complaints."""
