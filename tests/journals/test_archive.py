"""The shipped journals keep the promises of `Archive`, and every one of its tests can fail."""

from __future__ import annotations

import inspect
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from typing import Any, Final

import attrs
import pytest
from sqlalchemy import create_engine

from bankservice.core.answer import Answer
from bankservice.core.archive import PURGED, Archive
from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.errors import RaceLostError
from bankservice.core.holds import Holds
from bankservice.core.journal import (
    Append,
    Commit,
    KeptVersion,
    Receipt,
    Stream,
)
from bankservice.core.record import Refused
from bankservice.core.retention import Purged, Retention, purge
from bankservice.journals import MemoryJournal
from bankservice.journals.sql import SqlJournal
from bankservice.testing.archive_contract import ArchiveContract, tombstone
from bankservice.testing.contracts import TENANT, append, stream

LATER: Final = datetime(2031, 1, 1, tzinfo=UTC)

# --- kept ---------------------------------------------------------------------------------------


class TestMemoryArchive(ArchiveContract):
    """The journal in memory."""

    @pytest.fixture
    def archive(self) -> Archive:
        """Give a fresh one."""
        return MemoryJournal()


class TestSqlArchive(ArchiveContract):
    """The journal in a database of each kind."""

    @pytest.fixture
    def archive(self, database_url: str) -> Iterator[Archive]:
        """Give a fresh one."""
        with SqlJournal.open(database_url) as journal:
            yield journal


class TestChainedArchive(ArchiveContract):
    """The same, chained."""

    @pytest.fixture
    def archive(self, database_url: str) -> Iterator[Archive]:
        """Give a fresh one."""
        with SqlJournal.open(database_url, chained=True) as journal:
            yield journal


class TestHostArchive(ArchiveContract):
    """The journal on a SQLAlchemy connection of the host, with work of the host's own."""

    @pytest.fixture
    def archive(self, database_url: str) -> Iterator[Archive]:
        """Give a fresh one."""
        SqlJournal.open(database_url).close()
        engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
        with engine.connect() as connection:
            yield SqlJournal.on(connection)
        engine.dispose()


class TestDbapiArchive(ArchiveContract):
    """The journal on a plain sqlite3 connection of the host."""

    @pytest.fixture
    def archive(self, tmp_path: Path) -> Iterator[Archive]:
        """Give a fresh one."""
        connection = sqlite3.connect(tmp_path / "host.db")
        journal = SqlJournal.on(connection)
        journal.create()
        yield journal
        connection.close()


def _folded(text: str | None) -> str:
    return " ".join((text or "").split())


def test_one_test_for_each_promise() -> None:
    """The suite's tests quote the promises of the port, all of them and in their order."""
    promises = re.findall(
        r"^\* (.*(?:\n  .*)*)", inspect.cleandoc(Archive.__doc__ or ""), re.MULTILINE
    )

    assert promises
    assert [_folded(each) for each in promises] == [
        _folded(test.__doc__) for test in _tests().values()
    ]


def test_the_suite_asks_for_its_fixture() -> None:
    """A suite whose fixture was not overridden says so instead of passing."""
    fixture: Any = ArchiveContract.archive

    with pytest.raises(NotImplementedError, match="override the fixture `archive`"):
        fixture.__wrapped__(ArchiveContract())


def test_a_chained_journal_names_the_last_digest(database_url: str) -> None:
    """What a chained journal adds to a tombstone is the digest that stood beside the last entry."""
    with SqlJournal.open(database_url, chained=True) as journal:
        journal.commit(Commit(appends=(append(stream("c-1"), 1, 3),)))
        *_, (_, last) = journal.links(limit=9)

        journal.purge(tombstone(stream("c-1"), 3))

        (left,) = journal.read(stream("c-1"))
        assert 64 == len(last)
        assert last == left.data["chain"]


def test_a_hold_and_a_purge_in_the_same_moment(database_url: str) -> None:
    """Of a hold and a purge that come together one is first: either the record is kept, or it was
    purged before the hold was placed; both are told so."""
    retention = Retention(
        kind=stream("").kind,
        keep=Period(days=1),
        source=Citation(text="Acme records policy", checked="own"),
    )
    with SqlJournal.open(database_url) as journal, ThreadPoolExecutor(2) as pool:
        holds = Holds(journal, now=lambda: LATER, tenant=TENANT)
        for number in range(15):
            subject, both = stream(f"c-{number}"), Barrier(2)
            journal.commit(Commit(appends=(append(subject, 1, 3),)))

            def placing(key: str = subject.key, both: Barrier = both) -> Answer:
                both.wait()
                return holds.place(f"h-{key}", key, hold="case-1", reason="x", actor="legal-1")

            def purging(of: Stream = subject, both: Barrier = both) -> Purged | Refused:
                both.wait()
                return purge(
                    journal,
                    of,
                    retention,
                    command_id=f"p-{of.key}",
                    reason="retention ended",
                    actor="officer-1",
                    approved_by="officer-2",
                    now=LATER,
                )

            hold, gone = pool.submit(placing), pool.submit(purging)

            assert hold.result().accepted
            kept = [1, 2, 3] if isinstance(gone.result(), Refused) else [4]
            assert kept == [each.version for each in journal.read(subject)]


# --- broken -------------------------------------------------------------------------------------

WRONG: list[tuple[str, type[MemoryJournal]]] = []


def breaks(test: str) -> Any:
    """Note that the class below breaks the promise that *test* checks."""

    def note(wrong: type[MemoryJournal]) -> type[MemoryJournal]:
        WRONG.append((test, wrong))
        return wrong

    return note


@breaks("test_every_receipt_is_listed")
class OrderedByLocale(MemoryJournal):
    """Capitals and accents are looked through."""

    def receipts_after(self, tenant: str, after: str = "", *, limit: int) -> tuple[Receipt, ...]:
        found = super().receipts_after(tenant, limit=1_000)
        ordered = sorted(found, key=lambda each: each.command_id.casefold())
        return tuple(each for each in ordered if each.command_id.casefold() > after.casefold())[
            :limit
        ]


@breaks("test_every_receipt_is_listed")
class FromTheIdGiven(MemoryJournal):
    """The receipt under the id given comes again."""

    def receipts_after(self, tenant: str, after: str = "", *, limit: int) -> tuple[Receipt, ...]:
        again = super().receipts(tenant, [after])
        found = super().receipts_after(tenant, after, limit=limit)
        return (*again.values(), *found)[:limit]


@breaks("test_every_kept_version_is_listed")
class OrderedByDate(MemoryJournal):
    """The order in which versions were kept is lost."""

    def versions(self, tenant: str) -> tuple[KeptVersion, ...]:
        return tuple(sorted(super().versions(tenant), key=lambda each: each.since))


@breaks("test_every_kept_version_is_listed")
class EverybodysVersions(MemoryJournal):
    """Other tenants' versions are listed too."""

    def versions(self, tenant: str) -> tuple[KeptVersion, ...]:
        tenants = dict.fromkeys((tenant, *(each.tenant for each in self._versions.values())))
        return tuple(
            version
            for each in tenants
            for version in super(EverybodysVersions, self).versions(each)
        )


class PurgingJournal(MemoryJournal):
    """A journal whose `purge` is to be spoilt."""

    def before(self, tombstone: Append) -> Append:
        """Return the tombstone as the spoilt journal takes it."""
        return tombstone

    def after(self, tombstone: Append) -> None:
        """Spoil what was purged."""

    def purge(self, tombstone: Append, *, guards: tuple[tuple[Stream, int], ...] = ()) -> None:
        super().purge(self.before(tombstone), guards=guards)
        self.after(tombstone)


@breaks("test_purge_leaves_the_tombstone")
class KeepsTheAgenda(PurgingJournal):
    """The agenda still names the purged record."""

    def purge(self, tombstone: Append, *, guards: tuple[tuple[Stream, int], ...] = ()) -> None:
        agenda = dict(self._agenda)
        super().purge(tombstone, guards=guards)
        self._agenda = agenda


@breaks("test_purge_leaves_the_tombstone")
class KeepsTheSnapshot(PurgingJournal):
    """The purged state can still be read."""

    def purge(self, tombstone: Append, *, guards: tuple[tuple[Stream, int], ...] = ()) -> None:
        snapshots = dict(self._snapshots)
        super().purge(tombstone, guards=guards)
        self._snapshots = snapshots


@breaks("test_purge_leaves_the_tombstone")
class PurgesTheNamesake(PurgingJournal):
    """The stream of another tenant under the same key goes too."""

    def after(self, tombstone: Append) -> None:
        for each in [each for each in self._streams if each.key == tombstone.stream.key]:
            if each != tombstone.stream:
                del self._streams[each]


@breaks("test_tombstone_carries_the_chain")
class CountsAgain(PurgingJournal):
    """The tombstone says something else than was given."""

    def after(self, tombstone: Append) -> None:
        (row,) = self._streams[tombstone.stream]
        if tombstone.expected == 3 and "chain" not in row.data and len(self._feed) == 4:
            self._replace(tombstone.stream, attrs.evolve(row, data='{"count":3}'))

    def _replace(self, of: Stream, row: Any) -> None:
        self._streams[of] = [row]
        self._feed = [
            (fed[0], row) if fed and fed[1].entry.kind == PURGED else fed for fed in self._feed
        ]


@breaks("test_purge_loses_the_race")
class PurgesWhateverStands(PurgingJournal):
    """The version expected is not looked at."""

    def before(self, tombstone: Append) -> Append:
        stands = self._version(tombstone.stream)
        if stands != 3:
            return tombstone
        (entry,) = tombstone.entries
        return Append(tombstone.stream, stands, (attrs.evolve(entry, version=stands + 1),))


@breaks("test_purge_loses_the_race")
class LooksAtNoGuard(PurgingJournal):
    """Guards are not looked at."""

    def purge(self, tombstone: Append, *, guards: tuple[tuple[Stream, int], ...] = ()) -> None:
        super().purge(tombstone)


@breaks("test_purge_loses_the_race")
class PurgesHalf(PurgingJournal):
    """The agenda is cleared before the version is looked at."""

    def purge(self, tombstone: Append, *, guards: tuple[tuple[Stream, int], ...] = ()) -> None:
        for place in [place for place in self._agenda if place[0] == tombstone.stream]:
            del self._agenda[place]
        super().purge(tombstone, guards=guards)


@breaks("test_tombstone_can_be_put_back")
class NothingToPurge(PurgingJournal):
    """A stream that does not exist cannot be purged."""

    def before(self, tombstone: Append) -> Append:
        if not self._version(tombstone.stream):
            raise RaceLostError(str(tombstone.stream), tombstone.expected, 0)
        return tombstone


@breaks("test_tombstone_can_be_put_back")
class TombstonesAreReplaced(PurgingJournal):
    """A second tombstone under the same version is taken."""

    def purge(self, tombstone: Append, *, guards: tuple[tuple[Stream, int], ...] = ()) -> None:
        rows = self._streams.get(tombstone.stream, [])
        if [tombstone.expected + 1] == [row.entry.version for row in rows]:
            return
        super().purge(tombstone, guards=guards)


@breaks("test_feed_gives_the_tombstone")
class FeedsThePurged(PurgingJournal):
    """The feed still gives what was purged."""

    def purge(self, tombstone: Append, *, guards: tuple[tuple[Stream, int], ...] = ()) -> None:
        fed = list(self._feed)
        super().purge(tombstone, guards=guards)
        self._feed = [*fed, self._feed[-1]]


@breaks("test_feed_gives_the_tombstone")
class InThePlaceOfTheLast(PurgingJournal):
    """The tombstone takes the place of the last purged entry, where readers have been."""

    def after(self, tombstone: Append) -> None:
        empty = [place for place, fed in enumerate(self._feed) if fed is None]
        if empty:
            self._feed[empty[-1]] = self._feed.pop()


@breaks("test_behind_while_a_writer_is_open")
class AlwaysBehind(MemoryJournal):
    """Nobody could ever export."""

    def behind(self) -> bool:
        return True


@breaks("test_feed_follows_the_appends")
class FeedsByStream(MemoryJournal):
    """Large commits come in the order of their streams."""

    def commit(self, commit: Commit) -> None:
        if len(commit.appends) > 3:
            ordered = sorted(commit.appends, key=lambda each: each.stream)
            commit = attrs.evolve(commit, appends=tuple(ordered))
        super().commit(commit)


def _tests() -> dict[str, Any]:
    return {name: test for name, test in vars(ArchiveContract).items() if name.startswith("test_")}


def _cases(test: Any) -> list[dict[str, object]]:
    """Return the arguments a contract test is run with, besides its fixture."""
    marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    return [{mark.args[0]: value} for mark in marks for value in mark.args[1]] or [{}]


def _failing(archive: type[MemoryJournal]) -> set[str]:
    """Return the names of the suite's tests that fail for an archive made afresh for each."""
    failing = set()
    for name, test in _tests().items():
        for case in _cases(test):
            try:
                test(ArchiveContract(), archive(), **case)
            except (Exception, pytest.fail.Exception):  # noqa: BLE001 - any failure will do
                failing.add(name)
    return failing


def test_the_right_one_passes() -> None:
    """The runner of this module finds no fault in the one the wrong ones derive from."""
    assert set() == _failing(MemoryJournal)


@pytest.mark.parametrize(("test", "wrong"), WRONG, ids=[wrong.__name__ for _, wrong in WRONG])
def test_a_broken_promise_fails_its_test_only(test: str, wrong: type[MemoryJournal]) -> None:
    """The test of the broken promise fails, and no other."""
    assert {test} == _failing(wrong)


def test_every_promise_is_broken_by_somebody() -> None:
    """Each contract test has a wrong implementation that it catches."""
    assert set(_tests()) == {test for test, _ in WRONG}
