"""What a trial tells in its report: who would stand elsewhere, which dates move, which sums change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from bankservice.core.decision import Reason, Says
from bankservice.core.money import CURRENCIES, Money, plain
from bankservice.core.policy import Policy, Title, Version
from bankservice.core.simulation import Shift, Simulation
from bankservice.core.wording import locale_of
from bankservice.report import Bars, Beside, Figure, Matrix, Report, Section, Share, Table
from bankservice.report.model import Cell
from bankservice.run.rejects import PACKAGE
from bankservice.run.whatif_words import DATES as DAY_NAMES
from bankservice.run.whatif_words import PLACES, SUMS_OF
from bankservice.run.whatif_words import UNASKED as UNASKED_WORDS

if TYPE_CHECKING:
    from bankservice.run.whatif import Asked, Tried

__all__ = ["Names", "binned", "leads", "matrix_of", "report", "tables_of"]

TITLE: Final = Title(en="What if", zh="政策试行")
SQUARE: Final = 12
"""Places up to which a matrix has the same rows and columns."""
CHARTS: Final = 6
"""Sums that are drawn; the table has all."""
BARS: Final = 10
"""Bars of a histogram at most, on either side of nothing moved."""
WIDTHS: Final = (1, 2, 5, 7, 10, 14, 30, 60, 90, 180, 365)
"""Days that a bar may stand for."""

SUBTITLE = Says("whatif-subtitle", ("before", "after"))
GLANCE = Says("whatif-glance")
LEAD = Says("whatif-lead", ("rule", "book"))
SAMPLE = Says("whatif-sample", ("share", "left"))
NOTHING = Says("whatif-nothing")
NOBODY = Says("whatif-nobody")
MUTE = Says("whatif-mute", ("count",))
ASKED = Says("whatif-asked")
CHANGED = Says("whatif-changed")
MOVED = Says("whatif-moved")
UNASKED = Says("whatif-unasked")
UNASKED_WHY = Says("whatif-unasked-why")
WHY = Says("whatif-why")
COUNT = Says("whatif-count")
MIGRATION = Says("whatif-migration")
MIGRATION_LEAD = Says("whatif-migration-lead", ("moved", "stayed"))
BEFORE = Says("whatif-before")
AFTER = Says("whatif-after")
DIFFERENCE = Says("whatif-difference")
DATES = Says("whatif-dates")
DATES_LEAD = Says("whatif-dates-lead")
DATE_MOVES = Says("whatif-date-moves", ("date",))
DATE = Says("whatif-date")
BY_DAYS = Says("whatif-by-days")
EARLIER = Says("whatif-earlier")
LATER = Says("whatif-later")
BEGUN = Says("whatif-begun")
GONE = Says("whatif-gone")
SAME = Says("whatif-same")
DAYS_EARLIER = Says("whatif-days-earlier", ("days",))
DAYS_LATER = Says("whatif-days-later", ("days",))
SUMS = Says("whatif-sums")
SUMS_LEAD = Says("whatif-sums-lead")
SUM_OF = Says("whatif-sum-of", ("sum",))
SUM = Says("whatif-sum")
SIDE = Says("whatif-side")
MOVES = Says("whatif-moves")
MOVES_LEAD = Says("whatif-moves-lead", ("shown", "changed"))
SUBJECT = Says("whatif-subject")
POLICIES = Says("whatif-policies")
POLICY = Says("whatif-policy")
SINCE = Says("since")
SOURCE = Says("clause-of")
CHECKED = Says("checked")
DIGEST = Says("digest")


class Names:
    """What people call places, dates and sums of a trial."""

    def __init__(self, asked: Asked) -> None:
        """Look names up in both policies, the first side first."""
        self._asked = asked
        sides = (asked.before, asked.after)
        self._versions: tuple[Version[Any], ...] = tuple(
            version for side in sides for version in reversed(_versions(side))
        )

    def place(self, code: str) -> Cell:
        """Return what people call a place; its code where nobody has a name for it."""
        for version in self._versions:
            found = self._asked.trial.title(version.parameters, code)
            if found is not None:
                return found
        return PLACES[code]() if code in PLACES else code

    @staticmethod
    def unasked(code: str) -> Cell:
        """Return why something could not be asked again."""
        return UNASKED_WORDS[code]() if code in UNASKED_WORDS else code

    def named(self, code: str) -> Cell:
        """Return what people call a date or a sum."""
        found = self._asked.trial.amounts.get(code)
        if found is not None:
            return found
        kind, colon, of = code.partition(":")
        if colon and kind in SUMS_OF:
            return SUMS_OF[kind](of=of)
        return DAY_NAMES[code]() if code in DAY_NAMES else code

    @staticmethod
    def amount(code: str, held: int) -> Cell:
        """Return a sum as people read it: money where its name ends in a currency."""
        currency = code.rpartition(":")[2]
        return Money(held, currency) if currency in CURRENCIES else held

    @staticmethod
    def scaled(code: str, held: int) -> int | Decimal:
        """Return a sum as it is drawn: money in major units."""
        currency = code.rpartition(":")[2]
        return Decimal(plain(held, CURRENCIES[currency])) if currency in CURRENCIES else held

    def order(self, places: Sequence[str]) -> list[str]:
        """Return places as the policies have them, then those no policy names."""
        known: dict[str, None] = {}
        for version in self._versions:
            known |= dict.fromkeys(self._asked.trial.order(version.parameters))
        ranks = {code: place for place, code in enumerate(known)}
        return sorted(places, key=lambda code: (ranks.get(code, len(ranks)), code))


def _versions(side: Any) -> tuple[Version[Any], ...]:
    return side.versions if isinstance(side, Policy) else (side,)


def report(tried: Tried, locale: str) -> Report:
    """
    Return the report of a trial.

    Args:
        tried: What came out.
        locale: Language of the moves' explanations, which are words already.
    """
    counts, names = tried.tally.counts, Names(tried.asked)
    before, after = (
        _versions(side)[0].ref.policy for side in (tried.asked.before, tried.asked.after)
    )
    sections = [_glance(tried, counts, names), _migration(counts, names)]
    tables = list(tables_of(counts, names))
    if counts.days:
        sections.append(_dates(counts, names, tables.pop(0)))
    if counts.amounts:
        sections.append(_sums(counts, names, tables.pop()))
    if tried.tally.moves:
        sections.append(_moves(tried, names, locale))
    sections.append(_policies(tried.asked))
    return Report(
        title=TITLE, subtitle=SUBTITLE(before=before, after=after), sections=tuple(sections)
    )


def leads(tried: Tried) -> tuple[Reason, ...]:
    """Return what the reader should know first."""
    counts, share = tried.tally.counts, tried.asked.share
    told = [LEAD(rule=counts.rule, book=tried.book.get("name", ""))]
    if counts.passed_over:
        part = Share(share.numerator, share.denominator)
        told.append(SAMPLE(share=part, left=counts.passed_over))
    if not counts.asked:
        told.append(NOBODY())
        return tuple(told)
    if counts.empty:
        told.append(NOTHING())
    if counts.mute:
        told.append(MUTE(count=counts.mute))
    return tuple(told)


def _glance(tried: Tried, counts: Simulation, names: Names) -> Section:
    left = sum(counts.unasked.values())
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (names.unasked(why), count) for why, count in sorted(counts.unasked.items())
    )
    table = Table(caption=UNASKED_WHY(), columns=(WHY(), COUNT()), rows=rows)
    return Section(
        anchor="glance",
        title=GLANCE(),
        package=PACKAGE,
        lead=leads(tried),
        figures=(
            Figure(ASKED(), counts.asked),
            Figure(CHANGED(), counts.changed),
            Figure(MOVED(), counts.moved),
            Figure(UNASKED(), left, tone="warning" if left else "plain"),
        ),
        tables=(table,) if rows else (),
    )


def matrix_of(counts: Simulation, names: Names) -> Matrix:
    """Return who stands where under both policies."""
    rows = names.order(tuple({before for before, _ in counts.matrix}))
    columns = names.order(tuple({after for _, after in counts.matrix}))
    both = names.order(counts.places())
    if len(both) <= SQUARE:
        # Whoever stays is on the diagonal.
        rows = columns = both
    return Matrix(
        title=MIGRATION(),
        down=BEFORE(),
        across=AFTER(),
        rows=tuple(names.place(code) for code in rows),
        columns=tuple(names.place(code) for code in columns),
        counts=tuple(tuple(counts.matrix.get((was, now), 0) for now in columns) for was in rows),
    )


def _migration(counts: Simulation, names: Names) -> Section:
    return Section(
        anchor="migration",
        title=MIGRATION(),
        package=PACKAGE,
        lead=(MIGRATION_LEAD(moved=counts.moved, stayed=counts.asked - counts.moved),),
        charts=(matrix_of(counts, names),),
    )


def tables_of(counts: Simulation, names: Names) -> tuple[Table, ...]:
    """Return the dates that move and the sums that change, as far as there are any."""
    dates: tuple[tuple[Cell, ...], ...] = tuple(
        (names.named(name), shift.earlier, shift.later, shift.begun, shift.gone, shift.same)
        for name, shift in sorted(counts.days.items())
    )
    sums: tuple[tuple[Cell, ...], ...] = tuple(
        (names.named(name), *(names.amount(name, held) for held in (was, now, now - was)))
        for name, (was, now) in sorted(counts.amounts.items())
    )
    found = []
    if dates:
        columns: tuple[Reason, ...] = (DATE(), EARLIER(), LATER(), BEGUN(), GONE(), SAME())
        found.append(Table(caption=DATES(), columns=columns, rows=dates))
    if sums:
        columns = (SUM(), BEFORE(), AFTER(), DIFFERENCE())
        found.append(Table(caption=SUMS(), columns=columns, rows=sums))
    return tuple(found)


def _dates(counts: Simulation, names: Names, table: Table) -> Section:
    charts = tuple(
        Bars(
            title=DATE_MOVES(date=names.named(name)),
            label=BY_DAYS(),
            measure=COUNT(),
            bars=tuple(binned(shift)),
        )
        for name, shift in sorted(counts.days.items())
        if shift.by
    )
    return Section(
        anchor="dates",
        title=DATES(),
        package=PACKAGE,
        lead=(DATES_LEAD(),),
        charts=charts,
        tables=(table,),
    )


def binned(shift: Shift) -> Iterator[tuple[Cell, int]]:
    """
    Yield how many moved by how many days, from the most earlier to the most later.

    Where there are many, days stand together in stretches of equal length.
    """
    most = max(map(abs, shift.by))
    width = 1
    if len(shift.by) > 2 * BARS:
        width = next((days for days in WIDTHS if days * BARS >= most), -(-most // BARS))
    held: dict[int, int] = {}
    for by, count in shift.by.items():
        place = (abs(by) + width - 1) // width * (1 if by > 0 else -1)
        held[place] = held.get(place, 0) + count
    for place, count in sorted(held.items()):
        last = abs(place) * width
        days = str(last) if width == 1 else f"{last - width + 1}–{last}"
        yield (DAYS_LATER if place > 0 else DAYS_EARLIER)(days=days), count


def _sums(counts: Simulation, names: Names, table: Table) -> Section:
    charts = tuple(
        Bars(
            title=SUM_OF(sum=names.named(name)),
            label=SIDE(),
            measure=SUM(),
            bars=tuple(
                (side(), names.scaled(name, held))
                for side, held in ((BEFORE, was), (AFTER, now), (DIFFERENCE, now - was))
            ),
        )
        for name, (was, now) in sorted(counts.amounts.items())
        if was != now
    )
    return Section(
        anchor="sums",
        title=SUMS(),
        package=PACKAGE,
        lead=(SUMS_LEAD(),),
        charts=charts[:CHARTS],
        tables=(table,),
    )


def _moves(tried: Tried, names: Names, locale: str) -> Section:
    kept = tried.tally.shown
    words = "zh_CN" if locale_of(locale).language == "zh" else "en"
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (move.subject, names.place(move.before.place), names.place(move.after.place))
        for move in kept
    )
    table = Table(
        caption=MOVES(),
        columns=(SUBJECT(), BEFORE(), AFTER()),
        rows=rows,
        left_out=tried.tally.counts.changed - len(kept),
        whole="moves.jsonl",
    )
    sides = tuple(
        Beside(
            title=move.ref or move.subject,
            heads=(BEFORE(), AFTER()),
            texts=(move.why[words][0], move.why[words][1]),
        )
        for move in kept
    )
    return Section(
        anchor="moves",
        title=MOVES(),
        package=PACKAGE,
        lead=(MOVES_LEAD(shown=len(kept), changed=tried.tally.counts.changed),),
        tables=(table,),
        sides=sides,
    )


def _policies(asked: Asked) -> Section:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            head,
            version.ref.policy,
            version.ref.since,
            version.source.label(),
            Reason(f"checked-{version.source.checked}"),
            version.ref.digest[:12],
        )
        for head, side in ((BEFORE(), asked.before), (AFTER(), asked.after))
        for version in _versions(side)
    )
    columns = (SIDE(), POLICY(), SINCE(), SOURCE(), CHECKED(), DIGEST())
    table = Table(caption=POLICIES(), columns=columns, rows=rows)
    return Section(anchor="policies", title=POLICIES(), package=PACKAGE, tables=(table,))
