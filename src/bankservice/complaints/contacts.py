"""
Intake: whether a contact begins a case, comes again to an open one, or repeats a closed one.

Whatever the door – a call at night, a post in public, a mail in the morning – one customer's one
matter is one case. Nothing is guessed: what may be the same but cannot be told is left to a
person, with the facts that are missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final, Literal

import attrs

from bankservice.complaints.handling import HANDLING, Handling, Matter
from bankservice.complaints.policy import SHELF
from bankservice.core.calendar import aware
from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.unknown import UNKNOWN, UnknownType

__all__ = ["EarlierCase", "Intake", "IntakeFacts", "IntakeVerdict", "MatchedBy", "intake"]

IntakeVerdict = Literal["new", "duplicate", "repeat", "possible-duplicate"]
MatchedBy = Literal["reference", "text", "content", "unsure"]

NEW: Final = Says("INTAKE_NEW")
DUPLICATE: Final = Says("INTAKE_DUPLICATE", ("case",))
REPEAT: Final = Says("INTAKE_REPEAT", ("case",))
POSSIBLE: Final = Says("INTAKE_POSSIBLE", ("cases",))
SEVERAL: Final = Says("INTAKE_SEVERAL", ("cases",))
MATTER: Final = Says("intake-matter", ("case", "matter"))
REFERENCE: Final = Says("intake-reference", ("case",))
TEXT: Final = Says("intake-text", ("case",))
WINDOW: Final = Says("intake-window", ("case", "most"))
AFTER: Final = Says("intake-after", ("case", "most"))
SAME: Final = Says("intake-same", ("case", "fact"))
FACTS_NEW: Final = Says("intake-new-facts", ("case",))


@attrs.frozen(kw_only=True)
class EarlierCase:
    """
    A case the customer has or had.

    Attributes:
        case: Its id.
        received_at: When it began.
        closed_at: When it was closed; None while it is open.
        matter: What it is.
        product: Code of `vocabulary/product-kinds`.
        issue: Code of `vocabulary/complaint-issues`.
        branch: Id of the branch it is about; empty for none.
        refs: Reference numbers under which it is known, the case's own id among them.
        digests: Digests of the texts it was told in.
    """

    case: str
    received_at: datetime
    closed_at: datetime | None = None
    matter: Matter | UnknownType = UNKNOWN
    product: str | UnknownType = UNKNOWN
    issue: str | UnknownType = UNKNOWN
    branch: str | UnknownType = ""
    refs: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        aware(self.received_at)
        if self.closed_at is not None and aware(self.closed_at) < self.received_at:
            raise ValueError(f"case {self.case} is closed before it was received.")

    def open_at(self, moment: datetime) -> bool:
        """Tell whether it was open at *moment*: a case is closed from `closed_at` on."""
        return self.closed_at is None or moment < self.closed_at


@attrs.frozen(kw_only=True)
class IntakeFacts:
    """
    A contact, and what the customer brought before.

    Attributes:
        on: The bank's day of the contact; it selects the version.
        customer: Id of the customer, who may be spoken for by somebody else.
        received_at: When it came.
        channel: Code of `vocabulary/channels`.
        matter: What it is.
        product: Code of `vocabulary/product-kinds`.
        issue: Code of `vocabulary/complaint-issues`.
        branch: Id of the branch it is about; empty for none.
        external_ref: Reference number it names; empty for none.
        digest: Digest of its text; empty for none.
        new_facts: Whether it brings facts or reasons that were not told before.
        earlier: The customer's cases so far.
    """

    on: date
    customer: str
    received_at: datetime
    channel: str
    matter: Matter | UnknownType = UNKNOWN
    product: str | UnknownType = UNKNOWN
    issue: str | UnknownType = UNKNOWN
    branch: str | UnknownType = ""
    external_ref: str = ""
    digest: str = ""
    new_facts: bool | UnknownType = UNKNOWN
    earlier: tuple[EarlierCase, ...] = ()

    def __attrs_post_init__(self) -> None:
        aware(self.received_at)


@attrs.frozen(kw_only=True)
class Intake:
    """
    What a contact is.

    Attributes:
        verdict: `new`, `duplicate` (of an open case), `repeat` (of a closed one) or
            `possible-duplicate` (a person has to tell).
        of: The case it belongs to; empty where there is none or it cannot be told.
        by: What joined them: `reference`, `text` or `content`; `unsure` where it cannot be told.
        candidates: The cases it may belong to, where a person has to tell; the newest first.
        restarts: Whether new facts and reasons start the clock again; unknown where it is not
            known that there are any. A new case has nothing to start again.
        related: Other open cases of the customer, to be linked.
        unknown: Facts that would settle a possible duplicate.
    """

    verdict: IntakeVerdict
    of: str = ""
    by: MatchedBy | None = None
    candidates: tuple[str, ...] = ()
    restarts: bool | UnknownType = False
    related: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


_STRENGTHS: Final[tuple[MatchedBy, ...]] = ("reference", "text", "content", "unsure")


@attrs.frozen
class _Match:
    case: EarlierCase
    by: MatchedBy
    open: bool
    unknown: tuple[str, ...] = ()


def _intake(facts: IntakeFacts, handling: Handling, trace: Trace | None) -> Intake:
    """
    Decide whether a contact is a new case, one more door to an open one, or a repeat.

    The version in force on `on` applies. A known other matter (a doubt beside a complaint) is
    another case, to be linked. A reference number joins whatever the time between; the same text
    or the same content joins within the policy's days (both ends counted): of an open case since
    its beginning, of a closed one since its closing. A product or issue that is unknown, or that
    stands above the other in its tree, is never guessed to be the same; nor is one of two open
    cases chosen. A contact recorded late is judged by when it came.

    Examples:
        >>> from datetime import date, datetime, timezone
        >>> from bankservice.complaints import intake
        >>> call = {"case": "c-1", "received_at": "2026-11-22T02:13:00+08:00"}
        >>> about = {"matter": "complaint", "product": "fund", "issue": "unexpected_fee"}
        >>> mail = intake(
        ...     "handling",
        ...     on="2026-11-22",
        ...     customer="zhao",
        ...     channel="email",
        ...     received_at="2026-11-22T09:00:00+08:00",
        ...     earlier=[{**call, **about}],
        ...     **about,
        ... )
        >>> mail.outcome.verdict, mail.outcome.of
        ('duplicate', 'c-1')
    """
    handling.terms.check_codes({"channel": facts.channel, **_content(facts)})
    found = [
        match
        for case in sorted(facts.earlier, key=lambda case: (case.received_at, case.case))
        if (match := _match(facts, case, handling, trace)) is not None
    ]
    best = min((_STRENGTHS.index(match.by) for match in found), default=None)
    if best is None:
        return Intake(verdict="new", related=_related(facts, ()))
    strongest = [match for match in found if _STRENGTHS.index(match.by) == best]
    by = _STRENGTHS[best]
    still_open = [match for match in strongest if match.open]
    if by == "unsure" or len(still_open) > 1:
        kept = strongest if by == "unsure" else still_open
        candidates = tuple(match.case.case for match in reversed(kept))
        unknown = tuple(dict.fromkeys(name for match in kept for name in match.unknown))
        return Intake(
            verdict="possible-duplicate",
            by=by,
            candidates=candidates,
            restarts=UNKNOWN,
            related=_related(facts, candidates),
            unknown=unknown,
        )
    taken = still_open[0] if still_open else max(strongest, key=_newest)
    if trace is not None:
        held = None if facts.new_facts is UNKNOWN else facts.new_facts
        trace.check(FACTS_NEW(case=taken.case.case), held)
    return Intake(
        verdict="duplicate" if taken.open else "repeat",
        of=taken.case.case,
        by=by,
        restarts=facts.new_facts,
        related=_related(facts, (taken.case.case,)),
    )


def _newest(match: _Match) -> tuple[datetime, str]:
    return match.case.closed_at or match.case.received_at, match.case.case


def _content(facts: IntakeFacts | EarlierCase) -> dict[str, object]:
    return {"product": facts.product, "issue": facts.issue}


def _related(facts: IntakeFacts, named: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        case.case
        for case in facts.earlier
        if case.open_at(facts.received_at) and case.case not in named
    )


def _match(
    facts: IntakeFacts, case: EarlierCase, handling: Handling, trace: Trace | None
) -> _Match | None:
    handling.terms.check_codes(_content(case))
    unknown: list[str] = []
    one_matter = _one_matter(facts, case, handling)
    if trace is not None:
        trace.check(MATTER(case=case.case, matter=case.matter), one_matter)
    if one_matter is False:
        return None
    still_open = case.open_at(facts.received_at)
    for says, given, known in (
        (REFERENCE, facts.external_ref, case.refs),
        (TEXT, facts.digest, case.digests),
    ):
        if not given:
            continue
        near = says is REFERENCE or _near(facts, case, handling, trace)
        held = given in known
        if trace is not None:
            trace.check(says(case=case.case), held)
        if held and near:
            return _Match(case, "reference" if says is REFERENCE else "text", still_open)
    if not _near(facts, case, handling, trace):
        return None
    for name, answer in _compared(facts, case, handling):
        if trace is not None:
            trace.check(SAME(case=case.case, fact=name), answer)
        if answer is False:
            return None
        if answer is None:
            unknown.append(name)
    if one_matter is None:
        unknown.append("matter")
    return _Match(case, "unsure" if unknown else "content", still_open, tuple(unknown))


def _one_matter(facts: IntakeFacts, case: EarlierCase, handling: Handling) -> bool | None:
    if facts.matter is UNKNOWN or case.matter is UNKNOWN:
        return None
    together = handling.intake.together
    return facts.matter == case.matter or (facts.matter in together and case.matter in together)


def _near(facts: IntakeFacts, case: EarlierCase, handling: Handling, trace: Trace | None) -> bool:
    if case.closed_at is None or facts.received_at < case.closed_at:
        apart = abs(facts.received_at - case.received_at)
        says, most = WINDOW, handling.intake.duplicate_within_days
    else:
        apart = facts.received_at - case.closed_at
        says, most = AFTER, handling.intake.repeat_within_days
    near = apart <= timedelta(days=most)
    if trace is not None:
        trace.check(says(case=case.case, most=most), near)
    return near


def _compared(
    facts: IntakeFacts, case: EarlierCase, handling: Handling
) -> Iterator[tuple[str, bool | None]]:
    for name in handling.intake.same:
        one, other = getattr(facts, name), getattr(case, name)
        if one is UNKNOWN or other is UNKNOWN:
            yield name, None
        elif one == other:
            yield name, True
        elif name in handling.terms.trees and one and other:
            # "Fees" may well be the "late fee" of before, but need not.
            tree = handling.terms.trees[name]
            yield name, None if tree.within(one, other) or tree.within(other, one) else False
        else:
            yield name, False


def _headline(facts: IntakeFacts, handling: Handling, outcome: Intake) -> Reason:
    match outcome.verdict:
        case "new":
            return NEW()
        case "duplicate":
            return DUPLICATE(case=outcome.of)
        case "repeat":
            return REPEAT(case=outcome.of)
        case "possible-duplicate":
            says = POSSIBLE if outcome.by == "unsure" else SEVERAL
            return says(cases=outcome.candidates)


intake: Final = Rule(
    id="complaints.intake",
    facts=IntakeFacts,
    outcome=Intake,
    evaluate=_intake,
    headline=_headline,
    says=(
        NEW,
        DUPLICATE,
        REPEAT,
        POSSIBLE,
        SEVERAL,
        MATTER,
        REFERENCE,
        TEXT,
        WINDOW,
        AFTER,
        SAME,
        FACTS_NEW,
    ),
    package="bankservice.complaints",
    kind=HANDLING,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)
