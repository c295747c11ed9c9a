"""
Ports: what each promises, the suite that proves it, who implements it, and where that was proved.

The promises are those of the port's docstring, the proofs the tests of its contract; the house holds
that both are the same sentences, in the same order.
"""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import attrs
from book.bilingual import BOOK, DOCS, Titles, both

from bankservice.core.archive import Archive
from bankservice.core.journal import Journal
from bankservice.core.keys import Keys
from bankservice.core.quota import Quota

__all__ = ["PORTS", "PortDoc", "PromiseDoc", "contract_of", "port_docs"]

_JOURNALS: Final = (
    ("journals.memory", "MemoryJournal"),
    ("journals.sql", "SqlJournal"),
    ("journals.sealed", "SealedJournal"),
)

PORTS: Final[Mapping[type[Any], tuple[tuple[str, str], ...]]] = {
    Journal: _JOURNALS,
    Archive: _JOURNALS,
    Quota: (("journals.memory_quota", "MemoryQuota"), ("journals.sql_quota", "SqlQuota")),
    Keys: (("journals.keys", "MemoryKeys"), ("journals.sql_keys", "SqlKeys")),
}
"""Port → (module, name) of what implements it. They are read, not imported: no database is needed."""

TESTS: Final = DOCS.parent / "tests"
PACKAGE: Final = DOCS.parent / "src" / "bankservice"
SUITES: Final = PACKAGE / "testing"


@attrs.frozen
class PromiseDoc:
    """One promise, and the test of the contract that proves it."""

    says: Titles
    test: str


@attrs.frozen(kw_only=True)
class PortDoc:
    """
    One port.

    Attributes:
        module: Where it is imported from.
        promises: What it promises, in order.
        methods: (how it is called, what it does) of each method.
        contract: (module, name) of its suite.
        implementations: (module, name, what it is) of each.
        proved: (test class, what it stands on) of each run of the suite.
    """

    name: str
    module: str
    meaning: Titles
    promises: tuple[PromiseDoc, ...]
    methods: tuple[tuple[str, Titles], ...]
    contract: tuple[str, str]
    implementations: tuple[tuple[str, str, Titles], ...]
    proved: tuple[tuple[str, Titles], ...]


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((BOOK / "ports.toml").read_text("utf-8"))


def _spoken(section: str, key: str, english: str) -> Titles:
    return both(english, _words()[section].get(key, ""))


@cache
def port_docs() -> tuple[PortDoc, ...]:
    """Return the ports, the record's first."""
    return tuple(_port(port, held) for port, held in PORTS.items())


def _port(port: type[Any], implementations: tuple[tuple[str, str], ...]) -> PortDoc:
    name = port.__name__
    lead, _, told = (inspect.getdoc(port) or "").partition("Promises:")
    promised = [" ".join(text.split()) for text in re.split(r"^\* ", told, flags=re.MULTILINE)[1:]]
    path, tests = contract_of(name)
    contract = f"{name}Contract"
    return PortDoc(
        name=name,
        module=port.__module__,
        meaning=_spoken("port", name, "\n\n".join(_joined(lead))),
        promises=tuple(
            PromiseDoc(_spoken("promise", f"{contract}.{test}", says), test)
            for says, test in zip(promised, tests, strict=True)
        ),
        methods=tuple(
            (
                f"{method}{_signature(held)}",
                _spoken(
                    "method", f"{name}.{method}", " ".join((inspect.getdoc(held) or "").split())
                ),
            )
            for method, held in vars(port).items()
            if not method.startswith("_") and inspect.isfunction(held)
        ),
        contract=(path, contract),
        implementations=tuple(
            (f"bankservice.{module}", made, _spoken("implementation", made, _first(module, made)))
            for module, made in implementations
        ),
        proved=tuple(_proved(contract)),
    )


def _first(module: str, name: str) -> str:
    """Return the first paragraph of the docstring of a class of the package."""
    path = PACKAGE / f"{module.replace('.', '/')}.py"
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return _joined(ast.get_docstring(node) or "")[0]
    raise LookupError(f"{module} has no class {name}.")


def _joined(text: str) -> list[str]:
    """Return the paragraphs of a docstring, each on one line."""
    return [" ".join(part.split()) for part in text.strip().split("\n\n")]


def _signature(held: Any) -> str:
    """Return how a method is called, without `self`."""
    shown = str(inspect.signature(held)).replace("'", "")
    return re.sub(r"^\(self(, )?", "(", shown)


@cache
def contract_of(port: str) -> tuple[str, tuple[str, ...]]:
    """
    Return the module of a port's contract suite, and its tests in order.

    It is read, not imported: the docs need no test tool.
    """
    for path in sorted(SUITES.glob("*contract*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name == f"{port}Contract":
                tests = tuple(
                    part.name
                    for part in node.body
                    if isinstance(part, ast.FunctionDef) and part.name.startswith("test_")
                )
                return f"bankservice.testing.{path.stem}", tests
    raise LookupError(f"there is no contract suite of {port}.")


def _proved(contract: str) -> Iterator[tuple[str, Titles]]:
    """Yield the test classes that run a suite, with what each of them stands on."""
    for path in sorted((TESTS / "journals").glob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and any(
                isinstance(base, ast.Name) and base.id == contract for base in node.bases
            ):
                says = " ".join((ast.get_docstring(node) or "").split())
                yield f"tests/journals/{path.name}::{node.name}", _spoken("run_on", node.name, says)
