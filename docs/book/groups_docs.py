"""
Groups as sections: who is screened, what is analysed, composite segments, potential groups.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from book.bilingual import NOTHING, Titles, alike, both, spoken, titles
from book.cell_docs import coded, heads, row_section, strung, titled
from book.condition_docs import condition_words
from book.labels import said
from book.section_docs import SectionDoc, TableDoc

from bankservice import policies
from bankservice.core.fact_register import Register
from bankservice.core.policy import Version
from bankservice.segmentation.grouping.table import (
    AgeBand,
    BehaviourRow,
    Codes,
    GroupsTable,
    NeedRow,
    PotentialRow,
    ScreenRow,
    SegmentRow,
)

__all__ = ["GROUPS", "groups_sections"]

GROUPS: Final = "segmentation.groups"

Cells = tuple[Titles, ...]


def groups_sections(version: Version[Any]) -> tuple[SectionDoc, ...]:
    """Return what a version of groups says, step by step."""
    written: GroupsTable = version.written
    found: list[SectionDoc] = []
    keys: tuple[str, ...]
    if written.positioning is not None:
        table = TableDoc(heads("says"), ((titles(written.positioning),),))
        found.append(SectionDoc(spoken("column", "positioning"), (), (table,)))
    if written.screen:
        found.append(
            row_section(
                version, "screen", written.screen, _screened, ("row", "screened", "row_when")
            )
        )
    if written.behaviour:
        keys = ("behaviour_name", "row_when")
        found.append(row_section(version, "behaviours", written.behaviour, _row, keys))
    if written.need:
        keys = ("need_name", "need_kind", "row_when")
        found.append(row_section(version, "needs_there", written.need, _need, keys))
    if written.segment:
        register: Register = policies.load(written.facts).versions[-1].parameters
        found.append(
            row_section(
                version, "segments_there", written.segment, partial(_segment, register), _SEGMENT
            )
        )
    if written.potential:
        keys = ("potential_name", "row_when")
        found.append(row_section(version, "potential_there", written.potential, _row, keys))
    return tuple(found)


def _screened(row: ScreenRow) -> Cells:
    when = spoken("said", "otherwise") if row.when is None else condition_words(row.when)
    return titled(row.title, row.code), said(f"screen-{row.outcome}"), when


def _row(row: BehaviourRow | PotentialRow) -> Cells:
    return titled(row.title, row.code), condition_words(row.when)


def _need(row: NeedRow) -> Cells:
    return titled(row.title, row.code), said(f"need-{row.kind}"), condition_words(row.when)


_SEGMENT: Final = (
    "segment_name",
    "tier",
    "behaviour_name",
    "customer_kind",
    "region",
    "industry",
    "age",
    "further",
)


def _segment(register: Register, row: SegmentRow) -> Cells:
    return (
        titled(row.title, row.code),
        _codes("", row.tier),
        _codes("", row.behaviour),
        *(
            _codes(register.facts[name].tree, getattr(row, name))
            for name in ("customer_kind", "region", "industry")
        ),
        _age(row.age),
        condition_words(row.when),
    )


def _codes(tree: str, held: Codes | None) -> Titles:
    """Return the codes of a dimension, of which any will do; empty for any at all."""
    if held is None:
        return NOTHING
    if tree:
        return coded(tree, held.any_of)
    return strung(alike(f"`{code}`") for code in held.any_of)


def _age(held: AgeBand | None) -> Titles:
    if held is None:
        return NOTHING
    return both(
        f"from {held.since} to before {held.until}", f"{held.since} 岁起、{held.until} 岁前"
    )
