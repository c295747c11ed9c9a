"""
The terms of a points programme, one sentence each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from book.bilingual import NOTHING, Titles, both, each, grouped, period, spoken
from book.cell_docs import apart, strung
from book.dating_docs import available_words, expiry_words

from bankservice.core.calendar import Period
from bankservice.core.money import Rounding
from bankservice.loyalty.programme.earning import RoundingRow
from bankservice.loyalty.programme.table import ProgrammeTable
from bankservice.loyalty.programme.terms import (
    ArrearsRow,
    CancellationRow,
    HoldRow,
    LimitRow,
    PurchaseRow,
    RefundRow,
    ReinstatementRow,
    TransferRow,
)

__all__ = ["term_rows"]


def term_rows(written: ProgrammeTable) -> tuple[tuple[Titles, Titles], ...]:
    """Return the terms of a programme: what each is about, and what holds."""
    currency = written.currency
    return tuple(
        (spoken("column", f"term.{name}"), said)
        for name, said in (
            ("points", _points(written)),
            ("amounts", _amounts(written)),
            ("multipliers", _words(f"multipliers-{written.multipliers}")),
            ("rounding", _rounding(written.rounding)),
            ("available", available_words(written.available)),
            ("expiry", expiry_words(written.expiry)),
            ("burn_order", _words(f"burn-{written.burn_order}")),
            ("statement", _statement(written.statement_day)),
            ("refunds", _refunds(written.refunds, currency)),
            ("arrears", _arrears(written.arrears)),
            ("holds", _holds(written.holds)),
            ("cancellation", _cancellation(written.cancellation)),
            ("reinstatement", _reinstatement(written.reinstatement)),
            ("transfer", _transfer(written.transfer)),
            ("household", _words(f"household-{written.household.split}")),
            ("purchase", _purchase(written.purchase, currency)),
            ("limits", _limits(written.limits)),
            ("enrolment", _words(f"enrolment-{written.enrolment}")),
            ("tiers", _words("pending-counts" if written.pending_qualifies else "pending-not")),
        )
    )


def _words(code: str) -> Titles:
    return spoken("said", code)


def _told(held: Period) -> Titles:
    return each(lambda locale: period(held, locale))


def _points(written: ProgrammeTable) -> Titles:
    title, scale = written.points.title, written.points.scale
    digits = (
        both(f", with {scale} decimals", f"，{scale} 位小数")
        if scale
        else both(", whole", "，整数")
    )
    code = written.points.code
    return both(f"{title.en} (`{code}`){digits['en']}", f"{title.zh}（`{code}`）{digits['zh']}")


def _amounts(written: ProgrammeTable) -> Titles:
    return strung(
        (
            both(f"in {written.currency}", f"以 {written.currency} 计"),
            both(f"days of {written.zone}", f"按 {written.zone} 计日"),
            _words(f"eligible-{written.eligible}"),
            _words(f"points-payment-{written.points_payment}"),
        )
    )


_MODES: Final = {
    Rounding.DOWN: both("towards zero", "向零"),
    Rounding.FLOOR: both("down", "向下"),
    Rounding.CEILING: both("up", "向上"),
    Rounding.HALF_UP: both("to the nearest, halves up", "四舍五入"),
    Rounding.HALF_EVEN: both("to the nearest, halves to even", "四舍六入五成双"),
}


def _rounding(row: RoundingRow) -> Titles:
    mode, step = _MODES[row.mode], _step(row.step)
    unit, of = _words(f"rounded-by-{row.unit}"), _words(f"rounded-{row.of}")
    return both(
        f"once, {mode['en']} to {step['en']}: {of['en']}, {unit['en']}",
        f"只取整一次，{mode['zh']}取至{step['zh']}：{of['zh']}，{unit['zh']}",
    )


def _step(points: int) -> Titles:
    if points == 1:
        return both("whole points", "整数积分")
    return both(f"multiples of {points:,} points", f" {points:,} 分的倍数")


def _statement(day: int) -> Titles:
    last = both("ends with the month", "至月末")
    return last if day == 31 else both(f"ends on day {day} of the month", f"至每月 {day} 日")


def _refunds(row: RefundRow, currency: str) -> Titles:
    within = _told(row.within)
    cash = grouped(row.cash_per_point) if row.cash_per_point is not None else ""
    return apart(
        (
            _words(f"refund-mode-{row.mode}"),
            _words(f"shortfall-{row.shortfall}"),
            both(f"{cash} {currency} for each point", f"每积分 {cash} {currency}")
            if cash
            else NOTHING,
            both(f"within {within['en']} of the purchase", f"购物后{within['zh']}以内")
            if row.within
            else NOTHING,
            _words(f"unknown-original-{row.unknown_original}"),
        )
    )


def _arrears(row: ArrearsRow) -> Titles:
    age = _told(row.age)
    return apart(
        (
            both("no limit", "不设上限")
            if row.limit is None
            else both(f"at most {row.limit:,} points", f"至多 {row.limit:,} 分"),
            both(f"waived after {age['en']}", f"{age['zh']}之后免除")
            if row.age
            else both("never waived for age", "不因过久而免除"),
            _words("arrears-block" if row.blocks else "arrears-let"),
        )
    )


def _holds(row: HoldRow) -> Titles:
    return apart(
        (
            both(f"end by themselves after `{row.lasts}`", f"`{row.lasts}` 之后自行结束"),
            _words(f"held-{row.lapse}"),
        )
    )


def _cancellation(row: CancellationRow) -> Titles:
    days = row.days
    back = both("points go back to their lots", "积分退回原批次")
    late = {
        "lost": both("those lapsed since are lost", "其后到期的失去"),
        "grace": both(f"those lapsed since live {days} days more", f"其后到期的再有效 {days} 天"),
        "new-lot": both(
            f"those lapsed since make a lot of {days} days", f"其后到期的另成 {days} 天的批次"
        ),
    }[row.lapsed]
    return apart((back, late))


def _reinstatement(row: ReinstatementRow) -> Titles:
    if not row.within:
        return _words("not-given-back")
    within = _told(row.within)
    return both(
        f"within {within['en']} of the lapse, for {row.days} days",
        f"到期后{within['zh']}以内，恢复后有效 {row.days} 天",
    )


def _transfer(row: TransferRow) -> Titles:
    if not row.allowed:
        return _words("not-allowed")
    return apart(
        (
            both(f"at least {row.least:,} points", f"一次至少 {row.least:,} 分"),
            _most(row.most_a_day, "a day", "一日"),
            _most(row.most_a_year, "a calendar year", "一个公历年"),
        )
    )


def _most(number: int | None, en: str, zh: str) -> Titles:
    if number is None:
        return NOTHING
    return both(f"at most {number:,} {en}", f"{zh}至多 {number:,} 分")


def _purchase(row: PurchaseRow, currency: str) -> Titles:
    if row.price is None:
        return _words("not-sold")
    price, within = grouped(row.price), _told(row.cancel_within)
    return apart(
        (
            both(
                f"{row.points:,} points for {price} {currency}",
                f"{row.points:,} 分 {price} {currency}",
            ),
            _most(row.most_a_year, "a calendar year", "一个公历年"),
            both(
                f"may be cancelled within {within['en']} while none is spent",
                f"购买后{within['zh']}以内、尚未支用时可以取消",
            )
            if row.cancel_within
            else NOTHING,
        )
    )


def _limits(row: LimitRow) -> Titles:
    told = apart(_each_limit(row))
    return told if told["en"] else _words("no-limits")


def _each_limit(row: LimitRow) -> Iterator[Titles]:
    yield _most(row.most_a_redemption, "in one redemption", "一次兑换")
    yield _most(row.most_a_day, "redeemed in a day", "一日兑换")
    if row.posts_a_day is not None:
        number = f"{row.posts_a_day:,}"
        yield both(
            f"at most {number} transactions that earn in a day",
            f"一日至多 {number} 笔累积积分的交易",
        )
    if row.new_account_days:
        days = row.new_account_days
        yield both(
            f"nothing redeemed or sent in the first {days} days",
            f"开户后 {days} 天内不得兑换或转出",
        )
    if row.cooling_hours:
        hours = row.cooling_hours
        yield both(
            f"nothing redeemed or sent for {hours} hours after credentials change",
            f"身份凭证变更后 {hours} 小时内不得兑换或转出",
        )
    if row.adjust_alone is not None:
        most = f"{row.adjust_alone:,}"
        yield both(
            f"adjustments above {most} points need a second person",
            f"人工调整超过 {most} 分须由第二人批准",
        )
