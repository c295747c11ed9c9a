"""
Policies over time on pages: a line of time, a table of versions, parameters by date, changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

from book.history_docs import ChangeDoc, HistoryDoc, ParameterDoc, SpanDoc
from book.labels import aside, bracketed, cited, clause, label, policy_link, word
from book.pieces import folded, table

__all__ = ["change_lines", "parameter_tables", "span_table", "timeline", "timeline_drawing"]

_WIDTH, _NAME, _ROW = 720, 190, 22
"""Of a drawing, in its own units: whole, for the names, and the height of a row."""


def timeline(histories: Sequence[HistoryDoc], locale: str) -> list[str]:
    """Return the versions of policies: drawn on a line of time, and as a table."""
    days = {span.since for history in histories for span in history.spans}
    # Bars that all begin on one day tell nothing.
    drawn = [timeline_drawing(histories, locale)] if len(days) > 1 else []
    return [*drawn, span_table(histories, locale)]


def span_table(histories: Sequence[HistoryDoc], locale: str) -> str:
    """
    Return each version with its days, what it is, and where it comes from.

    Of one policy its name is left out: it stands above.
    """
    head = ("policy", "since", "until", "known", "what", "source")
    first = 0 if len(histories) > 1 else 1
    rows = [
        (
            policy_link(history.policy) or f"`{history.policy}`",
            span.since,
            span.until or word("in_force", locale),
            span.known_on,
            _what(history.spans, span, locale),
            cited(span.source, locale),
        )
        for history in histories
        for span in history.spans
    ]
    return table(head[first:], (row[first:] for row in rows), locale)


def _what(spans: Sequence[SpanDoc], span: SpanDoc, locale: str) -> str:
    if span.corrects:
        told = word("correction", locale)
    else:
        told = word("first_version" if span == spans[0] else "new_version", locale)
    cohort = f"{label('applies', locale)}`{span.cohort}`" if span.cohort else ""
    return aside(told, bracketed(cohort, locale), locale) if cohort else told


def timeline_drawing(histories: Sequence[HistoryDoc], locale: str) -> str:
    """
    Return versions on a line of time, as one drawing: a row for each policy, a bar for each version.

    A bar begins on the first day; a version that is in force still reaches the right edge. A
    correction is a mark on the day it became known. The years under it are those there are; no
    clock is asked.
    """
    days = [
        date.fromisoformat(day)
        for history in histories
        for span in history.spans
        for day in (span.since, span.until, span.known_on)
        if day
    ]
    first, last = min(days).year, max(days).year + 2
    whole = (date(last, 1, 1) - date(first, 1, 1)).days
    room = _WIDTH - _NAME

    def at(day: str) -> float:
        return _NAME + room * (date.fromisoformat(day) - date(first, 1, 1)).days / whole

    drawn: list[str] = []
    for place, history in enumerate(histories):
        top = place * _ROW
        drawn.append(
            f'<text x="{_NAME - 8}" y="{top + 15}" text-anchor="end">'
            f"{escape(history.policy.partition('/')[2])}</text>"
        )
        for turn, span in enumerate(history.spans):
            told = escape(_told(span, locale))
            if span.corrects:
                x = at(span.known_on)
                drawn.append(
                    f'<circle cx="{x:.1f}" cy="{top + 11}" r="4"><title>{told}</title></circle>'
                )
                continue
            left, right = at(span.since), at(span.until) if span.until else _WIDTH
            shade = ".35" if turn % 2 else ".6"
            drawn.append(
                f'<rect x="{left:.1f}" y="{top + 4}" width="{max(right - left - 1, 1):.1f}" '
                f'height="{_ROW - 8}" rx="2" fill-opacity="{shade}"><title>{told}</title></rect>'
            )
    height = len(histories) * _ROW
    step = max(1, -(-(last - first) // 10))
    for year in range(first, last, step):
        x = at(f"{year}-01-01")
        drawn.append(
            f'<path d="M{x:.1f} 0V{height}" stroke="currentColor" stroke-opacity=".2"/>'
            f'<text x="{x + 3:.1f}" y="{height + 14}">{year}</text>'
        )
    name = escape(word("timeline", locale), quote=True)
    return (
        f'<div class="timeline" tabindex="0"><svg viewBox="0 0 {_WIDTH} {height + 20}" width="100%" role="img" '
        f'aria-label="{name}" font-size="12" fill="currentColor">{"".join(drawn)}</svg></div>'
    )


def _told(span: SpanDoc, locale: str) -> str:
    known = f"{label('known', locale)}{span.known_on}"
    if span.corrects:
        return aside(word("correction", locale), bracketed(known, locale), locale)
    return f"{span.since} – {span.until or word('in_force', locale)}"


def parameter_tables(histories: Sequence[HistoryDoc], locale: str) -> list[str]:
    """Return, for each policy, its parameters by date with their sources, folded."""
    return [
        folded(
            aside(
                f"{history.title[locale]} · {history.policy}",
                bracketed(f"{len(history.parameters)}", locale),
                locale,
            ),
            _parameter_table(history, locale),
        )
        for history in histories
        if history.parameters
    ]


def _parameter_table(history: HistoryDoc, locale: str) -> str:
    newest = history.spans[-1].source
    rows = [
        _parameter_row(held, clause(held.source, newest, locale), locale)
        for held in history.parameters
    ]
    head = (policy_link(history.policy), word("clauses_of", locale), cited(newest, locale))
    return "\n\n".join(
        (
            f"{head[0]}. {head[1]}{head[2]}"
            if locale == "en"
            else f"{head[0]}。{head[1]}{head[2]}",
            table(("parameter", "value", "since", "known", "meaning", "source"), rows, locale),
        )
    )


def _parameter_row(held: ParameterDoc, source: str, locale: str) -> tuple[str, ...]:
    known = held.known_on
    if held.corrects:
        known = aside(known, bracketed(word("correction", locale), locale), locale)
    value = held.value[locale] or word("taken_out", locale)
    if held.cohort:
        value = aside(value, bracketed(f"`{held.cohort}`", locale), locale)
    return (f"`{held.path}`", value, held.since, known, held.meaning[locale], source)


def change_lines(history: HistoryDoc, key: tuple[str, str, str], locale: str) -> list[str]:
    """Return what a version says otherwise than the one before it; nothing for the first."""
    if key not in history.changed:
        return []
    place = next(
        place
        for place, span in enumerate(history.spans)
        if (span.since, span.known_on, span.cohort) == key
    )
    span = history.spans[place]
    before = next(held for held in reversed(history.spans[:place]) if held.cohort == span.cohort)
    lead = "corrected_from" if span.corrects else "changed_from"
    day = before.known_on if span.corrects else before.since
    parts = [f"### {word('changed', locale)}", f"{label(lead, locale)}{day}"]
    changed = history.changed[key]
    if not changed:
        return [*parts, word("nothing_changed", locale)]
    rows = [_change_row(held, locale) for held in changed]
    return [*parts, table(("parameter", "before", "after", "meaning"), rows, locale)]


def _change_row(held: ChangeDoc, locale: str) -> tuple[str, ...]:
    nothing = word("not_there", locale)
    return (
        f"`{held.path}`",
        held.before[locale] or nothing,
        held.after[locale] or nothing,
        held.meaning[locale],
    )
