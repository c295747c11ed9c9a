"""What the part of stages is told in `bank.toml`, and whether the extracts can tell it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final, Literal

import attrs

from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.run.part import Setting

__all__ = ["ACTIVITY", "Act", "StagesPlan", "check"]

ACTIVITY: Final = ("transactions", "purchases")
"""Tables whose rows tell on which days customers did something."""


@attrs.frozen(kw_only=True)
class Act:
    """
    What a row of the extracts is to the policy of stages.

    Attributes:
        kind: Kind of activity.
        initiator: Who caused it: the customer, a mandate of the customer's, or the bank.
        channel: How it came, where the policy asks.
    """

    kind: str = "transaction"
    initiator: Literal["customer", "mandate", "bank"] = "customer"
    channel: str = ""


_NO_KINDS = FrozenMapping[str, Act]()


@attrs.frozen(kw_only=True)
class StagesPlan:
    """
    What the part is told, as `[stages]` of `bank.toml`.

    Attributes:
        policy: Id of the stage policy.
        treatments: Id of the treatment policy; none: no treatments are considered.
        kinds: Kind of the extracts → what it is to the policy. Where `kind` has no entry, `means`
            is looked up; rows of other kinds are no activity and are counted. Where nothing is
            named, every row is a transaction of the customer.
        told_since: First day the extracts tell all activity of; left out where they tell it from
            each customer's first day. Of the time before, nothing is known: no clock runs in it,
            and who had an account then counts as in touch on this day.
        opening: What the opening of such an account was, on its own day.
        in_touch: What being in touch on `told_since` is.
    """

    policy: str
    treatments: str = ""
    kinds: FrozenMapping[str, Act] = _NO_KINDS
    told_since: date | None = None
    opening: Act = Act(kind="account_opening")
    in_touch: Act = Act(kind="contact")


def _faults(told: StagesPlan, setting: Setting) -> Iterator[Fault]:
    found = [(n, held) for n, held in enumerate(setting.extracts) if held.table in ACTIVITY]
    if not found:
        yield Fault("extract", "none that tells activity", f"one of {' or '.join(ACTIVITY)}")
    for index, held in found:
        path = f"extract[{index}].columns"
        if told.kinds and not {"kind", "means"} & set(held.columns):
            yield Fault(path, "neither", "kind or means: [stages] says what they are")
        if not {"on", "at"} & set(held.columns):
            yield Fault(path, "neither", "on or at: the day of it")
        if not {"customer", "account"} & set(held.columns):
            yield Fault(path, "neither", "customer or account: whose it is")
    if told.told_since is not None and told.told_since > setting.days[0]:
        wanted = f"the first day decided, {setting.days[0]}, or one before it"
        yield Fault("stages.told_since", str(told.told_since), wanted)


def check(told: StagesPlan, setting: Setting) -> None:
    """
    Check the plan against what the extracts have.

    Raises:
        FaultsError: With every fault and its path.
    """
    faults = tuple(_faults(told, setting))
    if faults:
        raise FaultsError("bank.toml", faults)
