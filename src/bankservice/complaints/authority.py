"""Redress: who may grant what."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

import attrs

from bankservice.complaints.handling import HANDLING, Authority, Handling
from bankservice.complaints.policy import SHELF
from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.money import Money, digits_of

__all__ = ["Redress", "RedressAuthority", "RedressFacts", "redress_authority"]

Redress = Literal["money", "apology", "correction"]

ALLOWED: Final = Says("REDRESS_ALLOWED", ("role",))
NEEDS: Final = Says("REDRESS_NEEDS", ("role", "needed"))
NOBODY: Final = Says("REDRESS_NOBODY", ("role",))
CURRENCY: Final = Says("REDRESS_CURRENCY", ("currency", "limits"))
MONEY: Final = Says("redress-money", ("role", "granted", "most"))
OVER: Final = Says("redress-over", ("role", "granted", "most", "over"))
NO_LIMIT: Final = Says("redress-no-limit", ("role",))
GESTURE: Final = Says("redress-gesture", ("role",))


@attrs.frozen(kw_only=True)
class RedressFacts:
    """
    A grant that somebody wants to make.

    Attributes:
        on: Day of the grant, in the bank's zone; it selects the version.
        role: Code of `vocabulary/roles` of the one who grants.
        kind: `money`, `apology` or `correction`.
        amount_minor: Money granted now, in minor units; 0 for a gesture.
        currency: Its currency; empty for a gesture.
        already_minor: Money granted in the case before, in the same currency.
    """

    on: date
    role: str
    kind: Redress
    amount_minor: int = 0
    currency: str = ""
    already_minor: int = 0

    def __attrs_post_init__(self) -> None:
        if self.already_minor < 0:
            raise ValueError(f"already_minor is {self.already_minor}; wanted 0 or more.")
        if self.kind == "money":
            if self.amount_minor <= 0:
                raise ValueError(f"amount_minor is {self.amount_minor}; a grant is above 0.")
            digits_of(self.currency)
        elif self.amount_minor:
            raise ValueError(f"amount_minor is {self.amount_minor}; a gesture has no amount.")


@attrs.frozen(kw_only=True)
class RedressAuthority:
    """
    Whether a grant may be made.

    Attributes:
        allowed: Whether the role may grant it; None where the policy has no limits in its
            currency, so that it cannot be told.
        needed_role: The lowest role that may; empty where none may.
        over_minor: How far the grants of the case exceed the role's limit, in minor units.
    """

    allowed: bool | None
    needed_role: str = ""
    over_minor: int = 0


def _authority(facts: RedressFacts, handling: Handling, trace: Trace | None) -> RedressAuthority:
    """
    Decide whether a role may grant redress, and which role may otherwise.

    The version in force on `on` applies. All money granted in a case counts together, so a large
    grant cannot be made in parts. A limit is inclusive. A role the policy does not name may grant
    nothing. Limits stand in one currency; in another it cannot be told, and the grant has to wait.

    Examples:
        >>> from bankservice.complaints import redress_authority
        >>> grant = redress_authority(
        ...     "handling",
        ...     on="2026-11-22",
        ...     role="service_agent",
        ...     kind="money",
        ...     amount_minor=30000,
        ...     currency="CNY",
        ... ).outcome
        >>> grant.allowed, grant.needed_role, grant.over_minor
        (False, 'relationship_manager', 10000)
    """
    if facts.kind == "money" and facts.currency != handling.currency:
        return RedressAuthority(allowed=None)
    needed = ""
    own: Authority | None = None
    for row in handling.authorities:
        may = _may(row, facts, trace)
        needed = needed or (row.role if may else "")
        own = row if row.role == facts.role else own
    over = 0
    if facts.kind == "money":
        total = facts.amount_minor + facts.already_minor
        most = 0 if own is None else total if own.most is None else own.most
        over = max(0, total - most)
    allowed = own is not None and _may(own, facts, None)
    return RedressAuthority(allowed=allowed, needed_role=needed, over_minor=over)


def _may(row: Authority, facts: RedressFacts, trace: Trace | None) -> bool:
    if facts.kind != "money":
        may = facts.kind in row.gestures
        if trace is not None:
            trace.check(GESTURE(role=row.title), may)
        return may
    total = facts.amount_minor + facts.already_minor
    if row.most is None:
        if trace is not None:
            trace.check(NO_LIMIT(role=row.title), True)
        return True
    may = total <= row.most
    if trace is not None:
        granted, most = Money(total, facts.currency), Money(row.most, facts.currency)
        if may:
            trace.check(MONEY(role=row.title, granted=granted, most=most), True)
        else:
            over = Money(total - row.most, facts.currency)
            trace.check(OVER(role=row.title, granted=granted, most=most, over=over), False)
    return may


def _headline(facts: RedressFacts, handling: Handling, outcome: RedressAuthority) -> Reason:
    titles = {row.role: row.title for row in handling.authorities}
    role = titles.get(facts.role, facts.role)
    if outcome.allowed is None:
        return CURRENCY(currency=facts.currency, limits=handling.currency)
    if outcome.allowed:
        return ALLOWED(role=role)
    if outcome.needed_role:
        return NEEDS(role=role, needed=titles[outcome.needed_role])
    return NOBODY(role=role)


redress_authority: Final = Rule(
    id="complaints.redress-authority",
    facts=RedressFacts,
    outcome=RedressAuthority,
    evaluate=_authority,
    headline=_headline,
    says=(ALLOWED, NEEDS, NOBODY, CURRENCY, MONEY, OVER, NO_LIMIT, GESTURE),
    package="bankservice.complaints",
    kind=HANDLING,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)
