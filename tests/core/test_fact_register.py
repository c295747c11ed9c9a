"""The register of facts: types at the edge, and a fact that is kept from a use refused at load."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bankservice import policies
from bankservice.core.conditions import FactType, read_condition
from bankservice.core.errors import FaultsError, PolicyError, UnknownNameError
from bankservice.core.fact_register import FACT_REGISTER, Register, register_of
from bankservice.core.institution import INSTITUTION
from bankservice.core.policy import Faults
from bankservice.core.policy_file import parse_toml, read_policy
from bankservice.core.shelf import PolicyShelf
from bankservice.core.unknown import UNKNOWN
from bankservice.core.vocabulary import VOCABULARY

SHELF = PolicyShelf(
    (FACT_REGISTER, VOCABULARY, INSTITUTION),
    {"facts": "bankservice.core", "vocabulary": "bankservice.core"},
)
HEAD = """
id = "acme/facts"
kind = "facts.register"
title = { en = "Facts", zh = "事实" }
[[version]]
since = 2020-01-01
source = { text = "Acme handbook", clause = "1", checked = "own" }
"""
OWN = """
extends = "facts/customer"
[[version.known]]
code = "pets"
type = "integer"
title = { en = "Pets", zh = "宠物" }
least = 0
most = 20
uses = ["segment"]
[[version.known]]
code = "since"
type = "date"
title = { en = "Customer since", zh = "开户日" }
uses = ["segment"]
[[version.known]]
code = "rate"
type = "number"
title = { en = "Rate", zh = "利率" }
uses = ["behaviour"]
"""


def register(text: str = OWN) -> Register:
    """Return the register of a file."""
    parameters: Register = (
        read_policy(parse_toml(HEAD + text, "acme.toml"), "acme.toml", SHELF.kinds, SHELF)
        .versions[0]
        .parameters
    )
    return parameters


def faults_in(text: str) -> dict[str, str]:
    """Return what is wrong with a register's file: path → what stands there."""
    with pytest.raises(PolicyError) as found:
        register(text)
    return {fault.path: fault.got for fault in found.value.faults}


def checked(use: Any, when: Mapping[str, object]) -> list[tuple[str, str, str]]:
    """Return what is wrong with a condition for a use."""
    faults = Faults()
    register().check(read_condition(when), use, "row[0].when", faults)
    return [(fault.path, fault.got, fault.wanted) for fault in faults]


def test_facts_are_typed_at_the_edge() -> None:
    """Every type is read, sets and codes included; what is not stated or unknown stays unknown."""
    stated = {
        "pets": 2,
        "since": "2026-01-31",
        "rate": "0.05",
        "leads_industry": True,
        "behaviours": ["investing"],
        "customer_kind": "person",
        "age": "unknown",
        "income_minor": None,
        "gender": UNKNOWN,
    }

    assert {
        "pets": 2,
        "since": date(2026, 1, 31),
        "rate": Decimal("0.05"),
        "leads_industry": True,
        "behaviours": ("investing",),
        "customer_kind": "person",
        "age": UNKNOWN,
        "income_minor": UNKNOWN,
        "gender": UNKNOWN,
    } == register().read(stated)


@pytest.mark.parametrize(
    ("facts", "error", "words"),
    [
        ({"pet": 2}, UnknownNameError, "pets"),
        ({"pets": "many"}, FaultsError, "fact pets"),
        ({"pets": 2.0}, FaultsError, "fact pets"),
        ({"pets": True}, FaultsError, "fact pets"),
        ({"pets": -1}, FaultsError, "at least 0"),
        ({"pets": 21}, FaultsError, "at most 20"),
        ({"rate": "NaN"}, FaultsError, "fact rate"),
        ({"gender": "femal"}, UnknownNameError, "female"),
        ({"customer_kind": "persn"}, UnknownNameError, "person"),
        ({"customer_kind": ""}, UnknownNameError, "code of customer_kind"),
    ],
    ids=str,
)
def test_bad_facts_are_named(
    facts: Mapping[str, object], error: type[Exception], words: str
) -> None:
    """A fact that is not known, not of its type or out of its bounds is an error that names it."""
    with pytest.raises(error, match=words):
        register().read(facts)


def test_barred_fact_is_refused_with_its_reason() -> None:
    """A fact barred from a use, or merely not given to it, is told with the reason."""
    gender = {"fact": "gender", "equals": "female"}

    assert [] == checked("screening", gender)
    ((path, got, why),) = checked("entitlement", gender)
    assert ("row[0].when", "gender, which is kept from entitlement") == (path, got)
    assert "sex" in why
    assert [("row[0].when", "pets, which is kept from treatment")] == [
        found[:2] for found in checked("treatment", {"fact": "pets", "at_least": 1})
    ]
    assert "may for segment" in checked("treatment", {"fact": "pets", "at_least": 1})[0][2]
    assert "sensitive" in checked("treatment", {"fact": "religion", "equals": "x"})[0][2]


def test_conditions_are_checked_by_type() -> None:
    """What is no fact, no word or no code is told as in every condition."""
    assert ["'pet'"] == [got for _, got, _ in checked("segment", {"fact": "pet", "at_least": 1})]
    assert ["'femal'"] == [
        got for _, got, _ in checked("screening", {"fact": "gender", "equals": "femal"})
    ]


def test_terms_hold_what_a_use_allows() -> None:
    """The terms of a use have the facts allowed for it, with their words and trees, and no other."""
    terms = register().terms("entitlement")

    assert {"tier", "region", "stage"} <= set(terms.facts)
    assert not {"gender", "age", "religion", "pets"} & set(terms.facts)
    assert FactType("code", "vocabulary/regions") == terms.facts["region"]
    assert set(terms.trees) <= set(terms.facts)
    assert set(terms.words) <= set(terms.facts)


def test_faults_of_a_register() -> None:
    """Everything wrong with a register is told at once, with its path."""
    text = """
    extends = "facts/custmer"
    known = [
        { code = "a", type = "text", title = { en = "A", zh = "甲" }, tree = "vocabulary/regions" },
        { code = "a", type = "code", title = { en = "A", zh = "甲" } },
        { code = "b", type = "code", title = { en = "B", zh = "乙" }, tree = "vocabulary/region" },
        { code = "c", type = "integer", title = { en = "C", zh = "丙" }, words = ["x"] },
        { code = "d", type = "text", title = { en = "D", zh = "丁" }, least = 1 },
        { code = "e", type = "text", title = { en = "E", zh = "戊" }, uses = ["segment"], barred = [{ use = "segment", why = { en = "No.", zh = "否。" } }] },
    ]
    """

    assert {
        "version[0].extends",
        "version[0].known[0].tree",
        "version[0].known[1].code",
        "version[0].known[1].tree",
        "version[0].known[2].tree",
        "version[0].known[3].words",
        "version[0].known[4].least",
        "version[0].known[5].barred[0].use",
    } == set(faults_in(text))


def test_register_of_another_kind() -> None:
    """A policy that is no register, or that is not there, is a fault where it is named."""
    faults = Faults()

    assert register_of("vocabulary/regions", "facts", faults, SHELF) is None
    assert register_of("facts/customers", "facts", faults, SHELF) is None
    assert ["a policy of kind vocabulary.tree", "'facts/customers'"] == [f.got for f in faults]


def test_every_barred_fact_says_why() -> None:
    """Each bar of the shipped register has its reason in both languages."""
    shipped: Register = policies.load("facts/customer").versions[-1].parameters
    bars = [bar for fact in shipped.facts.values() for bar in fact.barred]

    assert bars
    assert all(bar.why.en and bar.why.zh for bar in bars)


def test_bounds_are_told_to_searches() -> None:
    """The bounds of whole numbers are there for searches through what facts there can be."""
    ranges = register().ranges

    assert (0, 20) == ranges["pets"]
    assert (0, None) == ranges["products"]
    assert "rate" not in ranges
