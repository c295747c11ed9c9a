"""The rule that reads one answer sheet against its questionnaire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from bankservice.core.calendar import in_utc
from bankservice.core.decision import Reason, Rule, Trace
from bankservice.core.errors import near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title, Version
from bankservice.satisfaction.model import Missing
from bankservice.satisfaction.policy import SHELF
from bankservice.satisfaction.questionnaires import telling
from bankservice.satisfaction.questionnaires.answers import (
    SheetFault,
    Value,
    Wrong,
    read_answer,
    shown,
)
from bankservice.satisfaction.questionnaires.channels import mode_of, use_of
from bankservice.satisfaction.questionnaires.facts import (
    AnswerSheet,
    RefusedAnswer,
    SheetFacts,
    SheetFlag,
)
from bankservice.satisfaction.questionnaires.kind import (
    QUESTIONNAIRE,
    Question,
    Questionnaire,
    Sheet,
)

__all__ = ["answer_sheet", "read_sheet"]

_DEALT: Final = (Missing.DONT_KNOW, Missing.NOT_APPLICABLE, Missing.REFUSED)
"""What a customer says who did see the question."""

_OF_THE_WHOLE: Final = (
    SheetFault.BEFORE_INVITATION,
    SheetFault.OUT_OF_ORDER,
    SheetFault.OTHER_LANGUAGE,
    SheetFault.OTHER_CHANNEL,
)
"""What is wrong with a sheet as a whole, not with one of its answers."""


def read_sheet(sheet: Sheet, facts: SheetFacts, trace: Trace | None = None) -> AnswerSheet:
    """
    Return one answer sheet as it is read against a sheet of questions.

    The form batches use: the sheet of a day is looked up once (`Questionnaire.on`).
    """
    found = _Reading(sheet, trace)
    refused = list(_of_the_whole(sheet, facts))
    whole = bool(refused)
    found.read(facts.answers.by_question)
    refused += found.refused
    seconds = None
    if facts.opened_at is not None and facts.finished_at is not None:
        seconds = max(0, int((facts.finished_at - facts.opened_at).total_seconds()))
    flags = tuple(_flags(sheet, found.values, seconds, trace))
    valid = len(found.values) + len(found.texts)
    if trace is not None:
        for held in refused:
            asked = sheet.questions.get(held.question)
            name: Title | str = held.question or telling.WHOLE
            if asked is not None:
                name = asked.item.row.text
            trace.check(telling.REFUSED(question=name, why=telling.FAULTS[held.code]), held=False)
    return AnswerSheet(
        status="invalid" if whole or flags or (refused and not valid) else found.status,
        values=FrozenMapping(found.values),
        texts=FrozenMapping(found.texts),
        missing=FrozenMapping({code: why.value for code, why in found.missing.items()}),
        presented=len(sheet.questions),
        valid=valid,
        refused=tuple(refused),
        flags=flags,
        seconds=seconds,
        mode=facts.mode or _channel(sheet, facts, mode_of),
        use=_channel(sheet, facts, use_of),
        **found.measures(),
    )


class _Reading:
    """The answers of one sheet, while they are read question by question."""

    def __init__(self, sheet: Sheet, trace: Trace | None) -> None:
        self.sheet, self.trace = sheet, trace
        self.values: dict[str, Value] = {}
        self.texts: dict[str, str] = {}
        self.missing: dict[str, Missing] = {}
        self.refused: list[RefusedAnswer] = []
        self._compared: dict[str, object] = {}

    def read(self, given: Mapping[str, tuple[Any, ...]]) -> None:
        """Take the answers to questions that are asked, and name those that are not."""
        for code, question in self.sheet.questions.items():
            self._take(code, question, given.get(code, ()))
        for code in sorted(given):
            if code not in self.sheet.questions:
                near = near_names(code, self.sheet.questions) if len(code) <= 64 else ()
                wanted = "a question of the questionnaire"
                fault = Wrong(SheetFault.UNKNOWN_QUESTION, shown(code), wanted, near)
                self._refuse(code if repr(code) == shown(code) else "", fault)

    def _take(self, code: str, question: Question, given: tuple[Any, ...]) -> None:
        row = question.row
        read = [read_answer(question.item, raw) for raw in given]
        if row.when is not None and not row.when.holds(self._compared, lambda *code: False):
            if any(not isinstance(one, Missing) for one in read):
                wanted = "no answer: by the answers before, it was not shown"
                self._refuse(code, Wrong(SheetFault.NOT_SHOWN, "an answer", wanted))
            self._miss(code, question, Missing.NOT_SHOWN)
        elif len(read) > 1:
            self._refuse(code, Wrong(SheetFault.TWICE, f"{len(read)} answers", "one answer"))
        elif not read:
            self._miss(code, question, Missing.SKIPPED)
        elif isinstance(read[0], Missing):
            self._miss(code, question, read[0])
        elif isinstance(read[0], Wrong):
            self._refuse(code, read[0])
        else:
            self._keep(code, question, read[0])

    def _keep(self, code: str, question: Question, value: Value) -> None:
        kind = question.item.row.kind
        if kind == "text":
            self.texts[code] = str(value)
        else:
            self.values[code] = value
            self._compared[code] = bool(value) if kind in ("yes-no", "consent") else value
        if self.trace is not None:
            plain = value if isinstance(value, (int, Decimal, date)) else "…"
            told = question.item.title(value) or plain
            self.trace.check(telling.ANSWERED(question=question.item.row.text, answer=told), True)

    def _miss(self, code: str, question: Question, why: Missing) -> None:
        self.missing[code] = why
        if self.trace is not None:
            told = telling.MISSED(question=question.item.row.text, why=telling.MISSING[why])
            self.trace.check(told, None)

    def _refuse(self, code: str, wrong: Wrong) -> None:
        self.refused.append(
            RefusedAnswer(
                question=code,
                code=wrong.code,
                got=wrong.got,
                wanted=wrong.wanted,
                near=wrong.near,
            )
        )

    @property
    def status(self) -> Literal["complete", "partial", "empty"]:
        """How much of the sheet was dealt with."""
        dealt = {*self.values, *self.texts}
        dealt |= {code for code, why in self.missing.items() if why in _DEALT}
        if not dealt:
            return "empty"
        hidden = {
            code
            for code, question in self.sheet.questions.items()
            if question.row.when is not None and self.missing.get(code) is Missing.NOT_SHOWN
        }
        wanted = {code for code, held in self.sheet.questions.items() if held.row.required}
        return "complete" if wanted <= dealt | hidden else "partial"

    def measures(self) -> dict[str, Any]:
        """Return the figures of the whole sheet, by the questions declared to stand for them."""
        found: dict[str, Any] = {
            measure: self.values.get(question.code)
            for measure, question in self.sheet.measured.items()
        }
        if found.get("solved") is not None:
            found["solved"] = found["solved"] == 1
        return found


def _of_the_whole(sheet: Sheet, facts: SheetFacts) -> Iterator[RefusedAnswer]:
    """Yield what is wrong with a sheet as a whole."""
    # In UTC, as facts are written: read again, they are refused in the same words.
    moments = [in_utc(at) for at in (facts.opened_at, facts.finished_at) if at is not None]
    if facts.invited_at is not None and moments and min(moments) < facts.invited_at:
        yield RefusedAnswer(
            code=SheetFault.BEFORE_INVITATION,
            got=min(moments).isoformat(),
            wanted=f"{in_utc(facts.invited_at).isoformat()} (the invitation) or later",
        )
    if len(moments) == 2 and moments[1] < moments[0]:
        yield RefusedAnswer(
            code=SheetFault.OUT_OF_ORDER,
            got=moments[1].isoformat(),
            wanted=f"{moments[0].isoformat()} (when it was opened) or later",
        )
    table = sheet.table
    language = facts.language.replace("_", "-").partition("-")[0].casefold()
    if language and language not in table.languages:
        yield RefusedAnswer(
            code=SheetFault.OTHER_LANGUAGE,
            got=shown(facts.language),
            wanted=" or ".join(table.languages),
        )
    allowed = table.channels or tuple(sheet.channels)
    if facts.channel and facts.channel not in allowed:
        yield RefusedAnswer(
            code=SheetFault.OTHER_CHANNEL,
            got=shown(facts.channel),
            wanted="a channel of the questionnaire",
            near=near_names(facts.channel, allowed),
        )


def _channel(sheet: Sheet, facts: SheetFacts, ask: Any) -> Any:
    return ask(sheet.channels, facts.channel) if facts.channel in sheet.channels else None


def _flags(
    sheet: Sheet, values: Mapping[str, Value], seconds: int | None, trace: Trace | None
) -> Iterator[SheetFlag]:
    least = sheet.table.least_seconds
    if least is not None and seconds is not None:
        if trace is not None:
            trace.check(telling.SECONDS(seconds=seconds, least=least), seconds >= least)
        if seconds < least:
            yield SheetFlag.SPEEDING
    rule = sheet.table.straight_lining
    if rule is None:
        return
    lined = False
    for scale, answers in _by_scale(sheet, values).items():
        turned = {question.item.row.reverse for question, _ in answers}
        if len(answers) < rule.least or (rule.reversed_only and len(turned) < 2):
            continue
        alike = len({code for _, code in answers}) == 1
        lined = lined or alike
        if trace is not None:
            told = telling.ALIKE(scale=scale, answers=len(answers), least=rule.least)
            trace.check(told, not alike)
    if lined:
        yield SheetFlag.STRAIGHT_LINING


def _by_scale(
    sheet: Sheet, values: Mapping[str, Value]
) -> Mapping[str, list[tuple[Question, Value]]]:
    """Return the answers given on each scale; of yes and no nobody says that they are alike."""
    found: dict[str, list[tuple[Question, Value]]] = {}
    for question in sheet.scored:
        row = question.item.row
        if row.kind != "yes-no" and question.code in values:
            found.setdefault(row.scale, []).append((question, values[question.code]))
    return found


def _answer_sheet(
    facts: SheetFacts, questionnaire: Questionnaire, trace: Trace | None
) -> AnswerSheet:
    """
    Read one answer sheet against its questionnaire: what was answered, what is missing, what is wrong.

    The version in force on `on` applies, with the version of its item bank in force on that day.

    A question is shown where its condition holds of the answers before; where one of those is
    missing or was not taken, it is not shown. Why there is no answer is kept apart, and never counts
    as one. An answer with a fault is not used, and is named with what was got and wanted; the
    others are. NPS, CSAT and CES come from the questions that are declared to stand for them, never
    from the length of a scale.

    Raises:
        FaultsError: If the answers are no answers at all, such as a float or a row without a
            question.
        NotInForceError: If no version of the item bank is in force on `on`.

    Source:
        The kinds of question and the codes of missing answers are this project's; a source text
        asks for a questionnaire on service quality, products and staff (以客户为中心的银行服务策略,
        S2.3).

    Examples:
        >>> from datetime import date
        >>> from bankservice.satisfaction import answer_sheet
        >>> read = answer_sheet(
        ...     "satisfaction/transactional",
        ...     on=date(2026, 5, 6),
        ...     answers={"contact-satisfaction": 5, "contact-solved": True, "comment": "skipped"},
        ... ).outcome
        >>> read.status, read.csat, read.solved, dict(read.missing)
        ('complete', 5, True, {'comment': 'skipped'})
    """
    return read_sheet(questionnaire.on(facts.on), facts, trace)


def _headline(facts: SheetFacts, questionnaire: Questionnaire, outcome: AnswerSheet) -> Reason:
    if outcome.status == "invalid":
        return telling.INVALID(why=_why_invalid(outcome))
    if outcome.status == "empty":
        return telling.EMPTY(presented=outcome.presented)
    says = telling.COMPLETE if outcome.status == "complete" else telling.PARTIAL
    return says(valid=outcome.valid, presented=outcome.presented)


def _why_invalid(outcome: AnswerSheet) -> Title:
    if SheetFlag.SPEEDING in outcome.flags:
        return Title(en="answered too fast", zh="作答过快")
    if SheetFlag.STRAIGHT_LINING in outcome.flags:
        return Title(en="every answer the same", zh="所有回答相同")
    codes = [held.code for held in outcome.refused]
    of_the_whole = [code for code in codes if code in _OF_THE_WHOLE]
    return telling.FAULTS[(of_the_whole or codes)[0]]


def _links(
    facts: SheetFacts, questionnaire: Questionnaire, outcome: AnswerSheet
) -> tuple[Version[Any], ...]:
    return (questionnaire.on(facts.on).bank,)


answer_sheet: Final[Rule[SheetFacts, Questionnaire, AnswerSheet]] = Rule(
    id="satisfaction.answer-sheet",
    facts=SheetFacts,
    outcome=AnswerSheet,
    evaluate=_answer_sheet,
    headline=_headline,
    says=telling.SAYS,
    package="bankservice.satisfaction",
    kind=QUESTIONNAIRE,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
    links=_links,
)
