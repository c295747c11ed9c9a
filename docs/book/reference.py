"""
What the generated reference shows, as plain values read from the package.

`collect()` walks the domains (`RULES`, `KINDS`, `RECORDS`, shipped policies), the places with a
calendar, the main job (keys of `bank.toml`, tables, codes, result files), the case tables of the
tests and `words.toml`, which holds the Chinese of what docstrings say in English. `generate.py`
turns the result into Markdown.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_type_hints

import attrs
from book.bilingual import LOCALES, NOTHING, Titles, head_keys, spoken, written_words
from book.case_docs import CaseTableDoc, case_tables
from book.docstrings import indented, markdown, member, sections
from book.example_docs import ExampleDoc, example_of, seen_in
from book.fault_docs import FaultDoc, FaultFileDoc, fault_files, faults_of
from book.field_docs import FieldDoc, PartDoc, about, fields_of, part_of, parts_of
from book.formulas import formulas_of
from book.history_docs import HistoryDoc, history_doc
from book.labels import template
from book.place_docs import PlaceDoc, place_docs
from book.policy_docs import KindDoc, PolicyDoc, TreeDoc, kind_doc, policy_doc, tree_docs
from book.port_docs import PortDoc, port_docs
from book.refusal_docs import records_of, rules_of
from book.run_docs import RunDoc, run_doc
from book.scenario_docs import played, refused_in_cases
from book.seen_docs import parts_with_examples, with_examples
from book.unit_docs import parts_with_units, with_units

from bankservice import policies
from bankservice.core.decision import Rule
from bankservice.core.policy import Policy
from bankservice.core.record import Record

__all__ = [
    "LOCALES",
    "DomainDoc",
    "RecordDoc",
    "Reference",
    "RuleDoc",
    "collect",
    "head_keys",
    "spoken",
]


@attrs.frozen(kw_only=True)
class RuleDoc:
    """
    One rule.

    Attributes:
        body: Docstring, as Markdown.
        kind: Kind of policy it needs; empty for none.
        beside: Kind of policy that may stand beside that; empty for none.
        formulas: (what it says, TeX) of each formula it reckons by.
        facts_parts: Classes the facts are made of.
        mapping: What an outcome that is a table by name holds under which; empty for any other.
        outcome_parts: Classes the outcome is made of, beyond those.
        wording: (code, names, template by locale) of every reason and check.
        example: One whole case; None where no table has one that can be decided.
        refusals: (record, codes) of the records that decide by it, with what they refuse for it.
        cases: The case tables that cover it.
        faults: The faults of others that tests keep out of it.
    """

    id: str
    domain: str
    title: Titles
    body: Titles
    kind: str
    beside: str
    formulas: tuple[tuple[Titles, str], ...]
    facts: tuple[FieldDoc, ...]
    facts_parts: tuple[PartDoc, ...]
    mapping: Titles
    outcome: tuple[FieldDoc, ...]
    outcome_parts: tuple[PartDoc, ...]
    wording: tuple[tuple[str, str, Titles], ...]
    example: ExampleDoc | None
    refusals: tuple[tuple[str, tuple[str, ...]], ...]
    cases: tuple[CaseTableDoc, ...]
    faults: tuple[FaultDoc, ...]


@attrs.frozen(kw_only=True)
class RecordDoc:
    """
    One record.

    Attributes:
        commands: A part for each command.
        entries: (kind, meaning, names of `data`, names of `sealed`) of each kind of entry.
        refusals: (code, meaning) in order of precedence.
        refused: Command → the codes its cases show it refused with, in that order.
        rules: The rules it decides by.
        example: One scenario, played to its end.
        cases: The case tables that cover it.
        faults: The faults of others that tests keep out of it.
    """

    kind: str
    domain: str
    meaning: Titles
    policies: tuple[str, ...]
    commands: tuple[PartDoc, ...]
    command_parts: tuple[PartDoc, ...]
    view: PartDoc
    view_parts: tuple[PartDoc, ...]
    entries: tuple[tuple[str, Titles, tuple[str, ...], tuple[str, ...]], ...]
    refusals: tuple[tuple[str, Titles], ...]
    refused: Mapping[str, tuple[str, ...]]
    rules: tuple[str, ...]
    example: ExampleDoc | None
    cases: tuple[CaseTableDoc, ...]
    faults: tuple[FaultDoc, ...]


@attrs.frozen
class DomainDoc:
    """One domain package."""

    name: str
    meaning: Titles


@attrs.frozen(kw_only=True)
class Reference:
    """All that the generated reference shows."""

    domains: tuple[DomainDoc, ...] = ()
    rules: tuple[RuleDoc, ...] = ()
    kinds: tuple[KindDoc, ...] = ()
    policies: tuple[PolicyDoc, ...] = ()
    histories: tuple[HistoryDoc, ...] = ()
    places: tuple[PlaceDoc, ...] = ()
    trees: tuple[TreeDoc, ...] = ()
    records: tuple[RecordDoc, ...] = ()
    ports: tuple[PortDoc, ...] = ()
    faults: tuple[FaultFileDoc, ...] = ()
    run: RunDoc | None = None


@cache
def collect() -> Reference:
    """Walk the package and return what its reference shows."""
    places = tuple(place_docs())
    shown = tuple(_shown(places))
    return Reference(
        domains=tuple(domain_docs()),
        rules=tuple(map(rule_doc, policies.rules())),
        kinds=tuple(map(kind_doc, policies.kinds())),
        policies=tuple(map(policy_doc, shown)),
        histories=tuple(map(history_doc, shown)),
        places=places,
        trees=tuple(tree_docs()),
        records=tuple(map(record_doc, policies.records())),
        ports=port_docs(),
        faults=fault_files(),
        run=run_doc(),
    )


def domain_docs() -> Iterator[DomainDoc]:
    """Yield the domains, in the order of `policies.DOMAINS`."""
    for name, package in zip(policies.DOMAINS, policies.domains(), strict=True):
        first = inspect.getdoc(package) or ""
        yield DomainDoc(name, spoken("domain", name, first.split("\n")[0]))


def _shown(places: tuple[PlaceDoc, ...]) -> Iterator[Policy[Any]]:
    """Yield every shipped policy, by id, but for those that the page of a place shows."""
    apart = {name for place in places for name in (place.business_days, place.holidays)}
    for policy_id in policies.shelf().shipped():
        if policy_id not in apart:
            yield policies.load(policy_id)


def rule_doc(rule: Rule[Any, Any, Any]) -> RuleDoc:
    """Return one rule."""
    parts = sections(rule.doc)
    body = markdown(rule.doc.partition("\n")[2])
    chinese = written_words().get("rule", {}).get(rule.id, {})
    example = markdown(f"\n\nExamples:\n    {indented(parts['Examples'])}").strip()
    given = parts_of(rule.facts)
    later = tuple(part for part in parts_of(rule.outcome) if part not in given)
    whole, case = example_of(rule)
    seen, name = seen_in(rule.id, case), rule.id.partition(".")[2]

    def told(kind: type[Any]) -> tuple[FieldDoc, ...]:
        return with_units(with_examples(fields_of(kind), kind, seen), name)

    return RuleDoc(
        id=rule.id,
        domain=rule.id.partition(".")[0],
        title={
            "en": parts[""].split("\n")[0],
            "zh": chinese.get("title", parts[""].split("\n")[0]),
        },
        body={
            "en": body,
            "zh": f"{chinese['body'].strip()}\n\n{example}" if "body" in chinese else body,
        },
        kind=rule.kind.name if rule.kind else "",
        beside=rule.beside.name if rule.beside else "",
        formulas=formulas_of(rule.id),
        facts=told(rule.facts),
        facts_parts=parts_with_units(parts_with_examples(given, seen)),
        mapping=about(rule.outcome) if issubclass(rule.outcome, Mapping) else NOTHING,
        outcome=told(rule.outcome),
        outcome_parts=parts_with_units(parts_with_examples(later, seen)),
        wording=tuple(
            (says.code, ", ".join(says.names), template(rule.package, says.code))
            for says in rule.says
        ),
        example=whole,
        refusals=tuple(records_of(rule.id)),
        cases=case_tables(rule.id),
        faults=faults_of(rule.id),
    )


def record_doc(record: Record[Any]) -> RecordDoc:
    """Return one record: commands, view, entries, refusals in order of precedence."""
    view = get_type_hints(record.view)["return"]
    given = parts_of(*record.commands.values())
    later = tuple(part for part in parts_of(view) if part not in given)
    example, seen = played(record)
    commands = tuple(part_of(kind, name) for name, kind in record.commands.items())
    return RecordDoc(
        kind=record.kind,
        domain=record.kind.partition(".")[0],
        meaning=spoken("record", record.kind),
        policies=record.policies,
        commands=parts_with_examples(commands, seen),
        command_parts=parts_with_examples(given, seen),
        view=parts_with_examples((part_of(view),), seen)[0],
        view_parts=parts_with_examples(later, seen),
        entries=tuple(entry_doc(name, kind) for name, kind in record.events.kinds.items()),
        refusals=tuple(
            (str(code.value), spoken("refusal", f"{record.kind}/{code.value}", member(code)))
            for code in record.refusals
        ),
        refused=refused_in_cases(record),
        rules=rules_of(record.kind),
        example=example,
        cases=case_tables(record.kind),
        faults=faults_of(record.kind),
    )


def entry_doc(name: str, kind: type[Any]) -> tuple[str, Titles, tuple[str, ...], tuple[str, ...]]:
    """Return a kind of entry: what it means, what lies open in it and what is sealed."""
    sealed = [field.name for field in attrs.fields(kind) if field.metadata.get("sealed")]
    opened = [field.name for field in attrs.fields(kind) if field.name not in sealed]
    return name, about(kind), tuple(opened), tuple(sealed)
