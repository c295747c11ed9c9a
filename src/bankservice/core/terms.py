"""
Tables of conditions: what a row may name, and which rows can never be reached.

Rows are read from the top; each has a condition of the house's closed algebra. At load every
fact, code and word of a condition is checked, and a row is refused that an earlier one always
takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from bankservice.core.conditions import AllOf, AnyOf, Comparison, Condition, FactType, Not, Within
from bankservice.core.errors import UnknownNameError, near_names
from bankservice.core.policy import Faults, Library
from bankservice.core.unknown import UNKNOWN
from bankservice.core.vocabulary import Tree

__all__ = ["Terms", "named", "unknown_in"]

_LOWER: Final = ("at_least", "more_than")
_UPPER: Final = ("at_most", "less_than")
_WORDED: Final = ("equals", "in", "within", "includes")
_NO_TREE: Final = Tree(())


def named(facts: object) -> Mapping[str, object]:
    """Return the fields of a facts value by name."""
    return {field.name: getattr(facts, field.name) for field in attrs.fields(type(facts))}  # type: ignore[arg-type]


def unknown_in(condition: Condition, facts: Mapping[str, object]) -> tuple[str, ...]:
    """Return the facts a condition names that are unknown or not stated, each once, in order."""
    names = (part.fact for part in condition.comparisons())
    return tuple(dict.fromkeys(name for name in names if facts.get(name) in (None, UNKNOWN)))


@attrs.frozen(eq=False)
class Terms:
    """
    What conditions of one table may name.

    Attributes:
        facts: The facts by name.
        words: The words a text fact may be, where they are a closed list.
        trees: The trees of the facts that are codes.
    """

    facts: Mapping[str, FactType]
    words: Mapping[str, tuple[str, ...]]
    trees: Mapping[str, Tree]

    @classmethod
    def of(
        cls,
        facts: Mapping[str, FactType],
        words: Mapping[str, tuple[str, ...]],
        library: Library,
    ) -> Terms:
        """Return the terms with the trees of *library*."""
        trees = {
            name: library.get(kind.tree).versions[-1].parameters
            for name, kind in facts.items()
            if kind.tree
        }
        return cls(facts, words, trees)

    @property
    def within(self) -> Within:
        """Tells whether a code stands at or below another; one not stated stands nowhere."""
        return lambda fact, code, ancestor: bool(code) and self.trees[fact].within(code, ancestor)

    def check_codes(self, facts: Mapping[str, object]) -> None:
        """
        Refuse a code that is not in its tree.

        Raises:
            UnknownNameError: With the near names.
        """
        for name, tree in self.trees.items():
            code = facts.get(name)
            if isinstance(code, str) and code and code not in tree:
                raise UnknownNameError(f"code of {name}", code, tree)

    def check(self, condition: Condition, path: str, faults: Faults) -> None:
        """Note what is wrong with one condition."""
        for fault in condition.faults(self.facts, path):
            faults.add(fault.path, fault.got, fault.wanted, fault.near)
        for part in condition.comparisons():
            known: Mapping[str, Any] | tuple[str, ...] | None
            known = self.trees.get(part.fact) or self.words.get(part.fact)
            if known is None or part.operator not in _WORDED:
                continue
            where = self.facts[part.fact].tree or f"words of {part.fact}"
            for word in part.wanted if isinstance(part.wanted, tuple) else (part.wanted,):
                if word not in known:
                    wanted = f"one of the {where}"
                    faults.add(path, repr(word), wanted, near_names(str(word), known))
        names = {part.fact for part in condition.comparisons()}
        if "amount_minor" in names and "currency" not in names:
            wanted = "a currency beside it: 100 yen are not 100 yuan"
            faults.add(path, "amount_minor alone", wanted)

    def check_order(
        self, rows: Sequence[tuple[str, Condition | None]], path: str, faults: Faults
    ) -> None:
        """
        Note gaps and rows that can never be reached.

        Args:
            rows: Name and condition of each row; None for one that always matches.
            path: Where the rows stand.
            faults: Takes what is wrong.
        """
        if not rows or rows[-1][1] is not None:
            faults.add(path, "no last row without `when`", "one that takes every other case")
        for index, (name, condition) in enumerate(rows):
            for before, earlier in rows[:index]:
                if earlier is None or (
                    condition is not None and implies(condition, earlier, self.trees)
                ):
                    faults.add(
                        f"{path}[{index}]",
                        f"{name}, which can never be reached",
                        f"a row that {before} does not already take",
                    )
                    break


def implies(narrow: Condition, wide: Condition, trees: Mapping[str, Tree]) -> bool:
    """
    Tell whether *wide* holds wherever *narrow* does, as far as can be seen from their form.

    True is certain; False may mean that it could not be seen.
    """
    if narrow == wide:
        return True
    match narrow, wide:
        case AnyOf(parts), _:
            return all(implies(part, wide, trees) for part in parts)
        case _, AllOf(parts):
            return all(implies(narrow, part, trees) for part in parts)
        case Not(part), Not(other):
            return implies(other, part, trees)
        case Comparison(fact, "in", tuple(values)), _:
            return all(implies(Comparison(fact, "equals", value), wide, trees) for value in values)
        case Comparison(), Comparison():
            return narrow.fact == wide.fact and _covers(narrow, wide, trees)
    return any(implies(*pair, trees) for pair in _narrower(narrow, wide))


def _narrower(narrow: Condition, wide: Condition) -> Iterator[tuple[Condition, Condition]]:
    if isinstance(narrow, AllOf):
        yield from ((part, wide) for part in narrow.parts)
    if isinstance(wide, AnyOf):
        yield from ((narrow, part) for part in wide.parts)


def _covers(narrow: Comparison, wide: Comparison, trees: Mapping[str, Tree]) -> bool:
    def below(fact: str, code: str, above: str) -> bool:
        # Without its tree, or outside it, a code stands below itself alone.
        tree = trees.get(fact, _NO_TREE)
        return code == above or (code in tree and tree.within(code, above))

    if "includes" in (narrow.operator, wide.operator):
        return False
    if narrow.operator == "within":
        return wide.operator == "within" and below(
            narrow.fact, str(narrow.wanted), str(wide.wanted)
        )
    if narrow.operator in ("equals", "in"):
        values = narrow.wanted if isinstance(narrow.wanted, tuple) else (narrow.wanted,)
        return all(wide.holds({narrow.fact: value}, below) is True for value in values)
    return all(
        any(_bounds(have, need) for have in _sides(narrow)) for need in _sides(wide)
    ) and bool(list(_sides(wide)))


def _sides(comparison: Comparison) -> Iterator[tuple[str, Any]]:
    """Yield a comparison of order as bounds; nothing where it is none."""
    wanted: Any = comparison.wanted
    if comparison.operator == "between":
        yield "at_least", wanted[0]
        yield "less_than", wanted[1]
    elif comparison.operator in (*_LOWER, *_UPPER):
        yield comparison.operator, wanted


def _bounds(have: tuple[str, Any], need: tuple[str, Any]) -> bool:
    (word, value), (wanted, limit) = have, need
    for side, sign in ((_LOWER, 1), (_UPPER, -1)):
        if word in side and wanted in side:
            ahead = (value > limit) - (value < limit)
            strict = word == side[0] and wanted == side[1]
            return ahead * sign > 0 or (ahead == 0 and not strict)
    return False
