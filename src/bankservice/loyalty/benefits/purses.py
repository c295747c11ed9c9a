"""
Shared budgets of offers, kept by a quota.

A claim leases what it could use at most, before it is decided, under a name that follows from the
command alone: the same command again is given the same lease, and so decides the same. When it is
answered, what it used is settled and the rest goes back. A caller who was killed between asks
again with the same command within the hold, as with every command that was not answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal

import attrs

from bankservice.core.decision import named_facts
from bankservice.core.errors import IntegrityError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.money import parse_minor, plain
from bankservice.core.plain import digest
from bankservice.core.policy import Policy, Version
from bankservice.core.quota import Quota
from bankservice.core.record import Command, Refused
from bankservice.loyalty.benefits.entries import Claim, Claimed
from bankservice.loyalty.benefits.kind import Offer, Offers
from bankservice.loyalty.benefits.record import day_of, in_force

__all__ = ["Budgets"]


class Budgets:
    """The shared budgets of one policy's offers, by version and code."""

    def __init__(self, quota: Quota, policy: Policy[Offers], *, hold: timedelta) -> None:
        """
        Set up.

        Args:
            quota: Where the budgets are kept.
            policy: The offers.
            hold: How long a claim may take.
        """
        self._quota = quota
        self._policy = policy
        self._hold = hold

    def open(self) -> Mapping[str, int]:
        """Open every budget, and return name → units."""
        opened = {}
        for version in self._policy.versions:
            offers = version.parameters
            for offer in offers.offers:
                if offer.budgeted:
                    amount = offer.row.budget_amount
                    units = offer.row.budget or (0 if amount is None else offers.minor(amount))
                    self._quota.open(self._name(version, offer), units)
                    opened[self._name(version, offer)] = units
        return opened

    def left(self, body: Claim, at: datetime, now: datetime) -> Mapping[str, Decimal]:
        """Return what the budgets an event could use have left."""
        return {
            offer.code: _told(offer, self._quota.left(name, now=now), offers)
            for name, offer, offers, _ in self._wanted(body, at, now)
        }

    def lease(self, command: Command, now: datetime) -> Command:
        """Return the command with what it was leased stated as what is left."""
        body: Claim = command.body
        left = {}
        for name, offer, offers, most in self._wanted(body, command.at or now, now):
            lease = _lease(command, offer)
            got = self._quota.lease(name, lease, most, now=now, until=now + self._hold)
            left[offer.code] = _told(offer, got.amount, offers)
        held = FrozenMapping({**body.budget_left, **left})
        return attrs.evolve(command, body=attrs.evolve(body, budget_left=held))

    def settle(self, command: Command, claim: Claimed | None, now: datetime) -> None:
        """Settle what the claim this command made used; nothing where it made none."""
        used = {use.offer: use for use in claim.uses} if claim is not None else {}
        wanted = self._wanted(command.body, command.at or now, now)
        for name, offer, _, most in wanted:
            use = used.get(offer.code)
            spent = 0 if use is None else use.count if offer.row.budget else use.minor
            # Settled before, by the same command: what it used stays as it is.
            with suppress(IntegrityError):
                self._quota.settle(name, _lease(command, offer), min(spent, most), now=now)

    def _wanted(
        self, body: Claim, at: datetime, now: datetime
    ) -> Iterator[tuple[str, Offer, Offers, int]]:
        """Yield name, offer and policy of each budget an event could use, and how much at most."""
        version = in_force(self._policy, day_of(body, at, self._policy), now, named_facts(body))
        if isinstance(version, Refused):
            return
        offers = version.parameters
        for offer in offers.offers:
            most = _most(offer, body, offers) if offer.budgeted else 0
            if most:
                yield self._name(version, offer), offer, offers, most

    def _name(self, version: Version[Offers], offer: Offer) -> str:
        return f"{self._policy.id}@{version.since}:{offer.code}"


def _most(offer: Offer, body: Claim, offers: Offers) -> int:
    if offer.kind == "gift":
        return body.quantity // offer.row.every
    if offer.kind != "fee_waiver":
        return 1 if body.rate is not None else 0
    fees = [fee for fee in body.every_fee if fee.code in offer.row.fees]
    if offer.row.budget is not None:
        return len(fees)
    return sum(parse_minor(fee.amount, offers.digits_of(body.currency)) for fee in fees)


def _told(offer: Offer, units: int, offers: Offers) -> Decimal:
    return Decimal(units if offer.row.budget is not None else plain(units, offers.digits))


def _lease(command: Command, offer: Offer) -> str:
    return digest([command.id, command.subject, offer.code])
