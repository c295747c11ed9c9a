"""What the part of surveys tells in the report: scores, change, units, dimensions, response."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby

from bankservice.core.decision import Reason, Says
from bankservice.report import Figure, Section, Table
from bankservice.report.model import Cell, Chart, Whisker, Whiskers
from bankservice.run.rejects import PACKAGE
from bankservice.run.survey_course import control, response
from bankservice.run.survey_day import SurveyDay
from bankservice.run.survey_importance import importance
from bankservice.run.survey_scores import Scored
from bankservice.run.survey_units import units
from bankservice.run.survey_words import (
    CHANGED,
    DETECTABLE,
    HIGH,
    ITEM,
    LOW,
    P_VALUE,
    VERDICT,
    VERDICTS,
    WHY,
    Names,
    about,
    dashed,
    p_shown,
    short,
    shown,
)
from bankservice.satisfaction.waves.items import WaveItem

__all__ = ["report"]

TITLE = Says("survey")
LEAD = Says("survey-lead", ("respondents", "wave", "questionnaire", "first", "last"))
WEIGHTED = Says("survey-weighted", ("effective", "efficiency"))
UNWEIGHTED = Says("survey-unweighted")
NOT_RAKED = Says("survey-not-raked", ("lacking",))
NOT_CONVERGED = Says("survey-not-converged")
APART = Says("survey-apart", ("self_selected",))
UNSURE = Says("survey-unsure", ("percent",))
NOBODY = Says("survey-nobody")
POOLED = Says("survey-modes-pooled")
INEFFICIENT = Says("survey-inefficient", ("efficiency",))
NOBODY_YET = Says("survey-nobody-yet")
SCORES = Says("survey-scores", ("measure",))
ALL_SCORES = Says("survey-all-scores")
SCORE = Says("survey-score")
BASE = Says("survey-base")
CHANGE = Says("survey-change", ("before",))
CHANGE_LEAD = Says("survey-change-lead")
BEFORE = Says("survey-before")
NOW = Says("survey-now")
DIMENSIONS = Says("survey-dimensions")
DIMENSIONS_LEAD = Says("survey-dimensions-lead")
DIMENSION = Says("survey-dimension")
EXPECTED = Says("survey-expected", ("dimension",))
RESCALED = Says("survey-rescaled")
ITEMS = Says("survey-items")
MEAN = Says("survey-mean")
ALPHA = Says("survey-alpha")
GAPS = Says("survey-gaps")
GAP = Says("survey-gap")
STRONG = Says("survey-strong")
WEAK = Says("survey-weak")
KIND = Says("survey-kind")
NEXT = Says("survey-next", ("on",))
CALLS = Says("survey-calls-open")
CALLS_NOTE = Says("survey-calls-note", ("opened", "heard"))


def report(
    days: Sequence[SurveyDay], names: Names
) -> tuple[tuple[Figure, ...], tuple[Section, ...]]:
    """Return the figures at a glance and the sections of the last day decided."""
    if not days:
        return (), ()
    day = days[-1]
    wave = day.last
    if wave is None:
        empty = Section(anchor="survey", title=TITLE(), package=PACKAGE, lead=(NOBODY_YET(),))
        return (), (empty,)
    sections = [_scores(wave, names)]
    if len(day.waves) > 1 and wave.scores.why is None:
        sections.append(_change(day.waves[-2], wave, names))
    if wave.scores.why is None:
        sections += units(wave, day.on, names)
        if wave.dimensions:
            sections.append(_dimensions(wave, names))
        sections += importance(wave, names)
    if day.charts:
        sections.append(control(day.charts, wave, names))
    if day.responses:
        sections.append(response(day.responses))
    return tuple(_figures(day, wave, names)), tuple(sections)


def _headlines(wave: Scored) -> tuple[str, ...]:
    """Return the questions that stand for a figure of the whole sheet."""
    return tuple(
        question.code
        for question in wave.sheet_questions()
        if question.item.row.measure and question.code in wave.scores.scores
    )


def _figures(day: SurveyDay, wave: Scored, names: Names) -> Iterator[Figure]:
    for code in _headlines(wave):
        item, score = wave.item(code), wave.scores.scores[code]
        change = score.change
        note = None if change is None else VERDICTS[change.verdict]()
        tone = {"improved": "good", "worsened": "warning"}.get(
            "" if change is None else change.verdict, "plain"
        )
        value: Cell = shown(item, score.score)
        if score.score is None:
            value, note = WHY[score.why or "no-answers"](), None
        label = about(item)
        yield Figure(label, value, note, tone)  # type: ignore[arg-type]
    if day.heard.heard:
        held = day.heard
        note = CALLS_NOTE(opened=held.opened, heard=held.heard)
        yield Figure(CALLS(), held.open, note, "warning" if held.open else "good")


# -- scores ------------------------------------------------------------------------------------


def _lead(wave: Scored, names: Names) -> Iterator[Reason]:
    scores, weighed = wave.scores, wave.members.weighed
    yield LEAD(
        respondents=scores.respondents,
        wave=wave.wave,
        questionnaire=wave.sheets.version.title,
        first=wave.first_on,
        last=wave.closed_on,
    )
    percent = short(scores.efficiency * 100, "1") if scores.efficiency is not None else None
    match scores.why:
        case "no-respondents":
            yield NOBODY()
        case "modes-pooled":
            yield POOLED()
        case "inefficient-weights":
            yield INEFFICIENT(efficiency=percent)
    if scores.why is None:
        yield UNSURE(percent=short(wave.version.parameters.written.confidence * 100, "1"))
    match weighed.why:
        case None:
            effective = short(scores.effective or Decimal(0), "1")
            yield WEIGHTED(effective=effective, efficiency=percent)
        case "not-raked":
            yield NOT_RAKED(lacking=", ".join(weighed.lacking))
        case "not-converged":
            yield NOT_CONVERGED()
        case "no-targets":
            yield UNWEIGHTED()
    if scores.self_selected:
        yield APART(self_selected=scores.self_selected)
    if scores.next_on is not None:
        yield NEXT(on=scores.next_on)


def _grouped(wave: Scored) -> Iterator[tuple[Reason, list[WaveItem]]]:
    """Yield the items by what their scores count, in the order they are asked."""
    held = [item for item in wave.items if item.code in wave.scores.scores]
    order = {about(item): place for place, item in reversed(list(enumerate(held)))}
    held.sort(key=lambda item: order[about(item)])
    for measure, items in groupby(held, key=about):
        yield measure, list(items)


def _scores(wave: Scored, names: Names) -> Section:
    charts: list[Chart] = []
    rows: list[tuple[Cell, ...]] = []
    for measure, items in _grouped(wave):
        whiskers = []
        for item in items:
            score = wave.scores.scores[item.code]
            title = names.item(wave, item.code)
            note = None if score.why is None else WHY[score.why]()
            ends = shown(item, score.low), shown(item, score.high)
            value = shown(item, score.score)
            whiskers.append(Whisker(label=title, value=value, low=ends[0], high=ends[1], note=note))
            rows.append((title, measure, note or value, *ends, score.base))
        charts.append(
            Whiskers(
                title=SCORES(measure=measure),
                label=ITEM(),
                measure=SCORE(),
                low=LOW(),
                high=HIGH(),
                rows=tuple(whiskers),
            )
        )
    columns = (ITEM(), KIND(), SCORE(), LOW(), HIGH(), BASE())
    tables = [Table(caption=ALL_SCORES(), columns=columns, rows=dashed(rows))] if rows else []
    for caption, codes in (
        (STRONG(), wave.scores.strengths),
        (WEAK(), wave.scores.weaknesses),
    ):
        if codes:
            listed: list[tuple[Cell, ...]] = [
                (names.item(wave, code), short(wave.scores.scores[code].rescaled, "0.1"))
                for code in codes
            ]
            tables.append(Table(caption=caption, columns=(ITEM(), RESCALED()), rows=tuple(listed)))
    return Section(
        anchor="survey",
        title=TITLE(),
        package=PACKAGE,
        lead=tuple(_lead(wave, names)),
        charts=tuple(charts),
        tables=tuple(tables),
    )


def _change(before: Scored, wave: Scored, names: Names) -> Section:
    charts: list[Chart] = []
    rows: list[tuple[Cell, ...]] = []
    for measure, items in _grouped(wave):
        whiskers = []
        for item in items:
            score = wave.scores.scores[item.code]
            change = score.change
            if change is None:
                continue
            title = names.item(wave, item.code)
            low, high = shown(item, change.low), shown(item, change.high)
            difference = shown(item, change.difference)
            whiskers.append(Whisker(label=title, value=difference, low=low, high=high))
            rows.append(
                (
                    title,
                    shown(item, (score.score or Decimal(0)) - change.difference),
                    shown(item, score.score),
                    difference,
                    p_shown(change.p_value),
                    shown(item, change.detectable),
                    VERDICTS[change.verdict](),
                )
            )
        if whiskers:
            charts.append(
                Whiskers(
                    title=SCORES(measure=measure),
                    label=ITEM(),
                    measure=CHANGED(),
                    low=LOW(),
                    high=HIGH(),
                    rows=tuple(whiskers),
                    middle=0,
                )
            )
    columns = (
        ITEM(),
        BEFORE(),
        NOW(),
        CHANGED(),
        P_VALUE(),
        DETECTABLE(),
        VERDICT(),
    )
    return Section(
        anchor="survey-change",
        title=CHANGE(before=before.wave),
        package=PACKAGE,
        lead=(CHANGE_LEAD(),),
        charts=tuple(charts),
        tables=(Table(caption=CHANGE(before=before.wave), columns=columns, rows=dashed(rows)),),
    )


# -- dimensions --------------------------------------------------------------------------------


def _dimensions(wave: Scored, names: Names) -> Section:
    whiskers: list[Whisker] = []
    rows: list[tuple[Cell, ...]] = []
    both = [held.code for held in wave.dimensions]
    for held in wave.dimensions:
        label = names.dimension(wave, held.code)
        if held.aspect == "expectation" and both.count(held.code) > 1:
            label = EXPECTED(dimension=label)
        score, alpha = held.score, held.alpha
        note = None if held.why is None else WHY[held.why]()
        if score is not None and score.mean is None and note is None:
            note = WHY["no-answers"]()
        told = None if alpha is None else short(alpha.alpha, "0.001")
        if score is not None and score.mean is not None:
            lowest, highest = wave.item(held.items[0]).ends
            span = Decimal(highest - lowest)
            ends = [
                None if end is None else short((end - lowest) / span * 100, "0.1")
                for end in (score.low, score.high)
            ]
            value = short(score.rescaled, "0.1")
            whiskers.append(Whisker(label=label, value=value, low=ends[0], high=ends[1]))
            rows.append(
                (label, len(held.items), short(score.mean, "0.01"), value, score.base, told)
            )
        elif held.joined is not None and held.joined.score is not None:
            joined = held.joined
            ends = [short(end, "0.1") for end in (joined.low, joined.high)]
            value = short(joined.score, "0.1")
            whiskers.append(Whisker(label=label, value=value, low=ends[0], high=ends[1]))
            rows.append((label, len(held.items), None, value, joined.base, told))
        else:
            whiskers.append(Whisker(label=label, note=note))
            rows.append((label, len(held.items), note, None, None, told))
    columns = (DIMENSION(), ITEMS(), MEAN(), RESCALED(), BASE(), ALPHA())
    tables = [Table(caption=DIMENSIONS(), columns=columns, rows=dashed(rows))]
    gaps: list[tuple[Cell, ...]] = [
        (
            names.item(wave, code),
            short(gap.gap, "0.01"),
            short(gap.low, "0.01"),
            short(gap.high, "0.01"),
            gap.base,
            WHY[gap.why]() if gap.why else VERDICTS[gap.verdict or "no-evidence"](),
        )
        for code, gap in wave.scores.gaps.items()
    ]
    if gaps:
        heads = (ITEM(), GAP(), LOW(), HIGH(), BASE(), VERDICT())
        tables.append(Table(caption=GAPS(), columns=heads, rows=dashed(gaps)))
    return Section(
        anchor="survey-dimensions",
        title=DIMENSIONS(),
        package=PACKAGE,
        lead=(DIMENSIONS_LEAD(),),
        charts=(
            Whiskers(
                title=DIMENSIONS(),
                label=DIMENSION(),
                measure=RESCALED(),
                low=LOW(),
                high=HIGH(),
                rows=tuple(whiskers),
            ),
        ),
        tables=tuple(tables),
    )
