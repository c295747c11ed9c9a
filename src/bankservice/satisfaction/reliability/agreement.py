"""
The rule of agreement: do two raters, such as the bank's own quality staff and an inspector, agree?

Of 60 calls both give the same mark 44 times. But raters who gave their marks by lot would agree now
and then, too: here 21 times. Cohen's kappa is how much of the rest they agree on, 23 of 39. With
weights a near miss counts as half an agreement rather than as none.

J. Cohen, Educational and Psychological Measurement 20 (1960) 37-46; Psychological Bulletin 70 (1968)
213-220.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.special import rounded
from bankservice.satisfaction.importance.columns import DROPPED
from bankservice.satisfaction.model import Answers, Missing, count_faults, told

__all__ = ["Agreement", "AgreementFacts", "rater_agreement"]

FOUND: Final = Says("AGREEMENT_FOUND", ("kappa", "linear", "quadratic", "base"))
NOBODY: Final = Says("AGREEMENT_NOBODY")
ALIKE: Final = Says("AGREEMENT_ALIKE", ("base",))
SHARE: Final = Says("agreement-share", ("observed", "expected"))

MOST_MARKS: Final = 1_000


@attrs.frozen(kw_only=True)
class AgreementFacts:
    """
    What two raters gave to the same things: their marks in order, or how often each two came.

    Attributes:
        first: Marks of the first rater, whole numbers on one scale; where there is none, why.
        second: Those of the second, of the same things in the same order.
        table: How often each two marks came: a row for each mark of the first rater, a column for
            each of the second, both in the order of the scale.
    """

    first: Answers = attrs.field(factory=Answers)
    second: Answers = attrs.field(factory=Answers)
    table: tuple[tuple[int, ...], ...] | None = None

    def __attrs_post_init__(self) -> None:
        faults = tuple(_faults(self))
        if faults:
            raise FaultsError("the marks of two raters", faults)


def _faults(facts: AgreementFacts) -> Iterable[Fault]:
    given = len(facts.first.codes), len(facts.second.codes)
    if facts.table is None:
        if given[0] != given[1]:
            yield Fault("second", f"{given[1]} marks", f"{given[0]}, as many as first has")
        return
    if any(given):
        yield Fault("table", "a table beside marks", "one of the two forms")
    size = len(facts.table)
    if size > MOST_MARKS:
        yield Fault("table", f"{size} rows", f"at most {MOST_MARKS}")
    for place, row in enumerate(facts.table):
        if len(row) != size:
            yield Fault(
                f"table[{place}]", f"{len(row)} counts", f"{size}, as many as there are rows"
            )
        for column, count in enumerate(row):
            yield from count_faults(f"table[{place}][{column}]", count)


@attrs.frozen(kw_only=True)
class Agreement:
    """
    How far two raters agree, beyond what chance would give.

    Attributes:
        base: Things both rated.
        kappa: Cohen's; 1 where they always agree, 0 for no more than chance; None where both always
            give one and the same mark.
        linear: With weights by the distance of the marks.
        quadratic: With weights by its square.
        observed: Share of the things on which they agree.
        expected: Share on which chance would make them agree.
        dropped: Things left out because a mark is missing.
        missing: How many marks are missing, by why.
        why: Why there is no kappa: `no-answers`, or `no-spread`.
    """

    base: int
    kappa: Decimal | None = None
    linear: Decimal | None = None
    quadratic: Decimal | None = None
    observed: Decimal | None = None
    expected: Decimal | None = None
    dropped: int = 0
    missing: FrozenMapping[str, int] = FrozenMapping()
    why: Literal["no-answers", "no-spread"] | None = None


def _rater_agreement(facts: AgreementFacts, parameters: None, trace: Trace | None) -> Agreement:
    """
    Tell by Cohen's kappa how far two raters agree beyond chance.

    Beside the plain kappa stand two with weights, which count how far apart two marks are on the
    scale: the distance, and its square. Marks are numbers of one scale, so 2 and 4 are twice as far
    apart as 2 and 3 even where nobody gave a 3. What only one of the two rated is left out. Where
    both always give one and the same mark, nothing could have shown a disagreement: there is no
    kappa.

    Raises:
        FaultsError: If the raters have not as many marks, or the table is not square.

    Source:
        Cohen (1960, 1968).

    Examples:
        >>> from bankservice.satisfaction import rater_agreement
        >>> found = rater_agreement(table=[[20, 5, 1], [3, 15, 4], [1, 2, 9]]).outcome
        >>> round(found.kappa, 4), round(found.linear, 4), round(found.quadratic, 4)
        (Decimal('0.5869'), Decimal('0.6371'), Decimal('0.6916'))
        >>> rater_agreement(first=[1, 2, 2, 3], second=[1, 2, 3, "skipped"]).outcome.base
        3
    """
    cells = _cells(facts)
    n = sum(cells.values())
    missing = Counter(facts.first.missing) + Counter(facts.second.missing)
    found = Agreement(
        base=n,
        dropped=len(facts.first.codes) - n if facts.table is None else 0,
        missing=FrozenMapping(
            {code.value: missing[code.value] for code in Missing if missing[code.value]}
        ),
    )
    if not n:
        return attrs.evolve(found, why="no-answers")
    rows, columns = Counter[int](), Counter[int]()
    for (one, other), count in cells.items():
        rows[one] += count
        columns[other] += count
    observed = Fraction(sum(count for (one, other), count in cells.items() if one == other), n)
    expected = Fraction(sum(count * columns[mark] for mark, count in rows.items()), n * n)
    kappas = [_kappa(cells, rows, columns, power) for power in (0, 1, 2)]
    outcome = attrs.evolve(
        found,
        kappa=kappas[0],
        linear=kappas[1],
        quadratic=kappas[2],
        observed=told(float(observed)),
        expected=told(float(expected)),
        why="no-spread" if kappas[0] is None else None,
    )
    if trace is not None:
        _tell(outcome, trace)
    return outcome


def _cells(facts: AgreementFacts) -> dict[tuple[int, int], int]:
    """Return how often each two marks came, those that never did left out."""
    if facts.table is not None:
        return {
            (one, other): count
            for one, row in enumerate(facts.table)
            for other, count in enumerate(row)
            if count
        }
    pairs = Counter[tuple[int, int]]()
    for one, other in zip(facts.first.codes, facts.second.codes, strict=True):
        if not isinstance(one, Missing) and not isinstance(other, Missing):
            pairs[one, other] += 1
    return dict(pairs)


def _kappa(
    cells: dict[tuple[int, int], int], rows: Counter[int], columns: Counter[int], power: int
) -> Decimal | None:
    """Return 1 less the disagreement there is over what chance would give."""

    def apart(one: int, other: int) -> int:
        return abs(one - other) ** power if one != other else 0

    there = sum(count * apart(one, other) for (one, other), count in cells.items())
    chance = sum(
        count * times * apart(one, other)
        for one, count in rows.items()
        for other, times in columns.items()
    )
    return told(float(1 - Fraction(there * rows.total(), chance))) if chance else None


def _tell(outcome: Agreement, trace: Trace) -> None:
    if outcome.dropped:
        trace.check(DROPPED(dropped=outcome.dropped), held=True)
    if outcome.observed is not None and outcome.expected is not None:
        shown = [rounded(100 * float(held), 4) for held in (outcome.observed, outcome.expected)]
        trace.check(SHARE(observed=shown[0], expected=shown[1]), held=True)


def _headline(facts: AgreementFacts, parameters: None, outcome: Agreement) -> Reason:
    if not outcome.base:
        return NOBODY()
    held = (outcome.kappa, outcome.linear, outcome.quadratic)
    if outcome.why is not None:
        return ALIKE(base=outcome.base)
    shown = [rounded(float(kappa or 0), 4) for kappa in held]
    return FOUND(kappa=shown[0], linear=shown[1], quadratic=shown[2], base=outcome.base)


rater_agreement: Final[Rule[AgreementFacts, None, Agreement]] = Rule(
    id="satisfaction.rater-agreement",
    facts=AgreementFacts,
    outcome=Agreement,
    evaluate=_rater_agreement,
    headline=_headline,
    says=(FOUND, NOBODY, ALIKE, SHARE, DROPPED),
    package="bankservice.satisfaction",
)
