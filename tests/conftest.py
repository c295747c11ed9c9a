"""
Hypothesis profiles, and the databases of the tests.

`ci` repeats the same examples on every run, so that a red build can be run again; `brief` does so
with few, and leaves to it what a second Python tells nothing new of. `dev` is the default by hand. `thorough` is for a long look before a release:
`HYPOTHESIS_PROFILE=thorough python -m pytest`. `nightly` is one for a machine that is idle at
night: many examples, others every time, and a million steps of the points account:
`HYPOTHESIS_PROFILE=nightly python -m pytest`.
"""

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import Postgres, postgres_server
from effort import EXAMPLES, chosen_profile
from hypothesis import HealthCheck, settings
from real_data import data

__all__ = ["data"]

# The generator of the rule book stands beside its pages, not in the package.
sys.path.insert(0, str(Path(__file__).parent.parent / "docs"))

for name, examples in EXAMPLES.items():
    settings.register_profile(
        name,
        deadline=None,
        print_blob=True,
        max_examples=examples,
        derandomize=name in ("brief", "ci"),
        # A shared machine may be slow to make examples; that is not a fault of the code.
        suppress_health_check=() if name == "dev" else [HealthCheck.too_slow],
    )
settings.load_profile(chosen_profile())

# The books of real data take minutes; CI reads them beside the suite, by the names of their files.
REAL_DATA = ["examples/test_real_data.py", "examples/test_real_survey.py"]
# What a second Python is for, planted banks, whole hosts, killed processes and pages tell no better
# than the rest does; the rules of the house are about the text of the code, which is the same there.
HOSTS = ["examples/test_alembic_host.py", "examples/test_django_host.py"]
BEYOND_BRIEF = [*REAL_DATA, *HOSTS, "book", "demo", "faults", "test_docs.py", "test_tidy.py"]
collect_ignore = {"brief": BEYOND_BRIEF, "ci": REAL_DATA}.get(chosen_profile(), [])


def pytest_collection_finish() -> None:
    """
    Leave what was collected out of the garbage collector, and let it look less often.

    The tests themselves, and all that they import, live to the end, so that looking through them
    again and again finds nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Give the PostgreSQL server of the session."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """Give the URL of a fresh, empty place in PostgreSQL."""
    with postgres.fresh() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Give the URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path}/bank.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Give a fresh database of each kind."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))
