"""Names of sheets: short, each once, the same at every export."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from bankservice.sheets.grid import SheetPath

__all__ = ["MOST", "Names"]

MOST: Final = 31
"""So many characters a sheet's name may have."""

_REFUSED: Final = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")


class Names:
    """
    Names given so far in one workbook.

    Examples:
        >>> from bankservice.sheets.grid import path_of
        >>> names = Names(1)
        >>> (
        ...     names.of("x.toml", (), {"id": "acme/tiers"}),
        ...     names.of("x.toml", path_of("case[].step[]"), {}),
        ... )
        ('acme-tiers', 'case.step')
    """

    def __init__(self, files: int) -> None:
        """Begin a workbook of so many files; of several, each sheet's name begins with its file's place."""
        self._files = files
        self._places: dict[str, int] = {}
        self._taken: set[str] = {"history"}
        self._versions: dict[tuple[str, int], str] = {}

    def of(self, file: str, path: SheetPath, table: Mapping[str, Any]) -> str:
        """
        Return the name of the sheet of a path.

        Args:
            file: Which file.
            path: Which part of it.
            table: The table there, where the sheet tells one: a version goes by its first day.
        """
        place = self._places.setdefault(file, len(self._places) + 1)
        before = f"{place} " if self._files > 1 else ""
        if not path:
            held = table.get("id")
            name = held if isinstance(held, str) and held else file.removesuffix(".toml")
            return self.free(before + name.replace("/", "-"))
        parts = [".".join(step.keys) for step in path]
        if path[0].index is not None:
            key = (file, path[0].index)
            if len(path) == 1:
                self._versions[key] = self.free(
                    f"{before}{table.get('since', f'v{path[0].index + 1}')}"
                )
                return self._versions[key]
            return self.free(f"{self._versions[key]} {'.'.join(parts[1:])}")
        return self.free(before + ".".join(parts))

    def free(self, wanted: str) -> str:
        """Return *wanted* as a name a sheet can have and none has yet."""
        clean = _REFUSED.sub("-", wanted).strip() or "-"
        name, number = clean[:MOST].strip(), 1
        while name.casefold() in self._taken:
            number += 1
            tail = f" ({number})"
            name = clean[: MOST - len(tail)].strip() + tail
        self._taken.add(name.casefold())
        return name
