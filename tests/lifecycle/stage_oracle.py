"""
Stages again, naively: walk every day, look at every clock, keep lists.

Written from the specification before the shipped machine was read, so that the two can disagree.
Policies are the tables a bank would write, newest last; acts are what was done with one customer,
each a plain dict with the business day it concerns. Nothing is cached, nothing is worked out ahead:
on each day the events of that day come first, then every clock is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

Table = Mapping[str, Any]
Act = Mapping[str, Any]
Change = tuple[str, date, str]
Hold = tuple[str, date, date | None]

DAY = timedelta(days=1)
ORDER = ("know", "observe", "hold", "release", "close")
BANK_MADE = {"interest", "fee", "charge", "reversal", "dividend", "tax"}
CONTACTS = {"login", "enquiry", "visit", "contact"}
LIVE = ("first_time", "active", "loyal", "won_back")


def moved(day: date, period: str, sign: int = 1) -> date:
    """Return *day* moved by an ISO period: months first, clamped to the month's end, then days."""
    months = days = 0
    for number, unit in re.findall(r"(\d+)([YMWD])", period):
        months += int(number) * {"Y": 12, "M": 1}.get(unit, 0)
        days += int(number) * {"W": 7, "D": 1}.get(unit, 0)
    number = day.year * 12 + day.month - 1 + sign * months
    year, month, last = number // 12, number % 12 + 1, day.day
    while True:
        try:
            return date(year, month, last) + sign * days * DAY
        except ValueError:
            last -= 1


def deadline(table: Table, anchor: date, period: str) -> date:
    """Return the day a clock fires, if nothing resets it."""
    end = moved(anchor, period)
    return end if table.get("boundary", "more_than") == "at_least" else end + DAY


def in_force(versions: Sequence[Table], day: date) -> Table:
    """Return the version in force on a day."""
    return [version for version in versions if version["since"] <= day][-1]


def flags(act: Act) -> tuple[bool, bool]:
    """Tell whether an event counts, and whether it resets the clocks of inactivity."""
    kind = act.get("kind", "transaction")
    bank = act.get("initiator") == "bank" or (kind in BANK_MADE and "initiator" not in act)
    if bank:
        return False, False
    return kind not in CONTACTS, True


class Walk:
    """One customer, day after day."""

    def __init__(self, versions: Sequence[Table]) -> None:
        self.versions = versions
        self.history: list[Change] = []
        self.counted: list[date] = []
        self.anchor: date | None = None
        self.known_on: date | None = None
        self.ended = False
        self.products: list[tuple[date, int]] = []
        self.holds: list[Hold] = []

    @property
    def stage(self) -> str | None:
        """The stage now."""
        return self.history[-1][0] if self.history else None

    def go(self, stage: str, day: date, reason: str) -> None:
        """Begin a stage."""
        self.history.append((stage, day, reason))

    # -- events ----------------------------------------------------------------------------------

    def know(self, act: Act, day: date) -> None:
        """Get to know a customer."""
        if self.stage is None:
            self.known_on = day
            self.go("prospect", day, "LC_KNOWN")

    def stated(self, act: Act, day: date) -> None:
        """Keep how many products a customer is said to have."""
        if "products" in act:
            self.products.append((day, act["products"]))

    def observe(self, acts: Sequence[Act], day: date, table: Table) -> None:
        """Take all events of a day as one."""
        decided = [flags(act) for act in acts]
        if any(resets for _, resets in decided):
            self.anchor = day
        if not any(counts for counts, _ in decided):
            return
        verified = any(
            act.get("verified", False)
            for act, (counts, _) in zip(acts, decided, strict=True)
            if counts
        )
        before, repeat = self.stage, {"events": 2, **table.get("repeat", {})}
        self.counted.append(day)
        if before is None or before == "prospect":
            self.go("first_time", day, "LC_FIRST")
        elif before in ("first_time", "won_back"):
            if self.often(day, repeat, self.history[-1][1]):
                self.go("active", day, "LC_REPEAT")
        elif before == "inactive":
            if verified or not table.get("recheck", False):
                self.go("active", day, "LC_REACTIVATED")
        elif before == "lost":
            self.go("won_back", day, "LC_RETURNED")
        elif before == "active" and self.loyal(day, table):
            self.go("loyal", day, "LC_LOYAL")

    def often(self, day: date, wanted: Mapping[str, Any], since: date = date.min) -> bool:
        """Tell whether enough days counted in the window that ends on a day."""
        held = [each for each in self.counted if since <= each <= day]
        if "window" in wanted:
            held = [each for each in held if each > moved(day, wanted["window"], -1)]
        return len(held) >= int(wanted.get("events", 1))

    def has(self, day: date, least: int) -> bool | None:
        """Tell whether the customer had so many products on a day; None where nobody said."""
        said = [number for on, number in self.products if on <= day]
        return True if not least else said[-1] >= least if said else None

    def loyal(self, day: date, table: Table) -> bool:
        """Tell whether a counted day makes the customer loyal."""
        if "loyal" not in table:
            return False
        wanted = table["loyal"]
        long = moved(self.counted[0], wanted.get("tenure", "P0D")) <= day
        return long and self.often(day, wanted) and self.has(day, wanted.get("products", 0)) is True

    # -- clocks ----------------------------------------------------------------------------------

    def clocks(self, day: date) -> None:
        """Fire what is due on a day."""
        table = in_force(self.versions, day)
        if self.stage == "prospect" and "prospect_after" in table:
            assert self.known_on is not None
            anchor = max(self.known_on, self.anchor or self.known_on)
            if day >= deadline(table, anchor, table["prospect_after"]):
                self.go("lost", day, "LC_PROSPECT_EXPIRED")
        if self.anchor is not None and not self.held(day):
            self.inactivity(day, table, self.anchor)
        if self.stage == "loyal" and "review" in table.get("loyal", {}):
            self.lapse(day, table["loyal"])

    def inactivity(self, day: date, table: Table, anchor: date) -> None:
        """Make inactive who did nothing for long, then lost; lost at once where none is inactive."""
        clock = table.get("inactive_after")
        if self.stage in LIVE and clock and day >= deadline(table, anchor, clock):
            self.go("inactive", day, "LC_INACTIVE")
        live = self.stage in LIVE and not clock
        if "lost_after" in table and (live or self.stage == "inactive"):
            if table.get("lost_from") == "inactive" and self.stage == "inactive":
                anchor = max(anchor, self.history[-1][1])
            if day >= deadline(table, anchor, table["lost_after"]):
                self.go("lost", day, "LC_INACTIVE")

    def lapse(self, day: date, wanted: Mapping[str, Any]) -> None:
        """End loyalty that has not held for a whole review period, looking back day by day."""
        first = day
        while first > self.history[-1][1] and self.unmet(first - DAY, wanted):
            first -= DAY
        if self.unmet(day, wanted) and day >= moved(first, wanted["review"]):
            self.go("active", day, "LC_LOYAL_LAPSED")

    def unmet(self, day: date, wanted: Mapping[str, Any]) -> bool:
        """Tell whether loyalty does not hold on a day; products that nobody knows are no reason."""
        few = self.has(day, wanted.get("products", 0)) is False
        return few or not self.often(day, wanted)

    def held(self, day: date) -> bool:
        """Tell whether a hold covers a day."""
        return any(on <= day and (until is None or day < until) for _, on, until in self.holds)

    @staticmethod
    def released(held: Hold, kind: str, day: date) -> Hold:
        """Return a hold, ended by a release if it covers the day."""
        name, on, until = held
        covers = name == kind and on <= day and (until is None or day < until)
        return (name, on, day) if covers else held

    def close(self, act: Act, day: date) -> None:
        """End the relationship."""
        reason = act.get("reason", "closed")
        self.ended = self.ended or reason != "closed"
        if self.stage not in (None, "lost"):
            self.go("lost", day, f"LC_{reason.upper()}")

    # -- a day -----------------------------------------------------------------------------------

    def day(self, day: date, acts: Sequence[Act]) -> None:
        """Do all of a day: its events, then its clocks."""
        for act in acts:
            if act["do"] == "know":
                self.know(act, day)
            elif act["do"] == "hold":
                self.holds.append((act["kind"], day, act.get("until")))
            elif act["do"] == "release":
                self.holds = [self.released(held, act["kind"], day) for held in self.holds]
            self.stated(act, day)
        observed = [act for act in acts if act["do"] == "observe"]
        if observed and not self.ended:
            self.observe(observed, day, in_force(self.versions, day))
        # Told in any order, a death of the day comes after all was closed on it.
        closures = [act for act in acts if act["do"] == "close"]
        for act in sorted(closures, key=lambda act: str(act.get("reason", "closed"))):
            self.close(act, day)
        self.clocks(day)


def walk(versions: Sequence[Table], acts: Iterable[Act], until: date) -> list[Change]:
    """Return the history of one customer up to and with a day."""
    by_day: dict[date, list[Act]] = {}
    for act in acts:
        by_day.setdefault(act["on"], []).append(act)
    one = Walk(versions)
    day = min(by_day, default=until)
    while day <= until:
        today = sorted(by_day.get(day, ()), key=lambda act: ORDER.index(act["do"]))
        one.day(day, today)
        day += DAY
    return one.history
