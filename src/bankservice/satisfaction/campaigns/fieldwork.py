"""What came of campaigns, as it stands in the records of the customers they drew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from bankservice.core.calendar import in_utc
from bankservice.core.journal import Journal
from bankservice.core.policy import Policy
from bankservice.core.shelf import PolicyShelf
from bankservice.satisfaction.campaigns.campaign_service import Campaigns
from bankservice.satisfaction.campaigns.contact_desk import ContactDesk
from bankservice.satisfaction.campaigns.entries import Contacts
from bankservice.satisfaction.campaigns.plan import SamplingPlan
from bankservice.satisfaction.campaigns.record import CONTACT
from bankservice.satisfaction.campaigns.tallying import (
    AnswerRow,
    QuotaStatus,
    Response,
    answer_rows,
    quota_statuses,
    tallied,
)
from bankservice.satisfaction.policy import SHELF

__all__ = ["Fieldwork"]

_PAGE: Final = 1000


class Fieldwork(ContactDesk):
    """Contacts of the customers whom campaigns drew: who answered, and how full quotas are."""

    def __init__(
        self,
        journal: Journal,
        policy: Policy[SamplingPlan],
        *,
        now: Callable[[], datetime],
        campaigns: Campaigns,
        tenant: str = "default",
        shelf: PolicyShelf = SHELF,
    ) -> None:
        """
        Set up.

        Args:
            journal: Where the record is kept.
            policy: The sampling plan.
            now: Gives the present instant, aware.
            campaigns: The campaigns.
            tenant: Legal entity the customers belong to.
            shelf: Finds questionnaires, and what kept versions name.
        """
        super().__init__(journal, policy, now=now, tenant=tenant, shelf=shelf)
        self._campaigns = campaigns
        self._shelf = shelf

    def response(self, campaign: str, as_of: datetime | None = None) -> Response:
        """Return what came of a campaign up to *as_of* (now where left out), by stratum."""
        return self._response(campaign, as_of, self._volunteers(campaign))

    def _response(
        self, campaign: str, as_of: datetime | None, volunteers: Iterable[str] = ()
    ) -> Response:
        by = in_utc(as_of or self.office.present())
        held = self._campaigns.state(campaign)
        drawn = {row.stratum: row.drawn for row in held.strata(by)}
        return tallied(campaign, self._contacts(campaign, volunteers), by, drawn=drawn)

    def quotas(self, campaign: str) -> tuple[QuotaStatus, ...]:
        """
        Return how full the quotas are, by the plan the campaign was drawn under.

        Raises:
            UnknownNameError: If there is no such campaign, or its plan was not kept.
        """
        return quota_statuses(self._campaigns.plan(campaign), self._response(campaign, None))

    def answers(self, campaign: str, as_of: datetime | None = None) -> tuple[AnswerRow, ...]:
        """Return the answers to a campaign up to *as_of*, those of volunteers marked."""
        by = in_utc(as_of or self.office.present())
        strata = self._campaigns.state(campaign).strata(by)
        weights = {row.stratum: row.weight for row in strata}
        contacts = self._contacts(campaign, self._volunteers(campaign))
        return tuple(answer_rows(campaign, contacts, by, weights=weights))

    def _contacts(self, campaign: str, volunteers: Iterable[str]) -> Mapping[str, Contacts]:
        """Return the contacts of everybody whom a campaign drew, and of volunteers."""
        found = dict.fromkeys((*self._campaigns.drawn(campaign), *volunteers))
        loaded = self.office.serve(self.desk.load(found))
        return {customer: held.state for customer, held in loaded.items()}

    def _volunteers(self, campaign: str) -> Iterator[str]:
        after = 0
        while fed := self.office.journal.feed(after, limit=_PAGE):
            after = fed[-1].position
            for held in fed:
                stream, entry = held.entry.stream, held.entry
                mine = (stream.tenant, stream.kind) == (self.desk.tenant, CONTACT.kind)
                if mine and entry.kind == "volunteered" and entry.data["campaign"] == campaign:
                    yield stream.key

    def _full(self, campaign: str) -> frozenset[str]:
        """Return the strata of which a hard quota is full."""
        plan = self._campaigns.plan(campaign)
        if not any(row.hard for row in plan.table.quota):
            return frozenset()
        full = {held.quota for held in self.quotas(campaign) if held.hard and held.full}
        strata = (held.stratum for held in self._campaigns.state(campaign).strata())
        return frozenset(
            code for code in strata if any(row.code in full for row in plan.quotas(code))
        )
