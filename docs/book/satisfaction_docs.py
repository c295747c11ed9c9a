"""
Surveys as sections: items and their scales, questions, whom to ask, how answers are followed up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Final

from book.bilingual import NOTHING, Titles, alike, both, grouped, listed, spoken, titles
from book.cell_docs import (
    apart,
    coded,
    count,
    heads,
    periods,
    row_section,
    rows_named,
    strung,
    titled,
)
from book.clock_docs import target_words
from book.condition_docs import condition_words
from book.labels import policy_link
from book.section_docs import SectionDoc, TableDoc

from bankservice.core.policy import Version
from bankservice.satisfaction.campaigns.kind import SAMPLING_PLAN
from bankservice.satisfaction.campaigns.table import (
    BandRow,
    ContactTable,
    DimensionRow,
    ProgrammeRow,
    QuotaRow,
    SamplingTable,
    StratumRow,
)
from bankservice.satisfaction.follow_up.kind import FOLLOW_UP
from bankservice.satisfaction.follow_up.table import (
    AnswerScaleRow,
    FollowUpTable,
    KeywordRow,
    PromiseRow,
    TriggerRow,
)
from bankservice.satisfaction.questionnaires.items import ITEMS
from bankservice.satisfaction.questionnaires.kind import FEEDBACK_CHANNELS, QUESTIONNAIRE, Question
from bankservice.satisfaction.questionnaires.table import ItemRow, ItemsTable, ScaleRow

__all__ = [
    "SURVEYS",
    "follow_up_sections",
    "item_sections",
    "question_sections",
    "sampling_sections",
]

SURVEYS: Final = (ITEMS.name, QUESTIONNAIRE.name, SAMPLING_PLAN.name, FOLLOW_UP.name)
"""The kinds whose versions are shown here."""

Cells = tuple[Titles, ...]


def _section(name: str, keys: tuple[str, ...], rows: Iterable[Cells]) -> SectionDoc:
    return SectionDoc(spoken("column", name), (), (TableDoc(heads(*keys), tuple(rows)),))


def _codes(codes: Iterable[object]) -> Titles:
    """Return codes in a row."""
    return strung(alike(f"`{code}`") for code in codes)


# --- item banks ---------------------------------------------------------------------------------

_SCALE: Final = ("scale", "made_for", "scale_codes", "good_end", "scale_labels", "scale_classes")
_ITEM: Final = ("item", "asked", "item_kind", "scale", "in_lists", "further")


def item_sections(version: Version[Any]) -> tuple[SectionDoc, ...]:
    """Return what a version says: its scales, its items by dimension, the lists they belong to."""
    written: ItemsTable = version.written
    found = [_section("scales", _SCALE, map(_scale, written.scale))]
    by_dimension = [(row.code, titled(row.title, row.code)) for row in written.dimension]
    tables = []
    for code, title in (*by_dimension, ("", spoken("said", "no-dimension"))):
        rows = tuple(_item(written, row) for row in written.item if row.dimension == code)
        if rows:
            tables.append(TableDoc(heads(*_ITEM), rows, title))
    found.append(SectionDoc(spoken("column", "items_there"), (), tuple(tables)))
    if written.tag:
        lists = ((titled(row.title, row.code), _tagged(written, row.code)) for row in written.tag)
        found.append(_section("item_lists", ("item_list", "items_there"), lists))
    return tuple(found)


def _scale(row: ScaleRow) -> Cells:
    labels = apart(_named(str(held.code), titles(held.title)) for held in row.label)
    classes = apart(
        _named(_span(held.lowest, held.highest), titled(held.title, held.code))
        for held in row.classes
    )
    return (
        titled(row.title, row.code),
        alike(f"`{row.metric}`"),
        alike(_span(row.lowest, row.highest)),
        spoken("said", f"good-{row.good}"),
        labels,
        classes,
    )


def _span(lowest: int, highest: int) -> str:
    """Return codes from one to another."""
    return str(lowest) if lowest == highest else f"{lowest}–{highest}"


def _named(code: str, title: Titles) -> Titles:
    """Return codes of a scale with what they are called."""
    return both(f"`{code}` {title['en']}", f"`{code}` {title['zh']}")


def _tagged(written: ItemsTable, tag: str) -> Titles:
    return _codes(row.code for row in written.item if tag in row.tags)


def _item(written: ItemsTable, row: ItemRow) -> Cells:
    return (
        alike(f"`{row.code}`"),
        titles(row.text),
        spoken("said", f"item-{row.kind}"),
        rows_named(written.scale, [row.scale]) if row.scale else NOTHING,
        _codes(row.tags),
        apart(_remarks(row)),
    )


def _remarks(row: ItemRow) -> Iterator[Titles]:
    if row.measure:
        yield both(f"stands for `{row.measure}`", f"代表 `{row.measure}`")
    if row.aspect != "perception":
        yield spoken("said", f"aspect-{row.aspect}")
    if row.pair:
        yield both(f"beside `{row.pair}`", f"与 `{row.pair}` 成对")
    if row.reverse:
        yield spoken("said", "reverse-keyed")
    if row.product:
        yield coded("vocabulary/product-kinds", [row.product])
    yield _options(row)
    if row.kind == "numeric":
        ends = ("" if end is None else f"{end}" for end in (row.least, row.most))
        yield alike("–".join(ends) if row.least is not None or row.most is not None else "")
    elif row.most is not None:
        unit = "characters" if row.kind == "text" else "options"
        yield both(f"at most {row.most} {unit}", f"至多{row.most}{_UNITS[unit]}")
    if row.kind == "constant-sum":
        yield both(f"{row.total} points in all", f"合计{row.total}分")


_UNITS: Final = {"characters": "字", "options": "项"}


def _options(row: ItemRow) -> Titles:
    """Return what may be chosen: the options, or the vocabulary they come from."""
    if row.tree:
        return both(f"a code of {policy_link(row.tree)}", f"{policy_link(row.tree)} 的代码")
    return strung(titled(option.title, option.code) for option in row.option)


# --- questionnaires -----------------------------------------------------------------------------

_QUESTION: Final = ("place", "asked", "item", "answered_by", "shown_where", "may_be_left")


def question_sections(version: Version[Any]) -> tuple[SectionDoc, ...]:
    """Return the questions of a version in the words of its item bank, the newest that meets it."""
    sheet = version.parameters.sheets[-1]
    rows = (_question(place, held) for place, held in enumerate(sheet.questions.values(), 1))
    return (_section("questions_there", _QUESTION, rows),)


def _question(place: int, held: Question) -> Cells:
    row, item = held.row, held.item
    scale = item.scale
    return (
        count(place),
        titles(item.row.text),
        alike(f"`{row.item}`"),
        titles(scale.title) if scale is not None else _answered(item.row),
        spoken("said", "everybody") if row.when is None else condition_words(row.when),
        NOTHING if row.required else spoken("said", "yes"),
    )


def _answered(row: ItemRow) -> Titles:
    options = _options(row)
    return options if options["en"] else spoken("said", f"item-{row.kind}")


# --- sampling plans -----------------------------------------------------------------------------

_EXPECTED: Final = ("strata", "response_expected", "spread_expected", "answer_cost")
_QUOTA: Final = ("quota", "strata", "most_answers", "when_full")
_PROGRAMME: Final = ("programme_name", "priority", "cool_down")
_LIMIT: Final = ("channels", "cool_down", "most_a_year")


def sampling_sections(version: Version[Any]) -> tuple[SectionDoc, ...]:
    """Return what a version says: strata, what is expected of them, who is left out, how often."""
    written: SamplingTable = version.written
    found = []
    if written.dimension:
        keys = ("dimension", "fact", "bands")
        found.append(_section("strata_by", keys, map(_dimension, written.dimension)))
    if written.stratum:
        expected = (_stratum(written, row) for row in written.stratum)
        found.append(_section("strata_expected", _EXPECTED, expected))
    if written.quota:
        quotas = (_quota(written, row) for row in written.quota)
        found.append(_section("quotas", _QUOTA, quotas))
    if written.exclusion:
        excluded = ((titled(row.title, row.code),) for row in written.exclusion)
        found.append(_section("not_asked", ("why_quiet",), excluded))
    if written.programme:
        found.append(_section("programmes", _PROGRAMME, map(_programme, written.programme)))
    return (*found, _contact(written.contact))


def _dimension(row: DimensionRow) -> Cells:
    return titled(row.title, row.code), alike(f"`{row.fact or row.code}`"), apart(_bands(row.band))


def _bands(rows: Iterable[BandRow]) -> Iterator[Titles]:
    for row in rows:
        told = titled(row.title, row.code)
        if row.values:
            held = [f"`{value}`" for value in row.values]
            yield both(f"{told['en']}: {listed(held, 'en')}", f"{told['zh']}：{listed(held, 'zh')}")
        else:
            ends = _stretch(row)
            yield both(f"{told['en']}: {ends['en']}", f"{told['zh']}：{ends['zh']}")


def _stretch(row: BandRow) -> Titles:
    low, high = (
        None if end is None else grouped(str(end)) for end in (row.at_least, row.less_than)
    )
    if low is None:
        return both(f"below {high}", f"不足{high}")
    if high is None:
        return both(f"{low} or more", f"{low}及以上")
    return both(f"{low} to below {high}", f"{low}至不足{high}")


def _where(written: SamplingTable, row: StratumRow | QuotaRow) -> Titles:
    """Return which strata a row is about, by the titles of their bands."""
    known = {dimension.code: dimension for dimension in written.dimension}
    told = []
    for name, codes in row.where.items():
        bands = rows_named(known[name].band, codes)
        title = titles(known[name].title)
        told.append(both(f"{title['en']}: {bands['en']}", f"{title['zh']}：{bands['zh']}"))
    return apart(told) if told else spoken("said", "every-stratum")


def _stratum(written: SamplingTable, row: StratumRow) -> Cells:
    numbers = (row.response, row.spread, row.cost)
    return _where(written, row), *(alike("" if n is None else str(n)) for n in numbers)


def _quota(written: SamplingTable, row: QuotaRow) -> Cells:
    full = spoken("said", "quota-hard" if row.hard else "quota-soft")
    return titled(row.title, row.code), _where(written, row), count(row.most), full


def _programme(row: ProgrammeRow) -> Cells:
    return titled(row.title, row.code), count(row.priority), periods(row.cool_down)


def _contact(contact: ContactTable) -> SectionDoc:
    """Return how often customers are asked by which channel, and when not."""
    every = (spoken("said", "every-channel"), periods(contact.cool_down))
    limits = [(*every, count(contact.most_a_year))]
    for row in contact.channel:
        channel = coded(FEEDBACK_CHANNELS, [row.channel])
        limits.append((channel, periods(row.cool_down), count(row.most_a_year)))
    tables = [TableDoc(heads(*_LIMIT), tuple(limits))]
    if contact.quiet:
        quiet = tuple(
            (
                alike(f"{row.start:%H:%M}–{row.until:%H:%M}"),
                coded(FEEDBACK_CHANNELS, row.channels) if row.channels else every[0],
            )
            for row in contact.quiet
        )
        tables.append(TableDoc(heads("quiet_hours", "channels"), quiet))
    return SectionDoc(spoken("column", "how_often"), (), tuple(tables))


# --- follow-ups ---------------------------------------------------------------------------------

_TRIGGER: Final = ("trigger", "row_when", "priority", "team")
_CLOCK: Final = ("clock", "due", "runs", "warn", "told")
_CLASSES: Final = ("scale", "scale_codes", "class_low", "class_high")


def follow_up_sections(version: Version[Any]) -> tuple[SectionDoc, ...]:
    """Return what a version says: triggers, clocks, classes of scales, words that are looked for."""
    written: FollowUpTable = version.written
    tell = partial(_trigger, written)
    found = [
        row_section(version, "triggers", written.trigger, tell, _TRIGGER),
        row_section(version, "clocks", written.clock, _clock, _CLOCK),
    ]
    if written.scale:
        found.append(row_section(version, "classes_of_scales", written.scale, _classes, _CLASSES))
    if written.keyword:
        keys = ("word_class", "words_there")
        found.append(_section("words_looked_for", keys, map(_keyword, written.keyword)))
    return tuple(found)


def _trigger(written: FollowUpTable, row: TriggerRow) -> Cells:
    return (
        titled(row.title, row.code),
        condition_words(row.when),
        count(row.priority),
        coded(written.departments, [row.team]) if row.team else NOTHING,
    )


def _clock(row: PromiseRow) -> Cells:
    return (
        alike(f"`{row.name}`"),
        titles(row.title),
        target_words(row.target, row.unit),
        _codes(row.warn),
        coded("vocabulary/roles", row.tell),
    )


def _classes(row: AnswerScaleRow) -> Cells:
    low, high = (alike(", ".join(map(str, codes))) for codes in (row.low, row.high))
    return alike(f"`{row.code}`"), alike(_span(row.lowest, row.highest)), low, high


def _keyword(row: KeywordRow) -> Cells:
    return titled(row.title, row.code), strung(alike(word) for word in row.words)
