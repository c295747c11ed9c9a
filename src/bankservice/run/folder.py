"""
The folder of results: one run at a time, and every file whole or not there.

What a run writes goes into a folder of its own first and is moved into place file by file when
all of it is there. What a killed run left behind is swept away by the next one.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import polars as pl

from bankservice.core.errors import BankServiceError, OperationalError

__all__ = ["OutputError", "RunningError", "Staging", "holding", "unwritten"]

_LOCK: Final = ".run.lock"
_STAGING: Final = ".staging"


class RunningError(OperationalError):
    """Another run works in the same folder of results."""


class OutputError(BankServiceError, OSError):
    """A result could not be written: the disk is full, or the folder may not be written to."""


@contextmanager
def holding(folder: Path) -> Iterator[None]:
    """
    Hold a folder of results for one run.

    The lock is SQLite's on a file of its own: the machine lets go of it when a run is killed.

    Raises:
        RunningError: If another run holds it.
        OutputError: If the folder cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = sqlite3.connect(folder / _LOCK, timeout=0, isolation_level=None)
    except (OSError, sqlite3.OperationalError) as error:
        raise OutputError(f"the folder of results {folder} cannot be used: {error}.") from error
    try:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise OutputError(f"{folder} cannot be written to: {error}.") from error
            raise RunningError(
                f"another run is working in {folder}; nothing was read or written. "
                "Wait until it ends, or give this run another output folder."
            ) from error
        yield
    finally:
        lock.close()


class Staging:
    """
    Results on their way: written aside, then moved into place.

    Use as a context manager; what was not moved is swept away at the end.
    """

    def __init__(self, folder: Path) -> None:
        """Stage results for *folder*, which this run holds."""
        self._folder = folder
        self._aside = folder / _STAGING

    def __enter__(self) -> Staging:
        shutil.rmtree(self._aside, ignore_errors=True)
        self._aside.mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._aside, ignore_errors=True)

    def path(self, name: str) -> Path:
        """Return where to write the file *name* of the results."""
        path = self._aside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def frame(self, name: str, rows: pl.DataFrame) -> None:
        """Write rows as CSV (with a byte-order mark, for spreadsheets) and as Parquet."""
        try:
            rows.write_csv(self.path(f"{name}.csv"), include_bom=True)
            rows.write_parquet(self.path(f"{name}.parquet"))
        except (OSError, pl.exceptions.PolarsError) as error:
            raise unwritten(name, error) from error

    def text(self, name: str, text: str) -> None:
        """Write text in UTF-8."""
        try:
            self.path(name).write_text(text, "utf-8")
        except OSError as error:
            raise unwritten(name, error) from error

    def json(self, name: str, held: Mapping[str, Any]) -> None:
        """Write JSON."""
        self.text(name, json.dumps(held, ensure_ascii=False, indent=2) + "\n")

    def names(self) -> tuple[str, ...]:
        """Return the names of the files that are written so far."""
        files = (path for path in sorted(self._aside.rglob("*")) if path.is_file())
        return tuple(path.relative_to(self._aside).as_posix() for path in files)

    def publish(self) -> tuple[str, ...]:
        """Move everything into place, each file in one step, and return their names."""
        names = [path.relative_to(self._aside) for path in sorted(self._aside.rglob("*"))]
        names = [name for name in names if (self._aside / name).is_file()]
        # Whatever may fail is done first: moving a file that is written takes no room.
        for name in names:
            try:
                with (self._aside / name).open("rb") as written:
                    os.fsync(written.fileno())
                (self._folder / name).parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise unwritten(str(name), error) from error
        for name in names:
            try:
                (self._aside / name).replace(self._folder / name)
            except OSError as error:
                raise OutputError(
                    f"{name} could not be moved into place: {error}. Some results are of this run "
                    "and some of the one before; give the same run again."
                ) from error
        return tuple(name.as_posix() for name in names)


def unwritten(name: str, error: Exception) -> OutputError:
    """Return the error of a result that could not be written aside."""
    return OutputError(
        f"{name} could not be written: {error}. No result was replaced; the record is whole, "
        "and the same run can be given again."
    )
