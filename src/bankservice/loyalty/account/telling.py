"""
The words of an entry: points with their name, and what became of each lot.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

import attrs

from bankservice.core.decision import Check, Counted, Reason, Says
from bankservice.core.money import Money
from bankservice.core.policy import Title, Version
from bankservice.loyalty.account import entries as kinds
from bankservice.loyalty.account.account import Account
from bankservice.loyalty.account.instants import moment
from bankservice.loyalty.account.movement import Movement
from bankservice.loyalty.model import Lot

__all__ = ["PACKAGE", "Words", "told_moves"]

PACKAGE: Final = "bankservice.loyalty"

GRANTED: Final = Says("entry-granted", ("lot", "points", "component"))
SPENDABLE: Final = Says("entry-spendable", ("lot", "at"))
WAITS: Final = Says("entry-waits", ("lot", "action"))
LAPSES: Final = Says("entry-lapses", ("lot", "at"))
NEVER_LAPSES: Final = Says("entry-never-lapses", ("lot",))
RETURNED: Final = Says("entry-returned", ("lot", "points"))
DRAWN: Final = Says("entry-drawn", ("lot", "points"))
REDATED: Final = Says("entry-redated", ("lot", "before", "at"))
REPAID: Final = Says("entry-repaid", ("points",))
OWED: Final = Says("entry-owed", ("points",))
LIMIT: Final = Says("entry-limit", ("cap", "period", "used"))
TAKEN: Final = {
    "pending": Says("entry-taken-pending", ("points",)),
    "unspent": Says("entry-taken-unspent", ("points",)),
    "lapsed": Says("entry-taken-lapsed", ("points",)),
    "other": Says("entry-taken-other", ("points",)),
    "owed": Says("entry-taken-owed", ("points",)),
    "waived": Says("entry-taken-waived", ("points",)),
}
CASH: Final = Says("entry-cash", ("points", "amount"))
PAID: Final = Says("entry-paid", ("amount",))
BESIDE: Final = Says("entry-beside", ("amount",))
MONEY_BACK: Final = Says("entry-money-back", ("amount",))
LOST: Final = Says("entry-lost", ("points",))
LAPSE: Final = Says("entry-lapse", ("lot", "points", "at"))
TOGETHER: Final = Says("entry-together", ("accounts",))

_POINTS: Final = Title(en="points", zh="积分")
_FOR_EVER: Final = Title(en="never", zh="永久有效")


@attrs.frozen(eq=False)
class Words:
    """An entry with the account before it and the version it was decided under, for telling."""

    account: Account
    event: Any
    version: Version[Any] | None

    @property
    def zone(self) -> str:
        """Zone in which instants are told."""
        return self.account.zone or getattr(self.event, "zone", "") or "UTC"

    def points(self, smallest: int) -> Counted:
        """Return points of the smallest unit as people read them."""
        scale, unit = self.account.scale, _POINTS
        if self.version is not None:
            written = self.version.parameters.written.points
            scale, unit = written.scale, written.title
        number = Fraction(smallest, 10**scale)
        return Counted(number.numerator if number.denominator == 1 else number, unit)

    def money(self, minor: int) -> Money:
        """Return an amount of the programme's currency."""
        assert self.version is not None, "entries with money name their version"
        return Money(minor, self.version.parameters.currency)

    def reward(self, code: str) -> Title | str:
        """Return what people call a reward."""
        row = None if self.version is None else self.version.parameters.rewards.get(code)
        return code if row is None else row.title


def told_moves(words: Words) -> Iterator[Check]:
    """Yield what became of lots, debts and limits, each with its numbers."""
    event = words.event
    for reason in _reasons(words):
        yield Check(reason, True)
    if isinstance(event, kinds.Expired):
        for lapse in event.lapses:
            told = LAPSE(
                lot=lapse.lot, points=words.points(lapse.points), at=moment(lapse.at, words.zone)
            )
            yield Check(told, True)


def _reasons(words: Words) -> Iterator[Reason]:
    event, points = words.event, words.points
    if not isinstance(event, Movement):
        return
    for lot in event.grants:
        yield from _lot(words, lot)
    for back in event.returns:
        yield RETURNED(lot=back.lot, points=points(back.points))
    for dates in event.dates:
        yield REDATED(
            lot=dates.lot,
            before=_end(dates.was_expires_at, words.zone),
            at=_end(dates.expires_at, words.zone),
        )
    if isinstance(event, (kinds.RefundedPoints, kinds.Rerated)):
        yield from _taken(words)
    for draw in event.draws:
        yield DRAWN(lot=draw.lot, points=points(draw.points))
    if event.repaid:
        yield REPAID(points=points(event.repaid))
    yield from _money(words)
    for counted in event.counts:
        if not counted.cap.startswith("#"):
            yield LIMIT(cap=counted.cap, period=counted.period, used=counted.used)


def _lot(words: Words, lot: Lot) -> Iterator[Reason]:
    yield GRANTED(lot=lot.number, points=words.points(lot.granted), component=lot.component)
    if lot.available_at is None:
        yield WAITS(lot=lot.number, action=lot.action)
    else:
        yield SPENDABLE(lot=lot.number, at=moment(lot.available_at, words.zone))
    if lot.expires_at is not None:
        yield LAPSES(lot=lot.number, at=moment(lot.expires_at, words.zone))
    elif lot.available_at is not None:
        yield NEVER_LAPSES(lot=lot.number)


def _end(at: int | None, zone: str) -> Any:
    return _FOR_EVER if at is None else moment(at, zone)


def _taken(words: Words) -> Iterator[Reason]:
    event = words.event
    for name, says in TAKEN.items():
        if getattr(event, name, 0):
            yield says(points=words.points(getattr(event, name)))
    if event.cash_points:
        yield CASH(points=words.points(event.cash_points), amount=words.money(event.cash_minor))
    if event.owed:
        owed = sum(debt.points for debt in event.debts or ())
        yield OWED(points=words.points(owed))


def _money(words: Words) -> Iterator[Reason]:
    event = words.event
    match event:
        case kinds.Redeemed() | kinds.Confirmed():
            if event.value_minor:
                yield PAID(amount=words.money(event.value_minor))
            if event.cash_minor:
                yield BESIDE(amount=words.money(event.cash_minor))
            members = getattr(event, "members", ())
            if members:
                yield TOGETHER(accounts=members)
        case kinds.RedemptionCancelled():
            if event.cash_minor:
                yield MONEY_BACK(amount=words.money(event.cash_minor))
            if event.lost:
                yield LOST(points=words.points(event.lost))
