"""The calendars by which a programme's windows are judged: an entry names what it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any

from bankservice.core.policy import Version
from bankservice.loyalty.programme.programme import Programme
from bankservice.loyalty.window import Window

__all__ = ["calendars_of"]


def calendars_of(programme: Programme, days: Iterable[date]) -> tuple[Version[Any], ...]:
    """Return the calendar versions by which windows of earning are judged on some days."""
    windows = _windows(programme)
    if not windows:
        return ()
    held = sorted(set(days))
    found = (version for window in windows for on in held for version in window.links(on))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=256)
def _windows(programme: Programme) -> tuple[Window, ...]:
    scheme = programme.scheme
    rows = (row.window for lanes in scheme.lanes.values() for lane in lanes for row in lane.rows)
    factors = (held.window for each in scheme.multipliers.values() for held in each)
    return tuple(window for window in (*rows, *factors) if window)
