"""Membership: which groups a customer was in on any day, as it was known at any instant, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

import bankservice
from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.errors import FaultsError, StoreError, UnknownNameError
from bankservice.core.journal import Entry
from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.memory import MemoryJournal
from bankservice.journals.sealed import SealedJournal
from bankservice.segmentation import MEMBERSHIP, SHELF, Groups, Memberships, groups

FIRST: Final = date(2026, 1, 1)
DAYS: Final = 12
START: Final = datetime(2026, 3, 1, tzinfo=UTC)
POLICY: Final[Policy[Groups]] = SHELF.load(
    Path(__file__).parents[1] / "cases" / "segmentation" / "membership.policy.toml"
)

FACTS: Final = st.fixed_dictionaries(
    {
        "age": st.sampled_from((10, 40, "unknown")),
        "investing_share": st.sampled_from((0, 6000, "unknown")),
    }
)
ON: Final = st.integers(0, DAYS - 1).map(lambda n: FIRST + timedelta(days=n))
ACTS: Final = st.lists(
    st.one_of(
        st.tuples(st.just("assign"), ON, FACTS, st.booleans()),
        st.tuples(st.just("assign"), ON, FACTS, st.just(False)),
        st.tuples(st.just("leave"), ON, st.none(), st.just(False)),
    ),
    max_size=9,
)


class Desktop:
    """A desk of memberships whose clock moves an hour with every act."""

    def __init__(self, journal: Any = None) -> None:
        self.hours = 0
        self.journal = MemoryJournal() if journal is None else journal
        self.memberships = Memberships(self.journal, POLICY, now=self.now)

    def now(self) -> datetime:
        """Return the present instant."""
        return START + timedelta(hours=self.hours)

    def act(self, act: tuple[str, date, Any, bool], customer: str = "c") -> str:
        """Do one thing and return its refusal."""
        name, on, facts, returned = act
        self.hours += 1
        command = f"m-{self.hours}"
        if name == "leave":
            return self.memberships.leave(command, customer, on=on, reason="closed").refused
        return self.memberships.assign(
            command, customer, on=on, facts=facts, returned=returned
        ).refused

    def entries(self, customer: str = "c") -> Sequence[Entry]:
        """Return what was written."""
        return self.journal.read(self.memberships.desk.stream(customer))


def walked(entries: Sequence[Entry], on: date) -> dict[str, Any]:
    """Tell where a customer belongs on a day by walking to it day by day."""
    here: Mapping[str, Any] | None = None
    since: date | None = None
    gone = False
    for n in range(DAYS):
        day = FIRST + timedelta(days=n)
        if day > on:
            break
        before = here
        for entry in entries:
            if entry.data["on"] != str(day):
                continue
            if entry.kind == "left":
                here, gone = None, True
            elif not gone or entry.data.get("returned"):
                here, gone = entry.data["place"], False  # type: ignore[assignment]
        if groups_of(here) != groups_of(before) or (since is None and here is not None):
            since = None if here is None else day
    held = here or {}
    return {
        "segment": held.get("segment"),
        "behaviours": tuple(held.get("behaviours", ())),
        "screening": held.get("screening"),
        "since": since,
        "undecided": {k: tuple(v) for k, v in held.get("undecided", {}).items()},
        "gone": gone,
    }


def groups_of(place: Mapping[str, Any] | None) -> Any:
    """Return screening, behaviours and segment of a written place."""
    if place is None:
        return None
    return place.get("screening"), place.get("behaviours"), place.get("segment")


class TestHistory:
    """Two axes: the day asked about, and what was recorded by then."""

    @given(ACTS)
    @settings(max_examples=some(30))
    def test_view_is_the_walk(self, acts: list[tuple[str, date, Any, bool]]) -> None:
        """
        On every day, as known at every instant, a view tells what walking over the entries recorded
        by then tells, whatever order they came in, late ones, leaving and coming back included.
        """
        desk = Desktop()
        for act in acts:
            desk.act(act)
        entries = desk.entries()
        known = [START, *(entry.recorded_at for entry in entries)]

        for count, at in enumerate(known):
            for n in range(DAYS):
                on = FIRST + timedelta(days=n)
                view = desk.memberships.view("c", on, known_at=at)
                told = {
                    "segment": view.segment,
                    "behaviours": view.behaviours,
                    "screening": view.screening,
                    "since": view.since,
                    "undecided": dict(view.undecided),
                    "gone": view.left_on is not None,
                }

                assert walked(entries[:count], on) == told
                if at == known[-1]:
                    assert view == desk.memberships.view("c", on)

    @given(ACTS)
    @settings(max_examples=some(15))
    def test_history_is_a_chain(self, acts: list[tuple[str, date, Any, bool]]) -> None:
        """
        Spans follow each other without overlap, two neighbours differ, the last is the present one,
        and a view of an earlier day is the beginning of it.
        """
        desk = Desktop()
        for act in acts:
            desk.act(act)
        last = FIRST + timedelta(days=DAYS)
        whole = desk.memberships.view("c", last)

        for one, other in zip(whole.history, whole.history[1:], strict=False):
            assert one.until is not None
            assert one.on < one.until <= other.on
            assert one.until < other.on or (one.segment, one.behaviours, one.screening) != (
                other.segment,
                other.behaviours,
                other.screening,
            )
        if whole.since is not None:
            assert whole.since == whole.history[-1].on
            assert whole.segment == whole.history[-1].segment
        for n in range(DAYS):
            early = desk.memberships.view("c", FIRST + timedelta(days=n)).history
            assert [span.on for span in early] == [s.on for s in whole.history[: len(early)]]

    @given(ACTS)
    @settings(max_examples=some(15))
    def test_entries_tell_something_new(self, acts: list[tuple[str, date, Any, bool]]) -> None:
        """
        The same decision again writes nothing; a refusal writes nothing.
        """
        desk = Desktop()
        for act in acts:
            before = len(desk.entries())
            refused = desk.act(act)
            after = len(desk.entries())

            assert after - before <= (not refused)
            if not refused and act[0] == "assign" and not act[3]:
                desk.act(act)

                assert after == len(desk.entries())

    @given(st.lists(st.tuples(ON, FACTS), max_size=6, unique_by=lambda told: told[0]), st.data())
    @settings(max_examples=some(15))
    def test_known_facts_come_in_any_order(
        self, told: list[tuple[date, Any]], data: st.DataObject
    ) -> None:
        """
        Where every decision is certain and every day has one, the order they come in changes no
        day, but where a decision that changed nothing then left no entry: told again, in order of
        days, they all agree.
        """
        certain = [(on, {"age": 40, **f, "investing_share": 0}) for on, f in told]
        certain = [(on, {**facts, "age": 10 if on.day % 2 else 40}) for on, facts in certain]
        ordered, mixed = Desktop(), Desktop()
        for on, facts in sorted(certain, key=lambda row: row[0]):
            ordered.act(("assign", on, facts, False))
        for on, facts in data.draw(st.permutations(certain)):
            mixed.act(("assign", on, facts, False))
        for on, facts in sorted(certain, key=lambda row: row[0]):
            mixed.act(("assign", on, facts, False))
        last = FIRST + timedelta(days=DAYS)

        assert (
            ordered.memberships.view("c", last).history == mixed.memberships.view("c", last).history
        )


class TestBatch:
    """Many customers in one commit."""

    @given(st.lists(FACTS, max_size=8), st.lists(FACTS, max_size=8))
    @settings(max_examples=some(15))
    def test_batch_is_one_by_one(self, first: list[Any], second: list[Any]) -> None:
        """
        A batch leaves every customer where one command each leaves them, and writes who changed.
        """
        together, alone = Desktop(), Desktop()
        for n, (on, rows) in enumerate(((FIRST, first), (FIRST + timedelta(days=3), second))):
            facts = {f"c-{place}": row for place, row in enumerate(rows)}
            done = together.memberships.assign_many(f"b-{n}", facts, on)
            written = 0
            for customer, row in facts.items():
                before = len(alone.entries(customer))
                alone.act(("assign", on, row, False), customer)
                written += len(alone.entries(customer)) - before

            assert (len(facts), written, written) == (done.commands, done.changed, done.entries)
        last = FIRST + timedelta(days=DAYS)
        for place in range(max(len(first), len(second))):
            assert together.memberships.view(f"c-{place}", last) == alone.memberships.view(
                f"c-{place}", last
            )

    def test_again_is_the_same(self) -> None:
        """
        The same batch again gives the first result, and a bad fact writes nothing of it.
        """
        desk = Desktop()
        facts = {"a": {"age": 40, "investing_share": 0}, "b": {"age": 10}}
        first = desk.memberships.assign_many("b-1", facts, FIRST)
        again = desk.memberships.assign_many("b-1", facts, FIRST)

        assert (2, 2, False, True) == (first.changed, again.changed, first.replayed, again.replayed)
        with pytest.raises(FaultsError, match=r"b\.age: got str"):
            desk.memberships.assign_many(
                "b-2", {"a": {"age": 10}, "b": {"age": "old"}}, FIRST + timedelta(days=1)
            )
        assert 1 == len(desk.entries("a"))


class TestWhy:
    """Why a customer is in a segment, from the record alone."""

    def test_explained_from_sealed_facts(self) -> None:
        """
        An entry is decided again from its facts, and says what the rule said.
        """
        desk = Desktop()
        facts = {"age": 40, "investing_share": 6000, "region": "CN-SH"}
        desk.act(("assign", FIRST, facts, False))
        told = desk.memberships.explain("c", 1)

        assert groups(POLICY, on=FIRST, customer=facts).explanation() == told
        assert "customer" in (desk.entries()[0].sealed or {})
        assert "6000" not in str(desk.entries()[0].data)

    def test_birth_dates_and_unknown_facts_are_kept(self) -> None:
        """
        What was told as a birth date, and what was said not to be known, is explained as it was.
        """
        desk = Desktop()
        desk.memberships.assign(
            "m-1", "c", on=FIRST, born_on=date(2008, 1, 2), facts={"investing_share": "unknown"}
        )
        desk.hours = 30
        desk.memberships.leave("m-2", "c", on=FIRST + timedelta(days=5), reason="moved")

        assert "a minor" in desk.memberships.explain("c", 1).text("en")
        assert "No customer from Jan 6, 2026: moved." == desk.memberships.explain("c", 2).text()
        assert "自2026年1月6日起不再是客户：moved。" == desk.memberships.explain("c", 2).text("zh")
        assert [(1, "assigned"), (2, "left")] == [
            (version, kind) for version, _, kind in desk.memberships.history("c")
        ]

    def test_version_is_the_one_used(self) -> None:
        """
        A decision under an older version is explained by that one, after a newer is in force.
        """
        desk = Desktop()
        facts = {"age": 40, "investing_share": 6000, "region": "CN-SH"}
        desk.act(("assign", date(2026, 3, 1), facts, False))
        desk.hours = 24 * 60
        desk.act(("assign", date(2026, 4, 1), facts, False))
        told = [desk.memberships.explain("c", version).sources[0][0].since for version in (1, 2)]

        assert [date(2026, 1, 1), date(2026, 4, 1)] == told

    def test_a_version_is_used_once_it_is_known(self) -> None:
        """
        A decision uses what is known when it is recorded: a day in April, told in April, goes by
        the version of April; no day of April can be told before.
        """
        desk = Desktop()
        facts = {"age": 40, "investing_share": 6000, "region": "CN-SH"}

        assert "in-future" == desk.act(("assign", date(2026, 4, 1), facts, False))
        desk.hours = 24 * 31
        assert not desk.act(("assign", date(2026, 4, 1), facts, False))
        assert "shanghai_investors" == desk.memberships.view("c").segment

    def test_bank_keeps_and_explains(self, tmp_path: Path) -> None:
        """
        A bank on a file keeps memberships, explains an entry by name, and again when opened anew.
        """
        url = f"sqlite:///{tmp_path / 'bank.db'}"
        lin = {"customer_kind": "business_owner", "age": 45, "leads_industry": True}
        with bankservice.open(url, now=lambda: START) as bank:
            assert bank.memberships.assign("m-1", "lin", on=FIRST, facts=lin).accepted
        with bankservice.open(url, now=lambda: START) as bank:
            view = bank.memberships.view("lin")
            told = bank.explain("segmentation.membership/lin").text()

        assert ("industry_leader", FIRST) == (view.segment, view.since)
        assert "Leaders of an industry" in told

    def test_erased_facts(self) -> None:
        """
        Once the customer's key is destroyed the membership still stands, and why is gone.
        """
        keys = MemoryKeys()
        with bankservice.open("memory:", keys=keys, groups=POLICY, now=lambda: START) as bank:
            bank.memberships.assign(
                "m-1", "c", on=FIRST, facts={"age": 40, "investing_share": 6000}
            )
            bank.erase("c")
            view = bank.memberships.view("c")
            told = bank.memberships.explain("c", 1)

        assert "investors" == view.segment
        assert "erased" == told.headline.code

    def test_sealed_and_opened_without_keys(self) -> None:
        """
        Facts that are sealed and cannot be opened are not told to be erased.
        """
        inner = MemoryJournal()
        memberships = Memberships(SealedJournal(inner, MemoryKeys()), POLICY, now=lambda: START)
        memberships.assign("m-1", "c", on=FIRST, facts={"age": 40, "investing_share": 0})
        blind = Memberships(inner, POLICY, now=lambda: START)

        assert "rest" == blind.view("c").segment
        with pytest.raises(StoreError, match="without the keys"):
            blind.explain("c", 1)


class TestDays:
    """Whose day it is."""

    @pytest.mark.parametrize(
        ("zone", "hour", "refused"),
        [
            ("Asia/Shanghai", 15, True),
            ("Asia/Shanghai", 16, False),
            ("", 23, True),
            ("", 24, False),
        ],
    )
    def test_no_day_before_it_began(self, zone: str, hour: int, refused: bool) -> None:
        """
        A day that has not begun in the institution's zone is refused; without an institution, in
        the policy's zone, which is UTC where none is stated.
        """
        now = datetime(2026, 3, 9, tzinfo=UTC) + timedelta(hours=hour)
        institution = _institution(zone) if zone else None
        memberships = Memberships(MemoryJournal(), POLICY, now=lambda: now, institution=institution)
        answer = memberships.assign("m-1", "c", on=date(2026, 3, 10), facts={"age": 40})

        assert ("in-future" if refused else "") == answer.refused

    def test_day_of_an_instant(self) -> None:
        """
        Where no day is stated, that of the instant in the institution's zone counts.
        """
        now = datetime(2026, 3, 9, 16, tzinfo=UTC)
        memberships = Memberships(
            MemoryJournal(), POLICY, now=lambda: now, institution=_institution("Asia/Shanghai")
        )
        memberships.assign("m-1", "c", facts={"age": 40, "investing_share": 0})

        assert date(2026, 3, 10) == memberships.view("c").since == memberships.view("c").on
        assert memberships.view("c", known_at=now - timedelta(seconds=1)).since is None


def _institution(zone: str) -> Any:
    text = "\n".join(
        (
            'id = "acme/bank"',
            'kind = "institution.profile"',
            "[[version]]",
            "since = 2020-01-01",
            'source = { text = "x", clause = "1", checked = "own" }',
            f'zone = "{zone}"',
            'currency = "CNY"',
        )
    )
    return SHELF.read(text, "acme/bank")


class TestRecord:
    """The record as such."""

    def test_snapshots_read_back(self) -> None:
        """
        A state written as a snapshot is read as the same state.
        """
        desk = Desktop()
        for act in (
            ("assign", FIRST, {"age": 40, "investing_share": 6000}, False),
            ("assign", FIRST + timedelta(days=2), {"age": "unknown"}, False),
            ("leave", FIRST + timedelta(days=4), None, False),
            ("assign", FIRST + timedelta(days=6), {"age": 10}, True),
        ):
            assert not desk.act(act)
        often: Desk[Any] = Desk(MEMBERSHIP, (POLICY,), snapshot_every=1)
        body = MEMBERSHIP.command("assign", {"on": FIRST, "customer": {"age": 10}})
        command = Command(id="m-9", subject="c", body=body)
        serve(often.handle(command, desk.now()), desk.journal)
        held = desk.journal.read_many((often.stream("c"),))[often.stream("c")]
        from_snapshot = serve(often.load(("c",)), desk.journal)["c"].state

        assert held.snapshot is not None
        assert not held.entries
        events = [MEMBERSHIP.events.decode(entry) for entry in desk.entries()]
        state = MEMBERSHIP.initial
        for event in events:
            state = MEMBERSHIP.evolve(state, event)
        assert state == from_snapshot
        with pytest.raises(TypeError, match="no event of a membership"):
            MEMBERSHIP.evolve(state, "nothing")

    def test_bad_facts(self) -> None:
        """
        A fact there is none of is a named error, and the id is free for the right one.
        """
        memberships = Desktop().memberships

        with pytest.raises(UnknownNameError, match="did you mean age"):
            memberships.assign("m-1", "c", on=FIRST, facts={"agee": 40})
        assert memberships.assign("m-1", "c", on=FIRST, facts={"age": 40}).accepted

    @pytest.mark.parametrize("value", [1.5, {1}, b"x", {"a": 1}, [1.5]])
    def test_what_no_fact_can_be(self, value: Any) -> None:
        """
        A float, a set, a table: refused before anything is kept, one by one and in a batch.
        """
        memberships = Desktop().memberships

        with pytest.raises(FaultsError, match="age: got"):
            memberships.assign("m-1", "c", on=FIRST, facts={"age": value})
        with pytest.raises(FaultsError, match="age: got"):
            memberships.assign_many("b-1", {"c": {"age": value}}, FIRST)
        assert not list(memberships.history("c"))
