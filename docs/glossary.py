"""
The two indexes at the end of the glossary: English to Chinese, and Chinese to English by sound.

    python docs/glossary.py          write both pages' indexes
    python docs/glossary.py check    tell whether they are up to date

The tables above them are written by hand, in both languages with the same terms in the same order.
"""

from __future__ import annotations

import argparse
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Final

import attrs

__all__ = ["Term", "indexes", "page_of", "stale", "terms", "write_all"]

DOCS: Final = Path(__file__).parent

INDEX: Final[Mapping[str, str]] = {"en": "## From A to Z", "zh": "## 英中索引"}
"""Heading of a page's first index; all from there on is written by this module."""

_CHINESE: Final[Mapping[str, str]] = {"en": "## From the Chinese", "zh": "## 中英索引"}
_ORDER: Final[Mapping[str, str]] = {
    "en": "By the sound of the first character (pinyin).",
    "zh": "按首字拼音排列。",
}
_ROW: Final = re.compile(r"^\| (.+?) \| (.+?) \| (.+?) \|(?: `([^`]+)` \|)?$", re.MULTILINE)
_HEADS: Final = ("English", "英文")

_SOUNDS: Final = "ABCDEFGHJKLMNOPQRSTWXYZ"
_FIRST: Final = "啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝"
"""The first character of each sound: the common characters of GB 2312 stand in its order."""
_LAST: Final = "座"


@attrs.frozen
class Term:
    """
    One row of the glossary.

    Attributes:
        english: The term, or several with commas.
        chinese: The same.
        where: Rule, record, kind of policy or name in the package it lives in; empty where it is
            not built yet.
    """

    english: str
    chinese: str
    where: str

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The single words with what each is in the other language."""
        english, chinese = self.english.split(", "), self.chinese.split(", ")
        if len(english) == len(chinese):
            return tuple(zip(english, chinese, strict=True))
        return tuple((first, second) for first in english for second in chinese)


def terms(text: str, locale: str) -> tuple[Term, ...]:
    """Return the rows of a glossary page, in its order."""
    above = text.partition(INDEX[locale])[0]
    return tuple(
        Term(found[1], found[2], found[4] or "")
        for found in _ROW.finditer(above)
        if found[1] not in _HEADS
    )


def _sound(word: str) -> str:
    """Return the letter a Chinese word is looked up under; `#` for what begins otherwise."""
    at = _code(word[:1])
    found = bisect_right(_FIRST, at, key=_code)
    return _SOUNDS[found - 1] if found and at <= _code(_LAST) else "#"


def _code(word: str) -> bytes:
    return word.encode("gb2312", "replace")


def indexes(held: Iterable[Term], locale: str) -> str:
    """
    Return both indexes as Markdown.

    Args:
        held: The rows of the glossary.
        locale: Language of the headings.

    Examples:
        >>> print(indexes([Term("tier", "客户等级", ""), Term("earn, accrue", "累积", "")], "en"))
        ## From A to Z
        <BLANKLINE>
        - **A**: accrue 累积
        - **E**: earn 累积
        - **T**: tier 客户等级
        <BLANKLINE>
        ## From the Chinese
        <BLANKLINE>
        By the sound of the first character (pinyin).
        <BLANKLINE>
        - **K**: 客户等级 tier
        - **L**: 累积 accrue, earn
        <BLANKLINE>
    """
    pairs = sorted({pair for term in held for pair in term.pairs})
    english = _grouped(
        pairs,
        key=lambda word: (word.casefold(), b""),
        letter=lambda word: word[0].upper(),
        comma="、",
    )
    back = [(chinese, word) for word, chinese in pairs]
    chinese = _grouped(
        back,
        key=lambda word: (_sound(word), _code(word)),
        letter=_sound,
        comma=", ",
    )
    lines = (INDEX[locale], english, _CHINESE[locale], _ORDER[locale], chinese)
    return "\n\n".join(lines) + "\n"


def _grouped(
    pairs: Iterable[tuple[str, str]],
    *,
    key: Callable[[str], tuple[str, bytes]],
    letter: Callable[[str], str],
    comma: str,
) -> str:
    ordered = sorted(pairs, key=lambda pair: (key(pair[0]), pair[0]))
    words = [
        (word, comma.join(sorted({meant for _, meant in same})))
        for word, same in groupby(ordered, key=lambda pair: pair[0])
    ]
    return "\n".join(
        f"- **{first}**: " + " · ".join(f"{word} {meant}" for word, meant in row)
        for first, row in groupby(words, key=lambda each: letter(each[0]))
    )


def page_of(text: str, locale: str) -> str:
    """Return a glossary page with the indexes its tables ask for."""
    above = text.partition(INDEX[locale])[0].rstrip()
    return f"{above}\n\n{indexes(terms(text, locale), locale)}"


def _path(root: Path, locale: str) -> Path:
    return root / locale / "explanation/glossary.md"


def stale(root: Path = DOCS) -> tuple[str, ...]:
    """Return the glossary pages whose indexes are not what their tables ask for."""
    pages = {locale: _path(root, locale) for locale in INDEX}
    return tuple(
        page.relative_to(root).as_posix()
        for locale, page in pages.items()
        if page.read_text("utf-8") != page_of(page.read_text("utf-8"), locale)
    )


def write_all(root: Path = DOCS) -> None:
    """Write the indexes of both pages."""
    for locale in INDEX:
        page = _path(root, locale)
        page.write_text(page_of(page.read_text("utf-8"), locale), "utf-8")


def _main() -> int:
    parser = argparse.ArgumentParser(description="Write the indexes of the glossary.")
    parser.add_argument("do", nargs="?", choices=("write", "check"), default="write")
    if parser.parse_args().do == "write":
        write_all()
        return 0
    found = stale()
    for name in found:
        print(f"{name}: its indexes are not those of its tables; run `python docs/glossary.py`.")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(_main())
