"""Standings and memberships decided again: the same as written, or the difference by name."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import attrs
import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from repeating import DONE, Changed, again, with_data
from tier_tools import at, desk, ladder_of, minor, policy_of

from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.core.repetition import Repetition
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.memory import MemoryJournal
from bankservice.journals.sealed import SealedJournal
from bankservice.segmentation import SHELF, Book, Measure, Memberships, Standings
from bankservice.segmentation.ladder import ChangeMode
from bankservice.testing import strategies

EQUAL, DIFFERENT = Repetition.EQUAL, Repetition.DIFFERENT
CHANGES: tuple[ChangeMode, ...] = ("grandfather", "immediate", "new_entrants_only")
GOLD = {"code": "GOLD", "enter": "500.00", "retain": "400.00", "protection": "P6M", "grace": "P3M"}
TABLE = {"tier": [{"code": "BASE"}, {**GOLD, "ramp": "P3M"}]}
JANUARY, MARCH, JULY = date(2020, 1, 31), date(2020, 3, 31), date(2020, 7, 31)
RICH, POOR = minor(60_000), minor(10_000)


def standings(journal: Any = None, policy: Policy[Any] | None = None) -> Standings:
    """Return the standings of a bank with one tier above the base."""
    return desk(policy or policy_of(TABLE), Changed() if journal is None else journal)


def assessed(journal: Any = None) -> Standings:
    """Return the same after a gain and a miss."""
    held = standings(journal)
    for place, (day, measure) in enumerate(((JANUARY, RICH), (MARCH, POOR))):
        assert held.assess(f"run-{place}", "c", measure=measure, on=day).accepted
    return held


class TestStandings:
    """An assessment comes out as written, by its facts and the versions as they were kept."""

    def test_what_is_decided(self) -> None:
        """Assessments and ramps are decided; a tier held by hand is not."""
        held = standings()
        assert held.grant_ramp("r-1", "c", tier="GOLD", on=JANUARY).accepted
        assert held.assess("a-1", "c", measure=RICH, on=MARCH).accepted
        given = {"actor": "officer-1", "approved_by": "officer-2"}
        until = date(2021, 1, 1)
        held.grant_override("o-1", "c", tier="GOLD", until=until, reason="care", on=MARCH, **given)

        assert [
            ("ramp-granted", EQUAL),
            ("assessed", EQUAL),
            ("overridden", Repetition.NOT_DECIDED),
        ] == [(told.event, told.outcome) for told in again(held.office)]

    def test_tampered(self) -> None:
        """A stored outcome that its facts do not give is told by its path."""
        held = assessed()
        journal: Any = held.office.journal
        journal.change = lambda entry: with_data(entry, "standing/latches/0/lapse", "2021-01-01")
        told = held.office.repeat("c", 2)

        assert DIFFERENT is told.outcome
        assert (("latches.GOLD.lapse", "2021-01-01", "2020-07-31"),) == told.differences

    def test_a_tampered_ramp(self) -> None:
        """A ramp that gives another tier, or none, is told."""
        held = standings()
        held.grant_ramp("r-1", "c", tier="GOLD", on=JANUARY)
        journal: Any = held.office.journal
        for path, value in (
            ("standing/latches/0", {"code": "GOLD"}),
            ("standing/next_review", "2020-02-01"),
        ):
            journal.change = lambda entry, p=path, v=value: with_data(entry, p, v)

            assert DIFFERENT is held.office.repeat("c", 1).outcome

    def test_after_the_file_was_edited(self) -> None:
        """Other numbers under the same dates change nothing: the kept text counts."""
        journal = MemoryJournal()
        assessed(journal)
        other = policy_of({"tier": [{"code": "BASE"}, {**GOLD, "enter": "900.00"}]})

        assert [EQUAL, EQUAL] == [told.outcome for told in again(desk(other, journal).office)]

    def test_a_kept_text_that_is_missing(self) -> None:
        """Without the text of its version nothing is decided, and the version is named."""
        held = assessed()
        journal: Any = held.office.journal
        journal.lost = True
        told = held.office.repeat("c", 1)

        assert Repetition.POLICY_MISSING is told.outcome
        assert told.missing.startswith("acme/tiers (")

    def test_erased(self) -> None:
        """Where the measures were erased there is nothing to decide on."""
        keys = MemoryKeys()
        held = assessed(SealedJournal(MemoryJournal(), keys))

        assert [EQUAL, EQUAL] == [told.outcome for told in again(held.office)]
        keys.destroy("default", "c")
        assert {Repetition.ERASED} == {told.outcome for told in again(held.office)}

    def test_two_versions_that_say_the_same(self) -> None:
        """They are kept as one text; each entry is decided under the first day it names."""
        held = standings(policy=policy_of(TABLE, TABLE))
        for place, day in enumerate((date(1970, 6, 1), date(1971, 6, 1))):
            assert held.assess(f"run-{place}", "c", measure=RICH, on=day).accepted

        assert [EQUAL, EQUAL] == [told.outcome for told in again(held.office)]

    def test_an_older_version_that_was_replaced(self) -> None:
        """Where the file no longer had the older version, nothing was carried over from it."""
        journal = MemoryJournal()
        assessed(journal)
        newer = policy_of({"tier": [{"code": "BASE"}, GOLD]})
        (version,) = newer.versions
        moved = attrs.evolve(version, ref=attrs.evolve(version.ref, since=date(2020, 5, 1)))
        held = desk(attrs.evolve(newer, versions=(moved,)), journal)
        assert held.assess("run-3", "c", measure=POOR, on=JULY).accepted

        (entry,) = journal.read(held.desk.stream("c"), after=2)
        assert "was" not in entry.data

    @given(st.data())
    @settings(max_examples=some(40))
    def test_every_entry(self, data: st.DataObject) -> None:
        """Whatever commands and runs were given, under whatever versions: the same as written."""
        change = data.draw(st.sampled_from(CHANGES))
        tables = [strategies.tier_tables(max_tiers=4)] * 2
        policy = data.draw(
            strategies.tier_policies(*tables, since=date(2019, 6, 1), on_change=change)
        )
        held = desk(policy)
        drawn = data.draw(strategies.commands(ladder=ladder_of(policy), subject="c", max_gap=120))
        book, day = Book("book"), date(2019, 12, 1)
        runs = data.draw(st.lists(st.integers(0, 2), min_size=len(drawn), max_size=len(drawn)))
        for command, run in zip(drawn, runs, strict=True):
            held.handle(_told(command))
            day = max(day, command.body.on)
            if run:
                day += timedelta(run)
                measure = data.draw(strategies.measures())
                held.run(f"run-{command.id}", book, {"c": measure, "d": Measure(1)}, day)

        assert DONE >= {told.outcome for told in again(held.office)}


def _told(command: Command) -> Command:
    return attrs.evolve(command, id=f"own-{command.id}")


class TestMemberships:
    """A membership comes out as written, with what it left as it was."""

    @pytest.fixture
    def held(self) -> Memberships:
        """Return memberships with two decisions and a leaving."""
        found = Memberships(Changed(), SHELF.get("customer-groups"), now=lambda: at(JULY))
        facts = {"customer_kind": "business_owner", "age": 45, "leads_industry": True}
        assert found.assign("m-1", "c", on=JANUARY, facts=facts).accepted
        assert found.assign("m-2", "c", on=MARCH, facts={**facts, "age": "unknown"}).accepted
        assert found.leave("m-3", "c", on=JULY, reason="moved").accepted
        return found

    def test_what_is_decided(self, held: Memberships) -> None:
        """Decisions are repeated; that somebody left is none."""
        assert Counter({EQUAL: 2, Repetition.NOT_DECIDED: 1}) == Counter(
            told.outcome for told in again(held.office)
        )

    def test_tampered(self, held: Memberships) -> None:
        """Another segment than the facts give is told."""
        journal: Any = held.office.journal
        journal.change = lambda entry: (
            with_data(entry, "place/segment", "general") if entry.version == 1 else entry
        )
        told = held.office.repeat("c", 1)

        assert (("segment", "general", "industry_leader"),) == told.differences

    def test_missing(self, held: Memberships) -> None:
        """Without the text of its version nothing is decided."""
        journal: Any = held.office.journal
        journal.lost = True

        assert Repetition.POLICY_MISSING is held.office.repeat("c", 1).outcome

    @given(st.data())
    @settings(max_examples=some(20))
    def test_every_entry(self, data: st.DataObject) -> None:
        """Whatever is known of whom, on days in any order: the same as written."""
        policy = data.draw(strategies.group_policies())
        held = Memberships(MemoryJournal(), policy, now=lambda: at(date(2026, 1, 1)))
        for place in range(data.draw(st.integers(1, 5))):
            facts = data.draw(strategies.customers())
            day = data.draw(st.dates(date(2001, 1, 1), date(2025, 1, 1)))
            held.assign(f"m-{place}", "c", on=day, facts=facts)

        assert DONE >= {told.outcome for told in again(held.office)}
