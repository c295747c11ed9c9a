"""The stages record as a host uses it: late days, batches, sweeps, what was known when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.bank import open_bank
from bankservice.core.errors import CommandConflictError, FaultsError, PolicyError
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.memory import MemoryJournal
from bankservice.lifecycle import SHELF, STANDING, Stage, StageReason, SummaryAct, stage
from bankservice.lifecycle.stages.activity import COUNTS, RESETS_BOTH
from bankservice.lifecycle.stages.commands import Observe
from bankservice.lifecycle.stages.kind import FAR, Stages, Window
from bankservice.lifecycle.stages.machine import FRESH, Machine, advance, apply, close, start
from bankservice.lifecycle.stages.service import Lifecycles
from bankservice.lifecycle.stages.snapshots import EVERY

SIX_TWELVE: Mapping[str, Any] = {"inactive_after": "P6M", "lost_after": "P12M"}
START = date(2024, 1, 10)
CUSTOMER = "customer-7"


def policy_of(*versions: Mapping[str, Any]) -> Policy[Stages]:
    """Return a policy of versions as a bank would write them."""
    source = {"text": "Acme relationship policy", "clause": "1", "checked": "own"}
    held = [{"since": date(2020, 1, 1), "source": source, **version} for version in versions]
    raw = {"id": "acme/stages", "kind": "lifecycle.stages", "version": held}
    return read_policy(raw, "a policy of this test", SHELF.kinds, SHELF)


class Desk:
    """Stages with a time source that a test sets."""

    def __init__(self, policy: Policy[Stages], today: date = START) -> None:
        self.today = today
        self.journal = MemoryJournal()
        self.lifecycles = Lifecycles(self.journal, policy, now=self.now)
        self._given = 0

    def now(self) -> datetime:
        """Return noon of today."""
        return datetime(self.today.year, self.today.month, self.today.day, 12, tzinfo=UTC)

    def do(self, act: str, who: str = CUSTOMER, /, **body: Any) -> str:
        """Give a command; return its refusal."""
        self._given += 1
        return self.lifecycles.do(f"c-{self._given}", who, act, **body).refused

    def history(self, customer: str = CUSTOMER) -> list[tuple[str, str, str]]:
        """Return the stages as seen today."""
        return [
            (held.stage.value, str(held.on), held.reason.value)
            for held in self.lifecycles.view(customer).history
        ]

    def kinds(self, customer: str = CUSTOMER) -> list[str]:
        """Return the kinds of the customer's entries."""
        return [kind for _, _, kind in self.lifecycles.history(customer)]


LOYAL: Mapping[str, Any] = {
    **SIX_TWELVE,
    "prospect_after": "P9M",
    "loyal": {"tenure": "P3M", "events": 3, "window": "P4M", "products": 2, "review": "P1M"},
}

DAYS = st.integers(0, 900).map(lambda days: START + timedelta(days=days))
ACTS = st.one_of(
    st.fixed_dictionaries(
        {"do": st.just("observe"), "on": DAYS}, optional={"kind": st.sampled_from(["login", "fee"])}
    ),
    st.fixed_dictionaries(
        {"do": st.just("observe"), "on": DAYS, "products": st.integers(0, 3)},
    ),
    st.fixed_dictionaries({"do": st.just("close"), "on": DAYS}),
    st.fixed_dictionaries(
        {"do": st.just("hold"), "on": DAYS, "kind": st.sampled_from(["minor", "court_order"])},
    ),
)


def play(desk: Desk, acts: Sequence[Mapping[str, Any]], *, ticks: Sequence[date] = ()) -> None:
    """Give acts in the order given, all on the last day, with the clocks written down at times."""
    desk.today = START + timedelta(days=1000)
    desk.do("know", on=START)
    for place, act in enumerate(acts):
        body = {name: value for name, value in act.items() if name != "do"}
        if act["do"] == "hold":
            body["until"] = act["on"] + timedelta(days=100)
        desk.do(act["do"], **body)
        if place < len(ticks):
            desk.do("advance", as_of=ticks[place])


class TestLate:
    """What is told late is put in its place."""

    @given(st.lists(ACTS, max_size=8), st.data())
    @settings(max_examples=some(25))
    def test_the_order_of_telling_is_nothing(
        self, acts: list[Mapping[str, Any]], data: st.DataObject
    ) -> None:
        """Acts, closures, holds and products in any order give the stages of those in order."""
        # Holds of one kind refuse each other by which came first, so each kind is held once.
        kinds = [act.get("kind") for act in acts if act["do"] == "hold"]
        days = [act["on"] for act in acts if "products" in act]
        if len(set(kinds)) < len(kinds) or len(set(days)) < len(days):
            return
        mixed = data.draw(st.permutations(acts))
        ticks = data.draw(st.lists(DAYS, max_size=8))
        sorted_, told_late = Desk(policy_of(LOYAL)), Desk(policy_of(LOYAL))

        play(sorted_, sorted(acts, key=lambda act: act["on"]))
        play(told_late, mixed, ticks=ticks)

        assert sorted_.history() == told_late.history()

    @pytest.mark.parametrize("reason", ["deceased", "exited"])
    def test_an_end_told_late_takes_back_what_came_after(self, reason: str) -> None:
        """Acts after a death or an exit, told before it was, are of no effect once it is told."""
        desk = Desk(policy_of(SIX_TWELVE), date(2024, 3, 1))
        for day in (date(2024, 1, 10), date(2024, 2, 10), date(2024, 3, 1)):
            desk.do("observe", on=day)
        assert "active" == desk.history()[-1][0]

        desk.do("close", on=date(2024, 1, 20), reason=reason)

        assert [("first_time", "2024-01-10"), ("lost", "2024-01-20")] == [
            held[:2] for held in desk.history()
        ]
        desk.do("observe", on=date(2024, 1, 11))
        assert ("active", "2024-01-11") == desk.history()[1][:2]
        assert "lost" == desk.history()[-1][0]

    def test_products_are_put_in_their_place(self) -> None:
        """What is stated of an earlier day leaves what was stated of later ones."""
        one, other = Desk(policy_of(LOYAL)), Desk(policy_of(LOYAL))
        stated = [(START, 2), (START + timedelta(days=30), 1), (START + timedelta(days=60), 1)]
        for desk, order in ((one, stated), (other, stated[::-1])):
            desk.today = START + timedelta(days=90)
            for day, number in order:
                desk.do("observe", on=day, products=number)
                desk.do("observe", on=day, products=number, kind="payment")

        assert one.lifecycles.view(CUSTOMER) == other.lifecycles.view(CUSTOMER)
        assert 3 == len(one.kinds())

    def test_a_correction_says_what_was_said_before(self) -> None:
        """A day told late replaces, by name, what was said and does not hold any more."""
        desk = Desk(policy_of(SIX_TWELVE), date(2024, 8, 31))
        desk.do("observe")
        desk.today = date(2025, 3, 2)
        desk.do("advance")
        desk.do("observe", on=date(2025, 2, 27))

        entry = desk.journal.read(desk.lifecycles.desk.stream(CUSTOMER))[-1]
        assert ["observed", "advanced", "corrected"] == desk.kinds()
        assert [{"stage": "inactive", "on": "2025-03-01", "reason": "LC_INACTIVE"}] == entry.data[
            "replaced"
        ]
        assert [{"stage": "active", "on": "2025-02-27", "reason": "LC_REPEAT"}] == entry.data[
            "said"
        ]

    def test_what_was_known_then_stays_visible(self) -> None:
        """A view as known before a correction shows what was said then, one as known after shows it."""
        desk = Desk(policy_of(SIX_TWELVE), date(2024, 8, 31))
        desk.do("observe")
        desk.today = date(2025, 3, 2)
        before = desk.now()
        desk.do("advance")
        desk.today = date(2025, 3, 9)
        desk.do("observe", on=date(2025, 2, 27))

        then = desk.lifecycles.view(CUSTOMER, before, known_at=before)
        now = desk.lifecycles.view(CUSTOMER, before)
        assert (Stage.INACTIVE, Stage.ACTIVE) == (then.stage, now.stage)

    def test_a_version_known_later_is_not_in_an_earlier_view(self) -> None:
        """A policy version that became known later governs no view as known before it."""
        later = {"since": date(2024, 6, 1), "known_on": date(2024, 7, 1), "inactive_after": "P1M"}
        desk = Desk(policy_of(SIX_TWELVE, later), date(2024, 5, 15))
        desk.do("observe")
        known_at = desk.now()
        desk.today = date(2024, 7, 15)

        then = desk.lifecycles.view(CUSTOMER, desk.now(), known_at)
        now = desk.lifecycles.view(CUSTOMER)
        assert (Stage.FIRST_TIME, Stage.INACTIVE) == (then.stage, now.stage)
        assert date(2024, 6, 16) == now.since


class TestEntries:
    """There is an entry where something is new, and nothing personal in it."""

    def test_the_same_day_again_is_no_entry(self) -> None:
        """Another act of a day of business, and a tick without a clock, write nothing."""
        desk = Desk(policy_of(SIX_TWELVE))
        desk.do("observe", kind="transfer")
        desk.do("observe", kind="payment")
        desk.do("observe", kind="login")
        desk.do("observe", kind="interest")
        desk.do("advance")

        assert ["observed"] == desk.kinds()

    def test_entries_name_no_act(self) -> None:
        """Neither kinds of acts nor channels nor facts of the customer stand open in an entry."""
        desk = Desk(policy_of(SIX_TWELVE))
        desk.do("know", customer={"customer_kind": "person"}, products=1)
        desk.do("observe", kind="transfer", channel="app", ref="transfer-9")

        known, observed = desk.journal.read(desk.lifecycles.desk.stream(CUSTOMER))
        assert {"customer": {"customer_kind": "person"}} == known.sealed
        assert "person" not in str(known.data)
        assert ("transfer" in str(observed.data), observed.sealed) == (False, None)

    def test_a_summary_is_one_entry(self) -> None:
        """A year of days told at once is one entry, and as many single ones say the same."""
        days = [START + timedelta(days=31 * n) for n in range(12)]
        one, many = Desk(policy_of(LOYAL), days[-1]), Desk(policy_of(LOYAL), days[-1])
        one.do("observe", summary=[{"on": day, "count": 2} for day in days])
        for day in days:
            many.do("observe", on=day)

        assert (1, 12) == (len(one.kinds()), len(many.kinds()))
        assert one.history() == many.history()

    def test_each_command_has_a_method(self) -> None:
        """The methods of the service are the commands of the record."""
        desk = Desk(policy_of(SIX_TWELVE))
        lifecycles, later = desk.lifecycles, START + timedelta(days=2)
        desk.today = START + timedelta(days=9)
        answers = [
            lifecycles.know("k", CUSTOMER, on=START),
            lifecycles.hold("h", CUSTOMER, kind="minor", on=START, until=later),
            lifecycles.release("r", CUSTOMER, kind="minor", on=START),
            lifecycles.observe("o", CUSTOMER, on=later, initiator="mandate"),
            lifecycles.advance("a", CUSTOMER, later),
            lifecycles.close("c", CUSTOMER, on=later, reason="exited"),
        ]

        assert [""] * 6 == [answer.refused for answer in answers]
        assert ["known", "held", "released", "observed", "closed"] == desk.kinds()
        assert () == lifecycles.view(CUSTOMER).holds
        assert lifecycles.view(CUSTOMER).exited

    def test_what_is_not_as_wanted_is_refused(self) -> None:
        """A count or a number of products below 0, a list as a fact, a reason nobody knows."""
        desk = Desk(policy_of(SIX_TWELVE))

        for act, body in (
            ("observe", {"products": -1}),
            ("observe", {"summary": [{"on": START, "count": -1}]}),
            ("know", {"customer": {"region": ["east"]}}),
            ("close", {"reason": "gone"}),
        ):
            with pytest.raises(FaultsError):
                desk.do(act, **body)

    def test_again_is_the_first_answer(self) -> None:
        """A command given again is answered as before; with other content it is a conflict."""
        desk = Desk(policy_of(SIX_TWELVE))
        lifecycles = desk.lifecycles
        first = lifecycles.observe("o-1", CUSTOMER, on=START)

        again = lifecycles.observe("o-1", CUSTOMER, on=START)

        assert (first.versions, True) == (again.versions, again.replayed)
        with pytest.raises(CommandConflictError):
            lifecycles.observe("o-1", CUSTOMER, on=START, kind="payment")


class TestExplained:
    """Every entry tells why, from the record alone."""

    def test_a_clock_names_its_anchor_and_the_last_day_that_would_have_kept_it(self) -> None:
        """The clock, its anchor and deadline, and the day by which an act would have been in time."""
        desk = Desk(policy_of(SIX_TWELVE), date(2024, 8, 31))
        desk.do("observe")
        desk.today = date(2025, 3, 2)
        desk.do("advance")

        why = desk.lifecycles.explain(CUSTOMER, 2)
        told = {check.reason.code: dict(check.reason.facts) for check in why.checks}
        assert "LC_INACTIVE" == why.headline.code
        assert (date(2024, 8, 31), date(2025, 3, 1)) == (
            told["stage-clock"]["anchor"],
            told["stage-clock"]["due"],
        )
        assert date(2025, 3, 1) == told["stage-kept"]["by"]
        assert "acme/stages" in why.text("zh_CN")

    def test_every_entry_is_explained(self) -> None:
        """A customer known, seen, held, released, closed and corrected: each entry tells why."""
        desk = Desk(policy_of(LOYAL), date(2024, 2, 1))
        desk.do("know", products=1)
        desk.do("observe", on=date(2024, 2, 1))
        desk.today = date(2024, 9, 1)
        desk.do("hold", kind="minor", on=date(2024, 3, 1))
        desk.do("release", kind="minor", on=date(2024, 8, 20))
        desk.do("advance")
        desk.do("observe", on=date(2024, 8, 10))
        desk.do("close", on=date(2024, 8, 30))

        kinds = ["known", "observed", "held", "released", "advanced", "corrected", "closed"]
        assert kinds == desk.kinds()
        for version in range(1, 8):
            assert desk.lifecycles.explain(CUSTOMER, version).text("en")
        replaced = desk.lifecycles.explain(CUSTOMER, 6).checks[0]
        assert ("stage-replaced", False) == (replaced.reason.code, replaced.held)

    def test_what_is_missing_for_loyal_is_told_with_the_nearest_miss(self) -> None:
        """An active customer hears what is short of loyal, the nearest part first."""
        held = policy_of(LOYAL)
        acts = [{"on": "2024-01-10"}, {"on": "2024-05-01"}]

        why = stage(held, as_of="2024-05-01", activity=acts, products=1).explanation()

        miss = why.nearest_miss
        assert miss is not None
        assert ("stage-loyal-days", 1) == (miss.reason.code, miss.short)

    def test_an_entry_names_every_version_that_had_a_part(self) -> None:
        """Clocks that fired under an older version are explained by it, from the record alone."""
        later = {"since": date(2025, 1, 1), "inactive_after": "P2M", "lost_after": "P12M"}
        desk = Desk(policy_of(SIX_TWELVE, later), date(2024, 5, 10))
        desk.do("observe")
        desk.today = date(2025, 8, 1)
        desk.do("advance")

        why = desk.lifecycles.explain(CUSTOMER, 2)
        periods = [
            dict(c.reason.facts)["period"] for c in why.checks if "period" in dict(c.reason.facts)
        ]
        assert [date(2025, 1, 1), date(2020, 1, 1)] == [ref.since for ref, _ in why.sources]
        assert ["P6M", "P12M"] == list(map(str, periods))
        entry = desk.journal.read(desk.lifecycles.desk.stream(CUSTOMER))[1]
        event = STANDING.events.decode(entry)
        assert ["2020-01-01"] == [ref["since"] for ref in event.older]

    def test_every_clock_tells_its_anchor(self) -> None:
        """Clocks of loss, from activity and from inactivity, and of a prospect, each by its anchor."""
        acts = [{"on": "2024-01-10"}]
        tables: Sequence[tuple[Mapping[str, Any], str]] = (
            (SIX_TWELVE, "2024-01-10"),
            ({**SIX_TWELVE, "lost_from": "inactive"}, "2024-07-11"),
            ({"lost_after": "P12M"}, "2024-01-10"),
        )
        for table, anchor in tables:
            why = stage(policy_of(table), as_of="2026-01-10", activity=acts).explanation()
            clock = [held for held in why.checks if held.reason.code == "stage-clock"][-1]

            assert date.fromisoformat(anchor) == dict(clock.reason.facts)["anchor"]
        known = stage(policy_of(LOYAL), as_of="2026-01-10", known_on="2024-01-10").explanation()
        assert "LC_PROSPECT_EXPIRED" == known.headline.code
        assert "stage-clock" == known.checks[2].reason.code

    def test_a_clock_that_was_held_says_so(self) -> None:
        """Where a hold put a clock off, both days are told."""
        held = [{"kind": "minor", "on": "2024-07-01", "until": "2024-08-01"}]
        acts = [{"on": "2024-01-10"}]

        why = stage(policy_of(SIX_TWELVE), as_of="2024-08-01", activity=acts, holds=held)

        told = {check.reason.code: dict(check.reason.facts) for check in why.explanation().checks}
        assert (date(2024, 7, 11), date(2024, 8, 1)) == (
            told["stage-clock-moved"]["due"],
            told["stage-clock-moved"]["on"],
        )

    @pytest.mark.parametrize(
        ("products", "held"), [(None, None), ("unknown", None), (1, False), (2, True)]
    )
    def test_products_are_told_as_known(self, products: object, held: bool | None) -> None:
        """A number of products is enough, too few or unknown."""
        loyal = {"loyal": {"events": 9, "products": 2}}
        acts = [{"on": "2024-01-10"}, {"on": "2024-01-11"}]

        why = stage(policy_of(loyal), as_of="2024-01-12", activity=acts, products=products)

        (told,) = [
            check
            for check in why.explanation().checks
            if check.reason.code == "stage-loyal-products"
        ]
        assert held is told.held
        assert "stage-loyal-days-ever" in {c.reason.code for c in why.explanation().checks}
        assert why.explain("en")
        assert why.explain("zh_CN")

    def test_nothing_known_and_nothing_decided_have_words(self) -> None:
        """Both no stage at all and a stage that hangs on unknown facts are told."""
        held = policy_of(SIX_TWELVE)
        none = stage(held, as_of="2024-01-12")
        open_ = stage(held, as_of="2024-01-12", activity=[{"on": "unknown"}])
        left = stage(held, as_of="2024-01-12", activity=[{"on": "2024-01-13"}])

        assert ("STAGE_NONE", "STAGE_UNDECIDED") == (
            none.explanation().headline.code,
            open_.explanation().headline.code,
        )
        assert "尚未到来" in left.explain("zh_CN")

    def test_the_front_door_explains(self) -> None:
        """`bank.lifecycle` serves the stages, and `bank.explain` finds their entries."""
        with open_bank("memory:", now=lambda: datetime(2026, 5, 5, 4, tzinfo=UTC)) as bank:
            bank.lifecycle.observe("o-1", CUSTOMER, kind="account_opening")

            why = bank.explain(f"lifecycle.standing/{CUSTOMER}")

        assert ("LC_FIRST", (("on", date(2026, 5, 5)),)) == (why.headline.code, why.headline.facts)


class TestManyAtOnce:
    """Batches and sweeps."""

    def test_a_batch_is_one_entry_each_and_as_single_commands(self) -> None:
        """Acts and clocks of a day: at most one entry each, the same stages as one by one."""
        policy = policy_of(SIX_TWELVE)
        many, single = Desk(policy), Desk(policy)
        days = [START, date(2024, 3, 1), date(2024, 9, 20), date(2025, 10, 1)]
        batches = []
        for day in days:
            many.today = single.today = day
            batch = many.lifecycles.observe_many(
                f"b-{day}",
                {"a": (Observe(on=day), Observe(on=day)), "b": ()},
                day,
                known={"b": START},
            )
            batches.append((batch.commands, batch.entries))
            single.do("observe", "a")
            single.do("know", "b", on=START)

        assert (single.history("a"), single.history("b")) == (many.history("a"), many.history("b"))
        assert ("lost", "won_back") == tuple(held[0] for held in many.history("a")[-2:])
        assert (4, 1) == (len(many.kinds("a")), len(many.kinds("b")))
        assert [(3, 2), (3, 1), (3, 1), (3, 1)] == batches

    def test_a_batch_again_is_the_first_result(self) -> None:
        """A batch given again is answered as before, and with other acts it is a conflict."""
        desk = Desk(policy_of(SIX_TWELVE))
        acts = {"a": (Observe(on=START),)}
        first = desk.lifecycles.observe_many("b-1", acts, START)

        again = desk.lifecycles.observe_many("b-1", acts, START)

        assert (1, 1, False, True) == (first.entries, again.entries, first.replayed, again.replayed)
        with pytest.raises(CommandConflictError):
            desk.lifecycles.observe_many("b-1", {"a": ()}, START)

    def test_an_act_that_is_refused_stops_no_other(self) -> None:
        """Acts are refused one by one and named by their place; a day to come is no day of a run."""
        desk = Desk(policy_of(SIX_TWELVE))
        early, late = START - timedelta(days=9), START + timedelta(days=1)
        acts = (Observe(on=early), Observe(on=START), Observe(on=late))

        batch = desk.lifecycles.observe_many(
            "b-1", {"a": acts}, START, known={"a": START, "b": late}
        )

        assert {
            "a/1": "before-onboarding",
            "a/3": "in-future",
            "b/known": "in-future",
        } == batch.refused
        assert ["first_time"] == [held[0] for held in desk.history("a")][-1:]
        with pytest.raises(ValueError, match="the day it is recorded"):
            desk.lifecycles.observe_many("b-2", {}, late)

    def test_a_batch_takes_summaries_and_products_and_versions(self) -> None:
        """Summaries and products count as in commands; what is not in force is refused by name."""
        desk = Desk(policy_of({**LOYAL, "since": START, "ends_on": START + timedelta(days=9)}))
        desk.today = START + timedelta(days=3)
        early, late = START - timedelta(days=1), START + timedelta(days=2)
        acts = (
            Observe(
                on=late, summary=(SummaryAct(), SummaryAct(kind="login", on=START)), products=2
            ),
        )

        batch = desk.lifecycles.observe_many(
            "b-1", {"a": acts, "b": (Observe(on=early),)}, desk.today, known={"b": early}
        )
        again = desk.lifecycles.observe_many("b-2", {"a": acts, "b": ()}, desk.today)

        view = desk.lifecycles.view("a")
        assert {"b/1": "not-in-force", "b/known": "not-in-force"} == batch.refused
        assert (1, 0) == (batch.entries, again.entries)
        assert (late, 2, 1) == (view.since, view.products, view.days_of_business)

    def test_a_batch_writes_down_clocks_of_who_did_nothing(self) -> None:
        """Who is named without acts has an entry on the day a clock is over, and none before."""
        desk = Desk(policy_of(SIX_TWELVE))
        desk.do("observe")
        written = []
        for day in (date(2024, 7, 10), date(2024, 7, 11), date(2024, 7, 12)):
            desk.today = day
            written.append(desk.lifecycles.observe_many(f"b-{day}", {CUSTOMER: ()}, day).entries)

        assert [0, 1, 0] == written

    def test_a_sweep_dates_clocks_when_they_fired(self) -> None:
        """However late a sweep comes, stages have the days of their clocks; then nothing is due."""
        desk = Desk(policy_of(SIX_TWELVE), date(2023, 5, 31))
        desk.do("observe")
        desk.today = date(2024, 6, 5)

        swept = desk.lifecycles.sweep()

        assert (1, 0) == (swept.handled, desk.lifecycles.sweep().handled)
        assert [("inactive", "2023-12-01"), ("lost", "2024-06-01")] == [
            held[:2] for held in desk.history()[1:]
        ]
        assert ["observed", "advanced"] == desk.kinds()

    def test_a_clock_that_the_policy_moved_is_put_again(self) -> None:
        """Where a newer version gives more time, a sweep leaves the stage and waits for the new day."""
        longer = {"since": date(2024, 6, 1), "inactive_after": "P9M", "lost_after": "P12M"}
        desk = Desk(policy_of(SIX_TWELVE, longer))
        desk.do("observe")
        desk.today = date(2024, 7, 11)

        assert (1, 0) == (desk.lifecycles.sweep().handled, desk.lifecycles.sweep().handled)
        assert "first_time" == desk.history()[-1][0]
        desk.today = date(2024, 10, 11)
        assert 1 == desk.lifecycles.sweep().handled
        assert ("inactive", "2024-10-11") == desk.history()[-1][:2]

    def test_what_is_read_again_is_what_was_written(self) -> None:
        """The state folded from entries is the state that commands left, bit by bit."""
        desk = Desk(policy_of(LOYAL))
        play(
            desk,
            [
                {"do": "observe", "on": START + timedelta(days=400), "products": 2},
                {"do": "observe", "on": START},
                {"do": "hold", "on": START + timedelta(days=500), "kind": "minor"},
                {"do": "close", "on": START + timedelta(days=700)},
            ],
        )
        entries = desk.journal.read(desk.lifecycles.desk.stream(CUSTOMER))
        state = STANDING.initial
        for entry in entries:
            event = STANDING.events.decode(entry)
            assert entry.data == STANDING.events.encode(event).data
            state = STANDING.evolve(state, event)

        events = [STANDING.events.decode(entry) for entry in entries]
        assert state == STANDING.fold(STANDING, STANDING.initial, events, ())
        assert state == STANDING.fold(
            STANDING, STANDING.fold(STANDING, STANDING.initial, events[:2], ()), events[2:], ()
        )
        view = desk.lifecycles.view(CUSTOMER)
        assert [held.stage for held in view.history] == [held.stage for held in state.said]


class TestMachine:
    """The pure machine."""

    @given(
        st.lists(st.integers(0, 1200), min_size=1, max_size=12, unique=True),
        st.lists(st.integers(0, 1300), max_size=12),
    )
    def test_ticks_are_irrelevant(self, days: list[int], ticks: list[int]) -> None:
        """Advancing in between, as often as may be, leaves the very same state."""
        machine, base = Machine.of(policy_of(LOYAL).versions[0].parameters), START.toordinal()
        ticked = quiet = FRESH
        for day in sorted(days):
            for tick in sorted(tick for tick in ticks if tick < day):
                ticked = advance(ticked, base + tick, machine)
            ticked = apply(ticked, base + day, COUNTS | RESETS_BOTH, machine)
            quiet = apply(quiet, base + day, COUNTS | RESETS_BOTH, machine)
        for tick in sorted(ticks):
            ticked = advance(ticked, base + tick, machine)

        end = base + 1400
        assert advance(quiet, end, machine) == advance(ticked, end, machine)

    def test_nothing_due_is_the_state_itself(self) -> None:
        """Before its day a state is not even made anew."""
        machine = Machine.of(policy_of(SIX_TWELVE).versions[0].parameters)
        state = apply(FRESH, START.toordinal(), COUNTS | RESETS_BOTH, machine)

        assert state is advance(state, START.toordinal() + 181, machine)
        assert state is not advance(state, START.toordinal() + 190, machine)

    @given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 14), st.integers(0, 40))
    def test_a_day_leaves_a_window_once(self, day: date, months: int, days: int) -> None:
        """A day is in every window from itself until it is gone, and in none after."""
        if not months and not days:
            return
        period = f"P{months}M{days}D"
        table = {"loyal": {"window": period}}
        loyal = policy_of(table).versions[0].parameters.loyal
        assert loyal is not None
        assert loyal.window is not None
        window: Window = loyal.window
        gone = window.gone(day.toordinal())

        assert window.before(gone - 1) < day.toordinal() <= window.before(gone)
        assert window.before(gone) <= window.before(gone + 1)

    def test_nothing_is_done_after_an_end(self) -> None:
        """The machine itself leaves acts after a death aside, and a second one on the last day."""
        machine = Machine.of(policy_of(SIX_TWELVE).versions[0].parameters)
        day, flags = START.toordinal(), COUNTS | RESETS_BOTH
        dead = close(apply(FRESH, day, flags, machine), day, StageReason.DECEASED, machine)

        assert dead is apply(dead, day + 1, flags, machine)
        assert Stage.LOST is apply(dead, day, flags, machine).stage
        assert FRESH is close(FRESH, day, StageReason.CLOSED, machine)
        assert dead is start(dead, day + 1, machine)

    def test_dates_end(self) -> None:
        """A clock past the end of dates never fires."""
        held = policy_of({"inactive_after": "P9000Y"}).versions[0].parameters
        assert held.inactive is not None

        assert FAR == held.inactive.due(START.toordinal())


class TestPolicy:
    """A policy that cannot work is refused as it is read, with every fault."""

    @pytest.mark.parametrize(
        ("table", "path"),
        [
            ({"inactive_after": "P0D"}, "inactive_after"),
            ({"repeat": {"events": 1}}, "repeat.events"),
            ({"loyal": {"events": 0}}, "loyal.events"),
            ({"loyal": {"products": -1}}, "loyal.products"),
            ({"loyal": {"window": "P0D"}}, "loyal.window"),
            ({"zone": "Asia/Shanghi"}, "zone"),
            ({"kinds": "vocabulary/activity-kind"}, "kinds"),
            ({"kinds": "lifecycle/retail-stages-shape"}, "kinds"),
            ({"event": [{"code": "a", "when": {"fact": "kind", "equals": "x"}}]}, "event[0].when"),
            ({"event": [{"code": "a"}, {"code": "b"}]}, "event[0].when"),
            ({"event": [{"code": "a", "counts": True, "resets": ["lost"]}]}, "event[0].resets"),
            (
                {"event": [{"code": "a", "when": {"fact": "k", "equals": "x"}}]},
                "event[0].when.fact",
            ),
            (
                {
                    "event": [
                        {"code": "a", "when": {"fact": "initiator", "equals": "bnak"}},
                        {"code": "a"},
                    ]
                },
                "event[1].code",
            ),
            ({"inactive_afer": "P6M"}, "inactive_afer"),
        ],
        ids=lambda held: held if isinstance(held, str) else "",
    )
    def test_faults_are_named(self, table: Mapping[str, Any], path: str) -> None:
        """The fault is told at its path."""
        with pytest.raises(PolicyError) as caught:
            policy_of(table)

        assert f"version[0].{path}:" in str(caught.value)

    def test_a_repeal_added_to_a_version_ends_its_clocks(self) -> None:
        """The same version with and without an end are told apart, also within one process."""
        seen = []
        for version in (SIX_TWELVE, {**SIX_TWELVE, "ends_on": date(2024, 5, 1)}):
            desk = Desk(policy_of(version))
            desk.do("observe")
            seen.append(desk.lifecycles.view(CUSTOMER).next is None)

        assert [False, True] == seen

    def test_a_policy_of_two_periods_is_enough(self) -> None:
        """All else has a default: more than, two days for active, nobody loyal, no prospect's clock."""
        held = policy_of(SIX_TWELVE).versions[0].parameters

        assert ("more_than", 2, None, None, "UTC") == (
            held.boundary,
            held.repeat,
            held.loyal,
            held.prospect,
            held.zone,
        )


class TestErased:
    """What is left when a customer's facts are erased."""

    def test_stages_stay_and_what_hangs_on_facts_is_asked_again(self) -> None:
        """Stages told stand; under cohorts nothing more is told until the facts are stated again."""
        new = {"opened_on": "2024-01-10"}
        versions = (
            SIX_TWELVE,
            {
                "since": date(2024, 1, 1),
                "inactive_after": "P3M",
                "applies_to": {"fact": "opened_on", "at_least": date(2024, 1, 1)},
            },
        )
        moment = [datetime(2024, 1, 10, 12, tzinfo=UTC)]
        with open_bank(
            "memory:", stages=policy_of(*versions), now=lambda: moment[0], keys=MemoryKeys()
        ) as bank:
            bank.lifecycle.know("k-1", CUSTOMER, customer=new)
            bank.lifecycle.observe("o-1", CUSTOMER)
            assert date(2024, 4, 11) == bank.lifecycle.view(CUSTOMER).next.on  # type: ignore[union-attr]

            assert 1 == bank.erase(CUSTOMER)
            erased = bank.lifecycle.view(CUSTOMER)
            assert (Stage.FIRST_TIME, None, ("opened_on",)) == (
                erased.stage,
                erased.next,
                erased.unknown,
            )
            assert "erased" == bank.explain(f"lifecycle.standing/{CUSTOMER}@1").headline.code
            moment[0] += timedelta(days=1)
            assert "cohort-unknown" == bank.lifecycle.observe("o-2", CUSTOMER).refused
            bank.lifecycle.know("k-2", CUSTOMER, customer=new)
            assert "" == bank.lifecycle.observe("o-3", CUSTOMER).refused
            assert Stage.ACTIVE is bank.lifecycle.view(CUSTOMER).stage


class TestSnapshots:
    """Years need not be read again, and no fact of the customer lies open."""

    def test_a_fold_from_a_snapshot_is_the_fold_of_all(self) -> None:
        """After many entries there is a snapshot, from which the same stages follow."""
        desk = Desk(policy_of(LOYAL))
        desk.do("know", on=START, products=2)
        desk.do("hold", kind="minor", on=START, until=START + timedelta(days=5))
        for n in range(EVERY):
            desk.today = START + timedelta(days=3 * n)
            desk.do("observe")
        desk.do("close")
        stream = desk.lifecycles.desk.stream(CUSTOMER)
        (history,) = desk.journal.read_many((stream,)).values()
        assert history.snapshot is not None
        told = desk.lifecycles.view(CUSTOMER)
        desk.journal.forget_snapshots()

        assert told == desk.lifecycles.view(CUSTOMER)

    def test_facts_of_a_customer_are_in_no_snapshot(self) -> None:
        """Of a customer whose facts are kept there is none, also not by a batch."""
        desk = Desk(policy_of(SIX_TWELVE))
        desk.do("know", on=START, customer={"customer_kind": "person"})
        for n in range(EVERY + 5):
            desk.today = START + timedelta(days=3 * n)
            acts = {name: (Observe(on=desk.today),) for name in (CUSTOMER, "other")}
            desk.lifecycles.observe_many(f"b-{n}", acts, desk.today)
        streams = [desk.lifecycles.desk.stream(name) for name in (CUSTOMER, "other")]
        histories = desk.journal.read_many(streams)

        snapshots = [histories[stream].snapshot for stream in streams]
        assert [None, EVERY] == [held and held.version for held in snapshots]
