"""Commands that ask a record again: `bankservice repeat` and `bankservice view`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import click

from bankservice.bank import Bank
from bankservice.cli.answering import JSON, say_json, told
from bankservice.cli.moments import (
    KNOWN_HELP,
    OWN,
    choices_of,
    instant_of,
    opened_bank,
    own_policies,
)
from bankservice.cli.tables import show_table
from bankservice.core import wording
from bankservice.core.errors import UnknownNameError
from bankservice.core.plain import outcome_json, to_json
from bankservice.core.repeating import Again, NotAskable
from bankservice.core.repetition import Repeated, Repetition

__all__ = ["repeat", "view"]

_OUTCOMES = (*(outcome.value for outcome in Repetition), "not-askable")
_TENANT = click.option(
    "--tenant", default="default", show_default=True, help="Legal entity of the records."
)
_LOCALE = click.option(
    "--locale",
    default="en",
    show_default=True,
    type=click.Choice(["en", "zh_CN"]),
    help="Language of the answer.",
)


@click.command()
@click.argument("url", metavar="JOURNAL")
@click.argument("refs", metavar="[ENTRY]...", nargs=-1)
@click.option("--known", help=KNOWN_HELP)
@OWN
@_TENANT
@JSON
@told
def repeat(
    url: str,
    refs: tuple[str, ...],
    known: str | None,
    own: tuple[Path, ...],
    tenant: str,
    as_json: bool,
) -> None:
    """
    Decide past entries of JOURNAL again, from the record alone, and compare.

    Each ENTRY is such as segmentation.standing/customer-7@3; without a version, the latest. Where
    none is named, every entry of every record is decided again. What is asked are the facts and the
    policy versions as they were kept, so neither an edited file nor an upgrade changes it.

    Exit codes: 0 all come out as written, 1 one differs, 2 it could not be asked.
    """
    held, _ = own_policies(own)
    with opened_bank(url, tenant=tenant, **choices_of(held)) as whole:
        bank = whole if known is None else whole.known(instant_of(known, "UTC", "--known"))
        differs = _some(bank, refs, as_json) if refs else _all(bank, as_json)
    sys.exit(1 if differs else 0)


def _some(bank: Bank, refs: tuple[str, ...], as_json: bool) -> bool:
    found = [bank.repeat(ref) for ref in refs]
    if as_json:
        say_json([_plain(again) for again in found])
    else:
        for again in found:
            click.echo(_line(again))
            for line in _differences(again):
                click.echo(f"  {line}")
    return any(again.outcome is Repetition.DIFFERENT for again in found)


def _all(bank: Bank, as_json: bool) -> bool:
    counts: dict[str, Counter[str]] = {}
    told: list[dict[str, Any]] = []
    why: Counter[str] = Counter()
    for kind, _, again in bank.repeat_all():
        outcome = _outcome(again)
        counts.setdefault(kind, Counter())[outcome] += 1
        if isinstance(again, NotAskable):
            why[again.why] += 1
        elif again.outcome is Repetition.POLICY_MISSING:
            why[again.missing] += 1
        elif again.outcome is Repetition.DIFFERENT and as_json:
            told.append(_plain(again))
        elif again.outcome is Repetition.DIFFERENT:
            # Each as it is found: of a long journal nothing is kept.
            click.echo(f"{_line(again)}  {'; '.join(_differences(again))}")
    differs = any(held[Repetition.DIFFERENT.value] for held in counts.values())
    if as_json:
        records = {
            kind: {name: held[name] for name in _OUTCOMES} for kind, held in sorted(counts.items())
        }
        say_json({"records": records, "different": told, "why": dict(why.most_common())})
        return differs
    total = sum((held for held in counts.values()), Counter[str]())
    rows = [
        (kind, *(f"{held[name]:,}" for name in _OUTCOMES))
        for kind, held in (*sorted(counts.items()), ("all", total))
    ]
    show_table(f"{total.total():,} entries decided again", ("record", *_OUTCOMES), rows, 1)
    if why:
        few = [(text, f"{count:,}") for text, count in why.most_common(20)]
        show_table("Why some could not be asked", ("why", "entries"), few, 1)
    return differs


def _outcome(again: Again) -> str:
    return "not-askable" if isinstance(again, NotAskable) else again.outcome.value


def _line(again: Repeated) -> str:
    """Return what became of an entry in one line."""
    words = {
        "equal": "comes out as it was written",
        "different": "comes out otherwise",
        "not-decided": "holds nothing that a policy decided",
        "erased": "cannot be asked: its facts were erased",
        "policy-missing": "cannot be asked: the journal did not keep the policy's text",
    }
    line = f"{again.ref} ({again.event}): {words[again.outcome.value]}"
    under = ", ".join(f"{ref.policy} of {ref.since}" for ref in again.policies)
    line += f", under {under}" if under else ""
    return f"{line}: {again.missing}" if again.missing else line


def _differences(again: Repeated) -> Iterator[str]:
    for path, was, now in again.differences:
        yield f"{path}: {_short(was)} → {_short(now)}"


def _short(value: object) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)


def _plain(again: Repeated) -> dict[str, Any]:
    return {
        "ref": again.ref,
        "event": again.event,
        "outcome": again.outcome.value,
        "policies": [to_json(ref) for ref in again.policies],
        "missing": again.missing,
        "differences": [
            {"path": path, "before": was, "after": now} for path, was, now in again.differences
        ],
    }


# --- a view -------------------------------------------------------------------------------------


@click.command()
@click.argument("url", metavar="JOURNAL")
@click.argument("what", metavar="KIND/SUBJECT")
@click.option("--on", help="Day or instant asked about; of a day, its end. Now where left out.")
@click.option("--known", help=KNOWN_HELP)
@OWN
@_TENANT
@_LOCALE
@JSON
@told
def view(
    url: str,
    what: str,
    on: str | None,
    known: str | None,
    own: tuple[Path, ...],
    tenant: str,
    locale: str,
    as_json: bool,
) -> None:
    """
    Show a record of JOURNAL: what is said of a day, knowing what was known by another.

    KIND/SUBJECT is such as segmentation.standing/customer-7. Without --on it is as of --known,
    without --known with all that is known.
    """
    held, _ = own_policies(own)
    kind, _, subject = what.partition("/")
    with opened_bank(url, tenant=tenant, **choices_of(held)) as whole:
        zone = _zone(whole.service(kind, subject))
        past = None if known is None else instant_of(known, zone, "--known")
        bank = whole if past is None else whole.known(past)
        service = bank.service(kind, subject)
        if not any(True for _ in service.history(subject)):
            then = "" if past is None else f" known at {past.isoformat()}"
            raise UnknownNameError(f"record{then}", what, ())
        asked = past if on is None else instant_of(on, zone, "--on")
        # Memberships are seen on a day; the office sees every record at an instant.
        show = service.office.view if kind == "segmentation.membership" else service.view
        found = show(subject, asked)
    if as_json:
        say_json(outcome_json(found))
        return
    for line in _told(found, locale):
        click.echo(line)


def _zone(service: Any) -> str:
    """Return the zone of what a service works by."""
    zones = (getattr(held.versions[-1].parameters, "zone", "") for held in service.desk.policies)
    return next(filter(None, zones), "UTC")


def _told(found: Any, locale: str) -> Iterator[str]:
    """Yield the parts of a view, one a line, as people write them."""
    resolved = wording.locale_of(locale)
    names: Iterable[str] = getattr(type(found), "shown", None) or (
        field.name for field in attrs.fields(type(found)) if not field.name.startswith("_")
    )
    for name in names:
        held = getattr(found, name)
        if isinstance(held, tuple) and not held:
            continue
        whole = attrs.has(type(held)) or isinstance(held, (tuple, Mapping))
        plain = outcome_json(held)
        if whole and isinstance(plain, (list, dict)):
            if isinstance(plain, list) and not any(isinstance(x, (list, dict)) for x in plain):
                shown = ", ".join(map(str, plain))
            else:
                shown = json.dumps(plain, ensure_ascii=False)
        else:
            shown = wording.value(held, resolved)
        yield f"{name}: {shown}"
