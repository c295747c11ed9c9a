"""
JSON for reading: values of cases and outcomes as people look at them on a page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any, Final

from bankservice.core.plain import outcome_json

__all__ = ["example_text", "shown_json", "stated", "written"]

_WIDTH: Final = 88


def example_text(value: Any) -> str:
    """Return a value on one line, as JSON has it; empty where it cannot be written."""
    try:
        return json.dumps(outcome_json(value), ensure_ascii=False)
    except TypeError:
        return ""


def written(raw: Any) -> Any:
    """Return what a table of TOML holds as plain JSON: instants keep the offset they have."""
    if isinstance(raw, Mapping):
        return {str(key): written(part) for key, part in raw.items()}
    if isinstance(raw, (list, tuple)):
        return [written(part) for part in raw]
    if isinstance(raw, (date, time)):
        return raw.isoformat()
    return str(raw) if isinstance(raw, Decimal) else raw


def stated(value: Any) -> Any:
    """Return plain JSON without the parts that are empty; what is false or 0 is not empty."""
    if isinstance(value, dict):
        parts = {key: stated(part) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part not in (None, "", [], {})}
    return [stated(part) for part in value] if isinstance(value, list) else value


def shown_json(value: Any, indent: int = 0) -> str:
    """
    Return plain JSON for reading: what fits into a line stands on one.

    Examples:
        >>> print(shown_json({"tier": "GOLD", "on": "2026-03-31"}))
        {"tier": "GOLD", "on": "2026-03-31"}
    """
    whole = json.dumps(value, ensure_ascii=False)
    if len(whole) + indent <= _WIDTH or not isinstance(value, (dict, list)) or not value:
        return whole
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(key, ensure_ascii=False)}: {shown_json(part, indent + 2)}"
            for key, part in value.items()
        ]
    elif all(not isinstance(part, (dict, list)) for part in value):
        return _filled([json.dumps(part, ensure_ascii=False) for part in value], indent)
    else:
        parts = [shown_json(part, indent + 2) for part in value]
    opened, closed = ("{", "}") if isinstance(value, dict) else ("[", "]")
    body = ",\n".join(f"{inner}{part}" for part in parts)
    return f"{opened}\n{body}\n{' ' * indent}{closed}"


def _filled(parts: list[str], indent: int) -> str:
    """Return a long list of plain values, as many on a line as fit."""
    inner = " " * (indent + 2)
    lines = [inner]
    for place, part in enumerate(parts):
        piece = part if place == len(parts) - 1 else f"{part}, "
        if len(lines[-1]) + len(piece) > _WIDTH and lines[-1].strip():
            lines.append(inner)
        lines[-1] += piece
    body = "\n".join(line.rstrip() for line in lines)
    return f"[\n{body}\n{' ' * indent}]"
