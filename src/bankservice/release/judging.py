"""
Why a release is refused: pure, over a policy and the records of its releases.

Of two refusals the one that stands first in `Refusal` decides. Those in `STOPPED` are by what the
proof says (cases, book); the others are a caller's mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Any, Final
from unicodedata import normalize

from bankservice.core.citation import Approval
from bankservice.core.decision import Reason
from bankservice.core.plain import canonical, to_json
from bankservice.core.policy import Policy, Version, changes
from bankservice.release import saying as says
from bankservice.release.model import (
    Asked,
    Figures,
    Proof,
    Record,
    approvals_of,
    held_of,
    key_of,
)
from bankservice.release.planning import Plan

__all__ = [
    "STOPPED",
    "Refusal",
    "four_eyes",
    "judge_book",
    "judge_cases",
    "judge_days",
    "problems",
]


class Refusal(Enum):
    """Why nothing is released, in order of precedence."""

    APPROVER_IS_ACTOR = "approver-is-actor"
    """Who approves a release is not who asks for it."""
    CHAIN_BROKEN = "chain-broken"
    """A record of an earlier release was changed, taken out or put in."""
    VERSION_CHANGED = "version-changed"
    """A version that was released says something else now."""
    VERSION_GONE = "version-gone"
    """A version that was released is no longer in the file."""
    APPROVAL_DIFFERS = "approval-differs"
    """The file names another approval than the record, or one of its own."""
    NOTHING_NEW = "nothing-new"
    """The file has no version that was not in use before."""
    RELEASED_OTHERWISE = "released-otherwise"
    """The versions were released before, by others or on another document."""
    KNOWN_BEFORE_APPROVAL = "known-before-approval"
    """A version says that it was known before it is approved."""
    RETROACTIVE = "retroactive"
    """A version takes effect, or ends, before the day it is approved, and no reason is given."""
    NO_CASE = "no-case"
    """No case is decided by the policy that is to be released."""
    CASE_BAD = "case-bad"
    """A table or case cannot be run."""
    CASE_FAILED = "case-failed"
    """A case fails."""
    CHANGE_UNSEEN = "change-unseen"
    """Every case passes without the change as well: none proves it."""
    VERSION_UNSEEN = "version-unseen"
    """Of several new versions, every case passes without this one as well."""
    BOOK_EMPTY = "book-empty"
    """The book has nothing that could be asked, or nothing that could be decided."""
    TOO_MANY_MOVES = "too-many-moves"
    """More of the book is answered otherwise than was expected."""


STOPPED: Final = frozenset(
    {
        Refusal.NO_CASE,
        Refusal.CASE_FAILED,
        Refusal.CHANGE_UNSEEN,
        Refusal.VERSION_UNSEEN,
        Refusal.BOOK_EMPTY,
        Refusal.TOO_MANY_MOVES,
    }
)
"""Refusals by what the proof says; the others are a caller's mistake."""


def four_eyes(asked: Asked) -> Iterator[Reason]:
    """Yield why the people asked for will not do: who approves is somebody else than who asks."""
    if _folded(asked.by) == _folded(asked.asked_by):
        yield says.APPROVER_IS_ACTOR(by=asked.by)


def _folded(name: str) -> str:
    return "".join(normalize("NFKC", name).casefold().split())


def problems(
    policy: Policy[Any], records: Iterable[Record], against: Policy[Any] | None = None
) -> Iterator[Reason]:
    """
    Yield where a policy no longer says what was released.

    A version that was released must stay, as it was, with its approval. What may change is the
    upkeep: titles, citations, the file's layout.

    Args:
        policy: The policy as its file says.
        records: Of its releases, oldest first.
        against: The policy as it is in use; looked at where it is of the same id.
    """
    records = tuple(records)
    there = {key_of(version): version for version in policy.versions}
    held = held_of(records)
    for key, item in held.items():
        yield from _changed(there.get(key), item.since, item.known_on, item.digest, item.parameters)
    in_use = against.versions if against is not None and against.id == policy.id else ()
    for version in in_use:
        ref = version.ref
        if key_of(version) not in held:
            written = to_json(version.written)
            found = there.get(key_of(version))
            yield from _changed(found, ref.since, ref.known_on, ref.digest, written)
    for key, approval in approvals_of(records).items():
        named = None if key not in there else there[key].approval
        if named is not None and named != approval:
            yield _other_approval(there[key], approval)


def _other_approval(version: Version[Any], approval: Approval) -> Reason:
    assert version.approval is not None, "asked of versions with an approval"
    return says.APPROVAL_DIFFERS(
        since=version.since,
        named=version.approval.by,
        day=version.approval.on,
        by=approval.by,
        on=approval.on,
    )


def _changed(
    version: Version[Any] | None, since: date, known_on: date, digest: str, parameters: Any
) -> Iterator[Reason]:
    if version is None:
        yield says.VERSION_GONE(since=since, known_on=known_on)
    elif version.ref.digest != digest:
        found = changes(parameters, to_json(version.written))
        # Where the parameters are the same, the cohort's facts are declared otherwise.
        path, was, now = next(found, ("fact", None, to_json(version.facts)))
        yield says.VERSION_CHANGED(
            since=since, known_on=known_on, path=path, before=_short(was), after=_short(now)
        )


def _short(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else canonical(value)


def judge_days(found: Plan, asked: Asked, on: date) -> Iterator[Reason]:
    """
    Yield what is wrong with the days and the approvals of what is new.

    Args:
        found: What the release does.
        asked: What is asked for.
        on: Day of the approval.
    """
    approval = Approval(by=asked.by, on=on, document=asked.document)
    for version in found.new:
        if version.approval not in (None, approval):
            yield _other_approval(version, approval)
    for version in found.new:
        if version.ref.known_on < on:
            yield says.KNOWN_BEFORE_APPROVAL(
                since=version.since, known_on=version.ref.known_on, on=on
            )
    if asked.retroactive:
        return
    for version in found.new:
        if version.since < on:
            yield says.RETROACTIVE(since=version.since, on=on)
    ends = {key_of(version): version.ends_on for version in found.before.versions}
    for version in found.repealed:
        days = [day for day in (ends[key_of(version)], version.ends_on) if day is not None]
        if min(days) < on:
            yield says.RETROACTIVE(since=min(days), on=on)


def judge_cases(proof: Proof, found: Plan) -> Iterator[Reason]:
    """Yield what the case tables have against a release."""
    if not proof.touching and not proof.failed and not proof.bad:
        yield says.NO_CASE(policy=found.policy.id, astray=proof.astray)
    for case, why in proof.bad:
        yield says.CASE_BAD(case=case, why=why)
    for case, why in proof.failed:
        yield says.CASE_FAILED(case=case, why=why)
    # A repeal cannot be seen: a case on a day without a version has no outcome to expect.
    decisive = any(change.path != "ends_on" for change in found.differences)
    if proof.touching and not proof.seeing and decisive:
        yield says.CHANGE_UNSEEN(touching=proof.touching)
    elif proof.touching:
        for since in proof.unseen:
            yield says.VERSION_UNSEEN(since=since)


def judge_book(figures: Figures, asked: Asked) -> Iterator[Reason]:
    """Yield what a book has against a release."""
    # Where neither side could decide, nothing is answered otherwise, and that says nothing.
    if figures.asked == figures.mute:
        yield says.BOOK_EMPTY(book=", ".join(figures.book.values()))
    elif asked.most_moves is not None and not asked.accept_moves:
        share = Fraction(figures.changed, figures.asked)
        if share > asked.most_moves:
            yield says.TOO_MANY_MOVES(
                changed=figures.changed,
                asked=figures.asked,
                share=share * 100,
                most=asked.most_moves * 100,
            )
