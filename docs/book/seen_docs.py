"""
Values of facts, outcomes, commands and views as they came up in cases, for examples of fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import attrs
from book.field_docs import FieldDoc, PartDoc
from book.json_text import example_text

__all__ = ["Seen", "parts_with_examples", "with_examples"]

_SHORT: Final = 48
"""So many characters of a value are shown in a table of facts."""


class Seen:
    """
    Values of facts, outcomes, commands and views as they came up, by class and field.

    The first that tells something is kept, a short one before a long one.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self._found: dict[type[Any], dict[str, str]] = {}

    def look(self, value: Any) -> None:
        """Look at a value and at all it is made of."""
        if isinstance(value, Mapping) and not attrs.has(type(value)):
            parts: Iterable[Any] = value.values()
        elif isinstance(value, (tuple, list)):
            parts = value
        elif attrs.has(type(value)):
            parts = [part for _, part in self._fields(value)]
        else:
            return
        for part in parts:
            self.look(part)

    def _fields(self, value: Any) -> Iterator[tuple[str, Any]]:
        kind = type(value)
        held = self._found.setdefault(kind, {})
        defaults = {field.name: field.default for field in attrs.fields(kind)}
        listed = getattr(kind, "shown", ())
        for name in dict.fromkeys((*defaults, *(listed if isinstance(listed, tuple) else ()))):
            part = getattr(value, name)
            if part is None or part in ("", ()) or part == {} or part == defaults.get(name):
                # What is left out tells nobody how it is written, but better it than nothing.
                told, rank = (example_text(part), 2) if part not in (None, "") else ("", 3)
            else:
                told = example_text(part)
                rank = 0 if len(told) <= _SHORT else 1
            if told and rank < self._rank(held.get(name)):
                held[name] = told if rank != 2 else f"{told}\0"
            yield name, part

    @staticmethod
    def _rank(told: str | None) -> int:
        if told is None:
            return 3
        if told.endswith("\0"):
            return 2
        return 0 if len(told) <= _SHORT else 1

    def example(self, kind: type[Any], name: str) -> str:
        """Return the value that was seen of a field; empty where none was."""
        for held in kind.__mro__:
            if name in self._found.get(held, {}):
                return _cut(self._found[held][name].removesuffix("\0"))
        return next(
            (
                _cut(found[name].removesuffix("\0"))
                for below, found in self._found.items()
                if issubclass(below, kind) and name in found
            ),
            "",
        )


def _cut(text: str) -> str:
    if len(text) <= _SHORT:
        return text
    cut = text[: _SHORT - 2]
    # At a comma, so that no word and no number is broken.
    at = max(cut.rfind(", "), cut.rfind(": "))
    return f"{cut[: at + 1] if at > 8 else cut} …"


def with_examples(
    fields: Iterable[FieldDoc], kind: type[Any] | None, seen: Seen
) -> tuple[FieldDoc, ...]:
    """Return fields with an example each, as far as one was seen."""
    return tuple(
        attrs.evolve(field, example=seen.example(kind, field.name)) if kind else field
        for field in fields
    )


def parts_with_examples(parts: Iterable[PartDoc], seen: Seen) -> tuple[PartDoc, ...]:
    """Return classes with an example for each of their fields."""
    return tuple(
        attrs.evolve(part, fields=with_examples(part.fields, part.kind, seen)) for part in parts
    )
