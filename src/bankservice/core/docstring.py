"""
What docstrings say, taken apart: the text, the sections, and what is told of each attribute.

Schemas and the rule book both say of a field what its class says, in the same words.
"""

from __future__ import annotations

import inspect
import re
from typing import Any, Final

__all__ = ["attributes_of", "own_attributes", "own_doc", "sections", "told_of"]

_SECTION: Final = re.compile(
    r"^(Args|Attributes|Raises|Returns|Yields|Examples|Source):$", re.MULTILINE
)
_ENTRY: Final = re.compile(r"^\*{0,2}(\w+): ?(.*)$")


def sections(doc: str) -> dict[str, str]:
    """
    Split a docstring: the text under "", then each section without its indentation.

    Examples:
        >>> sections("Add.\\n\\nArgs:\\n    n: How many.")
        {'': 'Add.', 'Args': 'n: How many.'}
    """
    parts = _SECTION.split(inspect.cleandoc(doc))
    found = {"": parts[0].strip()}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        found[name] = inspect.cleandoc(body)
    return found


def told_of(doc: str, section: str) -> dict[str, str]:
    """
    Return what a section says of each name; a text of several lines as one.

    Examples:
        >>> told_of("Add.\\n\\nArgs:\\n    n: How\\n        many.", "Args")
        {'n': 'How many.'}
    """
    found: dict[str, str] = {}
    name = ""
    for line in sections(doc).get(section, "").splitlines():
        entry = None if line.startswith(" ") else _ENTRY.match(line)
        if entry is not None:
            name = entry[1]
            found[name] = entry[2]
        elif name:
            found[name] += " " + line.strip()
    return found


def own_attributes(kind: type[Any]) -> dict[str, str]:
    """Return what the docstring of a class itself says of each attribute."""
    return told_of(kind.__doc__ or "", "Attributes")


def attributes_of(kind: type[Any]) -> dict[str, str]:
    """
    Return what the docstring of a class says of each attribute.

    An inherited attribute is told where it is defined.
    """
    found: dict[str, str] = {}
    for held in reversed(kind.__mro__):
        found.update(own_attributes(held))
    return found


def own_doc(kind: type[Any]) -> str:
    """Return what a class says of itself; nothing where it says nothing, or attrs wrote it."""
    doc = kind.__doc__ or ""
    return "" if doc.startswith("Method generated") else sections(doc)[""]
