"""
A fit becomes a policy: written as TOML, to be read, approved and kept like any other.

Scores change when a bank adopts a new fit, on the day it says, and not because customers came or
went. So a fit is not used where it is made: it is written down with the population it was made on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from bankservice.core.calendar import Period
from bankservice.core.plain import to_json
from bankservice.lifecycle.prediction.cards import TimeUnit
from bankservice.lifecycle.prediction.kind import OUTLOOK
from bankservice.lifecycle.prediction.model import Fit

__all__ = ["adopt", "adopted_version"]

Row = Mapping[str, Any]

_TABLES: Final = ("purchases", "spend", "value")


def adopt(
    fit: Fit,
    *,
    policy_id: str,
    title: Mapping[str, str] | None = None,
    **version: Any,
) -> str:
    """
    Return a fit as the text of a policy.

    Args:
        fit: A fitted model of purchases.
        policy_id: Id of the policy.
        title: Title of the policy in both languages.
        **version: As for `adopted_version`.

    Returns:
        TOML text of one version; append `adopted_version` of a later fit to it to adopt that one.

    Raises:
        ValueError: If the fit has no parameters to rely on.
    """
    head = [f"id = {_toml(policy_id)}", f"kind = {_toml(OUTLOOK.name)}"]
    if title is not None:
        head.append(f"title = {_toml(dict(title))}")
    return "\n".join(head) + "\n\n" + adopted_version(fit, **version)


def adopted_version(
    fit: Fit,
    *,
    since: date,
    fitted_on: date,
    unit: TimeUnit,
    population: Mapping[str, str],
    source: Mapping[str, Any],
    zone: str,
    horizon: int | Decimal | Fraction | str,
    known_on: date | None = None,
    digest: str = "",
    bands: Sequence[Row] = (),
    spend: Fit | None = None,
    currency: str = "",
    spend_population: Mapping[str, str] | None = None,
    spend_digest: str = "",
    value: Row | None = None,
    trends: Iterable[Row] = (),
    refit_after: Period | str | None = None,
) -> str:
    """
    Return a fit as one `[[version]]` of a policy file.

    Args:
        fit: A fitted model of purchases.
        since: First day the fit scores by.
        fitted_on: Day up to which the population's purchases were seen.
        unit: Unit of its times.
        population: Which customers they are, in both languages (`en`, `zh`).
        source: Where the numbers come from, such as the paper in which the fit was approved.
        zone: Zone whose local day an instant falls on.
        horizon: How far ahead purchases are expected, in that unit.
        known_on: Day the fit was approved; `since` where left out.
        digest: Digest of the population; see `population_digest`.
        bands: Bands of risk as they stand in a policy, the lowest first.
        spend: A fitted model of spend.
        currency: Currency of the spend.
        spend_population: Which customers that is fitted on; those of *population* where left out.
        spend_digest: Digest of that population.
        value: How expected purchases become a value, as it stands in a policy.
        trends: Trends as they stand in a policy.
        refit_after: How long after the fit a score says that it is old.

    Raises:
        ValueError: If a fit has no parameters to rely on.
    """
    rows: dict[str, Any] = {
        "since": since,
        "known_on": known_on,
        "source": dict(source),
        "zone": zone,
        "horizon": horizon,
        "refit_after": None if refit_after is None else str(refit_after),
    }
    seen = {"population": dict(population), "fitted_on": fitted_on}
    tables: dict[str, Any] = {"purchases": {**_card(fit, digest), "unit": unit, **seen}}
    if spend is not None:
        whose = dict(spend_population or population)
        tables["spend"] = {
            **_card(spend, spend_digest, customers=spend.repeat_customers),
            "currency": currency,
            "correlation": spend.correlation,
            **seen,
            "population": whose,
        }
    if value is not None:
        tables["value"] = dict(value)
    lines = ["[[version]]", *_rows(rows)]
    for name in _TABLES:
        if name in tables:
            lines += ["", f"[version.{name}]", *_rows(tables[name])]
    for name, several in (("band", bands), ("trend", trends)):
        for row in several:
            lines += ["", f"[[version.{name}]]", *_rows(row)]
    return "\n".join(lines) + "\n"


def _card(fit: Fit, digest: str, *, customers: int | None = None) -> dict[str, Any]:
    """Return what a card says of a fit."""
    if fit.why is not None or fit.log_likelihood is None:
        why = "it has no parameters" if fit.why is None else fit.why.value
        raise ValueError(f"the fit of {fit.model} cannot be adopted: {why}; fit other customers.")
    return {
        "model": fit.model,
        "parameters": dict(fit.parameters),
        "customers": fit.customers if customers is None else customers,
        "log_likelihood": fit.log_likelihood,
        "digest": digest or None,
    }


def _rows(table: Row) -> list[str]:
    return [f"{key} = {_toml(held)}" for key, held in table.items() if held is not None]


def _toml(value: Any) -> str:
    """Return a value as TOML writes it in one line; numbers that are not whole as exact text."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(held)}" for key, held in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    text = value if isinstance(value, str) else str(to_json(value))
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
