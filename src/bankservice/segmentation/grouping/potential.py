"""The rule that projects groups a bank might serve from a study of markets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Final

import attrs

from bankservice.core.decision import Counted, Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.core.terms import Terms, unknown_in
from bankservice.core.unknown import UNKNOWN
from bankservice.segmentation.grouping.facts import typed_facts
from bankservice.segmentation.grouping.kind import GROUPS, Groups
from bankservice.segmentation.grouping.model import (
    Evidence,
    Potential,
    PotentialFacts,
    PotentialGroup,
)
from bankservice.segmentation.grouping.table import PotentialRow
from bankservice.segmentation.grouping.telling import COMPARED, Found, tell_missed
from bankservice.segmentation.policy import SHELF

__all__ = ["potential", "potential_groups"]

FOUND: Final = Says("POTENTIAL_FOUND", ("groups", "study"))
NONE: Final = Says("POTENTIAL_NONE", ("study",))
OPEN: Final = Says("POTENTIAL_UNKNOWN", ("groups", "study"))
SHOWN: Final = Says("potential-shown", ("group", "market", "size", "unserved"))
UNSURE: Final = Says("potential-open", ("group", "market", "fact"))
OVERLAP: Final = Says("potential-overlap", ("group", "markets"))
STUDY: Final = Says("potential-study", ("study",))

SAYS: Final = (FOUND, NONE, OPEN, SHOWN, UNSURE, OVERLAP, STUDY, *COMPARED.values())
"""Every reason and check the rule may give."""

_PLACED: Final = ("customer_kind", "region", "industry")
_PEOPLE: Final = Title(en="businesses or people", zh="家（人）")


def potential(facts: PotentialFacts, policy: Groups, trace: Trace | None = None) -> Potential:
    """
    Decide which groups a bank might serve, each with the markets of a study that show it.

    The version in force on `on` applies. Every row is compared with every market (判断潜在客户群体). A
    potential group is a group (潜在客户群体), not the stage of a customer (潜在客户). Sizes are summed
    only over markets that do not overlap; a market that does not state its region, industry, kind
    or ages is about all of them. A market that hangs on an unknown fact shows nothing, and the
    fact is named.

    Raises:
        FaultsError: If a fact is not of its type, or more are served than there are.
        UnknownNameError: If there is no such fact or code.

    Examples:
        >>> from bankservice.segmentation import potential_groups
        >>> caterers = {
        ...     "industry": "catering",
        ...     "region": "CN-SC",
        ...     "market_age_from": 20,
        ...     "market_age_until": 35,
        ...     "market_size": 12000,
        ...     "market_served": 900,
        ...     "market_growth": 850,
        ... }
        >>> study = {"text": "Catering study", "clause": "table 3", "checked": "own"}
        >>> shown = potential_groups(
        ...     "customer-groups", on="2026-03-31", study=study, markets={"young": caterers}
        ... )
        >>> [(group.code, group.unserved) for group in shown.outcome.groups]
        [('young_caterers', 11100)]
    """
    markets = {name: _market(name, stated, policy) for name, stated in facts.markets.items()}
    within = policy.world.terms.within
    groups: list[PotentialGroup] = []
    undecided: dict[str, tuple[str, ...]] = {}
    unknown: dict[str, dict[str, None]] = {}
    for row in policy.written.potential:
        held, open_ = [], []
        for name, market in markets.items():
            answer = row.when.holds(market, within)
            if answer:
                held.append(name)
            elif answer is None:
                open_.append(name)
                unknown.setdefault(name, {}).update(dict.fromkeys(unknown_in(row.when, market)))
        if held:
            groups.append(_group(row.code, held, markets, policy.world.terms))
        if open_:
            undecided[row.code] = tuple(open_)
    outcome = Potential(
        groups=tuple(groups),
        source=facts.study.label(),
        undecided=FrozenMapping(undecided),
        unknown=FrozenMapping({name: tuple(names) for name, names in unknown.items()}),
    )
    if trace is not None:
        _tell(facts, markets, policy, outcome, trace)
    return outcome


def _market(name: str, stated: Mapping[str, Any], policy: Groups) -> Mapping[str, Any]:
    """Return the facts of a market with their types checked, and what follows from them."""
    market = typed_facts(policy.register, stated)
    size, served = (_number(market, fact) for fact in ("market_size", "market_served"))
    if size is None or served is None:
        return market
    if served > size:
        fault = Fault(f"markets.{name}.market_served", str(served), f"at most {size}, its size")
        raise FaultsError("facts of segmentation.potential-groups", (fault,))
    follows = {"market_unserved": size - served}
    if size:
        follows["market_share"] = served * 10_000 // size
    for fact, value in follows.items():
        if market.get(fact, UNKNOWN) not in (UNKNOWN, value):
            path, got = f"markets.{name}.{fact}", str(market[fact])
            fault = Fault(path, got, f"{value}, which its size and those served give")
            raise FaultsError("facts of segmentation.potential-groups", (fault,))
    return {**market, **{fact: v for fact, v in follows.items() if fact in policy.register.facts}}


def _number(market: Mapping[str, Any], fact: str) -> int | None:
    value = market.get(fact)
    return value if type(value) is int else None


def _group(
    code: str, names: Sequence[str], markets: Mapping[str, Mapping[str, Any]], terms: Terms
) -> PotentialGroup:
    evidence = tuple(_evidence(name, markets[name]) for name in names)
    overlapping = {
        name
        for pair in combinations(names, 2)
        if _overlap(markets[pair[0]], markets[pair[1]], terms)
        for name in pair
    }
    sizes = [one.size for one in evidence if one.size is not None]
    unserved = [one.unserved for one in evidence if one.unserved is not None]
    return PotentialGroup(
        code=code,
        evidence=evidence,
        size=sum(sizes) if len(sizes) == len(evidence) and not overlapping else None,
        unserved=sum(unserved) if len(unserved) == len(evidence) and not overlapping else None,
        overlapping=tuple(name for name in names if name in overlapping),
    )


def _evidence(name: str, market: Mapping[str, Any]) -> Evidence:
    return Evidence(
        market=name,
        size=_number(market, "market_size"),
        served=_number(market, "market_served"),
        unserved=_number(market, "market_unserved"),
        growth=_number(market, "market_growth"),
    )


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any], terms: Terms) -> bool:
    """Tell whether somebody could be in both markets, as far as can be known."""
    for fact in _PLACED:
        codes = [market.get(fact, UNKNOWN) for market in (one, other)]
        if UNKNOWN in codes or fact not in terms.trees:
            continue
        tree = terms.trees[fact]
        if not (tree.within(codes[0], codes[1]) or tree.within(codes[1], codes[0])):
            return False
    first, second = (
        (_number(market, "market_age_from"), _number(market, "market_age_until"))
        for market in (one, other)
    )
    return not any(
        until is not None and since is not None and until <= since
        for until, since in ((first[1], second[0]), (second[1], first[0]))
    )


def _headline(facts: PotentialFacts, policy: Groups, outcome: Potential) -> Reason:
    study = outcome.source
    if outcome.groups:
        titles = tuple(policy.potential(group.code).title for group in outcome.groups)
        return FOUND(groups=titles, study=study)
    if outcome.undecided:
        titles = tuple(policy.potential(code).title for code in outcome.undecided)
        return OPEN(groups=titles, study=study)
    return NONE(study=study)


def _tell(
    facts: PotentialFacts,
    markets: Mapping[str, Mapping[str, Any]],
    policy: Groups,
    outcome: Potential,
    trace: Trace,
) -> None:
    trace.check(STUDY(study=outcome.source), True, source=facts.study)
    shown = {group.code: group for group in outcome.groups}
    for row in policy.written.potential:
        group = shown.get(row.code)
        evidence = {} if group is None else {one.market: one for one in group.evidence}
        for name, market in markets.items():
            if name in evidence:
                size, unserved = evidence[name].size, evidence[name].unserved
                reason = SHOWN(
                    group=row.title, market=name, size=_people(size), unserved=_people(unserved)
                )
                trace.check(reason, True, source=row.source)
            elif name in outcome.undecided.get(row.code, ()):
                names = tuple(policy.title(fact) for fact in unknown_in(row.when, market))
                trace.check(UNSURE(group=row.title, market=name, fact=names), None)
            else:
                tell_missed(_of(row, name), row.when, Found(facts=market), policy, trace)
        if group is not None and group.overlapping:
            trace.check(OVERLAP(group=row.title, markets=group.overlapping), None)


def _of(row: PotentialRow, market: str) -> PotentialRow:
    """Return a row whose title says of which market it is told."""
    title = Title(en=f"{row.title.en} ({market})", zh=f"{row.title.zh}（{market}）")
    return attrs.evolve(row, title=title)


def _people(number: int | None) -> Counted | object:
    return UNKNOWN if number is None else Counted(number, _PEOPLE)


potential_groups: Final = Rule(
    id="segmentation.potential-groups",
    facts=PotentialFacts,
    outcome=Potential,
    evaluate=potential,
    headline=_headline,
    says=SAYS,
    package="bankservice.segmentation",
    kind=GROUPS,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)
