"""What was kept: versions with what they link, and those that only earlier entries name."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import pytest
from fee_tools import COUNTER, FEE, NOW, SHELF, Charge, Fee, Note, fee
from repeating import Changed

from bankservice.core.desk import Desk
from bankservice.core.frozen import FrozenMapping
from bankservice.core.hindsight import Hindsight, as_named
from bankservice.core.journal import Entry
from bankservice.core.kept import read_kept
from bankservice.core.office import Office
from bankservice.core.policy import Kind, Policy
from bankservice.core.policy_file import read_policy
from bankservice.core.record import Command
from bankservice.core.repetition import Repetition


@attrs.frozen(kw_only=True)
class Link:
    """A version that links the fees."""

    fees: str = "acme/fee"


LINK: Kind[Link, tuple[int, ...]] = Kind(
    "toy.link",
    Link,
    lambda table, faults, library: tuple(
        version.parameters.percent for version in library.get(table.fees).versions
    ),
)
KINDS: dict[str, Kind[Any, Any]] = {FEE.name: FEE, LINK.name: LINK}


def link(fees: Policy[Fee]) -> str:
    """Return the kept text of a version that links fees."""
    source = {"text": "Acme", "checked": "own"}
    raw = {
        "id": "acme/link",
        "kind": LINK.name,
        "version": [{"since": date(2020, 1, 1), "source": source}],
    }
    return read_policy(raw, "link.toml", KINDS, SHELF.with_policies([fees])).versions[0].text


class TestLinked:
    """What a version links is taken as it was kept, and of earlier days as it is at hand."""

    def linked(self, at_hand: Policy[Any] | None, *beside: str, later: bool = False) -> Any:
        """Return the percents that a kept version links."""
        library = SHELF if at_hand is None else SHELF.with_policies([at_hand])
        return read_kept(link(fee(2, 5)), KINDS, library, beside, later=later).parameters

    def test_nothing_was_kept_of_it(self) -> None:
        """Then it is the one at hand, whatever else was kept."""
        other = link(fee(2, 5))

        assert (9, 5) == self.linked(fee(9, 5)) == self.linked(fee(9, 5), other)
        unlinked = attrs.evolve(fee(1), id="acme/other").versions[0].text
        assert (9, 5) == self.linked(fee(9, 5), unlinked.replace("acme/fee", "acme/other"))

    def test_an_edited_file(self) -> None:
        """A version that was kept comes before the edited one; an earlier day is as at hand."""
        (first, second, third) = fee(2, 5, 8).versions

        assert (9, 5) == self.linked(fee(9, 7), second.text)
        assert (2, 5) == self.linked(fee(2, 5), first.text, second.text)
        assert (2, 6, 8) == self.linked(fee(9, 6, 9), first.text, third.text)

    def test_a_file_that_goes_on(self) -> None:
        """A later version was not used, so it changes nothing, unless more than the kept were."""
        first = fee(2).versions[0]

        assert (2,) == self.linked(fee(2, 5), first.text) == self.linked(fee(9, 5), first.text)
        assert (2, 5) == self.linked(fee(9, 5), first.text, later=True)

    def test_a_file_that_is_gone(self) -> None:
        """What was kept is enough where nothing is at hand."""
        assert (2,) == self.linked(None, fee(2, 5).versions[0].text)


def test_a_version_as_an_entry_names_it() -> None:
    """A version stands under the first day that an entry names."""
    version = fee(2).versions[0]
    moved = as_named(version, {"since": "2024-02-29"})

    assert version is as_named(version, {"since": str(version.ref.since)})
    assert date(2024, 2, 29) == moved.ref.since
    assert version.parameters == moved.parameters


class TestEarlierEntries:
    """An entry that names no version may rest on those of the entries before."""

    def office(self, again: Any) -> Office[int]:
        """Return an office with a fee taken, and a note after it."""
        desk = Desk(attrs.evolve(COUNTER, again=again), (fee(2, 5),))
        found = Office(desk, Changed(), now=lambda: NOW, shelf=SHELF)
        for body in (Charge(on=date(2020, 6, 1), amount=100), Note(text="by hand")):
            found.handle(Command(id=type(body).__name__, subject="al", body=body))
        return found

    @pytest.mark.parametrize("known", [True, False])
    def test_versions_of_earlier_entries(self, known: bool) -> None:
        """They are at hand as they were kept; one that was not is named."""
        version = fee(2, 5).versions[0]

        def again(state: int, event: Any, find: Hindsight) -> Any:
            held = find("acme/fee", version.ref.digest if known else "0" * 32)
            return (find.at, find.recorded_at, held.parameters), (NOW, NOW, version.parameters)

        told = self.office(again).repeat("al", 2)

        assert (Repetition.EQUAL if known else Repetition.POLICY_MISSING) is told.outcome
        assert ("" if known else "acme/fee (000000000000)") == told.missing

    def test_an_earlier_text_that_is_lost(self) -> None:
        """An earlier entry whose text is lost hinders nothing that does not rest on it."""
        gone = FrozenMapping({"policy": "acme/fee", "since": "2020-01-01", "digest": "1" * 32})
        other = fee(2, 5).versions[1].ref.digest

        def again(state: int, event: Any, find: Hindsight) -> Any:
            return find("acme/fee", other).ref.digest, other

        office = self.office(again)
        office.handle(Command(id="c-3", subject="al", body=Charge(on=date(2021, 6, 1), amount=1)))
        journal: Any = office.journal
        journal.change = lambda entry: (
            attrs.evolve(entry, data={**entry.data, "version": dict(gone)})
            if entry.version == 1
            else entry
        )

        assert Repetition.EQUAL is office.repeat("al", 2).outcome

    def test_what_rests_on_erased_facts(self) -> None:
        """Where earlier facts were erased, what comes out otherwise tells nothing."""
        office = self.office(lambda state, event, find: ({"fee": state}, {"fee": 7}))
        journal: Any = office.journal

        def erase(entry: Entry) -> Entry:
            return attrs.evolve(entry, sealed=None, erased=True) if entry.version == 1 else entry

        assert Repetition.DIFFERENT is office.repeat("al", 2).outcome
        journal.change = erase
        assert Repetition.ERASED is office.repeat("al", 2).outcome
