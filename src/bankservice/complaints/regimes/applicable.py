"""
Which regimes govern a case.

Every version of a regime says under which condition it governs. A fact that the condition needs
and nobody states leaves that regime undecided and is named; it never governs, nor not, by default.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import attrs

from bankservice.complaints.model import Governing
from bankservice.complaints.policy import SHELF
from bankservice.complaints.regimes.book import REGIME_BOOK, Book
from bankservice.complaints.regimes.law import Regime
from bankservice.complaints.regimes.regime import CASE_FACTS
from bankservice.complaints.regimes.telling import condition_told
from bankservice.core.conditions import AllOf, Condition
from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy, Undecided, Version
from bankservice.core.structure import FACTS
from bankservice.core.unknown import UNKNOWN, UnknownType

__all__ = ["ApplicableFacts", "applicable_regimes", "governing_regimes"]

SOME: Final = Says("REGIMES_GOVERN", ("regimes",))
OPEN: Final = Says("REGIMES_UNDECIDED", ("facts",))
NOBODY: Final = Says("REGIMES_NONE", ("day",))
CONDITION: Final = Says("regime-condition", ("regime", "condition"))
ALWAYS: Final = Says("regime-always", ("regime",))
NOT_YET: Final = Says("regime-not-in-force", ("regime", "day"))
WHICH: Final = Says("regime-version", ("regime", "facts"))

SAYS: Final = (SOME, OPEN, NOBODY, CONDITION, ALWAYS, NOT_YET, WHICH)


@attrs.frozen(kw_only=True)
class ApplicableFacts:
    """
    What is known of a case when its regimes are asked for.

    Attributes:
        received_on: Local day of receipt; it selects the versions.
        jurisdiction: ISO 3166 code of the country whose law the business is done under.
        region: Part of the country.
        kind: Kind of complaint; left out it is `general`, and that is established.
        product: Code of the product kind.
        channel: Code of the channel it came by.
        customer_kind: Code of the customer kind.
        forwarded_by: Authority that passed the complaint on, such as `cfpb`, `pboc` or `nfra`;
            left out the customer came alone, and that is established.
        error_resolution: Whether the customer says that an entry or transfer is wrong.
        electronic_transfer: Whether it is about an electronic transfer to or from an account.
        open_end_credit: Whether it is about a credit card or other open-end credit.
        written_notice: Whether it came in writing at the address disclosed for it.
        customer: Facts the regimes' versions declare.
    """

    received_on: date
    jurisdiction: str | UnknownType | None = None
    region: str | UnknownType | None = None
    kind: str | UnknownType = "general"
    product: str | UnknownType | None = None
    channel: str | UnknownType | None = None
    customer_kind: str | UnknownType | None = None
    forwarded_by: str | UnknownType = ""
    error_resolution: bool | UnknownType | None = None
    electronic_transfer: bool | UnknownType | None = None
    open_end_credit: bool | UnknownType | None = None
    written_notice: bool | UnknownType | None = None
    customer: FrozenMapping[str, Any] = FrozenMapping()


def governing_regimes(facts: ApplicableFacts, book: Book, trace: Trace | None = None) -> Governing:
    """
    Tell which regimes of a book govern a case.

    The version of the book in force on `received_on` is asked, and of each regime the version in
    force on that day; a regime with none does not govern. Several regimes may govern one case. A
    fact that would decide and is missing or unknown leaves its regime undecided.

    Examples:
        >>> from datetime import date
        >>> from bankservice.complaints import applicable_regimes
        >>> found = applicable_regimes(
        ...     "regimes", received_on=date(2026, 4, 2), jurisdiction="CN", forwarded_by="pboc"
        ... )
        >>> found.outcome.governing
        ('complaints/cn-nfra', 'complaints/cn-pboc-referral')
    """
    known = _known(facts, book)
    governing: list[str] = []
    others: list[str] = []
    undecided: dict[str, tuple[str, ...]] = {}
    for policy in book.regimes:
        version = policy.select(facts.received_on, known)
        if isinstance(version, Undecided):
            undecided[policy.id] = version.facts
            if trace is not None:
                trace.check(WHICH(regime=policy.title, facts=version.facts), None)
            continue
        if version is None:
            others.append(policy.id)
            if trace is not None:
                trace.check(NOT_YET(regime=policy.title, day=facts.received_on), False)
            continue
        holds = _governs(version, known, trace)
        if holds is None:
            assert version.parameters.governs is not None, "without one it governs"
            undecided[policy.id] = _missing(version.parameters.governs, version, known)
        else:
            (governing if holds else others).append(policy.id)
    return Governing(tuple(governing), tuple(others), FrozenMapping(undecided))


def _known(facts: ApplicableFacts, book: Book) -> Mapping[str, object]:
    """Return the facts by name; codes must be in their trees."""
    known = {name: getattr(facts, name) for name in CASE_FACTS}
    for name, tree in book.trees.items():
        code = known[name]
        if isinstance(code, str) and code not in tree:
            wanted = f"a code of {CASE_FACTS[name].tree}"
            fault = Fault(name, repr(code), wanted, near_names(code, tree))
            raise FaultsError("facts of complaints.applicable-regimes", (fault,))
    return {**facts.customer, **known}


def _typed(version: Version[Regime], known: Mapping[str, object]) -> Mapping[str, object]:
    """Return the facts with those the version declares as their type."""
    typed = {
        name: FACTS.read(value, kind, f"fact {name}")
        for name, kind in version.parameters.declared.items()
        if kind is not None and (value := known.get(name)) is not None
        if value is not UNKNOWN and value != UNKNOWN.value
    }
    unknown = {name: UNKNOWN for name, value in known.items() if value == UNKNOWN.value}
    return {**known, **unknown, **typed}


def _governs(
    version: Version[Regime], known: Mapping[str, object], trace: Trace | None
) -> bool | None:
    regime = version.parameters
    if regime.governs is None:
        if trace is not None:
            trace.check(ALWAYS(regime=version.title), True, source=version.source)
        return True
    typed = _typed(version, known)
    if trace is not None:
        _trace_parts(version, regime.governs, typed, trace)
    return regime.governs.holds(typed, regime.within)


def _trace_parts(
    version: Version[Regime], condition: Condition, typed: Mapping[str, object], trace: Trace
) -> None:
    """Note the parts of a condition; of one that fails only those that do."""
    within = version.parameters.within
    answers = [(part, part.holds(typed, within)) for part in _parts(condition)]
    failed = [(part, held) for part, held in answers if held is False]
    for part, held in failed or answers:
        reason = CONDITION(regime=version.title, condition=condition_told(part))
        trace.check(reason, held, source=version.source)


def _parts(condition: Condition) -> tuple[Condition, ...]:
    """Return what must hold, part by part, so that an explanation names the part that failed."""
    return condition.parts if isinstance(condition, AllOf) else (condition,)


def _missing(
    condition: Condition, version: Version[Regime], known: Mapping[str, object]
) -> tuple[str, ...]:
    """Return the facts that are missing or unknown and leave the condition open."""
    typed = _typed(version, known)
    names = (
        part.fact
        for whole in _parts(condition)
        if whole.holds(typed, version.parameters.within) is None
        for part in whole.comparisons()
    )
    return tuple(dict.fromkeys(name for name in names if typed.get(name) in (None, UNKNOWN)))


def _headline(facts: ApplicableFacts, book: Book, outcome: Governing) -> Reason:
    if outcome.governing:
        titles = {policy.id: policy.title for policy in book.regimes}
        return SOME(regimes=tuple(titles[name] for name in outcome.governing))
    if outcome.undecided:
        found = (fact for held in outcome.undecided.values() for fact in held)
        return OPEN(facts=tuple(dict.fromkeys(found)))
    return NOBODY(day=facts.received_on)


def _links(facts: ApplicableFacts, book: Book, outcome: Governing) -> tuple[Version[Any], ...]:
    """Return the versions of the regimes that were asked."""
    known = _known(facts, book)
    asked = (_asked(policy, facts.received_on, known) for policy in book.regimes)
    return tuple(version for version in asked if version is not None)


def _asked(
    policy: Policy[Regime], day: date, known: Mapping[str, object]
) -> Version[Regime] | None:
    found = policy.select(day, known)
    return found if isinstance(found, Version) else None


applicable_regimes: Final = Rule(
    id="complaints.applicable-regimes",
    facts=ApplicableFacts,
    outcome=Governing,
    evaluate=governing_regimes,
    headline=_headline,
    says=SAYS,
    package="bankservice.complaints",
    kind=REGIME_BOOK,
    day=lambda facts: facts.received_on,
    shelf=lambda: SHELF,
    links=_links,
)
