"""
The frame of a survey, and the sample drawn of it: facts and outcome of `satisfaction.sample`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Final

import attrs

from bankservice.core.errors import Fault, FaultsError, IdentifierError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.identifiers import checked_id
from bankservice.core.plain import digest, to_json
from bankservice.core.unknown import Unknown, UnknownType

__all__ = [
    "Framed",
    "SampleFacts",
    "SampleFlag",
    "Sampled",
    "StratumDrawn",
    "frame_digest",
    "plain_facts",
]

_PLAIN: Final = (str, int, Decimal, date, Unknown, type(None))


def plain_facts(facts: Mapping[str, Any]) -> FrozenMapping[str, Any]:
    """
    Return facts of a customer by name, each a text, number or date, or unknown.

    Raises:
        FaultsError: If one is of another kind, such as a float; the value is not repeated.
    """
    faults = tuple(
        Fault(str(name), type(fact).__name__, "a text, a number that is no float, or a date")
        for name, fact in facts.items()
        if not isinstance(fact, _PLAIN)
    )
    if faults:
        raise FaultsError("the facts of a customer", faults)
    return FrozenMapping(facts)


@attrs.frozen(kw_only=True)
class Framed:
    """
    One customer of the frame.

    Attributes:
        customer: Id of the customer.
        facts: Facts by name, of which those of the plan's dimensions tell the stratum; what is
            left out is unknown.
        last_invited_on: Day of the last invitation by any programme; none where there was none.
        opted_out: Whether the customer wants no survey.
        excluded_for: Code of an exclusion of the plan; empty where there is none.
    """

    customer: str
    facts: FrozenMapping[str, Any] = attrs.field(
        factory=FrozenMapping[str, Any], converter=plain_facts
    )
    last_invited_on: date | UnknownType | None = None
    opted_out: bool | UnknownType = False
    excluded_for: str = ""


@attrs.frozen(kw_only=True)
class SampleFacts:
    """
    Of whom a sample is drawn.

    Attributes:
        frame: Everybody who could be asked, each once, in any order.
        seed: Any text; kept with the sample, it repeats the draw.
        on: First day on which those drawn may be invited.
        programme: Code of the programme; empty where the plan names none.
        n: Answers wanted; as the plan says where left out.
    """

    frame: tuple[Framed, ...]
    seed: str
    on: date
    programme: str = ""
    n: int | None = None

    def __attrs_post_init__(self) -> None:
        faults = [*_faults(self.frame)]
        if not self.seed:
            faults.append(Fault("seed", "an empty text", "a text"))
        if self.n is not None and self.n < 1:
            faults.append(Fault("n", f"int {self.n}", "1 or more"))
        if faults:
            raise FaultsError("a frame", tuple(faults))


def _faults(frame: tuple[Framed, ...]) -> Iterator[Fault]:
    counted = Counter(row.customer for row in frame)
    first: dict[str, int] = {}
    for place, row in enumerate(frame):
        try:
            checked_id(row.customer, "customer")
        except IdentifierError:
            yield Fault(f"frame[{place}].customer", "what may be no id", "an opaque id")
            continue
        if counted[row.customer] > 1:
            before = first.setdefault(row.customer, place)
            if before != place:
                got = f"the customer of row [{before}] again"
                yield Fault(f"frame[{place}].customer", got, "each customer once")


class SampleFlag(Enum):
    """What is to be held against a sample."""

    NOBODY = "nobody"
    CENSUS = "census"
    SHORT = "short"
    SMALL_STRATUM = "small-stratum"
    UNKNOWN_STRATUM = "unknown-stratum"


@attrs.frozen(kw_only=True)
class StratumDrawn:
    """
    What is drawn of one stratum.

    Attributes:
        stratum: Its code: the codes of its bands with a stroke between.
        bands: Dimension → band.
        size: How many of the frame are in it and may be asked.
        answers: Answers wanted of it.
        drawn: How many are invited first.
        reserve: How many each reserve batch holds.
        weight: Base weight of those invited first: `size` over `drawn`, to fourteen digits; None
            where nobody is. It falls with every reserve batch that is released.
        short: Whether it has fewer people than it takes to get the answers wanted.
    """

    stratum: str
    bands: FrozenMapping[str, str] = FrozenMapping()
    size: int
    answers: int
    drawn: int
    reserve: tuple[int, ...] = ()
    weight: Decimal | None = None
    short: bool = False


@attrs.frozen(kw_only=True)
class Sampled:
    """
    A sample.

    Attributes:
        on: First day on which those drawn may be invited.
        seed: The seed it was drawn by.
        programme: Code of the programme.
        wanted: Answers wanted before the frame set a limit.
        n: Answers allocated over the strata.
        invited: How many are invited first, in all.
        frame: How many the frame holds.
        eligible: How many of them may be asked.
        excluded: How many may not, by the first reason: an exclusion of the plan, then `opted-out`,
            `cooling-down`, `contact-unknown`. With `eligible` they add up to `frame`.
        strata: What is drawn of each stratum with somebody in it, in the order of the plan.
        empty: Strata of the plan with nobody in them.
        batches: Who is drawn, stratum → ids in the order of the draw: those invited first, then
            every reserve batch.
        digest: Digest of the frame, whatever its order.
        flags: `nobody` may be asked; `census`, fewer may be asked than answers are wanted; `short`,
            a stratum has fewer people than it takes; `small-stratum`, one has fewer than the
            minimum; `unknown-stratum`, a fact of somebody is unknown.
    """

    on: date
    seed: str
    programme: str = ""
    wanted: int
    n: int
    invited: int
    frame: int
    eligible: int
    excluded: FrozenMapping[str, int] = FrozenMapping()
    strata: tuple[StratumDrawn, ...] = ()
    empty: tuple[str, ...] = ()
    batches: tuple[FrozenMapping[str, tuple[str, ...]], ...] = ()
    digest: str = ""
    flags: tuple[SampleFlag, ...] = ()


def frame_digest(frame: Iterable[Framed]) -> str:
    """Return the digest of a frame, whatever its order."""
    return digest(sorted(digest(to_json(row)) for row in frame))
