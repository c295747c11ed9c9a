"""Drivers and quadrants in the report: what goes with an outcome, and how well it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from bankservice.core.decision import Says
from bankservice.report import Bars, Section, Table
from bankservice.report.model import Cell, Chart, Dot, Scatter
from bankservice.run.rejects import PACKAGE
from bankservice.run.survey_scores import Scored
from bankservice.run.survey_words import ITEM, WHY, Names, dashed, short
from bankservice.satisfaction.importance.quadrants import Quadrant

__all__ = ["importance"]

TITLE = Says("survey-drivers", ("item",))
LEAD = Says("survey-drivers-lead", ("percent", "base"))
NONE = Says("survey-drivers-none", ("why", "least"))
SHARES = Says("survey-driver-shares")
DRIVER = Says("survey-driver")
PERCENT = Says("survey-driver-percent")
QUADRANTS = Says("survey-quadrants")
DONE = Says("survey-done")
PLACE = Says("survey-quadrant")

CORNERS: Final[Mapping[Quadrant, Says]] = {
    Quadrant.LOW_PRIORITY: Says("survey-low-priority"),
    Quadrant.CONCENTRATE_HERE: Says("survey-concentrate-here"),
    Quadrant.POSSIBLE_OVERKILL: Says("survey-possible-overkill"),
    Quadrant.KEEP_UP: Says("survey-keep-up"),
}
"""Low in both; important alone; done well alone; high in both."""


def importance(wave: Scored, names: Names) -> Iterator[Section]:
    """Yield what goes with the outcome that was asked about, where one was."""
    held = wave.scores.drivers
    if held is None:
        return
    title = TITLE(item=names.item(wave, held.outcome))
    if not held.percent or held.r_squared is None:
        why = WHY[held.why or "no-spread"]()
        lead = NONE(why=why, least=held.least)
        yield Section(anchor="survey-drivers", title=title, package=PACKAGE, lead=(lead,))
        return
    ordered = sorted(held.percent, key=lambda code: (-held.percent[code], code))
    bars = Bars(
        title=SHARES(),
        label=DRIVER(),
        measure=PERCENT(),
        bars=tuple((names.item(wave, code), held.percent[code]) for code in ordered),
    )
    charts: list[Chart] = [bars]
    tables: list[Table] = []
    if wave.quadrants is not None:
        found = wave.quadrants
        assert isinstance(found.quadrants, Mapping), "drivers have names"
        placed = [code for code in ordered if found.quadrants.get(code) is not None]
        dots = tuple(
            Dot(
                label=names.item(wave, code),
                across=short(wave.scores.scores[code].rescaled, "0.1") or Decimal(0),
                up=held.percent[code],
            )
            for code in placed
        )
        charts.append(
            Scatter(
                title=QUADRANTS(),
                label=ITEM(),
                across=DONE(),
                up=PERCENT(),
                dots=dots,
                cuts=(short(found.performance_cut, "0.1"), short(found.importance_cut, "0.1")),
                corners=tuple(says() for says in CORNERS.values()),
            )
        )
        rows: list[tuple[Cell, ...]] = [
            (dot.label, CORNERS[quadrant](), dot.across, dot.up)
            for code, dot in zip(placed, dots, strict=True)
            for quadrant in (found.quadrants[code],)
            if quadrant is not None
        ]
        columns = (ITEM(), PLACE(), DONE(), PERCENT())
        tables.append(Table(caption=QUADRANTS(), columns=columns, rows=dashed(rows)))
    percent = short(held.r_squared * 100, "0.1")
    yield Section(
        anchor="survey-drivers",
        title=title,
        package=PACKAGE,
        lead=(LEAD(percent=percent, base=held.base),),
        charts=tuple(charts),
        tables=tuple(tables),
    )
