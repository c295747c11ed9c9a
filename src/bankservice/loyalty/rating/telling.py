"""
How an accrual explains itself: row by row, stage by stage, and what caps took.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from bankservice.core.decision import Counted, Reason, Says, Trace
from bankservice.core.money import Money, digits_of
from bankservice.core.policy import Title, Version
from bankservice.loyalty.model import Accrual, AccrualFacts, Part
from bankservice.loyalty.programme.programme import Programme
from bankservice.loyalty.programme.scheme import Earning
from bankservice.loyalty.rating.grants import Granted
from bankservice.loyalty.rating.lanes import ONE
from bankservice.loyalty.rating.pipeline import Loss
from bankservice.loyalty.rating.rate import Rated

__all__ = ["SAYS", "headline", "links_of", "tell"]

EARNED: Final = Says("ACCRUED", ("points",))
CAPPED: Final = Says("ACCRUED_CAPPED", ("points", "lost"))
NOTHING: Final = Says("ACCRUED_NOTHING")
EXCLUDED: Final = Says("ACCRUED_EXCLUDED", ("why",))
OPEN: Final = Says("ACCRUED_UNKNOWN", ("points", "unknown"))

BUILT_IN: Final = {
    "not-awarded": Says("accrual-not-awarded"),
    "paid-with-points": Says("accrual-paid-with-points"),
    "item-excluded": Says("accrual-item-excluded"),
    "not-earning": Says("accrual-not-earning", ("kind",)),
}
EXCLUSION: Final = Says("accrual-exclusion", ("why",))
WHY_NOT: Final = {
    "excluded": Says("accrual-row-excluded", ("row",)),
    "merchant": Says("accrual-row-merchant", ("row",)),
    "enrolment": Says("accrual-row-enrolment", ("row",)),
    "window": Says("accrual-row-window", ("row", "on")),
    "condition": Says("accrual-row-condition", ("row",)),
}
KIND: Final = Says("accrual-row-kind", ("row", "kind"))
ABSENT: Final = Says("accrual-row-absent", ("row",))
MINIMUM: Final = Says("accrual-row-minimum", ("row", "amount", "minimum"))
LANE: Final = Says("accrual-row-lane", ("row", "lane"))
DOUBTFUL: Final = Says("accrual-row-multipliers", ("row",))
FACTOR: Final = Says("accrual-factor", ("why", "factor"))
ROW: Final = Says("accrual-row", ("row", "amount", "counted"))
ITEM: Final = Says("accrual-item", ("row", "item", "amount", "counted"))
CONVERTED: Final = Says("accrual-converted", ("row", "eligible", "rate", "amount"))
RATE: Final = Says("accrual-rate", ("row", "points", "per", "result"))
MULTIPLIED: Final = Says("accrual-multiplied", ("row", "factor", "result"))
FIXED: Final = Says("accrual-fixed", ("row", "fixed", "result"))
ROUNDED: Final = Says("accrual-rounded", ("row", "exact", "points"))
SPLIT: Final = Says("accrual-split", ("row", "cap", "within", "points", "per"))
COUNTED: Final = Says("accrual-counted", ("row", "cap"))
CAP: Final = Says("accrual-cap", ("row", "cap", "lost"))

SAYS: Final = (
    EARNED,
    CAPPED,
    NOTHING,
    EXCLUDED,
    OPEN,
    *BUILT_IN.values(),
    EXCLUSION,
    *WHY_NOT.values(),
    KIND,
    ABSENT,
    MINIMUM,
    LANE,
    DOUBTFUL,
    FACTOR,
    ROW,
    ITEM,
    CONVERTED,
    RATE,
    MULTIPLIED,
    FIXED,
    ROUNDED,
    SPLIT,
    COUNTED,
    CAP,
)
"""Every reason and check an accrual may give."""

_PAID: Final = Title(en="paid with points", zh="以积分支付")
_BUILT_IN_TITLES: Final = {
    "not-awarded": Title(en="no points are awarded on it", zh="该交易不奖励积分"),
    "paid-with-points": _PAID,
    "item-excluded": Title(en="lines that earn nothing", zh="不计分的明细"),
    "not-earning": Title(en="no row for this kind of transaction", zh="该类交易没有积分规则"),
}


def headline(programme: Programme, outcome: Accrual) -> Reason:
    """Return the main reason of an outcome."""
    points = _points(programme, outcome.points)
    if outcome.unknown:
        return OPEN(points=points, unknown=outcome.unknown)
    if outcome.points and outcome.lost_to_caps:
        return CAPPED(points=points, lost=_points(programme, outcome.lost_to_caps))
    if outcome.points:
        return EARNED(points=points)
    if outcome.lost_to_caps:
        return CAPPED(points=points, lost=_points(programme, outcome.lost_to_caps))
    if outcome.excluded:
        titles = {row.code: row.title for row in programme.written.exclude}
        why = tuple(titles.get(code) or _BUILT_IN_TITLES[code] for code in outcome.excluded)
        return EXCLUDED(why=why)
    return NOTHING()


def links_of(facts: AccrualFacts, programme: Programme) -> tuple[Version[Any], ...]:
    """Return the calendar versions by which windows were judged."""
    assert facts.on is not None, "rated before"
    scheme = programme.scheme
    lanes = scheme.lanes.get(facts.kind, ())
    windows = [row.window for lane in lanes for row in lane.rows]
    windows += [held.window for each in scheme.multipliers.values() for held in each]
    found = (version for window in windows if window for version in window.links(facts.on))
    return tuple(dict.fromkeys(found))


def tell(found: Rated, programme: Programme, trace: Trace) -> None:
    """Note every check behind what was found."""
    _tell_exclusions(found, programme, trace)
    picked = {pick.row.code for pick in found.picks}
    for lane in programme.scheme.lanes[found.weighing.purchase.facts.kind]:
        for row in lane.rows:
            if row.code not in picked:
                _tell_row_not(row, lane.row.title or lane.row.code, found, trace)
    _tell_factors(found, programme, trace)
    for one in found.granted:
        _tell_stages(one, found, programme, trace)
    kind = found.weighing.purchase.facts.kind
    for written in programme.written.earn:
        known = programme.scheme.lanes[kind]
        if not any(written.code == row.code for lane in known for row in lane.rows):
            title = programme.terms.trees["kind"][kind].title
            trace.check(KIND(row=written.title, kind=title), False, source=written.source)


def _tell_exclusions(found: Rated, programme: Programme, trace: Trace) -> None:
    titles = {row.code: row for row in programme.written.exclude}
    for code in found.excluded:
        row = titles.get(code)
        if row is not None:
            trace.check(EXCLUSION(why=row.title), False, source=row.source)
        elif code == "not-earning":
            kind = found.weighing.purchase.facts.kind
            title = programme.terms.trees["kind"][kind].title
            trace.check(BUILT_IN[code](kind=title), False)
        else:
            trace.check(BUILT_IN[code](), False)
    for held in programme.scheme.exclusions[found.weighing.purchase.facts.kind]:
        if held.when is None or held.code in found.excluded:
            continue
        lines = found.weighing.purchase.lines
        if any(found.weighing.holds(held.when, line) is None for line in lines):
            trace.check(EXCLUSION(why=held.row.title), None, source=held.row.source)


def _tell_row_not(row: Earning, lane: Title | str, found: Rated, trace: Trace) -> None:
    """Say why a row did not earn: of the first line for which there is a reason."""
    weighing, title, source = found.weighing, row.row.title, row.row.source
    lines = weighing.purchase.lines
    verdicts = [weighing.verdict(row, line) for line in lines]
    if all(verdicts):
        why = next((held for held in verdicts if held[0] == "?"), verdicts[0])
        says = WHY_NOT[why.removeprefix("?")]
        reason = (
            says(row=title, on=weighing.purchase.on)
            if says.code == "accrual-row-window"
            else says(row=title)
        )
        trace.check(reason, None if why[0] == "?" else False, source=source)
        return
    held = [line for line, why in zip(lines, verdicts, strict=True) if not why]
    size = sum(weighing.size(row, line) for line in held)
    if not size:
        trace.check(ABSENT(row=title), False, source=source)
    elif not weighing.reaches(row, held):
        programme = weighing.programme
        exact = Fraction(size, weighing.below(row))
        amount, least = _of(row, exact, programme), _of(row, Fraction(row.least), programme)
        short = _of(row, row.least - exact, programme)
        reason = MINIMUM(row=title, amount=amount, minimum=least)
        miss = (row.least - exact) / row.least
        trace.check(reason, False, short=short, relative=miss, source=source)
    elif row.multiplied and weighing.factor(row) is None:
        trace.check(DOUBTFUL(row=title), None, source=source)
    else:
        trace.check(LANE(row=title, lane=lane), False, source=source)


def _tell_factors(found: Rated, programme: Programme, trace: Trace) -> None:
    told: set[str] = set()
    components = {pick.row.component for pick in found.picks if pick.row.multiplied}
    components |= {
        row.component
        for lane in programme.scheme.lanes[found.weighing.purchase.facts.kind]
        for row in lane.rows
        if found.weighing.unknown and row.multiplied
    }
    for component in sorted(components):
        for held in programme.scheme.multipliers.get(component, ()):
            if held.row.code not in told:
                told.add(held.row.code)
                reason = FACTOR(why=held.row.title, factor=held.row.factor)
                trace.check(reason, found.weighing.applies(held), source=held.row.source)


def _tell_stages(one: Granted, found: Rated, programme: Programme, trace: Trace) -> None:
    row, facts = one.worked.row, found.weighing.purchase.facts
    title, source = row.row.title, row.row.source
    part: Part = one.part(programme, found.weighing.purchase)
    eligible, converted, counted, rated, multiplied, fixed = (stage.value for stage in part.stages)
    size, full = _basis(row, converted, programme), _basis(row, counted, programme)
    if row.basis == "amount" and facts.rate is not None:
        paid = _money(eligible, facts.currency or programme.currency)
        trace.check(CONVERTED(row=title, eligible=paid, rate=facts.rate, amount=size), True)
    if part.item:
        reason = ITEM(row=title, item=part.item, amount=size, counted=full)
    else:
        reason = ROW(row=title, amount=size, counted=full)
    trace.check(reason, True, source=source)
    per = _basis(row, Fraction(row.row.per), programme)
    for loss in one.worked.losses:
        _tell_split(row, loss, programme, trace)
    points = _points(programme, Fraction(row.row.points) * programme.unit)
    result = _points(programme, rated * programme.unit)
    trace.check(RATE(row=title, points=points, per=per, result=result), True)
    factor = next(pick.factor for pick in found.picks if pick.row is row)
    if factor != ONE:
        result = _points(programme, multiplied * programme.unit)
        trace.check(MULTIPLIED(row=title, factor=_plain(Fraction(*factor)), result=result), True)
    if fixed != multiplied:
        more = _points(programme, (fixed - multiplied) * programme.unit)
        result = _points(programme, fixed * programme.unit)
        trace.check(FIXED(row=title, fixed=more, result=result), True)
    exact = _points(programme, part.exact)
    # What caps by amount took was never rounded by itself.
    left = part.points + sum(
        lost for cap, lost in (one.lost or {}).items() if cap.measure == "points"
    )
    trace.check(ROUNDED(row=title, exact=exact, points=_points(programme, left)), True)
    for cap, lost in (one.lost or {}).items():
        if lost:
            reason = CAP(row=title, cap=cap.row.title, lost=_points(programme, lost))
            trace.check(reason, False, source=cap.row.source)


def _tell_split(row: Earning, loss: Loss, programme: Programme, trace: Trace) -> None:
    """Say how much of an amount lies within a cap, and what the rest earns."""
    title, cap = row.row.title, loss.cap
    if cap.measure == "count":
        trace.check(COUNTED(row=title, cap=cap.row.title), False, source=cap.row.source)
        return
    within = _of(row, loss.within, programme)
    above = cap.row.above
    points = _points(programme, Fraction(above.points) * programme.unit if above else 0)
    per = _basis(row, Fraction(above.per if above else 1), programme)
    reason = SPLIT(row=title, cap=cap.row.title, within=within, points=points, per=per)
    trace.check(reason, False, source=cap.row.source)


def _points(programme: Programme, smallest: int | Fraction) -> Counted:
    """Return points of the smallest unit as people read them."""
    return Counted(_plain(Fraction(smallest) / programme.unit), programme.written.points.title)


def _plain(number: Fraction) -> int | Fraction:
    return number.numerator if number.denominator == 1 else number


def _money(major: Fraction, currency: str) -> Money | Counted:
    """Return an amount; where it is no whole minor unit, as a number of its currency."""
    minor = major * 10 ** digits_of(currency)
    return (
        Money(minor.numerator, currency)
        if minor.denominator == 1
        else Counted(major, Title(en=currency, zh=currency))
    )


def _basis(row: Earning, size: Fraction, programme: Programme) -> Money | Counted | Fraction | int:
    return _plain(size) if row.basis == "count" else _money(size, programme.currency)


def _of(row: Earning, smallest: Fraction, programme: Programme) -> Money | Counted | Fraction | int:
    """Return a size in the smallest unit of a row's basis."""
    return _basis(row, smallest / (1 if row.basis == "count" else programme.minor_units), programme)
