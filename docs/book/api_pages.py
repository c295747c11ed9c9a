"""
The pages of the Python API.

In English a page names its modules, and the site tool tells them from their docstrings. In Chinese
it lists the same names and links each to where it is told: docstrings are English, so that telling
them twice would say nothing new and cost as much again to build.
"""

from __future__ import annotations

from collections.abc import Iterable

from book.api_docs import ApiPage, NameDoc, names_of
from book.bilingual import listed
from book.labels import label, word
from book.pieces import joined, table

__all__ = ["api_page", "api_parts"]

_UP = "../../../../"
"""From a Chinese page of the API to the root of the site."""


def api_page(page: ApiPage, locale: str) -> str:
    """Return a page of the API."""
    head = [f"# {page.title[locale]}", page.about[locale]]
    if locale == "en":
        told = [f"::: {module}" for module in page.modules]
        return joined(*head, *_rules(page, locale), *told)
    return joined(*head, *_rules(page, locale), word("api_english", locale), *_lists(page, locale))


def _rules(page: ApiPage, locale: str) -> list[str]:
    """Return the rules on a page: each is a value, told in full on its own page."""
    rows = [
        (f"`{held.module}.{held.name}`", f"[`{held.rule}`](../rules/{held.rule}.md)")
        for module in page.modules
        for held in names_of(module)
        if held.rule
    ]
    if not rows:
        return []
    return [word("api_rules", locale), table(("field", "rule"), rows, locale)]


def _lists(page: ApiPage, locale: str) -> Iterable[str]:
    for module in page.modules:
        links = (_link(page, name) for name in names_of(module))
        yield f"## `{module}`"
        yield listed(links, locale) or word("none", locale)


def _link(page: ApiPage, held: NameDoc) -> str:
    """Return the link to where a name is told: a rule on its page, any other in English."""
    if held.rule:
        return f"[`{held.name}`](../rules/{held.rule}.md)"
    at = held.module if held.hidden else f"{held.module}.{held.name}"
    told = f"reference/generated/api/{page.name}.html#{at}"
    return f'<a href="{_UP}{told}" hreflang="en"><code>{held.name}</code></a>'


def api_parts(pages: Iterable[ApiPage], locale: str) -> str:
    """Return the list of the pages, as `reference/api.md` has it."""
    return "\n".join(
        f"- [{page.title[locale]}](generated/api/{page.name}.md){_colon(locale)}{page.about[locale]}"
        for page in pages
    )


def _colon(locale: str) -> str:
    return label("rules", locale).removeprefix(word("rules", locale))
