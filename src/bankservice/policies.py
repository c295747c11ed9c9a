"""
The policies of all domains, and the domains themselves.

    from bankservice import policies
    tiers = policies.load("segmentation/cn-retail-shape")
    tiers.on(date(2026, 3, 31)).source

Domains are listed here by hand and imported when they are asked for.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import attrs

from bankservice.core.decision import Rule
from bankservice.core.errors import UnknownNameError
from bankservice.core.policy import Kind, Policy
from bankservice.core.record import Record
from bankservice.core.shelf import PolicyShelf
from bankservice.core.trial import Trial

__all__ = [
    "DOMAINS",
    "describe",
    "domains",
    "kinds",
    "load",
    "records",
    "rule",
    "rules",
    "shelf",
    "trial",
    "trials",
]

DOMAINS: Final = ("worktime", "segmentation", "lifecycle", "complaints", "loyalty", "satisfaction")
"""Names of the domain packages, in reading order."""


@cache
def domains() -> tuple[Any, ...]:
    """Return the domain packages."""
    return tuple(import_module(f"bankservice.{name}") for name in DOMAINS)


@cache
def kinds() -> tuple[Kind[Any, Any], ...]:
    """Return every kind of policy, each once."""
    return tuple(dict.fromkeys(kind for domain in domains() for kind in domain.KINDS))


@cache
def shelf() -> PolicyShelf:
    """Return the shelf with every shipped policy."""
    packages = {
        prefix: package for domain in domains() for prefix, package in domain.SHELF.packages.items()
    }
    return PolicyShelf(kinds(), packages)


def load(source: str | Path) -> Policy[Any]:
    """
    Return a policy by id or from a file.

    Raises:
        UnknownNameError: If there is no such policy.
        PolicyError: If the file has faults; all are listed.
    """
    return shelf().load(source)


def rules() -> tuple[Rule[Any, Any, Any], ...]:
    """Return every public rule of every domain."""
    return tuple(rule for domain in domains() for rule in domain.RULES)


def rule(rule_id: str) -> Rule[Any, Any, Any]:
    """
    Return a rule by id.

    Raises:
        UnknownNameError: If there is none; near names are offered.
    """
    for held in rules():
        if held.id == rule_id:
            return held
    raise UnknownNameError("rule", rule_id, (held.id for held in rules()))


def trials() -> tuple[Trial[Any, Any, Any], ...]:
    """Return how the rules of every domain are tried under another policy."""
    return tuple(trial for domain in domains() for trial in domain.TRIALS)


def trial(rule_id: str) -> Trial[Any, Any, Any]:
    """
    Return how a rule is tried, by its id.

    Raises:
        UnknownNameError: If there is none; near names are offered.
    """
    for held in trials():
        if held.rule.id == rule_id:
            return held
    raise UnknownNameError("rule to be tried", rule_id, (held.rule.id for held in trials()))


def describe(rule: Rule[Any, Any, Any]) -> dict[str, Any]:
    """Return a rule as plain JSON: its sentence, facts, outcome and reasons."""
    outcome = getattr(rule.outcome, "shown", None) or [
        field.name for field in attrs.fields(rule.outcome)
    ]
    types = {field.name: _type(field.type) for field in attrs.fields(rule.outcome)}
    return {
        "id": rule.id,
        "summary": rule.doc.split("\n")[0],
        "policy": rule.kind.name if rule.kind else None,
        "facts": {
            field.name: _type(field.type)
            + ("" if field.default is attrs.NOTHING else " (may be left out)")
            for field in attrs.fields(rule.facts)
        },
        "outcome": {name: types.get(name, "") for name in outcome},
        "reasons": {says.code: ", ".join(says.names) for says in rule.says},
    }


def _type(kind: Any) -> str:
    return kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))


def records() -> tuple[Record[Any], ...]:
    """Return every record of every domain."""
    return tuple(record for domain in domains() for record in domain.RECORDS)
