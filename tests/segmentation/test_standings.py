"""Laws of the record: overrides, ramps, households, changes of policy, explaining entries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import attrs
import pytest
import tier_oracle as oracle
from hypothesis import assume, given
from hypothesis import strategies as st
from tier_tools import FEW, Drawn, at, desk, drawn, ladder_of, minor, one_tier_policy, policy_of

from bankservice.core.errors import CommandConflictError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.journals.memory import MemoryJournal
from bankservice.segmentation import (
    Assess,
    GrantRamp,
    Measure,
    Measures,
    StandingRefusal,
    Standings,
    StandingView,
    TierReason,
    upcoming_lapses,
)
from bankservice.segmentation.ladder import Ladder
from bankservice.testing import strategies

WHO = "customer-1"

JAN, FEB, MAR = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)

GOLD = one_tier_policy(enter="100.00", retain="80.00", protection="P6M", grace="P3M", ramp="P3M")

PAIR = {"actor": "officer-1", "approved_by": "officer-2"}


class Teller:
    """Gives commands to one customer's standing, each under an id of its own."""

    def __init__(self, policy: Policy[Ladder]) -> None:
        self.journal = MemoryJournal()
        self.standings: Standings = desk(policy, self.journal)
        self._given = 0

    def assess(self, on: date, measure: Mapping[str, Any] | int, **more: Any) -> str:
        """Assess and return the refusal, empty where there is none."""
        held = minor(measure) if isinstance(measure, int) else measure
        body = Assess(measure=Measures(FrozenMapping(held)), on=on, **more)
        return self.give(body)

    def give(self, body: Any) -> str:
        """Give a command and return the refusal, empty where there is none."""
        self._given += 1
        command = Command(id=f"command-{self._given}", subject=WHO, body=body)
        return self.standings.handle(command).refused

    def ramp(self, on: date, tier: str = "GOLD") -> str:
        """Grant a ramp and return the refusal, empty where there is none."""
        return self.give(GrantRamp(tier=tier, on=on))

    def override(self, on: date, until: date, tier: str = "GOLD") -> str:
        """Grant an override by two people and return the refusal, empty where there is none."""
        answer = self.standings.grant_override(
            f"override-{on}-{until}", WHO, tier=tier, until=until, reason="care", on=on, **PAIR
        )
        return answer.refused

    def view(self, on: date) -> StandingView:
        """Look at noon."""
        return self.standings.view(WHO, at(on))

    def entries(self) -> int:
        """Count the customer's own entries."""
        return len(list(self.standings.history(WHO)))


# -- any commands -----------------------------------------------------------------------------


@st.composite
def commanded(draw: st.DrawFn) -> tuple[Policy[Ladder], tuple[Command, ...]]:
    """Draw a policy whose tiers have ramps, and commands."""
    table = draw(strategies.tier_tables(max_tiers=4))
    rows = [{**row, "ramp": "P3M"} if row["code"] != "BASE" else row for row in table["tier"]]
    policy = policy_of({**table, "tier": rows})
    return policy, draw(strategies.commands(ladder=ladder_of(policy), max_size=8))


class TestCommands:
    """Whatever is commanded, in whatever order."""

    @FEW
    @given(commanded())
    def test_a_refusal_changes_nothing(
        self, given_: tuple[Policy[Ladder], tuple[Command, ...]]
    ) -> None:
        """A command is accepted, or refused with a code of the enum and without an entry."""
        policy, commands = given_
        standings = desk(policy)
        for command in commands:
            before = list(standings.history(WHO))
            answer = standings.handle(command)

            assert answer.refused in ("", *(code.value for code in StandingRefusal))
            assert answer.accepted or list(standings.history(WHO)) == before

    @FEW
    @given(commanded())
    def test_the_same_commands_again_change_nothing(
        self, given_: tuple[Policy[Ladder], tuple[Command, ...]]
    ) -> None:
        """Given again, each command gives its first answer, marked as replayed."""
        policy, commands = given_
        standings = desk(policy)
        first = [standings.handle(command) for command in commands]
        written = list(standings.history(WHO))

        again = [standings.handle(command) for command in commands]

        assert [attrs.evolve(answer, replayed=True) for answer in first] == again
        assert written == list(standings.history(WHO))

    @FEW
    @given(commanded())
    def test_every_entry_can_be_explained_from_the_record(
        self, given_: tuple[Policy[Ladder], tuple[Command, ...]]
    ) -> None:
        """An explanation's main reason is the one the entry was decided with (law 30)."""
        policy, commands = given_
        standings = desk(policy)
        for command in commands:
            standings.handle(command)
        for version, _, kind in standings.history(WHO):
            explanation = standings.explain(WHO, version)

            assert explanation.text("en")
            assert explanation.text("zh_CN")
            assert kind != "assessed" or explanation.sources

    @FEW
    @given(commanded())
    def test_overrides_never_touch_what_is_measured(
        self, given_: tuple[Policy[Ladder], tuple[Command, ...]]
    ) -> None:
        """With the overrides left out, the measured tier and its latches are the same."""
        policy, commands = given_
        whole, measured = desk(policy), desk(policy)
        for command in commands:
            whole.handle(command)
            if isinstance(command.body, (Assess, GrantRamp)):
                measured.handle(command)
        day = at(date(2100, 1, 1))
        first, second = whole.view(WHO, day), measured.view(WHO, day)

        assert second.measured_tier == first.measured_tier
        assert second.qualifications == first.qualifications

    def test_one_id_for_two_commands_is_a_conflict(self) -> None:
        """The same id with other content is refused by name, and nothing is written."""
        standings = desk(GOLD)
        standings.assess("a", WHO, measure={"average": "100.00"}, on=JAN)
        with pytest.raises(CommandConflictError, match="measure"):
            standings.assess("a", WHO, measure={"average": "99.00"}, on=JAN)

        assert 1 == len(list(standings.history(WHO)))


# -- overrides --------------------------------------------------------------------------------


class TestOverrides:
    """A tier held by hand."""

    @FEW
    @given(
        drawn(max_tiers=4, path={"max_size": 4}),
        st.integers(0, 600),
        st.integers(1, 600),
        st.integers(-1, 2),
        st.integers(0, 1_500),
    )
    def test_the_view_shows_the_higher_of_the_two(
        self, given_: Drawn, start: int, length: int, place: int, look: int
    ) -> None:
        """On a day in [on, until) the tier is the higher of the granted and the measured one."""
        policy, path = given_
        ladder = ladder_of(policy)
        codes = (ladder.base, *ladder.codes)
        granted = codes[min(place + 1, len(codes) - 1)]
        first = date(2020, 1, 1) + timedelta(start)
        until = first + timedelta(length)
        teller = Teller(policy)
        for day, held in path:
            teller.assess(day, held)
        teller.override(first, until, granted)
        day = date(2020, 1, 1) + timedelta(look)

        view = teller.view(day)

        holds = first <= day < until
        higher = max(codes.index(view.measured_tier), codes.index(granted) if holds else 0)
        assert codes[higher] == view.tier
        shown = holds and codes.index(granted) > codes.index(view.measured_tier)
        assert shown is (view.reason is TierReason.OVERRIDE)
        assert (until if shown else None) == view.override_until

    @pytest.mark.parametrize(
        ("body", "people", "wanted"),
        [
            ({"tier": "GOLDEN", "until": FEB}, {"approved_by": ""}, "unknown-tier"),
            ({"tier": "GOLD", "until": JAN}, {"approved_by": ""}, "approval-missing"),
            ({"tier": "GOLD", "until": JAN}, {"approved_by": "officer-1"}, "approver-is-actor"),
            ({"tier": "GOLD", "until": JAN}, {"approved_by": "officer-2"}, "until-not-after"),
            ({"tier": "GOLD", "until": FEB}, {"approved_by": "officer-2"}, ""),
        ],
    )
    def test_the_first_refusal_that_applies_wins(
        self, body: dict[str, Any], people: dict[str, Any], wanted: str
    ) -> None:
        """Of several faults the one earlier in the enum is told."""
        answer = desk(GOLD).grant_override(
            "o", WHO, **body, reason="care", on=JAN, actor="officer-1", **people
        )

        assert wanted == answer.refused

    def test_an_override_ends_by_itself(self) -> None:
        """It holds on the day before `until` and not on that day."""
        teller = Teller(GOLD)
        teller.override(JAN, MAR)

        assert ("GOLD", "BASE") == (teller.view(MAR - timedelta(1)).tier, teller.view(MAR).tier)

    def test_an_override_that_is_over_cannot_be_ended(self) -> None:
        """Ending what has ended is refused."""
        teller = Teller(GOLD)
        teller.override(JAN, FEB)

        answer = teller.standings.end_override("e", WHO, reason="over", on=MAR, **PAIR)

        assert "no-override" == answer.refused


# -- ramps ------------------------------------------------------------------------------------


class TestRamps:
    """A tier given ahead of any measure."""

    @FEW
    @given(st.lists(st.integers(0, 99_99), max_size=4), st.integers(0, 300))
    def test_misses_do_not_count_before_its_end(self, misses: list[int], late: int) -> None:
        """Whatever is measured below entry, the tier is kept until the ramp ends, then lapses."""
        policy = one_tier_policy(enter="100.00", retain="80.00", ramp="P3M")
        teller = Teller(policy)
        teller.ramp(JAN)
        end = date(2026, 4, 30)
        for place, measure in enumerate(misses):
            teller.assess(JAN + timedelta(1 + place), measure)
            assert ("GOLD", TierReason.RAMP) == (
                (view := teller.view(JAN + timedelta(1 + place))).tier,
                view.reason,
            )
        teller.assess(end - timedelta(1), 99_99)
        before = teller.view(end - timedelta(1)).tier
        teller.assess(end + timedelta(late), 99_99)
        after = teller.view(end + timedelta(late))

        assert ("GOLD", "BASE", end) == (before, after.tier, after.effective_on)

    def test_grace_runs_from_its_end_however_late_the_first_assessment(self) -> None:
        """A ramp not met lapses its grace after the ramp's end, not after the first miss seen."""
        policy = one_tier_policy(enter="100.00", ramp="P3M", grace="P1M")
        teller = Teller(policy)
        teller.ramp(JAN)
        teller.assess(date(2026, 5, 20), 99_99)
        view = teller.view(date(2026, 5, 20))
        teller.assess(date(2026, 6, 20), 99_99)

        assert ("GOLD", date(2026, 4, 30), date(2026, 5, 30)) == (
            view.tier,
            view.qualifications["GOLD"].below_since,
            view.next_review,
        )
        assert date(2026, 5, 30) == teller.view(date(2026, 6, 20)).effective_on

    def test_reaching_entry_makes_it_an_ordinary_tier(self) -> None:
        """A tier reached during its ramp is protected like any other."""
        teller = Teller(GOLD)
        teller.ramp(JAN)
        teller.assess(FEB, 100_00)
        teller.assess(date(2026, 8, 27), 0)

        view = teller.view(date(2026, 8, 27))

        assert ("GOLD", TierReason.PROTECTED) == (view.tier, view.reason)
        assert date(2026, 8, 28) == view.qualifications["GOLD"].protected_until

    def test_its_end_is_announced(self) -> None:
        """A lapse at the end of a ramp is listed ahead with the entry level it needs."""
        policy = one_tier_policy(enter="100.00", retain="80.00", ramp="P3M")
        teller = Teller(policy)
        teller.ramp(JAN)
        teller.assess(FEB, 90_00)
        standing = teller.standings
        state = standing_of(standing)

        found = upcoming_lapses(policy, standing=state, as_of=FEB, horizon="P6M").outcome

        assert date(2026, 4, 30) == teller.view(FEB).next_review
        assert [("GOLD", date(2026, 4, 30), "100.00 CNY")] == [
            (lapse.tier, lapse.on, str(lapse.keep)) for lapse in found.lapses
        ]

    def test_refusals(self) -> None:
        """No ramp twice, none for a tier held, for one that has none or is not there."""
        policy = policy_of(
            {
                "tier": [
                    {"code": "BASE"},
                    {"code": "GOLD", "enter": "1.00", "ramp": "P3M"},
                    {"code": "PLATINUM", "enter": "2.00"},
                ]
            }
        )
        teller = Teller(policy)

        assert ["", "already-held", "no-ramp", "unknown-tier", "unknown-tier"] == [
            teller.ramp(JAN, tier) for tier in ("GOLD", "GOLD", "PLATINUM", "SILVER", "BASE")
        ]

    def test_a_ramp_leaves_other_tiers_as_they_were(self) -> None:
        """A tier held by measure keeps its latch when a higher one is given ahead."""
        terms = {"protection": "P6M", "grace": "P3M", "ramp": "P3M"}
        policy = policy_of(
            {
                "tier": [
                    {"code": "BASE"},
                    {"code": "GOLD", "enter": "1.00", **terms},
                    {"code": "PLATINUM", "enter": "2.00", **terms},
                ]
            }
        )
        teller = Teller(policy)
        teller.assess(JAN, 100)
        before = teller.view(JAN).qualifications["GOLD"]
        teller.ramp(FEB, "PLATINUM")

        view = teller.view(FEB)

        assert ("PLATINUM", before) == (view.tier, view.qualifications["GOLD"])


def standing_of(standings: Standings) -> Any:
    """Return the standing itself, as rules take it."""
    from bankservice.core.driver import serve

    loaded = serve(standings.desk.load((WHO,)), standings.office.journal)
    return loaded[WHO].state.standing


# -- households -------------------------------------------------------------------------------


class TestHouseholds:
    """The measure is the household's; the decision lands on each member."""

    @FEW
    @given(
        st.lists(
            st.builds(
                Measure,
                st.integers(-(10**9), 10**9),
                st.integers(1, 60),
                st.sampled_from((1, 10_000)),
            ),
            min_size=1,
            max_size=5,
        )
    )
    def test_measures_add(self, held: list[Measure]) -> None:
        """A household's average is the sum of its members', exactly, in any order."""
        total = held[0]
        for measure in held[1:]:
            total += measure
        back = held[-1]
        for measure in reversed(held[:-1]):
            back += measure

        assert sum(measure.average for measure in held) == total.average == back.average

    def test_the_reason_names_it(self) -> None:
        """Each member's standing says that a household's measure was used."""
        teller = Teller(GOLD)
        teller.assess(JAN, 100_00, household="household-1")

        assert (TierReason.UP, TierReason.HOUSEHOLD) == teller.view(JAN).reasons

    def test_leaving_starts_grace(self) -> None:
        """Assessed alone again, a member who is short has grace first and no household reason."""
        policy = one_tier_policy(enter="100.00", grace="P3M")
        teller = Teller(policy)
        teller.assess(JAN, 100_00, household="household-1")
        teller.assess(FEB, 10_00)
        view = teller.view(FEB)
        teller.assess(date(2026, 5, 28), 10_00)
        later = teller.view(date(2026, 5, 28))

        assert ("GOLD", (TierReason.GRACE,), date(2026, 5, 28)) == (
            view.tier,
            view.reasons,
            view.next_review,
        )
        assert ("BASE", date(2026, 5, 28)) == (later.tier, later.effective_on)


# -- changes of policy ------------------------------------------------------------------------

CHANGE = date(2026, 7, 1)


def changed(on_change: str, grace_starts: str = "at_miss", **newer: Any) -> Policy[Ladder]:
    """Return GOLD 100 / 80 that from July 2026 on needs 200 / 150."""
    old = {"enter": "100.00", "retain": "80.00", "protection": "P6M", "grace": "P3M"}
    new = {**old, "enter": "200.00", "retain": "150.00", **newer}
    common = {"grace_starts": grace_starts, "on_change": on_change}
    return policy_of(
        {**common, "tier": [{"code": "BASE"}, {"code": "GOLD", **old}]},
        {**common, "since": CHANGE, "tier": [{"code": "BASE"}, {"code": "GOLD", **new}]},
    )


class TestPolicyChange:
    """What a newer version does to tiers held under the older one."""

    @FEW
    @given(
        st.sampled_from(("at_miss", "after_protection")),
        st.dates(date(2025, 1, 1), date(2026, 6, 29)),
        st.integers(1, 300),
        st.sampled_from(("P0D", "P3M", "P12M")),
    )
    def test_grandfather_keeps_the_old_lapse_and_at_least_the_new_grace(
        self, grace_starts: str, up: date, gap: int, grace: str
    ) -> None:
        """A tier below at the change stays until max(old lapse, first day + grace), and lapses."""
        policy = changed("grandfather", grace_starts, grace=grace)
        miss = min(up + timedelta(gap), date(2026, 6, 30))
        teller = Teller(policy)
        teller.assess(up, 100_00)
        teller.assess(miss, 0)
        assume(teller.view(miss).tier == "GOLD")
        old = teller.view(miss).qualifications["GOLD"].lapses_on
        assert old is not None
        until = max(old, oracle.after(CHANGE, grace))
        assume(until > CHANGE)
        teller.assess(until - timedelta(1), 0)
        before = teller.view(until - timedelta(1)).tier
        teller.assess(until, 0)

        assert ("GOLD", "BASE") == (before, teller.view(until).tier)

    @FEW
    @given(st.integers(100_00, 149_99), st.integers(0, 80))
    def test_grandfather_never_falls_within_the_new_grace(self, measure: int, late: int) -> None:
        """Who met the old level and misses the new has the new grace from the first day on."""
        teller = Teller(changed("grandfather"))
        teller.assess(date(2025, 6, 30), measure)
        teller.assess(CHANGE + timedelta(late), measure)

        assert "GOLD" == teller.view(CHANGE + timedelta(late)).tier

    @FEW
    @given(st.integers(0, 149_99), st.integers(0, 400))
    def test_immediate_falls_on_the_first_day(self, measure: int, late: int) -> None:
        """Below the new retain level at the first assessment, the fall is of the first day."""
        teller = Teller(changed("immediate"))
        teller.assess(date(2026, 6, 30), 100_00)
        teller.assess(CHANGE + timedelta(late), measure)

        view = teller.view(CHANGE + timedelta(late))

        assert ("BASE", CHANGE, TierReason.LAPSED) == (view.tier, view.effective_on, view.reason)

    def test_immediate_keeps_who_meets_the_new_retain_level(self) -> None:
        """The band of the new version holds for tiers held under the old."""
        teller = Teller(changed("immediate"))
        teller.assess(date(2026, 6, 30), 150_00)
        teller.assess(CHANGE, 150_00)

        assert ("GOLD", TierReason.BAND) == ((view := teller.view(CHANGE)).tier, view.reason)

    @FEW
    @given(st.lists(st.integers(0, 300_00), min_size=1, max_size=8))
    def test_new_entrants_only_keeps_the_old_terms_while_the_tier_is_held(
        self, measures: list[int]
    ) -> None:
        """For who held the tier at the change, the change is as if it had not happened."""
        old, both = Teller(changed_not()), Teller(changed("new_entrants_only"))
        day = date(2026, 6, 30)
        for teller in (old, both):
            teller.assess(day, 100_00)
        for measure in measures:
            day += timedelta(45)
            for teller in (old, both):
                teller.assess(day, measure)
            expected, actual = old.view(day), both.view(day)
            assert (expected.tier, expected.qualifications) == (actual.tier, actual.qualifications)
            if expected.tier == "BASE":
                return

    def test_new_entrants_only_asks_newcomers_for_the_new_level(self) -> None:
        """Who does not hold the tier at the change needs the new entry level."""
        teller = Teller(changed("new_entrants_only"))
        teller.assess(date(2026, 6, 30), 99_99)
        teller.assess(CHANGE, 199_99)
        short = teller.view(CHANGE).tier
        teller.assess(CHANGE + timedelta(1), 200_00)

        assert ("BASE", "GOLD") == (short, teller.view(CHANGE + timedelta(1)).tier)

    @pytest.mark.parametrize("on_change", ["grandfather", "immediate", "new_entrants_only"])
    def test_a_version_of_the_future_changes_nothing_before_its_day(self, on_change: str) -> None:
        """Decisions dated before a version's first day are those without it (law 31)."""
        with_, without = Teller(changed(on_change)), Teller(changed_not())
        for day, measure in ((JAN, 100_00), (FEB, 70_00), (date(2026, 6, 30), 110_00)):
            with_.assess(day, measure)
            without.assess(day, measure)

            assert without.view(day) == with_.view(day)

    def test_every_entry_after_two_changes_is_explained(self) -> None:
        """Terms kept from two versions ago are found again in the record."""
        old = {"enter": "100.00", "retain": "80.00", "grace": "P12M"}
        versions = [
            {
                "since": date(2025 + place, 1, 1),
                "tier": [{"code": "BASE"}, {"code": "GOLD", **old, "enter": f"{100 + place}.00"}],
            }
            for place in range(3)
        ]
        teller = Teller(policy_of(*versions, on_change="new_entrants_only"))
        for day in (date(2025, 6, 30), date(2026, 6, 30), date(2027, 6, 29)):
            teller.assess(day, 100_00)

        texts = [
            teller.standings.explain(WHO, version).headline.code
            for version, _, _ in teller.standings.history(WHO)
        ]

        assert ["TIER_UP", "TIER_REQUALIFIED", "TIER_REQUALIFIED"] == texts

    def test_a_ramp_between_change_and_assessment_loses_no_tier(self) -> None:
        """A ramp granted under the newer version leaves the grandfathered tiers grandfathered."""
        low = {"enter": "100.00", "retain": "80.00", "grace": "P3M"}
        high = {"enter": "1000.00", "ramp": "P3M"}
        rows = [{"code": "BASE"}, {"code": "GOLD", **low}, {"code": "PLATINUM", **high}]
        newer = [rows[0], {**rows[1], "enter": "200.00", "retain": "150.00"}, rows[2]]
        policy = policy_of({"tier": rows}, {"since": CHANGE, "tier": newer})
        ramped, plain = Teller(policy), Teller(policy)
        for teller in (ramped, plain):
            teller.assess(date(2026, 3, 31), 100_00)
            teller.assess(date(2026, 6, 10), 70_00)
        ramped.ramp(CHANGE, "PLATINUM")
        for teller in (ramped, plain):
            teller.assess(date(2026, 9, 30), 70_00)

        assert (
            plain.view(date(2026, 9, 30)).qualifications["GOLD"]
            == (ramped.view(date(2026, 9, 30)).qualifications["GOLD"])
        )


def changed_not() -> Policy[Ladder]:
    """Return the older version of `changed` alone."""
    old = {"enter": "100.00", "retain": "80.00", "protection": "P6M", "grace": "P3M"}
    return policy_of({"tier": [{"code": "BASE"}, {"code": "GOLD", **old}]})
