"""Programmes as written: what is refused at load, every fault at once, each with its path."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import pytest
from programme_tools import earn, faults_of, policy_of, programme_of, titled

from bankservice.core.errors import FaultsError, PolicyError
from bankservice.core.frozen import FrozenMapping
from bankservice.loyalty import SHELF, AccrualFacts, Lot, accrual_of
from bankservice.loyalty.programme.periods import period_key, rolling_keys
from bankservice.loyalty.programme.scheme import EARNING_FACTS

ON = date(2026, 11, 22)
SHIPPED = tuple(
    policy_id
    for policy_id in SHELF.shipped()
    if policy_id.startswith("loyalty/") and SHELF.get(policy_id).kind.name == "loyalty.programme"
)


def cap(code: str = "most", **keys: Any) -> dict[str, Any]:
    """Return a cap of a hundred points a month, where nothing else is said."""
    return titled(code, **{"limit": 100, **keys})


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "no such zone": ({"zone": "Asia/Peking"}, "zone", "IANA"),
    "no such currency": ({"currency": "CNX"}, "currency", "ISO 4217"),
    "too many digits": ({"points": {"scale": 7}}, "points.scale", "0 to 6"),
    "no statement day": ({"statement_day": 32}, "statement_day", "1 to 31"),
    "a step of nothing": ({"rounding": {"step": 0}}, "rounding.step", "1 on"),
    "a group without codes": (
        {"merchants": [{"code": "g", "mcc": []}]},
        "merchants[0].mcc",
        "one or more",
    ),
    "three digits": (
        {"merchants": [{"code": "g", "mcc": ["541"]}]},
        "merchants[0].mcc[0]",
        "four digits",
    ),
    "a range backwards": (
        {"merchants": [{"code": "g", "mcc": ["3299-3000"]}]},
        "merchants[0].mcc[0]",
        "ends after",
    ),
    "a code twice": (
        {"merchants": [{"code": "g", "mcc": ["3000-3299", "3100"]}]},
        "merchants[0].mcc[1]",
        "3000-3299",
    ),
    "two groups of one name": (
        {"merchants": [{"code": "g", "mcc": ["5411"]}, {"code": "g", "mcc": ["5412"]}]},
        "merchants[1].code",
        "not taken",
    ),
    "a list of all codes that overlaps": ({"mcc": ["0000-0100", "0100"]}, "mcc[1]", "0000-0100"),
    "a lane without rows": (
        {"lane": [{"code": "one"}, {"code": "two"}]},
        "lane[1]",
        "a row",
    ),
    "an exclusion of everything": ({"exclude": [titled("all")]}, "exclude[0]", "what it excludes"),
    "an exclusion of no kind there is": (
        {"exclude": [titled("x", kinds=["fees"])]},
        "exclude[0].kinds[0]",
        "earning-kinds",
    ),
    "an exclusion of no group there is": (
        {"exclude": [titled("x", merchants=["g"])]},
        "exclude[0].merchants[0]",
        "group of merchants",
    ),
    "a factor of nothing": (
        {"multiplier": [titled("m", factor=0)]},
        "multiplier[0].factor",
        "above 0",
    ),
    "a factor on no component": (
        {"multiplier": [titled("m", factor=2, components=["bonus"])]},
        "multiplier[0].components[0]",
        "component",
    ),
    "a factor by merchant": (
        {"multiplier": [titled("m", factor=2, when={"fact": "mcc", "equals": "5411"})]},
        "multiplier[0].when",
        "belong to a row",
    ),
    "a cap of nothing": ({"cap": [cap(limit=0)]}, "cap[0].limit", "earns nothing ever"),
    "a cap of half a point": (
        {"cap": [cap(limit=Decimal("0.5"))]},
        "cap[0].limit",
        "whole points",
    ),
    "a cap of half a cent": (
        {"cap": [cap(measure="amount", limit=Decimal("0.005"))]},
        "cap[0].limit",
        "whole amount",
    ),
    "a cap on no row": ({"cap": [cap(rows=["spent"])]}, "cap[0].rows[0]", "earning row"),
    "a cap on a row twice": (
        {"cap": [cap(rows=["spend", "spend"])]},
        "cap[0].rows[1]",
        "once",
    ),
    "rolling without days": ({"cap": [cap(period="rolling")]}, "cap[0].days", "counts back"),
    "days without rolling": ({"cap": [cap(days=3)]}, "cap[0].days", "rolling"),
    "a rate above points": (
        {"cap": [cap(above={"points": 1})]},
        "cap[0].above",
        "measure amount",
    ),
    "a rate above that is higher": (
        {"cap": [cap(measure="amount", above={"points": 2})]},
        "cap[0].above",
        "at most its own",
    ),
    "after no time": ({"expiry": {"mode": "after"}}, "expiry.period", "how long"),
    "never, but after a year": (
        {"expiry": {"mode": "never", "period": "P1Y"}},
        "expiry.mode",
        "lapse",
    ),
    "30 February": (
        {"expiry": {"mode": "fixed-day", "days": ["02-30"]}},
        "expiry.days",
        "MM-DD",
    ),
    "a week": (
        {"expiry": {"mode": "fixed-day", "days": ["W05-1"]}},
        "expiry.days",
        "MM-DD",
    ),
    "two fixed days": (
        {"expiry": {"mode": "fixed-day", "days": ["06-30", "12-31"]}},
        "expiry.days",
        "one day",
    ),
    "cycles without days": ({"expiry": {"mode": "cycles"}}, "expiry.days", "one or more days"),
    "a hard limit without inactivity": (
        {"expiry": {"mode": "after", "period": "P1Y", "most": "P3Y"}},
        "expiry.most",
        "inactivity",
    ),
    "a hundred and one years": (
        {"expiry": {"mode": "after", "period": "P101Y"}},
        "expiry.period",
        "hundred years",
    ),
    "after no days": ({"available": {"mode": "after"}}, "available.days", "1 or more"),
    "days at once": ({"available": {"days": 3}}, "available.days", "mode after"),
    "an action of no name": ({"available": {"mode": "action"}}, "available.action", "the code"),
    "a quote without a price": (
        {"refunds": {"shortfall": "cash-quote"}},
        "refunds.cash_per_point",
        "an amount",
    ),
    "holds that last no time": ({"holds": {"lasts": "PT0S"}}, "holds.lasts", "more than nothing"),
    "holds that last a month": ({"holds": {"lasts": "P1M"}}, "holds.lasts", "duration"),
    "a negative arrears limit": ({"arrears": {"limit": -1}}, "arrears.limit", "0 on"),
    "a transfer of nothing": ({"transfer": {"least": 0}}, "transfer.least", "1 on"),
    "a day below one transfer": (
        {"transfer": {"least": 10, "most_a_day": 5}},
        "transfer.most_a_day",
        "one transfer",
    ),
    "points for nothing": ({"purchase": {"price": "0"}}, "purchase.price", "above 0"),
    "a limit of nothing": (
        {"limits": {"most_a_redemption": 0}},
        "limits.most_a_redemption",
        "1 on",
    ),
    "a gift for nothing": ({"reward": [titled("r", points=0)]}, "reward[0].points", "1 on"),
    "negative stock": (
        {"reward": [titled("r", points=1, stock=-1)]},
        "reward[0].stock",
        "0 on",
    ),
    "a credit worth nothing": (
        {"reward": [titled("r", points=1, kind="statement-credit")]},
        "reward[0].value",
        "worth",
    ),
    "a step that is no multiple": (
        {"reward": [titled("r", points=400, value="10.00", kind="statement-credit", step=500)]},
        "reward[0].step",
        "a multiple",
    ),
    "steps of a gift": (
        {"reward": [titled("r", points=400, step=400)]},
        "reward[0].step",
        "statement-credit",
    ),
    "a share of a gift": (
        {"reward": [titled("r", points=400, most_share=Decimal("0.5"))]},
        "reward[0].most_share",
        "points-plus-cash",
    ),
    "a partner of no name": (
        {"reward": [titled("r", points=400, partner=" ")]},
        "reward[0].partner",
        "code of a partner",
    ),
    "a reward that is never to be had": (
        {"reward": [titled("r", points=400, window={"months": [13]})]},
        "reward[0].window.months[0]",
        "1 to 12",
    ),
    "a quote beside arrears": (
        {"refunds": {"cash_per_point": "0.01"}},
        "refunds.cash_per_point",
        "cash-quote",
    ),
    "a day twice": (
        {"expiry": {"mode": "cycles", "days": ["06-30", "06-30"]}},
        "expiry.days",
        "once",
    ),
    "a fixed day, rounded": (
        {"expiry": {"mode": "fixed-day", "days": ["06-30"], "round_to": "month"}},
        "expiry.round_to",
        "nothing",
    ),
    "days of a period": (
        {"expiry": {"mode": "after", "period": "P1Y", "days": ["06-30"]}},
        "expiry.days",
        "fixed-day or cycles",
    ),
    "years of a period": (
        {"expiry": {"mode": "after", "period": "P1Y", "years": 2}},
        "expiry.years",
        "1 to 100",
    ),
    "points of no name": ({"points": {"code": " "}}, "points.code", "a code"),
    "a lane of no name": ({"lane": [{"code": ""}]}, "lane[0].code", "not empty"),
    "a factor on nothing": (
        {"multiplier": [titled("m", factor=2, components=[])]},
        "multiplier[0].components",
        "one or more",
    ),
    "no rows": ({"earn": []}, "earn", "one or more"),
    "a share above one": (
        {"reward": [titled("r", points=1, value="1", kind="points-plus-cash", most_share=2)]},
        "reward[0].most_share",
        "up to 1",
    ),
}
"""What is wrong → keys, the path told, a part of what was wanted."""

ROWS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no kind": ({"kinds": []}, "kinds", "one or more kinds"),
    "no such kind": ({"kinds": ["crad"]}, "kinds[0]", "earning-kinds"),
    "no such lane": ({"lane": "two"}, "lane", "a lane"),
    "no such group": ({"merchants": ["food"]}, "merchants[0]", "group of merchants"),
    "no such channel": (
        {"when": {"fact": "channel", "equals": "pigeon"}},
        "when",
        "vocabulary/channels",
    ),
    "no such product": (
        {"when": {"fact": "product", "within": "gold"}},
        "when",
        "vocabulary/product-kinds",
    ),
    "nothing": ({"points": 0}, "points", "fixed points"),
    "negative": ({"points": -1}, "points", "0 or more"),
    "for nothing": ({"per": "0"}, "per", "above 0"),
    "finer than the currency": ({"per": "0.001"}, "per", "finer"),
    "no component": ({"component": " "}, "component", "a class"),
    "no days": ({"basis": "balance-days", "per_days": 0}, "per_days", "1 on"),
    "a bad day of its own": (
        {"expiry": {"mode": "fixed-day", "days": ["13-01"]}},
        "expiry.days",
        "MM-DD",
    ),
    "days of an amount": ({"per_days": 30}, "per_days", "balance-days"),
    "a minimum above the maximum": (
        {"minimum": "200.00", "maximum": "100.00"},
        "minimum",
        "maximum (100.00)",
    ),
    "a block above the maximum": (
        {"block": "200.00", "maximum": "100.00"},
        "block",
        "maximum (100.00)",
    ),
    "a window that never holds": (
        {"window": {"from_on": date(2026, 2, 1), "through_on": date(2026, 1, 1)}},
        "window.through_on",
        "a day from",
    ),
    "no such holiday": (
        {"window": {"calendar": "holidays/cn", "holidays": ["Winter Festival"]}},
        "window.holidays[0]",
        "a holiday",
    ),
}
"""What is wrong with a row → keys, the path told, a part of what was wanted."""


class TestFaults:
    """Every fault is told with its path, all at once."""

    @pytest.mark.parametrize("name", WRONG)
    def test_of_the_programme(self, name: str) -> None:
        """A programme that can never be right is refused, and the fault names its place."""
        keys, path, wanted = WRONG[name]

        assert wanted in faults_of(**keys)[path]

    @pytest.mark.parametrize("name", ROWS)
    def test_of_a_row(self, name: str) -> None:
        """A row that can never be right is refused, and the fault names its place."""
        keys, path, wanted = ROWS[name]

        assert wanted in faults_of(earn(**keys))[f"earn[0].{path}"]

    def test_all_at_once(self) -> None:
        """Faults of every table are told together."""
        found = faults_of(
            earn(kinds=["crad"], points=0),
            earn(),
            cap=[cap(limit=0)],
            zone="Asia/Peking",
            reward=[titled("r", points=0)],
        )

        assert {
            "zone",
            "earn[0].kinds[0]",
            "earn[0].points",
            "earn[1].code",
            "cap[0].limit",
            "reward[0].points",
        } == set(found)

    def test_a_cap_by_amount_on_what_is_none(self) -> None:
        """A cap by amount names rows that count amounts; where it names none, others are left out."""
        rows = (earn(), earn("days", kinds=["deposit"], basis="balance-days"))
        found = faults_of(*rows, cap=[cap(measure="amount", rows=["spend", "days"])])

        assert {
            "cap[0].rows[1]": "days, which counts balance-days / a row that counts an amount"
        } == found
        assert {"spend"} == programme_of(*rows, cap=[cap(measure="amount")]).scheme.lanes["card"][
            0
        ].rows[0].limits[0].rows

    def test_dates_are_told_once(self) -> None:
        """What is wrong with the programme's own dates is not told again for each row."""
        found = faults_of(
            earn(available={"mode": "next-day"}), expiry={"mode": "fixed-day", "days": ["02-30"]}
        )

        assert {"expiry.days"} == set(found)

    def test_a_quote(self) -> None:
        """A shortfall may be quoted in money, at a price for each point."""
        refunds = {"shortfall": "cash-quote", "cash_per_point": "0.01"}

        assert "cash-quote" == programme_of(refunds=refunds).written.refunds.shortfall

    def test_what_cannot_be_read_hides_nothing(self) -> None:
        """A row whose amount is no number is told beside what is wrong elsewhere."""
        found = faults_of(
            earn(per="much"),
            cap=[cap(measure="amount", limit=0, above={"points": 0})],
        )

        assert {"earn[0].per", "cap[0].limit"} == set(found)

    def test_a_fact_nobody_declares(self) -> None:
        """A condition names facts of an accrual, or facts that the version declares."""
        found = faults_of(earn(when={"fact": "abroad", "equals": True}))

        assert {
            "version since 2000-01-01.earn[0].when.fact": "'abroad' / a fact of this policy"
        } == found

    def test_overlapping_groups_are_fine(self) -> None:
        """One category code may stand in two groups, and a lane may use both."""
        groups = [{"code": "a", "mcc": ["5411"]}, {"code": "b", "mcc": ["5000-5999"]}]

        programme = programme_of(
            earn("one", merchants=["a"]), earn("two", merchants=["b"]), merchants=groups
        )

        facts = AccrualFacts(amount="10", on=ON, mcc="5411")  # type: ignore[arg-type]
        assert 20 == accrual_of(facts, programme).points


class TestReach:
    """Rows that can never earn are refused."""

    @pytest.mark.parametrize(
        ("earlier", "later"),
        [
            ({}, {}),
            ({}, {"when": {"fact": "channel", "equals": "app"}}),
            ({"kinds": ["spending"]}, {"kinds": ["card", "online"]}),
            ({"merchants": ["wide"]}, {"merchants": ["narrow"]}),
            (
                {"when": {"fact": "channel", "in": ["app", "website"]}},
                {"when": {"fact": "channel", "equals": "app"}},
            ),
            ({"minimum": "10"}, {"minimum": "20"}),
        ],
    )
    def test_taken_by_an_earlier_row(self, earlier: dict[str, Any], later: dict[str, Any]) -> None:
        """In a lane that takes the first, a row is refused that an earlier one always takes."""
        found = faults_of(
            earn("later", priority=2, **later),
            earn("earlier", priority=1, **earlier),
            lane=[{"code": "spend", "mode": "first"}],
            merchants=[{"code": "narrow", "mcc": ["5411"]}, {"code": "wide", "mcc": ["5000-5999"]}],
        )

        assert {
            "earn[0]": "later, which can never be reached / a row that earlier does not already take"
        } == found

    @pytest.mark.parametrize(
        ("earlier", "later"),
        [
            ({"merchants": ["narrow"]}, {}),
            ({"kinds": ["card"]}, {}),
            ({"when": {"fact": "channel", "equals": "app"}}, {}),
            ({"window": {"weekdays": ["mon"]}}, {}),
            ({"enrolment": True}, {}),
            ({"minimum": "20"}, {"minimum": "10"}),
        ],
    )
    def test_not_taken(self, earlier: dict[str, Any], later: dict[str, Any]) -> None:
        """A row that an earlier one takes only sometimes stands."""
        programme = programme_of(
            earn("earlier", priority=1, **earlier),
            earn("later", priority=2, **later),
            lane=[{"code": "spend", "mode": "first"}],
            merchants=[{"code": "narrow", "mcc": ["5411"]}],
        )

        assert {"earlier", "later"} == {row.code for row in programme.written.earn}

    def test_wholly_excluded(self) -> None:
        """A row is refused that an exclusion always takes."""
        found = faults_of(earn(), exclude=[titled("no", kinds=["spending"])])

        assert {
            "earn[0]": "spend, which can never earn / a row that no does not wholly exclude"
        } == found


class TestShipped:
    """The shipped programmes."""

    @pytest.mark.parametrize("policy_id", SHIPPED)
    def test_they_load(self, policy_id: str) -> None:
        """A shipped programme has no faults, and rates a plain purchase."""
        version = SHELF.get(policy_id).on(ON)
        facts = AccrualFacts(amount="1000.00", on=ON, customer=FrozenMapping({"foreign": False}))  # type: ignore[arg-type]

        assert accrual_of(facts, version.parameters).points > 0

    def test_conditions_may_name_facts_there_are(self) -> None:
        """Every fact that conditions may name is one of an accrual."""
        assert set(EARNING_FACTS) <= {field.name for field in attrs.fields(AccrualFacts)}


class TestDeclared:
    """Facts of the bank's own."""

    FACTS = (
        {"name": "foreign", "type": "boolean"},
        {"name": "salary", "type": "number"},
        {"name": "since", "type": "date"},
        {"name": "branches", "type": "integer"},
        {"name": "trade", "type": "code", "tree": "vocabulary/customer-kinds"},
    )

    def points(self, condition: dict[str, Any], **customer: Any) -> int | tuple[str, ...]:
        """Return what a hundred earns where the condition decides; what is not known instead."""
        programme = programme_of(earn(when=condition), fact=self.FACTS)
        facts = AccrualFacts(amount="100", on=ON, customer=FrozenMapping(customer))  # type: ignore[arg-type]
        found = accrual_of(facts, programme)
        return found.unknown or found.points

    def test_types(self) -> None:
        """A declared fact is read as its type, whether it stands as a value or as text."""
        assert 100 == self.points({"fact": "foreign", "equals": True}, foreign=True)
        assert 100 == self.points({"fact": "foreign", "equals": True}, foreign="true")
        assert 0 == self.points({"fact": "foreign", "equals": True}, foreign="false")
        assert 100 == self.points({"fact": "salary", "at_least": 5}, salary="5.00")
        assert 100 == self.points({"fact": "since", "at_most": ON}, since="2026-11-22")
        assert 0 == self.points({"fact": "branches", "at_least": 2}, branches="1")

    def test_codes(self) -> None:
        """A declared code is looked up in its tree."""
        assert 100 == self.points({"fact": "trade", "within": "person"}, trade="person")
        assert 0 == self.points({"fact": "trade", "within": "person"}, trade="")

    def test_unknown(self) -> None:
        """One that is not stated is unknown, and nothing is granted."""
        assert ("salary",) == self.points({"fact": "salary", "at_least": 5})
        assert ("salary",) == self.points({"fact": "salary", "at_least": 5}, salary="unknown")

    def test_wrong(self) -> None:
        """One that is not of its type is refused by name."""
        with pytest.raises(FaultsError, match="salary"):
            self.points({"fact": "salary", "at_least": 5}, salary="much")

    def test_names_are_taken(self) -> None:
        """A declared fact cannot have the name of one there is."""
        with pytest.raises(PolicyError, match="not taken"):
            policy_of(fact=[{"name": "tier", "type": "text"}])


class TestPeriods:
    """In which period a limit is used."""

    DAY = date(2026, 2, 28)

    @pytest.mark.parametrize(
        ("period", "key"),
        [
            ("transaction", ""),
            ("day", "2026-02-28"),
            ("statement", "to 2026-03-09"),
            ("month", "2026-02"),
            ("quarter", "2026-Q1"),
            ("year", "2026"),
            ("membership-year", "from 2026-02-28"),
            ("lifetime", "ever"),
        ],
    )
    def test_keys(self, period: str, key: str) -> None:
        """Each period has its own key; somebody who joined on 29 February counts from the 28th."""
        found = period_key(period, self.DAY, statement_day=9, opened_on=date(2024, 2, 29))

        assert key == found

    def test_day_and_card(self) -> None:
        """A cap says which day tells its period, and whether each card counts by itself."""
        programme = programme_of(
            cap=[
                cap("a", dated_by="transaction", scope="card"),
                cap("b"),
                cap("c", period="rolling", days=3, dated_by="transaction"),
            ]
        )
        on, posted = date(2026, 1, 31), date(2026, 2, 1)

        assert "2026-01 gold" == programme.period_of("a", on, posted, None, "gold")
        assert "2026-02" == programme.period_of("b", on, posted, None, "gold")
        assert ("2026-01-31", "2026-01-30", "2026-01-29") == programme.periods_of(
            "c", on, posted, None
        )

    def test_rounding(self) -> None:
        """What is rounded over a statement is counted by the statement of posting."""
        programme = programme_of(rounding={"unit": "statement"}, statement_day=20)

        assert "to 2026-02-20" == programme.period_of(
            "=base", date(2026, 1, 5), date(2026, 1, 21), None
        )

    def test_rewards(self) -> None:
        """What one account may take of a reward is counted by its period."""
        programme = programme_of(reward=[titled("tea", points=5, most=1, period="quarter")])

        assert "2026-Q1" == programme.reward_period("tea", self.DAY)

    def test_rolling_at_the_beginning_of_time(self) -> None:
        """Days before the first are left out."""
        assert ("0001-01-02", "0001-01-01") == rolling_keys(date(1, 1, 2), 5)


def lot(number: int, earned: int, expires: int | None, component: str = "base") -> Lot:
    """Return a lot for sorting."""
    return Lot(
        number=number,
        granted=1,
        left=1,
        component=component,
        ref="",
        earned_on=date(2026, 1, earned),
        available_at=0,
        expires_at=expires,
    )


class TestBurnOrder:
    """Which lots are drawn first."""

    LOTS = (
        lot(1, 1, None),
        lot(2, 2, 900, "promo"),
        lot(3, 3, 300),
        lot(4, 3, 300, "promo"),
        lot(5, 2, 900),
    )

    @pytest.mark.parametrize(
        ("order", "numbers"),
        [
            ("earliest-expiry", [3, 4, 2, 5, 1]),
            ("earned-first", [1, 2, 5, 3, 4]),
            ("promo-first", [4, 2, 3, 5, 1]),
            ("last-in-first-out", [4, 3, 5, 2, 1]),
        ],
    )
    def test_order(self, order: str, numbers: list[int]) -> None:
        """Each order is total: ties end with the number of the lot."""
        programme = programme_of(burn_order=order)

        assert numbers == [held.number for held in sorted(self.LOTS, key=programme.draw_key)]
