"""Where an account stands by law: the rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.policy import Title
from bankservice.lifecycle.dormancy.clock import (
    Anchor,
    Reach,
    anchor_of,
    counted,
    duties_of,
    reaches_of,
)
from bankservice.lifecycle.dormancy.facts import DormancyFacts, account_values, check_facts
from bankservice.lifecycle.dormancy.kind import ACCOUNT_DORMANCY, DormancyLaw
from bankservice.lifecycle.dormancy.model import ACTIVE, AccountDormancy, AccountDuty, ComingStatus
from bankservice.lifecycle.policy import SHELF

__all__ = ["account_dormancy"]

RUNS: Final = Says("DORMANCY_ACTIVE", ("next", "on"))
QUIET: Final = Says("DORMANCY_NONE")
HELD: Final = Says("DORMANCY_HELD", ("status", "on"))
SOME_DAY: Final = Says("DORMANCY_HELD_SOME_DAY", ("status",))
KEPT: Final = Says("DORMANCY_EXCLUDED", ("why",))
OPEN: Final = Says("DORMANCY_UNKNOWN", ("unknown",))

ANCHOR: Final = Says("dormancy-anchor", ("anchor", "why"))
NOT_COUNTED: Final = Says("dormancy-not-counted", ("count", "last"))
EXCLUSION: Final = Says("dormancy-exclusion", ("exclusion",))
PERIOD: Final = Says("dormancy-period", ("status", "after", "on"))
NOTICED: Final = Says("dormancy-after-notice", ("status", "after", "on"))
PERHAPS: Final = Says("dormancy-perhaps", ("status", "on"))
TOO_EARLY: Final = Says("dormancy-notice-too-early", ("on",))
DUE: Final = Says("dormancy-duty", ("duty", "due"))
OWED: Final = Says("dormancy-duty-from", ("duty", "from"))
ASSUMED: Final = Says("dormancy-assumed", ("facts",))

_BY: Final = {
    "last-activity": Title(en="the last activity that counts", zh="最近一次计入的活动"),
    "opening": Title(en="the opening of the account", zh="账户开立"),
}


def _dormancy(facts: DormancyFacts, law: DormancyLaw, trace: Trace | None) -> AccountDormancy:
    """
    Work out where an account stands by the law of dormant accounts, and what the bank owes by when.

    The version in force on `on` applies. Periods count in whole months from the last activity the
    law counts, the opening, or a later start; activity of the day itself comes before the clock.
    An unknown last activity is some day since the opening, never long ago: where the answer hangs
    on it, it is undecided. The law speaks of the account; the customer's stage is not touched.

    Raises:
        UnknownNameError: If a word, a state or a code is not known.
        FaultsError: If a day lies after `on`, or before the opening.

    Examples:
        >>> from bankservice.lifecycle import account_dormancy
        >>> found = account_dormancy(
        ...     "ca-unclaimed-balances",
        ...     on="2026-11-22",
        ...     account_kind="savings",
        ...     last_activity_on="2024-07-10",
        ... ).outcome
        >>> found.status, str(found.next.on), str(found.notices[0].due_by)
        ('active', '2034-07-11', '2027-01-31')
    """
    check_facts(facts, law)
    day = law.counted_on or facts.on
    anchor = anchor_of(facts, law)
    reaches = reaches_of(facts, law, anchor)
    if trace is not None:
        _tell(facts, law, anchor, reaches, trace)
    answers = [reach.held(day) for reach in reaches]
    # A status that surely holds hides the milder ones, known or not.
    sure = max((place for place, answer in enumerate(answers) if answer), default=-1)
    unsure = [reaches[place] for place in range(sure + 1, len(reaches)) if answers[place] is None]
    notices, consequences = _owed(facts, anchor, reaches)
    told = AccountDormancy(
        status=None,
        anchor=anchor.day,
        anchored_by=anchor.by,
        notices=notices,
        consequences=consequences,
        excluded=_once(code for reach in reaches for code in reach.excluded),
        assumed=_once(name for reach in reaches for name in reach.assumed),
    )
    if unsure:
        return attrs.evolve(told, unknown=_hanging(unsure))
    later = [reach for reach in reaches[sure + 1 :] if reach.applies is not False]
    loose = [reach for reach in later if reach.on is None]
    coming = _coming(later)
    if coming is not None:
        # A status whose day is not known may still come first.
        loose = [reach for reach in loose if reach.low <= coming.on]
        coming = None if loose else coming
    now = reaches[sure] if sure >= 0 else None
    return attrs.evolve(
        told,
        status=now.row.code if now else ACTIVE,
        on=now.on if now else None,
        deadline=coming.on - timedelta(days=1) if coming else None,
        next=coming,
        unknown=_hanging([*([now] if now else []), *loose]),
    )


def _coming(later: Sequence[Reach]) -> ComingStatus | None:
    """Return the first of the statuses whose day is known."""
    known = [ComingStatus(status=reach.row.code, on=reach.on) for reach in later if reach.on]
    return min(known, key=lambda found: found.on, default=None)


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _hanging(reaches: Sequence[Reach]) -> tuple[str, ...]:
    """Return the facts on which the days of statuses hang."""
    return _once(name for reach in reaches if reach.on is None for name in reach.unknown)


def _owed(
    facts: DormancyFacts, anchor: Anchor, reaches: tuple[Reach, ...]
) -> tuple[tuple[AccountDuty, ...], tuple[AccountDuty, ...]]:
    """Return the notices and the consequences whose days are known."""
    found = [
        (row.role, duty)
        for reach in reaches
        if reach.on is not None
        for row, duty in duties_of(reach, _base(reach, facts, anchor), facts.on)
    ]
    return (
        tuple(duty for role, duty in found if role == "notice"),
        tuple(duty for role, duty in found if role == "consequence"),
    )


def _base(reach: Reach, facts: DormancyFacts, anchor: Anchor) -> date:
    base = facts.notified_on if reach.row.starts == "notice" else anchor.day
    assert isinstance(base, date), "a known first day counts from a known day"
    return base


def _tell(
    facts: DormancyFacts,
    law: DormancyLaw,
    anchor: Anchor,
    reaches: tuple[Reach, ...],
    trace: Trace,
) -> None:
    """Note from when the clock runs, what makes an exception, the periods and the duties."""
    if anchor.day is not None:
        later = {start.code: start for start in law.later_starts}
        start = later.get(anchor.by)
        why = start.title if start is not None else _BY[anchor.by]
        source = start.source if start is not None else None
        trace.check(ANCHOR(anchor=anchor.day, why=why), True, source=source)
    passed = [day for day, counts in counted(facts, law) if counts is False]
    passed = [day for day in passed if anchor.low is not None and day > anchor.low]
    if passed:
        trace.check(NOT_COUNTED(count=len(passed), last=max(passed)), False)
    values = account_values(facts)
    for exclusion in law.exclusions:
        holds = exclusion.when.holds(values, law.accounts.within)
        if holds is not None:
            trace.check(EXCLUSION(exclusion=exclusion.title), holds, source=exclusion.source)
    assumed = _once(name for reach in reaches for name in reach.assumed)
    if assumed:
        trace.check(ASSUMED(facts=assumed), None)
    for reach in reaches:
        _tell_reach(facts, law, anchor, reach, trace)


def _tell_reach(
    facts: DormancyFacts, law: DormancyLaw, anchor: Anchor, reach: Reach, trace: Trace
) -> None:
    row, notified, day = reach.row, facts.notified_on, law.counted_on or facts.on
    if reach.on is None:
        if reach.applies is not False:
            trace.check(PERHAPS(status=row.title, on=reach.low), None, source=row.source)
        elif row.starts == "notice" and isinstance(notified, date) and not reach.excluded:
            trace.check(TOO_EARLY(on=notified), False, source=row.source)
        return
    assert reach.term is not None, "a known first day has a known period"
    says = NOTICED if row.starts == "notice" else PERIOD
    trace.check(
        says(status=row.title, after=reach.term.after, on=reach.on),
        reach.held(day),
        source=reach.term.source or row.source,
    )
    for duty, owed in duties_of(reach, _base(reach, facts, anchor), facts.on):
        source = duty.source or row.source
        if owed.due_by is not None:
            trace.check(DUE(duty=duty.title, due=owed.due_by), True, source=source)
        else:
            assert owed.from_on is not None, "a duty has a day of one kind or the other"
            trace.check(OWED(duty=duty.title, **{"from": owed.from_on}), True, source=source)


def _headline(facts: DormancyFacts, law: DormancyLaw, outcome: AccountDormancy) -> Reason:
    titles = {row.code: row.title for row in law.statuses}
    if outcome.status is None:
        return OPEN(unknown=outcome.unknown)
    if outcome.status != ACTIVE:
        status = titles[outcome.status]
        return SOME_DAY(status=status) if outcome.on is None else HELD(status=status, on=outcome.on)
    if outcome.next is not None:
        return RUNS(next=titles[outcome.next.status], on=outcome.next.on)
    why = tuple(row.title for row in law.exclusions if row.code in outcome.excluded)
    return KEPT(why=why) if why else QUIET()


account_dormancy: Final = Rule(
    id="lifecycle.account-dormancy",
    facts=DormancyFacts,
    outcome=AccountDormancy,
    evaluate=_dormancy,
    headline=_headline,
    says=(
        RUNS,
        QUIET,
        HELD,
        SOME_DAY,
        KEPT,
        OPEN,
        ANCHOR,
        NOT_COUNTED,
        EXCLUSION,
        PERIOD,
        NOTICED,
        PERHAPS,
        TOO_EARLY,
        DUE,
        OWED,
        ASSUMED,
    ),
    package="bankservice.lifecycle",
    kind=ACCOUNT_DORMANCY,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)
"""Where an account stands by the law of dormant accounts."""
