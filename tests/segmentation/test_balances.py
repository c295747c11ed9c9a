"""Balance-days against a brute force that looks at every day, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tier_tools import FEW, policy_of

from bankservice.core.errors import FaultsError
from bankservice.core.money import Quote, digits_of
from bankservice.core.policy import Policy
from bankservice.core.unknown import UNKNOWN
from bankservice.segmentation import Account, Balances, EndOfDay, Measure, balance_days
from bankservice.segmentation.ladder import Ladder
from bankservice.testing import strategies

ON = date(2026, 3, 15)


def measuring(**measurement: Any) -> Policy[Ladder]:
    """Return a policy that measures in a way."""
    return policy_of({"tier": [{"code": "BASE"}], "measurement": measurement})


def half_even(exact: Fraction) -> int:
    """Return the nearest integer, a half to the even neighbour."""
    low = exact.numerator // exact.denominator
    rest = exact - low
    if rest == Fraction(1, 2):
        return low + low % 2
    return low + (rest > Fraction(1, 2))


# -- the oracle -------------------------------------------------------------------------------


def brute(
    accounts: Sequence[Account],
    rates: Sequence[Quote],
    *,
    first: date,
    exclude: bool = False,
    weights: Mapping[str, int] | None = None,
) -> tuple[int, int, list[tuple[str, date]]]:
    """Return (sum, days, what is missing on which day), looking at every account every day."""
    total, counted, missing = 0, 0, []
    opened = min((account.opened_on for account in accounts), default=None)
    days = [first + timedelta(n) for n in range((ON - first).days + 1)]
    for day in days:
        if exclude and opened is not None and day < opened and day != ON:
            continue
        counted += 1
        for account in accounts:
            if day < account.opened_on or (account.closed_on and day >= account.closed_on):
                continue
            known = [held for held in account.balances if held.on <= day]
            if not known:
                missing.append((account.id, day))
                continue
            balance = Fraction(max(known, key=lambda held: held.on).balance)
            rate = Fraction(1)
            if account.currency != "CNY":
                quoted = [q for q in rates if q.currency == account.currency and q.on <= day]
                if not quoted:
                    missing.append((account.id, day))
                    continue
                rate = Fraction(max(quoted, key=lambda quote: quote.on).rate)
            weight = 1 if weights is None else weights.get(account.product, 10_000)
            total += weight * half_even(balance * rate * 100)
    return total, counted, missing


@st.composite
def household(draw: st.DrawFn) -> tuple[tuple[Account, ...], tuple[Quote, ...]]:
    """Draw accounts in several currencies, and rates for them."""
    accounts = draw(strategies.accounts(on=ON, products=("deposit", "fund", "loan")))
    rates: list[Quote] = []
    for currency in sorted({account.currency for account in accounts} - {"CNY"}):
        rates += draw(
            strategies.exchange_rates(
                currency=currency,
                min_value=ON - timedelta(60),
                max_value=ON + timedelta(3),
                max_size=4,
            )
        )
    return accounts, tuple(rates)


def gap_days(outcome: Balances) -> list[tuple[str, date]]:
    """Return every (account, day) that an outcome calls missing."""
    return sorted(
        {
            (gap.account, gap.start + timedelta(n))
            for gap in outcome.gaps
            for n in range((gap.end - gap.start).days)
        }
    )


class TestBruteForce:
    """The same sum, day by day."""

    @given(household(), st.integers(1, 40), st.booleans())
    def test_several_accounts_in_several_currencies(
        self,
        given_: tuple[tuple[Account, ...], tuple[Quote, ...]],
        window: int,
        exclude: bool,
    ) -> None:
        """Sum and days are those of looking at every day; what is missing is named by the day."""
        accounts, rates = given_
        policy = measuring(window=f"P{window}D", before_opening="exclude" if exclude else "zero")
        first = ON - timedelta(window - 1)
        total, counted, missing = brute(accounts, rates, first=first, exclude=exclude)

        outcome = balance_days(policy, on=ON, accounts=accounts, rates=rates).outcome

        assert (counted, 1) == (outcome.days, outcome.scale)
        assert sorted(set(missing)) == gap_days(outcome)
        assert (0 if missing else total) == outcome.balance_minor_days
        assert (UNKNOWN if missing else Measure(total, counted)) == outcome.measure

    @FEW
    @given(household(), st.fixed_dictionaries({"fund": st.integers(0, 10_000)}))
    def test_weights(
        self,
        given_: tuple[tuple[Account, ...], tuple[Quote, ...]],
        weights: dict[str, int],
    ) -> None:
        """Each product counts in basis points, one that is not named in full."""
        accounts, rates = given_
        policy = measuring(window="P20D", weights=weights)
        first = ON - timedelta(19)
        total, _, missing = brute(accounts, rates, first=first, weights=weights)

        outcome = balance_days(policy, on=ON, accounts=accounts, rates=rates).outcome

        assert (0 if missing else total, 10_000) == (outcome.balance_minor_days, outcome.scale)

    @FEW
    @given(household())
    def test_a_household_is_the_sum_of_its_members(
        self, given_: tuple[tuple[Account, ...], tuple[Quote, ...]]
    ) -> None:
        """Rolled up or member by member, the sum is the same, and so is what is missing."""
        accounts, rates = given_
        policy = measuring(window="P20D")
        whole = balance_days(policy, on=ON, accounts=accounts, rates=rates).outcome
        parts = [
            balance_days(
                policy, on=ON, accounts=[a for a in accounts if a.member == member], rates=rates
            ).outcome
            for member in sorted({account.member for account in accounts})
        ]

        assert gap_days(whole) == sorted(day for part in parts for day in gap_days(part))
        assert bool(whole.gaps) or sum(p.balance_minor_days for p in parts) == (
            whole.balance_minor_days
        )

    @FEW
    @given(household(), st.randoms(use_true_random=False))
    def test_the_order_of_what_is_given_does_not_matter(
        self, given_: tuple[tuple[Account, ...], tuple[Quote, ...]], chance: Any
    ) -> None:
        """Accounts, balances and rates in any order give the same sum."""
        accounts, rates = given_
        policy = measuring(window="P20D")
        outcome = balance_days(policy, on=ON, accounts=accounts, rates=rates).outcome
        mixed = list(accounts)
        chance.shuffle(mixed)

        again = balance_days(policy, on=ON, accounts=mixed, rates=tuple(reversed(rates))).outcome

        assert (outcome.balance_minor_days, gap_days(outcome)) == (
            again.balance_minor_days,
            gap_days(again),
        )

    @FEW
    @given(household())
    def test_deciding_again_gives_the_same(
        self, given_: tuple[tuple[Account, ...], tuple[Quote, ...]]
    ) -> None:
        """The explanation re-decides, names every gap as unknown, and is worded in both languages."""
        accounts, rates = given_
        decision = balance_days(measuring(window="P20D"), on=ON, accounts=accounts, rates=rates)
        unknown = [c for c in decision.explanation().checks if c.held is None]

        assert len(decision.outcome.gaps) == len(unknown)
        assert decision.explain("en")
        assert decision.explain("zh_CN")


# -- single days ------------------------------------------------------------------------------


def account(**changed: Any) -> dict[str, Any]:
    """Return one account as a caller writes it."""
    return {
        "id": "a1",
        "currency": "CNY",
        "opened_on": date(2020, 1, 1),
        "balances": [{"on": date(2026, 3, 6), "balance": "7.00"}],
        **changed,
    }


class TestDays:
    """Which day counts how."""

    def test_a_weekend_repeats_friday(self) -> None:
        """6 March 2026 is a Friday: Saturday and Sunday count at its balance."""
        held = [
            {"on": date(2026, 3, 6), "balance": "7.00"},
            {"on": date(2026, 3, 9), "balance": "1.00"},
        ]
        outcome = balance_days(
            measuring(window="P4D"), on=date(2026, 3, 9), accounts=[account(balances=held)]
        ).outcome

        assert (700 * 3 + 100, 4) == (outcome.balance_minor_days, outcome.days)

    def test_a_rate_of_the_weekend_is_that_of_friday(self) -> None:
        """A day without a rate of its own takes the last one before it."""
        rates = [
            {"currency": "USD", "on": date(2026, 3, 6), "rate": "7"},
            {"currency": "USD", "on": date(2026, 3, 9), "rate": "8"},
        ]
        outcome = balance_days(
            measuring(window="P4D"),
            on=date(2026, 3, 9),
            accounts=[account(currency="USD")],
            rates=rates,
        ).outcome

        assert 700 * 7 * 3 + 700 * 8 == outcome.balance_minor_days

    def test_each_day_is_rounded_once(self) -> None:
        """A converted balance becomes whole minor units day by day, a half to the even one."""
        cent = [{"on": date(2026, 1, 1), "balance": "0.01"}]
        rates = [{"currency": "USD", "on": date(2026, 1, 1), "rate": "2.5"}]
        outcome = balance_days(
            measuring(window="P3D"),
            on=ON,
            accounts=[account(currency="USD", balances=cent)],
            rates=rates,
        ).outcome

        assert 2 * 3 == outcome.balance_minor_days

    @pytest.mark.parametrize(
        ("before", "days", "total"), [("zero", 20, 5 * 700), ("exclude", 5, 5 * 700)]
    )
    def test_days_before_opening(self, before: str, days: int, total: int) -> None:
        """They count as zero, or are left out and with them their number."""
        opened = date(2026, 3, 11)
        outcome = balance_days(
            measuring(window="P20D", before_opening=before),
            on=ON,
            accounts=[account(opened_on=opened, balances=[{"on": opened, "balance": "7.00"}])],
        ).outcome

        assert (days, total) == (outcome.days, outcome.balance_minor_days)

    def test_the_window_of_a_month_ends_with_the_day(self) -> None:
        """The month to 15 March 2026 has the 28 days from 16 February on."""
        outcome = balance_days(
            measuring(window="P1M"),
            on=ON,
            accounts=[account(balances=[{"on": date(2026, 2, 16), "balance": "1.00"}])],
        ).outcome

        assert (28, ()) == (outcome.days, outcome.gaps)

    def test_big_money(self) -> None:
        """Thirty digits are summed exactly."""
        held = [{"on": date(2020, 1, 1), "balance": "1" + "0" * 28 + ".01"}]
        outcome = balance_days(
            measuring(window="P31D"), on=ON, accounts=[account(balances=held)]
        ).outcome

        assert (10**30 + 1) * 31 == outcome.balance_minor_days


# -- refusals ---------------------------------------------------------------------------------


class TestRefused:
    """What is no balance."""

    @pytest.mark.parametrize(
        ("changed", "path"),
        [
            ({"balances": [{"on": ON, "balance": "1.00"}] * 2}, "accounts.a1.balances"),
            ({"balances": [{"on": ON, "balance": "1.001"}]}, "accounts.a1.balances"),
            ({"balances": [{"on": ON, "balance": "NaN"}]}, "balance"),
            ({"balances": [{"on": ON, "balance": "Infinity"}]}, "balance"),
            ({"balances": [{"on": ON, "balance": ""}]}, "balance"),
            ({"balances": [{"on": ON, "balance": "seven"}]}, "balance"),
            ({"balances": [{"on": ON, "balance": 1.5}]}, "balance"),
            ({"balances": [{"on": ON, "balance": float("nan")}]}, "balance"),
            ({"balances": [{"on": ON, "balance": None}]}, "balance"),
            ({"balances": [{"on": ON, "balance": 7}]}, "balance"),
            ({"currency": "XXQ"}, "XXQ"),
            ({"opened_on": "yesterday"}, "opened_on"),
        ],
    )
    def test_a_faulty_account_is_named(self, changed: dict[str, Any], path: str) -> None:
        """Duplicates, fractions of a minor unit, NaN, floats and no numbers: refused with a path."""
        with pytest.raises((FaultsError, LookupError), match=path):
            balance_days(measuring(window="P3D"), on=ON, accounts=[account(**changed)])

    def test_one_account_twice_is_refused(self) -> None:
        """A joint account given by both members of a household would count twice."""
        both = [account(member="m1"), account(member="m2")]
        with pytest.raises(FaultsError, match="a1"):
            balance_days(measuring(window="P3D"), on=ON, accounts=both)

    @pytest.mark.parametrize("rate", ["NaN", "0", "-7", "Infinity", 7.1])
    def test_a_faulty_rate_is_refused(self, rate: Any) -> None:
        """A rate is a finite number above zero, exact."""
        quotes = [{"currency": "USD", "on": ON, "rate": rate}]
        with pytest.raises(FaultsError, match="rates"):
            balance_days(
                measuring(window="P3D"), on=ON, accounts=[account(currency="USD")], rates=quotes
            )

    @pytest.mark.parametrize("currency", ["USD", "CNY"])
    def test_two_rates_on_a_day_or_one_of_the_home_currency_are_refused(
        self, currency: str
    ) -> None:
        """Rates that contradict each other, or the home currency, are faults of the facts."""
        quotes = [{"currency": currency, "on": ON, "rate": "7"}] * 2
        with pytest.raises(FaultsError, match=currency):
            balance_days(measuring(window="P3D"), on=ON, accounts=[account()], rates=quotes)

    def test_points_have_no_balances(self) -> None:
        """A policy whose levels are no money says so when balances are to be summed."""
        with pytest.raises(FaultsError, match="currency"):
            balance_days("segmentation/cn-star-points-shape", on=ON, accounts=[account()])


class TestWritten:
    """The strategies draw what the library accepts."""

    @FEW
    @given(st.data())
    def test_drawn_amounts_have_the_digits_of_their_currency(self, data: st.DataObject) -> None:
        """Whatever the currency, a drawn balance is no finer than its minor unit."""
        currency = data.draw(strategies.currencies())
        held: tuple[EndOfDay, ...] = data.draw(strategies.balances(currency=currency))
        unit = Decimal(1).scaleb(-digits_of(currency))

        assert all(
            Decimal(b.balance) == Decimal(b.balance).quantize(unit, ROUND_HALF_EVEN) for b in held
        )
