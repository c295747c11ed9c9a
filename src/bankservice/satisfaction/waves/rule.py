"""The rule of a wave's scores: everything that may be told of it, and nothing that may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import attrs

from bankservice.core.decision import Rule, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Version
from bankservice.satisfaction.model import told
from bankservice.satisfaction.policy import SHELF
from bankservice.satisfaction.questionnaires.kind import QUESTIONNAIRE, Questionnaire
from bankservice.satisfaction.scores.intervals import mean_t
from bankservice.satisfaction.waves.cells import Counted, counted, placed
from bankservice.satisfaction.waves.columns import Columns
from bankservice.satisfaction.waves.facts import WaveFacts, code_faults, counted_before
from bankservice.satisfaction.waves.items import WaveItem, items_of
from bankservice.satisfaction.waves.joined import dimension, gap, wave_drivers
from bankservice.satisfaction.waves.keeping import EVERYBODY, Keeper, Why, kept_before
from bankservice.satisfaction.waves.kind import REPORTING, Reporting
from bankservice.satisfaction.waves.measuring import (
    Measured,
    answers,
    compared,
    interval,
    measured,
    told_ends,
    unit_of,
)
from bankservice.satisfaction.waves.outcome import (
    UnitScore,
    WaveScore,
    WaveScores,
)
from bankservice.satisfaction.waves.respondents import described
from bankservice.satisfaction.waves.telling import WAVE_SAYS, tell_wave, wave_headline
from bankservice.satisfaction.waves.units import score_flags, scored_units, told_change

__all__ = ["wave_scores"]

PACKAGE: Final = "bankservice.satisfaction"
_BEST: Final = 100.0
_KEPT: Final = ("below-floor", "complementary")


def _wave_scores(facts: WaveFacts, reporting: Reporting, trace: Trace | None) -> WaveScores:
    """
    Score a wave: every item over everybody and by unit, compared, with what may not be told kept back.

    The version in force on `on` applies: it names the intervals, how sure they are, how few answers
    are too few, and what weights may be like. Only respondents who were drawn count; those who came
    by themselves have scores of their own, without interval or test. An answer that is missing is
    counted and enters no base; an item a row leaves out was not shown. A score over nobody is none.

    A score of fewer answers than the floor is kept back, and beside it the smallest one from which
    it would follow, over all tables told at once. Each unit is compared with everybody else and,
    where there was one, with the wave before; its p-value is adjusted for all the units of its sort.
    Units are ranked by the score drawn towards the whole, never by the raw one. Answers of several
    modes are flagged unless the weights were made to fit modes, or no score is told, as the policy
    says.

    Raises:
        FaultsError: If an answer is outside its scale or to an unknown item (with its row), all
            weights are 0, or there are more drivers than the policy lets be told.

    Source:
        The floors, cuts and methods are those of the policy.

    Examples:
        >>> from datetime import date
        >>> from bankservice.satisfaction import wave_scores
        >>> found = wave_scores(
        ...     "satisfaction/reporting-shape",
        ...     on=date(2026, 6, 30),
        ...     items=[{"code": "recommend", "metric": "nps"}],
        ...     respondents=[{"answers": {"recommend": n % 11}} for n in range(44)],
        ... ).outcome
        >>> recommend = found.scores["recommend"]
        >>> round(recommend.score, 2), recommend.base, found.next_on
        (Decimal('-45.45'), 44, datetime.date(2026, 12, 30))
    """
    _check(facts, reporting)
    drawn = facts.respondents.drawn
    floor = reporting.floor_for(facts.audience)
    outcome = attrs.evolve(
        described(facts, reporting), floor=floor, apart=_apart(facts, reporting, floor)
    )
    if outcome.why is None:
        keeper = Keeper(drawn, facts.told_by, floor)
        scores: dict[str, WaveScore] = {}
        by_item: dict[str, dict[str, dict[str, UnitScore]]] = {}
        for item in facts.items:
            scores[item.code], by_item[item.code] = _item(item, facts, keeper, reporting, floor)
        outcome = attrs.evolve(
            outcome,
            scores=FrozenMapping(scores),
            units=_by_unit(by_item, facts.told_by),
            hidden=_hidden(scores, by_item),
        )
        outcome = _together(facts, reporting, floor, outcome)
    if trace is not None:
        tell_wave(facts, reporting, outcome, trace)
    return outcome


def _check(facts: WaveFacts, reporting: Reporting) -> None:
    faults = [*code_faults(facts)]
    if len(facts.drivers) > reporting.drivers.most:
        wanted = f"at most {reporting.drivers.most}"
        faults.append(Fault("drivers", f"{len(facts.drivers)} items", wanted))
    for name, wave in (("respondents", facts.respondents), ("before", facts.before)):
        weights = None if wave is None else wave.drawn.weights
        if weights and not any(weights):
            faults.append(Fault(name, "weights that are all 0", "at least one above 0"))
    if not facts.items:
        faults.append(Fault("items", "nothing", "an item or more, or a questionnaire beside"))
    if faults:
        raise FaultsError("a wave", tuple(faults))


# -- one item --------------------------------------------------------------------------------------


def _item(
    item: WaveItem, facts: WaveFacts, keeper: Keeper, reporting: Reporting, floor: int
) -> tuple[WaveScore, dict[str, dict[str, UnitScore]]]:
    drawn, sorts = facts.respondents.drawn, facts.told_by
    by_sort = {by: counted(drawn, item.code, placed(drawn, by)) for by in sorts}
    held = next(iter(by_sort.values()), None) or counted(drawn, item.code)
    kept = keeper.kept(item.code)
    before = _before(item, facts, sorts, floor)
    score = _whole(item, held, kept.get(EVERYBODY), before.get(EVERYBODY), reporting)
    units = {
        by: scored_units(
            item,
            found,
            {unit: why for (sort, unit), why in kept.items() if sort == by},
            {unit: each for (sort, unit), each in before.items() if sort == by},
            reporting,
        )
        for by, found in by_sort.items()
    }
    return score, units


def _before(
    item: WaveItem, facts: WaveFacts, sorts: Sequence[str], floor: int
) -> Mapping[tuple[str, str], Measured]:
    """Return the scores of the wave before that may be told, by sort and unit."""
    held = {by: counted_before(facts, item.code, by) for by in (*sorts, "")}
    known = {by: each for by, each in held.items() if each is not None}
    kept = kept_before(known, floor)
    found = {}
    for by, each in known.items():
        cells = {(by, unit): part for unit, part in each.units.items() if by}
        for unit, part in (*cells.items(), (EVERYBODY, each.whole)):
            score = None if unit in kept else measured(item, part)
            if score is not None:
                found[unit] = score
    return found


def _decimal(value: float | None, factor: float = 1.0) -> Decimal | None:
    return None if value is None else told(value * factor)


def _whole(
    item: WaveItem,
    held: Counted,
    kept: Why | None,
    before: Measured | None,
    reporting: Reporting,
) -> WaveScore:
    """Return the score of an item over everybody."""
    base = answers(held.whole)
    bare = WaveScore(metric=item.metric, base=base, missing=held.missing)
    if not base:
        return attrs.evolve(bare, why="no-answers")
    if kept is not None:
        # How few they are may be told, as long as it names nobody.
        few = kept == "below-floor" and base >= reporting.floor.identity
        return attrs.evolve(bare, base=base if few else None, missing=FrozenMapping(), why=kept)
    found = measured(item, held.whole)
    if found is None:
        return attrs.evolve(bare, why="no-weight")
    factor, around = unit_of(item), interval(item, found, reporting)
    low, high = told_ends(around, factor)
    change = None
    if before is not None:
        apart = compared(item, before, found, reporting)
        change = told_change(item, apart, apart.p_value, "waves", reporting)
    return attrs.evolve(
        bare,
        score=told(found.score * factor),
        low=low,
        high=high,
        linearised=_decimal(found.spread.linearised, factor),
        share=_decimal(found.easy),
        rescaled=told(_BEST * found.rescaled.mean),
        effective=told(found.effective),
        method=None if around is None else around.method,
        change=change,
        flags=score_flags(found, reporting),
    )


def _apart(facts: WaveFacts, reporting: Reporting, floor: int) -> FrozenMapping[str, WaveScore]:
    """Return the scores of those who came by themselves: no interval, no test, no unit."""
    columns = facts.respondents.self_selected
    if not columns.n:
        return FrozenMapping()
    found = {}
    for item in facts.items:
        held = counted(columns, item.code)
        few: Why | None = "below-floor" if 0 < answers(held.whole) < floor else None
        score = _whole(item, held, few, None, reporting)
        found[item.code] = attrs.evolve(score, low=None, high=None, linearised=None, method=None)
    return FrozenMapping(found)


# -- all items -------------------------------------------------------------------------------------


def _by_unit(
    by_item: Mapping[str, Mapping[str, Mapping[str, UnitScore]]], sorts: Sequence[str]
) -> FrozenMapping[str, FrozenMapping[str, FrozenMapping[str, UnitScore]]]:
    found: dict[str, FrozenMapping[str, FrozenMapping[str, UnitScore]]] = {}
    for by in sorts:
        units: dict[str, dict[str, UnitScore]] = {}
        for item, held in by_item.items():
            for unit, score in held[by].items():
                units.setdefault(unit, {})[item] = score
        found[by] = FrozenMapping({unit: FrozenMapping(each) for unit, each in units.items()})
    return FrozenMapping(found)


def _hidden(
    scores: Mapping[str, WaveScore],
    by_item: Mapping[str, Mapping[str, Mapping[str, UnitScore]]],
) -> int:
    units = (s for held in by_item.values() for each in held.values() for s in each.values())
    held = [*(score.why for score in scores.values()), *(score.why for score in units)]
    return sum(why in _KEPT for why in held)


def _together(
    facts: WaveFacts, reporting: Reporting, floor: int, outcome: WaveScores
) -> WaveScores:
    """Add what follows from several items."""
    drawn = facts.respondents.drawn
    known = {item.code: item for item in facts.items}
    perceived = [item for item in facts.items if item.aspect == "perception"]
    dimensions: dict[str, list[WaveItem]] = {}
    for item in perceived:
        if item.dimension:
            dimensions.setdefault(item.dimension, []).append(item)
    strengths, weaknesses = _cut(perceived, drawn, reporting, outcome)
    asked = None
    if facts.outcome:
        held = [known[code] for code in facts.drivers]
        asked = wave_drivers(drawn, known[facts.outcome], held, reporting, floor)
    # A count of who is in no unit could give away a count that is kept back.
    open_sorts = {
        by: count
        for by, count in outcome.without_unit.items()
        if not any(
            score.why in _KEPT for items in outcome.units[by].values() for score in items.values()
        )
    }
    return attrs.evolve(
        outcome,
        without_unit=FrozenMapping(open_sorts),
        dimensions=FrozenMapping(
            {name: dimension(drawn, held, reporting, floor) for name, held in dimensions.items()}
        ),
        gaps=FrozenMapping(
            {
                item.code: gap(drawn, item, known[item.pair], reporting, floor)
                for item in perceived
                if item.pair
            }
        ),
        strengths=strengths,
        weaknesses=weaknesses,
        drivers=asked,
    )


def _cut(
    items: Sequence[WaveItem], drawn: Columns, reporting: Reporting, outcome: WaveScores
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return strengths and weaknesses: items whose whole interval lies beyond a cut."""
    strong, weak = float(reporting.cuts.strong), float(reporting.cuts.weak)
    good: dict[str, float] = {}
    bad: dict[str, float] = {}
    for item in items:
        if item.metric == "nps" or outcome.scores[item.code].score is None:
            # Zero of an NPS is not half of anything: it has no place on a scale of worst to best.
            continue
        found = measured(item, counted(drawn, item.code).whole)
        assert found is not None, "it has a score"
        mean, freedom = found.rescaled.mean, found.spread.n - 1
        around = mean_t(mean, found.rescaled.linearised, freedom, reporting.confidence)
        if around is not None and _BEST * around.low >= strong:
            good[item.code] = mean
        elif around is not None and _BEST * around.high < weak:
            bad[item.code] = mean
    return tuple(sorted(good, key=lambda c: (-good[c], c))), tuple(
        sorted(bad, key=lambda c: (bad[c], c))
    )


def _filled(facts: WaveFacts, asked: Questionnaire) -> WaveFacts:
    """Return the facts with the items of a questionnaire; items that were stated stay."""
    if facts.items:
        return facts
    return attrs.evolve(facts, items=items_of(asked.on(facts.on)))


def _links(facts: WaveFacts, reporting: Reporting, outcome: WaveScores) -> tuple[Version[Any], ...]:
    return () if reporting.asked is None else (reporting.asked.on(facts.on).bank,)


wave_scores: Final[Rule[WaveFacts, Reporting, WaveScores]] = Rule(
    id="satisfaction.wave-scores",
    facts=WaveFacts,
    outcome=WaveScores,
    evaluate=_wave_scores,
    headline=wave_headline,
    says=WAVE_SAYS,
    package=PACKAGE,
    kind=REPORTING,
    beside=QUESTIONNAIRE,
    filled=_filled,
    joined=lambda reporting, asked: attrs.evolve(reporting, asked=asked),
    links=_links,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)
