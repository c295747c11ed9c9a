"""Says what to install where SQLAlchemy is missing. Imported before anything that needs it."""

from __future__ import annotations

__all__: list[str] = []

try:
    import sqlalchemy  # noqa: F401 - only to see whether it is there
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        "a journal in a database needs SQLAlchemy, which is not installed; "
        "install `bankservice[sql]`.",
        name="sqlalchemy",
    ) from missing
