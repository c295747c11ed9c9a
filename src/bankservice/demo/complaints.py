"""
The complaints of the demo: how many come when, about what, how fast they are answered.

Three things are planted: a branch whose machines fail for a week, one leak of customers' data, and
a few rows that are wrong. A run has to find each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from math import exp, sqrt
from pathlib import Path
from random import Random
from typing import Final

import attrs

from bankservice.core.calendar import days
from bankservice.core.policy import Title
from bankservice.demo.flaws import COMPLAINT_FLAWS
from bankservice.demo.seasons import Month, appetite

__all__ = ["BRANCHES", "CODES", "GRAVE", "SURGE", "write_complaints"]

HEADER: Final = (
    "投诉编号,客户号,受理时间,渠道,产品,事项,网点,涉及金额,特殊客群,是否受损,原因,"
    "状态,首次回复,答复时间,结案时间\n"
)
"""Names of the columns."""

CODES: Final[dict[str, dict[str, str]]] = {
    "channel": {
        "客服热线": "hotline",
        "手机银行": "app",
        "网上投诉": "web",
        "网点": "branch",
        "邮件": "email",
        "社交媒体": "social",
    },
    "product": {
        "活期": "deposit",
        "定期": "time_deposit",
        "理财": "wealth",
        "个人贷款": "personal_loan",
        "房贷": "home_loan",
        "移动支付": "mobile_payment",
    },
    "issue": {
        "排队等候": "waiting",
        "收费争议": "unexpected_fee",
        "服务态度": "customer_relations",
        "转账未到账": "not_available",
        "手机银行故障": "app_failure",
        "自助设备故障": "device_failure",
        "未经授权交易": "unauthorised",
        "还款困难": "hardship",
        "产品不适合": "unsuitable_product",
        "信息泄露": "data_leak",
    },
    "cause": {
        "员工差错": "staff_error",
        "员工态度": "staff_attitude",
        "系统故障": "outage",
        "流程拖延": "process_delay",
        "信息披露": "disclosure",
        "外部欺诈": "third_party_fraud",
        "客户误解": "misunderstanding",
    },
    "status": {"处理中": "open", "已答复": "answered", "已结案": "closed", "已撤诉": "withdrawn"},
    "vulnerable": {"是": "yes", "否": "no"},
    "loss": {"是": "yes", "否": "no"},
}
"""Column of the run's table → what the extract writes → its code."""

BRANCHES: Final = tuple(f"B{number:02d}" for number in range(1, 9))
YEARLY: Final = 180
"""Complaints a year of a thousand customers."""

_WEEKDAY: Final = (130, 115, 105, 100, 110, 75, 65)
_CHANNELS: Final = ("客服热线",) * 5 + ("手机银行",) * 4 + ("网上投诉", "网点", "邮件", "社交媒体")
_TOPICS: Final[tuple[tuple[str, str, tuple[str, ...], int], ...]] = (
    ("排队等候", "活期", ("流程拖延",), 16),
    ("收费争议", "活期", ("信息披露", "客户误解", "员工差错"), 18),
    ("服务态度", "活期", ("员工态度",), 12),
    ("转账未到账", "移动支付", ("系统故障", "流程拖延"), 16),
    ("手机银行故障", "移动支付", ("系统故障",), 12),
    ("自助设备故障", "活期", ("系统故障",), 7),
    ("未经授权交易", "移动支付", ("外部欺诈",), 6),
    ("还款困难", "个人贷款", ("客户误解", "流程拖延"), 7),
    ("还款困难", "房贷", ("流程拖延",), 3),
    ("产品不适合", "理财", ("信息披露", "客户误解"), 3),
)
SURGE: Final = Title(en="machines of one branch fail for a week", zh="一个网点的自助设备故障一周")
GRAVE: Final = Title(en="customers' data got out", zh="客户信息泄露")
STRANGE: Final = Title(en="a channel that the mapping does not name", zh="映射未声明的渠道")


@attrs.frozen(kw_only=True)
class _Complaint:
    """One complaint, before it is written."""

    at: datetime
    customer: str
    channel: str
    product: str
    issue: str
    branch: str
    causes: tuple[str, ...]


def write_complaints(
    folder: Path, months: Sequence[Month], customers: int, seed: int
) -> list[tuple[Title, str]]:
    """
    Write the complaints of all months.

    Args:
        folder: Of the extracts.
        months: The months of the demo.
        customers: How many customers there are.
        seed: That of the demo; the complaints draw from it on their own.

    Returns:
        What is wrong or stands out on purpose, with its place.
    """
    rng = Random(f"complaints {seed}")
    first = months[0].first
    last = date.fromisoformat(months[-1].days[-1])
    surge = _surge_week(first, last)
    branch = rng.choice(BRANCHES)
    leak = max(first, last - timedelta(days=12))
    told: list[tuple[Title, str]] = [
        (SURGE, f"complaints.csv, {branch}, {surge} – {surge + timedelta(days=6)}")
    ]
    flaws = list(COMPLAINT_FLAWS)
    number = 0
    with (folder / "complaints.csv").open("wb") as file:
        file.write(HEADER.encode("gb18030"))
        for day in days(first, last + timedelta(days=1)):
            for complaint in _of_day(day, customers, surge, branch, leak, rng):
                number += 1
                fields = _fields(f"TS{number:07d}", complaint, last, rng)
                lines = [fields]
                if complaint.issue == "信息泄露":
                    told.append((GRAVE, f"complaints.csv, {fields[0]}"))
                elif number == 9:
                    fields[3] = "传真"
                    told.append((STRANGE, f"complaints.csv, {fields[0]}"))
                elif flaws and number % 2 == 0 and fields[13] and fields[14]:
                    flaw = flaws.pop(0)
                    assert flaw.garble is not None, "a complaint is never lost"
                    lines.append(flaw.garble(fields))
                    told.append((flaw.title, f"complaints.csv, {fields[0]}"))
                file.write("".join(f"{','.join(line)}\n" for line in lines).encode("gb18030"))
    return told


def _surge_week(first: date, last: date) -> date:
    """Return the Monday of the week the machines fail, in the last month."""
    day = max(first, last - timedelta(weeks=3))
    return day - timedelta(days=day.weekday())


def _of_day(
    day: date, customers: int, surge: date, branch: str, leak: date, rng: Random
) -> Iterator[_Complaint]:
    """Yield the complaints of a day, in the order they come."""
    season = 90 + appetite(day) // 10
    mean = customers * YEARLY * _WEEKDAY[day.weekday()] * season / (365_000 * 10_000)
    extra = 0
    if 0 <= (day - surge).days < 7:
        # As many more in the week as nobody can take for chance.
        extra = 4 + customers * YEARLY // (365_000 * 3)
    held = [_draw(day, customers, rng) for _ in range(_poisson(mean, rng))]
    held += [
        attrs.evolve(
            _draw(day, customers, rng),
            branch=branch,
            issue="自助设备故障",
            product="活期",
            causes=("系统故障",),
        )
        for _ in range(extra)
    ]
    if day == leak:
        leaked = _draw(day, customers, rng)
        held.append(attrs.evolve(leaked, issue="信息泄露", channel="客服热线", causes=()))
    yield from sorted(held, key=lambda complaint: complaint.at)


def _draw(day: date, customers: int, rng: Random) -> _Complaint:
    minute = 480 + int(rng.random() * 840)
    place = int(rng.random() * 100)
    topic = _TOPICS[-1]
    for held in _TOPICS:
        place -= held[3]
        if place < 0:
            topic = held
            break
    # Some come again and again.
    loud = rng.random() < 0.04
    number = 1 + int(rng.random() * (max(1, customers // 200) if loud else customers))
    return _Complaint(
        at=datetime.combine(day, time(minute // 60, minute % 60)),
        customer=f"C{number:07d}",
        channel=rng.choice(_CHANNELS),
        product=topic[1],
        issue=topic[0],
        branch=rng.choice(BRANCHES),
        causes=topic[2],
    )


def _fields(case: str, complaint: _Complaint, last: date, rng: Random) -> list[str]:
    """Return the row of a complaint as it stands on the last day."""
    end = datetime.combine(last, time(23, 59))
    reply = complaint.at + timedelta(minutes=30 + int(rng.expovariate(1 / 420)))
    answer = reply + timedelta(hours=2 + int(rng.expovariate(1 / 80)))
    closing = answer + timedelta(hours=1 + int(rng.random() * 72))
    withdrawn = rng.random() < 0.02
    amount = f"{int(exp(6 + 1.4 * rng.gauss(0.0, 1.0)))}.00" if rng.random() < 0.5 else ""
    vulnerable = rng.random() < 0.05
    lost = not vulnerable and rng.random() < 0.12
    cause = rng.choice(complaint.causes) if complaint.causes and rng.random() < 0.85 else ""
    status = "处理中"
    times = ["", "", ""]
    if withdrawn and reply <= end:
        status, times, cause = "已撤诉", ["", "", f"{reply:%Y-%m-%d %H:%M}"], ""
    else:
        known = [moment if moment <= end else None for moment in (reply, answer, closing)]
        times = ["" if moment is None else f"{moment:%Y-%m-%d %H:%M}" for moment in known]
        status = "已结案" if times[2] else "已答复" if times[1] else status
        cause = cause if times[2] else ""
    return [
        case,
        complaint.customer,
        f"{complaint.at:%Y-%m-%d %H:%M}",
        complaint.channel,
        complaint.product,
        complaint.issue,
        complaint.branch,
        amount,
        "是" if vulnerable else "否",
        "是" if lost else "否",
        cause,
        status,
        *times,
    ]


def _poisson(mean: float, rng: Random) -> int:
    """Return how many of many rare things happen; near enough where they are very many."""
    if mean > 200:
        return max(0, int(mean + sqrt(mean) * rng.gauss(0.0, 1.0)))
    limit, product, count = exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
