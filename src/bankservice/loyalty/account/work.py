"""
One command in the making: what it decides on, and what it has written so far.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import attrs

from bankservice.core.desk import ref_json
from bankservice.core.frozen import FrozenMapping
from bankservice.core.plain import canonical, to_json
from bankservice.core.policy import Policy, Version
from bankservice.core.record import Refused
from bankservice.loyalty.account import standing
from bankservice.loyalty.account.account import Account, Counted
from bankservice.loyalty.account.entries import Enrolled
from bankservice.loyalty.account.fold import evolve
from bankservice.loyalty.account.movement import Ref
from bankservice.loyalty.account.refusals import AccountRefusal, refused
from bankservice.loyalty.account.settling import settle
from bankservice.loyalty.model import AccrualFacts, Draw, Lot
from bankservice.loyalty.programme.programme import Programme
from bankservice.loyalty.rating.calendars import calendars_of

__all__ = ["Work", "asked_of", "repeated"]


@attrs.define(eq=False, kw_only=True)
class Work:
    """
    A decision on one account.

    Attributes:
        subject: Key of the account.
        account: As it stands, with what was written so far.
        at: Business instant.
        on: Its local day.
        now: Instant of recording.
        policy: The programme's policy.
        version: Its version in force.
        actor: Who gives the command.
        approved_by: The second person.
        events: What was written so far.
        used: Versions that were used.
    """

    subject: str
    account: Account
    at: int
    on: date
    now: int
    policy: Policy[Programme]
    version: Version[Programme]
    actor: str = ""
    approved_by: str = ""
    events: list[Any] = attrs.field(factory=list)
    used: dict[Version[Any], None] = attrs.field(factory=dict)

    @property
    def programme(self) -> Programme:
        """The programme in force."""
        return self.version.parameters

    @property
    def ref(self) -> Ref:
        """Name of the version, as entries hold it."""
        self.used[self.version] = None
        return FrozenMapping(ref_json(self.version.ref))

    def rests_on(self, facts: AccrualFacts, programme: Programme) -> tuple[Ref, ...]:
        """Return the names of the calendars by which a transaction was rated, which are kept too."""
        assert facts.on is not None, "rated before"
        found = calendars_of(programme, (facts.on,))
        self.used.update(dict.fromkeys(found))
        return tuple(FrozenMapping(ref_json(version.ref)) for version in found)

    def write(self, event: Any) -> None:
        """Write an event."""
        self.events.append(event)
        self.account = evolve(self.account, event)

    def settle(self) -> None:
        """Write the releases of the holds that have ended by themselves."""
        self.account, written = settle(self.account, self.now)
        self.events.extend(written)

    def held(self, ref: Mapping[str, str]) -> Version[Programme] | None:
        """Return the version of a name, if the policy at hand has it."""
        for version in self.policy.versions:
            if version.ref.digest == ref["digest"]:
                return version
        return None

    def open(self, customer: str = "") -> None:
        """Open the account where the first command does that."""
        if not self.account.opened:
            self.enrol(customer, self.on)

    def enrol(self, customer: str, on: date) -> None:
        """Write that the account is opened."""
        self.write(
            Enrolled(
                customer=customer or self.subject.removeprefix(f"{self.policy.id}:"),
                programme=self.policy.id,
                zone=self.programme.zone,
                at=self.at,
                on=on,
                scale=self.programme.written.points.scale,
                version=self.ref,
            )
        )

    def number(self) -> int:
        """Return the number of the next lot."""
        return len(self.account.lots) + 1

    # -- counts -------------------------------------------------------------------------------

    def count(self, cap: str, period: str) -> Fraction:
        """Return what was used of a limit in a period."""
        found: Fraction = self.account.counts.get(f"{cap}|{period}", Fraction(0))
        return found

    def counted(self, uses: Iterable[Counted]) -> tuple[Counted, ...]:
        """Return the sums of limits after more is used."""
        return tuple(
            attrs.evolve(use, used=self.count(use.cap, use.period) + use.used) for use in uses
        )

    # -- lots ---------------------------------------------------------------------------------

    def drawable(self) -> Iterator[tuple[Lot, int]]:
        """Yield the lots that can be drawn on at the instant, in order, with what is there."""
        account, at = self.account, self.at
        plain = self.programme.written.burn_order == "earliest-expiry" and not account.active
        lots: Iterable[Lot] = standing.open_lots(account)
        if not plain:
            lots = sorted(lots, key=self._draw_key)
        back = {held.lot for held in account.returned if held.at > at}
        for lot in lots:
            if standing.live(account, lot, at):
                left = standing.left_of(account, lot, at) if lot.number in back else lot.left
                if left:
                    yield lot, left

    def _draw_key(self, lot: Lot) -> tuple[int, ...]:
        if lot.idle is not None:
            lot = attrs.evolve(lot, expires_at=standing.lapses_at(self.account, lot))
        return self.programme.draw_key(lot)

    def draw(self, points: int) -> tuple[Draw, ...] | Refused:
        """Return draws of so many points in the programme's order."""
        draws, missing = [], points
        for lot, left in self.drawable():
            taken = min(left, missing)
            draws.append(Draw(lot.number, taken))
            missing -= taken
            if not missing:
                return tuple(draws)
        return refused(AccountRefusal.NOT_ENOUGH, points=points, available=points - missing)


def asked_of(act: str, body: Any, *left_out: str) -> Ref:
    """Return what a command asks, as text by name; that at its default and *left_out* aside."""
    parts = {
        name: part if isinstance(part, str) else canonical(part)
        for name, part in to_json(body).items()
        if name not in ("ref", "reason", *left_out)
    }
    return FrozenMapping({"act": act, **parts})


def repeated(account: Account, ref: str, asked: Ref) -> bool | Refused:
    """
    Tell whether a ref was used for the same before.

    One that was used for something else is refused, with the names of what differs.
    """
    known: Ref | None = account.refs.get(f"{asked['act']}:{ref}")
    if known is None:
        return False
    names = {**known, **asked}
    differ = sorted(name for name in names if known.get(name) != asked.get(name))
    if not differ:
        return True
    return refused(AccountRefusal.REF_CONFLICT, ref=ref, differs=", ".join(differ))
