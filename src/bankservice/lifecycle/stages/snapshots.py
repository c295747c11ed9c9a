"""
Snapshots of stages: states written down now and then, so that years need not be read again.

A snapshot lies open in the journal, so none is taken of a customer of whom facts are kept that
cohorts ask for: those stay sealed in the entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from bankservice.core.desk import Desk
from bankservice.core.journal import Snapshot
from bankservice.core.record import Record
from bankservice.lifecycle.model import Stage, StageReason
from bankservice.lifecycle.stages.dossier import Dossier, Hold
from bankservice.lifecycle.stages.entries import Relationship
from bankservice.lifecycle.stages.machine import Change
from bankservice.lifecycle.stages.record import STANDING

__all__ = ["EVERY", "SNAPPED", "StagesDesk"]

EVERY: Final = 24
"""After how many entries of a customer a snapshot is taken."""


def _freeze(state: Relationship) -> dict[str, Any]:
    """Return the state as plain JSON; sets of days as hexadecimal text, which JSON keeps whole."""
    dossier = state.dossier
    return {
        "known": dossier.known,
        "base": dossier.base,
        "days": [format(held, "x") for held in dossier.days],
        "products": [list(pair) for pair in dossier.products],
        "closures": [[day, reason.value] for day, reason in dossier.closures],
        "holds": [list(hold) for hold in dossier.holds],
        "said": [[change.stage.value, change.day, change.reason.value] for change in state.said],
        "due": state.due,
        "zone": state.zone,
    }


def _thaw(table: Mapping[str, Any]) -> Relationship:
    """Return the state that `_freeze` wrote."""
    counted, inactive, lost, verified = (int(held, 16) for held in table["days"])
    dossier = Dossier(
        table["known"],
        table["base"],
        (counted, inactive, lost, verified),
        tuple((day, number) for day, number in table["products"]),
        tuple((day, StageReason(reason)) for day, reason in table["closures"]),
        tuple(Hold(*hold) for hold in table["holds"]),
    )
    said = (Change(Stage(name), day, StageReason(why)) for name, day, why in table["said"])
    return Relationship(dossier, tuple(said), table["due"], table["zone"])


SNAPPED: Final[Record[Relationship]] = attrs.evolve(STANDING, freeze=(_freeze, _thaw))
"""The record with snapshots, for a desk that knows of whom to take none."""


class StagesDesk(Desk[Relationship]):
    """The desk of stages: it takes no snapshot of facts of the customer."""

    def snapshots(
        self, subject: str, state: Relationship, version: int, since: int | None
    ) -> tuple[Snapshot, ...]:
        """Return the snapshot of a state, if it is time for one and no fact would lie open."""
        return () if state.customer else super().snapshots(subject, state, version, since)
