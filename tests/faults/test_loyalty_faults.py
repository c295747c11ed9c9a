"""
No point is lost, doubled or overspent whatever breaks; a short run of a long one.

The same runs with a hundred thousand commands: python benchmarks/loyalty_faults.py
"""

from __future__ import annotations

import pytest
from fault_points import POINT_KINDS, PointsCampaign
from sqlalchemy import create_engine, text

from bankservice.journals.sql import SqlJournal

SEED = 20260302
COMMANDS = 400


@pytest.mark.parametrize("accounts", [1, 40])
def test_points(database_url: str, accounts: int) -> None:
    """
    Four writers at one account and at many, killed and cut off: what they wrote is what their
    commands write one by one, and every command given again is answered as the first time.
    """
    kind = "sqlite" if database_url.startswith("sqlite") else "postgresql"
    report = PointsCampaign(database_url, SEED, accounts).run(POINT_KINDS[kind], COMMANDS)

    assert [] == report.violations, report
    assert report.faults["kill"] > 0, report
    assert report.replayed > COMMANDS // 5, report
    assert report.accepted > COMMANDS // 5, report


HARMS = {
    "another actor": "UPDATE bankservice_entries SET actor = 'teller-2' WHERE position = 2",
    "an entry is gone": "DELETE FROM bankservice_entries "
    "WHERE position = (SELECT max(position) FROM bankservice_entries)",
    "an answer is another": "UPDATE bankservice_receipts SET result = '{}' "
    "WHERE command_id = 'o-3'",
}


@pytest.mark.parametrize("harm", HARMS)
def test_checks_can_fail(sqlite_url: str, harm: str) -> None:
    """What these runs check is noticed where it was broken by hand."""
    campaign = PointsCampaign(sqlite_url, SEED, 3)
    with SqlJournal.open(sqlite_url) as journal:
        campaign.alone(journal, 60)
        campaign.check(journal)
        assert [] == campaign.report.violations
        engine = create_engine(sqlite_url)
        with engine.begin() as connection:
            assert connection.execute(text(HARMS[harm])).rowcount
        engine.dispose()
        campaign.check(journal)

    assert campaign.report.violations
