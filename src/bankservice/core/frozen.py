"""A mapping that cannot change, so that values holding one can be compared, hashed and shared."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any, Generic, TypeVar

__all__ = ["FrozenMapping"]

K = TypeVar("K")
V = TypeVar("V")


class FrozenMapping(Mapping[K, V], Generic[K, V]):
    """
    A mapping with names that a policy defines; ordered as given, equal whatever the order.

    Examples:
        >>> tiers = FrozenMapping({"GOLD": 1})
        >>> tiers["GOLD"], hash(tiers) == hash(FrozenMapping({"GOLD": 1}))
        (1, True)
    """

    __slots__ = ("_held", "_key")

    def __init__(self, held: Mapping[K, V] | None = None) -> None:
        self._held: dict[K, V] = dict(held or {})
        self._key: int | None = None

    def __getitem__(self, key: K) -> V:
        return self._held[key]

    def get(self, key: K, default: Any = None) -> Any:
        """Return what stands under *key*, or *default*; quicker than the inherited one."""
        return self._held.get(key, default)

    def mutable(self) -> dict[K, V]:
        """Return a dict of its own with what it holds; quicker than by the protocol of mappings."""
        return self._held.copy()

    def __contains__(self, key: object) -> bool:
        # The inherited one asks for the value and waits for an error.
        return key in self._held

    def __iter__(self) -> Iterator[K]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def items(self) -> ItemsView[K, V]:
        """Return the pairs; quicker than by the protocol of mappings, as are keys and values."""
        return self._held.items()

    def keys(self) -> KeysView[K]:
        """Return the names."""
        return self._held.keys()

    def values(self) -> ValuesView[V]:
        """Return what stands under them."""
        return self._held.values()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FrozenMapping):
            return self._held == other._held
        return Mapping.__eq__(self, other)

    def __hash__(self) -> int:
        if self._key is None:
            self._key = hash(frozenset(self._held.items()))
        return self._key

    def __repr__(self) -> str:
        return f"FrozenMapping({self._held!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self._held,))
