"""
What the try-it page knows before Python has started: the rules, their forms, policies, examples.

A field of the form follows from the type of the fact: dates, choices, numbers and yes-or-no have a
control of their own, what has parts is written as JSON. Examples are those of
`browser/examples.toml`, and for every rule the first case of the tests that runs as it stands.
"""

from __future__ import annotations

import json
import re
import tomllib
import types
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from book.bilingual import DOCS, Titles, spoken, titles, written_words
from book.docstrings import sections
from book.field_docs import FieldDoc, fields_of, parts_of

from bankservice import policies
from bankservice.core.calendar import Period
from bankservice.core.decision import Decision, Rule
from bankservice.core.errors import BankServiceError
from bankservice.core.policy import Policy
from bankservice.core.scalars import Amount
from bankservice.core.structure import FACTS
from bankservice.core.unknown import Unknown
from bankservice.testing import cases
from bankservice.worktime import Duration

__all__ = ["catalogue", "examples", "facts_text", "form"]

Plain = dict[str, Any]

CASES: Final = DOCS.parent / "tests" / "cases"
GOOD: Final = DOCS / "browser" / "examples.toml"

NUMBERS: Final = (int, Decimal)
"""Types that are written as a number; the page sends the digits as typed."""
TEXTS: Final = (str, Fraction, Period, Duration, time)
"""Types that are written in one line of text."""
TREES: Final[Mapping[str, str]] = {
    "channel": "vocabulary/channels",
    "product": "vocabulary/product-kinds",
    "customer_kind": "vocabulary/customer-kinds",
    "issue": "vocabulary/complaint-issues",
    "role": "vocabulary/roles",
}
"""Facts whose codes are those of a shared tree, whatever the kind of policy."""


def catalogue() -> Plain:
    """Return all of it, as plain JSON."""
    rules = policies.rules()
    named = sorted({tree for rule in rules for tree in _trees(rule).values()})
    return {
        "domains": {name: dict(spoken("domain", name, name)) for name in policies.DOMAINS},
        "rules": [form(rule) for rule in rules],
        "policies": _policies(),
        "trees": {tree: _codes(tree) for tree in named},
        "examples": [*examples(), *_from_cases()],
    }


# --- forms --------------------------------------------------------------------------------------


def form(rule: Rule[Any, Any, Any]) -> Plain:
    """Return a rule as the page shows it: its sentence, a field for each fact, words for outcomes."""
    trees = _trees(rule)
    hints = get_type_hints(rule.facts)
    told = {part.name: part for part in fields_of(rule.facts)}
    fields = [
        _field(told[name], hints[name], trees.get(name, "")) for name in hints if name in told
    ]
    parts = [*fields_of(rule.outcome), *(f for p in parts_of(rule.outcome) for f in p.fields)]
    return {
        "id": rule.id,
        "title": _title(rule),
        "kind": rule.kind.name if rule.kind else "",
        "beside": rule.beside.name if rule.beside else "",
        "fields": fields,
        # Of two parts of one name, the one nearer to the outcome tells.
        "outcome": {part.name: _plain(part.meaning) for part in reversed(parts)},
    }


def _title(rule: Rule[Any, Any, Any]) -> Plain:
    english = sections(rule.doc)[""].split("\n")[0]
    chinese = written_words().get("rule", {}).get(rule.id, {}).get("title", english)
    return {"en": english, "zh": chinese}


def _field(told: FieldDoc, hint: Any, tree: str) -> Plain:
    found: Plain = {
        "name": told.name,
        "needed": told.needed,
        "hint": _plain(told.type),
        "meaning": _plain(told.meaning),
        "default": told.default,
        **control(hint),
    }
    if tree and found["control"] == "text":
        found["tree"] = tree
    return found


def control(hint: Any) -> Plain:
    """
    Return how a fact of a type is entered.

    Examples:
        >>> control(bool)
        {'control': 'choice', 'choices': [True, False], 'unknown': False}
        >>> control(tuple[date, ...])
        {'control': 'list', 'unknown': False}
    """
    parts = [part for part in _alternatives(hint) if part is not type(None)]
    known = [part for part in parts if not _is_unknown(part)]
    found = _control(known[0]) if len(known) == 1 else {"control": "json"}
    return {**found, "unknown": len(known) < len(parts)}


def _alternatives(hint: Any) -> tuple[Any, ...]:
    if get_origin(hint) in (Union, types.UnionType):
        return get_args(hint)
    return (hint,)


def _is_unknown(part: Any) -> bool:
    return part is Unknown or (get_origin(part) is Literal and get_args(part) == (Unknown.UNKNOWN,))


def _control(kind: Any) -> Plain:
    if get_origin(kind) is Literal:
        return {"control": "choice", "choices": list(get_args(kind))}
    if kind is bool:
        return {"control": "choice", "choices": [True, False]}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"control": "choice", "choices": [member.value for member in kind]}
    if kind is datetime:
        return {"control": "text"}
    if kind is date:
        return {"control": "date"}
    if kind in NUMBERS:
        return {"control": "text", "number": True}
    if kind in TEXTS or kind == Amount:
        return {"control": "text"}
    if get_origin(kind) is tuple and get_args(kind)[-1] is Ellipsis:
        inner = control(get_args(kind)[0])
        if inner["control"] in ("text", "date"):
            return {**inner, "control": "list"}
    return {"control": "json"}


def _trees(rule: Rule[Any, Any, Any]) -> dict[str, str]:
    cohort = rule.kind.cohort if rule.kind else {}
    own = {name: fact.tree for name, fact in cohort.items() if fact.tree}
    return {**TREES, **own}


def _codes(tree: str) -> list[tuple[str, str, str]]:
    codes = policies.load(tree).versions[-1].parameters
    return [(code, codes[code].title.en, codes[code].title.zh) for code in codes]


def _plain(text: Titles) -> dict[str, str]:
    """Return a text without links, which the page does not follow; code keeps its marks."""
    return {locale: re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", held) for locale, held in text.items()}


# --- policies -----------------------------------------------------------------------------------


@cache
def _shipped() -> Mapping[str, Policy[Any]]:
    return {name: policies.load(name) for name in policies.shelf().shipped()}


def _policies() -> Plain:
    """Return the shipped policies of the kinds that rules take, by kind."""
    kinds = {kind.name for rule in policies.rules() for kind in (rule.kind, rule.beside) if kind}
    return {
        kind: [
            {"id": held.id, "title": dict(titles(held.title))}
            for held in _shipped().values()
            if held.kind.name == kind
        ]
        for kind in sorted(kinds)
    }


# --- examples -----------------------------------------------------------------------------------


def examples() -> Iterator[Plain]:
    """
    Yield the examples written for the page; each is decided once, so none can be wrong.

    Raises:
        ValueError: If a text that an example replaces in its policy does not stand there once.
        BankServiceError: If one cannot be decided.
    """
    written = tomllib.loads(GOOD.read_text("utf-8"), parse_float=Decimal)
    for raw in written["example"]:
        rule = policies.rule(raw["rule"])
        facts = facts_text(raw["facts"])
        edited = None
        if "replace" in raw:
            edited = _policy_text(raw["policy"])
            for old, new in raw["replace"]:
                if edited.count(old) != 1:
                    raise ValueError(
                        f"{GOOD.name}, {raw['name']}: {old!r} stands {edited.count(old)} times in "
                        f"{raw['policy']}; wanted once."
                    )
                edited = edited.replace(old, new)
        beside = raw.get("beside")
        _decided(rule, facts, raw.get("policy"), edited, beside)
        yield {
            "name": raw["name"],
            "good": True,
            "title": raw["title"],
            "rule": rule.id,
            "policy": raw.get("policy"),
            "beside": beside,
            "facts": facts,
            "edited": edited,
        }


def _policy_text(policy_id: str) -> str:
    prefix, _, name = policy_id.partition("/")
    (found,) = (DOCS.parent / "src").glob(f"bankservice/*/policies/{prefix}/{name}.toml")
    return found.read_text("utf-8")


def _decided(
    rule: Rule[Any, Any, Any],
    facts: str,
    policy_id: str | None,
    edited: str | None,
    beside: str | None,
) -> Decision[Any]:
    """Decide as the page does: the text of the facts, under a shipped policy or a text of one."""
    read = FACTS.read(json.loads(facts), rule.facts, f"facts of {rule.id}")
    second = rule.version_beside(policies.load(beside) if beside else None, read)
    read = rule.with_beside(read, second)
    policy = policies.load(policy_id) if policy_id else None
    if edited is not None:
        policy = policies.shelf().read(edited, "an example")
    return rule.decide(read, rule.version(policy, read), second)


def _from_cases() -> Iterator[Plain]:
    """Yield for every rule the first case of the tests that the page can show as it stands."""
    best: dict[str, tuple[int, Plain]] = {}
    for path in cases.tables([CASES]):
        try:
            held = cases.read(path)
        except cases.BadTable:
            continue  # bad on purpose
        for case in held:
            rule_id = case.table.rule
            # Shipped policies come before texts of a table's own.
            if rule_id and best.get(rule_id, (2,))[0] > 0:
                found = _from_case(case, path)
                if found is not None:
                    rank = 1 if found["edited"] else 0
                    if rule_id not in best or rank < best[rule_id][0]:
                        best[rule_id] = (rank, found)
    for rule in policies.rules():
        if rule.id in best:
            yield best[rule.id][1]


def _from_case(case: cases.Case, path: Path) -> Plain | None:
    """Return a case of a rule as an example; None where the page would decide otherwise."""
    table, raw = case.table, case.raw
    if not isinstance(raw, Mapping) or table.version_on or "version_on" in raw:
        return None
    rule = policies.rule(table.rule)
    files = [*filter(None, [table.policy_file]), *table.policy_files]
    shipped = [*filter(None, [table.policy]), *table.policies]
    own = {kind.name: "" for kind in (rule.kind, rule.beside) if kind is not None}
    for name in shipped:
        own[policies.load(name).kind.name] = name
    edited = None
    if files:
        if len(files) > 1 or rule.kind is None or own[rule.kind.name]:
            return None
        edited = (path.parent / files[0]).read_text("utf-8")
    policy_id = own[rule.kind.name] or None if rule.kind else None
    beside = own[rule.beside.name] or None if rule.beside else None
    try:
        facts = facts_text(raw["facts"])
        if case.decision() != _decided(rule, facts, policy_id, edited, beside):
            return None
    except (BankServiceError, KeyError, TypeError, ValueError):
        return None  # a case of a fault, or of what the page has not
    return {
        "name": f"{path.stem}/{raw['name']}",
        "good": False,
        "title": {"en": raw["name"], "zh": raw["name"]},
        "rule": rule.id,
        "policy": policy_id,
        "beside": beside,
        "facts": facts,
        "edited": edited,
    }


def facts_text(raw: Mapping[str, Any]) -> str:
    """
    Return facts as the page writes them: JSON, a line for each, numbers that are no whole ones as
    text so that no digit is lost.

    Examples:
        >>> print(facts_text({"on": date(2026, 3, 2), "rate": Decimal("0.10")}))
        {
          "on": "2026-03-02",
          "rate": "0.10"
        }
    """
    lines = (
        f"  {json.dumps(name)}: {json.dumps(held, ensure_ascii=False, default=_written)}"
        for name, held in raw.items()
    )
    return "{\n" + ",\n".join(lines) + "\n}"


def _written(held: object) -> str:
    return held.isoformat() if isinstance(held, (date, time)) else str(held)
