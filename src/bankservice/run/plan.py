"""
What a run is told: `bank.toml`, read strictly, every fault with its path.

    title = { en = "Acme Bank", zh = "艾克米银行" }
    institution = "acme/bank"
    policies = ["policies/*.policy.toml"]
    as_of = 2026-06-30

    [tiers]
    policy = "acme/tiers"

    [[extract]]
    table = "accounts"
    files = ["accounts_*.csv.gz"]
    columns = { account = "ACCT_NO", customer = "CUST_NO", opened_on = "OPEN_DT" }

Column names, code lists, filters, decimal marks and date forms are data: a bank's own files stay
as they are.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

import attrs

from bankservice.core.conditions import Condition, FactType
from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.money import CURRENCIES
from bankservice.core.policy import Faults, Title
from bankservice.core.policy_file import parse_toml
from bankservice.core.scalars import Amount
from bankservice.core.schema import Forms, Schema, any_of
from bankservice.core.structure import POLICY, Reader
from bankservice.run.as_of import AsOf
from bankservice.run.tables import TABLES, Table

__all__ = ["Extract", "Mapped", "Plan", "read_plan"]

TIMES: Final = "%Y-%m-%d %H:%M:%S"
"""Form of times that name none."""

_EXACTLY = Amount("0")
_EMPTY = FrozenMapping[str, str]()


@attrs.frozen(kw_only=True)
class _Written:
    """How a column is written where it is more than a name; exactly one of the first three."""

    column: str | None = None
    value: str | None = None
    number_rows: str | None = None
    codes: FrozenMapping[str, str] = _EMPTY
    otherwise: str | None = None
    dates: str = ""
    minor_units: bool = False


@attrs.frozen(kw_only=True)
class Mapped:
    """
    Where a column's values come from.

    Attributes:
        column: Name of the extract's column; None where none is read.
        value: The same value for every row.
        number_rows: Text before the number of the row, for extracts without an id.
        codes: Raw value → value; empty: as it stands.
        otherwise: Value where `codes` has none; None: such a row is rejected.
        dates: Date form as `strptime` writes it; the extract's where empty, of a time
            `%Y-%m-%d %H:%M:%S`.
        minor_units: Whether the amount counts minor units (cents, fen).
    """

    column: str | None = None
    value: str | None = None
    number_rows: str | None = None
    codes: FrozenMapping[str, str] = _EMPTY
    otherwise: str | None = None
    dates: str = ""
    minor_units: bool = False

    @classmethod
    def __read__(cls, raw: object, reader: Reader) -> Mapped:
        if isinstance(raw, str):
            return cls(column=raw)
        held = reader.read(raw, _Written, "column")
        forms = (held.column, held.value, held.number_rows)
        if sum(form is not None for form in forms) != 1:
            wanted = "exactly one of column, value, number_rows"
            raise FaultsError("column", (Fault("", "none or several", wanted),))
        return cls(**{field.name: getattr(held, field.name) for field in attrs.fields(_Written)})

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        return any_of([forms.of(str), forms.of(_Written)])


@attrs.frozen(kw_only=True)
class Extract:
    """
    One extract: files of one form that hold rows of one table.

    Attributes:
        table: Name of the table, as `bankservice.run.tables` has it.
        files: Names or patterns, below the data folder.
        columns: Column of the table → where its values come from.
        delimiter: Between the fields of a line.
        encoding: Of the text, by Python's name; `gb18030` and others work.
        decimal: Decimal mark.
        thousands: Mark between thousands; none where empty.
        dates: Date form as `strptime` writes it.
        nothing: Raw values that stand for no value.
        where: Only rows for which this holds, over raw columns as text.
        only_known: Whether rows of accounts or customers that the other extracts do not have are
            left out and counted, where they would be rejected; for extracts of a part of a bank.
        within: How far, in major units, a stated balance may be from the sum of the transactions;
            for extracts whose amounts were rounded.
        drawn_on: For complaints: the day the extract was drawn; the last of the days decided where
            left out. What it says without a date holds then, and after it nothing more is known.
    """

    table: str
    files: tuple[str, ...]
    columns: FrozenMapping[str, Mapped]
    delimiter: str = ","
    encoding: str = "utf-8"
    decimal: Literal[".", ","] = "."
    thousands: str = ""
    dates: str = "%Y-%m-%d"
    nothing: tuple[str, ...] = ("",)
    where: Condition | None = None
    only_known: bool = False
    within: Amount = _EXACTLY
    drawn_on: date | None = None

    def form_of(self, name: str, kind: str) -> str:
        """Return the form that dates or times of a column of the table are written in."""
        mapped = self.columns.get(name)
        return (mapped and mapped.dates) or (TIMES if kind == "time" else self.dates)


@attrs.frozen(kw_only=True)
class Top:
    """The top of a `bank.toml` as written; `Plan` tells its keys."""

    title: Title
    institution: str
    as_of: AsOf
    extract: tuple[Extract, ...]
    policies: tuple[str, ...] = ()
    data: tuple[str, ...] = (".",)
    output: str = "out"
    locale: Literal["en", "zh_CN"] = "en"
    journal: str = ""
    tenant: str = "default"


@attrs.frozen(kw_only=True)
class Plan:
    """
    What a run is told, with its paths resolved.

    Attributes:
        file: The `bank.toml`.
        title: The bank's name.
        institution: Id of the institution profile.
        days: The days decided on, ascending.
        extracts: What is read.
        policies: Files of the bank's own policies.
        data: Folder of the extracts: the first of `data` that exists. Names are below the file's
            folder; `$NAME` is taken from the environment.
        output: Folder of the results.
        locale: Language of the report.
        journal: Address of the journal; a SQLite file in `output` where left out.
        tenant: Legal entity.
        parts: What each part (a domain's share of the run) is told, by name.
    """

    file: Path
    title: Title
    institution: str
    days: tuple[date, ...]
    extracts: tuple[Extract, ...]
    policies: tuple[Path, ...]
    data: Path
    output: Path
    locale: str
    journal: str
    tenant: str
    parts: Mapping[str, Any]


def read_plan(path: Path, parts: Mapping[str, type[Any]]) -> Plan:
    """
    Read a `bank.toml`.

    Args:
        path: The file.
        parts: Name of each part → class of what it is told.

    Raises:
        FaultsError: With every fault and its path; nothing was run.
    """
    where = str(path)
    try:
        raw = dict(parse_toml(path.read_text("utf-8-sig"), where))
    except (OSError, UnicodeDecodeError) as error:
        raise FaultsError(
            where, (Fault("", type(error).__name__, "a readable file in UTF-8"),)
        ) from error
    held: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, kind in parts.items():
        if name in raw:
            try:
                held[name] = POLICY.read(raw.pop(name), kind, name)
            except FaultsError as error:
                faults.extend(
                    attrs.evolve(fault, path=f"{name}.{fault.path}".rstrip("."))
                    for fault in error.faults
                )
    top = None
    try:
        top = POLICY.read(raw, Top, where)
    except FaultsError as error:
        known = [*parts, *(field.name for field in attrs.fields(Top))]
        faults.extend(
            attrs.evolve(
                fault, wanted=f"one of {', '.join(known)}", near=near_names(fault.path, known)
            )
            if fault.got == "an unknown key" and "." not in fault.path and "[" not in fault.path
            else fault
            for fault in error.faults
        )
    if top is None or faults:
        raise FaultsError(where, tuple(faults))
    checked = Faults()
    if not held:
        checked.add("", "no part", f"at least one of {', '.join(f'[{name}]' for name in parts)}")
    for index, extract in enumerate(top.extract):
        _check(extract, f"extract[{index}]", checked)
    home = path.resolve().parent
    policies = tuple(_policy_files(top.policies, home, checked))
    data = _data(top.data, home, checked)
    for name, written in (("output", top.output), ("journal", top.journal)):
        if "$" in os.path.expandvars(written):
            checked.add(name, repr(written), "names that are set in the environment")
    if checked or data is None:
        raise FaultsError(where, tuple(checked))
    return Plan(
        file=path,
        title=top.title,
        institution=top.institution,
        days=top.as_of.days,
        extracts=top.extract,
        policies=policies,
        data=data,
        output=home / os.path.expandvars(top.output),
        locale=top.locale,
        journal=_journal(top.journal, home),
        tenant=top.tenant,
        parts=held,
    )


def _journal(written: str, home: Path) -> str:
    """Return a journal's address; a relative file of SQLite stands below the plan's folder."""
    address = os.path.expandvars(written)
    scheme = "sqlite:///"
    if not address.startswith(scheme):
        return address
    return f"{scheme}{home / address.removeprefix(scheme)}"


def _policy_files(patterns: tuple[str, ...], home: Path, faults: Faults) -> Iterator[Path]:
    for index, pattern in enumerate(patterns):
        try:
            found = sorted(home.glob(pattern))
        except (NotImplementedError, ValueError):
            found = []
        if not found:
            faults.add(f"policies[{index}]", repr(pattern), f"files below {home}")
        yield from found


def _data(folders: tuple[str, ...], home: Path, faults: Faults) -> Path | None:
    for written in folders:
        expanded = os.path.expandvars(written)
        if "$" not in expanded and (home / expanded).is_dir():
            return home / expanded
    faults.add("data", ", ".join(map(repr, folders)), f"a folder that exists, from {home}")
    return None


def _check(extract: Extract, path: str, faults: Faults) -> None:
    table = TABLES.get(extract.table)
    if table is None:
        faults.add(
            f"{path}.table",
            repr(extract.table),
            f"one of {', '.join(TABLES)}",
            near_names(extract.table, TABLES),
        )
        return
    if not extract.files:
        faults.add(f"{path}.files", "none", "one file or more")
    if len(extract.delimiter) != 1 or extract.delimiter in '"\r\n':
        wanted = "one sign that is no quote and no line break"
        faults.add(f"{path}.delimiter", repr(extract.delimiter), wanted)
    if extract.thousands == extract.decimal or len(extract.thousands) > 1:
        wanted = "one sign that is not the decimal mark"
        faults.add(f"{path}.thousands", repr(extract.thousands), wanted)
    if Decimal(extract.within) < 0:
        faults.add(f"{path}.within", repr(extract.within), "an amount of 0 or more")
    try:
        "".encode(extract.encoding)
    except LookupError:
        faults.add(f"{path}.encoding", repr(extract.encoding), "an encoding such as 'gb18030'")
    if extract.drawn_on is not None and extract.table != "complaints":
        wanted = "nothing: only complaints tell how something stood on a day"
        faults.add(f"{path}.drawn_on", str(extract.drawn_on), wanted)
    _check_dates(extract.dates, f"{path}.dates", faults)
    _check_columns(extract, table, path, faults)


def _check_dates(form: str, path: str, faults: Faults) -> None:
    """Note a fault where a date written in a form cannot be read back from it."""
    day = datetime(2026, 3, 14, tzinfo=UTC)
    if "%z" in form.lower():
        faults.add(path, repr(form), "a day of the bank's own zone, without an offset")
        return
    try:
        same = datetime.strptime(day.strftime(form), form).date() == day.date()  # noqa: DTZ007
    except ValueError:
        same = False
    if not same:
        faults.add(path, repr(form), "year, month and day as in '%Y-%m-%d'")


def _check_columns(extract: Extract, table: Table, path: str, faults: Faults) -> None:
    known = {**table.by_name, **table.of(extract.columns)}
    for name, mapped in extract.columns.items():
        at = f"{path}.columns.{name}"
        column = known.get(name)
        if column is None:
            faults.add(
                at, "an unknown column", f"one of {', '.join(known)}", near_names(name, known)
            )
            continue
        if column.codes:
            values = [*mapped.codes.values(), *filter(None, (mapped.value, mapped.otherwise))]
            for value in values:
                if value not in column.codes:
                    faults.add(at, repr(value), f"one of {', '.join(column.codes)}")
        if mapped.dates:
            _check_dates(mapped.dates, f"{at}.dates", faults)
        if column.kind == "currency":
            for code in filter(None, (mapped.value, mapped.otherwise, *mapped.codes.values())):
                if code not in CURRENCIES:
                    near = near_names(code, CURRENCIES)
                    faults.add(at, repr(code), "an ISO 4217 currency such as 'CNY'", near)
        if mapped.minor_units and column.kind != "amount":
            faults.add(f"{at}.minor_units", "true", f"an amount; it is a {column.kind}")
    for column in table.columns:
        if column.required and column.name not in extract.columns:
            faults.add(f"{path}.columns.{column.name}", "nothing", f"where it stands: {column.doc}")
    if extract.where is not None:
        raw = {comparison.fact: FactType("text") for comparison in extract.where.comparisons()}
        for fault in extract.where.faults(raw, f"{path}.where"):
            faults.add(fault.path, fault.got, fault.wanted, fault.near)
