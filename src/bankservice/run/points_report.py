"""What the part of loyalty tells in the report: what is outstanding, what came and went, what lapses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from bankservice.core.decision import Reason, Says
from bankservice.core.policy import Title
from bankservice.report import Bars, Figure, Section, Share, Table, Trend, Trends
from bankservice.report.model import Cell
from bankservice.run.points_day import PointsDay
from bankservice.run.points_liability import Valued, value_figure, value_section
from bankservice.run.rejects import PACKAGE

__all__ = ["report"]

MONTHS: Final = 24
"""Months a chart or table shows."""

POINTS = Says("points")
LEAD = Says("points-lead", ("accounts", "on", "programme"))
OUTSTANDING = Says("points-outstanding")
OUTSTANDING_NOTE = Says("points-outstanding-note", ("pending", "held"))
EARNED_NOW = Says("points-earned-now")
SINCE_NOTE = Says("points-since-note", ("start",))
REDEEMED_NOW = Says("points-redeemed-now")
LAPSED_NOW = Says("points-lapsed-now")
ARREARS = Says("points-arrears")
ARREARS_NOTE = Says("points-arrears-note", ("accounts",))
STATE = Says("points-state")
WHERE = Says("points-where")
AMOUNT = Says("points-amount")
AVAILABLE = Says("points-available")
PENDING = Says("points-pending")
HELD = Says("points-held")
BURN = Says("points-burn")
BURN_LEAD = Says("points-burn-lead", ("earned", "redeemed", "share"))
WHOLE = Says("points-whole")
WHAT = Says("points-what")
OF_EARNED = Says("points-of-earned")
EARNED = Says("points-earned")
REDEEMED = Says("points-redeemed")
LAPSED = Says("points-lapsed")
CLAWED = Says("points-clawed")
LOST = Says("points-lost")
TOTAL = Says("points-total")
SHARE = Says("points-share")
LADDER = Says("points-ladder")
LADDER_LEAD = Says("points-ladder-lead", ("soon", "until"))
LADDER_NONE = Says("points-ladder-none")
LADDER_BY = Says("points-ladder-by")
NEVER = Says("points-never")
NOT_EARNED = Says("points-not-earned")
NOT_EARNED_LEAD = Says("points-not-earned-lead", ("lost",))
EXCLUDED = Says("points-excluded")
PURCHASES = Says("points-purchases")
IDLE = Says("points-idle")
IDLE_NONE = Says("points-idle-none")
KIND = Says("points-kind")
ROWS = Says("points-rows")
REFUSALS = Says("points-refusals")
WHY = Says("why")


_FLOWS: Final = {
    "earned": EARNED,
    "redeemed": REDEEMED,
    "expired": LAPSED,
    "clawed_back": CLAWED,
    "lost_to_caps": LOST,
}


class _Scale:
    """Shows points as people count them."""

    def __init__(self, scale: int) -> None:
        self._scale = scale

    def __call__(self, points: int) -> int | Decimal:
        return Decimal(points).scaleb(-self._scale) if self._scale else points


def report(
    days: Sequence[PointsDay], valued: Valued | None
) -> tuple[tuple[Figure, ...], tuple[Section, ...]]:
    """Return the figures at a glance and the sections of the last day decided."""
    day = days[-1]
    shown = _Scale(day.version.parameters.written.points.scale)
    sections = [_state(day, shown)]
    if valued is not None:
        sections.append(value_section(valued, shown))
    sections += [_burn(day, shown), _ladder(day, shown), _not_earned(day, shown)]
    figures = list(_figures(day, shown))
    if valued is not None:
        figures.insert(1, value_figure(valued))
    return tuple(figures), tuple(sections)


def _figures(day: PointsDay, shown: _Scale) -> tuple[Figure, ...]:
    now, recent = day.figures, day.recent
    return (
        Figure(
            OUTSTANDING(),
            shown(day.outstanding),
            OUTSTANDING_NOTE(pending=shown(now["pending"]), held=shown(now["held"])),
        ),
        Figure(EARNED_NOW(), shown(recent.earned), SINCE_NOTE(start=day.start)),
        Figure(REDEEMED_NOW(), shown(recent.redeemed), SINCE_NOTE(start=day.start)),
        Figure(LAPSED_NOW(), shown(recent.expired), SINCE_NOTE(start=day.start)),
        Figure(
            ARREARS(),
            shown(now["arrears"]),
            ARREARS_NOTE(accounts=now["in_arrears"]) if now["arrears"] else None,
            "warning" if now["arrears"] else "plain",
        ),
    )


def _state(day: PointsDay, shown: _Scale) -> Section:
    now = day.figures
    rows: list[tuple[Cell, ...]] = [
        (AVAILABLE(), shown(now["available"]), Share(now["available"], day.outstanding)),
        (PENDING(), shown(now["pending"]), Share(now["pending"], day.outstanding)),
        (HELD(), shown(now["held"]), Share(now["held"], day.outstanding)),
        (TOTAL(), shown(day.outstanding), Share(day.outstanding, day.outstanding)),
        (ARREARS(), shown(now["arrears"]), Share(0, 0)),
    ]
    return Section(
        anchor="points",
        title=POINTS(),
        package=PACKAGE,
        lead=(LEAD(accounts=now["accounts"], on=day.on, programme=str(day.version.ref.policy)),),
        tables=(Table(caption=STATE(), columns=(WHERE(), AMOUNT(), SHARE()), rows=tuple(rows)),),
    )


def _burn(day: PointsDay, shown: _Scale) -> Section:
    months, whole = day.months(MONTHS), day.whole
    charts = []
    if len(months) > 1:
        lines = tuple(
            Trend(says(), tuple((month, shown(getattr(flow, name))) for month, flow in months))
            for name, says in _FLOWS.items()
            if any(getattr(flow, name) for _, flow in months)
        )
        if lines:
            charts.append(Trends(title=BURN(), measure=AMOUNT(), lines=lines))
    return Section(
        anchor="points-burn",
        title=BURN(),
        package=PACKAGE,
        lead=(
            BURN_LEAD(
                earned=shown(whole.earned),
                redeemed=shown(whole.redeemed),
                share=Share(whole.redeemed, whole.earned),
            ),
        ),
        charts=tuple(charts),
        tables=(
            Table(
                caption=WHOLE(),
                columns=(WHAT(), AMOUNT(), OF_EARNED()),
                rows=tuple(
                    (says(), shown(getattr(whole, name)), Share(getattr(whole, name), whole.earned))
                    for name, says in _FLOWS.items()
                ),
            ),
        ),
    )


def _ladder(day: PointsDay, shown: _Scale) -> Section:
    by_month: dict[date, int] = {}
    for on, points in day.ladder.items():
        if on is not None:
            month = on.replace(day=1)
            by_month[month] = by_month.get(month, 0) + points
    bars: list[tuple[Cell, int | Decimal]] = [
        (f"{month:%Y-%m}", shown(by_month[month])) for month in sorted(by_month)[:MONTHS]
    ]
    if day.ladder[None]:
        bars.append((NEVER(), shown(day.ladder[None])))
    if not bars:
        return Section(
            anchor="points-ladder", title=LADDER(), package=PACKAGE, lead=(LADDER_NONE(),)
        )
    lead: tuple[Reason, ...] = ()
    soon = sorted(on for on in day.ladder if on is not None)
    if soon:
        lead = (LADDER_LEAD(soon=shown(day.ladder[soon[0]]), until=soon[0]),)
    chart = Bars(title=LADDER(), label=LADDER_BY(), measure=AMOUNT(), bars=tuple(bars))
    return Section(
        anchor="points-ladder", title=LADDER(), package=PACKAGE, lead=lead, charts=(chart,)
    )


def _not_earned(day: PointsDay, shown: _Scale) -> Section:
    written = day.version.parameters.written
    titles: dict[str, Title] = {row.code: row.title for row in written.exclude}
    tables = []
    if day.excluded:
        tables.append(
            Table(
                caption=EXCLUDED(),
                columns=(WHY(), PURCHASES()),
                rows=tuple(
                    (titles.get(code, code), count) for code, count in day.excluded.most_common()
                ),
            )
        )
    if day.idle:
        tables.append(
            Table(
                caption=IDLE(),
                columns=(KIND(), ROWS()),
                rows=tuple((code or IDLE_NONE(), count) for code, count in day.idle.most_common()),
            )
        )
    if day.written.refused:
        tables.append(
            Table(
                caption=REFUSALS(),
                columns=(WHY(), ROWS()),
                rows=tuple(day.written.refused.most_common()),
            )
        )
    return Section(
        anchor="points-not-earned",
        title=NOT_EARNED(),
        package=PACKAGE,
        lead=(NOT_EARNED_LEAD(lost=shown(day.whole.lost_to_caps)),),
        tables=tuple(tables),
    )
