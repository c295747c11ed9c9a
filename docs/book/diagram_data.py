"""
What the diagrams show, as the library itself decides it: days of a clock, lots, a tier's memory.

Each is a record that is played step by step. No date and no number of an outcome is written here;
what is written is what happened.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final

import attrs
from book.bilingual import DOCS

from bankservice import policies
from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.policy import Policy, Title
from bankservice.core.record import Command
from bankservice.journals.memory import MemoryJournal

__all__ = [
    "ClockDay",
    "ClockStory",
    "LotStep",
    "Month",
    "clock_story",
    "levels",
    "lot_steps",
    "tier_months",
]

ZONE: Final = "+08:00"

_SOURCE: Final = 'source = { text = "Acme manual", clause = "1", checked = "own" }'
_DESK: Final = f"""
id = "acme/desk"
kind = "worktime.calendar"
[[version]]
since = 2020-01-01
{_SOURCE}
zone = "Asia/Shanghai"
public_holidays = {{ country = "CN" }}
hours = {{ mon = ["09:00-17:00"], tue = ["09:00-17:00"], wed = ["09:00-17:00"], thu = ["09:00-17:00"], fri = ["09:00-17:00"] }}
"""
_LEVELS: Final = f"""
id = "acme/levels"
kind = "complaints.service-levels"
[[version]]
since = 2020-01-01
{_SOURCE}
calendar = "acme/desk"
[[version.clock]]
name = "solution"
target = "P8D"
unit = "business-days"
stops_on = "propose"
pausable = true
most_extension = "P3D"
"""
_POINTS: Final = f"""
id = "acme/points"
kind = "loyalty.programme"
[[version]]
since = 2020-01-01
{_SOURCE}
zone = "Asia/Shanghai"
currency = "CNY"
expiry = {{ mode = "after", period = "P1Y" }}
[[version.earn]]
code = "purchase"
title = {{ en = "Purchases", zh = "消费" }}
kinds = ["spending"]
points = 1
per = "1.00"
[[version.reward]]
code = "credit"
title = {{ en = "Off the bill", zh = "抵扣账单" }}
kind = "statement-credit"
points = 1
value = "0.01"
"""
_TIERS: Final = DOCS.parent / "examples" / "acme" / "acme-tiers.policy.toml"
"""The policy of the tutorial on tiers, on whose page the diagram stands."""
_AVERAGES: Final = (34, 56, 46, 37, 53, 44, 43, 46, 42, 37, 36, 38, 35, 45, 52)
"""What the customer held on average, in thousands, month after month."""


class _Player:
    """One record, played step by step."""

    def __init__(self, kind: str, held: tuple[Policy[Any], ...]) -> None:
        self._record = {record.kind: record for record in policies.records()}[kind]
        self._desk, self._journal = Desk(self._record, held), MemoryJournal()
        self._count = 0

    def give(self, at: datetime, do: str, **told: Any) -> None:
        """Give a command; it has to be accepted."""
        self._count += 1
        command = Command(
            id=str(self._count),
            subject="one",
            actor="desk",
            approved_by="head" if do == "extend" else "",
            at=None,
            body=self._record.command(do, told),
        )
        answer = serve(self._desk.handle(command, at), self._journal)
        assert not answer.refused, f"{do} is refused: {answer.refused}"

    def view(self, at: datetime) -> Any:
        """Return what the record says at an instant."""
        return serve(self._desk.view("one", at), self._journal)


def _at(day: date, hour: int = 10) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02}:00:00{ZONE}")


# --- a clock ------------------------------------------------------------------------------------


@attrs.frozen
class ClockDay:
    """
    A day of a clock.

    Attributes:
        day: Which.
        count: Its place among the days that count; None where it does not count.
        closed: Why it does not count: `weekend` or `holiday`; `make_up` where it counts though it
            is a weekend; empty otherwise.
        name: What people call the holiday.
        paused: Whether the clock stood still.
        more: Whether it is there only by the extension.
    """

    day: date
    count: int | None
    closed: str = ""
    name: Title | None = None
    paused: bool = False
    more: bool = False


@attrs.frozen
class ClockStory:
    """
    A clock from its first day to its last.

    Attributes:
        received: Day zero.
        paused: First and last day on which it stood still.
        resumed: Day it went on.
        extended: Day of the extension.
        targets: How many days count, without and with the extension.
        lasts: Last day as it was first, after the pause, after the extension.
        days: From the Monday before to the Sunday after.
    """

    received: date
    paused: tuple[date, date]
    resumed: date
    extended: date
    targets: tuple[int, int]
    lasts: tuple[date, date, date]
    days: tuple[ClockDay, ...]


@cache
def clock_story() -> ClockStory:
    """Return a clock that is paused over working days, meets a holiday and is extended."""
    shelf = policies.shelf()
    desk = shelf.read(_DESK, "the desk of the diagrams")
    levels = shelf.with_policies([desk]).read(_LEVELS, "the service levels of the diagrams")
    player = _Player("complaints.case", (levels, desk))
    received, stopped, resumed, extended = (
        date(2026, 4, 24),
        date(2026, 4, 28),
        date(2026, 4, 30),
        date(2026, 5, 8),
    )
    lasts: list[date] = []

    def last(day: date) -> date:
        found: date = player.view(_at(day)).clocks["solution"].last_day
        lasts.append(found)
        return found

    player.give(_at(received), "receive", customer="one", channel="hotline")
    last(received)
    player.give(_at(stopped), "pause", clock="solution", reason="papers")
    player.give(_at(resumed), "resume", clock="solution")
    last(resumed)
    player.give(_at(extended), "extend", clock="solution", reason="expert", amount="P3D")
    end = last(extended)

    calendar = desk.on(received).parameters
    first, final = received - timedelta(received.weekday()), end + timedelta(6 - end.weekday())
    paused = tuple(
        day
        for day in (stopped + timedelta(n) for n in range((resumed - stopped).days))
        if calendar.is_business_day(day)
    )
    told = {held.on: held for held in calendar.skipped(first - timedelta(1), final)}
    days, count = [], 0
    for day in (first + timedelta(n) for n in range((final - first).days + 1)):
        closed = told.get(day)
        counts = received < day <= end and calendar.is_business_day(day) and day not in paused
        count += counts
        days.append(
            ClockDay(
                day=day,
                count=count if counts else None,
                closed="" if closed is None else closed.kind,
                name=None if closed is None else closed.name,
                paused=day in paused,
                more=counts and day > lasts[1],
            )
        )
    more = sum(day.more for day in days)
    target = count - more
    assert calendar.business_day(received, target) == lasts[0], "the days are those of the clock"
    return ClockStory(
        received,
        (paused[0], paused[-1]),
        resumed,
        extended,
        (target, count),
        (lasts[0], lasts[1], lasts[2]),
        tuple(days),
    )


# --- lots ---------------------------------------------------------------------------------------


@attrs.frozen
class LotStep:
    """
    An account of points after something happened.

    Attributes:
        on: Day.
        what: `earn`, `redeem`, `refund` or `lapse`.
        points: How many came, or went.
        balance: What can be spent now.
        lots: What is left of each lot, the oldest first.
        taken: What went from each lot in this step.
        lapses: Last day on which each lot can be spent.
    """

    on: date
    what: str
    points: int
    balance: int
    lots: tuple[int, ...]
    taken: tuple[int, ...]
    lapses: tuple[date, ...]


_HAPPENED: Final[tuple[tuple[date, str, Mapping[str, Any]], ...]] = (
    (date(2026, 1, 10), "post", {"ref": "a", "amount": "600.00"}),
    (date(2026, 3, 10), "post", {"ref": "b", "amount": "800.00"}),
    (date(2026, 4, 20), "redeem", {"ref": "r", "points": 900}),
    (date(2026, 5, 5), "post", {"ref": "c", "amount": "400.00"}),
    (
        date(2026, 5, 20),
        "refund",
        {"ref": "f", "original_ref": "b", "amount": "200.00", "currency": "CNY"},
    ),
    (date(2027, 3, 11), "lapse", {}),
)


@cache
def lot_steps() -> tuple[LotStep, ...]:
    """Return an account step by step: earned, spent from the oldest lot on, given back, lapsed."""
    player = _Player("loyalty.account", (policies.shelf().read(_POINTS, "points"),))
    steps: list[LotStep] = []
    for day, do, told in _HAPPENED:
        if told:
            player.give(_at(day), do, **told)
        view = player.view(_at(day))
        lots = tuple(lot.remaining for lot in view.lots)
        before = steps[-1].lots if steps else ()
        taken = tuple(was - now for was, now in zip(before, lots, strict=False))
        came = sum(lots[len(before) :])
        steps.append(
            LotStep(
                on=day,
                what="earn" if do == "post" else do,
                points=came or sum(taken),
                balance=view.balance,
                lots=lots,
                taken=(*taken, *(0 for _ in lots[len(before) :])),
                lapses=tuple(_last(lot.expires_at) for lot in view.lots),
            )
        )
    return tuple(steps)


def _last(expires_at: datetime) -> date:
    """Return the last day before an instant, where the bank is."""
    home = datetime.fromisoformat(f"2020-01-01T00:00:00{ZONE}").tzinfo
    return (expires_at - timedelta(microseconds=1)).astimezone(home).date()


# --- a tier -------------------------------------------------------------------------------------


@attrs.frozen
class Month:
    """
    A customer at the end of a month.

    Attributes:
        day: Day of the assessment.
        average: What was held on average.
        tier: Code of the tier held.
        reason: Why, as a code.
        protected_until: Until when the tier cannot be lost, while it is held.
        below_since: Since when the level to retain is missed.
        lapses_on: Day from which on a miss costs the tier.
    """

    day: date
    average: int
    tier: str
    reason: str
    protected_until: date | None
    below_since: date | None
    lapses_on: date | None


def levels() -> tuple[int, int]:
    """Return the levels to enter and to retain Gold, in whole currency."""
    rows = policies.load(_TIERS).versions[-1].written.tier
    row = next(row for row in rows if row.code == "GOLD")
    return int(Decimal(row.enter)), int(Decimal(row.retain))


@cache
def tier_months() -> tuple[Month, ...]:
    """Return a customer's months: entered, in the band, missed and renewed, missed and lost."""
    player = _Player("segmentation.standing", (policies.load(_TIERS),))
    return tuple(_assessed(player, zip(_months(), _AVERAGES, strict=False)))


def _months() -> Iterator[date]:
    for month in range(2026 * 12, 2028 * 12):
        year, place = divmod(month, 12)
        yield date(year, place + 1, monthrange(year, place + 1)[1])


def _assessed(player: _Player, held: Iterable[tuple[date, int]]) -> Iterator[Month]:
    for day, thousands in held:
        player.give(_at(day, 23), "assess", measure={"average": f"{thousands}000.00"})
        view = player.view(_at(day, 23))
        gold = view.qualifications["GOLD"]
        yield Month(
            day=day,
            average=thousands * 1000,
            tier=view.tier,
            reason=str(getattr(view.reason, "value", view.reason)),
            protected_until=gold.protected_until,
            below_since=gold.below_since,
            lapses_on=gold.lapses_on,
        )
