"""
The kind of policy that holds a questionnaire: questions of an item bank, in the order they are asked.

A questionnaire names its bank. On a day it is asked with the version of the bank in force on it;
every version of the bank that may meet it is checked when the questionnaire is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Any, Final

import attrs

from bankservice.core.conditions import FactType
from bankservice.core.errors import NotInForceError, UnknownNameError, near_names
from bankservice.core.policy import Faults, Kind, Library, Policy, Version
from bankservice.core.terms import Terms
from bankservice.core.vocabulary import Tree
from bankservice.satisfaction.questionnaires.items import ITEMS, Item, ItemBank, tree_of
from bankservice.satisfaction.questionnaires.table import (
    Instrument,
    ItemKind,
    Measure,
    QuestionnaireTable,
    QuestionRow,
)

__all__ = ["FEEDBACK_CHANNELS", "QUESTIONNAIRE", "Question", "Questionnaire", "Sheet"]

FEEDBACK_CHANNELS: Final = "vocabulary/feedback-channels"
"""The vocabulary of ways on which customers are asked or speak up."""

_MOST_TRANSACTIONAL: Final = 3
_QUALITATIVE: Final[tuple[Instrument, ...]] = ("depth-interview", "forum")
_UNSCORED: Final = ("single", "multiple", "text", "consent")
_REGULAR: Final[tuple[Instrument, ...]] = ("relationship", "panel")
_LEAST_ALIKE: Final = 3

_FACTS: Final[Mapping[str, FactType]] = {
    **dict.fromkeys(("nps", "csat", "ces", "likert"), FactType("integer")),
    **dict.fromkeys(("yes-no", "consent"), FactType("boolean")),
    "single": FactType("text"),
    "multiple": FactType("set"),
    "numeric": FactType("number"),
    "date": FactType("date"),
}
"""Kinds of items → what their answers compare as; those of other kinds do not."""


@attrs.frozen(kw_only=True)
class Question:
    """
    One question, ready to ask.

    Attributes:
        row: As written.
        item: The item it asks, of the bank in force.
    """

    row: QuestionRow
    item: Item

    @property
    def code(self) -> str:
        """The code of its item, by which answers name it."""
        return self.row.item


@attrs.frozen(eq=False, kw_only=True, slots=False)
class Sheet:
    """
    A questionnaire with the bank of one day: what is read against.

    Attributes:
        table: The questionnaire as written.
        bank: The version of its item bank.
        questions: Its questions by code, in the order they are asked.
        channels: The vocabulary of channels.
    """

    table: QuestionnaireTable
    bank: Version[ItemBank]
    questions: Mapping[str, Question]
    channels: Tree

    @cached_property
    def measured(self) -> Mapping[Measure, Question]:
        """The questions that stand for a figure of the whole sheet."""
        return {
            held.item.row.measure: held for held in self.questions.values() if held.item.row.measure
        }

    @cached_property
    def scored(self) -> tuple[Question, ...]:
        """The questions answered on a scale."""
        return tuple(held for held in self.questions.values() if held.item.scored)

    @cached_property
    def texts(self) -> tuple[Question, ...]:
        """The questions answered in words of the customer's own."""
        return tuple(held for held in self.questions.values() if held.item.row.kind == "text")

    @cached_property
    def pairs(self) -> tuple[tuple[Question, Question], ...]:
        """Perception and expectation of the same, where both are asked."""
        asked = self.questions
        return tuple(
            (held, asked[held.item.row.pair])
            for held in asked.values()
            if held.item.row.aspect == "perception" and held.item.row.pair in asked
        )

    def tagged(self, tag: str) -> tuple[Question, ...]:
        """Return the questions of a list, in their order."""
        return tuple(held for held in self.questions.values() if tag in held.item.row.tags)

    def in_dimension(self, dimension: str) -> tuple[Question, ...]:
        """Return the questions of a dimension, in their order."""
        return tuple(
            held for held in self.questions.values() if held.item.row.dimension == dimension
        )

    def of_kind(self, kind: ItemKind) -> tuple[Question, ...]:
        """Return the questions of a kind, such as `csat`, in their order."""
        return tuple(held for held in self.questions.values() if held.item.row.kind == kind)

    def question(self, code: str) -> Question:
        """
        Return a question.

        Raises:
            UnknownNameError: If it is not asked; near names are offered.
        """
        found = self.questions.get(code)
        if found is None:
            raise UnknownNameError("question", code, self.questions)
        return found


@attrs.frozen(eq=False, kw_only=True)
class Questionnaire:
    """
    A version of a questionnaire, ready to use.

    Attributes:
        written: As written.
        items: Its item bank, all versions.
        channels: The vocabulary of channels.
        library: Where the vocabularies of conditions lie.
        sheets: The sheet for each version of the bank that may meet it, the oldest first.
    """

    written: QuestionnaireTable
    items: Policy[ItemBank] | None
    channels: Tree
    library: Library
    sheets: tuple[Sheet, ...] = ()

    def on(self, day: date) -> Sheet:
        """
        Return the sheet of a day: with the bank in force on it.

        Raises:
            NotInForceError: If no version of the bank is.
        """
        reached = [sheet for sheet in self.sheets if sheet.bank.since <= day]
        ends_on = reached[-1].bank.ends_on if reached else None
        if not reached or (ends_on is not None and ends_on <= day):
            raise NotInForceError(
                f"{self.written.items} has no version on {day} that this questionnaire was read "
                "with. Pass another day, or add a version of the item bank."
            )
        return reached[-1]

    def next_wave(self, asked_on: date) -> date | None:
        """Return the first day of the next regular wave; None where there are none."""
        return None if self.written.cadence is None else self.written.cadence.after(asked_on)


def _build(table: QuestionnaireTable, faults: Faults, library: Library) -> Questionnaire:
    channels = tree_of(FEEDBACK_CHANNELS, "channels", faults, library)
    for place, code in enumerate(table.channels):
        if code not in channels:
            near = near_names(code, channels)
            wanted = f"a code of {FEEDBACK_CHANNELS}"
            faults.add(f"channels[{place}]", repr(code), wanted, near)
    _check_table(table, faults)
    return Questionnaire(
        written=table, items=_bank(table.items, faults, library), channels=channels, library=library
    )


def _bank(name: str, faults: Faults, library: Library) -> Policy[ItemBank] | None:
    try:
        policy = library.get(name)
    except UnknownNameError as error:
        faults.add("items", repr(name), "the id of an item bank", error.near)
        return None
    if policy.kind.name != ITEMS.name:
        faults.add("items", f"a policy of kind {policy.kind.name}", f"one of {ITEMS.name}")
        return None
    return policy


def _check_table(table: QuestionnaireTable, faults: Faults) -> None:
    """Note what is wrong whatever the bank says."""
    codes = [row.item for row in table.question]
    for place, code in enumerate(codes):
        if code in codes[:place]:
            wanted = "an item that is not asked already"
            faults.add(f"question[{place}].item", repr(code), wanted)
    most, named = table.most_questions, "most_questions"
    if table.instrument == "transactional" and most >= _MOST_TRANSACTIONAL:
        most, named = _MOST_TRANSACTIONAL, "a transactional questionnaire"
    if not 1 <= len(codes) <= most:
        faults.add("question", f"{len(codes)} questions", f"from 1 to {most} ({named})")
    if not table.languages or len(set(table.languages)) != len(table.languages):
        faults.add("languages", list(table.languages), "one or more languages, each once")
    if table.cadence is not None and table.instrument not in _REGULAR:
        wanted = f"nothing: only {' and '.join(_REGULAR)} come in waves"
        faults.add("cadence", table.cadence, wanted)
    elif table.cadence is not None and not (table.cadence.months or table.cadence.days):
        faults.add("cadence", table.cadence, "a day or more")
    if table.least_seconds is not None and table.least_seconds < 1:
        faults.add("least_seconds", table.least_seconds, "1 second or more; leave it out for none")
    if table.straight_lining is not None and table.straight_lining.least < _LEAST_ALIKE:
        wanted = f"{_LEAST_ALIKE} or more: two answers alike are nothing to wonder at"
        faults.add("straight_lining.least", table.straight_lining.least, wanted)


def _join(
    policy_id: str, versions: tuple[Version[Questionnaire], ...], faults: Faults
) -> tuple[Version[Questionnaire], ...]:
    """Return the versions with a sheet for each version of the bank that may meet them."""
    joined = []
    for version in versions:
        held, after = version.parameters, version.ends_on
        later = [other.since for other in versions if other.since > version.since]
        ends = min(chain(later, () if after is None else (after,)), default=date.max)
        assert held.items is not None, "a policy with faults is not joined"
        banks = _meeting(held.items, version.since, ends)
        if not banks:
            got = f"no version of {held.written.items} on any day of it"
            faults.add(f"version since {version.since}.items", got, "an item bank in force")
        sheets = tuple(_sheet(held, bank, version.since, faults) for bank in banks)
        joined.append(attrs.evolve(version, parameters=attrs.evolve(held, sheets=sheets)))
    return tuple(joined)


def _meeting(items: Policy[ItemBank], since: date, until: date) -> tuple[Version[ItemBank], ...]:
    """Return the versions of a bank in force on some day of a span, that its end left out."""
    days = (since, *(held.since for held in items.versions if since < held.since < until))
    found = (items.select(day) for day in days)
    return tuple(dict.fromkeys(held for held in found if isinstance(held, Version)))


def _sheet(held: Questionnaire, bank: Version[ItemBank], since: date, faults: Faults) -> Sheet:
    """Return the sheet with one version of the bank, and note what does not fit it."""
    # A fault says which two versions do not fit, for each may be right alone.
    here = Faults()
    table, items = held.written, bank.parameters.items
    questions: dict[str, Question] = {}
    for place, row in enumerate(table.question):
        item = items.get(row.item)
        if item is None:
            near = near_names(row.item, items)
            here.add(f"question[{place}].item", repr(row.item), "an item of the bank", near)
            continue
        if row.when is not None:
            _check_when(row, questions, held.library, f"question[{place}].when", here)
        questions[row.item] = Question(row=row, item=item)
    _check_use(table, questions, here)
    for fault in here:
        path = f"version since {since}.{fault.path}"
        wanted = f"{fault.wanted} (bank since {bank.since})"
        faults.add(path, fault.got, wanted, fault.near)
    return Sheet(table=table, bank=bank, questions=questions, channels=held.channels)


def _check_when(
    row: QuestionRow, earlier: Mapping[str, Question], library: Library, path: str, faults: Faults
) -> None:
    """Note a condition over what is not asked before, or over an answer there cannot be."""
    assert row.when is not None, "only a condition is checked"
    before = len(faults)
    _terms(earlier.values(), library).check(row.when, path, faults)
    if len(faults) > before:
        return
    for part in row.when.comparisons():
        scale = earlier[part.fact].item.scale
        if scale is None or scale.metric == "yes-no":
            continue
        for wanted in part.wanted if isinstance(part.wanted, tuple) else (part.wanted,):
            if isinstance(wanted, int) and not scale.lowest <= wanted <= scale.highest:
                codes = f"a code from {scale.lowest} to {scale.highest}, as {part.fact} has them"
                faults.add(path, wanted, codes)


def _terms(earlier: Iterable[Question], library: Library) -> Terms:
    """Return what a condition may name: the questions asked before."""
    held = {question.code: question.item for question in earlier}
    types = {code: _FACTS[item.row.kind] for code, item in held.items() if item.row.kind in _FACTS}
    words = {code: tuple(held[code].options) for code in types if held[code].options}
    return Terms.of(types, words, library)


def _check_use(
    table: QuestionnaireTable, questions: Mapping[str, Question], faults: Faults
) -> None:
    """Note questions that the instrument does not ask, and figures that two of them stand for."""
    measured: dict[str, str] = {}
    for place, row in enumerate(table.question):
        question = questions.get(row.item)
        if question is None:
            continue
        path, kind = f"question[{place}].item", question.item.row.kind
        if table.instrument in _QUALITATIVE and kind not in _UNSCORED:
            wanted = f"themes and words only: a {table.instrument} has no score"
            faults.add(path, f"{row.item!r}, of kind {kind}", wanted)
        measure = question.item.row.measure
        if measure and measure in measured:
            wanted = f"one question that stands for {measure}; {measured[measure]} does already"
            faults.add(path, repr(row.item), wanted)
        elif measure:
            measured[measure] = row.item


QUESTIONNAIRE: Final[Kind[Any, Questionnaire]] = Kind(
    "satisfaction.questionnaire",
    QuestionnaireTable,
    _build,
    cohort={
        "customer_kind": FactType("code", "vocabulary/customer-kinds"),
        "region": FactType("text"),
    },
    join=_join,
)
"""Kind of policy that holds a questionnaire."""
