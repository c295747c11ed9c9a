"""
Stages and groups in a run: what the extracts tell, what they do not, and what comes late.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from run_tools import ACCOUNTS, DAY, BankFolder, head, make_bank, table, tiers_part

from bankservice.cli.commands import cli
from bankservice.core.errors import FaultsError

STAGES = """
id = "acme/stages"
kind = "lifecycle.stages"
[[version]]
since = 2020-01-01
source = { text = "Acme manual", clause = "7", checked = "own" }
zone = "Europe/Vienna"
kinds = "vocabulary/activity-kinds"
inactive_after = "P2M"
lost_after = "P4M"
"""

TREATMENTS = """
id = "acme/treatments"
kind = "lifecycle.treatments"
[[version]]
since = 2020-01-01
source = { text = "Acme manual", clause = "8", checked = "own" }
zone = "Europe/Vienna"
[[version.treatment]]
code = "visit"
title = { en = "Visit", zh = "回访" }
kind = "visit"
when = { fact = "stage", in = ["inactive", "lost"] }
cool_down = "P1Y"
within = "P14D"
channels = ["phone"]
"""

GROUPS = """
id = "acme/groups"
kind = "segmentation.groups"
[[version]]
since = 2020-01-01
source = { text = "Acme manual", clause = "9", checked = "own" }
[[version.behaviour]]
code = "spending"
title = { en = "Spending", zh = "消费型" }
when = { fact = "spending_share", at_least = 5000 }
[[version.segment]]
code = "general"
title = { en = "General", zh = "一般" }
[[version.segment]]
code = "owner"
title = { en = "Owner", zh = "企业主" }
customer_kind = "business_owner"
[[version.segment]]
code = "spender"
title = { en = "Spender", zh = "消费客户" }
behaviour = "spending"
when = { fact = "customer_kind", equals = "person" }
"""

CUSTOMERS = """
[[extract]]
table = "customers"
files = ["customers.csv"]
columns = { customer = "CUST", known_on = "KNOWN", customer_kind = "KIND" }
"""

TRANSACTIONS = """
[[extract]]
table = "transactions"
files = ["transactions*.csv"]
columns = { account = "ACCT", on = "DAY", amount = "AMT", kind = "WHAT" }
"""

FILES = {
    "customers.csv": (
        "CUST,KNOWN,KIND\n"
        "C1,2025-01-10,person\nC2,2025-01-10,person\nC3,2025-01-10,business_owner\n"
        "C4,2025-12-20,person\nC5,2026-03-01,person\n"
    ),
    "accounts.csv": (
        "ACCT,CUST,CCY,OPEN,CLOSE,BF\n"
        "A1,C1,EUR,2025-01-10,,0.00\n"
        "A2,C2,EUR,2025-01-10,,0.00\n"
        "A3,C3,EUR,2025-01-10,2026-01-20,0.00\n"
    ),
    "transactions.csv": (
        "ACCT,DAY,AMT,WHAT\n"
        "A1,2025-01-10,500.00,pay\n"
        "A1,2025-12-15,-300.00,card\n"
        "A1,2026-01-11,-31.00,card\n"
        "A2,2025-01-10,900.00,pay\n"
        "A2,2025-10-31,-5.00,card\n"
        "A2,2026-01-16,2.00,interest\n"
        "A3,2025-12-30,80.00,pay\n"
        "A3,2026-01-20,-80.00,pay\n"
    ),
}

PART = """
[stages]
policy = "acme/stages"
treatments = "acme/treatments"
[stages.kinds]
pay = { kind = "transfer" }
card = { kind = "spending" }
interest = { kind = "interest", initiator = "bank" }
"""

GROUPED = """
[groups]
policy = "acme/groups"
window = "P3M"
kinds = { pay = "transfer", card = "spending", interest = "" }
rfm = { scores = 2, money = "turnover" }
"""

PLAN = head() + PART + CUSTOMERS + ACCOUNTS + TRANSACTIONS


def bank_of(path: Path, plan: str = PLAN, **files: str) -> BankFolder:
    """
    Return a bank of the files above, some of them replaced.
    """
    named = {f"{name}.csv": text for name, text in files.items()}
    bank = make_bank(path, plan=plan, files={**FILES, **named})
    for name, text in (("stages", STAGES), ("treatments", TREATMENTS), ("groups", GROUPS)):
        (path / "policies" / f"{name}.toml").write_text(text, "utf-8")
    return bank


def stages_of(bank: BankFolder, day: str = DAY) -> dict[str, str]:
    """
    Return customer → stage and its first day, or why there is none.
    """
    return {
        who: row["unknown"] or f"{row['stage']} {row['since']}"
        for who, row in bank.rows("stages", day).items()
    }


class TestStages:
    """
    Who stands where on the last day of January.
    """

    def test_stages_follow_from_days(self, tmp_path: Path) -> None:
        """
        Interest makes nobody active, a closed account loses its holder on that day, a prospect has
        no account, and who is known only later is not in the book.
        """
        bank = bank_of(tmp_path)
        ran = bank.run()
        told = next(iter(ran.days.values()))["stages"]

        assert {
            "C1": "active 2026-01-11",
            "C2": "inactive 2026-01-01",
            "C3": "lost 2026-01-20",
            "C4": "prospect 2025-12-20",
        } == stages_of(bank)
        assert {} == told["unknown"]
        assert ["C2", "C3"] == [row["customer"] for row in table(bank.out / DAY / "treatments.csv")]

    def test_again_changes_nothing(self, tmp_path: Path) -> None:
        """
        The same extracts again write nothing and tell the same, to the byte.
        """
        bank = bank_of(tmp_path)
        first = bank.run()
        before = bank.results()
        again = bank.run()

        assert (False, True) == (first.unchanged, again.unchanged)
        assert before == bank.results()

    def test_late_rows_correct(self, tmp_path: Path) -> None:
        """
        A row that comes late is put in its place: what was said of the days after it is corrected.
        """
        bank = bank_of(tmp_path)
        bank.run()
        bank.add("transactions.csv", "A2,2025-12-24,-7.00,card\n")
        told = next(iter(bank.run().days.values()))["stages"]

        assert ("corrected", 1) == (told["decided"], told["corrected"])
        assert "active 2025-12-24" == stages_of(bank)["C2"]

    def test_rows_taken_back_are_told(self, tmp_path: Path) -> None:
        """
        A day on record that the extracts no longer tell stays, and is told.
        """
        bank = bank_of(tmp_path)
        bank.run()
        bank.extract(
            "transactions.csv", FILES["transactions.csv"].replace("A2,2025-10-31", "A2,2025-10-30")
        )
        told = next(iter(bank.run().days.values()))["stages"]

        assert 1 == told["differs"]

    def test_unreadable_day_is_not_long_ago(self, tmp_path: Path) -> None:
        """
        Whose row has a day nobody can read is undecided, not lost; a row with a bad amount still
        tells its day.
        """
        rows = FILES["transactions.csv"] + "A2,2026-01-32,-5.00,card\nA1,2026-01-30,x,card\n"
        bank = bank_of(tmp_path, transactions=rows)
        bank.run()
        held = bank.rows("stages")

        assert "doubtful-activity" == stages_of(bank)["C2"]
        assert "2026-01-30" == held["C1"]["last_activity_on"]

    def test_time_not_told(self, tmp_path: Path) -> None:
        """
        Of the time before the extracts begin nothing is known: no clock runs in it.
        """
        late = FILES["transactions.csv"].replace("A1,2025-01-10", "A1,2026-01-10")
        rows = "\n".join(
            row for row in late.splitlines() if "2025-01-10" not in row and "2025-10" not in row
        )
        plan = PLAN.replace('treatments = "acme/treatments"', "told_since = 2025-12-01")
        bank = bank_of(tmp_path, plan, transactions=rows + "\n")
        bank.run()
        held = stages_of(bank)

        assert "first_time 2025-01-10" == held["C2"]
        assert "active 2025-12-15" == held["C1"]

    def test_files_of_several_days(self, tmp_path: Path) -> None:
        """
        Decided in one month after the other, everybody stands where one decision puts them, and
        the flow of each month is that of its days.
        """
        months = '{ first = 2025-12-31, last = 2026-01-31, every = "month-end" }'
        bank = bank_of(tmp_path / "two", PLAN.replace(DAY, months, 1))
        bank.run()
        one = bank_of(tmp_path / "one")
        one.run()
        flow = [
            (row["on"], row["from"], row["to"]) for row in table(bank.out / DAY / "stage-flow.csv")
        ]

        assert stages_of(one) == stages_of(bank)
        assert [
            ("2026-01-01", "won_back", "inactive"),
            ("2026-01-11", "won_back", "active"),
            ("2026-01-20", "active", "lost"),
            ("2026-01-20", "first_time", "active"),
        ] == [move for move in flow if move[0] > "2025-12-31"]


@pytest.mark.parametrize(
    ("was", "now", "path"),
    [
        ('kind = "spending"', 'kind = "spendink"', "stages.kinds.card"),
        ('policy = "acme/stages"', 'policy = "acme/tiers"', "stages.policy"),
        ("treatments = ", "told_since = 2026-03-01\ntreatments = ", "stages.told_since"),
        (', kind = "WHAT"', "", "extract[2].columns"),
    ],
)
def test_bad_plans_are_refused(tmp_path: Path, was: str, now: str, path: str) -> None:
    """
    What the plan says wrongly of stages is refused with its place, and nothing is decided.
    """
    bank = bank_of(tmp_path, PLAN.replace(was, now))

    with pytest.raises(FaultsError) as caught:
        bank.run()

    assert path in {fault.path for fault in caught.value.faults}
    assert not (bank.out / DAY).exists()


class TestGroups:
    """
    Which group customers are in.
    """

    PLAN = head() + PART + GROUPED + CUSTOMERS + ACCOUNTS + TRANSACTIONS

    def test_segments_scores_and_again(self, tmp_path: Path) -> None:
        """
        The most specific segment is told; without turnover in the window behaviour is not known;
        who never did business scores nothing; the same again writes nothing.
        """
        bank = bank_of(tmp_path, self.PLAN)
        bank.run()
        held = bank.rows("groups")
        cells = {who: row["cell"] for who, row in bank.rows("rfm").items()}

        assert ("spender", "general", "owner") == tuple(
            held[who]["segment"] or "general" for who in ("C1", "C2", "C3")
        )
        assert "spending_share" == held["C2"]["unknown"]
        assert "000" == cells["C4"]
        assert (bank.out / DAY / "rfm-cuts.policy.toml").is_file()
        assert bank.run().unchanged

    def test_money_needs_tiers(self, tmp_path: Path) -> None:
        """
        Average assets are measured by the tiers; without them the plan is refused.
        """
        bank = bank_of(tmp_path, self.PLAN.replace('"turnover"', '"assets"'))

        with pytest.raises(FaultsError, match=r"groups\.rfm\.money"):
            bank.run()

    def test_beside_tiers(self, tmp_path: Path) -> None:
        """
        With tiers in the run, segments are told beside them.
        """
        bank = bank_of(tmp_path, self.PLAN + tiers_part())
        bank.run()

        assert {"BASE"} == {row["tier"] for row in bank.rows("groups").values() if row["tier"]}


class TestTreated:
    """
    Who is visited, and what is taken back.
    """

    LAPSING = TREATMENTS.replace(
        'channels = ["phone"]', 'channels = ["phone"]\nlapses_with_stage = true'
    ).replace('within = "P14D"', 'within = "P3M"')
    MONTHS = '{ first = 2026-01-31, last = 2026-02-28, every = "month-end" }'

    def test_nobody_who_died_is_visited(self, tmp_path: Path) -> None:
        """
        Who was lost first and died later keeps the reason of the stage, and is not visited.
        """
        columns = 'customer_kind = "KIND", ended_on = "END", ended_by = "WHY" }'
        rows = (
            "CUST,KNOWN,KIND,END,WHY\n"
            "C1,2025-01-10,person,,\nC2,2025-01-10,person,,\n"
            "C3,2025-01-10,business_owner,2026-01-25,deceased\n"
        )
        plan = PLAN.replace('customer_kind = "KIND" }', columns)
        bank = bank_of(tmp_path, plan, customers=rows)
        bank.run()

        assert "lost 2026-01-20" == stages_of(bank)["C3"]
        assert ["C2"] == [row["customer"] for row in table(bank.out / DAY / "treatments.csv")]

    def test_what_lapses_is_taken_back(self, tmp_path: Path) -> None:
        """
        Who comes back before the visit is not visited, though nothing is meant for them now.
        """
        rows = FILES["transactions.csv"] + "A2,2026-02-10,-5.00,card\n"
        bank = bank_of(tmp_path, PLAN.replace(DAY, self.MONTHS, 1), transactions=rows)
        (tmp_path / "policies" / "treatments.toml").write_text(self.LAPSING, "utf-8")
        last = bank.run().days
        told = last[max(last)]["stages"]["treatments"]

        assert "active 2026-02-10" == stages_of(bank, "2026-02-28")["C2"]
        assert {"open": 1, "withdrawn": 1} == told["status"]


def test_told_at_the_terminal(tmp_path: Path) -> None:
    """
    The command line tells of stages and groups as of every part: no day is to be run again.
    """
    bank = bank_of(tmp_path, TestGroups.PLAN)
    result = CliRunner().invoke(cli, ["run", str(bank.file), "-q"])

    assert 0 == result.exit_code
    assert "to be run again" not in result.output
