"""The rule of RFM: three scores, the cell they make, and its name."""

from __future__ import annotations

from datetime import date
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.segmentation.policy import SHELF
from bankservice.segmentation.scoring.fitting import note_cuts
from bankservice.segmentation.scoring.kind import RFM_CUTS, CutPoints
from bankservice.segmentation.scoring.model import Value

__all__ = ["Rfm", "RfmFacts", "rfm"]

CELL: Final = Says("RFM_CELL", ("cell",))
NAMED: Final = Says("RFM_NAMED", ("cell", "name"))
NEVER: Final = Says("RFM_NEVER_ACTIVE", ("name",))
PART: Final = Says("RFM_PART", ("name", "unknown"))
OPEN: Final = Says("RFM_UNKNOWN", ("unknown",))
MEASURE: Final = Says("rfm-measure", ("measure", "value", "score", "cut"))
ROW: Final = Says("rfm-name", ("name", "cell"))

_UNKNOWN: Final = Value(unknown=True)


@attrs.frozen(kw_only=True)
class RfmFacts:
    """
    A customer's three measures on a day.

    Attributes:
        on: Day asked, in the bank's own zone; it selects the version.
        recency_days: Days from the last event to `on`; `never` where there was none.
        frequency: How often, counted as the policy says.
        monetary_minor: How much, in minor units of the policy's currency; a mean may be a fraction.
        currency: Currency of that; the policy's where left out.
        customer: Facts that cohorts ask for.
    """

    on: date
    recency_days: Value = _UNKNOWN
    frequency: Value = _UNKNOWN
    monetary_minor: Value = _UNKNOWN
    currency: str = ""
    customer: FrozenMapping[str, str] = FrozenMapping()

    def __attrs_post_init__(self) -> None:
        faults = []
        for name in ("recency_days", "frequency"):
            number = getattr(self, name).number
            if number is not None and number < 0:
                faults.append(Fault(name, str(number), "0 or more; nothing is later than the day"))
        if self.recency_days.never and (self.frequency.number or self.monetary_minor.number):
            wanted = "no event at all, or the days since the last one"
            faults.append(Fault("recency_days", "never, beside events", wanted))
        faults.extend(
            Fault(name, "never, beside a last event", "a number, or unknown")
            for name in ("frequency", "monetary_minor")
            if self.recency_days.number is not None and getattr(self, name).never
        )
        if faults:
            raise FaultsError("the facts of a customer", tuple(faults))


@attrs.frozen(kw_only=True)
class Rfm:
    """
    A customer's scores.

    Attributes:
        r: Score of recency: from 1 up, 0 for who never had an event, None where not known.
        f: Score of frequency.
        m: Score of money.
        cell: The three in one word, such as `544`; None where one is not known.
        name: Code of the cell's name; None where the policy names none, or it is not known.
        unknown: Unknown facts that the scores, the cell or its name hang on.
    """

    r: int | None
    f: int | None
    m: int | None
    cell: str | None
    name: str | None = None
    unknown: tuple[str, ...] = ()


def _rfm(facts: RfmFacts, cuts: CutPoints, trace: Trace | None) -> Rfm:
    """
    Score a customer's recency, frequency and money by the cut points that were adopted.

    The version in force on `on` applies: a fit on some day's customers, which scores everybody
    until a newer one is adopted. A value equal to a cut point reaches it, so equal customers score
    equally. Who never had an event scores 0 in all three. An unknown value gives no score and no
    cell, and a name only where every score it could have leads to the same.

    Raises:
        FaultsError: If the facts contradict each other, or the currency is another one.

    Examples:
        >>> from datetime import date
        >>> from bankservice.segmentation import SHELF, fit_policy, rfm
        >>> text = fit_policy(
        ...     recency=[59, 260, 272, 272, 66, 237],
        ...     frequency=[3, 2, 1, 1, 8, 2],
        ...     monetary=[7402, 7511, 679, 2394, 55218, 2354],
        ...     policy_id="acme/rfm",
        ...     since=date(1997, 10, 1),
        ...     fitted_on=date(1997, 9, 30),
        ...     described={"en": "Six customers", "zh": "六位客户"},
        ...     source={"text": "Acme fit", "clause": "1", "checked": "own"},
        ... )
        >>> acme = SHELF.read(text, "acme/rfm")
        >>> rfm(
        ...     acme, on=date(1998, 1, 1), recency_days=60, frequency=2, monetary_minor=7411
        ... ).outcome.cell
        '534'
    """
    if facts.currency and facts.currency != cuts.currency:
        wanted = f"{cuts.currency or 'none'}, in which the cut points are"
        raise FaultsError("the facts of a customer", (Fault("currency", facts.currency, wanted),))
    if facts.recency_days.never:
        return Rfm(r=0, f=0, m=0, cell="000", name=cuts.never.code)
    unknown: dict[str, None] = {}
    scores: list[int | None] = []
    r: int | None = None
    for measure, fact in _FACTS.items():
        value: Value = getattr(facts, fact)
        scale = cuts.scale(measure, r)
        if value.unknown:
            unknown[fact] = None
        if scale is None:
            unknown["recency_days"] = None
        if value.unknown or scale is None:
            scores.append(None)
            continue
        if value.number is None:
            scores.append(0)
            continue
        scores.append(scale.score(value.number))
        r = scores[0]
        if trace is not None:
            note_cuts(scale, value.number, MEASURE, trace, measure=cuts.titles[measure])
    return _named(scores, tuple(unknown), cuts, trace)


def _named(
    scores: list[int | None], unknown: tuple[str, ...], cuts: CutPoints, trace: Trace | None
) -> Rfm:
    r, f, m = scores
    cell = None if None in scores else f"{r}{f}{m}"
    # Whose last event is not known may never have had one: then no name is certain.
    name = None
    if cuts.cells and r is not None:
        name = next(iter(cuts.named(r, f, m).rows), None)
    if name is not None and trace is not None:
        row = next(held for held in cuts.cells if held.code == name)
        trace.check(ROW(name=row.title, cell=cell or "—"), True, source=row.source)
    return Rfm(r=r, f=f, m=m, cell=cell, name=name, unknown=unknown)


_FACTS: Final = {
    "recency": "recency_days",
    "frequency": "frequency",
    "monetary": "monetary_minor",
}
"""Measures and the facts that state them, recency first: others may be nested in it."""


def _headline(facts: RfmFacts, cuts: CutPoints, outcome: Rfm) -> Reason:
    if outcome.r == 0:
        return NEVER(name=cuts.never.title)
    if outcome.unknown:
        if outcome.name is None:
            return OPEN(unknown=outcome.unknown)
        return PART(name=cuts.title(outcome.name), unknown=outcome.unknown)
    if outcome.name is None:
        return CELL(cell=outcome.cell)
    return NAMED(cell=outcome.cell, name=cuts.title(outcome.name))


rfm: Final[Rule[RfmFacts, CutPoints, Rfm]] = Rule(
    id="segmentation.rfm",
    facts=RfmFacts,
    outcome=Rfm,
    evaluate=_rfm,
    headline=_headline,
    says=(CELL, NAMED, NEVER, PART, OPEN, MEASURE, ROW),
    package="bankservice.segmentation",
    kind=RFM_CUTS,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)
