"""
Write the generated part of the reference.

Every page is the return value of a plain function over the plain values of `reference.py`, so that
any site tool can use it. Run it by hand with `python docs/generate.py`; the site build calls it
first.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from book.api_docs import PAGES
from book.api_pages import api_page
from book.bilingual import DOCS, LOCALES
from book.citation_pages import citations_page
from book.command_docs import command_docs
from book.command_pages import command_page, commands_page
from book.format_docs import format_docs
from book.format_pages import format_page, formats_page
from book.jurisdiction_codes import jurisdictions
from book.jurisdiction_docs import jurisdiction_docs
from book.jurisdiction_pages import jurisdiction_page, jurisdictions_page
from book.labels import colon, slug, word
from book.pieces import page
from book.place_pages import place_page, places_page
from book.policy_pages import (
    kind_page,
    kinds_page,
    places_link,
    policies_page,
    policy_page,
    vocabulary_page,
)
from book.port_pages import port_page, ports_page
from book.proof_pages import faults_page
from book.record_pages import record_page, records_page, refusals_page
from book.reference import Reference, collect
from book.rule_pages import rule_page, rules_page
from book.run_pages import run_page

__all__ = ["book", "menu", "pages", "slug", "write_all"]

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
        f"{FOLDER}/ports.md": ports_page(reference.ports, locale),
        f"{FOLDER}/faults.md": faults_page(reference.faults, locale),
        f"{FOLDER}/citations.md": citations_page(locale),
        f"{FOLDER}/jurisdictions.md": jurisdictions_page(jurisdiction_docs(), locale),
    }
    found[f"{FOLDER}/commands.md"] = commands_page(command_docs(), locale)
    for command in command_docs():
        found[f"{FOLDER}/commands/{command.name}.md"] = command_page(command, locale)
    for part in PAGES:
        found[f"{FOLDER}/api/{part.name}.md"] = api_page(part, locale)
    found[f"{FOLDER}/formats.md"] = formats_page(format_docs(), locale)
    for form in format_docs():
        found[f"{FOLDER}/formats/{form.name}.md"] = format_page(form, locale)
    if reference.run is not None:
        found[f"{FOLDER}/run.md"] = run_page(reference.run, locale)
    for rule in reference.rules:
        found[f"{FOLDER}/rules/{rule.id}.md"] = rule_page(rule, reference, locale)
    for record in reference.records:
        found[f"{FOLDER}/records/{record.kind}.md"] = record_page(record, locale)
    for kind in reference.kinds:
        found[f"{FOLDER}/kinds/{kind.name}.md"] = kind_page(kind, reference, locale)
    for policy in reference.policies:
        found[f"{FOLDER}/policies/{slug(policy.id)}.md"] = policy_page(policy, reference, locale)
    for port in reference.ports:
        found[f"{FOLDER}/ports/{port.name}.md"] = port_page(port, locale)
    for place in reference.places:
        found[f"{FOLDER}/calendars/{place.id}.md"] = place_page(place, locale)
    for doc in jurisdiction_docs():
        found[f"{FOLDER}/jurisdictions/{doc.code.lower()}.md"] = jurisdiction_page(doc, locale)
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
            bullets = [
                f"- [`{name}`]({path}){colon(locale)}{text[locale]}" for path, name, text in entries
            ]
            if heading == "policies" and domain.name == "worktime":
                bullets.insert(0, f"- {places_link(reference, locale, '')}")
            parts += [f"### {word(heading, locale)}", "\n".join(bullets) or word("none", locale)]
    return page(word("domains", locale), *parts)


@cache
def book() -> Mapping[str, Mapping[str, str]]:
    """Return language → path below its folder → Markdown, of all generated pages."""
    return {locale: pages(collect(), locale) for locale in LOCALES}


def write(path: Path, text: str) -> None:
    """Write *text*, unless the file already says it: a file watcher must not wake for nothing."""
    if path.exists() and path.read_text("utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def write_all(root: Path = DOCS) -> None:
    """Write every generated page below *root*, and delete those of earlier runs that are gone."""
    for locale, wanted in book().items():
        for old in (root / locale / FOLDER).rglob("*.md"):
            if old.relative_to(root / locale).as_posix() not in wanted:
                old.unlink()
        for path, text in wanted.items():
            write(root / locale / path, text)


def menu() -> dict[str, list[dict[str, str] | str]]:
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
        "reference/api.md": [{part.title["en"]: f"{FOLDER}/api/{part.name}.md"} for part in PAGES],
        f"{FOLDER}/commands.md": [
            {command.name: f"{FOLDER}/commands/{command.name}.md"} for command in command_docs()
        ],
        f"{FOLDER}/formats.md": [
            {form.title["en"]: f"{FOLDER}/formats/{form.name}.md"} for form in format_docs()
        ],
        f"{FOLDER}/kinds.md": [
            {kind.name: f"{FOLDER}/kinds/{kind.name}.md"} for kind in found.kinds
        ],
        f"{FOLDER}/policies.md": [
            {policy.id: f"{FOLDER}/policies/{slug(policy.id)}.md"} for policy in found.policies
        ],
        f"{FOLDER}/ports.md": [
            {port.name: f"{FOLDER}/ports/{port.name}.md"} for port in found.ports
        ],
        f"{FOLDER}/jurisdictions.md": [
            # A page without a name for the menu has its own title there, in each language.
            f"{FOLDER}/jurisdictions/{code.lower()}.md"
            for code in jurisdictions()
        ],
    }


if __name__ == "__main__":
    write_all()
