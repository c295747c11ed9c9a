"""A policy tried on a long book: interrupted, resumed, bounded, and with faults in the book."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tracemalloc
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from run_tools import INSTITUTION, PLAN, make_bank
from whatif_tools import (
    NOW,
    RESULTS,
    Stopped,
    asked,
    line,
    results,
    short_parts,
    stopping,
    tried,
    write_book,
    write_policies,
)

from bankservice import policies, run
from bankservice.bank import open_bank
from bankservice.cli.commands import cli
from bankservice.cli.whatif_answer import answer
from bankservice.core.errors import FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.simulation import Shift, Simulation
from bankservice.core.trial import questions
from bankservice.core.unknown import UNKNOWN
from bankservice.core.what_if import simulate
from bankservice.report import render
from bankservice.run import whatif
from bankservice.run.folder import OutputError
from bankservice.run.whatif_bank import measures_of, opened_book
from bankservice.run.whatif_books import FactsBook, JournalBook
from bankservice.run.whatif_file import CheckpointError
from bankservice.run.whatif_report import binned, report
from bankservice.run.whatif_tally import Tally
from bankservice.segmentation import Measures

KILLED = """
import os, signal, sys
from pathlib import Path
import pytest
from whatif_tools import short_parts, stopping, tried

folder, out, at = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
patch = pytest.MonkeyPatch()
short_parts(patch, 20)
with stopping(patch, at, early=True, stop=lambda: os.kill(os.getpid(), signal.SIGKILL)):
    tried(folder, out)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with two policies and a book of five parts."""
    write_policies(tmp_path)
    write_book(tmp_path / "book.jsonl", 100)
    short_parts(monkeypatch, 20)
    return tmp_path


@pytest.fixture
def whole(folder: Path) -> dict[str, bytes]:
    """Give the results of a trial that was never interrupted."""
    tried(folder, folder / "whole")
    return results(folder / "whole")


class TestResults:
    """What a trial tells and writes."""

    def test_the_counts(self, folder: Path, whole: dict[str, bytes]) -> None:
        """They are those of the whole book at once, whatever the parts."""
        told = asked(folder)
        book = questions(
            told.trial.rule,
            {
                f"客户-{n}": {
                    "measure": {"average": f"{n % 10 * 1_100}.00"},
                    "on": "2026-03-31",
                }
                for n in range(100)
            },
        )
        at_once = simulate(told.trial, told.before, told.after, book, keep=4)
        written = json.loads(whole["whatif.json"])

        assert (100, 50, 50) == (written["asked"], written["changed"], written["moved"])
        assert dict(at_once.matrix) == {
            (cell["before"], cell["after"]): cell["count"] for cell in written["matrix"]
        }
        assert [move.subject for move in at_once.moves] == [
            move["subject"] for move in written["moves"]
        ]

    def test_every_move_is_written(self, folder: Path, whole: dict[str, bytes]) -> None:
        """Each line of the moves is one that changed, in the order of the book."""
        moves = [json.loads(one) for one in whole["moves.jsonl"].decode().splitlines()]

        assert [f"客户-{n}" for n in range(100) if n % 10 * 1_100 >= 5_000] == [
            move["subject"] for move in moves
        ]
        assert {("SILVER", "GOLD")} == {
            (move["before"]["place"], move["after"]["place"]) for move in moves
        }

    def test_nothing_is_left_aside(self, folder: Path, whole: dict[str, bytes]) -> None:
        """When all is done there are the results and the lock, and no other file."""
        names = {path.name for path in (folder / "whole").iterdir()}

        assert {*RESULTS, ".run.lock"} == names

    def test_the_page(self, folder: Path, whole: dict[str, bytes]) -> None:
        """The page tells places by their titles, and both explanations side by side."""
        page = whole["whatif.html"].decode()

        assert "Silver" in page
        assert page.count('<p class="told">') == 2 * 4
        assert "<script" not in page

    def test_the_same_policy(self, folder: Path) -> None:
        """Under the same policy nothing comes out otherwise."""
        held = asked(folder)
        same = tried(folder, None, after=held.before)

        assert same.tally.counts.empty

    def test_a_sample(self, folder: Path) -> None:
        """A sample asks some and counts those it left out."""
        counts = tried(folder, None, share=Fraction(1, 4)).tally.counts

        assert 100 == counts.asked + counts.passed_over
        assert 0 < counts.asked < 60

    def test_a_tally_is_read_back(self, folder: Path) -> None:
        """What a checkpoint holds of a tally is all of it."""
        tally = tried(folder, None).tally
        again = Tally.from_json(json.loads(json.dumps(tally.to_json())))

        assert tally.to_json() == again.to_json()
        assert tally.moves == again.moves

    def test_many_days_stand_together(self) -> None:
        """Of many different days stretches are drawn, and none is lost."""
        shift = Shift(FrozenMapping({by: 1 for by in range(-40, 41) if by}))
        bars = list(binned(shift))

        assert 80 == sum(count for _, count in bars)
        assert len(bars) <= 20


class TestInterrupted:
    """A trial that was interrupted goes on where it was left."""

    @pytest.mark.parametrize("early", [True, False])
    @pytest.mark.parametrize("at", range(1, 7))
    def test_at_any_checkpoint(
        self,
        folder: Path,
        whole: dict[str, bytes],
        monkeypatch: pytest.MonkeyPatch,
        at: int,
        early: bool,
    ) -> None:
        """Whatever was written before it stopped, the results are those of one that never was."""

        def stop() -> None:
            raise Stopped

        out = folder / "out"
        with stopping(monkeypatch, at, early=early, stop=stop), pytest.raises(Stopped):
            tried(folder, out)
        tried(folder, out, resume=True)

        assert whole == results(out)

    def test_between_the_results(
        self, folder: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where the moves took their place and the end was not reached, they are not lost."""
        out = folder / "out"

        def sweep(self: object) -> None:
            raise Stopped

        with monkeypatch.context() as patch:
            patch.setattr("bankservice.run.whatif_file.WhatIfFolder.sweep", sweep)
            with pytest.raises(Stopped):
                tried(folder, out)
        tried(folder, out, resume=True)

        assert whole == results(out)

    def test_a_killed_process(self, folder: Path, whole: dict[str, bytes]) -> None:
        """A process that was killed with moves written and no checkpoint of them loses nothing."""
        out = folder / "out"
        paths = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(folder), str(out), "3"],
            env={**os.environ, "PYTHONPATH": paths},
            capture_output=True,
            check=False,
        )
        left = (out / ".whatif" / "moves.jsonl").read_bytes()
        tried(folder, out, resume=True)

        assert -signal.SIGKILL == done.returncode
        assert left == whole["moves.jsonl"][: len(left)] != b""
        assert whole == results(out)

    def test_nothing_to_resume(self, folder: Path, whole: dict[str, bytes]) -> None:
        """Where nothing was left it begins; a trial that ended is simply made again."""
        tried(folder, folder / "out", resume=True)
        tried(folder, folder / "out", resume=True)

        assert whole == results(folder / "out")


class TestCheckpoint:
    """A checkpoint is of one trial."""

    @pytest.fixture
    def left(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Give the folder of results of a trial that was interrupted."""

        def stop() -> None:
            raise Stopped

        with stopping(monkeypatch, 2, early=False, stop=stop), pytest.raises(Stopped):
            tried(folder, folder / "out")
        return folder / "out"

    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            ({"share": Fraction(1, 2)}, "share was 1, is 1/2"),
            ({"seed": "other"}, "seed was none, is other"),
            ({"keep": 3}, "keep was 4, is 3"),
            ({"more": {"costs": "acme/costs"}}, "costs was none, is acme/costs"),
        ],
    )
    def test_other_options(
        self, folder: Path, left: Path, changes: dict[str, object], named: str
    ) -> None:
        """One with other options is refused, and the option is named."""
        with pytest.raises(CheckpointError, match=named):
            tried(folder, left, resume=True, **changes)

    def test_another_policy(self, folder: Path, left: Path) -> None:
        """One of another policy is refused, and so is one whose text was edited."""
        write_policies(folder, gold="6000.00")

        with pytest.raises(CheckpointError, match=r"after was acme/tiers .* is acme/tiers"):
            tried(folder, left, resume=True)

    def test_another_book(self, folder: Path, left: Path) -> None:
        """One of another book is refused."""
        write_book(folder / "book.jsonl", 99)

        with pytest.raises(CheckpointError, match="book digest"):
            tried(folder, left, resume=True)

    def test_broken(self, folder: Path, left: Path) -> None:
        """One that cannot be read, or whose moves are gone, is refused; without --resume it goes."""
        (left / ".whatif" / "moves.jsonl").write_bytes(b"")
        with pytest.raises(CheckpointError, match="moves told before"):
            tried(folder, left, resume=True)
        (left / ".whatif" / "checkpoint.json").write_text("{", "utf-8")
        with pytest.raises(CheckpointError, match="cannot be read"):
            tried(folder, left, resume=True)
        anew = tried(folder, left)

        assert set(RESULTS) == set(anew.files)


class TestFaults:
    """Lines that cannot be asked are named, and nothing is half-done."""

    def test_each_by_its_number(self, folder: Path) -> None:
        """Faults of lines far into the book are all told, and no result or checkpoint is left."""
        held = (folder / "book.jsonl").read_text("utf-8").splitlines(keepends=True)
        held[50:50] = [
            "not JSON\n",
            "\n",
            '{"subject": "x"}\n',
            '{"subject": "x", "subject": "y", "facts": {}}\n',
            '{"subject": "4111111111111111", "facts": {}}\n',
            '{"subject": "x", "facts": {"measure": NaN, "on": "2026-03-31"}}\n',
            '{"subject": "x", "facts": {"measure": "unknown", "on": "soon", "no": 1}}\n',
            "[1]\n",
        ]
        (folder / "book.jsonl").write_text("".join(held), "utf-8")
        with pytest.raises(FaultsError) as caught:
            tried(folder, folder / "out")
        lines = [int(fault.path.split()[1].strip(":")) for fault in caught.value.faults]

        assert [51, 53, 54, 55, 56, 57, 57, 58] == lines
        assert "4111111111111111" not in str(caught.value)
        assert {".run.lock"} == {path.name for path in (folder / "out").iterdir()}

    def test_no_more_than_people_read(self, folder: Path) -> None:
        """Of very many only the first are told."""
        (folder / "book.jsonl").write_text("{}\n" * 5_000, "utf-8")
        with pytest.raises(FaultsError) as caught:
            tried(folder, None)

        assert 20 == len(caught.value.faults)

    def test_other_bytes(self, folder: Path) -> None:
        """Bytes that are no UTF-8 are a fault; a byte-order mark is none."""
        path = folder / "book.jsonl"
        path.write_bytes(b"\xef\xbb\xbf" + line(1, 7).encode() + b"\xff\n")
        with pytest.raises(FaultsError, match="line 2"):
            tried(folder, None)
        path.write_bytes(b"\xef\xbb\xbf" + line(1, 7).encode() + b"\n")

        assert 1 == tried(folder, None).tally.counts.asked

    def test_an_empty_book(self, folder: Path) -> None:
        """A book without a line is asked nothing, and has its report."""
        (folder / "book.jsonl").write_bytes(b"")
        told = tried(folder, folder / "out")

        assert ("segmentation.tier-assessment", 0) == (
            told.tally.counts.rule,
            told.tally.counts.asked,
        )
        assert "The book has nothing" in results(folder / "out")["whatif.html"].decode()


def test_memory_does_not_grow(folder: Path) -> None:
    """A book three times as long takes no more memory."""
    peaks = []
    # What is remembered of policies and locales is no part of it.
    tried(folder, None)
    for customers in (200, 600):
        write_book(folder / "book.jsonl", customers)
        told = asked(folder)
        book = FactsBook(folder / "book.jsonl", told.trial)
        tracemalloc.start()
        whatif.run(told, lambda begun, book=book: book)  # type: ignore[misc]
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < peaks[0] * 1.3


class TestUnwritten:
    """A disk that fails is machine trouble, and what was there is as it was."""

    @pytest.mark.parametrize("call", ["os.fsync", "shutil.rmtree"])
    def test_a_disk_that_fails(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, call: str
    ) -> None:
        """Whatever cannot be written is named."""

        def fails(*_: object, **__: object) -> None:
            raise OSError("no space left")

        monkeypatch.setattr(f"bankservice.run.whatif_file.{call}", fails)
        with pytest.raises(OutputError, match=r"moves\.jsonl could not be written"):
            tried(folder, folder / "out")

    @pytest.mark.parametrize("name", ["checkpoint.json", "moves.jsonl"])
    def test_a_file_that_cannot_be_placed(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        """A file that cannot take its place is named."""
        replace = Path.replace

        def fails(path: Path, target: Path) -> Path:
            if Path(target).name == name:
                raise OSError("no space left")
            return replace(path, target)

        monkeypatch.setattr(Path, "replace", fails)
        with pytest.raises(OutputError, match=f"{name} could not be written"):
            tried(folder, folder / "out")


class TestPage:
    """The report of whatever may come out."""

    def test_everything(self, folder: Path) -> None:
        """Places, dates and sums are told by their names, codes nobody has a word for as such."""
        counts = Simulation(
            rule="segmentation.tier-assessment",
            asked=4,
            changed=3,
            matrix=FrozenMapping({(f"P{n}", "undecided"): 1 for n in range(13)}),
            days=FrozenMapping({"at": Shift(same=1), "reply": Shift(FrozenMapping({3: 2}))}),
            amounts=FrozenMapping({"cost:EUR": (150, 250), "odd": (1, 2), "odd:x": (1, 1)}),
            passed_over=7,
            unasked=FrozenMapping({"erased": 2, "lost": 1}),
        )
        told = asked(folder, share=Fraction(1, 3))
        tally = Tally(4, counts)
        given = whatif.Tried(asked=told, book={"name": "bank"}, begun=NOW, tally=tally)
        english, chinese = (render(report(given, one), one) for one in ("en", "zh_CN"))

        for words in ("33.3%", "The facts were erased", "lost", "€1.50", "Cost of services (EUR)"):
            assert words in english
        for words in ("33.3%", "事实已删除", "服务成本（EUR）", "推迟3天", "无法决定：缺少事实"):
            assert words in chinese

    def test_the_answer(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The terminal says why some could not be asked."""
        counts = Simulation(
            rule="segmentation.tier-assessment", unasked=FrozenMapping({"erased": 2})
        )
        tally = Tally(4, counts)
        answer(
            whatif.Tried(asked=asked(folder), book={"name": "bank"}, begun=NOW, tally=tally), "en"
        )

        assert "The facts were erased      2" in capsys.readouterr().out


class TestBeside:
    """A policy that stands beside on both sides."""

    def test_the_institution(self, tmp_path: Path) -> None:
        """It fills the facts of every line; a line that it does not hold is a fault."""
        (tmp_path / "bank.toml").write_text(INSTITUTION, "utf-8")
        (tmp_path / "book.jsonl").write_text(
            '{"subject": "case-1", "facts": {"received_on": "2026-03-02"}}\n', "utf-8"
        )
        bank = policies.load(tmp_path / "bank.toml")
        trial = policies.trial("complaints.deadlines")
        regime = policies.load("complaints/cn-nfra")
        told = whatif.Asked(trial=trial, before=regime, after=regime)
        book = FactsBook(tmp_path / "book.jsonl", trial, bank)
        counts = whatif.run(told, lambda begun: book).tally.counts
        (tmp_path / "book.jsonl").write_text(
            '{"subject": "case-1", "facts": {"received_on": "2019-03-02"}}\n\n{}\n\n', "utf-8"
        )

        assert (1, 0) == (counts.asked, counts.changed)
        with pytest.raises(FaultsError, match="line 1: facts: got no policy beside"):
            whatif.run(told, lambda begun: book)


class TestBank:
    """The book of a bank's own extracts."""

    def test_who_is_not_in_the_extracts(self, tmp_path: Path) -> None:
        """A member of the book without a row is not known, and stays where the record has it."""
        bank = make_bank(tmp_path)
        bank.run()
        for name in ("customers.csv", "accounts.csv", "transactions.csv"):
            path = tmp_path / "extracts" / name
            lines = path.read_text("utf-8").splitlines(keepends=True)
            path.write_text("".join(one for one in lines if "C2" not in one and "A3" not in one))
        policy = policies.load(tmp_path / "policies" / "tiers.toml")
        trial = policies.trial("segmentation.tier-assessment")
        told = whatif.Asked(trial=trial, before=policy, after=policy)
        with opened_book(
            run.plan(bank.file), policy, policy, date(2026, 2, 28), lambda *_: None
        ) as book:
            counts = whatif.run(told, book).tally.counts

        assert {("SILVER", "SILVER"): 2, ("BASE", "BASE"): 1} == dict(counts.matrix)

    def test_sides_that_have_no_ladder(self, tmp_path: Path) -> None:
        """A policy of another kind, or none in force on the day, is refused by name."""
        bank = make_bank(tmp_path)
        policy = policies.load(tmp_path / "policies" / "tiers.toml")
        calendar = policies.load("calendars/cn")
        told = run.plan(bank.file)
        with (
            opened_book(told, policy, calendar, None, lambda *_: None) as book,
            pytest.raises(FaultsError, match=r"worktime\.calendar"),
        ):
            book(NOW)
        with (
            opened_book(told, policy, policy, date(2019, 1, 1), lambda *_: None) as book,
            pytest.raises(FaultsError, match="2019-01-01"),
        ):
            book(NOW)

    def test_several_measures(self, tmp_path: Path) -> None:
        """Where a policy asks for several, they are asked as they are, none of them as unknown."""
        ladder = policies.load(make_bank(tmp_path).path / "policies" / "tiers.toml")
        held = ladder.versions[-1].parameters
        several = Measures(FrozenMapping({"assets": UNKNOWN}))

        assert several is measures_of(several, held)
        assert several == measures_of(UNKNOWN, held)

    def test_as_the_run_decides(self, tmp_path: Path) -> None:
        """Under its own policy everybody stands where the run of the day put them, decided or not."""
        bank = make_bank(tmp_path)
        bank.add("transactions.csv", "A9,soon,1.00,\n")
        policy = policies.load(tmp_path / "policies" / "tiers.toml")
        draft = tmp_path / "draft.toml"
        text = (tmp_path / "policies" / "tiers.toml").read_text("utf-8")
        draft.write_text(text.replace('"10000.00"', '"4000.00"'), "utf-8")
        trial = policies.trial("segmentation.tier-assessment")
        told = whatif.Asked(trial=trial, before=policy, after=policies.load(draft))
        found = []
        for _ in range(2):
            with opened_book(
                run.plan(bank.file), told.before, told.after, None, lambda *_: None
            ) as book:
                found.append(whatif.run(told, book).tally)
            bank.run()
        held = {who: row["tier"] for who, row in bank.rows().items()}

        assert {"C1": "SILVER", "C2": "SILVER", "C3": "BASE"} == held
        assert {("SILVER", "SILVER"): 1, ("SILVER", "GOLD"): 1, ("BASE", "BASE"): 1} == dict(
            found[0].counts.matrix
        )
        assert found[0].to_json() == found[1].to_json()

    def test_from_the_command_line(self, tmp_path: Path) -> None:
        """The plan's own policies are at hand, and its last day is asked where none is named."""
        bank = make_bank(tmp_path)
        draft = tmp_path / "draft.toml"
        text = (tmp_path / "policies" / "tiers.toml").read_text("utf-8")
        draft.write_text(text.replace('"10000.00"', '"4000.00"'), "utf-8")
        arguments = ["whatif", "acme/tiers", str(draft), "--bank", str(bank.file), "--json", "-q"]
        done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
        wrong = CliRunner().invoke(cli, [*arguments, "--rule", "segmentation.tier-band"])
        found = json.loads(done.stdout)

        assert ("2026-01-31", 3, 1) == (found["book"]["on"], found["asked"], found["moved"])
        assert (2, True) == (wrong.exit_code, "tier-band" in wrong.stderr)
        assert not bank.out.exists()

    def test_policies_that_measure_otherwise(self, tmp_path: Path) -> None:
        """The extracts are measured once: a policy with another window is refused by name."""
        bank = make_bank(tmp_path)
        tiers = tmp_path / "policies" / "tiers.toml"
        draft = tmp_path / "draft.toml"
        draft.write_text(
            tiers.read_text("utf-8").replace('"P1M", before', '"P3M", before'), "utf-8"
        )
        told = run.plan(bank.file)
        before, after = policies.load(tiers), policies.load(draft)
        trial = policies.trial("segmentation.tier-assessment")
        wanted = whatif.Asked(trial=trial, before=before, after=after)
        with (
            opened_book(told, before, after, None, lambda *_: None) as book,
            pytest.raises(FaultsError, match="measurement"),
        ):
            whatif.run(wanted, book)

    def test_a_bank_without_tiers(self, tmp_path: Path) -> None:
        """A plan without the part has no such book."""
        bank = make_bank(tmp_path, plan=PLAN)
        told = run.plan(bank.file)
        policy = policies.load(tmp_path / "policies" / "tiers.toml")
        told.parts.pop("tiers")  # type: ignore[attr-defined]
        opened = opened_book(told, policy, policy, None, lambda *_: None)
        with pytest.raises(FaultsError, match="tiers"), opened:
            pass


def test_a_journal_taken_up_again(tmp_path: Path) -> None:
    """A record's book goes on after any position, and knows how long its feed is."""
    url = f"sqlite:///{tmp_path / 'bank.db'}"
    trial = policies.trial("segmentation.tier-assessment")
    with open_bank(url) as bank:
        for n in range(7):
            bank.standings.assess(f"run-{n}", f"customer-{n}", measure={"average": "620000.00"})
        book = JournalBook(bank, trial, "bank", policy="segmentation/cn-retail-shape")
        parts = list(book.parts(()))
        rest = list(book.parts(parts[0].position))

    assert 7 == book.length == parts[-1].position[0]
    assert [f"customer-{n}" for n in range(7)] == [one.subject for one in parts[0].questions]
    assert [] == rest
