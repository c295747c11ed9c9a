"""What the part of asset tiers tells in the report: who stands where, who moved, who may fall."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs
import polars as pl

from bankservice.core.calendar import Period
from bankservice.core.decision import Reason, Says
from bankservice.core.money import CURRENCIES, Money
from bankservice.core.policy import Title, Version
from bankservice.report import Bars, Figure, Matrix, Section, Share, Table, Trend, Trends
from bankservice.report.model import Cell
from bankservice.run.rejects import PACKAGE
from bankservice.run.tiers_day import Day
from bankservice.segmentation import ServiceCosts
from bankservice.segmentation.ladder import Rung

__all__ = ["report"]

SHOWN: Final = 50
"""Customers a table shows; the file has them all."""

DISTRIBUTION = Says("tiers-distribution")
LEAD = Says("tiers-lead", ("customers", "on", "policy"))
TIER = Says("tiers-tier")
CUSTOMERS = Says("tiers-customers")
SHARE = Says("tiers-share")
CHANGE = Says("tiers-change")
TREND = Says("tiers-trend")
MIGRATION = Says("tiers-migration")
MIGRATION_LEAD = Says("tiers-migration-lead", ("up", "down", "stayed"))
WHOLE_MIGRATION = Says("tiers-migration-whole", ("first", "last"))
MOVES = Says("tiers-moves", ("on",))
FROM = Says("tiers-from")
TO = Says("tiers-to")
LAPSES = Says("tiers-lapses")
LAPSES_LEAD = Says("tiers-lapses-lead", ("customers", "horizon"))
LAPSES_NONE = Says("tiers-lapses-none", ("horizon",))
LAPSES_ON = Says("tiers-lapses-on")
CUSTOMER = Says("tiers-customer")
KEEP = Says("tiers-keep")
SHORT = Says("tiers-short")
MEASURE = Says("tiers-measure")
COST = Says("tiers-cost")
COST_LEAD = Says("tiers-cost-lead", ("total", "per"))
COST_UNPRICED = Says("tiers-cost-unpriced", ("services",))
SERVICES = Says("tiers-services")
SERVICES_OF = Says("services-of", ("services",))
COST_EACH = Says("tiers-cost-each")
COST_ALL = Says("tiers-cost-all")
UNDECIDED = Says("tiers-undecided")
UNDECIDED_WHY = Says("tiers-undecided-why")
REASON = Says("why")
MOVED_UP = Says("tiers-moved-up")
MOVED_DOWN = Says("tiers-moved-down")
COMING = Says("tiers-coming")
CORRECTED = Says("tiers-corrected")
CORRECTED_NOTE = Says("tiers-corrected-note", ("held_back",))
TOTAL = Says("tiers-total")


def report(
    days: Sequence[Day], costs: Version[ServiceCosts] | None, horizon: Period
) -> tuple[tuple[Figure, ...], tuple[Section, ...]]:
    """Return the figures at a glance and the sections of the days decided, the last one foremost."""
    last = days[-1]
    corrected = sum(day.result.corrected for day in days)
    held_back = sum(len(day.result.held_back) for day in days)
    figures = [
        Figure(CUSTOMERS(), last.moves.total()),
        Figure(MOVED_UP(), last.moved(1), tone="good" if last.moved(1) else "plain"),
        Figure(MOVED_DOWN(), last.moved(-1), tone="warning" if last.moved(-1) else "plain"),
        Figure(COMING(), last.lapses.filter("held")["customer"].n_unique()),
        Figure(UNDECIDED(), last.unknown.total(), tone="warning" if last.unknown else "plain"),
    ]
    if corrected or held_back:
        figures.append(
            Figure(CORRECTED(), corrected, CORRECTED_NOTE(held_back=held_back), "warning")
        )
    sections = [_distribution(days), _migration(days), _lapses(last, horizon)]
    if costs is not None:
        sections.append(_cost(last, costs))
    if last.unknown:
        sections.append(_undecided(last))
    return tuple(figures), tuple(sections)


def _names(day: Day) -> Mapping[str, Title | str]:
    return {row.code: row.name for row in day.version.parameters.rows}


def _distribution(days: Sequence[Day]) -> Section:
    last = days[-1]
    names, held, whole = _names(last), last.held, last.moves.total()
    before: Counter[str] = Counter()
    for (was, _), count in last.moves.items():
        before[was] += count
    rows: list[tuple[Cell, ...]] = [
        (names[code], held[code], Share(held[code], whole), held[code] - before[code])
        for code in reversed(last.codes)
    ]
    charts: list[Bars | Trends] = [
        Bars(
            title=DISTRIBUTION(),
            label=TIER(),
            measure=CUSTOMERS(),
            bars=tuple((names[code], held[code]) for code in reversed(last.codes)),
        )
    ]
    if len(days) > 1:
        # The base would flatten every other line; its numbers stand in the table above.
        counts = [(day.on, day.held) for day in days]
        lines = tuple(
            Trend(names[code], tuple((on, held[code]) for on, held in counts))
            for code in reversed(last.codes[1:])
        )
        charts.append(Trends(title=TREND(), measure=CUSTOMERS(), lines=lines))
    return Section(
        anchor="tiers",
        title=DISTRIBUTION(),
        package=PACKAGE,
        lead=(LEAD(customers=whole, on=last.on, policy=str(last.version.ref.policy)),),
        charts=tuple(charts),
        tables=(
            Table(
                caption=DISTRIBUTION(),
                columns=(TIER(), CUSTOMERS(), SHARE(), CHANGE()),
                rows=tuple(rows),
            ),
        ),
    )


def _matrix(title: Reason, day: Day, moves: Mapping[tuple[str, str], int]) -> Matrix:
    names = _names(day)
    gone = sorted({was for was, _ in moves} - set(day.codes))
    codes = (*reversed(day.codes), *gone)
    columns = tuple(reversed(day.codes))
    return Matrix(
        title=title,
        down=FROM(),
        across=TO(),
        rows=tuple(names.get(code, code) for code in codes),
        columns=tuple(names[code] for code in columns),
        counts=tuple(tuple(moves.get((was, now), 0) for now in columns) for was in codes),
    )


def _migration(days: Sequence[Day]) -> Section:
    last = days[-1]
    up, down = last.moved(1), last.moved(-1)
    charts = [_matrix(MIGRATION(), last, last.moves)]
    if len(days) > 1:
        first = days[0]
        both = last.tiers.select("customer", "tier").join(
            first.tiers.select("customer", pl.col("tier").alias("was")), on="customer"
        )
        counts = both.group_by("was", "tier").len().iter_rows()
        whole = {(was, now): count for was, now, count in counts}
        title = WHOLE_MIGRATION(first=first.on, last=last.on)
        charts.append(_matrix(title, last, whole))
    stayed = sum(count for (was, now), count in last.moves.items() if was == now)
    return Section(
        anchor="migration",
        title=MIGRATION(),
        package=PACKAGE,
        lead=(MIGRATION_LEAD(up=up, down=down, stayed=stayed),),
        charts=tuple(charts),
        tables=(_moves(last),) if last.moved_rows.height else (),
    )


def _moves(day: Day) -> Table:
    """Return who moved, those who moved down first."""
    names = _names(day)
    rank = {code: place for place, code in enumerate(day.codes)}
    rows = sorted(
        day.moved_rows.iter_rows(),
        key=lambda row: (rank.get(row[2], 0) >= rank.get(row[1], 0), row[0]),
    )
    return Table(
        caption=MOVES(on=day.on),
        columns=(CUSTOMER(), FROM(), TO()),
        rows=tuple((who, names.get(was, was), names[now]) for who, was, now in rows[:SHOWN]),
        left_out=max(len(rows) - SHOWN, 0),
        whole=f"{day.on}/tiers.csv",
    )


def _lapses(day: Day, horizon: Period) -> Section:
    names, rows = _names(day), day.lapses.filter("held")
    title = LAPSES()
    if not rows.height:
        return Section(
            anchor="lapses", title=title, package=PACKAGE, lead=(LAPSES_NONE(horizon=horizon),)
        )
    titles = day.version.parameters.measure_titles
    shown: tuple[tuple[Cell, ...], ...] = tuple(
        (
            row["customer"],
            names[row["tier"]],
            row["lapses_on"],
            titles.get(row["measure"], row["measure"]),
            _amount(row["keep"], row["unit"]),
            _amount(row["short"], row["unit"]),
        )
        for row in rows.head(SHOWN).iter_rows(named=True)
    )
    by_day = rows.unique(("customer", "tier")).group_by("lapses_on").len().sort("lapses_on")
    return Section(
        anchor="lapses",
        title=title,
        package=PACKAGE,
        lead=(LAPSES_LEAD(customers=rows["customer"].n_unique(), horizon=horizon),),
        charts=(
            Bars(
                title=LAPSES_ON(),
                label=LAPSES_ON(),
                measure=CUSTOMERS(),
                bars=tuple(by_day.iter_rows()),
            ),
        ),
        tables=(
            Table(
                caption=LAPSES(),
                columns=(CUSTOMER(), TIER(), LAPSES_ON(), MEASURE(), KEEP(), SHORT()),
                rows=shown,
                left_out=rows.height - len(shown),
                whole=f"{day.on}/lapses.csv",
            ),
        ),
    )


def _amount(written: str | None, unit: str) -> Cell:
    if written is None:
        return None
    return Money.of(written, unit) if unit in CURRENCIES else f"{written} {unit}"


@attrs.frozen
class _Priced:
    row: Rung
    customers: int
    each: int
    unpriced: tuple[str, ...]


def _priced(day: Day, costs: ServiceCosts) -> Iterator[_Priced]:
    held = day.held
    for row in reversed(day.version.parameters.rows):
        each, unpriced = costs.of(row.services)
        yield _Priced(row, held[row.code], each, unpriced)


def _cost(day: Day, version: Version[ServiceCosts]) -> Section:
    costs, titles = version.parameters, day.version.parameters.service_titles
    priced = list(_priced(day, costs))

    def money(minor: int) -> Money:
        return Money(minor, costs.currency)

    total = sum(line.each * line.customers for line in priced)
    rows: list[tuple[Cell, ...]] = [
        (
            line.row.name,
            line.customers,
            SERVICES_OF(services=tuple(titles.get(code, code) for code in line.row.services)),
            money(line.each),
            money(line.each * line.customers),
        )
        for line in priced
    ]
    rows.append((TOTAL(), sum(line.customers for line in priced), "", "", money(total)))
    unpriced = tuple(dict.fromkeys(code for line in priced for code in line.unpriced))
    lead = [COST_LEAD(total=money(total), per=_per(costs))]
    if unpriced:
        lead.append(COST_UNPRICED(services=tuple(titles.get(code, code) for code in unpriced)))
    return Section(
        anchor="cost",
        title=COST(),
        package=PACKAGE,
        lead=tuple(lead),
        tables=(
            Table(
                caption=COST(),
                columns=(TIER(), CUSTOMERS(), SERVICES(), COST_EACH(), COST_ALL()),
                rows=tuple(rows),
            ),
        ),
    )


def _per(costs: ServiceCosts) -> Title:
    words = {"month": Title(en="month", zh="月"), "year": Title(en="year", zh="年")}
    return words[costs.per]


def _undecided(day: Day) -> Section:
    rows: list[tuple[Cell, ...]] = [
        (Reason(f"why-{code}"), count) for code, count in day.unknown.most_common()
    ]
    return Section(
        anchor="undecided",
        title=UNDECIDED(),
        package=PACKAGE,
        lead=(UNDECIDED_WHY(),),
        tables=(Table(caption=UNDECIDED(), columns=(REASON(), CUSTOMERS()), rows=tuple(rows)),),
    )
