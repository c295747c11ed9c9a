"""
What customers do, as stages look at it: one act becomes flags of its business day.

What counts is the distinct business day, never the number of acts on it. A day *counts* where the
customer did business; a contact without business (a log-in, a visit) keeps clocks from running
out and makes nobody active; what the bank does by itself (interest, fees, reversals) is nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal

import attrs

from bankservice.core.conditions import AllOf, Comparison, Condition, FactType, Not, Within
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.policy import Title
from bankservice.core.scalars import named
from bankservice.core.unknown import UNKNOWN, UnknownType

__all__ = [
    "ACT_FACTS",
    "ACT_WORDS",
    "BANK_MADE",
    "CONTACTS",
    "COUNTS",
    "DEFAULT_ROWS",
    "RESETS_BOTH",
    "RESETS_INACTIVE",
    "RESETS_LOST",
    "VERIFIED",
    "Act",
    "ActivityRow",
    "Deed",
    "Initiator",
    "check_day",
    "flags_of",
    "is_day",
    "not_negative",
]

Initiator = Literal["customer", "mandate", "bank"]
"""Who set it off: the customer, a mandate the customer gave (a standing order), or the bank."""

COUNTS: Final = 1
"""The customer did business: the day makes first-time, active and loyal customers."""

RESETS_INACTIVE: Final = 2
"""The clock that makes a customer inactive begins again."""

RESETS_LOST: Final = 4
"""The clock that makes a customer lost begins again."""

VERIFIED: Final = 8
"""The customer's identity was checked again on the day."""

RESETS_BOTH: Final = RESETS_INACTIVE | RESETS_LOST

_RESETS: Final = {"inactive": RESETS_INACTIVE, "lost": RESETS_LOST}

ACT_FACTS: Final = {
    "kind": FactType("text"),
    "initiator": FactType("text"),
    "channel": FactType("text"),
    "verified": FactType("boolean"),
}
"""Facts of an act that conditions may name."""

ACT_WORDS: Final = {"initiator": ("customer", "mandate", "bank")}
"""Words of facts that are closed lists."""

_INITIATORS: Final = (*ACT_WORDS["initiator"], UNKNOWN)
_SHAPE: Final = (str, str, bool, int)

CONTACTS: Final = (
    "contact",
    "login",
    "enquiry",
    "inquiry",
    "balance_enquiry",
    "balance_inquiry",
    "visit",
    "branch_visit",
    "call",
    "address_change",
    "statement_request",
    "kyc_update",
    "profile_update",
    "complaint",
    "survey_answer",
)
"""Kinds of acts without business, where a policy has no table of its own."""

BANK_MADE: Final = (
    "interest",
    "interest_credit",
    "interest_posting",
    "fee",
    "account_fee",
    "annual_fee",
    "charge",
    "service_charge",
    "reversal",
    "correction",
    "adjustment",
    "dividend",
    "tax",
    "penalty",
)
"""Kinds that the bank makes by itself, where a policy has no table of its own."""


def not_negative(held: object, field: attrs.Attribute[Any], value: object) -> None:
    """Refuse what is no whole number, or one below 0."""
    if value is None or value is UNKNOWN:
        return
    if type(value) is not int:
        raise FaultsError("a number", (Fault(field.name, named(value), "a whole number"),))
    if value < 0:
        raise ValueError(f"{field.name} must be 0 or more")


def check_day(held: object, field: attrs.Attribute[Any], value: object) -> None:
    """Refuse what is no day, such as an instant or a text."""
    if value is not None and value is not UNKNOWN and not is_day(value):
        fault = Fault(field.name, named(value), "a date such as 2026-01-31")
        raise FaultsError("an act", (fault,))


def is_day(value: object) -> bool:
    """Tell whether something is a day, and no instant."""
    return isinstance(value, date) and not isinstance(value, datetime)


def _faults_of(deed: Deed) -> Iterator[Fault]:
    known = ", ".join(ACT_WORDS["initiator"])
    checks = (
        ("kind", type(deed.kind) is str, "text"),
        ("initiator", deed.initiator in _INITIATORS, f"one of {known}, or unknown"),
        ("channel", type(deed.channel) is str, "text"),
        ("verified", type(deed.verified) is bool, "true or false"),
        ("count", type(deed.count) is int, "a whole number"),
    )
    for name, sound, wanted in checks:
        if not sound:
            yield Fault(name, named(getattr(deed, name)), wanted)


@attrs.frozen(kw_only=True)
class Deed:
    """
    What was done, on whatever day.

    Attributes:
        kind: What was done.
        initiator: Who set it off.
        channel: Through which channel; empty where not stated.
        verified: Whether the customer's identity was checked.
        count: How many there were; more than one changes nothing.
    """

    kind: str = "transaction"
    initiator: Initiator | UnknownType = "customer"
    channel: str = ""
    verified: bool = False
    count: int = attrs.field(default=1, validator=not_negative)

    def __attrs_post_init__(self) -> None:
        # Books make these by themselves, and what is misspelt would count as the customer's own.
        shape = (type(self.kind), type(self.channel), type(self.verified), type(self.count))
        if shape != _SHAPE or self.initiator not in _INITIATORS:
            raise FaultsError("an act", tuple(_faults_of(self)))


@attrs.frozen(kw_only=True)
class Act(Deed):
    """
    Acts of one kind on one day.

    Attributes:
        on: The day, in the policy's zone.
        kind: What was done.
        initiator: Who set it off.
        channel: Through which channel; empty where not stated.
        verified: Whether the customer's identity was checked.
        count: How many there were; more than one changes nothing.
    """

    on: date | UnknownType = attrs.field(validator=check_day)


@attrs.frozen(kw_only=True)
class ActivityRow:
    """
    What an act of the customer does to stages; the first row that holds is taken.

    Attributes:
        code: Name of the row.
        title: What people read.
        when: A condition over `kind`, `initiator`, `channel` and `verified`; always where left out.
        counts: Whether the day counts as one of business; such a day resets both clocks.
        resets: Clocks that begin again: `inactive`, `lost`.
    """

    code: str
    title: Title | None = attrs.field(default=None, metadata={"digest": False})
    when: Condition | None = None
    counts: bool = False
    resets: tuple[Literal["inactive", "lost"], ...] = ()

    @property
    def flags(self) -> int:
        """What the row does, as flags of the day."""
        if self.counts:
            return COUNTS | RESETS_BOTH
        flags = 0
        for name in self.resets:
            flags |= _RESETS[name]
        return flags


_BANK: Final = Comparison("initiator", "equals", "bank")
_MANDATE: Final = Comparison("initiator", "equals", "mandate")

DEFAULT_ROWS: Final = (
    ActivityRow(code="bank", when=_BANK),
    ActivityRow(code="bank-made", when=AllOf((Comparison("kind", "in", BANK_MADE), Not(_MANDATE)))),
    ActivityRow(
        code="contact", when=Comparison("kind", "in", CONTACTS), resets=("inactive", "lost")
    ),
    ActivityRow(code="business", counts=True),
)
"""
The rows where a policy states none.

What the bank sets off, and interest, fees and the like, do nothing. What the customer does without
business resets the clocks. Anything else counts, also by a mandate: the customer gave it.
"""


def flags_of(
    rows: Sequence[ActivityRow], act: Mapping[str, object], within: Within
) -> tuple[int, tuple[str, ...]]:
    """
    Return what an act does, by the first row that holds.

    Args:
        rows: The rows; the last holds always.
        act: The facts of the act by name.
        within: Tree membership of the kinds.

    Returns:
        The flags, and the unknown facts on which another answer would hang.
    """
    found: int | None = None
    unknown: dict[str, None] = {}
    possible = set[int]()
    for row in rows:
        held = True if row.when is None else row.when.holds(act, within)
        if held is False:
            continue
        possible.add(row.flags)
        if held:
            found = row.flags
            break
        assert row.when is not None, "a row without a condition holds always"
        unknown.update(
            (part.fact, None) for part in row.when.comparisons() if act.get(part.fact) is None
        )
    assert found is not None, "the last row holds always, which was checked"
    flags = found | (VERIFIED if act.get("verified") and found & COUNTS else 0)
    return flags, tuple(unknown) if len(possible) > 1 else ()
