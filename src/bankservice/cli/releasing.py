"""The commands that release policies: `bankservice policies release` and `policies released`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bankservice import release as releasing
from bankservice.bank import utc_now
from bankservice.cli.answering import JSON, say_json, told
from bankservice.cli.books import BookAsked, book_options, share_of
from bankservice.cli.moments import OWN, own_policies
from bankservice.cli.running import QUIET, needed, watching
from bankservice.core.calendar import local_day
from bankservice.core.decision import Reason
from bankservice.core.frozen import FrozenMapping
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy
from bankservice.core.shelf import PolicyShelf
from bankservice.release import saying as says

# Data frames are imported when a book is asked, not when help is shown.
if TYPE_CHECKING:
    from bankservice.core.what_if import Side
    from bankservice.release import Ask, Figures, Outcome

__all__ = ["release", "released"]

_FILE = click.argument(
    "file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE"
)
_TO = click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the records; `releases` beside FILE where left out.",
)
_LOCALE = click.option(
    "--locale",
    default="en",
    show_default=True,
    type=click.Choice(["en", "zh_CN"]),
    help="Language of the answer.",
)


@click.command()
@_FILE
@click.option("--by", required=True, help="Who approves it.")
@click.option("--asked-by", required=True, help="Who asks for it: somebody else.")
@click.option("--document", required=True, help="Where the approval is written down.")
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), help="Day of the approval; today where left out."
)
@click.option(
    "--cases",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="Case table or folder of such; may be given again. Tables beside FILE are run too.",
)
@click.option("--against", help="The policy in use: an id or a file; FILE without what is new.")
@click.option("--retroactive", default="", help="Why it takes effect before the approval.")
@click.option("--most-moves", help="Share of the book that may come out otherwise, such as 5%.")
@click.option("--accept-moves", is_flag=True, help="Release it though more comes out otherwise.")
@_TO
@click.option("--dry-run", is_flag=True, help="Check everything and write nothing.")
@book_options
@_LOCALE
@JSON
@QUIET
@told
def release(
    file: Path,
    by: str,
    asked_by: str,
    document: str,
    on: datetime | None,
    cases: tuple[Path, ...],
    against: str | None,
    retroactive: str,
    most_moves: str | None,
    accept_moves: bool,
    to: Path | None,
    dry_run: bool,
    locale: str,
    as_json: bool,
    quiet: bool,
    **book: Any,
) -> None:
    """
    Release what is new in a policy FILE: validate, compare, run the cases, ask a book, approve.

    The approval is written into FILE, and a record of the release into a folder beside it. The
    same release again changes nothing. Exit code: 0 released, 1 stopped by the cases or the book,
    2 the caller's mistake.
    """
    asking = BookAsked(**book)
    asking.check()
    if most_moves is not None and not asking.count:
        raise ValueError("--most-moves is a share of a book; pass --facts, --journal or --bank.")
    held, shelf = asking.policies()
    outcome = releasing.release(
        file,
        releasing.Asked(
            by=by,
            asked_by=asked_by,
            document=document,
            on=None if on is None else on.date(),
            retroactive=retroactive,
            most_moves=None if most_moves is None else share_of(most_moves, "--most-moves"),
            accept_moves=accept_moves,
        ),
        cases=cases,
        against=against,
        book=_book(asking, held, shelf, quiet) if asking.count else None,
        to=to,
        shelf=shelf,
        today=lambda: _today(shelf.load(file)),
        dry_run=dry_run,
    )
    if as_json:
        say_json(_json(outcome, locale))
    else:
        _answer(outcome, locale)
    sys.exit(outcome.exit_code)


def _today(policy: Policy[Any]) -> date:
    zone = getattr(policy.versions[-1].parameters, "zone", "") or "UTC"
    return local_day(utc_now(), zone)


def _book(asking: BookAsked, held: tuple[Policy[Any], ...], shelf: PolicyShelf, quiet: bool) -> Ask:
    """Return the book named, asked as `bankservice whatif` asks it."""

    def ask(before: Side, after: Side, on: date | None) -> Figures:
        needed()
        from bankservice.run import whatif as trying

        asked = trying.Asked(
            trial=asking.trial(before),
            before=before,
            after=after,
            share=share_of(asking.share, "--share"),
            seed=asking.seed,
            keep=0,
            more=FrozenMapping(asking.more(on, shelf)),
        )
        with watching(quiet) as watch, asking.opened(asked, held, shelf, on, watch) as opened:
            tried = trying.run(asked, opened, now=utc_now, watch=watch)
        share = {} if asked.share == 1 else {"share": str(asked.share), "seed": asked.seed}
        return releasing.Figures.of(tried.tally.counts, {**tried.book, **asked.more, **share})

    return ask


def _answer(outcome: Outcome, locale: str) -> None:
    for reason in outcome.told:
        click.echo(releasing.said(reason, locale))
    for reason in outcome.refused:
        click.echo(f"{reason.code}: {releasing.said(reason, locale)}", err=True)
    if outcome.refused:
        click.echo(releasing.said(says.STOPPED(), locale), err=True)


def _json(outcome: Outcome, locale: str) -> dict[str, Any]:
    return {
        "policy": outcome.policy,
        "released": outcome.code is None and (outcome.again or bool(outcome.written)),
        "again": outcome.again,
        "refused": _reasons(outcome.refused, locale),
        "told": [releasing.said(reason, locale) for reason in outcome.told],
        "record": None if outcome.record is None else to_json(outcome.record),
        "written": [path.as_posix() for path in outcome.written],
    }


def _reasons(reasons: Iterable[Reason], locale: str) -> list[dict[str, str]]:
    return [{"code": reason.code, "sentence": releasing.said(reason, locale)} for reason in reasons]


@click.command()
@_FILE
@_TO
@OWN
@_LOCALE
@JSON
@told
def released(
    file: Path, to: Path | None, own: tuple[Path, ...], locale: str, as_json: bool
) -> None:
    """
    List the releases of a policy FILE, and check that it still says what was released.

    Exit code: 0 where it does, 1 where it does not, 2 the caller's mistake.
    """
    history = releasing.released(file, to=to, shelf=own_policies(own)[1])
    if as_json:
        say_json(
            {
                "policy": history.policy,
                "releases": [to_json(record) for record in history.records],
                "problems": _reasons(history.problems, locale),
                "told": _reasons(history.told, locale),
            }
        )
        sys.exit(1 if history.problems else 0)
    for record in history.records:
        for item in record.versions:
            if item.act is releasing.Act.ADOPTED:
                line = says.ADOPTED(since=item.since, known_on=item.known_on)
            else:
                line = says.HELD(
                    number=str(record.number),
                    since=item.since,
                    digest=item.digest[:12],
                    by=record.approval.by,
                    on=record.approval.on,
                    document=record.approval.document,
                )
            click.echo(releasing.said(line, locale))
    if not history.records:
        click.echo(releasing.said(says.NO_RECORD(policy=history.policy), locale))
    for reason in history.told:
        click.echo(releasing.said(reason, locale))
    for reason in history.problems:
        click.echo(f"{reason.code}: {releasing.said(reason, locale)}", err=True)
    if history.records and not history.problems:
        click.echo(releasing.said(says.ALL_HELD(), locale))
    sys.exit(1 if history.problems else 0)
