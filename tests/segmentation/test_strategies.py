"""The strategies that ship: what they draw is valid, what is impossible is refused."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from tier_tools import FEW, ladder_of, one_tier_policy

from bankservice.core.money import ExchangeRates, Money
from bankservice.core.record import Command
from bankservice.core.unknown import UNKNOWN
from bankservice.testing import strategies

LADDER = ladder_of(one_tier_policy(enter="100.00", retain="80.00"))
DAY = date(2026, 1, 31)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("dates", {"min_value": DAY, "max_value": date(2026, 1, 30)}),
        ("periods", {"max_months": -1}),
        ("moneys", {"min_minor": 1, "max_minor": 0}),
        ("moneys", {"currency": "XXQ"}),
        ("tier_tables", {"min_tiers": 0}),
        ("tier_tables", {"min_tiers": 3, "max_tiers": 2}),
        ("tier_tables", {"measures": ()}),
        ("tier_tables", {"landings": ()}),
        ("tier_tables", {"nested": True, "measures": ("assets", "salary")}),
        ("tier_tables", {"max_tiers": 6, "max_minor": 3}),
        ("measures", {"min_average": 1, "max_average": 0}),
        ("measures", {"max_days": 0}),
        ("measure_paths", {"ladder": LADDER, "min_size": 2, "max_size": 1}),
        ("measure_paths", {"ladder": LADDER, "max_gap": 0}),
        ("exchange_rates", {"currency": "XXQ"}),
        ("balances", {"currency": "CNY", "min_value": DAY, "max_value": DAY, "min_size": 2}),
        ("accounts", {"on": DAY, "members": 0}),
        ("commands", {"ladder": LADDER, "min_size": 2, "max_size": 1}),
    ],
)
def test_an_impossible_request_is_refused(name: str, options: dict[str, Any]) -> None:
    """What cannot be drawn is refused when it is asked for, not when it is drawn."""
    with pytest.raises(InvalidArgument):
        getattr(strategies, name)(**options)


@FEW
@given(st.data())
def test_bounds_hold(data: st.DataObject) -> None:
    """Options narrow what is drawn, ends included."""
    day = data.draw(strategies.dates(min_value=DAY, max_value=date(2026, 2, 2)))
    money: Money = data.draw(strategies.moneys(currency="JPY", min_minor=-1, max_minor=1))
    measure = data.draw(strategies.measures(min_average=-3, max_average=7, max_days=2))
    path = data.draw(strategies.measure_paths(ladder=LADDER, max_size=3, max_gap=9, unknown=False))
    poor, rich = data.draw(strategies.measure_path_pairs(ladder=LADDER, max_size=3))

    assert DAY <= day <= date(2026, 2, 2)
    assert ("JPY", True) == (money.currency, -1 <= money.minor <= 1)
    assert -3 <= measure.average <= 7
    assert measure.days <= 2
    assert all(0 < (late[0] - early[0]).days <= 9 for early, late in pairwise(path))
    assert UNKNOWN not in [held["assets"] for _, held in path]
    for (day, low), (same, high) in zip(poor, rich, strict=True):
        assert day == same
        less, more = low["assets"], high["assets"]
        if less is UNKNOWN or more is UNKNOWN:
            assert less is more
        else:
            assert less.average <= more.average


@FEW
@given(st.data())
def test_rates_make_a_table(data: st.DataObject) -> None:
    """Drawn rates are accepted as they are, in whatever order."""
    quotes = data.draw(strategies.exchange_rates(currency="USD"))

    assert len(quotes) == len(ExchangeRates("CNY", quotes).quotes)


@FEW
@given(strategies.commands(ladder=LADDER))
def test_commands_have_ids_of_their_own_and_days_in_order(commands: tuple[Command, ...]) -> None:
    """No two commands share an id, and no day lies before the one ahead of it."""
    days = [command.body.on for command in commands]

    assert len(commands) == len({command.id for command in commands})
    assert sorted(days) == days


def test_hypothesis_is_imported_by_this_module_only() -> None:
    """The other tools for users do not need Hypothesis."""
    code = (
        "import sys, bankservice.testing.cases, bankservice.testing;"
        "sys.exit('hypothesis' in sys.modules)"
    )

    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
