"""The public rules of satisfaction."""

from __future__ import annotations

from typing import Any, Final

from bankservice.core.decision import Rule
from bankservice.satisfaction.campaigns.asking import may_ask
from bankservice.satisfaction.campaigns.drawing import sample
from bankservice.satisfaction.changes.effort_change import ces_change
from bankservice.satisfaction.changes.many_tests import adjusted_p_values
from bankservice.satisfaction.changes.net_change import nps_change
from bankservice.satisfaction.changes.paired import paired_change
from bankservice.satisfaction.changes.share_change import csat_change
from bankservice.satisfaction.changes.suppression import suppression
from bankservice.satisfaction.changes.units import unit_comparison
from bankservice.satisfaction.charts.ewma_chart import ewma_chart
from bankservice.satisfaction.charts.nps_chart import nps_chart
from bankservice.satisfaction.charts.p_chart import p_chart
from bankservice.satisfaction.charts.score_trend import score_trend
from bankservice.satisfaction.charts.xmr_chart import xmr_chart
from bankservice.satisfaction.follow_up.rule import follow_up_trigger
from bankservice.satisfaction.importance.contrast import penalty_reward
from bankservice.satisfaction.importance.correlations import correlations
from bankservice.satisfaction.importance.drivers import drivers
from bankservice.satisfaction.importance.quadrants import quadrants
from bankservice.satisfaction.questionnaires.sheet import answer_sheet
from bankservice.satisfaction.reliability.agreement import rater_agreement
from bankservice.satisfaction.reliability.alpha import cronbach_alpha
from bankservice.satisfaction.sampling.response import response_rates
from bankservice.satisfaction.sampling.sizes import change_size, sample_size
from bankservice.satisfaction.sampling.strata import allocation
from bankservice.satisfaction.scores.composite import satisfaction_index
from bankservice.satisfaction.scores.dimensions import dimension_scores
from bankservice.satisfaction.scores.effort import ces
from bankservice.satisfaction.scores.promoters import nps
from bankservice.satisfaction.scores.quality import service_quality
from bankservice.satisfaction.scores.satisfied import csat
from bankservice.satisfaction.scores.small_units import small_unit_score
from bankservice.satisfaction.scores.strata import stratified_nps
from bankservice.satisfaction.waves.rule import wave_scores
from bankservice.satisfaction.weights.capping import trimmed_weights
from bankservice.satisfaction.weights.cells import post_stratification
from bankservice.satisfaction.weights.fit import representativeness
from bankservice.satisfaction.weights.raking import raking
from bankservice.satisfaction.weights.worth import effective_size

__all__ = ["RULES"]

RULES: Final[tuple[Rule[Any, Any, Any], ...]] = (
    nps,
    csat,
    ces,
    satisfaction_index,
    service_quality,
    dimension_scores,
    stratified_nps,
    small_unit_score,
    nps_change,
    csat_change,
    ces_change,
    paired_change,
    unit_comparison,
    adjusted_p_values,
    suppression,
    answer_sheet,
    sample_size,
    change_size,
    allocation,
    response_rates,
    raking,
    post_stratification,
    trimmed_weights,
    effective_size,
    representativeness,
    cronbach_alpha,
    rater_agreement,
    correlations,
    drivers,
    quadrants,
    penalty_reward,
    p_chart,
    nps_chart,
    xmr_chart,
    ewma_chart,
    score_trend,
    follow_up_trigger,
    sample,
    may_ask,
    wave_scores,
)
"""Every public rule of this domain, in reading order."""
