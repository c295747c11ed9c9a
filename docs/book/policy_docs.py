"""
Policies: their kinds, their versions with what these say, the shared codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, get_origin

import attrs
from book.bilingual import (
    LOCALES,
    NOTHING,
    Titles,
    alike,
    both,
    each,
    grouped,
    listed,
    period,
    spoken,
    titles,
    written_words,
)
from book.clock_docs import BOOK, LEVELS, REGIME, book_sections, level_sections, regime_sections
from book.condition_docs import condition_words
from book.docstrings import own_doc
from book.dormancy_docs import DORMANCY, dormancy_sections
from book.entitlements_docs import ENTITLEMENTS, entitlements_sections
from book.field_docs import PartDoc, attrs_classes, fields_of, hints_of, part_of, parts_of
from book.groups_docs import GROUPS, groups_sections
from book.labels import has_words, policy_link, said
from book.offers_docs import OFFERS, offers_sections
from book.outlook_docs import OUTLOOK, outlook_sections
from book.programme_docs import PROGRAMME, programme_sections
from book.register_docs import REGISTER, register_sections
from book.satisfaction_docs import (
    follow_up_sections,
    item_sections,
    question_sections,
    sampling_sections,
)
from book.section_docs import SectionDoc, TableDoc
from book.treatments_docs import TREATMENTS, treatments_sections
from book.wealth_docs import WEALTH, wealth_sections

from bankservice import policies
from bankservice.core import vocabulary
from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.conditions import AllOf, AnyOf, Comparison, Not
from bankservice.core.opening import WeekHours
from bankservice.core.plain import to_json
from bankservice.core.policy import Kind, Policy, Title, Version
from bankservice.satisfaction.campaigns.kind import SAMPLING_PLAN
from bankservice.satisfaction.follow_up.kind import FOLLOW_UP
from bankservice.satisfaction.questionnaires.items import ITEMS
from bankservice.satisfaction.questionnaires.kind import QUESTIONNAIRE

__all__ = [
    "KindDoc",
    "PolicyDoc",
    "TreeDoc",
    "VersionDoc",
    "is_table",
    "kind_doc",
    "policy_doc",
    "tree_docs",
    "value_words",
    "version_doc",
    "week_words",
]


@attrs.frozen(kw_only=True)
class VersionDoc:
    """
    One dated version of a policy.

    Attributes:
        keys: Parameters with their values, defaults included: (path, value, whether it is stated,
            meaning).
        tables: Rows of the version, such as tiers.
        sections: What takes more than a row, such as the clocks of a regime.
        cites: Sources of single rows, by code.
    """

    since: str
    known_on: str
    ends_on: str
    digest: str
    approval: str
    applies_to: str
    source: Citation
    keys: tuple[tuple[str, Titles, bool, Titles], ...]
    tables: tuple[TableDoc, ...]
    sections: tuple[SectionDoc, ...]
    cites: tuple[tuple[str, Citation], ...]


@attrs.frozen(kw_only=True)
class PolicyDoc:
    """One shipped policy with all its versions, oldest first."""

    id: str
    domain: str
    kind: str
    title: Titles
    versions: tuple[VersionDoc, ...]


@attrs.frozen
class CodeDoc:
    """One code of a tree; `depth` is 0 at the top."""

    code: str
    title: Titles
    depth: int
    tags: tuple[str, ...]
    ours: bool


@attrs.frozen
class TreeDoc:
    """One shared code tree, its codes in reading order."""

    id: str
    title: Titles
    codes: tuple[CodeDoc, ...]


@attrs.frozen
class KindDoc:
    """One kind of policy: the keys of its versions, those of nested tables, and cohort facts."""

    name: str
    meaning: Titles
    keys: PartDoc
    parts: tuple[PartDoc, ...]
    cohort: tuple[tuple[str, str], ...]


def kind_doc(kind: Kind[Any, Any]) -> KindDoc:
    """Return one kind of policy."""
    return KindDoc(
        kind.name,
        spoken("kind", kind.name, own_doc(kind.schema)),
        part_of(kind.schema),
        parts_of(kind.schema),
        tuple((name, fact.tree or fact.type) for name, fact in kind.cohort.items()),
    )


def policy_doc(policy: Policy[Any]) -> PolicyDoc:
    """Return one policy."""
    return PolicyDoc(
        id=policy.id,
        domain=policy.id.partition("/")[0],
        kind=policy.kind.name,
        title=titles(policy.title),
        versions=tuple(map(version_doc, policy.versions)),
    )


_SECTIONS: Final[Mapping[str, Callable[[Version[Any]], tuple[SectionDoc, ...]]]] = {
    BOOK.name: book_sections,
    DORMANCY: dormancy_sections,
    ENTITLEMENTS: entitlements_sections,
    GROUPS: groups_sections,
    REGIME.name: regime_sections,
    LEVELS.name: level_sections,
    OFFERS: offers_sections,
    OUTLOOK: outlook_sections,
    PROGRAMME: programme_sections,
    REGISTER: register_sections,
    FOLLOW_UP.name: follow_up_sections,
    ITEMS.name: item_sections,
    QUESTIONNAIRE.name: question_sections,
    SAMPLING_PLAN.name: sampling_sections,
    TREATMENTS: treatments_sections,
    WEALTH: wealth_sections,
}
"""Kinds whose versions take more than tables of keys and rows."""


def version_doc(version: Version[Any]) -> VersionDoc:
    """Return one version: its single keys as a list, its rows as tables or sections."""
    written, approval = version.written, version.approval
    rows = [
        name
        for name, hint in hints_of(version.kind.schema).items()
        if get_origin(hint) is tuple and list(attrs_classes(hint))
    ]
    tell = _SECTIONS.get(version.kind.name)
    told = [] if tell is not None else [name for name in rows if getattr(written, name)]
    if version.kind.name == BOOK.name:
        rows.append("regimes")  # the section has them side by side
    return VersionDoc(
        since=str(version.since),
        known_on=str(version.ref.known_on),
        ends_on="" if version.ends_on is None else str(version.ends_on),
        digest=version.ref.digest,
        approval=""
        if approval is None
        else ", ".join(filter(None, (approval.by, str(approval.on), approval.document))),
        applies_to=version.cohort,
        source=version.source,
        keys=tuple(_keys(written, rows)),
        tables=tuple(_table(version, name) for name in told),
        sections=() if tell is None else tell(version),
        cites=tuple(
            (row.code, row.source)
            for name in told
            for row in getattr(written, name)
            if getattr(row, "source", None) is not None
        ),
    )


def _keys(
    written: Any, rows: Iterable[str], path: str = ""
) -> Iterator[tuple[str, Titles, bool, Titles]]:
    stated = to_json(written)
    meanings = {field.name: field.meaning for field in fields_of(type(written))}
    for field in attrs.fields(type(written)):
        value = getattr(written, field.name)
        if field.name in rows or value is None or value in ("", ()) or value == {}:
            continue
        name = f"{path}{field.name}"
        if path and isinstance(value, tuple) and is_table(value[0]):
            continue  # rows inside a table of keys: a section has them
        if is_table(value):
            yield from _keys(value, (), f"{name}.")
        else:
            yield name, value_words(value), field.name in stated, meanings[field.name]


def is_table(value: Any) -> bool:
    """Tell whether a value is a table of keys, and not written in a form of its own."""
    plain = isinstance(value, (Period, Title, Comparison, AllOf, AnyOf, Not))
    return attrs.has(type(value)) and not plain and not hasattr(value, "__written__")


def value_words(value: Any) -> Titles:
    """Return a value of a policy as people write it."""
    if isinstance(value, Title):
        return titles(value)
    if isinstance(value, Period):
        return each(lambda locale: period(value, locale))
    if isinstance(value, (Comparison, AllOf, AnyOf, Not)):
        return condition_words(value)
    if isinstance(value, WeekHours):
        return week_words(value)
    if isinstance(value, bool):
        return both("yes" if value else "no", "是" if value else "否")
    if isinstance(value, Mapping) and any(isinstance(item, Title) for item in value.values()):
        return each(
            lambda locale: ", ".join(f"{key}: {item.of(locale)}" for key, item in value.items())
        )
    written = to_json(value)
    if isinstance(written, list):
        told = [_text(item) for item in written]
        return each(lambda locale: listed([text[locale] for text in told], locale))
    if isinstance(written, dict):
        return alike(", ".join(f"{key} = {_text(item)['en']}" for key, item in written.items()))
    return _text(written)


def _text(written: Any) -> Titles:
    """Return a single value; the id of another policy is a link, a code has its Chinese."""
    text = str(written)
    return said(text) if has_words(text) else alike(policy_link(text) or text)


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def week_words(hours: WeekHours) -> Titles:
    """Return opening hours by weekday, days of the same hours together."""
    if hours.days is None:
        return spoken("said", "always")
    groups: list[tuple[list[str], tuple[str, ...]]] = []
    for day in _DAYS:
        held = tuple(hours.days.get(day, ()))
        if groups and groups[-1][1] == held:
            groups[-1][0].append(day)
        else:
            groups.append(([day], held))
    return each(
        lambda locale: ("；" if locale == "zh" else "; ").join(
            _opened(days, held, locale) for days, held in groups
        )
    )


def _opened(days: list[str], held: tuple[str, ...], locale: str) -> str:
    names = [spoken("said", day)[locale] for day in days]
    span = (
        names[0] if len(names) == 1 else f"{names[0]}{'至' if locale == 'zh' else '–'}{names[-1]}"
    )
    whole = held == ("00:00-24:00",)
    when = spoken("said", "whole-day" if whole else "closed")[locale]
    return f"{span} {', '.join(held) if held and not whole else when}"


def _table(version: Version[Any], name: str) -> TableDoc:
    """Return rows as a table: a column for each key that some row states."""
    rows = getattr(version.written, name)
    plain = [to_json(row) for row in rows]
    shown = [
        field.name
        for field in attrs.fields(type(rows[0]))
        if field.name != "source" and any(field.name in row for row in plain)
    ]
    if "title" in shown and "code" in shown:
        shown.remove("title")
        shown.insert(shown.index("code") + 1, "title")
    if "enter" in shown and "retain" not in shown:
        shown.insert(shown.index("enter") + 1, "retain")
    return TableDoc(
        tuple(column_words(key, name) for key in shown),
        tuple(tuple(_cell(version, row, key) for key in shown) for row in rows),
        spoken("table-head", name),
    )


def column_words(key: str, rows: str = "") -> Titles:
    """Return the head of a column; that of the rows called *rows* where they have one of their own."""
    own = f"{rows}.{key}"
    if own in written_words()["column"]:
        return spoken("column", own)
    return spoken("column", key, key.replace("_", " ").capitalize())


_TREES = {"department": "vocabulary/departments", "role": "vocabulary/roles"}
"""Keys of rows that hold a code of a tree."""


def _cell(version: Version[Any], row: Any, key: str) -> Titles:
    value = getattr(row, key)
    if key == "code":
        return alike(f"`{value}`")
    if key in _TREES:
        held = policies.load(_TREES[key]).versions[-1].parameters[value]
        return both(f"{held.title.en} (`{value}`)", f"{held.title.zh}（`{value}`）")
    if key in ("enter", "retain", "money") and hasattr(version.written, "currency"):
        return _amount(version, value or getattr(row, "enter", ""))
    if key == "services":
        known = version.parameters.service_titles
        return each(lambda locale: listed([known[code].of(locale) for code in value], locale))
    if key == "qualify":
        return alike("; ".join(_level(level) for level in value))
    if key == "when" and value is None:
        return spoken("said", "otherwise")
    if value is None or value in ((), False):
        return NOTHING
    return value_words(value)


def _amount(version: Version[Any], held: str) -> Titles:
    unit = getattr(version.written, "unit", None)
    tail = titles(unit) if unit else alike(version.written.currency)
    return {n: f"{grouped(held)} {tail[n]}" if held else "" for n in LOCALES}


def _level(level: Any) -> str:
    kept = f" / {grouped(level.retain)}" if level.retain else ""
    return f"{level.measure}: {grouped(level.enter)}{kept}"


def tree_docs() -> Iterator[TreeDoc]:
    """Yield every shared code tree, newest version, by id."""
    for policy_id in policies.shelf().shipped():
        policy: Policy[Any] = policies.load(policy_id)
        if policy.kind is vocabulary.VOCABULARY:
            tree: vocabulary.Tree = policy.versions[-1].parameters
            yield TreeDoc(policy.id, titles(policy.title), tuple(_codes(tree, "", 0)))


def _codes(tree: vocabulary.Tree, under: str, depth: int) -> Iterator[CodeDoc]:
    for code in tree.children(under):
        held = tree[code]
        yield CodeDoc(code, titles(held.title), depth, held.tags, held.ours)
        yield from _codes(tree, code, depth + 1)
