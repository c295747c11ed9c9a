"""Offers as data: what is refused at load, what the rule answers, and in which words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offer_tools import (
    TITLE,
    WIRE,
    bonus,
    discount,
    faults_of,
    gift,
    holidays,
    lane,
    offering,
    waiver,
)

from bankservice import loyalty, policies
from bankservice.core.errors import FaultsError, NotInForceError, UnknownNameError
from bankservice.core.policy_file import read_policy
from bankservice.core.scalars import Amount
from bankservice.core.structure import FACTS
from bankservice.core.wording import LOCALES, placeholders, templates
from bankservice.loyalty.benefits import record, telling
from bankservice.loyalty.benefits.model import OfferFacts, OfferWhy, percent, rate_units
from bankservice.loyalty.benefits.rule import offers_of
from bankservice.loyalty.policy import SHELF

ON = date(2026, 6, 1)
GOLD = {"fact": "tier", "equals": "GOLD"}
MANY = {"fact": "quantity", "at_least": 2}
LATE = {"fact": "standing", "equals": "overdue"}


@pytest.mark.parametrize(
    ("offer", "path"),
    [
        (bonus(basis_points=0), "offer[0].basis_points"),
        (bonus(basis_points=-5), "offer[0].basis_points"),
        (bonus(basis_points=10_001), "offer[0].basis_points"),
        (bonus(ceiling="0"), "offer[0].ceiling"),
        (bonus(ceiling="1001"), "offer[0].ceiling"),
        (bonus(ceiling="1.0000000000001"), "offer[0].ceiling"),
        (bonus(floor="1"), "offer[0].floor"),
        (discount(floor="-1"), "offer[0].floor"),
        (discount(ceiling="9"), "offer[0].ceiling"),
        ({**bonus(), "ceiling": None}, "offer[0].ceiling"),
        (bonus(products=[]), "offer[0].products"),
        (bonus(products=["deposits"]), "offer[0].products[0]"),
        (bonus(kinds=["depositt"]), "offer[0].kinds[0]"),
        (bonus(currencies=["XXQ"]), "offer[0].currencies[0]"),
        (bonus(lane="other"), "offer[0].lane"),
        (bonus(when={"fact": "tierr", "equals": "GOLD"}), "offer[0].when.fact"),
        (bonus(when={"fact": "tier", "equals": "GOLDD"}), "offer[0].when"),
        (bonus(when={"fact": "stage", "equals": "gone"}), "offer[0].when"),
        (bonus(when={"fact": "channel", "within": "telepathy"}), "offer[0].when"),
        (bonus(window={"months": [2], "days_of_month": [31]}), "offer[0].window"),
        (waiver(fees=[]), "offer[0].fees"),
        (waiver(fees=["wires"]), "offer[0].fees[0]"),
        (waiver(share="0"), "offer[0].share"),
        (waiver(share="1.2"), "offer[0].share"),
        (waiver(most=2), "offer[0].period"),
        (waiver(period="month"), "offer[0].period"),
        (waiver(most=0, period="month"), "offer[0].most"),
        (waiver(most=1, period="occasion"), "offer[0].period"),
        (waiver(most_each="0.00"), "offer[0].most_each"),
        (waiver(most_each="1.005"), "offer[0].most_each"),
        (waiver(budget=3, budget_amount="3.00"), "offer[0].budget"),
        (waiver(basis_points=5), "offer[0].basis_points"),
        (waiver(currencies=["USD"], most_each="1.00"), "offer[0].most_each"),
        (gift(gift="cup"), "offer[0].gift"),
        (gift(every=0), "offer[0].every"),
    ],
)
def test_what_is_refused_at_load(offer: dict[str, Any], path: str) -> None:
    """Each fault is told with its path."""
    offer = {key: part for key, part in offer.items() if part is not None}

    assert [path] == list(faults_of(offer))


@pytest.mark.parametrize(
    ("table", "path"),
    [
        ({"lane": [lane("all"), lane("all")]}, "lane[1].code"),
        ({"fee": [{"code": "wire", "title": TITLE}] * 2}, "fee[1].code"),
        ({"nothing": [{"code": "all", "title": TITLE}]}, "nothing[0]"),
        ({"most_waived": "0"}, "most_waived"),
        ({"most_basis_points": 0}, "most_basis_points"),
        ({"zone": "Asia/Shanghi"}, "zone"),
        ({"currency": "CNX"}, "currency"),
        ({"offer": []}, "offer"),
    ],
)
def test_tables_that_are_refused(table: dict[str, Any], path: str) -> None:
    """What stands beside the offers is checked too."""
    assert path in faults_of(waiver(), **table)


def test_codes_stand_once() -> None:
    """Two offers of one code are refused."""
    assert ["offer[1].code"] == list(faults_of(waiver("a"), gift("a")))


@pytest.mark.parametrize("mode", ["first", "best"])
def test_an_offer_that_can_never_be_reached(mode: str) -> None:
    """One whose place an earlier one always takes is refused; where both stack it is not."""
    narrow = bonus("b", when=GOLD, basis_points=10, ceiling="2.00")

    assert ["offer[1]"] == list(faults_of(bonus("a"), narrow, lane=[lane(mode)]))
    assert [] == list(faults_of(bonus("a"), narrow, lane=[lane("all")]))
    for free in ({"ceiling": "3.50"}, {"priority": 1, "basis_points": 25}):
        assert [] == list(faults_of(bonus("a"), {**narrow, **free}, lane=[lane("best")]))
    for wide in (
        bonus("a", enrolment=True),
        bonus("a", most=1, period="month"),
        bonus("a", when=GOLD),
    ):
        assert [] == list(faults_of(wide, bonus("b", basis_points=10), lane=[lane(mode)]))


def test_a_product_earns_or_is_paid_for() -> None:
    """A bonus and a discount on one product, or on one above the other, cannot both be meant."""
    wanted = faults_of(bonus(products=["wealth"]), discount(products=["loan", "time_deposit"]))

    assert ["offer[1].products[1]"] == list(wanted)


def test_next_year_follows_the_holiday_calendar() -> None:
    """When the days of the next year are announced, the offer has them; no policy is changed."""
    feast = {"calendar": "holidays/acme", "holidays": ["Feast"]}
    first = (date(2026, 1, 1), {"Feast": (date(2026, 2, 17),)})
    second = (date(2027, 1, 1), {"Feast": (date(2027, 2, 6),)})
    found = []
    for calendar in (holidays(first), holidays(first, second)):
        policy = offering(waiver(window=feast), shelf=SHELF.with_policies((calendar,)))
        decision = loyalty.offers(policy, on="2027-02-06", **WIRE)
        found.append((decision.outcome.fee_minor, decision.outcome.unknown))

    assert [(10000, ("holidays",)), (0, ())] == found


def test_a_calendar_changed_later_leaves_old_decisions() -> None:
    """Asked with what was known then, a day taken from the holiday later still counts."""
    calendar = holidays(
        (date(2026, 1, 1), {"Feast": (date(2026, 5, 1), date(2026, 5, 2))}),
        (date(2026, 1, 1), {"known_on": date(2026, 6, 1), "Feast": (date(2026, 5, 1),)}),
    )
    feast = {"calendar": "holidays/acme", "holidays": ["Feast"]}
    policy = offering(waiver(window=feast), shelf=SHELF.with_policies((calendar,)))
    charged = [
        loyalty.offers(policy, on="2026-05-02", known_on=known, **WIRE).outcome.fee_minor
        for known in ("2026-05-02", "2026-06-01")
    ]

    assert [0, 10000] == charged


def test_the_calendar_is_named() -> None:
    """A decision names the versions of the calendar it rests on."""
    decision = loyalty.offers("spring-festival-offers", on="2026-02-17", kind="loan", rate="4")

    assert ["loyalty/spring-festival-offers", "holidays/cn"] == [
        r.policy for r in decision.policies
    ]


def test_the_day_needs_a_zone_or_a_profile() -> None:
    """An instant alone is no day: with a zone, or the institution's, it is one."""
    at = datetime(2026, 6, 19, 16, tzinfo=UTC)
    policy = offering(waiver(window={"through_on": date(2026, 6, 19)}))
    shape = next(name for name in policies.shelf().shipped() if name.startswith("loyalty/"))

    assert shape
    assert 10000 == loyalty.offers(policy, at=at, zone="Asia/Shanghai", **WIRE).outcome.fee_minor
    assert 0 == loyalty.offers(policy, at=at, zone="Europe/London", **WIRE).outcome.fee_minor
    with pytest.raises(TypeError, match="needs the day"):
        loyalty.offers(policy, at=at, **WIRE)


@pytest.mark.parametrize(
    "facts",
    [
        {"rate": 2.1},
        {"rate": True},
        {"rate": "NaN"},
        {"rate": "1e30"},
        {"rate": "1000.1"},
        {"rate": "0.0000000000001"},
        {"fee": "wire"},
        {"fee_amount": "1.00"},
        {"fee": "wire", "fee_amount": 1.5},
        {"fee": "wire", "fee_amount": "-1.00"},
        {"fee": "wire", "fee_amount": "1", "fees": [{"code": "wire", "amount": "1"}]},
        {"fees": [{"code": "wire", "amount": "1", "ref": "a"}] * 2},
        {"amount": "-1"},
        {"amount": 10.5},
        {"quantity": 0},
        {"quantity": True},
        {"used": {"waiver": -1}},
        {"used": {"waiver": 1.5}},
        {"used_amount": {"waiver": "-1"}},
        {"budget_left": {"waiver": -1}},
        {"at": datetime(2026, 6, 1)},  # noqa: DTZ001 - naive on purpose
        {"productt": "deposit"},
    ],
)
def test_facts_that_are_refused(facts: dict[str, Any]) -> None:
    """Floats, truth values, less than nothing, naive times and unknown keys are refused by name."""
    with pytest.raises(FaultsError):
        loyalty.offers(offering(waiver()), **{"on": ON, **facts})


@pytest.mark.parametrize(
    "facts",
    [
        {"product": "deposits"},
        {"kind": "spendings"},
        {"channel": "apps"},
        {"customer_kind": "persons"},
        {"currency": "CNX"},
        {"fee": "wires", "fee_amount": "1.00"},
        {"tier": "GOLDD"},
        {"stage": "gone"},
        {"used": {"waive": 1}},
        {"budget_left": {"waive": 1}},
    ],
)
def test_codes_that_are_not_there(facts: dict[str, Any]) -> None:
    """A code nobody knows is an error with the near ones, never a silent no."""
    with pytest.raises(UnknownNameError):
        loyalty.offers(offering(waiver()), on=ON, **facts)


def test_an_amount_finer_than_the_currency() -> None:
    """A fee of half a cent is refused."""
    with pytest.raises(ValueError, match=r"5\.005"):
        loyalty.offers(offering(waiver()), on=ON, fee="wire", fee_amount="5.005")


def test_no_version_in_force() -> None:
    """Before the first version there is none, and none is guessed."""
    with pytest.raises(NotInForceError):
        loyalty.offers(offering(waiver()), on="2019-12-31", **WIRE)


def test_other_currencies() -> None:
    """An offer is for the policy's currency, or for those it names."""
    policy = offering(waiver("home"), waiver("abroad", currencies=["JPY"], share="0.5"))
    yen = loyalty.offers(policy, on=ON, currency="JPY", fee="wire", fee_amount="101").outcome

    assert (["abroad"], 50) == ([benefit.offer for benefit in yen.benefits], yen.fee_minor)
    assert ["home"] == [
        benefit.offer for benefit in loyalty.offers(policy, on=ON, **WIRE).outcome.benefits
    ]


def test_a_negative_rate_is_lifted_and_never_lowered() -> None:
    """A saver's rate below nothing rises; a borrower's is not lowered further."""
    policy = offering(bonus(), discount(floor="0"))
    saver = loyalty.offers(policy, on=ON, product="deposit", rate="-0.50").outcome
    borrower = loyalty.offers(policy, on=ON, product="loan", rate="-0.50").outcome

    assert (Decimal("-0.30"), Decimal("-0.50")) == (saver.rate, borrower.rate)


def test_whole_waivers_are_not_cut() -> None:
    """Where a waiver is given whole or not at all, a limit leaves it out."""
    policy = offering(waiver(whole=True, most_amount="60.00", period="month"))
    outcome = loyalty.offers(policy, on=ON, **WIRE).outcome

    assert (10000, ["cut-by-limit"]) == (
        outcome.fee_minor,
        [no.why.value for no in outcome.not_applied],
    )


def test_what_a_budget_has_left_is_asked_only_where_it_matters() -> None:
    """An offer that does not apply anyhow does not ask for its budget."""
    policy = offering(waiver(budget=10, window={"months": [1]}))

    assert () == loyalty.offers(policy, on=ON, **WIRE).outcome.unknown


@given(st.integers(-(10**15), 10**15))
def test_rates_come_back(units: int) -> None:
    """Units to percent and back is nothing lost, whatever the ambient decimal context."""
    with localcontext() as context:
        context.prec = 3

        assert units == rate_units(percent(units))


def test_huge_exponents_cost_nothing() -> None:
    """A number of a million digits is refused, and nothing is computed with it."""
    for text in ("1e-1000000", "1e1000000"):
        with pytest.raises(ValueError, match="a rate is at most"):
            rate_units(Decimal(text))
    assert 0 == rate_units(Decimal("0e1000000"))


def test_typed_facts_are_checked_too() -> None:
    """Facts made by hand meet the same checks as those that were read."""
    with pytest.raises(ValueError, match="a decimal number"):
        OfferFacts(rate=2.1)  # type: ignore[arg-type]
    with pytest.raises(FaultsError):
        FACTS.read({"rate": 2.1}, OfferFacts, "facts")


@pytest.mark.parametrize("locale", LOCALES)
def test_every_reason_has_its_sentence(locale: str) -> None:
    """Each reason and check is worded in each language, with the names it declares."""
    found = templates("bankservice.loyalty", locale)
    says = (*telling.SAYS, *record.SAYS)

    assert {s.code: frozenset(s.names) for s in says} == {
        s.code: placeholders(found[s.code]) for s in says
    }


def test_every_offer_is_told() -> None:
    """The explanation says of every offer what it gave or why not, in the reader's language."""
    facts: dict[str, Any] = {"kind": "transfer", "product": "payment", "fee": "transfer"}
    decision = loyalty.offers("spring-festival-offers", on="2026-02-18", fee_amount="5.00", **facts)
    told = {locale: decision.explain(locale) for locale in LOCALES}

    assert "✓ Two Spring Festival transfers free of charge: CN¥5.00 not charged" in told["en"]
    assert "✗ Spring Festival discount on loans: for other kinds of transaction" in told["en"]
    assert "✓ 春节两笔转账免手续费：减免¥5.00" in told["zh_CN"]


def test_reasons_are_enumerated() -> None:
    """Every reason code is lower case with dashes, so that hosts may map them."""
    assert all(why.value == why.value.lower().replace("_", "-") for why in OfferWhy)


def test_a_fact_that_changes_nothing_is_not_asked_for() -> None:
    """Beaten anyhow, shut out by its group or at the ceiling: no unknown fact is named."""
    unsure = bonus("b", when=GOLD, basis_points=10, ceiling="9")
    event: dict[str, Any] = {"on": ON, "product": "deposit", "rate": "1.00"}
    small = offering(bonus("a", ceiling="9", enrolment=True), unsure)
    sure = loyalty.offers(small, campaigns=["a"], **event).outcome
    open_ = loyalty.offers(small, **event).outcome
    high = loyalty.offers(small, **{**event, "rate": "9.50"}).outcome

    assert [((), "beaten"), (("tier",), "unknown"), ((), "at-ceiling")] == [
        (found.unknown, found.not_applied[-1].why.value) for found in (sure, open_, high)
    ]


@pytest.mark.parametrize(
    ("offers", "table", "path"),
    [
        ([waiver(currencies=["USD"])], {"most_waived": "9.00"}, "offer[0].currencies"),
        ([bonus(when=GOLD)], {"tiers": []}, "offer[0].when"),
        (
            [bonus(currencies=["USD"], when={"fact": "amount", "at_least": 5})],
            {},
            "offer[0].when",
        ),
        ([discount(ceiling="2.00", floor="3.00")], {}, "offer[0].floor"),
        ([waiver("a"), waiver("b", share="0.5")], {"lane": [lane("first")]}, "offer[1]"),
        ([gift("a"), gift("b", kinds=["card"])], {"lane": [lane("first")]}, "offer[1]"),
        ([discount("a"), discount("b", products=["home_loan"])], {}, "offer[1]"),
    ],
)
def test_what_stands_against_each_other(
    offers: list[dict[str, Any]], table: dict[str, Any], path: str
) -> None:
    """Keys that contradict the table, or offers each other, are refused where they stand."""
    assert path in faults_of(*offers, **table)


def test_conditions_on_amounts() -> None:
    """An amount is compared as a number; one that is not stated is unknown."""
    policy = offering(bonus(when={"fact": "amount", "at_least": 50_000}))
    event: dict[str, Any] = {"on": ON, "product": "deposit", "rate": "1.00"}
    found = [
        loyalty.offers(policy, **event, **amount).outcome
        for amount in ({"amount": "50000.00"}, {"amount": "49999.99"}, {})
    ]

    assert [("1.20", ()), ("1.00", ()), ("1.00", ("amount",))] == [
        (str(outcome.rate), outcome.unknown) for outcome in found
    ]


def test_the_institution_knows_the_zone() -> None:
    """With the institution's profile beside the policy, an instant is a day of its zone."""
    raw = {
        "id": "acme/bank",
        "kind": "institution.profile",
        "version": [
            {
                "since": date(2020, 1, 1),
                "source": {"text": "Acme", "clause": "1", "checked": "own"},
                "zone": "Europe/London",
                "currency": "GBP",
            }
        ],
    }
    profile = read_policy(raw, "acme/bank", SHELF.kinds, SHELF)
    policy = offering(waiver(window={"through_on": date(2026, 6, 19)}))
    at = datetime(2026, 6, 19, 16, tzinfo=UTC)

    assert 0 == loyalty.offers(policy, profile, at=at, **WIRE).outcome.fee_minor


def test_without_a_day_nothing_is_decided() -> None:
    """The policy's zone makes an instant a day; neither day nor instant is an error."""
    offers = offering(waiver(window={"through_on": date(2026, 6, 19)})).versions[0].parameters
    at = datetime(2026, 6, 19, 16, tzinfo=UTC)
    fee: dict[str, Any] = {"fee": "wire", "fee_amount": Amount("5.00")}

    assert 500 == offers_of(OfferFacts(at=at, **fee), offers).fee_minor
    with pytest.raises(ValueError, match="hang on the day"):
        offers_of(OfferFacts(**fee), offers)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"standing": "overdue"}, "No offer applies: Something."),
        ({"standing": "good"}, "No offer applies on Jun 1, 2026."),
        ({"standing": "good", "quantity": 3}, "1 × Something, from the partner rainmaker"),
        ({"standing": "good", "quantity": 3}, "Gift b: the customer's limit takes"),
        ({"standing": "good", "quantity": 3, "tier": "GOLD"}, "not together with Gift b"),
        ({"quantity": 3}, "it hangs on standing"),
        ({"standing": "good", **WIRE}, "the budget is used up"),
        ({"standing": "good", "product": "deposit", "rate": "2.95"}, "the ceiling takes 15 basis"),
        ({"standing": "good", "product": "loan", "rate": "3.05"}, "5 basis points less"),
        ({"standing": "good", "product": "unknown", "rate": "3.05", **WIRE}, "Others hang on"),
    ],
)
def test_the_words(facts: dict[str, Any], words: str) -> None:
    """What came out, and each thing looked at, is told in plain sentences."""
    limits = {"most": 1, "period": "year"}
    policy = offering(
        gift(
            "b",
            every=1,
            group="g",
            gift="cup",
            title={"en": "Gift b", "zh": "乙"},
            when=MANY,
            **limits,
        ),
        gift("c", gift="mug", group="g", when=GOLD),
        bonus(),
        discount(),
        waiver(budget_amount="30.00"),
        lane=[lane("all")],
        nothing=[{"code": "late", "title": TITLE, "when": LATE}],
        gift=[
            {"code": "mug", "title": TITLE},
            {"code": "cup", "title": TITLE, "partner": "rainmaker"},
        ],
    )
    stated = {"tier": "", "product": "", "budget_left": {"waiver": "30.00"}, **facts}

    assert words in loyalty.offers(policy, on=ON, **stated).explain("en")
