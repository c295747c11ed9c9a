"""Snapshots of standings and of a shard's runs: they bound what is read, and change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from test_book import CUSTOMERS, GOLD, RICH
from test_corrections import (
    POOR,
    THREE,
    Story,
    agenda,
    entries,
    every_entry_explained,
    open_,
    same,
    stories,
    told_wrong,
)
from tier_tools import FEW, at

from bankservice.core.journal import Commit, History, Stream
from bankservice.journals.memory import MemoryJournal
from bankservice.segmentation import Book, Measure, Standings

ONE = Book("retail")
JANUARY = date(2026, 1, 1)


class Forgetful(MemoryJournal):
    """A journal that forgets all its snapshots before some of its commits."""

    def __init__(self, forgets: Iterable[int]) -> None:
        super().__init__()
        self.forgets = frozenset(forgets)
        self.commits = 0

    def commit(self, commit: Commit) -> None:
        """Commit, and forget in time."""
        self.commits += 1
        if self.commits in self.forgets:
            self.forget_snapshots()
        super().commit(commit)


class Counting(MemoryJournal):
    """A journal that notes how many entries of each stream it gave at most."""

    def __init__(self) -> None:
        super().__init__()
        self.most: dict[Stream, int] = {}

    def read_many(self, streams: Iterable[Stream]) -> Mapping[Stream, History]:
        """Note it."""
        found = super().read_many(streams)
        for stream, history in found.items():
            self.most[stream] = max(self.most.get(stream, 0), len(history.entries))
        return found


def daily(standings: Standings, days: Iterable[int], first: Iterable[Measure]) -> None:
    """Run the book on days, the first customer's measures being those given."""
    for day, measure in zip(days, first, strict=True):
        measures = {**RICH, CUSTOMERS[0]: measure}
        standings.run(f"run-{day}", ONE, measures, JANUARY + timedelta(day))


@FEW
@given(stories(), st.integers(1, 3), st.sets(st.integers(1, 20)))
def test_snapshots_change_nothing(story: Story, every: int, forgets: set[int]) -> None:
    """Runs and corrections with any snapshots, lost at any time, end as without: entries, views,
    outcomes, agenda and explanations."""
    whole = open_(story.policy, MemoryJournal(), 10_000)
    short = open_(story.policy, Forgetful(forgets), every)
    told_wrong(whole, story)
    told_wrong(short, story)

    same(whole, short, [day.on for day in story.days])
    for customer in THREE:
        assert entries(whole, customer) == entries(short, customer)
    every_entry_explained(short)


def test_a_run_takes_them() -> None:
    """A customer who is noticed often has a stream of which less is read than between snapshots."""
    journal, every, days = Counting(), 4, range(20)
    standings = open_(GOLD, journal, every)
    often = [Measure(0 if day % 2 else 10**9) for day in days]
    daily(standings, days, often)
    stream = standings.desk.stream(CUSTOMERS[0])
    snapshot = journal.read_many((stream,))[stream].snapshot

    assert snapshot is not None
    assert len(journal.read(stream)) > 2 * every
    assert len(journal.read(stream)) - every < snapshot.version
    assert range(every) == range(journal.most[stream] + 1)


def test_a_correction_takes_them_too() -> None:
    """A stream that a correction brings far enough is frozen, whether or not it was before."""
    journal = MemoryJournal()
    standings = open_(GOLD, journal, 2)
    standings.run("run-1", ONE, RICH, JANUARY)
    streams = [standings.desk.stream(customer) for customer in CUSTOMERS]
    assert {None} == {history.snapshot for history in journal.read_many(streams).values()}

    for place, measures in enumerate((POOR, RICH)):
        standings.run(f"mend-{place}", ONE, measures, JANUARY)
        for history in journal.read_many(streams).values():
            assert history.snapshot is not None
            assert (place + 2, ()) == (history.snapshot.version, history.entries)


def test_years_of_runs_are_summed_up() -> None:
    """However many runs a shard had, a look at a customer reads fewer than lie between snapshots."""
    journal, every, days = Counting(), 25, range(120)
    standings = open_(GOLD, journal, every)
    daily(standings, days, [RICH[CUSTOMERS[0]]] * len(days))
    stream, last = standings.desk.shared(ONE.key(0)), JANUARY + timedelta(len(days))
    snapshot = journal.read_many((stream,))[stream].snapshot
    views = [standings.view(customer, at(last)) for customer in CUSTOMERS]
    due = agenda(standings)

    assert snapshot is not None
    assert (100, every - 1) == (snapshot.version, journal.most[stream])
    # Who joined stands in the entries; every look at anybody would read it.
    assert not any(customer in str(snapshot.state) for customer in CUSTOMERS)
    assert JANUARY + timedelta(len(days) - 1) == views[0].assessed_on
    journal.forget_snapshots()
    assert (views, due) == ([standings.view(c, at(last)) for c in CUSTOMERS], agenda(standings))
    assert frozenset(CUSTOMERS) == standings.members(ONE, 0)
