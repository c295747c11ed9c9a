"""`explain` and `decide --explain` end in the pages of the rule book that show what was decided by."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner, Result

import bankservice
from bankservice.cli.commands import cli

SHIPPED: Final = "segmentation/cn-retail-shape"
FACTS: Final = json.dumps({"measure": {"average": "620000.00"}, "on": "2026-03-31"})
CLOCKS: Final = json.dumps({"received_on": "2014-11-03"})
PAGES: Final = ("r/segmentation.tier-band.html", "p/segmentation-cn-retail-shape/2020-01-01.html")


def run(*args: str | Path, given: str | None = None) -> Result:
    """Run the command line in this process; an exception is a failure of the test."""
    return CliRunner().invoke(cli, [str(arg) for arg in args], input=given, catch_exceptions=False)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return a journal with one assessment."""
    url = f"sqlite:///{tmp_path / 'bank.db'}"
    now = datetime(2026, 3, 31, 4, tzinfo=UTC)
    with bankservice.open(url, tiers=SHIPPED, now=lambda: now) as bank:
        bank.standings.assess("run-1", "customer-7", measure={"average": "620000.00"})
    return url


@pytest.mark.parametrize(
    ("locale", "heading", "folder"),
    [("en", "In the rule book:", ""), ("zh_CN", "规则手册：", "zh/")],
)
class TestBothLanguages:
    """The heading and the pages are in the language of the explanation."""

    def test_decide(self, locale: str, heading: str, folder: str) -> None:
        """The last lines on standard error are the rule and the version; the JSON stays as it is."""
        result = run(
            "decide", "segmentation.tier-band", "-p", SHIPPED, "--explain", locale, given=FACTS
        )

        assert [heading, *(f"  {folder}{page}" for page in PAGES)] == (
            result.stderr.splitlines()[-3:]
        )
        assert "segmentation.tier-band" == json.loads(result.stdout)["rule"]

    def test_explain(self, locale: str, heading: str, folder: str) -> None:
        """A printed decision is explained with the same last lines."""
        decided = run("decide", "segmentation.tier-band", "-p", SHIPPED, given=FACTS).stdout
        told = run("explain", "--locale", locale, given=decided).stdout

        assert [heading, *(f"  {folder}{page}" for page in PAGES)] == told.splitlines()[-3:]

    def test_entry(self, url: str, locale: str, heading: str, folder: str) -> None:
        """Of a recorded decision they are the record and the versions it rests on."""
        told = run(
            "explain", "--journal", url, "segmentation.standing/customer-7", "--locale", locale
        ).stdout

        assert [
            heading,
            f"  {folder}d/segmentation.standing.html",
            f"  {folder}{PAGES[1]}",
        ] == told.splitlines()[-3:]


@pytest.mark.parametrize("book", ["https://rules.example/book", "https://rules.example/book/"])
def test_the_address_of_the_book(book: str, url: str) -> None:
    """`--book` puts in front where the bank serves it, in each of the commands."""
    wanted = f"  https://rules.example/book/{PAGES[1]}"
    args = ("segmentation.tier-band", "-p", SHIPPED, "--explain", "en", "--book", book)
    decided = run("decide", *args, given=FACTS)
    entry = ("--journal", url, "segmentation.standing/customer-7@1")

    assert wanted == decided.stderr.splitlines()[-1]
    assert wanted == run("explain", "--book", book, given=decided.stdout).stdout.splitlines()[-1]
    assert wanted == run("explain", *entry, "--book", book).stdout.splitlines()[-1]


def test_what_a_regime_links_is_named_too() -> None:
    """Under law the calendar and the list of holidays the outcome rests on have their lines."""
    args = ("complaints.deadlines", "-p", "complaints/us-reg-e", "--explain", "en")

    assert [
        "  r/complaints.deadlines.html",
        "  p/complaints-us-reg-e/2011-12-30.html",
        "  p/calendars-us-federal/2010-01-01.html",
        "  p/holidays-us/2014-01-01.html",
    ] == run("decide", *args, given=CLOCKS).stderr.splitlines()[-4:]


def test_a_bank_without_explanation_gets_no_addresses() -> None:
    """Without `--explain` standard error stays empty."""
    args = ("decide", "segmentation.tier-band", "-p", SHIPPED, "--book", "https://rules.example")

    assert "" == run(*args, given=FACTS).stderr
