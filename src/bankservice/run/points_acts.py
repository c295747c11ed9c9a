"""
From what an extract tells to what is done with an account on record.

What the record has already is not done again: the same extract twice gives no command. Where the
record holds a purchase otherwise, it stands, and that is told.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import attrs

from bankservice.core.decision import Reason, Says
from bankservice.core.record import Command
from bankservice.core.scalars import Amount
from bankservice.core.unknown import UnknownType
from bankservice.loyalty.account.account import Account
from bankservice.loyalty.account.commands import (
    Advance,
    CancelRedemption,
    Post,
    Redeem,
    Refund,
)
from bankservice.run.complaint_acts import OTHER
from bankservice.run.points_rows import Movement

__all__ = ["Acts", "RateOf", "TierOf", "unknown_original"]

NO_RATE = Says("no-rate-on", ("currency", "on"))

TierOf = Callable[[str], "str | UnknownType"]
"""Customer → the tier before what is decided now."""

RateOf = Callable[[Movement], "Decimal | None"]
"""A purchase in foreign currency → units of the programme's currency for one; None: not known."""

_SAME: Final = ("amount", "currency", "kind", "mcc", "merchant", "channel", "card")
"""Facts of a purchase that an extract states; tier and rate are those of the day it was rated."""


@attrs.frozen(kw_only=True)
class Acts:
    """
    What is done with rows.

    Attributes:
        subject_of: Customer → subject of the account.
        currency: That of the programme.
        tier_of: Tiers, where the extract states none.
        rate_of: Rates.
    """

    subject_of: Callable[[str], str]
    currency: str
    tier_of: TierOf
    rate_of: RateOf

    def command(self, told: Movement, account: Account) -> Command | tuple[str, Reason] | None:
        """
        Return what is to be done; (column, why) where it cannot be, and nothing where it was done.
        """
        if told.spends:
            return self._spending(told, account)
        if told.of:
            return self._refund(told, account)
        return self._purchase(told, account)

    def _purchase(self, told: Movement, account: Account) -> Command | tuple[str, Reason] | None:
        known = account.purchases.get(told.ref)
        facts: dict[str, Any] = {
            "amount": None if told.amount is None else Amount(told.amount),
            "currency": told.currency,
            "kind": told.earns,
            "mcc": told.mcc,
            "merchant": told.merchant,
            "channel": told.channel,
            "card": told.card,
        }
        if known is not None:
            return _differs(known, told, facts)
        if told.currency != self.currency:
            rate = self.rate_of(told)
            if rate is None:
                return "currency", NO_RATE(currency=told.currency, on=told.on)
            facts["rate"] = rate
        body = Post(
            ref=told.ref,
            customer_id=told.customer,
            on=told.on,
            tier=told.tier or self.tier_of(told.customer),
            **facts,
        )
        return self._given(told, body)

    def _refund(self, told: Movement, account: Account) -> Command | tuple[str, Reason] | None:
        if any(held.ref == told.ref for held in account.parked):
            return None
        bought = account.purchases.get(told.of)
        if bought is not None:
            for held in bought.refunds:
                if held.ref == told.ref:
                    same = not held.amount or Decimal(held.amount) == Decimal(told.amount or 0)
                    return None if same else ("amount", OTHER(field="amount"))
        body = Refund(
            ref=told.ref,
            original_ref=told.of,
            amount=None if told.amount is None else Amount(told.amount),
            currency=told.currency,
            on=told.on,
        )
        return self._given(told, body)

    def _spending(self, told: Movement, account: Account) -> Command | tuple[str, Reason] | None:
        body: Redeem | CancelRedemption
        if told.of:
            if f"cancel:{told.ref}" in account.refs:
                return None
            body = CancelRedemption(ref=told.ref, original_ref=told.of, points=told.points)
            return self._given(told, body)
        known = account.redemptions.get(told.ref)
        if known is not None:
            same = known.reward == told.reward and (
                told.points is None or told.points == known.points
            )
            return None if same else ("reward", OTHER(field="reward"))
        body = Redeem(
            ref=told.ref,
            points=told.points,
            reward=told.reward,
            quantity=told.quantity,
            amount=None if told.amount is None else Amount(told.amount),
            currency=told.currency if told.amount is not None else "",
            tier=self.tier_of(told.customer),
        )
        return self._given(told, body)

    def advance(self, customer: str, at: datetime) -> Command:
        """Return the command that writes down what time has made true."""
        return Command(
            id=f"run:advance:{customer}:{at.isoformat()}",
            subject=self.subject_of(customer),
            body=Advance(),
            actor="run",
            at=at,
            source="run",
        )

    def id_of(self, told: Movement) -> str:
        """Return the id of the command of a row: the same whenever it is given again."""
        act = (
            ("cancel" if told.of else "redeem") if told.spends else "refund" if told.of else "post"
        )
        return f"run:{act}:{self.subject_of(told.customer)}:{told.ref}"

    def _given(self, told: Movement, body: Any) -> Command:
        return Command(
            id=self.id_of(told),
            subject=self.subject_of(told.customer),
            body=body,
            actor="run",
            at=told.at,
            source="extract",
        )


def _differs(known: Any, told: Movement, facts: dict[str, Any]) -> tuple[str, Reason] | None:
    """Return (column, why) where the record holds a purchase otherwise than the extract tells."""
    if known.facts is None:
        return None
    if known.on != told.on:
        return "on", OTHER(field="on")
    for name in _SAME:
        held, want = getattr(known.facts, name), facts[name]
        if name == "amount" and held is not None and want is not None:
            held, want = Decimal(held), Decimal(want)
        if name == "currency" and not held:
            continue
        if held != want:
            return name, OTHER(field=name)
    return None


def unknown_original(account: Account, told: Movement) -> bool:
    """Tell whether a refund waits for a purchase nobody has told of."""
    return bool(told.of) and not told.spends and told.of not in account.purchases
