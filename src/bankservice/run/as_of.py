"""The days a run decides on, as `bank.toml` says them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal

import attrs

from bankservice.core.calendar import add_months, days, last_of_month
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.schema import Forms, Schema, any_of
from bankservice.core.structure import Reader

__all__ = ["AsOf"]

Every = Literal["day", "month-end", "quarter-end", "year-end"]

_MONTHS = {"month-end": 1, "quarter-end": 3, "year-end": 12}


@attrs.frozen(kw_only=True)
class _Range:
    """Days from one (counted) to another (counted)."""

    first: date
    last: date
    every: Every = "month-end"


@attrs.frozen
class AsOf:
    """
    The days a run decides on: one, or a range.

    Examples:
        >>> from bankservice.core.structure import POLICY
        >>> held = POLICY.read({"first": date(2026, 1, 15), "last": date(2026, 4, 1)}, AsOf, "")
        >>> [str(day) for day in held.days]
        ['2026-01-31', '2026-02-28', '2026-03-31']
    """

    days: tuple[date, ...]

    @classmethod
    def __read__(cls, raw: object, reader: Reader) -> AsOf:
        if not isinstance(raw, Mapping):
            return cls((reader.read(raw, date, "as_of"),))
        held = reader.read(raw, _Range, "as_of")
        found = tuple(_ends(held))
        if not found:
            wanted = f"a day on or after first that is a {held.every}"
            raise FaultsError("as_of", (Fault("last", str(held.last), wanted),))
        return cls(found)

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        return any_of([forms.of(date), forms.of(_Range)])


def _ends(held: _Range) -> Iterator[date]:
    if held.every == "day":
        yield from days(held.first, date.fromordinal(held.last.toordinal() + 1))
        return
    step = _MONTHS[held.every]
    month = held.first.replace(day=1)
    while month <= held.last:
        end = last_of_month(month)
        if end.month % step == 0 and held.first <= end <= held.last:
            yield end
        month = add_months(month, 1)
