"""
What a purchase comes to after its refunds: the rules again, on what is left of it.

What is left is rated with the facts, the version and the headroom of then. So any split of a refund
comes to the same, and when nothing is left, exactly what was granted is taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Final

import attrs

from bankservice.core.calendar import Period
from bankservice.core.money import Rounding, digits_of, divide, parse_minor, plain
from bankservice.core.scalars import Amount
from bankservice.loyalty.account.account import Counted, Purchase, Refunded
from bankservice.loyalty.account.lots import Group, grouped
from bankservice.loyalty.account.using import uses_of
from bankservice.loyalty.accrual import accrual_of
from bankservice.loyalty.model import Accrual, AccrualFacts, Item
from bankservice.loyalty.programme.programme import Programme

__all__ = ["Left", "Rated", "evaluate", "left_after", "left_facts", "parts_of"]

_NOTHING: Final = Accrual(points=0)


@attrs.frozen
class Left:
    """
    What is left of a purchase.

    Attributes:
        minor: In minor units of its currency; None where it has no amount.
        whole: What it was.
        lines: What is left of each line, where it has lines; those given back are not there.
        all: Whether all of it is left.
    """

    minor: int | None
    whole: int | None
    lines: Mapping[str, int]
    all: bool

    @property
    def none(self) -> bool:
        """Whether nothing is left."""
        return not self.all and not self.minor


@attrs.frozen(kw_only=True)
class Rated:
    """
    What a purchase comes to.

    Attributes:
        granted: Points for the whole of it.
        lost: Points caps took of the whole.
        parts: Points by lot for what is left.
        qualifying: Those of them that count for tiers.
        uses: What it uses of caps.
        spare: What the refunds leave unused of caps in which they count in their own period.
    """

    granted: int
    lost: int
    parts: Mapping[Group, int]
    qualifying: int
    uses: tuple[Counted, ...]
    spare: tuple[Counted, ...] = ()

    @property
    def points(self) -> int:
        """Points for what is left."""
        return sum(self.parts.values())


def left_after(facts: AccrualFacts, refunds: Iterable[Refunded]) -> Left:
    """Return what refunds leave of a purchase; below zero where they are of more than there was."""
    digits = digits_of(facts.currency)
    refunds = tuple(refunds)
    if facts.items:
        lines = {item.ref: parse_minor(item.amount, digits) for item in facts.items}
        whole = sum(lines.values())
        for refund in refunds:
            named = refund.items or tuple(lines)
            if refund.amount and len(named) == 1:
                (ref,) = named
                lines[ref] -= parse_minor(refund.amount, digits)
                named = named if not lines[ref] else ()
            for ref in named:
                del lines[ref]
        return Left(sum(lines.values()), whole, lines, not refunds)
    if facts.amount is None:
        return Left(None, None, {}, not refunds)
    whole = parse_minor(facts.amount, digits)
    back = sum(parse_minor(refund.amount, digits) for refund in refunds if refund.amount)
    return Left(whole - back, whole, {}, not refunds)


def left_facts(facts: AccrualFacts, left: Left) -> AccrualFacts:
    """Return the facts of what is left; tax and the share paid with points shrink with it."""
    digits = digits_of(facts.currency)
    if left.all or left.minor is None or left.whole is None:
        return facts
    shrunk: dict[str, Amount | None] = {}
    for name in ("tax", "paid_with_points"):
        stated = getattr(facts, name)
        if stated is not None:
            before = parse_minor(stated, digits)
            after = divide(before * left.minor, left.whole, Rounding.HALF_UP) if left.whole else 0
            shrunk[name] = Amount(plain(after, digits))
    if facts.items:
        items = tuple(
            attrs.evolve(item, amount=Amount(plain(left.lines[item.ref], digits)))
            for item in facts.items
            if item.ref in left.lines
        )
        return _evolved(facts, items, None, shrunk)
    return _evolved(facts, (), Amount(plain(left.minor, digits)), shrunk)


def _evolved(
    facts: AccrualFacts,
    items: tuple[Item, ...],
    amount: Amount | None,
    shrunk: Mapping[str, Amount | None],
) -> AccrualFacts:
    return attrs.evolve(
        facts,
        items=items,
        amount=amount,
        tax=shrunk.get("tax"),
        paid_with_points=shrunk.get("paid_with_points"),
    )


def in_time(purchase: Purchase, programme: Programme, on: date) -> bool:
    """Tell whether a refund of a day takes points back."""
    within = programme.written.refunds.within
    return within == Period() or on <= within.after(purchase.on)


def evaluate(
    purchase: Purchase,
    facts: AccrualFacts,
    programme: Programme,
    refunds: Iterable[Refunded],
    opened_on: date | None,
) -> Rated:
    """Return what a purchase comes to with these refunds, under the version that rated it."""
    counted = tuple(held for held in refunds if in_time(purchase, programme, held.on))
    full = accrual_of(facts, programme)
    left = left_after(facts, counted)
    scaled = programme.written.refunds.mode == "proportional" and not left.all
    if left.all:
        rest = full
    elif left.none or scaled:
        rest = _NOTHING
    else:
        rest = accrual_of(left_facts(facts, left), programme)
    parts = grouped(rest.parts, programme)
    if scaled and left.minor and left.whole:
        parts = _scaled(grouped(full.parts, programme), left.minor, left.whole)
    uses, spare = _uses(programme, facts, full, rest, opened_on, left if scaled else None)
    qualifying = sum(points for group, points in parts.items() if group.qualifying)
    return Rated(
        granted=full.points,
        lost=full.lost_to_caps,
        parts=parts,
        qualifying=qualifying,
        uses=uses,
        spare=spare,
    )


def _scaled(parts: Mapping[Group, int], left: int, whole: int) -> Mapping[Group, int]:
    """Return the points in proportion to value: rounded once, split by largest remainder."""
    total = sum(parts.values()) * left // whole
    split = parts_of(total, [points * left for points in parts.values()])
    return dict(zip(parts, split, strict=True))


def parts_of(total: int, weights: list[int]) -> list[int]:
    """
    Return a total in parts by weights, by largest remainder; ties go to the first.

    Examples:
        >>> parts_of(10_000, [100_000, 50_000, 25_000])
        [5714, 2857, 1429]
    """
    whole = sum(weights)
    if not whole:
        return [0 for _ in weights]
    shares = [divmod(total * weight, whole) for weight in weights]
    parts = [share for share, _ in shares]
    order = sorted(range(len(weights)), key=lambda place: (-shares[place][1], place))
    for place in order[: total - sum(parts)]:
        parts[place] += 1
    return parts


def _uses(
    programme: Programme,
    facts: AccrualFacts,
    full: Accrual,
    rest: Accrual,
    opened_on: date | None,
    left: Left | None,
) -> tuple[tuple[Counted, ...], tuple[Counted, ...]]:
    """Return what the purchase uses of caps after refunds, and what counts elsewhere of them."""
    of_full = uses_of(programme, full.uses, facts, opened_on)
    of_rest = uses_of(programme, rest.uses, facts, opened_on)
    if left is not None and left.minor and left.whole:
        share = Fraction(left.minor, left.whole)
        of_rest = tuple(attrs.evolve(use, used=use.used * share) for use in of_full)
    kept = {cap.code for cap in programme.written.cap if cap.refund == "current"}
    uses = (
        *(use for use in of_full if use.cap in kept),
        *(use for use in of_rest if use.cap not in kept),
    )
    still = {use.cap: use.used for use in of_rest}
    spare = (
        attrs.evolve(use, used=use.used - still.get(use.cap, 0))
        for use in of_full
        if use.cap in kept
    )
    return uses, tuple(spare)
