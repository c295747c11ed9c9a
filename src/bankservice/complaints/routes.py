"""Routing: how grave a case is, and which department it lies in."""

from __future__ import annotations

from datetime import date
from typing import Final

import attrs

from bankservice.complaints.handling import (
    HANDLING,
    SEVERITIES,
    Handling,
    Matter,
    Route,
    Severity,
)
from bankservice.complaints.policy import SHELF
from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.policy import Title
from bankservice.core.terms import named, unknown_in
from bankservice.core.unknown import UNKNOWN, UnknownType

__all__ = ["CaseFacts", "Routing", "RoutingFacts", "routing"]

ROUTED: Final = Says("ROUTED", ("department", "severity", "row"))
FOR_NOW: Final = Says("ROUTED_FOR_NOW", ("department", "severity", "row", "unknown", "could_be"))
ROW: Final = Says("route-row", ("row", "severity"))


@attrs.frozen(kw_only=True)
class CaseFacts:
    """
    What conditions over a case may look at.

    Attributes:
        on: Day asked, in the bank's zone; it selects the version.
        matter: What the case is.
        product: Code of `vocabulary/product-kinds`; empty for none.
        issue: Code of `vocabulary/complaint-issues`.
        amount_minor: Money at stake in minor units; 0 where it is not about money.
        currency: Its currency; empty where it is not about money.
        vulnerable: Whether the customer needs particular care.
        channel: Code of `vocabulary/channels`.
        public: Whether the complaint was made in public.
        regulator_sent: Whether a regulator or ombudsman passed it on.
        tier: The customer's tier; empty for none.
        customer_kind: Code of `vocabulary/customer-kinds`.
        region: Region of the customer; empty for none.
    """

    on: date
    matter: Matter | UnknownType = UNKNOWN
    product: str | UnknownType = UNKNOWN
    issue: str | UnknownType = UNKNOWN
    amount_minor: int | UnknownType = 0
    currency: str = ""
    vulnerable: bool | UnknownType = UNKNOWN
    channel: str | UnknownType = UNKNOWN
    public: bool | UnknownType = False
    regulator_sent: bool | UnknownType = False
    tier: str = ""
    customer_kind: str | UnknownType = UNKNOWN
    region: str = ""

    def __attrs_post_init__(self) -> None:
        if self.amount_minor is not UNKNOWN and self.amount_minor < 0:
            raise ValueError(f"amount_minor is {self.amount_minor}; money at stake is 0 or more.")
        if self.amount_minor is not UNKNOWN and self.amount_minor > 0 and not self.currency:
            raise ValueError(f"amount_minor is {self.amount_minor} without a currency; state it.")


@attrs.frozen(kw_only=True)
class RoutingFacts(CaseFacts):
    """What a case is routed by."""


@attrs.frozen(kw_only=True)
class Routing:
    """
    Where a case goes.

    Attributes:
        severity: How grave it is, as far as is known.
        department: Code of `vocabulary/departments`.
        row: Code of the row that decided.
        grave: Whether it must be raised at once by its severity.
        unknown: Unknown facts that could have sent it another way; where there are any, the case
            is routed for now, and once more when they are known.
        could_be: The gravest it could be, were they known.
    """

    severity: Severity
    department: str
    row: str
    grave: bool
    unknown: tuple[str, ...] = ()
    could_be: Severity


def _routing(facts: CaseFacts, handling: Handling, trace: Trace | None) -> Routing:
    """
    Decide how grave a case is and which department it lies in.

    The version in force on `on` applies. Rows are read from the top, and the first that holds
    decides. A row that cannot be told because a fact is unknown does not decide; the case lies
    somewhere for now, and the outcome names the facts and the gravest severity they could bring.

    Raises:
        UnknownNameError: If a code is not in its vocabulary.

    Examples:
        >>> from bankservice.complaints import routing
        >>> sent = routing(
        ...     "handling",
        ...     on="2026-11-22",
        ...     matter="dispute",
        ...     product="fund",
        ...     channel="web",
        ...     issue="unsuitable_product",
        ...     vulnerable=False,
        ...     customer_kind="person",
        ... ).outcome
        >>> sent.severity, sent.department
        ('normal', 'complaint_handling')
    """
    values = named(facts)
    handling.terms.check_codes(values)
    unknown: dict[str, None] = {}
    possible: list[Severity] = []
    taken: Route | None = None
    for row in handling.routes:
        held = row.when is None or row.when.holds(values, handling.terms.within)
        if trace is not None:
            trace.check(
                ROW(row=row.name, severity=SEVERITIES[row.severity]), held, source=row.source
            )
        if held:
            taken = row
            break
        if held is None:
            assert row.when is not None, "a row without condition always holds"
            unknown.update(dict.fromkeys(unknown_in(row.when, values)))
            possible.append(row.severity)
    assert taken is not None, "the last row of a routing table has no condition"
    order = tuple(SEVERITIES)
    return Routing(
        severity=taken.severity,
        department=taken.department,
        row=taken.code,
        grave=taken.severity == "grave",
        unknown=tuple(unknown),
        could_be=max((taken.severity, *possible), key=order.index),
    )


def _headline(facts: CaseFacts, handling: Handling, outcome: Routing) -> Reason:
    department: Title = handling.departments[outcome.department].title
    row = next(row for row in handling.routes if row.code == outcome.row)
    severity = SEVERITIES[outcome.severity]
    if not outcome.unknown:
        return ROUTED(department=department, severity=severity, row=row.name)
    return FOR_NOW(
        department=department,
        severity=severity,
        row=row.name,
        unknown=outcome.unknown,
        could_be=SEVERITIES[outcome.could_be],
    )


routing: Final = Rule(
    id="complaints.routing",
    facts=RoutingFacts,
    outcome=Routing,
    evaluate=_routing,
    headline=_headline,
    says=(ROUTED, FOR_NOW, ROW),
    package="bankservice.complaints",
    kind=HANDLING,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)
