"""The command line as somebody at a terminal meets it: exit codes, messages, no traceback."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import bankservice
from bankservice import policies
from bankservice.cli.commands import cli
from bankservice.core.errors import Fault, PolicyError

SHIPPED: Final = "segmentation/cn-retail-shape"
BAND: Final = "segmentation.tier-band"
FACTS: Final = {"measure": {"average": "620000.00"}, "on": "2026-03-31"}
POLICY: Final = """
id = "acme/tiers"
kind = "segmentation.tiers"
[[version]]
since = 2020-01-01
source = { text = "Acme retail policy", clause = "1", checked = "own" }
zone = "Asia/Shanghai"
currency = "CNY"
[[version.tier]]
code = "STANDARD"
[[version.tier]]
code = "GOLD"
title = { en = "Gold", zh = "金卡" }
enter = "50000.00"
retain = "40000.00"
"""
TABLE: Final = (
    f'rule = "{BAND}"\npolicy = "{SHIPPED}"\n[[case]]\nname = "金卡"\n'
    'facts = { measure = { average = "620000.00" }, on = 2026-03-31 }\n'
)
SEVERAL: Final = """
import io, json, sys
from bankservice.cli import main
for words, given in json.loads(sys.argv[1]):
    sys.argv[1:], sys.stdin = words, io.TextIOWrapper(io.BytesIO(given.encode()))
    try:
        main()
    except SystemExit as ended:
        print(f"\\n{ended.code or 0}", end="\\x1e", flush=True)
"""


def run(*args: str | Path, given: str | None = None) -> Result:
    """Run the command line in this process; an exception is a failure of the test."""
    return CliRunner().invoke(cli, [str(arg) for arg in args], input=given, catch_exceptions=False)


def refused(*args: str | Path, given: str | None = None) -> str:
    """Return the message of a caller's mistake: exit 2, nothing on standard output."""
    result = run(*args, given=given)

    assert 2 == result.exit_code
    assert "" == result.stdout
    return result.stderr


def real(
    *args: str | Path, given: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m bankservice.cli` as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "bankservice.cli", *map(str, args)],
        input=given,
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, **(env or {})},
    )


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """Return a bank's own policy file."""
    path = tmp_path / "acme.policy.toml"
    path.write_text(POLICY, "utf-8")
    return path


def decided(*args: str | Path, facts: Any = FACTS) -> dict[str, Any]:
    """Return what `decide` prints."""
    result = run("decide", BAND, *args, given=json.dumps(facts))

    assert 0 == result.exit_code, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def commands(group: click.Group, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the words of every command there is."""
    found = [before]
    for name, command in group.commands.items():
        words = (*before, name)
        found += commands(command, words) if isinstance(command, click.Group) else [words]
    return found


class TestCheck:
    """`check` prints a line for each failing case and a last line; exit 0, 1 or 2."""

    @pytest.mark.parametrize(
        ("more", "code", "last"),
        [
            ('expect = { tier = "GOLD" }', 0, "1 passed, 0 failed"),
            ('expect = { tier = "STANDARD" }', 1, "0 passed, 1 failed"),
            ('expect = { teir = "GOLD" }', 2, "0 passed, 1 failed"),
            ("= nonsense", 2, "0 passed, 1 failed"),
        ],
    )
    def test_exit_codes(self, tmp_path: Path, more: str, code: int, last: str) -> None:
        """0 all passed, 1 a case failed, 2 a bad table; the last line counts."""
        (tmp_path / "t.toml").write_text(TABLE + more, "utf-8")
        result = run("check", tmp_path)

        assert code == result.exit_code
        assert last == result.stdout.splitlines()[-1]

    def test_a_failing_case(self, tmp_path: Path) -> None:
        """One line names case, expected and got; the explanation is set in, or left out."""
        (tmp_path / "t.toml").write_text(TABLE + 'expect = { tier = "STANDARD" }', "utf-8")
        loud = run("check", tmp_path).stdout.splitlines()
        quiet = run("check", tmp_path, "--quiet").stdout.splitlines()

        assert (
            f"FAIL {tmp_path / 't.toml'} :: 金卡: tier: expected 'STANDARD', got 'GOLD'" == loud[0]
        )
        assert all(line.startswith("    ") for line in loud[1:-1])
        assert len(loud) > 3
        assert [loud[0], loud[-1]] == quiet

    def test_a_bad_table_does_not_stop_the_others(self, tmp_path: Path) -> None:
        """Files that are missing, broken or policies: exit 2, and the good ones run."""
        (tmp_path / "good.toml").write_text(TABLE + 'expect = { tier = "GOLD" }', "utf-8")
        (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
        (tmp_path / "x.policy.toml").write_text("no policy", "utf-8")
        found = [
            tmp_path / name for name in ("gone.toml", "bad.toml", "x.policy.toml", "good.toml")
        ]
        result = run("check", *found)

        assert 2 == result.exit_code
        assert "1 passed, 2 failed" == result.stdout.splitlines()[-1]
        assert f"BAD {tmp_path / 'gone.toml'}" in result.stdout

    def test_needs_a_path(self) -> None:
        """Without a path it is the caller's mistake."""
        assert "PATHS" in refused("check")


class TestDecide:
    """`decide` takes facts in JSON and prints the decision in JSON."""

    def test_standard_input(self) -> None:
        """Facts come from standard input by default; the answer names rule, policy and facts."""
        answer = decided("-p", SHIPPED)

        assert {"tier": "GOLD", "unknown": []} == answer["outcome"]
        assert (BAND, SHIPPED) == (answer["rule"], answer["policies"][0]["policy"])
        assert ("2026-03-31", FACTS) == (answer["as_of"], answer["facts"])

    def test_a_file(self, tmp_path: Path) -> None:
        """Facts may stand in a file."""
        path = tmp_path / "facts.json"
        path.write_text(json.dumps(FACTS), "utf-8")

        assert decided("-p", SHIPPED) == json.loads(run("decide", BAND, path, "-p", SHIPPED).stdout)

    def test_a_policy_file(self, acme: Path) -> None:
        """`--policy` takes a file as well as an id."""
        assert "acme/tiers" == decided("--policy", acme)["policies"][0]["policy"]

    @pytest.mark.parametrize(("locale", "word"), [("en", "Gold Sunflower"), ("zh_CN", "金葵花")])
    def test_explain(self, locale: str, word: str) -> None:
        """`--explain` adds the words on standard error; standard output stays JSON."""
        result = run("decide", BAND, "-p", SHIPPED, "--explain", locale, given=json.dumps(FACTS))

        assert "GOLD" == json.loads(result.stdout)["outcome"]["tier"]
        assert word in result.stderr

    def test_numbers_are_exact(self) -> None:
        """A number in JSON is read digit by digit, never through a float."""
        rate = "7.0123000000000000000001"
        facts = """{"on": "2026-01-01", "rates": [{"currency": "USD", "on": "2026-01-01", "rate": %s}],
            "accounts": [{"id": "a-1", "currency": "USD", "opened_on": "2026-01-01",
            "balances": [{"on": "2026-01-01", "balance": "1.00"}]}]}"""
        result = run("decide", "segmentation.balance-days", "-p", SHIPPED, given=facts % rate)

        assert rate == json.loads(result.stdout)["facts"]["rates"][0]["rate"]

    @pytest.mark.parametrize(
        ("facts", "told"),
        [
            (
                '{"measure": "unknown", "measure": "unknown", "on": "2026-03-31"}',
                "measure: got the key twice",
            ),
            (
                '{"measure": {"average": "1", "average": "2"}, "on": "2026-03-31"}',
                "average: got the key twice",
            ),
            ('{"mesure": "unknown", "on": "2026-03-31"}', "did you mean measure"),
            ('{"measure": "unknown"}', "on: got nothing"),
            ('{"measure": {"average": NaN}, "on": "2026-03-31"}', "NaN"),
            ('{"measure": {"average": -Infinity}, "on": "2026-03-31"}', "-Infinity"),
            ('{"measure": {"average": "NaN"}, "on": "2026-03-31"}', "finite number"),
            ('{"measure": {"average": 620000.00}, "on": "2026-03-31"}', "an amount as text"),
            ('{"measure": {"average": 1e99999999999999999999}, "on": "2026-03-31"}', "JSON"),
            ('{"measure": "unknown", "on": "2026-02-30"}', "on: got str '2026-02-30'"),
            ('{"measure": "unknown", "on": 20260331}', "on: got int"),
            ("", "JSON"),
            ("{", "line 1 column 2"),
            ("[]", "a table with measure, on"),
            ("null", "a table with measure, on"),
            ("[" * 100_000, "JSON"),
            ('{"on": ' + "1" * 5_000 + "}", "JSON"),
            ('\ufeff{"on": 1}', "JSON"),
        ],
    )
    def test_bad_facts(self, facts: str, told: str) -> None:
        """Facts that are none: a message that names what and where."""
        assert told in refused("decide", BAND, "-p", SHIPPED, given=facts)

    @pytest.mark.parametrize(
        ("args", "told"),
        [
            (["segmentation.tier-bnad", "-p", SHIPPED], f"did you mean {BAND}"),
            ([BAND], "needs a policy of kind segmentation.tiers"),
            ([BAND, "-p", "segmentation/cn-retail"], f"did you mean {SHIPPED}"),
            ([BAND, "-p", "gone.toml"], "gone.toml"),
            ([BAND, "-p", "vocabulary/roles"], "needs a policy of kind segmentation.tiers"),
            ([BAND, "-p", "../../etc/passwd"], "no policy '../../etc/passwd'"),
            ([BAND, "-p", SHIPPED, "--explain", "fr"], "no wording for locale 'fr'"),
            ([BAND, "-p", SHIPPED, "--explain", "en_XX"], "did you mean en"),
            ([BAND, "gone.json", "-p", SHIPPED], "gone.json"),
        ],
    )
    def test_bad_arguments(self, args: list[str], told: str) -> None:
        """A rule, policy, locale or file there is none of."""
        assert told in refused("decide", *args, given=json.dumps(FACTS))

    def test_not_in_force(self) -> None:
        """A day before the first version."""
        facts = json.dumps({**FACTS, "on": "1999-12-31"})

        assert "no version on 1999-12-31" in refused("decide", BAND, "-p", SHIPPED, given=facts)

    def test_the_end_of_the_calendar(self, tmp_path: Path, acme: Path) -> None:
        """A day after which no date exists is told, not a crash."""
        acme.write_text(POLICY + 'protection = "P6M"\n', "utf-8")
        facts = json.dumps({**FACTS, "on": "9999-12-31"})
        rule = "segmentation.tier-assessment"

        assert "9999" in refused("decide", rule, "-p", acme, given=facts)


class TestExplain:
    """`explain` says why, for a printed decision or a recorded one."""

    @pytest.mark.parametrize(("locale", "word"), [("en", "Gold Sunflower"), ("zh_CN", "金葵花")])
    def test_round_trip(self, tmp_path: Path, locale: str, word: str) -> None:
        """What `decide` prints is explained, from a file or standard input, as `decide` would."""
        told = run("decide", BAND, "-p", SHIPPED, "--explain", locale, given=json.dumps(FACTS))
        path = tmp_path / "decision.json"
        path.write_text(told.stdout, "utf-8")

        assert word in told.stderr
        assert told.stderr == run("explain", path, "--locale", locale).stdout
        assert told.stderr == run("explain", "--locale", locale, given=told.stdout).stdout

    @pytest.mark.parametrize("rule", [rule.id for rule in policies.rules()])
    def test_every_rule_is_known(self, rule: str) -> None:
        """Every rule can be named; facts that are none are told with the rule's own names."""
        told = refused("decide", rule, "-p", SHIPPED, given='{"nonsense": 1}')

        assert f"facts of {rule}" in told
        assert "nonsense: got an unknown key" in told

    def test_own_policy(self, acme: Path) -> None:
        """A decision under a bank's own file needs the file again."""
        answer = json.dumps(decided("-p", acme))

        assert "Acme retail policy" in run("explain", "--policy", acme, given=answer).stdout
        assert "no policy 'acme/tiers'" in refused("explain", given=answer)

    def test_another_version(self, acme: Path) -> None:
        """A policy edited since is not the one that decided."""
        answer = json.dumps(decided("-p", acme))
        acme.write_text(POLICY.replace("50000.00", "55000.00"), "utf-8")

        assert "no policy version 'acme/tiers@2020-01-01" in refused(
            "explain", "-p", acme, given=answer
        )

    def test_an_outcome_nobody_decided(self) -> None:
        """A decision whose outcome was changed is not explained away."""
        answer = decided("-p", SHIPPED)
        answer["outcome"]["tier"] = "PRIVATE"

        assert 'outcome.tier: got "PRIVATE", wanted "GOLD"' in refused(
            "explain", given=json.dumps(answer)
        )

    @pytest.mark.parametrize(
        "change",
        [
            {"rule": 5},
            {"rule": "segmentation.tier-bnad"},
            {"policies": []},
            {"policies": [{}]},
            {"policies": {"policy": SHIPPED}},
            {"policies": "x"},
            {
                "policies": [
                    {"policy": 5, "since": "2020-01-01", "known_on": "2020-01-01", "digest": "x"}
                ]
            },
            {"facts": 5},
            {"facts": {}},
            {"extra": 1},
        ],
    )
    def test_no_decision(self, change: dict[str, Any]) -> None:
        """What is no decision is told by path."""
        assert "Error: " in refused(
            "explain", given=json.dumps({**decided("-p", SHIPPED), **change})
        )

    @pytest.mark.parametrize("text", ["", "[]", "5", "{}", "\x00", "NaN", '{"rule": 1, "rule": 2}'])
    def test_no_json_table(self, text: str) -> None:
        """Nor is this."""
        assert "Error: the decision" in refused("explain", given=text)

    def test_missing_file(self, tmp_path: Path) -> None:
        """A file that is not there, or is a folder."""
        for path in (tmp_path / "gone.json", tmp_path):
            assert str(path) in refused("explain", path)

    def test_latin_file(self, tmp_path: Path) -> None:
        """A file in another encoding."""
        path = tmp_path / "decision.json"
        path.write_bytes('{"rule": "é"}'.encode("latin-1"))

        assert "utf-8" in refused("explain", path)


class TestExplainAnEntry:
    """With `--journal`, an entry is explained from the record alone."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        """Return a journal with one assessment."""
        url = f"sqlite:///{tmp_path / 'bank.db'}"
        now = datetime(2026, 3, 31, 4, tzinfo=UTC)
        with bankservice.open(url, tiers=SHIPPED, now=lambda: now) as bank:
            bank.standings.assess("run-1", "customer-7", measure={"average": "620000.00"})
        return url

    @pytest.mark.parametrize(("locale", "word"), [("en", "Gold Sunflower"), ("zh_CN", "金葵花")])
    def test_entry(self, url: str, locale: str, word: str) -> None:
        """In both languages."""
        args = ("--journal", url, "segmentation.standing/customer-7@1", "--locale", locale)

        assert word in run("explain", *args).stdout

    @pytest.mark.parametrize(
        "ref",
        ["-", "x", "segmentation.standing/customer-7@2", "segmentation.standing/customer-7@²"],
    )
    def test_no_entry(self, url: str, ref: str) -> None:
        """An entry there is none of."""
        assert "there is no entry" in refused("explain", "--journal", url, ref)

    @pytest.mark.parametrize(
        "url", ["sqlite:///{}/typo.db", "sqlite:{}/typo.db", "oracle://{}", ""]
    )
    def test_no_journal(self, tmp_path: Path, url: str) -> None:
        """A mistyped address makes no journal: explaining only looks."""
        told = refused("explain", "--journal", url.format(tmp_path), "segmentation.standing/c@1")

        assert "there is no journal" in told
        assert [] == list(tmp_path.iterdir())


class TestPolicies:
    """`policies` lists, shows, compares and checks."""

    def test_list(self) -> None:
        """Every shipped policy, one line each, and the same in JSON."""
        lines = run("policies", "list").stdout.splitlines()
        rows = json.loads(run("policies", "list", "--json").stdout)

        assert list(policies.shelf().shipped()) == sorted(row["id"] for row in rows)
        assert [row["id"] for row in rows] == [line.split(maxsplit=1)[0] for line in lines]

    def test_list_kind(self) -> None:
        """One kind only; a kind there is none of is told with near names."""
        rows = json.loads(run("policies", "list", "--json", "--kind", "segmentation.tiers").stdout)

        assert {"segmentation.tiers"} == {row["kind"] for row in rows}
        assert "did you mean segmentation.tiers" in refused(
            "policies", "list", "--kind", "segmentation.tier"
        )

    @pytest.mark.parametrize("policy", policies.shelf().shipped())
    def test_show(self, policy: str) -> None:
        """Every shipped policy is shown with its versions and sources, as text and JSON."""
        text = run("policies", "show", policy).stdout
        rows = json.loads(run("policies", "show", policy, "--json").stdout)

        assert text.startswith(policy)
        assert "source: " in text
        assert {policy} == {row["id"] for row in rows}

    def test_show_is_read_back(self) -> None:
        """What `show --json` prints is the canonical text a journal would keep."""
        (row,) = json.loads(run("policies", "show", SHIPPED, "--json").stdout)

        assert json.loads(policies.load(SHIPPED).versions[0].text) == row

    def test_show_on(self, acme: Path) -> None:
        """The version in force on a day, or why there is none."""
        assert "version 2020-01-01" in run("policies", "show", acme, "--on", "2026-01-01").stdout
        assert "no version on 2019-01-01" in refused("policies", "show", acme, "--on", "2019-01-01")
        assert "2019-02-30" in refused("policies", "show", acme, "--on", "2019-02-30")

    def test_diff(self, acme: Path, tmp_path: Path) -> None:
        """What differs by path; rows are paired by their code."""
        other = tmp_path / "a@b.toml"
        more = '[[version.tier]]\ncode = "SILVER"\nenter = "10000.00"\n'
        text = POLICY.replace("50000.00", "55000.00")
        place = text.index('[[version.tier]]\ncode = "GOLD"')
        other.write_text(text[:place] + more + text[place:], "utf-8")
        rows = json.loads(run("policies", "diff", acme, other, "--json").stdout)
        lines = run(
            "policies", "diff", f"{acme}@2020-01-01", f"{other}@2020-01-01"
        ).stdout.splitlines()

        assert ["tier.GOLD.enter", "tier.SILVER"] == [row["path"] for row in rows]
        assert '  tier.GOLD.enter: "50000.00" → "55000.00"' == lines[1]

    def test_diff_of_equals(self, acme: Path) -> None:
        """No difference is said, not left to silence."""
        assert "no parameter differs" in run("policies", "diff", acme, acme).stdout
        assert [] == json.loads(run("policies", "diff", acme, acme, "--json").stdout)

    @pytest.mark.parametrize(
        "name", ["segmentation/cn-retail", "gone.toml", f"{SHIPPED}@2019-01-01", f"{SHIPPED}@x", ""]
    )
    def test_diff_unknown(self, name: str) -> None:
        """A policy or version there is none of, on either side."""
        assert "Error: " in refused("policies", "diff", name, SHIPPED)
        assert "Error: " in refused("policies", "diff", SHIPPED, name)

    def test_validate(self, acme: Path) -> None:
        """A good file is said to be good."""
        result = run("policies", "validate", acme)
        (row,) = json.loads(run("policies", "validate", acme, "--json").stdout)

        assert (0, f"{acme}: acme/tiers, 1 version, no fault\n") == (
            result.exit_code,
            result.stdout,
        )
        assert {"file": str(acme), "faults": [], "id": "acme/tiers", "versions": 1} == row

    def test_validate_tells_every_fault(self, acme: Path, tmp_path: Path) -> None:
        """Every fault of every file, each with its path; the good ones are still checked."""
        faulty = tmp_path / "faulty.policy.toml"
        faulty.write_text(POLICY.replace("CNY", "CNX").replace("Shanghai", "Shangai"), "utf-8")
        result = run("policies", "validate", faulty, tmp_path / "gone.toml", tmp_path, acme)
        as_json = run("policies", "validate", faulty, acme, "--json")
        rows = json.loads(as_json.stdout)

        assert (2, 2) == (result.exit_code, as_json.exit_code)
        assert "version[0].zone: got 'Asia/Shangai'" in result.stderr
        assert "version[0].currency: got 'CNX'" in result.stderr
        assert "gone.toml" in result.stderr
        assert "no fault" in result.stdout
        assert ["version[0].zone", "version[0].currency"] == [f["path"] for f in rows[0]["faults"]]
        assert "Asia/Shanghai" in rows[0]["faults"][0]["near"]

    def test_every_shipped_file_is_valid(self) -> None:
        """The shipped files go through the same check as a bank's own."""
        for folder in sorted(set(policies.shelf().packages.values())):
            for path in Path(str(files(folder) / "policies")).rglob("*.toml"):
                assert 0 == run("policies", "validate", path).exit_code, path


class TestRules:
    """`rules` lists the rules, or shows one."""

    def test_list(self) -> None:
        """One line for each rule, with its sentence."""
        lines = run("rules").stdout.splitlines()

        assert [rule.id for rule in policies.rules()] == [line.split()[0] for line in lines]
        assert all(len(line.split()) > 3 for line in lines)

    @pytest.mark.parametrize("rule", [rule.id for rule in policies.rules()])
    def test_one(self, rule: str) -> None:
        """Facts, outcome and reasons of one, as text and JSON."""
        text = run("rules", rule).stdout
        (row,) = json.loads(run("rules", rule, "--json").stdout)

        assert rule == row["id"]
        assert row["facts"]
        assert row["outcome"]
        assert row["reasons"]
        for part in (
            "facts:",
            "outcome:",
            "reasons:",
            *row["facts"],
            *row["outcome"],
            *row["reasons"],
        ):
            assert part in text

    def test_all_as_json(self) -> None:
        """All of them in JSON."""
        assert len(policies.rules()) == len(json.loads(run("rules", "--json").stdout))

    def test_unknown(self) -> None:
        """A rule there is none of, with near names."""
        assert f"did you mean {BAND}" in refused("rules", "segmentation.tier-bnad")


class TestHelp:
    """Every command says what it does."""

    @pytest.mark.parametrize("words", commands(cli), ids=" ".join)
    @pytest.mark.parametrize("flag", ["--help", "-h"])
    def test_help(self, words: tuple[str, ...], flag: str) -> None:
        """Help exits 0 and begins with the usage; every option has its words."""
        result = run(*words, flag)

        assert 0 == result.exit_code
        assert result.stdout.startswith("Usage: ")

    def test_every_option_is_explained(self) -> None:
        """No option without a sentence."""
        for words in commands(cli):
            command: click.Command = cli
            for word in words:
                assert isinstance(command, click.Group)
                command = command.commands[word]
            for param in command.params:
                if isinstance(param, click.Option):
                    assert param.help, (words, param.name)

    def test_version(self) -> None:
        """`--version` answers, installed or run from its source."""
        result = run("--version")

        assert 0 == result.exit_code
        assert result.stdout.startswith("bankservice ")

    @pytest.mark.parametrize(
        "args", [[], ["policies"], ["nonsense"], ["check", "--nonsense"], ["policies", "nonsense"]]
    )
    def test_wrong_words(self, args: list[str]) -> None:
        """Wrong or missing words are the caller's mistake: exit 2 and the usage."""
        result = run(*args)

        assert 2 == result.exit_code
        assert "Usage: " in result.output


class TestTerminals:
    """Pipes that break, terminals without colour or without Chinese: never a traceback."""

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gbk"])
    def test_encodings(self, tmp_path: Path, encoding: str) -> None:
        """What the terminal cannot show is shown by its number; JSON stays JSON."""
        table = tmp_path / "t.toml"
        table.write_text(TABLE + 'expect = { tier = "STANDARD" }', "utf-8")
        stored = json.dumps(decided("-p", SHIPPED), ensure_ascii=False)
        asked = [
            (["policies", "show", SHIPPED], ""),
            (["policies", "show", SHIPPED, "--json"], ""),
            (["check", str(table)], ""),
            (["explain", "--locale", "zh_CN"], stored),
        ]
        # One after another in one process: starting takes longer than answering.
        done = subprocess.run(
            [sys.executable, "-c", SEVERAL, json.dumps(asked)],
            capture_output=True,
            check=False,
            timeout=60,
            env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        )
        shown, raw, checked, why, last = done.stdout.split(b"\x1e")

        assert (0, b"", b"") == (done.returncode, done.stderr, last)
        assert [b"0", b"0", b"1", b"0"] == [
            said.rpartition(b"\n")[2] for said in (shown, raw, checked, why)
        ]
        known = json.loads(policies.load(SHIPPED).versions[0].text)
        assert [known] == json.loads(raw.rpartition(b"\n")[0].decode(encoding))

    def test_no_colour(self) -> None:
        """`NO_COLOR`, and a pipe, get no escape codes; `FORCE_COLOR` breaks nothing."""
        for name in ("NO_COLOR", "FORCE_COLOR"):
            result = real("rules", env={name: "1"})
            assert (0, b"") == (result.returncode, result.stderr)
            assert b"\x1b" not in result.stdout

    def test_a_broken_pipe(self) -> None:
        """A reader that leaves early gets no traceback."""
        with subprocess.Popen(
            [
                sys.executable,
                "-u",
                "-m",
                "bankservice.cli",
                "policies",
                "show",
                "vocabulary/services",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            told = process.stderr.read()

        assert b"" == told

    def test_a_name_that_is_no_text(self, tmp_path: Path) -> None:
        """A file name that is no UTF-8 is shown by its number."""
        name = os.fsencode(tmp_path) + b"/\xff.toml"
        Path(os.fsdecode(name)).write_text("= 1", "utf-8")
        result = real("check", os.fsdecode(name))

        assert (2, b"") == (result.returncode, result.stderr)
        assert b"0 passed, 1 failed" == result.stdout.splitlines()[-1]

    def test_as_a_module(self) -> None:
        """`python -m bankservice.cli` is the same command line, with its exit codes."""
        good = real("decide", BAND, "-p", SHIPPED, given=json.dumps(FACTS).encode())
        bad = real("decide", BAND, "-p", SHIPPED, given=b"\xff")

        assert (0, "GOLD") == (good.returncode, json.loads(good.stdout)["outcome"]["tier"])
        assert (2, b"") == (bad.returncode, bad.stdout)
        assert bad.stderr.startswith(b"Error: ")

    def test_without_click(self, tmp_path: Path) -> None:
        """Where click is missing, one line says what to install."""
        (tmp_path / "click.py").write_text("raise ModuleNotFoundError('no', name='click')", "utf-8")
        path = os.pathsep.join(
            [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH"), *sys.path])]
        )
        result = real("rules", env={"PYTHONPATH": path})

        assert (2, b"") == (result.returncode, result.stdout)
        assert b"pip install 'bankservice[cli]'" in result.stderr


TEXTS: Final = {
    policy: (files(package) / "policies" / f"{policy}.toml").read_text("utf-8")
    for policy in policies.shelf().shipped()
    for package in [policies.shelf().packages[policy.partition("/")[0]]]
}
WORDS: Final = ['"x"', "5", "-1", "5.5", "nan", "inf", "true", "[]", "{}", "[[]]", "[5]", '""', '"1e99"',
                '"P6M"', "2020-01-01", "9999-12-31", "0001-01-01", "2020-01-01T00:00:00Z", "10:00:00",
                '"unknown"', '{ fact = "region", equals = 5 }', '{ all = [] }', '{ not = 5 }',
                '[{ code = "x" }]', '{ en = "x", zh = "x" }', '"GOLD"', '"vocabulary/channels"']  # fmt: skip
KEYS: Final = ["since", "known_on", "ends_on", "applies_to", "approval", "fact", "review", "unit", "zone",
               "currency", "measurement", "landing", "grace", "protection", "ramp", "qualify", "retain",
               "enter", "services", "title", "code", "under", "extends", "source", "tags", "kind", "id",
               "version", "tier", "nonsense"]  # fmt: skip


def mutate(text: str, seed: int) -> str:
    """Return a policy file with a few lines lost, doubled, swapped or changed."""
    chance = random.Random(seed)
    lines = text.splitlines()
    for _ in range(chance.randint(1, 5)):
        place = chance.randrange(len(lines))
        match chance.randrange(6):
            case 0:
                del lines[place]
            case 1:
                lines.insert(place, lines[place])
            case 2:
                other = chance.randrange(len(lines))
                lines[place], lines[other] = lines[other], lines[place]
            case 3:
                lines.insert(place, f"{chance.choice(KEYS)} = {chance.choice(WORDS)}")
            case 4 if "=" in lines[place]:
                lines[place] = f"{lines[place].partition('=')[0]}= {chance.choice(WORDS)}"
            case _:
                cut = chance.randrange(len(lines[place]) + 1)
                lines[place] = (
                    lines[place][:cut]
                    + chance.choice(['"', "x", "]", "é", "0", ""])
                    + lines[place][cut + 1 :]
                )
        lines = lines or [""]
    return "\n".join(lines)


class TestAnyFile:
    """Whatever stands in a policy file, it is taken whole or its faults are told."""

    @given(st.sampled_from(sorted(TEXTS)), st.integers(0, 2**32))
    def test_mutations(self, policy: str, seed: int) -> None:
        """A shipped policy with a few accidents: a policy, or faults with a message each."""
        faults: tuple[Fault, ...] = ()
        versions: tuple[Any, ...] = ()
        try:
            versions = policies.shelf().read(mutate(TEXTS[policy], seed), "mutated").versions
        except PolicyError as error:
            faults = error.faults

        assert bool(versions) is not bool(faults)
        assert all(fault.got and fault.wanted for fault in faults)

    @given(st.text(max_size=40) | st.binary(max_size=40).map(lambda raw: raw.decode("latin-1")))
    def test_noise(self, text: str) -> None:
        """Noise is never a policy."""
        with pytest.raises(PolicyError):
            policies.shelf().read(text, "noise")
