"""
The commands: check, policies, rules; decide and explain (`deciding`), run and demo (`running`),
audit and journal (`keeping`), and those on calendars (`calendars`).

Answers go to standard output, errors to standard error. Exit codes: 0 done, 1 a case failed, 2
the caller's mistake.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import attrs
import click

from bankservice import policies
from bankservice.cli.answering import JSON, say_json, short, told
from bankservice.cli.calendars import calendars
from bankservice.cli.deciding import decide, explain
from bankservice.cli.keeping import audit, journal
from bankservice.cli.recalling import repeat, view
from bankservice.cli.releasing import release, released
from bankservice.cli.running import demo, run
from bankservice.cli.schemas import schema
from bankservice.cli.sheets import export, import_book
from bankservice.cli.whatif import whatif
from bankservice.cli.wordings import wording
from bankservice.core.errors import FaultsError, UnknownNameError
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy, Version, changes
from bankservice.testing import cases

__all__ = ["cli"]


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
    """
    Run case tables: files, or every *.toml in folders (*.policy.toml is a policy).

    Exit codes: 0 all passed, 1 a case failed, 2 a table is bad.
    """
    report = cases.run(paths)
    for result in report.results:
        if not result.passed:
            click.echo(str(result))
            if result.explanation and not quiet:
                click.echo("\n".join(f"    {line}" for line in result.explanation.splitlines()))
    click.echo(f"{report.passed} passed, {report.failed} failed")
    sys.exit(report.exit_code)


@cli.group("policies")
def policies_group() -> None:
    """Look at policies, edit them in a spreadsheet, and release them."""


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
        click.echo(f"  {path}: {short(was)} → {short(now)}")
    if not found:
        click.echo("  no parameter differs")


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
    """
    Check policy files; every fault is told with its path.

    Exit codes: 0 no fault, 2 a fault, or a file that cannot be read.
    """
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


cli.add_command(decide)
cli.add_command(explain)
cli.add_command(run)
cli.add_command(demo)
cli.add_command(audit)
cli.add_command(journal)
cli.add_command(calendars)
cli.add_command(whatif)
cli.add_command(repeat)
cli.add_command(view)
cli.add_command(wording)
cli.add_command(schema)
policies_group.add_command(release)
policies_group.add_command(released)
policies_group.add_command(export)
policies_group.add_command(import_book)
