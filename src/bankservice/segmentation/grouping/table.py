"""How a policy of groups is written: rows that screen, analyse, group and project."""

from __future__ import annotations

from typing import Literal

import attrs

from bankservice.core.calendar import LeapDayRule
from bankservice.core.citation import Citation
from bankservice.core.conditions import Condition
from bankservice.core.policy import Title
from bankservice.core.scalars import RefusedError
from bankservice.core.schema import Forms, Schema, one_or_list
from bankservice.core.structure import Reader

__all__ = [
    "AgeBand",
    "BehaviourRow",
    "Codes",
    "GroupsTable",
    "NeedKind",
    "NeedRow",
    "PotentialRow",
    "ScreenOutcome",
    "ScreenRow",
    "SegmentRow",
]

ScreenOutcome = Literal["in", "out", "refer"]
"""What screening says: a customer the bank is for, one it is not for, one a person looks at."""

NeedKind = Literal["financial", "service", "interaction", "latent"]
"""The kinds of need the source text names (金融需求, 服务期望, 交互体验, 潜在需求)."""


@attrs.frozen
class Codes:
    """Codes as written: one word, or a list of words of which any will do."""

    any_of: tuple[str, ...] = ()

    @classmethod
    def __read__(cls, raw: object, reader: Reader) -> Codes:
        words = (raw,) if isinstance(raw, str) else raw
        return cls(reader.read(words, tuple[str, ...], ""))

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        return one_or_list(forms.of(str))

    def __written__(self) -> list[str]:
        return list(self.any_of)


@attrs.frozen
class AgeBand:
    """Whole years of age, `[from, until)`: the first counted, the second not."""

    since: int
    until: int

    @classmethod
    def __read__(cls, raw: object, reader: Reader) -> AgeBand:
        years = reader.read(raw, tuple[int, ...], "")
        if len(years) != 2 or not 0 <= years[0] < years[1]:
            raise RefusedError(raw, "two ages such as [18, 35], until before the second")
        return cls(*years)

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        return {**forms.of(tuple[int, ...]), "minItems": 2, "maxItems": 2}

    def __written__(self) -> list[int]:
        return [self.since, self.until]


@attrs.frozen(kw_only=True)
class ScreenRow:
    """
    A row of the first step (初步筛选); the first one that holds counts.

    Attributes:
        code: Stable code, unique in the table.
        title: What people read.
        outcome: `in`, `out`, or `refer` where a person decides.
        when: Condition over facts that may be used for screening; left out: always.
        source: Where the row comes from, if not from the version's source.
    """

    code: str
    outcome: ScreenOutcome
    title: Title = attrs.field(metadata={"digest": False})
    when: Condition | None = None
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class BehaviourRow:
    """
    A row of the second step (深度分析): a behaviour; all that hold count.

    Attributes:
        code: Stable code, unique in the table.
        title: What people read.
        when: Condition over facts that may be used for behaviours.
        source: Where the row comes from, if not from the version's source.
    """

    code: str
    when: Condition
    title: Title = attrs.field(metadata={"digest": False})
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class NeedRow:
    """
    A need read off behaviour; all that hold count.

    Attributes:
        code: Stable code, unique in the table.
        title: What people read.
        when: Condition over facts that may be used for behaviours.
        kind: What kind of need it is.
        source: Where the row comes from, if not from the version's source.
    """

    code: str
    when: Condition
    title: Title = attrs.field(metadata={"digest": False})
    kind: NeedKind = "financial"
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class SegmentRow:
    """
    A composite segment: every dimension stated must hold; the most specific row wins.

    Attributes:
        code: Stable code, unique in the table.
        title: What people read.
        tier: The asset tier, or any of several.
        behaviour: A behaviour among those the customer has, or any of several.
        customer_kind: A kind of customer or one below it; or any of several.
        region: A region or one below it; or any of several.
        industry: An industry or one below it; or any of several.
        age: Whole years, `[from, until)`.
        when: A further condition over facts that may be used for segments.
        source: Where the row comes from, if not from the version's source.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    tier: Codes | None = None
    behaviour: Codes | None = None
    customer_kind: Codes | None = None
    region: Codes | None = None
    industry: Codes | None = None
    age: AgeBand | None = None
    when: Condition | None = None
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class PotentialRow:
    """
    A row of the third step (判断潜在客户群体): a group that a market study may show.

    Attributes:
        code: Stable code, unique in the table.
        title: What people read.
        when: Condition over the facts of one market of a study.
        source: Where the row comes from, if not from the version's source.
    """

    code: str
    when: Condition
    title: Title = attrs.field(metadata={"digest": False})
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class GroupsTable:
    """
    A groups policy version as written.

    Attributes:
        zone: Zone whose local day an instant falls on.
        positioning: The bank's own position in the market (市场定位), under which it screens.
        facts: Id of the register that says which facts may be used for what.
        leap_day: When somebody born on 29 February has a birthday in a common year.
        tiers: The tiers there are; left out: any word.
        screen: Rows of screening, the first that holds counts; left out: everybody is in.
        behaviour: Rows of behaviours, all that hold count.
        need: Rows of needs, all that hold count.
        segment: Rows of composite segments, the most specific counts.
        potential: Rows of potential groups.
    """

    zone: str = "UTC"
    positioning: Title | None = attrs.field(default=None, metadata={"digest": False})
    facts: str = "facts/customer"
    leap_day: LeapDayRule = "first-of-march"
    tiers: tuple[str, ...] = ()
    screen: tuple[ScreenRow, ...] = ()
    behaviour: tuple[BehaviourRow, ...] = ()
    need: tuple[NeedRow, ...] = ()
    segment: tuple[SegmentRow, ...] = ()
    potential: tuple[PotentialRow, ...] = ()
