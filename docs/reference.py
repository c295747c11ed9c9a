"""
What the generated reference shows, as plain values read from the package.

`collect()` walks the domains (`RULES`, `KINDS`, `RECORDS`, shipped policies), the main job (keys of
`bank.toml`, tables, codes, result files), the case tables of the tests and `words.toml`, which holds
the Chinese of what docstrings say in English. `generate.py` turns the result into Markdown.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from textwrap import dedent
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import attrs
import polars as pl

from bankservice import policies
from bankservice.core import vocabulary, wording
from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.conditions import AllOf, AnyOf, Comparison, Not
from bankservice.core.decision import Counted, Rule
from bankservice.core.frozen import FrozenMapping
from bankservice.core.money import Money
from bankservice.core.plain import to_json
from bankservice.core.policy import Kind, Policy, Title, Version
from bankservice.core.record import Record
from bankservice.core.scalars import Amount
from bankservice.core.unknown import Unknown
from bankservice.run import PARTS, Plan, Summary, tables, tiers
from bankservice.run.as_of import AsOf, _Range
from bankservice.run.overview import Taken
from bankservice.run.plan import Extract, Mapped, _Top, _Written
from bankservice.run.rejects import PACKAGE, Rejects
from bankservice.run.tiers_day import Day

__all__ = [
    "LOCALES",
    "FieldDoc",
    "KindDoc",
    "PartDoc",
    "PolicyDoc",
    "RecordDoc",
    "Reference",
    "RuleDoc",
    "RunDoc",
    "TableDoc",
    "TreeDoc",
    "VersionDoc",
    "collect",
    "head_keys",
    "spoken",
]

DOCS: Final = Path(__file__).parent
CASES: Final = DOCS.parent / "tests" / "cases"
LOCALES: Final = ("en", "zh")

Titles = Mapping[str, str]


# --- values -------------------------------------------------------------------------------------


@attrs.frozen
class FieldDoc:
    """One named part: how it is written, its default (empty where it must be stated), its meaning."""

    name: str
    type: Titles
    default: str
    meaning: Titles
    needed: bool = True


@attrs.frozen
class PartDoc:
    """A class that facts, outcomes, commands or policy keys are made of."""

    name: str
    meaning: Titles
    fields: tuple[FieldDoc, ...]
    given: bool = True
    """Whether a writer states the fields; otherwise they are what readers are shown."""


@attrs.frozen(kw_only=True)
class RuleDoc:
    """
    One rule.

    Attributes:
        body: Docstring, as Markdown.
        facts_parts: Classes the facts are made of.
        outcome_parts: Classes the outcome is made of, beyond those.
        wording: (code, names, template by locale) of every reason and check.
        cases: (file, names) of the case tables that cover it.
    """

    id: str
    domain: str
    title: Titles
    body: Titles
    kind: str
    facts: tuple[FieldDoc, ...]
    facts_parts: tuple[PartDoc, ...]
    outcome: tuple[FieldDoc, ...]
    outcome_parts: tuple[PartDoc, ...]
    wording: tuple[tuple[str, str, Titles], ...]
    cases: tuple[tuple[str, tuple[str, ...]], ...]


@attrs.frozen
class TableDoc:
    """A table with its heads, by locale."""

    heads: tuple[Titles, ...]
    rows: tuple[tuple[Titles, ...], ...]


@attrs.frozen(kw_only=True)
class VersionDoc:
    """
    One dated version of a policy.

    Attributes:
        keys: Parameters with their values, defaults included: (path, value, whether it is stated).
        tables: Rows of the version, such as tiers.
        cites: Sources of single rows, by code.
    """

    since: str
    known_on: str
    ends_on: str
    digest: str
    approval: str
    applies_to: str
    source: Citation
    keys: tuple[tuple[str, Titles, bool], ...]
    tables: tuple[TableDoc, ...]
    cites: tuple[tuple[str, Citation], ...]


@attrs.frozen(kw_only=True)
class PolicyDoc:
    """One shipped policy with all its versions, oldest first."""

    id: str
    domain: str
    kind: str
    title: Titles
    versions: tuple[VersionDoc, ...]


@attrs.frozen
class CodeDoc:
    """One code of a tree; `depth` is 0 at the top."""

    code: str
    title: Titles
    depth: int
    tags: tuple[str, ...]
    ours: bool


@attrs.frozen
class TreeDoc:
    """One shared code tree, its codes in reading order."""

    id: str
    title: Titles
    codes: tuple[CodeDoc, ...]


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
class KindDoc:
    """One kind of policy: the keys of its versions, those of nested tables, and cohort facts."""

    name: str
    meaning: Titles
    keys: PartDoc
    parts: tuple[PartDoc, ...]
    cohort: tuple[tuple[str, str], ...]


@attrs.frozen
class DomainDoc:
    """One domain package."""

    name: str
    meaning: Titles


@attrs.frozen(kw_only=True)
class RunDoc:
    """
    The main job.

    Attributes:
        keys: The top of `bank.toml`.
        parts: Its tables, by how they are headed.
        tables: What extracts are mapped to.
        rejects: (code, sentence) of what is not taken.
        unknowns: (code, sentence) of why a measure is unknown.
        files: Result files with their columns or keys.
    """

    keys: tuple[FieldDoc, ...]
    parts: tuple[PartDoc, ...]
    tables: tuple[PartDoc, ...]
    rejects: tuple[tuple[str, Titles], ...]
    unknowns: tuple[tuple[str, Titles], ...]
    files: tuple[PartDoc, ...]


@attrs.frozen(kw_only=True)
class Reference:
    """All that the generated reference shows."""

    domains: tuple[DomainDoc, ...] = ()
    rules: tuple[RuleDoc, ...] = ()
    kinds: tuple[KindDoc, ...] = ()
    policies: tuple[PolicyDoc, ...] = ()
    trees: tuple[TreeDoc, ...] = ()
    records: tuple[RecordDoc, ...] = ()
    run: RunDoc | None = None


# --- words --------------------------------------------------------------------------------------


@cache
def _words() -> Mapping[str, Any]:
    """Return `words.toml`: section → key → Chinese text, or a table of both languages."""
    return tomllib.loads((DOCS / "words.toml").read_text("utf-8"))


def spoken(section: str, key: str, english: str = "") -> Titles:
    """Return a text in both languages; English where the Chinese is not written."""
    found = _words().get(section, {}).get(key, english)
    if isinstance(found, dict):
        return {"en": found["en"], "zh": found["zh"]}
    return {"en": english, "zh": str(found).strip() or english}


def head_keys() -> tuple[str, ...]:
    """Return the keys that every version of every kind of policy has."""
    return tuple(_words()["head"])


def titles(title: Title) -> Titles:
    """Return a title by locale."""
    return {"en": title.en, "zh": title.zh}


# --- docstrings ---------------------------------------------------------------------------------

_SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Examples|Source):$", re.MULTILINE)
_ENTRY = re.compile(r"^(\w+): ?(.*)$")


def _sections(doc: str) -> dict[str, str]:
    """Split a Google docstring: the text under "", then each section without its indentation."""
    parts = _SECTION.split(inspect.cleandoc(doc))
    found = {"": parts[0].strip()}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        found[name] = inspect.cleandoc(body)
    return found


def attributes_of(kind: type[Any]) -> dict[str, str]:
    """Return what the docstring of a class says of each attribute."""
    found: dict[str, str] = {}
    name = ""
    for line in _sections(kind.__doc__ or "").get("Attributes", "").splitlines():
        entry = None if line.startswith(" ") else _ENTRY.match(line)
        if entry is not None:
            name = entry[1]
            found[name] = entry[2]
        elif name:
            found[name] += " " + line.strip()
    return found


def _own_doc(kind: type[Any]) -> str:
    """Return what a class says of itself; nothing where attrs wrote it."""
    doc = kind.__doc__ or ""
    return "" if doc.startswith("Method generated") else _sections(doc)[""]


def markdown(doc: str) -> str:
    """Return a docstring as Markdown: errors as a list, examples as code."""
    parts = _sections(doc)
    found = [parts[""]]
    if "Raises" in parts:
        lines = re.sub(r"\n +", " ", parts["Raises"]).splitlines()
        found.append("\n".join(f"- `{name}`: {why}" for name, why in map(_pair, lines)))
    if "Examples" in parts:
        found.append(f"```python\n{parts['Examples']}\n```")
    return "\n\n".join(found)


def _pair(line: str) -> tuple[str, str]:
    name, _, why = line.partition(": ")
    return name, why


# --- types --------------------------------------------------------------------------------------

_PLAIN: Final[Mapping[Any, Titles]] = {
    str: {"en": "text", "zh": "文本"},
    bool: {"en": "true or false", "zh": "true 或 false"},
    int: {"en": "whole number", "zh": "整数"},
    Decimal: {"en": "number", "zh": "数值"},
    date: {"en": "date", "zh": "日期"},
    datetime: {"en": "aware datetime", "zh": "带时区的时刻"},
    time: {"en": "local time", "zh": "当地时间"},
    Period: {"en": 'period, such as `"P6M"`', "zh": '期间，如 `"P6M"`'},
    Amount: {"en": 'amount as text, such as `"50000.00"`', "zh": '文本金额，如 `"50000.00"`'},
    Unknown: {"en": '`"unknown"`', "zh": '`"unknown"`'},
    type(None): {"en": "nothing", "zh": "无"},
    Money: {"en": "amount with its currency", "zh": "金额及币种"},
    Counted: {"en": "number with its unit", "zh": "数量及单位"},
    Title: {"en": "`{ en = …, zh = … }`", "zh": "`{ en = …, zh = … }`"},
    Citation: {"en": "source", "zh": "来源"},
    Any: {"en": "any JSON", "zh": "任意 JSON"},
    AsOf: {
        "en": "date, or `{ first = …, last = …, every = … }`",
        "zh": "日期，或 `{ first = …, last = …, every = … }`",
    },
    Extract: {"en": "`[[extract]]`", "zh": "`[[extract]]`"},
    Mapped: {
        "en": "column name or `{ … }`",
        "zh": "列名或 `{ … }`",
    },
}
_CONDITION: Final = {AllOf, AnyOf, Comparison, Not}


def _both(en: str, zh: str) -> Titles:
    return {"en": en, "zh": zh}


def type_words(hint: Any) -> Titles:
    """Return how a value of a type is written, in words."""
    if isinstance(hint, type(Amount)) or hint in _PLAIN:
        return _PLAIN[hint]
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        if inner == (Unknown.UNKNOWN,):
            return _PLAIN[Unknown]
        words = ", ".join(f"`{item}`" for item in inner)
        return _both(f"one of {words}", f"其一：{words}")
    if origin in (Union, UnionType):
        return _union(inner)
    if origin is tuple and inner[-1:] == (...,):
        of = type_words(inner[0])
        return _both(f"list of {of['en']}", f"列表：{of['zh']}")
    if origin in (FrozenMapping, Mapping) or (
        isinstance(origin, type) and issubclass(origin, Mapping)
    ):
        of = type_words(inner[1])
        return _both(f"table of {of['en']}, by name", f"按名称的表：{of['zh']}")
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _both(f"code of `{hint.__name__}`", f"代码：`{hint.__name__}`")
    name = getattr(hint, "__name__", str(hint)).lstrip("_")
    return _both(f"`{name}`", f"`{name}`")


def _union(inner: tuple[Any, ...]) -> Titles:
    parts = [part for part in inner if part not in _CONDITION]
    shown = [type_words(part) for part in parts]
    if len(parts) < len(inner):
        shown.insert(0, _both("condition", "条件"))
    return {
        "en": " or ".join(part["en"] for part in shown),
        "zh": "或".join(part["zh"] for part in shown),
    }


def _classes(hint: Any) -> Iterator[type[Any]]:
    """Yield the attrs classes of this package that a type is made of."""
    for part in get_args(hint):
        yield from _classes(part)
    if isinstance(hint, type) and attrs.has(hint) and hint not in (*_PLAIN, *_CONDITION):
        yield hint


def _hints(kind: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in attrs.fields(kind)}


def _default(field: attrs.Attribute[Any]) -> str:
    """Return a default as a person would write it; empty where there is none to write."""
    default = field.default
    if (
        default is attrs.NOTHING
        or default is None
        or isinstance(default, type(attrs.Factory(list)))
    ):
        return ""
    written = to_json(default)
    if isinstance(default, Period) and not default:
        return "P0D"
    if isinstance(written, bool):
        return "true" if written else "false"
    if isinstance(written, list) and written:
        return json.dumps(written, ensure_ascii=False)
    return "" if written in ("", [], {}, None) or isinstance(written, dict) else str(written)


def fields_of(kind: type[Any], told: type[Any] | None = None) -> tuple[FieldDoc, ...]:
    """
    Return the parts of facts, a command, an outcome or a table of keys.

    *told* is the class whose docstring tells the parts, where that is another one.
    """
    hints, says = _hints(kind), attributes_of(told or kind)
    shown = getattr(kind, "shown", None)
    if shown is not None:
        return tuple(_shown(kind, name, hints, says) for name in shown)
    if _own_form(kind):
        return ()  # the meaning of the class tells its form
    return tuple(
        FieldDoc(
            field.name,
            type_words(hints[field.name]),
            _default(field),
            spoken("field", f"{(told or kind).__name__}.{field.name}", says.get(field.name, "")),
            field.default is attrs.NOTHING,
        )
        for field in attrs.fields(kind)
        if not field.name.startswith("_")
    )


def _shown(
    kind: type[Any], name: str, hints: Mapping[str, Any], says: Mapping[str, str]
) -> FieldDoc:
    if name in hints:
        hint, meaning = hints[name], says.get(name, "")
    else:
        getter = inspect.getattr_static(kind, name).fget
        hint, meaning = get_type_hints(getter)["return"], inspect.getdoc(getter) or ""
    key = f"{kind.__name__}.{name}"
    return FieldDoc(name, type_words(hint), "", spoken("field", key, meaning))


def part_of(kind: type[Any], name: str = "") -> PartDoc:
    """Return one class."""
    meaning = spoken("class", kind.__name__, " ".join(_own_doc(kind).split()))
    given = not hasattr(kind, "shown")
    return PartDoc(name or kind.__name__.lstrip("_"), meaning, fields_of(kind), given)


def parts_of(*kinds: type[Any]) -> tuple[PartDoc, ...]:
    """Return the classes that *kinds* are made of, each once, in reading order; not themselves."""
    found: dict[type[Any], None] = {}
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop(0)
        for name, hint in _shown_hints(kind).items():
            for below in _classes(hint):
                if not name.startswith("_") and below not in found and below not in kinds:
                    found[below] = None
                    if not _own_form(below):
                        waiting.append(below)
    return tuple(part_of(kind) for kind in found)


def _own_form(kind: type[Any]) -> bool:
    """Tell whether a class is written in a form of its own, not as a table of its fields."""
    return hasattr(kind, "__read__") and not hasattr(kind, "shown")


def _shown_hints(kind: type[Any]) -> dict[str, Any]:
    shown = getattr(kind, "shown", None)
    hints = _hints(kind)
    if shown is None:
        return hints
    return {
        name: hints[name]
        if name in hints
        else get_type_hints(inspect.getattr_static(kind, name).fget)["return"]
        for name in shown
    }


# --- collect ------------------------------------------------------------------------------------


def collect() -> Reference:
    """Walk the package and return what its reference shows."""
    return Reference(
        domains=tuple(domain_docs()),
        rules=tuple(map(rule_doc, policies.rules())),
        kinds=tuple(map(kind_doc, policies.kinds())),
        policies=tuple(policy_docs()),
        trees=tuple(tree_docs()),
        records=tuple(map(record_doc, policies.records())),
        run=run_doc(),
    )


def domain_docs() -> Iterator[DomainDoc]:
    """Yield the domains, in the order of `policies.DOMAINS`."""
    for name, package in zip(policies.DOMAINS, policies.domains(), strict=True):
        first = inspect.getdoc(package) or ""
        yield DomainDoc(name, spoken("domain", name, first.split("\n")[0]))


def rule_doc(rule: Rule[Any, Any, Any]) -> RuleDoc:
    """Return one rule."""
    sections = _sections(rule.doc)
    body = markdown(rule.doc.partition("\n")[2])
    chinese = _words().get("rule", {}).get(rule.id, {})
    example = markdown(f"\n\nExamples:\n    {_indent(sections['Examples'])}").strip()
    given = parts_of(rule.facts)
    return RuleDoc(
        id=rule.id,
        domain=rule.id.partition(".")[0],
        title={
            "en": sections[""].split("\n")[0],
            "zh": chinese.get("title", sections[""].split("\n")[0]),
        },
        body={
            "en": body,
            "zh": f"{chinese['body'].strip()}\n\n{example}" if "body" in chinese else body,
        },
        kind=rule.kind.name if rule.kind else "",
        facts=fields_of(rule.facts),
        facts_parts=given,
        outcome=fields_of(rule.outcome),
        outcome_parts=tuple(part for part in parts_of(rule.outcome) if part not in given),
        wording=tuple(
            (says.code, ", ".join(says.names), template(rule.package, says.code))
            for says in rule.says
        ),
        cases=cases_of("rule", rule.id),
    )


def _indent(text: str) -> str:
    return text.replace("\n", "\n    ")


def template(package: str, code: str) -> Titles:
    """Return the sentence of a reason in each locale; empty where there is none."""
    return {
        name: wording.templates(package, locale).get(code, "")
        for name, locale in (("en", "en"), ("zh", "zh_CN"))
    }


def cases_of(key: Literal["rule", "record"], name: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the case tables of the tests that ask *name*, with the names of their cases."""
    found = []
    for path in sorted(CASES.rglob("*.toml")) if CASES.is_dir() else ():
        if path.name.endswith(".policy.toml"):
            continue
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except tomllib.TOMLDecodeError:
            continue  # a table that is bad on purpose
        if table.get(key) == name and isinstance(table.get("case"), list):
            names = tuple(str(case.get("name", "")) for case in table["case"])
            found.append((path.relative_to(DOCS.parent).as_posix(), names))
    return tuple(found)


def kind_doc(kind: Kind[Any, Any]) -> KindDoc:
    """Return one kind of policy."""
    return KindDoc(
        kind.name,
        spoken("kind", kind.name, _own_doc(kind.schema)),
        part_of(kind.schema),
        parts_of(kind.schema),
        tuple((name, fact.tree or fact.type) for name, fact in kind.cohort.items()),
    )


def policy_docs() -> Iterator[PolicyDoc]:
    """Yield every shipped policy, by id."""
    for policy_id in policies.shelf().shipped():
        policy: Policy[Any] = policies.load(policy_id)
        yield PolicyDoc(
            id=policy.id,
            domain=policy.id.partition("/")[0],
            kind=policy.kind.name,
            title=titles(policy.title),
            versions=tuple(map(version_doc, policy.versions)),
        )


def version_doc(version: Version[Any]) -> VersionDoc:
    """Return one version: its single keys as a list, its rows as a table."""
    rows = [
        name
        for name, hint in _hints(version.kind.schema).items()
        if get_origin(hint) is tuple and list(_classes(hint))
    ]
    approval = version.approval
    return VersionDoc(
        since=str(version.since),
        known_on=str(version.ref.known_on),
        ends_on="" if version.ends_on is None else str(version.ends_on),
        digest=version.ref.digest,
        approval=""
        if approval is None
        else ", ".join(filter(None, (approval.by, str(approval.on), approval.document))),
        applies_to=version.cohort,
        source=version.source,
        keys=tuple(_keys(version.written, rows)),
        tables=tuple(_table(version, name) for name in rows),
        cites=tuple(
            (row.code, row.source)
            for name in rows
            for row in getattr(version.written, name)
            if getattr(row, "source", None) is not None
        ),
    )


def _keys(written: Any, rows: Iterable[str], path: str = "") -> Iterator[tuple[str, Titles, bool]]:
    stated = to_json(written)
    for field in attrs.fields(type(written)):
        value = getattr(written, field.name)
        if field.name in rows or value is None or value == "":
            continue
        name = f"{path}{field.name}"
        if (
            attrs.has(type(value))
            and not isinstance(value, (Period, Title))
            and not hasattr(value, "__written__")
        ):
            yield from _keys(value, (), f"{name}.")
        else:
            yield name, _value(value), field.name in stated


def _value(value: Any) -> Titles:
    if isinstance(value, Title):
        return titles(value)
    if isinstance(value, Period):
        return {"en": period(value, "en"), "zh": period(value, "zh")}
    if isinstance(value, Mapping) and any(isinstance(item, Title) for item in value.values()):
        return {
            n: ", ".join(f"{key}: {item.of(n)}" for key, item in value.items()) for n in LOCALES
        }
    written = to_json(value)
    if isinstance(written, list):
        written = ", ".join(map(str, written))
    elif isinstance(written, dict):
        written = ", ".join(f"{key} = {item}" for key, item in written.items())
    return {"en": str(written), "zh": str(written)}


def period(held: Period, locale: str) -> str:
    """Return a period as people of *locale* write it."""
    return wording.value(held, wording.locale_of(locale)) if held else ""


def _table(version: Version[Any], name: str) -> TableDoc:
    """Return rows as a table: a column for each key that some row states."""
    rows = getattr(version.written, name)
    plain = [to_json(row) for row in rows]
    shown = [
        field.name
        for field in attrs.fields(type(rows[0]))
        if field.name != "source" and any(field.name in row for row in plain)
    ]
    if "enter" in shown and "retain" not in shown:
        shown.insert(shown.index("enter") + 1, "retain")
    return TableDoc(
        tuple(spoken("column", key, key.replace("_", " ").capitalize()) for key in shown),
        tuple(tuple(_cell(version, row, key) for key in shown) for row in rows),
    )


def _cell(version: Version[Any], row: Any, key: str) -> Titles:
    value = getattr(row, key)
    if key == "code":
        return _both(f"`{value}`", f"`{value}`")
    if key in ("enter", "retain"):
        held = value or row.enter
        unit = version.written.unit
        tail = titles(unit) if unit else _both(version.written.currency, version.written.currency)
        return {n: f"{grouped(held)} {tail[n]}" if held else "" for n in LOCALES}
    if key == "services":
        known = version.parameters.service_titles
        comma = {"en": ", ", "zh": "、"}
        return {n: comma[n].join(known[code].of(n) for code in value) for n in LOCALES}
    if key == "qualify":
        return _both(*(["; ".join(_level(level) for level in value)] * 2))
    if value is None or value == ():
        return _both("", "")
    return _value(value)


def _level(level: Any) -> str:
    kept = f" / {grouped(level.retain)}" if level.retain else ""
    return f"{level.measure}: {grouped(level.enter)}{kept}"


def grouped(amount: str) -> str:
    """
    Return an amount with its thousands set apart.

    Examples:
        >>> grouped("1234567.50")
        '1,234,567.50'
    """
    return f"{Decimal(amount):,}"


def tree_docs() -> Iterator[TreeDoc]:
    """Yield every shared code tree, newest version, by id."""
    for policy_id in policies.shelf().shipped():
        policy: Policy[Any] = policies.load(policy_id)
        if policy.kind is vocabulary.VOCABULARY:
            tree: vocabulary.Tree = policy.versions[-1].parameters
            yield TreeDoc(policy.id, titles(policy.title), tuple(_codes(tree, "", 0)))


def _codes(tree: vocabulary.Tree, under: str, depth: int) -> Iterator[CodeDoc]:
    for code in tree.children(under):
        held = tree[code]
        yield CodeDoc(code, titles(held.title), depth, held.tags, held.ours)
        yield from _codes(tree, code, depth + 1)


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
            (str(code.value), spoken("refusal", f"{record.kind}/{code.value}", _member(code)))
            for code in record.refusals
        ),
        cases=cases_of("record", record.kind),
    )


def entry_doc(name: str, kind: type[Any]) -> tuple[str, Titles, tuple[str, ...], tuple[str, ...]]:
    """Return a kind of entry: what it means, what lies open in it and what is sealed."""
    meaning = spoken("class", kind.__name__, " ".join(_own_doc(kind).split()))
    sealed = [field.name for field in attrs.fields(kind) if field.metadata.get("sealed")]
    opened = [field.name for field in attrs.fields(kind) if field.name not in sealed]
    return name, meaning, tuple(opened), tuple(sealed)


def _member(code: Enum) -> str:
    """Return the docstring below an enum member, if there is one."""
    body = ast.parse(dedent(inspect.getsource(type(code)))).body[0]
    assert isinstance(body, ast.ClassDef)
    for above, below in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(above, ast.Assign)
            and isinstance(above.targets[0], ast.Name)
            and above.targets[0].id == code.name
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
        ):
            return str(below.value.value)
    return ""


# --- the main job -------------------------------------------------------------------------------

_DTYPES: Final[Mapping[Any, Titles]] = {
    pl.String: _PLAIN[str],
    pl.Date: _PLAIN[date],
    pl.Boolean: _PLAIN[bool],
}


def run_doc() -> RunDoc:
    """Return the main job: what it is told, what it reads, what it says, what it writes."""
    parts = (
        ("as_of", _Range, AsOf),
        *((f"[{name}]", kind.told, None) for name, kind in PARTS.items()),
        ("[[extract]]", Extract, None),
        ("[extract.columns]", _Written, Mapped),
    )
    said = template_codes(PACKAGE)
    return RunDoc(
        keys=fields_of(_Top, Plan),
        parts=tuple(
            PartDoc(head, _about(kind), fields_of(kind, told)) for head, kind, told in parts
        ),
        tables=tuple(map(table_part, tables.TABLES.values())),
        rejects=tuple((code, template(PACKAGE, code)) for code in said if f"{code}-short" in said),
        unknowns=tuple(
            (code.removeprefix("why-"), template(PACKAGE, code))
            for code in said
            if code.startswith("why-")
        ),
        files=tuple(result_files()),
    )


def _about(kind: type[Any]) -> Titles:
    return spoken("class", kind.__name__, " ".join(_own_doc(kind).split()))


def template_codes(package: str) -> tuple[str, ...]:
    """Return the codes a package has sentences for, in the order of its catalogue."""
    return tuple(wording.templates(package, "en"))


def table_part(table: tables.Table) -> PartDoc:
    """Return one table that extracts are mapped to, with its columns."""
    return PartDoc(
        table.name,
        spoken("table", table.name, table.doc),
        tuple(
            FieldDoc(
                column.name,
                _column_words(column),
                "",
                spoken("table", f"{table.name}.{column.name}", column.doc),
                column.required,
            )
            for column in table.columns
        ),
    )


def _column_words(column: tables.Column) -> Titles:
    if column.codes:
        return type_words(Literal[column.codes])
    return spoken("column-kind", column.kind)


def result_files() -> Iterator[PartDoc]:
    """Yield the files a run writes, with their columns or keys."""
    for name, schema in (("tiers.csv", tiers._RESULT), ("lapses.csv", tiers._LAPSE)):
        kinds = {column: _DTYPES[kind] for column, kind in schema.items()}
        yield _result(f"<day>/{name}", kinds)
    yield _result("rejects.csv", dict.fromkeys(Rejects.HEAD, _PLAIN[str]))
    for name, told in (
        ("summary.json", Summary.to_json),
        ("summary.json: days.<day>.tiers", Day.summary),
    ):
        yield _result(name, {key: {} for key in _written_keys(told)})
    yield _result("summary.json: extracts", {f.name: {} for f in attrs.fields(Taken)})


def _written_keys(method: Any) -> Iterator[str]:
    """Yield the keys of the table that a method returns, as its source writes them."""
    for node in ast.walk(ast.parse(dedent(inspect.getsource(method)))):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict):
            yield from (str(key.value) for key in node.value.keys if isinstance(key, ast.Constant))


def _result(name: str, kinds: Mapping[str, Titles]) -> PartDoc:
    return PartDoc(
        name,
        spoken("result", name),
        tuple(
            FieldDoc(key, kind, "", spoken("result", f"{name}.{key}"))
            for key, kind in kinds.items()
        ),
        False,
    )
