"""
Case tables as plain values: what each case states, and what it expects.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import attrs
from book.bilingual import DOCS
from book.example_docs import StepDoc, cases_by_name
from book.json_text import example_text, written
from book.scenario_docs import step_doc

from bankservice.testing.cases import Case

__all__ = ["CaseDoc", "CaseTableDoc", "case_tables"]

_LONGEST: Final = 400
"""So many characters of a case's facts, or of what it expects, are shown; its file has all."""


@attrs.frozen(kw_only=True)
class CaseDoc:
    """
    One case.

    Attributes:
        given: The facts by name, as JSON.
        wanted: What is expected, by path, as JSON.
        steps: The steps of a scenario.
    """

    name: str
    given: tuple[tuple[str, str], ...] = ()
    wanted: tuple[tuple[str, str], ...] = ()
    steps: tuple[StepDoc, ...] = ()


@attrs.frozen(kw_only=True)
class CaseTableDoc:
    """One case table: its file, the policies it is decided under, its cases."""

    path: str
    policies: tuple[str, ...]
    cases: tuple[CaseDoc, ...]


@cache
def case_tables(name: str) -> tuple[CaseTableDoc, ...]:
    """Return the case tables of a rule or a record, by file."""
    tables: dict[str, list[Case]] = {}
    for case in cases_by_name().get(name, ()):
        tables.setdefault(case.where, []).append(case)
    return tuple(
        CaseTableDoc(
            path=Path(where).relative_to(DOCS.parent).as_posix(),
            policies=tuple(policy.id for policy in held[0].held),
            cases=tuple(map(_case, held)),
        )
        for where, held in sorted(tables.items())
    )


def _case(case: Case) -> CaseDoc:
    raw: Mapping[str, Any] = case.raw
    return CaseDoc(
        name=str(raw.get("name", "")),
        given=_parts(raw.get("facts", {})),
        wanted=(
            *_parts(raw.get("expect", {})),
            *((path, "–") for path in raw.get("absent", ())),
        ),
        steps=tuple(map(step_doc, raw.get("step", ()))),
    )


def _parts(table: Any) -> tuple[tuple[str, str], ...]:
    """Return a table by name; what is too long for a page ends in a sign that it goes on."""
    if not isinstance(table, Mapping):
        return (("", _cut(example_text(written(table)))),)
    return tuple((str(name), _cut(example_text(written(part)))) for name, part in table.items())


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 2]} …"
