"""
A quick look at who needs no considering: whoever considers a whole book every day asks it first.

It says less than the rule `lifecycle.treatments` and never anything else: where it says that
nothing comes of considering a customer, the rule means nothing, takes nothing back and asks for
no fact. Where it is not sure it says no, and the rule decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Final

from bankservice.lifecycle.care.entries import Care
from bankservice.lifecycle.care.kind import TreatmentRules
from bankservice.lifecycle.care.model import Past
from bankservice.lifecycle.care.table import TreatmentRow
from bankservice.lifecycle.model import StageReason

__all__ = ["TERMINAL", "nothing_comes"]

TERMINAL: Final = frozenset({StageReason.DECEASED.value, StageReason.EXITED.value})
"""Reasons of a stage by which nobody is treated any more."""


def nothing_comes(
    state: Care,
    rules: TreatmentRules,
    rows: Iterable[TreatmentRow],
    *,
    on: date,
    stage: str,
    since: date,
    terminal: bool,
    consents: Collection[str] | None,
) -> bool:
    """
    Tell whether it is certain that nothing comes of considering a customer on a day.

    Args:
        state: What was meant so far, nothing of it after the day.
        rules: The treatments.
        rows: Every one that may be for the customer, or of which that is not known.
        on: The day.
        stage: The stage.
        since: Its first day.
        terminal: Whether the customer died or was exited by the bank.
        consents: Purposes the customer agreed to; None where nobody asked.
    """
    if state.objections:
        return False
    pasts = [held.past for held in state.intents.values()]
    if any(past.is_open(on) and (terminal or past.stage != stage) for past in pasts):
        # It may have to be taken back.
        return False
    return terminal or all(
        _lacks(row, consents) or _waits(row, pasts, rules, (on, stage, since)) for row in rows
    )


def _lacks(row: TreatmentRow, consents: Collection[str] | None) -> bool:
    """Tell whether a consent the row needs is known to be missing."""
    return bool(row.needs_consent) and consents is not None and row.needs_consent not in consents


def _waits(
    row: TreatmentRow, pasts: Sequence[Past], rules: TreatmentRules, stay: tuple[date, str, date]
) -> bool:
    """Tell whether one meant before is open, cools down, or was the one of this stay."""
    on, stage, since = stay
    for past in pasts:
        lapsed = past.is_expired(on) and not rules.table.expired_counts
        if past.withdrawn or lapsed:
            continue
        same = past.code == row.code
        if same and past.is_open(on):
            return True
        if same and row.once_per_stage and past.on >= since and past.stage in ("", stage):
            return True
        counts = past.kind == row.kind if row.cool_down_over == "kind" else same
        if counts and row.cool_down.after(past.day) > on:
            return True
    return False
