"""
How long points live: forfeits, extensions, reinstatements, actions met, and writing down lapses.

A sweep writes down what time has made true already, dated when it came true. It changes nothing
that anybody can spend.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import attrs

from bankservice.core.calendar import Period
from bankservice.core.record import Refused
from bankservice.loyalty.account import standing
from bankservice.loyalty.account.account import Account, HoldStatus, Purchase, Taken, key_of
from bankservice.loyalty.account.commands import (
    CloseAccount,
    Extend,
    Forfeit,
    Meet,
    Reinstate,
)
from bankservice.loyalty.account.entries import (
    Closed,
    Expired,
    Extended,
    Forfeited,
    Met,
    Reinstated,
    Waived,
)
from bankservice.loyalty.account.movement import Lapse, NewDates, Ref
from bankservice.loyalty.account.refusals import AccountRefusal, refused
from bankservice.loyalty.account.settling import backwards, release, repay
from bankservice.loyalty.account.work import Work, asked_of, repeated
from bankservice.loyalty.model import Draw, Lot
from bankservice.loyalty.programme.dates import day_of, start_of

__all__ = ["advance", "close", "expire", "extend", "forfeit", "lapses", "meet", "reinstate"]


def _named(account: Account, numbers: tuple[int, ...]) -> tuple[Lot, ...] | Refused:
    """Return the lots named; every one with points left where none is."""
    if not numbers:
        return tuple(standing.open_lots(account))
    for number in numbers:
        if number > len(account.lots):
            return refused(AccountRefusal.UNKNOWN_LOT, lot=number, lots=len(account.lots))
    return tuple(account.lot(number) for number in dict.fromkeys(numbers))


def forfeit(work: Work, body: Forfeit) -> Refused | None:
    """Take points away; what is held or has lapsed is not touched."""
    asked = asked_of("forfeit", body)
    again = repeated(work.account, body.ref, asked)
    if again is not False:
        return again if isinstance(again, Refused) else None
    work.settle()
    lots = _named(work.account, body.lots)
    if isinstance(lots, Refused):
        return lots
    draws = tuple(
        Draw(lot.number, lot.left)
        for lot in lots
        if lot.left
        and not standing.lapsed(work.account, lot, work.at)
        and not (body.pending_only and standing.live(work.account, lot, work.at))
    )
    if not draws:
        return refused(AccountRefusal.NOTHING_THERE, ref=body.ref)
    _forfeit(work, body.ref, draws, body.reason, asked)
    return None


def _forfeit(work: Work, ref: str, draws: tuple[Draw, ...], reason: str, asked: Ref) -> None:
    work.write(
        Forfeited(
            at=work.at,
            on=work.on,
            ref=ref,
            version=work.ref,
            draws=draws,
            asked=asked,
            points=sum(draw.points for draw in draws),
            reason=reason,
        )
    )


def extend(work: Work, body: Extend) -> Refused | None:
    """Let lots live longer; each is named with its old and new date."""
    asked = asked_of("extend", body)
    again = repeated(work.account, body.ref, asked)
    if again is not False:
        return again if isinstance(again, Refused) else None
    work.settle()
    account = work.account
    lots = _named(account, body.lots)
    if isinstance(lots, Refused):
        return lots
    until = start_of(account.zone, body.until_on + timedelta(days=1))
    dates = []
    for lot in lots:
        end = standing.lapses_at(account, lot)
        if end is None or end >= until:
            continue
        if end <= work.at:
            if body.lots:
                return refused(AccountRefusal.LOT_LAPSED, lot=lot.number)
            continue
        dates.append(_redated(account, lot, lot.available_at, until))
    if not dates:
        return refused(AccountRefusal.NOTHING_THERE, ref=body.ref)
    work.write(
        Extended(
            at=work.at,
            on=work.on,
            ref=body.ref,
            version=work.ref,
            dates=tuple(dates),
            asked=asked,
            reason=body.reason,
        )
    )
    return None


def _redated(account: Account, lot: Lot, available: int | None, until: int | None) -> NewDates:
    return NewDates(
        lot=lot.number,
        available_at=available,
        expires_at=until,
        was_available_at=lot.available_at,
        was_expires_at=standing.lapses_at(account, lot),
    )


def reinstate(work: Work, body: Reinstate) -> Refused | None:
    """Give back what lapsed or was forfeited, once and within the programme's window."""
    asked = asked_of("reinstate", body)
    again = repeated(work.account, body.ref, asked)
    if again is not False:
        return again if isinstance(again, Refused) else None
    if work.programme.written.reinstatement.within == Period():
        return refused(AccountRefusal.NOT_ALLOWED, programme=work.policy.id)
    work.settle()
    if body.forfeit_ref:
        return _unforfeit(work, body, asked)
    account = work.account
    lots = _named(account, body.lots)
    if isinstance(lots, Refused):
        return lots
    found = []
    for lot in lots:
        no = _beyond(work, lot)
        if no is None:
            found.append(lot)
        elif body.lots:
            return no
    if not found:
        return refused(AccountRefusal.NOTHING_THERE, ref=body.ref)
    dates = tuple(_redated(account, lot, work.at, _new_end(work)) for lot in found)
    repaid = repay(account, work.at, [(lot.number, lot.left) for lot in found])
    work.write(
        Reinstated(
            at=work.at,
            on=work.on,
            ref=body.ref,
            version=work.ref,
            dates=dates,
            draws=repaid.draws,
            repaid=repaid.points,
            debts=repaid.debts,
            asked=asked,
            points=sum(lot.left for lot in found),
            reason=body.reason,
        )
    )
    return None


def _new_end(work: Work) -> int:
    days = work.programme.written.reinstatement.days
    return start_of(work.account.zone, work.on + timedelta(days=days))


def _beyond(work: Work, lot: Lot) -> Refused | None:
    """Tell why a lot cannot be reinstated."""
    end = standing.lapses_at(work.account, lot)
    if end is None or end > work.at or not lot.left:
        return refused(AccountRefusal.NOTHING_THERE, lot=lot.number)
    if lot.number in work.account.reinstated:
        return refused(AccountRefusal.REINSTATED_ONCE, lot=lot.number)
    return _too_late(work, end)


def _too_late(work: Work, since: int) -> Refused | None:
    since_on = day_of(work.account.zone, since)
    last_on = work.programme.written.reinstatement.within.after(since_on)
    if work.on <= last_on:
        return None
    return refused(AccountRefusal.TOO_LATE, on=work.on, last_on=last_on)


def _unforfeit(work: Work, body: Reinstate, asked: Ref) -> Refused | None:
    account, at = work.account, work.at
    taken: Taken | None = account.forfeits.get(body.forfeit_ref)
    if taken is None:
        return refused(AccountRefusal.UNKNOWN_FORFEIT, forfeit=body.forfeit_ref)
    if taken.given_back:
        return refused(AccountRefusal.REINSTATED_ONCE, forfeit=body.forfeit_ref)
    if at < taken.at:
        return refused(AccountRefusal.NOTHING_THERE, forfeit=body.forfeit_ref)
    no = _too_late(work, taken.at)
    if no is not None:
        return no
    returns = backwards(taken.draws)
    lapsed = [
        account.lot(draw.lot)
        for draw in returns
        if standing.lapsed(account, account.lot(draw.lot), at)
    ]
    dates = tuple(_redated(account, lot, at, _new_end(work)) for lot in lapsed if not lot.left)
    renewed = {held.lot for held in dates}
    incoming = [
        (draw.lot, draw.points)
        for draw in returns
        if draw.lot in renewed or not standing.lapsed(account, account.lot(draw.lot), at)
    ]
    repaid = repay(account, at, incoming)
    work.write(
        Reinstated(
            at=at,
            on=work.on,
            ref=body.ref,
            version=work.ref,
            returns=returns,
            dates=dates,
            draws=repaid.draws,
            repaid=repaid.points,
            debts=repaid.debts,
            asked=asked,
            points=sum(draw.points for draw in returns),
            forfeit=body.forfeit_ref,
            reason=body.reason,
        )
    )
    return None


def meet(work: Work, body: Meet) -> Refused | None:
    """Tell that what lots wait for has happened; where none waits, nothing changes."""
    account = work.account
    dates = []
    for lot in standing.open_lots(account):
        waits = lot.available_at is None and lot.action == body.action
        if not waits or (body.refs and lot.ref not in body.refs):
            continue
        # The dates follow from the version the lot was made under, as far as it is at hand.
        purchase = _source(account, lot)
        held = None if purchase is None else work.held(purchase.version)
        programme = work.programme if held is None else held.parameters
        end = lot.expires_at
        if end is None:
            end = programme.dates_of(lot.row, lot.earned_on, work.at, met_at=work.at).expires_at
        dates.append(_redated(account, lot, work.at, end))
    if dates:
        work.settle()
        work.write(
            Met(
                at=work.at,
                on=work.on,
                version=work.ref,
                dates=tuple(dates),
                action=body.action,
            )
        )
    return None


def _source(account: Account, lot: Lot) -> Purchase | None:
    for part in range(1, 100):
        purchase: Purchase | None = account.purchases.get(key_of(lot.ref, part))
        if purchase is None or lot.number in purchase.lots:
            return purchase
    return None


def lapses(account: Account, at: int) -> Iterator[Lapse]:
    """Yield what has lapsed by an instant and is not written down, dated when it did."""
    lots = {lot.number: lot for lot in standing.open_lots(account)}
    lots.update({int(number): account.lot(int(number)) for number in account.written})
    for number in sorted(lots):
        lot = lots[number]
        gone = lot.left if standing.lapsed(account, lot, at) else 0
        written = account.written.get(str(number), 0)
        if gone != written:
            yield from _lapses_of(account, lot, gone, written, at)


def _lapses_of(account: Account, lot: Lot, gone: int, written: int, at: int) -> Iterator[Lapse]:
    end = standing.lapses_at(account, lot)
    if gone < written or end is None:
        # Points were drawn from it by a command of an earlier instant, or it lives again.
        yield Lapse(lot=lot.number, points=gone - written, at=min(at, end or at))
        return
    late = [
        (back.at, back.points)
        for back in account.returned
        if back.lot == lot.number and end < back.at <= at
    ]
    first = max(gone - sum(points for _, points in late), 0)
    skip = written
    for when, points in ((end, first), *late):
        part = min(points, gone)
        gone -= part
        skipped = min(skip, part)
        skip -= skipped
        if part - skipped:
            yield Lapse(lot=lot.number, points=part - skipped, at=when)


def expire(work: Work) -> Refused | None:
    """Write down what has lapsed."""
    work.settle()
    found = tuple(lapses(work.account, work.at))
    if found:
        work.write(Expired(at=max(lapse.at for lapse in found), lapses=found))
    return None


def advance(work: Work) -> Refused | None:
    """Write down all that time has made true."""
    expire(work)
    old = [
        debt
        for debt in work.account.debts
        if debt.until is not None and debt.until <= work.at and not debt.waived
    ]
    if old:
        at = max(debt.until for debt in old if debt.until is not None)
        debts = tuple(
            attrs.evolve(debt, waived=debt.waived or debt in old) for debt in work.account.debts
        )
        work.write(
            Waived(
                at=at,
                on=day_of(work.account.zone, at),
                debts=debts,
                points=sum(debt.points for debt in old),
            )
        )
    return None


def close(work: Work, body: CloseAccount) -> Refused | None:
    """Close the account: holds end, and what is left is forfeited."""
    if work.account.closed_at is not None:
        return None
    work.settle()
    for hold in tuple(work.account.holds.values()):
        if hold.status is HoldStatus.OPEN:
            work.write(release(work.account, hold, max(work.at, hold.at), timed_out=False))
    draws = tuple(
        Draw(lot.number, lot.left)
        for lot in standing.open_lots(work.account)
        if not standing.lapsed(work.account, lot, work.at)
    )
    if draws:
        _forfeit(work, "close", draws, body.reason, Ref())
    work.write(Closed(at=work.at, on=work.on, reason=body.reason))
    return None
