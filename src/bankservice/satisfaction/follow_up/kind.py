"""
Follow-ups of a bank, ready to use: conditions checked, calendars found, targets read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

import attrs

from bankservice.core.calendar import Period
from bankservice.core.conditions import FactType
from bankservice.core.errors import Fault, FaultsError, UnknownNameError, near_names
from bankservice.core.institution import check_zone
from bankservice.core.opening import WORKTIME
from bankservice.core.policy import Faults, Kind, Library, Policy
from bankservice.core.ruler import Ruler, Target, Threshold, Unit
from bankservice.core.terms import Terms
from bankservice.core.vocabulary import VOCABULARY, Tree
from bankservice.core.worktime import WorkingCalendar
from bankservice.satisfaction.follow_up.model import QUESTIONS
from bankservice.satisfaction.follow_up.table import AnswerScaleRow, FollowUpTable, PromiseRow

__all__ = [
    "FOLLOW_UP",
    "FOLLOW_UP_FACTS",
    "LEVELS",
    "FollowUpRules",
    "Promise",
]

LEVELS: Final = ("low", "middle", "high")
"""The classes of a scale, the least satisfied first."""

FOLLOW_UP_FACTS: Final[Mapping[str, FactType]] = {
    "nps": FactType("integer"),
    "csat": FactType("integer"),
    "ces": FactType("integer"),
    "nps_class": FactType("text"),
    "csat_class": FactType("text"),
    "ces_class": FactType("text"),
    "solved": FactType("boolean"),
    "keywords": FactType("set"),
    "contact_requested": FactType("boolean"),
    "channel": FactType("code", "vocabulary/channels"),
    "product": FactType("code", "vocabulary/product-kinds"),
    "tier": FactType("text"),
}
"""Facts that conditions may name; the class of an answer follows from its scale."""

_NEEDED: Final = ("acknowledge", "contact", "resolve")
_NO_TREE: Final = Tree(())


@attrs.frozen(eq=False, kw_only=True)
class Promise:
    """One clock, ready to start."""

    row: PromiseRow
    target: Target

    @property
    def name(self) -> str:
        """What it waits for."""
        return self.row.name


@attrs.frozen(eq=False, kw_only=True)
class FollowUpRules:
    """
    A follow-up version, ready to use.

    Attributes:
        table: As written.
        promises: The clocks by name.
        zone: Zone whose days count.
        calendar: The team's working calendar, if there is one.
        linked: Its policy, to be kept beside this one.
        terms: What conditions may name.
        channels: The tree of channels.
        themes: The tree of themes.
        sources: The tree of ways in which customers say what nobody asked.
        products: The tree of product kinds.
    """

    table: FollowUpTable
    promises: Mapping[str, Promise]
    zone: str
    calendar: WorkingCalendar | None
    linked: Policy[WorkingCalendar] | None
    terms: Terms
    channels: Tree
    themes: Tree
    sources: Tree
    products: Tree

    def ruler(self, known_on: date) -> Ruler:
        """Return what measures the clocks, by public holidays as they were known on a day."""
        calendar = None if self.calendar is None else self.calendar.as_known(known_on)
        return Ruler(self.zone, calendar)

    def scale(self, question: str, scale: str) -> AnswerScaleRow:
        """
        Return the classes of a scale.

        Raises:
            UnknownNameError: If the version has no such scale; near ones are offered.
        """
        rows = {row.scale: row for row in self.table.scale if row.question == question}
        if scale not in rows:
            raise UnknownNameError(f"scale of {question}", scale, rows)
        return rows[scale]

    def level(self, question: str, scale: str, answer: int) -> str:
        """
        Return the class of an answer: `low`, `middle` or `high`.

        Raises:
            UnknownNameError: If the version has no such scale.
            FaultsError: If the answer is not on the scale.
        """
        row = self.scale(question, scale)
        if not row.lowest <= answer <= row.highest:
            wanted = f"from {row.lowest} to {row.highest}"
            raise FaultsError("the answer", (Fault(question, str(answer), wanted),))
        return "low" if answer in row.low else "high" if answer in row.high else "middle"

    def words_in(self, text: str) -> tuple[str, ...]:
        """
        Return the classes of words that a text holds, in the order of the policy.

        It is a net, not a reading: `no fraud` is caught as well, and a person looks.

        Examples:
            >>> from bankservice.satisfaction.policy import SHELF
            >>> rules = SHELF.get("call-back-promise").versions[0].parameters
            >>> rules.words_in("我怀疑是诈骗"), rules.words_in("Scammers took it")
            (('fraud',), ('fraud',))
        """
        told = text.casefold()
        return tuple(row.code for row in self.table.keyword if _any_of(row.words, told))

    def by(self, channel: str) -> bool:
        """Tell whether customers are contacted by a channel, or by one it stands below."""
        return channel in self.channels and any(
            self.channels.within(channel, open_) for open_ in self.table.channels
        )


def _any_of(words: Iterable[str], text: str) -> bool:
    return any(_holds(word.casefold(), text) for word in words)


def _holds(word: str, text: str) -> bool:
    if not word[:1].isascii():
        # Chinese sets no space between words.
        return word in text
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}", text) is not None


# -- reading ----------------------------------------------------------------------------------


def _tree(name: str, path: str, faults: Faults, library: Library) -> Tree:
    try:
        policy = library.get(name)
    except UnknownNameError as error:
        faults.add(path, repr(name), "the id of a vocabulary", error.near)
        return _NO_TREE
    if policy.kind.name != VOCABULARY.name:
        faults.add(path, f"a policy of kind {policy.kind.name}", f"one of {VOCABULARY.name}")
        return _NO_TREE
    tree: Tree = policy.versions[-1].parameters
    return tree


def _calendar(name: str, faults: Faults, library: Library) -> Policy[WorkingCalendar] | None:
    if not name:
        return None
    try:
        found = library.get(name)
    except UnknownNameError as error:
        faults.add("calendar", repr(name), "the id of a working calendar", error.near)
        return None
    if found.kind.name != WORKTIME.name:
        faults.add("calendar", f"{name}, a {found.kind.name}", f"a policy of kind {WORKTIME.name}")
        return None
    return found


def _build(table: FollowUpTable, faults: Faults, library: Library) -> FollowUpRules:
    linked = _calendar(table.calendar, faults, library)
    calendar = None if linked is None else linked.versions[-1].parameters
    zone = table.zone or (calendar.zone if calendar is not None else "")
    if not zone:
        faults.add("zone", "nothing", "a zone, or a calendar that has one")
    elif calendar is not None and zone != calendar.zone:
        faults.add("zone", repr(zone), f"the calendar's own, {calendar.zone}")
    else:
        check_zone(zone, "zone", faults)
    words = {
        "keywords": tuple(row.code for row in table.keyword),
        **{f"{question}_class": LEVELS for question in QUESTIONS},
    }
    rules = FollowUpRules(
        table=table,
        promises=_promises(table, calendar, faults, library),
        zone=zone,
        calendar=calendar,
        linked=linked,
        terms=Terms.of(FOLLOW_UP_FACTS, words, library),
        channels=_tree("vocabulary/channels", "channels", faults, library),
        themes=_tree(table.themes, "themes", faults, library),
        sources=_tree(table.sources, "sources", faults, library),
        products=_tree("vocabulary/product-kinds", "product", faults, library),
    )
    _check_codes(rules, _tree(table.departments, "departments", faults, library), faults)
    _check_scales(table.scale, faults)
    _check_rest(table, calendar, faults)
    return rules


def _promises(
    table: FollowUpTable, calendar: WorkingCalendar | None, faults: Faults, library: Library
) -> Mapping[str, Promise]:
    roles: Tree = library.get("vocabulary/roles").versions[-1].parameters
    found: dict[str, Promise] = {}
    for place, row in enumerate(table.clock):
        path, unit = f"clock[{place}]", Unit(row.unit)
        if row.name in found:
            faults.add(f"{path}.name", repr(row.name), "each clock once")
        if calendar is None and unit in (Unit.WORKING_TIME, Unit.BUSINESS_DAYS):
            faults.add(f"{path}.unit", repr(row.unit), "a calendar, or another unit")
        for code in row.tell:
            if code not in roles:
                near = near_names(code, roles)
                faults.add(f"{path}.tell", repr(code), "a code of vocabulary/roles", near)
        _check_warnings(row, path, faults)
        try:
            target = Target.parse(row.target, unit, close=row.close)
        except ValueError as error:
            faults.add(f"{path}.target", repr(row.target), str(error))
            continue
        if not target.amount and not target.months:
            faults.add(f"{path}.target", repr(row.target), "more than nothing")
        found[row.name] = Promise(row=row, target=target)
    for name in _NEEDED:
        if name not in {row.name for row in table.clock}:
            faults.add("clock", f"no clock {name}", f"one for each of {', '.join(_NEEDED)}")
    return found


def _check_warnings(row: PromiseRow, path: str, faults: Faults) -> None:
    for place, text in enumerate(row.warn):
        try:
            Threshold.parse(text)
        except ValueError as error:
            faults.add(f"{path}.warn[{place}]", repr(text), str(error))
    if len(set(row.warn)) < len(row.warn):
        faults.add(f"{path}.warn", list(row.warn), "each warning once")


def _check_codes(rules: FollowUpRules, departments: Tree, faults: Faults) -> None:
    table = rules.table
    teams = [("team", table.team)]
    teams += [(f"trigger[{place}].team", row.team) for place, row in enumerate(table.trigger)]
    for path, team in teams:
        if departments and team not in departments and (team or path == "team"):
            near = near_names(team, departments)
            faults.add(path, repr(team), f"a code of {table.departments}", near)
    for place, code in enumerate(table.channels):
        if code not in rules.channels:
            near = near_names(code, rules.channels)
            faults.add(f"channels[{place}]", repr(code), "a code of vocabulary/channels", near)
    seen: set[str] = set()
    for place, trigger in enumerate(table.trigger):
        rules.terms.check(trigger.when, f"trigger[{place}].when", faults)
        if trigger.code in seen:
            faults.add(f"trigger[{place}].code", repr(trigger.code), "each trigger once")
        seen.add(trigger.code)
        for part in trigger.when.comparisons():
            question = part.fact.removesuffix("_class")
            if question in QUESTIONS and all(row.question != question for row in table.scale):
                wanted = f"a [[version.scale]] of {question}, or nobody knows its range"
                faults.add(f"trigger[{place}].when", repr(part.fact), wanted)


def _check_scales(rows: tuple[AnswerScaleRow, ...], faults: Faults) -> None:
    seen: set[str] = set()
    for place, row in enumerate(rows):
        path = f"scale[{place}]"
        if row.code in seen:
            faults.add(path, row.code, "each scale once")
        seen.add(row.code)
        if row.lowest >= row.highest:
            faults.add(f"{path}.highest", str(row.highest), f"more than {row.lowest}")
        for name, codes in (("low", row.low), ("high", row.high)):
            outside = [code for code in codes if not row.lowest <= code <= row.highest]
            if outside or not codes:
                wanted = f"one or more codes from {row.lowest} to {row.highest}"
                faults.add(f"{path}.{name}", outside or "nothing", wanted)
        both = sorted(set(row.low) & set(row.high))
        if both:
            faults.add(f"{path}.high", both, "codes that are not low too")


def _check_rest(table: FollowUpTable, calendar: WorkingCalendar | None, faults: Faults) -> None:
    if not table.trigger:
        faults.add("trigger", "no trigger", "one or more [[version.trigger]] tables")
    if not table.channels:
        faults.add("channels", "no channel", "one or more")
    if table.window == Period():
        faults.add("window", "nothing", "more than nothing")
    attempts = table.attempts
    for name in ("count", "a_day"):
        if getattr(attempts, name) < 1:
            faults.add(f"attempts.{name}", str(getattr(attempts, name)), "1 or more")
    if attempts.over_days < 0:
        faults.add("attempts.over_days", str(attempts.over_days), "0 or more")
    if attempts.over_days and calendar is None:
        faults.add("attempts.over_days", str(attempts.over_days), "a calendar to count them by")
    if table.threshold is not None and table.threshold.count < 1:
        faults.add("threshold.count", str(table.threshold.count), "1 or more")
    codes = [row.code for row in table.keyword]
    for place, keyword in enumerate(table.keyword):
        if codes.index(keyword.code) < place:
            faults.add(f"keyword[{place}].code", repr(keyword.code), "each class once")
        if not all(word.strip() for word in keyword.words):
            faults.add(f"keyword[{place}].words", "an empty word", "words")


FOLLOW_UP: Final[Kind[FollowUpTable, Any]] = Kind("satisfaction.follow-up", FollowUpTable, _build)
"""Kind of policy that holds how answers are followed up."""
