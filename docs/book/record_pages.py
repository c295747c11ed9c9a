"""
The pages of records, and the page of all refusals.
"""

from __future__ import annotations

from collections.abc import Iterable

from book.bilingual import listed
from book.labels import codes, label, word
from book.pieces import field_table, joined, line, page, part_sections, table
from book.proof_pages import case_sections, example_parts, fault_parts
from book.reference import RecordDoc
from book.schema_files import links_of
from permalinks import line_of

from bankservice.rule_book import record_address

__all__ = ["record_page", "records_page", "refusals_page"]


def records_page(records: Iterable[RecordDoc], locale: str) -> str:
    """Return the list of records."""
    rows = [(f"[`{r.kind}`](records/{r.kind}.md)", r.meaning[locale]) for r in records]
    return page(word("records", locale), table(("record", "meaning"), rows, locale))


def record_page(record: RecordDoc, locale: str) -> str:
    """Return the page of one record: its commands, what people see, its entries and refusals."""
    kinds = (f"[`{name}`](../kinds/{name}.md)" for name in record.policies)
    rules = (f"[`{name}`](../rules/{name}.md)" for name in record.rules)
    at = line_of(record_address(record.kind), locale)
    parts, needs = [f"# `{record.kind}`", record.meaning[locale], at], []
    if record.policies:
        needs.append(f"- {label('kind', locale)}{listed(kinds, locale)}")
    if record.rules:
        needs.append(f"- {label('decides_by', locale)}{listed(rules, locale)}")
    parts += ["\n".join(needs), f"## {word('commands', locale)}"]
    for command in record.commands:
        parts += part_sections((command,), locale, "field", True)
        if shown := record.refused.get(command.name):
            parts.append(f"{label('refused', locale)}{codes(shown)}")
    parts += part_sections(record.command_parts, locale, "field", True)
    parts += [f"## {word('view', locale)}", field_table(record.view.fields, locale, "field", False)]
    parts += part_sections(record.view_parts, locale, "field", False)
    parts += [f"## {word('refusals', locale)}", *_refusal_table(record, locale)]
    rows = [
        (f"`{name}`", meaning[locale], codes(opened), codes(sealed))
        for name, meaning, opened, sealed in record.entries
    ]
    head = ("code", "meaning", "data", "sealed")
    parts += [f"## {word('entries', locale)}", table(head, rows, locale)]
    parts += [f"## {word('whole_example', locale)}", *example_parts(record.example, locale)]
    parts += [f"## {word('cases', locale)}", *case_sections(record.cases, locale)]
    parts += [f"## {word('faults', locale)}", *fault_parts(record.faults, locale)]
    parts += [f"## {word('formats', locale)}", links_of(record.kind, locale, 3)]
    return joined(*parts)


def refusals_page(records: Iterable[RecordDoc], locale: str) -> str:
    """Return the page of refusal codes, each record's in order of precedence."""
    parts: list[str] = []
    for record in records:
        parts += [
            f"## [`{record.kind}`](records/{record.kind}.md)",
            *_refusal_table(record, locale),
        ]
    return page(word("refusals", locale), *parts)


def _refusal_table(record: RecordDoc, locale: str) -> list[str]:
    """Return the refusals of a record, numbered in order of precedence."""
    rows = [
        (str(place), f"`{code}`", meaning[locale])
        for place, (code, meaning) in enumerate(record.refusals, start=1)
    ]
    lines = [
        "| | {} | {} |".format(word("code", locale), word("meaning", locale)),
        "| ---: | --- | --- |",
    ]
    return [word("refusal_order", locale), "\n".join([*lines, *map(line, rows)])]
