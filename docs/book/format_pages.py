"""The pages of file formats and their schemas."""

from __future__ import annotations

from collections.abc import Iterable

from book.bilingual import listed
from book.format_docs import FormatDoc
from book.labels import label, word
from book.pieces import field_table, joined, page, table
from book.schema_files import link

from bankservice.schemas import catalogue

__all__ = ["format_page", "formats_page"]

_DEPTH = 3
"""How far below its language's folder the page of a format stands."""


def formats_page(formats: Iterable[FormatDoc], locale: str) -> str:
    """Return the list of formats, how to use the schemas, what they cannot tell, and all of them."""
    rows = [
        (
            f"[{held.title[locale]}](formats/{held.name}.md)",
            listed((link(name, locale, _DEPTH - 1) for name in held.schemas), locale),
        )
        for held in formats
    ]
    bank = link("bank.toml", locale, _DEPTH - 1)
    rows.append(("[`bank.toml`](run.md#banktoml)", bank))
    rows.append(
        (f"[{word('run_files', locale)}](run.md#{_anchor(word('run_files', locale))})", "–")
    )
    parts = [
        word("formats_lead", locale),
        table(("format", "schemas"), rows, locale),
        f"## {word('schemas_use', locale)}",
        word("schemas_use_body", locale),
        f"## {word('schemas_limits', locale)}",
        word("schemas_limits_body", locale),
        f"## {word('schemas_all', locale)}",
        word("schemas_all_body", locale),
        table(("what_of", "schemas"), _by_owner(locale), locale),
    ]
    return page(word("formats", locale), *parts)


def _by_owner(locale: str) -> list[tuple[str, str]]:
    """Return a row for each file, rule, record and kind of policy, with all schemas of it."""
    held: dict[str, list[str]] = {}
    # Files stand first: they are what most readers come for.
    for named in sorted(catalogue(), key=lambda named: named.group != "file"):
        held.setdefault(named.of or named.name, []).append(link(named.name, locale, _DEPTH - 1))
    return [(f"`{owner}`", listed(links, locale)) for owner, links in held.items()]


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def format_page(held: FormatDoc, locale: str) -> str:
    """Return the page of one format: its keys, an example, its schemas."""
    parts = [f"# {held.title[locale]}", held.about[locale], f"## {word('format_keys', locale)}"]
    for part in held.parts:
        parts += [f"### `{part.name}`", part.meaning[locale]]
        parts.append(field_table(part.fields, locale, "key", part.given))
    place = f"`{held.place}`" if held.place else word("made_example", locale)
    parts += [
        f"## {word('an_example', locale)}",
        place,
        f"```{held.language}\n{held.example}\n```",
        f"## {word('schemas', locale)}",
        "\n".join(f"- {link(name, locale, _DEPTH)}" for name in held.schemas),
        held.further[locale],
        f"{label('schemas_more', locale)}[{word('formats', locale)}](../formats.md)",
    ]
    return joined(*parts)
