"""How rules of working time are tried under another calendar."""

from __future__ import annotations

from typing import Any, Final

from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.core.trial import Seen, Trial
from bankservice.worktime.rules import add, between, business_day, calendar_day

__all__ = ["TRIALS"]

_ANSWERED: Final = "answered"
_SECONDS: Final = {"seconds": Title(en="open seconds", zh="工作时间（秒）")}


def _moment(facts: Any, parameters: Any, outcome: Any) -> Seen:
    return Seen(_ANSWERED, FrozenMapping({"at": outcome.at.date()}))


def _length(facts: Any, parameters: Any, outcome: Any) -> Seen:
    return Seen(_ANSWERED, amounts=FrozenMapping({"seconds": outcome.seconds}))


def _day(facts: Any, parameters: Any, outcome: Any) -> Seen:
    return Seen(_ANSWERED, FrozenMapping({"day": outcome.day}))


def _last_day(facts: Any, parameters: Any, outcome: Any) -> Seen:
    return Seen(_ANSWERED, FrozenMapping({"last_day": outcome.last_day}))


TRIALS: Final[tuple[Trial[Any, Any, Any], ...]] = (
    Trial(rule=business_day, seen=_day),
    Trial(rule=calendar_day, seen=_last_day),
    Trial(rule=add, seen=_moment),
    Trial(rule=between, seen=_length, amounts=_SECONDS),
)
"""The rules of this domain as they are tried; days and lengths move, nobody stands anywhere."""
