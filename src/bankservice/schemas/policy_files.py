"""Schemas of policy files: of one kind with its own keys, or of any kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bankservice import policies
from bankservice.core.policy import Kind
from bankservice.core.policy_file import POLICY_ID, Head, VersionHead
from bankservice.core.schema import Forms, Schema, closed
from bankservice.core.shelf import LINKS

__all__ = ["policy_file"]


def policy_file(kind: Kind[Any, Any] | None = None) -> tuple[Forms, Schema]:
    """Return the schema of a policy file; of any kind, the keys of its own are open."""
    forms = Forms("policy")
    head, common = forms.properties(Head), forms.properties(VersionHead)
    needed = forms.required(VersionHead)
    if kind is None:
        named: Schema = {"enum": [known.name for known in policies.kinds()]}
        version: Schema = {"type": "object", "properties": common, "required": needed}
    else:
        named = {"const": kind.name}
        version = _version(forms, kind, common, needed)
    head["id"] = {**head["id"], "pattern": f"^({POLICY_ID.pattern})$"}
    head["kind"] = {"description": head["kind"]["description"], **named}
    head["version"] = {**head["version"], "minItems": 1, "items": version}
    return forms, closed(head, forms.required(Head))


def _version(
    forms: Forms, kind: Kind[Any, Any], common: Mapping[str, Schema], needed: list[str]
) -> Schema:
    own, must = forms.properties(kind.schema), forms.required(kind.schema)
    cohort = ", ".join(f"`{name}`" for name in kind.cohort)
    if cohort:
        applies = common["applies_to"]
        says = f"{applies['description']} Facts it may name undeclared: {cohort}."
        common = {**common, "applies_to": {**applies, "description": says}}
    found = closed({**own, **common}, [*needed, *must])
    for link in LINKS:
        # A linked policy may be named as a file beside instead; it is one or the other.
        if link in own:
            file = f"{link}_file"
            found["properties"][file] = {
                "type": "string",
                "description": f"File beside this one that holds the policy, instead of `{link}`.",
            }
            either = [{"required": [link]}, {"required": [file]}]
            if link in must:
                found["required"].remove(link)
                found["oneOf"] = either
            else:
                found["not"] = {"required": [link, file]}
    return found
