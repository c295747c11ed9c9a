"""
Hypothesis strategies for satisfaction: answers with what is missing, weights, counted classes.

    from hypothesis import given
    from bankservice.testing import strategies

    @given(strategies.survey_answers())
    def test_every_survey_has_a_score_or_says_why(answers): ...
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import prod
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from bankservice.satisfaction.model import Missing
from bankservice.satisfaction.questionnaires.items import Item
from bankservice.satisfaction.questionnaires.kind import Questionnaire, Sheet

__all__ = [
    "allocated_strata",
    "answer_sheets",
    "charted_shares",
    "class_counts",
    "driven_outcomes",
    "raked_samples",
    "survey_answers",
    "survey_weights",
    "wave_respondents",
    "weighted_answers",
]


def survey_answers(
    *, lowest: int = 0, highest: int = 10, most: int = 40, missing: bool = True
) -> SearchStrategy[tuple[int | str, ...]]:
    """
    Return answers to one question, as the rules of scores take them.

    Args:
        lowest: Lowest code of the scale.
        highest: Highest code of the scale.
        most: Most answers.
        missing: Whether some may be missing.

    Raises:
        InvalidArgument: If there is no code, or *most* is below 0.
    """
    if lowest > highest:
        raise InvalidArgument(f"a scale from {lowest} to {highest} has no code.")
    _not_below(most, 0, "answers")
    codes: SearchStrategy[int | str] = st.integers(lowest, highest)
    if missing:
        # Half of the draws would otherwise be missing, which is no survey.
        reasons = st.sampled_from([why.value for why in Missing])
        codes = st.one_of(codes, codes, codes, reasons)
    return st.lists(codes, max_size=most).map(tuple)


def survey_weights(count: int, *, zero: bool = True) -> SearchStrategy[tuple[Decimal, ...]]:
    """
    Return weights of *count* people, at least one of them above 0.

    Args:
        count: People.
        zero: Whether some may weigh nothing.

    Raises:
        InvalidArgument: If *count* is below 0.
    """
    _not_below(count, 0, "weights")
    each = st.integers(0 if zero else 1, 10**4).map(lambda drawn: Decimal(drawn) / 1000)
    held = st.lists(each, min_size=count, max_size=count)
    return held.filter(lambda drawn: not drawn or any(drawn)).map(tuple)


@st.composite
def _weighted(draw: st.DrawFn, lowest: int, highest: int, most: int) -> dict[str, Any]:
    answers = draw(survey_answers(lowest=lowest, highest=highest, most=most))
    return {"answers": answers, "weights": draw(survey_weights(len(answers)))}


def weighted_answers(
    *, lowest: int = 0, highest: int = 10, most: int = 40
) -> SearchStrategy[dict[str, Any]]:
    """
    Return `answers` to one question with the `weights` of those who gave them.

    Args:
        lowest: Lowest code of the scale.
        highest: Highest code of the scale.
        most: Most answers.

    Raises:
        InvalidArgument: If there is no code, or *most* is below 0.
    """
    survey_answers(lowest=lowest, highest=highest, most=most)
    return _weighted(lowest, highest, most)


def class_counts(*, most: int = 500, least: int = 0) -> SearchStrategy[tuple[int, int, int]]:
    """
    Return promoters, passives and detractors, counted.

    Args:
        most: Most of each class.
        least: Fewest together.

    Raises:
        InvalidArgument: If *most* of each are fewer than *least* together, or either is below 0.
    """
    _not_below(least, 0, "answers")
    _not_below(most, 0, "each class")
    if 3 * most < least:
        raise InvalidArgument(f"at most {most} of each class; wanted {least} together.")
    each = st.one_of(st.integers(0, min(most, 3)), st.integers(0, most))
    return st.tuples(each, each, each).filter(lambda counts: sum(counts) >= least)


def _not_below(count: int, least: int, what: str) -> None:
    if count < least:
        raise InvalidArgument(f"at most {count} of {what}; wanted {least} or more.")


_UNSHOWN: Final = Missing.NOT_SHOWN.value


def answer_sheets(
    questionnaire: Questionnaire | Sheet, *, missing: bool = True
) -> SearchStrategy[dict[str, Any]]:
    """
    Return answers to a questionnaire that it takes: by question, those not shown left out.

    Args:
        questionnaire: A questionnaire, of which the newest sheet is answered, or one sheet.
        missing: Whether some answers may be missing.
    """
    if isinstance(questionnaire, Questionnaire):
        questionnaire = questionnaire.sheets[-1]
    return _sheets(questionnaire, missing)


@st.composite
def _sheets(draw: st.DrawFn, sheet: Sheet, missing: bool) -> dict[str, Any]:
    given: dict[str, Any] = {}
    compared: dict[str, object] = {}
    for code, question in sheet.questions.items():
        when = question.row.when
        if when is not None and not when.holds(compared, lambda fact, code, above: False):
            continue
        if missing and draw(st.integers(0, 3)) == 0:
            reasons = [why.value for why in Missing if why.value != _UNSHOWN]
            given[code] = draw(st.sampled_from(reasons))
            continue
        answer = given[code] = draw(_answers(question.item))
        kind = question.item.row.kind
        if kind not in ("text", "ranking", "constant-sum"):
            compared[code] = set(answer) if kind == "multiple" else answer
    return given


def _answers(item: Item) -> SearchStrategy[Any]:
    """Return answers to one item."""
    row, options = item.row, list(item.options)
    if row.kind in ("yes-no", "consent"):
        return st.booleans()
    if item.scale is not None:
        return st.integers(item.scale.lowest, item.scale.highest)
    if row.kind == "single":
        return st.sampled_from(options)
    most = len(options) if row.most is None or not options else int(row.most)
    if row.kind == "multiple":
        return st.lists(st.sampled_from(options), min_size=1, max_size=most, unique=True)
    if row.kind == "ranking":
        return st.permutations(options).map(lambda ranked: ranked[:most])
    if row.kind == "constant-sum":
        cuts = st.lists(
            st.integers(0, row.total), min_size=len(options) - 1, max_size=len(options) - 1
        ).map(lambda found: [0, *sorted(found), row.total])
        return cuts.map(lambda at: {code: at[n + 1] - at[n] for n, code in enumerate(options)})
    if row.kind == "numeric":
        least = None if row.least is None else int(row.least)
        return st.integers(least, None if row.most is None else int(row.most)).map(Decimal)
    if row.kind == "date":
        return st.dates()
    return st.text(min_size=1, max_size=80).filter(_words)


def _words(text: str) -> bool:
    return bool(text.strip()) and text.strip() not in {why.value for why in Missing}


@st.composite
def _strata(draw: st.DrawFn, most: int) -> dict[str, Any]:
    sizes = draw(st.lists(st.integers(0, 10**4), min_size=1, max_size=most))
    spreads = st.integers(0, 2000).map(lambda drawn: Decimal(drawn) / 1000)
    costs = st.integers(1, 10**5).map(lambda drawn: Decimal(drawn) / 100)
    return {
        "strata": tuple(
            {"size": size, "spread": draw(spreads), "cost": draw(costs)} for size in sizes
        ),
        "n": draw(st.integers(0, sum(sizes) + 10)),
    }


def allocated_strata(*, most: int = 6) -> SearchStrategy[dict[str, Any]]:
    """
    Return `strata` and an `n` to spread over them, as the rule of allocation takes them.

    Args:
        most: Most strata.

    Raises:
        InvalidArgument: If *most* is below 1.
    """
    _not_below(most, 1, "strata")
    return _strata(most)


@st.composite
def _raked(draw: st.DrawFn, margins: int, categories: int) -> dict[str, Any]:
    sizes = draw(st.lists(st.integers(2, categories), min_size=margins, max_size=margins))
    names = {f"margin-{place}": [f"c{n}" for n in range(size)] for place, size in enumerate(sizes)}
    # Every pattern is there: whatever the targets, some weights meet them.
    rows: list[dict[str, Any]] = [{}]
    for name, held in names.items():
        rows = [{**row, name: category} for row in rows for category in held]
    parts = {name: [draw(st.integers(1, 20)) for _ in held] for name, held in names.items()}
    targets = {
        # Counts with one total, whatever the parts.
        name: {
            category: Decimal(part) * prod(sum(p) for n, p in parts.items() if n != name)
            for category, part in zip(held, parts[name], strict=True)
        }
        for name, held in names.items()
    }
    return {
        "respondents": tuple({**row, "count": draw(st.integers(1, 30))} for row in rows),
        "targets": targets,
    }


def raked_samples(*, margins: int = 2, categories: int = 3) -> SearchStrategy[dict[str, Any]]:
    """
    Return `respondents` and `targets` whose margins can be met, as the rule of raking takes them.

    Args:
        margins: How many margins.
        categories: Most categories of a margin, 2 or more.

    Raises:
        InvalidArgument: If there is no margin, or fewer than two categories.
    """
    _not_below(margins, 1, "margins")
    _not_below(categories, 2, "categories")
    return _raked(margins, categories)


@st.composite
def _driven(draw: st.DrawFn, columns: int, most: int, missing: bool) -> dict[str, Any]:
    count = draw(st.integers(0, most))
    answers: SearchStrategy[int | str] = st.integers(1, 5)
    if missing:
        answers = st.one_of(answers, answers, answers, st.just(Missing.SKIPPED.value))
    column = st.lists(answers, min_size=count, max_size=count)
    return {
        "drivers": draw(st.lists(column, min_size=1, max_size=columns)),
        "outcome": draw(column),
    }


def driven_outcomes(
    *, columns: int = 4, most: int = 30, missing: bool = True
) -> SearchStrategy[dict[str, Any]]:
    """
    Return `drivers` and their `outcome`, as the rules of drivers and correlations take them.

    Args:
        columns: Most columns of drivers.
        most: Most respondents.
        missing: Whether some answers may be missing.

    Raises:
        InvalidArgument: If *columns* is below 1, or *most* below 0.
    """
    _not_below(columns, 1, "columns")
    _not_below(most, 0, "respondents")
    return _driven(columns, most, missing)


def charted_shares(
    *, least: int = 0, most: int = 30, base: int = 400
) -> SearchStrategy[list[dict[str, int]]]:
    """
    Return the `points` of a chart of shares: the satisfied of those who answered, period by period.

    Args:
        least: Fewest periods.
        most: Most periods.
        base: Most answers of a period; there may be none.

    Raises:
        InvalidArgument: If *most* is below *least*, or *base* below 0.
    """
    _not_below(most, least, "periods")
    _not_below(base, 0, "answers")
    point = st.integers(0, base).flatmap(
        lambda n: st.integers(0, n).map(lambda satisfied: {"satisfied": satisfied, "base": n})
    )
    return st.lists(point, min_size=least, max_size=most)


def _respondent(
    items: Mapping[str, tuple[int, int]], units: int, *, weighted: bool
) -> SearchStrategy[dict[str, Any]]:
    reasons = st.sampled_from([why.value for why in Missing])
    answers = {
        code: st.one_of(st.integers(low, high), st.integers(low, high), reasons)
        for code, (low, high) in items.items()
    }
    # What is left out was not shown, is in no branch, or was drawn.
    held: dict[str, SearchStrategy[Any]] = {"answers": st.fixed_dictionaries({}, optional=answers)}
    more: dict[str, SearchStrategy[Any]] = {"self_selected": st.booleans()}
    if units:
        names = st.sampled_from([f"branch-{place}" for place in range(units)])
        more["units"] = st.fixed_dictionaries({"branch": names})
    if weighted:
        held["weight"] = st.integers(1, 4000).map(lambda drawn: Decimal(drawn) / 1000)
    return st.fixed_dictionaries(held, optional=more)


def wave_respondents(
    items: Mapping[str, tuple[int, int]], *, units: int = 3, most: int = 40
) -> SearchStrategy[tuple[dict[str, Any], ...]]:
    """
    Return the respondents of a wave: answers, branches, weights for all or none, some self-selected.

    Args:
        items: Item → lowest and highest code of its scale.
        units: Most branches.
        most: Most respondents.

    Raises:
        InvalidArgument: If a scale has no code, or a number is below 0.
    """
    for low, high in items.values():
        survey_answers(lowest=low, highest=high)
    _not_below(units, 0, "branches")
    _not_below(most, 0, "respondents")
    rows = [_respondent(items, units, weighted=weighted) for weighted in (False, True)]
    return st.one_of(*(st.lists(row, max_size=most).map(tuple) for row in rows))
