"""`bankservice whatif`: a policy tried on a book before it takes effect."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bankservice.bank import Bank, utc_now
from bankservice.cli.answering import JSON, say_json, told
from bankservice.cli.keeping import shown_url
from bankservice.cli.moments import (
    KNOWN_HELP,
    OWN,
    choices_of,
    instant_of,
    opened_bank,
    own_policies,
)
from bankservice.cli.running import QUIET, needed, watching
from bankservice.cli.whatif_answer import answer
from bankservice.core.calendar import local_day
from bankservice.core.errors import UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy, Version
from bankservice.core.shelf import PolicyShelf
from bankservice.core.trial import Meter, Trial
from bankservice.whatif import trial_of

# Data frames and charts are imported when the command runs, not when help is shown.
if TYPE_CHECKING:
    from bankservice.core.what_if import Side
    from bankservice.run import Watch
    from bankservice.run.whatif import Asked
    from bankservice.run.whatif_books import Book

__all__ = ["whatif"]

_SINCE = re.compile(r"@\d{4}-\d\d-\d\d\Z")
_TIERS = "segmentation.tier-assessment"


@click.command()
@click.argument("before")
@click.argument("after")
@click.option(
    "--facts",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help='Book: JSON lines, each {"subject": …, "facts": {…}}.',
)
@click.option("--journal", "url", help="Book: a record, such as sqlite:///bank.db, asked again.")
@click.option(
    "--bank",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Book: BANK.TOML, whose extracts and standings are asked for tiers.",
)
@click.option("--known", help=f"Of a journal: {KNOWN_HELP[0].lower()}{KNOWN_HELP[1:]}")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Day asked for; where left out, the day AFTER takes effect, if that is to come.",
)
@click.option("--rule", default="", help="Rule to be asked; the first that works by such a policy.")
@click.option("--beside", help="Policy beside both: the institution's, where the rule takes one.")
@OWN
@click.option("--share", default="1", show_default=True, help="Share of the subjects to be asked.")
@click.option("--seed", default="", help="Another seed, another sample.")
@click.option(
    "--keep", default=20, show_default=True, type=click.IntRange(0), help="Moves to explain."
)
@click.option("--costs", help="Policy with what services cost: their cost is added up.")
@click.option("--liability", help="Policy that values points: what they cost is added up.")
@click.option("--tenant", default="default", show_default=True, help="Legal entity of the journal.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for whatif.json, moves.jsonl and the report whatif.html.",
)
@click.option("--resume", is_flag=True, help="Go on where an interrupted trial left --out.")
@click.option(
    "--locale",
    default="en",
    show_default=True,
    type=click.Choice(["en", "zh_CN"]),
    help="Language of the answer and the report.",
)
@JSON
@QUIET
@told
def whatif(
    before: str,
    after: str,
    facts: Path | None,
    url: str | None,
    bank: Path | None,
    known: str | None,
    on: datetime | None,
    rule: str,
    beside: str | None,
    own: tuple[Path, ...],
    share: str,
    seed: str,
    keep: int,
    costs: str | None,
    liability: str | None,
    tenant: str,
    out: Path | None,
    resume: bool,
    locale: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """
    Try a policy: ask a book under BEFORE and under AFTER, and tell what comes out otherwise.

    Each is an id, a file, or either with @SINCE: that version alone, on every day. Nothing is
    decided or written. With --out a long book is taken up again where it was left (--resume).
    """
    needed()
    from bankservice.run import whatif as trying

    if sum(given is not None for given in (facts, url, bank)) != 1:
        raise ValueError("one book is asked: pass one of --facts, --journal and --bank.")
    if known is not None and url is None:
        raise ValueError("--known belongs to --journal.")
    if on is not None and facts is not None:
        raise ValueError("--on belongs to --journal and --bank; lines of facts say their days.")
    if resume and out is None:
        raise ValueError("--resume goes on in a folder; pass it with --out.")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    held, shelf = _own(own, bank)
    first, second = _side(before, shelf), _side(after, shelf)
    trial = _trial(first, rule, bank is not None)
    meters = _Meters(trial, shelf, costs, liability)
    day = on.date() if on is not None else _to_come(second)
    asked = trying.Asked(
        trial=trial,
        before=first,
        after=second,
        meters=meters.found,
        share=_share(share),
        seed=seed,
        keep=keep,
        more=FrozenMapping(
            {
                **({} if day is None or facts is not None else {"on": str(day)}),
                **({} if known is None else {"known": known}),
                **({} if beside is None else {"beside": _named(shelf.load(beside))}),
                **meters.told,
            }
        ),
    )

    with watching(quiet) as watch, ExitStack() as stack:
        if facts is not None:
            book = _facts_book(facts, trial, None if beside is None else shelf.load(beside))
        elif url is not None:
            book = stack.enter_context(_journal_book(url, asked, held, tenant, known, day))
        else:
            assert bank is not None, "one book is asked"
            book = stack.enter_context(_bank_book(bank, asked, day, watch))
        tried = trying.run(
            asked, book, out=out, resume=resume, locale=locale, now=utc_now, watch=watch
        )
    if as_json:
        say_json(tried.to_json())
    else:
        answer(tried, locale)
    for name in tried.files:
        assert out is not None, "files are written to a folder"
        click.echo(str(out / name), err=as_json)


# --- what is asked ------------------------------------------------------------------------------


def _own(own: tuple[Path, ...], bank: Path | None) -> tuple[tuple[Policy[Any], ...], PolicyShelf]:
    """Return the policies given and a bank's own, and a shelf with them before the shipped ones."""
    if bank is None:
        return own_policies(own)
    from bankservice import run as running

    return own_policies([*running.plan(bank).policies, *own])


def _side(text: str, shelf: PolicyShelf) -> Side:
    name, _, since = text.rpartition("@") if _SINCE.search(text) else (text, "", "")
    policy: Policy[Any] = shelf.load(name)
    if not since:
        return policy
    held: tuple[Version[Any], ...] = policy.versions[::-1]
    for version in held:
        if str(version.ref.since) == since:
            return version
    known = (str(version.ref.since) for version in policy.versions)
    raise UnknownNameError(f"version of {name} since", since, known)


def _trial(side: Side, rule: str, bank: bool) -> Trial[Any, Any, Any]:
    if not bank:
        return trial_of(side, rule)
    if rule not in ("", _TIERS):
        raise ValueError(f"--bank gives what {_TIERS} is asked on, not {rule}; pass --journal.")
    return trial_of(side, _TIERS)


def _to_come(side: Side) -> date | None:
    """Return the day a draft takes effect, if that is after today."""
    versions = side.versions if isinstance(side, Policy) else (side,)
    last: Version[Any] = versions[-1]
    today = local_day(utc_now(), getattr(last.parameters, "zone", "") or "UTC")
    return last.ref.since if last.ref.since > today else None


def _share(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"--share got {text!r}; a share such as 0.1 or 1/10 is wanted.") from None


def _named(policy: Policy[Any]) -> str:
    refs = ", ".join(f"{held.ref.since} {held.ref.digest[:16]}" for held in policy.versions)
    return f"{policy.id} ({refs})"


class _Meters:
    """What else is added up, and how that is told."""

    def __init__(
        self,
        trial: Trial[Any, Any, Any],
        shelf: PolicyShelf,
        costs: str | None,
        liability: str | None,
    ) -> None:
        found: list[Meter] = []
        self.told: dict[str, str] = {}
        if costs is not None:
            from bankservice.segmentation import service_cost

            policy = shelf.load(costs)
            found.append(service_cost(policy))
            self.told["costs"] = _named(policy)
        if liability is not None:
            from bankservice.loyalty import points_liability

            policy = shelf.load(liability)
            found.append(points_liability(policy))
            self.told["liability"] = _named(policy)
        self.found = tuple(found)


# --- the book -----------------------------------------------------------------------------------


def _facts_book(
    path: Path, trial: Trial[Any, Any, Any], beside: Policy[Any] | None
) -> Callable[[datetime], Book]:
    from bankservice.run.whatif_books import FactsBook

    return lambda begun: FactsBook(path, trial, beside)


@contextmanager
def _journal_book(
    url: str,
    asked: Asked,
    own: tuple[Policy[Any], ...],
    tenant: str,
    known: str | None,
    day: date | None,
) -> Iterator[Callable[[datetime], Book]]:
    from bankservice.journals.known import KnownJournal
    from bankservice.run.whatif_books import JournalBook

    side = asked.before
    version = side.versions[-1] if isinstance(side, Policy) else side
    zone = getattr(version.parameters, "zone", "") or "UTC"
    at = None if known is None else instant_of(known, zone, "--known")
    with opened_bank(url, tenant=tenant, **choices_of(own)) as bank:

        def book(begun: datetime) -> Book:
            # What is written meanwhile would be asked by an interrupted trial and not by another.
            past = Bank(
                KnownJournal(bank.journal, at or begun), now=lambda: at or begun, tenant=tenant
            )
            past.charter = bank.charter
            return JournalBook(past, asked.trial, shown_url(url), on=day, policy=version.ref.policy)

        yield book


@contextmanager
def _bank_book(
    file: Path, asked: Asked, day: date | None, watch: Watch
) -> Iterator[Callable[[datetime], Book]]:
    from bankservice import run as running
    from bankservice.run.whatif_bank import opened_book

    with opened_book(running.plan(file), asked.before, asked.after, day, watch) as book:
        yield book
