"""The commands for spreadsheets: `bankservice policies export` and `bankservice policies import`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import click

from bankservice.cli.answering import JSON, say_json, told
from bankservice.cli.moments import OWN, own_policies

__all__ = ["export", "import_book"]


@click.command("export")
@click.argument("sources", nargs=-1, required=True, metavar="POLICY|TABLE…")
@click.option(
    "--to",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Workbook to write, such as tiers.xlsx.",
)
@click.option(
    "--locale",
    default="en",
    show_default=True,
    type=click.Choice(["en", "zh_CN"]),
    help="Language of headings and notes; keys and values are the same in each.",
)
@click.option(
    "--new-version",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Add a copy of each policy's last version, to be changed, that starts on this day.",
)
@told
def export(sources: tuple[str, ...], to: Path, locale: str, new_version: Any) -> None:
    """
    Write policies and case tables as one workbook (.xlsx).

    POLICY is the id of a shipped policy or a TOML file, TABLE a case table. An existing workbook
    is replaced.
    """
    from bankservice import sheets

    if to.suffix != ".xlsx":
        raise ValueError(f"--to is {to.name}; a workbook's name ends in .xlsx.")
    since = None if new_version is None else new_version.date()
    raw = sheets.export_workbook(sources, locale=locale, new_version=since)
    _replace({to: raw})
    count = len(sources)
    click.echo(f"{to}: {count} file{'' if count == 1 else 's'}")


@click.command("import")
@click.argument("book", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    help="Folder to write to, or the TOML file where the workbook holds one.",
)
@click.option("--check", is_flag=True, help="Only tell the faults; write nothing.")
@click.option(
    "--replace",
    is_flag=True,
    help="Write over a file that is not as it was when the workbook was exported.",
)
@OWN
@JSON
@told
def import_book(
    book: Path, to: Path | None, check: bool, replace: bool, own: tuple[Path, ...], as_json: bool
) -> None:
    """
    Write the policies and case tables of a workbook (BOOK) as TOML files.

    Every fault is told with its sheet and cell, and then nothing is written. Exit codes: 0 no
    fault, 2 a fault.
    """
    from bankservice import sheets

    if to is None and not check:
        raise ValueError("name where to write with --to, or only look with --check.")
    is_file = to is not None and to.suffix == ".toml"
    folder = Path() if to is None else to.parent if is_file else to
    held, _ = own_policies(own)
    try:
        files = sheets.read_workbook(book.read_bytes(), book.name, folder=folder, own=held)
    except sheets.WorkbookError as error:
        if not as_json:
            raise
        rows = [
            {"cell": fault.path, "got": fault.got, "wanted": fault.wanted, "near": list(fault.near)}
            for fault in error.faults
        ]
        say_json({"faults": rows, "files": []})
        sys.exit(2)
    if is_file and len(files) != 1:
        names = ", ".join(file.name for file in files)
        raise ValueError(f"{book.name} holds {names}; --to must name a folder.")
    targets = {file: to if is_file and to is not None else folder / file.name for file in files}
    if not check:
        for file, target in targets.items():
            _refuse_foreign(file, target, replace)
        _replace({target: file.text.encode() for file, target in targets.items()})
    if as_json:
        told_files = [
            {"name": file.name, "changed": file.changed, "in_place": file.in_place}
            for file in files
        ]
        say_json({"faults": [], "files": told_files})
        return
    for file, target in targets.items():
        click.echo(f"{file.name if check else target}: {_became(file)}")


def _became(file: Any) -> str:
    if file.before is None:
        return "no fault, laid out anew"
    if not file.changed:
        return "no fault, not changed"
    return f"no fault, changed{'' if file.in_place else ', laid out anew'}"


def _refuse_foreign(file: Any, target: Path, replace: bool) -> None:
    """Refuse to write over a file that somebody else has changed since the export."""
    if replace or not target.exists():
        return
    there = target.read_bytes()
    if there not in (file.text.encode(), (file.before or file.text).encode()):
        raise ValueError(
            f"{target} is not as it was when the workbook was exported; nothing was written. "
            "Export it again, name another place with --to, or pass --replace."
        )


def _replace(files: Mapping[Path, bytes]) -> None:
    """Write files, each whole or as it was: all beside their places first, then in them."""
    beside: dict[Path, Path] = {}
    try:
        for target, raw in files.items():
            # Where it is a link, what it points to is written.
            place = target.resolve()
            if place.is_dir():
                raise IsADirectoryError(f"{target} is a folder; nothing was written.")
            place.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(
                dir=place.parent, prefix=f".{place.name}.", delete=False
            ) as held:
                beside[place] = Path(held.name)
                held.write(raw)
            beside[place].chmod(_mode(place))
        for place, ready in beside.items():
            ready.replace(place)
    finally:
        for ready in beside.values():
            ready.unlink(missing_ok=True)


def _mode(place: Path) -> int:
    """Return the mode a file has; of a new one, that of any other, not that of a temporary one."""
    if place.exists():
        return place.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
