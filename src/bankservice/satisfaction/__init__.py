"""
Satisfaction: fair samples, questionnaires as data, scores with their uncertainty, call-backs.
"""

from typing import Any

from bankservice.core.record import Record
from bankservice.satisfaction.campaigns.acting import ContactRefusal
from bankservice.satisfaction.campaigns.asking import Asked, AskWhy, MayAsk, MayAskFacts, may_ask
from bankservice.satisfaction.campaigns.campaign import CAMPAIGN, CampaignRefusal, CampaignView
from bankservice.satisfaction.campaigns.campaign_service import Campaigns
from bankservice.satisfaction.campaigns.drawing import sample
from bankservice.satisfaction.campaigns.drawn import Drawn
from bankservice.satisfaction.campaigns.frame import (
    Framed,
    Sampled,
    SampleFacts,
    SampleFlag,
    StratumDrawn,
)
from bankservice.satisfaction.campaigns.kind import SAMPLING_PLAN
from bankservice.satisfaction.campaigns.outcomes import InvitationOutcome, response_facts
from bankservice.satisfaction.campaigns.plan import SamplingPlan
from bankservice.satisfaction.campaigns.record import CONTACT
from bankservice.satisfaction.campaigns.service import Inviting, Surveys
from bankservice.satisfaction.campaigns.tallying import (
    AnswerRow,
    QuotaStatus,
    Response,
    StratumResponse,
)
from bankservice.satisfaction.campaigns.views import ContactsView, InvitationView, VolunteerView
from bankservice.satisfaction.changes.effort_change import CesChange, CesChangeFacts, ces_change
from bankservice.satisfaction.changes.many_tests import (
    AdjustedPValues,
    PValuesFacts,
    adjusted_p_values,
)
from bankservice.satisfaction.changes.net_change import NpsChange, NpsChangeFacts, nps_change
from bankservice.satisfaction.changes.paired import PairedChange, PairedChangeFacts, paired_change
from bankservice.satisfaction.changes.share_change import CsatChange, CsatChangeFacts, csat_change
from bankservice.satisfaction.changes.suppression import Suppression, SuppressionFacts, suppression
from bankservice.satisfaction.changes.units import (
    UnitComparison,
    UnitComparisonFacts,
    unit_comparison,
)
from bankservice.satisfaction.charts.ewma_chart import (
    EwmaChart,
    EwmaChartFacts,
    EwmaPoint,
    ewma_chart,
)
from bankservice.satisfaction.charts.nps_chart import NpsChart, NpsChartFacts, NpsPoint, nps_chart
from bankservice.satisfaction.charts.p_chart import PChart, PChartFacts, p_chart
from bankservice.satisfaction.charts.proportions import SharePoint
from bankservice.satisfaction.charts.runs import ChartFlag, ChartPoint, RunRule
from bankservice.satisfaction.charts.score_trend import ScoreTrend, ScoreTrendFacts, score_trend
from bankservice.satisfaction.charts.xmr_chart import XmrChart, XmrChartFacts, xmr_chart
from bankservice.satisfaction.follow_up.kind import FOLLOW_UP
from bankservice.satisfaction.follow_up.measures import (
    FollowUpRecovery,
    FollowUpShare,
    OpenFollowUp,
    OpenFollowUps,
    follow_up_recovery,
    follow_ups_in_time,
    open_follow_ups,
    repeat_follow_ups,
)
from bankservice.satisfaction.follow_up.model import FollowUpFacts, FollowUpState, FollowUpTriggered
from bankservice.satisfaction.follow_up.record import FOLLOW_UPS
from bankservice.satisfaction.follow_up.refusals import FollowUpRefusal
from bankservice.satisfaction.follow_up.rule import follow_up_trigger
from bankservice.satisfaction.follow_up.service import FollowUps, HandOver
from bankservice.satisfaction.follow_up.views import (
    FollowUpsView,
    FollowUpView,
    RatedView,
    shown_to_rated,
)
from bankservice.satisfaction.importance.contrast import Contrast, ContrastFacts, penalty_reward
from bankservice.satisfaction.importance.correlations import (
    Correlation,
    Correlations,
    CorrelationsFacts,
    PairCorrelation,
    correlations,
)
from bankservice.satisfaction.importance.drivers import DriverFlag, Drivers, DriversFacts, drivers
from bankservice.satisfaction.importance.quadrants import (
    Quadrant,
    Quadrants,
    QuadrantsFacts,
    quadrants,
)
from bankservice.satisfaction.model import Missing
from bankservice.satisfaction.policy import KINDS, SHELF
from bankservice.satisfaction.questionnaires.answers import SheetFault
from bankservice.satisfaction.questionnaires.facts import (
    AnswerSheet,
    RefusedAnswer,
    SheetFacts,
    SheetFlag,
)
from bankservice.satisfaction.questionnaires.items import ITEMS, Item, ItemBank
from bankservice.satisfaction.questionnaires.kind import (
    QUESTIONNAIRE,
    Question,
    Questionnaire,
    Sheet,
)
from bankservice.satisfaction.questionnaires.sheet import answer_sheet, read_sheet
from bankservice.satisfaction.reliability.agreement import (
    Agreement,
    AgreementFacts,
    rater_agreement,
)
from bankservice.satisfaction.reliability.alpha import Alpha, AlphaFacts, AlphaFlag, cronbach_alpha
from bankservice.satisfaction.rules import RULES
from bankservice.satisfaction.sampling.response import ResponseFacts, ResponseRates, response_rates
from bankservice.satisfaction.sampling.sizes import (
    ChangeSize,
    ChangeSizeFacts,
    SampleSize,
    SampleSizeFacts,
    SizeFlag,
    change_size,
    sample_size,
)
from bankservice.satisfaction.sampling.strata import (
    Allocation,
    AllocationFacts,
    AllocationFlag,
    Stratum,
    allocation,
)
from bankservice.satisfaction.scores.answered import ScoreFlag
from bankservice.satisfaction.scores.composite import (
    IndexFacts,
    SatisfactionIndex,
    satisfaction_index,
)
from bankservice.satisfaction.scores.dimensions import (
    DimensionFacts,
    DimensionItem,
    DimensionScore,
    DimensionScores,
    dimension_scores,
)
from bankservice.satisfaction.scores.effort import CesFacts, EffortScale, EffortScore, ces
from bankservice.satisfaction.scores.intervals import NetMethod, ShareMethod
from bankservice.satisfaction.scores.promoters import NetPromoterScore, NpsFacts, nps
from bankservice.satisfaction.scores.quality import (
    QualityDimension,
    ServiceQuality,
    ServiceQualityFacts,
    service_quality,
)
from bankservice.satisfaction.scores.satisfied import CsatFacts, SatisfiedShare, csat
from bankservice.satisfaction.scores.scales import Ratings, Scale
from bankservice.satisfaction.scores.small_units import (
    SmallUnitFacts,
    SmallUnitScore,
    small_unit_score,
)
from bankservice.satisfaction.scores.strata import (
    ScoredStratum,
    StratifiedNps,
    StratifiedNpsFacts,
    StratumScore,
    stratified_nps,
)
from bankservice.satisfaction.trials import TRIALS
from bankservice.satisfaction.voices.record import VOICE, VoiceRefusal
from bankservice.satisfaction.voices.service import Voices
from bankservice.satisfaction.voices.themes import (
    ThemeCandidate,
    ThemePareto,
    ThemesSeen,
    improvement_candidates,
    theme_pareto,
    themes_seen,
)
from bankservice.satisfaction.voices.views import VoiceView
from bankservice.satisfaction.waves.columns import Wave
from bankservice.satisfaction.waves.facts import WaveFacts, WaveTally, wave_tallies
from bankservice.satisfaction.waves.items import WaveItem, items_of
from bankservice.satisfaction.waves.kind import REPORTING, Reporting
from bankservice.satisfaction.waves.outcome import (
    ScoreChange,
    UnitScore,
    WaveDimension,
    WaveDrivers,
    WaveFlag,
    WaveGap,
    WaveScore,
    WaveScores,
)
from bankservice.satisfaction.waves.rule import wave_scores
from bankservice.satisfaction.waves.weighing import WeighedWave, weighed_wave
from bankservice.satisfaction.weights.capping import TrimmedWeights, TrimmingFacts, trimmed_weights
from bankservice.satisfaction.weights.cells import (
    PopulationCell,
    PostStratificationFacts,
    post_stratification,
)
from bankservice.satisfaction.weights.fit import (
    FitFlag,
    MarginFit,
    Representativeness,
    RepresentativenessFacts,
    representativeness,
)
from bankservice.satisfaction.weights.kish import WeightFlag
from bankservice.satisfaction.weights.raking import RakingFacts, raking
from bankservice.satisfaction.weights.weighting import Weighting, WeightingWhy
from bankservice.satisfaction.weights.worth import EffectiveSize, EffectiveSizeFacts, effective_size

__all__ = [
    "CAMPAIGN",
    "CONTACT",
    "FOLLOW_UP",
    "FOLLOW_UPS",
    "ITEMS",
    "KINDS",
    "QUESTIONNAIRE",
    "RECORDS",
    "REPORTING",
    "RULES",
    "SAMPLING_PLAN",
    "SHELF",
    "TRIALS",
    "VOICE",
    "AdjustedPValues",
    "Agreement",
    "AgreementFacts",
    "Allocation",
    "AllocationFacts",
    "AllocationFlag",
    "Alpha",
    "AlphaFacts",
    "AlphaFlag",
    "AnswerRow",
    "AnswerSheet",
    "AskWhy",
    "Asked",
    "CampaignRefusal",
    "CampaignView",
    "Campaigns",
    "CesChange",
    "CesChangeFacts",
    "CesFacts",
    "ChangeSize",
    "ChangeSizeFacts",
    "ChartFlag",
    "ChartPoint",
    "ContactRefusal",
    "ContactsView",
    "Contrast",
    "ContrastFacts",
    "Correlation",
    "Correlations",
    "CorrelationsFacts",
    "CsatChange",
    "CsatChangeFacts",
    "CsatFacts",
    "DimensionFacts",
    "DimensionItem",
    "DimensionScore",
    "DimensionScores",
    "Drawn",
    "DriverFlag",
    "Drivers",
    "DriversFacts",
    "EffectiveSize",
    "EffectiveSizeFacts",
    "EffortScale",
    "EffortScore",
    "EwmaChart",
    "EwmaChartFacts",
    "EwmaPoint",
    "FitFlag",
    "FollowUpFacts",
    "FollowUpRecovery",
    "FollowUpRefusal",
    "FollowUpShare",
    "FollowUpState",
    "FollowUpTriggered",
    "FollowUpView",
    "FollowUps",
    "FollowUpsView",
    "Framed",
    "HandOver",
    "IndexFacts",
    "InvitationOutcome",
    "InvitationView",
    "Inviting",
    "Item",
    "ItemBank",
    "MarginFit",
    "MayAsk",
    "MayAskFacts",
    "Missing",
    "NetMethod",
    "NetPromoterScore",
    "NpsChange",
    "NpsChangeFacts",
    "NpsChart",
    "NpsChartFacts",
    "NpsFacts",
    "NpsPoint",
    "OpenFollowUp",
    "OpenFollowUps",
    "PChart",
    "PChartFacts",
    "PValuesFacts",
    "PairCorrelation",
    "PairedChange",
    "PairedChangeFacts",
    "PopulationCell",
    "PostStratificationFacts",
    "Quadrant",
    "Quadrants",
    "QuadrantsFacts",
    "QualityDimension",
    "Question",
    "Questionnaire",
    "QuotaStatus",
    "RakingFacts",
    "RatedView",
    "Ratings",
    "RefusedAnswer",
    "Reporting",
    "Representativeness",
    "RepresentativenessFacts",
    "Response",
    "ResponseFacts",
    "ResponseRates",
    "RunRule",
    "SampleFacts",
    "SampleFlag",
    "SampleSize",
    "SampleSizeFacts",
    "Sampled",
    "SamplingPlan",
    "SatisfactionIndex",
    "SatisfiedShare",
    "Scale",
    "ScoreChange",
    "ScoreFlag",
    "ScoreTrend",
    "ScoreTrendFacts",
    "ScoredStratum",
    "ServiceQuality",
    "ServiceQualityFacts",
    "ShareMethod",
    "SharePoint",
    "Sheet",
    "SheetFacts",
    "SheetFault",
    "SheetFlag",
    "SizeFlag",
    "SmallUnitFacts",
    "SmallUnitScore",
    "StratifiedNps",
    "StratifiedNpsFacts",
    "Stratum",
    "StratumDrawn",
    "StratumResponse",
    "StratumScore",
    "Suppression",
    "SuppressionFacts",
    "Surveys",
    "ThemeCandidate",
    "ThemePareto",
    "ThemesSeen",
    "TrimmedWeights",
    "TrimmingFacts",
    "UnitComparison",
    "UnitComparisonFacts",
    "UnitScore",
    "VoiceRefusal",
    "VoiceView",
    "Voices",
    "VolunteerView",
    "Wave",
    "WaveDimension",
    "WaveDrivers",
    "WaveFacts",
    "WaveFlag",
    "WaveGap",
    "WaveItem",
    "WaveScore",
    "WaveScores",
    "WaveTally",
    "WeighedWave",
    "WeightFlag",
    "Weighting",
    "WeightingWhy",
    "XmrChart",
    "XmrChartFacts",
    "adjusted_p_values",
    "allocation",
    "answer_sheet",
    "ces",
    "ces_change",
    "change_size",
    "correlations",
    "cronbach_alpha",
    "csat",
    "csat_change",
    "dimension_scores",
    "drivers",
    "effective_size",
    "ewma_chart",
    "follow_up_recovery",
    "follow_up_trigger",
    "follow_ups_in_time",
    "improvement_candidates",
    "items_of",
    "may_ask",
    "nps",
    "nps_change",
    "nps_chart",
    "open_follow_ups",
    "p_chart",
    "paired_change",
    "penalty_reward",
    "post_stratification",
    "quadrants",
    "raking",
    "rater_agreement",
    "read_sheet",
    "repeat_follow_ups",
    "representativeness",
    "response_facts",
    "response_rates",
    "sample",
    "sample_size",
    "satisfaction_index",
    "score_trend",
    "service_quality",
    "shown_to_rated",
    "small_unit_score",
    "stratified_nps",
    "suppression",
    "theme_pareto",
    "themes_seen",
    "trimmed_weights",
    "unit_comparison",
    "wave_scores",
    "wave_tallies",
    "weighed_wave",
    "xmr_chart",
]

RECORDS: tuple[Record[Any], ...] = (
    FOLLOW_UPS,
    VOICE,
    CONTACT,
    CAMPAIGN,
)
"""Every record of this domain, in reading order."""
