"""What the report tells of treatments: what is due now, and what came of earlier ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from bankservice.core.decision import Says
from bankservice.core.policy import Title
from bankservice.report import Figure, Matrix, Section, Share, Table
from bankservice.report.model import Cell
from bankservice.run.rejects import PACKAGE
from bankservice.run.stages_care import TreatedDay
from bankservice.run.stages_words import STAGES

__all__ = ["care_sections"]

TITLE = Says("treatments")
LEAD = Says("treatments-lead", ("meant", "open", "on"))
LEAD_NONE = Says("treatments-none", ("on",))
MEANT = Says("treatments-meant")
OPEN = Says("treatments-open")
TREATMENT = Says("treatments-treatment")
STAGE = Says("treatments-stage")
DUE = Says("treatments-due")
CAME = Says("treatments-came")
INTENDED = Says("treatments-intended")
DELIVERED = Says("treatments-delivered")
ANSWERED = Says("treatments-answered")
DECLINED = Says("treatments-declined")
WAITING = Says("treatments-waiting")
EXPIRED = Says("treatments-expired")
FOLLOWED = Says("treatments-followed")
FOLLOWED_NOTE = Says("treatments-followed-note")

_SHOWN: Final = ("intended", "delivered", "answered", "declined", "waiting", "expired")


def care_sections(
    days: Sequence[TreatedDay],
) -> tuple[tuple[Figure, ...], tuple[Section, ...]]:
    """Return the figures at a glance and the section of the last day."""
    day = days[-1]
    rules = day.version.parameters
    names: dict[str, Title | str] = {row.code: row.title for row in rules.rows}
    counts: Counter[tuple[str, str]] = day.fresh
    codes = [code for code in names if any(treatment == code for treatment, _ in counts)]
    meant, waiting = sum(counts.values()), day.status["open"]
    charts: tuple[Matrix, ...] = ()
    if codes:
        charts = (
            Matrix(
                title=DUE(),
                down=TREATMENT(),
                across=STAGE(),
                rows=tuple(names[code] for code in codes),
                columns=tuple(STAGES.values()),
                counts=tuple(tuple(counts[code, stage] for stage in STAGES) for code in codes),
            ),
        )
    rows: list[tuple[Cell, ...]] = [
        (
            names.get(code, code),
            *(getattr(held, name) for name in _SHOWN),
            Share(held.followed, held.watched),
        )
        for code, held in sorted(day.measures.items())
    ]
    came = Table(
        caption=CAME(),
        columns=(
            TREATMENT(),
            INTENDED(),
            DELIVERED(),
            ANSWERED(),
            DECLINED(),
            WAITING(),
            EXPIRED(),
            FOLLOWED(),
        ),
        rows=tuple(rows),
    )
    lead = LEAD(meant=meant, open=waiting, on=day.on) if rows else LEAD_NONE(on=day.on)
    section = Section(
        anchor="treatments",
        title=TITLE(),
        package=PACKAGE,
        lead=(lead, FOLLOWED_NOTE()) if rows else (lead,),
        charts=charts,
        tables=(came,) if rows else (),
    )
    return (Figure(MEANT(), meant), Figure(OPEN(), waiting)), (section,)
