"""The rule of a paired change: the same people before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from math import fsum, sqrt
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault
from bankservice.core.quantiles import normal_quantile, two_sided
from bankservice.satisfaction.changes.effort_change import STEPS
from bankservice.satisfaction.changes.net_change import POINTS
from bankservice.satisfaction.changes.share_change import PERCENT
from bankservice.satisfaction.changes.two_samples import Compared, mcnemar, student
from bankservice.satisfaction.changes.verdicts import (
    PACKAGE,
    TELLING,
    Change,
    ChangeFlag,
    Periods,
    Unit,
    change_headline,
    judged,
    tell_change,
    told_or_none,
)
from bankservice.satisfaction.model import Missing, count_faults, told
from bankservice.satisfaction.scores.answered import range_faults
from bankservice.satisfaction.scores.effort import EFFORTS, EffortScale
from bankservice.satisfaction.scores.intervals import z_of
from bankservice.satisfaction.scores.promoters import CLASSES, RECOMMEND
from bankservice.satisfaction.scores.scales import Ratings, Scale

__all__ = ["PairedChange", "PairedChangeFacts", "PairedScore", "paired_change"]

PAIRS: Final = Says("change-pairs", ("pairs", "unpaired"))
MOVED: Final = Says("change-moved", ("gained", "lost"))


class PairedScore(Enum):
    """What is scored of the same people twice."""

    NPS = "nps"
    CSAT = "csat"
    CES = "ces"


UNITS: Final = {PairedScore.NPS: POINTS, PairedScore.CSAT: PERCENT, PairedScore.CES: STEPS}


@attrs.frozen(kw_only=True)
class PairedChangeFacts(Periods):
    """
    Answers of the same people, before and after.

    Attributes:
        score: `nps`, `csat` or `ces`.
        before: Earlier answers, a row for each person, or why there is none.
        after: Later answers of the same people, in the same rows.
        scale: Scale of ratings for `csat`: length (`5`), ends (`"1-5"`), `"yes-no"`, or in full.
        version: Version of the question for `ces`: `v2` or `v1`.
        table: For `csat`, where pairs are already counted: satisfied before and then satisfied or
            not after, in the first row; not satisfied before, in the second.
        confidence: How sure the interval is, between 0 and 1.
        power: How surely `detectable` would have been found, from 0.5 to below 1.
        before_from: First day of the earlier period.
        before_until: Day after its last.
        after_from: First day of the later period.
        after_until: Day after its last.
    """

    score: PairedScore
    before: Ratings | None = None
    after: Ratings | None = None
    scale: Scale | None = None
    version: EffortScale = EFFORTS["v2"]
    table: tuple[tuple[int, ...], ...] | None = None

    def more_faults(self) -> Iterator[Fault]:
        """Yield what is wrong with the answers."""
        if self.table is not None:
            yield from self._table_faults(self.table)
            return
        if self.before is None or self.after is None:
            for name in ("before", "after"):
                if getattr(self, name) is None:
                    yield Fault(name, "nothing", "answers; or, for csat, a `table`")
            return
        if len(self.before.codes) != len(self.after.codes):
            wanted = f"one for each of the {len(self.before.codes)} people in `before`"
            yield Fault("after", f"{len(self.after.codes)} answers", wanted)
        if self.score is PairedScore.CSAT and self.scale is None:
            yield Fault("scale", "nothing", "the scale of the answers, such as 1-5")
            return
        for name, held in (("before", self.before), ("after", self.after)):
            yield from range_faults(name, held, self._codes)
            if self._codes != range(2):
                for row in held.words:
                    yield Fault(f"{name}[{row}]", "yes or no", "a code of the scale")

    def _table_faults(self, table: tuple[tuple[int, ...], ...]) -> Iterator[Fault]:
        if self.score is not PairedScore.CSAT:
            yield Fault("table", "a table", f"answers: {self.score.value} has no table")
        for name in ("before", "after"):
            if getattr(self, name) is not None:
                yield Fault(name, "answers", "nothing where a `table` is given")
        if [len(row) for row in table] != [2, 2]:
            yield Fault("table", f"{len(table)} rows", "two rows of two counts")
        for place, row in enumerate(table):
            for column, count in enumerate(row):
                yield from count_faults(f"table[{place}][{column}]", count)

    @property
    def _codes(self) -> range:
        if self.score is PairedScore.NPS:
            return RECOMMEND
        if self.score is PairedScore.CES:
            return self.version.codes
        assert self.scale is not None, "checked when built"
        return self.scale.codes

    def value(self, code: int) -> int:
        """Return what an answer counts: its class, whether it is satisfied, or itself."""
        if self.score is PairedScore.NPS:
            return CLASSES[code]
        if self.score is PairedScore.CES:
            return code
        assert self.scale is not None, "checked when built"
        return int(code in self.scale.satisfied)

    @property
    def pairs(self) -> Counter[tuple[int, int]]:
        """What the answers count of those who answered twice, before and after."""
        if self.table is not None:
            (kept, lost), (gained, out) = self.table
            return +Counter({(1, 1): kept, (1, 0): lost, (0, 1): gained, (0, 0): out})
        assert self.before is not None, "checked when built"
        assert self.after is not None, "checked when built"
        return Counter(
            (self.value(first), self.value(second))
            for first, second in zip(self.before.codes, self.after.codes, strict=True)
            if not isinstance(first, Missing) and not isinstance(second, Missing)
        )


@attrs.frozen(kw_only=True)
class PairedChange(Change):
    """
    A change in the same people: in points for `nps`, from -1 to 1 for `csat`, in codes for `ces`.

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
        before_effective: The same: pairs have no weights.
        after_effective: The same: pairs have no weights.
        before_missing: How often there is no answer, by why; none of these is in the base.
        after_missing: How often there is no answer, by why; none of these is in the base.
        flags: What to mind.
        score: What was scored.
        pairs: People who answered twice.
        unpaired: People of whom an answer is missing; they are not looked at.
        gained: People whose answer counts more than before: for `csat`, who became satisfied.
        lost: People whose answer counts less than before.
        chi_square: McNemar's, with one degree of freedom, for `csat`.
        chi_square_p_value: P-value of that; `p_value` is the exact one.
        t: The mean of the differences in standard errors, for `nps` and `ces`.
        freedom: Degrees of freedom of `t`.
    """

    score: PairedScore
    pairs: int
    unpaired: int = 0
    gained: int = 0
    lost: int = 0
    chi_square: Decimal | None = None
    chi_square_p_value: Decimal | None = None
    t: Decimal | None = None
    freedom: Decimal | None = None


def _paired_change(facts: PairedChangeFacts, parameters: None, trace: Trace | None) -> PairedChange:
    """
    Tell whether the same people score otherwise than before.

    Who answered twice is compared with himself, which tells more than two samples of the same size.
    Ratings of satisfaction go by McNemar's exact test, on those who changed sides alone, with an
    interval by Bonett and Price; NPS and CES by the mean of the differences and Student's t. People
    of whom an answer is missing are counted, and not looked at. Where all changed alike, or a
    single one answered twice, there is no interval.

    Raises:
        FaultsError: If the lists are not of one length, an answer is no code of the scale, the
            table has not four counts, the periods overlap, or the confidence or power is out of
            range; rows are named.

    Source:
        Q. McNemar, "Note on the sampling error of the difference between correlated proportions or
        percentages", Psychometrika 12 (1947) 153-157; D. G. Bonett, R. M. Price, "Adjusted Wald
        confidence interval for a difference of binomial proportions based on paired data", Journal
        of Educational and Behavioral Statistics 37 (2012) 479-488.

    Examples:
        >>> from bankservice.satisfaction import paired_change
        >>> found = paired_change(score="csat", table=[[60, 5], [15, 20]]).outcome
        >>> found.difference, round(found.p_value, 4), found.chi_square, found.verdict.value
        (Decimal('0.1'), Decimal('0.0414'), Decimal('5'), 'improved')
        >>> found = paired_change(score="nps", before=[6, 7, 3, 8], after=[9, 9, 7, 10]).outcome
        >>> found.difference, found.t, found.freedom
        (Decimal('125'), Decimal('5'), Decimal('3'))
    """
    pairs = facts.pairs
    n = pairs.total()
    asked = n if facts.before is None else len(facts.before.codes)
    outcome = PairedChange(
        score=facts.score,
        pairs=n,
        unpaired=asked - n,
        gained=sum(count for (before, after), count in pairs.items() if after > before),
        lost=sum(count for (before, after), count in pairs.items() if after < before),
        before_base=n,
        after_base=n,
        before_missing=Ratings().missing if facts.before is None else facts.before.missing,
        after_missing=Ratings().missing if facts.after is None else facts.after.missing,
    )
    if not n:
        outcome = attrs.evolve(outcome, flags=(ChangeFlag.NOBODY,))
    else:
        times = 100 if facts.score is PairedScore.NPS else 1
        first = sum(before * count for (before, _), count in pairs.items())
        second = sum(after * count for (_, after), count in pairs.items())
        outcome = attrs.evolve(
            outcome,
            difference=told(times * (second - first) / n),
            before=told(times * first / n),
            after=told(times * second / n),
            before_effective=Decimal(n),
            after_effective=Decimal(n),
        )
        judge = _sides if facts.score is PairedScore.CSAT else _differences
        outcome = judge(facts, outcome, pairs)
    if trace is not None:
        trace.check(PAIRS(pairs=n, unpaired=outcome.unpaired), held=True)
        trace.check(MOVED(gained=outcome.gained, lost=outcome.lost), held=True)
        tell_change(facts, outcome, UNITS[facts.score], trace)
    return outcome


def _sides(
    facts: PairedChangeFacts, outcome: PairedChange, pairs: Counter[tuple[int, int]]
) -> PairedChange:
    """Judge by those who changed sides."""
    exact, square = mcnemar(outcome.lost, outcome.gained)
    n, confidence = outcome.pairs + 2, float(facts.confidence)
    gained, lost = (outcome.gained + 1) / n, (outcome.lost + 1) / n
    centre = gained - lost
    error = sqrt((gained + lost - centre**2) / n)
    z = z_of(confidence)
    low, high = max(-1.0, centre - z * error), min(1.0, centre + z * error)
    seen = (z + normal_quantile(float(facts.power))) * error
    return attrs.evolve(
        outcome,
        low=told(low),
        high=told(high),
        p_value=told(exact),
        chi_square=told(square),
        chi_square_p_value=told(two_sided(sqrt(square))),
        verdict=judged(low, high, 1 - confidence, (exact,)),
        detectable=told(seen) if seen <= 1 else None,
        standard_error=told(error),
        flags=() if outcome.gained or outcome.lost else (ChangeFlag.NO_SPREAD,),
    )


def _differences(
    facts: PairedChangeFacts, outcome: PairedChange, pairs: Counter[tuple[int, int]]
) -> PairedChange:
    """Judge by the mean of the differences."""
    n, gains = outcome.pairs, Counter[int]()
    for (before, after), count in pairs.items():
        gains[after - before] += count
    if n == 1:
        return attrs.evolve(outcome, flags=(ChangeFlag.SINGLE,))
    if len(gains) == 1:
        return attrs.evolve(outcome, flags=(ChangeFlag.NO_SPREAD,))
    mean = sum(gain * count for gain, count in gains.items()) / n
    squares = fsum(count * (gain - mean) ** 2 for gain, count in gains.items())
    error = sqrt(squares / (n - 1) / n)
    times = 100 if facts.score is PairedScore.NPS else 1
    confidence = float(facts.confidence)
    found: Compared = student(mean, error, n - 1, confidence, float(facts.power))
    assert found.low is not None, "there is a spread"
    assert found.high is not None, "there is a spread"
    assert found.seen is not None, "there is a spread"
    good = facts.score is PairedScore.NPS or facts.version.high_is_easy
    most = 2 if facts.score is PairedScore.NPS else len(facts.version.codes) - 1
    return attrs.evolve(
        outcome,
        # No mean of differences lies beyond the ends of what two answers can be apart.
        low=told(times * max(-most, found.low)),
        high=told(times * min(most, found.high)),
        p_value=told_or_none(found.p_value),
        verdict=judged(found.low, found.high, 1 - confidence, (), high_is_good=good),
        detectable=told(times * found.seen) if found.seen <= most else None,
        standard_error=told(times * error),
        t=told_or_none(found.statistic),
        freedom=told_or_none(found.freedom),
    )


def _headline(facts: PairedChangeFacts, parameters: None, outcome: PairedChange) -> Reason:
    unit: Unit = UNITS[facts.score]
    return change_headline(facts, outcome, unit)


paired_change: Final[Rule[PairedChangeFacts, None, PairedChange]] = Rule(
    id="satisfaction.paired-change",
    facts=PairedChangeFacts,
    outcome=PairedChange,
    evaluate=_paired_change,
    headline=_headline,
    says=(PAIRS, MOVED, *TELLING),
    package=PACKAGE,
)
