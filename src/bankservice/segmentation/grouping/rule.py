"""The rule that tells where a customer belongs: screened, analysed, grouped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final, Literal

from bankservice.core.calendar import age_on
from bankservice.core.conditions import AllOf, AnyOf, Condition
from bankservice.core.decision import Rule, Trace
from bankservice.core.decision_table import TableRow
from bankservice.core.errors import Fault, FaultsError, UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.structure import FACTS
from bankservice.core.unknown import UNKNOWN
from bankservice.segmentation.grouping.choosing import Choice, choose
from bankservice.segmentation.grouping.facts import MEMORY, typed_facts
from bankservice.segmentation.grouping.kind import GROUPS, Groups
from bankservice.segmentation.grouping.model import Grouped, GroupsFacts, Screening
from bankservice.segmentation.grouping.telling import SAYS, Answers, Found, headline, tell
from bankservice.segmentation.policy import SHELF

__all__ = ["PACKAGE", "group", "groups"]

PACKAGE: Final = "bankservice.segmentation"

_BORN: Final = "born_on"
_BEHAVIOURS: Final = "behaviours"

_ALWAYS: Final = AllOf(())
_NEVER: Final = AnyOf(())


def group(facts: GroupsFacts, policy: Groups, trace: Trace | None = None) -> Grouped:
    """
    Decide where a customer belongs: screened in or out, behaviours, the most specific segment.

    The version in force on `on` applies. Steps run in the order of the source text: screening
    (初步筛选), the first row that holds; behaviours and needs (深度分析), every row that holds; the
    segment, the most specific row that holds. A customer screened out is not analysed. A segment
    is told only if every value the unknown facts could have gives the same one; otherwise there
    is none, and the facts that would settle it are named. The age follows from `born_on` where it
    is not stated.

    Raises:
        FaultsError: If a fact is not of its type, or `age` and `born_on` do not agree.
        UnknownNameError: If there is no such fact, code, tier or behaviour.
        ValueError: If the customer is born after `on`.

    Examples:
        >>> from bankservice.segmentation import groups
        >>> lin = groups(
        ...     "customer-groups",
        ...     on="2026-03-31",
        ...     customer={
        ...         "customer_kind": "business_owner",
        ...         "age": 45,
        ...         "industry": "catering",
        ...         "region": "CN-SC",
        ...         "leads_industry": False,
        ...     },
        ... )
        >>> lin.outcome.segment, lin.outcome.also_matched
        ('regional', ('sme_owner', 'general'))
    """
    known = _known(facts, policy)
    found = Found(facts=known, age=known.get("age"))
    unknown: dict[str, tuple[str, ...]] = {}
    screening = Screening()
    if policy.screen:
        found.screen = _screened(policy, known)
        screening = _screening(found.screen, policy)
        if screening.outcome is None:
            unknown["screening"] = found.screen.unknown
    if screening.outcome == "out":
        outcome = Grouped(screening=screening, age=_whole(found.age))
    else:
        outcome = _analysed(found, screening, unknown, policy)
    if trace is not None:
        tell(found, outcome, policy, trace)
    return outcome


def _analysed(
    found: Found, screening: Screening, unknown: dict[str, tuple[str, ...]], policy: Groups
) -> Grouped:
    facts = found.facts
    found.behaviours = _all("behaviours", facts, policy)
    found.needs = _all("needs", facts, policy)
    behind = policy.behind
    behaviours = _held(found.behaviours)
    stated = facts.get(_BEHAVIOURS, UNKNOWN)
    if isinstance(stated, tuple):
        behind, behaviours, found.behaviours = {}, stated, ()
    elif policy.behaviours and not _open(found.behaviours):
        found.facts = facts = {**facts, _BEHAVIOURS: behaviours}
    found.behind = behind
    for step, answers in (("behaviours", found.behaviours), ("needs", found.needs)):
        if names := _open(answers):
            unknown[step] = names
    segment: str | None = None
    possible: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    if policy.segments:
        found.segment = choice = _segmented(policy, facts, found.behaviours)
        segment, possible, held = choice.row, choice.possible, choice.held
        hanging = choice.unknown
        if _maybe_out(found.screen, policy):
            # Screened out they would have none.
            hanging = (*hanging, *unknown["screening"])
            possible, segment = possible or (choice.row or "",), None
        if segment is None:
            unknown["segment"] = tuple(dict.fromkeys(hanging))
    return Grouped(
        screening=screening,
        behaviours=behaviours,
        needs=_held(found.needs),
        segment=segment,
        also_matched=tuple(code for code in held if code != segment),
        possible=possible,
        unknown=FrozenMapping(unknown),
        age=_whole(found.age),
    )


def _names(row: TableRow) -> tuple[str, ...]:
    assert row.when is not None, "a row of behaviours or needs has a condition"
    return tuple(dict.fromkeys(part.fact for part in row.when.comparisons()))


def _screened(policy: Groups, facts: Mapping[str, Any]) -> Choice:
    """Return what screening answers; it hangs on the facts its rows name alone."""
    return _screen(policy, tuple(map(facts.get, policy.named["screen"])))


@lru_cache(maxsize=MEMORY)
def _screen(policy: Groups, values: tuple[Any, ...]) -> Choice:
    facts = dict(zip(policy.named["screen"], values, strict=True))
    return choose(policy.screen, facts, policy.world)


def _segmented(policy: Groups, facts: Mapping[str, Any], behaviours: Answers) -> Choice:
    """Return which segment it is; it hangs on few facts, and many customers share those."""
    # Of a behaviour that is not known, what is known of its own facts counts as well.
    states = tuple(
        tuple(map(facts.get, _names(row))) if answer is None else answer
        for row, (_, answer, _) in zip(policy.behaviours, behaviours, strict=bool(behaviours))
    )
    return _segment(policy, tuple(map(facts.get, policy.named["segments"])), states)


@lru_cache(maxsize=MEMORY)
def _segment(policy: Groups, values: tuple[Any, ...], states: tuple[Any, ...]) -> Choice:
    facts = dict(zip(policy.named["segments"], values, strict=True))
    behind: dict[str, Condition] = {}
    for row, state in zip(policy.behaviours, states, strict=bool(states)):
        if isinstance(state, tuple) and row.when is not None:
            facts.update(zip(_names(row), state, strict=True))
            behind[row.code] = row.when
        else:
            behind[row.code] = _ALWAYS if state else _NEVER
    return choose(policy.segments, facts, policy.world, behind)


def _whole(age: object) -> int | None:
    return age if isinstance(age, int) else None


def _screening(choice: Choice, policy: Groups) -> Screening:
    codes = choice.possible if choice.row is None else (choice.row,)
    outcomes = {policy.screened(code).outcome for code in codes}
    return Screening(row=choice.row, outcome=outcomes.pop() if len(outcomes) == 1 else None)


def _maybe_out(choice: Choice | None, policy: Groups) -> bool:
    possible = () if choice is None else choice.possible
    return any(policy.screened(code).outcome == "out" for code in possible)


def _all(step: Literal["behaviours", "needs"], facts: Mapping[str, Any], policy: Groups) -> Answers:
    """Return of every row whether it holds, and what that hangs on."""
    found: list[tuple[str, bool | None, tuple[str, ...]]] = []
    within = policy.world.terms.within
    for place, row in enumerate(getattr(policy, step)):
        answer: bool | None = row.when.holds(facts, within)
        names: tuple[str, ...] = ()
        if answer is None:
            asked = _names(row)
            answer, names = _unsure(policy, step, place, asked, tuple(map(facts.get, asked)))
        found.append((row.code, answer, names))
    return tuple(found)


@lru_cache(maxsize=MEMORY)
def _unsure(
    policy: Groups, step: str, place: int, names: tuple[str, ...], values: tuple[Any, ...]
) -> tuple[bool | None, tuple[str, ...]]:
    """Return whether a row holds whatever the unknown facts are, else those it hangs on."""
    row = getattr(policy, step)[place]
    choice = choose((row, TableRow("")), dict(zip(names, values, strict=True)), policy.world)
    return (None, choice.unknown) if choice.row is None else (choice.row == row.code, ())


def _held(answers: Answers) -> tuple[str, ...]:
    return tuple(code for code, answer, _ in answers if answer)


def _open(answers: Answers) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for _, _, names in answers for name in names))


def _known(facts: GroupsFacts, policy: Groups) -> dict[str, Any]:
    """Return the customer's facts with their types checked, the age among them."""
    stated = facts.customer.mutable()
    inside = stated.pop(_BORN, None)
    born = facts.born_on if facts.born_on is not None else inside
    known = typed_facts(policy.register, stated)
    if born is not None and born is not UNKNOWN and born != UNKNOWN.value:
        day = FACTS.read(born, date, f"fact {_BORN}")
        age = age_on(day, facts.on, leap_day=policy.written.leap_day)
        if known.setdefault("age", age) is UNKNOWN:
            known["age"] = age
        if known["age"] != age:
            fault = Fault("age", str(known["age"]), f"{age}, which is what {_BORN} gives")
            raise FaultsError("facts of segmentation.groups", (fault,))
    _check_words(known, policy)
    return known


def _check_words(known: Mapping[str, Any], policy: Groups) -> None:
    tiers = policy.written.tiers
    tier = known.get("tier")
    if tiers and isinstance(tier, str) and tier not in tiers:
        raise UnknownNameError("tier", tier, tiers)
    rows, stated = policy.behaviours, known.get(_BEHAVIOURS)
    if rows and isinstance(stated, tuple):
        codes = [row.code for row in rows]
        for word in stated:
            if word not in codes:
                raise UnknownNameError("behaviour", word, codes)


groups: Final = Rule(
    id="segmentation.groups",
    facts=GroupsFacts,
    outcome=Grouped,
    evaluate=group,
    headline=headline,
    says=SAYS,
    package=PACKAGE,
    kind=GROUPS,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)
