"""
The pages of rules.
"""

from __future__ import annotations

from collections.abc import Iterable

from book.formulas import formula_lines
from book.history_pages import parameter_tables, timeline
from book.labels import label, word
from book.pieces import field_table, joined, page, part_sections, table
from book.policy_pages import PLACES, places_link, shipped
from book.proof_pages import case_sections, example_parts, fault_parts
from book.reference import RecordDoc, Reference, RuleDoc
from book.schema_files import links_of
from permalinks import line_of

from bankservice.rule_book import rule_address

__all__ = ["rule_page", "rules_page"]


def rules_page(rules: Iterable[RuleDoc], locale: str) -> str:
    """Return the list of rules."""
    rows = [(f"[`{rule.id}`](rules/{rule.id}.md)", rule.title[locale]) for rule in rules]
    return page(word("rules", locale), table(("rule", "meaning"), rows, locale))


def rule_page(rule: RuleDoc, reference: Reference, locale: str) -> str:
    """Return the page of one rule: what it decides, from what, to what, since when, and what proves it."""
    at = f"{line_of(rule_address(rule.id), locale)} · {_try_it(rule.id, locale)}"
    parts = [f"# `{rule.id}`", f"**{rule.title[locale]}**", at, rule.body[locale]]
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
    parts += [f"## {word('whole_example', locale)}", *example_parts(rule.example, locale)]
    parts += [f"## {word('by_date', locale)}", *_by_date(rule, reference, locale)]
    parts += [f"## {word('wording', locale)}", _reasons(rule, locale)]
    parts += [f"## {word('rule_refusals', locale)}", *_refusals(rule, reference, locale)]
    parts += [f"## {word('cases', locale)}", *case_sections(rule.cases, locale)]
    parts += [f"## {word('faults', locale)}", *fault_parts(rule.faults, locale)]
    parts += [f"## {word('formats', locale)}", links_of(rule.id, locale, 3)]
    return joined(*parts)


def _try_it(rule: str, locale: str) -> str:
    """Return the link to the page that decides by the rule in the reader's browser."""
    # HTML, not Markdown: what follows the sign is for that page's program, and no anchor.
    return f'<a href="../../../try-it.html#rule={rule}">{word("try_it", locale)}</a>'


def _by_date(rule: RuleDoc, reference: Reference, locale: str) -> list[str]:
    """Return versions and parameters of the policies a rule may be asked under."""
    if not rule.kind:
        return [word("no_parameters", locale)]
    # The pages of places show their own; what is shipped beside them stands here.
    apart = [word("by_place", locale), places_link(reference, locale)]
    lead = apart if rule.kind in PLACES else []
    histories = [held for held in reference.histories if held.kind == rule.kind]
    if not histories:
        return lead or [word("own_policy", locale)]
    return [
        *lead,
        word("by_date_lead", locale).replace("{kind}", rule.kind),
        *timeline(histories, locale),
        *parameter_tables(histories, locale),
    ]


def _reasons(rule: RuleDoc, locale: str) -> str:
    """Return every reason with its sentence in each language, that of the page first."""
    first, second = ("zh", "en") if locale == "zh" else ("en", "zh")
    rows = [
        (f"`{code}`", f"`{names}`" if names else "", text[first], text[second])
        for code, names, text in rule.wording
    ]
    head = ("reason", "names", f"sentence_{first}", f"sentence_{second}")
    return table(head, rows, locale)


def _refusals(rule: RuleDoc, reference: Reference, locale: str) -> list[str]:
    """Return the refusals of each record that decides by the rule, in order of precedence."""
    if not rule.refusals:
        return [word("rule_refusals_lead", locale), word("no_rule_refusals", locale)]
    parts = [word("rule_refusals_lead", locale), word("refusal_order", locale)]
    records = {record.kind: record for record in reference.records}
    for kind, own in rule.refusals:
        parts += [
            f"### [`{kind}`](../records/{kind}.md)",
            _refusal_table(records[kind], own, locale),
        ]
    return parts


def _refusal_table(record: RecordDoc, own: tuple[str, ...], locale: str) -> str:
    rows = [
        (str(place), f"`{code}`", word("yes", locale) if code in own else "", meaning[locale])
        for place, (code, meaning) in enumerate(record.refusals, start=1)
    ]
    return table(("number", "code", "of_rule", "meaning"), rows, locale)
