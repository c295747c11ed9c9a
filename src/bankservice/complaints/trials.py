"""How rules of complaints are tried under another policy, and asked again from the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from bankservice.complaints.authority import RedressAuthority, redress_authority
from bankservice.complaints.cases.case import Case
from bankservice.complaints.cases.timers import deadline_facts
from bankservice.complaints.contacts import Intake, IntakeFacts, intake
from bankservice.complaints.handling import SEVERITIES, Handling
from bankservice.complaints.model import Deadlines, Due, Governing, Role
from bankservice.complaints.record import CASE
from bankservice.complaints.regimes.applicable import applicable_regimes
from bankservice.complaints.regimes.book import Book
from bankservice.complaints.regimes.deadlines import DeadlineFacts, deadlines
from bankservice.complaints.regimes.regime import REGIME
from bankservice.complaints.routes import Routing, routing
from bankservice.complaints.watch.crises import CrisisFrequency, crisis_frequency
from bankservice.complaints.watch.figures import statistics
from bankservice.complaints.watch.grave import Grave, grave_case
from bankservice.complaints.watch.surges import Surges, surge
from bankservice.complaints.watch.tally import Statistics
from bankservice.core.calendar import local_day
from bankservice.core.clock import Status
from bankservice.core.errors import PolicyError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.institution import INSTITUTION
from bankservice.core.policy import Title, Version
from bankservice.core.trial import UNDECIDED, Question, Seen, Told, Trial, Unasked
from bankservice.core.unknown import UNKNOWN

__all__ = ["TRIALS", "MetFacts"]

DECIDED: Final = "decided"
NONE: Final = "none"

_PLACES: Final = {
    DECIDED: Title(en="decided", zh="已确定"),
    NONE: Title(en="none", zh="无"),
    UNDECIDED: Title(en="undecided", zh="未确定"),
}


def _place(parameters: Any, place: str) -> Title | None:
    return _PLACES.get(place)


# -- deadlines ----------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class MetFacts(DeadlineFacts):
    """
    A complaint of the record, with what was done about it.

    Attributes:
        met: Duty → when it was met, whatever its deadline; without those that were paused or
            extended, whose deadline is not told from the receipt alone.
    """

    met: FrozenMapping[str, datetime] = FrozenMapping()


def _deadlines(facts: DeadlineFacts, parameters: Any, outcome: Deadlines) -> Seen:
    """See the last day of every duty and limit; and which duties were met late."""
    entries = outcome.entries
    met: Mapping[str, datetime] = getattr(facts, "met", {})
    late = {
        f"late:{name}": int(_late(due, met[name], facts.zone))
        for name, due in entries.items()
        if due.role is Role.DUTY and name in met and due.last_day is not None
    }
    undecided = any(due.undecided for due in entries.values())
    return Seen(
        UNDECIDED if undecided else DECIDED if entries else NONE,
        FrozenMapping({name: due.last_day for name, due in entries.items()}),
        FrozenMapping(late),
    )


def _late(due: Due, at: datetime, zone: str) -> bool:
    if due.due_at is not None:
        return at > due.due_at if due.inclusive else at >= due.due_at
    assert due.last_day is not None, "looked at before"
    return local_day(at, zone or "UTC") > due.last_day


def _ask_cases(told: Told[Case]) -> Iterator[Question[DeadlineFacts] | Unasked]:
    """
    Yield the facts of a case as they stand, for each regime that holds for it.

    Its first receipt is asked about; where the case was opened again later, that is another one.
    """
    case, ref = told.state, f"{CASE.kind}/{told.subject}@1"
    if told.policy and told.policy not in case.versions:
        return
    if any(erased for _, erased, _ in told.events):
        yield Unasked(told.subject, "erased", ref)
        return
    held: dict[str, Version[Any] | None] = {}
    for policy, named in case.versions.items():
        try:
            held[policy] = told.find(policy, named["digest"])
        except PolicyError:
            # Kept, but what it links is not at hand any more.
            held[policy] = None
    profiles = [v for v in held.values() if v is not None and v.kind.name == INSTITUTION.name]
    for policy, version in held.items():
        if told.policy not in ("", policy):
            continue
        if version is None:
            yield Unasked(told.subject, "policy-missing", ref)
        elif version.kind.name == REGIME.name:
            beside = profiles[0] if profiles else None
            yield Question(told.subject, _facts(case, policy), ref, beside)


def _facts(case: Case, policy: str) -> MetFacts:
    assert case.received_on is not None, "who is asked about has been received"
    plain = deadline_facts(case.about, case.private, case.received_on, case.received_at, case.zone)
    met: dict[str, datetime] = {}
    for timer in case.timers:
        clock = timer.clock
        first = next(iter(clock.cycles), clock)
        if not timer.law or timer.policy != policy or clock.pauses or clock.extensions:
            continue
        if first.status is Status.STOPPED:
            assert first.ended_at is not None, "what was met was so at an instant"
            met[timer.bare] = first.ended_at
    names = (field.name for field in attrs.fields(DeadlineFacts))
    return MetFacts(**{name: getattr(plain, name) for name in names}, met=FrozenMapping(met))


# -- other rules --------------------------------------------------------------------------------


def _each(prefix: str, codes: Iterable[str]) -> FrozenMapping[str, int]:
    return FrozenMapping({f"{prefix}:{code}": 1 for code in codes})


def _governing(facts: Any, book: Book, outcome: Governing) -> Seen:
    place = "+".join(sorted(outcome.governing)) or (UNDECIDED if outcome.undecided else NONE)
    amounts = {**_each("governs", outcome.governing), **_each("undecided", outcome.undecided)}
    return Seen(place, amounts=FrozenMapping(amounts))


def _regimes(book: Book, place: str) -> Title | None:
    titles = {policy.id: policy.title for policy in book.regimes}
    held = [titles[name] for name in place.split("+") if name in titles]
    if not held:
        return _PLACES.get(place)
    return Title(en=", ".join(one.en for one in held), zh="、".join(one.zh for one in held))


def _intake(facts: IntakeFacts, handling: Handling, outcome: Intake) -> Seen:
    restarts = UNDECIDED if outcome.restarts is UNKNOWN else str(bool(outcome.restarts)).lower()
    return Seen(outcome.verdict, amounts=_each("restarts", (restarts,)))


def _routed(facts: Any, handling: Handling, outcome: Routing) -> Seen:
    return Seen(outcome.department, amounts=_each("severity", (outcome.severity,)))


def _department(handling: Handling, place: str) -> Title | None:
    known = handling.departments
    return known[place].title if place in known else None


def _authority(facts: Any, handling: Handling, outcome: RedressAuthority) -> Seen:
    place = {True: "allowed", False: "not-allowed", None: UNDECIDED}[outcome.allowed]
    needed = _each("needs", (outcome.needed_role,) if outcome.needed_role else ())
    return Seen(place, amounts=FrozenMapping({**needed, "over": outcome.over_minor}))


def _grave(facts: Any, watch: Any, outcome: Grave) -> Seen:
    place = {True: "grave", False: "not-grave", None: UNDECIDED}[outcome.grave]
    return Seen(place, amounts=_each("row", outcome.why))


def _surges(facts: Any, watch: Any, outcome: Surges) -> Seen:
    states = [line.state for line in outcome.series]
    place = "raised" if outcome.alarms else "lasts" if "lasts" in states else "quiet"
    since = {
        f"since:{' · '.join(filter(None, (line.product, line.branch, line.issue))) or '*'}": line.since
        for line in outcome.series
        if line.since is not None
    }
    amounts = {f"state:{state}": states.count(state) for state in states}
    return Seen(place, FrozenMapping(since), FrozenMapping({**amounts, "alarms": outcome.alarms}))


def _crises(facts: Any, watch: Any, outcome: CrisisFrequency) -> Seen:
    return Seen(outcome.verdict)


def _counted(facts: Any, handling: Handling, outcome: Statistics) -> Seen:
    """See the counts that what the policy says can change: ages, causes, who complains again."""
    overall = outcome.overall
    amounts = {
        "received": outcome.received,
        "closed": outcome.closed,
        "open": outcome.open,
        "met": overall.met,
        "judged": overall.judged,
        "repeaters": len(outcome.repeaters),
        **{f"open:{age.first_day}d": age.cases for age in outcome.ageing},
    }
    return Seen("counted", amounts=FrozenMapping(amounts))


_ALLOWED: Final = {
    "allowed": Title(en="allowed", zh="允许"),
    "not-allowed": Title(en="not allowed", zh="不允许"),
    "grave": Title(en="grave", zh="重大"),
    "not-grave": Title(en="not grave", zh="非重大"),
    **_PLACES,
}
_COUNTS: Final = {
    "alarms": Title(en="alarms", zh="警报"),
    "closed": Title(en="closed", zh="已结案"),
    "judged": Title(en="duties met or breached", zh="已判定的时限"),
    "met": Title(en="duties met in time", zh="按时完成的时限"),
    "open": Title(en="open", zh="未结案"),
    "over": Title(en="over the limit, minor units", zh="超出限额（最小货币单位）"),
    "received": Title(en="received", zh="已收到"),
    "repeaters": Title(en="customers who complained repeatedly", zh="重复投诉的客户"),
    **{f"severity:{code}": title for code, title in SEVERITIES.items()},
}

TRIALS: Final[tuple[Trial[Any, Any, Any], ...]] = (
    Trial(rule=deadlines, seen=_deadlines, title=_place, record=CASE, asked=_ask_cases),
    Trial(rule=applicable_regimes, seen=_governing, title=_regimes),
    Trial(rule=routing, seen=_routed, title=_department, amounts=_COUNTS),
    Trial(rule=intake, seen=_intake),
    Trial(
        rule=redress_authority,
        seen=_authority,
        title=lambda handling, place: _ALLOWED.get(place),
        amounts=_COUNTS,
    ),
    Trial(rule=statistics, seen=_counted, amounts=_COUNTS),
    Trial(rule=grave_case, seen=_grave, title=lambda watch, place: _ALLOWED.get(place)),
    Trial(rule=surge, seen=_surges, amounts=_COUNTS),
    Trial(rule=crisis_frequency, seen=_crises),
)
"""The rules of this domain as they are tried."""
