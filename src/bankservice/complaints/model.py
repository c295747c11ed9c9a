"""What complaint law asks of a bank, worked out for one complaint: the deadlines, clock by clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

import attrs

from bankservice.core.citation import Citation
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.core.schema import Forms, Schema, closed

__all__ = ["ASSUMED", "Deadlines", "Due", "Governing", "Role"]

ASSUMED: Final = "assumed"
"""Name under which deadlines tell what was assumed; no clock can have it."""


class Role(Enum):
    """
    What a deadline is.

    A duty is a clock that runs. A limit never runs: it is how far an extension may move a duty.
    """

    DUTY = "duty"
    LIMIT = "limit"


@attrs.frozen(kw_only=True)
class Due:
    """
    The deadline of one clock.

    Attributes:
        role: Whether it is a duty, or the limit of an extension.
        title: What is due.
        unit: What was counted, such as `business-days`; empty where that is undecided.
        amount: How much of it, such as `P10D`.
        starts_on: Day 0, which is not counted.
        last_day: The last day that is in time, after any roll the law allows.
        due_at: The instant, in the zone that decides; None where no zone is known.
        inclusive: Whether an act at that very instant is in time; None where there is no instant.
        provisional: Whether the public holidays up to the last day are not all known yet.
        undecided: Facts that are needed and missing or unknown; there is no last day then.
        lawful_if: Clock that must have been met for this one to be lawful; empty for none.
        sends: Codes of what must be sent by it.
        source: Where the number comes from.
    """

    role: Role
    title: Title
    unit: str = ""
    amount: str = ""
    starts_on: date | None = None
    last_day: date | None = None
    due_at: datetime | None = None
    inclusive: bool | None = None
    provisional: bool = False
    undecided: tuple[str, ...] = ()
    lawful_if: str = ""
    sends: tuple[str, ...] = ()
    source: Citation


@attrs.frozen
class Deadlines(Mapping[str, Any]):
    """
    The deadlines of a complaint by clock, and what was assumed.

    As a mapping it gives each clock's deadline under the clock's name, and the assumed facts under
    `assumed`.

    Attributes:
        entries: Clock → deadline, in the order of the regime.
        assumed: Facts that would lengthen a duty and were not stated.
    """

    entries: FrozenMapping[str, Due]
    assumed: tuple[str, ...] = ()

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        assumed = closed({ASSUMED: forms.of(tuple[str, ...])}, [ASSUMED])
        return {**assumed, "additionalProperties": forms.of(Due)}

    def __getitem__(self, name: str) -> Any:
        return self.assumed if name == ASSUMED else self.entries[name]

    def __iter__(self) -> Iterator[str]:
        yield from self.entries
        yield ASSUMED

    def __len__(self) -> int:
        return len(self.entries) + 1

    @property
    def undecided(self) -> tuple[str, ...]:
        """The facts some clock needs and has not, each once, in the order of the clocks."""
        return tuple(dict.fromkeys(fact for due in self.entries.values() for fact in due.undecided))


@attrs.frozen
class Governing:
    """
    Which regimes govern a case.

    Attributes:
        governing: Ids of those that do, in the order of the book.
        not_governing: Ids of those that do not.
        undecided: Id → the facts that would decide it and are missing or unknown.
    """

    governing: tuple[str, ...]
    not_governing: tuple[str, ...]
    undecided: FrozenMapping[str, tuple[str, ...]] = FrozenMapping()
