"""Invitations and answers of a survey's extracts, as what is done with the record of contacts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, Final

import pendulum
import polars as pl

from bankservice.core.calendar import in_utc
from bankservice.core.desk import ref_json
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.run.survey_plan import Surveyed
from bankservice.run.survey_sheets import Sheets
from bankservice.satisfaction.campaigns.commands import Answer, End, Invite, OptOut
from bankservice.satisfaction.campaigns.entries import Contacts
from bankservice.satisfaction.campaigns.plan import SamplingPlan
from bankservice.satisfaction.model import Missing

__all__ = ["Acts", "Asked", "is_new", "moment"]

Acts = dict[str, list[Command]]
"""Customer → what is done, in order."""

NOON: Final = time(12)
"""When something was of which only the day is known."""

ANY_CHANNEL: Final = "questionnaire"
"""Channel of an invitation that names none."""

_ENDS: Final = ("refused", "not-contacted", "undeliverable", "ineligible", "quota-full")


def moment(row: Mapping[str, Any], zone: str) -> datetime:
    """Return the instant of a row, which tells a local time, or only a day: noon of it."""
    local = row["when"] if row.get("at") is not None else datetime.combine(row["day"], NOON)
    return in_utc(pendulum.instance(local, tz=zone))


def is_new(state: Contacts, body: Any) -> bool:
    """Tell whether something is not on a customer's record yet."""
    if isinstance(body, OptOut):
        return not state.refused
    held = state.invitations.get(body.campaign)
    if isinstance(body, Invite):
        return held is None
    return held is None or held.last() is None


class Asked:
    """Tells what is done with contacts; every command once in a run."""

    def __init__(self, held: Surveyed, zone: str, plan: Policy[SamplingPlan]) -> None:
        """
        Start with nothing told.

        Args:
            held: What is asked.
            zone: Zone of local times.
            plan: The sampling plan.
        """
        self._questionnaire = held.questionnaire.id
        self._zone = zone
        self._plan = plan
        self._told: set[str] = set()
        self._sent: set[str] = set()

    def acts(
        self, sheets: Iterable[Sheets], invited: pl.DataFrame, on: date, now: datetime
    ) -> Acts:
        """Return what is done with the invitations sent by a day, by customer, in order."""
        acts: Acts = {}
        if not invited.height:
            return acts
        answers = {ref: answer for part in sheets for ref, answer in self._answers(part)}
        fresh = (pl.col("#day") <= on) & ~pl.col("invitation").is_in(sorted(self._sent))
        sent = invited.filter(fresh | pl.col("invitation").is_in(sorted(answers)))
        sent = sent.rename({"#day": "day", "#when": "when"})
        for row in sent.sort("when", maintain_order=True).iter_rows(named=True):
            for command in self._of(row, answers.get(row["invitation"])):
                late = command.at is not None and command.at > in_utc(now)
                if command.id not in self._told and not late:
                    self._told.add(command.id)
                    acts.setdefault(command.subject, []).append(command)
            if moment(row, self._zone) <= in_utc(now):
                self._sent.add(row["invitation"])
        return acts

    def _of(self, row: Mapping[str, Any], answer: Command | None) -> Iterator[Command]:
        ref, wave, at = row["invitation"], row["wave"], moment(row, self._zone)
        outcome = row.get("outcome") or ""
        channel = row.get("channel") or ANY_CHANNEL
        bodies: list[tuple[str, Any]] = [
            (
                "invite",
                Invite(
                    campaign=wave,
                    questionnaire=self._questionnaire,
                    channel=channel,
                    stratum=row.get("stratum") or "",
                ),
            )
        ]
        if answer is None and outcome in _ENDS:
            bodies.append(("end", End(campaign=wave, outcome=outcome)))  # type: ignore[arg-type]
        elif outcome == "opted-out":
            bodies.append(("out", OptOut(all=True)))
        for act, body in bodies:
            yield Command(id=f"run:{act}:{ref}", subject=row["customer"], body=body, at=at)
        if answer is not None:
            yield Command(id=answer.id, subject=row["customer"], body=answer.body, at=answer.at)

    def _answers(self, part: Sheets) -> Iterator[tuple[str, Command]]:
        """Yield invitations with the answers to them; of whom is known from the invitation."""
        texts = part.texts()
        version = FrozenMapping(ref_json(part.version.ref))
        measured = part.sheet.measured.items()
        for place, row in enumerate(part.rows.iter_rows(named=True)):
            if f"run:answer:{row['answer']}" in self._told:
                continue
            said = {code: column[place] for code, column in part.codes.items()}
            readings = {code: held for code, held in said.items() if type(held) is int}
            if row["invitation"] is None or not readings:
                continue
            body = Answer(
                campaign=part.wave,
                readings=FrozenMapping(readings),
                missing=FrozenMapping(
                    {code: held.value for code, held in said.items() if isinstance(held, Missing)}
                ),
                metrics=FrozenMapping(
                    {
                        measure: readings[question.code]
                        for measure, question in measured
                        if question.code in readings
                    }
                ),
                texts=FrozenMapping({name: row[name] for name in texts if row[name]}),
                status=part.outcome(place),
                version=version,
            )
            ref = row["invitation"]
            at = moment(row, self._zone)
            yield ref, Command(id=f"run:answer:{row['answer']}", subject=ref, body=body, at=at)
