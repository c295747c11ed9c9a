"""Tables on a terminal: drawn where somebody looks, plain columns where the answer is piped on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from unicodedata import east_asian_width

import click

__all__ = ["show_beside", "show_table"]


def show_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: int = 0
) -> None:
    """
    Show a table.

    Args:
        title: What it shows.
        columns: Headings.
        rows: The cells, as text.
        numbers: From which column on there are numbers, set to the right.
    """
    if _drawn():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(title=Text(title), title_justify="left", header_style="bold")
        for at, column in enumerate(columns):
            table.add_column(Text(column), justify="right" if at >= numbers else "left")
        for row in rows:
            # As they stand: a bracket in an id is no markup.
            table.add_row(*map(Text, row))
        Console(file=sys.stdout).print(table)
        return
    click.echo(f"\n{title}")
    lines = [columns, *rows]
    widths = [max(_width(line[at]) for line in lines) for at in range(len(columns))]
    for line in lines:
        cells = (
            _padded(cell, width, right=at >= numbers)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        click.echo(f"  {'  '.join(cells)}".rstrip())


def show_beside(title: str, heads: tuple[str, str], texts: tuple[str, str]) -> None:
    """Show two texts side by side; one below the other where the answer is piped on."""
    if _drawn():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(title=Text(title), title_justify="left", header_style="bold", expand=True)
        for head in heads:
            table.add_column(Text(head), ratio=1, overflow="fold")
        table.add_row(*map(Text, texts))
        Console(file=sys.stdout).print(table)
        return
    click.echo(f"\n{title}")
    for head, text in zip(heads, texts, strict=True):
        click.echo(f"  {head}:")
        for line in text.splitlines():
            click.echo(f"    {line}")


def _drawn() -> bool:
    """Tell whether somebody looks, and rich is there to draw: it comes with the `run` extra."""
    return sys.stdout.isatty() and find_spec("rich") is not None


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, width: int, *, right: bool) -> str:
    room = " " * (width - _width(text))
    return room + text if right else text + room
