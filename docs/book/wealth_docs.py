"""
Classes of wealth and investors as sections: each class with the limbs of its definition.
"""

from __future__ import annotations

from typing import Any, Final

from book.bilingual import NOTHING, Titles, alike, both, grouped, spoken
from book.cell_docs import Source, heads, sourced, titled
from book.condition_docs import condition_words
from book.section_docs import SectionDoc, TableDoc

from bankservice.core.policy import Version
from bankservice.segmentation.wealth.table import COUNTS, ClassRow, Group, Limb, WealthTable

__all__ = ["WEALTH", "level_words", "need_words", "wealth_sections"]

WEALTH: Final = "segmentation.wealth-classes"


def wealth_sections(version: Version[Any]) -> tuple[SectionDoc, ...]:
    """Return what a version says: a section for each class."""
    written: WealthTable = version.written
    tell = sourced(version)
    return tuple(_class(row, written.currency, tell) for row in written.wealth_class)


def _class(row: ClassRow, currency: str, tell: Source) -> SectionDoc:
    lines = (
        ("applies", condition_words(row.when)),
        ("source", NOTHING if row.source is None else tell(row.source)),
    )
    return SectionDoc(
        titled(row.title, row.code),
        lines,
        tuple(_group(held, currency, tell) for held in row.group),
    )


def _group(held: Group, currency: str, tell: Source) -> TableDoc:
    """Return limbs as a table, headed with how many of them must be met."""
    cells = tuple(
        (
            titled(limb.title, limb.code),
            level_words(limb, currency),
            condition_words(limb.when),
            NOTHING if limb.source is None else tell(limb.source),
        )
        for limb in held.limb
    )
    return TableDoc(heads("limb", "level", "row_when", "source"), cells, need_words(held))


def need_words(held: Group) -> Titles:
    """Return how many limbs of a group must be met; empty for a single one."""
    if len(held.limb) == 1:
        return NOTHING
    if held.need == len(held.limb):
        return spoken("said", "all-limbs")
    if held.need == 1:
        return spoken("said", "any-limb")
    return both(f"At least {held.need} of these", f"至少满足其中 {held.need} 项")


def level_words(limb: Limb, currency: str) -> Titles:
    """Return the amount or number a limb asks for, of how many years or quarters."""
    if not limb.fact:
        return NOTHING
    sign, bound = ("≥", limb.at_least) if limb.at_least is not None else (">", limb.more_than)
    unit = "" if limb.fact in COUNTS else f" {currency}"
    told = alike(f"`{limb.fact}` {sign} {grouped(str(bound))}{unit}")
    if limb.over is None or limb.last is None:
        return told
    name, one = ("quarter", "个季度") if limb.fact == "trades" else ("year", "年")
    plural = "" if limb.last == 1 else "s"
    en, zh = f"the last {limb.last} {name}{plural}", f"最近 {limb.last} {one}"
    if limb.over == "each":
        return both(f"{told['en']}, in each of {en}", f"{told['zh']}，{zh}各自达到")
    return both(f"{told['en']}, on average over {en}", f"{told['zh']}，按{zh}平均")
