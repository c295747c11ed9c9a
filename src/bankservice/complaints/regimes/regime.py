"""
Regimes of complaint law: dated, cited, and laid out for deciding.

A regime is read once, with all its faults, into clocks whose amounts, units and calendars are
ready; deciding parses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from re import compile as pattern
from typing import Any, Final

import attrs

from bankservice.complaints.model import ASSUMED, Role
from bankservice.complaints.regimes.articles import (
    BILLING_CYCLES,
    RECEIPT,
    ClockTable,
    RegimeTable,
    Term,
)
from bankservice.complaints.regimes.law import ClockRow, Length, Regime
from bankservice.complaints.service_levels import STOPS
from bankservice.core.citation import Citation
from bankservice.core.conditions import Condition, FactType
from bankservice.core.errors import UnknownNameError, near_names
from bankservice.core.institution import check_zone
from bankservice.core.opening import WORKTIME
from bankservice.core.policy import DeclaredFact, Faults, Kind, Library, Version
from bankservice.core.ruler import Target, Unit
from bankservice.core.terms import Terms
from bankservice.core.worktime import WorkingCalendar

__all__ = ["CASE_FACTS", "REGIME", "START_FACTS", "TERM_FACTS", "ClockRow", "Length", "Regime"]

START_FACTS: Final = (
    "provisional_credit_on",
    "finished_on",
    "error_found_on",
    "reversal_notice_on",
)
"""Facts of a complaint, beside its receipt, from which a clock may run."""

TERM_FACTS: Final[Mapping[str, FactType]] = {
    "kind": FactType("text"),
    "region": FactType("text"),
    "new_account": FactType("boolean"),
    "extended": FactType("boolean"),
}
"""What conditions of terms and clocks may name beside the facts a version declares."""

CASE_FACTS: Final[Mapping[str, FactType]] = {
    "jurisdiction": FactType("text"),
    "region": FactType("text"),
    "kind": FactType("text"),
    "product": FactType("code", "vocabulary/product-kinds"),
    "channel": FactType("code", "vocabulary/channels"),
    "customer_kind": FactType("code", "vocabulary/customer-kinds"),
    "forwarded_by": FactType("text"),
    "error_resolution": FactType("boolean"),
    "electronic_transfer": FactType("boolean"),
    "open_end_credit": FactType("boolean"),
    "written_notice": FactType("boolean"),
}
"""What the condition under which a regime governs may name beside the facts a version declares."""

_NAME: Final = pattern(r"[a-z][a-z0-9_]*")
_TYPES: Final[Mapping[str, type[Any]]] = {
    "date": date,
    "number": Decimal,
    "integer": int,
    "boolean": bool,
}


def _build(written: RegimeTable, faults: Faults, library: Library) -> Regime:
    if written.zone:
        check_zone(written.zone, "zone", faults)
    calendar, calendars = _calendars(written, faults, library)
    _check_names(written, faults)
    clocks = tuple(
        _clock(row, f"clock[{index}]", faults) for index, row in enumerate(written.clock)
    )
    _check_conditions(written, faults, library)
    _check_calendar(written, clocks, faults)
    return Regime(
        jurisdiction=written.jurisdiction,
        clocks=clocks,
        governs=written.governs,
        zone=written.zone,
        calendar=calendar,
        calendars=calendars,
        institution_days=written.institution_days,
        receipt=written.receipt,
        ways_on=written.way_on,
        keep=written.keep,
        pauses=written.pause,
        repeated=written.repeated,
        new_facts=written.new_facts,
    )


def _calendars(
    written: RegimeTable, faults: Faults, library: Library
) -> tuple[WorkingCalendar | None, Mapping[str, WorkingCalendar]]:
    if written.calendar and written.calendars:
        faults.add("calendars", "beside calendar", "one calendar, or one for each region")
    found = {
        region: held
        for region, name in written.calendars.items()
        if (held := _linked(name, f"calendars.{region}", faults, library)) is not None
    }
    one = _linked(written.calendar, "calendar", faults, library) if written.calendar else None
    return one, found


def _linked(name: str, path: str, faults: Faults, library: Library) -> WorkingCalendar | None:
    try:
        policy = library.get(name)
    except UnknownNameError as error:
        faults.add(path, repr(name), "the id of a working calendar", error.near)
        return None
    if policy.kind.name != WORKTIME.name:
        faults.add(path, repr(name), f"a policy of kind {WORKTIME.name}")
        return None
    held = policy.versions[-1].parameters
    return held if isinstance(held, WorkingCalendar) else None


def _check_names(written: RegimeTable, faults: Faults) -> None:
    if not written.clock:
        faults.add("clock", "nothing", "one or more [[version.clock]] tables")
    roles: dict[str, Role] = {}
    for index, row in enumerate(written.clock):
        if _NAME.fullmatch(row.name) is None or row.name == ASSUMED:
            wanted = f"a name like 'final_response', not {ASSUMED!r}"
            faults.add(f"clock[{index}].name", repr(row.name), wanted)
        if row.name in roles:
            faults.add(f"clock[{index}].name", repr(row.name), "a name that is not taken")
        roles[row.name] = row.role
    limits = [name for name, role in roles.items() if role is Role.LIMIT]
    for index, row in enumerate(written.clock):
        others = [name for name in roles if name != row.name]
        for word in row.stops_on:
            if word not in STOPS:
                path, wanted = f"clock[{index}].stops_on", "one of " + ", ".join(STOPS)
                faults.add(path, repr(word), wanted, near_names(word, STOPS))
        if row.lawful_if and row.lawful_if not in others:
            near = near_names(row.lawful_if, others)
            faults.add(f"clock[{index}].lawful_if", repr(row.lawful_if), "another clock", near)
        if row.extension and row.role is Role.LIMIT:
            faults.add(f"clock[{index}].extension", "an extension", "none: a limit is never moved")
        for place, extension in enumerate(row.extension):
            if extension.to and extension.to not in limits:
                path = f"clock[{index}].extension[{place}].to"
                near = near_names(extension.to, limits)
                faults.add(path, repr(extension.to), "a clock whose role is limit", near)
    for index, kept in enumerate(written.keep):
        if not kept.period:
            faults.add(f"keep[{index}].period", kept.period, "a period of at least one day")


def _clock(row: ClockTable, path: str, faults: Faults) -> ClockRow:
    rows = [(f"term {place + 1}", term.when) for place, term in enumerate(row.term)]
    Terms({}, {}, {}).check_order(rows, f"{path}.term", faults)
    if row.starts != RECEIPT and any(term.unit == Unit.ELAPSED.value for term in row.term):
        wanted = "'receipt': hours run from an instant, and this is a day"
        faults.add(f"{path}.starts", repr(row.starts), wanted)
    terms = [_length(term, f"{path}.term[{n}]", faults) for n, term in enumerate(row.term)]
    return ClockRow(
        name=row.name,
        role=row.role,
        title=row.title,
        starts=row.starts,
        when=row.when,
        terms=tuple(term for term in terms if term is not None),
        extensions=row.extension,
        sends=row.sends,
        lawful_if=row.lawful_if,
        window=row.window,
        stops_on=row.stops_on,
        reopen=row.reopen,
    )


def _length(term: Term, path: str, faults: Faults) -> Length | None:
    cycles = term.unit == BILLING_CYCLES
    if cycles is not bool(term.count) or term.count < 0:
        wanted = "1 or more billing cycles" if cycles else "no count: it is for billing cycles"
        faults.add(f"{path}.count", term.count, wanted)
    if cycles and term.amount:
        faults.add(f"{path}.amount", repr(term.amount), "a count: these are billing cycles")
    elapsed = term.unit == Unit.ELAPSED.value
    if (elapsed or cycles) and term.close != "end-of-day":
        faults.add(f"{path}.close", repr(term.close), "'end-of-day', for it counts no days")
    if term.unit != Unit.CALENDAR_DAYS.value and term.roll != "none":
        faults.add(f"{path}.roll", repr(term.roll), "'none': only calendar days roll")
    if term.cap is not None and (not term.cap or elapsed):
        faults.add(f"{path}.cap", term.cap, "at least one calendar day, beside a term in days")
    target = None if cycles else _target(term, f"{path}.amount", faults)
    if target is None and not cycles:
        return None
    cap = term.cap
    return Length(
        when=term.when,
        target=target,
        cycles=term.count,
        cap=None if cap is None else Target(Unit.CALENDAR_DAYS, cap.days, cap.months),
        unit=term.unit,
        amount=str(term.count) if cycles else term.amount,
        by_calendar=term.unit == Unit.BUSINESS_DAYS.value or term.roll != "none",
        source=term.source,
        asks=_asks(term.when),
    )


def _asks(condition: Condition | None) -> tuple[str, ...]:
    if condition is None:
        return ()
    return tuple(dict.fromkeys(part.fact for part in condition.comparisons()))


def _target(term: Term, path: str, faults: Faults) -> Target | None:
    try:
        target = Target.parse(term.amount, Unit(term.unit), close=term.close, roll=term.roll)
    except ValueError as error:
        faults.add(path, repr(term.amount), f"an amount of {term.unit}: {error}")
        return None
    if not target.amount and not target.months:
        faults.add(path, repr(term.amount), "more than nothing")
    return target


def _check_calendar(written: RegimeTable, clocks: tuple[ClockRow, ...], faults: Faults) -> None:
    """Refuse business days and rolls without a calendar that tells them."""
    if written.calendar or written.calendars:
        return
    for index, clock in enumerate(clocks):
        for term in clock.terms:
            if term.by_calendar:
                path = f"clock[{index}]"
                faults.add(path, "business days without a calendar", "calendar, or calendars")
                break


def _paths(written: RegimeTable) -> Iterator[tuple[str, Condition, Mapping[str, FactType]]]:
    """Yield each condition with its path and the facts it may name."""
    if written.governs is not None:
        yield "governs", written.governs, CASE_FACTS
    for index, row in enumerate(written.clock):
        if row.when is not None:
            yield f"clock[{index}].when", row.when, TERM_FACTS
        for place, term in enumerate(row.term):
            if term.when is not None:
                yield f"clock[{index}].term[{place}].when", term.when, TERM_FACTS


def _check_conditions(written: RegimeTable, faults: Faults, library: Library) -> None:
    """Check the conditions that name known facts only; `_join` knows the others."""
    for path, condition, known in _paths(written):
        if all(part.fact in known for part in condition.comparisons()):
            Terms.of(known, {}, library).check(condition, path, faults)


def _join(
    policy_id: str, versions: tuple[Version[Regime], ...], faults: Faults
) -> tuple[Version[Regime], ...]:
    """Give each version's rows what stands at its head: its source and the facts it declares."""
    return tuple(_with_head(version, faults) for version in versions)


def _with_head(version: Version[Regime], faults: Faults) -> Version[Regime]:
    regime, written = version.parameters, version.written
    declared = {fact.name: fact for fact in version.facts}
    for path, condition, known in _paths(written):
        if not all(part.fact in known for part in condition.comparisons()):
            types = {**known, **{name: FactType(f.type, f.tree) for name, f in declared.items()}}
            for fault in condition.faults(types, f"version since {version.since}.{path}"):
                faults.add(fault.path, fault.got, fault.wanted, fault.near)
    for index, row in enumerate(written.clock):
        _check_start(row.starts, declared, f"version since {version.since}.clock[{index}]", faults)
    sourced = _sourced(version.source)
    regime = attrs.evolve(
        regime,
        clocks=tuple(
            attrs.evolve(
                clock,
                terms=tuple(map(sourced, clock.terms)),
                extensions=tuple(map(sourced, clock.extensions)),
            )
            for clock in regime.clocks
        ),
        ways_on=tuple(map(sourced, regime.ways_on)),
        keep=tuple(map(sourced, regime.keep)),
        pauses=tuple(map(sourced, regime.pauses)),
        asks=tuple(
            dict.fromkeys(part.fact for held in regime.conditions() for part in held.comparisons())
        ),
        declared={name: _TYPES.get(fact.type) for name, fact in declared.items()},
        within=version.within,
    )
    return attrs.evolve(version, parameters=regime)


def _check_start(
    starts: str, declared: Mapping[str, DeclaredFact], path: str, faults: Faults
) -> None:
    dates = [name for name, fact in declared.items() if fact.type == "date"]
    known = (RECEIPT, *START_FACTS, *dates)
    if starts not in known:
        wanted = "receipt, or a fact that is a date"
        faults.add(f"{path}.starts", repr(starts), wanted, near_names(starts, known))


def _sourced(source: Citation) -> Callable[[Any], Any]:
    """Return what gives a row the version's source where it has none of its own."""
    return lambda row: row if row.source is not None else attrs.evolve(row, source=source)


REGIME: Final = Kind(
    "complaints.regime",
    RegimeTable,
    _build,
    cohort={**TERM_FACTS, **CASE_FACTS},
    join=_join,
)
"""Kind of policy that holds a regime of complaint law."""
