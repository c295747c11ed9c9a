"""
Points programmes as sections: what earns, what does not, caps, rewards, and the terms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final

from book.bilingual import NOTHING, Titles, alike, both, grouped, spoken, titles
from book.cell_docs import coded, count, heads, money, row_section, rows_named, strung, titled
from book.condition_docs import condition_words
from book.dating_docs import available_words, expiry_words, window_words
from book.field_docs import PLAIN
from book.labels import listed_codes, said
from book.section_docs import SectionDoc, TableDoc
from book.term_docs import term_rows

from bankservice.core.policy import DeclaredFact, Version
from bankservice.loyalty.programme.earning import (
    CapRow,
    EarnRow,
    ExclusionRow,
    LaneRow,
    MerchantRow,
    MultiplierRow,
)
from bankservice.loyalty.programme.table import ProgrammeTable
from bankservice.loyalty.programme.terms import RewardRow

__all__ = ["PROGRAMME", "programme_sections"]

PROGRAMME: Final = "loyalty.programme"
_FORMS: Final = {"boolean": bool, "date": date, "integer": int, "number": Decimal, "text": str}
_KINDS: Final = "vocabulary/earning-kinds"

Cells = tuple[Titles, ...]
Tell = Callable[[ProgrammeTable, Any], Cells]


def programme_sections(version: Version[Any]) -> tuple[SectionDoc, ...]:
    """Return what a version of a programme says, each section as people print it."""
    written: ProgrammeTable = version.written
    rows: tuple[tuple[str, Iterable[Any], Tell, tuple[str, ...]], ...] = (
        ("earn", written.earn, _earning, _EARN),
        ("lanes", written.lane, _lane, ("lane", "mode")),
        ("merchants", written.merchants, _merchants, ("merchant_group", "mcc")),
        (
            "exclude",
            written.exclude,
            _exclusion,
            ("why", "kinds", "merchants", "when", "excluded_below"),
        ),
        ("multiplier", written.multiplier, _multiplier, _MULTIPLIER),
        ("cap", written.cap, _cap, _CAP),
        ("reward", written.reward, _reward, _REWARD),
    )
    found = [
        row_section(version, name, held, partial(tell, written), keys)
        for name, held, tell, keys in rows
        if held
    ]
    if version.facts:
        facts = tuple(
            (alike(f"`{fact.name}`"), _form(fact), _title(fact)) for fact in version.facts
        )
        table = TableDoc(heads("own_fact", "written_as", "meaning"), facts)
        found.append(SectionDoc(spoken("column", "own_facts"), (), (table,)))
    terms = TableDoc(heads("term", "says"), term_rows(written))
    found.append(SectionDoc(spoken("column", "terms"), (), (terms,)))
    return tuple(found)


def _title(fact: DeclaredFact) -> Titles:
    return NOTHING if fact.title is None else titles(fact.title)


def _form(fact: DeclaredFact) -> Titles:
    """Return how a fact is written."""
    return alike(f"`{fact.tree}`") if fact.tree else PLAIN[_FORMS[fact.type]]


# --- rows ---------------------------------------------------------------------------------------

_EARN: Final = (
    "way",
    "kinds",
    "merchants",
    "when",
    "window",
    "earns",
    "block",
    "minimum",
    "maximum",
    "fixed",
    "lane",
    "component",
    "further",
    "available",
    "expiry",
)


def _earning(written: ProgrammeTable, row: EarnRow) -> Cells:
    currency = written.currency
    return (
        titled(row.title, row.code),
        _kinds(row.kinds),
        rows_named(written.merchants, row.merchants),
        condition_words(row.when),
        window_words(row.window),
        _rate(row, currency),
        money(row.block, currency),
        money(row.minimum, currency),
        money(row.maximum, currency),
        alike(_number(row.fixed) if row.fixed else ""),
        rows_named(written.lane, (row.lane,) if row.lane else ()),
        said(row.component),
        strung(_remarks(row)),
        NOTHING if row.available is None else available_words(row.available),
        NOTHING if row.expiry is None else expiry_words(row.expiry),
    )


def _rate(row: EarnRow, currency: str) -> Titles:
    """Return how many points for how much; empty where a row gives a fixed number only."""
    if not row.points:
        return NOTHING
    points, per = _number(row.points), grouped(row.per)
    match row.basis:
        case "count":
            return both(f"{points} for every {per} times", f"每 {per} 次 {points} 分")
        case "balance-days":
            days = row.per_days
            return both(
                f"{points} for every {per} {currency} that lie {days} days",
                f"每 {per} {currency} 存放 {days} 天 {points} 分",
            )
        case _:
            return both(f"{points} for every {per} {currency}", f"每 {per} {currency} {points} 分")


_PRIORITY: Final = 100
"""Priority of a row that states none."""


def _remarks(row: EarnRow) -> Iterable[Titles]:
    if row.priority != _PRIORITY:
        yield both(f"priority {row.priority}", f"优先序 {row.priority}")
    if row.enrolment:
        yield both("for those who joined it", "须先加入")
    if not row.multiplied:
        yield both("no multiplier", "不适用倍数")
    if not row.qualifying:
        yield both("does not count for tiers", "不计入定级")


def _lane(_written: ProgrammeTable, row: LaneRow) -> Cells:
    return titled(row.title, row.code), said(f"lane-{row.mode}")


def _merchants(_written: ProgrammeTable, row: MerchantRow) -> Cells:
    return titled(row.title, row.code), alike(", ".join(row.mcc))


def _exclusion(written: ProgrammeTable, row: ExclusionRow) -> Cells:
    return (
        titled(row.title, row.code),
        _kinds(row.kinds),
        rows_named(written.merchants, row.merchants),
        condition_words(row.when),
        money(row.below, written.currency),
    )


_MULTIPLIER: Final = ("multiplier_name", "factor", "when", "components", "window")


def _multiplier(_written: ProgrammeTable, row: MultiplierRow) -> Cells:
    return (
        titled(row.title, row.code),
        alike(f"× {_number(row.factor)}"),
        condition_words(row.when),
        listed_codes(row.components),
        window_words(row.window),
    )


_CAP: Final = ("cap_name", "limit", "rows", "scope", "period", "above", "dated_by", "refund")


def _cap(written: ProgrammeTable, row: CapRow) -> Cells:
    currency = written.currency
    number = f"{row.limit:,}"
    limit = {
        "points": both(f"{number} points", f"{number} 分"),
        "amount": alike(f"{number} {currency}"),
        "count": both(f"{number} times", f"{number} 次"),
    }[row.measure]
    rolling = both(f"last {row.days} days", f"最近 {row.days} 天")
    return (
        titled(row.title, row.code),
        limit,
        rows_named(written.earn, row.rows) if row.rows else spoken("said", "all-rows"),
        said(f"scope-{row.scope}"),
        rolling if row.period == "rolling" else said(f"period-{row.period}"),
        _above(row, currency),
        said(f"dated-{row.dated_by}"),
        said(f"refund-{row.refund}"),
    )


def _above(row: CapRow, currency: str) -> Titles:
    if row.above is not None:
        points, per = _number(row.above.points), grouped(row.above.per)
        return both(f"{points} for every {per} {currency}", f"每 {per} {currency} {points} 分")
    return spoken("said", "refused-whole" if row.whole else "nothing-above")


_REWARD: Final = (
    "reward_title",
    "reward_kind",
    "price",
    "worth",
    "partner",
    "stock",
    "most",
    "least",
    "further",
    "window",
    "when",
)


def _reward(written: ProgrammeTable, row: RewardRow) -> Cells:
    currency = written.currency
    span = said(f"period-{row.period}")
    most = count(row.most)
    return (
        titled(row.title, row.code),
        said(row.kind),
        count(row.points),
        money(row.value, currency),
        alike(f"`{row.partner}`" if row.partner else ""),
        count(row.stock),
        both(f"{most['en']} ({span['en']})", f"{most['zh']}（{span['zh']}）")
        if row.most is not None
        else NOTHING,
        count(row.minimum or None),
        strung(_reward_remarks(row)),
        window_words(row.window),
        condition_words(row.when),
    )


def _reward_remarks(row: RewardRow) -> Iterable[Titles]:
    if row.kind == "statement-credit":
        step = f"{row.step:,}"
        yield both(f"in steps of {step} points", f"每 {step} 分为一步")
        if row.exact:
            yield both("or the exact amount", "或恰好抵付金额")
    if row.kind == "points-plus-cash":
        share = f"{row.most_share:%}".replace(".000000", "").replace(".00", "")
        yield both(f"at most {share} in points", f"积分至多 {share}")
        if not row.earns:
            yield both("the cash earns nothing", "现金部分不累积")


def _number(held: Any) -> str:
    return f"{held:,}"


def _kinds(codes: Iterable[str]) -> Titles:
    return coded(_KINDS, codes)
