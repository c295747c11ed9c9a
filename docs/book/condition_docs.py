"""
Conditions as people read them: facts by name, codes with their titles.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from book.bilingual import NOTHING, Titles, alike, both, each

from bankservice import policies
from bankservice.complaints.regimes.regime import CASE_FACTS
from bankservice.complaints.service_levels import LEVEL_FACTS
from bankservice.complaints.watch.surge_policy import GRAVE_FACTS
from bankservice.core.conditions import AllOf, AnyOf, Comparison, Condition, FactType, Scalar
from bankservice.core.fact_register import Register, RegisteredFact
from bankservice.loyalty.benefits.kind import EVENT_FACTS
from bankservice.loyalty.programme.scheme import EARNING_FACTS

__all__ = ["condition_words"]

_SIGNS: Final[Mapping[str, str]] = {
    "equals": "=",
    "at_least": "≥",
    "at_most": "≤",
    "more_than": ">",
    "less_than": "<",
}


@cache
def _trees() -> Mapping[str, tuple[str, ...]]:
    """Return the shared trees whose codes a fact may have; facts of domains may have one name."""
    register: Register = policies.load("facts/customer").versions[-1].parameters
    cohorts = {name: fact for kind in policies.kinds() for name, fact in kind.cohort.items()}
    known: tuple[Mapping[str, FactType | RegisteredFact], ...] = (
        GRAVE_FACTS,
        LEVEL_FACTS,
        CASE_FACTS,
        EVENT_FACTS,
        EARNING_FACTS,
        cohorts,
        register.facts,
        {"kind": FactType("code", "vocabulary/activity-kinds")},
    )
    found: dict[str, dict[str, None]] = {}
    for facts in known:
        for name, fact in facts.items():
            if fact.tree:
                found.setdefault(name, {})[fact.tree] = None
    return {name: tuple(trees) for name, trees in found.items()}


def condition_words(condition: Condition | None) -> Titles:
    """Return a condition in words; empty for none."""
    match condition:
        case None:
            return NOTHING
        case Comparison():
            return _comparison(condition)
        case AllOf(parts) | AnyOf(parts):
            word = both(" and ", " 且 ") if isinstance(condition, AllOf) else both(" or ", " 或 ")
            told = [_inner(part) for part in parts]
            return each(lambda locale: word[locale].join(part[locale] for part in told))
        case _:
            inner = condition_words(condition.part)
            return both(f"not ({inner['en']})", f"并非（{inner['zh']}）")


def _inner(part: Condition) -> Titles:
    """Return a part of a condition, in brackets where it has parts itself."""
    told = condition_words(part)
    if isinstance(part, (AllOf, AnyOf)):
        return both(f"({told['en']})", f"（{told['zh']}）")
    return told


def _comparison(held: Comparison) -> Titles:
    wanted = held.wanted if isinstance(held.wanted, tuple) else (held.wanted,)
    values = [_scalar(held.fact, value) for value in wanted]
    fact, first = f"`{held.fact}`", values[0]
    if held.operator == "in":
        return both(
            f"{fact} is one of {', '.join(value['en'] for value in values)}",
            f"{fact} 为 {'、'.join(value['zh'] for value in values)} 之一",
        )
    if held.operator == "between":
        last = values[-1]
        return both(
            f"{fact} from {first['en']} to before {last['en']}",
            f"{fact} 自{first['zh']}起、{last['zh']}前",
        )
    if held.operator == "includes":
        return both(f"{fact} has {first['en']} among them", f"{fact} 中有{first['zh']}")
    if held.operator == "within":
        return both(f"{fact} is {first['en']} or below it", f"{fact} 属于{first['zh']}")
    sign = _SIGNS[held.operator]
    return each(lambda locale: f"{fact} {sign} {first[locale]}")


def _scalar(fact: str, value: Scalar) -> Titles:
    if isinstance(value, bool):
        return both("yes" if value else "no", "是" if value else "否")
    for name in _trees().get(fact, ()):
        tree = policies.load(name).versions[-1].parameters
        if value in tree:
            title = tree[str(value)].title
            return both(f"`{value}` ({title.en})", f"{title.zh}（`{value}`）")
    return alike(f"`{value}`")
