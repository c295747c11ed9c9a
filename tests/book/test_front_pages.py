"""
README and site share one text; the glossary maps its words both ways.
"""

from __future__ import annotations

import importlib
import re
from collections import Counter
from pathlib import Path

import glossary
import pytest
import readme

from bankservice import policies

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LOCALES = ("en", "zh")
PAGES = {
    locale: (DOCS / locale / "explanation/glossary.md").read_text("utf-8") for locale in LOCALES
}


class TestReadme:
    """`docs/readme.py`."""

    def test_it_is_the_front_page(self) -> None:
        """Both READMEs are what the front pages say; `python docs/readme.py` writes them."""
        assert () == readme.stale()

    @pytest.mark.parametrize("locale", LOCALES)
    def test_links_lead_to_what_is_kept(self, locale: str) -> None:
        """Every link of a README leads to a file of the repository, none to a generated page."""
        text = (ROOT / readme.READMES[locale]).read_text("utf-8")
        links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if ":" not in link]

        assert links
        assert [] == [link for link in links if not (ROOT / link.partition("#")[0]).is_file()]
        assert [] == [link for link in links if "generated" in link]

    def test_parts(self) -> None:
        """A part for one of both is left out of the other, with its marks."""
        text = (
            "a\n\n<!-- only: readme -->\nb\n\n<!-- end -->\nc\n\n"
            "<!-- only: site -->\nd\n\n<!-- end -->\ne\n"
        )

        assert "a\n\nb\n\nc\n\ne\n" == readme.part(text, "readme")
        assert "a\n\nc\n\nd\n\ne\n" == readme.part(text, "site")

    @pytest.mark.parametrize(
        "text", ["a\n<!-- only: readme -->\nb\n", "a\n<!-- end -->\n", "<!-- only: print -->\n"]
    )
    def test_a_mark_without_its_partner(self, text: str) -> None:
        """A mark that has no partner, or another word, is an error that names the line."""
        with pytest.raises(ValueError, match=r"line \d+ of the site: a mark without its partner"):
            readme.part(text, "site")

    def test_links_are_rewritten(self) -> None:
        """Pages, pictures, files of the root and generated pages; other addresses stay."""
        text = (
            "[a](how-to/x.md#y) ![b](../assets/p.png){ loading=lazy } [c](../../LICENSE)"
            " [d](reference/generated/rules.md) [e](https://example.org) [f](#g)\n"
        )

        assert (
            "[a](docs/zh/how-to/x.md#y) ![b](docs/assets/p.png) [c](LICENSE)"
            " [d](docs/zh/reference/index.md) [e](https://example.org) [f](#g)\n"
        ) == readme.readme(text, "zh")


NAMED = {
    *(rule.id for rule in policies.rules()),
    *(record.kind for record in policies.records()),
    *(kind.name for kind in policies.kinds()),
}


def lives(where: str) -> bool:
    """Tell whether a rule, record, kind of policy or name of the package is there."""
    if where in NAMED:
        return True
    parts = where.split(".")
    for end in range(len(parts), 0, -1):
        name = ".".join(["bankservice", *parts[:end]])
        try:
            held: object = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            if not hasattr(held, part):
                return False
            held = getattr(held, part)
        return True
    return False


class TestGlossary:
    """`docs/glossary.py` and its two pages."""

    def test_indexes_are_up_to_date(self) -> None:
        """The indexes are those of the tables; `python docs/glossary.py` writes them."""
        assert () == glossary.stale()

    def test_both_pages_have_the_same_terms(self) -> None:
        """Both languages have the same terms in the same order, each at the same place."""
        english, chinese = (glossary.terms(PAGES[locale], locale) for locale in LOCALES)

        assert english == chinese
        assert len(english) > 250

    def test_every_place_is_there(self) -> None:
        """What a term is said to live in is a rule, a record, a kind of policy or a name."""
        places = {term.where for term in glossary.terms(PAGES["en"], "en")}

        assert [] == sorted(where for where in places - {""} if not lives(where))
        assert not lives("core.nothing")

    def test_every_word_is_found_both_ways(self) -> None:
        """Each word of each table stands in both indexes, under one letter."""
        for locale in LOCALES:
            held = glossary.terms(PAGES[locale], locale)
            first, _, second = glossary.indexes(held, locale).partition(
                {"en": "## From the Chinese", "zh": "## 中英索引"}[locale]
            )
            for term in held:
                for english, chinese in term.pairs:
                    assert f"{english} " in first
                    assert chinese in first
                    assert f"{chinese} " in second
                    assert english in second

    def test_no_term_is_explained_twice(self) -> None:
        """A term stands once in a section."""
        for locale in LOCALES:
            for section in PAGES[locale].partition(glossary.INDEX[locale])[0].split("\n## "):
                found = Counter(re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE))
                assert [] == [word for word, count in found.items() if count > 1]

    def test_one_word_for_one_idea(self) -> None:
        """Chinese that was given up does not come back, on no page and in no sentence."""
        given_up = re.compile("答案|置信度|有效基数|供稿|规则书|随附|固定链接|全部引用")
        files = [
            *(DOCS / "zh").rglob("*.md"),
            DOCS / "book" / "words.toml",
            DOCS / "book" / "formulas.toml",
            *DOCS.glob("*.py"),
            *(DOCS / "book").glob("*.py"),
            *(ROOT / "src").rglob("*zh_CN.po"),
        ]

        assert len(files) > 50
        assert [] == [
            f"{file.relative_to(ROOT)}: {found}"
            for file in files
            if "generated" not in file.parts
            for found in given_up.findall(file.read_text("utf-8"))
        ]
