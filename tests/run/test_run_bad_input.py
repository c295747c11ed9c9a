"""
Whatever a bank hands over, a run tells what is wrong and where, and never half-writes.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from run_tools import (
    ACCOUNTS,
    CUSTOMERS,
    DAY,
    FILES,
    INSTITUTION,
    PLAN,
    RATES,
    TIERS,
    TRANSACTIONS,
    BankFolder,
    head,
    make_bank,
    tiers_part,
)

from bankservice.cli.commands import cli
from bankservice.core.errors import FaultsError

AVERAGES = {"C1": "1579.00", "C2": "5000.00", "C3": "32.00"}
BALANCES = TRANSACTIONS.replace("transactions", "balances").replace(
    'amount = "AMT", balance = "BAL"', 'balance = "BAL"'
)


@pytest.fixture(autouse=True)
def _no_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the page: drawing is most of the time of a small run, and is tested elsewhere."""
    monkeypatch.setattr("bankservice.run.work.render", lambda page, locale: page.title.en)


@pytest.fixture
def bank(tmp_path: Path) -> BankFolder:
    """Return a bank nothing is wrong with."""
    return make_bank(tmp_path / "bank")


def refused(bank: BankFolder) -> tuple[str, ...]:
    """Return what a run is refused for; nothing may have been written."""
    before = bank.results() if bank.out.exists() else {}
    with pytest.raises(FaultsError) as error:
        bank.run()

    assert before == (bank.results() if bank.out.exists() else {})
    return tuple(str(fault) for fault in error.value.faults)


def repaired(bank: BankFolder, files: Mapping[str, str | bytes] = FILES) -> dict[str, str]:
    """Return the averages of a run after the extracts were put right."""
    for name, held in files.items():
        bank.extract(name, held)
    bank.run()

    assert [] == bank.rejects()
    return bank.averages()


def plan(bank: BankFolder, text: str) -> None:
    """Write another `bank.toml`."""
    bank.file.write_text(text, "utf-8")


class TestFiles:
    """What is wrong with a file as a whole stops the run before anything is decided."""

    def test_missing_file(self, bank: BankFolder) -> None:
        """A file that is not there is named by its pattern and its place in the plan."""
        (bank.path / "extracts" / "accounts.csv").unlink()
        (fault,) = refused(bank)

        assert fault.startswith("extract[1].files: got 'accounts.csv', wanted a file below ")
        assert AVERAGES == repaired(bank)

    @pytest.mark.parametrize("pattern", ["", "/etc/accounts.csv"])
    def test_a_pattern_that_is_none(self, bank: BankFolder, pattern: str) -> None:
        """A pattern that cannot be looked for is a fault like any other."""
        plan(bank, PLAN.replace('"accounts.csv"', f'"{pattern}"'))
        (fault,) = refused(bank)

        assert fault.startswith(f"extract[1].files: got {pattern!r}, wanted a file below ")

    def test_missing_columns(self, bank: BankFolder) -> None:
        """Every missing column of every file is told at once, with the near name."""
        bank.extract("accounts.csv", FILES["accounts.csv"].replace("OPEN", "OPENED"))
        bank.extract("transactions.csv", FILES["transactions.csv"].replace("ACCT", "ACCNT"))

        assert (
            "accounts.csv: OPEN: got no such column, wanted a column; did you mean OPENED?",
            "transactions.csv: ACCT: got no such column, wanted a column; did you mean ACCNT or AMT?",
        ) == refused(bank)
        assert AVERAGES == repaired(bank)

    def test_missing_column_of_a_filter(self, bank: BankFolder) -> None:
        """A column that only a filter looks at has to be there too."""
        plan(
            bank,
            PLAN.replace('"ACCT" }', '"ACCT" }', 1) + 'where = { fact = "KIND", equals = "X" }\n',
        )

        assert ("transactions.csv: KIND: got no such column, wanted a column",) == refused(bank)

    def test_a_column_twice(self, bank: BankFolder) -> None:
        """A column that is asked for and stands twice is told, not chosen from."""
        bank.extract("customers.csv", "CUST,CUST\nC1,C2\n")

        assert ("customers.csv: CUST: got the column twice, wanted each column once",) == refused(
            bank
        )

    def test_empty_file(self, bank: BankFolder) -> None:
        """A file of no bytes has no columns, and is told."""
        bank.extract("transactions.csv", b"")

        assert (
            "transactions.csv: got an empty file, wanted a first line with ACCT, DAY, AMT, BAL",
        ) == refused(bank)
        assert AVERAGES == repaired(bank)

    def test_another_encoding(self, bank: BankFolder) -> None:
        """A file in another encoding than stated is told where its first line cannot be read."""
        bank.extract("customers.csv", "客户号\nC1\n".encode("gb18030"))
        plan(bank, PLAN.replace('"CUST" }', '"客户号" }', 1))
        (fault,) = refused(bank)

        assert "customers.csv" in fault
        assert "text in utf-8, as extract[0].encoding says" in fault

    def test_utf_16_unsaid(self, bank: BankFolder) -> None:
        """UTF-16 that nobody spoke of is refused, not read as strange names."""
        bank.extract("customers.csv", str(FILES["customers.csv"]).encode("utf-16"))
        (fault,) = refused(bank)

        assert fault.startswith("customers.csv: ")

    def test_old_line_ends(self, bank: BankFolder) -> None:
        """A file whose lines end with a carriage return alone is told, not read as one line."""
        bank.extract("customers.csv", str(FILES["customers.csv"]).replace("\n", "\r"))
        (fault,) = refused(bank)

        assert "customers.csv: got its first line is no row of names" in fault

    @pytest.mark.parametrize("lost", [9, 40])
    def test_truncated_gzip(self, bank: BankFolder, lost: int) -> None:
        """A packed file that ends in the middle is no whole file, and nothing is decided on it."""
        rows = "".join(f"A1,2026-01-{1 + n % 28:02},0.{n % 100:02},\n" for n in range(5_000))
        packed = gzip.compress((str(FILES["transactions.csv"]) + rows).encode())
        bank.run()
        bank.extract("transactions.csv", packed[:-lost])
        (fault,) = refused(bank)

        assert fault.startswith("transactions.csv: ")
        assert fault.endswith("wanted a whole, readable file; nothing was decided")
        assert AVERAGES == repaired(bank)

    def test_truncated_utf_16(self, bank: BankFolder) -> None:
        """So is text that ends in the middle of a sign."""
        plan(bank, PLAN.replace('["customers.csv"]', '["customers.csv"]\nencoding = "utf-16"'))
        bank.extract("customers.csv", str(FILES["customers.csv"]).encode("utf-16")[:-1])
        (fault,) = refused(bank)

        assert fault.startswith("customers.csv: ")

    def test_floats(self, bank: BankFolder) -> None:
        """An amount that Parquet holds as a float is refused: it has lost what was written."""
        plan(bank, PLAN.replace("transactions*.csv", "t.parquet"))
        rows = {"ACCT": ["A1"], "DAY": [date(2026, 1, 1)], "AMT": [0.1], "BAL": [None]}
        pl.DataFrame(rows).write_parquet(bank.path / "extracts" / "t.parquet")
        (fault,) = refused(bank)

        assert fault.startswith("t.parquet: AMT: got Float64, wanted a decimal")

    def test_parquet_cut_short(self, bank: BankFolder) -> None:
        """A Parquet file that is none is told by its name."""
        plan(bank, PLAN.replace("transactions*.csv", "t.parquet"))
        (bank.path / "extracts" / "t.parquet").write_bytes(b"PAR1 and no more")
        (fault,) = refused(bank)

        assert fault.startswith("t.parquet: ")


class TestForms:
    """The same rows in another form give the same results."""

    @pytest.mark.parametrize(
        ("extract", "write"),
        [
            ("", lambda text: text.replace("\n", "\r\n").encode()),
            ("", lambda text: b"\xef\xbb\xbf" + text.encode()),
            ("", lambda text: gzip.compress(text.encode())),
            ("", lambda text: ("\n\n" + text.replace("\n", "\n\n")).encode()),
            ("", lambda text: text.rstrip("\n").encode()),
            ('encoding = "utf-16"\n', lambda text: text.encode("utf-16")),
            ('encoding = "utf-8-sig"\n', lambda text: text.encode("utf-8-sig")),
            ('encoding = "gb18030"\n', lambda text: text.replace("\n", ",张\n").encode("gb18030")),
            ('delimiter = "\\t"\n', lambda text: text.replace(",", "\t").encode()),
            ('delimiter = "¦"\n', lambda text: text.replace(",", "¦").encode()),
        ],
        ids=[
            "crlf",
            "bom",
            "gzip",
            "blank",
            "no-end",
            "utf-16",
            "bom-said",
            "gb18030",
            "tab",
            "wide",
        ],
    )
    def test_text(self, bank: BankFolder, extract: str, write: Callable[[str], bytes]) -> None:
        """CSV of any encoding, line end and delimiter."""
        bank.extract("transactions.csv", write(str(FILES["transactions.csv"])))
        plan(bank, PLAN.replace('["transactions*.csv"]\n', f'["transactions*.csv"]\n{extract}'))
        bank.run()

        assert [] == bank.rejects()
        assert AVERAGES == bank.averages()

    @pytest.mark.parametrize("amount", [pl.Decimal(18, 2), pl.String, pl.Int64])
    def test_parquet(self, bank: BankFolder, amount: pl.DataType) -> None:
        """Parquet with decimals, text or whole numbers, and days as days."""
        plan(bank, PLAN.replace("transactions*.csv", "t.parquet"))
        rows = [line.split(",") for line in str(FILES["transactions.csv"]).split()[1:]]
        frame = pl.DataFrame(
            {
                "DAY": [date.fromisoformat(row[1]) for row in rows],
                "ACCT": [row[0] for row in rows],
                "AMT": [Decimal(row[2]) for row in rows],
                "BAL": [None, *(row[3] for row in rows[1:])],
            }
        ).with_columns(pl.col("AMT").cast(amount), pl.col("ACCT").cast(pl.Categorical))
        frame.write_parquet(bank.path / "extracts" / "t.parquet")
        bank.run()

        assert [] == bank.rejects()
        assert AVERAGES == bank.averages()


class TestRows:
    """One bad row is rejected with file, line and field; what it may have been about is unknown."""

    @pytest.mark.parametrize(
        ("line", "field", "code"),
        [
            ("A1,2026-02-30,1.00,", "DAY", "bad-date"),
            ("A1,26-01-05,1.00,", "DAY", "bad-date"),
            ('A1,2026-01-05,"1,00",', "AMT", "decimal-mark"),
            ("A1,2026-01-05,abc,", "AMT", "bad-amount"),
            ("A1,2026-01-05,,", "AMT", "missing"),
            ("A1,2026-01-05,123456789012345678901234567890,", "AMT", "too-large"),
            ("A1,2026-01-05,0.00001,", "AMT", "too-fine"),
            ("A1,2026-01-05,0.001,", "AMT", "too-fine"),
            ("A1,2026-01-05,1.00,x", "BAL", "bad-amount"),
            ("A1,2026-01-05,1.00,1500.001", "BAL", "too-fine"),
            ("A1,2023-12-31,1.00,", "DAY", "before-opening"),
            ("A1,2026-01-05,1.00", "", "ragged"),
            ("A1,2026-01-05,1.00,,,", "", "ragged"),
            ('A1,2026-01-05,"1.00,', "", "unclosed"),
            ("A1,2026-01-05,1.00\r,", "", "broken-line"),
        ],
    )
    def test_of_a_known_account(self, bank: BankFolder, line: str, field: str, code: str) -> None:
        """The customer's measure is unknown, rather than wrong; the others stand."""
        bank.add("transactions.csv", f"{line}\nA4,2026-01-31,0.00,62.00\n")
        bank.run()

        assert [("transactions.csv", "6", field, code)] == bank.rejects()
        assert {**AVERAGES, "C1": "doubtful"} == bank.averages()
        assert AVERAGES == repaired(bank)

    def test_a_line_that_is_no_text(self, bank: BankFolder) -> None:
        """A GB18030 line in a file of UTF-8 is rejected alone; the account it names is doubtful."""
        memo = PLAN.replace('balance = "BAL"', 'balance = "BAL", kind = "MEMO"')
        plan(bank, memo)
        text = (
            str(FILES["transactions.csv"]).replace("BAL\n", "BAL,MEMO\n").replace("0\n", "0,工资\n")
        )
        text = text.replace("62.00,62.00\n", "62.00,62.00,工资\n")
        raw = text.encode() + "A1,2026-01-20,5.00,,工资\n".encode("gb18030")
        bank.extract("transactions.csv", raw + "A4,2026-01-31,0.00,62.00,工资\n".encode())
        bank.run()

        assert [("transactions.csv", "6", "", "undecodable")] == bank.rejects()
        assert {**AVERAGES, "C1": "doubtful"} == bank.averages()

    def test_nul_bytes(self, bank: BankFolder) -> None:
        """A NUL in an id makes an account nobody has; the rows beside it stand."""
        bank.add("transactions.csv", "A\0 1,2026-01-05,1.00,\n")
        bank.run()

        assert [("transactions.csv", "6", "ACCT", "unknown-account")] == bank.rejects()
        assert AVERAGES == bank.averages()

    def test_unknown_account(self, bank: BankFolder) -> None:
        """A movement of an account nobody has is told; it is in nobody's sum."""
        bank.add("transactions.csv", "A9,2026-01-05,1.00,\n")
        bank.run()

        assert [("transactions.csv", "6", "ACCT", "unknown-account")] == bank.rejects()
        assert AVERAGES == bank.averages()

    def test_after_closing(self, bank: BankFolder) -> None:
        """A movement after the closing makes an account doubtful as long as it matters."""
        bank.extract(
            "accounts.csv", str(FILES["accounts.csv"]).replace("06-01,,", "06-01,2026-01-20,")
        )
        bank.add("transactions.csv", "A4,2026-01-20,-62.00,0.00\nA4,2026-01-21,1.00,\n")
        bank.run()

        assert [("transactions.csv", "7", "DAY", "after-closing")] == bank.rejects()
        assert {**AVERAGES, "C3": "doubtful"} == bank.averages()

    def test_finer_than_the_currency(self, bank: BankFolder) -> None:
        """Yen with cents are rejected where the account's currency is known."""
        plan(bank, PLAN + RATES)
        bank.extract("rates.csv", "CCY,DAY,MID\nJPY,2025-01-01,0.01\n")
        bank.extract("accounts.csv", str(FILES["accounts.csv"]).replace("A4,C3,EUR", "A4,C3,JPY"))
        bank.add("transactions.csv", "A4,2026-01-20,1.50,\n")
        bank.run()

        assert [("transactions.csv", "6", "AMT", "too-fine")] == bank.rejects()
        assert {**AVERAGES, "C3": "doubtful"} == bank.averages()

    def test_unreconciled(self, bank: BankFolder) -> None:
        """A stated balance that is not the sum of the movements makes the account doubtful."""
        bank.add("transactions.csv", "A1,2026-01-20,5.00,1475.00\n")
        bank.run()

        assert [("transactions.csv", "6", "BAL", "unreconciled")] == bank.rejects()
        assert {**AVERAGES, "C1": "doubtful"} == bank.averages()
        assert AVERAGES == repaired(bank)

    def test_nothing_to_reconcile_with(self, bank: BankFolder) -> None:
        """Where the opening balance is not known, nothing is off; the measure is unknown."""
        bank.extract("accounts.csv", str(FILES["accounts.csv"]).replace("500.00", ""))
        bank.run()

        assert [] == bank.rejects()
        assert {**AVERAGES, "C1": "no-balance"} == bank.averages()

    def test_rows_out_of_order(self, bank: BankFolder) -> None:
        """Rows in any order, over any number of files, give the same."""
        first, *rows = str(FILES["transactions.csv"]).splitlines(keepends=True)
        bank.extract("transactions.csv", "".join([first, *rows[2:]]))
        bank.extract("transactions_0.csv", "".join([first, rows[1], rows[0]]))
        bank.run()

        assert [] == bank.rejects()
        assert AVERAGES == bank.averages()

    def test_two_balances_on_a_day(self, bank: BankFolder) -> None:
        """Two balances that differ make an account doubtful; two alike do not."""
        plan(
            bank, head() + tiers_part() + CUSTOMERS + ACCOUNTS + BALANCES.replace("balances*", "b")
        )
        lines = "".join(f"A{n},2025-12-31,{n}000.00\n" for n in (1, 2, 3, 4))
        more = "A3,2026-01-05,9.00\nA3,2026-01-05,8.00\nA4,2025-12-31,4000.00\n"
        bank.extract("b.csv", f"ACCT,DAY,BAL\n{lines}{more}")
        bank.run()

        assert [("b.csv", "7", "BAL", "two-balances")] == bank.rejects()
        assert {"C1": "3000.00", "C2": "doubtful", "C3": "4000.00"} == bank.averages()

    def test_header_only(self, bank: BankFolder) -> None:
        """Without a movement an account keeps its opening balance."""
        bank.extract("transactions.csv", "ACCT,DAY,AMT,BAL\n")
        bank.run()

        assert {"C1": "600.00", "C2": "20000.00", "C3": "0.00"} == bank.averages()
        assert AVERAGES == repaired(bank)

    def test_balances_header_only(self, bank: BankFolder) -> None:
        """Without a stated balance nothing is known; it is not nothing."""
        plan(
            bank, head() + tiers_part() + CUSTOMERS + ACCOUNTS + BALANCES.replace("balances*", "b")
        )
        bank.extract("b.csv", "ACCT,DAY,BAL\n")
        bank.run()

        assert dict.fromkeys(AVERAGES, "no-balance") == bank.averages()


class TestRegister:
    """Whose account is whose: what does not fit is told, and doubts exactly whom it touches."""

    def test_the_same_twice(self, bank: BankFolder) -> None:
        """A row that stands twice is told and counts once."""
        bank.add("customers.csv", "C2\n")
        bank.add("accounts.csv", "A3,C2,EUR,2024-01-01,,20000.00\n")
        bank.run()

        assert [
            ("customers.csv", "5", "CUST", "duplicate"),
            ("accounts.csv", "6", "ACCT", "duplicate"),
        ] == bank.rejects()
        assert AVERAGES == bank.averages()

    def test_contradicting(self, bank: BankFolder) -> None:
        """Two rows of an account that disagree make both customers' measures unknown."""
        bank.add("accounts.csv", "A3,C3,EUR,2024-01-01,,20000.00\n")
        bank.run()

        assert [("accounts.csv", "6", "ACCT", "contradicts")] == bank.rejects()
        assert {**AVERAGES, "C2": "doubtful", "C3": "doubtful"} == bank.averages()

    @pytest.mark.parametrize(
        ("line", "field", "code"),
        [
            ("A5,C1,EUR,2026-13-01,,0", "OPEN", "bad-date"),
            ("A5,C1,EURO,2026-01-01,,0", "CCY", "unknown-currency"),
            ("A5,C1,EUR,2026-01-01,,1.2.3", "BF", "bad-amount"),
            ("A5,C1,EUR,2026-01-01", "", "ragged"),
            ("4111111111111111,C1,EUR,2026-01-01,,0", "ACCT", "bad-id"),
        ],
    )
    def test_an_account_that_was_rejected(
        self, bank: BankFolder, line: str, field: str, code: str
    ) -> None:
        """What its customer's other accounts hold is not all there is: it is unknown."""
        bank.add("accounts.csv", f"{line}\n")
        bank.run()

        assert [("accounts.csv", "6", field, code)] == bank.rejects()
        assert {**AVERAGES, "C1": "doubtful"} == bank.averages()
        assert AVERAGES == repaired(bank)

    def test_a_card_number(self, bank: BankFolder) -> None:
        """A customer id like a card number is rejected, masked, and nobody's account moves to it."""
        bank.add("customers.csv", "4111111111111111\n")
        bank.add("accounts.csv", "A5,4111111111111111,EUR,2024-01-01,,1.00\n")
        bank.run()

        assert [
            ("customers.csv", "5", "CUST", "bad-id"),
            ("accounts.csv", "6", "CUST", "bad-id"),
        ] == bank.rejects()
        assert AVERAGES == bank.averages()
        for name, held in bank.results(ignoring=()).items():
            assert b"4111111111111111" not in held, name

    def test_customer_without_accounts(self, bank: BankFolder) -> None:
        """Somebody without an account has no measure, and is counted."""
        bank.add("customers.csv", "C4\n")
        bank.run()

        assert [] == bank.rejects()
        assert {**AVERAGES, "C4": "no-account"} == bank.averages()

    def test_account_without_customer(self, bank: BankFolder) -> None:
        """An account nobody has, or of somebody unknown, is told."""
        bank.add("accounts.csv", "A5,,EUR,2024-01-01,,1.00\nA6,C9,EUR,2024-01-01,,1.00\n")
        bank.run()

        assert [
            ("accounts.csv", "6", "CUST", "no-holder"),
            ("accounts.csv", "7", "CUST", "unknown-customer"),
        ] == [(file, line, "CUST", code) for file, line, _, code in bank.rejects()]
        assert AVERAGES == bank.averages()

    def test_no_customers_at_all(self, bank: BankFolder) -> None:
        """An extract of customers without a row means that nobody is known, not that all are."""
        bank.extract("customers.csv", "CUST\n")
        bank.run()

        assert {"unknown-customer", "unknown-account"} == {code for *_, code in bank.rejects()}
        assert {} == bank.averages()

    def test_holder_of_an_unknown_account(self, bank: BankFolder) -> None:
        """A holder whose account is not there may have more than is known."""
        holders = '[[extract]]\ntable = "holders"\nfiles = ["h.csv"]\ncolumns = { account = "A", customer = "C" }\n'
        plan(bank, head() + tiers_part() + CUSTOMERS + ACCOUNTS + holders + TRANSACTIONS)
        bank.extract("h.csv", "A,C\nA1,C1\nA2,C1\nA3,C2\nA4,C3\nA9,C2\n")
        bank.run()

        assert [("h.csv", "6", "A", "unknown-account")] == bank.rejects()
        assert {**AVERAGES, "C2": "doubtful"} == bank.averages()
        plan(
            bank, bank.file.read_text("utf-8").replace('["h.csv"]', '["h.csv"]\nonly_known = true')
        )
        bank.run()
        assert [] == bank.rejects()
        assert AVERAGES == bank.averages()

    def test_holder_of_a_rejected_account(self, bank: BankFolder) -> None:
        """So may the holder of an account whose row was rejected, part of a bank or not."""
        holders = (
            '[[extract]]\ntable = "holders"\nfiles = ["h.csv"]\nonly_known = true\n'
            'columns = { account = "A", customer = "C" }\n'
        )
        accounts = ACCOUNTS.replace('customer = "CUST", ', "")
        plan(bank, head() + tiers_part() + CUSTOMERS + accounts + holders + TRANSACTIONS)
        bank.extract("h.csv", "A,C\nA1,C1\nA2,C1\nA3,C2\nA4,C3\n")
        bank.extract(
            "accounts.csv", str(FILES["accounts.csv"]).replace("A2,C1,EUR,2024", "A2,C1,EUR,x")
        )
        bank.run()

        assert [("accounts.csv", "3", "OPEN", "bad-date")] == bank.rejects()
        assert {**AVERAGES, "C1": "doubtful"} == bank.averages()

    def test_closed_before_opened(self, bank: BankFolder) -> None:
        """An account that ends before it begins is doubtful."""
        bank.extract(
            "accounts.csv", str(FILES["accounts.csv"]).replace("06-01,,", "06-01,2025-05-01,")
        )
        bank.run()

        assert ("accounts.csv", "5", "CLOSE", "closed-before-opened") in bank.rejects()
        assert "doubtful" == bank.averages()["C3"]


class TestRates:
    """A rate that cannot be trusted is no rate, until the next one that can."""

    @pytest.fixture
    def abroad(self, bank: BankFolder) -> BankFolder:
        """Return a bank whose C3 has a yen account with 6,200 yen for half of January."""
        plan(bank, PLAN + RATES)
        bank.extract("accounts.csv", str(FILES["accounts.csv"]).replace("A4,C3,EUR", "A4,C3,JPY"))
        bank.extract("transactions.csv", str(FILES["transactions.csv"]).replace("62.00", "6200"))
        return bank

    @pytest.mark.parametrize(
        ("lines", "rejects", "average"),
        [
            ("", [], "32.00"),
            ("EUR,2026-01-01,1.0000\n", [], "32.00"),
            ("JPY,2025-12-01,0.0100\n", [], "32.00"),
            ("EUR,2026-01-01,1.1\n", [("3", "MID", "home-rate")], "32.00"),
            ("JPY,2025-12-01,0.02\n", [("3", "MID", "two-rates")], "no-rate"),
            ("JPY,2025-12-20,0\n", [("3", "MID", "bad-rate")], "no-rate"),
            ("JPY,2025-12-20,0.0\nJPY,2026-01-01,0.01\n", [("3", "MID", "bad-rate")], "32.00"),
            ("JPY,2025-11-30,x\n", [("3", "MID", "bad-rate")], "32.00"),
            ("JPY,2026-01-10,-1\n", [("3", "MID", "bad-rate")], "no-rate"),
            ("JPY,2026-02-10,x\n", [("3", "MID", "bad-rate")], "32.00"),
            ("JPY,2026-01-32,1\n", [("3", "DAY", "bad-date")], "no-rate"),
            ("XXX,2026-01-01,1\n", [("3", "CCY", "unknown-currency")], "32.00"),
            ("JPY,2026\n", [("3", "", "ragged")], "no-rate"),
            ("USD,2026\n", [("3", "", "ragged")], "32.00"),
        ],
    )
    def test_rows(
        self, abroad: BankFolder, lines: str, rejects: list[tuple[str, str, str]], average: str
    ) -> None:
        """What is wrong is told with its line; a measure stands where no doubt reaches it."""
        abroad.extract("rates.csv", f"CCY,DAY,MID\nJPY,2025-12-01,0.01\n{lines}")
        abroad.run()

        assert [("rates.csv", *reject) for reject in rejects] == abroad.rejects()
        assert average == abroad.averages()["C3"]


class TestPlans:
    """Every fault of a `bank.toml` and of its policies is told, and nothing is written."""

    def test_all_at_once(self, bank: BankFolder) -> None:
        """Unknown keys, tables, encodings, columns and folders, each with its path and near name."""
        plan(
            bank,
            head(outpt='"x"', data='["$BANKSERVICE_NOWHERE/extracts"]')
            + tiers_part(polcy='"x"')
            + CUSTOMERS.replace('"customers"', '"custmers"')
            + ACCOUNTS.replace(
                '"accounts.csv"]', '"accounts.csv"]\nencoding = "gbk19"\ndelimitr = ";"'
            ),
        )
        faults = refused(bank)

        assert any(f.startswith("outpt: got an unknown key") and "output" in f for f in faults)
        assert any(f.startswith("tiers.polcy") and "policy" in f for f in faults)
        assert any("delimitr" in fault and "delimiter" in fault for fault in faults)

    def test_all_values_at_once(self, bank: BankFolder) -> None:
        """Where the keys are right, every value that cannot be is told."""
        plan(
            bank,
            head(data='["$BANKSERVICE_NOWHERE/extracts"]')
            + tiers_part()
            + CUSTOMERS.replace('"customers"', '"custmers"')
            + ACCOUNTS.replace(
                '"accounts.csv"]', '"accounts.csv"]\nencoding = "gbk19"\ndelimiter = ";;"'
            )
            + TRANSACTIONS.replace("amount", "amonut"),
        )
        told = {fault.partition(":")[0]: fault for fault in refused(bank)}

        assert "did you mean customers" in told["extract[0].table"]
        assert {"extract[1].encoding", "extract[1].delimiter", "data"} <= set(told)
        assert "did you mean amount" in told["extract[2].columns.amonut"]
        assert "extract[2].columns.amount" in told

    def test_no_part(self, bank: BankFolder) -> None:
        """A plan that asks for nothing is refused."""
        plan(bank, head() + CUSTOMERS)

        assert (
            (
                ": got no part, wanted at least one of [tiers], [stages], [outlook], [groups], "
                "[complaints], [points], [survey]"
            ),
        ) == tuple(fault.removeprefix("here") for fault in refused(bank))

    @pytest.mark.parametrize(
        ("text", "path", "told"),
        [
            (PLAN.replace("acme/tiers", "acme/teirs"), "tiers.policy", "did you mean acme/tiers"),
            (PLAN.replace('"acme/tiers"', '"acme/bank"'), "tiers.policy", "institution.profile"),
            (PLAN.replace('"acme/bank"', '"acme/bnak"'), "institution", "acme/bank"),
            (PLAN.replace('= "acme/bank"', '= "acme/tiers"'), "institution", "acme/tiers"),
            (PLAN.replace(DAY, "2019-12-31"), "", "2019-12-31"),
            (PLAN.replace("shards = 2", "shards = 0"), "tiers.shards", "one or more"),
            (PLAN.replace("policies/", "polices/"), "policies[0]", "files below"),
        ],
    )
    def test_policies(self, bank: BankFolder, text: str, path: str, told: str) -> None:
        """A policy that is not there, of another kind, or not in force that day."""
        plan(bank, text)
        (fault,) = refused(bank)

        assert fault.startswith(path)
        assert told in fault

    def test_a_bad_policy_file(self, bank: BankFolder) -> None:
        """Every fault of every policy file, with the file's name."""
        (bank.path / "policies" / "tiers.toml").write_text(TIERS.replace("enter", "entr"), "utf-8")
        (bank.path / "policies" / "bank.toml").write_text(
            INSTITUTION.replace("zone", "zne"), "utf-8"
        )
        faults = refused(bank)

        assert any(fault.startswith("tiers.toml: ") for fault in faults)
        assert any(fault.startswith("bank.toml: ") for fault in faults)

    def test_no_toml(self, bank: BankFolder) -> None:
        """A file that is not TOML, not UTF-8 or not there is one fault."""
        for raw in (b"as_of = = 1\n", "title = '张'".encode("gb18030")):
            bank.file.write_bytes(raw)

            assert 1 == len(refused(bank))
        bank.file.unlink()
        assert 1 == len(refused(bank))

    @pytest.mark.parametrize(
        ("wrong", "right"),
        [
            ('encoding = "hex"\n', "encoding"),
            ('delimiter = "\\n"\n', "delimiter"),
            ("delimiter = '\"'\n", "delimiter"),
            ('dates = "YYYY-MM-DD"\n', "dates"),
        ],
    )
    def test_values_that_cannot_be(self, bank: BankFolder, wrong: str, right: str) -> None:
        """An encoding of no text, a delimiter that is a quote, a date form without a date."""
        plan(bank, PLAN.replace('["accounts.csv"]\n', f'["accounts.csv"]\n{wrong}'))
        (fault,) = refused(bank)

        assert fault.startswith(f"extract[1].{right}: ")

    def test_from_the_command_line(self, bank: BankFolder) -> None:
        """One message on standard error, exit code 2, no traceback."""
        plan(bank, PLAN.replace('"accounts.csv"', '"acounts.csv"'))
        result = CliRunner().invoke(cli, ["run", str(bank.file)])

        assert 2 == result.exit_code
        assert "" == result.stdout
        assert result.stderr.startswith("Error: the extracts has 1 fault:\n")
        assert "Traceback" not in result.stderr
        assert not bank.out.exists()


def test_datetimes_are_no_days(tmp_path: Path) -> None:
    """A Parquet column of instants is not cut to days: nobody said in which zone."""
    bank = make_bank(tmp_path / "bank", plan=PLAN.replace("transactions*.csv", "t.parquet"))
    rows = {"ACCT": ["A1"], "DAY": [datetime(2026, 1, 1, 23)], "AMT": ["1"], "BAL": [None]}  # noqa: DTZ001
    pl.DataFrame(rows).write_parquet(bank.path / "extracts" / "t.parquet")
    bank.run()

    assert [("t.parquet", "1", "DAY", "bad-date")] == bank.rejects()
    assert "doubtful" == bank.averages()["C1"]
