"""The rule of representativeness: how far those who answered are from those they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from math import fsum, log
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.quantiles import chi_square_tail
from bankservice.core.special import rounded
from bankservice.satisfaction.model import count_faults, told
from bankservice.satisfaction.weights.respondents import (
    Respondents,
    Targets,
    match_respondents,
    target_faults,
)
from bankservice.satisfaction.weights.weighting import PACKAGE

__all__ = [
    "FitFlag",
    "MarginFit",
    "Representativeness",
    "RepresentativenessFacts",
    "margin_fit",
    "representativeness",
]

GAP: Final = Says("LARGEST_GAP", ("margin", "category", "points"))
NOBODY: Final = Says("GAP_OF_NOBODY")
MARGIN: Final = Says("fit-margin", ("margin", "category", "points", "base"))
CHI_SQUARE: Final = Says("fit-chi-square", ("margin", "chi_square", "freedom", "p_value"))
PSI: Final = Says("fit-psi", ("margin", "psi"))
ENDLESS: Final = Says("fit-endless", ("margin",))

_FEW: Final = 5
_SHOWN: Final = 4
_LEVEL: Final = 0.05
"""Below this p a fit is marked as doubtful in explanations; a convention."""


class FitFlag(Enum):
    """What is to be held against the measures of a margin."""

    FEW_EXPECTED = "few-expected"
    EMPTY_CELL = "empty-cell"
    OUTSIDE_TARGET = "outside-target"
    UNKNOWN_CATEGORY = "unknown-category"


@attrs.frozen(kw_only=True)
class MarginFit:
    """
    How far one margin of the respondents is from its target.

    Attributes:
        base: How many respondents have a category of it.
        unknown: How many have none; they are left out.
        gap: The largest difference of the shares, 0 to 1; None where nobody has a category.
        category: Where it is; the first in the order of the targets.
        chi_square: Of the goodness of fit; None where nobody has a category, or respondents stand
            where the target is 0.
        freedom: Its degrees of freedom: categories with a target, less one.
        p_value: Chance of a fit no better, had the respondents been drawn at random; None where
            there is no chi-square or one category only.
        psi: Population stability index; None where a share is 0 on one side only, which would make
            it endless: nothing is added to the counts to hide that.
        flags: `few-expected` where a category expects fewer than five, `empty-cell` where one with
            a target has nobody, `outside-target` where one with a target of 0 has somebody,
            `unknown-category` where somebody is left out.
    """

    base: int
    unknown: int
    gap: Decimal | None
    category: str | None
    chi_square: Decimal | None
    freedom: int
    p_value: Decimal | None
    psi: Decimal | None
    flags: tuple[FitFlag, ...] = ()


@attrs.frozen(kw_only=True)
class RepresentativenessFacts:
    """
    Who answered, and the margins they are held against.

    Attributes:
        targets: Margin → category → share or count of the population.
        respondents: Rows of categories, as `satisfaction.raking` takes them.
        counts: Margin → category → how many answered, instead of rows; a category left out has
            nobody.
    """

    targets: Targets
    respondents: Respondents | None = None
    counts: FrozenMapping[str, FrozenMapping[str, int]] | None = None

    def __attrs_post_init__(self) -> None:
        faults = [*target_faults(self.targets)]
        if not self.targets:
            faults.append(Fault("targets", "no margin", "one or more"))
        if (self.respondents is None) == (self.counts is None):
            faults.append(Fault("", "other facts of who answered", "respondents, or counts"))
        if self.counts is not None:
            faults.extend(_count_faults(self.counts, self.targets))
        if faults:
            raise FaultsError("what is held against its targets", tuple(faults))


def _count_faults(
    counts: Mapping[str, Mapping[str, int]], targets: Mapping[str, Mapping[str, Decimal]]
) -> Iterator[Fault]:
    for name in targets:
        if name not in counts:
            yield Fault(f"counts.{name}", "nothing", "how many answered, by category")
    for name, margin in counts.items():
        if name not in targets:
            near = near_names(name, targets)
            yield Fault(f"counts.{name}", "a margin without targets", "one with targets", near)
            continue
        for category, count in margin.items():
            if category not in targets[name]:
                yield Fault(
                    f"counts.{name}.{category}",
                    "unknown-category: respondents, but no target",
                    f"one of {', '.join(targets[name])}",
                    near_names(category, targets[name]),
                )
            yield from count_faults(f"counts.{name}.{category}", count)


@attrs.frozen(kw_only=True)
class Representativeness:
    """
    How far those who answered are from those they stand for.

    Attributes:
        margins: Margin → how far it is off, in the order of the targets.
        base: How many respondents there are; where counts are stated, those of the largest margin.
        largest_gap: The largest difference of shares over all margins; None where there is none.
        worst_margin: The margin it is in; None where there is none.
    """

    margins: FrozenMapping[str, MarginFit]
    base: int
    largest_gap: Decimal | None
    worst_margin: str | None


def margin_fit(
    counts: Mapping[str, int], target: Mapping[str, Decimal], unknown: int = 0
) -> MarginFit:
    """
    Return how far counts of one margin are from its target.

    Args:
        counts: Category → how many; a category left out has nobody.
        target: Category → share or count of the population, some above 0.
        unknown: How many have no category.

    Examples:
        >>> ages = {"young": Decimal("0.3"), "middle": Decimal("0.4"), "old": Decimal("0.3")}
        >>> found = margin_fit({"young": 80, "middle": 100, "old": 50}, ages)
        >>> found.chi_square, found.freedom, found.p_value
        (Decimal('7.6811594202899'), 2, Decimal('0.021481144897253'))
    """
    # Counts and targets are exact, and so is all but the logarithm: a perfect fit is told as one.
    whole = sum(map(Fraction, target.values()), Fraction())
    expected = {category: Fraction(value) / whole for category, value in target.items()}
    seen = {category: counts.get(category, 0) for category in target}
    base = sum(seen.values())
    freedom = max(sum(1 for share in expected.values() if share) - 1, 0)
    flags: set[FitFlag] = {FitFlag.UNKNOWN_CATEGORY} if unknown else set()
    if not base:
        return MarginFit(
            base=0,
            unknown=unknown,
            gap=None,
            category=None,
            chi_square=None,
            freedom=freedom,
            p_value=None,
            psi=None,
            flags=tuple(flag for flag in FitFlag if flag in flags),
        )
    gaps = {c: abs(Fraction(seen[c], base) - share) for c, share in expected.items()}
    category = max(gaps, key=lambda c: gaps[c])
    outside = any(seen[c] and not share for c, share in expected.items())
    empty = any(share and not seen[c] for c, share in expected.items())
    if outside:
        flags.add(FitFlag.OUTSIDE_TARGET)
    if empty:
        flags.add(FitFlag.EMPTY_CELL)
    if any(0 < share * base < _FEW for share in expected.values()):
        flags.add(FitFlag.FEW_EXPECTED)
    pairs = [(seen[c], share) for c, share in expected.items() if share]
    square = float(sum((n - base * share) ** 2 / (base * share) for n, share in pairs))
    shares = [(Fraction(n, base), share) for n, share in pairs if n]
    psi = fsum(float(held - share) * log(held / share) for held, share in shares)
    return MarginFit(
        base=base,
        unknown=unknown,
        gap=told(float(gaps[category])),
        category=category,
        chi_square=None if outside else told(square),
        freedom=freedom,
        p_value=told(chi_square_tail(square, freedom)) if freedom and not outside else None,
        psi=None if outside or empty else told(psi),
        flags=tuple(flag for flag in FitFlag if flag in flags),
    )


def _representativeness(
    facts: RepresentativenessFacts, parameters: None, trace: Trace | None
) -> Representativeness:
    """
    Measure how far those who answered are from those they stand for, margin by margin.

    The gap is what a reader understands, chi-square whether chance explains it, the population
    stability index what is compared from wave to wave. A large sample fits badly for small gaps
    and a small one well for large ones: look at the gap first. Who fits is not thereby drawn at
    random.

    Raises:
        FaultsError: If shares do not sum to 1, totals disagree, all targets of a margin are 0, a
            category or margin is unknown, or a count is below 0.

    Source:
        W. G. Cochran, "The chi-square test of goodness of fit" (1952).

    Examples:
        >>> from bankservice.satisfaction import representativeness
        >>> asked = {"age": {"young": 80, "middle": 100, "old": 50}}
        >>> targets = {"age": {"young": "0.3", "middle": "0.4", "old": "0.3"}}
        >>> found = representativeness(counts=asked, targets=targets).outcome
        >>> found.worst_margin, round(found.largest_gap, 4), round(found.margins["age"].psi, 4)
        ('age', Decimal('0.0826'), Decimal('0.0366'))
    """
    rows = {
        name: margin_fit(counts, facts.targets[name], unknown)
        for name, counts, unknown in _counted(facts)
    }
    measured = [name for name, row in rows.items() if row.gap is not None]
    worst = max(measured, key=lambda name: rows[name].gap or 0, default=None)
    if trace is not None:
        for name in measured:
            _tell(name, rows[name], trace)
    return Representativeness(
        margins=FrozenMapping(rows),
        base=max(row.base + row.unknown for row in rows.values()),
        largest_gap=None if worst is None else rows[worst].gap,
        worst_margin=worst,
    )


def _counted(facts: RepresentativenessFacts) -> Iterator[tuple[str, Mapping[str, int], int]]:
    if facts.counts is not None:
        for name in facts.targets:
            yield name, facts.counts[name], 0
        return
    assert facts.respondents is not None, "the facts hold one of the two"
    matched = match_respondents(facts.respondents, facts.targets)
    sizes = [round(total) for total in matched.totals((1.0,) * len(matched.of))]
    for place, name in enumerate(facts.targets):
        counts: dict[str, int] = {}
        for pattern, size in zip(matched.patterns, sizes, strict=True):
            category = pattern[place]
            if category is not None:
                counts[category] = counts.get(category, 0) + size
        yield name, counts, matched.unknown.get(name, 0)


def _points(row: MarginFit) -> Decimal:
    return rounded(100 * float(row.gap or 0), _SHOWN)


def _tell(name: str, row: MarginFit, trace: Trace) -> None:
    gap = MARGIN(margin=name, category=row.category, points=_points(row), base=row.base)
    trace.check(gap, True)
    if row.chi_square is not None and row.p_value is not None:
        square = rounded(float(row.chi_square), _SHOWN)
        p = rounded(float(row.p_value), _SHOWN)
        told_square = CHI_SQUARE(margin=name, chi_square=square, freedom=row.freedom, p_value=p)
        trace.check(told_square, float(row.p_value) >= _LEVEL)
    if row.psi is None:
        trace.check(ENDLESS(margin=name), False)
    else:
        trace.check(PSI(margin=name, psi=rounded(float(row.psi), _SHOWN)), True)


def _headline(
    facts: RepresentativenessFacts, parameters: None, outcome: Representativeness
) -> Reason:
    worst = outcome.worst_margin
    if worst is None:
        return NOBODY()
    row = outcome.margins[worst]
    return GAP(margin=worst, category=row.category, points=_points(row))


representativeness: Final[Rule[RepresentativenessFacts, None, Representativeness]] = Rule(
    id="satisfaction.representativeness",
    facts=RepresentativenessFacts,
    outcome=Representativeness,
    evaluate=_representativeness,
    headline=_headline,
    says=(GAP, NOBODY, MARGIN, CHI_SQUARE, PSI, ENDLESS),
    package=PACKAGE,
)
