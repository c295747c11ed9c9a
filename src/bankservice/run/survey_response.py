"""What became of the invitations of a survey, by wave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import attrs
import polars as pl

from bankservice.run.survey_sheets import Sheets
from bankservice.satisfaction.campaigns.outcomes import InvitationOutcome, counted, response_facts
from bankservice.satisfaction.sampling.response import ResponseRates, response_rates

__all__ = ["Response", "responses"]

_ANSWERED = ("complete", "partial")


@attrs.frozen(kw_only=True)
class Response:
    """
    What became of the invitations to a wave.

    Attributes:
        wave: The wave.
        outcomes: Outcome → how many, those that never came among them.
        rates: The rates of the field.
    """

    wave: str
    outcomes: Mapping[str, int]
    rates: ResponseRates

    @property
    def invited(self) -> int:
        """How many were invited."""
        return sum(self.outcomes.values())


def responses(invited: pl.DataFrame, sheets: Sequence[Sheets], on: date) -> tuple[Response, ...]:
    """
    Return what became of the invitations that went out by the end of a day, by wave.

    An invitation that was answered is what its sheet says: `complete` where every question that is
    required was answered, else `partial`. Of the others the extract tells; where it does not, they
    expired.
    """
    if not invited.height:
        return ()
    answered: dict[str, str] = {}
    for held in sheets:
        part = held.until(on)
        for place, invitation in enumerate(part.rows["invitation"]):
            if invitation is not None:
                answered[invitation] = part.outcome(place)
    names = [outcome.value for outcome in InvitationOutcome]
    by_wave: dict[str, Counter[str]] = {}
    rows = invited.filter(pl.col("#day") <= on).sort("#day", "wave", maintain_order=True)
    told = rows["outcome"].to_list() if "outcome" in rows.columns else [None] * rows.height
    for wave, invitation, outcome in zip(rows["wave"], rows["invitation"], told, strict=True):
        found = answered.get(invitation)
        # What the bank says beside an answer counts only where it takes the answer back.
        if found is None or outcome == "invalid":
            found = outcome if outcome in names and outcome not in _ANSWERED else "expired"
        by_wave.setdefault(wave, Counter())[found] += 1
    return tuple(
        Response(
            wave=wave,
            outcomes=counts,
            rates=response_rates.decide(response_facts(counts)).outcome,
        )
        for wave, held in by_wave.items()
        for counts in ({**dict.fromkeys(counted(()), 0), **held},)
    )
