"""
Entries and receipts as rows, and rows as entries and receipts.

Making the rows of a commit refuses what cannot be kept, before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from bankservice.core.chain import link_fields
from bankservice.core.journal import (
    Append,
    Commit,
    Entry,
    KeptVersion,
    Receipt,
    Snapshot,
    Stream,
)
from bankservice.journals import sql_agenda
from bankservice.journals.canonical import (
    from_micros,
    from_text,
    slot_of,
    to_micros,
    to_text,
)
from bankservice.journals.gateway import Row

__all__ = ["Rows", "entry_of", "entry_rows", "kept_of", "receipt_of"]


def entry_rows(appends: Iterable[Append], ends: Mapping[Stream, str] | None = None) -> list[Row]:
    """
    Return the rows of all entries, values in the order of the insert.

    Args:
        appends: The entries by stream.
        ends: Digest of the entry before each append, where the journal is chained.
    """
    rows: list[Row] = []
    # A batch has few instants, as a rule one: each is converted once.
    effective_at = recorded_at = None
    effective = recorded = 0
    for append in appends:
        stream = append.stream
        tenant, kind, key, slot = stream.tenant, stream.kind, stream.key, slot_of(stream)
        chain = None if ends is None else ends.get(stream, "")
        for entry in append.entries:
            if entry.effective_at is not effective_at:
                effective_at = entry.effective_at
                effective = to_micros(effective_at)
            if entry.recorded_at is not recorded_at:
                recorded_at = entry.recorded_at
                recorded = to_micros(recorded_at)
            data = to_text(entry.data, "data")
            sealed = None if entry.sealed is None else to_text(entry.sealed, "sealed")
            row: Row = (
                tenant,
                kind,
                key,
                entry.version,
                entry.kind,
                entry.schema,
                effective,
                recorded,
                entry.actor,
                entry.approved_by,
                entry.source,
                entry.command_id,
                entry.correlation_id,
                slot,
                data,
                sealed,
                None,
            )
            if chain is not None:
                chain = link_fields(chain, row[:13], data, sealed)
                row = (*row[:-1], chain)
            rows.append(row)
    return rows


def entry_of(row: Row, stream: Stream | None = None) -> Entry:
    """Return the entry a row holds, without its chain."""
    (
        tenant,
        kind,
        key,
        version,
        event,
        schema,
        effective_at,
        recorded_at,
        actor,
        approved_by,
        source,
        command_id,
        correlation_id,
        _,
        data,
        sealed,
    ) = row
    return Entry(
        stream=stream or Stream(tenant, kind, key),
        version=version,
        kind=event,
        schema=schema,
        effective_at=from_micros(effective_at),
        recorded_at=from_micros(recorded_at),
        actor=actor,
        approved_by=approved_by,
        source=source,
        command_id=command_id,
        correlation_id=correlation_id,
        data=from_text(data),
        sealed=None if sealed is None else from_text(sealed),
    )


def _newest(snapshots: Iterable[Snapshot]) -> Iterable[Snapshot]:
    """Return the newest snapshot of each stream; of two at one version, the latter."""
    newest: dict[Stream, Snapshot] = {}
    for each in snapshots:
        held = newest.get(each.stream)
        if held is None or held.version <= each.version:
            newest[each.stream] = each
    return newest.values()


@attrs.frozen
class Rows:
    """A commit as rows. Making them refuses what cannot be kept, before anything is written."""

    receipt: Row | None
    snapshots: list[Row]
    agenda: sql_agenda.Changes

    @classmethod
    def of(cls, commit: Commit) -> Rows:
        """Return the rows of *commit*."""
        receipt = commit.receipt
        return cls(
            None
            if receipt is None
            else (
                receipt.tenant,
                receipt.command_id,
                receipt.fingerprint,
                to_micros(receipt.recorded_at),
                to_text(receipt.result, "result"),
                to_text(receipt.content, "content"),
            ),
            [
                (
                    each.stream.tenant,
                    each.stream.kind,
                    each.stream.key,
                    each.version,
                    each.schema,
                    to_text(each.state, "state"),
                )
                for each in _newest(commit.snapshots)
            ],
            sql_agenda.Changes.of(commit.agenda),
        )


def receipt_of(row: Row) -> Receipt:
    """Return the receipt a row holds."""
    tenant, command_id, fingerprint, recorded_at, result, content = row
    return Receipt(
        tenant,
        command_id,
        fingerprint,
        from_text(result),
        from_micros(recorded_at),
        from_text(content),
    )


def kept_of(row: Row) -> KeptVersion:
    """Return the policy version a row holds."""
    tenant, policy, since, known_on, applies_to, digest, text = row
    return KeptVersion(tenant, policy, since, known_on, digest, text, applies_to)
