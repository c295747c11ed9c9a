"""The book that a command tries a policy on: lines of facts, a record, or a bank's extracts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs
import click

from bankservice.bank import Bank
from bankservice.cli.keeping import shown_url
from bankservice.cli.moments import (
    KNOWN_HELP,
    OWN,
    choices_of,
    instant_of,
    opened_bank,
    own_policies,
)
from bankservice.core.policy import Policy
from bankservice.core.shelf import PolicyShelf
from bankservice.core.trial import Trial
from bankservice.whatif import trial_of

# Data frames are imported when a book is opened, not when help is shown.
if TYPE_CHECKING:
    from bankservice.core.what_if import Side
    from bankservice.run import Watch
    from bankservice.run.whatif import Asked
    from bankservice.run.whatif_books import Book

__all__ = ["BookAsked", "book_options", "named", "share_of"]

C = TypeVar("C", bound=Callable[..., Any])

_TIERS: Final = "segmentation.tier-assessment"

_OPTIONS: Final = (
    click.option(
        "--facts",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help='Book: JSON lines, each {"subject": …, "facts": {…}}.',
    ),
    click.option(
        "--journal", "url", help="Book: a record, such as sqlite:///bank.db, asked again."
    ),
    click.option(
        "--bank",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="Book: BANK.TOML, whose extracts and standings are asked for tiers.",
    ),
    click.option("--known", help=f"Of a journal: {KNOWN_HELP[0].lower()}{KNOWN_HELP[1:]}"),
    click.option(
        "--rule", default="", help="Rule to be asked; the first that works by such a policy."
    ),
    click.option(
        "--beside", help="Policy beside both: the institution's, where the rule takes one."
    ),
    OWN,
    click.option(
        "--share", default="1", show_default=True, help="Share of the subjects to be asked."
    ),
    click.option("--seed", default="", help="Another seed, another sample."),
    click.option(
        "--tenant", default="default", show_default=True, help="Legal entity of the journal."
    ),
)


def book_options(command: C) -> C:
    """Give a command the options that name a book; it takes them as `BookAsked(**book)`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@attrs.frozen(kw_only=True)
class BookAsked:
    """
    What the options of a book say.

    Attributes:
        facts: File with lines of facts.
        url: Address of a journal.
        bank: File that tells of a bank's extracts.
        known: Instant or day by which a journal knew what is asked.
        rule: Id of the rule; the first that works by such a policy where empty.
        beside: Policy beside both.
        own: Policy files that are to be at hand.
        share: Share of the subjects to be asked.
        seed: Another seed, another sample.
        tenant: Legal entity of the journal.
    """

    facts: Path | None
    url: str | None
    bank: Path | None
    known: str | None
    rule: str
    beside: str | None
    own: tuple[Path, ...]
    share: str
    seed: str
    tenant: str

    @property
    def count(self) -> int:
        """How many books are named."""
        return sum(given is not None for given in (self.facts, self.url, self.bank))

    def check(self) -> None:
        """
        Refuse what cannot be asked together.

        Raises:
            ValueError: If more than one book is named, or `--known` belongs to none.
        """
        if self.count > 1:
            raise ValueError("one book is asked: pass one of --facts, --journal and --bank.")
        if self.known is not None and self.url is None:
            raise ValueError("--known belongs to --journal.")

    def policies(self) -> tuple[tuple[Policy[Any], ...], PolicyShelf]:
        """Return the policies given and a bank's own, and a shelf with them before the shipped."""
        if self.bank is None:
            return own_policies(self.own)
        from bankservice import run as running

        return own_policies([*running.plan(self.bank).policies, *self.own])

    def trial(self, side: Side) -> Trial[Any, Any, Any]:
        """
        Return how the rule is tried.

        Raises:
            ValueError: If extracts are to be asked for another rule than they can.
            UnknownNameError: If there is no such rule.
        """
        if self.bank is None:
            return trial_of(side, self.rule)
        if self.rule not in ("", _TIERS):
            told = f"--bank gives what {_TIERS} is asked on, not {self.rule}; pass --journal."
            raise ValueError(told)
        return trial_of(side, _TIERS)

    def more(self, day: date | None, shelf: PolicyShelf) -> dict[str, str]:
        """Return what else tells a trial on this book from another, by name."""
        return {
            **({} if day is None or self.facts is not None else {"on": str(day)}),
            **({} if self.known is None else {"known": self.known}),
            **({} if self.beside is None else {"beside": named(shelf.load(self.beside))}),
        }

    @contextmanager
    def opened(
        self,
        asked: Asked,
        held: tuple[Policy[Any], ...],
        shelf: PolicyShelf,
        day: date | None,
        watch: Watch,
    ) -> Iterator[Callable[[datetime], Book]]:
        """
        Give the book, as (instant) → what it was known to hold then.

        Args:
            asked: What is tried.
            held: The policies given.
            shelf: Holds them before the shipped ones.
            day: Day asked for, where there is one.
            watch: Told how far it is.
        """
        if self.facts is not None:
            from bankservice.run.whatif_books import FactsBook

            path = self.facts
            beside = None if self.beside is None else shelf.load(self.beside)
            yield lambda begun: FactsBook(path, asked.trial, beside)
        elif self.url is not None:
            with self._record(self.url, asked, held, day) as record:
                yield record
        else:
            assert self.bank is not None, "one book is asked"
            from bankservice import run as running
            from bankservice.run.whatif_bank import opened_book

            plan = running.plan(self.bank)
            with opened_book(plan, asked.before, asked.after, day, watch) as extracts:
                yield extracts

    @contextmanager
    def _record(
        self, url: str, asked: Asked, own: tuple[Policy[Any], ...], day: date | None
    ) -> Iterator[Callable[[datetime], Book]]:
        from bankservice.journals.known import KnownJournal
        from bankservice.run.whatif_books import JournalBook

        side = asked.before
        version = side.versions[-1] if isinstance(side, Policy) else side
        zone = getattr(version.parameters, "zone", "") or "UTC"
        at = None if self.known is None else instant_of(self.known, zone, "--known")
        with opened_bank(url, tenant=self.tenant, **choices_of(own)) as bank:

            def book(begun: datetime) -> Book:
                # What is written meanwhile would be asked by an interrupted trial and not by
                # another.
                past = Bank(
                    KnownJournal(bank.journal, at or begun),
                    now=lambda: at or begun,
                    tenant=self.tenant,
                )
                past.charter = bank.charter
                name = version.ref.policy
                return JournalBook(past, asked.trial, shown_url(url), on=day, policy=name)

            yield book


def named(policy: Policy[Any]) -> str:
    """Return what tells a policy from another: its id, with the digest of each version."""
    refs = ", ".join(f"{held.ref.since} {held.ref.digest[:16]}" for held in policy.versions)
    return f"{policy.id} ({refs})"


def share_of(text: str, option: str) -> Fraction:
    """
    Return a share as people write it, such as 0.1, 1/10 or 10%.

    Raises:
        ValueError: If it is none; *option* names where it was given.
    """
    try:
        if text.endswith("%"):
            return Fraction(text.removesuffix("%").strip()) / 100
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        wanted = "a share such as 0.1, 1/10 or 10% is wanted"
        raise ValueError(f"{option} got {text!r}; {wanted}.") from None
