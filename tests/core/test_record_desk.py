"""
The desk, served from a journal in memory: replays, races, batches, snapshots, the agenda.

The record is a toy: a counter for each subject, with a transfer over two of them, a fee under a
policy, a reminder, and a shared stream that several counters follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from functools import reduce
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice.core.answer import Answer, Batch
from bankservice.core.archive import PURGED
from bankservice.core.decision import Explanation, Reason
from bankservice.core.desk import Desk, ref_json
from bankservice.core.driver import serve
from bankservice.core.errors import (
    CommandConflictError,
    FaultsError,
    IdentifierError,
    IntegrityError,
    OperationalError,
    PurgedError,
    RaceLostError,
    StoreError,
    UnknownKindError,
    UnknownNameError,
)
from bankservice.core.frozen import FrozenMapping
from bankservice.core.journal import (
    AgendaItem,
    Append,
    Commit,
    Entry,
    History,
    Json,
    KeptVersion,
    Receipt,
    Snapshot,
    Stream,
)
from bankservice.core.kept import read_kept
from bankservice.core.policy import Kind, Policy, Version
from bankservice.core.policy_file import read_policy
from bankservice.core.record import (
    Accepted,
    Command,
    Context,
    Encoded,
    Events,
    Record,
    Refused,
    difference,
)
from bankservice.core.shelf import PolicyShelf
from bankservice.journals import MemoryJournal

NOW = datetime(2026, 3, 31, 9, 0, tzinfo=UTC)
NAIVE = NOW.replace(tzinfo=None)
REVIEW = datetime(2027, 1, 1, tzinfo=UTC)
FAR = datetime(9999, 1, 1, tzinfo=UTC)
CARD = "4111111111111111"


# -- the toy policy -------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Fee:
    """Parameters of the toy policy."""

    amount: int


FEE: Kind[Fee, Fee] = Kind("toy.fee", Fee, lambda written, faults, library: written)
SHELF = PolicyShelf([FEE], {})


def fee(*amounts: int, **table: Any) -> Policy[Any]:
    """Return a toy policy with a version for each amount, from 2020 on."""
    versions = [
        {
            "since": date(2020 + index, 1, 1),
            "source": {"text": "Acme", "checked": "own"},
            "amount": amount,
            **table,
        }
        for index, amount in enumerate(amounts)
    ]
    raw = {"id": "acme/fee", "kind": FEE.name, "version": versions}
    return read_policy(raw, "fee.toml", SHELF.kinds, SHELF)


# -- the toy record -------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Add:
    """Add to the counter; 0 changes nothing."""

    amount: int
    note: str = ""


@attrs.frozen(kw_only=True)
class Move:
    """Move from one counter to another."""

    to: str
    amount: int


@attrs.frozen(kw_only=True)
class Match:
    """Raise the counter to what another one holds: reads two, writes one."""

    other: str


@attrs.frozen(kw_only=True)
class Charge:
    """Take the fee of a day."""

    on: date


@attrs.frozen(kw_only=True)
class Remind:
    """Set the reminder, or take it off."""

    at: datetime | None = None


@attrs.frozen(kw_only=True)
class Join:
    """Follow a group."""

    group: str


@attrs.frozen(kw_only=True)
class Added:
    """The counter changed; the note is sealed."""

    amount: int
    note: str = attrs.field(default="", metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class Charged:
    """A fee was taken under a version."""

    amount: int
    version: FrozenMapping[str, str]
    was: FrozenMapping[str, str] | None = None
    seen: int | None = None


@attrs.frozen(kw_only=True)
class Reminded:
    """The reminder was set or taken off."""

    at: datetime | None = None


@attrs.frozen(kw_only=True)
class Joined:
    """The counter follows a group."""

    group: str


@attrs.frozen(kw_only=True)
class Bonus:
    """Everybody in the group gets something; stands in the group's stream."""

    amount: int

    @classmethod
    def thaw(cls, whole: Mapping[str, Any]) -> Bonus:
        """Read it quickly."""
        return cls(amount=whole["amount"])


@attrs.frozen(kw_only=True)
class Counter:
    """The state."""

    total: int = 0
    bonus: int = 0
    remind_at: datetime | None = None
    group: str = ""


class No(Enum):
    """Why a command is refused."""

    NOT_IN_FORCE = "not-in-force"
    NOT_ENOUGH = "not-enough"


def _decide(
    states: Mapping[str, Counter], command: Command, context: Context
) -> Accepted | Refused:
    state, body = states[command.subject], command.body
    match body:
        case Add(amount=amount, note=note):
            return Accepted({command.subject: (Added(amount=amount, note=note),) if amount else ()})
        case Move(to=to, amount=amount):
            if state.total < amount:
                return Refused(No.NOT_ENOUGH, FrozenMapping({"short": amount - state.total}))
            return Accepted(
                {command.subject: (Added(amount=-amount),), to: (Added(amount=amount),)}
            )
        case Match(other=other):
            missing = states[other].total - state.total
            return Accepted({command.subject: (Added(amount=missing),)} if missing > 0 else {})
        case Charge(on=on):
            policy = context.policy(FEE.name).as_known(context.recorded_at.date())
            version = policy.select(on)
            if not isinstance(version, Version):
                return Refused(No.NOT_IN_FORCE, FrozenMapping({"on": on}))
            event = Charged(
                amount=version.parameters.amount, version=FrozenMapping(ref_json(version.ref))
            )
            return Accepted({command.subject: (event,)}, (version,))
        case Remind(at=at):
            return Accepted({command.subject: (Reminded(at=at),)})
    return Accepted({command.subject: (Joined(group=body.group),)})


def _evolve(state: Counter, event: Any) -> Counter:
    match event:
        case Added(amount=amount):
            return attrs.evolve(state, total=state.total + amount)
        case Charged(amount=amount):
            return attrs.evolve(state, total=state.total - amount)
        case Reminded(at=at):
            return attrs.evolve(state, remind_at=at)
        case Joined(group=group):
            return attrs.evolve(state, group=group)
    return attrs.evolve(state, bonus=state.bonus + event.amount)


def _fold(
    record: Record[Counter], state: Counter, events: Sequence[Any], followed: Sequence[Any]
) -> Counter:
    return reduce(_evolve, [*events, *followed], attrs.evolve(state, bonus=0))


def _due(state: Counter) -> Mapping[str, datetime]:
    due = {} if state.remind_at is None else {"remind": state.remind_at}
    return {**due, "review": REVIEW} if state.group else due


def _touches(command: Command) -> tuple[str, ...]:
    other = getattr(command.body, "to", "") or getattr(command.body, "other", "")
    return (command.subject, other) if other else (command.subject,)


def _explain(before: Counter, event: Any, find: Callable[[str, str], Version[Any]]) -> Explanation:
    version = find(event.version["policy"], event.version["digest"])
    if event.was is not None:
        find(event.was["policy"], event.was["digest"])
    reason = Reason("CHARGED", (("total", before.total), ("bonus", before.bonus)))
    return Explanation(reason, (), ((version.ref, version.source),), "bankservice.core")


def _freeze(state: Counter) -> Mapping[str, Json]:
    at = None if state.remind_at is None else state.remind_at.isoformat()
    return {"total": state.total, "remind_at": at, "group": state.group}


def _thaw(raw: Mapping[str, Json]) -> Counter:
    total, at, group = raw["total"], raw["remind_at"], raw["group"]
    assert isinstance(total, int)
    return Counter(
        total=total,
        remind_at=None if at is None else datetime.fromisoformat(str(at)),
        group=str(group),
    )


EVENTS = Events(
    {"added": Added, "charged": Charged, "reminded": Reminded, "joined": Joined, "bonus": Bonus}
)
COUNTER = Record(
    kind="toy.counter",
    initial=Counter(),
    commands={
        "add": Add,
        "move": Move,
        "match": Match,
        "charge": Charge,
        "remind": Remind,
        "join": Join,
    },
    events=EVENTS,
    decide=_decide,
    evolve=_evolve,
    view=lambda state, as_of, policies: (state, as_of, len(policies)),
    due=_due,
    refusals=No,
    policies=(FEE.name,),
    touches=_touches,
    followed=lambda events: next(
        (event.group for event in reversed(events) if getattr(event, "group", "")), ""
    ),
    fold=_fold,
    explain=_explain,
    freeze=(_freeze, _thaw),
)
"""The toy record with everything a record may have."""

PLAIN: Record[Counter] = Record(
    kind="toy.plain",
    initial=Counter(),
    commands={"add": Add},
    events=EVENTS,
    decide=_decide,
    evolve=_evolve,
    view=lambda state, as_of, policies: state,
    due=_due,
    refusals=No,
)
"""The toy record with nothing but what every record must have."""


def _fold_gisted(
    record: Record[Counter], state: Counter, events: Sequence[Any], followed: Sequence[Any]
) -> Counter:
    return _fold(record, state, events, [event for event in followed if event is not None])


def _gist(followed: Sequence[Any]) -> Mapping[str, Json]:
    held = [event.amount for event in followed if event is not None]
    return {"count": len(followed), "sum": sum(held)}


GISTED = attrs.evolve(
    COUNTER,
    fold=_fold_gisted,
    gist=(
        _gist,
        lambda told: [*[None] * (int(str(told["count"])) - 1), Bonus(amount=int(str(told["sum"])))],
    ),
)
"""The toy record where what groups share is summed up in snapshots."""


# -- older entries of the toy record --------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Nothing:
    """What a kind that was dropped is read as."""


def _renamed(whole: Mapping[str, Any]) -> Mapping[str, Any]:
    """Lift schema 1, where the amount was `n` and the note `text`."""
    names = {"n": "amount", "text": "note"}
    return {names.get(name, name): held for name, held in whole.items()}


def _in_units(whole: Mapping[str, Any]) -> Mapping[str, Any]:
    """Lift schema 2, where amounts were in dozens."""
    return {**whole, "amount": whole["amount"] * 12}


def _under(whole: Mapping[str, Any]) -> Mapping[str, Any]:
    """Lift a fee from where its version stood under another name."""
    names = {"under": "version"}
    return {names.get(name, name): held for name, held in whole.items()}


LIFTED = Events(
    {"added": Added, "gained": Added, "noise": Nothing},
    {
        "added": (_renamed, _in_units),
        "gained": (_renamed, _in_units),
        "noise": (lambda whole: {},),
    },
)
"""The codec of a class that had three layouts and another name, and of a kind that was dropped."""


def old(dozens: int, note: str, *, schema: int, kind: str = "added", version: int = 1) -> Entry:
    """Return an entry as it was written when a schema was the newest."""
    data: dict[int, dict[str, Json]] = {
        1: {"n": dozens},
        2: {"amount": dozens},
        3: {"amount": 12 * dozens},
    }
    return Entry(
        stream=Stream("default", "toy.counter", "al"),
        version=version,
        kind=kind,
        schema=schema,
        effective_at=NOW,
        recorded_at=NOW,
        actor="clerk-1",
        command_id="a",
        data=data[schema],
        sealed={"text" if schema == 1 else "note": note},
    )


def desk(
    policy: Policy[Any] | None = None, *, attempts: int = 5, snapshot_every: int = 200
) -> Desk[Counter]:
    """Return a desk for the toy record."""
    return Desk(COUNTER, (policy or fee(3, 5),), attempts=attempts, snapshot_every=snapshot_every)


class Watched(MemoryJournal):
    """A journal that counts what is asked of it and lets rivals commit first."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.rivals: list[Callable[[], object]] = []

    def commit(self, commit: Commit) -> None:
        """Let the next rival go first, then commit."""
        self.calls.append("commit")
        if self.rivals:
            # A rival's own commit has no rival.
            (first, *rest), self.rivals = self.rivals, []
            first()
            self.rivals = rest
        super().commit(commit)

    def read_many(self, streams: Iterable[Stream]) -> Mapping[Stream, History]:
        """Count the read."""
        self.calls.append("read")
        return super().read_many(streams)


@attrs.define
class Bench:
    """A desk at a journal, in few words."""

    desk: Desk[Counter] = attrs.field(factory=desk)
    journal: Watched = attrs.field(factory=Watched)

    def do(self, id: str, subject: str, body: Any, **more: Any) -> Answer:  # noqa: A002 - the word in use
        """Give a command."""
        return self.give(Command(id=id, subject=subject, body=body, **more))

    def give(self, command: Command, now: datetime = NOW) -> Answer:
        """Give a command that is made already."""
        return serve(self.desk.handle(command, now), self.journal)

    def batch(self, id: str, *commands: Command) -> Batch:  # noqa: A002 - the word in use
        """Give a batch."""
        return serve(self.desk.batch(id, commands, NOW), self.journal)

    def state(self, subject: str) -> Counter:
        """Return the state as seen now."""
        state, as_of, _ = serve(self.desk.view(subject, NOW), self.journal)
        assert NOW == as_of
        assert isinstance(state, Counter)
        return state

    def totals(self, *subjects: str) -> list[int]:
        """Return the totals of counters."""
        return [self.state(subject).total for subject in subjects]

    def entries(self, subject: str) -> tuple[Entry, ...]:
        """Return the entries of a counter."""
        return self.journal.read(self.desk.stream(subject))

    def agenda(self, by: datetime = FAR) -> list[tuple[str, datetime]]:
        """Return what is on the agenda."""
        items: Iterable[AgendaItem] = self.journal.due("default", by, limit=100)
        return [(f"{item.stream.key}/{item.key}", item.due_at) for item in items]


@pytest.fixture
def bench() -> Bench:
    """Give a desk at an empty journal."""
    return Bench()


class TestReplay:
    """The same command again gives the first answer."""

    @pytest.mark.parametrize(
        "body",
        [Add(amount=5), Add(amount=0), Move(to="bo", amount=99)],
        ids=["accepted", "no-change", "refused"],
    )
    def test_same_content(self, bench: Bench, body: Any) -> None:
        """Accepted, refused or without change: the answer is the first, and nothing is written."""
        bench.do("a", "al", Add(amount=1))
        first = bench.do("b", "al", body)
        entries = bench.entries("al")
        again = bench.do("b", "al", body)

        assert attrs.evolve(first, replayed=True) == again
        assert not first.replayed
        assert entries == bench.entries("al")

    def test_what_each_answer_says(self, bench: Bench) -> None:
        """An acceptance gives the streams' versions, no change none, a refusal code and facts."""
        accepted = bench.do("a", "al", Add(amount=5))
        moved = bench.do("b", "al", Move(to="bo", amount=2))
        nothing = bench.do("c", "al", Add(amount=0))
        refused = bench.do("d", "al", Move(to="bo", amount=4))

        assert Answer("a", versions=FrozenMapping({"al": 1})) == accepted
        assert {"al": 2, "bo": 1} == dict(moved.versions)
        assert Answer("c") == nothing
        assert Answer("d", "not-enough", FrozenMapping({"short": 1})) == refused
        assert [True, True, True, False] == [
            answer.accepted for answer in (accepted, moved, nothing, refused)
        ]

    def test_a_refusal_stands(self, bench: Bench) -> None:
        """A refusal is an answer: asked again when it could pass, the first no is given again."""
        bench.do("a", "al", Move(to="bo", amount=4))
        bench.do("b", "al", Add(amount=10))

        assert "not-enough" == bench.do("a", "al", Move(to="bo", amount=4)).refused
        assert [10, 0] == bench.totals("al", "bo")

    def test_facts_of_a_refusal_are_plain(self, bench: Bench) -> None:
        """Facts of a refusal are JSON from the start, so that the replay is equal."""
        first = bench.do("a", "al", Charge(on=date(2019, 1, 1)))

        assert Answer("a", "not-in-force", FrozenMapping({"on": "2019-01-01"})) == first
        assert attrs.evolve(first, replayed=True) == bench.do(
            "a", "al", Charge(on=date(2019, 1, 1))
        )

    def test_the_correlation_may_differ(self, bench: Bench) -> None:
        """The correlation id ties commands together; it is no part of their content."""
        bench.do("a", "al", Add(amount=5), correlation_id="one")

        assert bench.do("a", "al", Add(amount=5), correlation_id="two").replayed

    def test_the_same_instant_in_another_zone(self, bench: Bench) -> None:
        """An instant is the same content however its offset is written."""
        bench.do("a", "al", Add(amount=5), at=NOW)

        assert bench.do(
            "a", "al", Add(amount=5), at=NOW.astimezone(timezone(timedelta(hours=8)))
        ).replayed

    def test_tenants_do_not_share_ids(self, bench: Bench) -> None:
        """The same id at another legal entity is another command."""
        bench.do("a", "al", Add(amount=5))
        other = Bench(Desk(COUNTER, (fee(3),), tenant="branch-2"), bench.journal)

        assert not other.do("a", "al", Add(amount=7)).replayed
        assert (5, 7) == (bench.state("al").total, other.state("al").total)


class TestConflict:
    """One id with other content is refused by name; the first stands."""

    @pytest.mark.parametrize(
        ("change", "parts"),
        [
            ({"body": Add(amount=6, note="x")}, "with.amount"),
            ({"body": Add(amount=6)}, "with.amount, with.note"),
            ({"body": Remind(at=NOW)}, "do, with.amount, with.at, with.note"),
            ({"subject": "bo"}, "subject"),
            ({"actor": "clerk-2"}, "actor"),
            ({"approved_by": "boss"}, "approved_by"),
            ({"at": NOW - timedelta(days=1)}, "at"),
            ({"source": "app"}, "source"),
        ],
    )
    def test_the_parts_are_named(self, bench: Bench, change: dict[str, Any], parts: str) -> None:
        """The error names the parts that differ and never their values."""
        first = Command(id="a", subject="al", body=Add(amount=5, note="x"), actor="clerk-1", at=NOW)
        bench.give(first)
        with pytest.raises(CommandConflictError) as caught:
            bench.give(attrs.evolve(first, **change))

        assert ("a", parts) == (caught.value.command_id, caught.value.difference)
        assert [5, 0] == bench.totals("al", "bo")
        assert bench.give(first).replayed

    def test_the_receipt_holds_no_content(self, bench: Bench) -> None:
        """A receipt keeps digests of the parts, so that no text of a customer stands in it."""
        bench.do("a", "al", Add(amount=5, note="my secret"))
        receipt = bench.journal.receipts("default", ["a"])["a"]

        assert {
            "do",
            "subject",
            "actor",
            "approved_by",
            "at",
            "source",
            "with.amount",
            "with.note",
        } == set(receipt.content)
        assert "my secret" not in repr(receipt)
        assert NOW == receipt.recorded_at

    def test_difference(self) -> None:
        """Parts on one side only are named too, in order."""
        assert "a, c" == difference({"a": 1, "b": 2}, {"b": 2, "c": 3})


class TestMalformed:
    """A command that cannot be read or may not be given does not burn its id."""

    def burnt(self, bench: Bench) -> bool:
        """Give a right command under the id and tell whether it was taken."""
        return bench.do("a", "al", Add(amount=5)).replayed or bench.totals("al") != [5]

    def test_unknown_command(self) -> None:
        """A command the record does not know offers the near names."""
        with pytest.raises(UnknownNameError) as caught:
            COUNTER.command("ad", {"amount": 1})

        assert ("command of toy.counter", ("add",)) == (caught.value.kind, caught.value.near)

    def test_faulty_body(self) -> None:
        """All faults of a body are told, with near names."""
        with pytest.raises(FaultsError) as caught:
            COUNTER.command("add", {"amuont": 1, "note": 2})

        assert "command add" == caught.value.what
        assert {"amount", "amuont", "note"} == {fault.path for fault in caught.value.faults}

    def test_a_body_read(self) -> None:
        """A right body becomes the command's class, and its name is found again."""
        body = COUNTER.command("move", {"to": "bo", "amount": "3"})

        assert Move(to="bo", amount=3) == body
        assert "move" == COUNTER.name_of(body)

    def test_a_body_of_another_class(self, bench: Bench) -> None:
        """A value that is no command of the record is a TypeError."""
        with pytest.raises(TypeError, match=r"Bonus is no command of toy\.counter"):
            bench.do("a", "al", Bonus(amount=1))

        assert not self.burnt(bench)

    @pytest.mark.parametrize("part", ["id", "subject", "actor", "approved_by"])
    @pytest.mark.parametrize("bad", [CARD, "11010519491231002X", "x" * 121, "a\nb"])
    def test_ids_that_say_something(self, part: str, bad: str) -> None:
        """Card and identity numbers, too long and unprintable texts are no ids; none is repeated."""
        parts: dict[str, Any] = {"id": "a", "subject": "al", "body": Add(amount=1), part: bad}

        with pytest.raises(IdentifierError) as caught:
            Command(**parts)

        assert bad not in str(caught.value)

    @pytest.mark.parametrize("part", ["id", "subject", "actor"])
    def test_empty_ids(self, part: str) -> None:
        """An id, a subject and an actor are always there."""
        parts: dict[str, Any] = {"id": "a", "subject": "al", "body": Add(amount=1), part: ""}

        with pytest.raises(IdentifierError):
            Command(**parts)

    def test_a_card_as_the_other_subject(self, bench: Bench) -> None:
        """Subjects that a body names are checked like the command's own."""
        with pytest.raises(IdentifierError):
            bench.do("a", "al", Move(to=CARD, amount=1))

        assert not self.burnt(bench)

    def test_a_naive_time(self) -> None:
        """Business time needs a zone or an offset."""
        with pytest.raises(ValueError, match="has no time zone"):
            Command(id="a", subject="al", body=Add(amount=1), at=NAIVE)

    @pytest.mark.parametrize("amount", [5, 0])
    def test_a_naive_now(self, bench: Bench, amount: int) -> None:
        """Knowledge time needs one too, also where nothing would be written."""
        with pytest.raises(ValueError, match="has no time zone"):
            bench.give(Command(id="a", subject="al", body=Add(amount=amount)), NAIVE)

        assert not self.burnt(bench)

    def test_a_naive_now_for_nobody(self, bench: Bench) -> None:
        """An empty batch checks it as well."""
        with pytest.raises(ValueError, match="has no time zone"):
            serve(bench.desk.batch("a", (), NAIVE), bench.journal)

    def test_a_naive_view(self, bench: Bench) -> None:
        """So does a look."""
        with pytest.raises(ValueError, match="has no time zone"):
            serve(bench.desk.view("al", NAIVE), bench.journal)

    def test_nobody_approves_their_own(self, bench: Bench) -> None:
        """The approver is never the actor; nothing is written."""
        with pytest.raises(ValueError, match="a second person approves"):
            bench.do("a", "al", Add(amount=5), actor="clerk-1", approved_by="clerk-1")

        assert not self.burnt(bench)


class TestRace:
    """On a lost race the desk loads and decides again."""

    def test_decides_again(self, bench: Bench) -> None:
        """The second decision sees what the rival wrote: here it turns into a refusal."""
        bench.do("a", "al", Add(amount=5))
        bench.journal.rivals = [lambda: bench.do("r", "al", Move(to="cy", amount=3))]
        answer = bench.do("b", "al", Move(to="bo", amount=4))

        assert ("not-enough", {"short": 2}) == (answer.refused, dict(answer.facts))
        assert [2, 0, 3] == bench.totals("al", "bo", "cy")

    def test_a_rival_at_the_other_subject(self, bench: Bench) -> None:
        """Two streams in one append: a rival on either makes both wait; nothing is half-written."""
        bench.do("a", "al", Add(amount=5))
        bench.journal.rivals = [lambda: bench.do("r", "bo", Add(amount=100))]
        answer = bench.do("b", "al", Move(to="bo", amount=4))

        assert {"al": 2, "bo": 2} == dict(answer.versions)
        assert [1, 104] == bench.totals("al", "bo")

    def test_a_rival_at_what_was_only_read(self, bench: Bench) -> None:
        """A decision that read a stream and does not write it is taken again when that stream moved."""
        bench.do("a", "bo", Add(amount=5))
        bench.journal.rivals = [lambda: bench.do("r", "bo", Add(amount=2))]
        bench.do("b", "al", Match(other="bo"))

        assert [7, 7] == bench.totals("al", "bo")

    def test_the_same_command_twice_at_once(self, bench: Bench) -> None:
        """Two workers with one command: one writes, the other gives its answer again."""
        command = Command(id="b", subject="al", body=Add(amount=5))
        bench.journal.rivals = [lambda: bench.give(command)]
        answer = bench.give(command)

        assert answer.replayed
        assert [5] == bench.totals("al")

    def test_the_same_command_wins_the_last_race(self) -> None:
        """Where the last race a desk may lose is lost to the same command, its answer is given."""
        bench = Bench(desk(attempts=1))
        command = Command(id="b", subject="al", body=Add(amount=5))
        bench.journal.rivals = [lambda: bench.give(command)]

        assert bench.give(command).replayed
        assert [5] == bench.totals("al")

    @pytest.mark.parametrize("amount", [0, 5])
    def test_one_id_with_two_contents_at_once(self, bench: Bench, amount: int) -> None:
        """Two workers with one id and two contents: the second hears of the conflict."""
        bench.journal.rivals = [lambda: bench.do("b", "al", Add(amount=6))]
        with pytest.raises(CommandConflictError, match=r"with\.amount"):
            bench.do("b", "al", Add(amount=amount))

        assert [6] == bench.totals("al")

    @pytest.mark.parametrize("attempts", [1, 3])
    def test_tries_are_bounded(self, attempts: int) -> None:
        """After as many lost races as the desk tries, the error comes out and nothing is written."""
        bench = Bench(desk(attempts=attempts))
        bench.do("a", "al", Add(amount=5))

        def rival() -> None:
            bench.do(f"r{bench.totals('bo')[0]}", "bo", Add(amount=1))

        bench.journal.rivals = [rival] * attempts
        with pytest.raises(RaceLostError) as caught:
            bench.do("b", "al", Move(to="bo", amount=4))

        assert str(bench.desk.stream("bo")) == caught.value.stream
        assert [5, attempts] == bench.totals("al", "bo")
        assert [] == bench.journal.rivals
        assert {} == bench.journal.receipts("default", ["b"])
        assert not bench.do("b", "al", Move(to="bo", amount=4)).replayed

    def test_other_trouble_is_not_tried_again(self, bench: Bench) -> None:
        """A store that is out of reach is the caller's to handle, at once."""

        def down() -> None:
            raise OperationalError("the store is locked")

        bench.journal.rivals = [down]
        with pytest.raises(OperationalError, match="locked"):
            bench.do("a", "al", Add(amount=5))

        assert ["read", "commit"] == bench.journal.calls
        assert [0] == bench.totals("al")


def add(id: str, subject: str, amount: int) -> Command:  # noqa: A002 - the word in use
    """Return a command that adds."""
    return Command(id=id, subject=subject, body=Add(amount=amount))


class TestBatch:
    """Many commands with one read and one commit."""

    def test_one_read_one_commit(self, bench: Bench) -> None:
        """However many commands and subjects, the journal is asked once and written once."""
        bench.batch("b", *(add(f"c{n}", f"s{n % 7}", n) for n in range(50)))

        assert ["read", "commit"] == bench.journal.calls

    def test_what_it_says(self, bench: Bench) -> None:
        """The result counts commands, changes, entries, and names the refused."""
        result = bench.batch(
            "b",
            add("a", "al", 5),
            add("z", "al", 0),
            Command(id="m", subject="al", body=Move(to="bo", amount=2)),
            Command(id="n", subject="al", body=Move(to="bo", amount=9)),
        )

        assert Batch("b", 4, 2, 3, FrozenMapping({"n": "not-enough"})) == result
        assert [3, 2] == bench.totals("al", "bo")

    def test_commands_see_each_other(self, bench: Bench) -> None:
        """What an earlier command brought, a later one may move on."""
        bench.batch(
            "b",
            add("a", "al", 5),
            Command(id="m", subject="al", body=Move(to="bo", amount=5)),
            Command(id="n", subject="bo", body=Move(to="cy", amount=5)),
        )

        assert [0, 0, 5] == bench.totals("al", "bo", "cy")
        assert [1, 2] == [entry.version for entry in bench.entries("al")]
        assert ["a", "m"] == [entry.command_id for entry in bench.entries("al")]

    def test_replay(self, bench: Bench) -> None:
        """The same batch again gives the first result and writes nothing."""
        commands = (add("a", "al", 5), Command(id="n", subject="al", body=Move(to="bo", amount=9)))
        first = bench.batch("b", *commands)

        assert attrs.evolve(first, replayed=True) == bench.batch("b", *commands)
        assert [5] == bench.totals("al")

    @pytest.mark.parametrize(
        ("commands", "parts"),
        [((add("a", "al", 6),), "input"), ((add("a", "al", 5),) * 2, "commands, input")],
    )
    def test_conflict(self, bench: Bench, commands: tuple[Command, ...], parts: str) -> None:
        """Another batch under the id is refused, naming whether number or input differs."""
        bench.batch("b", add("a", "al", 5))
        with pytest.raises(CommandConflictError) as caught:
            bench.batch("b", *commands)

        assert parts == caught.value.difference
        assert [5] == bench.totals("al")

    def test_the_receipt_is_the_run_header(self, bench: Bench) -> None:
        """One receipt holds the counts and the policy versions used; single commands leave none."""
        policy = fee(3, 5)
        bench = Bench(desk(policy))
        bench.batch(
            "b",
            Command(id="x", subject="al", body=Charge(on=date(2020, 6, 1))),
            Command(id="y", subject="bo", body=Charge(on=date(2020, 6, 1))),
        )
        receipts = bench.journal.receipts("default", ["b", "x", "y"])

        assert ["b"] == list(receipts)
        assert {
            "commands": 2,
            "changed": 2,
            "entries": 2,
            "refused": {},
            "policies": [str(policy.versions[0].ref)],
        } == receipts["b"].result

    def test_a_lost_race(self, bench: Bench) -> None:
        """A batch decides again as a whole."""
        bench.do("a", "al", Add(amount=5))
        bench.journal.rivals = [lambda: bench.do("r", "al", Move(to="cy", amount=3))]
        result = bench.batch(
            "b", add("p", "bo", 1), Command(id="m", subject="al", body=Move(to="bo", amount=4))
        )

        assert {"m": "not-enough"} == dict(result.refused)
        assert [2, 1, 3] == bench.totals("al", "bo", "cy")

    def test_all_or_nothing(self) -> None:
        """A batch that cannot be written leaves nothing of any command."""
        bench = Bench(desk(attempts=1))
        bench.journal.rivals = [lambda: bench.do("r", "bo", Add(amount=1))]
        with pytest.raises(RaceLostError):
            bench.batch("b", add("a", "al", 5), add("c", "bo", 5))

        assert [0, 1] == bench.totals("al", "bo")
        assert [] == bench.agenda()

    def test_one_command_that_fails(self, bench: Bench) -> None:
        """A mistake in one command stops the batch before anything is written."""
        wrong = Command(id="w", subject="bo", body=Add(amount=1), actor="x", approved_by="x")
        with pytest.raises(ValueError, match="a second person approves"):
            bench.batch("b", add("a", "al", 5), wrong)

        assert [0] == bench.totals("al")
        assert {} == bench.journal.receipts("default", ["b"])

    def test_empty(self, bench: Bench) -> None:
        """A batch without commands is a batch."""
        assert Batch("b", 0, 0, 0, FrozenMapping()) == bench.batch("b")
        assert bench.batch("b").replayed


class TestAgenda:
    """What must be looked at follows from the state and lives with the entries."""

    def test_put_replaced_and_dropped(self, bench: Bench) -> None:
        """A reminder comes on the agenda with the entry that sets it, moves with the next, and goes."""
        later = NOW + timedelta(days=2)

        bench.do("a", "al", Remind(at=NOW))
        assert [("al/remind", NOW)] == bench.agenda()
        bench.do("b", "al", Remind(at=later))
        assert [("al/remind", later)] == bench.agenda()
        assert [] == bench.agenda(by=NOW)
        bench.do("c", "al", Remind())
        assert [] == bench.agenda()

    def test_several_matters(self, bench: Bench) -> None:
        """Each matter of a record has its own item; one that did not change is left alone."""
        bench.do("a", "al", Remind(at=NOW))
        bench.do("b", "al", Join(group="g1"))

        assert [("al/remind", NOW), ("al/review", REVIEW)] == bench.agenda()
        (item, _) = bench.journal.due("default", REVIEW, limit=2)
        bench.journal.park(item, "waiting")
        bench.do("c", "al", Add(amount=5))

        assert [("al/review", REVIEW)] == bench.agenda()

    def test_a_refusal_leaves_it(self, bench: Bench) -> None:
        """A command that writes nothing changes nothing on the agenda."""
        bench.do("a", "al", Remind(at=NOW))
        bench.do("b", "al", Move(to="bo", amount=9))
        bench.do("c", "al", Add(amount=0))

        assert [("al/remind", NOW)] == bench.agenda()

    def test_a_batch_writes_the_net_change(self, bench: Bench) -> None:
        """What one command of a batch puts and a later one takes off was never there."""
        bench.batch(
            "b",
            Command(id="a", subject="al", body=Remind(at=NOW)),
            Command(id="c", subject="al", body=Remind()),
            Command(id="d", subject="bo", body=Remind(at=NOW)),
        )

        assert [("bo/remind", NOW)] == bench.agenda()

    def test_nothing_without_its_entries(self) -> None:
        """Where the entries could not be written, the item is not there either."""
        bench = Bench(desk(attempts=1))
        bench.journal.rivals = [lambda: bench.do("r", "al", Add(amount=1))]
        with pytest.raises(RaceLostError):
            bench.do("a", "al", Remind(at=NOW))

        assert [] == bench.agenda()


class TestEnvelope:
    """What an entry carries."""

    def test_everything(self, bench: Bench) -> None:
        """The envelope names who, when, why and from where; the note stands in the sealed part."""
        bench.do(
            "a",
            "al",
            Add(amount=5, note="private"),
            actor="clerk-1",
            approved_by="boss",
            at=NOW - timedelta(days=1),
            source="branch",
            correlation_id="case-7",
        )

        assert (
            Entry(
                stream=Stream("default", "toy.counter", "al"),
                version=1,
                kind="added",
                effective_at=NOW - timedelta(days=1),
                recorded_at=NOW,
                actor="clerk-1",
                command_id="a",
                data={"amount": 5},
                sealed={"note": "private"},
                approved_by="boss",
                source="branch",
                correlation_id="case-7",
            ),
        ) == bench.entries("al")

    def test_business_time_is_now_where_none_is_given(self, bench: Bench) -> None:
        """A command without a time takes effect when it is given."""
        bench.do("a", "al", Add(amount=5))
        (entry,) = bench.entries("al")

        assert (NOW, NOW) == (entry.effective_at, entry.recorded_at)
        assert entry.sealed is None

    def test_a_context(self, bench: Bench) -> None:
        """A decision sees both times, the actor, the approver and the policies."""
        before = NOW - timedelta(days=1)
        command = Command(
            id="a", subject="al", body=Add(amount=1), actor="clerk-1", approved_by="boss", at=before
        )
        context = bench.desk.context(command, NOW)

        assert (before, NOW, "clerk-1", "boss", bench.desk.policies) == attrs.astuple(
            context, recurse=False
        )
        with pytest.raises(UnknownNameError, match=r"toy\.fee"):
            context.policy("toy.fees")


class TestEvents:
    """The codec between events and entries."""

    ENTRY = Entry(
        stream=Stream("default", "toy.counter", "al"),
        version=1,
        kind="added",
        effective_at=NOW,
        recorded_at=NOW,
        actor="clerk-1",
        command_id="a",
        data={"amount": 5},
        sealed={"note": "private"},
    )

    def test_there_and_back(self) -> None:
        """What is sealed goes apart and comes back."""
        event = Added(amount=5, note="private")
        encoded = EVENTS.encode(event)

        assert Encoded("added", {"amount": 5}, {"note": "private"}) == encoded
        assert event == EVENTS.decode(self.ENTRY)

    def test_erased(self) -> None:
        """Once the sealed part is gone, the default stands in and replay still works."""
        assert Added(amount=5) == EVENTS.decode(attrs.evolve(self.ENTRY, sealed=None))

    def test_nothing_to_seal(self) -> None:
        """An event without a note has no sealed part."""
        assert EVENTS.encode(Added(amount=5)).sealed is None

    @pytest.mark.parametrize("change", [{"kind": "doubled"}, {"schema": 2}])
    def test_a_newer_entry(self, change: dict[str, Any]) -> None:
        """An unknown kind or a newer schema is not guessed at; the message says what to do."""
        with pytest.raises(UnknownKindError) as caught:
            EVENTS.decode(attrs.evolve(self.ENTRY, **change))

        assert "default/toy.counter/al version 1" in str(caught.value)
        assert "Upgrade the package" in str(caught.value)
        assert "added" in str(caught.value)

    def test_a_newer_entry_stops_the_desk(self, bench: Bench) -> None:
        """A stream with an entry this version cannot read is neither decided on nor written."""
        newer = attrs.evolve(self.ENTRY, kind="doubled")
        bench.journal.commit(Commit(appends=(Append(newer.stream, 0, (newer,)),)))
        with pytest.raises(UnknownKindError):
            bench.do("b", "al", Add(amount=5))

        assert (newer,) == bench.entries("al")

    def test_a_quick_reader(self) -> None:
        """A class with its own reader is read by it."""
        entry = attrs.evolve(self.ENTRY, kind="bonus", sealed=None)

        assert Bonus(amount=5) == EVENTS.decode(entry)

    def test_a_quick_reader_that_fails(self) -> None:
        """What it cannot read is trouble with the store, naming stream and version."""
        with pytest.raises(
            StoreError, match=r"default/toy\.counter/al@1 cannot be read as 'bonus'"
        ):
            EVENTS.decode(attrs.evolve(self.ENTRY, kind="bonus", data={}, sealed=None))

    def test_the_class_says_which_schema(self) -> None:
        """What is written carries the schema of its class: one more than it has upcasters."""
        assert [3, 2] == [LIFTED.encode(event).schema for event in (Added(amount=5), Nothing())]

    @pytest.mark.parametrize("schema", [1, 2, 3])
    @pytest.mark.parametrize("kind", ["added", "gained"])
    def test_lifted(self, kind: str, schema: int) -> None:
        """An entry of an older schema, or under an older name, is read as if written today."""
        entry = old(5, "private", schema=schema, kind=kind)

        assert Added(amount=60, note="private") == LIFTED.decode(entry)
        assert {"amount": 60, "note": "private"} == LIFTED.lifted(entry)

    @pytest.mark.parametrize("schema", [1, 2, 3])
    def test_lifted_without_what_was_erased(self, schema: int) -> None:
        """An older entry whose sealed part is gone is lifted all the same."""
        assert Added(amount=60) == LIFTED.decode(
            attrs.evolve(old(5, "x", schema=schema), sealed=None)
        )

    def test_a_kind_that_means_nothing_any_more(self) -> None:
        """A kind that was dropped is read as a class without fields, whatever it held."""
        entry = attrs.evolve(self.ENTRY, kind="noise", data={"any": "thing"})

        assert Nothing() == LIFTED.decode(entry)

    def test_written_under_the_first_name(self) -> None:
        """A class with two names is written under the first; the second is that of old entries."""
        assert "added" == LIFTED.encode(Added(amount=5)).kind

    @pytest.mark.parametrize("schema", [0, 4])
    def test_a_schema_of_the_future(self, schema: int) -> None:
        """A schema past the class's own is not guessed at, and neither is one before the first."""
        with pytest.raises(UnknownKindError, match=r"added up to 3.*Upgrade the package"):
            LIFTED.decode(attrs.evolve(self.ENTRY, schema=schema))

    def test_a_lift_that_fails(self) -> None:
        """An entry that is not of the schema it names is trouble with the store, not a guess."""
        entry = attrs.evolve(self.ENTRY, schema=2, data={"n": 5})
        with pytest.raises(StoreError, match=r"al@1 cannot be lifted from schema 2 of 'added'"):
            LIFTED.decode(entry)

    @pytest.mark.parametrize(
        ("kind", "schema", "data"),
        [
            ("bonus", 1, {"n": "ZHANG WEI"}),
            ("added", 3, {"amount": "ZHANG WEI"}),
            ("added", 1, {"n": "ZHANG WEI"}),
        ],
    )
    def test_no_fact_gets_into_a_message(
        self, kind: str, schema: int, data: dict[str, Json]
    ) -> None:
        """What cannot be read may be a customer's fact: neither the error nor its cause tells it."""
        codec = EVENTS if kind == "bonus" else LIFTED
        entry = attrs.evolve(self.ENTRY, kind=kind, schema=schema, data=data, sealed=None)

        with pytest.raises(StoreError) as refused:
            codec.decode(entry)

        assert "ZHANG" not in str(refused.value)
        assert refused.value.__suppress_context__

    def test_upcasters_of_no_kind(self) -> None:
        """Upcasters of a kind without a class are a mistake, and the near name is offered."""
        with pytest.raises(UnknownNameError, match="did you mean added"):
            Events({"added": Added}, {"aded": (_renamed,)})

    def test_an_older_entry_is_explained(self) -> None:
        """The policy versions that an older entry names are found in it as lifted."""
        policy = fee(3)
        events = Events({"charged": Charged}, {"charged": (_under,)})
        bench = Bench(Desk(attrs.evolve(COUNTER, events=events), (policy,)))
        data: dict[str, Json] = {"amount": 3, "under": ref_json(policy.versions[0].ref)}
        entry = attrs.evolve(self.ENTRY, kind="charged", data=data, sealed=None)
        commit = Commit(
            appends=(Append(entry.stream, 0, (entry,)),),
            versions=bench.desk.keep(policy.versions),
        )
        bench.journal.commit(commit)
        found = serve(bench.desk.explain("al", 1, rebuild), bench.journal)

        assert ((policy.versions[0].ref, policy.versions[0].source),) == found.sources


class TestPurged:
    """A stream of which only the tombstone is left."""

    STONE = attrs.evolve(
        TestEvents.ENTRY,
        version=4,
        kind=PURGED,
        data={"through": 3, "reason": "kept ten years", "count": 3, "chain": ""},
        sealed=None,
    )

    def test_it_says_when_and_why(self) -> None:
        """The tombstone is no event: the error names the stream, the day and the reason."""
        with pytest.raises(PurgedError) as caught:
            EVENTS.decode(self.STONE)

        assert ("default/toy.counter/al", "2026-03-31", "kept ten years") == caught.value.args
        assert "purged under retention on 2026-03-31 (UTC) (kept ten years)" in str(caught.value)

    def test_without_a_reason(self) -> None:
        """A tombstone that holds nothing is one all the same, of whatever schema."""
        stone = attrs.evolve(self.STONE, data={}, schema=9)
        with pytest.raises(PurgedError, match=r"on 2026-03-31 \(UTC\); its entries are gone"):
            EVENTS.decode(stone)

    def test_the_desk_does_nothing_more(self, bench: Bench) -> None:
        """Nothing is decided on a purged stream, seen or explained of it, or written to it."""
        stream = bench.desk.stream("al")
        bench.journal.read = lambda stream, after=0: (self.STONE,)  # type: ignore[method-assign]
        bench.journal.read_many = lambda streams: {  # type: ignore[method-assign]
            stream: History(stream, (self.STONE,))
        }
        for asking in (
            bench.desk.handle(add("a", "al", 1), NOW),
            bench.desk.view("al", NOW),
            bench.desk.explain("al", 2, rebuild),
            bench.desk.explain("al", 4, rebuild),
        ):
            with pytest.raises(PurgedError):
                serve(asking, bench.journal)

        assert {} == bench.journal.receipts("default", ["a"])
        assert () == bench.journal.feed(limit=1)


class TestPolicies:
    """The versions a decision used are kept, and do not change."""

    def test_a_missing_policy(self) -> None:
        """A desk without a policy its record works under is refused when it is set up."""
        with pytest.raises(UnknownNameError, match=r"policy of kind 'toy\.fee'"):
            Desk(COUNTER)

    def test_used_versions_are_kept(self) -> None:
        """The text of a version is in the archive with the entries that used it; others are not."""
        policy = fee(3, 5)
        bench = Bench(desk(policy))
        used, unused = (version.ref for version in policy.versions)
        bench.do("a", "al", Charge(on=date(2020, 6, 1)))
        kept = bench.journal.kept("default", "acme/fee", used.digest)

        assert (
            KeptVersion(
                "default",
                "acme/fee",
                "2020-01-01",
                "2020-01-01",
                used.digest,
                policy.versions[0].text,
            )
            == kept
        )
        assert bench.journal.kept("default", "acme/fee", unused.digest) is None

    def test_a_version_used_without_change_is_kept_too(self, bench: Bench) -> None:
        """Versions are kept once, however often they were used."""
        version = fee(3).versions[0]

        assert 1 == len(bench.desk.keep((version, version)))

    def test_cohorts_of_the_same_days(self) -> None:
        """Two cohorts of the same days are two versions in the archive."""
        raw: dict[str, Any] = {"fact": [{"name": "region", "type": "text"}]}
        one, two = (
            fee(3, **raw, applies_to={"fact": "region", "equals": region}).versions[0]
            for region in ("east", "west")
        )
        kept = Bench().desk.keep((one, two, fee(3).versions[0]))

        assert 3 == len({version.applies_to for version in kept})
        assert "" == kept[2].applies_to

    def test_a_used_version_does_not_change(self) -> None:
        """Another content under the same dates is refused, and nothing is written with it."""
        bench = Bench(desk(fee(3)))
        bench.do("a", "al", Charge(on=date(2020, 6, 1)))
        edited = Bench(desk(fee(4)), bench.journal)
        with pytest.raises(IntegrityError, match="A used version does not change"):
            edited.do("b", "al", Charge(on=date(2020, 6, 1)))

        assert [-3] == bench.totals("al")
        assert {} == bench.journal.receipts("default", ["b"])

    def test_a_correction_is_another_version(self) -> None:
        """The same first day, known later, is a version of its own and may be used."""
        bench = Bench(desk(fee(3)))
        bench.do("a", "al", Charge(on=date(2020, 6, 1)))
        corrected = Bench(desk(fee(4, known_on=date(2021, 1, 1))), bench.journal)
        corrected.do("b", "al", Charge(on=date(2020, 6, 1)))

        assert [-7] == bench.totals("al")

    def test_knowledge_time(self) -> None:
        """A command decided before a version was known does not see it."""
        bench = Bench(desk(fee(3, known_on=date(2026, 6, 1))))

        assert "not-in-force" == bench.do("a", "al", Charge(on=date(2026, 7, 1))).refused


class TestSnapshots:
    """Snapshots save time and change nothing."""

    def test_taken_in_time(self) -> None:
        """After as many entries as set up, the state is kept; the read then begins there."""
        bench = Bench(desk(snapshot_every=3))
        for number in range(7):
            bench.do(f"a{number}", "al", Add(amount=1))
        stream = bench.desk.stream("al")
        history = bench.journal.read_many((stream,))[stream]

        assert (
            Snapshot(stream, 6, 1, {"total": 6, "remind_at": None, "group": ""}) == history.snapshot
        )
        assert [7] == [entry.version for entry in history.entries]
        assert [7] == bench.totals("al")

    def test_a_batch_takes_them_too(self) -> None:
        """A batch that brings a stream far enough keeps its state."""
        bench = Bench(desk(snapshot_every=3))
        bench.batch("b", *(add(f"a{n}", "al", 1) for n in range(4)), add("c", "bo", 1))
        stream, other = bench.desk.stream("al"), bench.desk.stream("bo")
        histories = bench.journal.read_many((stream, other))

        assert histories[stream].snapshot is not None
        assert (4, ()) == (histories[stream].version, histories[stream].entries)
        assert histories[other].snapshot is None

    def test_writing_on_after_one(self) -> None:
        """A stream read from a snapshot alone goes on at the right version, agenda included."""
        bench = Bench(desk(snapshot_every=1))
        bench.do("a", "al", Remind(at=NOW))
        bench.do("b", "al", Remind())

        assert [] == bench.agenda()
        assert [1, 2] == [entry.version for entry in bench.entries("al")]

    def test_a_record_without_a_codec_takes_none(self) -> None:
        """A record that cannot freeze its state is always folded whole."""
        journal = Watched()
        plain = Desk(PLAIN, snapshot_every=1)
        for number in range(3):
            serve(plain.handle(add(f"a{number}", "al", 1), NOW), journal)
        stream = plain.stream("al")

        assert journal.read_many((stream,))[stream].snapshot is None
        assert Counter(total=3) == serve(plain.view("al", NOW), journal)

    @pytest.mark.parametrize("record", [PLAIN, COUNTER], ids=["no-codec", "newer"])
    def test_one_that_cannot_be_read(self, record: Record[Counter]) -> None:
        """A snapshot without a codec, or of a newer layout, is never taken for an empty state."""
        snapshot = Snapshot(Stream("default", record.kind, "al"), 5, 2, {"total": 5})

        with pytest.raises(UnknownKindError, match="forget the snapshots"):
            record.thaw(snapshot)

    @pytest.mark.parametrize("schema", [1, 2, 4])
    def test_another_schema_is_left_aside(self, schema: int) -> None:
        """A snapshot of an older or newer layout counts as none; the next write may take a new one."""
        record = attrs.evolve(COUNTER, schema=3)
        bench = Bench(Desk(record, (fee(3),), snapshot_every=3))
        wrong: dict[str, Json] = {"sum": 99}
        stream = bench.desk.stream("al")
        for number in range(2):
            bench.do(f"a{number}", "al", Add(amount=1))
        bench.journal.commit(Commit(snapshots=(Snapshot(stream, 2, schema, wrong),)))

        assert [2] == bench.totals("al")

        bench.do("b", "al", Add(amount=1))
        snapshot = bench.journal.read_many((stream,))[stream].snapshot

        assert snapshot is not None
        assert (3, 3) == (snapshot.version, snapshot.schema)
        assert [3] == bench.totals("al")

    def test_a_record_that_freezes_no_more(self) -> None:
        """A snapshot of a record that has no codec is left aside."""
        journal = Watched()
        plain = Desk(PLAIN)
        serve(plain.handle(add("a", "al", 1), NOW), journal)
        journal.commit(Commit(snapshots=(Snapshot(plain.stream("al"), 1, 1, {"sum": 99}),)))

        assert Counter(total=1) == serve(plain.view("al", NOW), journal)

    def test_the_fold_is_bounded(self) -> None:
        """However long a stream is, fewer entries are read of it than lie between two snapshots."""
        bench, length, every = Bench(), 20_000, 200
        stream, entry = bench.desk.stream("al"), attrs.evolve(TestEvents.ENTRY, sealed=None)
        entries = tuple(attrs.evolve(entry, version=n) for n in range(1, length))
        bench.journal.commit(Commit(appends=(Append(stream, 0, entries),)))
        bench.do("first", "al", Add(amount=5))
        folded = []
        for number in range(2 * every + 1):
            history = bench.journal.read_many((stream,))[stream]
            folded.append(len(history.entries))
            bench.do(f"a{number}", "al", Add(amount=1))

        assert range(every) == range(min(folded), max(folded) + 1)
        assert [5 * length + 2 * every + 1] == bench.totals("al")

    def test_without_one(self) -> None:
        """Without a snapshot the fold begins at the initial state."""
        assert Counter() == COUNTER.thaw(None)


def group_bonus(bench: Bench, *amounts: int) -> None:
    """Write to the stream that the members of g1 follow."""
    stream = bench.desk.shared("g1")
    entries = tuple(
        Entry(
            stream=stream,
            version=index + 1,
            kind="bonus",
            effective_at=NOW,
            recorded_at=NOW,
            actor="system",
            command_id="run-1",
            data={"amount": amount},
        )
        for index, amount in enumerate(amounts)
    )
    bench.journal.commit(Commit(appends=(Append(stream, 0, entries),)))


class TestFollowed:
    """A record may follow a stream that it shares with others."""

    @pytest.mark.parametrize("snapshot_every", [1, 200])
    def test_what_is_shared_reaches_its_followers(self, snapshot_every: int) -> None:
        """Members see the entries of their group, others do not; one read serves all members."""
        bench = Bench(desk(snapshot_every=snapshot_every))
        bench.do("a", "al", Join(group="g1"))
        bench.do("b", "bo", Join(group="g1"))
        bench.do("c", "cy", Add(amount=1))
        group_bonus(bench, 10, 20)
        bench.journal.calls.clear()
        loaded = serve(bench.desk.load(("al", "bo", "cy")), bench.journal)

        assert [30, 30, 0] == [loaded[subject].state.bonus for subject in ("al", "bo", "cy")]
        assert ["read", "read"] == bench.journal.calls
        assert [1, 1, 1] == [loaded[subject].version for subject in ("al", "bo", "cy")]

    def test_what_is_shared_has_snapshots_too(self) -> None:
        """At every so many events of a shared stream, what they come to is kept; the read begins there."""
        bench = Bench(Desk(GISTED, (fee(3),), snapshot_every=2))
        bench.do("a", "al", Join(group="g1"))
        group_bonus(bench, 10, 20, 30)
        told = [Bonus(amount=amount) for amount in (10, 20, 30)]
        stream = bench.desk.shared("g1")
        assert [(), ()] == [bench.desk.shared_snapshots("g1", told[:count]) for count in (1, 3)]

        taken = bench.desk.shared_snapshots("g1", told[:2])
        bench.journal.commit(Commit(snapshots=taken))
        assert (Snapshot(stream, 2, 1, {"count": 2, "sum": 30}),) == taken
        assert [3] == [e.version for e in bench.journal.read_many((stream,))[stream].entries]
        assert 60 == bench.state("al").bonus

        bench.journal.commit(Commit(snapshots=(attrs.evolve(taken[0], schema=2, state={}),)))
        assert 60 == bench.state("al").bonus

    def test_a_record_that_sums_nothing_up(self) -> None:
        """A record without a codec for what is shared takes no snapshot of it, and reads it whole."""
        bench = Bench(desk(snapshot_every=1))
        bench.do("a", "al", Join(group="g1"))
        group_bonus(bench, 10, 20)
        stream = bench.desk.shared("g1")
        assert () == bench.desk.shared_snapshots("g1", [Bonus(amount=10)])

        bench.journal.commit(Commit(snapshots=(Snapshot(stream, 2, 1, {"sum": 99}),)))
        assert 30 == bench.state("al").bonus


def rebuild(
    kept: KeptVersion, beside: tuple[KeptVersion, ...] = (), *, later: bool = False
) -> Version[Any]:
    """Build a version again from the archive."""
    return read_kept(kept.text, SHELF.kinds, SHELF)


class Ignoring(Events):
    """A codec that does not look at the sealed part."""

    def decode(self, entry: Entry) -> Any:
        """Return the event an entry holds, as it was before something was sealed."""
        return super().decode(attrs.evolve(entry, sealed=None))


class TestExplain:
    """Explaining an entry folds to the version before and decides again, from the archive."""

    def test_an_entry(self) -> None:
        """The state before and the kept version explain it; later entries do not matter."""
        policy = fee(3, 5)
        bench = Bench(desk(policy))
        bench.do("a", "al", Add(amount=5))
        bench.do("b", "al", Charge(on=date(2020, 6, 1)))
        bench.do("c", "al", Add(amount=7))
        edited = Bench(desk(fee(99)), bench.journal)
        found = serve(edited.desk.explain("al", 2, rebuild), bench.journal)

        assert Reason("CHARGED", (("total", 5), ("bonus", 0))) == found.headline
        assert ((policy.versions[0].ref, policy.versions[0].source),) == found.sources

    def test_snapshots_do_not_matter(self) -> None:
        """An entry before the newest snapshot is explained from the whole stream."""
        bench = Bench(desk(snapshot_every=1))
        bench.do("a", "al", Add(amount=5))
        bench.do("b", "al", Charge(on=date(2020, 6, 1)))
        bench.do("c", "al", Add(amount=7))

        assert ("total", 5) == serve(
            bench.desk.explain("al", 2, rebuild), bench.journal
        ).headline.facts[0]

    @pytest.mark.parametrize(("seen", "bonus"), [(None, 30), (0, 0), (1, 10)])
    def test_what_was_seen_of_the_group(self, seen: int | None, bonus: int) -> None:
        """An entry that says how much of the shared stream it had seen is explained with that much."""
        policy = fee(3)
        bench = Bench(desk(policy))
        bench.do("a", "al", Join(group="g1"))
        group_bonus(bench, 10, 20)
        ref = FrozenMapping(ref_json(policy.versions[0].ref))
        event = Charged(amount=1, version=ref, was=ref, seen=seen)
        command = Command(id="b", subject="al", body=Charge(on=date(2020, 6, 1)))
        entries = bench.desk.entries_for("al", 1, (event,), command, NOW)
        bench.journal.commit(
            Commit(
                appends=(Append(bench.desk.stream("al"), 1, entries),),
                versions=bench.desk.keep(policy.versions),
            )
        )
        found = serve(bench.desk.explain("al", 2, rebuild), bench.journal)

        assert ("bonus", bonus) == found.headline.facts[1]

    def test_what_was_not_its_past(self) -> None:
        """An entry is explained on those written before it that the record says were its past."""
        told: list[tuple[Sequence[Any], Any]] = []

        def past(events: Sequence[Any], event: Any) -> Sequence[Any]:
            told.append((events, event))
            return [held for held in events if held != Added(amount=5)]

        bench = Bench(Desk(attrs.evolve(COUNTER, past=past), (fee(3),)))
        bench.do("a", "al", Add(amount=5))
        bench.do("b", "al", Add(amount=2))
        bench.do("c", "al", Charge(on=date(2020, 6, 1)))
        bench.do("d", "al", Add(amount=9))
        found = serve(bench.desk.explain("al", 3, rebuild), bench.journal)

        assert ("total", 2) == found.headline.facts[0]
        assert [[Added(amount=5), Added(amount=2)]] == [list(events) for events, _ in told]
        assert isinstance(told[0][1], Charged)

    @pytest.mark.parametrize("sealed", [None, {"box": "…"}])
    def test_facts_that_are_not_at_hand(self, sealed: dict[str, Json] | None) -> None:
        """Facts that are gone are said to be erased; facts under a seal are not."""
        blind = attrs.evolve(
            COUNTER,
            events=Events({"charged": Charged}),
            explain=lambda before, event, find: None,
        )
        bench = Bench(Desk(blind, (fee(3),)))
        ref = FrozenMapping({"policy": "acme/fee", "since": "2020-01-01", "digest": "0" * 32})
        command = Command(id="b", subject="al", body=Charge(on=date(2020, 6, 1)))
        (made,) = bench.desk.entries_for("al", 0, (Charged(amount=1, version=ref),), command, NOW)
        entry = attrs.evolve(made, sealed=sealed)
        bench.journal.commit(Commit(appends=(Append(bench.desk.stream("al"), 0, (entry,)),)))
        if sealed is None:
            found = serve(bench.desk.explain("al", 1, rebuild), bench.journal)
            assert ("erased", ()) == (found.headline.code, found.checks)
            return

        seeing = attrs.evolve(blind, events=Ignoring({"charged": Charged}))
        with pytest.raises(StoreError, match=r"al@1 is sealed.*It was not erased"):
            serve(Desk(seeing, (fee(3),)).explain("al", 1, rebuild), bench.journal)

    def test_an_entry_that_cannot_be_read_without_its_seal(self) -> None:
        """A class with a codec of its own that reads what is sealed says that the keys are missing."""
        box: dict[str, Json] = {"bankservice.sealed": 1, "key": "k", "box": "…"}
        told = Command(id="b", subject="al", body=Charge(on=date(2020, 6, 1)))
        (made,) = desk().entries_for("al", 0, (Added(amount=1),), told, NOW)
        entry = attrs.evolve(made, kind="bonus", data={}, sealed=box)
        reading = Events({"bonus": Bonus})

        assert entry.locked
        with pytest.raises(StoreError, match=r"al@1 is sealed.*It was not erased"):
            reading.decode(entry)
        with pytest.raises(StoreError, match=r"al@1 cannot be read as 'bonus'"):
            reading.decode(attrs.evolve(entry, sealed=None))

    def test_a_version_that_was_not_kept(self) -> None:
        """An entry that names a version the archive does not have says which."""
        bench = Bench()
        ref = FrozenMapping({"policy": "acme/fee", "since": "2020-01-01", "digest": "0" * 32})
        command = Command(id="b", subject="al", body=Charge(on=date(2020, 6, 1)))
        entries = bench.desk.entries_for("al", 0, (Charged(amount=1, version=ref),), command, NOW)
        bench.journal.commit(Commit(appends=(Append(bench.desk.stream("al"), 0, entries),)))

        with pytest.raises(UnknownNameError, match=r"acme/fee \(000000000000\)"):
            serve(bench.desk.explain("al", 1, rebuild), bench.journal)

    @pytest.mark.parametrize(("subject", "version"), [("al", 2), ("al", 0), ("bo", 1)])
    def test_no_such_entry(self, bench: Bench, subject: str, version: int) -> None:
        """A version the stream does not have is named with its stream."""
        bench.do("a", "al", Add(amount=5))

        with pytest.raises(UnknownNameError, match=f"default/toy.counter/{subject}@{version}"):
            serve(bench.desk.explain(subject, version, rebuild), bench.journal)

    def test_a_record_that_decides_nothing(self) -> None:
        """A record without decisions has nothing to explain."""
        journal = Watched()
        plain = Desk(PLAIN)
        serve(plain.handle(add("a", "al", 1), NOW), journal)

        with pytest.raises(UnknownNameError, match="al@1"):
            serve(plain.explain("al", 1, rebuild), journal)


# -- properties -----------------------------------------------------------------------------------

SUBJECTS = ("al", "bo", "cy")


def bodies() -> st.SearchStrategy[Any]:
    """Return commands of every sort."""
    subjects, amounts = st.sampled_from(SUBJECTS), st.integers(0, 9)
    return st.one_of(
        st.builds(Add, amount=st.integers(-3, 9)),
        st.builds(Move, to=subjects, amount=amounts),
        st.builds(Match, other=subjects),
        st.builds(Charge, on=st.dates(date(2019, 6, 1), date(2022, 6, 1))),
        st.builds(Remind, at=st.none() | st.integers(0, 3).map(lambda n: NOW + timedelta(days=n))),
        st.builds(Join, group=st.just("g1")),
    )


def commands() -> st.SearchStrategy[list[Command]]:
    """Return commands with ids of their own; no transfer to oneself."""
    pairs = st.tuples(st.sampled_from(SUBJECTS), bodies()).filter(
        lambda pair: pair[0] != getattr(pair[1], "to", None)
    )
    return st.lists(pairs, max_size=12).map(
        lambda found: [
            Command(id=f"c{index}", subject=subject, body=body)
            for index, (subject, body) in enumerate(found)
        ]
    )


@given(commands(), st.integers(1, 4), st.sets(st.integers(0, 11)))
def test_snapshots_change_nothing(
    given_commands: list[Command], every: int, forgets: set[int]
) -> None:
    """With any snapshots, forgotten at any time, all answers, states and items are those without."""
    plain, snapped = Bench(), Bench(desk(snapshot_every=every))
    for index, command in enumerate(given_commands):
        assert plain.give(command) == snapped.give(command)
        if index in forgets:
            snapped.journal.forget_snapshots()
    for subject in SUBJECTS:
        assert plain.state(subject) == snapped.state(subject)
        assert plain.entries(subject) == snapped.entries(subject)
    assert plain.agenda() == snapped.agenda()


@given(
    st.lists(
        st.tuples(
            st.integers(-9, 9),
            st.text(max_size=3),
            st.sampled_from([1, 2, 3]),
            st.sampled_from(["added", "gained"]),
            st.booleans(),
        )
    )
)
def test_old_entries_fold_as_new_ones(written: list[tuple[int, str, int, str, bool]]) -> None:
    """Whatever schemas and names a stream's entries have, it folds to what it would written today."""
    record = attrs.evolve(PLAIN, events=LIFTED)
    events = []
    for place, (dozens, note, schema, kind, erased) in enumerate(written, 1):
        entry = old(dozens, note, schema=schema, kind=kind, version=place)
        events.append(LIFTED.decode(attrs.evolve(entry, sealed=None) if erased else entry))
    today = [
        Added(amount=12 * dozens, note="" if erased else note)
        for dozens, note, _, _, erased in written
    ]

    assert today == events
    assert record.fold(record, Counter(), today, ()) == record.fold(record, Counter(), events, ())


@given(commands(), st.integers(1, 4), st.lists(st.integers(1, 3), min_size=12, max_size=12))
def test_snapshots_of_any_schema_change_nothing(
    given_commands: list[Command], every: int, schemas: list[int]
) -> None:
    """Packages whose states have other layouts may take turns at one journal, at any time."""
    plain, journal = Bench(), Watched()
    turns = {
        schema: Bench(
            Desk(attrs.evolve(COUNTER, schema=schema), (fee(3, 5),), snapshot_every=every), journal
        )
        for schema in (1, 2, 3)
    }
    for command, schema in zip(given_commands, schemas, strict=False):
        assert plain.give(command) == turns[schema].give(command)
    for subject in SUBJECTS:
        assert [plain.state(subject)] * 3 == [turn.state(subject) for turn in turns.values()]
        assert plain.entries(subject) == turns[1].entries(subject)
    assert plain.agenda() == turns[1].agenda()


@given(commands())
def test_a_batch_is_its_commands_one_by_one(given_commands: list[Command]) -> None:
    """A batch leads to the states, entries and agenda of its commands given one after another."""
    single, batched = Bench(), Bench()
    answers = [single.give(command) for command in given_commands]
    result = batched.batch("b", *given_commands)

    assert {a.command_id: a.refused for a in answers if a.refused} == dict(result.refused)
    assert sum(bool(answer.versions) for answer in answers) == result.changed
    assert single.agenda() == batched.agenda()
    for subject in SUBJECTS:
        assert single.state(subject) == batched.state(subject)
        assert single.entries(subject) == batched.entries(subject)


@given(commands())
def test_replay_is_quiet(given_commands: list[Command]) -> None:
    """Given again in any state of the record, every command gets its first answer; nothing changes."""
    bench = Bench()
    answers = [bench.give(command) for command in given_commands]
    before = [bench.entries(subject) for subject in SUBJECTS]
    again = [bench.give(command) for command in reversed(given_commands)]

    assert [attrs.evolve(a, replayed=True) for a in answers] == again[::-1]
    assert before == [bench.entries(subject) for subject in SUBJECTS]


@given(commands())
def test_the_agenda_follows_from_the_states(given_commands: list[Command]) -> None:
    """After any commands, the agenda holds exactly what the states say is due."""
    bench = Bench()
    for command in given_commands:
        bench.give(command)

    assert {
        f"{subject}/{key}": at
        for subject in SUBJECTS
        for key, at in _due(bench.state(subject)).items()
    } == dict(bench.agenda())


def test_receipts_are_values() -> None:
    """A receipt made by the desk names tenant, id, digest, answer and time."""
    receipt = Bench().desk.receipt("a", {"do": "1"}, {"refused": ""}, NOW)

    assert isinstance(receipt, Receipt)
    assert ("default", "a", {"refused": ""}, NOW, {"do": "1"}) == (
        receipt.tenant,
        receipt.command_id,
        receipt.result,
        receipt.recorded_at,
        receipt.content,
    )
