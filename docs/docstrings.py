"""
What docstrings say, taken apart.
"""

from __future__ import annotations

import ast
import inspect
import re
from enum import Enum
from textwrap import dedent
from typing import Any

__all__ = [
    "attributes_of",
    "indented",
    "markdown",
    "member",
    "own_attributes",
    "own_doc",
    "sections",
]

_SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Examples|Source):$", re.MULTILINE)
_ENTRY = re.compile(r"^(\w+): ?(.*)$")


def sections(doc: str) -> dict[str, str]:
    """Split a Google docstring: the text under "", then each section without its indentation."""
    parts = _SECTION.split(inspect.cleandoc(doc))
    found = {"": parts[0].strip()}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        found[name] = inspect.cleandoc(body)
    return found


def attributes_of(kind: type[Any]) -> dict[str, str]:
    """
    Return what the docstring of a class says of each attribute.

    An inherited attribute is told where it is defined.
    """
    found: dict[str, str] = {}
    for held in reversed(kind.__mro__):
        found.update(own_attributes(held))
    return found


def own_attributes(kind: type[Any]) -> dict[str, str]:
    """Return what the docstring of a class itself says of each attribute."""
    found: dict[str, str] = {}
    name = ""
    for line in sections(kind.__doc__ or "").get("Attributes", "").splitlines():
        entry = None if line.startswith(" ") else _ENTRY.match(line)
        if entry is not None:
            name = entry[1]
            found[name] = entry[2]
        elif name:
            found[name] += " " + line.strip()
    return found


def own_doc(kind: type[Any]) -> str:
    """Return what a class says of itself; nothing where attrs wrote it."""
    doc = kind.__doc__ or ""
    return "" if doc.startswith("Method generated") else sections(doc)[""]


def markdown(doc: str) -> str:
    """Return a docstring as Markdown: errors as a list, examples as code."""
    parts = sections(doc)
    found = [parts[""]]
    if "Raises" in parts:
        lines = re.sub(r"\n +", " ", parts["Raises"]).splitlines()
        found.append("\n".join(f"- `{name}`: {why}" for name, why in map(_pair, lines)))
    if "Examples" in parts:
        found.append(f"```python\n{parts['Examples']}\n```")
    return "\n\n".join(found)


def _pair(line: str) -> tuple[str, str]:
    name, _, why = line.partition(": ")
    return name, why


def indented(text: str) -> str:
    """Return a text whose further lines stand as far in as a section of a docstring does."""
    return text.replace("\n", "\n    ")


def member(code: Enum) -> str:
    """Return the docstring below an enum member, if there is one."""
    body = ast.parse(dedent(inspect.getsource(type(code)))).body[0]
    assert isinstance(body, ast.ClassDef)
    for above, below in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(above, ast.Assign)
            and isinstance(above.targets[0], ast.Name)
            and above.targets[0].id == code.name
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
        ):
            return str(below.value.value)
    return ""
