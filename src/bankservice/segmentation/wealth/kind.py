"""The law of wealth and investor classes, checked when it is read and laid out for deciding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from bankservice.core.errors import near_names
from bankservice.core.institution import check_currency
from bankservice.core.money import parse_minor
from bankservice.core.policy import Faults, Kind, Library
from bankservice.core.scalars import Amount
from bankservice.core.terms import Terms
from bankservice.segmentation.wealth.table import (
    AMOUNTS,
    COUNTS,
    SERIES,
    WEALTH_FACTS,
    WEALTH_WORDS,
    ClassRow,
    Group,
    Limb,
    WealthTable,
)

__all__ = ["WEALTH_CLASSES", "Line", "WealthLaw"]


@attrs.frozen
class Line:
    """
    The line a limb draws, in minor units or things.

    Attributes:
        wanted: The number written.
        strict: Whether it must be more than that.
    """

    wanted: int
    strict: bool

    def missing(self, held: int, of: int = 1) -> int:
        """Return what each of *of* values lacks at least, given their sum; 0 where nothing."""
        gap = self.wanted * of - held
        if gap < 0 or (gap == 0 and not self.strict):
            return 0
        # Rounded up; one more where the line itself is not enough.
        return gap // of + 1 if self.strict else -(-gap // of)


@attrs.frozen(eq=False, kw_only=True)
class WealthLaw:
    """
    A version of a law of classes, ready to use.

    Attributes:
        currency: Currency of its amounts; empty where there is none.
        digits: Digits of that currency after the point.
        classes: The classes as written.
        lines: The line of each limb that draws one, by class and limb.
        terms: What conditions may name.
    """

    currency: str
    digits: int
    classes: tuple[ClassRow, ...]
    lines: Mapping[tuple[str, str], Line]
    terms: Terms


def _build(table: WealthTable, faults: Faults, library: Library) -> WealthLaw:
    terms = Terms.of(WEALTH_FACTS, WEALTH_WORDS, library)
    digits = 0
    if table.currency:
        digits = check_currency(table.currency, "currency", faults) or 0
    lines: dict[tuple[str, str], Line] = {}
    if not table.wealth_class:
        faults.add("wealth_class", "no row", "one or more classes")
    codes: list[str] = []
    for index, row in enumerate(table.wealth_class):
        path = f"wealth_class[{index}]"
        if row.code in codes:
            faults.add(f"{path}.code", repr(row.code), "a code that is not taken")
        codes.append(row.code)
        if row.when is not None:
            terms.check(row.when, f"{path}.when", faults)
        if not row.group:
            faults.add(f"{path}.group", "no group", "one or more groups of limbs")
        seen: list[str] = []
        for place, group in enumerate(row.group):
            _check_group(group, f"{path}.group[{place}]", faults)
            for number, limb in enumerate(group.limb):
                where = f"{path}.group[{place}].limb[{number}]"
                if limb.code in seen:
                    faults.add(f"{where}.code", repr(limb.code), "a code that is not taken")
                seen.append(limb.code)
                line = _line(limb, where, table.currency, digits, faults)
                if line is not None:
                    lines[row.code, limb.code] = line
                if limb.when is not None:
                    terms.check(limb.when, f"{where}.when", faults)
    return WealthLaw(
        currency=table.currency,
        digits=digits,
        classes=table.wealth_class,
        lines=lines,
        terms=terms,
    )


def _check_group(group: Group, path: str, faults: Faults) -> None:
    if not group.limb:
        faults.add(f"{path}.limb", "no limb", "one or more")
    elif not 1 <= group.need <= len(group.limb):
        wanted = f"a number from 1 to {len(group.limb)}, the limbs there are"
        faults.add(f"{path}.at_least", group.need, wanted)


def _line(limb: Limb, path: str, currency: str, digits: int, faults: Faults) -> Line | None:
    said = [name for name in ("at_least", "more_than") if getattr(limb, name) is not None]
    if not limb.fact:
        if limb.when is None:
            faults.add(path, "no fact and no `when`", "an amount, a number or a condition")
        for name in (*said, *(n for n in ("over", "last") if getattr(limb, n) is not None)):
            faults.add(f"{path}.{name}", "no fact beside it", "the fact that is looked at")
        return None
    if limb.fact not in (*AMOUNTS, *COUNTS):
        near = near_names(limb.fact, (*AMOUNTS, *COUNTS))
        faults.add(f"{path}.fact", repr(limb.fact), "an amount or a number", near)
        return None
    if limb.fact in AMOUNTS and not currency:
        faults.add(f"{path}.fact", limb.fact, "a currency for the version: it is money")
    _check_series(limb, path, faults)
    if len(said) != 1:
        got = "both" if said else "neither"
        faults.add(path, f"{got} of at_least and more_than", "one of them")
        return None
    written: Amount = getattr(limb, said[0])
    places = digits if limb.fact in AMOUNTS else 0
    try:
        wanted = parse_minor(written, places)
    except ValueError as error:
        faults.add(f"{path}.{said[0]}", repr(written), str(error))
        return None
    return Line(wanted, said[0] == "more_than")


def _check_series(limb: Limb, path: str, faults: Faults) -> None:
    both = limb.over is not None and limb.last is not None
    if limb.fact in SERIES and not both:
        faults.add(f"{path}.over", f"{limb.fact} alone", "over, and how many at last")
    elif limb.fact not in SERIES and (limb.over is not None or limb.last is not None):
        faults.add(f"{path}.over", f"beside {limb.fact}", "nothing: it has one value")
    if limb.last is not None and limb.last < 1:
        faults.add(f"{path}.last", limb.last, "a number from 1")


WEALTH_CLASSES: Final = Kind("segmentation.wealth-classes", WealthTable, _build)
"""Kind of policy that holds a law of wealth and investor classes."""
