"""The versions of a stages policy as one machine for a customer: which governs which days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy, Undecided, Version
from bankservice.lifecycle.stages.kind import FAR, Stages
from bankservice.lifecycle.stages.machine import Machine, Segment

__all__ = ["machine_from", "machine_of", "version_on", "versions_between"]


def machine_of(policy: Policy[Stages], customer: FrozenMapping[str, Any]) -> Machine:
    """
    Return the machine of a policy's versions for a customer.

    Raises:
        AmbiguousVersionError: If two cohorts of the same days hold the customer.
        FaultsError: If a fact a cohort needs is not of its type.
    """
    # Versions are equal by name; a repeal that was added since is no part of it.
    return _machine(policy, tuple(version.ends_on for version in policy.versions), customer)


@lru_cache(maxsize=1024)
def _machine(
    policy: Policy[Stages], ends_on: tuple[date | None, ...], customer: FrozenMapping[str, Any]
) -> Machine:
    starts = {version.since.toordinal() for version in policy.versions}
    ends = {day.toordinal() for day in ends_on if day is not None}
    edges = [0, *sorted(starts | ends)]
    segments: list[Segment] = []
    for start, end in zip(edges, [*edges[1:], FAR], strict=True):
        segment = _segment(policy, customer, start, end)
        before = segments[-1] if segments else None
        if before is not None and (before.stages, before.unknown) == (
            segment.stages,
            segment.unknown,
        ):
            segments[-1] = Segment(before.start, end, before.stages, before.unknown)
        else:
            segments.append(segment)
    return Machine(segments)


def machine_from(versions: Iterable[Version[Stages]]) -> Machine:
    """
    Return the machine of versions that are known to have applied, each from its first day on, to
    the next or to its repeal; which one applied before the first of them is not known.
    """
    ordered = sorted(versions, key=lambda version: (version.since, version.ref.known_on))
    starts = [version.since.toordinal() for version in ordered]
    ends = [*starts[1:], FAR]
    found = [Segment(0, starts[0] if starts else FAR, None, ("version",))]
    for start, end, version in zip(starts, ends, ordered, strict=True):
        over = end if version.ends_on is None else min(end, version.ends_on.toordinal())
        found.append(Segment(start, over, version.parameters))
        if over < end:
            found.append(Segment(over, end, None))
    return Machine(found)


def _segment(
    policy: Policy[Stages], customer: Mapping[str, object], start: int, end: int
) -> Segment:
    if not start:
        return Segment(start, end, None)
    found = policy.select(date.fromordinal(start), customer)
    if isinstance(found, Undecided):
        return Segment(start, end, None, found.facts)
    return Segment(start, end, None if found is None else found.parameters)


def version_on(
    policy: Policy[Stages], customer: Mapping[str, object], day: int
) -> Version[Stages] | None:
    """Return the version in force on a day, where it can be told."""
    found = policy.select(date.fromordinal(day), customer)
    return found if isinstance(found, Version) else None


def versions_between(
    policy: Policy[Stages], customer: Mapping[str, object], first: int, last: int
) -> Iterator[Version[Stages]]:
    """Yield the versions in force on any of the days from *first* to *last*, newest first."""
    edges = sorted(
        v.since.toordinal() for v in policy.versions if first < v.since.toordinal() <= last
    )
    ends = (v.ends_on.toordinal() for v in policy.versions if v.ends_on is not None)
    # Mostly the same is in force on all the days, so the first need not be looked at.
    changes = bool(edges) or any(first < end <= last for end in ends)
    seen = set[str]()
    for day in (last, *reversed(edges), *((first,) if changes else ())):
        found = version_on(policy, customer, day)
        if found is not None and found.ref.digest not in seen:
            seen.add(found.ref.digest)
            yield found
