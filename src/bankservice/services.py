"""
What stands behind the front door: the services of all domains, over one journal and one charter.

Each is made when it is first asked for, and imported then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from bankservice.core.errors import UnknownNameError

if TYPE_CHECKING:
    from bankservice.charter import Charter
    from bankservice.complaints.service import Cases
    from bankservice.core.journal import Journal
    from bankservice.core.policy import Policy
    from bankservice.core.quota import Quota
    from bankservice.core.shelf import PolicyShelf
    from bankservice.lifecycle.care.service import Treatments
    from bankservice.lifecycle.prediction.service import Outlooks
    from bankservice.lifecycle.stages.service import Lifecycles
    from bankservice.loyalty.benefits.service import Benefits
    from bankservice.loyalty.service import Accounts
    from bankservice.satisfaction.campaigns.campaign_service import Campaigns
    from bankservice.satisfaction.campaigns.service import Surveys
    from bankservice.satisfaction.follow_up.service import FollowUps
    from bankservice.satisfaction.voices.service import Voices
    from bankservice.segmentation.membership.service import Memberships
    from bankservice.segmentation.service import Standings

__all__ = ["EXPLAINED", "Services"]

EXPLAINED: Final[Mapping[str, tuple[str, Callable[[Services, str], Any]]]] = {
    "segmentation.standing": ("CUSTOMER", lambda bank, subject: bank.standings),
    "segmentation.membership": ("CUSTOMER", lambda bank, subject: bank.memberships),
    "lifecycle.standing": ("CUSTOMER", lambda bank, subject: bank.lifecycle),
    "lifecycle.treatment": ("CUSTOMER", lambda bank, subject: bank.treatments),
    "lifecycle.outlook": ("CUSTOMER", lambda bank, subject: bank.outlooks),
    "complaints.case": ("CASE", lambda bank, subject: bank.complaints),
    "loyalty.account": ("PROGRAMME:CUSTOMER", lambda bank, subject: bank.accounts_of(subject)),
    "loyalty.benefits": ("CUSTOMER", lambda bank, subject: bank.benefits),
    "satisfaction.campaign": ("CAMPAIGN", lambda bank, subject: bank.campaigns),
    "satisfaction.contact": ("CUSTOMER", lambda bank, subject: bank.surveys),
    "satisfaction.follow-up": ("CUSTOMER", lambda bank, subject: bank.follow_ups),
    "satisfaction.voice": ("VOICE", lambda bank, subject: bank.voices),
}
"""Kind of record → whose it is, and what keeps it."""


class Services:
    """The services of a bank, by domain; `Bank` is the one that has them."""

    journal: Journal
    charter: Charter
    now: Callable[[], datetime]
    tenant: str
    _quota: Quota | None
    _remember: int
    _accounts: dict[str, Accounts]

    @property
    def policies(self) -> PolicyShelf:
        """The policies at hand: the bank's own, then the shipped ones."""
        return self.charter.shelf

    @cached_property
    def tiers(self) -> Policy[Any]:
        """The tier policy."""
        return self.charter.policy(self.charter.tiers)

    @cached_property
    def standings(self) -> Standings:
        """Tiers of the bank's customers."""
        from bankservice.segmentation.service import Standings

        return Standings(self.journal, self.tiers, now=self.now, tenant=self.tenant)

    @cached_property
    def memberships(self) -> Memberships:
        """Groups the bank's customers are in."""
        from bankservice.segmentation.membership.service import Memberships

        policy = self.charter.policy(self.charter.groups)
        return Memberships(self.journal, policy, **self._usual)

    @cached_property
    def lifecycle(self) -> Lifecycles:
        """Stages of the bank's customers."""
        from bankservice.lifecycle.stages.service import Lifecycles

        policy = self.charter.policy(self.charter.stages)
        return Lifecycles(self.journal, policy, **self._usual)

    @cached_property
    def treatments(self) -> Treatments:
        """What is meant for the bank's customers, and what became of it."""
        from bankservice.lifecycle.care.service import Treatments

        policy = self.charter.policy(self.charter.treatments)
        return Treatments(self.journal, policy, **self._usual)

    @cached_property
    def outlooks(self) -> Outlooks:
        """Estimates of what the bank's customers will do; no stage or tier follows from them."""
        from bankservice.lifecycle.prediction.service import Outlooks

        policy = self.charter.policy(self.charter.outlook)
        return Outlooks(self.journal, policy, **self._usual)

    @cached_property
    def complaints(self) -> Cases:
        """Complaints of the bank's customers."""
        from bankservice.complaints.service import Cases

        held = [self.charter.policy(chosen) for chosen in self.charter.complaints]
        return Cases(self.journal, held, **self._usual)

    @cached_property
    def loyalty(self) -> Accounts:
        """Points accounts of the bank's customers, under its first programme."""
        return self.programme("")

    def programme(self, name: str) -> Accounts:
        """
        Return the points accounts of one of the bank's programmes.

        Args:
            name: Id of the programme; empty for the first.

        Raises:
            UnknownNameError: If the bank has no such programme.
        """
        from bankservice.loyalty.service import Accounts

        held = [self.charter.policy(chosen) for chosen in self.charter.loyalty]
        for policy in held:
            if name not in ("", policy.id):
                continue
            if policy.id not in self._accounts:
                self._accounts[policy.id] = Accounts(
                    self.journal,
                    [policy],
                    quota=self.stocks,
                    remember=self._remember,
                    **self._usual,
                )
            return self._accounts[policy.id]
        raise UnknownNameError("points programme", name, (policy.id for policy in held))

    @cached_property
    def stocks(self) -> Quota | None:
        """
        Shared limits of points programmes: those given, else beside the journal.

        Inside the host's transaction they are taken or not with it. None beside a journal that is
        none of this package's, and where a bank is looked at as it was known.
        """
        from bankservice.journals.known import KnownJournal
        from bankservice.journals.memory import MemoryJournal
        from bankservice.journals.memory_quota import MemoryQuota

        if isinstance(self.journal, KnownJournal):
            # What was left is not kept over time, and what is left now is taken by asking for it.
            return None
        within: Any = getattr(self.journal, "journal", self.journal)
        if self._quota is not None:
            return self._quota
        if hasattr(within, "gateway"):
            from bankservice.journals.sql_quota import SqlQuota

            return SqlQuota(within, tenant=self.tenant)
        return MemoryQuota() if isinstance(within, MemoryJournal) else None

    @cached_property
    def benefits(self) -> Benefits:
        """Offers beside points: what customers joined, and what their events got."""
        from bankservice.loyalty.benefits.service import Benefits

        policy = self.charter.policy(self.charter.offers)
        return Benefits(self.journal, policy, quota=self._quota, **self._usual)

    @cached_property
    def campaigns(self) -> Campaigns:
        """Surveys in the field: who was drawn by which plan, and when."""
        from bankservice.satisfaction.campaigns.campaign_service import Campaigns

        return Campaigns(self.journal, self.charter.policy(self.charter.sampling), **self._usual)

    @cached_property
    def surveys(self) -> Surveys:
        """Invitations of the bank's customers, and what they answered."""
        from bankservice.satisfaction.campaigns.service import Surveys

        policy = self.charter.policy(self.charter.sampling)
        return Surveys(self.journal, policy, campaigns=self.campaigns, **self._usual)

    @cached_property
    def follow_ups(self) -> FollowUps:
        """Customers who were not satisfied, and whether they were called back."""
        from bankservice.satisfaction.follow_up.service import FollowUps

        return FollowUps(self.journal, self.charter.policy(self.charter.follow_up), **self._usual)

    @cached_property
    def voices(self) -> Voices:
        """What customers said in their own words: notes, forums, interviews."""
        from bankservice.satisfaction.voices.service import Voices

        return Voices(self.journal, self.charter.policy(self.charter.follow_up), **self._usual)

    @property
    def _usual(self) -> dict[str, Any]:
        """What every service is given beside its policies."""
        return {"now": self.now, "tenant": self.tenant, "shelf": self.policies}

    def service(self, kind: str, subject: str = "") -> Any:
        """
        Return what keeps a kind of record.

        Args:
            kind: Such as `segmentation.standing`.
            subject: Whose record; of points accounts it tells the programme.

        Raises:
            UnknownNameError: If there is no such kind.
        """
        if kind not in EXPLAINED:
            raise UnknownNameError("kind of record", kind, EXPLAINED)
        return EXPLAINED[kind][1](self, subject)

    def accounts_of(self, subject: str) -> Accounts:
        """Return the accounts that `programme:customer` is among; those of the first otherwise."""
        named = subject.rpartition(":")[0]
        known = (
            policy if isinstance(policy, str) else policy.id for policy in self.charter.loyalty
        )
        return self.programme(named if named in known else "")
