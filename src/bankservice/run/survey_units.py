"""Scores by unit in the report: with what is kept back marked, beside the rest, ranked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from bankservice.core.decision import Says
from bankservice.report import Section, Table
from bankservice.report.model import Cell, Chart, Whisker, Whiskers
from bankservice.run.rejects import PACKAGE
from bankservice.run.survey_scores import Scored
from bankservice.run.survey_words import (
    HIGH,
    LOW,
    VERDICT,
    VERDICTS,
    WHY,
    Names,
    about,
    dashed,
    p_shown,
    shown,
)

__all__ = ["units"]

TITLE = Says("survey-units", ("sort",))
LEAD = Says("survey-units-lead", ("floor",))
HIDDEN = Says("survey-units-hidden")
OF_ITEM = Says("survey-units-of", ("item",))
UNIT = Says("survey-unit")
SCORE = Says("survey-score")
BASE = Says("survey-base")
SHRUNK = Says("survey-shrunk")
RANK = Says("survey-rank")
REST = Says("survey-rest")
ADJUSTED = Says("survey-adjusted")

SHOWN: Final = 20
"""Units a chart shows; the files have them all."""


def units(wave: Scored, on: date, names: Names) -> Iterator[Section]:
    """Yield a section for each sort of units, of the figures of the whole sheet."""
    measured = [q.code for q in wave.sheet_questions() if q.item.row.measure]
    codes = [code for code in measured if code in wave.scores.scores]
    codes = codes or list(wave.scores.scores)[:1]
    for by in wave.scores.units:
        if wave.scores.units[by]:
            yield _section(wave, by, codes, on, names)


def _section(wave: Scored, by: str, codes: list[str], on: date, names: Names) -> Section:
    charts: list[Chart] = []
    tables: list[Table] = []
    hidden = False
    for code in codes:
        item = wave.item(code)
        whole = wave.scores.scores[code].score
        held = [(unit, items[code]) for unit, items in wave.scores.units[by].items()]
        # The best first by the score drawn to the whole; those kept back last, by name.
        last = len(held) + 1
        held.sort(key=lambda pair: (pair[1].rank or last, pair[0]))
        hidden = hidden or any(score.why is not None for _, score in held)
        rows: list[tuple[Cell, ...]] = []
        whiskers = []
        for unit, score in held[:SHOWN]:
            label = names.unit(by, unit)
            note = None if score.why is None else WHY[score.why]()
            ends = shown(item, score.low), shown(item, score.high)
            value = shown(item, score.score)
            whiskers.append(Whisker(label=label, value=value, low=ends[0], high=ends[1], note=note))
            rest = score.against_rest
            rows.append(
                (
                    label,
                    note or value,
                    score.base,
                    shown(item, score.shrunk),
                    score.rank,
                    None if rest is None else shown(item, rest.difference),
                    None if rest is None else p_shown(rest.adjusted),
                    "" if rest is None else VERDICTS[rest.verdict](),
                )
            )
        title = OF_ITEM(item=names.item(wave, code))
        charts.append(
            Whiskers(
                title=title,
                label=UNIT(),
                measure=about(item),
                low=LOW(),
                high=HIGH(),
                rows=tuple(whiskers),
                middle=shown(item, whole),
            )
        )
        columns = (UNIT(), SCORE(), BASE(), SHRUNK(), RANK(), REST(), ADJUSTED(), VERDICT())
        tables.append(
            Table(
                caption=title,
                columns=columns,
                rows=dashed(rows),
                left_out=max(0, len(held) - SHOWN),
                whole=f"{on}/survey-units.csv",
            )
        )
    lead = (LEAD(floor=wave.scores.floor), *((HIDDEN(),) if hidden else ()))
    return Section(
        anchor="survey-units-" + by.replace("*", "-").replace("_", "-"),
        title=TITLE(sort=names.sort(by)),
        package=PACKAGE,
        lead=lead,
        charts=tuple(charts),
        tables=tuple(tables),
    )
