"""The sweep of stages where a day is not there yet: an early look uses nothing up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from stage_proof_tools import policy_of

from bankservice.journals.memory import MemoryJournal
from bankservice.lifecycle.stages.service import Lifecycles

START = date(2020, 1, 1)


def test_an_early_item_is_asked_again_the_next_day() -> None:
    """
    A newer version's zone lies further west, so that the clock's day has not begun there when the
    item is due. The sweep finds nothing to do, and finds it the next day; the item is not parked.
    """
    east = {"since": START, "zone": "Asia/Shanghai", "inactive_after": "P6M"}
    west = {**east, "since": date(2026, 6, 1), "zone": "America/New_York"}
    now = datetime(2026, 1, 10, 4, tzinfo=UTC)
    journal = MemoryJournal()
    before = Lifecycles(journal, policy_of(east), now=lambda: now)
    before.observe("o-1", "customer-7", on=date(2026, 1, 10))
    lifecycles = Lifecycles(journal, policy_of(east, west), now=lambda: now)

    found = []
    for hours in range(0, 72, 6):
        now = datetime(2026, 7, 10, 16, 30, tzinfo=UTC) + timedelta(hours=hours)
        swept = lifecycles.sweep()
        found.append(swept.handled)
        assert () == swept.failed

    assert [1, 1, 1, *[0] * 9] == found
    assert ["observed", "advanced"] == [kind for _, _, kind in lifecycles.history("customer-7")]
