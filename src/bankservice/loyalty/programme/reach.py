"""
Rows that can never earn: taken by an earlier row of their lane, or always excluded.
"""

from __future__ import annotations

from collections.abc import Sequence

from bankservice.core.conditions import Condition
from bankservice.core.terms import implies
from bankservice.loyalty.programme.draft import Draft
from bankservice.loyalty.programme.scheme import Earning, Exclusion, Lane

__all__ = ["check_reach"]


def check_reach(draft: Draft, lanes: Sequence[Lane], exclusions: Sequence[Exclusion]) -> None:
    """Note every row that can never earn, as far as can be seen from its form."""
    places = {row.code: index for index, row in enumerate(draft.table.earn)}
    for lane in lanes:
        for index, row in enumerate(lane.rows):
            path = f"earn[{places[row.code]}]"
            before = lane.rows[:index] if lane.row.mode == "first" else ()
            taken = next((held.code for held in before if _takes(held, row, draft)), "")
            barred = next((held.code for held in exclusions if _bars(held, row, draft)), "")
            if taken:
                wanted = f"a row that {taken} does not already take"
                draft.faults.add(path, f"{row.code}, which can never be reached", wanted)
            elif barred:
                wanted = f"a row that {barred} does not wholly exclude"
                draft.faults.add(path, f"{row.code}, which can never earn", wanted)


def _takes(earlier: Earning, row: Earning, draft: Draft) -> bool:
    """Tell whether an earlier row holds wherever *row* does."""
    return (
        earlier.basis == row.basis
        and earlier.days == row.days
        and row.kinds <= earlier.kinds
        and earlier.least <= row.least
        and _covers(earlier.mccs, row.mccs)
        and _implied(row.when, earlier.when, draft)
        and (earlier.row.window is None or earlier.row.window == row.row.window)
        and not earlier.row.enrolment
    )


def _bars(exclusion: Exclusion, row: Earning, draft: Draft) -> bool:
    """Tell whether an exclusion holds wherever *row* does."""
    return (
        not exclusion.below
        and _covers(exclusion.kinds, row.kinds)
        and _covers(exclusion.mccs, row.mccs)
        and _implied(row.when, exclusion.when, draft)
    )


def _covers(wide: frozenset[str] | None, narrow: frozenset[str] | None) -> bool:
    return wide is None or (narrow is not None and narrow <= wide)


def _implied(narrow: Condition | None, wide: Condition | None, draft: Draft) -> bool:
    return wide is None or (narrow is not None and implies(narrow, wide, draft.terms.trees))
