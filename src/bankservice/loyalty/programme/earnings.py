"""
Rows, lanes, multipliers and exclusions as written become a scheme of integers.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from bankservice.loyalty.programme.capping import caps_of
from bankservice.loyalty.programme.draft import Draft, ratio_of
from bankservice.loyalty.programme.earning import EarnRow, ExclusionRow, LaneRow
from bankservice.loyalty.programme.merchants import codes_of
from bankservice.loyalty.programme.reach import check_reach
from bankservice.loyalty.programme.scheme import (
    Cap,
    Earning,
    Exclusion,
    Lane,
    Multiplier,
    Scheme,
)
from bankservice.loyalty.window import Window, WindowRow, build_window

__all__ = ["scheme_of"]

_DEFAULT_LANE: Final = LaneRow(code="base")


def scheme_of(draft: Draft) -> Scheme:
    """Return the scheme of a programme; what is wrong is noted in the draft."""
    table, before = draft.table, len(draft.faults)
    for name in ("lane", "earn", "exclude", "multiplier", "merchants"):
        draft.check_codes(name, getattr(table, name))
    if not table.earn:
        draft.faults.add("earn", "no row", "one or more ways to earn")
    if table.rounding.step < 1:
        draft.faults.add("rounding.step", table.rounding.step, "a whole number from 1 on")
    caps = caps_of(draft)
    rows = [_earning(row, f"earn[{place}]", draft, caps) for place, row in enumerate(table.earn)]
    exclusions = sorted(
        (_exclusion(row, f"exclude[{place}]", draft) for place, row in enumerate(table.exclude)),
        key=lambda held: held.code,
    )
    lanes = _lanes(draft, rows)
    # What is reached can be told only of rows that make sense.
    if len(draft.faults) == before:
        check_reach(draft, lanes, exclusions)
    tree = draft.terms.trees["kind"]
    return Scheme(
        lanes={
            kind: tuple(
                Lane(row=lane.row, rows=held)
                for lane in lanes
                for held in [tuple(row for row in lane.rows if kind in row.kinds)]
                if held
            )
            for kind in tree
        },
        exclusions={
            kind: tuple(held for held in exclusions if held.kinds is None or kind in held.kinds)
            for kind in tree
        },
        multipliers=_multipliers(draft),
        point_caps=tuple(cap for cap in caps if cap.measure == "points"),
        capped=bool(caps),
        uses=frozenset(cap.code for cap in caps if not cap.single) | _rounding_uses(draft),
        mccs=codes_of(table.mcc, "mcc", draft.faults) if table.mcc else None,
    )


def _rounding_uses(draft: Draft) -> frozenset[str]:
    rounding = draft.table.rounding
    if rounding.unit not in ("day", "statement"):
        return frozenset()
    if rounding.of == "total":
        return frozenset({"=total"})
    return frozenset(f"={row.component}" for row in draft.table.earn)


def _earning(row: EarnRow, path: str, draft: Draft, caps: tuple[Cap, ...]) -> Earning:
    if not row.kinds:
        draft.faults.add(f"{path}.kinds", "nothing", "one or more kinds of transaction")
    if not row.component.strip():
        draft.faults.add(f"{path}.component", repr(row.component), "a class of lots")
    draft.condition(row.when, f"{path}.when")
    digits = 0 if row.basis == "count" else draft.digits
    per = draft.minor(row.per, f"{path}.per", digits=digits)
    points = draft.points(row.points, f"{path}.points")
    fixed = draft.points(row.fixed, f"{path}.fixed")
    if row.points == 0 and row.fixed == 0:
        draft.faults.add(f"{path}.points", "0 and nothing fixed", "a rate, or fixed points")
    if row.per_days < 1:
        draft.faults.add(f"{path}.per_days", row.per_days, "a whole number from 1 on")
    elif row.per_days > 1 and row.basis != "balance-days":
        draft.faults.add(f"{path}.per_days", row.per_days, "basis balance-days beside it")
    sizes = {
        name: None
        if getattr(row, name) is None
        else draft.minor(
            getattr(row, name), f"{path}.{name}", digits=digits, least=int(name != "minimum")
        )
        for name in ("block", "minimum", "maximum")
    }
    block, least, most = sizes["block"], sizes["minimum"], sizes["maximum"]
    if most is not None and least is not None and least > most:
        draft.faults.add(f"{path}.minimum", repr(row.minimum), f"at most maximum ({row.maximum})")
    if most is not None and block is not None and block > most and not row.fixed:
        draft.faults.add(f"{path}.block", repr(row.block), f"at most maximum ({row.maximum})")
    mccs = draft.merchants(row.merchants, f"{path}.merchants")
    return Earning(
        row=row,
        code=row.code,
        component=row.component,
        kinds=draft.kinds(row.kinds, f"{path}.kinds"),
        basis=row.basis,
        days=max(1, row.per_days),
        rate=ratio_of(points / per),
        block=block or 0,
        fixed=ratio_of(fixed),
        least=least or 0,
        most=most,
        mccs=mccs,
        when=row.when,
        window=_window(row.window, f"{path}.window", draft),
        gated=any((row.merchants, row.when, row.window, row.enrolment)),
        multiplied=row.multiplied
        and any(row.component in held.components for held in draft.table.multiplier),
        limits=tuple(cap for cap in caps if cap.measure != "points" and row.code in cap.rows),
    )


def _window(row: WindowRow | None, path: str, draft: Draft) -> Window | None:
    return None if row is None else build_window(row, path, draft.faults, draft.library)


def _exclusion(row: ExclusionRow, path: str, draft: Draft) -> Exclusion:
    if not (row.kinds or row.merchants or row.below is not None or row.when is not None):
        draft.faults.add(path, f"{row.code}, which excludes everything", "what it excludes")
    draft.condition(row.when, f"{path}.when")
    return Exclusion(
        row=row,
        code=row.code,
        kinds=draft.kinds(row.kinds, f"{path}.kinds") if row.kinds else None,
        mccs=draft.merchants(row.merchants, f"{path}.merchants"),
        below=0 if row.below is None else draft.minor(row.below, f"{path}.below"),
        when=row.when,
    )


def _lanes(draft: Draft, rows: list[Earning]) -> tuple[Lane, ...]:
    written = draft.table.lane or (_DEFAULT_LANE,)
    codes = [lane.code for lane in written]
    held: dict[str, list[Earning]] = {code: [] for code in codes}
    for index, row in enumerate(rows):
        code = row.row.lane or codes[0]
        if draft.known(code, codes, f"earn[{index}].lane", "the code of a lane"):
            held[code].append(row)
    for index, lane in enumerate(draft.table.lane):
        if not held[lane.code]:
            draft.faults.add(f"lane[{index}]", f"{lane.code}, in which no row stands", "a row")
    return tuple(
        Lane(
            row=lane,
            rows=tuple(sorted(held[lane.code], key=lambda row: (row.row.priority, row.code))),
        )
        for lane in written
    )


def _multipliers(draft: Draft) -> Mapping[str, tuple[Multiplier, ...]]:
    components = {row.component for row in draft.table.earn}
    found: dict[str, list[Multiplier]] = {}
    for index, row in enumerate(draft.table.multiplier):
        path = f"multiplier[{index}]"
        if row.factor <= 0:
            draft.faults.add(f"{path}.factor", row.factor, "a number above 0")
        if not row.components:
            draft.faults.add(f"{path}.components", "nothing", "one or more classes of lots")
        draft.condition(row.when, f"{path}.when")
        if row.when is not None and any(part.fact == "mcc" for part in row.when.comparisons()):
            wanted = "facts of the whole transaction; merchants belong to a row"
            draft.faults.add(f"{path}.when", "a condition on mcc", wanted)
        held = Multiplier(
            row=row,
            factor=ratio_of(Fraction(row.factor)),
            window=_window(row.window, f"{path}.window", draft),
        )
        for place, code in enumerate(row.components):
            where = f"{path}.components[{place}]"
            if draft.known(code, components, where, "the component of an earning row"):
                found.setdefault(code, []).append(held)
    return {
        code: tuple(sorted(held, key=lambda each: each.row.code)) for code, held in found.items()
    }
