"""
One page for each jurisdiction: all the law of it that is shipped, and what is left to people.
"""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from book.bilingual import LOCALES, full_day
from book.clock_docs import length_words
from book.jurisdiction_codes import (
    CLASSES,
    DORMANCY,
    LAW,
    REGIME,
    jurisdictions,
    named_by,
    territory,
)
from book.jurisdiction_docs import JurisdictionDoc, jurisdiction_docs, places_elsewhere
from book.jurisdiction_pages import jurisdiction_line, jurisdiction_page, jurisdictions_page
from book.labels import policy_page_of

from bankservice import complaints, policies
from bankservice.calendars.regions import regions
from bankservice.core.policy import Policy

DOCS: Final = {doc.code: doc for doc in jurisdiction_docs()}
SHIPPED: Final[tuple[Policy[Any], ...]] = tuple(map(policies.load, policies.shelf().shipped()))
PAGES: Final = {
    locale: {code: jurisdiction_page(doc, locale) for code, doc in DOCS.items()}
    for locale in LOCALES
}
CASES: Final = [(locale, code) for locale in LOCALES for code in DOCS]


def test_every_law_has_its_jurisdiction() -> None:
    """Each policy that holds law stands on the page of the jurisdiction it states, and of no other."""
    for policy in SHIPPED:
        if policy.kind.name in LAW:
            stated = {getattr(v.written, "jurisdiction", "") for v in policy.versions} - {""}
            found = {doc.code for doc in DOCS.values() if policy.id in {law.id for law in doc.laws}}

            assert found, policy.id
            assert stated <= found
            assert found <= named_by(policy)


def test_what_a_directive_names_stands_with_its_members() -> None:
    """A regime whose condition names several jurisdictions stands on the page of each there is."""
    assert ["complaints/eu-psd2", "complaints/ie-consumer-protection"] == [
        law.id for law in DOCS["IE"].laws
    ]
    assert "complaints/eu-psd2" in {law.id for law in DOCS["EU"].laws}
    assert "complaints/eu-psd2" not in {law.id for law in DOCS["GB"].laws}


@pytest.mark.parametrize("code", [code for code in DOCS if code != "IN"])
def test_pages_and_rule_agree(code: str) -> None:
    """`complaints.applicable-regimes` asks of a case there no regime that its page leaves out."""
    found = complaints.applicable_regimes(
        "regimes",
        received_on="2026-10-01",
        jurisdiction=code,
        kind="unknown",
        forwarded_by="unknown",
    )
    asked = {*found.outcome.governing, *dict(found.outcome.undecided)}

    assert asked
    assert asked <= {law.id for law in DOCS[code].laws if law.kind == REGIME}


def test_names_are_those_of_the_locale() -> None:
    """A jurisdiction is called what people of each language call it."""
    assert {"en": "United Kingdom", "zh": "英国"} == dict(territory("GB"))
    assert {"en": "European Union", "zh": "欧盟"} == dict(territory("EU"))
    assert tuple(DOCS) == jurisdictions()


@pytest.mark.parametrize(("locale", "code"), CASES)
class TestPage:
    """A page shows its law, clocks, classes, calendars, documents, and what is left to people."""

    def test_versions(self, locale: str, code: str) -> None:
        """Every version of every law stands there with its first day, and its end where it has one."""
        page = PAGES[locale][code]
        for law in DOCS[code].laws:
            for version in law.versions:
                assert full_day(version.since, locale) in page
                assert version.until is None or full_day(version.until, locale) in page
                assert version.source.label() in page

    def test_clocks(self, locale: str, code: str) -> None:
        """Every clock of the newest version of each regime stands in one table, with its length."""
        page = PAGES[locale][code]
        clocks = 0
        for law in DOCS[code].laws:
            if law.kind == REGIME:
                version: Any = policies.load(law.id).versions[-1]
                pairs = zip(version.written.clock, version.parameters.clocks, strict=True)
                for row, clock in pairs:
                    clocks += 1
                    wanted = (policy_page_of(law.id), f"`{row.name}`")
                    lines = [
                        line for line in page.splitlines() if all(part in line for part in wanted)
                    ]
                    assert any(length_words(clock.terms)[locale] in line for line in lines)
        assert clocks == len(DOCS[code].clocks.rows)

    def test_statuses_and_classes(self, locale: str, code: str) -> None:
        """Every status of dormant accounts and every class of investors stands there by its code."""
        page = PAGES[locale][code]
        rows = [
            row.code
            for law in DOCS[code].laws
            for kind, name in ((DORMANCY, "status"), (CLASSES, "wealth_class"))
            if law.kind == kind
            for row in getattr(policies.load(law.id).versions[-1].written, name)
        ]

        assert [] == [row for row in rows if f"`{row}`" not in page]

    def test_calendars(self, locale: str, code: str) -> None:
        """Every calendar of the country stands there, and how far its holidays are known."""
        page = PAGES[locale][code]
        wanted = [held.calendar_id for held in regions() if held.country == code]

        assert [] == [name for name in wanted if f"`{name}`" not in page]
        for place in DOCS[code].places:
            assert full_day(place.known_through, locale) in page

    def test_documents(self, locale: str, code: str) -> None:
        """Every document its law was read in stands there, the one compared longest ago first."""
        page = PAGES[locale][code]
        held = DOCS[code].documents
        days = [doc.source.read_on for doc in held]

        assert sorted(days, key=str) == days
        assert [] == [doc.source.url for doc in held if f"]({doc.source.url})" not in page]

    def test_left_to_people(self, locale: str, code: str) -> None:
        """Facts that conditions name, what the sources leave open and what is missing are told."""
        page, doc = PAGES[locale][code], DOCS[code]

        assert [] == [name for name, _, _ in doc.facts if f"| `{name}` |" not in page]
        assert [] == [note for _, _, note in doc.notes if note not in page]
        told = {
            "en": "Not shipped, and for the bank to write",
            "zh": "未随包提供，需要时由银行自行编写",
        }
        assert bool(doc.missing) == (told[locale] in page)

    def test_no_cell_in_the_other_language(self, locale: str, code: str) -> None:
        """The heads and headings of a Chinese page are Chinese, those of an English one English."""
        lines = PAGES[locale][code].splitlines()
        headings = [line for line in lines if line.startswith("#")]
        heads = [lines[at - 1] for at, line in enumerate(lines) if line.startswith("| ---")]

        for line in (*headings, *heads):
            assert (locale == "zh") == bool(re.search("[\u4e00-\u9fff]", line)), line


def test_facts_are_those_of_rules() -> None:
    """What somebody must establish is a fact that a rule asks for, with its meaning."""
    facts = {name for doc in DOCS.values() for name, _, _ in doc.facts}

    assert {"error_resolution", "new_account", "account_kind", "income_expected"} <= facts
    assert all(meaning["en"] and meaning["zh"] for d in DOCS.values() for _, meaning, _ in d.facts)


@pytest.mark.parametrize("locale", LOCALES)
def test_law_links_its_jurisdictions(locale: str) -> None:
    """The page of a policy of law links its jurisdictions; that of any other links none."""
    told = jurisdiction_line("complaints/eu-psd2", locale)

    assert told.endswith(
        {
            "en": "[European Union](../jurisdictions/eu.md), [Ireland](../jurisdictions/ie.md)",
            "zh": "[欧盟](../jurisdictions/eu.md)、[爱尔兰](../jurisdictions/ie.md)",
        }[locale]
    )
    assert "" == jurisdiction_line("segmentation/cn-retail-shape", locale)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_list(locale: str) -> None:
    """The list links every jurisdiction and its law, and the places that have calendars only."""
    page = jurisdictions_page(jurisdiction_docs(), locale)

    for doc in DOCS.values():
        assert f"[{doc.title[locale]}](jurisdictions/{doc.code.lower()}.md)" in page
        assert [] == [law.id for law in doc.laws if f"({policy_page_of(law.id)})" not in page]
    for place in places_elsewhere():
        assert f"(calendars/{place.id}.md)" in page
    shown = {place.id for doc in DOCS.values() for place in doc.places}
    assert {held.id for held in regions()} == shown | {place.id for place in places_elsewhere()}


def test_both_languages_say_the_same() -> None:
    """The pages of both languages have the same tables with the same number of rows."""
    for code, doc in DOCS.items():
        assert isinstance(doc, JurisdictionDoc)
        rows = [
            sum(line.startswith("|") for line in PAGES[locale][code].splitlines())
            for locale in LOCALES
        ]
        assert rows[0] == rows[1], code
