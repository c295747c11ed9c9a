"""
Deciding a past entry again: the same facts, under the versions as they were kept.

What was decided stands in the record, with its facts and the canonical text of every policy
version it used. So it can be decided again after the policy files were edited or the package was
upgraded, and comes out the same, or the difference is named.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, TypeVar

import attrs

from bankservice.core.desk import Desk, refs_in
from bankservice.core.driver import Asking, Kept, Read
from bankservice.core.errors import StoreError, UnknownNameError
from bankservice.core.hindsight import Hindsight
from bankservice.core.journal import KeptVersion, Stream
from bankservice.core.kept import Rebuild
from bankservice.core.plain import to_json
from bankservice.core.policy import PolicyRef, Version, changes

__all__ = ["Repeated", "Repetition", "repeat"]

S = TypeVar("S")


class Repetition(Enum):
    """What becomes of a past entry that is decided again."""

    EQUAL = "equal"
    DIFFERENT = "different"
    NOT_DECIDED = "not-decided"
    ERASED = "erased"
    POLICY_MISSING = "policy-missing"


@attrs.frozen(kw_only=True)
class Repeated:
    """
    A past entry decided again.

    Attributes:
        ref: The entry, as `kind/subject@version`.
        event: Kind of the entry, such as `assessed`.
        outcome: Whether it came out the same; why it could not be asked.
        policies: The versions it was decided under.
        missing: The version whose text the journal did not keep; empty where none is missing.
        differences: (path, as written, as it comes out now).
    """

    ref: str
    event: str
    outcome: Repetition
    policies: tuple[PolicyRef, ...] = ()
    missing: str = ""
    differences: tuple[tuple[str, Any, Any], ...] = ()


def repeat(desk: Desk[S], subject: str, version: int, rebuild: Rebuild) -> Asking[Repeated]:
    """
    Decide an entry again and compare.

    Args:
        desk: Desk of the record.
        subject: Whose record.
        version: Which entry.
        rebuild: Builds a policy version from its kept text.

    Raises:
        UnknownNameError: If there is no such entry, or its record decides nothing.
        StoreError: If its facts are sealed and the journal was opened without the keys.
    """
    held = yield from desk.recall(subject, version, rebuild)
    entry, again = held.entry, desk.record.again
    ref = f"{entry.stream.kind}/{subject}@{version}"
    policies = tuple(used.ref for used in held.versions.values())

    def told(outcome: Repetition, **more: Any) -> Repeated:
        return Repeated(ref=ref, event=entry.kind, outcome=outcome, policies=policies, **more)

    if entry.erased:
        return told(Repetition.ERASED)
    if entry.locked:
        raise StoreError(
            f"{ref} is sealed, and this journal was opened without the keys; open it with them to "
            "have it decided again. It was not erased."
        )
    if again is None:
        return told(Repetition.NOT_DECIDED)
    known: dict[tuple[str, str], Version[Any]] = dict(held.versions)
    missing: list[tuple[str, str]] = []

    def find(policy: str, digest: str) -> Version[Any]:
        if (policy, digest) not in known:
            missing.append((policy, digest))
            raise UnknownNameError("kept policy version", f"{policy} ({digest[:12]})", ())
        return known[policy, digest]

    stream, beside = desk.stream(subject), tuple[KeptVersion, ...]()
    pair: tuple[Any, Any] | None = None
    while True:
        try:
            seen = Hindsight(find, entry.effective_at, entry.recorded_at)
            pair = again(held.before, held.event, seen)
            break
        except UnknownNameError as error:
            if not missing:
                raise
            # One that an earlier entry names: it is fetched, and the entry decided from the start.
            key = missing.pop()
            beside = beside or (yield from _kept_before(desk, stream, version))
            kept = yield Kept(desk.tenant, *key)
            if kept is None:
                return told(Repetition.POLICY_MISSING, missing=error.name)
            known[key] = rebuild(kept, beside, later=True)
    if pair is None:
        return told(Repetition.NOT_DECIDED)
    then, now = pair
    if then == now:
        return told(Repetition.EQUAL)
    earlier = (yield Read((stream,), whole=True))[stream].entries[: version - 1]
    if any(before.erased for before in earlier):
        # What was known before is gone with the key, so that it comes out otherwise tells nothing.
        return told(Repetition.ERASED)
    differences = tuple(changes(to_json(then), to_json(now)))
    return told(Repetition.DIFFERENT, differences=differences)


def _kept_before(desk: Desk[Any], stream: Stream, version: int) -> Asking[tuple[KeptVersion, ...]]:
    """Return the policy versions that the entries before one name, as far as they were kept."""
    entries = (yield Read((stream,), whole=True))[stream].entries[: version - 1]
    lifted = desk.record.events.lifted
    named = dict.fromkeys(ref for entry in entries for ref in refs_in(lifted(entry)))
    found = []
    for policy, digest in named:
        kept = yield Kept(desk.tenant, policy, digest)
        if kept is not None:
            found.append(kept)
    return tuple(found)
