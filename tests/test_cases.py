"""Every case table under `tests/cases`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bankservice import policies
from bankservice.core.policy_file import parse_toml
from bankservice.testing import cases

HERE = Path(__file__).parent / "cases"


@pytest.mark.parametrize(
    "case", cases.collect(HERE), ids=lambda case: str(case).removeprefix(f"{HERE}/")
)
def test_case(case: cases.Case) -> None:
    """The case holds."""
    case.check()


def test_every_policy_file_is_used() -> None:
    """No policy lies beside the tables without a table that names it."""
    tables = "".join(path.read_text("utf-8") for path in cases.tables([HERE]))

    assert [] == [
        path.name for path in HERE.rglob("*.policy.toml") if f'"{path.name}"' not in tables
    ]


def test_every_rule_and_record_has_a_table() -> None:
    """No public rule and no record is without a case."""
    named = {
        value
        for path in cases.tables([HERE])
        for key, value in parse_toml(path.read_text("utf-8"), path.name).items()
        if key in ("rule", "record")
    }

    assert set() == {rule.id for rule in policies.rules()} - named
    assert set() == {record.kind for record in policies.records()} - named


BEYOND_TABLES = {"facts-erased", "version-not-held"}
"""Refusals that take destroyed keys or another policy file; the records' own tests meet them."""


def test_every_refusal_has_a_step() -> None:
    """No refusal of a record is without a step that meets it."""
    for record in policies.records():
        raws = [
            raw
            for path in cases.tables([HERE])
            if (raw := parse_toml(path.read_text("utf-8"), path.name)).get("record") == record.kind
        ]
        met = {step.get("refused") for raw in raws for case in raw["case"] for step in case["step"]}

        assert set() == {code.value for code in record.refusals} - met - BEYOND_TABLES
