"""
Examples of rules and records, taken from the case tables and really decided.

Nothing here is typed by hand: a fact's example is what a case states, an outcome's is what the rule
answered to it, and the words are those `explain` gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import attrs
from book.bilingual import DOCS, LOCALES, Titles
from book.json_text import shown_json, stated
from book.seen_docs import Seen

from bankservice.core.decision import Decision, Rule
from bankservice.core.errors import BankServiceError
from bankservice.core.plain import outcome_json, to_json
from bankservice.core.structure import FACTS
from bankservice.testing import cases
from bankservice.testing.cases import BadTable, Case

__all__ = [
    "CASES",
    "WORDS",
    "ExampleDoc",
    "StepDoc",
    "below",
    "cases_by_name",
    "chosen",
    "example_of",
    "seen_in",
    "spread",
]

CASES: Final = DOCS.parent / "tests" / "cases"
WORDS: Final = {"en": "en", "zh": "zh_CN"}
"""Language of a page → locale of the words."""

_LONGEST: Final = 6_000
"""So many characters of facts, outcome and words are shown; a longer case is passed over."""
_LOOKED_AT: Final = 60
"""So many cases of a rule are looked at for examples of its facts and of its outcome's parts."""

_CHOSEN: Final[Mapping[str, tuple[str, str]]] = {
    "complaints.case": ("case-us-reg-e.toml", ""),
    "complaints.deadlines": ("deadlines-us-reg-e.toml", ""),
    "complaints.statistics": ("statistics.toml", "one of every fate"),
    "lifecycle.churn-risk": ("outlook-churn.toml", "the first customer of CDNOW"),
    "lifecycle.outlook": ("outlook-record.toml", ""),
    "lifecycle.standing": ("standing-holds.toml", ""),
    "loyalty.account": ("account-commands.toml", ""),
    "loyalty.accrue": ("accrue-tiers.toml", "Platinum Honors"),
    "satisfaction.contact": ("survey-contact.toml", ""),
    "satisfaction.csat": ("csat.toml", "45 of 50 by wilson"),
    "satisfaction.follow-up": ("follow-up.toml", ""),
    "satisfaction.may-ask": (
        "survey-may-ask.toml",
        "within the cool-down of another programme and channel nobody is asked",
    ),
    "satisfaction.sample": (
        "survey-sample.toml",
        "on the first day after the cool-down a customer may be drawn",
    ),
    "satisfaction.voice": ("voice.toml", ""),
    "segmentation.membership": ("membership.toml", ""),
    "segmentation.standing": ("latch.toml", ""),
    "segmentation.tier-band": ("band-cn-retail-shape.toml", "500000.00 is GOLD"),
    "segmentation.tier-services": ("services-cn-retail-shape.toml", "GOLD"),
}
"""
Rule or record → the table, and the case of it, that the whole example is taken from.

Without a name it is the table's first. For others it is the first case there is, which is mostly
the plainest.
"""


@attrs.frozen(kw_only=True)
class StepDoc:
    """
    One step of a scenario: when, which command with what, and what became of it.

    Attributes:
        wanted: What the table expects to be seen afterwards, as JSON.
    """

    at: str
    do: str
    given: str
    refused: str
    wanted: str


@attrs.frozen(kw_only=True)
class ExampleDoc:
    """
    One case that was decided, or one scenario that was played.

    Attributes:
        file: Its table, from the project's folder.
        case: Its name there.
        policies: Ids of the policies it was decided under.
        facts: The facts as JSON; empty for a scenario.
        outcome: The outcome as JSON, or what is seen of the record after the last step.
        words: Why, in each language; empty where nothing was decided.
        steps: The steps of a scenario.
    """

    file: str
    case: str
    policies: tuple[str, ...]
    facts: str
    outcome: str
    words: Titles
    steps: tuple[StepDoc, ...] = ()


@cache
def cases_by_name() -> Mapping[str, tuple[Case, ...]]:
    """Return rule or record → its cases, those under shipped policies first."""
    found: dict[str, list[Case]] = {}
    for path in cases.tables([CASES]) if CASES.is_dir() else ():
        try:
            held = cases.read(path)
        except BadTable:  # a table that is bad on purpose
            continue
        for case in held:
            found.setdefault(case.table.rule or case.table.record, []).append(case)
    return {name: tuple(sorted(held, key=_own)) for name, held in found.items()}


def _own(case: Case) -> bool:
    """Tell whether a case names policy files of its own, which a reader has not at hand."""
    return bool(case.table.policy_file or case.table.policy_files)


def spread(held: Iterable[Case]) -> Iterator[Case]:
    """Yield the first case of each table, then the second of each, and so on."""
    tables: dict[str, list[Case]] = {}
    for case in held:
        tables.setdefault(case.where, []).append(case)
    for place in range(max(map(len, tables.values()), default=0)):
        yield from (table[place] for table in tables.values() if place < len(table))


def chosen(name: str, held: tuple[Case, ...]) -> list[Case]:
    """
    Return the cases an example is to be taken from; none where no choice was made.

    Raises:
        LookupError: If there is no such case any more.
    """
    if name not in _CHOSEN or not held:
        return []
    file, wanted = _CHOSEN[name]
    found = [
        case
        for case in held
        if Path(case.where).name == file and wanted in ("", case.raw.get("name"))
    ]
    if not found:
        raise LookupError(
            f"the example of {name} is to be {wanted or 'the first'} of {file}: gone."
        )
    return found


def _decided(case: Case) -> Decision[Any] | None:
    try:
        return case.decision()
    except BankServiceError:  # a case that expects just that
        return None


def seen_in(name: str, first: Case | None = None) -> Seen:
    """Return the values that the cases of a rule state and decide; those of *first* come first."""
    seen = Seen()
    held = cases_by_name().get(name, ())
    for case in islice(chain([first] if first else [], spread(held)), _LOOKED_AT):
        decision = _decided(case)
        if decision is not None:
            seen.look(decision.facts)
            seen.look(decision.outcome)
    return seen


def example_of(rule: Rule[Any, Any, Any]) -> tuple[ExampleDoc | None, Case | None]:
    """
    Return the whole example of a rule, and the case it was made from.

    It is the first case that is not too long to read; the shortest where all of them are.
    """
    held = cases_by_name().get(rule.id, ())
    first = chosen(rule.id, held)
    found: list[tuple[int, ExampleDoc, Case]] = []
    for case in islice((*first, *spread(held)), _LOOKED_AT):
        decision = _decided(case)
        if decision is None:
            continue
        told = _told(rule, case, decision)
        length = len(told.facts) + len(told.outcome) + len(told.words["en"])
        if length <= _LONGEST:
            return told, case
        found.append((length, told, case))
    if not found:
        return None, None
    _, told, case = min(found, key=lambda row: row[0])
    return told, case


def _told(rule: Rule[Any, Any, Any], case: Case, decision: Decision[Any]) -> ExampleDoc:
    facts = FACTS.read(case.raw["facts"], rule.facts, f"facts of {rule.id}")
    return ExampleDoc(
        file=below(case.where),
        case=str(case.raw["name"]),
        policies=tuple(version.ref.policy for version in decision.versions),
        facts=shown_json(to_json(facts)),
        outcome=shown_json(stated(outcome_json(decision.outcome))),
        words={name: decision.explain(WORDS[name]) for name in LOCALES},
    )


def below(where: str) -> str:
    """Return the path of a table from the project's folder."""
    return Path(where).relative_to(DOCS.parent).as_posix()
