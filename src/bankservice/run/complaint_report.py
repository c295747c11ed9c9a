"""What the part of complaints tells in the report: how many, how fast, about what, and what stands out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

from bankservice.complaints.watch.surge_policy import SurgeWatch
from bankservice.complaints.watch.tally import Group
from bankservice.core.calendar import add_months
from bankservice.core.decision import Reason, Says
from bankservice.core.policy import Policy, Title
from bankservice.core.vocabulary import Tree
from bankservice.report import Bars, Figure, Section, Share, Table, Trend, Trends
from bankservice.report.model import Cell
from bankservice.run.complaint_alarms import (
    grave_section,
    repeaters_section,
    surges_section,
    unknown_section,
)
from bankservice.run.complaint_day import ComplaintDay
from bankservice.run.complaint_rows import Intake
from bankservice.run.complaint_words import (
    BRANCH,
    CASES,
    CHANNEL,
    GRAVE,
    ISSUE,
    OTHER,
    PRODUCT,
    SHOWN,
    SURGES,
    Names,
    named,
    share_of,
)
from bankservice.run.rejects import PACKAGE

if TYPE_CHECKING:
    from bankservice.run.complaints import ComplaintsPlan

__all__ = ["report"]

DRAWN: Final = 8
"""Bars of a chart."""

COMPLAINTS = Says("complaints")
LEAD = Says("complaints-lead", ("count", "start", "on", "policies"))
RECEIVED = Says("complaints-received")
OPEN = Says("complaints-open")
OPEN_NOTE = Says("complaints-open-note", ("late",))
ON_TIME = Says("complaints-on-time")
ON_TIME_NOTE = Says("complaints-on-time-note", ("met", "judged"))
ON_TIME_UNKNOWN = Says("complaints-on-time-unknown", ("met", "judged", "unknown"))
ON_TIME_STATED = Says("complaints-on-time-stated")
STATED_NOTE = Says("complaints-stated-note")
SURGES_NOTE = Says("complaints-surges-note", ("lasting",))
GRAVE_NOTE = Says("complaints-grave-note", ("unknown",))
BY_MONTH = Says("complaints-by-month")
BY_PRODUCT = Says("complaints-by-product")
BY_CHANNEL = Says("complaints-by-channel")
BY_ISSUE = Says("complaints-by-issue")
BY_BRANCH = Says("complaints-by-branch")
BY_OTHER = Says("complaints-by-other", ("what",))
IN_TIME = Says("complaints-in-time")
JUDGED = Says("complaints-judged")
SHARE = Says("complaints-share")

TIMELINESS = Says("complaints-timeliness")
TIMELINESS_LEAD = Says("complaints-timeliness-lead")
UNDATED_LEAD = Says("complaints-undated", ("cases",))
STALE_LEAD = Says("complaints-stale", ("cases", "on"))
DUTY = Says("complaints-duty")
MET_LATE = Says("complaints-met-late")
BREACHED_OPEN = Says("complaints-breached-open")
PENDING = Says("complaints-pending")
UNKNOWN = Says("complaints-unknown")
STATED = Says("complaints-stated")
STATED_LEAD = Says("complaints-stated-lead", ("agree", "both"))
VERDICT = Says("complaints-verdict")
STATED_IN_TIME = Says("complaints-stated-in-time")
STATED_LATE = Says("complaints-stated-late")
STATED_NOT = Says("complaints-stated-not")

AGEING = Says("complaints-ageing")
AGEING_LEAD = Says("complaints-ageing-lead", ("open",))
AGE = Says("complaints-age")
AGE_OF = Says("complaints-age-of", ("first", "last"))
AGE_FROM = Says("complaints-age-from", ("first",))

CAUSES = Says("complaints-causes")
CAUSES_LEAD = Says("complaints-causes-lead", ("without",))
CAUSE = Says("complaints-cause")
CUMULATIVE = Says("complaints-cumulative")


def report(
    days: Sequence[ComplaintDay],
    told: ComplaintsPlan,
    trees: Mapping[str, Tree],
    intake: Intake,
    watch: Policy[SurgeWatch],
) -> tuple[tuple[Figure, ...], tuple[Section, ...]]:
    """Return the figures at a glance and the sections of the last day decided."""
    day = days[-1]
    names: Names = {
        name: {code: held.title for code, held in tree.items()} for name, tree in trees.items()
    }
    sections = [
        _overview(day, told, names),
        _timeliness(day),
        *([_ageing(day)] if day.open else []),
        *([_causes(day, names)] if day.whole.causes else []),
        surges_section(day, told.branch_title, names, watch),
        grave_section(day, names, watch),
    ]
    if "customer" in intake.mapped and day.whole.repeaters:
        sections.append(repeaters_section(day))
    if intake.unknown:
        sections.append(unknown_section(intake))
    return _figures(day), tuple(sections)


def _figures(day: ComplaintDay) -> tuple[Figure, ...]:
    overall, late = day.whole.overall, len(day.late)
    unknown, stated = day.unknown.total(), day.stated
    lasting = sum(episode.over_on is None for episode in day.episodes)
    surges, grave, undecided = len(day.episodes), len(day.grave), day.not_told.total()
    return (
        Figure(RECEIVED(), day.whole.received),
        Figure(OPEN(), len(day.open), OPEN_NOTE(late=late), "warning" if late else "plain"),
        Figure(
            ON_TIME(),
            share_of(overall.met, overall.judged, unknown),
            ON_TIME_UNKNOWN(met=overall.met, judged=overall.judged, unknown=unknown)
            if unknown
            else ON_TIME_NOTE(met=overall.met, judged=overall.judged),
            "warning" if overall.met < overall.judged else "plain",
        ),
        *(
            [Figure(ON_TIME_STATED(), Share(stated["in_time"], whole), STATED_NOTE())]
            if (whole := stated["in_time"] + stated["late"])
            else []
        ),
        Figure(SURGES(), surges, SURGES_NOTE(lasting=lasting), "warning" if surges else "plain"),
        Figure(
            GRAVE(),
            grave,
            GRAVE_NOTE(unknown=undecided) if undecided else None,
            "warning" if grave else "plain",
        ),
    )


def _overview(day: ComplaintDay, told: ComplaintsPlan, names: Names) -> Section:
    points = _months(day)
    branch = told.branch_title
    tables = (
        ("product", BY_PRODUCT(), PRODUCT()),
        ("channel", BY_CHANNEL(), CHANNEL()),
        ("issue", BY_ISSUE(), ISSUE()),
        (
            "branch",
            BY_BRANCH() if branch is None else BY_OTHER(what=branch),
            BRANCH() if branch is None else OTHER(what=branch),
        ),
    )
    groups = day.groups()
    stated = {name: held for name, held in groups.items() if any(group.code for group in held)}
    charts: list[Bars | Trends] = []
    if len(points) > 1:
        line = Trend(RECEIVED(), points)
        charts.append(Trends(title=BY_MONTH(), measure=CASES(), lines=(line,)))
    charts += [
        Bars(
            title=title,
            label=label,
            measure=CASES(),
            bars=tuple(
                (named(names, name, group.code), group.received)
                for group in _largest(stated[name])[:DRAWN]
            ),
        )
        for name, title, label in tables[:2]
        if name in stated
    ]
    return Section(
        anchor="complaints",
        title=COMPLAINTS(),
        package=PACKAGE,
        lead=(
            LEAD(
                count=day.whole.received,
                start=day.start,
                on=day.on,
                policies=", ".join(day.held),
            ),
        ),
        charts=tuple(charts),
        tables=tuple(
            _groups(day, stated[name], title, label, name, names)
            for name, title, label in tables
            if name in stated
        ),
    )


def _months(day: ComplaintDay) -> tuple[tuple[date, int], ...]:
    """Return the cases of each month the extracts have: a year or the period, three at most."""
    counts = Counter(line.told.received.on.replace(day=1) for line in day.lines)
    known = day.watched.known_from
    if known is None:
        return ()
    first = min(day.start, add_months(day.on.replace(day=1), -11))
    month, held = max(first, known).replace(day=1), []
    while month <= day.on:
        held.append((month, counts[month]))
        month = add_months(month, 1)
    return tuple(held[-36:])


def _largest(groups: Sequence[Group]) -> list[Group]:
    return sorted(
        (group for group in groups if group.received or group.open),
        key=lambda group: (-group.received, group.code),
    )


def _groups(
    day: ComplaintDay,
    groups: Sequence[Group],
    title: Reason,
    label: Reason,
    name: str,
    names: Names,
) -> Table:
    held, unknown = _largest(groups), day.unknown_by(name)
    return Table(
        caption=title,
        columns=(label, RECEIVED(), OPEN(), IN_TIME(), JUDGED(), UNKNOWN(), SHARE()),
        rows=tuple(
            (
                named(names, name, group.code),
                group.received,
                group.open,
                group.met,
                group.judged,
                unknown[group.code],
                share_of(group.met, group.judged, unknown[group.code]),
            )
            for group in held[:SHOWN]
        ),
        left_out=max(len(held) - SHOWN, 0),
    )


def _timeliness(day: ComplaintDay) -> Section:
    titles: dict[str, Title] = {}
    unknown = day.unknown
    for line in day.lines:
        for clock in line.clocks:
            titles[clock.name] = clock.title
    duties = {duty.clock: duty for duty in day.whole.duties}
    rows: list[tuple[Cell, ...]] = []
    for name in sorted(titles):
        duty = duties.get(name)
        counts = (
            (0, 0, 0, 0, 0)
            if duty is None
            else (duty.met, duty.met_late, duty.breached_open, duty.pending, duty.judged)
        )
        met, met_late, breached, pending, judged = counts
        rows.append(
            (
                titles[name],
                met,
                met_late,
                breached,
                pending,
                unknown[name],
                share_of(met, judged, unknown[name]),
            )
        )
    lead = [TIMELINESS_LEAD()]
    undated = sum(line.undated for line in day.lines)
    if undated:
        lead.append(UNDATED_LEAD(cases=undated))
    stale = [line.told.drawn_on for line in day.lines if line.stale]
    if stale:
        lead.append(STALE_LEAD(cases=len(stale), on=max(stale)))
    tables = [
        Table(
            caption=TIMELINESS(),
            columns=(
                DUTY(),
                IN_TIME(),
                MET_LATE(),
                BREACHED_OPEN(),
                PENDING(),
                UNKNOWN(),
                SHARE(),
            ),
            rows=tuple(rows),
        )
    ]
    stated = day.stated
    if stated["in_time"] or stated["late"]:
        both = day.compared
        lead.append(STATED_LEAD(agree=both[True], both=both.total()))
        whole = stated.total()
        tables.append(
            Table(
                caption=STATED(),
                columns=(VERDICT(), CASES(), SHARE()),
                rows=tuple(
                    (says(), stated[code], Share(stated[code], whole))
                    for says, code in (
                        (STATED_IN_TIME, "in_time"),
                        (STATED_LATE, "late"),
                        (STATED_NOT, ""),
                    )
                ),
            )
        )
    return Section(
        anchor="complaint-timeliness",
        title=TIMELINESS(),
        package=PACKAGE,
        lead=tuple(lead),
        tables=tuple(tables),
    )


def _ageing(day: ComplaintDay) -> Section:
    bars = tuple(
        (
            AGE_FROM(first=age.first_day)
            if age.last_day is None
            else AGE_OF(first=age.first_day, last=age.last_day),
            age.cases,
        )
        for age in day.current.ageing
    )
    return Section(
        anchor="complaint-ageing",
        title=AGEING(),
        package=PACKAGE,
        lead=(AGEING_LEAD(open=len(day.open)),),
        charts=(Bars(title=AGEING(), label=AGE(), measure=CASES(), bars=bars),),
    )


def _causes(day: ComplaintDay, names: Names) -> Section:
    causes, whole = day.whole.causes, sum(cause.cases for cause in day.whole.causes)
    rows: list[tuple[Cell, ...]] = []
    reached = 0
    for cause in causes:
        reached += cause.cases
        title = named(names, "cause", cause.code)
        rows.append((title, cause.cases, Share(cause.cases, whole), Share(reached, whole)))
    return Section(
        anchor="complaint-causes",
        title=CAUSES(),
        package=PACKAGE,
        lead=(CAUSES_LEAD(without=day.whole.without_cause),),
        charts=(
            Bars(
                title=CAUSES(),
                label=CAUSE(),
                measure=CASES(),
                bars=tuple(
                    (named(names, "cause", cause.code), cause.cases) for cause in causes[:DRAWN]
                ),
            ),
        ),
        tables=(
            Table(
                caption=CAUSES(),
                columns=(CAUSE(), CASES(), SHARE(), CUMULATIVE()),
                rows=tuple(rows[:SHOWN]),
                left_out=max(len(rows) - SHOWN, 0),
            ),
        ),
    )
