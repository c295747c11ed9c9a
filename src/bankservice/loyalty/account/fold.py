"""
How entries fold to the account.

What every `Movement` has is applied the same way whatever the kind: lots come in, points come
back, dates change, points are drawn. The kind only tells which purchase, hold or redemption it is
about, and which total it counts in. `evolve` copies what it changes; `fold` changes one copy for
many entries, so that a long account is read in one pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import attrs

from bankservice.core.record import Events, Record
from bankservice.loyalty.account import entries as kinds
from bankservice.loyalty.account.account import (
    Account,
    Authorisation,
    Hold,
    HoldStatus,
    Parked,
    Purchase,
    Redemption,
    Refunded,
    Taken,
)
from bankservice.loyalty.account.draft import Draft
from bankservice.loyalty.account.posted_many import PostedMany
from bankservice.loyalty.model import Draw

__all__ = ["EVENTS", "evolve", "first_of", "fold"]

# -- what each kind is about -------------------------------------------------------------------


def _enrolled(draft: Draft, event: kinds.Enrolled) -> None:
    if not draft.get("customer"):
        draft.put("customer", event.customer)
        draft.put("programme", event.programme)
        draft.put("zone", event.zone)
        draft.put("scale", event.scale)
        draft.put("opened_at", event.at)
        draft.put("opened_on", event.on)
    if event.campaign:
        draft.own("campaigns").append(event.campaign)


def _authorised(draft: Draft, event: kinds.Authorised) -> None:
    draft.own("authorisations")[event.ref] = Authorisation(event.ref, event.at, event.projected)


def _voided(draft: Draft, event: kinds.Voided) -> None:
    before: Authorisation = draft.get("authorisations")[event.ref]
    voided = attrs.evolve(before, projected=0, voided=True)
    draft.own("authorisations")[event.ref] = voided


def _posted(draft: Draft, event: kinds.Posted) -> None:
    assert event.version is not None, "a posting names its programme version"
    purchase = Purchase(
        ref=event.ref,
        part=event.part,
        on=event.on,
        at=event.at,
        version=event.version,
        lots=tuple(lot.number for lot in event.grants),
        granted=event.granted,
        lost=event.lost,
        kept=tuple(lot.granted for lot in event.grants),
        qualifying=event.qualifying,
        counts=event.uses,
        facts=event.facts,
    )
    draft.own("purchases")[purchase.key] = purchase
    if event.ref in draft.get("authorisations"):
        draft.own("authorisations").pop(event.ref)
    draft.count(earned=event.granted, lost_to_caps=event.lost, qualifying=event.qualifying)


def _refunded(draft: Draft, event: kinds.RefundedPoints) -> None:
    before: Purchase = draft.get("purchases")[event.purchase]
    refund = Refunded(event.ref, event.at, event.on, event.amount, event.clawed, event.items)
    draft.own("purchases")[event.purchase] = attrs.evolve(
        before,
        lots=(*before.lots, *(lot.number for lot in event.grants)),
        clawed=before.clawed + event.clawed,
        kept=event.kept,
        qualifying=event.qualifying,
        counts=event.uses,
        refunds=tuple(sorted((*before.refunds, refund), key=lambda held: (held.at, held.ref))),
    )
    draft.count(
        clawed_back=event.clawed - event.waived - event.cash_points,
        waived=event.waived,
        qualifying=event.qualifying - before.qualifying,
    )
    waiting = draft.get("parked")
    if any(parked.ref == event.ref for parked in waiting):
        draft.put("parked", [parked for parked in waiting if parked.ref != event.ref])


def _parked(draft: Draft, event: kinds.RefundParked) -> None:
    draft.own("parked").append(
        Parked(
            ref=event.ref,
            original_ref=event.original_ref,
            part=event.part,
            at=event.at,
            on=event.on,
            amount=event.amount,
            currency=event.currency,
            items=event.items,
        )
    )


def _rerated(draft: Draft, event: kinds.Rerated) -> None:
    before: Purchase = draft.get("purchases")[event.purchase]
    facts = before.facts
    draft.own("purchases")[event.purchase] = attrs.evolve(
        before,
        lots=(*before.lots, *(lot.number for lot in event.grants)),
        granted=event.granted,
        clawed=event.clawed,
        lost=event.lost,
        kept=event.kept,
        qualifying=event.qualifying,
        counts=event.uses,
        facts=None if facts is None else attrs.evolve(facts, used=event.used),
    )
    draft.count(
        earned=event.granted - before.granted,
        clawed_back=event.clawed - before.clawed - event.waived - event.cash_points,
        waived=event.waived,
        lost_to_caps=event.lost - before.lost,
        qualifying=event.qualifying - before.qualifying,
    )


def _reserved(draft: Draft, event: kinds.Reserved) -> None:
    draft.own("holds")[event.ref] = event.hold


def _confirmed(draft: Draft, event: kinds.Confirmed) -> None:
    hold: Hold = draft.get("holds")[event.ref]
    draft.own("holds")[event.ref] = attrs.evolve(
        hold, status=HoldStatus.CONFIRMED, ended_at=event.at
    )
    draft.own("redemptions")[event.ref] = Redemption(
        ref=event.ref,
        at=event.at,
        draws=first_of(hold.draws, event.points),
        reward=hold.reward,
        quantity=hold.quantity,
        cash_minor=event.cash_minor,
        value_minor=event.value_minor,
    )
    draft.count(redeemed=event.points)


def first_of(draws: Iterable[Draw], points: int) -> tuple[Draw, ...]:
    """Return the first draws that make up *points*, the last one in part."""
    found = []
    for draw in draws:
        if not points:
            break
        taken = min(points, draw.points)
        found.append(Draw(draw.lot, taken))
        points -= taken
    return tuple(found)


def _released(draft: Draft, event: kinds.Released) -> None:
    hold: Hold = draft.get("holds")[event.ref]
    status = HoldStatus.TIMED_OUT if event.timed_out else HoldStatus.RELEASED
    draft.own("holds")[event.ref] = attrs.evolve(hold, status=status, ended_at=event.at)


def _redeemed(draft: Draft, event: kinds.Redeemed) -> None:
    draft.own("redemptions")[event.ref] = Redemption(
        ref=event.ref,
        at=event.at,
        draws=event.draws,
        reward=event.reward,
        quantity=event.quantity,
        cash_minor=event.cash_minor,
        value_minor=event.value_minor,
        household=event.household,
        members=event.members,
    )
    hold = draft.get("holds").get(event.ref)
    if hold is not None:
        # It had ended by itself, and was told late of what was confirmed in time.
        draft.own("holds")[event.ref] = attrs.evolve(
            hold, status=HoldStatus.CONFIRMED, ended_at=event.at
        )
    draft.count(redeemed=event.points)


def _redemption_cancelled(draft: Draft, event: kinds.RedemptionCancelled) -> None:
    before: Redemption = draft.get("redemptions")[event.redemption]
    draft.own("redemptions")[event.redemption] = attrs.evolve(
        before,
        returned=before.returned + event.points,
        share=event.share,
        cash_returned=before.cash_returned + event.cash_minor,
    )
    draft.count(redeemed=-event.points, restored=sum(lot.granted for lot in event.grants))


def _adjusted(draft: Draft, event: kinds.Adjusted) -> None:
    draft.count(
        adjusted_in=max(event.points, 0),
        adjusted_out=max(-event.points, 0),
        qualifying=sum(lot.granted for lot in event.grants if lot.qualifying),
    )


def _forfeited(draft: Draft, event: kinds.Forfeited) -> None:
    draft.own("forfeits")[event.ref] = Taken(event.at, event.draws)
    draft.count(forfeited=event.points)


def _reinstated(draft: Draft, event: kinds.Reinstated) -> None:
    if event.forfeit:
        before: Taken = draft.get("forfeits")[event.forfeit]
        draft.own("forfeits")[event.forfeit] = attrs.evolve(before, given_back=True)
        draft.count(forfeited=-event.points)
    else:
        draft.own("reinstated").extend(dates.lot for dates in event.dates)


def _expired(draft: Draft, event: kinds.Expired) -> None:
    written = draft.own("written")
    for lapse in event.lapses:
        number = str(lapse.lot)
        written[number] = written.get(number, 0) + lapse.points


def _nothing(draft: Draft, event: Any) -> None:
    """Do nothing beside what every movement does."""


_ABOUT: Final[dict[type[Any], Callable[[Draft, Any], None]]] = {
    kinds.Enrolled: _enrolled,
    kinds.Authorised: _authorised,
    kinds.Voided: _voided,
    kinds.Posted: _posted,
    kinds.RefundedPoints: _refunded,
    kinds.RefundParked: _parked,
    kinds.Rerated: _rerated,
    kinds.Reserved: _reserved,
    kinds.Confirmed: _confirmed,
    kinds.Released: _released,
    kinds.Redeemed: _redeemed,
    kinds.RedemptionCancelled: _redemption_cancelled,
    kinds.Adjusted: _adjusted,
    kinds.Sent: lambda draft, event: draft.count(sent=event.points),
    kinds.Received: lambda draft, event: draft.count(received=event.points),
    kinds.Bought: lambda draft, event: draft.count(bought=event.points),
    kinds.BuyCancelled: lambda draft, event: draft.count(bought=-event.points),
    kinds.Forfeited: _forfeited,
    kinds.Extended: _nothing,
    kinds.Reinstated: _reinstated,
    kinds.Met: _nothing,
    kinds.Expired: _expired,
    kinds.Waived: _nothing,
    kinds.CredentialsChanged: lambda draft, event: draft.put(
        "credentials_at", max(event.at, draft.get("credentials_at") or event.at)
    ),
    kinds.Closed: lambda draft, event: draft.put("closed_at", event.at),
}


def _apply(draft: Draft, event: Any) -> None:
    if isinstance(event, PostedMany):
        for posted in event.postings():
            _apply(draft, posted)
        return
    about = _ABOUT.get(type(event))
    if about is None:
        raise TypeError(f"{type(event).__name__} is no event of a points account")
    # First what the kind is about: it reads the account as it was.
    about(draft, event)
    if isinstance(event, kinds.Movement):
        draft.move(event)


def evolve(account: Account, event: Any) -> Account:
    """Return the account after an event; total over `EVENTS`."""
    draft = Draft(account)
    _apply(draft, event)
    return draft.account()


def fold(
    record: Record[Account], account: Account, events: Sequence[Any], followed: Sequence[Any]
) -> Account:
    """Return the account after many events: what `evolve` of each would come to, in one pass."""
    if not events:
        return account
    draft = Draft(account)
    for event in events:
        _apply(draft, event)
    return draft.account()


EVENTS: Final = Events(
    {
        "enrolled": kinds.Enrolled,
        "authorised": kinds.Authorised,
        "voided": kinds.Voided,
        "posted": kinds.Posted,
        "posted-many": PostedMany,
        "refunded": kinds.RefundedPoints,
        "refund-parked": kinds.RefundParked,
        "rerated": kinds.Rerated,
        "reserved": kinds.Reserved,
        "confirmed": kinds.Confirmed,
        "released": kinds.Released,
        "redeemed": kinds.Redeemed,
        "redemption-cancelled": kinds.RedemptionCancelled,
        "adjusted": kinds.Adjusted,
        "sent": kinds.Sent,
        "received": kinds.Received,
        "bought": kinds.Bought,
        "buy-cancelled": kinds.BuyCancelled,
        "forfeited": kinds.Forfeited,
        "extended": kinds.Extended,
        "reinstated": kinds.Reinstated,
        "met": kinds.Met,
        "expired": kinds.Expired,
        "waived": kinds.Waived,
        "credentials-changed": kinds.CredentialsChanged,
        "closed": kinds.Closed,
    }
)
"""Codec of an account's entries."""
