"""
The commands: `policies export`, `policies import`, and the words their workbooks are in.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import attrs
import openpyxl
import pytest
import sheet_words
from click.testing import CliRunner, Result

from bankservice import policies
from bankservice.cli.commands import cli
from bankservice.core import wording
from bankservice.sheets.decor import _catalogue, say

TIERS: Final = "segmentation/cn-retail-shape"
FILE: Final = "cn-retail-shape.policy.toml"


def run(*words: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(cli, ["policies", *map(str, words)])


def set_cell(book: Path, sheet: str, place: str, value: Any) -> None:
    """Change one cell of a workbook."""
    held = openpyxl.load_workbook(book)
    held[sheet][place] = value
    held.save(book)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """
    An exported workbook.
    """
    path = tmp_path / "tiers.xlsx"
    done = run("export", TIERS, "--to", path)

    assert (0, f"{path}: 1 file\n") == (done.exit_code, done.output)
    return path


class TestImport:
    """What `policies import` writes, and when it writes nothing."""

    def test_into_a_folder(self, book: Path, tmp_path: Path) -> None:
        """
        A folder is made, and the file in it is what was exported.
        """
        done = run("import", book, "--to", tmp_path / "new" / "folder")

        target = tmp_path / "new" / "folder" / FILE
        assert (0, f"{target}: no fault, not changed\n") == (done.exit_code, done.output)
        assert TIERS == policies.load(target).id
        assert [target] == list(target.parent.iterdir())

    def test_into_a_file(self, book: Path, tmp_path: Path) -> None:
        """
        A workbook of one file can be written to a file of any name.
        """
        set_cell(book, "2020-01-01 tier", "D5", "600000.00")

        done = run("import", book, "--to", tmp_path / "mine.policy.toml")

        assert f"{tmp_path / 'mine.policy.toml'}: no fault, changed\n" == done.output
        assert "600000.00" in (tmp_path / "mine.policy.toml").read_text("utf-8")

    def test_faults_write_nothing(self, book: Path, tmp_path: Path) -> None:
        """
        With a fault nothing is written, and the fault is told by sheet and cell, also as JSON.
        """
        set_cell(book, "2020-01-01 tier", "D5", "lots")

        told = run("import", book, "--to", tmp_path / "out")
        as_json = run("import", book, "--to", tmp_path / "out", "--json")

        assert (2, 2) == (told.exit_code, as_json.exit_code)
        assert (
            "Error: tiers.xlsx has 1 fault:\n"
            "  2020-01-01 tier!D5: got str 'lots', wanted a number\n"
        ) == told.output
        assert ["2020-01-01 tier!D5"] == [f["cell"] for f in json.loads(as_json.output)["faults"]]
        assert not (tmp_path / "out").exists()

    def test_only_looking(self, book: Path, tmp_path: Path) -> None:
        """
        With --check nothing is written.
        """
        done = run("import", book, "--check")
        as_json = run("import", book, "--check", "--json")

        assert f"{FILE}: no fault, not changed\n" == done.output
        assert {"faults": [], "files": [{"name": FILE, "changed": False, "in_place": True}]} == (
            json.loads(as_json.output)
        )
        assert [book] == list(tmp_path.iterdir())

    def test_somebody_elses_changes(self, book: Path, tmp_path: Path) -> None:
        """
        A file that changed since the export is not written over, unless asked for.
        """
        target = tmp_path / FILE
        target.write_text("# by somebody else\n", "utf-8")

        refused = run("import", book, "--to", tmp_path)
        kept = target.read_text("utf-8")
        done = run("import", book, "--to", tmp_path, "--replace")

        assert 2 == refused.exit_code
        assert "is not as it was when the workbook was exported" in refused.output
        assert "# by somebody else\n" == kept
        assert 0 == done.exit_code
        assert TIERS == policies.load(target).id

    def test_a_link_and_a_mode_stay(self, book: Path, tmp_path: Path) -> None:
        """
        Where the file is a link, what it points to is written, and its mode stays.
        """
        kept, link = tmp_path / "kept.toml", tmp_path / FILE
        assert 0 == run("import", book, "--to", kept).exit_code
        kept.chmod(0o640)
        link.symlink_to(kept.name)
        set_cell(book, "2020-01-01 tier", "D5", 600000)

        assert 0 == run("import", book, "--to", tmp_path).exit_code
        assert link.is_symlink()
        assert 'enter = "600000"' in kept.read_text("utf-8")
        assert 0o640 == kept.stat().st_mode & 0o777

    def test_one_of_two_cannot_be_written(self, tmp_path: Path) -> None:
        """
        Where one file of a workbook cannot be written, none is.
        """
        book, folder = tmp_path / "two.xlsx", tmp_path / "to"
        assert 0 == run("export", TIERS, "complaints/us-reg-e", "--to", book).exit_code
        set_cell(book, "contents", "A30", "a remark")
        (folder / "us-reg-e.policy.toml").mkdir(parents=True)

        done = run("import", book, "--to", folder, "--replace")

        assert 2 == done.exit_code
        assert ["us-reg-e.policy.toml"] == [path.name for path in folder.iterdir()]

    def test_policies_that_link_each_other(self, tmp_path: Path) -> None:
        """
        A policy whose linked one is neither shipped nor in the workbook is given it by --policies;
        in one workbook they find each other.
        """
        cases = Path(__file__).parent.parent / "cases" / "complaints"
        regimes, charter = cases / "applicable-own.policy.toml", cases / "vip-charter.policy.toml"
        alone, both = tmp_path / "alone.xlsx", tmp_path / "both.xlsx"

        run("export", regimes, "--to", alone)
        run("export", regimes, charter, "--to", both)

        assert 2 == run("import", alone, "--check").exit_code
        assert 0 == run("import", alone, "--check", "--policies", charter).exit_code
        assert 0 == run("import", both, "--check").exit_code
        assert "must name a folder" in run("import", both, "--to", tmp_path / "x.toml").output

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("export", TIERS, "--to", "tiers.ods"), "a workbook's name ends in .xlsx"),
            (("export", "no/such", "--to", "x.xlsx"), "there is no policy 'no/such'"),
            (("export", "no-such.toml", "--to", "x.xlsx"), "wanted a readable UTF-8 file"),
        ],
    )
    def test_what_cannot_be_exported(self, words: tuple[str, ...], told: str) -> None:
        """
        A wrong name is told, and nothing is written.
        """
        done = run(*words)

        assert 2 == done.exit_code
        assert told in done.output

    def test_where_to_is_needed(self, book: Path) -> None:
        """
        Without --to and --check there is nothing to do.
        """
        assert "name where to write with --to" in run("import", book).output


class TestWords:
    """Workbooks speak both languages."""

    def test_chinese_headings(self, tmp_path: Path) -> None:
        """
        In Chinese, headings, notes and forms are Chinese; keys and values stay.
        """
        path = tmp_path / "tiers.xlsx"
        run("export", TIERS, "--to", path, "--locale", "zh_CN")

        held = openpyxl.load_workbook(path)

        tiers, version = held["2020-01-01 tier"], held["2020-01-01"]
        assert "目录" == held.worksheets[0].title
        assert ["代码", "名称 / 英文", "名称 / 中文", "准入标准", "服务"] == [
            cell.value for cell in tiers[2]
        ]
        assert ["code", "title.en", "title.zh", "enter", "services[]"] == [
            cell.value for cell in tiers[3]
        ]
        assert "以主单位计的金额，如 50000.00" in tiers["D2"].comment.text
        assert ["起始日", "since", "日期", "版本生效的首日。"] == [
            version[place].value for place in ("A4", "B4", "D4", "E4")
        ]

    def test_sources_and_choices(self, tmp_path: Path) -> None:
        """
        Rows that cite a source show it in a note; closed lists of words are offered.
        """
        path = tmp_path / "e.xlsx"
        run("export", "complaints/us-reg-e", "--to", path)

        sheet = openpyxl.load_workbook(path)["2011-12-30 clock.term"]

        assert "Regulation E, 12 CFR 1005, 1005.11(c)(1), (3)" in sheet["B4"].comment.text
        assert "B4" == sheet.freeze_panes
        assert any(
            "text,secondary,own" in v.formula1 for v in sheet.data_validations.dataValidation
        )

    def test_both_languages_say_the_same(self) -> None:
        """
        Every text of a workbook is in both languages, with the same names to fill.
        """
        english, chinese = (
            wording.templates("bankservice.sheets", locale) for locale in ("en", "zh_CN")
        )

        assert set(english) == set(chinese)
        assert {code: wording.placeholders(text) for code, text in english.items()} == {
            code: wording.placeholders(text) for code, text in chinese.items()
        }
        assert "" == say("no-such-text", "en")

    def test_every_key_has_a_chinese_name(self) -> None:
        """
        Every key a policy's version may have has a heading in Chinese.
        """
        keys = {
            field.name
            for part in sheet_words.parts()
            if part.kind is not None
            for field in attrs.fields(part.kind)
            if not field.name.startswith("_")
        }

        assert set() == keys - set(_catalogue("keys"))

    def test_meanings_are_those_of_the_rule_book(self) -> None:
        """
        The package has the rule book's Chinese; `python docs/sheet_words.py` writes it anew.
        """
        assert sheet_words.text() == sheet_words.TARGET.read_text("utf-8")
