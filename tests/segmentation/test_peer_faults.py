"""Faults that users of other systems met, one test each, so that they are not met here."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from tier_tools import at, desk, minor, one_tier_policy, policy_of

from bankservice.core.errors import FaultsError, NotInForceError, PolicyError
from bankservice.segmentation import (
    Measure,
    Standing,
    TierReason,
    tier_assessment,
    tier_band,
)

ON = date(2026, 3, 31)
GOLD_AT_50_000 = one_tier_policy(enter="50000.00")
PRIVATE_AT_8_MILLION = one_tier_policy(enter="8000000.00")


def tier(measure: Any, policy: Any = GOLD_AT_50_000) -> str | None:
    """Return the band of one measure."""
    found: str | None = tier_band(policy, measure=measure, on=ON).outcome.tier
    return found


class TestNumbers:
    """Correct at the boundary."""

    def test_no_tolerance(self) -> None:
        """business-rules finds 49,999.9999999 at least 50,000; it is not."""
        assert "BASE" == tier({"average": "49999.9999999"})

    @pytest.mark.parametrize(
        ("average", "policy"),
        [("49999.999", GOLD_AT_50_000), ("7999999.75", PRIVATE_AT_8_MILLION)],
    )
    def test_no_32_bit_money(self, average: str, policy: Any) -> None:
        """OpenFisca puts 49,999.999 and 7,999,999.75 above 50,000 and 8,000,000; they are not."""
        assert "BASE" == tier({"average": average}, policy)

    @pytest.mark.parametrize(
        ("total", "wanted"),
        [(149_999_988, "BASE"), (149_999_999, "BASE"), (150_000_000, "GOLD")],
    )
    def test_no_division(self, total: int, wanted: str) -> None:
        """polars divides 1,499,999.88 by 30 days to 50,000; sums are compared instead."""
        assert wanted == tier({"balance_minor_days": total, "days": 30})

    def test_no_overflow(self) -> None:
        """10^30 minor units wrap silently in 64 bits; here they are what they are."""
        assert "GOLD" == tier(Measure(10**30, 30))
        assert "BASE" == tier(Measure(-(10**30), 30))

    @pytest.mark.parametrize(
        "text", ["NaN", "-NaN", "sNaN", "Infinity", "-Infinity", "1e999999999"]
    )
    def test_nan_is_not_the_top_tier(self, text: str) -> None:
        """Data frames order NaN above everything; a number that is none, or no money, is refused."""
        with pytest.raises(FaultsError, match="measure"):
            tier({"average": text})

    @pytest.mark.parametrize(
        "measure",
        [
            {"average": 400000.0},
            {"average": float("nan")},
            {"average": 400000},
            {"average": True},
            {"average": None},
            {"average": ""},
            {"average": "400,000"},
            {"average": "four"},
            {"balance_minor_days": 1.5, "days": 30},
            {"balance_minor_days": "many", "days": 30},
            {"balance_minor_days": 150_000_000},
            {"balance_minor_days": 150_000_000, "days": 0},
            {"balance_minor_days": 150_000_000, "days": -30},
            {"balance_minor_days": 150_000_000, "days": 30, "scale": 0},
            {"balance_minor_days": 150_000_000, "days": 30, "average": "50000.00"},
            {"average": "50000.00", "days": 30},
            {"days": 30},
            {},
            400000,
            400000.0,
            None,
            "400000",
            [],
        ],
    )
    def test_what_is_no_measure_is_refused(self, measure: Any) -> None:
        """zen-engine makes a text or missing balance BASIC; here it is refused, naming the fact."""
        with pytest.raises(FaultsError, match="measure"):
            tier(measure)

    @pytest.mark.parametrize("parts", [(1.0, 1, 1), (1, 1.0, 1), (1, 1, 1.0), (True, 1, 1)])
    def test_a_measure_holds_no_float(self, parts: tuple[Any, Any, Any]) -> None:
        """Each part of a measure is an integer; a float would spread into every comparison."""
        with pytest.raises(TypeError, match="floats are refused"):
            Measure(*parts)

    def test_a_misspelt_measure_is_not_zero(self) -> None:
        """A measure the policy does not look at is refused, with the near name."""
        policy = policy_of(
            {
                "tier": [
                    {"code": "BASE"},
                    {
                        "code": "GOLD",
                        "qualify": [
                            {"measure": "assets", "enter": "1.00"},
                            {"measure": "salary", "enter": "1.00"},
                        ],
                    },
                ]
            }
        )
        with pytest.raises(FaultsError, match="salary"):
            tier({"assets": {"average": "0.00"}, "salery": {"average": "9.00"}}, policy)


class TestUnknown:
    """Unknown is an outcome."""

    def test_missing_is_not_the_base(self) -> None:
        """Null falls to the bottom tier everywhere; here the band is undecided and says why."""
        outcome = tier_band(GOLD_AT_50_000, measure="unknown", on=ON).outcome

        assert (None, ("assets",)) == (outcome.tier, outcome.unknown)

    def test_never_assessed_is_not_lost_long_ago(self) -> None:
        """A null date is never 1970: a customer never assessed has no dates and loses nothing."""
        view = desk(GOLD_AT_50_000).view("customer-1", at(ON))

        assert ("BASE", None, None, None) == (
            view.tier,
            view.reason,
            view.effective_on,
            view.assessed_on,
        )

    def test_an_error_in_one_cell_is_an_error_of_the_policy(self) -> None:
        """zen-engine skips a row with a broken cell; here the policy does not load."""
        with pytest.raises(PolicyError, match=r"tier\[1\].enter"):
            one_tier_policy(enter="50,000")

    def test_an_unknown_key_is_not_dropped(self) -> None:
        """PolicyEngine once dropped keys beside values; here they are refused with the near name."""
        with pytest.raises(PolicyError, match="protection"):
            one_tier_policy(enter="1.00", protetion="P6M")

    @pytest.mark.parametrize(
        ("row", "path"),
        [
            ({"enter": 1.0}, "enter"),
            ({"enter": "NaN"}, "enter"),
            ({"enter": "1.001"}, "enter"),
            ({"enter": "1.00", "retain": "1.01"}, "retain"),
            ({"enter": "1.00", "grace": "P1.5M"}, "grace"),
            ({"enter": "1.00", "grace": "-P1M"}, "grace"),
            ({"retain": "1.00"}, "retain"),
            ({}, r"tier\[1\]"),
        ],
    )
    def test_a_faulty_row_is_named(self, row: dict[str, Any], path: str) -> None:
        """Floats, NaN, fractions of a cent, levels upside down and no levels: named by path."""
        with pytest.raises(PolicyError, match=path):
            one_tier_policy(**row)

    def test_no_gap_and_no_overlap_between_tiers(self) -> None:
        """Two tiers with one entry level would leave one of them unreachable."""
        rows = [{"code": "BASE"}, {"code": "A", "enter": "1.00"}, {"code": "B", "enter": "1.00"}]
        with pytest.raises(PolicyError, match=r"tier\[2\]"):
            policy_of({"tier": rows})


class TestTime:
    """What days do."""

    def test_no_flapping(self) -> None:
        """A balance that hops around the entry level, inside the band, moves the tier once."""
        policy = one_tier_policy(enter="100.00", retain="80.00")
        standing, tiers = Standing(), []
        for hop in range(48):
            standing = step(
                policy, standing, ON + timedelta(hop), 100_00 if hop % 2 == 0 else 99_99
            )
            tiers.append((standing.tier, standing.effective_on))

        assert [("GOLD", ON)] * 48 == tiers

    def test_only_the_first_miss_starts_the_clock(self) -> None:
        """Stamping the clock at every miss would never let a tier lapse."""
        policy = one_tier_policy(enter="100.00", grace="P3M")
        standing = step(policy, Standing(), date(2026, 1, 31), 100_00)
        for day in (date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)):
            standing = step(policy, standing, day, 0)
            assert date(2026, 2, 28) == standing.qualifications["GOLD"].below_since
        standing = step(policy, standing, date(2026, 5, 31), 0)

        assert ("BASE", date(2026, 5, 28)) == (standing.tier, standing.effective_on)

    def test_a_recovery_is_not_undone_by_the_next_run(self) -> None:
        """Reactivated, then dropped by the next batch on the old clock: any reset re-anchors it."""
        policy = one_tier_policy(enter="100.00", retain="80.00", grace="P3M")
        standing = step(policy, Standing(), date(2026, 1, 31), 100_00)
        standing = step(policy, standing, date(2026, 2, 28), 0)
        standing = step(policy, standing, date(2026, 5, 27), 80_00)
        standing = step(policy, standing, date(2026, 5, 28), 0)

        assert (TierReason.GRACE, date(2026, 8, 28)) == (standing.reason, standing.next_review)

    def test_the_deadline_and_not_the_batch_dates_a_fall(self) -> None:
        """A batch that runs late does not make a tier lapse late."""
        policy = one_tier_policy(enter="100.00", grace="P3M")
        standing = step(policy, Standing(), date(2026, 1, 31), 100_00)
        standing = step(policy, standing, date(2026, 2, 28), 0)
        late = [step(policy, standing, date(2026, 5, 28) + timedelta(n), 0) for n in range(90)]

        assert {("BASE", date(2026, 5, 28))} == {(s.tier, s.effective_on) for s in late}

    def test_periods_are_half_open(self) -> None:
        """`valid until 1 January` once meant a second before; here it is the first day without."""
        policy = one_tier_policy(enter="100.00", protection="P1Y")
        standing = step(policy, Standing(), date(2026, 1, 1), 100_00)

        assert date(2027, 1, 1) == standing.qualifications["GOLD"].protected_until
        assert "GOLD" == step(policy, standing, date(2026, 12, 31), 0).tier
        assert "BASE" == step(policy, standing, date(2027, 1, 1), 0).tier

    @pytest.mark.parametrize(
        ("start", "until"),
        [
            (date(2026, 8, 31), date(2027, 2, 28)),
            (date(2027, 8, 31), date(2028, 2, 29)),
            (date(2024, 2, 29), date(2024, 8, 29)),
        ],
    )
    def test_a_month_that_is_too_short_is_clamped_from_the_anchor(
        self, start: date, until: date
    ) -> None:
        """Months are added once from the anchor, and end with the month where it is shorter."""
        policy = one_tier_policy(enter="100.00", protection="P6M")
        standing = step(policy, Standing(), start, 100_00)

        assert until == standing.qualifications["GOLD"].protected_until

    def test_the_policy_zone_decides_the_day(self) -> None:
        """An instant has its day in the policy's zone, not in that of its own offset."""
        policy = policy_of(
            {
                "zone": "Asia/Taipei",
                "tier": [{"code": "BASE"}, {"code": "GOLD", "enter": "1.00"}],
            }
        )
        standings = desk(policy)
        standings.office._now = lambda: at(date(2026, 6, 30)) + timedelta(hours=4, minutes=30)
        standings.assess("a", "customer-1", measure={"average": "1.00"})

        assert date(2026, 7, 1) == standings.view("customer-1").assessed_on

    def test_a_version_of_the_future_freezes_nothing(self) -> None:
        """In policyengine-us a reform dated ahead changed the years before it; not here."""
        row = {"code": "GOLD", "enter": "100.00"}
        base = {"tier": [{"code": "BASE"}, row]}
        later = {"since": date(2030, 1, 1), "tier": [{"code": "BASE"}, {**row, "enter": "999.00"}]}
        policy = policy_of(base, later)

        assert "GOLD" == tier({"average": "100.00"}, policy)

    def test_a_day_before_the_first_version_is_no_default(self) -> None:
        """A day without a version in force is an error that says so."""
        with pytest.raises(NotInForceError, match="1970-01-01"):
            tier_band(GOLD_AT_50_000, measure="unknown", on=date(1969, 12, 31))


class TestExplaining:
    """Which condition failed, and by how much."""

    def test_the_nearest_miss_is_named(self) -> None:
        """Engines name the row that matched; here the condition that failed says how far it missed."""
        policy = policy_of(
            {
                "tier": [
                    {"code": "BASE"},
                    {"code": "GOLD", "enter": "100.00"},
                    {"code": "PLATINUM", "enter": "1000.00"},
                    {"code": "DIAMOND", "enter": "1000000.00"},
                ]
            }
        )
        explanation = tier_band(policy, measure={"average": "950.00"}, on=ON).explanation()
        nearest = explanation.nearest_miss
        assert nearest is not None

        assert ("PLATINUM", False, "50.00 CNY", Fraction(50, 1000)) == (
            dict(nearest.reason.facts)["tier"],
            nearest.held,
            str(nearest.short),
            nearest.relative,
        )

    def test_a_miss_of_less_than_a_cent_is_shown_as_a_miss(self) -> None:
        """The words never say that 50,000.00 is short of 50,000.00."""
        decision = tier_band(GOLD_AT_50_000, measure=Measure(149_999_999, 30), on=ON)
        (check,) = decision.explanation().checks

        assert ("49999.99 CNY", "0.01 CNY") == (
            str(dict(check.reason.facts)["held"]),
            str(check.short),
        )


def step(policy: Any, before: Standing, day: date, measure: int) -> Standing:
    """Assess one measure of so many minor units."""
    facts = {"measure": minor(measure), "on": day, "standing": before}
    outcome: Standing = tier_assessment(policy, **facts).outcome
    return outcome
