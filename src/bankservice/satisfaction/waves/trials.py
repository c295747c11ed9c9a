"""How the scores of a wave are tried under another policy of reporting."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.core.trial import Seen, Trial
from bankservice.satisfaction.waves.facts import WaveFacts
from bankservice.satisfaction.waves.kind import Reporting
from bankservice.satisfaction.waves.outcome import WaveScores
from bankservice.satisfaction.waves.rule import wave_scores

__all__ = ["WAVE_TRIALS"]

_TOLD: Final = "told"

_PLACES: Final = FrozenMapping(
    {
        _TOLD: Title(en="scores are told", zh="予以公布得分"),
        "no-respondents": Title(en="nobody answered", zh="无人作答"),
        "modes-pooled": Title(en="modes cannot be pooled", zh="不同方式的回答不得合并"),
        "inefficient-weights": Title(en="weights too uneven", zh="权重过于悬殊"),
    }
)
_AMOUNTS: Final = FrozenMapping(
    {
        "hidden": Title(en="scores kept back", zh="不予公布的得分"),
        "better": Title(en="units better than the rest", zh="优于其余者的单位"),
        "worse": Title(en="units worse than the rest", zh="劣于其余者的单位"),
        "strengths": Title(en="strengths", zh="优势"),
        "weaknesses": Title(en="weaknesses", zh="不足"),
    }
)


def _seen(facts: WaveFacts, reporting: Reporting, outcome: WaveScores) -> Seen:
    verdicts = Counter(
        score.against_rest.verdict
        for units in outcome.units.values()
        for items in units.values()
        for score in items.values()
        if score.against_rest is not None
    )
    amounts = {
        "hidden": outcome.hidden,
        "better": verdicts["better"],
        "worse": verdicts["worse"],
        "strengths": len(outcome.strengths),
        "weaknesses": len(outcome.weaknesses),
    }
    return Seen(outcome.why or _TOLD, amounts=FrozenMapping(amounts))


WAVE_TRIALS: Final[tuple[Trial[Any, Any, Any], ...]] = (
    Trial(
        rule=wave_scores,
        seen=_seen,
        title=lambda reporting, place: _PLACES.get(place),
        order=lambda reporting: tuple(_PLACES),
        amounts=_AMOUNTS,
    ),
)
"""The rule of a wave's scores as it is tried."""
