"""Schemas of what rules look at and answer, and of decisions as they are printed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from bankservice import policies
from bankservice.core.decision import Rule
from bankservice.core.policy import PolicyRef
from bankservice.core.schema import Forms, Schema, closed

__all__ = ["decision", "facts", "inlined", "outcome"]


def facts(rule: Rule[Any, Any, Any]) -> tuple[Forms, Schema]:
    """Return the schema of what a rule looks at, as JSON or a case table states it."""
    forms = Forms("facts")
    return forms, inlined(forms, rule.facts)


def outcome(rule: Rule[Any, Any, Any]) -> tuple[Forms, Schema]:
    """Return the schema of what a rule answers, as it is printed."""
    forms = Forms("shown")
    return forms, inlined(forms, rule.outcome)


def inlined(forms: Forms, kind: Any) -> Schema:
    """Return the schema of a class itself rather than the reference to it."""
    found = forms.of(kind)
    name = found.get("$ref", "").rpartition("/")[2]
    if not name:
        return found
    held = forms.defs.pop(name)
    assert f"#/$defs/{name}'" not in repr((held, forms.defs)), f"{name} holds itself; refer to it"
    return held


def decision(rule: Rule[Any, Any, Any] | None = None) -> tuple[Forms, Schema]:
    """Return the schema of what `bankservice decide` prints, of one rule or of any."""
    shown = Forms("shown")
    named: Schema
    answer: Schema = {}
    looked: Schema = {"type": "object"}
    if rule is None:
        named = {"enum": [known.id for known in policies.rules()]}
    else:
        named, answer = {"const": rule.id}, shown.of(rule.outcome)
        looked = Forms("written", beside=shown, prefix="facts.").of(rule.facts)
    day = shown.of(date | datetime | None)
    parts = {
        "rule": {"description": "The rule that decided.", **named},
        "outcome": {"description": "Its answer.", **answer},
        "policies": {
            "description": "The policy versions it used, those of linked policies last.",
            "type": "array",
            "items": shown.of(PolicyRef),
        },
        "facts": {"description": "What it looked at; what was left out is left out.", **looked},
        "as_of": {"description": "The day it was asked for, where the rule has one.", **day},
        "effective_on": {"description": "The day the outcome takes effect.", **day},
    }
    return shown, closed(parts, parts)
