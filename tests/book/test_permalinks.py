"""
Addresses of the rule book never change, and everything that is shipped has one.
"""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import attrs
import generate
import permalinks
import pytest
from babel import Locale
from book import reference
from book.bilingual import DOCS, LOCALES
from book.labels import slug

from bankservice import complaints, policies, rule_book, segmentation
from bankservice.core.citation import Citation
from bankservice.core.decision import Explanation, Reason
from bankservice.core.errors import UnknownNameError
from bankservice.core.policy import PolicyRef
from bankservice.core.wording import Wording

REFERENCE = reference.collect()
PAGES = generate.book()
TODAY = {link.address: link for link in permalinks.links()}
SOURCE = Citation(text="Acme retail policy", clause="1", checked="own")
OWN = """
id = "{id}"
kind = "segmentation.tiers"
[[version]]
since = {since}
source = {{ text = "Acme retail policy", clause = "1", checked = "own" }}
zone = "Asia/Shanghai"
currency = "CNY"
[[version.tier]]
code = "STANDARD"
title = {{ en = "Standard", zh = "普通" }}
[[version.tier]]
code = "GOLD"
title = {{ en = "Gold", zh = "金卡" }}
enter = "50000.00"
retain = "40000.00"
"""


def text_of(page: str, locale: str) -> str:
    """Return a page as Markdown, generated or written by hand."""
    return PAGES[locale].get(page) or (DOCS / locale / page).read_text("utf-8")


def why(*refs: PolicyRef) -> Explanation:
    """Return an explanation that rests on policy versions."""
    return Explanation(Reason("TIER_UP"), (), tuple((ref, SOURCE) for ref in refs), "")


class TestList:
    """`docs/permalinks.txt` lists every address that was ever published."""

    def test_every_address_leads_somewhere_and_is_listed(self) -> None:
        """
        What was published leads to a page of today, and what is new is written down. Where this
        fails: `python docs/permalinks.py add`, or a line `old.html -> new.html` for what moved.
        """
        assert [] == permalinks.faults(permalinks.published())

    @pytest.mark.parametrize("locale", LOCALES)
    def test_pages_and_anchors_are_there(self, locale: str) -> None:
        """The page of each address is one of the book, with the place the address names."""
        lost = [
            link.address
            for link in TODAY.values()
            for text in [text_of(link.page, locale)]
            if link.anchor
            and not re.search(rf'#{re.escape(link.anchor)} |id="{link.anchor}"', text)
        ]

        assert [] == lost

    def test_what_moved_is_still_found(self, tmp_path: Path) -> None:
        """An address that moved leads to what stands at its new one."""
        listed = tmp_path / "permalinks.txt"
        listed.write_text("# a comment\nr/tiers.old.html -> r/segmentation.tier-band.html\n")

        found = permalinks.targets(permalinks.published(listed))

        assert TODAY["r/segmentation.tier-band.html"].page == found["r/tiers.old.html"].page
        assert "r/tiers.old.html" == found["r/tiers.old.html"].address

    def test_what_is_lost_or_new_is_named(self, tmp_path: Path) -> None:
        """An address that leads nowhere fails the check, and so does one that is not written down."""
        listed = tmp_path / "permalinks.txt"
        listed.write_text("r/no.such-rule.html\n")
        published = permalinks.published(listed)
        faults = permalinks.faults(published)

        assert "r/no.such-rule.html leads nowhere" == faults[0]
        assert "d/complaints.case.html is new, and not listed" == faults[1]
        assert 1 + len(TODAY) == len(faults)
        with pytest.raises(ValueError, match=r"nothing stands at r/no\.such-rule\.html"):
            permalinks.targets(published)

    def test_adding_only_adds(self, tmp_path: Path) -> None:
        """`add` keeps every line there is, writes what is new, and then nothing is missing."""
        listed = tmp_path / "permalinks.txt"
        listed.write_text("# kept\nr/tiers.old.html -> r/segmentation.tier-band.html\n")

        assert len(TODAY) == permalinks.add(listed)
        assert 0 == permalinks.add(listed)
        assert listed.read_text().startswith("# kept\n")
        assert [] == permalinks.faults(permalinks.published(listed))
        assert "r/tiers.old.html" in permalinks.published(listed)

    @pytest.mark.parametrize(
        "line", ["rules/x", "r/x.html r/y.html", "r/x.html ->", "r/x.html -> a b", "/r/x.html"]
    )
    def test_a_line_that_is_no_address_is_refused(self, tmp_path: Path, line: str) -> None:
        """The list is read strictly: the fault names the line."""
        listed = tmp_path / "permalinks.txt"
        listed.write_text(f"# a comment\n{line}\n")

        with pytest.raises(ValueError, match=r"permalinks\.txt, line 2"):
            permalinks.published(listed)

    def test_an_address_stands_there_once(self, tmp_path: Path) -> None:
        """The same address twice is a fault: it could lead to two pages."""
        listed = tmp_path / "permalinks.txt"
        listed.write_text("r/x.html\nr/x.html -> r/y.html\n")

        with pytest.raises(ValueError, match="line 2"):
            permalinks.published(listed)


class TestPackage:
    """The package names the same addresses as the pages stand at."""

    def test_every_rule_record_and_kind(self) -> None:
        """Each rule, record and kind of policy has its address in the list, with its own page."""
        wanted = {
            **{rule_book.rule_address(r.id): f"rules/{r.id}.md" for r in policies.rules()},
            **{
                rule_book.record_address(r.kind): f"records/{r.kind}.md" for r in policies.records()
            },
            **{rule_book.kind_address(k.name): f"kinds/{k.name}.md" for k in policies.kinds()},
        }

        assert {address: f"{permalinks.BELOW}/{page}" for address, page in wanted.items()} == {
            address: TODAY[address].page for address in wanted
        }

    @pytest.mark.parametrize("locale", ["en", "zh_CN"])
    def test_every_shipped_version(self, locale: str) -> None:
        """Each version of each shipped policy has one address of its own, and its page shows it."""
        held = [policies.load(policy_id) for policy_id in policies.shelf().shipped()]
        refs = [version.ref for policy in held for version in policy.versions]

        _, *found = rule_book.entry_permalinks("segmentation.standing", why(*refs), locale)
        plain = [address.removeprefix("zh/") for address in found]

        assert len(refs) == len(set(found))
        assert [f"p/{slug(ref.policy)}/{ref.since}" for ref in refs] == [
            address[: len(f"p/{slug(ref.policy)}/{ref.since}")]
            for ref, address in zip(refs, plain, strict=True)
        ]
        assert set(plain) <= TODAY.keys()
        assert (locale == "zh_CN") == all(address.startswith("zh/") for address in found)

    def test_a_correction_has_its_own(self) -> None:
        """What was known first keeps the day alone; a correction adds the day it became known."""
        held: Any = policies.load("holidays/cn")
        found = [
            rule_book.version_address(version.ref, held)
            for version in held.versions
            if version.since == date(2020, 1, 1)
        ]

        assert [
            "p/holidays-cn/2020-01-01.html",
            "p/holidays-cn/2020-01-01.2020-01-27.html",
        ] == found

    def test_a_decision_names_all_it_used(self) -> None:
        """A decision under law names the rule, the regime, its calendar and the holidays."""
        decision = complaints.deadlines("complaints/us-reg-e", received_on=date(2014, 11, 3))

        assert (
            "r/complaints.deadlines.html",
            "p/complaints-us-reg-e/2011-12-30.html",
            "p/calendars-us-federal/2010-01-01.html",
            "p/holidays-us/2014-01-01.html",
        ) == rule_book.permalinks(decision)
        assert set(rule_book.permalinks(decision)) <= TODAY.keys()

    def test_a_policy_of_the_bank_has_no_page(self) -> None:
        """A bank's own policy has no address, not even one that hides a shipped one of its name."""
        for name, since in (
            ("acme/tiers", "2020-01-01"),
            ("segmentation/cn-retail-shape", "2020-01-01"),
        ):
            own = policies.shelf().read(OWN.format(id=name, since=since), "own.toml")
            decision = segmentation.tier_band(
                own, measure={"average": "620000.00"}, on="2026-03-31"
            )

            assert ("r/segmentation.tier-band.html",) == rule_book.permalinks(decision)

    def test_a_shipped_version_that_was_another_has_none(self) -> None:
        """A version of the same days with other parameters is not the one that the page shows."""
        ref = policies.load("complaints/us-reg-e").versions[-1].ref
        other = attrs.evolve(ref, digest="0" * 32)
        page = "p/complaints-us-reg-e/2011-12-30.html"

        assert ("d/complaints.case.html", page) == rule_book.entry_permalinks(
            "complaints.case", why(ref, other)
        )
        assert ("d/complaints.case.html",) == rule_book.entry_permalinks(
            "complaints.case", why(other)
        )

    def test_only_the_languages_of_the_book(self) -> None:
        """A language the book is not written in is refused with those there are."""
        with pytest.raises(UnknownNameError, match="fr"):
            rule_book.in_locale("j/gb.html", "fr")

    def test_a_wording_of_the_bank(self) -> None:
        """A bank's own wording says the heading in its words; the pages are the English ones."""
        own = Wording(Locale.parse("de"), {"bankservice.core": {"rule-book": "Im Regelbuch:"}})
        decision = complaints.deadlines("complaints/us-reg-e", received_on=date(2014, 11, 3))
        found = rule_book.permalinks(decision, own)

        assert rule_book.permalinks(decision) == found
        assert rule_book.page_list(found[:1], own) == (
            "Im Regelbuch:\n  r/complaints.deadlines.html"
        )

    @pytest.mark.parametrize("book", ["https://rules.example/book", "https://rules.example/book/"])
    def test_the_address_of_the_book_goes_in_front(self, book: str) -> None:
        """`book` is where the bank serves it, with or without the last slash."""
        assert "规则手册：\n  https://rules.example/book/zh/j/gb.html" == rule_book.page_list(
            ["zh/j/gb.html"], "zh_CN", book
        )


class Page(HTMLParser):
    """What a redirect says: language, title, where it leads by each of its ways, and its texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def one(self, tag: str, **wanted: str) -> dict[str, str | None]:
        """Return the attributes of the one tag that has those wanted."""
        (found,) = [
            held
            for name, held in self.tags
            if name == tag and all(held.get(key) == value for key, value in wanted.items())
        ]
        return found


class TestRedirects:
    """After the build a small page stands at each address and leads on."""

    @pytest.fixture
    def site(self, tmp_path: Path) -> Path:
        """Give a site that has every page, with every anchor."""
        for link in TODAY.values():
            for locale in LOCALES:
                page, _, anchor = link.target(locale).partition("#")
                path = tmp_path / page
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("a", encoding="utf-8") as file:
                    file.write(f'<p id="{anchor}">')
        return tmp_path

    def test_every_redirect_leads_to_its_page(self, site: Path) -> None:
        """Each leads to a file that is there by refresh, canonical link and a link to click."""
        assert len(LOCALES) * len(permalinks.targets(permalinks.published())) == (
            permalinks.write_redirects(site)
        )
        for link in TODAY.values():
            for locale in LOCALES:
                at = site / ("zh" if locale == "zh" else "") / link.address
                page = Page(at.read_text("utf-8"))
                there = str(page.one("a")["href"])

                assert (site / link.target(locale)) == (at.parent / there).resolve()
                assert there == page.one("link", rel="canonical")["href"]
                assert f"0; url={there}" == page.one("meta", **{"http-equiv": "refresh"})["content"]
                assert {"en": "en", "zh": "zh-Hans"}[locale] == page.one("html")["lang"]

    def test_one_that_leads_nowhere_fails_the_build(self, site: Path) -> None:
        """A page or an anchor that is not there is named, and nothing is written."""
        (site / "reference/generated/rules/complaints.deadlines.html").unlink()
        anchored = site / "zh/reference/generated/policies/complaints-us-reg-e.html"
        anchored.write_text(anchored.read_text("utf-8").replace("v2011-12-30", ""), "utf-8")

        with pytest.raises(permalinks.MissingTargetError) as failed:
            permalinks.write_redirects(site)

        assert "reference/generated/rules/complaints.deadlines.html" in str(failed.value)
        assert "zh/reference/generated/policies/complaints-us-reg-e.html#v2011-12-30" in str(
            failed.value
        )
        assert not (site / "r").exists()


@pytest.mark.parametrize("locale", LOCALES)
def test_pages_show_their_own_address(locale: str) -> None:
    """The page of a rule, record, kind, policy, version and jurisdiction shows where it stays."""
    for link in TODAY.values():
        if not link.page.startswith(permalinks.BELOW):
            continue
        up = "../../" if link.address == "j/index.html" else "../../../"

        assert f'href="{up}{link.address}"' in text_of(link.page, locale), link.address
