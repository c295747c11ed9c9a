"""
Every number says where it is from, and one page lists it all, the stalest first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import attrs
import figures
import pytest
from book.api_docs import modules, names_of
from book.bilingual import DOCS, LOCALES, full_day
from book.book_places import SOURCE_TEXTS, book_page, in_book, places, source_address
from book.citation_docs import GROUPS, citation_docs, of_policies
from book.citation_pages import citations_page, clause_links

from bankservice import policies
from bankservice.core.citation import Citation

TEXTS: Final = ("银行客户如何管理和维护", "以客户为中心的银行服务策略", "银行客户服务（综述）")
PLACE: Final = re.compile(r"\b[KSG]\d+(?:\.\d+)*\b")
OWN: Final = """
id = "acme/tiers"
kind = "segmentation.tiers"
[[version]]
since = 2020-01-01
source = {{ text = "Version {name}", clause = "1", checked = "own"{version} }}
zone = "Asia/Shanghai"
currency = "CNY"
[[version.tier]]
code = "STANDARD"
[[version.tier]]
code = "GOLD"
enter = "50000.00"
source = {{ text = "Row {name}", clause = "2", checked = "own"{row} }}
"""


def cited(held: Any) -> Iterator[Citation]:
    """Yield the citations anywhere in a value, found by another way than the page finds them."""
    if isinstance(held, Citation):
        yield held
    elif attrs.has(type(held)):
        for field in attrs.fields(type(held)):
            yield from cited(getattr(held, field.name))
    elif isinstance(held, (tuple, list)):
        for part in held:
            yield from cited(part)
    elif isinstance(held, dict):
        yield from cited(tuple(held.values()))


SHIPPED: Final = tuple(
    (policy_id, version, source)
    for policy_id in policies.shelf().shipped()
    for version in policies.load(policy_id).versions
    for source in (version.source, *cited(version.written))
)
"""Every source there is: (policy, version, source)."""


class TestSources:
    """Every parameter has a clause and an address, and the day somebody last compared."""

    def test_all_are_complete(self) -> None:
        """Versions, and rows that cite for themselves, have clause, address and day without gap."""
        versions, rows = figures.sources()

        assert len({(policy, version.ref) for policy, version, _ in SHIPPED}) == versions.count
        assert len(SHIPPED) == versions.count + rows.count
        assert versions.complete
        assert rows.complete

    def test_a_gap_is_seen(self) -> None:
        """A source without address, clause or day is not counted as one that has it."""
        whole = Citation(text="a", checked="text", clause="1", url="t/K1.html", read_on=date.min)
        for gap in ({"url": ""}, {"clause": ""}, {"read_on": None}):
            held = figures._counted([whole, attrs.evolve(whole, **gap)])

            assert not held.complete
        assert figures._counted([whole, whole]).complete

    def test_a_page_of_the_book_is_no_published_address(self) -> None:
        """An address in the book is counted apart, and only the source texts and lists have one."""
        versions, rows = figures.sources()
        own = [(policy, source) for policy, _, source in SHIPPED if in_book(source.url)]

        assert len(own) == versions.book + rows.book
        assert ["complaints/regimes"] == [
            policy for policy, source in own if not set(source.text.split("；")) <= set(TEXTS)
        ]

    def test_every_address_of_the_book_leads_to_a_place(self) -> None:
        """An address that is a page of the book is one of a place it names, or of the list."""
        for policy, _, source in SHIPPED:
            if in_book(source.url):
                page, _, place = book_page(source.url).partition("#")

                assert (DOCS / "en" / page).exists() or page.endswith("jurisdictions.md")
                assert not place or place in PLACE.findall(source.clause), policy

    def test_an_unknown_place_is_refused(self) -> None:
        """An address in the book that it does not have is a fault, not a dead link."""
        source = Citation(text="a", checked="text", url="t/K99.html")

        with pytest.raises(ValueError, match="K99"):
            source_address(source, "../")

    @pytest.mark.parametrize("locale", LOCALES)
    def test_every_place_that_is_cited_stands_on_its_page(self, locale: str) -> None:
        """The page of the source texts has each place that a policy cites, and no other."""
        wanted = {
            place
            for _, _, source in SHIPPED
            if set(source.text.split("；")) & set(TEXTS)
            for place in PLACE.findall(source.clause)
        }

        assert wanted == set(places(locale))
        assert len(wanted) == len(places(locale))

    def test_each_place_is_told_in_words_of_our_own(self) -> None:
        """The line of a place in one language is that of the other, and neither is empty."""
        for locale in LOCALES:
            text = (DOCS / locale / SOURCE_TEXTS).read_text("utf-8")
            rows = re.findall(r"^\| \*\*(\S+)\*\*\{ #\S+ \} \| (.+) \|$", text, re.MULTILINE)

            assert places() == tuple(place for place, _ in rows)
            assert all(len(told) > 8 for _, told in rows)


class TestPage:
    """One page lists every document, with all that rests on it."""

    def test_every_source_is_there_once(self) -> None:
        """Each version and row stands under the document it names, in one part of the page."""
        found = [
            (held.source.text, held.source.read_on, use.policy, use.clause, *days)
            for group in GROUPS
            for held in citation_docs(group)
            for use in held.uses
            for days in use.versions
        ]
        wanted = {
            (s.text, s.read_on, policy, s.clause, version.since, version.ref.known_on)
            for policy, version, s in SHIPPED
        }

        assert wanted == set(found)

    def test_rows_are_named(self) -> None:
        """A row that cites for itself is named by its code, with those around it."""
        rows = {
            row
            for held in citation_docs("law")
            for use in held.uses
            if use.policy == "complaints/us-reg-e"
            for row in use.rows
        }

        assert {"determination", "investigation", "evidence-of-compliance"} <= rows

    @pytest.mark.parametrize("group", GROUPS)
    def test_stalest_first(self, group: str) -> None:
        """In each part the document compared longest ago stands first."""
        days = [held.source.read_on for held in citation_docs(group)]

        assert days
        assert sorted(days, key=lambda day: day or date.min) == days

    def test_never_compared_before_all(self) -> None:
        """A document that nobody ever compared stands before the oldest that somebody did."""
        text = OWN.format(name="a", version=", read_on = 1999-01-01", row="")
        held = of_policies([policies.shelf().read(text, "own.toml")])

        assert ["Row a", "Version a"] == [doc.source.text for doc in held]
        assert [None, date(1999, 1, 1)] == [doc.source.read_on for doc in held]
        assert [("GOLD",), ()] == [doc.uses[0].rows for doc in held]

    def test_law_stands_apart(self) -> None:
        """Law is what regimes, dormant accounts, classes and limits of facts rest on; no shape is."""
        law = {use.policy for held in citation_docs("law") for use in held.uses}
        texts = {held.source.text for held in citation_docs("texts")}

        assert {"complaints/us-reg-e", "complaints/ca-interpretation-act"} <= law
        assert {"lifecycle/uk-dormant-accounts", "facts/customer"} <= law
        assert [] == [policy for policy in law if policy.endswith("-shape")]
        assert all(set(text.split("；")) & set(TEXTS) or "regimes" in text for text in texts)

    @pytest.mark.parametrize("locale", LOCALES)
    def test_it_reads_as_people_of_the_language_write(self, locale: str) -> None:
        """Each document stands there with its days as the locale writes them, and its address."""
        page = citations_page(locale)

        for group in GROUPS:
            for held in citation_docs(group):
                name = f"[{held.source.label()}]({source_address(held.source, '../../')})"
                rows = [
                    line
                    for line in page.splitlines()
                    if name in line and all(f"`{use.policy}`" in line for use in held.uses)
                ]
                assert held.source.read_on is not None
                day = full_day(held.source.read_on, locale)
                assert any(row.startswith(f"| {day} |") for row in rows), name

    def test_every_place_in_a_clause_is_a_link(self) -> None:
        """Of a clause with several places each leads to its own line; what is no place stays."""
        assert "[K9.1](../t.md#K9.1), Part 3; [G10](../t.md#G10), K99" == clause_links(
            "K9.1, Part 3; G10, K99", "../"
        ).replace(SOURCE_TEXTS, "t.md")


class TestFigures:
    """The figures count what is there."""

    def test_pages(self) -> None:
        """Pages that a program writes are counted by folder, those by hand together."""
        written = figures.generated_pages("en")["written"]

        assert written == figures.generated_pages("zh")["written"]
        assert written > 50

    def test_first_load(self, tmp_path: Path) -> None:
        """The first load is the page and what it names to be fetched at once, each file once."""
        page = (
            '<link rel="stylesheet" href="a/x.css?v=1"><link rel="canonical" href="y.html">'
            '<script src="a/x.js"></script><script src="a/x.js"></script><script>1</script>'
            '<img src="big.png" loading="lazy"><img src="data:image/png;base64,AA">'
        )
        (tmp_path / "a").mkdir()
        (tmp_path / "index.html").write_text(page, "utf-8")
        (tmp_path / "a" / "x.css").write_text("c" * 100, "utf-8")
        (tmp_path / "a" / "x.js").write_text("j" * 10, "utf-8")

        assert (3, len(page) + 110) == figures.first_load(tmp_path)

    def test_names(self) -> None:
        """Every public name is counted once, by the module it is public in."""
        found = figures.names()

        assert "bankservice.rule_book.permalinks" in found
        assert len(found) == sum(len(names_of(module)) for module in modules())
