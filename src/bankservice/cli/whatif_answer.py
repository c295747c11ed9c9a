"""What `bankservice whatif` answers on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bankservice.cli.tables import show_beside, show_table
from bankservice.core.wording import locale_of

if TYPE_CHECKING:
    from bankservice.report.voice import Voice
    from bankservice.run.whatif import Tried
    from bankservice.run.whatif_report import Names

__all__ = ["answer"]

_SHOWN = 3
"""Moves that are shown with why on either side; `--json` and the files have all that are kept."""


def answer(tried: Tried, locale: str) -> None:
    """Show what came out, in the language of *locale*."""
    from bankservice.report.voice import Voice
    from bankservice.run import whatif_report as says
    from bankservice.run.rejects import PACKAGE

    voice = Voice(locale_of(locale), PACKAGE)
    names = says.Names(tried.asked)
    counts = tried.tally.counts
    figures = [
        (voice.say(says.ASKED()), counts.asked),
        (voice.say(says.CHANGED()), counts.changed),
        (voice.say(says.MOVED()), counts.moved),
    ]
    click.echo("   ".join(f"{name}: {voice.show(count)}" for name, count in figures))
    for sentence in says.leads(tried):
        click.echo(voice.say(sentence))
    if counts.unasked:
        rows = [
            (voice.show(names.unasked(why)), voice.show(count))
            for why, count in sorted(counts.unasked.items())
        ]
        show_table(
            voice.say(says.UNASKED_WHY()), (voice.say(says.WHY()), voice.say(says.COUNT())), rows, 1
        )
    if counts.asked:
        _matrix(tried, voice, names)
    _dates_and_sums(tried, voice, names)
    heads = (voice.say(says.BEFORE()), voice.say(says.AFTER()))
    words = "zh_CN" if voice.locale.language == "zh" else "en"
    for move in tried.tally.shown[:_SHOWN]:
        before, after = move.why[words]
        show_beside(move.ref or move.subject, heads, (before, after))


def _matrix(tried: Tried, voice: Voice, names: Names) -> None:
    from bankservice.run import whatif_report as says

    matrix = says.matrix_of(tried.tally.counts, names)
    corner = f"{voice.say(matrix.down)} ↓ {voice.say(matrix.across)} →"
    columns = (corner, *(voice.show(label) for label in matrix.columns))
    rows = [
        (voice.show(label), *(voice.show(count) if count else "·" for count in counts))
        for label, counts in zip(matrix.rows, matrix.counts, strict=True)
    ]
    show_table(voice.say(matrix.title), columns, rows, 1)


def _dates_and_sums(tried: Tried, voice: Voice, names: Names) -> None:
    from bankservice.run import whatif_report as says

    for table in says.tables_of(tried.tally.counts, names):
        show_table(
            voice.say(table.caption),
            [voice.say(column) for column in table.columns],
            [[voice.show(cell) for cell in row] for row in table.rows],
            1,
        )
