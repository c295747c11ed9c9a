"""The kind of policy that holds a sampling plan, and what is checked when one is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from bankservice.core.errors import UnknownNameError, near_names
from bankservice.core.institution import check_zone
from bankservice.core.policy import Faults, Kind, Library
from bankservice.core.vocabulary import VOCABULARY, Tree
from bankservice.satisfaction.campaigns.plan import (
    ALL,
    BETWEEN,
    NOT_KNOWN,
    OTHER,
    SamplingPlan,
    codes_of,
)
from bankservice.satisfaction.campaigns.table import BandRow, DimensionRow, SamplingTable
from bankservice.satisfaction.campaigns.waiting import always_quiet

__all__ = ["CHANNELS", "SAMPLING_PLAN"]

CHANNELS: Final = "vocabulary/feedback-channels"
"""Where the codes of channels come from."""

_NO_TREE: Final = Tree(())


def _build(table: SamplingTable, faults: Faults, library: Library) -> SamplingPlan:
    check_zone(table.zone, "zone", faults)
    channels = _tree(CHANNELS, faults, library)
    plan = SamplingPlan(
        zone=table.zone,
        table=table,
        channels=channels,
        exclusions={row.code: row.title for row in table.exclusion},
        programmes={row.code: row for row in table.programme},
    )
    _once((row.code for row in table.dimension), "dimension", faults)
    _once((row.code for row in table.exclusion), "exclusion", faults)
    _once((row.code for row in table.programme), "programme", faults)
    _once((row.code for row in table.quota), "quota", faults)
    for place, row in enumerate(table.dimension):
        _check_dimension(row, f"dimension[{place}]", faults)
    _check_size(table, faults)
    _check_strata(table, faults)
    _check_contact(plan, faults)
    return plan


def _tree(name: str, faults: Faults, library: Library) -> Tree:
    try:
        policy = library.get(name)
    except UnknownNameError as error:
        faults.add("", f"no {name}", "the vocabulary of channels", error.near)
        return _NO_TREE
    assert policy.kind.name == VOCABULARY.name, f"{name} is a vocabulary"
    tree: Tree = policy.versions[-1].parameters
    return tree


def _once(codes: Iterable[str], path: str, faults: Faults) -> None:
    seen: set[str] = set()
    for place, code in enumerate(codes):
        if not code or code in seen:
            faults.add(f"{path}[{place}].code", repr(code), "a code that is not taken")
        seen.add(code)


def _check_dimension(row: DimensionRow, path: str, faults: Faults) -> None:
    if not row.band:
        faults.add(f"{path}.band", "no band", "one or more")
        return
    _once((band.code for band in row.band), f"{path}.band", faults)
    for place, band in enumerate(row.band):
        if BETWEEN in band.code or band.code in (NOT_KNOWN, OTHER, ALL):
            wanted = f"a code other than {NOT_KNOWN}, {OTHER} and {ALL}, without a stroke"
            faults.add(f"{path}.band[{place}].code", repr(band.code), wanted)
        numbered = band.at_least is not None or band.less_than is not None
        coded = bool(band.values)
        if coded != bool(row.band[0].values) or (coded and numbered):
            wanted = "bands of one dimension by numbers, or all by `values`"
            faults.add(f"{path}.band[{place}]", "a band of another kind", wanted)
    if row.band[0].values:
        _check_codes(row, path, faults)
    else:
        _check_stretches(row.band, path, faults)


def _check_codes(row: DimensionRow, path: str, faults: Faults) -> None:
    seen: set[str] = set()
    for place, band in enumerate(row.band):
        for code in band.values:
            if code in seen:
                wanted = "a code that is in no other band"
                faults.add(f"{path}.band[{place}].values", repr(code), wanted)
            seen.add(code)


def _check_stretches(bands: tuple[BandRow, ...], path: str, faults: Faults) -> None:
    """Note bands that leave a gap or overlap: nobody may be in two, and nobody falls between."""
    for place, band in enumerate(bands):
        low, high = band.at_least, band.less_than
        if low is not None and high is not None and low >= high:
            faults.add(f"{path}.band[{place}]", f"{low} to {high}", "a band with numbers in it")
        if place and (low is None or low != bands[place - 1].less_than):
            wanted = f"{bands[place - 1].less_than}, where the band before ends"
            faults.add(f"{path}.band[{place}].at_least", str(low), wanted)


def _check_size(table: SamplingTable, faults: Faults) -> None:
    size = table.size
    if (size.n is None) == (size.margin is None):
        faults.add("size", "both or neither of n and margin", "one of them")
    if size.n is not None and size.n < 1:
        faults.add("size.n", size.n, "1 or more")
    for name in ("margin", "share", "confidence"):
        value = getattr(size, name)
        if value is not None and not 0 < value < 1:
            faults.add(f"size.{name}", value, "a number above 0 and below 1")
    if size.design_effect <= 0:
        faults.add("size.design_effect", size.design_effect, "a number above 0")
    if table.minimum < 0:
        faults.add("minimum", table.minimum, "0 or more")
    reserve = table.reserve
    if reserve is None:
        return
    if reserve.batches < 1:
        faults.add("reserve.batches", reserve.batches, "1 or more")
    if (reserve.share is None) == (reserve.number is None):
        faults.add("reserve", "both or neither of share and number", "one of them")
    if reserve.share is not None and reserve.share <= 0:
        faults.add("reserve.share", reserve.share, "a number above 0")
    if reserve.number is not None and reserve.number < 1:
        faults.add("reserve.number", reserve.number, "1 or more")


def _check_strata(table: SamplingTable, faults: Faults) -> None:
    _check_response(table.response, "response", faults)
    for place, row in enumerate(table.stratum):
        path = f"stratum[{place}]"
        _check_where(row.where, table, path, faults)
        if row.response is not None:
            _check_response(row.response, f"{path}.response", faults)
        if row.spread is not None and row.spread < 0:
            faults.add(f"{path}.spread", row.spread, "0 or more")
        if row.cost is not None and row.cost <= 0:
            faults.add(f"{path}.cost", row.cost, "a number above 0")
    for place, quota in enumerate(table.quota):
        _check_where(quota.where, table, f"quota[{place}]", faults)
        if quota.most < 1:
            faults.add(f"quota[{place}].most", quota.most, "1 or more")


def _check_response(response: Decimal, path: str, faults: Faults) -> None:
    if not 0 < response <= 1:
        faults.add(path, response, "a number above 0 and up to 1")


def _check_where(
    where: Mapping[str, tuple[str, ...]], table: SamplingTable, path: str, faults: Faults
) -> None:
    rows = {row.code: row for row in table.dimension}
    for name, codes in where.items():
        if name not in rows:
            near = near_names(name, rows)
            faults.add(f"{path}.where", repr(name), "the code of a dimension", near)
            continue
        known = (*codes_of(rows[name]), OTHER, NOT_KNOWN)
        for code in codes:
            if code not in known:
                wanted = f"the code of a band of {name}"
                faults.add(f"{path}.where.{name}", repr(code), wanted, near_names(code, known))


def _check_contact(plan: SamplingPlan, faults: Faults) -> None:
    contact = plan.table.contact
    for name, period in (
        ("cool_down", contact.cool_down),
        ("expires_after", contact.expires_after),
    ):
        if not period:
            faults.add(f"contact.{name}", str(period), "a day or more")
    limits = [("contact.most_a_year", contact.most_a_year)]
    named = [
        (f"contact.channel[{place}]", row.channel) for place, row in enumerate(contact.channel)
    ]
    for place, row in enumerate(contact.channel):
        limits.append((f"contact.channel[{place}].most_a_year", row.most_a_year))
    for place, quiet in enumerate(contact.quiet):
        path = f"contact.quiet[{place}]"
        named += [(f"{path}.channels", code) for code in quiet.channels]
        if quiet.start == quiet.until:
            faults.add(f"{path}.until", quiet.until, "another time than the start")
    for channel in plan.channels:
        if always_quiet(plan.quiet(channel)):
            faults.add("contact.quiet", f"no hour left for {channel}", "hours to ask in")
    for path, most in limits:
        if most is not None and most < 1:
            faults.add(path, most, "1 or more")
    for path, code in named:
        if plan.channels and code not in plan.channels:
            near = near_names(code, plan.channels)
            faults.add(path, repr(code), f"a code of {CHANNELS}", near)
    if contact.reminders is not None and contact.reminders.most < 1:
        faults.add("contact.reminders.most", contact.reminders.most, "1 or more")


SAMPLING_PLAN: Final[Kind[SamplingTable, SamplingPlan]] = Kind(
    "satisfaction.sampling-plan", SamplingTable, _build
)
"""Kind of policy that holds whom to ask, how many and how often."""
