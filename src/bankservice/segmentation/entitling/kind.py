"""
The services of a bank by class, ready to use: for each service, what gives it and what keeps it.

Every class gets something: a customer whom no row gives anything is a fault of the table, found
when it is read, with such a customer's facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from bankservice.core.conditions import AllOf, AnyOf, Condition, FactType, Not
from bankservice.core.decision_table import TableRow, check_table
from bankservice.core.errors import UnknownNameError, near_names
from bankservice.core.fact_register import Register, register_of
from bankservice.core.policy import Faults, Kind, Library, Title
from bankservice.core.terms import Terms
from bankservice.core.vocabulary import Tree
from bankservice.core.witness import TooWideError, none_holds, shown
from bankservice.segmentation.entitling.table import EntitlementsTable, GrantRow, WithholdRow
from bankservice.segmentation.grouping.specificity import World

__all__ = ["ENTITLEMENTS", "Entitling", "Service"]

SERVICES: Final = "vocabulary/services"


_WORDS: Final[Mapping[str, str]] = {
    "tiers": "tier",
    "segments": "segment",
    "behaviours": "behaviours",
}
"""Lists of words a version may have, and the facts they are the words of."""


@attrs.frozen(eq=False, kw_only=True)
class Service:
    """
    One service.

    Attributes:
        code: Code of `vocabulary/services`.
        grants: Rows that give it.
        withholds: Rows that keep it back.
        row: The same as one condition.
    """

    code: str
    grants: tuple[GrantRow, ...]
    withholds: tuple[WithholdRow, ...]
    row: TableRow

    @classmethod
    def of(cls, code: str, table: EntitlementsTable) -> Service:
        """Return a service with the rows that name it."""
        grants = tuple(row for row in table.grant if code in row.services)
        withholds = tuple(row for row in table.withhold if code in row.services)
        given = AnyOf(tuple(row.when or AllOf(()) for row in grants))
        kept = AnyOf(tuple(row.when for row in withholds))
        return cls(
            code=code,
            grants=grants,
            withholds=withholds,
            row=TableRow(code, AllOf((given, Not(kept)))),
        )


@attrs.frozen(eq=False, kw_only=True)
class Entitling:
    """
    An entitlements policy version, ready to use.

    Attributes:
        table: As written.
        register: Which facts may be used for what.
        world: What facts there can be.
        services: The services, in the order in which rows first name them.
        titles: What people read for each service.
    """

    table: EntitlementsTable
    register: Register
    world: World
    services: tuple[Service, ...]
    titles: Mapping[str, Title]

    def read(self, customer: Mapping[str, object]) -> Mapping[str, object]:
        """
        Return a customer's facts with their types checked.

        Raises:
            FaultsError: If a fact is not of its type.
            UnknownNameError: If there is no such fact, code or word; near names are offered.
        """
        known = self.register.read(customer)
        for list_name, fact in _WORDS.items():
            words, held = getattr(self.table, list_name), known.get(fact)
            for word in held if isinstance(held, tuple) else (held,):
                if words and isinstance(word, str) and word not in words:
                    raise UnknownNameError(fact, word, words)
        return known


def _build(table: EntitlementsTable, faults: Faults, library: Library) -> Entitling:
    register = register_of(table.facts, "facts", faults, library) or Register({}, Terms({}, {}, {}))
    every = register.every
    lists = {fact: getattr(table, name) for name, fact in _WORDS.items()}
    words = {**every.words, **{fact: held for fact, held in lists.items() if held}}
    terms = Terms(every.facts, words, every.trees)
    world = World(terms, register.ranges)
    known: Tree = library.get(SERVICES).versions[-1].parameters
    before = len(faults)
    _check_services(table, known, faults)
    if register.facts:
        _check_conditions(table, register, terms, faults)
    if len(faults) == before:
        _check_rows(table, world, faults)
    codes = dict.fromkeys(code for row in table.grant for code in row.services)
    return Entitling(
        table=table,
        register=register,
        world=world,
        services=tuple(Service.of(code, table) for code in codes),
        titles={code: held.title for code, held in known.items()},
    )


def _check_services(table: EntitlementsTable, known: Tree, faults: Faults) -> None:
    if not table.grant:
        faults.add("grant", "no row", "a row that gives a service to every class")
    given = {code for row in table.grant for code in row.services}
    for name in ("grant", "withhold"):
        for place, row in enumerate(getattr(table, name)):
            path = f"{name}[{place}].services"
            if not row.services:
                faults.add(path, "no service", "one or more")
            for code in row.services:
                if code not in known:
                    near = near_names(code, known)
                    faults.add(path, repr(code), f"a code of {SERVICES}", near)
                elif code not in given:
                    faults.add(path, repr(code), "a service that some row gives")
    codes = {row.code for row in table.grant}
    for place, kept in enumerate(table.withhold):
        if kept.code in codes:
            wanted = "a code that no row of `grant` has"
            faults.add(f"withhold[{place}].code", repr(kept.code), wanted)


def _check_conditions(
    table: EntitlementsTable, register: Register, terms: Terms, faults: Faults
) -> None:
    for name in ("grant", "withhold"):
        for place, row in enumerate(getattr(table, name)):
            if row.when is None:
                continue
            path = f"{name}[{place}].when"
            before = len(faults)
            register.check(row.when, "entitlement", path, faults)
            if len(faults) == before:
                # What the register takes for any word may be a closed list here.
                terms.check(row.when, path, faults)


def _check_rows(table: EntitlementsTable, world: World, faults: Faults) -> None:
    """Note rows that can never be reached, and customers whom no row gives anything."""
    for name in ("grant", "withhold"):
        rows = tuple(TableRow(row.code, row.when) for row in getattr(table, name))
        check_table(rows, "collect", world.terms, name, faults, complete=False, ranges=world.ranges)
    conditions: list[Condition | None] = [row.when for row in table.grant]
    try:
        gap = world.find(conditions, none_holds)
    except TooWideError as error:
        faults.add("grant", "conditions over many facts", str(error))
        return
    if gap is not None:
        wanted = "a service for every class; no row gives any there"
        faults.add("grant", f"a gap at {shown(gap)}", wanted)


ENTITLEMENTS: Final[Kind[Any, Entitling]] = Kind(
    "segmentation.entitlements",
    EntitlementsTable,
    _build,
    cohort={
        "customer_kind": FactType("code", "vocabulary/customer-kinds"),
        "region": FactType("code", "vocabulary/regions"),
    },
)
"""Kind of policy that holds the services a bank gives by class."""
