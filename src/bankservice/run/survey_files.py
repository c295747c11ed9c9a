"""The result files of a survey: their columns, and waves with their scores as rows of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import polars as pl

from bankservice.run.survey_charts import Charted
from bankservice.run.survey_response import Response
from bankservice.run.survey_scores import Scored
from bankservice.satisfaction.waves.outcome import ScoreChange, UnitScore, WaveScore

__all__ = [
    "CHARTS",
    "DIMENSIONS",
    "DRIVERS",
    "RESPONSE",
    "SCORES",
    "UNITS",
    "WAVES",
    "frames_of",
    "headlines",
    "text",
]

WAVES: Final = {
    "wave": pl.String,
    "first_on": pl.Date,
    "closed_on": pl.Date,
    "sheets": pl.Int64,
    "respondents": pl.Int64,
    "self_selected": pl.Int64,
    "silent": pl.Int64,
    "set_aside": pl.Int64,
    "effective": pl.String,
    "efficiency": pl.String,
    "design_effect": pl.String,
    "heaviest": pl.String,
    "trimmed": pl.Int64,
    "worst_error": pl.String,
    "unweighted": pl.String,
    "lacking": pl.String,
    "hidden": pl.Int64,
    "next_on": pl.Date,
    "flags": pl.String,
    "why": pl.String,
    "policy": pl.String,
}
_CHANGE: Final = {
    "difference": pl.String,
    "difference_low": pl.String,
    "difference_high": pl.String,
    "p_value": pl.String,
    "detectable": pl.String,
    "verdict": pl.String,
}
SCORES: Final = {
    "wave": pl.String,
    "item": pl.String,
    "metric": pl.String,
    "score": pl.String,
    "low": pl.String,
    "high": pl.String,
    "share": pl.String,
    "rescaled": pl.String,
    "base": pl.Int64,
    "effective": pl.String,
    "missing": pl.String,
    "self_selected": pl.Boolean,
    **_CHANGE,
    "strength": pl.String,
    "expectation": pl.String,
    "gap": pl.String,
    "gap_low": pl.String,
    "gap_high": pl.String,
    "gap_verdict": pl.String,
    "flags": pl.String,
    "why": pl.String,
}
UNITS: Final = {
    "wave": pl.String,
    "by": pl.String,
    "unit": pl.String,
    "item": pl.String,
    "score": pl.String,
    "low": pl.String,
    "high": pl.String,
    "base": pl.Int64,
    "effective": pl.String,
    "shrunk": pl.String,
    "rank": pl.Int64,
    "from_rest": pl.String,
    "from_rest_adjusted": pl.String,
    "from_rest_verdict": pl.String,
    **_CHANGE,
    "why": pl.String,
}
DIMENSIONS: Final = {
    "wave": pl.String,
    "dimension": pl.String,
    "aspect": pl.String,
    "items": pl.String,
    "mean": pl.String,
    "low": pl.String,
    "high": pl.String,
    "rescaled": pl.String,
    "base": pl.Int64,
    "alpha": pl.String,
    "alpha_low": pl.String,
    "alpha_high": pl.String,
    "why": pl.String,
}
DRIVERS: Final = {
    "wave": pl.String,
    "outcome": pl.String,
    "driver": pl.String,
    "share": pl.String,
    "percent": pl.String,
    "r_squared": pl.String,
    "base": pl.Int64,
    "rescaled": pl.String,
    "quadrant": pl.String,
    "why": pl.String,
}
RESPONSE: Final = {
    "wave": pl.String,
    "outcome": pl.String,
    "invitations": pl.Int64,
    "invited": pl.Int64,
    "response_rate": pl.String,
}
CHARTS: Final = {
    "item": pl.String,
    "period": pl.String,
    "begins_on": pl.Date,
    "value": pl.String,
    "low": pl.String,
    "high": pl.String,
    "centre": pl.String,
    "base": pl.Int64,
    "signals": pl.String,
    "method": pl.String,
}


def headlines(wave: Scored) -> dict[str, Decimal | None]:
    """Return the scores of the questions that stand for a figure of the sheet; else of all."""
    measured = [q.code for q in wave.sheet_questions() if q.item.row.measure]
    found = [code for code in measured if code in wave.scores.scores]
    return {code: wave.scores.scores[code].score for code in found or wave.scores.scores}


def frames_of(
    waves: Sequence[Scored], responses: Sequence[Response], charts: Sequence[Charted]
) -> Mapping[str, pl.DataFrame]:
    """Return the result files by name."""

    def each(rows: Callable[[Scored], Iterator[tuple[Any, ...]]]) -> Iterator[tuple[Any, ...]]:
        for wave in waves:
            yield from rows(wave)

    held: dict[str, tuple[Mapping[str, Any], Iterator[tuple[Any, ...]]]] = {
        "survey-waves": (WAVES, map(_wave, waves)),
        "survey-scores": (SCORES, each(_scores)),
        "survey-units": (UNITS, each(_units)),
        "survey-dimensions": (DIMENSIONS, each(_dimensions)),
        "survey-drivers": (DRIVERS, each(_drivers)),
        "survey-response": (RESPONSE, _responses(responses)),
        "survey-charts": (CHARTS, _charts(charts)),
    }
    return {
        name: pl.DataFrame(list(rows), schema=dict(schema), orient="row")
        for name, (schema, rows) in held.items()
    }


def text(value: Decimal | None) -> str | None:
    """Return a number as the files write it."""
    return None if value is None else f"{value:f}"


def _flags(flags: Sequence[Any]) -> str | None:
    return " ".join(flag.value for flag in flags) or None


def _wave(wave: Scored) -> tuple[Any, ...]:
    scores, weighed = wave.scores, wave.members.weighed
    return (
        wave.wave,
        wave.first_on,
        wave.closed_on,
        wave.sheets.rows.height,
        scores.respondents,
        scores.self_selected,
        wave.members.silent,
        wave.members.set_aside,
        text(scores.effective),
        text(scores.efficiency),
        text(scores.design_effect),
        text(scores.heaviest),
        weighed.trimmed,
        text(weighed.worst_error),
        weighed.why,
        " ".join(weighed.lacking) or None,
        scores.hidden,
        scores.next_on,
        _flags(scores.flags),
        scores.why,
        str(wave.version.ref.policy),
    )


def _change(change: ScoreChange | None) -> tuple[Any, ...]:
    if change is None:
        return (None,) * len(_CHANGE)
    return (
        text(change.difference),
        text(change.low),
        text(change.high),
        text(change.p_value),
        text(change.detectable),
        change.verdict,
    )


def _scores(wave: Scored) -> Iterator[tuple[Any, ...]]:
    strong = dict.fromkeys(wave.scores.strengths, "strength")
    strong |= dict.fromkeys(wave.scores.weaknesses, "weakness")
    for code, score in wave.scores.scores.items():
        yield _score(wave, code, score, False, strong.get(code))
    for code, score in wave.scores.apart.items():
        yield _score(wave, code, score, True, None)


def _score(
    wave: Scored, code: str, score: WaveScore, apart: bool, strength: str | None
) -> tuple[Any, ...]:
    gap = None if apart else wave.scores.gaps.get(code)
    gapped: tuple[Any, ...] = (None,) * 5
    if gap is not None:
        told = text(gap.gap), text(gap.low), text(gap.high)
        gapped = (gap.expectation, *told, gap.verdict)
    return (
        wave.wave,
        code,
        score.metric,
        text(score.score),
        text(score.low),
        text(score.high),
        text(score.share),
        text(score.rescaled),
        score.base,
        text(score.effective),
        " ".join(f"{why}={count}" for why, count in score.missing.items()) or None,
        apart,
        *_change(score.change),
        strength,
        *gapped,
        _flags(score.flags),
        score.why,
    )


def _units(wave: Scored) -> Iterator[tuple[Any, ...]]:
    for by, units in wave.scores.units.items():
        for unit in sorted(units):
            for code, score in units[unit].items():
                yield (wave.wave, by, unit, code, *_unit(score))


def _unit(score: UnitScore) -> tuple[Any, ...]:
    rest = score.against_rest
    return (
        text(score.score),
        text(score.low),
        text(score.high),
        score.base,
        text(score.effective),
        text(score.shrunk),
        score.rank,
        None if rest is None else text(rest.difference),
        None if rest is None else text(rest.adjusted),
        None if rest is None else rest.verdict,
        *_change(score.change),
        score.why,
    )


def _dimensions(wave: Scored) -> Iterator[tuple[Any, ...]]:
    for held in wave.dimensions:
        score, alpha, joined = held.score, held.alpha, held.joined
        whole: tuple[Any, ...] = (None,) * 5
        if score is not None:
            ends = text(score.low), text(score.high)
            whole = (text(score.mean), *ends, text(score.rescaled), score.base)
        elif joined is not None:
            # On several scales there is a score from 0 to 100, and no mean of codes.
            whole = (None, None, None, text(joined.score), joined.base)
        yield (
            wave.wave,
            held.code,
            held.aspect,
            " ".join(held.items),
            *whole,
            None if alpha is None else text(alpha.alpha),
            None if alpha is None else text(alpha.low),
            None if alpha is None else text(alpha.high),
            held.why or (None if alpha is None else alpha.why),
        )


def _drivers(wave: Scored) -> Iterator[tuple[Any, ...]]:
    held = wave.scores.drivers
    if held is None:
        return
    placed: Any = {} if wave.quadrants is None else wave.quadrants.quadrants
    if not held.percent:
        yield (wave.wave, held.outcome, None, None, None, None, held.base, None, None, held.why)
    for code in held.percent:
        quadrant = placed.get(code)
        yield (
            wave.wave,
            held.outcome,
            code,
            text(held.shares[code]),
            text(held.percent[code]),
            text(held.r_squared),
            held.base,
            text(wave.scores.scores[code].rescaled),
            None if quadrant is None else quadrant.value,
            held.why,
        )


def _responses(held: Sequence[Response]) -> Iterator[tuple[Any, ...]]:
    for response in held:
        for outcome, count in response.outcomes.items():
            rate = text(response.rates.rr2)
            yield (response.wave, outcome, count, response.invited, rate)


def _charts(held: Sequence[Charted]) -> Iterator[tuple[Any, ...]]:
    for chart in held:
        for point, day, base in zip(chart.points, chart.days, chart.bases, strict=True):
            yield (
                chart.item.code,
                point.label,
                day,
                text(point.value),
                text(point.low),
                text(point.high),
                text(chart.centre),
                base,
                _flags(point.signals),
                chart.method,
            )
