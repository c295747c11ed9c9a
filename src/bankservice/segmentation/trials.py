"""How rules of segmentation are tried under another policy, and asked again from the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any, Final

from bankservice.core.frozen import FrozenMapping
from bankservice.core.money import Rounding, divide
from bankservice.core.policy import Title
from bankservice.core.structure import FACTS
from bankservice.core.trial import UNDECIDED, Question, Seen, Told, Trial, Unasked
from bankservice.segmentation.balances import Balances
from bankservice.segmentation.entitling.kind import Entitling
from bankservice.segmentation.entitling.rule import Entitled, entitlements
from bankservice.segmentation.grouping.kind import Groups
from bankservice.segmentation.grouping.model import Grouped, GroupsFacts, Potential
from bankservice.segmentation.grouping.potential import potential_groups
from bankservice.segmentation.grouping.rule import groups
from bankservice.segmentation.membership.entries import Assigned, Belonging, facts_of
from bankservice.segmentation.membership.record import MEMBERSHIP
from bankservice.segmentation.model import Band, Standing
from bankservice.segmentation.notices import Lapses, Services, ServicesFacts
from bankservice.segmentation.record import STANDING
from bankservice.segmentation.rules import (
    balance_days,
    tier_band,
    tier_services,
    upcoming_lapses,
)
from bankservice.segmentation.scoring.kind import CutPoints
from bankservice.segmentation.scoring.rule import Rfm, rfm
from bankservice.segmentation.takeover import TAKEOVER, ask_bands, ask_standings, ladder_of
from bankservice.segmentation.wealth.kind import WealthLaw
from bankservice.segmentation.wealth.model import WealthClasses
from bankservice.segmentation.wealth.rule import wealth_class

__all__ = ["NONE", "TRIALS"]

NONE: Final = "none"
"""Where somebody stands who is in none of the groups or classes."""

_NOBODY: Final = Title(en="none", zh="无")


def _each(prefix: str, codes: Iterable[str], held: Iterable[str]) -> FrozenMapping[str, int]:
    """Return 1 for each code that is held and 0 for the others, those held named last included."""
    found = set(held)
    return FrozenMapping({f"{prefix}:{code}": int(code in found) for code in (*codes, *found)})


# -- tiers --------------------------------------------------------------------------------------


def _standing(facts: Any, parameters: Any, outcome: Standing) -> Seen:
    latch = outcome.latches[outcome.top] if outcome.top >= 0 else None
    return Seen(
        outcome.tier,
        FrozenMapping(
            {
                "effective_on": outcome.effective_on,
                "next_review": outcome.next_review,
                "protected_until": None if latch is None else latch.protected_until,
                "lapses_on": None if latch is None else latch.due or latch.ramp_until,
            }
        ),
    )


def _band(facts: Any, parameters: Any, outcome: Band) -> Seen:
    return Seen(UNDECIDED if outcome.tier is None else outcome.tier)


def _tier(parameters: Any, place: str) -> Title | None:
    rows = ladder_of(parameters).rows
    return next((row.title for row in rows if row.code == place), None)


def _ladder(parameters: Any) -> Iterator[str]:
    """Yield the tiers, the base first."""
    return (row.code for row in ladder_of(parameters).rows)


def _balances(facts: Any, parameters: Any, outcome: Balances) -> Seen:
    if outcome.gaps:
        return Seen(UNDECIDED)
    average = Fraction(outcome.balance_minor_days, outcome.days * outcome.scale)
    whole = divide(average.numerator, average.denominator, Rounding.HALF_EVEN)
    return Seen("measured", amounts=FrozenMapping({"average": whole}))


def _lapses(facts: Any, parameters: Any, outcome: Lapses) -> Seen:
    days = {f"lapse:{lapse.tier}": lapse.on for lapse in outcome.lapses}
    first = next((lapse.tier for lapse in outcome.lapses), NONE)
    return Seen(first, FrozenMapping(days), FrozenMapping({"lapses": len(days)}))


def _lapsing(parameters: Any, place: str) -> Title | None:
    return _NOBODY if place == NONE else _tier(parameters, place)


def _given(facts: ServicesFacts, parameters: Any, outcome: Services) -> Seen:
    return Seen(facts.tier, amounts=_each("service", (), outcome.services))


# -- groups and classes -------------------------------------------------------------------------


def _grouped(facts: GroupsFacts, policy: Groups, outcome: Grouped) -> Seen:
    place = outcome.segment or (UNDECIDED if "segment" in outcome.unknown else NONE)
    if outcome.screening.outcome == "out":
        place = NONE
    codes = (row.code for row in policy.behaviours)
    return Seen(place, amounts=_each("behaviour", codes, outcome.behaviours))


def _segment(policy: Groups, place: str) -> Title | None:
    if place == NONE:
        return _NOBODY
    return next((row.title for row in policy.written.segment if row.code == place), None)


def _potential(facts: Any, policy: Groups, outcome: Potential) -> Seen:
    amounts = dict(_each("group", (), (group.code for group in outcome.groups)))
    for group in outcome.groups:
        if group.unserved is not None:
            amounts[f"unserved:{group.code}"] = group.unserved
    place = "shown" if outcome.groups else UNDECIDED if outcome.undecided else NONE
    return Seen(place, amounts=FrozenMapping(amounts))


def _entitled(facts: Any, policy: Entitling, outcome: Entitled) -> Seen:
    codes = (service.code for service in policy.services)
    place = UNDECIDED if outcome.undecided else "given" if outcome.services else NONE
    return Seen(place, amounts=_each("service", codes, outcome.services))


def _classes(facts: Any, law: WealthLaw, outcome: WealthClasses) -> Seen:
    codes = (row.code for row in law.classes)
    place = "+".join(outcome.reached) or (UNDECIDED if outcome.undecided else NONE)
    return Seen(place, amounts=_each("class", codes, outcome.reached))


def _class(law: WealthLaw, place: str) -> Title | None:
    if place == NONE:
        return _NOBODY
    titles = {row.code: row.title for row in law.classes}
    held = [titles[code] for code in place.split("+") if code in titles]
    if not held:
        return None
    return Title(en=", ".join(one.en for one in held), zh="、".join(one.zh for one in held))


def _cell(facts: Any, cuts: CutPoints, outcome: Rfm) -> Seen:
    names = () if outcome.name is None else (outcome.name,)
    return Seen(outcome.cell or UNDECIDED, amounts=_each("name", (), names))


def _ask_groups(told: Told[Belonging]) -> Iterator[Question[GroupsFacts] | Unasked]:
    """Yield the facts a customer was grouped by last, with the day asked."""
    entries = [
        (event.on, version, erased, event)
        for version, erased, event in told.events
        if isinstance(event, Assigned)
        and (told.on is None or event.on <= told.on)
        and told.policy in ("", event.version["policy"])
    ]
    if not entries:
        return
    _, version, erased, event = max(entries, key=lambda entry: entry[:2])
    ref = f"{MEMBERSHIP.kind}/{told.subject}@{version}"
    last = max(mark.on for mark in told.state.marks)
    if told.state.left(told.on or last) is not None:
        yield Unasked(told.subject, "left", ref)
    elif erased or event.customer is None:
        yield Unasked(told.subject, "erased", ref)
    else:
        facts = {**facts_of(event), "on": told.on or event.on}
        yield Question(told.subject, FACTS.read(facts, GroupsFacts, f"facts of {ref}"), ref)


# -- the rules ----------------------------------------------------------------------------------

_LAPSES: Final = {"lapses": Title(en="tiers that will lapse", zh="将到期的等级数")}
_AVERAGE: Final = {
    "average": Title(en="average balance, minor units", zh="日均余额（最小货币单位）")
}

TRIALS: Final[tuple[Trial[Any, Any, Any], ...]] = (
    Trial(
        rule=TAKEOVER,
        seen=_standing,
        title=_tier,
        order=_ladder,
        record=STANDING,
        asked=ask_standings,
    ),
    Trial(rule=tier_band, seen=_band, title=_tier, order=_ladder, record=STANDING, asked=ask_bands),
    Trial(rule=balance_days, seen=_balances, amounts=_AVERAGE),
    Trial(rule=upcoming_lapses, seen=_lapses, title=_lapsing, amounts=_LAPSES),
    Trial(rule=tier_services, seen=_given, title=_tier),
    Trial(rule=groups, seen=_grouped, title=_segment, record=MEMBERSHIP, asked=_ask_groups),
    Trial(rule=potential_groups, seen=_potential),
    Trial(rule=rfm, seen=_cell),
    Trial(rule=entitlements, seen=_entitled),
    Trial(rule=wealth_class, seen=_classes, title=_class),
)
"""
The rules of this domain as they are tried; who names tier policies alone means the standing.

A standing is compared by the tier held by measure, a tier held by hand aside.
"""
