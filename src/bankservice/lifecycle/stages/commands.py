"""What a customer's stages are told: commands as given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import attrs

from bankservice.core.calendar import local_day
from bankservice.core.errors import FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.identifiers import checked_id
from bankservice.core.plain import to_json
from bankservice.core.schema import Forms, Schema, any_of
from bankservice.core.structure import FACTS, Reader
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.lifecycle.model import StageReason
from bankservice.lifecycle.stages.activity import Deed, check_day, not_negative
from bankservice.lifecycle.stages.kind import STAGES

__all__ = [
    "CLOSURES",
    "Advance",
    "AsOf",
    "Close",
    "ClosureReason",
    "HoldClocks",
    "Know",
    "Observe",
    "ReleaseClocks",
    "SummaryAct",
]

ClosureReason = Literal["closed", "deceased", "exited"]
"""Why a relationship ended: nothing is held any more, a death, or by the bank."""

CLOSURES: Mapping[str, StageReason] = FrozenMapping(
    {
        "closed": StageReason.CLOSED,
        "deceased": StageReason.DECEASED,
        "exited": StageReason.EXITED,
    }
)
"""Why everything ended, as commands say it: all was closed, a death, an exit by the bank."""

_SCALARS = (str, int, bool, date, Decimal)


def _plain_facts(facts: Mapping[str, Any]) -> FrozenMapping[str, Any]:
    """
    Return facts as they are kept.

    A fact that cohorts may ask for is read as what it is: a later version may be the first to ask,
    and would find what nobody can read.
    """
    for name, value in facts.items():
        finite = not isinstance(value, Decimal) or value.is_finite()
        if not isinstance(value, _SCALARS) or not finite:
            raise ValueError(f"{name} must be a text, number, date or boolean")
        known = STAGES.cohort.get(name)
        if known is not None and value != UNKNOWN.value:
            try:
                FACTS.read(value, date if known.type == "date" else str, name)
            except FaultsError as error:
                faults = tuple(attrs.evolve(f, path=f"customer.{name}") for f in error.faults)
                raise FaultsError(name, faults) from None
    return FrozenMapping(to_json(facts))


def _check_hold(held: object, field: attrs.Attribute[Any], value: object) -> None:
    """Refuse a kind of hold that may be no name: it stands open in the record."""
    checked_id(value, "hold's kind")


@attrs.frozen(kw_only=True)
class Know:
    """
    A customer became known, or facts of theirs are stated.

    Attributes:
        on: Day from which; that of the command where left out.
        products: How many products the customer holds from that day on.
        customer: Facts that cohorts ask for; they are kept.
    """

    on: date | UnknownType | None = None
    products: int | UnknownType | None = attrs.field(default=None, validator=not_negative)
    customer: FrozenMapping[str, Any] = attrs.field(default=FrozenMapping(), converter=_plain_facts)


@attrs.frozen(kw_only=True)
class SummaryAct(Deed):
    """
    Acts of one kind in a summary.

    Attributes:
        on: The day, in the policy's zone; that of the command where left out.
        kind: What was done.
        initiator: Who set it off.
        channel: Through which channel; empty where not stated.
        verified: Whether the customer's identity was checked.
        count: How many there were; more than one changes nothing.
    """

    on: date | UnknownType | None = attrs.field(default=None, validator=check_day)


@attrs.frozen(kw_only=True)
class Observe(SummaryAct):
    """
    The customer did something, or something was done for them.

    Attributes:
        on: The business day; where left out, the local day of the command in the policy's zone.
        kind: What was done.
        initiator: Who set it off.
        channel: Through which channel; empty where not stated.
        verified: Whether the customer's identity was checked.
        count: How many there were; more than one changes nothing.
        products: How many products the customer holds from that day on.
        ref: The host's own name of the act.
        summary: Acts of a day, or of several days, instead of one act.
    """

    products: int | UnknownType | None = attrs.field(default=None, validator=not_negative)
    ref: str = ""
    summary: tuple[SummaryAct, ...] = ()

    @property
    def acts(self) -> Sequence[SummaryAct]:
        """The acts told: the one, or those of the summary, each with its day where one is stated."""
        if not self.summary:
            return (self,)
        return tuple(
            attrs.evolve(act, on=self.on) if act.on is None else act for act in self.summary
        )


@attrs.frozen
class AsOf:
    """A day, or an instant whose day is that of the policy's zone."""

    when: date | datetime

    @classmethod
    def __read__(cls, raw: object, reader: Reader) -> AsOf:
        instant = isinstance(raw, datetime) or (isinstance(raw, str) and "T" in raw)
        return cls(reader.read(raw, datetime if instant else date, ""))

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        return any_of([forms.of(date), forms.of(datetime)])

    def __written__(self) -> str:
        return str(to_json(self.when))

    def day(self, zone: str) -> date:
        """Return the day in a zone."""
        return local_day(self.when, zone) if isinstance(self.when, datetime) else self.when


@attrs.frozen(kw_only=True)
class Advance:
    """
    Write down the stages that clocks have begun by the end of a day.

    Attributes:
        as_of: The day; that of the command where left out.
    """

    as_of: AsOf | None = None


@attrs.frozen(kw_only=True)
class Close:
    """
    The customer holds nothing any more, has died, or the bank has ended the relationship.

    Attributes:
        on: Day of it; that of the command where left out.
        reason: `closed`, `deceased` or `exited`.
    """

    on: date | UnknownType | None = None
    reason: ClosureReason = "closed"


@attrs.frozen(kw_only=True)
class HoldClocks:
    """
    Stop the clocks of inactivity.

    Attributes:
        kind: Why, such as `minor`, `court_order` or `term_deposit`.
        on: First day.
        until: First day they run again; until released where left out.
    """

    kind: str = attrs.field(validator=_check_hold)
    on: date | UnknownType | None = None
    until: date | None = None


@attrs.frozen(kw_only=True)
class ReleaseClocks:
    """Let the clocks of inactivity run again, from a day on."""

    kind: str
    on: date | UnknownType | None = None
