"""Past entries decided again, and records seen as they were known, from the command line."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bankservice.bank import Bank, open_bank
from bankservice.cli.commands import cli
from bankservice.core import repeating
from bankservice.core.archive import PURGED
from bankservice.core.journal import Stream
from bankservice.core.repeating import NotAskable
from bankservice.core.repetition import Repeated, Repetition
from bankservice.journals.sql import SqlJournal
from bankservice.segmentation import Book, Measure
from bankservice.testing.archive_contract import tombstone

TIERS = """
id = "acme/tiers"
kind = "segmentation.tiers"
[[version]]
since = 2020-01-01
source = { text = "Acme manual", clause = "2", checked = "own" }
zone = "Europe/Vienna"
currency = "EUR"
measurement = { window = "P1M", before_opening = "zero" }
review = "month-end"
[[version.tier]]
code = "BASE"
"""
PROFILE = """
id = "acme/bank"
kind = "institution.profile"
[[version]]
since = 2020-01-01
source = { text = "Acme manual", clause = "1", checked = "own" }
zone = "Europe/Vienna"
currency = "EUR"
jurisdiction = "AT"
"""
DAYS = (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31))
AVERAGES = ("620000.00", "1000.00", "7000000.00")


def run(*args: object) -> Result:
    """Run the command line in this process; an exception is a failure of the test."""
    return CliRunner().invoke(cli, [str(arg) for arg in args], catch_exceptions=False)


def done(*args: object) -> str:
    """Return what a command prints that succeeds in silence."""
    result = run(*args)

    assert (0, "") == (result.exit_code, result.stderr)
    return result.stdout


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a journal of two customers over three days, and a case."""
    path = tmp_path / "bank.db"
    for day, average in zip(DAYS, AVERAGES, strict=True):
        at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        with open_bank(f"sqlite:///{path}", now=lambda at=at: at) as bank:  # type: ignore[misc]
            for who in ("al", "bo"):
                measure = {"average": average}
                bank.standings.assess(f"{day}-{who}", who, measure=measure, on=day)
    return path


@pytest.fixture
def url(file: Path) -> str:
    """Give its address."""
    return f"sqlite:///{file}"


def rewrite(file: Path, key: str, version: int, was: str, now: str) -> None:
    """Write an entry anew behind the journal's back."""
    with closing(sqlite3.connect(file)) as database, database:
        changed = database.execute(
            "UPDATE bankservice_entries SET data = replace(data, ?, ?) "
            "WHERE key = ? AND version = ?",
            (was, now, key, version),
        )

        assert 1 == changed.rowcount


class TestRepeat:
    """`bankservice repeat`."""

    def test_one_entry(self, url: str) -> None:
        """An entry is told in a line, with the versions it was decided under."""
        answer = done("repeat", url, "segmentation.standing/al@1")

        assert answer.startswith(
            "segmentation.standing/al@1 (assessed): comes out as it was written, under "
            "segmentation/cn-retail-shape of "
        )

    def test_all_entries(self, url: str) -> None:
        """Without a name every entry of every record is counted by what became of it."""
        answer = done("repeat", url)

        assert "entries decided again" in answer
        assert "segmentation.standing" in answer

    def test_all_entries_in_json(self, url: str, file: Path) -> None:
        """The counts are those of the journal, record by record."""
        with closing(sqlite3.connect(file)) as database:
            (held,) = database.execute("SELECT count(*) FROM bankservice_entries").fetchone()
        found = json.loads(done("repeat", url, "--json"))

        assert {"segmentation.standing"} == set(found["records"])
        assert held == found["records"]["segmentation.standing"]["equal"]
        assert ([], {}) == (found["different"], found["why"])

    def test_an_entry_that_differs(self, url: str, file: Path) -> None:
        """What was written otherwise than it is decided is told with its paths, and exit code 1."""
        rewrite(file, "bo", 1, '"GOLD"', '"GOLT"')
        one, all_ = run("repeat", url, "segmentation.standing/bo@1"), run("repeat", url)
        data = json.loads(run("repeat", url, "--json").stdout)

        assert (1, 1) == (one.exit_code, all_.exit_code)
        assert "latches.GOLT" in one.stdout
        assert "segmentation.standing/bo@1 (assessed): comes out otherwise" in all_.stdout
        assert "segmentation.standing/bo@1" in [each["ref"] for each in data["different"]]

    def test_as_known(self, url: str) -> None:
        """Of what was known by a day only that is decided again."""
        whole = json.loads(done("repeat", url, "--json"))["records"]["segmentation.standing"]
        then = json.loads(done("repeat", url, "--known", "2026-01-31", "--json"))["records"]

        assert 2 == then["segmentation.standing"]["equal"] < whole["equal"]

    def test_a_policy_that_is_gone(self, url: str, file: Path) -> None:
        """An entry whose policy's text the journal lost is counted and named."""
        with closing(sqlite3.connect(file)) as database, database:
            database.execute("DELETE FROM bankservice_versions")
        answer = done("repeat", url)
        one = done("repeat", url, "segmentation.standing/al@1")

        assert "Why some could not be asked" in answer
        assert "segmentation/cn-retail-shape (" in answer
        assert "did not keep the policy's text" in one

    def test_what_cannot_be_asked(self, url: str) -> None:
        """What cannot be asked at all, such as a record that was purged, is counted and told."""
        with SqlJournal.open(url) as journal:
            stream = Stream("default", "segmentation.standing", "al")
            journal.purge(tombstone(stream, journal.read(stream)[-1].version))
        answer = done("repeat", url)
        found = json.loads(done("repeat", url, "--json"))

        assert "purged" in answer
        assert {"purged": 1} == found["why"]

    def test_some_in_json(self, url: str) -> None:
        """Entries that are named are data too."""
        (found,) = json.loads(done("repeat", url, "segmentation.standing/al@1", "--json"))

        assert ("equal", []) == (found["outcome"], found["differences"])
        assert ["segmentation/cn-retail-shape"] == [ref["policy"] for ref in found["policies"]]

    def test_mistakes(self, url: str, tmp_path: Path) -> None:
        """An entry that is not there, or a journal, is one message and exit code 2."""
        missing = run("repeat", url, "segmentation.standing/al@9")
        nowhere = run("repeat", f"sqlite:///{tmp_path}/none.db")

        assert (2, 2) == (missing.exit_code, nowhere.exit_code)
        assert "no journal" in nowhere.stderr


class TestForward:
    """The pass over a journal says of each entry what deciding it alone says."""

    def test_as_one_by_one(self, url: str) -> None:
        """Folded forward or from the start, every entry comes out alike."""
        with open_bank(url) as bank:
            told = [again for _, _, again in bank.repeat_all()]

            assert [bank.repeat(again.ref) for again in told] == told
        assert all(isinstance(again, Repeated) for again in told)

    def test_several_records(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Records of different kinds are decided again, each by its own desk."""
        monkeypatch.setattr(repeating, "_STREAMS", 1)
        with open_bank("memory:") as bank:
            _fill(bank)
            told = [again for _, _, again in bank.repeat_all()]
            one_by_one = [bank.repeat(again.ref) for again in told]

        assert one_by_one == told
        assert {Repetition.EQUAL} <= {again.outcome for again in one_by_one}

    def test_what_cannot_be_asked(self) -> None:
        """A tombstone is told as one, and an error of an entry does not end the pass."""
        with open_bank("memory:") as bank:
            bank.standings.assess("1", "al", measure={"average": "620000.00"}, on=DAYS[0])
            bank.standings.assess("2", "bo", measure={"average": "620000.00"}, on=DAYS[0])
            _purge(bank, "al")
            told = {again.ref: again for _, _, again in bank.repeat_all()}
            gone = told["segmentation.standing/al@2"]

        assert isinstance(gone, NotAskable)
        assert ("purged", 2) == (gone.why, len(told))


def _fill(bank: Bank) -> None:
    book = Book("retail", 2)
    for n, on in enumerate(DAYS):
        measures = {f"c-{who}": Measure((who + n) % 3 * 7_000_000_00, 1, 1) for who in range(4)}
        bank.standings.run(f"run-{n}", book, measures, on)
    for n in range(3):
        bank.standings.assess(f"a-{n}", "al", measure={"average": AVERAGES[n]}, on=DAYS[n])
        bank.loyalty.do(
            f"e-{n}", "al", "adjust", ref=f"r-{n}", points=100, reason="goodwill", approved_by="bo"
        )


def _purge(bank: Bank, key: str) -> None:
    stream = Stream("default", "segmentation.standing", key)
    held = bank.journal.read(stream)[-1].version
    bank.journal.purge(tombstone(stream, held))  # type: ignore[attr-defined]

    assert PURGED == bank.journal.read(stream)[0].kind


class TestView:
    """`bankservice view`, and `explain` as known."""

    def test_words(self, url: str) -> None:
        """A record is told as people write it, and as data."""
        words = done("view", url, "segmentation.standing/al")
        data = json.loads(done("view", url, "segmentation.standing/al", "--json"))

        assert "tier: GOLD\n" in words
        assert "GOLD" == data["tier"]

    def test_both_axes(self, url: str) -> None:
        """What is said of a day hangs on what was known by another."""

        def tier(*options: str) -> str:
            found = done("view", url, "segmentation.standing/al", *options, "--json")
            return str(json.loads(found)["tier"])

        assert "GOLD" == tier("--known", "2026-01-31")
        assert "STANDARD" == tier("--known", "2026-02-28T23:00:00+08:00")
        assert "GOLD" == tier("--known", "2026-01-31", "--on", "2026-02-28")
        assert "GOLD" == tier("--on", "2026-04-15")

    def test_mistakes(self, url: str) -> None:
        """A record, or a kind of record, that is not there is named."""
        nobody = run("view", url, "segmentation.standing/nobody")
        kind = run("view", url, "segmentation.standin/al")
        early = run("view", url, "segmentation.standing/al", "--known", "2025-12-31")
        when = run("view", url, "segmentation.standing/al", "--on", "2026-02-30")

        assert [2, 2, 2, 2] == [each.exit_code for each in (nobody, kind, early, when)]
        assert "segmentation.standing/nobody" in nobody.stderr
        assert "did you mean" in kind.stderr
        assert "--on got '2026-02-30'" in when.stderr

    def test_own_policies(self, url: str, tmp_path: Path) -> None:
        """A record is seen by the policies the bank works by, in their zone."""
        own = tmp_path / "bank.toml"
        own.write_text(PROFILE, "utf-8")
        tiers = tmp_path / "tiers.toml"
        tiers.write_text(TIERS, "utf-8")
        with open_bank(url, now=lambda: datetime(2026, 3, 31, 9, tzinfo=UTC)) as bank:
            bank.loyalty.do("a", "al", "adjust", ref="r", points=100)
        options = ("--policies", own, "--policies", tiers)
        words = done("view", url, "segmentation.standing/al", *options, "--locale", "zh_CN")
        account = done("view", url, "loyalty.account/loyalty/cn-card-shape:al", *options)

        assert "assessed_on: 2026年3月31日" in words
        assert "100" in account

    def test_explain_as_known(self, url: str) -> None:
        """An entry that was not known yet is not explained; one that was is."""
        known = ("--journal", url, "--known", "2026-01-31")
        late = run("explain", "segmentation.standing/al@2", *known)
        latest = done("explain", "segmentation.standing/al", *known)
        without = run("explain", "segmentation.standing/al", "--known", "2026-01-31")

        assert 2 == late.exit_code
        assert "GOLD" in latest or "Gold" in latest or latest
        assert "--known belongs" in without.stderr
