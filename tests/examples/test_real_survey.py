"""
The main job on a real survey: 250 customers of a Spanish bank and 27 questions, counted again here.
"""

from __future__ import annotations

import csv
import gzip
import math
import statistics
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Final

import attrs
import pytest

from bankservice import run

ROOT: Final = Path(__file__).parent.parent.parent
EXAMPLE: Final = ROOT / "examples" / "bank-survey-es"
DAY: Final = date(2026, 6, 30)
DIMENSIONS: Final = {
    "image": "imag",
    "expectation": "expe",
    "quality": "qual",
    "value": "val",
    "satisfaction": "sat",
    "loyalty": "loy",
}
PUBLISHED: Final = {
    "image": (0.8219, 7.550),
    "expectation": (0.8431, 7.494),
    "quality": (0.8685, 6.957),
    "value": (0.8320, 7.082),
    "satisfaction": (0.8943, 6.833),
    "loyalty": (0.8206, 7.237),
}
"""Alpha and mean of each dimension, as stated beside the data."""

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def rows(data: Path) -> Rows:
    """The answers as they stand in the file."""
    with gzip.open(data / "bank_satisfaction_spain" / "satisfaction.csv.gz", "rt") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def ran(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the results."""
    out = tmp_path_factory.mktemp("survey")
    summary = run.run(attrs.evolve(run.plan(EXAMPLE / "bank.toml"), output=out))

    assert summary.rejects == 0
    return out


def table(folder: Path, name: str) -> Rows:
    """Return the rows of a result."""
    with (folder / str(DAY) / f"survey-{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def answers(rows: Rows, code: str) -> list[int]:
    """Return the answers to a question."""
    return [int(row[code]) for row in rows]


def nps(codes: list[int]) -> float:
    """Return a net promoter score."""
    return 100 * (sum(c >= 9 for c in codes) - sum(c <= 6 for c in codes)) / len(codes)


def alpha(columns: list[list[int]]) -> float:
    """Return Cronbach's alpha of columns."""
    k = len(columns)
    totals = [sum(row) for row in zip(*columns, strict=True)]
    parts = sum(statistics.variance(column) for column in columns)
    return float(k / (k - 1) * (1 - parts / statistics.variance(totals)))


def dot(one: list[float], other: list[float]) -> float:
    """Return the sum of products."""
    return math.fsum(p * q for p, q in zip(one, other, strict=True))


def r_squared(outcome: list[int], columns: list[list[int]]) -> float:
    """Return the share of variance that a regression on columns explains, by elimination."""
    means = [statistics.fmean(column) for column in columns]
    y = statistics.fmean(outcome)
    centred = [[c - m for c in column] for column, m in zip(columns, means, strict=True)]
    target = [c - y for c in outcome]
    matrix = [[*(dot(a, b) for b in centred), dot(a, target)] for a in centred]
    for at, pivot in enumerate(matrix):
        matrix[at] = pivot = [held / pivot[at] for held in pivot]
        for other, row in enumerate(matrix):
            if other != at:
                matrix[other] = [p - row[at] * q for p, q in zip(row, pivot, strict=True)]
    slopes = [row[-1] for row in matrix]
    moved = sum(slope * dot(a, target) for slope, a in zip(slopes, centred, strict=True))
    return moved / dot(target, target)


class TestSpanishBank:
    """What is stated beside the data comes out, and what is counted here."""

    def test_dimensions(self, ran: Path, rows: Rows) -> None:
        """Alpha and the mean of each dimension."""
        found = {row["dimension"]: row for row in table(ran, "dimensions")}

        assert set(DIMENSIONS) == set(found)
        for name, letters in DIMENSIONS.items():
            codes = found[name]["items"].split()
            columns = [answers(rows, code) for code in codes]
            assert all(code.startswith(letters) for code in codes)
            assert alpha(columns) == pytest.approx(float(found[name]["alpha"]), abs=1e-9)
            mean = statistics.fmean(statistics.fmean(row) for row in zip(*columns, strict=True))
            assert mean == pytest.approx(float(found[name]["mean"]), abs=1e-9)
            assert PUBLISHED[name][0] == pytest.approx(float(found[name]["alpha"]), abs=5e-5)
            assert PUBLISHED[name][1] == pytest.approx(float(found[name]["mean"]), abs=5e-4)

    def test_scores(self, ran: Path, rows: Rows, capsys: pytest.CaptureFixture[str]) -> None:
        """Every question has its mean; that of recommending, its net promoter score."""
        found = {row["item"]: row for row in table(ran, "scores")}

        assert len(found) == 27
        for code, row in found.items():
            held = answers(rows, code)
            expected = nps(held) if code == "loy3" else statistics.fmean(held)
            assert expected == pytest.approx(float(row["score"]), abs=1e-9)
            assert float(row["low"]) < float(row["score"]) < float(row["high"])
            assert (row["base"], row["missing"], row["why"]) == ("250", "", "")
        with capsys.disabled():
            row = found["loy3"]
            ends = (round(float(row[name]), 1) for name in ("score", "low", "high"))
            print("\nSpanish survey: NPS {} ({} to {})".format(*ends))

    def test_by_gender(self, ran: Path, rows: Rows) -> None:
        """Two units, 148 and 102, each with its score."""
        found = {(row["unit"], row["item"]): row for row in table(ran, "units")}

        for gender, count in (("female", 148), ("male", 102)):
            held = [int(row["loy3"]) for row in rows if row["gender"] == gender]
            assert count == len(held)
            row = found[gender, "loy3"]
            assert nps(held) == pytest.approx(float(row["score"]), abs=1e-9)
            assert str(count) == row["base"]

    def test_drivers(self, ran: Path, rows: Rows) -> None:
        """What goes with overall satisfaction: shares that sum to what a regression explains."""
        found = table(ran, "drivers")
        codes = [row["driver"] for row in found]
        whole = r_squared(answers(rows, "sat1"), [answers(rows, code) for code in codes])

        assert whole == pytest.approx(float(found[0]["r_squared"]), abs=1e-9)
        assert whole == pytest.approx(sum(float(row["share"]) for row in found), abs=1e-9)
        assert sum(float(row["percent"]) for row in found) == pytest.approx(100)
        strongest = sorted(found, key=lambda row: -float(row["share"]))[:3]
        assert [row["driver"] for row in strongest] == ["val1", "val4", "val2"]

    def test_a_second_wave(self, data: Path, tmp_path: Path, rows: Rows) -> None:
        """The same customers a point more willing to recommend: the change is found, no other."""
        names = [*rows[0], "day", "wave"]
        lines = [",".join(names)]
        for wave, (month, more) in enumerate(((3, 0), (6, 1)), 1):
            for row in rows:
                said = {**row, "loy3": str(min(10, int(row["loy3"]) + more))}
                lines.append(",".join([*said.values(), f"2026-{month:02}-01", f"wave {wave}"]))
        (tmp_path / "waves.csv").write_text("\n".join(lines) + "\n", "utf-8")
        plan = run.plan(EXAMPLE / "bank.toml")
        (extract,) = plan.extracts
        columns = {**extract.columns}
        columns["on"] = attrs.evolve(columns["on"], value=None, column="day")
        columns["wave"] = attrs.evolve(columns["wave"], value=None, column="wave")
        held = attrs.evolve(extract, files=("waves.csv",), columns=type(extract.columns)(columns))

        run.run(attrs.evolve(plan, extracts=(held,), data=tmp_path, output=tmp_path / "out"))

        found = {(row["wave"], row["item"]): row for row in table(tmp_path / "out", "scores")}
        before, after = (answers(rows, "loy3"), [min(10, c + 1) for c in answers(rows, "loy3")])
        row = found["wave 2", "loy3"]
        assert nps(after) - nps(before) == pytest.approx(float(row["difference"]), abs=1e-9)
        assert row["verdict"] == "improved"
        others = {held["verdict"] for (_, item), held in found.items() if item != "loy3"}
        assert others == {"", "no-evidence"}
        waves = table(tmp_path / "out", "waves")
        assert all(a["first_on"] < b["first_on"] for a, b in pairwise(waves))
