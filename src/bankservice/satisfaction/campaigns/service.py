"""Asking customers and hearing their answers: a thin, typed face over the record of contacts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from bankservice.core.answer import Answer, Batch
from bankservice.core.calendar import local_day
from bankservice.core.errors import Fault, UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.journal import Receipt
from bankservice.satisfaction.campaigns.acting import ContactRefusal
from bankservice.satisfaction.campaigns.drawn import Drawn
from bankservice.satisfaction.campaigns.fieldwork import Fieldwork
from bankservice.satisfaction.campaigns.reading import questionnaire_of, read_answers
from bankservice.satisfaction.campaigns.record import CONTACT

__all__ = ["Inviting", "Surveys"]

_QUOTA_FULL: Final = ContactRefusal.QUOTA_FULL.value


@attrs.frozen(kw_only=True)
class Inviting:
    """
    What became of inviting many.

    Attributes:
        batch: What the desk says of it.
        refused: Customer → code of the refusal.
        quota_full: Customers who were not asked, because a hard quota of their stratum is full.
    """

    batch: Batch
    refused: FrozenMapping[str, str] = FrozenMapping()
    quota_full: tuple[str, ...] = ()


class Surveys(Fieldwork):
    """
    Invite customers, note what became of it, and give the answers on.

    Every command takes the caller's id; the same again gives the first answer. Whoever invites, and
    for whichever programme, the cool-down of a customer holds: it is one record.

    Examples:
        >>> from bankservice.journals.memory import MemoryJournal
        >>> from bankservice.satisfaction import SHELF, Campaigns
        >>> import pendulum
        >>> plan, journal = SHELF.get("retail-sampling-shape"), MemoryJournal()
        >>> now = lambda: pendulum.datetime(2026, 11, 23, 12, tz="Asia/Shanghai")
        >>> campaigns = Campaigns(journal, plan, now=now)
        >>> surveys = Surveys(journal, plan, now=now, campaigns=campaigns)
        >>> campaigns.open(
        ...     "o-1",
        ...     "h2",
        ...     questionnaire="transactional",
        ...     frame=[{"customer": "chen"}],
        ...     seed="h2",
        ...     on="2026-11-23",
        ... ).accepted
        True
        >>> surveys.invite("i-1", "chen", campaign="h2", channel="sms").accepted
        True
        >>> surveys.do("r-1", "chen", "end", campaign="h2", outcome="refused").accepted
        True
        >>> surveys.response("h2").outcomes["refused"]
        1
    """

    # -- asking ------------------------------------------------------------------------------------

    def invite(
        self, command_id: str, customer: str, *, campaign: str, channel: str, **more: Any
    ) -> Answer:
        """
        Invite a customer who was drawn.

        Args:
            command_id: The caller's id.
            customer: Whom.
            campaign: Of which campaign.
            channel: By which channel.
            **more: `about`, `zone` and `planned` as in `Invite`; the rest as in `do`.

        Where the plan has a hard quota, everybody who was drawn is looked at: `invite_many` does
        that once.

        Raises:
            UnknownNameError: If the campaign did not draw the customer, or is not open.
        """
        first = self._first(command_id)
        held, drawn = self._opened(campaign, first)
        if customer not in drawn:
            raise UnknownNameError(f"customer drawn by {campaign}", customer, ())
        body = _invitation(campaign, held, drawn[customer])
        if first is None:
            full = drawn[customer].stratum in self._full(campaign)
        else:
            # Asked again, whatever became of the quota: the first answer is given.
            full = first.result.get("refused") == _QUOTA_FULL
        return self.do(
            command_id, customer, "invite", channel=channel, quota_full=full, **body, **more
        )

    def invite_many(
        self,
        batch_id: str,
        campaign: str,
        *,
        channel: str,
        customers: Iterable[str] | None = None,
        about: Mapping[str, Mapping[str, str]] | None = None,
        zones: Mapping[str, str] | None = None,
        actor: str = "system",
    ) -> Inviting:
        """
        Invite those who were drawn with one read and one commit, as far as each may be asked.

        Args:
            batch_id: The caller's id of the batch.
            campaign: Of which campaign.
            channel: By which channel.
            customers: Whom of those drawn; all of them where left out.
            about: Customer → what the invitation is about.
            zones: Customer → own zone.
            actor: Who invites.

        Raises:
            UnknownNameError: If the campaign is not open, or did not draw one of the customers.
        """
        first = self._first(batch_id)
        held, drawn = self._opened(campaign, first)
        wanted = tuple(dict.fromkeys(drawn if customers is None else customers))
        if customers is None and first is not None:
            # Those drawn by then: reserves that were released since come after them.
            wanted = wanted[: int(str(first.result.get("commands", 0)))]
        for customer in (*wanted, *(about or ()), *(zones or ())):
            if customer not in drawn:
                raise UnknownNameError(f"customer drawn by {campaign}", customer, ())
        full = self._not_wanted(campaign, batch_id, wanted, drawn, first)
        bodies = {
            customer: {
                **_invitation(campaign, held, drawn[customer]),
                "channel": channel,
                "about": dict((about or {}).get(customer, {})),
                "zone": (zones or {}).get(customer, ""),
                "quota_full": customer in full,
            }
            for customer in wanted
        }
        batch = self.office.batch_of(
            batch_id,
            bodies,
            lambda customer, body: CONTACT.command("invite", body),
            _no_faults,
            actor=actor,
        )
        codes = {
            customer: batch.refused[key]
            for key, customer in _by_id(batch_id, wanted).items()
            if key in batch.refused
        }
        return Inviting(
            batch=batch,
            refused=FrozenMapping({c: code for c, code in codes.items() if code != _QUOTA_FULL}),
            quota_full=tuple(c for c, code in codes.items() if code == _QUOTA_FULL),
        )

    def _first(self, command_id: str) -> Receipt | None:
        """Return the receipt of a command that was given before."""
        return self.office.journal.receipts(self.desk.tenant, (command_id,)).get(command_id)

    def _when(self, command_id: str) -> datetime:
        """Return when a command was given first: a sheet that comes again is read as it was."""
        first = self._first(command_id)
        return self.office.present() if first is None else first.recorded_at

    def _opened(self, campaign: str, first: Receipt | None) -> tuple[Any, Mapping[str, Drawn]]:
        state = self._campaigns.state(campaign)
        if state.opened is None or (state.closed is not None and first is None):
            raise UnknownNameError("open campaign", campaign, ())
        return state.opened, state.drawn()

    def _not_wanted(
        self,
        campaign: str,
        batch_id: str,
        wanted: tuple[str, ...],
        drawn: Mapping[str, Drawn],
        first: Receipt | None,
    ) -> frozenset[str]:
        """Return of whom a hard quota is full, or was when the same was asked first."""
        if first is None:
            full = self._full(campaign)
            return frozenset(customer for customer in wanted if drawn[customer].stratum in full)
        told: Any = first.result.get("refused") or {}
        ids = _by_id(batch_id, wanted)
        return frozenset(
            who for key, who in ids.items() if key in told and told[key] == _QUOTA_FULL
        )

    # -- hearing -----------------------------------------------------------------------------------

    def answer(
        self,
        command_id: str,
        customer: str,
        *,
        campaign: str,
        answers: object,
        at: datetime | None = None,
        opened_at: datetime | None = None,
        language: str = "",
        channel: str = "",
        mode: str = "",
        **more: Any,
    ) -> Answer:
        """
        Read what an invited customer answered, and note it.

        The sheet is read by `satisfaction.answer-sheet` under the questionnaire of the invitation.
        One on which nothing stands says only that the customer was reached.

        Args:
            command_id: The caller's id.
            customer: Who answered.
            campaign: To which campaign.
            answers: The answers, as `satisfaction.answer-sheet` takes them.
            at: When it was handed in; now where left out.
            opened_at: When it was opened.
            language: In which language.
            channel: By which channel; that of the invitation where left out.
            mode: Who held the pen.
            **more: As in `do`.

        Raises:
            FaultsError: If the sheet is no sheet at all.
            UnknownNameError: If there is no such questionnaire.
        """
        held = self.office.load(customer).state.invitations.get(campaign)
        if held is None:
            # There is nothing to read it by: the record says why nothing is taken.
            return self.do(command_id, customer, "answer", campaign=campaign, at=at, **more)
        stated = {
            "invited_at": held.invited.at,
            "opened_at": opened_at,
            "finished_at": at or self._when(command_id),
            "language": language,
            "channel": channel or held.invited.channel,
            "mode": mode,
        }
        policy = questionnaire_of(self._shelf, held.invited.questionnaire)
        sheet, told = read_answers(policy, answers, held.invited.on, **stated)
        if sheet.status == "empty":
            return self.do(command_id, customer, "reach", campaign=campaign, at=at, **more)
        return self.do(command_id, customer, "answer", campaign=campaign, at=at, **told, **more)

    def volunteer(
        self,
        command_id: str,
        customer: str,
        *,
        campaign: str,
        questionnaire: str,
        answers: object,
        at: datetime | None = None,
        about: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Answer:
        """
        Read what somebody answered who was not drawn, and note it apart.

        Args:
            command_id: The caller's id.
            customer: Who answered.
            campaign: To which campaign.
            questionnaire: Id of the questionnaire.
            answers: The answers, as `satisfaction.answer-sheet` takes them.
            at: When it was handed in; now where left out.
            about: What it is about, as codes.
            **more: `opened_at`, `language`, `channel` and `mode` as in `answer`; the rest as in
                `do`.

        Raises:
            FaultsError: If the sheet is no sheet at all.
            ValueError: If nothing stands on it.
        """
        names = ("opened_at", "language", "channel", "mode")
        stated = {name: more.pop(name) for name in names if name in more}
        when = at or self._when(command_id)
        on = local_day(when, self.plan.zone)
        policy = questionnaire_of(self._shelf, questionnaire)
        sheet, told = read_answers(policy, answers, on, finished_at=when, **stated)
        if sheet.status == "empty":
            raise ValueError(
                "nothing stands on the sheet; a volunteer who says nothing is not kept."
            )
        body = {"questionnaire": policy.id, "about": dict(about or {}), **told}
        return self.do(command_id, customer, "volunteer", campaign=campaign, at=at, **body, **more)

    def opt_out(self, command_id: str, customer: str, **more: Any) -> Answer:
        """Note that a customer wants no surveys; *more* as in `do` and `OptOut`."""
        return self.do(command_id, customer, "opt_out", **more)

    def opt_in(self, command_id: str, customer: str, **more: Any) -> Answer:
        """Note that a customer may be asked again; *more* as in `do` and `OptIn`."""
        return self.do(command_id, customer, "opt_in", **more)


def _invitation(campaign: str, opened: Any, drawn: Drawn) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "questionnaire": opened.questionnaire,
        "programme": opened.programme,
        "not_before": opened.on,
        "stratum": drawn.stratum,
        "batch": drawn.batch,
    }


def _by_id(batch_id: str, wanted: Iterable[str]) -> Mapping[str, str]:
    """Return whom each command of a batch is about."""
    return {f"{batch_id}:{place}": customer for place, customer in enumerate(wanted)}


def _no_faults() -> Iterable[Fault]:
    return ()
