"""The rule of a score's trend: do scores rise or fall from period to period, or could it be chance?"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from math import factorial, sqrt
from typing import Final, Literal

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.mann_kendall import EXACT_UP_TO, kendall, theil_sen
from bankservice.core.quantiles import normal_quantile
from bankservice.core.special import rounded
from bankservice.satisfaction.charts.proportions import SharePoint, cochran_armitage
from bankservice.satisfaction.importance.columns import Numbers
from bankservice.satisfaction.model import Missing, told
from bankservice.satisfaction.scores.intervals import confidence_faults, z_of

__all__ = ["ScoreTrend", "ScoreTrendFacts", "score_trend"]

POWER: Final = 0.8
"""How often the smallest trend that is called detectable would have been told."""
MOST_VALUES: Final = 1_000

IMPROVED: Final = Says("SCORE_TREND_IMPROVED", ("slope", "p_value"))
WORSENED: Final = Says("SCORE_TREND_WORSENED", ("slope", "p_value"))
NO_EVIDENCE: Final = Says("SCORE_TREND_NO_EVIDENCE", ("p_value",))
TOO_FEW: Final = Says("SCORE_TREND_TOO_FEW", ("base",))
ALIKE: Final = Says("SCORE_TREND_ALIKE", ("base",))
TEST: Final = Says("score-trend-test", ("method", "p_value", "significance"))
DETECTABLE: Final = Says("score-trend-detectable", ("detectable",))


@attrs.frozen(kw_only=True)
class ScoreTrendFacts:
    """
    A score by periods: shares of the satisfied with their counts, or values.

    Attributes:
        points: The periods with their counts, oldest first.
        values: In place of these the values of a series, oldest first, where more is better; where
            there is none, why.
        confidence: 1 less how often a trend is told where there is none; between 0 and 1.
    """

    points: tuple[SharePoint, ...] = ()
    values: Numbers = attrs.field(factory=Numbers)
    confidence: Decimal = Decimal("0.95")

    def __attrs_post_init__(self) -> None:
        faults = tuple(_faults(self))
        if faults:
            raise FaultsError("the periods of a trend", faults)


def _faults(facts: ScoreTrendFacts) -> Iterable[Fault]:
    yield from confidence_faults(facts.confidence)
    if facts.points and facts.values.values:
        yield Fault("values", "values beside points", "one of the two forms")
    for name, count in (("points", len(facts.points)), ("values", len(facts.values.values))):
        if count > MOST_VALUES:
            yield Fault(name, f"{count} periods", f"at most {MOST_VALUES}")


@attrs.frozen(kw_only=True)
class ScoreTrend:
    """
    Whether scores rise or fall.

    Attributes:
        verdict: `improved`, `worsened` or `no-evidence`.
        base: Periods with a score.
        gaps: Periods without one.
        method: `cochran-armitage` for shares, `mann-kendall` for values; None where no test can be
            made.
        slope: Change from one period to the next: Theil's and Sen's for values, that of the
            regression for shares; None for fewer than two scores.
        least_squares: The slope of least squares, of values.
        s: Rising pairs less falling ones, of values.
        variance: That of `s` over all orders the values can have.
        z: The test's; None where all scores are alike.
        p_value: How often scores without a trend would show one as strong; two-sided.
        detectable: Smallest slope, up or down, that four of five such series would have shown; None
            where so few scores could show none.
        why: Why there is no test: `no-answers`, `too-few` periods, or `no-spread`.
    """

    verdict: Literal["improved", "worsened", "no-evidence"]
    base: int
    gaps: int = 0
    method: Literal["cochran-armitage", "mann-kendall"] | None = None
    slope: Decimal | None = None
    least_squares: Decimal | None = None
    s: int | None = None
    variance: Decimal | None = None
    z: Decimal | None = None
    p_value: Decimal | None = None
    detectable: Decimal | None = None
    why: Literal["no-answers", "too-few", "no-spread"] | None = None


def _score_trend(facts: ScoreTrendFacts, parameters: None, trace: Trace | None) -> ScoreTrend:
    """
    Tell whether scores rise or fall from period to period.

    Shares are tested by Cochran and Armitage, with the counts of each period; values by Mann and
    Kendall, whose slope is Theil's and Sen's. Up to ten values p is counted exactly over all their
    orders; beyond, it follows the normal law. A period without a score keeps its place in time. With
    every verdict comes the slope that could have been found: "no evidence" from few periods says
    little. Waves of the same customers hang together, which makes a trend look surer than it is.

    Raises:
        FaultsError: If there are values beside points, or a period has more satisfied than answers.

    Source:
        Armitage (1955); Mann (1945), Kendall (1948), Sen (1968).

    Examples:
        >>> from bankservice.satisfaction import score_trend
        >>> found = score_trend(values=[70, 71, 73, 72, 75, 76, 78, 77]).outcome
        >>> found.verdict, found.s, found.slope, round(found.p_value, 4)
        ('improved', 24, Decimal('1.225'), Decimal('0.0017'))
    """
    outcome = _of_shares(facts) if facts.points else _of_values(facts)
    if trace is not None and outcome.p_value is not None:
        _tell(facts, outcome, trace)
    return outcome


def _verdict(
    facts: ScoreTrendFacts, rise: float, p_value: float
) -> Literal["improved", "worsened", "no-evidence"]:
    if not rise or p_value > _significance(facts):
        return "no-evidence"
    return "improved" if rise > 0 else "worsened"


def _significance(facts: ScoreTrendFacts) -> Fraction:
    # A fraction is exact in any ambient context of decimals.
    return 1 - Fraction(facts.confidence)


def _deviations(facts: ScoreTrendFacts) -> float:
    """Return how many deviations a slope must be, to be found four times out of five."""
    return z_of(float(facts.confidence)) + normal_quantile(POWER)


def _of_shares(facts: ScoreTrendFacts) -> ScoreTrend:
    base = sum(bool(point.base) for point in facts.points)
    found = ScoreTrend(verdict="no-evidence", base=base, gaps=len(facts.points) - base)
    if base < 2:
        return attrs.evolve(found, why="too-few" if base else "no-answers")
    test = cochran_armitage(facts.points)
    if test is None:
        return attrs.evolve(found, why="no-spread", slope=Decimal(0))
    return attrs.evolve(
        found,
        verdict=_verdict(facts, test.z, test.p_value),
        method="cochran-armitage",
        slope=told(test.slope),
        z=told(test.z),
        p_value=told(test.p_value),
        detectable=told(_deviations(facts) * test.error),
    )


def _of_values(facts: ScoreTrendFacts) -> ScoreTrend:
    held = [
        (place, Fraction(value))
        for place, value in enumerate(facts.values.values)
        if not isinstance(value, Missing)
    ]
    n = len(held)
    found = ScoreTrend(verdict="no-evidence", base=n, gaps=len(facts.values.values) - n)
    if n < 2:
        return attrs.evolve(found, why="too-few" if n else "no-answers")
    test = kendall([[value for _, value in held]])
    slope, error = _least_squares(held)
    # Of two to four values no order is rare enough to be told.
    shown = n > EXACT_UP_TO or Fraction(2, factorial(n)) <= _significance(facts)
    return attrs.evolve(
        found,
        verdict=_verdict(facts, test.s, float(test.p_value)),
        method="mann-kendall",
        slope=told(float(theil_sen([held]))),
        least_squares=told(float(slope)),
        s=test.s,
        variance=told(float(test.variance)),
        z=None if test.z is None else told(test.z),
        p_value=test.p_value,
        detectable=told(_deviations(facts) * error) if shown and error is not None else None,
        why="no-spread" if test.z is None else None if shown else "too-few",
    )


def _least_squares(held: list[tuple[int, Fraction]]) -> tuple[Fraction, float | None]:
    """Return the slope of least squares and its deviation; none for fewer than three values."""
    n = len(held)
    middle = Fraction(sum(place for place, _ in held), n)
    mean = sum((value for _, value in held), Fraction(0)) / n
    spread = sum(((place - middle) ** 2 for place, _ in held), Fraction(0))
    slope = sum(((place - middle) * (value - mean) for place, value in held), Fraction(0)) / spread
    left = sum(
        ((value - mean - slope * (place - middle)) ** 2 for place, value in held), Fraction(0)
    )
    return slope, sqrt(left / (n - 2) / spread) if n > 2 else None


def _tell(facts: ScoreTrendFacts, outcome: ScoreTrend, trace: Trace) -> None:
    names = {"cochran-armitage": "Cochran-Armitage", "mann-kendall": "Mann-Kendall"}
    said = TEST(
        method=names[outcome.method or ""],
        p_value=_shown(outcome.p_value),
        significance=told(float(_significance(facts))),
    )
    trace.check(said, held=outcome.verdict != "no-evidence")
    if outcome.detectable:
        trace.check(DETECTABLE(detectable=_shown(outcome.detectable)), held=True)


def _shown(value: Decimal | None) -> Decimal:
    return rounded(float(value or 0), 3)


def _headline(facts: ScoreTrendFacts, parameters: None, outcome: ScoreTrend) -> Reason:
    if outcome.why == "no-spread":
        return ALIKE(base=outcome.base)
    if outcome.why is not None or outcome.p_value is None or outcome.slope is None:
        return TOO_FEW(base=outcome.base)
    p_value = _shown(outcome.p_value)
    if outcome.verdict == "no-evidence":
        return NO_EVIDENCE(p_value=p_value)
    says = IMPROVED if outcome.verdict == "improved" else WORSENED
    return says(slope=_shown(outcome.slope.copy_abs()), p_value=p_value)


score_trend: Final[Rule[ScoreTrendFacts, None, ScoreTrend]] = Rule(
    id="satisfaction.score-trend",
    facts=ScoreTrendFacts,
    outcome=ScoreTrend,
    evaluate=_score_trend,
    headline=_headline,
    says=(IMPROVED, WORSENED, NO_EVIDENCE, TOO_FEW, ALIKE, TEST, DETECTABLE),
    package="bankservice.satisfaction",
)
