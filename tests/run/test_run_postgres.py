"""The main job keeps its record in PostgreSQL as it does in a file."""

from __future__ import annotations

import json
from pathlib import Path

from run_tools import ACCOUNTS, CUSTOMERS, FILES, MONTHS, TRANSACTIONS, head, make_bank, tiers_part

import bankservice
from bankservice.journals.sql import SqlJournal

RANGE = head(MONTHS) + tiers_part() + CUSTOMERS + ACCOUNTS + TRANSACTIONS


def test_same_results_wherever_the_record_is(tmp_path: Path, postgres_url: str) -> None:
    """Results, entries and explanations of a run are the same on SQLite and PostgreSQL."""
    told = []
    for name in ("file", "server"):
        bank = make_bank(tmp_path / name, plan=RANGE, files=FILES)
        url = f"sqlite:///{bank.out}/bank.db" if name == "file" else postgres_url
        if name == "file":
            bank.run()
        else:
            bank.run(journal=url)
        results = bank.results(("summary.json", "bank.db", "report.html"))
        with SqlJournal.open(url) as journal, bankservice.open(url) as opened:
            entries = [fed.entry for fed in journal.feed(limit=10_000)]
            owner = next(each for each in entries if each.stream.kind == "segmentation.standing")
            explained = opened.explain(f"{owner.stream.kind}/{owner.stream.key}").text("zh_CN")
        told.append((results, entries, explained))

    assert told[0] == told[1]
    assert told[0][1]


def test_again_changes_nothing(tmp_path: Path, postgres_url: str) -> None:
    """A run given again on PostgreSQL writes no entry and says so."""
    bank = make_bank(tmp_path / "bank", plan=RANGE, files=FILES)
    bank.run(journal=postgres_url)
    with SqlJournal.open(postgres_url) as journal:
        before = journal.feed(limit=10_000)

        bank.run(journal=postgres_url)

        assert before == journal.feed(limit=10_000)
    summary = json.loads((bank.out / "summary.json").read_text("utf-8"))
    assert {0} == {day["tiers"]["written"] for day in summary["days"].values()}
