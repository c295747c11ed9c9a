"""
What the machine does to a run: killed, full, locked, or given far more rows than memory.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from unittest import mock

import polars as pl
import pytest
from run_tools import (
    ACCOUNTS,
    CUSTOMERS,
    TRANSACTIONS,
    BankFolder,
    command,
    extract_of,
    head,
    make_bank,
    register_of,
    said,
    tiers_part,
    typed_rows,
)

from bankservice.run import OutputError, RunningError, files, holdings
from bankservice.run.folder import holding
from bankservice.run.holdings import Holdings
from bankservice.run.rejects import Rejects

TWO = '{ first = 2026-01-31, last = 2026-02-28, every = "month-end" }'
RANGE = head(TWO) + tiers_part() + CUSTOMERS + ACCOUNTS + TRANSACTIONS

# Runs a bank as the tests do, and is killed when the run gets to a step, or has moved so many files.
KILLED = """
import os, signal, sys
from pathlib import Path
from run_tools import BankFolder

stage, step, moves = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
moved = []
replace = Path.replace

def counted(self, target):
    moved.append(target)
    if len(moved) == moves:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)

def watch(name, done, total):
    if (name, done) == (stage, step):
        os.kill(os.getpid(), signal.SIGKILL)

Path.replace = counted
BankFolder(Path(sys.argv[1])).run(watch)
"""

HELD = """
import sys, time
from pathlib import Path
from bankservice.run.folder import holding

with holding(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def script(text: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a script that may use the tools of these tests."""
    return subprocess.Popen(
        [sys.executable, "-c", text, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the results of a run that nobody disturbed."""
    bank = make_bank(tmp_path_factory.mktemp("undisturbed") / "bank", plan=RANGE)
    bank.run()
    return bank.results()


@pytest.fixture
def bank(tmp_path: Path) -> BankFolder:
    """Return a bank that decides two days."""
    return make_bank(tmp_path / "bank", plan=RANGE)


class TestKilled:
    """A run that was killed is given again, and it is as though nothing had been."""

    @pytest.mark.parametrize(
        ("stage", "step", "moves"),
        [
            ("read transactions.csv", 0, 0),
            ("decide 2026-02-28", 1, 0),
            ("write 2026-02-28", 1, 0),
            ("", 0, 6),
        ],
        ids=["reading", "deciding", "writing", "half-moved"],
    )
    def test_and_given_again(
        self, bank: BankFolder, undisturbed: dict[str, bytes], stage: str, step: int, moves: int
    ) -> None:
        """Every result is byte for byte that of a run nobody disturbed; nothing is left behind."""
        process = script(KILLED, bank.path, stage, step, moves)
        code, _, err = said(process)

        assert -signal.SIGKILL == code, err
        if not moves:
            assert {} == {n: b for n, b in bank.results().items() if not n.startswith(".staging")}
        bank.run()
        assert undisturbed == bank.results()
        assert [] == list(bank.out.glob(".staging*"))
        assert bank.run().unchanged


class TestTwoAtOnce:
    """One run at a time in a folder of results."""

    def test_the_second_is_refused(self, bank: BankFolder) -> None:
        """It reads and writes nothing; when the first is killed, the folder is free."""
        process = script(HELD, bank.out)

        assert process.stdout is not None
        assert "held\n" == process.stdout.readline()
        with pytest.raises(RunningError, match=r"another run is working in .*nothing was read"):
            bank.run()
        assert {} == bank.results(ignoring=())
        process.kill()
        said(process)
        bank.run()
        assert "SILVER" == bank.rows()["C1"]["tier"]

    def test_from_the_command_line(self, bank: BankFolder) -> None:
        """The second ends with exit code 2 and one message."""
        with holding(bank.out):
            code, out, err = said(command("run", bank.file, "-q"))

        assert (2, "") == (code, out)
        assert err.startswith("Error: another run is working in ")
        assert 1 == len(err.splitlines())


class TestNoRoom:
    """A disk that is full, or a folder that cannot be written to."""

    @pytest.mark.parametrize(
        ("room", "told"),
        [
            (4_000, "the database cannot do it now"),
            (130_000, "rejects.csv could not be written: "),
        ],
    )
    def test_a_full_disk(self, bank: BankFolder, room: int, told: str) -> None:
        """One clear message, no result replaced, and the same run can be given again."""
        bank.run()
        before = bank.results()
        bank.extract("transactions.csv", _many_rejects())
        code, out, err = said(command("run", bank.file, "-q", before=_limited(room)))

        assert (2, "") == (code, out), err
        assert err.startswith(f"Error: {told}")
        assert 1 == len(err.splitlines())
        assert before == bank.results()
        bank.run()
        assert 2_000 == len(bank.rejects())

    def test_a_folder_that_cannot_be(self, bank: BankFolder) -> None:
        """A folder of results below a file is told by its name."""
        with pytest.raises(OutputError, match="cannot be used"):
            bank.run(output=bank.file / "out")

    def test_a_lock_that_cannot_be(self, bank: BankFolder) -> None:
        """So is one whose lock cannot be opened."""
        (bank.out / ".run.lock").mkdir(parents=True)
        with pytest.raises(OutputError, match="cannot be"):
            bank.run()

    def test_a_result_in_the_way(self, bank: BankFolder) -> None:
        """Where a file stands in place of a day's folder, no result is replaced."""
        bank.out.mkdir()
        (bank.out / "2026-02-28").write_text("mine")
        with pytest.raises(OutputError, match="No result was replaced"):
            bank.run()

        assert {"2026-02-28": b"mine"} == bank.results()

    def test_a_folder_in_the_way(self, bank: BankFolder) -> None:
        """A result that cannot be moved into place is named, and what stands is said."""
        (bank.out / "summary.json").mkdir(parents=True)
        with pytest.raises(OutputError, match=r"summary.json could not be moved into place.*again"):
            bank.run()
        (bank.out / "summary.json").rmdir()

        assert bank.run().unchanged

    def test_a_folder_for_reading_only(self, bank: BankFolder) -> None:
        """A folder that may only be read is told, whoever runs."""
        refusing = mock.patch.object(Path, "mkdir", side_effect=PermissionError(13, "denied"))
        with refusing, pytest.raises(OutputError, match=r"cannot be used: .*denied"):
            bank.run()


def _limited(room: int) -> Callable[[], None]:
    """Let no file of a process grow over *room* bytes; Python gets EFBIG, as it would ENOSPC."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    return limit


def _many_rejects() -> str:
    return "ACCT,DAY,AMT,BAL\n" + "A1,2026-01-05,x,\n" * 2_000


class TestManyRows:
    """What is held while rows are read grows with accounts and days, not with rows."""

    ROWS = 200_000

    @pytest.mark.parametrize("currency", ["EUR", "USD"])
    def test_transactions(self, tmp_path: Path, currency: str) -> None:
        """One account with very many movements, each with a stated balance, in small blocks."""
        first = date(2025, 11, 1)
        days = [str(first + timedelta(days=n)) for n in range(90)]
        rows = "".join(
            f"A,{days[n * 90 // self.ROWS]},0.01,{(n + 1) / 100:.2f}\n" for n in range(self.ROWS)
        )
        held, most = _held(
            tmp_path, currency, "transactions", {"amount": "AMT", "balance": "BAL"}, rows
        )

        assert most < 5_000
        assert set() == held.doubtful
        if currency == "EUR":
            window = (date(2026, 1, 1), date(2026, 2, 1))
            lives = pl.DataFrame({"index": [0], "start": [window[0]], "end": [window[1]]})
            lives = lives.with_columns(pl.col("index").cast(pl.UInt32))
            per_day = [0] * 90
            for n in range(self.ROWS):
                per_day[n * 90 // self.ROWS] += 1
            # 61 days before the window, 29 in it; the last balance holds until its end.
            expected = sum(sum(per_day[: min(61 + n + 1, 90)]) for n in range(31))

            assert expected == held.days(lives, window)["minor_days"].item()

    def test_balances(self, tmp_path: Path) -> None:
        """One account whose balance is stated again and again, the same on each day."""
        rows = "".join(f"A,2025-12-{1 + n % 31:02},{n % 31}.00\n" for n in range(self.ROWS))
        held, most = _held(tmp_path, "EUR", "balances", {"balance": "AMT"}, rows)

        assert most < 10_000
        assert set() == held.doubtful


def _held(
    folder: Path, currency: str, table: str, columns: dict[str, str], rows: str
) -> tuple[Holdings, int]:
    """Return what was read of one account, and the most rows of frames held on the way."""
    (folder / "a.csv").write_text(f"A,C,CCY\nA,C,{currency}\n")
    (folder / "t.csv").write_text(
        f"A,DAY,AMT,BAL\n{rows}" if "BAL" in columns.values() else f"A,DAY,AMT\n{rows}"
    )
    rejects = Rejects(folder / "rejects.csv", "en")
    accounts = extract_of("accounts", "a.csv", {"account": "A", "customer": "C", "currency": "CCY"})
    register = register_of((accounts,), folder, rejects)
    held = Holdings(register, [(date(2026, 1, 1), date(2026, 2, 1))], "EUR", rejects)
    most = 0
    extract = extract_of(table, "t.csv", {"account": "A", "on": "DAY", **columns})
    with (
        mock.patch.object(files, "BLOCK_BYTES", 1 << 16),
        mock.patch.object(holdings, "PENDING", 1_000),
    ):
        for source, block in typed_rows((extract,), folder):
            held.take(source, block)
            most = max(most, sum(frame.height for frame in _frames(vars(held))))
        held.close()
    rejects.close()
    return held, most


def _frames(held: object) -> Iterator[pl.DataFrame]:
    """Yield every frame that something holds."""
    if isinstance(held, pl.DataFrame):
        yield held
    elif isinstance(held, dict):
        for value in held.values():
            yield from _frames(value)
    elif isinstance(held, list | tuple):
        for value in held:
            yield from _frames(value)
    elif type(held).__module__ == holdings.__name__:
        yield from _frames(vars(held))
