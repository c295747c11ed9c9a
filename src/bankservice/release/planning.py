"""
What a release does: pure, over a policy, the records of its releases and the policy in use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import attrs

from bankservice.core.plain import to_json
from bankservice.core.policy import Faults, Policy, Version, changes
from bankservice.core.what_if import Side
from bankservice.release.model import (
    Act,
    Difference,
    Item,
    Key,
    Record,
    held_of,
    key_of,
    without,
)

__all__ = ["Plan", "plan"]


@attrs.frozen(kw_only=True)
class Plan:
    """
    What a release does.

    Attributes:
        policy: The policy as it would be.
        before: The policy as it was, without what is released.
        base: What it is compared with: *before*, or what was named instead.
        new: Versions that are released.
        repealed: Versions whose end is set, moved or taken away.
        adopted: Versions that were in use before the first release.
        differences: What changes.
    """

    policy: Policy[Any]
    before: Policy[Any]
    base: Policy[Any]
    new: tuple[Version[Any], ...]
    repealed: tuple[Version[Any], ...]
    adopted: tuple[Version[Any], ...]
    differences: tuple[Difference, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to release."""
        return not self.new and not self.repealed

    @property
    def first_day(self) -> date:
        """First day on which something would come out otherwise; not of an empty plan."""
        was = {key_of(version): version.ends_on for version in self.before.versions}
        ends = (
            day
            for version in self.repealed
            for day in (was[key_of(version)], version.ends_on)
            if day is not None
        )
        return min([*(version.since for version in self.new), *ends])

    def sides(self, on: date) -> tuple[Side, Side, date | None]:
        """
        Return what a book is asked under, before and after, and the day it is asked for.

        One new version for everybody is asked by itself beside the one before it, whatever the days
        in the book: of a book that ends before it takes effect nothing would move, and that would
        say nothing. Where there are several, cohorts or a repeal, the days decide.

        Args:
            on: Day of the approval.
        """
        plain = not any(held.cohort for held in (*self.policy.versions, *self.base.versions))
        if plain and len(self.new) == 1 and not self.repealed:
            before = _without(self.new[0], self.base)
            if before is not None:
                return before, self.new[0], None
        return self.base, self.policy, max(on, self.first_day)

    def without_each(self) -> Iterator[tuple[date, Policy[Any]]]:
        """
        Yield, for each of several new versions that change something, the policy without it alone.

        A version that another new one corrects at once is passed over: no day is decided by it.
        """
        changing = {(change.since, change.known_on) for change in self.differences}
        for version in self.new if len(self.new) > 1 else ():
            since, known_on, cohort = key_of(version)
            corrected = any(
                (held.since, held.cohort) == (since, cohort) and held.ref.known_on > known_on
                for held in self.new
            )
            if (since, known_on) in changing and not corrected:
                yield since, _before(self.policy, (version,), {})

    def items(self) -> tuple[Item, ...]:
        """Return what the record says of each version."""
        acts = ((self.adopted, Act.ADOPTED), (self.repealed, Act.REPEAL), (self.new, Act.NEW))
        return tuple(
            Item(
                since=version.since,
                known_on=version.ref.known_on,
                digest=version.ref.digest,
                act=act,
                cohort=version.cohort,
                ends_on=version.ends_on,
                parameters=to_json(version.written),
            )
            for versions, act in acts
            for version in versions
        )


def plan(
    policy: Policy[Any],
    records: Iterable[Record],
    against: Policy[Any] | None,
    on: date,
) -> Plan:
    """
    Return what a release of *policy* does.

    What no record holds, and what is not in *against* where that is the same policy, is new. Where
    nothing is held at all, versions in force by *on* are adopted, but for the newest known; a
    correction that becomes known on that day or later is new as well.

    Args:
        policy: The policy as it would be.
        records: Of its releases, oldest first.
        against: What it is compared with; the policy without what is new where left out.
        on: Day of the approval, in the bank's own zone.
    """
    records = tuple(records)
    held = held_of(records)
    ends: dict[Key, date | None] = {key: item.ends_on for key, item in held.items()}
    if against is not None and against.id == policy.id:
        ends = {key_of(version): version.ends_on for version in against.versions} | ends
    if ends:
        known = set(ends)
    else:
        newest = max((held.ref.known_on, held.ref.since) for held in policy.versions)
        known = {
            key_of(version)
            for version in policy.versions
            if version.since <= on
            and (version.ref.known_on < on or version.ref.known_on == version.since)
            and (version.ref.known_on, version.since) != newest
        }
    new = without(policy, known)
    repealed = tuple(
        version
        for version in policy.versions
        if key_of(version) in ends and ends[key_of(version)] != version.ends_on
    )
    before = _before(policy, new, {key_of(version): ends[key_of(version)] for version in repealed})
    base = against or before
    # A version is compared with the one before it also where that is released with it.
    beside = against if against is not None and against.id != policy.id else policy
    return Plan(
        policy=policy,
        before=before,
        base=base,
        new=new,
        repealed=repealed,
        adopted=tuple(
            version
            for version in policy.versions
            if key_of(version) in known and key_of(version) not in held
        ),
        differences=(
            *(found for version in new for found in _differences(version, beside)),
            *(
                Difference(
                    since=version.since,
                    known_on=version.ref.known_on,
                    path="ends_on",
                    before=to_json(ends[key_of(version)]),
                    after=to_json(version.ends_on),
                )
                for version in repealed
            ),
        ),
    )


def _before(
    policy: Policy[Any], new: tuple[Version[Any], ...], ends: Mapping[Key, date | None]
) -> Policy[Any]:
    """Return the policy without what is new, with its versions ending as they did."""
    kept = tuple(
        attrs.evolve(version, ends_on=ends[key_of(version)]) if key_of(version) in ends else version
        for version in without(policy, map(key_of, new))
    )
    if kept and policy.kind.join is not None:
        kept = policy.kind.join(policy.id, kept, Faults())
    return attrs.evolve(policy, versions=kept)


def _without(version: Version[Any], base: Policy[Any]) -> Version[Any] | None:
    """Return the version that would be in force without this one, if any would."""
    own = base.id == version.ref.policy
    earlier = (
        held
        for held in base.versions
        if held.since <= version.since
        and held.cohort in (version.cohort, "")
        # Of its own policy, neither the version itself nor what corrects it stands before it.
        and not (own and key_of(held) == key_of(version))
        and not (own and held.since == version.since and held.ref.known_on > version.ref.known_on)
    )
    return max(
        earlier,
        key=lambda held: (held.cohort == version.cohort, held.since, held.ref.known_on),
        default=None,
    )


def _differences(version: Version[Any], base: Policy[Any]) -> Iterator[Difference]:
    """Yield what changes against the version that would be in force without this one."""
    last = _without(version, base)
    if last is None:
        return
    for path, was, now in changes(_plain(last), _plain(version)):
        yield Difference(
            since=version.since, known_on=version.ref.known_on, path=path, before=was, after=now
        )


def _plain(version: Version[Any]) -> dict[str, Any]:
    head = {"applies_to": version.applies_to, "fact": version.facts or None}
    told = {name: to_json(value) for name, value in head.items() if value is not None}
    return {**told, **to_json(version.written)}
