"""
Vocabularies: the codes several domains share, as dated trees with titles in both languages.

Channels, product kinds, customer kinds and roles are data, so that no domain invents its own
and none imports another for them. A bank adds its codes with a policy that `extends` a shipped
one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from bankservice.core.errors import UnknownNameError, near_names
from bankservice.core.policy import Faults, Kind, Library, Title

__all__ = ["VOCABULARY", "Code", "Tree", "VocabularyTable"]


@attrs.frozen(kw_only=True)
class Code:
    """
    One code.

    Attributes:
        code: Stable; never renamed, never reused.
        title: What people read.
        under: The code it belongs to; empty at the root.
        ours: Whether this project added it to what the source texts name.
        tags: Other lists the code belongs to, such as `online`.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    under: str = ""
    ours: bool = attrs.field(default=False, metadata={"digest": False})
    tags: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class VocabularyTable:
    """
    A vocabulary version as written: the codes, and the vocabulary it extends, if any.

    Attributes:
        code: The codes.
        extends: Id of the vocabulary these codes are added to.
    """

    code: tuple[Code, ...]
    extends: str = ""


class Tree(Mapping[str, Code]):
    """
    A tree of codes.

    Examples:
        >>> title = Title(en="x", zh="x")
        >>> tree = Tree(
        ...     [Code(code="phone", title=title), Code(code="hotline", title=title, under="phone")]
        ... )
        >>> tree.within("hotline", "phone"), tree.path("hotline")
        (True, ('phone', 'hotline'))
    """

    def __init__(self, codes: Iterator[Code] | list[Code] | tuple[Code, ...]) -> None:
        """Build the tree; the codes have been checked."""
        self._codes = {code.code: code for code in codes}

    def __getitem__(self, code: str) -> Code:
        try:
            return self._codes[code]
        except KeyError:
            raise UnknownNameError("code", code, self._codes) from None

    def __contains__(self, code: object) -> bool:
        return code in self._codes

    def __iter__(self) -> Iterator[str]:
        return iter(self._codes)

    def __len__(self) -> int:
        return len(self._codes)

    def path(self, code: str) -> tuple[str, ...]:
        """Return the codes from the root down to *code*."""
        found = self[code]
        return (*self.path(found.under), code) if found.under else (code,)

    def within(self, code: str, ancestor: str) -> bool:
        """Tell whether *code* is *ancestor* or stands below it."""
        return ancestor in self.path(code)

    def children(self, code: str = "") -> tuple[str, ...]:
        """Return the codes directly under *code*; the roots where it is empty."""
        return tuple(held.code for held in self._codes.values() if held.under == code)


def _build(table: VocabularyTable, faults: Faults, library: Library) -> Tree:
    codes: dict[str, Code] = {}
    if table.extends:
        try:
            extended = library.get(table.extends).versions[-1].parameters
        except UnknownNameError as error:
            faults.add("extends", repr(table.extends), "the id of a vocabulary", error.near)
        else:
            if isinstance(extended, Tree):
                codes.update(extended)
            else:
                faults.add("extends", repr(table.extends), "the id of a vocabulary")
    for index, code in enumerate(table.code):
        if code.code in codes:
            faults.add(f"code[{index}].code", repr(code.code), "a code that is not taken")
        codes[code.code] = code
    for index, code in enumerate(table.code):
        if code.under and code.under not in codes:
            near = near_names(code.under, codes)
            faults.add(f"code[{index}].under", repr(code.under), "a code of this vocabulary", near)
        elif _circles(code, codes):
            faults.add(
                f"code[{index}].under",
                repr(code.under),
                "a code that does not stand below this one",
            )
    return Tree(tuple(codes.values()) if not len(faults) else ())


def _circles(code: Code, codes: Mapping[str, Code]) -> bool:
    seen, above = {code.code}, code.under
    while above:
        if above in seen:
            return True
        seen.add(above)
        above = codes[above].under if above in codes else ""
    return False


VOCABULARY = Kind("vocabulary.tree", VocabularyTable, _build)
"""Kind of policy that holds a vocabulary."""
