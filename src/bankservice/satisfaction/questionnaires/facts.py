"""One answer sheet: as it came in, and as it was read."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Literal

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.satisfaction.questionnaires.answers import SheetFault, Value
from bankservice.satisfaction.questionnaires.channels import Mode, Use
from bankservice.satisfaction.questionnaires.responses import Responses

__all__ = ["AnswerSheet", "RefusedAnswer", "SheetFacts", "SheetFlag"]


class SheetFlag(Enum):
    """Why a sheet looks as if nobody had read it."""

    SPEEDING = "speeding"
    STRAIGHT_LINING = "straight-lining"


@attrs.frozen(kw_only=True)
class SheetFacts:
    """
    One answer sheet as it came in.

    Attributes:
        on: Day the customer was invited, in the bank's own zone; of one who was not, the day of the
            answers. The questionnaire and the item bank in force on it are those that were asked.
        answers: Answers by the code of their question, or rows of `question` and `answer`. An
            answer is a whole number, `true` or `false`, the code of an option, a list of them,
            points by option, text, or why there is none: `dont-know`, `not-applicable`, `refused`,
            `skipped`, `not-shown`.
        invited_at: When the invitation went out.
        opened_at: When the sheet was opened.
        finished_at: When it was handed in.
        language: Language it was asked in, such as `zh`.
        channel: Code of `vocabulary/feedback-channels` over which it was asked.
        mode: Who held the pen, where it is not as the channel has it: `self`, `supervised` or
            `assisted`.
        respondent: Who answered, by an opaque id; nothing is decided by it.
        customer: Facts that cohorts ask for.
    """

    on: date
    answers: Responses = attrs.field(factory=Responses)
    invited_at: datetime | None = None
    opened_at: datetime | None = None
    finished_at: datetime | None = None
    language: str = ""
    channel: str = ""
    mode: Mode | None = None
    respondent: str = ""
    customer: FrozenMapping[str, str] = FrozenMapping()


@attrs.frozen(kw_only=True)
class RefusedAnswer:
    """
    What of a sheet was not taken.

    Attributes:
        question: Code of the question; empty for the sheet itself.
        code: What is wrong.
        got: What stands there; a customer's own words only by their length.
        wanted: What would be right.
        near: Codes close to the one given, best first.
    """

    question: str = ""
    code: SheetFault
    got: str
    wanted: str
    near: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class AnswerSheet:
    """
    One answer sheet as it was read.

    Every question of the questionnaire is in exactly one of `values`, `texts`, `missing` and, where
    its answer was not taken, `refused`; one that was answered though not shown is named in both of
    the last two.

    Attributes:
        status: `complete` where every question that is required and was shown was dealt with,
            `partial` where some were, `empty` where none was, `invalid` where the sheet cannot be
            used: no answer could be taken, it is from before its invitation, in another language,
            over another channel, or carries a flag.
        values: Question → its answer as data: a code of the scale as it was given (of a yes or no
            1 or 0), a number, a day, the code of an option, several, or points by option.
        texts: Question → the customer's own words.
        missing: Question → why there is no answer.
        presented: How many questions the questionnaire has.
        valid: How many of them were answered.
        nps: Code of the question that stands for NPS, 0 to 10.
        csat: Code of the question that stands for CSAT, on its scale.
        ces: Code of the question that stands for CES, on its scale.
        solved: Whether the customer says that the matter was solved.
        refused: What was not taken, by question; nothing of it is used.
        flags: Why the sheet looks as if nobody had read it.
        seconds: From opening to handing in.
        mode: Who held the pen.
        use: What the channel lets answers be used for: `scored`, `self-selected` or `qualitative`.
    """

    status: Literal["complete", "partial", "invalid", "empty"]
    values: FrozenMapping[str, Value] = FrozenMapping()
    texts: FrozenMapping[str, str] = FrozenMapping()
    missing: FrozenMapping[str, str] = FrozenMapping()
    presented: int
    valid: int
    nps: int | None = None
    csat: int | None = None
    ces: int | None = None
    solved: bool | None = None
    refused: tuple[RefusedAnswer, ...] = ()
    flags: tuple[SheetFlag, ...] = ()
    seconds: int | None = None
    mode: Mode | None = None
    use: Use | None = None
