"""The strategies for loyalty: what they draw is accepted, and what cannot be drawn is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis.errors import InvalidArgument
from proof_tools import Bank, at

from bankservice.core.money import parse_minor
from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.testing import strategies


@given(
    strategies.programme_policies(
        strategies.programme_tables(currency="JPY"),
        strategies.programme_tables(currency="JPY", caps=False),
    )
)
def test_drawn_programmes_load(policy: Policy[Any]) -> None:
    """Programmes are drawn as a file holds them; their versions follow each other."""
    assert [date(2020, 1, 1), date(2021, 1, 1)] == [held.ref.since for held in policy.versions]
    assert "JPY" == policy.versions[0].parameters.currency


@given(strategies.transactions(currency="KWD", min_minor=5, max_minor=9_000))
def test_drawn_transactions_are_in_bounds(facts: dict[str, Any]) -> None:
    """Amounts have the digits of their currency and lie within the bounds."""
    assert 5 <= parse_minor(facts["amount"], 3) <= 9_000


@given(strategies.account_commands(subject="ann", others=("bob",), max_size=9))
def test_drawn_commands_are_in_order(commands: tuple[Command, ...]) -> None:
    """Instants ascend, ids are their own, and no command crashes a bank."""
    moments = [command.at for command in commands if command.at is not None]

    assert sorted(moments) == moments
    assert len(commands) == len({command.id for command in commands})
    bank = Bank(now=at("2027-12-01T09:00"))
    answers = [bank.handle(command) for command in commands]

    assert answers[0].accepted


@pytest.mark.parametrize(
    "ask",
    [
        lambda: strategies.programme_tables(currency="XQQ"),
        lambda: strategies.programme_tables(max_rows=0),
        lambda: strategies.transactions(min_minor=2, max_minor=1),
        lambda: strategies.transactions(currency="XQQ"),
        lambda: strategies.account_commands(min_size=0),
        lambda: strategies.account_commands(max_gap=timedelta(-1)),
        lambda: strategies.account_commands(
            start=datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(ask: Any) -> None:
    """A strategy without any value is an invalid argument, at once."""
    with pytest.raises(InvalidArgument):
        ask()
