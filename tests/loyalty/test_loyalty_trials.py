"""Programmes and offers tried under another policy, from books and from the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from account_tools import at, programme, row, titled
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from offer_tools import WIRE, bonus, gift, offering, shanghai, waiver

from bankservice import loyalty, simulate
from bankservice.bank import Bank, open_bank
from bankservice.core.errors import NotInForceError
from bankservice.core.money import Rounding
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.core.trial import Question, Unasked
from bankservice.journals.keys import MemoryKeys
from bankservice.loyalty import SHELF, TRIALS
from bankservice.testing.loyalty_strategies import programme_policies, transactions

ON = date(2026, 3, 2)
ACCRUE, OFFERS = TRIALS
MONTHLY = {"code": "monthly", "title": titled("monthly"), "limit": 60}
BLOCKS: Mapping[str, Any] = {"block": "1.00"}

BOOKS = st.lists(transactions(max_minor=100_000), max_size=8)


def book(facts: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return transactions of a day as a book, a customer for each."""
    return {f"customer-{place}": {"on": ON, **held} for place, held in enumerate(facts)}


def expecting(model: str, *rows: Mapping[str, Any], since: date = date(2020, 1, 1)) -> Policy[Any]:
    """Return a bank's expectations of its points."""
    version = {
        "since": since,
        "source": {"text": "Acme books", "clause": "1", "checked": "own"},
        "currency": "CNY",
        "model": model,
        "cohort": [dict(held) for held in rows],
    }
    raw = {"id": "acme/expectations", "kind": "loyalty.expectations", "version": [version]}
    return read_policy(raw, "acme/expectations", SHELF.kinds, SHELF)


class TestBooks:
    """Laws of every simulation, over books that are drawn."""

    @given(programme_policies(), programme_policies(), BOOKS)
    @settings(max_examples=some(20))
    def test_points(
        self, first: Policy[Any], second: Policy[Any], facts: Sequence[Mapping[str, Any]]
    ) -> None:
        """A programme against itself changes nothing; against another, all are somewhere."""
        told = simulate(first, second, book(facts))

        assert simulate(first, first, book(facts)).empty
        assert len(facts) == told.asked == sum(told.matrix.values())

    @given(BOOKS)
    @settings(max_examples=some(20))
    def test_twice_the_rate_is_twice_the_points(self, facts: Sequence[Mapping[str, Any]]) -> None:
        """Where nothing caps and blocks leave nothing to round, the sum doubles."""
        once, twice = (programme(earn=[row(points=points, **BLOCKS)]) for points in (1, 2))
        told = simulate(once, twice, book(facts))
        before, after = told.amounts.get("points", (0, 0))

        assert 2 * before == after
        assert (0, 0) == told.amounts.get("lost_to_caps", (0, 0))

    @given(
        st.lists(
            st.fixed_dictionaries(
                {
                    "on": st.dates(date(2026, 1, 1), date(2026, 12, 31)),
                    "kind": st.just("card"),
                    "product": st.sampled_from(["deposit", "loan"]),
                    "rate": st.sampled_from(["1.50", "2.90"]),
                    "fee": st.just("wire"),
                    "fee_amount": st.sampled_from(["0.00", "25.00"]),
                }
            ),
            max_size=6,
        )
    )
    @settings(max_examples=some(20))
    def test_offers(self, facts: Sequence[Mapping[str, Any]]) -> None:
        """The same of offers; what is waived is what the fees come to less."""
        first, second = offering(bonus()), offering(bonus(), waiver())
        told = simulate(first, second, {f"c-{n}": held for n, held in enumerate(facts)})

        assert simulate(first, first, {f"c-{n}": held for n, held in enumerate(facts)}).empty
        assert len(facts) == told.asked == sum(told.matrix.values())
        wires = sum(2_500 for held in facts if held["fee_amount"] == "25.00")
        assert (0, wires) == told.amounts.get("waived", (0, 0))


class TestSeen:
    """What outcomes are compared by, and what people call it."""

    def test_points(self) -> None:
        """Who earns, who is excluded, who gets nothing, and what hangs on an unknown fact."""
        policy = programme(
            earn=[
                row(when={"fact": "tier", "equals": "GOLD"}),
                row("all", block="5.00", per="5.00"),
            ],
            exclude=[
                {"code": "cash", "title": titled("cash"), "when": {"fact": "mcc", "equals": "6011"}}
            ],
            cap=[MONTHLY],
        )
        told = simulate(
            policy,
            policy,
            book(
                [
                    {"amount": "90.00", "tier": "GOLD"},
                    {"amount": "90.00", "mcc": "6011"},
                    {"amount": "1.00", "tier": "PLAIN"},
                    {"amount": "1.00", "tier": "unknown"},
                ]
            ),
        )
        titles = [ACCRUE.title(None, place) for place in told.places()]

        assert ("earns", "excluded", "nothing", "undecided") == told.places()
        assert {"points": (60, 60), "lost_to_caps": (48, 48)} == told.amounts
        assert ["获得积分", "不计积分", "未获得积分", None] == [held and held.zh for held in titles]
        assert set(told.amounts) == set(ACCRUE.amounts)

    def test_offers(self) -> None:
        """What is waived, gained on rates and given; who is kept out, and what is unknown."""
        policy = offering(
            waiver(),
            bonus(basis_points=20, ceiling="1.6449"),
            gift(when={"fact": "tier", "equals": "GOLD"}),
            nothing=[
                {
                    "code": "staff",
                    "title": titled("staff"),
                    "when": {"fact": "region", "equals": "staff"},
                }
            ],
        )
        known = {"on": ON, "region": "north", "kind": "card", "tier": "GOLD"}
        told = simulate(
            policy,
            policy,
            {
                "al": {**known, **WIRE, "product": "deposit", "rate": "1.4999"},
                "bo": {**known, **WIRE, "region": "staff", "product": ""},
                "cy": {**known, "tier": "STANDARD", "product": ""},
                "di": {"on": ON, "region": "north", "kind": "card", "product": ""},
            },
        )
        titles = [OFFERS.title(None, place) for place in told.places()]

        assert ("excluded", "gets", "nothing", "undecided") == told.places()
        assert {
            "waived": (10_000, 10_000),
            "basis_points": (14, 14),
            "gifts": (1, 1),
        } == told.amounts
        assert [True, True, True, False] == [held is not None for held in titles]
        assert set(told.amounts) == set(OFFERS.amounts)


class TestLiability:
    """A meter of what points cost, by a bank's own expectations."""

    FACTS: Mapping[str, Mapping[str, Any]] = {
        "al": {"on": ON, "amount": "100.00", "tier": "GOLD"},
        "bo": {"on": ON, "amount": "50.00", "tier": "unknown"},
    }
    GOLD: Mapping[str, Any] = {
        "code": "gold",
        "tiers": ["GOLD"],
        "share": "0.50",
        "per_point": "0.01",
    }
    REST: Mapping[str, Any] = {"code": "rest", "share": "0.80", "per_point": "0.0042"}

    @pytest.mark.parametrize(
        ("model", "cents", "micros"),
        # 100 × 0.01 × 0.5 and 50 × 0.0042 × 0.8; what is deferred is of all points.
        [("cost-accrual", 50 + 17, 668_000), ("deferred-revenue", 100 + 21, 1_210_000)],
    )
    def test_worth(self, model: str, cents: int, micros: int) -> None:
        """Points by their cohort, rounded once for each transaction, in units as fine as asked."""
        held = expecting(model, self.GOLD, self.REST)
        policy, twice = programme(), programme(earn=[row(points=2)])
        for stated in (held, held.versions[0], held.versions[0].parameters):
            meters = [loyalty.points_liability(stated), loyalty.points_liability(stated, digits=6)]
            told = simulate(policy, twice, self.FACTS, meters=meters)

            assert micros == told.amounts["liability:CNY/6"][0]
            assert 2 * micros == told.amounts["liability:CNY/6"][1]
            assert cents == told.amounts["liability:CNY"][0]

    def test_points_in_parts(self) -> None:
        """Points of the smallest unit are worth their part of a point; rounding is as named."""
        held = expecting("cost-accrual", {**self.REST, "share": "1", "per_point": "0.01"})
        cents = programme(points={"code": "CASH", "title": titled("cash"), "scale": 2})
        one = {"al": {"on": ON, "amount": "1.50"}}
        up, down = (
            simulate(cents, cents, one, meters=[loyalty.points_liability(held, rounding=mode)])
            for mode in (Rounding.CEILING, Rounding.FLOOR)
        )

        assert ((150, 150), (2, 2)) == (up.amounts["points"], up.amounts["liability:CNY"])
        assert (1, 1) == down.amounts["liability:CNY"]

    def test_days_without_expectations(self) -> None:
        """A policy that is not in force on the day of a transaction is an error, not nothing."""
        late = expecting("cost-accrual", self.REST, since=date(2027, 1, 1))
        with pytest.raises(NotInForceError):
            simulate(programme(), programme(), self.FACTS, meters=[loyalty.points_liability(late)])


def points_bank(policy: Policy[Any], **more: Any) -> Bank:
    """Return a bank with a programme."""
    return open_bank("memory:", loyalty=[policy], now=lambda: at("2026-03-09T09:00"), **more)


class TestPointsOfTheRecord:
    """Purchases are asked again as they were rated last."""

    @given(
        st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9_000)), min_size=1, max_size=6),
        st.sampled_from(["posting", "transaction"]),
    )
    @settings(max_examples=some(20))
    def test_under_the_same_programme_it_is_what_was_granted(
        self, bought: Sequence[tuple[int, int]], dated_by: str
    ) -> None:
        """In any order, by caps of either kind, single or as a book: the sum is what was earned."""
        policy = programme(cap=[{**MONTHLY, "dated_by": dated_by}])
        bank = points_bank(policy)
        bank.loyalty.enrol("e", "ann", on=date(2026, 3, 1))
        rows = [
            (
                "ann",
                loyalty.ACCOUNT.command("post", {"ref": f"b-{n}", "amount": f"{minor / 100:.2f}"}),
                at(f"2026-03-0{day}T09:00"),
            )
            for n, (day, minor) in enumerate(bought)
        ]
        bank.loyalty.post_book("book", rows[: len(rows) // 2])
        for place, (day, minor) in enumerate(bought[len(rows) // 2 :]):
            amount = f"{minor / 100:.2f}"
            on = date(2026, 3, day)
            assert bank.loyalty.post(
                f"c-{place}", "ann", ref=f"p-{place}", amount=amount, on=on
            ).accepted
        feed = bank.journal.feed(limit=99)
        told = simulate(policy, policy, bank)
        totals = bank.loyalty.office.load("acme/points:ann").state.totals

        assert told.empty
        assert len(bought) == told.asked == sum(told.matrix.values())
        assert (totals.earned, totals.lost_to_caps) == tuple(
            told.amounts[name][0] for name in ("points", "lost_to_caps")
        )
        assert feed == bank.journal.feed(limit=99)

    def test_what_is_asked(self) -> None:
        """Each purchase by its entry, up to a day; of the programme asked alone; erased by name."""
        bank = points_bank(programme(), keys=MemoryKeys())
        for place, who in enumerate(("ann", "ann", "bob")):
            on = ON + timedelta(days=place)
            bank.loyalty.post(f"c-{place}", who, ref=f"p-{place}", amount="10.00", on=on)
        bank.erase("bob")
        asked = list(bank.questions("loyalty.accrue", policy="acme/points"))

        assert [
            ("acme/points:ann", "loyalty.account/acme/points:ann@2", True),
            ("acme/points:ann", "loyalty.account/acme/points:ann@3", True),
            ("acme/points:bob", "loyalty.account/acme/points:bob@2", False),
        ] == [(held.subject, held.ref, isinstance(held, Question)) for held in asked]
        assert ["erased"] == [held.why for held in asked if isinstance(held, Unasked)]
        assert [] == list(bank.questions("loyalty.accrue", policy="acme/miles"))
        (first, *_) = bank.questions("loyalty.accrue", on=ON)
        assert isinstance(first, Question)
        assert ON == first.facts.on
        assert 2 == len(list(bank.questions("loyalty.accrue", on=ON)))


class TestOffersOfTheRecord:
    """Events are asked again with what had been used and joined by then."""

    def test_what_is_asked(self) -> None:
        """Limits as they stood; what was taken back, or erased, is named; days and policies limit."""
        policy = offering(waiver(most=1, period="month"), bonus("join", enrolment=True))
        now = [shanghai(2026, 6, 1, 12)]
        bank = open_bank("memory:", offers=policy, now=lambda: now[-1], keys=MemoryKeys())
        bank.benefits.enrol("c-0", "wu", campaign="join")
        for place in range(3):
            now.append(now[-1] + timedelta(days=1))
            bank.benefits.claim(f"c-{place + 1}", "wu", ref=f"w-{place}", **WIRE)
        bank.benefits.reverse("c-9", "wu", ref="w-2")
        feed = bank.journal.feed(limit=99)
        told = simulate(policy, offering(waiver()), bank)
        early = list(bank.questions("loyalty.offers", on=date(2026, 6, 2)))

        assert {("gets", "gets"): 1, ("nothing", "gets"): 1} == told.matrix
        assert {"reversed": 1} == told.unasked
        assert (10_000, 20_000) == told.amounts["waived"]
        assert 1 == sum(isinstance(held, Question) for held in early)
        assert [] == list(bank.questions("loyalty.offers", policy="acme/other"))
        assert simulate(policy, policy, bank).empty
        assert feed == bank.journal.feed(limit=99)
        bank.erase("wu")
        assert {"erased": 3} == simulate(policy, policy, bank).unasked
