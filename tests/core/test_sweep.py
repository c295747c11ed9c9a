"""
Sweeping an agenda: what is handled, tried again and parked, against an oracle of plain loops.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock, Thread

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bankservice.core.errors import Fault, FaultsError, OperationalError, StoreError
from bankservice.core.journal import AgendaChange, AgendaItem, Commit, Lease, Stream
from bankservice.core.sweep import Backoff, Failed, Swept, sweep
from bankservice.journals import MemoryJournal

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEASE = 5 * MINUTE
EVEN = Backoff(first=MINUTE, factor=3, most=timedelta(hours=1), attempts=3)
FAR = datetime(9999, 1, 1, tzinfo=UTC)


def stream(key: str) -> Stream:
    """Return the address of a record."""
    return Stream("default", "toy.case", key)


@attrs.define
class Bench:
    """A journal, a clock that is set by hand, and a handler whose acts are told by key."""

    journal: MemoryJournal = attrs.field(factory=MemoryJournal)
    now: datetime = NOON
    acts: dict[str, Callable[[], object]] = attrs.field(factory=dict)
    seen: list[tuple[str, int]] = attrs.field(factory=list)

    def put(self, key: str, due_at: datetime = NOON) -> None:
        """Put an item on the agenda."""
        self.journal.commit(Commit(agenda=(AgendaChange(stream(key), "look", due_at),)))

    def off(self, key: str) -> None:
        """Take an item off."""
        self.journal.commit(Commit(agenda=(AgendaChange(stream(key), "look", None),)))

    def handle(self, item: AgendaItem) -> None:
        """Do what is told of an item; take it off where nothing is."""
        key = item.stream.key
        self.seen.append((key, item.attempts))
        self.acts.get(key, lambda: self.off(key))()

    def sweep(self, limit: int = 100, backoff: Backoff = EVEN) -> Swept:
        """Sweep."""
        return sweep(
            self.journal,
            "default",
            self.handle,
            now=lambda: self.now,
            limit=limit,
            lease=LEASE,
            backoff=backoff,
        )

    def due(self) -> list[str]:
        """Return what is due now and claimed by nobody."""
        return [item.stream.key for item in self.journal.due("default", self.now, limit=100)]

    def parked(self) -> dict[str, str]:
        """Return what is parked, and why."""
        return {item.stream.key: item.parked for item in self.journal.parked("default")}


@pytest.fixture
def bench() -> Bench:
    """Give a bench with an empty agenda."""
    return Bench()


def raising(error: BaseException) -> Callable[[], object]:
    """Return an act that raises."""

    def act() -> object:
        raise error

    return act


class TestBackoff:
    """How long a failed item waits."""

    @given(
        st.integers(1, 10_000),
        st.integers(1, 9),
        st.integers(0, 10_000),
        st.text(),
        st.integers(1, 99),
    )
    def test_between_three_quarters_and_the_whole(
        self, first: int, factor: int, more: int, key: str, attempts: int
    ) -> None:
        """A wait is the first one times the factor for each attempt, at most the longest, or up to
        a quarter less; and the same each time it is asked."""
        backoff = Backoff(
            first=timedelta(seconds=first), factor=factor, most=timedelta(seconds=first + more)
        )
        item = AgendaItem(NOON, stream(key), "look", attempts)
        whole = min(first * factor ** (attempts - 1), first + more)

        assert timedelta(seconds=whole) * 3 / 4 <= backoff.wait(item) <= timedelta(seconds=whole)
        assert backoff.wait(item) == backoff.wait(item)

    def test_keys_are_spread(self) -> None:
        """Items that fail together do not all come back together."""
        waits = {Backoff().wait(AgendaItem(NOON, stream(f"c-{n}"), "look", 1)) for n in range(200)}

        assert 50 < len(waits)

    def test_a_long_way(self) -> None:
        """However often an item was claimed, its wait is worked out at once."""
        item = AgendaItem(NOON, stream("c-1"), "look", 10**12)
        level = Backoff(first=MINUTE, factor=1)

        assert Backoff().wait(item) <= timedelta(hours=6)
        assert level.wait(item) <= MINUTE

    @pytest.mark.parametrize(
        "wrong",
        [
            {"first": timedelta(0)},
            {"first": timedelta(hours=2), "most": timedelta(hours=1)},
            {"factor": 0},
            {"attempts": 0},
        ],
    )
    def test_what_makes_no_sense(self, wrong: Mapping[str, object]) -> None:
        """No wait, a longest wait below the first, a factor or a number of attempts below 1."""
        with pytest.raises(ValueError, match="pass"):
            Backoff(**wrong)  # type: ignore[arg-type]


class TestSweep:
    """One sweep, by example."""

    def test_what_is_due_in_order(self, bench: Bench) -> None:
        """What is due is handled, earliest first; what is not is left."""
        for key, minutes in {"late": 1, "second": 0, "first": -9, "edge": 0}.items():
            bench.put(key, NOON + minutes * MINUTE)

        assert Swept(handled=3) == bench.sweep()
        assert [("first", 1), ("edge", 1), ("second", 1)] == bench.seen
        assert [] == bench.due()

    def test_nothing_due(self, bench: Bench) -> None:
        """An empty agenda is swept in no time."""
        assert Swept() == bench.sweep()

    def test_the_limit(self, bench: Bench) -> None:
        """No more items than asked are claimed, and the answer says that there may be more."""
        for key in "abc":
            bench.put(key)

        assert Swept(handled=2, more=True) == bench.sweep(limit=2)
        assert ["c"] == bench.due()
        assert Swept(handled=1) == bench.sweep(limit=2)

    def test_one_bad_item_does_not_stop_the_others(self, bench: Bench) -> None:
        """Whoever is to blame, the item is named with its error and waits; the others are handled."""
        errors = {"a": OperationalError("the store is locked."), "c": KeyError("a mistake")}
        for key in "abcd":
            bench.put(key)
        bench.acts.update({key: raising(error) for key, error in errors.items()})
        done = bench.sweep()

        assert 2 == done.handled
        assert list(errors.items()) == [(f.item.stream.key, f.error) for f in done.failed]
        assert [False, False] == [failed.parked for failed in done.failed]
        assert [("a", 1), ("b", 1), ("c", 1), ("d", 1)] == bench.seen
        assert {} == bench.parked()
        for failed in done.failed:
            assert NOON + EVEN.wait(failed.item) == failed.again_at

    def test_it_comes_back_when_it_said(self, bench: Bench) -> None:
        """A failed item waits as long as its attempts say, whatever its lease, and not longer."""
        bench.put("a")
        bench.acts["a"] = raising(StoreError("no."))
        for attempt in (1, 2):
            (failed,) = bench.sweep().failed
            assert failed.again_at is not None
            assert attempt == failed.item.attempts
            bench.now = failed.again_at - timedelta(microseconds=1)
            assert Swept() == bench.sweep()
            bench.now = failed.again_at

    def test_parked_at_last(self, bench: Bench) -> None:
        """After its attempts an item is parked with the reason, and not handled until put again."""
        bench.put("a")
        error = StoreError("the ledger is shut.\nmore")
        bench.acts["a"] = raising(error)
        done = []
        for _ in range(5):
            done.append(bench.sweep())
            bench.now += timedelta(hours=1)

        assert [1, 1, 1, 0, 0] == [len(swept.failed) for swept in done]
        last = done[2].failed[0]
        assert (error, True, 3) == (last.error, last.parked, last.item.attempts)
        assert {"a": "StoreError: the ledger is shut."} == bench.parked() == {"a": last.reason}

        bench.put("a", bench.now)
        del bench.acts["a"]
        assert Swept(handled=1) == bench.sweep()
        assert ("a", 1) == bench.seen[-1]

    @pytest.mark.parametrize(
        ("error", "reason"),
        [
            (ValueError("Mr Smith of 5 High Street"), "ValueError"),
            (
                FaultsError("the facts", (Fault("name", "'Mr Smith'", "a code"),)),
                "FaultsError: the facts has 1 fault:",
            ),
        ],
    )
    def test_the_reason_tells_nothing_of_the_customer(
        self, bench: Bench, error: Exception, reason: str
    ) -> None:
        """What is kept beside the item is the first line of our own message, or a name alone."""
        bench.put("a")
        bench.acts["a"] = raising(error)
        done = bench.sweep(backoff=Backoff(attempts=1))

        assert (Failed(AgendaItem(NOON, stream("a"), "look", 1), reason, error),) == done.failed
        assert {"a": reason} == bench.parked()

    def test_left_as_it_was(self, bench: Bench) -> None:
        """An item that its handler leaves comes back when the lease ends, and is parked at last."""
        bench.put("a")
        bench.acts["a"] = lambda: None
        done = []
        for _ in range(4):
            assert ["a"] == bench.due()
            done.append(bench.sweep())
            assert [] == bench.due()
            bench.now += LEASE

        assert [1, 1, 1, 0] == [swept.handled for swept in done]
        assert [("a", 1), ("a", 2), ("a", 3)] == bench.seen
        (failed,) = done[3].failed
        assert (None, True, "3 attempts left it unsettled") == (
            failed.error,
            failed.parked,
            failed.reason,
        )
        assert {"a": failed.reason} == bench.parked()

    @pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(2)])
    def test_killed(self, bench: Bench, error: BaseException) -> None:
        """Who ends the process ends the sweep; the item comes back with its lease, others at once."""
        bench.put("a")
        bench.put("b")
        bench.acts["a"] = raising(error)
        with pytest.raises(type(error)):
            bench.sweep()

        assert ["b"] == bench.due()
        bench.now += LEASE
        assert ["a", "b"] == bench.due()

    def test_an_item_that_kills_is_parked(self, bench: Bench) -> None:
        """An item that ends the process each time is not handled for ever; nobody else pays for it."""
        bench.put("a")
        bench.put("b")
        bench.acts["a"] = raising(SystemExit(2))
        for _ in range(3):
            with pytest.raises(SystemExit):
                bench.sweep()
            bench.now += LEASE
        done = bench.sweep()

        assert (1, ["a"]) == (done.handled, list(bench.parked()))
        assert [("a", 1), ("a", 2), ("a", 3), ("b", 1)] == bench.seen

    def test_put_again_for_the_past(self, bench: Bench) -> None:
        """An item put again for an instant gone by waits for the next sweep; others come first."""
        bench.put("a")
        bench.put("b", NOON - MINUTE)
        bench.acts["b"] = lambda: bench.put("b", NOON - 2 * MINUTE)

        assert Swept(handled=2) == bench.sweep()
        assert [("b", 1), ("a", 1)] == bench.seen
        assert ["b"] == bench.due()

    def test_settled_and_raised(self, bench: Bench) -> None:
        """A handler that settles its item and then raises is told of; the item stays settled."""

        def act() -> object:
            bench.put("a", NOON + MINUTE)
            raise StoreError("after the commit.")

        bench.put("a")
        bench.acts["a"] = act
        for backoff in (EVEN, Backoff(attempts=1)):
            bench.put("a")
            assert 1 == len(bench.sweep(backoff=backoff).failed)
            assert {} == bench.parked()
            assert [AgendaItem(NOON + MINUTE, stream("a"), "look")] == [
                *bench.journal.due("default", NOON + MINUTE, limit=9)
            ]

    def test_too_slow(self, bench: Bench) -> None:
        """Who takes longer than the lease and fails changes nothing for the one who came after."""
        bench.put("a")
        others: list[Swept] = []

        def act() -> object:
            bench.now += LEASE
            bench.acts["a"] = lambda: None
            others.append(bench.sweep())
            raise StoreError("too late.")

        bench.acts["a"] = act
        assert 1 == len(bench.sweep().failed)
        assert [Swept(handled=1)] == others
        assert [("a", 1), ("a", 2)] == bench.seen
        assert [] == bench.due()
        bench.now += LEASE
        assert ["a"] == bench.due()

    def test_a_clock_that_goes_back(self, bench: Bench) -> None:
        """Within a sweep the instant never goes back; between sweeps items wait for the old time."""
        for key in "abc":
            bench.put(key)

        def act() -> object:
            bench.now -= timedelta(hours=1)
            raise StoreError("no.")

        bench.acts["a"] = act
        done = bench.sweep()

        assert 2 == done.handled
        assert NOON + EVEN.wait(done.failed[0].item) == done.failed[0].again_at
        assert Swept() == bench.sweep()
        bench.now = NOON + MINUTE
        assert ["a"] == bench.due()

    def test_trouble_with_the_journal_ends_it(self, bench: Bench) -> None:
        """What the journal itself raises is not about one item, and hides no error of a handler."""
        bench.put("a")
        first, second = StoreError("of the handler."), OperationalError("of the journal.")
        bench.acts["a"] = raising(first)

        def postpone(item: AgendaItem, until: datetime) -> None:
            raise second

        bench.journal.postpone = postpone  # type: ignore[method-assign]
        with pytest.raises(OperationalError) as caught:
            bench.sweep()

        assert (second, first) == (caught.value, caught.value.__context__)

    @pytest.mark.parametrize(("limit", "lease"), [(0, LEASE), (1, timedelta(0))])
    def test_what_makes_no_sense(self, bench: Bench, limit: int, lease: timedelta) -> None:
        """A sweep of nothing, or with a lease of no time, is a mistake."""
        with pytest.raises(ValueError, match="pass a lease above 0"):
            sweep(
                bench.journal, "default", bench.handle, now=lambda: NOON, limit=limit, lease=lease
            )

    def test_two_at_once(self) -> None:
        """However many sweep at once, each item is handled by one of them."""
        bench, lock, seen = Bench(), Lock(), Counter[str]()
        for number in range(200):
            bench.put(f"c-{number}")

        def handle(item: AgendaItem) -> None:
            with lock:
                seen[item.stream.key] += 1
            bench.off(item.stream.key)

        def work() -> None:
            while sweep(bench.journal, "default", handle, now=lambda: NOON, limit=7).more:
                pass

        threads = [Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert {f"c-{number}": 1 for number in range(200)} == dict(seen)


# -- against an oracle ----------------------------------------------------------------------------

KEYS = ("a", "b", "c", "d")
ACTS = ("off", "later", "past", "fail", "bug", "leave", "kill")


@attrs.define
class Matter:
    """What the oracle knows of an item."""

    due_at: datetime
    attempts: int = 0
    waits: datetime = NOON - timedelta(days=9)
    parked: bool = False


class Sweeping(RuleBasedStateMachine):
    """Items put, a clock that goes to and fro, and sweeps whose handler does anything."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench()
        self.matters: dict[str, Matter] = {}
        self.put_since: set[str] = set()

    @rule(key=st.sampled_from(KEYS), minutes=st.integers(-30, 60))
    def put(self, key: str, minutes: int) -> None:
        """Put an item, or put it again."""
        due_at = self.bench.now + minutes * MINUTE
        self.bench.put(key, due_at)
        self.matters[key] = Matter(due_at)
        self.put_since.add(key)

    @rule(minutes=st.integers(-20, 90))
    def clock(self, minutes: int) -> None:
        """Let time pass, or set the clock back."""
        self.bench.now += minutes * MINUTE

    @rule(
        limit=st.integers(1, 6),
        acts=st.fixed_dictionaries({key: st.sampled_from(ACTS) for key in KEYS}),
        minutes=st.integers(-3, 9),
    )
    def sweep(self, limit: int, acts: Mapping[str, str], minutes: int) -> None:
        """Sweep, with a handler that takes a while and does as told."""
        handled, failed, killed = self.foretold(limit, acts, minutes)
        bench, self.bench.seen = self.bench, []
        bench.acts = {key: self.act(key, acts[key], minutes) for key in KEYS}
        try:
            done = bench.sweep(limit)
        except KeyboardInterrupt:
            assert killed
        else:
            assert not killed
            assert failed == [(f.item.stream.key, f.again_at) for f in done.failed]
            assert len(handled) == done.handled + sum(f.error is not None for f in done.failed)
        self.put_since -= {key for key, _ in bench.seen}

        assert handled == bench.seen
        assert all(attempts <= EVEN.attempts for _, attempts in bench.seen)

    def act(self, key: str, act: str, minutes: int) -> Callable[[], object]:
        """Return what the handler does of an item."""
        errors = {"fail": StoreError("no."), "bug": TypeError("no."), "kill": KeyboardInterrupt()}

        def do() -> object:
            self.bench.now += minutes * MINUTE
            if act in errors:
                raise errors[act]
            if act == "off":
                self.bench.off(key)
            elif act in ("later", "past"):
                self.bench.put(key, again(act, self.bench.now))
            return None

        return do

    def foretold(
        self, limit: int, acts: Mapping[str, str], minutes: int
    ) -> tuple[list[tuple[str, int]], list[tuple[str, datetime | None]], bool]:
        """Do the same to the oracle: what is handled, what fails, and whether it is killed."""
        handled: list[tuple[str, int]] = []
        failed: list[tuple[str, datetime | None]] = []
        now = at = self.bench.now
        last = (NOON - timedelta(days=99), "")
        for _ in range(limit):
            ready = sorted(
                (matter.due_at, key)
                for key, matter in self.matters.items()
                if matter.due_at <= at and matter.waits <= at and not matter.parked
            )
            ready = [place for place in ready if place > last]
            if not ready:
                break
            last = ready[0]
            key = last[1]
            matter = self.matters[key]
            matter.attempts, matter.waits = matter.attempts + 1, at + LEASE
            if matter.attempts > EVEN.attempts:
                matter.parked = True
                failed.append((key, None))
                continue
            handled.append((key, matter.attempts))
            now += minutes * MINUTE
            at = max(at, now)
            match acts[key]:
                case "off":
                    del self.matters[key]
                case "later" | "past" as act:
                    self.matters[key] = Matter(again(act, now))
                case "fail" | "bug" if matter.attempts == EVEN.attempts:
                    matter.parked = True
                    failed.append((key, None))
                case "fail" | "bug":
                    item = AgendaItem(matter.due_at, stream(key), "look", matter.attempts)
                    matter.waits = at + EVEN.wait(item)
                    failed.append((key, matter.waits))
                case "kill":
                    return handled, failed, True
        return handled, failed, False

    @invariant()
    def same(self) -> None:
        """The agenda is what the oracle says: who waits, who is parked, and after how many attempts."""
        now = self.bench.now
        due = {
            item.stream.key: (item.due_at, item.attempts)
            for item in self.bench.journal.due("default", now, limit=100)
        }

        assert {
            key: (matter.due_at, matter.attempts)
            for key, matter in self.matters.items()
            if max(matter.due_at, matter.waits) <= now and not matter.parked
        } == due
        assert {key for key, matter in self.matters.items() if matter.parked} == set(
            self.bench.parked()
        )

    def teardown(self) -> None:
        """In the end every item has been handled since it was put, or is parked."""
        self.bench.now, self.bench.acts = FAR, {}
        self.bench.seen = []
        while self.bench.sweep().more:
            pass

        left = self.put_since - {key for key, _ in self.bench.seen}
        assert left <= set(self.bench.parked())
        assert [] == self.bench.due()


def again(act: str, now: datetime) -> datetime:
    """Return when a handler puts its item again."""
    return now + (30 if act == "later" else -45) * MINUTE


TestSweeping = Sweeping.TestCase


def test_what_is_not_mine_is_passed_over(bench: Bench) -> None:
    """
    A sweep claims its own items alone: those of others stay due, without an attempt used up,
    however many stand before.
    """
    for place in range(40):
        bench.put(f"theirs-{place:02}")
    bench.put("yours")
    before = bench.journal.due("default", bench.now, limit=100)

    swept = sweep(
        bench.journal,
        "default",
        bench.handle,
        now=lambda: bench.now,
        mine=lambda item: item.stream.key == "yours",
    )

    assert Swept(handled=1) == swept
    assert [("yours", 1)] == bench.seen
    assert before[:-1] == bench.journal.due("default", bench.now, limit=100)


def test_an_item_lost_to_another_sweep_is_passed_over(bench: Bench) -> None:
    """An item that another sweep claims between the look and the claim is left to it."""
    lost: list[AgendaItem | None] = []

    class Late(MemoryJournal):
        """A journal where somebody is quicker, once."""

        def claim(self, item: AgendaItem, lease: Lease) -> AgendaItem | None:
            if not lost:
                lost.append(super().claim(item, lease))
            return super().claim(item, lease)

    bench.journal = Late()
    for key in "ab":
        bench.put(key)

    assert Swept(handled=1) == bench.sweep()
    assert [("b", 1)] == bench.seen
