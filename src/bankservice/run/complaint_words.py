"""Words that several sections on complaints share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bankservice.core.decision import Says
from bankservice.core.policy import Title
from bankservice.report import Share
from bankservice.report.model import Cell

__all__ = [
    "BOUNDS",
    "BRANCH",
    "CASES",
    "CHANNEL",
    "FACTS",
    "GRAVE",
    "ISSUE",
    "NOT_STATED",
    "OTHER",
    "PRODUCT",
    "SHOWN",
    "SURGES",
    "WHAT",
    "Names",
    "named",
    "share_of",
]

SHOWN: Final = 20
"""Rows a table shows; the files have them all."""

BRANCH = Says("complaints-branch")
CASES = Says("complaints-cases")
CHANNEL = Says("complaints-channel")
GRAVE = Says("complaints-grave")
ISSUE = Says("complaints-issue")
NOT_STATED = Says("complaints-not-stated")
OTHER = Says("complaints-other", ("what",))
PRODUCT = Says("complaints-product")
SURGES = Says("complaints-surges")
WHAT = Says("services-of", ("services",))
BOUNDS = Says("complaints-bounds", ("low", "high"))

FACTS: Final[Mapping[str, Title]] = {
    "amount_minor": Title(en="amount", zh="金额"),
    "branch_customers": Title(
        en="customers of the branch who complained", zh="投诉同一网点的客户数"
    ),
    "channel": Title(en="channel", zh="渠道"),
    "currency": Title(en="currency", zh="币种"),
    "customer_kind": Title(en="kind of customer", zh="客户类别"),
    "data_leak": Title(en="whether data got out", zh="信息是否泄露"),
    "issue": Title(en="issue", zh="事项"),
    "loss": Title(en="whether money was lost", zh="是否受到损失"),
    "matter": Title(en="kind of matter", zh="事由类别"),
    "media": Title(en="whether the press took it up", zh="是否有媒体报道"),
    "product": Title(en="product", zh="产品"),
    "public": Title(en="whether it was public", zh="是否公开"),
    "readers": Title(en="how many read it", zh="传播人数"),
    "region": Title(en="region", zh="地区"),
    "regulator_sent": Title(en="whether a regulator sent it", zh="是否监管转办"),
    "tier": Title(en="tier", zh="客户等级"),
    "vulnerable": Title(en="whether particular care is needed", zh="是否需特别照顾"),
}
"""Facts of a grave case, as people read them."""

Names = Mapping[str, Mapping[str, Cell]]
"""Group → code → what people read."""


def share_of(part: int, whole: int, unknown: int) -> Cell:
    """Return a share; its bounds where of some it is not known whether they belong to the part."""
    if not unknown:
        return Share(part, whole)
    every = whole + unknown
    return BOUNDS(low=Share(part, every), high=Share(part + unknown, every))


def named(names: Names, group: str, code: str) -> Cell:
    """Return what people read for a code of a group."""
    return names.get(group, {}).get(code, code) if code else NOT_STATED()
