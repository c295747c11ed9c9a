"""
The survey of the demo: who is asked twice a year, who answers, and what they say.

What customers say follows from what happened to them: a complaint, and above all a wait, costs the
bank; a new queue in the last wave pays. A run has to find what goes with satisfaction, and the
change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Final

import attrs

from bankservice.core.policy import Title
from bankservice.demo.complaints import BRANCHES
from bankservice.demo.flaws import SURVEY_FLAWS
from bankservice.demo.seasons import Month

__all__ = ["ANSWER_CODES", "QUESTIONS", "write_surveys"]

INVITATIONS: Final = "邀请编号,客户号,期次,发送时间,方式,结果\n"
ANSWERS: Final = "答卷编号,邀请编号,客户号,期次,交卷时间,网点,方式,{questions}\n"
"""Names of the columns."""

QUESTIONS: Final = (
    "recommend",
    "satisfaction",
    "speed.perception",
    "speed.expectation",
    "staff-professional.perception",
    "staff-attitude.perception",
    "staff-communication.perception",
    "convenience.perception",
    "comfort.perception",
    "emotional-value.perception",
    "product-wealth",
    "product-loan",
)
"""Questions of the shipped survey of customers, in the order of Q1 to Q12."""

ANSWER_CODES: Final[dict[str, dict[str, str]]] = {
    "channel": {"短信": "sms", "手机银行": "app", "微信": "messenger", "网点扫码": "branch_code"},
    "outcome": {"拒答": "refused", "退订": "opted-out", "无法送达": "undeliverable"},
}
"""Column of the run's table → what the extracts write → its code."""

EVERY: Final = 6
"""Months from one wave to the next."""
ASKED: Final = 30
"""Per cent of the customers asked in a wave."""
MOST: Final = 600
"""Most asked in a wave, however many there are."""
FEWEST: Final = 40
"""Fewest asked in a wave, if there are as many: so that every flaw has its line."""

_NOT_MINE: Final = "99"
_NO_IDEA: Final = "98"
_SIZES: Final = (22, 18, 16, 14, 12, 9, 6, 3)
"""How much of the customers is at home in each branch, in per cent."""
_SLOW: Final = "B03"
_WAYS: Final = ("短信", "手机银行", "手机银行", "微信")
_WAITED: Final = "排队等候"

QUEUE: Final = Title(
    en="a new queue: speed and with it satisfaction are better in the last wave",
    zh="新的排队方式：最近一期的速度及满意度更好",
)
SLOW: Final = Title(en="a branch where customers wait longer", zh="等候较久的网点")


@attrs.frozen
class _Home:
    """What is known of a customer from the other extracts."""

    branch: str
    old: bool
    complaints: tuple[tuple[date, str], ...]


def write_surveys(
    folder: Path, months: Sequence[Month], customers: int, seed: int
) -> list[tuple[Title, str]]:
    """
    Write invitations and answers of all waves, after customers and complaints were written.

    Args:
        folder: Of the extracts.
        months: The months of the demo.
        customers: How many customers there are.
        seed: That of the demo; the survey draws from it on its own.

    Returns:
        What is wrong or stands out on purpose, with its place.
    """
    rng = Random(f"surveys {seed}")
    waves = sorted(months[::-1][::EVERY], key=lambda month: month.first)
    many = min(customers, MOST, max(FEWEST, customers * ASKED // 100))
    asked = [sorted(rng.sample(range(1, customers + 1), many)) for _ in waves]
    homes = _homes(folder, {who for wave in asked for who in wave}, rng)
    head = ",".join(f"Q{place}" for place in range(1, len(QUESTIONS) + 1))
    told: list[tuple[Title, str]] = [(SLOW, f"answers.csv, {_SLOW}")]
    flaws = list(SURVEY_FLAWS)
    number = 0
    with (
        (folder / "invitations.csv").open("w", encoding="gb18030", newline="") as invited,
        (folder / "answers.csv").open("w", encoding="gb18030", newline="") as answers,
    ):
        invited.write(INVITATIONS)
        answers.write(ANSWERS.format(questions=head))
        for place, (month, drawn) in enumerate(zip(waves, asked, strict=True)):
            better = len(waves) > 1 and place == len(waves) - 1
            name = f"{month.first.year}-{1 if month.first.month <= EVERY else 2}"
            if better:
                told.append((QUEUE, f"answers.csv, {name}"))
            for customer in drawn:
                number += 1
                line = _Line(f"YQ{number:07d}", f"C{customer:07d}", name, rng)
                sent = datetime.combine(month.first + timedelta(days=2), time(10))
                sent += timedelta(minutes=int(rng.random() * 420))
                last = date.fromisoformat(month.days[-1])
                fields = line.answer(homes[customer], sent, last, better)
                invited.write(line.invitation(sent, answered=fields is not None))
                if fields is None:
                    continue
                answers.write(_joined(fields))
                if flaws:
                    flaw = flaws.pop(0)
                    assert flaw.garble is not None, "an answer is never lost"
                    answers.write(_joined(flaw.garble(fields)))
                    told.append((flaw.title, f"answers.csv, {fields[0]}"))
            some = [homes[customer] for customer in drawn]
            answers.writelines(_volunteers(name, month, some, better, rng))
    return told


def _joined(fields: Sequence[str]) -> str:
    return f"{','.join(fields)}\n"


def _homes(folder: Path, asked: set[int], rng: Random) -> dict[int, _Home]:
    """Return what the other extracts tell of the customers who are asked, by number."""
    names = {f"C{number:07d}": number for number in asked}
    complaints: dict[int, list[tuple[date, str]]] = {}
    for fields in _rows(folder / "complaints.csv"):
        try:
            on = date.fromisoformat(fields[2][:10])
        except ValueError:
            continue
        if fields[1] in names:
            complaints.setdefault(names[fields[1]], []).append((on, fields[5]))
    old = {
        names[fields[0]]
        for fields in _rows(folder / "customers.csv")
        if fields[0] in names and "1900" < fields[5] < "1976"
    }
    branches = [code for code, size in zip(BRANCHES, _SIZES, strict=True) for _ in range(size)]
    return {
        number: _Home(
            branch=branches[int(rng.random() * len(branches))],
            old=number in old,
            complaints=tuple(complaints.get(number, ())),
        )
        for number in sorted(asked)
    }


def _rows(path: Path) -> Iterator[list[str]]:
    """Yield the rows of an extract that was written before, one after the other."""
    with path.open(encoding="gb18030", newline="") as file:
        next(file)
        for line in file:
            yield line.rstrip("\n").split(",")


class _Line:
    """One customer asked in one wave."""

    def __init__(self, ref: str, customer: str, wave: str, rng: Random) -> None:
        self.ref, self.customer, self.wave = ref, customer, wave
        self._rng = rng
        self._way = _WAYS[int(rng.random() * len(_WAYS))]

    def invitation(self, sent: datetime, *, answered: bool) -> str:
        """Return the row of the invitation; who answered needs no outcome."""
        luck = self._rng.random()
        outcome = ""
        if not answered:
            outcome = next(
                (
                    word
                    for word, most in (("拒答", 0.08), ("退订", 0.1), ("无法送达", 0.14))
                    if luck < most
                ),
                "",
            )
        when = f"{sent:%Y-%m-%d %H:%M}"
        return _joined((self.ref, self.customer, self.wave, when, self._way, outcome))

    def answer(self, home: _Home, sent: datetime, last: date, better: bool) -> list[str] | None:
        """Return the row of the answer; None for who gives none. Older customers answer more."""
        roll = self._rng.random
        answers = roll() < (0.66 if home.old else 0.44)
        waited = timedelta(minutes=20 + int(self._rng.expovariate(1 / 2600)))
        said = _said(home, sent.date(), better, self._rng)
        at = sent + waited
        if not answers or at.date() > last:
            return None
        sheet = self.ref.replace("YQ", "DJ")
        when = f"{at:%Y-%m-%d %H:%M}"
        return [sheet, self.ref, self.customer, self.wave, when, home.branch, self._way, *said]


def _volunteers(
    name: str, month: Month, homes: Sequence[_Home], better: bool, rng: Random
) -> list[str]:
    """Return the rows of those who scanned a code in a branch: some, and rather the angry."""
    lines = []
    for place in range(min(12, len(homes) // 10)):
        home = attrs.evolve(homes[int(rng.random() * len(homes))])
        on = month.first + timedelta(days=1 + int(rng.random() * 25))
        if rng.random() < 0.5:
            home = attrs.evolve(home, complaints=((on, _WAITED),))
        when = f"{datetime.combine(on, time(9 + place % 8, 5 * place)):%Y-%m-%d %H:%M}"
        said = _said(home, on, better, rng)
        fields = [f"SM{name}-{place:02d}", "", "", name, when, home.branch, "网点扫码", *said]
        lines.append(_joined(fields))
    return lines


def _said(home: _Home, on: date, better: bool, rng: Random) -> list[str]:
    """Return the answers of one customer, Q1 to Q12."""
    gauss = _gauss(rng)
    lately = [issue for day, issue in home.complaints if timedelta() <= on - day < timedelta(180)]
    mood = 0.5 * gauss() - 0.8 * bool(lately)
    speed = mood + gauss() - 1.6 * (_WAITED in lately) - 0.9 * (home.branch == _SLOW)
    speed += 0.8 * better
    staff = mood + gauss()
    comfort = 0.6 * mood + gauss()
    whole = 0.55 * speed + 0.4 * staff + 0.12 * comfort + 0.3 * gauss()
    said = [
        _code(7.4 + 1.5 * whole + 0.8 * gauss(), 0, 10),
        _code(3.7 + 0.7 * whole + 0.3 * gauss(), 1, 5),
        _code(4.9 + 1.0 * speed + 0.4 * gauss(), 1, 7),
        _code(5.8 + 0.7 * gauss(), 1, 7),
        _code(5.3 + 0.8 * staff + 0.6 * gauss(), 1, 7),
        _code(5.1 + 0.9 * staff + 0.5 * gauss(), 1, 7),
        _code(5.0 + 0.7 * staff + 0.7 * gauss(), 1, 7),
        _code(5.2 + 0.3 * mood + gauss(), 1, 7),
        _code(4.8 + 0.8 * comfort + 0.6 * gauss(), 1, 7),
        _code(4.7 + 0.5 * mood + gauss(), 1, 7),
        _code(3.6 + 0.4 * mood + 0.8 * gauss(), 1, 5) if rng.random() < 0.35 else _NOT_MINE,
        _code(3.5 + 0.4 * mood + 0.8 * gauss(), 1, 5) if rng.random() < 0.25 else _NOT_MINE,
    ]
    for place in range(3, 10):
        luck = rng.random()
        if luck < 0.05:
            said[place] = _NO_IDEA if luck < 0.02 else ""
    return said


def _gauss(rng: Random) -> Callable[[], float]:
    return lambda: rng.gauss(0.0, 1.0)


def _code(value: float, low: int, high: int) -> str:
    return str(max(low, min(high, round(value))))
