"""
Policy versions as a journal kept them: canonical text in, the version as it was out.

What a version links, such as a calendar with its public holidays, was kept as well; it is taken
from there, so that neither an edited file nor a newer package changes what was decided.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from bankservice.core.errors import UnknownNameError
from bankservice.core.journal import KeptVersion
from bankservice.core.policy import Kind, Library, Policy, Version
from bankservice.core.policy_file import read_policy
from bankservice.core.structure import FACTS

__all__ = ["Rebuild", "read_kept"]


class Rebuild(Protocol):
    """Builds policy versions again from their kept texts."""

    def __call__(self, kept: KeptVersion, beside: tuple[KeptVersion, ...] = ()) -> Version[Any]:
        """Return the version of *kept*; what it links is taken from those *beside* it first."""


def read_kept(
    text: str, kinds: Mapping[str, Kind[Any, Any]], library: Library, beside: Iterable[str] = ()
) -> Version[Any]:
    """
    Return the version that a journal's archive kept as canonical *text*.

    Args:
        text: The version as it was kept.
        kinds: The kinds of policy that can be read.
        library: Finds linked policies.
        beside: Texts of versions it may link: they come before those of the library, which may
            have been edited since.
    """
    parts: dict[str, list[str]] = {}
    for held in beside:
        if held != text:
            parts.setdefault(json.loads(held)["id"], []).append(held)
    if parts:
        library = _KeptLibrary(parts, kinds, library)
    policy = read_policy(json.loads(text), "the kept version", kinds, library, reader=FACTS)
    return policy.versions[0]


class _KeptLibrary:
    """Policies as far as their versions were kept, then those of a library."""

    def __init__(
        self, parts: Mapping[str, list[str]], kinds: Mapping[str, Kind[Any, Any]], library: Library
    ) -> None:
        self._parts, self._kinds, self._library = parts, kinds, library

    def get(self, policy_id: str) -> Policy[Any]:
        texts = self._parts.get(policy_id)
        if texts is None:
            return self._library.get(policy_id)
        at_hand: tuple[str, ...] = ()
        with suppress(UnknownNameError):
            policy = self._library.get(policy_id)
            at_hand = tuple(version.text for version in policy.versions)
            if set(texts) <= set(at_hand):
                return policy
        # Kept are the versions that were used; of other days those at hand have to do.
        held = [json.loads(text) for text in texts]
        tables = {_days(table): table for raw in held for table in raw["version"]}
        for text in at_hand:
            for table in json.loads(text)["version"]:
                tables.setdefault(_days(table), table)
        whole = {**held[0], "version": [tables[days] for days in sorted(tables)]}
        return read_policy(whole, "the kept versions", self._kinds, self, reader=FACTS)


def _days(table: Mapping[str, Any]) -> tuple[str, str]:
    """Return the first day of a version as written, and the day it became known."""
    return table["since"], table.get("known_on", table["since"])
