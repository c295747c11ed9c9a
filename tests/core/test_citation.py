"""A number without a source cannot be built, and a citation says how far the source was read."""

from __future__ import annotations

import pickle
from datetime import date
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice.core.citation import Approval, Checked, Citation
from bankservice.core.errors import FaultsError
from bankservice.core.plain import to_json
from bankservice.core.structure import FACTS, POLICY

words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)
maybe_words = words | st.just("")
maybe_days = st.none() | st.dates()
checked: st.SearchStrategy[Checked] = st.sampled_from(["text", "secondary", "own"])
citations = st.builds(
    Citation,
    text=words,
    checked=checked,
    clause=maybe_words,
    issuer=maybe_words,
    number=maybe_words,
    url=maybe_words,
    published_on=maybe_days,
    read_on=maybe_days,
    note=maybe_words,
)


class TestCitation:
    """The source of a number."""

    @given(citations)
    def test_the_label_is_what_is_there_in_a_fixed_order(self, citation: Citation) -> None:
        """Issuer, document, number and clause; parts left out leave no comma behind."""
        parts = [citation.issuer, citation.text, citation.number, citation.clause]
        wanted = [part for part in parts if part]

        assert wanted == citation.label().split(", ")

    def test_a_label_people_quote(self) -> None:
        """A bank's own rule with its document number (文号)."""
        citation = Citation(
            issuer="某银行",
            text="零售客户分层办法",
            number="2026年第9号",
            clause="第四条",
            checked="own",
        )

        assert ("某银行, 零售客户分层办法, 2026年第9号, 第四条") == citation.label()

    @given(citations)
    def test_what_is_kept_is_read_back(self, citation: Citation) -> None:
        """JSON and pickles give an equal citation."""
        assert citation == FACTS.read(to_json(citation), Citation, "source")
        assert citation == pickle.loads(pickle.dumps(citation))

    @pytest.mark.parametrize("left_out", ["text", "checked"])
    def test_document_and_how_it_was_read_have_no_default(self, left_out: str) -> None:
        """Neither can be left out, in code or in a file."""
        given_in: dict[str, Any] = {"text": "Acme retail policy", "checked": "own"}
        del given_in[left_out]
        with pytest.raises(TypeError, match=left_out):
            Citation(**given_in)
        with pytest.raises(FaultsError, match=f"{left_out}: got nothing, wanted a value"):
            POLICY.read(given_in, Citation, "source")

    @pytest.mark.parametrize("text", ["", " ", "\t\n", "　"])
    def test_an_empty_document_is_no_source(self, text: str) -> None:
        """Blanks cannot stand for a document, in code or in a file."""
        with pytest.raises(ValueError, match="names no document"):
            Citation(text=text, checked="own")
        with pytest.raises(FaultsError, match="names no document"):
            POLICY.read({"text": text, "checked": "own"}, Citation, "source")

    @pytest.mark.parametrize("word", ["yes", "Text", "", None, True, "primary"])
    def test_how_it_was_read_is_one_of_three_words(self, word: Any) -> None:
        """A file that says anything else is refused and told the three."""
        with pytest.raises(FaultsError, match="wanted one of text, secondary, own"):
            POLICY.read({"text": "Acme", "checked": word}, Citation, "source")

    def test_fields_go_by_name_and_stay(self) -> None:
        """Nothing is given by position and nothing changes afterwards."""
        build: Any = Citation
        with pytest.raises(TypeError):
            build("Acme retail policy", "own")
        citation: Any = Citation(text="Acme retail policy", checked="own")
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            citation.clause = "2"


class TestApproval:
    """Who approved a version, when, and in which document."""

    def test_it_names_a_person_and_a_day(self) -> None:
        """Both are needed; the document may be left out."""
        build: Any = Approval
        for wrong in ({"by": "u-17"}, {"on": date(2026, 1, 5)}, {}):
            with pytest.raises(TypeError):
                build(**wrong)

        assert "" == Approval(by="u-17", on=date(2026, 1, 5)).document

    @given(words, st.dates(), maybe_words)
    def test_what_is_kept_is_read_back(self, by: str, on: date, document: str) -> None:
        """JSON gives an equal approval."""
        approval = Approval(by=by, on=on, document=document)

        assert approval == FACTS.read(to_json(approval), Approval, "approval")
