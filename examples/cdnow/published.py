"""
The published fits of four models beside ours, on two public samples.

    python examples/cdnow/published.py
    python examples/cdnow/published.py FOLDER

The folder holds `CDNOW_sample.txt.gz`, the summaries of it that were published, and
`donations.csv.gz`. Left out, it is `cdnow_lifetimes` in `$BANKSERVICE_DATA`, or in `../shared/data`
beside the clone. The report is printed; it, its tables and the fit as a policy are written to
`out/`.
"""

from __future__ import annotations

import csv
import gzip
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import attrs

from bankservice import lifecycle
from bankservice.core.policy import Policy
from bankservice.lifecycle import Fit, Pattern, Spend
from bankservice.lifecycle.prediction.history import HistoryFacts, summary

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parent.parent
SAMPLE: Final = "cdnow_lifetimes"

CALIBRATED: Final = date(1997, 9, 30)
"""Last day the models see."""
WATCHED: Final = date(1998, 6, 30)
"""Last day of the purchases they foretell: 39 weeks later."""
WEEKS: Final = 39
HUNDREDTH: Final = Decimal("0.01")

PUBLISHED: Final[Mapping[str, Mapping[str, str]]] = {
    "bg-nbd": {"r": "0.243", "alpha": "4.414", "a": "0.793", "b": "2.426"},
    "mbg-nbd": {"r": "0.525", "alpha": "6.183", "a": "0.891", "b": "1.614"},
    "gamma-gamma": {"p": "6.25", "q": "3.74", "v": "15.44"},
    "bg-bb": {"alpha": "1.204", "beta": "0.750", "gamma": "0.657", "delta": "2.783"},
}
"""Parameters as they were published, to as many digits."""

BANDS: Final[tuple[dict[str, Any], ...]] = (
    {"code": "low", "title": {"en": "Low", "zh": "低"}},
    {"code": "medium", "title": {"en": "Medium", "zh": "中"}, "at_least": "0.3"},
    {"code": "high", "title": {"en": "High", "zh": "高"}, "at_least": "0.6"},
    {"code": "very_high", "title": {"en": "Very high", "zh": "极高"}, "at_least": "0.85"},
)
"""Bands of churn risk, the lowest first; the cut points are this example's."""

Purchases = Mapping[date, Decimal]
Table = list[list[str]]


@attrs.frozen
class Customer:
    """
    What the models see of a customer, and what came after.

    Attributes:
        id: The customer's number in the sample.
        days: Days with a purchase up to the last day of the calibration.
        frequency: Repeat purchases (x), by day.
        recency: Weeks from the first purchase to the last (t_x), to two places as published.
        age: Weeks from the first purchase to the last day of the calibration (T).
        mean: Average spend of the repeat purchases.
        later: Days with a purchase in the 39 weeks that follow.
    """

    id: str
    days: tuple[date, ...]
    frequency: Decimal
    recency: Decimal
    age: Decimal
    mean: Decimal
    later: int


# -- reading ---------------------------------------------------------------------------------------


def data_folder(named: Sequence[str]) -> Path:
    """Return the folder of the data; end with a sentence where it is missing."""
    place = os.environ.get("BANKSERVICE_DATA")
    near = Path(place) if place else ROOT.parent / "shared" / "data"
    folder = Path(named[0]) if named else near / SAMPLE
    if not folder.is_dir():
        sys.exit(
            f"there is no data in {folder}: name its folder, or the one above it by $BANKSERVICE_DATA."
        )
    return folder


def purchases(folder: Path) -> dict[str, Purchases]:
    """Return what each customer of the sample spent on each day, the customers in order."""
    bought: defaultdict[str, defaultdict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    with gzip.open(folder / "CDNOW_sample.txt.gz", "rt") as rows:
        for row in rows:
            _, customer, on, _, amount = row.split()
            bought[customer][date(int(on[:4]), int(on[4:6]), int(on[6:]))] += Decimal(amount)
    return {who: bought[who] for who in sorted(bought)}


def table(folder: Path, name: str) -> list[dict[str, str]]:
    """Return the rows of a gzipped table."""
    with gzip.open(folder / name, "rt", newline="") as file:
        return list(csv.DictReader(file))


def customers(bought: Mapping[str, Purchases]) -> list[Customer]:
    """Return frequency, recency and age of every customer, by the package's own count."""
    found = []
    for who, spent in bought.items():
        days = tuple(sorted(day for day in spent if day <= CALIBRATED))
        history = summary(HistoryFacts(on=CALIBRATED, days=days), "week", periods=False)
        repeats = [spent[day] for day in days[1:]]
        found.append(
            Customer(
                id=who,
                days=days,
                frequency=Decimal(int(history.frequency)),
                recency=hundredths(history.recency),
                age=hundredths(history.age),
                mean=hundredths(Fraction(sum(repeats)) / len(repeats) if repeats else Fraction(0)),
                later=sum(CALIBRATED < day <= WATCHED for day in spent),
            )
        )
    return found


def hundredths(value: Fraction) -> Decimal:
    """Return a value to two places, halves away from zero, as the summary was published."""
    return (Decimal(value.numerator) / value.denominator).quantize(HUNDREDTH, ROUND_HALF_UP)


# -- report ----------------------------------------------------------------------------------------


def agreement(folder: Path, held: Sequence[Customer]) -> Iterator[str]:
    """Tell how many customers have the published frequency, recency, age and mean spend."""
    times = {
        int(row["ID"]): (row["frequency"], row["recency"], row["T"])
        for row in table(folder, "cdnow_customers_summary.csv.gz")
    }
    spent = {
        int(row["ID"]): row["zbar"]
        for row in table(folder, "cdnow_customers_summary_with_transactions.csv.gz")
    }
    same = sum(
        tuple(map(Decimal, times[int(each.id)])) == (each.frequency, each.recency, each.age)
        for each in held
    )
    alike = sum(Decimal(spent[int(each.id)]) == each.mean for each in held)
    again = sum(int(each.frequency) for each in held)
    once = sum(not each.frequency for each in held)
    yield f"CDNOW sample: {len(held):,} customers, seen to {CALIBRATED}"
    yield f"  {again:,} repeat purchases; {once:,} customers without one"
    yield f"  frequency, recency and age as published: {same:,} of {len(times):,}"
    yield f"  mean spend as published: {alike:,} of {len(spent):,}"


def fits(folder: Path, held: Sequence[Customer]) -> dict[str, Fit]:
    """Fit the four models by the rules."""
    bought = [
        {"frequency": each.frequency, "recency": each.recency, "age": each.age} for each in held
    ]
    donors = [
        {
            "frequency": row["frequency"],
            "recency": row["recency"],
            "age": row["periods"],
            "count": int(row["weights"]),
        }
        for row in table(folder, "donations.csv.gz")
    ]
    spent = [{"frequency": each.frequency, "mean": each.mean} for each in held if each.frequency]
    return {
        "bg-nbd": lifecycle.purchase_fit(model="bg-nbd", population=bought).outcome,
        "mbg-nbd": lifecycle.purchase_fit(model="mbg-nbd", population=bought).outcome,
        "gamma-gamma": lifecycle.spend_fit(population=spent).outcome,
        "bg-bb": lifecycle.purchase_fit(model="bg-bb", population=donors).outcome,
    }


def parameters(found: Mapping[str, Fit]) -> Table:
    """Return each parameter as published and as fitted, and both to the published digits."""
    rows = [["model", "parameter", "published", "ours", "to as many places"]]
    for model, fit in found.items():
        for name, published in PUBLISHED[model].items():
            ours = fit.parameters[name]
            places = ours.quantize(Decimal(published))
            rows.append([model, name, published, f"{ours:.5f}", f"{places}"])
    return rows


def told_fits(found: Mapping[str, Fit], rows: Table) -> Iterator[str]:
    """Tell the fits beside the published ones."""
    yield "Fits: published, ours, ours to as many places"
    for model, fit in found.items():
        yield f"  {model}: log-likelihood {fit.log_likelihood:,.4f}, converged: {fit.converged}"
        for _, name, published, ours, places in (row for row in rows[1:] if row[0] == model):
            yield f"    {name:<6}{published:>8}{ours:>10}{places:>8}"
    spend = found["gamma-gamma"]
    yield (
        f"  correlation of frequency and mean spend, which gamma-gamma takes to be 0: "
        f"{spend.correlation:.3f}"
    )


def expectations(found: Mapping[str, Fit], held: Sequence[Customer]) -> Iterator[str]:
    """Tell what is expected of customer 1 and of all, by the published parameters and by ours."""
    asked = {"frequency": 2, "recency": "30.43", "age": "38.86", "horizon": WEEKS}
    yield "Customer 1 (x = 2, t_x = 30.43, T = 38.86): purchases in the next 39 weeks"
    by_published = lifecycle.bg_nbd(**asked, parameters=PUBLISHED["bg-nbd"]).outcome
    by_ours = lifecycle.bg_nbd(**asked, parameters=found["bg-nbd"].parameters).outcome
    yield f"  bg-nbd, published parameters: {by_published.expected:.4f} (published 1.226)"
    yield f"  bg-nbd, ours: {by_ours.expected:.4f}; still a customer: {by_ours.p_alive:.4f}"
    told = [
        lifecycle.bg_nbd(
            frequency=each.frequency,
            recency=each.recency,
            age=each.age,
            horizon=WEEKS,
            parameters=PUBLISHED["bg-nbd"],
        ).outcome
        for each in held
    ]
    total = sum(sure(each.expected) for each in told)
    mean = sum(sure(each.p_alive) for each in told) / len(told)
    yield f"All customers, by bg-nbd with published parameters: {total:,.4f} purchases"
    yield f"  mean probability of being still a customer: {mean:.6f}"


def spends(held: Sequence[Customer]) -> Iterator[str]:
    """Tell the expected spend of the first ten customers by the published parameters."""
    told = [
        lifecycle.gamma_gamma(
            frequency=each.frequency, mean=each.mean, parameters=PUBLISHED["gamma-gamma"]
        ).outcome.expected
        for each in held[:10]
    ]
    yield "Expected spend of the first ten customers, published gamma-gamma parameters"
    yield "  " + " ".join(f"{each:.2f}" for each in told)


def donors(folder: Path, fit: Fit) -> Iterator[str]:
    """Tell what BG/BB expects of the donors, published in 2010."""
    rows = table(folder, "donations.csv.gz")
    told = {
        (int(row["frequency"]), int(row["recency"])): lifecycle.bg_bb(
            frequency=row["frequency"],
            recency=row["recency"],
            age=row["periods"],
            horizon=5,
            parameters=fit.parameters,
        ).outcome
        for row in rows
    }
    total = sum(
        sure(told[int(row["frequency"]), int(row["recency"])].expected) * int(row["weights"])
        for row in rows
    )
    yield f"Donations: {sum(int(row['weights']) for row in rows):,} donors, six periods, bg-bb"
    yield "  still a donor in the seventh period, published and ours"
    for x, last, published in ((0, 0, "0.11"), (2, 4, "0.59"), (6, 6, "0.93")):
        yield f"    x = {x}, the last in period {last}: {published} {told[x, last].p_alive:.2f}"
    yield f"  donations expected in the next five periods: {total:,.1f} (published 12,884.2)"


def sure(number: Decimal | None) -> Decimal:
    """Return a number that is there, since nothing of these customers is unknown."""
    if number is None:
        raise ValueError("a number is missing where every fact was given.")
    return number


def forecasts(found: Mapping[str, Fit], held: Sequence[Customer]) -> dict[str, list[Decimal]]:
    """Return the purchases each model expects of each customer in the weeks that follow."""
    return {
        model: [
            sure(
                rule(
                    frequency=each.frequency,
                    recency=each.recency,
                    age=each.age,
                    horizon=WEEKS,
                    parameters=found[model].parameters,
                ).outcome.expected
            )
            for each in held
        ]
        for model, rule in (("bg-nbd", lifecycle.bg_nbd), ("mbg-nbd", lifecycle.mbg_nbd))
    }


def holdout(held: Sequence[Customer], expected: Mapping[str, Sequence[Decimal]]) -> Table:
    """Return, by repeat purchases seen, what followed and what was expected; all in the end."""
    rows = [["repeat purchases", "customers", "made later", *expected]]
    classes = {str(x): [x] for x in range(7)} | {"7 or more": range(7, 10_000)}
    for name, within in (*classes.items(), ("all", range(10_000))):
        places = [place for place, each in enumerate(held) if int(each.frequency) in within]
        cells = [sum(held[place].later for place in places)]
        totals = [sum(column[place] for place in places) for column in expected.values()]
        rows.append([name, str(len(places)), str(cells[0]), *(f"{each:.1f}" for each in totals)])
    return rows


def told_table(title: str, rows: Table) -> Iterator[str]:
    """Tell a table, its columns set below their heads."""
    yield title
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        yield "  " + "  ".join([row[0].ljust(widths[0]), *cells[1:]])


# -- bands of risk ---------------------------------------------------------------------------------


def outlook(found: Mapping[str, Fit], held: Sequence[Customer]) -> str:
    """Return our fit as the text of a policy that a bank could adopt; the bands are ours."""
    described = {
        "en": "Sample of CDNOW: first purchase in the first quarter of 1997",
        "zh": "CDNOW样本：1997年第一季度首次购买",
    }
    came_back = {"en": "Those of them who came back", "zh": "其中再次购买的客户"}
    return lifecycle.adopt(
        found["mbg-nbd"],
        policy_id="examples/cdnow-outlook",
        title={"en": "Outlook by our fit of CDNOW", "zh": "按本例对CDNOW拟合结果的展望"},
        since=CALIBRATED,
        fitted_on=CALIBRATED,
        unit="week",
        population=described,
        source={"text": "Example of the CDNOW sample", "clause": "our fit", "checked": "own"},
        zone="UTC",
        horizon=WEEKS,
        digest=lifecycle.population_digest(
            Pattern(each.frequency, each.recency, each.age) for each in held
        ),
        bands=BANDS,
        spend=found["gamma-gamma"],
        currency="USD",
        spend_population=came_back,
        spend_digest=lifecycle.population_digest(
            Spend(each.frequency, each.mean) for each in held if each.frequency
        ),
        value={"steps": 9, "rate": "0.10", "rate_per": "year", "margin": "0.3"},
        refit_after="P12M",
    )


def banded(policy: Policy[Any], held: Sequence[Customer]) -> Table:
    """Return, by band of risk, how many customers, what was estimated, and what followed."""
    told = [lifecycle.churn_risk(policy, on=CALIBRATED, days=each.days).outcome for each in held]
    rows = [["band", "customers", "mean risk", "expected each", "made each", "none made"]]
    for row in BANDS:
        within = [
            (risk, each.later)
            for risk, each in zip(told, held, strict=True)
            if risk.band == row["code"]
        ]
        count = len(within)
        rows.append(
            [
                row["code"],
                str(count),
                f"{sum(sure(risk.risk) for risk, _ in within) / count:.3f}",
                f"{sum(sure(risk.expected) for risk, _ in within) / count:.3f}",
                f"{sum(later for _, later in within) / count:.3f}",
                f"{sum(not later for _, later in within) / count:.0%}",
            ]
        )
    return rows


# -- all of it -------------------------------------------------------------------------------------


def write(folder: Path, tables: Mapping[str, Table], texts: Mapping[str, str]) -> None:
    """Write the tables and texts of a run."""
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def run(folder: Path, out: Path) -> str:
    """Fit, forecast and compare; write tables; return the report."""
    held = customers(purchases(folder))
    found = fits(folder, held)
    fitted = parameters(found)
    expected = forecasts(found, held)
    watched = holdout(held, expected)
    text = outlook(found, held)
    risks = banded(lifecycle.SHELF.read(text, "outlook.policy.toml"), held)
    parts: list[Iterable[str]] = [
        agreement(folder, held),
        told_fits(found, fitted),
        expectations(found, held),
        spends(held),
        donors(folder, found["bg-bb"]),
        told_table(
            f"Purchases from {CALIBRATED + timedelta(days=1)} to {WATCHED}, by model", watched
        ),
        told_table("Churn risk by mbg-nbd, and the same weeks", risks),
    ]
    report = "\n\n".join("\n".join(part) for part in parts) + "\n"
    write(
        out,
        {"parameters.csv": fitted, "holdout.csv": watched, "bands.csv": risks},
        {"report.txt": report, "outlook.policy.toml": text},
    )
    return report


def main() -> None:
    """Print the report."""
    sys.stdout.write(run(data_folder(sys.argv[1:]), HERE / "out"))


if __name__ == "__main__":
    main()
