"""
The surge watch of a run: looked at once a week, Monday to Sunday, so that each case counts once.

A surge that was raised lasts until the watch says that it is over; its days are no measure for
later ones. The looks follow from the days of receipt alone, so every run finds the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple

import attrs

from bankservice.complaints.watch.surge_policy import SurgeWatch
from bankservice.complaints.watch.surges import DayCount, Days, Series, SurgeFacts, SurgeLine, surge
from bankservice.core.policy import Policy, Version
from bankservice.run.complaint_rows import Told

__all__ = ["Episode", "Look", "Watched"]

_WEEK: Final = timedelta(days=7)
_SUNDAY: Final = 6


class Key(NamedTuple):
    """What a series counts: the cases of one product, branch or issue."""

    kind: str
    code: str


@attrs.frozen(kw_only=True)
class Episode:
    """
    A surge.

    Attributes:
        key: Of which product, branch or issue.
        raised_on: Sunday it was raised on.
        count: Cases of that week.
        expected: Mean of the quiet weeks before.
        odds: Odds of as many or more if nothing had changed, after the correction for all series.
        over_on: Sunday on which it was over; None while it lasts.
        last: Sunday it was last looked at.
        most: Most cases of one of its weeks.
    """

    key: Key
    raised_on: date
    count: int
    expected: Fraction
    odds: Decimal
    over_on: date | None = None
    last: date
    most: int


@attrs.frozen
class Look:
    """One look at all series: its Sunday, and how many could be tested."""

    on: date
    tested: int


class Watched:
    """Looks week after week, and remembers what it raised."""

    def __init__(
        self,
        told: Iterable[Told],
        known_from: date | None,
        policy: Policy[SurgeWatch],
    ) -> None:
        """
        Set up.

        Args:
            told: The cases.
            known_from: First day from which they are all there; that of the first where None.
            policy: What is a surge; weeks before its first version are not looked at.
        """
        cases = list(told)
        self._policy = policy
        self.counts: dict[Key, Counter[date]] = {}
        for case in cases:
            for kind in ("product", "branch", "issue"):
                code = case.facts.get(kind)
                if code:
                    held = self.counts.setdefault(Key(kind, code), Counter())
                    held[case.received.on] += 1
        days = [case.received.on for case in cases]
        self.known_from = known_from or min(days, default=None)
        self._next = None if self.known_from is None else _sunday(self.known_from)
        first = self.known_from or date.max
        self._first = {
            key: min(days)
            for key, counts in self.counts.items()
            if (days := [day for day in counts if day >= first])
        }
        self.looks: list[Look] = []
        self._lasting: dict[Key, Episode] = {}
        self._over: list[Episode] = []

    def until(self, on: date) -> None:
        """Look at every week that has ended by a day."""
        while self._next is not None and self._next <= on:
            self._look(self._next)
            self._next += _WEEK

    def episodes(self, start: date, on: date) -> tuple[Episode, ...]:
        """Return the surges that lasted at some time from *start* to *on*, the latest first."""
        held = [
            episode
            for episode in (*self._over, *self._lasting.values())
            if episode.raised_on <= on and (episode.over_on is None or episode.over_on >= start)
        ]
        return tuple(sorted(held, key=lambda held: (-held.raised_on.toordinal(), held.key)))

    def weeks(self, key: Key, start: date, on: date) -> tuple[tuple[date, int], ...]:
        """Return how many cases of a series came in each week, by its Sunday."""
        counts, sunday = self.counts[key], _sunday(start)
        held = []
        while sunday <= on:
            week = (sunday - timedelta(days=back) for back in range(7))
            held.append((sunday, sum(counts[day] for day in week)))
            sunday += _WEEK
        return tuple(held)

    def _look(self, on: date) -> None:
        version = self._policy.select(on)
        if not isinstance(version, Version):
            return
        test = version.parameters.surge
        window = [on - timedelta(days=back) for back in range(test.window_days)]
        known = {key: self.counts[key] for key, first in self._first.items() if first <= on}
        busy = any(
            sum(counts[day] for day in window) >= test.least_cases for counts in known.values()
        )
        if not busy and not self._lasting:
            # No series has as many cases as an alarm needs: it is quiet without any reckoning.
            self.looks.append(Look(on, len(known)))
            return
        back = timedelta(days=14 * (test.weeks + test.guard_weeks + 2))
        series = [self._series(key, counts, on - back, on) for key, counts in known.items()]
        found = surge.decide(SurgeFacts(day=on, series=tuple(series)), version).outcome
        self.looks.append(Look(on, found.watched))
        for key, line in zip(known, found.series, strict=True):
            self._settle(key, line, on)

    def _series(self, key: Key, counts: Counter[date], first: date, on: date) -> Series:
        lasting = self._lasting.get(key)
        assert self.known_from is not None, "there is a first day where there is a look"
        named: dict[str, Any] = {key.kind: key.code}
        return Series(
            **named,
            known_from=self.known_from,
            days=tuple(
                DayCount(on=day, cases=counts[day]) for day in sorted(counts) if first <= day <= on
            ),
            since=None if lasting is None else lasting.raised_on,
            left_out=tuple(
                Days(first=over.raised_on - timedelta(days=6), last=over.over_on or on)
                for over in self._over
                if over.key == key
            ),
        )

    def _settle(self, key: Key, line: SurgeLine, on: date) -> None:
        lasting = self._lasting.get(key)
        if line.alarm:
            assert line.expected is not None, "an alarm has something it is above"
            assert line.adjusted is not None, "and odds"
            self._lasting[key] = Episode(
                key=key,
                raised_on=on,
                count=line.count,
                expected=line.expected,
                odds=line.adjusted,
                last=on,
                most=line.count,
            )
        elif lasting is not None and line.state == "over":
            self._over.append(attrs.evolve(lasting, over_on=on, last=on))
            del self._lasting[key]
        elif lasting is not None:
            most = max(lasting.most, line.count)
            self._lasting[key] = attrs.evolve(lasting, last=on, most=most)


def _sunday(day: date) -> date:
    """Return the Sunday of the week of a day."""
    return day + timedelta(days=_SUNDAY - day.weekday())
