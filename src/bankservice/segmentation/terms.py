"""What a newer policy version does to tiers held under an older one."""

from __future__ import annotations

from datetime import date

import attrs

from bankservice.segmentation.ladder import Ladder
from bankservice.segmentation.model import Latch, Standing

__all__ = ["change_terms"]


def change_terms(before: Standing, since: date, ladder: Ladder, old: Ladder | None) -> Standing:
    """
    Carry a standing over to a newer policy version.

    Under `grandfather` a tier held stays until its old lapse, but at least the new grace after
    the version's first day. Under `new_entrants_only` it keeps the old terms while it is held.
    Under `immediate` nothing is kept; the assessment that follows passes `falls_on`.

    Args:
        before: The standing under the older version.
        since: First day of the newer version.
        ladder: The newer version.
        old: The older one, whose terms a held tier may keep; None if there was none.

    Returns:
        The standing with the latches of *ladder*. A tier the newer version no longer has is gone.
    """
    latches = []
    for index, code in enumerate(ladder.codes):
        latch = before.latch(code)
        if latch.on and old is not None:
            latch = _carried(
                latch, old, old.index(code), ladder, index, since, before.version_since
            )
        latches.append(latch)
    top = max((index for index, latch in enumerate(latches) if latch.on), default=-1)
    effective = (
        before.effective_on
        if before.top < 0 or (top >= 0 and ladder.codes[top] == before.tier)
        else since
    )
    return attrs.evolve(
        before,
        codes=ladder.codes,
        latches=tuple(latches),
        top=top,
        base=ladder.base,
        effective_on=effective,
        version_since=since,
    )


def _carried(
    latch: Latch,
    old: Ladder,
    old_index: int,
    ladder: Ladder,
    index: int,
    since: date,
    version_since: date | None,
) -> Latch:
    if ladder.on_change == "new_entrants_only":
        return latch if latch.terms is not None else latch._replace(terms=version_since)
    if ladder.on_change == "immediate":
        return Latch(on=True)
    was = latch.lapse or latch.protected_until
    floor = ladder.rows[index + 1].grace.after(since)
    kept = floor if was is None else max(was, floor)
    if latch.below_since is None:
        return latch._replace(protected_until=kept, terms=None)
    due = ladder.review_from(kept)
    return latch._replace(protected_until=kept, terms=None, lapse=kept, due=due)
