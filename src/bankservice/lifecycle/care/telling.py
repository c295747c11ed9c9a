"""
How treatments are told: what is meant until when, and what is held back and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bankservice.core.decision import Reason, Says, Trace
from bankservice.core.policy import Title
from bankservice.lifecycle.care.holding import Case
from bankservice.lifecycle.care.kind import TreatmentRules
from bankservice.lifecycle.care.model import HeldBack, Treated, TreatmentFacts, TreatmentWhy
from bankservice.lifecycle.care.table import TreatmentRow

__all__ = ["SAYS", "headline", "tell"]

DUE: Final = Says("TREATMENTS_DUE", ("treatments",))
PART: Final = Says("TREATMENTS_PART", ("treatments", "unknown"))
OPEN: Final = Says("TREATMENTS_UNKNOWN", ("unknown",))
TERMINAL: Final = Says("TREATMENTS_TERMINAL")
HELD: Final = Says("TREATMENTS_HELD", ("treatments",))
NONE: Final = Says("TREATMENTS_NONE", ("day",))

MEANT: Final = Says("treatment-due", ("treatment", "due_by"))
NOT_FOR: Final = Says("treatment-not-for", ("treatment",))
HANGS: Final = Says("treatment-unknown", ("treatment", "unknown"))

PLAIN: Final[Mapping[TreatmentWhy, Says]] = {
    why: Says(f"treatment-{why.value}", ("treatment",))
    for why in (
        TreatmentWhy.TERMINAL,
        TreatmentWhy.REFUSED,
        TreatmentWhy.ONCE_PER_STAGE,
    )
}
UNTIL: Final[Mapping[TreatmentWhy, Says]] = {
    why: Says(f"treatment-{why.value}", ("treatment", "until"))
    for why in (
        TreatmentWhy.DECLINED,
        TreatmentWhy.OPEN,
        TreatmentWhy.COOLING,
        TreatmentWhy.CAPPED,
        TreatmentWhy.CAPPED_IN_ALL,
    )
}
QUIET: Final = Says("treatment-quiet", ("treatment", "row"))
CONSENT: Final = Says("treatment-no-consent", ("treatment", "purpose"))
BEATEN: Final = Says("treatment-beaten", ("treatment", "other"))

SAYS: Final = (
    DUE,
    PART,
    OPEN,
    TERMINAL,
    HELD,
    NONE,
    MEANT,
    NOT_FOR,
    HANGS,
    *PLAIN.values(),
    *UNTIL.values(),
    QUIET,
    CONSENT,
    BEATEN,
)
"""Every reason and check the rule may give."""


def headline(facts: TreatmentFacts, policy: TreatmentRules, outcome: Treated) -> Reason:
    """Return the main reason of an outcome."""
    meant = tuple(due.title for due in outcome.due)
    if outcome.unknown:
        if meant:
            return PART(treatments=meant, unknown=outcome.unknown)
        return OPEN(unknown=outcome.unknown)
    if meant:
        return DUE(treatments=meant)
    if any(held.why is TreatmentWhy.TERMINAL for held in outcome.held_back):
        return TERMINAL()
    titles = _titles(policy)
    held = tuple(titles[held.treatment] for held in outcome.held_back)
    return HELD(treatments=held) if held else NONE(day=outcome.on)


def _titles(policy: TreatmentRules) -> dict[str, Title]:
    return {row.code: row.title for row in policy.rows}


def tell(case: Case, outcome: Treated, trace: Trace) -> None:
    """Note every treatment looked at: until when it is meant, or why it is not."""
    meant = {due.treatment: due for due in outcome.due}
    held_back = {held.treatment: held for held in outcome.held_back}
    for row in case.rules.rows:
        if row.code in meant:
            reason, held = MEANT(treatment=row.title, due_by=meant[row.code].due_by), True
            trace.check(reason, held, source=row.source)
        elif row.code in held_back:
            no = held_back[row.code]
            answer = None if no.why is TreatmentWhy.UNKNOWN else False
            trace.check(_held(row, no, case.rules), answer, source=row.source)
        else:
            trace.check(NOT_FOR(treatment=row.title), False, source=row.source)


def _held(row: TreatmentRow, no: HeldBack, policy: TreatmentRules) -> Reason:
    title = row.title
    if no.why is TreatmentWhy.UNKNOWN:
        return HANGS(treatment=title, unknown=no.unknown)
    if no.why in UNTIL:
        return UNTIL[no.why](treatment=title, until=no.until)
    if no.why is TreatmentWhy.QUIET:
        rows = {quiet.code: quiet.title for quiet in policy.quiet}
        return QUIET(treatment=title, row=rows[no.by])
    if no.why is TreatmentWhy.NO_CONSENT:
        return CONSENT(treatment=title, purpose=row.needs_consent)
    if no.why is TreatmentWhy.BEATEN:
        return BEATEN(treatment=title, other=_titles(policy)[no.by])
    return PLAIN[no.why](treatment=title)
