"""What a desk answers: what became of a command, or of a batch."""

from __future__ import annotations

from typing import Any

import attrs

from bankservice.core.frozen import FrozenMapping

__all__ = ["Answer", "Batch"]


@attrs.frozen
class Answer:
    """
    What became of a command.

    Attributes:
        command_id: The caller's id.
        refused: Code of the refusal; empty where the command was accepted.
        facts: What a refusal wants known.
        versions: Subject → version of its stream afterwards, where entries were written.
        replayed: Whether this is the first answer given again.
    """

    command_id: str
    refused: str = ""
    facts: FrozenMapping[str, Any] = FrozenMapping()
    versions: FrozenMapping[str, int] = FrozenMapping()
    replayed: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the command was accepted."""
        return not self.refused


@attrs.frozen
class Batch:
    """
    What became of a batch.

    Attributes:
        id: The caller's id of the batch.
        commands: How many commands it held.
        changed: How many of them wrote entries.
        entries: Entries written.
        refused: Command id → code of the refusal.
        replayed: Whether this is the first result given again.
    """

    id: str
    commands: int
    changed: int
    entries: int
    refused: FrozenMapping[str, str]
    replayed: bool = False
