"""
Terms of the account that can never be right: dates, refunds, rewards, limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bankservice.core.calendar import Period, parse_duration
from bankservice.loyalty.programme.dates import Dating, cycle_days
from bankservice.loyalty.programme.dating import AvailabilityRow, ExpiryRow
from bankservice.loyalty.programme.draft import Draft
from bankservice.loyalty.programme.terms import RewardRow
from bankservice.loyalty.window import Window, build_window

__all__ = ["datings_of", "hold_of", "rewards_of", "terms_of"]

_LONGEST: Final = Period(months=1_200, days=36_600)
"""Points that live a hundred years live for ever; say so."""


def datings_of(draft: Draft) -> Mapping[str, Dating]:
    """Return how lots are dated, by earning row; under the empty code, all that has none."""
    table = draft.table
    found = {"": _dating(table.available, "available", table.expiry, "expiry", draft)}
    for index, row in enumerate(table.earn):
        if row.available is not None or row.expiry is not None:
            path = f"earn[{index}]"
            found[row.code] = _dating(
                row.available or table.available,
                f"{path}.available" if row.available else "",
                row.expiry or table.expiry,
                f"{path}.expiry" if row.expiry else "",
                draft,
            )
    return found


def _dating(
    available: AvailabilityRow, at: str, expiry: ExpiryRow, until: str, draft: Draft
) -> Dating:
    """Return how lots are dated; what stands elsewhere (no path) was checked there."""
    if at:
        _check_available(available, at, draft)
    cycles: tuple[tuple[int, int], ...] = ()
    try:
        cycles = cycle_days(expiry.days)
    except ValueError as error:
        if until:
            wanted = "last valid days as MM-DD, such as '12-31'"
            draft.faults.add(f"{until}.days", repr(error.args[0]), wanted)
    else:
        if until:
            _check_expiry(expiry, until, len(cycles), draft)
    return Dating(draft.table.zone, available, expiry, draft.table.statement_day, cycles)


def _check_available(row: AvailabilityRow, path: str, draft: Draft) -> None:
    if row.mode == "after":
        if not 1 <= row.days <= _LONGEST.days:
            draft.faults.add(f"{path}.days", row.days, "after how many days, 1 or more")
    elif row.days:
        draft.faults.add(f"{path}.days", row.days, "mode after beside it")
    if (row.mode == "action") != bool(row.action.strip()):
        wanted = "the code of the action" if row.mode == "action" else "mode action beside it"
        draft.faults.add(f"{path}.action", repr(row.action), wanted)


def _check_expiry(row: ExpiryRow, path: str, cycles: int, draft: Draft) -> None:
    add = draft.faults.add
    if row.mode in ("after", "inactivity") and not row.period:
        add(f"{path}.period", "nothing", f"how long points live, for {row.mode}")
    if row.mode == "never" and (row.period or row.days or row.round_to != "day"):
        add(f"{path}.mode", "'never' beside a period or days", "a mode in which points lapse")
    if row.mode in ("fixed-day", "cycles"):
        if not cycles or (row.mode == "fixed-day" and len(row.days) != 1):
            wanted = "one day" if row.mode == "fixed-day" else "one or more days"
            add(f"{path}.days", list(row.days), f"{wanted} of the year as MM-DD")
        elif cycles != len(row.days):
            add(f"{path}.days", list(row.days), "each day once")
        if row.round_to != "day":
            add(f"{path}.round_to", repr(row.round_to), f"nothing, for {row.mode}")
    elif row.days:
        add(f"{path}.days", list(row.days), "mode fixed-day or cycles beside it")
    if not 1 <= row.years <= 100 or (row.years > 1 and row.mode != "fixed-day"):
        add(f"{path}.years", row.years, "how many times a fixed day passes, 1 to 100")
    if row.most and row.mode != "inactivity":
        add(f"{path}.most", str(row.most), "mode inactivity beside it")
    for name in ("period", "most"):
        length = getattr(row, name)
        if length.months > _LONGEST.months or length.days > _LONGEST.days:
            add(f"{path}.{name}", str(length), "at most a hundred years; mode never for ever")


def hold_of(draft: Draft) -> int:
    """Return how long a hold lasts in microseconds."""
    try:
        lasts = parse_duration(draft.table.holds.lasts)
    except ValueError as error:
        draft.faults.add("holds.lasts", repr(draft.table.holds.lasts), str(error))
        return 1
    if lasts <= 0:
        draft.faults.add("holds.lasts", repr(draft.table.holds.lasts), "more than nothing")
    return max(1, lasts)


def terms_of(draft: Draft) -> None:
    """Check refunds, arrears, cancellation, reinstatement, transfer, purchase and limits."""
    table = draft.table
    refunds = table.refunds
    if refunds.shortfall == "cash-quote" and refunds.cash_per_point is None:
        draft.faults.add("refunds.cash_per_point", "nothing", "an amount, for cash-quote")
    if refunds.cash_per_point is not None:
        draft.minor(refunds.cash_per_point, "refunds.cash_per_point")
        if refunds.shortfall != "cash-quote":
            got = f"beside shortfall {refunds.shortfall}"
            draft.faults.add("refunds.cash_per_point", got, "shortfall cash-quote")
    if table.purchase.price is not None:
        draft.minor(table.purchase.price, "purchase.price")
    for name, least in (
        ("arrears.limit", 0),
        ("reinstatement.days", 1),
        ("transfer.least", 1),
        ("transfer.most_a_day", 1),
        ("transfer.most_a_year", 1),
        ("purchase.points", 1),
        ("purchase.most_a_year", 1),
        ("limits.most_a_redemption", 1),
        ("limits.most_a_day", 1),
        ("limits.posts_a_day", 1),
        ("limits.new_account_days", 0),
        ("limits.cooling_hours", 0),
        ("limits.adjust_alone", 0),
    ):
        room, _, key = name.partition(".")
        draft.at_least(name, getattr(getattr(table, room), key), least)
    lapsed = table.cancellation
    draft.at_least("cancellation.days", lapsed.days, 0 if lapsed.lapsed == "lost" else 1)
    for path, most in (
        ("most_a_day", table.transfer.most_a_day),
        ("most_a_year", table.transfer.most_a_year),
    ):
        if most is not None and 1 <= most < table.transfer.least:
            wanted = f"at least what one transfer is ({table.transfer.least})"
            draft.faults.add(f"transfer.{path}", most, wanted)


def rewards_of(draft: Draft) -> Mapping[str, Window]:
    """Check what points buy; return when each can be had, where that is limited."""
    draft.check_codes("reward", draft.table.reward)
    windows = {}
    for index, row in enumerate(draft.table.reward):
        path = f"reward[{index}]"
        _check_reward(row, path, draft)
        draft.condition(row.when, f"{path}.when")
        if row.window is not None:
            where = f"{path}.window"
            windows[row.code] = build_window(row.window, where, draft.faults, draft.library)
    return windows


def _check_reward(row: RewardRow, path: str, draft: Draft) -> None:
    add = draft.faults.add
    for name, least in (("points", 1), ("step", 1), ("minimum", 0), ("stock", 0), ("most", 1)):
        draft.at_least(f"{path}.{name}", getattr(row, name), least)
    paying = row.kind in ("statement-credit", "points-plus-cash")
    if row.value is not None:
        draft.minor(row.value, f"{path}.value")
    elif paying:
        add(f"{path}.value", "nothing", f"what it is worth, for {row.kind}")
    if row.kind == "statement-credit":
        if row.step > 1 and row.points > 0 and row.step % row.points:
            add(f"{path}.step", row.step, f"a multiple of the points that buy value ({row.points})")
    elif row.step != 1 or row.exact:
        add(f"{path}.step", row.step, "kind statement-credit beside step and exact")
    if not 0 < row.most_share <= 1:
        add(f"{path}.most_share", row.most_share, "a share above 0, up to 1")
    elif row.most_share < 1 and row.kind != "points-plus-cash":
        add(f"{path}.most_share", row.most_share, "kind points-plus-cash beside it")
    if row.partner and not row.partner.strip():
        add(f"{path}.partner", repr(row.partner), "the code of a partner")
