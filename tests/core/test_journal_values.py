"""What journals and quotas are spoken to with: values that cannot be built wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest

from bankservice.core.errors import IdentifierError
from bankservice.core.journal import (
    AgendaChange,
    AgendaItem,
    Append,
    Commit,
    Entry,
    Fed,
    History,
    Lease,
    Receipt,
    Snapshot,
    Stream,
)
from bankservice.core.quota import Allotment

NOW = datetime(2026, 3, 31, 9, 0, tzinfo=UTC)
NAIVE = NOW.replace(tzinfo=None)
ABROAD = NOW.astimezone(timezone(timedelta(hours=8)))
STREAM = Stream("default", "toy.counter", "al")


def entry(version: int = 1, **change: Any) -> Entry:
    """Return an entry."""
    parts: dict[str, Any] = {
        "stream": STREAM,
        "version": version,
        "kind": "added",
        "effective_at": NOW,
        "recorded_at": NOW,
        "actor": "clerk-1",
        "command_id": "a",
        "data": {"amount": 5},
    }
    return Entry(**{**parts, **change})


def change(part: str, value: object) -> dict[str, Any]:
    """Return a change of one part of an entry."""
    return {part: value}


class TestStream:
    """The address of a record."""

    def test_as_text(self) -> None:
        """Tenant, kind and key, in that order."""
        assert "default/toy.counter/al" == str(STREAM)

    def test_checked(self) -> None:
        """`of` gives the same address when its parts may serve as identifiers."""
        assert STREAM == Stream.of("default", "toy.counter", "al")

    @pytest.mark.parametrize(
        ("tenant", "key"),
        [("4111111111111111", "al"), ("default", "4111 1111 1111 1111"), ("", "al")],
    )
    def test_refused(self, tenant: str, key: str) -> None:
        """A card number is neither a tenant nor a key."""
        with pytest.raises(IdentifierError):
            Stream.of(tenant, "toy.counter", key)

    def test_order_and_hash(self) -> None:
        """Addresses sort by tenant, kind and key, and serve as keys."""
        other = Stream("default", "toy.counter", "bo")

        assert [STREAM, other] == sorted([other, STREAM])
        assert 1 == len({STREAM, Stream("default", "toy.counter", "al")})


class TestEntry:
    """One thing that was decided."""

    @pytest.mark.parametrize("part", ["effective_at", "recorded_at"])
    def test_times_are_aware(self, part: str) -> None:
        """Neither time may be naive."""
        with pytest.raises(ValueError, match="has no time zone"):
            entry(**change(part, NAIVE))

    @pytest.mark.parametrize("part", ["effective_at", "recorded_at"])
    def test_times_are_held_in_utc(self, part: str) -> None:
        """The same instant in another zone makes an equal entry."""
        moved = entry(**change(part, ABROAD))

        assert entry() == moved
        assert UTC is getattr(moved, part).tzinfo

    def test_the_approver_is_not_the_actor(self) -> None:
        """A second person approves; the message names the command, not the person."""
        with pytest.raises(ValueError, match="a second person approves") as caught:
            entry(approved_by="clerk-1")

        assert "'a'" in str(caught.value)
        assert "clerk-1" not in str(caught.value)
        assert "boss" == entry(approved_by="boss").approved_by

    def test_defaults(self) -> None:
        """An entry is of the first schema, unsealed, approved by nobody."""
        plain = entry()

        assert (1, None, "", "", "") == (
            plain.schema,
            plain.sealed,
            plain.approved_by,
            plain.source,
            plain.correlation_id,
        )


class TestAppend:
    """Entries for one stream, right after the version expected."""

    def test_versions_follow(self) -> None:
        """The versions go on from the one expected, without a gap."""
        entries = (entry(4), entry(5))

        assert entries == Append(STREAM, 3, entries).entries

    @pytest.mark.parametrize("versions", [(), (1,), (3,), (5,), (4, 4), (4, 6), (5, 4)], ids=str)
    def test_gaps_and_repeats(self, versions: tuple[int, ...]) -> None:
        """No entry, a gap, a repeat or another order is refused; the message names the stream."""
        with pytest.raises(ValueError, match=r"default/toy\.counter/al must carry versions"):
            Append(STREAM, 3, tuple(map(entry, versions)))

    def test_another_stream(self) -> None:
        """An entry of another stream is refused."""
        stray = entry(2, stream=Stream("default", "toy.counter", "bo"))

        with pytest.raises(ValueError, match="another stream stands in the append to default"):
            Append(STREAM, 0, (entry(1), stray))


class TestHistory:
    """A stream as read."""

    SNAPSHOT = Snapshot(STREAM, 6, 1, {"total": 6})

    def test_version(self) -> None:
        """The version is that of the last entry, else of the snapshot, else 0."""
        assert [8, 8, 6, 0] == [
            history.version
            for history in (
                History(STREAM, (entry(7), entry(8)), self.SNAPSHOT),
                History(STREAM, (entry(8),)),
                History(STREAM, (), self.SNAPSHOT),
                History(STREAM, ()),
            )
        ]


class TestOthers:
    """The smaller values."""

    def test_agenda_items_sort_by_time(self) -> None:
        """The earliest matter comes first; ties sort by address and key."""
        late, early = AgendaItem(NOW + timedelta(1), STREAM, "a"), AgendaItem(NOW, STREAM, "b")

        assert [AgendaItem(NOW, STREAM, "a"), early, late] == sorted(
            [late, early, AgendaItem(NOW, STREAM, "a")]
        )
        assert (0, "") == (early.attempts, early.parked)

    def test_a_receipt_holds_utc(self) -> None:
        """A receipt's time is aware and held in UTC."""
        receipt = Receipt("default", "a", "f", {}, ABROAD)

        assert (NOW, {}) == (receipt.recorded_at, receipt.content)
        assert UTC is receipt.recorded_at.tzinfo
        with pytest.raises(ValueError, match="has no time zone"):
            Receipt("default", "a", "f", {}, NAIVE)

    def test_an_empty_commit(self) -> None:
        """A commit writes only what it is given."""
        assert ((), (), None, (), (), ()) == attrs.astuple(Commit(), recurse=False)

    @pytest.mark.parametrize(
        "value",
        [
            STREAM,
            AgendaChange(STREAM, "remind", None),
            Lease(NOW, NOW + timedelta(minutes=5)),
            Allotment("gift", "lease-1", 5, NOW),
            Snapshot(STREAM, 1, 1, {}),
            Fed(1, entry()),
        ],
        ids=lambda held: type(held).__name__,
    )
    def test_frozen(self, value: Any) -> None:
        """Nothing of them can be changed."""
        name = attrs.fields(type(value))[0].name

        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, name, None)

    def test_an_allotment(self) -> None:
        """An allotment names its limit, its lease, what was granted and until when."""
        assert ("gift", "lease-1", 5, NOW) == attrs.astuple(Allotment("gift", "lease-1", 5, NOW))
