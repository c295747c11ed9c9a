"""
The port for keys: one for each customer, so that destroying it erases what was sealed under it.

A bank with a key service of its own writes these three methods over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import attrs

__all__ = ["Key", "Keys"]


@attrs.frozen
class Key:
    """
    A key of one customer.

    Attributes:
        id: Names this key among all keys of the tenant; stored beside what it seals.
        secret: 32 bytes.
    """

    id: str
    secret: bytes = attrs.field(repr=False)


class Keys(Protocol):
    """
    Keys by tenant and customer.

    Promises:

    * `current` gives each customer asked one key, making it where there is none; asked again, by
      whichever writer, the same one.
    * Keys of different customers, and of different tenants, differ.
    * `find` gives the keys there are among the ids asked, and None for those that were destroyed;
      unknown ones are missing.
    * After `destroy` none of the customer's keys is given again; other customers' keys stay.
    * A customer whose key was destroyed gets a new key, under a new id, when one is next needed.
    """

    def current(self, tenant: str, subjects: Iterable[str]) -> Mapping[str, Key]:
        """Return the key to seal with for each of *subjects*."""

    def find(self, tenant: str, ids: Iterable[str]) -> Mapping[str, Key | None]:
        """Return the keys there are among *ids*; None says that one was destroyed."""

    def destroy(self, tenant: str, subject: str) -> int:
        """Destroy the keys of *subject* for good, and return how many there were."""
