"""
Stages, groups and treatments are what was told, whatever breaks: killed writers, races, repeats.
"""

from __future__ import annotations

import pytest
from fault_lives import KINDS, LivesCampaign
from sqlalchemy import create_engine, text

from bankservice.journals.sql import SqlJournal

SEED = 20261122
ORDERS = 120


@pytest.mark.parametrize("customers", [1, 12])
def test_lives(sqlite_url: str, customers: int) -> None:
    """
    Four writers at one customer and at several, killed in the middle of commands and batches: what
    they wrote is what their orders write one by one, no batch is there in part, every order given
    again is answered as the first time, and snapshots and the agenda follow from the entries.
    """
    report = LivesCampaign(sqlite_url, SEED, customers).run(ORDERS)

    assert [] == report.violations, report
    assert ORDERS == report.answered, report
    assert report.killed > 0, report
    assert report.replayed > 0, report
    assert set(KINDS) == set(report.entries), report


HARMS = {
    "another day": "UPDATE bankservice_entries SET data = replace(data, '2024-', '2023-') "
    "WHERE position = 2",
    "an entry is gone": "DELETE FROM bankservice_entries "
    "WHERE position = (SELECT max(position) FROM bankservice_entries)",
    "an answer is another": "UPDATE bankservice_receipts SET result = '{}' "
    "WHERE command_id = 'o-3'",
    "the agenda is empty": "DELETE FROM bankservice_agenda",
}


@pytest.mark.parametrize("harm", HARMS)
def test_checks_can_fail(sqlite_url: str, harm: str) -> None:
    """What these runs check is noticed where it was broken by hand."""
    campaign = LivesCampaign(sqlite_url, SEED, 3)
    with SqlJournal.open(sqlite_url) as journal:
        campaign.alone(journal, 40)
        campaign.check(journal)
        assert [] == campaign.report.violations
        engine = create_engine(sqlite_url)
        with engine.begin() as connection:
            assert connection.execute(text(HARMS[harm])).rowcount
        engine.dispose()
        campaign.check(journal)

    assert campaign.report.violations
