"""The service: one account for a customer and programme, stocks and budgets, memory, explanations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from account_tools import Bank, at, programme, reward, row, titled
from hypothesis import given
from hypothesis import strategies as st

from bankservice.bank import open_bank
from bankservice.core.errors import CommandConflictError, UnknownNameError
from bankservice.core.plain import canonical, to_json
from bankservice.journals import MemoryQuota
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.memory import MemoryJournal
from bankservice.journals.sealed import SealedJournal
from bankservice.journals.sql import SqlJournal
from bankservice.journals.sql_quota import SqlQuota
from bankservice.loyalty import ACCOUNT, Accounts
from bankservice.loyalty.account.stock import HELD


@attrs.define
class Clock:
    """A hand of the clock that a test holds."""

    now: datetime = attrs.field(factory=lambda: at("2026-03-02T09:00"))

    def __call__(self) -> datetime:
        return self.now


SCARCE = programme(
    reward=[reward("lamp", points=10, stock=2)],
    cap=[
        {
            "code": "spring",
            "title": titled("spring"),
            "limit": 100,
            "scope": "campaign",
            "period": "lifetime",
        }
    ],
    expiry={"mode": "never"},
)
FREE = programme(
    reward=[reward("lamp", points=10, stock=2)],
    transfer={"allowed": True},
    expiry={"mode": "never"},
)


@pytest.fixture(params=["memory", "sqlite"])
def accounts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Accounts]:
    """Give accounts with a quota beside the journal."""
    if request.param == "memory":
        yield Accounts(MemoryJournal(), [SCARCE], now=Clock(), quota=MemoryQuota())
        return
    with SqlJournal.open(f"sqlite:///{tmp_path}/bank.db") as journal:
        yield Accounts(journal, [SCARCE], now=Clock(), quota=SqlQuota(journal))


def test_one_account_for_a_customer_and_programme() -> None:
    """B05, B16: ids are the programme's own; two programmes never meet."""
    journal, clock = MemoryJournal(), Clock()
    miles, stars = (
        Accounts(journal, [programme(name=f"acme/{name}")], now=clock)
        for name in ("miles", "stars")
    )
    for held in (miles, stars):
        held.enrol("e", "c-1")
        assert held.post("p", "c-1", ref="o", amount="10.00").accepted
        assert held.post("p", "c-1", ref="o", amount="10.00").replayed
        assert (10, "c-1") == (held.view("c-1").balance, held.view("c-1").customer)

    assert "acme/miles:c-1" == miles.subject_of("c-1") == miles.subject_of("acme/miles:c-1")
    with pytest.raises(CommandConflictError, match="amount"):
        miles.post("p", "c-1", ref="o", amount="11.00")


def test_accounts_are_named_by_customer() -> None:
    """Transfers and households name customers, and a cancellation knows who paid together."""
    held = Accounts(MemoryJournal(), [FREE], now=Clock())
    for who in ("c-1", "c-2"):
        held.adjust(f"a-{who}", who, ref="a", points=100)
    held.transfer("t", "c-1", ref="t", to="c-2", points=20)
    assert (80, 120) == (held.view("c-1").balance, held.view("c-2").balance)
    held.redeem("r", "c-1", ref="r", points=50, household=["c-2"])
    assert (60, 90) == (held.view("c-1").balance, held.view("c-2").balance)
    held.cancel_redemption("x", "c-1", ref="r")

    assert (80, 120) == (held.view("c-1").balance, held.view("c-2").balance)


def test_stock_is_never_over_granted(accounts: Accounts) -> None:
    """Two lamps: two go, whoever asks; refused, repeated and replayed commands take none."""
    for place in range(3):
        accounts.adjust(f"a-{place}", f"c-{place}", ref="a", points=15)
    assert 2 == accounts.left("lamp")
    assert accounts.redeem("r-1", "c-0", ref="r", reward="lamp").accepted
    assert accounts.redeem("r-1", "c-0", ref="r", reward="lamp").replayed
    assert accounts.redeem("r-2", "c-0", ref="r", reward="lamp").accepted
    assert "not-enough" == accounts.redeem("r-3", "c-0", ref="r-3", reward="lamp").refused
    assert 1 == accounts.left("lamp")
    assert accounts.redeem("r-4", "c-1", ref="r", reward="lamp").accepted
    gone = accounts.redeem("r-5", "c-2", ref="r", reward="lamp")

    assert ("out-of-stock", 15, 0) == (
        gone.refused,
        accounts.view("c-2").balance,
        accounts.left("lamp"),
    )
    accounts.cancel_redemption("x", "c-1", ref="r")
    assert 0 == accounts.left("lamp")


def test_a_hold_keeps_its_piece(accounts: Accounts) -> None:
    """A hold has its piece until it ends: released at once, timed out an hour later."""
    clock: Any = accounts.office._now
    for place in range(2):
        accounts.adjust(f"a-{place}", f"c-{place}", ref="a", points=100)
    accounts.reserve("h-1", "c-0", ref="h-1", reward="lamp")
    accounts.reserve("h-2", "c-1", ref="h-2", reward="lamp")
    assert 0 == accounts.left("lamp")
    accounts.do("x-1", "c-0", "release", ref="h-1")
    assert 1 == accounts.left("lamp")
    accounts.confirm("y-2", "c-1", ref="h-2")
    accounts.confirm("y-2", "c-1", ref="h-2")
    assert 1 == accounts.left("lamp")
    accounts.reserve("h-3", "c-0", ref="h-3", reward="lamp")
    clock.now += timedelta(minutes=30) + HELD
    assert (1, 100) == (accounts.left("lamp"), accounts.view("c-0").balance)


def test_stock_in_a_batch(accounts: Accounts) -> None:
    """A batch takes as single commands do, each by its own id."""
    commands = [
        accounts.command("a", "c-0", "adjust", ref="a", points=100),
        *(
            accounts.command(f"r-{place}", "c-0", "redeem", ref=f"r-{place}", reward="lamp")
            for place in range(3)
        ),
        accounts.command("r-0", "c-0", "redeem", ref="r-0", reward="lamp"),
    ]
    for _ in range(2):
        done = accounts.batch("night", commands)
        assert {"acme/points:r-2": "out-of-stock"} == dict(done.refused)
        assert (80, 0) == (accounts.view("c-0").balance, accounts.left("lamp"))


def test_a_campaign_budget(accounts: Accounts) -> None:
    """c5.7: a budget of all members is granted in part at its end, and never over."""
    granted = []
    for place, amount in enumerate(("60.00", "60.00", "60.00")):
        for _ in range(2):
            accounts.post(f"p-{place}", f"c-{place}", ref="o", amount=amount)
        accounts.post(f"q-{place}", f"c-{place}", ref="o", amount=amount)
        granted.append(accounts.view(f"c-{place}").balance)

    assert [60, 40, 0] == granted
    assert (20, 60) == (accounts.view("c-1").lost_to_caps, accounts.view("c-2").lost_to_caps)


def test_killed_between_commit_and_settlement() -> None:
    """A command given again after a crash closes the window: its piece is taken, once."""
    quota = MemoryQuota()
    whole = Accounts(MemoryJournal(), [SCARCE], now=Clock(), quota=quota)
    whole.adjust("a", "c-0", ref="a", points=100)
    settle, quota.settle = quota.settle, _dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        whole.redeem("r", "c-0", ref="r", reward="lamp")
    quota.settle = settle  # type: ignore[method-assign]
    assert 90 == whole.view("c-0").balance
    assert whole.redeem("r", "c-0", ref="r", reward="lamp").replayed

    clock: Any = whole.office._now
    clock.now += timedelta(days=60)
    assert (1, 90) == (whole.left("lamp"), whole.view("c-0").balance)


def _dies(*args: object, **more: object) -> None:
    raise KeyboardInterrupt


def test_inside_the_hosts_transaction(tmp_path: Path) -> None:
    """What the host rolls back took no points and no stock, and is not remembered."""
    import sqlite3

    url = f"sqlite:///{tmp_path}/bank.db"
    with open_bank(url, loyalty=(FREE,), now=Clock()) as bank:
        bank.loyalty.adjust("a", "c-0", ref="a", points=100)
        connection = sqlite3.connect(tmp_path / "bank.db")
        inside = bank.using(connection)
        assert inside.loyalty.redeem("r", "c-0", ref="r", reward="lamp").accepted
        assert (90, 1) == (inside.loyalty.view("c-0").balance, inside.loyalty.left("lamp"))
        connection.rollback()
        connection.close()

        assert (100, 2) == (bank.loyalty.view("c-0").balance, bank.loyalty.left("lamp"))


def test_programmes_of_a_bank() -> None:
    """A bank may have several programmes; the first is at hand, the others by name."""
    with open_bank("memory:", loyalty=(SCARCE, "loyalty/cn-card-shape"), now=Clock()) as bank:
        bank.loyalty.post("p", "c-1", ref="o", amount="50.00")
        cards = bank.programme("loyalty/cn-card-shape")
        cards.post("p", "c-1", ref="o", amount="100.00")

        assert (50, 5) == (bank.loyalty.view("c-1").balance, cards.view("c-1").pending)
        assert "o earned 50 points." in bank.explain("loyalty.account/acme/points:c-1@2").text()
        told = bank.explain("loyalty.account/loyalty/cn-card-shape:c-1").text("zh_CN")
        assert "o获得5 积分。" in told
        with pytest.raises(UnknownNameError):
            bank.programme("loyalty/none")


def test_a_sweep_writes_down_what_time_did() -> None:
    """The agenda brings lapses, holds and debts; what it brings is done once."""
    clock = Clock()
    held = Accounts(MemoryJournal(), [programme()], now=clock)
    held.post("p", "c-1", ref="p", amount="50.00")
    held.reserve("h", "c-1", ref="h", points=20)
    assert 0 == held.sweep().handled
    clock.now = at("2027-03-03T00:00")
    assert (1, 0) == (held.sweep().handled, held.sweep().handled)

    assert ["enrolled", "posted", "reserved", "released", "expired"] == [
        kind for _, _, kind in held.history("c-1")
    ]


# -- memory ------------------------------------------------------------------------------------

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["post", "redeem", "reserve", "release", "refund", "adjust", "transfer"]),
        st.integers(1, 6),
        st.integers(1, 40),
        st.booleans(),
    ),
    max_size=25,
)


def bodies(act: str, ref: int, points: int) -> dict[str, Any]:
    """Return the body of an act."""
    found: dict[str, dict[str, Any]] = {
        "post": {"ref": f"p-{ref}", "amount": f"{points}.00"},
        "redeem": {"ref": f"r-{ref}", "points": points},
        "reserve": {"ref": f"h-{ref}", "points": points},
        "release": {"ref": f"h-{ref}"},
        "refund": {"ref": f"f-{ref}", "original_ref": f"p-{ref}"},
        "adjust": {"ref": f"a-{ref}", "points": points},
        "transfer": {"ref": f"t-{ref}", "to": "bob", "points": points},
    }
    return found[act]


@given(ACTS)
def test_remembering_changes_no_answer(acts: list[tuple[str, int, int, bool]]) -> None:
    """Two services that remember, taking turns at one journal, answer as one that does not."""
    clock = Clock()
    plain = Accounts(MemoryJournal(), [FREE], now=clock)
    journal = MemoryJournal()
    pair = [Accounts(journal, [FREE], now=clock, remember=2) for _ in range(2)]
    for service in (plain, pair[0]):
        for who in ("ann", "bob"):
            service.enrol(f"e-{who}", who)
    for place, (act, ref, points, first) in enumerate(acts):
        told = [
            service.do(f"c-{place}", "ann", act, **bodies(act, ref, points))
            for service in (plain, pair[first])
        ]
        assert told[0] == told[1]
    for who in ("ann", "bob"):
        states = {canonical(to_json(held.state(who))) for held in (plain, *pair)}
        assert 1 == len(states)


def test_what_was_erased_is_not_remembered() -> None:
    """Once the key is destroyed, nobody decides on facts that are gone."""
    keys = MemoryKeys()
    held = Accounts(SealedJournal(MemoryJournal(), keys), [FREE], now=Clock(), remember=9)
    held.post("p", "ann", ref="p", amount="50.00")
    held.redeem("r", "ann", ref="r", points=5)
    assert held.state("ann").purchases["p"].facts is not None
    keys.destroy("default", "ann")

    assert held.state("ann").purchases["p"].facts is None
    assert "facts-erased" == held.refund("f", "ann", ref="f", original_ref="p").refused
    assert 45 == held.view("ann").balance
    held.post("q", "ann", ref="q", amount="1.00")
    assert 46 == held.view("ann").balance


def test_what_is_personal_is_sealed() -> None:
    """What was bought and given back is sealed under the customer's key; points and dates are not."""
    inner = MemoryJournal()
    held = Accounts(SealedJournal(inner, MemoryKeys()), [FREE], now=Clock())
    held.post("p", "ann", ref="p", amount="51.23", mcc="5411")
    held.refund("f", "ann", ref="f", original_ref="p", amount="11.23")
    held.refund("g", "ann", ref="g", original_ref="later", amount="9.99")
    entries = inner.read(held.desk.stream(held.subject_of("ann")))
    told = canonical([to_json(dict(entry.data)) for entry in entries])

    assert ["enrolled", "posted", "refunded", "refund-parked"] == [entry.kind for entry in entries]
    assert {"ann"} == {entry.owner for entry in entries}
    assert not [part for part in ("51.23", "11.23", "9.99", "5411") if part in told]
    assert [False, True, True, True] == [entry.sealed is not None for entry in entries]


def test_no_snapshot_holds_what_is_sealed() -> None:
    """Neither the record nor a service that remembers writes snapshots."""
    journal = MemoryJournal()
    held = Accounts(journal, [FREE], now=Clock(), remember=9)
    for place in range(210):
        held.adjust(f"a-{place}", "ann", ref=f"a-{place}", points=1)

    assert ACCOUNT.freeze is None
    stream = held.desk.stream(held.subject_of("ann"))
    assert journal.read_many([stream])[stream].snapshot is None


# -- explanations --------------------------------------------------------------------------------


def told_bank() -> Bank:
    """Return a bank with an entry of every kind."""
    day = {"mode": "after", "period": "P1M"}
    bank = Bank(
        programme(
            earn=[
                row(),
                row("spring", enrolment=True, component="bonus"),
                row("slow", component="slow", available={"mode": "action", "action": "paid"}),
            ],
            expiry=day,
            available={"mode": "at-once"},
            cap=[
                {
                    "code": "day",
                    "title": titled("day"),
                    "limit": 200,
                    "period": "day",
                    "dated_by": "transaction",
                }
            ],
            reward=[reward("mix", kind="points-plus-cash", points=1, value="0.10")],
            transfer={"allowed": True},
            purchase={"price": "1.00", "points": 10},
            reinstatement={"within": "P30D"},
            arrears={"age": "P3D", "blocks": False},
        )
    )
    bank.ok("enrol", campaign="spring")
    bank.ok("enrol", subject="bob")
    bank.ok("authorise", ref="v", amount="5.00")
    bank.ok("void", ref="v")
    bank.ok("post", ref="p-2", amount="90.00", on=at("2026-03-02T00:00").date())
    bank.ok("post", ref="p-1", amount="60.00")
    bank.ok("meet", action="paid")
    bank.ok("refund", ref="f-0", original_ref="p-9", amount="1.00")
    bank.ok("reserve", ref="h-1", points=20)
    bank.ok("confirm", ref="h-1", points=5)
    bank.ok("reserve", ref="h-2", points=20)
    bank.ok("release", ref="h-2")
    bank.ok("redeem", ref="r-1", reward="mix", amount="5.00", points=20)
    bank.ok("cancel_redemption", ref="r-1", points=10)
    bank.ok("adjust", ref="a-1", points=50, reason="sorry")
    bank.ok("adjust", ref="a-2", points=-5)
    bank.ok("transfer", ref="t-1", to="bob", points=5)
    bank.ok("transfer", ref="t-2", to="ann", points=5, subject="bob")
    bank.ok("buy", ref="b-1", points=10, amount="1.00")
    bank.ok("cancel_buy", ref="b-1")
    bank.ok("forfeit", ref="x-1", reason="rules")
    bank.ok("reinstate", ref="y-1", forfeit_ref="x-1")
    bank.ok("extend", ref="z-1", until_on=at("2026-05-01T00:00").date())
    bank.ok("reserve", ref="h-3", points=1)
    bank.now += timedelta(days=1)
    bank.ok("redeem", ref="r-2", points=bank.balance())
    bank.ok("refund", ref="f-1", original_ref="p-1")
    bank.ok("refund", ref="f-2", original_ref="p-2")
    bank.now += timedelta(days=90)
    bank.ok("change_credentials")
    bank.ok("adjust", ref="a-3", points=3)
    bank.now += timedelta(days=60)
    bank.ok("advance")
    bank.ok("close", reason="moved")
    return bank


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
def test_every_kind_of_entry_is_explained(locale: str) -> None:
    """`explain` tells every entry in both languages, with no placeholder left."""
    bank = told_bank()
    told = {kind: bank.explain(place, locale) for place, kind in enumerate(bank.kinds(), start=1)}
    told |= {
        kind: bank.explain(place, locale, "bob")
        for place, kind in enumerate(bank.kinds("bob"), start=1)
    }

    assert set(ACCOUNT.events.kinds) - {"posted-many"} == set(told)
    assert not [text for text in told.values() if "{" in text or "ENTRY_" in text]


def test_an_explanation_has_the_numbers() -> None:
    """A posting is rated again with a trace; a refund tells where points were taken from."""
    bank = Bank()
    bank.ok("post", ref="p", amount="10.90")
    bank.ok("redeem", ref="r", points=4)
    bank.ok("refund", ref="f", original_ref="p")
    posted, refunded = bank.explain(2), bank.explain(4)

    assert "p earned 10 points." in posted
    assert "10.9 points exactly, 10 points after rounding" in posted
    assert "lot 1: has lapsed from Mar 3, 2027" in posted
    assert "f gives back p or a part of it: 10 points are taken back." in refunded
    assert "6 points from what was not spent of its own lots" in refunded
    assert "4 points are owed from now on" in refunded


def test_erased_facts_are_not_explained() -> None:
    """Where the facts of a posting were erased, the explanation says so."""
    keys = MemoryKeys()
    bank = Bank(journal=SealedJournal(MemoryJournal(), keys))
    bank.ok("post", ref="p", amount="10.90")
    keys.destroy("default", "ann")

    assert "erased" in bank.explain(2)


def test_replay_equals_what_lived() -> None:
    """I08, I23: the entries fold to the live state, one by one or in one pass, and survive JSON."""
    bank = told_bank()
    live = ACCOUNT.initial
    for event in bank.events():
        live = ACCOUNT.evolve(live, event)
        encoded = ACCOUNT.events.encode(event)
        assert event == type(event).thaw({**encoded.data, **(encoded.sealed or {})})

    assert live == bank.state()
