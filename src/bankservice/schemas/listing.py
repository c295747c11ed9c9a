"""Which schemas there are, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import TypeAlias

import attrs

from bankservice import policies
from bankservice.core.errors import UnknownNameError
from bankservice.core.schema import Forms, Schema, closed
from bankservice.journals.export_lines import line_schema
from bankservice.schemas.case_tables import any_table, record_table, rule_table
from bankservice.schemas.deciding import decision, facts, outcome
from bankservice.schemas.policy_files import policy_file
from bankservice.schemas.recording import command, entry, view

__all__ = ["Named", "catalogue", "schema"]

_Maker: TypeAlias = Callable[[], tuple[Forms, Schema]]


@attrs.frozen
class Named:
    """
    A schema there is.

    Attributes:
        name: What it is asked for by, such as `complaints.deadlines.facts`.
        about: What it is of, in a few words.
        group: `file`, `policy`, `rule` or `record`.
        of: The kind of policy, the rule or the record it belongs to; empty for a file.
    """

    name: str
    about: str
    group: str
    of: str = ""


def schema(name: str) -> Schema:
    """
    Return a schema by name, as plain JSON.

    The id of a rule, the kind of a record or of a policy stands for all the schemas of it: where
    there are several they come in one, which is fitted by what fits any of them.

    Raises:
        UnknownNameError: If there is none; near names are offered.
        ImportError: If it is that of `bank.toml`, and the `run` extra is not installed.

    Examples:
        >>> schema("worktime.business-day.facts")["required"]
        ['day', 'n']
        >>> list(schema("worktime.business-day")["$defs"])[:2]
        ['worktime.business-day.facts', 'worktime.business-day.outcome']
    """
    made = _makers()
    if name in made:
        named, make = made[name]
        forms, root = make()
        return forms.whole(root, name, f"{named.about[0].upper()}{named.about[1:]}.")
    below = [named.name for named, _ in made.values() if named.of == name]
    if not below:
        raise UnknownNameError("schema", name, (*made, *(named.of for named in catalogue())))
    if len(below) == 1:
        return schema(below[0])
    whole = Forms("shown")
    whole.defs.update({part: schema(part) for part in below})
    root = {"anyOf": [{"$ref": f"{part}.json"} for part in below]}
    return whole.whole(root, name, f"All that belongs to {name}.")


@cache
def catalogue() -> tuple[Named, ...]:
    """Return every schema there is: files first, then kinds of policy, rules and records."""
    return tuple(named for named, _ in _makers().values())


@cache
def _makers() -> Mapping[str, tuple[Named, _Maker]]:
    return {named.name: (named, make) for named, make in _all()}


def _all() -> Iterator[tuple[Named, _Maker]]:
    for name, about, make in (
        ("policy", "a policy file of any kind", policy_file),
        ("case-table", "a case table of any rule or record", any_table),
        ("bank.toml", "what a run is told", _bank),
        ("decision", "a decision of any rule, as printed", decision),
        ("journal-export", "one line of the export of a journal", _export),
    ):
        yield Named(name, about, "file"), make
    for kind in policies.kinds():
        named = Named(
            f"{kind.name}.policy", f"a policy file of kind {kind.name}", "policy", kind.name
        )
        yield named, partial(policy_file, kind)
    for rule in policies.rules():
        for tail, about, tell in (
            ("facts", f"the facts of {rule.id}", facts),
            ("outcome", f"the outcome of {rule.id}", outcome),
            ("decision", f"a decision of {rule.id}, as printed", decision),
            ("cases", f"a case table of {rule.id}", rule_table),
        ):
            yield Named(f"{rule.id}.{tail}", about, "rule", rule.id), partial(tell, rule)
    for record in policies.records():
        for tail, about, say in (
            ("command", f"a command of {record.kind} with its body", command),
            ("view", f"what people see of {record.kind}", view),
            ("entry", f"an entry of {record.kind} in the export of a journal", entry),
            ("cases", f"a case table of {record.kind}: scenarios", record_table),
        ):
            yield Named(f"{record.kind}.{tail}", about, "record", record.kind), partial(say, record)


def _export() -> tuple[Forms, Schema]:
    return Forms("facts"), line_schema()


def _bank() -> tuple[Forms, Schema]:
    """Return the schema of `bank.toml`: its own keys, and a table for each part of a run."""
    # Polars comes with it, which the rest does without.
    from bankservice.run import PARTS
    from bankservice.run.plan import Plan, Top

    forms = Forms("policy")
    parts = {name: forms.of(part.told) for name, part in PARTS.items()}
    root = closed({**forms.properties(Top, Plan), **parts}, forms.required(Top))
    return forms, {**root, "anyOf": [{"required": [name]} for name in parts]}
