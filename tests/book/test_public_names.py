"""Every public name stands in the reference of the Python API, with what it is and what it takes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
from book import api_docs, api_pages
from book.bilingual import DOCS, LOCALES

from bankservice import policies
from bankservice.core.docstring import attributes_of, told_of

ROOT: Final = DOCS.parent
FEW: Final = 5
"""So many fields of a class may be told in its sentence."""
PRIVATE: Final = {
    "charter": "what the front door was told",
    "conversion": "a step of the front door",
    "services": "what the front door opens",
    "core": "its public modules are listed one by one",
    "cli": "told by the pages of the command line",
    "testing": "its public modules are listed one by one",
}
"""Parts of the package that are no page of the API, and why."""

IMPORTED = re.compile(
    r"^\s*(?:>>> )?(?:from (bankservice[\w.]*) import ([\w, ]+)|import (bankservice[\w.]*))",
    re.MULTILINE,
)


def is_module(name: str) -> bool:
    """Tell whether a name is that of a module, not of something within one."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def public() -> Iterator[tuple[str, Any]]:
    """Yield every public name with its value, each value once."""
    seen: set[int] = set()
    for module in api_docs.modules():
        for name in import_module(module).__all__:
            value = getattr(import_module(module), name)
            if id(value) not in seen:
                seen.add(id(value))
                yield f"{module}.{name}", value


def texts() -> Iterator[tuple[Path, str]]:
    """Yield what shows people how to import: hand-written pages, README, examples."""
    for path in (*DOCS.glob("en/*/*.md"), ROOT / "README.md", *(ROOT / "examples").rglob("*.py")):
        yield path, path.read_text("utf-8")


def test_all_domains_and_packages() -> None:
    """Every domain and every other part of the package is on a page, or is private for a reason."""
    top = {module.partition(".")[2].partition(".")[0] for module in api_docs.modules()}
    package = ROOT / "src" / "bankservice"
    parts = {
        path.stem
        for path in package.iterdir()
        if path.name != "__init__.py" and (path.suffix == ".py" or (path / "__init__.py").exists())
    }

    assert set() == set(policies.DOMAINS) - top
    assert set() == parts - top - PRIVATE.keys()
    assert set() == PRIVATE.keys() - parts


def test_what_pages_import_is_public() -> None:
    """No page and no example imports from a module that is not in the reference."""
    wrong = []
    for path, text in texts():
        for module, names, plain in IMPORTED.findall(text):
            held = [
                f"{module}.{name.split(' as ')[0].strip()}" for name in names.split(",") if module
            ]
            # A module may be imported by its name from the package it stands in.
            below = [name for name in held if is_module(name)]
            used = below or [plain or module]
            wrong += [(path.name, name) for name in used if name not in api_docs.modules()]

    assert [] == wrong


def test_each_module_once_and_with_names() -> None:
    """A module stands on one page, and has public names."""
    modules = api_docs.modules()

    assert len(modules) == len(set(modules))
    assert [] == [module for module in modules if not import_module(module).__all__]


def test_every_name_is_told() -> None:
    """All public names have a docstring: classes, functions, values, rules."""
    held = [name for module in api_docs.modules() for name in api_docs.names_of(module)]

    assert [] == [f"{name.module}.{name.name}" for name in held if not name.says]
    assert len(held) > 800


def test_every_method_is_told() -> None:
    """Every public method and property of a public class has a docstring."""
    bare = []
    for path, value in public():
        for name, member in vars(value).items() if inspect.isclass(value) else ():
            method = member.fget if isinstance(member, property) else member
            method = getattr(method, "__func__", method)
            if inspect.isfunction(method) and not name.startswith("_") and not method.__doc__:
                bare.append(f"{path}.{name}")

    assert [] == bare


def test_arguments_and_attributes_are_told_whole() -> None:
    """Where a docstring tells one argument or field, it tells all; many fields are always told."""
    missing = []
    for path, value in public():
        if inspect.isclass(value) and attrs.has(value):
            told = attributes_of(value)
            names = [field.name for field in attrs.fields(value) if field.name[0] != "_"]
            if told or len(names) > FEW:
                missing += [f"{path}: {name}" for name in names if name not in told]
        methods = vars(value).items() if inspect.isclass(value) else [("", value)]
        for name, member in methods:
            method = getattr(member, "__func__", member)
            if inspect.isfunction(method) and (not name or name[0] != "_"):
                args = told_of(method.__doc__ or "", "Args")
                takes = [
                    n for n in inspect.signature(method).parameters if n not in ("self", "cls")
                ]
                missing += [f"{path}.{name}: {n}" for n in takes if args and n not in args]

    assert [] == missing


@pytest.mark.parametrize("locale", LOCALES)
def test_pages(locale: str) -> None:
    """The index names every page, and each page every module; rules are linked to their pages."""
    index = (DOCS / locale / "reference" / "api.md").read_text("utf-8")

    assert api_pages.api_parts(api_docs.PAGES, locale) in index
    for page in api_docs.PAGES:
        text = api_pages.api_page(page, locale)
        for module in page.modules:
            assert (f"::: {module}\n" if locale == "en" else f"## `{module}`\n") in text
        for rule in policies.rules():
            if page.modules[0] == f"bankservice.{rule.id.partition('.')[0]}":
                assert f"(../rules/{rule.id}.md)" in text
