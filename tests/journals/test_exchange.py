"""Export and import: what comes back is equal, what is broken is refused, what stopped goes on."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.core.archive import Archive
from bankservice.core.errors import (
    FaultsError,
    IntegrityError,
    OperationalError,
    StoreError,
)
from bankservice.core.journal import (
    AgendaChange,
    AgendaItem,
    Append,
    Commit,
    Entry,
    Fed,
    KeptVersion,
    Lease,
    Receipt,
    Stream,
)
from bankservice.journals import MemoryJournal, exchange
from bankservice.journals.exchange import Imported, export, import_
from bankservice.journals.export_lines import Counts
from bankservice.journals.sql import SqlJournal
from bankservice.testing.archive_contract import tombstone
from bankservice.testing.contracts import NOON, append, entry, hours, put, receipt, stream

TENANT = "bank-a"
EVER = datetime(9999, 12, 31, tzinfo=UTC)


def text_of(journal: Archive, tenant: str = TENANT) -> str:
    """Return the export of a journal."""
    file = io.StringIO()
    export(journal, tenant, file)
    return file.getvalue()


def brought(text: str, journal: Archive) -> Imported:
    """Import *text*."""
    return import_(io.StringIO(text), journal, name="bank.jsonl")


def rich() -> MemoryJournal:
    """Return a journal with something of everything."""
    journal = MemoryJournal()
    one, two, gone = stream("客户-1"), stream("c-2"), stream("gone")
    version = KeptVersion(TENANT, "tiers", "2026-01-01", "2025-12-01", "d1", '{"gold": 5}')
    sealed = attrs.evolve(entry(two, 1), sealed={"name": "客"}, data={"n": [1, None, {"a": 2**70}]})
    journal.commit(
        Commit(appends=(append(one, 1, 2),), receipt=receipt("c-1"), versions=(version,))
    )
    journal.commit(Commit(appends=(append(gone, 1, 3),)))
    journal.commit(Commit(appends=(Append(two, 0, (sealed,)), append(one, 3))))
    journal.commit(Commit(appends=(append(stream("x", tenant="bank-b")),), receipt=receipt("é")))
    journal.purge(tombstone(gone, 3))
    journal.commit(Commit(appends=(append(one, 4), append(gone, 5)), receipt=receipt("B")))
    journal.commit(Commit(agenda=(put("a", hours(3)), put("b", NOON), put("客", hours(-9)))))
    journal.park(AgendaItem(hours(-9), stream("客"), "review"), "失败")
    journal.due(TENANT, NOON, limit=1, lease=Lease(NOON, hours(99)))
    return journal


def opened(url: str, *, chained: bool = False) -> Iterator[SqlJournal]:
    """Open a journal in a database."""
    with SqlJournal.open(url, chained=chained) as journal:
        yield journal


@pytest.fixture(params=["memory", "sqlite", "postgresql", "chained"])
def empty(request: pytest.FixtureRequest) -> Iterator[Archive]:
    """Give an empty journal of each kind."""
    if request.param == "memory":
        yield MemoryJournal()
    else:
        kind = "postgres_url" if request.param == "postgresql" else "sqlite_url"
        yield from opened(request.getfixturevalue(kind), chained=request.param == "chained")


# --- what comes back ----------------------------------------------------------------------------


def test_all_of_it_comes_back(empty: Archive) -> None:
    """Entries in the order of the feed, receipts, versions and the agenda come back equal."""
    journal = rich()

    done = brought(text_of(journal), empty)

    counts = Counts(versions=1, entries=7, receipts=3, matters=3)
    assert Imported(TENANT, counts, counts) == done
    assert text_of(journal) == text_of(empty)
    ours = [fed.entry for fed in journal.feed(limit=99) if fed.entry.stream.tenant == TENANT]
    assert ours == [fed.entry for fed in empty.feed(limit=99)]
    assert journal.receipts_after(TENANT, limit=9) == empty.receipts_after(TENANT, limit=9)
    assert journal.versions(TENANT) == empty.versions(TENANT)
    assert [4, 5] == [each.version for each in empty.read(stream("gone"))]


def test_what_is_parked_stays_parked(empty: Archive) -> None:
    """Parked items come back parked with their reason; attempts and leases begin anew."""
    brought(text_of(rich()), empty)

    (parked,) = empty.parked(TENANT)
    assert (stream("客"), "失败", 0) == (parked.stream, parked.parked, parked.attempts)
    due = empty.due(TENANT, NOON, limit=9)
    assert [(stream("b"), 0)] == [(item.stream, item.attempts) for item in due]


def test_work_goes_on(empty: Archive) -> None:
    """An imported journal takes the next entries, and knows the commands it was given."""
    brought(text_of(rich()), empty)

    empty.commit(Commit(appends=(append(stream("客户-1"), 5), append(stream("gone"), 6))))

    with pytest.raises(IntegrityError):
        empty.commit(Commit(receipt=receipt("c-1")))


def test_one_tenant_at_a_time() -> None:
    """An export holds one tenant; several are imported into one journal one after another."""
    journal, target = rich(), MemoryJournal()

    brought(text_of(journal, "bank-b"), target)
    brought(text_of(journal), target)

    assert text_of(journal) == text_of(target)
    assert text_of(journal, "bank-b") == text_of(target, "bank-b")
    assert Counts(entries=1) == brought(text_of(journal, "bank-b"), MemoryJournal()).written


def test_nothing_at_all(empty: Archive) -> None:
    """The export of nothing is two lines, and brings nothing."""
    text = text_of(MemoryJournal())

    assert 2 == len(text.splitlines())
    assert Imported(TENANT, Counts(), Counts()) == brought(text, empty)


def test_more_than_a_page() -> None:
    """Nothing is lost or moved where pages and batches end, whatever stream comes when."""
    journal, target = MemoryJournal(), MemoryJournal()
    for version in range(1, 4):
        for place in range(900):
            journal.commit(
                Commit(
                    appends=(
                        append(stream(f"c-{place % 450}"), (version - 1) * 2 + place // 450 + 1),
                    ),
                    receipt=receipt(f"r-{version}-{place}"),
                    agenda=(put(f"c-{version}-{place}", hours(place % 7)),),
                )
            )

    done = brought(text_of(journal), target)

    assert Counts(entries=2_700, receipts=2_700, matters=2_700) == done.written
    assert text_of(journal) == text_of(target)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=3,
)
mappings = st.dictionaries(texts, values, max_size=2)
instants = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def journals(draw: st.DrawFn) -> MemoryJournal:
    """Return a journal with a history of any kind."""
    journal = MemoryJournal()
    for number in range(draw(st.integers(0, 5))):
        appends = []
        for key in draw(st.lists(st.sampled_from("abc"), unique=True)):
            of = stream(key)
            held = journal.read(of)
            version = held[-1].version if held else 0
            if version and draw(st.integers(0, 4)) == 0:
                journal.purge(tombstone(of, version))
                version += 1
            appends.append(
                Append(
                    of,
                    version,
                    tuple(
                        Entry(
                            stream=of,
                            version=place,
                            kind=draw(texts),
                            effective_at=draw(instants),
                            recorded_at=draw(instants),
                            actor="a",
                            approved_by=draw(st.sampled_from(["", "b"])),
                            source=draw(texts),
                            command_id=draw(texts),
                            correlation_id=draw(texts),
                            schema=draw(st.integers(1, 3)),
                            data=draw(mappings),
                            sealed=draw(st.none() | mappings),
                        )
                        for place in range(version + 1, version + 1 + draw(st.integers(1, 2)))
                    ),
                )
            )
        result = Receipt(TENANT, f"{draw(texts)}{number}", draw(texts), draw(mappings), NOON)
        journal.commit(
            Commit(
                appends=tuple(appends),
                receipt=draw(st.none() | st.just(result)),
                agenda=tuple(
                    AgendaChange(stream(key), draw(texts), draw(st.none() | instants))
                    for key in draw(st.lists(st.sampled_from("ab"), max_size=2))
                ),
                versions=tuple(
                    KeptVersion(TENANT, policy, "2026-01-01", "2026-01-01", policy, draw(texts))
                    for policy in draw(st.lists(st.just(f"p-{number}"), max_size=1))
                ),
            )
        )
        for item in journal.due(TENANT, EVER, limit=draw(st.integers(0, 1))):
            journal.park(item, draw(texts) or "?")
    return journal


@given(journals())
@settings(max_examples=some(40))
def test_there_and_back_is_the_same_text(journal: MemoryJournal) -> None:
    """Export, import, export gives the same text, whichever journal stands between."""
    text = text_of(journal)
    memory = MemoryJournal()

    brought(text, memory)
    with SqlJournal.open("sqlite://", chained=True) as chained:
        brought(text, chained)

        assert text == text_of(memory) == text_of(chained)
        assert Counts() == attrs.evolve(brought(text, chained).written, matters=0)


# --- an import that stopped ---------------------------------------------------------------------


class StoppedError(Exception):
    """The machine stopped."""


@attrs.define
class Stopping(MemoryJournal):
    """A journal that stops after some writes."""

    left: int

    def __attrs_pre_init__(self) -> None:
        MemoryJournal.__init__(self)

    def _one(self) -> None:
        if not self.left:
            raise StoppedError
        self.left -= 1

    def commit(self, commit: Commit) -> None:
        """Write, or stop."""
        self._one()
        super().commit(commit)

    def purge(self, tombstone: Append, **guards: Any) -> None:
        """Purge, or stop."""
        self._one()
        super().purge(tombstone, **guards)

    def park(self, item: AgendaItem, reason: str) -> None:
        """Park, or stop."""
        self._one()
        super().park(item, reason)


def test_a_stopped_import_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever an import stops, giving it again ends equal, and what was there is not written
    again."""
    monkeypatch.setattr(exchange, "_BATCH", 2)
    text, stops = text_of(rich()), 0
    while True:
        journal = Stopping(stops)
        try:
            brought(text, journal)
        except StoppedError:
            journal.left = 99
            done = brought(text, journal)
        else:
            break

        assert text == text_of(journal)
        assert done.held.entries >= done.written.entries
        stops += 1
    assert stops > 8


def test_again_changes_nothing(empty: Archive) -> None:
    """An import that is given again writes no entry, receipt or version."""
    text = text_of(rich())
    brought(text, empty)

    again = brought(text, empty)

    assert Counts(matters=3) == again.written
    assert text == text_of(empty)


# --- what is refused ----------------------------------------------------------------------------


def refused(text: str, journal: Archive | None = None) -> str:
    """Return why a file is refused; nothing of it may be written."""
    target = journal or MemoryJournal()
    before = text_of(target)

    with pytest.raises(FaultsError) as error:
        brought(text, target)

    assert before == text_of(target)
    return str(error.value)


@pytest.mark.parametrize("cut", range(13))
def test_a_cut_file_is_refused(cut: int) -> None:
    """A file that lacks its end, however little, is refused before anything is written."""
    lines = text_of(rich()).splitlines(keepends=True)

    assert 16 == len(lines)
    assert f"bank.jsonl, line {cut + 1}," in refused("".join(lines[:cut]))


@pytest.mark.parametrize("place", range(1, 15))
def test_a_lost_line_is_refused(place: int) -> None:
    """A file that lacks a line in the middle, or has one twice, is refused at its end."""
    lines = text_of(rich()).splitlines(keepends=True)

    assert "line 15," in refused("".join(lines[:place] + lines[place + 1 :]))
    assert "line 17," in refused("".join(lines[: place + 1] + lines[place:]))


def test_a_changed_value_is_refused() -> None:
    """A value that was changed by hand is refused by the digest."""
    text = text_of(rich()).replace("teller-1", "teller-9", 1)

    assert "a line above was lost, added or changed" in refused(text)


def test_half_a_line_is_refused() -> None:
    """A last line without its end, or with something behind it, is refused."""
    text = text_of(rich())

    assert "line 16," in refused(text[:-9])
    assert "line 17, has 1 fault:\n  here: got a line after the last" in refused(text + "{}\n")


@pytest.mark.parametrize(
    "first",
    [
        "",
        "{}",
        "[]",
        "7",
        "PK\x03\x04",
        '{"bankservice":"journal","format":1}',
        '{"bankservice":"journal","format":2,"tenant":"bank-a"}',
        '{"bankservice":"journal","format":1,"tenant":7}',
        '{"bankservice":"heads","format":1,"tenant":"bank-a"}',
        '{"a":' * 9_999,
    ],
)
def test_another_file_is_refused(first: str) -> None:
    """A file that is no export, or one of a newer form, is refused by its first line."""
    assert "line 1," in refused(first + "\n")


def bad(part: str, **parts: Any) -> str:
    """Return an export whose first line of a kind has other parts."""
    lines = []
    for line in text_of(rich()).splitlines():
        raw = json.loads(line)
        if part in raw and parts:
            raw[part].update(parts)
            raw[part] = {name: held for name, held in raw[part].items() if held is not ...}
            parts = {}
        lines.append(json.dumps(raw, ensure_ascii=False, separators=(",", ":"), sort_keys=True))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("part", "parts", "wanted"),
    [
        ("entry", {"version": "1"}, "entry.version: got another str, wanted a whole number"),
        ("entry", {"version": True}, "entry.version: got another bool, wanted a whole number"),
        ("entry", {"schema": 0}, "entry.schema: got another int"),
        ("entry", {"recorded_at": "2026-03-02T12:00:00"}, "entry.recorded_at: got another str"),
        ("entry", {"recorded_at": 7}, "entry.recorded_at: got another int, wanted an instant"),
        ("entry", {"recorded_at": "yesterday"}, "entry.recorded_at: got another str"),
        ("entry", {"data": []}, "entry.data: got another list, wanted a mapping"),
        ("entry", {"data": {"n": 1.5}}, "data.n is a float"),
        ("entry", {"sealed": 7}, "entry.sealed: got another int, wanted a mapping or null"),
        ("entry", {"approved_by": "teller-1"}, "a second person approves"),
        ("entry", {"actor": ...}, "entry.actor: got nothing, wanted text"),
        ("entry", {"mood": 7}, "entry.mood: got an unknown name"),
        ("receipt", {"result": None}, "receipt.result: got another NoneType"),
        ("matter", {"due_at": None}, "matter.due_at: got another NoneType"),
        ("version", {"text": 7}, "version.text: got another int, wanted text"),
    ],
)
def test_a_bad_line_is_named(part: str, parts: dict[str, Any], wanted: str) -> None:
    """A line that is not as it should be is named, with its part and what was wanted."""
    told = refused(bad(part, **parts))

    number = {"version": 2, "entry": 3, "receipt": 10, "matter": 13}[part]
    assert f"bank.jsonl, line {number}, has 1 fault" in told
    assert wanted in told


@pytest.mark.parametrize(
    "line", ["", "7", "[]", "{}", '{"entry":1}', '{"quota":{}}', '{"entry":{},"more":{}}', "x" * 99]
)
def test_a_strange_line_is_named(line: str) -> None:
    """A line of another kind is named."""
    lines = text_of(rich()).splitlines()

    assert "line 5," in refused("\n".join([*lines[:4], line, *lines[4:]]) + "\n")


def test_kinds_come_in_order() -> None:
    """An entry after the receipts is refused: it could not be compared with what is there."""
    lines = text_of(rich()).splitlines()

    told = refused("\n".join([*lines[:11], lines[4], *lines[11:]]) + "\n")

    assert "line 12," in told
    assert "wanted one of receipt, matter, or end" in told


def test_no_value_is_told() -> None:
    """What stands in a bad line is not told: it may be personal."""
    told = refused(bad("entry", actor=["张三"]))

    assert "张三" not in told


# --- a journal that holds something else --------------------------------------------------------


def differs(change: Callable[[MemoryJournal], object]) -> str:
    """Return why an export does not go into a journal that was imported and then changed."""
    text, journal = text_of(rich()), MemoryJournal()
    brought(text, journal)
    change(journal)

    with pytest.raises(IntegrityError) as error:
        brought(text, journal)

    return str(error.value)


def test_a_journal_that_went_on_is_refused() -> None:
    """A journal that holds more than the export is refused, and what it holds is named."""
    theirs = KeptVersion(TENANT, "x", "2026-01-01", "2026-01-01", "d9", "{}")

    assert "bank-a/contract.record/new@1" in differs(
        lambda journal: journal.commit(Commit(appends=(append(stream("new")),)))
    )
    assert "receipt of command 'a'" in differs(
        lambda journal: journal.commit(Commit(receipt=receipt("a")))
    )
    assert "receipt of command 'z'" in differs(
        lambda journal: journal.commit(Commit(receipt=receipt("ü")))
    ).replace("ü", "z")
    assert "policy x since 2026-01-01" in differs(
        lambda journal: journal.commit(Commit(versions=(theirs,)))
    )
    assert "4 agenda items, not 3" in differs(
        lambda journal: journal.commit(Commit(agenda=(put("new", NOON),)))
    )


def test_a_journal_of_somebody_else_is_refused() -> None:
    """What differs is named by line and place, and nothing is replaced."""
    text = text_of(rich())
    stranger, others, versions = MemoryJournal(), MemoryJournal(), MemoryJournal()
    stranger.commit(Commit(appends=(append(stream("客户-1"), 1),)))
    stranger.commit(Commit(appends=(append(stream("somebody")),)))
    other = attrs.evolve(receipt("c-1"), fingerprint="0000")
    others.commit(Commit(receipt=other))
    first = KeptVersion(TENANT, "tiers", "2026-01-01", "2025-12-01", "d0", "{}")
    versions.commit(Commit(versions=(first,)))

    with pytest.raises(
        IntegrityError, match=r"line 4: bank-a/contract.record/客户-1@2 is not .*@1"
    ):
        brought(text, stranger)
    with pytest.raises(IntegrityError, match=r"line 11: the receipt of command 'c-1' is not what"):
        brought(text, others)
    with pytest.raises(IntegrityError, match=r"line 2: policy tiers since 2026-01-01, digest d1"):
        brought(text, versions)

    assert (other,) == others.receipts_after(TENANT, limit=9)
    assert 2 == len(stranger.feed(limit=9))


class Meanwhile(MemoryJournal):
    """A journal to which somebody writes while it is looked at."""

    def __init__(self, reads: int, keys: tuple[str, ...]) -> None:
        super().__init__()
        self.reads = reads
        self.keys = keys

    def feed(
        self, after: int = 0, *, limit: int, part: tuple[int, int] = (0, 1)
    ) -> tuple[Fed, ...]:
        """Read, and let somebody write behind it."""
        found = super().feed(after, limit=limit, part=part)
        self.reads -= 1
        if self.reads == 0:
            for key in self.keys:
                super().commit(Commit(appends=(append(stream(key)),)))
        return found


@pytest.mark.parametrize(("key", "line"), [("客户-1", 3), ("gone", 7)])
def test_a_writer_beside_an_import_is_noticed(key: str, line: int) -> None:
    """Somebody who writes to the same record during an import stops it by name."""
    with pytest.raises(IntegrityError, match=rf"line {line}: bank-a/contract.record/{key}@"):
        brought(text_of(rich()), Meanwhile(2, (key,)))


def test_a_writer_beside_an_export_is_noticed() -> None:
    """An export of a journal that was written to meanwhile is none."""
    journal = Meanwhile(2, ("new",))
    journal.commit(Commit(appends=(append(stream("c-1")),)))

    with pytest.raises(OperationalError, match=r"bank-a/contract.record/new was written to"):
        text_of(journal)


class Erased(MemoryJournal):
    """A journal that gives entries whose keys are destroyed."""

    def feed(
        self, after: int = 0, *, limit: int, part: tuple[int, int] = (0, 1)
    ) -> tuple[Fed, ...]:
        """Give them as erased."""
        found = super().feed(after, limit=limit, part=part)
        return tuple(Fed(each.position, attrs.evolve(each.entry, erased=True)) for each in found)


def test_what_was_erased_is_not_exported() -> None:
    """An erased entry is refused: its sealed part would be lost in silence."""
    journal = Erased()
    journal.commit(Commit(appends=(append(stream("c-1")),)))

    with pytest.raises(ValueError, match="was erased; export the journal beneath"):
        text_of(journal)


def test_a_full_disk_is_no_loss(tmp_path: Path) -> None:
    """A database that refuses a write in the middle leaves what can be gone on with."""
    text = text_of(rich())
    with SqlJournal.open(f"sqlite:///{tmp_path}/bank.db") as journal:
        with journal.gateway.writing() as run:
            run.plain(
                "CREATE TRIGGER full BEFORE INSERT ON bankservice_receipts "
                "BEGIN SELECT RAISE(ABORT, 'full'); END"
            )
        with pytest.raises(StoreError):
            brought(text, journal)
        with journal.gateway.writing() as run:
            run.plain("DROP TRIGGER full")

        done = brought(text, journal)

        assert Counts(receipts=3, matters=3) == done.written
        assert text == text_of(journal)


def test_instants_keep_their_microseconds() -> None:
    """The smallest step of time survives the way through the file."""
    journal, target = MemoryJournal(), MemoryJournal()
    moment = NOON + timedelta(microseconds=1)
    one = attrs.evolve(entry(stream("c-1"), 1), effective_at=moment)
    journal.commit(Commit(appends=(Append(stream("c-1"), 0, (one,)),)))

    brought(text_of(journal), target)

    assert (one,) == target.read(Stream(TENANT, "contract.record", "c-1"))
