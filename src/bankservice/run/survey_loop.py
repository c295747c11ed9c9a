"""
The loop of a survey: invitations and answers on record, and the call-backs that answers ask for.

What is on record is found there and not written again, so the same day again writes nothing. What
a plan would not have allowed, such as an invitation too soon after another, is refused by the
record and counted: the extracts tell that it was sent all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import polars as pl

from bankservice.core.calendar import in_utc
from bankservice.core.policy import Policy, Version
from bankservice.core.record import Command
from bankservice.core.vocabulary import Tree
from bankservice.run.complaint_rows import last_instant
from bankservice.run.keeper import Keeper
from bankservice.run.part import Setting
from bankservice.run.survey_asked import Acts, Asked, is_new, moment
from bankservice.run.survey_day import Heard
from bankservice.run.survey_plan import Surveyed
from bankservice.run.survey_sheets import Sheets
from bankservice.satisfaction.campaigns.contact_desk import ContactDesk
from bankservice.satisfaction.campaigns.entries import Contacts
from bankservice.satisfaction.campaigns.kind import SAMPLING_PLAN
from bankservice.satisfaction.follow_up.case import FollowUpCases
from bankservice.satisfaction.follow_up.commands import Hear
from bankservice.satisfaction.follow_up.kind import FOLLOW_UP
from bankservice.satisfaction.follow_up.model import SaidAnswer
from bankservice.satisfaction.follow_up.service import FollowUps

__all__ = ["Loop"]

BATCH: Final = 500
"""Customers whose records are written at once."""


class Loop:
    """Puts on record what a survey's extracts tell, and hears answers for follow-up."""

    def __init__(self, held: Surveyed, setting: Setting) -> None:
        """
        Set up.

        Raises:
            FaultsError: If a policy is missing or of another kind.
        """
        self._setting = setting
        self._now = setting.bank.now
        self._zone = setting.institution.zone
        self._follow_up: Policy[Any] | None = None
        self._sampling: Policy[Any] | None = None
        self._heard: set[str] = set()
        self._customers: dict[str, None] = {}
        bank, told = setting.bank, held.told
        more: dict[str, Any] = {"now": bank.now, "tenant": bank.tenant, "shelf": bank.policies}
        if told.follow_up:
            path = "survey.follow_up"
            self._follow_up = setting.policy(told.follow_up, FOLLOW_UP.name, path)
            calls = FollowUps(bank.journal, self._follow_up, **more)
            self._cases: Keeper[FollowUpCases] = Keeper(calls.desk, bank.journal)
        if told.sampling:
            path = "survey.sampling"
            self._sampling = setting.policy(told.sampling, SAMPLING_PLAN.name, path)
            desk = ContactDesk(bank.journal, self._sampling, **more)
            self._contacts: Keeper[Contacts] = Keeper(desk.desk, bank.journal)
            self._asked = Asked(held, self._zone, self._sampling)
        tree: Tree = bank.policies.get("vocabulary/product-kinds").versions[-1].parameters
        self._products = tree

    def decide(self, sheets: Sequence[Sheets], invited: pl.DataFrame, on: date) -> Heard:
        """Put on record what is known by the end of a day."""
        heard = Heard()
        held = [part.until(on) for part in sheets]
        if self._sampling is not None:
            acts = self._asked.acts(held, invited, on, self._now())
            self._keep(self._contacts, acts, heard, on)
        if self._follow_up is not None:
            self._keep(self._cases, self._hearings(held), heard, on)
            heard.heard = len(self._heard)
            heard.opened, heard.open = self._counted(last_instant(on, self._zone))
        return heard

    @property
    def keeps(self) -> bool:
        """Whether anything is kept on record."""
        return self._follow_up is not None or self._sampling is not None

    def versions(self, on: date) -> Iterator[tuple[Policy[Any], Version[Any]]]:
        """Yield the policies it goes by, with the version of a day."""
        for policy in (self._follow_up, self._sampling):
            version = None if policy is None else policy.select(on)
            if policy is not None and isinstance(version, Version):
                yield policy, version

    def _keep(self, keeper: Keeper[Any], acts: Acts, heard: Heard, on: date) -> None:
        """Write what is done, and count it."""
        customers = sorted(acts)
        for place in range(0, len(customers), BATCH):
            self._setting.watch(f"records {on}", place, len(customers))
            part = customers[place : place + BATCH]
            keeper.read(part)
            commands = [command for one in part for command in self._new(keeper, one, acts[one])]
            told = keeper.keep(commands, self._now())
            heard.entries += told.entries
            for _, no in told.refused:
                code = str(no.code.value)
                heard.refused[code] = heard.refused.get(code, 0) + 1
        self._setting.watch(f"records {on}", len(customers), len(customers) or 1)

    def _new(
        self, keeper: Keeper[Any], customer: str, acts: Iterable[Command]
    ) -> Iterator[Command]:
        """Yield what is not on record yet; of follow-ups the record itself says it."""
        state = keeper.state(customer)
        for command in acts:
            if not isinstance(state, Contacts) or is_new(state, command.body):
                yield command

    # -- follow-up ---------------------------------------------------------------------------------

    def _hearings(self, sheets: Iterable[Sheets]) -> Acts:
        """Return the answers of known customers that no earlier day of the run heard."""
        acts: Acts = {}
        now = in_utc(self._now())
        for part in sheets:
            scales = _scales(part)
            texts = part.texts()
            for place, row in enumerate(part.rows.iter_rows(named=True)):
                at = moment(row, self._zone)
                if row["customer"] is None or row["answer"] in self._heard or at > now:
                    continue
                self._heard.add(row["answer"])
                body = Hear(
                    answer=row["answer"],
                    campaign=part.wave if part.wave.isprintable() else "",
                    product=self._product(row.get("product")),
                    text="\n".join(row[name] for name in texts if row[name]),
                    may_contact=_may_contact(part, place),
                    **_said(part, place, scales),
                )
                command = Command(
                    id=f"run:hear:{row['answer']}", subject=row["customer"], body=body, at=at
                )
                acts.setdefault(row["customer"], []).append(command)
        self._customers |= dict.fromkeys(acts)
        return acts

    def _product(self, code: str | None) -> str | None:
        return code if code is not None and code in self._products else None

    def _counted(self, by: datetime) -> tuple[int, int]:
        """Return how many cases of who was heard were opened by an instant, and are open at it."""
        customers = list(self._customers)
        opened = still = 0
        for place in range(0, len(customers), BATCH):
            part = customers[place : place + BATCH]
            self._cases.read(part)
            for state in map(self._cases.state, part):
                for case in state.cases.values():
                    if case.opened_at <= by:
                        opened += 1
                        still += case.ended_at is None or case.ended_at > by
        return opened, still


def _scales(part: Sheets) -> dict[str, dict[str, str]]:
    """Return how figures of the sheet name their scales."""
    found: dict[str, dict[str, str]] = {}
    for measure, question in part.sheet.measured.items():
        scale = question.item.scale
        assert scale is not None, "a question that stands for a figure has a scale"
        if measure == "csat":
            found[measure] = {"csat_scale": f"{scale.lowest}-{scale.highest}"}
        elif measure == "ces":
            found[measure] = {"ces_version": scale.metric.removeprefix("ces-")}
    return found


def _said(part: Sheets, place: int, scales: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return the figures of a sheet, as they are heard."""
    told: dict[str, Any] = {}
    for measure, question in part.sheet.measured.items():
        column = part.codes.get(question.code)
        answer = None if column is None else column[place]
        if measure == "solved":
            told["solved"] = answer == 1 if type(answer) is int else None
        else:
            told |= {measure: SaidAnswer(answer), **scales.get(measure, {})}
    return told


def _may_contact(part: Sheets, place: int) -> bool:
    """Tell whether a customer may be called; who was not asked may be."""
    return not any(column[place] == 0 for column in part.consents.values())
