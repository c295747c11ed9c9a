"""
What the stream of a campaign holds: its draw as decided, and which batches were released.

Who was drawn stands here by id, with the code of the stratum: that is what an auditor repeats the
draw by. Nothing a customer said stands here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

import attrs

from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.record import Events
from bankservice.satisfaction.campaigns.frame import Sampled, StratumDrawn
from bankservice.satisfaction.model import told

__all__ = [
    "CAMPAIGN_COMMANDS",
    "CAMPAIGN_EVENTS",
    "Campaign",
    "Close",
    "Closed",
    "Drawn",
    "Open",
    "Opened",
    "Release",
    "Released",
    "evolve_campaign",
]

_Batches = tuple[FrozenMapping[str, tuple[str, ...]], ...]


@attrs.frozen(kw_only=True)
class Open:
    """
    Open a campaign with a sample that was drawn.

    Attributes:
        questionnaire: Id of the questionnaire.
        wave: Code of the wave, where the programme asks again and again.
        sample: The sample, as `satisfaction.sample` gave it.
        n: Answers that were asked for; as the plan says where left out.
    """

    questionnaire: str
    wave: str = ""
    sample: Sampled
    n: int | None = None

    def __attrs_post_init__(self) -> None:
        faults = tuple(_faults(self.sample))
        if faults:
            raise FaultsError("a sample", faults)


def _faults(sample: Sampled) -> Iterator[Fault]:
    """Yield what of a sample does not add up: every customer of the frame is in one place."""
    left_out = sum(sample.excluded.values())
    if sample.frame != sample.eligible + left_out:
        wanted = f"{sample.eligible} who may be asked and {left_out} left out"
        yield Fault("frame", f"int {sample.frame}", wanted)
    if sample.eligible != sum(held.size for held in sample.strata):
        yield Fault("eligible", f"int {sample.eligible}", "the sum of the strata")
    for held in sample.strata:
        counts = (held.drawn, *held.reserve)
        found = tuple(len(batch.get(held.stratum, ())) for batch in sample.batches)
        if found != counts + (0,) * (len(found) - len(counts)):
            path = f"batches of {held.stratum}"
            yield Fault(path, f"{found} customers", f"{counts}, as the stratum says")
    strata = {held.stratum for held in sample.strata}
    for code in sorted({code for batch in sample.batches for code in batch} - strata):
        yield Fault("batches", repr(code), "a stratum of the sample")
    everybody = Counter(who for batch in sample.batches for ids in batch.values() for who in ids)
    twice = sum(count > 1 for count in everybody.values())
    if twice:
        yield Fault("batches", f"{twice} customers more than once", "each customer once")


@attrs.frozen(kw_only=True)
class Release:
    """
    Release the next reserve batch.

    Attributes:
        reason: Code of why, such as `few-answers`.
    """

    reason: str = ""


@attrs.frozen(kw_only=True)
class Close:
    """
    Close a campaign; invitations that are open run on.

    Attributes:
        reason: Code of why.
    """

    reason: str = ""


CAMPAIGN_COMMANDS: Final = {"open": Open, "release": Release, "close": Close}
"""Command names and their classes."""


@attrs.frozen(kw_only=True)
class Opened:
    """
    A campaign was opened.

    Attributes:
        at: When.
        programme: Code of the programme.
        wave: Code of the wave.
        questionnaire: Id of the questionnaire.
        on: First day on which those drawn may be invited.
        seed: The seed of the draw.
        n: Answers that were asked for, if not as the plan says.
        frame: How many the frame held.
        digest: Digest of the frame.
        excluded: How many may not be asked, by why.
        strata: What was drawn of each stratum.
        batches: Who was drawn, stratum → ids.
        zone: Zone of the plan.
        version: Version of the plan it was drawn under.
    """

    at: datetime
    programme: str = ""
    wave: str = ""
    questionnaire: str
    on: date
    seed: str
    n: int | None = None
    frame: int
    digest: str
    excluded: FrozenMapping[str, int] = FrozenMapping()
    strata: tuple[StratumDrawn, ...] = ()
    batches: _Batches = ()
    zone: str
    version: FrozenMapping[str, str]


@attrs.frozen(kw_only=True)
class Released:
    """A reserve batch was released."""

    at: datetime
    batch: int
    reason: str = ""


@attrs.frozen(kw_only=True)
class Closed:
    """A campaign was closed."""

    at: datetime
    reason: str = ""


CAMPAIGN_EVENTS: Final = Events({"opened": Opened, "released": Released, "closed": Closed})


@attrs.frozen
class Drawn:
    """Where a customer stands in a draw: the stratum, and the batch, the first being 0."""

    stratum: str
    batch: int


@attrs.frozen(kw_only=True)
class Campaign:
    """
    The state of the record.

    Attributes:
        opened: As it was opened; None before.
        released: Reserve batches that were released.
        closed: When it was closed.
    """

    opened: Opened | None = None
    released: tuple[Released, ...] = ()
    closed: Closed | None = None

    def batches(self, by: datetime | None = None) -> int:
        """Return how many batches may be invited, that of the opening among them, at an instant."""
        if self.opened is None or (by is not None and self.opened.at > by):
            return 0
        return 1 + sum(by is None or held.at <= by for held in self.released)

    def drawn(self, by: datetime | None = None) -> Mapping[str, Drawn]:
        """Return who may be invited, in the order of batches, strata and the draw."""
        held = () if self.opened is None else self.opened.batches
        return {
            who: Drawn(stratum, place)
            for place, batch in enumerate(held[: self.batches(by)])
            for stratum, ids in batch.items()
            for who in ids
        }

    def strata(self, by: datetime | None = None) -> tuple[StratumDrawn, ...]:
        """Return the strata with what was released so far as drawn, and the base weights of that."""
        extra = max(self.batches(by) - 1, 0)
        found = []
        for held in () if self.opened is None else self.opened.strata:
            drawn = held.drawn + sum(held.reserve[:extra])
            weight = told(held.size / drawn) if drawn else None
            reserve = held.reserve[extra:]
            found.append(attrs.evolve(held, drawn=drawn, reserve=reserve, weight=weight))
        return tuple(found)


def evolve_campaign(state: Campaign, event: Any) -> Campaign:
    """Return the state after an event; total over `CAMPAIGN_EVENTS`."""
    match event:
        case Opened():
            return attrs.evolve(state, opened=event)
        case Released():
            return attrs.evolve(state, released=(*state.released, event))
        case Closed():
            return attrs.evolve(state, closed=event)
    raise TypeError(f"{type(event).__name__} is no event of campaigns")
