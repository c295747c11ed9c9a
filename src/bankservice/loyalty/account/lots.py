"""
The lots an accrual makes, and what of them would remain under another accrual.

Parts of one component whose rows date their lots alike make one lot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import attrs

from bankservice.core.calendar import Period
from bankservice.loyalty.model import Idle, Lot, Part
from bankservice.loyalty.programme.dates import last_of, start_of
from bankservice.loyalty.programme.dating import ExpiryRow
from bankservice.loyalty.programme.programme import Programme

__all__ = ["Group", "dated", "grouped", "idle_of"]


@attrs.frozen
class Group:
    """Parts that make one lot: class, the row that dates them, whether they count for tiers."""

    component: str
    row: str
    qualifying: bool


def grouped(parts: Iterable[Part], programme: Programme) -> Mapping[Group, int]:
    """Return the points by lot, in the order of the parts; those of no points left out."""
    found: dict[Group, int] = {}
    for part in parts:
        if not part.points:
            continue
        for group in found:
            if (
                group.component == part.component
                and group.qualifying == part.qualifying
                and (group.row == part.row or programme.same_dates(group.row, part.row))
            ):
                found[group] += part.points
                break
        else:
            found[Group(part.component, part.row, part.qualifying)] = part.points
    return found


def dated(
    group: Group,
    points: int,
    programme: Programme,
    *,
    number: int,
    ref: str,
    earned_on: date,
    posted_at: int,
    at: int,
) -> Lot:
    """
    Return a new lot with its dates.

    Args:
        group: What it is made of.
        points: How many.
        programme: Gives the dates.
        number: The next of the account.
        ref: The purchase.
        earned_on: Local day of the transaction.
        posted_at: When the transaction was posted.
        at: When the lot is made; before that nothing of it can be spent.
    """
    dates = programme.dates_of(group.row, earned_on, posted_at, component=group.component)
    available = dates.available_at
    return Lot(
        number=number,
        granted=points,
        left=points,
        component=group.component,
        ref=ref,
        row=group.row,
        earned_on=earned_on,
        available_at=None if available is None else max(available, at),
        expires_at=dates.expires_at,
        qualifying=group.qualifying,
        action=dates.action,
        idle=idle_of(programme, group.row, earned_on),
    )


def idle_of(programme: Programme, row: str, earned_on: date) -> Idle | None:
    """Return how long a lot lives on after each activity; None where that is not how it lapses."""
    written = programme.written
    expiry: ExpiryRow = written.expiry
    for earning in written.earn:
        if earning.code == row and earning.expiry is not None:
            expiry = earning.expiry
    if expiry.mode != "inactivity":
        return None
    most_at = None
    if expiry.most != Period():
        last = last_of(expiry.most.after(earned_on), expiry.round_to)
        most_at = start_of(programme.zone, date.fromordinal(last.toordinal() + 1))
    return Idle(period=expiry.period, round_to=expiry.round_to, most_at=most_at)
