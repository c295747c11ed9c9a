"""Which classes of wealth and investors a customer is of: the rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.money import Money
from bankservice.core.terms import unknown_in
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.segmentation.policy import SHELF
from bankservice.segmentation.wealth.facts import WealthFacts, amounts_of, conditions_of
from bankservice.segmentation.wealth.kind import WEALTH_CLASSES, Line, WealthLaw
from bankservice.segmentation.wealth.model import LimbMet, WealthClasses
from bankservice.segmentation.wealth.table import AMOUNTS, SERIES, ClassRow, Group, Limb

__all__ = ["wealth_class"]

REACHED: Final = Says("WEALTH_REACHED", ("classes",))
NONE: Final = Says("WEALTH_NONE")
OPEN: Final = Says("WEALTH_UNKNOWN", ("classes", "unknown"))

FOR: Final = Says("wealth-for", ("wealth_class",))
NEED: Final = Says("wealth-need", ("wealth_class", "need", "of"))
LIMB: Final = Says("wealth-limb", ("limb",))
AMOUNT: Final = Says("wealth-amount", ("limb", "held"))

Values = tuple[int | UnknownType, ...] | None


@attrs.frozen
class _Answer:
    """Whether an amount meets its line, how much is missing at least, and whether it is known."""

    met: bool | None
    short: int | None = None
    relative: Fraction | None = None


def _classes(facts: WealthFacts, law: WealthLaw, trace: Trace | None) -> WealthClasses:
    """
    Tell which of a law's classes of wealth and investors a customer is of, and what each lacks.

    The version in force on `on`, the day of the contract, applies for good: a later version does
    not reach back. A class is reached as soon as known limbs suffice; it is undecided only where
    facts not known could still make it, and names them. Amounts are compared exactly, averages of
    years without dividing.

    Raises:
        FaultsError: If the amounts are in another currency than the law's, or finer than it.
        UnknownNameError: If a code or a word is not known.

    Examples:
        >>> from bankservice.segmentation import wealth_class
        >>> rich = {"customer_kind": "person", "currency": "USD", "net_worth": "2200000.01"}
        >>> wealth_class("us-qualified-client-class", on="2026-06-28", **rich).outcome.reached
        ('qualified_client',)
        >>> wealth_class("us-qualified-client-class", on="2026-06-29", **rich).outcome.undecided
        ('qualified_client',)
    """
    conditions, amounts = conditions_of(facts, law), amounts_of(facts, law)
    answers: dict[str, bool | None] = {}
    limbs: list[LimbMet] = []
    unknown: list[str] = []
    for row in law.classes:
        fits = True if row.when is None else row.when.holds(conditions, law.terms.within)
        if trace is not None and row.when is not None:
            trace.check(FOR(wealth_class=row.title), fits, source=row.source)
        if fits is False:
            answers[row.code] = False
            continue
        found = [
            [_limb(limb, row, facts, law, conditions, amounts, trace) for limb in group.limb]
            for group in row.group
        ]
        met = [_group(group, held) for group, held in zip(row.group, found, strict=True)]
        if trace is not None:
            for group, answer in zip(row.group, met, strict=True):
                of = len(group.limb)
                need = NEED(wealth_class=row.title, need=group.need, of=of)
                trace.check(need, answer, source=row.source)
        limbs.extend(limb for held in found for limb in held)
        answer = False if False in met else None if None in (*met, fits) else True
        answers[row.code] = answer
        if answer is None:
            if fits is None and row.when is not None:
                unknown.extend(unknown_in(row.when, conditions))
            hanging = [held for held, said in zip(found, met, strict=True) if said is None]
            unknown.extend(n for held in hanging for limb in held for n in limb.unknown)
    return WealthClasses(
        reached=tuple(code for code, answer in answers.items() if answer),
        undecided=tuple(code for code, answer in answers.items() if answer is None),
        failed=tuple(code for code, answer in answers.items() if answer is False),
        limbs=tuple(limbs),
        unknown=tuple(dict.fromkeys(unknown)),
    )


def _group(group: Group, limbs: Sequence[LimbMet]) -> bool | None:
    sure = sum(limb.met is True for limb in limbs)
    possible = sum(limb.met is not False for limb in limbs)
    return True if sure >= group.need else None if possible >= group.need else False


def _limb(
    limb: Limb,
    row: ClassRow,
    facts: WealthFacts,
    law: WealthLaw,
    conditions: Mapping[str, object],
    amounts: Mapping[str, Values],
    trace: Trace | None,
) -> LimbMet:
    """Tell whether a limb is met: its amount, and the condition beside it."""
    parts: list[bool | None] = []
    unknown: list[str] = []
    answer = _Answer(True)
    if limb.fact:
        answer = _amount(limb, law.lines[row.code, limb.code], amounts[limb.fact])
        parts.append(answer.met)
        if answer.met is None:
            unstated = limb.fact in AMOUNTS and getattr(facts, limb.fact) not in (None, UNKNOWN)
            no_currency = unstated and not isinstance(facts.currency, str)
            unknown.append("currency" if no_currency else limb.fact)
    if limb.when is not None:
        held = limb.when.holds(conditions, law.terms.within)
        parts.append(held)
        if held is None:
            unknown.extend(unknown_in(limb.when, conditions))
    met = False if False in parts else None if None in parts else True
    short: Money | int | None = answer.short
    if answer.short is not None and limb.fact in AMOUNTS:
        short = Money(answer.short, law.currency)
    if trace is not None:
        relative = answer.relative if met is False and parts.count(False) == 1 else None
        source = limb.source or row.source
        told = _held(limb, amounts[limb.fact], law.currency) if limb.fact else ()
        reason = AMOUNT(limb=limb.title, held=told) if told else LIMB(limb=limb.title)
        trace.check(reason, met, short=short, relative=relative, source=source)
    return LimbMet(
        wealth_class=row.code,
        code=limb.code,
        met=met,
        short=short,
        unknown=tuple(unknown) if met is None else (),
    )


def _held(limb: Limb, values: Values, currency: str) -> tuple[Money | int | UnknownType, ...]:
    """Return the values a limb looks at, as people read them."""
    money = limb.fact in AMOUNTS
    return tuple(
        Money(value, currency) if money and value is not UNKNOWN else value
        for value in (values or ())[: limb.last or 1]
    )


def _amount(limb: Limb, line: Line, values: Values) -> _Answer:
    """Compare what there is with a line: several values each, or their sum with as many lines."""
    wanted = (limb.last or 1) if limb.fact in SERIES else 1
    held = (values or ())[:wanted]
    known = [value for value in held if value is not UNKNOWN]
    complete = len(known) == wanted
    if limb.over == "average":
        if not complete:
            return _Answer(None)
        missing = line.missing(sum(known), wanted)
    elif not known:
        return _Answer(None)
    else:
        missing = line.missing(min(known))
    if not missing:
        return _Answer(True if complete else None)
    return _Answer(False, missing, Fraction(missing, line.wanted) if line.wanted > 0 else None)


def _headline(facts: WealthFacts, law: WealthLaw, outcome: WealthClasses) -> Reason:
    titles = {row.code: row.title for row in law.classes}
    if outcome.reached:
        return REACHED(classes=tuple(titles[code] for code in outcome.reached))
    if outcome.undecided:
        open_ = tuple(titles[code] for code in outcome.undecided)
        return OPEN(classes=open_, unknown=outcome.unknown)
    return NONE()


wealth_class: Final = Rule(
    id="segmentation.wealth-class",
    facts=WealthFacts,
    outcome=WealthClasses,
    evaluate=_classes,
    headline=_headline,
    says=(REACHED, NONE, OPEN, FOR, NEED, LIMB, AMOUNT),
    package="bankservice.segmentation",
    kind=WEALTH_CLASSES,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)
"""Which classes of wealth and investors a customer is of."""
