"""
Sealing and erasure: what a customer's key is for.

Above all, two laws. Whoever's key is there reads everything as it was written; whoever's key is
destroyed has lost the sealed part, that alone, and for good.
"""

from __future__ import annotations

import json
import sqlite3
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

import bankservice
from bankservice.bank import Bank
from bankservice.core import wording
from bankservice.core.archive import Archive
from bankservice.core.driver import serve
from bankservice.core.errors import (
    HeldError,
    IdentifierError,
    IntegrityError,
    StoreError,
    UnknownKindError,
)
from bankservice.core.journal import Append, Commit, Entry, History, Journal, Json, Stream
from bankservice.core.keys import Key
from bankservice.journals import MemoryJournal
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.sealed import SealedJournal
from bankservice.journals.sql import SqlJournal
from bankservice.journals.sql_keys import SqlKeys
from bankservice.journals.store import SqlStore
from bankservice.segmentation import SHELF, Standings
from bankservice.segmentation.book import Book
from bankservice.segmentation.measure import Measure
from bankservice.testing import strategies
from bankservice.testing.archive_contract import ArchiveContract
from bankservice.testing.contracts import JournalContract

MASTER = bytes(range(32))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TENANTS = ("bank-a", "bank-b")
SUBJECTS = [(tenant, key) for tenant in TENANTS for key in ("c-1", "c-2", "客户")]
STREAM = Stream("bank-a", "test.record", "c-1")


def entry(stream: Stream = STREAM, version: int = 1, **more: Any) -> Entry:
    """Return an entry."""
    held: dict[str, Any] = {"data": {"n": version}, "sealed": {"note": "private"}} | more
    return Entry(
        stream=stream,
        version=version,
        kind=held.pop("kind", "noted"),
        effective_at=NOON,
        recorded_at=NOON,
        actor="a",
        command_id=f"command-{version}",
        **held,
    )


def write(journal: Journal, *entries: Entry) -> None:
    """Append entries of one stream."""
    first = entries[0]
    journal.commit(Commit(appends=(Append(first.stream, first.version - 1, entries),)))


class Watched(MemoryKeys):
    """Keys that note what they are asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str, set[str]]] = []

    def current(self, tenant: str, subjects: Iterable[str]) -> Mapping[str, Key]:
        """Note and answer."""
        held = list(subjects)
        self.asked.append(("current", tenant, set(held)))
        return super().current(tenant, held)

    def find(self, tenant: str, ids: Iterable[str]) -> Mapping[str, Key | None]:
        """Note and answer."""
        held = list(ids)
        self.asked.append(("find", tenant, set(held)))
        return super().find(tenant, held)


# --- a sealed journal is a journal ---------------------------------------------------------------


class TestSealedMemory(JournalContract):
    """A sealed journal in memory."""

    @pytest.fixture
    def journal(self) -> Journal:
        """Give a fresh one."""
        return SealedJournal(MemoryJournal(), MemoryKeys())


class TestSealedDatabase(JournalContract):
    """A sealed journal in a database of each kind, with the keys beside it."""

    @pytest.fixture
    def journal(self, database_url: str) -> Iterator[Journal]:
        """Give a fresh one."""
        with SqlJournal.open(database_url) as inner:
            yield SealedJournal(inner, SqlKeys(inner, MASTER))


class TestSealedHost(JournalContract):
    """A sealed journal and its keys inside the transaction of a host."""

    @pytest.fixture
    def journal(self, tmp_path: Path) -> Iterator[Journal]:
        """Give a fresh one."""
        with closing(sqlite3.connect(tmp_path / "host.db")) as connection:
            inner = SqlJournal.on(connection)
            inner.create()
            yield SealedJournal(inner, SqlKeys(inner, MASTER))


class TestSealedArchive(ArchiveContract):
    """A sealed archive in a database of each kind, chained."""

    @pytest.fixture
    def archive(self, database_url: str) -> Iterator[Archive]:
        """Give a fresh one."""
        with SqlJournal.open(database_url, chained=True) as inner:
            yield SealedJournal(inner, SqlKeys(inner, MASTER))


class TestSealedMemoryArchive(ArchiveContract):
    """A sealed archive in memory."""

    @pytest.fixture
    def archive(self) -> Archive:
        """Give a fresh one."""
        return SealedJournal(MemoryJournal(), MemoryKeys())


FEW = settings(max_examples=max(1, settings().max_examples // 4))
"""For what holds of each entry alone."""

# --- the laws -----------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
mappings: st.SearchStrategy[dict[str, Json]] = st.dictionaries(texts, values, max_size=3)


@st.composite
def written(draw: st.DrawFn) -> tuple[Append, ...]:
    """Return entries of several customers, in one or two records each."""
    places = st.tuples(st.sampled_from(SUBJECTS), st.sampled_from(["test.one", "test.two"]))
    made = []
    for (tenant, key), kind in draw(st.lists(places, min_size=1, max_size=6, unique=True)):
        stream = Stream(tenant, kind, key)
        entries = tuple(
            entry(stream, version, kind=draw(texts), data=draw(mappings), sealed=sealed)
            for version, sealed in enumerate(
                draw(st.lists(st.none() | mappings, min_size=1, max_size=3)), start=1
            )
        )
        made.append(Append(stream, 0, entries))
    return tuple(made)


def erased(held: Entry) -> Entry:
    """Return an entry as it reads once its key is destroyed."""
    return held if held.sealed is None else attrs.evolve(held, sealed=None, erased=True)


def all_read(journal: Journal, streams: list[Stream]) -> dict[str, list[Entry]]:
    """Return the entries of streams as each way of reading gives them."""
    histories = journal.read_many(streams)
    fed = journal.feed(limit=1_000)
    return {
        "read": [each for stream in streams for each in journal.read(stream)],
        "read_many": [each for stream in streams for each in histories[stream].entries],
        "feed": sorted((each.entry for each in fed), key=lambda one: (one.stream, one.version)),
    }


@given(appends=written(), gone=st.sets(st.sampled_from(SUBJECTS)))
def test_erasing_some_touches_nobody_else(
    appends: tuple[Append, ...], gone: set[tuple[str, str]]
) -> None:
    """
    Of those whose keys are destroyed the sealed parts are gone, and nothing else; of everybody
    else each entry reads as it was written.
    """
    keys = MemoryKeys()
    journal = SealedJournal(MemoryJournal(), keys)
    streams = sorted(append.stream for append in appends)
    entries = sorted(
        (each for append in appends for each in append.entries),
        key=lambda one: (one.stream, one.version),
    )

    journal.commit(Commit(appends=appends))

    assert dict.fromkeys(("read", "read_many", "feed"), entries) == all_read(journal, streams)

    for tenant, key in gone:
        keys.destroy(tenant, key)

    left = [
        erased(each) if (each.stream.tenant, each.stream.key) in gone else each for each in entries
    ]
    assert dict.fromkeys(("read", "read_many", "feed"), left) == all_read(journal, streams)


@FEW
@given(appends=written())
def test_all_but_the_sealed_part_is_stored_as_given(appends: tuple[Append, ...]) -> None:
    """Beneath, an entry differs in its sealed part alone, which is a box; none stays none."""
    inner = MemoryJournal()

    SealedJournal(inner, MemoryKeys()).commit(Commit(appends=appends))

    for append in appends:
        stored = inner.read(append.stream)
        bare = [attrs.evolve(each, sealed=None) for each in append.entries]
        assert bare == [attrs.evolve(each, sealed=None) for each in stored]
        assert [each.sealed is None for each in append.entries] == [
            each.sealed is None for each in stored
        ]
        assert all(
            {"bankservice.sealed", "key", "box"} == set(each.sealed)
            for each in stored
            if each.sealed is not None
        )


@given(numbers=st.sets(st.integers(0, 2**64), min_size=1, max_size=10))
def test_nothing_readable_in_memory(numbers: set[int]) -> None:
    """Neither names nor values of a sealed part can be found in the journal beneath."""
    inner = MemoryJournal()
    sealed = {f"secret-name-{number:020}": [f"密-{number:020}", number] for number in numbers}

    write(SealedJournal(inner, MemoryKeys()), entry(sealed=sealed))

    text = repr(inner.read(STREAM))
    for number in numbers:
        assert f"{number:020}" not in text
    assert "secret-name" not in text
    assert "密" not in text


def test_nothing_readable_in_the_file(tmp_path: Path) -> None:
    """Neither the database file nor its log holds a byte of a sealed part, in any encoding."""
    with SqlJournal.open(f"sqlite:///{tmp_path}/bank.db") as inner:
        journal = SealedJournal(inner, SqlKeys(inner, MASTER))
        write(journal, *(entry(version=n, sealed={"姓名": f"张三-{n:06}"}) for n in range(1, 50)))
        during = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert {"姓名": "张三-000007"} == journal.read(STREAM)[6].sealed
    after = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    for encoding in ("utf-8", "utf-16-le", "gb18030", "unicode_escape"):
        for word in ("姓名", "张三"):
            plain = word.encode(encoding)
            assert plain not in during
            assert plain not in after
    assert b"c-1" in after


@given(sealed=mappings, data=mappings)
def test_equal_parts_make_different_boxes(sealed: dict[str, Json], data: dict[str, Json]) -> None:
    """Two entries with the same facts do not show that they are the same."""
    inner = MemoryJournal()
    journal = SealedJournal(inner, MemoryKeys())

    write(journal, entry(sealed=sealed, data=data), entry(version=2, sealed=sealed, data=data))

    one, two = (each.sealed for each in inner.read(STREAM))
    assert one is not None
    assert two is not None
    assert one["key"] == two["key"]
    assert one["box"] != two["box"]


def test_pinned_randomness_pins_the_box() -> None:
    """With the key and the nonce given, the stored part is always the same; whoever knows its form
    can open it without this package."""
    keys = MemoryKeys(lambda size: bytes(range(size)))
    inner = MemoryJournal()

    write(SealedJournal(inner, keys, random=bytes), entry())

    held = inner.read(STREAM)[0].sealed
    assert {
        "bankservice.sealed": 1,
        "key": "000102030405060708090a0b0c0d0e0f",
        "box": "AAAAAAAAAAAAAAAAdZ7bscFJoYcq2Ntcbk3l/PA+bbVugxhzei//V33hG8yrVQ==",
    } == held
    raw = b64decode(str(held["box"]))
    about = b"18:bankservice.sealed,1:1,6:bank-a,11:test.record,3:c-1,1:1,5:noted,"
    assert b'{"note":"private"}' == AESGCM(bytes(range(32))).decrypt(raw[:12], raw[12:], about)


# --- boxes and what looks like one ---------------------------------------------------------------


class Tampered(MemoryJournal):
    """A journal somebody else has their hands in."""

    def __init__(self) -> None:
        super().__init__()
        self.change: Callable[[Entry], Entry] = lambda held: held

    def read(self, stream: Stream, after: int = 0) -> tuple[Entry, ...]:
        """Give what they made of it."""
        return tuple(map(self.change, super().read(stream, after)))


def flipped(box: Any, place: int) -> str:
    """Return a box with one bit changed."""
    raw = bytearray(b64decode(box))
    raw[place // 8 % len(raw)] ^= 1 << place % 8
    return b64encode(raw).decode()


@given(place=st.integers(0, 8 * 60))
def test_a_changed_box(place: int) -> None:
    """A box with any one bit changed is an error that names the entry, and nothing of its facts."""
    inner = Tampered()
    journal = SealedJournal(inner, MemoryKeys())
    write(journal, entry())
    inner.change = lambda held: attrs.evolve(
        held, sealed={**(held.sealed or {}), "box": flipped((held.sealed or {})["box"], place)}
    )

    with pytest.raises(IntegrityError, match=r"bank-a/test\.record/c-1@1") as found:
        journal.read(STREAM)

    assert "private" not in str(found.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda held: attrs.evolve(held, version=2),
        lambda held: attrs.evolve(held, kind="other"),
        lambda held: attrs.evolve(held, stream=attrs.evolve(held.stream, kind="test.other")),
        lambda held: attrs.evolve(held, stream=attrs.evolve(held.stream, key="c-2")),
        lambda held: attrs.evolve(held, stream=Stream("bank-a", "test.record/c", "1")),
    ],
    ids=["version", "entry-kind", "record", "customer", "cut-elsewhere"],
)
def test_a_box_of_another_entry(change: Callable[[Entry], Entry]) -> None:
    """A box that was put in another entry's place does not open, though its key is there."""
    inner = Tampered()
    journal = SealedJournal(inner, MemoryKeys())
    write(journal, entry())
    inner.change = change

    with pytest.raises(IntegrityError, match="does not open with its key"):
        journal.read(STREAM)


@pytest.mark.parametrize(
    "broken",
    [
        {"box": ""},
        {"box": "no base64"},
        {"box": None},
        {"box": "AAAA"},
        {"key": None},
        {"key": ["c-1"]},
        {"more": 1},
    ],
    ids=str,
)
def test_a_broken_box(broken: dict[str, Any]) -> None:
    """Whatever carries the mark and is no box is an error, never the facts."""
    inner = Tampered()
    journal = SealedJournal(inner, MemoryKeys())
    write(journal, entry())
    inner.change = lambda held: attrs.evolve(held, sealed={**(held.sealed or {}), **broken})

    with pytest.raises(IntegrityError, match="c-1@1"):
        journal.read(STREAM)


def test_a_box_with_a_part_missing() -> None:
    """A box without its key or its content is an error too."""
    for part in ("key", "box"):
        inner = Tampered()
        journal = SealedJournal(inner, MemoryKeys())
        write(journal, entry())
        inner.change = lambda held, part=part: attrs.evolve(  # type: ignore[misc]
            held, sealed={name: one for name, one in (held.sealed or {}).items() if name != part}
        )

        with pytest.raises(IntegrityError, match="c-1@1"):
            journal.read(STREAM)


def test_a_box_of_a_later_form() -> None:
    """A box in a form this package does not know says so, and what to do."""
    inner = MemoryJournal()
    write(inner, entry(sealed={"bankservice.sealed": 2, "what": "else"}))

    with pytest.raises(UnknownKindError, match=r"form 2; .* Upgrade the package"):
        SealedJournal(inner, MemoryKeys()).read(STREAM)


def test_keys_of_another_bank() -> None:
    """A key that was never here is not taken for a destroyed one."""
    inner = MemoryJournal()
    write(SealedJournal(inner, MemoryKeys()), entry())
    journal = SealedJournal(inner, MemoryKeys())

    with pytest.raises(IntegrityError, match=r"c-1@1 .* do not know.* Open the journal with the"):
        journal.read(STREAM)
    with pytest.raises(IntegrityError, match="c-1@1"):
        journal.read_many([STREAM])
    with pytest.raises(IntegrityError, match="c-1@1"):
        journal.feed(limit=1)


LOOKALIKES: list[dict[str, Json]] = [
    {},
    {"note": "plain"},
    {"key": "k", "box": "AAAA"},
    {"key": "k", "box": "AAAA", "sealed": 1},
]


@pytest.mark.parametrize("plain", LOOKALIKES, ids=str)
def test_what_was_written_before_sealing(plain: dict[str, Json]) -> None:
    """An entry from before comes back as it is, no key is asked for, and erasing changes nothing."""
    inner, keys = MemoryJournal(), Watched()
    write(inner, entry(sealed=plain), entry(version=2, sealed=None))
    journal = SealedJournal(inner, keys)

    keys.destroy("bank-a", "c-1")

    assert (entry(sealed=plain), entry(version=2, sealed=None)) == journal.read(STREAM)
    assert [] == keys.asked


@given(
    sealed=st.fixed_dictionaries(
        {},
        optional={
            "bankservice.sealed": st.integers() | st.booleans(),
            "key": texts,
            "box": texts | st.binary().map(lambda raw: b64encode(raw).decode()),
        },
    )
)
def test_a_mapping_that_looks_like_a_box(sealed: dict[str, Json]) -> None:
    """Written through the sealed journal, it is boxed like any other and comes back as it was."""
    journal = SealedJournal(MemoryJournal(), MemoryKeys())

    write(journal, entry(sealed=sealed))

    assert (entry(sealed=sealed),) == journal.read(STREAM)


def test_a_box_in_a_box() -> None:
    """The stored form of an entry, written as somebody's facts, is opened once only."""
    inner, keys = MemoryJournal(), MemoryKeys()
    journal = SealedJournal(inner, keys)
    write(journal, entry())
    (stored,) = inner.read(STREAM)
    twice = attrs.evolve(stored, version=2)

    write(journal, twice)

    assert (entry(), twice) == journal.read(STREAM)


# --- keys, and when they are asked for -----------------------------------------------------------


def test_one_question_for_each_call() -> None:
    """A commit asks once for keys to seal with, a reading once for keys to open with."""
    keys = Watched()
    journal = SealedJournal(MemoryJournal(), keys)
    streams = [Stream("bank-a", "test.record", f"c-{number}") for number in range(50)]
    appends = tuple(
        Append(each, 0, (entry(each), entry(each, 2), entry(each, 3, sealed=None)))
        for each in streams
    )

    journal.commit(Commit(appends=appends))
    journal.read_many(streams)
    journal.feed(limit=1_000)
    journal.read(streams[0])
    journal.read(streams[0], after=2)

    everybody = {each.key for each in streams}
    assert ["current", "find", "find", "find"] == [what for what, *_ in keys.asked]
    assert ("bank-a", everybody) == keys.asked[0][1:]
    assert [50, 50, 1] == [len(ids) for *_, ids in keys.asked[1:]]


def test_no_key_without_a_sealed_part() -> None:
    """Where nothing is sealed no key is made: a run's own stream is nobody's."""
    keys = Watched()
    journal = SealedJournal(MemoryJournal(), keys)

    write(journal, entry(sealed=None))
    journal.commit(Commit())
    journal.read(STREAM)

    assert [] == keys.asked


def test_records_of_a_customer_share_a_key() -> None:
    """One key seals all records of a customer in a tenant; another tenant's is another."""
    keys = MemoryKeys()
    journal = SealedJournal(MemoryJournal(), keys)
    one, two, other = (
        Stream("bank-a", "test.one", "c-1"),
        Stream("bank-a", "test.two", "c-1"),
        Stream("bank-b", "test.one", "c-1"),
    )
    journal.commit(Commit(appends=tuple(Append(s, 0, (entry(s),)) for s in (one, two, other))))

    assert 1 == keys.destroy("bank-a", "c-1")

    assert [True, True, False] == [journal.read(s)[0].erased for s in (one, two, other)]


def test_life_after_erasure() -> None:
    """What is written after the erasure has a key of its own, and can be erased again."""
    keys = MemoryKeys()
    journal = SealedJournal(MemoryJournal(), keys)
    first, second = entry(), entry(version=2)
    write(journal, first)
    keys.destroy("bank-a", "c-1")

    write(journal, second)
    assert (erased(first), second) == journal.read(STREAM)

    keys.destroy("bank-a", "c-1")
    assert (erased(first), erased(second)) == journal.read(STREAM)


def test_an_erased_entry_cannot_be_written() -> None:
    """What was read as erased cannot be written as if it had had no facts; nothing is."""
    journal = SealedJournal(MemoryJournal(), MemoryKeys())

    with pytest.raises(ValueError, match="c-1@1 was erased"):
        write(journal, entry(sealed=None, erased=True))

    assert () == journal.read(STREAM)


def test_a_sealed_part_that_is_no_json() -> None:
    """What no journal keeps is refused before a key is made."""
    keys = Watched()
    bad: Any = {"rate": 0.5}

    with pytest.raises(TypeError, match=r"sealed\.rate is a float"):
        write(SealedJournal(MemoryJournal(), keys), entry(sealed=bad))

    assert [] == keys.asked


def test_a_lost_race_leaves_no_trace() -> None:
    """A refused commit writes nothing; the key it made serves the next one."""
    keys = MemoryKeys()
    journal = SealedJournal(MemoryJournal(), keys)
    with pytest.raises(IntegrityError):
        write(journal, entry(version=2))

    write(journal, entry())

    assert (entry(),) == journal.read(STREAM)
    assert 1 == keys.destroy("bank-a", "c-1")


def test_a_snapshot_is_given_with_what_comes_after() -> None:
    """Histories keep their snapshots, and their entries are opened."""
    inner = MemoryJournal()
    journal = SealedJournal(inner, MemoryKeys())
    write(journal, entry(), entry(version=2))
    short = History(STREAM, inner.read(STREAM, after=1))
    inner.read_many = lambda streams: {STREAM: short}  # type: ignore[method-assign]

    assert {STREAM: History(STREAM, (entry(version=2),))} == journal.read_many([STREAM])


# --- what an archive does beside -----------------------------------------------------------------


def test_a_tombstone_is_sealed() -> None:
    """What a tombstone tells beside its data is sealed, and reads as it was given."""
    inner, keys = MemoryJournal(), MemoryKeys()
    journal = SealedJournal(inner, keys)
    write(journal, entry())
    told = entry(version=2, sealed={"why": "asked for"})

    journal.purge(Append(STREAM, 1, (told,)))

    assert (told,) == journal.read(STREAM)
    assert "asked for" not in repr(inner.read(STREAM))
    keys.destroy("bank-a", "c-1")
    assert (erased(told),) == journal.read(STREAM)


def test_a_journal_that_is_no_archive() -> None:
    """Where the journal beneath cannot list or purge, that is said by its name."""
    inner: Any = object()
    journal = SealedJournal(inner, MemoryKeys())

    for call in (
        lambda: journal.versions("bank-a"),
        lambda: journal.receipts_after("bank-a", limit=1),
        lambda: journal.purge(Append(STREAM, 0, (entry(sealed=None),))),
    ):
        with pytest.raises(TypeError, match="object is a journal but no archive"):
            call()


def test_closing() -> None:
    """Closing a sealed journal closes the one beneath, where it can be closed."""
    closed = []

    class Closing(MemoryJournal):
        def close(self) -> None:
            closed.append(True)

    with SealedJournal(Closing(), MemoryKeys()):
        assert [] == closed
    with SealedJournal(MemoryJournal(), MemoryKeys()):
        pass

    assert [True] == closed


# --- decisions ----------------------------------------------------------------------------------

SHAPE = SHELF.get("cn-retail-shape")
LADDER = SHAPE.versions[-1].parameters
RICH = {"average": "620000.00"}


def standings(journal: Journal, policy: Any = SHAPE) -> Standings:
    """Return standings whose knowledge time is late."""
    return Standings(journal, policy, now=lambda: NOON.replace(year=2150))


@FEW
@given(
    commands=strategies.commands(ladder=LADDER, subject="c-1"),
    others=strategies.commands(ladder=LADDER, subject="c-2", max_size=3),
    days=st.integers(0, 4_000),
)
def test_replay_needs_no_key(commands: Any, others: Any, days: int) -> None:
    """
    A standing folds to the same state with the key and without it, and so does everybody else's;
    what is decided next is the same.
    """
    keys = MemoryKeys()
    sealed, plain = SealedJournal(MemoryJournal(), keys), MemoryJournal()
    for journal in (sealed, plain):
        teller = standings(journal)
        for place, command in enumerate((*commands, *others)):
            teller.handle(attrs.evolve(command, id=f"command-{place}"))
    desk = standings(plain).desk
    before = serve(desk.load(["c-1", "c-2"]), sealed)
    as_of = NOON.replace(year=2020) + timedelta(days=days)

    keys.destroy("default", "c-1")

    assert before == serve(desk.load(["c-1", "c-2"]), sealed)
    assert before == serve(desk.load(["c-1", "c-2"]), plain)
    assert standings(plain).view("c-1", as_of) == standings(sealed).view("c-1", as_of)
    for journal in (sealed, plain):
        standings(journal).assess("next", "c-1", measure=RICH, on=date(2149, 1, 1))
    assert standings(plain).view("c-1") == standings(sealed).view("c-1")


def test_a_book_after_an_erasure() -> None:
    """A run, and the correction of a run, come out as if nobody had been erased."""
    keys = MemoryKeys()
    sealed, plain = SealedJournal(MemoryJournal(), keys), MemoryJournal()
    book, customers = Book("retail", 2), [f"c-{number}" for number in range(12)]
    days = [date(2026, month, 28) for month in (1, 2, 3)]

    def measures(factor: int) -> dict[str, Any]:
        return {one: Measure(n * factor * 10_000_000) for n, one in enumerate(customers)}

    found = []
    for journal in (sealed, plain):
        teller = standings(journal)
        teller.run("run-1", book, measures(1), days[0])
        teller.run("run-2", book, measures(2), days[1])
        if journal is sealed:
            for one in customers[::2]:
                assert keys.destroy("default", one) <= 1
        results = [
            teller.run("run-2-again", book, measures(3), days[1]),
            teller.run("run-3", book, measures(1), days[2]),
        ]
        found.append((results, [teller.view(one) for one in customers]))

    assert found[0] == found[1]


class TestExplain:
    """What an erased decision still answers."""

    @pytest.fixture
    def keys(self) -> MemoryKeys:
        """Give fresh keys."""
        return MemoryKeys()

    @pytest.fixture
    def teller(self, keys: MemoryKeys) -> Standings:
        """Give standings with an assessment, an override and its end, and somebody else's."""
        held = standings(SealedJournal(MemoryJournal(), keys))
        held.assess("a-1", "c-1", measure=RICH, on=date(2026, 3, 31))
        held.grant_override(
            "a-2",
            "c-1",
            tier="PRIVATE",
            until=date(2026, 9, 1),
            reason="care",
            actor="officer-1",
            approved_by="officer-2",
            on=date(2026, 4, 1),
        )
        held.assess("a-3", "c-2", measure=RICH, on=date(2026, 3, 31))
        return held

    def test_erased(self, keys: MemoryKeys, teller: Standings) -> None:
        """The headline is `erased` with the entry's address; the policy version is still named."""
        before = teller.explain("c-1", 1)
        keys.destroy("default", "c-1")

        found = teller.explain("c-1", 1)

        assert ("erased", (("entry", "segmentation.standing/c-1@1"),)) == (
            found.headline.code,
            found.headline.facts,
        )
        assert () == found.checks
        assert before.checks
        assert before.sources == found.sources

    @pytest.mark.parametrize(
        ("locale", "sentence"),
        [
            (
                "en",
                "The facts on which segmentation.standing/c-1@1 was decided have been erased.",
            ),
            ("zh_CN", "segmentation.standing/c-1@1 所依据的事实已被删除。"),
        ],
    )
    def test_in_words(
        self, keys: MemoryKeys, teller: Standings, locale: str, sentence: str
    ) -> None:
        """In both languages there is a sentence with the entry's address."""
        keys.destroy("default", "c-1")

        first, second = teller.explain("c-1", 1).text(locale).splitlines()

        assert sentence == first
        assert "segmentation/cn-retail-shape" in second

    def test_the_sentence_needs_what_the_desk_gives(self) -> None:
        """The template's names are the names of the reason's facts, in every locale."""
        from bankservice.core.desk import ERASED

        for locale in wording.LOCALES:
            template = wording.templates("bankservice.core", locale)[ERASED.code]
            assert frozenset(ERASED.names) == wording.placeholders(template)

    def test_what_had_no_facts(self, keys: MemoryKeys, teller: Standings) -> None:
        """An entry without a sealed part is explained as before, and so is everybody else's."""
        before = [teller.explain("c-1", 2), teller.explain("c-2", 1)]
        keys.destroy("default", "c-1")

        assert before == [teller.explain("c-1", 2), teller.explain("c-2", 1)]

    def test_what_comes_later(self, keys: MemoryKeys, teller: Standings) -> None:
        """An entry after the erasure is explained: the states before need no facts."""
        keys.destroy("default", "c-1")
        teller.assess("a-9", "c-1", measure={"average": "9000000.00"}, on=date(2026, 5, 31))

        assert teller.explain("c-1", 3).checks

    def test_a_part_taken_away_by_hand(self, teller: Standings) -> None:
        """An entry whose facts are missing for another reason says the same, as it always did."""
        journal = MemoryJournal()
        held = standings(journal)
        held.assess("a-1", "c-1", measure=RICH, on=date(2026, 3, 31))
        (whole,) = journal.read(held.desk.stream("c-1"))
        bare = Tampered()
        bare.change = lambda one: attrs.evolve(one, sealed=None)
        write(bare, whole)
        kept = journal.kept("default", SHAPE.id, SHAPE.versions[-1].ref.digest)
        assert kept is not None
        bare.commit(Commit(versions=(kept,)))

        assert "erased" == standings(bare).explain("c-1", 1).headline.code


# --- the front door -----------------------------------------------------------------------------


class TestBank:
    """`keys=` seals, `erase` erases."""

    @pytest.mark.parametrize("url", ["memory:", "sqlite://"])
    def test_erase(self, url: str) -> None:
        """The tier stays, the facts are gone, and how many keys there were is told."""
        with bankservice.open(url, keys=MemoryKeys(), now=lambda: NOON) as bank:
            for who in ("customer-7", "customer-8"):
                bank.standings.assess(f"run-{who}", who, measure=RICH)

            assert 1 == bank.erase("customer-7")
            assert 0 == bank.erase("customer-7")

            assert "GOLD" == bank.standings.view("customer-7").tier
            assert "erased" == bank.explain("segmentation.standing/customer-7").headline.code
            assert bank.explain("segmentation.standing/customer-8").checks

    def test_without_its_keys_it_is_not_called_erased(self, sqlite_url: str) -> None:
        """What is sealed is not explained without keys, and never said to be erased."""
        with bankservice.open(sqlite_url, keys=MemoryKeys(), now=lambda: NOON) as bank:
            bank.standings.assess("run-1", "customer-7", measure=RICH)

        with (
            bankservice.open(sqlite_url) as bank,
            pytest.raises(StoreError, match=r"customer-7@1 is sealed.*It was not erased"),
        ):
            bank.explain("segmentation.standing/customer-7@1")

    def test_not_under_hold(self) -> None:
        """Under legal hold nothing is erased; once every hold is released, it is."""
        with bankservice.open("memory:", keys=MemoryKeys(), now=lambda: NOON) as bank:
            bank.standings.assess("run-1", "customer-7", measure=RICH)
            hold = {"hold": "case-12", "reason": "subpoena", "actor": "legal-1"}
            bank.holds.place("h-1", "customer-7", **hold)

            with pytest.raises(HeldError, match=r"'customer-7' is under legal hold \(case-12\)"):
                bank.erase("customer-7")
            assert bank.explain("segmentation.standing/customer-7").checks

            bank.holds.release("h-2", "customer-7", approved_by="legal-2", **hold)
            assert 1 == bank.erase("customer-7")

    def test_keys_in_a_database_of_their_own(self, tmp_path: Path) -> None:
        """The record and its keys may lie apart, and last."""
        with SqlStore.open(f"sqlite:///{tmp_path}/keys.db") as store:
            for known in (False, True):
                keys = SqlKeys(store, MASTER)
                with bankservice.open(f"sqlite:///{tmp_path}/bank.db", keys=keys) as bank:
                    if not known:
                        bank.standings.assess("run-1", "customer-7", measure=RICH)
                    assert bank.explain("segmentation.standing/customer-7@1").checks
                    assert [] == [name for name in ("average", "620000") if self.there(bank, name)]

    @staticmethod
    def there(bank: Bank, name: str) -> bool:
        """Tell whether a text stands in the stored sealed parts."""
        inner = bank.journal
        assert isinstance(inner, SealedJournal)
        stored = [fed.entry.sealed for fed in inner.journal.feed(limit=10)]
        return name in json.dumps(stored)

    def test_without_keys(self) -> None:
        """A bank that seals nothing says so, instead of erasing nothing in silence."""
        with (
            bankservice.open("memory:") as bank,
            pytest.raises(ValueError, match=r"seals nothing, .* open it with keys="),
        ):
            bank.erase("customer-7")

    def test_a_card_number(self) -> None:
        """Who is to be erased is named by an identifier."""
        with (
            bankservice.open("memory:", keys=MemoryKeys()) as bank,
            pytest.raises(IdentifierError),
        ):
            bank.erase("4111111111111111")

    def test_another_tenant(self) -> None:
        """Erasing concerns the bank's own tenant."""
        journal, keys = MemoryJournal(), MemoryKeys()
        one, two = (Bank(journal, keys=keys, tenant=tenant) for tenant in ("one", "two"))
        for bank in (one, two):
            bank.standings.assess("run-1", "customer-7", measure=RICH)

        one.erase("customer-7")

        assert "erased" == one.explain("segmentation.standing/customer-7").headline.code
        assert two.explain("segmentation.standing/customer-7").checks

    @pytest.mark.parametrize("beside", [True, False], ids=["same-database", "own-database"])
    def test_inside_a_transaction(self, tmp_path: Path, beside: bool) -> None:
        """On a host's connection the bank seals too; keys beside the record join the host."""
        url = f"sqlite:///{tmp_path}/bank.db"
        with SqlStore.open(url if beside else f"sqlite:///{tmp_path}/keys.db") as store:
            keys = SqlKeys(store, MASTER)
            with bankservice.open(url, keys=keys) as bank:
                for end in ("rollback", "commit"):
                    with closing(sqlite3.connect(tmp_path / "bank.db")) as connection:
                        joined = SqlKeys(SqlStore.on(connection), MASTER) if beside else None
                        inside = bank.using(connection, keys=joined)
                        inside.standings.assess("run-1", "customer-7", measure=RICH)
                        assert inside.explain("segmentation.standing/customer-7").checks
                        getattr(connection, end)()

                assert bank.explain("segmentation.standing/customer-7@1").checks
                assert not self.there(bank, "620000")
                assert 1 == bank.erase("customer-7")
