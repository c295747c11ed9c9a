"""
What is told of a book so far: counts that add up, and the moves that are kept, in words.

A tally is written to a checkpoint and read back, so a long book is taken up again where it was
left. A kept move is explained when it is first kept, in every language: a checkpoint holds neither
facts nor policies.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nsmallest
from operator import attrgetter
from typing import Any

import attrs

from bankservice.core.decision import Explanation
from bankservice.core.frozen import FrozenMapping
from bankservice.core.plain import to_json
from bankservice.core.simulation import Answer, Move, Shift, Simulation
from bankservice.core.structure import FACTS
from bankservice.core.wording import LOCALES

__all__ = ["Kept", "Side", "Tally", "counts_json", "told_move"]


@attrs.frozen(kw_only=True)
class Side:
    """
    What one side says, as it is written.

    Attributes:
        place: Where the subject stands.
        days: Dates by name, as ISO text; None where there is none.
        amounts: Integers by name.
    """

    place: str
    days: FrozenMapping[str, str | None] = FrozenMapping()
    amounts: FrozenMapping[str, int] = FrozenMapping()


@attrs.frozen(kw_only=True)
class Kept:
    """
    A move that is kept.

    Attributes:
        rank: Its place among all moves, as hexadecimal text.
        subject: Whom it is about.
        ref: The entry it was read from, where it was.
        before: What the first side says.
        after: What the second says.
        why: Language → why on either side.
    """

    rank: str
    subject: str
    ref: str
    before: Side
    after: Side
    why: FrozenMapping[str, tuple[str, ...]]

    @property
    def moved(self) -> bool:
        """Whether the subject would stand elsewhere."""
        return self.before.place != self.after.place

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON for a reader."""
        return {
            "subject": self.subject,
            "ref": self.ref,
            "before": _side_json(self.before),
            "after": _side_json(self.after),
            "why": {
                locale: {"before": before, "after": after}
                for locale, (before, after) in self.why.items()
            },
        }


@attrs.frozen(kw_only=True)
class _Count:
    before: str
    after: str
    count: int


@attrs.frozen(kw_only=True)
class _Shift:
    same: int
    begun: int
    gone: int
    earlier: int
    later: int
    by: FrozenMapping[str, int]


@attrs.frozen(kw_only=True)
class _Sum:
    before: int
    after: int
    difference: int


@attrs.frozen(kw_only=True)
class _Counts:
    rule: str
    asked: int
    changed: int
    moved: int
    passed_over: int
    unasked: FrozenMapping[str, int]
    matrix: tuple[_Count, ...]
    days: FrozenMapping[str, _Shift]
    amounts: FrozenMapping[str, _Sum]


@attrs.frozen(kw_only=True)
class _Written:
    counts: _Counts
    moves: tuple[Kept, ...]
    keep: int


class Tally:
    """What is told of a book so far."""

    def __init__(self, keep: int = 20, counts: Simulation | None = None) -> None:
        """
        Start with nothing counted.

        Args:
            keep: How many moves are kept.
            counts: What was counted before.
        """
        self.keep = keep
        self.counts = Simulation(keep=keep) if counts is None else counts
        self.moves: tuple[Kept, ...] = ()

    def add(self, told: Simulation) -> None:
        """Add what is told of another part of the book."""
        self.counts = self.counts + attrs.evolve(told, moves=())
        # Most parts bring no move that is kept in the end: only those that are get explained.
        both: Iterable[Kept | _New] = (*self.moves, *map(_New, told.moves))
        kept = nsmallest(self.keep, both, key=attrgetter("rank"))
        self.moves = tuple(one.kept() if isinstance(one, _New) else one for one in kept)

    @property
    def shown(self) -> tuple[Kept, ...]:
        """The moves that are kept, as people look at them: who would stand elsewhere comes first."""
        return tuple(sorted(self.moves, key=lambda move: not move.moved))

    def to_json(self) -> dict[str, Any]:
        """Return the tally as it is kept in a checkpoint."""
        moves = [
            {
                "rank": move.rank,
                "subject": move.subject,
                "ref": move.ref,
                "before": _side_json(move.before),
                "after": _side_json(move.after),
                "why": {locale: list(texts) for locale, texts in move.why.items()},
            }
            for move in self.moves
        ]
        return {"counts": counts_json(self.counts), "moves": moves, "keep": self.keep}

    @classmethod
    def from_json(cls, raw: object) -> Tally:
        """
        Return the tally a checkpoint holds.

        Raises:
            FaultsError: If it was not written by `to_json`.
        """
        held = FACTS.read(raw, _Written, "the tally")
        counts = held.counts
        tally = cls(
            held.keep,
            Simulation(
                rule=counts.rule,
                asked=counts.asked,
                changed=counts.changed,
                matrix=FrozenMapping(
                    {(cell.before, cell.after): cell.count for cell in counts.matrix}
                ),
                days=FrozenMapping(
                    {
                        name: Shift(
                            FrozenMapping({int(days): n for days, n in shift.by.items()}),
                            shift.begun,
                            shift.gone,
                            shift.same,
                        )
                        for name, shift in counts.days.items()
                    }
                ),
                amounts=FrozenMapping(
                    {name: (each.before, each.after) for name, each in counts.amounts.items()}
                ),
                passed_over=counts.passed_over,
                unasked=counts.unasked,
                keep=held.keep,
            ),
        )
        tally.moves = held.moves
        return tally


class _New:
    """A move that was told just now; put into words where it is kept."""

    def __init__(self, move: Move) -> None:
        self.rank = move.rank.hex()
        self._move = move

    def kept(self) -> Kept:
        move = self._move
        before, after = move.explanations()
        return Kept(
            rank=self.rank,
            subject=move.subject,
            ref=move.question.ref,
            before=_side(move.before),
            after=_side(move.after),
            why=FrozenMapping(
                {locale: (_text(before, locale), _text(after, locale)) for locale in LOCALES}
            ),
        )


def _text(why: Explanation, locale: str) -> str:
    """Return an explanation; two versions cited alike are cited once."""
    return "\n".join(dict.fromkeys(why.text(locale).splitlines()))


def counts_json(counts: Simulation) -> dict[str, Any]:
    """Return what was counted as plain JSON: the same counts give the same JSON, in any order."""
    matrix = [
        {"before": before, "after": after, "count": count}
        for (before, after), count in sorted(counts.matrix.items())
    ]
    days = {
        name: {
            "same": shift.same,
            "begun": shift.begun,
            "gone": shift.gone,
            "earlier": shift.earlier,
            "later": shift.later,
            "by": {str(by): count for by, count in sorted(shift.by.items())},
        }
        for name, shift in sorted(counts.days.items())
    }
    amounts = {
        name: {"before": before, "after": after, "difference": after - before}
        for name, (before, after) in sorted(counts.amounts.items())
    }
    return {
        "rule": counts.rule,
        "asked": counts.asked,
        "changed": counts.changed,
        "moved": counts.moved,
        "passed_over": counts.passed_over,
        "unasked": dict(sorted(counts.unasked.items())),
        "matrix": matrix,
        "days": days,
        "amounts": amounts,
    }


def told_move(move: Move) -> dict[str, Any]:
    """Return a move as a line of `moves.jsonl` tells it."""
    return {
        "subject": move.subject,
        "ref": move.question.ref,
        "before": _side_json(_side(move.before)),
        "after": _side_json(_side(move.after)),
    }


def _side(answer: Answer) -> Side:
    seen = answer.seen
    days = {name: to_json(day) for name, day in seen.days.items()}
    return Side(place=seen.place, days=FrozenMapping(days), amounts=seen.amounts)


def _side_json(side: Side) -> dict[str, Any]:
    return {"place": side.place, "days": dict(side.days), "amounts": dict(side.amounts)}
