"""The demo bank as a whole: every file of it, from one seed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

from bankservice.core.calendar import last_of_month
from bankservice.core.policy import Title
from bankservice.demo.cards import write_cards
from bankservice.demo.complaints import write_complaints
from bankservice.demo.extracts import TEST, Extracts, write_rates
from bankservice.demo.faces import Faces
from bankservice.demo.flaws import EARLY, Flaws
from bankservice.demo.folder import fill
from bankservice.demo.ledger import live, pause
from bankservice.demo.people import Account, People
from bankservice.demo.seasons import Month, months_of
from bankservice.demo.surveys import write_surveys
from bankservice.demo.texts import INSTITUTION, PARTS, about, plan

__all__ = ["LOCALES", "write"]

LOCALES: Final = ("en", "zh_CN")
"""Languages the made-up bank's files are written in."""
TESTS: Final = 3
"""Customers of the bank's own that are made for tests."""

DUPLICATE: Final = Title(en="a customer listed twice", zh="重复的客户")
NO_ACCOUNT: Final = Title(en="a customer without any account", zh="没有任何账户的客户")
NO_CUSTOMER: Final = Title(en="an account whose customer does not exist", zh="其客户不存在的账户")


def write(
    folder: Path,
    *,
    customers: int = 2_000,
    seed: int = 7,
    months: int = 15,
    decided: int = 12,
    last: date = date(2026, 6, 30),
    locale: str = "en",
) -> Path:
    """
    Write a made-up bank: extracts, policies and `bank.toml`.

    The same arguments write the same lines, on every Python; compressed files are the same byte
    for byte where the same zlib writes them. Memory does not grow with the customers.

    Args:
        folder: Made if missing. It must be empty or a demo written before, in which files that are
            as they were written are replaced and all others stay.
        customers: How many; a few more stand for flaws. All flaws are there from 50 on.
        seed: Another seed is another bank.
        months: Months of transactions, up to that of *last*.
        decided: Month ends that `bank.toml` decides on; at most *months*.
        last: Last day of the extracts; the last of a month.
        locale: Language of the report: `en` or `zh_CN`.

    Returns:
        The path of `bank.toml`.

    Raises:
        ValueError: If an argument is outside what is said above.
        NotOursError: If *folder* holds something the demo would write over and did not write.
    """
    for name, count in (("customers", customers), ("months", months), ("decided", decided)):
        if count < 1:
            raise ValueError(f"{name} is {count}; pass at least 1.")
    if last != last_of_month(last):
        raise ValueError(f"last is {last}; pass the last day of a month: {last_of_month(last)}.")
    if locale not in LOCALES:
        raise ValueError(f"locale is {locale!r}; pass one of {', '.join(LOCALES)}.")
    rng = Random(seed)
    held = months_of(months, last, rng)

    def into(made: Path) -> None:
        extracts = made / "extracts"
        extracts.mkdir()
        write_rates(extracts, held[0].first, last, rng)
        faces = Faces(months, last, seed)
        flaws = _book(extracts, customers, held, faces, rng)
        flaws += write_complaints(extracts, held, customers, seed)
        flaws += write_cards(extracts, held, customers, seed)
        flaws += write_surveys(extracts, held, customers, seed)
        (made / "policies").mkdir()
        texts = {"policies/bank.policy.toml": INSTITUTION}
        texts |= {f"policies/{n}": text for part in PARTS for n, text in part.policies.items()}
        first = last_of_month(held[-min(decided, months)].first)
        texts["bank.toml"] = plan(held[0].first, (first, last), locale, customers)
        texts["ABOUT.md"] = about(customers, seed, (str(held[0].first), str(last)), flaws)
        for name, text in texts.items():
            (made / name).write_bytes(text.encode())

    fill(folder, into)
    return folder / "bank.toml"


def _book(
    folder: Path, customers: int, months: tuple[Month, ...], faces: Faces, rng: Random
) -> list[tuple[Title, str]]:
    """Write customers, accounts and transactions; return the flaws with their places."""
    people = People(months, rng)
    flaws = Flaws(customers, months, rng)
    twice = 1 + int(rng.random() * min(customers, EARLY))
    found: list[tuple[Title, str]] = []
    with Extracts(folder, months) as extracts:
        pages = extracts.pages
        for number in range(1, customers + 1):
            person = people.draw(number)
            face = faces.draw(person)
            for account in person.accounts:
                extracts.account(account, person.id)
            if flaws.wait_for(number):
                alone: tuple[list[str], ...] = tuple([] for _ in months)
                live(person, months, alone, rng)
                flaws.plant(person, alone)
                for page, lines in zip(pages, alone, strict=True):
                    page.extend(lines)
            elif face.quiet is not None:
                pause(person, months, pages, rng, face.quiet)
            else:
                live(person, months, pages, rng)
            for _ in range(2 if number == twice else 1):
                opened, shop = person.main.opened_on, person.group.shop
                extracts.customer(person.id, opened, shop=shop, face=face.line)
            if number == twice:
                found.append((DUPLICATE, f"customers.csv, {person.id}"))
        found += _strays(extracts, customers, months[0].first)
    return flaws.planted + found


def _strays(extracts: Extracts, customers: int, first: date) -> list[tuple[Title, str]]:
    """Add the customer without an account, the account without a customer, the test customers."""
    opened = first - timedelta(days=400)
    lonely, missing = f"C{customers + 1:07d}", f"C{customers + 99:07d}"
    extracts.customer(lonely, opened, shop=False)
    for number in range(customers + 2, customers + 2 + TESTS):
        extracts.customer(f"C{number:07d}", opened, shop=False, status=TEST)
    stray = Account(number="A99999998", product="CUR", opened_on=opened, balance=123_456)
    extracts.account(stray, missing)
    return [
        (NO_ACCOUNT, f"customers.csv, {lonely}"),
        (NO_CUSTOMER, f"accounts.csv, {stray.number} ({missing})"),
    ]
