"""
Faults that users of other points systems met with retries and replays, one test each.

Each is named after its thread, restated in our own words; the numbers are those of our list. What
needs several writers at once is in `test_loyalty_peer_faults_writers`.
"""

from __future__ import annotations

from datetime import date

import attrs
import pytest
from proof_tools import Bank, at, earning, programme

from bankservice.core.errors import CommandConflictError, FaultsError, OperationalError
from bankservice.core.journal import Commit
from bankservice.journals.memory import MemoryJournal
from bankservice.loyalty.record import ACCOUNT
from bankservice.loyalty.service import Accounts


class Flaky(MemoryJournal):
    """A journal whose next answers get lost, before or after it wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.lose_before = self.lose_after = False

    def commit(self, commit: Commit) -> None:
        """Write, unless the way there is broken; the way back may be broken too."""
        if self.lose_before:
            self.lose_before = False
            raise OperationalError("the connection was lost.")
        super().commit(commit)
        if self.lose_after:
            self.lose_after = False
            raise OperationalError("the connection was lost.")


def opened(**more: object) -> Bank:
    """Return a bank with an account that has a hundred points."""
    bank = Bank(**more)  # type: ignore[arg-type]
    bank.ok("enrol")
    bank.ok("adjust", ref="welcome", points=100, reason="welcome")
    return bank


@pytest.mark.parametrize("where", ["lose_before", "lose_after"])
def test_oca_pos_185_upload_failed_half_way(where: str) -> None:
    """B01: an order earns 10, its upload fails half-way and is sent again: 10, not 20."""
    journal = Flaky()
    bank = Bank(journal=journal)
    setattr(journal, where, True)
    order = bank.command("post", ref="order-1", amount="10.00")
    with pytest.raises(OperationalError):
        bank.handle(order)
    again = bank.handle(order)

    assert again.accepted
    assert (where == "lose_after") == again.replayed
    assert 10 == bank.balance()
    assert [(10, 10)] == bank.lots()


def test_odoo_222372_the_same_confirmation_twice() -> None:
    """B02: the second confirmation changes no points, no history, and gives the first result."""
    bank = Bank()
    order = bank.command("post", ref="order-1", amount="10.00")
    first = bank.handle(order)
    before = bank.bytes(), bank.entries()
    second = bank.handle(order)

    assert second == attrs.evolve(first, replayed=True)
    assert before == (bank.bytes(), bank.entries())


def test_odoo_270532_recorded_offline_synchronised_twice() -> None:
    """B03: a purchase made offline is one accrual, dated at the purchase, not at the sync."""
    bank = Bank(programme(expiry={"mode": "after", "period": "P30D"}))
    bank.now = at("2026-03-20T08:00")
    for device in ("till-1", "till-2"):
        bank.ok("post", ref="slip-1", amount="10.00", when="2026-03-02T18:00", source=device)
    (lot,) = bank.look().lots

    assert date(2026, 3, 2) == lot.earned_on
    assert at("2026-04-02T00:00") == lot.expires_at
    assert 10 == bank.balance()


def test_odoo_202101_two_open_drafts() -> None:
    """B04: B's draft is confirmed: A's balance does not move; A's own moves it once."""
    bank = Bank()
    for who in "ab":
        bank.ok("authorise", who, ref=f"draft-{who}", amount="10.00")
    bank.ok("post", "b", ref="draft-b", amount="10.00")

    assert 0 == bank.balance("a")
    bank.ok("post", "a", ref="draft-a", amount="10.00")

    assert (10, 10) == (bank.balance("a"), bank.balance("b"))


def test_odoo_193506_244412_two_channels_one_purchase() -> None:
    """B06: other request keys, the same source reference: granted once."""
    bank = Bank()
    bank.ok("post", ref="slip-1", amount="10.00", command_id="web-77", source="web")
    entries = bank.entries()
    bank.ok("post", ref="slip-1", amount="10.00", command_id="till-3", source="till")

    assert 10 == bank.balance()
    assert entries == bank.entries()


def test_second_channel_with_other_content_is_a_conflict() -> None:
    """B06: the same reference with another amount is refused and names what differs."""
    bank = Bank()
    bank.post("10.00", "slip-1")
    answer = bank.do("post", ref="slip-1", amount="12.00")

    assert "ref-conflict" == answer.refused
    assert "amount" in str(dict(answer.facts))


def test_compressor_1476_created_event_replayed() -> None:
    """B07: order 99 earned 500; the event again: 500 stays, and the answer says it is a replay."""
    bank = Bank()
    event = bank.command("post", ref="order-99", amount="500.00")
    first, second = bank.handle(event), bank.handle(event)

    assert (False, True) == (first.replayed, second.replayed)
    assert 500 == bank.balance()


def test_opencart_2349_wpswings_104_status_toggles() -> None:
    """B08: paid, shipped, paid: it earns once and redeems once."""
    bank = opened()
    for _ in ("paid", "shipped", "paid"):
        bank.do("post", ref="order-1", amount="10.00")
        bank.do("redeem", ref="order-1-points", points=30)

    assert 100 + 10 - 30 == bank.balance()


def test_wpswings_111_order_completes_after_all() -> None:
    """B09: reversed because the order failed, then it completes after all: granted again, once."""
    bank = Bank()
    bank.post("10.00", "order-1")
    bank.ok("refund", ref="failed-1", original_ref="order-1", amount="10.00")

    assert 0 == bank.balance()
    for _ in range(2):
        bank.ok("post", ref="order-1", part=2, amount="10.00")

    assert 10 == bank.balance()


def test_magento2_928_second_cancel_notice() -> None:
    """B10: a hold timed out; cancel notices that come later give nothing back a second time."""
    bank = opened()
    bank.ok("reserve", ref="checkout-1", points=80)

    assert 20 == bank.balance()
    bank.now = at("2026-03-02T12:00")

    assert 100 == bank.balance()
    for _ in range(2):
        bank.do("release", ref="checkout-1")

        assert 100 == bank.balance()
    bank.do("advance")

    assert [(100, 100)] == bank.lots()


def test_leetcode_city_163_180_undo_is_an_entry() -> None:
    """B14: undoing a redemption keeps what was posted meanwhile: it is no return to a snapshot."""
    bank = opened()
    bank.ok("redeem", ref="gift-1", points=60)
    bank.post("10.00", "order-1")
    bank.ok("adjust", ref="care-1", points=5, reason="care")
    bank.ok("cancel_redemption", ref="undo-1", original_ref="gift-1")

    assert 100 + 10 + 5 == bank.balance()
    assert (100, 100) == bank.lots()[0]


def test_formance_stack_1633_one_key_twice_in_a_batch() -> None:
    """B15: a batch that holds one command twice applies it once, and nothing crashes."""
    bank = Bank()
    accounts = Accounts(bank.journal, (bank.programme,), now=lambda: bank.now)
    subject = accounts.subject_of("ann")
    command = attrs.evolve(
        bank.command("post", ref="order-1", amount="10.00"), subject=subject, id="key-1"
    )
    hand = attrs.evolve(
        bank.command("adjust", ref="care-1", points=5, reason="care"), subject=subject, id="key-2"
    )
    accounts.batch("night-1", (command, command, hand, hand))

    assert 15 == accounts.view("ann").balance


def test_formance_stack_1638_keys_are_scoped_by_programme() -> None:
    """B16: one key in two programmes: both are accepted; inside one, it is a replay."""
    bank = Bank()
    programmes = [programme(name=f"acme/{name}") for name in ("miles", "stars")]
    services = [Accounts(bank.journal, (held,), now=lambda: bank.now) for held in programmes]
    for accounts in services:
        first = accounts.do("key-1", "ann", "post", ref="order-1", amount="10.00")
        again = accounts.do("key-1", "ann", "post", ref="order-1", amount="10.00")

        assert (True, False, True) == (first.accepted, first.replayed, again.replayed)
        assert 10 == accounts.view("ann").balance
    with pytest.raises(CommandConflictError, match="amount"):
        services[0].do("key-1", "ann", "post", ref="order-1", amount="11.00")


def test_leetcode_city_724_the_clients_own_key() -> None:
    """B17: the answer was lost; the retry with the key the client had stored is a replay."""
    journal = Flaky()
    bank = Bank(journal=journal)
    bank.ok("enrol")
    stored = bank.command("adjust", ref="care-1", points=5, reason="care", command_id="client-key")
    journal.lose_after = True
    with pytest.raises(OperationalError):
        bank.handle(stored)

    assert bank.handle(stored).replayed
    assert 5 == bank.balance()


def test_tigerbeetle_id_already_failed() -> None:
    """B21: refused for lack of points; when points came, the key stays refused; a new one works."""
    bank = opened()
    wanted = bank.command("redeem", ref="gift-1", points=150)
    first = bank.handle(wanted)
    bank.post("100.00")
    again = bank.handle(wanted)

    assert first.refused
    assert attrs.evolve(first, replayed=True) == again
    assert 200 == bank.balance()
    bank.ok("redeem", ref="gift-1", points=150)

    assert 50 == bank.balance()


def test_open_loyalty_at_least_once_delivery() -> None:
    """B22: a transaction event that comes twice under fresh ids of the courier earns once."""
    bank = Bank()
    for courier in ("5f1c", "9a3e", "77b0"):
        bank.ok("post", ref="tx-1", amount="10.00", command_id=courier)

    assert [(10, 10)] == bank.lots()


def test_wpswings_164_checkout_checks_again() -> None:
    """B23: 100 were there at validation, 80 are taken by an agent: the commit is refused."""
    bank = opened()

    assert 100 == bank.balance()
    bank.ok("adjust", ref="agent-1", points=-80, reason="correction")

    assert bank.no("redeem", ref="checkout-1", points=100)
    assert 20 == bank.balance()


def test_antavo_resubmitted_event_keeps_its_business_time() -> None:
    """B24: an event sent again after an error has its first time: caps and expiry follow that."""
    cap = {"code": "monthly", "title": {"en": "Monthly", "zh": "每月"}, "limit": 15}
    held = programme(cap=[cap], earn=[earning()], expiry={"mode": "end-of", "round_to": "month"})
    bank = Bank(held)
    bank.post("10.00", "order-1", when="2026-03-02T08:00")
    bank.now = at("2026-04-03T09:00")
    with pytest.raises(FaultsError):
        bank.command("post", ref="order-2", amount=10.0, command_id="event-2")
    bank.ok("post", ref="order-2", amount="10.00", when="2026-03-31T23:00", command_id="event-2")
    late = bank.look().lots[-1]

    assert (5, date(2026, 3, 31)) == (late.granted, late.earned_on)
    assert at("2026-04-01T00:00") == late.expires_at
    assert 0 == bank.balance()
    bank.post("10.00", "order-3")

    assert 10 == bank.balance()


def test_rustledger_2070_replay_decides_nothing() -> None:
    """B87: entries are folded under another programme, and the state is the one that was live."""
    bank = opened()
    bank.post("10.00")
    bank.ok("redeem", ref="gift-1", points=105)
    bank.ok("refund", ref="back-1", original_ref="p-1", amount="4.00")
    before = bank.state()
    bank.programme = programme(
        burn_order="last-in-first-out", earn=[earning(points="9")], refunds={"shortfall": "waive"}
    )
    state = ACCOUNT.initial
    for event in bank.events():
        state = ACCOUNT.evolve(state, event)

    assert before == bank.state() == state
