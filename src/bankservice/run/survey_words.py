"""Words that the sections on surveys share, and how their numbers are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from bankservice.core.decision import Reason, Says
from bankservice.core.policy import Title
from bankservice.core.vocabulary import Tree
from bankservice.report.model import Cell
from bankservice.report.voice import DASH
from bankservice.run.survey_scores import Scored
from bankservice.satisfaction.waves.items import WaveItem

__all__ = [
    "CHANGED",
    "DETECTABLE",
    "HIGH",
    "ITEM",
    "LOW",
    "METRICS",
    "P_VALUE",
    "SORTS",
    "VERDICT",
    "VERDICTS",
    "WAVE",
    "WHY",
    "Names",
    "about",
    "dashed",
    "p_shown",
    "places_of",
    "short",
    "shown",
]

_LEAST: Final = Decimal("0.0001")

ITEM = Says("survey-item")
WAVE = Says("survey-wave")
LOW = Says("survey-low")
HIGH = Says("survey-high")
P_VALUE = Says("survey-p-value")
CHANGED = Says("survey-difference")
DETECTABLE = Says("survey-detectable")
VERDICT = Says("survey-verdict")

METRICS: Final[Mapping[str, Says]] = {
    "nps": Says("survey-metric-nps"),
    "csat": Says("survey-metric-csat"),
    "yes-no": Says("survey-metric-yes-no"),
    "ces-v1": Says("survey-metric-ces-v1"),
    "ces-v2": Says("survey-metric-ces-v2"),
    "likert": Says("survey-metric-likert", ("lowest", "highest")),
}
VERDICTS: Final[Mapping[str, Says]] = {
    "improved": Says("survey-improved"),
    "worsened": Says("survey-worsened"),
    "better": Says("survey-better"),
    "worse": Says("survey-worse"),
    "above": Says("survey-above"),
    "below": Says("survey-below"),
    "no-evidence": Says("survey-no-evidence"),
}
WHY: Final[Mapping[str, Says]] = {
    "no-answers": Says("survey-no-answers"),
    "no-weight": Says("survey-no-weight"),
    "below-floor": Says("survey-too-few"),
    "complementary": Says("survey-kept-beside"),
    "small-base": Says("survey-small-base"),
    "no-spread": Says("survey-no-spread"),
    "too-few": Says("survey-too-few"),
    "one-item": Says("survey-one-item"),
}
SORTS: Final[Mapping[str, Says]] = {
    "branch": Says("survey-by-branch"),
    "product": Says("survey-by-product"),
    "channel": Says("survey-by-channel"),
    "mode": Says("survey-by-mode"),
    "region": Says("survey-by-region"),
    "gender": Says("survey-by-gender"),
    "occupation": Says("survey-by-occupation"),
    "customer_kind": Says("survey-by-customer-kind"),
    "industry": Says("survey-by-industry"),
}
OTHER_SORT = Says("survey-by-other", ("sort",))


class Names:
    """What people read for codes of questions, dimensions and units."""

    def __init__(self, trees: Mapping[str, Tree]) -> None:
        """Take the vocabularies by sort of unit."""
        self._trees = trees

    def item(self, wave: Scored, code: str) -> Title:
        """Return the words of a question."""
        return wave.sheets.sheet.questions[code].item.row.text

    def dimension(self, wave: Scored, code: str) -> Cell:
        """Return the name of a dimension."""
        return wave.sheets.sheet.bank.parameters.title(code)

    def sort(self, name: str) -> Reason:
        """Return what a sort of units is called."""
        return SORTS[name]() if name in SORTS else OTHER_SORT(sort=name.replace("*", " × "))

    def unit(self, sort: str, unit: str) -> Cell:
        """Return what a unit is called: by its vocabulary, else as it stands."""
        tree = self._trees.get(sort)
        if tree is not None and unit in tree:
            return tree[unit].title
        return unit.replace("*", " × ")


def about(item: WaveItem) -> Reason:
    """Return what the score of an item counts."""
    says = METRICS[item.metric]
    return says(lowest=item.ends[0], highest=item.ends[1]) if says.names else says()


def short(number: Decimal | None, unit: str) -> Decimal | None:
    """Return a number as it is shown, to a unit such as `0.1`."""
    # Nothing is added to a nothing with a sign, which people would read as a number below 0.
    return None if number is None else number.quantize(Decimal(unit), ROUND_HALF_EVEN) + 0


def places_of(item: WaveItem) -> str:
    """Return the unit scores of an item are shown to."""
    return "0.1" if item.metric == "nps" or item.is_share else "0.01"


def dashed(rows: Iterable[tuple[Cell, ...]]) -> tuple[tuple[Cell, ...], ...]:
    """Return rows of a table with a dash where there is no number."""
    return tuple(tuple(DASH if cell is None else cell for cell in row) for row in rows)


def p_shown(number: Decimal | None) -> Cell:
    """Return a p-value as it is shown; a small one is told as such, and never as nothing."""
    if number is not None and number < _LEAST:
        return f"<{_LEAST}"
    return short(number, str(_LEAST))


def shown(item: WaveItem, number: Decimal | None) -> Decimal | None:
    """Return a score as it is shown: of shares in percent."""
    if number is None:
        return None
    return short(number * 100 if item.is_share else number, places_of(item))
