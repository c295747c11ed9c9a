"""The grave case: a single complaint that must be raised at once, whatever the numbers say."""

from __future__ import annotations

from typing import Final

import attrs

from bankservice.complaints.policy import SHELF
from bankservice.complaints.routes import CaseFacts
from bankservice.complaints.watch.surge_policy import SURGE_WATCH, SurgeWatch
from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.terms import named, unknown_in
from bankservice.core.unknown import UNKNOWN, UnknownType

__all__ = ["Grave", "GraveFacts", "grave_case"]

GRAVE: Final = Says("GRAVE_RAISED", ("why",))
OPEN: Final = Says("GRAVE_UNKNOWN", ("unknown",))
CLEAR: Final = Says("GRAVE_NOT")
ROW: Final = Says("grave-row", ("row",))


@attrs.frozen(kw_only=True)
class GraveFacts(CaseFacts):
    """
    A case, and what makes it grave.

    Attributes:
        media: Whether press or broadcast reported it or asked.
        readers: How many people a public post reached; 0 where it was not public.
        data_leak: Whether customers' data may have got out.
        loss: Whether the customer lost money.
        branch_customers: Customers who complained about the same branch of late, this one
            included; 0 where it is not about a branch.
    """

    media: bool | UnknownType = False
    readers: int | UnknownType = 0
    data_leak: bool | UnknownType = False
    loss: bool | UnknownType = UNKNOWN
    branch_customers: int | UnknownType = 0


@attrs.frozen(kw_only=True)
class Grave:
    """
    Whether a case is raised at once.

    Attributes:
        grave: Yes, no, or None where an unknown fact could make it so.
        why: Codes of the rows that hold, in their order.
        unknown: Unknown facts that could make it grave, or more so.
    """

    grave: bool | None
    why: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def _grave(facts: GraveFacts, watch: SurgeWatch, trace: Trace | None) -> Grave:
    """
    Decide whether a single case must be raised at once, and for every reason there is.

    The version in force on `on` applies. Every row is looked at; one that holds is enough. Where
    none holds but an unknown fact could make one hold, it is undecided and the fact is named: an
    unknown is never a no.

    Raises:
        UnknownNameError: If a code is not in its vocabulary.

    Examples:
        >>> from bankservice.complaints import grave_case
        >>> post = grave_case(
        ...     "surge-watch",
        ...     on="2026-11-22",
        ...     channel="social",
        ...     public=True,
        ...     readers=200000,
        ...     vulnerable=False,
        ...     loss=False,
        ... ).outcome
        >>> post.grave, post.why
        (True, ('wide-public',))
    """
    values = named(facts)
    watch.terms.check_codes(values)
    why: list[str] = []
    unknown: dict[str, None] = {}
    for row in watch.grave:
        held = row.when.holds(values, watch.terms.within)
        if trace is not None:
            trace.check(ROW(row=row.title), held, source=row.source)
        if held:
            why.append(row.code)
        elif held is None:
            unknown.update(dict.fromkeys(unknown_in(row.when, values)))
    answer = True if why else None if unknown else False
    return Grave(grave=answer, why=tuple(why), unknown=tuple(unknown))


def _headline(facts: GraveFacts, watch: SurgeWatch, outcome: Grave) -> Reason:
    if outcome.grave:
        return GRAVE(why=tuple(row.title for row in watch.grave if row.code in outcome.why))
    return CLEAR() if outcome.grave is False else OPEN(unknown=outcome.unknown)


grave_case: Final = Rule(
    id="complaints.grave-case",
    facts=GraveFacts,
    outcome=Grave,
    evaluate=_grave,
    headline=_headline,
    says=(GRAVE, OPEN, CLEAR, ROW),
    package="bankservice.complaints",
    kind=SURGE_WATCH,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)
