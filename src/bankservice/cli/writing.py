"""Files that a command writes: whole, or not there."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

__all__ = ["whole_file"]


@contextmanager
def whole_file(path: Path | None) -> Iterator[TextIO]:
    """
    Give a file to write UTF-8 text to, with line feeds, that takes its place when all is written.

    Until then it stands beside, readable by its owner only; after an error it goes away, and a
    file that was there before is as it was.

    Args:
        path: Where it goes; standard output where left out.
    """
    if path is None:
        # In UTF-8 whatever the terminal can show: what is printed may be kept.
        out = TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="\n")
        try:
            yield out
        finally:
            out.flush()
            out.detach()
        return
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
