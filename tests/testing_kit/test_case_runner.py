"""
The case-table runner, sentence by sentence of the page that fixes its surface.

Nonsense is never a pass: it is bad, and says what and where.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice import policies
from bankservice.core.errors import UnknownNameError
from bankservice.testing import cases
from bankservice.testing.case_forms import Table

TIERS = """
id = "acme/tiers"
kind = "segmentation.tiers"
[[version]]
since = 2020-01-01
source = { text = "Acme retail policy", clause = "1", checked = "own" }
zone = "Asia/Shanghai"
currency = "CNY"
grace_starts = "at_miss"                 # or "after_protection"
landing = "by_latch"                     # or "one_step", "to_measured"
[[version.tier]]
code = "STANDARD"
[[version.tier]]
code = "GOLD"
enter = "50000.00"
retain = "40000.00"
protection = "P6M"
grace = "P3M"
"""

RULE = 'rule = "segmentation.tier-band"\npolicy_file = "acme.policy.toml"\n'
RECORD = 'record = "segmentation.standing"\npolicy_file = "acme.policy.toml"\n'
GOLD = '[[case]]\nname = "gold"\nfacts = { measure = { average = "50000.00" }, on = 2026-01-31 }\n'
ENTERS = """
[[case.step]]
at = 2026-01-31T10:00:00+08:00
do = "assess"
with = { measure = { average = "60000.00" } }
expect = { tier = "GOLD" }
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a table beside the policy, and gives its path."""
    (tmp_path / "acme.policy.toml").write_text(TIERS, "utf-8")

    def one(text: str, name: str = "table.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return one


def run(path: Path) -> cases.Report:
    """Run one table."""
    return cases.run([path])


def scenario(*steps: str, name: str = "a case") -> str:
    """Return a table of one scenario."""
    return RECORD + f'[[case]]\nname = "{name}"\n' + "".join(f"[[case.step]]\n{s}\n" for s in steps)


def bad(report: cases.Report) -> str:
    """Return why the only case of a report is bad."""
    assert 2 == report.exit_code
    assert 0 == report.passed
    assert 1 == len(report.results)
    return report.results[0].bad


def failed(report: cases.Report) -> str:
    """Return what did not match in the only case of a report."""
    assert 1 == report.exit_code
    assert 1 == len(report.results)
    return "; ".join(report.results[0].problems)


class TestOutcomeOfARun:
    """Passes, failures and bad tables are counted, and the others still run."""

    def test_pass(self, write: Write) -> None:
        """A case whose every part matches passes: exit 0."""
        report = run(write(RULE + GOLD + 'expect = { tier = "GOLD" }\n'))

        assert (1, 0, 0) == (report.passed, report.failed, report.exit_code)

    def test_fail(self, write: Write) -> None:
        """A case that differs fails, with expected, got and the explanation: exit 1."""
        report = run(write(RULE + GOLD + 'expect = { tier = "STANDARD" }\n'))

        assert (0, 1, 1) == (report.passed, report.failed, report.exit_code)
        assert report.results[0].problems == ("tier: expected 'STANDARD', got 'GOLD'",)
        assert "50,000.00" in report.results[0].explanation

    def test_bad_table_and_the_others_still_run(self, write: Write, tmp_path: Path) -> None:
        """One bad table gives exit 2; the tables before and after it run."""
        write(RULE + GOLD + 'expect = { tier = "GOLD" }\n', "a.toml")
        write("rule = nonsense", "b.toml")
        write(RULE + GOLD + 'expect = { tier = "STANDARD" }\n', "c.toml")
        report = cases.run([tmp_path])

        assert (1, 2, 2) == (report.passed, report.failed, report.exit_code)

    def test_bad_case_and_the_others_still_run(self, write: Write) -> None:
        """One bad case of a table leaves the others as they are."""
        good = GOLD + 'expect = { tier = "GOLD" }\n'
        report = run(write(RULE + good + GOLD + "expct = {}\n" + good))

        assert (2, 1, 2) == (report.passed, report.failed, report.exit_code)

    def test_one_line_each(self, write: Write) -> None:
        """A name with line breaks cannot forge another line."""
        text = GOLD.replace('"gold"', '"gold\\n9 passed, 0 failed"')
        report = run(write(RULE + text + 'expect = { tier = "X" }\n'))

        assert 1 == len(str(report.results[0]).splitlines())

    def test_check_raises_with_the_reason(self, write: Write) -> None:
        """Under pytest a failing case raises with expected, got and why."""
        (case,) = cases.collect(write(RULE + GOLD + 'expect = { tier = "STANDARD" }\n'))

        with pytest.raises(
            AssertionError, match=r"expected 'STANDARD', got 'GOLD'(.|\n)*50,000\.00"
        ):
            case.check()

    def test_check_is_silent_on_a_pass(self, write: Write) -> None:
        """Under pytest a passing case just returns; its id names file and case."""
        (case,) = cases.collect(write(RULE + GOLD + 'expect = { tier = "GOLD" }\n'))
        case.check()

        assert str(case).endswith("table.toml :: gold")

    def test_check_raises_for_a_bad_case(self, write: Write) -> None:
        """Under pytest a bad case is no pass either."""
        (case,) = cases.collect(write(RULE + GOLD + "expct = {}\n"))

        with pytest.raises(AssertionError, match=r"BAD .*expect"):
            case.check()

    def test_collect_raises_for_a_bad_table(self, write: Write) -> None:
        """Collecting a bad table raises; nothing of it is left out silently."""
        with pytest.raises(cases.BadTable, match="no rule 'x'"):
            cases.collect(write('rule = "x"\n' + GOLD))


class TestFiles:
    """Which files are tables."""

    def test_a_policy_is_never_a_table(self, write: Write, tmp_path: Path) -> None:
        """`*.policy.toml` is left out in a folder, and where a shell's `*` names it."""
        table = write(RULE + GOLD + 'expect = { tier = "GOLD" }\n')

        assert list(cases.tables([tmp_path])) == [table]
        assert list(cases.tables(sorted(tmp_path.iterdir()))) == [table]

    def test_the_plan_of_a_run_is_never_a_table(self, write: Write, tmp_path: Path) -> None:
        """`bank.toml` is left out, and no other name that ends so."""
        table = write(RULE + GOLD + 'expect = { tier = "GOLD" }\n', "acme-bank.toml")
        plan = write('institution = "acme/bank"\n', "bank.toml")

        assert [table] == list(cases.tables([tmp_path]))
        assert [] == list(cases.tables([plan]))

    def test_folders_below(self, tmp_path: Path, write: Write) -> None:
        """Folders are searched to the bottom, in order of name; other files are no tables."""
        (tmp_path / "b" / "c").mkdir(parents=True)
        found = [write("", "b/c/z.toml"), write("", "b/y.toml"), write("", "x.toml")]
        write("", "b/readme.md")

        assert sorted(found) == list(cases.tables([tmp_path]))

    @pytest.mark.parametrize("name", ["missing.toml", ".", "latin.toml", "mark.toml"])
    def test_unreadable(self, tmp_path: Path, name: str) -> None:
        """A missing file, a folder, another encoding: bad, named, no traceback."""
        (tmp_path / "latin.toml").write_bytes('rule = "é"'.encode("latin-1"))
        (tmp_path / "mark.toml").write_bytes(b"\xef\xbb\xbfrule = 'x'")

        with pytest.raises(cases.BadTable, match=re.escape(str(tmp_path / name))):
            cases.read(tmp_path / name)

    @pytest.mark.parametrize(
        "text",
        [
            "= 1",
            "x = 1979-13-01",
            "x = " + "[" * 5_000,
            "x = " + "1" * 5_000,
            "x = 1e99999999999999999999",
            'rule = "\\ud800"',
            "",
            "case = []",
            "case = 1",
            'case = ["x"]',
            'rule = "segmentation.tier-band"',
            'rule = 5\ncase = [{ name = "x" }]',
            'rule = "segmentation.tier-band"\nrecord = "segmentation.standing"\ncase = []',
            'tolerance = "nan"\n' + RULE + GOLD,
            'tolerance = "-1"\n' + RULE + GOLD,
            "tolerance = inf\n" + RULE + GOLD,
            'tolerance = "1e999999999"\n' + RULE + GOLD,
            'policy_file = "gone.policy.toml"\nrule = "segmentation.tier-band"\n' + GOLD,
            'policy_file = "a\\u0000b"\nrule = "segmentation.tier-band"\n' + GOLD,
            'policy_file = ["acme.policy.toml"]\nrule = "segmentation.tier-band"\n' + GOLD,
            'policies = "segmentation/cn-retail-shape"\nrule = "segmentation.tier-band"\n' + GOLD,
            'policy = "segmentation/../x"\nrule = "segmentation.tier-band"\n' + GOLD,
            "version_on = 2026-01-01\n" + RECORD + "[[case]]\nname = 'x'\n" + ENTERS,
            'version_on = "2026-01-01"\n' + RULE + GOLD,
        ],
    )
    def test_no_table(self, write: Write, text: str) -> None:
        """What is no table is bad, in one line that names the file."""
        path = write(text)
        report = run(path)

        assert 2 == report.exit_code
        assert str(path) in str(report.results[0])
        assert 1 == len(str(report.results[0]).splitlines())

    def test_every_fault_at_once(self, write: Write) -> None:
        """A table with several faults hears of all."""
        told = bad(run(write('rul = "x"\ntolerance = "a"\nversion_on = 1\n')))

        for part in ("case: got nothing", "rul: got an unknown key", "tolerance:", "version_on:"):
            assert part in told


class TestUnknownNames:
    """An unknown rule, fact, path, key, command or code is an error with near names."""

    @pytest.mark.parametrize(
        ("text", "near"),
        [
            (RULE.replace("tier-band", "tier-bnd") + GOLD, "segmentation.tier-band"),
            (RECORD.replace("standing", "standng") + "case = []", "segmentation.standing"),
            (RULE.replace("policy_file", "polcy_file") + GOLD, "policy_file"),
            ('rule = "segmentation.tier-band"\npolicy = "segmentation/cn-retail-shap"\n' + GOLD,
             "segmentation/cn-retail-shape"),
            (RULE + GOLD.replace("measure", "mesure") + "expect = {}", "measure"),
            (RULE + GOLD.replace("average", "averag") + "expect = {}", "average"),
            (RULE + GOLD + "expct = {}", "expect"),
            (RULE + GOLD + 'expect = { teir = "GOLD" }', "tier"),
            (RULE + GOLD + 'absent = ["unknwon"]', "unknown"),
            (RULE + GOLD.replace("{ average", "{ asets = { average").replace(" }, on", " } }, on"),
             "assets"),
            (scenario('do = "asess"\nwith = { measure = "unknown" }'), "assess"),
            (scenario('do = "assess"\nwth = { measure = "unknown" }'), "with"),
            (scenario('do = "assess"\nwith_ = { measure = "unknown" }'), "with"),
            (scenario('do = "assess"\nwith = { mesure = "unknown" }'), "measure"),
            (scenario('do = "assess"\nwith = { measure = "unknown" }\nrefused = "out-of-oder"'),
             "out-of-order"),
            (scenario('do = "assess"\nwith = { measure = "unknown" }\nexpect = { teir = "X" }'),
             "tier"),
            (scenario('absent = ["next_reviw"]'), "next_review"),
            (scenario('absent = ["qualifications.GOLD.protected_untl"]'),
             "qualifications.GOLD.protected_until"),
            (scenario('expect = { qualifications.GOLD.blow_since = 2026-01-01 }'),
             "qualifications.GOLD.below_since"),
            (scenario("", "expct = {}"), "expect"),
        ],
    )  # fmt: skip
    def test_near_name(self, write: Write, text: str, near: str) -> None:
        """The right name is offered; the case is bad."""
        told = bad(run(write(text)))

        assert re.search(rf"did you mean [^?]*{re.escape(near)}", told), told

    @pytest.mark.parametrize(
        "text",
        [
            RULE + GOLD + "expect = 5",
            RULE + GOLD + 'expect = "GOLD"',
            RULE + GOLD + "expect = []",
            RULE + GOLD + 'absent = "tier"',
            RULE + GOLD + "absent = [1]",
            RULE + GOLD + 'version_on = "2026-01-01"',
            RULE + "[[case]]\nname = 5\nfacts = {}",
            RULE + '[[case]]\nname = "no facts"',
            RULE + "[[case]]\nfacts = { measure = 'unknown', on = 2026-01-01 }",
            RULE + '[[case]]\nname = "facts are no table"\nfacts = 5',
            RULE + GOLD.replace('"50000.00"', "50000.00"),
            RULE + GOLD.replace('"50000.00"', "50000"),
            RULE + GOLD.replace('"50000.00"', '"nan"'),
            RULE + GOLD.replace('"50000.00"', "nan"),
            RULE + GOLD.replace('"50000.00"', '"1e999999999"'),
            RULE + GOLD.replace("2026-01-31", "2026-01-31T10:00:00Z"),
            RULE + GOLD.replace("2026-01-31", '"tomorrow"'),
            RULE.replace("policy_file", "policies = ['segmentation/cn-retail-shape']\npolicy_file")
            + GOLD,
            'rule = "segmentation.tier-band"\npolicy = "vocabulary/roles"\n' + GOLD,
            'rule = "segmentation.tier-band"\n' + GOLD,
            'record = "segmentation.standing"\n[[case]]\nname = "x"\n' + ENTERS,
            RECORD + '[[case]]\nname = "no step"',
            RECORD + '[[case]]\nname = "no step"\nstep = []',
            RECORD + '[[case]]\nname = "step is no table"\nstep = [1]',
            RECORD + '[[case]]\nname = "x"\nstep = { at = 2026-01-01 }',
            scenario("at = 2026-01-31T10:00:00"),
            scenario('at = "2026-01-31T10:00:00Z"'),
            scenario("at = 10:00:00"),
            scenario("at = 5"),
            scenario('do = ""\nwith = { measure = "unknown" }'),
            scenario("do = 5"),
            scenario('do = "assess"'),
            scenario('do = "assess"\nwith = 5'),
            scenario('do = "assess"\nwith = []'),
            scenario('do = "assess"\nwith = { measure = "unknown", at = "now" }'),
            scenario('do = "assess"\nwith = { measure = "unknown", at = 2026-01-01T00:00:00 }'),
            scenario('do = "assess"\nwith = { measure = "unknown", on = "soon" }'),
            scenario('do = "assess"\nwith = { measure = "unknown" }\nrefused = ""'),
            scenario('do = "assess"\nwith = { measure = "unknown" }\nreplayed = "no"'),
            scenario('do = "assess"\nwith = { measure = "unknown" }\nsubject = ""'),
            scenario('do = "assess"\nwith = { measure = "unknown" }\nsubject = "4111111111111111"'),
            scenario('do = "assess"\nwith = { measure = "unknown" }\ncommand = "a\\nb"'),
            scenario('at = 9999-12-31T10:00:00Z\ndo = "assess"\nwith = { measure = { average = "60000" } }'),
        ],
    )  # fmt: skip
    def test_never_a_pass(self, write: Write, text: str) -> None:
        """Nonsense is bad, and the message says why."""
        assert bad(run(write(text)))

    @pytest.mark.parametrize(
        "key",
        [
            'with = { measure = "unknown" }',
            'refused = "out-of-order"',
            "replayed = true",
            'command = "c-1"',
            'actor = "a"',
            'approved_by = "b"',
        ],
    )
    def test_a_step_without_do_only_looks(self, write: Write, key: str) -> None:
        """What belongs to a command is an error where nothing is done."""
        assert key.split(maxsplit=1)[0] in bad(
            run(write(scenario(f'{key}\nexpect = {{ tier = "STANDARD" }}')))
        )

    def test_a_measure_the_policy_does_not_name(self, write: Write) -> None:
        """An unknown measure in a command is bad, with the known ones."""
        body = (
            'at = 2026-01-01\ndo = "assess"\nwith = { measure = { salary = { average = "1.00" } } }'
        )

        assert "a measure of the policy: assets" in bad(run(write(scenario(body))))


class TestPolicies:
    """How a table names its policies."""

    def test_the_example_without_title_loads(self, write: Write, tmp_path: Path) -> None:
        """The policy as the fixed page writes it has no title; its id serves."""
        write("")
        policy = policies.load(tmp_path / "acme.policy.toml")

        assert ("acme/tiers", "acme/tiers") == (policy.title.en, policy.title.zh)

    @pytest.mark.parametrize(
        "named",
        [
            'policy = "segmentation/cn-retail-shape"',
            'policies = ["segmentation/cn-retail-shape"]',
            'policies = ["vocabulary/roles", "segmentation/cn-retail-shape"]',
            'policies = ["segmentation/cn-retail-shape", "vocabulary/roles"]',
        ],
    )
    def test_shipped(self, write: Write, named: str) -> None:
        """Shipped policies are named by id, one or several, in any order."""
        text = (
            f'rule = "segmentation.tier-band"\n{named}\n' + GOLD + 'expect = { tier = "STANDARD" }'
        )
        looks = f'record = "segmentation.standing"\n{named}\n[[case]]\nname = "x"\n'

        assert 0 == run(write(text)).exit_code
        assert 0 == run(write(looks + '[[case.step]]\nexpect = { tier = "STANDARD" }')).exit_code

    def test_files(self, write: Write) -> None:
        """Own policies are files beside the table, one or several."""
        text = RULE.replace(
            'policy_file = "acme.policy.toml"', 'policy_files = ["acme.policy.toml"]'
        )

        assert 0 == run(write(text + GOLD + 'expect = { tier = "GOLD" }')).exit_code

    def test_beside_the_table_not_the_caller(
        self, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A path starts at the table, wherever the command runs."""
        (tmp_path / "below").mkdir()
        text = RULE.replace('"acme', '"../acme') + GOLD + 'expect = { tier = "GOLD" }'
        path = write(text, "below/table.toml")
        monkeypatch.chdir(tmp_path / "below")

        assert 0 == run(path).exit_code

    def test_files_may_link_each_other_in_any_order(self, write: Write) -> None:
        """A file that extends a later one finds it."""
        tree = 'kind = "vocabulary.tree"\n[[version]]\nsince = 2020-01-01\nsource = { text = "x", checked = "own" }\n'
        code = '[[version.code]]\ncode = "{}"\ntitle = {{ en = "x", zh = "x" }}\n'
        write(
            'id = "acme/more"\n' + tree + 'extends = "acme/base"\n' + code.format("b"),
            "more.policy.toml",
        )
        write('id = "acme/base"\n' + tree + code.format("a"), "base.policy.toml")
        text = 'policy_files = ["more.policy.toml", "base.policy.toml"]\n'

        assert 0 == run(write(text + RULE + GOLD + 'expect = { tier = "GOLD" }')).exit_code

    def test_the_faults_of_a_policy_file_are_told(self, write: Write) -> None:
        """A faulty policy makes the table bad, with every fault."""
        write(TIERS.replace('"CNY"', '"CNX"').replace("retain", "retian"), "acme.policy.toml")
        told = bad(run(write(RULE + GOLD)))

        assert "version[0].tier[1].retian" in told

    def test_qualify_in_full(self, write: Write) -> None:
        """The long form names measures; `any` takes the best, `all` wants each."""
        long = (
            'qualify = [{ measure = "assets", enter = "50000.00", retain = "40000.00" }, '
            '{ measure = "salary", enter = "10000.00" }]\nqualify_by = "any"\n'
        )
        short = 'enter = "50000.00"\nretain = "40000.00"\n'
        measure = '{ assets = { average = "0.00" }, salary = { average = "10000.00" } }'
        case = GOLD.replace('{ average = "50000.00" }', measure)
        write(TIERS.replace(short, long), "acme.policy.toml")
        gained = run(write(RULE + case + 'expect = { tier = "GOLD" }'))
        write(TIERS.replace(short, long.replace('"any"', '"all"')), "acme.policy.toml")
        missed = run(write(RULE + case + 'expect = { tier = "STANDARD" }'))

        assert (0, 0) == (gained.exit_code, missed.exit_code)

    def test_the_long_form_of_one_measure_is_the_short_form(
        self, write: Write, tmp_path: Path
    ) -> None:
        """`enter`/`retain` is short for one row of `qualify` over `assets`: equal answers."""
        long = 'qualify = [{ measure = "assets", enter = "50000.00", retain = "40000.00" }]\n'
        text = TIERS.replace('enter = "50000.00"\nretain = "40000.00"\n', long)
        write(text, "long.policy.toml")
        assess = (
            'do = "assess"\nwith = {{ measure = {{ average = "{}" }} }}\nexpect = {{ tier = "{}" }}'
        )
        looks = scenario(
            "at = 2026-01-01\n" + assess.format("49999.99", "STANDARD"),
            "at = 2026-01-02\n" + assess.format("50000.00", "GOLD"),
            "at = 2027-01-01\n" + assess.format("40000.00", "GOLD"),
            "at = 2027-01-02\n" + assess.format("39999.99", "GOLD"),
            "at = 2027-04-02\n" + assess.format("39999.99", "STANDARD"),
        )

        for name in ("acme", "long"):
            table = write(looks.replace("acme.policy", f"{name}.policy"))
            assert run(table).results[0].problems == ()


class TestNothingToFail:
    """What could not fail is bad, never a pass."""

    def test_a_rule_case_that_expects_nothing(self, write: Write) -> None:
        """A case of a rule with neither expect nor absent is bad."""
        report = run(write(RULE + GOLD))

        assert 2 == report.exit_code
        assert "expects nothing" in report.results[0].bad

    def test_a_table_without_cases(self, write: Write) -> None:
        """A table whose list of cases is empty is bad."""
        report = run(write(RULE + "case = []\n"))

        assert 2 == report.exit_code
        assert "has no case" in report.results[0].bad


class TestVersionOn:
    """Without `version_on` the case's own governing day picks the version."""

    LATER = """
[[version]]
since = 2026-01-01
source = { text = "Acme retail policy", clause = "2", checked = "own" }
zone = "Asia/Shanghai"
currency = "CNY"
[[version.tier]]
code = "STANDARD"
[[version.tier]]
code = "GOLD"
enter = "90000.00"
"""

    def test_governing_day(self, write: Write) -> None:
        """The version in force on the case's own day is used."""
        write(TIERS + self.LATER, "acme.policy.toml")
        before = GOLD.replace("2026-01-31", "2025-12-31") + 'expect = { tier = "GOLD" }\n'
        after = GOLD + 'expect = { tier = "STANDARD" }\n'

        assert 0 == run(write(RULE + before + after)).exit_code

    @pytest.mark.parametrize("place", ["table", "case"])
    def test_version_on(self, write: Write, place: str) -> None:
        """`version_on` picks another, for the whole table or one case."""
        write(TIERS + self.LATER, "acme.policy.toml")
        on = "version_on = 2025-12-31\n"
        table, case = (on, "") if place == "table" else ("", on)

        assert (
            0 == run(write(table + RULE + GOLD + case + 'expect = { tier = "GOLD" }\n')).exit_code
        )

    def test_the_case_wins(self, write: Write) -> None:
        """A case's own `version_on` wins over the table's."""
        write(TIERS + self.LATER, "acme.policy.toml")
        text = "version_on = 2026-06-01\n" + RULE + GOLD + "version_on = 2025-12-31\n"

        assert 0 == run(write(text + 'expect = { tier = "GOLD" }\n')).exit_code

    def test_no_version_on_the_day(self, write: Write) -> None:
        """A gap on the day asked fails and names policy, day and first version."""
        told = failed(run(write(RULE + GOLD.replace("2026-01-31", "2019-12-31"))))

        assert "acme/tiers has no version on 2019-12-31" in told
        assert "2020-01-01" in told


class TestScenario:
    """Steps run in order against one fresh record."""

    @pytest.mark.parametrize(
        "text",
        [
            scenario('expect = { tier = "STANDARD" }\nabsent = ["reason", "effective_on", "next_review"]'),
            scenario('at = 2026-01-31T10:00:00Z\nexpect = { tier = "STANDARD" }'),
            scenario(
                'at = 2026-01-31T10:00:00Z\ndo = "assess"\nwith = { measure = "unknown" }\n'
                'expect = { tier = "STANDARD", reason = "TIER_UNKNOWN_MEASURE" }\n'
                'absent = ["effective_on"]'
            ),
        ],
    )  # fmt: skip
    def test_fresh_holds_the_base_tier(self, write: Write, text: str) -> None:
        """A fresh standing holds the base tier: before any command, and after unknown."""
        assert run(write(text)).results[0].problems == ()
        assert 0 == run(write(text)).exit_code

    def test_fresh_holds_the_base_of_the_day(self, write: Write) -> None:
        """Where a later version renames the base, the version in force on the day says it."""
        renamed = TestVersionOn.LATER.replace("STANDARD", "BASIC")
        write(TIERS + renamed, "acme.policy.toml")
        text = scenario(
            'at = 2025-12-31T10:00:00Z\nexpect = { tier = "STANDARD" }',
            'at = 2026-01-02T10:00:00Z\nexpect = { tier = "BASIC" }',
        )

        assert 0 == run(write(text)).exit_code

    def test_the_golden_fall(self, write: Write) -> None:
        """Protection and grace, misses in between: it lapses on its day, recorded later."""
        assess = 'do = "assess"\nwith = {{ measure = {{ average = "{}" }} }}\n'
        text = scenario(
            "at = 2026-01-31T23:00:00+08:00\n" + assess.format("50000.00")
            + 'expect = { tier = "GOLD", reason = "TIER_UP", effective_on = 2026-01-31, '
            "qualifications.GOLD = { on = true, protected_until = 2026-07-31 } }",
            "at = 2026-03-31T23:00:00+08:00\n" + assess.format("39999.99")
            + 'expect = { tier = "GOLD", reason = "TIER_PROTECTED", next_review = 2026-07-31, '
            "qualifications.GOLD.below_since = 2026-03-31 }",
            "at = 2026-08-05T23:00:00+08:00\n" + assess.format("39999.99")
            + 'expect = { tier = "STANDARD", reason = "TIER_LAPSED", effective_on = 2026-07-31, '
            "qualifications.GOLD.on = false }",
        )  # fmt: skip

        assert run(write(text)).results[0].problems == ()

    def test_numbers_of_a_measure(self, write: Write) -> None:
        """Balance-days and an average are the same measure; a number may be text."""
        for measure in (
            "balance_minor_days = 150000000, days = 30",
            'balance_minor_days = "150000000", days = "30"',
        ):
            step = f'at = 2026-01-31T10:00:00Z\ndo = "assess"\nwith = {{ measure = {{ {measure} }} }}\nexpect = {{ tier = "GOLD" }}'
            assert 0 == run(write(scenario(step))).exit_code

    def test_at_is_now_and_stays(self, write: Write) -> None:
        """`at` sets the effective day in the policy's zone; a step without it keeps the last."""
        text = scenario(
            'at = 2026-01-31T17:00:00Z\ndo = "assess"\nwith = { measure = { average = "50000.00" } }\n'
            "expect = { effective_on = 2026-02-01 }",
            "expect = { assessed_on = 2026-02-01 }",
            'do = "assess"\nwith = { measure = "unknown" }\nexpect = { assessed_on = 2026-02-01 }',
        )

        assert run(write(text)).results[0].problems == ()

    def test_a_date_as_at(self, write: Write) -> None:
        """A date is the first instant of that day in the policy's zone."""
        text = scenario(
            'at = 2026-01-31\ndo = "assess"\nwith = { measure = { average = "50000.00" } }\n'
            "expect = { effective_on = 2026-01-31 }"
        )

        assert run(write(text)).results[0].problems == ()

    @pytest.mark.parametrize(
        "key", ["on = 2026-01-15", "at = 2026-01-15T10:00:00+08:00", "at = 2026-01-15"]
    )
    def test_with_overrides_at(self, write: Write, key: str) -> None:
        """`with.on` and `with.at` override the effective time, not now."""
        text = scenario(
            f'at = 2026-01-31T10:00:00+08:00\ndo = "assess"\nwith = {{ measure = {{ average = "50000.00" }}, {key} }}\n'
            "expect = { effective_on = 2026-01-15 }"
        )

        assert run(write(text)).results[0].problems == ()

    def test_refused(self, write: Write) -> None:
        """A refusal is expected by its code, and changes nothing."""
        back = 'at = 2026-02-01T10:00:00Z\ndo = "assess"\nwith = { measure = "unknown", on = 2026-01-01 }\n'
        text = RECORD + '[[case]]\nname = "x"\n' + ENTERS + "[[case.step]]\n" + back

        assert (
            0 == run(write(text + 'refused = "out-of-order"\nexpect = { tier = "GOLD" }')).exit_code
        )
        assert "step 2: expected accepted, got refused 'out-of-order'" in failed(run(write(text)))

    @pytest.mark.parametrize("code", ["out-of-order", "no-ramp"])
    def test_refused_but_accepted(self, write: Write, code: str) -> None:
        """A known code that does not come fails; the explanation stands by."""
        text = RECORD + '[[case]]\nname = "x"\n' + ENTERS + f'refused = "{code}"\n'
        report = run(write(text))

        assert failed(report) == f"step 1: expected refused '{code}', got accepted"
        assert "GOLD" in report.results[0].explanation

    def test_another_refusal(self, write: Write) -> None:
        """One refusal instead of another fails and names both."""
        body = 'do = "end_override"\nwith = { reason = "r" }\nat = 2026-01-01T00:00:00Z\n'
        told = failed(run(write(scenario(body + 'refused = "no-override"'))))

        assert "expected refused 'no-override', got refused 'approval-missing'" in told

    def test_replayed(self, write: Write) -> None:
        """The same command id and content again gives the first answer: `replayed`."""
        once = ENTERS.replace("[[case.step]]", "") + 'command = "c-1"\n'
        text = scenario(once + "replayed = false", once + "replayed = true")

        assert run(write(text)).results[0].problems == ()
        wrong = scenario(once + "replayed = true", once + "replayed = false")
        assert 2 == len(run(write(wrong)).results[0].problems)

    def test_a_fresh_id_where_left_out(self, write: Write) -> None:
        """Steps without `command` never meet an id the table uses."""
        step = ENTERS.replace("[[case.step]]", "")
        text = scenario(
            step + 'command = "case-command-2"',
            step + "replayed = false",
            step + "replayed = false",
        )

        assert run(write(text)).results[0].problems == ()

    def test_two_commands_under_one_id(self, write: Write) -> None:
        """Other content under a used id fails and names what differs."""
        step = ENTERS.replace("[[case.step]]", "") + 'command = "c-1"\n'
        told = failed(run(write(scenario(step, step.replace("60000", "70000")))))

        assert "'c-1'" in told
        assert "with.measure" in told

    def test_subject(self, write: Write) -> None:
        """`subject` names the record where a case has several."""
        text = scenario(
            ENTERS.replace("[[case.step]]", "") + 'subject = "customer-1"',
            'subject = "customer-2"\nexpect = { tier = "STANDARD" }',
            'subject = "customer-1"\nexpect = { tier = "GOLD" }',
        )

        assert run(write(text)).results[0].problems == ()

    def test_cases_do_not_share(self, write: Write) -> None:
        """Each case begins with a fresh record."""
        two = RECORD + '[[case]]\nname = "a"\n' + ENTERS
        two += (
            '[[case]]\nname = "b"\n[[case.step]]\nat = 2026-02-01\nexpect = { tier = "STANDARD" }'
        )

        assert 0 == run(write(two)).exit_code

    def test_a_second_person(self, write: Write) -> None:
        """`actor` and `approved_by` say who."""
        body = 'do = "grant_override"\nwith = { tier = "GOLD", until = 2026-06-01, reason = "r" }\nat = 2026-01-01T00:00:00Z\nactor = "ann"\n'
        text = scenario(
            body + 'refused = "approval-missing"',
            body + 'approved_by = "ann"\nrefused = "approver-is-actor"',
            body + 'approved_by = "bob"\nexpect = { tier = "GOLD", override_until = 2026-06-01 }',
        )

        assert run(write(text)).results[0].problems == ()

    def test_a_failing_look_after_an_override(self, write: Write) -> None:
        """A failure is told also where the last entry holds no decision to explain."""
        body = 'do = "grant_override"\nwith = { tier = "GOLD", until = 2026-06-01, reason = "r" }\nat = 2026-01-01T00:00:00Z\nactor = "ann"\napproved_by = "bob"\n'
        told = failed(run(write(scenario(body + 'expect = { tier = "STANDARD" }'))))

        assert told == "step 1: tier: expected 'STANDARD', got 'GOLD'"

    def test_every_problem_is_told(self, write: Write) -> None:
        """A case tells the problems of all its steps, each with its step."""
        text = scenario(
            ENTERS.replace("[[case.step]]", "").replace('"GOLD"', '"X"'),
            'expect = { tier = "Y" }\nabsent = ["assessed_on"]',
        )

        assert failed(run(write(text))) == (
            "step 1: tier: expected 'X', got 'GOLD'; step 2: tier: expected 'Y', got 'GOLD'; "
            "step 2: assessed_on: expected nothing, got 2026-01-31"
        )


keys = st.sampled_from(
    ["name", "facts", "expect", "absent", "step", "version_on", "at", "do", "with", "refused",
     "replayed", "subject", "command", "measure", "on", "average", "days", "balance_minor_days",
     "tier", "reason", "qualifications", "GOLD", "until", "x"]
)  # fmt: skip
leaves = st.one_of(
    st.sampled_from(["assess", "grant_override", "unknown", "GOLD", "STANDARD", "tier", "50000.00",
                     "1e9", "-1", "nan", "", "out-of-order", "2026-01-31"]),
    st.integers(-2, 10**12),
    st.booleans(),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.times(),
    st.text(max_size=5),
)  # fmt: skip
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=8,
)
measures = st.one_of(
    st.just("unknown"), st.fixed_dictionaries({"average": st.sampled_from(["0", "45000", "60000"])})
)
steps = st.one_of(
    st.dictionaries(keys, trees, max_size=4),
    st.fixed_dictionaries(
        {"do": st.just("assess"), "with": st.fixed_dictionaries({"measure": measures | trees})},
        optional={
            "at": st.dates(date(2019, 1, 1), date(2027, 1, 1)) | trees,
            "expect": st.dictionaries(keys, trees, max_size=3) | trees,
            "absent": trees,
            "command": st.sampled_from(["c-1", "c-2"]) | trees,
        },
    ),
)


def case_of(table: str, raw: Any) -> cases.Case:
    """Return a case as it comes out of a TOML table, without the text in between."""
    policy = policies.shelf().get("segmentation/cn-retail-shape")
    rule, record = (
        ("segmentation.tier-band", "") if table == "rule" else ("", "segmentation.standing")
    )
    written = Table(case=(raw,), policy=policy.id, rule=rule, record=record)
    return cases.Case("fuzz.toml", raw, written, policies.shelf(), (policy,))


class TestDecision:
    """A case of a rule can be decided for its own sake."""

    def test_it_is_what_the_case_is_held_against(self, write: Write) -> None:
        """The outcome is told, also where the table expects another one."""
        path = write(f'{RULE}{GOLD}expect = {{ tier = "STANDARD" }}\n')
        (case,) = cases.collect(path)

        assert not case.run().passed
        assert "GOLD" == case.decision().outcome.tier

    def test_a_scenario_is_no_decision(self, write: Write) -> None:
        """A case of a record names no rule, so nothing can be decided."""
        path = write(f'{RECORD}[[case]]\nname = "enters"\n{ENTERS}')
        (case,) = cases.collect(path)

        with pytest.raises(UnknownNameError, match="rule"):
            case.decision()


class TestAnything:
    """Whatever a table holds, each case passes, fails or is bad; nothing else happens."""

    @given(st.dictionaries(keys, trees, max_size=5) | trees)
    def test_a_case_of_a_rule(self, raw: Any) -> None:
        """Random cases of a rule never end in a traceback, and never pass."""
        assert not case_of("rule", raw).run().passed

    @given(st.dictionaries(keys, trees, min_size=1, max_size=3))
    def test_random_expectations(self, expect: dict[str, Any]) -> None:
        """An expectation passes only where it says what is so."""
        facts = {"measure": {"average": "600000.00"}, "on": date(2026, 1, 31)}
        result = case_of("rule", {"name": "x", "facts": facts, "expect": expect}).run()

        assert result.passed is (expect == {"tier": "GOLD"})

    @given(st.lists(steps, max_size=4))
    def test_a_scenario(self, raw: list[Any]) -> None:
        """Random steps never end in a traceback; a line says what became of them."""
        result = case_of("record", {"name": "x", "step": raw}).run()

        assert result.passed or 1 == len(str(result).splitlines())

    @given(trees.filter(lambda tree: not isinstance(tree, datetime)))
    def test_a_scenario_of_anything(self, raw: Any) -> None:
        """Whatever stands for the steps, it is bad unless it is a list of steps."""
        if isinstance(raw, list) and raw and all(isinstance(step, dict) for step in raw):
            return

        assert case_of("record", {"name": "x", "step": raw}).run().bad
