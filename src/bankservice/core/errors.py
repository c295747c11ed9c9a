"""
What can go wrong, by kind.

A *refusal* ("the bank says no") is a returned value and has no class here. An exception means
a caller's mistake (`ValueError`, `TypeError`, `LookupError`) or machine trouble (`StoreError`).
Every message says what, got, wanted and what to do; none carries personal data.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import attrs

__all__ = [
    "BankServiceError",
    "CommandConflictError",
    "Fault",
    "FaultsError",
    "HeldError",
    "IdentifierError",
    "IntegrityError",
    "NotInForceError",
    "OperationalError",
    "PastIsReadOnlyError",
    "PolicyError",
    "PurgedError",
    "RaceLostError",
    "SchemaVersionError",
    "StoreError",
    "UnknownKindError",
    "UnknownNameError",
    "near_names",
]


class BankServiceError(Exception):
    """Base of every exception this package raises on purpose."""


def near_names(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return up to three names close to *name*, best first."""
    folded = {candidate.casefold(): candidate for candidate in known}
    found = get_close_matches(name.casefold(), list(folded), n=3, cutoff=0.5)
    return tuple(folded[candidate] for candidate in found)


@attrs.frozen
class Fault:
    """
    One thing wrong in what somebody wrote.

    Attributes:
        path: Where, as a path from the root of the file or table (`version[0].tier[1].enter`).
        got: What stands there, in the writer's own words; empty where nothing does.
        wanted: What would be right.
        near: Known names close to the one given, best first.
    """

    path: str
    got: str
    wanted: str
    near: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = f"{self.path or 'here'}: got {self.got}, wanted {self.wanted}"
        if self.near:
            text += f"; did you mean {' or '.join(self.near)}?"
        return text


class FaultsError(BankServiceError, ValueError):
    """Something written by a caller has faults; all of them are listed in `faults`."""

    def __init__(self, what: str, faults: tuple[Fault, ...]) -> None:
        super().__init__(what, faults)
        self.what = what
        self.faults = faults

    def __str__(self) -> str:
        count = len(self.faults)
        lines = [f"{self.what} has {count} fault{'' if count == 1 else 's'}:"]
        lines.extend(f"  {fault}" for fault in self.faults)
        return "\n".join(lines)


class PolicyError(FaultsError):
    """A policy file cannot be used; nothing of it was taken."""


class NotInForceError(BankServiceError, LookupError):
    """No version of a policy is in force on the day asked."""


class UnknownNameError(BankServiceError, LookupError):
    """A name (policy, rule, command, unit, currency) is not known; near names are offered."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        near = near_names(name, known)
        super().__init__(kind, name, near)
        self.kind = kind
        self.name = name
        self.near = near

    def __reduce__(self) -> tuple[type[UnknownNameError], tuple[str, str, tuple[str, ...]]]:
        return (type(self), (self.kind, self.name, self.near))

    def __str__(self) -> str:
        text = f"there is no {self.kind} {self.name!r}"
        return f"{text}; did you mean {' or '.join(self.near)}?" if self.near else f"{text}."


class IdentifierError(BankServiceError, ValueError):
    """An identifier is empty, too long, or looks like a card or identity number."""


class CommandConflictError(BankServiceError, ValueError):
    """One command id came twice with different content; the first stands."""

    def __init__(self, command_id: str, difference: str) -> None:
        super().__init__(command_id, difference)
        self.command_id = command_id
        self.difference = difference

    def __str__(self) -> str:
        return (
            f"command {self.command_id!r} was already given with other content: {self.difference}. "
            "The first one stands; give the new content its own id."
        )


class HeldError(BankServiceError, ValueError):
    """A subject is under legal hold: nothing of it is erased before every hold is released."""

    def __init__(self, subject: str, holds: tuple[str, ...]) -> None:
        super().__init__(subject, holds)
        self.subject = subject
        self.holds = holds

    def __str__(self) -> str:
        return (
            f"{self.subject!r} is under legal hold ({', '.join(self.holds)}); nothing was erased. "
            "Release every hold first."
        )


class StoreError(BankServiceError):
    """Machine trouble: the store could not do what it promises."""


class PastIsReadOnlyError(BankServiceError, TypeError):
    """What was known at an instant can be looked at; it cannot be written to or swept."""


class OperationalError(StoreError):
    """The store is locked, unreachable or full; trying again may help."""


class IntegrityError(StoreError):
    """The store refused a write that would break one of its promises."""


class RaceLostError(IntegrityError):
    """Another writer came first: a stream is not at the version the commit expected."""

    def __init__(self, stream: str, expected: int, found: int | None = None) -> None:
        super().__init__(stream, expected, found)
        self.stream = stream
        self.expected = expected
        self.found = found

    def __str__(self) -> str:
        found = "another version" if self.found is None else f"version {self.found}"
        return (
            f"stream {self.stream} is at {found}, the commit expected version {self.expected}. "
            "Nothing was written; read again and decide again."
        )


class PurgedError(StoreError):
    """A stream was purged under retention: what it held can neither be seen nor continued."""

    def __init__(self, stream: str, on: str, reason: str = "") -> None:
        super().__init__(stream, on, reason)
        self.stream = stream
        self.on = on
        self.reason = reason

    def __str__(self) -> str:
        why = f" ({self.reason})" if self.reason else ""
        return (
            f"{self.stream} was purged under retention on {self.on} (UTC){why}; its entries are gone for "
            "good and nothing more is written to it. Leave it out, or begin a record under another "
            "id."
        )


class SchemaVersionError(StoreError):
    """A journal was written by another schema than this package knows."""


class UnknownKindError(StoreError):
    """A journal holds an entry of a kind or schema version this package cannot read."""
