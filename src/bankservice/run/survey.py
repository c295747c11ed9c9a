"""
The part of surveys: answers by wave → weights, scores with their uncertainty, what drives them,
and the call-backs that follow.

Scores are worked out anew on every day asked: they are a matter of the answers alone. What is kept
on record is who was asked, what was answered and which answers are followed up.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from bankservice.core.policy import Policy, Version
from bankservice.core.vocabulary import Tree
from bankservice.run.files import Source
from bankservice.run.part import DayResult, PartReport, Setting
from bankservice.run.register import Register
from bankservice.run.rows import Rows
from bankservice.run.survey_charts import charted
from bankservice.run.survey_day import SurveyDay
from bankservice.run.survey_intake import Intake
from bankservice.run.survey_loop import Loop
from bankservice.run.survey_plan import SurveyPlan, surveyed
from bankservice.run.survey_report import report
from bankservice.run.survey_response import responses
from bankservice.run.survey_scores import Scorer
from bankservice.run.survey_waves import People
from bankservice.run.survey_words import Names

__all__ = ["Surveyor"]

TREES: Final = {
    "product": "vocabulary/product-kinds",
    "channel": "vocabulary/feedback-channels",
    "region": "vocabulary/regions",
    "industry": "vocabulary/industries",
    "customer_kind": "vocabulary/customer-kinds",
}
"""Sort of unit → the vocabulary that names its codes."""


class Surveyor:
    """Scores surveys; see `bankservice.run.part.Part` for what each method promises."""

    def __init__(self, told: SurveyPlan, setting: Setting) -> None:
        """
        Set up.

        Raises:
            FaultsError: If a policy is missing, of another kind, or not in force on a day, or the
                extracts do not say what is needed.
        """
        self._held = surveyed(told, setting)
        self._setting = setting
        self._loop = Loop(self._held, setting)
        self._intake = Intake(self._held, setting.rejects)
        self._days: list[SurveyDay] = []

    def begin(self, register: Register) -> None:
        """Take the register."""
        self._register = register
        self._scorer = Scorer(self._held, People(self._held, register))

    def take(self, source: Source, rows: Rows) -> None:
        """Take rows of one block."""
        self._intake.take(source, rows)

    def decide(self, on: date) -> DayResult:
        """Decide a day and keep the record."""
        watch, told = self._setting.watch, self._held.told
        watch(f"survey {on}", 0, 1)
        self._intake.close(self._register)
        sheets, invited = self._intake.sheets, self._intake.invitations
        heard = self._loop.decide(sheets, invited, on)
        waves = self._scorer.until(sheets, on)
        day = SurveyDay(
            on=on,
            waves=waves,
            responses=responses(invited, sheets, on),
            charts=charted(waves, told.chart),
            heard=heard,
        )
        self._days.append(day)
        watch(f"survey {on}", 1, 1)
        decided = "first" if heard.entries or not self._loop.keeps else "same"
        return DayResult(on, day.frames(), day.summary(decided), day.line(decided))

    def report(self) -> PartReport:
        """Tell what belongs in the report."""
        held = self._held
        used: list[tuple[Policy[Any], Version[Any]]] = []
        for wave in self._days[-1].waves if self._days else ():
            used += ((held.questionnaire, wave.sheets.version), (held.reporting, wave.version))
            used += self._loop.versions(wave.closed_on)
        figures, sections = report(self._days, Names(self._trees()))
        return PartReport(figures, sections, tuple(dict.fromkeys(used)))

    def _trees(self) -> dict[str, Tree]:
        """Return the vocabularies of units, by sort."""
        shelf = self._setting.bank.policies
        return {sort: shelf.get(name).versions[-1].parameters for sort, name in TREES.items()}
