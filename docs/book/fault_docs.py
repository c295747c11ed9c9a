"""
Faults that users met in other tools, and the tests that keep them out of this one.

Everything comes from the tests themselves: which there are, what each holds, and which rules it
asks by name. `faults.toml` adds the Chinese, and the records and rules that a file or a class of
tests guards through helpers of its own. What it names and no test is, is an error.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import attrs
from book.bilingual import BOOK, DOCS, Titles, both

from bankservice import policies
from bankservice.core.decision import Rule

__all__ = [
    "FaultDoc",
    "FaultFileDoc",
    "fault_files",
    "faults_of",
    "file_doc",
    "mapped",
    "peer_files",
]

TESTS: Final = DOCS.parent / "tests"

_NUMBER: Final = re.compile(r"^B?(\d+): ")
"""A docstring may begin with the number of the fault on our list, which tells a reader nothing."""


@attrs.frozen(kw_only=True)
class FaultDoc:
    """
    One fault that is kept out.

    Attributes:
        test: The test that holds it, as pytest names it.
        says: What went wrong elsewhere and what holds here, as the test's docstring has it.
        guards: Rules and records it is about.
    """

    test: str
    says: Titles
    guards: tuple[str, ...]


@attrs.frozen(kw_only=True)
class FaultFileDoc:
    """The faults of one file of tests, with what the file is about."""

    path: str
    meaning: Titles
    faults: tuple[FaultDoc, ...]


class FaultsWithoutTests(ValueError):
    """`faults.toml` names what is no test, or no rule or record."""


@cache
def mapped() -> tuple[Mapping[str, Any], ...]:
    """Return the files of `faults.toml`."""
    return tuple(tomllib.loads((BOOK / "faults.toml").read_text("utf-8"))["file"])


@cache
def fault_files() -> tuple[FaultFileDoc, ...]:
    """
    Return all faults, by file of tests.

    Raises:
        FaultsWithoutTests: If `faults.toml` names a test, a rule or a record there is none of.
    """
    if not TESTS.is_dir():
        return ()
    return tuple(file_doc(held) for held in mapped())


@cache
def faults_of(name: str) -> tuple[FaultDoc, ...]:
    """Return the faults that are kept out of a rule or a record."""
    return tuple(fault for held in fault_files() for fault in held.faults if name in fault.guards)


def file_doc(held: Mapping[str, Any]) -> FaultFileDoc:
    path = TESTS / held["path"]
    if not path.is_file():
        raise FaultsWithoutTests(f"faults.toml names {held['path']}, which is no file of tests.")
    tree = ast.parse(path.read_text("utf-8"))
    chinese: Mapping[str, str] = held["zh"]
    named: Mapping[str, list[str]] = held.get("guards_of", {})
    only = held.get("only", [])
    tests = [test for test in _tests(tree, "") if not only or test[0].partition("::")[0] in only]
    there = {name.rpartition("::")[2] for name, _ in tests}
    classes = {name.partition("::")[0] for name, _ in tests}
    _check(held["path"], set(chinese) - there, "test")
    _check(held["path"], set(named) - there - classes, "test or class of tests")
    known = {rule.id for rule in policies.rules()} | {r.kind for r in policies.records()}
    rules, helpers = _rules(tree), _helpers(tree)
    faults = []
    for name, node in tests:
        own = name.rpartition("::")[2]
        says = " ".join((ast.get_docstring(node) or "").split())
        listed = named.get(own, named.get(name.partition("::")[0], held.get("guards", ())))
        asked = sorted(_asked(node, rules, helpers))
        guards = tuple(dict.fromkeys((*asked, *(() if asked and own not in named else listed))))
        _check(held["path"], set(guards) - known, "rule or record")
        text = _NUMBER.sub("", says)
        if text != says:
            text = text[:1].upper() + text[1:]
        faults.append(
            FaultDoc(
                test=f"tests/{held['path']}::{name}",
                says=both(text, chinese.get(own, "")),
                guards=guards,
            )
        )
    return FaultFileDoc(
        path=f"tests/{held['path']}",
        meaning=both(held["en_title"], held["zh_title"]),
        faults=tuple(faults),
    )


def _check(path: str, strange: set[str], wanted: str) -> None:
    if strange:
        names = ", ".join(sorted(strange))
        raise FaultsWithoutTests(f"faults.toml, {path}: {names} is no {wanted}.")


def _tests(tree: ast.Module | ast.ClassDef, before: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield the tests of a module that do something, as pytest names them."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from _tests(node, f"{node.name}::")
        elif (
            isinstance(node, ast.FunctionDef)
            and node.name.startswith("test_")
            and len(node.body) > 1
        ):
            yield f"{before}{node.name}", node


def _rules(tree: ast.Module) -> Mapping[str, str]:
    """Return the names under which a module has rules, with the id of each."""
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bankservice"):
            module = import_module(str(node.module))
            for alias in node.names:
                held = getattr(module, alias.name, None)
                if isinstance(held, Rule):
                    found[alias.asname or alias.name] = held.id
    return found


def _helpers(tree: ast.Module) -> Mapping[str, ast.FunctionDef]:
    """Return the functions of a module that are no tests."""
    return {
        node.name: node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("test_")
    }


def _asked(
    node: ast.AST,
    rules: Mapping[str, str],
    helpers: Mapping[str, ast.FunctionDef],
    seen: frozenset[str] = frozenset(),
) -> set[str]:
    """Return the rules that a test asks by name, through functions of its own module as well."""
    found: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            if part.id in rules:
                found.add(rules[part.id])
            elif part.id in helpers and part.id not in seen:
                found |= _asked(helpers[part.id], rules, helpers, seen | {part.id})
    return found


def peer_files() -> tuple[str, ...]:
    """Return the files of tests that are named after faults of peers, below `tests`."""
    found = (*TESTS.rglob("test_*peer*fault*.py"), *TESTS.rglob("test_*_peers.py"))
    names = {Path(path).relative_to(TESTS).as_posix() for path in found}
    return tuple(sorted(name for name in names if not name.endswith("_fault_list.py")))
