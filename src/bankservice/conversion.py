"""
A follow-up that becomes a complaint: two records, of which neither is written without the other.

The complaint comes first. Where the process dies in between, the customer has a complaint and a
follow-up that is still open, never neither; the same command again does the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bankservice.complaints.record import CASE
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.record import Command
from bankservice.satisfaction.follow_up.record import FOLLOW_UPS

if TYPE_CHECKING:
    from bankservice.complaints.service import Cases
    from bankservice.core.answer import Answer
    from bankservice.satisfaction.follow_up.service import FollowUps

__all__ = ["complain_of"]

_OF_FOLLOW_UP: Final = ("received_at", "received_on")
"""What a complaint is told by its follow-up, and by nobody else."""


def complain_of(
    follow_ups: FollowUps,
    complaints: Cases,
    command_id: str,
    customer: str,
    *,
    into: str,
    case: str,
    actor: str,
    **more: Any,
) -> tuple[Answer | None, Answer | None]:
    """Make a complaint of a follow-up, as told of `Bank.complain_of`, which has the defaults."""
    faults = tuple(
        Fault(name, "a value", "nothing: the first instant of the follow-up is taken")
        for name in _OF_FOLLOW_UP
        if name in more
    )
    if faults:
        raise FaultsError("a complaint of a follow-up", faults)
    told = {"customer": customer, **more}
    CASE.command("receive", told)
    ending = Command(
        id=command_id,
        subject=customer,
        body=FOLLOW_UPS.command("convert", {"into": into, "case": case}),
        actor=actor,
    )
    foreseen = follow_ups.office.foresee(ending)
    if not foreseen.accepted or foreseen.replayed:
        ended = follow_ups.handle(ending)
        if not ended.accepted:
            return ended, None
        # It was ended before the complaint was received: its record says since when.
        began = follow_ups.handed_over(customer, into, case).received_at
    else:
        began = follow_ups.began(customer, case)
    received = complaints.do(
        f"{command_id}:complaint", into, "receive", actor=actor, received_at=began, **told
    )
    if not received.accepted:
        return None, received
    return follow_ups.handle(ending), received
