"""`bankservice whatif`: a policy tried on a book before it takes effect."""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bankservice.bank import utc_now
from bankservice.cli.answering import JSON, say_json, told
from bankservice.cli.books import BookAsked, book_options, named, share_of
from bankservice.cli.running import QUIET, needed, watching
from bankservice.cli.whatif_answer import answer
from bankservice.core.calendar import local_day
from bankservice.core.errors import UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy, Version
from bankservice.core.shelf import PolicyShelf
from bankservice.core.trial import Meter, Trial

# Data frames and charts are imported when the command runs, not when help is shown.
if TYPE_CHECKING:
    from bankservice.core.what_if import Side

__all__ = ["whatif"]

_SINCE = re.compile(r"@\d{4}-\d\d-\d\d\Z")


@click.command()
@click.argument("before")
@click.argument("after")
@book_options
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Day asked for; where left out, the day AFTER takes effect, if that is to come.",
)
@click.option(
    "--keep", default=20, show_default=True, type=click.IntRange(0), help="Moves to explain."
)
@click.option("--costs", help="Policy with what services cost: their cost is added up.")
@click.option("--liability", help="Policy that values points: what they cost is added up.")
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
    on: datetime | None,
    keep: int,
    costs: str | None,
    liability: str | None,
    out: Path | None,
    resume: bool,
    locale: str,
    as_json: bool,
    quiet: bool,
    **book: Any,
) -> None:
    """
    Try a policy: ask a book under BEFORE and under AFTER, and tell what comes out otherwise.

    Each is an id, a file, or either with @SINCE: that version alone, on every day. Nothing is
    decided or written. With --out a long book is taken up again where it was left (--resume).
    """
    needed()
    from bankservice.run import whatif as trying

    asking = BookAsked(**book)
    if not asking.count:
        raise ValueError("one book is asked: pass one of --facts, --journal and --bank.")
    asking.check()
    if on is not None and asking.facts is not None:
        raise ValueError("--on belongs to --journal and --bank; lines of facts say their days.")
    if resume and out is None:
        raise ValueError("--resume goes on in a folder; pass it with --out.")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    held, shelf = asking.policies()
    first, second = _side(before, shelf), _side(after, shelf)
    trial = asking.trial(first)
    meters = _Meters(trial, shelf, costs, liability)
    day = on.date() if on is not None else _to_come(second)
    asked = trying.Asked(
        trial=trial,
        before=first,
        after=second,
        meters=meters.found,
        share=share_of(asking.share, "--share"),
        seed=asking.seed,
        keep=keep,
        more=FrozenMapping({**asking.more(day, shelf), **meters.told}),
    )

    with watching(quiet) as watch, ExitStack() as stack:
        opened = stack.enter_context(asking.opened(asked, held, shelf, day, watch))
        tried = trying.run(
            asked, opened, out=out, resume=resume, locale=locale, now=utc_now, watch=watch
        )
    if as_json:
        say_json(tried.to_json())
    else:
        answer(tried, locale)
    for name in tried.files:
        assert out is not None, "files are written to a folder"
        click.echo(str(out / name), err=as_json)


# --- what is asked ------------------------------------------------------------------------------


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


def _to_come(side: Side) -> date | None:
    """Return the day a draft takes effect, if that is after today."""
    versions = side.versions if isinstance(side, Policy) else (side,)
    last: Version[Any] = versions[-1]
    today = local_day(utc_now(), getattr(last.parameters, "zone", "") or "UTC")
    return last.ref.since if last.ref.since > today else None


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
            self.told["costs"] = named(policy)
        if liability is not None:
            from bankservice.loyalty import points_liability

            policy = shelf.load(liability)
            found.append(points_liability(policy))
            self.told["liability"] = named(policy)
        self.found = tuple(found)
