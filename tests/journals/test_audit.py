"""Audit of a chained journal: every way to tamper by SQL is found, or named as what heads are for."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from bankservice.core.chain import Finding, Head, What
from bankservice.core.errors import FaultsError, SchemaVersionError
from bankservice.core.journal import Append, Commit, Stream
from bankservice.journals import audit
from bankservice.journals.audit import Against, Examined, against, examine, read_heads, write_heads
from bankservice.journals.exchange import export, import_
from bankservice.journals.gateway import Run
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.sealed import SealedJournal
from bankservice.journals.sql import SqlJournal
from bankservice.testing.archive_contract import tombstone
from bankservice.testing.contracts import OTHER_TENANT, append, entry, receipt, stream

ONE, TWO, THREE, GONE = (stream(key) for key in ("c-1", "客户-2", "c-3", "gone"))
ENTRIES = "bankservice_entries"


@pytest.fixture
def journal(database_url: str) -> Iterator[SqlJournal]:
    """Give a chained journal of some streams, one of them purged, in a database of each kind."""
    with SqlJournal.open(database_url, chained=True) as held:
        held.commit(Commit(appends=(append(ONE, 1, 3), append(GONE, 1, 2))))
        held.commit(Commit(appends=(append(TWO, 1, 5), append(ONE, 4, 5)), receipt=receipt("r-1")))
        held.commit(Commit(appends=(append(THREE),)))
        held.commit(Commit(appends=(append(stream("c-1", tenant=OTHER_TENANT)),)))
        held.purge(tombstone(GONE, 2))
        yield held


def tampered(journal: SqlJournal, *statements: str) -> None:
    """Run statements behind the journal's back."""
    with journal.gateway.writing() as run:
        for statement in statements:
            run.plain(statement)


def found(journal: SqlJournal) -> list[tuple[str, int, str]]:
    """Return (key, version, what) of what an audit finds, by key."""
    return sorted((each.stream.key, each.version, each.what.value) for each in examine(journal))


def heads_of(journal: SqlJournal) -> str:
    """Return the file of heads."""
    file = io.StringIO()
    write_heads(journal, file, Examined())
    return file.getvalue()


def by_heads(journal: SqlJournal, kept: str) -> list[tuple[str, int, str]]:
    """Return (key, version, what) of what kept heads find."""
    heads = read_heads(io.StringIO(kept), "heads.jsonl")
    return sorted(
        (each.stream.key, each.version, each.what.value) for each in against(journal, heads)
    )


# --- sound --------------------------------------------------------------------------------------


def test_a_sound_journal(journal: SqlJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the journal wrote has no findings, however its pages fall; all of it is counted."""
    for size in (1, 2, 3, 1_000):
        monkeypatch.setattr(audit, "_PAGE", size)
        examined = Examined()

        assert [] == list(examine(journal, examined))
        assert Examined(entries=13, streams=5, purged=1) == examined


def test_nothing_is_sound(database_url: str) -> None:
    """An empty journal has no findings, and heads of no stream."""
    with SqlJournal.open(database_url, chained=True) as empty:
        assert [] == found(empty)
        assert [] == by_heads(empty, heads_of(empty))


def test_a_journal_without_a_chain_says_so(database_url: str) -> None:
    """What is not chained cannot be verified, and is told what to do."""
    with (
        SqlJournal.open(database_url) as plain,
        pytest.raises(SchemaVersionError, match="export the journal and import it"),
    ):
        found(plain)


def test_sealed_parts_are_audited_as_stored(database_url: str) -> None:
    """No key is needed, and a destroyed one breaks no chain."""
    with SqlJournal.open(database_url, chained=True) as beneath:
        keys = MemoryKeys()
        sealed = SealedJournal(beneath, keys)
        secret = attrs.evolve(entry(ONE, 1), sealed={"name": "客"})
        sealed.commit(Commit(appends=(Append(ONE, 0, (secret,)),)))
        keys.destroy(ONE.tenant, ONE.key)

        assert sealed.read(ONE)[0].erased
        assert [] == found(beneath)


def test_an_imported_journal_has_the_heads_of_the_first(
    journal: SqlJournal, tmp_path: Path
) -> None:
    """A chain depends on what is written and not on where: heads hold after a move too."""
    kept = heads_of(journal)
    with SqlJournal.open(f"sqlite:///{tmp_path}/copy.db", chained=True) as copy:
        for tenant in (ONE.tenant, OTHER_TENANT):
            file = io.StringIO()
            export(journal, tenant, file)
            file.seek(0)
            import_(file, copy)

        assert [] == found(copy)
        assert [] == by_heads(copy, kept)
        assert json.loads(kept.splitlines()[-1]) == json.loads(heads_of(copy).splitlines()[-1])


@pytest.mark.parametrize("schema", ["1", "3"])
def test_another_schema_is_not_audited(journal: SqlJournal, schema: str) -> None:
    """A journal of another schema is refused before anything is said of it."""
    tampered(journal, f"UPDATE bankservice_meta SET value = '{schema}' WHERE name = 'schema'")

    with pytest.raises(SchemaVersionError, match=f"has schema {schema}"):
        found(SqlJournal(journal.gateway))


# --- tampered -----------------------------------------------------------------------------------

AT = "key = 'c-1' AND tenant = 'bank-a' AND version"


@pytest.mark.parametrize(
    ("statements", "wanted"),
    [
        ([f"UPDATE {ENTRIES} SET data = '{{\"version\":9}}' WHERE {AT} = 3"], [(3, "changed")]),
        ([f"UPDATE {ENTRIES} SET data = '[' WHERE {AT} = 3"], [(3, "changed")]),
        ([f"UPDATE {ENTRIES} SET data = '7' WHERE {AT} = 3"], [(3, "changed")]),
        ([f"UPDATE {ENTRIES} SET data = '{{\"n\":NaN}}' WHERE {AT} = 3"], [(3, "changed")]),
        ([f"UPDATE {ENTRIES} SET data = '\"\\ud800\"' WHERE {AT} = 3"], [(3, "changed")]),
        ([f'UPDATE {ENTRIES} SET data = \'{{"n":"\\ud800"}}\' WHERE {AT} = 3'], [(3, "changed")]),
        ([f"UPDATE {ENTRIES} SET sealed = '{{}}' WHERE {AT} = 3"], [(3, "changed")]),
        ([f"UPDATE {ENTRIES} SET actor = 'somebody' WHERE {AT} = 1"], [(1, "changed")]),
        ([f"UPDATE {ENTRIES} SET approved_by = actor WHERE {AT} = 5"], [(5, "changed")]),
        ([f"UPDATE {ENTRIES} SET recorded_at = recorded_at - 1 WHERE {AT} = 2"], [(2, "changed")]),
        (
            [f"UPDATE {ENTRIES} SET recorded_at = 1 - 9000000000000000000 WHERE {AT} = 2"],
            [(2, "changed")],
        ),
        ([f"UPDATE {ENTRIES} SET event = 'other' WHERE {AT} = 2"], [(2, "changed")]),
        # What the digest does not see, since it decodes equal, or is not in it.
        ([f"UPDATE {ENTRIES} SET data = data || ' trailing' WHERE {AT} = 2"], [(2, "changed")]),
        (
            [f'UPDATE {ENTRIES} SET data = \'{{"version":9,"version":2}}\' WHERE {AT} = 2'],
            [(2, "changed")],
        ),
        ([f"UPDATE {ENTRIES} SET data = ' ' || data WHERE {AT} = 2"], [(2, "changed")]),
        ([f"UPDATE {ENTRIES} SET slot = slot + 1 WHERE {AT} = 2"], [(2, "changed")]),
        ([f"UPDATE {ENTRIES} SET chain = NULL WHERE {AT} = 2"], [(2, "unlinked")]),
        ([f"UPDATE {ENTRIES} SET chain = 'ab' WHERE {AT} = 2"], [(2, "changed")]),
        ([f"DELETE FROM {ENTRIES} WHERE {AT} = 1"], [(1, "missing")]),
        ([f"DELETE FROM {ENTRIES} WHERE {AT} BETWEEN 2 AND 4"], [(2, "missing")]),
        (
            [
                f"UPDATE {ENTRIES} SET version = 99 WHERE {AT} = 2",
                f"UPDATE {ENTRIES} SET version = 2 WHERE {AT} = 3",
                f"UPDATE {ENTRIES} SET version = 3 WHERE {AT} = 99",
            ],
            [(2, "changed"), (3, "changed"), (3, "reordered"), (4, "changed")],
        ),
        (
            [
                f"DELETE FROM {ENTRIES} WHERE {AT} = 4",
                f"UPDATE {ENTRIES} SET version = 4 WHERE {AT} = 5",
            ],
            [(4, "changed")],
        ),
        ([f"UPDATE {ENTRIES} SET position = 99 WHERE {AT} = 4"], [(5, "reordered")]),
    ],
)
def test_tampering_is_found_where_it_was_done(
    journal: SqlJournal, statements: list[str], wanted: list[tuple[int, str]]
) -> None:
    """Every change of an entry, its digest, its place or its neighbours is found."""
    tampered(journal, *statements)

    assert [("c-1", version, what) for version, what in wanted] == found(journal)


def test_an_entry_moved_to_another_record_is_found(journal: SqlJournal) -> None:
    """An entry that was moved from the end of one record to another is found where it came to."""
    tampered(journal, f"UPDATE {ENTRIES} SET key = 'c-3', version = 2 WHERE {AT} = 5")

    assert [("c-3", 2, "changed"), ("c-3", 2, "reordered")] == found(journal)


@pytest.mark.parametrize(
    "change",
    [
        f"UPDATE {ENTRIES} SET data = replace(data, '\"through\":2', '\"through\":1') WHERE key = 'gone'",
        f"UPDATE {ENTRIES} SET actor = 'nobody' WHERE key = 'gone'",
        f"UPDATE {ENTRIES} SET version = 9 WHERE key = 'gone'",
        f"UPDATE {ENTRIES} SET event = 'noted' WHERE key = 'gone'",
    ],
)
def test_a_tombstone_cannot_be_changed(journal: SqlJournal, change: str) -> None:
    """A tombstone that was changed is found: what it stands for, under whose name, and where."""
    tampered(journal, change)

    assert {"gone"} == {key for key, _, _ in found(journal)}


def test_a_false_tombstone_is_found_by_heads(journal: SqlJournal) -> None:
    """Somebody who computes digests can bury a record in silence; the kept head of it does not
    fit what the tombstone names."""
    kept = heads_of(journal)
    (left,) = journal.read(GONE)
    with journal.gateway.writing() as run:
        _forge(run, TWO, left)

    assert [] == found(journal)
    assert [("客户-2", 5, "rewritten")] == by_heads(journal, kept)


def _forge(run: Run, of: Stream, left: Any) -> None:
    """Bury a stream as somebody does who knows how digests are made."""
    from bankservice.journals import statements as sql
    from bankservice.journals.sql_rows import entry_rows

    base = "ab" * 32
    data = {**left.data, "through": 5, "chain": base}
    grave = attrs.evolve(left, stream=of, version=6, data=data)
    run.plain(f"DELETE FROM {ENTRIES} WHERE key = '{of.key}'")
    run.insert(sql.ENTRY_INSERT, entry_rows((Append(of, 5, (grave,)),), {of: base}))


def test_what_only_heads_find(journal: SqlJournal) -> None:
    """A lost end, a lost record and a chain computed anew are sound in themselves; kept heads find
    them."""
    kept = heads_of(journal)
    again = journal.read(THREE)
    tampered(
        journal,
        f"DELETE FROM {ENTRIES} WHERE {AT} > 3",
        f"DELETE FROM {ENTRIES} WHERE key = '客户-2'",
        f"DELETE FROM {ENTRIES} WHERE key = 'c-3'",
    )
    forged = attrs.evolve(again[0], actor="somebody")
    journal.commit(Commit(appends=(Append(THREE, 0, (forged,)),)))

    assert [] == found(journal)
    assert [
        ("c-1", 4, "shorter"),
        ("c-3", 1, "rewritten"),
        ("客户-2", 1, "lost"),
    ] == by_heads(journal, kept)


def test_receipts_are_not_chained(journal: SqlJournal) -> None:
    """Receipts carry no digest: what a command was answered can be changed unseen. The entries it
    led to cannot."""
    kept = heads_of(journal)
    tampered(journal, "UPDATE bankservice_receipts SET result = '{}'")

    assert [] == found(journal)
    assert [] == by_heads(journal, kept)


def test_a_finding_says_how_far_it_goes(journal: SqlJournal) -> None:
    """Missing entries are one finding with the first and the last version."""
    tampered(journal, f"DELETE FROM {ENTRIES} WHERE {AT} BETWEEN 2 AND 4")

    assert [Finding(ONE, 2, What.MISSING, 4)] == list(examine(journal))


def test_a_purge_meanwhile_is_no_finding(
    journal: SqlJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that is purged while it is walked through is read again, and found sound."""
    monkeypatch.setattr(audit, "_PAGE", 2)
    walk = audit._links

    def slowly(of: SqlJournal) -> Iterator[Any]:
        purged = False
        for each in walk(of):
            yield each
            if each.stream == ONE and not purged:
                purged = True
                of.purge(tombstone(ONE, 5))

    monkeypatch.setattr(audit, "_links", slowly)

    assert [] == list(examine(journal))


# --- heads --------------------------------------------------------------------------------------


def test_heads_hold_while_records_grow(journal: SqlJournal) -> None:
    """Records that grew or were purged since are no findings, and are counted."""
    kept = heads_of(journal)
    journal.commit(Commit(appends=(append(ONE, 6, 7), append(stream("new")))))
    journal.purge(tombstone(TWO, 5))
    journal.commit(Commit(appends=(append(THREE, 2),)))
    journal.purge(tombstone(THREE, 2))
    compared = Against()

    heads = read_heads(io.StringIO(kept), "heads.jsonl")
    assert [] == list(against(journal, heads, compared))
    assert Against(heads=5, grown=1, purged=2) == compared


def test_many_heads(journal: SqlJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the heads fall into statements, each is compared once."""
    journal.commit(Commit(appends=tuple(append(stream(f"m-{n}"), 1, 2) for n in range(230))))
    kept = heads_of(journal)
    tampered(journal, f"DELETE FROM {ENTRIES} WHERE key LIKE 'm-%' AND version = 2")
    compared = Against()

    heads = read_heads(io.StringIO(kept), "heads.jsonl")
    told = list(against(journal, heads, compared))

    assert 230 == len(told)
    assert {What.SHORTER} == {each.what for each in told}
    assert Against(heads=235) == compared


def test_heads_of_an_unsound_journal(journal: SqlJournal) -> None:
    """Whoever writes heads learns what is wrong at the same time."""
    tampered(journal, f"UPDATE {ENTRIES} SET actor = 'somebody' WHERE {AT} = 1")

    root, wrong = write_heads(journal, io.StringIO(), Examined())

    assert 64 == len(root)
    assert [Finding(ONE, 1, What.CHANGED)] == wrong


def cut(lines: list[str]) -> list[str]:
    """Lose the end."""
    return lines[:-1]


def lost(lines: list[str]) -> list[str]:
    """Lose a head."""
    return [lines[0], *lines[2:]]


def changed(lines: list[str]) -> list[str]:
    """Change a head."""
    return [line.replace(",5,", ",4,") for line in lines]


def headless(lines: list[str]) -> list[str]:
    """Lose the first line."""
    return lines[1:]


def longer(lines: list[str]) -> list[str]:
    """Go on after the end."""
    return [*lines, lines[1]]


def other(lines: list[str]) -> list[str]:
    """Put something else between the heads."""
    return [lines[0], '["bank-a","contract.record","c-1",0,"ab"]', *lines[1:]]


def torn(lines: list[str]) -> list[str]:
    """Tear a line."""
    return [lines[0], lines[1][:9], *lines[2:]]


@pytest.mark.parametrize(
    ("change", "line"),
    [(cut, 7), (lost, 6), (changed, 7), (headless, 1), (longer, 8), (other, 2), (torn, 2)],
)
def test_a_broken_file_of_heads_is_refused(
    journal: SqlJournal, change: Callable[[list[str]], list[str]], line: int
) -> None:
    """A file of heads that was cut or changed is refused by its root, naming the line."""
    kept = "\n".join(change(heads_of(journal).splitlines()))

    with pytest.raises(FaultsError, match=f"line {line}:"):
        by_heads(journal, kept)


def test_an_empty_file_is_no_file_of_heads() -> None:
    """Nothing at all is refused too."""
    with pytest.raises(FaultsError, match="the end of the file"):
        list(read_heads([], "heads.jsonl"))


def test_heads_come_back(journal: SqlJournal) -> None:
    """A file of heads gives each stream with its version and the digest stored beside it."""
    stored = {(fed.entry.stream, fed.entry.version): link for fed, link in journal.links(limit=99)}

    heads = list(read_heads(io.StringIO(heads_of(journal)), "heads.jsonl"))

    assert 5 == len(heads)
    assert all(
        Head(each.stream, each.version, stored[each.stream, each.version]) == each for each in heads
    )
