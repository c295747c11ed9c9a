"""
What runs in the reader's browser: questions of the page in, answers of the library out.

Nothing is decided here. A question is JSON, and so is its answer; facts and policies come as text
and are read by the package's own strict readers. What a caller did wrong comes back as data, fault
by fault; anything else is a true fault of ours and is raised.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from importlib.metadata import version as version_of
from importlib.resources import files
from platform import python_version
from typing import Any, Final, NoReturn

import attrs
from babel import dates
from driver_calendar import calendars_of

from bankservice.core import wording
from bankservice.core.citation import Citation
from bankservice.core.decision import Counted, Decision, Rule
from bankservice.core.errors import BankServiceError, Fault, FaultsError, UnknownNameError
from bankservice.core.money import Money
from bankservice.core.plain import outcome_json, to_json
from bankservice.core.policy import Policy, PolicyRef, Title, Version, changes
from bankservice.core.policy_file import parse_toml
from bankservice.core.structure import FACTS
from bankservice.policies import DOMAINS
from bankservice.rule_book import in_locale, rule_address, version_address

__all__ = ["ask"]

Plain = dict[str, Any]

PACKAGES: Final = (
    "bankservice",
    "attrs",
    "babel",
    "cattrs",
    "iso4217",
    "pendulum",
    "tzdata",
)
MISTAKES: Final = (BankServiceError, ArithmeticError, RecursionError, TypeError, ValueError)
"""What a caller may do wrong, as the command line tells it."""


def ask(text: str) -> str:
    """Return the answer to one question, JSON for JSON."""
    question = json.loads(text)
    return json.dumps(ANSWERS[question["ask"]](question), ensure_ascii=False)


# --- what there is ------------------------------------------------------------------------------


def versions(question: Plain) -> Plain:
    """Return the versions of Python and of the packages that decide here."""
    return {"python": python_version(), **{name: version_of(name) for name in PACKAGES}}


def policy(question: Plain) -> Plain:
    """Return a shipped policy as its file says it, and the facts that its versions declare."""
    rule = rule_of(question["rule"])
    held = shelf_of(rule).get(question["policy"])
    prefix, _, name = held.id.partition("/")
    package = shelf_of(rule).packages[prefix]
    text = (files(package) / "policies" / prefix / f"{name}.toml").read_text("utf-8")
    return {"text": text, "declared": declared(held)}


def facts(question: Plain) -> Plain:
    """
    Return facts as the fields of the form show them, from JSON or TOML text.

    A number keeps its digits; what is a table or a list stays JSON.
    """
    try:
        raw = read_facts(question["facts"])
    except FaultsError as error:
        return {"faults": told(error)}
    return {"fields": {name: literal(held) for name, held in raw.items()}}


# --- deciding -----------------------------------------------------------------------------------


def decide(question: Plain) -> Plain:
    """
    Return what a rule decides under a policy, and beside it under the reader's own wording of it.
    """
    rule = rule_of(question["rule"])
    asked, beside, edited = question["policy"], question["beside"], question["edited"]
    answer, decision = answered(rule, question, lambda: under(rule, asked), beside)
    found: Plain = {"original": answer, "edited": None, "changes": None}
    if edited is None:
        return found
    found["edited"], other = answered(
        rule, question, lambda: shelf_of(rule).read(edited, "your policy"), beside
    )
    if decision is not None and other is not None:
        found["changes"] = differences(decision, other)
    return found


def answered(
    rule: Rule[Any, Any, Any],
    question: Plain,
    policy: Callable[[], Policy[Any] | None],
    beside: str | None,
) -> tuple[Plain, Decision[Any] | None]:
    """Return an answer with its decision; a mistake comes back as faults or as a message."""
    try:
        own = policy()
        raw = read_facts(question["facts"])
        read = FACTS.read(raw, rule.facts, f"facts of {rule.id}")
        second = rule.version_beside(under(rule, beside), read)
        read = rule.with_beside(read, second)
        decision = rule.decide(read, rule.version(own, read), second)
        return explained(decision, question["locale"]), decision
    except FaultsError as error:
        return {"what": error.what, "faults": told(error)}, None
    except MISTAKES as error:
        return {"error": str(error)}, None


def explained(decision: Decision[Any], locale: str) -> Plain:
    """Return a decision as the page shows it, in the language of *locale*."""
    explanation = decision.explanation()
    lines = explanation.text(locale).split("\n")
    checks = len(explanation.checks)
    sources = [
        {
            "text": line,
            "page": address_of(decision.rule, ref, locale),
            "url": source.url,
        }
        for line, (ref, source) in zip(lines[1 + checks :], explanation.sources, strict=True)
    ]
    return {
        "page": in_locale(rule_address(decision.rule.id), locale),
        "json": json.dumps(decision.to_json(), ensure_ascii=False, indent=2),
        "headline": lines[0],
        "checks": [
            {"held": check.held, "text": line.strip()[1:].strip()}
            for check, line in zip(explanation.checks, lines[1 : 1 + checks], strict=True)
        ],
        "sources": sources,
        "outcome": shown(decision.outcome, locale),
        "calendars": calendars_of(decision, locale),
    }


def address_of(rule: Rule[Any, Any, Any], ref: PolicyRef, locale: str) -> str | None:
    """Return where the rule book shows a version; None where the package does not ship that one."""
    try:
        held = shelf_of(rule).get(ref.policy)
    except UnknownNameError:
        return None
    shipped = any(version.ref == ref for version in held.versions)
    return in_locale(version_address(ref, held), locale) if shipped else None


def differences(before: Decision[Any], after: Decision[Any]) -> Plain:
    """Return what differs between two decisions: parameters of the versions, and outcomes."""
    return {
        "parameters": rows(parameters_of(before), parameters_of(after)),
        "outcome": rows(outcome_json(before.outcome), outcome_json(after.outcome)),
    }


def parameters_of(decision: Decision[Any]) -> Plain:
    """Return the parameters as written, with the days of the version."""
    version: Version[Any] = decision.versions[0]
    days = {
        "since": to_json(version.since),
        "known_on": to_json(version.ref.known_on),
        "ends_on": to_json(version.ends_on),
    }
    return {**days, **to_json(version.written)}


def rows(before: object, after: object) -> list[Plain]:
    """Return differences as rows of text."""
    return [
        {"path": path, "before": short(was), "after": short(now)}
        for path, was, now in changes(before, after)
    ]


def short(value: object) -> str:
    """Return plain JSON as text; empty where there is nothing."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# --- reading ------------------------------------------------------------------------------------


def rule_of(rule_id: str) -> Rule[Any, Any, Any]:
    """Return a rule by id; only its own domain is imported, for that takes a while here."""
    domain = rule_id.partition(".")[0]
    if domain not in DOMAINS:
        raise UnknownNameError("domain", domain, DOMAINS)
    rules: tuple[Rule[Any, Any, Any], ...] = import_module(f"bankservice.{domain}").RULES
    for rule in rules:
        if rule.id == rule_id:
            return rule
    raise UnknownNameError("rule", rule_id, (rule.id for rule in rules))


def shelf_of(rule: Rule[Any, Any, Any]) -> Any:
    """Return where the policies of a rule are found."""
    assert rule.shelf is not None, f"{rule.id} takes no policy"
    return rule.shelf()


def under(rule: Rule[Any, Any, Any], policy_id: str | None) -> Policy[Any] | None:
    """Return a shipped policy by id; None for none."""
    if policy_id is None:
        return None
    held: Policy[Any] = shelf_of(rule).get(policy_id)
    return held


def declared(held: Policy[Any]) -> list[Plain]:
    """Return the facts that the versions of a policy declare, each once, the newest version's form."""
    found = {fact.name: fact for version in held.versions for fact in version.facts}
    return [
        {
            "name": fact.name,
            "type": fact.type,
            "tree": fact.tree,
            "title": {"en": fact.title.en, "zh": fact.title.zh} if fact.title else None,
        }
        for fact in found.values()
    ]


def read_facts(text: str) -> Mapping[str, Any]:
    """
    Return facts written as JSON, or as TOML where they do not begin with a brace.

    Raises:
        FaultsError: If it is neither, or no table.
    """
    if not text.lstrip().startswith("{"):
        return parse_toml(text, "the facts")

    def constant(word: str) -> NoReturn:
        raise FaultsError("the facts", (Fault("", word, "a finite number"),))

    def table(pairs: list[tuple[str, Any]]) -> Plain:
        names = [name for name, _ in pairs]
        twice = dict.fromkeys(name for name in names if names.count(name) > 1)
        if twice:
            faults = (Fault(name, "the key twice", "each key once") for name in twice)
            raise FaultsError("the facts", tuple(faults))
        return dict(pairs)

    try:
        found = json.loads(
            text, parse_float=Decimal, parse_constant=constant, object_pairs_hook=table
        )
    except FaultsError:
        raise
    except (ValueError, ArithmeticError, RecursionError) as error:
        fault = Fault("", "text that is not JSON", f"JSON: {error}")
        raise FaultsError("the facts", (fault,)) from None
    assert isinstance(found, dict), "the text begins with a brace"
    return found


def literal(value: Any) -> Plain:
    """Return a fact as a field shows it: plain text, or JSON for what has parts."""
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, (date, datetime)):
        return {"text": value.isoformat()}
    return {"json": as_json(value)}


def as_json(value: Any) -> str:
    """Return a raw value as JSON whose numbers keep their digits."""
    if isinstance(value, Mapping):
        held = (f"{json.dumps(str(k), ensure_ascii=False)}: {as_json(v)}" for k, v in value.items())
        return "{" + ", ".join(held) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_json, value)) + "]"
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(
        value if isinstance(value, (str, bool, int)) else str(value), ensure_ascii=False
    )


def told(error: FaultsError) -> list[Plain]:
    """Return faults as they are told."""
    return [
        {"path": fault.path, "got": fault.got, "wanted": fault.wanted, "near": list(fault.near)}
        for fault in error.faults
    ]


# --- outcomes as people read them ---------------------------------------------------------------


def shown(value: Any, locale: str) -> Plain:
    """
    Return an outcome as parts with names, items in a row, or text.

    Parts that hold nothing are left out; the JSON of the decision has them.
    """
    parts = parts_of(value)
    if parts is not None:
        kept = [(name, held) for name, held in parts if not is_nothing(held)]
        return {"parts": [[name, shown(held, locale)] for name, held in kept]}
    if isinstance(value, (tuple, list)):
        if not any(parts_of(item) for item in value):
            return {"text": worded(tuple(value), locale)}
        return {"items": [shown(item, locale) for item in value]}
    if isinstance(value, Citation):
        return {"text": value.label(), "url": value.url}
    return {"text": worded(value, locale)}


def is_nothing(held: Any) -> bool:
    """Tell whether a part holds nothing: no value, no text, no rows. Zero and no are something."""
    return held is None or (isinstance(held, (str, tuple, Mapping)) and not held)


def parts_of(value: Any) -> list[tuple[str, Any]] | None:
    """Return the named parts of a value; None where it is one thing."""
    if isinstance(value, Mapping):
        return [(str(name), held) for name, held in value.items()]
    if isinstance(value, (Citation, Counted, Money, Title)) or hasattr(value, "__written__"):
        return None
    names = getattr(type(value), "shown", None)
    if names is None and attrs.has(type(value)) and not hasattr(value, "months"):
        names = [f.name for f in attrs.fields(type(value)) if not f.name.startswith("_")]
    return None if names is None else [(name, getattr(value, name)) for name in names]


def worded(value: Any, locale: str) -> str:
    """Return one value in words; days with their weekday, instants with their zone."""
    resolved = wording.locale_of(locale)
    if isinstance(value, datetime):
        zone = getattr(value.tzinfo, "name", None) or value.tzname()
        time = dates.format_time(value, "HH:mm:ss", locale=resolved)
        return f"{worded(value.date(), locale)} {time} ({zone})"
    if isinstance(value, date):
        return str(dates.format_date(value, "full", locale=resolved))
    if hasattr(value, "__written__") and not isinstance(value, (str, tuple)):
        return short(outcome_json(value))
    return wording.value(value, resolved)


ANSWERS: Final[Mapping[str, Callable[[Plain], Plain]]] = {
    "versions": versions,
    "policy": policy,
    "facts": facts,
    "decide": decide,
}
"""What may be asked."""
