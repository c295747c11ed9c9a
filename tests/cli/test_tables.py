"""Tables on a terminal and in a pipe."""

from __future__ import annotations

import io
import sys

import pytest

from bankservice.cli.tables import show_beside, show_table


class Terminal(io.StringIO):
    """Text somebody looks at."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal a table is drawn, and texts stand side by side; nothing is taken for markup."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", "80")
    show_table("Moves [all]", ("Tier", "Count"), [("[red]", "1")], 1)
    show_beside("C-1", ("Before", "After"), ("[bold] one\ntwo", "three"))
    shown = terminal.getvalue()

    assert "[red]" in shown
    assert any("[bold] one" in line and "three" in line for line in shown.splitlines())


def test_piped(capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe columns are aligned, Chinese letters counted as two."""
    show_table("表", ("等级", "n"), [("黄金客户", "1"), ("x", "12")], 1)
    show_beside("C-1", ("a", "b"), ("one\ntwo", "three"))

    assert [
        "表",
        "  等级       n",
        "  黄金客户   1",
        "  x         12",
        "",
        "C-1",
        "  a:",
        "    one",
        "    two",
        "  b:",
        "    three",
    ] == capsys.readouterr().out.splitlines()[1:]
