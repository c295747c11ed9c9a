"""What can be done with a case: the commands as callers give them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Literal

import attrs

from bankservice.complaints.cases.case import About, Private
from bankservice.core.calendar import aware, zone_of
from bankservice.core.identifiers import checked_id
from bankservice.core.money import digits_of, parse_minor

__all__ = [
    "COMMANDS",
    "Acknowledge",
    "Assign",
    "Classify",
    "CloseCase",
    "Escalate",
    "Extend",
    "Merge",
    "Notice",
    "PauseClock",
    "Propose",
    "Receive",
    "RecordEffect",
    "Redress",
    "Refer",
    "Reopen",
    "Respond",
    "Restate",
    "ResumeClock",
    "Withdraw",
]


@attrs.frozen(kw_only=True)
class Receive(About, Private):
    """
    Receive a complaint; on a case that is there already, the customer comes by another door.

    Attributes:
        customer: Whose it is.
        channel: Code of `vocabulary/channels`.
        received_on: Day of receipt, where no instant is known; that of the command otherwise.
        received_at: Instant of receipt, where it is not that of the command.
        zone: Zone whose days count; that of the institution, the desk or the law where left out.
        external_ref: The customer's or another body's own reference.
        text_ref: Where its text lies; never the text itself.
        new_facts: On a case that is there already: whether new facts and reasons came, so that
            clocks begin anew where law says so.
    """

    customer: str
    channel: str
    received_on: date | None = None
    received_at: datetime | None = None
    zone: str = ""
    external_ref: str = ""
    text_ref: str = ""
    new_facts: bool = False

    def __attrs_post_init__(self) -> None:
        checked_id(self.customer, "customer")
        for ref in (self.external_ref, self.text_ref):
            if ref:
                checked_id(ref, "reference")
        if self.zone:
            zone_of(self.zone)
        if self.received_at is not None:
            aware(self.received_at)


@attrs.frozen(kw_only=True)
class Classify(About, Private):
    """
    State more of what the case is about; clocks that depend on it are measured anew.

    Attributes:
        zone: Zone whose days count, where none is known yet.
    """

    zone: str = ""

    def __attrs_post_init__(self) -> None:
        if self.zone:
            zone_of(self.zone)


@attrs.frozen(kw_only=True)
class Acknowledge:
    """Tell the customer that the complaint was received. It answers nothing."""

    text_ref: str = ""


@attrs.frozen(kw_only=True)
class Assign:
    """Give the case to a department (code of `vocabulary/departments`), or to somebody in it."""

    department: str = ""
    owner: str = ""


@attrs.frozen(kw_only=True)
class PauseClock:
    """Stop a clock for a reason, such as waiting for the customer."""

    clock: str
    reason: str


@attrs.frozen(kw_only=True)
class ResumeClock:
    """Let a clock run on."""

    clock: str


@attrs.frozen(kw_only=True)
class Extend:
    """
    Give a clock more time; a duty moves at most to its limit.

    Attributes:
        clock: Which one.
        reason: Why.
        amount: How much more, in the unit of the clock: `P15D`, `PT4H`.
        until: New last day, instead.
        to: Name of the limit it moves to, instead; the furthest where nothing is said.
        approved_by: Who approved it, where the command does not say.
        approval: At which level it was approved, where law asks for one.
        notified: Whether the customer was told.
    """

    clock: str
    reason: str
    amount: str = ""
    until: date | None = None
    to: str = ""
    approved_by: str = ""
    approval: str = ""
    notified: bool | None = None


@attrs.frozen(kw_only=True)
class Propose:
    """Propose a solution to the customer."""

    text_ref: str = ""
    solution: str = ""


@attrs.frozen(kw_only=True)
class Respond:
    """
    Answer the customer.

    Attributes:
        text_ref: Where the text lies; never the text itself.
        final: Whether it is the final answer, which must name the ways on.
        outcome: `upheld`, `partly` or `rejected`.
        ways_on: What the customer may do next, such as going to the ombudsman.
        proposes: Whether the answer proposes a solution.
    """

    text_ref: str
    final: bool = False
    outcome: Literal["upheld", "partly", "rejected", ""] = ""
    ways_on: tuple[str, ...] = ()
    proposes: bool = False


@attrs.frozen(kw_only=True)
class Escalate:
    """Raise the case within the bank."""

    to: str = ""
    reason: str = ""


@attrs.frozen(kw_only=True)
class Redress:
    """
    Make good: money, an apology or a correction.

    Attributes:
        kind: What is granted.
        amount: Money as text in major units, such as `"50.00"`; or
        amount_minor: in minor units.
        currency: Its currency.
        role: Code of `vocabulary/roles` of the one who grants it.
    """

    kind: Literal["money", "apology", "correction"] = "money"
    amount: str = ""
    amount_minor: int = 0
    currency: str = ""
    role: str = ""

    def __attrs_post_init__(self) -> None:
        if self.amount and self.amount_minor:
            raise ValueError("the amount is given twice; pass amount or amount_minor.")
        if self.currency:
            digits_of(self.currency)
        if (self.kind == "money") != bool((self.amount or self.amount_minor) and self.currency):
            raise ValueError(
                "money has an amount and a currency, an apology or correction neither."
            )
        if self.minor < 0 or (self.kind == "money" and not self.minor):
            raise ValueError(f"the amount is {self.minor} in minor units; a grant is above 0.")

    @property
    def minor(self) -> int:
        """The money in minor units."""
        if not self.amount:
            return self.amount_minor
        return parse_minor(self.amount, digits_of(self.currency))


@attrs.frozen(kw_only=True)
class Refer:
    """Send the case on outside the bank: an ombudsman, a regulator, a court."""

    to: str = ""
    reason: str = ""


@attrs.frozen(kw_only=True)
class Withdraw:
    """The customer takes the complaint back; every clock ends."""

    reason: str = ""


@attrs.frozen(kw_only=True)
class Merge:
    """The case is part of another: every clock of it ends, those of the other run on."""

    into: str

    def __attrs_post_init__(self) -> None:
        checked_id(self.into, "case")


@attrs.frozen(kw_only=True)
class CloseCase:
    """
    Close the case.

    Attributes:
        reason: Why.
        accepted: Whether the customer accepted the solution, which law may take for an answer.
    """

    reason: str = ""
    accepted: bool = False


@attrs.frozen(kw_only=True)
class Reopen:
    """Open a closed case again."""

    reason: str = ""


@attrs.frozen(kw_only=True)
class RecordEffect:
    """Keep what the customer said afterwards: was the solution effective."""

    effective: bool


@attrs.frozen(kw_only=True)
class Restate:
    """
    Measure the running clocks by the calendars and service levels as they are known now.

    Nothing of the kind happens by itself: when a change takes effect is a command of its own.
    """


@attrs.frozen(kw_only=True)
class Notice:
    """Give the notice of a warning or a crossed deadline that has come true; sweeps do."""

    key: str


COMMANDS: Final = {
    "receive": Receive,
    "classify": Classify,
    "acknowledge": Acknowledge,
    "assign": Assign,
    "pause": PauseClock,
    "resume": ResumeClock,
    "extend": Extend,
    "propose": Propose,
    "respond": Respond,
    "escalate": Escalate,
    "redress": Redress,
    "refer": Refer,
    "withdraw": Withdraw,
    "merge": Merge,
    "close": CloseCase,
    "reopen": Reopen,
    "record_effect": RecordEffect,
    "restate": Restate,
    "notice": Notice,
}
"""The commands by name."""
