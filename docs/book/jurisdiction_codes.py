"""
Which jurisdictions the shipped law is of, as the policies themselves say it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from babel import Locale
from book.bilingual import Titles, both

from bankservice import policies
from bankservice.core.policy import Policy, Version

__all__ = ["LAW", "jurisdictions", "law", "named_by", "shapes", "territory"]

REGIME: Final = "complaints.regime"
DORMANCY: Final = "lifecycle.account-dormancy"
CLASSES: Final = "segmentation.wealth-classes"
LAW: Final = (REGIME, DORMANCY, CLASSES)
"""Kinds of policy that hold law of one jurisdiction."""

_NAMED: Final[Mapping[str, str]] = MappingProxyType({"uk": "GB"})
"""First parts of ids that are no ISO 3166 code."""


@cache
def jurisdictions() -> tuple[str, ...]:
    """Return the jurisdictions whose law is shipped: ISO 3166 codes and `EU`, in order."""
    found = {code for policy in _law() for code in _own(policy.versions[-1], policy.id)}
    return tuple(sorted(found))


@cache
def law(code: str) -> tuple[Policy[Any], ...]:
    """Return the law that may govern in a jurisdiction: its own, and what names it."""
    return tuple(policy for policy in _law() if code in named_by(policy))


def named_by(policy: Policy[Any]) -> frozenset[str]:
    """
    Return the jurisdictions a policy of law is for, by any of its versions.

    A regime or a law of dormant accounts states its own, and a regime's condition may name more:
    that of a directive the member states. Classes of investors state none; their id begins with it.
    """
    return frozenset(
        code
        for version in policy.versions
        for code in (*_own(version, policy.id), *_governed(version))
    )


def shapes(code: str) -> tuple[Policy[Any], ...]:
    """Return policies named for a jurisdiction that are no law, such as shapes after its banks."""
    held = map(policies.load, policies.shelf().shipped())
    return tuple(
        policy
        for policy in held
        if _first(policy.id) == code
        and policy.kind.name not in LAW
        and not policy.id.startswith(("calendars/", "holidays/"))
    )


def territory(code: str) -> Titles:
    """
    Return the name of a jurisdiction in both languages.

    Examples:
        >>> territory("GB")["en"]
        'United Kingdom'
    """
    return both(*(str(Locale.parse(name).territories[code]) for name in ("en", "zh_CN")))


@cache
def _law() -> tuple[Policy[Any], ...]:
    held = map(policies.load, policies.shelf().shipped())
    return tuple(policy for policy in held if policy.kind.name in LAW)


def _own(version: Version[Any], policy_id: str) -> Iterator[str]:
    stated = getattr(version.written, "jurisdiction", "")
    yield stated or _first(policy_id)


def _governed(version: Version[Any]) -> Iterator[str]:
    governs = getattr(version.written, "governs", None)
    for comparison in () if governs is None else governs.comparisons():
        if comparison.fact == "jurisdiction":
            wanted = comparison.wanted
            yield from wanted if isinstance(wanted, tuple) else (wanted,)


def _first(policy_id: str) -> str:
    """Return the jurisdiction that the name of a policy begins with, if it is one."""
    name = policy_id.partition("/")[2].partition("-")[0]
    code = _NAMED.get(name, name.upper())
    return code if code in Locale.parse("en").territories else ""
