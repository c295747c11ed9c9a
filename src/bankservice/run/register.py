"""
The register of a run: whose account is whose.

It holds the customers and accounts of the extracts, each once. What does not fit (an id twice, an
account nobody has, a holder the bank does not know) is rejected with its line. An account whose
rows contradict each other is doubtful, and so is every account of a customer who may have one that
was rejected: what is measured on the others would be too little.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs
import polars as pl

from bankservice.core.decision import Reason, Says
from bankservice.core.errors import IdentifierError
from bankservice.core.identifiers import checked_id
from bankservice.core.money import CURRENCIES
from bankservice.run.files import LINE, Source
from bankservice.run.rejects import Reject, Rejects, mask
from bankservice.run.rows import SCALE, TOO_FINE, Rows
from bankservice.run.tables import PERSON

__all__ = ["Register", "Registrar", "minor"]

BAD_ID = Says("bad-id")
DUPLICATE = Says("duplicate", ("file", "first"))
CONTRADICTS = Says("contradicts", ("file", "first"))
UNKNOWN_CUSTOMER = Says("unknown-customer")
UNKNOWN_ACCOUNT = Says("unknown-account")
NO_HOLDER = Says("no-holder")
CLOSED_FIRST = Says("closed-before-opened")


_FILE = "#file"
_ACCOUNT: Final = {
    "account": pl.String,
    "customer": pl.String,
    "currency": pl.String,
    "opened_on": pl.Date,
    "closed_on": pl.Date,
    "product": pl.String,
    "opening": pl.Int64,
}
_KINDS: Final = {"date": pl.Date, "amount": pl.Int64}
_PERSON: Final[Mapping[str, Any]] = {
    column.name: _KINDS.get(column.kind, pl.String) for column in PERSON
}


@attrs.frozen(eq=False)
class Register:
    """
    Customers and accounts, each once.

    Attributes:
        customers: Columns `customer` and those of `PERSON`, in the order of the extracts; null
            where nothing is known.
        accounts: Columns `index` (0, 1, …), `account`, `customer`, `currency`, `digits`,
            `opened_on`, `closed_on`, `product`, `opening` (minor units; null: not known) and
            `doubtful`.
        without_accounts: Customers that have no account.
    """

    customers: pl.DataFrame
    accounts: pl.DataFrame

    @property
    def without_accounts(self) -> int:
        """How many customers have no account."""
        return self.customers.join(self.accounts, on="customer", how="anti").height


def minor(name: str, source: Source) -> pl.Expr:
    """
    Return an amount in minor units of the currency whose `digits` stand beside it.

    It is null where the amount is finer than the currency.
    """
    amount = pl.col(name)
    if source.extract.columns[name].minor_units:
        return amount
    unit = pl.lit(10, dtype=pl.Int64).pow(SCALE - pl.col("digits").cast(pl.UInt32))
    return pl.when(amount % unit == 0).then(amount // unit)


class Registrar:
    """Takes rows of customers, accounts and holders, and makes the register of them."""

    def __init__(self, currency: str, rejects: Rejects) -> None:
        """
        Start empty.

        Args:
            currency: The bank's own, for accounts that name none.
            rejects: Where what does not fit is told.
        """
        self._currency = currency
        self._rejects = rejects
        self._held: dict[str, list[pl.DataFrame]] = {"customers": [], "accounts": [], "holders": []}
        self._sources: list[Source] = []
        # Accounts, and customers who may have an account that is not in the register.
        self._doubtful: set[str] = set()
        self._lacking: set[str] = set()

    def take(self, source: Source, rows: Rows) -> None:
        """Take the rows of one block."""
        if source not in self._sources:
            self._sources.append(source)
        held = rows.good
        if source.extract.table == "accounts":
            held = self._account(source, held)
        if source.extract.table != "customers":
            # What an account is, and whose, can be doubtful though the ids could be read.
            for name, doubtful in (("account", self._doubtful), ("customer", self._lacking)):
                if name in rows.doubtful.columns:
                    doubtful.update(rows.doubtful[name].drop_nulls())
        file = pl.lit(self._sources.index(source), dtype=pl.UInt16).alias(_FILE)
        self._held[source.extract.table].append(held.with_columns(file))

    def _account(self, source: Source, rows: pl.DataFrame) -> pl.DataFrame:
        """Return account rows with every column, the opening balance in minor units."""
        mapped = source.extract.columns
        plain = [name for name in _ACCOUNT if name != "opening"]
        rows = rows.with_columns(
            pl.lit(None, dtype=_ACCOUNT[name]).alias(name) for name in plain if name not in mapped
        ).with_columns(pl.col("currency").fill_null(self._currency))
        digits = pl.col("currency").replace_strict(dict(CURRENCIES), return_dtype=pl.Int8)
        rows = rows.with_columns(digits.alias("digits"))
        if "opening_balance" not in mapped:
            return rows.with_columns(pl.lit(0, dtype=pl.Int64).alias("opening"))
        rows = rows.with_columns(minor("opening_balance", source).alias("opening"))
        fine = rows.filter(pl.col("opening").is_null() & pl.col("opening_balance").is_not_null())
        field = source.written("opening_balance")
        for account, line in fine.select("account", LINE).iter_rows():
            self._rejects.add(Reject(source.name, line, field, "", TOO_FINE()))
            self._doubtful.add(account)
        return rows.drop("opening_balance")

    def close(self) -> Register:
        """Return the register; what does not fit is rejected."""
        customers = self._once("customers", "customer", ())
        holders = self._once("holders", "account", ("customer",))
        accounts = self._once("accounts", "account", tuple(_ACCOUNT))
        if holders is not None and accounts is not None:
            strange = holders.join(accounts, on="account", how="anti", maintain_order="left")
            self._lacking.update(
                row["customer"]
                for row in strange.iter_rows(named=True)
                if row["account"] in self._doubtful or not self._partial(row[_FILE])
            )
            self._reject(strange, "account", UNKNOWN_ACCOUNT())
            accounts = accounts.drop("customer").join(
                holders.select("account", "customer"),
                on="account",
                how="left",
                maintain_order="left",
            )
        accounts = self._owned(accounts, customers)
        if customers is not None:
            customers = self._here(customers, accounts)
        else:
            # Whose every account row was rejected is a customer all the same.
            lost = pl.DataFrame({"customer": sorted(self._lacking)}, schema={"customer": pl.String})
            named = pl.concat([accounts.select("customer"), lost])
            customers = named.unique(maintain_order=True)
        doubtful = pl.col("account").is_in(sorted(self._doubtful)) | pl.col("customer").is_in(
            sorted(self._lacking)
        )
        accounts = accounts.with_columns(doubtful.alias("doubtful")).with_row_index("index")
        known = [name for name in _PERSON if name in customers.columns]
        lacking = (pl.lit(None, kind).alias(n) for n, kind in _PERSON.items() if n not in known)
        people = customers.select("customer", *known).with_columns(*lacking)
        return Register(people.select("customer", *_PERSON), accounts.drop(LINE, _FILE))

    def _here(self, customers: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
        """Return the customers without those of a part of a bank who have no account in it."""
        partial = [n for n, source in enumerate(self._sources) if source.extract.only_known]
        owners = pl.Series([*accounts["customer"], *self._lacking], dtype=pl.String).implode()
        over = pl.col(_FILE).is_in(partial) & ~pl.col("customer").is_in(owners)
        for file, count in customers.filter(over)[_FILE].value_counts().iter_rows():
            self._rejects.pass_over(self._sources[file].counted, count)
        return customers.filter(~over)

    def _owned(self, accounts: pl.DataFrame | None, customers: pl.DataFrame | None) -> pl.DataFrame:
        """Return the accounts that somebody known has."""
        if accounts is None:
            schema = {**_ACCOUNT, "digits": pl.Int8, LINE: pl.UInt32, _FILE: pl.UInt16}
            return pl.DataFrame(schema=schema)
        nobody = accounts.filter(pl.col("customer").is_null())
        self._reject(nobody, "account", NO_HOLDER())
        accounts = accounts.filter(pl.col("customer").is_not_null())
        if customers is not None:
            strange = accounts.join(customers, on="customer", how="anti", maintain_order="left")
            self._reject(strange, "customer", UNKNOWN_CUSTOMER())
            accounts = accounts.join(
                customers.select("customer"), on="customer", how="semi", maintain_order="left"
            )
        backward = pl.col("closed_on") < pl.col("opened_on")
        wrong = accounts.filter(backward)
        for file, line, day in wrong.select(_FILE, LINE, "closed_on").iter_rows():
            self._rejects.add(self._told(file, line, "closed_on", day, CLOSED_FIRST()))
        self._doubtful.update(wrong["account"])
        return accounts

    def _once(self, table: str, key: str, same: tuple[str, ...]) -> pl.DataFrame | None:
        """Return the rows of a table by their key, each once; the first row counts."""
        if not self._held[table]:
            return None
        rows = pl.concat(self._held.pop(table), how="diagonal")
        self._held[table] = []
        for name in dict.fromkeys((key, "customer")):
            wrong = rows.filter(pl.col(name).is_in(sorted(bad_ids(rows[name], name))))
            if wrong.height:
                self._reject(wrong, name, BAD_ID())
                if table != "customers":
                    self._doubtful.update(wrong["account"])
                    self._lacking.update(wrong["customer"].drop_nulls())
                rows = rows.join(wrong, on=(_FILE, LINE), how="anti", maintain_order="left")
        first = rows.unique(key, keep="first", maintain_order=True)
        if first.height < rows.height:
            self._twice(rows, first, key, same)
        return first

    def _twice(
        self, rows: pl.DataFrame, first: pl.DataFrame, key: str, same: tuple[str, ...]
    ) -> None:
        again = rows.filter(~pl.col(key).is_first_distinct())
        kept = first.select(
            key, *(pl.col(name).alias(f"{name}.first") for name in (*same, LINE, _FILE))
        )
        for row in again.join(kept, on=key, how="left", maintain_order="left").iter_rows(
            named=True
        ):
            differs = any(row[name] != row[f"{name}.first"] for name in same)
            said = (CONTRADICTS if differs else DUPLICATE)(
                file=self._sources[row[f"{_FILE}.first"]].name, first=row[f"{LINE}.first"]
            )
            told = self._told(row[_FILE], row[LINE], key, row[key], said)
            self._rejects.drop(self._sources[row[_FILE]].counted, told)
            if differs:
                self._doubtful.add(row[key])
                owners = (row["customer"], row["customer.first"])
                self._lacking.update(owner for owner in owners if owner is not None)

    def _reject(self, rows: pl.DataFrame, field: str, said: Reason) -> None:
        strange = said.code in (UNKNOWN_ACCOUNT.code, UNKNOWN_CUSTOMER.code)
        for file, line, value in rows.select(_FILE, LINE, field).iter_rows():
            if strange and self._partial(file):
                self._rejects.pass_over(self._sources[file].counted, 1)
            else:
                told = self._told(file, line, field, value, said)
                self._rejects.drop(self._sources[file].counted, told)

    def _partial(self, file: int) -> bool:
        """Tell whether a file may name what the other extracts do not have."""
        return self._sources[file].extract.only_known

    def _told(self, file: int, line: int, field: str, value: object, said: Reason) -> Reject:
        source = self._sources[file]
        shape = "" if value is None else mask(str(value))
        return Reject(source.name, line, source.written(field), shape, said)


def bad_ids(values: pl.Series, what: str) -> Iterator[str]:
    """Yield the ids that may not serve as one: too long, not printable, like a card number."""
    for value in values.drop_nulls().unique():
        try:
            checked_id(value, what)
        except IdentifierError:
            yield value
