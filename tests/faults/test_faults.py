"""
Every promise of the journal holds whatever breaks: one test for each kind of fault, and a mix.

Each run is drawn from a seed, which a failure prints. The same runs, longer and with other seeds:
python benchmarks/faults.py --seconds 600 --seed 7
"""

from __future__ import annotations

import tempfile
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from fault_campaign import KINDS, Campaign
from fault_checks import Book, violations
from fault_feed import noted
from fault_ledger import START, give, order
from fault_proxy import CuttingProxy, Way
from sqlalchemy import Connection, create_engine, text

from bankservice.core.errors import IntegrityError, OperationalError
from bankservice.core.journal import AgendaChange, Commit, Receipt, Stream
from bankservice.journals.sql import SqlJournal

SEED = 20260302
STEPS = 3
MIXED = 16


def survives(url: str, kinds: tuple[str, ...], steps: int) -> None:
    """Run a campaign and assert that nothing broke, though every kind of fault struck."""
    report = Campaign(url, SEED).run(kinds, steps)

    assert [] == report.violations, report
    assert set(kinds) <= {kind for kind, times in report.faults.items() if times}, report
    assert report.ordered == report.acknowledged, report


@pytest.mark.parametrize("kind", KINDS["sqlite"])
def test_sqlite(sqlite_url: str, kind: str) -> None:
    """On SQLite, after a fault of this kind: whole commits only, nothing acknowledged is lost, the
    same again changes nothing."""
    survives(sqlite_url, (kind,), STEPS)


@pytest.mark.parametrize("kind", KINDS["postgresql"])
def test_postgresql(postgres_url: str, kind: str) -> None:
    """On PostgreSQL, after a fault of this kind: whole commits only, nothing acknowledged is lost,
    the same again changes nothing."""
    survives(postgres_url, (kind,), STEPS)


def test_mix_on_sqlite(sqlite_url: str) -> None:
    """On SQLite the promises hold through a drawn mix of all faults."""
    survives(sqlite_url, KINDS["sqlite"], MIXED)


def test_mix_on_postgresql(postgres_url: str) -> None:
    """On PostgreSQL the promises hold through a drawn mix of all faults."""
    survives(postgres_url, KINDS["postgresql"], MIXED)


def commit(number: int) -> Commit:
    """Return a commit with a part of every kind, of the same length whatever its number."""
    one, two = (Stream("bank", "faults.cut", f"{name}-{number:03d}") for name in "ab")
    return Commit(
        appends=(noted(one, 0, 3), noted(two, 0, 1)),
        receipt=Receipt("bank", f"cut-{number:03d}", "cut", {"answer": number}, START),
        agenda=(AgendaChange(one, "review", START),),
    )


def parts(journal: SqlJournal, wanted: Commit) -> list[int]:
    """Return how much of each part of a commit is there."""
    assert wanted.receipt
    stream = wanted.agenda[0].stream
    return [
        *(len(journal.read(append.stream)) for append in wanted.appends),
        len(journal.receipts("bank", [wanted.receipt.command_id])),
        sum(item.stream == stream for item in journal.due("bank", START, limit=1_000)),
    ]


@pytest.mark.parametrize("way", ["to server", "to client"])
def test_cut_anywhere(postgres_url: str, way: Way) -> None:
    """Wherever on its way a commit is cut off, it is there whole or not at all; the connection
    after it works, and the commit given again is there once."""
    kept = lost = 0
    with (
        SqlJournal.open(postgres_url) as beside,
        tempfile.TemporaryDirectory(prefix="faults-") as folder,
        CuttingProxy(postgres_url, Path(folder)) as proxy,
    ):
        with SqlJournal.open(proxy.url) as journal:
            journal.read(commit(999).appends[0].stream)
            # How many bytes it is when nothing is cut.
            before = proxy.passed[way]
            journal.commit(commit(999))
            length = proxy.passed[way] - before
        # Closer towards the end, where the commit is acknowledged.
        places = (*range(0, length - 60, length // 15), *range(length - 60, length, 4))
        for number, place in enumerate(places):
            wanted = commit(number)
            with SqlJournal.open(proxy.url) as journal:
                journal.read(wanted.appends[0].stream)
                proxy.cut_after(place, way)
                try:
                    journal.commit(wanted)
                except OperationalError:
                    acknowledged = False
                else:
                    acknowledged = True
                proxy.heal()
                there = parts(beside, wanted)

                assert there in ([3, 1, 1, 1], [0, 0, 0, 0]), f"cut after {place} of {length}"
                assert any(there) or not acknowledged, f"cut after {place} of {length}"

                kept, lost = kept + (any(there) and not acknowledged), lost + (not any(there))
                # The pool may still hold what was cut, once.
                with suppress(OperationalError):
                    journal.read(wanted.appends[0].stream)
                with pytest.raises(IntegrityError) if any(there) else nullcontext():
                    journal.commit(wanted)

                assert [3, 1, 1, 1] == parts(beside, wanted)

    assert proxy.cuts > 20
    assert lost > 0
    # On the way back, some cuts fall between the commit and its acknowledgement.
    assert kept > 0 or way == "to server"


HARMS = {
    "a receipt is gone": "DELETE FROM bankservice_receipts WHERE command_id = 'o-1'",
    "an entry is gone": "DELETE FROM bankservice_entries WHERE position = 5",
    "an agenda item is gone": "DELETE FROM bankservice_agenda",
    "an agenda item is late": "UPDATE bankservice_agenda SET due_at = due_at + 1",
    "a command is half there": "DELETE FROM bankservice_entries WHERE position = (SELECT max(position) FROM bankservice_entries)",
    "a stream is at another version": "UPDATE bankservice_entries SET version = version + 100 WHERE position = 5",
    "an answer is another": "UPDATE bankservice_receipts SET result = '{}' WHERE command_id = 'o-1'",
}


def broken(connection: Connection, statement: str) -> None:
    """Break a promise behind the journal's back."""
    assert connection.execute(text(statement)).rowcount
    connection.commit()


@pytest.mark.parametrize("harm", HARMS)
def test_checks_can_fail(sqlite_url: str, harm: str) -> None:
    """The checks of these runs notice a journal whose promises were broken by hand."""
    book = Book({f"o-{number}": order(SEED, number) for number in range(40)})
    with SqlJournal.open(sqlite_url) as journal:
        for each in book.ordered.values():
            book.acknowledge(each.id, give(journal, each, START).answer)
        assert [] == violations(journal, book, again=tuple(book.answers))
        engine = create_engine(sqlite_url)
        with engine.connect() as connection:
            broken(connection, HARMS[harm])
        engine.dispose()

        assert [] != violations(journal, book)
