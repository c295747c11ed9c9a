"""What a release is: who approved which versions, on what grounds, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Any, Final, TypeAlias

import attrs

from bankservice.core.citation import Approval
from bankservice.core.frozen import FrozenMapping
from bankservice.core.identifiers import checked_id
from bankservice.core.policy import Policy, Version
from bankservice.core.simulation import Simulation

__all__ = [
    "FORMAT",
    "Act",
    "Asked",
    "Difference",
    "Figures",
    "Item",
    "Key",
    "Proof",
    "Record",
    "TableProof",
    "approvals_of",
    "held_of",
    "key_of",
    "without",
]

FORMAT: Final = 1
"""The form of release records; a later form has a later number."""

Key: TypeAlias = tuple[date, date, str]
"""What tells a version from the others of its policy: since, known_on, cohort."""

_LONGEST: Final = 300


class Act(Enum):
    """What a release does with a version."""

    NEW = "new"
    """It is released, and approved by this release."""
    REPEAL = "repeal"
    """The day it ends is set, moved or taken away."""
    ADOPTED = "adopted"
    """It was in use before the first release, and must not change from now on."""


@attrs.frozen(kw_only=True)
class Asked:
    """
    What is asked for.

    Attributes:
        by: Who approves.
        asked_by: Who asks for it; somebody else.
        document: Where the approval is written down.
        on: Day of the approval; None takes that of the same release given before, or today.
        retroactive: Why a version takes effect before the day it is approved; empty where none does.
        most_moves: Share of the book that may be answered otherwise; None for any.
        accept_moves: Whether more than that is accepted.

    Examples:
        >>> Asked(by="li", asked_by="wang", document="minutes 7", on=date(2026, 6, 15)).by
        'li'
    """

    by: str
    asked_by: str
    document: str
    on: date | None = None
    retroactive: str = ""
    most_moves: Fraction | None = None
    accept_moves: bool = False

    def __attrs_post_init__(self) -> None:
        checked_id(self.by, "approver's")
        checked_id(self.asked_by, "asker's")
        for name in ("by", "asked_by"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} is blank; name who it is.")
        for name in ("document", "retroactive"):
            text = getattr(self, name)
            if len(text) > _LONGEST or not text.isprintable():
                raise ValueError(f"{name} takes up to {_LONGEST} printable characters in one line.")
        if not self.document.strip():
            raise ValueError("a release needs the document its approval is written down in.")
        if self.most_moves is not None and not 0 <= self.most_moves <= 1:
            raise ValueError(f"most_moves is {self.most_moves}; a share from 0 to 1 is wanted.")
        if self.accept_moves and self.most_moves is None:
            raise ValueError("accept_moves belongs to most_moves; state how many are expected.")


@attrs.frozen(kw_only=True)
class Item:
    """
    A version in a release record.

    Attributes:
        since: First day it is in force.
        known_on: Day it became known.
        digest: Digest of its typed parameters.
        act: What the release did with it.
        cohort: The cohort as canonical text; empty for everybody.
        ends_on: First day it is no longer in force, if any.
        parameters: Its parameters as written, as plain JSON.
    """

    since: date
    known_on: date
    digest: str
    act: Act
    cohort: str = ""
    ends_on: date | None = None
    parameters: Any = None

    @property
    def key(self) -> Key:
        """What tells it from the other versions."""
        return (self.since, self.known_on, self.cohort)


@attrs.frozen(kw_only=True)
class Difference:
    """
    One thing that changes.

    Attributes:
        since: First day of the version it stands in.
        known_on: Day that version became known.
        path: Where, such as `tier.GOLD.enter`.
        before: What stood there; None for nothing.
        after: What stands there now; None for nothing.
    """

    since: date
    known_on: date
    path: str
    before: Any = None
    after: Any = None


@attrs.frozen(kw_only=True)
class TableProof:
    """
    A case table that was run.

    Attributes:
        file: Its place, seen from the policy's folder.
        digest: SHA-256 of the file.
        cases: How many cases it has.
        touching: How many of them are decided by the policy that is released.
    """

    file: str
    digest: str
    cases: int
    touching: int


@attrs.frozen(kw_only=True)
class Proof:
    """
    What the case tables say.

    Attributes:
        tables: The tables, in the order they were run.
        passed: Cases that pass.
        touching: Cases decided by the very policy that is released.
        seeing: Those of them that would fail without what is released: they prove the change.
        unseen: Since when the new versions are in force that no case would miss by itself.
        astray: Cases of a policy of this id with other content, such as an old copy.
        failed: Cases that fail: (case, what did not match).
        bad: Tables and cases that cannot be run: (case, why).
    """

    tables: tuple[TableProof, ...] = ()
    passed: int = 0
    touching: int = 0
    seeing: int = 0
    unseen: tuple[date, ...] = ()
    astray: int = 0
    failed: tuple[tuple[str, str], ...] = ()
    bad: tuple[tuple[str, str], ...] = ()


@attrs.frozen(kw_only=True)
class Figures:
    """
    What came out when a book was asked under the policy before and under the one released.

    Attributes:
        rule: Id of the rule that was asked.
        book: What the book is, by name.
        asked: Questions asked.
        changed: Those answered otherwise in anything compared.
        moved: Those that would stand elsewhere.
        alone: Whether the new version was asked by itself, whatever the days in the book.
        mute: Those that neither side could decide.
        passed_over: Those that the sample left out.
        unasked: Why → how many could not be asked again.
        matrix: (place before, place after, how many).
        days: Date → how it moves: `earlier`, `later`, `begun`, `gone`, `same`.
        amounts: Name → sum before and after.
    """

    rule: str
    book: FrozenMapping[str, str] = FrozenMapping()
    asked: int
    changed: int
    moved: int
    alone: bool = False
    mute: int = 0
    passed_over: int = 0
    unasked: FrozenMapping[str, int] = FrozenMapping()
    matrix: tuple[tuple[str, str, int], ...] = ()
    days: FrozenMapping[str, FrozenMapping[str, int]] = FrozenMapping()
    amounts: FrozenMapping[str, tuple[int, int]] = FrozenMapping()

    @classmethod
    def of(cls, told: Simulation, book: Mapping[str, str]) -> Figures:
        """Return the figures of a simulation, with what its book is, by name."""
        moving = ("earlier", "later", "begun", "gone", "same")
        return cls(
            rule=told.rule,
            book=FrozenMapping(dict(book)),
            asked=told.asked,
            changed=told.changed,
            moved=told.moved,
            mute=told.mute,
            passed_over=told.passed_over,
            unasked=FrozenMapping(dict(sorted(told.unasked.items()))),
            matrix=tuple((was, now, count) for (was, now), count in sorted(told.matrix.items())),
            days=FrozenMapping(
                {
                    name: FrozenMapping({part: getattr(shift, part) for part in moving})
                    for name, shift in sorted(told.days.items())
                }
            ),
            amounts=FrozenMapping(dict(sorted(told.amounts.items()))),
        )


@attrs.frozen(kw_only=True)
class Record:
    """
    What is written down of one release.

    Attributes:
        format: The form of the record.
        policy: Id of the policy.
        kind: Its kind.
        number: The release's place among those of the policy, from 1.
        previous: SHA-256 of the record before; empty for the first.
        file: Name of the policy file.
        file_digest: SHA-256 of that file with the approval in it.
        asked_by: Who asked for the release.
        approval: Who approved it, on which day, in which document.
        retroactive: Why a version takes effect before that day; empty where none does.
        against: What it was compared with: a policy and its versions.
        versions: What the release does with which version.
        differences: What changes.
        cases: What the case tables say.
        what_if: What a book says, where one was asked.
        most_moves: Share of the book that might be answered otherwise, where one was set.
        accepted_moves: Whether more than that was accepted.
        package: Version of this package.
    """

    format: int
    policy: str
    kind: str
    number: int
    previous: str
    file: str
    file_digest: str
    asked_by: str
    approval: Approval
    retroactive: str = ""
    against: str = ""
    versions: tuple[Item, ...]
    differences: tuple[Difference, ...] = ()
    cases: Proof = Proof()
    what_if: Figures | None = None
    most_moves: Fraction | None = None
    accepted_moves: bool = False
    package: str = ""

    def same_as(self, asked: Asked) -> bool:
        """Tell whether it is what is asked for: the same people, document and, if told, day."""
        people = (self.asked_by, self.approval.by, self.approval.document)
        return people == (asked.asked_by, asked.by, asked.document) and (
            asked.on in (None, self.approval.on)
        )


def key_of(version: Version[Any]) -> Key:
    """Return what tells a version from the others of its policy."""
    return (version.ref.since, version.ref.known_on, version.cohort)


def held_of(records: Iterable[Record]) -> dict[Key, Item]:
    """Return what was released or adopted, each version as the last record has it."""
    return {item.key: item for record in records for item in record.versions}


def approvals_of(records: Iterable[Record]) -> dict[Key, Approval]:
    """Return who approved which version, for those that were released."""
    return {
        item.key: record.approval
        for record in records
        for item in record.versions
        if item.act is Act.NEW
    }


def without(policy: Policy[Any], versions: Iterable[Key]) -> tuple[Version[Any], ...]:
    """Return the versions of a policy that are not among *versions*."""
    gone = set(versions)
    return tuple(version for version in policy.versions if key_of(version) not in gone)
