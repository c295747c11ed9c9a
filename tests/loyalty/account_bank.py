"""A bank and the oracle beside it: every command goes to both, and both must say the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import attrs
from oracle import FAR, Oracle
from proof_tools import Bank, earning, micros, programme, refunding

from bankservice.core.answer import Answer
from bankservice.core.plain import canonical, to_json
from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.core.structure import FACTS
from bankservice.journals.memory import MemoryJournal
from bankservice.loyalty.account.account import Account
from bankservice.loyalty.account.entries import (
    Redeemed,
    Reserved,
    Sent,
)
from bankservice.loyalty.model import Lot
from bankservice.loyalty.record import ACCOUNT

LONDON: Final = ZoneInfo("Europe/London")
MEMBERS: Final = ("ann", "bob", "cat")
LOOKS: Final = (timedelta(0), timedelta(hours=49), timedelta(days=40))

PLAIN: Final[Mapping[str, Any]] = {
    "zone": "Europe/London",
    # Day from which it holds, points, and for each full block of so many minor units.
    "rates": ((date(2020, 1, 1), 1, 100), (date(2024, 3, 1), 3, 500), (date(2026, 4, 1), 2, 100)),
    "cap": None,
    "expires": 0,
    "pending": 0,
    "burn_order": "earliest-expiry",
    "shortfall": "arrears",
    "park": True,
    "blocks": True,
    "lasts": timedelta(minutes=30),
    "lapsed": "lost",
    "grace": 4,
    "within": 20,
    "reinstated": 7,
}
TERMS: Final[tuple[Mapping[str, Any], ...]] = (
    PLAIN,
    {**PLAIN, "expires": 10, "pending": 2, "lasts": timedelta(hours=60)},
    {**PLAIN, "expires": 31, "cap": 60, "shortfall": "waive", "park": False},
    {**PLAIN, "expires": 4, "pending": "action", "shortfall": "within-balance", "lapsed": "grace"},
    {**PLAIN, "expires": 7, "burn_order": "last-in-first-out", "lapsed": "new-lot"},
    {**PLAIN, "expires": 20, "burn_order": "earned-first", "blocks": False, "cap": 90},
    {**PLAIN, "expires": 3, "shortfall": "cash-quote", "lasts": timedelta(days=5)},
)
"""Programmes of the machine, in the oracle's words."""


@lru_cache
def written(place: int, changes: date | None = None) -> Policy[Any]:
    """Return the programme that the oracle's terms of that place stand for; see `renewed`."""
    terms = TERMS[place] if changes is None else renewed(TERMS[place], changes)
    pending, cap = terms["pending"], terms["cap"]
    available: dict[str, Any] = {"mode": "at-once"}
    if pending:
        after = isinstance(pending, int)
        available = (
            {"mode": "after", "days": pending} if after else {"mode": "action", "action": "paid"}
        )
    expiry = {"mode": "after", "period": f"P{terms['expires']}D"}
    versions = [
        {
            "since": since,
            "earn": [
                earning(
                    points=str(points),
                    per=f"{block / 100:.2f}",
                    block=f"{block / 100:.2f}",
                    available=available,
                )
            ],
        }
        for since, points, block in terms["rates"]
    ]
    title = {"en": "Monthly limit", "zh": "每月上限"}
    caps = [] if cap is None else [{"code": "monthly", "title": title, "limit": cap}]
    return programme(
        *versions,
        name=f"acme/machine-{place}",
        zone="Europe/London",
        currency="GBP",
        cap=caps,
        expiry=expiry if terms["expires"] else {"mode": "never"},
        burn_order=terms["burn_order"],
        refunds=refunding(
            terms["shortfall"], unknown_original="park" if terms["park"] else "refuse"
        ),
        arrears={"blocks": terms["blocks"]},
        holds={"lasts": f"PT{terms['lasts'] // timedelta(minutes=1)}M"},
        cancellation={"lapsed": terms["lapsed"], "days": terms["grace"]},
        reinstatement={"within": f"P{terms['within']}D", "days": terms["reinstated"]},
        transfer={"allowed": True},
        purchase={"price": "10.00", "points": 1000},
        enrolment="required",
    )


def renewed(terms: Mapping[str, Any], day: date) -> Mapping[str, Any]:
    """Return terms with one more version, of another rate."""
    return {**terms, "rates": (*terms["rates"], (day, 5, 100))}


@attrs.define
class Beside:
    """
    A bank with its oracle.

    What must hold after every step is told by `agree`, and by `told` for what was written.
    """

    place: int
    now: datetime
    bank: Bank = attrs.field(init=False)
    oracle: Oracle = attrs.field(init=False)
    live: dict[str, Account] = attrs.field(factory=dict)
    states: dict[str, list[Account]] = attrs.field(factory=dict)
    """Each account after each of its entries."""
    given: list[tuple[Command, Answer]] = attrs.field(factory=list)
    moved: Counter[tuple[str, int]] = attrs.field(factory=Counter)
    """Granted less draws plus returns, by member and lot, from the entries alone."""

    def __attrs_post_init__(self) -> None:
        self.bank = Bank(written(self.place), MemoryJournal(), self.now)
        self.oracle = Oracle(**TERMS[self.place])

    def state(self, who: str) -> Account:
        """Return an account as it went along, entry by entry."""
        return self.live.get(who, ACCOUNT.initial)

    def give(
        self,
        act: str,
        who: str,
        told: Mapping[str, Any] | None,
        *,
        follow: bool = False,
        **body: Any,
    ) -> bool:
        """
        Give a command to both; return whether it was accepted.

        Args:
            act: Name of the command.
            who: Whose account.
            told: The same in the oracle's words; None for what must change nothing it knows of.
            follow: Whether the oracle does it only where the bank did: such a command may be
                refused for having nothing to do.
            **body: The command's body; `when` is its business time where it is not now.
        """
        self.bank.now = self.now
        command = self.bank.command(act, who, **body)
        answer = self.bank.handle(command)
        self.given.append((command, answer))
        if told is not None and (answer.accepted or not follow):
            when = body.get("when", self.now).astimezone(UTC)
            why = self.oracle.give(
                **{"do": act, "who": who, "at": when, "now": self.now.astimezone(UTC), **told}
            )

            assert (why == "") == answer.accepted, (why, answer.refused, dict(answer.facts))
        self.told(command, answer)
        touched = {who, *answer.versions, *body.get("household", ()), body.get("to", who)}
        for member in sorted(touched & set(MEMBERS)):
            self.agree(member)
        return answer.accepted

    def renew(self, day: date) -> None:
        """Bring a new version of the programme out, once, which holds from a day on."""
        newest = self.oracle.terms["rates"][-1][0]
        if newest == TERMS[self.place]["rates"][-1][0] < day:
            self.bank.programme = written(self.place, day)
            self.oracle.terms = dict(renewed(TERMS[self.place], day))

    def bought(self) -> list[dict[str, Any]]:
        """Return the purchases the oracle knows."""
        self.oracle.play()
        return self.oracle.buys

    def turns(self) -> list[datetime]:
        """Return the instants at which lots and holds begin or end, the earliest first."""
        self.oracle.play()
        found = [
            lot[end] for lot in self.oracle.lots for end in ("from", "ends") if lot[end] != FAR
        ]
        return sorted({*found, *(hold["until"] for hold in self.oracle.holds)})

    def told(self, command: Command, answer: Answer) -> None:
        """Check what was written, I01, I04, I07 and I08, and take it into the live state."""
        if not answer.accepted:
            assert {} == dict(answer.versions)
            assert self.written(command.subject) == self.bank.entries(command.subject)
        for member in answer.versions:
            known = self.states.setdefault(member, [])
            new = self.bank.events(member)[len(known) :]

            assert answer.versions[member] == len(known) + len(new)
            for event in new:
                self.drawn_right(member, event)
                self.live[member] = ACCOUNT.evolve(self.state(member), event)
                known.append(self.live[member])
                self.count(member, event)

    def written(self, member: str) -> int:
        """Return how many entries an account is known to have."""
        return len(self.states.get(member, ()))

    def count(self, member: str, event: Any) -> None:
        """Take an entry's points into account."""
        for lot in getattr(event, "grants", ()):
            self.moved[member, lot.number] += lot.granted
        for draw in getattr(event, "draws", ()):
            self.moved[member, draw.lot] -= draw.points
        for draw in getattr(event, "returns", ()):
            self.moved[member, draw.lot] += draw.points

    def drawn_right(self, member: str, event: Any) -> None:
        """I04: a debit draws its points, from open lots, none before one that ends earlier."""
        if not isinstance(event, (Reserved, Redeemed, Sent)):
            return
        points = event.hold.points if isinstance(event, Reserved) else event.points
        drawn = {draw.lot: draw.points for draw in event.draws}
        at = event.at

        assert points == sum(drawn.values())
        assert all(part > 0 for part in drawn.values())
        state = self.state(member)
        open_lots = [lot for lot in state.lots if lot.left > 0 and alive(lot, at)]

        assert set(drawn) <= {lot.number for lot in open_lots}
        if drawn and self.oracle.terms["burn_order"] == "earliest-expiry":
            ends = {lot.number: lot.expires_at or 1 << 62 for lot in open_lots}
            last = max(ends[number] for number in drawn)
            assert all(
                drawn.get(lot.number, 0) == lot.left for lot in open_lots if ends[lot.number] < last
            )

    def agree(self, member: str, *, read: bool = True) -> None:
        """
        I02, I03, I08, and the oracle: what is there now and in days to come.

        Args:
            member: Whose account.
            read: Whether the account is read from the journal too: where something was written.
        """
        state = self.state(member)
        if not self.written(member):
            return
        if read:
            assert state == self.bank.state(member)
            for lot in state.lots:
                assert 0 <= lot.left <= lot.granted
                assert self.moved[member, lot.number] == lot.left
        moments = [self.now.astimezone(UTC) + more for more in LOOKS]
        for t, seen in zip(moments, self.oracle.look(member, *moments), strict=True):
            view = self.view(member, t)
            found = {name: getattr(view, name) for name in seen}

            assert seen == found, (member, t)
            assert all(points >= 0 for points in found.values())
            if t == moments[0]:
                self.derived(view, state)

    def saved(self) -> None:
        """I08 and I23: every account folds to what it was, prefix by prefix, and reads back equal."""
        self.bank = self.bank.fresh()
        for member, known in self.states.items():
            state, found = ACCOUNT.initial, []
            for event in self.bank.events(member):
                state = ACCOUNT.evolve(state, event)
                found.append(state)

            assert known == found
            assert state == FACTS.read(to_json(state), Account, "state")
            assert canonical(to_json(self.state(member))) == canonical(to_json(state))

    def derived(self, view: Any, state: Account) -> None:
        """I03: what is shown is the sum of what the lots say, lot by lot."""
        t = micros(self.now)
        spendable = sum(
            shown.remaining
            for shown, lot in zip(view.lots, state.lots, strict=True)
            if alive(lot, t)
        )
        if not view.arrears:
            assert view.balance == spendable

    def view(self, member: str, t: datetime) -> Any:
        """Return an account as seen at an instant, from the live state."""
        return ACCOUNT.view(self.state(member), t, self.bank.desk.policies)

    def views(self) -> str:
        """Return all that everybody sees now and later, as text: for what must change nothing."""
        return canonical(
            [to_json(self.view(member, self.now + more)) for member in MEMBERS for more in LOOKS]
        )


def alive(lot: Lot, t: int) -> bool:
    """Tell whether a lot's points could be spent at an instant, if there are any."""
    if lot.available_at is None or t < lot.available_at:
        return False
    return lot.expires_at is None or t < lot.expires_at
