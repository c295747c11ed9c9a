"""What the tests of follow-ups and voices share: services with a clock to turn, policies in few words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bankservice.core.journal import Journal
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.journals.memory import MemoryJournal
from bankservice.satisfaction import SHELF, FollowUps, Voices

__all__ = ["PROMISE", "START", "Clock", "followed", "promise", "spoken"]

PROMISE: Final = SHELF.get("satisfaction/call-back-promise")
START: Final = datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
_TITLE: Final = {"en": "Something", "zh": "某项"}


class Clock:
    """A clock that is turned by hand."""

    def __init__(self, now: datetime = START) -> None:
        """Start at an instant."""
        self.now = now

    def turn(self, **more: float) -> datetime:
        """Turn on by so much, and tell the time."""
        self.now += timedelta(**more)
        return self.now

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now


def followed(
    policy: Policy[Any] = PROMISE, journal: Journal | None = None
) -> tuple[FollowUps, Clock]:
    """Return follow-ups, and their clock."""
    clock = Clock()
    return FollowUps(journal or MemoryJournal(), policy, now=clock), clock


def spoken(policy: Policy[Any] = PROMISE, journal: Journal | None = None) -> tuple[Voices, Clock]:
    """Return voices, and their clock."""
    clock = Clock()
    return Voices(journal or MemoryJournal(), policy, now=clock), clock


def promise(**more: Any) -> Policy[Any]:
    """Return a small policy of follow-ups; *more* are keys of its one version."""
    version: Mapping[str, Any] = {
        "since": START.date().replace(year=2020),
        "source": {"text": "Acme call-backs", "clause": "1", "checked": "own"},
        "calendar": "calendars/cn",
        "window": "P30D",
        "team": "complaint_handling",
        "channels": ["phone"],
        "attempts": {"count": 3, "over_days": 5},
        "scale": [
            {
                "question": "nps",
                "scale": "0-10",
                "lowest": 0,
                "highest": 10,
                "low": [0, 1, 2, 3, 4, 5, 6],
                "high": [9, 10],
            }
        ],
        "trigger": [
            {"code": "low", "title": _TITLE, "when": {"fact": "nps_class", "equals": "low"}}
        ],
        "clock": [
            {"name": name, "target": "PT24H", "unit": "elapsed", "title": _TITLE}
            for name in ("acknowledge", "contact", "resolve")
        ],
        **more,
    }
    raw = {
        "id": "acme/call-backs",
        "kind": "satisfaction.follow-up",
        "title": _TITLE,
        "version": [version],
    }
    return read_policy(raw, "acme/call-backs", SHELF.kinds, SHELF)
