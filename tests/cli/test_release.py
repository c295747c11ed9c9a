"""A policy released from the command line, as somebody at a terminal meets it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bankservice import policies, release
from bankservice.bank import open_bank
from bankservice.cli.commands import cli
from bankservice.core.errors import FaultsError, OperationalError
from bankservice.release import folder as folders

FILE = "tiers.policy.toml"
RECORD = "releases/acme.tiers.0001.json"
HEAD = """# The tiers of the bank.
id = "acme/tiers"
kind = "segmentation.tiers"
"""
VERSION = """
[[version]]
since = {since}  # a day
source = {{ text = "Acme manual", clause = "2", checked = "own" }}
zone = "Asia/Shanghai"
currency = "CNY"
[[version.tier]]
code = "BASE"
[[version.tier]]
code = "GOLD"
enter = "{enter}"
retain = "{enter}"
"""
OLD = VERSION.format(since="2020-01-01", enter="500000.00")
NEXT = VERSION.format(since="2027-01-01", enter="300000.00")
APPROVAL = 'approval = { by = "li", on = 2026-06-15, document = "minutes 7" }\n'
CASES = """
rule = "segmentation.tier-band"
policy_file = "tiers.policy.toml"
[[case]]
name = "this year"
facts = { measure = { average = "310000.00" }, on = 2026-12-31 }
expect = { tier = "BASE" }
[[case]]
name = "next year"
facts = { measure = { average = "310000.00" }, on = 2027-01-01 }
expect = { tier = "GOLD" }
"""
BAND = ("--rule", "segmentation.tier-band", "-q")
PEOPLE = ("--by", "li", "--asked-by", "wang", "--document", "minutes 7")
ASKED = release.Asked(by="li", asked_by="wang", document="minutes 7", on=date(2026, 6, 15))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a policy, its cases and a book, and work there."""
    (tmp_path / FILE).write_text(HEAD + OLD + NEXT, "utf-8")
    (tmp_path / "tiers.cases.toml").write_text(CASES, "utf-8")
    # Two lines are of days before the new version takes effect: they are asked all the same.
    averages = (
        ("1000.00", "2026-03-31"),
        ("310000.00", "2026-03-31"),
        ("600000.00", "2027-03-31"),
        ("700000.00", "2027-03-31"),
    )
    lines = (
        {"subject": f"c-{n}", "facts": {"measure": {"average": average}, "on": day}}
        for n, (average, day) in enumerate(averages)
    )
    (tmp_path / "book.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command: str, *args: str) -> Result:
    """Run a command on the policy file in this process."""
    return CliRunner().invoke(cli, ["policies", command, FILE, *args], catch_exceptions=False)


def give(*args: str) -> Result:
    """Give a release of the fifteenth of June."""
    return run("release", *PEOPLE, "--on", "2026-06-15", *args)


def plain(result: Result) -> dict[str, Any]:
    """Return an answer in JSON."""
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def state(folder: Path) -> dict[str, bytes]:
    """Return every file there is, by its place."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


class TestReleased:
    """A release that nothing is in the way of."""

    def test_the_approval_and_the_record(self, folder: Path) -> None:
        """
        The approval is the only change of the file, its digest and its comments stay, and one
        record holds who, when, what and on what grounds.
        """
        digests = [version.ref.digest for version in policies.load(FILE).versions]
        result = give("--facts", "book.jsonl", *BAND, "--most-moves", "25%")
        text = (folder / FILE).read_text("utf-8")
        record = json.loads((folder / RECORD).read_text("utf-8"))
        loaded = policies.load(FILE)

        assert 0 == result.exit_code, result.output
        assert HEAD + OLD + NEXT == text.replace(APPROVAL, "", 1)
        assert [None, "li"] == [held.approval and held.approval.by for held in loaded.versions]
        assert digests == [version.ref.digest for version in loaded.versions]
        assert [("2020-01-01", "adopted"), ("2027-01-01", "new")] == [
            (item["since"], item["act"]) for item in record["versions"]
        ]
        assert ("wang", "1/4", 4, 1, 1) == (
            record["asked_by"],
            record["most_moves"],
            record["what_if"]["asked"],
            record["what_if"]["changed"],
            record["cases"]["seeing"],
        )
        assert ["tier.GOLD.enter", "tier.GOLD.retain"] == [
            change["path"] for change in record["differences"]
        ]
        assert "tiers.cases.toml" == record["cases"]["tables"][0]["file"]

    def test_the_same_again_changes_nothing(self, folder: Path) -> None:
        """
        The same release given again, on any day, is answered with the first and writes nothing.
        """
        assert 0 == give().exit_code
        before = state(folder)

        assert 0 == give().exit_code
        again = plain(run("release", *PEOPLE, "--json"))

        assert (True, True, []) == (again["again"], again["released"], again["written"])
        assert before == state(folder)

    def test_another_release_of_the_same_is_refused(self, folder: Path) -> None:
        """
        The same versions by other people, on another document or another day are a conflict.
        """
        assert 0 == give().exit_code
        before = state(folder)

        for other in (("--by", "zhao"), ("--document", "minutes 8"), ("--on", "2026-06-16")):
            result = give(*other)

            assert 2 == result.exit_code
            assert "released-otherwise: " in result.stderr
        assert before == state(folder)

    def test_a_second_release(self, folder: Path) -> None:
        """
        A later version gets a record of its own that holds the digest of the first one.
        """
        assert 0 == give().exit_code
        later = VERSION.format(since="2028-01-01", enter="200000.00")
        (folder / FILE).write_text((folder / FILE).read_text("utf-8") + later, "utf-8")
        (folder / "more.toml").write_text(
            CASES.replace("310000", "210000")
            .replace("2026-", "2027-")
            .replace("2027-01", "2028-01"),
            "utf-8",
        )

        assert 0 == give("--cases", "more.toml").exit_code
        records = [
            json.loads((folder / f"releases/acme.tiers.000{n}.json").read_text("utf-8"))
            for n in (1, 2)
        ]
        assert ["", release.released(FILE).records[1].previous] == [r["previous"] for r in records]
        assert [["2020-01-01", "2027-01-01"], ["2028-01-01"]] == [
            [item["since"] for item in record["versions"]] for record in records
        ]
        assert (0, "") == ((listed := run("released")).exit_code, listed.stderr)

    def test_a_repeal(self, folder: Path) -> None:
        """
        An end set on a released version is released with a record of its own, asked of a book from
        that day on; taking it away again is one more release.
        """
        assert 0 == give().exit_code
        text = (folder / FILE).read_text("utf-8")
        ended = text.replace(APPROVAL, f"{APPROVAL}ends_on = 2027-03-01\n")
        book = ("--facts", "book.jsonl", *BAND)
        moved = []
        for number, told in ((2, ended), (3, text)):
            (folder / FILE).write_text(told, "utf-8")
            result = give(*book, "--document", f"minutes {number}")
            record = json.loads(
                (folder / f"releases/acme.tiers.000{number}.json").read_text("utf-8")
            )
            moved.append((record["what_if"]["moved"], record["differences"][0]["path"]))

            assert 0 == result.exit_code, result.output
            assert ["repeal"] == [item["act"] for item in record["versions"]]
            assert told == (folder / FILE).read_text("utf-8")
            assert 0 == run("released").exit_code
        assert [(2, "ends_on")] * 2 == moved

    def test_a_dry_run_writes_nothing(self, folder: Path) -> None:
        """
        A dry run finds the same and writes nothing; it does not say that it released.
        """
        before = state(folder)
        result = give("--dry-run", "--json")

        assert (0, False, []) == (
            result.exit_code,
            plain(result)["released"],
            plain(result)["written"],
        )
        assert before == state(folder)

    def test_in_chinese(self, folder: Path) -> None:
        """
        What is told and why it is refused is said in Chinese where asked.
        """
        told = give("--dry-run", "--locale", "zh_CN")
        refused = give("--asked-by", "LI", "--locale", "zh_CN")

        assert "tier.GOLD.enter 由 500000.00 改为 300000.00" in told.stdout
        assert "approver-is-actor: 发布的批准人不得是申请人" in refused.stderr

    def test_the_policy_file_among_the_tables(self, folder: Path) -> None:
        """
        A policy file that is not called one lies in a folder of cases and is no bad table; a table
        beside it that names it by another way round is run.
        """
        (folder / FILE).rename(folder / "tiers.toml")
        cases = CASES.replace(FILE, f"../{folder.name}/tiers.toml")
        (folder / "tiers.cases.toml").write_text(cases, "utf-8")
        args = ["policies", "release", "tiers.toml", *PEOPLE, "--on", "2026-06-15", "--dry-run"]

        for more in ([], ["--cases", "."]):
            result = CliRunner().invoke(cli, [*args, *more], catch_exceptions=False)
            assert 0 == result.exit_code, result.output
            assert "Cases: 2 of 2 pass" in result.stdout

    def test_a_link_stays_a_link(self, folder: Path) -> None:
        """
        Where the policy file is a link, what it points to is approved, and its mode stays.
        """
        (folder / "kept.toml").write_text((folder / FILE).read_text("utf-8"), "utf-8")
        (folder / "kept.toml").chmod(0o640)
        (folder / FILE).unlink()
        (folder / FILE).symlink_to("kept.toml")

        assert 0 == give().exit_code
        assert (folder / FILE).is_symlink()
        assert APPROVAL in (folder / "kept.toml").read_text("utf-8")
        assert 0o640 == (folder / "kept.toml").stat().st_mode & 0o777


class TestStopped:
    """What the proof has against a release: exit 1, and nothing is written."""

    def stopped(self, folder: Path, code: str, *args: str, exit_code: int = 1) -> str:
        """Return why a release is refused, which writes nothing."""
        before = state(folder)
        result = give(*args)

        assert (exit_code, before) == (result.exit_code, state(folder)), result.output
        assert f"{code}: " in result.stderr
        return result.stderr

    def test_a_failing_case(self, folder: Path) -> None:
        """
        A case that fails is named with what was expected.
        """
        wrong = CASES.replace('"GOLD"', '"BASE"')
        (folder / "tiers.cases.toml").write_text(wrong, "utf-8")

        told = self.stopped(folder, "case-failed")
        assert "tiers.cases.toml :: next year" in told
        assert "expected 'BASE'" in told

    def test_no_case(self, folder: Path) -> None:
        """
        A release without a case of this policy is refused, also where cases of a copy pass.
        """
        (folder / "tiers.cases.toml").unlink()
        (folder / "copies").mkdir()
        (folder / "copies" / FILE).write_text(HEAD + OLD, "utf-8")
        one = CASES.partition('[[case]]\nname = "next')[0]
        (folder / "copies" / "old.toml").write_text(one, "utf-8")

        told = self.stopped(folder, "no-case", "--cases", "copies")
        assert "Cases of another copy: 1" in told

    def test_a_change_that_no_case_sees(self, folder: Path) -> None:
        """
        Where every case passes without the change as well, nothing proves it.
        """
        seen = CASES.partition('[[case]]\nname = "next')[0]
        (folder / "tiers.cases.toml").write_text(seen, "utf-8")

        assert "1 are decided by this policy" in self.stopped(folder, "change-unseen")

    def test_a_version_that_no_case_sees(self, folder: Path) -> None:
        """
        Of two new versions each is proved: cases of the first say nothing about the second.
        """
        later = VERSION.format(since="2028-01-01", enter="200000.00")
        (folder / FILE).write_text(HEAD + OLD + NEXT + later, "utf-8")

        told = self.stopped(folder, "version-unseen")
        assert "without the version of Jan 1, 2028" in told
        seen = CASES.replace("310000", "210000").replace("2026-", "2027-")
        seen = seen.replace("2027-01", "2028-01")
        (folder / "tiers.more.toml").write_text(seen, "utf-8")
        assert 0 == give("--dry-run").exit_code

    @pytest.mark.parametrize("name", ["empty", FILE])
    def test_no_table_where_one_is_named(self, folder: Path, name: str) -> None:
        """
        A folder without a table, or a policy named as one, is told: it would prove nothing.
        """
        (folder / "empty").mkdir()

        told = self.stopped(folder, "case-bad", "--cases", name, exit_code=2)
        assert f"{name} cannot be run: no case table is there" in told

    def test_a_policy_of_another_kind(self, folder: Path) -> None:
        """
        A policy of another kind is nothing to compare with.
        """
        before = state(folder)
        result = give("--against", "segmentation/cn-entitlements-shape")

        assert (2, before) == (result.exit_code, state(folder))
        assert "acme/tiers is a segmentation.tiers and segmentation/cn-entitlements-shape" in (
            result.stderr
        )

    def test_a_bad_table(self, folder: Path) -> None:
        """
        A table that cannot be run is a caller's mistake and no failing case.
        """
        (folder / "bad.toml").write_text('rule = "no.such"\n[[case]]\nname = "x"\n', "utf-8")

        self.stopped(folder, "case-bad", "--cases", "bad.toml", exit_code=2)

    def test_more_moves_than_expected(self, folder: Path) -> None:
        """
        More of the book than the share set stops a release, unless it is accepted.
        """
        book = ("--facts", "book.jsonl", *BAND, "--most-moves", "24%")

        assert "1 of 4 would be answered otherwise, 25 %; at most 24 %" in self.stopped(
            folder, "too-many-moves", *book
        )
        assert 0 == give(*book, "--accept-moves").exit_code
        assert json.loads((folder / RECORD).read_text("utf-8"))["accepted_moves"]

    def test_an_empty_book(self, folder: Path) -> None:
        """
        A book with nothing to ask proves nothing.
        """
        (folder / "book.jsonl").write_text("", "utf-8")

        self.stopped(folder, "book-empty", "--facts", "book.jsonl", *BAND)

    @pytest.mark.parametrize(
        ("code", "was", "now", "args"),
        [
            ("approver-is-actor", "", "", ("--asked-by", "Li")),
            ("known-before-approval", "2027-01-01", "2026-06-01", ("--retroactive", "why")),
            ("retroactive", "2027-01-01", "2026-06-01\nknown_on = 2026-06-15", ()),
            (
                "approval-differs",
                "2027-01-01  #",
                '2027-01-01\napproval = {by="x",on=2026-06-15} #',
                (),
            ),
        ],
    )
    def test_mistakes(
        self, folder: Path, code: str, was: str, now: str, args: tuple[str, ...]
    ) -> None:
        """
        What the caller has to put right is told by its code, with exit 2.
        """
        text = (folder / FILE).read_text("utf-8")
        (folder / FILE).write_text(text.replace(was, now) if was else text, "utf-8")

        self.stopped(folder, code, *args, exit_code=2)

    def test_a_used_version_does_not_change(self, folder: Path) -> None:
        """
        After a release, a number changed under the same days stops the next one.
        """
        assert 0 == give().exit_code
        text = (folder / FILE).read_text("utf-8")
        (folder / FILE).write_text(text.replace("300000", "290000"), "utf-8")

        told = self.stopped(folder, "version-changed", exit_code=2)
        assert "tier.GOLD.enter was 300000.00 and is 290000.00" in told

    def test_a_byte_order_mark(self, folder: Path) -> None:
        """
        A file saved with a byte order mark is told by that name, and not as a wrong statement.
        """
        (folder / FILE).write_text("\ufeff" + HEAD + OLD + NEXT, "utf-8")

        assert "got a byte order mark before the text" in self.said()

    def test_a_folder_that_is_a_file(self, folder: Path) -> None:
        """
        A file in the place of the records is told, also where they are only listed.
        """
        (folder / "releases").write_text("", "utf-8")

        assert "releases is a file; a folder" in self.said()
        assert 2 == run("released").exit_code

    def test_a_folder_that_cannot_be_written(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Where the approval could not be written into the file, no release is recorded either.
        """
        monkeypatch.setattr(os, "access", lambda path, mode: path != folder.resolve())
        before = state(folder)

        assert "nothing was released" in self.said("--to", "elsewhere")
        assert before == state(folder)

    def test_faults_of_the_file(self, folder: Path) -> None:
        """
        A file with faults is told with all of them, each with its path.
        """
        text = (folder / FILE).read_text("utf-8")
        wrong = text.replace('"CNY"', '"CNX"').replace('enter = "5', 'entre = "5')
        (folder / FILE).write_text(wrong, "utf-8")
        result = give()

        assert (2, "") == (result.exit_code, result.stdout)
        for path in ("version[0].currency", "version[0].tier[1].entre", "version[1].currency"):
            assert path in result.stderr

    def test_options_that_do_not_go_together(self, folder: Path) -> None:
        """
        A limit without a book, two books, and a share that is none are refused.
        """
        both = ("--facts", "book.jsonl", "--journal", "sqlite:///x.db")

        assert "--most-moves is a share of a book" in self.said("--most-moves", "5%")
        assert "one book is asked" in self.said(*both)
        assert "--most-moves got 'some'" in self.said(
            "--facts", "book.jsonl", "--most-moves", "some"
        )

    def said(self, *args: str) -> str:
        """Return the message of a caller's mistake."""
        result = give(*args)

        assert 2 == result.exit_code
        return result.stderr


class TestRecord:
    """A bank's own record is a book as well."""

    def test_a_journal_is_asked(self, folder: Path) -> None:
        """
        The standings of a journal are asked again, under the version before and the new one, though
        that takes effect after all of them; what the book was stands in the record.
        """
        (folder / "old.toml").write_text(HEAD + OLD, "utf-8")
        march = datetime(2026, 3, 31, 12, tzinfo=UTC)
        with open_bank(
            "sqlite:///bank.db", tiers=policies.load("old.toml"), now=lambda: march
        ) as bank:
            for customer, average in (("an", "310000.00"), ("bo", "1000.00")):
                measure = {"average": average}
                bank.standings.assess(f"c-{customer}", customer, measure=measure, on=march.date())
        result = give("--journal", "sqlite:///bank.db", "--json", "-q")
        what_if = plain(result)["record"]["what_if"]

        assert 0 == result.exit_code, result.output
        assert ("segmentation.tier-assessment", 2, 1) == (
            what_if["rule"],
            what_if["asked"],
            what_if["moved"],
        )
        assert what_if["alone"]
        assert "journal" == what_if["book"]["kind"]


class TestCheckedLater:
    """`policies released` holds the file against its records."""

    def test_nothing_released(self, folder: Path) -> None:
        """
        A file without records is no fault; its versions are told as not released.
        """
        result = run("released")

        assert 0 == result.exit_code
        assert "There is no release of acme/tiers." in result.stdout
        assert "Not released: the version of Jan 1, 2027" in result.stdout

    def test_upkeep_is_no_change(self, folder: Path) -> None:
        """
        Titles, citations and comments may be kept up: what was released still holds.
        """
        assert 0 == give().exit_code
        text = (folder / FILE).read_text("utf-8").replace("Acme manual", "Acme service manual")
        (folder / FILE).write_text(f"# upkeep\n{text}", "utf-8")
        result = run("released")

        assert (0, "") == (result.exit_code, result.stderr)
        assert "was edited since the last release" in result.stdout

    @pytest.mark.parametrize(
        ("code", "was", "now"),
        [
            ("version-changed", '"300000.00"', '"290000.00"'),
            ("version-gone", "2020-01-01", "2019-01-01"),
            ("approval-differs", 'by = "li"', 'by = "zhao"'),
            ("approval-missing", APPROVAL, ""),
            ("ending-changed", "zone =", "ends_on = 2030-01-01\nzone ="),
        ],
    )
    def test_what_no_longer_holds(self, folder: Path, code: str, was: str, now: str) -> None:
        """
        A version that changed, went, ends otherwise or lost its approval gives exit 1 and its code.
        """
        assert 0 == give().exit_code
        text = (folder / FILE).read_text("utf-8")
        assert was in text
        (folder / FILE).write_text(text.replace(was, now), "utf-8")
        result = run("released", "--json")

        assert 1 == result.exit_code
        assert {code} == {problem["code"] for problem in plain(result)["problems"]}

    def test_the_records_are_not_there(self, folder: Path) -> None:
        """
        An approval that no record holds gives exit 1: the records went, or another folder is named.
        """
        assert 0 == give().exit_code
        elsewhere = run("released", "--to", "relases", "--locale", "zh_CN")
        (folder / RECORD).unlink()
        gone = run("released")

        for result in (elsewhere, gone):
            assert 1 == result.exit_code
            assert "approval-unrecorded: " in result.stderr
        assert "却没有相应的发布记录" in elsewhere.stderr

    def test_a_record_that_was_touched(self, folder: Path) -> None:
        """
        A record that was changed or taken out breaks the chain, and nothing is released after it.
        """
        TestReleased().test_a_second_release(folder)
        first = folder / RECORD
        kept = first.read_bytes()

        first.write_bytes(kept.replace(b"wang", b"wong"))
        changed = run("released")
        first.unlink()
        gone = run("released")

        assert (1, 1) == (changed.exit_code, gone.exit_code)
        for result in (changed, gone, give("--by", "zhao")):
            assert "chain-broken: The record acme.tiers.0002.json" in result.stderr

    def test_a_record_that_cannot_be_read(self, folder: Path) -> None:
        """
        A record that is no JSON, or of a later form, is refused by name.
        """
        assert 0 == give().exit_code
        record = folder / RECORD
        kept = record.read_text("utf-8")

        record.write_text("{", "utf-8")
        with pytest.raises(FaultsError, match=r"acme\.tiers\.0001\.json"):
            release.released(FILE)
        record.write_text(kept.replace('"format": 1', '"format": 2'), "utf-8")
        with pytest.raises(FaultsError, match="format: got 2, wanted 1"):
            release.released(FILE)


KILLED = """
import os, signal, sys
from datetime import UTC, date, datetime
from bankservice import release
from bankservice.release import publishing
from bankservice.release.folder import ReleaseFolder

def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[1] == "record":
    os.link = killed
else:
    publishing.replaced = killed
asked = release.Asked(by="li", asked_by="wang", document="minutes 7", on=date(2026, 6, 15))
release.release("tiers.policy.toml", asked)
"""


class TestKilled:
    """A release that is killed can be explained, and given again."""

    def killed(self, before: str) -> None:
        """Give a release that is killed before it writes something."""
        done = subprocess.run([sys.executable, "-c", KILLED, before], check=False)

        assert -signal.SIGKILL == done.returncode

    def test_before_the_record(self, folder: Path) -> None:
        """
        Killed before the record is in place, nothing is released; given again, all is.
        """
        was = (folder / FILE).read_bytes()
        self.killed("record")

        assert was == (folder / FILE).read_bytes()
        assert "There is no release" in run("released").stdout
        assert 0 == give().exit_code
        assert 0 == run("released").exit_code

    def test_between_the_record_and_the_approval(self, folder: Path) -> None:
        """
        Killed between the two, the release is recorded and the missing approval is told; the same
        release again writes it, and the files are those of a release that was not killed.
        """
        was = (folder / FILE).read_bytes()
        self.killed("approval")
        told = run("released")

        assert was == (folder / FILE).read_bytes()
        assert (1, True) == (told.exit_code, "approval-missing: " in told.stderr)

        again = give("--json")
        mended = state(folder)
        (folder / RECORD).unlink()
        (folder / FILE).write_bytes(was)
        assert 0 == give().exit_code
        seen = {name: held for name, held in state(folder).items() if "/." not in f"/{name}"}
        left = {name: held for name, held in mended.items() if "/." not in f"/{name}"}

        assert (True, [FILE]) == (plain(again)["again"], plain(again)["written"])
        assert seen == left

    def test_the_next_release_mends_it_as_well(self, folder: Path) -> None:
        """
        Where a later version is released after the kill, both approvals are written.
        """
        self.killed("approval")
        later = VERSION.format(since="2028-01-01", enter="200000.00")
        (folder / FILE).write_text((folder / FILE).read_text("utf-8") + later, "utf-8")
        (folder / "more.toml").write_text(
            CASES.replace("310000", "210000")
            .replace("2026-", "2027-")
            .replace("2027-01", "2028-01"),
            "utf-8",
        )

        result = give("--cases", "more.toml", "--document", "minutes 8")
        documents = [
            held.approval and held.approval.document for held in policies.load(FILE).versions
        ]

        assert 0 == result.exit_code, result.output
        assert [None, "minutes 7", "minutes 8"] == documents
        assert 0 == run("released").exit_code


class TestApi:
    """The same from Python."""

    def test_a_book_of_facts(self, folder: Path) -> None:
        """
        A book given as facts is asked under both policies, and its figures are in the record.
        """
        march = date(2027, 3, 31)
        facts = {"an": {"measure": {"average": "310000.00"}, "on": march}}
        told = release.release(
            FILE, ASKED, book=release.book(facts, rule="segmentation.tier-band"), dry_run=True
        )

        assert (None, 0) == (told.code, told.exit_code)
        assert told.record is not None
        assert told.record.what_if is not None
        assert (("BASE", "GOLD", 1),) == told.record.what_if.matrix

    def test_against_another_policy(self, folder: Path) -> None:
        """
        A policy of another id is compared with, and asked as the policy before; a first version
        has nothing to ask a book against unless one is named.
        """
        (folder / FILE).write_text(HEAD + NEXT, "utf-8")
        (folder / "tiers.cases.toml").write_text(
            "[[case]]".join([(parts := CASES.split("[[case]]"))[0], parts[2]]), "utf-8"
        )
        facts = {"an": {"measure": {"average": "620000.00"}, "on": date(2027, 3, 31)}}
        book = release.book(facts, rule="segmentation.tier-band", share=Fraction(1))
        shape = "segmentation/cn-retail-shape"

        told = release.release(FILE, ASKED, against=shape, book=book, dry_run=True)
        assert told.record is not None
        assert told.record.against.startswith(shape)
        assert "tier.PRIVATE" in {change.path for change in told.record.differences}
        with pytest.raises(ValueError, match="name the policy in use with against"):
            release.release(FILE, ASKED, book=book)

    def test_a_day_is_needed(self, folder: Path) -> None:
        """
        Without a day and without a clock nothing is released; a clock gives the day.
        """
        undated = release.Asked(by="li", asked_by="wang", document="minutes 7")

        with pytest.raises(ValueError, match="needs the day it is approved on"):
            release.release(FILE, undated)
        told = release.release(FILE, undated, today=lambda: date(2026, 6, 15))
        assert told.record is not None
        assert date(2026, 6, 15) == told.record.approval.on
        assert release.release(FILE, undated).again

    def test_somebody_else_was_faster(self, folder: Path) -> None:
        """
        A record of the same number is never replaced, nor a file that was changed meanwhile.
        """
        assert 0 == give().exit_code
        record = release.released(FILE).records[0]
        kept = state(folder)

        with pytest.raises(OperationalError, match="another release wrote"):
            release.ReleaseFolder(folder / "releases").add(record)
        with pytest.raises(OperationalError, match="was changed meanwhile"):
            folders.replaced(folder / FILE, b"other", b"new")
        assert kept == state(folder)
        assert [] == [name for name in os.listdir(folder / "releases") if name.startswith(".")]
