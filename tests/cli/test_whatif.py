"""A policy tried from the command line, as somebody at a terminal meets it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bankservice import policies
from bankservice.bank import open_bank
from bankservice.cli.commands import cli

SHAPE = "segmentation/cn-retail-shape"
COSTS = """
id = "acme/costs"
kind = "segmentation.service-costs"
[[version]]
since = 2020-01-01
source = { text = "Acme manual", clause = "3", checked = "own" }
currency = "CNY"
per = "month"
cost = { mobile = "0.50" }
"""
EXPECTED = """
id = "acme/expected"
kind = "loyalty.expectations"
title = { en = "Demo bank points expected to be redeemed", zh = "示例银行积分兑换预期" }

[[version]]
since = 2015-01-01
source = { text = "Demo bank service manual", clause = "5", checked = "own" }
currency = "CNY"
model = "cost-accrual"

[[version.cohort]]
code = "dining"
components = ["bonus"]
share = "0.85"
per_point = "0.07"

[[version.cohort]]
code = "rest"
share = "0.70"
per_point = "0.07"
"""
AVERAGES = ("1000.00", "450000.00", "620000.00", "7000000.00")


def whatif(*args: object) -> Result:
    """Run the command in this process; an exception is a failure of the test."""
    return CliRunner().invoke(cli, ["whatif", *map(str, args), "-q"], catch_exceptions=False)


def told(*args: object) -> str:
    """Return what a trial answers."""
    result = whatif(*args)

    assert (0, "") == (result.exit_code, result.stderr)
    return result.stdout


def plain(*args: object) -> dict[str, Any]:
    """Return what a trial answers in JSON."""
    found: dict[str, Any] = json.loads(told(*args, "--json"))
    return found


def refused(*args: object) -> str:
    """Return the message of a caller's mistake: exit 2, nothing on standard output."""
    result = whatif(*args)

    assert (2, "") == (result.exit_code, result.stdout)
    return result.stderr


def draft(folder: Path, *, since: str = "") -> Path:
    """Write a draft of the shipped shape with a lower level of one tier."""
    text = json.loads(policies.load(SHAPE).versions[-1].text)
    version = text["version"][0]
    if since:
        version["since"] = since
        version.pop("known_on", None)
    rows = version["tier"]
    gold = next(row for row in rows if row["code"] == "GOLD")
    gold.update(enter="400000.00", retain="300000.00")
    path = folder / "draft.toml"
    path.write_text(_toml(text), "utf-8")
    return path


def _toml(text: dict[str, Any]) -> str:
    """Write a kept policy as a file: inline values are enough."""

    def value(held: Any, name: str = "") -> str:
        if isinstance(held, dict):
            return "{ " + ", ".join(f"{k} = {value(v, k)}" for k, v in held.items()) + " }"
        if isinstance(held, list):
            return "[" + ", ".join(value(one) for one in held) + "]"
        dated = isinstance(held, str) and name in ("since", "known_on", "read_on")
        return held if dated else json.dumps(held, ensure_ascii=False)

    lines = [f"{name} = {value(held)}" for name, held in text.items() if name != "version"]
    version = text["version"][0]
    lines += ["[[version]]", *(f"{n} = {value(v, n)}" for n, v in version.items() if n != "tier")]
    for row in version["tier"]:
        lines += ["[[version.tier]]", *(f"{n} = {value(v)}" for n, v in row.items())]
    return "\n".join(lines)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a draft and a book of facts."""
    draft(tmp_path)
    lines = (
        {"subject": f"c-{n}", "facts": {"measure": {"average": average}, "on": "2026-03-31"}}
        for n, average in enumerate(AVERAGES)
    )
    (tmp_path / "book.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines), "utf-8")
    (tmp_path / "costs.toml").write_text(COSTS, "utf-8")
    return tmp_path


@pytest.fixture
def url(folder: Path) -> str:
    """Give a journal in which customers were assessed on two days."""
    url = f"sqlite:///{folder / 'bank.db'}"
    for day in (date(2026, 2, 28), date(2026, 3, 31)):
        at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        with open_bank(url, now=lambda at=at: at) as bank:  # type: ignore[misc]
            for n, average in enumerate(AVERAGES):
                if day.month == 3 or n < 2:
                    measure = {"average": average}
                    bank.standings.assess(f"{day}-{n}", f"c-{n}", measure=measure, on=day)
    return url


class TestFacts:
    """A book of facts by lines."""

    def test_words(self, folder: Path) -> None:
        """The answer tells counts, who would stand elsewhere, dates, and why on either side."""
        answer = told(SHAPE, folder / "draft.toml", "--facts", folder / "book.jsonl")

        assert answer.startswith("Asked: 4   Answered otherwise: 1   Would stand elsewhere: 1\n")
        assert "Who would stand elsewhere" in answer
        assert "Next review" in answer
        assert "As it is:\n" in answer
        assert "As it would be:\n" in answer
        assert "c-1" in answer

    def test_words_in_chinese(self, folder: Path) -> None:
        """It is in the reader's language, explanations too, set in columns."""
        answer = told(
            SHAPE, folder / "draft.toml", "--facts", folder / "book.jsonl", "--locale", "zh_CN"
        )

        assert answer.startswith("询问数: 4   结果不同: 1   类别变动: 1\n")
        assert "准入标准" in answer

    def test_json(self, folder: Path) -> None:
        """All of it is data too."""
        found = plain(SHAPE, folder / "draft.toml", "--facts", folder / "book.jsonl")

        assert ("segmentation.tier-assessment", 4, 1) == (
            found["rule"],
            found["asked"],
            found["moved"],
        )
        assert ["c-1"] == [move["subject"] for move in found["moves"]]
        assert {"en", "zh_CN"} == set(found["moves"][0]["why"])

    def test_the_same(self, folder: Path) -> None:
        """Under the same policy nothing comes out otherwise, and it says so."""
        answer = told(SHAPE, SHAPE, "--facts", folder / "book.jsonl")

        assert "Nothing would come out otherwise." in answer

    def test_another_rule_and_costs(self, folder: Path) -> None:
        """Another rule is asked by name, and costs of services are added up."""
        found = plain(
            *(SHAPE, folder / "draft.toml", "--facts", folder / "book.jsonl"),
            *("--rule", "segmentation.tier-band", "--costs", folder / "costs.toml"),
        )

        assert "segmentation.tier-band" == found["rule"]
        assert "cost:CNY" in found["amounts"]

    def test_liability(self, folder: Path) -> None:
        """What granted points are worth is added up, by the policy that values them."""
        (folder / "expected.toml").write_text(EXPECTED, "utf-8")
        facts = {"amount": "199.99", "on": "2026-11-22", "mcc": "5411"}
        line = json.dumps({"subject": "c-1", "facts": facts})
        (folder / "spent.jsonl").write_text(f"{line}\n", "utf-8")
        asked = (
            *("loyalty/cn-card-shape", "loyalty/cn-card-shape", "--facts", folder / "spent.jsonl"),
            *("--liability", folder / "expected.toml"),
        )
        found = plain(*asked)

        assert "Points liability (CNY)" in told(*asked)
        assert "loyalty.accrue" == found["rule"]
        assert found["amounts"]["liability:CNY"]["before"] > 0

    def test_another_package(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Run from its source, without a version of the package, it works all the same."""

        def missing(name: str) -> str:
            raise PackageNotFoundError(name)

        monkeypatch.setattr("bankservice.run.whatif.version", missing)
        out = folder / "out"

        assert told(SHAPE, SHAPE, "--facts", folder / "book.jsonl", "--out", out)

    def test_a_version_alone(self, folder: Path) -> None:
        """A version that is to come decides on every day where it is named."""
        path = draft(folder, since="2030-01-01")
        book = ("--facts", folder / "book.jsonl")

        def places(after: object) -> dict[str, str]:
            cells = plain(SHAPE, after, *book)["matrix"]
            return {cell["before"]: cell["after"] for cell in cells if cell["count"]}

        gold = plain(SHAPE, f"{path}@2030-01-01", *book)

        assert 1 == gold["moved"]
        assert {"not-in-force"} == set(places(path).values())

    def test_files(self, folder: Path) -> None:
        """Results and the report are written where it is said, and named."""
        out = folder / "out"
        answer = told(
            *(SHAPE, folder / "draft.toml", "--facts", folder / "book.jsonl", "--out", out),
        )
        again = told(
            *(SHAPE, folder / "draft.toml", "--facts", folder / "book.jsonl", "--out", out),
            "--resume",
        )

        assert answer == again
        assert f"{out / 'whatif.html'}\n" in answer
        assert 1 == len((out / "moves.jsonl").read_text("utf-8").splitlines())
        assert 4 == json.loads((out / "whatif.json").read_text("utf-8"))["asked"]


class TestJournal:
    """A record asked again."""

    def test_as_known(self, folder: Path, url: str) -> None:
        """What was known by a day is asked, and no more."""
        now = plain(SHAPE, folder / "draft.toml", "--journal", url)
        then = plain(SHAPE, folder / "draft.toml", "--journal", url, "--known", "2026-02-28")

        assert (4, 2) == (now["asked"], then["asked"])
        assert "2026-02-28" == then["known"]

    def test_a_draft_to_come(self, folder: Path, url: str) -> None:
        """A draft is asked of the day it takes effect, where no day is named."""
        path = draft(folder, since="2030-01-01")
        found = plain(SHAPE, path, "--journal", url)
        named = plain(SHAPE, path, "--journal", url, "--on", "2030-06-30")

        assert ("2030-01-01", "2030-06-30") == (found["on"], named["on"])
        assert not any(cell["after"] == "not-in-force" for cell in found["matrix"])

    def test_nothing_is_written(self, folder: Path, url: str) -> None:
        """The journal is as it was."""
        before = (folder / "bank.db").read_bytes()
        plain(SHAPE, folder / "draft.toml", "--journal", url)

        assert before == (folder / "bank.db").read_bytes()


class TestMistakes:
    """A caller's mistake is one message."""

    def test_books(self, folder: Path, url: str) -> None:
        """One book is asked, with the options that belong to it."""
        pair, facts = (SHAPE, folder / "draft.toml"), ("--facts", folder / "book.jsonl")

        assert "one book is asked" in refused(*pair)
        assert "one book is asked" in refused(*pair, *facts, "--journal", url)
        assert "--known belongs" in refused(*pair, *facts, "--known", "2026-01-01")
        assert "--on belongs" in refused(*pair, *facts, "--on", "2026-01-01")
        assert "pass it with --out" in refused(*pair, *facts, "--resume")
        assert "--share got" in refused(*pair, *facts, "--share", "half")
        assert "a share of 2" in refused(*pair, *facts, "--share", "2")
        assert "--known got" in refused(*pair, "--journal", url, "--known", "yesterday")
        assert "offset" in refused(*pair, "--journal", url, "--known", "2026-01-01T10:00:00")
        assert "no journal" in refused(*pair, "--journal", f"sqlite:///{folder}/none.db")

    def test_policies(self, folder: Path) -> None:
        """Policies of different kinds, a rule of another kind and unknown names are refused."""
        facts = ("--facts", folder / "book.jsonl")

        assert "of kind worktime.calendar" in refused(SHAPE, "calendars/cn", *facts)
        assert "worktime.add" in refused(SHAPE, SHAPE, *facts, "--rule", "worktime.add")
        assert "did you mean" in refused(SHAPE, "segmentation/cn-retail-shap", *facts)
        assert "since '1999-01-01'" in refused(SHAPE, f"{SHAPE}@1999-01-01", *facts)

    def test_bad_lines(self, folder: Path) -> None:
        """Lines with faults are named by their numbers, and nothing is written."""
        with (folder / "book.jsonl").open("a", encoding="utf-8") as file:
            file.write('{"subject": "c-9", "facts": {"on": "2026-03-31"}}\n')
        out = folder / "out"
        message = refused(
            *(SHAPE, folder / "draft.toml", "--facts", folder / "book.jsonl", "--out", out)
        )

        assert "line 5: measure: got nothing, wanted a value" in message
        assert [".run.lock"] == [path.name for path in out.iterdir()]
