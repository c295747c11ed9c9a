"""
Hypothesis strategies for the values of this library, so that a bank can prove its own policy.

    from hypothesis import given
    from bankservice import policies
    from bankservice.testing import strategies

    TIERS = policies.load("our-tiers.toml").versions[-1].parameters

    @given(strategies.measure_paths(ladder=TIERS))
    def test_no_assessment_crashes(path): ...

Each strategy draws from the whole domain that the library accepts; options only narrow it. What
cannot be drawn is refused with `InvalidArgument`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from bankservice import policies
from bankservice.core.calendar import Period, last_of_month
from bankservice.core.errors import UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.money import Money, Quote, digits_of, plain
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.core.record import Command
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.segmentation.balances import Account, EndOfDay
from bankservice.segmentation.entries import Assess, EndOverride, GrantOverride, GrantRamp
from bankservice.segmentation.ladder import Ladder
from bankservice.segmentation.measure import Measure, Measures
from bankservice.testing.calendar_strategies import (
    calendar_policies,
    calendar_tables,
    holiday_tables,
    instants,
    working_calendars,
)
from bankservice.testing.case_strategies import case_commands, complaint_receipts
from bankservice.testing.group_strategies import (
    customers,
    group_policies,
    group_tables,
    rfm_values,
)
from bankservice.testing.lifecycle_strategies import activity_paths, stage_policies, stage_tables
from bankservice.testing.loyalty_strategies import (
    account_commands,
    programme_policies,
    programme_tables,
    transactions,
)
from bankservice.testing.prediction_strategies import (
    model_parameters,
    purchase_histories,
    purchase_populations,
    trend_values,
)
from bankservice.testing.sampling_strategies import survey_frames
from bankservice.testing.satisfaction_strategies import (
    allocated_strata,
    answer_sheets,
    charted_shares,
    class_counts,
    driven_outcomes,
    raked_samples,
    survey_answers,
    survey_weights,
    wave_respondents,
    weighted_answers,
)

__all__ = [
    "MeasurePath",
    "account_commands",
    "accounts",
    "activity_paths",
    "allocated_strata",
    "answer_sheets",
    "balances",
    "calendar_policies",
    "calendar_tables",
    "case_commands",
    "charted_shares",
    "class_counts",
    "commands",
    "complaint_receipts",
    "currencies",
    "customers",
    "dates",
    "driven_outcomes",
    "exchange_rates",
    "group_policies",
    "group_tables",
    "holiday_tables",
    "instants",
    "measure_path_pairs",
    "measure_paths",
    "measures",
    "model_parameters",
    "moneys",
    "periods",
    "programme_policies",
    "programme_tables",
    "purchase_histories",
    "purchase_populations",
    "raked_samples",
    "rfm_values",
    "stage_policies",
    "stage_tables",
    "survey_answers",
    "survey_frames",
    "survey_weights",
    "tier_policies",
    "tier_tables",
    "transactions",
    "trend_values",
    "wave_respondents",
    "weighted_answers",
    "working_calendars",
]

MeasurePath: TypeAlias = tuple[tuple[date, Mapping[str, Measure | UnknownType]], ...]
"""Days of assessment, ascending, each with the measures by name."""

TierLanding: TypeAlias = Literal["by_latch", "one_step", "to_measured"]
GraceStarts: TypeAlias = Literal["at_miss", "after_protection"]

FIRST = date(1970, 1, 1)
LAST = date(2199, 12, 31)
LARGEST = 10**15
"""Largest amount drawn where no other bound is given, in minor units."""

REVIEWS = ("month-end", "quarter-end", "half-year-end", "year-end", "06-30", "12-31", "02-29")


def _in_order(name: str, low: Any, high: Any) -> None:
    if low > high:
        raise InvalidArgument(f"min_{name} is {low!r}, above max_{name} {high!r}.")


# -- plain values -----------------------------------------------------------------------------


def dates(*, min_value: date = FIRST, max_value: date = LAST) -> SearchStrategy[date]:
    """Return days, both ends included."""
    _in_order("value", min_value, max_value)
    return st.dates(min_value, max_value)


def periods(*, max_months: int = 36, max_days: int = 400) -> SearchStrategy[Period]:
    """Return spans of months and days, none included."""
    if max_months < 0 or max_days < 0:
        raise InvalidArgument(f"a period of {max_months} months and {max_days} days is not one.")
    return st.builds(
        Period, months=st.integers(0, max_months), days=st.just(0) | st.integers(0, max_days)
    )


def currencies() -> SearchStrategy[str]:
    """Return currency codes with no, two, three and four digits after the point."""
    return st.sampled_from(("CNY", "USD", "EUR", "HKD", "JPY", "KRW", "KWD", "CLF"))


def moneys(
    *,
    currency: str | None = None,
    min_minor: int = -LARGEST,
    max_minor: int = LARGEST,
) -> SearchStrategy[Money]:
    """
    Return amounts of money.

    Args:
        currency: The one currency; any where left out.
        min_minor: Least amount in minor units.
        max_minor: Largest amount in minor units.
    """
    _in_order("minor", min_minor, max_minor)
    codes = currencies() if currency is None else st.just(_known(currency))
    return st.builds(Money, st.integers(min_minor, max_minor), codes)


def _known(currency: str) -> str:
    try:
        digits_of(currency)
    except UnknownNameError as error:
        raise InvalidArgument(str(error)) from None
    return currency


# -- tier policies ----------------------------------------------------------------------------


def tier_tables(
    *,
    min_tiers: int = 1,
    max_tiers: int = 6,
    currency: str = "CNY",
    measures: Sequence[str] = ("assets",),
    landings: Sequence[TierLanding] = ("by_latch",),
    grace_starts: Sequence[GraceStarts] = ("at_miss", "after_protection"),
    reviews: bool = True,
    memory: bool = True,
    nested: bool = False,
    max_minor: int = LARGEST,
) -> SearchStrategy[dict[str, Any]]:
    """
    Return the parameters of a tier policy version as a TOML file holds them.

    Args:
        min_tiers: Fewest tiers, the base counted.
        max_tiers: Most tiers, the base counted.
        currency: Currency of the levels.
        measures: Names of the measures tiers may look at; one tier may look at several.
        landings: Landings to draw from.
        grace_starts: Starts of the grace to draw from.
        reviews: Whether the policy may name review days.
        memory: Whether tiers may have retain levels below entry, protection and grace.
        nested: Whether lower tiers are at least as lenient as higher ones in retain level,
            protection and grace.
        max_minor: Largest level in minor units.
    """
    _in_order("tiers", min_tiers, max_tiers)
    if min_tiers < 1:
        raise InvalidArgument("a policy has at least the base tier.")
    if not measures or not landings or not grace_starts:
        raise InvalidArgument("name at least one measure, landing and start of grace.")
    if nested and len(measures) > 1:
        raise InvalidArgument("tiers on several measures are not nested.")
    if max_minor < max_tiers:
        raise InvalidArgument(f"{max_tiers} tiers do not fit below {max_minor} minor units.")
    _known(currency)
    return _tier_tables(
        st.integers(min_tiers, max_tiers),
        currency,
        tuple(measures),
        tuple(landings),
        tuple(grace_starts),
        reviews,
        memory,
        nested,
        max_minor,
    )


@st.composite
def _tier_tables(
    draw: st.DrawFn,
    sizes: SearchStrategy[int],
    currency: str,
    names: tuple[str, ...],
    landings: tuple[str, ...],
    starts: tuple[str, ...],
    reviews: bool,
    memory: bool,
    nested: bool,
    max_minor: int,
) -> dict[str, Any]:
    above = draw(sizes) - 1
    digits = digits_of(currency)
    enters = {
        name: sorted(
            draw(
                st.lists(
                    st.integers(0, max_minor) | st.integers(0, min(max_minor, 20)),
                    min_size=above,
                    max_size=above,
                    unique=True,
                )
            )
        )
        for name in names
    }
    protections = draw(_spans(above, nested)) if memory else ["P0D"] * above
    graces = draw(_spans(above, nested)) if memory else ["P0D"] * above
    rows: list[dict[str, Any]] = [{"code": "BASE"}]
    floors = dict.fromkeys(names, 0)
    for index in range(above):
        chosen = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
        levels = []
        for name in chosen:
            enter = enters[name][index]
            retain = enter
            if memory and draw(st.booleans()):
                retain = draw(st.integers(floors[name] if nested else 0, enter))
            floors[name] = retain
            levels.append(
                {"measure": name, "enter": plain(enter, digits), "retain": plain(retain, digits)}
            )
        row: dict[str, Any] = {"code": f"TIER_{index + 1}"}
        short_form = draw(st.booleans())
        if short_form and chosen == ["assets"]:
            row |= {"enter": levels[0]["enter"], "retain": levels[0]["retain"]}
        else:
            row |= {"qualify": levels, "qualify_by": draw(st.sampled_from(("any", "all")))}
        if memory:
            row |= {"protection": protections[index], "grace": graces[index]}
        rows.append(row)
    table: dict[str, Any] = {
        "zone": "UTC",
        "currency": currency,
        "grace_starts": draw(st.sampled_from(starts)),
        "landing": draw(st.sampled_from(landings)),
        "tier": rows,
    }
    if reviews:
        table["review"] = draw(st.lists(st.sampled_from(REVIEWS), max_size=3))
    return table


def _spans(size: int, nested: bool) -> SearchStrategy[list[str]]:
    if nested:
        # One unit for all: a month is not comparable with a number of days.
        months = st.lists(st.integers(0, 24), min_size=size, max_size=size)
        return months.map(lambda held: [f"P{number}M" for number in sorted(held, reverse=True)])
    spans = st.just(Period()) | periods(max_months=24, max_days=90)
    return st.lists(spans.map(str), min_size=size, max_size=size)


def tier_policies(
    *tables: SearchStrategy[dict[str, Any]],
    since: date = FIRST,
    on_change: Literal["grandfather", "immediate", "new_entrants_only"] = "grandfather",
) -> SearchStrategy[Policy[Ladder]]:
    """
    Return loaded tier policies.

    Args:
        *tables: Parameters of the versions, oldest first; one of `tier_tables()` where left out.
        since: First day of the first version; the others follow, each a year after the last.
        on_change: What each newer version does to tiers held under the older one.
    """
    return st.tuples(*(tables or (tier_tables(),))).map(
        lambda drawn: _policy(drawn, since, on_change)
    )


def _policy(tables: Sequence[Mapping[str, Any]], since: date, on_change: str) -> Policy[Ladder]:
    source = {"text": "drawn by Hypothesis", "clause": "1", "checked": "own"}
    shelf = policies.shelf()
    raw = {
        "id": "drawn/tiers",
        "kind": "segmentation.tiers",
        "version": [
            {
                **table,
                "since": date(since.year + place, since.month, since.day),
                "source": source,
                "on_change": on_change,
            }
            for place, table in enumerate(tables)
        ],
    }
    return read_policy(raw, "a drawn policy", shelf.kinds, shelf)


# -- measures ---------------------------------------------------------------------------------


def measures(
    *,
    levels: Sequence[int] = (),
    min_average: int = 0,
    max_average: int = LARGEST,
    max_days: int = 366,
) -> SearchStrategy[Measure]:
    """
    Return measures: balance-days, weighted ones among them.

    Args:
        levels: Levels in minor units to hit, and to miss by the least amount there is.
        min_average: Least daily balance in minor units; may be negative.
        max_average: Largest daily balance in minor units.
        max_days: Most days summed over.
    """
    _in_order("average", min_average, max_average)
    if max_days < 1:
        raise InvalidArgument("a measure covers at least one day.")
    near = [level for level in levels if min_average < level < max_average]
    return _measures(near, min_average, max_average, max_days)


@st.composite
def _measures(
    draw: st.DrawFn, near: Sequence[int], min_average: int, max_average: int, max_days: int
) -> Measure:
    days = draw(st.integers(1, max_days))
    scale = draw(st.sampled_from((1, 10_000)))
    whole = days * scale
    at_a_level = draw(st.booleans())
    if near and at_a_level:
        minor = draw(st.sampled_from(near)) * whole + draw(st.integers(-1, 1))
    else:
        minor = draw(st.integers(min_average * whole, max_average * whole))
    return Measure(minor, days, scale)


def measure_paths(
    *,
    ladder: Ladder,
    min_size: int = 0,
    max_size: int = 12,
    start: date = date(2020, 1, 1),
    max_gap: int = 200,
    same_day: bool = False,
    unknown: bool = True,
) -> SearchStrategy[MeasurePath]:
    """
    Return the days one customer is assessed on, with the measures a policy looks at.

    Args:
        ladder: The policy, such as `policy.versions[-1].parameters`; measures hit its levels.
        min_size: Fewest assessments.
        max_size: Most assessments.
        start: Day of the first assessment.
        max_gap: Most days between two assessments.
        same_day: Whether two assessments may fall on one day.
        unknown: Whether measures may be unknown.
    """
    _in_order("size", min_size, max_size)
    least = 0 if same_day else 1
    if max_gap < least:
        raise InvalidArgument(f"no assessments fit into gaps of {max_gap} days.")
    # Many banks assess at month ends, where clamped months and review days meet.
    one = st.tuples(st.integers(least, max_gap), st.booleans(), _of_ladder(ladder, unknown))
    return st.lists(one, min_size=min_size, max_size=max_size).map(
        lambda drawn: tuple(_paced(drawn, start, max_gap))
    )


def _paced(
    drawn: Sequence[tuple[int, bool, Mapping[str, Measure | UnknownType]]],
    start: date,
    max_gap: int,
) -> Iterator[tuple[date, Mapping[str, Measure | UnknownType]]]:
    day = start
    for place, (gap, to_the_end, held) in enumerate(drawn):
        if place:
            before, day = day, day + timedelta(gap)
            end = last_of_month(day)
            if to_the_end and (end - before).days <= max_gap:
                day = end
        yield day, held


def _of_ladder(
    ladder: Ladder, unknown: bool
) -> SearchStrategy[Mapping[str, Measure | UnknownType]]:
    levels: dict[str, set[int]] = {}
    for row in ladder.rows:
        for level in row.levels:
            levels.setdefault(level.measure, set()).update((level.enter, level.retain))
    one: dict[str, SearchStrategy[Measure | UnknownType]] = {}
    for name, near in (levels or {"assets": {0}}).items():
        known = measures(levels=sorted(near), max_average=2 * max(near) + 1)
        one[name] = known | st.just(UNKNOWN) if unknown else known
    return st.fixed_dictionaries(one)


def measure_path_pairs(
    *, ladder: Ladder, min_size: int = 0, max_size: int = 12, max_gap: int = 200
) -> SearchStrategy[tuple[MeasurePath, MeasurePath]]:
    """
    Return two paths on the same days, the second at least the first on every one of them.

    What is unknown is unknown in both. This is what "richer on every day" means.
    """
    paths = measure_paths(ladder=ladder, min_size=min_size, max_size=max_size, max_gap=max_gap)
    return paths.flatmap(lambda path: st.tuples(st.just(path), _richer(path)))


def _richer(path: MeasurePath) -> SearchStrategy[MeasurePath]:
    def more(measure: Measure | UnknownType) -> SearchStrategy[Measure | UnknownType]:
        if measure is UNKNOWN:
            return st.just(UNKNOWN)
        most = abs(measure.minor_days) + 100
        return (st.just(0) | st.integers(0, most)).map(
            lambda added: Measure(measure.minor_days + added, measure.days, measure.scale)
        )

    return st.tuples(
        *(
            st.tuples(
                st.just(day), st.fixed_dictionaries({name: more(m) for name, m in held.items()})
            )
            for day, held in path
        )
    )


# -- balances and rates -----------------------------------------------------------------------


def exchange_rates(
    *,
    currency: str,
    min_value: date = FIRST,
    max_value: date = LAST,
    max_size: int = 6,
) -> SearchStrategy[tuple[Quote, ...]]:
    """
    Return published rates of one currency, at most one a day, in any order.

    Args:
        currency: The foreign currency.
        min_value: First day a rate may be published.
        max_value: Last day.
        max_size: Most rates.
    """
    _in_order("value", min_value, max_value)
    rates = st.integers(1, 10**9).map(lambda units: Decimal(units) / 10**6)
    one = st.builds(
        Quote, currency=st.just(_known(currency)), on=st.dates(min_value, max_value), rate=rates
    )
    return st.lists(one, max_size=max_size, unique_by=lambda quote: quote.on).map(tuple)


def balances(
    *,
    currency: str,
    min_value: date = FIRST,
    max_value: date = LAST,
    min_size: int = 0,
    max_size: int = 8,
    min_minor: int = -LARGEST,
    max_minor: int = LARGEST,
) -> SearchStrategy[tuple[EndOfDay, ...]]:
    """
    Return end-of-day balances of one account, at most one a day, in any order.

    Args:
        currency: Currency of the account: amounts have its digits.
        min_value: First day of a balance.
        max_value: Last day.
        min_size: Fewest balances.
        max_size: Most balances.
        min_minor: Least balance in minor units; overdrawn accounts are below zero.
        max_minor: Largest balance in minor units.
    """
    _in_order("value", min_value, max_value)
    _in_order("minor", min_minor, max_minor)
    if min_size > (max_value - min_value).days + 1:
        raise InvalidArgument(f"{min_size} balances do not fit between the days, one a day.")
    digits = digits_of(_known(currency))
    one: SearchStrategy[EndOfDay] = st.builds(
        EndOfDay,
        on=st.dates(min_value, max_value),
        balance=st.integers(min_minor, max_minor).map(lambda minor: plain(minor, digits)),
    )
    return st.lists(
        one, min_size=min_size, max_size=max_size, unique_by=lambda balance: balance.on
    ).map(tuple)


@st.composite
def _account(
    draw: st.DrawFn, account_id: str, on: date, days: int, products: tuple[str, ...], members: int
) -> Account:
    currency = draw(currencies())
    first = on - timedelta(days)
    opened_on = draw(st.dates(first, on + timedelta(5)))
    closed_on = draw(
        st.none() | st.dates(opened_on, max(opened_on, on + timedelta(5))).map(_next_day)
    )
    held = draw(
        balances(
            currency=currency,
            min_value=first - timedelta(5),
            max_value=on + timedelta(5),
            max_size=6,
        )
    )
    return Account(
        id=account_id,
        currency=currency,
        opened_on=opened_on,
        closed_on=closed_on,
        balances=held,
        product=draw(st.sampled_from(products)),
        member=f"member-{draw(st.integers(1, members))}",
    )


def _next_day(day: date) -> date:
    return day + timedelta(1)


def accounts(
    *,
    on: date,
    days: int = 40,
    min_size: int = 0,
    max_size: int = 4,
    products: Sequence[str] = ("deposit",),
    members: int = 2,
) -> SearchStrategy[tuple[Account, ...]]:
    """
    Return a customer's or a household's accounts around a window of balances.

    Accounts open and close inside and outside the window, in several currencies, with balances
    missing here and there.

    Args:
        on: Last day of the window.
        days: How many days back accounts may have been opened.
        min_size: Fewest accounts.
        max_size: Most accounts.
        products: Product codes.
        members: How many members a household may have.
    """
    _in_order("size", min_size, max_size)
    if days < 1 or members < 1 or not products:
        raise InvalidArgument("name at least one day, one product and one member.")
    return st.integers(min_size, max_size).flatmap(
        lambda size: st.tuples(
            *(_account(f"account-{i + 1}", on, days, tuple(products), members) for i in range(size))
        )
    )


# -- commands ---------------------------------------------------------------------------------


def commands(
    *,
    ladder: Ladder,
    subject: str = "customer-1",
    min_size: int = 0,
    max_size: int = 12,
    start: date = date(2020, 1, 1),
    max_gap: int = 200,
) -> SearchStrategy[tuple[Command, ...]]:
    """
    Return commands on one standing, days ascending, each with an id of its own.

    Some will be refused: overrides without a second person, ramps a tier does not have.

    Args:
        ladder: The tier policy.
        subject: Whose standing.
        min_size: Fewest commands.
        max_size: Most commands.
        start: First day.
        max_gap: Most days between two commands.
    """
    _in_order("size", min_size, max_size)
    return _commands(ladder, subject, st.integers(min_size, max_size), start, max_gap)


@st.composite
def _commands(
    draw: st.DrawFn,
    ladder: Ladder,
    subject: str,
    sizes: SearchStrategy[int],
    start: date,
    max_gap: int,
) -> tuple[Command, ...]:
    codes = st.sampled_from((ladder.base, *ladder.codes))
    held, day = [], start
    for place in range(draw(sizes)):
        day += timedelta(draw(st.integers(0, max_gap)))
        drawn = draw(_of_ladder(ladder, unknown=True))
        until = day + timedelta(draw(st.integers(0, max_gap)))
        body = draw(
            st.sampled_from(
                (
                    Assess(measure=Measures(FrozenMapping(drawn)), on=day),
                    GrantOverride(tier=draw(codes), until=until, reason="care", on=day),
                    EndOverride(reason="over", on=day),
                    GrantRamp(tier=draw(codes), on=day),
                )
            )
        )
        held.append(
            Command(
                id=f"command-{place + 1}",
                subject=subject,
                body=body,
                actor="officer-1",
                approved_by=draw(st.sampled_from(("officer-2", "officer-1", "")))
                if isinstance(body, (GrantOverride, EndOverride))
                else "",
            )
        )
    return tuple(held)
