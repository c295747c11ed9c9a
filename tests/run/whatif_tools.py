"""What the tests of trials share: a book of measures, two policies, and trials that are interrupted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bankservice import policies
from bankservice.run import whatif, whatif_books
from bankservice.run.whatif_books import FactsBook
from bankservice.run.whatif_file import Checkpoint, WhatIfFolder

TIERS = """
id = "acme/tiers"
kind = "segmentation.tiers"
[[version]]
since = 2020-01-01
source = {{ text = "Acme manual", clause = "2", checked = "own" }}
zone = "Europe/Vienna"
currency = "EUR"
measurement = {{ window = "P1M", before_opening = "zero" }}
review = "month-end"
[[version.tier]]
code = "BASE"
title = {{ en = "Base", zh = "基础" }}
[[version.tier]]
code = "SILVER"
title = {{ en = "Silver", zh = "白银" }}
enter = "1000.00"
protection = "P1M"
[[version.tier]]
code = "GOLD"
title = {{ en = "Gold", zh = "黄金" }}
enter = "{gold}"
protection = "P2M"
"""
NOW = datetime(2026, 7, 1, tzinfo=UTC)
RESULTS = ("moves.jsonl", "whatif.html", "whatif.json")


class Stopped(BaseException):
    """The machine went away."""


def write_policies(folder: Path, *, gold: str = "5000.00") -> tuple[Path, Path]:
    """Write the policy as it is, and a draft with another entry level of the highest tier."""
    before, after = folder / "tiers.toml", folder / "draft.toml"
    before.write_text(TIERS.format(gold="10000.00"), "utf-8")
    after.write_text(TIERS.format(gold=gold), "utf-8")
    return before, after


def line(index: int, amount: int) -> str:
    """Return a line of a book of measures."""
    facts = {"measure": {"average": f"{amount}.00"}, "on": "2026-03-31"}
    return json.dumps({"subject": f"客户-{index}", "facts": facts}, ensure_ascii=False) + "\n"


def write_book(path: Path, customers: int) -> Path:
    """Write a book; of ten customers, five would rise to the highest tier."""
    path.write_text("".join(line(n, n % 10 * 1_100) for n in range(customers)), "utf-8")
    return path


def asked(folder: Path, **changes: Any) -> whatif.Asked:
    """Return the trial of the policies in a folder."""
    before, after = (policies.load(folder / name) for name in ("tiers.toml", "draft.toml"))
    trial = policies.trial("segmentation.tier-assessment")
    return whatif.Asked(**{"trial": trial, "before": before, "after": after, "keep": 4, **changes})


def tried(folder: Path, out: Path | None, *, resume: bool = False, **changes: Any) -> whatif.Tried:
    """Try the policies of a folder on its book."""
    told = asked(folder, **changes)
    book = FactsBook(folder / "book.jsonl", told.trial)
    return whatif.run(told, lambda begun: book, out=out, resume=resume, now=lambda: NOW)


def results(out: Path) -> dict[str, bytes]:
    """Return every file of the results."""
    return {path.name: path.read_bytes() for path in sorted(out.iterdir()) if path.name in RESULTS}


@contextmanager
def stopping(
    monkeypatch: pytest.MonkeyPatch, at: int, *, early: bool, stop: Callable[[], None]
) -> Iterator[None]:
    """Stop at a checkpoint, before or after it is written."""
    left, save = [at], WhatIfFolder.save

    def saved(folder: WhatIfFolder, held: Checkpoint, tally: Any) -> None:
        left[0] -= 1
        if early and not left[0]:
            stop()
        save(folder, held, tally)
        if not early and not left[0]:
            stop()

    with monkeypatch.context() as patch:
        patch.setattr(WhatIfFolder, "save", saved)
        yield


def short_parts(monkeypatch: pytest.MonkeyPatch, lines: int) -> None:
    """Have parts of a book be short."""
    monkeypatch.setattr(whatif_books, "LINES", lines)
