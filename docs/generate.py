"""
Write the generated part of the reference.

Every page is the return value of a plain function over the plain values of `reference.py`, so that
any site tool can use it. Run it by hand with `python docs/generate.py`; the site build calls it
first.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from bilingual import DOCS, LOCALES
from formulas import formula_lines
from labels import codes, label, slug, word
from pieces import case_list, field_table, joined, line, page, part_sections, table
from place_pages import place_page, places_page
from policy_pages import (
    kind_page,
    kinds_page,
    places_link,
    policies_page,
    policy_page,
    shipped,
    vocabulary_page,
)
from reference import RecordDoc, Reference, RuleDoc, collect
from run_pages import run_page

__all__ = ["menu", "pages", "slug", "write_all"]

FOLDER: Final = "reference/generated"

# --- pages --------------------------------------------------------------------------------------


def pages(reference: Reference, locale: str) -> dict[str, str]:
    """Return the generated pages of one language: path below its folder to Markdown."""
    found = {
        f"{FOLDER}/domains.md": domains_page(reference, locale),
        f"{FOLDER}/rules.md": rules_page(reference.rules, locale),
        f"{FOLDER}/records.md": records_page(reference.records, locale),
        f"{FOLDER}/kinds.md": kinds_page(reference.kinds, locale),
        f"{FOLDER}/policies.md": policies_page(reference, locale),
        f"{FOLDER}/calendars.md": places_page(reference, locale),
        f"{FOLDER}/vocabulary.md": vocabulary_page(reference.trees, locale),
        f"{FOLDER}/refusals.md": refusals_page(reference.records, locale),
    }
    if reference.run is not None:
        found[f"{FOLDER}/run.md"] = run_page(reference.run, locale)
    for rule in reference.rules:
        found[f"{FOLDER}/rules/{rule.id}.md"] = rule_page(rule, reference, locale)
    for record in reference.records:
        found[f"{FOLDER}/records/{record.kind}.md"] = record_page(record, locale)
    for kind in reference.kinds:
        found[f"{FOLDER}/kinds/{kind.name}.md"] = kind_page(kind, reference, locale)
    for policy in reference.policies:
        found[f"{FOLDER}/policies/{slug(policy.id)}.md"] = policy_page(policy, locale)
    for place in reference.places:
        found[f"{FOLDER}/calendars/{place.id}.md"] = place_page(place, locale)
    return found


def domains_page(reference: Reference, locale: str) -> str:
    """Return the index by domain: its rules, records and policies."""
    parts: list[str] = []
    for domain in reference.domains:
        lists = (
            (
                "rules",
                [
                    (f"rules/{r.id}.md", r.id, r.title)
                    for r in reference.rules
                    if r.domain == domain.name
                ],
            ),
            (
                "records",
                [
                    (f"records/{r.kind}.md", r.kind, r.meaning)
                    for r in reference.records
                    if r.domain == domain.name
                ],
            ),
            (
                "policies",
                [
                    (f"policies/{slug(p.id)}.md", p.id, p.title)
                    for p in reference.policies
                    if p.domain == domain.name
                ],
            ),
        )
        parts += [f"## `{domain.name}`", domain.meaning[locale]]
        for heading, entries in lists:
            bullets = [f"- [`{name}`]({path}): {text[locale]}" for path, name, text in entries]
            if heading == "policies" and domain.name == "worktime":
                bullets.insert(0, f"- {places_link(reference, locale, '')}")
            parts += [f"### {word(heading, locale)}", "\n".join(bullets) or word("none", locale)]
    return page(word("domains", locale), *parts)


def rules_page(rules: Iterable[RuleDoc], locale: str) -> str:
    """Return the list of rules."""
    rows = [(f"[`{rule.id}`](rules/{rule.id}.md)", rule.title[locale]) for rule in rules]
    return page(word("rules", locale), table(("rule", "meaning"), rows, locale))


def rule_page(rule: RuleDoc, reference: Reference, locale: str) -> str:
    """Return the page of one rule: what it decides, from what, to what, in which words."""
    parts = [f"# `{rule.id}`", f"**{rule.title[locale]}**", rule.body[locale]]
    if rule.kind:
        needs = [
            f"- {label('kind', locale)}[`{rule.kind}`](../kinds/{rule.kind}.md)",
            f"- {label('shipped', locale)}{shipped(rule.kind, reference, locale)}",
        ]
        if rule.beside:
            needs.append(f"- {label('beside', locale)}[`{rule.beside}`](../kinds/{rule.beside}.md)")
        parts.append("\n".join(needs))
    if rule.formulas:
        parts += [f"## {word('formulas', locale)}", *formula_lines(rule.formulas, locale)]
    parts += [f"## {word('facts', locale)}", field_table(rule.facts, locale, "field", True)]
    parts += part_sections(rule.facts_parts, locale, "field", True)
    parts += [f"## {word('outcome', locale)}", rule.mapping[locale]]
    parts.append(field_table(rule.outcome, locale, "field", False))
    parts += part_sections(rule.outcome_parts, locale, "field", False)
    rows = [
        (f"`{code}`", f"`{names}`" if names else "", text[locale])
        for code, names, text in rule.wording
    ]
    parts += [f"## {word('wording', locale)}", table(("reason", "names", "sentence"), rows, locale)]
    parts += [f"## {word('cases', locale)}", case_list(rule.cases, locale)]
    return joined(*parts)


def records_page(records: Iterable[RecordDoc], locale: str) -> str:
    """Return the list of records."""
    rows = [(f"[`{r.kind}`](records/{r.kind}.md)", r.meaning[locale]) for r in records]
    return page(word("records", locale), table(("record", "meaning"), rows, locale))


def record_page(record: RecordDoc, locale: str) -> str:
    """Return the page of one record: its commands, what people see, its entries and refusals."""
    kinds = ", ".join(f"[`{name}`](../kinds/{name}.md)" for name in record.policies)
    parts = [f"# `{record.kind}`", record.meaning[locale]]
    parts += [f"- {label('kind', locale)}{kinds}"] if kinds else []
    parts.append(f"## {word('commands', locale)}")
    parts += part_sections((*record.commands, *record.command_parts), locale, "field", True)
    parts += [f"## {word('view', locale)}", field_table(record.view.fields, locale, "field", False)]
    parts += part_sections(record.view_parts, locale, "field", False)
    parts += [f"## {word('refusals', locale)}", *refusal_table(record, locale)]
    rows = [
        (f"`{name}`", meaning[locale], codes(opened), codes(sealed))
        for name, meaning, opened, sealed in record.entries
    ]
    head = ("code", "meaning", "data", "sealed")
    parts += [f"## {word('entries', locale)}", table(head, rows, locale)]
    parts += [f"## {word('cases', locale)}", case_list(record.cases, locale)]
    return joined(*parts)


def refusals_page(records: Iterable[RecordDoc], locale: str) -> str:
    """Return the page of refusal codes, each record's in order of precedence."""
    parts: list[str] = []
    for record in records:
        parts += [
            f"## [`{record.kind}`](records/{record.kind}.md)",
            *refusal_table(record, locale),
        ]
    return page(word("refusals", locale), *parts)


def refusal_table(record: RecordDoc, locale: str) -> list[str]:
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


def write(path: Path, text: str) -> None:
    """Write *text*, unless the file already says it: a file watcher must not wake for nothing."""
    if path.exists() and path.read_text("utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def write_all(root: Path = DOCS) -> None:
    """Write every generated page below *root*, and delete those of earlier runs that are gone."""
    found = collect()
    for locale in LOCALES:
        wanted = pages(found, locale)
        for old in (root / locale / FOLDER).rglob("*.md"):
            if old.relative_to(root / locale).as_posix() not in wanted:
                old.unlink()
        for path, text in wanted.items():
            write(root / locale / path, text)


def menu() -> dict[str, list[dict[str, str]]]:
    """
    Return, for each generated list page, the pages that stand below it in the menu.

    The pages of places are reached from their list: there are too many for a menu.
    """
    found = collect()
    return {
        f"{FOLDER}/rules.md": [{rule.id: f"{FOLDER}/rules/{rule.id}.md"} for rule in found.rules],
        f"{FOLDER}/records.md": [
            {record.kind: f"{FOLDER}/records/{record.kind}.md"} for record in found.records
        ],
        f"{FOLDER}/kinds.md": [
            {kind.name: f"{FOLDER}/kinds/{kind.name}.md"} for kind in found.kinds
        ],
        f"{FOLDER}/policies.md": [
            {policy.id: f"{FOLDER}/policies/{slug(policy.id)}.md"} for policy in found.policies
        ],
    }


if __name__ == "__main__":
    write_all()
