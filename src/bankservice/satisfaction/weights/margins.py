"""
Raking: weights under which a sample has the margins of its population.

Respondents in the same categories get the same factor, so what is raked are the different patterns
of categories with how many (or how much base weight) is in each: a hundred thousand respondents
cost no more than their patterns. Each cycle goes through the margins and multiplies every pattern
by target over current of its category. Whether it has come to rest is judged on the margins
themselves, never on how little the weights still change.

Who has no category of a margin is in a group of its own there, which keeps the share of the base
weights it has; the targets are spread over the others.

W. E. Deming, F. F. Stephan, "On a least squares adjustment of a sampled frequency table when the
expected marginal totals are known" (1940).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import fsum, isfinite
from typing import Final

import attrs

from bankservice.core.errors import Fault, FaultsError, near_names

__all__ = ["CYCLES", "MOST_CYCLES", "TOLERANCE", "Raked", "margin_error", "rake"]

TOLERANCE: Final = 1e-10
"""The worst relative error of a margin that counts as met."""
CYCLES: Final = 1000
"""Where cycles go on without meeting the margins, here they end."""
MOST_CYCLES: Final = 100_000
"""Nobody waits for more."""
_REST: Final = 1e-14
"""No better than this can a margin of floats be met: the cycles end before `CYCLES`."""

Pattern = tuple[str | None, ...]


@attrs.frozen
class Raked:
    """
    What raking came to.

    Attributes:
        factors: One for each pattern; the base weights times these have the sum they had.
        cycles: How many times it went through the margins.
        converged: Whether every margin is met within the tolerance.
        error: The worst relative error of a margin.
        margin: The margin that has it; the first where all are as good.
    """

    factors: tuple[float, ...]
    cycles: int
    converged: bool
    error: float
    margin: str


def rake(
    patterns: Sequence[Pattern],
    counts: Sequence[float],
    targets: Mapping[str, Mapping[str, float]],
    *,
    tolerance: float = TOLERANCE,
    cycles: int = CYCLES,
    drop: bool = False,
) -> Raked:
    """
    Rake patterns of categories to the margins of a population.

    Args:
        patterns: Categories in the order of the margins, None where there is none; each different.
        counts: How many respondents, or how much base weight, each pattern has; 0 or more.
        targets: Margin → category → share or count; each margin is brought to a sum of 1.
        tolerance: The worst relative error of a margin that counts as met.
        cycles: How many cycles at most.
        drop: Whether those in a category whose target is 0 may get a weight of 0.

    Raises:
        FaultsError: If the margins cannot be met whatever the weights: an unknown category, a
            category with a target but without respondents, or the other way round.

    Examples:
        >>> ages = {"age": {"young": 0.5, "old": 0.5}}
        >>> rake([("young",), ("old",)], [30, 10], ages).factors
        (0.6666666666666666, 2.0)
    """
    shares = {name: _shares(margin) for name, margin in targets.items()}
    faults = tuple(_cell_faults(patterns, counts, shares, drop=drop))
    if faults:
        raise FaultsError("what is raked", faults)
    whole = fsum(counts)
    members = [
        _members(place, patterns, counts, shares[name], whole) for place, name in enumerate(shares)
    ]
    held = [float(count) for count in counts]
    best, done = held, 0
    error, worst = _worst(members, held)
    while done < cycles and error > _REST:
        held = list(best)
        adjusted = all(_adjust(margin, held) for margin in members)
        done += 1
        if not (adjusted and all(map(isfinite, held))):
            break
        now, place = _worst(members, held)
        if now >= error and error <= tolerance:
            # As good as floats will have it.
            break
        best, error, worst = held, now, place
    factors = tuple(w / count if count else 0.0 for w, count in zip(best, counts, strict=True))
    name = tuple(shares)[worst] if shares else ""
    return Raked(factors, done, error <= tolerance, error, name)


def margin_error(
    patterns: Sequence[Pattern],
    weights: Sequence[float],
    targets: Mapping[str, Mapping[str, float]],
    base: Sequence[float] | None = None,
) -> tuple[float, str]:
    """
    Return how far weights miss the margins: the worst relative error, and the margin that has it.

    Args:
        patterns: As `rake` takes them.
        weights: What each pattern weighs together.
        targets: As `rake` takes them.
        base: What each weighed before, which those without a category keep; nothing for the same.
    """
    shares = {name: _shares(margin) for name, margin in targets.items()}
    before = weights if base is None else base
    whole = fsum(weights)
    scale = whole / fsum(before)
    held = [weight * scale for weight in before]
    members = [
        _members(place, patterns, held, shares[name], whole) for place, name in enumerate(shares)
    ]
    error, worst = _worst(members, weights)
    return error, tuple(shares)[worst] if shares else ""


def _shares(margin: Mapping[str, float]) -> dict[str, float]:
    whole = fsum(margin.values())
    return {category: target / whole for category, target in margin.items()}


def _cell_faults(
    patterns: Sequence[Pattern],
    counts: Sequence[float],
    shares: Mapping[str, Mapping[str, float]],
    *,
    drop: bool,
) -> Iterator[Fault]:
    for place, (name, margin) in enumerate(shares.items()):
        there = {
            pattern[place] for pattern, count in zip(patterns, counts, strict=True) if count > 0
        }
        known = {category for category in there if category is not None}
        for category in sorted(known - set(margin)):
            yield Fault(
                f"targets.{name}.{category}",
                "unknown-category: respondents, but no target",
                f"one of {', '.join(margin)}",
                near_names(category, margin),
            )
        for category, share in margin.items():
            if share > 0 and category not in known:
                yield Fault(
                    f"targets.{name}.{category}",
                    "empty-cell: a target, but no respondent",
                    "respondents in it; collapse it with a category that has some",
                )
            if not share and category in known and not drop:
                yield Fault(
                    f"targets.{name}.{category}",
                    "without-target: respondents, but a target of 0",
                    "a target above 0, or the consent that they get a weight of 0 (drop)",
                )


Margin = tuple[tuple[tuple[int, ...], float], ...]
"""For each category, the places of its patterns and what they shall weigh together."""


def _members(
    place: int,
    patterns: Sequence[Pattern],
    counts: Sequence[float],
    shares: Mapping[str, float],
    whole: float,
) -> Margin:
    unknown = fsum(c for p, c in zip(patterns, counts, strict=True) if p[place] is None)
    held: dict[str, list[int]] = {category: [] for category in shares}
    without: list[int] = []
    for index, pattern in enumerate(patterns):
        category = pattern[place]
        (without if category is None else held[category]).append(index)
    known = whole - unknown
    found = [(tuple(held[category]), share * known) for category, share in shares.items()]
    if without and unknown:
        found.append((tuple(without), unknown))
    return tuple(found)


def _adjust(margin: Margin, held: list[float]) -> bool:
    """Bring one margin to its targets; False where there is nothing left to bring."""
    for places, target in margin:
        current = fsum(held[place] for place in places)
        if not current:
            if target:
                return False
            continue
        factor = target / current
        for place in places:
            held[place] *= factor
    return True


def _worst(members: Sequence[Margin], held: Sequence[float]) -> tuple[float, int]:
    error, worst = 0.0, 0
    for index, margin in enumerate(members):
        for places, target in margin:
            current = fsum(held[place] for place in places)
            # A target of 0 is met by nothing but 0, and then there is no relative error of it.
            missed = abs(current - target) / target if target else float(current > 0)
            if missed > error:
                error, worst = missed, index
    return error, worst
