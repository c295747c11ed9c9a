"""
The main job: a bank's own extracts → a day of decisions → results and a report.

    from bankservice import run
    summary = run.run(run.plan(Path("bank.toml")))

`bankservice run bank.toml` is the same from the command line. It needs the `run` extra.
"""

from bankservice.run.folder import OutputError, RunningError
from bankservice.run.part import DayResult, Part, PartReport, Setting, Watch
from bankservice.run.plan import Plan
from bankservice.run.work import PARTS, PartKind, Summary, plan, run

__all__ = [
    "PARTS",
    "DayResult",
    "OutputError",
    "Part",
    "PartKind",
    "PartReport",
    "Plan",
    "RunningError",
    "Setting",
    "Summary",
    "Watch",
    "plan",
    "run",
]
