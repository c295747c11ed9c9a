"""What past versions of the package decided is repeated exactly by this one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import bankservice
from bankservice.bank import Bank
from bankservice.core.repetition import Repetition
from bankservice.journals.exchange import import_

PAST = Path(__file__).parent / "past"

DECIDED = {
    "28039d3": {"segmentation.standing": 8},
    "6fcdf11": {
        "segmentation.standing": 8,
        "complaints.case": 1,
        "loyalty.account": 4,
        "loyalty.benefits": 1,
    },
    "6d837c4": {
        "segmentation.standing": 8,
        "segmentation.membership": 1,
        "complaints.case": 1,
        "lifecycle.standing": 3,
        "lifecycle.treatment": 1,
        "loyalty.account": 4,
        "loyalty.benefits": 1,
    },
    "satisfaction": {
        "satisfaction.campaign": 1,
        "satisfaction.contact": 5,
        "satisfaction.follow-up": 10,
        "satisfaction.voice": 3,
    },
}
"""A journal's name → kind of record → entries in it that a policy decided, at least."""


def past(name: str) -> Bank:
    """Return a bank with the journal a past version wrote."""
    bank = bankservice.open("memory:")
    with (PAST / f"{name}.jsonl").open(encoding="utf-8") as file:
        import_(file, bank.journal)  # type: ignore[arg-type]
    return bank


@pytest.mark.parametrize("name", DECIDED)
class TestPast:
    """Journals of past versions, read with the policies as they were kept."""

    def test_every_decision_is_repeated(self, name: str) -> None:
        """Every entry comes out as it was written, or says that no policy decided it."""
        bank = past(name)
        found = [
            bank.repeat(f"{held.entry.stream.kind}/{held.entry.stream.key}@{held.entry.version}")
            for held in bank.journal.feed(limit=1000)
        ]
        other = [held for held in found if held.outcome is Repetition.DIFFERENT]
        told = {held.outcome for held in found}
        decided = Counter(
            held.ref.partition("/")[0] for held in found if held.outcome is Repetition.EQUAL
        )

        assert [] == other
        assert {Repetition.EQUAL, Repetition.NOT_DECIDED} >= told
        assert all(decided[kind] >= count for kind, count in DECIDED[name].items()), decided

    def test_every_entry_is_explained(self, name: str) -> None:
        """Every entry says why in both languages."""
        bank = past(name)
        for held in bank.journal.feed(limit=1000):
            entry = held.entry
            why = bank.explain(f"{entry.stream.kind}/{entry.stream.key}@{entry.version}")

            assert why.text("zh_CN") != why.text("en") != ""
