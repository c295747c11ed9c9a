"""
The draw: whom of a frame to ask, the same for the same seed whoever repeats it.

Nothing here is random in the machine's sense. Every id is given a place by the SHA-256 of the seed
and the id; a draw takes those who come first. So the order in which a frame is written does not
matter, nor the platform; a larger draw contains the smaller; and who leaves the frame changes
nobody else's place. An auditor with the frame and the seed draws the same sample by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final

from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping

__all__ = ["draw", "in_order", "reserve_batches"]

_SHOWN: Final = 3


def _place(seed: str, who: str) -> bytes:
    # The length of the seed is told, so that no seed and id run into another pair.
    told = seed.encode()
    return sha256(f"{len(told)}:".encode() + told + who.encode()).digest()


def in_order(ids: Iterable[str], seed: str) -> tuple[str, ...]:
    """
    Return ids in the order a seed draws them in.

    Raises:
        FaultsError: If an id comes twice.

    Examples:
        >>> in_order(["a", "b", "c"], "2026-H1") == in_order(["c", "b", "a"], "2026-H1")
        True
    """
    held = list(ids)
    if len(set(held)) < len(held):
        twice = sorted(who for who, times in Counter(held).items() if times > 1)
        got = f"twice or more: {', '.join(twice[:_SHOWN])}"
        raise FaultsError("a frame", (Fault("", got, "each id once"),))
    return tuple(sorted(held, key=lambda who: (_place(seed, who), who)))


def draw(
    frame: Mapping[str, Iterable[str]], counts: Mapping[str, int], seed: str
) -> FrozenMapping[str, tuple[str, ...]]:
    """
    Return who is drawn, by stratum, in the order of the draw.

    Args:
        frame: Stratum → ids of those in it, in any order; each id in one stratum only.
        counts: Stratum → how many to draw; a stratum left out is drawn nobody of.
        seed: Any text; kept with the sample, it repeats the draw.

    Raises:
        FaultsError: If an id comes twice, a stratum is not in the frame, or more are asked for
            than there are.

    Examples:
        >>> frame = {"young": ["a", "b", "c"], "old": ["x", "y"]}
        >>> drawn = draw(frame, {"young": 2, "old": 1}, "2026-H1")
        >>> [len(drawn[stratum]) for stratum in frame]
        [2, 1]
    """
    ordered = _ordered(frame, counts, seed)
    return FrozenMapping({name: ids[: counts.get(name, 0)] for name, ids in ordered.items()})


def reserve_batches(
    frame: Mapping[str, Iterable[str]],
    counts: Mapping[str, int],
    seed: str,
    sizes: Mapping[str, int],
) -> tuple[FrozenMapping[str, tuple[str, ...]], ...]:
    """
    Return those whom a draw left over, in batches, to be asked in this order where answers lack.

    The batches follow the order of the draw, so that the first of them is what a larger draw would
    have added.

    Args:
        frame: As `draw` takes it.
        counts: How many the draw takes of each stratum.
        seed: That of the draw.
        sizes: Stratum → how many a batch holds at most; a stratum left out, or 0, has no reserve.

    Raises:
        FaultsError: As for `draw`; or if a size is below 0.

    Examples:
        >>> frame = {"all": ["a", "b", "c", "d", "e"]}
        >>> [len(batch["all"]) for batch in reserve_batches(frame, {"all": 2}, "s", {"all": 2})]
        [2, 1]
    """
    ordered = _ordered(frame, counts, seed)
    _check_counts(ordered, sizes, whole=False)
    rest = {name: ids[counts.get(name, 0) :] for name, ids in ordered.items() if sizes.get(name, 0)}
    batches = max((-(-len(ids) // sizes[name]) for name, ids in rest.items()), default=0)
    return tuple(
        FrozenMapping(
            {
                name: part
                for name, ids in rest.items()
                if (part := ids[batch * sizes[name] : (batch + 1) * sizes[name]])
            }
        )
        for batch in range(batches)
    )


def _ordered(
    frame: Mapping[str, Iterable[str]], counts: Mapping[str, int], seed: str
) -> dict[str, tuple[str, ...]]:
    held = {name: list(ids) for name, ids in frame.items()}
    # Once over all strata: nobody may be asked by two of them.
    order = in_order((who for ids in held.values() for who in ids), seed)
    stratum_of = {who: name for name, ids in held.items() for who in ids}
    ordered: dict[str, list[str]] = {name: [] for name in held}
    for who in order:
        ordered[stratum_of[who]].append(who)
    found = {name: tuple(ids) for name, ids in ordered.items()}
    _check_counts(found, counts, whole=True)
    return found


def _check_counts(
    ordered: Mapping[str, tuple[str, ...]], counts: Mapping[str, int], *, whole: bool
) -> None:
    faults: list[Fault] = []
    for name, count in counts.items():
        if name not in ordered:
            near = near_names(name, ordered)
            faults.append(Fault(name, "a stratum that is not in the frame", "one of it", near))
        elif count < 0 or (whole and count > len(ordered[name])):
            most = f"from 0 to {len(ordered[name])}" if whole else "0 or more"
            faults.append(Fault(name, f"int {count}", f"a whole number {most}"))
    if faults:
        raise FaultsError("how many to draw", tuple(faults))
