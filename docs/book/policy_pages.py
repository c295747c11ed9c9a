"""
The pages of policies: kinds, versions, shared codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from book.bilingual import LOCALES, head_keys, listed, spoken
from book.history_docs import HistoryDoc
from book.history_pages import change_lines, timeline
from book.jurisdiction_pages import jurisdiction_line
from book.labels import aside, bracketed, cited, colon, label, policy_link, remark, slug, word
from book.pieces import field_table, joined, page, part_sections, section, table, value_table
from book.policy_docs import KindDoc, PolicyDoc, TreeDoc, VersionDoc
from book.reference import Reference
from book.satisfaction_docs import SURVEYS
from book.schema_files import links_of
from permalinks import line_of, version_anchor, version_link

from bankservice.rule_book import kind_address, policy_address

__all__ = [
    "key_table",
    "kind_page",
    "kinds_page",
    "places_link",
    "policies_page",
    "policy_page",
    "shipped",
    "version_lines",
    "version_parts",
    "vocabulary_page",
]


PLACES: Final = ("worktime.calendar", "worktime.holidays")
"""Kinds whose policies the pages of places show."""

KEYS_LAST: Final = (
    *SURVEYS,
    "facts.register",
    "lifecycle.outlook",
    "lifecycle.treatments",
    "loyalty.offers",
    "loyalty.programme",
    "segmentation.entitlements",
    "segmentation.groups",
)
"""Kinds whose sections say all that the keys say, and better."""


def places_link(reference: Reference, locale: str, folder: str = "../") -> str:
    """Return the link to the list of places, with how many there are."""
    link, count = f"[{word('places', locale)}]({folder}calendars.md)", len(reference.places)
    return aside(link, bracketed(str(count), locale), locale)


def shipped(kind: str, reference: Reference, locale: str) -> str:
    """Return links to the shipped policies of a kind, from a page one folder down."""
    links = [policy_link(policy.id) for policy in reference.policies if policy.kind == kind]
    if kind in PLACES:
        links.insert(0, places_link(reference, locale))
    return listed(links, locale) or word("none", locale)


def kinds_page(kinds: Iterable[KindDoc], locale: str) -> str:
    """Return the list of kinds of policy, and the keys that all of them share."""
    rows = [(f"[`{k.name}`](kinds/{k.name}.md)", k.meaning[locale]) for k in kinds]
    shared = [
        (
            f"`{key}`",
            word("needed" if key in ("since", "source") else "may", locale),
            spoken("head", key)[locale],
        )
        for key in head_keys()
    ]
    return page(
        word("kinds", locale),
        table(("kind", "meaning"), rows, locale),
        "## `[[version]]`",
        word("every_version", locale),
        table(("key", "default", "meaning"), shared, locale),
    )


def kind_page(kind: KindDoc, reference: Reference, locale: str) -> str:
    """Return the page of one kind of policy: every key, how it is written, its default."""
    at = line_of(kind_address(kind.name), locale)
    parts = [f"# `{kind.name}`", kind.meaning[locale], at]
    bullets = [
        f"- [`{policy.id}`](../policies/{slug(policy.id)}.md){colon(locale)}{policy.title[locale]}"
        for policy in reference.policies
        if policy.kind == kind.name
    ]
    if kind.name in PLACES:
        bullets.insert(0, f"- {places_link(reference, locale)}")
    parts += [f"## {word('own_keys', locale)}", field_table(kind.keys.fields, locale, "key", True)]
    parts += part_sections(kind.parts, locale, "key", True)
    if kind.cohort:
        rows = [(f"`{name}`", f"`{of}`") for name, of in kind.cohort]
        parts += [f"## {word('cohort', locale)}", table(("field", "type"), rows, locale)]
    parts += [f"## {word('shipped', locale)}", "\n".join(bullets) or word("none", locale)]
    parts += [f"## {word('formats', locale)}", links_of(kind.name, locale, 3)]
    return joined(*parts)


def policies_page(reference: Reference, locale: str) -> str:
    """Return the list of shipped policies, with the day each version begins and how it was read."""
    rows = [
        (
            f"[`{policy.id}`](policies/{slug(policy.id)}.md)",
            policy.title[locale],
            ", ".join(version.since for version in policy.versions),
            aside(
                policy.versions[-1].source.label(),
                remark(policy.versions[-1].source.checked, locale),
                locale,
            ),
        )
        for policy in reference.policies
    ]
    return page(
        word("policies", locale),
        f"{label('places_elsewhere', locale)}{places_link(reference, locale, '')}",
        table(("policy", "title", "since", "source"), rows, locale),
    )


def policy_page(policy: PolicyDoc, reference: Reference, locale: str) -> str:
    """Return the page of one policy: every version with its days, source, digest, parameters."""
    other = next(name for name in LOCALES if name != locale)
    parts = [
        f"# {policy.title[locale]}",
        f"{policy.title[other]} · `{policy.id}` · [`{policy.kind}`](../kinds/{policy.kind}.md)",
        line_of(policy_address(policy.id), locale),
        jurisdiction_line(policy.id, locale),
    ]
    history = next(held for held in reference.histories if held.policy == policy.id)
    if len(history.spans) > 1:
        parts += timeline([history], locale)
    for version in reversed(policy.versions):
        parts += version_parts(policy, version, history, locale)
    return joined(*parts)


def version_parts(
    policy: PolicyDoc, version: VersionDoc, history: HistoryDoc, locale: str
) -> list[str]:
    """Return the part of a policy page that shows one version."""
    address = version_link(policy.id, version.since, version.known_on)
    parts = [
        f"## {word('since', locale)} {version.since} {{ #{version_anchor(address)} }}",
        f"{version_lines(version, locale)}\n- {line_of(address, locale)}",
        *change_lines(history, (version.since, version.known_on, version.applies_to), locale),
    ]
    if policy.kind == "vocabulary.tree":
        name = policy.title[locale]
        return [*parts, f"[{name}](../vocabulary.md#{slug(policy.id)})"]
    tables = [value_table(held, locale) for held in version.tables]
    sections = [part for held in version.sections for part in section(held, locale)]
    keys = key_table(version, locale) if version.keys else ""
    if sections and policy.kind in KEYS_LAST:
        told = [f"### {word('every_key', locale)}", keys] if keys else []
        return [*parts, *sections, *told]
    # The keys of a regime tell whom it is for; those of other kinds add to the rows.
    return [*parts, keys, *sections] if sections else [*parts, *tables, keys]


def version_lines(version: VersionDoc, locale: str) -> str:
    """Return the days, sources and digest of a version, as a list."""
    days = [f"- {label('known', locale)}{version.known_on}"]
    if version.ends_on:
        days.append(f"- {label('ends', locale)}{version.ends_on}")
    applies = f"`{version.applies_to}`" if version.applies_to else word("everybody", locale)
    days.append(f"- {label('applies', locale)}{applies}")
    if version.approval:
        days.append(f"- {label('approval', locale)}{version.approval}")
    days.append(f"- {label('source', locale)}{cited(version.source, locale)}")
    if version.source.note:
        # Notes stand as they were written with the version, mostly in English.
        days.append(f"- {label('note', locale)}{version.source.note}")
    days += [
        f"- {word('source', locale)} `{code}`{colon(locale)}{cited(c, locale)}"
        for code, c in version.cites
    ]
    days.append(f"- {label('digest', locale)}`{version.digest}`")
    return "\n".join(days)


def key_table(version: VersionDoc, locale: str) -> str:
    """Return the single keys of a version with values and meanings; defaults say that they are."""
    rows = []
    for path, value, stated, meaning in version.keys:
        shown = value[locale] or word("no_period", locale)
        told = shown if stated else aside(shown, word("by_default", locale), locale)
        rows.append((f"`{path}`", told, meaning[locale]))
    return table(("parameter", "value", "meaning"), rows, locale)


def vocabulary_page(trees: Iterable[TreeDoc], locale: str) -> str:
    """Return the page of shared code trees, every code with both titles, children indented."""
    parts: list[str] = []
    for tree in trees:
        rows = [
            (
                "\u2003" * code.depth + f"`{code.code}`",
                code.title["en"],
                code.title["zh"],
                ", ".join((*code.tags, *((word("ours", locale),) if code.ours else ()))),
            )
            for code in tree.codes
        ]
        parts += [
            f"## {tree.title[locale]} {{ #{slug(tree.id)} }}",
            f"[`{tree.id}`](policies/{slug(tree.id)}.md)",
            table(("code", "english", "chinese", "tags"), rows, locale),
        ]
    return page(word("vocabulary", locale), *parts)
