"""
Purses: units of a shared limit in many hands, never more than there are, none lost for good.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Thread

import attrs
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bankservice.core.errors import IntegrityError, OperationalError, UnknownNameError
from bankservice.core.quota import Allotment, Purse
from bankservice.journals import MemoryQuota

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def opened(limit: int = 25) -> MemoryQuota:
    """Return a quota of gifts."""
    quota = MemoryQuota()
    quota.open("gifts", limit)
    return quota


def purse(quota: MemoryQuota, writer: str = "till-1", size: int = 10) -> Purse:
    """Return a purse of gifts."""
    return Purse(quota, "gifts", writer, size=size, hold=HOUR)


class Asked(MemoryQuota):
    """A quota that notes what it is asked, and does something before a lease."""

    def __init__(self) -> None:
        super().__init__()
        self.open("gifts", 25)
        self.asked: list[tuple[str, str, int]] = []
        self.first: Callable[[], object] | None = None

    def lease(
        self, quota: str, lease: str, amount: int, *, now: datetime, until: datetime
    ) -> Allotment:
        """Note it, and let others go first, once."""
        self.asked.append(("lease", lease, amount))
        first, self.first = self.first, None
        if first is not None:
            first()
        return super().lease(quota, lease, amount, now=now, until=until)

    def spend(self, quota: str, lease: str, units: int, *, now: datetime) -> None:
        """Note it."""
        self.asked.append(("spend", lease, units))
        super().spend(quota, lease, units, now=now)


class RolledBack(MemoryQuota):
    """A quota inside a host's transaction that is rolled back."""

    def spend(self, quota: str, lease: str, units: int, *, now: datetime) -> None:
        """Record nothing that lasts."""


class TestTake:
    """Taking units, by example."""

    def test_a_slice_at_a_time(self) -> None:
        """The limit is asked once for many units; each is recorded in the slice."""
        quota = Asked()
        held = purse(quota)

        assert [True] * 3 == [held.take(4, NOON) for _ in range(3)]
        assert [
            ("lease", "till-1-1", 10),
            ("spend", "till-1-1", 4),
            ("spend", "till-1-1", 4),
            ("lease", "till-1-2", 10),
            ("spend", "till-1-2", 4),
        ] == quota.asked
        # The two that are left of the first slice are not forgotten.
        assert held.take(2, NOON)
        assert ("spend", "till-1-1", 2) == quota.asked[-1]

    def test_more_than_a_slice(self) -> None:
        """More units than a slice holds are leased at once."""
        quota = opened()

        assert purse(quota).take(14, NOON)
        assert 11 == quota.left("gifts", now=NOON)

    def test_all_or_none(self) -> None:
        """Where fewer are left than asked nothing is spent and no lease is made; fewer may be had."""
        quota = Asked()
        held = purse(quota, size=20)

        assert held.take(20, NOON)
        assert not held.take(6, NOON)
        assert 2 == len(quota.asked)
        assert held.take(5, NOON)
        assert not held.take(1, NOON)

    def test_others_come_between(self) -> None:
        """A slice that turns out too small goes back at once."""
        quota = Asked()
        quota.first = lambda: purse(quota, "till-2", size=22).take(22, NOON)
        held = purse(quota)

        assert not held.take(5, NOON)
        assert 3 == quota.left("gifts", now=NOON)

    def test_a_slice_that_ended(self) -> None:
        """What was not spent of a slice is not spent after its end; a new one is leased."""
        quota = opened(10)
        held = purse(quota)
        held.take(4, NOON)

        assert held.take(6, NOON + HOUR)
        assert not held.take(1, NOON + HOUR)

    def test_a_slice_that_ended_by_another_clock(self) -> None:
        """A purse whose clock is slow is refused by its slice, and gets another."""
        quota = opened(25)
        slow = purse(quota)
        slow.take(4, NOON)
        assert purse(quota, "till-2").take(3, NOON + HOUR)

        assert slow.take(6, NOON + HOUR / 2)
        assert 25 - 4 - 10 - 10 == quota.left("gifts", now=NOON + HOUR / 2)
        assert 25 - 4 - 3 - 6 == quota.left("gifts", now=NOON + 3 * HOUR)

    def test_an_id_used_before(self) -> None:
        """A purse under an id that was used goes through the leases of then, and spends no unit twice."""
        quota = opened()
        first = purse(quota)
        assert [True, True] == [first.take(10, NOON), first.take(3, NOON)]
        again = purse(quota)

        assert [True, True, True, False] == [again.take(3, NOON) for _ in range(4)]
        assert 25 - 13 - 9 == quota.left("gifts", now=NOON + HOUR)

    def test_an_id_whose_leases_are_over(self) -> None:
        """Leases of then that were settled, or have ended, are passed over."""
        quota = opened()
        first = purse(quota)
        first.take(3, NOON)
        first.settle(NOON)
        first.take(10, NOON)

        assert purse(quota).take(5, NOON)
        assert purse(quota).take(5, NOON + HOUR)
        assert 25 - 3 - 10 - 5 - 5 == quota.left("gifts", now=NOON + 3 * HOUR)

    def test_trouble_while_leasing(self) -> None:
        """A lease that was made and not heard of is the one given when asked again."""
        quota = Asked()
        held = purse(quota)

        def fail() -> object:
            MemoryQuota.lease(quota, "gifts", "till-1-1", 10, now=NOON, until=NOON + HOUR)
            raise OperationalError("unreachable.")

        quota.first = fail
        with pytest.raises(OperationalError):
            held.take(1, NOON)

        assert held.take(1, NOON)
        assert 15 == quota.left("gifts", now=NOON)

    def test_unknown_limit(self) -> None:
        """A limit that was never opened is named."""
        with pytest.raises(UnknownNameError, match="did you mean gifts"):
            Purse(opened(), "gift", "till-1", size=1, hold=HOUR).take(1, NOON)

    @pytest.mark.parametrize(
        ("size", "hold", "units"), [(0, HOUR, 1), (1, timedelta(0), 1), (1, HOUR, 0)]
    )
    def test_what_makes_no_sense(self, size: int, hold: timedelta, units: int) -> None:
        """No slice, no time or no units."""
        with pytest.raises(ValueError, match="1"):
            Purse(opened(), "gifts", "till-1", size=size, hold=hold).take(units, NOON)


class TestSettle:
    """Giving back what was not spent."""

    def test_the_rest_goes_back(self) -> None:
        """What was leased and not spent can be leased by others; the purse goes on with a new slice."""
        quota = opened()
        held = purse(quota)
        held.take(3, NOON)
        held.settle(NOON)
        held.settle(NOON)

        assert 22 == quota.left("gifts", now=NOON)
        assert held.take(22, NOON)

    def test_too_late(self) -> None:
        """A slice that has ended has gone back already."""
        quota = opened()
        held = purse(quota)
        held.take(3, NOON)
        held.settle(NOON + HOUR)

        assert 22 == quota.left("gifts", now=NOON + HOUR)

    def test_killed(self) -> None:
        """A writer that is killed has spent what it took, and the rest falls back."""
        quota = opened()
        purse(quota).take(3, NOON)

        assert 15 == quota.left("gifts", now=NOON)
        assert 22 == quota.left("gifts", now=NOON + HOUR)

    def test_a_host_that_rolls_back(self) -> None:
        """Units taken inside a transaction that was rolled back were not spent, and fall back."""
        quota = opened()
        held = purse(quota)

        assert held.take(3, NOON, inside=RolledBack())
        assert held.take(2, NOON, inside=quota)
        held.settle(NOON)

        assert 15 == quota.left("gifts", now=NOON)
        assert 23 == quota.left("gifts", now=NOON + HOUR)


def test_many_threads() -> None:
    """Writers in many threads take every unit, and not one more."""
    quota, taken = opened(1_000), [0] * 8

    def work(place: int) -> None:
        held = purse(quota, f"till-{place}", size=7)
        while held.take(1 + place % 3, NOON):
            taken[place] += 1 + place % 3
        held.settle(NOON)

    threads = [Thread(target=work, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 1_000 - sum(taken) == quota.left("gifts", now=NOON)
    one = purse(quota, "last", size=1)
    while one.take(1, NOON):
        taken[0] += 1
    assert 1_000 == sum(taken)


# -- against an oracle ----------------------------------------------------------------------------

WRITERS = ("a", "b", "c")


@attrs.define
class Till:
    """A purse, and how many of its kind there were under the name."""

    purse: Purse
    lives: int = 1


class Purses(RuleBasedStateMachine):
    """Purses that take, settle, are killed and start again, by clocks that do not agree."""

    LIMIT = 40

    def __init__(self) -> None:
        super().__init__()
        self.quota = opened(self.LIMIT)
        self.now = NOON
        self.taken = 0
        self.tills = {writer: Till(purse(self.quota, writer, size=6)) for writer in WRITERS}

    @rule(
        writer=st.sampled_from(WRITERS),
        units=st.integers(1, 9),
        behind=st.integers(0, 90),
        host=st.sampled_from(["none", "commits", "rolls back"]),
    )
    def take(self, writer: str, units: int, behind: int, host: str) -> None:
        """Take units, by a clock that is behind, alone or inside a host's transaction."""
        now = self.now - timedelta(minutes=behind)
        inside = {"none": None, "commits": self.quota, "rolls back": RolledBack()}[host]
        left = self.quota.left("gifts", now=now)
        taken = self.tills[writer].purse.take(units, now, inside=inside)

        assert taken or left < units
        if taken and host != "rolls back":
            self.taken += units

    @rule(minutes=st.integers(1, 90))
    def clock(self, minutes: int) -> None:
        """Let time pass."""
        self.now += timedelta(minutes=minutes)

    @rule(writer=st.sampled_from(WRITERS))
    def settle(self, writer: str) -> None:
        """Give back what is left."""
        self.tills[writer].purse.settle(self.now)

    @rule(writer=st.sampled_from(WRITERS), same_id=st.booleans())
    def kill(self, writer: str, same_id: bool) -> None:
        """Start again with nothing, under the same id or another."""
        lives = self.tills[writer].lives + (not same_id)
        self.tills[writer] = Till(purse(self.quota, f"{writer}{lives}", size=6), lives)

    @invariant()
    def never_too_many(self) -> None:
        """What was taken is within the limit, and what is left is not counted twice."""
        assert self.taken + self.quota.left("gifts", now=self.now) <= self.LIMIT

    def teardown(self) -> None:
        """When all leases are over, what was not taken is there again, to the unit."""
        assert self.LIMIT - self.taken == self.quota.left("gifts", now=self.now + 9 * HOUR)


TestPurses = Purses.TestCase


def test_a_slice_is_not_spent_twice() -> None:
    """Two purses under one id share its slices and spend each unit once."""
    quota = opened(10)
    one, two = purse(quota), purse(quota)
    taken = sum(held.take(3, NOON) for _ in range(4) for held in (one, two))

    assert 3 == taken
    with pytest.raises(IntegrityError):
        quota.spend("gifts", "till-1-1", 2, now=NOON)
