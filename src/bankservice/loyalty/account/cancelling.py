"""
Giving back what was redeemed: to the lots it came from, last drawn first, with their own dates.

Parts are cumulative: whatever the split, the whole comes back in the end, points and money exactly.
Where several accounts paid together, the last by id gets back first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from fractions import Fraction

import attrs

from bankservice.core.money import Rounding, divide, parse_minor
from bankservice.core.record import Refused
from bankservice.loyalty.account import standing
from bankservice.loyalty.account.account import Redemption
from bankservice.loyalty.account.commands import CancelRedemption
from bankservice.loyalty.account.entries import RedemptionCancelled
from bankservice.loyalty.account.movement import NewDates, Ref
from bankservice.loyalty.account.refusals import AccountRefusal, refused
from bankservice.loyalty.account.settling import repay
from bankservice.loyalty.account.work import Work, asked_of, repeated
from bankservice.loyalty.model import Draw, Lot
from bankservice.loyalty.programme.dates import start_of

__all__ = ["cancel_redemption"]


@attrs.frozen
class _Back:
    """How much of a redemption is given back now: points, money, and the share by now."""

    points: int
    cash_minor: int
    share: Fraction


def cancel_redemption(
    work: Work, body: CancelRedemption, members: Mapping[str, Work]
) -> Refused | None:
    """Give back a redemption or a part of it."""
    asked = asked_of("cancel", body)
    again = repeated(work.account, body.ref, asked)
    if again is not False:
        return again if isinstance(again, Refused) else None
    head: Redemption | None = work.account.redemptions.get(body.redemption)
    if head is None:
        return refused(AccountRefusal.UNKNOWN_REDEMPTION, redemption=body.redemption)
    if work.at < head.at:
        return refused(AccountRefusal.BEFORE_REDEMPTION, redemption=body.redemption)
    if sorted(body.household) != sorted(head.members) or head.household:
        told = head.household or ", ".join(head.members)
        return refused(AccountRefusal.OTHER_HOUSEHOLD, household=told)
    works = {work.subject: work, **members}
    paid = {subject: held.account.redemptions[body.redemption] for subject, held in works.items()}
    found = _back(work, body, head, tuple(paid.values()))
    if isinstance(found, Refused):
        return found
    if not found.points and not found.cash_minor and found.share == head.share:
        return None
    missing = found.points
    for subject in sorted(works, reverse=True):
        part = min(missing, paid[subject].points - paid[subject].returned)
        missing -= part
        mine = works[subject]
        if part or mine is work:
            cash = found.cash_minor if mine is work else 0
            share = found.share if mine is work else Fraction(0)
            mine.settle()
            _give_back(mine, body, paid[subject], _Back(part, cash, share), asked)
    return None


def _back(
    work: Work, body: CancelRedemption, head: Redemption, paid: tuple[Redemption, ...]
) -> _Back | Refused:
    """Return how much is given back, in the cumulative proportion of points and money."""
    whole = sum(redemption.points for redemption in paid)
    before = sum(redemption.returned for redemption in paid)
    amount = head.value_minor + head.cash_minor
    share = Fraction(1)
    if body.amount is not None:
        if not amount:
            raise ValueError(f"{body.redemption} paid no amount; cancel points of it.")
        asked = parse_minor(body.amount, work.programme.digits)
        share = head.share + Fraction(asked, amount)
        if share > 1:
            left = int(amount * (1 - head.share))
            return refused(AccountRefusal.OVER_REDEMPTION, amount_minor=asked, left_minor=left)
    elif body.points is not None:
        if before + body.points > whole:
            return refused(AccountRefusal.OVER_REDEMPTION, points=body.points, left=whole - before)
        share = Fraction(before + body.points, whole)
    points = max(_rounded(whole * share), before)
    cash = max(_rounded(head.cash_minor * share), head.cash_returned)
    return _Back(points - before, cash - head.cash_returned, max(share, head.share))


def _rounded(exact: Fraction) -> int:
    return divide(exact.numerator, exact.denominator, Rounding.HALF_UP)


def _pieces(redemption: Redemption, points: int) -> Iterator[Draw]:
    """Yield what goes back, the last drawn first, after what went back before."""
    skip = redemption.returned
    for draw in reversed(redemption.draws):
        skipped = min(skip, draw.points)
        skip -= skipped
        part = min(points, draw.points - skipped)
        points -= part
        if part:
            yield Draw(draw.lot, part)


def _give_back(
    work: Work, body: CancelRedemption, redemption: Redemption, back: _Back, asked: Ref
) -> None:
    account, at, terms = work.account, work.at, work.programme.written.cancellation
    until = start_of(account.zone, work.on + timedelta(days=terms.days))
    returns: list[Draw] = []
    dates: list[NewDates] = []
    grants: list[Lot] = []
    incoming: list[tuple[int, int]] = []
    lost = 0
    for piece in _pieces(redemption, back.points):
        lot = account.lot(piece.lot)
        if not standing.lapsed(account, lot, at):
            returns.append(piece)
            incoming.append((piece.lot, piece.points))
        elif terms.lapsed == "lost":
            # It goes back to a lot that has lapsed, and lapses with it at once.
            returns.append(piece)
            lost += piece.points
        elif terms.lapsed == "grace" and not lot.left:
            returns.append(piece)
            incoming.append((piece.lot, piece.points))
            dates.append(
                NewDates(
                    lot=lot.number,
                    available_at=lot.available_at,
                    expires_at=until,
                    was_available_at=lot.available_at,
                    was_expires_at=standing.lapses_at(account, lot),
                )
            )
        else:
            # What had lapsed of the lot stays lapsed: only a lot of its own can live on.
            number = work.number() + len(grants)
            grants.append(_restored(lot, number, piece.points, body.ref, at, until))
            incoming.append((number, piece.points))
    repaid = repay(account, at, incoming)
    work.write(
        RedemptionCancelled(
            at=at,
            on=work.on,
            ref=body.ref,
            version=work.ref,
            grants=tuple(grants),
            returns=tuple(returns),
            dates=tuple(dates),
            draws=repaid.draws,
            repaid=repaid.points,
            debts=repaid.debts,
            asked=asked,
            redemption=redemption.ref,
            points=back.points,
            lost=lost,
            cash_minor=back.cash_minor,
            share=back.share,
        )
    )


def _restored(lot: Lot, number: int, points: int, ref: str, at: int, until: int) -> Lot:
    return attrs.evolve(
        lot,
        number=number,
        granted=points,
        left=points,
        ref=ref,
        row="restored",
        available_at=at,
        expires_at=until,
        qualifying=False,
        idle=None,
    )
