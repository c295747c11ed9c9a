"""Runs of a whole book: few writes, and the same as assessing everybody one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tier_tools import FEW, at, desk, ladder_of, minor, one_tier_policy, policy_of

from bankservice.core.driver import Asking, Write
from bankservice.core.errors import CommandConflictError, IntegrityError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.journal import Commit
from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.core.unknown import UNKNOWN
from bankservice.journals.memory import MemoryJournal
from bankservice.segmentation import (
    Assess,
    Book,
    GrantRamp,
    Measure,
    Measures,
    MembersMissingError,
    Standings,
    StandingView,
    TierReason,
)
from bankservice.segmentation.book import run_shard
from bankservice.segmentation.ladder import Ladder
from bankservice.testing import strategies

START = date(2020, 1, 31)

BOOK = Book("retail", shards=2)

Event: TypeAlias = tuple[str, date, Any]
"""("run", day, measures by customer), or ("assess" | "override" | "ramp", day, (customer, what))."""


# -- what happens to a book -------------------------------------------------------------------


@st.composite
def lives(draw: st.DrawFn, /, **options: Any) -> tuple[Policy[Ladder], tuple[Event, ...]]:
    """
    Draw a policy, some customers, and a life of runs with single commands between them.

    No two runs are of one day: the second would correct the first.
    """
    tables = strategies.tier_tables(
        max_tiers=4, landings=("by_latch", "one_step", "to_measured"), max_minor=10**6, **options
    )
    table = draw(tables)
    rows = [{**row, "ramp": "P2M"} if row["code"] != "BASE" else row for row in table["tier"]]
    policy = policy_of({**table, "tier": rows})
    ladder = ladder_of(policy)
    customers = [f"customer-{n + 1}" for n in range(draw(st.integers(1, 3)))]
    one = strategies.measure_paths(ladder=ladder, min_size=1, max_size=1).map(lambda p: p[0][1])
    day = START
    events: list[Event] = []
    for _ in range(draw(st.integers(1, 7))):
        day += timedelta(draw(st.integers(0, 70)))
        what = draw(st.sampled_from(("run", "run", "run", "assess", "override", "ramp")))
        if what == "run" and any(("run", day) == (name, on) for name, on, _ in events):
            day += timedelta(1)
        who = draw(st.sampled_from(customers))
        if what == "run":
            held: Any = {customer: draw(one) for customer in customers}
        elif what == "assess":
            held = (who, draw(one))
        else:
            held = (who, draw(st.sampled_from((ladder.base, *ladder.codes))))
        events.append((what, day, held))
    return policy, tuple(events)


def one_by_one(standings: Standings, place: int, event: Event) -> None:
    """Give an event as single commands."""
    what, day, held = event
    if what == "run":
        for customer, measured in held.items():
            assess(standings, f"{place}-{customer}", customer, day, measured)
    else:
        single(standings, place, event)


def single(standings: Standings, place: int, event: Event) -> None:
    """Give an event that is one customer's own."""
    what, day, (customer, held) = event
    if what == "assess":
        assess(standings, f"{place}-{customer}", customer, day, held)
    elif what == "ramp":
        body = GrantRamp(tier=held, on=day)
        standings.handle(Command(id=f"{place}-ramp", subject=customer, body=body))
    else:
        standings.grant_override(
            f"{place}-override",
            customer,
            tier=held,
            until=day + timedelta(40),
            reason="care",
            on=day,
            actor="officer-1",
            approved_by="officer-2",
        )


def assess(standings: Standings, key: str, customer: str, day: date, held: Any) -> None:
    """Assess one customer."""
    body = Assess(measure=Measures(FrozenMapping(held)), on=day)
    standings.handle(Command(id=key, subject=customer, body=body))


def in_runs(standings: Standings, place: int, event: Event, book: Book = BOOK) -> None:
    """Give an event, a run as a run."""
    what, day, held = event
    if what == "run":
        measures = {c: Measures(FrozenMapping(measured)) for c, measured in held.items()}
        standings.run(f"run-{place}", book, measures, day)
    else:
        single(standings, place, event)


def seen(view: StandingView) -> Any:
    """
    Return what must be equal.

    Of a customer at the base nothing is written, so when it was last looked at is not kept; nor
    where a ramp came before any run that had something to write.
    """
    on = {code: held for code, held in view.qualifications.items() if held.on}
    whole = (view.tier, view.measured_tier, view.effective_on, view.override_until, on)
    if not on:
        return whole
    if TierReason.RAMP in view.reasons:
        return (*whole, view.reasons, view.next_review)
    return (*whole, view.reasons, view.next_review, view.assessed_on)


# -- the central law --------------------------------------------------------------------------


class TestTwin:
    """A book in runs and a book one by one end alike, customer by customer."""

    @given(lives())
    def test_every_view_is_that_of_single_commands(
        self, given_: tuple[Policy[Ladder], tuple[Event, ...]]
    ) -> None:
        """After every run and command, every customer is seen as if assessed one by one."""
        policy, events = given_
        runs, twin = desk(policy), desk(policy)
        for place, event in enumerate(events):
            in_runs(runs, place, event)
            one_by_one(twin, place, event)
            for customer in ("customer-1", "customer-2", "customer-3"):
                expected = twin.view(customer, at(event[1]))
                actual = runs.view(customer, at(event[1]))

                assert seen(expected) == seen(actual)

    @FEW
    @given(lives(measures=("assets", "salary")))
    def test_several_measures(self, given_: tuple[Policy[Ladder], tuple[Event, ...]]) -> None:
        """The same where tiers look at several measures."""
        policy, events = given_
        runs, twin = desk(policy), desk(policy)
        for place, event in enumerate(events):
            in_runs(runs, place, event)
            one_by_one(twin, place, event)
        for customer in ("customer-1", "customer-2", "customer-3"):
            day = at(events[-1][1])

            assert seen(twin.view(customer, day)) == seen(runs.view(customer, day))

    @FEW
    @given(lives())
    def test_the_run_writes_no_more_than_the_twin(
        self, given_: tuple[Policy[Ladder], tuple[Event, ...]]
    ) -> None:
        """But for the entry that joins the book, a customer's own stream is never longer."""
        policy, events = given_
        runs, twin = desk(policy), desk(policy)
        for place, event in enumerate(events):
            in_runs(runs, place, event)
            one_by_one(twin, place, event)
        for customer in ("customer-1", "customer-2", "customer-3"):
            assert len(list(runs.history(customer))) <= len(list(twin.history(customer))) + 1

    @FEW
    @given(lives(), st.integers(1, 5))
    def test_the_number_of_shards_does_not_matter(
        self, given_: tuple[Policy[Ladder], tuple[Event, ...]], shards: int
    ) -> None:
        """One shard or several: the same standings."""
        policy, events = given_
        one, several = desk(policy), desk(policy)
        for place, event in enumerate(events):
            in_runs(one, place, event, Book("retail"))
            in_runs(several, place, event, Book("retail", shards=shards))
        day = at(events[-1][1])
        for customer in ("customer-1", "customer-2", "customer-3"):
            assert one.view(customer, day) == several.view(customer, day)

    @FEW
    @given(lives())
    def test_every_entry_of_a_run_is_explained(
        self, given_: tuple[Policy[Ladder], tuple[Event, ...]]
    ) -> None:
        """An entry written by a run is explained from the record like any other."""
        policy, events = given_
        runs = desk(policy)
        reasons: dict[tuple[str, int], str] = {}
        for place, event in enumerate(events):
            in_runs(runs, place, event)
            for customer in ("customer-1", "customer-2", "customer-3"):
                entries = list(runs.history(customer))
                if entries and entries[-1][2] == "assessed":
                    view = runs.view(customer, at(date(2100, 1, 1)))
                    assert view.reason is not None
                    reasons.setdefault((customer, entries[-1][0]), view.reason.value)
        for (customer, version), reason in reasons.items():
            assert reason == runs.explain(customer, version).headline.code

    def test_a_change_of_policy_between_two_runs(self) -> None:
        """Followers are carried over to a newer version as single commands carry them."""
        old = {"code": "GOLD", "enter": "100.00", "retain": "80.00", "grace": "P3M"}
        new = {**old, "enter": "200.00", "retain": "150.00"}
        for mode in ("grandfather", "immediate", "new_entrants_only"):
            policy = policy_of(
                {"tier": [{"code": "BASE"}, old]},
                {"since": date(2020, 7, 1), "tier": [{"code": "BASE"}, new]},
                on_change=mode,
            )
            runs, twin = desk(policy), desk(policy)
            for place, (day, held) in enumerate(
                (
                    (date(2020, 5, 31), 100_00),
                    (date(2020, 6, 30), 100_00),
                    (date(2020, 7, 31), 100_00),
                    (date(2020, 8, 31), 100_00),
                    (date(2020, 10, 31), 90_00),
                    (date(2020, 12, 31), 0),
                    (date(2021, 3, 31), 0),
                )
            ):
                event = ("run", day, {"customer-1": minor(held), "customer-2": minor(held * 2)})
                in_runs(runs, place, event)
                one_by_one(twin, place, event)
                for customer in ("customer-1", "customer-2"):
                    assert seen(twin.view(customer, at(day))) == seen(
                        runs.view(customer, at(day))
                    ), (mode, day)


# -- writes -----------------------------------------------------------------------------------


GOLD = one_tier_policy(enter="100.00", retain="80.00", protection="P6M", grace="P3M", ramp="P3M")

CUSTOMERS = tuple(f"customer-{n}" for n in range(12))

RICH: Mapping[str, Measure] = dict.fromkeys(CUSTOMERS, Measure(100_00))


def kinds(journal: MemoryJournal) -> Counter[str]:
    """Count the entries of a journal by kind."""
    return Counter(fed.entry.kind for fed in journal.feed(0, limit=10_000))


class TestWrites:
    """What a run writes."""

    def test_an_unchanged_month_writes_one_entry_for_each_shard(self) -> None:
        """Everybody requalifies: protection is renewed by the runs' own entries alone."""
        journal = MemoryJournal()
        standings = desk(GOLD, journal)
        first = standings.run("run-1", BOOK, RICH, date(2026, 1, 31))
        before = kinds(journal)
        second = standings.run("run-2", BOOK, RICH, date(2026, 2, 28))

        assert {"run-held": BOOK.shards} == kinds(journal) - before
        assert (12, 12, 12) == (first.assessed, first.written, first.moved)
        assert (12, 0, 0) == (second.assessed, second.written, second.moved)
        assert {date(2026, 8, 28)} == {
            standings.view(customer, at(date(2026, 2, 28))).qualifications["GOLD"].protected_until
            for customer in CUSTOMERS
        }

    def test_a_book_at_the_base_writes_nothing_of_its_own(self) -> None:
        """Who never reached a tier has no stream."""
        journal = MemoryJournal()
        standings = desk(GOLD, journal)
        for place in range(3):
            standings.run(
                f"run-{place}",
                BOOK,
                dict.fromkeys(CUSTOMERS, Measure(0)),
                date(2026, 1 + place, 28),
            )

        assert {"run-held": 3 * BOOK.shards} == kinds(journal)

    def test_an_entry_of_their_own_undoes_no_run(self) -> None:
        """What a run renewed stays renewed when the customer's next entry is about something else."""
        standings = desk(GOLD)
        for place, month in enumerate((1, 2, 3)):
            standings.run(f"run-{place}", Book("retail"), RICH, date(2026, month, 28))
        before = standings.view(CUSTOMERS[0], at(date(2026, 3, 28)))
        single(standings, 9, ("override", date(2026, 3, 28), (CUSTOMERS[0], "BASE")))

        assert before == standings.view(CUSTOMERS[0], at(date(2026, 3, 28)))
        assert date(2026, 9, 28) == before.qualifications["GOLD"].protected_until

    def test_only_the_first_miss_is_written(self) -> None:
        """While the misses go on nothing is written until the tier lapses."""
        journal = MemoryJournal()
        standings = desk(GOLD, journal)
        written: list[int] = []
        days = (date(2026, 1, 31), *(date(2026, month, 28) for month in range(2, 9)))
        for place, day in enumerate(days):
            held = RICH if place == 0 else dict.fromkeys(CUSTOMERS, Measure(0))
            written.append(standings.run(f"run-{place}", BOOK, held, day).written)

        assert [12, 12, 0, 0, 0, 0, 0, 12] == written
        assert {("BASE", date(2026, 7, 31))} == {
            (view.tier, view.effective_on)
            for view in (standings.view(customer, at(date(2026, 9, 1))) for customer in CUSTOMERS)
        }


# -- the same run again -----------------------------------------------------------------------


class TestReplay:
    """A run given again."""

    def test_the_same_again_writes_nothing(self) -> None:
        """Every shard is replayed and gives its first counts."""
        journal = MemoryJournal()
        standings = desk(GOLD, journal)
        first = standings.run("run-1", BOOK, RICH, date(2026, 1, 31))
        before = kinds(journal)

        again = standings.run(
            "run-1", BOOK, {c: RICH[c] for c in reversed(CUSTOMERS)}, date(2026, 1, 31)
        )

        assert before == kinds(journal)
        assert (first.assessed, first.written, first.moved, BOOK.shards) == (
            again.assessed,
            again.written,
            again.moved,
            again.replayed,
        )

    @pytest.mark.parametrize(
        ("measures", "day", "part"),
        [
            ({**RICH, "customer-3": Measure(99_99)}, date(2026, 1, 31), "measures"),
            ({**RICH, "customer-3": UNKNOWN}, date(2026, 1, 31), "measures"),
            (RICH, date(2026, 2, 1), "on"),
        ],
    )
    def test_other_content_is_a_conflict(
        self, measures: dict[str, Any], day: date, part: str
    ) -> None:
        """Under one id another day or another measure is refused, naming the part."""
        standings = desk(GOLD)
        standings.run("run-1", Book("retail"), RICH, date(2026, 1, 31))
        with pytest.raises(CommandConflictError, match=part):
            standings.run("run-1", Book("retail"), measures, day)

    def test_missing_members_are_refused(self) -> None:
        """A follower left out is refused and nothing is written; stated as unknown it is fine."""
        journal = MemoryJournal()
        standings = desk(GOLD, journal)
        book = Book("retail")
        standings.run("run-1", book, RICH, date(2026, 1, 31))
        before = kinds(journal)
        few = {customer: RICH[customer] for customer in CUSTOMERS[1:]}
        with pytest.raises(MembersMissingError, match="11 of its 12"):
            standings.run("run-2", book, few, date(2026, 2, 28))

        assert before == kinds(journal)
        assert (
            12
            == standings.run(
                "run-2", book, {**few, CUSTOMERS[0]: UNKNOWN}, date(2026, 2, 28)
            ).assessed
        )

    def test_a_shard_left_out_whole_is_missed(self) -> None:
        """A shard none of whose customers is stated is run too, and misses them."""
        journal = MemoryJournal()
        standings = desk(GOLD, journal)
        standings.run("run-1", BOOK, RICH, date(2026, 1, 31))
        split = BOOK.split(CUSTOMERS)
        assert 2 == len(split)

        with pytest.raises(MembersMissingError, match=f"0 of its {len(split[1])}"):
            standings.run("run-2", BOOK, {c: RICH[c] for c in split[0]}, date(2026, 2, 28))
        whole = standings.run("run-3", BOOK, RICH, date(2026, 2, 28))
        assert len(CUSTOMERS) == whole.assessed

    def test_a_newcomer_may_join_any_run(self) -> None:
        """Who does not follow the book yet may be stated or left out."""
        standings = desk(GOLD)
        book = Book("retail")
        standings.run("run-1", book, RICH, date(2026, 1, 31))
        result = standings.run(
            "run-2", book, {**RICH, "customer-99": Measure(100_00)}, date(2026, 2, 28)
        )

        assert (13, 1, 1) == (result.assessed, result.written, result.moved)

    def test_an_earlier_day_is_refused(self) -> None:
        """A run for a day before the last one is refused, and nothing is written."""
        journal = MemoryJournal()
        standings = desk(GOLD, journal)
        standings.run("run-1", BOOK, RICH, date(2026, 2, 28))
        before = kinds(journal)
        with pytest.raises(ValueError, match="2026-01-31"):
            standings.run("run-0", BOOK, RICH, date(2026, 1, 31))

        assert before == kinds(journal)

    def test_who_was_assessed_later_is_left_alone(self) -> None:
        """A run for a day before a customer's own last assessment does not touch the customer."""
        standings = desk(GOLD)
        book = Book("retail")
        standings.run("run-1", book, RICH, date(2026, 1, 31))
        standings.assess("own", CUSTOMERS[0], measure={"average": "100.00"}, on=date(2026, 3, 15))
        before = standings.view(CUSTOMERS[0], at(date(2026, 3, 15)))
        result = standings.run(
            "run-2", book, dict.fromkeys(CUSTOMERS, Measure(0)), date(2026, 2, 28)
        )

        assert 11 == result.written
        assert before == standings.view(CUSTOMERS[0], at(date(2026, 3, 15)))

    def test_a_measure_under_another_name_is_read_as_by_a_command(self) -> None:
        """A run's plain measure goes to the one measure of the policy, as a command's does."""
        policy = policy_of(
            {
                "tier": [
                    {"code": "BASE"},
                    {"code": "GOLD", "qualify": [{"measure": "salary", "enter": "100.00"}]},
                ]
            }
        )
        standings = desk(policy)
        standings.assess("own", "customer-x", measure={"average": "100.00"}, on=date(2026, 1, 31))
        standings.run("run-1", Book("retail"), RICH, date(2026, 1, 31))

        assert "GOLD" == standings.view("customer-x").tier == standings.view(CUSTOMERS[0]).tier


# -- interruptions ----------------------------------------------------------------------------


class Killed(Exception):
    """The process died."""


class Dying(MemoryJournal):
    """A journal whose process dies instead of making its n-th commit."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    def commit(self, commit: Commit) -> None:
        """Commit, or die."""
        if self.left == 0:
            raise Killed
        self.left -= 1
        super().commit(commit)


class TestInterrupted:
    """A run that stops half way, and two writers at once."""

    @pytest.mark.parametrize("after", [0, 1, 2, 3])
    def test_given_again_it_ends_like_one_that_was_not_interrupted(self, after: int) -> None:
        """Killed between shards and given again, the book is as if nothing had happened."""
        book = Book("retail", shards=4)
        mixed = {c: Measure(100_00 if n % 3 else 0) for n, c in enumerate(CUSTOMERS)}
        whole = desk(GOLD)
        broken = Dying(after)
        half = desk(GOLD, broken)
        with pytest.raises(Killed):
            half.run("run-1", book, mixed, date(2026, 1, 31))
        broken.left = 100

        total = half.run("run-1", book, mixed, date(2026, 1, 31))

        assert after == total.replayed
        expected = whole.run("run-1", book, mixed, date(2026, 1, 31))
        assert (expected.assessed, expected.written, expected.moved) == (
            total.assessed,
            total.written,
            total.moved,
        )
        for customer in CUSTOMERS:
            assert whole.view(customer) == half.view(customer)

    @pytest.mark.parametrize("held", [Measure(100_00), Measure(90_00), Measure(0), UNKNOWN])
    @pytest.mark.parametrize("own", [100_00, 90_00, 0])
    @pytest.mark.parametrize("own_day", [date(2026, 2, 20), date(2026, 2, 28), date(2026, 3, 5)])
    @pytest.mark.parametrize("command_first", [True, False])
    def test_two_interleaved_writers_end_like_one_after_the_other(
        self, held: Any, own: int, own_day: date, command_first: bool
    ) -> None:
        """A run and a command that both read before either writes: one of the two orders."""
        measures = {**RICH, CUSTOMERS[0]: held}
        orders = []
        for order in ("run first", "command first"):
            serial = prepared()
            if order == "run first":
                serial.run("run-2", Book("retail"), measures, date(2026, 2, 28))
            assess(serial, "own", CUSTOMERS[0], own_day, minor(own))
            if order == "command first":
                serial.run("run-2", Book("retail"), measures, date(2026, 2, 28))
            orders.append([serial.view(c, at(date(2026, 3, 31))) for c in CUSTOMERS])

        both = prepared()
        body = Assess(measure=Measures(FrozenMapping(minor(own))), on=own_day)
        command = both.desk.handle(
            Command(id="own", subject=CUSTOMERS[0], body=body), at(date(2150, 1, 1))
        )
        run = run_shard(
            both.desk,
            Book("retail"),
            0,
            "run-2",
            date(2026, 2, 28),
            measures,
            at(date(2150, 1, 1)),
        )
        first, second = (command, run) if command_first else (run, command)
        asked = upto_write(first, both), upto_write(second, both)
        finish(first, asked[0], both)
        finish(second, asked[1], both)
        ends = [both.view(c, at(date(2026, 3, 31))) for c in CUSTOMERS]

        assert ends in orders

    def test_two_runs_at_once(self) -> None:
        """Of two runs of one shard that both read first, the second sees the first's effect."""
        both = prepared()
        now = at(date(2150, 1, 1))
        runs = [
            run_shard(
                both.desk, Book("retail"), 0, f"run-{n + 2}", day, dict.fromkeys(RICH, held), now
            )
            for n, (day, held) in enumerate(
                ((date(2026, 2, 28), Measure(0)), (date(2026, 3, 31), Measure(100_00)))
            )
        ]
        asked = [upto_write(run, both) for run in runs]
        for run, ask in zip(runs, asked, strict=True):
            finish(run, ask, both)

        serial = prepared()
        serial.run("run-2", Book("retail"), dict.fromkeys(RICH, Measure(0)), date(2026, 2, 28))
        serial.run("run-3", Book("retail"), RICH, date(2026, 3, 31))
        assert [serial.view(c) for c in CUSTOMERS] == [both.view(c) for c in CUSTOMERS]


def prepared() -> Standings:
    """Return a book whose customers all hold GOLD since January 2026."""
    standings = desk(GOLD)
    standings.run("run-1", Book("retail"), RICH, date(2026, 1, 31))
    return standings


def upto_write(asking: Asking[Any], standings: Standings) -> Write:
    """Serve what is read, and return what is to be written, not written yet."""
    ask = next(asking)
    while not isinstance(ask, Write):
        ask = asking.send(ask.answer(standings.office.journal))
    return ask


def finish(asking: Asking[Any], ask: Any, standings: Standings) -> None:
    """Write, and serve what follows, as `serve` does."""
    try:
        while True:
            try:
                reply = ask.answer(standings.office.journal)
            except IntegrityError as error:
                ask = asking.throw(error)
            else:
                ask = asking.send(reply)
    except StopIteration:
        return
