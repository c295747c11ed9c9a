"""What the part of outlooks is told in `bank.toml`, and whether the extracts can tell it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final, Literal

import attrs

from bankservice.core.calendar import last_of_month
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.run.part import Setting
from bankservice.run.stages_plan import ACTIVITY

__all__ = ["OutlookFit", "OutlookPlan", "check"]

_MONTHS: Final = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}
_NOTHING = FrozenMapping[str, Literal["business", "spend", ""]]()


@attrs.frozen(kw_only=True)
class OutlookFit:
    """
    How models are fitted on the book: written down as a policy, for a person to adopt.

    Attributes:
        policy: Id of the policy written; that of `[outlook]` where left out, else `outlook` below
            the name of the tenant.
        on: Day decided on which it is fitted; the last where left out.
        model: Model of purchases: months with business or without (`bg-bb`), or days of it
            (`mbg-nbd`).
        unit: What time is counted in; a month for `bg-bb`.
        spend: Whether spend is fitted too, for the value of customers.
        since: First day the fit would hold once adopted; the day after the fit where left out.
    """

    policy: str = ""
    on: date | None = None
    model: Literal["bg-bb", "mbg-nbd"] = "bg-bb"
    unit: Literal["day", "week", "month"] = "month"
    spend: bool = True
    since: date | None = None


@attrs.frozen(kw_only=True)
class OutlookPlan:
    """
    What the part is told, as `[outlook]` of `bank.toml`.

    Attributes:
        policy: Id of the outlook policy, with the model that was adopted. Nobody is scored before
            its first version, nor where it is left out: then models are only fitted.
        kinds: Kind of the extracts → whether it is business of the customer's (`business`),
            business whose amount is spent (`spend`), or none (`""`). Where `kind` has no entry,
            `means` is looked up; rows of other kinds are no business and are counted. Where
            nothing is named, every row is business whose amount is spent.
        digital: Codes of `kind`, `means` or `channel` that are use of digital services; none: it is
            not measured.
        told_since: First day the extracts tell all business of; left out where they tell it from
            each customer's first day. Who had an account before counts as having begun on it.
        every: Of the days decided, those on which outlooks are estimated: all (`day`), or those that
            end a `month`, a `quarter`, a `half-year` or a `year`.
        fit: How models are fitted on the book; none: they are not.
    """

    policy: str = ""
    kinds: FrozenMapping[str, Literal["business", "spend", ""]] = _NOTHING
    digital: tuple[str, ...] = ()
    told_since: date | None = None
    every: Literal["day", "month", "quarter", "half-year", "year"] = "day"
    fit: OutlookFit | None = None

    def estimates(self, on: date) -> bool:
        """
        Tell whether outlooks are estimated on a day.

        Examples:
            >>> [OutlookPlan(every="quarter").estimates(date(2026, m, 30)) for m in (4, 6)]
            [False, True]
        """
        if self.every == "day":
            return True
        return on == last_of_month(on) and on.month % _MONTHS[self.every] == 0


def _faults(told: OutlookPlan, setting: Setting) -> Iterator[Fault]:
    found = [(n, held) for n, held in enumerate(setting.extracts) if held.table in ACTIVITY]
    if not found:
        yield Fault("extract", "none that tells business", f"one of {' or '.join(ACTIVITY)}")
    for index, held in found:
        path, columns = f"extract[{index}].columns", set(held.columns)
        if told.kinds and not {"kind", "means"} & columns:
            yield Fault(path, "neither", "kind or means: [outlook] says what they are")
        if not {"on", "at"} & columns:
            yield Fault(path, "neither", "on or at: the day of it")
        if not {"customer", "account"} & columns:
            yield Fault(path, "neither", "customer or account: whose it is")
    named = any({"kind", "means", "channel"} & set(held.columns) for _, held in found)
    if told.digital and found and not named:
        wanted = "an extract with kind, means or channel: they tell what is digital"
        yield Fault("outlook.digital", ", ".join(map(repr, told.digital)), wanted)
    if told.told_since is not None and told.told_since > setting.days[0]:
        wanted = f"the first day decided, {setting.days[0]}, or one before it"
        yield Fault("outlook.told_since", str(told.told_since), wanted)
    if not told.policy and told.fit is None:
        yield Fault(
            "outlook", "neither policy nor fit", "one of them: a model, or the wish for one"
        )
    if told.fit is not None:
        yield from _fit_faults(told.fit, setting)


def _fit_faults(fit: OutlookFit, setting: Setting) -> Iterator[Fault]:
    if fit.on is not None and fit.on not in setting.days:
        yield Fault("outlook.fit.on", str(fit.on), "one of the days decided")
    if (fit.model == "bg-bb") != (fit.unit == "month"):
        wanted = "month for bg-bb, day or week for mbg-nbd"
        yield Fault("outlook.fit.unit", f"{fit.unit} for {fit.model}", wanted)


def check(told: OutlookPlan, setting: Setting) -> None:
    """
    Check the plan against what the run has.

    Raises:
        FaultsError: With every fault and its path.
    """
    faults = tuple(_faults(told, setting))
    if faults:
        raise FaultsError("bank.toml", faults)
