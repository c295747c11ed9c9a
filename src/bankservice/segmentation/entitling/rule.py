"""The rule that tells which services a customer is given, and by which rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.decision_table import TableRow
from bankservice.core.frozen import FrozenMapping
from bankservice.segmentation.entitling.kind import ENTITLEMENTS, Entitling, Service
from bankservice.segmentation.entitling.table import GrantRow, WithholdRow
from bankservice.segmentation.grouping.choosing import choose
from bankservice.segmentation.policy import SHELF

__all__ = ["Entitled", "EntitlementFacts", "entitlements"]

GIVEN: Final = Says("ENTITLED", ("services",))
PART: Final = Says("ENTITLED_PART", ("services", "open", "unknown"))
OPEN: Final = Says("ENTITLED_UNKNOWN", ("unknown",))
NOTHING: Final = Says("ENTITLED_NOTHING")
GRANT: Final = Says("entitled-grant", ("row", "services"))
KEPT: Final = Says("entitled-withhold", ("row", "services"))

_NOT_GIVEN: Final = TableRow("")
"""The answer where the row of a service does not hold."""


def _hashable(facts: FrozenMapping[str, Any]) -> FrozenMapping[str, Any]:
    """Return facts with lists as tuples, so that a decision on them can be compared and hashed."""
    return FrozenMapping(
        {name: tuple(held) if isinstance(held, list) else held for name, held in facts.items()}
    )


@attrs.frozen(kw_only=True)
class EntitlementFacts:
    """
    Whose services are asked for, and when.

    Attributes:
        on: Day asked, in the bank's own zone; it selects the version.
        customer: Facts of the customer by name, those of the policy's register: tier, segment,
            behaviours, stage, kind of customer.
    """

    on: date
    customer: FrozenMapping[str, Any] = attrs.field(default=FrozenMapping(), converter=_hashable)


@attrs.frozen(kw_only=True)
class Entitled:
    """
    The services of a customer.

    Attributes:
        services: Codes of the services given for certain.
        given_by: Service → rows that give it.
        withheld: Service that a row gives and another keeps back → the rows that keep it.
        undecided: Service that may or may not be given → the unknown facts it hangs on.
    """

    services: tuple[str, ...]
    given_by: FrozenMapping[str, tuple[str, ...]] = FrozenMapping()
    withheld: FrozenMapping[str, tuple[str, ...]] = FrozenMapping()
    undecided: FrozenMapping[str, tuple[str, ...]] = FrozenMapping()


def _entitlements(facts: EntitlementFacts, policy: Entitling, trace: Trace | None) -> Entitled:
    """
    Decide which services a customer is given, each with the rows that give it.

    The version in force on `on` applies. Every row that holds counts: a service is given by any of
    them, unless a row keeps it back. A service that hangs on an unknown fact is undecided and
    names the fact; it is neither given nor refused. One that comes out the same whatever the fact
    may be is not.

    Raises:
        FaultsError: If a fact is not of its type.
        UnknownNameError: If there is no such fact, code or word.

    Examples:
        >>> from bankservice.segmentation import entitlements
        >>> wu = entitlements(
        ...     "cn-entitlements-shape",
        ...     on="2026-03-31",
        ...     customer={
        ...         "tier": "PRIVATE",
        ...         "behaviours": ["investing"],
        ...         "customer_kind": "person",
        ...     },
        ... )
        >>> wu.outcome.services
        ('vip_room', 'own_adviser', 'asset_management', 'premium_products', 'asset_allocation')
    """
    known = policy.read(facts.customer)
    within = policy.world.terms.within
    grants = {row.code: _holds(row, known, policy) for row in policy.table.grant}
    given: dict[str, tuple[str, ...]] = {}
    withheld: dict[str, tuple[str, ...]] = {}
    undecided: dict[str, tuple[str, ...]] = {}
    for service in policy.services:
        by = tuple(row.code for row in service.grants if grants[row.code])
        kept = tuple(r.code for r in service.withholds if r.when.holds(known, within))
        if kept:
            if by:
                withheld[service.code] = kept
            continue
        answer, unknown = _answer(service, known, policy)
        if answer:
            # Where no single row is certain, those that may be are named: one of them is.
            given[service.code] = by or tuple(
                row.code for row in service.grants if grants[row.code] is not False
            )
        elif answer is None:
            undecided[service.code] = unknown
    outcome = Entitled(
        services=tuple(given),
        given_by=FrozenMapping(given),
        withheld=FrozenMapping(withheld),
        undecided=FrozenMapping(undecided),
    )
    if trace is not None:
        _tell(known, policy, trace)
    return outcome


def _holds(
    row: GrantRow | WithholdRow, known: Mapping[str, object], policy: Entitling
) -> bool | None:
    return True if row.when is None else row.when.holds(known, policy.world.terms.within)


def _answer(
    service: Service, known: Mapping[str, object], policy: Entitling
) -> tuple[bool | None, tuple[str, ...]]:
    """Return whether a service is given, and where that is not known what it hangs on."""
    answer = service.row.holds(known, policy.world.terms)
    if answer is not None:
        return answer, ()
    # Not known row by row; it may still come out the same whatever the unknown facts are.
    choice = choose((service.row, _NOT_GIVEN), known, policy.world)
    if choice.row is None:
        return None, choice.unknown
    return choice.row == service.code, ()


def _tell(known: Mapping[str, object], policy: Entitling, trace: Trace) -> None:
    for says, rows in ((GRANT, policy.table.grant), (KEPT, policy.table.withhold)):
        for row in rows:
            titles = tuple(policy.titles[code] for code in row.services)
            reason = says(row=row.title, services=titles)
            trace.check(reason, _holds(row, known, policy), source=row.source)


def _headline(facts: EntitlementFacts, policy: Entitling, outcome: Entitled) -> Reason:
    titles = tuple(policy.titles[code] for code in outcome.services)
    names = dict.fromkeys(name for held in outcome.undecided.values() for name in held)
    unknown = tuple(policy.register.facts[name].title for name in names)
    if not outcome.undecided:
        return GIVEN(services=titles) if titles else NOTHING()
    if not titles:
        return OPEN(unknown=unknown)
    open_ = tuple(policy.titles[code] for code in outcome.undecided)
    return PART(services=titles, open=open_, unknown=unknown)


entitlements: Final[Rule[EntitlementFacts, Entitling, Entitled]] = Rule(
    id="segmentation.entitlements",
    facts=EntitlementFacts,
    outcome=Entitled,
    evaluate=_entitlements,
    headline=_headline,
    says=(GIVEN, PART, OPEN, NOTHING, GRANT, KEPT),
    package="bankservice.segmentation",
    kind=ENTITLEMENTS,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)
