"""
Scales of satisfaction: their codes, and which of them count as satisfied.

The set of satisfied codes is part of a scale, not of a report: a score under another set is another
score. A scale is written as its length (`5`), its ends (`"1-5"`), `"yes-no"`, or in full.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.scalars import named
from bankservice.core.schema import Forms, Schema, any_of
from bankservice.core.structure import Reader
from bankservice.satisfaction.model import Answers
from bankservice.satisfaction.scores.answered import scale_faults

__all__ = ["SCALES", "WORDS", "Ratings", "Scale"]

WORDS: Final[Mapping[str, int]] = {"no": 0, "yes": 1}
"""The two answers that may stand as words."""


@attrs.frozen
class Scale:
    """
    The codes of a question, and those that count as satisfied.

    Attributes:
        lowest: Lowest code.
        highest: Highest code, which is the best.
        satisfied: Codes that count as satisfied, in rising order.

    Examples:
        >>> from bankservice.core.structure import FACTS
        >>> FACTS.read("1-5", Scale, "scale")
        Scale(lowest=1, highest=5, satisfied=(4, 5))
    """

    lowest: int
    highest: int
    satisfied: tuple[int, ...]

    def __attrs_post_init__(self) -> None:
        faults = [*scale_faults(self.lowest, self.highest)]
        if not faults and not (self.satisfied and set(self.satisfied) < set(self.codes)):
            codes = f"some codes from {self.lowest} to {self.highest}, not all"
            faults.append(Fault("satisfied", str(list(self.satisfied)), codes))
        if faults:
            raise FaultsError("a scale", tuple(faults))
        object.__setattr__(self, "satisfied", tuple(sorted(set(self.satisfied))))

    @classmethod
    def __read__(cls, raw: Any, reader: Reader) -> Scale:
        if isinstance(raw, Mapping):
            held = reader.read(raw, _Written, "a scale")
            usual = SCALES.get(f"{held.lowest}-{held.highest}")
            satisfied = held.satisfied or (usual.satisfied if usual is not None else ())
            return cls(held.lowest, held.highest, satisfied)
        key = str(raw) if type(raw) in (int, str) else ""
        found: Scale | None = SCALES.get(f"1-{key}" if key.isdigit() else key)
        if found is None:
            wanted = f"one of {', '.join(SCALES)}, or a table of lowest, highest and satisfied"
            raise FaultsError("a scale", (Fault("", named(raw), wanted, near_names(key, SCALES)),))
        return found

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        return any_of(
            [
                {"enum": list(SCALES)},
                {"type": ["integer", "string"], "pattern": "^[0-9]+$"},
                forms.of(_Written),
            ]
        )

    def __written__(self) -> dict[str, Any]:
        satisfied = list(self.satisfied)
        return {"lowest": self.lowest, "highest": self.highest, "satisfied": satisfied}

    @property
    def codes(self) -> range:
        """Every code, rising."""
        return range(self.lowest, self.highest + 1)

    @property
    def takes_words(self) -> bool:
        """Whether answers may stand as `yes` and `no`."""
        return (self.lowest, self.highest) == (0, 1)


@attrs.frozen
class _Written:
    lowest: int
    highest: int
    satisfied: tuple[int, ...] = ()


SCALES: Final[FrozenMapping[str, Scale]] = FrozenMapping(
    {
        "1-3": Scale(1, 3, (3,)),
        "1-4": Scale(1, 4, (3, 4)),
        "1-5": Scale(1, 5, (4, 5)),
        "1-6": Scale(1, 6, (5, 6)),
        "1-7": Scale(1, 7, (6, 7)),
        "1-10": Scale(1, 10, (8, 9, 10)),
        "yes-no": Scale(0, 1, (1,)),
    }
)
"""Scales by name, with the codes that usually count as satisfied."""


@attrs.frozen(slots=False)
class Ratings(Answers):
    """
    Answers to one question, some of which may stand as `yes` or `no`.

    Attributes:
        words: Rows where a word stood.
    """

    words: tuple[int, ...] = attrs.field(default=(), eq=False)

    @classmethod
    def __read__(cls, raw: Any, reader: Reader) -> Ratings:
        if not isinstance(raw, (list, tuple)):
            return cls(Answers.__read__(raw, reader).codes)
        words = tuple(
            row for row, answer in enumerate(raw) if isinstance(answer, str) and answer in WORDS
        )
        held = list(raw)
        for row in words:
            held[row] = WORDS[raw[row]]
        return cls(Answers.__read__(held, reader).codes, words)

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        answers = Answers.__schema__(forms)
        return {**answers, "items": any_of([answers["items"], {"enum": list(WORDS)}])}
