"""Which regimes govern a case: laws of the rule, explanations and bad books."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.complaints.policy import SHELF
from bankservice.complaints.regimes.applicable import ApplicableFacts, applicable_regimes
from bankservice.core.errors import FaultsError, PolicyError
from bankservice.core.unknown import UNKNOWN

BOOK = SHELF.get("regimes")
MAYBE = st.sampled_from((None, UNKNOWN, True, False))
FEW = settings(max_examples=some(60))

CASES = st.fixed_dictionaries(
    {
        "jurisdiction": st.sampled_from((None, UNKNOWN, "US", "GB", "IE", "CN", "DE", "CA", "XX")),
        "kind": st.sampled_from(("general", "payment", UNKNOWN)),
        "forwarded_by": st.sampled_from(("", "cfpb", "pboc", UNKNOWN)),
        "customer_kind": st.sampled_from((None, UNKNOWN, "person", "small_business")),
        "error_resolution": MAYBE,
        "electronic_transfer": MAYBE,
        "open_end_credit": MAYBE,
        "written_notice": MAYBE,
    }
)


@FEW
@given(CASES, st.dates(date(2010, 1, 1), date(2027, 1, 1)))
def test_every_regime_is_told_once(case: dict[str, Any], day: date) -> None:
    """Each regime of the book either governs, does not, or is undecided with the facts named."""
    version = BOOK.on(day)
    facts = ApplicableFacts(received_on=day, **case)
    decision = applicable_regimes.decide(facts, version)
    found = decision.outcome
    ids = [policy.id for policy in version.parameters.regimes]

    assert sorted(ids) == sorted((*found.governing, *found.not_governing, *found.undecided))
    assert all(found.undecided.values())
    assert decision.explain("en") != decision.explain("zh_CN")
    assert hash(decision.outcome) == hash(applicable_regimes.decide(facts, version).outcome)


@FEW
@given(CASES, st.data())
def test_what_is_named_decides(case: dict[str, Any], data: st.DataObject) -> None:
    """Stating the facts that were named, whatever they are, leaves that regime decided."""
    version = BOOK.versions[-1]
    day = date(2026, 4, 2)
    answers = {
        "jurisdiction": ("US", "GB", "IE"),
        "kind": ("general", "payment"),
        "forwarded_by": ("", "cfpb", "pboc"),
        "customer_kind": ("person", "small_business"),
    }
    before = applicable_regimes.decide(ApplicableFacts(received_on=day, **case), version).outcome
    for regime, missing in before.undecided.items():
        stated = {
            name: data.draw(st.sampled_from(answers.get(name, (True, False)))) for name in missing
        }
        facts = ApplicableFacts(received_on=day, **{**case, **stated})

        assert regime not in applicable_regimes.decide(facts, version).outcome.undecided


def test_the_condition_that_failed_is_told() -> None:
    """An explanation names the failed part of a condition and leaves out what did not matter."""
    decision = applicable_regimes("regimes", received_on=date(2026, 4, 2), jurisdiction="CN")
    text = decision.explain("en")

    assert "✗ China, complaints passed on by the People's Bank: forwarded_by = pboc" in text
    assert "passed on by the People's Bank: jurisdiction" not in text
    assert "✓ China, complaints of consumers of banking and insurance: jurisdiction = CN" in text


def test_the_versions_it_rests_on_are_named() -> None:
    """A decision names the version of every regime that was in force."""
    decision = applicable_regimes("regimes", received_on=date(2017, 1, 1), jurisdiction="GB")
    named = {ref.policy: ref.since for ref in decision.policies}

    assert date(2016, 6, 30) == named["complaints/uk-disp"]
    assert "complaints/cn-nfra" not in named
    assert "in force on" in decision.explain("en")


def test_a_code_that_is_none_is_refused() -> None:
    """A product, channel or kind of customer must be a code of its tree."""
    with pytest.raises(FaultsError) as caught:
        applicable_regimes("regimes", received_on=date(2026, 4, 2), customer_kind="persn")

    assert "did you mean person" in str(caught.value)


BAD = """
id = "acme/regimes"
kind = "complaints.regime-book"
[[version]]
since = 2020-01-01
source = { text = "Acme manual", clause = "1", checked = "own" }
regimes = [REGIMES]
"""


@pytest.mark.parametrize(
    ("regimes", "wanted"),
    [
        ("", "version[0].regimes: got nothing"),
        ('"complaints/uk-dips"', "did you mean complaints/uk-disp"),
        ('"calendars/ie"', "version[0].regimes[0]: got 'calendars/ie', wanted a policy of kind"),
        ('"complaints/uk-disp", "uk-disp"', "version[0].regimes[1]: got 'uk-disp', wanted each"),
    ],
)
def test_bad_books_are_refused(regimes: str, wanted: str) -> None:
    """A book lists regimes that there are, each once."""
    with pytest.raises(PolicyError) as caught:
        SHELF.read(BAD.replace("REGIMES", regimes), "a book")

    assert wanted in str(caught.value)


def test_a_regime_of_several_cohorts_may_be_undecided() -> None:
    """Where the version depends on a fact that is unknown, that fact is named."""
    regime = """
    id = "acme/charter"
    kind = "complaints.regime"
    [[version]]
    since = 2020-01-01
    applies_to = { fact = "region", equals = "north" }
    source = { text = "Acme manual", clause = "1", checked = "own" }
    [[version.clock]]
    name = "reply"
    title = { en = "Reply", zh = "答复" }
    role = "duty"
    [[version.clock.term]]
    amount = "P3D"
    unit = "calendar-days"
    """
    shelf = SHELF.with_policies([SHELF.read(regime, "a regime")])
    book = shelf.read(BAD.replace("REGIMES", '"acme/charter"'), "a book")
    unknown = applicable_regimes(book, received_on=date(2026, 4, 2))
    north = applicable_regimes(book, received_on=date(2026, 4, 2), region="north")

    assert {"acme/charter": ("region",)} == dict(unknown.outcome.undecided)
    assert "which version applies depends on region" in unknown.explain("en")
    assert ("acme/charter",) == north.outcome.governing
    assert "without condition" in north.explain("en")
