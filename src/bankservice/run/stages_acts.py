"""
What the extracts tell of a customer becomes commands on the record of stages.

They are given in the order of days, so that nothing is told late that was not late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.lifecycle.stages.activity import VERIFIED
from bankservice.lifecycle.stages.commands import (
    Advance,
    AsOf,
    Close,
    HoldClocks,
    Know,
    Observe,
    SummaryAct,
)
from bankservice.lifecycle.stages.dossier import Dossier
from bankservice.lifecycle.stages.kind import Stages
from bankservice.run import stages_plan as plan
from bankservice.run.stages_lives import Life

__all__ = ["NOT_TOLD", "Acts", "Span", "unknown_kinds"]

NOT_TOLD: Final = "not-told"
"""Kind of the hold on the clocks of days the extracts do not tell of."""

Span = tuple[date | None, date]
"""The days after one (None: from the first) up to the other."""

_FINAL: Final = ("deceased", "exited")


class _Step(NamedTuple):
    """Something on a day; of one day the lower order comes first."""

    on: date
    order: int
    body: Any


class Acts:
    """Makes commands of what is told."""

    def __init__(
        self, told: plan.StagesPlan, acts: Sequence[plan.Act], policy: Policy[Stages]
    ) -> None:
        """
        Set up.

        Args:
            told: The plan.
            acts: What rows are, by their place.
            policy: The stages.
        """
        self._told = told
        self._acts = tuple(acts)
        versions = policy.versions
        # Where one version holds for everybody, what an act does is known beforehand.
        only = versions[0].parameters if len(versions) == 1 and not versions[0].cohort else None
        self._flags = None if only is None else [_flags(only, act) for act in acts]
        loyal = [version.parameters.loyal for version in versions]
        self._products = any(held is not None and held.products for held in loyal)
        self._made: dict[tuple[date, int], _Step] = {}

    def of(
        self,
        customer: str,
        life: Life,
        first: date | None,
        days: Sequence[tuple[date, int]],
        span: Span,
        known: Dossier,
    ) -> Iterator[Command]:
        """
        Yield the commands of one customer.

        Args:
            customer: Whose.
            life: What the register tells.
            first: First day of any activity.
            days: Days of activity in the span, with the place of the act, in order.
            span: The days told of: after one (None: from the first) up to the other.
            known: What is on record already.
        """
        told, acts = self._steps(life, first, span), self._telling(days, known)
        # Most of the time the register tells nothing, and the acts are in order.
        steps = sorted((*told, *acts), key=_in_order) if told else acts
        waiting: list[SummaryAct] = []
        ended = next((on for on, why in life.ends if why in _FINAL), None)
        for on, _, body in steps:
            if type(body) is SummaryAct:
                if waiting and ended is not None and waiting[-1].on <= ended < on:  # type: ignore[operator]
                    yield self._summary(customer, waiting)
                    waiting = []
                waiting.append(body)
                if self._products and on == first:
                    yield self._summary(customer, waiting, life.held_on(on))
                    waiting = []
                continue
            if waiting:
                yield self._summary(customer, waiting)
                waiting = []
            yield self._command(customer, body)
        if waiting:
            yield self._summary(customer, waiting)

    def advance(self, customer: str, until: date) -> Command:
        """Return the command that writes down what clocks began."""
        body = Advance(as_of=AsOf(until))
        return Command(id=f"run:advance:{until}", subject=customer, body=body)

    def _telling(self, days: Sequence[tuple[date, int]], known: Dossier) -> list[_Step]:
        """Return the acts that can change something, in order."""
        told = self._flags
        if told is None:
            return [self._act(on, place) for on, place in days]
        by_day: dict[date, dict[int, int]] = {}
        whole: dict[date, int] = {}
        for on, place in days:
            flags = told[place]
            if flags:
                by_day.setdefault(on, {})[place] = flags
                whole[on] = whole.get(on, 0) | flags
        fresh = known.news({on.toordinal(): flags for on, flags in whole.items()})
        steps: list[_Step] = []
        for on, found in by_day.items():
            if on.toordinal() in fresh:
                wanted = whole[on]
                least = [place for place, flags in found.items() if flags == wanted][:1] or found
                steps += [self._act(on, place) for place in least]
        return steps

    def days(self, life: Life, days: Sequence[tuple[date, int]], span: Span) -> int | None:
        """Return how many days of a span do something; None where that cannot be told beforehand."""
        if self._flags is None:
            return None
        told = {on for on, place in days if self._flags[place]}
        carried, (after, until) = self._carried(life), span
        told |= {on for on in carried if on <= until and (after is None or on > after)}
        return len(told)

    def _carried(self, life: Life) -> tuple[date, ...]:
        """Return the days that stand for the time the extracts do not tell of, if there is any."""
        since, opened = self._told.told_since, life.opened_on
        return (
            (opened, since) if since is not None and opened is not None and opened < since else ()
        )

    def _act(self, on: date, place: int) -> _Step:
        # Many customers do the same on a day, and there are few days.
        found = self._made.get((on, place))
        if found is None:
            act = self._acts[place]
            body = SummaryAct(on=on, kind=act.kind, initiator=act.initiator, channel=act.channel)
            found = self._made[on, place] = _Step(on, 3, body)
        return found

    def _steps(self, life: Life, first: date | None, span: Span) -> list[_Step]:
        """Return what the register tells of a span."""
        after, until = span
        last = max((on for on, _ in (*life.ends, *life.products)), default=None)
        if after is not None and all(
            on is None or on <= after
            for on in (life.known_on, life.opened_on, self._told.told_since, last)
        ):
            # All of it was told before.
            return []
        return [
            step
            for step in self._whole(life, first)
            if step.on <= until and (after is None or step.on > after)
        ]

    def _whole(self, life: Life, first: date | None) -> Iterator[_Step]:
        """Yield what the register tells."""
        told, since = self._told, life.since
        carried = self._carried(life)
        if carried:
            opened, told_since = carried
            if life.known_on is not None and life.known_on < opened:
                yield _Step(life.known_on, 0, Know(on=life.known_on))
            opening, in_touch = told.opening, told.in_touch
            yield _Step(
                opened,
                1,
                Observe(
                    on=opened,
                    kind=opening.kind,
                    initiator=opening.initiator,
                    channel=opening.channel,
                    products=life.held_on(opened) if self._products else None,
                ),
            )
            held = HoldClocks(kind=NOT_TOLD, on=opened, until=told_since)
            yield _Step(opened, 2, held)
            yield _Step(
                told_since,
                1,
                Observe(
                    on=told_since,
                    kind=in_touch.kind,
                    initiator=in_touch.initiator,
                    channel=in_touch.channel,
                ),
            )
            first = opened
        elif since is not None and (first is None or since < first):
            yield _Step(since, 0, Know(on=since))
        for on, why in life.ends:
            yield _Step(on, 5, Close(on=on, reason=why))  # type: ignore[arg-type]
        if self._products and first is not None:
            for on, number in life.products:
                if on > first:
                    yield _Step(on, 4, Know(on=on, products=number))

    def _summary(
        self, customer: str, acts: list[SummaryAct], products: int | None = None
    ) -> Command:
        return self._command(customer, Observe(summary=tuple(acts), products=products))

    def _command(self, customer: str, body: Any) -> Command:
        name = type(body).__name__.lower()
        on = body.on or body.summary[-1].on
        return Command(id=f"run:{name}:{on}", subject=customer, body=body)


def _in_order(step: _Step) -> tuple[date, int]:
    return step.on, step.order


def _flags(stages: Stages, act: plan.Act) -> int:
    """Return what an act does; an act nobody can judge is told and judged by the record."""
    flags, unknown = stages.flags(
        kind=act.kind, initiator=act.initiator, channel=act.channel, verified=False
    )
    return VERIFIED if unknown else flags


def unknown_kinds(told: plan.StagesPlan, policy: Policy[Stages]) -> Mapping[str, str]:
    """Return where the plan names a kind of act → the kind, of those the policy does not know."""
    acts = {f"stages.kinds.{name}": act for name, act in told.kinds.items()}
    if told.told_since is not None:
        acts |= {"stages.opening": told.opening, "stages.in_touch": told.in_touch}
    return {
        path: act.kind
        for path, act in acts.items()
        if not all(version.parameters.knows(act.kind) for version in policy.versions)
    }
