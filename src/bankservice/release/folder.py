"""
The folder of release records, and the policy file: each file whole, or as it was.

A release writes twice: first the record, then the approval into the policy file. The record is what
counts. Who is killed between the two leaves a release that is recorded and a file without its
approval; the same release again, or the next one, writes the approval as the record says.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

import attrs

from bankservice.core.errors import Fault, FaultsError, OperationalError
from bankservice.core.plain import to_json
from bankservice.core.structure import FACTS
from bankservice.release.model import FORMAT, Record

__all__ = ["ReleaseFolder", "check_writable", "replaced", "text_of"]

_MODE: Final = 0o644


@attrs.frozen
class ReleaseFolder:
    """
    The records of releases, one JSON file each; none is ever changed or taken away.

    Attributes:
        path: The folder; it is made when the first record is written.
    """

    path: Path

    def name(self, policy: str, number: int) -> str:
        """Return the file name of a record."""
        return f"{policy.replace('/', '.')}.{number:04}.json"

    def records(self, policy: str) -> tuple[tuple[Record, ...], str]:
        """
        Return the records of a policy, oldest first, and the name of one that breaks their chain.

        Each record holds the digest of the one before, so one that was changed, taken out or put
        in is seen from the next one on. An unbroken chain names none.

        Raises:
            FaultsError: If a record cannot be read.
            NotADirectoryError: If a file stands in the folder's place.
        """
        found: list[Record] = []
        previous = broken = ""
        for number, path in sorted(self._files(policy)):
            raw = path.read_bytes()
            record = _read(raw, path)
            at = (policy, len(found) + 1, number, previous)
            if not broken and at != (record.policy, record.number, record.number, record.previous):
                broken = path.name
            found.append(record)
            previous = sha256(raw).hexdigest()
        return tuple(found), broken

    def last_digest(self, policy: str) -> str:
        """Return the SHA-256 of the last record of a policy; empty where there is none."""
        files = sorted(self._files(policy))
        return sha256(files[-1][1].read_bytes()).hexdigest() if files else ""

    def _files(self, policy: str) -> Iterator[tuple[int, Path]]:
        if self.path.exists() and not self.path.is_dir():
            raise NotADirectoryError(
                f"{self.path} is a file; a folder of release records is wanted there."
            )
        form = re.compile(re.escape(policy.replace("/", ".")) + r"\.(\d{4,})\.json")
        for name in os.listdir(self.path) if self.path.is_dir() else ():
            match = form.fullmatch(name)
            if match is not None:
                yield int(match[1]), self.path / name

    def add(self, record: Record) -> Path:
        """
        Write a record that is not there yet.

        Raises:
            OperationalError: If another release took its number; nothing was written.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        path = self.path / self.name(record.policy, record.number)
        with _aside(path, text_of(record)) as aside:
            try:
                # Unlike a move, a link never takes the place of a file that is there.
                os.link(aside, path)
            except FileExistsError:
                raise OperationalError(
                    f"another release wrote {path} meanwhile; nothing was written. "
                    "Look at that release, and give this one again."
                ) from None
        return path


def text_of(record: Record) -> str:
    """Return a record as its file has it."""
    return json.dumps(to_json(record), ensure_ascii=False, indent=2) + "\n"


def _read(raw: bytes, path: Path) -> Record:
    try:
        held = json.loads(raw.decode("utf-8"))
    except ValueError as error:
        wanted = f"a release record: {error}"
        raise FaultsError(str(path), (Fault("", "text that is no JSON", wanted),)) from None
    found = FACTS.read(held, Record, str(path))
    if found.format != FORMAT:
        wanted = f"{FORMAT}, which this package reads; a later package reads later forms"
        raise FaultsError(str(path), (Fault("format", str(found.format), wanted),))
    return found


def check_writable(path: Path) -> None:
    """
    Refuse a file that could not be replaced, before its release is recorded.

    Raises:
        PermissionError: If nothing can be written beside it; nothing was.
    """
    beside = path.resolve().parent
    if not os.access(beside, os.W_OK):
        raise PermissionError(f"nothing can be written in {beside}; nothing was released.")


def replaced(path: Path, was: bytes, now: bytes) -> None:
    """
    Put other content in place of a file's, in one step; its mode stays.

    Raises:
        OperationalError: If the file no longer holds *was*; it is left as it is.
    """
    path = path.resolve()
    with _aside(path, now.decode("utf-8"), path.stat().st_mode & 0o777) as aside:
        if path.read_bytes() != was:
            raise OperationalError(
                f"{path.name} was changed meanwhile; it is left as it is. Give the release again: "
                "what is recorded stands, and the approval is written then."
            )
        aside.replace(path)


@contextmanager
def _aside(path: Path, text: str, mode: int = _MODE) -> Iterator[Path]:
    """Give a file beside *path* that holds *text*, safe on the disk; it goes away at the end."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    aside = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.chmod(mode)
        yield aside
    finally:
        aside.unlink(missing_ok=True)
