"""
The index of the site's search: text of pages in, small files out.

It knows words of Latin letters, codes (`us-reg-e`, `final_response`) whole and in parts, and Chinese
by pairs of characters: 投诉时限 is looked for as 投诉, 诉时 and 时限, so that no dictionary decides
where a word ends. What words mean the same (deadline, deadlines) is the reader's side's to know:
`assets/search.js`.

The index stands in many files, each with the terms of one first letter, so that a search reads what
it needs and no page waits for it.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from typing import Final

import attrs

__all__ = ["Indexed", "Section", "index_files", "sections", "shard", "terms"]

CODE: Final = re.compile(r"[a-z0-9]+(?:[._/\-][a-z0-9]+)+")
WORD: Final = re.compile(r"[a-z][a-z0-9]*|[0-9]{1,4}(?![0-9.,:\-])")
HAN: Final = re.compile(r"[\u3400-\u9fff]+")
HEX: Final = re.compile(r"(?=.*[0-9])[0-9a-f]{12,}")

HEADINGS: Final = ("h1", "h2", "h3")
SILENT: Final = frozenset({"script", "style", "svg", "math"})
"""Elements whose text nobody reads as words."""

TITLE: Final = 14
HEADING: Final = 10
LEAD: Final = 3
MOST: Final = 5
"""What a term weighs in a page's title, in a heading, in its first paragraph; how often one counts."""
HAN_SHARDS: Final = 32
SHOWN: Final = 110
"""Characters of a page's first paragraph that stand below its title in the results."""


@attrs.frozen
class Section:
    """
    A heading and the text below it, up to the next heading.
    """

    anchor: str
    heading: str
    level: int
    text: str


@attrs.frozen
class Indexed:
    """
    A page to be found: its address below the site's root, title, where it stands, its sections.

    *prior* is what its weights are multiplied by: lists of days and the changelog hold many words
    and are seldom what somebody looks for.
    """

    url: str
    title: str
    trail: str
    sections: tuple[Section, ...]
    prior: float = 1.0


@attrs.define
class Found:
    """
    A section while its page is read: pieces of its heading and of its text.
    """

    anchor: str = ""
    level: int = 1
    heading: list[str] = attrs.field(factory=list)
    text: list[str] = attrs.field(factory=list)


class Reader(HTMLParser):
    """
    Takes the text of a page apart into sections.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = [Found()]
        self.in_heading = False
        self.silent = 0
        self.in_anchor = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a section at a heading; keep words of neighbouring elements apart."""
        held = dict(attrs)
        if tag in HEADINGS and held.get("id"):
            self.found.append(Found(str(held["id"]), int(tag[1])))
            self.in_heading = True
        elif tag in SILENT:
            self.silent += 1
        elif tag == "a" and "headerlink" in (held.get("class") or ""):
            self.in_anchor = True
        elif tag in ("p", "li", "td", "th", "br", "div", "pre", "dt", "dd"):
            self.found[-1].text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened."""
        if tag in HEADINGS:
            self.in_heading = False
        elif tag in SILENT:
            self.silent -= 1
        elif tag == "a":
            self.in_anchor = False
        elif tag in ("p", "td", "th", "li"):
            self.found[-1].text.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep text, of the heading or of what stands below it."""
        if not self.silent and not self.in_anchor:
            section = self.found[-1]
            (section.heading if self.in_heading else section.text).append(data)


def sections(html: str) -> tuple[Section, ...]:
    """
    Return the sections of a page's content, the one of its title first.

    Text before any heading goes with the first heading.

    Examples:
        >>> found = sections('<h1 id="a">Tiers</h1><p>Who.</p><h2 id="b">Levels</h2>')
        >>> [part.heading for part in found]
        ['Tiers', 'Levels']
    """
    reader = Reader()
    reader.feed(html)
    reader.close()
    before, *rest = reader.found
    if not rest:
        rest = [Found()]
    rest[0].text[:0] = before.text
    return tuple(
        Section(
            part.anchor, " ".join("".join(part.heading).split()), part.level, "".join(part.text)
        )
        for part in rest
    )


def terms(text: str) -> Iterator[str]:
    """
    Yield the terms of a text, as often as they stand in it.

    Examples:
        >>> list(terms("US-Reg-E: 投诉时限"))
        ['us-reg-e', 'us', 'reg', 'e', '投诉', '诉时', '时限']
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    for match in CODE.finditer(plain):
        code = match[0]
        if re.search("[a-z]", code) and not HEX.search(code):
            yield code
            if "/" in code:
                yield from (part for part in code.split("/") if CODE.fullmatch(part))
    for match in WORD.finditer(plain):
        if not HEX.fullmatch(match[0]):
            yield match[0]
    for match in HAN.finditer(plain):
        run = match[0]
        yield from (run[at : at + 2] for at in range(max(len(run) - 1, 1)))


def shard(term: str) -> str:
    """
    Return the file that holds a term: one for each first letter, 32 for Chinese characters.

    Examples:
        >>> shard("deadline"), shard("投诉")
        ('d', 'h21')
    """
    first = term[0]
    return first if first.isascii() else f"h{ord(first) % HAN_SHARDS}"


def weights(page: Indexed) -> Iterator[tuple[int, Mapping[str, float]]]:
    """
    Yield, for each section of a page, its place and what each of its terms weighs.
    """
    for place, part in enumerate(page.sections):
        found: dict[str, float] = defaultdict(float)
        lead, _, _ = part.text.strip().partition("\n")
        counted: dict[str, int] = defaultdict(int)
        for term in terms(part.text):
            counted[term] += 1
        for term, times in counted.items():
            found[term] += min(times, MOST)
        if place == 0:
            for term in set(terms(lead)):
                found[term] += LEAD
        heading = f"{page.title} {part.heading}" if place == 0 else part.heading
        for term in set(terms(heading)):
            found[term] += TITLE if place == 0 else HEADING - part.level
        yield place, found


def index_files(pages: Iterable[Indexed]) -> dict[str, str]:
    """
    Return the files of one language's index: name to JSON.

    `pages.json` holds the pages (address, title, trail, first words) and the sections (page, anchor,
    heading); every other file the terms of a shard: to each a list of section and weight, sections
    as differences from the one before.
    """
    listed: list[list[str]] = []
    parts: list[list[object]] = []
    postings: dict[str, list[int]] = defaultdict(list)
    last: dict[str, int] = defaultdict(int)
    for number, page in enumerate(sorted(pages, key=lambda page: page.url)):
        listed.append([page.url, page.title, page.trail, first_words(page)])
        start = len(parts)
        parts += [
            [number, part.anchor, part.heading if place else ""]
            for place, part in enumerate(page.sections)
        ]
        for place, found in weights(page):
            for term, weight in found.items():
                at = start + place
                postings[term] += [at - last[term], max(1, math.ceil(weight * page.prior))]
                last[term] = at
    files: dict[str, dict[str, list[int]]] = defaultdict(dict)
    for term in sorted(postings):
        files[shard(term)][term] = postings[term]
    packed = {f"{name}.json": dump(held) for name, held in files.items()}
    shards = sorted(files)
    return {"pages.json": dump({"pages": listed, "sections": parts, "shards": shards}), **packed}


def first_words(page: Indexed) -> str:
    """Return the first paragraph of a page, cut where it is long."""
    for paragraph in page.sections[0].text.split("\n"):
        text = " ".join(paragraph.split())
        if text:
            return text if len(text) <= SHOWN else text[:SHOWN].rstrip() + "…"
    return ""


def dump(value: object) -> str:
    """Return JSON without a blank too many."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
