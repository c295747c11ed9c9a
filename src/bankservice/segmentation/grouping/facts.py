"""Facts at the edge: typed by the register, each number and code once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from bankservice.core.errors import UnknownNameError
from bankservice.core.fact_register import Register

__all__ = ["MEMORY", "typed_facts"]

MEMORY: Final = 16_384
"""Answers that are kept; a book has many customers and few kinds of them."""

_PLAIN: Final = (int, bool)
"""Types whose readings are kept; free text is not."""


def typed_facts(register: Register, stated: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return facts with their types checked; what is unknown stays unknown.

    Raises:
        FaultsError: If a value is not of its fact's type, or out of its bounds.
        UnknownNameError: If there is no such fact, word or code; a code is never empty.
    """
    trees = register.every.trees
    return {
        name: _kept(register, name, value)
        if type(value) in _PLAIN or (name in trees and isinstance(value, str))
        else register.read({name: value})[name]
        for name, value in stated.items()
    }


@lru_cache(maxsize=MEMORY, typed=True)
def _kept(register: Register, name: str, value: object) -> object:
    if value == "":
        # Where nothing is known of a code it is left out, or stated as unknown.
        raise UnknownNameError(f"code of {name}", "", register.every.trees[name])
    return register.read({name: value})[name]
