"""
Whether points may be spent or sent at all: arrears, new accounts, cooling, limits, what is offered.

Every verdict follows from what is stated and counted, and a refusal names the numbers.
"""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from bankservice.core.offsets import HOUR
from bankservice.core.record import Refused
from bankservice.loyalty.account import standing
from bankservice.loyalty.account.account import Counted
from bankservice.loyalty.account.commands import Redeem, Reserve
from bankservice.loyalty.account.refusals import AccountRefusal, refused
from bankservice.loyalty.account.work import Work
from bankservice.loyalty.programme.scheme import EARNING_FACTS
from bankservice.loyalty.programme.terms import RewardRow

__all__ = ["free_to_spend", "reward_of", "uses_of_spending", "within_limits"]

_REDEEMED = "#redeemed"
_STOCK = "#stock"


def free_to_spend(work: Work) -> Refused | None:
    """Refuse where nothing at all may be spent or sent now."""
    account, written = work.account, work.programme.written
    owed = standing.arrears(account, work.at)
    if owed and written.arrears.blocks:
        return refused(AccountRefusal.IN_ARREARS, arrears=owed)
    limits = written.limits
    if limits.new_account_days and account.opened_on is not None:
        free_on = account.opened_on + timedelta(days=limits.new_account_days)
        if work.on < free_on:
            return refused(AccountRefusal.ACCOUNT_TOO_NEW, on=work.on, free_on=free_on)
    if limits.cooling_hours and account.credentials_at is not None:
        free_at = account.credentials_at + limits.cooling_hours * HOUR
        if account.credentials_at <= work.at < free_at:
            left = -(-(free_at - work.at) // HOUR)
            return refused(AccountRefusal.COOLING_OFF, hours=limits.cooling_hours, hours_left=left)
    return None


def reward_of(work: Work, body: Redeem | Reserve) -> RewardRow | Refused | None:
    """Return the reward a redemption is for, None for none; or why it cannot be had."""
    if not body.reward:
        return None
    row = work.programme.rewards.get(body.reward)
    if row is None:
        known = ", ".join(sorted(work.programme.rewards))
        return refused(AccountRefusal.UNKNOWN_REWARD, reward=body.reward, known=known)
    window = work.programme.reward_windows.get(row.code)
    if window is not None and window.holds(work.on) is not True:
        return refused(AccountRefusal.NOT_OFFERED, reward=row.code, on=work.on)
    if (
        row.when is not None
        and row.when.holds(_facts(work, body), work.programme.within) is not True
    ):
        asks = ", ".join(sorted({part.fact for part in row.when.comparisons()}))
        return refused(AccountRefusal.NOT_OFFERED, reward=row.code, facts=asks)
    return row


def _facts(work: Work, body: Redeem | Reserve) -> dict[str, object]:
    stated: dict[str, object] = {
        name: getattr(body, name) for name in EARNING_FACTS if getattr(body, name, "") != ""
    }
    stated["on"] = work.on
    return {**stated, **work.programme.declared_facts(body.customer)}


def within_limits(
    work: Work, body: Redeem | Reserve, row: RewardRow | None, points: int
) -> Refused | None:
    """Refuse a redemption that is too small, too large or one too many."""
    programme = work.programme
    unit, limits = programme.unit, programme.written.limits
    least = max(1, (row.minimum if row else 0) * unit)
    if points < least:
        return refused(AccountRefusal.BELOW_LEAST, points=points, least=least)
    if limits.most_a_redemption is not None and points > limits.most_a_redemption * unit:
        most = limits.most_a_redemption * unit
        return refused(AccountRefusal.OVER_LIMIT, points=points, most=most)
    if limits.most_a_day is not None:
        used = work.count(_REDEEMED, str(work.on))
        if used + points > limits.most_a_day * unit:
            return refused(
                AccountRefusal.OVER_DAY, points=points, used=used, most=limits.most_a_day * unit
            )
    return None if row is None else _within_reward(work, body, row)


def _within_reward(work: Work, body: Redeem | Reserve, row: RewardRow) -> Refused | None:
    if row.most is not None:
        period = work.programme.reward_period(row.code, work.on)
        used = work.count(f"#reward:{row.code}", period)
        if used + body.quantity > row.most:
            return refused(AccountRefusal.REWARD_LIMIT, reward=row.code, used=used, most=row.most)
    if row.stock is None:
        return None
    # One account alone can never have had more than there were, whatever the quota says.
    mine = work.count(f"{_STOCK}:{row.code}", "ever")
    left = row.stock - mine if body.stock is None else body.stock
    if left < body.quantity:
        return refused(
            AccountRefusal.OUT_OF_STOCK, reward=row.code, quantity=body.quantity, left=left
        )
    return None


def uses_of_spending(
    work: Work, body: Redeem | Reserve, row: RewardRow | None, points: int
) -> tuple[Counted, ...]:
    """Return what a redemption uses of limits, as far as the programme has some."""
    found = []
    if work.programme.written.limits.most_a_day is not None:
        found.append(Counted(cap=_REDEEMED, period=str(work.on), used=Fraction(points)))
    if row is not None and row.most is not None:
        period = work.programme.reward_period(row.code, work.on)
        used = Fraction(body.quantity)
        found.append(Counted(cap=f"#reward:{row.code}", period=period, used=used))
    if row is not None and row.stock is not None:
        used = Fraction(body.quantity)
        found.append(Counted(cap=f"{_STOCK}:{row.code}", period="ever", used=used))
    return tuple(found)
