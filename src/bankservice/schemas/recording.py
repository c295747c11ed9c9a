"""Schemas of records: their commands, what people see of them, their entries in an export."""

from __future__ import annotations

from typing import Any, get_type_hints

import attrs

from bankservice.core.journal import BOX_MARK
from bankservice.core.record import Record
from bankservice.core.schema import Forms, Schema, any_of, chosen, closed
from bankservice.journals.export_lines import line_schema
from bankservice.schemas.deciding import inlined

__all__ = ["command", "entry", "view"]


def command(record: Record[Any]) -> tuple[Forms, Schema]:
    """Return the schema of a command: its name and body, as a step of a scenario writes them."""
    forms = Forms("facts")
    return forms, {
        "type": "object",
        "properties": {"do": {"enum": list(record.commands)}, "with": {"type": "object"}},
        "required": ["do"],
        "additionalProperties": False,
        "allOf": [
            chosen("do", name, "with", forms.of(kind), bool(forms.required(kind)))
            for name, kind in record.commands.items()
        ],
    }


def view(record: Record[Any]) -> tuple[Forms, Schema]:
    """Return the schema of what people see of a record, as `bankservice view --json` prints it."""
    forms = Forms("shown")
    return forms, inlined(forms, get_type_hints(record.view)["return"])


def entry(record: Record[Any]) -> tuple[Forms, Schema]:
    """Return the schema of an entry as an export holds it, its open and sealed part typed."""
    forms = Forms("facts")
    held: Schema = next(
        line["properties"]["entry"]
        for line in line_schema()["anyOf"]
        if "entry" in line["properties"]
    )
    parts = {**held["properties"], "kind": {"const": record.kind}}
    events = [_event(forms, record, name, kind) for name, kind in record.events.kinds.items()]
    return forms, {**closed(parts, parts), "allOf": events}


def _event(forms: Forms, record: Record[Any], name: str, kind: Any) -> Schema:
    """Return what stands in an entry of one kind, in the schema that is written today."""
    when = {"event": {"const": name}, "schema": {"const": len(record.events.lifts[name]) + 1}}
    if hasattr(kind, "thaw") or hasattr(kind, "__written__"):
        # Written in a compact form that only the package reads.
        then: Schema = {"properties": {"data": {"type": "object"}}}
    else:
        sealed = [field.name for field in attrs.fields(kind) if field.metadata.get("sealed")]
        fields, needed = forms.properties(kind), forms.required(kind)
        data = closed({n: part for n, part in fields.items() if n not in sealed}, needed)
        box = {"type": "object", "required": [BOX_MARK]}
        opened = closed({n: fields[n] for n in sealed})
        then = {"properties": {"data": data, "sealed": any_of([{"type": "null"}, box, opened])}}
    return {"if": {"properties": when, "required": list(when)}, "then": then}
