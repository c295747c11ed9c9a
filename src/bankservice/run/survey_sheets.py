"""The sheets of one wave: every answer a code, or why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import compress
from typing import Any, Final, Literal

import attrs
import polars as pl

from bankservice.core.decision import Reason, Says
from bankservice.core.policy import Version
from bankservice.satisfaction.model import Missing
from bankservice.satisfaction.questionnaires.answers import SheetFault, Wrong, column_reader
from bankservice.satisfaction.questionnaires.items import Item
from bankservice.satisfaction.questionnaires.kind import Questionnaire, Sheet

__all__ = ["Sheets", "read_items"]

Code = int | Missing | None
"""An answer to a scored question: its code, why there is none, or nothing where it was no answer."""

NOT_WHOLE: Final = Says("answer-not-whole", ("low", "high"))
OUT_OF_RANGE: Final = Says("answer-out-of-range", ("low", "high"))
NOT_YES_OR_NO: Final = Says("answer-not-yes-or-no")
UNREADABLE: Final = Says("answer-unreadable")
NOT_SHOWN: Final = Says("answer-not-shown")

_WORDS: Final = ("text",)


@attrs.frozen(eq=False, kw_only=True)
class Sheets:
    """
    The sheets of a wave, in the order of the extracts.

    Attributes:
        wave: Its name.
        sheet: The questionnaire that was asked.
        version: The version of it.
        rows: A row for each sheet, as extracted; `day` and `when` it was handed in.
        codes: Scored question → an answer for each row.
        consents: Question of consent → whether each row gives it; None where it says nothing.
    """

    wave: str
    sheet: Sheet
    version: Version[Questionnaire]
    rows: pl.DataFrame
    codes: Mapping[str, Sequence[Code]]
    consents: Mapping[str, Sequence[Code]] = attrs.field(factory=dict)

    def until(self, on: date) -> Sheets:
        """Return the sheets handed in by the end of a day."""
        within = self.rows["day"] <= on
        if within.all():
            return self
        kept = within.to_list()
        return attrs.evolve(
            self,
            rows=self.rows.filter(within),
            codes={code: list(compress(column, kept)) for code, column in self.codes.items()},
            consents={name: list(compress(held, kept)) for name, held in self.consents.items()},
        )

    def outcome(self, place: int) -> Literal["complete", "partial", "invalid"]:
        """Return how far a sheet was answered: `complete`, `partial`, or `invalid` for nothing."""
        dealt = {code for code, column in self.codes.items() if column[place] is not None}
        said = any(type(column[place]) is int for column in self.codes.values())
        if not said:
            return "invalid"
        skipped = {code for code in dealt if self.codes[code][place] is Missing.SKIPPED}
        wanted = {
            code
            for code, question in self.sheet.questions.items()
            if question.row.required and code in self.codes
        }
        return "complete" if wanted <= dealt - skipped else "partial"

    def texts(self) -> tuple[str, ...]:
        """Return the questions answered in words that the extracts tell."""
        return tuple(
            code
            for code, question in self.sheet.questions.items()
            if question.item.row.kind in _WORDS and code in self.rows.columns
        )


Fault = tuple[int, str, str, Reason]
"""Row, question, what stands there, and what is wrong with it."""


def read_items(
    rows: pl.DataFrame, sheet: Sheet, missing: Mapping[str, str]
) -> tuple[Mapping[str, Sequence[Code]], tuple[Fault, ...]]:
    """
    Return the answers to the questions of codes and numbers, and what is wrong with others.

    Args:
        rows: The sheets; a column for each question, as text.
        sheet: The questionnaire.
        missing: Raw value in place of an answer → why there is none.
    """
    faults: list[Fault] = []
    read: dict[str, list[Any]] = {}
    for code, question in sheet.questions.items():
        if code not in rows.columns or question.item.row.kind in _WORDS:
            continue
        column = rows[code]
        reader = column_reader(question.item)
        values: dict[str | None, Any] = {None: Missing.SKIPPED}
        for raw in column.unique().drop_nulls():
            values[raw] = reader(missing.get(raw, raw))
        held = [values[raw] for raw in column]
        if any(isinstance(value, Wrong) for value in values.values()):
            for place, value in enumerate(held):
                if isinstance(value, Wrong):
                    faults.append((place, code, column[place], _said(value, question.item)))
                    held[place] = None
        read[code] = held
    faults.extend(_shown(rows, sheet, read))
    faults.sort(key=lambda fault: fault[0])
    return read, tuple(faults)


def _said(wrong: Wrong, item: Item) -> Reason:
    """Return what is wrong with an answer, without what it says."""
    if wrong.code is SheetFault.NOT_YES_OR_NO:
        return NOT_YES_OR_NO()
    says = {SheetFault.NOT_WHOLE: NOT_WHOLE, SheetFault.OUT_OF_RANGE: OUT_OF_RANGE}
    if wrong.code in says and item.scale is not None:
        return says[wrong.code](low=item.scale.lowest, high=item.scale.highest)
    return UNREADABLE()


def _shown(rows: pl.DataFrame, sheet: Sheet, read: dict[str, list[Any]]) -> Iterator[Fault]:
    """Yield answers to questions that were not shown; where one was not, there is no answer."""
    asked = [q for q in sheet.questions.values() if q.row.when is not None and q.code in read]
    for question in asked:
        when = question.row.when
        assert when is not None, "picked above"
        held, needs = read[question.code], {part.fact for part in when.comparisons()}
        columns = [(fact, sheet.questions[fact], read.get(fact)) for fact in needs]
        known: dict[tuple[Any, ...], bool] = {}
        for place, value in enumerate(held):
            answers = tuple(None if c is None else c[place] for _, _, c in columns)
            if answers not in known:
                known[answers] = _holds(when, columns, answers)
            if known[answers]:
                continue
            if value is not None and not isinstance(value, Missing):
                yield place, question.code, str(rows[question.code][place]), NOT_SHOWN()
            held[place] = Missing.NOT_SHOWN


def _holds(when: Any, columns: Sequence[Any], answers: Sequence[Any]) -> bool:
    """Tell whether a condition holds of answers; where one is missing, it does not."""
    facts = {
        fact: answer == 1 if question.item.row.kind in ("yes-no", "consent") else answer
        for (fact, question, _), answer in zip(columns, answers, strict=True)
        if answer is not None and not isinstance(answer, Missing)
    }
    return bool(when.holds(facts, lambda *code: False))
