"""Tells another system what was recorded since it last asked."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.services import BANK


class Command(BaseCommand):
    """Prints the entries past a position, one a line. Ask again with the last position printed."""

    help = "Print the entries past a position, one a line."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the position."""
        parser.add_argument("after", type=int, nargs="?", default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        """
        Print them.

        Not inside atomic(): there is nothing to write, and on PostgreSQL a transaction that is not
        READ COMMITTED is refused.
        """
        for fed in BANK.journal.feed(options["after"], limit=1_000):
            entry = fed.entry
            self.stdout.write(f"{fed.position} {entry.stream.key} {entry.version} {entry.kind}")
