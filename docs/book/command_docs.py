"""
The command line, read from the commands themselves: usage, arguments, options, exit codes.

Help is English in the package; its Chinese stands in `words.toml` under `command`, by the English
sentence, so that help that changes has none until somebody writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import attrs
import click
from book.bilingual import DOCS, NOTHING, Titles, alike, both, each, listed, spoken

from bankservice.cli.commands import cli

__all__ = ["NAME", "CommandDoc", "OptionDoc", "UseDoc", "command_docs", "told", "uses_of"]

NAME: Final = "bankservice"
_EXITS: Final = re.compile(r"Exit codes?: (.*)$")
_FENCE: Final = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


@attrs.frozen
class OptionDoc:
    """An argument or option: how it is written, of which type, what holds without it, its meaning."""

    name: str
    type: Titles
    default: str
    needed: bool
    meaning: Titles


@attrs.frozen
class UseDoc:
    """A line of a hand-written page that uses a command: the line, and the page with its title."""

    line: str
    page: str
    title: Titles


@attrs.frozen(kw_only=True)
class CommandDoc:
    """
    One command.

    Attributes:
        name: Its words after `bankservice`.
        usage: The line that shows how it is written.
        help: What it does, a paragraph each; the first is its summary.
        exits: What its exit codes say; empty where they are the usual ones.
        arguments: What stands without a name.
        options: What is named.
        below: The commands below it.
        uses: Lines of tutorials and how-tos that use it.
    """

    name: str
    usage: str
    help: tuple[Titles, ...]
    exits: Titles
    arguments: tuple[OptionDoc, ...]
    options: tuple[OptionDoc, ...]
    below: tuple[CommandDoc, ...]
    uses: tuple[UseDoc, ...]


@cache
def command_docs() -> tuple[CommandDoc, ...]:
    """Return the commands, in the order of their names, each with those below it."""
    assert isinstance(cli, click.Group), "the whole command line is a group"
    return tuple(_command(name, cli.commands[name]) for name in sorted(cli.commands))


def told(english: str) -> Titles:
    """Return a sentence of the help in both languages."""
    return spoken("command", english, english) if english else NOTHING


def _command(name: str, command: click.Command) -> CommandDoc:
    below = command.commands if isinstance(command, click.Group) else {}
    # Below the whole command line, as when it runs: a command keeps the names of its help.
    whole = click.Context(cli, **cli.context_settings)
    context = click.Context(command, parent=whole, info_name=f"{NAME} {name}")
    exits, paragraphs = "", []
    for paragraph in (command.help or "").split("\n\n"):
        text = " ".join(paragraph.split())
        found = _EXITS.search(text)
        exits = found[1] if found else exits
        paragraphs.append(_EXITS.sub("", text).strip())
    params = [param for param in command.params if not getattr(param, "hidden", False)]
    return CommandDoc(
        name=name,
        usage=" ".join((f"{NAME} {name}", *command.collect_usage_pieces(context))),
        help=tuple(told(text) for text in paragraphs if text),
        exits=told(exits),
        arguments=tuple(_option(p, name) for p in params if isinstance(p, click.Argument)),
        options=tuple(_option(p, name) for p in params if isinstance(p, click.Option)),
        below=tuple(_command(f"{name} {part}", below[part]) for part in sorted(below)),
        uses=uses_of(name) if not below else (),
    )


def _option(param: click.Parameter, command: str) -> OptionDoc:
    written = param.name or ""
    if isinstance(param, click.Option):
        written = ", ".join((*param.opts, *param.secondary_opts))
        meaning = told(" ".join((param.help or "").split()))
    else:
        written = param.make_metavar(click.Context(click.Command(command)))
        bare = written.strip("[].…")
        meaning = spoken("argument", f"{command} {bare}") or NOTHING
        if not any(meaning.values()):
            meaning = spoken("argument", bare)
    flag = isinstance(param, click.Option) and param.is_flag
    return OptionDoc(
        written,
        both("flag", "开关") if flag else _type(param),
        "" if flag else _default(param),
        param.required,
        meaning,
    )


def _default(param: click.Parameter) -> str:
    default = param.to_info_dict()["default"]
    if default in (None, (), "") or callable(default):
        return ""
    return str(default)


def _type(param: click.Parameter) -> Titles:
    kind = param.type
    several = param.nargs == -1 or bool(getattr(param, "multiple", False))
    words = _type_words(kind)
    return both(f"{words['en']}, one or more", f"{words['zh']}，可多个") if several else words


def _type_words(kind: Any) -> Titles:
    if isinstance(kind, click.Choice):
        choices = [f"`{choice}`" for choice in kind.choices]
        return each(
            lambda locale: ("其一：" if locale == "zh" else "one of ") + listed(choices, locale)
        )
    if isinstance(kind, (click.IntRange, click.FloatRange)):
        least = f"{kind.min}" if kind.min is not None else ""
        return both(f"whole number from {least}", f"不小于 {least} 的整数")
    for held, words in (
        (click.DateTime, both("date", "日期")),
        (click.File, both("file, `-` for standard input", "文件，`-` 为标准输入")),
        (click.types.IntParamType, both("whole number", "整数")),
    ):
        if isinstance(kind, held):
            return words
    if isinstance(kind, click.Path):
        folder = both("folder", "文件夹") if not kind.file_okay else None
        file = both("file", "文件") if not kind.dir_okay else None
        return folder or file or both("file or folder", "文件或文件夹")
    return both("text", "文本")


# --- where it is used ---------------------------------------------------------------------------


def uses_of(name: str, most: int = 4) -> tuple[UseDoc, ...]:
    """Return some lines of the hand-written pages that use a command, one from each page."""
    found = []
    seen = set()
    for page, line in _lines():
        words = f"{line} "
        if page not in seen and words.startswith(f"{NAME} {name} "):
            seen.add(page)
            found.append(UseDoc(line, page, _title(page)))
    return tuple(found[:most])


@cache
def _lines() -> tuple[tuple[str, str], ...]:
    """Return (page, line) of every line of a shell block in tutorials and how-tos."""
    return tuple(_walk(DOCS / "en"))


def _walk(root: Path) -> Iterator[tuple[str, str]]:
    for folder in ("tutorial", "how-to"):
        for path in sorted((root / folder).glob("*.md")):
            for block in _FENCE.findall(path.read_text("utf-8")):
                # A line that ends in a stroke goes on below.
                for line in block.replace("\\\n", " ").splitlines():
                    # Of a chain of commands, each that is ours.
                    for part in re.split(r" \| | && |; ", line):
                        if part.strip().startswith(f"{NAME} "):
                            yield path.relative_to(root).as_posix(), " ".join(part.split())


def _title(page: str) -> Titles:
    def first(locale: str) -> str:
        text = (DOCS / locale / page).read_text("utf-8")
        return next(line[2:].strip() for line in text.splitlines() if line.startswith("# "))

    return each(first) if (DOCS / "zh" / page).is_file() else alike(first("en"))
