"""How an answer sheet that came in becomes a command: it is read by `satisfaction.answer-sheet`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from bankservice.core.desk import ref_json
from bankservice.core.errors import UnknownNameError
from bankservice.core.policy import Policy
from bankservice.core.shelf import PolicyShelf
from bankservice.core.structure import FACTS
from bankservice.satisfaction.questionnaires.facts import AnswerSheet, SheetFacts
from bankservice.satisfaction.questionnaires.kind import QUESTIONNAIRE, Questionnaire
from bankservice.satisfaction.questionnaires.sheet import answer_sheet

__all__ = ["questionnaire_of", "read_answers"]

_HOME: Final = "satisfaction"


def questionnaire_of(shelf: PolicyShelf, name: str) -> Policy[Questionnaire]:
    """
    Return a questionnaire by its id; the part before the stroke may be left out.

    Raises:
        UnknownNameError: If there is none of that id.
    """
    policy = shelf.get(name if "/" in name else f"{_HOME}/{name}")
    if policy.kind.name != QUESTIONNAIRE.name:
        raise UnknownNameError("questionnaire", name, ())
    return policy


def read_answers(
    policy: Policy[Questionnaire], answers: object, on: date, **stated: Any
) -> tuple[AnswerSheet, Mapping[str, Any]]:
    """
    Return a sheet as it was read, and what a command tells of it.

    Args:
        policy: The questionnaire.
        answers: The answers, as `SheetFacts` takes them.
        on: Day of the invitation; of who was not invited, that of the answers.
        **stated: `invited_at`, `opened_at`, `finished_at`, `language`, `channel`, `mode`.

    Raises:
        FaultsError: If the sheet is no sheet at all.
        NotInForceError: If no version of the questionnaire is in force on that day.
    """
    told = {name: held for name, held in stated.items() if held not in (None, "")}
    facts = FACTS.read({"on": on, "answers": answers, **told}, SheetFacts, "an answer sheet")
    version = answer_sheet.version(policy, facts)
    assert version is not None, "a sheet is read under a questionnaire"
    sheet = answer_sheet.decide(facts, version).outcome
    return sheet, {
        "readings": sheet.values,
        "missing": sheet.missing,
        "metrics": _metrics(sheet),
        "texts": sheet.texts,
        "status": sheet.status,
        "flags": tuple(flag.value for flag in sheet.flags),
        "language": facts.language,
        "channel": facts.channel,
        "mode": sheet.mode or "",
        "opened_at": facts.opened_at,
        "version": ref_json(version.ref),
    }


def _metrics(sheet: AnswerSheet) -> Mapping[str, int]:
    held: dict[str, int | None] = {"nps": sheet.nps, "csat": sheet.csat, "ces": sheet.ces}
    held["solved"] = None if sheet.solved is None else int(sheet.solved)
    return {name: code for name, code in held.items() if code is not None}
