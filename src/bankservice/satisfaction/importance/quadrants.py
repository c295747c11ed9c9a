"""The rule of quadrants: what to keep up, and where to concentrate, by importance and performance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.core.scalars import named
from bankservice.core.schema import Forms, Schema, any_of
from bankservice.core.special import rounded
from bankservice.core.structure import Reader
from bankservice.satisfaction.importance.columns import Numbers, titles
from bankservice.satisfaction.model import Missing, told

__all__ = ["Placed", "Quadrant", "Quadrants", "QuadrantsFacts", "quadrants"]

COUNTED: Final = Says("QUADRANTS_COUNTED", ("concentrate", "keep", "low", "overkill"))
NONE: Final = Says("QUADRANTS_NONE")
CUTS: Final = Says("quadrant-cuts", ("performance_cut", "importance_cut"))
PLACED: Final = Says("quadrant-placed", ("item", "quadrant", "performance", "importance"))
OPEN: Final = Says("quadrant-none", ("item",))


class Quadrant(Enum):
    """Where an item stands by importance and performance."""

    KEEP_UP = "keep-up"
    CONCENTRATE_HERE = "concentrate-here"
    LOW_PRIORITY = "low-priority"
    POSSIBLE_OVERKILL = "possible-overkill"


_TITLES: Final = {
    Quadrant.KEEP_UP: Title(en="keep up", zh="继续保持"),
    Quadrant.CONCENTRATE_HERE: Title(en="concentrate here", zh="重点改进"),
    Quadrant.LOW_PRIORITY: Title(en="low priority", zh="次要"),
    Quadrant.POSSIBLE_OVERKILL: Title(en="possible overkill", zh="可能过度"),
}
assert set(_TITLES) == set(Quadrant), "every quadrant has a title"


@attrs.frozen
class Placed:
    """
    A number for each item: a list, or a table by name.

    Attributes:
        values: The numbers, in order; where there is none, why.
        names: Names of the items; None for a plain list.
    """

    values: Numbers
    names: tuple[str, ...] | None = None

    @classmethod
    def __read__(cls, raw: Any, reader: Reader) -> Placed:
        if not isinstance(raw, FrozenMapping | dict):
            return cls(reader.read(raw, Numbers, "numbers"))
        try:
            values = reader.read(list(raw.values()), Numbers, "numbers")
        except FaultsError as error:
            names = {f"[{place}]": str(name) for place, name in enumerate(raw)}
            faults = (attrs.evolve(fault, path=names[fault.path]) for fault in error.faults)
            raise FaultsError("numbers", tuple(faults)) from None
        wrong = [name for name in raw if not isinstance(name, str)]
        if wrong:
            fault = Fault("", f"the name {named(wrong[0])}", "names that are text")
            raise FaultsError("numbers", (fault,))
        return cls(values, tuple(raw))

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        numbers = Numbers.__schema__(forms)
        return any_of([numbers, forms.table(numbers["items"])])

    def __written__(self) -> Any:
        written = self.values.__written__()
        return written if self.names is None else dict(zip(self.names, written, strict=True))


@attrs.frozen(kw_only=True)
class QuadrantsFacts:
    """
    How important items are, and how well they are done.

    Attributes:
        performance: How well each item is done, such as its mean answer: a list, or a table by name.
            Where nobody answered, why.
        importance: How important each is, such as its share of what is explained; in the same shape.
        performance_cut: From here on performance is high; the mean of the items where left out.
        importance_cut: The same for importance.
    """

    performance: Placed
    importance: Placed
    performance_cut: Decimal | None = None
    importance_cut: Decimal | None = None

    def __attrs_post_init__(self) -> None:
        faults = tuple(_faults(self.performance, self.importance))
        if faults:
            raise FaultsError("importance and performance", faults)


def _faults(performance: Placed, importance: Placed) -> Iterable[Fault]:
    if (performance.names is None) != (importance.names is None):
        yield Fault("importance", "one as a list, the other by name", "both in the same shape")
    elif performance.names is not None and importance.names is not None:
        for name in sorted(set(performance.names) - set(importance.names)):
            yield Fault(f"importance.{name}", "nothing", "a number, as performance has one")
        for name in sorted(set(importance.names) - set(performance.names)):
            yield Fault(f"performance.{name}", "nothing", "a number, as importance has one")
    elif len(performance.values.values) != len(importance.values.values):
        got, wanted = (len(held.values.values) for held in (importance, performance))
        yield Fault("importance", f"{got} numbers", f"{wanted}, as many as performance has")


@attrs.frozen(kw_only=True)
class Quadrants:
    """
    Where items stand by importance and performance.

    Attributes:
        quadrants: Of each item, in the shape of `performance`; None where a number is missing.
            `keep-up`: important and done well; `concentrate-here`: important and not done well;
            `low-priority`: neither; `possible-overkill`: done well, but not important.
        performance_cut: From here on performance is high; None where nothing was answered.
        importance_cut: From here on importance is high.
    """

    quadrants: FrozenMapping[str, Quadrant | None] | tuple[Quadrant | None, ...]
    performance_cut: Decimal | None = None
    importance_cut: Decimal | None = None


def _quadrants(facts: QuadrantsFacts, parameters: None, trace: Trace | None) -> Quadrants:
    """
    Tell where items stand by importance and performance, as Martilla and James draw it.

    An item on a cut counts as high. The cuts are the means of the items, or the targets stated;
    means make some item low whatever the scores, so a bank that knows its targets should state them.
    An item with a number missing has no quadrant, and does not move the cuts.

    Raises:
        FaultsError: If the two do not name the same items.

    Source:
        J. A. Martilla, J. C. James, "Importance-performance analysis", Journal of Marketing 41
        (1977) 77-79.

    Examples:
        >>> from bankservice.satisfaction import quadrants
        >>> found = quadrants(
        ...     performance={"speed": "3.4", "accuracy": "3.6"},
        ...     importance={"speed": "0.6", "accuracy": "0.4"},
        ... ).outcome
        >>> found.quadrants["speed"].value, found.performance_cut
        ('concentrate-here', Decimal('3.5'))
    """
    performance, importance = facts.performance, facts.importance
    names = performance.names
    done = performance.values.values
    weighs = importance.values.values
    if names is not None:
        assert importance.names is not None, "both have the same shape"
        by_name = dict(zip(importance.names, weighs, strict=True))
        weighs = tuple(by_name[name] for name in names)
    pairs = list(zip(map(_exact, done), map(_exact, weighs), strict=True))
    known = [(well, much) for well, much in pairs if well is not None and much is not None]
    cuts = [
        _cut(facts.performance_cut, [well for well, _ in known]),
        _cut(facts.importance_cut, [much for _, much in known]),
    ]
    found = tuple(_place(well, much, cuts) for well, much in pairs)
    outcome = Quadrants(
        quadrants=found if names is None else FrozenMapping(dict(zip(names, found, strict=True))),
        performance_cut=_told(cuts[0]),
        importance_cut=_told(cuts[1]),
    )
    if trace is not None:
        _tell(names, pairs, found, cuts, trace)
    return outcome


def _exact(value: int | Decimal | Missing) -> Fraction | None:
    return None if isinstance(value, Missing) else Fraction(value)


def _cut(stated: Decimal | None, held: list[Fraction]) -> Fraction | None:
    if stated is not None:
        return Fraction(stated)
    return sum(held, Fraction(0)) / len(held) if held else None


def _told(value: Fraction | None) -> Decimal | None:
    return None if value is None else told(float(value))


def _place(
    well: Fraction | None, much: Fraction | None, cuts: list[Fraction | None]
) -> Quadrant | None:
    if well is None or much is None or cuts[0] is None or cuts[1] is None:
        return None
    if much >= cuts[1]:
        return Quadrant.KEEP_UP if well >= cuts[0] else Quadrant.CONCENTRATE_HERE
    return Quadrant.POSSIBLE_OVERKILL if well >= cuts[0] else Quadrant.LOW_PRIORITY


def _tell(
    names: tuple[str, ...] | None,
    pairs: list[tuple[Fraction | None, Fraction | None]],
    found: tuple[Quadrant | None, ...],
    cuts: list[Fraction | None],
    trace: Trace,
) -> None:
    if cuts[0] is not None and cuts[1] is not None:
        shown = [rounded(float(cut), 4) for cut in cuts if cut is not None]
        trace.check(CUTS(performance_cut=shown[0], importance_cut=shown[1]), held=True)
    called = titles(names, len(pairs))
    for name, (well, much), quadrant in zip(called, pairs, found, strict=True):
        if well is None or much is None or quadrant is None:
            trace.check(OPEN(item=name), held=False)
            continue
        numbers = {"performance": rounded(float(well), 4), "importance": rounded(float(much), 4)}
        trace.check(PLACED(item=name, quadrant=_TITLES[quadrant], **numbers), held=True)


def _headline(facts: QuadrantsFacts, parameters: None, outcome: Quadrants) -> Reason:
    held = outcome.quadrants
    counts = Counter(held.values() if isinstance(held, FrozenMapping) else held)
    if not any(counts[quadrant] for quadrant in Quadrant):
        return NONE()
    return COUNTED(
        concentrate=counts[Quadrant.CONCENTRATE_HERE],
        keep=counts[Quadrant.KEEP_UP],
        low=counts[Quadrant.LOW_PRIORITY],
        overkill=counts[Quadrant.POSSIBLE_OVERKILL],
    )


quadrants: Final[Rule[QuadrantsFacts, None, Quadrants]] = Rule(
    id="satisfaction.quadrants",
    facts=QuadrantsFacts,
    outcome=Quadrants,
    evaluate=_quadrants,
    headline=_headline,
    says=(COUNTED, NONE, CUTS, PLACED, OPEN),
    package="bankservice.satisfaction",
)
