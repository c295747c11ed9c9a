"""
A fit becomes a policy: written as TOML, to be read, approved and kept like any other.

Scores change when a bank adopts a new fit, on the day it says, and not because customers came or
went. So a fit is not used where it is made: it is written down with the population it was made on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from bankservice.core.plain import to_json
from bankservice.segmentation.scoring.book import Column, FittedBook, fit_book
from bankservice.segmentation.scoring.kind import RFM_CUTS
from bankservice.segmentation.scoring.model import Number, Scale

__all__ = ["fit_policy", "version_text"]


def fit_policy(
    *,
    recency: Column,
    frequency: Column,
    monetary: Column,
    policy_id: str,
    since: date,
    fitted_on: date,
    described: Mapping[str, str],
    source: Mapping[str, Any],
    k: int = 5,
    nested: Iterable[str] = (),
    currency: str = "",
    known_on: date | None = None,
    title: Mapping[str, str] | None = None,
    cells: Iterable[Mapping[str, Any]] = (),
) -> str:
    """
    Fit cut points on a population and return them as the text of a policy.

    Args:
        recency: Days since each customer's last event; None for who never had one.
        frequency: How often.
        monetary: How much, in minor units.
        policy_id: Id of the policy.
        since: First day the fit scores by.
        fitted_on: The day recency was counted to.
        described: Which customers they are, in both languages (`en`, `zh`).
        source: Where the numbers come from, such as the paper in which the fit was approved.
        k: How many scores.
        nested: Which of `frequency` and `monetary` are fitted within each score of recency.
        currency: Currency of the money.
        known_on: Day the fit was approved; `since` where left out.
        title: Title of the policy in both languages.
        cells: Rows that name cells, as they stand in a policy.

    Returns:
        TOML text of one version; append `version_text` of a later fit to it to adopt that one.

    Raises:
        TypeError: If a value is not exact.
        ValueError: If nobody is left to fit on, or *k* is no number of scores.
    """
    fitted = fit_book(recency, frequency, monetary, k=k, nested=nested)
    head = [f"id = {_toml(policy_id)}", f"kind = {_toml(RFM_CUTS.name)}"]
    if title is not None:
        head.append(f"title = {_toml(dict(title))}")
    version = version_text(
        fitted,
        since=since,
        fitted_on=fitted_on,
        described=described,
        source=source,
        currency=currency,
        known_on=known_on,
        cells=cells,
    )
    return "\n".join(head) + "\n\n" + version


def version_text(
    fitted: FittedBook,
    *,
    since: date,
    fitted_on: date,
    described: Mapping[str, str],
    source: Mapping[str, Any],
    currency: str = "",
    known_on: date | None = None,
    cells: Iterable[Mapping[str, Any]] = (),
) -> str:
    """
    Return a fit as one `[[version]]` of a policy file; see `fit_policy`.

    Raises:
        ValueError: If nobody was left to fit on.
    """
    if not fitted.n:
        raise ValueError("nobody had an event, so there is nothing to adopt; fit on customers.")
    population = {"described": dict(described), "fitted_on": fitted_on, "n": fitted.n}
    left_out = {"never": fitted.never, "unknown": fitted.unknown}
    rows: dict[str, Any] = {
        "since": since,
        **({"known_on": known_on} if known_on is not None else {}),
        "source": dict(source),
        "population": population | {name: n for name, n in left_out.items() if n},
        "k": fitted.k,
        **({"currency": currency} if currency else {}),
        "recency": _cuts((fitted.recency,)),
        "frequency": _cuts(fitted.frequency),
        "monetary": _cuts(fitted.monetary),
    }
    lines = [*_ties(fitted), "[[version]]"]
    lines += [f"{key} = {_toml(value)}" for key, value in rows.items()]
    for cell in cells:
        lines += ["", "[[version.cell]]", *(f"{key} = {_toml(held)}" for key, held in cell.items())]
    return "\n".join(lines) + "\n"


def _ties(fitted: FittedBook) -> Iterator[str]:
    """Yield comments on the scores that ties keep from everybody: they are told, not renumbered."""
    for name in ("recency", "frequency", "monetary"):
        held = getattr(fitted, name)
        for r, scale in enumerate(held if isinstance(held, tuple) else (held,), 1):
            scores = ", ".join(map(str, scale.skipped(fitted.k)))
            within = f" within recency {r}" if isinstance(held, tuple) and len(held) > 1 else ""
            if scores:
                yield f"# Nobody can score {scores} in {name}{within}: too many are equal."


def _cuts(scales: tuple[Scale, ...]) -> dict[str, Any]:
    lists = [list(scale.cuts) for scale in scales]
    return {"cuts": lists[0]} if len(lists) == 1 else {"within_recency": lists}


def _toml(value: Any) -> str:
    """Return a value as TOML writes it in one line; quotients, which it has not, as text."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(held)}" for key, held in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return _number(value)


def _number(value: Number) -> str:
    text = str(to_json(value))
    return json.dumps(text) if isinstance(value, Fraction) and "/" in text else text
