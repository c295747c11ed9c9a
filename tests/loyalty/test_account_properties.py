"""Laws of a points account over any sequence of commands: conservation, order, sweeps, replay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import attrs
from account_tools import Bank, programme, titled
from hypothesis import given
from hypothesis import strategies as st

from bankservice.core.plain import canonical, to_json
from bankservice.core.structure import FACTS
from bankservice.loyalty import ACCOUNT, Account, AccountView
from bankservice.loyalty.account import standing
from bankservice.loyalty.account.entries import Redeemed, Reserved, Sent
from bankservice.loyalty.account.instants import micros
from bankservice.loyalty.account.movement import Movement

TERMS: tuple[dict[str, Any], ...] = (
    {"expiry": {"mode": "after", "period": "P3D"}},
    {"expiry": {"mode": "never"}, "refunds": {"shortfall": "waive"}},
    {
        "available": {"mode": "next-day"},
        "arrears": {"age": "P2D", "blocks": False},
        "cap": [
            {
                "code": "day",
                "title": titled("day"),
                "limit": 60,
                "period": "day",
                "dated_by": "transaction",
            }
        ],
    },
    {
        "expiry": {"mode": "inactivity", "period": "P2D"},
        "refunds": {"shortfall": "within-balance"},
        "cancellation": {"lapsed": "new-lot", "days": 2},
    },
)
POLICIES = tuple(
    programme(
        **{
            "transfer": {"allowed": True},
            "purchase": {"price": "0.10", "points": 10},
            "reinstatement": {"within": "P5D", "days": 2},
            **terms,
        }
    )
    for terms in TERMS
)

ACTS = (
    "post",
    "post",
    "refund",
    "part",
    "redeem",
    "reserve",
    "confirm",
    "release",
    "cancel",
    "adjust",
    "take",
    "transfer",
    "buy",
    "forfeit",
    "reinstate",
    "extend",
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(ACTS),
        st.integers(1, 4),
        st.integers(1, 50),
        st.sampled_from([0, 0, 20, 600, 1_500, 4_000]),
    ),
    max_size=25,
)


def body(bank: Bank, act: str, ref: int, points: int) -> tuple[str, dict[str, Any]]:
    """Return a command's name and body."""
    day = (bank.now + timedelta(days=2)).date()
    found: dict[str, tuple[str, dict[str, Any]]] = {
        "post": ("post", {"ref": f"p-{ref}", "amount": f"{points}.50"}),
        "refund": ("refund", {"ref": f"f-{ref}", "original_ref": f"p-{ref}"}),
        "part": ("refund", {"ref": f"g-{ref}", "original_ref": f"p-{ref}", "amount": "7.00"}),
        "redeem": ("redeem", {"ref": f"r-{ref}", "points": points}),
        "reserve": ("reserve", {"ref": f"h-{ref}", "points": points}),
        "confirm": ("confirm", {"ref": f"h-{ref}", "points": points}),
        "release": ("release", {"ref": f"h-{ref}"}),
        "cancel": ("cancel_redemption", {"ref": f"r-{ref}"}),
        "adjust": ("adjust", {"ref": f"a-{ref}", "points": points}),
        "take": ("adjust", {"ref": f"b-{ref}", "points": -points}),
        "transfer": ("transfer", {"ref": f"t-{ref}", "to": "bob", "points": points}),
        "buy": ("buy", {"ref": f"c-{ref}", "points": 10 * ref, "amount": f"0.{ref}0"}),
        "forfeit": ("forfeit", {"ref": f"x-{ref}", "reason": "rules", "lots": [ref]}),
        "reinstate": ("reinstate", {"ref": f"y-{ref}", "forfeit_ref": f"x-{ref}"}),
        "extend": ("extend", {"ref": f"z-{ref}", "until_on": day}),
    }
    return found[act]


def played(place: int, steps: Iterable[tuple[str, int, int, int]], sweeps: str = "") -> Bank:
    """Return a bank after some steps, with what was asked; *sweeps* come between them."""
    bank = Bank(POLICIES[place])
    for who in ("ann", "bob"):
        bank.ok("enrol", subject=who)
    for act, ref, points, minutes in steps:
        bank.now += timedelta(minutes=minutes)
        if sweeps:
            bank.ok(sweeps)
        name, asked = body(bank, act, ref, points)
        bank.do(name, **asked)
    return bank


def sums(seen: AccountView) -> tuple[int, int]:
    """Return what came in less what went out, and what there is."""
    came = seen.earned + seen.adjusted + seen.bought + seen.received
    went = seen.redeemed + seen.sent + seen.forfeited + seen.clawed_back + seen.expired
    return came - went, seen.balance + seen.pending + seen.held - seen.arrears


@given(st.sampled_from(range(len(POLICIES))), STEPS)
def test_no_point_is_lost_doubled_or_invented(
    place: int, steps: list[tuple[str, int, int, int]]
) -> None:
    """I01, I02: what came in is there, spent, sent, lapsed, taken or owed; nothing is below zero."""
    bank = played(place, steps)
    for hours in (0, 1, 30, 200):
        for who in ("ann", "bob"):
            seen = bank.view(who, bank.now + timedelta(hours=hours))

            assert sums(seen)[0] == sums(seen)[1]
            assert min(seen.balance, seen.pending, seen.held, seen.arrears) >= 0
            assert all(0 <= lot.remaining <= lot.granted for lot in seen.lots)
    assert bank.view().sent == bank.view("bob").received


def left_by_lot(bank: Bank) -> Counter[int]:
    """Return granted less draws plus returns, from the entries alone."""
    left: Counter[int] = Counter()
    for event in bank.events():
        if isinstance(event, Movement):
            left.update({lot.number: lot.granted for lot in event.grants})
            left.update({back.lot: back.points for back in event.returns})
            for draw in event.draws:
                left[draw.lot] -= draw.points
    return left


@given(st.sampled_from(range(len(POLICIES))), STEPS)
def test_lots_are_their_entries(place: int, steps: list[tuple[str, int, int, int]]) -> None:
    """I01, I03, I08: lots, the order of `open` and balances follow from the entries; JSON keeps all."""
    bank = played(place, steps)
    state, at = bank.state(), micros(bank.now)
    live = ACCOUNT.initial
    for event in bank.events():
        live = ACCOUNT.evolve(live, event)

    assert live == state == FACTS.read(to_json(state), Account, "state")
    assert {lot.number: lot.left for lot in state.lots} == dict(left_by_lot(bank))
    assert [lot.number for lot in state.lots if lot.left] == sorted(state.open)
    assert bank.view().balance == sum(
        lot.left
        for lot in standing.open_lots(_settled(state, at))
        if standing.live(_settled(state, at), lot, at)
    )


def _settled(state: Account, at: int) -> Account:
    from bankservice.loyalty.account.settling import settled

    return settled(state, at)


@given(st.sampled_from(range(len(POLICIES))), STEPS)
def test_draws_sum_and_are_in_order(place: int, steps: list[tuple[str, int, int, int]]) -> None:
    """I04: draws make up the points, from open lots, none while one that lapses earlier had some."""
    bank = played(place, steps)
    before = ACCOUNT.initial
    for event in bank.events():
        if isinstance(event, (Redeemed, Reserved, Sent)):
            wanted = event.hold.points if isinstance(event, Reserved) else event.points
            assert wanted == sum(draw.points for draw in event.draws)
            drawn = {draw.lot: draw.points for draw in event.draws}
            last = max(_key(before, lot) for lot in drawn)
            for lot in standing.open_lots(before):
                if not standing.live(before, lot, event.at):
                    assert lot.number not in drawn
                elif _key(before, lot.number) < last:
                    assert lot.left == drawn.get(lot.number, 0)
        before = ACCOUNT.evolve(before, event)


def _key(account: Account, number: int) -> tuple[int, ...]:
    lot = account.lot(number)
    end = standing.lapses_at(account, lot)
    return (
        standing.NEVER if end is None else end,
        standing.NEVER if lot.available_at is None else lot.available_at,
        lot.earned_on.toordinal(),
        number,
    )


@given(st.sampled_from(range(len(POLICIES))), STEPS, st.sampled_from(["expire", "advance"]))
def test_sweeps_change_nothing(
    place: int, steps: list[tuple[str, int, int, int]], sweep: str
) -> None:
    """I05: with sweeps before every step, each balance and refusal is the same."""
    plain, swept = played(place, steps), played(place, steps, sweep)
    kept = [kind for kind in swept.kinds() if kind not in ("expired", "waived", "released")]

    assert kept == [kind for kind in plain.kinds() if kind not in ("expired", "waived", "released")]
    for hours in (0, 30, 200):
        moment = plain.now + timedelta(hours=hours)
        assert plain.view(as_of=moment) == swept.view(as_of=moment)


@given(st.sampled_from(range(len(POLICIES))), STEPS, st.data())
def test_repeats_change_nothing(
    place: int, steps: list[tuple[str, int, int, int]], data: st.DataObject
) -> None:
    """I06: a command given again answers the same; under a new id, its ref does nothing more."""
    bank = Bank(POLICIES[place])
    for who in ("ann", "bob"):
        bank.ok("enrol", subject=who)
    given_ = []
    for act, ref, points, minutes in steps:
        bank.now += timedelta(minutes=minutes)
        name, asked = body(bank, act, ref, points)
        command = bank.command(name, **asked)
        given_.append((command, bank.give(command)))
    before = bank.bytes(), bank.bytes("bob"), bank.kinds()
    for command, answer in given_:
        again = bank.give(command)
        assert attrs.evolve(answer, replayed=True) == again
    for command, answer in given_:
        fresh = attrs.evolve(command, id=f"again-{command.id}")
        if answer.versions and command.body.__class__.__name__ not in ("Confirm", "Release"):
            assert bank.give(fresh).accepted

    assert before == (bank.bytes(), bank.bytes("bob"), bank.kinds())


@given(st.permutations(range(6)))
def test_any_order_of_delivery(order: list[int]) -> None:
    """I15: purchases and refunds of a capped period end in the same account in any order."""
    cap = {"code": "month", "title": titled("month"), "limit": 60, "dated_by": "transaction"}
    found = []
    for places in (range(6), order):
        bank = Bank(programme(cap=[cap], expiry={"mode": "never"}))
        for place in places:
            day = bank.now.date() - timedelta(days=10 - place % 3)
            if place < 3:
                bank.ok("post", ref=f"p-{place}", amount=f"{20 + 7 * place}.00", on=day)
            else:
                amount = f"{3 * place}.00"
                bank.ok("refund", ref=f"f-{place}", original_ref=f"p-{place % 3}", amount=amount)
        seen = bank.view()
        told = {key: (held.granted, held.clawed) for key, held in seen.purchases.items()}
        figures = (seen.earned, seen.clawed_back, seen.lost_to_caps, seen.balance, seen.arrears)
        found.append((figures, told, canonical(to_json(bank.state().counts))))

    assert found[0] == found[1]
