"""
What is wrong in the demo's extracts, on purpose: a handful of flaws, as real dumps have them.

A garbled line stands right before the same line as it should be, as if sent twice: whoever rejects
it finds that every balance still adds up. Only the lost line breaks the sums, of one account.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

import attrs

from bankservice.core.policy import Title
from bankservice.demo.people import Person
from bankservice.demo.seasons import Month

__all__ = [
    "CARD_FLAWS",
    "COMPLAINT_FLAWS",
    "EARLY",
    "FLAWS",
    "NOBODY",
    "SURVEY_FLAWS",
    "Flaw",
    "Flaws",
]

EARLY: Final = 50
"""Every flaw is planted among this many first customers, if there are as many."""

NOBODY: Final = "A99999999"
"""An account of the transactions that no extract of accounts has."""

Fields = list[str]
Garble = Callable[[Fields], Fields]


@attrs.frozen
class Flaw:
    """
    One thing wrong in the lines of transactions.

    Attributes:
        code: Its name.
        title: What it is.
        garble: Fields of a good line → fields of the bad line before it; None: the good line is
            lost instead.
    """

    code: str
    title: Title
    garble: Garble | None


def _bad_date(fields: Fields) -> Fields:
    return [fields[0], f"{fields[1][:7]}-32", *fields[2:]]


def _decimal_mark(fields: Fields) -> Fields:
    whole, _, fen = fields[3].partition(".")
    amount = f"{int(whole):,}".replace(",", ".")
    return [*fields[:3], f'"{amount},{fen}"', *fields[4:]]


def _unknown_side(fields: Fields) -> Fields:
    return [*fields[:2], "X", *fields[3:]]


def _missing_amount(fields: Fields) -> Fields:
    return [*fields[:3], "", *fields[4:]]


def _nobody(fields: Fields) -> Fields:
    return [NOBODY, *fields[1:]]


FLAWS: Final = (
    Flaw("bad-date", Title(en="a date that does not exist", zh="不存在的日期"), _bad_date),
    Flaw(
        "decimal-mark",
        Title(en="an amount with a comma as decimal mark", zh="以逗号作小数点的金额"),
        _decimal_mark,
    ),
    Flaw(
        "unknown-side",
        Title(en="a DC code that is neither C nor D", zh="既非 C 也非 D 的借贷标志"),
        _unknown_side,
    ),
    Flaw("missing-amount", Title(en="no amount", zh="缺少金额"), _missing_amount),
    Flaw(
        "unknown-account",
        Title(en="an account that no extract of accounts has", zh="账户文件中没有的账户"),
        _nobody,
    ),
    Flaw(
        "lost-line",
        Title(
            en="a line is missing, so the balances stated after it do not add up",
            zh="缺少一行，其后所载余额对不上",
        ),
        None,
    ),
)
"""Flaws in the lines of transactions; those of the other extracts are in `bank.py`."""


def _no_such_day(fields: Fields) -> Fields:
    return [f"{fields[0]}X", fields[1], f"{fields[2][:5]}02-30{fields[2][10:]}", *fields[3:]]


def _answered_first(fields: Fields) -> Fields:
    return [f"{fields[0]}X", *fields[1:13], f"2010{fields[13][4:]}", fields[14]]


def _closed_first(fields: Fields) -> Fields:
    return [f"{fields[0]}X", *fields[1:14], fields[2]]


def _told_twice(fields: Fields) -> Fields:
    return [*fields[:6], "B99", *fields[7:]]


def _no_time(fields: Fields) -> Fields:
    return [f"{fields[0]}X", fields[1], "", *fields[3:]]


COMPLAINT_FLAWS: Final = (
    Flaw("bad-date", Title(en="a complaint of 30 February", zh="2月30日的投诉"), _no_such_day),
    Flaw(
        "before-received",
        Title(en="a complaint answered before it came", zh="答复早于受理的投诉"),
        _answered_first,
    ),
    Flaw(
        "contradicts",
        Title(en="a complaint told twice, with two branches", zh="两行记录、网点不一的投诉"),
        _told_twice,
    ),
    Flaw("missing", Title(en="a complaint without a day", zh="没有受理时间的投诉"), _no_time),
    Flaw(
        "closed-before-answered",
        Title(en="a complaint closed before it was answered", zh="结案早于答复的投诉"),
        _closed_first,
    ),
)
"""Flaws in the lines of complaints; each bad line stands right after a good one."""


def _renamed(fields: Fields) -> Fields:
    return [f"{fields[0]}X", *fields[1:]]


def _bad_category(fields: Fields) -> Fields:
    return [*_renamed(fields)[:7], "54I1", *fields[8:]]


def _below_nothing(fields: Fields) -> Fields:
    return [*_renamed(fields)[:4], f"-{fields[4]}", *fields[5:]]


def _no_currency(fields: Fields) -> Fields:
    return [*_renamed(fields)[:5], "RMB", *fields[6:]]


def _no_kind(fields: Fields) -> Fields:
    return [*_renamed(fields)[:6], "ZZZ", *fields[7:]]


def _sent_twice(fields: Fields) -> Fields:
    return fields


CARD_FLAWS: Final = (
    Flaw(
        "bad-mcc", Title(en="a category code with a letter", zh="含字母的商户类别码"), _bad_category
    ),
    Flaw(
        "purchase-below-nothing",
        Title(en="a purchase below nothing", zh="金额为负的消费"),
        _below_nothing,
    ),
    Flaw(
        "unknown-currency",
        Title(en="a currency that does not exist", zh="不存在的币种"),
        _no_currency,
    ),
    Flaw(
        "unknown-kind",
        Title(
            en="a card transaction of a type that bank.toml does not name",
            zh="配置未列的卡交易类型",
        ),
        _no_kind,
    ),
    Flaw("duplicate", Title(en="a purchase sent twice", zh="重复发送的消费"), _sent_twice),
)
"""Flaws in the lines of cards; each bad line stands right after a good one."""


def _too_much(fields: Fields) -> Fields:
    return [*_renamed(fields)[:1], "", "", *fields[3:7], "11", *fields[8:]]


def _half(fields: Fields) -> Fields:
    return [*_renamed(fields)[:1], "", "", *fields[3:8], "4.5", *fields[9:]]


def _answered_twice(fields: Fields) -> Fields:
    return _renamed(fields)


def _before_asked(fields: Fields) -> Fields:
    return [f"{fields[0]}Y", *fields[1:4], f"2019{fields[4][4:]}", *fields[5:]]


def _never_asked(fields: Fields) -> Fields:
    return [f"{fields[0]}Z", f"{fields[1]}9", *fields[2:]]


SURVEY_FLAWS: Final = (
    Flaw("out-of-range", Title(en="an answer of 11 out of 10", zh="满分十分答了十一分"), _too_much),
    Flaw("not-whole", Title(en="an answer of four and a half", zh="四分半的回答"), _half),
    Flaw(
        "answered-twice", Title(en="a sheet handed in twice", zh="重复提交的答卷"), _answered_twice
    ),
    Flaw(
        "before-invitation",
        Title(en="an answer before it was asked for", zh="早于邀请的答卷"),
        _before_asked,
    ),
    Flaw(
        "unknown-invitation",
        Title(en="an answer to an invitation that there is not", zh="不存在的邀请的答卷"),
        _never_asked,
    ),
)
"""Flaws in the lines of answers; each bad line stands right after a good one."""


class Flaws:
    """Plants each flaw once, among the first customers."""

    def __init__(self, customers: int, months: Sequence[Month], rng: Random) -> None:
        """Draw whom each flaw waits for."""
        early = min(customers, EARLY) * 2 // 3
        self._waiting = [
            (early * index // len(FLAWS) + 1, flaw) for index, flaw in enumerate(FLAWS)
        ]
        self._months = months
        self._start = int(rng.random() * len(months))
        self.planted: list[tuple[Title, str]] = []
        """Title and place of each flaw planted so far."""

    def wait_for(self, number: int) -> bool:
        """Tell whether a flaw may be planted with the customer of that number."""
        return bool(self._waiting) and self._waiting[0][0] <= number

    def plant(self, person: Person, pages: Sequence[list[str]]) -> None:
        """Plant the next flaw in the pages of *person* alone; it goes on waiting if none fits."""
        _, flaw = self._waiting[0]
        count = len(pages)
        for step in range(count):
            index = (self._start + step) % count
            page = pages[index]
            place = _place(page, person.main.number)
            if place is None:
                continue
            fields = page[place].rstrip("\n").split(",")
            if flaw.garble is None:
                del page[place]
            else:
                page.insert(place, ",".join(flaw.garble(fields)) + "\n")
            where = f"transactions_{self._months[index].name}.csv.gz"
            account = NOBODY if flaw.code == "unknown-account" else fields[0]
            self.planted.append((flaw.title, f"{where}, {account}, {fields[1]}"))
            # The next one in another month, so that the flaws are spread.
            self._start = (index + 2) % count
            self._waiting.pop(0)
            return


def _place(page: list[str], account: str) -> int | None:
    """Return where a payment of thousands stands that is not the last line of its account."""
    for place in range(len(page) - 1):
        fields = page[place].split(",")
        if fields[0] == account and len(fields[3]) >= 7 and page[place + 1].startswith(account):
            return place
    return None
