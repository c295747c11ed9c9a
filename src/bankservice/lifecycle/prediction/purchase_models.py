"""The models of purchases this package knows, by id."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from bankservice.lifecycle.prediction import bg_bb, bg_nbd
from bankservice.lifecycle.prediction.model import (
    PeriodParameters,
    PurchaseModel,
    PurchaseParameters,
)

__all__ = ["BG_BB", "BG_NBD", "MBG_NBD", "MODELS"]

BG_NBD: Final = PurchaseModel(
    id="bg-nbd",
    names=("r", "alpha", "a", "b"),
    timed=("alpha",),
    periods=False,
    of=PurchaseParameters,
    p_alive=bg_nbd.p_alive,
    expected=bg_nbd.expected,
    likelihood=bg_nbd.likelihood,
    unconditional=bg_nbd.unconditional,
    probability=bg_nbd.probability,
)
"""BG/NBD: who never came back is certainly still a customer."""

MBG_NBD: Final = PurchaseModel(
    id="mbg-nbd",
    names=("r", "alpha", "a", "b"),
    timed=("alpha",),
    periods=False,
    of=PurchaseParameters,
    p_alive=partial(bg_nbd.p_alive, modified=True),
    expected=partial(bg_nbd.expected, modified=True),
    likelihood=partial(bg_nbd.likelihood, modified=True),
    unconditional=partial(bg_nbd.unconditional, modified=True),
    probability=partial(bg_nbd.probability, modified=True),
)
"""MBG/NBD: a customer may leave after the first purchase too."""

BG_BB: Final = PurchaseModel(
    id="bg-bb",
    names=("alpha", "beta", "gamma", "delta"),
    timed=(),
    periods=True,
    of=PeriodParameters,
    p_alive=bg_bb.p_alive,
    expected=bg_bb.expected,
    likelihood=bg_bb.likelihood,
    unconditional=bg_bb.unconditional,
    probability=bg_bb.probability,
)
"""BG/BB: a purchase or none in each period."""

MODELS: Final[Mapping[str, PurchaseModel[Any]]] = MappingProxyType(
    {model.id: model for model in (BG_NBD, MBG_NBD, BG_BB)}
)
"""Every model of purchases, by id."""
