"""
What the rules of change share: two periods that do not overlap, a verdict, and how it is told.

There are three verdicts, not two: who finds no evidence has not found that nothing changed. So each
comes with the smallest difference that would have been found.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final

import attrs

from bankservice.core.decision import Reason, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.core.special import rounded
from bankservice.satisfaction.model import told
from bankservice.satisfaction.scores.answered import shown
from bankservice.satisfaction.scores.intervals import CONFIDENCE, confidence_faults

__all__ = [
    "POWER",
    "TELLING",
    "Change",
    "ChangeFlag",
    "Periods",
    "Unit",
    "Verdict",
    "chance_faults",
    "change_headline",
    "judged",
    "tell_change",
    "tell_detectable",
    "told_or_none",
]

PACKAGE: Final = "bankservice.satisfaction"
POWER: Final = Decimal("0.8")
"""How surely a difference is to be found that is called detectable, where nobody says."""

NAMES: Final = ("difference", "unit", "before", "after", "low", "high", "percent")
IMPROVED: Final = Says("CHANGE_IMPROVED", NAMES)
WORSENED: Final = Says("CHANGE_WORSENED", NAMES)
NO_EVIDENCE: Final = Says("CHANGE_NO_EVIDENCE", (*NAMES, "detectable"))
UNSEEN: Final = Says("CHANGE_UNSEEN", NAMES)
UNTOLD: Final = Says("CHANGE_UNTOLD", ("difference", "unit", "before", "after"))
NOBODY: Final = Says("CHANGE_NOBODY", ("before_base", "after_base"))
BEFORE: Final = Says("change-before", ("score", "base"))
AFTER: Final = Says("change-after", ("score", "base"))
INTERVAL: Final = Says("change-interval", ("low", "high"))
TEST: Final = Says("change-test", ("p_value", "limit"))
EXACT: Final = Says("change-exact", ("p_value", "limit"))
SEEN: Final = Says("change-detectable", ("detectable", "unit", "power"))


class Verdict(Enum):
    """What two periods show."""

    IMPROVED = "improved"
    WORSENED = "worsened"
    NO_EVIDENCE = "no-evidence"


class ChangeFlag(Enum):
    """What to mind of a change; the order is that of the outcome."""

    NOBODY = "nobody"
    SINGLE = "one-answer"
    NO_SPREAD = "no-spread"
    SMALL_TABLE = "small-table"
    NO_EXACT = "no-exact-test"


FLAGS: Final[dict[ChangeFlag, Says]] = {flag: Says(f"change-{flag.value}") for flag in ChangeFlag}
"""What an explanation says of each flag."""

TELLING: Final = (
    IMPROVED,
    WORSENED,
    NO_EVIDENCE,
    UNSEEN,
    UNTOLD,
    NOBODY,
    BEFORE,
    AFTER,
    INTERVAL,
    TEST,
    EXACT,
    SEEN,
    *FLAGS.values(),
)
"""All that the rules of change say."""


@attrs.frozen
class Unit:
    """
    How a score is shown: in which unit, how many times itself, to how many places.

    Attributes:
        title: Name of the unit.
        times: 100 where a share is shown in percent.
        places: After the point.
    """

    title: Title
    times: int
    places: int

    def of(self, value: Decimal) -> Decimal:
        """Return a value as it is shown."""
        return shown(self.times * value, self.places)


def chance_faults(confidence: Decimal, power: Decimal) -> Iterator[Fault]:
    """Yield what is wrong with a confidence and a power."""
    yield from confidence_faults(confidence)
    if not 0.5 <= float(power) < 1:
        wanted = "a number from 0.5 on and below 1, such as 0.8"
        yield Fault("power", f"the number {power}", wanted)


@attrs.frozen(kw_only=True)
class Periods:
    """
    What all comparisons of two periods ask for.

    Attributes:
        confidence: How sure the interval is, between 0 and 1.
        power: How surely `detectable` would have been found, from 0.5 to below 1.
        before_from: First day of the earlier period.
        before_until: Day after its last.
        after_from: First day of the later period.
        after_until: Day after its last.
    """

    confidence: Decimal = CONFIDENCE
    power: Decimal = POWER
    before_from: date | None = None
    before_until: date | None = None
    after_from: date | None = None
    after_until: date | None = None

    def __attrs_post_init__(self) -> None:
        faults = [*chance_faults(self.confidence, self.power), *self._period_faults()]
        faults.extend(self.more_faults())
        if faults:
            raise FaultsError("two periods to be compared", tuple(faults))

    def more_faults(self) -> Iterator[Fault]:
        """Yield what is wrong with the answers."""
        yield from ()

    def _period_faults(self) -> Iterator[Fault]:
        for name in ("before", "after"):
            first, until = getattr(self, f"{name}_from"), getattr(self, f"{name}_until")
            if first is not None and until is not None and until <= first:
                yield Fault(f"{name}_until", str(until), f"a day after {first}, the first")
        ends = [day for day in (self.before_until, self.before_from) if day is not None]
        starts = [day for day in (self.after_from, self.after_until) if day is not None]
        # Periods of which only one end is known may still be seen to overlap.
        if ends and starts and starts[0] < ends[0]:
            name = "after_from" if self.after_from is not None else "after_until"
            wanted = f"{ends[0]} or later: periods that overlap share their answers"
            yield Fault(name, str(starts[0]), wanted)


@attrs.frozen(kw_only=True)
class Change:
    """
    A change from one period to another, as every rule of change tells it.

    Attributes:
        difference: The later score less the earlier; None where there is none of either.
        low: Lower end of its interval; None where nothing tells it.
        high: Upper end of its interval.
        p_value: How often chance alone differs as much; None where nothing tells it.
        verdict: `improved`, `worsened` or `no-evidence`.
        detectable: The smallest true difference that would have been found with the power asked
            for; None where not even the largest.
        standard_error: Of the difference; None where nothing tells it.
        before: The earlier score.
        after: The later score.
        before_base: Answers it rests on.
        after_base: Answers it rests on.
        before_effective: So many answers of equal weight would tell as much.
        after_effective: So many answers of equal weight would tell as much.
        before_missing: How often there is no answer, by why; none of these is in the base.
        after_missing: How often there is no answer, by why; none of these is in the base.
        flags: What to mind.
    """

    difference: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    p_value: Decimal | None = None
    verdict: Verdict = Verdict.NO_EVIDENCE
    detectable: Decimal | None = None
    standard_error: Decimal | None = None
    before: Decimal | None = None
    after: Decimal | None = None
    before_base: int = 0
    after_base: int = 0
    before_effective: Decimal | None = None
    after_effective: Decimal | None = None
    before_missing: FrozenMapping[str, int] = FrozenMapping()
    after_missing: FrozenMapping[str, int] = FrozenMapping()
    flags: tuple[ChangeFlag, ...] = ()


def judged(
    low: float, high: float, limit: float, p_values: tuple[float, ...], *, high_is_good: bool = True
) -> Verdict:
    """
    Return the verdict on a difference: the interval and every test must agree.

    Args:
        low: Lower end of its interval.
        high: Upper end of its interval.
        limit: Below this, a p-value is evidence.
        p_values: Of the tests that count.
        high_is_good: Whether a higher score is a better one.

    Examples:
        >>> judged(0.1, 0.3, 0.05, (0.01, 0.06)), judged(0.1, 0.3, 0.05, (0.01,))
        (<Verdict.NO_EVIDENCE: 'no-evidence'>, <Verdict.IMPROVED: 'improved'>)
    """
    if low <= 0 <= high or any(p_value >= limit for p_value in p_values):
        return Verdict.NO_EVIDENCE
    return Verdict.IMPROVED if (low > 0) is high_is_good else Verdict.WORSENED


def told_or_none(value: float | None, times: float = 1) -> Decimal | None:
    """Return a float as it leaves a rule; None where there is none."""
    return None if value is None else told(times * value)


def tell_detectable(detectable: Decimal | None, power: Decimal, unit: Unit, trace: Trace) -> None:
    """Note what would have been seen."""
    if detectable is not None:
        percent = shown(100 * power, 3)
        trace.check(SEEN(detectable=unit.of(detectable), unit=unit.title, power=percent), True)


def tell_change(
    facts: Periods, outcome: Change, unit: Unit, trace: Trace, exact: Decimal | None = None
) -> None:
    """Note the two scores, the interval, the tests, and what to mind."""
    limit = 1 - facts.confidence
    for says, score, base in (
        (BEFORE, outcome.before, outcome.before_base),
        (AFTER, outcome.after, outcome.after_base),
    ):
        if score is not None:
            trace.check(says(score=unit.of(score), base=base), held=True)
    if outcome.low is not None and outcome.high is not None:
        ends = INTERVAL(low=unit.of(outcome.low), high=unit.of(outcome.high))
        trace.check(ends, held=not outcome.low <= 0 <= outcome.high)
    for says, p_value in ((TEST, outcome.p_value), (EXACT, exact)):
        if p_value is not None:
            p = rounded(float(p_value), 4)
            trace.check(says(p_value=p, limit=limit), held=p_value < limit)
    tell_detectable(outcome.detectable, facts.power, unit, trace)
    for flag in outcome.flags:
        trace.check(FLAGS[flag](), held=True)


def change_headline(facts: Periods, outcome: Change, unit: Unit) -> Reason:
    """Return what a change comes to."""
    if outcome.difference is None or outcome.before is None or outcome.after is None:
        return NOBODY(before_base=outcome.before_base, after_base=outcome.after_base)
    told_first = {
        "difference": unit.of(outcome.difference),
        "unit": unit.title,
        "before": unit.of(outcome.before),
        "after": unit.of(outcome.after),
    }
    if outcome.low is None or outcome.high is None:
        return UNTOLD(**told_first)
    names = {
        **told_first,
        "low": unit.of(outcome.low),
        "high": unit.of(outcome.high),
        "percent": shown(100 * facts.confidence, 3),
    }
    if outcome.verdict is not Verdict.NO_EVIDENCE:
        return (IMPROVED if outcome.verdict is Verdict.IMPROVED else WORSENED)(**names)
    if outcome.detectable is None:
        return UNSEEN(**names)
    return NO_EVIDENCE(**names, detectable=unit.of(outcome.detectable))
