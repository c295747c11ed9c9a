"""
Shared limits of a programme: the stock of a reward, the budget of a campaign, kept by a quota.

What a command could use at most is leased before it is decided, under a name that follows from the
command alone. So the same command is given the same lease again, and is decided the same. Once it
is answered, what it used is settled and the rest goes back: a refused command, one that was done
before and one that changed nothing use nothing. A hold keeps its lease until it ends; one that is
confirmed has used it, one that is released gives it back at once, and one that times out lets it
fall back an hour later. A redemption that is cancelled gives nothing back to the stock: whether the
gift came back, only the bank knows; it opens another stock.

Inside the host's transaction the quota shares it, and all is done or nothing. Where it does not,
there is a window: a process that is killed after the command was written and before its lease was
settled leaves the lease to fall back when it ends, after `LEASE`. The same command given again
before that closes the window, as with every command whose answer was not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil
from typing import Any, Final

import attrs

from bankservice.core.calendar import local_day
from bankservice.core.decision import named_facts
from bankservice.core.errors import IntegrityError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy, Version
from bankservice.core.quota import Quota
from bankservice.core.record import Command
from bankservice.loyalty.account.account import Account, Hold
from bankservice.loyalty.account.commands import Post, Redeem, Reserve
from bankservice.loyalty.account.entries import Posted
from bankservice.loyalty.account.instants import moment
from bankservice.loyalty.account.posting import uses_wanted
from bankservice.loyalty.programme.earning import CapRow
from bankservice.loyalty.programme.programme import Programme

__all__ = ["HELD", "LEASE", "Leased", "Stock"]

LEASE: Final = timedelta(days=30)
"""How long a command may take to be given again, after a crash, before its lease falls back."""

HELD: Final = timedelta(hours=1)
"""How long the lease of a hold outlives it, for a confirmation that is told late."""


@attrs.frozen
class Leased:
    """A lease of a command: of which limit, under which id, how many units."""

    quota: str
    lease: str
    units: int
    cap: str = ""
    scale: int = 1


class Stock:
    """The shared limits of one programme."""

    def __init__(self, quota: Quota, policy: Policy[Programme]) -> None:
        """Set up with where the limits are kept, and the programme."""
        self._quota = quota
        self._policy = policy

    def version(self, command: Command, now: datetime) -> Version[Programme] | None:
        """Return the version a command works under; None where it will be refused for that."""
        zone = self._policy.versions[-1].parameters.zone
        on = getattr(command.body, "on", None) or local_day(command.at or now, zone)
        known = self._policy.as_known(max(on, local_day(now, zone)))
        found = known.select(on, named_facts(command.body))
        return found if isinstance(found, Version) else None

    def left(self, reward: str, now: datetime) -> int | None:
        """Return how many of a reward are left; None where there is no limit."""
        row = self._policy.versions[-1].parameters.rewards[reward]
        if row.stock is None:
            return None
        name = self._name(reward, row.stock)
        self._quota.open(name, row.stock)
        return self._quota.left(name, now=now)

    def _name(self, what: str, limit: int) -> str:
        # A limit that changes is another limit: what was used of the one before stays used.
        return f"{self._policy.id}:{what}#{limit}"

    def lease(
        self, command: Command, account: Account | None, now: datetime
    ) -> tuple[Command, tuple[Leased, ...]]:
        """
        Return a command with what it was leased, and the leases.

        Args:
            command: As it was given.
            account: As it stands, for transactions that a campaign's budget limits.
            now: The present instant.
        """
        version = self.version(command, now)
        if version is None:
            return command, ()
        if isinstance(command.body, (Reserve, Redeem)):
            return self._of_reward(command, version.parameters, now)
        if isinstance(command.body, Post) and account is not None:
            return self._of_campaigns(command, account, version, now)
        return command, ()

    def _of_reward(
        self, command: Command, programme: Programme, now: datetime
    ) -> tuple[Command, tuple[Leased, ...]]:
        body = command.body
        row = programme.rewards.get(body.reward)
        if row is None or row.stock is None or body.stock is not None:
            return command, ()
        name = self._name(row.code, row.stock)
        self._quota.open(name, row.stock)
        until = now + LEASE
        if isinstance(body, Reserve):
            ends = (command.at or now) + timedelta(microseconds=programme.hold_lasts)
            until = max(ends, now) + HELD
        got = self._quota.lease(name, command.id, body.quantity, now=now, until=until)
        stated = attrs.evolve(body, stock=got.amount)
        leased = Leased(name, command.id, min(got.amount, body.quantity))
        return attrs.evolve(command, body=stated), (leased,)

    def campaigns(self, command: Command, now: datetime) -> tuple[CapRow, ...]:
        """Return the campaign budgets that may limit a transaction, less those the caller states."""
        if not isinstance(command.body, Post):
            return ()
        version = self.version(command, now)
        if version is None:
            return ()
        programme, stated = version.parameters, command.body.used
        return tuple(
            row
            for row in programme.written.cap
            if row.scope == "campaign"
            and row.code in programme.scheme.uses
            and row.code not in stated
        )

    def _of_campaigns(
        self, command: Command, account: Account, version: Version[Programme], now: datetime
    ) -> tuple[Command, tuple[Leased, ...]]:
        programme, used, leases = version.parameters, dict(command.body.used), []
        rows = self.campaigns(command, now)
        if not rows:
            return command, ()
        wanted = _wanted(command, account, version, self._policy, now, rows)
        for row in rows:
            scale, limit = _scale(row, programme), int(Fraction(row.limit) * _scale(row, programme))
            period = wanted[row.code][1]
            name = self._name(f"{row.code}|{period}", limit)
            self._quota.open(name, limit)
            lease = f"{command.id}:{row.code}"
            # At least one unit: the same command must find the same lease, also when it finds that
            # what it was to earn has been granted since.
            most = max(1, ceil(wanted[row.code][0] * scale))
            got = self._quota.lease(name, lease, most, now=now, until=now + LEASE)
            used[row.code] = Fraction(limit - got.amount, scale)
            leases.append(Leased(name, lease, got.amount, row.code, scale))
        stated = attrs.evolve(command.body, used=FrozenMapping(used))
        return attrs.evolve(command, body=stated), tuple(leases)

    def settle(
        self, command: Command, leases: Iterable[Leased], events: Iterable[Any], now: datetime
    ) -> None:
        """Settle what a command used, by what it wrote; a hold that was made keeps its lease."""
        written = tuple(events)
        if written and isinstance(command.body, Reserve):
            return
        used = _used(written)
        for leased in leases:
            units = leased.units if written else 0
            if leased.cap:
                units = min(leased.units, ceil(used.get(leased.cap, Fraction(0)) * leased.scale))
            # Settled before, by the same command: what it used stays as it is.
            with suppress(IntegrityError):
                self._quota.settle(leased.quota, leased.lease, units, now=now)

    def end(self, leased: Leased, now: datetime) -> None:
        """Settle the lease of a hold that has ended; one of a confirmation told late is had anew."""
        with suppress(LookupError):
            try:
                self._quota.settle(leased.quota, leased.lease, leased.units, now=now)
            except IntegrityError:
                if leased.units:
                    self._late(leased, now)

    def _late(self, leased: Leased, now: datetime) -> None:
        lease, until = f"{leased.lease}:late", now + LEASE
        with suppress(IntegrityError):
            got = self._quota.lease(leased.quota, lease, leased.units, now=now, until=until)
            self._quota.settle(leased.quota, lease, got.amount, now=now)

    def name_of(self, hold: Hold) -> str:
        """Return the name of the stock a hold is of; empty where there is no limit."""
        on = local_day(moment(hold.at), self._policy.versions[-1].parameters.zone)
        found = self._policy.select(on)
        row = found.parameters.rewards.get(hold.reward) if isinstance(found, Version) else None
        return "" if row is None or row.stock is None else self._name(row.code, row.stock)


def _scale(row: CapRow, programme: Programme) -> int:
    """Return the smallest units of one of what a cap limits."""
    scales: dict[str, int] = {
        "points": programme.unit,
        "amount": 10**programme.digits,
        "count": 1,
    }
    return scales[row.measure]


def _used(events: Iterable[Any]) -> Mapping[str, Fraction]:
    return {
        use.cap: use.used for event in events if isinstance(event, Posted) for use in event.uses
    }


def _wanted(
    command: Command,
    account: Account,
    version: Version[Programme],
    policy: Policy[Programme],
    now: datetime,
    rows: Iterable[CapRow],
) -> Mapping[str, tuple[Fraction, str]]:
    """Return what a transaction would use of budgets if they had no end, and the period."""
    uses = {use.cap: use for use in uses_wanted(command, account, version, policy, now)}
    programme, body = version.parameters, command.body
    at_on = local_day(command.at or now, programme.zone)
    found = {}
    for row in rows:
        on, posted_on = body.on or at_on, body.posted_on or at_on
        period = programme.period_of(row.code, on, posted_on, account.opened_on, body.card)
        use = uses.get(row.code)
        found[row.code] = (Fraction(0) if use is None else use.used, period)
    return found
