"""
The documentation tells the truth: its code runs, and both languages say the same.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import io
import pkgutil
import re
import shlex
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from bankservice import policies, run
from bankservice.core import policy_file
from bankservice.core.decision import Rule, Says
from bankservice.core.policy import Kind
from bankservice.core.record import Record
from bankservice.run import PARTS, tables
from bankservice.run.as_of import _Range
from bankservice.run.plan import Extract, _Top, _Written
from bankservice.testing import cases

# The generator of the reference stands beside the pages, not in the package.
sys.path.insert(0, str(Path(__file__).parent.parent / "docs"))

import generate
import reference

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


def test_tutorial_writes_the_example() -> None:
    """
    The policy of the tutorial is the one in `examples`, letter for letter.
    """
    written = {block.title: block.text for block in blocks(DOCS / "en/tutorial/tiers.md")}
    name = "acme-tiers.policy.toml"

    assert (ROOT / "examples/acme" / name).read_text("utf-8").strip() == written[name]


def test_extract_examples_are_read(tmp_path: Path) -> None:
    """
    Every `[[extract]]` that the how-to page shows is one that a plan may hold.
    """
    shown = [b for b in blocks(DOCS / "en/how-to/map-your-extracts.md") if b.language == "toml"]
    for block in shown:
        if block.title:
            (tmp_path / block.title).write_text(block.text, "utf-8")
    plan = tmp_path / "bank.toml"
    head = plan.read_text("utf-8").partition("[[extract]]")[0]
    extracts = [b.text for b in shown if not b.title and "[[extract]]" in b.text]

    assert extracts
    for text in extracts:
        plan.write_text(head + text, "utf-8")
        assert text.count("[[extract]]") == len(run.plan(plan).extracts)


def test_examples_pass() -> None:
    """
    Every case of the examples passes, and there are some.
    """
    report = cases.run([ROOT / "examples"])

    assert [] == [str(result) for result in report.results if not result.passed]
    assert report.passed


# --- the generated reference --------------------------------------------------------------------

REFERENCE = reference.collect()
PAGES = {locale: generate.pages(REFERENCE, locale) for locale in reference.LOCALES}


def spoken(value: object, path: str) -> Iterator[tuple[str, dict[str, str]]]:
    """
    Yield every text in both languages that a value holds, with the way to it.
    """
    if isinstance(value, dict) and set(value) == set(reference.LOCALES):
        yield path, value
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            yield from spoken(part, f"{path}[{index}]")
    elif attrs.has(type(value)):
        name = getattr(value, "id", None) or getattr(value, "name", "")
        for field in attrs.fields(type(value)):  # type: ignore[arg-type] # it is one, asked above
            part = getattr(value, field.name)
            yield from spoken(part, f"{path}.{field.name}({name})")


def test_reference_speaks_both_languages() -> None:
    """
    Every meaning, title and sentence in the reference is there in English and in Chinese; what has
    no Chinese yet is named, and goes into `docs/words.toml`.
    """
    silent = [
        path
        for path, text in spoken(REFERENCE, "reference")
        if ".type(" not in path
        and ".versions(" not in path
        and (not text["en"] or not re.search("[\u4e00-\u9fff]", text["zh"]))
    ]

    assert [] == silent


def test_reference_has_every_key_of_a_version() -> None:
    """
    The keys that all policy versions share are those the reader of policy files knows.
    """
    known = {field.name for field in attrs.fields(policy_file._VersionHead)}

    assert known == set(reference.head_keys())


@pytest.mark.parametrize("locale", reference.LOCALES)
@pytest.mark.parametrize("rule", policies.rules(), ids=lambda rule: rule.id)
def test_every_rule_is_in_the_reference(rule: Rule[Any, Any, Any], locale: str) -> None:
    """
    Every rule has a page that names all its facts, its outcome's parts, its reasons, and the tables
    that cover it; the list and the domain's index link to it.
    """
    page = PAGES[locale][f"reference/generated/rules/{rule.id}.md"]
    told = policies.describe(rule)
    names = [*told["facts"], *told["outcome"], *told["reasons"]]

    assert [] == [name for name in names if f"`{name}`" not in page]
    assert f"(rules/{rule.id}.md)" in PAGES[locale]["reference/generated/rules.md"]
    assert f"(rules/{rule.id}.md)" in PAGES[locale]["reference/generated/domains.md"]


@pytest.mark.parametrize("locale", reference.LOCALES)
@pytest.mark.parametrize("record", policies.records(), ids=lambda record: record.kind)
def test_every_record_is_in_the_reference(record: Record[Any], locale: str) -> None:
    """
    Every record has a page with its commands and entries, and its refusals in order of precedence.
    """
    page = PAGES[locale][f"reference/generated/records/{record.kind}.md"]
    order = [str(code.value) for code in record.refusals]

    assert [] == [name for name in record.commands if f"### `{name}`" not in page]
    assert [] == [kind for kind in record.events.kinds if f"| `{kind}` |" not in page]
    assert order == re.findall(r"^\| \d+ \| `(\S+)` \|", page, re.MULTILINE)


@pytest.mark.parametrize("locale", reference.LOCALES)
@pytest.mark.parametrize("policy_id", policies.shelf().shipped())
def test_every_policy_is_in_the_reference(policy_id: str, locale: str) -> None:
    """
    Every shipped policy has a page with the digest, the days and the source of every version, and
    says so where only a description was read.
    """
    page = PAGES[locale][f"reference/generated/policies/{generate.slug(policy_id)}.md"]
    unchecked = {
        "en": "(a description was read, not the rule's own text)",
        "zh": "（未核对原文）",
    }[locale]
    versions = policies.load(policy_id).versions

    for version in versions:
        for wanted in (version.ref.digest, str(version.since), version.source.label()):
            assert wanted in page
    assert (unchecked in page) == any(v.source.checked == "secondary" for v in versions)


@pytest.mark.parametrize("locale", reference.LOCALES)
@pytest.mark.parametrize("kind", policies.kinds(), ids=lambda kind: kind.name)
def test_every_key_is_in_the_reference(kind: Kind[Any, Any], locale: str) -> None:
    """
    Every kind of policy has a page that names all its keys.
    """
    page = PAGES[locale][f"reference/generated/kinds/{kind.name}.md"]

    assert [] == [
        field.name for field in attrs.fields(kind.schema) if f"| `{field.name}` |" not in page
    ]


@pytest.mark.parametrize("locale", reference.LOCALES)
def test_every_code_is_in_the_reference(locale: str) -> None:
    """
    The vocabulary page has every code of every shared tree, with both titles.
    """
    page = PAGES[locale]["reference/generated/vocabulary.md"]

    assert REFERENCE.trees
    for tree in REFERENCE.trees:
        for code in policies.load(tree.id).versions[-1].parameters.values():
            assert f"`{code.code}` | {code.title.en} | {code.title.zh} |" in page


@pytest.mark.parametrize("locale", reference.LOCALES)
def test_the_main_job_is_in_the_reference(locale: str) -> None:
    """
    The page of runs has every key of `bank.toml`, every table with its columns, every code a row is
    rejected or a measure unknown for, and every column of a result.
    """
    page = PAGES[locale]["reference/generated/run.md"]
    told = (_Top, _Range, Extract, _Written, *(kind.told for kind in PARTS.values()))
    keys = [field.name for kind in told for field in attrs.fields(kind)]
    columns = [column.name for table in tables.TABLES.values() for column in table.columns]
    codes = [
        said.code
        for module in pkgutil.iter_modules(run.__path__)
        if module.name not in ("overview", "tiers_report")
        for said in vars(importlib.import_module(f"bankservice.run.{module.name}")).values()
        if isinstance(said, Says)
    ]

    assert [] == [f for f in (*keys, *columns, *codes) if f"| `{f}` |" not in page]
    assert [] == [table for table in tables.TABLES if f"### `{table}`" not in page]
