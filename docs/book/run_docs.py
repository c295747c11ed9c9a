"""
The main job.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from textwrap import dedent
from typing import Any, Final, Literal

import attrs
import polars as pl
from book.bilingual import Titles, spoken
from book.field_docs import PLAIN, FieldDoc, PartDoc, about, fields_of, parts_of, type_words
from book.labels import template

from bankservice.core import wording
from bankservice.loyalty.books.ledger import COLUMNS as LEDGER_COLUMNS
from bankservice.run import (
    PARTS,
    Plan,
    Summary,
    complaint_day,
    groups_day,
    groups_rfm,
    outlook_day,
    outlook_fit,
    points_day,
    stages_care,
    stages_day,
    survey_day,
    survey_files,
    tables,
    tiers,
)
from bankservice.run.as_of import AsOf, _Range
from bankservice.run.overview import Taken
from bankservice.run.plan import Extract, Mapped, Top, _Written
from bankservice.run.rejects import PACKAGE, Rejects
from bankservice.run.tiers_day import Day

__all__ = ["RunDoc", "run_doc"]


@attrs.frozen(kw_only=True)
class RunDoc:
    """
    The main job.

    Attributes:
        keys: The top of `bank.toml`.
        parts: Its tables, by how they are headed.
        tables: What extracts are mapped to.
        rejects: (code, sentence) of what is not taken.
        unknowns: (code, sentence) of why a measure is unknown.
        files: Result files with their columns or keys.
    """

    keys: tuple[FieldDoc, ...]
    parts: tuple[PartDoc, ...]
    tables: tuple[PartDoc, ...]
    rejects: tuple[tuple[str, Titles], ...]
    unknowns: tuple[tuple[str, Titles], ...]
    files: tuple[PartDoc, ...]


_DTYPES: Final[Mapping[Any, Titles]] = {
    pl.String: PLAIN[str],
    pl.Date: PLAIN[date],
    pl.Boolean: PLAIN[bool],
    pl.Int64: PLAIN[int],
    pl.Int128: PLAIN[int],
}


def run_doc() -> RunDoc:
    """Return the main job: what it is told, what it reads, what it says, what it writes."""
    parts = (
        ("as_of", _Range, AsOf),
        *((f"[{name}]", kind.told, None) for name, kind in PARTS.items()),
        ("[[extract]]", Extract, None),
        ("[extract.columns]", _Written, Mapped),
    )
    said = template_codes(PACKAGE)
    return RunDoc(
        keys=fields_of(Top, Plan),
        parts=(
            *(PartDoc(head, about(kind), fields_of(kind, told)) for head, kind, told in parts),
            *parts_of(*(kind.told for kind in PARTS.values())),
        ),
        tables=tuple(map(table_part, tables.TABLES.values())),
        rejects=tuple((code, template(PACKAGE, code)) for code in said if f"{code}-short" in said),
        unknowns=tuple(
            (code.removeprefix("why-"), template(PACKAGE, code))
            for code in said
            if code.startswith("why-")
        ),
        files=tuple(result_files()),
    )


def template_codes(package: str) -> tuple[str, ...]:
    """Return the codes a package has sentences for, in the order of its catalogue."""
    return tuple(wording.templates(package, "en"))


def table_part(table: tables.Table) -> PartDoc:
    """Return one table that extracts are mapped to, with its columns."""
    return PartDoc(
        table.name,
        spoken("table", table.name, table.doc),
        tuple(
            FieldDoc(
                column.name,
                _column_words(column),
                "",
                spoken("table", f"{table.name}.{column.name}", column.doc),
                column.required,
            )
            for column in table.columns
        )
        + _further(table),
    )


def _further(table: tables.Table) -> tuple[FieldDoc, ...]:
    """Return what columns of other names hold, where a table may have such."""
    if not table.further:
        return ()
    meaning = spoken("table", f"{table.name}.further", table.further)
    return (FieldDoc("<code>", spoken("column-kind", "text"), "", meaning, False),)


def _column_words(column: tables.Column) -> Titles:
    if column.codes:
        return type_words(Literal[column.codes])
    return spoken("column-kind", column.kind)


def result_files() -> Iterator[PartDoc]:
    """Yield the files a run writes, with their columns or keys."""
    for name, schema in (
        ("tiers", tiers._RESULT),
        ("lapses", tiers._LAPSE),
        ("stages", stages_day.RESULT),
        ("stage-flow", stages_day.FLOW),
        ("treatments", stages_care.TREATED),
        ("outlook", outlook_day.OUTLOOK),
        ("outlook-moves", outlook_day.MOVES),
        ("groups", groups_day.GROUPS),
        ("rfm", groups_rfm.RFM),
        ("complaints", complaint_day.COMPLAINTS),
        ("complaint-clocks", complaint_day.CLOCKS),
        ("complaint-surges", complaint_day.SURGES),
        ("complaint-statistics", complaint_day.STATISTICS),
        ("points", points_day.POINTS),
        ("survey-waves", survey_files.WAVES),
        ("survey-scores", survey_files.SCORES),
        ("survey-units", survey_files.UNITS),
        ("survey-dimensions", survey_files.DIMENSIONS),
        ("survey-drivers", survey_files.DRIVERS),
        ("survey-response", survey_files.RESPONSE),
        ("survey-charts", survey_files.CHARTS),
    ):
        yield _result(f"<day>/{name}.csv", {key: _DTYPES[kind] for key, kind in schema.items()})
    yield _result("<day>/rfm-cuts.policy.toml", {})
    yield _result("<day>/outlook.policy.toml", {})
    yield _result("<day>/points-ledger.csv", {key: _ledger_kind(key) for key in LEDGER_COLUMNS})
    yield _result("<day>/statements/<customer>.txt", {})
    yield _result("rejects.csv", dict.fromkeys(Rejects.HEAD, PLAIN[str]))
    for name, told in (
        ("summary.json", Summary.to_json),
        ("summary.json: days.<day>.tiers", Day.summary),
        ("summary.json: days.<day>.stages", stages_day.StagesDay.summary),
        ("summary.json: days.<day>.stages.treatments", stages_care.TreatedDay.summary),
        ("summary.json: days.<day>.outlook", outlook_day.OutlookDay.summary),
        ("summary.json: days.<day>.outlook.fit", outlook_fit.Fitted.summary),
        ("summary.json: days.<day>.groups", groups_day.GroupsDay.summary),
        ("summary.json: days.<day>.complaints", complaint_day.ComplaintDay.summary),
        ("summary.json: days.<day>.points", points_day.PointsDay.summary),
        ("summary.json: days.<day>.survey", survey_day.SurveyDay.summary),
    ):
        yield _result(name, {key: {} for key in _written_keys(told)})
    yield _result("summary.json: extracts", {f.name: {} for f in attrs.fields(Taken)})


def _ledger_kind(column: str) -> Titles:
    counted = {"on": date, "entry": int, "debit": Decimal, "credit": Decimal}
    return PLAIN[Decimal if column.endswith("_money") else counted.get(column, str)]


def _written_keys(method: Any) -> Iterator[str]:
    """Yield the keys of the table that a method returns, as its source writes them."""
    for node in ast.walk(ast.parse(dedent(inspect.getsource(method)))):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict):
            yield from (str(key.value) for key in node.value.keys if isinstance(key, ast.Constant))


def _result(name: str, kinds: Mapping[str, Titles]) -> PartDoc:
    return PartDoc(
        name,
        spoken("result", name),
        tuple(
            FieldDoc(key, kind, "", spoken("result", f"{name}.{key}"))
            for key, kind in kinds.items()
        ),
        False,
    )
