"""What services cost a bank: prices by code, and nothing taken for free."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice import policies
from bankservice.core.errors import PolicyError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy_file import read_policy
from bankservice.segmentation import SERVICE_COSTS
from bankservice.segmentation.costs import ServiceCosts

CODES = tuple(policies.load("vocabulary/services").versions[-1].parameters)


def costs(**table: Any) -> ServiceCosts:
    """Return the service costs that a version with these keys gives."""
    version = {
        "since": date(2026, 1, 1),
        "source": {"text": "Acme cost book", "checked": "own"},
        "currency": "CNY",
        "per": "month",
        **table,
    }
    raw = {"id": "acme/service-costs", "kind": SERVICE_COSTS.name, "version": [version]}
    shelf = policies.shelf()
    found = read_policy(raw, "costs.toml", shelf.kinds, shelf).on(date(2026, 6, 30)).parameters
    assert isinstance(found, ServiceCosts)
    return found


def refused(**table: Any) -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """Return the faults of a version by path."""
    with pytest.raises(PolicyError) as caught:
        costs(**table)
    return {
        fault.path.removeprefix("version[0]."): (fault.got, fault.wanted, fault.near)
        for fault in caught.value.faults
    }


def test_prices_in_minor_units() -> None:
    """Prices become integers of the currency's minor unit, under their codes."""
    held = costs(cost={"quick_lane": "2.00", "own_adviser": "180", "mobile": "0"})

    minor = FrozenMapping({"quick_lane": 200, "own_adviser": 18_000, "mobile": 0})
    assert ServiceCosts(currency="CNY", per="month", minor=minor) == held


def test_currency_without_minor_unit() -> None:
    """A currency without a minor unit has prices in whole units."""
    held = costs(currency="JPY", per="year", cost={"vip_room": "1200"})

    assert ("JPY", "year", {"vip_room": 1200}) == (held.currency, held.per, dict(held.minor))


def test_every_fault_at_once() -> None:
    """Unknown codes, negative and too fine prices are all told, each at its path."""
    found = refused(
        cost={"quick_lan": "2.00", "mobile": "-1.00", "vip_room": "0.001", "own_adviser": "180.00"}
    )

    assert ["cost.quick_lan", "cost.mobile", "cost.vip_room"] == list(found)
    got, wanted, near = found["cost.quick_lan"]
    assert ("'quick_lan'", "a code of vocabulary/services", "quick_lane") == (got, wanted, near[0])
    assert ("'-1.00'", "a price of nothing or more", ()) == found["cost.mobile"]
    assert "'0.001'" == found["cost.vip_room"][0]


def test_faults_beside_an_unknown_currency() -> None:
    """An unknown currency hides neither an unknown code nor a negative price."""
    assert {"currency", "cost.vip_rom", "cost.mobile"} == set(
        refused(currency="CNX", cost={"vip_rom": "1.00", "mobile": "-2.00"})
    )


@pytest.mark.parametrize(
    ("table", "path"),
    [
        ({"per": "week", "cost": {}}, "per"),
        ({"cost": {"mobile": 2}}, "cost.mobile"),
        ({"cost": {"mobile": "two"}}, "cost.mobile"),
        ({"cost": "2.00"}, "cost"),
        ({"cost": {}, "costs": {}}, "costs"),
        ({}, "cost"),
    ],
)
def test_form(table: dict[str, Any], path: str) -> None:
    """What is not in the written form is refused at its path."""
    assert {path} == set(refused(**table))


@given(
    prices=st.dictionaries(st.sampled_from(CODES), st.integers(0, 10**9)),
    services=st.lists(st.sampled_from(CODES), unique=True).map(tuple),
)
def test_cost_of_services(prices: dict[str, int], services: tuple[str, ...]) -> None:
    """The cost is the sum of the prices there are; every other service is named, in order."""
    held = ServiceCosts(currency="CNY", per="month", minor=FrozenMapping(prices))

    total, missing = held.of(services)

    assert sum(prices.get(code, 0) for code in services) == total
    assert tuple(code for code in services if code not in prices) == missing


def test_service_named_twice() -> None:
    """A service named twice is given once, and so paid once."""
    held = ServiceCosts(currency="CNY", per="month", minor=FrozenMapping({"mobile": 100}))

    assert (100, ("vip_room",)) == held.of(("mobile", "vip_room", "mobile", "vip_room"))


def test_kind_is_on_the_shelf() -> None:
    """The front shelf knows the kind, so that a bank's file of it loads."""
    assert SERVICE_COSTS in policies.kinds()
