"""
The folder a trial writes to: moves as they are found, a checkpoint after each part, results at the
end, each file whole.

Until the end everything stands in a folder of its own. A trial that was killed left its last
checkpoint there; what was written after it is cut off when the trial is resumed, so the results are
those of a trial that was never interrupted, byte for byte.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import attrs

from bankservice.core.errors import BankServiceError, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.structure import FACTS
from bankservice.run.folder import unwritten
from bankservice.run.whatif_tally import Tally

__all__ = ["MOVES", "Checkpoint", "CheckpointError", "WhatIfFolder"]

MOVES: Final = "moves.jsonl"

_ASIDE: Final = ".whatif"
_CHECKPOINT: Final = "checkpoint.json"


class CheckpointError(BankServiceError, ValueError):
    """A checkpoint is of another trial, or cannot be read; nothing was changed."""


@attrs.frozen(kw_only=True)
class Checkpoint:
    """
    Where a trial stands.

    Attributes:
        begun: When it began: what became known later is not in it.
        asked: What it asks, by name: the policies, the book, the options.
        position: Where in the book the last part ended; empty before the first.
        length: Bytes of `moves.jsonl` written by then.
        tally: What is told so far, as `Tally.to_json` writes it.
        done: Whether the whole book was asked.
    """

    begun: datetime
    asked: FrozenMapping[str, str]
    position: tuple[int, ...]
    length: int
    tally: Any
    done: bool = False

    def check(self, asked: Mapping[str, str], folder: Path) -> None:
        """
        Refuse to go on with something else.

        Raises:
            CheckpointError: If it is of another trial; the parts that differ are named.
        """
        names = sorted(
            name for name in {*self.asked, *asked} if self.asked.get(name) != asked.get(name)
        )
        if names:
            differ = "; ".join(
                f"{name} was {self.asked.get(name) or 'none'}, is {asked.get(name) or 'none'}"
                for name in names
            )
            raise CheckpointError(
                f"the checkpoint in {folder} is of another trial: {differ}. Ask the same again to "
                "go on with it, or leave out --resume to begin anew."
            )


class WhatIfFolder:
    """The folder of one trial, which the caller holds."""

    def __init__(self, folder: Path) -> None:
        """Look at a folder; nothing is made yet."""
        self._folder = folder
        self._aside = folder / _ASIDE
        self._moves: Any = None

    def found(self) -> Checkpoint | None:
        """
        Return the checkpoint that was left, if there is one.

        Raises:
            CheckpointError: If it cannot be read.
        """
        path = self._aside / _CHECKPOINT
        if not path.exists():
            return None
        try:
            return FACTS.read(json.loads(path.read_text("utf-8")), Checkpoint, str(path))
        except (OSError, ValueError, FaultsError) as error:
            raise CheckpointError(
                f"the checkpoint in {self._folder} cannot be read: {error} Leave out --resume to "
                "begin anew."
            ) from error

    def begin(self, at: Checkpoint | None) -> None:
        """
        Go on from a checkpoint, or begin anew.

        Raises:
            CheckpointError: If moves told before the checkpoint are gone.
            OutputError: If the folder cannot be written to.
        """
        moves = self._aside / MOVES
        try:
            if at is None:
                shutil.rmtree(self._aside, ignore_errors=True)
                self._aside.mkdir(parents=True)
            elif at.done and not moves.exists() and self._size(self._folder / MOVES) == at.length:
                # Killed between the moves' taking their place and the end.
                shutil.copyfile(self._folder / MOVES, moves)
            if at is not None and self._size(moves) < at.length:
                raise CheckpointError(
                    f"moves told before the checkpoint in {self._folder} are gone; leave out "
                    "--resume to begin anew."
                )
            self._moves = moves.open("ab")
            self._moves.truncate(0 if at is None else at.length)
        except OSError as error:
            raise unwritten(MOVES, error) from error

    @staticmethod
    def _size(path: Path) -> int:
        return path.stat().st_size if path.exists() else 0

    def note(self, moves: Iterable[Mapping[str, Any]]) -> int:
        """Write moves down, and return how many bytes there are now."""
        try:
            for move in moves:
                line = json.dumps(move, ensure_ascii=False, separators=(",", ":"))
                self._moves.write(line.encode() + b"\n")
            self._moves.flush()
            os.fsync(self._moves.fileno())
            return int(self._moves.tell())
        except OSError as error:
            raise unwritten(MOVES, error) from error

    def save(self, at: Checkpoint, tally: Tally) -> None:
        """Write a checkpoint in place of the one before."""
        written = {
            "begun": at.begun.isoformat(),
            "asked": dict(at.asked),
            "position": list(at.position),
            "length": at.length,
            "tally": tally.to_json(),
            "done": at.done,
        }
        self._write(_CHECKPOINT, json.dumps(written, ensure_ascii=False), self._aside)

    def publish(self, texts: Mapping[str, str]) -> tuple[str, ...]:
        """Write the results, put the moves in place, and sweep up; return the files' names."""
        for name, text in texts.items():
            self._write(name, text, self._folder)
        self.close()
        try:
            (self._aside / MOVES).replace(self._folder / MOVES)
        except OSError as error:
            raise unwritten(MOVES, error) from error
        self.sweep()
        return (*texts, MOVES)

    def sweep(self) -> None:
        """Throw away what stands aside: what was begun is not gone on with."""
        self.close()
        shutil.rmtree(self._aside, ignore_errors=True)

    def close(self) -> None:
        """Let go of the file of moves."""
        if self._moves is not None:
            self._moves.close()

    def _write(self, name: str, text: str, folder: Path) -> None:
        aside = self._aside / f"{name}.new"
        try:
            with aside.open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(folder / name)
        except OSError as error:
            raise unwritten(name, error) from error
