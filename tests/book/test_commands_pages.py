"""The pages of the command line say what the commands themselves say, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from book import command_docs, command_pages
from book.bilingual import DOCS, LOCALES, Titles, written_words
from click.testing import CliRunner

from bankservice.cli.commands import cli

COMMANDS = command_docs.command_docs()


def all_commands() -> Iterator[command_docs.CommandDoc]:
    """Yield every command, those below others after them."""
    for command in COMMANDS:
        yield command
        yield from command.below


def texts(command: command_docs.CommandDoc) -> Iterator[Titles]:
    """Yield all that a command says of itself."""
    yield from command.help
    yield command.exits
    yield from (option.meaning for option in (*command.arguments, *command.options))


def test_every_command_has_a_page() -> None:
    """Every command of the command line is told, with those below it."""
    assert isinstance(cli, click.Group)
    below = {
        f"{name} {part}"
        for name, group in cli.commands.items()
        if isinstance(group, click.Group)
        for part in group.commands
    }

    assert set(cli.commands) | below == {command.name for command in all_commands()}


@pytest.mark.parametrize("command", list(all_commands()), ids=lambda command: command.name)
def test_as_the_help_says(command: command_docs.CommandDoc) -> None:
    """Usage, options and the first sentence are those that `--help` shows."""
    shown = CliRunner().invoke(cli, [*command.name.split(), "--help"]).output
    plain = " ".join(shown.split())

    assert " ".join(command.usage.split()) in plain.replace("cli ", "bankservice ", 1)
    assert command.help[0]["en"] in plain
    for option in command.options:
        assert option.name.split(", ")[-1] in shown


def test_nothing_is_without_chinese() -> None:
    """Help, options, arguments and exit codes have Chinese; name what `words.toml` lacks."""
    missing = {
        text["en"]
        for command in all_commands()
        for text in texts(command)
        if text["en"] == text["zh"] and text["en"]
    }

    assert set() == missing, f"[command] of docs/book/words.toml lacks {missing}"


def test_nothing_is_without_meaning() -> None:
    """Every argument and option says what it is."""
    assert [] == [
        (command.name, option.name)
        for command in all_commands()
        for option in (*command.arguments, *command.options)
        if not option.meaning["en"]
    ]


def test_no_chinese_is_left_over() -> None:
    """`words.toml` has no help that no command says any more."""
    said = {text["en"] for command in all_commands() for text in texts(command)}

    assert set() == set(written_words()["command"]) - said


@pytest.mark.parametrize("locale", LOCALES)
def test_pages(locale: str) -> None:
    """The list links every command to its page, and a page has a section for each below it."""
    index = command_pages.commands_page(COMMANDS, locale)
    for command in COMMANDS:
        page = command_pages.command_page(command, locale)
        assert f"(commands/{command.name}.md" in index
        for below in command.below:
            assert f"#bankservice-{below.name.replace(' ', '-')})" in index
            assert f"## `bankservice {below.name}`" in page
        if not command.below:
            assert command.usage in page


def test_uses_stand_where_they_say() -> None:
    """What is said to be used on a page is there, in both languages."""
    for command in all_commands():
        for use in command.uses:
            for locale in LOCALES:
                text = (DOCS / locale / use.page).read_text("utf-8").replace("\\\n", " ")
                assert use.line in " ".join(text.split())
