"""
How many of its points a bank expects to be redeemed, by cohort, as dated data.

    currency = "CNY"
    model = "cost-accrual"

    [[version.cohort]]
    code = "gold-bonus"
    components = ["bonus"]
    tiers = ["GOLD"]
    share = "0.95"
    per_point = "0.0042"

    [[version.cohort]]
    code = "rest"
    share = "0.80"
    per_point = "0.0042"

Such figures are a bank's own; none are shipped. The first row that holds is taken, so the last one
is for everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final, Literal

import attrs

from bankservice.core.citation import Citation
from bankservice.core.errors import UnknownNameError
from bankservice.core.institution import check_currency
from bankservice.core.policy import Faults, Kind, Library

__all__ = [
    "EXPECTATIONS",
    "Cohort",
    "CohortRow",
    "ExpectationTable",
    "Expectations",
    "Model",
]

Model = Literal["deferred-revenue", "cost-accrual"]


@attrs.frozen(kw_only=True)
class CohortRow:
    """
    Points that are expected to be redeemed alike. Every part that is stated must hold.

    Attributes:
        code: Name of the row.
        from_on: First day of issue.
        through_on: Last day of issue.
        components: Classes of lots.
        tiers: Tiers the members had when the points were issued.
        share: Share of the points issued that is expected to be redeemed in all.
        per_point: Money of each point: of the points issued, the part of the price allocated to
            one (`deferred-revenue`); of the points redeemed, what one costs (`cost-accrual`).
        source: Where it comes from, if not from the version's own source.
    """

    code: str
    from_on: date | None = None
    through_on: date | None = None
    components: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    share: Decimal
    per_point: Decimal
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class ExpectationTable:
    """
    A version of a bank's expectations as written.

    Attributes:
        currency: Currency of `per_point`.
        model: Whether points are a promise of their own whose price is deferred, or a cost that is
            accrued. The bank and its auditors judge which; the library does not.
        cohort: The cohorts; the first that holds is taken.
    """

    currency: str
    model: Model
    cohort: tuple[CohortRow, ...]


@attrs.frozen(order=True)
class Cohort:
    """
    Points that are valued together.

    Attributes:
        month: First day of the month of issue.
        component: Class of the lots.
        tier: Tier of the members at issue; empty where it is not known.
        row: Code of the row that values them.
    """

    month: date
    component: str
    tier: str = ""
    row: str = ""


@attrs.frozen(kw_only=True)
class Expectations:
    """
    What a bank expects of its points.

    Attributes:
        currency: Currency of the money.
        model: Which model values them.
        rows: The rows, in their order.
    """

    currency: str
    model: Model
    rows: tuple[CohortRow, ...]

    def row_of(self, issued_on: date, component: str, tier: str) -> CohortRow:
        """
        Return the row that values points of a class, issued on a day to a member of a tier.

        Raises:
            UnknownNameError: If no row holds; a policy that was loaded has one for everything.
        """
        for row in self.rows:
            if _holds(row, issued_on, component, tier):
                return row
        raise UnknownNameError("cohort", f"{component} {tier}", (row.code for row in self.rows))


def _holds(row: CohortRow, issued_on: date, component: str, tier: str) -> bool:
    return (
        (row.from_on is None or row.from_on <= issued_on)
        and (row.through_on is None or issued_on <= row.through_on)
        and (not row.components or component in row.components)
        and (not row.tiers or tier in row.tiers)
    )


def _is_open(row: CohortRow) -> bool:
    return not (row.from_on or row.through_on or row.components or row.tiers)


def _faults(rows: tuple[CohortRow, ...]) -> Iterator[tuple[str, object, str]]:
    """Yield what is wrong with rows: path, what stands there, what was wanted."""
    seen: set[str] = set()
    closed = ""
    for place, row in enumerate(rows):
        path = f"cohort[{place}]"
        if row.code in seen:
            yield f"{path}.code", repr(row.code), "a code that no other row has"
        seen.add(row.code)
        if not 0 <= row.share <= 1:
            yield f"{path}.share", row.share, "a share between 0 and 1"
        if row.per_point < 0:
            yield f"{path}.per_point", row.per_point, "nothing or more"
        if row.from_on and row.through_on and row.through_on < row.from_on:
            yield f"{path}.through_on", row.through_on, f"{row.from_on} or later"
        if closed:
            yield path, repr(row.code), f"a row that can be reached: {closed!r} takes everything"
        elif _is_open(row):
            closed = row.code
    if not closed:
        yield "cohort", f"{len(rows)} rows with conditions", "a last row for everything"


def _build(table: ExpectationTable, faults: Faults, library: Library) -> Expectations:
    check_currency(table.currency, "currency", faults)
    for path, got, wanted in _faults(table.cohort):
        faults.add(path, got, wanted)
    return Expectations(currency=table.currency, model=table.model, rows=table.cohort)


EXPECTATIONS: Final = Kind("loyalty.expectations", ExpectationTable, _build)
"""Kind of policy that holds how many points are expected to be redeemed, and their money."""
