"""
Every contract test can fail: for each promise, a journal or quota that breaks just that one.

A suite that passes anything would prove nothing. Each wrong one is the memory one with one
fault, and the test of the broken promise, and no other, must find it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest

from bankservice.core.errors import IntegrityError, RaceLostError, UnknownNameError
from bankservice.core.journal import (
    AgendaItem,
    Commit,
    Entry,
    Fed,
    History,
    KeptVersion,
    Lease,
    Receipt,
    Stream,
)
from bankservice.core.quota import Allotment
from bankservice.journals import MemoryJournal, MemoryQuota
from bankservice.journals.canonical import slot_of, to_micros
from bankservice.journals.slices import Slice
from bankservice.testing.contracts import NOON, JournalContract, QuotaContract

WRONG: list[tuple[str, type]] = []


def breaks(test: str) -> Any:
    """Note that the class below breaks the promise that *test* checks."""

    def note(wrong: type) -> type:
        WRONG.append((test, wrong))
        return wrong

    return note


@breaks("test_commit_is_all_or_nothing")
class HalfWritten(MemoryJournal):
    """The agenda of a refused commit stays."""

    def commit(self, commit: Commit) -> None:
        try:
            super().commit(commit)
        except IntegrityError:
            super().commit(Commit(agenda=commit.agenda))
            raise


@breaks("test_commit_is_all_or_nothing")
class FirstAppendStays(MemoryJournal):
    """The streams before the one that lost are written."""

    def commit(self, commit: Commit) -> None:
        try:
            super().commit(commit)
        except RaceLostError:
            if len(commit.appends[0].entries) > 1:
                super().commit(Commit(appends=commit.appends[:1]))
            raise


@breaks("test_other_version_loses_the_race")
class VagueRace(MemoryJournal):
    """A lost race is a plain refusal, so nobody knows that trying again would help."""

    def commit(self, commit: Commit) -> None:
        try:
            super().commit(commit)
        except RaceLostError as lost:
            if commit.guards:
                raise
            raise IntegrityError(str(lost)) from lost


@breaks("test_other_version_loses_the_race")
class TakesGaps(MemoryJournal):
    """An append beyond the stream's version is taken."""

    def commit(self, commit: Commit) -> None:
        kept = tuple(
            append for append in commit.appends if append.expected <= len(self.read(append.stream))
        )
        super().commit(attrs.evolve(commit, appends=kept))


@breaks("test_guard_at_other_version_loses_the_race")
class NoGuards(MemoryJournal):
    """Guards are not looked at."""

    def commit(self, commit: Commit) -> None:
        super().commit(attrs.evolve(commit, guards=()))


@breaks("test_receipt_is_given_once")
class SecondReceipt(MemoryJournal):
    """A second receipt under the same id replaces the first."""

    def commit(self, commit: Commit) -> None:
        if commit.receipt is not None:
            self._receipts.pop((commit.receipt.tenant, commit.receipt.command_id), None)
        super().commit(commit)


@breaks("test_receipt_is_given_once")
class OneTenantsIds(MemoryJournal):
    """Command ids of all tenants share one room."""

    def commit(self, commit: Commit) -> None:
        given = {command_id for _, command_id in self._receipts}
        if commit.receipt is not None and commit.receipt.command_id in given:
            raise IntegrityError("this command has a receipt already.")
        super().commit(commit)


@breaks("test_entries_come_back")
class LosesTheApprover(MemoryJournal):
    """The second person is forgotten."""

    def read(self, stream: Stream, after: int = 0) -> tuple[Entry, ...]:
        return tuple(attrs.evolve(each, approved_by="") for each in super().read(stream, after))


@breaks("test_entries_come_back")
class ReadsAll(MemoryJournal):
    """The version after which to read is ignored."""

    def read(self, stream: Stream, after: int = 0) -> tuple[Entry, ...]:
        return super().read(stream)


@breaks("test_entries_come_back")
class RoundsInstants(MemoryJournal):
    """Microseconds are lost."""

    def read(self, stream: Stream, after: int = 0) -> tuple[Entry, ...]:
        return tuple(
            attrs.evolve(each, recorded_at=each.recorded_at.replace(microsecond=0))
            for each in super().read(stream, after)
        )


@breaks("test_receipts_come_back")
class LosesTheContent(MemoryJournal):
    """What the command said is forgotten."""

    def receipts(self, tenant: str, command_ids: Iterable[str]) -> Mapping[str, Receipt]:
        found = super().receipts(tenant, command_ids)
        return {key: attrs.evolve(each, content={}) for key, each in found.items()}


@breaks("test_tenants_never_meet")
class OneBigTenant(MemoryJournal):
    """Where a tenant has nothing under a key, another tenant's is given."""

    def read(self, stream: Stream, after: int = 0) -> tuple[Entry, ...]:
        for each in (stream, *self._streams):
            if (each.kind, each.key) == (stream.kind, stream.key):
                found = super().read(each, after)
                if found or after:
                    return found
        return ()


@breaks("test_read_many_answers_for_every_stream")
class LeavesOutTheMissing(MemoryJournal):
    """Streams without entries are left out."""

    def read_many(self, streams: Iterable[Stream]) -> Mapping[Stream, History]:
        found = super().read_many(streams)
        return {stream: history for stream, history in found.items() if history.version}


@breaks("test_agenda_item_is_replaced_or_gone")
class KeepsAttempts(MemoryJournal):
    """An item put again for another instant keeps the attempts of the earlier one."""

    def commit(self, commit: Commit) -> None:
        before = dict(self._agenda)
        super().commit(commit)
        for place, was in before.items():
            now = self._agenda.get(place)
            if now is not None and now.due_at != was.due_at:
                self._agenda[place] = attrs.evolve(now, attempts=was.attempts)


@breaks("test_agenda_item_is_replaced_or_gone")
class NeverOff(MemoryJournal):
    """What was taken off comes again."""

    def commit(self, commit: Commit) -> None:
        again = NOON + timedelta(hours=8)
        put = tuple(attrs.evolve(change, due_at=change.due_at or again) for change in commit.agenda)
        super().commit(attrs.evolve(commit, agenda=put))


class DueJournal(MemoryJournal):
    """A journal whose `due` is to be spoilt."""

    def spoilt(self, by: datetime, **asked: Any) -> tuple[datetime, dict[str, Any]]:
        """Return the question as the spoilt journal hears it."""
        return by, asked

    def due(
        self,
        tenant: str,
        by: datetime,
        *,
        limit: int,
        after: AgendaItem | None = None,
        lease: Lease | None = None,
    ) -> tuple[AgendaItem, ...]:
        heard, asked = self.spoilt(by, limit=limit, after=after, lease=lease)
        return super().due(tenant, heard, **asked)


@breaks("test_due_items_in_order")
class StartsOver(DueJournal):
    """The item given is not passed over."""

    def spoilt(self, by: datetime, **asked: Any) -> tuple[datetime, dict[str, Any]]:
        return by, {**asked, "after": None}


@breaks("test_due_items_in_order")
class LatestFirst(MemoryJournal):
    """The order is turned round."""

    def due(
        self,
        tenant: str,
        by: datetime,
        *,
        limit: int,
        after: AgendaItem | None = None,
        lease: Lease | None = None,
    ) -> tuple[AgendaItem, ...]:
        found = super().due(tenant, by, limit=limit, after=after, lease=lease)
        return tuple(sorted(found, key=lambda item: (-item.due_at.timestamp(), item.stream)))


@breaks("test_lease_claims_the_items_given")
class CountsTwice(MemoryJournal):
    """Each claim counts two attempts."""

    def due(
        self,
        tenant: str,
        by: datetime,
        *,
        limit: int,
        after: AgendaItem | None = None,
        lease: Lease | None = None,
    ) -> tuple[AgendaItem, ...]:
        found = super().due(tenant, by, limit=limit, after=after, lease=lease)
        if lease is None:
            return found
        twice = tuple(attrs.evolve(item, attempts=item.attempts + 1) for item in found)
        for item, given in zip(found, twice, strict=True):
            self._change(item, attempts=given.attempts)
        return twice


@breaks("test_claim_takes_one_item")
class ClaimsWhatIsAnothers(MemoryJournal):
    """An item is claimed whoever has it."""

    def claim(self, item: AgendaItem, lease: Lease) -> AgendaItem | None:
        mine = super().claim(item, lease)
        if mine is None:
            self._change(item, attempts=item.attempts + 1, leased_until=to_micros(lease.until))
            return attrs.evolve(item, attempts=item.attempts + 1)
        return mine


@breaks("test_lease_claims_the_items_given")
class EndsOneMomentLate(DueJournal):
    """A lease still holds at the instant it ends."""

    def spoilt(self, by: datetime, **asked: Any) -> tuple[datetime, dict[str, Any]]:
        lease = asked["lease"]
        if lease is not None:
            asked["lease"] = Lease(lease.now - timedelta(microseconds=1), lease.until)
        return by, asked


@breaks("test_postponed_item_waits")
class WaitsForTheLease(MemoryJournal):
    """An item is not let go before its lease ends."""

    def postpone(self, item: AgendaItem, until: datetime) -> None:
        super().postpone(item, max(until, NOON + timedelta(hours=2)))


@breaks("test_postponed_item_waits")
class GivenTooEarly(MemoryJournal):
    """An item waits for its lease and not longer."""

    def postpone(self, item: AgendaItem, until: datetime) -> None:
        super().postpone(item, min(until, NOON + timedelta(hours=2)))


@breaks("test_postponed_item_waits")
class AttemptsAnew(MemoryJournal):
    """A postponed item starts its attempts anew."""

    def postpone(self, item: AgendaItem, until: datetime) -> None:
        super().postpone(item, until)
        if (item.stream, item.key) in self._agenda:
            self._change(item, attempts=0)


@breaks("test_postponed_item_waits")
class PostponesAnybodys(MemoryJournal):
    """Whoever comes late with an item postpones it for the one who has it now."""

    def postpone(self, item: AgendaItem, until: datetime) -> None:
        matter = self._agenda.get((item.stream, item.key))
        super().postpone(item, until)
        if matter is not None and matter.attempts > 1:
            super().postpone(attrs.evolve(item, attempts=matter.attempts), until)


@breaks("test_postponed_item_waits")
class ParksTheOneOfTheSameDay(MemoryJournal):
    """An item put again for the same instant is taken for the one given."""

    def park(self, item: AgendaItem, reason: str) -> None:
        matter = self._agenda.get((item.stream, item.key))
        if matter is not None:
            super().park(attrs.evolve(item, attempts=matter.attempts), reason)


@breaks("test_parked_item_waits")
class ParksForEver(MemoryJournal):
    """An item put again stays parked."""

    def commit(self, commit: Commit) -> None:
        parked = {place: matter for place, matter in self._agenda.items() if matter.parked}
        super().commit(commit)
        self._agenda.update(parked)


@breaks("test_parked_item_waits")
class NoReason(MemoryJournal):
    """Parked items do not say why."""

    def parked(self, tenant: str) -> tuple[AgendaItem, ...]:
        return tuple(attrs.evolve(item, parked="?") for item in super().parked(tenant))


@breaks("test_feed_skips_nothing")
class SkipsOne(MemoryJournal):
    """Reading on leaves one entry out."""

    def feed(
        self, after: int = 0, *, limit: int, part: tuple[int, int] = (0, 1)
    ) -> tuple[Fed, ...]:
        return super().feed(after + 1 if after else 0, limit=limit, part=part)


@breaks("test_feed_skips_nothing")
class ByStream(MemoryJournal):
    """The feed is ordered by stream, so a late entry pushes in before early ones."""

    def feed(
        self, after: int = 0, *, limit: int, part: tuple[int, int] = (0, 1)
    ) -> tuple[Fed, ...]:
        whole = super().feed(limit=1_000)
        ordered = sorted(whole, key=lambda fed: (fed.entry.stream, fed.entry.version))
        placed = (Fed(place, fed.entry) for place, fed in enumerate(ordered, start=1))
        ours = (fed for fed in placed if slot_of(fed.entry.stream) % part[1] == part[0])
        return tuple(fed for fed in ours if fed.position > after)[:limit]


@breaks("test_feed_in_parts")
class PartsByPosition(MemoryJournal):
    """A stream's entries are spread over the parts."""

    def feed(
        self, after: int = 0, *, limit: int, part: tuple[int, int] = (0, 1)
    ) -> tuple[Fed, ...]:
        whole = super().feed(after, limit=1_000)
        return tuple(fed for fed in whole if fed.position % part[1] == part[0])[:limit]


@breaks("test_used_policy_version_does_not_change")
class Overwrites(MemoryJournal):
    """A used version is replaced by the one with its dates."""

    def commit(self, commit: Commit) -> None:
        if not commit.appends:
            self._versions = {
                dates: first
                for dates, first in self._versions.items()
                if all(each.since != first.since for each in commit.versions)
            }
        super().commit(commit)


@breaks("test_used_policy_version_does_not_change")
class AnyTenantsArchive(MemoryJournal):
    """A version is found in another tenant's archive."""

    def kept(self, tenant: str, policy: str, digest: str) -> KeptVersion | None:
        tenants = {each.tenant for each in self._versions.values()}
        found: Iterator[KeptVersion | None] = (
            MemoryJournal.kept(self, each, policy, digest) for each in (tenant, *sorted(tenants))
        )
        return next((each for each in found if each is not None), None)


@breaks("test_snapshot_shortens_the_reading")
class AllEntriesBesidesTheSnapshot(MemoryJournal):
    """The entries the snapshot holds already are given again."""

    def read_many(self, streams: Iterable[Stream]) -> Mapping[Stream, History]:
        return {
            stream: attrs.evolve(history, entries=self.read(stream))
            for stream, history in super().read_many(streams).items()
        }


@breaks("test_snapshot_shortens_the_reading")
class ForgetsTooMuch(MemoryJournal):
    """Forgetting snapshots forgets the entries they hold."""

    def forget_snapshots(self) -> None:
        for stream, (snapshot, _) in self._snapshots.items():
            del self._streams[stream][: snapshot.version]
        super().forget_snapshots()


@breaks("test_limit_is_set_once")
class GrowingLimit(MemoryQuota):
    """Another amount is taken in silence."""

    def open(self, quota: str, limit: int) -> None:
        if quota not in self._limits:
            super().open(quota, limit)


@breaks("test_never_more_than_is_left")
class Generous(MemoryQuota):
    """The amount asked is granted, whatever is left."""

    def lease(
        self, quota: str, lease: str, amount: int, *, now: datetime, until: datetime
    ) -> Allotment:
        granted = super().lease(quota, lease, amount, now=now, until=until)
        return attrs.evolve(granted, amount=max(granted.amount, min(amount, 4)))


@breaks("test_never_more_than_is_left")
class TrustsSlowClocks(MemoryQuota):
    """A lease that fell back can be settled by a writer whose clock is slow."""

    def settle(self, quota: str, lease: str, spent: int, *, now: datetime) -> None:
        taken = self._limits[quota].slices.get(lease) if quota in self._limits else None
        if taken is not None and not taken.open and not taken.settled and now == NOON:
            return
        super().settle(quota, lease, spent, now=now)


@breaks("test_same_lease_again")
class LeasesAgain(MemoryQuota):
    """The same lease id takes another slice."""

    def lease(
        self, quota: str, lease: str, amount: int, *, now: datetime, until: datetime
    ) -> Allotment:
        known = quota in self._limits and lease in self._limits[quota].slices
        name = f"{lease} again" if known else lease
        return super().lease(quota, name, amount, now=now, until=until)


class SpendingQuota(MemoryQuota):
    """A quota whose slices can be spoilt."""

    def slice(self, quota: str, lease: str) -> Slice | None:
        """Return a slice, if there is one."""
        return self._limits[quota].slices.get(lease) if quota in self._limits else None

    def spoil(self, quota: str, lease: str, **changes: Any) -> None:
        """Change a slice."""
        self._limits[quota].slices[lease] = attrs.evolve(
            self._limits[quota].slices[lease], **changes
        )


@breaks("test_spending_is_recorded")
class SpendsTooMuch(SpendingQuota):
    """Spending goes on when nothing is left of the allotment."""

    def spend(self, quota: str, lease: str, units: int, *, now: datetime) -> None:
        taken = self.slice(quota, lease)
        if taken is None or not taken.open or taken.until <= to_micros(now):
            super().spend(quota, lease, units, now=now)
        else:
            self.spoil(quota, lease, spent=min(taken.spent + units, taken.amount))


@breaks("test_spending_is_recorded")
class SpendsAfterAll(SpendingQuota):
    """Spending goes on after the lease was settled."""

    def spend(self, quota: str, lease: str, units: int, *, now: datetime) -> None:
        taken = self.slice(quota, lease)
        if taken is None or not taken.settled:
            super().spend(quota, lease, units, now=now)


@breaks("test_spending_is_recorded")
class SpendsTooLate(MemoryQuota):
    """Spending goes on when the lease has ended."""

    def spend(self, quota: str, lease: str, units: int, *, now: datetime) -> None:
        super().spend(quota, lease, units, now=NOON)


@breaks("test_settlement_returns_the_rest")
class TakesSpendingBack(SpendingQuota):
    """A settlement may be for less than was recorded as spent."""

    def settle(self, quota: str, lease: str, spent: int, *, now: datetime) -> None:
        taken = self.slice(quota, lease)
        if taken is not None and taken.open and spent < taken.spent and now == NOON:
            self.spoil(quota, lease, spent=spent)
        super().settle(quota, lease, spent, now=now)


@breaks("test_settlement_returns_the_rest")
class KeepsTheRest(MemoryQuota):
    """What was not spent does not go back."""

    def settle(self, quota: str, lease: str, spent: int, *, now: datetime) -> None:
        super().settle(quota, lease, spent, now=now)
        self._limits[quota].taken = sum(each.amount for each in self._limits[quota].slices.values())


@breaks("test_settlement_returns_the_rest")
class LastSettlementStands(MemoryQuota):
    """Another settlement is taken in silence."""

    def settle(self, quota: str, lease: str, spent: int, *, now: datetime) -> None:
        taken = self._limits[quota].slices.get(lease) if quota in self._limits else None
        if taken is None or not taken.settled:
            super().settle(quota, lease, spent, now=now)


@breaks("test_what_was_not_spent_falls_back")
class FallsBackWhole(SpendingQuota):
    """What was spent falls back with the rest."""

    def left(self, quota: str, *, now: datetime) -> int:
        slices = self._limits[quota].slices.values() if quota in self._limits else ()
        late = sum(taken.spent for taken in slices if taken.open and taken.until <= to_micros(now))
        return super().left(quota, now=now) + late


@breaks("test_what_was_not_spent_falls_back")
class NeverLate(MemoryQuota):
    """A settlement is taken however late it comes."""

    def settle(self, quota: str, lease: str, spent: int, *, now: datetime) -> None:
        super().settle(quota, lease, spent, now=NOON)


@breaks("test_what_was_not_spent_falls_back")
class HoldsForEver(MemoryQuota):
    """What was not settled does not go back."""

    def left(self, quota: str, *, now: datetime) -> int:
        return super().left(quota, now=NOON)


@breaks("test_unknown_limit")
class NothingLeftOfNothing(MemoryQuota):
    """An unknown limit seems to be an empty one."""

    def left(self, quota: str, *, now: datetime) -> int:
        try:
            return super().left(quota, now=now)
        except UnknownNameError:
            return 0


def _cases(test: Any) -> list[dict[str, object]]:
    """Return the arguments a contract test is run with, besides its fixture."""
    marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    return [{mark.args[0]: value} for mark in marks for value in mark.args[1]] or [{}]


def _tests(suite: type) -> dict[str, Any]:
    return {name: test for name, test in vars(suite).items() if name.startswith("test_")}


def _failing(suite: type, port: type) -> set[str]:
    """Return the names of the suite's tests that fail for a *port* made afresh for each."""
    failing = set()
    for name, test in _tests(suite).items():
        for case in _cases(test):
            try:
                test(suite(), port(), **case)
            except (Exception, pytest.fail.Exception):  # noqa: BLE001 - any failure will do
                failing.add(name)
    return failing


def _suite(port: type) -> type:
    return JournalContract if issubclass(port, MemoryJournal) else QuotaContract


@pytest.mark.parametrize("port", [MemoryJournal, MemoryQuota])
def test_the_right_ones_pass(port: type) -> None:
    """The runner of this module finds no fault in the ones the wrong ones derive from."""
    assert set() == _failing(_suite(port), port)


@pytest.mark.parametrize(("test", "wrong"), WRONG, ids=[wrong.__name__ for _, wrong in WRONG])
def test_a_broken_promise_fails_its_test_only(test: str, wrong: type) -> None:
    """The test of the broken promise fails, and no other."""
    assert {test} == _failing(_suite(wrong), wrong)


@pytest.mark.parametrize("suite", [JournalContract, QuotaContract])
def test_every_promise_is_broken_by_somebody(suite: type) -> None:
    """Each contract test has a wrong implementation that it catches."""
    caught = {test for test, wrong in WRONG if _suite(wrong) is suite}

    assert set(_tests(suite)) == caught
