"""What the part of groups is told in `bank.toml`, and whether the extracts can tell it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

import attrs

from bankservice.core.calendar import Period
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.run.part import Setting
from bankservice.run.stages_plan import ACTIVITY

__all__ = ["GroupsPlan", "Rfm", "check"]

_NOTHING = FrozenMapping[str, str]()


@attrs.frozen(kw_only=True)
class Rfm:
    """
    How recency, frequency and money are scored.

    Attributes:
        cuts: Id of the policy of cut points; where left out they are fitted on the book.
        fit_on: Day decided on which they are fitted, once, where no policy has them; nobody is
            scored before it. The first day where left out.
        scores: How many scores are fitted.
        money: What counts as money: average `assets`, as `[tiers]` measures them, or `turnover`.
    """

    cuts: str = ""
    fit_on: date | None = None
    scores: int = 5
    money: Literal["assets", "turnover"] = "assets"


@attrs.frozen(kw_only=True)
class GroupsPlan:
    """
    What the part is told, as `[groups]` of `bank.toml`.

    Attributes:
        policy: Id of the groups policy.
        entitlements: Id of the policy of services by class; none: no services are told.
        kinds: Kind of the extracts → kind of dealing, of those that behaviours look at
            (`spending`, `wealth`, `business`). Where `kind` has no entry, `means` is looked up; rows
            of other kinds, and of those that are "", are no turnover. Where nothing is named, every
            kind counts as itself.
        products: Product code of accounts → kind of product (`wealth`, `time_deposit`); a code
            that is not named counts as itself.
        window: How far back from each day dealings count.
        rfm: How recency, frequency and money are scored; none: they are not.
    """

    policy: str
    entitlements: str = ""
    kinds: FrozenMapping[str, str] = _NOTHING
    products: FrozenMapping[str, str] = _NOTHING
    window: Period = Period(months=12)
    rfm: Rfm | None = None


def _faults(told: GroupsPlan, setting: Setting) -> Iterator[Fault]:
    found = [(n, held) for n, held in enumerate(setting.extracts) if held.table in ACTIVITY]
    for index, held in found:
        if told.kinds and not {"kind", "means"} & set(held.columns):
            wanted = "kind or means: [groups] says what they are"
            yield Fault(f"extract[{index}].columns", "neither", wanted)
    if not told.window:
        yield Fault("groups.window", str(told.window), "a period longer than nothing")
    if told.rfm is None:
        return
    if told.rfm.money == "assets" and "tiers" not in setting.parts:
        yield Fault("groups.rfm.money", "assets, without [tiers]", "turnover")
    if told.rfm.fit_on is not None and told.rfm.fit_on not in setting.days:
        yield Fault("groups.rfm.fit_on", str(told.rfm.fit_on), "one of the days decided")
    if told.rfm.fit_on is not None and told.rfm.cuts:
        yield Fault("groups.rfm.fit_on", "a day, beside cuts", "one of the two")
    if not 2 <= told.rfm.scores <= 9:
        yield Fault("groups.rfm.scores", str(told.rfm.scores), "from 2 to 9")


def check(told: GroupsPlan, setting: Setting) -> None:
    """
    Check the plan against what the run has.

    Raises:
        FaultsError: With every fault and its path.
    """
    faults = tuple(_faults(told, setting))
    if faults:
        raise FaultsError("bank.toml", faults)
