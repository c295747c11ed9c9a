"""
Commands that use what all accounts share: leased before they are decided, settled once answered.

What is leased, and what becomes of it in a crash, is told in `stock`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import attrs

from bankservice.core.answer import Answer, Batch
from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.journal import Journal
from bankservice.core.record import Command
from bankservice.loyalty.account.account import Account, Hold
from bankservice.loyalty.account.commands import Confirm, Release
from bankservice.loyalty.account.stock import Leased, Stock

__all__ = ["Leasing"]

_ENDING: Final = (Confirm, Release)
_RESERVED: Final = "reserved"


@attrs.frozen(eq=False)
class Leasing:
    """
    A desk whose commands take from shared limits.

    Attributes:
        stock: The shared limits.
        desk: Decides.
        journal: Where the record is kept.
    """

    stock: Stock
    desk: Desk[Account]
    journal: Journal

    def handle(self, command: Command, now: datetime) -> Answer:
        """Lease, decide, settle."""
        ending = self._lease_of_hold(command)
        command, leases = self._leased(command, now)
        answer = serve(self.desk.handle(command, now), self.journal)
        if leases:
            # Without entries it was refused, or done before by another command.
            wrote = answer.accepted and bool(answer.versions)
            self.stock.settle(command, leases, self._wrote(command) if wrote else (), now)
        if ending is not None and answer.accepted:
            self.stock.end(ending, now)
        return answer

    def batch(self, batch_id: str, commands: Sequence[Command], now: datetime) -> Batch:
        """Lease for every command, decide on all with one commit, settle each."""
        leases: dict[str, tuple[Command, tuple[Leased, ...]]] = {}
        given, endings = list[Command](), list[Leased]()
        for command in commands:
            ending = self._lease_of_hold(command)
            endings.extend(() if ending is None else (ending,))
            leased, taken = self._leased(command, now)
            if taken:
                leases[command.id] = leased, taken
            given.append(leased)
        result = serve(self.desk.batch(batch_id, given, now), self.journal)
        for leased, taken in leases.values():
            self.stock.settle(leased, taken, self._wrote(leased), now)
        for ending in endings:
            self.stock.end(ending, now)
        return result

    def _state(self, subject: str) -> Account:
        return serve(self.desk.load((subject,)), self.journal)[subject].state

    def _leased(self, command: Command, now: datetime) -> tuple[Command, tuple[Leased, ...]]:
        campaigns = self.stock.campaigns(command, now)
        account = self._state(command.subject) if campaigns else None
        return self.stock.lease(command, account, now)

    def _lease_of_hold(self, command: Command) -> Leased | None:
        """Return the lease of a hold that a command ends, with what is used of it then."""
        body = command.body
        if not isinstance(body, _ENDING):
            return None
        hold: Hold | None = self._state(command.subject).holds.get(body.ref)
        name = "" if hold is None else self.stock.name_of(hold)
        if hold is None or not name:
            return None
        reserved = next(
            entry.command_id
            for entry in self.journal.read(self.desk.stream(command.subject))
            if entry.kind == _RESERVED and entry.data["ref"] == body.ref
        )
        units = hold.quantity if isinstance(body, Confirm) else 0
        return Leased(name, reserved, units)

    def _wrote(self, command: Command) -> tuple[Any, ...]:
        """Return the events a command wrote to its own account."""
        entries = self.journal.read(self.desk.stream(command.subject))
        decode = self.desk.record.events.decode
        return tuple(decode(entry) for entry in entries if entry.command_id == command.id)
