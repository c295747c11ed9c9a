"""Whether an answer to a survey is followed up, by which triggers, how urgently and by whom."""

from __future__ import annotations

from typing import Any, Final

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.core.terms import unknown_in
from bankservice.satisfaction.follow_up.kind import FOLLOW_UP, FollowUpRules
from bankservice.satisfaction.follow_up.model import (
    QUESTIONS,
    FollowUpFacts,
    FollowUpTriggered,
    SaidAnswer,
)
from bankservice.satisfaction.model import Missing
from bankservice.satisfaction.policy import SHELF

__all__ = [
    "QUESTION_TITLES",
    "follow_up_trigger",
    "headline",
    "triggered",
]

OPENS: Final = Says("FOLLOW_UP_OPENS", ("triggers",))
PART: Final = Says("FOLLOW_UP_OPENS_PART", ("triggers", "unknown"))
OPEN: Final = Says("FOLLOW_UP_UNKNOWN", ("unknown",))
NONE: Final = Says("FOLLOW_UP_NONE")
LEVEL: Final = Says("follow-up-level", ("question", "answer", "scale", "level"))
ROW: Final = Says("follow-up-row", ("row",))

_NPS_SCALE: Final = "0-10"

QUESTION_TITLES: Final = {
    "nps": Title(en="recommending", zh="推荐意愿"),
    "csat": Title(en="satisfaction", zh="满意度"),
    "ces": Title(en="effort", zh="费力程度"),
}
"""What people call the questions."""

_LEVEL_TITLES: Final = {
    "low": Title(en="not satisfied", zh="不满意"),
    "middle": Title(en="neither", zh="一般"),
    "high": Title(en="satisfied", zh="满意"),
}


class _NotGiven:
    """Stands for an answer there is none of: it fulfils no comparison."""

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = object.__hash__

    def _never(self, other: object) -> bool:
        return False

    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _never


_NOT_GIVEN: Final = _NotGiven()


def _scale(facts: FollowUpFacts, question: str) -> str:
    return {"nps": _NPS_SCALE, "csat": facts.csat_scale, "ces": facts.ces_version}[question]


def _values(facts: FollowUpFacts, rules: FollowUpRules) -> dict[str, object]:
    """Return the facts that conditions name, with the classes of answers."""
    found: dict[str, object] = {
        "solved": facts.solved,
        "keywords": facts.keywords,
        "contact_requested": facts.contact_requested,
        "channel": facts.channel,
        "product": facts.product,
        "tier": facts.tier,
    }
    for question in QUESTIONS:
        said: SaidAnswer = getattr(facts, question)
        value, level = said.value, said.value
        if isinstance(value, int):
            level = rules.level(question, _scale(facts, question), value)  # type: ignore[assignment]
        found[question], found[f"{question}_class"] = value, level
    return {
        name: _NOT_GIVEN if value is None or isinstance(value, Missing) else value
        for name, value in found.items()
    }


def triggered(
    facts: FollowUpFacts, rules: FollowUpRules, trace: Trace | None = None
) -> FollowUpTriggered:
    """
    Decide whether an answer opens a follow-up, by which triggers, how urgently and by whom.

    The version in force on `on` applies. Every row is looked at; one that holds is enough. A
    question that was not asked, or has no answer, fulfils no comparison. Where no row holds but an
    unknown fact could make one hold, it is undecided and the fact is named: an unknown is never a
    no. Among several rows the lowest priority counts, and of those the first says which team.

    Raises:
        UnknownNameError: If a scale, a code or a class of words is not one of the policy's.
        FaultsError: If an answer is not on its scale.

    Source:
        以客户为中心的银行服务策略 S2.3: feedback is answered quickly by a dedicated team. Which
        answers those are is ours: those of detractors, of the least satisfied, of whom it cost much
        effort, of whom nothing was solved for, of whom asks, and of whom something grave befell.

    Examples:
        >>> from bankservice.satisfaction import follow_up_trigger
        >>> outcome = follow_up_trigger(
        ...     "call-back-promise", on="2026-11-22", nps=6, csat=4, solved=False
        ... ).outcome
        >>> outcome.opens, outcome.triggers, outcome.priority
        (True, ('not-solved', 'nps-detractor'), 30)
    """
    values = _values(facts, rules)
    rules.terms.check_codes(values)
    _check_words(facts, rules)
    levels = {
        question: str(values[f"{question}_class"])
        for question in QUESTIONS
        if isinstance(values[question], int)
    }
    if trace is not None:
        for question, level in levels.items():
            answer, scale = values[question], _scale(facts, question)
            told = LEVEL(
                question=QUESTION_TITLES[question],
                answer=answer,
                scale=scale,
                level=_LEVEL_TITLES[level],
            )
            trace.check(told, level != "low")
    held, unknown = [], dict[str, None]()
    for row in rules.table.trigger:
        answer = row.when.holds(values, rules.terms.within)
        if trace is not None:
            trace.check(ROW(row=row.title), answer, source=row.source)
        if answer:
            held.append(row)
        elif answer is None:
            unknown.update(dict.fromkeys(unknown_in(row.when, values)))
    first = min(held, key=lambda row: row.priority, default=None)
    return FollowUpTriggered(
        opens=True if held else None if unknown else False,
        triggers=tuple(row.code for row in held),
        priority=None if first is None else first.priority,
        team=None if first is None else first.team or rules.table.team,
        levels=FrozenMapping(levels),
        unknown=tuple(dict.fromkeys(name.removesuffix("_class") for name in unknown)),
    )


def _check_words(facts: FollowUpFacts, rules: FollowUpRules) -> None:
    known = [row.code for row in rules.table.keyword]
    for word in facts.keywords if isinstance(facts.keywords, tuple) else ():
        if word not in known:
            raise UnknownNameError("class of words", word, known)


def headline(facts: FollowUpFacts, rules: FollowUpRules, outcome: FollowUpTriggered) -> Reason:
    """Return the main reason of an outcome."""
    titles = {row.code: row.title for row in rules.table.trigger}
    held = tuple(titles[code] for code in outcome.triggers)
    if held:
        if outcome.unknown:
            return PART(triggers=held, unknown=outcome.unknown)
        return OPENS(triggers=held)
    return OPEN(unknown=outcome.unknown) if outcome.unknown else NONE()


follow_up_trigger: Final[Rule[FollowUpFacts, Any, FollowUpTriggered]] = Rule(
    id="satisfaction.follow-up-trigger",
    facts=FollowUpFacts,
    outcome=FollowUpTriggered,
    evaluate=triggered,
    headline=headline,
    says=(OPENS, PART, OPEN, NONE, LEVEL, ROW),
    package="bankservice.satisfaction",
    kind=FOLLOW_UP,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)
"""The rule `satisfaction.follow-up-trigger`."""
