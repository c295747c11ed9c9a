"""
Trying a policy before it takes effect: the same book under two policies.

    from bankservice import simulate
    told = simulate("segmentation/cn-retail-shape", mine, book, rule="segmentation.tier-band")
    told.moved, told.matrix["GOLD", "STANDARD"]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

# As light as the front door: what stands behind it is imported when it is used.
if TYPE_CHECKING:
    from bankservice.bank import Bank
    from bankservice.core.policy import Policy, Version
    from bankservice.core.simulation import Move, Simulation
    from bankservice.core.trial import Meter, Question, Trial, Unasked

    Tried: TypeAlias = str | Policy[Any] | Version[Any]
    Asked: TypeAlias = Bank | Mapping[str, Mapping[str, Any]] | Iterable[Question[Any] | Unasked]

__all__ = ["simulate", "trial_of"]


def simulate(
    before: Tried,
    after: Tried,
    book: Asked,
    *,
    rule: str = "",
    meters: Iterable[Meter] = (),
    share: Fraction | int = 1,
    seed: str = "",
    keep: int = 20,
    each: Callable[[Move], object] | None = None,
) -> Simulation:
    """
    Ask a book under two policies and tell what would come out otherwise; nothing is written.

    Args:
        before: The policy as it is: its id, a policy, or a version, which decides on every day.
        after: The policy to be tried; the same.
        book: Subject → facts; or questions; or a bank, whose record is asked again (what was
            decided under the policy *before*), `bank.known(…)` included.
        rule: Id of the rule to be asked; the first that works by such a policy where left out.
        meters: What else is added up over the book, such as what services cost.
        share: Share of the subjects to be asked, above 0 and at most 1; which ones follows from
            *seed* and their ids alone.
        seed: Another seed, another sample.
        keep: How many of the moves to keep, each with why on either side.
        each: Is given every move, those that are not kept too.

    Raises:
        DifferentKindsError: If the policies are of different kinds, or not of the rule's.
        UnknownNameError: If there is no such policy or rule.
        FaultsError: If the facts of a subject have faults; the subject is named.
        ValueError: If *share* is no number above 0 and at most 1.

    Examples:
        >>> from datetime import date
        >>> from bankservice import policies
        >>> as_it_is = policies.load("segmentation/cn-retail-shape")
        >>> book = {"customer-7": {"measure": {"average": "620000.00"}, "on": date(2026, 3, 31)}}
        >>> told = simulate(as_it_is, as_it_is, book, rule="segmentation.tier-band")
        >>> told.asked, told.empty, dict(told.matrix)
        (1, True, {('GOLD', 'GOLD'): 1})
    """
    from bankservice import policies
    from bankservice.bank import Bank
    from bankservice.core import what_if
    from bankservice.core.trial import questions

    first = policies.load(before) if isinstance(before, str) else before
    second = policies.load(after) if isinstance(after, str) else after
    trial = trial_of(first, rule)
    if isinstance(book, Bank):
        name = first.ref.policy if hasattr(first, "ref") else first.id
        asked: Iterable[Question[Any] | Unasked] = book.questions(trial.rule.id, policy=name)
    else:
        asked = questions(trial.rule, book) if isinstance(book, Mapping) else book
    return what_if.simulate(
        trial,
        first,
        second,
        asked,
        meters=meters,
        share=_share(share),
        seed=seed,
        keep=keep,
        each=each,
    )


def _share(share: Fraction | int) -> Fraction:
    try:
        return Fraction(share)
    except (TypeError, ValueError, ArithmeticError):
        wanted = "one above 0 and at most 1 can, such as Fraction(1, 10)"
        raise ValueError(f"a share of {share!r} cannot be asked; {wanted}.") from None


def trial_of(policy: Policy[Any] | Version[Any], rule: str = "") -> Trial[Any, Any, Any]:
    """
    Return how a rule is tried; the first that works by such a policy where no rule is named.

    Raises:
        UnknownNameError: If there is none.
    """
    from bankservice import policies
    from bankservice.core.errors import UnknownNameError

    if rule:
        return policies.trial(rule)
    for held in policies.trials():
        if held.rule.kind is not None and held.rule.kind.name == policy.kind.name:
            return held
    kinds = dict.fromkeys(held.rule.kind.name for held in policies.trials() if held.rule.kind)
    raise UnknownNameError("rule that works by a policy of kind", policy.kind.name, kinds)
