"""Money is exact: integers of minor units, named rounding, dated rates; no float gets in."""

from __future__ import annotations

import math
import operator
from datetime import date, timedelta
from decimal import Decimal, getcontext, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bankservice.core.errors import UnknownNameError
from bankservice.core.money import (
    ExchangeRates,
    Money,
    Quote,
    Rounding,
    digits_of,
    divide,
    parse_minor,
    plain,
)

# Digits after the point by ISO 4217. A display library (CLDR) has 0 for all of them.
UNLIKE_DISPLAY = {
    "AFN": 2,
    "ALL": 2,
    "IQD": 3,
    "IRR": 2,
    "KPW": 2,
    "LAK": 2,
    "LBP": 2,
    "MGA": 2,
    "MMK": 2,
    "RSD": 2,
    "SOS": 2,
    "SYP": 2,
    "YER": 2,
}
FULL_WIDTH = {ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789."}
UNNAMED = ("NaN", "sNaN", "-NaN", "Infinity", "-Infinity", "inf")

MIXES: tuple[Any, ...] = (
    operator.add,
    operator.sub,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
)

big = st.integers(-(10**30), 10**30)
roundings = st.sampled_from(Rounding)
codes = st.sampled_from(["CNY", "USD", "JPY", "KWD", "CLF", "UYI"])
any_days = st.dates(date(2000, 1, 1), date(2000, 3, 1))
positive = st.decimals("0.000001", "1000000", places=6)


def rounded(exact: Fraction, rounding: Rounding) -> int:
    """Return *exact* as an integer the way the mode's definition says, with Fractions only."""
    match rounding:
        case Rounding.DOWN:
            return math.trunc(exact)
        case Rounding.FLOOR:
            return math.floor(exact)
        case Rounding.CEILING:
            return math.ceil(exact)
        case Rounding.HALF_EVEN:
            return round(exact)
        case Rounding.HALF_UP:
            nearest = math.floor(abs(exact) + Fraction(1, 2))
            return nearest if exact >= 0 else -nearest


class TestRounding:
    """Rounding is always named, and is what its name says."""

    @given(big, st.integers(1, 10**12), roundings)
    def test_a_quotient_is_rounded_as_its_mode_says(
        self, numerator: int, denominator: int, rounding: Rounding
    ) -> None:
        """The integer is that of the exact fraction."""
        wanted = rounded(Fraction(numerator, denominator), rounding)

        assert wanted == divide(numerator, denominator, rounding)

    @given(st.integers(-50, 50), st.integers(1, 12), roundings)
    def test_small_quotients_with_many_halves(
        self, numerator: int, denominator: int, rounding: Rounding
    ) -> None:
        """Halves and whole numbers, where modes differ, come often here."""
        wanted = rounded(Fraction(numerator, denominator), rounding)

        assert wanted == divide(numerator, denominator, rounding)

    @pytest.mark.parametrize(
        ("rounding", "wanted"),
        [
            (Rounding.DOWN, [-2, -1, 0, 0, 1, 2]),
            (Rounding.FLOOR, [-3, -2, -1, 0, 1, 2]),
            (Rounding.CEILING, [-2, -1, 0, 1, 2, 3]),
            (Rounding.HALF_UP, [-3, -2, -1, 1, 2, 3]),
            (Rounding.HALF_EVEN, [-2, -2, 0, 0, 2, 2]),
        ],
    )
    def test_the_halves_by_mode(self, rounding: Rounding, wanted: list[int]) -> None:
        """-2.5, -1.5, -0.5, 0.5, 1.5 and 2.5, mode by mode."""
        assert wanted == [divide(half, 2, rounding) for half in (-5, -3, -1, 1, 3, 5)]

    @pytest.mark.parametrize("denominator", [0, -1, -(10**30)])
    def test_a_denominator_must_be_above_zero(self, denominator: int) -> None:
        """Nothing is divided by zero, and a sign stands in the numerator only."""
        with pytest.raises(ValueError, match=f"the denominator is {denominator}"):
            divide(1, denominator, Rounding.DOWN)

    @pytest.mark.parametrize(("numerator", "denominator"), [(1.5, 1), (3, 2.0), (Decimal(3), 2)])
    def test_only_whole_numbers_are_divided(self, numerator: Any, denominator: Any) -> None:
        """A float never comes out, because none goes in."""
        with pytest.raises(TypeError, match="int"):
            divide(numerator, denominator, Rounding.HALF_UP)


class TestDigits:
    """Minor units are those of ISO 4217."""

    @pytest.mark.parametrize(("currency", "wanted"), UNLIKE_DISPLAY.items())
    def test_the_currencies_a_display_library_gets_wrong(self, currency: str, wanted: int) -> None:
        """Thirteen currencies have minor units that a display library leaves out."""
        assert wanted == digits_of(currency)
        assert 10**wanted == Money.of("1", currency).minor

    @pytest.mark.parametrize(
        ("currency", "wanted"),
        [("CNY", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("CLF", 4), ("HKD", 2), ("VND", 0)],
    )
    def test_common_currencies(self, currency: str, wanted: int) -> None:
        """No digit, two, three or four."""
        assert wanted == digits_of(currency)

    @pytest.mark.parametrize("currency", ["XAU", "XTS", "XXX", "XDR"])
    def test_a_code_without_a_minor_unit_is_no_currency(self, currency: str) -> None:
        """Gold, test codes and drawing rights cannot be counted in minor units."""
        with pytest.raises(UnknownNameError):
            Money(1, currency)

    @pytest.mark.parametrize(
        ("currency", "near"), [("cny", "CNY"), ("CNYY", "CNY"), ("USDD", "USD"), ("EURO", "EUR")]
    )
    def test_a_slip_of_the_pen_is_told_the_near_code(self, currency: str, near: str) -> None:
        """The code meant is among the near names, and codes without minor units are not."""
        with pytest.raises(UnknownNameError) as caught:
            digits_of(currency)

        assert near in caught.value.near
        assert all(digits_of(code) >= 0 for code in caught.value.near)

    @pytest.mark.parametrize("currency", ["", "RMB?", "人民币", "¥", " CNY", "CNY "])
    def test_anything_else_is_refused(self, currency: str) -> None:
        """Blanks, signs and names are no codes."""
        with pytest.raises(UnknownNameError, match="there is no currency"):
            Money(1, currency)


class TestAmounts:
    """An amount is read exactly or refused."""

    @given(big, st.integers(0, 4))
    def test_what_is_written_is_read_back(self, minor: int, digits: int) -> None:
        """Plain text of minor units reads back to the same integer, 10^30 included."""
        assert minor == parse_minor(plain(minor, digits), digits)

    @given(big, st.integers(0, 4), st.integers(0, 20))
    def test_zeros_after_the_last_digit_change_nothing(
        self, minor: int, digits: int, zeros: int
    ) -> None:
        """More zeros than the unit has digits are not finer than the unit."""
        point = "" if digits else "."
        text = plain(minor, digits) + (point + "0" * zeros if zeros else "")

        assert minor == parse_minor(text, digits)

    @given(st.decimals(allow_nan=False, allow_infinity=False), st.integers(0, 4))
    def test_a_decimal_is_read_exactly_or_refused(self, amount: Decimal, digits: int) -> None:
        """The integer times its unit is the amount itself; nothing is rounded."""
        assume(abs(amount.adjusted()) <= 40)
        exact = Fraction(amount) * 10**digits
        if exact.denominator == 1:
            assert exact == parse_minor(amount, digits)
            assert exact == parse_minor(str(amount), digits)
        else:
            with pytest.raises(ValueError, match=f"is finer than {digits} digits"):
                parse_minor(amount, digits)

    @given(big)
    def test_an_int_is_in_major_units(self, amount: int) -> None:
        """5 is five yuan, not five fen."""
        assert amount * 100 == Money.of(amount, "CNY").minor

    def test_the_ambient_decimal_context_has_no_say(self) -> None:
        """With two digits of precision a large amount is still exact."""
        with localcontext() as context:
            context.prec = 2

            assert 12_345_678_901 == parse_minor(Decimal("123456789.01"), 2)
            assert 10**32 + 1 == parse_minor(f"{10**30}.01", 2)
        assert 2 != getcontext().prec

    @given(st.floats() | st.booleans() | st.none() | st.binary() | st.lists(st.integers()))
    def test_any_other_type_is_refused(self, amount: Any) -> None:
        """Floats, truth values and everything else raise a TypeError, whatever their value."""
        with pytest.raises(TypeError, match="an amount must be text"):
            Money.of(amount, "CNY")

    @pytest.mark.parametrize("text", UNNAMED)
    def test_what_is_not_finite_is_refused(self, text: str) -> None:
        """NaN and infinity are no amounts, as text or as Decimals."""
        for amount in (text, Decimal(text)):
            with pytest.raises(ValueError, match="is not a finite amount"):
                Money.of(amount, "CNY")

    @pytest.mark.parametrize(
        ("amount", "currency"),
        [("0.001", "CNY"), ("0.1", "JPY"), ("1.0001", "KWD"), ("1e-3", "USD"), ("0.004", "CNY")],
    )
    def test_what_is_finer_than_the_unit_is_refused(self, amount: str, currency: str) -> None:
        """Nothing is rounded on the way in."""
        with pytest.raises(ValueError, match=f"{amount} is finer than"):
            Money.of(amount, currency)

    @given(st.integers(0, 10**12))
    def test_full_width_digits_are_refused(self, minor: int) -> None:
        """Digits of another script look right and are not; the message says what to write."""
        text = plain(minor, 2).translate(FULL_WIDTH)
        with pytest.raises(ValueError, match="write ASCII digits"):
            Money.of(text, "CNY")

    @pytest.mark.parametrize(
        "text", ["", " ", "abc", "1,000.00", "1 000", "CNY 5", "5元", "1.2.3", "0x10", "--1", "½"]
    )
    def test_other_text_is_refused(self, text: str) -> None:
        """Thousands separators, units and words are no amounts."""
        with pytest.raises(ValueError, match="is not a number"):
            Money.of(text, "CNY")

    @pytest.mark.parametrize("text", ["1e41", "1e-41", "9" * 42, "1e999999", "-1e999999", "0e99"])
    def test_an_amount_beyond_reason_is_refused_at_once(self, text: str) -> None:
        """A short text cannot ask for a million digits."""
        with pytest.raises(ValueError, match="is outside what money can be"):
            Money.of(text, "CNY")

    def test_zero_has_no_sign(self) -> None:
        """Minus nothing is nothing."""
        assert Money(0, "CNY") == Money.of("-0.00", "CNY") == -Money(0, "CNY")
        assert "0.00 CNY" == str(Money.of("-0", "CNY"))

    @pytest.mark.parametrize(
        ("minor", "currency", "wanted"),
        [
            (5, "CNY", "0.05 CNY"),
            (-5, "CNY", "-0.05 CNY"),
            (-12345, "KWD", "-12.345 KWD"),
            (7, "JPY", "7 JPY"),
            (-7, "JPY", "-7 JPY"),
            (10**30, "CNY", f"1{'0' * 28}.00 CNY"),
        ],
    )
    def test_plain_text(self, minor: int, currency: str, wanted: str) -> None:
        """The text has the currency's digits, a sign where needed and no separators."""
        assert wanted == str(Money(minor, currency))


class TestMoney:
    """Amounts of one currency add, subtract and compare."""

    @given(big, big, codes)
    def test_it_counts_as_integers_do(self, one: int, two: int, currency: str) -> None:
        """Sums, differences, order and sameness are those of the minor units."""
        a, b = Money(one, currency), Money(two, currency)

        assert Money(one + two, currency) == a + b
        assert Money(one - two, currency) == a - b
        assert Money(-one, currency) == -a
        assert (one < two, one <= two, one > two, one >= two) == (a < b, a <= b, a > b, a >= b)
        assert (one == two) == (a == b)
        assert (one == two) <= (hash(a) == hash(b))

    @given(big, big)
    def test_currencies_do_not_mix(self, one: int, two: int) -> None:
        """Nothing is converted silently; only sameness may be asked."""
        a, b = Money(one, "CNY"), Money(two, "USD")

        assert a != b
        for mix in MIXES:
            with pytest.raises(ValueError, match="CNY and USD do not mix"):
                mix(a, b)

    @pytest.mark.parametrize("other", [5, 0, 1.5, "5.00", Decimal(5), None, (5, "CNY")])
    def test_money_works_with_money_only(self, other: Any) -> None:
        """A bare number has no currency, zero included."""
        money = Money(5, "CNY")

        assert money != other
        for mix in MIXES:
            with pytest.raises(TypeError, match="Money works with Money only"):
                mix(money, other)

    @pytest.mark.parametrize("minor", [5.0, True, "5", Decimal(5), Fraction(5), None])
    def test_minor_units_are_an_int(self, minor: Any) -> None:
        """No other number, and no truth value, is a count of minor units."""
        with pytest.raises(TypeError, match="must be an int of minor units"):
            Money(minor, "CNY")

    def test_nothing_multiplies_itself(self) -> None:
        """There is no product and no quotient of money: a share names its rounding."""
        money: Any = Money(5, "CNY")
        for wrong in (operator.mul, operator.truediv, operator.floordiv, operator.mod, pow):
            with pytest.raises(TypeError):
                wrong(money, 2)
            with pytest.raises(TypeError):
                wrong(2, money)

    @given(big, st.fractions(), roundings)
    def test_a_share_is_rounded_once(self, minor: int, part: Fraction, rounding: Rounding) -> None:
        """A share is the exact product, rounded as named."""
        wanted = rounded(part * minor, rounding)

        assert Money(wanted, "CNY") == Money(minor, "CNY").share(part, rounding)

    @given(big, st.decimals(-1000, 1000, places=6), roundings)
    def test_a_decimal_share_is_exact(self, minor: int, part: Decimal, rounding: Rounding) -> None:
        """A decimal rate is taken exactly, not through a float or the ambient context."""
        wanted = rounded(Fraction(part) * minor, rounding)

        assert Money(wanted, "CNY") == Money(minor, "CNY").share(part, rounding)

    @pytest.mark.parametrize("part", [0.5, 1.0, float("nan"), True, "0.5", None])
    def test_a_share_of_any_other_type_is_refused(self, part: Any) -> None:
        """Floats, texts and truth values are no shares."""
        with pytest.raises(TypeError, match="a share must be a Fraction, Decimal or int"):
            Money(100, "CNY").share(part, Rounding.DOWN)

    @pytest.mark.parametrize("part", ["NaN", "Infinity", "-Infinity"])
    def test_a_share_that_is_not_finite_is_refused(self, part: str) -> None:
        """NaN and infinity give no amount."""
        with pytest.raises((ValueError, OverflowError), match=r"NaN|[Ii]nfinity"):
            Money(100, "CNY").share(Decimal(part), Rounding.DOWN)

    @given(big, st.integers(1, 200))
    def test_parts_sum_to_the_whole(self, minor: int, parts: int) -> None:
        """Parts sum to the whole, differ by at most one unit and fall from the first on."""
        held = [part.minor for part in Money(minor, "CNY").split(parts)]

        assert (parts, minor) == (len(held), sum(held))
        assert max(held) - min(held) <= 1
        assert sorted(held, reverse=True) == held

    @pytest.mark.parametrize("parts", [0, -1])
    def test_there_is_at_least_one_part(self, parts: int) -> None:
        """Nothing is split into no parts."""
        with pytest.raises(ValueError, match=f"cannot split into {parts} parts"):
            Money(100, "CNY").split(parts)


quotes = st.lists(
    st.builds(Quote, st.sampled_from(["USD", "JPY", "KWD"]), any_days, positive),
    unique_by=lambda quote: (quote.currency, quote.on),
    max_size=12,
)


def last_rate(table: list[Quote], currency: str, day: date) -> Decimal | None:
    """Return the rate in force by looking at every quote."""
    known = [(q.on, q.rate) for q in table if q.currency == currency and q.on <= day]
    return max(known)[1] if known else None


class TestExchangeRates:
    """A rate is dated and exact; a day without one is an answer."""

    @given(quotes, st.sampled_from(["USD", "JPY", "KWD"]), any_days, big, roundings)
    def test_the_last_rate_on_or_before_the_day_holds(
        self, table: list[Quote], currency: str, day: date, minor: int, rounding: Rounding
    ) -> None:
        """Converting is one exact product between minor units, rounded once."""
        rate = last_rate(table, currency, day)
        got = ExchangeRates("CNY", table).convert(minor, currency, day, rounding)
        if rate is None:
            assert got is None
        else:
            exact = Fraction(minor, 10 ** digits_of(currency)) * Fraction(rate) * 100

            assert rounded(exact, rounding) == got

    @given(quotes, st.randoms())
    def test_the_order_of_quotes_does_not_matter(self, table: list[Quote], random: Any) -> None:
        """Quotes may be given in any order."""
        shuffled = list(table)
        random.shuffle(shuffled)

        assert ExchangeRates("CNY", table).quotes == ExchangeRates("CNY", shuffled).quotes

    @given(quotes, st.sampled_from(["USD", "JPY", "KWD"]), any_days, st.integers(0, 60))
    def test_changes_are_the_days_of_new_quotes(
        self, table: list[Quote], currency: str, start: date, span: int
    ) -> None:
        """The first day counts, the last does not; between changes the ratio stays."""
        rates = ExchangeRates("CNY", table)
        end = start + timedelta(days=span)
        wanted = sorted(q.on for q in table if q.currency == currency and start <= q.on < end)
        changes = rates.changes(currency, start, end)

        assert tuple(wanted) == changes
        for offset in range(1, span):
            day = start + timedelta(days=offset)
            if day not in changes:
                assert rates.ratio(currency, day - timedelta(days=1)) == rates.ratio(currency, day)

    @given(big, any_days, roundings)
    def test_the_home_currency_is_itself(self, minor: int, day: date, rounding: Rounding) -> None:
        """Home amounts need no quote and are never rounded."""
        rates = ExchangeRates("CNY", [])

        assert (1, 1) == rates.ratio("CNY", day)
        assert minor == rates.convert(minor, "CNY", day, rounding)

    def test_digits_of_both_currencies_count(self) -> None:
        """100 yen at 0.05 are 5 yuan; 1 dinar (1000 fils) at 23.5 is 23.50 yuan."""
        rates = ExchangeRates(
            "CNY",
            [
                Quote("JPY", date(2026, 1, 1), Decimal("0.05")),
                Quote("KWD", date(2026, 1, 1), Decimal("23.5")),
            ],
        )
        day = date(2026, 1, 1)

        assert 5_00 == rates.convert(100, "JPY", day, Rounding.HALF_EVEN)
        assert 23_50 == rates.convert(1_000, "KWD", day, Rounding.HALF_EVEN)

    def test_a_day_before_the_first_quote_has_no_rate(self) -> None:
        """The day before is unknown, the day itself is not."""
        rates = ExchangeRates("CNY", [Quote("USD", date(2026, 1, 2), Decimal(7))])

        assert rates.convert(1, "USD", date(2026, 1, 1), Rounding.DOWN) is None
        assert 7 == rates.convert(1, "USD", date(2026, 1, 2), Rounding.DOWN)

    def test_a_known_currency_without_quotes_has_no_rate_and_an_unknown_one_is_refused(
        self,
    ) -> None:
        """EUR without quotes is unknown; a code ISO does not list is a mistake."""
        rates = ExchangeRates("CNY", [])
        day = date(2026, 1, 1)

        assert rates.ratio("EUR", day) is None
        assert () == rates.changes("EUR", day, day)
        with pytest.raises(UnknownNameError, match="EUR"):
            rates.ratio("EURO", day)

    def test_two_rates_on_one_day_are_refused(self) -> None:
        """Which of the two would hold nobody can say."""
        one = Quote("USD", date(2026, 1, 2), Decimal("7.0"))
        two = Quote("USD", date(2026, 1, 2), Decimal("7.1"))
        with pytest.raises(ValueError, match="USD has two rates on 2026-01-02"):
            ExchangeRates("CNY", [one, two])

    def test_the_home_currency_is_not_quoted(self) -> None:
        """Its rate is one, always."""
        with pytest.raises(ValueError, match="CNY is the home currency"):
            ExchangeRates("CNY", [Quote("CNY", date(2026, 1, 2), Decimal(1))])

    def test_an_unknown_home_is_refused(self) -> None:
        """The home currency must be listed too."""
        with pytest.raises(UnknownNameError):
            ExchangeRates("RMB", [])

    @pytest.mark.parametrize(
        "rate",
        [7.0, 7, "7.0", Fraction(7), *map(Decimal, ["0", "-0", "-7", "NaN", "sNaN", "Infinity"])],
    )
    def test_a_rate_is_a_decimal_above_zero(self, rate: Any) -> None:
        """Floats, zero, negative and endless rates are refused when the quote is made."""
        with pytest.raises(ValueError, match="the rate of USD on 2026-01-02 must be a Decimal"):
            Quote("USD", date(2026, 1, 2), rate)

    def test_a_quote_needs_a_known_currency(self) -> None:
        """A wrong code is found when the quote is made, not when it is missed."""
        with pytest.raises(UnknownNameError):
            Quote("USDD", date(2026, 1, 2), Decimal(7))
