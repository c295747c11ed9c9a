"""
`bankservice run` with surveys: what is scored, what is rejected, what is kept back, what is heard.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from run_tools import LATER, BankFolder, head, make_bank, table

from bankservice.bank import open_bank
from bankservice.core.errors import FaultsError
from bankservice.run import Summary

DAY = "2026-06-30"
ASKED = (
    "recommend",
    "satisfaction",
    "speed.perception",
    "speed.expectation",
    "staff-attitude.perception",
    "comfort.perception",
)

SURVEY = """
[survey]
questionnaire = "satisfaction/relationship"
"""
ANSWERS = """
[[extract]]
table = "answers"
files = ["answers.csv"]

[extract.columns]
answer = "ID"
customer = "CUST"
at = { column = "AT", dates = "%Y-%m-%d %H:%M" }
branch = "BRANCH"
recommend = "Q1"
satisfaction = "Q2"
"speed.perception" = "Q3"
"speed.expectation" = "Q4"
"staff-attitude.perception" = "Q5"
"comfort.perception" = "Q6"
"""
INVITATIONS = """invitation = "INV"

[[extract]]
table = "invitations"
files = ["invitations.csv"]
columns = { invitation = "INV", customer = "CUST", on = "DAY", wave = "WAVE", outcome = "END" }
"""
CUSTOMERS = """
[[extract]]
table = "customers"
files = ["customers.csv"]
columns = { customer = "CUST", region = "REGION", born_on = "BORN" }
"""
HEADER = "ID,CUST,AT,BRANCH,Q1,Q2,Q3,Q4,Q5,Q6"


def sheet(number: int, *said: int | str, at: str = "2026-05-04 10:00", branch: str = "B1") -> str:
    """Return one line of answers, by Q1 to Q6."""
    codes = ",".join(str(held) for held in (*said, *(4,) * (6 - len(said))))
    return f"A{number},C{number},{at},{branch},{codes}"


def bank_of(
    path: Path,
    lines: Iterable[str],
    *,
    survey: str = SURVEY,
    more: str = "",
    files: dict[str, str] | None = None,
    as_of: str = DAY,
    header: str = HEADER,
) -> BankFolder:
    """Write a bank with a survey alone."""
    plan = head(as_of) + survey + ANSWERS + more
    text = "\n".join((header, *lines)) + "\n"
    return make_bank(path, plan=plan, files={"answers.csv": text, **(files or {})})


def scored(bank: BankFolder, name: str, *by: str) -> dict[tuple[str, ...], dict[str, str]]:
    """Return the rows of a result of the last day, by columns."""
    rows = table(bank.out / DAY / f"survey-{name}.csv")
    return {tuple(row[each] for each in by): row for row in rows}


def nps(codes: Iterable[int]) -> Decimal:
    """Return the net promoter score of answers, in points."""
    held = list(codes)
    return Decimal(100 * sum((c > 8) - (c < 7) for c in held)) / len(held)


class TestScores:
    """What a run tells of waves."""

    def test_two_waves(self, tmp_path: Path) -> None:
        """A known change between two quarters has its verdict, and none where nothing changed."""
        rng = Random(9)
        before = [rng.choice((5, 6, 7, 8, 9)) for _ in range(150)]
        after = [rng.choice((6, 8, 9, 10, 10)) for _ in range(150)]
        lines = [sheet(n, code, 4, 5) for n, code in enumerate(before)]
        lines = [line.replace("2026-05-04", "2026-02-04") for line in lines]
        lines += [sheet(1000 + n, code, 4, 5) for n, code in enumerate(after)]
        bank = bank_of(tmp_path, lines)

        summary = bank.run()

        rows = scored(bank, "scores", "wave", "item", "self_selected")
        first = rows["2026-Q1", "recommend", "false"]
        last = rows["2026-Q2", "recommend", "false"]
        difference = Decimal(last["difference"])
        assert abs(nps(before) - Decimal(first["score"])) < Decimal("1e-9")
        assert abs(nps(after) - Decimal(last["score"])) < Decimal("1e-9")
        assert abs(nps(after) - nps(before) - difference) < Decimal("1e-9")
        assert (first["verdict"], last["verdict"]) == ("", "improved")
        assert abs(difference) > Decimal(last["detectable"]) > 0
        assert rows["2026-Q2", "speed.perception", "false"]["verdict"] == "no-evidence"
        assert summary.days[bank_day(summary)]["survey"]["waves"] == 2

    def test_days_see_what_was_known(self, tmp_path: Path) -> None:
        """A day is scored by what was answered by its end."""
        lines = [sheet(n, 9, at="2026-05-04 10:00") for n in range(40)]
        lines += [sheet(100 + n, 2, at="2026-06-04 10:00") for n in range(40)]
        days = '{ first = 2026-05-31, last = 2026-06-30, every = "month-end" }'
        bank = bank_of(tmp_path, lines, as_of=days)

        bank.run()

        early = table(bank.out / "2026-05-31" / "survey-scores.csv")
        assert {row["base"] for row in early if row["item"] == "recommend"} == {"40"}
        assert scored(bank, "scores", "item")["recommend",]["base"] == "80"

    def test_small_branches_are_not_told(self, tmp_path: Path) -> None:
        """A unit of too few answers has no number, nor one from which it would follow."""
        lines = [sheet(n, n % 11, branch="B1") for n in range(60)]
        lines += [sheet(100 + n, n % 11, branch="B2") for n in range(33)]
        lines += [sheet(200 + n, n % 11, branch="B3") for n in range(7)]
        bank = bank_of(tmp_path, lines)

        bank.run()

        rows = scored(bank, "units", "unit", "item")
        told = {unit: rows[unit, "recommend"]["why"] for unit in ("B1", "B2", "B3")}
        assert told == {"B1": "", "B2": "complementary", "B3": "below-floor"}
        for unit in ("B2", "B3"):
            held = rows[unit, "recommend"]
            assert {held[name] for name in ("score", "low", "high", "base", "shrunk", "rank")} == {
                ""
            }

        page = (bank.out / "report.html").read_text("utf-8")
        assert "too few" in page
        assert "kept back" in page

    def test_weights_meet_the_customers(self, tmp_path: Path) -> None:
        """Answers are weighted to the customers; who answers more counts for less each."""
        lines = [sheet(n, 10 if n < 60 else 0) for n in range(80)]
        people = "CUST,REGION,BORN\n" + "".join(
            f"C{n},{'north' if n < 60 or n >= 90 else 'south'},1980-01-01\n" for n in range(120)
        )
        survey = SURVEY + 'population = ["region"]\n'
        bank = bank_of(
            tmp_path, lines, survey=survey, more=CUSTOMERS, files={"customers.csv": people}
        )

        bank.run()

        # 90 of the 120 are of the north, of whom 60 answered, and all of them 10.
        row = scored(bank, "scores", "item")["recommend",]
        assert abs(Decimal(100 * (90 - 30)) / 120 - Decimal(row["score"])) < Decimal("1e-9")
        assert Decimal(row["effective"]) == 80

    def test_margins_that_cannot_be_met(self, tmp_path: Path) -> None:
        """Where nobody of a category answered, answers count as they came, and it is told."""
        lines = [sheet(n, n % 11) for n in range(50)]
        people = "CUST,REGION,BORN\n" + "".join(
            f"C{n},{'north' if n < 60 else 'south'},1980-01-01\n" for n in range(120)
        )
        survey = SURVEY + 'population = ["region"]\n'
        bank = bank_of(
            tmp_path, lines, survey=survey, more=CUSTOMERS, files={"customers.csv": people}
        )

        bank.run()

        wave = scored(bank, "waves", "wave")["2026-Q2",]
        assert (wave["unweighted"], wave["lacking"]) == ("not-raked", "region.south")
        assert abs(
            nps(n % 11 for n in range(50))
            - Decimal(scored(bank, "scores", "item")["recommend",]["score"])
        ) < Decimal("1e-9")
        assert "region.south" in (bank.out / "report.html").read_text("utf-8")

    def test_drivers(self, tmp_path: Path) -> None:
        """What satisfaction follows from stands first; the shares sum to a hundred."""
        rng = Random(4)
        lines = []
        for n in range(120):
            speed, staff, comfort = (rng.randint(1, 7) for _ in range(3))
            whole = max(1, min(5, round(0.5 * speed + 0.15 * staff)))
            lines.append(sheet(n, 8, whole, speed, 6, staff, comfort))
        drivers = '"speed.perception", "staff-attitude.perception", "comfort.perception"'
        bank = bank_of(tmp_path, lines, survey=SURVEY + f"drivers = [{drivers}]\n")

        bank.run()

        rows = scored(bank, "drivers", "driver")
        percents = {driver: Decimal(row["percent"]) for (driver,), row in rows.items()}
        assert sum(percents.values()) == 100
        assert max(percents, key=lambda driver: percents[driver]) == "speed.perception"
        assert {row["outcome"] for row in rows.values()} == {"satisfaction"}


class TestNobody:
    """No score over nobody."""

    def test_no_answers(self, tmp_path: Path) -> None:
        """A survey nobody answered has no wave and no score, and the report says so."""
        bank = bank_of(tmp_path, ())

        summary = bank.run()

        assert scored(bank, "scores", "item") == {}
        assert summary.days[bank_day(summary)]["survey"]["wave"] is None
        assert "Nobody has answered so far" in (bank.out / "report.html").read_text("utf-8")

    def test_only_volunteers(self, tmp_path: Path) -> None:
        """Who came by themselves stand for nobody: there is no score but theirs, told apart."""
        lines = [f"{sheet(n, 9)},yes" for n in range(40)]
        more = 'self_selected = "SELF"\n'
        bank = bank_of(tmp_path, lines, more=more, header=f"{HEADER},SELF")

        bank.run()

        assert scored(bank, "waves", "wave")["2026-Q2",]["why"] == "no-respondents"
        assert {row["self_selected"] for row in scored(bank, "scores", "item").values()} == {"true"}

    def test_silent_sheets(self, tmp_path: Path) -> None:
        """A sheet on which nothing stands, or only why, is no respondent."""
        lines = [sheet(n, 9) for n in range(30)]
        lines += [
            "A90,C90,2026-05-04 10:00,B1,,,,,,",
            "A91,C91,2026-05-04 10:00,B1,99,99,99,99,99,99",
        ]
        survey = SURVEY + 'missing = { 99 = "dont-know" }\n'
        bank = bank_of(tmp_path, lines, survey=survey)

        bank.run()

        wave = scored(bank, "waves", "wave")["2026-Q2",]
        assert (wave["sheets"], wave["respondents"], wave["silent"]) == ("32", "30", "2")


class TestRejects:
    """What is not taken, and where it is told."""

    def test_bad_answers(self, tmp_path: Path) -> None:
        """An answer that is none is told with its line and field; the others of the sheet count."""
        wrong = {
            "11": "answer-out-of-range",
            "-1": "answer-out-of-range",
            "7.5": "answer-not-whole",
            "7.0": "answer-not-whole",
            "NaN": "answer-not-whole",
            "true": "answer-not-whole",
            "nine": "answer-not-whole",
        }
        lines = [sheet(n, 9) for n in range(30)]
        bank = bank_of(tmp_path, [*lines, *(sheet(70 + n, raw) for n, raw in enumerate(wrong))])

        bank.run()

        expected = [
            ("answers.csv", str(32 + n), "Q1", code) for n, code in enumerate(wrong.values())
        ]
        assert expected == bank.rejects()
        rows = scored(bank, "scores", "item")
        assert (rows["recommend",]["base"], rows["satisfaction",]["base"]) == ("30", "37")

    def test_bad_sheets(self, tmp_path: Path) -> None:
        """A sheet sent twice, before its invitation, to none, or of nobody is dropped and told."""
        lines = [f"{sheet(n, 9)},I{n}" for n in range(30)]
        lines += [
            f"{sheet(0, 3)},I0",
            f"{sheet(300, 3)},I1",
            f"{sheet(40, 3, at='2026-04-30 10:00')},I40",
            f"{sheet(41, 3)},I999",
            f"{sheet(999, 3)},",
            f"{sheet(42, 3, at='')},I42",
        ]
        invited = "INV,CUST,DAY,WAVE,END\n" + "".join(
            f"I{n},C{n},2026-05-01,W1,\n" for n in range(60)
        )
        people = "CUST,REGION,BORN\n" + "".join(f"C{n},,\n" for n in range(310))
        files = {"invitations.csv": invited, "customers.csv": people}
        bank = bank_of(
            tmp_path, lines, more=INVITATIONS + CUSTOMERS, files=files, header=f"{HEADER},INV"
        )

        bank.run()

        found = {line: code for _, line, _, code in bank.rejects()}
        assert found == {
            "32": "duplicate",
            "33": "duplicate",
            "34": "before-invitation",
            "35": "unknown-invitation",
            "36": "unknown-customer",
            "37": "missing",
        }
        assert scored(bank, "scores", "item")["recommend",]["base"] == "30"
        response = scored(bank, "response", "wave", "outcome")
        told = {
            code: int(response["W1", code]["invitations"])
            for code in ("complete", "partial", "expired")
        }
        assert sum(told.values()) == 60
        assert told["expired"] == 30

    def test_once_a_wave(self, tmp_path: Path) -> None:
        """Where there are no invitations a customer answers once a wave; the first sheet counts."""
        lines = [sheet(n, 9) for n in range(30)]
        again = sheet(0, 1).replace("A0", "B0")
        bank = bank_of(
            tmp_path, [*lines, again, again.replace("B0", "D0").replace("05-04", "02-04")]
        )

        bank.run()

        assert bank.rejects() == [("answers.csv", "32", "CUST", "duplicate")]
        assert len(scored(bank, "waves", "wave")) == 2

    def test_not_shown(self, tmp_path: Path) -> None:
        """An answer to a question that was not shown does not count, and is told."""
        survey = '\n[survey]\nquestionnaire = "satisfaction/complaint-follow-up"\n'
        plan = (
            head(DAY)
            + survey
            + """
[[extract]]
table = "answers"
files = ["answers.csv"]
columns = { answer = "ID", on = "DAY", handling-satisfaction = "S", handling-solved = "OK", consent-contact = "CALL" }
"""
        )
        text = "ID,DAY,S,OK,CALL\nA1,2026-05-04,4,1,yes\nA2,2026-05-04,2,0,yes\n"
        bank = make_bank(tmp_path, plan=plan, files={"answers.csv": text})

        bank.run()

        assert bank.rejects() == [("answers.csv", "2", "CALL", "answer-not-shown")]


class TestPlan:
    """Faults of `[survey]`, each with its path."""

    @pytest.mark.parametrize(
        ("survey", "path"),
        [
            ('questionnaire = "satisfaction/relationshp"', "survey.questionnaire"),
            ('questionnaire = "satisfaction/item-bank"', "survey.questionnaire"),
            ('reporting = "satisfaction/relationship"', "survey.reporting"),
            ('units = ["brnch"]', "survey.units[0]"),
            ('units = ["region"]', "survey.units[0]"),
            ('drivers = ["speed"]', "survey.drivers[0]"),
            ('outcome = "recommend"', "survey.drivers"),
            ('outcome = "recommend"\ndrivers = ["recommend"]', "survey.drivers"),
            ('population = ["region"]', "survey.population[0]"),
            ('population = ["height"]', "survey.population[0]"),
            ('targets = { region = { north = "0.5", south = "0.4" } }', "survey.targets.region"),
            ("ages = [40, 30]", "survey.ages"),
            ('sampling = "satisfaction/retail-sampling-shape"', "survey.sampling"),
            ('follow_up = "satisfaction/relationship"', "survey.follow_up"),
            ('missing = { 99 = "no-idea" }', "survey.missing.99"),
            ('weights = "yes"', "survey.weights"),
        ],
    )
    def test_faults(self, tmp_path: Path, survey: str, path: str) -> None:
        """What cannot be is refused by name before anything is read."""
        lead = "\n[survey]\n" if survey.startswith("questionnaire") else SURVEY
        bank = bank_of(tmp_path, (), survey=f"{lead}{survey}\n")

        with pytest.raises(FaultsError) as caught:
            bank.run()

        assert path in {fault.path for fault in caught.value.faults}
        assert not (bank.out / DAY).exists()

    def test_columns(self, tmp_path: Path) -> None:
        """A column that is no question is refused, with what it may have meant."""
        bank = bank_of(tmp_path, (), more='"speed.percepton" = "Q3"\n')

        with pytest.raises(FaultsError) as caught:
            bank.run()

        (fault,) = caught.value.faults
        assert fault.path == "extract[0].columns.speed.percepton"
        assert "speed.perception" in fault.near


class TestLoop:
    """What is put on record."""

    SURVEY = (
        SURVEY
        + 'follow_up = "satisfaction/call-back-promise"\n'
        + 'sampling = "satisfaction/retail-sampling-shape"\n'
    )

    def bank(self, path: Path) -> BankFolder:
        """Return a bank of 40 answers, ten of them of detractors."""
        lines = [f"{sheet(n, 3 if n < 10 else 9, 5)},I{n}".replace("A", "S") for n in range(40)]
        invited = "INV,CUST,DAY,WAVE,END\n" + "".join(
            f"I{n},C{n},2026-05-01,W1,{'refused' if n == 50 else ''}\n" for n in range(60)
        )
        return bank_of(
            path,
            lines,
            survey=self.SURVEY,
            more=INVITATIONS,
            files={"invitations.csv": invited},
            header=f"{HEADER},INV",
        )

    def test_on_record_once(self, tmp_path: Path) -> None:
        """Who is not satisfied is followed up, every invitation is on record; again changes nothing."""
        bank = self.bank(tmp_path)

        first = bank.run()
        before = bank.results()
        again = bank.run()

        told = first.days[bank_day(first)]["survey"]
        assert (told["heard"], told["opened"], told["open"]) == (40, 10, 10)
        assert (first.unchanged, again.unchanged) == (False, True)
        assert again.days[bank_day(again)]["survey"]["written"] == 0
        assert before == bank.results()
        with open_bank(f"sqlite:///{bank.out / 'bank.db'}", now=lambda: LATER) as held:
            kinds = Counter(
                (fed.entry.stream.kind, fed.entry.kind) for fed in held.journal.feed(0, limit=1000)
            )
        assert kinds["satisfaction.follow-up", "opened"] == 10
        assert kinds["satisfaction.contact", "invited"] == 60
        assert kinds["satisfaction.contact", "answered"] == 40
        assert kinds["satisfaction.contact", "ended"] == 1


def test_the_page_works(tmp_path: Path) -> None:
    """The plan that the how-to page builds up runs, and calls back who is not satisfied."""
    page = Path(__file__).parents[2] / "docs" / "en" / "how-to" / "score-a-survey.md"
    shown = re.findall(r"^```toml\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    plan, answers, invitations, targets, loop = shown
    lines = [
        f"S{n},I{n},C{n},2026-05-04 10:00,{'north' if n % 3 else 'south'},A,{n % 11},4,5,6,98,6"
        for n in range(66)
    ]
    head_of = "SHEET,INVITATION,CUSTOMER,HANDED_IN,BRANCH,VIA,Q1,Q2,Q3,Q4,Q5,Q6"
    invited = ["INVITATION,CUSTOMER,SENT,VIA,END", *(f"I{n},C{n},2026-05-01,T," for n in range(99))]
    files = {
        "answers.csv": "\n".join((head_of, *lines)) + "\n",
        "invitations.csv": "\n".join(invited) + "\n",
    }
    text = plan + loop + targets + answers + invitations
    bank = make_bank(tmp_path, plan=text, files=files)

    summary = bank.run()

    told = summary.days[bank_day(summary)]["survey"]
    assert (told["respondents"], told["invited"], told["opened"]) == (66, 99, 42)
    assert scored(bank, "waves", "wave")["2026-Q2",]["unweighted"] == ""
    assert bank.rejects() == []


def bank_day(summary: Summary) -> date:
    """Return the last day of a summary."""
    return max(summary.days)
