"""
Measure what `import bankservice` costs.

Each import runs in a fresh process, which times the statement itself; the start
of the interpreter is not counted. The subjects take turns, so that a slow
moment of the machine falls on all of them. Medians and ratios are of one run:

    python benchmarks/import_cost.py [--runs N]
"""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

BASE: Final = "attrs + babel + cattrs + iso4217 + pendulum"
OURS: Final = "bankservice"
SUBJECTS: Final[Mapping[str, str]] = {
    "attrs": "import attrs",
    "babel": "import babel, babel.numbers",
    "cattrs": "import cattrs",
    "iso4217": "import iso4217",
    "pendulum": "import pendulum",
    BASE: "import attrs, babel, babel.numbers, cattrs, iso4217, pendulum",
    OURS: "import bankservice",
    "bankservice.segmentation": "import bankservice.segmentation",
    "sqlalchemy (extra sql)": "import sqlalchemy",
    "psycopg (extra postgres)": "import psycopg",
    "cryptography (extra crypto)": (
        "import cryptography.exceptions, cryptography.hazmat.primitives.ciphers.aead"
    ),
    "click (extra cli)": "import click",
}
TIMER: Final = """
from time import perf_counter
begun = perf_counter()
{statement}
print(perf_counter() - begun)
"""


def milliseconds(statement: str) -> float | None:
    """
    Return how long *statement* takes in a fresh process, or None where it cannot be imported.
    """
    command = [sys.executable, "-c", TIMER.format(statement=statement)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode == 0:
        return float(done.stdout) * 1_000
    if "ModuleNotFoundError" in done.stderr:
        return None
    raise RuntimeError(done.stderr)


def medians(runs: int) -> dict[str, float]:
    """
    Return the median of *runs* imports for each subject that is installed.

    One import before the first round writes the byte code and is not counted.
    """
    subjects = {name: text for name, text in SUBJECTS.items() if milliseconds(text) is not None}
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(runs):
        for name, statement in subjects.items():
            taken = milliseconds(statement)
            if taken is not None:
                times[name].append(taken)
    return {name: statistics.median(taken) for name, taken in times.items()}


def main() -> None:
    """
    Print the table and the ratio.
    """
    parser = argparse.ArgumentParser(description="Measure what `import bankservice` costs.")
    parser.add_argument("--runs", type=int, default=15, help="fresh processes for each (15)")
    runs = parser.parse_args().runs
    found = medians(runs)
    print(f"Python {platform.python_version()}, median of {runs} fresh processes, ms")
    for name in SUBJECTS:
        print(
            f"{found[name]:8.1f}  {name}" if name in found else f"{'-':>8}  {name}: not installed"
        )
    if OURS in found:
        print(f"{found[OURS] / found[BASE]:8.2f}  ratio of bankservice to its base dependencies")


if __name__ == "__main__":
    main()
