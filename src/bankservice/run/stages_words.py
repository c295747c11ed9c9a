"""Names of stages and of why they begin, as results and the report have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bankservice.core.policy import Title
from bankservice.lifecycle.model import Stage, StageReason

__all__ = ["NONE", "REASONS", "STAGES", "stage_name"]

STAGES: Final[Mapping[str, Title]] = {
    Stage.PROSPECT.value: Title(en="Prospect", zh="潜在客户"),
    Stage.FIRST_TIME.value: Title(en="First-time", zh="初次客户"),
    Stage.ACTIVE.value: Title(en="Active", zh="活跃客户"),
    Stage.LOYAL.value: Title(en="Loyal", zh="忠诚客户"),
    Stage.INACTIVE.value: Title(en="Inactive", zh="不活跃客户"),
    Stage.LOST.value: Title(en="Lost", zh="流失客户"),
    Stage.WON_BACK.value: Title(en="Won back", zh="挽回客户"),
}
"""Stage → its name, in the order a relationship runs."""

NONE: Final = Title(en="(new)", zh="（新）")
"""Where a customer stood before the first stage."""

REASONS: Final[Mapping[str, Title]] = {
    StageReason.KNOWN.value: Title(en="became known", zh="建立联系"),
    StageReason.FIRST.value: Title(en="did business for the first time", zh="首次办理业务"),
    StageReason.REPEAT.value: Title(en="did business again", zh="再次办理业务"),
    StageReason.LOYAL.value: Title(en="met what makes loyal", zh="达到忠诚客户条件"),
    StageReason.LOYAL_LAPSED.value: Title(
        en="no longer met what makes loyal", zh="不再符合忠诚客户条件"
    ),
    StageReason.INACTIVE.value: Title(en="did nothing for too long", zh="长期无业务往来"),
    StageReason.REACTIVATED.value: Title(en="came back while inactive", zh="不活跃后恢复往来"),
    StageReason.CLOSED.value: Title(en="closed every account", zh="全部账户已销户"),
    StageReason.DECEASED.value: Title(en="died", zh="身故"),
    StageReason.EXITED.value: Title(en="the bank ended it", zh="银行终止关系"),
    StageReason.RETURNED.value: Title(en="came back after being lost", zh="流失后重新往来"),
    StageReason.PROSPECT_EXPIRED.value: Title(
        en="was known for too long without business", zh="建立联系后长期未办理业务"
    ),
}
"""Reason code → its meaning."""


def stage_name(code: str) -> Title | str:
    """Return the name of a stage, also of none."""
    return STAGES.get(code, code) if code else NONE
