"""
Laws of earning and of giving back: refunds telescope, caps hold, order does not matter.

The numbers are those of our list of invariants; what must hold after every command is held by
`test_account_machine`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import permutations
from typing import Any

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st
from proof_tools import SHANGHAI, Bank, at, earning, programme, titled

from bankservice.core.policy import Policy
from bankservice.loyalty.account.entries import Posted
from bankservice.loyalty.model import Accrual
from bankservice.loyalty.rules import accrue
from bankservice.testing.loyalty_strategies import programme_tables, transactions

MINOR = st.integers(0, 50_000)


def money(minor: int) -> str:
    """Return minor units as an amount."""
    return f"{minor // 100}.{minor % 100:02d}"


def accrual(held: Policy[Any], **facts: Any) -> Accrual:
    """Return what one transaction earns."""
    outcome = accrue(held, **facts).outcome
    assert isinstance(outcome, Accrual)
    return outcome


@st.composite
def splits(draw: st.DrawFn) -> tuple[int, list[int]]:
    """Draw an amount and the parts in which it comes back."""
    whole = draw(st.integers(1, 50_000))
    cuts = sorted(draw(st.sets(st.integers(1, whole), max_size=5)) | {whole})
    parts = [after - before for before, after in zip([0, *cuts], cuts, strict=False)]
    return whole, draw(st.permutations(parts))


@given(splits(), splits(), programme_tables(currency="CNY"))
def test_i09_refunds_telescope(
    one: tuple[int, list[int]], other: tuple[int, list[int]], table: dict[str, Any]
) -> None:
    """I09: in whatever parts a purchase comes back, as much is taken; all of it, all that came."""
    bank = Bank(programme(**table))
    bank.ok("enrol")
    before = bank.look()
    for number, (whole, parts) in enumerate((one, other)):
        bank.post(money(whole), f"p-{number}")
        granted = bank.state().purchases[f"p-{number}"].granted
        for place, part in enumerate(parts):
            body = {"ref": f"back-{number}-{place}", "original_ref": f"p-{number}"}
            bank.ok("refund", **body, amount=money(part))

        assert granted == bank.state().purchases[f"p-{number}"].clawed
    after = bank.look()

    for name in ("balance", "pending", "held", "arrears", "qualifying"):
        assert getattr(before, name) == getattr(after, name)


@given(splits(), programme_tables(currency="CNY"))
def test_i09_a_part_taken_at_once_or_in_pieces(
    split: tuple[int, list[int]], table: dict[str, Any]
) -> None:
    """I09: half the parts one by one take what they take together."""
    whole, parts = split
    some = parts[: len(parts) // 2]
    assume(some)
    taken = []
    for pieces in (some, [sum(some)]):
        bank = Bank(programme(**table))
        bank.post(money(whole))
        for place, part in enumerate(pieces):
            body = {"ref": f"back-{place}", "original_ref": "p-1", "amount": money(part)}
            bank.ok("refund", **body)
        taken.append((bank.state().purchases["p-1"].clawed, bank.look().balance))

    assert taken[0] == taken[1]


@given(MINOR, MINOR, programme_tables(currency="CNY", monotone=True))
def test_i12_more_spent_never_earns_less(one: int, other: int, table: dict[str, Any]) -> None:
    """I12: points do not fall when the amount grows."""
    held = programme(**table)
    less, more = sorted((one, other))
    facts = {"on": date(2026, 3, 2)}

    assert (
        accrual(held, amount=money(less), **facts).points
        <= accrual(held, amount=money(more), **facts).points
    )


@given(MINOR, MINOR, programme_tables(currency="CNY", monotone=True, fixed=False, caps=False))
def test_i12_splitting_never_earns_more(one: int, other: int, table: dict[str, Any]) -> None:
    """I12: rounded down, a purchase in two never earns more than in one."""
    assume(table.get("rounding", {}).get("mode", "floor") == "floor")
    held = programme(**table)
    facts = {"on": date(2026, 3, 2)}
    apart = sum(accrual(held, amount=money(part), **facts).points for part in (one, other))

    assert apart <= accrual(held, amount=money(one + other), **facts).points


@given(
    st.lists(st.tuples(st.integers(0, 70), MINOR, st.booleans()), min_size=1, max_size=8),
    st.integers(1, 300),
    st.sampled_from(("day", "month", "quarter")),
    st.sampled_from(("posting", "transaction")),
)
def test_i13_caps_hold(
    spending: Sequence[tuple[int, int, bool]], limit: int, period: str, dated_by: str
) -> None:
    """I13: in every period no more than the limit; granted and lost make what was uncapped."""
    cap = titled("most", limit=limit, period=period, dated_by=dated_by)
    bank = Bank(programme(cap=[cap]), now=at("2026-12-01T09:00"))
    bank.ok("enrol", when="2026-01-01T00:00")
    granted: dict[object, int] = {}
    uncapped = 0
    for number, (day, minor, back) in enumerate(spending):
        when = at("2026-01-10T12:00") + timedelta(days=day)
        bank.post(money(minor), f"p-{number}", when=when)
        uncapped += minor // 100
        if back:
            body = {"ref": f"back-{number}", "original_ref": f"p-{number}"}
            if minor:
                bank.ok("refund", when=when, **body)
                uncapped -= minor // 100
    net = 0
    for purchase in bank.state().purchases.values():
        on = purchase.on
        key = {"day": on, "month": on.month, "quarter": (on.month - 1) // 3}[period]
        rest = purchase.granted - purchase.clawed
        granted[key] = granted.get(key, 0) + rest
        net += rest

    assert all(0 <= points <= limit for points in granted.values())
    assert net <= uncapped
    if dated_by == "transaction":
        full: dict[object, int] = {}
        for number, (_, minor, back) in enumerate(spending):
            on = bank.state().purchases[f"p-{number}"].on
            key = {"day": on, "month": on.month, "quarter": (on.month - 1) // 3}[period]
            full[key] = full.get(key, 0) + (0 if back and minor else minor // 100)
        # Nothing is left unused, and nothing unused goes over into the next period.
        assert {key: min(limit, points) for key, points in full.items()} == granted


@given(st.integers(0, 900), MINOR, st.integers(1, 300))
def test_i13_granted_and_lost_are_all(used: int, minor: int, limit: int) -> None:
    """I13: what was granted and what a cap took make what there was without it."""
    held = programme(cap=[titled("most", limit=limit)])
    found = accrual(held, amount=money(minor), on=date(2026, 3, 2), used={"most": min(used, limit)})

    assert minor // 100 == found.uncapped == found.points + found.lost_to_caps
    assert found.points == min(minor // 100, limit - min(used, limit))


@given(MINOR, st.sampled_from(("all", "best", "cheapest", "first")), st.data())
def test_i14_the_order_of_writing_does_not_matter(
    minor: int, mode: str, data: st.DataObject
) -> None:
    """I14: rows, exclusions, merchants and multipliers written in any order give the same."""
    days = [date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 5)]
    monday, tuesday, midweek = ({"weekdays": part} for part in (["mon"], ["tue"], ["tue", "wed"]))
    rows = [
        earning("a", points="1", priority=2, window=monday),
        earning("b", points="2", per="3.00", component="bonus", window=midweek),
        earning("c", points="1", priority=2, block="5.00", window=tuesday),
        earning("d", fixed="3", points="0.5", component="promo", minimum="20.00"),
    ]
    outs = [
        titled("cash", merchants=["cash"]),
        titled("fees", merchants=["fees"]),
    ]
    groups = [{"code": "cash", "mcc": ["6010-6012"]}, {"code": "fees", "mcc": ["6012", "9311"]}]
    times = [titled("two", factor="2"), titled("half", factor="1.5", components=["bonus"])]
    mcc = data.draw(st.sampled_from(("", "5411", "6011", "6012", "9311")))
    on = data.draw(st.sampled_from(days))
    found = set()
    for turn in range(3):
        shuffled = rows if not turn else data.draw(st.permutations(rows))
        held = programme(
            earn=shuffled,
            lane=[{"code": "base", "mode": mode}],
            exclude=outs if turn != 1 else outs[::-1],
            merchants=groups if turn != 2 else groups[::-1],
            multiplier=times[:: 1 if turn else -1],
        )
        earned = accrual(held, amount=money(minor), mcc=mcc, on=on)
        # A lane lists its rows; which, and what each gives, is the result.
        parts = frozenset((p.row, p.component, p.points, p.exact) for p in earned.parts)
        found.add((earned.points, frozenset(earned.excluded), parts))

    assert 1 == len(found)


DELIVERIES = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 20_000), st.sampled_from((0, 0, 1, 2))),
    min_size=1,
    max_size=5,
)


@given(DELIVERIES, st.sampled_from((0, 60, 150)), st.sampled_from((0, 12)), st.data())
def test_i15_the_order_of_delivery_does_not_matter(
    spending: Sequence[tuple[int, int, int]], limit: int, lives: int, data: st.DataObject
) -> None:
    """I15: purchases, refunds and sweeps with times of their own: the same end in any order."""
    start = datetime(2026, 1, 10, 12, tzinfo=SHANGHAI)
    cap = [titled("most", limit=limit, dated_by="transaction")] if limit else []
    expiry = {"mode": "after", "period": f"P{lives}D"} if lives else {"mode": "never"}
    held = programme(cap=cap, expiry=expiry)
    steps: list[tuple[str, dict[str, Any]]] = []
    for number, (day, minor, refunds) in enumerate(spending):
        when = start + timedelta(days=day, minutes=number)
        steps.append(("post", {"ref": f"p-{number}", "amount": money(minor), "when": when}))
        for place in range(min(refunds, minor)):
            part = minor if refunds == 1 else (minor // 2, minor - minor // 2)[place]
            later = when + timedelta(days=3 + place)
            if part:
                body = {"ref": f"back-{number}-{place}", "original_ref": f"p-{number}"}
                steps.append(("refund", {**body, "amount": money(part), "when": later}))
    steps.append(("advance", {"when": start + timedelta(days=20)}))
    in_order = sorted(steps, key=lambda step: step[1]["when"])

    assert ends(held, in_order) == ends(held, data.draw(st.permutations(steps)))


def ends(held: Policy[Any], steps: Sequence[tuple[str, dict[str, Any]]]) -> list[tuple[int, ...]]:
    """Deliver commands in an order; return what is there then and in days to come."""
    bank = Bank(held, now=at("2026-06-01T09:00"))
    bank.ok("enrol", when="2026-01-01T00:00")
    for act, body in steps:
        bank.ok(act, **body)
    looks = [bank.look(on=bank.now + timedelta(days=days)) for days in (0, 10, 100)]
    return [(v.balance, v.pending, v.arrears, v.clawed_back, v.earned) for v in looks]


@given(transactions(currency="CNY"), programme_tables(currency="CNY"))
def test_i19_what_is_announced_is_what_is_granted(
    facts: dict[str, Any], table: dict[str, Any]
) -> None:
    """I19: the preview, the rule alone and the posting give the same points."""
    held = programme(**table)
    bank = Bank(held)
    bank.ok("authorise", ref="p-1", **facts)
    projected = bank.look().authorised
    alone = accrual(held, on=date(2026, 3, 2), **facts)
    bank.ok("post", ref="p-1", **facts)
    written = next(event for event in bank.events() if isinstance(event, Posted))

    assert alone.points == projected == written.granted
    assert alone.lost_to_caps == written.lost


def test_i14_items_in_any_order() -> None:
    """I14: the lines of a purchase in any order give the same."""
    rows = [earning("food", merchants=["food"], points="2"), earning("rest")]
    held = programme(earn=rows, merchants=[{"code": "food", "mcc": ["5411"]}])
    items = [
        {"ref": "A", "amount": "9.99", "mcc": "5411"},
        {"ref": "B", "amount": "10.01", "mcc": "5541"},
        {"ref": "C", "amount": "0.50", "excluded": True},
    ]
    found = {
        attrs.evolve(accrual(held, on=date(2026, 3, 2), items=order), parts=()).points
        for order in permutations(items)
    }

    assert 1 == len(found)
