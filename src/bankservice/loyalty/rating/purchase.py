"""
A transaction in integers: what of it may earn, line by line.

The eligible amount is kept as a numerator over one denominator for all lines, in minor units of
the programme's currency: nothing is rounded by conversion, nor by sharing tax or points among
lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NoReturn

import attrs

from bankservice.core.errors import Fault, FaultsError, UnknownNameError
from bankservice.core.money import digits_of, parse_minor
from bankservice.core.unknown import UNKNOWN
from bankservice.loyalty.model import AccrualFacts
from bankservice.loyalty.programme.merchants import MCC
from bankservice.loyalty.programme.programme import Programme
from bankservice.loyalty.programme.scheme import EARNING_FACTS

__all__ = ["Line", "Purchase", "purchase_of"]

_MOST_MINOR: Final = 10**18
_PLAIN: Final = 15
"""Amounts shorter than this are below the most there may be, whatever the currency's digits."""
_MOST_DAYS: Final = 10**22
_MOST_COUNT: Final = 10**9


@attrs.define(slots=True)
class Line:
    """
    One line of a purchase; the whole where it has none.

    Attributes:
        ref: Which line; empty for the whole.
        mcc: Its category code.
        amount: Eligible amount: numerator over the purchase's denominator.
        count: How many times it counts.
        barred: Code of what keeps it from earning.
    """

    ref: str
    mcc: str
    amount: int
    count: int
    barred: str = ""


@attrs.define(slots=True)
class Purchase:
    """
    A transaction in integers.

    Attributes:
        facts: As stated.
        on: Local day of the transaction.
        lines: Its lines by reference.
        below: Denominator of every eligible amount.
        own: Denominator of the same amounts in major units of the transaction's own currency.
        stated: Whether an amount is stated at all.
        paid: Whether it was paid wholly with points.
        balance: Minor units times days, if stated.
        total: Eligible amount of the whole: numerator over `below`.
    """

    facts: AccrualFacts
    on: date
    lines: tuple[Line, ...]
    below: int
    own: int
    stated: bool
    paid: bool
    balance: int | None
    total: int
    _values: dict[str, Mapping[str, object]] | None = attrs.field(default=None, repr=False)

    def values(self, line: Line, programme: Programme) -> Mapping[str, object]:
        """Return the facts that conditions may name, for one line."""
        if self._values is None:
            self._values = {}
        held = self._values.get(line.mcc)
        if held is None:
            facts = self.facts
            own: dict[str, object] = {name: getattr(facts, name) for name in EARNING_FACTS}
            own["mcc"] = line.mcc
            own["currency"] = facts.currency or programme.currency
            own["posted_on"] = facts.posted_on or self.on
            if programme.declared:
                own.update(programme.declared_facts(facts.customer))
            held = self._values[line.mcc] = own
        return held


def purchase_of(facts: AccrualFacts, programme: Programme) -> Purchase:
    """
    Return a transaction in integers.

    Raises:
        FaultsError: If a fact is none that a transaction can have.
        UnknownNameError: If a code or currency is not known.
    """
    if facts.on is None:
        _refuse("on", None, "the local day of the transaction")
    _check_names(facts, programme)
    if facts.items:
        return _of_items(facts, programme)
    if type(facts.count) is not int or not 0 <= facts.count <= _MOST_COUNT:
        _refuse("count", facts.count, f"a whole number from 0 to {_MOST_COUNT}")
    balance = facts.balance_minor_days
    if balance is not None and (type(balance) is not int or not 0 <= balance <= _MOST_DAYS):
        _refuse("balance_minor_days", balance, f"a whole number from 0 to {_MOST_DAYS}")
    if facts.amount is None:
        _check_basis(facts, programme)
        line = Line("", facts.mcc, 0, facts.count)
        return Purchase(facts, facts.on, (line,), 1, 1, False, False, balance, 0)
    digits, above, below = _conversion(facts, programme)
    amount = _minor(facts.amount, digits, "amount")
    left, paid = _left(amount, digits, facts, programme)
    line = Line("", facts.mcc, left * above, facts.count)
    own = above * 10**digits
    return Purchase(facts, facts.on, (line,), below, own, True, paid, balance, line.amount)


def _of_items(facts: AccrualFacts, programme: Programme) -> Purchase:
    assert facts.on is not None, "checked before"
    digits, above, below = _conversion(facts, programme)
    refs: set[str] = set()
    sizes: dict[str, int] = {}
    for index, item in enumerate(facts.items):
        if not item.ref or item.ref in refs:
            _refuse(f"items[{index}].ref", item.ref, "a reference that no other line has")
        refs.add(item.ref)
        if type(item.quantity) is not int or not 0 <= item.quantity <= _MOST_COUNT:
            wanted = f"a whole number from 0 to {_MOST_COUNT}"
            _refuse(f"items[{index}].quantity", item.quantity, wanted)
        sizes[item.ref] = _minor(item.amount, digits, f"items[{index}].amount")
        if item.mcc:
            _check_mcc(item.mcc, f"items[{index}].mcc", programme)
    whole = sum(sizes.values())
    if facts.amount is not None and _minor(facts.amount, digits, "amount") != whole:
        _refuse("amount", facts.amount, "the sum of the lines, or nothing")
    left, paid = _left(whole, digits, facts, programme)
    # Every line bears its share of the tax and of what was paid with points, exactly.
    share, of = (left, whole) if left != whole else (1, 1)
    lines = tuple(
        Line(
            item.ref,
            item.mcc or facts.mcc,
            sizes[item.ref] * share * above,
            item.quantity,
            "item-excluded" if item.excluded else "",
        )
        for item in sorted(facts.items, key=lambda item: item.ref)
    )
    total = sum(line.amount for line in lines)
    own = above * of * 10**digits
    return Purchase(facts, facts.on, lines, below * of, own, True, paid, None, total)


def _conversion(facts: AccrualFacts, programme: Programme) -> tuple[int, int, int]:
    """Return the digits of the transaction's currency and what turns its minor units into ours."""
    currency, rate = facts.currency, facts.rate
    if not currency or currency == programme.currency:
        if rate is not None and rate != 1:
            _refuse("rate", rate, f"nothing: the amount is in {programme.currency} already")
        return programme.digits, 1, 1
    digits = digits_of(currency)
    if rate is None:
        _refuse("rate", None, f"units of {programme.currency} for one {currency}")
    stated: object = rate
    if not isinstance(stated, Decimal) or not rate.is_finite() or rate <= 0:
        _refuse("rate", rate, "a number above 0")
    above, below = rate.as_integer_ratio()
    return digits, above * 10**programme.digits, below * 10**digits


def _left(amount: int, digits: int, facts: AccrualFacts, programme: Programme) -> tuple[int, bool]:
    """Return what of an amount may earn, and whether points paid all of it."""
    if facts.tax is None and facts.paid_with_points is None:
        return amount, False
    left, paid = amount, False
    for name in ("tax", "paid_with_points"):
        stated = getattr(facts, name)
        if stated is None:
            continue
        part = _minor(stated, digits, name)
        if part > amount:
            _refuse(name, stated, "at most the amount")
        if name == "tax" and programme.written.eligible == "net":
            left -= part
        elif name == "paid_with_points" and programme.written.points_payment == "after":
            left -= part
            paid = part == amount > 0
    return max(0, left), paid


def _minor(amount: Any, digits: int, path: str) -> int:
    """Return an amount in minor units; plain digits are read without a detour."""
    if type(amount) is str and len(amount) < _PLAIN:
        whole, dot, part = amount.partition(".")
        plain = amount.isascii() and whole.isdecimal() and (part.isdecimal() or not dot)
        if plain and len(part) <= digits:
            return int(whole + part.ljust(digits, "0"))
    try:
        minor = parse_minor(amount, digits)
    except ValueError as error:
        _refuse(path, amount, str(error))
    if not 0 <= minor <= _MOST_MINOR:
        wanted = "0 or more" if minor < 0 else f"at most {_MOST_MINOR // 10**digits}"
        _refuse(path, amount, f"an amount of {wanted}")
    return minor


def _check_names(facts: AccrualFacts, programme: Programme) -> None:
    trees = programme.terms.trees
    if facts.kind not in programme.scheme.lanes:
        raise UnknownNameError("code of kind", facts.kind, trees["kind"])
    for name in ("channel", "product"):
        code = getattr(facts, name)
        if code is not UNKNOWN and code and code not in trees[name]:
            raise UnknownNameError(f"code of {name}", code, trees[name])
    if facts.mcc:
        _check_mcc(facts.mcc, "mcc", programme)
    if facts.used:
        _check_used(facts, programme)


def _check_used(facts: AccrualFacts, programme: Programme) -> None:
    if not facts.used.keys() <= programme.scheme.uses:
        unknown = min(facts.used.keys() - programme.scheme.uses)
        raise UnknownNameError("cap", unknown, programme.scheme.uses)
    for name, value in facts.used.items():
        stated: object = value
        if type(stated) is not Fraction and type(stated) is not int:
            _refuse(f"used.{name}", stated, "an exact number")


def _check_mcc(mcc: str, path: str, programme: Programme) -> None:
    known = programme.scheme.mccs
    if known is not None:
        if mcc not in known:
            _refuse(path, mcc, "a category code of the programme's list")
    elif MCC.fullmatch(mcc) is None:
        _refuse(path, mcc, "four digits (ISO 18245)")


def _check_basis(facts: AccrualFacts, programme: Programme) -> None:
    """Refuse a transaction of which nothing is stated that a row of its kind counts."""
    if facts.balance_minor_days is not None:
        return
    lanes = programme.scheme.lanes[facts.kind]
    if not any(row.basis == "count" for lane in lanes for row in lane.rows):
        _refuse("amount", None, "an amount, items, or balance_minor_days")


def _refuse(path: str, got: object, wanted: str) -> NoReturn:
    shown = "nothing" if got is None else repr(got)[:60]
    raise FaultsError("the transaction", (Fault(path, shown, wanted),))
