"""
Policies and case tables to a workbook and back: what the commands do, as plain functions.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import attrs

from bankservice import policies
from bankservice.core import wording
from bankservice.core.errors import Fault, UnknownNameError
from bankservice.core.policy import Policy
from bankservice.core.policy_file import parse_toml
from bankservice.sheets.cells import Cell
from bankservice.sheets.checking import faults_of, is_table
from bankservice.sheets.decor import decorated
from bankservice.sheets.editing import edited
from bankservice.sheets.grid import Grid, Keys, WorkbookError, path_text
from bankservice.sheets.layout import grids
from bankservice.sheets.names import Names
from bankservice.sheets.reading import documents
from bankservice.sheets.values import Document, written
from bankservice.sheets.wants import Shape, shape_of

__all__ = ["ReadFile", "export_workbook", "read_workbook"]


@attrs.frozen(kw_only=True)
class ReadFile:
    """
    One file of a workbook.

    Attributes:
        name: Its name, such as `tiers.policy.toml`.
        text: What is to be written.
        is_table: Whether it is a case table; else it is a policy.
        before: The text it was exported from, where the workbook still has it.
        in_place: Whether the comments and the layout of that text are in the new one.
    """

    name: str
    text: str
    is_table: bool
    before: str | None = None
    in_place: bool = True

    @property
    def changed(self) -> bool:
        """Whether it says something else than the text it was exported from."""
        return self.text != self.before


def export_workbook(
    sources: Iterable[str | Path], *, locale: str = "en", new_version: date | None = None
) -> bytes:
    """
    Return policies and case tables as one workbook (.xlsx).

    Args:
        sources: Ids of shipped policies, and TOML files: policies or case tables.
        locale: Language of headings and notes; keys and values are the same in each.
        new_version: First day of one more version of each policy, a copy of its last one to be
            changed; none where left out.

    Raises:
        UnknownNameError: If there is no such policy, or the language is not shipped.
        PolicyError: If a file is no TOML.
        WorkbookError: If two files have one name, or something is too long for a cell.

    Examples:
        >>> raw = export_workbook(["segmentation/cn-retail-shape"])
        >>> [file.name for file in read_workbook(raw)]
        ['cn-retail-shape.policy.toml']
    """
    if locale not in wording.LOCALES:
        raise UnknownNameError("locale", locale, wording.LOCALES)
    texts: dict[str, str] = {}
    for source in sources:
        name, text = _source(source)
        if name in texts:
            fault = Fault(
                name, "a second file of this name", "another name, or a workbook of its own"
            )
            raise WorkbookError("the workbook", (fault,))
        texts[name] = text
    names = Names(len(texts))
    held: list[Grid] = []
    decors = []
    for name, text in texts.items():
        document = parse_toml(text, name)
        if new_version is not None and not is_table(document):
            document = _with_version(document, new_version, name)
        shape = shape_of(document)
        for grid in grids(document, name, names):
            held.append(grid)
            decors.append(decorated(grid, document, shape, locale))
    written_book: bytes = _workbooks()[0].book_bytes(held, decors, texts, locale)
    return written_book


def _workbooks() -> tuple[Any, Any]:
    """Return the modules that know openpyxl (writing, reading), or say how to install it."""
    try:
        from bankservice.sheets import book, loading
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("openpyxl"):
            raise
        raise ModuleNotFoundError(
            "this needs openpyxl, of the `sheets` extra: pip install 'bankservice[sheets]'.",
            name=error.name,
        ) from None
    return book, loading


def _source(source: str | Path) -> tuple[str, str]:
    """Return the name a file will have, and its text."""
    if isinstance(source, str) and not source.endswith(".toml"):
        shelf = policies.shelf()
        prefix, _, name = shelf.get(source).id.partition("/")
        entry = files(shelf.packages[prefix]) / "policies" / prefix / f"{name}.toml"
        # A name that no folder of case tables takes for a table.
        return f"{name}.policy.toml", entry.read_bytes().decode()
    path = Path(source)
    if not path.name.isprintable():
        fault = Fault(ascii(path.name), "a name with signs that cannot be shown", "another name")
        raise WorkbookError("the workbook", (fault,))
    try:
        return path.name, path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        fault = Fault("", type(error).__name__, "a readable UTF-8 file")
        raise WorkbookError(str(path), (fault,)) from error


def _with_version(document: Document, since: date, name: str) -> Document:
    """Return a policy with a copy of its last version that starts on a later day."""
    versions = document.get("version")
    days = [v.get("since") for v in versions] if isinstance(versions, list) else []
    if not days or not all(type(day) is date for day in days) or since <= max(days):
        last = max(days) if days and all(type(day) is date for day in days) else "nothing"
        wanted = f"a day after the last version's ({last})"
        raise WorkbookError(name, (Fault("version", str(since), wanted),))
    assert isinstance(versions, list), "its versions have days"
    newest = deepcopy(versions[days.index(max(days))])
    # What was said of the old version's day and approval is not true of the new one.
    kept = {k: v for k, v in newest.items() if k not in ("known_on", "ends_on", "approval")}
    return {**document, "version": [*versions, {**kept, "since": since}]}


def read_workbook(
    raw: bytes,
    name: str = "the workbook",
    *,
    folder: Path | None = None,
    own: Iterable[Policy[Any]] = (),
) -> tuple[ReadFile, ...]:
    """
    Return the files of a workbook, checked.

    A file that was not changed is the text it was exported from, byte for byte; in a changed one
    everything else stays. Without its hidden sheet it is written anew, equal as data.

    Args:
        raw: The workbook.
        name: What messages call it.
        folder: Where the files will stand: policies they name as files beside them are looked for
            there; the working folder where left out.
        own: Policies that are to be at hand beside the shipped ones.

    Raises:
        WorkbookError: With every fault and its cell.
    """
    faults: list[Fault] = []
    book = _workbooks()[1].read_book(raw, name, faults)
    there = {(grid.file, path_text(grid.path)) for grid in book.grids}
    for (file, path), place in book.listed.items():
        if (file, path) not in there:
            wanted = "it, or no row here where it was taken out"
            faults.append(Fault(str(place), f"no sheet that tells {path} of {file}", wanted))
    before = {file: parse_toml(text, file) for file, text in book.texts.items()}
    # A first look tells what each file is; its faults are told by the second.
    looked = documents(book.grids, lambda file, keys, cell, value: value, [])
    shapes = {file: shape_of(seen.document, before.get(file)) for file, seen in looked.items()}
    found = documents(book.grids, _Wanting(shapes).read, faults)
    if not faults:
        faults = faults_of(found, folder or Path(), own)
    if faults:
        raise WorkbookError(name, tuple(dict.fromkeys(faults)))
    read: list[ReadFile] = []
    for file, seen in found.items():
        text = book.texts.get(file)
        done = edited(text, seen.document) if text is not None else None
        read.append(
            ReadFile(
                name=file,
                text=done.text if done else written(seen.document),
                is_table=is_table(seen.document),
                before=text,
                in_place=done is not None and done.in_place,
            )
        )
    return tuple(read)


@attrs.frozen
class _Wanting:
    """What the keys of each file want."""

    shapes: dict[str, Shape]

    def read(self, file: str, keys: Keys, cell: Cell, value: Any) -> Any:
        """Return what a cell says at a key of a file."""
        return self.shapes[file].read(keys, cell, value)
