"""What people see of a customer's outlook on a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Version
from bankservice.lifecycle.prediction.cards import ModelCard
from bankservice.lifecycle.prediction.churn import model_card
from bankservice.lifecycle.prediction.entries import Outlooked, Told
from bankservice.lifecycle.prediction.kind import Outlook

__all__ = ["BandSpan", "OutlookView", "view_on"]


@attrs.frozen(kw_only=True)
class BandSpan:
    """
    Days in one band, `[on, until)`.

    Attributes:
        band: Its code; None for a customer without history.
        on: First day it was told.
        until: First day it no longer was; None where it still is.
    """

    band: str | None
    on: date
    until: date | None


@attrs.frozen(kw_only=True)
class OutlookView:
    """
    A customer's outlook on a day: estimates, no facts.

    Attributes:
        on: The day.
        band: Code of the band of churn risk; None where there is none, or nothing was estimated.
        since: First day it was told.
        risk: Risk that the customer has left, as estimated on `scored_on`.
        p_alive: Probability that they are still one.
        expected: Purchases expected within the horizon.
        why: `no-history` for a customer who never did any business.
        value_minor: What those purchases are worth, in minor units.
        currency: Currency of that.
        trends: Measure → its trend.
        undecided: What could not be decided last → the facts that were not known; what stood before
            was kept.
        scored_on: Day of the entry that holds; None where nothing was estimated.
        stale: Whether by the day the fit was so old that the policy wants a new one.
        card: The card of the models: population, day of the fit, parameters, likelihood. None where
            nothing was estimated, or the journal did not keep the version.
        history: The bands up to the day, oldest first.
    """

    on: date
    band: str | None = None
    since: date | None = None
    risk: Decimal | None = None
    p_alive: Decimal | None = None
    expected: Decimal | None = None
    why: str = ""
    value_minor: int | None = None
    currency: str = ""
    trends: FrozenMapping[str, Told] = FrozenMapping()
    undecided: FrozenMapping[str, tuple[str, ...]] = FrozenMapping()
    scored_on: date | None = None
    stale: bool = False
    card: ModelCard | None = None
    history: tuple[BandSpan, ...] = ()


def view_on(
    state: Outlooked, on: date, find: Callable[[tuple[str, str]], Version[Outlook] | None]
) -> OutlookView:
    """
    Return a customer's outlook on a day.

    Args:
        state: The record.
        on: The day.
        find: Gives a policy version by its id and digest; None where its text is missing.
    """
    scored = state.last(on)
    if scored is None:
        return OutlookView(on=on)
    told = scored.estimate
    version = find((scored.version["policy"], scored.version["digest"]))
    spans = _spans(state, on)
    return OutlookView(
        on=on,
        band=told.band,
        since=spans[-1].on,
        risk=told.risk,
        p_alive=told.p_alive,
        expected=told.expected,
        why=told.why,
        value_minor=told.value_minor,
        currency=told.currency,
        trends=told.trends,
        undecided=told.undecided,
        scored_on=scored.on,
        stale=version is not None and version.parameters.stale(on, spend=True),
        card=None if version is None else model_card(version),
        history=spans,
    )


def _spans(state: Outlooked, on: date) -> tuple[BandSpan, ...]:
    found: list[BandSpan] = []
    for scored in state.held:
        if scored.on > on:
            break
        if found and found[-1].band == scored.estimate.band:
            continue
        if found:
            found[-1] = attrs.evolve(found[-1], until=scored.on)
        found.append(BandSpan(band=scored.estimate.band, on=scored.on, until=None))
    return tuple(found)
