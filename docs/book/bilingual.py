"""
Texts in both languages: those of `words.toml`, and values as people write them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from babel import dates

from bankservice.core import wording
from bankservice.core.calendar import Period
from bankservice.core.policy import Title

__all__ = [
    "BOOK",
    "DOCS",
    "LOCALES",
    "NOTHING",
    "Titles",
    "alike",
    "both",
    "day",
    "each",
    "full_day",
    "grouped",
    "head_keys",
    "listed",
    "period",
    "spoken",
    "titles",
    "weekday",
    "written_words",
]

BOOK: Final = Path(__file__).parent
DOCS: Final = BOOK.parent
LOCALES: Final = ("en", "zh")

Titles = Mapping[str, str]

NOTHING: Final[Titles] = MappingProxyType({"en": "", "zh": ""})
"""No text."""


@cache
def written_words() -> Mapping[str, Any]:
    """Return `words.toml`: section → key → Chinese text, or a table of both languages."""
    return tomllib.loads((BOOK / "words.toml").read_text("utf-8"))


def spoken(section: str, key: str, english: str = "") -> Titles:
    """
    Return a text in both languages; English where the Chinese is not written.

    What many places say in the same English is written once, under `sentence`.
    """
    found = written_words().get(section, {}).get(key, "") or _sentences().get(english, english)
    if isinstance(found, dict):
        return {"en": found["en"], "zh": found["zh"]}
    return {"en": english, "zh": str(found).strip() or english}


def _sentences() -> Mapping[str, str]:
    held: Mapping[str, str] = written_words()["sentence"]
    return held


def head_keys() -> tuple[str, ...]:
    """Return the keys that every version of every kind of policy has."""
    return tuple(written_words()["head"])


def titles(title: Title) -> Titles:
    """Return a title by locale."""
    return {"en": title.en, "zh": title.zh}


def both(en: str, zh: str) -> Titles:
    """Return a text of two languages."""
    return {"en": en, "zh": zh}


def alike(text: str) -> Titles:
    """Return a text that is the same in both languages, such as code."""
    return {"en": text, "zh": text}


def each(tell: Callable[[str], str]) -> Titles:
    """Return what *tell* says in each language."""
    return {locale: tell(locale) for locale in LOCALES}


def listed(items: Iterable[str], locale: str) -> str:
    """Return items in a row, with the comma their language has."""
    return ("、" if locale == "zh" else ", ").join(items)


def period(held: Period, locale: str) -> str:
    """Return a period as people of *locale* write it."""
    return wording.value(held, wording.locale_of(locale)) if held else ""


def day(held: date, locale: str) -> str:
    """Return the day and month of a date as people of *locale* write it."""
    form = "M月d日" if locale == "zh" else "d MMM"
    return str(dates.format_date(held, form, locale=wording.locale_of(locale)))


def full_day(held: date, locale: str) -> str:
    """
    Return a date with its year as people of *locale* write it.

    Examples:
        >>> full_day(date(2026, 3, 31), "en"), full_day(date(2026, 3, 31), "zh")
        ('Mar 31, 2026', '2026年3月31日')
    """
    return wording.value(held, wording.locale_of(locale))


def weekday(held: date, locale: str) -> str:
    """Return the weekday of a date, short."""
    return str(dates.format_date(held, "EEE", locale=wording.locale_of(locale)))


def grouped(amount: str) -> str:
    """
    Return an amount with its thousands set apart.

    Examples:
        >>> grouped("1234567.50")
        '1,234,567.50'
    """
    return f"{Decimal(amount):,}"
