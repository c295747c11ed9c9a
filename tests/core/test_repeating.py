"""A journal decided again as a whole: forward, once, and past what cannot be asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from fee_tools import COUNTER, NOW, SHELF, Charge, fee
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.core import repeating
from bankservice.core.archive import PURGED
from bankservice.core.desk import Desk
from bankservice.core.errors import UnknownNameError
from bankservice.core.journal import Append, Commit, Entry
from bankservice.core.office import Office
from bankservice.core.record import Command, Record
from bankservice.core.repeating import NotAskable, Repeating, repeat_feed
from bankservice.core.repetition import Repeated, Repetition
from bankservice.journals import MemoryJournal


def office(record: Record[int] = COUNTER, *, charges: Iterator[str] | None = None) -> Office[int]:
    """Return an office of the toy record in which subjects were charged."""
    at = Office(Desk(record, (fee(2, 5),)), MemoryJournal(), now=lambda: NOW, shelf=SHELF)
    for number, subject in enumerate(charges or iter(())):
        body = Charge(on=NOW.date().replace(year=2020 + number % 2), amount=100 + number)
        at.handle(Command(id=f"charge-{number}", subject=subject, body=body))
    return at


def all_again(at: Office[int], tenant: str = "default") -> list[Any]:
    """Return what becomes of every entry."""
    made = Repeating(at.desk, at.journal, at.rebuilt)
    found = repeat_feed(
        lambda kind, subject: made if kind == COUNTER.kind else None, at.journal, tenant
    )
    return [again for _, _, again in found]


def alone(at: Office[int], ref: str) -> Any:
    """Return what becomes of one entry."""
    subject, _, version = ref.partition("/")[2].partition("@")
    return at.repeat(subject, int(version))


@settings(max_examples=20)
@given(subjects=st.lists(st.sampled_from(["al", "bo", "cy"]), max_size=12))
def test_as_one_by_one(subjects: list[str]) -> None:
    """Whatever the order of entries, each comes out as it does alone, and none is left out."""
    at = office(charges=iter(subjects))
    told = all_again(at)

    assert len(subjects) == len(told)
    assert told == [alone(at, again.ref) for again in told]


def test_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered is bounded, and forgotten where there is more."""
    monkeypatch.setattr(repeating, "_VERSIONS", 1)
    monkeypatch.setattr(repeating, "_PAGE", 2)
    told = all_again(office(charges=iter(["al", "bo"] * 3)))

    assert [Repetition.EQUAL] * 6 == [again.outcome for again in told]


def test_an_error_is_told() -> None:
    """An entry that cannot be asked is told with why, and the others are asked."""

    def again(state: int, event: Any, find: Any) -> Any:
        if event.amount == 101:
            raise UnknownNameError("word", "fancy", ())
        return event.fee, event.fee

    at = office(charges=iter(["al", "al", "al"]))
    told = all_again(
        Office(
            Desk(attrs.evolve(COUNTER, again=again), (fee(2, 5),)),
            at.journal,
            now=lambda: NOW,
            shelf=SHELF,
        )
    )

    assert [False, True, False] == [isinstance(one, NotAskable) for one in told]
    assert "fancy" in told[1].why


def test_a_policy_that_was_not_kept() -> None:
    """An entry whose policy's text is gone is told as such."""
    at = office(charges=iter(["al"]))

    class Forgetful(MemoryJournal):
        def kept(self, tenant: str, policy: str, digest: str) -> None:
            return None

    journal = Forgetful()
    journal.commit(
        Commit(appends=(Append(at.desk.stream("al"), 0, at.journal.read(at.desk.stream("al"))),))
    )
    made = Repeating(at.desk, journal, at.rebuilt)

    assert [Repetition.POLICY_MISSING] == [
        again.outcome for again in made.stream("al") if isinstance(again, Repeated)
    ]


def test_other_records_and_tenants() -> None:
    """Records nobody decides again, and those of other tenants, are passed over."""
    at = office(charges=iter(["al"]))

    assert [] == all_again(at, "another")
    assert [] == list(repeat_feed(lambda kind, subject: None, at.journal, "default"))


def test_a_purged_stream() -> None:
    """What stood in the place of a tombstone cannot be asked, and that is told."""
    at = office(charges=iter(["al", "bo"]))
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

    assert ["purged"] == [held.why for held in all_again(at) if isinstance(held, NotAskable)]


@pytest.mark.parametrize(
    "change",
    [
        {"past": lambda events, event: list(events)},
        {"followed": lambda events: f"g{len(events) % 2}"},
    ],
)
def test_records_that_have_to_be_asked_themselves(
    change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record with a past of its own, or that follows a shared stream, comes out as alone."""
    monkeypatch.setattr(repeating, "_STREAMS", 1)
    at = office(attrs.evolve(COUNTER, **change), charges=iter(["al", "bo", "al", "cy"]))
    told = all_again(at)

    assert 4 == len(told)
    assert told == [alone(at, again.ref) for again in told]
    assert {Repetition.EQUAL} == {again.outcome for again in told}
