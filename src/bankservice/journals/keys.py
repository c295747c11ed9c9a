"""Keys in memory: for tests and trials. What was sealed under them is gone with the object."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from threading import Lock

from bankservice.core.keys import Key

__all__ = ["MemoryKeys"]


class MemoryKeys:
    """
    Keys that last as long as the object. One lock makes them safe for threads.

    Args:
        random: Gives as many random bytes as asked; the system's where left out.

    Examples:
        >>> keys = MemoryKeys()
        >>> key = keys.current("bank", ["customer-7"])["customer-7"]
        >>> keys.destroy("bank", "customer-7")
        1
        >>> keys.find("bank", [key.id]) == {key.id: None}
        True
    """

    def __init__(self, random: Callable[[int], bytes] = os.urandom) -> None:
        self._random = random
        self._lock = Lock()
        self._by_subject: dict[tuple[str, str], list[str]] = {}
        self._by_id: dict[tuple[str, str], Key | None] = {}

    def current(self, tenant: str, subjects: Iterable[str]) -> Mapping[str, Key]:
        """Return the key to seal with for each of *subjects*."""
        with self._lock:
            return {subject: self._current(tenant, subject) for subject in dict.fromkeys(subjects)}

    def _current(self, tenant: str, subject: str) -> Key:
        ids = self._by_subject.setdefault((tenant, subject), [])
        newest = self._by_id[tenant, ids[-1]] if ids else None
        if newest is None:
            newest = Key(self._random(16).hex(), self._random(32))
            ids.append(newest.id)
            self._by_id[tenant, newest.id] = newest
        return newest

    def find(self, tenant: str, ids: Iterable[str]) -> Mapping[str, Key | None]:
        """Return the keys there are among *ids*; None says that one was destroyed."""
        with self._lock:
            return {
                key_id: self._by_id[tenant, key_id]
                for key_id in dict.fromkeys(ids)
                if (tenant, key_id) in self._by_id
            }

    def destroy(self, tenant: str, subject: str) -> int:
        """Destroy the keys of *subject* for good, and return how many there were."""
        with self._lock:
            held = [
                key_id
                for key_id in self._by_subject.get((tenant, subject), ())
                if self._by_id[tenant, key_id] is not None
            ]
            self._by_id.update(dict.fromkeys((tenant, key_id) for key_id in held))
            return len(held)
