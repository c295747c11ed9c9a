"""
Rows of answers and invitations → sheets by wave, each answer a code; what does not fit is told.

Every sheet is taken once: by its invitation, else by its customer within a wave, else by its own
reference. Of a sheet that fits, an answer that does not is left out alone, and named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import polars as pl

from bankservice.core.decision import Reason, Says
from bankservice.run.files import LINE, Source
from bankservice.run.register import (
    BAD_ID,
    DUPLICATE,
    UNKNOWN_CUSTOMER,
    Register,
    bad_ids,
)
from bankservice.run.rejects import Reject, Rejects, mask
from bankservice.run.rows import MISSING, Rows
from bankservice.run.survey_plan import Surveyed
from bankservice.run.survey_sheets import Sheets, read_items

__all__ = ["Intake", "wave_of"]

BEFORE_ASKED = Says("before-invitation", ("asked",))
NOT_INVITED = Says("unknown-invitation")
_FILE: Final = "#file"
_WHEN: Final = "#when"
_DAY: Final = "#day"
_KINDS: Final[Mapping[str, Any]] = {"on": pl.Date, "at": pl.Datetime("us")}
_MONTHS: Final = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}


def wave_of(on: date, every: str) -> str:
    """
    Return the name of the wave a day falls in, where waves are periods of the calendar.

    Examples:
        >>> [
        ...     wave_of(date(2026, 5, 3), every)
        ...     for every in ("month", "quarter", "half-year", "year")
        ... ]
        ['2026-05', '2026-Q2', '2026-H1', '2026']
    """
    place = (on.month - 1) // _MONTHS[every] + 1
    if every == "month":
        return f"{on.year}-{place:02}"
    letter = {"quarter": "-Q", "half-year": "-H"}.get(every)
    return f"{on.year}{letter}{place}" if letter else str(on.year)


class Intake:
    """Takes rows of answers and invitations; tells waves of sheets once closed."""

    def __init__(self, held: Surveyed, rejects: Rejects) -> None:
        """
        Start empty.

        Args:
            held: What is asked.
            rejects: Where what does not fit is told.
        """
        self._held = held
        self._rejects = rejects
        self._sources: list[Source] = []
        self._rows: dict[str, list[pl.DataFrame]] = {"answers": [], "invitations": []}
        self._closed = False
        self.sheets: tuple[Sheets, ...] = ()
        self.invitations = pl.DataFrame()

    def take(self, source: Source, rows: Rows) -> None:
        """Take the rows of one block."""
        table = source.extract.table
        if table not in self._rows:
            return
        if source not in self._sources:
            self._sources.append(source)
        file = pl.lit(self._sources.index(source), dtype=pl.UInt16).alias(_FILE)
        self._rows[table].append(rows.good.with_columns(file))

    def close(self, register: Register) -> None:
        """Sort what was taken into waves, once."""
        if self._closed:
            return
        self._closed = True
        known = register.customers["customer"] if register.customers.height else None
        invited = self._once(self._known(self._dated("invitations"), known), ("invitation",))
        self.invitations = invited
        rows = self._known(self._dated("answers"), known)
        rows = self._after(rows, invited)
        rows = self._alone(rows)
        self.sheets = tuple(self._waves(rows))

    # -- rows ------------------------------------------------------------------------------------

    def _dated(self, table: str) -> pl.DataFrame:
        """Return the rows of a table with the day and the moment of each, and their wave."""
        held = self._rows.pop(table)
        if not held:
            return pl.DataFrame()
        rows = pl.concat(held, how="diagonal")
        for name in ("customer", "invitation", "wave", "on", "at"):
            if name not in rows.columns:
                kind = _KINDS.get(name, pl.String)
                rows = rows.with_columns(pl.lit(None, dtype=kind).alias(name))
        rows = rows.with_columns(
            pl.coalesce(pl.col("at").cast(pl.Date), pl.col("on")).alias(_DAY),
            pl.coalesce(pl.col("at"), pl.col("on").cast(pl.Datetime("us"))).alias(_WHEN),
        )
        rows = self._drop(rows, pl.col(_DAY).is_null(), "on", MISSING())
        every = self._held.told.every
        days = rows[_DAY].unique().to_list()
        names = pl.DataFrame(
            {_DAY: days, "#wave": [wave_of(day, every) for day in days]},
            schema={_DAY: pl.Date, "#wave": pl.String},
        )
        rows = rows.join(names, on=_DAY, how="left", maintain_order="left")
        rows = rows.with_columns(pl.coalesce("wave", "#wave").alias("wave")).drop("#wave")
        for name in (table.removesuffix("s"), "customer"):
            wrong = sorted(bad_ids(rows[name], name))
            if wrong:
                rows = self._drop(rows, pl.col(name).is_in(wrong), name, BAD_ID())
        return rows

    def _known(self, rows: pl.DataFrame, known: pl.Series | None) -> pl.DataFrame:
        """Return the rows of customers there are; who is not named may be anybody."""
        if known is None or not rows.height:
            return rows
        strange = pl.col("customer").is_not_null() & ~pl.col("customer").is_in(known.implode())
        for file, count in rows.filter(strange)[_FILE].value_counts().iter_rows():
            if self._sources[file].extract.only_known:
                self._rejects.pass_over(self._sources[file].counted, count)
        partial = [n for n, held in enumerate(self._sources) if held.extract.only_known]
        rows = rows.filter(~(strange & pl.col(_FILE).is_in(partial)))
        return self._drop(rows, strange, "customer", UNKNOWN_CUSTOMER())

    def _after(self, rows: pl.DataFrame, invited: pl.DataFrame) -> pl.DataFrame:
        """Return the answers that did not come before they were asked for."""
        if not rows.height or not invited.height:
            return rows
        asked = invited.select(
            "invitation",
            pl.col(_WHEN).alias("#asked"),
            pl.col(_DAY).alias("#asked-on"),
            pl.col("wave").alias("#wave"),
            pl.col("customer").alias("#customer"),
        )
        rows = rows.join(asked, on="invitation", how="left", maintain_order="left")
        strange = pl.col("invitation").is_not_null() & pl.col("#asked").is_null()
        rows = self._drop(rows, strange, "invitation", NOT_INVITED())
        # A day is before a moment of it only where both are known to the moment.
        exact = pl.col("at").is_not_null() & (
            pl.col("#asked") != pl.col("#asked-on").cast(pl.Datetime("us"))
        )
        early = (
            pl.when(exact)
            .then(pl.col(_WHEN) < pl.col("#asked"))
            .otherwise(pl.col(_DAY) < pl.col("#asked-on"))
            .fill_null(value=False)
        )
        for file, line, day, asked_on in (
            rows.filter(early).select(_FILE, LINE, _DAY, "#asked-on").iter_rows()
        ):
            self._tell(file, line, "on", str(day), BEFORE_ASKED(asked=asked_on))
        rows = rows.filter(~early)
        # An answer belongs to the wave it was asked in, and to whom was asked.
        return rows.with_columns(
            pl.coalesce("#wave", "wave").alias("wave"),
            pl.coalesce("customer", "#customer").alias("customer"),
        ).drop("#asked", "#asked-on", "#wave", "#customer")

    def _alone(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return each sheet once: a reference once, an invitation once, a customer once a wave."""
        rows = self._once(rows, ("answer",))
        if not rows.height:
            return rows
        rows = self._once(rows, ("invitation",))
        if rows["invitation"].is_null().all():
            return self._once(rows, ("customer", "wave"))
        return rows

    def _once(self, rows: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
        """Return rows by a key, each once; the first row counts."""
        if not rows.height:
            return rows
        known = pl.col(key[0]).is_not_null()
        first = (
            rows.filter(known)
            .unique(key, keep="first", maintain_order=True)
            .select(*key, pl.col(LINE).alias("#first"), pl.col(_FILE).alias("#first-file"))
        )
        rows = rows.join(first, on=key, how="left", maintain_order="left")
        again = (
            known
            & pl.col("#first").is_not_null()
            & ((pl.col(LINE) != pl.col("#first")) | (pl.col(_FILE) != pl.col("#first-file")))
        )
        for file, line, value, line_of, file_of in (
            rows.filter(again).select(_FILE, LINE, key[0], "#first", "#first-file").iter_rows()
        ):
            said = DUPLICATE(file=self._sources[file_of].name, first=line_of)
            self._tell(file, line, key[0], value, said)
        return rows.filter(~again).drop("#first", "#first-file")

    # -- waves -----------------------------------------------------------------------------------

    def _waves(self, rows: pl.DataFrame) -> Iterator[Sheets]:
        if not rows.height:
            return
        parts = rows.partition_by("wave", maintain_order=True)
        for part in sorted(parts, key=lambda held: (held[_DAY].min(), held["wave"][0])):
            first = part[_DAY].min()
            assert isinstance(first, date), "a column of days"
            version = self._held.questionnaire.on(first)
            sheet = version.parameters.on(first)
            read, wrong = read_items(part, sheet, self._held.told.missing)
            for place, name, raw, said in wrong:
                file, line = part[_FILE][place], part[LINE][place]
                source = self._sources[file]
                shape = mask(raw)
                self._rejects.add(Reject(source.name, line, source.written(name), shape, said))
            yield Sheets(
                wave=part["wave"][0],
                sheet=sheet,
                version=version,
                rows=part.with_columns(pl.col(_DAY).alias("day"), pl.col(_WHEN).alias("when")),
                codes={q.code: read[q.code] for q in sheet.scored if q.code in read},
                consents={q.code: read[q.code] for q in sheet.of_kind("consent") if q.code in read},
            )

    # -- rejects ---------------------------------------------------------------------------------

    def _drop(self, rows: pl.DataFrame, wrong: pl.Expr, field: str, said: Reason) -> pl.DataFrame:
        if not rows.height:
            return rows
        for file, line, value in rows.filter(wrong).select(_FILE, LINE, field).iter_rows():
            self._tell(file, line, field, value, said)
        return rows.filter(~wrong)

    def _tell(self, file: int, line: int, field: str, value: Any, said: Reason) -> None:
        source = self._sources[file]
        shape = "" if value is None else mask(str(value))
        if field == "on" and "at" in source.extract.columns:
            field = "at"
        told = Reject(source.name, line, source.written(field), shape, said)
        self._rejects.drop(source.counted, told)
