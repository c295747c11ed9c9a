"""
Merchant category codes (ISO 18245): codes and ranges as written become sets of codes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bankservice.core.policy import Faults
from bankservice.loyalty.programme.earning import MerchantRow

__all__ = ["MCC", "codes_of", "groups_of"]

MCC: Final = re.compile(r"[0-9]{4}")
"""What a category code looks like."""

_WRITTEN = re.compile(r"([0-9]{4})(?:-([0-9]{4}))?")


def codes_of(written: tuple[str, ...], path: str, faults: Faults) -> frozenset[str]:
    """
    Return the codes that a list of codes and ranges holds, both ends of a range counted.

    Args:
        written: Such as `5411` and `3000-3299`.
        path: Where the list stands.
        faults: Takes what is malformed, and what stands there twice.
    """
    held: dict[int, str] = {}
    for index, text in enumerate(written):
        found = _WRITTEN.fullmatch(text)
        if found is None:
            wanted = "four digits such as '5411', or a range such as '3000-3299'"
            faults.add(f"{path}[{index}]", repr(text), wanted)
            continue
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first or (found[2] is not None and last == first):
            faults.add(f"{path}[{index}]", repr(text), "a range that ends after its beginning")
        twice = next((held[code] for code in range(first, last + 1) if code in held), None)
        if twice is not None:
            faults.add(f"{path}[{index}]", repr(text), f"codes that {twice} has not already")
        held.update(dict.fromkeys(range(first, last + 1), text))
    return frozenset(f"{code:04}" for code in held)


def groups_of(rows: tuple[MerchantRow, ...], faults: Faults) -> Mapping[str, frozenset[str]]:
    """Return the groups of merchants by their codes."""
    groups: dict[str, frozenset[str]] = {}
    for index, row in enumerate(rows):
        path = f"merchants[{index}]"
        if not row.mcc:
            faults.add(f"{path}.mcc", "nothing", "one or more category codes")
        groups[row.code] = codes_of(row.mcc, f"{path}.mcc", faults)
    return groups
