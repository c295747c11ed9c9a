"""What the tests of outlooks share: policies in a few words, a service with a clock to turn."""

from __future__ import annotations

import copy
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from bankservice.core.errors import PolicyError
from bankservice.core.journal import Journal
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.journals.memory import MemoryJournal
from bankservice.lifecycle.policy import SHELF
from bankservice.lifecycle.prediction.kind import OUTLOOK, Outlook
from bankservice.lifecycle.prediction.service import Outlooks

__all__ = ["ACME", "CASES", "CDNOW", "VERSION", "Desktop", "changed", "faults_of", "policy_of"]

CASES: Final = Path(__file__).parents[2] / "cases" / "lifecycle"
ACME: Final[Policy[Outlook]] = SHELF.load(CASES / "outlook.policy.toml")
CDNOW: Final[Policy[Outlook]] = SHELF.get("lifecycle/cdnow-outlook")
SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
TITLE: Final = {"en": "Something", "zh": "某项"}

VERSION: Final[dict[str, Any]] = {
    "since": date(2026, 1, 1),
    "source": {"text": "Acme's own", "clause": "1", "checked": "own"},
    "zone": "Asia/Shanghai",
    "horizon": 52,
    "purchases": {
        "model": "mbg-nbd",
        "parameters": {"r": "0.525", "alpha": "6.183", "a": "0.891", "b": "1.614"},
        "unit": "week",
        "population": TITLE,
        "customers": 2357,
        "fitted_on": date(2025, 12, 31),
        "log_likelihood": "-9582.1327",
    },
    "spend": {
        "parameters": {"p": "6.25", "q": "3.74", "v": "15.44"},
        "currency": "USD",
        "population": TITLE,
        "customers": 946,
        "fitted_on": date(2025, 12, 31),
    },
    "band": [
        {"code": "calm", "title": TITLE},
        {"code": "watch", "title": TITLE, "at_least": "0.4"},
        {"code": "alarm", "title": TITLE, "at_least": "0.8"},
    ],
    "value": {"steps": 13, "rate": "0.01", "rate_per": "step", "margin": 1},
    "trend": [{"measure": "balance", "title": TITLE}],
}
"""A version in which everything is said."""


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the version with one value, at a path such as `band.1.at_least`, changed or taken."""
    version = copy.deepcopy(VERSION)
    *steps, last = path.split(".")
    held: Any = version
    for step in steps:
        held = held[int(step) if step.isdigit() else step]
    key = int(last) if last.isdigit() else last
    if value is None:
        del held[key]
    else:
        held[key] = value
    return version


def policy_of(*versions: dict[str, Any]) -> Policy[Outlook]:
    """Return a policy of some versions."""
    raw = {"id": "acme/outlook-in-words", "kind": OUTLOOK.name, "version": list(versions)}
    return read_policy(raw, "acme", SHELF.kinds, SHELF)


def faults_of(*versions: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the faults of such a policy: path → what was got and what was wanted."""
    try:
        policy_of(*versions)
    except PolicyError as error:
        return {
            fault.path.removeprefix("version[0]."): (fault.got, fault.wanted)
            for fault in error.faults
        }
    return {}


class Desktop:
    """Outlooks with a clock that is turned by hand."""

    def __init__(self, policy: Policy[Outlook] = ACME, journal: Journal | None = None) -> None:
        """Start at the beginning of 2026."""
        self.now = datetime(2026, 1, 1, 12, tzinfo=SHANGHAI)
        self.journal = MemoryJournal() if journal is None else journal
        self.outlooks = Outlooks(self.journal, policy, now=lambda: self.now)
        self.commands = 0

    def score(self, day: date, customer: str = "chen", **facts: Any) -> str:
        """Turn the clock to noon of a day, score, and return the refusal."""
        self.now = datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)
        self.commands += 1
        return self.outlooks.score(f"o-{self.commands}", customer, **facts).refused

    def entries(self, customer: str = "chen") -> list[Any]:
        """Return what was written."""
        return list(self.journal.read(self.outlooks.desk.stream(customer)))
