"""Asking a record again: past entries decided anew, and its streams as questions."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import pytest
from fee_tools import COUNTER, NOW, SHELF, TRIAL, Charge, Charged, FeeFacts, Note, fee

from bankservice.core import office as offices
from bankservice.core.archive import PURGED
from bankservice.core.desk import Desk
from bankservice.core.errors import StoreError, UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.journal import Append, Commit, Entry
from bankservice.core.office import Office
from bankservice.core.record import Command, Events, Record
from bankservice.core.repetition import Repetition
from bankservice.core.trial import Question, Unasked
from bankservice.journals import MemoryJournal

ON = date(2020, 6, 1)


def office(journal: MemoryJournal | None = None, record: Record[int] = COUNTER) -> Office[int]:
    """Return an office of the toy record."""
    desk = Desk(record, (fee(2, 5),))
    return Office(desk, journal or MemoryJournal(), now=lambda: NOW, shelf=SHELF)


def charge(at: Office[int], subject: str, amount: int, *, on: date = ON) -> None:
    """Take a fee."""
    body = Charge(on=on, amount=amount)
    assert at.handle(Command(id=f"{subject}-{amount}", subject=subject, body=body)).accepted


def written(at: Office[int], subject: str, event: Any, **more: Any) -> None:
    """Write an entry by hand."""
    command = Command(id=f"by-hand-{subject}", subject=subject, body=None)
    (entry,) = at.desk.entries_for(subject, 0, (event,), command, NOW)
    entry = attrs.evolve(entry, **more)
    at.journal.commit(Commit(appends=(Append(at.desk.stream(subject), 0, (entry,)),)))


class Erasing(MemoryJournal):
    """A journal from which the facts of one subject were erased, or under a seal."""

    def __init__(self, subject: str, **change: Any) -> None:
        super().__init__()
        self._whose, self._how = subject, change

    def read(self, stream: Any, after: int = 0) -> tuple[Entry, ...]:
        """Return the entries, changed."""
        return tuple(
            attrs.evolve(entry, **self._how) if stream.key == self._whose else entry
            for entry in super().read(stream, after)
        )


class TestRepeating:
    """A past entry is decided again under the versions as they were kept."""

    def test_equal(self) -> None:
        """It comes out as it was written, whatever the policy says by now."""
        at = office()
        charge(at, "al", 100)
        edited = Office(Desk(COUNTER, (fee(99),)), at.journal, now=lambda: NOW, shelf=SHELF)
        found = edited.repeat("al", 1)

        assert (Repetition.EQUAL, ()) == (found.outcome, found.differences)
        assert ("toy.counter/al@1", "charged") == (found.ref, found.event)
        assert (fee(2, 5).versions[0].ref,) == found.policies

    def test_different(self) -> None:
        """An entry that says something else than its facts give is told with the path."""
        at = office()
        charge(at, "al", 100)
        (entry,) = at.journal.read(at.desk.stream("al"))
        written(at, "bo", Charged(on=ON, fee=7, version=entry.data["version"], amount=100))  # type: ignore[arg-type]
        found = at.repeat("bo", 1)

        assert (Repetition.DIFFERENT, (("fee", 7, 2),)) == (found.outcome, found.differences)

    def test_nothing_was_decided(self) -> None:
        """An entry no policy decided, or a record that repeats nothing, says so."""
        at = office()
        written(at, "al", Note(text="by hand"))
        blind = office(at.journal, attrs.evolve(COUNTER, again=None))  # type: ignore[arg-type]

        assert Repetition.NOT_DECIDED is at.repeat("al", 1).outcome
        assert Repetition.NOT_DECIDED is blind.repeat("al", 1).outcome

    def test_erased_and_sealed(self) -> None:
        """Erased facts are an outcome; facts under a seal are machine trouble."""
        erased = office(Erasing("al", sealed=None, erased=True))
        charge(erased, "al", 100)
        box = {"bankservice.sealed": 1, "key": "k", "box": "…"}
        sealed = office(
            Erasing("al", sealed=box), attrs.evolve(COUNTER, events=Unsealing(COUNTER.events.kinds))
        )
        charge(sealed, "al", 100)

        assert Repetition.ERASED is erased.repeat("al", 1).outcome
        with pytest.raises(StoreError, match="without the keys"):
            sealed.repeat("al", 1)
        with pytest.raises(StoreError, match="without the keys"):
            list(sealed.pages(TRIAL))

    def test_explaining_what_was_erased(self) -> None:
        """An entry whose facts were erased says so when it is to be explained."""
        erased = office(Erasing("al", sealed=None, erased=True))
        charge(erased, "al", 100)

        assert "erased" == erased.explain("al", 1).headline.code

    def test_little_is_remembered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Versions built from kept texts are remembered up to a number, then forgotten."""
        monkeypatch.setattr(offices, "_REMEMBERED", 1)
        at = office()
        charge(at, "al", 100)
        charge(at, "bo", 100, on=date(2021, 6, 1))
        found = [at.repeat(who, 1).outcome for who in ("al", "bo", "al")]

        assert [Repetition.EQUAL] * 3 == found
        assert 1 == len(at._rebuilt)

    def test_a_policy_that_was_not_kept(self) -> None:
        """A version whose text the journal does not have is named."""
        at = office()
        ref = FrozenMapping({"policy": "acme/fee", "since": "2020-01-01", "digest": "0" * 32})
        written(at, "al", Charged(on=ON, fee=2, version=ref, amount=100))
        found = at.repeat("al", 1)

        assert (Repetition.POLICY_MISSING, "acme/fee (000000000000)") == (
            found.outcome,
            found.missing,
        )

    def test_another_name_that_is_missing(self) -> None:
        """A name that is not known for another reason is no missing policy."""

        def again(state: int, event: Any, find: Any) -> Any:
            raise UnknownNameError("word", "fancy", ())

        at = office(record=attrs.evolve(COUNTER, again=again))
        charge(at, "al", 100)

        with pytest.raises(UnknownNameError, match="fancy"):
            at.repeat("al", 1)


class Unsealing(Events):
    """A codec that does not look at the sealed part."""

    def decode(self, entry: Entry) -> Any:
        """Return the event without what is sealed."""
        return super().decode(attrs.evolve(entry, sealed=None))


class TestAskingAgain:
    """The streams of a record are asked again, page by page."""

    def test_every_stream_once(self) -> None:
        """Each subject is asked once, in the order of first entries, whatever the pages."""
        at = office()
        for who, amount in (("al", 100), ("bo", 200), ("al", 300), ("cy", 50)):
            charge(at, who, amount)
        written(at, "di", Note(text="by hand"))
        whole = [q for page in at.pages(TRIAL) for q in page.questions]

        assert ["al", "al", "bo", "cy"] == [q.subject for q in whole]
        assert Question("bo", FeeFacts(on=ON, amount=200), "toy.counter/bo@1") == whole[2]
        for limit in (1, 2, 3):
            paged = [q for page in at.pages(TRIAL, limit=limit) for q in page.questions]
            assert whole == paged

    def test_going_on_where_it_was_left(self) -> None:
        """The pages after a position are those that were still to come."""
        at = office()
        for who in ("al", "bo", "cy"):
            charge(at, who, 100)
        first, *rest = at.pages(TRIAL, limit=1)

        assert rest == list(at.pages(TRIAL, limit=1, after=first.position))
        assert [] == list(at.pages(TRIAL, after=rest[-1].position))

    def test_the_day_and_the_policy_asked_for(self) -> None:
        """The day stands for that of the entry; a policy of another id has nothing to be asked."""
        at = office()
        charge(at, "al", 100)
        day = date(2021, 1, 1)
        (page,) = at.pages(TRIAL, on=day, policy="acme/fee")
        (none,) = at.pages(TRIAL, policy="acme/other")

        assert (Question("al", FeeFacts(on=day, amount=100), "toy.counter/al@1"),) == page.questions
        assert () == none.questions

    def test_kept_versions_are_at_hand(self) -> None:
        """A trial finds the version an entry names, as it was kept; None where it was not."""
        found: list[Any] = []

        def asked(told: Any) -> Any:
            ref = told.events[0][2].version
            found.append(told.find(ref["policy"], ref["digest"]))
            found.append(told.find("acme/fee", "0" * 32))
            return ()

        at = office()
        charge(at, "al", 100)
        list(at.pages(attrs.evolve(TRIAL, asked=asked)))

        assert [fee(2, 5).versions[0], None] == found

    def test_what_is_gone(self) -> None:
        """Erased facts and purged streams are named, never passed over."""
        at = office(Erasing("al", sealed=None, erased=True))
        for who in ("al", "bo", "cy"):
            charge(at, who, 100)
        tombstone = Entry(
            stream=at.desk.stream("bo"),
            version=2,
            kind=PURGED,
            effective_at=NOW,
            recorded_at=NOW,
            actor="system",
            command_id="purge",
            data={"reason": "retention"},
        )
        journal: Any = at.journal
        journal.purge(Append(tombstone.stream, 1, (tombstone,)))
        asked = [q for page in at.pages(TRIAL) for q in page.questions]

        assert {
            Unasked("al", "erased", "toy.counter/al@1"),
            Unasked("bo", "purged", "toy.counter/bo"),
        } == {q for q in asked if isinstance(q, Unasked)}
        assert ["cy"] == [q.subject for q in asked if isinstance(q, Question)]

    def test_a_rule_no_record_holds_facts_of(self) -> None:
        """A rule whose facts no record holds is named."""
        with pytest.raises(ValueError, match=r"no record holds the facts of toy\.fee"):
            list(office().pages(attrs.evolve(TRIAL, asked=None)))
