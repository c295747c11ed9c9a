"""Control charts and response in the report: the course of a score, what became of invitations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bankservice.core.decision import Says
from bankservice.report import Bars, Section, Share, Table, Trend, Trends
from bankservice.report.model import Cell, Chart
from bankservice.run.rejects import PACKAGE
from bankservice.run.survey_charts import Charted
from bankservice.run.survey_response import Response
from bankservice.run.survey_scores import Scored
from bankservice.run.survey_words import ITEM, WAVE, Names, about, dashed, short, shown

__all__ = ["control", "response"]

CONTROL = Says("survey-control")
CONTROL_LEAD = Says("survey-control-lead")
CONTROL_OF = Says("survey-control-of", ("item",))
VALUE = Says("survey-value")
CENTRE = Says("survey-centre")
UPPER = Says("survey-upper")
LOWER = Says("survey-lower")
SIGNALS = Says("survey-signals")
PERIOD = Says("survey-period")
RESPONSE = Says("survey-response")
RESPONSE_LEAD = Says("survey-response-lead")
OUTCOME = Says("survey-outcome")
INVITED = Says("survey-invited")
ANSWERED = Says("survey-answered")
ANSWERED_SHARE = Says("survey-answered-share")
RATE = Says("survey-rate")

OUTCOMES: Final = {
    code: Says(f"survey-outcome-{code}")
    for code in (
        "complete",
        "partial",
        "refused",
        "opted-out",
        "not-contacted",
        "undeliverable",
        "ineligible",
        "quota-full",
        "expired",
        "invalid",
    )
}


def control(charts: Sequence[Charted], wave: Scored, names: Names) -> Section:
    """Return the section of control charts."""
    drawn: list[Chart] = []
    rows: list[tuple[Cell, ...]] = []
    for chart in charts:
        item, title = chart.item, names.item(wave, chart.item.code)
        known = [
            (day, point)
            for day, point in zip(chart.days, chart.points, strict=True)
            if point.value is not None
        ]
        lines = []
        for says, values in (
            (VALUE, [point.value for _, point in known]),
            (CENTRE, [chart.centre for _ in known]),
            (UPPER, [point.high for _, point in known]),
            (LOWER, [point.low for _, point in known]),
        ):
            points = tuple(
                (day, value)
                for (day, _), held in zip(known, values, strict=True)
                for value in (shown(item, held),)
                if value is not None
            )
            lines.append(Trend(says(), points))
        drawn.append(Trends(title=CONTROL_OF(item=title), measure=about(item), lines=tuple(lines)))
        rows += [
            (title, chart.points[at].label, shown(item, chart.points[at].value), low, high)
            for at in chart.signals
            for low, high in (
                (shown(item, chart.points[at].low), shown(item, chart.points[at].high)),
            )
        ]
    tables = []
    if rows:
        columns = (ITEM(), PERIOD(), VALUE(), LOWER(), UPPER())
        tables.append(Table(caption=SIGNALS(), columns=columns, rows=dashed(rows)))
    return Section(
        anchor="survey-control",
        title=CONTROL(),
        package=PACKAGE,
        lead=(CONTROL_LEAD(),),
        charts=tuple(drawn),
        tables=tuple(tables),
    )


def response(held: Sequence[Response]) -> Section:
    """Return the section of what became of invitations."""
    last = held[-1]
    rows: list[tuple[Cell, ...]] = []
    for told in held:
        answered = told.outcomes["complete"] + told.outcomes["partial"]
        rate = short(told.rates.rr2 * 100, "0.1") if told.rates.rr2 is not None else None
        rows.append((told.wave, told.invited, answered, Share(answered, told.invited), rate))
    return Section(
        anchor="survey-response",
        title=RESPONSE(),
        package=PACKAGE,
        lead=(RESPONSE_LEAD(),),
        charts=(
            Bars(
                title=OUTCOME(),
                label=OUTCOME(),
                measure=INVITED(),
                bars=tuple(
                    (OUTCOMES[code](), count) for code, count in last.outcomes.items() if count
                ),
            ),
        ),
        tables=(
            Table(
                caption=RESPONSE(),
                columns=(WAVE(), INVITED(), ANSWERED(), ANSWERED_SHARE(), RATE()),
                rows=dashed(rows),
            ),
        ),
    )
