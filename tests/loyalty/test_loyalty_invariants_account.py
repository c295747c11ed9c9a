"""
Laws of the account: round trips, no free points, members apart, zones, pools, other ledgers.

The numbers are those of our list of invariants; what must hold after every command is held by
`test_account_machine`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from beancount import loader
from hypothesis import given
from hypothesis import strategies as st
from proof_tools import Bank, at, earning, programme, refunding

from bankservice.core.errors import BankServiceError
from bankservice.journals.audit import examine
from bankservice.journals.sql import SqlJournal
from bankservice.loyalty.account.commands import COMMANDS
from bankservice.loyalty.account.entries import Redeemed
from bankservice.testing.loyalty_strategies import account_commands

LOTS = st.lists(
    st.tuples(st.integers(1, 200), st.integers(0, 60)),
    min_size=1,
    max_size=6,
    unique_by=lambda lot: lot[1],
)


def stocked(lots: Sequence[tuple[int, int]], **more: Any) -> Bank:
    """Return a bank with lots: points, and the day each was earned."""
    bank = Bank(programme(**more), now=at("2026-12-01T09:00"))
    bank.ok("enrol", when="2026-01-01T00:00")
    for number, (points, day) in enumerate(lots):
        when = at("2026-01-05T12:00") + timedelta(days=day)
        bank.post(f"{points}.00", f"p-{number}", when=when)
    return bank


@given(LOTS, st.integers(1, 400), st.data())
def test_i10_round_trips(lots: list[tuple[int, int]], points: int, data: st.DataObject) -> None:
    """I10: redeem and cancel, reserve and release change no lot; confirming k is redeeming k."""
    bank = stocked(lots)
    points = min(points, bank.balance())
    before = bank.lots()
    bank.ok("redeem", ref="r-1", points=points)
    first = data.draw(st.integers(1, points))
    bank.ok("cancel_redemption", ref="c-1", original_ref="r-1", points=first)
    if first < points:
        bank.ok("cancel_redemption", ref="c-2", original_ref="r-1")

    assert before == bank.lots()
    bank.ok("reserve", ref="h-1", points=points)
    bank.ok("release", ref="h-1")

    assert before == bank.lots()
    part = data.draw(st.integers(1, points))
    other = stocked(lots)
    other.ok("redeem", ref="r-1", points=part)
    bank.ok("reserve", ref="h-2", points=points)
    bank.ok("confirm", ref="h-2", points=part)

    assert other.lots() == bank.lots()


@pytest.mark.parametrize("mode", ["arrears", "cash-quote"])
@given(data=st.data())
def test_i11_no_free_points(mode: str, data: st.DataObject) -> None:
    """I11: when every purchase has come back, what was spent was given, bought, owed or quoted."""
    held = programme(
        refunds=refunding(mode),
        arrears={"blocks": False},
        purchase={"price": "1.00", "points": 100},
    )
    bank = Bank(held)
    bank.ok("enrol")
    given_out, quoted, posted = 0, 0, []
    acts = data.draw(
        st.lists(
            st.tuples(
                st.sampled_from(("post", "redeem", "adjust", "buy", "refund")), st.integers(1, 90)
            ),
            max_size=14,
        )
    )
    for number, (act, points) in enumerate(acts):
        if act == "post":
            bank.post(f"{points}.00", f"p-{number}")
            posted.append(f"p-{number}")
        elif act == "refund" and posted:
            ref = posted.pop(points % len(posted))
            bank.ok("refund", ref=f"x-{number}", original_ref=ref)
        elif act == "redeem":
            bank.do("redeem", ref=f"x-{number}", points=points)
        elif act == "adjust":
            bank.ok("adjust", ref=f"x-{number}", points=points, reason="gift")
            given_out += points
        elif act == "buy":
            bank.ok("buy", ref=f"x-{number}", points=100, amount="1.00")
            given_out += 100
    for ref in posted:
        bank.ok("refund", ref=f"last-{ref}", original_ref=ref)
    for event in bank.events():
        quoted += getattr(event, "cash_points", 0)
    view = bank.look()

    assert view.redeemed <= given_out + view.arrears + quoted
    assert view.balance + view.redeemed == given_out + view.arrears + quoted


@given(st.data())
def test_i16_members_do_not_touch_each_other(data: st.DataObject) -> None:
    """I16: two members' commands one after the other, or mixed: each account is the same."""
    held = programme(expiry={"mode": "after", "period": "P20D"})
    mine = data.draw(account_commands(subject="a", max_size=8))
    theirs = data.draw(account_commands(subject="b", max_size=8))
    apart, mixed = Bank(held), Bank(held)
    for bank, order in (
        (apart, [*mine, *theirs]),
        (mixed, sorted([*mine, *theirs], key=lambda command: (command.at, command.subject))),
    ):
        bank.now = at("2027-12-01T09:00")
        for command in order:
            bank.handle(attrs.evolve(command, id=f"{command.subject}-{command.id}"))

    assert [apart.bytes(who) for who in "ab"] == [mixed.bytes(who) for who in "ab"]


def test_i17_nothing_but_earning_moves_what_counts_for_tiers() -> None:
    """I17: spending, giving, lapsing and taking by hand leave the qualifying points alone."""
    bank = Bank(programme(expiry={"mode": "after", "period": "P9D"}, transfer={"allowed": True}))
    bank.ok("enrol", "b")
    bank.post("100.00")
    bank.ok("redeem", ref="r-1", points=10)
    bank.ok("transfer", ref="t-1", to="b", points=10)
    bank.ok("adjust", ref="h-1", points=-5, reason="care")
    bank.ok("adjust", ref="h-2", points=50, reason="care")

    assert (100, 0) == (bank.look().qualifying, bank.look("b").qualifying)
    bank.ok("expire", on="2026-05-01T09:00")

    assert (0, 100) == (bank.balance(), bank.look().qualifying)
    bank.ok("refund", ref="back-1", original_ref="p-1", amount="30.00")

    assert 70 == bank.look().qualifying


@given(st.integers(0, 23), st.integers(0, 600))
def test_i18_only_the_programmes_zone_counts(hours: int, late: int) -> None:
    """I18: a time written in another zone, or recorded later, changes nothing."""
    held = programme(expiry={"mode": "after", "period": "P9D"}, zone="Europe/London")
    found = set()
    for place, recorded in (("UTC", 0), ("Pacific/Auckland", late)):
        bank = Bank(held, now=at("2026-06-01T09:00") + timedelta(minutes=recorded))
        when = datetime(2026, 3, 28, tzinfo=UTC) + timedelta(hours=hours)
        bank.post("10.00", when=when if place == "UTC" else when.astimezone(ZoneInfo(place)))
        (lot,) = bank.state().lots
        found.add((lot.earned_on, lot.available_at, lot.expires_at))

    assert 1 == len(found)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28", 23), ("2026-10-24", 25), ("2026-06-01", 24)]
)
def test_i18_days_have_their_own_length(day: str, hours: int) -> None:
    """I18: available on the day after the next, valid for that day: as long as the day is."""
    row = earning(available={"mode": "after", "days": 1}, expiry={"mode": "after", "period": "P1D"})
    bank = Bank(programme(earn=[row], zone="Europe/London"), now=at("2026-12-01T09:00"))
    bank.post("10.00", when=datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC))
    (lot,) = bank.look().lots
    length = lot.expires_at.astimezone(UTC) - lot.available_at.astimezone(UTC)

    assert timedelta(hours=hours) == length


@given(st.lists(st.integers(0, 5_000), min_size=2, max_size=6), st.integers(1, 5_000))
def test_i22_a_pool_is_split_fairly(have: list[int], points: int) -> None:
    """I22: shares sum to the whole, none above what a member has, none a point from its share."""
    bank = Bank()
    members = [f"m-{number}" for number in range(len(have))]
    for who, held in zip(members, have, strict=True):
        bank.ok("enrol", who)
        if held:
            bank.ok("adjust", who, ref="welcome", points=held, reason="gift")
    body = {"ref": "trip-1", "points": points, "household": members[1:]}
    if points > sum(have):
        assert bank.no("redeem", members[0], **body)
        return
    bank.ok("redeem", members[0], **body)
    shares = [before - bank.balance(who) for who, before in zip(members, have, strict=True)]

    assert points == sum(shares)
    for share, before in zip(shares, have, strict=True):
        assert 0 <= share <= before
        assert abs(share - Fraction(points * before, sum(have))) < 1


SPENDING = st.lists(st.integers(1, 300), min_size=1, max_size=5)


def drawn(bank: Bank, spending: Sequence[int]) -> list[tuple[int, int]]:
    """Spend while there is enough; return what was drawn: lot and points."""
    for number, points in enumerate(spending):
        bank.do("redeem", ref=f"r-{number}", points=points)
    return [
        (draw.lot, draw.points)
        for event in bank.events()
        if isinstance(event, Redeemed)
        for draw in event.draws
    ]


@pytest.mark.parametrize(
    ("ours", "theirs"), [("earned-first", "FIFO"), ("last-in-first-out", "LIFO")]
)
@given(lots=LOTS, spending=SPENDING)
def test_i24_beancount_books_the_same(
    ours: str, theirs: str, lots: list[tuple[int, int]], spending: list[int]
) -> None:
    """I24: first in first out, or last, draws what beancount books on lots of distinct dates."""
    bank = stocked(lots, burn_order=ours)
    found = drawn(bank, spending)
    first = date(2026, 1, 5)
    days = {number: first + timedelta(days=day) for number, (_, day) in enumerate(lots, 1)}
    lines = [
        f'2020-01-01 open Assets:Points POINTS "{theirs}"',
        "2020-01-01 open Equity:Issued",
    ]
    for number, (points, _) in enumerate(lots, 1):
        lines += [f'{days[number]} * "in"', f"  Assets:Points  {points} POINTS {{1 CNY}}"]
        lines += ["  Equity:Issued"]
    left = sum(points for points, _ in lots)
    for points in spending:
        if points <= left:
            left -= points
            lines += ['2026-11-30 * "out"', f"  Assets:Points  -{points} POINTS {{}}"]
            lines += ["  Equity:Issued"]
    entries, errors, _ = loader.load_string("\n".join(lines))
    by_day = {day: number for number, day in days.items()}
    booked = [
        (by_day[posting.cost.date], -int(posting.units.number))
        for entry in entries
        for posting in getattr(entry, "postings", None) or ()
        if posting.account == "Assets:Points" and posting.units.number < 0
    ]

    assert [] == errors
    assert booked == found


@given(
    st.lists(st.tuples(st.integers(1, 99), st.integers(1, 60)), min_size=1, max_size=8), SPENDING
)
def test_i24_earliest_expiry_beside_an_oracle(
    lots: list[tuple[int, int]], spending: list[int]
) -> None:
    """I24: the lot that ends first is drawn first, the one made first among equals."""
    bank = Bank(programme(), now=at("2026-01-05T12:00"))
    bank.ok("enrol")
    held: list[tuple[date, int]] = []
    left: dict[int, int] = {}
    for number, (points, days) in enumerate(lots, 1):
        ends = date(2026, 1, 5) + timedelta(days=days)
        bank.ok("adjust", ref=f"l-{number}", points=points, reason="gift", expires_on=ends)
        held.append((ends, number))
        left[number] = points
    expected = []
    for points in spending:
        wanted = points if points <= sum(left.values()) else 0
        for _, number in sorted(held):
            part = min(wanted, left[number])
            if part:
                left[number] -= part
                wanted -= part
                expected.append((number, part))

    assert expected == drawn(bank, spending)


@pytest.mark.parametrize(("was", "now"), [("10", "90"), ("spend", "spent"), ("p-1", "p-2")])
def test_i08_any_edited_byte_is_found(tmp_path: Path, was: str, now: str) -> None:
    """I08: the chain of what was written verifies, and does not once a stored entry is edited."""
    with SqlJournal.open(f"sqlite:///{tmp_path}/bank.db", chained=True) as journal:
        bank = Bank(journal=journal)
        bank.post("10.00")
        bank.ok("redeem", ref="r-1", points=4)

        assert [] == list(examine(journal))
        with journal.gateway.writing() as run:
            run.plain(f"UPDATE bankservice_entries SET data = replace(data, '{was}', '{now}')")

        assert [] != list(examine(journal))


BAD: dict[str, Any] = {
    "float": 1.5,
    "bool": True,
    "naive": datetime(2026, 3, 2, 9),  # noqa: DTZ001 - that is the point
}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_i25_no_float_bool_or_naive_time_gets_in(name: str) -> None:
    """I25: no field of any command takes a float or a naive time, nor a bool where none belongs."""
    bank = Bank()
    kind = COMMANDS[name]
    for field in attrs.fields(kind):
        for what, value in BAD.items():
            if what == "bool" and "bool" in str(field.type):
                continue
            with pytest.raises((BankServiceError, ValueError, TypeError)) as told:
                bank.command(name, **{"ref": "x-1", field.name: value})

            assert field.name in str(told.value)
