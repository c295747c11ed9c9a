"""Laws of the books, on accounts made by random commands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import attrs
from books_tools import course_of, entries_of, months, statement_of, terms_of
from hypothesis import given
from hypothesis import strategies as st
from proof_tools import Bank, at, micros, programme, refunding

from bankservice.loyalty.books.chart import PointsAccount, balances
from bankservice.loyalty.books.following import Following
from bankservice.loyalty.books.ledger import ledger
from bankservice.loyalty.books.liability import liability
from bankservice.loyalty.books.lines import Flow
from bankservice.loyalty.books.movements import follow
from bankservice.loyalty.books.statement import ADDS

FIRST: Final = date(2026, 1, 1)

ALLOWED: Final[Mapping[str, Any]] = {
    "transfer": {"allowed": True},
    "purchase": {"price": "10.00", "points": 1000},
    "reinstatement": {"within": "P15D", "days": 10},
}
"""What every programme allows."""

PROGRAMMES: Final[tuple[Mapping[str, Any], ...]] = (
    {"expiry": {"mode": "never"}},
    {
        "expiry": {"mode": "after", "period": "P20D"},
        "available": {"mode": "after", "days": 3},
        "holds": {"lasts": "P4D"},
    },
    {
        "expiry": {"mode": "after", "period": "P9D"},
        "refunds": refunding("waive"),
        "cancellation": {"lapsed": "lost"},
        "holds": {"lasts": "P2D"},
    },
    {
        "expiry": {"mode": "after", "period": "P12D"},
        "arrears": {"age": "P8D"},
        "cancellation": {"lapsed": "new-lot", "days": 5},
    },
    {
        "expiry": {"mode": "inactivity", "period": "P15D", "most": "P40D"},
        "holds": {"lasts": "P3D"},
        "burn_order": "earned-first",
    },
    {
        "expiry": {"mode": "after", "period": "P25D"},
        "cap": [
            {
                "code": "month",
                "title": {"en": "A month", "zh": "每月"},
                "limit": "150",
                "dated_by": "transaction",
            }
        ],
        "cancellation": {"lapsed": "grace", "days": 3},
    },
    {
        "expiry": {"mode": "end-of", "round_to": "month"},
        "available": {"mode": "action", "action": "paid"},
        "refunds": refunding("within-balance"),
    },
)

ACTS: Final = (
    "post",
    "post",
    "refund",
    "reserve",
    "confirm",
    "release",
    "redeem",
    "cancel_redemption",
    "adjust",
    "take",
    "transfer",
    "buy",
    "forfeit",
    "extend",
    "reinstate",
    "meet",
)
STORY: Final = st.tuples(
    st.sampled_from(ACTS),
    st.integers(1, 120),
    st.integers(1, 4),
    # Days back-dated, and days that pass before.
    st.one_of(st.just(0), st.integers(0, 12)),
    st.sampled_from((0, 0, 0, 1, 3, 9)),
)
STORIES: Final = st.lists(STORY, min_size=1, max_size=16)


def body_of(act: str, points: int, number: int, day: date) -> tuple[str, dict[str, Any]]:
    """Return a command's name and body."""
    own = {"ref": f"{act}-{number}-{points}"}
    few = 1 + points // 3
    some = {"points": 1 + points // 9} if points % 3 else {}
    pair = number % 2
    match act:
        case "post":
            # The day it was bought may be before the day it is posted.
            bought = day - timedelta(days=points % 5)
            return act, {"ref": f"p-{number}", "amount": f"{2 * points}.00", "on": bought}
        case "refund":
            part = {"amount": f"{points}.00"} if points % 3 else {}
            return act, {**own, "original_ref": f"p-{number}", **part}
        case "reserve":
            return act, {"ref": f"h-{pair}", "points": few}
        case "confirm":
            return act, {"ref": f"h-{pair}", **some}
        case "release":
            return act, {"ref": f"h-{pair}"}
        case "redeem":
            return act, {"ref": f"r-{pair}", "points": few}
        case "cancel_redemption":
            return act, {**own, "original_ref": f"r-{pair}", **some}
        case "take":
            return "adjust", {**own, "points": -few}
        case "transfer":
            return act, {**own, "to": "b", "points": few}
        case "buy":
            return act, {**own, "points": 1000, "amount": "10.00"}
        case "forfeit":
            return act, {**own, "reason": "rule", "pending_only": points > 60}
        case "extend":
            return act, {**own, "until_on": day + timedelta(days=points)}
        case "reinstate":
            return act, own
        case "meet":
            return act, {"action": "paid"}
        case _:
            return act, {**own, "points": points}


def told(place: int, story: list[Any], *, swept: bool = False) -> Bank:
    """Return a bank in which a story was told: acts, and days that pass before each."""
    bank = Bank(programme(**ALLOWED, **PROGRAMMES[place]), now=at(f"{FIRST}T09:00"))
    for who in ("a", "b"):
        bank.post("60.00", "p-first", who)
    for act, points, number, back, days in story:
        bank.now += timedelta(days=days, minutes=1)
        name, body = body_of(act, points, number, bank.now.date())
        when = bank.now - timedelta(days=back) if back else None
        # Not `do`: its `on` is the bank's clock, and that of a posting the day it was bought.
        bank.handle(bank.command(name, when=when, approved_by="boss", actor="clerk", **body))
        if act == "reserve" and points % 2:
            # Else few holds would live to be confirmed.
            part = {"points": 1 + points // 6} if points % 3 else {}
            bank.handle(bank.command("confirm", ref=body["ref"], when=when, **part))
        if swept:
            bank.do("advance")
    return bank


PLACES: Final = st.integers(0, len(PROGRAMMES) - 1)


@given(place=PLACES, story=STORIES, later=st.integers(0, 60))
def test_books_say_what_the_account_says(place: int, story: list[Any], later: int) -> None:
    """I01, I03: all accounts sum to zero, and what a member has is what the account says."""
    bank = told(place, story)
    moment = bank.now + timedelta(days=later)
    for who in ("a", "b"):
        course, view = course_of(bank, moment, who), bank.look(who, moment)
        held = balances(course.moves)

        assert 0 == sum(held.values())
        assert attrs.asdict(course.figures) == {
            "available": view.balance,
            "pending": view.pending,
            "held": view.held,
            "arrears": view.arrears,
        }
        assert [(lot.granted, lot.remaining) for lot in view.lots] == [
            (stand.lot.granted, stand.pending + stand.available) for stand in course.lots
        ]
        assert (view.redeemed, view.expired, view.forfeited, view.earned - view.clawed_back) == (
            held[PointsAccount.REDEEMED],
            held[PointsAccount.EXPIRED],
            held[PointsAccount.FORFEITED],
            # A debt that is too old was not taken back in the end.
            -held[PointsAccount.ISSUED]
            - held[PointsAccount.CLAWED_BACK]
            - held[PointsAccount.WAIVED],
        )
    # What one sent, the other received.
    sent = [
        balances(course_of(bank, moment, who).moves)[PointsAccount.TRANSFERRED]
        for who in ("a", "b")
    ]

    assert 0 == sum(sent)


@given(place=PLACES, story=STORIES)
def test_statements_chain(place: int, story: list[Any]) -> None:
    """I20: closing is the next opening; lines sum to the difference; balances run on."""
    bank = told(place, story)
    closing = None
    for from_on, to_on in months(FIRST, 6):
        held = statement_of(bank, from_on, to_on)
        running = held.opening.balance
        for line in held.lines:
            running += line.points

            assert running == line.balance
            assert sum(part.points for part in line.parts) == line.points
        flows = dict.fromkeys(Flow, 0)
        for line in held.lines:
            if line.flow is not None:
                flows[line.flow] += line.points if line.flow in ADDS else -line.points

        assert closing is None or closing == held.opening
        assert running == held.closing.balance
        assert held.opening.balance + held.summary.added - held.summary.taken == running
        assert {flow.name.lower(): points for flow, points in flows.items()} == attrs.asdict(
            held.summary
        )
        assert sum(rung.points for rung in held.ladder) == held.closing.outstanding
        assert sum(coming.points for coming in held.coming) == held.closing.pending
        closing = held.closing


@given(place=PLACES, story=STORIES, cut=st.integers(0, 14))
def test_issued_statements_never_change(place: int, story: list[Any], cut: int) -> None:
    """I20: a statement issued before later entries were written is the same after them."""
    before, after = told(place, story[:cut]), told(place, story)
    months_past = [
        (from_on, to_on)
        for from_on, to_on in months(FIRST, 6)
        if at(f"{to_on}T00:00") <= before.now
    ]

    assert [statement_of(before, *month) for month in months_past] == [
        statement_of(after, *month) for month in months_past
    ]


@given(place=PLACES, story=STORIES)
def test_sweeps_change_no_statement_and_no_valuation(place: int, story: list[Any]) -> None:
    """I05: writing down what time did changes no statement, no figure, no row of the ledger."""
    plain, swept = told(place, story), told(place, story, swept=True)
    for from_on, to_on in months(FIRST, 5):
        first, second = statement_of(plain, from_on, to_on), statement_of(swept, from_on, to_on)

        # Only the numbers of the entries differ.
        assert numberless(first) == numberless(second)
    zone = terms_of(plain).zone
    moment = plain.now + timedelta(days=9)
    owed = [liability([entries_of(bank)], zone, as_of=moment) for bank in (plain, swept)]

    assert owed[0] == owed[1]


def numberless(held: Any) -> Any:
    """Return a statement without the versions of entries."""
    return attrs.evolve(held, lines=tuple(attrs.evolve(line, entry=0) for line in held.lines))


@given(place=PLACES, story=STORIES)
def test_restated_has_no_prior_lines(place: int, story: list[Any]) -> None:
    """Told as known now, everything stands where it belongs, and months still chain."""
    bank = told(place, story)
    now = bank.now + timedelta(days=400)
    closing = None
    for from_on, to_on in months(FIRST, 6):
        held = statement_of(bank, from_on, to_on, now, opened_at=now)

        assert [] == [line for line in held.lines if line.prior]
        assert closing is None or closing == held.opening
        closing = held.closing


@given(place=PLACES, story=STORIES, cost=st.sampled_from(["0.0033", "0.01", "0.0045", "7"]))
def test_ledger_sums_to_zero(place: int, story: list[Any], cost: str) -> None:
    """Rows of one cause sum to zero in points and money; money is that of the points."""
    bank = told(place, story)
    zone = terms_of(bank).zone
    moves = {who: follow(entries_of(bank, who), zone, as_of=2**60).moves for who in ("a", "b")}
    held = ledger(moves, programme="acme", points="POINTS", cost=Decimal(cost), currency="CNY")
    sums: dict[Any, list[int]] = {}
    money, points = dict.fromkeys(PointsAccount, 0), dict.fromkeys(PointsAccount, 0)
    for row in held.rows:
        cause = sums.setdefault((row.subject, row.entry, row.kind, row.ref, row.on), [0, 0])
        cause[0] += row.points
        cause[1] += row.minor or 0
        points[row.account] += row.points
        money[row.account] += row.minor or 0

    assert all(cause == [0, 0] for cause in sums.values())
    assert all(
        abs(Decimal(money[account]) - 100 * Decimal(cost) * points[account]) <= Decimal("0.5")
        for account in PointsAccount
        if account is not PointsAccount.ROUNDING
    )


@given(place=PLACES, story=STORIES, steps=st.lists(st.integers(0, 30), min_size=1, max_size=6))
def test_following_step_by_step_tells_the_same(
    place: int, story: list[Any], steps: list[int]
) -> None:
    """An account followed instant by instant, entries coming late, is the one followed at once."""
    bank = told(place, story)
    zone = terms_of(bank).zone
    for who in ("a", "b"):
        entries, followed = entries_of(bank, who), Following(zone)
        moment = at(f"{FIRST}T23:00")
        for step in steps:
            moment += timedelta(days=step)
            known = tuple(held for held in entries if held.recorded_at <= micros(moment))
            followed.until(known, micros(moment))

            assert tuple(followed.moves) == follow(known, zone, as_of=micros(moment)).moves
