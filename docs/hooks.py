"""
What the site tool calls: nothing here but the calls of plain functions.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Final

import changelog
import formulas
import generate

# A line that ends in a Chinese stop (bold or not) and goes on in text, not in a list, table, heading
# or fence.
SENTENCE_BREAK: Final = re.compile(
    r"(?:(?<=[。；：！？])|(?<=[。；：！？]\*\*))\n {0,4}(?=[\u4e00-\u9fff“（《\[]|`(?!``)|\*\S)"
)


def on_config(config: MutableMapping[str, Any]) -> None:
    """
    Hang the generated pages into the menu, below their list pages; show formulas as MathML.
    """
    blocks = config["mdx_configs"].setdefault("pymdownx.superfences", {})
    blocks["custom_fences"] = [{"name": "math", "class": "math", "format": formulas.fence}]
    below = generate.menu()
    config["nav"] = [with_children(entry, below) for entry in config["nav"]]


def on_pre_build(config: MutableMapping[str, Any]) -> None:
    """
    Write the generated pages before the tool looks for pages.
    """
    docs = Path(config["docs_dir"])
    generate.write_all(docs)
    changelog.write_all(docs)


def with_children(entry: Any, below: dict[str, list[dict[str, str]]]) -> Any:
    """
    Return a menu entry with the pages that stand below it.
    """
    if not isinstance(entry, dict):
        return entry
    ((title, target),) = entry.items()
    if isinstance(target, list):
        return {title: [with_children(child, below) for child in target]}
    if below.get(target):
        return {title: [target, *below[target]]}
    return entry


def on_page_markdown(markdown: str, **_: Any) -> str:
    """
    Join Chinese sentences: one stands on each line, and no space belongs between them.
    """
    return SENTENCE_BREAK.sub("", markdown)
