"""Campaigns of a bank: drawn, released, closed, drawn again by an auditor; a thin face."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bankservice.core.answer import Answer
from bankservice.core.decision import Decision, Explanation
from bankservice.core.desk import Desk
from bankservice.core.errors import UnknownNameError
from bankservice.core.journal import Journal
from bankservice.core.office import Office
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy, Version
from bankservice.core.record import Command
from bankservice.core.shelf import PolicyShelf
from bankservice.core.structure import FACTS
from bankservice.satisfaction.campaigns.campaign import CAMPAIGN, CampaignView
from bankservice.satisfaction.campaigns.drawing import sample
from bankservice.satisfaction.campaigns.drawn import Campaign, Drawn
from bankservice.satisfaction.campaigns.frame import Framed, Sampled, SampleFacts
from bankservice.satisfaction.campaigns.plan import SamplingPlan
from bankservice.satisfaction.campaigns.reading import questionnaire_of
from bankservice.satisfaction.policy import SHELF

__all__ = ["Campaigns"]


class Campaigns:
    """
    Draw samples and keep them, so that they can be drawn again.

    Examples:
        >>> from bankservice.journals.memory import MemoryJournal
        >>> import pendulum
        >>> campaigns = Campaigns(
        ...     MemoryJournal(),
        ...     SHELF.get("retail-sampling-shape"),
        ...     now=lambda: pendulum.datetime(2026, 11, 22, 12, tz="Asia/Shanghai"),
        ... )
        >>> frame = [{"customer": f"c{n}", "facts": {"age": 20 + n}} for n in range(200)]
        >>> campaigns.open(
        ...     "o-1",
        ...     "2026-H2",
        ...     questionnaire="relationship",
        ...     frame=frame,
        ...     seed="2026-H2",
        ...     on="2026-11-23",
        ...     n=20,
        ... ).accepted
        True
        >>> campaigns.view("2026-H2").drawn, campaigns.redrawn("2026-H2", frame[::-1])
        (56, ())
    """

    def __init__(
        self,
        journal: Journal,
        policy: Policy[SamplingPlan],
        *,
        now: Callable[[], datetime],
        tenant: str = "default",
        shelf: PolicyShelf = SHELF,
    ) -> None:
        """
        Set up.

        Args:
            journal: Where the record is kept.
            policy: The sampling plan.
            now: Gives the present instant, aware.
            tenant: Legal entity the customers belong to.
            shelf: Finds questionnaires, and what kept versions name.
        """
        self._policy = policy
        self._shelf = shelf
        self.desk: Desk[Campaign] = Desk(CAMPAIGN, (policy,), tenant=tenant)
        at_hand = shelf.with_policies((policy,))
        self.office = Office(self.desk, journal, now=now, shelf=at_hand)

    def do(
        self,
        command_id: str,
        campaign: str,
        act: str,
        /,
        *,
        actor: str = "system",
        at: datetime | None = None,
        **body: Any,
    ) -> Answer:
        """
        Do something with a campaign.

        Args:
            command_id: The caller's id.
            campaign: Which.
            act: Name of the command, such as `release`.
            actor: Who gives it.
            at: When it happened; now where left out.
            **body: What the command needs.

        Raises:
            UnknownNameError: If there is no such command.
            FaultsError: If the body has faults.
        """
        read = CAMPAIGN.command(act, body)
        return self.handle(Command(id=command_id, subject=campaign, body=read, actor=actor, at=at))

    def handle(self, command: Command) -> Answer:
        """Decide on a command and write what it leads to."""
        return self.office.handle(command)

    def open(
        self,
        command_id: str,
        campaign: str,
        *,
        questionnaire: str,
        frame: Iterable[Framed | Mapping[str, Any]],
        seed: str,
        on: date | str,
        programme: str = "",
        wave: str = "",
        n: int | None = None,
        **more: Any,
    ) -> Answer:
        """
        Draw a sample of a frame and open a campaign with it.

        Args:
            command_id: The caller's id.
            campaign: Id of the campaign.
            questionnaire: Id of the questionnaire.
            frame: Everybody who could be asked, as in `SampleFacts`.
            seed: Any text; it repeats the draw.
            on: First day on which those drawn may be invited.
            programme: Code of the programme.
            wave: Code of the wave.
            n: Answers wanted; as the plan says where left out.
            **more: As in `do`.

        Raises:
            FaultsError: If the frame has faults.
            NotInForceError: If no version of the plan is in force on that day.
            UnknownNameError: If there is no such questionnaire or programme.
        """
        asked = questionnaire_of(self._shelf, questionnaire).id
        drawn = self.draw(frame, seed=seed, on=on, programme=programme, n=n).outcome
        body: dict[str, Any] = {
            "questionnaire": asked,
            "wave": wave,
            "sample": drawn,
            "n": n,
        }
        return self.do(command_id, campaign, "open", **body, **more)

    def draw(self, frame: Iterable[Framed | Mapping[str, Any]], **stated: Any) -> Decision[Sampled]:
        """Return the sample of a frame; nothing is written. *stated* as in `SampleFacts`."""
        told = {"frame": list(frame), **stated}
        facts = FACTS.read(told, SampleFacts, "a frame")
        return sample.decide(facts, sample.version(self._policy, facts))

    def redrawn(
        self, campaign: str, frame: Sequence[Framed | Mapping[str, Any]]
    ) -> tuple[str, ...]:
        """
        Draw a campaign's sample again, and name the parts that differ; none where it is the same.

        Args:
            campaign: Which.
            frame: The frame as it was, in any order.

        Raises:
            UnknownNameError: If there is no such campaign, or its plan was not kept.
        """
        opened = self.office.load(campaign).state.opened
        if opened is None:
            raise UnknownNameError("campaign", campaign, ())
        version = self._kept(campaign, opened.version)
        told = {
            "frame": list(frame),
            "seed": opened.seed,
            "on": opened.on,
            "programme": opened.programme,
            "n": opened.n,
        }
        again = sample.decide(FACTS.read(told, SampleFacts, "a frame"), version).outcome
        names = ("frame", "digest", "excluded", "strata", "batches")
        return tuple(
            name
            for name in names
            if to_json(getattr(again, name)) != to_json(getattr(opened, name))
        )

    def _kept(self, campaign: str, ref: Mapping[str, str]) -> Version[SamplingPlan]:
        """Return the plan of a campaign as it was kept when it was opened."""
        opened = next(version for version, _, kind in self.history(campaign) if kind == "opened")
        recalled = self.office.serve(self.desk.recall(campaign, opened, self.office.rebuilt))
        return recalled.find(ref["policy"], ref["digest"])

    def plan(self, campaign: str) -> SamplingPlan:
        """
        Return the plan a campaign was drawn under, as it was: its strata and its quotas.

        Raises:
            UnknownNameError: If there is no such campaign, or its plan was not kept.
        """
        opened = self.state(campaign).opened
        if opened is None:
            raise UnknownNameError("campaign", campaign, ())
        held = {version.ref.digest: version for version in self._policy.versions}
        at_hand = held.get(opened.version["digest"])
        return (at_hand or self._kept(campaign, opened.version)).parameters

    def release(self, command_id: str, campaign: str, **more: Any) -> Answer:
        """Release the next reserve batch; *more* as in `do` and `Release`."""
        return self.do(command_id, campaign, "release", **more)

    def close(self, command_id: str, campaign: str, **more: Any) -> Answer:
        """Close a campaign; *more* as in `do` and `Close`."""
        return self.do(command_id, campaign, "close", **more)

    def state(self, campaign: str) -> Campaign:
        """Return a campaign as folded."""
        return self.office.load(campaign).state

    def drawn(self, campaign: str) -> Mapping[str, Drawn]:
        """Return who may be invited by now: customer → stratum and batch."""
        return self.state(campaign).drawn()

    def view(self, campaign: str, as_of: datetime | None = None) -> CampaignView:
        """Return a campaign as seen at *as_of* (now where left out)."""
        view: CampaignView = self.office.view(campaign, as_of)
        return view

    def explain(self, campaign: str, version: int) -> Explanation:
        """Return why an entry of a campaign's record was decided, from the record alone."""
        return self.office.explain(campaign, version)

    def history(self, campaign: str) -> Iterable[tuple[int, datetime, str]]:
        """Yield (version, effective instant, kind) of a campaign's entries."""
        return self.office.history(campaign)
