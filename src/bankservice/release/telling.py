"""What a release does, what proves it and who approved it, in the order it is told."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from bankservice.core.decision import Reason
from bankservice.core.plain import canonical
from bankservice.core.policy import Policy
from bankservice.release import saying as says
from bankservice.release.model import Asked, Figures, Proof, Record, key_of
from bankservice.release.planning import Plan

__all__ = ["approval_told", "book_told", "cases_told", "named", "plan_told"]


def plan_told(found: Plan, asked: Asked) -> Iterator[Reason]:
    """Yield what a release does, and what changes."""
    for version in found.adopted:
        yield says.ADOPTED(since=version.since, known_on=version.ref.known_on)
    for version in found.new:
        yield says.NEW(since=version.since, known_on=version.ref.known_on)
    ends = {key_of(version): version.ends_on for version in found.before.versions}
    for version in found.repealed:
        end = ends[key_of(version)]
        yield says.REPEALED(since=version.since, before=end, after=version.ends_on)
    if asked.retroactive:
        yield says.RETROACTIVE_FOR(reason=asked.retroactive)
    if not found.base.versions:
        yield says.FIRST(since=found.first_day)
        return
    yield says.COMPARED(base=named(found.base))
    several = len({(change.since, change.known_on) for change in found.differences}) > 1
    place = None
    for change in found.differences:
        if several and place != (change.since, change.known_on):
            place = (change.since, change.known_on)
            yield says.VERSION_NAMED(since=change.since, known_on=change.known_on)
        was, now = (_text(value) for value in (change.before, change.after))
        if was is None:
            yield says.PARAMETER(path=change.path, after=now)
        elif now is None:
            yield says.GONE(path=change.path, before=was)
        else:
            yield says.CHANGED(path=change.path, before=was, after=now)
    if not found.differences:
        yield says.SAME_PARAMETERS()


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else canonical(value)


def cases_told(proof: Proof, policy: str) -> Reason:
    """Return what the case tables say."""
    return says.CASES(
        passed=proof.passed,
        cases=sum(table.cases for table in proof.tables),
        touching=proof.touching,
        seeing=proof.seeing,
        policy=policy,
    )


def book_told(figures: Figures) -> Iterator[Reason]:
    """Yield what a book says."""
    yield says.BOOK(
        rule=figures.rule,
        asked=figures.asked,
        changed=figures.changed,
        share=Fraction(figures.changed * 100, figures.asked or 1),
        moved=figures.moved,
    )
    if figures.alone:
        yield says.ALONE()
    yield says.FROM(book=", ".join(f"{k} {v}" for k, v in figures.book.items() if v))
    if figures.mute:
        yield says.MUTE(count=figures.mute)
    for name, moves in figures.days.items():
        if any(count for part, count in moves.items() if part != "same"):
            yield says.DATE_MOVES(date=name, **moves)


def approval_told(record: Record) -> Reason:
    """Return who asked for a release and who approved it."""
    return says.APPROVAL(
        asked_by=record.asked_by,
        by=record.approval.by,
        on=record.approval.on,
        document=record.approval.document,
    )


def named(policy: Policy[Any]) -> str:
    """Return what tells a policy from another; empty for one without versions."""
    refs = ", ".join(f"{held.since} {held.ref.digest[:16]}" for held in policy.versions)
    return f"{policy.id} ({refs})" if refs else ""
