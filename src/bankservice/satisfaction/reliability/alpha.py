"""
The rule of Cronbach's alpha: do the items of a scale measure one thing?

Of two items that go up and down together the sum varies more than the two on their own: alpha is
near 1. Of two that have nothing to do with each other the sum varies as much as both together:
alpha is 0. Below 0, one of them is most likely coded the wrong way round.

Covariances are exact fractions of whole numbers, so items that say the same have an alpha of exactly
1, and a total that never varies is found to.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from math import copysign, expm1, log, sqrt
from operator import mul
from typing import Final, Literal

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.quantiles import f_quantile
from bankservice.core.special import rounded
from bankservice.satisfaction.importance.columns import (
    DROPPED,
    Numbers,
    complete_rows,
    counted_missing,
    moments,
    whole_numbers,
)
from bankservice.satisfaction.model import Missing, told
from bankservice.satisfaction.scores.intervals import confidence_faults, z_of

__all__ = ["Alpha", "AlphaFacts", "AlphaFlag", "cronbach_alpha"]

MOST_ITEMS: Final = 200

FOUND: Final = Says("ALPHA_FOUND", ("alpha", "items", "base"))
NOBODY: Final = Says("ALPHA_NOBODY")
TOO_FEW: Final = Says("ALPHA_TOO_FEW", ("base",))
ONE_ITEM: Final = Says("ALPHA_ONE_ITEM", ("items",))
NO_SPREAD: Final = Says("ALPHA_NO_SPREAD", ("base",))
INTERVAL: Final = Says("alpha-interval", ("low", "high", "method"))
WITHOUT: Final = Says("alpha-without-item", ("item", "alpha", "correlation"))
LACKING: Final = Says("alpha-constant-item", ("item",))
CODING: Final = Says("alpha-check-coding", ("alpha",))
BOTH: Final = Says("alpha-spearman-brown", ("reliability",))
PAIRS: Final = Says("alpha-pairwise", ("least",))


class AlphaFlag(Enum):
    """What is to be held against alpha."""

    CHECK_CODING = "check-coding"
    CONSTANT_ITEM = "constant-item"
    PAIRWISE = "pairwise"
    NO_ERROR = "no-error"


@attrs.frozen(kw_only=True)
class AlphaFacts:
    """
    What respondents answered to the items of a scale.

    Attributes:
        items: A row of answers for each respondent, in the order of the items; where there is none,
            why.
        missing: What is done with a respondent who left an item out: left out whole (`listwise`), or
            counted with every pair of items answered (`pairwise`).
        interval: Feldt's, by the F law, or Bonett's, by the normal law.
        confidence: How often intervals made so hold the true alpha; between 0 and 1.
    """

    items: tuple[Numbers, ...]
    missing: Literal["listwise", "pairwise"] = "listwise"
    interval: Literal["feldt", "bonett"] = "feldt"
    confidence: Decimal = Decimal("0.95")

    def __attrs_post_init__(self) -> None:
        faults = [*confidence_faults(self.confidence)]
        wanted = len(self.items[0].values) if self.items else 0
        faults += [
            Fault(
                f"items[{place}]", f"{len(row.values)} answers", f"{wanted}, as the first row has"
            )
            for place, row in enumerate(self.items)
            if len(row.values) != wanted
        ]
        if wanted > MOST_ITEMS:
            faults.append(Fault("items", f"{wanted} items", f"at most {MOST_ITEMS}"))
        if faults:
            raise FaultsError("the items of a scale", tuple(faults))


@attrs.frozen(kw_only=True)
class Alpha:
    """
    Whether the items of a scale measure one thing.

    Attributes:
        base: Respondents reckoned with: those who answered every item, or with `pairwise` those who
            answered any.
        items: Items of the scale.
        alpha: At most 1; None where it cannot be said. It may be below 0.
        low: Its lower bound; None where it cannot be said.
        high: Its upper bound. Where all items say the same, both are 1: flagged as `no-error`.
        dropped: Respondents left out because an answer of theirs is missing.
        missing: How many answers are missing, by why.
        standardised: Alpha of the items at equal spread; None where an item never varies.
        mean_correlation: Mean correlation of two items; None where an item never varies.
        if_dropped: Alpha without each item; None where fewer than two would be left, or these do
            not vary.
        item_total: Correlation of each item with the sum of the others; None where one of them does
            not vary.
        variances: Of each item.
        total_variance: Of the sum of the items.
        spearman_brown: Reliability of a scale of two items by Spearman and Brown, which does not
            take them to have the same spread; None for more items.
        sem: Standard error of measurement, in units of the sum of the items.
        method: Whose interval it is: `feldt` or `bonett`.
        flags: What is to be held against alpha.
        why: Why there is none: `no-answers`, `too-few` respondents, `one-item`, or `no-spread`.
    """

    base: int
    items: int
    alpha: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    dropped: int = 0
    missing: FrozenMapping[str, int] = FrozenMapping()
    standardised: Decimal | None = None
    mean_correlation: Decimal | None = None
    if_dropped: tuple[Decimal | None, ...] = ()
    item_total: tuple[Decimal | None, ...] = ()
    variances: tuple[Decimal, ...] = ()
    total_variance: Decimal | None = None
    spearman_brown: Decimal | None = None
    sem: Decimal | None = None
    method: Literal["feldt", "bonett"] | None = None
    flags: tuple[AlphaFlag, ...] = ()
    why: Literal["no-answers", "too-few", "one-item", "no-spread"] | None = None


Covariances = Sequence[Sequence[Fraction]]


def _cronbach_alpha(facts: AlphaFacts, parameters: None, trace: Trace | None) -> Alpha:
    """
    Tell by Cronbach's alpha whether the items of a scale measure one thing.

    Alpha is `k/(k-1)` times 1 less the sum of the items' variances over the variance of their sum.
    An alpha below 0 is kept, and flagged: check whether an item is coded the wrong way round. An
    item that never varies is allowed, and flagged. There is no alpha of one item, of one respondent,
    or where the sum never varies. Of two items the reliability by Spearman and Brown stands beside
    it. With `pairwise` each covariance is that of all who answered both items, and the interval is
    that of as many respondents as the least answered pair has.

    Raises:
        FaultsError: If rows differ in length, or the confidence is not between 0 and 1.

    Source:
        L. J. Cronbach, Psychometrika 16 (1951) 297-334; intervals: L. S. Feldt, Psychometrika 30
        (1965) 357-370; D. G. Bonett, Journal of Educational and Behavioral Statistics 27 (2002)
        335-340.

    Examples:
        >>> from bankservice.satisfaction import cronbach_alpha
        >>> found = cronbach_alpha(items=[[5, 4], [4, 4], [3, 3], [5, 5], [2, 3], [4, 3]]).outcome
        >>> round(found.alpha, 4), round(found.low, 4), round(found.spearman_brown, 4)
        (Decimal('0.8381'), Decimal('-0.1570'), Decimal('0.8690'))
        >>> cronbach_alpha(items=[[1, 5], [2, 4], [3, 3], [4, 1], [5, 2]]).outcome.flags[0].value
        'check-coding'
    """
    k = len(facts.items[0].values) if facts.items else 0
    columns = [Numbers(tuple(row.values[place] for row in facts.items)) for place in range(k)]
    whole = complete_rows(columns)
    base = len(whole)
    if facts.missing == "pairwise":
        base = sum(bool(row.known) for row in facts.items)
    found = Alpha(
        base=base, items=k, dropped=len(facts.items) - base, missing=counted_missing(columns)
    )
    if not base:
        return attrs.evolve(found, why="no-answers")
    if k < 2:
        return attrs.evolve(found, why="one-item")
    least, held = _covariances(columns, whole, facts.missing)
    if held is None:
        return attrs.evolve(found, why="too-few")
    total = sum(map(sum, held), Fraction(0))
    if total <= 0:
        return attrs.evolve(found, why="no-spread")
    outcome = _found(facts, found, held, least)
    if trace is not None:
        _tell(facts, outcome, least, trace)
    return outcome


def _covariances(
    columns: Sequence[Numbers], whole: Sequence[int], missing: str
) -> tuple[int, Covariances | None]:
    """Return the respondents of the least answered pair, and the covariances if they are two."""
    k = len(columns)
    if missing == "listwise":
        if len(whole) < 2:
            return len(whole), None
        products = moments(columns, whole).products
        unit = len(whole) * (len(whole) - 1)
        return len(whole), [[about / unit for about in row] for row in products]
    numbers = [whole_numbers(column.values) for column in columns]
    given = [
        {place for place, value in enumerate(column.values) if not isinstance(value, Missing)}
        for column in columns
    ]
    held = [[Fraction(0)] * k for _ in range(k)]
    least = len(columns[0].values)
    for i in range(k):
        for j in range(i, k):
            rows = sorted(given[i] & given[j])
            n = len(rows)
            least = min(least, n)
            if n < 2:
                return least, None
            (one, scale), (other, unit) = numbers[i], numbers[j]
            x, y = [one[row] for row in rows], [other[row] for row in rows]
            about = n * sum(map(mul, x, y)) - sum(x) * sum(y)
            held[i][j] = held[j][i] = Fraction(about, n * (n - 1) * scale * unit)
    return least, held


def _alpha(k: int, single: Fraction, total: Fraction) -> Fraction:
    return Fraction(k, k - 1) * (1 - single / total)


def _found(facts: AlphaFacts, found: Alpha, held: Covariances, least: int) -> Alpha:
    k = len(held)
    single = [held[place][place] for place in range(k)]
    # A row of the matrix sums to the covariance of an item with the total.
    beside = [sum(row, Fraction(0)) for row in held]
    total = sum(beside, Fraction(0))
    alpha = _alpha(k, sum(single, Fraction(0)), total)
    dropped: list[Decimal | None] = []
    linked: list[Decimal | None] = []
    for one, with_total in zip(single, beside, strict=True):
        rest = total - 2 * with_total + one
        left = sum(single, Fraction(0)) - one
        short = k < 3 or rest <= 0
        dropped.append(None if short else told(float(_alpha(k - 1, left, rest))))
        linked.append(_correlation(with_total - one, one, rest))
    pairs = [_root(held[i][j], single[i], single[j]) for i in range(k) for j in range(i)]
    mean = None
    known = [r for r in pairs if r is not None]
    if len(known) == len(pairs):
        mean = sum(sorted(known)) / len(known)
    low, high = _interval(facts, float(1 - alpha), least, k)
    flags = {
        AlphaFlag.CHECK_CODING: alpha < 0,
        AlphaFlag.CONSTANT_ITEM: not all(single),
        AlphaFlag.PAIRWISE: facts.missing == "pairwise" and bool(found.missing),
        AlphaFlag.NO_ERROR: alpha == 1,
    }
    return attrs.evolve(
        found,
        alpha=told(float(alpha)),
        low=low,
        high=high,
        standardised=_stepped(mean, k),
        mean_correlation=None if mean is None else told(mean),
        if_dropped=tuple(dropped),
        item_total=tuple(linked),
        variances=tuple(told(float(one)) for one in single),
        total_variance=told(float(total)),
        spearman_brown=_stepped(mean, k) if k == 2 else None,
        sem=told(sqrt(total * (1 - alpha))) if alpha <= 1 else None,
        method=facts.interval if low is not None else None,
        flags=tuple(flag for flag in AlphaFlag if flags[flag]),
    )


def _root(together: Fraction, one: Fraction, other: Fraction) -> float | None:
    """Return a correlation; None where one of the two does not vary."""
    if one <= 0 or other <= 0:
        return None
    return copysign(sqrt(together * together / (one * other)), together)


def _correlation(together: Fraction, one: Fraction, other: Fraction) -> Decimal | None:
    found = _root(together, one, other)
    # Pairs of different respondents may contradict each other.
    return None if found is None or abs(found) > 1 + _ROUNDING else told(found)


_ROUNDING: Final = 1e-12


def _stepped(mean: float | None, k: int) -> Decimal | None:
    """Return the reliability of *k* items of equal spread with this mean correlation."""
    if mean is None or 1 + (k - 1) * mean <= _ROUNDING:
        return None
    return told(k * mean / (1 + (k - 1) * mean))


def _interval(
    facts: AlphaFacts, lack: float, n: int, k: int
) -> tuple[Decimal | None, Decimal | None]:
    """Return the bounds of alpha, which lacks so much of 1."""
    if lack <= 0:
        return (None, None) if lack else (Decimal(1), Decimal(1))
    if facts.interval == "feldt":
        above, below = n - 1, (n - 1) * (k - 1)
        # Both from the small side: 1 less a tail would lose its digits.
        tail = (1 - float(facts.confidence)) / 2
        low = 1 - lack / f_quantile(tail, below, above)
        high = 1 - lack * f_quantile(tail, above, below)
    elif n > 2:
        half = z_of(float(facts.confidence)) * sqrt(2 * k / ((k - 1) * (n - 2)))
        low, high = (-expm1(log(lack) + side * half) for side in (1, -1))
    else:
        return None, None
    return told(low), told(high)


def _tell(facts: AlphaFacts, outcome: Alpha, least: int, trace: Trace) -> None:
    if outcome.dropped:
        trace.check(DROPPED(dropped=outcome.dropped), held=True)
    if AlphaFlag.PAIRWISE in outcome.flags:
        trace.check(PAIRS(least=least), held=True)
    if outcome.low is not None and outcome.high is not None:
        low, high = rounded(float(outcome.low), 4), rounded(float(outcome.high), 4)
        trace.check(INTERVAL(low=low, high=high, method=facts.interval.capitalize()), held=True)
    for place, variance in enumerate(outcome.variances):
        if not variance:
            trace.check(LACKING(item=place + 1), held=True)
        elif outcome.if_dropped[place] is not None:
            shown = [
                None if held[place] is None else rounded(float(held[place] or 0), 4)
                for held in (outcome.if_dropped, outcome.item_total)
            ]
            trace.check(WITHOUT(item=place + 1, alpha=shown[0], correlation=shown[1]), held=True)
    if outcome.spearman_brown is not None:
        trace.check(BOTH(reliability=rounded(float(outcome.spearman_brown), 4)), held=True)
    if outcome.alpha is not None and AlphaFlag.CHECK_CODING in outcome.flags:
        trace.check(CODING(alpha=rounded(float(outcome.alpha), 4)), held=True)


def _headline(facts: AlphaFacts, parameters: None, outcome: Alpha) -> Reason:
    match outcome.why:
        case "no-answers":
            return NOBODY()
        case "too-few":
            return TOO_FEW(base=outcome.base)
        case "one-item":
            return ONE_ITEM(items=outcome.items)
        case "no-spread":
            return NO_SPREAD(base=outcome.base)
    assert outcome.alpha is not None, "there is a reason where there is no alpha"
    shown = rounded(float(outcome.alpha), 4)
    return FOUND(alpha=shown, items=outcome.items, base=outcome.base)


cronbach_alpha: Final[Rule[AlphaFacts, None, Alpha]] = Rule(
    id="satisfaction.cronbach-alpha",
    facts=AlphaFacts,
    outcome=Alpha,
    evaluate=_cronbach_alpha,
    headline=_headline,
    says=(
        FOUND,
        NOBODY,
        TOO_FEW,
        ONE_ITEM,
        NO_SPREAD,
        INTERVAL,
        WITHOUT,
        LACKING,
        CODING,
        BOTH,
        PAIRS,
        DROPPED,
    ),
    package="bankservice.satisfaction",
)
