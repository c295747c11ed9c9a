"""The bank of a command: the journal it reads, its own policies, and what was known by when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Unpack

import attrs
import click

from bankservice import policies
from bankservice.bank import Bank, open_bank
from bankservice.charter import Charter, Choices
from bankservice.core.calendar import midnight
from bankservice.core.policy import Policy
from bankservice.core.shelf import PolicyShelf

__all__ = [
    "KNOWN_HELP",
    "OWN",
    "choices_of",
    "end_of_day",
    "instant_of",
    "opened_bank",
    "own_policies",
]

KNOWN_HELP = (
    "What was known at an instant, such as 2026-03-31T12:00:00+08:00, or at the end of a day."
)

OWN = click.option(
    "--policies",
    "own",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Own policy file that is to be at hand; may be given again.",
)

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@contextmanager
def opened_bank(url: str, tenant: str = "default", **choices: Unpack[Choices]) -> Iterator[Bank]:
    """
    Give the bank of a journal that is there; none is made.

    Raises:
        FileNotFoundError: If it is a file that is not there.
    """
    file = url.removeprefix("sqlite:///")
    if file != url and not Path(file).exists():
        raise FileNotFoundError(f"there is no journal {file}; nothing was made.")
    with open_bank(url, tenant=tenant, **choices) as bank:
        yield bank


def end_of_day(day: date, zone: str) -> datetime:
    """Return the last instant of a day in a zone."""
    return midnight(day + timedelta(days=1), zone) - timedelta(microseconds=1)


def instant_of(text: str, zone: str, option: str) -> datetime:
    """
    Return the instant that *text* tells; of a day, its last one in *zone*.

    Raises:
        ValueError: If it is neither a day nor an instant with its offset.
    """
    try:
        if _DAY.fullmatch(text):
            return end_of_day(date.fromisoformat(text), zone)
        found: datetime | None = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError(
            f"{option} got {text!r}; a day such as 2026-03-31, or an instant with its offset such "
            "as 2026-03-31T12:00:00+08:00, is wanted."
        )
    return found


def own_policies(files: Iterable[Path]) -> tuple[tuple[Policy[Any], ...], PolicyShelf]:
    """
    Return the policies of files, and a shelf with them before the shipped ones.

    Raises:
        FaultsError: If a file has faults.
    """
    shelf, held = policies.shelf(), list[Policy[Any]]()
    for path in files:
        held.append(shelf.load(path))
        # A later file may link what an earlier one holds.
        shelf = shelf.with_policies(held[-1:])
    return tuple(held), shelf


def choices_of(own: tuple[Policy[Any], ...]) -> Choices:
    """Return what a bank with these policies works by: each of them where one of its kind would."""
    found: dict[str, Any] = {"policies": own}
    for field in attrs.fields(Charter):
        if field.name not in Choices.__annotations__ or field.name == "policies" or not own:
            continue
        usual = field.default if isinstance(field.default, tuple) else (field.default,)
        kinds = {policies.load(chosen).kind.name for chosen in usual}
        mine = tuple(policy for policy in own if policy.kind.name in kinds)
        if mine:
            found[field.name] = mine if isinstance(field.default, tuple) else mine[-1]
    return found  # type: ignore[return-value]
