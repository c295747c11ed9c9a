"""
The files of the demo, as a core banking system dumps them.

Customers stand in GB18030 under Chinese names, accounts behind semicolons with dates without
dashes, transactions in one compressed file a month, rates for business days only.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from gzip import GzipFile
from io import BufferedWriter
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Final, Self

from bankservice.core.calendar import days
from bankservice.demo.ledger import HEADER, money
from bankservice.demo.people import Account
from bankservice.demo.seasons import Month, is_business_day

__all__ = ["CUSTOMERS", "OPEN_END", "TEST", "Extracts", "write_rates"]

CUSTOMERS: Final = (
    "客户号,开户日,客户状态,客户类别,首次接触,出生日期,性别,职业,地区,行业,营销同意\n"
)
NO_FACE: Final = ",,,,,,"
"""The columns of who a customer is, where nobody knows."""

NORMAL: Final = "正常"
TEST: Final = "测试"
"""Status of customers that are none."""

ACCOUNTS: Final = "ACCT_NO;CUST_NO;CCY;PROD;OPEN_DT;CLOSE_DT;BAL_BF\n"
OPEN_END: Final = "99991231"
"""What stands for the closing day of an account that is open."""

RATES: Final = "CCY,PUB_DT,MID\n"
START: Final = {"USD": 71_800, "HKD": 9_170}
"""Foreign currency → the rate before the first month, in ten thousandths."""

EVERY: Final = 128
"""Customers after which pages are written out: memory holds no more."""

LEVEL: Final = 1
"""How hard to compress; more costs more time than the rows themselves."""


class Extracts:
    """Writes the extracts of customers, accounts and transactions, line by line."""

    def __init__(self, folder: Path, months: Sequence[Month]) -> None:
        """Open every file below *folder*, which exists and is empty."""
        self._files = ExitStack()
        self.pages: tuple[list[str], ...] = tuple([HEADER] for _ in months)
        """Lines of each month that wait to be written."""
        self._customers = [CUSTOMERS]
        self._accounts = [ACCOUNTS]
        self._people = 0
        with ExitStack() as opened:
            self._customers_file = opened.enter_context((folder / "customers.csv").open("wb"))
            self._accounts_file = opened.enter_context((folder / "accounts.csv").open("wb"))
            self._months = [
                _compressed(opened, folder / f"transactions_{month.name}.csv.gz")
                for month in months
            ]
            self._files = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._write()
        finally:
            self._files.close()

    def customer(
        self,
        customer: str,
        opened: date,
        *,
        shop: bool,
        status: str = NORMAL,
        face: str = NO_FACE,
    ) -> None:
        """Add a customer; *face* is the columns of who it is."""
        kind = "个体工商户" if shop else "个人"
        self._customers.append(f"{customer},{opened},{status},{kind},{face}\n")
        self._people += 1
        if self._people % EVERY == 0:
            self._write()

    def account(self, account: Account, customer: str) -> None:
        """Add an account as it stands before the first month."""
        closed = account.closed_on
        self._accounts.append(
            f"{account.number};{customer};{account.currency};{account.product};"
            f"{_packed(account.opened_on)};{OPEN_END if closed is None else _packed(closed)};"
            f"{money(account.balance)}\n"
        )

    def _write(self) -> None:
        """Write what waits."""
        self._customers_file.write("".join(self._customers).encode("gb18030"))
        self._accounts_file.write("".join(self._accounts).encode("ascii"))
        self._customers.clear()
        self._accounts.clear()
        for page, file in zip(self.pages, self._months, strict=True):
            file.write("".join(page).encode("ascii"))
            page.clear()


def _compressed(opened: ExitStack, path: Path) -> GzipFile:
    """Open a file whose bytes say nothing of when and where it was written."""
    raw: BufferedWriter = opened.enter_context(path.open("wb"))
    return opened.enter_context(
        GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=raw, mtime=0)
    )


def _packed(day: date) -> str:
    return day.isoformat().replace("-", "")


def write_rates(folder: Path, first: date, last: date, rng: Random) -> None:
    """
    Write the rates of every business day from *first* to *last*, both counted.

    The first weeks lie before the first month, so that its first day has a rate.
    """
    lines = [RATES]
    rates = dict(START)
    for day in days(first - timedelta(days=21), last + timedelta(days=1)):
        if not is_business_day(day):
            continue
        for currency, rate in rates.items():
            drawn = rate + int(rate * 0.0025 * rng.gauss(0.0, 1.0))
            # Drawn back to where it began: a rate is no random walk for ever.
            rates[currency] = drawn + (START[currency] - drawn) // 40
            lines.append(
                f"{currency},{day},{rates[currency] // 10_000}.{rates[currency] % 10_000:04d}\n"
            )
    (folder / "rates.csv").write_bytes("".join(lines).encode("ascii"))
