"""What the pages show of the examples is in the examples."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent.parent
PAGES: Final = ("migrate-the-schema", "run-inside-your-transaction")


@pytest.mark.parametrize("page", PAGES)
def test_shown_code_is_the_examples(page: str) -> None:
    """Every block of code that a page shows and does not run stands in an example, letter for letter."""
    shown = (ROOT / "docs" / "en" / "how-to" / f"{page}.md").read_text("utf-8")
    blocks = re.findall(r"^```py\n(.*?)^```$", shown, re.MULTILINE | re.DOTALL)
    hosts = [path.read_text("utf-8") for path in (ROOT / "examples").glob("*-host/**/*.py")]

    assert blocks
    assert [] == [block for block in blocks if not any(block in text for text in hosts)]
