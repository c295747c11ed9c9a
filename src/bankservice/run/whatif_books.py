"""
Books a policy is tried on: lines of facts, and what a journal was known to hold.

A book is taken part by part, each with the position after it, so memory does not grow with the
book and a run that was interrupted goes on. Of a bank's extracts see `whatif_bank`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final, NoReturn, Protocol

import attrs

from bankservice.bank import Bank
from bankservice.core.errors import BankServiceError, Fault, FaultsError
from bankservice.core.identifiers import checked_id
from bankservice.core.journal import Journal
from bankservice.core.policy import Policy, Version
from bankservice.core.structure import FACTS
from bankservice.core.trial import Question, Trial, Unasked

__all__ = ["Book", "FactsBook", "JournalBook", "Part"]

LINES: Final = 2_000
"""Lines of facts in one part."""

FAULTS: Final = 20
"""Lines with faults that are told; more are not looked for."""

_CHUNK: Final = 1 << 20


@attrs.frozen
class Part:
    """
    Part of a book.

    Attributes:
        questions: What is asked, and what cannot be.
        position: Where the part ends; the next one begins after it. The first number counts
            towards the book's length.
    """

    questions: tuple[Question[Any] | Unasked, ...]
    position: tuple[int, ...]


class Book(Protocol):
    """
    What is asked under both policies.

    Promises:

    * `parts` gives the same questions whenever it is asked, also from a position in the midst.
    * `told` differs where the questions do.
    """

    @property
    def told(self) -> Mapping[str, str]:
        """What the book is, by name: its kind, its name, and what tells it from another."""

    @property
    def length(self) -> int:
        """How far positions go; 0 where that is not known."""

    def parts(self, after: tuple[int, ...]) -> Iterator[Part]:
        """Yield the parts after a position; all of them after no position."""


class FactsBook:
    """
    A file of JSON lines, each a subject and the facts of the rule.

        {"subject": "customer-7", "facts": {"measure": {"average": "620000.00"}, "on": "2026-03-31"}}
    """

    def __init__(
        self,
        path: Path,
        trial: Trial[Any, Any, Any],
        beside: Policy[Any] | Version[Any] | None = None,
    ) -> None:
        """
        Take a file.

        Args:
            path: The file, in UTF-8.
            trial: The rule that is tried.
            beside: The policy that stands beside on both sides, where the rule takes one.

        Raises:
            OSError: If the file cannot be read.
        """
        self._path, self._trial, self._beside = path, trial, beside
        self.length = path.stat().st_size
        seen = sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                seen.update(chunk)
        self.told = {"kind": "facts", "name": path.name, "digest": seen.hexdigest()[:32]}

    def parts(self, after: tuple[int, ...]) -> Iterator[Part]:
        """
        Yield the questions of the file.

        Raises:
            FaultsError: If lines have faults; each is told by its number, and those after it too.
        """
        offset, line = after or (0, 0)
        with self._path.open("rb") as file:
            file.seek(offset)
            while True:
                questions, offset, line = self._part(file, offset, line)
                if not questions:
                    return
                yield Part(tuple(questions), (offset, line))

    def _part(self, file: IO[bytes], offset: int, line: int) -> tuple[list[Any], int, int]:
        questions: list[Question[Any]] = []
        while len(questions) < LINES and (raw := file.readline()):
            offset, line = offset + len(raw), line + 1
            if not raw.strip():
                continue
            try:
                questions.append(self._question(raw, line))
            except FaultsError as error:
                self._refuse(error, file, line)
        return questions, offset, line

    def _question(self, raw: bytes, line: int) -> Question[Any]:
        rule = self._trial.rule
        try:
            held = json.loads(
                raw.decode("utf-8-sig" if line == 1 else "utf-8"),
                parse_float=Decimal,
                parse_constant=_no_number,
                object_pairs_hook=_table,
            )
        except FaultsError:
            raise
        except (ValueError, ArithmeticError, RecursionError) as error:
            told = "text that is not JSON"
            raise FaultsError("", (Fault("", told, f"JSON in UTF-8: {error}"),)) from None
        if not isinstance(held, dict) or held.keys() != {"subject", "facts"}:
            got = f"keys {', '.join(map(str, held))}" if isinstance(held, dict) else "no table"
            raise FaultsError("", (Fault("", got, "a table with subject and facts"),))
        try:
            subject = checked_id(held["subject"], "subject")
        except ValueError as error:
            raise FaultsError("", (Fault("subject", "no id", str(error)),)) from None
        facts = FACTS.read(held["facts"], rule.facts, "facts")
        if self._beside is None:
            return Question(subject, facts)
        try:
            beside = rule.version_beside(self._beside, facts)
        except (BankServiceError, TypeError) as error:
            raise FaultsError("", (Fault("facts", "no policy beside", str(error)),)) from None
        return Question(subject, facts, beside=beside)

    def _refuse(self, first: FaultsError, file: IO[bytes], line: int) -> NoReturn:
        """Tell the faults of a line, and of those after it."""
        faults = list(_at(first, line))
        lines = 1
        while lines < FAULTS and (raw := file.readline()):
            line += 1
            if not raw.strip():
                continue
            try:
                self._question(raw, line)
            except FaultsError as error:
                faults += _at(error, line)
                lines += 1
        raise FaultsError(str(self._path), tuple(faults))


def _at(error: FaultsError, line: int) -> Iterator[Fault]:
    for fault in error.faults:
        yield attrs.evolve(fault, path=f"line {line}: {fault.path}".removesuffix(": "))


def _no_number(word: str) -> NoReturn:
    raise FaultsError("", (Fault("", word, "a finite number"),))


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) != len(pairs):
        names = [name for name, _ in pairs]
        twice = dict.fromkeys(name for name in names if names.count(name) > 1)
        faults = (Fault(name, "the key twice", "each key once") for name in twice)
        raise FaultsError("", tuple(faults))
    return held


class JournalBook:
    """What the record of a bank, as known at an instant, gives to be asked again."""

    def __init__(
        self,
        bank: Bank,
        trial: Trial[Any, Any, Any],
        name: str,
        *,
        on: date | None = None,
        policy: str = "",
    ) -> None:
        """
        Take a record.

        Args:
            bank: Whose record, as known at an instant: what is written meanwhile is not in it.
            trial: The rule that is tried.
            name: What the journal is called.
            on: The day asked for, where the facts are those of a state.
            policy: Only what was decided under the policy of this id; empty for any.
        """
        self._bank, self._trial, self._on, self._policy = bank, trial, on, policy
        self.length = _length(getattr(bank.journal, "journal", bank.journal))
        self.told = {
            "kind": "journal",
            "name": name,
            "tenant": bank.tenant,
            "policy": policy,
        }

    def parts(self, after: tuple[int, ...]) -> Iterator[Part]:
        """
        Yield what the record gives, in the order of its feed.

        Raises:
            ValueError: If no record holds the facts of the rule.
            StoreError: If facts are sealed and the journal was opened without the keys.
        """
        start = after[0] if after else 0
        pages = self._bank.pages(self._trial.rule.id, on=self._on, policy=self._policy, after=start)
        for page in pages:
            yield Part(page.questions, (page.position,))


def _length(journal: Journal) -> int:
    """Return the position of the last entry of a feed, by halving: no journal need tell it."""
    low, high = 0, 1
    while journal.feed(high, limit=1):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if journal.feed(middle, limit=1):
            low = middle
        else:
            high = middle
    return high
