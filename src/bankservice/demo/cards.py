"""
The credit cards of the demo: purchases that earn points, refunds, and what points are spent on.

A few customers have a card, and each of them the points of it. Planted are a few wrong rows, a
refund of a purchase nobody knows, and a redemption beyond what there is: a run has to tell of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from gzip import GzipFile
from math import exp
from pathlib import Path
from random import Random
from typing import Final

import attrs

from bankservice.core.policy import Title
from bankservice.demo.flaws import CARD_FLAWS
from bankservice.demo.ledger import money
from bankservice.demo.seasons import Month

__all__ = ["BEYOND", "KINDS", "MEMBERS", "ORPHAN", "write_cards"]

HEADER: Final = "REF,CUST_NO,CARD_NO,TXN_TIME,AMT,CCY,TXN_TYPE,MCC,MERCHANT,ORIG_REF\n"
SPENT: Final = "兑换编号,客户号,兑换时间,奖品,数量,原兑换编号\n"

KINDS: Final = {"PUR": "card", "CSH": "cash_advance", "FEE": "fee"}
"""Type of a row → code of `vocabulary/earning-kinds`; what gives back names its purchase."""

MEMBERS: Final = 40
"""Most customers that have a card."""

EVERY: Final = 8
"""One customer of so many has a card."""

_MERCHANTS: Final = (
    ("5411", "supermarket", 22_000, 24),
    ("5812", "restaurant", 34_000, 18),
    ("5311", "department-store", 75_000, 10),
    ("5541", "filling-station", 36_000, 8),
    ("5732", "electronics", 260_000, 3),
    ("4111", "metro", 1_500, 14),
    ("7832", "cinema", 12_000, 6),
    ("3000", "airline", 150_000, 2),
    ("8062", "hospital", 60_000, 3),
    ("6513", "estate-agent", 300_000, 1),
    ("5814", "coffee", 4_800, 11),
)
"""Category code, name, usual amount in fen, weight."""

_SHOPS: Final = tuple(held[:3] for held in _MERCHANTS for _ in range(held[3]))

_REWARDS: Final = (("cinema-ticket", 600), ("coffee-set", 1_500), ("tea-set", 2_000))
"""Reward and its price in points."""

PURCHASES: Final = 5
"""Purchases a month, more or less."""

BEYOND: Final = Title(en="a redemption of more points than there are", zh="超出可用积分的兑换")
ORPHAN: Final = Title(en="a refund of a purchase nobody knows", zh="找不到原交易的退款")


@attrs.frozen(kw_only=True)
class _Bought:
    """One purchase, as far as a refund needs it."""

    ref: str
    at: datetime
    fen: int
    currency: str
    mcc: str
    merchant: str


def write_cards(
    folder: Path, months: Sequence[Month], customers: int, seed: int
) -> list[tuple[Title, str]]:
    """
    Write the card's purchases and the redemptions, member by member.

    Args:
        folder: Of the extracts.
        months: The months of the demo.
        customers: How many customers there are.
        seed: That of the demo; the cards draw from it on their own.

    Returns:
        What is wrong on purpose, with its place.
    """
    rng = Random(f"cards {seed}")
    told: list[tuple[Title, str]] = []
    flaws = list(CARD_FLAWS)
    with (
        (folder / "cards.csv.gz").open("wb") as raw,
        GzipFile(filename="", mode="wb", compresslevel=1, fileobj=raw, mtime=0) as bought,
        (folder / "redemptions.csv").open("wb") as spent,
    ):
        bought.write(HEADER.encode())
        spent.write(SPENT.encode("gb18030"))
        for number in range(1, min(customers // EVERY, MEMBERS) + 1):
            member = _Member(number, rng)
            lines = list(member.live(months))
            place = next((n for n, line in enumerate(lines) if ",PUR," in line), None)
            if flaws and place is not None:
                flaw = flaws.pop(0)
                assert flaw.garble is not None, "a purchase is never lost"
                fields = lines[place].rstrip("\n").split(",")
                lines.insert(place + 1, ",".join(flaw.garble(fields)) + "\n")
                told.append((flaw.title, f"cards.csv.gz, {fields[0]}"))
            if number == 1:
                lines.append(member.orphan(months))
                told.append((ORPHAN, f"cards.csv.gz, {lines[-1][:10]}"))
                member.beyond(months)
                told.append((BEYOND, f"redemptions.csv, {member.spent[-1][:10]}"))
            bought.write("".join(lines).encode())
            spent.write("".join(member.spent).encode("gb18030"))
    return told


class _Member:
    """One customer with a card."""

    def __init__(self, number: int, rng: Random) -> None:
        self._customer = f"C{number * EVERY - 3:07d}"
        self._number = number
        self._rng = rng
        self._size = exp(0.5 * rng.gauss(0.0, 1.0))
        self._eager = rng.random() < 0.6
        self._rows = 0
        self._points = 0
        self.spent: list[str] = []

    def live(self, months: Sequence[Month]) -> Iterator[str]:
        """Yield the lines of the card, month after month."""
        rng = self._rng
        last = datetime.combine(date.fromisoformat(months[-1].days[-1]), time(23, 59))
        for index, month in enumerate(months):
            count = int(PURCHASES * month.busy * (0.5 + rng.random()) + 0.5)
            held = [self._purchase(month) for _ in range(count)]
            for bought in sorted(held, key=lambda one: one.at):
                yield self._line(bought, "PUR", bought.ref)
                back = bought.at + timedelta(days=2 + int(rng.random() * 12), hours=3)
                if rng.random() < 0.03 and back <= last:
                    yield self._refund(bought, back)
            if rng.random() < 0.04:
                yield self._other(month, "CSH", 100_000)
            if index % 12 == 11 and rng.random() < 0.5:
                yield self._other(month, "FEE", 30_000)
            self._spend(months[index : index + 1], last)

    def _purchase(self, month: Month) -> _Bought:
        rng = self._rng
        mcc, merchant, usual = rng.choice(_SHOPS)
        fen = 1 + int(usual * self._size * exp(0.6 * rng.gauss(0.0, 1.0) - 0.18))
        abroad = rng.random() < 0.02
        more = 3 if mcc in ("5812", "5814") else 0 if mcc in ("8062", "6513") else 1
        self._points += more * (fen // 2_000)
        return _Bought(
            ref=self._ref("K"),
            at=self._moment(month),
            fen=fen // 7 + 1 if abroad else fen,
            currency="USD" if abroad else "CNY",
            mcc=mcc,
            merchant=f"M-{merchant}-{1 + int(rng.random() * 6)}",
        )

    def _refund(self, bought: _Bought, at: datetime) -> str:
        # The whole of it, or a part.
        whole = self._rng.random() < 0.6
        fen = bought.fen if whole else 1 + int(bought.fen * self._rng.random())
        back = attrs.evolve(bought, ref=self._ref("K"), at=at, fen=min(fen, bought.fen))
        return self._line(back, "REV", back.ref, bought.ref)

    def _other(self, month: Month, kind: str, fen: int) -> str:
        held = _Bought(
            ref=self._ref("K"),
            at=self._moment(month),
            fen=fen,
            currency="CNY",
            mcc="6011" if kind == "CSH" else "",
            merchant="",
        )
        return self._line(held, kind, held.ref)

    def orphan(self, months: Sequence[Month]) -> str:
        """Return a refund of a purchase nobody knows."""
        bought = self._purchase(months[-1])
        return self._line(bought, "REV", bought.ref, f"K{self._number:04d}99999")

    def beyond(self, months: Sequence[Month]) -> None:
        """Spend more than there is."""
        self._redeem(self._moment(months[-1]), "tea-set", 90)

    def _spend(self, month: Sequence[Month], last: datetime) -> None:
        """Spend points at a month's end, where there seem to be enough."""
        rng = self._rng
        if not self._eager or rng.random() > 0.35:
            return
        # Refunds are not counted here, so a few are refused.
        can = [held for held in _REWARDS if held[1] <= self._points]
        if not can:
            return
        reward, price = can[-1] if rng.random() < 0.4 else can[0]
        at = datetime.combine(
            date.fromisoformat(month[0].days[-1]), time(20, int(rng.random() * 60))
        )
        ref = self._redeem(at, reward, 1)
        self._points -= price
        back = at + timedelta(days=3)
        if rng.random() < 0.06 and back <= last:
            cancel = self._ref("R")
            self.spent.append(f"{cancel},{self._customer},{back:%Y-%m-%d %H:%M},,,{ref}\n")
            self._points += price

    def _redeem(self, at: datetime, reward: str, quantity: int) -> str:
        ref = self._ref("R")
        self.spent.append(f"{ref},{self._customer},{at:%Y-%m-%d %H:%M},{reward},{quantity},\n")
        return ref

    def _moment(self, month: Month) -> datetime:
        day = date.fromisoformat(month.days[int(self._rng.random() * len(month.days))])
        minute = 540 + int(self._rng.random() * 780)
        return datetime.combine(day, time(minute // 60, minute % 60, int(self._rng.random() * 60)))

    def _ref(self, letter: str) -> str:
        self._rows += 1
        return f"{letter}{self._number:04d}{self._rows:05d}"

    def _line(self, held: _Bought, kind: str, ref: str, original: str = "") -> str:
        return (
            f"{ref},{self._customer},D{self._number:04d},{held.at:%Y-%m-%d %H:%M:%S},"
            f"{money(held.fen)},{held.currency},{kind},{held.mcc},{held.merchant},{original}\n"
        )
