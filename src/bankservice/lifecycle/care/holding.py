"""
Whether a treatment is for a customer, and the first reason against meaning it now.

Here each treatment is looked at alone: what takes another's place is told in the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final

import attrs

from bankservice.core.errors import UnknownNameError
from bankservice.core.terms import unknown_in
from bankservice.core.unknown import UNKNOWN
from bankservice.lifecycle.care.kind import TreatmentRules
from bankservice.lifecycle.care.model import Past, TreatmentFacts, TreatmentOutcome, TreatmentWhy
from bankservice.lifecycle.care.table import CapRow, TreatmentRow
from bankservice.lifecycle.model import Stage, StageReason

__all__ = ["WAITING", "Case", "Standing", "free_on", "standing_of"]

WAITING: Final = frozenset(
    {
        TreatmentWhy.OPEN,
        TreatmentWhy.ONCE_PER_STAGE,
        TreatmentWhy.COOLING,
        TreatmentWhy.CAPPED,
        TreatmentWhy.CAPPED_IN_ALL,
    }
)
"""Reasons that go by themselves: a treatment held back by one keeps its place in its group."""

_TERMINAL: Final = (StageReason.DECEASED.value, StageReason.EXITED.value)
_DAY: Final = timedelta(days=1)


@attrs.frozen(eq=False, kw_only=True)
class Case:
    """
    A customer on a day, as the rows look at it.

    Attributes:
        facts: As stated.
        rules: The treatments there are.
        values: Facts by name, typed; those not stated are left out.
        past: What was meant before and counts, each with its kind.
        stage: The stage; None where unknown.
        since: First day of the stage; None where unknown.
        terminal: Whether the customer died or was exited by the bank; None where unknown.
    """

    facts: TreatmentFacts
    rules: TreatmentRules
    values: Mapping[str, object]
    past: tuple[Past, ...]
    stage: str | None
    since: date | None
    terminal: bool | None

    @classmethod
    def of(cls, facts: TreatmentFacts, rules: TreatmentRules) -> Case:
        """
        Return the case.

        Raises:
            FaultsError: If a fact is not of its type.
            UnknownNameError: If there is no such fact, word, code, or row in the past.
            ValueError: If the first day of the stage and the days in it do not agree.
        """
        values = dict(rules.register.read(facts.customer))
        if facts.refused is not UNKNOWN:
            rules.check_refused(facts.refused)
        stage, since = values.get("stage"), _since(facts, values)
        if since is not None and "days_in_stage" in rules.terms.facts:
            values["days_in_stage"] = (facts.on - since).days
        return cls(
            facts=facts,
            rules=rules,
            values=values,
            past=tuple(_counted(facts, rules)),
            stage=stage if isinstance(stage, str) else None,
            since=since,
            terminal=_terminal(facts, values),
        )

    def day_of(self, held: Past) -> date:
        """
        Return the day that counts for cool-downs and caps.

        What may still be delivered may reach the customer today, so it counts as of today: by that
        no two contacts come closer than allowed, however late the first is delivered.
        """
        return self.facts.on if held.is_open(self.facts.on) else held.day


def _since(facts: TreatmentFacts, values: Mapping[str, object]) -> date | None:
    """Return the first day of the stage, as stated or by the days in it."""
    days, since = values.get("days_in_stage"), facts.stage_since
    told = None
    if type(days) is int:
        if days >= facts.on.toordinal():
            raise ValueError(
                f"{days} days before {facts.on} there was no day; pass how long the stage lasts."
            )
        told = facts.on - timedelta(days=days)
    if not isinstance(since, date):
        return told
    if told is not None and told != since:
        raise ValueError(
            f"the stage began on {since}, which is not {days} days before {facts.on}; pass one of "
            "the two."
        )
    return since


def _terminal(facts: TreatmentFacts, values: Mapping[str, object]) -> bool | None:
    reason = values.get("stage_reason", UNKNOWN)
    if facts.ended is True or reason in _TERMINAL:
        return True
    if facts.ended is not None:
        return None if facts.ended is UNKNOWN else False
    if reason is not UNKNOWN:
        return False
    # Death and exit end in the last stage: in any other the reason does not matter.
    stage = values.get("stage", UNKNOWN)
    return None if stage in (UNKNOWN, Stage.LOST.value) else False


def _counted(facts: TreatmentFacts, rules: TreatmentRules) -> Iterator[Past]:
    for held in facts.past:
        kind = held.kind
        if not kind:
            row = rules.row(held.code)
            if row is None:
                codes = [row.code for row in rules.rows]
                raise UnknownNameError("treatment in the past", held.code, codes)
            kind = row.kind
        lapsed = held.is_expired(facts.on) and not rules.table.expired_counts
        if not held.withdrawn and not lapsed:
            yield attrs.evolve(held, kind=kind)


@attrs.frozen(kw_only=True)
class Standing:
    """
    How one treatment stands.

    Attributes:
        held: Whether the customer is one it is for; None where that is unknown.
        why: The first reason against it; None where there is none.
        until: First day on which that reason is gone, where it goes with time.
        by: The quiet row, or the other treatment of its group, where it is one.
        unknown: Facts it hangs on; where there is a reason against it, those that tell whether the
            customer is one it is for.
    """

    held: bool | None
    why: TreatmentWhy | None = None
    until: date | None = None
    by: str = ""
    unknown: tuple[str, ...] = ()


_NOT_FOR: Final = Standing(held=False)


@attrs.frozen
class _Reason:
    """One reason against a treatment: whether it holds, or which facts it hangs on."""

    why: TreatmentWhy
    holds: bool | None
    until: date | None = None
    by: str = ""
    unknown: tuple[str, ...] = ()


def standing_of(row: TreatmentRow, case: Case) -> Standing:
    """Return how a treatment stands: a no is a no, whatever else is unknown."""
    held = row.when is None or row.when.holds(case.values, case.rules.terms.within)
    if held is False:
        return _NOT_FOR
    names = () if held or row.when is None else unknown_in(row.when, case.values)
    unknown = dict.fromkeys(names)
    for reason in _reasons(row, case):
        if reason.holds:
            return Standing(
                held=held, why=reason.why, until=reason.until, by=reason.by, unknown=names
            )
        if reason.holds is None:
            unknown.update(dict.fromkeys(reason.unknown))
    why = TreatmentWhy.UNKNOWN if unknown else None
    return Standing(held=held, why=why, unknown=tuple(unknown))


def _reasons(row: TreatmentRow, case: Case) -> Iterator[_Reason]:
    """Yield the reasons that may stand against a treatment and do not hang on others, in order."""
    facts, rules = case.facts, case.rules
    if case.terminal is not False:
        name = "stage_reason" if facts.ended is None else "ended"
        yield _Reason(TreatmentWhy.TERMINAL, case.terminal, unknown=(name,))
    for quiet in rules.quiet:
        if rules.of_kind(row.kind, quiet.kinds):
            held = quiet.when.holds(case.values, rules.terms.within)
            names = unknown_in(quiet.when, case.values)
            yield _Reason(TreatmentWhy.QUIET, held, by=quiet.code, unknown=names)
    if facts.refused != ():
        refused = None if facts.refused is UNKNOWN else rules.refuses(facts.refused, row)
        yield _Reason(TreatmentWhy.REFUSED, refused, unknown=("refused",))
    if row.needs_consent:
        missing = None if facts.consents is UNKNOWN else row.needs_consent not in facts.consents
        yield _Reason(TreatmentWhy.NO_CONSENT, missing, unknown=("consents",))
    if case.past:
        yield from _by_the_past(row, case)


def _by_the_past(row: TreatmentRow, case: Case) -> Iterator[_Reason]:
    """Yield the reasons that come of what was meant before."""
    facts = case.facts
    yield _until(TreatmentWhy.DECLINED, _declined(row, case), facts.on)
    own = [held for held in case.past if held.code == row.code]
    open_until = (held.due_by for held in own if held.is_open(facts.on))
    yield _until(TreatmentWhy.OPEN, (day + _DAY for day in open_until if day), facts.on)
    if row.once_per_stage:
        yield _once(own, case)
    if row.cool_down_over == "kind":
        own = [held for held in case.past if held.kind == row.kind]
    yield _until(
        TreatmentWhy.COOLING, (row.cool_down.after(case.day_of(held)) for held in own), facts.on
    )
    if row.cap is not None:
        until = free_on(row.cap, [case.day_of(held) for held in own], facts.on)
        yield _Reason(TreatmentWhy.CAPPED, until is not None, until)
    if row.group:
        yield from _beaten(row, case)


def _until(why: TreatmentWhy, days: Iterable[date], on: date) -> _Reason:
    """Return a reason that holds until the last of some days."""
    last = max(days, default=on)
    return _Reason(why, last > on, last if last > on else None)


def _declined(row: TreatmentRow, case: Case) -> Iterator[date]:
    after = case.rules.table.after_decline
    for held in case.past if after is not None else ():
        declined = held.outcome is TreatmentOutcome.DECLINED and held.outcome_on is not None
        if declined and case.rules.of_kind(row.kind, (held.kind,)):
            yield after.after(held.outcome_on)  # type: ignore[union-attr, arg-type]


def _beaten(row: TreatmentRow, case: Case) -> Iterator[_Reason]:
    """Yield the other of its group that was meant before and keeps its place the longest."""
    others = {other.code: other for other in case.rules.rows if other.group == row.group}
    places = [
        (others[held.code].cool_down.after(case.day_of(held)), held.code)
        for held in case.past
        if held.code in others and held.code != row.code
    ]
    until, code = max(places, default=(case.facts.on, ""))
    if until > case.facts.on:
        yield _Reason(TreatmentWhy.BEATEN, True, until, by=code)


def _once(own: list[Past], case: Case) -> _Reason:
    """Tell whether a treatment was meant in this stay in the stage; by dates, so late ones count."""
    why = TreatmentWhy.ONCE_PER_STAGE
    if not own:
        return _Reason(why, False)
    if case.stage is None or case.since is None:
        names = tuple(
            name
            for name, held in (("stage", case.stage), ("stage_since", case.since))
            if held is None
        )
        return _Reason(why, None, unknown=names)
    since = case.since
    return _Reason(why, any(held.on >= since and held.stage in ("", case.stage) for held in own))


def free_on(cap: CapRow, days: Iterable[date], on: date) -> date | None:
    """
    Return the first day on which a cap leaves room again; None where it does on the day asked.

    Args:
        cap: The cap.
        days: Days of what counts.
        on: The day asked.
    """
    ends = sorted(end for day in days if (end := cap.period.after(day)) > on)
    return ends[len(ends) - cap.count] if len(ends) >= cap.count else None
