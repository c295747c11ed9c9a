"""
What the try-it page is built from, without a browser: its forms, its examples, and what answers it.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice import complaints, policies

# They stand beside the pages, not in the package.
sys.path.insert(0, str(Path(__file__).parent.parent / "docs" / "browser"))

import driver
import try_it
from book import try_form

CATALOGUE: Final = try_form.catalogue()
REG_E: Final = {
    "ask": "decide",
    "rule": "complaints.deadlines",
    "policy": "complaints/us-reg-e",
    "beside": None,
    "edited": None,
    "facts": '{"received_on": "2014-11-03"}',
    "locale": "en",
}


def asked(**changed: Any) -> Any:
    """
    Return the answer to a question about Regulation E, with what is asked otherwise.
    """
    return json.loads(driver.ask(json.dumps({**REG_E, **changed})))


def shipped(policy_id: str, rule_id: str) -> str:
    """
    Return the text of a shipped policy.
    """
    text: str = asked(ask="policy", rule=rule_id, policy=policy_id)["text"]
    return text


# --- forms and examples -------------------------------------------------------------------------


def test_every_rule_has_form_and_example() -> None:
    """
    Every rule has a form with a field for each of its facts, and an example that it decides.
    """
    rules = [rule.id for rule in policies.rules()]

    assert rules == [rule["id"] for rule in CATALOGUE["rules"]]
    assert set(rules) == {example["rule"] for example in CATALOGUE["examples"]}
    assert all(rule["fields"] for rule in CATALOGUE["rules"])


def test_forms_speak_both_languages() -> None:
    """
    Titles of rules and meanings of facts are there in English and in Chinese.
    """
    texts = [
        text
        for rule in CATALOGUE["rules"]
        for text in (rule["title"], *(field["meaning"] for field in rule["fields"]))
    ]

    assert [] == [text for text in texts if not text["en"] or text["en"] == text["zh"]]


@pytest.mark.parametrize(
    ("rule", "name", "wanted"),
    [
        ("complaints.deadlines", "received_on", {"control": "date", "unknown": False}),
        (
            "complaints.deadlines",
            "new_account",
            {"control": "choice", "choices": [True, False], "unknown": True},
        ),
        ("complaints.deadlines", "cycle_ends", {"control": "list", "unknown": False}),
        (
            "satisfaction.nps",
            "promoters",
            {"control": "text", "number": True, "unknown": False},
        ),
        ("loyalty.accrue", "tier", {"control": "text", "unknown": True}),
        ("loyalty.accrue", "channel", {"control": "text", "tree": "vocabulary/channels"}),
        ("segmentation.tier-band", "measure", {"control": "json", "unknown": False}),
    ],
)
def test_controls_follow_types(rule: str, name: str, wanted: dict[str, Any]) -> None:
    """
    A fact is entered as its type wants: a day, a choice, a number, a list, a code of a tree.
    """
    (form,) = [each for each in CATALOGUE["rules"] if each["id"] == rule]
    (field,) = [each for each in form["fields"] if each["name"] == name]

    assert wanted == {key: field[key] for key in wanted}


def test_build_without_packages_of_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Where nothing was taken from npm the folder is built all the same, and says that it has no
    runtime.
    """
    monkeypatch.setattr(try_it, "MODULES", tmp_path / "none")
    monkeypatch.setattr(try_it, "catalogue", lambda: CATALOGUE)
    try_it.build(tmp_path)
    folder = tmp_path / "try-it"

    assert {"run": None} == json.loads((folder / "manifest.json").read_text("utf-8"))
    assert {"catalogue.json", "manifest.json", *try_it.PAGE} == {
        path.name for path in folder.iterdir()
    }
    assert "RUNTIME" not in (tmp_path / try_it.KEEPER).read_text("utf-8")


def test_folder_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A folder above its budget ends the build, which says by how much.
    """
    monkeypatch.setattr(try_it, "MODULES", tmp_path / "none")
    monkeypatch.setattr(try_it, "catalogue", dict)
    monkeypatch.setattr(try_it, "LIMIT", 1000)

    with pytest.raises(RuntimeError, match="bytes; at most 1000 are allowed"):
        try_it.build(tmp_path)


# --- answers ------------------------------------------------------------------------------------


def test_decides_as_the_library() -> None:
    """
    The answer carries the decision of the library and its explanation, line for line.
    """
    decision = complaints.deadlines("us-reg-e", received_on=date(2014, 11, 3))
    answer = asked(locale="zh_CN")["original"]
    lines = [
        answer["headline"],
        *(f"  {'✓✗?'[[True, False, None].index(c['held'])]} {c['text']}" for c in answer["checks"]),
        *(source["text"] for source in answer["sources"]),
    ]

    assert decision.to_json() == json.loads(answer["json"])
    assert decision.explain("zh_CN").split("\n") == lines
    assert "zh/r/complaints.deadlines.html" == answer["page"]
    assert "zh/p/complaints-us-reg-e/2011-12-30.html" == answer["sources"][0]["page"]


@settings(max_examples=some(50))
@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_digits_are_kept(number: Decimal) -> None:
    """
    A number in the text of facts comes to the form with all its digits.
    """
    text = f'{{"rate": {number}}}'
    found = asked(ask="facts", facts=text)["fields"]["rate"]["json"]

    assert number == Decimal(found)


def test_facts_in_either_form() -> None:
    """
    Facts may be written as JSON or as TOML; the fields are the same.
    """
    json_text = '{"on": "2026-03-02", "measure": {"average": "1.50"}, "held": true}'
    toml_text = 'on = 2026-03-02\nmeasure = { average = "1.50" }\nheld = true'
    wanted = {
        "on": {"text": "2026-03-02"},
        "measure": {"json": '{"average": "1.50"}'},
        "held": {"json": "true"},
    }

    assert wanted == asked(ask="facts", facts=json_text)["fields"]
    assert wanted == asked(ask="facts", facts=toml_text)["fields"]


@pytest.mark.parametrize(
    ("facts", "path", "got"),
    [
        ("{", "", "text that is not JSON"),
        ("[1, 2]", "", "text that is not TOML"),
        ('{"received_on": NaN}', "", "NaN"),
        ('{"zone": "", "zone": ""}', "zone", "the key twice"),
        ('{"recieved_on": "2014-11-03"}', "recieved_on", "an unknown key"),
        ('{"received_on": "3 November"}', "received_on", "str '3 November'"),
    ],
)
def test_faults_of_facts(facts: str, path: str, got: str) -> None:
    """
    Facts with faults come back with each fault and its place, and nothing is decided.
    """
    answer = asked(facts=facts)["original"]

    assert "json" not in answer
    assert (path, got) in [(fault["path"], fault["got"]) for fault in answer["faults"]]


def test_mistakes_are_messages() -> None:
    """
    What no single place is wrong about comes back as the library's own message.
    """
    early = asked(facts='{"received_on": "1999-01-01"}')["original"]
    unknown = asked(policy="complaints/us-reg-f")["original"]

    assert "its first version starts on 2011-12-30" in early["error"]
    assert "did you mean complaints/us-reg-" in unknown["error"]


def test_edited_policy_beside_the_shipped() -> None:
    """
    An edited policy decides beside the shipped one; what differs in parameters and outcome is
    named. Its source has no page where its numbers are not the shipped ones.
    """
    text = shipped("segmentation/cn-retail-shape", "segmentation.tier-band")
    found = asked(
        rule="segmentation.tier-band",
        policy="segmentation/cn-retail-shape",
        facts='{"measure": {"average": "520000.00"}, "on": "2026-03-31"}',
        edited=text.replace('enter = "500000.00"', 'enter = "600000.00"'),
    )

    assert {
        "path": "tier.GOLD.enter",
        "before": "500000.00",
        "after": "600000.00",
    } in found["changes"]["parameters"]
    assert {"path": "tier", "before": "GOLD", "after": "STANDARD"} in found["changes"]["outcome"]
    assert found["original"]["sources"][0]["page"]
    assert found["edited"]["sources"][0]["page"] is None


def test_edited_policy_with_faults() -> None:
    """
    Faults of an edited policy are told with their paths; the shipped one decides all the same.
    """
    text = shipped("complaints/us-reg-e", "complaints.deadlines")
    found = asked(edited=text.replace("institution_days", "institution_day"))
    (fault,) = found["edited"]["faults"]

    assert "version[0].institution_day" == fault["path"]
    assert ["institution_days"] == fault["near"][:1]
    assert found["original"]["headline"]
    assert found["changes"] is None


def test_declared_facts_are_named() -> None:
    """
    Facts that the versions of a policy declare are told with type and title.
    """
    found = asked(ask="policy", rule="complaints.deadlines", policy="complaints/cn-nfra")
    declared = {fact["name"]: fact for fact in found["declared"]}
    held = policies.load("complaints/cn-nfra")

    assert {fact.name for version in held.versions for fact in version.facts} == set(declared)


def test_calendar_of_a_span() -> None:
    """
    The calendar tells each day of the span: day 0, the days skipped and why, the last day.
    """
    determination = asked()["original"]["calendars"][0]
    days = {
        day["day"]: day
        for month in determination["months"]
        for week in month["weeks"]
        for day in week
        if day is not None
    }

    assert ["November 2014"] == [month["title"] for month in determination["months"]]
    assert [8, 9, 11, 15, 16] == [day for day, told in days.items() if told["skipped"]]
    assert "Veterans Day" == days[11]["name"]
    assert [3] == [day for day, told in days.items() if told["start"]]
    assert [18] == [day for day, told in days.items() if told["last"]]
    assert 10 == sum(told["inside"] and not told["skipped"] for told in days.values())


def test_calendar_counts_as_the_library() -> None:
    """
    Of a span of business days, the days the page shows as counted are as many as were asked for,
    forward and back.
    """
    for count in (-30, -1, 1, 10, 60):
        facts = json.dumps({"day": "2026-02-10", "n": count})
        answer = asked(rule="worktime.business-day", policy="calendars/cn", facts=facts)
        (span,) = answer["original"]["calendars"]
        days = [day for month in span["months"] for week in month["weeks"] for day in week if day]

        assert abs(count) == sum(day["inside"] and not day["skipped"] for day in days), count


def test_long_spans_are_cut() -> None:
    """
    Of a span of years only its ends are drawn, and how much is left out is said.
    """
    facts = '{"day": "2015-01-31", "amount": "P60M"}'
    answer = asked(rule="worktime.calendar-day", policy="calendars/gb-eng", facts=facts)
    (span,) = answer["original"]["calendars"]

    assert 6 == len(span["months"])
    assert 55 == span["left_out"]
