"""Classes of wealth and investors: what is known decides, no cent is lost, dates do not reach back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import attrs
import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice import policies
from bankservice.core.errors import FaultsError, NotInForceError, PolicyError, UnknownNameError
from bankservice.core.money import Money, plain
from bankservice.core.policy import Policy
from bankservice.segmentation import SHELF, WealthClasses, wealth_class

LAWS = ("cn-qualified-investor-class", "eu-professional-client-classes")
CURRENCY = {"cn-qualified-investor-class": "CNY", "eu-professional-client-classes": "EUR"}
ON = date(2026, 11, 22)
AMOUNTS = st.sampled_from(
    ["0", "500000.00", "500000.01", "2000000", "3000000.00", "5000000", "40000000.00"]
)
FACTS: dict[str, st.SearchStrategy[Any]] = {
    "customer_kind": st.sampled_from(["person", "organisation"]),
    "household_net_financial_assets": AMOUNTS,
    "household_financial_assets": AMOUNTS,
    "net_assets": AMOUNTS,
    "balance_sheet_total": AMOUNTS,
    "net_turnover": AMOUNTS,
    "own_funds": AMOUNTS,
    "portfolio": AMOUNTS,
    "incomes": st.lists(AMOUNTS, min_size=3, max_size=3).map(tuple),
    "trades": st.lists(st.integers(0, 30), min_size=4, max_size=4).map(tuple),
    "investment_years": st.integers(0, 4),
    "sector_years": st.integers(0, 2),
    "assessed": st.booleans(),
    "requested": st.booleans(),
    "warned": st.booleans(),
}
WHOLE = st.fixed_dictionaries(FACTS)
HIDDEN = st.sets(st.sampled_from(sorted(FACTS)))
ACME = """
id = "acme/classes"
kind = "segmentation.wealth-classes"
title = { en = "Acme", zh = "银行" }
[[version]]
since = 2000-01-01
currency = "CNY"
source = { text = "Acme", clause = "1", checked = "own" }
[[version.wealth_class]]
code = "rich"
title = { en = "rich", zh = "富裕客户" }
[[version.wealth_class.group]]
at_least = 1
[[version.wealth_class.group.limb]]
code = "assets"
title = { en = "assets", zh = "资产" }
fact = "net_worth"
more_than = "1000000.00"
[[version.wealth_class.group.limb]]
code = "income"
title = { en = "income", zh = "收入" }
fact = "incomes"
over = "average"
last = 3
more_than = "100000.00"
"""


@cache
def acme(text: str = ACME) -> Policy[Any]:
    """Return a bank's own classes."""
    return policies.shelf().read(text, "acme.policy.toml")


def asked(law: str, facts: dict[str, Any]) -> WealthClasses:
    """Return the classes of a customer under a shipped law."""
    return wealth_class(law, on=ON, currency=CURRENCY[law], **facts).outcome


@settings(max_examples=some(60), deadline=None)
@given(st.sampled_from(LAWS), WHOLE, HIDDEN)
def test_known_limbs_decide(law: str, facts: dict[str, Any], hidden: set[str]) -> None:
    """
    What is decided with facts hidden is what is decided with all of them; the rest names a fact.
    """
    whole = asked(law, facts)
    part = asked(law, {name: value for name, value in facts.items() if name not in hidden})

    assert set(part.reached) <= set(whole.reached)
    assert set(part.failed) <= set(whole.failed)
    assert bool(part.undecided) == bool(part.unknown)
    assert set(part.unknown) <= hidden
    assert () == whole.undecided


@settings(max_examples=some(40), deadline=None)
@given(st.sampled_from(LAWS), WHOLE)
def test_unknown_word_is_as_left_out(law: str, facts: dict[str, Any]) -> None:
    """
    A fact stated as unknown decides as one that is left out.
    """
    every = dict.fromkeys(facts, "unknown")

    assert asked(law, {}) == asked(law, every)


@settings(max_examples=some(40), deadline=None)
@given(st.sampled_from(LAWS), WHOLE, st.sampled_from(sorted(FACTS)))
def test_more_is_never_less(law: str, facts: dict[str, Any], name: str) -> None:
    """
    A greater amount or number never costs a class.
    """
    value = facts[name]
    if isinstance(value, (bool, str)) and name in {"customer_kind", "assessed", "requested"}:
        return
    more: Any = value
    if isinstance(value, tuple):
        more = tuple(str(Decimal(v) + 7) if isinstance(v, str) else v + 7 for v in value)
    elif isinstance(value, str):
        more = str(Decimal(value) + 1_000_000)
    elif not isinstance(value, bool):
        more = value + 1

    assert set(asked(law, facts).reached) <= set(asked(law, {**facts, name: more}).reached)


@given(st.lists(st.integers(0, 60_000_000), min_size=3, max_size=3))
def test_averages_are_exact(cents: list[int]) -> None:
    """
    An average of years is compared as a fraction, and what is told as missing is just enough.
    """
    years = tuple(plain(value, 2) for value in cents)
    found = wealth_class(acme(), on=ON, currency="CNY", net_worth="0", incomes=years).outcome
    (limb,) = (limb for limb in found.limbs if limb.code == "income")

    assert (Fraction(sum(cents), 3) > 10_000_000) == limb.met
    if not limb.met:
        assert isinstance(limb.short, Money)
        more = tuple(plain(value + limb.short.minor, 2) for value in cents)
        less = tuple(plain(value + limb.short.minor - 1, 2) for value in cents)

        def reached(incomes: tuple[str, ...]) -> tuple[str, ...]:
            facts = {"currency": "CNY", "net_worth": "0", "incomes": incomes}
            return wealth_class(acme(), on=ON, **facts).outcome.reached

        assert (("rich",), ()) == (reached(more), reached(less))


@given(st.dates(date(2016, 8, 15), date(2026, 6, 28)), st.integers(900_000, 3_000_000))
def test_a_later_version_changes_nothing_before_it(day: date, worth: int) -> None:
    """
    A contract made before an order is judged as if the order had never been.
    """
    law = SHELF.get("us-qualified-client-class")
    before = attrs.evolve(law, versions=law.versions[:2])
    facts = {"currency": "USD", "net_worth": str(worth), "assets_under_management": "0"}

    assert (
        wealth_class(before, on=day, **facts).outcome == wealth_class(law, on=day, **facts).outcome
    )


def test_before_the_first_version() -> None:
    """
    A contract older than the first version read has no answer, and the message says so.
    """
    with pytest.raises(NotInForceError, match="2016-08-15"):
        wealth_class("us-qualified-client-class", on=date(2016, 8, 15) - timedelta(days=1))


def test_explained() -> None:
    """
    An explanation tells each limb with what there is and what is missing, in both languages.
    """
    facts = {"currency": "USD", "net_worth": "2600000.00", "assets_under_management": "0"}
    decision = wealth_class("us-qualified-client-class", on=date(2026, 6, 29), **facts)

    assert "$2,600,000.00 — short by $100,000.01" in decision.explain()
    assert "净资产超过270万美元" in decision.explain("zh_CN")
    assert "17 CFR 275.205-3; order of 2026-04-28" in decision.explain()


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"currency": "USD", "net_worth": "1.00"}, "currency"),
        ({"currency": "CNY", "net_worth": "1.001"}, "net_worth"),
        ({"currency": "CNY", "net_worth": 1.5}, "net_worth"),
        ({"currency": "CNY", "net_worth": "rich"}, "net_worth"),
        ({"currency": "CNY", "incomes": ["1.00", "x"]}, "incomes[1]"),
        ({"sector_years": -1}, "sector_years"),
        ({"net_wort": "1.00"}, "net_wort"),
    ],
)
def test_bad_facts(facts: dict[str, Any], path: str) -> None:
    """
    An amount of another currency, a float, or finer than money is refused and named.
    """
    with pytest.raises(FaultsError) as told:
        wealth_class(acme(), on=ON, **facts)

    assert [path] == [fault.path for fault in told.value.faults]


@pytest.mark.parametrize(
    ("facts", "near"),
    [({"customer_kind": "persons"}, "person"), ({"institution": "pension_fonds"}, "pension_fund")],
)
def test_unknown_words(facts: dict[str, Any], near: str) -> None:
    """
    A code or word nobody knows is refused with the near ones.
    """
    with pytest.raises(UnknownNameError, match=near):
        wealth_class(acme(), on=ON, **facts)


@pytest.mark.parametrize(
    ("was", "now", "path"),
    [
        ('currency = "CNY"', 'currency = "CNX"', "currency"),
        ("at_least = 1", "at_least = 3", "wealth_class[0].group[0].at_least"),
        ("at_least = 1", "at_least = 0", "wealth_class[0].group[0].at_least"),
        ('code = "income"', 'code = "assets"', "wealth_class[0].group[0].limb[1].code"),
        ('"net_worth"', '"net_wealth"', "wealth_class[0].group[0].limb[0].fact"),
        ('"1000000.00"', '"1000000.001"', "wealth_class[0].group[0].limb[0].more_than"),
        (
            'more_than = "1000000.00"',
            'more_than = "1.00"\nat_least = "1.00"',
            "wealth_class[0].group[0].limb[0]",
        ),
        ("last = 3", "", "wealth_class[0].group[0].limb[1].over"),
        ("last = 3", "last = 0", "wealth_class[0].group[0].limb[1].last"),
        (
            'fact = "net_worth"\nmore_than = "1000000.00"',
            "",
            "wealth_class[0].group[0].limb[0]",
        ),
        (
            'fact = "net_worth"\n',
            'when = { fact = "prof", equals = true }\nfact = "net_worth"\n',
            "wealth_class[0].group[0].limb[0].when.fact",
        ),
    ],
)
def test_faults_of_a_law(was: str, now: str, path: str) -> None:
    """
    A fault of a law is found when it is read, with its path.
    """
    assert was in ACME
    with pytest.raises(PolicyError) as told:
        acme(ACME.replace(was, now))

    assert f"version[0].{path}" in [fault.path for fault in told.value.faults]
