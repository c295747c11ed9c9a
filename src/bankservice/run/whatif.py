"""
Trying a policy on a long book: part by part, in bounded memory, resumable, with a report.

    from bankservice.run import whatif
    told = whatif.run(whatif.Asked(trial, before, after, share=Fraction(1, 10)), make_book)

`bankservice whatif` is the same from the command line. Nothing is written but the results.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import attrs

from bankservice.bank import utc_now
from bankservice.core.errors import FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy, Version
from bankservice.core.simulation import Move, Simulation
from bankservice.core.trial import Meter, Trial
from bankservice.core.what_if import Side, simulate
from bankservice.report import render
from bankservice.run.folder import holding
from bankservice.run.part import Watch
from bankservice.run.whatif_books import Book
from bankservice.run.whatif_file import Checkpoint, WhatIfFolder
from bankservice.run.whatif_report import report
from bankservice.run.whatif_tally import Tally, counts_json, told_move

__all__ = ["Asked", "Tried", "run"]

_NOTHING = FrozenMapping[str, str]()


@attrs.frozen(kw_only=True)
class Asked:
    """
    What is tried.

    Attributes:
        trial: The rule, and what its outcomes are compared by.
        before: The policy as it is.
        after: The policy to be tried.
        meters: What else is added up.
        share: Share of the subjects to be asked.
        seed: Another seed, another sample.
        keep: How many moves are kept.
        more: What else tells this trial from another, by name, such as the day asked for.
    """

    trial: Trial[Any, Any, Any]
    before: Side
    after: Side
    meters: tuple[Meter, ...] = ()
    share: Fraction = Fraction(1)
    seed: str = ""
    keep: int = 20
    more: Mapping[str, str] = _NOTHING

    def tally(self) -> Tally:
        """Return a tally of nothing yet."""
        return Tally(self.keep, Simulation(rule=self.trial.rule.id, keep=self.keep))

    def told(self, book: Mapping[str, str]) -> FrozenMapping[str, str]:
        """Return what is asked, by name, so that another trial differs."""
        return FrozenMapping(
            {
                "rule": self.trial.rule.id,
                "before": _told_side(self.before),
                "after": _told_side(self.after),
                **{f"book {name}": held for name, held in book.items()},
                "share": str(self.share),
                "seed": self.seed,
                "keep": str(self.keep),
                "bankservice": _package(),
                **self.more,
            }
        )


@attrs.frozen(kw_only=True)
class Tried:
    """
    What came out.

    Attributes:
        asked: What was tried.
        book: What the book is, by name.
        begun: What became known later is not in it.
        tally: What is told of the book.
        files: Names of the files written.
    """

    asked: Asked
    book: Mapping[str, str]
    begun: datetime
    tally: Tally
    files: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the whole result as plain JSON; the same trial gives the same."""
        asked = self.asked
        counts = counts_json(self.tally.counts)
        return {
            "rule": asked.trial.rule.id,
            "before": _side_json(asked.before),
            "after": _side_json(asked.after),
            "book": dict(self.book),
            "share": str(asked.share),
            "seed": asked.seed,
            **dict(asked.more),
            **{name: held for name, held in counts.items() if name != "rule"},
            "moves": [move.to_json() for move in self.tally.shown],
        }


def run(
    asked: Asked,
    book: Callable[[datetime], Book],
    *,
    out: Path | None = None,
    resume: bool = False,
    locale: str = "en",
    now: Callable[[], datetime] = utc_now,
    watch: Watch = lambda *_: None,
) -> Tried:
    """
    Ask a book under two policies, part by part.

    Args:
        asked: What is tried.
        book: (instant) → the book, as it was known then.
        out: Folder of the results: `whatif.json`, `moves.jsonl` and `whatif.html`; none where
            left out. It keeps a checkpoint after each part.
        resume: Whether to go on from the checkpoint that an interrupted trial left there, if it
            left one.
        locale: Language of the report.
        now: Gives the present instant, aware; a trial that is resumed keeps the one it began at.
        watch: Told how far it is.

    Raises:
        CheckpointError: If the checkpoint is of another trial.
        FaultsError: If the book has faults; nothing is left of what was begun.
        DifferentKindsError: If the policies are of different kinds, or not of the rule's.
        RunningError: If another run works in the same folder.
        OutputError: If a result cannot be written.
    """
    # An empty book tells whether the question can be asked at all.
    simulate(asked.trial, asked.before, asked.after, (), share=asked.share)
    if out is None:
        begun = now()
        held = book(begun)
        tally = asked.tally()
        for _ in _parts(asked, held, tally, (), None, watch):
            pass
        return Tried(asked=asked, book=held.told, begun=begun, tally=tally)
    with holding(out), _opened(WhatIfFolder(out)) as folder:
        return _resumable(asked, book, folder, out, resume, locale, now, watch)


@contextmanager
def _opened(folder: WhatIfFolder) -> Iterator[WhatIfFolder]:
    try:
        yield folder
    finally:
        folder.close()


def _resumable(
    asked: Asked,
    book: Callable[[datetime], Book],
    folder: WhatIfFolder,
    out: Path,
    resume: bool,
    locale: str,
    now: Callable[[], datetime],
    watch: Watch,
) -> Tried:
    left = folder.found() if resume else None
    begun = now() if left is None else left.begun
    held = book(begun)
    told = asked.told(held.told)
    tally = asked.tally()
    at = Checkpoint(begun=begun, asked=told, position=(), length=0, tally=None)
    if left is not None:
        left.check(told, out)
        tally, at = Tally.from_json(left.tally), left
    folder.begin(left)
    try:
        for position, length in _parts(asked, held, tally, at.position, folder, watch):
            at = attrs.evolve(at, position=position, length=length)
            folder.save(at, tally)
    except FaultsError:
        # A book with faults is another book once they are mended.
        folder.sweep()
        raise
    if not at.done:
        at = attrs.evolve(at, done=True)
        folder.save(at, tally)
    watch("report", 0, 1)
    tried = Tried(asked=asked, book=held.told, begun=begun, tally=tally)
    texts = {
        "whatif.json": json.dumps(tried.to_json(), ensure_ascii=False, indent=2) + "\n",
        "whatif.html": render(report(tried, locale), locale),
    }
    files = folder.publish(texts)
    watch("report", 1, 1)
    return attrs.evolve(tried, files=files)


def _parts(
    asked: Asked,
    book: Book,
    tally: Tally,
    after: tuple[int, ...],
    folder: WhatIfFolder | None,
    watch: Watch,
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Ask part after part, and yield where each ended and how many bytes of moves there are."""
    length, stage = book.length, "what if"
    watch(stage, after[0] if after else 0, length)
    for part in book.parts(after):
        moves: list[Mapping[str, Any]] = []

        def note(move: Move, moves: list[Mapping[str, Any]] = moves) -> None:
            moves.append(told_move(move))

        told = simulate(
            asked.trial,
            asked.before,
            asked.after,
            part.questions,
            meters=asked.meters,
            share=asked.share,
            seed=asked.seed,
            keep=asked.keep,
            each=None if folder is None else note,
        )
        tally.add(told)
        yield part.position, 0 if folder is None else folder.note(moves)
        if part.position[0] < length or not length:
            watch(stage, part.position[0], length)
    watch(stage, length, length)


def _told_side(side: Side) -> str:
    versions = side.versions if isinstance(side, Policy) else (side,)
    refs = ", ".join(f"{held.ref.since} {held.ref.digest[:16]}" for held in versions)
    return f"{versions[0].ref.policy} ({refs})"


def _side_json(side: Side) -> dict[str, Any]:
    versions: tuple[Version[Any], ...] = side.versions if isinstance(side, Policy) else (side,)
    return {
        "policy": versions[0].ref.policy,
        "versions": [
            {
                "since": str(held.ref.since),
                "known_on": str(held.ref.known_on),
                "digest": held.ref.digest,
            }
            for held in versions
        ],
    }


def _package() -> str:
    try:
        return version("bankservice")
    except PackageNotFoundError:
        return ""
