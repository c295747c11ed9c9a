"""
Treatments as they are written: one version of a `lifecycle.treatments` policy.
"""

from __future__ import annotations

from typing import Literal

import attrs

from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.conditions import Condition
from bankservice.core.policy import Title
from bankservice.lifecycle.model import Stage

__all__ = ["Aim", "CapRow", "QuietRow", "TreatmentRow", "TreatmentsTable"]


@attrs.frozen(kw_only=True)
class CapRow:
    """
    How many intents there may be in any stretch of a period.

    Attributes:
        count: The most.
        period: The stretch: from a day on which one counts up to, and not with, that day plus the
            period.
        kinds: Kinds it counts, with what stands below them; every kind where left out. A row's own
            cap counts the row.
    """

    count: int
    period: Period
    kinds: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Aim:
    """
    What a treatment is for, so that it can be measured.

    Attributes:
        stage: The stage hoped for.
        within: How long after delivery it is looked for.
    """

    stage: Stage
    within: Period


@attrs.frozen(kw_only=True)
class QuietRow:
    """
    Customers who are left alone.

    Attributes:
        code: Stable code; what is held back names it.
        title: What people read.
        when: A condition over facts that may be used for treatments.
        kinds: Kinds that are held back, with what stands below them; every kind where left out.
        source: Where it comes from, if not from the version's own source.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    when: Condition
    kinds: tuple[str, ...] = ()
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class TreatmentRow:
    """
    One treatment: for whom it is meant, and how often at most.

    Attributes:
        code: Stable code; never renamed.
        title: What people read.
        kind: Code of `vocabulary/treatments`, or of the vocabulary the version names.
        cool_down: How long after one it is not meant again: up to, and not with, that day plus the
            period. It counts from delivery; what may still be delivered counts as of the day asked,
            and what nobody delivered in time, from the day it was meant.
        within: How long there is to deliver it: the day it was meant plus this is the last.
        channels: Codes of `vocabulary/channels` by which it may be delivered, in order of choice.
        when: A condition over facts that may be used for treatments; everybody where left out.
        priority: The smaller, the earlier; then by code.
        cool_down_over: What a cool-down looks at: earlier intents of this `row`, or of its `kind`.
        cap: How many at most in a period, counted as the cool-down looks.
        once_per_stage: Whether it is meant once in each stay in a stage.
        lapses_with_stage: Whether one that is still open is taken back once the customer is
            considered in another stage: who came back need not be won back.
        group: Of one group only the first is meant, by priority, and no other until it cools down.
            One that only has to wait keeps its place; one that the customer does not want gives
            way.
        needs_consent: Purpose the customer must have agreed to; empty where none is needed.
        aim: What it is for, where that is to be measured.
        source: Where it comes from, if not from the version's own source.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    kind: str
    cool_down: Period
    within: Period
    channels: tuple[str, ...]
    when: Condition | None = None
    priority: int = 100
    cool_down_over: Literal["row", "kind"] = "row"
    cap: CapRow | None = None
    once_per_stage: bool = False
    lapses_with_stage: bool = False
    group: str = ""
    needs_consent: str = ""
    aim: Aim | None = None
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class TreatmentsTable:
    """
    What is meant for customers by where they stand.

    Attributes:
        zone: Zone whose local day counts.
        treatment: The treatments; in which order they are written never matters.
        facts: The register of facts that conditions may name.
        kinds: The vocabulary of kinds.
        cap: Caps over all treatments, or over all of some kinds.
        quiet: Customers who are left alone.
        after_decline: How long no treatment of a kind is meant after one of it was declined.
        expired_counts: Whether an intent nobody delivered in time counts for cool-downs and caps.
    """

    zone: str
    treatment: tuple[TreatmentRow, ...]
    facts: str = "facts/customer"
    kinds: str = "vocabulary/treatments"
    cap: tuple[CapRow, ...] = ()
    quiet: tuple[QuietRow, ...] = ()
    after_decline: Period | None = None
    expired_counts: bool = True
