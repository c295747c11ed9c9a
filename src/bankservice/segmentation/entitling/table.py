"""Entitlements as they are written: rows that give services, and rows that keep them back."""

from __future__ import annotations

import attrs

from bankservice.core.citation import Citation
from bankservice.core.conditions import Condition
from bankservice.core.policy import Title

__all__ = ["EntitlementsTable", "GrantRow", "WithholdRow"]


@attrs.frozen(kw_only=True)
class GrantRow:
    """
    A row that gives services; every row that holds counts.

    Attributes:
        code: Stable code, unique in the version.
        title: What people read.
        services: Codes of `vocabulary/services`.
        when: Condition over facts that may be used for entitlements; left out: always.
        source: Where the row comes from, if not from the version's source.
    """

    code: str
    services: tuple[str, ...]
    title: Title = attrs.field(metadata={"digest": False})
    when: Condition | None = None
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class WithholdRow:
    """
    A row that keeps services back, whatever gives them.

    Attributes:
        code: Stable code, unique in the version.
        title: What people read.
        services: Codes of services that some row gives.
        when: Condition over facts that may be used for entitlements.
        source: Where the row comes from, if not from the version's source.
    """

    code: str
    services: tuple[str, ...]
    when: Condition
    title: Title = attrs.field(metadata={"digest": False})
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class EntitlementsTable:
    """
    A version as written.

    Attributes:
        grant: Rows that give services; whoever a customer is, at least one of them holds.
        withhold: Rows that keep services back.
        facts: Id of the register that says which facts may be used for what.
        tiers: The tiers there are; left out: any word.
        segments: The segments there are; left out: any word.
        behaviours: The behaviours there are; left out: any word.
    """

    grant: tuple[GrantRow, ...]
    withhold: tuple[WithholdRow, ...] = ()
    facts: str = "facts/customer"
    tiers: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    behaviours: tuple[str, ...] = ()
