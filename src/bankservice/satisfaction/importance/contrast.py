"""The rule of penalty and reward: does an item hurt when it is bad, or please when it is good?"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.core.special import rounded
from bankservice.satisfaction.importance.columns import (
    DROPPED,
    Numbers,
    complete_rows,
    counted_missing,
)
from bankservice.satisfaction.model import Missing, told

__all__ = ["Contrast", "ContrastFacts", "penalty_reward"]

KIND: Final = Says("CONTRAST_KIND", ("kind", "reward", "penalty"))
PART: Final = Says("CONTRAST_PART", ("top_base", "middle_base", "bottom_base"))
NOBODY: Final = Says("CONTRAST_NOBODY")
GROUPS: Final = Says("contrast-groups", ("top_base", "middle_base", "bottom_base"))
_TITLES: Final = {
    "basic": Title(en="A basic factor", zh="基本因素"),
    "excitement": Title(en="An excitement factor", zh="兴奋因素"),
    "performance": Title(en="A performance factor", zh="绩效因素"),
    "indifferent": Title(en="An indifferent factor", zh="无差异因素"),
}
MIDDLE: Final = Says("contrast-middle", ("intercept",))


@attrs.frozen(kw_only=True)
class ContrastFacts:
    """
    Answers to an item and to the question it may go with.

    Attributes:
        item: The answers to the item.
        outcome: The answers to the question it may go with, such as overall satisfaction.
        top: Answers to the item of at least this are good.
        bottom: Answers of at most this are bad.
        ratio: How many times one side must outweigh the other to be told apart; 1 or more. The
            number is ours.
    """

    item: Numbers
    outcome: Numbers
    top: Decimal
    bottom: Decimal
    ratio: Decimal = Decimal(2)

    def __attrs_post_init__(self) -> None:
        faults = []
        rows = len(self.item.values)
        if rows != len(self.outcome.values):
            got = f"{len(self.outcome.values)} answers"
            faults.append(Fault("outcome", got, f"{rows}, as many as item has"))
        if self.bottom >= self.top:
            faults.append(Fault("bottom", str(self.bottom), f"less than top, {self.top}"))
        if self.ratio < 1:
            faults.append(Fault("ratio", str(self.ratio), "1 or more"))
        if faults:
            raise FaultsError("an item and its outcome", tuple(faults))


@attrs.frozen(kw_only=True)
class Contrast:
    """
    What goes with a good and with a bad answer to an item.

    Attributes:
        base: Respondents who answered both.
        top_base: Those whose answer to the item was good.
        middle_base: Those whose answer was between.
        bottom_base: Those whose answer was bad.
        dropped: Respondents left out because an answer is missing.
        missing: How many answers are missing, by why.
        intercept: Mean outcome of those between; None where there are none.
        reward: How much higher the mean outcome is of those with a good answer; None where one of
            the two groups is empty.
        penalty: How much higher that of those with a bad answer is: below 0 where it is lower.
        kind: `basic` (it is missed when bad, and not noticed when good), `excitement` (the other way
            about), `performance` (both alike), or `indifferent` (neither); None where it cannot be
            said.
        why: Why something cannot be said: `no-answers`, or `empty-group`.
    """

    base: int
    top_base: int = 0
    middle_base: int = 0
    bottom_base: int = 0
    dropped: int = 0
    missing: FrozenMapping[str, int] = FrozenMapping()
    intercept: Decimal | None = None
    reward: Decimal | None = None
    penalty: Decimal | None = None
    kind: Literal["basic", "excitement", "performance", "indifferent"] | None = None
    why: Literal["no-answers", "empty-group"] | None = None


def _penalty_reward(facts: ContrastFacts, parameters: None, trace: Trace | None) -> Contrast:
    """
    Tell whether an item is missed when it is bad, or pleases when it is good.

    The outcome is regressed on two marks, one for a good answer and one for a bad one. With these
    alone the slopes are differences of means: reward is how far those with a good answer are above
    those between, penalty how far those with a bad answer are below. Where one is at least `ratio`
    times the other, the item is a basic or an excitement factor. What goes together need not bring
    it about.

    Raises:
        FaultsError: If the columns differ in length, `bottom` is not below `top`, or `ratio` is
            below 1.

    Source:
        R. D. Brandt, "How service marketers can identify value-enhancing service elements", Journal
        of Services Marketing 2 (1988) 35-41.

    Examples:
        >>> from bankservice.satisfaction import penalty_reward
        >>> found = penalty_reward(
        ...     item=[5, 5, 4, 3, 3, 1, 2], outcome=[5, 4, 4, 4, 4, 1, 2], top=5, bottom=2
        ... ).outcome
        >>> found.intercept, found.reward, found.penalty, found.kind
        (Decimal('4'), Decimal('0.5'), Decimal('-2.5'), 'basic')
    """
    columns = (facts.item, facts.outcome)
    rows = complete_rows(columns)
    dropped = len(facts.item.values) - len(rows)
    groups: tuple[list[Fraction], list[Fraction], list[Fraction]] = ([], [], [])
    for row in rows:
        answer, result = facts.item.values[row], facts.outcome.values[row]
        assert not isinstance(answer, Missing), "the row is complete"
        assert not isinstance(result, Missing), "the row is complete"
        group = 0 if answer >= facts.top else 2 if answer <= facts.bottom else 1
        groups[group].append(Fraction(result))
    top, middle, bottom = map(_mean, groups)
    reward = None if top is None or middle is None else top - middle
    penalty = None if bottom is None or middle is None else bottom - middle
    why: Literal["no-answers", "empty-group"] | None = None
    if reward is None or penalty is None:
        why = "empty-group" if rows else "no-answers"
    outcome = Contrast(
        base=len(rows),
        top_base=len(groups[0]),
        middle_base=len(groups[1]),
        bottom_base=len(groups[2]),
        dropped=dropped,
        missing=counted_missing(columns),
        intercept=_told(middle),
        reward=_told(reward),
        penalty=_told(penalty),
        kind=_kind(reward, penalty, Fraction(facts.ratio)),
        why=why,
    )
    if trace is not None:
        _tell(outcome, trace)
    return outcome


def _mean(held: Sequence[Fraction]) -> Fraction | None:
    return sum(held, Fraction(0)) / len(held) if held else None


def _told(value: Fraction | None) -> Decimal | None:
    return None if value is None else told(float(value))


def _kind(
    reward: Fraction | None, penalty: Fraction | None, ratio: Fraction
) -> Literal["basic", "excitement", "performance", "indifferent"] | None:
    if reward is None or penalty is None:
        return None
    # A bad answer that goes with a higher outcome is no penalty, nor a lower one a reward.
    pleases, hurts = max(reward, Fraction(0)), max(-penalty, Fraction(0))
    if not pleases and not hurts:
        return "indifferent"
    if hurts >= ratio * pleases and hurts > pleases:
        return "basic"
    return "excitement" if pleases >= ratio * hurts and pleases > hurts else "performance"


def _tell(outcome: Contrast, trace: Trace) -> None:
    if outcome.dropped:
        trace.check(DROPPED(dropped=outcome.dropped), held=True)
    trace.check(GROUPS(**_bases(outcome)), held=True)
    if outcome.intercept is not None:
        trace.check(MIDDLE(intercept=rounded(float(outcome.intercept), 4)), held=True)


def _bases(outcome: Contrast) -> dict[str, int]:
    return {
        "top_base": outcome.top_base,
        "middle_base": outcome.middle_base,
        "bottom_base": outcome.bottom_base,
    }


def _headline(facts: ContrastFacts, parameters: None, outcome: Contrast) -> Reason:
    if not outcome.base:
        return NOBODY()
    if outcome.kind is None or outcome.reward is None or outcome.penalty is None:
        return PART(**_bases(outcome))
    return KIND(
        kind=_TITLES[outcome.kind],
        reward=rounded(float(outcome.reward), 4),
        penalty=rounded(float(outcome.penalty), 4),
    )


penalty_reward: Final[Rule[ContrastFacts, None, Contrast]] = Rule(
    id="satisfaction.penalty-reward",
    facts=ContrastFacts,
    outcome=Contrast,
    evaluate=_penalty_reward,
    headline=_headline,
    says=(KIND, PART, NOBODY, GROUPS, MIDDLE, DROPPED),
    package="bankservice.satisfaction",
)
