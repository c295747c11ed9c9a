"""
Sources that are pages of this book: places of the source texts, and the list of jurisdictions.

Their addresses in policies are permalinks, such as `t/K6.2.html`; on the pages they become links to
where the place stands today.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from book.bilingual import DOCS

from bankservice.core.citation import Citation
from bankservice.rule_book import place_address

__all__ = ["JURISDICTIONS", "SOURCE_TEXTS", "book_page", "in_book", "places", "source_address"]

SOURCE_TEXTS: Final = "reference/source-texts.md"
"""The page of the source texts, below the folder of a language."""
JURISDICTIONS: Final = "reference/generated/jurisdictions.md"
"""The list of jurisdictions, below the folder of a language."""

_ANCHOR: Final = re.compile(r"^\| \*\*(?P<place>\w[\w.]*)\*\*\{ #(?P=place) \} \|", re.MULTILINE)


def places(locale: str = "en") -> tuple[str, ...]:
    """Return the places of the source texts that their page has, in its order."""
    text = (DOCS / locale / SOURCE_TEXTS).read_text("utf-8")
    return tuple(found["place"] for found in _ANCHOR.finditer(text))


@cache
def _known() -> Mapping[str, str]:
    """Return address → page with its anchor, below the folder of a language."""
    found = {place_address(place): f"{SOURCE_TEXTS}#{place}" for place in places()}
    return {**found, "t/index.html": SOURCE_TEXTS, "j/index.html": JURISDICTIONS}


def in_book(url: str) -> bool:
    """Tell whether an address is a page of this book, not one that somebody else published."""
    return bool(url) and "://" not in url


def book_page(address: str) -> str:
    """
    Return the page at a permalink of the book, below the folder of a language.

    Raises:
        ValueError: If the book has no such page.

    Examples:
        >>> book_page("t/K6.2.html")
        'reference/source-texts.md#K6.2'
    """
    if address not in _known():
        raise ValueError(f"{address} is a source's address, but {SOURCE_TEXTS} has no such place.")
    return _known()[address]


def source_address(source: Citation, up: str) -> str:
    """
    Return what a link to a source points to; empty where it has no address.

    Args:
        source: The source.
        up: From the page with the link to the folder of its language, such as `../../../`.
    """
    return f"{up}{book_page(source.url)}" if in_book(source.url) else source.url
