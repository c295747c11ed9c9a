"""
What is wrong with a table of offers: unknown codes, limits that cannot be, offers never reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import attrs

from bankservice.core.errors import near_names
from bankservice.core.institution import check_currency
from bankservice.core.money import parse_minor
from bankservice.core.policy import Faults
from bankservice.core.scalars import Amount
from bankservice.core.terms import Terms, implies
from bankservice.core.vocabulary import Tree
from bankservice.loyalty.benefits.model import rate_units
from bankservice.loyalty.benefits.table import OfferKind, OfferRow, OffersTable

__all__ = ["check_table"]

_MOST_BASIS_POINTS: Final = 10_000
_RATES: Final = ("rate_bonus", "rate_discount")

_KEYS: Final[Mapping[str, tuple[OfferKind, ...]]] = {
    "basis_points": ("rate_bonus", "rate_discount"),
    "ceiling": ("rate_bonus",),
    "floor": ("rate_discount",),
    "fees": ("fee_waiver",),
    "share": ("fee_waiver",),
    "most_each": ("fee_waiver",),
    "most_amount": ("fee_waiver",),
    "budget_amount": ("fee_waiver",),
    "pick": ("fee_waiver",),
    "whole": ("fee_waiver",),
    "gift": ("gift",),
    "every": ("gift",),
    "most_each_time": ("gift",),
}
"""Keys that only some kinds of offer have."""
_NEEDED: Final[Mapping[OfferKind, tuple[str, ...]]] = {
    "rate_bonus": ("basis_points", "ceiling", "products"),
    "rate_discount": ("basis_points", "floor", "products"),
    "fee_waiver": ("fees",),
    "gift": ("gift",),
}
_DEFAULTS: Final = {field.name: field.default for field in attrs.fields(OfferRow)}


def check_table(table: OffersTable, terms: Terms, digits: int | None, faults: Faults) -> None:
    """Note everything that is wrong with a table, each with its path."""
    before = len(faults)
    _check_lists(table, terms, digits, faults)
    for index, row in enumerate(table.offer):
        path = f"offer[{index}]"
        _check_keys(row, path, faults)
        _check_codes(row, table, terms, path, faults)
        _check_numbers(row, digits, path, faults)
        _check_uses(row, path, faults)
    # What an offer takes can be told only of rows that make sense.
    if len(faults) == before:
        _check_sides(table, terms, faults)
        _check_reach(table, terms, faults)


def _check_lists(table: OffersTable, terms: Terms, digits: int | None, faults: Faults) -> None:
    for name in ("offer", "lane", "nothing", "fee", "gift"):
        seen: set[str] = set()
        for index, row in enumerate(getattr(table, name)):
            if not row.code or row.code in seen:
                faults.add(f"{name}[{index}].code", repr(row.code), "a code that is not taken")
            seen.add(row.code)
    if not table.offer:
        faults.add("offer", "no offer", "one or more")
    for index, gift in enumerate(table.gift):
        _amount(gift.value, digits, f"gift[{index}].value", faults, least=0)
    for index, row in enumerate(table.nothing):
        path = f"nothing[{index}]"
        _check_trees(row, terms, path, faults)
        if not row.kinds and not row.products and row.when is None:
            faults.add(path, "nothing stated", "kinds, products or a condition, or all is excluded")
        if row.when is not None:
            terms.check(row.when, f"{path}.when", faults)
    _amount(table.most_waived, digits, "most_waived", faults)
    if table.most_basis_points is not None and table.most_basis_points < 1:
        faults.add("most_basis_points", table.most_basis_points, "1 or more")


def _check_keys(row: OfferRow, path: str, faults: Faults) -> None:
    for key, kinds in _KEYS.items():
        if row.kind not in kinds and getattr(row, key) != _DEFAULTS[key]:
            faults.add(f"{path}.{key}", getattr(row, key), f"nothing: {row.kind} has no such key")
    for key in _NEEDED[row.kind]:
        if getattr(row, key) == _DEFAULTS[key]:
            faults.add(f"{path}.{key}", "nothing", f"a value: {row.kind} needs it")


def _check_codes(
    row: OfferRow, table: OffersTable, terms: Terms, path: str, faults: Faults
) -> None:
    _check_trees(row, terms, path, faults)
    for index, currency in enumerate(row.currencies):
        check_currency(currency, f"{path}.currencies[{index}]", faults)
    fees = [fee.code for fee in table.fee]
    for index, code in enumerate(row.fees):
        _known(code, fees, f"{path}.fees[{index}]", "a code of the policy's fees", faults)
    if row.gift:
        gifts = [gift.code for gift in table.gift]
        _known(row.gift, gifts, f"{path}.gift", "a code of the policy's gifts", faults)
    if set(row.currencies) - {table.currency}:
        for key in ("most_each", "most_amount", "budget_amount"):
            if getattr(row, key) is not None:
                wanted = f"no amount where currencies other than {table.currency} are meant"
                faults.add(f"{path}.{key}", getattr(row, key), wanted)
        if row.kind == "fee_waiver" and table.most_waived is not None:
            wanted = f"{table.currency} alone, because `most_waived` is an amount"
            faults.add(f"{path}.currencies", list(row.currencies), wanted)
    if row.lane:
        lanes = [lane.code for lane in table.lane] or ["base"]
        _known(row.lane, lanes, f"{path}.lane", "a code of the policy's lanes", faults)
    if row.when is None:
        return
    terms.check(row.when, f"{path}.when", faults)
    named = {part.fact for part in row.when.comparisons()}
    if "tier" in named and not table.tiers:
        faults.add(f"{path}.when", "a tier", "the tiers there are, in `tiers`")
    if "amount" in named and set(row.currencies) - {table.currency}:
        faults.add(f"{path}.when", "an amount", f"no currency but {table.currency} beside it")


def _check_trees(row: Any, terms: Terms, path: str, faults: Faults) -> None:
    for name, fact in (("kinds", "kind"), ("products", "product")):
        tree = terms.trees[fact]
        for index, code in enumerate(getattr(row, name)):
            wanted = f"a code of {terms.facts[fact].tree}"
            _known(code, tree, f"{path}.{name}[{index}]", wanted, faults)


def _known(code: str, known: Iterable[str], path: str, wanted: str, faults: Faults) -> None:
    held = list(known)
    if code not in held:
        faults.add(path, repr(code), wanted, near_names(code, held))


def _check_numbers(row: OfferRow, digits: int | None, path: str, faults: Faults) -> None:
    if row.basis_points is not None and not 1 <= row.basis_points <= _MOST_BASIS_POINTS:
        wanted = f"a whole number from 1 to {_MOST_BASIS_POINTS}"
        faults.add(f"{path}.basis_points", row.basis_points, wanted)
    for key in ("ceiling", "floor"):
        rate = getattr(row, key)
        if rate is None:
            continue
        try:
            units = rate_units(rate)
        except ValueError as error:
            faults.add(f"{path}.{key}", rate, str(error))
            continue
        if units < 0 or (units == 0 and key == "ceiling"):
            faults.add(
                f"{path}.{key}", rate, "a rate above nothing" if units == 0 else "no less than 0"
            )
    if row.ceiling is not None and row.floor is not None and row.floor > row.ceiling:
        faults.add(f"{path}.floor", row.floor, f"at most the ceiling ({row.ceiling})")
    if not 0 < row.share <= 1:
        faults.add(f"{path}.share", row.share, "more than 0, and at most 1")
    for key in ("most_each", "most_amount", "budget_amount"):
        _amount(getattr(row, key), digits, f"{path}.{key}", faults)
    for key in ("every", "most_each_time", "most", "budget"):
        number = getattr(row, key)
        if number is not None and number < 1:
            faults.add(f"{path}.{key}", number, "1 or more")


def _check_uses(row: OfferRow, path: str, faults: Faults) -> None:
    counted = row.most is not None or row.most_amount is not None
    if counted and row.period is None:
        faults.add(f"{path}.period", "nothing", "the period in which `most` is counted")
    elif not counted and row.period is not None:
        faults.add(f"{path}.period", repr(row.period), "`most` or `most_amount` beside it")
    if row.budget is not None and row.budget_amount is not None:
        faults.add(f"{path}.budget", row.budget, "a number of uses or an amount, not both")
    window = row.window
    bounded = window is not None and (
        window.calendar or (window.from_on is not None and window.through_on is not None)
    )
    if row.period == "occasion" and not bounded:
        wanted = "a period, or a window with a calendar or with both days"
        faults.add(f"{path}.period", "'occasion'", wanted)


def _amount(
    amount: Amount | None, digits: int | None, path: str, faults: Faults, *, least: int = 1
) -> None:
    if amount is None or digits is None:
        return
    try:
        minor = parse_minor(amount, digits)
    except ValueError as error:
        faults.add(path, repr(amount), str(error))
        return
    if minor < least:
        faults.add(path, repr(amount), "an amount above 0" if least else "nothing or more")


def _check_sides(table: OffersTable, terms: Terms, faults: Faults) -> None:
    """Note a product that both earns a bonus and pays less: a rate is one or the other."""
    tree: Tree = terms.trees["product"]
    earned = {
        code: row.code for row in table.offer if row.kind == "rate_bonus" for code in row.products
    }
    for index, row in enumerate(table.offer):
        for place, code in enumerate(row.products if row.kind == "rate_discount" else ()):
            for other, by in earned.items():
                if tree.within(code, other) or tree.within(other, code):
                    path = f"offer[{index}].products[{place}]"
                    wanted = f"a product borrowed on; {by} gives a bonus to who saves in {other}"
                    faults.add(path, repr(code), wanted)


def _check_reach(table: OffersTable, terms: Terms, faults: Faults) -> None:
    """Note offers that an earlier one of their lane always takes the place of."""
    modes = {lane.code: lane.mode for lane in table.lane} or {"base": "best"}
    first = next(iter(modes))
    for index, row in enumerate(table.offer):
        for other in table.offer:
            lane = row.lane or first
            if other is row or other.kind != row.kind or (other.lane or first) != lane:
                continue
            if modes[lane] in ("first", "best") and _always(other, row, modes[lane], terms):
                faults.add(
                    f"offer[{index}]",
                    f"{row.code}, which can never be reached",
                    f"an offer whose place {other.code} does not always take",
                )
                break


def _always(wide: OfferRow, narrow: OfferRow, mode: str, terms: Terms) -> bool:
    """Tell whether *wide* is taken wherever *narrow* could be, as far as can be seen."""
    ahead = (wide.priority, wide.code) < (narrow.priority, narrow.code)
    free = wide.window is None and not (
        wide.enrolment
        or wide.group
        or wide.currencies
        or wide.most is not None
        or wide.most_amount is not None
        or wide.budget is not None
        or wide.budget_amount is not None
    )
    if not free or narrow.currencies or not all(_covers(wide, narrow, terms)):
        return False
    if mode == "first":
        return ahead
    # Only of rates can it be told by the rows alone which is the better for the customer.
    if wide.kind not in _RATES or wide.basis_points is None or narrow.basis_points is None:
        return False
    return ahead and wide.basis_points >= narrow.basis_points


def _covers(wide: OfferRow, narrow: OfferRow, terms: Terms) -> Iterator[bool]:
    for name, fact in (("kinds", "kind"), ("products", "product")):
        yield _below(getattr(narrow, name), getattr(wide, name), terms.trees[fact].within)
    yield wide.when is None or (
        narrow.when is not None and implies(narrow.when, wide.when, terms.trees)
    )
    if wide.kind == "rate_bonus":
        yield (wide.ceiling or 0) >= (narrow.ceiling or 0)
    elif wide.kind == "rate_discount":
        yield (wide.floor or 0) <= (narrow.floor or 0)
    elif wide.kind == "fee_waiver":
        yield set(narrow.fees) <= set(wide.fees) and wide.share == 1 and not wide.whole
        yield wide.most_each is None
    else:
        yield wide.every <= 1 and wide.most_each_time is None


def _below(
    narrow: tuple[str, ...], wide: tuple[str, ...], within: Callable[[str, str], bool]
) -> bool:
    if not wide:
        return True
    return bool(narrow) and all(any(within(code, above) for above in wide) for code in narrow)
