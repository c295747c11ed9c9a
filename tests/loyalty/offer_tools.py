"""What the tests of offers share: policies in a few words, a holiday calendar of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from bankservice.core.errors import PolicyError
from bankservice.core.journal import Journal
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.core.quota import Quota
from bankservice.core.shelf import PolicyShelf
from bankservice.journals.memory import MemoryJournal
from bankservice.loyalty.benefits.service import Benefits
from bankservice.loyalty.policy import SHELF

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
SOURCE: Final = {"text": "Acme offers", "clause": "1", "checked": "own"}
TITLE: Final = {"en": "Something", "zh": "某项"}
FESTIVAL: Final = "Chinese New Year (Spring Festival)"
WIRE: Final[Mapping[str, Any]] = {"fee": "wire", "fee_amount": "100.00"}


def shanghai(*parts: int) -> datetime:
    """Return a local time in Shanghai as an instant."""
    year, month, day, *rest = parts
    hour, minute, second = (*rest, 0, 0, 0)[:3]
    return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI)


def bonus(code: str = "bonus", **more: Any) -> dict[str, Any]:
    """Return an offer of twenty basis points more on deposits, up to 3%."""
    base = {"kind": "rate_bonus", "products": ["deposit"], "basis_points": 20, "ceiling": "3.00"}
    return {"code": code, "title": TITLE, **base, **more}


def discount(code: str = "discount", **more: Any) -> dict[str, Any]:
    """Return an offer of ten basis points less on loans, down to 3%."""
    base = {"kind": "rate_discount", "products": ["loan"], "basis_points": 10, "floor": "3.00"}
    return {"code": code, "title": TITLE, **base, **more}


def waiver(code: str = "waiver", **more: Any) -> dict[str, Any]:
    """Return an offer that waives the wire fee."""
    return {"code": code, "title": TITLE, "kind": "fee_waiver", "fees": ["wire"], **more}


def gift(code: str = "gift", **more: Any) -> dict[str, Any]:
    """Return an offer of a mug."""
    return {"code": code, "title": TITLE, "kind": "gift", "gift": "mug", **more}


def lane(mode: str, code: str = "base") -> dict[str, Any]:
    """Return a lane."""
    return {"code": code, "mode": mode}


def offering(
    *offers: Mapping[str, Any],
    shelf: PolicyShelf = SHELF,
    since: date = date(2020, 1, 1),
    **more: Any,
) -> Policy[Any]:
    """Return a policy of these offers; *more* are keys of its one version."""
    version = {
        "since": since,
        "source": SOURCE,
        "zone": "Asia/Shanghai",
        "currency": "CNY",
        "fee": [{"code": "wire", "title": TITLE}, {"code": "card", "title": TITLE}],
        "gift": [{"code": "mug", "title": TITLE}],
        "tiers": ["STANDARD", "GOLD"],
        "offer": [dict(offer) for offer in offers],
        **more,
    }
    raw = {"id": "acme/offers", "kind": "loyalty.offers", "title": TITLE, "version": [version]}
    return read_policy(raw, "acme/offers", shelf.kinds, shelf)


def faults_of(*offers: Mapping[str, Any], **more: Any) -> dict[str, str]:
    """Return what is wrong with a policy of these offers: path → what was wanted."""
    try:
        offering(*offers, **more)
    except PolicyError as error:
        return {fault.path.removeprefix("version[0]."): fault.wanted for fault in error.faults}
    return {}


def holidays(*versions: tuple[date, Mapping[str, Any]]) -> Policy[Any]:
    """Return a calendar `holidays/acme`: (first day in force, `known_on` and days by name)."""
    raw = {
        "id": "holidays/acme",
        "kind": "worktime.holidays",
        "title": TITLE,
        "version": [
            {
                "since": since,
                "known_on": days.get("known_on", since),
                "source": SOURCE,
                "days": [
                    {"on": day, "name": {"en": name, "zh": name}}
                    for name, held in days.items()
                    if isinstance(held, tuple)
                    for day in held
                ],
            }
            for since, days in versions
        ],
    }
    return read_policy(raw, "holidays/acme", SHELF.kinds, SHELF)


class Clock:
    """The present, which a test moves."""

    def __init__(self, now: datetime) -> None:
        """Start at an instant."""
        self.now = now

    def __call__(self) -> datetime:
        """Return the present instant."""
        return self.now


def benefits(
    policy: Policy[Any],
    now: Callable[[], datetime],
    journal: Journal | None = None,
    quota: Quota | None = None,
) -> Benefits:
    """Return the benefits of a bank's customers, in memory where no journal is given."""
    return Benefits(journal or MemoryJournal(), policy, now=now, quota=quota)
