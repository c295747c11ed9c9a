"""The command line: `bankservice …`."""

from __future__ import annotations

import sys
from io import TextIOWrapper

__all__ = ["main"]


def main() -> None:
    """Run the command line, or say how to install what it needs."""
    try:
        from bankservice.cli.commands import cli
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("click"):
            raise
        sys.stderr.write(
            "The command line needs the `cli` extra: pip install 'bankservice[cli]'.\n"
        )
        raise SystemExit(2) from None
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that cannot show a sign shows its number, rather than an error.
            stream.reconfigure(errors="backslashreplace")
    cli()
