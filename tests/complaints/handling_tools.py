"""Shipped policies of complaints, changed for a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from bankservice.complaints import SHELF
from bankservice.core.errors import PolicyError
from bankservice.core.policy import Policy, Version
from bankservice.core.policy_file import parse_toml, read_policy

__all__ = ["changed", "faults_of", "version_of"]

Change = Callable[[dict[str, Any]], object]


def changed(name: str, change: Change = lambda version: None) -> Policy[Any]:
    """Return the shipped policy *name* with its first version changed in place."""
    path = files("bankservice.complaints") / "policies" / "complaints" / f"{name}.toml"
    raw = parse_toml(path.read_text("utf-8"), name)
    change(raw["version"][0])
    return read_policy(raw, name, SHELF.kinds, SHELF)


def version_of(name: str, change: Change = lambda version: None) -> Version[Any]:
    """Return its version in force."""
    found = changed(name, change).on(date(2026, 11, 22))
    assert isinstance(found, Version)
    return found


def faults_of(name: str, change: Change) -> Mapping[str, str]:
    """Return what is wrong with the changed policy: path → what was wanted."""
    with pytest.raises(PolicyError) as caught:
        changed(name, change)
    return {fault.path: f"{fault.got} / {fault.wanted}" for fault in caught.value.faults}
