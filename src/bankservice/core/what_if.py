"""
What if: the same questions asked under two policies, and what comes out otherwise.

A *book* is any number of questions, each a subject with the facts of one rule. `simulate` asks
every one of them under both sides and tells who would stand elsewhere, which dates would move and
what would be added up to another sum. Nothing is written: a rule is a pure function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from hashlib import sha256
from heapq import nsmallest
from operator import attrgetter
from typing import Any, Final, Generic, TypeAlias, TypeVar

import attrs

from bankservice.core.decision import Explanation, Reason, Rule, Says
from bankservice.core.errors import BankServiceError, FaultsError, NotInForceError, UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import (
    AmbiguousVersionError,
    Policy,
    UndecidedVersionError,
    Version,
)
from bankservice.core.simulation import Answer, Move, Shift, Simulation, added
from bankservice.core.trial import Meter, Question, Seen, Trial, Unasked

__all__ = ["DifferentKindsError", "Side", "simulate"]

F = TypeVar("F")
P = TypeVar("P")
O = TypeVar("O")  # noqa: E741 - as in `decision`: facts, parameters, outcome

Side: TypeAlias = "Policy[Any] | Version[Any]"
"""What stands on one side: a policy, whose version of the governing day decides, or a version."""

PACKAGE: Final = "bankservice.core"

NOT_IN_FORCE: Final = Says("SIDE_NOT_IN_FORCE", ("policy", "on"))
COHORT_UNKNOWN: Final = Says("SIDE_COHORT_UNKNOWN", ("policy", "facts"))
TWO_COHORTS: Final = Says("SIDE_TWO_COHORTS", ("policy", "on"))
NOT_ASKABLE: Final = Says("SIDE_NOT_ASKABLE", ("policy", "facts"))


class DifferentKindsError(BankServiceError, TypeError):
    """Two policies cannot be compared: they are of different kinds, or not of the rule's."""


def simulate(
    trial: Trial[F, P, O],
    before: Side,
    after: Side,
    book: Iterable[Question[F] | Unasked],
    *,
    meters: Iterable[Meter] = (),
    share: Fraction = Fraction(1),
    seed: str = "",
    keep: int = 20,
    each: Callable[[Move], object] | None = None,
) -> Simulation:
    """
    Ask every question of a book under two policies and tell what comes out otherwise.

    Args:
        trial: The rule, and what its outcomes are compared by.
        before: The policy as it is; a version decides on every day.
        after: The policy to be tried.
        book: The questions; they are taken one by one and not kept.
        meters: What else is added up, such as what services cost.
        share: Share of the subjects to be asked, above 0 and at most 1; which ones follows from
            *seed* and their ids alone.
        seed: Another seed, another sample.
        keep: How many of the moves to keep.
        each: Is given every move, those that are not kept too.

    Raises:
        DifferentKindsError: If the policies are of different kinds, or not of the rule's.
        ValueError: If *share* is not above 0 and at most 1.
    """
    _check_kinds(trial.rule, before, after)
    if not 0 < share <= 1:
        raise ValueError(f"a share of {share} cannot be asked; above 0 and at most 1 can.")
    tally = _Tally(trial, before, after, tuple(meters), keep, each)
    limit = share.numerator * 2**64 // share.denominator
    for question in book:
        if share != 1 and _draw(seed, question.subject) >= limit:
            tally.passed_over += 1
        elif isinstance(question, Unasked):
            tally.unasked[question.why] = tally.unasked.get(question.why, 0) + 1
        else:
            tally.ask(question)
    return tally.told()


def _draw(seed: str, subject: str) -> int:
    return int.from_bytes(sha256(f"{seed}\n{subject}".encode()).digest()[:8], "big")


def _check_kinds(rule: Rule[Any, Any, Any], before: Side, after: Side) -> None:
    wanted = "" if rule.kind is None else rule.kind.name
    kinds = tuple(side.kind.name for side in (before, after))
    if kinds != (wanted, wanted):
        raise DifferentKindsError(
            f"{rule.id} is tried with two policies of kind {wanted or 'none: it needs no policy'}; "
            f"got {_name(before)} of kind {kinds[0]} and {_name(after)} of kind {kinds[1]}."
        )


def _name(side: Side) -> str:
    return side.id if isinstance(side, Policy) else str(side.ref)


class _Chooser:
    """Finds a side's version for a question; by day alone where no version has a cohort."""

    def __init__(self, rule: Rule[Any, Any, Any], side: Side) -> None:
        self._rule, self._side, self.name = rule, side, _name(side)
        versions = side.versions if isinstance(side, Policy) else (side,)
        self._plain = all(version.applies_to is None for version in versions)
        self._by_day: dict[date | None, Version[Any]] = {}

    def version(self, facts: Any) -> Version[Any]:
        if isinstance(self._side, Version):
            return self._side
        if not self._plain:
            return self._found(facts)
        day = self._rule.day(facts)
        found = self._by_day.get(day)
        if found is None:
            found = self._by_day[day] = self._found(facts)
        return found

    def _found(self, facts: Any) -> Version[Any]:
        found = self._rule.version(self._side, facts)
        assert found is not None, "a rule with a policy has a version"
        return found


class _Tally(Generic[F, P, O]):
    """What is counted while a book is asked."""

    def __init__(
        self,
        trial: Trial[F, P, O],
        before: Side,
        after: Side,
        meters: tuple[Meter, ...],
        keep: int,
        each: Callable[[Move], object] | None,
    ) -> None:
        self._trial, self._meters, self._keep, self._each = trial, meters, keep, each
        self._before = _Chooser(trial.rule, before)
        self._after = _Chooser(trial.rule, after)
        self.passed_over = self._asked = self._changed = 0
        self.unasked: dict[str, int] = {}
        self._matrix: dict[tuple[str, str], int] = {}
        self._shifts: dict[str, _Shifting] = {}
        self._amounts: dict[str, list[int]] = {}
        self._moves: list[Move] = []

    def ask(self, question: Question[F]) -> None:
        """Ask one question of both sides."""
        first = self._answer(self._before, question)
        second = self._answer(self._after, question, first)
        self._asked += 1
        before, after = first.seen, second.seen
        places = (before.place, after.place)
        self._matrix[places] = self._matrix.get(places, 0) + 1
        # Most stay as they are: what is the same is found out once, and not looked at by name.
        days = before is after or before.days == after.days
        amounts = before is after or before.amounts == after.amounts
        if before.days or after.days:
            self._shift(before.days, after.days, same=days)
        if before.amounts or after.amounts:
            self._add(before.amounts, after.amounts)
        if before.place != after.place or not (days and amounts):
            self._changed += 1
            self._move(question, first, second)

    def _answer(self, side: _Chooser, question: Question[F], other: Answer | None = None) -> Answer:
        rule, facts = self._trial.rule, question.facts
        try:
            version = side.version(facts)
            if other is not None and version is other.version:
                return other
            if question.beside is None:
                parameters = version.parameters
            else:
                facts = rule.with_beside(facts, question.beside)
                parameters = rule.parameters((version, question.beside))
            outcome = rule.evaluate(facts, parameters, None)
            seen = self._trial.seen(facts, parameters, outcome)
        except (NotInForceError, UndecidedVersionError, AmbiguousVersionError) as error:
            return _unplaced(side.name, rule.day(facts), error)
        except (FaultsError, UnknownNameError) as error:
            # What one policy can be asked about and the other cannot, such as codes of its own.
            return _unaskable(side.name, error)
        for meter in self._meters:
            more = meter(facts, parameters, outcome)
            seen = attrs.evolve(seen, amounts=added(seen.amounts, more))
        return Answer(seen, version)

    def _shift(
        self, before: Mapping[str, date | None], after: Mapping[str, date | None], *, same: bool
    ) -> None:
        shifts = self._shifts
        for name, day in before.items():
            held = shifts.get(name)
            if held is None:
                held = shifts[name] = _Shifting()
            if same:
                held.same += day is not None
            else:
                held.note(day, after.get(name))
        if not same:
            for name in after:
                if name not in before:
                    shifts.setdefault(name, _Shifting()).note(None, after[name])

    def _add(self, before: Mapping[str, int], after: Mapping[str, int]) -> None:
        for side, amounts in enumerate((before, after)):
            for name, amount in amounts.items():
                self._amounts.setdefault(name, [0, 0])[side] += amount

    def _move(self, question: Question[F], first: Answer, second: Answer) -> None:
        move = Move(self._trial.rule, question, first, second)
        if self._each is not None:
            self._each(move)
        self._moves.append(move)
        if len(self._moves) >= 2 * self._keep + 64:
            self._moves = nsmallest(self._keep, self._moves, key=attrgetter("rank"))

    def told(self) -> Simulation:
        """Return what was counted."""
        return Simulation(
            rule=self._trial.rule.id,
            asked=self._asked,
            changed=self._changed,
            matrix=FrozenMapping(self._matrix),
            days=FrozenMapping({name: held.told() for name, held in self._shifts.items()}),
            amounts=FrozenMapping(
                {name: (before, after) for name, (before, after) in self._amounts.items()}
            ),
            passed_over=self.passed_over,
            unasked=FrozenMapping(self.unasked),
            moves=tuple(nsmallest(self._keep, self._moves, key=attrgetter("rank"))),
            keep=self._keep,
        )


class _Shifting:
    """How one date moves, while it is counted."""

    def __init__(self) -> None:
        self._by: dict[int, int] = {}
        self._begun = self._gone = self.same = 0

    def note(self, before: date | None, after: date | None) -> None:
        if before == after:
            self.same += before is not None
        elif before is None:
            self._begun += 1
        elif after is None:
            self._gone += 1
        else:
            days = after.toordinal() - before.toordinal()
            self._by[days] = self._by.get(days, 0) + 1

    def told(self) -> Shift:
        by = FrozenMapping(dict(sorted(self._by.items())))
        return Shift(by, self._begun, self._gone, self.same)


def _unplaced(policy: str, on: date | None, error: Exception) -> Answer:
    """Return the answer of a side on which no version can be chosen."""
    if isinstance(error, UndecidedVersionError):
        return _unable("cohort-unknown", COHORT_UNKNOWN(policy=policy, facts=error.facts))
    if isinstance(error, AmbiguousVersionError):
        return _unable("two-cohorts", TWO_COHORTS(policy=policy, on=on))
    return _unable("not-in-force", NOT_IN_FORCE(policy=policy, on=on))


def _unaskable(policy: str, error: FaultsError | UnknownNameError) -> Answer:
    """Return the answer of a side that cannot be asked with these facts."""
    what = (
        tuple(fault.path for fault in error.faults)
        if isinstance(error, FaultsError)
        else (error.name,)
    )
    return _unable("not-askable", NOT_ASKABLE(policy=policy, facts=what))


def _unable(place: str, headline: Reason) -> Answer:
    return Answer(Seen(place), None, Explanation(headline, (), (), PACKAGE))
