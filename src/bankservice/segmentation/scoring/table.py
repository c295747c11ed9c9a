"""
Cut points as they are written: one version of a `segmentation.rfm-cuts` policy.

A version is a fit that was adopted. It says on whom it was fitted and when; until a new version
takes its place it scores everybody, however the customers change.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Literal

import attrs

from bankservice.core.citation import Citation
from bankservice.core.conditions import Condition
from bankservice.core.policy import Title

__all__ = ["CellRow", "MeasureCuts", "NeverCell", "Population", "RfmTable"]


@attrs.frozen(kw_only=True)
class Population:
    """
    On whom the cut points were fitted.

    Attributes:
        described: Which customers they were, in words.
        fitted_on: The day recency was counted to.
        n: How many they were.
        never: How many more were left out because they never had an event.
        unknown: How many were left out because a value of theirs was not known.
    """

    described: Title
    fitted_on: date
    n: int
    never: int = 0
    unknown: int = 0


@attrs.frozen(kw_only=True)
class MeasureCuts:
    """
    The cut points of one measure.

    Attributes:
        cuts: Those of the scores 2, 3, … as far as they can be reached. Days since the last event
            fall; everything else rises. A mean may be a quotient, as text: `"1/3"`.
        within_recency: For nested scores, in the place of `cuts`: one list for each score of
            recency, from 1 up.
        title: What is counted, such as business days with a purchase, or revenue.
    """

    cuts: tuple[Fraction, ...] = ()
    within_recency: tuple[tuple[Fraction, ...], ...] = ()
    title: Title | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class CellRow:
    """
    A name for some of the cells.

    Attributes:
        code: Its code.
        title: What people read.
        when: Which cells: a condition over `r`, `f` and `m`.
        source: Where it comes from, if not from the version's own source.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    when: Condition
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class NeverCell:
    """What customers are called who never had an event."""

    code: str = "never_active"
    title: Title = attrs.field(
        default=Title(en="Never active", zh="从未活跃"), metadata={"digest": False}
    )


@attrs.frozen(kw_only=True)
class RfmTable:
    """
    A version as written.

    Attributes:
        population: On whom it was fitted.
        recency: Cut points of the days since the last event.
        frequency: Cut points of how often.
        monetary: Cut points of how much, in minor units of the currency.
        k: How many scores each measure has.
        currency: Of what is counted as money; nothing where it is no money.
        monetary_is: What money is the sum or the mean of; a bank's revenue tells more than turnover.
        cell: Names of cells; together they name every cell, each once. Nothing for no names.
        never: What customers are called who never had an event.
    """

    population: Population
    recency: MeasureCuts
    frequency: MeasureCuts
    monetary: MeasureCuts
    k: int = 5
    currency: str = ""
    monetary_is: Literal["sum", "mean"] = "sum"
    cell: tuple[CellRow, ...] = ()
    never: NeverCell = NeverCell()
