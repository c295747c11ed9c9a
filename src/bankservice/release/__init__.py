"""
Policies released: validated, compared, proved, tried, approved by somebody else, and recorded.

    from bankservice import release
    asked = release.Asked(by="li", asked_by="wang", document="minutes 2026/7", on=date(2026, 6, 15))
    told = release.release("tiers.policy.toml", asked, cases=["cases"])
    told.code, told.written

What is planned (`planning`), judged (`judging`) and written into a text (`approving`) is pure; files are touched in
`folder`, `proving` and `publishing` alone. `bankservice policies release` is the same from the
command line.
"""

from bankservice.release.approving import approve
from bankservice.release.folder import ReleaseFolder
from bankservice.release.judging import STOPPED, Refusal, problems
from bankservice.release.model import (
    Act,
    Asked,
    Difference,
    Figures,
    Item,
    Proof,
    Record,
    TableProof,
)
from bankservice.release.planning import Plan, plan
from bankservice.release.publishing import Ask, History, Outcome, book, release, released
from bankservice.release.saying import said

__all__ = [
    "STOPPED",
    "Act",
    "Ask",
    "Asked",
    "Difference",
    "Figures",
    "History",
    "Item",
    "Outcome",
    "Plan",
    "Proof",
    "Record",
    "Refusal",
    "ReleaseFolder",
    "TableProof",
    "approve",
    "book",
    "plan",
    "problems",
    "release",
    "released",
    "said",
]
