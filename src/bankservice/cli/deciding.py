"""The commands that decide and say why: `bankservice decide` and `bankservice explain`."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import attrs
import click

from bankservice import policies, rule_book
from bankservice.cli.answering import say_json, short, told
from bankservice.cli.moments import (
    KNOWN_HELP,
    OWN,
    choices_of,
    instant_of,
    opened_bank,
    own_policies,
)
from bankservice.core.decision import Decision
from bankservice.core.errors import Fault, FaultsError, UnknownNameError
from bankservice.core.policy import Policy, PolicyRef, Version, changes
from bankservice.core.structure import FACTS

__all__ = ["decide", "explain"]

LOCALE = click.option(
    "--locale", default="en", show_default=True, help="Language of sentences: en or zh_CN."
)
BOOK = click.option(
    "--book",
    default="",
    help="Where the rule book is served; its pages are named relative without.",
)


@click.command()
@click.argument("rule_id", metavar="RULE")
@click.argument("facts", type=click.File("r", encoding="utf-8"), default="-")
@click.option("--policy", "-p", "policy_id", help="Id of a policy, or a TOML file.")
@click.option("--beside", "beside_id", help="The same for a policy beside it: the institution's.")
@click.option("--explain", "locale", help="Also say why, in this language, on standard error.")
@BOOK
@told
def decide(
    rule_id: str,
    facts: Any,
    policy_id: str | None,
    beside_id: str | None,
    locale: str | None,
    book: str,
) -> None:
    """Decide: facts in JSON from FACTS (standard input by default), the decision in JSON out."""
    rule = policies.rule(rule_id)
    read = FACTS.read(_json(facts.read(), "the facts"), rule.facts, f"facts of {rule.id}")
    policy = None if policy_id is None else policies.load(policy_id)
    beside = rule.version_beside(None if beside_id is None else policies.load(beside_id), read)
    read = rule.with_beside(read, beside)
    decision = rule.decide(read, rule.version(policy, read), beside)
    why = _in_words(decision, locale, book) if locale else ""
    say_json(decision.to_json())
    if why:
        click.echo(why, err=True)


@click.command()
@click.argument("what", metavar="DECISION|ENTRY", default="-")
@click.option("--journal", "url", help="Journal that holds the ENTRY, such as sqlite:///bank.db.")
@click.option("--known", help=f"Of a journal: {KNOWN_HELP[0].lower()}{KNOWN_HELP[1:]}")
@OWN
@click.option(
    "--policy", "-p", "policy_id", help="TOML file of the policy, where it is no shipped one."
)
@LOCALE
@BOOK
@told
def explain(
    what: str,
    url: str | None,
    known: str | None,
    own: tuple[Path, ...],
    policy_id: str | None,
    locale: str,
    book: str,
) -> None:
    """
    Say why, in words, and where the rule book has it.

    DECISION is a file with what `decide` printed (standard input by default). With --journal,
    ENTRY names a recorded decision, such as segmentation.standing/customer-7@3; without a version,
    the latest.
    """
    if url is not None:
        held, _ = own_policies(own)
        with opened_bank(url, **choices_of(held)) as bank:
            at = None if known is None else instant_of(known, "UTC", "--known")
            past = bank if at is None else bank.known(at)
            why = past.explain(what)
        found = rule_book.entry_permalinks(what.partition("/")[0], why, locale)
        click.echo(f"{why.text(locale)}\n{rule_book.page_list(found, locale, book)}")
        return
    if known is not None:
        raise ValueError("--known belongs to --journal.")
    with click.open_file(what, encoding="utf-8") as file_in:
        text = file_in.read()
    click.echo(_in_words(_stored(_json(text, "the decision"), policy_id), locale, book))


def _in_words(decision: Decision[Any], locale: str, book: str) -> str:
    """Return why, then the pages of the rule book that show what it was decided by."""
    found = rule_book.permalinks(decision, locale)
    return f"{decision.explain(locale)}\n{rule_book.page_list(found, locale, book)}"


def _json(text: str, what: str) -> Any:
    def constant(word: str) -> NoReturn:
        raise FaultsError(what, (Fault("", word, "a finite number"),))

    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice = dict.fromkeys(name for name in names if names.count(name) > 1)
        if twice:
            faults = (Fault(name, "the key twice", "each key once") for name in twice)
            raise FaultsError(what, tuple(faults))
        return dict(pairs)

    try:
        return json.loads(
            text, parse_float=Decimal, parse_constant=constant, object_pairs_hook=table
        )
    except FaultsError:
        raise
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise FaultsError(what, (Fault("", "text that is not JSON", f"JSON: {error}"),)) from None


@attrs.frozen(kw_only=True)
class _Stored:
    """What `decide` prints."""

    rule: str
    facts: Any
    policies: tuple[PolicyRef, ...]
    outcome: Any
    as_of: Any = None
    effective_on: Any = None


def _stored(raw: Any, policy_id: str | None) -> Decision[Any]:
    """Decide again as a printed decision says."""
    stored = FACTS.read(raw, _Stored, "the decision, as `bankservice decide` prints it,")
    rule = policies.rule(stored.rule)
    facts = FACTS.read(stored.facts, rule.facts, "the decision's facts")
    # The rule's own versions come first; those of linked policies follow from them.
    own = stored.policies[: (rule.kind is not None) + (rule.beside is not None)]
    versions = [_version(ref, policy_id) for ref in own]
    beside = next((v for v in versions[1:] if v.kind is rule.beside), None)
    decision = rule.decide(facts, rule.version(versions[0] if versions else None, facts), beside)
    found = list(changes(stored.outcome, json.loads(json.dumps(decision.to_json()["outcome"]))))
    if found:
        path, was, now = found[0]
        wanted = f"{short(now)}, which the rule decides on these facts"
        raise FaultsError("the decision", (Fault(f"outcome.{path}", short(was), wanted),))
    return decision


def _version(ref: PolicyRef, policy_id: str | None) -> Version[Any]:
    policy: Policy[Any] = policies.load(policy_id or ref.policy)
    for version in policy.versions:
        if version.ref == ref:
            return version
    raise UnknownNameError("policy version", str(ref), (str(held.ref) for held in policy.versions))
