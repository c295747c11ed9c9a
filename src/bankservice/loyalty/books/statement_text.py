"""A statement in words: plural forms, dates and numbers as people of the locale write them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from babel import Locale, dates, numbers

from bankservice.core.decision import Reason, Says
from bankservice.core.money import plain
from bankservice.core.wording import locale_of, sentence
from bankservice.loyalty.books.chart import Figures
from bankservice.loyalty.books.lines import Flow, Line

if TYPE_CHECKING:
    from bankservice.loyalty.books.statement import Statement

__all__ = ["text"]

PACKAGE: Final = "bankservice.loyalty"

POINTS: Final = {form: Says(f"points-{form}", ("number",)) for form in ("one", "other")}
"""CLDR plural form → how many points there are."""

FLOWS: Final = {flow: Says(f"statement-{flow.value}", ("points",)) for flow in Flow}
"""What a line counts as → the line of the summary."""

TITLE: Final = Says("statement-title", ("points", "customer"))
PLAIN: Final = Says("statement-title-plain", ("points",))
PERIOD: Final = Says("statement-period", ("period", "zone", "known_at"))
RUNNING: Final = Says("statement-running", ("period", "zone", "known_at"))
OPENING: Final = Says("statement-opening", ("points",))
CLOSING: Final = Says("statement-closing", ("points",))
OF_WHICH: Final = Says("statement-of-which", ("available", "pending", "held"))
OWED: Final = Says("statement-owed", ("points",))
LINE: Final = Says("statement-line", ("day", "why", "change", "balance"))
PRIOR: Final = Says("statement-line-prior", ("day", "why", "change", "balance", "recorded"))
SILENT: Final = Says("statement-line-silent", ("day", "why"))
PART: Final = Says("statement-part", ("row", "points"))
PART_THROUGH: Final = Says("statement-part-through", ("row", "points", "through"))
LADDER: Final = Says("statement-ladder")
RUNG: Final = Says("statement-rung", ("month", "points", "first"))
NEVER: Final = Says("statement-rung-never", ("points",))
COMING: Final = Says("statement-coming")
COMING_ON: Final = Says("statement-coming-on", ("day", "points"))
COMING_AFTER: Final = Says("statement-coming-after", ("action", "points"))
QUALIFYING: Final = Says("statement-qualifying", ("points", "total"))
LOST: Final = Says("statement-lost", ("points",))


COUNTS: Final = frozenset({"lost", "points", "waived"})
"""Facts of lines that are numbers of points."""


class _Words:
    """Words of one statement in one locale."""

    def __init__(self, statement: Statement, locale: Locale) -> None:
        self._scale = statement.scale
        self._locale = locale

    def say(self, reason: Reason) -> str:
        return sentence(reason, self._locale, PACKAGE)

    def number(self, points: int) -> Decimal:
        return Decimal(plain(points, self._scale))

    def points(self, points: int) -> str:
        """Return so many points with their unit, in the plural form of the language."""
        number = self.number(points)
        form = self._locale.plural_form(abs(number))
        return self.say(POINTS.get(form, POINTS["other"])(number=number))

    def change(self, points: int) -> str:
        """Return points with their sign."""
        held = self.number(points)
        pattern = "+#,##0.###;-#,##0.###" if points else "0"
        return str(
            numbers.format_decimal(held, pattern, locale=self._locale, decimal_quantization=False)
        )

    def period(self, from_on: date, to_on: date) -> str:
        last = to_on - timedelta(days=1)
        return str(dates.format_interval(from_on, last, "yMMMd", locale=self._locale))

    def month(self, month: date) -> str:
        return str(dates.format_skeleton("yMMMM", month, locale=self._locale))


def text(statement: Statement, locale: str) -> str:
    """Return a statement in the language of *locale*."""
    words = _Words(statement, locale_of(locale))
    return "\n".join(
        (
            *_head(statement, words),
            "",
            *_figures(statement, words),
            "",
            *(part for line in statement.lines for part in _line(line, words)),
            *([""] if statement.lines else []),
            *_ahead(statement, words),
        )
    ).rstrip()


def _head(statement: Statement, words: _Words) -> Iterator[str]:
    named = TITLE(points=statement.points, customer=statement.customer)
    yield words.say(named if statement.customer else PLAIN(points=statement.points))
    period = PERIOD if statement.final else RUNNING
    yield words.say(
        period(
            period=words.period(statement.from_on, statement.to_on),
            zone=statement.zone,
            known_at=statement.known_at,
        )
    )


def _of_which(figures: Figures, words: _Words) -> Iterator[str]:
    if figures.pending or figures.held or figures.arrears:
        parts = {
            name: words.number(getattr(figures, name)) for name in ("available", "pending", "held")
        }
        yield "  " + words.say(OF_WHICH(**parts))
    if figures.arrears:
        yield "  " + words.say(OWED(points=words.points(figures.arrears)))


def _figures(statement: Statement, words: _Words) -> Iterator[str]:
    yield words.say(OPENING(points=words.points(statement.opening.balance)))
    yield from _of_which(statement.opening, words)
    for flow, says in FLOWS.items():
        points = getattr(statement.summary, flow.name.lower())
        if points:
            yield "  " + words.say(says(points=words.points(points)))
    yield words.say(CLOSING(points=words.points(statement.closing.balance)))
    yield from _of_which(statement.closing, words)


def _counted(why: Reason, words: _Words) -> Reason:
    """Return a reason with its numbers of points in words."""
    facts = tuple(
        (name, words.points(held) if name in COUNTS else held) for name, held in why.facts
    )
    return Reason(why.code, facts)


def _line(line: Line, words: _Words) -> Iterator[str]:
    why = words.say(_counted(line.why, words))
    if line.flow is None:
        yield words.say(SILENT(day=line.on, why=why))
        return
    facts = {
        "day": line.on,
        "why": why,
        "change": words.change(line.points),
        "balance": words.number(line.balance),
    }
    if line.prior:
        yield words.say(PRIOR(**facts, recorded=line.recorded_on))
    else:
        yield words.say(LINE(**facts))
    for part in line.parts:
        if not part.lot or line.points <= 0:
            continue
        row, points = part.title or part.row or part.component, words.points(part.points)
        yield "    " + words.say(
            PART(row=row, points=points)
            if part.through_on is None
            else PART_THROUGH(row=row, points=points, through=part.through_on)
        )


def _ahead(statement: Statement, words: _Words) -> Iterator[str]:
    if statement.coming:
        yield words.say(COMING())
    for coming in statement.coming:
        points = words.points(coming.points)
        yield "  " + words.say(
            COMING_AFTER(action=coming.action, points=points)
            if coming.on is None
            else COMING_ON(day=coming.on, points=points)
        )
    if statement.ladder:
        yield words.say(LADDER())
    for rung in statement.ladder:
        points = words.points(rung.points)
        yield "  " + words.say(
            NEVER(points=points)
            if rung.month is None
            else RUNG(month=words.month(rung.month), points=points, first=rung.first_on)
        )
    if statement.qualifying or statement.qualifying_total:
        total = words.points(statement.qualifying_total)
        yield words.say(QUALIFYING(points=words.points(statement.qualifying), total=total))
    if statement.lost_to_caps:
        yield words.say(LOST(points=words.points(statement.lost_to_caps)))
