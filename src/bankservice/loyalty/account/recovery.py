"""
Taking points back from a purchase, and giving it more.

In order: what cannot be spent yet and what was not spent of the purchase's own lots; what has
lapsed of them counts as taken back; the rest by the programme's policy. What an own lot shall hold
is known lot by lot, so that a bonus that falls away is taken from the bonus.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import attrs

from bankservice.core.calendar import Period
from bankservice.core.money import Rounding, divide, parse_minor
from bankservice.loyalty.account import standing
from bankservice.loyalty.account.account import Account, Debt, Purchase
from bankservice.loyalty.account.evaluation import Rated
from bankservice.loyalty.account.lots import Group, dated
from bankservice.loyalty.account.settling import repay
from bankservice.loyalty.account.work import Work
from bankservice.loyalty.model import Draw, Lot
from bankservice.loyalty.programme.dates import start_of
from bankservice.loyalty.programme.programme import Programme

__all__ = ["Change", "change_of"]


@attrs.define(kw_only=True)
class Change:
    """
    What becomes of a purchase's points.

    Attributes:
        points: Taken back in all; below zero where there are more.
        kept: Of each lot of the purchase, what it would hold had nothing been spent.
        grants: New lots.
        draws: From lots, those that repay debts from new lots included.
        repaid: Debts repaid.
        debts: What is owed afterwards, where it changed.
        pending: Taken from what could not be spent yet.
        unspent: Taken from what could.
        lapsed: Had lapsed.
        other: Taken from other lots.
        owed: Owed from now on.
        waived: Not taken.
        cash_points: To be asked for as an amount.
        cash_minor: That amount.
    """

    points: int
    kept: tuple[int, ...]
    grants: tuple[Lot, ...] = ()
    draws: tuple[Draw, ...] = ()
    repaid: int = 0
    debts: tuple[Debt, ...] | None = None
    pending: int = 0
    unspent: int = 0
    lapsed: int = 0
    other: int = 0
    owed: int = 0
    waived: int = 0
    cash_points: int = 0
    cash_minor: int = 0


def change_of(
    work: Work, purchase: Purchase, rated: Rated, programme: Programme, at: int, on: date, ref: str
) -> Change:
    """
    Return how a purchase's points become what they were rated at.

    Args:
        work: The decision.
        purchase: As it stands.
        rated: What it comes to.
        programme: The version that rated it.
        at: Business instant of the change.
        on: Its local day.
        ref: What caused it.
    """
    needs, gains = _needs(work.account, purchase, rated, programme)
    surplus = sum(gains.values()) - sum(needs.values())
    if surplus > 0:
        return _granted(work, purchase, gains, surplus, programme, at)
    # What one lot should hold more of stays with those that should hold less.
    spare = sum(gains.values())
    for number in needs:
        part = min(spare, needs[number])
        needs[number] -= part
        spare -= part
    kept = tuple(
        held - needs.get(number, 0)
        for number, held in zip(purchase.lots, purchase.kept, strict=True)
    )
    change = Change(points=-surplus, kept=kept)
    _take(work.account, change, needs, programme, at, on, ref)
    return change


def _needs(
    account: Account, purchase: Purchase, rated: Rated, programme: Programme
) -> tuple[dict[int, int], dict[Group, int]]:
    """Return by lot what it holds too much, and by group what has no lot."""
    wanted = dict(rated.parts)
    needs: dict[int, int] = {}
    for number, kept in zip(purchase.lots, purchase.kept, strict=True):
        lot = account.lot(number)
        target = 0
        for group, points in wanted.items():
            if _fits(group, lot, programme):
                target = min(points, kept)
                wanted[group] -= target
                break
        if target < kept:
            needs[number] = kept - target
    return needs, {group: points for group, points in wanted.items() if points}


def _fits(group: Group, lot: Lot, programme: Programme) -> bool:
    return (
        group.component == lot.component
        and group.qualifying == lot.qualifying
        and (group.row == lot.row or programme.same_dates(group.row, lot.row))
    )


def _granted(
    work: Work,
    purchase: Purchase,
    gains: dict[Group, int],
    surplus: int,
    programme: Programme,
    at: int,
) -> Change:
    """Return the change of a purchase that earns more than it did."""
    lots: list[Lot] = []
    missing = surplus
    for group, points in gains.items():
        part = min(points, missing)
        missing -= part
        if part:
            lots.append(
                dated(
                    group,
                    part,
                    programme,
                    number=work.number() + len(lots),
                    ref=purchase.ref,
                    earned_on=purchase.on,
                    posted_at=purchase.at,
                    at=at,
                )
            )
    incoming = (
        (lot.number, lot.granted)
        for lot in lots
        if lot.idle is not None or lot.expires_at is None or lot.expires_at > at
    )
    repaid = repay(work.account, at, incoming)
    return Change(
        points=-surplus,
        kept=(*purchase.kept, *(lot.granted for lot in lots)),
        grants=tuple(lots),
        draws=repaid.draws,
        repaid=repaid.points,
        debts=repaid.debts,
    )


def _take(
    account: Account,
    change: Change,
    needs: dict[int, int],
    programme: Programme,
    at: int,
    on: date,
    ref: str,
) -> None:
    draws: list[Draw] = []
    own: dict[int, int] = {}
    for number, need in needs.items():
        lot = account.lot(number)
        taken = min(need, lot.left)
        if not taken:
            continue
        draws.append(Draw(number, taken))
        own[number] = taken
        if standing.lapsed(account, lot, at):
            change.lapsed += taken
        elif lot.available_at is None or lot.available_at > at:
            change.pending += taken
        else:
            change.unspent += taken
    missing = change.points - sum(own.values())
    policy = programme.written.refunds
    if missing and policy.shortfall in ("within-balance", "arrears"):
        for lot in _others(account, programme, at):
            taken = min(missing, lot.left - own.get(lot.number, 0))
            if taken:
                draws.append(Draw(lot.number, taken))
                change.other += taken
                missing -= taken
            if not missing:
                break
    change.draws = _joined(draws)
    if missing and policy.shortfall == "arrears":
        _owe(account, change, missing, programme, at, on, ref)
    elif missing and policy.shortfall == "cash-quote" and policy.cash_per_point is not None:
        each = parse_minor(policy.cash_per_point, programme.digits)
        change.cash_points = missing
        change.cash_minor = divide(each * missing, programme.unit, Rounding.HALF_UP)
    else:
        change.waived = missing


def _joined(draws: list[Draw]) -> tuple[Draw, ...]:
    """Return draws with one for each lot."""
    found: dict[int, int] = {}
    for draw in draws:
        found[draw.lot] = found.get(draw.lot, 0) + draw.points
    return tuple(Draw(lot, points) for lot, points in found.items())


def _others(account: Account, programme: Programme, at: int) -> Iterator[Lot]:
    """Yield what else can be taken: what can be spent, in the order of draws, then what waits."""
    waiting = []
    found = []
    for lot in standing.open_lots(account):
        if standing.lapsed(account, lot, at):
            continue
        if lot.available_at is not None and lot.available_at <= at:
            found.append(lot)
        else:
            waiting.append(lot)
    yield from sorted(found, key=programme.draw_key)
    yield from waiting


def _owe(
    account: Account,
    change: Change,
    missing: int,
    programme: Programme,
    at: int,
    on: date,
    ref: str,
) -> None:
    terms = programme.written.arrears
    room = missing
    if terms.limit is not None:
        room = max(0, terms.limit * programme.unit - standing.arrears(account, at))
    change.owed = min(missing, room)
    change.waived = missing - change.owed
    if change.owed:
        until = None
        if terms.age != Period():
            until = start_of(programme.zone, terms.age.after(on))
        debt = Debt(ref=ref, at=at, points=change.owed, until=until)
        change.debts = tuple(sorted((*account.debts, debt), key=lambda held: (held.at, held.ref)))
