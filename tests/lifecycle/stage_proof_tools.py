"""What the proofs of stages share: policies from tables, drawn lives, the rule told as the oracle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import stage_oracle as oracle
from hypothesis import strategies as st

from bankservice import lifecycle
from bankservice.core.answer import Answer
from bankservice.core.calendar import midnight
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.journals import MemoryJournal
from bankservice.lifecycle.policy import SHELF
from bankservice.lifecycle.stages.service import Lifecycles
from bankservice.lifecycle.stages.views import LifecycleView
from bankservice.testing import strategies

START = date(2023, 1, 31)
HORIZON = date(2026, 6, 30)
LATE = datetime(2030, 1, 1, tzinfo=UTC)
CUSTOMER = "customer-1"
SIX_AND_TWELVE: Mapping[str, Any] = {"inactive_after": "P6M", "lost_after": "P12M"}

Acts = tuple[dict[str, Any], ...]
Told = list[oracle.Change]


def policy_of(*tables: Mapping[str, Any], since: date = date(2000, 1, 1)) -> Policy[Any]:
    """Load tables as versions of a policy, a year apart where they do not say."""
    source = {"text": "Acme retail policy", "clause": "1", "checked": "own"}
    versions = [
        {"since": since.replace(year=since.year + place), "source": source, **table}
        for place, table in enumerate(tables)
    ]
    raw = {"id": "acme/stages", "kind": "lifecycle.stages", "version": versions}
    return read_policy(raw, "a policy of this test", SHELF.kinds, SHELF)


def tables_of(policy: Policy[Any]) -> list[dict[str, Any]]:
    """Return the versions of a policy as the oracle reads them."""
    return [{**to_json(each.written), "since": each.since} for each in policy.versions]


def at(day: date) -> datetime:
    """Return noon of a day in UTC."""
    return midnight(day, "UTC") + timedelta(hours=12)


def facts_of(acts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what was done with a customer as facts of the rule."""
    facts: dict[str, Any] = {}
    rows: dict[str, list[dict[str, Any]]] = {"observe": [], "close": [], "hold": []}
    for act in acts:
        row = {name: value for name, value in act.items() if name not in ("do", "products")}
        if act["do"] == "know":
            facts["known_on"] = act["on"]
        elif act["do"] == "release":
            rows["hold"][-1]["until"] = act["on"]
        else:
            rows[act["do"]].append(row)
        if "products" in act:
            facts["products"] = act["products"]
    named = {"activity": "observe", "closures": "close", "holds": "hold"}
    return facts | {name: rows[do] for name, do in named.items() if rows[do]}


def told(history: Iterable[Any]) -> Told:
    """Return a history as the oracle tells it."""
    return [(change.stage.value, change.on, change.reason.value) for change in history]


def decided(policy: Policy[Any], acts: Iterable[Mapping[str, Any]], as_of: date) -> Any:
    """Return the decision of the rule."""
    return lifecycle.stage(policy, **facts_of(acts), as_of=as_of)


def by_rule(policy: Policy[Any], acts: Iterable[Mapping[str, Any]], as_of: date) -> Told:
    """Return the history that the rule finds."""
    return told(decided(policy, acts, as_of).outcome.history)


def by_oracle(policy: Policy[Any], acts: Iterable[Mapping[str, Any]], as_of: date) -> Told:
    """Return the history that the oracle finds."""
    return oracle.walk(tables_of(policy), [act for act in acts if act["on"] <= as_of], as_of)


def observed(*days: str, **more: Any) -> Acts:
    """Return payments on days."""
    return tuple({"do": "observe", "on": date.fromisoformat(day), **more} for day in days)


@st.composite
def lives(
    draw: st.DrawFn,
    *,
    quiet: bool = True,
    ends: bool = True,
    holds: bool = True,
    max_size: int = 12,
) -> Acts:
    """
    Draw what was done with one customer, ascending by day.

    Args:
        quiet: Whether there are events that do not count.
        ends: Whether all may be closed in the end.
        holds: Whether a hold may suspend the clocks for a while.
        max_size: Most events.
    """
    path = draw(strategies.activity_paths(start=START, max_size=max_size, quiet=quiet))
    acts: list[dict[str, Any]] = [{"do": "observe", **event} for event in path]
    known, held, closed = draw(st.tuples(st.booleans(), st.booleans(), st.booleans()))
    if known:
        before = draw(st.integers(0, 90))
        acts.insert(0, {"do": "know", "on": START - timedelta(before)})
        if draw(st.booleans()):
            acts[0]["products"] = draw(st.integers(0, 3))
    business: list[dict[str, Any]] = [
        act for act in acts if act["do"] == "know" or act.get("kind") in ("payment", "transfer")
    ]
    if holds and business and held:
        first = business[0]["on"] + timedelta(draw(st.integers(0, 500)))
        last = first + timedelta(draw(st.integers(1, 400)))
        acts.append({"do": "hold", "on": first, "kind": "court_order", "until": last})
    if ends and business and closed:
        last = max(act["on"] for act in acts)
        acts.append({"do": "close", "on": last + timedelta(draw(st.integers(0, 300)))})
    acts.sort(key=lambda act: (act["on"], oracle.ORDER.index(act["do"])))
    return tuple(acts)


class Desk:
    """The stages of one customer of a bank whose clock stands where it is put."""

    def __init__(self, policy: Policy[Any], now: datetime = LATE) -> None:
        self.now = now
        self.journal = MemoryJournal()
        self.policy = policy
        self.count = 0
        self.open()

    def open(self) -> None:
        """Start the process anew: nothing is kept but the journal."""
        self.stages = Lifecycles(self.journal, self.policy, now=lambda: self.now)

    def do(self, name: str, **body: Any) -> Answer:
        """Give a command."""
        self.count += 1
        return self.stages.do(f"command-{self.count}", CUSTOMER, name, **body)

    def view(self, day: date | None = None, known_at: datetime | None = None) -> LifecycleView:
        """Return what is seen on a day."""
        return self.stages.view(CUSTOMER, self.now if day is None else at(day), known_at)

    def history(self, day: date | None = None, known_at: datetime | None = None) -> Told:
        """Return the history as the oracle tells it."""
        return told(self.view(day, known_at).history)


def by_record(policy: Policy[Any], acts: Iterable[Mapping[str, Any]], as_of: date) -> Told:
    """Return the history that the record tells, given the acts one by one."""
    desk = Desk(policy, at(as_of))
    for act in acts:
        answer = desk.do(act["do"], **{name: held for name, held in act.items() if name != "do"})

        assert answer.accepted, answer.refused
    return desk.history()
