"""
Addresses that never change, and the small pages that lead from them to where things stand today.

`permalinks.txt` lists every address that was ever published; it only grows. A line
`old.html -> new.html` says that what stood at the first address is now found at the second.

    python docs/permalinks.py add      # write down the addresses that are new
    python docs/permalinks.py check    # fail where one of the list leads nowhere, or is not listed
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from html import escape
from pathlib import Path
from posixpath import dirname, relpath
from typing import Any, Final

import attrs
from book.bilingual import DOCS, LOCALES, Titles, alike, both, titles
from book.book_places import JURISDICTIONS, SOURCE_TEXTS, places
from book.jurisdiction_codes import jurisdictions, territory
from book.labels import policy_page_of

from bankservice import policies
from bankservice.core.policy import Policy
from bankservice.rule_book import (
    in_locale,
    jurisdiction_address,
    kind_address,
    place_address,
    policy_address,
    record_address,
    rule_address,
    version_address,
)

__all__ = [
    "LISTED",
    "Link",
    "MissingTargetError",
    "faults",
    "line_of",
    "linked_since",
    "links",
    "published",
    "redirect",
    "targets",
    "version_anchor",
    "version_link",
    "write_redirects",
]

LISTED: Final = DOCS / "permalinks.txt"
"""Every address that was ever published."""
BELOW: Final = "reference/generated"
"""Folder of the generated pages, below the folder of a language."""
UP: Final = "../../../"
"""From a generated page one folder down to the folder of its language, as a reader's browser goes."""

_LANGUAGES: Final = {"en": "en", "zh": "zh-Hans"}
_MOVED: Final = re.compile(r"(?P<old>\S+) -> (?P<new>\S+)")


class MissingTargetError(Exception):
    """Addresses lead to pages that the built site does not have."""


@attrs.frozen
class Link:
    """
    One address.

    Attributes:
        address: Below the root of the book, as `bankservice explain` prints it.
        page: The Markdown page there today, below the folder of a language.
        anchor: The place on that page; empty for its top.
        title: What stands there.
    """

    address: str
    page: str
    anchor: str
    title: Titles

    def target(self, locale: str) -> str:
        """Return the built page, below the root of the site, with its anchor."""
        page = self.page.removesuffix(".md") + ".html"
        anchor = f"#{self.anchor}" if self.anchor else ""
        return f"{_folder(locale)}{page}{anchor}"


def _folder(locale: str) -> str:
    return "zh/" if locale == "zh" else ""


# --- what there is ------------------------------------------------------------------------------


@cache
def links() -> tuple[Link, ...]:
    """Return every address there is today, in order of the addresses."""
    return tuple(sorted(_links(), key=lambda link: link.address))


def _links() -> Iterator[Link]:
    for rule in policies.rules():
        yield Link(rule_address(rule.id), f"{BELOW}/rules/{rule.id}.md", "", alike(rule.id))
    for record in policies.records():
        page = f"{BELOW}/records/{record.kind}.md"
        yield Link(record_address(record.kind), page, "", alike(record.kind))
    for kind in policies.kinds():
        yield Link(kind_address(kind.name), f"{BELOW}/kinds/{kind.name}.md", "", alike(kind.name))
    for policy_id in policies.shelf().shipped():
        yield from _policy_links(policies.load(policy_id))
    yield Link("j/index.html", JURISDICTIONS, "", both("Jurisdictions", "司法辖区"))
    for code in jurisdictions():
        page = f"{BELOW}/jurisdictions/{code.lower()}.md"
        yield Link(jurisdiction_address(code), page, "", territory(code))
    yield Link("t/index.html", SOURCE_TEXTS, "", both("Source texts", "来源文本"))
    for place in places():
        yield Link(place_address(place), SOURCE_TEXTS, place, alike(place))


def _policy_links(policy: Policy[Any]) -> Iterator[Link]:
    page = f"{BELOW}/{policy_page_of(policy.id)}"
    yield Link(policy_address(policy.id), page, "", titles(policy.title))
    for version in policy.versions:
        title = both(f"{policy.title.en}: {version.since}", f"{policy.title.zh}：{version.since}")
        address = version_address(version.ref, policy)
        yield Link(address, page, version_anchor(address), title)


# --- on the generated pages ---------------------------------------------------------------------


def version_anchor(address: str) -> str:
    """
    Return the anchor of a version on the page that shows its policy.

    Examples:
        >>> version_anchor("p/complaints-us-reg-e/2011-12-30.html")
        'v2011-12-30'
        >>> version_anchor("p/holidays-cn/2020-01-01.2020-01-27.html")
        'holidays-2020-01-01-2020-01-27'
    """
    policy, days = address.removeprefix("p/").removesuffix(".html").split("/")
    shelf = policy.partition("-")[0]
    # The page of a place shows two policies.
    front = f"{shelf}-" if shelf in ("calendars", "holidays") else "v"
    return front + days.replace(".", "-")


def version_link(policy_id: str, since: date | str, known_on: date | str) -> str:
    """
    Return the address of a version of a shipped policy.

    Raises:
        KeyError: If it has no such version.
    """
    return _by_days()[policy_id, str(since), str(known_on)]


@cache
def _by_days() -> Mapping[tuple[str, str, str], str]:
    found = {}
    for policy_id in policies.shelf().shipped():
        policy = policies.load(policy_id)
        for version in policy.versions:
            days = (str(version.since), str(version.ref.known_on))
            found[policy_id, *days] = version_address(version.ref, policy)
    return found


def line_of(address: str, locale: str, up: str = UP) -> str:
    """
    Return the line of a page that shows its address.

    It is HTML, not a Markdown link: the page it leads to is none of the site tool's.

    Args:
        address: Below the root of the book.
        locale: Language of the page.
        up: From the page with the line to the folder of its language.
    """
    told = "固定地址：" if locale == "zh" else "Permalink: "
    shown = in_locale(address, locale)
    return f'{told}<a href="{up}{address}"><code>{shown}</code></a>'


def linked_since(policy_id: str, since: date | str, known_on: date | str) -> str:
    """Return the first day of a version as the link to its own address, with its anchor."""
    address = version_link(policy_id, since, known_on)
    return f'<a id="{version_anchor(address)}" href="{UP}{address}">{since}</a>'


# --- the list -----------------------------------------------------------------------------------


def published(listed: Path = LISTED) -> dict[str, str]:
    """
    Return the addresses that were published, each with the one that is asked for in its place.

    Raises:
        ValueError: If a line is no address, or one stands there twice.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(listed.read_text("utf-8").splitlines(), start=1):
        text = line.partition("#")[0].strip()
        moved = _MOVED.fullmatch(text)
        old, new = (moved["old"], moved["new"]) if moved else (text, text)
        if not text:
            continue
        if not re.fullmatch(r"[a-z]/\S+\.html", old) or " " in new or old in found:
            wanted = "an address such as r/complaints.deadlines.html, once, or `old -> new`"
            raise ValueError(f"{listed.name}, line {number}: got {line!r}, wanted {wanted}.")
        found[old] = new
    return found


def targets(listed: Mapping[str, str]) -> dict[str, Link]:
    """
    Return address → what stands there today, for all that were published and all there are.

    Raises:
        ValueError: If a published one leads nowhere; all are named.
    """
    now = {link.address: link for link in links()}
    lost = [old for old, new in listed.items() if new not in now]
    if lost:
        raise ValueError(f"{LISTED.name}: nothing stands at {', '.join(sorted(lost))} any more.")
    return {**now, **{old: attrs.evolve(now[new], address=old) for old, new in listed.items()}}


def faults(listed: Mapping[str, str]) -> list[str]:
    """Return what is wrong: published addresses that lead nowhere, new ones that are not listed."""
    now = {link.address for link in links()}
    lost = (f"{old} leads nowhere" for old, new in listed.items() if new not in now)
    new = (f"{address} is new, and not listed" for address in sorted(now - listed.keys()))
    return [*lost, *new]


def add(listed: Path = LISTED) -> int:
    """Write down the addresses that are new, in order; return how many."""
    held = listed.read_text("utf-8") if listed.exists() else _HEAD
    head = [line for line in held.splitlines() if line.startswith("#")]
    lines = {line for line in held.splitlines() if line and not line.startswith("#")}
    known = {line.partition(" ")[0] for line in lines}
    new = [link.address for link in links() if link.address not in known]
    text = "\n".join([*head, *sorted([*lines, *new])]) + "\n"
    beside = listed.with_suffix(".new")
    beside.write_text(text, "utf-8")
    beside.replace(listed)
    return len(new)


_HEAD: Final = """\
# Every address of the rule book that was published, below its root; the Chinese page of each stands
# below zh/. The list only grows. `old.html -> new.html` says where a thing that moved is found.
"""


# --- after the build ----------------------------------------------------------------------------


def redirect(link: Link, locale: str) -> str:
    """Return the page at an address: it leads on at once, and shows where to."""
    at = f"{_folder(locale)}{link.address}"
    there = escape(relpath(link.target(locale), dirname(at)))
    told = "本页现位于" if locale == "zh" else "This page now stands at"
    return f"""\
<!doctype html>
<html lang="{_LANGUAGES[locale]}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(link.title[locale])}</title>
<link rel="canonical" href="{there}">
<meta http-equiv="refresh" content="0; url={there}">
</head>
<body>
<main>
<h1>{escape(link.title[locale])}</h1>
<p>{told} <a href="{there}">{escape(link.target(locale))}</a></p>
</main>
</body>
</html>
"""


def write_redirects(site: Path) -> int:
    """
    Write the page at every address into a built site; return how many there are.

    Raises:
        MissingTargetError: If a page or anchor they lead to is not in the site; nothing is written.
    """
    held = targets(published()).values()
    lost = sorted(set(_lost(site, held)))
    if lost:
        raise MissingTargetError(f"Permalinks lead to what is not there: {', '.join(lost)}.")
    for link in held:
        for locale in LOCALES:
            path = site / _folder(locale) / link.address
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(redirect(link, locale), "utf-8")
    return len(held) * len(LOCALES)


def _lost(site: Path, held: Iterable[Link]) -> Iterator[str]:
    read: dict[str, str] = {}
    for link in held:
        for locale in LOCALES:
            target = link.target(locale)
            page, _, anchor = target.partition("#")
            if page not in read:
                path = site / page
                read[page] = path.read_text("utf-8") if path.is_file() else ""
            if not read[page] or (anchor and f'id="{anchor}"' not in read[page]):
                yield target


def main(arguments: list[str]) -> int:
    """Do what the command line asks; return the exit code."""
    if arguments == ["add"]:
        sys.stdout.write(f"{add()} added to {LISTED.name}\n")
        return 0
    if arguments != ["check"]:
        sys.stderr.write("Usage: python docs/permalinks.py add|check\n")
        return 2
    found = faults(published())
    for fault in found:
        sys.stdout.write(f"{fault}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
