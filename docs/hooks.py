"""
What the site tool calls: nothing here but the calls of plain functions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Final

import changelog
import diagrams
import generate
import permalinks
import readme
import try_it
from book import formulas, schema_files, search_index
from markdown.extensions.toc import slugify_unicode

# A line that ends in a Chinese stop (bold or not) and goes on in text, not in a list, table, heading
# or fence.
SENTENCE_BREAK: Final = re.compile(
    r"(?:(?<=[。；：！？])|(?<=[。；：！？]\*\*))\n {0,4}(?=[\u4e00-\u9fff“（《\[]|`(?!``)|\*\S)"
)
DAY: Final = re.compile(r"<td( style=\"[^\"]*\")?>(?=\d{4}-\d\d-\d\d</td>)")
TABLE: Final = re.compile(r"<table>(.*?)</table>", re.DOTALL)

DAYS: Final = "reference/generated/calendars/"
PRIORS: Final = ((DAYS, 0.3), ("changelog", 0.3), ("reference/generated/api", 0.6))
"""Pages that hold many words and are seldom what somebody looks for."""
UNUSED: Final = re.compile(r"assets/javascripts/(lunr|workers)/|.*\.map$")
"""Files of the theme that this site has no use for: its search, and maps of its scripts."""

to_index: defaultdict[str, dict[str, search_index.Indexed]] = defaultdict(dict)
"""Pages of the build that goes on, by language and address."""


def on_config(config: MutableMapping[str, Any]) -> None:
    """
    Hang the generated pages into the menu, below their list pages; show formulas as MathML.
    """
    blocks = config["mdx_configs"].setdefault("pymdownx.superfences", {})
    blocks["custom_fences"] = [{"name": "math", "class": "math", "format": formulas.fence}]
    # A Chinese heading keeps its words in its address; without them it would be a number in order.
    config["mdx_configs"].setdefault("toc", {})["slugify"] = slugify_unicode
    below = generate.menu()
    config["nav"] = [with_children(entry, below) for entry in config["nav"]]


def on_pre_build(config: MutableMapping[str, Any]) -> None:
    """
    Write the generated pages before the tool looks for pages.
    """
    if config["plugins"]["i18n"].building:
        # The second language is a build within the first, which has written them.
        return
    docs = Path(config["docs_dir"])
    generate.write_all(docs)
    changelog.write_all(docs)
    diagrams.write_all(docs)


def on_files(files: Any, **_: Any) -> None:
    """
    Leave out what the theme brings and no page asks for.
    """
    for file in [file for file in files if UNUSED.match(file.src_uri)]:
        files.remove(file)


def with_children(entry: Any, below: dict[str, list[dict[str, str] | str]]) -> Any:
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
    Leave out what is for the README only; join Chinese sentences: one stands on each line, and no
    space belongs between them.
    """
    return SENTENCE_BREAK.sub("", readme.part(markdown + "\n", "site"))


def on_page_content(html: str, page: Any, **_: Any) -> str:
    """
    Take the page into the index of the search, and put tables into boxes that scroll by themselves.
    """
    locale = "zh" if page.url.startswith("zh/") else "en"
    below = page.url.removeprefix("zh/")
    to_index[locale][page.url] = search_index.Indexed(
        url=page.url,
        title=page.title,
        trail=" / ".join(part.title for part in reversed(page.ancestors)),
        sections=search_index.sections(html),
        prior=next((prior for start, prior in PRIORS if below.startswith(start)), 1.0),
    )
    if not page.ancestors:
        # It stands in no part of the menu, so that there is none to show beside it.
        page.meta.setdefault("hide", ["navigation"])
    label = {"en": "Table", "zh": "表格"}[locale]
    return TABLE.sub(
        rf'<div class="book-scroll" role="group" aria-label="{label}">'
        r'<table class="book-table">\1</table></div>',
        # A day is one word, whatever a browser makes of its hyphens.
        DAY.sub(r'<td\1 class="book-day">', html),
    )


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """
    Say which Chinese it is: the reader's browser chooses the shapes of characters by it.
    """
    if page.url.startswith("zh/"):
        return output.replace('<html lang="zh"', '<html lang="zh-Hans"', 1)
    return output


def on_post_build(config: MutableMapping[str, Any]) -> None:
    """
    Write the index of the search, a folder for each language; take away the map of the site where
    the site does not know its own address.
    """
    for name in () if config["site_url"] else ("sitemap.xml", "sitemap.xml.gz"):
        (Path(config["site_dir"]) / name).unlink(missing_ok=True)
    for locale, pages in to_index.items():
        folder = Path(config["site_dir"]) / "search" / locale
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in search_index.index_files(pages.values()).items():
            (folder / name).write_text(text, "utf-8")
    to_index.clear()
    site = Path(config["site_dir"])
    if all((site / folder / "index.html").is_file() for folder in ("", "zh")):
        # The second language is built last: now everything stands that an address may lead to.
        permalinks.write_redirects(site)
        schema_files.write_schemas(site)
        try_it.build(site)
