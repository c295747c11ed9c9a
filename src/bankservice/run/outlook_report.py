"""What the part of outlooks tells in the report: risk by band and stage, trends, the model's card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from bankservice.core.decision import Reason, Says
from bankservice.core.money import Money
from bankservice.core.policy import Title, Version
from bankservice.lifecycle.prediction.cards import PurchaseCard, SpendCard
from bankservice.lifecycle.prediction.kind import Outlook
from bankservice.lifecycle.prediction.model import FitWhy
from bankservice.lifecycle.prediction.telling import shown
from bankservice.report import Bars, Figure, Matrix, Section, Share, Table
from bankservice.report.model import Cell
from bankservice.run.outlook_day import OutlookDay
from bankservice.run.outlook_fit import Fitted
from bankservice.run.rejects import PACKAGE
from bankservice.run.stages_words import STAGES, stage_name

__all__ = ["report"]

TITLE = Says("outlook")
LEAD = Says("outlook-lead", ("customers", "on", "policy", "horizon", "unit"))
ESTIMATE = Says("outlook-estimate")
STALE = Says("outlook-stale", ("customers", "fitted_on"))
HIGHEST = Says("outlook-highest", ("band",))
ROSE = Says("outlook-rose")
SINCE_BEFORE = Says("outlook-since-before")
OLD = Says("outlook-old-model")
FALLING_BALANCE = Says("outlook-falling-balance")
BAND = Says("outlook-band")
BANDS = Says("outlook-bands")
NO_BAND = Says("outlook-no-band")
CUSTOMERS = Says("outlook-customers")
SHARE = Says("outlook-share")
EXPECTED = Says("outlook-expected")
VALUE = Says("outlook-value")
BY_STAGE = Says("outlook-by-stage")
STAGE = Says("outlook-stage")
NO_STAGE = Says("outlook-no-stage")
MOVES = Says("outlook-moves")
FROM = Says("outlook-from")
TO = Says("outlook-to")
WITHOUT = Says("outlook-without")
WHY = Says("why")
WORTH = Says("outlook-worth")
CUSTOMER = Says("outlook-customer")
RISK = Says("outlook-risk")
TRENDS = Says("outlook-trends")
TRENDS_LEAD = Says("outlook-trends-lead")
MEASURE = Says("outlook-measure")
DIRECTION = Says("outlook-direction")
CARD = Says("outlook-card")
CARD_LEAD = Says("outlook-card-lead", ("policy", "since"))
WHAT = Says("outlook-what")
TOLD = Says("outlook-told")
MODEL = Says("outlook-model")
ASSUMES = Says("outlook-assumes")
POPULATION = Says("outlook-population")
FITTED_ON = Says("outlook-fitted-on")
PARAMETERS = Says("outlook-parameters")
LIKELIHOOD = Says("outlook-likelihood")
CORRELATION = Says("outlook-correlation")
PURCHASES = Says("outlook-purchases")
SPEND = Says("outlook-spend")
FIT = Says("outlook-fit")
FIT_LEAD = Says("outlook-fit-lead", ("on", "file"))
FIT_NONE = Says("outlook-fit-none", ("on",))
FIT_WHY = Says("outlook-fit-why")

DIRECTIONS: Final[Mapping[str, Says]] = {
    "rising": Says("outlook-rising"),
    "level": Says("outlook-level"),
    "falling": Says("outlook-falling"),
    "too-few": Says("outlook-too-few"),
}
ASSUMPTIONS: Final[Mapping[str, Says]] = {
    "bg-nbd": Says("outlook-assumes-bg-nbd"),
    "mbg-nbd": Says("outlook-assumes-mbg-nbd"),
    "bg-bb": Says("outlook-assumes-bg-bb"),
    "gamma-gamma": Says("outlook-assumes-gamma-gamma"),
}
NO_FIT: Final[Mapping[FitWhy, Says]] = {
    FitWhy.EMPTY: Says("outlook-fit-empty"),
    FitWhy.NO_REPEATS: Says("outlook-fit-no-repeats"),
    FitWhy.CONSTANT: Says("outlook-fit-constant"),
    FitWhy.NOT_CONVERGED: Says("outlook-fit-not-converged"),
}
UNITS: Final = {
    "day": Title(en="days", zh="天"),
    "week": Title(en="weeks", zh="周"),
    "month": Title(en="months", zh="个月"),
}
MODELS: Final = {
    "bg-nbd": Title(en="BG/NBD", zh="BG/NBD"),
    "mbg-nbd": Title(en="MBG/NBD", zh="MBG/NBD"),
    "bg-bb": Title(en="BG/BB", zh="BG/BB"),
    "gamma-gamma": Title(en="Gamma-Gamma", zh="Gamma-Gamma"),
}


def report(
    days: Sequence[OutlookDay], fitted: Fitted | None, currency: str
) -> tuple[tuple[Figure, ...], tuple[Section, ...]]:
    """Return the figures at a glance and the sections of the last day decided."""
    sections: list[Section] = []
    figures: tuple[Figure, ...] = ()
    if days:
        day = days[-1]
        figures = tuple(_figures(day))
        sections.append(_risk(day, currency))
        if day.trends:
            sections.append(_trends(day))
        sections.append(_card(day.version))
    if fitted is not None:
        sections.append(_fit(fitted))
    return figures, tuple(sections)


def _figures(day: OutlookDay) -> Iterator[Figure]:
    codes = [row.code for row in day.version.parameters.bands]
    if codes:
        highest = codes[-1]
        count = day.bands[highest]
        label = HIGHEST(band=day.version.parameters.title(highest))
        yield Figure(label, count, ESTIMATE(), "warning" if count else "good")
        place = {code: n for n, code in enumerate(codes)}
        rose = sum(
            count
            for (before, after), count in day.moves.items()
            if place.get(after, -1) > place.get(before, -1)
        )
        yield Figure(ROSE(), rose, SINCE_BEFORE(), "warning" if rose else "plain")
    falling = day.trends["balance", "falling"]
    if falling:
        yield Figure(FALLING_BALANCE(), falling, tone="warning")
    if day.stale:
        yield Figure(OLD(), day.stale, tone="warning")


def _risk(day: OutlookDay, currency: str) -> Section:
    outlook = day.version.parameters
    names = {code: outlook.title(code) if code else NO_BAND() for code in day.codes}
    valued = outlook.value is not None
    lead = [
        LEAD(
            customers=day.scored,
            on=day.on,
            policy=str(day.version.ref.policy),
            horizon=shown(outlook.horizon, 2),
            unit=UNITS[outlook.card.unit],
        ),
        ESTIMATE(),
    ]
    if day.stale:
        lead.append(STALE(customers=day.stale, fitted_on=outlook.card.fitted_on))
    charts: list[Bars | Matrix] = [
        Bars(
            title=BANDS(),
            label=BAND(),
            measure=CUSTOMERS(),
            bars=tuple((names[code], day.bands[code]) for code in day.codes),
        )
    ]
    stages = [code for code in (*STAGES, "") if any(s == code for s, _ in day.stages)]
    if any(stages):
        charts.append(
            Matrix(
                title=BY_STAGE(),
                down=STAGE(),
                across=BAND(),
                rows=tuple(stage_name(code) if code else NO_STAGE() for code in stages),
                columns=tuple(names[code] for code in day.codes),
                counts=tuple(tuple(day.stages[s, code] for code in day.codes) for s in stages),
            )
        )
    columns = (BAND(), CUSTOMERS(), SHARE(), EXPECTED(), *((VALUE(),) if valued else ()))
    rows = tuple(
        (
            names[code],
            day.bands[code],
            Share(day.bands[code], day.scored),
            _short(day.expected.get(code, Decimal(0)), "1"),
            *((Money(day.values[code], currency),) if valued else ()),
        )
        for code in day.codes
    )
    tables = [Table(caption=BANDS(), columns=columns, rows=rows), *_more(day, currency, names)]
    return Section(
        anchor="outlook",
        title=TITLE(),
        package=PACKAGE,
        lead=tuple(lead),
        charts=tuple(charts),
        tables=tuple(tables),
    )


def _more(day: OutlookDay, currency: str, names: Mapping[str, Cell]) -> Iterator[Table]:
    """Yield who moved, who has no estimate, and whom it would be dearest to lose."""
    moved = tuple(
        (day.version.parameters.title(before), names.get(after, after), count)
        for (before, after), count in day.moves.most_common()
    )
    if moved:
        yield Table(caption=MOVES(), columns=(FROM(), TO(), CUSTOMERS()), rows=moved)
    if day.top:
        rows = tuple(
            (
                row.customer,
                names[row.band or ""],
                _short(row.risk),
                Money(row.value_minor or 0, currency),
                stage_name(row.stage or "") if row.stage else NO_STAGE(),
            )
            for row in day.top
        )
        columns = (CUSTOMER(), BAND(), RISK(), VALUE(), STAGE())
        more = max(day.bands[day.top[0].band or ""] - len(rows), 0)
        whole = f"{day.on}/outlook.csv"
        yield Table(caption=WORTH(), columns=columns, rows=rows, left_out=more, whole=whole)
    if day.unknown:
        why = tuple((Reason(f"why-{code}"), count) for code, count in day.unknown.most_common())
        yield Table(caption=WITHOUT(), columns=(WHY(), CUSTOMERS()), rows=why)


def _trends(day: OutlookDay) -> Section:
    rows = [row for row in day.version.parameters.written.trend if _told(day, row.measure)]
    counts = tuple(
        tuple(day.trends[row.measure, direction] for direction in DIRECTIONS) for row in rows
    )
    return Section(
        anchor="trends",
        title=TRENDS(),
        package=PACKAGE,
        lead=(TRENDS_LEAD(), ESTIMATE()),
        charts=(
            Matrix(
                title=TRENDS(),
                down=MEASURE(),
                across=DIRECTION(),
                rows=tuple(row.title for row in rows),
                columns=tuple(says() for says in DIRECTIONS.values()),
                counts=counts,
            ),
        ),
    )


def _told(day: OutlookDay, measure: str) -> bool:
    return any(day.trends[measure, direction] for direction in DIRECTIONS)


def _card(version: Version[Outlook]) -> Section:
    outlook = version.parameters
    tables = [_card_table(PURCHASES(), outlook.card)]
    if outlook.spend is not None:
        tables.append(_card_table(SPEND(), outlook.spend))
    return Section(
        anchor="model-card",
        title=CARD(),
        package=PACKAGE,
        lead=(CARD_LEAD(policy=str(version.ref.policy), since=version.ref.since),),
        tables=tuple(tables),
    )


def _card_table(caption: Reason, card: PurchaseCard | SpendCard) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (MODEL(), MODELS[card.model]),
        (ASSUMES(), ASSUMPTIONS[card.model]()),
        (POPULATION(), card.population),
        (CUSTOMERS(), card.customers),
        (FITTED_ON(), card.fitted_on),
        (PARAMETERS(), _named(card.parameters)),
        (LIKELIHOOD(), card.log_likelihood),
    ]
    if isinstance(card, SpendCard) and card.correlation is not None:
        rows.append((CORRELATION(), card.correlation))
    return Table(caption=caption, columns=(WHAT(), TOLD()), rows=tuple(rows))


def _fit(fitted: Fitted) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for fit in (fitted.purchases, fitted.spend):
        if fit is not None:
            why: Cell = "" if fit.why is None else NO_FIT[fit.why]()
            likelihood = None if fit.log_likelihood is None else _short(fit.log_likelihood)
            rows.append((MODELS[fit.model], fit.customers, _named(fit.parameters), likelihood, why))
    file = f"{fitted.on}/outlook.policy.toml"
    return Section(
        anchor="outlook-fit",
        title=FIT(),
        package=PACKAGE,
        lead=(FIT_LEAD(on=fitted.on, file=file) if fitted.text else FIT_NONE(on=fitted.on),),
        tables=(
            Table(
                caption=FIT(),
                columns=(MODEL(), CUSTOMERS(), PARAMETERS(), LIKELIHOOD(), FIT_WHY()),
                rows=tuple(rows),
            ),
        ),
    )


def _named(parameters: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{name} {value:f}" for name, value in parameters.items())


def _short(number: Decimal | None, unit: str = "0.0001") -> Decimal | None:
    """Return a number as a table shows it."""
    return None if number is None else number.quantize(Decimal(unit), ROUND_HALF_EVEN)
