"""What stands out among complaints, as the report tells it: surges, grave cases, who comes again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from bankservice.complaints.watch.surge_policy import SurgeWatch
from bankservice.core.decision import Says
from bankservice.core.policy import Policy, Title, Version
from bankservice.report import Section, Share, Table, Trend, Trends
from bankservice.report.model import Cell
from bankservice.run.complaint_day import ComplaintDay
from bankservice.run.complaint_rows import Intake
from bankservice.run.complaint_watch import Episode
from bankservice.run.complaint_words import (
    BRANCH,
    CASES,
    GRAVE,
    ISSUE,
    NOT_STATED,
    OTHER,
    PRODUCT,
    SHOWN,
    SURGES,
    WHAT,
    Names,
    named,
)
from bankservice.run.complaint_words import FACTS as NAMES
from bankservice.run.rejects import PACKAGE

__all__ = ["grave_section", "repeaters_section", "surges_section", "unknown_section"]

LINES: Final = 4
"""Surges that are drawn."""

SURGES_LEAD = Says("complaints-surges-lead", ("looks", "series", "rate"))
SURGES_NONE = Says("complaints-surges-none")
SURGES_UNWATCHED = Says("complaints-surges-unwatched")
SURGES_CHART = Says("complaints-surges-chart")
SERIES = Says("complaints-series")
KIND = Says("complaints-kind")
WEEK_OF = Says("complaints-week-of")
OVER_ON = Says("complaints-over-on")
LASTS = Says("complaints-lasts")
EXPECTED = Says("complaints-expected")
ODDS = Says("complaints-odds")
MOST = Says("complaints-most")

GRAVE_LEAD = Says("complaints-grave-lead", ("cases",))
GRAVE_NONE = Says("complaints-grave-none")
GRAVE_UNKNOWN = Says("complaints-grave-unknown")
CASE = Says("complaints-case")
RECEIVED_ON = Says("complaints-received-on")
WHY = Says("complaints-why")
FACTS = Says("complaints-facts")

REPEATERS = Says("complaints-repeaters")
REPEATERS_LEAD = Says("complaints-repeaters-lead", ("customers",))
CUSTOMER = Says("complaints-customer")

UNKNOWN_VALUES = Says("complaints-unknown-values")
UNKNOWN_LEAD = Says("complaints-unknown-lead")
FIELD = Says("complaints-field")
VALUE = Says("complaints-value")


def surges_section(
    day: ComplaintDay, branch: Title | None, names: Names, watch: Policy[SurgeWatch]
) -> Section:
    """Return what surged, with the odds of a false alarm."""
    looks = [look for look in day.watched.looks if day.start <= look.on <= day.on]
    version = watch.select(day.on)
    if not looks or not isinstance(version, Version):
        return Section(
            anchor="complaint-surges",
            title=SURGES(),
            package=PACKAGE,
            lead=(SURGES_UNWATCHED(),),
        )
    rate = version.parameters.surge.false_alarm_rate
    lead = [
        SURGES_LEAD(
            looks=len(looks),
            series=max(look.tested for look in looks),
            rate=Share(int(rate * 10**6), 10**6),
        )
    ]
    episodes = day.episodes
    if not episodes:
        lead.append(SURGES_NONE())
    kinds = {"product": PRODUCT(), "issue": ISSUE(), "branch": BRANCH()}
    if branch is not None:
        kinds["branch"] = OTHER(what=branch)

    def series(episode: Episode) -> Cell:
        return named(names, episode.key.kind, episode.key.code)

    rows: list[tuple[Cell, ...]] = [
        (
            series(episode),
            kinds[episode.key.kind],
            episode.raised_on,
            LASTS() if episode.over_on is None or episode.over_on > day.on else episode.over_on,
            episode.count,
            episode.expected,
            _odds(episode.odds),
            episode.most,
        )
        for episode in episodes
    ]
    drawn = sorted(episodes, key=lambda episode: (episode.odds, episode.key))[:LINES]
    span = _span(day, drawn) if drawn else (day.start, day.on)
    charts = (
        Trends(
            title=SURGES_CHART(),
            measure=CASES(),
            lines=tuple(
                Trend(series(episode), day.watched.weeks(episode.key, *span))
                for episode in {episode.key: episode for episode in reversed(drawn)}.values()
            ),
        ),
    )
    return Section(
        anchor="complaint-surges",
        title=SURGES(),
        package=PACKAGE,
        lead=tuple(lead),
        charts=charts if drawn else (),
        tables=(
            Table(
                caption=SURGES(),
                columns=(
                    SERIES(),
                    KIND(),
                    WEEK_OF(),
                    OVER_ON(),
                    CASES(),
                    EXPECTED(),
                    ODDS(),
                    MOST(),
                ),
                rows=tuple(rows[:SHOWN]),
                left_out=max(len(rows) - SHOWN, 0),
                whole=f"{day.on}/complaint-surges.csv",
            ),
        )
        if rows
        else (),
    )


def _span(day: ComplaintDay, episodes: Sequence[Episode]) -> tuple[date, date]:
    """Return the days that weeks are drawn between: a quarter before the first surge, on."""
    known = day.watched.known_from or day.start
    first = min(episode.raised_on for episode in episodes) - timedelta(weeks=13)
    last = max(episode.last for episode in episodes) + timedelta(weeks=6)
    return max(known, first), min(day.on, last)


def _odds(odds: Decimal) -> Cell:
    least = Decimal("0.000001")
    return "< 0.000001" if odds < least else str(odds.quantize(least).normalize())


def grave_section(day: ComplaintDay, names: Names, watch: Policy[SurgeWatch]) -> Section:
    """Return the grave cases, and those of which it is not known."""
    version = watch.select(day.on)
    rows_of = version.parameters.grave if isinstance(version, Version) else ()
    titles = {row.code: row.title for row in rows_of}
    grave = day.grave
    rows: list[tuple[Cell, ...]] = []
    for line in grave[:SHOWN]:
        assert line.grave is not None, "looked at to be called grave"
        facts = line.told.facts
        rows.append(
            (
                line.told.case,
                line.told.received.on,
                named(names, "issue", facts.get("issue", "")),
                facts.get("branch") or NOT_STATED(),
                WHAT(services=tuple(titles[code] for code in line.grave.why)),
            )
        )
    unknown: list[tuple[Cell, ...]] = [
        (WHAT(services=tuple(NAMES.get(fact, fact) for fact in facts)), count)
        for facts, count in day.not_told.most_common()
    ]
    tables = []
    if rows:
        columns = (CASE(), RECEIVED_ON(), ISSUE(), BRANCH(), WHY())
        tables.append(
            Table(
                caption=GRAVE(),
                columns=columns,
                rows=tuple(rows),
                left_out=len(grave) - len(rows),
                whole=f"{day.on}/complaints.csv",
            )
        )
    if unknown:
        tables.append(
            Table(caption=GRAVE_UNKNOWN(), columns=(FACTS(), CASES()), rows=tuple(unknown))
        )
    return Section(
        anchor="complaint-grave",
        title=GRAVE(),
        package=PACKAGE,
        lead=(GRAVE_LEAD(cases=len(grave)) if grave else GRAVE_NONE(),),
        tables=tuple(tables),
    )


def repeaters_section(day: ComplaintDay) -> Section:
    """Return the customers who complained repeatedly."""
    repeaters = day.whole.repeaters
    return Section(
        anchor="complaint-repeaters",
        title=REPEATERS(),
        package=PACKAGE,
        lead=(REPEATERS_LEAD(customers=len(repeaters)),),
        tables=(
            Table(
                caption=REPEATERS(),
                columns=(CUSTOMER(), CASES()),
                rows=tuple((held.customer, held.cases) for held in repeaters[:SHOWN]),
                left_out=max(len(repeaters) - SHOWN, 0),
                whole=f"{day.on}/complaints.csv",
            ),
        ),
    )


def unknown_section(intake: Intake) -> Section:
    """Return the values of the extracts that are no code."""
    rows = sorted(intake.unknown.items(), key=lambda item: (-item[1], item[0]))
    return Section(
        anchor="complaint-unknown",
        title=UNKNOWN_VALUES(),
        package=PACKAGE,
        lead=(UNKNOWN_LEAD(),),
        tables=(
            Table(
                caption=UNKNOWN_VALUES(),
                columns=(FIELD(), VALUE(), CASES()),
                rows=tuple((field, value, count) for (field, value), count in rows[:SHOWN]),
                left_out=max(len(rows) - SHOWN, 0),
            ),
        ),
    )
