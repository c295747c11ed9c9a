"""What the items of a wave measure, and what each answer to one is worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

import attrs

from bankservice.core.errors import Fault, FaultsError
from bankservice.satisfaction.questionnaires.kind import Sheet
from bankservice.satisfaction.questionnaires.table import Aspect, Metric

__all__ = ["WaveItem", "item_faults", "items_of"]

_SCALES: Final = {
    "nps": (0, 10),
    "csat": (1, 5),
    "ces-v1": (1, 5),
    "ces-v2": (1, 7),
    "likert": (1, 5),
    "yes-no": (0, 1),
}
"""The scale of a metric where nobody says."""
_FIXED: Final = ("nps", "ces-v1", "ces-v2", "yes-no")
_LONGEST: Final = 101
_EASY: Final = {"ces-v1": (1, 2), "ces-v2": (5, 6, 7)}


def _satisfied(lowest: int, highest: int) -> tuple[int, ...]:
    """Return who counts as satisfied where nobody says: one of 3 codes, three of 10, else two."""
    codes = highest - lowest + 1
    top = {2: 1, 3: 1, 10: 3}.get(codes, 2)
    return tuple(range(highest - top + 1, highest + 1))


@attrs.frozen(kw_only=True, slots=False)
class WaveItem:
    """
    An item of a wave: what it measures, on which scale.

    Attributes:
        code: Its code, as answers name it.
        metric: `nps` (0 to 10), `csat`, `ces-v1` (1 to 5, 5 is bad), `ces-v2` (1 to 7), `likert` or
            `yes-no` (1 is yes).
        lowest: Lowest code of its scale; that of the metric where left out.
        highest: Highest code of its scale.
        satisfied: Codes that count as satisfied, for `csat`; the top one of three, the top three of
            ten, else the top two where left out.
        dimension: Dimension its scores are joined in.
        aspect: `perception`, `expectation` or `importance`.
        pair: Code of the expectation beside a perception, or the other way round.
        reverse: Whether a high code says something bad; it is turned before it is reckoned with.
    """

    code: str
    metric: Metric
    lowest: int | None = None
    highest: int | None = None
    satisfied: tuple[int, ...] = ()
    dimension: str = ""
    aspect: Aspect = "perception"
    pair: str = ""
    reverse: bool = False

    def __attrs_post_init__(self) -> None:
        faults = tuple(self._faults())
        if faults:
            raise FaultsError(f"item {self.code}", faults)

    def _faults(self) -> Iterator[Fault]:
        low, high = self.ends
        if self.metric in _FIXED and self.ends != _SCALES[self.metric]:
            first, last = _SCALES[self.metric]
            yield Fault("highest", f"{low} to {high}", f"{first} to {last} for {self.metric}")
        elif not low < high < low + _LONGEST:
            yield Fault("highest", str(high), f"more than {low}, and at most {_LONGEST} codes")
        elif self.satisfied and self.metric != "csat":
            yield Fault("satisfied", "codes", f"none for {self.metric}")
        elif not set(self.satisfied) < set(range(low, high + 1)):
            wanted = f"some of the codes from {low} to {high}"
            yield Fault("satisfied", ", ".join(map(str, self.satisfied)), wanted)
        if self.reverse and self.metric != "likert":
            yield Fault("reverse", "true", f"false: the direction of {self.metric} is fixed")

    @cached_property
    def ends(self) -> tuple[int, int]:
        """Lowest and highest code."""
        low, high = _SCALES[self.metric]
        return (
            low if self.lowest is None else self.lowest,
            high if self.highest is None else self.highest,
        )

    @cached_property
    def chosen(self) -> frozenset[int]:
        """The codes whose share is the score, or stands beside it; none for others."""
        if self.metric == "csat":
            return frozenset(self.satisfied or _satisfied(*self.ends))
        if self.metric == "yes-no":
            return frozenset((1,))
        return frozenset(_EASY.get(self.metric, ()))

    @property
    def is_share(self) -> bool:
        """Whether its score is a share."""
        return self.metric in ("csat", "yes-no")

    @property
    def good_is_low(self) -> bool:
        """Whether a lower score is the better one."""
        return self.metric == "ces-v1"

    def keyed(self, code: int) -> float:
        """Return what a code is worth in a mean: of a reverse-keyed item the turned one."""
        return float(sum(self.ends) - code if self.reverse else code)

    def rescaled(self, value: float) -> float:
        """Return a keyed value, or a mean of such, on a scale where 0 is worst and 1 is best."""
        low, high = self.ends
        share = (value - low) / (high - low)
        return 1 - share if self.good_is_low else share


def items_of(sheet: Sheet) -> tuple[WaveItem, ...]:
    """Return the questions of a questionnaire that scores are made of, as items of a wave."""
    found = []
    asked = {question.code for question in sheet.scored}
    for question in sheet.scored:
        row, scale = question.item.row, question.item.scale
        assert scale is not None, "what is scored has a scale"
        found.append(
            WaveItem(
                code=row.code,
                metric=scale.metric,
                lowest=scale.lowest,
                highest=scale.highest,
                satisfied=tuple(scale.codes_of("satisfied")) if scale.metric == "csat" else (),
                dimension=row.dimension,
                aspect=row.aspect,
                pair=row.pair if row.pair in asked else "",
                reverse=row.reverse or (scale.metric == "likert" and scale.good == "low"),
            )
        )
    return tuple(found)


def item_faults(items: Iterable[WaveItem], path: str = "items") -> Iterator[Fault]:
    """Yield what is wrong with items beside each other: a code twice, a pair that is none."""
    held: dict[str, WaveItem] = {}
    rows = tuple(items)
    for place, item in enumerate(rows):
        if not item.code or item.code in held:
            yield Fault(f"{path}[{place}].code", repr(item.code), "a code of its own")
        held[item.code] = item
    for place, item in enumerate(rows):
        other = held.get(item.pair)
        if not item.pair:
            continue
        if other is None or {item.aspect, other.aspect} != {"perception", "expectation"}:
            wanted = "an item of the wave: an expectation beside a perception"
            yield Fault(f"{path}[{place}].pair", repr(item.pair), wanted)
        elif (item.ends, item.reverse) != (other.ends, other.reverse):
            wanted = f"one on the scale of {item.code}: the two are subtracted"
            yield Fault(f"{path}[{place}].pair", repr(item.pair), wanted)
