"""Small programmes for tests, written as a bank writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from bankservice.core.errors import PolicyError
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.loyalty import SHELF, Programme

__all__ = ["earn", "faults_of", "policy_of", "programme_of", "titled"]


def titled(code: str, **keys: Any) -> dict[str, Any]:
    """Return a row with a code and a title."""
    return {"code": code, "title": {"en": code, "zh": code}, **keys}


def earn(code: str = "spend", **keys: Any) -> dict[str, Any]:
    """Return an earning row: one point for each unit of spending, where nothing else is said."""
    return titled(code, **{"kinds": ["spending"], "points": 1, **keys})


def policy_of(*rows: Mapping[str, Any], **keys: Any) -> Policy[Programme]:
    """Return a programme policy with earning rows and other keys."""
    version = {
        "since": date(2000, 1, 1),
        "source": {"text": "A programme for tests", "checked": "own"},
        "zone": "Asia/Shanghai",
        "currency": "CNY",
        "earn": list(rows or (earn(),)),
        **keys,
    }
    raw = {"id": "acme/points", "kind": "loyalty.programme", "version": [version]}
    return read_policy(raw, "a programme", SHELF.kinds, SHELF)


def programme_of(*rows: Mapping[str, Any], **keys: Any) -> Programme:
    """Return a programme with earning rows and other keys."""
    return policy_of(*rows, **keys).versions[0].parameters


def faults_of(*rows: Mapping[str, Any], **keys: Any) -> Mapping[str, str]:
    """Return what is wrong with a programme: path → got / wanted."""
    with pytest.raises(PolicyError) as caught:
        policy_of(*rows, **keys)
    return {
        fault.path.removeprefix("version[0]."): f"{fault.got} / {fault.wanted}"
        for fault in caught.value.faults
    }
