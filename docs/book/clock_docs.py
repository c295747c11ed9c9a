"""
Clocks of a regime or of service levels, as sections: terms, conditions, what must be sent, sources.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from book.bilingual import NOTHING, Titles, alike, both, each, spoken, titles
from book.cell_docs import Source, heads, periods, sourced, strung, titled
from book.condition_docs import condition_words
from book.labels import aside, bracketed, listed_codes, policy_link, said
from book.section_docs import SectionDoc, TableDoc

from bankservice import policies
from bankservice.complaints.model import Role
from bankservice.complaints.regimes.articles import ClockTable, Extension, RegimeTable
from bankservice.complaints.regimes.book import REGIME_BOOK as BOOK
from bankservice.complaints.regimes.law import ClockRow, Length, Regime
from bankservice.complaints.regimes.regime import REGIME
from bankservice.complaints.regimes.telling import amount_told
from bankservice.complaints.service_levels import SERVICE_LEVELS as LEVELS
from bankservice.complaints.service_levels import LevelRow, ServiceLevelsTable
from bankservice.core.policy import Policy, Version
from bankservice.core.ruler import Target, Unit

__all__ = [
    "BOOK",
    "LEVELS",
    "REGIME",
    "book_sections",
    "length_words",
    "level_sections",
    "regime_sections",
    "role_words",
    "start_words",
    "target_words",
]

Rows = tuple[tuple[Titles, ...], ...]


# --- regimes ------------------------------------------------------------------------------------


def regime_sections(version: Version[Any]) -> tuple[SectionDoc, ...]:
    """Return what a version of a regime says: all clocks at a glance, each clock, ways on, records."""
    written: RegimeTable = version.written
    source = sourced(version)
    ready: tuple[ClockRow, ...] = version.parameters.clocks
    pairs = list(zip(written.clock, ready, strict=True))
    found = [SectionDoc(spoken("column", "clocks"), (), (_glance(pairs),))]
    found += [_clock(row, clock, source) for row, clock in pairs if _more(row)]
    further = (
        ("ways_on", ("way_on", "within", "counted_from", "source"), _ways_on(written, source)),
        ("keep", ("what", "at_least", "counted_from", "source"), _kept(written, source)),
        ("pauses", ("pause", "needs", "source"), _pauses(written, source)),
    )
    found += [
        SectionDoc(spoken("column", key), (), (TableDoc(heads(*names), rows),))
        for key, names, rows in further
        if rows
    ]
    return tuple(found)


def _ways_on(written: RegimeTable, source: Source) -> Rows:
    return tuple(
        (
            titled(way.title, way.code),
            periods(way.within),
            said(way.since) if way.since else NOTHING,
            source(way.source),
        )
        for way in written.way_on
    )


def _kept(written: RegimeTable, source: Source) -> Rows:
    return tuple(
        (said(kept.what), periods(kept.period), said(kept.since), source(kept.source))
        for kept in written.keep
    )


def _pauses(written: RegimeTable, source: Source) -> Rows:
    return tuple(
        (
            titled(held.title, held.reason),
            said(held.needs) if held.needs else NOTHING,
            source(held.source),
        )
        for held in written.pause
    )


def _more(row: ClockTable) -> bool:
    """Tell whether there is more to say of a clock than all clocks at a glance say."""
    plain = len(row.term) == 1 and row.term[0].source is None and row.when is None
    return row.role is Role.DUTY or not plain or bool(row.sends)


def _glance(pairs: list[tuple[ClockTable, ClockRow]]) -> TableDoc:
    rows = tuple(
        (
            alike(f"`{row.name}`"),
            role_words(row),
            titles(row.title),
            length_words(clock.terms),
            start_words(row.starts),
        )
        for row, clock in pairs
    )
    return TableDoc(heads("clock", "role", "due", "runs", "starts"), rows)


def role_words(row: ClockTable) -> Titles:
    """Return what a clock is; letting a span pass that may be used breaks no duty."""
    return said("window" if row.window else row.role.value)


def start_words(starts: str) -> Titles:
    """Return what a clock runs from."""
    return said(starts) if starts == "receipt" else alike(f"`{starts}`")


def length_words(terms: tuple[Length, ...]) -> Titles:
    """Return how long a clock runs, in one cell: longer terms with what they take, then the rest."""
    told = []
    for term in terms:
        amount, when = titles(amount_told(term)), condition_words(term.when)
        if term.when is not None:
            told.append(
                both(f"{amount['en']} where {when['en']}", f"{when['zh']}时，{amount['zh']}")
            )
        else:
            told.append(both(f"else {amount['en']}", f"其他，{amount['zh']}") if told else amount)
    return each(lambda locale: ("；" if locale == "zh" else "; ").join(t[locale] for t in told))


def _clock(row: ClockTable, clock: ClockRow, source: Source) -> SectionDoc:
    lines = (
        ("role", role_words(row)),
        ("starts", start_words(row.starts)),
        ("exists_if", condition_words(row.when)),
        ("sends", listed_codes(row.sends)),
        ("lawful_if", alike(f"`{row.lawful_if}`" if row.lawful_if else "")),
        ("stops_on", listed_codes(row.stops_on) if row.role is Role.DUTY else NOTHING),
        ("reopened", said(row.reopen) if row.role is Role.DUTY else NOTHING),
    )
    rows = tuple(
        (
            _applies(clock.terms, place),
            titles(amount_told(term)),
            _end(term),
            source(row.term[place].source),
        )
        for place, term in enumerate(clock.terms)
    )
    found = [TableDoc(heads("applies", "runs", "last_day", "source"), rows)]
    if row.extension:
        moved = tuple(_extension(held, source) for held in row.extension)
        head = heads("up_to", "reasons", "approvals", "notice", "sends", "source")
        found.append(TableDoc(head, moved, spoken("column", "extension")))
    heading = both(f"`{row.name}`: {row.title.en}", f"`{row.name}`：{row.title.zh}")
    return SectionDoc(heading, lines, tuple(found))


def _applies(terms: tuple[Length, ...], place: int) -> Titles:
    if terms[place].when is not None:
        return condition_words(terms[place].when)
    return spoken("said", "otherwise") if place else NOTHING


def _end(term: Length) -> Titles:
    """Return where the last day ends, moves to and is bounded; empty for its own end alone."""
    target = term.target
    parts = []
    if target is not None and target.close != "end-of-day":
        parts.append(said(target.close))
    if target is not None and target.roll != "none":
        parts.append(said(target.roll))
    if term.cap is not None:
        most = term.cap.amount
        parts.append(
            both(f"at most {most} calendar days from the start", f"自起算日起最多{most}个自然日")
        )
    return strung(parts)


def _extension(held: Extension, source: Source) -> tuple[Titles, ...]:
    return (
        alike(f"`{held.to}`" if held.to else ""),
        listed_codes(held.reasons),
        listed_codes(held.approvals),
        said(held.notice) if held.notice else NOTHING,
        listed_codes(held.sends),
        source(held.source),
    )


# --- books --------------------------------------------------------------------------------------


def book_sections(version: Version[Any]) -> tuple[SectionDoc, ...]:
    """Return the regimes of a book side by side: whom each is for, and its clocks; newest versions."""
    rows = tuple(map(_beside, version.parameters.regimes))
    table = TableDoc(heads("regime", "governs", "clocks"), rows)
    return (SectionDoc(spoken("column", "regimes"), (), (table,)),)


def _beside(policy: Policy[Regime]) -> tuple[Titles, ...]:
    regime, title = policy.versions[-1].parameters, policy.title
    clocks = [each(partial(_in_short, clock)) for clock in regime.clocks]
    return (
        both(policy_link(policy.id, title.en), policy_link(policy.id, title.zh)),
        condition_words(regime.governs),
        each(lambda locale: "<br>".join(text[locale] for text in clocks)),
    )


def _in_short(clock: ClockRow, locale: str) -> str:
    title, runs = titles(clock.title)[locale], length_words(clock.terms)[locale]
    colon = "：" if locale == "zh" else ": "
    limit = "" if clock.role is Role.DUTY else bracketed(said(clock.role.value)[locale], locale)
    return aside(f"{title}{colon}{runs}", limit, locale)


# --- service levels -----------------------------------------------------------------------------


def level_sections(version: Version[Any]) -> tuple[SectionDoc, ...]:
    """Return what a version of service levels says: clocks, who is told, duties of law watched."""
    written: ServiceLevelsTable = version.written
    rows = tuple(_level(row) for row in written.clock)
    named = heads("clock", "due", "applies", "target", "starts", "stops_on", "warn", "pausable")
    found = [SectionDoc(spoken("column", "clocks"), (), (TableDoc(named, rows),))]
    if written.ladder:
        roles = policies.load("vocabulary/roles").versions[-1].parameters
        rungs = tuple(
            (alike(f"`{rung.clock}`"), said(rung.step), titles(roles[rung.to].title))
            for rung in written.ladder
        )
        table = TableDoc(heads("clock", "step", "told"), rungs)
        found.append(SectionDoc(spoken("column", "ladder"), (), (table,)))
    if written.watch:
        watched = tuple((alike(f"`{row.clock}`"), listed_codes(row.warn)) for row in written.watch)
        table = TableDoc(heads("clock", "warn"), watched)
        found.append(SectionDoc(spoken("column", "watch"), (), (table,)))
    return tuple(found)


_HOUR: Final = 3_600_000_000


def target_words(written: str, counted_in: str) -> Titles:
    """Return how long a clock of the bank's own runs, in its own unit."""
    target = Target.parse(written, Unit(counted_in))
    unit = said(counted_in)
    if target.unit.in_days:
        if target.months:
            return each(lambda locale: f"`{written}` {unit[locale]}")
        return both(f"{target.amount} {unit['en']}", f"{target.amount}个{unit['zh']}")
    hours, rest = divmod(target.amount, _HOUR)
    if rest:
        return both(f"`{written}` of {unit['en']}", f"`{written}`（{unit['zh']}）")
    return both(f"{hours} hours of {unit['en']}", f"{hours}小时（{unit['zh']}）")


def _level(row: LevelRow) -> tuple[Titles, ...]:
    when = condition_words(row.when) if row.when is not None else spoken("said", "always-applies")
    return (
        alike(f"`{row.name}`"),
        titles(row.title) if row.title is not None else NOTHING,
        when,
        target_words(row.target, row.unit),
        said(row.starts_on),
        listed_codes(row.stops_on.words),
        alike(", ".join(f"`{held}`" for held in row.warn)),
        spoken("said", "yes" if row.pausable else "no"),
    )
