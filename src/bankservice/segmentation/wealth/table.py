"""
How classes of wealth and investors are written: groups of limbs, so many of which must be met.

    currency = "EUR"

    [[version.wealth_class]]
    code = "large_undertaking"

    [[version.wealth_class.group]]
    at_least = 2

    [[version.wealth_class.group.limb]]
    code = "balance-sheet"
    fact = "balance_sheet_total"
    at_least = "20000000"
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import attrs

from bankservice.core.citation import Citation
from bankservice.core.conditions import Condition, FactType
from bankservice.core.policy import Title
from bankservice.core.scalars import Amount

__all__ = [
    "AMOUNTS",
    "COUNTS",
    "SERIES",
    "WEALTH_FACTS",
    "WEALTH_WORDS",
    "ClassRow",
    "Group",
    "Limb",
    "WealthTable",
]

AMOUNTS: Final = (
    "assets_under_management",
    "net_worth",
    "joint_net_worth",
    "net_financial_assets",
    "household_net_financial_assets",
    "household_financial_assets",
    "subscription",
    "portfolio",
    "net_assets",
    "balance_sheet_total",
    "net_turnover",
    "own_funds",
    "incomes",
    "joint_incomes",
    "household_incomes",
)
"""Facts that are money, in the policy's currency."""

COUNTS: Final = ("investment_years", "sector_years", "trades")
"""Facts that are whole numbers."""

SERIES: Final = ("incomes", "joint_incomes", "household_incomes", "trades")
"""Facts with one value for each past year, or quarter, the latest first."""

WEALTH_FACTS: Final[Mapping[str, FactType]] = {
    "customer_kind": FactType("code", "vocabulary/customer-kinds"),
    "institution": FactType("text"),
    "income_expected": FactType("boolean"),
    "joint_income_expected": FactType("boolean"),
    "proof": FactType("boolean"),
    "qualified_purchaser": FactType("boolean"),
    "insider": FactType("boolean"),
    "licensed": FactType("boolean"),
    "requested": FactType("boolean"),
    "assessed": FactType("boolean"),
    "warned": FactType("boolean"),
}
"""What conditions of a class or a limb may name."""

WEALTH_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "institution": (
        "none",
        "financial_institution",
        "financial_product",
        "pension_fund",
        "charity_fund",
        "qfii",
    ),
}
"""The words of facts that are closed lists; `none` says that the customer is no institution."""


@attrs.frozen(kw_only=True)
class Limb:
    """
    One limb: an amount or a number that is reached, a condition, or both together.

    Attributes:
        code: Stable code, unique in its class.
        title: What people read.
        fact: The amount or number looked at.
        at_least: It must be this or more.
        more_than: It must be more than this.
        over: For a fact with several values: `each` of them, or their `average`.
        last: How many of them, from the latest.
        when: A condition that must hold too, or alone.
        source: Where it comes from, if not from the class.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    fact: str = ""
    at_least: Amount | None = None
    more_than: Amount | None = None
    over: Literal["each", "average"] | None = None
    last: int | None = None
    when: Condition | None = None
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class Group:
    """Limbs of which at least so many must be met; all of them where no number is said."""

    limb: tuple[Limb, ...]
    at_least: int | None = None

    @property
    def need(self) -> int:
        """How many limbs must be met."""
        return len(self.limb) if self.at_least is None else self.at_least


@attrs.frozen(kw_only=True)
class ClassRow:
    """
    One class; every group of its limbs must be met.

    Attributes:
        code: Stable code.
        title: What people read.
        when: The customers it is for; all where left out.
        group: Its limbs.
        source: Where it comes from, if not from the version's source.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    group: tuple[Group, ...]
    when: Condition | None = None
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class WealthTable:
    """
    A version of a law of wealth and investor classes as written.

    Attributes:
        currency: Currency of its amounts; it may be left out where there is none.
        wealth_class: The classes.
    """

    currency: str = ""
    wealth_class: tuple[ClassRow, ...]
