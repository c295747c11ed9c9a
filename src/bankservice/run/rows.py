"""
Raw rows in, typed rows out, by the mapping: codes, dates, amounts; and what could not be read.

Amounts become whole ten-thousandths of the major unit (`SCALE`), the finest unit of any currency
of ISO 4217; whether an amount is finer than its currency is looked at where the account's
currency is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import attrs
import polars as pl

from bankservice.core.conditions import AllOf, AnyOf, Comparison, Condition
from bankservice.core.decision import Reason, Says
from bankservice.core.money import CURRENCIES
from bankservice.run.files import LINE, Block, Source
from bankservice.run.plan import Extract, Mapped
from bankservice.run.rejects import Reject, mask
from bankservice.run.tables import TABLES, Column

__all__ = ["SCALE", "Rows", "typed"]

SCALE: Final = 4
"""Digits after the point that amounts are read with."""

WHOLE_DIGITS: Final = 13
"""Most digits before the point; a longer amount is no bank's."""

MISSING = Says("missing")
BAD_DATE = Says("bad-date", ("wanted",))
BAD_AMOUNT = Says("bad-amount", ("mark",))
DECIMAL_MARK = Says("decimal-mark", ("mark",))
TOO_LARGE = Says("too-large")
TOO_FINE = Says("too-fine")
BAD_RATE = Says("bad-rate")
UNKNOWN_CODE = Says("unknown-code")
UNKNOWN_CURRENCY = Says("unknown-currency")
NEGATIVE = Says("negative-amount")


_RAW = "#raw."


@attrs.frozen
class Rows:
    """
    Rows of one block, read.

    Attributes:
        good: Typed columns and `LINE`: ids, texts and currencies as text, dates as dates, amounts
            as 64-bit whole numbers at `SCALE`, rates as text.
        bad: What was rejected.
        doubtful: Of the rejected rows, the columns as far as they could be read; of torn lines,
            the ids they may be about.
        read: How many rows the block had.
        left_out: How many of them the filter left out.
        unknown: (column of the table, value) → how often it stands there and is no code.
    """

    good: pl.DataFrame
    bad: tuple[Reject, ...]
    doubtful: pl.DataFrame
    read: int
    left_out: int
    unknown: Mapping[tuple[str, str], int] = attrs.field(factory=dict)


def typed(source: Source, block: Block) -> Rows:
    """Read a block of raw text by the extract's mapping."""
    extract = source.extract
    rows = block.rows
    if extract.where is not None:
        rows = rows.filter(_holds(extract.where))
    table = TABLES[extract.table].of(extract.columns)
    mapped = [(table[name], held) for name, held in extract.columns.items()]
    frame = rows.select(
        *(_raw(held, extract, rows).alias(f"{_RAW}{column.name}") for column, held in mapped),
        LINE,
    ).with_columns(_typed(column, held, extract).alias(column.name) for column, held in mapped)
    if "direction" in extract.columns:
        # An amount with a sign beside a direction would be turned round twice.
        frame = frame.with_columns(
            pl.when(pl.col("amount") >= 0).then(pl.col("amount")).alias("amount")
        )
    wrong = pl.any_horizontal(
        pl.lit(value=False),
        *(
            pl.col(column.name).is_null()
            & (
                pl.lit(value=column.required or column.whole)
                | pl.col(f"{_RAW}{column.name}").is_not_null()
            )
            for column, _ in mapped
            if column.kind != "code"
        ),
    )
    names = [*(column.name for column, _ in mapped), LINE]
    bad = frame.filter(wrong)
    rejects = (*block.torn, *_rejects(source, mapped, bad)) if bad.height else block.torn
    return Rows(
        frame.filter(~wrong).select(names),
        rejects,
        _doubtful(bad.select(names), block),
        block.rows.height + len(block.torn),
        block.rows.height - rows.height,
        _unknown(mapped, frame),
    )


def _unknown(
    mapped: list[tuple[Column, Mapped]], frame: pl.DataFrame
) -> Mapping[tuple[str, str], int]:
    """Count the values of codes that the mapping does not have; their rows are kept."""
    return {
        (column.name, value): count
        for column, _ in mapped
        if column.kind == "code"
        for value, count in frame.filter(pl.col(column.name).is_null())
        .get_column(f"{_RAW}{column.name}")
        .drop_nulls()
        .value_counts()
        .iter_rows()
    }


def _doubtful(bad: pl.DataFrame, block: Block) -> pl.DataFrame:
    """Return the rows that may be missing, with what torn lines say of theirs."""
    if not block.suspects:
        return bad
    kinds = {name: kind for name, kind in bad.schema.items() if kind == pl.String}
    suspects = pl.DataFrame(block.suspects, schema=kinds)
    return pl.concat([bad, suspects], how="diagonal")


def _holds(condition: Condition) -> pl.Expr:
    """Return a filter as an expression over raw columns."""
    match condition:
        case Comparison():
            wanted = (
                condition.wanted if isinstance(condition.wanted, tuple) else (condition.wanted,)
            )
            return pl.col(condition.fact).str.strip_chars().is_in([str(value) for value in wanted])
        case AllOf():
            return pl.all_horizontal(*map(_holds, condition.parts))
        case AnyOf():
            return pl.any_horizontal(*map(_holds, condition.parts))
        case _:
            return ~_holds(condition.part)


def _raw(mapped: Mapped, extract: Extract, rows: pl.DataFrame) -> pl.Expr:
    """Return the raw values of a column, null where there is none."""
    if mapped.value is not None:
        return pl.lit(mapped.value)
    if mapped.number_rows is not None:
        return pl.concat_str(pl.lit(mapped.number_rows), pl.col(LINE).cast(pl.String))
    text = pl.col(mapped.column or "").str.strip_chars()
    return pl.when(~text.is_in(list(extract.nothing))).then(text)


def _typed(column: Column, mapped: Mapped, extract: Extract) -> pl.Expr:
    raw = pl.col(f"{_RAW}{column.name}")
    if mapped.codes:
        coded = raw.replace_strict(
            dict(mapped.codes), default=mapped.otherwise, return_dtype=pl.String
        )
        # What is not there is no code: it stays nothing.
        raw = pl.when(raw.is_not_null()).then(coded)
    match column.kind:
        case "date":
            return _date(raw, extract.form_of(column.name, "date"))
        case "time":
            return _time(raw, extract.form_of(column.name, "time"))
        case "amount":
            return _amount(raw, extract, 0 if mapped.minor_units else SCALE)
        case "rate":
            text = _pointed(raw, extract)
            above = text.str.contains("[1-9]")
            return pl.when(above & text.str.contains(r"^[0-9]{1,12}(\.[0-9]{1,12})?$")).then(text)
        case "currency":
            return pl.when(raw.is_in(list(CURRENCIES))).then(raw)
        case _ if column.codes:
            return pl.when(raw.is_in(list(column.codes))).then(raw)
        case _:
            return raw


def _date(raw: pl.Expr, form: str) -> pl.Expr:
    day = raw.str.strptime(pl.Date, form, strict=False)
    # "26-01-05" would pass as a day of the year 26.
    right = day.dt.year().is_between(1000, 9999)
    if re.search("%[a-zA-Z]%", form):
        # Where nothing stands between, a digit that was lost moves all the others.
        right &= raw.str.len_chars() == day.dt.strftime(form).str.len_chars()
    return pl.when(right).then(day)


def _time(raw: pl.Expr, form: str) -> pl.Expr:
    """Return a local time, to the microsecond; which instant it is, the bank's zone says."""
    moment = raw.str.strptime(pl.Datetime("us"), form, strict=False)
    return pl.when(moment.dt.year().is_between(1000, 9999)).then(moment)


def _pointed(raw: pl.Expr, extract: Extract) -> pl.Expr:
    """Return a number with a point as its decimal mark and none between its thousands."""
    text = raw
    if extract.thousands:
        plain = ~raw.str.contains(extract.thousands, literal=True)
        text = pl.when(plain | raw.str.contains(_grouped(extract))).then(
            raw.str.replace_all(extract.thousands, "", literal=True)
        )
    if extract.decimal != ".":
        text = pl.when(~text.str.contains(".", literal=True)).then(
            text.str.replace(extract.decimal, ".", literal=True)
        )
    return text


def _amount(raw: pl.Expr, extract: Extract, scale: int) -> pl.Expr:
    """Return an amount in whole ten-thousandths; one in minor units as it stands."""
    text = _pointed(raw, extract)
    fraction = rf"(\.[0-9]{{1,{scale}}}0*)?" if scale else r"(\.0*)?"
    fits = text.str.contains(rf"^[+-]?0*[0-9]{{1,{WHOLE_DIGITS}}}{fraction}$")
    # Some releases of polars read no number with a plus.
    number = (
        pl.when(fits)
        .then(text.str.strip_prefix("+"))
        .cast(pl.Decimal(WHOLE_DIGITS + SCALE, scale), strict=False)
    )
    return number.to_physical().cast(pl.Int64)


def _grouped(extract: Extract) -> str:
    """Return the form of an amount with marks between its thousands, three digits to each."""
    # A mark that is not followed by three digits is a decimal mark: 12.50 is not 1250.
    thousands, decimal = re.escape(extract.thousands), re.escape(extract.decimal)
    return rf"^[+-]?[0-9]{{1,3}}({thousands}[0-9]{{3}})+({decimal}[0-9]*)?$"


def _rejects(
    source: Source, mapped: list[tuple[Column, Mapped]], bad: pl.DataFrame
) -> Iterator[Reject]:
    """Yield what is wrong with each row that could not be read; rows are few here."""
    for row in bad.iter_rows(named=True):
        for column, held in mapped:
            raw = row[f"{_RAW}{column.name}"]
            needed = column.required or column.whole
            if row[column.name] is not None or (raw is None and not needed):
                continue
            if column.kind == "code":
                continue
            field = held.column or column.name
            said = MISSING() if raw is None else _why(column, held, source.extract, raw)
            yield Reject(source.name, row[LINE], field, mask(raw or ""), said)


def _why(column: Column, mapped: Mapped, extract: Extract, raw: str) -> Reason:
    match column.kind:
        case "date" | "time":
            return BAD_DATE(wanted=extract.form_of(column.name, column.kind))
        case "amount":
            return _why_amount(raw, extract, 0 if mapped.minor_units else SCALE)
        case "rate":
            return BAD_RATE()
        case "currency":
            return UNKNOWN_CURRENCY()
        case _:
            return UNKNOWN_CODE()


def _why_amount(raw: str, extract: Extract, scale: int) -> Reason:
    other = {".": ",", ",": "."}[extract.decimal]
    if re.fullmatch(r"[+-]?[0-9.,]+", raw) and other in raw and other != extract.thousands:
        return DECIMAL_MARK(mark=extract.decimal)
    text = raw
    if extract.thousands and extract.thousands in raw:
        if re.fullmatch(r"[+-]?[0-9.,]+", raw) and not re.fullmatch(_grouped(extract), raw):
            return DECIMAL_MARK(mark=extract.decimal)
        text = raw.replace(extract.thousands, "")
    found = re.fullmatch(rf"([+-]?)([0-9]+)(?:{re.escape(extract.decimal)}([0-9]*))?", text)
    if found is None:
        return BAD_AMOUNT(mark=extract.decimal)
    if len(found[2].lstrip("0")) > WHOLE_DIGITS:
        return TOO_LARGE()
    if len((found[3] or "").rstrip("0")) > scale:
        return TOO_FINE()
    return NEGATIVE() if found[1] == "-" else BAD_AMOUNT(mark=extract.decimal)
