"""
Pieces of Markdown pages: tables, sections, lists.
"""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import indent

from book.field_docs import FieldDoc, PartDoc
from book.labels import aside, bracketed, label, word
from book.section_docs import SectionDoc, TableDoc

__all__ = [
    "code",
    "field_table",
    "folded",
    "joined",
    "line",
    "page",
    "part_sections",
    "section",
    "table",
    "value_table",
]


def part_sections(parts: Iterable[PartDoc], locale: str, head: str, defaults: bool) -> list[str]:
    """Return a third-level section for each class."""
    found: list[str] = []
    for part in parts:
        found += [f"### `{part.name}`", part.meaning[locale]]
        if part.fields:
            found.append(field_table(part.fields, locale, head, defaults and part.given))
    return found


def field_table(fields: Iterable[FieldDoc], locale: str, head: str, defaults: bool) -> str:
    """
    Return the table of named parts.

    *defaults* adds what holds where one is left out. Examples stand where there are any.
    """
    held = tuple(fields)
    told = any(field.example for field in held)
    keys = [head, "type", "default", "example_of", "meaning"]
    rows = []
    for field in held:
        left_out = "needed" if field.needed else "may"
        shown = f"`{field.default}`" if field.default else word(left_out, locale)
        unit = bracketed(field.unit[locale], locale) if field.unit[locale] else ""
        kind = aside(field.type[locale], unit, locale)
        example = code(field.example) if field.example else "–"
        rows.append([f"`{field.name}`", kind, shown, example, field.meaning[locale]])
    columns = [place for place in range(5) if (place != 2 or defaults) and (place != 3 or told)]
    return table(
        tuple(keys[place] for place in columns),
        (tuple(row[place] for place in columns) for row in rows),
        locale,
    )


def code(text: str) -> str:
    """Return a text as code, also one with backticks in it."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def value_table(held: TableDoc, locale: str) -> str:
    """
    Return a table of values, such as a policy's tiers, below what it is headed with.

    A column that says nothing in any row is left out.
    """
    rows = [[cell[locale] for cell in row] for row in held.rows]
    told = [place for place in range(len(held.heads)) if any(row[place] for row in rows)]
    cells = [[row[place] or "–" for place in told] for row in rows]
    head = [held.heads[place][locale] for place in told]
    title = held.title[locale]
    shown = "\n".join((line(head), line(("---",) * len(head)), *map(line, cells)))
    return f"**{title}**\n\n{shown}" if title else shown


def section(held: SectionDoc, locale: str) -> list[str]:
    """Return a third-level section: its lines, then its tables."""
    lines = [f"- {label(key, locale)}{text[locale]}" for key, text in held.lines if text[locale]]
    tables = [value_table(table, locale) for table in held.tables]
    return [f"### {held.title[locale]}", "\n".join(lines), *tables]


def folded(title: str, *parts: str) -> str:
    """
    Return parts that are folded away under a title until somebody opens them.

    Examples:
        >>> print(folded("All of it", "one"))
        ??? note "All of it"
        <BLANKLINE>
            one
    """
    body = indent("\n\n".join(part.strip() for part in parts if part.strip()), "    ")
    return f'??? note "{title.replace(chr(34), chr(39))}"\n\n{body}'


def page(title: str, *parts: str) -> str:
    """Return a page with a title."""
    return joined(f"# {title}", *parts)


def joined(*parts: str) -> str:
    """Join parts with blank lines."""
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]], locale: str) -> str:
    """Return a Markdown table, or a sentence where it would be empty."""
    lines = [line(row) for row in rows]
    if not lines:
        return word("none", locale)
    return "\n".join((line(word(key, locale) for key in head), line(("---",) * len(head)), *lines))


def line(cells: Iterable[str]) -> str:
    """Return one row of a table; line breaks and bars inside a cell do not end it."""
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
