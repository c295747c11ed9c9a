"""How follow-ups are meant, as written: triggers, clocks, attempts, themes."""

from __future__ import annotations

from typing import Literal

import attrs

from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.conditions import Condition
from bankservice.core.policy import Title
from bankservice.core.ruler import Close

__all__ = [
    "AnswerScaleRow",
    "AttemptsRow",
    "ClockName",
    "FollowUpTable",
    "KeywordRow",
    "PromiseRow",
    "ThresholdRow",
    "TriggerRow",
]

ClockName = Literal["acknowledge", "contact", "resolve", "answer"]
"""
What a clock waits for: three of a follow-up, `answer` of what a customer said unasked.
"""


@attrs.frozen(kw_only=True)
class AnswerScaleRow:
    """
    The classes of a scale.

    Attributes:
        question: Which question.
        scale: Code of the scale: `0-10`, `1-5`; for effort its version, `v1` or `v2`.
        lowest: Lowest code.
        highest: Highest code.
        low: Codes of the class that is not satisfied; what is neither low nor high is middle.
        high: Codes of the class that is.
        source: Where this row comes from, if not from the version's source.
    """

    question: Literal["nps", "csat", "ces"]
    scale: str
    lowest: int
    highest: int
    low: tuple[int, ...]
    high: tuple[int, ...]
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})

    @property
    def code(self) -> str:
        """Its question and scale, as citations call it."""
        return f"{self.question}/{self.scale}"


@attrs.frozen(kw_only=True)
class KeywordRow:
    """
    A class of words that a text may hold.

    Attributes:
        code: Stable code, such as `fraud`.
        title: What people read.
        words: Words or parts of words; upper and lower case are one. A word of Latin letters has to
            begin where a word begins.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    words: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class TriggerRow:
    """
    A reason to follow up.

    Attributes:
        code: Stable code.
        title: What people read.
        when: Condition over the facts of an answer. An answer that was not given fulfils no
            comparison.
        priority: The lower, the more urgent.
        team: Code of the department that follows up, if not the version's own.
        source: Where this row comes from, if not from the version's source.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    when: Condition
    priority: int = 100
    team: str = ""
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class PromiseRow:
    """
    A clock.

    Attributes:
        name: What it waits for; a contact is an acknowledgement too.
        target: How long: `PT24H` for times, `P5D` for days.
        unit: `elapsed`, `working-time`, `business-days` or `calendar-days`.
        title: What people read.
        warn: When to warn: `80%`, `-PT2H`, `+PT4H`.
        tell: Roles that are told of a warning or a crossed deadline.
        close: Where the last day ends, for targets in days.
        source: Where this row comes from, if not from the version's source.
    """

    name: ClockName
    target: str
    unit: Literal["elapsed", "working-time", "business-days", "calendar-days"]
    title: Title = attrs.field(metadata={"digest": False})
    warn: tuple[str, ...] = ("80%",)
    tell: tuple[str, ...] = ()
    close: Close = "close-of-business"
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})

    @property
    def code(self) -> str:
        """Its name, as citations call it."""
        return self.name


@attrs.frozen(kw_only=True)
class AttemptsRow:
    """
    How often a customer is tried before being called unreachable.

    Attributes:
        count: How many attempts.
        over_days: Business days from the first attempt on, its own day not counted.
        a_day: How many attempts of one day count.
    """

    count: int
    over_days: int
    a_day: int = 1


@attrs.frozen(kw_only=True)
class ThresholdRow:
    """
    When a theme is a candidate for improvement.

    Attributes:
        count: How many cases and voices at least.
        within: In which time, up to the day asked.
    """

    count: int
    within: Period


@attrs.frozen(kw_only=True)
class FollowUpTable:
    """
    How answers are followed up.

    Attributes:
        trigger: What opens a follow-up; all are looked at.
        clock: The clocks, each name once.
        attempts: How often a customer is tried.
        team: Code of the department that follows up.
        channels: Codes of channels by which customers are contacted.
        scale: The classes of the scales that are read.
        keyword: The classes of words that texts are read by.
        window: How long later answers join an open follow-up, from its first on.
        calendar: Id of the team's working calendar.
        zone: Zone whose days count, where there is no calendar.
        departments: The vocabulary of departments.
        themes: The vocabulary of themes: what lies behind an answer.
        sources: The vocabulary of ways in which customers say what nobody asked.
        threshold: When a theme is a candidate for improvement; never where left out.
        rated_sees: What the person an answer is about is shown: the themes, with the customer's
            name only where the customer agreed; or nothing.
        close_unconfirmed_after: How long after its resolution a case may be closed that the
            customer has not confirmed; never where left out.
    """

    trigger: tuple[TriggerRow, ...]
    clock: tuple[PromiseRow, ...]
    attempts: AttemptsRow
    team: str
    channels: tuple[str, ...]
    scale: tuple[AnswerScaleRow, ...] = ()
    keyword: tuple[KeywordRow, ...] = ()
    window: Period
    calendar: str = ""
    zone: str = ""
    departments: str = "vocabulary/departments"
    themes: str = "vocabulary/feedback-themes"
    sources: str = "vocabulary/feedback-channels"
    threshold: ThresholdRow | None = None
    rated_sees: Literal["theme", "nothing"] = "theme"
    close_unconfirmed_after: Period | None = None
