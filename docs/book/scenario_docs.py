"""
Examples of records: scenarios of the case tables, played to their end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Any, Final

import attrs
from book.bilingual import LOCALES, Titles
from book.example_docs import WORDS, ExampleDoc, StepDoc, below, cases_by_name, chosen, spread
from book.json_text import example_text, shown_json, stated, written
from book.seen_docs import Seen

from bankservice.core.answer import Answer
from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.errors import FaultsError, UnknownNameError
from bankservice.core.kept import read_kept
from bankservice.core.plain import outcome_json
from bankservice.core.record import Record
from bankservice.core.structure import FACTS
from bankservice.journals.memory import MemoryJournal
from bankservice.testing.cases import Case

__all__ = ["played", "refused_in_cases", "step_doc"]

_PLAYED: Final = 24
"""So many scenarios of a record are played for examples of its commands and of what is seen."""


@attrs.frozen(eq=False, kw_only=True)
class _Watched(Case):
    """A scenario that is watched while it is played."""

    watch: Callable[[Desk[Any], MemoryJournal, str, Any], None]

    def _look(
        self,
        desk: Desk[Any],
        journal: MemoryJournal,
        step: Any,
        answer: Answer | None,
        now: datetime,
    ) -> Iterator[str]:
        self.watch(desk, journal, step.subject, serve(desk.view(step.subject, now), journal))
        return super()._look(desk, journal, step, answer, now)


def played(record: Record[Any]) -> tuple[ExampleDoc | None, Seen]:
    """Return the whole example of a record, and what came up while its scenarios were played."""
    seen = Seen()
    found: ExampleDoc | None = None
    held = cases_by_name().get(record.kind, ())
    first = chosen(record.kind, held)
    for case in islice((*first, *spread(held)), _PLAYED):
        told = _watched(record, case, seen, first=found is None)
        found = found or told
    return found, seen


def refused_in_cases(record: Record[Any]) -> Mapping[str, tuple[str, ...]]:
    """
    Return command → the codes its cases show it refused with, in order of precedence.

    Cases show what does happen; that a code is missing does not say that it never will.
    """
    seen = {
        (str(step["do"]), str(step["refused"]))
        for case in cases_by_name().get(record.kind, ())
        for step in case.raw.get("step", ())
        if "do" in step and "refused" in step
    }
    order = [str(code.value) for code in record.refusals]
    return {
        name: tuple(code for code in order if (name, code) in seen)
        for name in record.commands
        if any(done == name for done, _ in seen)
    }


def _watched(record: Record[Any], case: Case, seen: Seen, *, first: bool) -> ExampleDoc | None:
    """
    Play a scenario, and tell it if it is the *first*.

    None where it does not end as its table says, or nothing was decided in it.
    """
    last: list[tuple[Desk[Any], MemoryJournal, str, Any]] = []

    def watch(desk: Desk[Any], journal: MemoryJournal, subject: str, view: Any) -> None:
        seen.look(view)
        last[:] = [(desk, journal, subject, view)]

    steps = case.raw.get("step", ())
    for step in steps:
        seen.look(_body(record, step))
    parts = (case.where, case.raw, case.table, case.shelf, case.held)
    if not _Watched(*parts, watch=watch).run().passed or not last or not first:
        return None
    desk, journal, subject, view = last[0]
    words = _words(case, desk, journal, subject)
    if words is None:
        return None
    return ExampleDoc(
        file=below(case.where),
        case=str(case.raw["name"]),
        policies=tuple(policy.id for policy in case.held),
        facts="",
        outcome=shown_json(stated(outcome_json(view))),
        words=words,
        steps=tuple(map(step_doc, steps)),
    )


def _body(record: Record[Any], step: Mapping[str, Any]) -> Any:
    """Return the command of a step, as far as it can be read by itself."""
    kind = record.commands.get(str(step.get("do")))
    if kind is None:
        return None
    known = {field.name for field in attrs.fields(kind)}
    body = {key: part for key, part in step.get("with", {}).items() if key in known}
    try:
        return FACTS.read(body, kind, str(step["do"]))
    except FaultsError:  # a step that is refused for just that
        return None


def _words(case: Case, desk: Desk[Any], journal: MemoryJournal, subject: str) -> Titles | None:
    """Return why the last entry that holds a decision was written."""

    def rebuilt(kept: Any, beside: Any = (), *, later: bool = False) -> Any:
        texts = [held.text for held in beside]
        return read_kept(kept.text, case.shelf.kinds, case.shelf, texts, later=later)

    for version in range(len(journal.read(desk.stream(subject))), 0, -1):
        with suppress(UnknownNameError):
            why = serve(desk.explain(subject, version, rebuilt), journal)
            return {name: why.text(WORDS[name]) for name in LOCALES}
    return None


def step_doc(step: Mapping[str, Any]) -> StepDoc:
    """Return a step as its table writes it; what is expected without the word, where it is all."""
    wanted = {key: step[key] for key in ("expect", "absent", "replayed") if key in step}
    shown = wanted["expect"] if set(wanted) == {"expect"} else wanted
    return StepDoc(
        at=str(step.get("at", "")),
        do=str(step.get("do", "")),
        given=example_text(written(step["with"])) if step.get("with") else "",
        refused=str(step.get("refused", "")),
        wanted=example_text(written(shown)) if shown else "",
    )
