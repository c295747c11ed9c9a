"""The pages of the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from book.command_docs import NAME, CommandDoc, OptionDoc
from book.labels import label, word
from book.pieces import joined, page, table

__all__ = ["command_page", "commands_page"]


def commands_page(commands: Iterable[CommandDoc], locale: str) -> str:
    """Return the list of all commands, with what holds for each of them."""
    rows = [
        (f"[`{NAME} {held.name}`]({_address(held)})", held.help[0][locale].replace("*", "\\*"))
        for command in commands
        for held in _each(command)
        if not held.below
    ]
    return page(
        word("commands_of_line", locale),
        word("commands_lead", locale),
        table(("cli_command", "meaning"), rows, locale),
        word("commands_exits", locale),
    )


def command_page(command: CommandDoc, locale: str) -> str:
    """Return the page of a command, with those below it."""
    parts = [f"# `{NAME} {command.name}`", *_body(command, locale)]
    for below in command.below:
        parts += [f"## `{NAME} {below.name}`", *_body(below, locale)]
    return joined(*parts)


def _each(command: CommandDoc) -> Iterator[CommandDoc]:
    yield command
    yield from command.below


def _address(command: CommandDoc) -> str:
    """Return where a command is told: its page, or the section of the page it stands on."""
    first, _, rest = command.name.partition(" ")
    anchor = f"#{NAME}-{command.name.replace(' ', '-')}" if rest else ""
    return f"commands/{first}.md{anchor}"


def _body(command: CommandDoc, locale: str) -> list[str]:
    # A star in a sentence is one, not the beginning of emphasis.
    parts = [text[locale].replace("*", "\\*") for text in command.help]
    if command.below:
        return parts
    parts.append(f"```text\n{command.usage}\n```")
    for head, held in (("arguments", command.arguments), ("options", command.options)):
        if held:
            parts += [f"**{word(head, locale)}**", _options(held, locale)]
    if any(command.exits.values()):
        parts.append(f"{label('exit_codes', locale)}{command.exits[locale]}")
    if command.uses:
        uses = [
            f"- `{use.line}`: [{use.title[locale]}](../../../{use.page})" for use in command.uses
        ]
        if locale == "zh":
            uses = [use.replace("`: [", "`：[") for use in uses]
        parts += [f"**{word('used_in', locale)}**", "\n".join(uses)]
    return parts


def _options(held: Iterable[OptionDoc], locale: str) -> str:
    rows = []
    for option in held:
        left_out = "needed" if option.needed else "may"
        shown = f"`{option.default}`" if option.default else word(left_out, locale)
        rows.append((f"`{option.name}`", option.type[locale], shown, option.meaning[locale]))
    return table(("field", "type", "default", "meaning"), rows, locale)
