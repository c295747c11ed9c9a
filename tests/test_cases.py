"""Every case table under `tests/cases`."""

from __future__ import annotations

from pathlib import Path

import pytest

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
