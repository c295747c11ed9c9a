"""Control charts of a survey: the figures of a sheet by period, with limits and signals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

import attrs

from bankservice.core.special import rounded
from bankservice.run.survey_scores import Scored
from bankservice.run.survey_waves import Members
from bankservice.satisfaction.charts.nps_chart import NpsChartFacts, NpsPoint, nps_chart
from bankservice.satisfaction.charts.p_chart import PChartFacts, p_chart
from bankservice.satisfaction.charts.proportions import SharePoint
from bankservice.satisfaction.charts.runs import ChartPoint, RunRule
from bankservice.satisfaction.charts.xmr_chart import XmrChartFacts, xmr_chart
from bankservice.satisfaction.importance.columns import Numbers
from bankservice.satisfaction.model import Missing
from bankservice.satisfaction.waves.items import WaveItem

__all__ = ["Charted", "charted"]

_LEAST: Final = 2
"""Fewest periods that a chart is drawn of."""
_NPS: Final = 9, 7
"""First codes of promoters and of passives."""


@attrs.frozen(kw_only=True)
class Charted:
    """
    A control chart of one question.

    Attributes:
        item: The question.
        method: `nps`, `p` or `laney` for shares, `xmr` for means.
        points: Its periods, in order.
        days: First day of each period.
        bases: Answers in each; None where they are too few to be told.
        centre: The line limits are drawn about.
        signals: Places of the periods that chance does not explain.
    """

    item: WaveItem
    method: str
    points: tuple[ChartPoint, ...]
    days: tuple[date, ...]
    bases: tuple[int | None, ...]
    centre: Decimal | None
    signals: tuple[int, ...]


def charted(waves: Sequence[Scored], every: str) -> tuple[Charted, ...]:
    """
    Return the charts of the questions that stand for a figure of a whole sheet.

    Answers count as they came, without weights; those of who came by themselves do not.

    Args:
        waves: The waves, the oldest first.
        every: What a point is: a `wave`, a `month` or a `quarter`.
    """
    if not waves:
        return ()
    last = waves[-1]
    rules = _rules(last)
    floor = last.scores.floor
    found = []
    for code in _figures(last):
        item = last.item(code)
        periods = _periods(waves, item, every)
        if sum(len(answers) >= floor for _, answers in periods.values()) >= _LEAST:
            found.append(_chart(item, periods, floor, rules))
    return tuple(found)


def _figures(wave: Scored) -> Iterator[str]:
    measured = [question.code for question in wave.sheet_questions() if question.item.row.measure]
    yield from (code for code in measured if code in wave.sheets.codes)


def _rules(wave: Scored) -> tuple[RunRule, ...]:
    ordered = tuple(RunRule)
    return tuple(ordered[n - 1] for n in wave.version.parameters.charts.rules)


def _periods(
    waves: Sequence[Scored], item: WaveItem, every: str
) -> Mapping[str, tuple[date, list[int]]]:
    """Return the answers by period, in order."""
    found: dict[str, tuple[date, list[int]]] = {}
    for wave in waves:
        if item.code not in wave.members.codes or wave.item(item.code).ends != item.ends:
            continue
        for on, answer in _dated(wave, item.code):
            name, start = wave.wave, wave.first_on
            if every == "month":
                start = on.replace(day=1)
                name = f"{on.year}-{on.month:02}"
            elif every == "quarter":
                start = date(on.year, (on.month - 1) // 3 * 3 + 1, 1)
                name = f"{on.year}-Q{(on.month + 2) // 3}"
            found.setdefault(name, (start, []))[1].append(answer)
    return dict(sorted(found.items(), key=lambda pair: (pair[1][0], pair[0])))


def _dated(wave: Scored, code: str) -> Iterator[tuple[date, int]]:
    members: Members = wave.members
    for on, answer, drawn in zip(members.days, members.codes[code], members.drawn, strict=True):
        if drawn and not isinstance(answer, Missing):
            yield on, answer


def _chart(
    item: WaveItem,
    periods: Mapping[str, tuple[date, list[int]]],
    floor: int,
    rules: tuple[RunRule, ...],
) -> Charted:
    # A period of too few answers is a gap: neither its value nor its base is told.
    told = {name: held if len(held) >= floor else [] for name, (_, held) in periods.items()}
    method = "xmr"
    points: tuple[ChartPoint, ...]
    signals: tuple[int, ...]
    if item.metric == "nps":
        nps = nps_chart.decide(
            NpsChartFacts(points=tuple(_split(n, held) for n, held in told.items()), rules=rules)
        ).outcome
        method, points, centre, signals = "nps", nps.points, nps.centre, nps.signals
    elif item.is_share:
        shares = tuple(
            SharePoint(
                satisfied=sum(code in item.chosen for code in held), base=len(held), label=name
            )
            for name, held in told.items()
        )
        share = p_chart.decide(PChartFacts(points=shares, rules=rules)).outcome
        method, points = share.method or "p", share.points
        centre, signals = share.centre, share.signals
    else:
        means = tuple(
            rounded(sum(map(item.keyed, held)) / len(held), 14) if held else Missing.SKIPPED
            for held in told.values()
        )
        xmr = xmr_chart.decide(XmrChartFacts(values=Numbers(means), rules=rules)).outcome
        points = tuple(
            attrs.evolve(point, label=name) for name, point in zip(told, xmr.points, strict=True)
        )
        centre, signals = xmr.centre, xmr.signals
    return Charted(
        item=item,
        method=method,
        points=points,
        days=tuple(start for start, _ in periods.values()),
        bases=tuple(len(held) or None for held in told.values()),
        centre=centre,
        signals=signals,
    )


def _split(name: str, held: Sequence[int]) -> NpsPoint:
    promoters = sum(code >= _NPS[0] for code in held)
    detractors = sum(code < _NPS[1] for code in held)
    return NpsPoint(
        promoters=promoters,
        passives=len(held) - promoters - detractors,
        detractors=detractors,
        label=name,
    )
