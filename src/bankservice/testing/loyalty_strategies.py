"""
Hypothesis strategies for loyalty: programmes, transactions, and what is done with an account.

    from hypothesis import given
    from bankservice.testing import strategies

    @given(strategies.transactions(currency="CNY"))
    def test_no_purchase_crashes(facts): ...
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from bankservice.core.errors import UnknownNameError
from bankservice.core.money import digits_of, plain
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.core.record import Command
from bankservice.core.structure import FACTS
from bankservice.loyalty.account.commands import COMMANDS
from bankservice.loyalty.policy import SHELF

__all__ = ["account_commands", "programme_policies", "programme_tables", "transactions"]

START: Final = datetime(2026, 3, 2, 1, tzinfo=UTC)
LARGEST: Final = 10**9
RATES: Final = ("1", "2", "3.5", "0.4", "0.333", "10")
MULTIPLES: Final = (1, 2, 5, 20, 125)
FACTORS: Final = ("1.25", "1.5", "1.75", "2", "3")
MERCHANTS: Final = ("", "5411", "5541", "6011", "7995")
EXPIRIES: Final[tuple[dict[str, Any], ...]] = (
    {"mode": "never"},
    {"mode": "after", "period": "P12M"},
    {"mode": "after", "period": "P90D", "round_to": "month"},
    {"mode": "end-of", "period": "P1Y", "round_to": "year"},
    {"mode": "fixed-day", "days": ["12-31"], "years": 2},
    {"mode": "cycles", "days": ["06-30", "12-31"]},
    {"mode": "inactivity", "period": "P18M", "most": "P36M"},
)
AVAILABILITIES: Final[tuple[dict[str, Any], ...]] = (
    {"mode": "at-once"},
    {"mode": "next-day"},
    {"mode": "after", "days": 14},
    {"mode": "statement"},
    {"mode": "action", "action": "minimum-payment"},
)
ORDERS: Final = ("earliest-expiry", "earned-first", "promo-first", "last-in-first-out")
SHORTFALLS: Final = ("waive", "within-balance", "arrears", "cash-quote")


def _known(currency: str) -> int:
    try:
        return digits_of(currency)
    except UnknownNameError as error:
        raise InvalidArgument(str(error)) from None


def _titled(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "title": {"en": code.capitalize(), "zh": f"规则{code}"}, **more}


@st.composite
def _rows(
    draw: st.DrawFn, digits: int, most: int, fixed: bool, monotone: bool
) -> list[dict[str, Any]]:
    rows = []
    for number in range(1, draw(st.integers(1, most)) + 1):
        step = plain(draw(st.sampled_from(MULTIPLES)) * 10**digits, digits)
        row = _titled(
            f"row-{number}",
            kinds=["card"],
            points=draw(st.sampled_from(RATES)),
            per=step,
            component=draw(st.sampled_from(("base", "bonus"))),
        )
        if draw(st.booleans()):
            row["block"] = step
        if fixed and draw(st.booleans()):
            row["fixed"] = str(draw(st.integers(1, 50)))
        if fixed and draw(st.booleans()):
            row["minimum"] = plain(draw(st.integers(1, 200)) * 10**digits, digits)
        if not monotone and draw(st.booleans()):
            row["maximum"] = plain(draw(st.integers(200, 900)) * 10**digits, digits)
        rows.append(row)
    return rows


@st.composite
def _tables(
    draw: st.DrawFn, currency: str, zone: str, most: int, caps: bool, fixed: bool, monotone: bool
) -> dict[str, Any]:
    digits = _known(currency)
    table: dict[str, Any] = {
        "zone": zone,
        "currency": currency,
        "earn": draw(_rows(digits, most, fixed, monotone)),
        "rounding": {
            "mode": draw(st.sampled_from(("floor", "half-up", "half-even", "ceiling"))),
            "of": draw(st.sampled_from(("parts", "total"))),
        },
        "expiry": draw(st.sampled_from(EXPIRIES)),
        "available": draw(st.sampled_from(AVAILABILITIES)),
        "burn_order": draw(st.sampled_from(ORDERS)),
        "refunds": {"shortfall": draw(st.sampled_from(SHORTFALLS))},
        "transfer": {"allowed": True},
    }
    if table["refunds"]["shortfall"] == "cash-quote":
        table["refunds"]["cash_per_point"] = plain(1, digits)
    if draw(st.booleans()):
        factor = draw(st.sampled_from(FACTORS))
        components = sorted({row["component"] for row in table["earn"]})
        table["multiplier"] = [_titled("times", factor=factor, components=components[:1])]
        table["multipliers"] = draw(st.sampled_from(("add", "multiply")))
    if not monotone and draw(st.booleans()):
        table["merchants"] = [_titled("cash", mcc=["6010-6012"])]
        table["exclude"] = [_titled("cash-like", merchants=["cash"])]
    if caps and draw(st.booleans()):
        cap = _titled("most", limit=draw(st.integers(1, 500)))
        cap["period"] = draw(st.sampled_from(("transaction", "day", "month", "quarter", "year")))
        cap["scope"] = "transaction" if cap["period"] == "transaction" else "account"
        table["cap"] = [cap]
    return table


def programme_tables(
    *,
    currency: str = "CNY",
    zone: str = "Asia/Shanghai",
    max_rows: int = 3,
    caps: bool = True,
    fixed: bool = True,
    monotone: bool = False,
) -> SearchStrategy[dict[str, Any]]:
    """
    Return the parameters of a programme's version as a TOML file holds them.

    Args:
        currency: Currency of the amounts.
        zone: Zone whose days count.
        max_rows: Most earning rows.
        caps: Whether some have a limit.
        fixed: Whether some rows grant points once, or have a minimum.
        monotone: Whether to leave out what may let points fall when an amount grows.
    """
    _known(currency)
    if max_rows < 1:
        raise InvalidArgument("a programme has at least one earning row.")
    return _tables(currency, zone, max_rows, caps, fixed, monotone)


def programme_policies(
    *tables: SearchStrategy[dict[str, Any]], since: date = date(2020, 1, 1)
) -> SearchStrategy[Policy[Any]]:
    """
    Return loaded programmes.

    Args:
        *tables: Parameters of the versions, oldest first; one of `programme_tables()` where left
            out.
        since: First day of the first version; the others follow, each a year after the last.
    """
    return st.tuples(*(tables or (programme_tables(),))).map(lambda drawn: _policy(drawn, since))


def _policy(tables: Sequence[dict[str, Any]], since: date) -> Policy[Any]:
    source = {"text": "drawn by Hypothesis", "clause": "1", "checked": "own"}
    raw = {
        "id": "drawn/points",
        "kind": "loyalty.programme",
        "version": [
            {**table, "since": date(since.year + place, since.month, since.day), "source": source}
            for place, table in enumerate(tables)
        ],
    }
    return read_policy(raw, "a drawn policy", SHELF.kinds, SHELF)


def transactions(
    *, currency: str = "CNY", min_minor: int = 0, max_minor: int = LARGEST
) -> SearchStrategy[dict[str, Any]]:
    """
    Return facts of card transactions, as a command to post them or the rule of accrual takes them.

    Args:
        currency: Their currency.
        min_minor: Least amount in minor units.
        max_minor: Largest amount.
    """
    digits = _known(currency)
    if not 0 <= min_minor <= max_minor:
        raise InvalidArgument(
            f"amounts go from {min_minor} to {max_minor}; wanted 0 <= min <= max."
        )
    amounts = st.integers(min_minor, max_minor).map(lambda minor: plain(minor, digits))
    return st.fixed_dictionaries(
        {"amount": amounts, "currency": st.just(currency), "kind": st.just("card")},
        optional={
            "mcc": st.sampled_from(MERCHANTS),
            "merchant": st.sampled_from(("shop-1", "shop-2")),
            "discounted": st.booleans(),
            "award": st.booleans(),
        },
    )


def account_commands(
    *,
    subject: str = "customer-1",
    currency: str = "CNY",
    others: Sequence[str] = (),
    min_size: int = 1,
    max_size: int = 12,
    start: datetime = START,
    max_gap: timedelta = timedelta(days=20),
) -> SearchStrategy[tuple[Command, ...]]:
    """
    Return commands on one account, the enrolment first, instants ascending, ids of their own.

    Some will be refused: points that are not there, refunds of what was never bought.

    Args:
        subject: Whose account.
        currency: Currency of the purchases.
        others: Accounts that points may be given to.
        min_size: Fewest commands, from 1 up.
        max_size: Most commands.
        start: Instant of the enrolment, aware.
        max_gap: Most time between two commands.
    """
    if not 1 <= min_size <= max_size:
        raise InvalidArgument(f"sizes go from {min_size} to {max_size}; wanted 1 <= min <= max.")
    if max_gap < timedelta(0) or start.tzinfo is None:
        raise InvalidArgument(f"start is {start} and max_gap {max_gap}; wanted aware, and no less.")
    sizes = st.integers(min_size, max_size)
    return _commands(subject, currency, tuple(others), sizes, start, max_gap)


def _acts(currency: str, others: tuple[str, ...]) -> SearchStrategy[tuple[str, dict[str, Any]]]:
    """Return names of commands with their bodies; a place for the command's own reference."""
    points = st.integers(1, 500)
    buys = transactions(currency=currency, max_minor=50_000).map(lambda facts: ("post", facts))
    known = st.integers(1, 12)

    def of(name: str, **parts: SearchStrategy[Any]) -> SearchStrategy[tuple[str, dict[str, Any]]]:
        return st.fixed_dictionaries(parts).map(lambda body: (name, body))

    acts = [
        buys,
        buys,
        of("refund", original=known),
        of("redeem", points=points),
        of("reserve", points=points),
        of("confirm", held=known),
        of("release", held=known),
        of("cancel_redemption", original=known),
        of("adjust", points=points | points.map(lambda held: -held), reason=st.just("care")),
        of("expire"),
        of("advance"),
    ]
    if others:
        acts.append(of("transfer", to=st.sampled_from(others), points=points))
    return st.one_of(acts)


@st.composite
def _commands(
    draw: st.DrawFn,
    subject: str,
    currency: str,
    others: tuple[str, ...],
    sizes: SearchStrategy[int],
    start: datetime,
    max_gap: timedelta,
) -> tuple[Command, ...]:
    moment, acts = start, _acts(currency, others)
    gaps = st.just(timedelta(0)) | st.timedeltas(timedelta(0), max_gap)
    enrol = COMMANDS["enrol"]()
    held = [Command(id="command-1", subject=subject, body=enrol, at=start, actor="officer-1")]
    for place in range(2, draw(sizes) + 1):
        moment += draw(gaps)
        name, drawn = draw(acts)
        body = dict(drawn)
        if "held" in body:
            body["ref"] = f"reserve-{body.pop('held')}"
        elif name not in ("expire", "advance"):
            body["ref"] = f"{name}-{place}"
        if "original" in body:
            before = "post" if name == "refund" else "redeem"
            body["original_ref"] = f"{before}-{body.pop('original')}"
        command: Any = FACTS.read(body, COMMANDS[name], f"command {name}")
        held.append(
            Command(
                id=f"command-{place}", subject=subject, body=command, at=moment, actor="officer-1"
            )
        )
    return tuple(held)
