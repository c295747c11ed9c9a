"""A fact that is stated as unknown: never false, never zero, never a default."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal

__all__ = ["UNKNOWN", "Unknown", "UnknownType"]


class Unknown(Enum):
    """The one value of an unknown fact."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("an unknown fact is neither true nor false; compare it with `is UNKNOWN`.")


UnknownType = Literal[Unknown.UNKNOWN]
"""The type of a fact that is stated as unknown."""
UNKNOWN: Final = Unknown.UNKNOWN
"""The fact that is stated as unknown; compare with `is`."""
