"""The commands that keep a record: `bankservice audit …` and `bankservice journal …`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

import attrs
import click

from bankservice.cli.answering import JSON, say_json, told
from bankservice.cli.writing import whole_file
from bankservice.core import wording
from bankservice.core.chain import Finding
from bankservice.core.decision import Reason
from bankservice.core.errors import SchemaVersionError, UnknownNameError

# The database is imported when a command runs, not when help is shown.
if TYPE_CHECKING:
    from bankservice.journals.audit import Examined
    from bankservice.journals.gateway import Synchronous
    from bankservice.journals.sql import SqlJournal

__all__ = ["audit", "journal", "shown_url"]

OUT = click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write, whole or not at all; standard output where left out.",
)
LOCALE = click.option(
    "--locale",
    default="en",
    show_default=True,
    type=click.Choice(["en", "zh_CN"]),
    help="Language of the findings.",
)


# --- the journal of a command -------------------------------------------------------------------


def _address(url: str) -> Any:
    """Return the address *url* stands for; an error never repeats it, for it may hold a password."""
    try:
        from sqlalchemy import make_url
    except ModuleNotFoundError:
        raise click.ClickException(
            "this needs SQLAlchemy, of the `sql` extra: pip install 'bankservice[sql]'."
        ) from None
    try:
        return make_url(url)
    except Exception:  # noqa: BLE001 - whatever it is, its message may hold the password
        raise ValueError(
            "that is no address of a database; pass one like sqlite:///bank.db or "
            "postgresql://user@host/bank."
        ) from None


def shown_url(url: str) -> str:
    """Return *url* as it may be shown: without its password and its options."""
    shown: str = _address(url).set(query={}).render_as_string(hide_password=True)
    return shown


@contextmanager
def _opened(
    url: str, *, made: bool = True, synchronous: Synchronous = "FULL"
) -> Iterator[SqlJournal]:
    """Give the journal of a database as it is; its tables are neither made nor looked at."""
    address = _address(url)
    from bankservice.journals.engine import EngineGateway
    from bankservice.journals.sql import SqlJournal

    if address.get_backend_name() == "sqlite":
        if address.database in (None, "", ":memory:"):
            raise ValueError("a journal in memory ends with the command; pass sqlite:///FILE.")
        if made and not Path(address.database).exists():
            raise FileNotFoundError(f"there is no journal {address.database}; nothing was made.")
    with SqlJournal(EngineGateway(url, synchronous=synchronous, busy_seconds=5.0)) as held:
        yield held


@contextmanager
def _read(file: Path) -> Iterator[Any]:
    """Give a text file to read as it was written."""
    try:
        with file.open(encoding="utf-8", newline="\n") as held:
            yield held
    except UnicodeDecodeError:
        raise ValueError(f"{file} is no text in UTF-8, so it is none of ours.") from None


# --- audit --------------------------------------------------------------------------------------


@click.group()
def audit() -> None:
    """Show that nobody changed the record: verify its chains, keep its heads elsewhere."""


def _tell(findings: Iterable[Finding], locale: str) -> None:
    resolved = wording.locale_of(locale)
    for each in findings:
        last = "" if each.through == each.version else f"–{each.through}"
        place = f"{each.stream}@{each.version}{last}"
        reason = Reason(f"audit-{each.what.value}", (("place", place),))
        click.echo(wording.sentence(reason, resolved, "bankservice.core"), err=True)


def _rows(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [
        {
            **attrs.asdict(each.stream),
            "version": each.version,
            "through": each.through,
            "what": each.what.value,
        }
        for each in findings
    ]


def _many(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _examined(seen: Examined) -> str:
    return (
        f"{_many(seen.entries, 'entry', 'entries')} of {_many(seen.streams, 'record', 'records')}, "
        f"{seen.purged:,} purged"
    )


@audit.command("verify")
@click.argument("url")
@click.option(
    "--against",
    "kept",
    type=click.Path(path_type=Path),
    help="File of heads, kept from `audit heads`: also find what was cut off or is gone.",
)
@click.option("--root", help="The root that file must have, as it was kept elsewhere.")
@LOCALE
@JSON
@told
def verify(url: str, kept: Path | None, root: str | None, locale: str, as_json: bool) -> None:
    """
    Verify the chains of the journal at URL, and the heads that were kept of it.

    Exit codes: 0 nothing is wrong, 1 something is (on standard error), 2 it could not be verified.
    """
    if root is not None and kept is None:
        raise ValueError("--root belongs to a file of heads; pass it with --against.")
    with _opened(url) as held:
        from bankservice.journals.audit import (
            Against,
            Examined,
            against,
            examine,
            read_heads,
            root_of,
        )

        seen, compared = Examined(), Against()
        if kept is not None:
            # Whether the file is whole is known at its end; it is read before anything is said.
            with _read(kept) as file:
                found_root = root_of(file, str(kept))
            if root not in (None, found_root):
                raise ValueError(
                    f"{kept} has the root {found_root}, not the one kept elsewhere; it is not the "
                    "file of heads that root was for."
                )
        findings = []
        for finding in examine(held, seen):
            findings.append(finding)
            if not as_json:
                _tell((finding,), locale)
        if kept is not None:
            with _read(kept) as file:
                for finding in against(held, read_heads(file, str(kept)), compared):
                    findings.append(finding)
                    if not as_json:
                        _tell((finding,), locale)
    if as_json:
        answer = {"sound": not findings, **attrs.asdict(seen), "findings": _rows(findings)}
        say_json(answer if kept is None else {**answer, "against": attrs.asdict(compared)})
    else:
        click.echo(f"{shown_url(url)}: {_examined(seen)}")
        if kept is not None:
            click.echo(
                f"{kept}: {_many(compared.heads, 'head', 'heads')}, {compared.grown:,} grown since, "
                f"{compared.purged:,} purged"
            )
        click.echo(f"{_many(len(findings), 'finding', 'findings')}")
    sys.exit(1 if findings else 0)


@audit.command("heads")
@click.argument("url")
@OUT
@LOCALE
@told
def heads(url: str, out: Path | None, locale: str) -> None:
    """
    Write the heads of the journal at URL: the last digest of every record, and one root over them.

    Keep the file where who may write to the journal may not; or keep the root alone, and the file
    anywhere. The chains are verified on the way; with findings (exit code 1) nothing is written.
    """
    with _opened(url) as held, TemporaryFile("w+", encoding="utf-8", newline="\n") as aside:
        from bankservice.journals.audit import Examined, write_heads

        seen = Examined()
        root, findings = write_heads(held, aside, seen)
        if findings:
            _tell(findings, locale)
            sys.exit(1)
        aside.seek(0)
        with whole_file(out) as file:
            shutil.copyfileobj(aside, file)
    click.echo(f"root {root} over {_examined(seen)}", err=out is None)


# --- journal ------------------------------------------------------------------------------------


@click.group()
def journal() -> None:
    """Make, check, upgrade, export and import a journal."""


def _state(held: SqlJournal) -> str:
    from bankservice.journals.schema import SCHEMA_VERSION

    return f"schema {SCHEMA_VERSION}, {'chained' if held.chained else 'not chained'}"


@journal.command("create")
@click.argument("url")
@click.option(
    "--chained", is_flag=True, help="Give every entry a digest over itself and the one before."
)
@told
def create(url: str, chained: bool) -> None:
    """Make the tables of a journal at URL, if there are none."""
    with _opened(url, made=False) as held:
        held.create(chained=chained)
        click.echo(f"{shown_url(url)}: {_state(held)}")


@journal.command("verify")
@click.argument("url")
@told
def verify_tables(url: str) -> None:
    """
    Check that the tables at URL are as this bankservice writes them.

    Exit codes: 0 they are, 1 they are not, 2 it could not be checked.
    """
    with _opened(url) as held:
        try:
            held.verify()
        except SchemaVersionError as error:
            click.echo(f"{shown_url(url)}: {error}", err=True)
            sys.exit(1)
        click.echo(f"{shown_url(url)}: {_state(held)}")


@journal.command("upgrade")
@click.argument("url")
@told
def upgrade(url: str) -> None:
    """Bring older tables at URL to the schema of this bankservice, in one transaction."""
    with _opened(url) as held:
        before = held.upgrade()
        click.echo(f"{shown_url(url)}: was schema {before}, is {_state(held)}")


@journal.command("export")
@click.argument("url")
@click.option("--tenant", default="default", show_default=True, help="Legal entity to export.")
@OUT
@told
def export_tenant(url: str, tenant: str, out: Path | None) -> None:
    """
    Export what the journal at URL holds of a tenant, as JSON lines.

    Sealed parts stay sealed: keys are not exported, nor are snapshots, quotas, and the leases and
    attempts of agenda items. Export while nobody writes.
    """
    with _opened(url) as held:
        from bankservice.journals.exchange import export, tenants

        held.verify()
        known = tenants(held, tenant)
        if tenant not in known and not held.receipts_after(tenant, limit=1):
            raise UnknownNameError("tenant", tenant, known)
        with whole_file(out) as file:
            counts = export(held, tenant, file)
    click.echo(_counted(counts), err=out is None)


def _counted(counts: Any) -> str:
    return (
        f"{_many(counts.entries, 'entry', 'entries')}, "
        f"{_many(counts.receipts, 'receipt', 'receipts')}, "
        f"{_many(counts.matters, 'agenda item', 'agenda items')}, "
        f"{_many(counts.versions, 'policy version', 'policy versions')}"
    )


@journal.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("url")
@JSON
@told
def import_tenant(file: Path, url: str, as_json: bool) -> None:
    """
    Import FILE, which `journal export` wrote, into the journal at URL.

    The journal must be there (`journal create`) and hold nothing of that tenant, or the beginning
    of this very file: an import that was interrupted is given again and goes on. A file that was
    cut or changed is refused before anything is written.
    """
    # The last commits may be lost in a power cut; the file is there, and the import goes on.
    with _opened(url, synchronous="NORMAL") as held, _read(file) as lines:
        from bankservice.journals.exchange import import_

        held.verify()
        done = import_(lines, held, name=str(file))
    if as_json:
        say_json(attrs.asdict(done))
    else:
        click.echo(f"tenant {done.tenant}: {_counted(done.held)}")
        click.echo(f"written: {_counted(done.written)}")
