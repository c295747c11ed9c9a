"""The JSON Schemas as files of the site, `schemas/<name>.json`, and the links to them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from book.bilingual import listed
from book.labels import label

from bankservice import schemas

__all__ = ["FOLDER", "link", "links_of", "write_schemas"]

FOLDER: Final = "schemas"


def write_schemas(site: Path) -> None:
    """Write every schema below the folder of a built site; both languages link to the same files."""
    folder = site / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for named in schemas.catalogue():
        text = json.dumps(schemas.schema(named.name), ensure_ascii=False, separators=(",", ":"))
        (folder / f"{named.name}.json").write_text(f"{text}\n", "utf-8")


def link(name: str, locale: str, depth: int) -> str:
    """
    Return the link to a schema from a page.

    It is written as HTML: the file is there once the site is built, and no page of it.

    Args:
        name: Name of the schema.
        locale: Language of the page; Chinese pages stand one folder further down.
        depth: How many folders the page stands below that of its language.
    """
    up = "../" * (depth + (locale != "en"))
    return f'<a href="{up}{FOLDER}/{name}.json"><code>{name}</code></a>'


def links_of(of: str, locale: str, depth: int) -> str:
    """Return the line that links all schemas of a rule, a record or a kind of policy."""
    names = [named.name for named in schemas.catalogue() if named.of == of]
    return _line(names, locale, depth)


def _line(names: Iterable[str], locale: str, depth: int) -> str:
    return f"{label('schemas', locale)}{listed((link(n, locale, depth) for n in names), locale)}"
