"""Keys of customers: the promises of the port, and what a database adds to them."""

from __future__ import annotations

import inspect
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine

from bankservice.core.errors import IntegrityError, OperationalError
from bankservice.core.keys import Key, Keys
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.sql import SqlJournal
from bankservice.journals.sql_keys import SqlKeys
from bankservice.journals.store import SqlStore
from bankservice.journals.tables import keys as table
from bankservice.testing.key_contract import KeysContract

MASTER, OTHER_MASTER = bytes(range(32)), bytes(range(32, 64))
TENANT = "bank-a"


@contextmanager
def sql_keys(url: str, master: bytes = MASTER, **more: Any) -> Iterator[SqlKeys]:
    """Give keys in a database."""
    with SqlStore.open(url) as store:
        yield SqlKeys(store, master, **more)


# --- the promises -------------------------------------------------------------------------------


class TestMemoryKeys(KeysContract):
    """Keys in memory."""

    @pytest.fixture
    def keys(self) -> Keys:
        """Give fresh ones."""
        return MemoryKeys()


class TestSqlKeys(KeysContract):
    """Keys in a database of each kind, which two writers reach."""

    @pytest.fixture
    def keys(self, database_url: str) -> Iterator[Keys]:
        """Give fresh ones."""
        with sql_keys(database_url) as held:
            yield held

    @pytest.fixture
    def other_keys(self, database_url: str, keys: Keys) -> Iterator[Keys]:
        """Give another writer."""
        with sql_keys(database_url) as held:
            yield held


class TestRamKeys(KeysContract):
    """Keys in a SQLite database in memory."""

    @pytest.fixture
    def keys(self) -> Iterator[Keys]:
        """Give fresh ones."""
        with sql_keys("sqlite://") as held:
            yield held


class TestDbapiHostKeys(KeysContract):
    """Keys on a plain sqlite3 connection of the host, inside its transaction."""

    @pytest.fixture
    def keys(self, tmp_path: Path) -> Iterator[Keys]:
        """Give fresh ones."""
        with closing(sqlite3.connect(tmp_path / "host.db")) as connection:
            connection.execute("CREATE TABLE work (note TEXT)")
            connection.execute("INSERT INTO work VALUES ('done')")
            store = SqlStore.on(connection)
            store.create()
            yield SqlKeys(store, MASTER)
            assert [("done",)] == connection.execute("SELECT note FROM work").fetchall()


class TestSqlAlchemyHostKeys(KeysContract):
    """Keys on a SQLAlchemy connection of the host, inside its transaction."""

    @pytest.fixture
    def keys(self, sqlite_url: str) -> Iterator[Keys]:
        """Give fresh ones."""
        engine = create_engine(sqlite_url)
        with engine.connect() as connection:
            store = SqlStore.on(connection)
            store.create()
            yield SqlKeys(store, MASTER)
        engine.dispose()


def _folded(text: str | None) -> str:
    return " ".join((text or "").split())


TESTS: Mapping[str, Any] = {
    name: test for name, test in vars(KeysContract).items() if name.startswith("test_")
}


def test_one_test_for_each_promise() -> None:
    """The suite's tests quote the promises of the port, all of them and in their order."""
    promises = re.findall(
        r"^\* (.*(?:\n  .*)*)", inspect.cleandoc(Keys.__doc__ or ""), re.MULTILINE
    )

    assert [_folded(each) for each in promises] == [_folded(t.__doc__) for t in TESTS.values()]


def test_the_suite_asks_for_its_fixture() -> None:
    """A suite whose fixture was not overridden says so instead of passing."""
    fixture: Any = KeysContract.keys

    with pytest.raises(NotImplementedError, match="override the fixture `keys`"):
        fixture.__wrapped__(KeysContract())


# --- every contract test can fail ---------------------------------------------------------------

WRONG: list[tuple[str, type[MemoryKeys]]] = []


def breaks(test: str) -> Callable[[type[MemoryKeys]], type[MemoryKeys]]:
    """Note that the class below breaks the promise that *test* checks."""

    def note(wrong: type[MemoryKeys]) -> type[MemoryKeys]:
        WRONG.append((test, wrong))
        return wrong

    return note


@breaks("test_one_key_for_each_customer")
class FirstHundred(MemoryKeys):
    """Who asks for many gets the first hundred."""

    def current(self, tenant: str, subjects: Iterable[str]) -> Mapping[str, Key]:
        return super().current(tenant, list(subjects)[:100])


@breaks("test_one_key_for_each_customer")
class ShortSecrets(MemoryKeys):
    """A secret has half the bytes."""

    def current(self, tenant: str, subjects: Iterable[str]) -> Mapping[str, Key]:
        held = super().current(tenant, subjects)
        return {one: attrs.evolve(key, secret=key.secret[:16]) for one, key in held.items()}

    def find(self, tenant: str, ids: Iterable[str]) -> Mapping[str, Key | None]:
        held = super().find(tenant, ids)
        return {one: key and attrs.evolve(key, secret=key.secret[:16]) for one, key in held.items()}


@breaks("test_keys_differ")
class OneSecret(MemoryKeys):
    """All customers share one secret until it is destroyed."""

    def __init__(self) -> None:
        super().__init__()
        self._generation = b"\0"

    def _shared(self, key: Key | None) -> Key | None:
        # After a destruction the secret is another one, so only this promise breaks.
        return key and Key(key.id, self._secrets.setdefault(key.id, self._generation * 32))

    @property
    def _secrets(self) -> dict[str, bytes]:
        made: dict[str, bytes] = self.__dict__.setdefault("_made", {})
        return made

    def current(self, tenant: str, subjects: Iterable[str]) -> Mapping[str, Key]:
        held = super().current(tenant, subjects)
        shared = {one: self._shared(key) for one, key in held.items()}
        return {one: key for one, key in shared.items() if key is not None}

    def find(self, tenant: str, ids: Iterable[str]) -> Mapping[str, Key | None]:
        return {one: self._shared(key) for one, key in super().find(tenant, ids).items()}

    def destroy(self, tenant: str, subject: str) -> int:
        self._generation = bytes([self._generation[0] + 1])
        return super().destroy(tenant, subject)


@breaks("test_keys_are_found")
class DestroyedIsUnknown(MemoryKeys):
    """A destroyed key is as if it had never been."""

    def find(self, tenant: str, ids: Iterable[str]) -> Mapping[str, Key | None]:
        return {one: key for one, key in super().find(tenant, ids).items() if key is not None}


@breaks("test_keys_are_found")
class UnknownIsDestroyed(MemoryKeys):
    """A key nobody ever made is said to be destroyed."""

    def find(self, tenant: str, ids: Iterable[str]) -> Mapping[str, Key | None]:
        held = super().find(tenant, ids)
        return {one: held.get(one) for one in ids}


@breaks("test_destroyed_keys_are_gone")
class NewestOnly(MemoryKeys):
    """Only the newest key is destroyed, and one made again brings the older one back."""

    def __init__(self) -> None:
        super().__init__()
        self._first: dict[str, Key] = {}

    def destroy(self, tenant: str, subject: str) -> int:
        for key in self.current(tenant, [subject]).values() if subject != "unknown" else ():
            self._first.setdefault(key.id, key)
        return super().destroy(tenant, subject)

    def find(self, tenant: str, ids: Iterable[str]) -> Mapping[str, Key | None]:
        asked = list(ids)
        held = dict(super().find(tenant, asked))
        gone = [one for one, key in held.items() if key is None]
        if len(gone) > 1:
            held[gone[0]] = self._first[gone[0]]
        return held


@breaks("test_destroyed_keys_are_gone")
class CountsNothing(MemoryKeys):
    """How many keys there were is not told."""

    def destroy(self, tenant: str, subject: str) -> int:
        super().destroy(tenant, subject)
        return 0


@breaks("test_destroyed_keys_are_gone")
class TakesOthersAlong(MemoryKeys):
    """Every customer whose id begins alike loses the keys too."""

    def destroy(self, tenant: str, subject: str) -> int:
        if len(self._by_subject) > 5 and subject == "c-1":
            super().destroy(tenant, "c-2")
        return super().destroy(tenant, subject)


@breaks("test_new_key_after_destruction")
class SameSecretAgain(MemoryKeys):
    """A destroyed key comes back under a new id."""

    def current(self, tenant: str, subjects: Iterable[str]) -> Mapping[str, Key]:
        held = super().current(tenant, subjects)
        first = {
            one: self.__dict__.setdefault("_kept", {}).setdefault((tenant, one), key.secret)
            for one, key in held.items()
        }
        for one, key in held.items():
            self._by_id[tenant, key.id] = Key(key.id, first[one])
        return {one: Key(key.id, first[one]) for one, key in held.items()}


def failing(port: type[MemoryKeys]) -> set[str]:
    """Return the names of the suite's tests that fail for keys made afresh for each."""
    found = set()
    for name, test in TESTS.items():
        keys = port()
        try:
            test(KeysContract(), keys, keys)
        except (Exception, pytest.fail.Exception):  # noqa: BLE001 - any failure will do
            found.add(name)
    return found


def test_the_right_ones_pass() -> None:
    """The runner of this module finds no fault in the keys the wrong ones derive from."""
    assert set() == failing(MemoryKeys)


@pytest.mark.parametrize(("test", "wrong"), WRONG, ids=[wrong.__name__ for _, wrong in WRONG])
def test_a_broken_promise_fails_its_test_only(test: str, wrong: type[MemoryKeys]) -> None:
    """The test of the broken promise fails, and no other."""
    assert {test} == failing(wrong)


def test_every_promise_is_broken_by_somebody() -> None:
    """Each contract test has a wrong implementation that it catches."""
    assert set(TESTS) == {test for test, _ in WRONG}


# --- in a database ------------------------------------------------------------------------------


def numbered() -> Callable[[int], bytes]:
    """Return randomness that is none: 1, 2, 3, … as bytes."""
    numbers = count(1)
    return lambda size: next(numbers).to_bytes(size, "big")


def wrapped(store: SqlStore) -> list[tuple[Any, ...]]:
    """Return the rows of the table, in order."""
    from sqlalchemy import select

    from bankservice.journals.gateway import Query

    with store.gateway.reading() as run:
        return [tuple(row) for row in run.rows(Query(select(table).order_by(*table.c)))]


def test_what_is_stored(database_url: str) -> None:
    """A row holds the tenant, the customer, the generation, the id and the wrapped secret, which
    is none of the secret's bytes in any form; a destroyed one holds no secret."""
    with SqlStore.open(database_url) as store:
        keys = SqlKeys(store, MASTER, random=numbered())
        first = keys.current(TENANT, ["c-1"])["c-1"]
        keys.destroy(TENANT, "c-1")
        second = keys.current(TENANT, ["c-1"])["c-1"]
        rows = wrapped(store)

    assert [
        (TENANT, "c-1", 1, first.id, None),
        (TENANT, "c-1", 2, second.id, rows[1][4]),
    ] == rows
    assert (1).to_bytes(16, "big").hex() == first.id
    assert second.secret.hex() not in rows[1][4]


def test_pinned_randomness_pins_everything() -> None:
    """The same randomness makes the same rows; none is drawn from anywhere else."""
    found = []
    for _ in range(2):
        with SqlStore.open("sqlite://") as store:
            keys = SqlKeys(store, MASTER, random=numbered())
            keys.current(TENANT, ["c-1", "c-2"])
            found.append(wrapped(store))

    assert found[0] == found[1]


def test_many_keys_are_made_in_one_write(database_url: str) -> None:
    """However many customers are new, there is one write; none where all have a key."""
    with SqlStore.open(database_url) as store:
        keys = SqlKeys(store, MASTER)
        writes = []
        writing = store.gateway.writing

        def watched() -> Any:
            writes.append(1)
            return writing()

        store.gateway.writing = watched  # type: ignore[method-assign]
        subjects = [f"c-{number}" for number in range(250)]
        made = keys.current(TENANT, subjects)
        again = keys.current(TENANT, reversed(subjects))

    assert [1] == writes
    assert dict(made) == dict(again)
    assert subjects == sorted(made, key=subjects.index)


class TestMaster:
    """The master key opens, and another one does not."""

    def test_wrong_master(self, sqlite_url: str) -> None:
        """Another master key is told by the key it does not open, and never taken for erasure."""
        with sql_keys(sqlite_url) as keys:
            key = keys.current(TENANT, ["c-1"])["c-1"]

        with sql_keys(sqlite_url, OTHER_MASTER) as keys:
            with pytest.raises(IntegrityError, match=f"{key.id}.*master key given") as found:
                keys.find(TENANT, [key.id])
            with pytest.raises(IntegrityError, match=f"{TENANT}/c-1"):
                keys.current(TENANT, ["c-1"])

        assert key.secret.hex() not in str(found.value)

    def test_wrong_master_makes_no_key(self, sqlite_url: str) -> None:
        """A new customer's key is not wrapped under a master key that opens none of the others."""
        with sql_keys(sqlite_url) as keys:
            keys.current("bank", ["customer-7"])
        with (
            sql_keys(sqlite_url, bytes(range(1, 33))) as wrong,
            pytest.raises(IntegrityError, match="master key given"),
        ):
            wrong.current("bank", ["customer-8"])

        with sql_keys(sqlite_url) as keys:
            assert 1 == keys.destroy("bank", "customer-7")
            assert 0 == keys.destroy("bank", "customer-8")

    @pytest.mark.parametrize("master", [b"", b"short", bytes(31), bytes(33)])
    def test_length(self, master: bytes) -> None:
        """A master key of another length is refused before anything is asked of the database."""
        with SqlStore.open("sqlite://") as store:
            with pytest.raises(ValueError, match="32 random ones") as found:
                SqlKeys(store, master)
            with pytest.raises(ValueError, match="32 random ones"):
                SqlKeys(store, MASTER, former=[master])
            with pytest.raises(ValueError, match="32 random ones"):
                SqlKeys(store, MASTER).rewrap(master)

        assert "short" not in str(found.value)

    def test_no_bytes(self) -> None:
        """Text is no master key."""
        text: Any = "x" * 32

        with SqlStore.open("sqlite://") as store, pytest.raises(TypeError, match="a str; pass 32"):
            SqlKeys(store, text)

    @pytest.mark.parametrize("column", ["tenant", "subject", "id"])
    def test_a_row_is_bound_to_its_place(self, sqlite_url: str, column: str) -> None:
        """A wrapped secret that was moved to another tenant, customer or id does not open."""
        with sql_keys(sqlite_url) as keys:
            key = keys.current(TENANT, ["c-1"])["c-1"]
        with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as raw, raw:
            raw.execute(f"UPDATE bankservice_keys SET {column} = 'moved'")

        place = {"tenant": TENANT, "subject": "c-1", "id": key.id} | {column: "moved"}
        with sql_keys(sqlite_url) as keys, pytest.raises(IntegrityError, match="master key"):
            keys.find(place["tenant"], [place["id"]])


class TestRewrap:
    """The master key can be replaced without touching what was sealed."""

    @given(
        made=st.lists(st.sampled_from(["c-1", "c-2", "c-3", "c-4"]), max_size=8),
        gone=st.sets(st.sampled_from(["c-1", "c-2", "c-3", "c-4"])),
    )
    def test_every_key_opens_under_the_new_one(self, made: list[str], gone: set[str]) -> None:
        """The secrets are the same as before, destroyed ones stay destroyed, the old master key
        opens nothing more."""
        with SqlStore.open("sqlite://") as store:
            keys = SqlKeys(store, MASTER)
            held = {key.id: one for one, key in keys.current(TENANT, made).items()}
            for one in gone:
                keys.destroy(TENANT, one)
            before = dict(keys.find(TENANT, held))

            assert len([key for key in before.values() if key]) == keys.rewrap(OTHER_MASTER)

            assert before == dict(keys.find(TENANT, held))
            assert before == dict(SqlKeys(store, OTHER_MASTER).find(TENANT, held))
            for key_id, key in before.items():
                if key is not None:
                    with pytest.raises(IntegrityError):
                        SqlKeys(store, MASTER).find(TENANT, [key_id])

    def test_many(self, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Keys are taken in pages, all of them once."""
        monkeypatch.setattr("bankservice.journals.sql_keys._PAGE", 7)
        subjects = [f"客-{number}" for number in range(40)]
        with SqlStore.open(database_url) as store:
            keys = SqlKeys(store, MASTER)
            held = {tenant: dict(keys.current(tenant, subjects)) for tenant in ("a", "b")}

            assert 80 == keys.rewrap(OTHER_MASTER)

            fresh = SqlKeys(store, OTHER_MASTER)
            assert held == {tenant: dict(fresh.current(tenant, subjects)) for tenant in held}

    def test_all_or_nothing(self, sqlite_url: str) -> None:
        """Where one key does not open, none is wrapped anew."""
        with SqlStore.open(sqlite_url) as store:
            SqlKeys(store, MASTER).current(TENANT, ["c-1"])
            SqlKeys(store, OTHER_MASTER, former=[MASTER]).current(TENANT, ["c-2"])
            before = wrapped(store)

            with pytest.raises(IntegrityError, match="c-2"):
                SqlKeys(store, MASTER).rewrap(bytes(32))

            assert before == wrapped(store)

    def test_one_process_after_the_other(self, sqlite_url: str) -> None:
        """A process that has the new master key first, and the old one as former, reads both."""
        with SqlStore.open(sqlite_url) as store:
            old = SqlKeys(store, MASTER)
            new = SqlKeys(store, OTHER_MASTER, former=[MASTER])
            held = dict(old.current(TENANT, ["c-1"])) | dict(new.current(TENANT, ["c-2"]))

            assert held == dict(new.current(TENANT, ["c-1", "c-2"]))
            assert 2 == new.rewrap(OTHER_MASTER)
            assert held == dict(SqlKeys(store, OTHER_MASTER).current(TENANT, ["c-1", "c-2"]))


class TestHost:
    """On a host's connection, its commit or rollback is ours."""

    def test_rollback(self, sqlite_url: str) -> None:
        """Keys made, destroyed and wrapped anew in a transaction are as before after its
        rollback."""
        path = sqlite_url.removeprefix("sqlite:///")
        with sql_keys(sqlite_url) as keys:
            held = dict(keys.current(TENANT, ["c-1"]))
        with closing(sqlite3.connect(path)) as connection:
            inside = SqlKeys(SqlStore.on(connection), MASTER)
            inside.rewrap(OTHER_MASTER)
            inside.destroy(TENANT, "c-1")
            inside.current(TENANT, ["c-1", "c-2"])
            connection.rollback()

            assert held == dict(inside.current(TENANT, ["c-1"]))
            assert [(1,)] == connection.execute("SELECT count(*) FROM bankservice_keys").fetchall()

    @pytest.mark.parametrize("setting", [0, 1, 2])
    def test_its_setting_stays(self, sqlite_url: str, setting: int) -> None:
        """Destroying overwrites, whatever the connection is set to, and leaves the setting."""
        with sql_keys(sqlite_url) as keys:
            keys.current(TENANT, ["c-1"])
        with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection:
            connection.execute(f"PRAGMA secure_delete = {('OFF', 'ON', 'FAST')[setting]}")
            SqlKeys(SqlStore.on(connection), MASTER).destroy(TENANT, "c-1")
            connection.commit()

            assert [(setting,)] == connection.execute("PRAGMA secure_delete").fetchall()


def test_nothing_of_a_destroyed_key_stays_in_the_file(tmp_path: Path) -> None:
    """The wrapped secret is in neither the database file nor its log."""
    with SqlStore.open(f"sqlite:///{tmp_path}/keys.db") as store:
        keys = SqlKeys(store, MASTER)
        keys.current(TENANT, [f"c-{number}" for number in range(300)])
        secrets = {row[1]: row[4].encode() for row in wrapped(store)}
        there = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        keys.destroy(TENANT, "c-77")
        left = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert secrets["c-77"] in there
    assert secrets["c-77"] not in left
    assert [] == [one for one, secret in secrets.items() if one != "c-77" and secret not in left]


def test_a_reader_does_not_keep_a_key_alive(sqlite_url: str) -> None:
    """Where somebody reads, the log cannot be emptied at once; the key is destroyed all the same."""
    with SqlStore.open(sqlite_url, busy_seconds=0.01) as store:
        keys = SqlKeys(store, MASTER)
        key = keys.current(TENANT, ["c-1"])["c-1"]
        with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM bankservice_keys").fetchall()

            assert 1 == keys.destroy(TENANT, "c-1")

            assert {key.id: None} == dict(keys.find(TENANT, [key.id]))


def test_threads_end_with_one_key(database_url: str) -> None:
    """Writers that make the same customers' keys at once end with the same keys."""
    subjects = [f"c-{number}" for number in range(30)]
    start = Barrier(4)
    found: list[Mapping[str, Key]] = []

    def ask(turn: int) -> None:
        with sql_keys(database_url) as keys:
            start.wait()
            found.append(keys.current(TENANT, subjects[turn:] + subjects[:turn]))

    threads = [Thread(target=ask, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 4 == len(found)
    assert all(dict(found[0]) == dict(each) for each in found)


SCRIPT = """
import sys
from bankservice.journals.sql_keys import SqlKeys
from bankservice.journals.store import SqlStore
with SqlStore.open(sys.argv[1]) as store:
    keys = SqlKeys(store, bytes(range(32)))
    sys.stdin.readline()
    for number in range(40):
        print(keys.current("bank-a", [f"c-{number}"])[f"c-{number}"].id)
"""


def test_processes_end_with_one_key(database_url: str) -> None:
    """Two processes that make the same customers' keys at once end with one key for each."""
    with SqlStore.open(database_url):
        pass
    command = [sys.executable, "-c", SCRIPT, database_url]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as one, subprocess.Popen(command, **pipes) as two:
        for process in (one, two):
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        first, second = (process.communicate(timeout=60)[0].split() for process in (one, two))

    assert first == second
    assert 40 == len(set(first))


def test_a_writer_that_never_wins(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where other writers are always quicker and leave nothing, the end is a message."""
    with sql_keys(sqlite_url) as keys:
        first = keys.current(TENANT, ["c-1"])["c-1"]
        # Reads see nothing, as in a transaction of the host that began before.
        monkeypatch.setattr(SqlKeys, "_newest", lambda *_: {})

        with pytest.raises(OperationalError, match="10 times"):
            keys.current(TENANT, ["c-1"])

        monkeypatch.undo()
        assert first == keys.current(TENANT, ["c-1"])["c-1"]


def test_a_journal_is_a_store() -> None:
    """Keys may stand on a journal, whose database they share."""
    with SqlJournal.open("sqlite://") as journal:
        keys = SqlKeys(journal, MASTER)

        assert {"c-1"} == set(keys.current(TENANT, ["c-1"]))


def test_secrets_are_not_shown() -> None:
    """A key shows its id, never its secret."""
    key = MemoryKeys().current(TENANT, ["c-1"])["c-1"]

    assert f"Key(id={key.id!r})" == repr(key)


def test_without_cryptography() -> None:
    """Without cryptography the package imports, keys in memory work, and sealing says what to
    install."""
    script = (
        "import sys; sys.modules['cryptography'] = None\n"
        "import bankservice, bankservice.journals.keys\n"
        "bankservice.journals.keys.MemoryKeys().current('a', ['b'])\n"
        "for what in ('sealed', 'sql_keys'):\n"
        "    try: __import__(f'bankservice.journals.{what}')\n"
        "    except ModuleNotFoundError as missing: print(missing)\n"
        "try: bankservice.open('sqlite://', keys=bankservice.journals.keys.MemoryKeys())\n"
        "except ModuleNotFoundError as missing: print(missing)\n"
    )

    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert 3 == found.stdout.count("install `bankservice[crypto]`")
