"""
Entitlements as sections: what is given to whom, and what is kept back.
"""

from __future__ import annotations

from typing import Any, Final

from book.bilingual import Titles, spoken
from book.cell_docs import coded, row_section, titled
from book.condition_docs import condition_words
from book.section_docs import SectionDoc

from bankservice.core.policy import Version
from bankservice.segmentation.entitling.table import EntitlementsTable, GrantRow, WithholdRow

__all__ = ["ENTITLEMENTS", "entitlements_sections"]

ENTITLEMENTS: Final = "segmentation.entitlements"
_KEYS: Final = ("class_name", "row_when", "services")
_SERVICES: Final = "vocabulary/services"


def entitlements_sections(version: Version[Any]) -> tuple[SectionDoc, ...]:
    """Return what a version of entitlements says: the rows that give, then those that keep back."""
    written: EntitlementsTable = version.written
    found = [row_section(version, "grants", written.grant, _row, _KEYS)]
    if written.withhold:
        found.append(row_section(version, "withholds", written.withhold, _row, _KEYS))
    return tuple(found)


def _row(row: GrantRow | WithholdRow) -> tuple[Titles, ...]:
    when = spoken("said", "everybody") if row.when is None else condition_words(row.when)
    return titled(row.title, row.code), when, coded(_SERVICES, row.services)
