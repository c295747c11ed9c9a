"""
Write the generated part of the reference.

Every page is the return value of a plain function over plain values, so that
any site tool can use it. Two steps:

1. *collect*: `collect()` walks the package (each domain's `RULES`, the shipped
   policies, the code trees, the refusal enums) and returns a `Reference`.
2. *render*: `pages(reference, locale)` returns Markdown by path.

Run it by hand with `python docs/generate.py`; the site build calls it first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import attrs

DOCS: Final = Path(__file__).parent
FOLDER: Final = "reference/generated"
LOCALES: Final = ("en", "zh")

Titles = Mapping[str, str]

WORDS: Final[Mapping[str, Titles]] = {
    "rules": {"en": "Rules", "zh": "规则"},
    "policies": {"en": "Policies", "zh": "政策"},
    "vocabulary": {"en": "Vocabulary", "zh": "共享代码"},
    "refusals": {"en": "Refusals", "zh": "拒绝代码"},
    "rule": {"en": "Rule", "zh": "规则"},
    "policy": {"en": "Policy", "zh": "政策"},
    "kind": {"en": "Kind", "zh": "种类"},
    "facts": {"en": "Facts", "zh": "事实"},
    "outcome": {"en": "Outcome", "zh": "结论"},
    "wording": {"en": "Wording", "zh": "措辞"},
    "reason": {"en": "Reason", "zh": "理由"},
    "field": {"en": "Field", "zh": "字段"},
    "type": {"en": "Type", "zh": "类型"},
    "meaning": {"en": "Meaning", "zh": "含义"},
    "code": {"en": "Code", "zh": "代码"},
    "title": {"en": "Title", "zh": "名称"},
    "since": {"en": "In force since", "zh": "生效日"},
    "ends": {"en": "Ends on (exclusive)", "zh": "废止日（不含）"},
    "known": {"en": "Known on", "zh": "知悉日"},
    "source": {"en": "Source", "zh": "来源"},
    "digest": {"en": "Digest", "zh": "摘要值"},
    "parameter": {"en": "Parameter", "zh": "参数"},
    "value": {"en": "Value", "zh": "取值"},
    "none": {"en": "None is shipped.", "zh": "目前没有。"},
    "refusal_order": {
        "en": "Where several apply, the one that stands first wins.",
        "zh": "多项同时成立时，排在最前的一项优先。",
    },
    "checked_text": {"en": "", "zh": ""},
    "checked_secondary": {
        "en": " (source text not checked)",
        "zh": "（未核对原文）",
    },
    "checked_own": {"en": " (the bank's own paper)", "zh": "（本行政策文件）"},
}


@attrs.frozen
class FieldDoc:
    """
    One named part of facts or of an outcome.
    """

    name: str
    type: str
    meaning: str


@attrs.frozen(kw_only=True)
class RuleDoc:
    """
    What the reference says about one rule.

    Attributes:
        id: Stable id, such as `segmentation.tier-band`.
        title: By locale.
        body: Docstring, as Markdown.
        policy_kind: Kind of policy it reads; empty where it reads none.
        facts: In the order of the facts class.
        outcome: In the order of the outcome class.
        wording: Reason code to its template, by locale.
    """

    id: str
    title: Titles
    body: str
    policy_kind: str
    facts: tuple[FieldDoc, ...]
    outcome: tuple[FieldDoc, ...]
    wording: Mapping[str, Titles]


@attrs.frozen(kw_only=True)
class VersionDoc:
    """
    One dated version of a policy.

    Attributes:
        since: ISO date.
        ends_on: ISO date, or empty.
        known_on: ISO date.
        source: Citation in one line.
        checked: `text`, `secondary` or `own`.
        digest: Digest over the typed parameters.
        parameters: Dotted path to the value as a person writes it.
    """

    since: str
    ends_on: str
    known_on: str
    source: str
    checked: str
    digest: str
    parameters: Mapping[str, str]


@attrs.frozen(kw_only=True)
class PolicyDoc:
    """
    One shipped policy with all its versions, oldest first.
    """

    id: str
    kind: str
    title: Titles
    versions: tuple[VersionDoc, ...]


@attrs.frozen
class CodeDoc:
    """
    One code of a tree; `depth` is 0 at the top.
    """

    code: str
    title: Titles
    depth: int


@attrs.frozen
class TreeDoc:
    """
    One shared code tree, its codes in reading order.
    """

    id: str
    title: Titles
    codes: tuple[CodeDoc, ...]


@attrs.frozen
class RefusalDoc:
    """
    The refusals of one record, in order of precedence.
    """

    record: str
    codes: tuple[CodeDoc, ...]


@attrs.frozen(kw_only=True)
class Reference:
    """
    All that the generated reference shows.
    """

    rules: tuple[RuleDoc, ...] = ()
    policies: tuple[PolicyDoc, ...] = ()
    trees: tuple[TreeDoc, ...] = ()
    refusals: tuple[RefusalDoc, ...] = ()


# --- collect ------------------------------------------------------------------------------------


def collect() -> Reference:
    """
    Walk the package and return what its reference shows.
    """
    return Reference(
        rules=tuple(rule_docs()),
        policies=tuple(policy_docs()),
        trees=tuple(tree_docs()),
        refusals=tuple(refusal_docs()),
    )


def rule_docs() -> Iterable[RuleDoc]:
    """
    Return one value per rule in the domains' `RULES`, in their order.
    """
    return ()


def policy_docs() -> Iterable[PolicyDoc]:
    """
    Return one value per shipped policy, by id.
    """
    return ()


def tree_docs() -> Iterable[TreeDoc]:
    """
    Return one value per shared code tree, by id.
    """
    return ()


def refusal_docs() -> Iterable[RefusalDoc]:
    """
    Return one value per record that can refuse.
    """
    return ()


# --- render -------------------------------------------------------------------------------------


def pages(reference: Reference, locale: str) -> dict[str, str]:
    """
    Return the generated pages of one language: path below its folder to Markdown.
    """
    found = {
        f"{FOLDER}/rules.md": rules_page(reference.rules, locale),
        f"{FOLDER}/policies.md": policies_page(reference.policies, locale),
        f"{FOLDER}/vocabulary.md": vocabulary_page(reference.trees, locale),
        f"{FOLDER}/refusals.md": refusals_page(reference.refusals, locale),
    }
    for rule in reference.rules:
        found[f"{FOLDER}/rules/{rule.id}.md"] = rule_page(rule, locale)
    for policy in reference.policies:
        found[f"{FOLDER}/policies/{slug(policy.id)}.md"] = policy_page(policy, locale)
    return found


def rules_page(rules: Iterable[RuleDoc], locale: str) -> str:
    """
    Return the list of rules.
    """
    rows = [(f"[`{rule.id}`](rules/{rule.id}.md)", rule.title[locale]) for rule in rules]
    return page(
        word("rules", locale), table((word("rule", locale), word("title", locale)), rows, locale)
    )


def rule_page(rule: RuleDoc, locale: str) -> str:
    """
    Return the page of one rule: what it decides, from which facts, to which outcome, in which words.
    """
    parts = [f"`{rule.id}`", rule.body]
    if rule.policy_kind:
        parts.append(f"{word('kind', locale)}: [`{rule.policy_kind}`](../policies.md)")
    parts += section("facts", field_table(rule.facts, locale), locale)
    parts += section("outcome", field_table(rule.outcome, locale), locale)
    if rule.wording:
        rows = [(f"`{reason}`", texts[locale]) for reason, texts in rule.wording.items()]
        head = (word("reason", locale), word("wording", locale))
        parts += section("wording", table(head, rows, locale), locale)
    return page(rule.title[locale], *parts)


def policies_page(policies: Iterable[PolicyDoc], locale: str) -> str:
    """
    Return the list of shipped policies.
    """
    rows = [
        (
            f"[`{policy.id}`](policies/{slug(policy.id)}.md)",
            f"`{policy.kind}`",
            policy.title[locale],
        )
        for policy in policies
    ]
    head = (word("policy", locale), word("kind", locale), word("title", locale))
    return page(word("policies", locale), table(head, rows, locale))


def policy_page(policy: PolicyDoc, locale: str) -> str:
    """
    Return the page of one policy: every version with its days, source, digest and parameters.
    """
    parts = [f"`{policy.id}` · `{policy.kind}`"]
    for version in policy.versions:
        parts += version_parts(version, locale)
    return page(policy.title[locale], *parts)


def version_parts(version: VersionDoc, locale: str) -> list[str]:
    """
    Return the part of a policy page that shows one version.
    """
    days = [f"- {word('known', locale)}: {version.known_on}"]
    if version.ends_on:
        days.append(f"- {word('ends', locale)}: {version.ends_on}")
    checked = word(f"checked_{version.checked}", locale)
    days.append(f"- {word('source', locale)}: {version.source}{checked}")
    days.append(f"- {word('digest', locale)}: `{version.digest}`")
    rows = [(f"`{path}`", value) for path, value in version.parameters.items()]
    head = (word("parameter", locale), word("value", locale))
    return [
        f"## {word('since', locale)} {version.since}",
        "\n".join(days),
        table(head, rows, locale),
    ]


def vocabulary_page(trees: Iterable[TreeDoc], locale: str) -> str:
    """
    Return the page of shared code trees, every code with its title, children indented.
    """
    parts: list[str] = []
    for tree in trees:
        rows = [
            ("\u2003" * code.depth + f"`{code.code}`", code.title[locale]) for code in tree.codes
        ]
        parts += [
            f"## {tree.title[locale]}",
            f"`{tree.id}`",
            table((word("code", locale), word("title", locale)), rows, locale),
        ]
    return page(word("vocabulary", locale), *(parts or [word("none", locale)]))


def refusals_page(refusals: Iterable[RefusalDoc], locale: str) -> str:
    """
    Return the page of refusal codes, each record's in order of precedence.
    """
    parts: list[str] = []
    for refusal in refusals:
        rows = [(f"`{code.code}`", code.title[locale]) for code in refusal.codes]
        head = (word("code", locale), word("meaning", locale))
        parts += [f"## `{refusal.record}`", table(head, rows, locale)]
    lead = [word("refusal_order", locale)] if parts else [word("none", locale)]
    return page(word("refusals", locale), *lead, *parts)


def word(key: str, locale: str) -> str:
    """
    Return a heading or label of the reference itself.
    """
    return WORDS[key][locale]


def page(title: str, *parts: str) -> str:
    """
    Join a title and its parts with blank lines.
    """
    return "\n\n".join((f"# {title}", *(part.strip() for part in parts if part))) + "\n"


def section(key: str, body: str, locale: str) -> list[str]:
    """
    Return a second-level heading and its body.
    """
    return [f"## {word(key, locale)}", body]


def field_table(fields: Iterable[FieldDoc], locale: str) -> str:
    """
    Return the table of named parts.
    """
    rows = [(f"`{field.name}`", f"`{field.type}`", field.meaning) for field in fields]
    return table(
        (word("field", locale), word("type", locale), word("meaning", locale)), rows, locale
    )


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]], locale: str) -> str:
    """
    Return a Markdown table, or a sentence where it would be empty.
    """
    lines = [line(row) for row in rows]
    if not lines:
        return word("none", locale)
    return "\n".join((line(head), line(("---",) * len(head)), *lines))


def line(cells: Iterable[str]) -> str:
    """
    Return one row of a table; line breaks and bars inside a cell do not end it.
    """
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def slug(policy_id: str) -> str:
    """
    Return the file name of a policy page.

    Examples:
        >>> slug("segmentation/cn-retail-shape")
        'segmentation-cn-retail-shape'
    """
    return policy_id.replace("/", "-")


# --- write --------------------------------------------------------------------------------------


def write(path: Path, text: str) -> None:
    """
    Write *text*, unless the file already says it: a file watcher must not wake for nothing.
    """
    if path.exists() and path.read_text("utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def write_all(root: Path = DOCS) -> None:
    """
    Write every generated page below *root*, and delete those of earlier runs that are gone.
    """
    reference = collect()
    for locale in LOCALES:
        wanted = pages(reference, locale)
        for old in (root / locale / FOLDER).rglob("*.md"):
            if old.relative_to(root / locale).as_posix() not in wanted:
                old.unlink()
        for path, text in wanted.items():
            write(root / locale / path, text)


def menu() -> dict[str, list[dict[str, str]]]:
    """
    Return, for each generated list page, the pages that stand below it in the menu.
    """
    reference = collect()
    return {
        f"{FOLDER}/rules.md": [
            {rule.id: f"{FOLDER}/rules/{rule.id}.md"} for rule in reference.rules
        ],
        f"{FOLDER}/policies.md": [
            {policy.id: f"{FOLDER}/policies/{slug(policy.id)}.md"} for policy in reference.policies
        ],
    }


if __name__ == "__main__":
    write_all()
