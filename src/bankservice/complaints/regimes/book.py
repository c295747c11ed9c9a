"""A book of regimes: which ones a bank looks at when it asks what governs a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from bankservice.complaints.regimes.law import Regime
from bankservice.complaints.regimes.regime import CASE_FACTS, REGIME
from bankservice.core.errors import UnknownNameError
from bankservice.core.policy import Faults, Kind, Library, Policy
from bankservice.core.terms import Terms
from bankservice.core.vocabulary import Tree

__all__ = ["REGIME_BOOK", "Book", "BookTable"]


@attrs.frozen(kw_only=True)
class BookTable:
    """
    A version of a book as written.

    Attributes:
        regimes: Ids of regimes, in the order in which they are looked at.
    """

    regimes: tuple[str, ...]


@attrs.frozen(eq=False)
class Book:
    """
    The regimes of a book, with all their versions.

    Attributes:
        regimes: The regimes, in the order in which they are looked at.
        trees: Fact → the tree its codes stand in.
    """

    regimes: tuple[Policy[Regime], ...]
    trees: Mapping[str, Tree]


def _build(written: BookTable, faults: Faults, library: Library) -> Book:
    if not written.regimes:
        faults.add("regimes", "nothing", "the ids of one or more regimes")
    found: dict[str, Policy[Any]] = {}
    for index, name in enumerate(written.regimes):
        try:
            policy = library.get(name)
        except UnknownNameError as error:
            faults.add(f"regimes[{index}]", repr(name), "the id of a regime", error.near)
            continue
        if policy.kind.name != REGIME.name:
            faults.add(f"regimes[{index}]", repr(name), f"a policy of kind {REGIME.name}")
        elif policy.id in found:
            faults.add(f"regimes[{index}]", repr(name), "each regime once")
        else:
            found[policy.id] = policy
    return Book(tuple(found.values()), Terms.of(CASE_FACTS, {}, library).trees)


REGIME_BOOK: Final[Kind[BookTable, Book]] = Kind("complaints.regime-book", BookTable, _build)
"""Kind of policy that lists the regimes a bank looks at."""
