"""
Where the demo is written: beside what is there, never over it.

A list of what was written, with digests, stands in `.demo.json`. Writing again replaces files that
are as they were written and leaves everything else alone; a file that was changed, or was never
the demo's, stops it before anything is touched.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from bankservice.core.errors import BankServiceError

__all__ = ["LIST", "NotOursError", "fill"]

LIST: Final = ".demo.json"
"""Name of the list of what was written."""


class NotOursError(BankServiceError, FileExistsError):
    """A folder holds files that the demo would write over and did not write."""

    def __init__(self, folder: Path, names: tuple[str, ...]) -> None:
        super().__init__(folder, names)
        self.folder = folder
        self.names = names

    def __str__(self) -> str:
        shown = ", ".join(self.names[:5]) + (", …" if len(self.names) > 5 else "")
        return (
            f"{self.folder} holds what the demo did not write, or what was changed since: {shown}. "
            "Nothing was written. Pass a new or empty folder, or move these away."
        )


def fill(folder: Path, write: Callable[[Path], None]) -> None:
    """
    Write files into *folder*: all of them, or none where it cannot be.

    Args:
        folder: Made if missing; empty, or written by the demo before.
        write: Called once with an empty folder on the same disk.

    Raises:
        NotOursError: If anything there is in the way.
    """
    folder = folder.resolve()
    before = _listed(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        made = beside / "demo"
        made.mkdir()
        write(made)
        after = {name: _digest(made / name) for name in _names(made)}
        _replace(folder, made, before, after)
    finally:
        shutil.rmtree(beside)


def _listed(folder: Path) -> Mapping[str, str]:
    """Return what the demo wrote into *folder* before; refuse one that is not the demo's."""
    if not folder.exists():
        return {}
    if not folder.is_dir():
        raise NotOursError(folder, (folder.name,))
    found = tuple(sorted(path.name for path in folder.iterdir()))
    if not found:
        return {}
    try:
        held = json.loads((folder / LIST).read_text("utf-8"))
    except (OSError, ValueError):
        raise NotOursError(folder, found) from None
    if not isinstance(held, dict) or any(".." in name or name[:1] == "/" for name in held):
        raise NotOursError(folder, (LIST,))
    changed = tuple(
        name
        for name, digest in held.items()
        if (folder / name).exists() and _digest(folder / name) != digest
    )
    if changed:
        raise NotOursError(folder, changed)
    return held


def _replace(folder: Path, made: Path, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Move what was made into *folder*; what the demo no longer writes goes."""
    strange = tuple(name for name in after if name not in before and (folder / name).exists())
    if strange:
        raise NotOursError(folder, strange)
    for name in after:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    # The list first, of all that was and will be: what stops half-way is still known as the demo's
    # by name, though a later call says that it was changed.
    (made / LIST).write_text(json.dumps({**before, **after}, indent=1) + "\n", "utf-8")
    os.replace(made / LIST, folder / LIST)
    for name in after:
        os.replace(made / name, folder / name)
    for name in before.keys() - after.keys():
        (folder / name).unlink(missing_ok=True)
    (made / LIST).write_text(json.dumps(after, indent=1) + "\n", "utf-8")
    os.replace(made / LIST, folder / LIST)


def _names(made: Path) -> list[str]:
    return sorted(path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file())


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
