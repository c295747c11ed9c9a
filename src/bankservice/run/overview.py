"""The sections every report has: the state at a glance, what was read, what was not, which rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from bankservice.core.citation import Citation
from bankservice.core.decision import Reason, Says
from bankservice.core.policy import Policy, Version
from bankservice.report import Figure, Section, Share, Table
from bankservice.report.model import Cell
from bankservice.run.part import PartReport
from bankservice.run.plan import Plan
from bankservice.run.rejects import PACKAGE, Rejects
from bankservice.run.rows import Rows

__all__ = ["Taken", "overview"]

GLANCE = Says("glance")
ONE_DAY = Says("of-day", ("on",))
SEVERAL_DAYS = Says("of-days", ("first", "last", "days"))
REJECTED = Says("rejected")
REJECTED_NOTE = Says("rejected-note", ("lost", "rows"))
QUALITY = Says("quality")
QUALITY_LEAD = Says("quality-lead")
ROWS_BY_FILE = Says("rows-by-file")
FILE = Says("file")
TABLE = Says("table")
READ = Says("read")
KEPT = Says("kept")
LEFT_OUT = Says("filtered")
REJECTS = Says("rejects")
REJECTS_NONE = Says("rejects-none")
REJECTS_LEAD = Says("rejects-lead", ("rejects",))
WITHOUT_ACCOUNTS = Says("without-accounts")
COUNT = Says("count")
BY_REASON = Says("rejects-by-reason")
FIRST = Says("rejects-first")
FIELD = Says("field")
WHY = Says("why")
LINE = Says("line")
VALUE = Says("value")
SHARE = Says("rejected-share")
POLICIES = Says("policies")
POLICIES_LEAD = Says("policies-lead")
POLICY = Says("policy")
ID = Says("policy-id")
SINCE = Says("since")
SOURCE = Says("clause-of")
ADDRESS = Says("address")
CHECKED = Says("checked")
DIGEST = Says("digest")


@attrs.frozen
class Taken:
    """
    What became of the rows of a file.

    Attributes:
        place: Where its extract stands in `bank.toml`.
        file: Its name, below the data folder.
        table: The table it holds.
        read: Rows in it.
        left_out: Of them, those the extract's filter left out.
        rejected: Of them, those that were rejected.
    """

    place: str
    file: str
    table: str
    read: int = 0
    left_out: int = 0
    rejected: int = 0

    def plus(self, rows: Rows) -> Taken:
        """Return this with one block more."""
        lost = rows.read - rows.left_out - rows.good.height
        return attrs.evolve(
            self,
            read=self.read + rows.read,
            left_out=self.left_out + rows.left_out,
            rejected=self.rejected + lost,
        )

    def settled(self, rejects: Rejects) -> Taken:
        """Return this with the rows that were left out or rejected once they had been read."""
        return attrs.evolve(
            self,
            left_out=self.left_out + rejects.passed[self.place, self.file],
            rejected=self.rejected + rejects.dropped[self.place, self.file],
        )

    @property
    def kept(self) -> int:
        """Rows that count."""
        return self.read - self.left_out - self.rejected


def overview(
    parts: Sequence[PartReport],
    taken: Sequence[Taken],
    rejects: Rejects,
    without_accounts: int,
    told: Plan,
    profile: tuple[Policy[Any], Version[Any]],
) -> tuple[Reason, Section, tuple[Section, ...]]:
    """Return the days told of, the first section, and those after the parts' own."""
    days = told.days
    subtitle = (
        ONE_DAY(on=days[-1])
        if len(days) == 1
        else SEVERAL_DAYS(first=days[0], last=days[-1], days=len(days))
    )
    rows = sum(held.read for held in taken)
    figure = Figure(
        REJECTED(),
        rejects.total,
        REJECTED_NOTE(lost=sum(held.rejected for held in taken), rows=rows),
        "warning" if rejects.total else "good",
    )
    first = Section(
        anchor="glance",
        title=GLANCE(),
        package=PACKAGE,
        figures=(*(held for part in parts for held in part.figures), figure),
    )
    after = (_rejects(rejects), _quality(taken, without_accounts), _policies(parts, profile))
    return subtitle, first, after


def _rejects(rejects: Rejects) -> Section:
    if not rejects.total:
        return Section(anchor="rejects", title=REJECTS(), package=PACKAGE, lead=(REJECTS_NONE(),))
    counted: list[tuple[Cell, ...]] = [
        (file, field, Reason(f"{code}-short"), count)
        for (file, field, code), count in rejects.counts.most_common()
    ]
    first: list[tuple[Cell, ...]] = [
        (held.file, str(held.line or ""), held.field, held.shape, held.reason)
        for held in rejects.first
    ]
    return Section(
        anchor="rejects",
        title=REJECTS(),
        package=PACKAGE,
        lead=(REJECTS_LEAD(rejects=rejects.total),),
        tables=(
            Table(
                caption=BY_REASON(), columns=(FILE(), FIELD(), WHY(), COUNT()), rows=tuple(counted)
            ),
            Table(
                caption=FIRST(),
                columns=(FILE(), LINE(), FIELD(), VALUE(), WHY()),
                rows=tuple(first),
                left_out=rejects.total - len(first),
                whole="rejects.csv",
            ),
        ),
    )


def _quality(taken: Sequence[Taken], without_accounts: int) -> Section:
    rows: list[tuple[Cell, ...]] = [
        (
            held.file,
            held.table,
            held.read,
            held.kept,
            held.left_out,
            held.rejected,
            Share(held.rejected, held.read),
        )
        for held in taken
    ]
    return Section(
        anchor="quality",
        title=QUALITY(),
        package=PACKAGE,
        lead=(QUALITY_LEAD(),),
        figures=(
            Figure(
                WITHOUT_ACCOUNTS(),
                without_accounts,
                tone="warning" if without_accounts else "good",
            ),
        )
        if any(held.table in ("customers", "accounts") for held in taken)
        else (),
        tables=(
            Table(
                caption=ROWS_BY_FILE(),
                columns=(FILE(), TABLE(), READ(), KEPT(), LEFT_OUT(), REJECTED(), SHARE()),
                rows=tuple(rows),
            ),
        ),
    )


def _policies(parts: Sequence[PartReport], profile: tuple[Policy[Any], Version[Any]]) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for versions in (*(part.versions for part in parts), (profile,)):
        for policy, version in versions:
            rows.append(
                (
                    policy.title,
                    policy.id,
                    version.ref.since,
                    version.source.label(),
                    version.source.url,
                    _checked(version.source),
                    version.ref.digest[:12],
                )
            )
            titles = {source.label(): source for source in _own_sources(version.parameters)}
            rows += (
                ("", policy.id, version.ref.since, label, source.url, _checked(source), "")
                for label, source in titles.items()
            )
    columns: tuple[Reason, ...] = (
        POLICY(),
        ID(),
        SINCE(),
        SOURCE(),
        ADDRESS(),
        CHECKED(),
        DIGEST(),
    )
    address = columns.index(ADDRESS())
    if not any(row[address] for row in rows):
        # A bank's own papers have no address: the width is better spent on their names.
        columns = (*columns[:address], *columns[address + 1 :])
        rows = [(*row[:address], *row[address + 1 :]) for row in rows]
    return Section(
        anchor="policies",
        title=POLICIES(),
        package=PACKAGE,
        lead=(POLICIES_LEAD(),),
        tables=(Table(caption=POLICIES(), columns=columns, rows=tuple(rows)),),
    )


def _checked(source: Citation) -> Reason:
    return Reason(f"checked-{source.checked}")


def _own_sources(parameters: object) -> list[Citation]:
    """Return the sources that rows of a policy cite for themselves."""
    rows = getattr(parameters, "rows", ())
    return [row.source for row in rows if getattr(row, "source", None) is not None]
