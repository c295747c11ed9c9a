"""How commands answer: JSON where asked, a caller's mistake as one message."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click

from bankservice.core.errors import BankServiceError

__all__ = ["JSON", "say_json", "short", "told"]

P = ParamSpec("P")
R = TypeVar("R")

JSON = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Tell a caller's mistake as one message and exit code 2, without a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except BrokenPipeError:
            raise
        except (
            BankServiceError,
            ArithmeticError,
            ImportError,
            OSError,
            RecursionError,
            TypeError,
            ValueError,
        ) as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(2)

    return run


def say_json(value: Any) -> None:
    """Print JSON that stays JSON in a terminal that cannot show Chinese."""
    shows_all = "utf" in (getattr(sys.stdout, "encoding", None) or "").lower()
    click.echo(json.dumps(value, ensure_ascii=not shows_all, indent=2))


def short(value: object) -> str:
    """Return a plain value as a difference shows it."""
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
