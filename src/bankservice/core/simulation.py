"""
What a simulation tells: who would stand elsewhere, which dates would move, which sums change.

What is told of a part of a book adds up (`+`) with what is told of another, so a long book is
taken page by page in bounded memory, and taken up again where it was left.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from heapq import nsmallest
from operator import attrgetter
from typing import Any, Final, TypeVar

import attrs

from bankservice.core.decision import Explanation, Rule
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Version
from bankservice.core.trial import Question, Seen

__all__ = ["UNABLE", "Answer", "Move", "Shift", "Simulation", "added"]

K = TypeVar("K")


UNABLE: Final = frozenset({"not-in-force", "cohort-unknown", "two-cohorts", "not-askable"})
"""Places of questions that a side could not decide."""


@attrs.frozen
class Shift:
    """
    How one date moved over a book.

    Attributes:
        by: Days later (negative: earlier) → how many; 0 is left out.
        begun: How many have it only after.
        gone: How many had it only before.
        same: How many stay where they are.
    """

    by: FrozenMapping[int, int] = FrozenMapping()
    begun: int = 0
    gone: int = 0
    same: int = 0

    @property
    def earlier(self) -> int:
        """How many come earlier."""
        return sum(count for days, count in self.by.items() if days < 0)

    @property
    def later(self) -> int:
        """How many come later."""
        return sum(count for days, count in self.by.items() if days > 0)

    @property
    def moved(self) -> int:
        """How many are not the same."""
        return sum(self.by.values()) + self.begun + self.gone

    def __add__(self, other: Shift) -> Shift:
        return Shift(
            added(self.by, other.by),
            self.begun + other.begun,
            self.gone + other.gone,
            self.same + other.same,
        )


@attrs.frozen
class Answer:
    """
    What one side says to a question.

    Attributes:
        seen: What is seen of its outcome; where it could not decide, why not as a place.
        version: The version it decided under, if it did.
        why: Why it could not decide, if it could not.
    """

    seen: Seen
    version: Version[Any] | None = attrs.field(default=None, repr=False)
    why: Explanation | None = None


@attrs.frozen
class Move:
    """
    A question that the two sides answer otherwise.

    Attributes:
        rule: The rule that was asked.
        question: What was asked.
        before: What the first side says.
        after: What the second says.
    """

    rule: Rule[Any, Any, Any] = attrs.field(repr=lambda rule: rule.id)
    question: Question[Any]
    before: Answer
    after: Answer

    @property
    def subject(self) -> str:
        """Whom it is about."""
        return self.question.subject

    @property
    def rank(self) -> bytes:
        """Place among the moves that are kept: by chance, the same in every run and any order."""
        return sha256(f"{self.subject}\n{self.question.ref}".encode()).digest()

    def explanations(self) -> tuple[Explanation, Explanation]:
        """Return why on either side: decided again, with a trace."""
        return self._why(self.before), self._why(self.after)

    def explain(self, locale: str = "en") -> tuple[str, str]:
        """Return why on either side, in the language of *locale*, to be read side by side."""
        before, after = self.explanations()
        return before.text(locale), after.text(locale)

    def _why(self, answer: Answer) -> Explanation:
        if answer.why is not None:
            return answer.why
        question = self.question
        return self.rule.decide(question.facts, answer.version, question.beside).explanation()


@attrs.frozen(kw_only=True)
class Simulation:
    """
    What would come out otherwise.

    Attributes:
        rule: Id of the rule.
        asked: Questions asked.
        changed: Those that the sides answer otherwise in anything compared.
        matrix: (place before, place after) → how many; its rows sum to what was asked.
        days: Name of a date → how it moved.
        amounts: Name → (sum before, sum after).
        passed_over: Questions the sample left out.
        unasked: Why → how many could not be asked again.
        moves: Some of those that changed, chosen by chance; `keep` says how many.
        keep: How many moves are kept at most.
    """

    rule: str = ""
    asked: int = 0
    changed: int = 0
    matrix: FrozenMapping[tuple[str, str], int] = FrozenMapping()
    days: FrozenMapping[str, Shift] = FrozenMapping()
    amounts: FrozenMapping[str, tuple[int, int]] = FrozenMapping()
    passed_over: int = 0
    unasked: FrozenMapping[str, int] = FrozenMapping()
    moves: tuple[Move, ...] = ()
    keep: int = 20

    @property
    def empty(self) -> bool:
        """Whether nothing would come out otherwise."""
        return not self.changed

    @property
    def moved(self) -> int:
        """How many would stand elsewhere."""
        return sum(count for (before, after), count in self.matrix.items() if before != after)

    @property
    def mute(self) -> int:
        """How many neither side could decide: what would come out is not known of them."""
        return sum(
            count
            for (before, after), count in self.matrix.items()
            if before in UNABLE and after in UNABLE
        )

    def places(self) -> tuple[str, ...]:
        """Return every place either side gave, in the order of their codes."""
        return tuple(sorted({place for pair in self.matrix for place in pair}))

    def __add__(self, other: Simulation) -> Simulation:
        """
        Return what is told of two parts of a book together.

        Raises:
            ValueError: If they are of different rules.
        """
        if self.rule and other.rule and self.rule != other.rule:
            raise ValueError(f"a simulation of {self.rule} cannot be added to one of {other.rule}.")
        shifts = {**self.days}
        for name, shift in other.days.items():
            shifts[name] = shifts.get(name, Shift()) + shift
        amounts = {**self.amounts}
        for name, (before, after) in other.amounts.items():
            was, now = amounts.get(name, (0, 0))
            amounts[name] = (was + before, now + after)
        keep = max(self.keep, other.keep)
        return Simulation(
            rule=self.rule or other.rule,
            asked=self.asked + other.asked,
            changed=self.changed + other.changed,
            matrix=added(self.matrix, other.matrix),
            days=FrozenMapping(shifts),
            amounts=FrozenMapping(amounts),
            passed_over=self.passed_over + other.passed_over,
            unasked=added(self.unasked, other.unasked),
            moves=tuple(nsmallest(keep, (*self.moves, *other.moves), key=attrgetter("rank"))),
            keep=keep,
        )


def added(first: Mapping[K, int], second: Mapping[K, int]) -> FrozenMapping[K, int]:
    """Return the sums of two mappings, name by name."""
    total = {**first}
    for key, count in second.items():
        total[key] = total.get(key, 0) + count
    return FrozenMapping(total)
