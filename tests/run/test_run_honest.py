"""What a run could get wrong without a word: money, days, counts and states, each by a small bank."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
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

from bankservice.core.errors import FaultsError
from bankservice.report.model import Report, Section, Table

HEADLESS = head() + tiers_part()
LOANS = (
    TIERS.replace(
        'enter = "1000.00"\n', 'qualify = [{ measure = "loans", enter = "1000.00" }]\n'
    ).replace('enter = "10000.00"\n', 'qualify = [{ measure = "funds", enter = "10000.00" }]\n')
    + '[version.measures]\nloans = { en = "loans", zh = "贷款" }\nfunds = { en = "funds", zh = "基金" }\n'
)
MEASURES = (
    '[[extract]]\ntable = "measures"\nfiles = ["m.csv"]\n'
    'columns = { customer = "C", measure = "M", average = "X" }\n'
)


@pytest.fixture(autouse=True)
def pages(monkeypatch: pytest.MonkeyPatch) -> list[Report]:
    """Keep the report as it was before it was drawn."""
    kept: list[Report] = []

    def render(page: Report, locale: str) -> str:
        kept.append(page)
        return locale

    monkeypatch.setattr("bankservice.run.work.render", render)
    return kept


@pytest.fixture
def bank(tmp_path: Path) -> BankFolder:
    """Return a bank nothing is wrong with."""
    return make_bank(tmp_path / "bank")


def faults(bank: BankFolder) -> str:
    """Return what a run is refused for."""
    with pytest.raises(FaultsError) as error:
        bank.run()
    return str(error.value)


def tables_of(page: Report, anchor: str) -> tuple[Table, ...]:
    """Return the tables of a section."""
    (section,) = (held for held in page.sections if held.anchor == anchor)

    assert isinstance(section, Section)
    return section.tables


class TestMoney:
    """No amount is turned round, moved by a mark, or converted at somebody else's rate."""

    def test_a_direction_that_is_not_there(self, bank: BankFolder) -> None:
        """A movement without its direction is rejected: it is neither money in nor money out."""
        columns = 'amount = "AMT", direction = { column = "D", codes = { C = "in", X = "out" } } }'
        bank.file.write_text(PLAN.replace('amount = "AMT", balance = "BAL" }', columns), "utf-8")
        bank.extract("transactions.csv", "ACCT,DAY,AMT,D\nA2,2026-01-01,1000.00,\n")
        bank.run()

        assert [("transactions.csv", "2", "D", "missing")] == bank.rejects()
        assert "doubtful" == bank.averages()["C1"]

    def test_the_rest_of_a_code_list(self, bank: BankFolder) -> None:
        """`otherwise` speaks of codes that are not listed, not of a code that is not there."""
        columns = 'amount = "AMT", direction = { column = "D", codes = { X = "out" }, otherwise = "in" } }'
        bank.file.write_text(PLAN.replace('amount = "AMT", balance = "BAL" }', columns), "utf-8")
        lines = "ACCT,DAY,AMT,D\nA2,2026-01-01,31.00,C\nA4,2026-01-01,31.00,\n"
        bank.extract("transactions.csv", lines)
        bank.run()

        assert {"C1": "631.00", "C2": "20000.00", "C3": "doubtful"} == bank.averages()

    def test_levels_in_another_currency(self, tmp_path: Path) -> None:
        """Levels in a currency that is not the bank's are refused: rates are into the bank's."""
        bank = make_bank(tmp_path / "bank", tiers=TIERS.replace('"EUR"', '"USD"'))

        assert "tiers.policy: got USD, wanted levels in EUR" in faults(bank)

    def test_rates_with_a_comma(self, tmp_path: Path) -> None:
        """A rate is read with the marks of its extract, like an amount."""
        rates = RATES + 'decimal = ","\nthousands = "."\ndelimiter = ";"\n'
        bank = make_bank(tmp_path / "bank", plan=PLAN + rates)
        bank.add("accounts.csv", "A5,C3,JPY,2024-01-01,,310\n")
        bank.extract("rates.csv", "CCY;DAY;MID\nJPY;2025-12-01;1.085,5\n")
        bank.run()

        assert [] == bank.rejects()
        assert "336537.00" == bank.averages()["C3"]


class TestRows:
    """No row counts twice or for nothing."""

    def test_the_whole_and_a_part(self, bank: BankFolder) -> None:
        """A file read whole and once more with a filter is refused."""
        part = TRANSACTIONS + 'where = { fact = "ACCT", equals = "A4" }\n'
        bank.file.write_text(PLAN + part, "utf-8")

        assert "transactions.csv once more" in faults(bank)

    def test_two_parts(self, bank: BankFolder) -> None:
        """A file of which two extracts take a part each is read as the whole would be."""
        one = TRANSACTIONS + 'where = { fact = "ACCT", equals = "A4" }\n'
        rest = TRANSACTIONS + 'where = { not = { fact = "ACCT", equals = "A4" } }\n'
        bank.file.write_text(HEADLESS + CUSTOMERS + ACCOUNTS + one + rest, "utf-8")
        bank.run()

        assert {"C1": "1579.00", "C2": "5000.00", "C3": "32.00"} == bank.averages()

    def test_a_packed_copy(self, bank: BankFolder) -> None:
        """A file beside its own packed copy is refused."""
        bank.file.write_text(PLAN.replace('"transactions*.csv"', '"transactions*"'), "utf-8")
        packed = gzip.compress(FILES["transactions.csv"].encode())
        bank.extract("transactions.csv.gz", packed)

        assert "transactions.csv.gz once more" in faults(bank)

    def test_a_bad_id_takes_its_own_row_only(self, bank: BankFolder) -> None:
        """A row with an id nobody may have does not take the good row of the same account along."""
        bank.add("accounts.csv", "A2,4111111111111111,EUR,2024-01-01,,100.00\n")
        summary = bank.run()
        accounts = next(held for held in summary.taken if held.table == "accounts")

        assert "doubtful" == bank.averages()["C1"]
        assert (5, 4, 1) == (accounts.read, accounts.kept, accounts.rejected)

    def test_counts_of_a_shared_file(self, tmp_path: Path, pages: list[Report]) -> None:
        """Two tables read from one file have counts of their own, which add up."""
        plan = PLAN.replace('files = ["customers.csv"]', 'files = ["accounts.csv"]')
        bank = make_bank(tmp_path / "bank", plan=plan)
        summary = bank.run()
        rows = [
            (held.table, held.read, held.kept, held.rejected)
            for held in summary.taken
            if held.file == "accounts.csv"
        ]
        (_, files) = (*tables_of(pages[0], "rejects")[:1], tables_of(pages[0], "quality")[0])

        assert [("customers", 4, 3, 1), ("accounts", 4, 4, 0)] == rows
        assert all(row[2] == row[3] + row[4] + row[5] for row in files.rows)  # type: ignore[operator]

    def test_the_line_of_another_file(self, bank: BankFolder) -> None:
        """A second row of an id names the file and the line of the first."""
        bank.file.write_text(PLAN.replace('"customers.csv"', '"customers*.csv"'), "utf-8")
        bank.extract("customers2.csv", "CUST\nC9\nC3\n")
        bank.run()

        assert "line 4 of customers.csv" in (bank.out / "rejects.csv").read_text("utf-8")

    def test_a_customer_whose_only_account_was_rejected(self, tmp_path: Path) -> None:
        """Without an extract of customers, one whose every account row was rejected is not lost."""
        bank = make_bank(tmp_path / "bank", plan=HEADLESS + ACCOUNTS + TRANSACTIONS)
        bank.add("accounts.csv", "A5,C5,EUR,20190502,,1.00\n")
        bank.run()

        assert {"C1", "C2", "C3", "C5"} == set(bank.rows())
        assert bank.rows()["C5"]["unknown"]


class TestMeasures:
    """What a rejected row would have said is not known."""

    def test_a_rejected_measure(self, tmp_path: Path) -> None:
        """A rejected average does not give way to what the accounts sum up to."""
        bank = make_bank(tmp_path / "bank", plan=PLAN + MEASURES)
        bank.extract("m.csv", "C,M,X\nC3,assets,50 000.00\nC2,assets,7.00\n")
        bank.run()

        assert {"C1": "1579.00", "C2": "7.00", "C3": "doubtful-measure"} == bank.averages()

    def test_a_name_the_policy_does_not_have(self, tmp_path: Path) -> None:
        """A measure the policy does not know is rejected, not left aside."""
        bank = make_bank(tmp_path / "bank", plan=PLAN + MEASURES)
        bank.extract("m.csv", "C,M,X\nC3,asset,5.00\n")
        bank.run()

        assert [("m.csv", "2", "M", "unknown-code")] == bank.rejects()

    def test_somebody_left_out_of_several_measures(self, tmp_path: Path) -> None:
        """Under several measures too a customer who is left out stays, and all of it is unknown."""
        bank = make_bank(tmp_path / "bank", plan=HEADLESS + CUSTOMERS + MEASURES, tiers=LOANS)
        lines = "C,M,X\n" + "".join(
            f"{c},{m},20000.00\n" for c in ("C1", "C2", "C3") for m in ("loans", "funds")
        )
        bank.extract("m.csv", lines)
        bank.run()
        bank.extract("customers.csv", "CUST\nC2\nC3\n")
        bank.extract("m.csv", lines.replace("C1,loans,20000.00\nC1,funds,20000.00\n", ""))
        told = bank.file.read_text("utf-8").replace(DAY, "2026-02-28")
        bank.file.write_text(told, "utf-8")
        bank.run()

        assert ("GOLD", "left-out") == tuple(
            bank.rows(day="2026-02-28")["C1"][name] for name in ("tier", "unknown")
        )

    @pytest.mark.parametrize("written", ["2026115", "202601015"])
    def test_a_day_with_a_digit_too_few_or_many(self, bank: BankFolder, written: str) -> None:
        """Where nothing stands between year, month and day, a lost digit makes no other day."""
        bank.file.write_text(PLAN + 'dates = "%Y%m%d"\n', "utf-8")
        bank.extract("transactions.csv", f"ACCT,DAY,AMT,BAL\nA1,{written},1.00,\n")
        bank.run()

        assert [("transactions.csv", "2", "DAY", "bad-date")] == bank.rejects()

    def test_a_form_with_an_offset(self, bank: BankFolder) -> None:
        """A date form with an offset is refused: the day is the bank's own."""
        bank.file.write_text(PLAN + 'dates = "%Y-%m-%dT%H:%M:%S%z"\n', "utf-8")

        assert "without an offset" in faults(bank)

    def test_balances_of_nothing_outside_an_accounts_life(self, tmp_path: Path) -> None:
        """A stated balance of nothing before opening or after closing contradicts nothing."""
        plan = (
            HEADLESS
            + CUSTOMERS
            + ACCOUNTS
            + (
                '[[extract]]\ntable = "balances"\nfiles = ["b.csv"]\n'
                'columns = { account = "ACCT", on = "DAY", balance = "BAL" }\n'
            )
        )
        bank = make_bank(tmp_path / "bank", plan=plan)
        bank.extract(
            "accounts.csv", "ACCT,CUST,CCY,OPEN,CLOSE,BF\nA1,C1,EUR,2026-01-11,2026-01-21,\n"
        )
        days = "A1,2026-01-01,0.00\nA1,2026-01-11,31.00\nA1,2026-01-25,0.00\n"
        bank.extract("b.csv", f"ACCT,DAY,BAL\n{days}")
        bank.run()

        assert [] == bank.rejects()
        assert "10.00" == bank.averages()["C1"]


class TestStates:
    """What stands in the record is what was decided, once."""

    def test_costs_that_are_not_in_force(self, tmp_path: Path) -> None:
        """Costs that begin later are refused before anything is decided."""
        plan = (
            head() + tiers_part(service_costs='"acme/costs"') + CUSTOMERS + ACCOUNTS + TRANSACTIONS
        )
        bank = make_bank(tmp_path / "bank", plan=plan)
        (bank.path / "policies" / "costs.toml").write_text(
            'id = "acme/costs"\nkind = "segmentation.service-costs"\n[[version]]\nsince = 2027-01-01\n'
            'source = { text = "Acme manual", clause = "3", checked = "own" }\n'
            'currency = "EUR"\nper = "month"\n[version.cost]\nquick_lane = "1.00"\n',
            "utf-8",
        )

        assert "tiers.service_costs" in faults(bank)
        assert {} == bank.results()

    def test_an_earlier_day_once_more(self, bank: BankFolder) -> None:
        """A day given again on its own extracts is the same, whoever joined since."""
        first = bank.run()
        before = bank.results(ignoring=("summary.json", "report.html"))
        bank.file.write_text(PLAN.replace(DAY, "2026-02-28"), "utf-8")
        bank.add("customers.csv", "C4\n")
        bank.add("accounts.csv", "A9,C4,EUR,2026-02-01,,90000.00\n")
        bank.run()
        for name, held in FILES.items():
            bank.extract(name, held)
        bank.file.write_text(PLAN, "utf-8")
        again = bank.run()
        after = bank.results(ignoring=("summary.json", "report.html"))

        assert (False, True) == (first.unchanged, again.unchanged)
        assert before == {name: after[name] for name in before}

    def test_a_record_stands_beside_its_plan(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A relative journal is the same one from whatever folder the run is given."""
        plan = (
            head(journal='"sqlite:///rec.db"') + tiers_part() + CUSTOMERS + ACCOUNTS + TRANSACTIONS
        )
        bank = make_bank(tmp_path / "bank", plan=plan)
        bank.run()
        monkeypatch.chdir(tmp_path)
        again = bank.run()

        assert again.unchanged
        assert (bank.path / "rec.db").exists()
        assert not (tmp_path / "rec.db").exists()

    def test_customers_of_tomorrow(self, bank: BankFolder) -> None:
        """Who opens a first account after a day is no customer on it."""
        months = '{ first = 2026-01-31, last = 2026-02-28, every = "month-end" }'
        bank.file.write_text(PLAN.replace(DAY, months), "utf-8")
        bank.add("customers.csv", "C4\n")
        bank.add("accounts.csv", "A9,C4,EUR,2026-02-01,,90000.00\n")
        summary = bank.run()

        assert [3, 4] == [held["tiers"]["customers"] for held in summary.days.values()]
        assert "C4" not in bank.rows()

    def test_the_summary_names_every_file(self, bank: BankFolder) -> None:
        """The summary on disk names the files the caller is told of."""
        summary = bank.run()
        written: dict[str, Any] = json.loads((bank.out / "summary.json").read_text("utf-8"))

        assert list(summary.files) == written["files"]
        assert {"report.html", "rejects.csv", "summary.json", f"{DAY}/tiers.csv"} <= set(
            summary.files
        )

    def test_unknown_at_the_base(self, bank: BankFolder) -> None:
        """Nobody is said to reach no tier whose measure is not known."""
        bank.add("transactions.csv", "A4,2026-01-99,1.00,\n")
        bank.run()

        assert "TIER_UNKNOWN_MEASURE" == bank.rows()["C3"]["reason"]

    def test_the_profile_is_named(self, bank: BankFolder, pages: list[Report]) -> None:
        """The institution profile stands among the policies of the report."""
        assert "acme/bank" in INSTITUTION

        bank.run()
        (table,) = tables_of(pages[0], "policies")

        assert {"acme/tiers", "acme/bank"} == {row[1] for row in table.rows}
