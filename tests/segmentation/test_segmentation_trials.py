"""Rules of segmentation under another policy: who would move, and what that would cost."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from repeating import Changed
from tier_tools import at, desk, ladder_of, minor, one_tier_policy, policy_of
from trying import alone, in_tables, untried

from bankservice import policies, segmentation, simulate
from bankservice.bank import Bank
from bankservice.core import what_if
from bankservice.core.frozen import FrozenMapping
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.core.trial import Question, Unasked, questions
from bankservice.core.unknown import UNKNOWN
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.memory import MemoryJournal
from bankservice.journals.sealed import SealedJournal
from bankservice.segmentation import (
    SERVICE_COSTS,
    Measure,
    Memberships,
    ServiceCosts,
    Standings,
    entitlements,
    groups,
    service_cost,
    tier_band,
    tier_services,
)
from bankservice.segmentation.ladder import ChangeMode, Ladder
from bankservice.segmentation.measure import Measures
from bankservice.segmentation.rules import BandFacts
from bankservice.segmentation.takeover import TAKEOVER
from bankservice.testing import strategies

CHANGES: tuple[ChangeMode, ...] = ("grandfather", "immediate", "new_entrants_only")
GOLD = {"code": "GOLD", "enter": "500.00", "retain": "400.00", "protection": "P6M", "grace": "P3M"}
JANUARY, MARCH, JULY = date(2020, 1, 31), date(2020, 3, 31), date(2020, 7, 31)

ASSESSMENT = policies.trial("segmentation.tier-assessment")
BAND = policies.trial("segmentation.tier-band")


def asked(standings: Standings, trial: Any = ASSESSMENT, **how: Any) -> list[Any]:
    """Return what a record of standings gives to be asked again."""
    return [q for page in standings.office.pages(trial, **how) for q in page.questions]


class TestTables:
    """Every rule that works by a policy is tried, on all its case tables."""

    def test_every_rule_is_tried(self) -> None:
        """None is left out; who names tier policies alone means the standing."""
        assert set() == untried(segmentation)
        assert "segmentation.tier-assessment" == segmentation.TRIALS[0].rule.id

    def test_a_policy_against_itself(self) -> None:
        """Whatever the case, a policy tried against itself moves nobody, and everybody is placed."""
        places = set[str]()
        for trial, version, question in in_tables("segmentation", segmentation.TRIALS):
            told = alone(trial, version, [question])
            places.update(told.places())

        assert {"not-in-force", "cohort-unknown", "two-cohorts"}.isdisjoint(places)
        assert {"GOLD", "undecided", "none", "measured", "given"} <= places


# -- places --------------------------------------------------------------------------------------


def band_book(path: Any) -> list[Question[Any]]:
    """Return the measures of a path as a book of customers on one day."""
    return [
        Question(f"c{place}", BandFacts(measure=Measures(FrozenMapping(held)), on=JULY))
        for place, (_, held) in enumerate(path)
    ]


@st.composite
def stricter(draw: st.DrawFn) -> tuple[Policy[Ladder], Policy[Ladder], Any]:
    """Draw a tier policy, one with an entry level that is higher, and measures of customers."""
    table = draw(strategies.tier_tables(min_tiers=2, memory=False, max_minor=10**9))
    raised = [dict(row) for row in table["tier"]]
    more = draw(st.integers(1, 10**6))
    for row in raised[1:]:
        levels = [dict(level) for level in row.get("qualify", ())]
        for level in levels or [row]:
            level["enter"] = str(Decimal(level["enter"]) + more)
        if levels:
            row["qualify"] = levels
    first = policy_of({**table, "zone": "UTC"})
    second = policy_of({**table, "zone": "UTC", "tier": raised})
    return first, second, draw(strategies.measure_paths(ladder=ladder_of(first), min_size=1))


class TestPlaces:
    """Where customers stand under either policy."""

    @given(st.data())
    @settings(max_examples=some(30))
    def test_a_policy_against_itself(self, data: st.DataObject) -> None:
        """Nobody moves, in whatever book of measures."""
        policy = data.draw(strategies.tier_policies())
        path = data.draw(strategies.measure_paths(ladder=ladder_of(policy)))

        assert len(path) == alone(BAND, policy, band_book(path)).asked

    @given(stricter())
    @settings(max_examples=some(40))
    def test_stricter_levels_move_nobody_up(self, drawn: Any) -> None:
        """Where every entry level is higher, everybody stays or falls."""
        first, second, path = drawn
        told = what_if.simulate(BAND, first, second, band_book(path))
        order = ("undecided", ladder_of(first).base, *ladder_of(first).codes)

        assert all(order.index(after) <= order.index(before) for before, after in told.matrix)

    @given(st.data())
    @settings(max_examples=some(25))
    def test_groups(self, data: st.DataObject) -> None:
        """Groups tried against themselves move nobody; the behaviours are added up."""
        policy = data.draw(strategies.group_policies())
        book = data.draw(st.lists(strategies.customers(), max_size=5))
        facts = {f"c{n}": {"on": JULY, "customer": one} for n, one in enumerate(book)}
        told = alone(policies.trial(groups.id), policy, list(questions(groups, facts)))
        rows = policy.versions[-1].parameters.behaviours

        assert len(book) == told.asked
        if book:
            assert {f"behaviour:{row.code}" for row in rows} <= set(told.amounts)

    def test_titles(self) -> None:
        """Places are called what the policy calls them."""
        ladder = policies.load("segmentation/cn-retail-shape").versions[-1].parameters
        grouping = policies.load("segmentation/customer-groups").versions[-1].parameters
        grouped = policies.trial(groups.id)

        title = ASSESSMENT.title(ladder, "GOLD")
        assert title is not None
        assert title == next(row.title for row in ladder.rows if row.code == "GOLD")
        assert ASSESSMENT.title(ladder, "nowhere") is None
        assert grouped.title(grouping, "general") is not None
        assert grouped.title(grouping, "none") is not None


# -- the record ----------------------------------------------------------------------------------


@st.composite
def taken_over(draw: st.DrawFn) -> tuple[Policy[Ladder], Any, int]:
    """Draw a policy of two versions, a path under the first, and days into the second."""
    tables = [strategies.tier_tables(max_tiers=4)] * 2
    change = draw(st.sampled_from(CHANGES))
    policy = draw(strategies.tier_policies(*tables, since=date(2019, 6, 1), on_change=change))
    first = policy.versions[0].parameters
    path = draw(
        strategies.measure_paths(
            ladder=first, min_size=1, max_size=4, start=date(2019, 6, 1), max_gap=80
        )
    )
    return policy, path, draw(st.integers(0, 400))


class TestTakingOver:
    """A standing of the record is assessed as it would be if the other policy took over."""

    @given(taken_over())
    @settings(max_examples=some(40))
    def test_as_it_really_would(self, drawn: Any) -> None:
        """What is simulated is what the desk does once the newer version is in force."""
        policy, path, later = drawn
        old = attrs.evolve(policy, versions=policy.versions[:1])
        new = attrs.evolve(policy, versions=policy.versions[1:])
        standings = desk(old)
        measured = [(day, held) for day, held in path if day < policy.versions[1].since]
        for number, (day, held) in enumerate(measured):
            standings.assess(f"run-{number}", "c", measure=Measures(FrozenMapping(held)), on=day)
        on = policy.versions[1].since + timedelta(later)
        (question,) = asked(standings, on=on)
        told = what_if.simulate(ASSESSMENT, old, new, [question])
        really = desk(policy, standings.office.journal)
        measure = question.facts.measure
        assert really.assess("really", "c", measure=measure, on=on).accepted
        after = really.office.load("c").state.standing

        ((_, place),) = told.matrix
        assert after.tier == place
        outcome = TAKEOVER.decide(question.facts, new.versions[0], question.beside).outcome
        assert attrs.evolve(after, version_since=None) == attrs.evolve(outcome, version_since=None)

    def test_the_same_file_with_other_numbers(self) -> None:
        """A file that was edited in place takes over on the day asked: what is held is kept."""
        standings = desk(one_tier_policy(**_row()))
        standings.assess("run-1", "c", measure=minor(60_000), on=JANUARY)
        raised = one_tier_policy(**_row(enter="900.00", retain="800.00", grace="P1Y"))
        (told,) = what_if.simulate(
            ASSESSMENT, one_tier_policy(**_row()), raised, asked(standings, on=MARCH)
        ).moves
        before, after = told.before.seen, told.after.seen

        assert ("GOLD", "GOLD") == (before.place, after.place)
        # Under `grandfather` at least the new grace from the day on which it takes over.
        assert date(2020, 9, 30) == before.days["protected_until"]
        assert date(2021, 3, 31) == after.days["protected_until"] == after.days["lapses_on"]
        assert "900" in told.explain()[1]
        assert "GOLD" in told.explain("zh_CN")[0]

    def test_at_once(self) -> None:
        """Under `immediate` a tier below its new level is gone on the day asked."""
        old, new = one_tier_policy(**_row()), _policy("immediate", enter="900.00", retain="800.00")
        standings = desk(old)
        standings.assess("run-1", "c", measure=minor(60_000), on=JANUARY)
        told = what_if.simulate(ASSESSMENT, old, new, asked(standings, on=MARCH))

        assert {("GOLD", "BASE"): 1} == told.matrix
        assert MARCH == told.moves[0].after.seen.days["effective_on"]

    def test_facts_as_json(self) -> None:
        """The facts of a standing stand in JSON as those of any assessment do."""
        standings = desk(one_tier_policy(**_row()))
        standings.assess("run-1", "c", measure=minor(60_000), on=JANUARY)
        (question,) = asked(standings)

        assert {"measure", "on", "standing"} == set(to_json(question.facts))


def _row(**more: Any) -> dict[str, Any]:
    return {name: part for name, part in {**GOLD, **more}.items() if name != "code"}


def _policy(change: str, **more: Any) -> Policy[Ladder]:
    return policy_of({"tier": [{"code": "BASE"}, {**GOLD, **more}]}, on_change=change)


class TestAskedAgain:
    """What the record gives to be asked again, and what it cannot."""

    @pytest.fixture
    def standings(self) -> Standings:
        """Return standings of customers of every sort."""
        keys = MemoryKeys()
        held = desk(one_tier_policy(**_row(ramp="P3M")), SealedJournal(MemoryJournal(), keys))
        for who in ("erased", "rich"):
            held.assess(f"a-{who}", who, measure=minor(60_000), on=JANUARY)
        held.assess("a-2", "rich", measure=UNKNOWN, on=MARCH, household="h-1")
        held.grant_ramp("r-1", "ramped", tier="GOLD", on=JANUARY)
        keys.destroy("default", "erased")
        return held

    def test_who_is_asked(self, standings: Standings) -> None:
        """The last measure is asked on the last day; who has none, or lost it, is named."""
        lost, rich, ramped = asked(standings)

        assert Unasked("erased", "erased", "segmentation.standing/erased@1") == lost
        assert Unasked("ramped", "no-measure", "segmentation.standing/ramped") == ramped
        assert ("rich", MARCH, True) == (rich.subject, rich.facts.on, rich.facts.household)
        assert {"assets": UNKNOWN} == rich.facts.measure.written
        assert "segmentation.standing/rich@2" == rich.ref

    def test_the_day_and_the_policy(self, standings: Standings) -> None:
        """Another day may be asked, none before the last assessment; and one policy alone."""
        early = [q for q in asked(standings, on=JANUARY) if q.subject == "rich"]
        bands = [q for q in asked(standings, BAND, on=JULY) if q.subject == "rich"]

        assert [Unasked("rich", "out-of-order", "segmentation.standing/rich@2")] == early
        assert [BandFacts(measure=bands[0].facts.measure, on=JULY)] == [q.facts for q in bands]
        assert [] == asked(standings, policy="acme/other")
        assert 3 == len(asked(standings, policy="acme/tiers"))

    def test_a_lost_text(self) -> None:
        """Where the text of the version it was assessed under is lost, that is said."""
        journal = Changed()
        held = desk(one_tier_policy(**_row()), journal)
        held.assess("a-1", "c", measure=minor(60_000), on=JANUARY)
        journal.lost = True

        assert [Unasked("c", "policy-missing", "segmentation.standing/c@1")] == asked(held)

    def test_memberships(self) -> None:
        """The facts of the last decision are asked on the day; who left is named."""
        keys = MemoryKeys()
        journal: Any = SealedJournal(MemoryJournal(), keys)
        policy = policies.load("segmentation/customer-groups")
        held = Memberships(journal, policy, now=lambda: at(JULY))
        for who in ("erased", "here", "left"):
            facts = {"customer_kind": "business_owner", "leads_industry": True}
            held.assign(f"m-{who}", who, on=JANUARY, facts=facts, born_on=date(1980, 6, 1))
        held.leave("l-1", "left", on=MARCH, reason="moved")
        keys.destroy("default", "erased")
        trial = policies.trial("segmentation.groups")

        def find(**how: Any) -> list[Any]:
            return [q for page in held.office.pages(trial, **how) for q in page.questions]

        lost, here, left = find()
        assert ("erased", "left") == (lost.why, left.why)
        assert (JANUARY, date(1980, 6, 1)) == (here.facts.on, here.facts.born_on)
        assert JULY == find(on=JULY)[1].facts.on
        assert [] == find(on=date(2020, 1, 1)) == find(policy="acme/other")
        assert {("industry_leader", "industry_leader"): 1} == alone(trial, policy, find()).matrix

    def test_the_front_door(self) -> None:
        """A bank is asked under the policy before; its record stays as it was."""
        old = one_tier_policy(**_row())
        bank = Bank(MemoryJournal(), now=lambda: at(JULY), tiers=old)
        for place in range(3):
            measure = Measure(50_000 + 10_000 * place)
            bank.standings.assess(f"a-{place}", f"c{place}", measure=measure, on=JANUARY)
        before = bank.journal.feed(limit=100), bank.journal.receipts("default", ["a-0", "a-1"])
        told = simulate(old, _policy("immediate", enter="650.00", retain="650.00"), bank)

        assert {("GOLD", "GOLD"): 1, ("GOLD", "BASE"): 2} == told.matrix
        after = bank.journal.feed(limit=100), bank.journal.receipts("default", ["a-0", "a-1"])
        assert before == after


# -- meters --------------------------------------------------------------------------------------


def costs(per: str = "month", **prices: str) -> Policy[ServiceCosts]:
    """Return what services cost."""
    version = {
        "since": date(2020, 1, 1),
        "source": {"text": "Acme cost book", "checked": "own"},
        "currency": "CNY",
        "per": per,
        "cost": prices,
    }
    raw = {"id": "acme/costs", "kind": SERVICE_COSTS.name, "version": [version]}
    shelf = policies.shelf()
    return read_policy(raw, "costs.toml", shelf.kinds, shelf)


class TestMeters:
    """What the services of a book cost under either policy."""

    TIERS = ({"code": "BASE", "services": ["quick_lane"]}, {**GOLD, "services": ["vip_room"]})

    def test_tiers(self) -> None:
        """A tier costs what its services do, standing, band or services asked."""
        policy = policy_of({"tier": list(self.TIERS)})
        meter = service_cost(costs(quick_lane="2.00"))
        rich, poor = ({"measure": held, "on": JULY} for held in (Measure(60_000), Measure(1)))
        unknown = {"measure": "unknown", "on": JULY}
        for trial in (ASSESSMENT, BAND):
            book = list(questions(trial.rule, {"a": rich, "b": poor}))
            told = what_if.simulate(trial, policy, policy, book, meters=[meter])

            assert {"cost:CNY": (200, 200), "unpriced:vip_room": (1, 1)} == told.amounts
        nobody = list(questions(tier_band, {"c": unknown}))
        assert {} == what_if.simulate(BAND, policy, policy, nobody, meters=[meter]).amounts
        given = list(questions(tier_services, {"a": {"tier": "BASE", "on": JULY}}))
        told = what_if.simulate(
            policies.trial(tier_services.id), policy, policy, given, meters=[meter]
        )
        assert {"cost:CNY": (200, 200), "service:quick_lane": (1, 1)} == told.amounts

    def test_entitlements_by_the_year(self) -> None:
        """A yearly price counts by a twelfth, rounded half to even."""
        prices = costs("year", vip_room="1.50", own_adviser="0.06")
        wu = {"tier": "PRIVATE", "behaviours": ["investing"], "customer_kind": "person"}
        policy = policies.load("segmentation/cn-entitlements-shape")
        book = list(questions(entitlements, {"wu": {"on": date(2026, 3, 31), "customer": wu}}))
        meters = [service_cost(prices.versions[0].parameters)]
        told = what_if.simulate(
            policies.trial(entitlements.id), policy, policy, book, meters=meters
        )

        assert (13, 13) == told.amounts["cost:CNY"]
        assert (1, 1) == told.amounts["unpriced:premium_products"]

    def test_what_has_no_services(self) -> None:
        """A policy of another kind, and a rule that tells no services, are named."""
        with pytest.raises(TypeError, match=r"acme/tiers of kind segmentation\.tiers"):
            service_cost(policy_of({"tier": list(self.TIERS)}))  # type: ignore[arg-type]
        grouped = policies.trial(groups.id)
        policy = policies.load("segmentation/customer-groups")
        book = list(questions(groups, {"a": {"on": JULY, "customer": {"age": 45}}}))
        with pytest.raises(TypeError, match="a Grouped tells neither"):
            what_if.simulate(grouped, policy, policy, book, meters=[service_cost(costs())])
