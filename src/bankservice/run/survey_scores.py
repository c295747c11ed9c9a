"""The scores of waves, in the order they were asked, each beside the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy, Version
from bankservice.run.survey_plan import Surveyed
from bankservice.run.survey_sheets import Sheets
from bankservice.run.survey_waves import Members, People, members_of
from bankservice.satisfaction.importance.columns import Numbers
from bankservice.satisfaction.importance.quadrants import (
    Placed,
    Quadrants,
    QuadrantsFacts,
    quadrants,
)
from bankservice.satisfaction.model import Answers
from bankservice.satisfaction.questionnaires.kind import Question
from bankservice.satisfaction.reliability.alpha import Alpha, AlphaFacts, cronbach_alpha
from bankservice.satisfaction.scores.dimensions import (
    DimensionFacts,
    DimensionItem,
    DimensionScore,
    dimension_scores,
)
from bankservice.satisfaction.waves.columns import Wave
from bankservice.satisfaction.waves.facts import WaveFacts
from bankservice.satisfaction.waves.items import WaveItem, items_of
from bankservice.satisfaction.waves.kind import Reporting
from bankservice.satisfaction.waves.outcome import WaveDimension, WaveScores
from bankservice.satisfaction.waves.rule import wave_scores

__all__ = ["Dimension", "Scored", "Scorer"]


@attrs.frozen(kw_only=True)
class Dimension:
    """
    What was said of a dimension, in codes of its scale, and whether its items measure one thing.

    Attributes:
        code: The dimension.
        aspect: What its items ask about it.
        items: Its items.
        score: Its score; None where its items have several scales.
        joined: Where the items have several scales, their score from 0 to 100 together.
        alpha: How far they measure one thing; None for a single item.
        why: Why neither is told: `below-floor`.
    """

    code: str
    aspect: str
    items: tuple[str, ...]
    score: DimensionScore | None = None
    joined: WaveDimension | None = None
    alpha: Alpha | None = None
    why: Literal["below-floor"] | None = None


@attrs.frozen(eq=False, kw_only=True)
class Scored:
    """
    A wave with its scores.

    Attributes:
        wave: Its name.
        first_on: Day of the first sheet.
        closed_on: Day of the last one so far.
        sheets: Its sheets.
        members: Its respondents.
        items: What they were asked, as scores are made of it.
        scores: Its scores.
        dimensions: Its dimensions, expectations among them.
        quadrants: Where the drivers stand by importance and performance, where they are told.
        version: The version of the policy that scores were told by.
    """

    wave: str
    first_on: date
    closed_on: date
    sheets: Sheets
    members: Members
    items: tuple[WaveItem, ...]
    scores: WaveScores
    dimensions: tuple[Dimension, ...]
    quadrants: Quadrants | None
    version: Version[Reporting]

    def sheet_questions(self) -> tuple[Question, ...]:
        """Return the questions of its questionnaire, in the order they are asked."""
        return tuple(self.sheets.sheet.questions.values())

    def item(self, code: str) -> WaveItem:
        """Return an item of the wave."""
        return next(item for item in self.items if item.code == code)


class Scorer:
    """Scores waves; one that did not change since an earlier day is not scored again."""

    def __init__(self, held: Surveyed, people: People) -> None:
        """Start with nothing scored."""
        self._held = held
        self._people = people
        self._known: dict[tuple[str, int, str, int], Scored] = {}

    def until(self, sheets: Sequence[Sheets], on: date) -> tuple[Scored, ...]:
        """Return the waves that anybody answered by the end of a day, the oldest first."""
        found: list[Scored] = []
        for whole in sheets:
            held = whole.until(on)
            if held.rows.height:
                found.append(self._scored(held, found[-1] if found else None, on))
        return tuple(found)

    def _scored(self, sheets: Sheets, before: Scored | None, on: date) -> Scored:
        rows = 0 if before is None else before.sheets.rows.height
        key = (sheets.wave, sheets.rows.height, "" if before is None else before.wave, rows)
        if key not in self._known:
            self._known[key] = self._score(sheets, before, on)
        return self._known[key]

    def _score(self, sheets: Sheets, before: Scored | None, on: date) -> Scored:
        held, days = self._held, sheets.rows["day"]
        first_on, closed_on = days.min(), days.max()
        assert isinstance(first_on, date), "a column of days"
        assert isinstance(closed_on, date), "a column of days"
        version = _in_force(held.reporting, closed_on, on)
        members = members_of(sheets, held, self._people, version.parameters, closed_on)
        items = tuple(_asked(items_of(sheets.sheet), sheets.codes))
        wave = members.wave(item.code for item in items)
        told = held.told
        drivers = tuple(code for code in told.drivers if code in sheets.codes)
        asked = held.outcome if held.outcome in sheets.codes and drivers else ""
        sorts = {*wave.drawn.sorts, *wave.self_selected.sorts}
        facts = WaveFacts(
            on=closed_on,
            respondents=wave,
            items=items,
            by=tuple(unit for unit in held.units if set(unit.split("*")) <= sorts),
            before=_before(before, items),
            margins=told.margins if members.weighed.why is None else (),
            audience=told.audience,
            outcome=asked,
            drivers=drivers if asked else (),
        )
        scores = wave_scores.decide(facts, version).outcome
        return Scored(
            wave=sheets.wave,
            first_on=first_on,
            closed_on=closed_on,
            sheets=sheets,
            members=members,
            items=items,
            scores=scores,
            dimensions=tuple(_dimensions(items, members, scores, version.parameters)),
            quadrants=_quadrants(scores),
            version=version,
        )


def _in_force(policy: Policy[Reporting], closed_on: date, on: date) -> Version[Reporting]:
    """Return the version of the day a wave was closed; of one older than the policy, of today."""
    found = policy.select(closed_on)
    return found if isinstance(found, Version) else policy.on(on)


def _asked(items: Sequence[WaveItem], codes: Mapping[str, object]) -> Iterator[WaveItem]:
    """Yield the items that the extracts tell answers of."""
    for item in items:
        if item.code in codes:
            yield item if item.pair in codes else attrs.evolve(item, pair="")


def _before(before: Scored | None, items: Sequence[WaveItem]) -> Wave | None:
    """Return the wave before, with the items that are asked again on the same scale."""
    if before is None or not len(before.members):
        return None
    earlier = {item.code: item for item in before.items}
    same = [
        item.code
        for item in items
        if item.code in earlier
        and (item.metric, item.ends, item.chosen, item.reverse)
        == (
            earlier[item.code].metric,
            earlier[item.code].ends,
            earlier[item.code].chosen,
            earlier[item.code].reverse,
        )
    ]
    return before.members.wave(same) if same else None


def _dimensions(
    items: Sequence[WaveItem], members: Members, scores: WaveScores, reporting: Reporting
) -> Iterator[Dimension]:
    groups: dict[tuple[str, str], list[WaveItem]] = {}
    for item in items:
        if item.dimension:
            groups.setdefault((item.dimension, item.aspect), []).append(item)
    for (code, aspect), held in groups.items():
        bare = Dimension(code=code, aspect=aspect, items=tuple(item.code for item in held))
        if scores.why is not None:
            continue
        answers = {item.code: members.asked(item.code) for item in held}
        whole = [
            row for row in zip(*answers.values(), strict=True) if any(type(a) is int for a in row)
        ]
        if 0 < len(whole) < scores.floor:
            yield attrs.evolve(bare, why="below-floor")
            continue
        turned = tuple(
            Numbers(
                tuple(
                    sum(item.ends) - answer if item.reverse and isinstance(answer, int) else answer
                    for item, answer in zip(held, row, strict=True)
                )
            )
            for row in whole
        )
        confidence = reporting.written.confidence
        alpha = None
        if len(held) > 1:
            found = cronbach_alpha.decide(AlphaFacts(items=turned, confidence=confidence)).outcome
            # It rests on those who answered every item, who may be fewer than the score's.
            alpha = found if found.base >= scores.floor else None
        score = _mean(code, held, answers, members.asked_weights, confidence)
        joined = scores.dimensions.get(code) if score is None and aspect == "perception" else None
        yield attrs.evolve(bare, alpha=alpha, score=score, joined=joined)


def _mean(
    code: str,
    items: Sequence[WaveItem],
    answers: Mapping[str, Sequence[object]],
    weights: tuple[Decimal, ...] | None,
    confidence: Decimal,
) -> DimensionScore | None:
    if len({item.ends for item in items}) > 1:
        return None
    lowest, highest = items[0].ends
    facts = DimensionFacts(
        items=FrozenMapping(
            {item.code: DimensionItem(code, item.reverse or item.good_is_low) for item in items}
        ),
        answers=FrozenMapping({name: Answers(tuple(held)) for name, held in answers.items()}),  # type: ignore[arg-type]
        lowest=lowest,
        highest=highest,
        weights=weights,
        confidence=confidence,
    )
    return dimension_scores.decide(facts).outcome.dimensions[code]


def _quadrants(scores: WaveScores) -> Quadrants | None:
    """Return where the drivers stand: how well by their mean from 0 to 100, how much by share."""
    held = scores.drivers
    if held is None or not held.percent:
        return None
    done = {code: scores.scores[code].rescaled for code in held.percent}
    known = [code for code, well in done.items() if well is not None]
    if not known:
        return None
    return quadrants.decide(
        QuadrantsFacts(
            performance=_placed(known, {code: done[code] for code in known}),
            importance=_placed(known, held.percent),
        )
    ).outcome


def _placed(names: Sequence[str], numbers: Mapping[str, Decimal | None]) -> Placed:
    values = tuple(Decimal(0) if n is None else n for n in (numbers[name] for name in names))
    return Placed(Numbers(values), tuple(names))
