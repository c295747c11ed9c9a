"""Crisis frequency: service crises of one period beside those of the period before."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Final, Literal

import attrs

from bankservice.complaints.policy import SHELF
from bankservice.complaints.watch.counts import share_bounds
from bankservice.complaints.watch.surge_policy import SURGE_WATCH, SurgeWatch
from bankservice.core.decision import Reason, Rule, Says, Trace

__all__ = ["CrisisFacts", "CrisisFrequency", "crisis_frequency"]

FEWER: Final = Says("CRISES_FEWER", ("count", "before"))
MORE: Final = Says("CRISES_MORE", ("count", "before"))
NO_EVIDENCE: Final = Says("CRISES_NO_EVIDENCE", ("count", "before"))
RATIO: Final = Says("crises-ratio", ("ratio", "low", "high"))


@attrs.frozen(kw_only=True)
class CrisisFacts:
    """
    Service crises of two periods, one right after the other.

    Attributes:
        before_start: First day of the earlier period, in the governing zone.
        start: First day of the later one, which is the first after the earlier one.
        end: First day after the later one; it selects the version.
        crises: Day each crisis began; one day stands as often as crises began on it. Those outside
            both periods are not looked at.
    """

    before_start: date
    start: date
    end: date
    crises: tuple[date, ...] = ()

    def __attrs_post_init__(self) -> None:
        if not self.before_start < self.start < self.end:
            raise ValueError(
                f"{self.before_start}, {self.start}, {self.end} are not in order; "
                "each period has at least one day."
            )


@attrs.frozen(kw_only=True)
class CrisisFrequency:
    """
    How often crises came.

    Attributes:
        count: Crises of the later period.
        before: Crises of the earlier one.
        days: Days of the later period.
        days_before: Days of the earlier one.
        ratio: Rate of the later period over that of the earlier; None where the earlier had none.
        low: Lower bound of the ratio; None where there was no crisis at all.
        high: Upper bound; None where there is none, because the earlier period had no crisis.
        verdict: `fewer`, `more` or `no-evidence`.
    """

    count: int
    before: int
    days: int
    days_before: int
    ratio: Fraction | None
    low: Fraction | None
    high: Fraction | None
    verdict: Literal["fewer", "more", "no-evidence"]


def _frequency(facts: CrisisFacts, watch: SurgeWatch, trace: Trace | None) -> CrisisFrequency:
    """
    Compare how often crises came in two periods, with the uncertainty of small counts.

    The version in force on `end` applies. Both periods are half-open. The bounds are those of
    Clopper and Pearson for the later period's share of all crises, carried over to the ratio of
    the rates; they are exact for crises that come independently, and wide for few. Fewer crises
    are told only where the upper bound is below one.

    Examples:
        >>> from datetime import date
        >>> from bankservice.complaints import crisis_frequency
        >>> quarters = {"before_start": "2026-04-01", "start": "2026-07-01", "end": "2026-10-01"}
        >>> found = crisis_frequency(
        ...     "surge-watch", **quarters, crises=["2026-04-11", "2026-05-02", "2026-07-30"]
        ... ).outcome
        >>> found.count, found.before, found.verdict
        (1, 2, 'no-evidence')
    """
    count = sum(facts.start <= day < facts.end for day in facts.crises)
    before = sum(facts.before_start <= day < facts.start for day in facts.crises)
    days, days_before = (facts.end - facts.start).days, (facts.start - facts.before_start).days
    total = count + before
    tail = (1 - Fraction(watch.crisis_confidence)) / 2
    low, high = share_bounds(count, total, tail) if total else (Fraction(0), Fraction(1))
    scale = Fraction(days_before, days)
    found = CrisisFrequency(
        count=count,
        before=before,
        days=days,
        days_before=days_before,
        ratio=Fraction(count, before) * scale if before else None,
        low=low / (1 - low) * scale if total else None,
        high=high / (1 - high) * scale if total and high < 1 else None,
        verdict="no-evidence",
    )
    if found.high is not None and found.high < 1:
        found = attrs.evolve(found, verdict="fewer")
    elif found.low is not None and found.low > 1:
        found = attrs.evolve(found, verdict="more")
    if trace is not None:
        held = None if found.verdict == "no-evidence" else found.verdict == "fewer"
        trace.check(RATIO(ratio=found.ratio, low=found.low, high=found.high), held)
    return found


def _headline(facts: CrisisFacts, watch: SurgeWatch, outcome: CrisisFrequency) -> Reason:
    says = {"fewer": FEWER, "more": MORE, "no-evidence": NO_EVIDENCE}[outcome.verdict]
    return says(count=outcome.count, before=outcome.before)


crisis_frequency: Final = Rule(
    id="complaints.crisis-frequency",
    facts=CrisisFacts,
    outcome=CrisisFrequency,
    evaluate=_frequency,
    headline=_headline,
    says=(FEWER, MORE, NO_EVIDENCE, RATIO),
    package="bankservice.complaints",
    kind=SURGE_WATCH,
    day=lambda facts: facts.end,
    shelf=lambda: SHELF,
)
