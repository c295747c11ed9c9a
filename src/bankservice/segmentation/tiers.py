"""
Tiers with memory: one latch for each tier.

With a single "below since" date a customer whose balance was higher on every single day can end
in a lower tier than a poorer one. One latch for each tier, with protection renewed at every
assessment that reaches the entry level, removes this. Example, GOLD 50,000 / 40,000, protection
six months, grace three: reached on 31 January (protected until 31 July), missed on 31 March
(lapses 31 July), missed again on 31 July: the tier falls, effective 31 July, also when that
assessment is made days later.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Final

from bankservice.core.decision import Reason, Says, Trace
from bankservice.core.money import Rounding
from bankservice.core.unknown import UNKNOWN
from bankservice.segmentation.ladder import Ladder
from bankservice.segmentation.measure import Exact, Measures, amount, exact
from bankservice.segmentation.model import Band, Latch, Standing, TierReason

__all__ = ["CHECKS", "OFF", "SAYS", "assess", "band", "headline"]

OFF: Final = Latch()

ENTERS: Final = Says("tier-enter", ("tier", "measure", "held", "wanted"))
RETAINS: Final = Says("tier-retain", ("tier", "measure", "held", "wanted"))
PROTECTION: Final = Says("tier-protection", ("tier", "until", "on"))
LAPSES: Final = Says("tier-lapse", ("tier", "due", "on"))

CHECKS: Final = (ENTERS, RETAINS, PROTECTION, LAPSES)
"""Every check an assessment may note."""

SAYS: Final = {
    TierReason.UP: Says("TIER_UP", ("tier", "on")),
    TierReason.REQUALIFIED: Says("TIER_REQUALIFIED", ("tier", "until")),
    TierReason.BAND: Says("TIER_BAND", ("tier",)),
    TierReason.PROTECTED: Says("TIER_PROTECTED", ("tier", "until", "due")),
    TierReason.GRACE: Says("TIER_GRACE", ("tier", "due")),
    TierReason.WAIT_REVIEW: Says("TIER_WAIT_REVIEW", ("tier", "due")),
    TierReason.LAPSED: Says("TIER_LAPSED", ("was", "tier", "on")),
    TierReason.UNKNOWN_MEASURE: Says("TIER_UNKNOWN_MEASURE", ("tier",)),
    TierReason.OVERRIDE: Says("TIER_OVERRIDE", ("tier", "until")),
    TierReason.HOUSEHOLD: Says("TIER_HOUSEHOLD", ("tier",)),
    TierReason.RAMP: Says("TIER_RAMP", ("tier", "until")),
    TierReason.BASE: Says("TIER_BASE", ("tier",)),
}
"""The sentence of each reason and the facts it needs."""


def headline(before: Standing, after: Standing, ladder: Ladder) -> Reason:
    """Return the main reason of an assessment with its facts."""
    titles = {row.code: row.name for row in ladder.rows}
    latch = after.latches[after.top] if after.top >= 0 else OFF
    facts = {
        "tier": titles[after.tier],
        "was": titles.get(before.tier, before.tier),
        "on": after.effective_on,
        "until": latch.ramp_until or latch.protected_until,
        "due": latch.due,
    }
    assert after.reason is not None, "an assessment gives a reason"
    says = SAYS[after.reason]
    return says(**{name: facts[name] for name in says.names})


def _reached(
    ladder: Ladder, index: int, measures: Exact, *, enter: bool, trace: Trace | None
) -> bool | None:
    """Tell whether tier *index* is reached at entry (or retained); None where unknown matters."""
    answers: list[bool | None] = []
    row = ladder.rows[index + 1]
    for level in row.levels:
        threshold = level.enter if enter else level.retain
        measure = measures.get(level.measure, UNKNOWN)
        held = None if measure is UNKNOWN else measure.reaches(threshold)
        answers.append(held)
        if trace is not None:
            says = ENTERS if enter else RETAINS
            short = None if measure is UNKNOWN or held else threshold - measure.average
            # A miss of less than the unit is shown as a miss, not as 50,000.00 short of 50,000.00.
            shown = Rounding.HALF_EVEN if held else Rounding.FLOOR
            trace.check(
                says(
                    tier=row.name,
                    measure=ladder.measure_titles.get(level.measure, level.measure),
                    held=None if measure is UNKNOWN else amount(measure.average, ladder, shown),
                    wanted=amount(threshold, ladder),
                ),
                held,
                short=None if short is None else amount(short, ladder, Rounding.CEILING),
                relative=None
                if short is None or not threshold
                else abs(Fraction(short) / threshold),
                source=row.source,
            )
    if row.by_all:
        return False if False in answers else None if None in answers else True
    return True if True in answers else None if None in answers else False


def band(measures: Measures, ladder: Ladder, trace: Trace | None = None) -> Band:
    """
    Return the tier the measures reach at entry, with no memory.

    An unknown measure that could lift the tier leaves it undecided: never the base by default.
    """
    held = exact(measures, ladder)
    if ladder.single and trace is None:
        measure = held.get("assets", UNKNOWN)
        if measure is UNKNOWN:
            return Band(None, ("assets",))
        return ladder.bands[
            bisect_right(ladder.entries(measure.days * measure.scale), measure.minor_days)
        ]
    top, undecided = -1, False
    for index in range(len(ladder.codes)):
        answer = _reached(ladder, index, held, enter=True, trace=trace)
        if answer:
            top, undecided = index, False
        elif answer is None:
            undecided = True
    if undecided:
        missing = (name for name in ladder.measures if held.get(name, UNKNOWN) is UNKNOWN)
        return Band(None, tuple(sorted(missing)))
    return ladder.bands[top + 1]


def assess(
    before: Standing,
    on: date,
    measures: Exact,
    ladder: Ladder,
    *,
    household: bool = False,
    older: Mapping[date, Ladder] | None = None,
    falls_on: date | None = None,
    trace: Trace | None = None,
) -> Standing:
    """
    Assess a standing on one day.

    Args:
        before: The standing so far, its latches those of *ladder* (see `change_terms`).
        on: Day of the assessment, in the policy's zone.
        measures: Exact measures by name.
        ladder: The version in force on *on*.
        household: Whether the measures are a household's.
        older: Ladders of earlier versions by first day, for latches that keep their terms.
        falls_on: First day of a version that takes effect at once: a latch below its retain level
            falls on that day, protected or not.
        trace: Collects the checks.

    Returns:
        The standing after it.
    """
    day = ladder.day(on)
    fresh = day.fresh
    latches = before.latches or ladder.unset
    answers = _answers(latches, measures, ladder, older, trace)
    after: list[Latch] = []
    top, held, review = -1, before.top, None
    reason = _BASE
    for index, latch in enumerate(latches):
        entered, kept = answers[index]
        if entered and latch.terms is None:
            after.append(fresh[index])
            top = index
            if index == held:
                reason = _REQUALIFIED
        elif latch.on:
            terms, place = ladder, index
            if latch.terms is not None:
                terms, place = _terms(ladder, index, latch, older)
            new, why = _held(latch, entered, kept, place, on, terms, falls_on)
            after.append(new)
            if new.on:
                top = index
                look = new.due or new.ramp_until
                if look is not None and (review is None or look < review):
                    review = look
            if index == held:
                reason = why
            if trace is not None:
                _trace_miss(trace, ladder.rows[index + 1].name, latch, new, why, on)
        else:
            after.append(latch)
            if entered is None and held < 0:
                reason = _UNKNOWN
    effective = before.effective_on
    if top < held:
        # Where a late assessment finds several tiers lapsed, the last of them to go ends the fall.
        last = top if ladder.landing == "by_latch" else held - 1
        effective = falls_on or max(
            _due(latches[place], place, on, ladder, older)
            for place in range(last + 1, held + 1)
            if latches[place].on
        )
        top = _land(after, held, top, answers, effective, on, ladder)
        looks = (latch.due or latch.ramp_until for latch in after if latch.on)
        review = min(filter(None, looks), default=None)
    if top > held:
        # What was off before and is on now was reached at entry.
        reason, effective = _UP, on
    elif top < 0 and effective is None and not household:
        return day.at_base(reason, before.version_since, ladder)
    return Standing(
        ladder.codes,
        tuple(after),
        top,
        reason,
        effective,
        review or day.next_review,
        on,
        ladder.base,
        household,
        before.version_since,
    )


_UP, _REQUALIFIED = TierReason.UP, TierReason.REQUALIFIED
_UNKNOWN, _BASE = TierReason.UNKNOWN_MEASURE, TierReason.BASE
_BAND, _LAPSED, _RAMP = TierReason.BAND, TierReason.LAPSED, TierReason.RAMP
_PROTECTED, _GRACE = TierReason.PROTECTED, TierReason.GRACE

_ENTERED, _KEPT, _MISSED = (True, True), (False, True), (False, False)


def _answers(
    latches: tuple[Latch, ...],
    measures: Exact,
    ladder: Ladder,
    older: Mapping[date, Ladder] | None,
    trace: Trace | None,
) -> list[tuple[bool | None, bool | None]]:
    """Return for each tier whether it is reached at entry, and at retain."""
    if ladder.single and older is None and trace is None:
        measure = measures.get("assets", UNKNOWN)
        if measure is UNKNOWN:
            return [(None, None)] * len(latches)
        minor = measure.minor_days
        scaled = ladder.scaled(measure.days * measure.scale)
        return [
            _ENTERED if minor >= enter else _KEPT if minor >= retain else _MISSED
            for enter, retain in scaled
        ]
    answers: list[tuple[bool | None, bool | None]] = []
    for index, latch in enumerate(latches):
        terms, place = _terms(ladder, index, latch, older)
        entered = _reached(terms, place, measures, enter=True, trace=trace)
        shown = trace if latch.on and not entered else None
        kept = True if entered else _reached(terms, place, measures, enter=False, trace=shown)
        answers.append((entered, kept))
    return answers


def _terms(
    ladder: Ladder, index: int, latch: Latch, older: Mapping[date, Ladder] | None
) -> tuple[Ladder, int]:
    """Return the ladder whose terms a latch keeps, and its place there."""
    if latch.terms is None or older is None:
        return ladder, index
    terms = older[latch.terms]
    return terms, terms.index(ladder.codes[index])


def _held(
    latch: Latch,
    entered: bool | None,
    kept: bool | None,
    place: int,
    on: date,
    terms: Ladder,
    falls_on: date | None,
) -> tuple[Latch, TierReason]:
    """Return what becomes of a latch that is on, and why."""
    if kept and not entered and latch.ramp_until is None:
        return terms.in_band(latch), _BAND
    if entered:
        return terms.day(on).fresh[place]._replace(terms=latch.terms), _REQUALIFIED
    if kept is None:
        return (latch._replace(met=False) if latch.met else latch), _UNKNOWN
    if latch.ramp_until is not None and on < latch.ramp_until:
        return latch, _RAMP
    if falls_on is not None:
        return OFF, _LAPSED
    new = latch if latch.due is not None else terms.missed(place, latch, on)
    if new.due is None or on >= new.due:
        return OFF, _LAPSED
    if new.protected_until is not None and on < new.protected_until:
        return new, _PROTECTED
    return new, _GRACE if new.lapse is None or on < new.lapse else TierReason.WAIT_REVIEW


def _due(
    latch: Latch, index: int, on: date, ladder: Ladder, older: Mapping[date, Ladder] | None
) -> date:
    """Return the day a fall takes effect: its due day, however late the assessment."""
    if latch.due is not None:
        return latch.due
    terms, place = _terms(ladder, index, latch, older)
    return terms.lapse(place, latch.ramp_until or on, latch.protected_until)[1]


def _land(
    after: list[Latch],
    before: int,
    top: int,
    answers: list[tuple[bool | None, bool | None]],
    effective: date,
    on: date,
    ladder: Ladder,
) -> int:
    """Return where a fall from tier *before* ends; *after* is settled to match."""
    if ladder.landing == "by_latch" or top > before:
        return top
    if ladder.landing == "to_measured":
        measured = max((index for index, (entered, _) in enumerate(answers) if entered), default=-1)
        after[measured + 1 :] = [OFF] * (len(after) - measured - 1)
        return measured
    below = before - 1
    if top < below:
        # One step at a time: the next tier is held, and may lapse at the next review at the earliest.
        lapse, due = ladder.lapse(below, effective, None)
        later = ladder.review_after(on) or date.fromordinal(on.toordinal() + 1)
        after[below] = Latch(True, False, effective, None, max(lapse, later), max(due, later))
        return below
    return top


def _trace_miss(
    trace: Trace, tier: Any, latch: Latch, new: Latch, why: TierReason, on: date
) -> None:
    """Note how long a missed tier is still held."""
    if latch.protected_until is not None and why in (
        TierReason.PROTECTED,
        TierReason.GRACE,
        TierReason.LAPSED,
    ):
        until = latch.protected_until
        trace.check(PROTECTION(tier=tier, until=until, on=on), on < until)
    if new.due is not None:
        trace.check(LAPSES(tier=tier, due=new.due, on=on), on < new.due)
