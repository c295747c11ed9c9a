"""
The record of stages beside a walk of every day: anything told in any order, at any time.

Acts are told today, or late, or again; clocks are written down or not; the process is started anew.
After each step the record says what the walk says of all that was accepted, and in the end also
what was known at any instant before.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from effort import some
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from stage_proof_tools import CUSTOMER, START, Desk, Told, at, by_oracle

from bankservice.core.policy import Policy
from bankservice.lifecycle.stages.commands import Observe
from bankservice.testing import strategies

AGO = st.sampled_from((0, 0, 0, 1, 30, 31, 100, 250))
KINDS = st.sampled_from(("payment", "payment", "transfer", "login", "interest"))
HOLDS = st.sampled_from(("minor", "court_order"))
FIRST = START - timedelta(days=300)


class StageMachine(RuleBasedStateMachine):
    """One customer of a bank, and a list of what was accepted, with the instant of it."""

    @initialize(
        policy=strategies.stage_policies(
            *(strategies.stage_tables() for _ in range(3)), since=date(2022, 3, 15)
        )
    )
    def open(self, policy: Policy[Any]) -> None:
        """Open the bank."""
        self.desk = Desk(policy, at(START))
        self.told: list[tuple[datetime, dict[str, Any]]] = []
        self.checked: list[tuple[datetime, date, Told]] = []

    # -- what happens ----------------------------------------------------------------------------

    def day(self, ago: int) -> date:
        """Return a day before today, never before there was a policy."""
        return max(self.desk.now.date() - timedelta(ago), FIRST)

    def give(self, name: str, **body: Any) -> None:
        """Give a command; what is accepted is told to the walk as well."""
        if self.desk.do(name, **body).accepted:
            self.told.append((self.desk.now, {"do": name, **body}))

    @rule(days=st.sampled_from((0, 1, 1, 27, 30, 31, 62, 183)), hours=st.integers(0, 11))
    def wait(self, days: int, hours: int) -> None:
        """Let time pass; nothing is done."""
        self.checked.append((self.desk.now, self.desk.now.date(), self.desk.history()))
        moment = max(self.desk.now, at(self.desk.now.date() + timedelta(days)))
        self.desk.now = moment + timedelta(hours=hours, microseconds=1)

    @rule(ago=AGO, products=st.none() | st.integers(0, 3))
    def know(self, ago: int, products: int | None) -> None:
        """Get to know the customer, or how many products they have."""
        more = {} if products is None else {"products": products}
        self.give("know", on=self.day(ago), **more)

    @rule(ago=AGO, kind=KINDS, verified=st.booleans())
    def observe(self, ago: int, kind: str, verified: bool) -> None:
        """Tell an act of today, or a late one."""
        self.give("observe", on=self.day(ago), kind=kind, verified=verified)

    @rule(kind=KINDS, times=st.integers(1, 3))
    def observe_today(self, kind: str, times: int) -> None:
        """Tell acts of now, more than one."""
        for _ in range(times):
            self.give("observe", on=self.desk.now.date(), kind=kind)

    @rule(agos=st.lists(AGO, min_size=1, max_size=4), kind=KINDS, known=st.none() | AGO, upto=AGO)
    def batch(self, agos: list[int], kind: str, known: int | None, upto: int) -> None:
        """Tell acts of several days in one batch, with an entry at most."""
        self.desk.count += 1
        before = len(list(self.desk.stages.history(CUSTOMER)))
        days = [self.day(ago) for ago in agos]
        onboarded = {} if known is None else {CUSTOMER: self.day(known)}
        batch = self.desk.stages.observe_many(
            f"batch-{self.desk.count}",
            {CUSTOMER: [Observe(on=day, kind=kind) for day in days]},
            self.day(upto),
            known=onboarded,
        )
        if f"{CUSTOMER}/known" not in batch.refused:
            for day in onboarded.values():
                self.told.append((self.desk.now, {"do": "know", "on": day}))
        for place, day in enumerate(days, start=1):
            if f"{CUSTOMER}/{place}" not in batch.refused:
                self.told.append((self.desk.now, {"do": "observe", "on": day, "kind": kind}))

        assert len(list(self.desk.stages.history(CUSTOMER))) <= before + 1

    @rule(ago=AGO)
    def advance(self, ago: int) -> None:
        """Write down what clocks have done: nobody sees a difference."""
        self.desk.do("advance", as_of=self.day(ago))

    @rule()
    def sweep(self) -> None:
        """Follow the agenda: nobody sees a difference, and nothing is left that is due."""
        self.desk.stages.sweep()

        assert not self.desk.stages.sweep().handled

    @precondition(lambda self: bool(self.told))
    @rule(ago=AGO, reason=st.sampled_from(("closed", "closed", "closed", "deceased", "exited")))
    def close(self, ago: int, reason: str) -> None:
        """End everything."""
        self.give("close", on=self.day(ago), reason=reason)

    @precondition(lambda self: bool(self.told))
    @rule(ago=AGO, kind=HOLDS, days=st.none() | st.integers(1, 300))
    def hold(self, ago: int, kind: str, days: int | None) -> None:
        """Stop the clocks for a while, or for good."""
        on = self.day(ago)
        until = {} if days is None else {"until": on + timedelta(days)}
        self.give("hold", on=on, kind=kind, **until)

    @precondition(lambda self: any(act["do"] == "hold" for _, act in self.told))
    @rule(ago=AGO, kind=HOLDS)
    def release(self, ago: int, kind: str) -> None:
        """Let the clocks run again."""
        self.give("release", on=self.day(ago), kind=kind)

    @rule()
    def restart(self) -> None:
        """Start the process anew: what is not in the journal is gone."""
        self.desk.open()

    # -- what must hold --------------------------------------------------------------------------

    def walked(self, day: date, known_at: datetime) -> Told:
        """Return what the walk says of what was accepted by an instant."""
        acts = [act for moment, act in self.told if moment <= known_at]
        return by_oracle(self.desk.policy, acts, day)

    @invariant()
    def the_record_says_what_the_walk_says(self) -> None:
        """The history of today is that of the walk."""
        assert self.walked(self.desk.now.date(), self.desk.now) == self.desk.history()

    def teardown(self) -> None:
        """What was known at an instant is told for ever as it was told then."""
        if not hasattr(self, "desk"):
            return
        for moment, day, history in self.checked[-4:]:
            assert history == self.desk.history(day, moment)
            assert self.walked(day, self.desk.now) == self.desk.history(day)


TestStageMachine = StageMachine.TestCase
TestStageMachine.settings = settings(
    max_examples=some(60),
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
