"""What is known of a complaint when its deadlines are worked out, and its day 0."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import attrs

from bankservice.core.calendar import local_day
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.unknown import UnknownType

__all__ = ["DeadlineFacts", "receipt_of"]


@attrs.frozen(kw_only=True)
class DeadlineFacts:
    """
    What deadlines are worked out from.

    Attributes:
        received_on: Local day of receipt: day 0. It needs no zone.
        received_at: Instant of receipt; its local day follows from the zone, never from its offset.
        zone: IANA zone whose days count; the institution's, or that of a country with one zone,
            where left out.
        kind: Kind of complaint; left out it is `general`, and that is established.
        region: Part of the country, where its working days differ.
        new_account: Whether the account is new in the sense of the regime.
        extended: Whether the case is one the regime gives more time.
        cycle_ends: Last days of the account's billing cycles, as far as they are known.
        provisional_credit_on: Day the customer was credited provisionally.
        finished_on: Day the investigation was finished.
        error_found_on: Day it was found that there was an error.
        reversal_notice_on: Day the customer was told that a provisional credit is taken back.
        customer: Facts the regime's version declares.
    """

    received_on: date | None = None
    received_at: datetime | None = None
    zone: str = ""
    kind: str | UnknownType = "general"
    region: str | UnknownType | None = None
    new_account: bool | UnknownType | None = None
    extended: bool | UnknownType | None = None
    cycle_ends: tuple[date, ...] = ()
    provisional_credit_on: date | None = None
    finished_on: date | None = None
    error_found_on: date | None = None
    reversal_notice_on: date | None = None
    customer: FrozenMapping[str, Any] = FrozenMapping()


def _fault(path: str, got: str, wanted: str) -> FaultsError:
    return FaultsError("facts of complaints.deadlines", (Fault(path, got, wanted),))


def receipt_of(facts: DeadlineFacts, zone: str) -> date:
    """
    Return day 0: the local day of receipt.

    Args:
        facts: What is known of the complaint.
        zone: Zone that decides where the facts name none.

    Raises:
        FaultsError: If there is neither day nor instant, the two do not agree, or an instant comes
            without any zone to tell its day.
    """
    if facts.received_at is None:
        if facts.received_on is None:
            raise _fault("received_on", "nothing", "the day of receipt, or received_at and zone")
        return facts.received_on
    zone = facts.zone or zone
    if not zone:
        wanted = "the zone whose day counts, such as 'America/New_York'; an offset does not tell it"
        raise _fault("zone", "nothing", wanted)
    day = local_day(facts.received_at, zone)
    if facts.received_on is not None and facts.received_on != day:
        raise _fault("received_on", str(facts.received_on), f"{day}, the day of received_at")
    return day
