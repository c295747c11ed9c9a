"""
Write the Chinese of what keys mean into the package, for notes in exported workbooks.

The rule book and the workbooks say the same: `words.toml` is the one source of both. Run
`python docs/sheet_words.py` after it, or the docstring of a policy's class, has changed.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from book.bilingual import DOCS, written_words
from book.docstrings import attributes_of
from book.field_docs import PartDoc, part_of, parts_of

from bankservice import policies
from bankservice.core.citation import Approval, Citation
from bankservice.core.policy import DeclaredFact
from bankservice.core.policy_file import VersionHead

__all__ = ["TARGET", "meanings", "parts", "text"]

TARGET: Final = DOCS.parent / "src" / "bankservice" / "sheets" / "wording" / "meanings_zh_CN.po"


def meanings() -> dict[str, str]:
    """Return what the classes of policies say of their keys → the same in Chinese."""
    found: dict[str, str] = {}
    for part in parts():
        says = {} if part.kind is None else attributes_of(part.kind)
        for field in part.fields:
            english = says.get(field.name, "")
            if english and field.meaning["zh"] != field.meaning["en"]:
                found.setdefault(english, field.meaning["zh"])
    for name, english in attributes_of(VersionHead).items():
        chinese = written_words()["head"].get(name, "")
        found[english] = chinese["zh"] if isinstance(chinese, dict) else chinese
    return dict(sorted(found.items()))


def parts() -> list[PartDoc]:
    """Return the classes whose keys stand in policies."""
    kinds: list[type[Any]] = [kind.schema for kind in policies.kinds()]
    own = [part_of(kind) for kind in (*kinds, Citation, Approval, DeclaredFact)]
    return [*own, *parts_of(*kinds)]


def text() -> str:
    """Return the catalogue as it is written."""
    catalogue = Catalog(locale="zh_CN", header_comment="")
    for english, chinese in meanings().items():
        catalogue.add(english, chinese)
    held = BytesIO()
    write_po(held, catalogue, width=0, omit_header=True)
    head = 'msgid ""\nmsgstr ""\n"Language: zh_CN\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    return head + held.getvalue().decode().rstrip("\n") + "\n"


def main(target: Path = TARGET) -> None:
    """Write the catalogue."""
    target.write_text(text(), "utf-8")


if __name__ == "__main__":
    main()
