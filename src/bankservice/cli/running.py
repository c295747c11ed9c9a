"""The commands that run a whole bank: `bankservice run` and `bankservice demo`."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from bankservice.cli.answering import JSON, say_json, told

# Data frames, templates and charts are imported when a run begins, not when help is shown.
if TYPE_CHECKING:
    from bankservice.run import Plan, Summary, Watch

__all__ = ["demo", "needed", "run", "watching"]

QUIET = click.option("--quiet", "-q", is_flag=True, help="Leave out the progress.")
LOCALE = click.option(
    "--locale", type=click.Choice(["en", "zh_CN"]), help="Language of the report and the rejects."
)


def needed() -> None:
    """Say what to install where the `run` extra is missing."""
    try:
        import jinja2  # noqa: F401
        import polars  # noqa: F401
        import sqlalchemy  # noqa: F401
        import vl_convert  # noqa: F401
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"this needs {error.name}, of the `run` extra: pip install 'bankservice[run]'."
        ) from None


@click.command()
@click.argument("file", metavar="BANK.TOML", type=click.Path(path_type=Path))
@click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Decide this day, not those of the file."
)
@click.option("--output", type=click.Path(path_type=Path), help="Folder of the results.")
@LOCALE
@JSON
@QUIET
@told
def run(
    file: Path,
    day: datetime | None,
    output: Path | None,
    locale: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """
    Decide a bank's days from its own extracts.

    BANK.TOML says which files hold what, under which policies, as of which day or days. Results,
    rejects and one report go into the output folder, decisions into the journal. The same again
    changes nothing; a corrected extract decides again exactly what it touches.
    """
    needed()
    from bankservice import run as running

    plan = running.plan(file)
    changes: dict[str, Any] = {}
    if day is not None:
        changes["days"] = (date(day.year, day.month, day.day),)
    if output is not None:
        changes["output"] = output
    if locale is not None:
        changes["locale"] = locale
    _run(attrs.evolve(plan, **changes), as_json, quiet)


@click.command()
@click.argument("folder", default="demo-bank", type=click.Path(path_type=Path))
@click.option(
    "--customers",
    default=2_000,
    show_default=True,
    type=click.IntRange(50),
    help="How many customers the bank has.",
)
@click.option("--seed", default=7, show_default=True, help="The same seed makes the same bank.")
@click.option(
    "--locale",
    default="en",
    show_default=True,
    type=click.Choice(["en", "zh_CN"]),
    help="Language of the report and the rejects.",
)
@JSON
@QUIET
@told
def demo(folder: Path, customers: int, seed: int, locale: str, as_json: bool, quiet: bool) -> None:
    """Make a synthetic bank in FOLDER (extracts, policies, bank.toml), and run it."""
    needed()
    from bankservice import demo as making
    from bankservice import run as running

    file = making.write(folder, customers=customers, seed=seed, locale=locale)
    if not as_json:
        click.echo(f"A synthetic bank of {customers:,} customers: {file}")
    _run(running.plan(file), as_json, quiet)


def _run(plan: Plan, as_json: bool, quiet: bool) -> None:
    from bankservice import run as running

    with watching(quiet) as watch, _seldom_collected():
        summary = running.run(plan, watch=watch)
    if as_json:
        say_json(summary.to_json())
    else:
        for line in _lines(summary):
            click.echo(line)


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """
    Let the garbage collector look seldom while a run lasts.

    A run keeps the states of a whole book and leaves no circles behind, so that looking through
    them time and again finds nothing. This stands here and not in the run, because the process is ours
    here; who runs a bank in a process of their own decides for themselves.
    """
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def watching(quiet: bool) -> Iterator[Watch]:
    """Show progress on standard error: bars on a terminal, one line for each step in a pipe."""
    if quiet:
        yield lambda stage, done, total: None
    elif not sys.stderr.isatty():
        yield _plain
    else:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            tasks: dict[str, Any] = {}

            def watch(stage: str, done: int, total: int) -> None:
                if stage not in tasks:
                    for task in tasks.values():
                        progress.remove_task(task)
                    tasks.clear()
                    tasks[stage] = progress.add_task(stage, total=total or None)
                progress.update(tasks[stage], completed=done)

            yield watch


def _plain(stage: str, done: int, total: int) -> None:
    if done >= total:
        click.echo(stage, err=True)


def _lines(summary: Summary) -> Iterator[str]:
    yield from summary.lines
    last = max(summary.days)
    again = sorted({day for held in summary.days[last].values() for day in held["run_again"]})
    if again:
        yield f"Decided before this correction, to be run again in order: {', '.join(again)}"
    if summary.unchanged:
        yield "Nothing changed: these days were decided before on the same data."
    for held in summary.taken:
        if held.rejected * 2 > held.read:
            most = f"{held.rejected:,} of {held.read:,} rows of {held.file} were rejected"
            yield f"Look at the mapping: {most}"
    plural = "" if summary.rejects == 1 else "s"
    yield f"{summary.rejects:,} reject{plural}: {summary.output / 'rejects.csv'}"
    yield f"report: {summary.output / 'report.html'}"
