"""One day of complaints: every case as it stands, the statistics of the period, the surges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final

import attrs
import polars as pl

from bankservice.complaints.watch.tally import Group, Statistics
from bankservice.core.calendar import local_day
from bankservice.core.money import Rounding, divide
from bankservice.run.complaint_lines import CaseLine
from bankservice.run.complaint_watch import Episode, Watched

__all__ = ["COMPLAINTS", "ComplaintDay", "Written"]

COMPLAINTS: Final = {
    "case": pl.String,
    "customer": pl.String,
    "received_on": pl.Date,
    "start_on": pl.Date,
    "channel": pl.String,
    "product": pl.String,
    "issue": pl.String,
    "cause": pl.String,
    "branch": pl.String,
    "region": pl.String,
    "severity": pl.String,
    "department": pl.String,
    "status": pl.String,
    "answered_on": pl.Date,
    "ended_by": pl.Date,
    "due_on": pl.Date,
    "verdict": pl.String,
    "stated": pl.String,
    "told_on": pl.Date,
    "grave": pl.Boolean,
    "why": pl.String,
    "entry": pl.String,
}
CLOCKS: Final = {
    "case": pl.String,
    "clock": pl.String,
    "law": pl.Boolean,
    "last_day": pl.Date,
    "due_at": pl.String,
    "verdict": pl.String,
    "stopped_on": pl.Date,
}
SURGES: Final = {
    "series": pl.String,
    "code": pl.String,
    "raised_on": pl.Date,
    "over_on": pl.Date,
    "cases": pl.Int64,
    "most": pl.Int64,
    "expected": pl.String,
    "odds": pl.String,
}
STATISTICS: Final = {
    "group": pl.String,
    "code": pl.String,
    "received": pl.Int64,
    "closed": pl.Int64,
    "open": pl.Int64,
    "in_time": pl.Int64,
    "judged": pl.Int64,
    "share": pl.String,
}


@attrs.define
class Written:
    """What became of the commands of a day: entries written, commands refused."""

    entries: int = 0
    refused: int = 0
    differs: int = 0


@attrs.frozen(kw_only=True, eq=False)
class ComplaintDay:
    """
    One day.

    Attributes:
        on: The day.
        start: First day of the period told of.
        zone: The zone whose days count.
        lines: Every case received by then.
        whole: Statistics of all of them.
        current: Of those the extracts still tell of: what is open, and for how long.
        watched: The surge watch, which has looked up to the day.
        written: What was written.
        held: Policies the cases are held to.
    """

    on: date
    start: date
    zone: str
    lines: tuple[CaseLine, ...]
    whole: Statistics
    current: Statistics
    watched: Watched
    written: Written
    held: tuple[str, ...]

    @property
    def received(self) -> tuple[CaseLine, ...]:
        """The cases received in the period."""
        return tuple(line for line in self.lines if line.told.received.on >= self.start)

    @property
    def late(self) -> tuple[CaseLine, ...]:
        """The cases that are open, told of, and late."""
        return tuple(line for line in self.open if line.fate in ("late", "excused"))

    @property
    def open(self) -> tuple[CaseLine, ...]:
        """The cases that are open as far as the extracts still tell."""
        return tuple(line for line in self.lines if line.standing == "open" and not line.stale)

    @property
    def grave(self) -> tuple[CaseLine, ...]:
        """The grave cases of the period, the latest first."""
        found = [line for line in self.received if line.grave is not None and line.grave.grave]
        return tuple(
            sorted(found, key=lambda line: (-line.told.received.on.toordinal(), line.told.case))
        )

    @property
    def not_told(self) -> Counter[tuple[str, ...]]:
        """Facts that could make a case of the period grave and are unknown → how many cases."""
        return Counter(
            line.grave.unknown
            for line in self.received
            if line.grave is not None and line.grave.grave is None
        )

    @property
    def episodes(self) -> tuple[Episode, ...]:
        """The surges that lasted at some time of the period."""
        return self.watched.episodes(self.start, self.on)

    @property
    def unknown(self) -> Counter[str]:
        """Clock → how many of them nobody can judge."""
        return Counter(
            clock.name for line in self.lines for clock in line.clocks if clock.fate == "unknown"
        )

    def unknown_by(self, group: str) -> Counter[str]:
        """Return code of a group → clocks nobody can judge."""
        return Counter(
            getattr(line.row, group)
            for line in self.lines
            for clock in line.clocks
            if clock.fate == "unknown"
        )

    @property
    def stated(self) -> Counter[str]:
        """How the source judges the cases of the period: `in_time`, `late` or empty."""
        return Counter(_stated(line) for line in self.received)

    @property
    def compared(self) -> Counter[bool]:
        """Of the cases that both the source and our clocks judge: do they agree."""
        return Counter(
            (line.fate == "late") is (line.told.timely is False)
            for line in self.received
            if line.told.timely is not None and line.fate in ("late", "in_time")
        )

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return the result files of the day."""
        held = self.received
        cases = [_case(line) for line in self.lines]
        clocks = [row for line in self.lines for row in _clocks(line, self.zone)]
        surges = [
            (
                episode.key.kind,
                episode.key.code,
                episode.raised_on,
                _seen(episode.over_on, self.on),
                episode.count,
                episode.most,
                _plain(episode.expected),
                str(episode.odds),
            )
            for episode in self.episodes
        ]
        assert len(held) == self.whole.received, "the period is the same"
        return {
            "complaints": pl.DataFrame(cases, schema=COMPLAINTS, orient="row"),
            "complaint-clocks": pl.DataFrame(clocks, schema=CLOCKS, orient="row"),
            "complaint-surges": pl.DataFrame(surges, schema=SURGES, orient="row"),
            "complaint-statistics": pl.DataFrame(
                list(self._statistics()), schema=STATISTICS, orient="row"
            ),
        }

    def _statistics(self) -> Iterator[tuple[Any, ...]]:
        whole, current = self.whole, self.current
        overall = whole.overall
        yield (
            "all", "", whole.received, whole.closed, current.open,
            overall.met, overall.judged, _share(overall.share),
        )  # fmt: skip
        for duty in whole.duties:
            yield (
                "duty", duty.clock, None, duty.met + duty.met_late, duty.pending
                + duty.breached_open, duty.met, duty.judged, _share(duty.share),
            )  # fmt: skip
        for name, groups in self.groups().items():
            for group in groups:
                yield (
                    name, group.code, group.received, group.closed, group.open,
                    group.met, group.judged, _share(group.share),
                )  # fmt: skip
        for cause in whole.causes:
            yield ("cause", cause.code, None, cause.cases, None, None, None, _share(cause.share))

    def groups(self) -> dict[str, Sequence[Group]]:
        """Return the tables by product, channel, branch, issue and severity."""
        names = ("product", "channel", "branch", "issue", "severity")
        held: dict[str, Sequence[Group]] = {}
        for name in names:
            still = {group.code: group.open for group in getattr(self.current, f"by_{name}")}
            held[name] = tuple(
                attrs.evolve(group, open=still.get(group.code, 0))
                for group in getattr(self.whole, f"by_{name}")
            )
        return held

    def summary(self, decided: str) -> dict[str, Any]:
        """Return the day's counts as plain JSON."""
        overall = self.whole.overall
        return {
            "policies": list(self.held),
            "cases": len(self.lines),
            "received": self.whole.received,
            "open": len(self.open),
            "late": len(self.late),
            "stale": sum(line.stale for line in self.lines),
            "undated": sum(line.undated for line in self.lines),
            "in_time": overall.met,
            "judged": overall.judged,
            "stated": {name or "not-stated": count for name, count in sorted(self.stated.items())},
            "surges": len(self.episodes),
            "grave": len(self.grave),
            "decided": decided,
            "written": self.written.entries,
            "differs": self.written.differs,
            "refused": self.written.refused,
            "run_again": [],
        }

    def line(self, decided: str) -> str:
        """Return the day's counts in one line of English, for a terminal."""
        overall, surges = self.whole.overall, len(self.episodes)
        words = [
            f"{self.whole.received:,} received since {self.start}",
            f"{len(self.open):,} open, {len(self.late):,} of them late",
            f"{overall.met:,} of {overall.judged:,} in time by our clocks",
            f"{surges:,} surge{'' if surges == 1 else 's'}, {len(self.grave):,} grave",
        ]
        if self.written.differs:
            words.append(f"{self.written.differs:,} differ from the record")
        if decided == "same":
            words.append("nothing new")
        return "; ".join(words)


def _stated(line: CaseLine) -> str:
    timely = line.told.timely
    return "" if timely is None else "in_time" if timely else "late"


def _seen(on: date | None, until: date) -> date | None:
    return on if on is not None and on <= until else None


def _case(line: CaseLine) -> tuple[Any, ...]:
    told, about, grave = line.told, line.case.about, line.grave
    return (
        told.case,
        told.customer,
        told.received.on,
        told.start.on,
        *(told.facts.get(name) for name in ("channel", "product", "issue", "cause", "branch")),
        told.facts.get("region"),
        about.severity,
        about.department,
        line.standing,
        line.answered_on,
        line.closed_on,
        line.due_on,
        line.fate,
        _stated(line) or None,
        told.drawn_on,
        None if grave is None else grave.grave,
        None if grave is None else ";".join(grave.why or grave.unknown) or None,
        f"complaints.case/{told.case}",
    )


def _clocks(line: CaseLine, zone: str) -> Iterator[tuple[Any, ...]]:
    for clock in line.clocks:
        stopped = clock.row.stopped_at if clock.row is not None else None
        yield (
            line.told.case,
            clock.name,
            clock.law,
            clock.last_day,
            None if clock.due_at is None else clock.due_at.isoformat(),
            clock.fate,
            None if stopped is None else local_day(stopped, zone),
        )


def _share(share: Fraction | None) -> str | None:
    if share is None:
        return None
    parts = divide(share.numerator * 10_000, share.denominator, Rounding.HALF_EVEN)
    return f"{parts // 10_000}.{parts % 10_000:04d}"


def _plain(number: Fraction) -> str:
    parts = divide(number.numerator * 100, number.denominator, Rounding.HALF_EVEN)
    return f"{parts // 100}.{parts % 100:02d}"
