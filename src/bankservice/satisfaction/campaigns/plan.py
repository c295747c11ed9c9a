"""
A sampling plan, ready to use: the stratum of a customer, and what is expected of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import product
from typing import Any, Final

import attrs

from bankservice.core.errors import Fault, FaultsError, UnknownNameError
from bankservice.core.policy import Title
from bankservice.core.unknown import UNKNOWN
from bankservice.core.vocabulary import Tree
from bankservice.satisfaction.campaigns.table import (
    ChannelRow,
    DimensionRow,
    ProgrammeRow,
    QuietHours,
    QuotaRow,
    SamplingTable,
    StratumRow,
)

__all__ = [
    "ALL",
    "BETWEEN",
    "EVERY_CHANNEL",
    "NOT_KNOWN",
    "OTHER",
    "SamplingPlan",
    "codes_of",
]

ALL: Final = "all"
"""The one stratum of a plan without dimensions."""
NOT_KNOWN: Final = "unknown"
"""The band of a fact that is not known; nobody is dropped for it."""
OTHER: Final = "other"
"""The band of a fact that is in no band of the plan."""
EVERY_CHANNEL: Final = "all"
"""The word by which a customer wants no survey at all."""

BETWEEN: Final = "/"
"""What stands between the bands in the code of a stratum."""
_WHOLE: Final = Decimal(1)


@attrs.frozen(eq=False, kw_only=True)
class SamplingPlan:
    """
    A version of a sampling plan, ready to use.

    Attributes:
        zone: Zone whose local day counts.
        table: As written.
        channels: The tree of channels.
        exclusions: Reasons for which the frame may leave customers out, by code.
        programmes: The programmes, by code.
    """

    zone: str
    table: SamplingTable
    channels: Tree
    exclusions: Mapping[str, Title]
    programmes: Mapping[str, ProgrammeRow]

    # -- strata ------------------------------------------------------------------------------------

    def bands_of(self, facts: Mapping[str, Any]) -> tuple[str, ...]:
        """
        Return the code of a customer's band in every dimension.

        Raises:
            FaultsError: If a fact is no number, or no code, as its dimension wants it.
        """
        return tuple(_band_of(row, facts) for row in self.table.dimension)

    def stratum_of(self, facts: Mapping[str, Any]) -> str:
        """
        Return the code of a customer's stratum: the bands in order, with a stroke between.

        Raises:
            FaultsError: If a fact is no number, or no code, as its dimension wants it.
        """
        return BETWEEN.join(self.bands_of(facts)) or ALL

    def bands(self, stratum: str) -> Mapping[str, str]:
        """Return dimension → band of a stratum, by its code."""
        codes = [] if stratum == ALL else stratum.split(BETWEEN)
        return dict(zip((row.code for row in self.table.dimension), codes, strict=True))

    def strata(self) -> Iterator[str]:
        """Yield the strata the plan names, in its order: those of unknown and other facts left out."""
        bands = ((band.code for band in row.band) for row in self.table.dimension)
        for codes in product(*bands):
            yield BETWEEN.join(codes) or ALL

    def order(self, strata: Iterable[str]) -> tuple[str, ...]:
        """Return strata in the order of the plan; unknown and other bands come after the others."""
        places = [
            {code: place for place, code in enumerate((*codes_of(row), OTHER, NOT_KNOWN))}
            for row in self.table.dimension
        ]

        def place(stratum: str) -> tuple[int, ...]:
            codes = self.bands(stratum).values()
            return tuple(held[code] for held, code in zip(places, codes, strict=True))

        return tuple(sorted(strata, key=place))

    def title(self, stratum: str) -> Title:
        """Return what people call a stratum."""
        if stratum == ALL:
            return Title(en="All", zh="全部")
        named = [
            _title_of(row, code)
            for row, code in zip(self.table.dimension, self.bands(stratum).values(), strict=True)
        ]
        return Title(en=", ".join(t.en for t in named), zh=" · ".join(t.zh for t in named))

    def expected(self, stratum: str) -> StratumRow:
        """Return what is expected of a stratum, with nothing left out."""
        bands = self.bands(stratum)
        found = next((row for row in self.table.stratum if _holds(row.where, bands)), StratumRow())
        return StratumRow(
            where=found.where,
            response=self.table.response if found.response is None else found.response,
            spread=_WHOLE if found.spread is None else found.spread,
            cost=_WHOLE if found.cost is None else found.cost,
        )

    def quotas(self, stratum: str) -> tuple[QuotaRow, ...]:
        """Return the quotas that count a stratum."""
        bands = self.bands(stratum)
        return tuple(row for row in self.table.quota if _holds(row.where, bands))

    # -- contacts ----------------------------------------------------------------------------------

    def by(self, channel: str, above: str) -> bool:
        """Tell whether a channel is *above* or stands below it; each does below `all`."""
        if above in (channel, EVERY_CHANNEL):
            return True
        tree = self.channels
        return channel in tree and above in tree and tree.within(channel, above)

    def refuses(self, words: Iterable[str], channel: str) -> bool:
        """Tell whether words a customer refuses by hold a channel."""
        return any(self.by(channel, word) for word in words)

    def quiet(self, channel: str) -> tuple[QuietHours, ...]:
        """Return the quiet hours of a channel."""
        rows = self.table.contact.quiet
        return tuple(
            row
            for row in rows
            if not row.channels or any(self.by(channel, above) for above in row.channels)
        )

    def limits(self, channel: str) -> tuple[ChannelRow, ...]:
        """Return what holds for a channel, and for those it stands below, beside what holds for all."""
        return tuple(row for row in self.table.contact.channel if self.by(channel, row.channel))

    def priority(self, programme: str) -> int:
        """Return the priority of a programme; one the plan does not name comes last."""
        row = self.programmes.get(programme)
        last = max((held.priority for held in self.programmes.values()), default=0)
        return last + 1 if row is None else row.priority

    def check_channel(self, channel: str, *, word: bool = False) -> None:
        """
        Refuse a code that is no channel, or (as a *word*) not `all` either.

        Raises:
            UnknownNameError: With the near names.
        """
        if channel in self.channels or (word and channel == EVERY_CHANNEL):
            return
        raise UnknownNameError("channel", channel, (*self.channels, EVERY_CHANNEL))

    def check_programme(self, programme: str) -> None:
        """
        Refuse a programme the plan does not name; nothing is refused where it names none.

        Raises:
            UnknownNameError: With the near names.
        """
        if programme and self.programmes and programme not in self.programmes:
            raise UnknownNameError("programme", programme, self.programmes)


def codes_of(row: DimensionRow) -> tuple[str, ...]:
    """Return the codes of the bands of a dimension."""
    return tuple(band.code for band in row.band)


def _title_of(row: DimensionRow, code: str) -> Title:
    if code == NOT_KNOWN:
        return Title(en=f"{row.title.en} unknown", zh=f"{row.title.zh}未知")
    if code == OTHER:
        return Title(en=f"{row.title.en} other", zh=f"{row.title.zh}其他")
    return next(band.title for band in row.band if band.code == code)


def _holds(where: Mapping[str, tuple[str, ...]], bands: Mapping[str, str]) -> bool:
    return all(bands[name] in codes for name, codes in where.items())


def _name(row: DimensionRow) -> str:
    return row.fact or row.code


def _band_of(row: DimensionRow, facts: Mapping[str, Any]) -> str:
    value = facts.get(_name(row))
    if value in (None, UNKNOWN, UNKNOWN.value, ""):
        return NOT_KNOWN
    if row.band[0].values:
        if not isinstance(value, str):
            raise FaultsError("the facts", (_fault(row, value, "a code"),))
        return next((band.code for band in row.band if value in band.values), OTHER)
    number = _number(value)
    if number is None:
        raise FaultsError("the facts", (_fault(row, value, "a number"),))
    for band in row.band:
        above = band.at_least is None or number >= band.at_least
        if above and (band.less_than is None or number < band.less_than):
            return band.code
    return OTHER


def _fault(row: DimensionRow, value: object, wanted: str) -> Fault:
    # What stands there may be a customer's fact: only what kind of thing it is is told.
    return Fault(f"facts.{_name(row)}", f"a value of type {type(value).__name__}", wanted)


def _number(value: Any) -> Decimal | int | None:
    if type(value) is int:
        return value
    return value if isinstance(value, Decimal) and value.is_finite() else None
