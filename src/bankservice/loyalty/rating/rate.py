"""
A transaction rated: everything that was found, for the outcome and for its explanation.
"""

from __future__ import annotations

import attrs

from bankservice.loyalty.model import AccrualFacts, Use
from bankservice.loyalty.programme.programme import Programme
from bankservice.loyalty.rating.grants import Granted, granted
from bankservice.loyalty.rating.lanes import Pick, Weighing
from bankservice.loyalty.rating.pipeline import Sizes, Worked, work
from bankservice.loyalty.rating.purchase import purchase_of
from bankservice.loyalty.rating.room import Room

__all__ = ["Rated", "rated"]


@attrs.define(slots=True)
class Rated:
    """
    A transaction rated.

    Attributes:
        weighing: The transaction, the programme, and what is not known.
        excluded: Codes of what keeps it, or lines of it, from earning.
        picks: The rows that earn.
        granted: What they are granted.
        uses: What they use of caps.
    """

    weighing: Weighing
    excluded: tuple[str, ...]
    picks: list[Pick]
    granted: list[Granted]
    uses: list[Use]


def rated(facts: AccrualFacts, programme: Programme) -> Rated:
    """
    Rate a transaction.

    Raises:
        FaultsError: If a fact is none that a transaction can have.
        UnknownNameError: If a code, currency or cap is not known.
    """
    purchase = purchase_of(facts, programme)
    weighing = Weighing(purchase, programme)
    excluded = weighing.exclusions()
    if not excluded and not programme.scheme.lanes[facts.kind]:
        excluded = ("not-earning",)
    picks = weighing.picks()
    room = Room(facts.used, purchase.below) if programme.scheme.capped else None
    by_item = bool(facts.items) and programme.written.rounding.unit == "item"
    worked: list[Worked] = []
    for pick in picks:
        _work(pick, room, worked, by_item=by_item)
    found, uses = granted(worked, facts.used, room, programme)
    return Rated(weighing, excluded, picks, found, uses)


def _work(pick: Pick, room: Room | None, worked: list[Worked], *, by_item: bool) -> None:
    row, sizes, below = pick.row, pick.sizes, pick.below
    if row.most is not None:
        sizes = _cut(sizes, row.most * below)
    if not by_item:
        worked.append(work(row, "", sizes, below, pick.factor, fixed=True, room=room))
        return
    for place, size in enumerate(sizes):
        # What is fixed is given once: with the first line.
        worked.append(work(row, size[0], [size], below, pick.factor, fixed=place == 0, room=room))


def _cut(sizes: Sizes, most: int) -> Sizes:
    """Return sizes cut off at *most* in all."""
    found: Sizes = []
    for ref, size in sizes:
        kept = min(size, most)
        most -= int(kept)
        found.append((ref, kept))
    return found
