"""The SQLite journal gives the answers of the one in memory, whatever is written."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bankservice.core.errors import BankServiceError
from bankservice.core.journal import (
    AgendaChange,
    Append,
    Commit,
    Entry,
    Journal,
    Json,
    KeptVersion,
    Lease,
    Receipt,
    Snapshot,
    Stream,
)
from bankservice.core.quota import Quota
from bankservice.journals import MemoryJournal, MemoryQuota, canonical
from bankservice.journals.canonical import from_micros, from_text, to_micros, to_text
from bankservice.journals.sql import SqlJournal
from bankservice.journals.sql_quota import SqlQuota

TENANTS = ("bank-a", "bank-b")
STREAMS = [Stream(tenant, "test.record", key) for tenant in TENANTS for key in ("c-1", "客户", "x")]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
leaves = st.none() | st.booleans() | st.integers() | texts
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)
mappings: st.SearchStrategy[dict[str, Json]] = st.dictionaries(texts, values, max_size=3)
zones = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=3.5))])
instants = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=zones)  # noqa: DTZ001
soon = st.integers(-3, 3).map(lambda count: NOON + timedelta(hours=count))
ids = st.sampled_from(["cmd-1", "cmd-2", "cmd-3", "cmd-4"])


@st.composite
def appends(draw: st.DrawFn, journal: Journal) -> Append:
    """Return an append that is right as a rule, and stale or too early now and then."""
    stream = draw(st.sampled_from(STREAMS))
    off = draw(st.sampled_from([0, 0, 0, 0, -1, 1]))
    expected = max(0, len(journal.read(stream)) + off)
    entries = tuple(
        Entry(
            stream=stream,
            version=version,
            kind=draw(texts),
            effective_at=draw(instants),
            recorded_at=draw(instants),
            actor="a",
            approved_by=draw(st.sampled_from(["", "b"])),
            source=draw(texts),
            command_id=draw(ids),
            correlation_id=draw(texts),
            schema=draw(st.integers(1, 3)),
            data=draw(mappings),
            sealed=draw(st.none() | mappings),
        )
        for version in range(expected + 1, expected + 1 + draw(st.integers(1, 3)))
    )
    return Append(stream, expected, entries)


@st.composite
def commits(draw: st.DrawFn, journal: Journal) -> Commit:
    """Return a commit of any mixture."""
    places = st.sampled_from(STREAMS)
    versions = st.builds(
        KeptVersion,
        tenant=st.sampled_from(TENANTS),
        policy=st.just("tiers"),
        since=st.sampled_from(["2025-01-01", "2026-01-01"]),
        known_on=st.just("2025-01-01"),
        digest=st.sampled_from(["d1", "d1", "d1", "d2"]),
        text=texts,
        applies_to=st.sampled_from(["", "staff"]),
    )
    receipts = st.builds(
        Receipt, st.sampled_from(TENANTS), ids, texts, mappings, instants, mappings
    )
    return Commit(
        appends=tuple(
            draw(st.lists(appends(journal), max_size=3, unique_by=lambda each: each.stream))
        ),
        guards=tuple(
            (stream, max(0, len(journal.read(stream)) + draw(st.sampled_from([0, 0, 0, 0, 1]))))
            for stream in draw(st.lists(places, max_size=1))
        ),
        receipt=draw(st.none() | receipts),
        agenda=tuple(
            draw(
                st.lists(
                    st.builds(AgendaChange, places, st.sampled_from(["a", "b"]), st.none() | soon),
                    max_size=4,
                )
            )
        ),
        versions=tuple(draw(st.lists(versions, max_size=2))),
        snapshots=tuple(
            draw(
                st.lists(
                    st.builds(Snapshot, places, st.integers(0, 4), st.integers(1, 2), mappings),
                    max_size=1,
                )
            )
        ),
    )


def answer(ask: Any, *args: Any, **named: Any) -> Any:
    """Return what a journal answers, be it a value or an error."""
    try:
        return ask(*args, **named)
    except (BankServiceError, ValueError) as error:
        return type(error), str(error)


class SameAnswers(RuleBasedStateMachine):
    """Two journals given the same commits and questions; the one in memory is the oracle."""

    def __init__(self) -> None:
        super().__init__()
        self.oracle = MemoryJournal()
        self.journal = SqlJournal.open("sqlite://")

    def teardown(self) -> None:
        """Close the database."""
        self.journal.close()

    def ask(self, name: str, *args: Any, **named: Any) -> Any:
        """Ask both and compare."""
        expected = answer(getattr(self.oracle, name), *args, **named)
        assert expected == answer(getattr(self.journal, name), *args, **named)
        return expected

    @rule(data=st.data())
    def commit(self, data: st.DataObject) -> None:
        """Both take a commit, or refuse it with the same words."""
        self.ask("commit", data.draw(commits(self.oracle)))

    @rule(
        tenant=st.sampled_from(TENANTS),
        by=soon,
        now=soon,
        limit=st.integers(0, 3),
        leased=st.booleans(),
        parked=st.booleans(),
    )
    def work(
        self, tenant: str, by: datetime, now: datetime, limit: int, leased: bool, parked: bool
    ) -> None:
        """Both hand out the same items, page by page, and park the same one."""
        lease = Lease(now, now + timedelta(hours=1)) if leased else None
        found = self.ask("due", tenant, by, limit=limit, lease=lease)
        if found:
            self.ask("due", tenant, by, limit=limit, after=found[-1])
            if parked:
                self.ask("park", found[0], "why")

    @rule()
    def forget(self) -> None:
        """Both forget their snapshots."""
        self.ask("forget_snapshots")

    @invariant()
    def same_record(self) -> None:
        """Entries, histories, feed, receipts, archive and parked items are equal."""
        for stream in STREAMS:
            self.ask("read", stream)
            self.ask("read", stream, after=1)
        self.ask("read_many", STREAMS)
        self.ask("feed", limit=1_000)
        self.ask("feed", 1, limit=2)
        for part in range(3):
            self.ask("feed", limit=1_000, part=(part, 3))
        for tenant in TENANTS:
            self.ask("receipts", tenant, [f"cmd-{each}" for each in range(6)])
            self.ask("parked", tenant)
            for digest in ("d1", "d2"):
                self.ask("kept", tenant, "tiers", digest)


SameAnswers.TestCase.settings = settings(
    max_examples=some(60), stateful_step_count=15, deadline=None
)
TestSameAnswers = SameAnswers.TestCase


class SameQuotas(RuleBasedStateMachine):
    """Two quotas given the same questions; the one in memory is the oracle."""

    def __init__(self) -> None:
        super().__init__()
        self.oracle: Quota = MemoryQuota()
        self.store = SqlJournal.open("sqlite://")
        self.quota: Quota = SqlQuota(self.store)

    def teardown(self) -> None:
        """Close the database."""
        self.store.close()

    def ask(self, name: str, *args: Any, **named: Any) -> Any:
        """Ask both and compare."""
        expected = answer(getattr(self.oracle, name), *args, **named)
        assert expected == answer(getattr(self.quota, name), *args, **named)
        return expected

    @rule(quota=st.sampled_from(["gifts", "budget"]), limit=st.sampled_from([0, 10, 10, 10]))
    def open(self, quota: str, limit: int) -> None:
        """Both open a limit, or refuse it."""
        self.ask("open", quota, limit)

    @rule(lease=st.sampled_from("abcdef"), amount=st.integers(0, 6), now=soon, until=soon)
    def lease(self, lease: str, amount: int, now: datetime, until: datetime) -> None:
        """Both grant the same, by whatever clock."""
        self.ask("lease", "gifts", lease, amount, now=now, until=until)

    @rule(lease=st.sampled_from("abcdef"), spent=st.integers(0, 6), now=soon)
    def settle(self, lease: str, spent: int, now: datetime) -> None:
        """Both take a settlement, or refuse it."""
        self.ask("settle", "gifts", lease, spent, now=now)

    @rule(now=soon)
    def left(self, now: datetime) -> None:
        """Both have as much left, never less than nothing."""
        left = self.ask("left", "gifts", now=now)

        assert isinstance(left, tuple) or 0 <= left <= 10


SameQuotas.TestCase.settings = settings(
    max_examples=some(60), stateful_step_count=25, deadline=None
)
TestSameQuotas = SameQuotas.TestCase


@given(mappings)
def test_canonical_text(value: dict[str, Json]) -> None:
    """Canonical text comes back equal, and is what the standard library writes."""
    text = to_text(value, "data")

    assert value == from_text(text)
    assert text == json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )


def test_canonical_text_without_the_inner_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Python has no inner encoder in C, the text is the same."""
    value: dict[str, Json] = {"b": [None, True, -1, "级别\n"], "a": {}}
    monkeypatch.setattr(json.encoder, "c_make_encoder", None)

    assert to_text(value, "data") == canonical._encoder()(value)


@given(instants)
def test_instants(moment: datetime) -> None:
    """An instant comes back as the same instant, to the microsecond."""
    assert moment == from_micros(to_micros(moment))
