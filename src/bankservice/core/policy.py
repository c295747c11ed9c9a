"""
Policies: dated, cited parameters, and the choice of the version in force.

A version has a day it takes effect (`since`) and a day it became known (`known_on`). The version
in force on a day is, among those known and applying to the customer, the one with the latest
`since`, then the latest `known_on`. The same `since` with a later `known_on` is a correction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, Generic, Protocol, TypeVar

import attrs

from bankservice.core.citation import Approval, Citation
from bankservice.core.conditions import Condition, FactType, TypeName, Within
from bankservice.core.errors import BankServiceError, Fault, NotInForceError
from bankservice.core.plain import canonical, to_json
from bankservice.core.structure import FACTS
from bankservice.core.unknown import UNKNOWN

__all__ = [
    "AmbiguousVersionError",
    "DeclaredFact",
    "Faults",
    "Kind",
    "Library",
    "Policy",
    "PolicyRef",
    "Title",
    "Undecided",
    "UndecidedVersionError",
    "Version",
    "changes",
]

P = TypeVar("P")
S = TypeVar("S")

_NOT_KNOWN: Final = (None, UNKNOWN, UNKNOWN.value)  # JSON has the bare word

_TYPES: Final[Mapping[str, type[Any]]] = {
    "integer": int,
    "number": Decimal,
    "boolean": bool,
    "date": date,
}


@attrs.frozen(kw_only=True)
class Title:
    """What a thing is called, in both languages."""

    en: str
    zh: str

    def of(self, locale: str) -> str:
        """Return the title for *locale* (`zh…` is Chinese, anything else English)."""
        return self.zh if locale.startswith("zh") else self.en


@attrs.frozen(kw_only=True)
class DeclaredFact:
    """A fact that a version asks for beyond its kind's own (`[[version.fact]]`)."""

    name: str
    type: TypeName
    tree: str = ""
    title: Title | None = attrs.field(default=None, metadata={"digest": False})


class Faults:
    """Collects what is wrong, so that a writer hears everything at once."""

    def __init__(self, path: str = "") -> None:
        """Start a collection whose paths begin with *path*."""
        self._path = path
        self._held: list[Fault] = []

    def add(self, path: str, got: object, wanted: str, near: tuple[str, ...] = ()) -> None:
        """Note one fault at *path*, relative to where this collection began."""
        whole = f"{self._path}.{path}" if self._path and path else self._path or path
        self._held.append(Fault(whole, str(got), wanted, near))

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


class Library(Protocol):
    """Finds policies by id, for policies that link others."""

    def get(self, policy_id: str) -> Policy[Any]:
        """
        Return the policy called *policy_id*.

        Raises:
            UnknownNameError: If there is none; near names are offered.
        """


@attrs.frozen(eq=False)
class Kind(Generic[S, P]):
    """
    One kind of policy: how its files map to typed parameters.

    Attributes:
        name: Such as `segmentation.tiers`.
        schema: The attrs class a version's own keys are read into.
        build: Checks what single fields cannot say and returns the parameters rules work with;
            faults go into the collection.
        cohort: Facts that `applies_to` may name without declaring them.
        join: Where the versions of a policy make one thing together, as a calendar whose hours
            change: (policy id, versions, faults) → the same versions with joined parameters. It is
            asked when a file was read, and again where only a part of the versions was known.
    """

    name: str
    schema: type[S]
    build: Callable[[S, Faults, Library], P]
    cohort: Mapping[str, FactType] = attrs.field(factory=dict)
    join: Callable[[str, tuple[Version[P], ...], Faults], tuple[Version[P], ...]] | None = None


@attrs.frozen
class PolicyRef:
    """A policy version by name: what decisions and entries carry."""

    policy: str
    since: date
    known_on: date
    digest: str

    def __str__(self) -> str:
        known = "" if self.known_on == self.since else f", known {self.known_on}"
        return f"{self.policy}@{self.since}{known} ({self.digest[:12]})"


@attrs.frozen(eq=False, kw_only=True)
class Version(Generic[P]):
    """
    One version of a policy.

    Attributes:
        ref: Its name.
        kind: Kind of the policy.
        title: Title of the policy.
        ends_on: First day it is no longer in force (repeal), if any.
        source: Where its numbers come from.
        approval: Who approved it.
        applies_to: The cohort it is for; None for everybody.
        facts: Facts it declares.
        written: The parameters as written.
        parameters: The parameters as rules use them.
        within: Tree membership for `applies_to`.
        text: Canonical text from which the version can be built again.
    """

    ref: PolicyRef
    kind: Kind[Any, P]
    title: Title
    ends_on: date | None
    source: Citation
    approval: Approval | None
    applies_to: Condition | None
    facts: tuple[DeclaredFact, ...]
    written: Any
    parameters: P
    within: Within
    text: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and (self.ref, self.applies_to) == (
            other.ref,
            other.applies_to,
        )

    def __hash__(self) -> int:
        return hash(self.ref)

    @property
    def since(self) -> date:
        """First day it is in force."""
        return self.ref.since

    @property
    def cohort(self) -> str:
        """The cohort as canonical text; empty for everybody."""
        return "" if self.applies_to is None else canonical(to_json(self.applies_to))

    def applies(self, facts: Mapping[str, object]) -> bool | None:
        """
        Tell whether it is for a customer with *facts*; None where a needed fact is unknown.

        Dates and numbers may stand as text.

        Raises:
            FaultsError: If a fact the cohort needs is not of the type declared.
        """
        if self.applies_to is None:
            return True
        return self.applies_to.holds(self._typed(facts), self.within)

    def _typed(self, facts: Mapping[str, object]) -> Mapping[str, object]:
        assert self.applies_to is not None, "only a cohort reads facts"
        types = {name: known.type for name, known in self.kind.cohort.items()}
        types |= {fact.name: fact.type for fact in self.facts}
        typed: dict[str, object] = {}
        for name in {comparison.fact for comparison in self.applies_to.comparisons()}:
            value = facts.get(name)
            if value not in _NOT_KNOWN:
                kind = _TYPES.get(types[name])
                what = f"fact {name} for {self.ref.policy}"
                typed[name] = value if kind is None else FACTS.read(value, kind, what)
        return typed


@attrs.frozen
class Undecided:
    """The version cannot be chosen: a fact its cohort needs is unknown."""

    facts: tuple[str, ...]


class AmbiguousVersionError(BankServiceError, LookupError):
    """Two cohorts whose versions are of the same days both hold a customer."""

    def __init__(self, policy: str, since: date, cohorts: tuple[str, str]) -> None:
        super().__init__(policy, since, cohorts)
        self.cohorts = cohorts

    def __str__(self) -> str:
        policy, since, cohorts = self.args
        return (
            f"{policy} has two versions since {since} for this customer: {' and '.join(cohorts)}. "
            "Make the cohorts apart, or give one a later known_on."
        )


class UndecidedVersionError(BankServiceError, LookupError):
    """The version in force depends on a fact that is unknown."""

    def __init__(self, policy: str, day: date, facts: tuple[str, ...]) -> None:
        super().__init__(policy, day, facts)
        self.facts = facts

    def __str__(self) -> str:
        policy, day, facts = self.args
        return f"{policy} on {day} depends on {', '.join(facts)}, which is unknown; state it."


@attrs.frozen(eq=False)
class Policy(Generic[P]):
    """
    A policy with all its versions, oldest first.

    Attributes:
        id: Named for the regime, not for today's instrument.
        kind: How its versions are read.
        title: What it is called.
        versions: By `since`, then `known_on`.
    """

    id: str
    kind: Kind[Any, P]
    title: Title
    versions: tuple[Version[P], ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Policy) and (self.id, self.versions) == (other.id, other.versions)

    def __hash__(self) -> int:
        return hash((self.id, self.versions))

    def as_known(self, day: date) -> Policy[P]:
        """Return the policy as it was known at the end of *day*."""
        known = tuple(version for version in self.versions if version.ref.known_on <= day)
        if len(known) == len(self.versions):
            return self
        if self.kind.join is not None:
            known = self.kind.join(self.id, known, Faults())
        return attrs.evolve(self, versions=known)

    def select(
        self, day: date, facts: Mapping[str, object] | None = None
    ) -> Version[P] | Undecided | None:
        """
        Return the version in force on *day* for a customer with *facts*.

        Of two versions of the same days, that of the customer's cohort comes before that for
        everybody.

        Returns:
            The version; `Undecided` where a fact a cohort needs is unknown and would matter; or
            None where no version is in force.

        Raises:
            AmbiguousVersionError: If two cohorts of the same days hold the customer.
        """
        for place in range(len(self.versions) - 1, -1, -1):
            version = self.versions[place]
            if version.ref.since > day:
                continue
            applies = version.applies(facts or {})
            if applies is None:
                names = (
                    {c.fact for c in version.applies_to.comparisons()}
                    if version.applies_to
                    else set()
                )
                known = facts or {}
                return Undecided(tuple(sorted(n for n in names if known.get(n) in _NOT_KNOWN)))
            if applies:
                self._alone(version, self.versions[:place], facts or {})
                return None if version.ends_on is not None and version.ends_on <= day else version
        return None

    def _alone(
        self, found: Version[P], before: tuple[Version[P], ...], facts: Mapping[str, object]
    ) -> None:
        """Refuse a customer of two cohorts whose versions are of the same days."""
        for other in reversed(before):
            if (other.since, other.ref.known_on) != (found.since, found.ref.known_on):
                return
            if other.applies_to is not None and other.applies(facts) is not False:
                raise AmbiguousVersionError(self.id, found.since, (found.cohort, other.cohort))

    def on(self, day: date, facts: Mapping[str, object] | None = None) -> Version[P]:
        """
        Return the version in force on *day*.

        Args:
            day: In the bank's own zone.
            facts: What the cohorts (`applies_to`) ask for.

        Raises:
            NotInForceError: If there is none: before the first, or after a repeal.
            UndecidedVersionError: If it depends on an unknown fact.
        """
        found = self.select(day, facts)
        if isinstance(found, Version):
            return found
        if isinstance(found, Undecided):
            raise UndecidedVersionError(self.id, day, found.facts)
        raise NotInForceError(self._absence(day))

    def _absence(self, day: date) -> str:
        if not self.versions:
            return f"{self.id} has no version that was known; load one, or ask as known on a later day."
        first = self.versions[0].ref.since
        if day < first:
            return (
                f"{self.id} has no version on {day}: its first version starts on {first}. "
                "Pass a later day, or add an earlier version."
            )
        ended = [v.ends_on for v in self.versions if v.ends_on is not None and v.ends_on <= day]
        if ended:
            return (
                f"{self.id} has no version on {day}: it ended on {max(ended)}. Pass an earlier day."
            )
        return f"{self.id} has no version on {day} that applies to a customer with these facts."


def changes(before: object, after: object, path: str = "") -> Iterator[tuple[str, object, object]]:
    """
    Yield what differs between two plain JSON values, as (path, before, after).

    Rows with a `code` or `name` are paired by it, so that a new row does not shift the rest; a name
    in several languages pairs nothing.

    Examples:
        >>> list(changes({"enter": "1"}, {"enter": "2", "grace": "P3M"}))
        [('enter', '1', '2'), ('grace', None, 'P3M')]
    """
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in [*before, *(key for key in after if key not in before)]:
            below = f"{path}.{key}" if path else str(key)
            yield from changes(before.get(key), after.get(key), below)
    elif _are_rows(before) and _are_rows(after):
        yield from changes(_rows(before), _rows(after), path)
    elif before != after:
        yield (path, before, after)


def _are_rows(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(row, Mapping) for row in value)


def _rows(rows: Any) -> dict[str, Any]:
    keys = [row.get("code") or row.get("name") if isinstance(row, Mapping) else "" for row in rows]
    named = [key for key in keys if isinstance(key, str) and key]
    if len(set(named)) == len(rows):
        return dict(zip(named, rows, strict=True))
    return {f"[{index}]": row for index, row in enumerate(rows)}
