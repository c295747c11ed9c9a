"""
Points that come and go otherwise: by hand, from member to member, bought.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import attrs

from bankservice.core.money import parse_minor
from bankservice.core.record import Refused
from bankservice.loyalty.account import standing
from bankservice.loyalty.account.account import Counted
from bankservice.loyalty.account.commands import Adjust, Buy, CancelBuy, Transfer
from bankservice.loyalty.account.entries import Adjusted, Bought, BuyCancelled, Received, Sent
from bankservice.loyalty.account.limits import free_to_spend
from bankservice.loyalty.account.lots import idle_of
from bankservice.loyalty.account.refusals import AccountRefusal, refused
from bankservice.loyalty.account.settling import repay
from bankservice.loyalty.account.work import Work, asked_of, repeated
from bankservice.loyalty.model import Draw, Lot
from bankservice.loyalty.programme.dates import day_of, start_of

__all__ = ["adjust", "buy", "cancel_buy", "transfer"]

_SENT = "#sent"
_BOUGHT = "#bought"


def _new_lot(
    work: Work,
    points: int,
    component: str,
    ref: str,
    *,
    qualifying: bool = False,
    expires_on: date | None = None,
) -> Lot:
    """Return a lot that can be spent at once, dated otherwise as the programme says."""
    programme = work.programme
    dates = programme.dates_of("", work.on, work.at, component=component, met_at=work.at)
    stated = expires_on is not None
    return Lot(
        number=work.number(),
        granted=points,
        left=points,
        component=component,
        ref=ref,
        row=component,
        earned_on=work.on,
        available_at=work.at,
        expires_at=_after(programme.zone, expires_on) if expires_on else dates.expires_at,
        qualifying=qualifying,
        idle=None if stated else idle_of(programme, "", work.on),
    )


def _after(zone: str, day: date) -> int:
    return start_of(zone, date.fromordinal(day.toordinal() + 1))


def adjust(work: Work, body: Adjust) -> Refused | None:
    """Add or take points by hand; above the limit a second person approves."""
    assert body.points is not None, "stated, or made of the amount"
    asked = asked_of("adjust", body)
    again = repeated(work.account, body.ref, asked)
    if again is not False:
        return again if isinstance(again, Refused) else None
    alone = work.programme.written.limits.adjust_alone
    if alone is not None and not work.approved_by:
        most = alone * work.programme.unit
        if abs(body.points) > most:
            return refused(AccountRefusal.APPROVAL_MISSING, points=body.points, alone=most)
    if body.points < 0:
        work.settle()
        drawn = work.draw(-body.points)
        if isinstance(drawn, Refused):
            return drawn
        work.write(
            Adjusted(
                at=work.at,
                on=work.on,
                ref=body.ref,
                version=work.ref,
                draws=drawn,
                asked=asked,
                points=body.points,
                reason=body.reason,
            )
        )
        return None
    work.open()
    work.settle()
    lot = _new_lot(
        work,
        body.points,
        body.component,
        body.ref,
        qualifying=body.qualifying,
        expires_on=body.expires_on,
    )
    repaid = repay(work.account, work.at, _living(work, (lot,)))
    work.write(
        Adjusted(
            at=work.at,
            on=work.on,
            ref=body.ref,
            version=work.ref,
            grants=(lot,),
            draws=repaid.draws,
            repaid=repaid.points,
            debts=repaid.debts,
            asked=asked,
            points=body.points,
            reason=body.reason,
        )
    )
    return None


def _living(work: Work, lots: tuple[Lot, ...]) -> list[tuple[int, int]]:
    return [
        (lot.number, lot.granted) for lot in lots if not standing.lapsed(work.account, lot, work.at)
    ]


def transfer(work: Work, body: Transfer, to: Work) -> Refused | None:
    """Give points to another member: one entry on either side, in one commit."""
    assert body.points is not None, "stated, or made of the amount"
    asked = asked_of("transfer", body)
    again = repeated(work.account, body.ref, asked)
    if again is not False:
        return again if isinstance(again, Refused) else None
    if to is work:
        return refused(AccountRefusal.TO_ITSELF, account=body.to)
    if not work.programme.written.transfer.allowed:
        return refused(AccountRefusal.NOT_ALLOWED, programme=work.policy.id)
    if not to.account.opened:
        return refused(AccountRefusal.RECIPIENT_UNKNOWN, account=body.to)
    if to.account.closed_at is not None:
        return refused(AccountRefusal.RECIPIENT_CLOSED, account=body.to)
    no = free_to_spend(work) or _within(work, body.points)
    if no is not None:
        return no
    work.settle()
    to.settle()
    drawn = work.draw(body.points)
    if isinstance(drawn, Refused):
        return drawn
    sender = work.account
    work.write(
        Sent(
            at=work.at,
            on=work.on,
            ref=body.ref,
            version=work.ref,
            draws=drawn,
            counts=work.counted(_sent(work, body.points)),
            asked=asked,
            to=body.to,
            points=body.points,
        )
    )
    lots = tuple(
        attrs.evolve(
            lot,
            number=to.number() + place,
            granted=draw.points,
            left=draw.points,
            ref=body.ref,
            row="received",
            available_at=work.at,
            expires_at=standing.lapses_at(sender, lot),
            qualifying=False,
        )
        for place, draw in enumerate(drawn)
        for lot in [sender.lot(draw.lot)]
    )
    repaid = repay(to.account, work.at, _living(to, lots))
    to.write(
        Received(
            at=work.at,
            on=work.on,
            ref=body.ref,
            version=work.ref,
            grants=lots,
            draws=repaid.draws,
            repaid=repaid.points,
            debts=repaid.debts,
            sender=work.subject,
            points=body.points,
        )
    )
    return None


def _sent(work: Work, points: int) -> tuple[Counted, ...]:
    terms, found = work.programme.written.transfer, []
    if terms.most_a_day is not None:
        found.append(Counted(cap=_SENT, period=str(work.on), used=Fraction(points)))
    if terms.most_a_year is not None:
        found.append(Counted(cap=_SENT, period=f"{work.on.year:04}", used=Fraction(points)))
    return tuple(found)


def _within(work: Work, points: int) -> Refused | None:
    terms, unit = work.programme.written.transfer, work.programme.unit
    if points < terms.least * unit:
        return refused(AccountRefusal.BELOW_LEAST, points=points, least=terms.least * unit)
    for code, most, period in (
        (AccountRefusal.OVER_DAY, terms.most_a_day, str(work.on)),
        (AccountRefusal.OVER_YEAR, terms.most_a_year, f"{work.on.year:04}"),
    ):
        used = work.count(_SENT, period)
        if most is not None and used + points > most * unit:
            return refused(code, points=points, used=used, most=most * unit)
    return None


def buy(work: Work, body: Buy) -> Refused | None:
    """Sell points to the member, at the programme's price to the last minor unit."""
    asked = asked_of("buy", body)
    again = repeated(work.account, body.ref, asked)
    if again is not False:
        return again if isinstance(again, Refused) else None
    programme = work.programme
    terms = programme.written.purchase
    if terms.price is None:
        return refused(AccountRefusal.NOT_ALLOWED, programme=work.policy.id)
    paid = parse_minor(body.amount, programme.digits)
    each = Fraction(parse_minor(terms.price, programme.digits), terms.points * programme.unit)
    if paid != each * body.points:
        price = each * body.points
        return refused(AccountRefusal.NOT_THE_PRICE, amount_minor=paid, price_minor=price)
    used = work.count(_BOUGHT, f"{work.on.year:04}")
    if terms.most_a_year is not None and used + body.points > terms.most_a_year * programme.unit:
        most = terms.most_a_year * programme.unit
        return refused(AccountRefusal.OVER_YEAR, points=body.points, used=used, most=most)
    work.open()
    work.settle()
    lot = _new_lot(work, body.points, "purchased", body.ref)
    repaid = repay(work.account, work.at, _living(work, (lot,)))
    counts: tuple[Counted, ...] = ()
    if terms.most_a_year is not None:
        use = Counted(cap=_BOUGHT, period=f"{work.on.year:04}", used=Fraction(body.points))
        counts = work.counted((use,))
    work.write(
        Bought(
            at=work.at,
            on=work.on,
            ref=body.ref,
            version=work.ref,
            grants=(lot,),
            draws=repaid.draws,
            repaid=repaid.points,
            debts=repaid.debts,
            counts=counts,
            asked=asked,
            points=body.points,
            paid_minor=paid,
        )
    )
    return None


def cancel_buy(work: Work, body: CancelBuy) -> Refused | None:
    """Give bought points back: in time, and while none of them was drawn."""
    asked = asked_of("cancel-buy", body)
    again = repeated(work.account, body.ref, asked)
    if again is not False:
        return again if isinstance(again, Refused) else None
    if f"buy:{body.ref}" not in work.account.refs:
        return refused(AccountRefusal.UNKNOWN_PURCHASE, ref=body.ref)
    lot = next(lot for lot in work.account.lots if lot.ref == body.ref and lot.row == "purchased")
    programme = work.programme
    last_on = programme.written.purchase.cancel_within.after(
        day_of(programme.zone, lot.available_at or work.at)
    )
    if work.on > last_on:
        return refused(AccountRefusal.TOO_LATE, on=work.on, last_on=last_on)
    work.settle()
    if work.account.lot(lot.number).left != lot.granted:
        left = work.account.lot(lot.number).left
        return refused(AccountRefusal.ALREADY_DRAWN, points=lot.granted, left=left)
    work.write(
        BuyCancelled(
            at=work.at,
            on=work.on,
            ref=body.ref,
            version=work.ref,
            draws=(Draw(lot.number, lot.granted),),
            asked=asked,
            points=lot.granted,
        )
    )
    return None
