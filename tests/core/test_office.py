"""An office: a desk at work, as the services of all domains use it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from test_record_desk import (
    COUNTER,
    NAIVE,
    NOW,
    SHELF,
    Add,
    Charge,
    Counter,
    Move,
    Remind,
    fee,
)

from bankservice.core.archive import PURGED
from bankservice.core.desk import Desk
from bankservice.core.errors import (
    Fault,
    FaultsError,
    IdentifierError,
    PurgedError,
    UnknownNameError,
)
from bankservice.core.journal import AgendaItem, Entry, Stream
from bankservice.core.office import Office
from bankservice.core.record import Command
from bankservice.journals import MemoryJournal


class Clock:
    """A time source that a test turns."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        """Return the time it is."""
        return self.at


def office() -> tuple[Office[Counter], Clock]:
    """Return an office of the toy record, with its time source."""
    clock = Clock()
    desk = Desk(COUNTER, (fee(3, 5),))
    return Office(desk, MemoryJournal(), now=clock.now, shelf=SHELF), clock


def add(amount: int, name: str = "a") -> Command:
    """Return a command that adds."""
    return Command(id=name, subject="al", body=Add(amount=amount))


def test_commands_and_batches_are_kept() -> None:
    """What is decided is written, and the record is read again with its version."""
    held, _ = office()

    assert held.handle(add(2)).accepted
    assert 1 == held.batch("b", [add(3, "b:1")]).entries
    assert (5, 2) == (held.load("al").state.total, held.load("al").version)
    assert ["added", "added"] == [kind for _, _, kind in held.history("al")]


def test_what_a_command_would_be_answered() -> None:
    """
    It is told before anything is written, refusals too; of a command that was given, what it was
    answered.
    """
    held, _ = office()

    assert held.foresee(add(2)).accepted
    assert 0 == held.load("al").version
    assert held.handle(add(2)).accepted
    again = held.foresee(add(2))
    assert (True, True) == (again.accepted, again.replayed)
    move = Command(id="b", subject="al", body=Move(to="bo", amount=100))
    refused = held.foresee(move)
    assert ("not-enough", False) == (refused.refused, refused.replayed)
    assert (refused.refused, refused.facts) == (held.handle(move).refused, held.handle(move).facts)
    assert ("not-enough", True) == (held.foresee(move).refused, held.foresee(move).replayed)
    assert 1 == held.load("al").version


def test_a_batch_by_subject() -> None:
    """One command for each subject; of bad facts every fault is told, and nothing is written."""
    held, _ = office()

    def body(subject: str, amount: int) -> Add:
        if amount < 0:
            raise UnknownNameError("amount", subject, ())
        return Add(amount=amount)

    def faults() -> list[Fault]:
        return [Fault("bo", "-1", "0 or more")]

    done = held.batch_of("b", {"al": 2, "bo": 3}, body, faults, actor="li")
    with pytest.raises(FaultsError, match=r"batch c has 1 fault:\n  bo: got -1"):
        held.batch_of("c", {"al": 2, "bo": -1}, body, faults, actor="li")
    with pytest.raises(UnknownNameError, match="bo"):
        held.batch_of("d", {"al": 2, "bo": -1}, body, lambda: (), actor="li")
    with pytest.raises(IdentifierError, match="customer"):
        held.batch_of("e", {"": 2}, body, faults, actor="li")
    with pytest.raises(IdentifierError, match="batch"):
        held.batch_of("", {"al": 2}, body, faults, actor="li")

    assert (2, 2) == (done.commands, done.entries)
    assert (2, 3) == tuple(held.load(subject).state.total for subject in ("al", "bo"))
    assert ["li", "li"] == [fed.entry.actor for fed in held.journal.feed(limit=9)]


def test_view_is_of_now_where_nothing_is_asked() -> None:
    """A view is as of the instant asked, else of now."""
    held, clock = office()
    held.handle(add(2))
    clock.at += timedelta(days=1)

    assert clock.at == held.view("al")[1]
    assert NOW == held.view("al", NOW)[1]
    with pytest.raises(ValueError, match="time zone"):
        held.view("al", NAIVE)


def test_known_leaves_aside_what_was_written_later() -> None:
    """The state known at an instant is that of the entries written by then, that one included."""
    held, clock = office()
    for place in range(3):
        held.handle(add(1, f"a-{place}"))
        clock.at += timedelta(hours=1)

    assert [0, 1, 2, 3] == [
        held.known("al", NOW + timedelta(hours=hours)).total for hours in (-1, 0, 1, 9)
    ]
    with pytest.raises(ValueError, match="time zone"):
        held.known("al", NAIVE)


def test_explains_with_the_version_that_was_kept() -> None:
    """Why an entry was decided is told from the record, under the version it names."""
    held, _ = office()
    held.handle(add(2))
    held.handle(Command(id="c", subject="al", body=Charge(on=date(2020, 6, 1))))

    explanation = held.explain("al", 2)

    assert "CHARGED" == explanation.headline.code
    assert ["acme/fee"] == [ref.policy for ref, _ in explanation.sources]


def test_sweeps_what_is_due() -> None:
    """Items that are due are handed over, and settled by what their handler commits."""
    held, clock = office()
    held.handle(Command(id="r", subject="al", body=Remind(at=NOW + timedelta(hours=1))))
    clock.at += timedelta(hours=2)

    def settle(item: AgendaItem) -> None:
        held.handle(Command(id=f"off-{item.key}", subject=item.stream.key, body=Remind()))

    assert [1, 0] == [held.sweep(settle, limit=9).handled for _ in range(2)]


def test_an_item_of_the_agenda_is_seen_to_once() -> None:
    """
    However often an item comes it leads to one command, unless something else is told beside it.
    """
    held, clock = office()
    held.handle(held.command("r", "al", "remind", {"at": NOW + timedelta(hours=1)}, actor="li"))
    clock.at += timedelta(hours=2)
    items: list[AgendaItem] = []
    held.sweep(items.append, limit=9)
    (item,) = items

    for told in ((), (), ("monday",)):
        held.see_to(item, "seen", "add", {"amount": 5}, *told)

    assert 10 == held.load("al").state.total
    with pytest.raises(UnknownNameError, match="remind"):
        held.command("r-2", "al", "remnd", {})


def test_what_was_purged_is_not_told_as_never_known() -> None:
    """A record that was purged since is no record of nothing: asking for an earlier day says so."""
    held, _ = office()
    held.handle(add(1))
    stone = Entry(
        stream=held.desk.stream("al"),
        version=2,
        kind=PURGED,
        effective_at=NOW,
        recorded_at=NOW + timedelta(days=9),
        actor="keeper",
        command_id="p",
        data={"reason": "retention"},
    )

    class Purged(MemoryJournal):
        """A journal where a record was purged."""

        def read(self, stream: Stream, after: int = 0) -> tuple[Entry, ...]:
            return (stone,)

    held.journal = Purged()

    with pytest.raises(PurgedError):
        held.known("al", NOW)
