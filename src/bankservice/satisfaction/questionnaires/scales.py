"""What the scales of an item bank have to keep to; what a metric means is fixed, and checked here."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import attrs

from bankservice.core.policy import Faults, Title
from bankservice.satisfaction.questionnaires.table import Metric, ScaleRow

__all__ = ["LONGEST", "blank", "check_scale"]

LONGEST: Final = 101
"""Most codes a scale may have."""

_CLASSES: Final = {"detractor": (0, 6), "passive": (7, 8), "promoter": (9, 10)}
"""What the three classes of an NPS are, by the codes they hold: none of them is a bank's choice."""


@attrs.frozen
class _Form:
    """What the scales of one metric look like."""

    lowest: int
    highest: tuple[int, ...]
    good: str
    wanted: str


_FORMS: Final[Mapping[Metric, _Form]] = {
    "nps": _Form(0, (10,), "high", "0 to 10; another scale is no NPS, declare it a likert"),
    "csat": _Form(1, (3, 4, 5, 6, 7, 10), "high", "1 to 3, 4, 5, 6, 7 or 10"),
    "ces-v1": _Form(1, (5,), "low", "1 to 5: the first version asks for effort"),
    "ces-v2": _Form(1, (7,), "high", "1 to 7: the second version asks for ease"),
    "yes-no": _Form(0, (1,), "", "0 (no) to 1 (yes)"),
}


def blank(title: Title) -> bool:
    """Tell whether a language is without words."""
    return not (title.en.strip() and title.zh.strip())


def check_scale(scale: ScaleRow, path: str, faults: Faults) -> None:
    """Note what is wrong with a scale."""
    if not scale.lowest < scale.highest < scale.lowest + LONGEST:
        wanted = f"more than lowest ({scale.lowest}), and at most {LONGEST} codes"
        faults.add(f"{path}.highest", scale.highest, wanted)
        return
    form = _FORMS.get(scale.metric)
    if form is not None:
        ends = f"{scale.lowest} to {scale.highest}"
        if scale.lowest != form.lowest or scale.highest not in form.highest:
            faults.add(f"{path}.highest", ends, form.wanted)
            return
        if form.good and scale.good != form.good:
            faults.add(f"{path}.good", repr(scale.good), f"{form.good!r} for {scale.metric}")
    _check_labels(scale, path, faults)
    _check_classes(scale, path, faults)


def _check_labels(scale: ScaleRow, path: str, faults: Faults) -> None:
    seen = set[int]()
    for place, label in enumerate(scale.label):
        if not scale.lowest <= label.code <= scale.highest or label.code in seen:
            wanted = f"a code from {scale.lowest} to {scale.highest}, each once"
            faults.add(f"{path}.label[{place}].code", label.code, wanted)
        if blank(label.title):
            faults.add(f"{path}.label[{place}].title", "no words", "words in both languages")
        seen.add(label.code)
    for end in (scale.lowest, scale.highest):
        if end not in seen:
            faults.add(f"{path}.label", f"none for {end}", "a label for each end of the scale")


def _check_classes(scale: ScaleRow, path: str, faults: Faults) -> None:
    rows, before = scale.classes, len(faults)
    codes = [row.code for row in rows]
    for place, row in enumerate(rows):
        if not row.code or row.code in codes[:place]:
            faults.add(f"{path}.classes[{place}].code", repr(row.code), "a code of its own")
        if row.highest < row.lowest:
            wanted = f"{row.lowest} (its lowest) or more"
            faults.add(f"{path}.classes[{place}].highest", row.highest, wanted)
    if rows and len(faults) == before:
        if rows[0].lowest != scale.lowest:
            wanted = f"{scale.lowest}: the classes cover the scale"
            faults.add(f"{path}.classes[0].lowest", rows[0].lowest, wanted)
        for place, (row, after) in enumerate(pairwise(rows), start=1):
            if after.lowest != row.highest + 1:
                wanted = f"{row.highest + 1}: every code is in one class, and in no other"
                faults.add(f"{path}.classes[{place}].lowest", after.lowest, wanted)
        if rows[-1].highest != scale.highest:
            wanted = f"{scale.highest}: the classes cover the scale"
            faults.add(f"{path}.classes[{len(rows) - 1}].highest", rows[-1].highest, wanted)
    if scale.metric == "nps" and {r.code: (r.lowest, r.highest) for r in rows} != _CLASSES:
        got = ", ".join(f"{row.code} {row.lowest}-{row.highest}" for row in rows) or "nothing"
        faults.add(f"{path}.classes", got, "detractor 0-6, passive 7-8, promoter 9-10")
    if scale.metric == "csat" and (not rows or rows[-1].code != "satisfied"):
        got = repr(rows[-1].code) if rows else "nothing"
        faults.add(f"{path}.classes", got, "classes of which the last is 'satisfied'")
