"""The kinds of policy the lifecycle works by, and the shelf with the shipped ones."""

from __future__ import annotations

from typing import Any, Final

from bankservice.core.fact_register import FACT_REGISTER
from bankservice.core.institution import INSTITUTION
from bankservice.core.policy import Kind
from bankservice.core.shelf import PolicyShelf
from bankservice.core.vocabulary import VOCABULARY
from bankservice.lifecycle.care.kind import TREATMENTS
from bankservice.lifecycle.dormancy.kind import ACCOUNT_DORMANCY
from bankservice.lifecycle.prediction.kind import OUTLOOK
from bankservice.lifecycle.stages.kind import STAGES

__all__ = ["KINDS", "SHELF"]

KINDS: Final[tuple[Kind[Any, Any], ...]] = (
    STAGES,
    ACCOUNT_DORMANCY,
    TREATMENTS,
    OUTLOOK,
    FACT_REGISTER,
    INSTITUTION,
    VOCABULARY,
)
"""Kinds of policy this domain works with, its own first and those it links."""

SHELF: Final = PolicyShelf(
    KINDS,
    {
        "facts": "bankservice.core",
        "lifecycle": "bankservice.lifecycle",
        "vocabulary": "bankservice.core",
    },
    home="lifecycle",
)
"""The policies this domain ships, and the vocabularies and facts they use."""
