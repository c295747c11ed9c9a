"""
Faults that users of other points systems met with several writers at once, one test each.

Threads write through a SQLite file, each with a journal of its own; few of them, so that the tests
are quick. Processes that are killed are the matter of the fault campaigns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import attrs
import pytest
from proof_tools import Bank, plain_programme, programme

from bankservice.core.answer import Answer
from bankservice.core.errors import IntegrityError
from bankservice.core.record import Command
from bankservice.journals.sql import SqlJournal

Giving = Callable[[Bank], Answer]


@attrs.define
class Writers:
    """A SQLite file and those who write to it."""

    url: str
    programme: Any = attrs.field(factory=plain_programme)

    @contextmanager
    def bank(self) -> Iterator[Bank]:
        """Open the file."""
        with SqlJournal.open(self.url) as journal:
            bank = Bank(self.programme, journal)
            yield bank

    def at_once(self, commands: list[tuple[str, str, dict[str, Any]]]) -> list[Answer]:
        """Give commands, each by a thread of its own, all at one moment."""
        start = Barrier(len(commands))

        def one(place: int) -> Answer:
            act, who, body = commands[place]
            with self.bank() as bank:
                wanted = bank.command(act, who, **{"command_id": f"thread-{place}", **body})
                start.wait(30)
                return patient(bank, wanted)

        with ThreadPoolExecutor(len(commands)) as pool:
            return list(pool.map(one, range(len(commands))))


def patient(bank: Bank, command: Command) -> Answer:
    """Give a command; a race lost as often as the desk tries is tried once more."""
    for _ in range(40):
        try:
            return bank.handle(command)
        except IntegrityError:
            continue
    raise AssertionError("every race was lost")


@pytest.fixture
def writers(tmp_path: Path) -> Writers:
    """Return a SQLite file with nobody in it."""
    held = Writers(f"sqlite:///{tmp_path}/bank.db")
    with held.bank():
        return held


def with_points(writers: Writers, points: int, who: str = "a") -> None:
    """Open an account with points."""
    with writers.bank() as bank:
        bank.given = 900
        bank.ok("enrol", who)
        bank.ok("adjust", who, ref="welcome", points=points, reason="welcome")


def test_odoo_145782_two_channels_enrol_at_once(writers: Writers) -> None:
    """B05: two channels enrol one customer at once: one account."""
    writers.at_once([("enrol", "a", {}), ("enrol", "a", {})])
    with writers.bank() as bank:
        kinds = Counter(type(event).__name__ for event in bank.events())

        assert {"Enrolled": 1} == kinds


def test_eliza_11331_two_reversals_of_one_redemption(writers: Writers) -> None:
    """B11: one restores, the other returns the same result."""
    with_points(writers, 100)
    with writers.bank() as bank:
        bank.ok("redeem", ref="gift-1", points=60)
    body = {"ref": "undo-1", "original_ref": "gift-1", "command_id": "undo-1"}
    one, other = writers.at_once([("cancel_redemption", "a", body)] * 2)

    assert {False, True} == {one.replayed, other.replayed}
    assert attrs.evolve(one, replayed=False) == attrs.evolve(other, replayed=False)
    with writers.bank() as bank:
        assert 100 == bank.balance()


def test_fuint_71_twenty_gifts_at_once(tmp_path: Path) -> None:
    """B12: a sender with 100 and gifts of 100 at once: one goes, the others are refused."""
    writers = Writers(f"sqlite:///{tmp_path}/bank.db", programme(transfer={"allowed": True}))
    with_points(writers, 100)
    with writers.bank() as bank:
        for friend in range(20):
            bank.ok("enrol", f"friend-{friend}")
    gifts = [
        ("transfer", "a", {"ref": f"gift-{place}", "to": f"friend-{place}", "points": 100})
        for place in range(20)
    ]
    answers = writers.at_once(gifts)

    assert Counter({False: 19, True: 1}) == Counter(answer.accepted for answer in answers)
    with writers.bank() as bank:
        held = [bank.balance("a"), *(bank.balance(f"friend-{place}") for place in range(20))]

        assert [0, 100] == sorted(set(held))
        assert 100 == sum(held)


def test_laravel_credits_20_two_adjustments_at_once(writers: Writers) -> None:
    """B13: the balance is the sum of both."""
    with_points(writers, 0 + 1)
    hand = [
        ("adjust", "a", {"ref": f"care-{points}", "points": points, "reason": "care"})
        for points in (30, 12)
    ]
    answers = writers.at_once(hand)

    assert all(answer.accepted for answer in answers)
    with writers.bank() as bank:
        assert 1 + 30 + 12 == bank.balance()


def test_blnk_181_the_sixth_hold(writers: Writers) -> None:
    """B18: 5,000 are there and five holds of 1,000; a sixth is refused at once."""
    with_points(writers, 5_000)
    holds = [("reserve", "a", {"ref": f"hold-{n}", "points": 1_000}) for n in range(6)]
    answers = writers.at_once(holds)

    assert 5 == sum(answer.accepted for answer in answers)
    with writers.bank() as bank:
        assert (0, 5_000) == (bank.balance(), bank.look().held)
        assert bank.no("reserve", ref="hold-9", points=1)


def test_formance_two_debits_of_a_member_without_state(writers: Writers) -> None:
    """B19: a member nobody knew gets 200 and two debits of 200 come together: one is refused."""
    posts = [("post", "new", {"ref": f"p-{n}", "amount": "100.00"}) for n in range(2)]
    answers = writers.at_once(posts)

    assert all(answer.accepted for answer in answers)
    redeem = [("redeem", "new", {"ref": f"r-{n}", "points": 200}) for n in range(2)]
    redeem = [
        (act, who, {**body, "command_id": f"spend-{body['ref']}"}) for act, who, body in redeem
    ]
    answers = writers.at_once(redeem)

    assert 1 == sum(answer.accepted for answer in answers)
    with writers.bank() as bank:
        assert (0, 0) == (bank.balance("new"), bank.look("new").arrears)


def test_formance_ledger_364_sequence_numbers(writers: Writers) -> None:
    """B20: writers at once get numbers that neither collide nor skip; each answer has its own."""
    posts = [("post", "a", {"ref": f"p-{n}", "amount": "1.00"}) for n in range(8)]
    answers = writers.at_once(posts)
    with writers.bank() as bank:
        entries = bank.journal.read(bank.desk.stream("a"))

        assert list(range(1, len(entries) + 1)) == [entry.version for entry in entries]
        assert 8 == len({answer.versions["a"] for answer in answers})
        assert [lot.number for lot in bank.state().lots] == list(range(1, 9))


def test_formance_stack_1638_the_store_itself_refuses_a_duplicate(writers: Writers) -> None:
    """B16: one key by two writers at once, who both looked before: applied once."""
    body = {"ref": "p-1", "amount": "10.00", "command_id": "key-1"}
    one, other = writers.at_once([("post", "a", body)] * 2)

    assert {False, True} == {one.replayed, other.replayed}
    with writers.bank() as bank:
        assert 10 == bank.balance()
