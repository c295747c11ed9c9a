"""A day's run given again: it decides from the state before the run, and writes what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, TypeAlias

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_book import CUSTOMERS, GOLD, RICH, START, Dying, Event, Killed, seen, single
from tier_tools import FEW, at, desk, policy_of

from bankservice.core.decision import Explanation, Reason
from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.errors import CommandConflictError, StoreError, UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.journal import Commit, Entry, Journal
from bankservice.core.policy import Policy
from bankservice.core.unknown import UNKNOWN
from bankservice.journals.memory import MemoryJournal
from bankservice.journals.sql import SqlJournal
from bankservice.segmentation import (
    STANDING,
    Book,
    Measure,
    Measures,
    MembersMissingError,
    RunOutOfOrderError,
    RunResult,
    Standing,
    Standings,
    TierReason,
)
from bankservice.segmentation.entries import Assessed, Member, reread
from bankservice.segmentation.ladder import Ladder
from bankservice.segmentation.record import reassess
from bankservice.segmentation.runs import RunCorrected
from bankservice.testing import strategies

BOOK = Book("retail", shards=2)
ONE = Book("retail")
THREE = ("customer-1", "customer-2", "customer-3")
FAR = at(date(2149, 1, 1))

Held: TypeAlias = Mapping[str, Any]


# -- stories ----------------------------------------------------------------------------------


@attrs.frozen
class Day:
    """A run's day: what was measured at first, what is right, and a tier held by hand before it."""

    on: date
    wrong: Held
    right: Held
    override: tuple[str, str] | None
    mend: bool


@attrs.frozen
class Story:
    """A policy, what happened before anything went wrong, and the days of runs since."""

    policy: Policy[Ladder]
    before: tuple[Event, ...]
    days: tuple[Day, ...]


@st.composite
def stories(draw: st.DrawFn, /, **options: Any) -> Story:
    """
    Draw a policy, a life without faults, and days of runs some of whose measures were wrong.

    `mend`: all days so far are corrected, in order, once this day's run is done.
    """
    table = draw(
        strategies.tier_tables(
            min_tiers=2,
            max_tiers=4,
            landings=("by_latch", "one_step", "to_measured"),
            max_minor=10**6,
            **options,
        )
    )
    rows = [{**row, "ramp": "P2M"} if row["code"] != "BASE" else row for row in table["tier"]]
    first = {**table, "tier": rows}
    later = draw(st.none() | st.sampled_from(("grandfather", "immediate", "new_entrants_only")))
    if later is None:
        policy = policy_of(first)
    else:
        since = START + timedelta(draw(st.integers(30, 500)))
        newer = draw(strategies.tier_tables(max_tiers=4, max_minor=10**6, **options))
        policy = policy_of(first, {**newer, "since": since}, on_change=later)
        if len({version.parameters.measures for version in policy.versions}) > 1:
            # A run may not state a measure that its version does not name.
            policy = policy_of(first)
    ladder = draw(st.sampled_from([version.parameters for version in policy.versions]))
    one = strategies.measure_paths(ladder=ladder, min_size=1, max_size=1).map(lambda p: p[0][1])
    # A book that is never low is protected all the time; one that is often low lapses.
    one = one | st.just(dict.fromkeys(ladder.measures, Measure(0)))
    who = st.sampled_from(THREE)
    day, before = START, []
    for _ in range(draw(st.integers(0, 3))):
        day += timedelta(draw(st.integers(1, 150)))
        what = draw(st.sampled_from(("run", "assess", "override", "ramp")))
        held: Any = (draw(who), "TIER_1")
        if what == "run":
            held = {customer: draw(one) for customer in THREE}
        elif what == "assess":
            held = (draw(who), draw(one))
        before.append((what, day, held))
    days = []
    for _ in range(draw(st.integers(1, 5))):
        day += timedelta(draw(st.integers(1, 250)))
        right = {customer: draw(one) for customer in THREE}
        wrong = {c: draw(st.just(m) | one) for c, m in right.items()}
        override = draw(st.none() | st.tuples(who, st.just("TIER_1")))
        days.append(Day(day, wrong, right, override, draw(st.booleans())))
    days[-1] = attrs.evolve(days[-1], mend=True)
    return Story(policy, tuple(before), tuple(days))


def run(standings: Standings, key: str, measured: Held, on: date, book: Book = BOOK) -> RunResult:
    """Give a run."""
    measures = {c: Measures(FrozenMapping(held)) for c, held in measured.items()}
    return standings.run(key, book, measures, on)


def open_(policy: Policy[Ladder], journal: Journal, every: int = 200) -> Standings:
    """Return standings whose desk takes a snapshot after so many entries."""
    standings = desk(policy, journal)
    standings.desk = Desk(STANDING, (policy,), snapshot_every=every)
    return standings


def begin(standings: Standings, story: Story) -> None:
    """Give what happened before anything went wrong."""
    for place, event in enumerate(story.before):
        if event[0] == "run":
            run(standings, f"early-{place}", event[2], event[1])
        else:
            single(standings, place, event)


def told_right(standings: Standings, story: Story) -> None:
    """Give every run right the first time."""
    begin(standings, story)
    for place, day in enumerate(story.days):
        by_hand(standings, place, day)
        run(standings, f"run-{place}", day.right, day.on)


def told_wrong(standings: Standings, story: Story) -> list[RunResult]:
    """Give every run as it was first measured, and correct when the story says so."""
    begin(standings, story)
    results = []
    for place, day in enumerate(story.days):
        by_hand(standings, place, day)
        run(standings, f"run-{place}", day.wrong, day.on)
        for earlier, mended in enumerate(story.days[: place + 1] if day.mend else ()):
            key = f"mend-{place}-{earlier}"
            results.append(run(standings, key, mended.right, mended.on))
    return results


def by_hand(standings: Standings, place: int, day: Day) -> None:
    """Hold a tier by hand, where the story says so."""
    if day.override is not None:
        single(standings, 100 + place, ("override", day.on, day.override))


def journal_of(standings: Standings) -> Journal:
    """Return the journal of standings."""
    return standings.office.journal


def agenda(standings: Standings) -> set[Any]:
    """Return what is on the agenda."""
    items = journal_of(standings).due("default", FAR, limit=10_000)
    return {(item.due_at, item.stream, item.key) for item in items}


def entries(standings: Standings, customer: str) -> tuple[Entry, ...]:
    """Return a customer's own entries."""
    return journal_of(standings).read(standings.desk.stream(customer))


def counts(standings: Standings, customers: Iterable[str]) -> dict[str, int]:
    """Count the customers' own entries."""
    return {customer: len(entries(standings, customer)) for customer in customers}


def kinds(standings: Standings) -> Counter[str]:
    """Count the entries of a journal by kind."""
    return Counter(fed.entry.kind for fed in journal_of(standings).feed(0, limit=10_000))


def shown(standing: Standing) -> Any:
    """Return what must be equal of a standing: at the base, when it was looked at is not kept."""
    return standing if standing.top >= 0 else (standing.tier, standing.effective_on)


def shown_outcomes(standings: Standings, on: date) -> dict[str, Any]:
    """Return what a day's run decided, but for the entries that tell it."""
    found = {}
    for shard, customers in BOOK.split(THREE).items():
        for customer, outcome in standings.outcomes(BOOK, shard, customers, on).items():
            found[customer] = (shown(outcome.before), shown(outcome.after))
    return found


def same(right: Standings, mended: Standings, days: Iterable[date]) -> None:
    """Compare every view, outcome and the agenda."""
    last = max(days)
    for customer in THREE:
        assert seen(right.view(customer, at(last))) == seen(mended.view(customer, at(last)))
    for day in days:
        assert shown_outcomes(right, day) == shown_outcomes(mended, day), day
    assert agenda(right) == agenda(mended)


def decided_again(standings: Standings, customer: str, version: int) -> tuple[Any, Any]:
    """Return the standing an entry holds, and that which its explanation decides again."""
    told: list[tuple[Any, Any]] = []
    (policy,) = standings.desk.policies

    def explain(state: Member, event: Any, find: Any) -> Explanation:
        if isinstance(event, Assessed):
            (under,) = (v for v in policy.versions if str(v.ref.since) == event.version["since"])
            measures = reread(event.measures)
            again = reassess(
                state, event.on, measures, policy, under, household=bool(event.household)
            )
            told.append((event.standing, again))
        return Explanation(Reason("X", ()), (), (), "bankservice.segmentation")

    asking = Desk(attrs.evolve(STANDING, explain=explain), standings.desk.policies)
    told_by = asking.explain(
        customer, version, lambda kept, beside=(), *, later=False: policy.versions[0]
    )
    serve(told_by, journal_of(standings))
    return told[0] if told else (None, None)


def every_entry_explained(standings: Standings) -> None:
    """Explain every entry: what was decided is decided again."""
    for customer in THREE:
        for entry in entries(standings, customer):
            held, again = decided_again(standings, customer, entry.version)

            assert held == again, (customer, entry.version)
            assert standings.explain(customer, entry.version).headline.code


# -- laws -------------------------------------------------------------------------------------


class TestLaws:
    """What holds of every correction."""

    @given(stories())
    def test_corrected_is_as_right_the_first_time(self, story: Story) -> None:
        """Runs corrected in day order leave views, outcomes and agenda as if never wrong."""
        right, mended = desk(story.policy), desk(story.policy)
        told_right(right, story)
        results = told_wrong(mended, story)

        same(right, mended, [day.on for day in story.days])
        assert {()} == {result.held_back for result in results}

    @FEW
    @given(stories(measures=("assets", "salary")))
    def test_several_measures(self, story: Story) -> None:
        """The same where tiers look at several measures."""
        right, mended = desk(story.policy), desk(story.policy)
        told_right(right, story)
        told_wrong(mended, story)

        same(right, mended, [day.on for day in story.days])

    @FEW
    @given(stories(), st.integers(1, 2))
    def test_snapshots_and_sqlite(self, story: Story, every: int) -> None:
        """The same on SQLite, and with snapshots at every entry or two."""
        right = desk(story.policy)
        told_right(right, story)
        for journal in (MemoryJournal(), SqlJournal.open("sqlite://")):
            mended = open_(story.policy, journal, every)
            told_wrong(mended, story)
            same(right, mended, [day.on for day in story.days])
            views = [mended.view(customer, at(story.days[-1].on)) for customer in THREE]
            journal.forget_snapshots()

            assert views == [mended.view(c, at(story.days[-1].on)) for c in THREE]
            if isinstance(journal, SqlJournal):
                journal.close()

    @FEW
    @given(stories(), st.booleans())
    def test_the_same_again_writes_nothing(self, story: Story, mended: bool) -> None:
        """Days run again, in order, with the input that stands: nothing but receipts."""
        standings = desk(story.policy)
        if mended:
            told_wrong(standings, story)
        else:
            told_right(standings, story)
        before = kinds(standings)
        results = [
            run(standings, f"again-{place}", day.right, day.on)
            for place, day in enumerate(story.days)
        ]

        assert before == kinds(standings)
        assert [RunResult(3, unchanged=2)] * len(results) == results

    @FEW
    @given(stories())
    def test_entries_only_where_a_decision_differs(self, story: Story) -> None:
        """Of each correction: an entry for whom the outcome is another, and for nobody else."""
        standings = desk(story.policy)
        told_wrong(standings, attrs.evolve(story, days=tuple(map(unmended, story.days))))
        for place, day in enumerate(story.days):
            before, told = counts(standings, THREE), shown_outcomes(standings, day.on)
            result = run(standings, f"mend-{place}", day.right, day.on)
            after, now = counts(standings, THREE), shown_outcomes(standings, day.on)
            written = {c for c in THREE if after[c] > before[c]}

            assert {c for c in THREE if told[c][1] != now[c][1]} == written
            assert (len(written), len(written)) == (result.written, result.corrected)
            assert {c for c in THREE if told[c][0] != now[c][0]} == set()

    @FEW
    @given(stories())
    def test_every_entry_is_explained(self, story: Story) -> None:
        """Wrong entries and right ones, and those of corrections, are decided again as they were."""
        standings = desk(story.policy)
        told_wrong(standings, attrs.evolve(story, days=tuple(map(unmended, story.days))))
        every_entry_explained(standings)
        for place, day in enumerate(story.days):
            run(standings, f"mend-{place}", day.right, day.on)
        every_entry_explained(standings)

    @FEW
    @given(stories())
    def test_there_and_back(self, story: Story) -> None:
        """A day corrected to another input and back ends where it began."""
        day = story.days[0]
        once, back = desk(story.policy), desk(story.policy)
        begin(once, story)
        run(once, "run-1", day.right, day.on)
        begin(back, story)
        run(back, "run-1", day.right, day.on)
        run(back, "run-2", day.wrong, day.on)
        run(back, "run-3", day.right, day.on)

        same(once, back, [day.on])

    @FEW
    @given(stories(), st.integers(0, 1))
    def test_killed_between_shards(self, story: Story, after: int) -> None:
        """A correction that died between two shards and is given again ends like one that did not."""
        first = story.days[0]
        whole, broken = desk(story.policy), Dying(100)
        half = desk(story.policy, broken)
        for standings in (whole, half):
            begin(standings, story)
            run(standings, "run-1", first.wrong, first.on)
        expected = run(whole, "run-2", first.right, first.on)
        broken.left = after
        with pytest.raises(Killed):
            run(half, "run-2", first.right, first.on)
        broken.left = 100
        actual = run(half, "run-2", first.right, first.on)

        assert attrs.evolve(expected, replayed=after) == actual
        same(whole, half, [first.on])

    @FEW
    @given(stories())
    def test_outcomes_do_not_change_with_later_runs(self, story: Story) -> None:
        """What a run decided stays as it is told, entries and all, when later days are run."""
        standings = desk(story.policy)
        begin(standings, story)
        told: dict[date, Any] = {}
        for place, day in enumerate(story.days):
            run(standings, f"run-{place}", day.wrong, day.on)
            told[day.on] = every_outcome(standings, day.on)

            assert told == {on: every_outcome(standings, on) for on in told}


def unmended(day: Day) -> Day:
    """Return a day after which nothing is corrected."""
    return attrs.evolve(day, mend=False)


def every_outcome(standings: Standings, on: date) -> dict[str, Any]:
    """Return what a day's run decided."""
    found: dict[str, Any] = {}
    for shard, customers in BOOK.split(THREE).items():
        found |= standings.outcomes(BOOK, shard, customers, on)
    return found


# -- examples ---------------------------------------------------------------------------------

JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)
POOR: Mapping[str, Any] = dict.fromkeys(CUSTOMERS, Measure(0))
FIRST = CUSTOMERS[0]


def tier(standings: Standings, customer: str = FIRST, on: date = MARCH) -> str:
    """Return the tier a customer is seen to hold."""
    return standings.view(customer, at(on)).tier


class Racing(MemoryJournal):
    """A journal where somebody else comes first, once."""

    first: Callable[[], object] | None = None

    def commit(self, commit: Commit) -> None:
        """Commit, after somebody else did."""
        first, self.first = self.first, None
        if first is not None:
            first()
        super().commit(commit)


class Forgetful(MemoryJournal):
    """A journal that keeps no snapshot a correction brings."""

    def commit(self, commit: Commit) -> None:
        """Commit, but for those snapshots."""
        told = any(append.entries[0].kind == "run-corrected" for append in commit.appends)
        super().commit(attrs.evolve(commit, snapshots=()) if told else commit)


class TestExamples:
    """Corrections by name."""

    def test_gold_by_a_wrong_extract(self) -> None:
        """A tier that a wrong balance gave is gone, its protection with it; a day alone says so."""
        standings = desk(GOLD)
        standings.run("run-1", ONE, {**POOR, FIRST: Measure(100_00)}, JANUARY)
        assert "GOLD" == tier(standings)

        result = standings.run("run-2", ONE, POOR, JANUARY)

        assert RunResult(12, 1, 1, corrected=1) == result
        view = standings.view(FIRST, at(MARCH))
        assert ("BASE", (TierReason.BASE,), None) == (view.tier, view.reasons, view.effective_on)
        assert set() == agenda(standings)

    def test_a_tier_lapsed_by_a_wrong_extract(self) -> None:
        """A tier that a wrong balance took is held again, and with its first day."""
        standings = desk(GOLD)
        standings.run("run-1", ONE, RICH, JANUARY)
        standings.run("run-2", ONE, POOR, FEBRUARY)
        lapse = date(2026, 7, 31)
        standings.run("run-3", ONE, POOR, lapse)
        assert "BASE" == tier(standings, on=lapse)

        first = standings.run("run-4", ONE, RICH, FEBRUARY)
        second = standings.run("run-5", ONE, POOR, lapse)

        assert (RunResult(12, 12, 0, corrected=12), RunResult(12, 12, 12, corrected=12)) == (
            first,
            second,
        )
        view = standings.view(FIRST, at(lapse))
        assert ("GOLD", JANUARY) == (view.tier, view.effective_on)
        assert date(2026, 8, 28) == view.qualifications["GOLD"].protected_until

    def test_entries_of_later_days_stand(self) -> None:
        """A correction takes effect at its run: what a later run wrote holds until that is run again."""
        standings = desk(GOLD)
        standings.run("run-1", ONE, POOR, JANUARY)
        standings.run("run-2", ONE, RICH, FEBRUARY)
        before, due = standings.view(FIRST, at(MARCH)), agenda(standings)
        standings.run("run-3", ONE, {**POOR, FIRST: Measure(100_00)}, JANUARY)
        standings.run("run-4", ONE, POOR, JANUARY)
        found = {on: standings.outcomes(ONE, 0, [FIRST], on)[FIRST] for on in (JANUARY, FEBRUARY)}

        assert (before, due) == (standings.view(FIRST, at(MARCH)), agenda(standings))
        assert ("BASE", 3) == (found[JANUARY].after.tier, found[JANUARY].version)
        assert ("GOLD", 1) == (found[FEBRUARY].after.tier, found[FEBRUARY].version)

    def test_equal_input_is_decided_again_where_an_earlier_day_was_corrected(self) -> None:
        """A day began from what the day before it left: with another beginning it is run again."""
        standings = desk(GOLD)
        standings.run("run-1", ONE, RICH, JANUARY)
        standings.run("run-2", ONE, POOR, FEBRUARY)
        corrected = standings.run("run-3", ONE, POOR, JANUARY)
        again = standings.run("run-4", ONE, POOR, FEBRUARY)
        third = standings.run("run-5", ONE, POOR, FEBRUARY)

        assert (12, 12) == (corrected.corrected, again.corrected)
        assert RunResult(12, unchanged=1) == third
        assert {"BASE"} == {tier(standings, customer) for customer in CUSTOMERS}
        assert set() == agenda(standings)

    def test_an_entry_that_dates_alone_would_explain(self) -> None:
        """Where the first run wrote what was no news, the correction has to say so."""
        standings = desk(GOLD)
        standings.run("run-1", ONE, RICH, JANUARY)
        standings.run("run-2", ONE, {**RICH, FIRST: Measure(0)}, FEBRUARY)
        result = standings.run("run-3", ONE, RICH, FEBRUARY)
        (outcome,) = standings.outcomes(ONE, 0, [FIRST], FEBRUARY).values()

        assert RunResult(12, 1, 0, corrected=1) == result
        assert (3, TierReason.REQUALIFIED) == (outcome.version, outcome.after.reason)
        assert shown(standings.outcomes(ONE, 0, CUSTOMERS, FEBRUARY)[CUSTOMERS[1]].after) == shown(
            outcome.after
        )

    def test_a_customer_joins_in_a_correction(self) -> None:
        """Who was left out of the first run joins in its correction, and must be stated then."""
        standings = desk(GOLD)
        late = {**RICH, "customer-99": Measure(100_00)}
        standings.run("run-1", ONE, RICH, JANUARY)
        standings.run("run-2", ONE, RICH, FEBRUARY)
        result = standings.run("run-3", ONE, late, JANUARY)

        assert RunResult(13, 1, 1, corrected=1) == result
        assert {*CUSTOMERS, "customer-99"} == standings.members(ONE, 0)
        for place, day in enumerate((JANUARY, FEBRUARY, MARCH)):
            with pytest.raises(MembersMissingError, match=r"12 of its 13.*customer-99"):
                standings.run(f"few-{place}", ONE, {**RICH, FIRST: Measure(1)}, day)
        assert 0 == standings.run("run-4", ONE, late, FEBRUARY).written
        assert 0 == standings.run("run-5", ONE, late, MARCH).written
        assert standings.view(FIRST) == standings.view("customer-99")

    def test_who_joined_later_may_be_left_out(self) -> None:
        """A correction must state who followed by then; who joined in a later run it need not."""
        standings = desk(GOLD)
        late = {**RICH, "customer-99": Measure(100_00)}
        standings.run("run-1", ONE, RICH, JANUARY)
        standings.run("run-2", ONE, late, FEBRUARY)
        before = standings.view("customer-99")
        standings.run("run-3", ONE, {**RICH, FIRST: Measure(0)}, JANUARY)

        assert before == standings.view("customer-99")
        assert 1 == standings.run("run-4", ONE, {**late, FIRST: Measure(0)}, JANUARY).moved
        assert (
            JANUARY == standings.outcomes(ONE, 0, late, JANUARY)["customer-99"].after.effective_on
        )
        with pytest.raises(MembersMissingError, match="12 of its 13"):
            standings.run("run-5", ONE, RICH, JANUARY)
        assert 13 == standings.run("run-6", ONE, late, MARCH).assessed

    def test_an_override_survives(self) -> None:
        """A tier held by hand is held through corrections of runs before and after it."""
        standings = open_(GOLD, MemoryJournal(), 1)
        standings.run("run-1", ONE, RICH, JANUARY)
        single(standings, 1, ("override", FEBRUARY, (FIRST, "GOLD")))
        standings.run("run-2", ONE, RICH, FEBRUARY)
        standings.run("run-3", ONE, POOR, JANUARY)
        standings.run("run-4", ONE, POOR, FEBRUARY)
        view = standings.view(FIRST, at(MARCH))

        assert ("GOLD", "BASE", TierReason.OVERRIDE) == (view.tier, view.measured_tier, view.reason)
        assert "BASE" == tier(standings, CUSTOMERS[1])
        assert {"override"} == {key for _, _, key in agenda(standings)}

    def test_assessed_alone_since_is_held_back(self) -> None:
        """Who was assessed or given a tier outside runs since is left alone and named."""
        standings = desk(GOLD)
        ramp, joined = CUSTOMERS[1], "customer-99"
        held = {**RICH, ramp: Measure(0), joined: Measure(0)}
        standings.run("run-1", ONE, held, JANUARY)
        standings.assess("own", FIRST, measure={"average": "90.00"}, on=FEBRUARY)
        standings.assess("own-2", joined, measure={"average": "100.00"}, on=FEBRUARY)
        standings.grant_ramp("own-3", ramp, tier="GOLD", on=FEBRUARY)
        before = counts(standings, held)
        result = standings.run("run-2", ONE, {**dict.fromkeys(held, Measure(1)), **POOR}, JANUARY)

        assert (FIRST,) == result.held_back
        assert 10 == result.corrected
        lifted = standings.run("run-3", ONE, dict.fromkeys(held, Measure(100_00)), JANUARY)
        assert {ramp, joined} == set(lifted.held_back)
        again = standings.run("run-4", ONE, dict.fromkeys(held, Measure(100_00)), JANUARY)
        assert (1, lifted.held_back) == (again.unchanged, again.held_back)
        after = counts(standings, held)
        assert [before[c] for c in (FIRST, ramp, joined)] == [
            after[c] for c in (FIRST, ramp, joined)
        ]

    def test_assessed_alone_before_is_corrected(self) -> None:
        """What was decided outside runs before the run is what the correction begins from."""
        standings = desk(GOLD)
        standings.assess("own", FIRST, measure={"average": "100.00"}, on=date(2026, 1, 15))
        standings.run("run-1", ONE, {**RICH, FIRST: Measure(0)}, JANUARY)
        standings.assess("own-2", FIRST, measure={"average": "85.00"}, on=date(2026, 2, 15))
        standings.run("run-2", ONE, {**RICH, FIRST: Measure(0)}, FEBRUARY)
        result = standings.run("run-3", ONE, RICH, FEBRUARY)

        assert ((), 1) == (result.held_back, result.corrected)
        assert date(2026, 8, 28) == (
            standings.view(FIRST, at(MARCH)).qualifications["GOLD"].protected_until
        )

    def test_who_was_assessed_later_is_left_alone(self) -> None:
        """A run left a follower alone who was assessed for a later day; so does its correction."""
        standings = desk(GOLD)
        standings.run("run-1", ONE, RICH, JANUARY)
        standings.assess("own", FIRST, measure={"average": "100.00"}, on=MARCH)
        standings.run("run-2", ONE, RICH, FEBRUARY)
        result = standings.run("run-3", ONE, POOR, FEBRUARY)
        found = standings.outcomes(ONE, 0, [FIRST], FEBRUARY)[FIRST]

        assert (11, ()) == (result.corrected, result.held_back)
        assert (found.before, 0) == (found.after, found.version)

    def test_replays(self) -> None:
        """The same id again gives the first answer, of a correction and of one without a change."""
        standings = desk(GOLD)
        standings.run("run-1", ONE, RICH, JANUARY)
        corrected = standings.run("run-2", ONE, POOR, JANUARY)
        unchanged = standings.run("run-3", ONE, POOR, JANUARY)
        before = kinds(standings)

        assert attrs.evolve(corrected, replayed=1) == standings.run("run-2", ONE, POOR, JANUARY)
        assert attrs.evolve(unchanged, replayed=1) == standings.run("run-3", ONE, POOR, JANUARY)
        assert before == kinds(standings)
        with pytest.raises(CommandConflictError, match="measures"):
            standings.run("run-2", ONE, RICH, JANUARY)

    def test_results_add_up(self) -> None:
        """Counts add, and those held back are listed one shard after the other."""
        one = RunResult(1, 2, 3, 4, 5, ("a",), 6)

        assert RunResult(2, 4, 6, 8, 10, ("a", "a"), 12) == one + one

    def test_a_day_between_without_a_run(self) -> None:
        """Only a day that had a run can be corrected; another one before the last is refused."""
        standings = desk(GOLD)
        standings.run("run-1", ONE, RICH, JANUARY)
        standings.run("run-2", ONE, RICH, MARCH)
        with pytest.raises(RunOutOfOrderError, match="only a day that had a run"):
            standings.run("run-3", ONE, RICH, FEBRUARY)
        with pytest.raises(UnknownNameError, match="2026-02-28"):
            standings.outcomes(ONE, 0, CUSTOMERS, FEBRUARY)

    def test_what_the_shard_is_told(self) -> None:
        """The shard's stream holds one entry for each correction, with the run it corrects."""
        standings = desk(GOLD)
        standings.run("run-1", ONE, RICH, JANUARY)
        standings.run("run-2", ONE, RICH, FEBRUARY)
        standings.run("run-3", ONE, {**POOR, "customer-99": Measure(100_00)}, FEBRUARY)
        held = journal_of(standings).read(standings.desk.shared(ONE.key(0)))
        event = STANDING.events.decode(held[-1])

        assert ["run-held", "run-held", "run-corrected"] == [entry.kind for entry in held]
        assert isinstance(event, RunCorrected)
        assert (1, "run-3", FEBRUARY, 13, 13, 13, ("customer-99",)) == (
            event.corrects,
            event.run,
            event.on,
            event.followers,
            event.assessed,
            event.written,
            event.joined,
        )

    def test_evolving_is_total(self) -> None:
        """A run and a correction may be folded one by one: a correction changes no standing."""
        standings = desk(GOLD)
        standings.run("run-1", ONE, RICH, JANUARY)
        standings.run("run-2", ONE, RICH, FEBRUARY)
        standings.run("run-3", ONE, POOR, JANUARY)
        first, *runs = map(
            STANDING.events.decode, journal_of(standings).read(standings.desk.shared(ONE.key(0)))
        )
        state = STANDING.evolve(Member(), STANDING.events.decode(entries(standings, FIRST)[0]))
        renewed = STANDING.evolve(state, runs[0])

        assert (1, "run-1") == (state.seen, first.run)
        assert STANDING.fold(STANDING, state, (), (first, runs[0])) == renewed
        assert attrs.evolve(renewed, seen=3) == STANDING.evolve(renewed, runs[1])

    def test_at_the_base_without_entries(self) -> None:
        """Who has no entry was at the base before and is after, under the run's version."""
        standings = desk(GOLD)
        standings.run("run-1", ONE, {**POOR, FIRST: UNKNOWN}, JANUARY)
        (outcome,) = set(standings.outcomes(ONE, 0, CUSTOMERS, JANUARY).values())

        assert (None, "BASE") == (outcome.before.assessed_on, outcome.before.tier)
        assert (JANUARY, TierReason.BASE, 0) == (
            outcome.after.assessed_on,
            outcome.after.reason,
            outcome.version,
        )

    def test_another_version_of_the_policy(self) -> None:
        """A version that became known since is one more reason to decide a day again."""
        gold = {"code": "GOLD", "enter": "100.00", "protection": "P6M"}
        first = {"tier": [{"code": "BASE"}, gold], "review": "month-end"}
        other = {**first, "review": "year-end"}
        journal = MemoryJournal()
        before, after = desk(policy_of(first), journal), desk(policy_of(other), journal)
        before.run("run-1", ONE, RICH, JANUARY)
        with pytest.raises(Exception, match="acme/tiers"):
            after.run("run-2", ONE, RICH, JANUARY)
        known = policy_of(first, {**other, "since": date(1970, 1, 1), "known_on": date(2026, 2, 1)})
        late = desk(known, journal)
        result = late.run("run-2", ONE, RICH, JANUARY)

        assert (12, 0, 0) == (result.corrected, result.moved, result.unchanged)
        assert date(2026, 12, 31) == late.view(FIRST).next_review
        assert RunResult(12, unchanged=1) == late.run("run-3", ONE, RICH, JANUARY)
        # The version of a run is found in the archive where the desk no longer holds it.
        bare = desk(policy_of({**first, "since": date(2027, 1, 1)}), journal)
        assert late.outcomes(ONE, 0, CUSTOMERS, JANUARY) == bare.outcomes(
            ONE, 0, CUSTOMERS, JANUARY
        )

    def test_a_tier_that_kept_older_terms_and_fell_is_explained(self) -> None:
        """The entry of the fall names the version whose terms were kept until then."""
        old = {"code": "GOLD", "enter": "100.00"}
        new = {"since": FEBRUARY, "tier": [{"code": "BASE"}, {**old, "enter": "200.00"}]}
        policy = policy_of({"tier": [{"code": "BASE"}, old]}, new, on_change="new_entrants_only")
        standings = desk(policy)
        standings.run("run-1", ONE, RICH, JANUARY)
        standings.run("run-2", ONE, RICH, FEBRUARY)
        standings.run("run-3", ONE, POOR, MARCH)
        assert ("BASE", 3) == (tier(standings), len(entries(standings, FIRST)))
        held, again = decided_again(standings, FIRST, 3)

        assert held == again
        assert "TIER_LAPSED" == standings.explain(FIRST, 3).headline.code

    def test_another_book_in_between_is_held_back(self) -> None:
        """Who has moved to another book is left alone; what was decided before stays told."""
        standings = desk(GOLD)
        other = Book("private")
        standings.run("run-1", ONE, RICH, JANUARY)
        first = standings.outcomes(ONE, 0, [FIRST], JANUARY)
        standings.run("run-2", other, {FIRST: Measure(0)}, FEBRUARY)
        there = standings.outcomes(other, 0, [FIRST], FEBRUARY)
        result = standings.run("run-3", ONE, POOR, JANUARY)

        assert (11, (FIRST,)) == (result.corrected, result.held_back)
        assert first == standings.outcomes(ONE, 0, [FIRST], JANUARY)
        assert there == standings.outcomes(other, 0, [FIRST], FEBRUARY)
        assert "GOLD" == there[FIRST].before.tier
        assert (FIRST,) == standings.run("run-4", other, {FIRST: UNKNOWN}, FEBRUARY).held_back
        assert standings.explain(FIRST, 2).headline.code
        with pytest.raises(MembersMissingError, match=f"11 of its 12.*{FIRST}"):
            standings.run("run-5", ONE, RICH, MARCH)

    def test_a_snapshot_that_is_too_old_is_refused(self) -> None:
        """A journal that kept an old snapshot and dropped the new one is told, not believed."""
        standings = open_(GOLD, Forgetful(), 1)
        standings.run("run-1", ONE, RICH, JANUARY)
        single(standings, 1, ("override", FEBRUARY, (FIRST, "GOLD")))
        standings.run("run-2", ONE, POOR, JANUARY)
        with pytest.raises(StoreError, match="forget the snapshots"):
            standings.view(FIRST)
        journal_of(standings).forget_snapshots()

        assert "BASE" == standings.view(FIRST).measured_tier

    def test_a_lost_race_decides_again(self) -> None:
        """A correction that loses to a command sees it, and holds its customer back."""

        journal = Racing()
        standings = desk(GOLD, journal)
        standings.run("run-1", ONE, RICH, JANUARY)
        journal.first = lambda: standings.assess(
            "own", FIRST, measure={"average": "90.00"}, on=FEBRUARY
        )
        result = standings.run("run-2", ONE, POOR, JANUARY)

        assert ((FIRST,), 11) == (result.held_back, result.corrected)
        assert "GOLD" == tier(standings)

    def test_two_first_runs_of_a_day_at_once(self) -> None:
        """Of two runs that both find the day without one, the second to write corrects the first."""
        both, serial = Racing(), desk(GOLD)
        standings = desk(GOLD, both)
        both.first = lambda: standings.run("run-1", ONE, RICH, JANUARY)
        result = standings.run("run-2", ONE, POOR, JANUARY)
        serial.run("run-1", ONE, RICH, JANUARY)

        assert serial.run("run-2", ONE, POOR, JANUARY) == result
        assert [serial.view(c) for c in CUSTOMERS] == [standings.view(c) for c in CUSTOMERS]

    def test_an_approver_and_a_correction(self) -> None:
        """Ending an override after a correction finds it as if nothing had been corrected."""
        standings = desk(GOLD)
        standings.run("run-1", ONE, RICH, JANUARY)
        single(standings, 1, ("override", JANUARY, (FIRST, "GOLD")))
        standings.run("run-2", ONE, POOR, JANUARY)
        ended = standings.end_override(
            "end", FIRST, reason="done", actor="a-1", approved_by="a-2", on=FEBRUARY
        )

        assert ended.accepted
        assert "BASE" == tier(standings)
