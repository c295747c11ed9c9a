"""What the tests of groups share: policies from tables, tables drawn, and a plain oracle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from typing import Any, Final

import attrs
from hypothesis import strategies as st

from bankservice.core.errors import PolicyError
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.segmentation import GROUPS, SHELF, Groups

TITLE: Final = {"en": "x", "zh": "x"}
ON: Final = date(2026, 3, 31)

TIERS: Final = ("BASE", "GOLD", "PLATINUM")
REGIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "CN": ("CN",),
    "east": ("CN", "east"),
    "CN-GD": ("CN", "east", "CN-GD"),
    "CN-SH": ("CN", "east", "CN-SH"),
    "west": ("CN", "west"),
    "CN-SC": ("CN", "west", "CN-SC"),
}
"""Regions and what they stand within."""
EDGES: Final = (0, 18, 25, 35, 60)
SHARES: Final = (0, 5000)
BEHAVIOURS: Final = {"investing": "investing_share", "spending": "spending_share"}

DOMAIN: Final[Mapping[str, tuple[Any, ...]]] = {
    "tier": TIERS,
    "region": tuple(REGIONS),
    "age": EDGES,
    "investing_share": SHARES,
    "spending_share": SHARES,
}
"""One value of each fact for each way in which a drawn table can come out."""


def groups_policy(library: Any = SHELF, **version: Any) -> Policy[Groups]:
    """Return a groups policy of one version; rows without a title get one."""
    rows = {
        key: [{"title": TITLE, **row} for row in held]
        if key in ("screen", "behaviour", "need", "segment", "potential")
        else held
        for key, held in version.items()
    }
    source = {"text": "Acme", "checked": "own"}
    table = {"since": date(2020, 1, 1), "source": source, **rows}
    raw = {"id": "acme/groups", "kind": GROUPS.name, "version": [table]}
    return read_policy(raw, "groups.toml", SHELF.kinds, library)


def faults_of(library: Any = SHELF, **version: Any) -> list[tuple[str, str, str]]:
    """Return what is wrong with a policy: path, got and wanted of each fault."""
    try:
        groups_policy(library, **version)
    except PolicyError as error:
        return [(fault.path, fault.got, fault.wanted) for fault in error.faults]
    return []


@attrs.frozen
class Dims:
    """A drawn segment by its dimensions; None for any."""

    tiers: frozenset[str] | None = None
    region: str | None = None
    age: tuple[int, int] | None = None
    behaviours: frozenset[str] = frozenset()

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Tell whether the segment holds, read off the dimensions."""
        return (
            (self.tiers is None or facts["tier"] in self.tiers)
            and (self.region is None or self.region in REGIONS[facts["region"]])
            and (self.age is None or self.age[0] <= facts["age"] < self.age[1])
            and all(facts[BEHAVIOURS[name]] >= 5000 for name in self.behaviours)
        )

    def row(self, code: str) -> dict[str, Any]:
        """Return it as a policy has it."""
        found: dict[str, Any] = {"code": code, "title": TITLE}
        if self.tiers is not None:
            found["tier"] = sorted(self.tiers)
        if self.region is not None:
            found["region"] = self.region
        if self.age is not None:
            found["age"] = list(self.age)
        names = sorted(self.behaviours)
        if names:
            found["behaviour"] = names[0]
        if names[1:]:
            more = [{"fact": "behaviours", "includes": name} for name in names[1:]]
            found["when"] = {"all": more}
        return found

    def meet(self, other: Dims) -> Dims | None:
        """Return the segment of both, None where there is nobody in it."""
        tiers = self.tiers if other.tiers is None else other.tiers
        if self.tiers is not None and other.tiers is not None:
            tiers = self.tiers & other.tiers
        region = self.region or other.region
        if self.region and other.region:
            pair = sorted((self.region, other.region), key=lambda code: len(REGIONS[code]))
            region = pair[1] if pair[0] in REGIONS[pair[1]] else ""
        age = self.age or other.age
        if self.age and other.age:
            age = (max(self.age[0], other.age[0]), min(self.age[1], other.age[1]))
        if tiers == frozenset() or region == "" or (age and age[0] >= age[1]):
            return None
        return Dims(tiers, region, age, self.behaviours | other.behaviours)


@st.composite
def dims(draw: st.DrawFn) -> Dims:
    """Draw a segment."""
    tiers = draw(st.none() | st.frozensets(st.sampled_from(TIERS), min_size=1, max_size=2))
    region = draw(st.none() | st.sampled_from([code for code in REGIONS if code != "CN"]))
    since, until = draw(st.sampled_from([(a, b) for a in EDGES for b in (*EDGES, 151) if a < b]))
    age = None if (since, until) == (0, 151) or draw(st.booleans()) else (since, until)
    behaviours = draw(st.frozensets(st.sampled_from(list(BEHAVIOURS)), max_size=2))
    return Dims(tiers, region, age, behaviours)


@st.composite
def tables(draw: st.DrawFn) -> list[Dims]:
    """Draw segments: half of them with a row for every two that can hold together."""
    found = draw(st.lists(dims(), min_size=1, max_size=3, unique=True))
    if draw(st.integers(0, 3)):
        for _ in range(3):
            met = [one.meet(other) for one in found for other in found]
            found += [new for new in dict.fromkeys(met) if new is not None and new not in found]
    if draw(st.integers(0, 5)) and Dims() not in found:
        found.append(Dims())
    return draw(st.permutations(found))


def rows_of(table: list[Dims]) -> dict[str, Any]:
    """Return a drawn table as keys of a policy version."""
    return {
        "tiers": list(TIERS),
        "behaviour": [
            {"code": name, "when": {"fact": fact, "at_least": 5000}}
            for name, fact in BEHAVIOURS.items()
        ],
        "segment": [one.row(f"row-{place}") for place, one in enumerate(table)],
    }


def customers(known: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
    """Yield every customer there can be who has the facts known."""
    held = known or {}
    for values in product(*((held[n],) if n in held else of for n, of in DOMAIN.items())):
        yield dict(zip(DOMAIN, values, strict=True))


@attrs.frozen(eq=False)
class Oracle:
    """
    The most specific row by going through everybody there can be.

    Attributes:
        table: The segments.
        extents: For each, the customers it holds for, as numbers.
        book: The customers.
    """

    table: list[Dims]
    extents: list[frozenset[int]]
    book: list[dict[str, Any]]

    @classmethod
    def of(cls, table: list[Dims]) -> Oracle:
        """Return the oracle of a table."""
        book = list(customers())
        extents = [
            frozenset(n for n, facts in enumerate(book) if one.holds(facts)) for one in table
        ]
        return cls(table, extents, book)

    def winners(self, number: int) -> list[int]:
        """Return the rows that hold for a customer and are no wider than another that does."""
        held = [row for row, extent in enumerate(self.extents) if number in extent]
        return [
            row for row in held if not any(self.extents[low] < self.extents[row] for low in held)
        ]

    @property
    def sound(self) -> bool:
        """Whether everybody has one winner, and every row somebody."""
        all_winners = [self.winners(number) for number in range(len(self.book))]
        singles = all(len(winners) == 1 for winners in all_winners)
        return singles and {w for winners in all_winners for w in winners} == set(
            range(len(self.table))
        )
