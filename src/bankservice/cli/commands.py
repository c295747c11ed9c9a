"""
The commands: check, decide, explain, policies, rules; run and demo (`running`), audit and journal
(`keeping`), and those on calendars (`calendars`).

Answers go to standard output, errors to standard error. Exit codes: 0 done, 1 a case failed, 2
the caller's mistake.
"""

from __future__ import annotations

import json
import re
import sys
from decimal import Decimal
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any, NoReturn

import attrs
import click

from bankservice import policies
from bankservice.cli.answering import JSON, say_json, told
from bankservice.cli.calendars import calendars
from bankservice.cli.keeping import audit, journal
from bankservice.cli.moments import (
    KNOWN_HELP,
    OWN,
    choices_of,
    instant_of,
    opened_bank,
    own_policies,
)
from bankservice.cli.recalling import repeat, view
from bankservice.cli.running import demo, run
from bankservice.cli.whatif import whatif
from bankservice.core.decision import Decision
from bankservice.core.errors import Fault, FaultsError, UnknownNameError
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy, PolicyRef, Version, changes
from bankservice.core.structure import FACTS
from bankservice.testing import cases

__all__ = ["cli"]

LOCALE = click.option(
    "--locale", default="en", show_default=True, help="Language of sentences: en or zh_CN."
)


def _package_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    try:
        found = version_of("bankservice")
    except PackageNotFoundError:
        found = "(not installed, run from its source)"
    click.echo(f"bankservice {found}")
    context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_package_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Decisions about a bank's customers, with reasons, under the rules in force that day."""


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--quiet", "-q", is_flag=True, help="Leave out the explanations of failing cases.")
def check(paths: tuple[Path, ...], quiet: bool) -> None:
    """Run case tables: files, or every *.toml in folders (*.policy.toml is a policy)."""
    report = cases.run(paths)
    for result in report.results:
        if not result.passed:
            click.echo(str(result))
            if result.explanation and not quiet:
                click.echo("\n".join(f"    {line}" for line in result.explanation.splitlines()))
    click.echo(f"{report.passed} passed, {report.failed} failed")
    sys.exit(report.exit_code)


@cli.command()
@click.argument("rule_id", metavar="RULE")
@click.argument("facts", type=click.File("r", encoding="utf-8"), default="-")
@click.option("--policy", "-p", "policy_id", help="Id of a policy, or a TOML file.")
@click.option("--beside", "beside_id", help="The same for a policy beside it: the institution's.")
@click.option("--explain", "locale", help="Also say why, in this language, on standard error.")
@told
def decide(
    rule_id: str, facts: Any, policy_id: str | None, beside_id: str | None, locale: str | None
) -> None:
    """Decide: facts in JSON from FACTS (standard input by default), the decision in JSON out."""
    rule = policies.rule(rule_id)
    read = FACTS.read(_json(facts.read(), "the facts"), rule.facts, f"facts of {rule.id}")
    policy = None if policy_id is None else policies.load(policy_id)
    beside = rule.version_beside(None if beside_id is None else policies.load(beside_id), read)
    read = rule.with_beside(read, beside)
    decision = rule.decide(read, rule.version(policy, read), beside)
    why = decision.explain(locale) if locale else ""
    say_json(decision.to_json())
    if why:
        click.echo(why, err=True)


@cli.command()
@click.argument("what", metavar="DECISION|ENTRY", default="-")
@click.option("--journal", "url", help="Journal that holds the ENTRY, such as sqlite:///bank.db.")
@click.option("--known", help=f"Of a journal: {KNOWN_HELP[0].lower()}{KNOWN_HELP[1:]}")
@OWN
@click.option(
    "--policy", "-p", "policy_id", help="TOML file of the policy, where it is no shipped one."
)
@LOCALE
@told
def explain(
    what: str,
    url: str | None,
    known: str | None,
    own: tuple[Path, ...],
    policy_id: str | None,
    locale: str,
) -> None:
    """
    Say why, in words.

    DECISION is a file with what `decide` printed (standard input by default). With --journal,
    ENTRY names a recorded decision, such as segmentation.standing/customer-7@3; without a version,
    the latest.
    """
    if url is not None:
        held, _ = own_policies(own)
        with opened_bank(url, **choices_of(held)) as bank:
            at = None if known is None else instant_of(known, "UTC", "--known")
            past = bank if at is None else bank.known(at)
            click.echo(past.explain(what).text(locale))
        return
    if known is not None:
        raise ValueError("--known belongs to --journal.")
    with click.open_file(what, encoding="utf-8") as file_in:
        text = file_in.read()
    click.echo(_stored(_json(text, "the decision"), policy_id).explain(locale))


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
        wanted = f"{_short(now)}, which the rule decides on these facts"
        raise FaultsError("the decision", (Fault(f"outcome.{path}", _short(was), wanted),))
    return decision


def _version(ref: PolicyRef, policy_id: str | None) -> Version[Any]:
    policy: Policy[Any] = policies.load(policy_id or ref.policy)
    for version in policy.versions:
        if version.ref == ref:
            return version
    raise UnknownNameError("policy version", str(ref), (str(held.ref) for held in policy.versions))


@cli.group("policies")
def policies_group() -> None:
    """Look at policies: list, show, diff, validate."""


@policies_group.command("list")
@click.option("--kind", help="Only policies of this kind.")
@JSON
@told
def list_policies(kind: str | None, as_json: bool) -> None:
    """List the shipped policies."""
    held = [policies.load(policy_id) for policy_id in policies.shelf().ids()]
    if kind is not None and kind not in (known := [k.name for k in policies.kinds()]):
        raise UnknownNameError("kind of policy", kind, known)
    rows = [
        {
            "id": policy.id,
            "kind": policy.kind.name,
            "title": policy.title.en,
            "versions": [str(version.ref.since) for version in policy.versions],
        }
        for policy in held
        if kind in (None, policy.kind.name)
    ]
    if as_json:
        say_json(rows)
        return
    for row in rows:
        click.echo(f"{row['id']:36} {row['kind']:20} {', '.join(row['versions'])}  {row['title']}")


@policies_group.command()
@click.argument("policy")
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), help="Only the version in force on this day."
)
@JSON
@told
def show(policy: str, on: Any, as_json: bool) -> None:
    """Show a policy (an id or a file) with its versions and sources."""
    held = policies.load(policy)
    versions = held.versions if on is None else (held.on(on.date()),)
    if as_json:
        say_json([json.loads(version.text) for version in versions])
        return
    click.echo(f"{held.id} ({held.kind.name}): {held.title.en} / {held.title.zh}")
    for version in versions:
        click.echo(
            f"\nversion {version.ref.since}, known {version.ref.known_on}, digest {version.ref.digest[:12]}"
        )
        click.echo(
            f"  source: {version.source.label()} [{version.source.checked}] {version.source.url}".rstrip()
        )
        for line in json.dumps(to_json(version.written), ensure_ascii=False, indent=2).splitlines():
            click.echo(f"  {line}")


@policies_group.command()
@click.argument("before")
@click.argument("after")
@JSON
@told
def diff(before: str, after: str, as_json: bool) -> None:
    """Tell what differs between two versions, each ID@SINCE (or FILE@SINCE; the newest without @)."""
    first, second = _named(before), _named(after)
    found = list(changes(to_json(first.written), to_json(second.written)))
    if as_json:
        rows = [{"path": path, "before": was, "after": now} for path, was, now in found]
        say_json(rows)
        return
    click.echo(f"{first.ref} → {second.ref}")
    for path, was, now in found:
        click.echo(f"  {path}: {_short(was)} → {_short(now)}")
    if not found:
        click.echo("  no parameter differs")


def _short(value: object) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)


_SINCE = re.compile(r"@\d{4}-\d\d-\d\d\Z")


def _named(text: str) -> Version[Any]:
    name, _, since = text.rpartition("@") if _SINCE.search(text) else (text, "", "")
    policy: Policy[Any] = policies.load(name)
    if not since:
        return policy.versions[-1]
    held: tuple[Version[Any], ...] = policy.versions[::-1]
    for version in held:
        if str(version.ref.since) == since:
            return version
    raise UnknownNameError(
        f"version of {name} since", since, (str(v.ref.since) for v in policy.versions)
    )


@policies_group.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@JSON
def validate(files: tuple[Path, ...], as_json: bool) -> None:
    """Check policy files; every fault is told with its path."""
    rows: list[dict[str, Any]] = []
    for path in files:
        row: dict[str, Any] = {"file": str(path), "faults": []}
        rows.append(row)
        try:
            policy = policies.load(path)
        except FaultsError as error:
            row["faults"] = [attrs.asdict(fault) for fault in error.faults]
            if not as_json:
                click.echo(str(error), err=True)
        else:
            count = len(policy.versions)
            row.update(id=policy.id, versions=count)
            if not as_json:
                plural = "" if count == 1 else "s"
                click.echo(f"{path}: {policy.id}, {count} version{plural}, no fault")
    if as_json:
        say_json(rows)
    sys.exit(2 if any(row["faults"] for row in rows) else 0)


@cli.command("rules")
@click.argument("rule_id", metavar="RULE", required=False)
@JSON
@told
def show_rules(rule_id: str | None, as_json: bool) -> None:
    """List the rules, or show one with its facts, outcome and reasons."""
    found = policies.rules() if rule_id is None else (policies.rule(rule_id),)
    rows = [policies.describe(rule) for rule in found]
    if as_json:
        say_json(rows)
        return
    for row in rows:
        click.echo(f"{row['id']:34} {row['summary']}")
        if rule_id is not None:
            for part in ("facts", "outcome", "reasons"):
                click.echo(f"\n{part}:")
                for name, text in row[part].items():
                    click.echo(f"  {name:22} {text}")


cli.add_command(run)
cli.add_command(demo)
cli.add_command(audit)
cli.add_command(journal)
cli.add_command(calendars)
cli.add_command(whatif)
cli.add_command(repeat)
cli.add_command(view)
