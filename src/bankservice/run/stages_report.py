"""What the part of stages tells in the report: who stands where, how the book flowed, what is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from bankservice.core.decision import Reason, Says
from bankservice.report import Bars, Figure, Matrix, Section, Share, Table, Trend, Trends
from bankservice.report.model import Cell
from bankservice.run.rejects import PACKAGE
from bankservice.run.stages_day import StagesDay
from bankservice.run.stages_words import NONE, REASONS, STAGES, stage_name

__all__ = ["report"]

SHOWN: Final = 50
"""Rows a table shows; the file has them all."""

POINTS: Final = 60
"""Days a chart draws; with more days some are left out, evenly, and never the last."""

TITLE = Says("stages")
LEAD = Says("stages-lead", ("customers", "on", "policy"))
STAGE = Says("stages-stage")
CUSTOMERS = Says("stages-customers")
SHARE = Says("stages-share")
ENTERED = Says("stages-entered")
LEFT = Says("stages-left")
NEW_LOST = Says("stages-new-lost")
NEW_INACTIVE = Says("stages-new-inactive")
NEW_BACK = Says("stages-new-back")
SINCE = Says("stages-since", ("after",))
UNDECIDED = Says("stages-undecided")
FLOW = Says("stages-flow")
FLOW_LEAD = Says("stages-flow-lead", ("moves", "after", "on"))
FLOW_FIRST = Says("stages-flow-first", ("moves", "on"))
MEMBERS = Says("stages-members")
WAYS = Says("stages-ways")
FROM = Says("stages-from")
TO = Says("stages-to")
DAY = Says("stages-day")
WHY = Says("stages-why")
REASON = Says("why")
IDLE = Says("stages-idle")
KIND = Says("stages-kind")
ROWS = Says("stages-rows")
CORRECTED = Says("stages-corrected")
DIFFERS_NOTE = Says("stages-differs-note", ("days",))


def report(days: Sequence[StagesDay]) -> tuple[tuple[Figure, ...], tuple[Section, ...]]:
    """Return the figures at a glance and the sections of the last day decided."""
    last = days[-1]
    return tuple(_figures(days)), (_stages(last), _flow(days))


def _figures(days: Sequence[StagesDay]) -> Iterator[Figure]:
    last = days[-1]
    note = None if last.after is None else SINCE(after=last.after)
    for label, stage, tone in (
        (NEW_INACTIVE, "inactive", "warning"),
        (NEW_LOST, "lost", "warning"),
        (NEW_BACK, "won_back", "good"),
    ):
        count = last.moved_to(stage)
        yield Figure(label(), count, note, tone if count else "plain")  # type: ignore[arg-type]
    if last.unknown:
        yield Figure(UNDECIDED(), last.unknown.total(), tone="warning")
    corrected, differs = (
        sum(getattr(day, name) for day in days) for name in ("corrected", "differs")
    )
    if corrected or differs:
        note = DIFFERS_NOTE(days=differs) if differs else None
        yield Figure(CORRECTED(), corrected, note, "warning")


def _stages(day: StagesDay) -> Section:
    entered: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for move in day.moves:
        entered[move.after] += move.customers
        left[move.before] += move.customers
    rows: list[tuple[Cell, ...]] = [
        (name, day.held[code], Share(day.held[code], day.customers), entered[code], left[code])
        for code, name in STAGES.items()
    ]
    tables = [
        Table(
            caption=TITLE(),
            columns=(STAGE(), CUSTOMERS(), SHARE(), ENTERED(), LEFT()),
            rows=tuple(rows),
        )
    ]
    if day.unknown:
        why = tuple((_why(code), count) for code, count in day.unknown.most_common())
        tables.append(Table(caption=UNDECIDED(), columns=(REASON(), CUSTOMERS()), rows=why))
    if day.idle:
        idle = tuple((kind, count) for kind, count in day.idle.most_common(SHOWN))
        tables.append(Table(caption=IDLE(), columns=(KIND(), ROWS()), rows=idle))
    return Section(
        anchor="stages",
        title=TITLE(),
        package=PACKAGE,
        lead=(LEAD(customers=day.customers, on=day.on, policy=str(day.version.ref.policy)),),
        charts=(
            Bars(
                title=TITLE(),
                label=STAGE(),
                measure=CUSTOMERS(),
                bars=tuple((name, day.held[code]) for code, name in STAGES.items()),
            ),
        ),
        tables=tuple(tables),
    )


def _why(code: str) -> Cell:
    return Reason(f"why-{code}")


def members(day: StagesDay, first: date) -> Iterator[tuple[date, Mapping[str, int]]]:
    """Yield every day from the first on, and who stood where at its end."""
    held: Mapping[str, int] = {}
    changes = dict(day.flow.days())
    for on in sorted(changes):
        if on <= first:
            held = changes[on]
    on = first
    while on <= day.on:
        held = changes.get(on, held)
        yield on, held
        on += timedelta(days=1)


def _drawn(days: Sequence[StagesDay]) -> tuple[tuple[date, Mapping[str, int]], ...]:
    """Return the days a chart draws."""
    whole = tuple(members(days[-1], days[0].on))
    step = -(-len(whole) // POINTS)
    return whole[::-1][::step][::-1]


def _flow(days: Sequence[StagesDay]) -> Section:
    last = days[-1]
    moves, total = last.moves, sum(move.customers for move in last.moves)
    charts: list[Matrix | Trends] = []
    if len(days) > 1:
        drawn = _drawn(days)
        lines = (
            Trend(name, tuple((on, held.get(code, 0)) for on, held in drawn))
            for code, name in STAGES.items()
        )
        shown = tuple(line for line in lines if any(count for _, count in line.points))
        charts.append(Trends(title=MEMBERS(), measure=CUSTOMERS(), lines=shown, stacked=True))
    counts: Counter[tuple[str, str]] = Counter()
    for move in moves:
        counts[move.before, move.after] += move.customers
    befores = [code for code in ("", *STAGES) if any(was == code for was, _ in counts)]
    charts.append(
        Matrix(
            title=WAYS(),
            down=FROM(),
            across=TO(),
            rows=tuple(STAGES.get(code, NONE) for code in befores),
            columns=tuple(STAGES.values()),
            counts=tuple(tuple(counts[was, now] for now in STAGES) for was in befores),
        )
    )
    rows = tuple(
        (
            move.on,
            stage_name(move.before),
            stage_name(move.after),
            REASONS.get(move.reason, move.reason),
            move.customers,
        )
        for move in reversed(moves[-SHOWN:])
    )
    lead = (
        FLOW_FIRST(moves=total, on=last.on)
        if last.after is None
        else FLOW_LEAD(moves=total, after=last.after, on=last.on)
    )
    table = Table(
        caption=FLOW(),
        columns=(DAY(), FROM(), TO(), WHY(), CUSTOMERS()),
        rows=rows,
        left_out=max(len(moves) - SHOWN, 0),
        whole=f"{last.on}/stage-flow.csv",
    )
    return Section(
        anchor="stage-flow",
        title=FLOW(),
        package=PACKAGE,
        lead=(lead,),
        charts=tuple(charts),
        tables=(table,) if rows else (),
    )
