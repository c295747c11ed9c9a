"""
Offers beside points as sections: rates, waivers and gifts, with their days, lanes and limits.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from typing import Any, Final

from book.bilingual import NOTHING, Titles, alike, both, each, spoken
from book.cell_docs import coded, count, heads, money, row_section, rows_named, strung, titled
from book.condition_docs import condition_words
from book.dating_docs import window_words
from book.labels import said
from book.section_docs import SectionDoc, TableDoc

from bankservice.core.policy import Version
from bankservice.loyalty.benefits.table import (
    OFFER_KINDS,
    GiftRow,
    NothingRow,
    OfferLaneRow,
    OfferRow,
    OffersTable,
)

__all__ = ["OFFERS", "offers_sections"]

OFFERS: Final = "loyalty.offers"
_KINDS: Final = "vocabulary/earning-kinds"
_PRODUCTS: Final = "vocabulary/product-kinds"

Cells = tuple[Titles, ...]

_OFFER: Final = (
    "offer",
    "gives",
    "kinds",
    "products",
    "when",
    "window",
    "most_each",
    "most_uses",
    "budget",
    "lane",
    "further",
)


def offers_sections(version: Version[Any]) -> tuple[SectionDoc, ...]:
    """Return what a version of offers says: each kind of benefit, lanes, what gets nothing, terms."""
    written: OffersTable = version.written
    found = []
    for kind in OFFER_KINDS:
        rows = [row for row in written.offer if row.kind == kind]
        if rows:
            tell = partial(_offer, written)
            found.append(row_section(version, f"offers-{kind}", rows, tell, _OFFER))
    if written.lane:
        found.append(row_section(version, "lanes", written.lane, _lane, ("lane", "mode")))
    if written.nothing:
        keys = ("why", "kinds", "products", "when")
        found.append(row_section(version, "no_offer", written.nothing, _nothing, keys))
    named_rows: tuple[tuple[str, tuple[str, ...], list[Cells]], ...] = (
        ("fees_there", ("fee_name",), [(titled(row.title, row.code),) for row in written.fee]),
        (
            "gifts_there",
            ("gift_name", "worth", "partner"),
            [_gift(row, written.currency) for row in written.gift],
        ),
    )
    for name, columns, cells in named_rows:
        if cells:
            table = TableDoc(heads(*columns), tuple(cells))
            found.append(SectionDoc(spoken("column", name), (), (table,)))
    terms = TableDoc(heads("term", "says"), tuple(_terms(written)))
    found.append(SectionDoc(spoken("column", "terms"), (), (terms,)))
    return tuple(found)


def _offer(written: OffersTable, row: OfferRow) -> Cells:
    currency = written.currency
    return (
        titled(row.title, row.code),
        _gives(written, row),
        coded(_KINDS, row.kinds),
        coded(_PRODUCTS, row.products),
        condition_words(row.when),
        window_words(row.window),
        money(row.most_each, currency),
        _most(row, currency),
        strung((count(row.budget), money(row.budget_amount, currency))),
        rows_named(written.lane, (row.lane,) if row.lane else ()),
        strung(_remarks(row)),
    )


def _gives(written: OffersTable, row: OfferRow) -> Titles:
    match row.kind:
        case "rate_bonus":
            top = _percent(row.ceiling)
            tail = both(f", up to {top}", f"，至多到 {top}") if top else NOTHING
            return _points(row, "+", tail)
        case "rate_discount":
            bottom = _percent(row.floor)
            tail = both(f", down to {bottom}", f"，至多降到 {bottom}") if bottom else NOTHING
            return _points(row, "−", tail)
        case "fee_waiver":
            fees = rows_named(written.fee, row.fees)
            if row.share == 1:
                return both(f"no fee: {fees['en']}", f"免收：{fees['zh']}")
            share = f"{(row.share * 100).normalize():f} %"
            return both(f"{share} off: {fees['en']}", f"减免 {share}：{fees['zh']}")
        case _:
            told = rows_named(written.gift, (row.gift,))
            if row.every == 1:
                return told
            return both(f"{told['en']} for every {row.every}", f"每 {row.every} 件 {told['zh']}")


def _points(row: OfferRow, sign: str, tail: Titles) -> Titles:
    number = f"{sign}{row.basis_points}"
    return both(f"{number} basis points{tail['en']}", f"{number} 个基点{tail['zh']}")


def _percent(rate: Decimal | None) -> str:
    return "" if rate is None else f"{rate} %"


def _most(row: OfferRow, currency: str) -> Titles:
    held = strung(
        (
            NOTHING
            if row.most is None
            else both("once" if row.most == 1 else f"{row.most:,} times", f"{row.most:,} 次"),
            money(row.most_amount, currency),
        )
    )
    if not held["en"] or row.period is None:
        return held
    span = said(f"period-{row.period}")
    return both(f"{held['en']} in {span['en']}", f"{span['zh']} {held['zh']}")


_PRIORITY: Final = 100
"""Priority of an offer that states none."""


def _remarks(row: OfferRow) -> Iterable[Titles]:
    if row.priority != _PRIORITY:
        yield both(f"priority {row.priority}", f"优先序 {row.priority}")
    if row.group:
        yield both(f"excludes others of `{row.group}`", f"与 `{row.group}` 的其他优惠互斥")
    if row.enrolment:
        yield both("for those who joined it", "须先加入")
    if row.currencies:
        yield alike(", ".join(row.currencies))
    if row.most_each_time is not None:
        number = row.most_each_time
        yield both(f"at most {number} at a time", f"一次至多 {number} 件")
    if row.kind == "fee_waiver" and row.whole:
        yield spoken("said", "waived-whole")


def _lane(row: OfferLaneRow) -> Cells:
    return titled(row.title, row.code), said(f"lane-{row.mode}")


def _nothing(row: NothingRow) -> Cells:
    return (
        titled(row.title, row.code),
        coded(_KINDS, row.kinds),
        coded(_PRODUCTS, row.products),
        condition_words(row.when),
    )


def _gift(row: GiftRow, currency: str) -> Cells:
    partner = alike(f"`{row.partner}`" if row.partner else "")
    return titled(row.title, row.code), money(row.value, currency), partner


def _terms(written: OffersTable) -> Iterable[Cells]:
    yield (
        spoken("column", "term.amounts"),
        both(
            f"in {written.currency}, days of {written.zone} where the event names no other zone",
            f"以 {written.currency} 计；事件未说明时区的，按 {written.zone} 计日",
        ),
    )
    points = written.most_basis_points
    yield (
        spoken("column", "term.rates"),
        both("no limit", "不设上限")
        if points is None
        else both(f"at most {points} basis points", f"至多 {points} 个基点"),
    )
    most = money(written.most_waived, written.currency)
    yield (
        spoken("column", "term.waived"),
        both(f"at most {most['en']} of one event", f"一个事件至多 {most['zh']}")
        if written.most_waived is not None
        else both("no limit", "不设上限"),
    )
    if written.tiers:
        yield spoken("column", "term.tiers_there"), each(lambda locale: ", ".join(written.tiers))
