"""
What docstrings say, taken apart.
"""

from __future__ import annotations

import ast
import inspect
import re
from enum import Enum
from textwrap import dedent

from bankservice.core.docstring import attributes_of, own_attributes, own_doc, sections

__all__ = [
    "attributes_of",
    "indented",
    "markdown",
    "member",
    "own_attributes",
    "own_doc",
    "sections",
]


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
