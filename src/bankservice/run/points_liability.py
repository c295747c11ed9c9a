"""What points are worth to the bank, by what it expects of them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import attrs

from bankservice.core.decision import Says
from bankservice.core.money import Money, Rounding, digits_of, divide
from bankservice.core.policy import Version
from bankservice.loyalty.books.expectations import Expectations
from bankservice.loyalty.books.liability import Liability
from bankservice.report import Figure, Section, Table
from bankservice.report.model import Cell
from bankservice.run.rejects import PACKAGE

__all__ = ["Valued", "value_figure", "value_section"]

VALUE = Says("points-value")
LEAD_COST = Says("points-value-lead-cost", ("liability", "accrued", "policy"))
LEAD_REVENUE = Says("points-value-lead-revenue", ("liability", "accrued", "policy"))
COHORT = Says("points-cohort")
GRANTED = Says("points-granted")
REDEEMED = Says("points-redeemed")
LAPSED = Says("points-lapsed")
EXPECTED = Says("points-expected")
TO_COME = Says("points-to-come")
LIABILITY = Says("points-liability")
NOTE = Says("points-liability-note", ("policy",))
TOTAL = Says("points-total")


@attrs.frozen
class Valued:
    """What is outstanding with its money, and the expectations it rests on."""

    held: Liability
    version: Version[Expectations]

    def money(self, amount: Decimal | None) -> Money:
        """Return an amount of the liability as money."""
        return Money.of(amount or Decimal(0), self.held.currency)

    def exact(self, amount: Fraction) -> Money:
        """Return an exact amount as money, rounded once."""
        currency = self.held.currency
        return Money(_whole(amount * 10 ** digits_of(currency)), currency)


def value_figure(valued: Valued) -> Figure:
    """Return the liability at a glance."""
    policy = str(valued.version.ref.policy)
    return Figure(VALUE(), valued.money(valued.held.owed), NOTE(policy=policy))


def value_section(valued: Valued, shown: Callable[[int], int | Decimal]) -> Section:
    """Return the section of the liability, by the rows of the expectations."""
    held = valued.held
    rows: list[tuple[Cell, ...]] = []
    for row in valued.version.parameters.rows:
        values = [value for value in held.cohorts if value.cohort.row == row.code]
        expected = sum((value.expected for value in values), Fraction(0))
        redeemed = sum(value.points.redeemed for value in values)
        rows.append(
            (
                row.code,
                shown(sum(value.points.issued for value in values)),
                shown(redeemed),
                shown(sum(value.points.lapsed for value in values)),
                shown(_whole(expected)),
                shown(_whole(expected - redeemed)),
                valued.exact(sum((value.owed for value in values), Fraction(0))),
            )
        )
    lead = LEAD_COST if held.model == "cost-accrual" else LEAD_REVENUE
    said = lead(
        liability=valued.money(held.owed),
        accrued=valued.money(held.whole if held.model == "cost-accrual" else held.earned),
        policy=str(valued.version.ref.policy),
    )
    columns = (COHORT(), GRANTED(), REDEEMED(), LAPSED(), EXPECTED(), TO_COME(), LIABILITY())
    if len(rows) > 1:
        points = held.points
        whole = sum((value.expected for value in held.cohorts), Fraction(0))
        rows.append(
            (
                TOTAL(),
                shown(points.issued),
                shown(points.redeemed),
                shown(points.lapsed),
                shown(_whole(whole)),
                shown(_whole(whole - points.redeemed)),
                valued.money(held.owed),
            )
        )
    return Section(
        anchor="points-value",
        title=VALUE(),
        package=PACKAGE,
        lead=(said,),
        tables=(Table(caption=VALUE(), columns=columns, rows=tuple(rows)),),
    )


def _whole(number: Fraction) -> int:
    return divide(number.numerator, number.denominator, Rounding.HALF_UP)
