"""Schemas of case tables: cases of a rule, scenarios of a record, and both where it is not known."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import attrs

from bankservice import policies
from bankservice.core.decision import Rule
from bankservice.core.record import Record
from bankservice.core.schema import Forms, Schema, any_of, chosen, closed
from bankservice.testing.case_forms import Row, Scenario, Step, Table
from bankservice.testing.cases import OF_A_COMMAND

__all__ = ["any_table", "record_table", "rule_table"]


def rule_table(rule: Rule[Any, Any, Any]) -> tuple[Forms, Schema]:
    """Return the schema of a case table of a rule: its facts are typed."""
    forms = Forms("facts")
    return forms, _table(forms, "rule", {"const": rule.id}, _case(forms, forms.of(rule.facts)))


def record_table(record: Record[Any]) -> tuple[Forms, Schema]:
    """Return the schema of a case table of a record: the body of each command is typed."""
    forms = Forms("facts")
    step = _step(forms)
    step["properties"]["do"]["enum"] = list(record.commands)
    step["properties"]["refused"]["enum"] = [code.value for code in record.refusals]
    step["allOf"] = [
        chosen("do", name, "with", _body(forms, kind), bool(forms.required(kind)))
        for name, kind in record.commands.items()
    ]
    return forms, _table(forms, "record", {"const": record.kind}, _scenario(forms, step))


def any_table() -> tuple[Forms, Schema]:
    """Return the schema of any case table: facts and bodies of commands are open."""
    forms = Forms("facts")
    rules = {"enum": [rule.id for rule in policies.rules()]}
    records = {"enum": [record.kind for record in policies.records()]}
    case = _case(forms, {"type": "object"})
    scenario = _scenario(forms, _step(forms))
    tables = [_table(forms, "rule", rules, case), _table(forms, "record", records, scenario)]
    return forms, any_of(tables)


def _table(forms: Forms, key: str, named: Schema, case: Schema) -> Schema:
    """Return a table of cases of a rule, or of a record."""
    parts = forms.properties(Table)
    del parts["record" if key == "rule" else "rule"]
    if key == "record":
        # In a scenario `at` decides which version is in force.
        del parts["version_on"]
    parts[key] = {"description": parts[key]["description"], **named}
    parts["case"] = {**parts["case"], "minItems": 1, "items": case}
    return closed(parts, ["case", key])


def _case(forms: Forms, facts: Schema) -> Schema:
    """Return a case of a rule, which must expect something: otherwise it could not fail."""
    parts = forms.properties(Row)
    parts["facts"] = {"description": parts["facts"]["description"], **facts}
    some = [
        {"properties": {"expect": {"minProperties": 1}}, "required": ["expect"]},
        {"properties": {"absent": {"minItems": 1}}, "required": ["absent"]},
    ]
    return {**closed(parts, forms.required(Row)), "anyOf": some}


def _scenario(forms: Forms, step: Schema) -> Schema:
    parts = forms.properties(Scenario)
    parts["step"] = {**parts["step"], "minItems": 1, "items": step}
    return closed(parts, forms.required(Scenario))


def _step(forms: Forms) -> Schema:
    parts = forms.properties(Step)
    parts["at"] = {"description": parts["at"]["description"], **forms.of(date | datetime)}
    for word in ("do", "refused"):
        parts[word] = {"description": parts[word]["description"], "type": "string"}
    parts["with"] = {"description": "The body of the command.", "type": "object"}
    # A step that only looks takes nothing that belongs to a command.
    return {**closed(parts), "dependentRequired": {word: ["do"] for word in OF_A_COMMAND}}


def _body(forms: Forms, kind: Any) -> Schema:
    """Return the body of a command as a step writes it: with the day or instant it happened."""
    fields = forms.properties(kind)
    when = forms.of(date | datetime)
    happened: dict[str, Schema] = {"at": {"description": "When it happened.", **when}}
    if not any(field.name == "on" for field in attrs.fields(kind)):
        happened["on"] = {"description": "The day it happened.", **when}
    return closed({**happened, **fields}, forms.required(kind))
