"""
What a shard's stream holds: the runs of a book and their corrections, and what a run means.

A run is told by its place in the stream, counted from 0. A correction names the run it corrects
and changes no standing by itself: what it decided stands in the customers' own streams, and takes
effect there at the place of the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.journal import Json
from bankservice.core.plain import to_json
from bankservice.segmentation.model import Latch, Standing, TierReason

__all__ = ["GIST", "Course", "RunCorrected", "RunHeld", "after_run", "noticed"]


@attrs.frozen(kw_only=True)
class RunHeld:
    """
    What one run of a book means for every follower without an entry of its own.

    Attributes:
        on: Day assessed.
        run: The caller's id of the run.
        protected: Tier → first day protection no longer holds, for those who still reach entry.
        next_review: Next review day of the policy, if it has any.
        version: The policy version used.
        followers: Members with entries of their own, afterwards.
        assessed: Members assessed.
        written: Entries this run wrote to members' own streams.
        input: Digest over the members and measures.
        joined: Customers who began to follow the shard in this run.
    """

    on: date
    run: str
    protected: FrozenMapping[str, date]
    version: FrozenMapping[str, str]
    followers: int
    assessed: int
    written: int
    input: str
    next_review: date | None = None
    joined: tuple[str, ...] = ()

    @classmethod
    def thaw(cls, table: Mapping[str, Any]) -> RunHeld:
        """Return the event an entry holds."""
        review = table.get("next_review")
        return cls(
            on=date.fromisoformat(table["on"]),
            run=table["run"],
            protected=FrozenMapping(
                {code: date.fromisoformat(day) for code, day in table["protected"].items()}
            ),
            version=FrozenMapping(table["version"]),
            followers=table["followers"],
            assessed=table["assessed"],
            written=table["written"],
            input=table["input"],
            next_review=None if review is None else date.fromisoformat(review),
            joined=tuple(table.get("joined", ())),
        )


@attrs.frozen(kw_only=True)
class RunCorrected:
    """
    That a day's run was decided again, from the state before it.

    Attributes:
        corrects: Place of the run in the shard's stream, counted from 0.
        on: Day assessed, that of the run.
        run: The caller's id of the correction.
        version: The policy version used.
        followers: Members with entries of their own, afterwards.
        assessed: Members assessed.
        written: Entries this correction wrote to members' own streams.
        input: Digest over the members and measures.
        joined: Customers who follow the shard from the corrected run on, and did not before.
        held_back: Customers left alone: their decision would be another, but they were given a
            standing outside runs since, or have been in another book.
    """

    corrects: int
    on: date
    run: str
    version: FrozenMapping[str, str]
    followers: int
    assessed: int
    written: int
    input: str
    joined: tuple[str, ...] = ()
    held_back: tuple[str, ...] = ()

    @classmethod
    def thaw(cls, table: Mapping[str, Any]) -> RunCorrected:
        """Return the event an entry holds."""
        return cls(
            corrects=table["corrects"],
            on=date.fromisoformat(table["on"]),
            run=table["run"],
            version=FrozenMapping(table["version"]),
            followers=table["followers"],
            assessed=table["assessed"],
            written=table["written"],
            input=table["input"],
            joined=tuple(table.get("joined", ())),
            held_back=tuple(table.get("held_back", ())),
        )


Ran: TypeAlias = RunHeld | RunCorrected


@attrs.frozen
class Course:
    """
    The runs of a shard and their corrections, in the order they were written.

    Attributes:
        events: All that the shard's stream holds.
    """

    events: tuple[Ran, ...] = ()

    @property
    def last_on(self) -> date | None:
        """Day of the last run; None before the first."""
        return next((e.on for e in reversed(self.events) if isinstance(e, RunHeld)), None)

    @property
    def followers(self) -> int:
        """How many customers follow the shard."""
        return self.events[-1].followers if self.events else 0

    def of_day(self, on: date) -> int | None:
        """Return the place of the run of a day, if it had one."""
        for place in reversed(range(len(self.events))):
            event = self.events[place]
            if isinstance(event, RunHeld) and event.on == on:
                return place
        return None

    def days(self) -> tuple[date, ...]:
        """Return the days that had a run."""
        return tuple(event.on for event in self.events if isinstance(event, RunHeld))

    def latest(self, run: int) -> Ran:
        """Return what was decided last of a run: its last correction, or the run itself."""
        return self.events[self._latest(run)]

    def stands(self, run: int, input_: str, version: Mapping[str, str]) -> bool:
        """
        Tell whether deciding a run again with this input, under this version, changes nothing.

        It may where a run before it was corrected since: then it began from another state.
        """
        place = self._latest(run)
        latest = self.events[place]
        return (latest.input, latest.version) == (input_, version) and not any(
            isinstance(event, RunCorrected) and event.corrects < run and event.written
            for event in self.events[place + 1 :]
        )

    def members(self, run: int | None = None) -> frozenset[str]:
        """Return who follows the shard; with *run*, who began to with that run or before."""
        upto = len(self.events) if run is None else run
        return frozenset(
            customer
            for place, event in enumerate(self.events)
            if (event.corrects if isinstance(event, RunCorrected) else place) <= upto
            for customer in event.joined
        )

    def _latest(self, run: int) -> int:
        corrections = (
            place
            for place, event in enumerate(self.events)
            if isinstance(event, RunCorrected) and event.corrects == run
        )
        return max(corrections, default=run)


def _gist(runs: Sequence[Ran]) -> Mapping[str, Json]:
    """Return what of a shard's runs still tells a standing that folds them all: the last alone."""
    place, last = max((n, run) for n, run in enumerate(runs) if isinstance(run, RunHeld))
    return {"runs": len(runs), "place": place, "last": to_json(attrs.evolve(last, joined=()))}


def _ungist(told: Mapping[str, Any]) -> Sequence[RunHeld | None]:
    """Return as many runs as there were, None for those that tell nothing any more."""
    runs: list[RunHeld | None] = [None] * told["runs"]
    runs[told["place"]] = RunHeld.thaw(told["last"])
    return runs


GIST = (_gist, _ungist)
"""Codec of a shard's stream for snapshots."""


def after_run(before: Standing, run: RunHeld) -> Standing:
    """
    Return what a run makes of a standing it wrote no entry for: only what dates alone change.

    A run of an earlier day than the last assessment leaves the standing alone.
    """
    if before.assessed_on is not None and run.on < before.assessed_on:
        return before
    latches = tuple(
        Latch(True, True, None, run.protected.get(code))
        if latch.met and latch.on and latch.terms is None
        else latch
        for code, latch in zip(before.codes, before.latches, strict=True)
    )
    looks = (latch.due or latch.ramp_until for latch in latches if latch.on)
    reason = standing_reason(latches[before.top], run.on) if before.top >= 0 else before.reason
    return Standing(
        before.codes,
        latches,
        before.top,
        reason,
        before.effective_on,
        min(filter(None, looks), default=run.next_review),
        run.on,
        before.base,
        before.household,
        before.version_since,
    )


def standing_reason(latch: Latch, on: date) -> TierReason:
    """Return why a latch that is on is held on a day, from its dates alone."""
    if latch.met:
        return TierReason.REQUALIFIED
    if latch.ramp_until is not None and on < latch.ramp_until:
        return TierReason.RAMP
    if latch.below_since is None:
        return TierReason.BAND
    if latch.protected_until is not None and on < latch.protected_until:
        return TierReason.PROTECTED
    return (
        TierReason.GRACE if latch.lapse is not None and on < latch.lapse else TierReason.WAIT_REVIEW
    )


def noticed(expected: Standing, after: Standing) -> bool:
    """Tell whether an assessment did more than is told already, such as by the run's day alone."""
    if expected.latches != after.latches and (
        expected.latches or any(latch.on for latch in after.latches)
    ):
        return True
    if (expected.top, expected.effective_on, expected.household) != (
        after.top,
        after.effective_on,
        after.household,
    ):
        return True
    return after.top >= 0 and (expected.reason, expected.version_since) != (
        after.reason,
        after.version_since,
    )
