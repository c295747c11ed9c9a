"""The rule of response rates: how many of those invited answered, by the definitions of the field."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.special import rounded
from bankservice.satisfaction.model import count_faults, told

__all__ = ["ResponseFacts", "ResponseRates", "response_rates"]

RATES: Final = Says("RESPONSE_RATES", ("percent", "completes", "invited"))
NOBODY: Final = Says("RESPONSE_NOBODY")
KNOWN: Final = Says("response-known", ("eligible", "unknown"))
ELIGIBLE: Final = Says("response-eligible", ("eligible_share",))
NOT_STATED: Final = Says("response-eligible-unknown", ("unknown",))

_COUNTS: Final = (
    "completes",
    "partials",
    "refusals",
    "non_contacts",
    "others",
    "unknown_households",
    "unknown_others",
)


@attrs.frozen(kw_only=True)
class ResponseFacts:
    """
    What became of the invitations, each counted once.

    Attributes:
        completes: Complete interviews (I).
        partials: Partial interviews (P).
        refusals: Refusals and break-offs (R).
        non_contacts: Eligible, but never reached (NC).
        others: Eligible and reached, but without an interview for another reason (O).
        unknown_households: It is not known whether there is anybody to ask (UH).
        unknown_others: It is not known for another reason whether they could be asked (UO).
        eligible_share: Share of the unknown who could have been asked (e), from 0 to 1; nothing
            where there is no estimate.
    """

    completes: int = 0
    partials: int = 0
    refusals: int = 0
    non_contacts: int = 0
    others: int = 0
    unknown_households: int = 0
    unknown_others: int = 0
    eligible_share: Decimal | None = None

    def __attrs_post_init__(self) -> None:
        faults = [fault for name in _COUNTS for fault in count_faults(name, getattr(self, name))]
        e = self.eligible_share
        if e is not None and not 0 <= e <= 1:
            faults.append(Fault("eligible_share", f"the number {e}", "a number from 0 to 1"))
        if faults:
            raise FaultsError("what became of invitations", tuple(faults))


@attrs.frozen(kw_only=True)
class ResponseRates:
    """
    Shares of those who answered, refused and were reached; None where nobody stands below.

    Attributes:
        invited: All invitations counted.
        rr1: Complete interviews over all, the unknown as if all could have been asked.
        rr2: As `rr1`, partial interviews among the answers.
        rr3: As `rr1`, but of the unknown only the share that could have been asked; None where
            that share is not stated and somebody is unknown.
        rr4: As `rr3`, partial interviews among the answers.
        coop1: Complete interviews over all who were reached.
        coop2: As `coop1`, partial interviews among the answers.
        coop3: Complete interviews over those reached who could answer.
        coop4: As `coop3`, partial interviews among the answers.
        con1: Those reached over all.
        con2: As `con1`, but of the unknown only the share that could have been asked.
        con3: Those reached over those known to be eligible.
        ref1: Refusals over all.
        ref2: As `ref1`, but of the unknown only the share that could have been asked.
        ref3: Refusals over those known to be eligible.
    """

    invited: int
    rr1: Decimal | None
    rr2: Decimal | None
    rr3: Decimal | None
    rr4: Decimal | None
    coop1: Decimal | None
    coop2: Decimal | None
    coop3: Decimal | None
    coop4: Decimal | None
    con1: Decimal | None
    con2: Decimal | None
    con3: Decimal | None
    ref1: Decimal | None
    ref2: Decimal | None
    ref3: Decimal | None


def _response_rates(facts: ResponseFacts, parameters: None, trace: Trace | None) -> ResponseRates:
    """
    Give the response, cooperation, contact and refusal rates of invitations that were counted.

    The rates are those of AAPOR by their numbers, and no rate stands over nobody. Where nobody is
    unknown, the first and the third agree, whatever the share of the eligible.

    Raises:
        FaultsError: If a count is below 0, or the share of the eligible is not from 0 to 1.

    Source:
        American Association for Public Opinion Research, "Standard definitions".

    Examples:
        >>> from bankservice.satisfaction import response_rates
        >>> counted = {"completes": 620, "partials": 40, "refusals": 210, "non_contacts": 480}
        >>> unknown = {"others": 30, "unknown_households": 90, "unknown_others": 60}
        >>> found = response_rates(**counted, **unknown, eligible_share="0.8").outcome
        >>> found.rr4, round(found.coop1, 4)
        (Decimal('0.44'), Decimal('0.6889'))
    """
    answered = facts.completes + facts.partials
    able = answered + facts.refusals
    reached = able + facts.others
    eligible = reached + facts.non_contacts
    unknown = facts.unknown_households + facts.unknown_others
    share = facts.eligible_share
    invited = eligible + unknown
    likely: Fraction | int | None = invited if not unknown else None
    if unknown and share is not None:
        likely = eligible + unknown * Fraction(share)
    if trace is not None:
        trace.check(KNOWN(eligible=eligible, unknown=unknown), True)
        if share is not None:
            trace.check(ELIGIBLE(eligible_share=share), True)
        elif unknown:
            trace.check(NOT_STATED(unknown=unknown), None)
    return ResponseRates(
        invited=invited,
        rr1=_over(facts.completes, invited),
        rr2=_over(answered, invited),
        rr3=_over(facts.completes, likely),
        rr4=_over(answered, likely),
        coop1=_over(facts.completes, reached),
        coop2=_over(answered, reached),
        coop3=_over(facts.completes, able),
        coop4=_over(answered, able),
        con1=_over(reached, invited),
        con2=_over(reached, likely),
        con3=_over(reached, eligible),
        ref1=_over(facts.refusals, invited),
        ref2=_over(facts.refusals, likely),
        ref3=_over(facts.refusals, eligible),
    )


def _over(part: int, whole: Fraction | int | None) -> Decimal | None:
    return told(float(part) / float(whole)) if whole else None


def _headline(facts: ResponseFacts, parameters: None, outcome: ResponseRates) -> Reason:
    if outcome.rr1 is None:
        return NOBODY()
    percent = rounded(100 * float(outcome.rr1), 4)
    return RATES(percent=percent, completes=facts.completes, invited=outcome.invited)


response_rates: Final[Rule[ResponseFacts, None, ResponseRates]] = Rule(
    id="satisfaction.response-rates",
    facts=ResponseFacts,
    outcome=ResponseRates,
    evaluate=_response_rates,
    headline=_headline,
    says=(RATES, NOBODY, KNOWN, ELIGIBLE, NOT_STATED),
    package="bankservice.satisfaction",
)
