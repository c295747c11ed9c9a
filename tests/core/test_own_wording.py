"""A bank's own language: a folder of catalogues that is whole, or refused with all its faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bankservice import worktime
from bankservice.cli.commands import cli
from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.decision import Reason
from bankservice.core.errors import FaultsError, UnknownNameError
from bankservice.core.policy import Title
from bankservice.core.wording import cite, sentence, templates, value
from bankservice.core.wording.own import blank, read_wording, speaking


def filled(package: str, locale: str = "fr") -> str:
    """Return a catalogue that says of each code its English sentence, between guillemets."""
    text = blank(package, locale)
    for code, said in templates(f"bankservice.{package}", "en").items():
        text = text.replace(f'msgid "{code}"\nmsgstr ""', f'msgid "{code}"\nmsgstr "«{said}»"')
    return text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with `core` and `worktime` in whole."""
    for name in ("core", "worktime"):
        (tmp_path / f"{name}.po").write_text(filled(name), "utf-8")
    return tmp_path


def faults(folder: Path) -> list[str]:
    """Return the faults of a folder, as they are told."""
    with pytest.raises(FaultsError) as caught:
        read_wording(folder)
    return [str(fault) for fault in caught.value.faults]


class TestSpeaking:
    """What a whole folder says."""

    def test_a_decision_is_explained(self, folder: Path) -> None:
        """Sentences are the folder's, values are written as in its locale."""
        decision = worktime.business_day("calendars/cn", day="2026-09-30", n=1)
        said = decision.explain(read_wording(folder)).splitlines()

        assert (
            "«Counted from 30 sept. 2026, which does not count, business day 1 is 8 oct. 2026.»"
            == said[0]
        )
        assert all("«" in line for line in said)

    def test_what_a_package_does_not_say_core_says(self, folder: Path) -> None:
        """A code that only `core` words is taken from there, as in the shipped languages."""
        said = sentence(Reason("rule-book"), read_wording(folder), "bankservice.worktime")

        assert "«In the rule book:»" == said

    def test_a_package_that_is_not_there_is_refused(self, folder: Path) -> None:
        """No sentence of another language is put in the place of one that is missing."""
        with pytest.raises(UnknownNameError, match=r"fr wording for.*bankservice\.loyalty"):
            sentence(Reason("rule-book"), read_wording(folder), "bankservice.loyalty")

    def test_values(self, folder: Path) -> None:
        """Words among the values are the folder's; titles are English where it is not Chinese."""
        held = read_wording(folder)

        assert "«yes»" == value(True, held)
        assert "«nothing» et «no»" == value((None, False), held)
        assert "1 mois et 2 jours" == value(Period(1, 2), held).replace("\xa0", " ")
        assert "points" == value(Title(en="points", zh="积分"), held)

    def test_traditional_chinese(self, tmp_path: Path) -> None:
        """A locale of Chinese takes the Chinese titles."""
        (tmp_path / "core.po").write_text(filled("core", "zh_TW"), "utf-8")

        assert "积分" == value(Title(en="points", zh="积分"), read_wording(tmp_path))

    def test_a_source_says_how_far_it_was_read(self, folder: Path) -> None:
        """A line of a source ends in the folder's words where a description was read."""
        decision = worktime.business_day("calendars/cn", day="2026-09-30", n=1)
        source = Citation(text="notice", clause="1", checked="secondary")
        said = cite(decision.policies[0], source, read_wording(folder))

        assert said.endswith("«(a description was read, not the rule's own text)»")


class TestFaults:
    """Everything wrong is told at once, by file and code."""

    def test_missing(self, folder: Path) -> None:
        """Each sentence that is empty or not there is named, with what English says."""
        text = (folder / "worktime.po").read_text("utf-8")
        text = text.replace('"«Working time from {start} to {end}: {amount}.»"', '""')
        text = text.replace('msgid "make-up"', 'msgid "made-up"')
        (folder / "worktime.po").write_text(text, "utf-8")

        assert [
            (
                "worktime.po: MEASURED: got nothing, "
                "wanted a sentence for 'Working time from {start} to {end}: {amount}.'"
            ),
            (
                "worktime.po: make-up: got nothing, "
                "wanted a sentence for '{day} is a make-up working day: {name}'"
            ),
            (
                "worktime.po: made-up: got an unknown code, wanted one that the package gives; "
                "did you mean make-up or ADDED?"
            ),
        ] == faults(folder)

    def test_other_names(self, folder: Path) -> None:
        """A sentence with other placeholders would fail when it is filled."""
        text = (folder / "worktime.po").read_text("utf-8")
        text = text.replace('"«{day} is no business day: {name}»"', '"férié"')
        text = text.replace('"«{number} days', '"«{count} days')
        (folder / "worktime.po").write_text(text, "utf-8")

        assert [
            "worktime.po: weekends: got {count}, wanted {number}",
            "worktime.po: holiday: got no placeholder, wanted {day}, {name}",
        ] == faults(folder)

    def test_unsure(self, folder: Path) -> None:
        """What a translator's tool guessed is not said to customers."""
        text = (folder / "worktime.po").read_text("utf-8")
        text = text.replace('msgid "holiday"', '#, fuzzy\nmsgid "holiday"')
        (folder / "worktime.po").write_text(text, "utf-8")

        assert [
            (
                "worktime.po: holiday: got a sentence marked fuzzy, "
                "wanted one that somebody has confirmed"
            )
        ] == faults(folder)

    def test_files(self, folder: Path) -> None:
        """Files that cannot be read, of no package, or of another language are named."""
        (folder / "core.po").unlink()
        (folder / "lifecycle.po").write_bytes(
            filled("lifecycle").encode().replace("«".encode(), b"\xff")
        )
        (folder / "loyality.po").write_text(filled("loyalty"), "utf-8")
        (folder / "loyalty.po").write_text(filled("loyalty", "de"), "utf-8")
        (folder / "report.po").write_text(
            filled("report").replace('"Language: fr\\n"\n', ""), "utf-8"
        )
        (folder / "notes.txt").write_text("not looked at", "utf-8")
        said = faults(folder)

        assert said[0].startswith("lifecycle.po: got no catalogue (")
        assert [
            (
                "loyality.po: got a file, wanted one named for a package with wording; "
                "did you mean loyalty?"
            ),
            "report.po: got no known Language in its head, wanted one such as fr",
            "core.po: got no such file, wanted what every explanation needs",
            "here: got loyalty.po de, worktime.po fr, wanted files of one language",
        ] == said[1:]

    @pytest.mark.parametrize(("package", "locale"), [("core", "xx_YY"), ("cores", "fr")])
    def test_blank_of_what_is_not_there(self, package: str, locale: str) -> None:
        """A package without wording and a name of no locale are refused."""
        with pytest.raises(UnknownNameError):
            blank(package, locale)


class TestCommands:
    """`bankservice wording`."""

    def test_blank_then_check(self, tmp_path: Path) -> None:
        """What was just made is named as missing, sentence by sentence; filled in, it is whole."""
        place = str(tmp_path / "fr")
        made = CliRunner().invoke(cli, ["wording", "blank", "fr", "worktime", "--to", place])
        checked = CliRunner().invoke(cli, ["wording", "check", place])
        for name in ("core", "worktime"):
            (tmp_path / "fr" / f"{name}.po").write_text(filled(name), "utf-8")
        again = CliRunner().invoke(cli, ["wording", "blank", "fr", "--to", place])
        whole = CliRunner().invoke(cli, ["wording", "check", place])

        assert 0 == made.exit_code
        assert 1 == checked.exit_code
        assert checked.stdout.count("got nothing") == sum(
            len(templates(f"bankservice.{name}", "en")) for name in ("core", "worktime")
        )
        assert "left alone" in again.stdout
        assert (0, "fr: French, whole for core, worktime\n") == (whole.exit_code, whole.stdout)

    def test_a_package_that_is_not_there(self, tmp_path: Path) -> None:
        """Nothing is made where a package is not known."""
        place = tmp_path / "fr"
        done = CliRunner().invoke(cli, ["wording", "blank", "fr", "loyality", "--to", str(place)])

        assert 2 == done.exit_code
        assert "did you mean loyalty?" in done.stderr
        assert not place.exists()


def test_every_package_with_reasons_can_be_worded() -> None:
    """The packages that can be worded are those that have English sentences."""
    assert {"core", "complaints", "loyalty", "segmentation"} <= set(speaking())
