"""The commands on a language of a bank's own: make the files to fill in, check them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bankservice.cli.answering import told
from bankservice.core.errors import FaultsError, UnknownNameError
from bankservice.core.wording import own

__all__ = ["wording"]


@click.group()
def wording() -> None:
    """Speak another language: make the files to fill in, check them."""


@wording.command()
@click.argument("locale")
@click.argument("packages", nargs=-1)
@click.option(
    "--to",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the files; what is there already is left alone.",
)
@told
def blank(locale: str, packages: tuple[str, ...], folder: Path) -> None:
    """
    Make a file to fill in for each of PACKAGES, and for core.

    LOCALE is a name such as fr or zh_TW. Each sentence stands below what English says.
    """
    unknown = [name for name in packages if name not in own.speaking()]
    if unknown:
        raise UnknownNameError("package with wording", unknown[0], own.speaking())
    names = sorted({"core", *packages})
    texts = {name: own.blank(name, locale) for name in names}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        file = folder / f"{name}.po"
        try:
            with file.open("x", encoding="utf-8") as out:
                out.write(text)
        except FileExistsError:
            click.echo(f"{file.as_posix()}: there already, left alone")
        else:
            count = text.count("\nmsgid ")
            click.echo(f"{file.as_posix()}: {count} sentences to word")


@wording.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@told
def check(folder: Path) -> None:
    """Tell what is missing or wrong in FOLDER; exit code 1 where anything is."""
    try:
        held = own.read_wording(folder)
    except FaultsError as error:
        click.echo(str(error))
        sys.exit(1)
    names = ", ".join(name.rpartition(".")[2] for name in held.sentences)
    click.echo(f"{folder.name}: {held.locale.english_name}, whole for {names}")
