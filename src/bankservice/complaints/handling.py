"""
How a bank takes complaints in, where they go, who may make good, and how they are counted.

The written form is what the policy reference shows; a `Handling` is the same with the codes
checked and the amounts in minor units.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final, Literal

import attrs

from bankservice.core.citation import Citation
from bankservice.core.conditions import Condition, FactType
from bankservice.core.errors import near_names
from bankservice.core.institution import check_currency
from bankservice.core.money import parse_minor
from bankservice.core.policy import Faults, Kind, Library, Title
from bankservice.core.scalars import Amount
from bankservice.core.terms import Terms
from bankservice.core.vocabulary import Tree

__all__ = [
    "CASE_FACTS",
    "CASE_WORDS",
    "HANDLING",
    "MATTERS",
    "SEVERITIES",
    "Authority",
    "AuthorityRow",
    "CountingRules",
    "Gesture",
    "Handling",
    "HandlingTable",
    "IntakeRules",
    "Matter",
    "Route",
    "Severity",
]

Matter = Literal["complaint", "dispute", "concern"]
"""What a case is: 投诉, 纠纷 or 疑虑."""

Severity = Literal["low", "normal", "high", "grave"]
Gesture = Literal["apology", "correction"]

MATTERS: Final[Mapping[str, Title]] = {
    "complaint": Title(en="complaint", zh="投诉"),
    "dispute": Title(en="dispute", zh="纠纷"),
    "concern": Title(en="concern", zh="疑虑"),
}

SEVERITIES: Final[Mapping[str, Title]] = {
    "low": Title(en="low", zh="轻微"),
    "normal": Title(en="normal", zh="一般"),
    "high": Title(en="high", zh="较重"),
    "grave": Title(en="grave", zh="重大"),
}
"""Severities, the lightest first."""

CASE_FACTS: Final[Mapping[str, FactType]] = {
    "matter": FactType("text"),
    "product": FactType("code", "vocabulary/product-kinds"),
    "issue": FactType("code", "vocabulary/complaint-issues"),
    "amount_minor": FactType("integer"),
    "currency": FactType("text"),
    "vulnerable": FactType("boolean"),
    "channel": FactType("code", "vocabulary/channels"),
    "public": FactType("boolean"),
    "regulator_sent": FactType("boolean"),
    "tier": FactType("text"),
    "customer_kind": FactType("code", "vocabulary/customer-kinds"),
    "region": FactType("text"),
}
"""Facts of a case that conditions may name."""

CASE_WORDS: Final[Mapping[str, tuple[str, ...]]] = {"matter": tuple(MATTERS)}

SameName = Literal["product", "issue", "branch"]


@attrs.frozen(kw_only=True)
class IntakeRules:
    """
    When contacts are one case.

    Attributes:
        duplicate_within_days: How far apart two contacts may be to be one open case by their
            content; a reference number joins them however long ago it was.
        repeat_within_days: How long after closing a contact repeats the closed case.
        same: What must be equal for two contacts to be about one thing.
        together: Matters that may be one case: a complaint over money becomes a dispute.
    """

    duplicate_within_days: int
    repeat_within_days: int
    same: tuple[SameName, ...] = ("product", "issue")
    together: tuple[Matter, ...] = ("complaint", "dispute")


@attrs.frozen(kw_only=True)
class Route:
    """
    One row of the routing table.

    Attributes:
        code: Stable code, unique in the table.
        severity: How grave a case of this row is.
        department: Code of `vocabulary/departments`.
        when: Condition over the facts of the case; left out in the last row, which takes the rest.
        title: What people read.
        source: Where the row comes from, if not from the version's source.
    """

    code: str
    severity: Severity
    department: str
    when: Condition | None = None
    title: Title | None = attrs.field(default=None, metadata={"digest": False})
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})

    @property
    def name(self) -> Title | str:
        """What people read; the code where there is no title."""
        return self.title or self.code


@attrs.frozen(kw_only=True)
class AuthorityRow:
    """
    What one role may grant, the lowest role first.

    Attributes:
        role: Code of `vocabulary/roles`.
        money: Most money it may grant in one case, all grants together; none where left out.
        unlimited: Whether there is no limit for it.
        gestures: What it may grant beside money.
    """

    role: str
    money: Amount | None = None
    unlimited: bool = False
    gestures: tuple[Gesture, ...] = ("apology", "correction")


@attrs.frozen(kw_only=True)
class CountingRules:
    """
    How complaints are counted.

    Attributes:
        ageing: Last day of each age class of open cases but the last, ascending: `[1, 5]` makes
            0–1, 2–5 and more than 5 days.
        repeat_from: From how many cases in the period a customer counts as complaining repeatedly.
    """

    ageing: tuple[int, ...] = (1, 5, 15, 30, 60)
    repeat_from: int = 3


@attrs.frozen(kw_only=True)
class HandlingTable:
    """
    A handling policy version as written.

    Attributes:
        intake: When contacts are one case.
        route: Routing table; the first row that holds gives severity and department.
        currency: Currency of the limits.
        authority: What each role may grant, the lowest role first.
        counting: How complaints are counted.
    """

    intake: IntakeRules
    route: tuple[Route, ...]
    currency: str
    authority: tuple[AuthorityRow, ...]
    counting: CountingRules = CountingRules()


@attrs.frozen
class Authority:
    """What one role may grant: the most money in minor units (None: no limit), and gestures."""

    role: str
    title: Title | str
    most: int | None
    gestures: tuple[Gesture, ...]


@attrs.frozen(eq=False, kw_only=True)
class Handling:
    """
    A handling policy version, ready to use.

    Attributes:
        intake: When contacts are one case.
        routes: Routing table; the last row always matches.
        currency: Currency of the limits.
        authorities: What each role may grant, the lowest first.
        counting: How complaints are counted.
        terms: What conditions may name, and the trees of codes.
        departments: The departments there are.
    """

    intake: IntakeRules
    routes: tuple[Route, ...]
    currency: str
    authorities: tuple[Authority, ...]
    counting: CountingRules
    terms: Terms
    departments: Tree


def _build(table: HandlingTable, faults: Faults, library: Library) -> Handling:
    terms = Terms.of(CASE_FACTS, CASE_WORDS, library)
    departments: Tree = library.get("vocabulary/departments").versions[-1].parameters
    for name in ("duplicate_within_days", "repeat_within_days"):
        if getattr(table.intake, name) < 0:
            faults.add(f"intake.{name}", getattr(table.intake, name), "0 days or more")
    if not {"product", "issue"} & set(table.intake.same):
        # By branch alone every second visitor would be a duplicate.
        faults.add("intake.same", list(table.intake.same), "product or issue among them")
    _check_routes(table.route, terms, departments, faults)
    _check_counting(table.counting, faults)
    return Handling(
        intake=table.intake,
        routes=table.route,
        currency=table.currency,
        authorities=_authorities(table, faults, library),
        counting=table.counting,
        terms=terms,
        departments=departments,
    )


def _check_routes(
    routes: tuple[Route, ...], terms: Terms, departments: Tree, faults: Faults
) -> None:
    before = len(faults)
    seen: set[str] = set()
    for index, route in enumerate(routes):
        path = f"route[{index}]"
        if route.code in seen:
            faults.add(f"{path}.code", repr(route.code), "a code that is not taken")
        seen.add(route.code)
        if route.department not in departments:
            near = near_names(route.department, departments)
            wanted = "a code of vocabulary/departments"
            faults.add(f"{path}.department", repr(route.department), wanted, near)
        if route.when is not None:
            terms.check(route.when, f"{path}.when", faults)
    # What a row takes can be told only of conditions that make sense.
    if len(faults) == before:
        terms.check_order([(row.code, row.when) for row in routes], "route", faults)


def _check_counting(counting: CountingRules, faults: Faults) -> None:
    edges = counting.ageing
    if not edges or edges[0] < 0 or any(a >= b for a, b in pairwise(edges)):
        faults.add("counting.ageing", list(edges), "days from 0 on, ascending")
    if counting.repeat_from < 2:
        faults.add("counting.repeat_from", counting.repeat_from, "2 or more: one is no repeat")


def _authorities(table: HandlingTable, faults: Faults, library: Library) -> tuple[Authority, ...]:
    digits = check_currency(table.currency, "currency", faults)
    roles: Tree = library.get("vocabulary/roles").versions[-1].parameters
    held: list[Authority] = []
    if not table.authority:
        faults.add("authority", "no row", "one or more roles, the lowest first")
    for index, row in enumerate(table.authority):
        path = f"authority[{index}]"
        if row.role not in roles:
            near = near_names(row.role, roles)
            faults.add(f"{path}.role", repr(row.role), "a code of vocabulary/roles", near)
        if row.role in (known.role for known in held):
            faults.add(f"{path}.role", repr(row.role), "each role once")
        if row.unlimited and row.money is not None:
            faults.add(f"{path}.money", repr(row.money), "no amount beside unlimited")
        most = None if row.unlimited else _most(row.money, digits, f"{path}.money", faults)
        below = held[-1] if held else None
        if below is not None and most is not None and (below.most is None or most < below.most):
            faults.add(f"{path}.money", repr(row.money), f"at least what {below.role} may grant")
        if below is not None and set(below.gestures) - set(row.gestures):
            faults.add(f"{path}.gestures", list(row.gestures), f"all that {below.role} may grant")
        title: Title | str = roles[row.role].title if row.role in roles else row.role
        held.append(Authority(row.role, title, most, row.gestures))
    return tuple(held)


def _most(money: Amount | None, digits: int | None, path: str, faults: Faults) -> int:
    if money is None or digits is None:
        return 0
    try:
        most = parse_minor(money, digits)
    except ValueError as error:
        faults.add(path, repr(money), str(error))
        return 0
    if most < 0:
        faults.add(path, repr(money), "an amount of 0 or more")
    return max(0, most)


HANDLING: Final = Kind(
    "complaints.handling",
    HandlingTable,
    _build,
    cohort={
        "customer_kind": FactType("code", "vocabulary/customer-kinds"),
        "region": FactType("text"),
    },
)
"""Kind of policy that says how complaints are taken in, routed, made good and counted."""
