"""
The documentation tells the truth: its code runs, and both languages say the same.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
import shlex
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
GENERATED = ("changelog.md", "reference/generated/")
FENCE = re.compile(r"^```(?P<language>\w*)(?P<rest>.*)$")
TITLE = re.compile(r'title="([^"]+)"')
COMMAND_LINE = "import sys; from bankservice.cli import main; sys.exit(main())"


@attrs.frozen
class Block:
    """
    A fenced block: its language, title, text, the line it starts on, and the output shown for it.
    """

    language: str
    title: str
    text: str
    line: int
    output: str | None


def pages(locale: str) -> tuple[str, ...]:
    """
    Return the paths of the written pages of one language, below its folder.
    """
    folder = DOCS / locale
    paths = (path.relative_to(folder).as_posix() for path in folder.rglob("*.md"))
    return tuple(sorted(path for path in paths if not path.startswith(GENERATED)))


def blocks(page: Path) -> tuple[Block, ...]:
    """
    Return the fenced blocks of *page*.

    A `text` block with nothing but blank lines between it and the block before
    is the output of that block.
    """
    found: list[Block] = []
    lines = iter(enumerate(page.read_text("utf-8").splitlines(), start=1))
    adjacent = False
    for number, line in lines:
        match = FENCE.match(line)
        if match is None:
            adjacent = adjacent and not line.strip()
            continue
        text = "\n".join(body(lines))
        if match["language"] == "text" and adjacent:
            found[-1] = attrs.evolve(found[-1], output=text)
            adjacent = False
            continue
        title = TITLE.search(match["rest"])
        found.append(Block(match["language"], title[1] if title else "", text, number + 1, None))
        adjacent = True
    return tuple(found)


def body(lines: Iterator[tuple[int, str]]) -> Iterator[str]:
    """
    Take lines up to the end of a fence.
    """
    for _, line in lines:
        if line.rstrip() == "```":
            return
        yield line


def expectations(source: str) -> dict[int, object]:
    """
    Return, by line, the values that trailing comments of *source* promise.

    Only a comment that is a Python literal is a promise: `tier  # 'GOLD'`.
    """
    found: dict[int, object] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            with contextlib.suppress(ValueError, SyntaxError):
                found[token.start[0]] = ast.literal_eval(token.string.lstrip("# "))
    return found


def run_python(block: Block, page: Path, namespace: dict[str, object]) -> str:
    """
    Run *block* in *namespace*, compare the values its comments promise, return what it prints.
    """
    source = "\n" * (block.line - 1) + block.text
    wanted = expectations(source)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for statement in ast.parse(source).body:
            if isinstance(statement, ast.Expr) and statement.end_lineno in wanted:
                expression = ast.Expression(statement.value)
                value = eval(compile(expression, str(page), "eval"), namespace)
                assert wanted[statement.end_lineno] == value, f"{page}:{statement.lineno}"
            else:
                module = ast.Module([statement], type_ignores=[])
                exec(compile(module, str(page), "exec"), namespace)
    return printed.getvalue()


def run_commands(block: Block) -> str:
    """
    Run the lines of *block* that call `bankservice`, and return what they print.
    """
    printed = ""
    for line in block.text.splitlines():
        if line.startswith("bankservice "):
            arguments = shlex.split(line, comments=True)[1:]
            command = [sys.executable, "-c", COMMAND_LINE, *arguments]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            assert 0 == done.returncode, f"{line}\n{done.stdout}{done.stderr}"
            printed += done.stdout
    return printed


RUN = (ROOT / "README.md", *(DOCS / "en" / path for path in pages("en")))


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The blocks of a page run in order, in one namespace, and print what the page shows.

    A block with a title is written to the file of that name first. Of the shell
    lines, those that call `bankservice` run; the README's are run by CI as
    written.
    """
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "page"}
    for block in blocks(page):
        if block.title:
            Path(block.title).write_text(block.text + "\n", "utf-8")
        if block.language == "python":
            printed = run_python(block, page, namespace)
        elif block.language == "sh" and page.name != "README.md":
            printed = run_commands(block)
        else:
            continue

        if block.output is not None:
            assert block.output.strip() == printed.strip(), f"{page}:{block.line}"


def test_every_page_has_its_twin() -> None:
    """
    Each English page has a Chinese one at the same path, and the other way round.
    """
    assert pages("en") == pages("zh")


@pytest.mark.parametrize("path", pages("en"))
def test_twins_carry_the_same_code(path: str) -> None:
    """
    A Chinese page carries the code of its English twin, word for word.

    Output and diagrams are `text`, and may be in the page's own language.
    """
    english, chinese = (
        [
            (block.language, block.title, block.text)
            for block in blocks(DOCS / locale / path)
            if block.language != "text"
        ]
        for locale in ("en", "zh")
    )

    assert english == chinese
