"""How long tests look: the profiles of Hypothesis, and what a heavy property makes of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

__all__ = ["EXAMPLES", "chosen_profile", "some"]

EXAMPLES: Final[Mapping[str, int]] = {
    "brief": 15,
    "ci": 16,
    "dev": 100,
    "thorough": 2_000,
    "nightly": 1_000,
}
"""Examples of a property that asks for no number of its own, by profile."""
SHARES: Final[Mapping[str, Fraction]] = {
    "brief": Fraction(1, 3),
    "ci": Fraction(1, 2),
    "thorough": Fraction(20),
    "nightly": Fraction(10),
}
"""What a profile makes of the number a property asks for; 1 where it is not listed."""


def chosen_profile() -> str:
    """
    Name the profile to load: the one asked for, else `ci` in CI, else `dev`.
    """
    return os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")


def some(count: int) -> int:
    """Return how many examples a property gets that asks for *count* by hand."""
    return max(1, int(count * SHARES.get(chosen_profile(), 1)))
