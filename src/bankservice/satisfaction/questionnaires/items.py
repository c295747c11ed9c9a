"""
The kind of policy that holds an item bank: scales, and the questions asked on them.

An item is tagged with every list it belongs to, so that one answer about friendliness is counted
once, whichever of the lists that name it a report is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from bankservice.core.errors import UnknownNameError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Faults, Kind, Library, Title
from bankservice.core.vocabulary import VOCABULARY, Tree
from bankservice.satisfaction.model import Missing
from bankservice.satisfaction.questionnaires.scales import blank, check_scale
from bankservice.satisfaction.questionnaires.table import (
    ItemRow,
    ItemsTable,
    ScaleRow,
)

__all__ = ["CHOSEN", "ITEMS", "SCALED", "Item", "ItemBank", "tree_of"]

SCALED: Final = {
    "nps": ("nps",),
    "csat": ("csat",),
    "ces": ("ces-v1", "ces-v2"),
    "likert": ("likert",),
    "yes-no": ("yes-no",),
}
"""Kinds of items with a scale → the metrics their scales may be made for."""

CHOSEN: Final = ("single", "multiple", "ranking", "constant-sum")
"""Kinds of items with options."""

_MEASURED: Final = {"nps": "nps", "csat": "csat", "ces": "ces", "solved": "yes-no"}
_PAIRED: Final = {"perception": "expectation", "expectation": "perception"}
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_WANTED_CODE: Final = "a code of its own: lower-case letters, digits, and . _ - between them"
_RESERVED: Final = frozenset(code.value for code in Missing)
_PRODUCTS: Final = "vocabulary/product-kinds"
_MOST_OPTIONS: Final = 100
_CONSENT: Final[Mapping[object, Title]] = {1: Title(en="yes", zh="是"), 0: Title(en="no", zh="否")}


@attrs.frozen(kw_only=True)
class Item:
    """
    One item, ready to use.

    Attributes:
        row: As written.
        scale: Its scale, where it has one.
        options: Code → what people read, in the order they are shown.
    """

    row: ItemRow
    scale: ScaleRow | None = None
    options: FrozenMapping[str, Title] = FrozenMapping()

    @property
    def code(self) -> str:
        """Its code."""
        return self.row.code

    @property
    def scored(self) -> bool:
        """Whether answers to it are codes of a scale that a score may be made of."""
        return self.scale is not None

    def keyed(self, code: int) -> int:
        """Return the code of an answer as it is summed: of a reverse-keyed item the turned one."""
        return self.scale.turned(code) if self.row.reverse and self.scale is not None else code

    def title(self, answer: object) -> Title | None:
        """Return what people read for an answer: the label of a code, or the words of an option."""
        if self.scale is not None:
            return next((row.title for row in self.scale.label if row.code == answer), None)
        if self.row.kind == "consent":
            return _CONSENT.get(answer)
        return self.options.get(answer) if isinstance(answer, str) else None

    def described(self, answer: object, locale: str) -> str:
        """Return what people read for an answer in a language; as it stands where it has no words."""
        title = self.title(answer)
        return str(answer) if title is None else title.of(locale)


@attrs.frozen(eq=False, kw_only=True)
class ItemBank:
    """
    A version of an item bank, ready to use.

    Attributes:
        written: As written.
        scales: Scales by code.
        items: Items by code, in the order they are written.
    """

    written: ItemsTable
    scales: Mapping[str, ScaleRow]
    items: Mapping[str, Item]

    def item(self, code: str) -> Item:
        """
        Return an item.

        Raises:
            UnknownNameError: If there is none; near names are offered.
        """
        found = self.items.get(code)
        if found is None:
            raise UnknownNameError("item", code, self.items)
        return found

    def tagged(self, tag: str) -> tuple[Item, ...]:
        """Return the items of a list, in their order."""
        return tuple(item for item in self.items.values() if tag in item.row.tags)

    def in_dimension(self, dimension: str) -> tuple[Item, ...]:
        """Return the items of a dimension, in their order."""
        return tuple(item for item in self.items.values() if item.row.dimension == dimension)

    def title(self, code: str) -> Title | str:
        """Return what people read for a dimension or a list; its code where it is none."""
        rows = (*self.written.dimension, *self.written.tag)
        return next((row.title for row in rows if row.code == code), code)


def tree_of(name: str, path: str, faults: Faults, library: Library) -> Tree:
    """Return a vocabulary that a policy names; an empty one, with a fault, where there is none."""
    try:
        policy = library.get(name)
    except UnknownNameError as error:
        faults.add(path, repr(name), "the id of a vocabulary", error.near)
        return Tree(())
    if policy.kind.name != VOCABULARY.name:
        faults.add(path, f"a policy of kind {policy.kind.name}", f"one of {VOCABULARY.name}")
        return Tree(())
    tree: Tree = policy.versions[-1].parameters
    return tree


def _build(table: ItemsTable, faults: Faults, library: Library) -> ItemBank:
    for name in ("scale", "dimension", "tag", "item"):
        _check_codes(getattr(table, name), name, faults)
    for place, scale in enumerate(table.scale):
        check_scale(scale, f"scale[{place}]", faults)
    check = _Check(table, faults, library)
    items: dict[str, Item] = {}
    for place, row in enumerate(table.item):
        items[row.code] = check.item(row, f"item[{place}]")
    return ItemBank(written=table, scales=check.scales, items=items)


def _check_codes(rows: Iterable[Any], name: str, faults: Faults) -> None:
    seen = set[str]()
    for place, row in enumerate(rows):
        if _CODE.fullmatch(row.code) is None or row.code in seen or row.code in _RESERVED:
            faults.add(f"{name}[{place}].code", repr(row.code), _WANTED_CODE)
        seen.add(row.code)


class _Check:
    """Checks the items of a bank, and notes what is wrong."""

    def __init__(self, table: ItemsTable, faults: Faults, library: Library) -> None:
        self.faults, self.library = faults, library
        self.scales = {row.code: row for row in table.scale}
        self.rows = {row.code: row for row in table.item}
        self.dimensions = [row.code for row in table.dimension]
        self.tags = [row.code for row in table.tag]

    def item(self, row: ItemRow, path: str) -> Item:
        """Return an item ready to use."""
        if blank(row.text):
            self.faults.add(f"{path}.text", "no words", "words in both languages")
        scale = self._scale(row, path)
        options = self._options(row, path)
        self._measure(row, path)
        self._lists(row, path)
        self._pair(row, path)
        self._bounds(row, len(options), path)
        if row.reverse and (row.kind != "likert" or scale is None or scale.good == "none"):
            wanted = "false: only a likert on a scale with a direction can be turned"
            self.faults.add(f"{path}.reverse", "true", wanted)
        return Item(row=row, scale=scale, options=FrozenMapping(options))

    def _scale(self, row: ItemRow, path: str) -> ScaleRow | None:
        metrics = SCALED.get(row.kind, ())
        if not metrics:
            if row.scale:
                self.faults.add(f"{path}.scale", repr(row.scale), f"none: it is of kind {row.kind}")
            return None
        scale = self.scales.get(row.scale)
        if scale is None:
            near = near_names(row.scale, self.scales)
            self.faults.add(f"{path}.scale", repr(row.scale), "the code of a scale", near)
        elif scale.metric not in metrics:
            wanted = f"a scale made for {' or '.join(metrics)}"
            self.faults.add(f"{path}.scale", f"{row.scale!r}, made for {scale.metric}", wanted)
        return scale

    def _options(self, row: ItemRow, path: str) -> dict[str, Title]:
        if row.kind not in CHOSEN:
            for name in ("option", "tree"):
                if getattr(row, name):
                    self.faults.add(f"{path}.{name}", "options", f"none: it is {row.kind}")
            return {}
        if bool(row.option) == bool(row.tree):
            got = "both" if row.tree else "nothing"
            self.faults.add(f"{path}.option", got, "options, or the id of a vocabulary as `tree`")
            return {}
        if row.tree:
            tree = tree_of(row.tree, f"{path}.tree", self.faults, self.library)
            return {code: held.title for code, held in tree.items()}
        _check_codes(row.option, f"{path}.option", self.faults)
        for place, option in enumerate(row.option):
            if blank(option.title):
                where = f"{path}.option[{place}].title"
                self.faults.add(where, "no words", "words in both languages")
        if not 2 <= len(row.option) <= _MOST_OPTIONS:
            wanted = f"from 2 to {_MOST_OPTIONS} options"
            self.faults.add(f"{path}.option", len(row.option), wanted)
        return {option.code: option.title for option in row.option}

    def _measure(self, row: ItemRow, path: str) -> None:
        if row.measure and row.kind != _MEASURED[row.measure]:
            wanted = f"an item of kind {_MEASURED[row.measure]}; it is {row.kind}"
            self.faults.add(f"{path}.measure", repr(row.measure), wanted)

    def _lists(self, row: ItemRow, path: str) -> None:
        if row.dimension and row.dimension not in self.dimensions:
            near = near_names(row.dimension, self.dimensions)
            wanted = "the code of a dimension"
            self.faults.add(f"{path}.dimension", repr(row.dimension), wanted, near)
        for place, tag in enumerate(row.tags):
            if tag not in self.tags or tag in row.tags[:place]:
                near = near_names(tag, self.tags)
                self.faults.add(f"{path}.tags[{place}]", repr(tag), "the code of a list", near)
        if row.product:
            tree = tree_of(_PRODUCTS, f"{path}.product", self.faults, self.library)
            if row.product not in tree:
                near = near_names(row.product, tree)
                wanted = f"a code of {_PRODUCTS}"
                self.faults.add(f"{path}.product", repr(row.product), wanted, near)

    def _pair(self, row: ItemRow, path: str) -> None:
        if not row.pair:
            return
        other = self.rows.get(row.pair)
        if other is None:
            near = near_names(row.pair, self.rows)
            self.faults.add(f"{path}.pair", repr(row.pair), "the code of an item", near)
        elif other.pair != row.code:
            wanted = f"an item whose pair is {row.code!r}"
            self.faults.add(f"{path}.pair", f"{row.pair!r}, whose pair is {other.pair!r}", wanted)
        elif _PAIRED.get(row.aspect) != other.aspect:
            wanted = "a perception beside an expectation"
            self.faults.add(f"{path}.pair", f"{row.aspect} beside {other.aspect}", wanted)
        else:
            for name in ("kind", "scale", "dimension", "reverse"):
                mine, theirs = getattr(row, name), getattr(other, name)
                if mine != theirs:
                    wanted = f"{theirs!r}, as {other.code} has it: the two are subtracted"
                    self.faults.add(f"{path}.{name}", repr(mine), wanted)

    def _bounds(self, row: ItemRow, options: int, path: str) -> None:
        several = row.kind in ("multiple", "ranking")
        if row.most is not None and not several and row.kind not in ("numeric", "text"):
            self.faults.add(f"{path}.most", row.most, f"nothing: it is of kind {row.kind}")
        elif row.most is not None and row.kind != "numeric":
            highest = options if several else 100_000
            if row.most != row.most.to_integral_value() or not 1 <= row.most <= highest:
                self.faults.add(f"{path}.most", row.most, f"a whole number from 1 to {highest}")
        if row.least is not None:
            if row.kind != "numeric":
                self.faults.add(f"{path}.least", row.least, f"nothing: it is of kind {row.kind}")
            elif row.most is not None and row.most < row.least:
                self.faults.add(f"{path}.most", row.most, f"{row.least} (the lowest) or more")
        if row.total < 1 or (row.total != 100 and row.kind != "constant-sum"):
            wanted = "1 or more, for a constant sum only"
            self.faults.add(f"{path}.total", row.total, wanted)


ITEMS: Final[Kind[Any, ItemBank]] = Kind("satisfaction.items", ItemsTable, _build)
"""Kind of policy that holds an item bank."""
