"""
Rows of a book as they are asked: which facts they state, found out once for all rows of a shape.

Most rows of a book state the same few facts. A shape knows which, so that a row is read by position
and not field by field, and is written as a line of text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from operator import is_not, itemgetter
from typing import Any, Final, TypeAlias

import attrs

from bankservice.core.offsets import EPOCH
from bankservice.core.plain import canonical, to_json
from bankservice.loyalty.account.purchase_commands import Post
from bankservice.loyalty.model import AccrualFacts

__all__ = ["JSON", "Asked", "Shape", "Shapes", "facts_of", "told"]

JSON: Final = ":json"
"""Ends the name of a fact that stands as JSON in a line; all others stand as they are."""

_FIELDS: Final = attrs.fields(AccrualFacts)
_NAMES: Final = tuple(field.name for field in _FIELDS)
_DEFAULTS: Final = tuple(field.default for field in _FIELDS)
_ASIDE: Final = frozenset({"on", "posted_on"})
"""What a row says of itself, and not of the transaction's facts."""
_MERGED: Final = frozenset({"campaigns", "used"})
"""Facts that an account merges with its own."""

_Values: TypeAlias = tuple[Any, ...]
_Getter: TypeAlias = Callable[[_Values], _Values]


def _getter(names: Iterable[str]) -> _Getter:
    places = tuple(map(_NAMES.index, names))
    if len(places) == 1:
        (only,) = places
        return lambda values: (values[only],)
    return itemgetter(*places) if places else lambda values: ()


class Shape:
    """
    Which facts rows state.

    Attributes:
        names: The facts, with how each stands in a line.
        plain: Whether an account has nothing to merge with them.
        label: The names as one text.
    """

    __slots__ = ("_facts", "label", "names", "plain")

    def __init__(self, facts: tuple[str, ...], texts: tuple[bool, ...]) -> None:
        self._facts = facts
        self.names = tuple(
            name if text else name + JSON for name, text in zip(facts, texts, strict=True)
        )
        self.plain = _MERGED.isdisjoint(facts)
        self.label = "\t".join(self.names)

    def getter(self, free: frozenset[str]) -> _Getter:
        """Return what gives the facts of a row's values but for *free* ones."""
        return _getter(name for name in self._facts if name not in free)


Asked: TypeAlias = tuple[int, Post, int, Shape, _Values, str]
"""A row as it is asked: place in the batch, transaction, instant, shape, values, facts as a line."""


class Shapes:
    """The shapes of a batch."""

    def __init__(self) -> None:
        self._held: dict[tuple[bool, ...], tuple[tuple[str, ...], _Getter, Shape]] = {}
        self._others: dict[tuple[tuple[str, ...], tuple[bool, ...]], Shape] = {}

    def asked(self, place: int, post: Post, at: datetime) -> Asked:
        """
        Return a row as it is asked.

        Raises:
            ValueError: If the instant is naive.
        """
        # The facts stand in the order of the class; what a posting adds to them does not stand here.
        values = tuple(vars(post).values())
        stated = tuple(map(is_not, values, _DEFAULTS))
        held = self._held.get(stated)
        if held is None:
            names = tuple(
                name
                for name, here in zip(_NAMES, stated, strict=True)
                if here and name not in _ASIDE
            )
            held = names, _getter(names), Shape(names, (True,) * len(names))
            self._held[stated] = held
        names, getter, shape = held
        found = getter(values)
        try:
            line = "\t".join(found)
            fits = line.count("\t") == len(found) - 1 and "\n" not in line
        except TypeError:
            line, fits = "", False
        if not fits:
            shape, line = self._other(names, found)
        try:
            # A pendulum datetime would build an Interval, which costs a hundred times as much.
            span = datetime.__sub__(at, EPOCH)
        except TypeError:
            raise ValueError(f"{at} has no offset; give instants with one.") from None
        micros = (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
        return place, post, micros, shape, values, line

    def _other(self, names: tuple[str, ...], found: _Values) -> tuple[Shape, str]:
        """Return the shape and the line of facts that are not all plain text."""
        texts = tuple(
            isinstance(value, str) and "\t" not in value and "\n" not in value for value in found
        )
        shape = self._others.get((names, texts))
        if shape is None:
            shape = self._others[names, texts] = Shape(names, texts)
        written = (
            value if text else canonical(to_json(value))
            for value, text in zip(found, texts, strict=True)
        )
        return shape, "\t".join(written)


def told(row: Asked) -> str:
    """Return what is asked, as a line: two rows that ask the same have the same."""
    _, post, micros, shape, _, line = row
    days = (
        f"{post.on}\t{post.posted_on}"
        if post.on is None or post.posted_on is not None
        else post.on.toordinal()
    )
    return f"{post.ref}\t{post.part}\t{post.customer_id}\t{days}\t{micros}\t{shape.label}\t{line}"


def facts_of(names: Iterable[str], line: str) -> Mapping[str, Any]:
    """Return the facts of a line, as plain JSON by name."""
    parts = line.split("\t") if line else ()
    return {
        name.removesuffix(JSON): json.loads(part) if name.endswith(JSON) else part
        for name, part in zip(names, parts, strict=True)
    }
