"""
A run given again changes nothing; a corrected extract decides again exactly what it touches.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from run_tools import (
    ACCOUNTS,
    CUSTOMERS,
    DAY,
    FILES,
    MONTHS,
    TRANSACTIONS,
    BankFolder,
    command,
    head,
    make_bank,
    said,
    tiers_part,
)

from bankservice.cli.commands import cli

RANGE = head(MONTHS) + tiers_part() + CUSTOMERS + ACCOUNTS + TRANSACTIONS
ENDS = ("2026-01-31", "2026-02-28", "2026-03-31")


@pytest.fixture
def bank(tmp_path: Path) -> BankFolder:
    """Return a bank that decides one day."""
    return make_bank(tmp_path / "bank")


def entries(bank: BankFolder) -> list[str]:
    """Return every row of the record, but for the receipts of what was asked of it."""
    database = sqlite3.connect(bank.out / "bank.db")
    try:
        return [
            line
            for line in database.iterdump()
            if line.startswith("INSERT") and "_receipts" not in line
        ]
    finally:
        database.close()


def summary_of(bank: BankFolder, day: str = DAY) -> dict[str, Any]:
    """Return what `summary.json` says of a day."""
    held = json.loads((bank.out / "summary.json").read_text("utf-8"))
    found: dict[str, Any] = held["days"][day]["tiers"]
    return found


def decided(bank: BankFolder, days: tuple[str, ...] = ENDS) -> dict[str, Any]:
    """Return what each day's result says of each customer, but for the number of the entry."""
    return {
        day: {
            customer: {name: value for name, value in row.items() if name != "entry"}
            for customer, row in bank.rows(day=day).items()
        }
        for day in days
    }


class TestTheSame:
    """The same extracts again."""

    def test_nothing_changes(self, bank: BankFolder) -> None:
        """Not a byte of the results, not an entry of the record; the summary says so."""
        first = bank.run()
        before, record = bank.results(), entries(bank)
        again = bank.run()

        assert not first.unchanged
        assert again.unchanged
        assert 0 == summary_of(bank)["written"]
        assert before == bank.results()
        assert record == entries(bank)

    def test_a_range(self, tmp_path: Path) -> None:
        """Nor over several days."""
        bank = make_bank(tmp_path / "bank", plan=RANGE)
        bank.run()
        before, record = bank.results(), entries(bank)

        assert bank.run().unchanged
        assert before == bank.results()
        assert record == entries(bank)

    def test_rows_in_another_order(self, bank: BankFolder) -> None:
        """Nor where only the order of the rows is another."""
        bank.run()
        before = bank.results()
        for name in ("accounts.csv", "customers.csv", "transactions.csv"):
            first, *rows = str(FILES[name]).splitlines(keepends=True)
            bank.extract(name, "".join([first, *rows[::-1]]))

        assert bank.run().unchanged
        assert before == bank.results()

    def test_one_day_after_the_other(self, tmp_path: Path) -> None:
        """Deciding a range at once and day by day is the same."""
        at_once = make_bank(tmp_path / "one", plan=RANGE)
        at_once.run()
        by_day = make_bank(tmp_path / "two", plan=RANGE)
        for end in ENDS:
            by_day.run(days=(date.fromisoformat(end),))

        assert decided(at_once) == decided(by_day)


class TestCorrections:
    """Other extracts for a day that was decided."""

    def test_the_last_day(self, bank: BankFolder) -> None:
        """Exactly the customers touched are decided again, and the summary counts them."""
        bank.run()
        before = bank.rows()
        bank.extract(
            "transactions.csv",
            str(FILES["transactions.csv"]).replace("-15000.00,5000", "-5000.00,15000"),
        )
        summary = bank.run()
        after = bank.rows()

        assert not summary.unchanged
        assert 1 == summary_of(bank)["corrected"]
        assert {"C2"} == {who for who in after if after[who] != before[who]}
        assert ("SILVER", "GOLD") == (before["C2"]["tier"], after["C2"]["tier"])

    def test_in_the_middle_of_a_range(self, tmp_path: Path) -> None:
        """Every later day is as though the data had been right from the start."""
        wrong = make_bank(tmp_path / "one", plan=RANGE)
        wrong.add("transactions.csv", "A4,2026-02-01,20000.00,\nA3,2026-03-01,1.00,\n")
        wrong.run()
        assert "GOLD" == wrong.rows(day=ENDS[1])["C3"]["tier"]
        lines = str(FILES["transactions.csv"]) + "A4,2026-02-01,20.00,\nA3,2026-03-01,1.00,\n"
        wrong.extract("transactions.csv", lines)
        wrong.run()
        right = make_bank(tmp_path / "two", plan=RANGE)
        right.extract("transactions.csv", lines)
        right.run()

        assert decided(right) == decided(wrong)
        assert "BASE" == wrong.rows(day=ENDS[1])["C3"]["tier"]
        assert [0, 1] == [summary_of(wrong, end)["corrected"] for end in ENDS[:2]]
        assert wrong.run().unchanged

    def test_back_and_forth(self, bank: BankFolder) -> None:
        """A correction of a correction, back to what was first: decided as it was first."""
        bank.run()
        first = decided(bank, (DAY,))
        other = str(FILES["transactions.csv"]).replace("-15000.00,5000", "-5000.00,15000")
        bank.extract("transactions.csv", other)
        bank.run()
        bank.extract("transactions.csv", FILES["transactions.csv"])
        bank.run()

        assert first == decided(bank, (DAY,))
        assert bank.run().unchanged

    def test_a_rejected_row_put_right(self, bank: BankFolder) -> None:
        """A measure that was unknown becomes known, as though it had been from the start."""
        right = make_bank(bank.path.parent / "right")
        right.run()
        bank.extract(
            "transactions.csv", str(FILES["transactions.csv"]).replace("2026-01-01", "2026-01-xx")
        )
        bank.run()
        assert "doubtful" == bank.averages()["C2"]
        bank.extract("transactions.csv", FILES["transactions.csv"])
        bank.run()

        assert decided(right, (DAY,)) == decided(bank, (DAY,))


class TestLeftOut:
    """A customer whom later extracts do not have."""

    def test_keeps_the_tier(self, tmp_path: Path) -> None:
        """Nobody leaves a book by not being mentioned: the tier stays, the measure is unknown."""
        bank = make_bank(tmp_path / "bank", plan=RANGE)
        bank.run(days=(date(2026, 1, 31),))
        for name in ("customers.csv", "accounts.csv", "transactions.csv"):
            lines = str(FILES[name]).splitlines(keepends=True)
            bank.extract(
                name, "".join(x for x in lines if not x.startswith("C2") and "A3" not in x)
            )
        bank.run(days=(date(2026, 2, 28),))
        row = bank.rows(day=ENDS[1])["C2"]

        assert ("SILVER", "SILVER", "", "left-out") == (
            row["tier"],
            row["tier_before"],
            row["average"],
            row["unknown"],
        )
        assert {"left-out": 1} == summary_of(bank, ENDS[1])["unknown"]


class TestCommand:
    """`bankservice run`."""

    def test_on_overrides(self, bank: BankFolder) -> None:
        """`--on` decides that day and no other."""
        result = CliRunner().invoke(cli, ["run", str(bank.file), "--on", "2026-02-28", "-q"])

        assert 0 == result.exit_code, result.output
        assert ["2026-02-28"] == [path.name for path in bank.out.iterdir() if path.is_dir()]

    def test_output_and_locale(self, bank: BankFolder, tmp_path: Path) -> None:
        """`--output` and `--locale` are what they say, and the plan's folder stays empty."""
        bank.add("transactions.csv", "A9,2026-01-05,1.00,\n")
        where = tmp_path / "elsewhere"
        arguments = ["run", str(bank.file), "--output", str(where), "--locale", "zh_CN", "-q"]
        result = CliRunner().invoke(cli, arguments)

        assert 0 == result.exit_code, result.output
        assert not bank.out.exists()
        assert "没有" in (where / "rejects.csv").read_text("utf-8-sig")
        assert "客户" in (where / "report.html").read_text("utf-8")

    def test_json(self, bank: BankFolder) -> None:
        """JSON and nothing else on standard output; a line for each step on standard error."""
        code, out, err = said(command("run", bank.file, "--json"))
        held = json.loads(out)

        assert 0 == code, err
        assert {"STANDARD", "customers", "corrected"} - {"STANDARD"} <= held["days"][DAY][
            "tiers"
        ].keys()
        assert 3 == held["days"][DAY]["tiers"]["customers"]
        assert not held["unchanged"]
        assert sorted(bank.results(ignoring=())) == sorted(held["files"])
        assert "\x1b" not in err
        assert [
            "read customers.csv",
            "read accounts.csv",
            "read transactions.csv",
            f"measure {DAY}",
            f"decide {DAY}",
            f"write {DAY}",
            "report",
        ] == err.splitlines()

    def test_one_message(self, bank: BankFolder) -> None:
        """Bad input ends with exit code 2 and one message, without a traceback."""
        bank.extract("accounts.csv", "ACCT,KUNDE\n")
        code, out, err = said(command("run", bank.file))

        assert 2 == code
        assert "" == out
        assert err.startswith("Error: the extracts has ")
        assert "accounts.csv: CUST: got no such column" in err
        assert "Traceback" not in err

    def test_what_a_person_reads(self, bank: BankFolder) -> None:
        """What was decided, what was rejected, and where the report is; the second time, no news."""
        first = CliRunner().invoke(cli, ["run", str(bank.file), "-q"])
        again = CliRunner().invoke(cli, ["run", str(bank.file), "-q"])

        assert f"{DAY}  tiers: 3 customers; BASE 1; SILVER 2; GOLD 0; " in first.stdout
        assert f"report: {bank.out / 'report.html'}" in first.stdout
        assert "Nothing changed" not in first.stdout
        assert "Nothing changed" in again.stdout


def test_a_filter_and_codes(tmp_path: Path) -> None:
    """Rows a filter leaves out are counted, codes read, and an unknown code is rejected."""
    columns = (
        'columns = { account = "ACCT", on = "DAY", amount = "AMT", '
        'direction = { column = "DC", codes = { C = "in", D = "out" } } }\n'
        'where = { not = { fact = "ST", equals = "void" } }\n'
    )
    transactions = '[[extract]]\ntable = "transactions"\nfiles = ["t.csv"]\n' + columns
    bank = make_bank(
        tmp_path / "bank", plan=head() + tiers_part() + CUSTOMERS + ACCOUNTS + transactions
    )
    bank.extract(
        "t.csv",
        "ACCT,DAY,AMT,DC,ST\n"
        "A4,2026-01-01,100.00,C,\nA4,2026-01-01,900.00,C, void \nA4,2026-01-01,40.00,D,ok\n"
        "A1,2026-01-01,1.00,X,\nA3,2026-01-01,-1.00,C,\n",
    )
    summary = bank.run()
    (taken,) = (held for held in summary.taken if held.file == "t.csv")

    assert (5, 1, 2) == (taken.read, taken.left_out, taken.rejected)
    assert [
        ("t.csv", "5", "DC", "unknown-code"),
        ("t.csv", "6", "AMT", "negative-amount"),
    ] == bank.rejects()
    assert {"C1": "doubtful", "C2": "doubtful", "C3": "60.00"} == bank.averages()


def test_stated_measures(tmp_path: Path) -> None:
    """Averages the bank works out itself; what contradicts itself or cannot be read is unknown."""
    measures = (
        '[[extract]]\ntable = "measures"\nfiles = ["m.csv"]\n'
        'columns = { customer = "C", average = "X", on = "D" }\n'
    )
    bank = make_bank(tmp_path / "bank", plan=head() + tiers_part() + CUSTOMERS + measures)
    bank.extract(
        "m.csv",
        f"C,X,D\nC1,2000.00,{DAY}\nC1,9.00,2025-12-31\nC2,5.00,\nC2,6.00,\nC3,1;0,\nC9,1.00,\n",
    )
    bank.run()

    assert [
        ("m.csv", "6", "X", "bad-amount"),
        ("m.csv", "7", "C", "unknown-customer"),
    ] == bank.rejects()
    assert {"C1": "2000.00", "C2": "doubtful-measure", "C3": "doubtful-measure"} == bank.averages()
