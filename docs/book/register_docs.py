"""
Registers of facts as sections: what each fact is, what may look at it, what may not and why.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from book.bilingual import NOTHING, Titles, alike, both, spoken, titles
from book.cell_docs import apart, heads, sourced, strung, titled
from book.field_docs import PLAIN
from book.labels import listed_codes, policy_link, said
from book.section_docs import SectionDoc, TableDoc

from bankservice.core.fact_register import FACT_REGISTER, Barred, RegisteredFact, RegisterTable
from bankservice.core.policy import Version

__all__ = ["REGISTER", "register_sections"]

REGISTER: Final = FACT_REGISTER.name
_FORMS: Final = {"boolean": bool, "date": date, "integer": int, "number": Decimal, "text": str}


def register_sections(version: Version[Any]) -> tuple[SectionDoc, ...]:
    """Return what a version of a register says: its facts, and those kept from a use."""
    written: RegisterTable = version.written
    facts = tuple(
        (titled(fact.title, fact.code), _form(fact), listed_codes(fact.uses))
        for fact in written.known
    )
    found = [_section("facts_there", TableDoc(heads("fact", "written_as", "used_for"), facts))]
    barred = tuple(_barred(version, written.known))
    if barred:
        table = TableDoc(heads("fact", "kept_from", "why_barred", "source"), barred)
        found.append(_section("facts_barred", table))
    return tuple(found)


def _section(name: str, table: TableDoc) -> SectionDoc:
    return SectionDoc(spoken("column", name), (), (table,))


def _form(fact: RegisteredFact) -> Titles:
    """Return how a fact is written, with the words and bounds it has."""
    if fact.tree:
        return alike(policy_link(fact.tree) or f"`{fact.tree}`")
    held = spoken("said", "set-of-words") if fact.type == "set" else PLAIN[_FORMS[fact.type]]
    words = strung(alike(f"`{word}`") for word in fact.words)
    return apart((held, words, _bounds(fact)))


def _bounds(fact: RegisteredFact) -> Titles:
    least, most = fact.least, fact.most
    if least is None and most is None:
        return NOTHING
    if most is None:
        return both(f"at least {least:,}", f"至少 {least:,}")
    if least is None:
        return both(f"at most {most:,}", f"至多 {most:,}")
    return both(f"{least:,} to {most:,}", f"{least:,} 至 {most:,}")


def _barred(
    version: Version[Any], facts: Iterable[RegisteredFact]
) -> Iterable[tuple[Titles, Titles, Titles, Titles]]:
    """Yield the bars of each fact, those of one reason and source together."""
    tell = sourced(version)
    for fact in facts:
        held: dict[tuple[str, object], list[Barred]] = {}
        for bar in fact.barred:
            held.setdefault((bar.why.en, bar.source), []).append(bar)
        for bars in held.values():
            uses = [said(bar.use) for bar in bars]
            source = NOTHING if bars[0].source is None else tell(bars[0].source)
            yield titled(fact.title, fact.code), strung(uses), titles(bars[0].why), source
