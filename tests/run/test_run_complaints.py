"""
A run takes complaints: what it tells follows from the rows, what it keeps is never guessed.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from complaint_tools import COLUMNS, HEADER, PART, PLAN, ROWS, cases, make, record
from effort import some
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from run_tools import BankFolder, head, table

from bankservice.complaints import CaseStatus
from bankservice.core.errors import FaultsError

DAY = date(2026, 1, 31)


@pytest.fixture
def bank(tmp_path: Path) -> BankFolder:
    """Return the bank of `ROWS`."""
    return make(tmp_path)


class TestHonest:
    """What is told is what the rows say."""

    def test_each_case(self, bank: BankFolder) -> None:
        """Each case stands as its row says, and its clock is judged by the day of the answer."""
        bank.run()
        told = {
            case: (row["status"], row["verdict"], row["answered_on"], row["due_on"])
            for case, row in cases(bank).items()
        }

        assert {
            "K1": ("closed", "in_time", "2026-01-12", ""),
            "K2": ("answered", "late", "2026-01-20", ""),
            "K3": ("open", "late", "", ""),
            "K4": ("open", "pending", "", "2026-02-07"),
            "K5": ("withdrawn", "cancelled", "", ""),
        } == told

    def test_summary(self, bank: BankFolder) -> None:
        """Counts are those of the cases; what is late and open counts, what was withdrawn not."""
        told = bank.run().days[DAY]["complaints"]

        assert (5, 2, 1, 1, 3) == tuple(
            told[name] for name in ("received", "open", "late", "in_time", "judged")
        )
        assert ("first", 0, 0) == (told["decided"], told["differs"], told["refused"])

    def test_record(self, bank: BankFolder) -> None:
        """
        The record has each case with its clock, and the notice of every crossed deadline. An answer
        that names no ways on is no final one, so its case stays open there.
        """
        bank.run()
        with record(bank) as held:
            views = {case: held.complaints.view(case) for case in ("K1", "K2", "K3", "K4", "K5")}
            kinds = {case: [kind for _, _, kind in held.complaints.history(case)] for case in views}

        assert {
            "K1": CaseStatus.CLOSED,
            "K2": CaseStatus.OPEN,
            "K3": CaseStatus.OPEN,
            "K4": CaseStatus.OPEN,
            "K5": CaseStatus.WITHDRAWN,
        } == {case: view.state for case, view in views.items()}
        assert [1, 1, 0] == [
            sum("notic" in kind.lower() for kind in kinds[case]) for case in ("K2", "K3", "K4")
        ]
        assert "2026-01-12" == str(views["K1"].clocks["answer"].last_day)

    def test_later_day(self, bank: BankFolder) -> None:
        """A later day with a newer extract brings progress, and keeps what stood."""
        bank.run()
        bank.extract(
            "complaints.csv",
            HEADER + ROWS.replace("B2,O,,\nK4", "B2,C,2026-02-03,2026-02-04\nK4"),
        )
        told = bank.run(days=(date(2026, 2, 28),)).days[date(2026, 2, 28)]["complaints"]
        later = cases(bank, "2026-02-28")

        assert ("closed", "2026-02-03") == (later["K3"]["status"], later["K3"]["answered_on"])
        assert ("open", "late") == (later["K4"]["status"], later["K4"]["verdict"])
        assert ("first", 0) == (told["decided"], told["differs"])

    def test_days_of_the_past(self, tmp_path: Path) -> None:
        """A day before the end is told as it was: who was not answered by then was open."""
        bank = make(tmp_path)
        first = date(2026, 1, 15)
        bank.run(days=(first, DAY))
        told = cases(bank, "2026-01-15")

        assert {"K1", "K2", "K3", "K5"} == set(told)
        assert ("open", "late") == (told["K2"]["status"], told["K2"]["verdict"])
        assert ("open", "pending") == (told["K3"]["status"], told["K3"]["verdict"])

    def test_files(self, bank: BankFolder) -> None:
        """Clocks, surges and statistics are files of their own, with the same numbers."""
        bank.run()
        clocks = table(bank.out / "2026-01-31" / "complaint-clocks.csv")
        groups = table(bank.out / "2026-01-31" / "complaint-statistics.csv")

        assert 5 == len(clocks)
        assert [("acme/promise/answer", "2026-01-12")] == [
            (row["clock"], row["last_day"]) for row in clocks if row["case"] == "K1"
        ]
        assert [("5", "1", "3", "0.3333")] == [
            (row["received"], row["in_time"], row["judged"], row["share"])
            for row in groups
            if row["group"] == "all"
        ]
        assert [] == table(bank.out / "2026-01-31" / "complaint-surges.csv")

    def test_grave_case(self, tmp_path: Path) -> None:
        """A leak of data is grave by itself; of the others it is not known who lost money."""
        bank = make(tmp_path, ROWS + "K6,C9,2026-01-20,web,loan,leak,,B3,O,,\n")
        bank.run()
        told = cases(bank)

        assert ("true", "data-leak") == (told["K6"]["grave"], told["K6"]["why"])
        assert ("", "vulnerable;loss") == (told["K1"]["grave"], told["K1"]["why"])

    def test_surge(self, tmp_path: Path) -> None:
        """A branch with many times its usual week is found, in the week it happened."""
        start = date(2025, 9, 1)
        rows = [(start + timedelta(days=7 * week), "B1") for week in range(21)]
        rows += [(date(2026, 1, 20), "B9") for _ in range(15)]
        text = "".join(
            f"S{place},C{place},{on},web,loan,fee,,{branch},A,{on},\n"
            for place, (on, branch) in enumerate(rows)
        )
        bank = make(tmp_path, text)
        bank.run()
        found = table(bank.out / "2026-01-31" / "complaint-surges.csv")

        assert ("branch", "B9", "2026-01-25", "15") in {
            (row["series"], row["code"], row["raised_on"], row["cases"]) for row in found
        }
        assert "B1" not in {row["code"] for row in found}

    @pytest.mark.parametrize("locale", ["en", "zh_CN"])
    def test_report(self, bank: BankFolder, locale: str) -> None:
        """The report tells of complaints in the reader's language, and leaves no code unworded."""
        bank.run(locale=locale)
        page = (bank.out / "report.html").read_text("utf-8")

        assert 'id="complaints"' in page
        assert 'id="complaint-timeliness"' in page
        assert {"en": "Unexpected", "zh_CN": "意外收费"}[locale][:2].lower() in page.lower()
        assert "complaints-" not in page.replace("complaints-title", "").replace(
            "complaints-chart", ""
        )


class TestUndated:
    """An extract that says that a case was answered, and not when."""

    COLUMNS = (
        COLUMNS.replace('answered_on = "ANSWERED"\nclosed_on = "CLOSED"\n', "").replace(
            "[extract.columns]\n",
            "drawn_on = 2026-01-12\n[extract.columns]\n",
        )
        + 'timely = { column = "OK", codes = { Y = "yes", N = "no" } }\n'
    )
    HEADER = "ID,CUST,CAME,VIA,PROD,WHAT,CAUSE,BR,ST,OK\n"

    def bank(self, path: Path, rows: str) -> BankFolder:
        """Return a bank whose extract was drawn on 12 January."""
        return make(path, rows, plan=head() + PART + self.COLUMNS, header=self.HEADER)

    def test_never_guessed(self, tmp_path: Path) -> None:
        """It is in time where even the day of the extract is; otherwise nobody knows."""
        bank = self.bank(
            tmp_path,
            "K1,C1,2026-01-05,web,loan,fee,,B1,C,Y\nK2,C2,2025-12-20,web,loan,fee,,B1,C,Y\n"
            "K3,C3,2025-12-20,web,loan,fee,,B1,C,N\nK4,C4,2025-12-20,web,loan,fee,,B1,O,N\n"
            "K5,C5,2025-12-20,web,loan,fee,,B1,C,\n",
        )
        told = bank.run().days[DAY]["complaints"]
        held = {
            case: (row["status"], row["verdict"], row["stated"], row["answered_on"])
            for case, row in cases(bank).items()
        }

        assert {
            "K1": ("closed", "in_time", "in_time", ""),
            "K2": ("closed", "unknown", "in_time", ""),
            "K3": ("closed", "unknown", "late", ""),
            "K4": ("open", "late", "late", ""),
            "K5": ("closed", "unknown", "", ""),
        } == held
        assert (1, 2, 4, 1) == tuple(told[n] for n in ("in_time", "judged", "undated", "stale"))

    def test_nothing_is_known_after(self, tmp_path: Path) -> None:
        """A case that was open when the extract was drawn is not late by a later day."""
        bank = self.bank(tmp_path, "K1,C1,2026-01-10,web,loan,fee,,B1,O,Y\n")
        told = bank.run().days[DAY]["complaints"]

        assert ("open", "pending", "2026-01-12") == tuple(
            cases(bank)["K1"][name] for name in ("status", "verdict", "told_on")
        )
        assert (0, 1) == (told["open"], told["stale"])

    def test_again(self, tmp_path: Path) -> None:
        """The same again writes nothing."""
        bank = self.bank(tmp_path, "K1,C1,2025-12-20,web,loan,fee,,B1,C,Y\n")
        bank.run()

        assert bank.run().unchanged


class TestAgain:
    """The same again changes nothing; what differs from the record is told."""

    def test_same(self, bank: BankFolder) -> None:
        """The second run writes nothing and tells the same."""
        bank.run()
        before = bank.results()
        again = bank.run()

        assert again.unchanged
        assert 0 == again.days[DAY]["complaints"]["written"]
        assert before == bank.results()

    @pytest.mark.parametrize(
        ("was", "becomes", "field"),
        [
            ("K1,C1,2026-01-02", "K1,C1,2026-01-01", "CAME"),
            ("K1,C1,", "K1,C8,", "CUST"),
            ("C,2026-01-12,", "C,2026-01-11,", "ANSWERED"),
        ],
    )
    def test_record_stands(self, bank: BankFolder, was: str, becomes: str, field: str) -> None:
        """An extract that says otherwise changes no record; the line is told."""
        bank.run()
        bank.extract("complaints.csv", HEADER + ROWS.replace(was, becomes))
        told = bank.run().days[DAY]["complaints"]

        assert ("complaints.csv", "2", field, "record-differs") in bank.rejects()
        assert (1, 0) == (told["differs"], told["written"])

    def test_killed(self, bank: BankFolder, monkeypatch: pytest.MonkeyPatch) -> None:
        """What was written before a run stopped is not written twice."""
        from bankservice.run import complaints

        monkeypatch.setattr(complaints, "BATCH", 2)
        whole = bank.run(output=bank.path / "whole").days[DAY]["complaints"]["written"]

        def stop(stage: str, done: int, total: int) -> None:
            if stage.startswith("complaints") and done == 4:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            bank.run(watch=stop)
        rest = bank.run().days[DAY]["complaints"]

        assert 0 < rest["written"] < whole
        assert bank.run().unchanged

    @settings(
        max_examples=some(15),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(order=st.permutations(ROWS.splitlines(keepends=True)))
    def test_order_of_rows(
        self, order: list[str], tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """The order of the rows changes nothing that is told."""
        bank = make(tmp_path_factory.mktemp("order"), "".join(order))
        bank.run()

        assert {
            "K1": "in_time",
            "K2": "late",
            "K3": "late",
            "K4": "pending",
            "K5": "cancelled",
        } == {case: row["verdict"] for case, row in cases(bank).items()}


class TestBadInput:
    """Whatever does not fit is named with its line, and the rest counts."""

    @pytest.mark.parametrize(
        ("row", "field", "code"),
        [
            ("X,C1,2026-02-30,web,loan,fee,,B1,O,,", "CAME", "bad-date"),
            ("X,C1,,web,loan,fee,,B1,O,,", "CAME", "missing"),
            (",C1,2026-01-02,web,loan,fee,,B1,O,,", "ID", "missing"),
            ("X,C1,2026-01-05,web,loan,fee,,B1,A,2026-01-04,", "ANSWERED", "before-received"),
            (
                "X,C1,2026-01-05,web,loan,fee,,B1,C,2026-01-09,2026-01-08",
                "CLOSED",
                "closed-before-answered",
            ),
            ("X,C1,2026-01-05,web,loan,fee,,B1,O,2026-01-09,", "ST", "status-disagrees"),
            ("X,C1,2026-01-05,web,loan,fee,,B1,?,,", "ST", "unknown-code"),
            ("4111111111111111,C1,2026-01-05,web,loan,fee,,B1,O,,", "ID", "bad-id"),
            ("K1,C1,2026-01-02,web,loan,fee,staff,B1,C,2026-01-12,2026-01-15", "ID", "duplicate"),
            ("K1,C1,2026-01-02,web,loan,fee,,B7,O,,", "ID", "contradicts"),
        ],
    )
    def test_rejected(self, tmp_path: Path, row: str, field: str, code: str) -> None:
        """A bad row is told with file, line, field and reason, and no other is lost."""
        bank = make(tmp_path, f"{ROWS}{row}\n")
        ran = bank.run()

        assert [("complaints.csv", "7", field, code)] == bank.rejects()
        assert {"K1", "K2", "K3", "K4", "K5"} == set(cases(bank))
        assert [(6, 1)] == [(held.read, held.rejected) for held in ran.taken]

    def test_sent_before_received(self, tmp_path: Path) -> None:
        """What an authority passed on before it came is rejected; otherwise clocks begin then."""
        plan = PLAN.replace('branch = "BR"', 'branch = "BR"\nsent_on = "SENT"')
        header = HEADER.replace("CAME", "CAME,SENT")
        rows = (
            "K1,C1,2026-01-05,2026-01-04,web,loan,fee,,B1,O,,\n"
            "K2,C2,2026-01-05,2026-01-25,web,loan,fee,,B1,O,,\n"
        )
        bank = make(tmp_path, rows, plan=plan, header=header)
        bank.run()

        assert [("complaints.csv", "2", "SENT", "sent-before-received")] == bank.rejects()
        assert ("2026-01-05", "2026-01-25", "2026-02-04") == tuple(
            cases(bank)["K2"][name] for name in ("received_on", "start_on", "due_on")
        )

    def test_unknown_values_are_kept(self, tmp_path: Path) -> None:
        """A value that is no code is unknown, is counted, and takes no row away."""
        bank = make(tmp_path, ROWS + "K6,C6,2026-01-20,fax,loan,Odd,,B1,O,,\n")
        ran = bank.run()
        page = (bank.out / "report.html").read_text("utf-8")

        assert ("", "") == (cases(bank)["K6"]["channel"], cases(bank)["K6"]["issue"])
        assert 0 == ran.rejects
        assert 'id="complaint-unknown"' in page
        assert "Odd" not in page

    def test_local_times(self, tmp_path: Path) -> None:
        """A time that the zone does not have is rejected; of one it has twice the cautious counts."""
        plan = PLAN.replace(
            'received_on = "CAME"', 'received_at = { column = "CAME", dates = "%Y-%m-%d %H:%M" }'
        ).replace("2026-01-31", "2026-03-31")
        rows = (
            "K1,C1,2026-03-29 02:30,web,loan,fee,,B1,O,,\n"
            "K2,C2,2025-10-26 02:30,web,loan,fee,,B1,O,,\n"
        )
        bank = make(tmp_path, rows, plan=plan)
        bank.run()
        with record(bank) as held:
            received = held.complaints.view("K2").received_at

        assert [("complaints.csv", "2", "CAME", "no-such-time")] == bank.rejects()
        assert received is not None
        assert "2025-10-26T02:30:00+02:00" == received.isoformat()

    @pytest.mark.parametrize(
        ("was", "becomes", "path"),
        [
            ('"acme/promise"]', '"acme/promis"]', "complaints.policies[0]"),
            ('"acme/promise"]', '"acme/bank"]', "complaints.policies[0]"),
            ('["acme/promise"]', "[]", "complaints.policies"),
            ('"waiting"', '"waitin"', "extract[0].columns.issue"),
            ('received_on = "CAME"', "", "extract[0].columns"),
            ('table = "complaints"', 'table = "rates"', "extract[0].columns.case"),
        ],
    )
    def test_plan(self, tmp_path: Path, was: str, becomes: str, path: str) -> None:
        """A plan with a fault is refused before anything is read, with the path."""
        bank = make(tmp_path, plan=PLAN.replace(was, becomes))

        with pytest.raises(FaultsError) as caught:
            bank.run()

        assert path in {fault.path for fault in caught.value.faults}

    def test_beside_tiers(self, tmp_path: Path) -> None:
        """Both parts run in one plan, each with its own days and files."""
        from run_tools import ACCOUNTS, CUSTOMERS, FILES, TRANSACTIONS, make_bank, tiers_part

        plan = head() + tiers_part() + PART + CUSTOMERS + ACCOUNTS + TRANSACTIONS + COLUMNS
        bank = make(tmp_path)
        make_bank(tmp_path, plan=plan, files={**FILES, "complaints.csv": HEADER + ROWS})
        ran = bank.run()

        assert {"tiers", "complaints"} == set(ran.days[DAY])
        assert {"2026-01-31/tiers.csv", "2026-01-31/complaints.csv"} <= set(ran.files)

    def test_drawn_on_is_for_complaints(self, tmp_path: Path) -> None:
        """A day on which it was drawn means nothing for other tables, and is refused."""
        from run_tools import ACCOUNTS

        accounts = ACCOUNTS.replace("columns", "drawn_on = 2026-01-31\ncolumns", 1)
        bank = make(tmp_path, plan=PLAN + accounts)

        with pytest.raises(FaultsError) as caught:
            bank.run()

        assert "extract[1].drawn_on" in {fault.path for fault in caught.value.faults}


def test_told_last_is_believed(tmp_path: Path) -> None:
    """Of two extracts that tell of one case the one drawn later counts, whatever their order."""
    plan = (
        head()
        + PART
        + COLUMNS.replace("complaints*", "complaints").replace(
            "[extract.columns]", "drawn_on = 2026-01-31\n[extract.columns]"
        )
        + COLUMNS.replace("complaints*", "earlier").replace(
            "[extract.columns]", "drawn_on = 2026-01-10\n[extract.columns]"
        )
    )
    bank = make(tmp_path, plan=plan)
    bank.extract("earlier.csv", HEADER + "K1,C1,2026-01-02,web,loan,fee,,B1,O,,\n")
    bank.run()

    assert ("closed", "2026-01-31") == tuple(
        cases(bank)["K1"][name] for name in ("status", "told_on")
    )
