"""What the part of groups tells in the report: segments by tier, behaviours, RFM cells, services."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from bankservice.core.decision import Says
from bankservice.core.policy import Title
from bankservice.report import Bars, Figure, Matrix, Section, Share, Table
from bankservice.report.model import Cell
from bankservice.run.groups_day import GroupsDay
from bankservice.run.rejects import PACKAGE

__all__ = ["report"]

SHOWN: Final = 25
"""Cells a table shows; the file has them all."""

TITLE = Says("groups")
LEAD = Says("groups-lead", ("customers", "on", "policy"))
SEGMENT = Says("groups-segment")
SEGMENTS = Says("groups-segments")
TIER = Says("groups-tier")
BY_TIER = Says("groups-by-tier")
NO_SEGMENT = Says("groups-no-segment")
NO_TIER = Says("groups-no-tier")
CUSTOMERS = Says("groups-customers")
SHARE = Says("groups-share")
BEHAVIOURS = Says("groups-behaviours")
BEHAVIOUR = Says("groups-behaviour")
SCREENING = Says("groups-screening")
SCREENED = Says("groups-screened")
IN = Says("groups-in")
OUT = Says("groups-out")
REFER = Says("groups-refer")
OPEN = Says("groups-open")
UNDECIDED = Says("groups-undecided")
FACT = Says("groups-fact")
UNKNOWN_FACTS = Says("groups-unknown-facts")
SERVICES = Says("groups-services")
SERVICES_LEAD = Says("groups-services-lead", ("policy",))
SERVICE = Says("groups-service")
RFM = Says("rfm")
RFM_LEAD = Says("rfm-lead", ("policy", "since"))
CELL = Says("rfm-cell")
RECENCY = Says("rfm-recency")
FREQUENCY = Says("rfm-frequency")
RF = Says("rfm-recency-frequency")


def report(days: Sequence[GroupsDay]) -> tuple[tuple[Figure, ...], tuple[Section, ...]]:
    """Return the figures at a glance and the sections of the last day decided."""
    day = days[-1]
    figures = [Figure(UNDECIDED(), day.undecided, tone="warning")] if day.undecided else []
    sections = [_segments(day)]
    if day.entitling is not None:
        sections.append(_services(day))
    if day.scored is not None:
        sections.append(_rfm(day))
    return tuple(figures), tuple(sections)


def _segments(day: GroupsDay) -> Section:
    written = day.version.parameters.written
    names: dict[str, Cell] = {row.code: row.title for row in written.segment}
    known = day.version.parameters.register.facts
    by_segment: Counter[str] = Counter()
    by_tier: Counter[str] = Counter()
    for (segment, tier), count in day.segments.items():
        by_segment[segment] += count
        by_tier[tier] += count
    codes = [code for code, _ in by_segment.most_common() if code]
    if by_segment[""]:
        codes.append("")
        names[""] = NO_SEGMENT()
    tiers = sorted(by_tier, key=lambda tier: (tier == "", -by_tier[tier], tier))
    charts: list[Bars | Matrix] = []
    if any(tiers):
        charts.append(
            Matrix(
                title=BY_TIER(),
                down=SEGMENT(),
                across=TIER(),
                rows=tuple(names[code] for code in codes),
                columns=tuple(tier or NO_TIER() for tier in tiers),
                counts=tuple(tuple(day.segments[code, tier] for tier in tiers) for code in codes),
            )
        )
    behaviours: dict[str, Title | str] = {row.code: row.title for row in written.behaviour}
    charts.append(
        Bars(
            title=BEHAVIOURS(),
            label=BEHAVIOUR(),
            measure=CUSTOMERS(),
            bars=tuple((title, day.behaviours[code]) for code, title in behaviours.items()),
        )
    )
    says = {"in": IN, "refer": REFER, "out": OUT, "": OPEN}
    screened = tuple(
        (say(), day.screening[code]) for code, say in says.items() if day.screening[code]
    )
    tables = [
        Table(
            caption=SEGMENTS(),
            columns=(SEGMENT(), CUSTOMERS(), SHARE()),
            rows=tuple(
                (names[code], by_segment[code], Share(by_segment[code], day.customers))
                for code in codes
            ),
        ),
        Table(caption=SCREENING(), columns=(SCREENED(), CUSTOMERS()), rows=screened),
    ]
    if day.unknown:
        rows = tuple(
            (known[fact].title if fact in known else fact, count)
            for fact, count in day.unknown.most_common()
        )
        tables.append(Table(caption=UNKNOWN_FACTS(), columns=(FACT(), CUSTOMERS()), rows=rows))
    return Section(
        anchor="groups",
        title=TITLE(),
        package=PACKAGE,
        lead=(LEAD(customers=day.customers, on=day.on, policy=str(day.version.ref.policy)),),
        charts=tuple(charts),
        tables=tuple(tables),
    )


def _services(day: GroupsDay) -> Section:
    assert day.entitling is not None, "told only where there is one"
    entitling = day.entitling.parameters
    rows = tuple(
        (entitling.titles[held.code], day.services[held.code], _share(day, held.code))
        for held in entitling.services
    )
    return Section(
        anchor="services",
        title=SERVICES(),
        package=PACKAGE,
        lead=(SERVICES_LEAD(policy=str(day.entitling.ref.policy)),),
        tables=(Table(caption=SERVICES(), columns=(SERVICE(), CUSTOMERS(), SHARE()), rows=rows),),
    )


def _share(day: GroupsDay, code: str) -> Share:
    return Share(day.services[code], day.customers)


def _rfm(day: GroupsDay) -> Section:
    assert day.scored is not None, "told only where they are scored"
    cuts, cells, ref = day.scored.version.parameters, day.scored.cells, day.scored.version.ref
    total = sum(cells.values())
    scores = range(cuts.k, 0, -1)
    counts: Counter[tuple[int, int]] = Counter()
    for cell, count in cells.items():
        counts[int(cell[0]), int(cell[1])] += count
    rows: Iterator[tuple[Cell, ...]] = (
        (cell, count, Share(count, total)) for cell, count in list(cells.items())[:SHOWN]
    )
    return Section(
        anchor="rfm",
        title=RFM(),
        package=PACKAGE,
        lead=(RFM_LEAD(policy=str(ref.policy), since=ref.since),),
        charts=(
            Matrix(
                title=RF(),
                down=RECENCY(),
                across=FREQUENCY(),
                rows=tuple(str(score) for score in scores),
                columns=tuple(str(score) for score in reversed(scores)),
                counts=tuple(tuple(counts[r, f] for f in reversed(scores)) for r in scores),
            ),
        ),
        tables=(
            Table(
                caption=CELL(),
                columns=(CELL(), CUSTOMERS(), SHARE()),
                rows=tuple(rows),
                left_out=max(len(cells) - SHOWN, 0),
                whole=f"{day.on}/rfm.csv",
            ),
        ),
    )
