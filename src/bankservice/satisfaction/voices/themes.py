"""
What lies behind follow-ups and voices, counted together: the outer loop.

A theme that comes back often enough is a candidate for improvement; whether anything is improved is
decided elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

import attrs

from bankservice.core.calendar import Period
from bankservice.satisfaction.follow_up.model import FollowUpState
from bankservice.satisfaction.follow_up.table import ThresholdRow
from bankservice.satisfaction.follow_up.views import FollowUpsView
from bankservice.satisfaction.model import told
from bankservice.satisfaction.voices.views import VoiceView

__all__ = [
    "ThemeCandidate",
    "ThemePareto",
    "ThemeRow",
    "ThemesSeen",
    "improvement_candidates",
    "theme_pareto",
    "themes_seen",
]


@attrs.frozen(kw_only=True)
class ThemesSeen:
    """
    The themes of one follow-up or voice.

    Attributes:
        source: Which of the two.
        ref: Its id; of a follow-up `customer/case`.
        on: Day it was said.
        themes: Codes, each once; none where nobody has said what it is about.
        people: How many people said it.
        product: Code of the product kind, of a voice.
    """

    source: Literal["follow-up", "voice"]
    ref: str
    on: date
    themes: tuple[str, ...]
    people: int = 1
    product: str = ""


@attrs.frozen(kw_only=True)
class ThemeRow:
    """
    A theme, among the others.

    Attributes:
        theme: Its code.
        count: Follow-ups and voices that name it.
        follow_ups: Of those, follow-ups.
        voices: Of those, voices.
        people: People who said so.
        share: Its share of all that have a theme, 0 to 1. One that names two counts for both, so
            shares may come to more than 1.
        cumulative: Share of all that name this theme or one before it.
    """

    theme: str
    count: int
    follow_ups: int
    voices: int
    people: int
    share: Decimal
    cumulative: Decimal


@attrs.frozen(kw_only=True)
class ThemePareto:
    """
    Themes by how often they come.

    Attributes:
        rows: The themes, the most frequent first, then by code.
        base: Follow-ups and voices that have a theme.
        uncoded: Those that have none yet.
    """

    rows: tuple[ThemeRow, ...]
    base: int
    uncoded: int


@attrs.frozen(kw_only=True)
class ThemeCandidate:
    """
    A theme that comes often enough to be improved on.

    Attributes:
        theme: Its code.
        count: How often it came in the time looked at.
        wanted: How often it has to.
        since: First day of that time.
        until: Its last day.
        refs: Ids of the follow-ups and voices: those who spoke are to be told what came of it.
    """

    theme: str
    count: int
    wanted: int
    since: date
    until: date
    refs: tuple[str, ...]


def themes_seen(
    follow_ups: Mapping[str, FollowUpsView], voices: Mapping[str, VoiceView] | None = None
) -> tuple[ThemesSeen, ...]:
    """
    Return the themes of follow-ups and voices, in the order of their days.

    A follow-up that is looked after elsewhere is left out: it would count twice. So is a voice
    that led to a follow-up which is among these.

    Args:
        follow_ups: Customer → follow-ups.
        voices: Id → voice.
    """
    cases = list(_of_cases(follow_ups))
    known = {held.ref for held in cases}
    spoken = [
        ThemesSeen(
            source="voice",
            ref=key,
            on=voice.held_on,
            themes=tuple(dict.fromkeys(voice.themes)),
            people=voice.people,
            product=voice.product,
        )
        for key, voice in (voices or {}).items()
        if voice.held_on is not None and not _counted(voice, known)
    ]
    return tuple(sorted([*cases, *spoken], key=lambda held: (held.on, held.source, held.ref)))


def _of_cases(views: Mapping[str, FollowUpsView]) -> Iterator[ThemesSeen]:
    for customer, view in views.items():
        for key, case in view.cases.items():
            if case.state is not FollowUpState.DUPLICATE:
                ref = f"{customer}/{key}"
                themes = tuple(dict.fromkeys(case.themes))
                yield ThemesSeen(source="follow-up", ref=ref, on=case.opened_on, themes=themes)


def _counted(voice: VoiceView, known: set[str]) -> bool:
    """Tell whether a voice led to a follow-up that is counted; a bare id is one of its customer."""
    ids = [link.to for link in voice.links if link.kind == "follow-up"]
    return any(to in known or f"{voice.customer}/{to}" in known for to in ids)


def theme_pareto(seen: Iterable[ThemesSeen]) -> ThemePareto:
    """Return the themes by how often they come, with what they are a share of."""
    held = list(seen)
    coded = [one for one in held if one.themes]
    counts = Counter(theme for one in coded for theme in one.themes)
    order = sorted(counts, key=lambda theme: (-counts[theme], theme))
    rows, before = [], set[str]()
    for theme in order:
        before.add(theme)
        named = [one for one in coded if theme in one.themes]
        spoken = sum(one.source == "voice" for one in named)
        covered = sum(1 for one in coded if before & set(one.themes))
        rows.append(
            ThemeRow(
                theme=theme,
                count=len(named),
                follow_ups=len(named) - spoken,
                voices=spoken,
                people=sum(one.people for one in named),
                share=told(len(named) / len(coded)),
                cumulative=told(covered / len(coded)),
            )
        )
    return ThemePareto(rows=tuple(rows), base=len(coded), uncoded=len(held) - len(coded))


def improvement_candidates(
    seen: Iterable[ThemesSeen], threshold: ThresholdRow | None, as_of: date
) -> tuple[ThemeCandidate, ...]:
    """
    Return the themes that came at least as often as the policy asks, the most frequent first.

    Args:
        seen: The themes, of any time.
        threshold: How often, in which time; without one there is no candidate.
        as_of: Last day that counts. One is in the time if all of it has not passed since.
    """
    if threshold is None:
        return ()
    held = [one for one in seen if one.on <= as_of < threshold.within.after(one.on)]
    first = min((one.on for one in held), default=as_of)
    since = _first_day(threshold.within, first, as_of)
    refs: dict[str, list[str]] = {}
    for one in held:
        for theme in one.themes:
            refs.setdefault(theme, []).append(one.ref)
    found = [
        ThemeCandidate(
            theme=theme,
            count=len(named),
            wanted=threshold.count,
            since=since,
            until=as_of,
            refs=tuple(named),
        )
        for theme, named in refs.items()
        if len(named) >= threshold.count
    ]
    return tuple(sorted(found, key=lambda one: (-one.count, one.theme)))


def _first_day(within: Period, first: date, as_of: date) -> date:
    """Return the first day that counts: the earliest whose time has not passed."""
    day = first
    while day.toordinal() > 1 and as_of < within.after(date.fromordinal(day.toordinal() - 1)):
        day = date.fromordinal(day.toordinal() - 1)
    return day
