"""Notices of coming downgrades, and the services a class is given."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import attrs

from bankservice.core.calendar import Period
from bankservice.core.decision import Counted, Reason, Says, Trace
from bankservice.core.money import Money, Rounding
from bankservice.core.unknown import UNKNOWN
from bankservice.segmentation.ladder import Ladder
from bankservice.segmentation.measure import Measures, amount, exact
from bankservice.segmentation.model import Standing

__all__ = [
    "SAYS",
    "Lapse",
    "LapseFacts",
    "Lapses",
    "Services",
    "ServicesFacts",
    "headline",
    "services",
    "upcoming",
]

COMING = Says("lapse-coming", ("tier", "due", "keep"))
SOME = Says("LAPSES_COMING", ("count", "until"))
NONE = Says("LAPSES_NONE", ("until",))
GIVEN = Says("SERVICES_GIVEN", ("tier", "services"))
EMPTY = Says("SERVICES_NONE", ("tier",))

SAYS = (COMING, SOME, NONE, GIVEN, EMPTY)


@attrs.frozen(kw_only=True)
class LapseFacts:
    """
    What coming downgrades are told from.

    Attributes:
        as_of: Day asked, in the policy's zone.
        horizon: How far ahead to look; lapses before its end are listed.
        standing: The standing as last assessed; a fresh one holds nothing that could lapse.
        measure: The latest measures, for the amount that would prevent each; unknown if not known.
    """

    as_of: date
    horizon: Period
    standing: Standing = Standing()
    measure: Measures | None = None


@attrs.frozen
class Lapse:
    """
    One tier that will lapse unless the measure recovers.

    Attributes:
        tier: Code of the tier.
        on: Day it lapses; an assessment on or after it that misses takes the tier away.
        measure: Name of the measure.
        keep: Level that keeps the tier.
        short: How far the latest measure is below it; None where that is unknown.
        held: Whether it is the tier the customer holds now (a lower one lapses unseen).
    """

    tier: str
    on: date
    measure: str
    keep: Money | Counted
    short: Money | Counted | None
    held: bool


@attrs.frozen
class Lapses:
    """Coming lapses, soonest first; `until` is the first day not looked at."""

    until: date
    lapses: tuple[Lapse, ...]


def upcoming(facts: LapseFacts, ladder: Ladder, trace: Trace | None = None) -> Lapses:
    """
    List coming downgrades with the amount that would prevent each.

    The version in force on `as_of` applies; lapses on days before `as_of` plus the horizon are
    listed, soonest first.

    Examples:
        >>> from datetime import date
        >>> from bankservice.segmentation import upcoming_lapses
        >>> upcoming_lapses(
        ...     "cn-retail-shape", as_of=date(2026, 3, 31), horizon="P3M"
        ... ).outcome.lapses
        ()
    """
    until = facts.horizon.after(facts.as_of)
    measures = {} if facts.measure is None else exact(facts.measure, ladder)
    found = []
    for index, code in enumerate(facts.standing.codes):
        latch = facts.standing.latches[index]
        if not latch.on or code not in ladder.codes:
            continue
        place, due, ramp = ladder.index(code), latch.due, latch.ramp_until
        if due is None and ramp is not None:
            due = ladder.lapse(place, ramp, latch.protected_until)[1]
        if due is None or due >= until:
            continue
        for level in ladder.rows[place + 1].levels:
            measure = measures.get(level.measure, UNKNOWN)
            # A tier given ahead has to be reached; one held by measure has to be kept.
            needed = level.retain if ramp is None else level.enter
            short = None if measure is UNKNOWN else max(Fraction(0), needed - measure.average)
            keep = amount(needed, ladder)
            found.append(
                Lapse(
                    code,
                    due,
                    level.measure,
                    keep,
                    None if short is None else amount(short, ladder, Rounding.CEILING),
                    index == facts.standing.top,
                )
            )
            if trace is not None:
                row = ladder.rows[place + 1]
                trace.check(
                    COMING(tier=row.title or code, due=due, keep=keep),
                    None if short is None else short == 0,
                    short=found[-1].short,
                    source=row.source,
                )
    return Lapses(
        until, tuple(sorted(found, key=lambda lapse: (lapse.on, lapse.tier, lapse.measure)))
    )


def headline(facts: LapseFacts, ladder: Ladder, outcome: Lapses) -> Reason:
    """Return the main reason of a list of lapses."""
    if not outcome.lapses:
        return NONE(until=outcome.until)
    return SOME(count=len({lapse.tier for lapse in outcome.lapses}), until=outcome.until)


@attrs.frozen(kw_only=True)
class ServicesFacts:
    """The tier whose services are asked for, and the day."""

    tier: str
    on: date


@attrs.frozen
class Services:
    """Codes of the services a class is given (`vocabulary/services`)."""

    services: tuple[str, ...]


def services(facts: ServicesFacts, ladder: Ladder, trace: Trace | None = None) -> Services:
    """
    Return the services a class is given, for every class.

    The version in force on `on` applies.

    Raises:
        UnknownNameError: If the policy has no such tier.

    Examples:
        >>> from datetime import date
        >>> from bankservice.segmentation import tier_services
        >>> tier_services("cn-retail-shape", tier="STANDARD", on=date(2026, 3, 31)).outcome.services
        ('quick_lane', 'personal_help')
    """
    return Services(ladder.rows[ladder.index(facts.tier) + 1].services)


def services_headline(facts: ServicesFacts, ladder: Ladder, outcome: Services) -> Reason:
    """Return the main reason of a service list."""
    row = ladder.rows[ladder.index(facts.tier) + 1]
    if not outcome.services:
        return EMPTY(tier=row.name)
    titles = tuple(ladder.service_titles.get(code, code) for code in outcome.services)
    return GIVEN(tier=row.name, services=titles)
