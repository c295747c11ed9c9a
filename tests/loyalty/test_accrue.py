"""What a transaction earns: laws that hold whatever the programme, and an oracle in fractions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from programme_tools import earn, policy_of, programme_of, titled

from bankservice.core.errors import FaultsError, UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.scalars import Amount
from bankservice.core.unknown import UNKNOWN
from bankservice.loyalty import Accrual, AccrualFacts, Item, Programme, accrual_of, accrue

ON = date(2026, 11, 22)
MODES: Mapping[str, Callable[[Fraction], int]] = {
    "floor": floor,
    "ceiling": ceil,
    "half-even": round,
    "half-up": lambda exact: floor(exact + Fraction(1, 2)),
}
AMOUNTS = st.integers(0, 10**7)


def facts(amount: str | None = "100.00", **keys: Any) -> AccrualFacts:
    """Return a transaction."""
    return AccrualFacts(amount=None if amount is None else Amount(amount), on=ON, **keys)


def written(minor: int) -> str:
    """Return an amount in cents as it is written."""
    return f"{minor // 100}.{minor % 100:02}"


def used(**before: Fraction | int) -> FrozenMapping[str, Fraction]:
    """Return what was used of caps before."""
    return FrozenMapping({name: Fraction(value) for name, value in before.items()})


NUMBERS = st.decimals("0.001", "20", places=3)


@st.composite
def rows(draw: st.DrawFn, *, fixed: bool = True) -> list[dict[str, Any]]:
    """Draw the earning rows of one lane."""
    held = []
    for place in range(draw(st.integers(1, 4))):
        keys: dict[str, Any] = {
            "points": draw(NUMBERS),
            "per": draw(st.sampled_from(["1.00", "0.01", "7.00", "125.00"])),
            "component": draw(st.sampled_from(["base", "bonus"])),
            "priority": draw(st.integers(1, 2)),
        }
        if draw(st.booleans()):
            keys["block"] = draw(st.sampled_from(["1.00", "5.00", "20.00"]))
        if fixed and draw(st.booleans()):
            keys["fixed"] = draw(NUMBERS)
        if draw(st.booleans()):
            keys["minimum"] = draw(st.sampled_from(["10.00", "1000.00"]))
        held.append(earn(f"row-{place}", **keys))
    return held


@st.composite
def caps(draw: st.DrawFn, codes: list[str]) -> list[dict[str, Any]]:
    """Draw caps over some of the rows."""
    return [
        titled(
            f"cap-{place}",
            measure=draw(st.sampled_from(["points", "amount", "count"])),
            limit=draw(st.integers(1, 50_000)),
            period=draw(st.sampled_from(["month", "transaction", "day"])),
            rows=draw(st.lists(st.sampled_from(codes), unique=True)),
            whole=draw(st.booleans()),
        )
        for place in range(draw(st.integers(0, 3)))
    ]


@st.composite
def programmes(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a programme as keys; its rows under `earn`."""
    held = draw(rows())
    return {
        "earn": held,
        "cap": draw(caps([row["code"] for row in held])),
        "multiplier": [
            titled("gold", factor=Decimal("1.5"), when={"fact": "tier", "equals": "GOLD"}),
            titled("app", factor=Decimal("1.25"), when={"fact": "channel", "equals": "app"}),
        ]
        if any(row["component"] == "base" for row in held) and draw(st.booleans())
        else [],
        "multipliers": draw(st.sampled_from(["add", "multiply"])),
        "rounding": {
            "mode": draw(st.sampled_from(sorted(MODES))),
            "of": draw(st.sampled_from(["parts", "total"])),
            "step": draw(st.sampled_from([1, 10])),
        },
        "points": {"scale": draw(st.sampled_from([0, 2]))},
    }


def build(keys: Mapping[str, Any]) -> Programme:
    """Return the programme of drawn keys."""
    others = {name: value for name, value in keys.items() if name != "earn"}
    return programme_of(*keys["earn"], **others)


MEMBERS = st.fixed_dictionaries(
    {"tier": st.sampled_from(["", "GOLD"]), "channel": st.sampled_from(["", "app"])}
)


def oracle(keys: Mapping[str, Any], minor: int, member: Mapping[str, str]) -> int:
    """Return what a programme without caps grants, in fractions, stage by stage."""
    unit = 10 ** keys["points"]["scale"]
    exact: dict[str, Fraction] = {}
    for row in keys["earn"]:
        amount = Fraction(minor, 100)
        if not amount or amount < Fraction(row.get("minimum", "0")):
            continue
        if "block" in row:
            block = Fraction(row["block"])
            amount = amount // block * block
        points = amount * Fraction(row["points"]) / Fraction(row["per"])
        factors = [
            Fraction(held["factor"])
            for held in keys["multiplier"]
            if row["component"] == "base" and member[held["when"]["fact"]] == held["when"]["equals"]
        ]
        if keys["multipliers"] == "add":
            points *= 1 + sum(factor - 1 for factor in factors)
        else:
            for factor in factors:
                points *= factor
        points += Fraction(row.get("fixed", 0))
        name = row["component"] if keys["rounding"]["of"] == "parts" else "total"
        exact[name] = exact.get(name, Fraction(0)) + points * unit
    step, mode = keys["rounding"]["step"], MODES[keys["rounding"]["mode"]]
    return sum(mode(points / step) * step for points in exact.values())


class TestPipeline:
    """Every stage is exact, and one rounding follows."""

    @given(programmes(), AMOUNTS, MEMBERS)
    def test_as_fractions_say(
        self, keys: dict[str, Any], minor: int, member: dict[str, str]
    ) -> None:
        """Without caps, points are what the pipeline gives in fractions."""
        keys = {**keys, "cap": []}

        found = accrual_of(facts(written(minor), **member), build(keys))

        assert oracle(keys, minor, member) == found.points == found.uncapped

    @given(programmes(), AMOUNTS, MEMBERS)
    def test_caps_only_take(self, keys: dict[str, Any], minor: int, member: dict[str, str]) -> None:
        """Granted and lost are what would have been granted without caps; each cap is told."""
        given_facts = facts(written(minor), **member)
        found = accrual_of(given_facts, build(keys))

        assert accrual_of(given_facts, build({**keys, "cap": []})).points == found.uncapped
        assert found.uncapped == found.points + found.lost_to_caps
        for part in found.parts:
            assert 0 <= part.points == part.uncapped - part.lost_to_caps
            assert part.lost_to_caps == sum(lost.points for lost in part.losses)

    @given(programmes(), AMOUNTS, MEMBERS, st.randoms(use_true_random=False))
    def test_order_of_writing_never_matters(
        self, keys: dict[str, Any], minor: int, member: dict[str, str], random: Any
    ) -> None:
        """I14: rows, caps and multipliers written in another order give the same, trace and all."""
        mixed = {
            name: random.sample(value, len(value)) if isinstance(value, list) else value
            for name, value in keys.items()
        }
        given_facts = facts(written(minor), **member)

        assert accrual_of(given_facts, build(keys)) == accrual_of(given_facts, build(mixed))

    @given(programmes(), AMOUNTS, AMOUNTS, MEMBERS)
    def test_monotone(
        self, keys: dict[str, Any], minor: int, more: int, member: dict[str, str]
    ) -> None:
        """
        I12: points do not fall when the amount grows, unless a cap refuses what does not fit.

        Nor where a cap of points holds for some of the rows that are rounded together: which row
        brings the unit that was rounded up changes with the amount, and that cap may take it.
        """
        every = [row["code"] for row in keys["earn"]]
        keys = {
            **keys,
            "cap": [
                {**cap, "whole": False, **({"rows": every} if "rows" in cap else {})}
                for cap in keys["cap"]
            ],
        }
        programme = build(keys)

        less = accrual_of(facts(written(minor), **member), programme)

        assert less.points <= accrual_of(facts(written(minor + more), **member), programme).points

    @given(rows(fixed=False), st.lists(AMOUNTS, min_size=2, max_size=5))
    def test_splitting_never_gives_more(self, held: list[dict[str, Any]], parts: list[int]) -> None:
        """I12: rounded down and without fixed points, splitting a purchase gives no point more."""
        programme = programme_of(*held)

        apart = sum(accrual_of(facts(written(part)), programme).points for part in parts)

        assert apart <= accrual_of(facts(written(sum(parts))), programme).points

    @given(
        st.lists(st.tuples(NUMBERS, st.sampled_from(["1.00", "3.00"])), min_size=1, max_size=6),
        AMOUNTS,
    )
    def test_many_rules_round_once(self, rates: list[tuple[Decimal, str]], minor: int) -> None:
        """B62: however many rows, in whatever order, the total is one exact evaluation's."""
        held = [
            earn(f"row-{place}", points=points, per=per)
            for place, (points, per) in enumerate(rates)
        ]
        exact = sum(
            (Fraction(minor, 100) * Fraction(points) / Fraction(per) for points, per in rates),
            Fraction(0),
        )

        assert floor(exact) == accrual_of(facts(written(minor)), programme_of(*held)).points

    @given(st.integers(1, 10**6), st.decimals("0.0001", "200", places=4))
    def test_conversion_is_not_rounded(self, minor: int, rate: Decimal) -> None:
        """An amount in another currency is converted exactly; yen have no digits."""
        programme = programme_of(earn(points=1, per="0.01"))

        found = accrual_of(facts(str(minor), currency="JPY", rate=rate), programme)

        assert floor(minor * Fraction(rate) * 100) == found.points

    def test_a_small_amount_is_not_zero(self) -> None:
        """B58: 0.40 counts where the programme's currency has no digits."""
        programme = programme_of(earn(points=10, per="1"), currency="JPY")

        found = accrual_of(facts("0.40", currency="USD", rate=Decimal(1)), programme)

        assert 4 == found.points

    def test_stages(self) -> None:
        """Each stage of the pipeline is told, exact."""
        programme = programme_of(
            earn(points=Decimal("3.5"), per="5.00", block="5.00", fixed=1),
            multiplier=[titled("all", factor=Decimal("1.5"))],
        )

        found = accrual_of(facts("12.34", currency="USD", rate=Decimal("1.5")), programme)

        assert (
            ("eligible", Fraction("12.34")),
            ("converted", Fraction("18.51")),
            ("counted", Fraction(15)),
            ("rated", Fraction("10.5")),
            ("multiplied", Fraction("15.75")),
            ("fixed", Fraction("16.75")),
        ) == tuple((stage.name, stage.value) for stage in found.parts[0].stages)
        assert (Fraction("16.75"), 16) == (found.parts[0].exact, found.points)


class TestCaps:
    """Limits hold, and what they leave is neither lost nor doubled."""

    @given(
        st.sampled_from(["points", "amount", "count"]),
        st.integers(1, 3_000),
        st.booleans(),
        st.lists(AMOUNTS, max_size=8),
        NUMBERS,
    )
    def test_a_cap_holds(
        self, measure: str, limit: int, whole: bool, amounts: list[int], rate: Decimal
    ) -> None:
        """I13: whatever comes, what is used of a cap stays within it."""
        programme = programme_of(
            earn(points=rate),
            cap=[titled("most", measure=measure, limit=limit, whole=whole)],
        )
        so_far, points, count = Fraction(0), 0, 0
        for minor in amounts:
            found = accrual_of(facts(written(minor), used=used(most=so_far)), programme)
            so_far += sum((use.used for use in found.uses), Fraction(0))
            points += found.points
            count += found.points > 0

        assert so_far <= limit
        assert measure != "points" or points == so_far
        assert measure != "count" or count == so_far

    @given(st.lists(AMOUNTS, min_size=1, max_size=6), st.integers(1, 10**5))
    def test_a_spend_cap_splits(self, amounts: list[int], limit: int) -> None:
        """A cap by amount is used up to the last cent, and the rest earns at the rate above."""
        programme = programme_of(
            earn(points=3),
            points={"scale": 2},
            cap=[titled("most", measure="amount", limit=limit, above={"points": 1})],
        )
        so_far, points = Fraction(0), 0
        for minor in amounts:
            found = accrual_of(facts(written(minor), used=used(most=so_far)), programme)
            so_far += sum((use.used for use in found.uses), Fraction(0))
            points += found.points
        whole = Fraction(sum(amounts), 100)

        assert min(whole, limit) == so_far
        assert (3 * so_far + (whole - so_far)) * 100 == points

    def test_one_amount_counts_once(self) -> None:
        """Two rows that earn of one purchase use a cap by amount once."""
        programme = programme_of(
            earn("one"), earn("two", points=2), cap=[titled("most", measure="amount", limit=150)]
        )

        found = accrual_of(facts("100.00"), programme)

        assert (300, Fraction(100)) == (found.points, found.uses[0].used)

    def test_the_narrow_cap_takes_first(self) -> None:
        """What a cap by transaction takes does not use a cap by year."""
        programme = programme_of(
            cap=[
                titled("a-year", limit=1_000, period="year"),
                titled("once", limit=100, period="transaction"),
            ]
        )

        found = accrual_of(facts("500.00"), programme)

        assert [("once", 400)] == [(lost.cap, lost.points) for lost in found.parts[0].losses]
        assert [("a-year", Fraction(100))] == [(use.cap, use.used) for use in found.uses]

    def test_whole_or_nothing(self) -> None:
        """Where what does not fit is refused whole, nothing is granted and nothing used."""
        programme = programme_of(cap=[titled("most", limit=100, whole=True)])

        found = accrual_of(facts("100.00", used=used(most=1)), programme)

        assert (0, 100, ()) == (found.points, found.lost_to_caps, found.uses)

    def test_a_count(self) -> None:
        """A cap by count bars a row with all it gives, fixed points too."""
        programme = programme_of(
            earn(fixed=50, points=1),
            earn("other", component="bonus"),
            multiplier=[titled("all", factor=2)],
            cap=[titled("thrice", measure="count", limit=3, rows=["spend"])],
        )

        inside = accrual_of(facts(used=used(thrice=2)), programme)
        above = accrual_of(facts(used=used(thrice=3)), programme)

        assert [("thrice", Fraction(1))] == [(use.cap, use.used) for use in inside.uses]
        assert (350, 0) == (inside.points, inside.lost_to_caps)
        assert (100, 250, ()) == (above.points, above.lost_to_caps, above.uses)

    def test_what_was_used_may_be_no_whole_cent(self) -> None:
        """What converted amounts used of a cap is no whole minor unit; nothing is lost by that."""
        programme = programme_of(
            points={"scale": 2},
            cap=[titled("most", measure="amount", limit=1)],
            rounding={"mode": "ceiling"},
        )

        found = accrual_of(facts(used=used(most=Fraction(2, 3))), programme)

        assert (34, Fraction(1, 3)) == (found.points, found.uses[0].used)
        assert Fraction(1, 3) * 100 == found.parts[0].exact

    def test_two_caps_on_one_row(self) -> None:
        """Each cap is told with what it took, the narrower first."""
        programme = programme_of(
            cap=[
                titled("a-day", limit=60, period="day"),
                titled("a-month", limit=50),
                titled("a-year", limit=500, period="year"),
                titled("spend", limit=90, measure="amount"),
            ]
        )

        part = accrual_of(facts(), programme).parts[0]

        assert [("spend", 10), ("a-day", 30), ("a-month", 10)] == [
            (lost.cap, lost.points) for lost in part.losses
        ]
        assert (50, 50) == (part.points, part.lost_to_caps)

    def test_a_negative_use_gives_more_room(self) -> None:
        """A period whose refunds exceed its purchases has more room than the limit."""
        programme = programme_of(cap=[titled("most", limit=100)])

        assert 120 == accrual_of(facts("500.00", used=used(most=-20)), programme).points

    def test_blocks_at_the_boundary(self) -> None:
        """Full blocks are counted on both sides of a cap without losing one."""
        programme = programme_of(
            earn(points=5, per="5.00", block="5.00"),
            cap=[titled("most", measure="amount", limit=8, above={"points": 1, "per": "5.00"})],
        )

        found = accrual_of(facts("20.00"), programme)

        # One block of 5 lies within 8, three lie above it.
        assert (5 + 3, Fraction(8)) == (found.points, found.uses[0].used)


class TestLanes:
    """Which of several rows are taken."""

    def taken(self, mode: str, *held: dict[str, Any], **keys: Any) -> list[str]:
        """Return the rows taken of a hundred."""
        programme = programme_of(*held, lane=[{"code": "one", "mode": mode}], **keys)
        return [part.row for part in accrual_of(facts("100.00"), programme).parts]

    def test_modes(self) -> None:
        """All, the best for the member, the cheapest for the bank, the first by priority."""
        held = (earn("a", points=2), earn("b", points=3), earn("c", points=1))

        assert ["a", "b", "c"] == self.taken("all", *held)
        assert ["b"] == self.taken("best", *held)
        assert ["c"] == self.taken("cheapest", *held)

    @pytest.mark.parametrize("mode", ["best", "cheapest"])
    def test_ties(self, mode: str) -> None:
        """B84: equal rows are told apart by priority, then code."""
        assert ["a"] == self.taken(mode, earn("b"), earn("a"))
        assert ["b"] == self.taken(mode, earn("a", priority=2), earn("b", priority=1))

    def test_the_best_is_what_is_left(self) -> None:
        """A row whose cap is used up is not the best."""
        held = (earn("ten", points=10), earn("two", points=2))

        assert ["two"] == self.taken("best", *held, cap=[titled("most", limit=5, rows=["ten"])])
        assert ["two"] == self.taken(
            "best", *held, cap=[titled("most", limit=5, measure="amount", rows=["ten"])]
        )

    def test_the_worth_of_a_row(self) -> None:
        """What caps and a maximum leave is what is weighed."""
        held = (earn("ten", points=10, maximum="5.00"), earn("two", points=2))

        assert ["two"] == self.taken("best", *held)
        assert ["ten"] == self.taken("best", *held, cap=[titled("most", limit=40, rows=["two"])])
        assert ["two"] == self.taken(
            "best", *held, cap=[titled("most", limit=40, rows=["ten"], whole=True)]
        )

    def test_minimum_not_reached(self) -> None:
        """A row that is not reached leaves the transaction to the next."""
        programme = programme_of(
            earn("large", points=5, minimum="200.00", priority=1),
            earn("any", priority=2),
            lane=[{"code": "one", "mode": "first"}],
        )

        assert (100, 1_000) == (
            accrual_of(facts("100.00"), programme).points,
            accrual_of(facts("200.00"), programme).points,
        )

    def test_lanes_in_order(self) -> None:
        """Lanes are gone through in the order they are written, each by itself."""
        programme = programme_of(
            earn("x", lane="second"),
            earn("y", lane="first"),
            lane=[{"code": "first", "mode": "best"}, {"code": "second", "mode": "best"}],
        )

        assert ["y", "x"] == [part.row for part in accrual_of(facts(), programme).parts]


class TestGates:
    """When a row holds."""

    def points(self, row: dict[str, Any], **keys: Any) -> int:
        """Return what a hundred earns."""
        programme = programme_of(row, merchants=[{"code": "food", "mcc": ["5411", "5812-5814"]}])
        return accrual_of(facts(**keys), programme).points

    @pytest.mark.parametrize(
        ("mcc", "points"), [("5411", 100), ("5813", 100), ("5815", 0), ("", 0)]
    )
    def test_merchants(self, mcc: str, points: int) -> None:
        """A row for groups of merchants holds for their codes, and never without a code."""
        assert points == self.points(earn(merchants=["food"]), mcc=mcc)

    def test_enrolment(self) -> None:
        """A row that wants enrolment is for those who joined it by its code."""
        assert 0 == self.points(earn(enrolment=True))
        assert 100 == self.points(earn(enrolment=True), campaigns=("spend",))

    def test_window(self) -> None:
        """A row holds on the local day of the transaction, the last day included."""
        row = earn(window={"through_on": ON})

        assert 100 == self.points(row)
        assert 0 == self.points(earn(window={"from_on": date(2026, 11, 23)}))

    def test_a_calendar_that_ends(self) -> None:
        """Where the calendar does not know the year, nothing is granted and it is named."""
        row = earn(
            window={"calendar": "holidays/cn", "holidays": ["National Day"]},
        )
        late = attrs.evolve(facts(), on=date(2090, 10, 1))

        found = accrual_of(late, programme_of(row))

        assert (0, ("holidays/cn",)) == (found.points, found.unknown)

    def test_condition(self) -> None:
        """A condition over facts, with codes below the one named."""
        row = earn(when={"fact": "channel", "within": "branch"})

        assert 100 == self.points(row, channel="atm")
        assert 0 == self.points(row, channel="app")
        assert 0 == self.points(row)

    def test_maximum(self) -> None:
        """What lies above the maximum of a transaction does not count."""
        assert 60 == self.points(earn(maximum="60.00"))


def unknowns(programme: Programme, **keys: Any) -> Accrual:
    """Return what a hundred earns."""
    return accrual_of(facts(**keys), programme)


class TestUnknown:
    """An unknown fact is neither a yes nor a no."""

    def test_a_row(self) -> None:
        """A row that an unknown fact decides grants nothing; others do."""
        programme = programme_of(
            earn("app", when={"fact": "channel", "equals": "app"}), earn("any", points=2)
        )

        found = unknowns(programme, channel=UNKNOWN)

        assert (200, ("channel",)) == (found.points, found.unknown)

    def test_a_row_that_earns_nothing_anyhow(self) -> None:
        """An unknown fact is not named where the row would earn nothing."""
        programme = programme_of(
            earn("app", when={"fact": "channel", "equals": "app"}, minimum="200.00"), earn("any")
        )

        assert () == unknowns(programme, channel=UNKNOWN).unknown

    def test_a_multiplier(self) -> None:
        """What an unknown multiplier touches is not granted; other components are."""
        programme = programme_of(
            earn("base"),
            earn("bonus", component="bonus", points=2),
            multiplier=[titled("gold", factor=2, when={"fact": "tier", "equals": "GOLD"})],
        )

        found = unknowns(programme, tier=UNKNOWN)

        assert (200, ("tier",)) == (found.points, found.unknown)

    def test_an_exclusion(self) -> None:
        """What may be excluded is not granted, unless it is excluded for certain."""
        programme = programme_of(
            earn(),
            exclude=[
                titled("late", when={"fact": "standing", "equals": "overdue"}),
                titled("discounted", when={"fact": "discounted", "equals": True}),
            ],
        )

        open_still = unknowns(programme, standing=UNKNOWN)
        certain = unknowns(programme, standing=UNKNOWN, discounted=True)

        assert (0, (), ("standing",)) == (
            open_still.points,
            open_still.excluded,
            open_still.unknown,
        )
        assert (0, ("discounted",), ()) == (certain.points, certain.excluded, certain.unknown)

    @pytest.mark.parametrize("mode", ["first", "best", "cheapest"])
    def test_a_lane(self, mode: str) -> None:
        """Where an unknown fact decides which row is taken, none is."""
        programme = programme_of(
            earn("app", when={"fact": "channel", "equals": "app"}, priority=1, points=5),
            earn("any", priority=2),
            lane=[{"code": "one", "mode": mode}],
        )

        found = unknowns(programme, channel=UNKNOWN)

        assert (0, ("channel",)) == (found.points, found.unknown)

    def test_a_best_row_that_cannot_be_weighed(self) -> None:
        """Where a multiplier of a row is not known, the best of a lane is not known either."""
        programme = programme_of(
            earn("base", points=5),
            earn("bonus", component="bonus"),
            multiplier=[titled("gold", factor=2, when={"fact": "tier", "equals": "GOLD"})],
            lane=[{"code": "one", "mode": "best"}],
        )

        found = unknowns(programme, tier=UNKNOWN)

        assert (0, ("tier",)) == (found.points, found.unknown)

    def test_a_first_row_whose_factor_is_not_known(self) -> None:
        """In a lane that takes the first, a row is taken though its factor is not known."""
        programme = programme_of(
            earn("base", priority=1),
            earn("bonus", component="bonus", priority=2, minimum="10.00", kinds=["card", "loan"]),
            multiplier=[titled("gold", factor=2, when={"fact": "tier", "equals": "GOLD"})],
            lane=[{"code": "one", "mode": "first"}],
        )

        found = unknowns(programme, tier=UNKNOWN)

        assert (0, ("tier",)) == (found.points, found.unknown)

    def test_a_row_in_doubt_that_is_never_reached(self) -> None:
        """A lane goes on where a row in doubt would not be reached anyhow."""
        programme = programme_of(
            earn("app", when={"fact": "channel", "equals": "app"}, minimum="500.00", priority=1),
            earn("any", priority=2),
            lane=[{"code": "one", "mode": "first"}],
        )

        found = unknowns(programme, channel=UNKNOWN)

        assert (100, ()) == (found.points, found.unknown)

    def test_a_multiplier_of_a_calendar_that_ends(self) -> None:
        """A multiplier by holidays is not known where the calendar ends; it is named."""
        window = {"calendar": "holidays/cn", "holidays": ["National Day"]}
        programme = programme_of(multiplier=[titled("holiday", factor=2, window=window)])
        late = attrs.evolve(facts(), on=date(2090, 10, 1))
        known = attrs.evolve(facts(), on=date(2025, 10, 1))

        found = accrual_of(late, programme)

        assert (0, ("holidays/cn",)) == (found.points, found.unknown)
        assert 200 == accrual_of(known, programme).points
        assert 100 == accrual_of(facts(), programme).points

    def test_some_lines(self) -> None:
        """Lines for which a row is in doubt earn nothing by it; the others do."""
        programme = programme_of(
            earn("food", when={"fact": "mcc", "equals": "5411"}, points=2),
            earn(
                "app",
                when={
                    "all": [
                        {"fact": "mcc", "equals": "5812"},
                        {"fact": "channel", "equals": "app"},
                    ]
                },
            ),
        )
        lines = (item("a", "1.00", "5411"), item("b", "2.00", "5812"))

        found = accrual_of(facts(None, items=lines, channel=UNKNOWN), programme)

        assert (2, ("channel",)) == (found.points, found.unknown)

    @pytest.mark.parametrize("minimum", ["1.00", "3.00"])
    def test_a_minimum_in_doubt(self, minimum: str) -> None:
        """Where an unknown fact decides whether a minimum is reached, no line is granted."""
        either = {"any": [{"fact": "mcc", "equals": "5411"}, {"fact": "channel", "equals": "app"}]}
        programme = programme_of(
            earn("first", when=either, minimum=minimum, points=2, priority=1),
            earn("any", priority=2, points=1),
            lane=[{"code": "one", "mode": "first"}],
        )
        lines = (item("a", "1.00", "5411"), item("b", "2.00", "5812"))

        found = accrual_of(facts(None, items=lines, channel=UNKNOWN), programme)

        assert ((2 if minimum == "1.00" else 0), ("channel",)) == (found.points, found.unknown)

    def test_a_lane_decided_before(self) -> None:
        """In a lane that takes the first, an unknown later row does not matter."""
        programme = programme_of(
            earn("large", minimum="50.00", priority=1),
            earn("app", when={"fact": "channel", "equals": "app"}, priority=2, points=5),
            lane=[{"code": "one", "mode": "first"}],
        )

        found = unknowns(programme, channel=UNKNOWN)

        assert (100, ()) == (found.points, found.unknown)

    @given(programmes(), AMOUNTS, MEMBERS, st.sampled_from(["tier", "channel"]))
    def test_what_is_learnt_never_lies_below(
        self, keys: dict[str, Any], minor: int, member: dict[str, str], name: str
    ) -> None:
        """No higher grant is guessed: what an unknown fact leaves is at most what it turns out."""
        keys = {**keys, "cap": [], "rounding": {"mode": "floor"}}
        programme = build(keys)

        before = accrual_of(facts(written(minor), **{**member, name: UNKNOWN}), programme)
        after = accrual_of(facts(written(minor), **member), programme)

        assert before.points <= after.points
        assert before.unknown or before == after


def item(ref: str, amount: str, mcc: str = "", **keys: Any) -> Item:
    """Return a line."""
    return Item(ref=ref, amount=Amount(amount), mcc=mcc, **keys)


GROCERIES = {"code": "food", "mcc": ["5411"]}


class TestLines:
    """Purchases with lines."""

    @given(st.permutations([("a", "10.50", "5411"), ("b", "9.99", ""), ("c", "3.33", "5812")]))
    @pytest.mark.parametrize("unit", ["item", "transaction"])
    @pytest.mark.parametrize("mode", ["all", "best", "first"])
    def test_order_of_lines(self, mode: str, unit: str, lines: list[tuple[str, str, str]]) -> None:
        """B77: the order of lines changes nothing."""
        programme = programme_of(
            earn("food", points=5, merchants=["food"], priority=1),
            earn("any", points=Decimal("1.5"), priority=2),
            merchants=[GROCERIES],
            lane=[{"code": "one", "mode": mode}],
            rounding={"unit": unit},
            cap=[titled("most", measure="amount", limit=15, above={"points": 1})],
        )
        found = accrual_of(facts(None, items=tuple(item(*line) for line in lines)), programme)
        sorted_lines = tuple(item(*line) for line in sorted(lines))

        assert found == accrual_of(facts(None, items=sorted_lines), programme)

    def test_rounding_by_line_or_together(self) -> None:
        """Lines are rounded apart, or their sum is."""
        lines = (item("a", "1.60"), item("b", "1.60"))
        apart = programme_of(rounding={"unit": "item"})

        assert (2, 3) == (
            accrual_of(facts(None, items=lines), apart).points,
            accrual_of(facts(None, items=lines), programme_of()).points,
        )

    def test_fixed_points_once(self) -> None:
        """What is fixed is given once for a purchase, however many lines it has."""
        programme = programme_of(earn(fixed=50), rounding={"unit": "item"})

        found = accrual_of(facts(None, items=(item("a", "1.00"), item("b", "2.00"))), programme)

        assert [51, 2] == [part.points for part in found.parts]

    def test_own_categories(self) -> None:
        """A line without a category has that of the purchase."""
        programme = programme_of(earn(merchants=["food"]), merchants=[GROCERIES])
        lines = (item("a", "1.00"), item("b", "2.00", "5812"))

        assert 1 == accrual_of(facts(None, mcc="5411", items=lines), programme).points

    def test_a_maximum_over_lines(self) -> None:
        """A maximum is one of the purchase, taken up in the order of references."""
        programme = programme_of(earn(maximum="5.00"), rounding={"unit": "item"})
        lines = (item("b", "4.00"), item("a", "4.00"))

        found = accrual_of(facts(None, items=lines), programme)

        assert [("a", 4), ("b", 1)] == [(part.item, part.points) for part in found.parts]

    def test_quantities(self) -> None:
        """A row that counts, counts quantities."""
        programme = programme_of(earn(basis="count", points=5, per="2", block="2"))
        lines = (item("a", "1.00", quantity=3), item("b", "1.00", quantity=1))

        assert 10 == accrual_of(facts(None, items=lines), programme).points

    def test_the_whole_amount_beside(self) -> None:
        """An amount stated beside lines must be their sum."""
        lines = (item("a", "1.00"), item("b", "2.00"))

        assert 3 == accrual_of(facts("3.00", items=lines), programme_of()).points
        with pytest.raises(FaultsError, match="sum of the lines"):
            accrual_of(facts("4.00", items=lines), programme_of())

    def test_the_share_paid_with_points(self) -> None:
        """Every line bears its exact share of tax and points."""
        lines = (item("a", "1.00"), item("b", "2.00"))
        programme = programme_of(earn(points=3), eligible="net")

        found = accrual_of(
            facts(None, items=lines, tax=Amount("1.00"), paid_with_points=Amount("1.00")),
            programme,
        )

        assert 3 == found.points


class TestSums:
    """Points rounded over a day or a statement."""

    @given(st.lists(AMOUNTS, max_size=8), st.sampled_from(["parts", "total"]))
    def test_they_add_up(self, amounts: list[int], of: str) -> None:
        """Whatever comes in a day, the points are those of its exact sum."""
        programme = programme_of(
            earn("a", points=1, per="3.00"),
            earn("b", points=2, per="7.00", component="bonus"),
            rounding={"unit": "day", "of": of},
        )
        so_far: dict[str, Fraction] = {}
        points = 0
        for minor in amounts:
            held = accrual_of(facts(written(minor), used=FrozenMapping(so_far)), programme)
            points += held.points
            for use in held.uses:
                so_far[use.cap] = so_far.get(use.cap, Fraction(0)) + use.used
        whole = Fraction(sum(amounts), 100)
        exact = [whole / 3, whole * 2 / 7]

        assert (floor(sum(exact)) if of == "total" else sum(map(floor, exact))) == points


class TestBadInput:
    """What no transaction can have is refused by name."""

    @pytest.mark.parametrize(
        ("keys", "named"),
        [
            ({"amount": "-1.00"}, "amount"),
            ({"amount": "1.001"}, "amount"),
            ({"amount": "1e30"}, "amount"),
            ({"amount": "1" + "0" * 30}, "amount"),
            ({"amount": "NaN"}, "amount"),
            ({"amount": "\uff11"}, "amount"),
            ({"amount": ""}, "amount"),
            ({"amount": "1."}, None),
            ({"amount": None}, "amount"),
            ({"mcc": "541"}, "mcc"),
            ({"mcc": "54l1"}, "mcc"),
            ({"mcc": "\uff15\uff14\uff11\uff11"}, "mcc"),
            ({"tax": "100.01"}, "tax"),
            ({"tax": "-1"}, "tax"),
            ({"paid_with_points": "100.01"}, "paid_with_points"),
            ({"count": -1}, "count"),
            ({"count": True}, "count"),
            ({"balance_minor_days": -1}, "balance_minor_days"),
            ({"currency": "USD"}, "rate"),
            ({"currency": "USD", "rate": Decimal(0)}, "rate"),
            ({"currency": "USD", "rate": 1.5}, "rate"),
            ({"currency": "USD", "rate": Decimal("NaN")}, "rate"),
            ({"rate": Decimal(2)}, "rate"),
            ({"on": None}, "on"),
            ({"items": (item("a", "1.00"), item("a", "1.00")), "amount": None}, "items"),
            ({"items": (item("a", "1.00", "54"),), "amount": None}, "mcc"),
            ({"items": (item("a", "1.00", quantity=-1),), "amount": None}, "quantity"),
        ],
    )
    def test_facts(self, keys: dict[str, Any], named: str | None) -> None:
        """A fact that makes no sense is named."""
        given_facts = attrs.evolve(facts(), **keys)
        if named is None:
            assert 1 == accrual_of(given_facts, programme_of()).points
            return
        with pytest.raises(FaultsError, match=named):
            accrual_of(given_facts, programme_of())

    @pytest.mark.parametrize("amount", [1.5, True, 4.35])
    def test_no_floats(self, amount: Any) -> None:
        """I25: neither a float nor a bool is an amount."""
        with pytest.raises(TypeError):
            accrual_of(attrs.evolve(facts(), amount=amount), programme_of())

    @pytest.mark.parametrize(
        "keys",
        [
            {"kind": "crad"},
            {"currency": "XXY", "rate": Decimal(1)},
            {"channel": "pigeon"},
            {"product": "gold-bar"},
            {"used": used(mostly=1)},
        ],
    )
    def test_names(self, keys: dict[str, Any]) -> None:
        """A name that is not known is refused with near ones."""
        with pytest.raises(UnknownNameError):
            accrual_of(facts(**keys), programme_of(cap=[titled("most", limit=1)]))

    @pytest.mark.parametrize("before", [1.5, True, Decimal(1)])
    def test_no_floats_in_use(self, before: Any) -> None:
        """I25: what was used is a whole number or a fraction."""
        keys = FrozenMapping({"most": before})
        with pytest.raises(FaultsError, match="most"):
            accrual_of(facts(used=keys), programme_of(cap=[titled("most", limit=1)]))

    def test_a_list_of_codes(self) -> None:
        """A programme that lists the category codes there are refuses another."""
        programme = programme_of(mcc=["0742", "3000-3999"])

        assert 100 == accrual_of(facts(mcc="3500"), programme).points
        with pytest.raises(FaultsError, match="mcc"):
            accrual_of(facts(mcc="4000"), programme)


class TestExplanations:
    """Why, in both languages, from the same function."""

    @given(programmes(), AMOUNTS, MEMBERS, st.sampled_from(["card", "deposit", "fee"]))
    def test_tracing_changes_nothing(
        self, keys: dict[str, Any], minor: int, member: dict[str, str], kind: str
    ) -> None:
        """Whatever the programme, the explanation is of the same outcome and can be told."""
        others = {name: value for name, value in keys.items() if name != "earn"}
        version = policy_of(*keys["earn"], **others).on(ON)

        decision = accrue.decide(facts(written(minor), kind=kind, **member), version)

        assert decision.explain("en")
        assert decision.explain("zh_CN")

    def told(self, version: Any, **keys: Any) -> list[str]:
        """Return the codes of the checks of an explanation, which can be told in both languages."""
        decision = accrue.decide(facts(**keys), version)
        assert decision.explain("en")
        assert decision.explain("zh_CN")
        return [
            decision.explanation().headline.code,
            *(check.reason.code for check in decision.explanation().checks),
        ]

    def test_exclusions_are_told(self) -> None:
        """Every exclusion is told, those of the programme and those of every programme."""
        version = policy_of(
            earn(),
            exclude=[
                titled("late", when={"fact": "standing", "equals": "overdue"}),
                titled("discounted", when={"fact": "discounted", "equals": True}),
            ],
        ).versions[0]
        row = "accrual-row-excluded"

        assert ["ACCRUED_EXCLUDED", "accrual-not-awarded", row] == self.told(version, award=False)
        assert ["ACCRUED_EXCLUDED", "accrual-exclusion", row] == self.told(version, discounted=True)
        assert ["ACCRUED_UNKNOWN", "accrual-exclusion", row] == self.told(version, standing=UNKNOWN)
        assert ["ACCRUED_EXCLUDED", "accrual-not-earning", "accrual-row-kind"] == self.told(
            version, kind="fee"
        )

    def test_unknowns_are_told(self) -> None:
        """What is not known is marked, row by row."""
        version = policy_of(
            earn(), multiplier=[titled("gold", factor=2, when={"fact": "tier", "equals": "GOLD"})]
        ).versions[0]

        assert ["ACCRUED_UNKNOWN", "accrual-row-multipliers", "accrual-factor"] == self.told(
            version, tier=UNKNOWN
        )

    def test_caps_are_told(self) -> None:
        """A cap by amount says how much lies within; one by count that it is used up."""
        amount = policy_of(
            cap=[titled("most", measure="amount", limit=40, above={"points": "0.5"})]
        ).versions[0]
        count = policy_of(cap=[titled("once", measure="count", limit=1)]).versions[0]
        stages = ["accrual-rate", "accrual-rounded", "accrual-cap"]

        assert ["ACCRUED_CAPPED", "accrual-row", "accrual-split", *stages] == self.told(amount)
        assert ["ACCRUED_CAPPED", "accrual-row", "accrual-counted", *stages] == self.told(
            count, used=used(once=1)
        )

    def test_lines_and_lanes_are_told(self) -> None:
        """Lines are told one by one, a converted amount with its rate, a row not taken by its lane."""
        version = policy_of(
            earn("a", points=3),
            earn("b"),
            earn("c", basis="count", points=9),
            lane=[{"code": "one", "mode": "best", "title": {"en": "One", "zh": "一"}}],
            rounding={"unit": "item"},
        ).versions[0]
        stages = ["accrual-converted", "accrual-item", "accrual-rate", "accrual-rounded"]

        assert ["ACCRUED", *["accrual-row-lane"] * 2, *stages, *stages] == self.told(
            version,
            amount=None,
            items=(item("x", "10.00"), item("y", "20.00")),
            currency="USD",
            rate=Decimal("7.001"),
        )
        assert ["ACCRUED_NOTHING", *["accrual-row-absent"] * 3] == self.told(version, amount="0")

    def test_calendars_are_named(self) -> None:
        """A decision by holidays names the calendar's version."""
        window = {"calendar": "holidays/cn", "holidays": ["National Day"]}
        version = policy_of(earn(window=window)).versions[0]

        decision = accrue.decide(facts(), version)

        assert ["acme/points", "holidays/cn"] == [ref.policy for ref in decision.policies]

    def test_every_row_is_told(self) -> None:
        """A row that did not earn says why; one that did shows its stages."""
        version = policy_of(
            earn("food", merchants=["food"]),
            earn("loan", kinds=["loan"]),
            earn("large", minimum="500.00"),
            earn("joined", enrolment=True),
            earn("app", when={"fact": "channel", "equals": "app"}),
            earn("winter", window={"months": [12]}),
            earn("plain", fixed=1),
            merchants=[GROCERIES],
            cap=[titled("most", limit=90)],
        ).versions[0]

        told = {
            (check.reason.code, str(check.reason.facts[0][1].en))
            for check in accrue.decide(facts(), version).explanation().checks
        }

        assert {
            ("accrual-row-merchant", "food"),
            ("accrual-row-kind", "loan"),
            ("accrual-row-minimum", "large"),
            ("accrual-row-enrolment", "joined"),
            ("accrual-row-condition", "app"),
            ("accrual-row-window", "winter"),
            ("accrual-row", "plain"),
            ("accrual-rate", "plain"),
            ("accrual-fixed", "plain"),
            ("accrual-rounded", "plain"),
            ("accrual-cap", "plain"),
        } == told
