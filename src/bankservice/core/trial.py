"""
A rule on trial: what is asked under two policies, and what the two outcomes are compared by.

Each domain lists its rules in `TRIALS`. A trial turns an outcome into what a migration matrix,
moved dates and sums are made of, and what a record holds into questions that can be asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final, Generic, TypeAlias, TypeVar

import attrs

from bankservice.core.decision import Rule
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title, Version
from bankservice.core.record import Record
from bankservice.core.structure import FACTS

__all__ = ["UNDECIDED", "Meter", "Question", "Seen", "Told", "Trial", "Unasked", "questions"]

F = TypeVar("F")
P = TypeVar("P")
O = TypeVar("O")  # noqa: E741 - as in `decision`: facts, parameters, outcome
S = TypeVar("S")

Meter: TypeAlias = Callable[[Any, Any, Any], Mapping[str, int]]
"""(facts, parameters, outcome) → integers by name that add up over a book, such as a cost."""

UNDECIDED: Final = "undecided"
"""Where a subject stands whose outcome hangs on an unknown fact."""


@attrs.frozen
class Question(Generic[F]):
    """
    One thing asked of both sides.

    Attributes:
        subject: Whom it is about, such as a customer or a case.
        facts: The facts of the rule.
        ref: The entry it was read from (`kind/subject@version`), where it was.
        beside: The policy version that stands beside on both sides, where the rule takes one.
    """

    subject: str
    facts: F
    ref: str = ""
    beside: Version[Any] | None = None


@attrs.frozen
class Unasked:
    """
    What could not be asked again.

    Attributes:
        subject: Whom it is about.
        why: A code, such as `erased`; counted by the simulation.
        ref: The entry, where there is one.
    """

    subject: str
    why: str
    ref: str = ""


@attrs.frozen
class Seen:
    """
    What two outcomes are compared by.

    Attributes:
        place: Where the subject stands, as a code: the axis of the migration matrix.
        days: Dates by name that may move; None where there is none.
        amounts: Integers by name that add up over a book.
    """

    place: str
    days: FrozenMapping[str, date | None] = FrozenMapping()
    amounts: FrozenMapping[str, int] = FrozenMapping()


@attrs.frozen
class Told(Generic[S]):
    """
    What a journal holds of one subject, as it was known.

    Attributes:
        subject: Whose record.
        state: The record folded.
        events: (version of the entry, whether its facts were erased, event), in order.
        on: The day asked for, where the caller names one.
        policy: Only what was decided under the policy of this id is asked again; empty for any.
        find: Gives a policy version as it was kept; None where its text is missing.
    """

    subject: str
    state: S
    events: tuple[tuple[int, bool, Any], ...]
    on: date | None
    policy: str
    find: Callable[[str, str], Version[Any] | None]


@attrs.frozen(eq=False, kw_only=True)
class Trial(Generic[F, P, O]):
    """
    How a rule is tried under another policy: a row of a domain's `TRIALS`.

    Attributes:
        rule: The rule.
        seen: (facts, parameters, outcome) → what outcomes are compared by.
        title: (parameters, place) → what people call a place; None where the code has to do.
        order: (parameters) → places in the order people have them in; the others follow.
        amounts: What the amounts are called, by name.
        record: The record whose entries hold the facts, if one does.
        asked: What is asked again of a subject of that record.
    """

    rule: Rule[F, P, O]
    seen: Callable[[F, P, O], Seen]
    title: Callable[[P, str], Title | None] = lambda parameters, place: None
    order: Callable[[P], Iterable[str]] = lambda parameters: ()
    amounts: Mapping[str, Title] = FrozenMapping()
    record: Record[Any] | None = None
    asked: Callable[[Told[Any]], Iterable[Question[F] | Unasked]] | None = None


def questions(
    rule: Rule[F, Any, Any], facts: Mapping[str, Mapping[str, Any]]
) -> Iterable[Question[F]]:
    """
    Yield the questions of a book given as facts by subject.

    Args:
        rule: The rule to be asked.
        facts: Subject → its facts by name, as values or as they stand in case tables.

    Raises:
        FaultsError: If the facts of a subject have faults; the subject is named.
    """
    for subject, told in facts.items():
        yield Question(subject, FACTS.read(told, rule.facts, f"facts of {subject}"))
