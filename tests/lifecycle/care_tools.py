"""What the tests of treatments share: policies in a few words, a service with a clock to turn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import reduce
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bankservice.core.errors import PolicyError
from bankservice.core.journal import Journal
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.journals.memory import MemoryJournal
from bankservice.lifecycle.care.entries import Care
from bankservice.lifecycle.care.model import Past, TreatmentOutcome
from bankservice.lifecycle.care.record import TREATMENT
from bankservice.lifecycle.care.service import Treatments
from bankservice.lifecycle.policy import SHELF

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
SOURCE: Final = {"text": "Acme treatments", "clause": "1", "checked": "own"}
TITLE: Final = {"en": "Something", "zh": "某项"}
LIMITS: Final = SHELF.load(
    Path(__file__).parent.parent / "cases" / "lifecycle" / "treatments-limits.policy.toml"
)
RETAIL: Final = SHELF.get("lifecycle/retail-treatments-shape")
LOST: Final[Mapping[str, Any]] = {"stage": "lost", "stage_reason": "LC_INACTIVE"}
FIRST: Final = date(2026, 1, 1)


def noon(day: date) -> datetime:
    """Return noon of a day in Shanghai."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)


class Clock:
    """A clock that is turned by hand."""

    def __init__(self, day: date) -> None:
        """Start at noon of a day."""
        self.now = noon(day)

    def turn(self, day: date) -> None:
        """Turn to noon of a day."""
        self.now = noon(day)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now


def treatment(code: str = "note", **more: Any) -> dict[str, Any]:
    """Return a treatment of the loyal: a message a month."""
    base: dict[str, Any] = {
        "code": code,
        "title": TITLE,
        "kind": "reminder",
        "when": {"fact": "stage", "equals": "loyal"},
        "cool_down": "P1M",
        "within": "P7D",
        "channels": ["sms"],
    }
    return {**base, **more}


def meaning(*rows: Mapping[str, Any], since: date = date(2020, 1, 1), **more: Any) -> Policy[Any]:
    """Return a policy of these treatments; *more* are keys of its one version."""
    version = {
        "since": since,
        "source": SOURCE,
        "zone": "Asia/Shanghai",
        "treatment": [dict(row) for row in rows],
        **more,
    }
    raw = {"id": "acme/notes", "kind": "lifecycle.treatments", "title": TITLE, "version": [version]}
    return read_policy(raw, "acme/notes", SHELF.kinds, SHELF)


def faults(*rows: Mapping[str, Any], **more: Any) -> dict[str, str]:
    """Return what is wrong with a policy of these treatments: path → the fault as told."""
    try:
        meaning(*rows, **more)
    except PolicyError as error:
        return {
            fault.path.removeprefix("version[0]."): f"{fault.got}, wanted {fault.wanted}"
            for fault in error.faults
        }
    return {}


def served(
    policy: Policy[Any] = RETAIL, day: date = FIRST, journal: Journal | None = None
) -> tuple[Treatments, Clock]:
    """Return a service with its clock."""
    clock = Clock(day)
    return Treatments(journal or MemoryJournal(), policy, now=clock), clock


def state_of(bank: Treatments, customer: str = "chen") -> Care:
    """Return a customer's state, folded entry by entry."""
    entries = bank.office.journal.read(bank.desk.stream(customer))
    return reduce(TREATMENT.evolve, map(TREATMENT.events.decode, entries), TREATMENT.initial)


CUSTOMERS: Final = st.fixed_dictionaries(
    {
        "stage": st.sampled_from(["loyal", "loyal", "active", "prospect", "lost"]),
        "stage_reason": st.sampled_from(["LC_LOYAL", "LC_REPEAT", "LC_INACTIVE", "LC_DECEASED"]),
        "tier": st.sampled_from(["BASIC", "GOLD", "PRIVATE"]),
        "products": st.integers(0, 4),
        "behaviours": st.sampled_from([(), ("spending",), ("investing", "spending")]),
        "online_share": st.integers(95, 105),
    }
)
"""Every fact the treatments in `LIMITS` look at."""

REFUSED: Final = st.lists(
    st.sampled_from(["visit", "offer", "reminder", "sms", "app", "phone", "branch", "all"]),
    max_size=2,
    unique=True,
).map(tuple)
"""What a customer may refuse."""

KINDS: Final[Mapping[str, str]] = {row.code: row.kind for row in LIMITS.versions[0].parameters.rows}


@st.composite
def pasts(draw: st.DrawFn, on: date) -> Past:
    """Draw something that was meant before, for the treatments in `LIMITS`."""
    code = draw(st.sampled_from(sorted(KINDS)))
    meant = on.toordinal() - draw(st.integers(0, 60))
    due_by = date.fromordinal(meant + draw(st.integers(0, 10)))
    delivered = draw(st.none() | st.integers(0, 10))
    outcome = draw(st.none() | st.sampled_from(TreatmentOutcome))
    return Past(
        code=code,
        on=date.fromordinal(meant),
        kind=KINDS[code],
        due_by=due_by,
        delivered_on=None if delivered is None else date.fromordinal(meant + delivered),
        outcome=outcome,
        outcome_on=None if outcome is None else date.fromordinal(meant + (delivered or 0)),
        withdrawn=delivered is None and draw(st.booleans()),
    )
