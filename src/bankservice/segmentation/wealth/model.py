"""Which classes of wealth and investors a customer is of by law, and what each limb lacks."""

from __future__ import annotations

import attrs

from bankservice.core.money import Money

__all__ = ["LimbMet", "WealthClasses"]


@attrs.frozen(kw_only=True)
class LimbMet:
    """
    One limb of a class's definition.

    Attributes:
        wealth_class: Code of the class.
        code: Code of the limb.
        met: Whether it is met; None where a fact is unknown.
        short: How much is missing to meet it: money, or a count; None where nothing is, or where
            the limb is no amount.
        unknown: Facts that are not known.
    """

    wealth_class: str
    code: str
    met: bool | None
    short: Money | int | None = None
    unknown: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class WealthClasses:
    """
    The classes of one law a customer is of, on the day asked.

    Attributes:
        reached: Codes of the classes whose definition is met, whatever is not known.
        undecided: Codes of the classes that hang on facts not known.
        failed: Codes of the others.
        limbs: Every limb of the classes that are for such a customer, in the law's order.
        unknown: Facts that could change an undecided class.
    """

    reached: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    limbs: tuple[LimbMet, ...] = ()
    unknown: tuple[str, ...] = ()
