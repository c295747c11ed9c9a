"""
Policy versions as a journal kept them: canonical text in, the version as it was out.

What a version links, such as a calendar with its public holidays, was kept as well; it is taken
from there, so that neither an edited file nor a newer package changes what was decided.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import Any, Protocol

from bankservice.core.errors import UnknownNameError
from bankservice.core.journal import KeptVersion
from bankservice.core.plain import canonical
from bankservice.core.policy import Kind, Library, Policy, Version
from bankservice.core.policy_file import read_policy
from bankservice.core.structure import FACTS

__all__ = ["Rebuild", "read_kept"]


class Rebuild(Protocol):
    """Builds policy versions again from their kept texts."""

    def __call__(
        self, kept: KeptVersion, beside: tuple[KeptVersion, ...] = (), *, later: bool = False
    ) -> Version[Any]:
        """
        Return the version of *kept*; what it links is taken from those *beside* it first.

        With *later* it is taken as it is at hand on days after those: more than they were used.
        """


def read_kept(
    text: str,
    kinds: Mapping[str, Kind[Any, Any]],
    library: Library,
    beside: Iterable[str] = (),
    *,
    later: bool = False,
) -> Version[Any]:
    """
    Return the version that a journal's archive kept as canonical *text*.

    Args:
        text: The version as it was kept.
        kinds: The kinds of policy that can be read.
        library: Finds linked policies.
        beside: Texts of versions it may link: they come before those of the library, which may
            have been edited since.
        later: Whether more of them were used than stand beside: of days after those, the versions
            of the library then have to do. Otherwise there are none, for they may be newer.
    """
    parts: dict[str, list[str]] = {}
    for held in beside:
        if held != text:
            parts.setdefault(json.loads(held)["id"], []).append(held)
    if parts:
        library = _KeptLibrary(parts, kinds, library, later=later)
    policy = read_policy(json.loads(text), "the kept version", kinds, library, reader=FACTS)
    return policy.versions[0]


class _KeptLibrary:
    """Policies as far as their versions were kept, then those of a library."""

    def __init__(
        self,
        parts: Mapping[str, list[str]],
        kinds: Mapping[str, Kind[Any, Any]],
        library: Library,
        *,
        later: bool,
    ) -> None:
        self._parts, self._kinds, self._library = parts, kinds, library
        self._later = later

    def get(self, policy_id: str) -> Policy[Any]:
        texts = self._parts.get(policy_id)
        if texts is None:
            return self._library.get(policy_id)
        at_hand: tuple[str, ...] = ()
        with suppress(UnknownNameError):
            at_hand = tuple(version.text for version in self._library.get(policy_id).versions)
        # Kept are the versions that were used. Of days before them, and between two of them, those
        # at hand have to do; of later days they may be newer than what was decided.
        held = [json.loads(text) for text in texts]
        tables = {_place(table): table for raw in held for table in raw["version"]}
        used = {since for since, *_ in tables}
        last = date.max.isoformat() if self._later else max(used)
        for text in at_hand:
            for table in json.loads(text)["version"]:
                if table["since"] < last and table["since"] not in used:
                    tables[_place(table)] = table
        whole = {**held[0], "version": [tables[place] for place in sorted(tables)]}
        return read_policy(whole, "the kept versions", self._kinds, self, reader=FACTS)


def _place(table: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the first day of a version as written, the day it became known, and its cohort."""
    cohort = canonical(table.get("applies_to"))
    return table["since"], table.get("known_on", table["since"]), cohort
