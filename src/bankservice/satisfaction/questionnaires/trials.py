"""How the reading of answer sheets is tried under another questionnaire."""

from __future__ import annotations

from typing import Any, Final

from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.core.trial import Seen, Trial
from bankservice.satisfaction.questionnaires.facts import AnswerSheet, SheetFacts
from bankservice.satisfaction.questionnaires.kind import Questionnaire
from bankservice.satisfaction.questionnaires.sheet import answer_sheet
from bankservice.satisfaction.questionnaires.telling import STATUS

__all__ = ["SHEET_TRIALS"]

_AMOUNTS: Final = FrozenMapping(
    {
        "valid": Title(en="answers taken", zh="采用的回答"),
        "refused": Title(en="answers not taken", zh="未采用的回答"),
    }
)


def _seen(facts: SheetFacts, questionnaire: Questionnaire, outcome: AnswerSheet) -> Seen:
    amounts = {"valid": outcome.valid, "refused": len(outcome.refused)}
    return Seen(outcome.status, amounts=FrozenMapping(amounts))


SHEET_TRIALS: Final[tuple[Trial[Any, Any, Any], ...]] = (
    Trial(
        rule=answer_sheet,
        seen=_seen,
        title=lambda questionnaire, place: STATUS.get(place),
        order=lambda questionnaire: tuple(STATUS),
        amounts=_AMOUNTS,
    ),
)
"""The rule of answer sheets as it is tried."""
