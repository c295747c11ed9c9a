"""
Write the generated part of the reference.

Every page is the return value of a plain function over the plain values of `reference.py`, so that
any site tool can use it. Run it by hand with `python docs/generate.py`; the site build calls it
first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from reference import (
    LOCALES,
    FieldDoc,
    KindDoc,
    PartDoc,
    PolicyDoc,
    RecordDoc,
    Reference,
    RuleDoc,
    RunDoc,
    TableDoc,
    TreeDoc,
    VersionDoc,
    collect,
    head_keys,
    spoken,
)

from bankservice.core.citation import Citation

DOCS: Final = Path(__file__).parent
FOLDER: Final = "reference/generated"

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "domains": {"en": "By domain", "zh": "按领域"},
    "rules": {"en": "Rules", "zh": "规则"},
    "records": {"en": "Records", "zh": "记录"},
    "kinds": {"en": "Policy keys", "zh": "政策键"},
    "policies": {"en": "Policies", "zh": "政策"},
    "vocabulary": {"en": "Vocabulary", "zh": "共享代码"},
    "refusals": {"en": "Refusals", "zh": "拒绝代码"},
    "run": {"en": "Runs", "zh": "批量运行"},
    "run_lead": {
        "en": "What `bank.toml` may say, which tables extracts are mapped to, why a row is rejected or a measure unknown, and what a run writes. [Map your extracts](../../how-to/map-your-extracts.md) shows how to use it.",
        "zh": "`bank.toml` 可以写什么，数据文件映射到哪些表，某行为何拒收、指标为何未知，以及运行写出什么。用法见[映射数据文件](../../how-to/map-your-extracts.md)。",
    },
    "run_tables": {"en": "Tables", "zh": "数据表"},
    "run_rejects": {"en": "Why a row is rejected", "zh": "拒收的原因"},
    "run_unknowns": {"en": "Why a measure is unknown", "zh": "指标未知的原因"},
    "run_files": {"en": "What a run writes", "zh": "运行写出的文件"},
    "column": {"en": "Column", "zh": "列"},
    "left_unmapped": {"en": "Mapped", "zh": "映射"},
    "must_map": {"en": "must be", "zh": "必须映射"},
    "may_map": {"en": "may be", "zh": "可不映射"},
    "rule": {"en": "Rule", "zh": "规则"},
    "record": {"en": "Record", "zh": "记录"},
    "policy": {"en": "Policy", "zh": "政策"},
    "kind": {"en": "Kind of policy", "zh": "政策种类"},
    "facts": {"en": "Facts", "zh": "事实"},
    "outcome": {"en": "Outcome", "zh": "结论"},
    "wording": {"en": "Reasons and their wording", "zh": "理由与措辞"},
    "reason": {"en": "Reason", "zh": "理由"},
    "sentence": {"en": "Sentence", "zh": "语句"},
    "names": {"en": "Its facts", "zh": "所用事实"},
    "cases": {"en": "Cases that cover it", "zh": "覆盖它的案例"},
    "shipped": {"en": "Shipped policies", "zh": "随包附带的政策"},
    "field": {"en": "Name", "zh": "名称"},
    "key": {"en": "Key", "zh": "键"},
    "type": {"en": "Written as", "zh": "写法"},
    "default": {"en": "Left out", "zh": "省略时"},
    "needed": {"en": "must be stated", "zh": "必须写明"},
    "may": {"en": "may be", "zh": "可省略"},
    "meaning": {"en": "Meaning", "zh": "含义"},
    "code": {"en": "Code", "zh": "代码"},
    "title": {"en": "Title", "zh": "名称"},
    "english": {"en": "English", "zh": "英文"},
    "chinese": {"en": "Chinese", "zh": "中文"},
    "tags": {"en": "Also in", "zh": "另属"},
    "ours": {"en": "added by this project", "zh": "本项目添加"},
    "since": {"en": "In force since", "zh": "生效日"},
    "ends": {"en": "Ends on (exclusive)", "zh": "废止日（不含）"},
    "known": {"en": "Known on", "zh": "知悉日"},
    "approval": {"en": "Approved by", "zh": "批准"},
    "applies": {"en": "Applies to", "zh": "适用范围"},
    "everybody": {"en": "everybody", "zh": "所有人"},
    "source": {"en": "Source", "zh": "来源"},
    "published": {"en": "published", "zh": "公布于"},
    "read": {"en": "read", "zh": "查阅于"},
    "note": {"en": "Note", "zh": "说明"},
    "digest": {"en": "Digest", "zh": "摘要值"},
    "parameter": {"en": "Parameter", "zh": "参数"},
    "value": {"en": "Value", "zh": "取值"},
    "by_default": {"en": "(default)", "zh": "（默认）"},
    "no_period": {"en": "none", "zh": "无"},
    "commands": {"en": "Commands", "zh": "指令"},
    "view": {"en": "What people see", "zh": "所见内容"},
    "entries": {"en": "Entries", "zh": "条目"},
    "data": {"en": "Open (`data`)", "zh": "公开部分（`data`）"},
    "sealed": {"en": "Sealed", "zh": "密封部分"},
    "every_version": {
        "en": "Every version of every kind has these keys.",
        "zh": "各种类政策的每个版本都有以下键。",
    },
    "own_keys": {"en": "Keys of its own", "zh": "自有的键"},
    "cohort": {
        "en": "Facts that `applies_to` may name without declaring them",
        "zh": "`applies_to` 无须声明即可使用的事实",
    },
    "none": {"en": "None.", "zh": "目前没有。"},
    "refusal_order": {
        "en": "Where several apply, the one that stands first wins.",
        "zh": "多项同时成立时，排在最前的一项优先。",
    },
    "checked_text": {"en": "(the source's own words were read)", "zh": "（已核对原文）"},
    "checked_secondary": {
        "en": "(a description was read, not the rule's own text)",
        "zh": "（未核对原文）",
    },
    "checked_own": {"en": "(the bank's own paper)", "zh": "（本行政策文件）"},
}

# --- pages --------------------------------------------------------------------------------------


def pages(reference: Reference, locale: str) -> dict[str, str]:
    """Return the generated pages of one language: path below its folder to Markdown."""
    found = {
        f"{FOLDER}/domains.md": domains_page(reference, locale),
        f"{FOLDER}/rules.md": rules_page(reference.rules, locale),
        f"{FOLDER}/records.md": records_page(reference.records, locale),
        f"{FOLDER}/kinds.md": kinds_page(reference.kinds, locale),
        f"{FOLDER}/policies.md": policies_page(reference.policies, locale),
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
        shipped = [
            f"[`{policy.id}`](../policies/{slug(policy.id)}.md)"
            for policy in reference.policies
            if policy.kind == rule.kind
        ]
        parts.append(
            f"- {label('kind', locale)}[`{rule.kind}`](../kinds/{rule.kind}.md)\n"
            f"- {label('shipped', locale)}{listed(shipped, locale) or word('none', locale)}"
        )
    parts += [f"## {word('facts', locale)}", field_table(rule.facts, locale, "field", True)]
    parts += part_sections(rule.facts_parts, locale, "field", True)
    parts += [f"## {word('outcome', locale)}", field_table(rule.outcome, locale, "field", False)]
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
    parts = [f"# `{kind.name}`", kind.meaning[locale]]
    shipped = [
        f"- [`{policy.id}`](../policies/{slug(policy.id)}.md): {policy.title[locale]}"
        for policy in reference.policies
        if policy.kind == kind.name
    ]
    parts += [f"## {word('own_keys', locale)}", field_table(kind.keys.fields, locale, "key", True)]
    parts += part_sections(kind.parts, locale, "key", True)
    if kind.cohort:
        rows = [(f"`{name}`", f"`{of}`") for name, of in kind.cohort]
        parts += [f"## {word('cohort', locale)}", table(("field", "type"), rows, locale)]
    parts += [f"## {word('shipped', locale)}", "\n".join(shipped) or word("none", locale)]
    return joined(*parts)


def policies_page(policies: Iterable[PolicyDoc], locale: str) -> str:
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
        for policy in policies
    ]
    return page(
        word("policies", locale), table(("policy", "title", "since", "source"), rows, locale)
    )


def policy_page(policy: PolicyDoc, locale: str) -> str:
    """Return the page of one policy: every version with its days, source, digest, parameters."""
    other = next(name for name in LOCALES if name != locale)
    parts = [
        f"# {policy.title[locale]}",
        f"{policy.title[other]} · `{policy.id}` · [`{policy.kind}`](../kinds/{policy.kind}.md)",
    ]
    for version in reversed(policy.versions):
        parts += version_parts(policy, version, locale)
    return joined(*parts)


def version_parts(policy: PolicyDoc, version: VersionDoc, locale: str) -> list[str]:
    """Return the part of a policy page that shows one version."""
    days = [f"- {label('known', locale)}{version.known_on}"]
    if version.ends_on:
        days.append(f"- {label('ends', locale)}{version.ends_on}")
    applies = f"`{version.applies_to}`" if version.applies_to else word("everybody", locale)
    days.append(f"- {label('applies', locale)}{applies}")
    if version.approval:
        days.append(f"- {label('approval', locale)}{version.approval}")
    days.append(f"- {label('source', locale)}{cited(version.source, locale)}")
    if version.source.note:
        days.append(f"- {label('note', locale)}{version.source.note}")
    days += [
        f"- {word('source', locale)} `{code}`: {cited(c, locale)}" for code, c in version.cites
    ]
    days.append(f"- {label('digest', locale)}`{version.digest}`")
    parts = [f"## {word('since', locale)} {version.since}", "\n".join(days)]
    if policy.kind == "vocabulary.tree":
        name = policy.title[locale]
        return [*parts, f"[{name}](../vocabulary.md#{slug(policy.id)})"]
    parts += [value_table(held, locale) for held in version.tables]
    rows = [
        (f"`{path}`", value[locale] or word("no_period", locale))
        if stated
        else (
            f"`{path}`",
            aside(value[locale] or word("no_period", locale), word("by_default", locale), locale),
        )
        for path, value, stated in version.keys
    ]
    return [*parts, table(("parameter", "value"), rows, locale)]


def cited(source: Citation, locale: str) -> str:
    """Return a source: what it is, where it lies, when it was read, and how far."""
    name = f"[{source.label()}]({source.url})" if source.url else source.label()
    days = [
        f"{word(key, locale)} {day}"
        for key, day in (("published", source.published_on), ("read", source.read_on))
        if day is not None
    ]
    comma = "，" if locale == "zh" else ", "
    return aside(comma.join((name, *days)), remark(source.checked, locale), locale)


def remark(checked: str, locale: str) -> str:
    """Return how far a source was read."""
    return word(f"checked_{checked}", locale)


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


def refusals_page(records: Iterable[RecordDoc], locale: str) -> str:
    """Return the page of refusal codes, each record's in order of precedence."""
    parts: list[str] = []
    for record in records:
        parts += [
            f"## [`{record.kind}`](records/{record.kind}.md)",
            *refusal_table(record, locale),
        ]
    return page(word("refusals", locale), *parts)


def run_page(run: RunDoc, locale: str) -> str:
    """Return the page of the main job: keys, tables, codes and result files."""
    parts = [word("run_lead", locale), "## `bank.toml`", field_table(run.keys, locale, "key", True)]
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


def part_sections(parts: Iterable[PartDoc], locale: str, head: str, defaults: bool) -> list[str]:
    """Return a third-level section for each class."""
    found: list[str] = []
    for part in parts:
        found += [f"### `{part.name}`", part.meaning[locale]]
        if part.fields:
            found.append(field_table(part.fields, locale, head, defaults and part.given))
    return found


def field_table(fields: Iterable[FieldDoc], locale: str, head: str, defaults: bool) -> str:
    """Return the table of named parts; *defaults* adds what holds where one is left out."""
    rows = []
    for field in fields:
        left_out = "needed" if field.needed else "may"
        shown = f"`{field.default}`" if field.default else word(left_out, locale)
        cells = (f"`{field.name}`", field.type[locale], field.meaning[locale])
        rows.append((*cells[:2], shown, cells[2]) if defaults else cells)
    keys = (head, "type", "default", "meaning") if defaults else (head, "type", "meaning")
    return table(keys, rows, locale)


def value_table(held: TableDoc, locale: str) -> str:
    """Return a table of values, such as a policy's tiers."""
    rows = [[cell[locale] or "–" for cell in row] for row in held.rows]
    head = [text[locale] for text in held.heads]
    return "\n".join((line(head), line(("---",) * len(head)), *map(line, rows)))


def case_list(cases: Iterable[tuple[str, tuple[str, ...]]], locale: str) -> str:
    """Return the case tables that cover a rule or record, with the names of their cases."""
    lines: list[str] = []
    for path, names in cases:
        lines.append(f"- `{path}`")
        lines += [f"    - {name}" for name in names]
    return "\n".join(lines) or word("none", locale)


def codes(names: Iterable[str]) -> str:
    """Return names as code, in a row."""
    return ", ".join(f"`{name}`" for name in names) or "–"


def word(key: str, locale: str) -> str:
    """Return a heading or label of the reference itself."""
    return WORDS[key][locale]


def label(key: str, locale: str) -> str:
    """Return a label with the colon its language has."""
    return f"{word(key, locale)}：" if locale == "zh" else f"{word(key, locale)}: "


def aside(text: str, remark: str, locale: str) -> str:
    """Return a text with a remark after it, set apart as its language does."""
    return f"{text}{remark}" if locale == "zh" or not remark else f"{text} {remark}"


def listed(items: Iterable[str], locale: str) -> str:
    """Return items in a row, with the comma their language has."""
    return ("、" if locale == "zh" else ", ").join(items)


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
    """Return, for each generated list page, the pages that stand below it in the menu."""
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
