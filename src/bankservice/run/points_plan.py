"""What the part of loyalty is told in `bank.toml`, and whether it can be kept to."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from bankservice.core.calendar import Period
from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.vocabulary import Tree
from bankservice.run.part import Setting
from bankservice.run.points_rows import EARNING

__all__ = ["PointsPlan", "check"]


@attrs.frozen(kw_only=True)
class PointsPlan:
    """
    What the part is told, as `[points]` of `bank.toml`.

    Attributes:
        programme: Id of the programme.
        kinds: Kind of the extracts → what it earns as, a code of `vocabulary/earning-kinds`.
            Transactions of other kinds earn nothing and are counted; purchases of other kinds are
            rejected. Where `kind` has no entry, `means` is looked up.
        incoming: Of these codes, those that are earned by money that comes in, with what stands
            below them; the others are earned by money that goes out.
        expectations: Id of the policy with how many points are expected to be redeemed and what
            they cost; without it the report tells points and no money.
        period: How far back from each day the ledger and the statements go.
        sample: How many accounts get a statement beside the results; the same ones each time.
    """

    programme: str
    kinds: FrozenMapping[str, str]
    incoming: tuple[str, ...] = ("deposit",)
    expectations: str = ""
    period: Period = Period(months=1)
    sample: int = 3


def _faults(told: PointsPlan, setting: Setting, kinds: Tree) -> Iterator[Fault]:
    """Yield what is wrong with the plan and the extracts."""
    for name, code in told.kinds.items():
        if code not in kinds:
            wanted = "a code of vocabulary/earning-kinds"
            yield Fault(f"points.kinds.{name}", repr(code), wanted, near_names(code, kinds))
    for index, code in enumerate(told.incoming):
        if code not in kinds:
            wanted = "a code of vocabulary/earning-kinds"
            yield Fault(f"points.incoming[{index}]", repr(code), wanted, near_names(code, kinds))
    if told.sample < 0:
        yield Fault("points.sample", str(told.sample), "nothing or more")
    earning = [
        (n, held)
        for n, held in enumerate(setting.extracts)
        if held.table == "purchases" or (held.table == "transactions" and "ref" in held.columns)
    ]
    if not earning:
        wanted = f"one of {' or '.join(EARNING)}, with ref"
        yield Fault("extract", "none that earns points", wanted)
    for index, held in earning:
        path = f"extract[{index}].columns"
        if held.table == "transactions":
            if not {"kind", "means"} & set(held.columns):
                yield Fault(path, "neither", "kind or means: [points] says which earn")
            continue
        if not {"customer", "account"} & set(held.columns):
            yield Fault(path, "neither", "customer or account: whose purchase it is")
    for index, held in enumerate(setting.extracts):
        both = {"on", "at"} & set(held.columns)
        if held.table in ("purchases", "redemptions") and len(both) != 1:
            got = "both" if both else "neither"
            yield Fault(f"extract[{index}].columns", got, "one of on and at")


def check(told: PointsPlan, setting: Setting, kinds: Tree) -> None:
    """
    Check the plan against the codes of earning kinds and what the extracts have.

    Raises:
        FaultsError: With every fault and its path.
    """
    faults = tuple(_faults(told, setting, kinds))
    if faults:
        raise FaultsError("bank.toml", faults)
