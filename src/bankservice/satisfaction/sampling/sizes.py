"""The rules of size: how many answers a margin asks for, and how many a change to be seen."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from math import ceil, sqrt
from typing import Final, Literal

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.quantiles import normal_quantile
from bankservice.core.special import rounded
from bankservice.satisfaction.model import told
from bankservice.satisfaction.scores.answered import shown
from bankservice.satisfaction.scores.intervals import confidence_faults, z_of

__all__ = [
    "ChangeSize",
    "ChangeSizeFacts",
    "SampleSize",
    "SampleSizeFacts",
    "SizeFlag",
    "change_size",
    "invitations_for",
    "sample_size",
]

PACKAGE: Final = "bankservice.satisfaction"

ADDED_NPS: Final = 3.0
"""Answers that the adjusted interval of an NPS adds, so that as many fewer are needed."""

_SHOWN: Final = 6
_PLACES: Final = 4

SIZE: Final = Says("SIZE_NEEDED", ("n", "margin"))
VARIANCE: Final = Says("size-variance", ("variance",))
QUANTILE: Final = Says("size-quantile", ("z", "confidence"))
UNLIMITED: Final = Says("size-unlimited", ("n",))
ADDED: Final = Says("size-added", ("added",))
DESIGN: Final = Says("size-design", ("design_effect",))
POPULATION: Final = Says("size-population", ("population", "n"))
INVITED: Final = Says("size-invited", ("response_rate", "invitations"))
CHANGE: Final = Says("CHANGE_SIZE_NEEDED", ("n", "total"))
SEEN: Final = Says("change-size-seen", ("difference", "power"))
POWER: Final = Says("change-size-power", ("z", "power"))


class SizeFlag(Enum):
    """What is to be held against a size."""

    WHOLE_POPULATION = "whole-population"
    TOO_FEW_TO_INVITE = "too-few-to-invite"


def invitations_for(answers: int, response_rate: Decimal) -> int:
    """
    Return how many to invite so that so many answers are expected.

    Args:
        answers: Answers wanted.
        response_rate: Share of those invited who answer, above 0 and up to 1.

    Examples:
        >>> invitations_for(385, Decimal("0.22"))
        1750
    """
    return ceil(Fraction(answers) / Fraction(response_rate))


def _inside(name: str, value: Decimal | None, *, most: int = 1, whole: bool = False) -> list[Fault]:
    """Return the fault of a number that is not above 0 and below (where whole: up to) *most*."""
    # A float may be 0 or 1 where the number is not yet.
    if value is None or 0 < float(value) < most or (whole and value == most):
        return []
    upper = "up to" if whole else "below"
    return [Fault(name, f"the number {value}", f"a number above 0 and {upper} {most}")]


def _inflated(design_effect: Decimal) -> list[Fault]:
    if design_effect > 0:
        return []
    return [Fault("design_effect", f"the number {design_effect}", "a number above 0")]


@attrs.frozen(kw_only=True)
class SampleSizeFacts:
    """
    What a score is to be known by.

    Attributes:
        margin: Half the width of the interval, as a share: 0.05 is five points, of an NPS as well.
        share: Share expected, between 0 and 1; 0.5, which needs most, where nothing is stated.
        variance: Variance of one answer scored -1, 0, 1, up to 1: for an NPS, instead of `share`.
        confidence: How often the interval holds what is true, between 0 and 1.
        population: How many there are to draw from; nothing for so many that it does not matter.
        design_effect: How much more a design needs than a simple random sample.
        response_rate: Share of those invited who answer, above 0 and up to 1; for invitations.
        method: `wald`, or `adjusted-wald`, which adds answers of its own and needs as many fewer:
            three for an NPS, the square of the quantile for a share.
    """

    margin: Decimal
    share: Decimal | None = None
    variance: Decimal | None = None
    confidence: Decimal = Decimal("0.95")
    population: int | None = None
    design_effect: Decimal = Decimal(1)
    response_rate: Decimal | None = None
    method: Literal["wald", "adjusted-wald"] = "wald"

    def __attrs_post_init__(self) -> None:
        faults = [
            *_inside("margin", self.margin),
            *_inside("share", self.share),
            *_inside("variance", self.variance, whole=True),
            *confidence_faults(self.confidence),
            *_inside("response_rate", self.response_rate, whole=True),
            *_inflated(self.design_effect),
        ]
        if self.share is not None and self.variance is not None:
            faults.append(Fault("variance", "a variance beside a share", "one of the two"))
        if self.population is not None and self.population < 1:
            faults.append(Fault("population", f"int {self.population}", "1 or more"))
        if faults:
            raise FaultsError("what a size is asked for", tuple(faults))


@attrs.frozen(kw_only=True)
class SampleSize:
    """
    How many answers it takes.

    Attributes:
        raw: Before it is rounded up, to fourteen digits.
        n: Answers: `raw` rounded up, at least 1 and never more than the population.
        invitations: Invitations for them; None where no response rate is stated.
        unlimited: Before the correction for the population, to fourteen digits.
        flags: `whole-population` where everybody is needed, `too-few-to-invite` where the
            population is smaller than the invitations.
    """

    raw: Decimal
    n: int
    invitations: int | None
    unlimited: Decimal
    flags: tuple[SizeFlag, ...] = ()


def _sample_size(facts: SampleSizeFacts, parameters: None, trace: Trace | None) -> SampleSize:
    """
    Work out how many answers a margin of error asks for.

    The size for a population without end is multiplied by the design effect, then corrected for the
    population there is. An NPS is asked for by the variance of one answer (1 at worst); its margin
    is a share all the same, 0.05 for five points. What is rounded is the last number only, and it
    is rounded up.

    Raises:
        FaultsError: If a number is outside its bounds, or a share and a variance are both stated.

    Source:
        W. G. Cochran, "Sampling techniques" (1977).

    Examples:
        >>> from bankservice.satisfaction import sample_size
        >>> found = sample_size(margin="0.05", population=10000, response_rate="0.2").outcome
        >>> found.raw, found.n, found.invitations
        (Decimal('369.97061048019'), 370, 1850)
        >>> sample_size(margin="0.05", variance="0.61").outcome.n
        938
    """
    z = z_of(float(facts.confidence))
    share = float(Decimal("0.5") if facts.share is None else facts.share)
    variance = share * (1 - share) if facts.variance is None else float(facts.variance)
    added = 0.0
    if facts.method == "adjusted-wald":
        added = z * z if facts.variance is None else ADDED_NPS
    simple = max(z * z * variance / float(facts.margin) ** 2 - added, 0.0)
    unlimited = told(simple * float(facts.design_effect))
    raw = unlimited
    if facts.population is not None:
        # The same as size / (1 + (size - 1) / N), exactly: so it never exceeds N.
        size = Fraction(unlimited)
        rest = facts.population + size - 1
        raw = told(float(size * facts.population / rest)) if size else unlimited
    n = max(ceil(raw), 1)
    if facts.population is not None:
        n = min(n, facts.population)
    outcome = SampleSize(
        raw=raw,
        n=n,
        invitations=_invitations(n, facts.response_rate),
        unlimited=unlimited,
        flags=tuple(_flags(n, facts)),
    )
    if trace is not None:
        _tell_law(trace, z, facts.confidence, told(variance))
        if added:
            trace.check(ADDED(added=rounded(added, _SHOWN)), True)
        trace.check(DESIGN(design_effect=facts.design_effect), True)
        trace.check(UNLIMITED(n=shown(unlimited, _PLACES)), True)
        if facts.population is not None:
            trace.check(POPULATION(population=facts.population, n=shown(raw, _PLACES)), True)
        _tell_invited(trace, facts.response_rate, outcome.invitations)
    return outcome


def _invitations(n: int, response_rate: Decimal | None) -> int | None:
    return None if response_rate is None else invitations_for(n, response_rate)


def _flags(n: int, facts: SampleSizeFacts) -> Iterator[SizeFlag]:
    if facts.population is None:
        return
    if n >= facts.population:
        yield SizeFlag.WHOLE_POPULATION
    if (_invitations(n, facts.response_rate) or 0) > facts.population:
        yield SizeFlag.TOO_FEW_TO_INVITE


def _tell_law(trace: Trace, z: float, confidence: Decimal, variance: Decimal | None) -> None:
    if variance is not None:
        trace.check(VARIANCE(variance=rounded(float(variance), _SHOWN)), True)
    trace.check(QUANTILE(z=rounded(z, _SHOWN), confidence=confidence), True)


def _tell_invited(trace: Trace, rate: Decimal | None, invitations: int | None) -> None:
    if invitations is not None:
        trace.check(INVITED(response_rate=rate, invitations=invitations), True)


def _size_headline(facts: SampleSizeFacts, parameters: None, outcome: SampleSize) -> Reason:
    return SIZE(n=outcome.n, margin=facts.margin)


sample_size: Final[Rule[SampleSizeFacts, None, SampleSize]] = Rule(
    id="satisfaction.sample-size",
    facts=SampleSizeFacts,
    outcome=SampleSize,
    evaluate=_sample_size,
    headline=_size_headline,
    says=(SIZE, VARIANCE, QUANTILE, UNLIMITED, ADDED, DESIGN, POPULATION, INVITED),
    package=PACKAGE,
)


@attrs.frozen(kw_only=True)
class ChangeSizeFacts:
    """
    Which change is to be seen: two shares, or a variance and a difference.

    Attributes:
        before: Share now, between 0 and 1; for CSAT.
        after: Share to be told from it; for CSAT.
        variance: Variance of one answer scored -1, 0, 1, up to 1; for an NPS.
        difference: Change of the NPS to be seen, as a share: 0.1 is ten points; its sign is of no
            matter.
        confidence: One less the chance to see a change where there is none, between 0 and 1.
        power: Chance to see the change where there is one, between 0 and 1.
        design_effect: How much more a design needs than a simple random sample.
        response_rate: Share of those invited who answer, above 0 and up to 1; for invitations.
    """

    before: Decimal | None = None
    after: Decimal | None = None
    variance: Decimal | None = None
    difference: Decimal | None = None
    confidence: Decimal = Decimal("0.95")
    power: Decimal = Decimal("0.8")
    design_effect: Decimal = Decimal(1)
    response_rate: Decimal | None = None

    def __attrs_post_init__(self) -> None:
        faults = [
            *self._pair(),
            *confidence_faults(self.confidence),
            *_inside("power", self.power),
            *_inside("response_rate", self.response_rate, whole=True),
            *_inflated(self.design_effect),
        ]
        if faults:
            raise FaultsError("what a size is asked for", tuple(faults))

    def _pair(self) -> Iterator[Fault]:
        shares = (self.before, self.after)
        nps = (self.variance, self.difference)
        complete = [all(part is not None for part in pair) for pair in (shares, nps)]
        some = [any(part is not None for part in pair) for pair in (shares, nps)]
        if complete != some or sum(complete) != 1:
            wanted = "before and after, or variance and difference"
            yield Fault("", "other facts of the change", wanted)
            return
        if complete[0]:
            for name, share in (("before", self.before), ("after", self.after)):
                if share is not None and not 0 <= share <= 1:
                    yield Fault(name, f"the number {share}", "a number from 0 to 1")
            if self.before == self.after:
                yield Fault("after", f"the number {self.after}", "another share than before")
        else:
            yield from _inside("variance", self.variance, whole=True)
            size = None if self.difference is None else abs(self.difference)
            if size is not None and not 0 < size <= 2:
                got = f"the number {self.difference}"
                yield Fault("difference", got, "a number other than 0, from -2 to 2")


@attrs.frozen(kw_only=True)
class ChangeSize:
    """
    How many answers it takes to see a change.

    Attributes:
        raw: Answers in each of the two groups before they are rounded up, to fourteen digits.
        n: Answers in each group: `raw` rounded up, at least 1.
        total: Answers in both groups.
        invitations: Invitations in each group; None where no response rate is stated.
    """

    raw: Decimal
    n: int
    total: int
    invitations: int | None


def _change_size(facts: ChangeSizeFacts, parameters: None, trace: Trace | None) -> ChangeSize:
    """
    Work out how many answers each of two surveys needs so that a change between them is seen.

    For two shares it is the size of the pooled test of two proportions; for an NPS that of two
    means with the variance stated. Whether a change of this size is there is told by
    `satisfaction.csat-change` and `satisfaction.nps-change` afterwards.

    Raises:
        FaultsError: If neither or both changes are stated, there is none, or a number is outside
            its bounds.

    Source:
        J. L. Fleiss, B. Levin, M. C. Paik, "Statistical methods for rates and proportions" (2003).

    Examples:
        >>> from bankservice.satisfaction import change_size
        >>> change_size(before="0.80", after="0.84").outcome.n
        1447
        >>> change_size(variance="0.61", difference="0.1").outcome.total
        1916
    """
    alpha = z_of(float(facts.confidence))
    beta = normal_quantile(float(facts.power))
    if facts.before is not None and facts.after is not None:
        first, second = float(facts.before), float(facts.after)
        # Two shares may be one float before they are one number.
        gap = float(abs(Fraction(facts.after) - Fraction(facts.before)))
        middle = (first + second) / 2
        within = alpha * sqrt(2 * middle * (1 - middle))
        between = beta * sqrt(first * (1 - first) + second * (1 - second))
        variance = None
    else:
        assert facts.variance is not None, "the facts hold one of the two"
        assert facts.difference is not None, "the facts hold one of the two"
        variance, gap = facts.variance, abs(float(facts.difference))
        spread = sqrt(2 * float(variance))
        within, between = alpha * spread, beta * spread
    # A power below one half takes away: where it takes all, one answer is already too many.
    simple = (max(within + between, 0.0) / gap) ** 2
    raw = told(simple * float(facts.design_effect))
    n = max(ceil(raw), 1)
    invitations = _invitations(n, facts.response_rate)
    if trace is not None:
        trace.check(SEEN(difference=rounded(gap, _SHOWN), power=facts.power), True)
        _tell_law(trace, alpha, facts.confidence, variance)
        trace.check(POWER(z=rounded(beta, _SHOWN), power=facts.power), True)
        trace.check(DESIGN(design_effect=facts.design_effect), True)
        _tell_invited(trace, facts.response_rate, invitations)
    return ChangeSize(raw=raw, n=n, total=2 * n, invitations=invitations)


def _change_headline(facts: ChangeSizeFacts, parameters: None, outcome: ChangeSize) -> Reason:
    return CHANGE(n=outcome.n, total=outcome.total)


change_size: Final[Rule[ChangeSizeFacts, None, ChangeSize]] = Rule(
    id="satisfaction.change-size",
    facts=ChangeSizeFacts,
    outcome=ChangeSize,
    evaluate=_change_size,
    headline=_change_headline,
    says=(CHANGE, SEEN, VARIANCE, QUANTILE, POWER, DESIGN, INVITED),
    package=PACKAGE,
)
