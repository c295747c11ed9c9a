"""What a command would be answered, before anything is written."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from bankservice.core.answer import Answer
from bankservice.core.desk import Desk
from bankservice.core.driver import Asking, Receipts
from bankservice.core.frozen import FrozenMapping
from bankservice.core.plain import to_json
from bankservice.core.record import Command, Refused

__all__ = ["foresee"]

S = TypeVar("S")


def foresee(desk: Desk[S], command: Command, now: datetime) -> Asking[Answer]:
    """
    Return what a desk would answer a command by now: its first answer, where it was given before.

    Nothing is written, and nothing is promised: what others write meanwhile may change it. Only
    whether it is refused is told of a command that was not given before.
    """
    found = (yield Receipts(desk.tenant, (command.id,))).get(command.id)
    if found is not None:
        told: dict[str, Any] = dict(found.result)
        refused = told.get("refused", "")
        return Answer(command.id, refused, FrozenMapping(told.get("facts", {})), replayed=True)
    loaded = yield from desk.load(desk.record.touches(command))
    states = {subject: held.state for subject, held in loaded.items()}
    decided = desk.record.decide(states, command, desk.context(command, now))
    if isinstance(decided, Refused):
        facts = FrozenMapping(to_json(decided.facts))
        return Answer(command.id, str(decided.code.value), facts)
    return Answer(command.id)
