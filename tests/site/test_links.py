"""
No link of the built site leads nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import attrs
import pytest

ADDRESSES: Final = {
    "a": "href",
    "iframe": "src",
    "img": "src",
    "link": "href",
    "object": "data",
    "script": "src",
    "source": "src",
}
"""Elements that lead somewhere, and the attribute that says where."""
PLAIN_HTTP: Final = frozenset(
    {
        "brucehardie.com",
        "cfpbjournal.com",
        "crsrw.com",
        "finance.china.com.cn",
        "laws-lois.justice.gc.ca",
        "readingspeakeasy.com",
        "tbankw.com",
        "www.brucehardie.com",
        "www.chinanews.com",
        "www.gov.cn",
        "www.lexology.com",
        "www.stats.gov.cn",
        "zg.changzhou.gov.cn",
    }
)
"""Hosts of sources that were read by http: a source keeps the address it was read at."""


@attrs.frozen
class Read:
    """
    What a page says of links: where they lead, what may be led to, its language and title.
    """

    links: tuple[str, ...]
    anchors: frozenset[str]
    twice: tuple[str, ...]
    lang: str
    title: str


class Reader(HTMLParser):
    """
    Collects what `Read` holds.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.ids: list[str] = []
        self.names: list[str] = []
        self.lang = ""
        self.title = ""
        self.in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep addresses and anchors."""
        held = dict(attrs)
        wanted = ADDRESSES.get(tag)
        if wanted and held.get(wanted) is not None:
            self.links.append(str(held[wanted]))
        if tag == "meta" and (held.get("http-equiv") or "").lower() == "refresh":
            self.links.append((held.get("content") or "").partition("url=")[2])
        if held.get("id"):
            self.ids.append(str(held["id"]))
        if tag == "a" and held.get("name"):
            self.names.append(str(held["name"]))
        if tag == "html":
            self.lang = held.get("lang") or ""
        if tag == "title" and not self.title:
            self.in_title = True

    def handle_endtag(self, tag: str) -> None:
        """Close the title."""
        if tag == "title":
            self.in_title = False

    def handle_data(self, data: str) -> None:
        """Keep the title."""
        if self.in_title:
            self.title += data


def read(text: str) -> Read:
    """
    Read one page.
    """
    reader = Reader()
    reader.feed(text)
    reader.close()
    seen: set[str] = set()
    twice = tuple(each for each in reader.ids if each in seen or seen.add(each))  # type: ignore[func-returns-value]
    return Read(
        links=tuple(reader.links),
        anchors=frozenset([*reader.ids, *reader.names]),
        twice=twice,
        lang=reader.lang,
        title=reader.title.strip(),
    )


@cache
def pages(built: Path) -> dict[str, Read]:
    """
    Read every page of the site: address below its root → what it says.
    """
    return {
        path.relative_to(built).as_posix(): read(path.read_text("utf-8"))
        for path in sorted(built.rglob("*.html"))
    }


def internal(page: str, link: str) -> Iterator[tuple[str, str]]:
    """
    Yield the file and the anchor that a link of *page* leads to, where it leads into the site.
    """
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return
    base = f"http://site/{page}"
    target, anchor = urldefrag(urljoin(base, link))
    path = unquote(urlsplit(target).path).removeprefix("/")
    yield (f"{path}index.html" if not path or path.endswith("/") else path), unquote(anchor)


def test_there_are_pages(built: Path) -> None:
    """
    The site has its first pages and some hundred others, so that the tests below look at something.
    """
    found = pages(built)

    assert {"index.html", "zh/index.html", "404.html"} <= set(found)
    assert len(found) > 500


def test_internal_links_lead_somewhere(built: Path) -> None:
    """
    Every link into the site leads to a file that is there, and its anchor to a place on that page.
    """
    found = pages(built)
    files = {path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()}
    lost = sorted(
        f"{page}: {link}"
        for page, said in found.items()
        for link in set(said.links)
        for target, anchor in internal(page, link)
        if target not in files
        # What stands after the sign for the page that tries rules is for its program.
        or (
            anchor
            and not anchor.startswith("rule=")
            and target in found
            and anchor not in found[target].anchors
        )
    )

    assert [] == lost


def test_links_do_not_leave_the_folder(built: Path) -> None:
    """
    No link starts at the root of the host: the site may stand below a folder. The page that is
    shown for a wrong address is the exception, since it is shown at any depth.
    """
    rooted = [
        f"{page}: {link}"
        for page, said in pages(built).items()
        if page != "404.html"
        for link in said.links
        if link.startswith("/")
    ]

    assert [] == rooted


def test_external_links_are_well_formed(built: Path) -> None:
    """
    Links out of the site are https with a host, or mail; http only where a host has nothing else.
    """
    wrong: set[str] = set()
    for said in pages(built).values():
        for link in said.links:
            parts = urlsplit(link)
            if not parts.scheme and not parts.netloc:
                continue
            fine = parts.scheme in ("https", "http") and "." in parts.netloc and " " not in link
            if parts.scheme == "mailto":
                fine = "@" in parts.path
            if not fine or (parts.scheme == "http" and parts.netloc not in PLAIN_HTTP):
                wrong.add(link)

    assert [] == sorted(wrong)


def test_every_page_says_its_language_and_title(built: Path) -> None:
    """
    Every page has a title, and says its language: Chinese below zh/, English elsewhere.
    """
    found = pages(built)
    wanted = {page: "zh-Hans" if page.startswith("zh/") else "en" for page in found}

    assert wanted | {"404.html": "en"} == {page: said.lang for page, said in found.items()}
    assert [] == [page for page, said in found.items() if not said.title]


def test_no_anchor_stands_twice(built: Path) -> None:
    """
    An anchor names one place of a page.
    """
    assert {} == {page: said.twice for page, said in pages(built).items() if said.twice}


@pytest.mark.parametrize(
    ("page", "link", "target"),
    [
        ("a/b.html", "../c.html#d", ("c.html", "d")),
        ("zh/index.html", "%E6%94%BF.html", ("zh/政.html", "")),
        ("a/b.html", "#e", ("a/b.html", "e")),
        ("a/b.html", "./", ("a/index.html", "")),
    ],
)
def test_where_a_link_leads(page: str, link: str, target: tuple[str, str]) -> None:
    """
    A link is taken from the page it stands on, percent signs and folders as browsers do.
    """
    assert [target] == list(internal(page, link))
