"""What the tests of tiers share: policies from tables, drawn policies with paths, a bank's desk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from bankservice.core.calendar import midnight
from bankservice.core.journal import Journal
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.journals.memory import MemoryJournal
from bankservice.segmentation import SHELF, Measure, Standings
from bankservice.segmentation.ladder import Ladder
from bankservice.testing import strategies
from bankservice.testing.strategies import MeasurePath

FEW = settings(max_examples=max(1, settings().max_examples // 4))
"""For laws that the oracle's test covers too."""

Drawn = tuple[Policy[Ladder], MeasurePath]


def ladder_of(policy: Policy[Ladder]) -> Ladder:
    """Return the newest version's ladder."""
    return policy.versions[-1].parameters


@st.composite
def drawn(draw: st.DrawFn, /, *, path: Mapping[str, Any] | None = None, **options: Any) -> Drawn:
    """Draw a policy and a path for it."""
    policy = draw(strategies.tier_policies(strategies.tier_tables(**options)))
    return policy, draw(strategies.measure_paths(ladder=ladder_of(policy), **(path or {})))


@st.composite
def drawn_pairs(
    draw: st.DrawFn, /, **options: Any
) -> tuple[Policy[Ladder], MeasurePath, MeasurePath]:
    """Draw a policy, a path, and one that is richer on every day."""
    policy = draw(strategies.tier_policies(strategies.tier_tables(**options)))
    poor, rich = draw(strategies.measure_path_pairs(ladder=ladder_of(policy)))
    return policy, poor, rich


def one_tier_policy(**row: Any) -> Policy[Ladder]:
    """Return a policy of one tier above the base."""
    return policy_of({"tier": [{"code": "BASE"}, {"code": "GOLD", **row}]})


def policy_of(*tables: Mapping[str, Any], on_change: Any = "grandfather") -> Policy[Ladder]:
    """Load tables as versions of a policy."""
    source = {"text": "Acme retail policy", "clause": "1", "checked": "own"}
    versions = [
        {
            "zone": "UTC",
            "currency": "CNY",
            "since": date(1970 + place, 1, 1),
            "source": source,
            "on_change": on_change,
            **table,
        }
        for place, table in enumerate(tables)
    ]
    raw = {"id": "acme/tiers", "kind": "segmentation.tiers", "version": versions}
    return read_policy(raw, "a policy of this test", SHELF.kinds, SHELF)


def minor(measure: int) -> dict[str, Measure]:
    """Return a measure of so many minor units."""
    return {"assets": Measure(measure)}


def at(day: date) -> datetime:
    """Return noon of a day in UTC."""
    return midnight(day, "UTC") + timedelta(hours=12)


def desk(policy: Policy[Ladder], journal: Journal | None = None) -> Standings:
    """Return standings on a journal of their own whose knowledge time is late."""
    return Standings(journal or MemoryJournal(), policy, now=lambda: at(date(2150, 1, 1)))
