"""
The figures of the rule book: pages, sources, names, weight; one a line.

The generated pages are written first, so that what is counted is what there is.

    python docs/figures.py            # pages, sources, names
    python docs/figures.py SITE       # and the weight of a built site
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, normpath
from typing import Final

import attrs
import generate
from book.api_docs import PAGES, modules, names_of
from book.bilingual import DOCS, LOCALES
from book.book_places import in_book
from book.citation_docs import row_sources

from bankservice import policies
from bankservice.core.citation import Citation

__all__ = [
    "Sources",
    "figures",
    "first_load",
    "generated_pages",
    "names",
    "sources",
]

GENERATED: Final = ("reference/generated/", "changelog.md")
"""Pages that are written by a program, below the folder of a language."""


@attrs.frozen
class Sources:
    """
    How many of some sources say where in what they stand.

    Attributes:
        count: How many there are.
        clause: Those with a clause.
        published: Those with an address that somebody published.
        book: Those whose address is a page of this book.
        compared: Those with the day on which somebody last compared.
    """

    count: int
    clause: int
    published: int
    book: int
    compared: int

    @property
    def complete(self) -> bool:
        """Whether every one has clause, address and day."""
        return self.count == self.clause == self.published + self.book == self.compared


def sources() -> tuple[Sources, Sources]:
    """Return the sources of all shipped versions, and of all rows that name one themselves."""
    versions, rows = list[Citation](), list[Citation]()
    for policy_id in policies.shelf().shipped():
        for version in policies.load(policy_id).versions:
            versions.append(version.source)
            rows += [source for _, source in row_sources(version.written)]
    return _counted(versions), _counted(rows)


def _counted(held: list[Citation]) -> Sources:
    return Sources(
        len(held),
        sum(bool(source.clause) for source in held),
        sum(bool(source.url) and not in_book(source.url) for source in held),
        sum(in_book(source.url) for source in held),
        sum(source.read_on is not None for source in held),
    )


def generated_pages(locale: str) -> Counter[str]:
    """Return how many pages of a language there are, by kind; `written` are those by hand."""
    folder = DOCS / locale
    found: Counter[str] = Counter()
    for path in folder.rglob("*.md"):
        page = path.relative_to(folder).as_posix()
        below = page.removeprefix(GENERATED[0])
        if not page.startswith(GENERATED):
            found["written"] += 1
        else:
            found[below.partition("/")[0] if "/" in below else "lists"] += 1
    return found


# --- public names -------------------------------------------------------------------------------


def names() -> dict[str, bool]:
    """
    Return each public name, and whether it is documented.

    It is where it has a docstring, and the page of its module stands with those of the interface.
    """
    paged = {module for part in PAGES for module in part.modules if _page(part.name).is_file()}
    return {
        f"{module}.{held.name}": bool(held.says) and module in paged
        for module in modules()
        for held in names_of(module)
    }


def _page(name: str) -> Path:
    return DOCS / "en" / GENERATED[0] / "api" / f"{name}.md"


# --- weight -------------------------------------------------------------------------------------


class _Loaded(HTMLParser):
    """Collects what a page names that a browser fetches at once."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        held = dict(attributes)
        now = tag == "link" and held.get("rel") in ("stylesheet", "icon", "modulepreload")
        if tag in ("script", "img") and held.get("loading") != "lazy":
            self.found.append(held.get("src") or "")
        elif now:
            self.found.append(held.get("href") or "")


def first_load(site: Path, page: str = "index.html") -> tuple[int, int]:
    """Return how many files a page names, itself among them, and their bytes, not compressed."""
    reader = _Loaded()
    reader.feed((site / page).read_text("utf-8"))
    named = {page}
    for address in reader.found:
        path = address.partition("?")[0].partition("#")[0]
        if path and "://" not in path and not path.startswith(("data:", "/")):
            named.add(normpath(f"{dirname(page)}/{path}".lstrip("/")))
    return len(named), sum((site / name).stat().st_size for name in named)


# --- told ---------------------------------------------------------------------------------------


def figures(site: Path | None = None) -> Iterator[str]:
    """Yield the figures, one a line; the last two only of a built site."""
    for locale in LOCALES:
        count = generated_pages(locale)
        written = count.pop("written", 0)
        told = ", ".join(f"{kind} {number}" for kind, number in sorted(count.items()))
        yield f"pages generated ({locale}): {count.total()} ({told})"
        yield f"pages written by hand ({locale}): {written}"
    for what, held in zip(("versions", "rows"), sources(), strict=True):
        yield f"shipped {what} with a source of their own: {held.count}"
        yield f"{what} with a clause: {_share(held.clause, held.count)}"
        address = held.published + held.book
        yield f"{what} with an address: {_share(address, held.count)}"
        yield f"{what} with a published address: {_share(held.published, held.count)}"
        yield f"{what} with a page of this book as address: {_share(held.book, held.count)}"
        yield f"{what} with the day they were last compared: {_share(held.compared, held.count)}"
    found = names()
    yield f"public names documented: {_share(sum(found.values()), len(found))}"
    for name in sorted(name for name, told in found.items() if not told):
        yield f"not documented: {name}"
    if site is not None:
        for locale, page in (("en", "index.html"), ("zh", "zh/index.html")):
            files, size = first_load(site, page)
            yield f"first load ({locale}): {size / 1024:.0f} KiB in {files} files, by what the page names"
        held_files = [path.stat().st_size for path in site.rglob("*") if path.is_file()]
        yield f"site: {sum(held_files) / 1024 / 1024:.1f} MiB in {len(held_files)} files"


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.1f} %)" if whole else f"{part} of {whole}"


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if folder is not None and not (folder / "index.html").is_file():
        sys.exit(f"{folder} holds no built site: no index.html.")
    generate.write_all()
    for told_line in figures(folder):
        sys.stdout.write(f"{told_line}\n")
