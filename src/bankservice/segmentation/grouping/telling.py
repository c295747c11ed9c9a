"""
Why a customer belongs where they do: which rows hold, and what kept the more specific ones out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Protocol

import attrs

from bankservice.core.citation import Citation
from bankservice.core.conditions import AllOf, AnyOf, Comparison, Condition, Not
from bankservice.core.decision import Reason, Says, Trace
from bankservice.core.policy import Title
from bankservice.segmentation.grouping.choosing import Choice, left_open
from bankservice.segmentation.grouping.kind import Groups
from bankservice.segmentation.grouping.model import Grouped, GroupsFacts
from bankservice.segmentation.grouping.table import BehaviourRow, NeedRow

__all__ = ["COMPARED", "SAYS", "Answers", "Found", "headline", "tell", "tell_missed"]

SEGMENT: Final = Says("GROUP_SEGMENT", ("segment",))
OUT: Final = Says("GROUP_OUT", ("row",))
OPEN: Final = Says("GROUP_UNKNOWN", ("unknown",))
NONE: Final = Says("GROUP_NO_SEGMENT")
SCREEN: Final = Says("group-screen", ("row",))
BEHAVIOUR: Final = Says("group-behaviour", ("row",))
NEED: Final = Says("group-need", ("row",))
STATED: Final = Says("group-behaviours-stated", ("behaviours",))
ROW: Final = Says("group-segment", ("row",))
ALSO: Final = Says("group-less-specific", ("row",))
UNSURE: Final = Says("group-open", ("row", "fact"))

_WORDS: Final = ("row", "fact", "value", "wanted")
COMPARED: Final[Mapping[str, Says]] = {
    word: Says(f"group-{word.replace('_', '-')}", _WORDS)
    for word in (
        "equals",
        "in",
        "at_least",
        "at_most",
        "more_than",
        "less_than",
        "within",
        "includes",
        "not_equals",
        "not_in",
        "not_within",
        "not_includes",
    )
} | {
    word: Says(f"group-{word.replace('_', '-')}", ("row", "fact", "value", "since", "until"))
    for word in ("between", "not_between")
}
"""What a comparison that failed says, by its operator; `not_…` where it held and must not."""

SAYS: Final = (
    SEGMENT,
    OUT,
    OPEN,
    NONE,
    SCREEN,
    BEHAVIOUR,
    NEED,
    STATED,
    ROW,
    ALSO,
    UNSURE,
    *COMPARED.values(),
)
"""Every reason and check grouping may give."""

_OPPOSITE: Final = {
    "at_least": "less_than",
    "less_than": "at_least",
    "at_most": "more_than",
    "more_than": "at_most",
}

Answers = tuple[tuple[str, bool | None, tuple[str, ...]], ...]
"""Of each row its code, whether it holds, and the facts that hangs on."""


class Titled(Protocol):
    """A row that people read."""

    @property
    def title(self) -> Title:
        """What people read."""

    @property
    def source(self) -> Citation | None:
        """Where it comes from, if not from the version's own source."""


@attrs.define
class Found:
    """What is found out while a customer is grouped."""

    facts: Mapping[str, Any]
    age: object = None
    screen: Choice | None = None
    behind: Mapping[str, Condition] = attrs.field(factory=dict)
    behaviours: Answers = ()
    needs: Answers = ()
    segment: Choice | None = None


def headline(facts: GroupsFacts, policy: Groups, outcome: Grouped) -> Reason:
    """Return the main reason of an outcome."""
    if outcome.segment is not None:
        return SEGMENT(segment=policy.segment(outcome.segment).title)
    if outcome.screening.outcome == "out":
        row = outcome.screening.row
        out = (held for held in policy.written.screen if held.outcome == "out")
        # Of several rows that could count, each says the same.
        return OUT(row=tuple(held.title for held in out if row in (None, held.code)))
    if unknown := outcome.unknown.get("segment", ()):
        return OPEN(unknown=tuple(policy.title(name) for name in unknown))
    return NONE()


def tell(found: Found, outcome: Grouped, policy: Groups, trace: Trace) -> None:
    """Note every check behind an outcome."""
    _tell_screen(found, policy, trace)
    rows: tuple[BehaviourRow | NeedRow, ...] = (*policy.written.behaviour, *policy.written.need)
    titles = {row.code: row for row in rows}
    for says, answers in ((BEHAVIOUR, found.behaviours), (NEED, found.needs)):
        for code, answer, names in answers:
            row = titles[code]
            if answer is None:
                _tell_open(row.title, names, policy, trace)
            elif answer:
                trace.check(says(row=row.title), True, source=row.source)
            else:
                tell_missed(row, row.when, found, policy, trace)
    if not found.behaviours and outcome.behaviours:
        held = tuple(titles[code].title if code in titles else code for code in outcome.behaviours)
        trace.check(STATED(behaviours=held), True)
    if found.segment is not None:
        _tell_segments(found, found.segment, outcome, policy, trace)


def _tell_screen(found: Found, policy: Groups, trace: Trace) -> None:
    if found.screen is None:
        return
    counted = found.screen.row
    for row in policy.screen:
        written = policy.screened(row.code)
        if row.code == counted:
            trace.check(SCREEN(row=written.title), True, source=written.source)
            return
        if row.when is None or row.code in found.screen.possible:
            _tell_open(written.title, found.screen.unknown, policy, trace)
        else:
            tell_missed(written, row.when, found, policy, trace)


def _tell_segments(
    found: Found, choice: Choice, outcome: Grouped, policy: Groups, trace: Trace
) -> None:
    for row in policy.segments:
        written = policy.segment(row.code)
        if row.code == choice.row:
            trace.check(ROW(row=written.title), True, source=written.source)
        elif row.code in outcome.also_matched:
            trace.check(ALSO(row=written.title), True, source=written.source)
        elif row.code in choice.possible:
            _tell_open(written.title, choice.unknown, policy, trace)
        elif row.when is not None:
            tell_missed(written, row.when, found, policy, trace)


def _tell_open(title: Title, names: tuple[str, ...], policy: Groups, trace: Trace) -> None:
    trace.check(UNSURE(row=title, fact=tuple(policy.title(name) for name in names)), None)


def _missed(
    condition: Condition, truth: Callable[[Condition], bool | None], *, wanted: bool = True
) -> Iterator[tuple[Comparison, bool]]:
    """
    Yield the comparisons that keep a condition from being as *wanted*, each with what it should be.

    Args:
        condition: Any condition; nothing is yielded of one that is as wanted, or not known.
        truth: Tells whether a condition holds.
        wanted: What the condition should be.
    """
    if truth(condition) is not (not wanted):
        return
    match condition:
        case Comparison():
            yield condition, wanted
        case Not(part):
            yield from _missed(part, truth, wanted=not wanted)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _missed(part, truth, wanted=wanted)


def tell_missed(
    row: Titled, condition: Condition, found: Found, policy: Groups, trace: Trace
) -> None:
    """Note each comparison that keeps a row from holding, with how far it missed."""

    def truth(part: Condition) -> bool | None:
        left = left_open(part, found.facts, policy.world, found.behind)
        return left if isinstance(left, bool) else None

    for part, wanted in _missed(condition, truth):
        value = found.facts.get(part.fact, _held(found.behaviours))
        reason = _compared(row.title, part, value, policy, wanted=wanted)
        short, relative = _short(part, value, wanted=wanted)
        trace.check(reason, False, short=short, relative=relative, source=row.source)


def _held(answers: Answers) -> tuple[str, ...]:
    return tuple(code for code, answer, _ in answers if answer)


def _compared(
    title: Title, part: Comparison, value: object, policy: Groups, *, wanted: bool
) -> Reason:
    fact = policy.title(part.fact)
    word = part.operator
    if not wanted:
        word = _OPPOSITE.get(word, f"not_{word}")
    shown = _shown(part.fact, value, policy)
    if part.operator == "between":
        assert isinstance(part.wanted, tuple), "a condition that was checked"
        low, high = part.wanted
        return COMPARED[word](row=title, fact=fact, value=shown, since=low, until=high)
    limit = _shown(part.fact, part.wanted, policy)
    return COMPARED[word](row=title, fact=fact, value=shown, wanted=limit)


def _shown(fact: str, value: object, policy: Groups) -> object:
    """Return a value as people read it: a code and a behaviour by their titles."""
    if isinstance(value, tuple):
        return tuple(_shown(fact, one, policy) for one in value)
    tree = policy.world.terms.trees.get(fact)
    if tree is not None and isinstance(value, str) and value in tree:
        return tree[value].title
    if fact == "behaviours":
        titles = {row.code: row.title for row in policy.written.behaviour}
        return titles.get(str(value), value)
    return value


def _short(
    part: Comparison, value: object, *, wanted: bool
) -> tuple[int | Decimal | None, Fraction | None]:
    """Return how far a number missed, and that as a share of what was wanted."""
    if not wanted or isinstance(value, (bool, date)) or not isinstance(value, (int, Decimal)):
        return None, None
    limits = part.wanted if isinstance(part.wanted, tuple) else (part.wanted,)
    if part.operator not in ("at_least", "at_most", "more_than", "less_than", "between"):
        return None, None
    numbers = [limit for limit in limits if isinstance(limit, (int, Decimal))]
    nearest = min(numbers, key=lambda limit: abs(Fraction(limit) - Fraction(value)))
    miss = nearest - value
    relative = abs(Fraction(miss) / Fraction(nearest)) if nearest else None
    # What is too much is not short of anything.
    return (miss if miss > 0 else None), relative
