"""
Treatments as sections: what is meant for whom, how often at most, who is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from book.bilingual import NOTHING, Titles, alike, both, each, period, spoken
from book.cell_docs import apart, coded, heads, periods, row_section, strung, titled
from book.condition_docs import condition_words
from book.labels import said
from book.section_docs import SectionDoc, TableDoc

from bankservice.core.policy import Version
from bankservice.lifecycle.care.table import CapRow, QuietRow, TreatmentRow, TreatmentsTable

__all__ = ["TREATMENTS", "treatments_sections"]

TREATMENTS: Final = "lifecycle.treatments"
_CHANNELS: Final = "vocabulary/channels"

Cells = tuple[Titles, ...]

_TREATMENT: Final = (
    "treatment_name",
    "treatment_kind",
    "row_when",
    "deliver_within",
    "cool_down",
    "most_times",
    "channels",
    "aim",
    "further",
)


def treatments_sections(version: Version[Any]) -> tuple[SectionDoc, ...]:
    """Return what a version says: the treatments, caps over them, and who is left alone."""
    written: TreatmentsTable = version.written
    tell = partial(_treatment, written)
    found = [row_section(version, "treatments_there", written.treatment, tell, _TREATMENT)]
    if written.quiet:
        keys = ("why_quiet", "treatment_kind", "row_when")
        found.append(
            row_section(version, "left_alone", written.quiet, partial(_quiet, written), keys)
        )
    table = TableDoc(heads("term", "says"), tuple(_terms(written)))
    found.append(SectionDoc(spoken("column", "terms"), (), (table,)))
    return tuple(found)


def _treatment(written: TreatmentsTable, row: TreatmentRow) -> Cells:
    return (
        titled(row.title, row.code),
        coded(written.kinds, (row.kind,)),
        spoken("said", "everybody") if row.when is None else condition_words(row.when),
        periods(row.within),
        periods(row.cool_down),
        NOTHING if row.cap is None else _cap(written, row.cap),
        coded(_CHANNELS, row.channels),
        _aim(row),
        strung(_remarks(row)),
    )


def _cap(written: TreatmentsTable, cap: CapRow) -> Titles:
    span = each(partial(period, cap.period))
    of = coded(written.kinds, cap.kinds) if cap.kinds else NOTHING
    return both(
        f"{cap.count} in {span['en']}{': ' if of['en'] else ''}{of['en']}",
        f"{span['zh']}内 {cap.count} 次{'：' if of['zh'] else ''}{of['zh']}",
    )


def _aim(row: TreatmentRow) -> Titles:
    if row.aim is None:
        return NOTHING
    span, stage = each(partial(period, row.aim.within)), said(f"stage-{row.aim.stage.value}")
    return both(f"{stage['en']} within {span['en']}", f"{span['zh']}内为{stage['zh']}")


_PRIORITY: Final = 100
"""Priority of a treatment that states none."""


def _remarks(row: TreatmentRow) -> Iterable[Titles]:
    if row.priority != _PRIORITY:
        yield both(f"priority {row.priority}", f"优先序 {row.priority}")
    if row.once_per_stage:
        yield spoken("said", "once-per-stage")
    if row.cool_down_over == "kind":
        yield spoken("said", "cools-by-kind")
    if row.group:
        yield both(f"only the first of `{row.group}`", f"`{row.group}` 之中只取第一项")
    if row.needs_consent:
        yield both(f"needs consent to `{row.needs_consent}`", f"须同意 `{row.needs_consent}`")


def _quiet(written: TreatmentsTable, row: QuietRow) -> Cells:
    kinds = coded(written.kinds, row.kinds) if row.kinds else spoken("said", "every-kind")
    return titled(row.title, row.code), kinds, condition_words(row.when)


def _terms(written: TreatmentsTable) -> Iterable[Cells]:
    caps = apart(_cap(written, cap) for cap in written.cap)
    none = both("no limit", "不设上限")
    yield spoken("column", "term.most_in_all"), caps if written.cap else none
    declined = periods(written.after_decline)
    told = both(f"none of its kind for {declined['en']}", f"{declined['zh']}内不再提出同种的")
    yield (
        spoken("column", "term.after_decline"),
        told if written.after_decline else both("nothing follows", "不作规定"),
    )
    yield (
        spoken("column", "term.expired"),
        both("counts like one that was delivered", "如已送达一样计算")
        if written.expired_counts
        else both("counts for nothing", "不计"),
    )
    yield spoken("column", "term.days"), alike(f"`{written.zone}`")
