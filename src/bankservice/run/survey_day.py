"""One day of a survey: the waves with their scores, what was put on record, and it all counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs
import polars as pl

from bankservice.run.survey_charts import Charted
from bankservice.run.survey_files import frames_of, headlines, text
from bankservice.run.survey_response import Response
from bankservice.run.survey_scores import Scored

__all__ = ["Heard", "SurveyDay"]


@attrs.define
class Heard:
    """
    What was put on record.

    Attributes:
        entries: Entries written, of all records.
        heard: Answers that were heard for follow-up.
        opened: Cases they opened by the day.
        open: Cases open on the day.
        refused: Code of a refusal → how many commands.
    """

    entries: int = 0
    heard: int = 0
    opened: int = 0
    open: int = 0
    refused: dict[str, int] = attrs.field(factory=dict)


@attrs.frozen(eq=False, kw_only=True)
class SurveyDay:
    """
    One day.

    Attributes:
        on: The day.
        waves: The waves anybody answered by then, the oldest first.
        responses: What became of the invitations.
        charts: Control charts.
        heard: What was put on record.
    """

    on: date
    waves: tuple[Scored, ...]
    responses: tuple[Response, ...]
    charts: tuple[Charted, ...]
    heard: Heard

    def frames(self) -> Mapping[str, pl.DataFrame]:
        """Return the result files."""
        return frames_of(self.waves, self.responses, self.charts)

    @property
    def last(self) -> Scored | None:
        """The last wave."""
        return self.waves[-1] if self.waves else None

    def summary(self, decided: str) -> dict[str, Any]:
        """Return the counts."""
        last = self.last
        return {
            "waves": len(self.waves),
            "wave": None if last is None else last.wave,
            "respondents": 0 if last is None else last.scores.respondents,
            "scores": {} if last is None else _shown(last),
            "hidden": sum(wave.scores.hidden for wave in self.waves),
            "invited": sum(held.invited for held in self.responses),
            "heard": self.heard.heard,
            "opened": self.heard.opened,
            "open": self.heard.open,
            "refused": dict(sorted(self.heard.refused.items())),
            "written": self.heard.entries,
            "decided": decided,
            "run_again": [],
        }

    def line(self, decided: str) -> str:
        """Return the counts in a line."""
        last = self.last
        if last is None:
            return "nobody answered so far"
        told = ", ".join(
            f"{code} {'no score' if score is None else f'{score:.2f}'}"
            for code, score in list(headlines(last).items())[:3]
        )
        heard = self.heard
        calls = f"; {heard.opened} follow-ups opened, {heard.open} open" if heard.heard else ""
        return (
            f"{len(self.waves)} waves; {last.wave}: {last.scores.respondents} respondents, "
            f"{told or 'no figure'}; {self.scored_units} scores of units kept back{calls} "
            f"({decided})"
        )

    @property
    def scored_units(self) -> int:
        """How many scores of units of the last wave are kept back."""
        return 0 if self.last is None else self.last.scores.hidden


def _shown(wave: Scored) -> dict[str, str | None]:
    return {code: text(score) for code, score in headlines(wave).items()}
