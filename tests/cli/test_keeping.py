"""The commands that keep a record, as somebody at a terminal meets them."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bankservice.cli.commands import cli
from bankservice.cli.writing import whole_file
from bankservice.core.chain import What
from bankservice.core.journal import Commit
from bankservice.core.wording import LOCALES, placeholders, templates
from bankservice.journals.sql import SqlJournal
from bankservice.testing.archive_contract import tombstone
from bankservice.testing.contracts import NOON, append, put, receipt, stream

TENANT = ("--tenant", "bank-a")


def run(*args: str | Path) -> Result:
    """Run the command line in this process; an exception is a failure of the test."""
    return CliRunner().invoke(cli, [str(arg) for arg in args], catch_exceptions=False)


def done(*args: str | Path) -> str:
    """Return what a command prints that succeeds in silence."""
    result = run(*args)

    assert (0, "") == (result.exit_code, result.stderr)
    return result.stdout


def refused(*args: str | Path) -> str:
    """Return the message of a caller's mistake: exit 2, nothing on standard output."""
    result = run(*args)

    assert (2, "") == (result.exit_code, result.stdout)
    return result.stderr


def filled(url: str, *, chained: bool = True) -> str:
    """Write a little record of everything to a journal and return its URL."""
    with SqlJournal.open(url, chained=chained) as journal:
        one, two, gone = stream("c-1"), stream("客户-2"), stream("gone")
        journal.commit(Commit(appends=(append(one, 1, 3), append(two)), receipt=receipt("r-1")))
        journal.commit(Commit(appends=(append(gone, 1, 2),), agenda=(put("c-1", NOON),)))
        journal.purge(tombstone(gone, 2))
    return url


@pytest.fixture
def url(database_url: str) -> str:
    """Give the URL of a chained journal in a database of each kind."""
    return filled(database_url)


def tamper(url: str, statement: str) -> None:
    """Run a statement behind the journal's back."""
    with SqlJournal.open(url) as journal, journal.gateway.writing() as run:
        run.plain(statement)


CHANGE = "UPDATE bankservice_entries SET actor = 'somebody' WHERE key = '客户-2'"
DROP = "DELETE FROM bankservice_entries WHERE key = 'c-1' AND version = 3"


# --- audit --------------------------------------------------------------------------------------


def test_a_sound_journal(url: str) -> None:
    """A sound journal is told with its counts, and exit code 0."""
    told = done("audit", "verify", url)

    assert told.endswith("5 entries of 3 records, 1 purged\n0 findings\n")


def test_a_finding(url: str) -> None:
    """What was changed is told in the reader's language on standard error, and exit code 1."""
    tamper(url, CHANGE)

    english, chinese = run("audit", "verify", url), run("audit", "verify", url, "--locale", "zh_CN")

    assert (1, 1) == (english.exit_code, chinese.exit_code)
    assert "contract.record/客户-2@1: the entry, or its digest, was changed." in english.stderr
    assert "客户-2@1：条目或其摘要已被更改。" in chinese.stderr
    assert english.stdout.endswith("1 finding\n")


def test_findings_in_json(url: str) -> None:
    """Findings are data too, on standard output."""
    sound = json.loads(done("audit", "verify", url, "--json"))
    tamper(url, "DELETE FROM bankservice_entries WHERE key = 'c-1' AND version < 3")
    result = run("audit", "verify", url, "--json")

    counts = {"entries": 5, "streams": 3, "purged": 1}
    place = {"tenant": "bank-a", "kind": "contract.record", "key": "c-1"}
    assert {"sound": True, **counts, "findings": []} == sound
    assert (1, "") == (result.exit_code, result.stderr)
    assert {
        "sound": False,
        **counts,
        "entries": 3,
        "findings": [{**place, "version": 1, "through": 2, "what": "missing"}],
    } == json.loads(result.stdout)


def test_heads_find_what_was_cut_off(url: str, tmp_path: Path) -> None:
    """Kept heads find what a chain alone cannot, and count what has grown or was purged."""
    file = tmp_path / "heads.jsonl"
    told = done("audit", "heads", url, "--out", file)
    root = json.loads(file.read_text("utf-8").splitlines()[-1])["root"]

    assert f"root {root} over 5 entries of 3 records, 1 purged\n" == told
    assert "3 heads, 0 grown since, 0 purged\n0 findings" in done(
        "audit", "verify", url, "--against", file, "--root", root
    )

    tamper(url, DROP)
    assert done("audit", "verify", url).endswith("0 findings\n")
    result = run("audit", "verify", url, "--against", file)
    assert 1 == result.exit_code
    assert "bank-a/contract.record/c-1@3: the end of the record is gone." in result.stderr
    answer = json.loads(run("audit", "verify", url, "--against", file, "--json").stdout)
    assert {"heads": 3, "grown": 0, "purged": 0} == answer["against"]
    assert [("shorter", 3)] == [(each["what"], each["through"]) for each in answer["findings"]]


def test_heads_on_standard_output(url: str, tmp_path: Path) -> None:
    """Without a file the heads are printed, in UTF-8, and the root beside them."""
    done("audit", "heads", url, "--out", tmp_path / "heads.jsonl")

    result = run("audit", "heads", url)

    assert 0 == result.exit_code
    assert (tmp_path / "heads.jsonl").read_bytes() == result.stdout_bytes
    assert result.stderr.startswith("root ")


def test_no_heads_of_an_unsound_journal(url: str, tmp_path: Path) -> None:
    """Heads that prove the wrong thing are not written; a file that was there stays."""
    file = tmp_path / "heads.jsonl"
    file.write_text("kept")
    tamper(url, CHANGE)

    result = run("audit", "heads", url, "--out", file)

    assert (1, "") == (result.exit_code, result.stdout)
    assert "was changed" in result.stderr
    assert "kept" == file.read_text()
    assert ["heads.jsonl"] == [
        path.name for path in tmp_path.iterdir() if "bank.db" not in path.name
    ]


def test_another_root_is_refused(url: str, tmp_path: Path) -> None:
    """A file of heads without the root that was kept elsewhere is not believed."""
    file = tmp_path / "heads.jsonl"
    done("audit", "heads", url, "--out", file)

    assert "not the one kept elsewhere" in refused(
        "audit", "verify", url, "--against", file, "--root", "00" * 32
    )
    assert "pass it with --against" in refused("audit", "verify", url, "--root", "00" * 32)
    file.write_text(file.read_text("utf-8").replace("c-1", "c-9"), "utf-8")
    assert "line 5: got another root" in refused("audit", "verify", url, "--against", file)
    file.write_bytes(b"\x1f\x8b\x08")
    assert "no text in UTF-8" in refused("audit", "verify", url, "--against", file)


def test_what_cannot_be_verified(sqlite_url: str, tmp_path: Path) -> None:
    """A journal that is not there, not chained, or no journal at all is exit code 2, and nothing
    is made."""
    plain = filled(f"sqlite:///{tmp_path}/plain.db", chained=False)
    (tmp_path / "text.db").write_text("Dear diary, today nothing was decided." * 99)

    assert "there is no journal" in refused("audit", "verify", sqlite_url)
    assert not (tmp_path / "bank.db").exists()
    assert "not chained" in refused("audit", "verify", plain)
    assert "not chained" in refused("audit", "heads", plain)
    assert "no SQLite database" in refused("audit", "verify", f"sqlite:///{tmp_path}/text.db")
    assert "ends with the command" in refused("audit", "verify", "sqlite://")


@pytest.mark.parametrize("locale", LOCALES)
def test_every_finding_has_a_sentence(locale: str) -> None:
    """Every kind of finding is worded in every locale, with its place."""
    held = templates("bankservice.core", locale)

    assert {f"audit-{what.value}" for what in What} == {
        code for code in held if code.startswith("audit-")
    }
    assert all({"place"} == placeholders(held[f"audit-{what.value}"]) for what in What)


# --- secrets ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://clerk:geheim@localhost:1/bank",
        "postgresql://clerk@localhost:1/bank?password=geheim",
        "postgresql://clerk:geheim@localhost:port/bank",
        "postgresql+asyncpg://clerk:geheim@localhost/bank",
        "mysql://clerk:geheim@localhost/bank",
        "mysql+geheim:///bank",
        "geheim",
        "",
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        ["audit", "verify", ...],
        ["audit", "heads", ...],
        ["journal", "create", ...],
        ["journal", "verify", ...],
        ["journal", "upgrade", ...],
        ["journal", "export", ...],
        ["journal", "import", __file__, ...],
    ],
    ids=lambda command: "-".join(map(str, command[:2])),
)
def test_no_password_is_told(command: list[Any], url: str) -> None:
    """Whatever is wrong with an address, its password is not printed."""
    told = refused(*(url if part is ... else part for part in command))

    assert "geheim" not in told.replace("mysql+geheim", "")
    assert told.startswith("Error: ")


def test_the_address_shown_has_no_password(database_url: str) -> None:
    """What a command prints of the address has neither password nor options."""
    shown = done("journal", "create", database_url)

    assert "?" not in shown
    assert "application_name" not in shown


# --- journal ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("option", "state"), [((), "not chained"), (("--chained",), "chained")])
def test_a_journal_is_made(database_url: str, option: tuple[str, ...], state: str) -> None:
    """A journal is made once, and is what was asked for."""
    told = done("journal", "create", database_url, *option)

    assert told.endswith(f": schema 2, {state}\n")
    assert told == done("journal", "create", database_url, *option)
    assert told == done("journal", "verify", database_url)


def test_a_chain_begins_with_the_first_entry(database_url: str) -> None:
    """A journal that is there cannot be chained afterwards."""
    done("journal", "create", database_url)

    assert "not chained" in refused("journal", "create", database_url, "--chained")


def test_tables_of_somebody_else(database_url: str) -> None:
    """Tables that are not as they should be are told with exit code 1."""
    done("journal", "create", database_url)
    tamper(database_url, "UPDATE bankservice_meta SET value = '99' WHERE name = 'schema'")

    result = run("journal", "verify", database_url)

    assert (1, "") == (result.exit_code, result.stdout)
    assert "schema 99, newer" in result.stderr
    assert "schema 99" in refused("journal", "upgrade", database_url)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite+aiosqlite:///bank.db", "uses SQLite's own"),
        ("postgresql+asyncpg://host/bank", "uses psycopg 3"),
    ],
)
def test_another_driver(url: str, message: str, tmp_path: Path) -> None:
    """An address that names another driver is refused with what to write."""
    assert message in refused("journal", "create", url)


def test_without_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver that is not installed is told as any other trouble, with what to install."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "bankservice.journals.postgres", raising=False)

    assert "bankservice[postgres]" in refused("journal", "verify", "postgresql://host/bank")


def test_old_tables_are_upgraded(tmp_path: Path) -> None:
    """A journal of an older schema is brought to this one, and said what it was."""
    older = Path(__file__).parent.parent / "journals" / "schema_1.sql"
    url = f"sqlite:///{tmp_path}/bank.db"
    with closing(sqlite3.connect(tmp_path / "bank.db")) as connection:
        connection.executescript(older.read_text("utf-8"))

    assert 1 == run("journal", "verify", url).exit_code
    assert "was schema 1, is schema 2, not chained" in done("journal", "upgrade", url)
    assert "was schema 2, is schema 2" in done("journal", "upgrade", url)
    assert 0 == run("journal", "verify", url).exit_code


def test_out_and_in_again(url: str, tmp_path: Path) -> None:
    """What is exported comes back in another journal, whose chain then has the same heads."""
    file, heads, copy = tmp_path / "a.jsonl", tmp_path / "heads.jsonl", f"sqlite:///{tmp_path}/b.db"
    counts = "5 entries, 1 receipt, 1 agenda item, 0 policy versions\n"
    done("audit", "heads", url, "--out", heads)

    assert counts == done("journal", "export", url, *TENANT, "--out", file)
    done("journal", "create", copy, "--chained")
    told = done("journal", "import", file, copy)

    assert f"tenant bank-a: {counts}written: {counts}" == told
    assert "3 heads, 0 grown since, 0 purged\n0 findings" in done(
        "audit", "verify", copy, "--against", heads
    )
    again = json.loads(done("journal", "import", file, copy, "--json"))
    assert {"versions": 0, "entries": 0, "receipts": 0, "matters": 1} == again["written"]
    assert 5 == again["held"]["entries"]


def test_an_export_on_standard_output(url: str, tmp_path: Path) -> None:
    """Without a file the export is printed in UTF-8, and the counts beside it."""
    done("journal", "export", url, *TENANT, "--out", tmp_path / "a.jsonl")

    result = run("journal", "export", url, *TENANT)

    assert (tmp_path / "a.jsonl").read_bytes() == result.stdout_bytes
    assert result.stderr.startswith("5 entries")


def test_an_unknown_tenant(url: str, tmp_path: Path) -> None:
    """A tenant without a record is a mistake, with the near names, and leaves no file."""
    told = refused("journal", "export", url, "--tenant", "bank-b", "--out", tmp_path / "a.jsonl")

    assert "there is no tenant 'bank-b'; did you mean bank-a?" in told
    assert not (tmp_path / "a.jsonl").exists()


def test_a_tenant_of_receipts_only(database_url: str) -> None:
    """A tenant whose commands were all refused has receipts, and an export."""
    with SqlJournal.open(database_url) as journal:
        journal.commit(Commit(receipt=receipt("r-1")))

    assert "0 entries, 1 receipt" in run("journal", "export", database_url, *TENANT).stderr


def test_a_bad_import_writes_nothing(url: str, tmp_path: Path) -> None:
    """A cut file, another file, or no file is refused with its line, and nothing is written."""
    file, copy = tmp_path / "a.jsonl", f"sqlite:///{tmp_path}/b.db"
    done("journal", "export", url, *TENANT, "--out", file)

    assert "there is no journal" in refused("journal", "import", file, copy)
    done("journal", "create", copy)
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:-1]), "utf-8", newline="\n")
    assert "a.jsonl, line 9, has 1 fault" in refused("journal", "import", file, copy)
    (tmp_path / "a.gz").write_bytes(b"\x1f\x8b\x08")
    assert "no text in UTF-8" in refused("journal", "import", tmp_path / "a.gz", copy)
    assert "No such file" in refused("journal", "import", tmp_path / "none.jsonl", copy)
    with SqlJournal.open(copy) as journal:
        assert () == journal.feed(limit=9)


def test_no_tables_yet(database_url: str, tmp_path: Path) -> None:
    """A database without a journal is told so by every command, and none is made."""
    if database_url.startswith("sqlite"):
        sqlite3.connect(tmp_path / "bank.db").close()

    for command in (["audit", "verify"], ["journal", "export"], ["journal", "upgrade"]):
        assert "no journal" in refused(*command, database_url)
    assert 1 == run("journal", "verify", database_url).exit_code


# --- files --------------------------------------------------------------------------------------


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    """An error while a file is written leaves the one that was there, and nothing beside it."""
    path = tmp_path / "out.jsonl"
    path.write_text("before")

    def stopping() -> None:
        with whole_file(path) as file:
            file.write("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stopping()

    assert "before" == path.read_text()
    assert [path] == list(tmp_path.iterdir())

    with whole_file(path) as file:
        file.write("客\n")
    assert "客\n".encode() == path.read_bytes()


def test_a_file_that_cannot_be_written(url: str, tmp_path: Path) -> None:
    """A folder that is not there is a caller's mistake."""
    told = refused("journal", "export", url, *TENANT, "--out", tmp_path / "none" / "a.jsonl")

    assert "No such file or directory" in told


def test_standard_output_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an export on standard output the stream can still be written to, whatever its
    encoding."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))

    with whole_file(None) as file:
        file.write("客\n")

    assert f"客{os.linesep[-1]}".encode() == raw.getvalue()
    sys.stdout.write("more")
    sys.stdout.flush()
    assert raw.getvalue().endswith(b"more")
