"""
Working an agenda: claim an item, have it handled, and see to it when that fails.

A sweep is the shell round a handler, as the desk is round a decision: it reads no clock and holds
no threads. Any number of sweeps may work one agenda. Items are claimed one by one, so that a
process that is killed costs the item in its hands an attempt, and no other.

What a handler does settles an item when its commit takes it off the agenda or puts it again. A
handler that fails is tried again after a while that grows; at last the item is parked, with the
reason, and somebody has to look.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from zlib import crc32

import attrs

from bankservice.core.errors import BankServiceError
from bankservice.core.journal import AgendaItem, Journal, Lease

__all__ = ["Backoff", "Failed", "Swept", "sweep"]

_NOTHING: Final = timedelta(0)
_PARTS: Final = 1024
_PAGE: Final = 16


@attrs.frozen(kw_only=True)
class Backoff:
    """
    How long a failed item waits, and how often it is tried.

    Attributes:
        first: Longest wait after the first attempt.
        factor: How many times longer each wait is than the one before.
        most: Longest wait of all.
        attempts: After how many attempts an item is parked.
    """

    first: timedelta = timedelta(minutes=1)
    factor: int = 2
    most: timedelta = timedelta(hours=6)
    attempts: int = 8

    def __attrs_post_init__(self) -> None:
        if not _NOTHING < self.first <= self.most:
            raise ValueError(
                f"the waits go from {self.first} to {self.most}; pass 0 < first <= most."
            )
        if self.factor < 1 or self.attempts < 1:
            raise ValueError(
                f"factor is {self.factor} and attempts is {self.attempts}; pass 1 or more of each."
            )

    def wait(self, item: AgendaItem) -> timedelta:
        """
        Return how long an item waits after the attempt it was claimed for.

        Items that fail together, as when a service is down, would all come back together. Each
        waits up to a quarter less than the longest wait, by its address and key: as good as
        chance, and the same whenever it is worked out again.
        """
        longest = self.first
        for _ in range(item.attempts - 1):
            if longest >= self.most or self.factor == 1:
                break
            longest = min(longest * self.factor, self.most)
        less = crc32(f"{item.stream}/{item.key}".encode()) % (_PARTS // 4)
        return longest - longest * less // _PARTS


@attrs.frozen
class Failed:
    """
    An item that was parked, or whose handler raised.

    One that its handler settled before it raised stays settled: it is neither tried again nor
    parked.

    Attributes:
        item: As it was claimed.
        reason: Why; the reason it is parked with, where it is.
        error: What its handler raised, if it did.
        again_at: When it is tried again; None where it is parked.
    """

    item: AgendaItem
    reason: str
    error: Exception | None = None
    again_at: datetime | None = None

    @property
    def parked(self) -> bool:
        """Whether it is left aside until somebody puts it again."""
        return self.again_at is None


@attrs.frozen
class Swept:
    """
    What a sweep did.

    Attributes:
        handled: How many items had a handler that returned. One that was left on the agenda as it
            was comes back when its lease ends, and is parked once its attempts are used up.
        failed: Items whose handler raised, and those that were parked.
        more: The sweep ended at its limit; there may be other items due.
    """

    handled: int = 0
    failed: tuple[Failed, ...] = ()
    more: bool = False


def sweep(
    journal: Journal,
    tenant: str,
    handle: Callable[[AgendaItem], object],
    *,
    now: Callable[[], datetime],
    limit: int = 100,
    lease: timedelta = timedelta(minutes=5),
    backoff: Backoff = Backoff(),
    mine: Callable[[AgendaItem], bool] = lambda item: True,
) -> Swept:
    """
    Have what is due handled, earliest first, each item at most once.

    One bad item does not stop the others: whatever its handler raises is reported, whether the
    machine, a caller or the program is to blame, and the item is tried again later. What the
    journal itself raises ends the sweep, and so do `KeyboardInterrupt` and its like; an item in
    hand then comes back when its lease ends.

    Args:
        journal: Whose agenda.
        tenant: Legal entity whose items are handled.
        handle: Sees to one item. It may be given an item twice, such as after a crash between its
            commit and its return, or where it takes longer than the lease; the ids of its commands
            should follow from the item, so that a command given again is answered and not done.
        now: Gives the present instant, aware. One that goes back makes items wait and breaks
            nothing.
        limit: How many items at most.
        lease: How long one item may take; nobody else is given it meanwhile.
        backoff: How long a failed item waits, and after how many attempts it is parked.
        mine: Which items are this handler's. Others are passed over and not claimed, so that what
            other sweeps see to neither waits for this one nor uses its attempts up.

    Returns:
        What became of the items: every one that failed is named with its error.

    Raises:
        ValueError: If the lease is no time, or the limit is less than 1.
    """
    if lease <= _NOTHING or limit < 1:
        raise ValueError(
            f"the lease is {lease} and the limit {limit}; pass a lease above 0 and 1 item or more."
        )
    instant = _forward(now)
    handled, failed, last = 0, list[Failed](), None
    while handled + len(failed) < limit:
        at = instant()
        # Only forward in the order of the agenda: an item that its handler puts again for an
        # instant gone by waits for the next sweep, and not the others for it.
        last = _next(journal, tenant, at, last, mine)
        if last is None:
            return Swept(handled, tuple(failed))
        claimed = journal.claim(last, Lease(at, at + lease))
        if claimed is None:
            continue
        failure = _work(journal, claimed, handle, backoff, instant)
        if failure is None:
            handled += 1
        else:
            failed.append(failure)
    return Swept(handled, tuple(failed), more=True)


def _next(
    journal: Journal,
    tenant: str,
    at: datetime,
    after: AgendaItem | None,
    mine: Callable[[AgendaItem], bool],
) -> AgendaItem | None:
    """Return the first item due after another that is this sweep's; None where there is none."""
    while page := journal.due(tenant, at, limit=_PAGE, after=after):
        found = next(filter(mine, page), None)
        if found is not None:
            return found
        after = page[-1]
    return None


def _forward(now: Callable[[], datetime]) -> Callable[[], datetime]:
    """Return a source of instants that stands still while *now* is behind what it gave."""
    latest = now()

    def instant() -> datetime:
        nonlocal latest
        latest = max(latest, now())
        return latest

    return instant


def _work(
    journal: Journal,
    item: AgendaItem,
    handle: Callable[[AgendaItem], object],
    backoff: Backoff,
    now: Callable[[], datetime],
) -> Failed | None:
    """Have one item handled, and see to it if it fails; None where its handler returned."""
    if item.attempts > backoff.attempts:
        # Its handler may be what ends the process each time, so it is not given the item again.
        reason = f"{item.attempts - 1} attempts left it unsettled"
        journal.park(item, reason)
        return Failed(item, reason)
    try:
        handle(item)
    except Exception as error:  # noqa: BLE001 - one bad item must not stop the others; all are told
        reason = _told(error)
        if item.attempts == backoff.attempts:
            journal.park(item, reason)
            return Failed(item, reason, error)
        again_at = now() + backoff.wait(item)
        journal.postpone(item, again_at)
        return Failed(item, reason, error, again_at)
    return None


def _told(error: Exception) -> str:
    """
    Return what is kept of an error beside the item.

    This package's own messages carry no personal data in their first line; others might.
    """
    name = type(error).__name__
    if isinstance(error, BankServiceError):
        return f"{name}: {str(error).partition(chr(10))[0]}"
    return name
