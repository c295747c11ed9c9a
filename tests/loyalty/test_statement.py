"""Statements of points: figures, lines, what comes, and words."""

from __future__ import annotations

import re
from datetime import date

import pytest
from books_tools import entries_of, figures_of, statement_of, terms_of
from proof_tools import Bank, at, earning, programme, titled

from bankservice.loyalty.books.lines import Flow, LinePart
from bankservice.loyalty.books.statement import Coming, Rung, statement

JANUARY = (date(2026, 1, 1), date(2026, 2, 1))
FEBRUARY = (date(2026, 2, 1), date(2026, 3, 1))
MARCH = (date(2026, 3, 1), date(2026, 4, 1))


def test_back_dated_entry_comes_in_the_next_statement() -> None:
    """A statement that was issued stays; what came late is told next, with both its dates."""
    bank = Bank(programme(expiry={"mode": "after", "period": "P30D"}))
    bank.post("100.00", "order", on="2026-01-05T09:00")
    issued = statement_of(bank, *JANUARY)
    bank.now = at("2026-02-10T09:00")
    bank.ok("redeem", ref="late", points=40, when="2026-01-20T12:00")
    told = statement_of(bank, *FEBRUARY)

    assert issued == statement_of(bank, *JANUARY)
    assert 100 == issued.closing.balance == told.opening.balance
    assert [
        (date(2026, 1, 20), date(2026, 2, 10), True, Flow.REDEEMED, -40, 60),
        (date(2026, 2, 5), date(2026, 2, 10), False, Flow.EXPIRED, -60, 0),
    ] == [
        (line.on, line.recorded_on, line.prior, line.flow, line.points, line.balance)
        for line in told.lines
    ]


def test_correction_of_a_lapse_that_was_told() -> None:
    """Where a late redemption makes less lapse than a statement told, the next one corrects it."""
    bank = Bank(programme(expiry={"mode": "after", "period": "P10D"}))
    bank.post("100.00", "order", on="2026-01-05T09:00")
    issued = statement_of(bank, *JANUARY)
    bank.now = at("2026-02-10T09:00")
    bank.ok("redeem", ref="late", points=40, when="2026-01-10T12:00")
    told = statement_of(bank, *FEBRUARY)

    assert (100, 0) == (issued.summary.expired, issued.closing.balance)
    assert (40, -40, 0) == (told.summary.redeemed, told.summary.expired, told.closing.balance)
    assert [(Flow.REDEEMED, -40), (Flow.EXPIRED, 40)] == [
        (line.flow, line.points) for line in told.lines
    ]


def test_as_known_now_tells_all_where_it_belongs() -> None:
    """With both instants of knowledge now, a late entry stands in its own month."""
    bank = Bank()
    bank.post("100.00", "order", on="2026-01-05T09:00")
    bank.now = now = at("2026-03-10T09:00")
    bank.ok("redeem", ref="late", points=40, when="2026-01-20T12:00")
    january = statement_of(bank, *JANUARY, now, opened_at=now)
    february = statement_of(bank, *FEBRUARY, now, opened_at=now)

    assert 60 == january.closing.balance == february.opening.balance
    assert [False, False] == [line.prior for line in january.lines]
    assert () == february.lines


def test_statement_of_a_running_period() -> None:
    """Asked before its period ends, a statement goes up to then and says that it is not final."""
    bank = Bank(programme(expiry={"mode": "after", "period": "P5D"}))
    bank.post("100.00", "order", on="2026-01-05T09:00")
    told = statement_of(bank, *JANUARY, at("2026-01-06T09:00"))

    assert (False, 100) == (told.final, told.closing.balance)
    assert "so far" in told.text("en")


def test_pending_and_ladder() -> None:
    """What cannot be spent yet is told by day or action, what lapses by month."""
    rows = [
        earning("base", available={"mode": "after", "days": 40}),
        earning(
            "bonus",
            component="bonus",
            points="2",
            available={"mode": "action", "action": "minimum-payment"},
            expiry={"mode": "fixed-day", "days": ["12-31"]},
        ),
    ]
    bank = Bank(programme(earn=rows, expiry={"mode": "after", "period": "P12M"}))
    bank.post("10.00", "order", on="2026-01-05T09:00")
    bank.ok("adjust", ref="gift", points=3, approved_by="boss", expires_on="2026-03-15")
    told = statement_of(bank, *JANUARY)

    assert (
        Coming(on=date(2026, 2, 14), points=10),
        Coming(on=None, action="minimum-payment", points=20),
    ) == told.coming
    assert (
        Rung(month=date(2026, 3, 1), points=3, first_on=date(2026, 3, 15)),
        Rung(month=date(2026, 12, 1), points=20, first_on=date(2026, 12, 31)),
        Rung(month=date(2027, 1, 1), points=10, first_on=date(2027, 1, 5)),
    ) == told.ladder
    assert (3, 30, 0, 0) == (
        told.closing.available,
        told.closing.pending,
        told.closing.held,
        told.closing.arrears,
    )


def test_line_names_its_lots() -> None:
    """A line names the rows and lots it is about, with the last day they are valid."""
    rows = [
        earning("base", title={"en": "Spending", "zh": "消费"}),
        earning("promo", component="promo"),
    ]
    bank = Bank(programme(earn=rows, expiry={"mode": "after", "period": "P1M"}))
    bank.post("10.00", "order", on="2026-01-31T09:00")
    (line,) = statement_of(bank, *JANUARY).lines

    assert {("base", "base", 10), ("promo", "promo", 10)} == {
        (part.row, part.component, part.points) for part in line.parts
    }
    assert {date(2026, 2, 28)} == {part.through_on for part in line.parts}
    assert all(isinstance(part, LinePart) for part in line.parts)


def test_what_earned_nothing_and_what_caps_took_are_told() -> None:
    """A purchase that earned nothing has a line with the reason; points lost to caps are summed."""
    cap = titled("month", limit="100")
    excluded = titled("cash", when={"fact": "mcc", "equals": "6011"})
    bank = Bank(programme(expiry={"mode": "never"}, cap=[cap], exclude=[excluded]))
    bank.post("90.00", "one", on="2026-01-05T09:00")
    bank.post("30.00", "two")
    bank.post("50.00", "three", mcc="6011")
    told = statement_of(bank, *JANUARY)

    assert 20 == told.lost_to_caps
    assert [
        ("line-earned", 90),
        ("line-earned-capped", 10),
        ("line-earned-nothing", 0),
    ] == [(line.why.code, line.points) for line in told.lines]
    assert "Cash" in told.text("en")


def test_arrears_are_shown_apart() -> None:
    """Points owed are a figure of their own; the balance is net of them."""
    bank = Bank()
    bank.post("100.00", "order", on="2026-01-05T09:00")
    bank.ok("redeem", ref="r-1", points=100)
    bank.ok("refund", ref="back", original_ref="order")
    told = statement_of(bank, *JANUARY)
    bank.post("130.00", "next", on="2026-02-05T09:00")
    then = statement_of(bank, *FEBRUARY)

    assert (0, 100, -100) == (told.closing.available, told.closing.arrears, told.closing.balance)
    assert told.closing == then.opening
    assert (30, 0, 130) == (then.closing.available, then.closing.arrears, then.summary.earned)


def test_aged_debts_are_waived_by_time() -> None:
    """A debt that is too old is no longer asked for; the statement tells it on its day."""
    bank = Bank(programme(expiry={"mode": "never"}, arrears={"age": "P20D"}))
    bank.post("100.00", "order", on="2026-01-05T09:00")
    bank.ok("redeem", ref="r-1", points=100)
    bank.ok("refund", ref="back", original_ref="order")
    told = statement_of(bank, *JANUARY)

    assert (100, 0) == (told.summary.waived, told.closing.balance)
    assert date(2026, 1, 25) == told.lines[-1].on
    assert bank.look(on="2026-01-31T09:00").arrears == told.closing.arrears


def test_hold_is_told_without_moving_the_balance() -> None:
    """Points held stay the member's; the hold and its end are told."""
    bank = Bank(programme(expiry={"mode": "never"}, holds={"lasts": "P2D"}))
    bank.post("100.00", "order", on="2026-01-05T09:00")
    bank.ok("reserve", ref="h-1", points=30)

    assert (70, 30) == (
        figures_of(bank, "2026-01-06T09:00").available,
        figures_of(bank, "2026-01-06T09:00").held,
    )
    told = statement_of(bank, *JANUARY)

    assert ["line-earned", "line-reserved", "line-timed-out"] == [
        line.why.code for line in told.lines
    ]
    assert [100, 100, 100] == [line.balance for line in told.lines]


@pytest.mark.parametrize("points", [1, 2, 1234])
def test_words(points: int) -> None:
    """A statement has plural forms, and dates and numbers as people write them."""
    bank = Bank()
    bank.post(f"{points}.00", "order-7", on="2026-01-05T09:00")
    told = statement_of(bank, *JANUARY)
    english, chinese = told.text("en"), told.text("zh_CN")

    assert f"Closing balance: {points:,} point{'' if points == 1 else 's'}\n" in english
    assert f"Jan 5, 2026  +{points:,}  Earned for order-7." in english
    assert f"期末余额：{points:,}积分" in chinese
    assert "2026年1月5日" in chinese
    assert re.search(r"Jan 1\s–\s31, 2026", english)


def test_scale() -> None:
    """Where points have digits after the point, words show them; data stay whole."""
    bank = Bank(programme(points={"code": "CASH", "scale": 2}, expiry={"mode": "never"}))
    bank.post("12.50", "order", on="2026-01-05T09:00")
    told = statement_of(bank, *JANUARY)

    assert (1250, 2) == (told.closing.balance, told.scale)
    assert "Closing balance: 12.50 points" in told.text("en").replace("12.5 ", "12.50 ")


def test_bad_periods_are_refused() -> None:
    """An empty period, naive time and knowledge that ends too early are named."""
    bank = Bank()
    bank.post("10.00", "order", on="2026-01-05T09:00")
    held, terms = entries_of(bank), terms_of(bank)

    with pytest.raises(ValueError, match="no day"):
        statement(held, terms, JANUARY[1], JANUARY[0])
    with pytest.raises(ValueError, match="time zone"):
        statement(held, terms, *JANUARY, at("2026-02-01T09:00").replace(tzinfo=None))
    with pytest.raises(ValueError, match="later instant"):
        statement(held, terms, *JANUARY, at("2025-12-31T09:00"))
    with pytest.raises(ValueError, match="later instant"):
        statement(held, terms, *JANUARY, at("2026-02-01T09:00"), opened_at=at("2026-02-02T09:00"))


def test_customer_without_entries() -> None:
    """A member of whom nothing is known has an empty statement."""
    told = statement((), terms_of(Bank()), *MARCH)

    assert ((), (), ()) == (told.lines, told.ladder, told.coming)
    assert 0 == told.opening.balance == told.closing.balance
    assert "0 points" in told.text("en")
