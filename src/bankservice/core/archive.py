"""
The port for keeping and discarding: a journal that can list all it holds, and purge a stream.

Deciding needs a `Journal` only. Export, audit and retention need an `Archive`.
"""

from __future__ import annotations

from typing import Protocol

from bankservice.core.journal import Append, Journal, KeptVersion, Receipt, Stream

__all__ = ["PURGED", "Archive"]

PURGED = "bankservice.purged"
"""Kind of the entry that stands in the place of a purged stream."""


class Archive(Journal, Protocol):
    """
    A journal that can list all it holds, and purge a stream.

    Promises:

    * `receipts_after` gives every receipt of the tenant once, in the order of command ids by code
      point, past the id given, at most *limit*.
    * `versions` gives every kept policy version of the tenant, in the order they were kept.
    * `purge` leaves the tombstone as the only entry of its stream, under the version after the
      last one; snapshots and agenda items of the stream are gone, other streams stay as they are.
    * A chained journal adds to the tombstone's data, under `chain`, the digest of the last entry
      purged; otherwise the tombstone comes back as it was given.
    * A tombstone whose `expected` is not the stream's version, or a guard whose stream is not at
      its version, raises `RaceLostError`, and nothing is purged.
    * A stream that does not exist takes a tombstone under any version, so that what was exported
      can be put back.
    * The feed gives the tombstone as a new entry, and the purged ones no longer.
    * The feed gives the entries of one commit in the order of its appends.
    * `behind` tells whether the feed may lack what is committed, because an earlier writer is open.
    """

    def behind(self) -> bool:
        """Tell whether the feed may lack what is committed."""

    def receipts_after(self, tenant: str, after: str = "", *, limit: int) -> tuple[Receipt, ...]:
        """Return up to *limit* receipts whose command id comes after *after*."""

    def versions(self, tenant: str) -> tuple[KeptVersion, ...]:
        """Return the policy versions kept for *tenant*."""

    def purge(self, tombstone: Append, *, guards: tuple[tuple[Stream, int], ...] = ()) -> None:
        """
        Delete all entries of the stream and append *tombstone*, one entry, in one commit.

        *guards* are other streams, with the version they must still be at.
        """
