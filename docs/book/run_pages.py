"""
The page of the main job.
"""

from __future__ import annotations

from book.field_docs import PartDoc
from book.labels import label, word
from book.pieces import field_table, page, part_sections, table
from book.run_docs import RunDoc
from book.schema_files import link

__all__ = ["result_table", "run_page"]


def run_page(run: RunDoc, locale: str) -> str:
    """Return the page of the main job: keys, tables, codes and result files."""
    parts = [word("run_lead", locale), "## `bank.toml`", field_table(run.keys, locale, "key", True)]
    parts.append(f"{label('schema', locale)}{link('bank.toml', locale, 2)}")
    parts += part_sections(run.parts, locale, "key", True)
    parts.append(f"## {word('run_tables', locale)}")
    for held in run.tables:
        rows = [
            (
                f"`{field.name}`",
                field.type[locale],
                word("must_map" if field.needed else "may_map", locale),
                field.meaning[locale],
            )
            for field in held.fields
        ]
        head = ("column", "type", "left_unmapped", "meaning")
        parts += [f"### `{held.name}`", held.meaning[locale], table(head, rows, locale)]
    for heading, said in (("run_rejects", run.rejects), ("run_unknowns", run.unknowns)):
        codes_said = [(f"`{code}`", sentence[locale]) for code, sentence in said]
        parts += [f"## {word(heading, locale)}", table(("code", "sentence"), codes_said, locale)]
    parts.append(f"## {word('run_files', locale)}")
    for held in run.files:
        parts += [f"### `{held.name}`", held.meaning[locale], result_table(held, locale)]
    return page(word("run", locale), *parts)


def result_table(held: PartDoc, locale: str) -> str:
    """Return the table of a result file: columns with their types, or the keys of JSON."""
    if not any(field.type for field in held.fields):
        plain = [(f"`{field.name}`", field.meaning[locale]) for field in held.fields]
        return table(("field", "meaning"), plain, locale)
    return field_table(held.fields, locale, "column", False)


# --- pieces -------------------------------------------------------------------------------------
