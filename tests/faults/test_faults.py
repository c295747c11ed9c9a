"""
Every promise of the journal holds whatever breaks: one test for each kind of fault, and a mix.

Each run is drawn from a seed, which a failure prints. The same runs, longer and with other seeds:
python benchmarks/faults.py --seconds 600 --seed 7
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import attrs
import pytest
from fault_campaign import KINDS, Campaign
from fault_checks import Book, violations
from fault_ledger import START, Order, give, order
from fault_proxy import CuttingProxy, Way
from sqlalchemy import Connection, create_engine, text

from bankservice.core.errors import OperationalError
from bankservice.journals.sql import SqlJournal

SEED = 20260302
STEPS = 5
MIXED = 20


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


@pytest.mark.parametrize("way", ["to server", "to client"])
def test_cut_anywhere(postgres_url: str, way: Way) -> None:
    """Wherever on its way a command is cut off, it is there whole or not at all; given again over
    a new connection, it is there once."""
    shape = next(each for each in (order(SEED, n) for n in range(50)) if len(each.matters) > 1)
    book = Book()

    def named(number: int) -> Order:
        made = attrs.evolve(shape, id=f"cut-{number:03d}")
        book.ordered[made.id] = made
        return made

    with (
        SqlJournal.open(postgres_url) as beside,
        tempfile.TemporaryDirectory(prefix="faults-") as folder,
        CuttingProxy(postgres_url, Path(folder)) as proxy,
    ):
        with SqlJournal.open(proxy.url) as journal:
            give(journal, named(0), START)
            # How many bytes it is when nothing is cut.
            before = proxy.passed[way]
            give(journal, named(1), START)
            length = proxy.passed[way] - before
        # Closer towards the end, where the commit is acknowledged.
        places = (*range(0, length - 80, length // 20), *range(length - 80, length, 4))
        whole = half = 0
        for number, place in enumerate(places, 2):
            command = named(number)
            with SqlJournal.open(proxy.url) as journal:
                give(journal, named(0), START)
                proxy.cut_after(place, way)
                with suppress(OperationalError):
                    book.acknowledge(command.id, give(journal, command, START).answer)
                proxy.heal()
                cut_off = command.id not in book.answers
                there = bool(beside.receipts("bank", [command.id]))
                whole, half = whole + (cut_off and there), half + (cut_off and not there)
            again = give(beside, command, START)
            assert cut_off or again.replayed
            assert there == again.replayed
            book.acknowledge(command.id, again.answer)

        assert [] == violations(beside, book, again=tuple(book.answers))
        assert proxy.cuts > 10
        assert half > 0
        # Towards the client, some cuts fall between the commit and its acknowledgement.
        assert whole > 0 or way == "to server"


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
