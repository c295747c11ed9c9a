"""
What the generated reference shows, as plain values read from the package.

`collect()` walks the domains (`RULES`, `KINDS`, `RECORDS`, shipped policies), the places with a
calendar, the main job (keys of `bank.toml`, tables, codes, result files), the case tables of the
tests and `words.toml`, which holds the Chinese of what docstrings say in English. `generate.py`
turns the result into Markdown.
"""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, Final, Literal, get_type_hints

import attrs
from bilingual import DOCS, LOCALES, NOTHING, Titles, head_keys, spoken, written_words
from docstrings import indented, markdown, member, sections
from field_docs import FieldDoc, PartDoc, about, fields_of, part_of, parts_of
from formulas import formulas_of
from labels import template
from place_docs import PlaceDoc, place_docs
from policy_docs import KindDoc, PolicyDoc, TreeDoc, kind_doc, policy_doc, tree_docs
from run_docs import RunDoc, run_doc

from bankservice import policies
from bankservice.core.decision import Rule
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

CASES: Final = DOCS.parent / "tests" / "cases"


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
        cases: (file, names) of the case tables that cover it.
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
    cases: tuple[tuple[str, tuple[str, ...]], ...]


@attrs.frozen(kw_only=True)
class RecordDoc:
    """
    One record.

    Attributes:
        commands: A part for each command.
        entries: (kind, meaning, names of `data`, names of `sealed`) of each kind of entry.
        refusals: (code, meaning) in order of precedence.
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
    cases: tuple[tuple[str, tuple[str, ...]], ...]


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
    places: tuple[PlaceDoc, ...] = ()
    trees: tuple[TreeDoc, ...] = ()
    records: tuple[RecordDoc, ...] = ()
    run: RunDoc | None = None


def collect() -> Reference:
    """Walk the package and return what its reference shows."""
    places = tuple(place_docs())
    return Reference(
        domains=tuple(domain_docs()),
        rules=tuple(map(rule_doc, policies.rules())),
        kinds=tuple(map(kind_doc, policies.kinds())),
        policies=tuple(policy_docs(places)),
        places=places,
        trees=tuple(tree_docs()),
        records=tuple(map(record_doc, policies.records())),
        run=run_doc(),
    )


def domain_docs() -> Iterator[DomainDoc]:
    """Yield the domains, in the order of `policies.DOMAINS`."""
    for name, package in zip(policies.DOMAINS, policies.domains(), strict=True):
        first = inspect.getdoc(package) or ""
        yield DomainDoc(name, spoken("domain", name, first.split("\n")[0]))


def policy_docs(places: tuple[PlaceDoc, ...]) -> Iterator[PolicyDoc]:
    """Yield every shipped policy, by id, but for those that the page of a place shows."""
    shown = {name for place in places for name in (place.business_days, place.holidays)}
    for policy_id in policies.shelf().shipped():
        if policy_id not in shown:
            yield policy_doc(policies.load(policy_id))


def rule_doc(rule: Rule[Any, Any, Any]) -> RuleDoc:
    """Return one rule."""
    parts = sections(rule.doc)
    body = markdown(rule.doc.partition("\n")[2])
    chinese = written_words().get("rule", {}).get(rule.id, {})
    example = markdown(f"\n\nExamples:\n    {indented(parts['Examples'])}").strip()
    given = parts_of(rule.facts)
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
        facts=fields_of(rule.facts),
        facts_parts=given,
        mapping=about(rule.outcome) if issubclass(rule.outcome, Mapping) else NOTHING,
        outcome=fields_of(rule.outcome),
        outcome_parts=tuple(part for part in parts_of(rule.outcome) if part not in given),
        wording=tuple(
            (says.code, ", ".join(says.names), template(rule.package, says.code))
            for says in rule.says
        ),
        cases=cases_of("rule", rule.id),
    )


@cache
def _case_tables() -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Return every case table of the tests with its path."""
    found = []
    for path in sorted(CASES.rglob("*.toml")) if CASES.is_dir() else ():
        if path.name.endswith(".policy.toml"):
            continue
        with suppress(tomllib.TOMLDecodeError):  # a table that is bad on purpose
            table = tomllib.loads(path.read_text("utf-8"))
            found.append((path.relative_to(DOCS.parent).as_posix(), table))
    return tuple(found)


def cases_of(key: Literal["rule", "record"], name: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the case tables of the tests that ask *name*, with the names of their cases."""
    return tuple(
        (path, tuple(str(case.get("name", "")) for case in table["case"]))
        for path, table in _case_tables()
        if table.get(key) == name and isinstance(table.get("case"), list)
    )


def record_doc(record: Record[Any]) -> RecordDoc:
    """Return one record: commands, view, entries, refusals in order of precedence."""
    view = get_type_hints(record.view)["return"]
    given = parts_of(*record.commands.values())
    return RecordDoc(
        kind=record.kind,
        domain=record.kind.partition(".")[0],
        meaning=spoken("record", record.kind),
        policies=record.policies,
        commands=tuple(part_of(kind, name) for name, kind in record.commands.items()),
        command_parts=given,
        view=part_of(view),
        view_parts=tuple(part for part in parts_of(view) if part not in given),
        entries=tuple(entry_doc(name, kind) for name, kind in record.events.kinds.items()),
        refusals=tuple(
            (str(code.value), spoken("refusal", f"{record.kind}/{code.value}", member(code)))
            for code in record.refusals
        ),
        cases=cases_of("record", record.kind),
    )


def entry_doc(name: str, kind: type[Any]) -> tuple[str, Titles, tuple[str, ...], tuple[str, ...]]:
    """Return a kind of entry: what it means, what lies open in it and what is sealed."""
    sealed = [field.name for field in attrs.fields(kind) if field.metadata.get("sealed")]
    opened = [field.name for field in attrs.fields(kind) if field.name not in sealed]
    return name, about(kind), tuple(opened), tuple(sealed)
