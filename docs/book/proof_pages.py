"""
What proves a rule or a record, on pages: a whole example, case tables, faults of others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from book.bilingual import listed
from book.case_docs import CaseTableDoc
from book.example_docs import ExampleDoc, StepDoc
from book.fault_docs import FaultDoc, FaultFileDoc
from book.labels import aside, bracketed, label, policy_link, word
from book.pieces import code, folded, page, table

from bankservice import policies

__all__ = ["case_sections", "example_parts", "fault_parts", "faults_page"]

_SHORT: Final = 24
"""Lines of an outcome that stand open; a longer one is folded away."""
_FEW: Final = 8
"""So many faults stand open; more are folded away."""


def example_parts(example: ExampleDoc | None, locale: str) -> list[str]:
    """Return the whole example: facts, outcome and why, or the steps of a scenario."""
    if example is None:
        return [word("none", locale)]
    under = [policy_link(policy) or f"`{policy}`" for policy in example.policies]
    head = [
        f"- {label('case', locale)}{example.case}",
        f"- {label('case_table', locale)}`{example.file}`",
    ]
    if under:
        head.append(f"- {label('decided_under', locale)}{listed(under, locale)}")
    parts = ["\n".join(head)]
    if example.steps:
        parts += [f"**{word('steps', locale)}**", _steps([("", example.steps)], locale)]
        parts += _json("seen_then", example.outcome, locale)
    else:
        parts += _json("facts", example.facts, locale)
        parts += _json("outcome_short", example.outcome, locale)
    return [*parts, f"**{word('why', locale)}**", f"```text\n{example.words[locale]}\n```"]


def _json(title: str, text: str, locale: str) -> list[str]:
    block = f"```json\n{text}\n```"
    if text.count("\n") < _SHORT:
        return [f"**{word(title, locale)}**", block]
    return [folded(word(title, locale), block)]


def case_sections(tables: Iterable[CaseTableDoc], locale: str) -> list[str]:
    """Return the case tables, each folded under its name."""
    return [_case_table(held, locale) for held in tables] or [word("none", locale)]


def _case_table(held: CaseTableDoc, locale: str) -> str:
    title = aside(held.path, bracketed(str(len(held.cases)), locale), locale)
    under = [policy_link(policy) or f"`{policy}`" for policy in held.policies]
    lead = f"{label('decided_under', locale)}{listed(under, locale)}" if under else ""
    if any(case.steps for case in held.cases):
        return folded(title, lead, _steps([(c.name, c.steps) for c in held.cases], locale))
    rows = [(case.name, _pairs(case.given), _pairs(case.wanted)) for case in held.cases]
    return folded(title, lead, table(("case", "facts", "expected"), rows, locale))


def _pairs(pairs: tuple[tuple[str, str], ...]) -> str:
    return "<br>".join(code(f"{name} = {text}" if name else text) for name, text in pairs)


def _steps(scenarios: Iterable[tuple[str, tuple[StepDoc, ...]]], locale: str) -> str:
    """Return the steps of scenarios as one table; a name stands at its first step."""
    rows = []
    named = False
    for name, steps in scenarios:
        for place, step in enumerate(steps):
            then = [code(step.wanted)] if step.wanted else []
            if step.refused:
                then.insert(0, f"{label('refused_as', locale)}`{step.refused}`")
            do = f"`{step.do}`" if step.do else word("looks", locale)
            given = code(step.given) if step.given else ""
            first = name if not place else ""
            named = named or bool(name)
            rows.append((first, step.at, do, given, "<br>".join(then)))
    if named:
        return table(("case", "at", "do", "with", "then"), rows, locale)
    return table(("at", "do", "with", "then"), [row[1:] for row in rows], locale)


def fault_parts(faults: tuple[FaultDoc, ...], locale: str) -> list[str]:
    """Return the faults that are kept out of a rule or a record."""
    if not faults:
        return [word("no_faults", locale)]
    shown = _faults(faults, locale)
    title = aside(word("faults", locale), bracketed(str(len(faults)), locale), locale)
    return [word("faults_lead", locale), shown if len(faults) <= _FEW else folded(title, shown)]


def _faults(faults: Iterable[FaultDoc], locale: str) -> str:
    rows = [(fault.says[locale], f"`{fault.test.rpartition('::')[2]}`") for fault in faults]
    return table(("fault", "held_by"), rows, locale)


def faults_page(files: Iterable[FaultFileDoc], locale: str) -> str:
    """Return the page of all faults, by file of tests."""
    parts: list[str] = []
    for held in files:
        rows = [
            (
                fault.says[locale],
                listed((_guarded(name) for name in fault.guards), locale),
                f"`{fault.test.rpartition('::')[2]}`",
            )
            for fault in held.faults
        ]
        parts += [
            f"## {held.meaning[locale]}",
            f"`{held.path}`",
            table(("fault", "guarded", "held_by"), rows, locale),
        ]
    return page(word("faults", locale), word("faults_lead", locale), *parts)


def _guarded(name: str) -> str:
    folder = "records" if any(name == held.kind for held in policies.records()) else "rules"
    return f"[`{name}`]({folder}/{name}.md)"
