"""The pages of file formats: their examples are true, and fit the schemas they link."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from book import format_docs, format_pages, schema_files
from book.bilingual import DOCS, LOCALES, head_keys, written_words
from jsonschema import Draft202012Validator

from bankservice import policies, schemas
from bankservice.core.docstring import attributes_of
from bankservice.core.policy_file import VersionHead

FORMATS = format_docs.format_docs()


def parsed(form: format_docs.FormatDoc) -> list[Any]:
    """Return what the example of a format holds: one table, or the lines of an export."""
    if form.language == "toml":
        table = tomllib.loads(form.example)
        return [json.loads(json.dumps(table, default=lambda value: value.isoformat()))]
    if form.name == "journal-export":
        return [json.loads(line) for line in form.example.splitlines()]
    return [json.loads(form.example)]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
class TestEachFormat:
    """Each page has keys, an example and schemas."""

    def test_the_example_is_there(self, form: format_docs.FormatDoc) -> None:
        """An example is a file of this repository, or was made by the library."""
        if form.place:
            assert (DOCS.parent / form.place).read_text("utf-8").rstrip() == form.example
        assert parsed(form)

    def test_the_example_fits(self, form: format_docs.FormatDoc) -> None:
        """The example fits the general schema of the page, and the particular one where it is its."""
        for held in parsed(form):
            assert Draft202012Validator(schemas.schema(form.schemas[0])).is_valid(held)
        of = schemas.schema(form.schemas[1])
        particular = [part["entry"] for part in parsed(form) if "entry" in part] or parsed(form)
        assert all(Draft202012Validator(of).is_valid(held) for held in particular)

    def test_keys_are_told_in_both_languages(self, form: format_docs.FormatDoc) -> None:
        """Every key has a meaning in English and in Chinese."""
        assert [] == [
            (part.name, field.name)
            for part in form.parts
            for field in part.fields
            if not field.meaning["en"] or field.meaning["en"] == field.meaning["zh"]
        ]

    @pytest.mark.parametrize("locale", LOCALES)
    def test_page(self, form: format_docs.FormatDoc, locale: str) -> None:
        """The page shows the example and links each schema."""
        page = format_pages.format_page(form, locale)

        assert form.example in page
        for name in form.schemas:
            assert f"schemas/{name}.json" in page


def test_no_chinese_is_left_over() -> None:
    """`words.toml` has no meaning of a key that no format has any more."""
    said = {field.meaning["en"] for form in FORMATS for part in form.parts for field in part.fields}

    assert set() == set(written_words()["format"]) - said


def test_head_keys_are_told_alike() -> None:
    """The class that reads the head of a version says what the pages say of it."""
    told = attributes_of(VersionHead)

    assert {key: written_words()["head"][key]["en"] for key in head_keys()} == dict(told)


@pytest.mark.parametrize("locale", LOCALES)
def test_list_of_formats(locale: str) -> None:
    """The list links every page and every schema there is."""
    page = format_pages.formats_page(FORMATS, locale)

    for form in FORMATS:
        assert f"(formats/{form.name}.md)" in page
    for named in schemas.catalogue():
        assert f'schemas/{named.name}.json"' in page


def test_links_lead_to_the_files(tmp_path: Path) -> None:
    """A link from a page of either language leads to the file that the build writes."""
    schema_files.write_schemas(tmp_path)
    written = {path.name for path in (tmp_path / "schemas").iterdir()}

    assert {f"{named.name}.json" for named in schemas.catalogue()} == written
    assert schemas.schema("bank.toml") == json.loads(
        (tmp_path / "schemas" / "bank.toml.json").read_text("utf-8")
    )
    for locale, folder in (("en", ""), ("zh", "zh/")):
        page = tmp_path / f"{folder}reference/generated/formats.html"
        address = schema_files.link("decision", locale, 2).split('"')[1]
        assert (page.parent / address).resolve() == tmp_path.resolve() / "schemas" / "decision.json"


def test_pages_link_their_schemas() -> None:
    """The line on the page of a rule, record or kind links all schemas of it."""
    rule, record, kind = policies.rules()[0], policies.records()[0], policies.kinds()[0]

    for of, tails in (
        (rule.id, ("facts", "outcome", "decision", "cases")),
        (record.kind, ("command", "view", "entry", "cases")),
        (kind.name, ("policy",)),
    ):
        line = schema_files.links_of(of, "en", 3)
        assert [True] * len(tails) == [f"../../../schemas/{of}.{t}.json" in line for t in tails]
